package engine

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"akin/recommend"
	"akin/recommend/store"
)

// ReaderOptions adjust a [Reader]. The zero value is usable.
type ReaderOptions struct {
	Now     func() time.Time // nil: time.Now
	Site    string           // the site's address, for finding items by theirs; empty: the one chosen
	Chosen  *Chosen          // tells the site's address; nil: nothing does but Site
	Version string           // of the program, for the status
	Name    string           // of the store, for the status

	// Index tells which items are the best of those that pass filters, where the
	// stored lists do not; nil: nobody does, and such answers say so. It is
	// called for the first one.
	Index func() (Ranker, error)

	HeadAge time.Duration // how long the generation in use and the topics may be remembered while the store does not tell that it was written to; 0: always read
}

// A Reader answers what readers and editors ask, from stored rows only. It is
// safe for concurrent use.
type Reader struct {
	store store.Store
	opt   ReaderOptions

	mu     sync.Mutex
	view   *view
	secret []byte
	chosen *Chosen

	topicSizes topicSizes
	unpacked   [unpackedRecords]atomic.Pointer[unpackedRecord]
}

// A view is what a reader remembers of the store for a while.
type view struct {
	head     *head
	gen      *generation // nil before the first
	counters counters
	merges   merges
	lists    *recommend.Lists // the site's rules
	site     string           // its address; empty: unknown
	at       time.Time
	version  uint64 // of the store, where that has one

	topics sync.Mutex
	tree   *topicTree // nil: not read yet; not changed once it is

	fillers fillers
}

// NewReader returns a reader; it reads nothing yet.
func NewReader(s store.Store, o ReaderOptions) *Reader {
	if o.Now == nil {
		o.Now = time.Now
	}
	r := &Reader{store: s, opt: o, chosen: o.Chosen}
	if r.chosen == nil {
		r.chosen = NewChosen(s, nil, 0)
	}
	return r
}

// Version returns a number that every write to the store changes, and true: while
// it stays the same, the reader answers the same, but for what the time of day
// decides. It returns false where the store cannot tell, or is being written to.
func (r *Reader) Version() (number uint64, settled bool) {
	number, settled, told := store.VersionOf(r.store)
	return number, settled && told
}

// look returns the generation in use, as remembered or read anew.
func (r *Reader) look(ctx context.Context) (*view, error) {
	now := r.opt.Now().Round(0) // what has ended by the clock on the wall holds again when that is set back
	r.mu.Lock()
	v := r.view
	r.mu.Unlock()
	version, settled, _ := store.VersionOf(r.store)
	if v != nil && !now.Before(v.at) && now.Sub(v.at) < r.opt.HeadAge && settled && v.version == version {
		return v, nil
	}
	rows, err := r.store.Get(ctx, store.Strong, headKey, counterKey, mergesKey, settingsKey)
	if err != nil {
		return nil, fmt.Errorf("read head: %w", err)
	}
	said := r.chosen.said(rows[3])
	next := &view{at: now, version: version, lists: &said.Lists, site: cmp.Or(r.opt.Site, said.Address)}
	if next.merges, err = readMerges(rows[2], now); err != nil {
		return nil, err
	}
	if next.head, err = unpackHead(rows[0]); err != nil {
		return nil, err
	}
	if next.counters, err = unpackCounters(rows[1]); err != nil {
		return nil, err
	}
	switch {
	case next.head.Current == 0:
	case v != nil && v.gen != nil && v.gen.Number == next.head.Current:
		next.gen = v.gen
	default:
		if next.gen, err = readGeneration(ctx, r.store, next.head.Current); err != nil {
			return nil, err
		}
	}
	if settled {
		r.mu.Lock()
		r.view = next
		r.mu.Unlock()
	}
	return next, nil
}

// stale reports whether the whole generation is: old, or many items changed
// since it was made.
func (v *view) stale(now time.Time) bool {
	if v.gen == nil {
		return false
	}
	changed := float64(v.counters.since(v.gen.Plan))
	return v.gen.old(now) || changed > v.gen.Options.Stale.Changed*float64(max(v.gen.StatItems, 1))
}

