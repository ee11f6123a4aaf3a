package engine_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"akin/infra/memory"
	"akin/infra/test/tools"
	"akin/recommend"
	"akin/recommend/engine"
	"akin/recommend/store"
)

// A rebuild that keeps no terms of one item only writes the same statistics and
// lists, byte for byte, as one that keeps them, also where items that share a term
// with one other are published and withdrawn during it.
func TestLeanRebuild(t *testing.T) {
	s := memory.New()
	items := corpus(t)[:200]
	newEngine(t, s, recommend.DefaultSettings()).put(t, items...)
	for name, between := range map[string]func(*site){
		"quiet": func(*site) {},
		"changes": func(e *site) {
			fresh := items[7]
			fresh.ID, fresh.URL, fresh.Aliases, fresh.TranslationOf = "fresh", "", nil, ""
			e.put(t, fresh)
			e.publisher.Withdraw(t.Context(), items[11].ID, 0)
		},
	} {
		t.Run(name, func(t *testing.T) {
			if name == "quiet" { // the other does all that this does
				tools.SkipRaced(t)
			}
			var made []map[store.Key][]byte
			for _, lean := range []bool{false, true} {
				e := newEngine(t, s.Clone(), recommend.DefaultSettings())
				e.indexer = engine.NewIndexer(e.store, recommend.DefaultSettings(), engine.IndexerOptions{
					Lean: lean, Now: func() time.Time { return time.Unix(1_700_000_000, 0) },
				})
				made = append(made, rebuild(t, e, between))
				e.check(t)
				// The next change finds all terms.
				late := items[3]
				late.ID, late.URL, late.Aliases, late.TranslationOf = "late", "", nil, ""
				e.put(t, late)
				if _, err := e.indexer.CatchUp(t.Context()); err != nil {
					t.Fatal(err)
				}
				e.check(t)
			}
			if len(made[0]) < 200 {
				t.Fatalf("%d rows of lists and statistics", len(made[0]))
			}
			if diff := cmp.Diff(made[0], made[1]); diff != "" {
				t.Errorf("rows of a usual rebuild and of a lean one (-usual +lean):\n%s", diff)
			}
		})
	}
}

// rebuild makes the first generation, in which between happens after the lists are
// made, and returns its rows.
func rebuild(t *testing.T, e *site, between func(*site)) map[store.Key][]byte {
	t.Helper()
	g, err := e.indexer.Plan(t.Context(), 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := e.indexer.MapShard(t.Context(), g.Number, 0, nil); err != nil {
		t.Fatal(err)
	}
	between(e)
	if _, err := e.indexer.Commit(t.Context(), g.Number, engine.ReindexOptions{Force: true}); err != nil {
		t.Fatal(err)
	}
	rows := map[store.Key][]byte{}
	parts := []string{fmt.Sprintf("stat/%d", g.Number)}
	for i := range 64 {
		parts = append(parts, fmt.Sprintf("rel/%d/%d", g.Number, i))
	}
	for _, part := range parts {
		for row, err := range store.Scan(t.Context(), e.store, store.Strong, store.Range{Part: part}) {
			if err != nil {
				t.Fatal(err)
			}
			rows[row.Key] = row.Data
		}
	}
	return rows
}
