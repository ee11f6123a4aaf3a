package recommend_test

import (
	"errors"
	"testing"

	"akin/infra/storetest"
	"akin/recommend"
)

// A writer that died holds its lease until that runs out; one that knows itself
// alone with the store does not wait for the dead.
func TestAloneDoesNotWaitForTheDead(t *testing.T) {
	memory := storetest.NewMemory()
	e := newEngine(t, memory, shortLists())
	e.put(t, corpus(t)[:20]...)
	if _, err := e.indexer.Reindex(t.Context(), recommend.ReindexOptions{}); err != nil {
		t.Fatal(err)
	}
	e.put(t, corpus(t)[20:25]...)
	f := &storetest.Faults{CrashAt: 3} // the lease, the intent, and then the first list
	dying := newEngine(t, f.Wrap(memory), shortLists())
	if _, err := dying.indexer.CatchUp(t.Context()); !errors.Is(err, storetest.ErrCrashed) {
		t.Fatalf("CatchUp: %v, want a crash", err)
	}
	if _, err := newEngine(t, memory, shortLists()).indexer.CatchUp(t.Context()); !errors.Is(err, recommend.ErrBusy) {
		t.Errorf("CatchUp beside a writer that may live: %v, want %v", err, recommend.ErrBusy)
	}
	e.indexer = recommend.NewIndexer(memory, shortLists(), recommend.IndexerOptions{Alone: true})
	if n, err := e.indexer.CatchUp(t.Context()); err != nil || n != 5 {
		t.Errorf("CatchUp alone: %d changes, %v, want 5", n, err)
	}
	e.check(t)
}