// waiting reports whether a change to the item has waited for too long.
func (v *view) waiting(it *record, now time.Time) bool {
	return v.gen != nil && it.change > v.head.Done && now.Sub(it.changedAt) > v.gen.Options.Stale.Waiting
}

// identify returns the number and group of an item.
func (r *Reader) identify(ctx context.Context, id string) (identity, error) {
	rows, err := r.store.Get(ctx, store.Strong, idKey(id))
	if err != nil {
		return identity{}, err
	}
	if rows[0].Rev == 0 {
		return identity{}, recommend.ErrNotFound
	}
	return unpackIdentity(rows[0].Data)
}

// records reads records by number. Those that are not there are nil.
func (r *Reader) records(ctx context.Context, c store.Consistency, numbers []uint32) ([]*record, error) {
	records, _, err := r.recordsAnd(ctx, c, numbers)
	return records, err
}

// recordsAnd reads records by number, as records does, and other rows in the same
// read. Records that are kept unpacked are not read again while the store tells that
// it was not written to. All are shared, and must not be changed.
func (r *Reader) recordsAnd(ctx context.Context, c store.Consistency, numbers []uint32, others ...store.Key) ([]*record, []store.Row, error) {
	version, told := r.Version()
	records := make([]*record, len(numbers))
	keys, unread := others, []int(nil)
	for i, n := range numbers {
		if told {
			records[i] = r.keptAt(n, version)
		}
		if records[i] == nil {
			keys, unread = append(keys, recordKey(n)), append(unread, i)
		}
	}
	var rows []store.Row
	if len(keys) > 0 {
		var err error
		if rows, err = r.store.Get(ctx, c, keys...); err != nil {
			return nil, nil, err
		}
	}
	if after, settled := r.Version(); !settled || after != version {
		told = false
	}
	for i, row := range rows[len(others):] {
		if row.Rev == 0 {
			continue
		}
		kept, err := r.unpack(row)
		if err != nil {
			return nil, nil, err
		}
		if told {
			kept.unchanged.Store(version + 1)
		}
		records[unread[i]] = kept.record
	}
	r.countMerged(records)
	return records, rows[:len(others)], nil
}

// merged returns the merges as last read.
func (r *Reader) merged() merges {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.view == nil {
		return nil
	}
	return r.view.merges
}

// unpackRecords unpacks records that were read. They are shared, and must not be
// changed.
func (r *Reader) unpackRecords(rows []store.Row) ([]*record, error) {
	records := make([]*record, len(rows))
	for i, row := range rows {
		if row.Rev == 0 {
			continue
		}
		kept, err := r.unpack(row)
		if err != nil {
			return nil, err
		}
		records[i] = kept.record
	}
	r.countMerged(records)
	return records, nil
}

// countMerged gives records the topics that theirs count as.
func (r *Reader) countMerged(records []*record) {
	merged := r.merged()
	if len(merged) == 0 {
		return
	}
	for i := range records {
		if records[i] != nil {
			rec := *records[i]
			rec.Topics = merged.all(rec.Topics)
			records[i] = &rec
		}
	}
}

// unpackedRecords is the number of records that a reader keeps unpacked, of some
// kilobytes each. What a record was unpacked from is kept and compared, unless the
// store tells that it is as it was, so that this never shows in an answer.
const unpackedRecords = 4096

type unpackedRecord struct {
	number    uint32
	data      []byte
	record    *record
	unchanged atomic.Uint64 // one more than the version of the store at which the row was this; 0: not known
}

// keptAt returns the record that is kept unpacked, if its row is the same at a version
// of the store; nil otherwise.
func (r *Reader) keptAt(n uint32, version uint64) *record {
	u := r.unpacked[n%unpackedRecords].Load()
	if u == nil || u.number != n || u.unchanged.Load() != version+1 {
		return nil
	}
	return u.record
}

