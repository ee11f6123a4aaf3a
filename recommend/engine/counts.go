package engine

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"akin/recommend"
	"akin/recommend/store"
)

const (
	// KeptCounts is how many days counts are kept.
	KeptCounts = 90
	// CountWindow is how many days before today a [Survey] looks at.
	CountWindow = 28

	countBuckets = 256    // that the lists of a site are spread over
	countSpreads = 8      // rows that a bucket may take on one day
	countMarks   = 8      // writes that a row remembers
	countTries   = 8      // before a write is put off
	maxWaiting   = 200000 // cells that wait in memory for the store
)

// A Counter counts what beacons tell, by day, place in the list and item listed.
// Whose list it was is kept only as one of 256 buckets, and nothing else is. It
// is safe for concurrent use, and any number of processes may count in one store.
//
// Nothing is counted twice: a write whose answer was lost is looked for before it
// is repeated. What waits in memory when the process dies is lost.
type Counter struct {
	store  store.Store
	reader *Reader
	opt    CounterOptions

	mu      sync.Mutex
	ids     map[string]uint32 // numbers of items that were asked for
	buffer  map[countRow]tallies
	cells   int // in buffer and late
	writing sync.Mutex
	late    []*addition // that the store did not take yet
}

// CounterOptions adjust a [Counter]. The zero value is usable.
type CounterOptions struct {
	// Buffer leaves what is counted in memory until [Counter.Flush]; otherwise
	// each beacon is written when it comes, for one read and one write.
	Buffer bool
}

// A countRow is the rows of a bucket on one day.
type countRow struct {
	day    string // "2026-01-02", UTC
	bucket uint8
}

// A countCell is an item at a place: 50 times the place of the tier in [recommend.Tiers],
// and the position less one.
type countCell struct {
	number uint32
	place  uint8
}

// A counts is how often entries came into view, and how often they were followed.
type counts struct{ Seen, Followed int }

type tallies map[countCell]counts

func (c tallies) add(cell countCell, n counts) {
	have := c[cell]
	c[cell] = counts{have.Seen + n.Seen, have.Followed + n.Followed}
}

// NewCounter returns a counter. The reader tells which generations lists may be
// of: the one in use and the one before.
func NewCounter(s store.Store, r *Reader, o CounterOptions) *Counter {
	return &Counter{store: s, reader: r, opt: o, ids: map[string]uint32{}, buffer: map[countRow]tallies{}}
}

// Count counts a beacon that [recommend.DecodeBeacon] accepted. One of a generation that is
// neither in use nor the one before is left out, as is one of an unknown item, and
// an entry that is one. [ErrBusy] says that too much waits for a store that fails.
func (c *Counter) Count(ctx context.Context, b recommend.Beacon) error {
	v, err := c.reader.look(ctx)
	if err != nil {
		return err
	}
	if b.Generation != v.head.Current && (b.Generation == 0 || b.Generation != v.head.Previous) {
		return nil
	}
	ids := []string{b.Item}
	for _, e := range b.Entries {
		ids = append(ids, e.ID)
	}
	numbers, err := c.numbers(ctx, ids)
	if err != nil {
		return err
	}
	if numbers[0] == 0 {
		return nil
	}
	n := counts{Seen: 1}
	if b.Kind == recommend.Click {
		n = counts{Followed: 1}
	}
	row := countRow{c.reader.opt.Now().UTC().Format(time.DateOnly), countBucket(b.Item)}
	c.mu.Lock()
	if c.cells+len(b.Entries) > maxWaiting {
		c.mu.Unlock()
		return fmt.Errorf("counts wait to be stored: %w", ErrBusy)
	}
	if c.buffer[row] == nil {
		c.buffer[row] = tallies{}
	}
	before := len(c.buffer[row])
	for i, e := range b.Entries {
		if numbers[i+1] != 0 {
			place := slices.Index(recommend.Tiers(), e.Tier)*recommend.MaxPlaces + e.Position - 1
			c.buffer[row].add(countCell{numbers[i+1], uint8(place)}, n)
		}
	}
	c.cells += len(c.buffer[row]) - before
	c.mu.Unlock()
	if c.opt.Buffer {
		return nil
	}
	_, err = c.Flush(ctx)
	return err
}

// Numbers of items start at 1 and never change.
const maxKnownIDs = 1 << 16

