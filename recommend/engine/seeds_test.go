package engine_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"akin/infra/memory"
	"akin/recommend"
	"akin/recommend/engine"
)

// More like these, not like that: neither the items that are asked for, nor their versions and
// copies, nor what editors blocked beside one of them, nor what is withdrawn.
func TestSeveralSeeds(t *testing.T) {
	t.Parallel()
	settings := recommend.DefaultSettings()
	settings.Odds = 0
	e := newEngine(t, memory.New(), settings)
	clock := func() time.Time { return start }
	e.reader = engine.NewReader(e.store, engine.ReaderOptions{Now: clock, Index: func() (engine.Ranker, error) { return e.indexer, nil }})
	item := func(id, title string) recommend.Item { return recommend.Item{ID: id, Lang: "en", Title: title} }
	silt := item("silt", "Silt in the harbour")
	silt.Topics = []string{"ports"}
	tide := item("tide", "Tide tables for pilots")
	tide.Topics = []string{"seas"}
	limo := item("limo", "Limo en el puerto")
	limo.Lang, limo.TranslationOf = "es", "silt"
	text := "Dredgers move silt from the harbour at night, while pilots read tide tables and wait for barges to pass"
	long, again := item("long", text), item("again", text)
	later := item("later", "Silt tables")
	later.VisibleFrom = start.Add(time.Hour)
	e.put(t, silt, tide, limo, long, again, later,
		item("both", "Silt and tide in one harbour table"), item("silty", "Silt harbour cranes"), item("tidal", "Tide pilots"),
		item("crane", "Cranes"), item("blocked", "Tide tables and silt"), item("gone", "Silt tide tables"), item("bread", "Sourdough"))
	if r := e.publisher.Withdraw(t.Context(), "gone", 0); r.Err != nil {
		t.Fatal(r.Err)
	}
	if _, err := e.indexer.Reindex(t.Context(), engine.ReindexOptions{}); err != nil {
		t.Fatal(err)
	}
	if _, err := e.publisher.Curate(t.Context(), "tide", recommend.Curation{Blocks: []recommend.Decision{{ID: "blocked"}}, Pins: []recommend.Decision{{ID: "bread"}}}, engine.Edit{IfMatch: "*"}); err != nil {
		t.Fatal(err)
	}
	ask := func(r *engine.Reader, id string, q recommend.Query) *recommend.Related {
		t.Helper()
		got, err := r.Related(t.Context(), id, q)
		if err != nil {
			t.Fatal(err)
		}
		for _, entry := range got.Related {
			sum := recommend.Millionths(0)
			for _, w := range entry.Why {
				sum += w.Part
			}
			if sum != entry.Score {
				t.Errorf("%s: parts %v, score %v", entry.ID, entry.Why, entry.Score)
			}
		}
		return got
	}
	names := func(r *recommend.Related) (ids []string) {
		for _, entry := range r.Related {
			ids = append(ids, entry.ID)
		}
		return ids
	}
	got := names(ask(e.reader, "silt", recommend.Query{Also: []string{"tide"}, NoFill: true}))
	if len(got) < 4 || got[0] != "both" || !slices.Contains(got, "tidal") || !slices.Contains(got, "silty") {
		t.Errorf("like silt and tide: %v", got)
	}
	for _, id := range []string{"silt", "tide", "limo", "blocked", "gone", "later", "bread"} {
		if slices.Contains(got, id) {
			t.Errorf("like silt and tide: %v, with %s", got, id)
		}
	}
	// What is like the other falls behind, and says why.
	not := ask(e.reader, "silt", recommend.Query{Not: []string{"crane"}, NoFill: true})
	at := slices.IndexFunc(not.Related, func(entry recommend.Entry) bool { return entry.ID == "silty" })
	if at < 0 || !slices.ContainsFunc(not.Related[at].Why, func(w recommend.Reason) bool { return w.Kind == recommend.KindUnlike && w.Part < 0 }) || names(ask(e.reader, "silt", recommend.Query{NoFill: true}))[1] != "silty" || at < 2 {
		t.Errorf("like silt, not crane: %v", not.Related)
	}
	// A copy of one that is asked for says nothing new.
	if got := names(ask(e.reader, "long", recommend.Query{Not: []string{"crane"}, NoFill: true})); slices.Contains(got, "again") || len(got) == 0 {
		t.Errorf("like long: %v, with its copy", got)
	}
	// Filters, limits and fillers hold.
	if got := names(ask(e.reader, "silt", recommend.Query{Also: []string{"tide"}, Exclude: []string{"both"}, Limit: 1, NoFill: true})); len(got) != 1 || got[0] == "both" {
		t.Errorf("without both: %v", got)
	}
	if got := ask(e.reader, "crane", recommend.Query{Also: []string{"bread"}, Limit: 50}); got.Complete != nil || got.Related[len(got.Related)-1].Tier != recommend.TierLatest {
		t.Errorf("filled up: %+v", got)
	}
	// Without an index nobody can tell, and the answer says so.
	alone := engine.NewReader(e.store, engine.ReaderOptions{Now: clock})
	if got := ask(alone, "silt", recommend.Query{Also: []string{"tide"}, NoFill: true}); got.Complete == nil || len(got.Related) > 0 {
		t.Errorf("without an index: %+v", got)
	}
	for id, want := range map[string]error{"none": recommend.ErrNotFound, "later": recommend.ErrNotFound, "gone": recommend.ErrWithdrawn} {
		for _, q := range []recommend.Query{{Also: []string{id}}, {Not: []string{id}}} {
			if _, err := e.reader.Related(t.Context(), "silt", q); !errors.Is(err, want) {
				t.Errorf("with %s: %v, want %v", id, err, want)
			}
		}
	}
	if _, err := e.reader.Related(t.Context(), "silt", recommend.Query{Not: make([]string, recommend.MaxSeeds+1)}); err == nil {
		t.Error("any number of items is taken")
	}
}