// unpack returns the record of a row that is there, and keeps it.
func (r *Reader) unpack(row store.Row) (*unpackedRecord, error) {
	n, err := numberOf(row.Key)
	if err != nil {
		return nil, err
	}
	slot := &r.unpacked[n%unpackedRecords]
	if u := slot.Load(); u != nil && u.number == n && bytes.Equal(u.data, row.Data) {
		return u, nil
	}
	rec, err := unpackRecord(row.Data)
	if err != nil {
		return nil, fmt.Errorf("item number %s: %w", row.Sort, err)
	}
	rec.said = &said{Item: &rec.Item}
	u := &unpackedRecord{number: n, data: bytes.Clone(row.Data), record: rec}
	slot.Store(u)
	return u, nil
}

// Related answers what is related to an item: what editors pinned, then the most
// similar items, then, unless told otherwise, the latest of its topics and of
// the site. An item that is unknown or embargoed is [recommend.ErrNotFound], one that was
// withdrawn [recommend.ErrWithdrawn].
func (r *Reader) Related(ctx context.Context, id string, q recommend.Query) (*recommend.Related, error) {
	answer, err := r.related(ctx, id, q)
	if err != nil {
		return nil, fmt.Errorf("related %q: %w", id, err)
	}
	return answer, nil
}

func (r *Reader) related(ctx context.Context, id string, q recommend.Query) (*recommend.Related, error) {
	a, self, err := r.answering(ctx, id, q)
	if err != nil {
		return nil, err
	}
	return a.run(ctx, self)
}

// answering begins the answer for an item, and returns which that is.
func (r *Reader) answering(ctx context.Context, id string, q recommend.Query) (a *answering, self identity, err error) {
	if err := q.Check(); err != nil {
		return nil, self, err
	}
	v, err := r.look(ctx)
	if err != nil {
		return nil, self, err
	}
	q.Authors = recommend.Tidied(q.Authors)
	keys := []store.Key{idKey(id)}
	if v.gen != nil {
		keys = append(keys, relatedKey(v.gen.Number, id))
	}
	rows, err := r.store.Get(ctx, store.Strong, keys...)
	if err != nil {
		return nil, self, err
	}
	if rows[0].Rev == 0 {
		return nil, self, recommend.ErrNotFound
	}
	if self, err = unpackIdentity(rows[0].Data); err != nil {
		return nil, self, err
	}
	q.Topics = v.merges.all(recommend.Tidied(q.Topics))
	a = &answering{r: r, q: q, now: r.opt.Now(), view: v, answer: &recommend.Related{Item: id, Also: q.Also, Not: q.Not, Related: []recommend.Entry{}}}
	a.rules = newRules(v.lists, &q, v.merges, a.now)
	if v.gen != nil {
		a.answer.Generation = v.gen.Number
		if rows[1].Rev != 0 {
			if err := a.begin(ctx, rows[1]); err != nil {
				return nil, self, fmt.Errorf("list: %w", err)
			}
		}
	}
	a.seeds.likes = []uint32{self.number}
	if len(q.Also)+len(q.Not) > 0 {
		if err := a.seed(ctx, self); err != nil {
			return nil, self, err
		}
	}
	if v.gen != nil {
		if r.opt.Index != nil && (a.narrowed() || len(a.rules.boosts) > 0 || a.seeds.combined()) {
			x, err := r.opt.Index()
			if err != nil {
				return nil, self, err
			}
			a.rank = x.ranker(v.gen.Number, a.seeds)
		}
	}
	return a, self, nil
}

// byID reads records by id; those that are not there are nil.
func (r *Reader) byID(ctx context.Context, ids []string) ([]*record, error) {
	keys := make([]store.Key, len(ids))
	for i, id := range ids {
		keys[i] = idKey(id)
	}
	rows, err := r.store.Get(ctx, store.Strong, keys...)
	if err != nil {
		return nil, err
	}
	records := make([]*record, len(ids))
	var numbers []uint32
	var at []int
	for i, row := range rows {
		if row.Rev == 0 {
			continue
		}
		id, err := unpackIdentity(row.Data)
		if err != nil {
			return nil, fmt.Errorf("id %q: %w", ids[i], err)
		}
		numbers, at = append(numbers, id.number), append(at, i)
	}
	found, err := r.records(ctx, store.Strong, numbers)
	if err != nil {
		return nil, err
	}
	for i, rec := range found {
		records[at[i]] = rec
	}
	return records, nil
}