// numbers returns the numbers of items; 0 stands for one that is unknown.
func (c *Counter) numbers(ctx context.Context, ids []string) ([]uint32, error) {
	numbers := make([]uint32, len(ids))
	var keys []store.Key
	var at []int
	c.mu.Lock()
	for i, id := range ids {
		if numbers[i] = c.ids[id]; numbers[i] == 0 {
			keys, at = append(keys, idKey(id)), append(at, i)
		}
	}
	c.mu.Unlock()
	if len(keys) == 0 {
		return numbers, nil
	}
	rows, err := c.reader.store.Get(ctx, store.Eventual, keys...)
	if err != nil {
		return nil, fmt.Errorf("read ids: %w", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for j, row := range rows {
		if row.Rev == 0 {
			continue
		}
		known, err := unpackIdentity(row.Data)
		if err != nil {
			return nil, fmt.Errorf("id %q: %w", row.Sort, err)
		}
		if len(c.ids) >= maxKnownIDs {
			clear(c.ids)
		}
		numbers[at[j]] = known.number
		c.ids[row.Sort] = known.number
	}
	return numbers, nil
}

// Flush writes what waits in memory, and reports whether there was anything. What
// the store does not take waits for the next call, and the error says why.
func (c *Counter) Flush(ctx context.Context) (bool, error) {
	c.writing.Lock()
	defer c.writing.Unlock()
	c.mu.Lock()
	todo := c.late
	for row, cells := range c.buffer {
		todo = append(todo, newAddition(row, cells))
	}
	c.buffer = map[countRow]tallies{}
	c.mu.Unlock()
	var late []*addition
	var errs []error
	written := 0
	for _, a := range todo {
		if err := a.write(ctx, c.store); err != nil {
			late, errs = append(late, a), append(errs, err)
			continue
		}
		written += len(a.cells)
	}
	c.late = late
	c.mu.Lock()
	c.cells -= written
	c.mu.Unlock()
	return len(todo) > 0, errors.Join(errs...)
}

// An addition is counts on their way into a row. It is written once, however
// often write is called: the row remembers the marks of its last writes.
type addition struct {
	countRow
	cells  tallies
	mark   uint64
	spread int
	tried  uint64 // the Rev of the write that may have happened; 0: none
}

func newAddition(row countRow, cells tallies) *addition {
	return &addition{countRow: row, cells: cells, mark: rand.Uint64()}
}

func (a *addition) write(ctx context.Context, s store.Store) error {
	var err error
	for try := range countTries {
		if try > 0 && !errors.Is(err, store.ErrCondition) {
			if err := pause(ctx, time.Duration(1+rand.IntN(10<<try))*time.Millisecond); err != nil {
				return err
			}
		}
		var done bool
		if done, err = a.try(ctx, s); done {
			return nil
		}
	}
	return fmt.Errorf("count of %s: %w", a.day, err)
}

// try reads the row and, unless it holds the addition, writes it with it. It
// reports whether it did, or whether that can no longer be known; then the counts
// may be too small, never too large.
func (a *addition) try(ctx context.Context, s store.Store) (bool, error) {
	key := countKey(a.day, a.bucket, a.spread)
	rows, err := s.Get(ctx, store.Strong, key)
	if err != nil {
		return false, err
	}
	row, err := unpackCounts(rows[0])
	if err != nil {
		return false, fmt.Errorf("row %q: %w", key.Sort, err)
	}
	if a.tried != 0 && row.rev >= a.tried {
		if slices.Contains(row.marks, a.mark) || row.rev-a.tried >= countMarks {
			return true, nil
		}
		// Another process was faster, so the write has failed for good.
		a.tried, a.spread = 0, (a.spread+1+rand.IntN(countSpreads-1))%countSpreads
		return false, store.ErrCondition
	}
	for cell, n := range a.cells {
		row.cells.add(cell, n)
	}
	row.marks = append(row.marks, a.mark)
	row.marks = row.marks[max(0, len(row.marks)-countMarks):]
	data := row.pack()
	if len(data) > store.MaxData {
		if a.spread++; a.spread == countSpreads {
			return true, nil // more than any day of a real site
		}
		return false, store.ErrCondition
	}
	day, err := time.Parse(time.DateOnly, a.day)
	if err != nil {
		return false, err
	}
	op := store.Op{Row: store.Row{Key: key, Data: data, Rev: row.rev + 1, Expires: day.AddDate(0, 0, KeptCounts)}, Cond: store.RevIs, Want: row.rev}
	if row.rev == 0 {
		op.Cond = store.Absent
	}
	a.tried = op.Row.Rev
	err = s.Apply(ctx, store.Tx{op})[0]
	return err == nil, err
}

// pause waits for d, or until ctx ends.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// A storedCounts is a row of counts.
type storedCounts struct {
	rev   uint64
	marks []uint64 // of the last writes, latest last
	cells tallies
}

func (r *storedCounts) pack() []byte {
	var p packer
	p.byte(1)
	p.uint(uint64(len(r.marks)))
	for _, m := range r.marks {
		p.b = binary.BigEndian.AppendUint64(p.b, m)
	}
	order := slices.SortedFunc(maps.Keys(r.cells), func(a, b countCell) int {
		return cmp.Or(cmp.Compare(a.number, b.number), cmp.Compare(a.place, b.place))
	})
	p.uint(uint64(len(order)))
	before := uint32(0)
	for _, cell := range order {
		p.uint(uint64(cell.number - before))
		p.byte(cell.place)
		p.uint(uint64(r.cells[cell].Seen))
		p.uint(uint64(r.cells[cell].Followed))
		before = cell.number
	}
	return p.b
}

// unpackCounts reads a row of counts; one that is not there holds none.
func unpackCounts(row store.Row) (*storedCounts, error) {
	r := &storedCounts{rev: row.Rev, cells: tallies{}}
	if row.Rev == 0 {
		return r, nil
	}
	u := unpacker{s: string(row.Data)}
	if u.byte() != 1 {
		return nil, errCorrupt
	}
	for range u.count() {
		var m [8]byte
		for i := range m {
			m[i] = u.byte()
		}
		r.marks = append(r.marks, binary.BigEndian.Uint64(m[:]))
	}
	number := uint32(0)
	for range u.count() {
		number += u.small()
		cell := countCell{number, u.byte()}
		n := counts{int(u.small()), int(u.small())}
		if int(cell.place) >= len(recommend.Tiers())*recommend.MaxPlaces {
			return nil, errCorrupt
		}
		r.cells[cell] = n
	}
	return r, u.end()
}

func countBucket(id string) uint8 {
	h := fnv.New32a()
	h.Write([]byte(id))
	return uint8(h.Sum32() % countBuckets)
}

// An Attention is what readers saw of related lists, and what they followed,
// over the last [CountWindow] days and today, as far as pages told.
type Attention struct {
	Days  []PlaceCount // by day, tier and position
	Items []ItemCount  // by item, tier and position, of all days
}

// A PlaceCount is how often entries at a place came into view on a day, and how
// often one was followed.
type PlaceCount struct {
	Day      string // "2026-01-02", UTC
	Tier     recommend.Tier
	Position int // from 1
	Seen     int
	Followed int
}

// An ItemCount is how often an item came into view at a place, and was followed.
type ItemCount struct {
	Order    uint32 // [Surveyed.Order] of the item, which may be withdrawn
	Tier     recommend.Tier
	Position int
	Seen     int
	Followed int
}

// readAttention reads the counts of the days from first to last.
func readAttention(ctx context.Context, s store.Store, first, last time.Time) (*Attention, error) {
	type dayPlace struct {
		day   string
		place uint8
	}
	var mu sync.Mutex
	days, items := map[dayPlace]counts{}, tallies{}
	from, to := first.UTC().Format(time.DateOnly), last.UTC().AddDate(0, 0, 1).Format(time.DateOnly)
	err := scanRanges(ctx, s, parts("count", countShards), store.Range{From: from, To: to}, func(row store.Row) error {
		r, err := unpackCounts(row)
		if err != nil {
			return fmt.Errorf("counts %q: %w", row.Sort, err)
		}
		mu.Lock()
		defer mu.Unlock()
		for cell, n := range r.cells {
			items.add(cell, n)
			at := dayPlace{row.Sort[:len(time.DateOnly)], cell.place}
			days[at] = counts{days[at].Seen + n.Seen, days[at].Followed + n.Followed}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	a := &Attention{}
	for at, n := range days {
		tier, position := recommend.Tiers()[at.place/recommend.MaxPlaces], int(at.place%recommend.MaxPlaces)+1
		a.Days = append(a.Days, PlaceCount{at.day, tier, position, n.Seen, n.Followed})
	}
	for cell, n := range items {
		tier, position := recommend.Tiers()[cell.place/recommend.MaxPlaces], int(cell.place%recommend.MaxPlaces)+1
		a.Items = append(a.Items, ItemCount{cell.number, tier, position, n.Seen, n.Followed})
	}
	tier := func(t recommend.Tier) int { return slices.Index(recommend.Tiers(), t) }
	slices.SortFunc(a.Days, func(x, y PlaceCount) int {
		return cmp.Or(cmp.Compare(x.Day, y.Day), cmp.Compare(tier(x.Tier), tier(y.Tier)), cmp.Compare(x.Position, y.Position))
	})
	slices.SortFunc(a.Items, func(x, y ItemCount) int {
		return cmp.Or(cmp.Compare(x.Order, y.Order), cmp.Compare(tier(x.Tier), tier(y.Tier)), cmp.Compare(x.Position, y.Position))
	})
	return a, nil
}
