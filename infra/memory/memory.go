// Package memory keeps rows in memory, for work on a few items that needs no
// store, and for tests. It is a [store.Store].
package memory

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"akin/recommend/store"
)

// pageBytes is how much one answer of a query holds, as in DynamoDB: rows are
// added until their keys and data pass it.
const pageBytes = 1 << 20

// A Store keeps rows in memory. It keeps to DynamoDB's limits, so that a program
// tested on it does too, and keeps expired rows. It is always consistent.
type Store struct {
	mu      sync.RWMutex
	parts   map[string]*part
	version uint64
	limits  store.Limits
}

// A part holds the rows of one Part.
type part struct {
	sorts []string // in order
	rows  map[string]store.Row
}

var (
	_ store.Store     = (*Store)(nil)
	_ store.Versioner = (*Store)(nil)
)

// New returns an empty store. It is gone when dropped; Close does nothing, so a
// test may go on with it as after a restart.
func New() *Store { return NewLimited(store.Limits{Ops: 100, Bytes: 3_900_000}) }

// NewLimited returns an empty store with limits of its own.
func NewLimited(l store.Limits) *Store {
	return &Store{limits: l, parts: make(map[string]*part)}
}

// Limits returns DynamoDB's, unless the store was made with others.
func (s *Store) Limits() store.Limits { return s.limits }

// Version returns a number that every write changes, and true.
func (s *Store) Version() (uint64, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.version, true
}

// Close does nothing.
func (s *Store) Close() error { return nil }

// Clone returns a store of its own with the rows that s has now.
func (s *Store) Clone() *Store {
	s.mu.RLock()
	defer s.mu.RUnlock()
	c := NewLimited(s.limits)
	c.version = s.version
	for name, p := range s.parts {
		// The data of a row is never written to, so both may have it.
		c.parts[name] = &part{slices.Clone(p.sorts), maps.Clone(p.rows)}
	}
	return c
}

// Get answers from one snapshot.
func (s *Store) Get(ctx context.Context, _ store.Consistency, keys ...store.Key) ([]store.Row, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	for _, k := range keys {
		if err := k.Check(); err != nil {
			return nil, err
		}
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	rows := make([]store.Row, len(keys))
	for i, k := range keys {
		rows[i] = store.Row{Key: k}
		if p := s.parts[k.Part]; p != nil {
			if row, ok := p.rows[k.Sort]; ok {
				rows[i] = clone(row)
			}
		}
	}
	return rows, nil
}

// Query answers from one snapshot. An answer ends when its keys and data have
// passed 1 MB.
func (s *Store) Query(ctx context.Context, _ store.Consistency, r store.Range) ([]store.Row, bool, error) {
	if err := ctx.Err(); err != nil {
		return nil, false, err
	}
	if err := r.Check(); err != nil {
		return nil, false, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	p := s.parts[r.Part]
	if p == nil {
		return nil, false, nil
	}
	from, _ := slices.BinarySearch(p.sorts, r.From)
	to := len(p.sorts)
	if r.To != "" {
		to, _ = slices.BinarySearch(p.sorts, r.To)
	}
	var rows []store.Row
	size := 0
	for n := range to - from {
		if size >= pageBytes || r.Limit > 0 && n == r.Limit {
			return rows, true, nil
		}
		i := from + n
		if r.Reverse {
			i = to - 1 - n
		}
		row := p.rows[p.sorts[i]]
		size += len(row.Part) + len(row.Sort) + len(row.Data)
		rows = append(rows, clone(row))
	}
	return rows, false, nil
}

// Apply runs one transaction after another.
func (s *Store) Apply(ctx context.Context, txs ...store.Tx) []error {
	errs := s.Limits().Check(txs)
	for i, tx := range txs {
		if errs[i] == nil {
			if errs[i] = ctx.Err(); errs[i] == nil {
				errs[i] = s.apply(tx)
			}
		}
	}
	return errs
}

func (s *Store) apply(tx store.Tx) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, op := range tx {
		var rev uint64
		if p := s.parts[op.Row.Part]; p != nil {
			rev = p.rows[op.Row.Sort].Rev
		}
		if !op.Holds(rev) {
			return &store.ConditionError{Op: i, Key: op.Row.Key}
		}
	}
	s.version++
	for _, op := range tx {
		switch op.Act {
		case store.Put:
			s.put(clone(op.Row))
		case store.Delete:
			s.remove(op.Row.Key)
		}
	}
	return nil
}

func (s *Store) put(row store.Row) {
	row.Part, row.Sort = strings.Clone(row.Part), strings.Clone(row.Sort)
	p := s.parts[row.Part]
	if p == nil {
		p = &part{rows: make(map[string]store.Row)}
		s.parts[row.Part] = p
	}
	if _, ok := p.rows[row.Sort]; !ok {
		i, _ := slices.BinarySearch(p.sorts, row.Sort)
		p.sorts = slices.Insert(p.sorts, i, row.Sort)
	}
	p.rows[row.Sort] = row
}

func (s *Store) remove(k store.Key) {
	p := s.parts[k.Part]
	if p == nil {
		return
	}
	if i, ok := slices.BinarySearch(p.sorts, k.Sort); ok {
		p.sorts = slices.Delete(p.sorts, i, i+1)
		delete(p.rows, k.Sort)
	}
}

// clone returns row as a store hands it out: its own bytes, whole seconds, UTC.
func clone(row store.Row) store.Row {
	row.Data = bytes.Clone(row.Data)
	if !row.Expires.IsZero() {
		row.Expires = time.Unix(row.Expires.Unix(), 0).UTC()
	}
	return row
}