// Find returns the id of the item that has an address, or had it, or had it as
// its id.
func (r *Reader) Find(ctx context.Context, address string) (string, error) {
	site, err := r.opt.Chosen.address(ctx, r.opt.Site)
	if err != nil {
		return "", fmt.Errorf("find %q: %w", address, err)
	}
	says, err := r.opt.Chosen.addressing(ctx)
	if err != nil {
		return "", fmt.Errorf("find %q: %w", address, err)
	}
	id, err := r.find(ctx, &says, site, says.asked(address))
	if err == nil && id == "" {
		err = recommend.ErrNotFound
	}
	if err != nil {
		return "", fmt.Errorf("find %q: %w", address, err)
	}
	return id, nil
}

// Item reads an item back, also one that is withdrawn or embargoed.
func (r *Reader) Item(ctx context.Context, id string) (*recommend.Stored, error) {
	s, err := r.item(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("item %q: %w", id, err)
	}
	return s, nil
}

func (r *Reader) item(ctx context.Context, id string) (*recommend.Stored, error) {
	self, err := r.identify(ctx, id)
	if err != nil {
		return nil, err
	}
	rows, err := r.store.Get(ctx, store.Strong, recordKey(self.number), bodyKey(self.number), headKey)
	if err != nil {
		return nil, err
	}
	rec, err := unpackRecord(rows[0].Data)
	if err != nil {
		return nil, err
	}
	h, err := unpackHead(rows[2])
	if err != nil {
		return nil, err
	}
	var until time.Time
	s := &recommend.Stored{Item: rec.asPublished(), Labels: rec.lacks(), Translations: rec.translations(r.opt.Now(), &until), Indexed: h.Current != 0 && rec.change <= h.Done}
	if s.Indexed && !direct(r.store) { // the record names the least number that its change can have
		wait, err := waiters(ctx, r.store, h.Done)
		if err != nil {
			return nil, err
		}
		s.Indexed = !wait[self.number]
	}
	s.Body = string(rows[1].Data)
	of := fmt.Appendf(nil, "%x %d %s", rec.hash, rec.Version, rec.Status)
	for _, slug := range s.Labels {
		of = fmt.Appendf(of, " %s", slug)
	}
	sum := sha256.Sum256(of)
	s.ETag = hex.EncodeToString(sum[:12])
	return s, nil
}

// Cards returns the cards of those of ids that may be shown, in their order.
func (r *Reader) Cards(ctx context.Context, ids ...string) ([]recommend.Card, error) {
	if _, err := r.look(ctx); err != nil {
		return nil, fmt.Errorf("cards: %w", err)
	}
	records, err := r.byID(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("cards: %w", err)
	}
	return cards(records, r.opt.Now()), nil
}

func cards(records []*record, now time.Time) []recommend.Card {
	var cs []recommend.Card
	var until time.Time
	for _, rec := range records {
		if rec != nil && rec.visible(now, &until) {
			cs = append(cs, rec.card(now, &until))
		}
	}
	return cs
}

// seal returns the key that cursors are sealed with; the store keeps it, so that
// every process uses the same.
func (r *Reader) seal(ctx context.Context) ([]byte, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for r.secret == nil {
		rows, err := r.store.Get(ctx, store.Strong, secretKey)
		if err != nil {
			return nil, err
		}
		if rows[0].Rev != 0 {
			r.secret = rows[0].Data
			break
		}
		fresh := make([]byte, 32)
		rand.Read(fresh)
		err = r.store.Apply(ctx, store.Tx{{Row: store.Row{Key: secretKey, Data: fresh, Rev: 1}, Cond: store.Absent}})[0]
		if err != nil && !errors.Is(err, store.ErrCondition) {
			return nil, err
		}
	}
	return r.secret, nil
}
