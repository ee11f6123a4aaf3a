package akin

import (
	"context"
	"errors"
	"fmt"
	"time"

	"akin/infra/bolt"
	"akin/infra/memory"
	"akin/infra/remote"
	"akin/recommend/engine"
	"akin/recommend/store"
)

const (
	busyPause    = 20 * time.Millisecond // between two looks at whether another writer has ended
	busyPatience = time.Minute           // for another writer that lives
)

// A sharing is how several processes on one store keep out of each other's way.
// A server and its clients each have one.
type sharing interface {
	Owner() string
	Gone(ctx context.Context, owner string) bool
	Turn(ctx context.Context) (over func(), err error)
}

var (
	_ sharing = (*remote.Server)(nil)
	_ sharing = (*remote.Store)(nil)
)

// openFile opens the store in a file: through the process that serves it, if one
// does, and otherwise the file itself.
func (p *program) openFile(ctx context.Context) (store.Store, error) {
	if s, err := p.dial(ctx); !errors.Is(err, remote.ErrNotServed) {
		return s, err
	}
	s, err := bolt.Open(p.storeName)
	if !errors.Is(err, bolt.ErrInUse) {
		return s, err
	}
	// A server that was about to listen has done so by now.
	if s, err := p.dial(ctx); !errors.Is(err, remote.ErrNotServed) {
		return s, err
	}
	return nil, err
}

// dial returns a nil interface with an error.
func (p *program) dial(ctx context.Context) (store.Store, error) {
	s, err := remote.Dial(ctx, p.storeName, version())
	if err != nil {
		return nil, err
	}
	return s, nil
}

// openView opens the store to read it as it is at one moment, whatever others
// write. Writes to it are kept in memory.
func (p *program) openView(ctx context.Context, settled bool) (store.Store, error) {
	s, err := p.openStore(ctx, false)
	if bolt.Unwritable(err) {
		if s, err = p.openReadOnly(ctx, err); err == nil {
			s = memory.NewOverlay(s)
		}
		return s, err
	}
	live, shared := s.(*remote.Store)
	if err != nil || !shared {
		return s, err
	}
	if settled {
		if _, err := live.CatchUp(ctx); err != nil {
			return nil, errors.Join(err, live.Close())
		}
	}
	snapshot, err := live.Snapshot(ctx)
	if err = errors.Join(err, live.Close()); err != nil {
		return nil, err
	}
	return memory.NewOverlay(snapshot), nil
}

// openReadOnly opens a file that this process may read and not write, which is
// what refused says.
func (p *program) openReadOnly(ctx context.Context, refused error) (store.Store, error) {
	s, err := bolt.OpenToRead(p.storeName)
	switch {
	case bolt.Unwritable(err):
		return nil, refused
	case err != nil:
		return nil, err
	}
	return p.readable(ctx, s)
}

// withView calls f with the parts on the store as it is at one moment, where
// others may write to it. Settled says that what was published before is to be
// in the lists; the view has it in any case where f catches up.
func (p *program) withView(ctx context.Context, settled bool, f func(*opened) error) error {
	s, err := p.openView(ctx, settled)
	if err != nil {
		return err
	}
	return p.use(s, f)
}

// withTrial calls f with the parts on the store as it is at one moment, to which
// nothing is written, whatever f does, and with a reader of how it stays. If fresh,
// a store that does not exist is an empty one.
func (p *program) withTrial(ctx context.Context, fresh bool, f func(e *opened, before *engine.Reader) error) error {
	base, err := p.openView(ctx, true)
	if fresh && errors.Is(err, errNoStore) {
		base, err = memory.New(), nil
	}
	if err != nil {
		return err
	}
	defer base.Close() // nothing was written
	e, err := p.newEngine(memory.NewOverlay(base))
	if err != nil {
		return err
	}
	return f(e, engine.NewReader(base, engine.ReaderOptions{}))
}

// offer lets other processes use a store that this one has open, until the
// function that it returns is called. Where there can be no socket, the log says
// so and the rest works.
func (p *program) offer(catchUp func(context.Context) (int, error)) (end func()) {
	if err := p.served.Listen(p.storeName, catchUp); err != nil {
		p.log.Warn("other commands cannot use the store while it is served", "err", err)
		return func() {}
	}
	return func() {
		if err := p.served.Close(); err != nil {
			p.log.Warn("the socket beside the store is left", "err", err)
		}
	}
}

// index brings the lists up to date with every change. Where another process
// is at that, it waits for it, and takes over what that one leaves.
func (e *opened) index(ctx context.Context) (int, error) {
	if s, ok := e.store.(*remote.Store); ok {
		return s.CatchUp(ctx) // it has the lists in memory
	}
	n := 0
	err := e.unlessBusy(ctx, func() (err error) {
		n, err = e.indexer.CatchUp(ctx)
		return err
	})
	// Receipts that fail come later, and keep nothing from being indexed.
	if told := e.indexer.Tell(ctx, false); told != nil && ctx.Err() == nil {
		e.log.WarnContext(ctx, "receipts are late", "err", told)
	}
	return n, err
}

// unlessBusy calls f until no other writer of a shared store is in its way.
func (e *opened) unlessBusy(ctx context.Context, f func() error) error {
	for until := time.Now().Add(busyPatience); ; {
		err := f()
		if !e.shared || !errors.Is(err, engine.ErrBusy) || time.Now().After(until) {
			return err
		}
		select {
		case <-time.After(busyPause):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// isServed reports whether another process has the store open and serves it.
func (e *opened) isServed() bool {
	_, ok := e.store.(*remote.Store)
	return ok
}

// settle lets the server of the store, if there is one, take in what this process
// switched to.
func (e *opened) settle(ctx context.Context) error {
	s, ok := e.store.(*remote.Store)
	if !ok {
		return nil
	}
	if _, err := s.CatchUp(ctx); err != nil {
		return fmt.Errorf("the new lists are in use, but the server has yet to load them: %w", err)
	}
	return nil
}
