package wire

import (
	"context"
	"sync/atomic"

	"akin/recommend/engine"
	"akin/recommend/store"
)

// A formatted is a store whose format is looked at before the first of its rows
// is read or written: a program must leave alone what a later one wrote. That
// costs a process one read, not while it starts but when it is first asked.
type formatted struct {
	store.Store
	readable, writable atomic.Bool
}

// Get is that of [store.Store].
func (f *formatted) Get(ctx context.Context, c store.Consistency, keys ...store.Key) ([]store.Row, error) {
	if err := f.look(ctx, &f.readable, engine.ReadableFormat); err != nil {
		return nil, err
	}
	return f.Store.Get(ctx, c, keys...)
}

// Query is that of [store.Store].
func (f *formatted) Query(ctx context.Context, c store.Consistency, r store.Range) ([]store.Row, bool, error) {
	if err := f.look(ctx, &f.readable, engine.ReadableFormat); err != nil {
		return nil, false, err
	}
	return f.Store.Query(ctx, c, r)
}

// Apply is that of [store.Store].
func (f *formatted) Apply(ctx context.Context, txs ...store.Tx) []error {
	if err := f.look(ctx, &f.writable, engine.CheckFormat); err != nil {
		errs := make([]error, len(txs))
		for i := range errs {
			errs[i] = err
		}
		return errs
	}
	return f.Store.Apply(ctx, txs...)
}

// look calls check until it has passed once.
func (f *formatted) look(ctx context.Context, passed *atomic.Bool, check func(context.Context, store.Store) error) error {
	if passed.Load() {
		return nil
	}
	if err := check(ctx, f.Store); err != nil {
		return err
	}
	passed.Store(true)
	return nil
}
