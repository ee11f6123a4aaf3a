package memory

import (
	"context"
	"sync"

	"akin/recommend/store"
)

// An Overlay is another store as it would be after writes that it keeps to
// itself, to find out what they would do.
type Overlay struct {
	base store.Store

	mu      sync.RWMutex // held over an Apply: its conditions span both stores
	written *Store
	deleted map[store.Key]bool // and not written again
}

var _ store.Store = (*Overlay)(nil)

// NewOverlay returns an overlay over base, which is never written to. While it is in
// use, nobody else should write to base either: what was read of it through
// the overlay may then no longer hold.
func NewOverlay(base store.Store) *Overlay {
	return &Overlay{base: base, written: New(), deleted: map[store.Key]bool{}}
}

// Limits returns those of the store below.
func (o *Overlay) Limits() store.Limits { return o.base.Limits() }

// Close closes the store below; what was written is gone.
func (o *Overlay) Close() error { return o.base.Close() }

// Get answers what was written, and for other rows what the store below has.
func (o *Overlay) Get(ctx context.Context, c store.Consistency, keys ...store.Key) ([]store.Row, error) {
	o.mu.RLock()
	defer o.mu.RUnlock()
	return o.get(ctx, c, keys...)
}

func (o *Overlay) get(ctx context.Context, c store.Consistency, keys ...store.Key) ([]store.Row, error) {
	rows, err := o.written.Get(ctx, c, keys...)
	if err != nil {
		return nil, err
	}
	var below []store.Key
	var places []int
	for i, k := range keys {
		if rows[i].Rev == 0 && !o.deleted[k] {
			below = append(below, k)
			places = append(places, i)
		}
	}
	if len(below) == 0 {
		return rows, nil
	}
	under, err := o.base.Get(ctx, c, below...)
	if err != nil {
		return nil, err
	}
	for i, row := range under {
		rows[places[i]] = row
	}
	return rows, nil
}

// Query merges what was written with what the store below has.
func (o *Overlay) Query(ctx context.Context, c store.Consistency, r store.Range) ([]store.Row, bool, error) {
	o.mu.RLock()
	defer o.mu.RUnlock()
	for {
		over, moreOver, err := o.written.Query(ctx, c, r)
		if err != nil {
			return nil, false, err
		}
		under, moreUnder, err := o.base.Query(ctx, c, r)
		if err != nil {
			return nil, false, err
		}
		rows, more := o.merge(r, over, under, moreOver, moreUnder)
		if len(rows) > 0 || !more {
			return rows, more, nil
		}
		// All that the store below answered is deleted: look behind it.
		r = r.After(under[len(under)-1].Key)
	}
}

// merge merges two answers as far as both are known: beyond the last row of
// one that has more, its next row might come first.
func (o *Overlay) merge(r store.Range, over, under []store.Row, moreOver, moreUnder bool) (rows []store.Row, more bool) {
	before := func(a, b store.Row) bool {
		if r.Reverse {
			a, b = b, a
		}
		return a.Sort < b.Sort
	}
	for len(over) > 0 || len(under) > 0 {
		if r.Limit > 0 && len(rows) == r.Limit {
			return rows, true
		}
		switch {
		case len(over) == 0 && moreOver, len(under) == 0 && moreUnder:
			return rows, true
		case len(under) == 0, len(over) > 0 && before(over[0], under[0]):
			rows, over = append(rows, over[0]), over[1:]
		case len(over) == 0, before(under[0], over[0]):
			if !o.deleted[under[0].Key] {
				rows = append(rows, under[0])
			}
			under = under[1:]
		default: // the same key in both
			rows, over, under = append(rows, over[0]), over[1:], under[1:]
		}
	}
	return rows, moreOver || moreUnder
}

// Apply runs one transaction after another. Only the overlay is written to.
func (o *Overlay) Apply(ctx context.Context, txs ...store.Tx) []error {
	errs := o.Limits().Check(txs)
	for i, tx := range txs {
		if errs[i] == nil {
			errs[i] = o.apply(ctx, tx)
		}
	}
	return errs
}

func (o *Overlay) apply(ctx context.Context, tx store.Tx) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	keys := make([]store.Key, len(tx))
	for i, op := range tx {
		keys[i] = op.Row.Key
	}
	rows, err := o.get(ctx, store.Strong, keys...)
	if err != nil {
		return err
	}
	for i, op := range tx {
		if !op.Holds(rows[i].Rev) {
			return &store.ConditionError{Op: i, Key: op.Row.Key}
		}
	}
	for _, op := range tx {
		switch op.Act {
		case store.Put:
			delete(o.deleted, op.Row.Key)
			o.written.put(clone(op.Row))
		case store.Delete:
			o.deleted[op.Row.Key] = true
			o.written.remove(op.Row.Key)
		}
	}
	return nil
}
