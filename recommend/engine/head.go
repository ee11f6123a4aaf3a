package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"akin/recommend/store"
)

// A head says which generation readers see, how far the indexer is, and who
// holds the lease.
type head struct {
	Current  int `json:"current"`            // 0: none yet
	Previous int `json:"previous,omitempty"` // 0: none
	Next     int `json:"next"`               // the last number given to a generation

	Done uint64 `json:"done"` // every change up to it is in the lists of Current

	Epoch   uint64    `json:"epoch"`            // how often the lease was taken over
	Holder  string    `json:"holder,omitempty"` // who holds the lease; empty: nobody
	Expires time.Time `json:"expires,omitzero"` // of the lease

	// Intent is the lists that the holder may be writing, by number, so that
	// whoever takes over writes all of them again under a greater Rev. All
	// stands for more lists than the row could name.
	Intent []byte `json:"intent,omitempty"` // see packNumbers
	All    bool   `json:"all,omitempty"`

	// Failed counts how often the change after Done failed.
	Failed int `json:"failed,omitempty"`

	rev uint64 // of the row
}

func readHead(ctx context.Context, s store.Store) (*head, error) {
	rows, err := s.Get(ctx, store.Strong, headKey)
	if err != nil {
		return nil, fmt.Errorf("read head: %w", err)
	}
	return unpackHead(rows[0])
}

func unpackHead(row store.Row) (*head, error) {
	h := &head{rev: row.Rev}
	if row.Rev == 0 {
		return h, nil
	}
	if err := json.Unmarshal(row.Data, h); err != nil {
		return nil, fmt.Errorf("head: %w", errCorrupt)
	}
	return h, nil
}

// write replaces the head if nobody else did since it was read.
func (h *head) write(ctx context.Context, s store.Store) error { return h.writeWith(ctx, s, nil) }

// writeWith does so in one transaction with other operations.
func (h *head) writeWith(ctx context.Context, s store.Store, ops store.Tx) error {
	b, err := json.Marshal(h)
	if err != nil {
		return fmt.Errorf("write head: %w", err)
	}
	op := store.Op{Row: store.Row{Key: headKey, Data: b, Rev: h.rev + 1}, Cond: store.RevIs, Want: h.rev}
	if h.rev == 0 {
		op.Cond = store.Absent
	}
	err = s.Apply(ctx, append(store.Tx{op}, ops...))[0]
	if errors.Is(err, store.ErrCondition) {
		return errFenced
	}
	if err != nil {
		return fmt.Errorf("write head: %w", err)
	}
	h.rev++
	return nil
}

// packNumbers writes ascending numbers by their distances.
func packNumbers(ns []uint32) []byte {
	var p packer
	before := uint32(0)
	for _, n := range ns {
		p.uint(uint64(n - before))
		before = n
	}
	return p.b
}

func unpackNumbers(b []byte) ([]uint32, error) {
	u := unpacker{s: string(b)}
	var ns []uint32
	before := uint32(0)
	for u.s != "" {
		before += u.small()
		ns = append(ns, before)
	}
	return ns, u.end()
}

// errFenced says that another writer took over.
var errFenced = errors.New("another writer has taken over")

// counters are the numbers that every publish counts on.
type counters struct {
	Change    uint64 `json:"change"` // the last change
	Number    uint32 `json:"number"` // the last number given to an item
	Items     int    `json:"items"`  // published
	Withdrawn int    `json:"withdrawn"`

	// Reserved is the first number that was given out in a block, of which some are
	// never used; 0: none was. There is a row that says it too.
	Reserved uint32 `json:"reserved,omitempty"`

	// Mark is other for each write but those of publishers, so that two that would
	// write the same cannot take one for the other.
	Mark string `json:"mark,omitempty"`

	// Since counts the items that changed since each plan of a generation that
	// there is, each item once.
	Since []changedSince `json:"since,omitempty"`
}

// A changedSince is how many items changed after a change.
type changedSince struct {
	Change uint64 `json:"change"`
	Items  int    `json:"items"`
}

// changed counts a change to an item whose last one was the one numbered before;
// 0: it is new.
func (c *counters) changed(before uint64) {
	for i := range c.Since {
		if before <= c.Since[i].Change {
			c.Since[i].Items++
		}
	}
}

// since returns how many items changed after a plan at the change numbered
// plan. Of generations that an earlier program planned it knows the number of
// changes only.
func (c *counters) since(plan uint64) int {
	for _, s := range c.Since {
		if s.Change == plan {
			return s.Items
		}
	}
	return int(c.Change - min(plan, c.Change))
}

