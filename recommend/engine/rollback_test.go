package engine_test

import (
	"testing"

	"akin/infra/test/storetest"
	"akin/recommend/engine"
)

// A rebuild that is on its way while another process indexes changes and goes
// back a generation still finds the changes that it has to catch up with, though
// the two generations in use need them no longer.
func TestRollbackKeepsWhatARebuildNeeds(t *testing.T) {
	store := storetest.NewMemory()
	items := corpus(t)
	e := newEngine(t, store, shortLists())
	e.put(t, items[:40]...)
	for range 2 {
		if _, err := e.indexer.Reindex(t.Context(), engine.ReindexOptions{Force: true}); err != nil {
			t.Fatal(err)
		}
	}
	slow := newEngine(t, store, shortLists())
	g, err := slow.indexer.Plan(t.Context(), 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	changed := items[3]
	changed.Title, changed.Summary, changed.Version = items[30].Title, items[30].Summary, 0
	e.put(t, changed)
	if _, err := e.indexer.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := e.indexer.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := slow.indexer.MapShard(t.Context(), g.Number, 0, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := slow.indexer.Commit(t.Context(), g.Number, engine.ReindexOptions{Force: true}); err != nil {
		t.Fatal(err)
	}
	slow.check(t)
}
