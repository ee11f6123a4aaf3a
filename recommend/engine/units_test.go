package engine_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"akin/infra/test/storetest"
	"akin/recommend"
	"akin/recommend/engine"
	"akin/recommend/store"
)

// A ledger is a store that notes the lists written to it.
type ledger struct {
	store.Store
	mu    sync.Mutex
	lists int
	kb    int // of the lists, each rounded up, by the larger of its two sizes
}

func (l *ledger) Apply(ctx context.Context, txs ...store.Tx) []error {
	for _, tx := range txs {
		row := tx[0].Row
		if !strings.HasPrefix(row.Part, "rel/") {
			continue
		}
		size := func(r store.Row) int {
			const namesAndRev = 2 + 2 + 1 + 1 + 9
			return namesAndRev + len(r.Part) + len(r.Sort) + len(r.Data)
		}
		before, err := l.Store.Get(ctx, store.Strong, row.Key)
		if err != nil {
			panic(err)
		}
		l.mu.Lock()
		l.lists++
		l.kb += (max(size(row), size(before[0])) + 1023) / 1024
		l.mu.Unlock()
	}
	return l.Store.Apply(ctx, txs...)
}

// many makes items of 12 words that are as frequent as in a language.
func many(n int) []recommend.Item {
	rng := rand.New(rand.NewPCG(4, 4))
	zipf := rand.NewZipf(rng, 1.1, 8, 20_000)
	items := make([]recommend.Item, n)
	for i := range items {
		var words []string
		for range 12 {
			words = append(words, fmt.Sprintf("w%c%d", 'a'+rune(zipf.Uint64()%26), zipf.Uint64()))
		}
		items[i] = recommend.Item{
			ID: fmt.Sprint("item", i), URL: fmt.Sprint("/items/", i), Lang: "en", Title: strings.Join(words[:4], " "),
			Summary: strings.Join(words[4:], " "), Topics: []string{fmt.Sprint("topic", i%20)}, Date: "2024-01-02",
		}
	}
	return items
}

// What a publish among 1,000 items costs: the API's transaction two units per row
// of a KB, the indexer two for the head, six to number the change, and its lists, and reads that know nothing of
// how many items there are. A view is two requests besides the remembered head.
func TestUnitsOfPublishAndView(t *testing.T) {
	memory := &ledger{Store: storetest.NewMemory()}
	m := store.NewMeter(memory)
	settings := recommend.DefaultSettings()
	settings.Odds = 0 // full lists cost most
	e := newEngine(t, m, settings)
	items := many(1001)
	e.put(t, items[:1000]...)
	indexed(t, e)
	if _, err := e.indexer.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, it := range []recommend.Item{items[1000], items[7], items[500]} {
		it.Summary += " corrected"
		m.Take()
		e.put(t, it)
		u := m.Take()
		if u.Operations["TransactWriteItems"] != 1 || u.Requests > 4 {
			t.Errorf("handing over %q makes requests %v", it.ID, u.Operations)
		}
		if u.WriteUnits != 2*float64(u.Writes) || u.Writes > 9 {
			t.Errorf("handing over %q takes %v write units for %d rows of at most a KB, want 2 each and 9 rows at most", it.ID, u.WriteUnits, u.Writes)
		}
		memory.lists, memory.kb = 0, 0
		if n, err := e.indexer.CatchUp(t.Context()); n != 1 || err != nil {
			t.Fatalf("CatchUp = %d, %v", n, err)
		}
		u = m.Take()
		t.Logf("%q: %d lists, %+v", it.ID, memory.lists, u)
		if most := float64(2 + 6 + memory.kb); u.WriteUnits > most || memory.lists < 2 {
			t.Errorf("indexing %q takes %v write units for %d lists, want at most %v", it.ID, u.WriteUnits, memory.lists, most)
		}
		// The head, the change, its record and terms, and to number it what waits and
		// the counters.
		if u.Reads > 4+2 || u.ReadUnits > 6+2 {
			t.Errorf("indexing %q reads %d rows for %v units, want 6 and 8 at most", it.ID, u.Reads, u.ReadUnits)
		}
	}

	r := engine.NewReader(m, engine.ReaderOptions{HeadAge: time.Hour})
	view := func(id string, requests int, q recommend.Query) {
		t.Helper()
		m.Take()
		a, err := r.Related(t.Context(), id, q)
		if err != nil {
			t.Fatal(err)
		}
		if u := m.Take(); u.Requests != requests || u.Writes > 0 {
			t.Errorf("a view of %q with %d entries makes %d requests %v, want %d", id, len(a.Related), u.Requests, u.Operations, requests)
		}
	}
	if _, err := r.Related(t.Context(), "item1", recommend.Query{}); err != nil { // remembers the head
		t.Fatal(err)
	}
	view("item7", 2, recommend.Query{})
	view("item1000", 2, recommend.Query{Limit: 1})
	note := recommend.Note{By: "editor", Text: "they belong together"}
	// Pins take one more.
	pins := recommend.Curation{Pins: []recommend.Decision{{ID: "item9", Note: note}, {ID: "item11", Note: note}}}
	if _, err := e.publisher.Curate(t.Context(), "item7", pins, engine.Edit{IfMatch: "*"}); err != nil {
		t.Fatal(err)
	}
	view("item7", 3, recommend.Query{})

	// Listings that fill up take one each, for what they name, and now and then
	// one more for their rows. One that names nothing else takes none.
	alone := recommend.Curation{NoSimilar: &note}
	lonely := items[8]
	lonely.ID, lonely.URL, lonely.Topics = "lonely", "/items/lonely", []string{"lonely"}
	e.put(t, lonely)
	for _, id := range []string{"item8", "lonely"} {
		if _, err := e.publisher.Curate(t.Context(), id, alone, engine.Edit{IfMatch: "*"}); err != nil {
			t.Fatal(err)
		}
	}
	view("item8", 2+2, recommend.Query{})
	view("item8", 2+1, recommend.Query{})
	view("lonely", 2+1+2, recommend.Query{})
	view("lonely", 2+1, recommend.Query{})
	view("item8", 2+1, recommend.Query{Limit: 6, NoFill: false, Exclude: []string{"item28"}})
}