// countFrom begins to count the items that change from now on, stops to count
// what no generation of gs asks for, and returns the counters.
func countFrom(ctx context.Context, s store.Store, gs []*generation) (counters, error) {
	return recount(ctx, s, func(c *counters) {
		kept := []changedSince{{Change: c.Change}}
		for _, since := range c.Since {
			if since.Change != c.Change && slices.ContainsFunc(gs, func(g *generation) bool { return g.Plan == since.Change }) {
				kept = append(kept, since)
			}
		}
		c.Since = kept
	})
}

func unpackCounters(row store.Row) (counters, error) {
	var c counters
	if row.Rev == 0 {
		return c, nil
	}
	if err := json.Unmarshal(row.Data, &c); err != nil {
		return c, fmt.Errorf("counter: %w", errCorrupt)
	}
	return c, nil
}

// A change says that an item changed.
type change struct {
	seq     uint64 // its place in the order of changes, from 1
	number  uint32
	id      string
	version int64
	at      time.Time
	left    string // the work that the item was part of before; empty: the same, or none
}

func (c *change) pack() []byte {
	var p packer
	if c.left == "" {
		p.byte(1)
	} else {
		p.byte(2)
	}
	p.uint(uint64(c.number))
	p.string(c.id)
	p.uint(uint64(c.version))
	p.time(c.at)
	if c.left != "" {
		p.string(c.left)
	}
	return p.b
}

func unpackChange(row store.Row) (change, error) {
	u := unpacker{s: string(row.Data)}
	format := u.byte()
	if format != 1 && format != 2 {
		return change{}, errCorrupt
	}
	c := change{number: u.small(), id: u.string(), version: int64(u.uint()), at: u.time()}
	if format == 2 {
		c.left = u.string()
	}
	if _, err := fmt.Sscanf(row.Sort, "%x", &c.seq); err != nil {
		return change{}, errCorrupt
	}
	return c, u.end()
}

// packChanges writes changes of successive numbers into one row, that of the last one's.
func packChanges(cs []change) []byte {
	var p packer
	p.byte(3)
	p.uint(uint64(len(cs)))
	for _, c := range cs {
		p.string(string(c.pack()))
	}
	return p.b
}

// unpackChanges returns the changes of a row.
func unpackChanges(row store.Row) ([]change, error) {
	u := unpacker{s: string(row.Data)}
	if u.byte() != 3 {
		c, err := unpackChange(row)
		return []change{c}, err
	}
	cs := make([]change, u.count())
	for i := range cs {
		c, err := unpackChange(store.Row{Key: row.Key, Data: []byte(u.string())})
		if err != nil {
			return nil, err
		}
		c.seq -= uint64(len(cs) - 1 - i)
		cs[i] = c
	}
	return cs, u.end()
}

// changesAfter returns changes after the one numbered seq, in order: up to limit, and
// those that share a row with them; 0: all.
func changesAfter(ctx context.Context, s store.Store, seq uint64, limit int) ([]change, error) {
	var cs []change
	r := store.Range{Part: ChangePart, From: changeKey(seq + 1).Sort, Limit: limit}
	for row, err := range store.Scan(ctx, s, store.Strong, r) {
		if err != nil {
			return nil, fmt.Errorf("read changes: %w", err)
		}
		shared, err := unpackChanges(row)
		if err != nil {
			return nil, fmt.Errorf("change %s: %w", row.Sort, err)
		}
		for _, c := range shared {
			if c.seq > seq {
				cs = append(cs, c)
			}
		}
		if limit > 0 && len(cs) >= limit {
			break
		}
	}
	return cs, nil
}

const storeFormat = "1"

// ReadableFormat returns an error unless the store is of this program's format,
// or empty. It writes nothing.
func ReadableFormat(ctx context.Context, s store.Store) error {
	rows, err := s.Get(ctx, store.Strong, formatKey)
	if err != nil {
		return fmt.Errorf("read the store's format: %w", err)
	}
	return readable(rows[0])
}

func readable(row store.Row) error {
	if got := string(row.Data); row.Rev != 0 && got != storeFormat {
		return fmt.Errorf("the store has format %s and this program knows %s; use the program that wrote it, or a later one", got, storeFormat)
	}
	return nil
}

// CheckFormat makes an empty store one of this program's format, and returns an
// error if the store was written by a later program.
func CheckFormat(ctx context.Context, s store.Store) error {
	for {
		rows, err := s.Get(ctx, store.Strong, formatKey)
		if err != nil {
			return fmt.Errorf("read the store's format: %w", err)
		}
		if rows[0].Rev != 0 {
			return readable(rows[0])
		}
		err = s.Apply(ctx, store.Tx{{Row: store.Row{Key: formatKey, Data: []byte(storeFormat), Rev: 1}, Cond: store.Absent}})[0]
		if err != nil && !errors.Is(err, store.ErrCondition) {
			return fmt.Errorf("write the store's format: %w", err)
		}
	}
}
