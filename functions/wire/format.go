package wire

import (
	"context"
	"sync/atomic"

	"akin/recommend"
)

// A formatted is a store whose format is looked at before the first of its rows
// is read or written: a program must leave alone what a later one wrote. That
// costs a process one read, not while it starts but when it is first asked.
type formatted struct {
	recommend.Store
	readable, writable atomic.Bool
}

// Get is that of [recommend.Store].
func (f *formatted) Get(ctx context.Context, c recommend.Consistency, keys ...recommend.Key) ([]recommend.Row, error) {
	if err := f.look(ctx, &f.readable, recommend.ReadableFormat); err != nil {
		return nil, err
	}
	return f.Store.Get(ctx, c, keys...)
}

// Query is that of [recommend.Store].
func (f *formatted) Query(ctx context.Context, c recommend.Consistency, r recommend.Range) ([]recommend.Row, bool, error) {
	if err := f.look(ctx, &f.readable, recommend.ReadableFormat); err != nil {
		return nil, false, err
	}
	return f.Store.Query(ctx, c, r)
}

// Apply is that of [recommend.Store].
func (f *formatted) Apply(ctx context.Context, txs ...recommend.Tx) []error {
	if err := f.look(ctx, &f.writable, recommend.CheckFormat); err != nil {
		errs := make([]error, len(txs))
		for i := range errs {
			errs[i] = err
		}
		return errs
	}
	return f.Store.Apply(ctx, txs...)
}

// look calls check until it has passed once.
func (f *formatted) look(ctx context.Context, passed *atomic.Bool, check func(context.Context, recommend.Store) error) error {
	if passed.Load() {
		return nil
	}
	if err := check(ctx, f.Store); err != nil {
		return err
	}
	passed.Store(true)
	return nil
}
