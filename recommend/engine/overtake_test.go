package engine_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"akin/infra/test/storetest"
	"akin/recommend/engine"
	"akin/recommend/store"
)

// stopping lets do run on a store until it is about to write a transaction that
// at chooses. The returned function lets it go on, and returns its error.
func stopping(db store.Store, at func(tx store.Tx) bool, do func(s store.Store) error) (wake func() error) {
	stopped, awake, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	var once sync.Once
	f := &storetest.Faults{Hook: func(_ int, tx store.Tx) {
		if at(tx) {
			once.Do(func() {
				close(stopped)
				<-awake
			})
		}
	}}
	ended := make(chan struct{})
	go func() {
		done <- do(f.Wrap(db))
		close(ended)
	}()
	select {
	case <-stopped:
	case <-ended:
	}
	return func() error {
		close(awake)
		return <-done
	}
}

func deletes(tx store.Tx) bool { return tx[0].Act == store.Delete }

func reindex(t *testing.T) func(store.Store) error {
	return func(s store.Store) error {
		_, err := newEngine(t, s, shortLists()).indexer.Reindex(t.Context(), engine.ReindexOptions{Force: true})
		return err
	}
}

// A rebuild that another one overtook is not switched to: the other is deleting
// its rows.
func TestOvertakenRebuild(t *testing.T) {
	store := storetest.NewMemory()
	e := newEngine(t, store, shortLists())
	e.put(t, corpus(t)[:60]...)
	if err := reindex(t)(store); err != nil {
		t.Fatal(err)
	}
	slow := newEngine(t, store, shortLists()).indexer
	g, err := slow.Plan(t.Context(), 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := slow.MapShard(t.Context(), g.Number, 0, nil); err != nil {
		t.Fatal(err)
	}
	wake := stopping(store, deletes, reindex(t))
	if _, err := slow.Commit(t.Context(), g.Number, engine.ReindexOptions{Force: true}); err == nil || errors.Is(err, engine.ErrBusy) {
		t.Errorf("Commit of an overtaken rebuild: %v", err)
	}
	if err := wake(); err != nil {
		t.Error(err)
	}
	e.check(t)
	if s, err := e.reader.Status(t.Context()); err != nil || s.Generation != g.Number+1 {
		t.Errorf("generation %d is in use, %v; want %d", s.Generation, err, g.Number+1)
	}
}

// A way back goes to the generation that is the one before when it holds the
// lease: the one that was so when it began may be going.
func TestRollbackBesideRebuild(t *testing.T) {
	db := storetest.NewMemory()
	e := newEngine(t, db, shortLists())
	e.put(t, corpus(t)[:60]...)
	for range 2 {
		if err := reindex(t)(db); err != nil {
			t.Fatal(err)
		}
	}
	back := stopping(db, func(store.Tx) bool { return true }, func(s store.Store) error {
		_, err := newEngine(t, s, shortLists()).indexer.Rollback(t.Context())
		return err
	})
	tidied := stopping(db, deletes, reindex(t)) // generation 3 is in use, and 1 about to go
	if err := back(); err != nil {
		t.Errorf("Rollback: %v", err)
	}
	if err := tidied(); err != nil {
		t.Error(err)
	}
	e.check(t)
	if s, err := e.reader.Status(t.Context()); err != nil || s.Generation != 2 {
		t.Errorf("generation %d is in use, %v; want 2", s.Generation, err)
	}
}

// One that has patience is made anew then, under its own settings.
func TestOvertakenRebuildStartsOver(t *testing.T) {
	db := storetest.NewMemory()
	e := newEngine(t, db, shortLists())
	e.put(t, corpus(t)[:60]...)
	planned := func(tx store.Tx) bool { return strings.HasPrefix(tx[0].Row.Part, "rel/1/") }
	wake := stopping(db, planned, func(s store.Store) error {
		x := engine.NewIndexer(s, shortLists(), engine.IndexerOptions{Patience: time.Minute})
		g, err := x.Reindex(t.Context(), engine.ReindexOptions{Force: true})
		if err == nil && g.Number != 3 {
			t.Errorf("generation %d is switched to, want 3", g.Number)
		}
		return err
	})
	if err := reindex(t)(db); err != nil {
		t.Fatal(err)
	}
	if err := wake(); err != nil {
		t.Error(err)
	}
	e.check(t)
}
