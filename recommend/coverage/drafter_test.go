package coverage_test

import (
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"akin/infra/memory"
	"akin/recommend"
	"akin/recommend/coverage"
	"akin/recommend/engine"
)

// A search finds what was published a moment ago, though the index is older.
func TestLateDrafterFollows(t *testing.T) {
	store := memory.New()
	settings := recommend.DefaultSettings()
	o := engine.IndexerOptions{Log: slog.New(slog.DiscardHandler)}
	writer := engine.NewIndexer(store, settings, o)
	publisher, err := engine.NewPublisher(store, settings, engine.PublisherOptions{})
	if err != nil {
		t.Fatal(err)
	}
	put := func(id, title string) {
		t.Helper()
		if r := publisher.Put(t.Context(), recommend.Item{ID: id, Title: title, Lang: "en"})[0]; r.Err != nil {
			t.Fatal(r.Err)
		}
	}
	for i, title := range []string{"Harbours and tides", "Orchards in flower", "Trams at night", "Markets at dawn", "Orchards and markets"} {
		put(fmt.Sprint("item", i), title)
	}
	if _, err := writer.Reindex(t.Context(), engine.ReindexOptions{}); err != nil {
		t.Fatal(err)
	}
	made := 0
	now := time.Now()
	o.Now = func() time.Time { return now }
	x := coverage.LateDrafter(sync.OnceValues(func() (*engine.Indexer, error) {
		made++
		return engine.NewIndexer(store, settings, o), nil
	}), func() time.Time { return now })
	find := func(q string, want int) {
		t.Helper()
		found, err := x.Search(t.Context(), q, "", 5)
		if err != nil || len(found) != want {
			t.Errorf("Search(%q) = %d entries, %v, want %d", q, len(found), err, want)
		}
	}
	if made != 0 {
		t.Error("the index was made before anybody asked")
	}
	find("tides", 1)
	find("telescopes", 0)
	put("item5", "Telescopes and observatories")
	now = now.Add(time.Minute)
	find("telescopes", 1)
	d, err := x.Draft(t.Context(), recommend.Item{ID: "c", Title: "Tides"}, recommend.Query{})
	if err != nil || len(d.Related.Related) == 0 {
		t.Errorf("Draft = %+v, %v, want an entry", d, err)
	}
	if made != 1 {
		t.Errorf("the index was made %d times, want once", made)
	}

	broken := errors.New("AKIN_SETTINGS")
	x = coverage.LateDrafter(func() (*engine.Indexer, error) { return nil, broken }, time.Now)
	if _, err := x.Search(t.Context(), "a", "", 5); !errors.Is(err, broken) {
		t.Errorf("Search without settings = %v", err)
	}
}
