package engine_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"akin/infra/test/storetest"
	"akin/recommend"
	"akin/recommend/engine"
	"akin/recommend/store"
)

// A writer that died holds its lease until that runs out; one that knows itself
// alone with the store does not wait for the dead.
func TestAloneDoesNotWaitForTheDead(t *testing.T) {
	memory := storetest.NewMemory()
	e := newEngine(t, memory, shortLists())
	e.put(t, corpus(t)[:20]...)
	if _, err := e.indexer.Reindex(t.Context(), engine.ReindexOptions{}); err != nil {
		t.Fatal(err)
	}
	e.put(t, corpus(t)[20:25]...)
	f := &storetest.Faults{CrashAt: 3} // the lease, the intent, and then the first list
	dying := newEngine(t, f.Wrap(memory), shortLists())
	if _, err := dying.indexer.CatchUp(t.Context()); !errors.Is(err, storetest.ErrCrashed) {
		t.Fatalf("CatchUp: %v, want a crash", err)
	}
	if _, err := newEngine(t, memory, shortLists()).indexer.CatchUp(t.Context()); !errors.Is(err, engine.ErrBusy) {
		t.Errorf("CatchUp beside a writer that may live: %v, want %v", err, engine.ErrBusy)
	}
	e.indexer = engine.NewIndexer(memory, shortLists(), engine.IndexerOptions{Alone: true})
	if n, err := e.indexer.CatchUp(t.Context()); err != nil || n != 5 {
		t.Errorf("CatchUp alone: %d changes, %v, want 5", n, err)
	}
	e.check(t)
}

// freezing lets do run on a store until it is about to write its first list. The
// returned function lets it go on and waits for its end.
func freezing(db store.Store, do func(s store.Store)) (wake func()) {
	frozen, awake, done := make(chan struct{}), make(chan struct{}), make(chan struct{})
	var once sync.Once
	f := &storetest.Faults{Hook: func(_ int, tx store.Tx) {
		if strings.HasPrefix(tx[0].Row.Part, "rel/") {
			once.Do(func() {
				close(frozen)
				<-awake
			})
		}
	}}
	go func() {
		defer close(done)
		do(f.Wrap(db))
	}()
	select {
	case <-frozen:
	case <-done:
	}
	return func() {
		close(awake)
		<-done
	}
}

// about returns an item that says what another one says.
func about(id string, it recommend.Item) recommend.Item {
	return recommend.Item{ID: id, Title: it.Title, Summary: it.Summary, Lang: it.Lang, Topics: it.Topics}
}

// later returns an indexer that lives when every lease has run out.
func later(s store.Store) *engine.Indexer {
	return engine.NewIndexer(s, shortLists(), engine.IndexerOptions{Now: func() time.Time { return time.Now().Add(time.Hour) }})
}

// A writer that froze knowing an item as it was, and wakes when another one has
// taken over that knows it as it is, writes nothing into the lists that only the
// old version belongs in: the one that took over has written those again.
func TestSleeperWritesNothingOld(t *testing.T) {
	db := storetest.NewMemory()
	e := newEngine(t, db, shortLists())
	items := corpus(t)[:60]
	e.put(t, items...)
	if _, err := e.indexer.Reindex(t.Context(), engine.ReindexOptions{}); err != nil {
		t.Fatal(err)
	}
	e.put(t, about("fresh", items[3]))
	wake := freezing(db, func(s store.Store) { _, _ = newEngine(t, s, shortLists()).indexer.CatchUp(t.Context()) })
	e.put(t, about("fresh", items[40]))
	if _, err := later(db).CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	wake()
	e.indexer = later(db)
	e.check(t)
}

// The same holds for a commit that froze and was done again by another process.
func TestSleepingCommitWritesNothingOld(t *testing.T) {
	db := storetest.NewMemory()
	e := newEngine(t, db, shortLists())
	items := corpus(t)[:60]
	e.put(t, items...)
	g, err := e.indexer.Plan(t.Context(), 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := e.indexer.MapShard(t.Context(), g.Number, 0, nil); err != nil {
		t.Fatal(err)
	}
	e.put(t, about("fresh", items[3]))
	wake := freezing(db, func(s store.Store) {
		_, _ = newEngine(t, s, shortLists()).indexer.Commit(t.Context(), g.Number, engine.ReindexOptions{})
	})
	e.put(t, about("fresh", items[40]))
	if _, err := later(db).Commit(t.Context(), g.Number, engine.ReindexOptions{}); err != nil {
		t.Fatal(err)
	}
	wake()
	e.indexer = later(db)
	e.check(t)
}
