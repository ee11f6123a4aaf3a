package engine_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"akin/infra/memory"
	"akin/infra/test/storetest"
	"akin/recommend/engine"
	"akin/recommend/store"
)

// A commit that dies at any of its writes, done or not, leaves readers with one
// generation entire; done again by another process, it ends as if nothing had
// happened.
func TestCommitDiesAtAnyWrite(t *testing.T) {
	items := corpus(t)[:24]
	for i := range items { // their titles are text enough
		items[i].Summary, items[i].Body = "", ""
	}
	crashes := 0
	planned := memory.New()
	e := newEngine(t, planned, shortLists())
	e.put(t, items[:20]...)
	if _, err := e.indexer.Reindex(t.Context(), engine.ReindexOptions{}); err != nil {
		t.Fatal(err)
	}
	g, err := e.indexer.Plan(t.Context(), 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := e.indexer.MapShard(t.Context(), g.Number, 0, nil); err != nil {
		t.Fatal(err)
	}
	e.put(t, items[20:]...)
	for _, written := range []bool{false, true} {
		for at := 1; ; at++ {
			store := planned.Clone()
			e := newEngine(t, store, shortLists())
			f := &storetest.Faults{CrashAt: at, CrashWritten: written}
			_, err := newEngine(t, f.Wrap(store), shortLists()).indexer.Commit(t.Context(), g.Number, engine.ReindexOptions{Force: true})
			if err == nil {
				break
			}
			if !errors.Is(err, storetest.ErrCrashed) {
				t.Fatalf("write %d: %v, want a crash", at, err)
			}
			crashes++
			status, err := e.reader.Status(t.Context())
			if err != nil || status.Generation != g.Number && status.Generation != g.Number-1 {
				t.Fatalf("write %d: generation %d serves, %v", at, status.Generation, err)
			}
			again := later(store)
			made, err := again.Commit(t.Context(), g.Number, engine.ReindexOptions{Force: true})
			if err != nil || made.Number != g.Number {
				t.Fatalf("write %d, written %t: the commit done again: %+v, %v", at, written, made, err)
			}
			states := map[int]string{}
			all, err := e.reader.Generations(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, g := range all {
				states[g.Number] = string(g.State)
			}
			if len(states) != 2 || states[g.Number] != string(engine.StateCurrent) || states[g.Number-1] != string(engine.StatePrevious) {
				t.Errorf("write %d, written %t: generations are %v", at, written, states)
			}
			e.indexer = again
			e.check(t)
			if _, err := again.Rollback(t.Context()); err != nil {
				t.Errorf("write %d, written %t: no way back: %v", at, written, err)
			}
			e.check(t)
		}
	}
	if crashes < 10 {
		t.Errorf("a commit died %d times, want once a write", crashes)
	}
	t.Logf("%d crashes", crashes)
}

// What a commit left half switched can be given up.
func TestHalfSwitchedIsGivenUp(t *testing.T) {
	store := storetest.NewMemory()
	e := newEngine(t, store, shortLists())
	e.put(t, corpus(t)[:10]...)
	for range 2 { // the second dies between its two writes
		g, err := e.indexer.Plan(t.Context(), 1, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := e.indexer.MapShard(t.Context(), g.Number, 0, nil); err != nil {
			t.Fatal(err)
		}
		if g.Number == 1 {
			if _, err := e.indexer.Commit(t.Context(), 1, engine.ReindexOptions{}); err != nil {
				t.Fatal(err)
			}
		}
	}
	died := false
	for at := 1; !died; at++ {
		f := &storetest.Faults{CrashAt: at, CrashWritten: true}
		if _, err := newEngine(t, f.Wrap(store), shortLists()).indexer.Commit(t.Context(), 2, engine.ReindexOptions{Force: true}); err == nil {
			t.Fatal("no crash between the two writes")
		}
		all, err := e.reader.Generations(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		died = len(all) == 2 && all[1].State == engine.StateCurrent
		e.indexer = later(store)
		if !died {
			if _, err := e.indexer.CatchUp(t.Context()); err != nil { // ends the lease
				t.Fatal(err)
			}
		}
	}
	if err := e.indexer.Fail(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	all, err := e.reader.Generations(t.Context())
	if err != nil || len(all) != 2 || all[0].State != engine.StateCurrent || all[1].State != engine.StateFailed {
		t.Errorf("generations are %+v, %v", all, err)
	}
	e.check(t)
}

// A rebuild that ended before it was done is not said to be under way for ever:
// whoever writes next says that it failed, but leaves those that live alone.
func TestRebuildsThatEndedAreFailed(t *testing.T) {
	t.Parallel()
	s := memory.New()
	named := func(owner string, gone ...string) *engine.Indexer {
		return engine.NewIndexer(s, shortLists(), engine.IndexerOptions{Owner: owner, Gone: func(_ context.Context, o string) bool { return slices.Contains(gone, o) }})
	}
	e := newEngine(t, s, shortLists())
	e.put(t, corpus(t)[:5]...)
	if _, err := e.indexer.Reindex(t.Context(), engine.ReindexOptions{}); err != nil {
		t.Fatal(err)
	}
	for _, owner := range []string{"dead", "living"} {
		if _, err := named(owner).Plan(t.Context(), 1, nil); err != nil {
			t.Fatal(err)
		}
	}
	states := func(when string, want ...string) {
		t.Helper()
		gs, err := e.reader.Generations(t.Context())
		var got []string
		for _, g := range gs {
			got = append(got, g.State)
		}
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: generations are %q, %v, want %q", when, got, err, want)
		}
	}
	last := named("last", "dead")
	if _, err := last.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	states("the next writer", engine.StateCurrent, engine.StateFailed, engine.StateBuilding)
	if _, err := last.Plan(t.Context(), 1, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := named("dry", "dead", "living").Reindex(t.Context(), engine.ReindexOptions{DryRun: true}); err != nil {
		t.Fatal(err)
	}
	states("a rebuild", engine.StateCurrent, engine.StateFailed, engine.StateFailed, engine.StateBuilding, engine.StateFailed)
}

// A store whose head is lost takes one rebuild, however many generations it has.
func TestRebuildWithoutHead(t *testing.T) {
	t.Parallel()
	s := memory.New()
	e := newEngine(t, s, shortLists())
	e.put(t, corpus(t)[:20]...)
	for range 3 {
		if _, err := e.indexer.Reindex(t.Context(), engine.ReindexOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Apply(t.Context(), store.Tx{{Act: store.Delete, Row: store.Row{Key: store.Key{Part: "meta", Sort: "head"}}}})[0]; err != nil {
		t.Fatal(err)
	}
	after := newEngine(t, s, shortLists())
	g, err := after.indexer.Reindex(t.Context(), engine.ReindexOptions{})
	if err != nil || g.Number != 4 {
		t.Fatalf("the first rebuild is %+v, %v, want generation 4", g, err)
	}
	if differences, n, err := after.indexer.Check(t.Context(), nil); len(differences) > 0 || n != 20 || err != nil {
		t.Errorf("%d lists, %q, %v", n, differences, err)
	}
}
