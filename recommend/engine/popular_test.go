package engine_test

import (
	"testing"
	"time"

	"akin/infra/memory"
	"akin/recommend"
	"akin/recommend/engine"
)

// Short lists are filled with what readers followed most, where the site wants that: as counted
// when the lists were made, labelled as such, and only with what may be shown.
func TestPopular(t *testing.T) {
	t.Parallel()
	clock := func() time.Time { return start }
	e := newEngineAt(t, memory.New(), recommend.DefaultSettings(), clock)
	e.put(t,
		recommend.Item{ID: "bread", Lang: "en", Title: "Sourdough", Date: "2025-01"},
		recommend.Item{ID: "tide", Lang: "en", Title: "Pilots", Date: "2020-01"},
		recommend.Item{ID: "wage", Lang: "en", Title: "Clinics", Date: "2021-01"},
		recommend.Item{ID: "gone", Lang: "en", Title: "Ledgers", Date: "2022-01"},
		recommend.Item{ID: "news", Lang: "en", Title: "Orchards", Date: "2025-06"})
	reindex := func() {
		t.Helper()
		if _, err := e.indexer.Reindex(t.Context(), engine.ReindexOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	reindex()
	c := engine.NewCounter(e.store, e.reader, engine.CounterOptions{})
	for id, n := range map[string]int{"tide": 3, "wage": 1, "gone": 5} {
		for range n {
			b := recommend.Beacon{Kind: recommend.Click, Item: "bread", Generation: 1, Entries: []recommend.BeaconEntry{{ID: id, Tier: recommend.TierLatest, Position: 1}}}
			if err := c.Count(t.Context(), b); err != nil {
				t.Fatal(err)
			}
		}
	}
	check := func(when string, want ...string) {
		t.Helper()
		got, err := e.reader.Related(t.Context(), "bread", recommend.Query{Limit: 3})
		if err != nil {
			t.Fatal(err)
		}
		for i, entry := range got.Related {
			if i >= len(want) || entry.ID+" "+string(entry.Tier) != want[i] {
				t.Errorf("%s: entry %d is %s %s, want %v", when, i, entry.ID, entry.Tier, want)
			}
		}
	}
	latest := []string{"news latest", "gone latest", "wage latest"}
	check("off", latest...)
	if _, err := e.publisher.PutSettings(t.Context(), []byte(`{"lists":{"popular":1}}`), engine.Edit{IfMatch: "*"}); err != nil {
		t.Fatal(err)
	}
	check("before the next lists", latest...)
	reindex()
	check("on", "gone popular", "tide popular", "wage popular")
	if r := e.publisher.Withdraw(t.Context(), "gone", 0); r.Err != nil {
		t.Fatal(r.Err)
	}
	check("one withdrawn", "tide popular", "wage popular", "news latest")
	if _, err := e.publisher.PutSettings(t.Context(), []byte(`{}`), engine.Edit{IfMatch: "*"}); err != nil {
		t.Fatal(err)
	}
	check("off again", "news latest", "wage latest", "tide latest")
}
