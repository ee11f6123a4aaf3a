package engine_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"akin/infra/memory"
	"akin/infra/test/storetest"
	"akin/recommend"
	"akin/recommend/engine"
	"akin/recommend/store"
)

// corpus reads the sample corpus.
func corpus(t testing.TB) []recommend.Item {
	t.Helper()
	items, err := readCorpus()
	if err != nil {
		t.Fatal(err)
	}
	return items
}

func readCorpus() ([]recommend.Item, error) {
	f, err := os.Open("../../testdata/corpus/items.jsonl")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var items []recommend.Item
	sc := bufio.NewScanner(f)
	sc.Buffer(nil, 1<<20)
	for sc.Scan() {
		it, err := recommend.DecodeItem(sc.Bytes())
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", f.Name(), len(items)+1, err)
		}
		items = append(items, it)
	}
	return items, sc.Err()
}

// An site is all parts over one store.
type site struct {
	store     store.Store
	publisher *engine.Publisher
	indexer   *engine.Indexer
	reader    *engine.Reader
}

func newEngine(t testing.TB, s store.Store, settings recommend.Settings) *site {
	t.Helper()
	return newEngineAt(t, s, settings, nil)
}

// newEngineAt does the same with a clock.
func newEngineAt(t testing.TB, s store.Store, settings recommend.Settings, now func() time.Time) *site {
	t.Helper()
	p, err := engine.NewPublisher(s, settings, engine.PublisherOptions{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	return &site{
		store: s, publisher: p,
		indexer: engine.NewIndexer(s, settings, engine.IndexerOptions{Now: now}),
		reader:  engine.NewReader(s, engine.ReaderOptions{Now: now}),
	}
}

func (e *site) put(t testing.TB, items ...recommend.Item) {
	t.Helper()
	for _, r := range e.publisher.Put(t.Context(), items...) {
		if r.Err != nil {
			t.Fatalf("put %q: %v", r.ID, r.Err)
		}
	}
}

// sampleStore holds the sample corpus, indexed once under the default settings,
// and is not written to any more.
var sampleStore = sync.OnceValues(func() (*memory.Store, error) {
	s := memory.New()
	p, err := engine.NewPublisher(s, recommend.DefaultSettings(), engine.PublisherOptions{})
	if err != nil {
		return nil, err
	}
	items, err := readCorpus()
	if err != nil {
		return nil, err
	}
	for _, r := range p.Put(context.Background(), items...) {
		if r.Err != nil {
			return nil, r.Err
		}
	}
	x := engine.NewIndexer(s, recommend.DefaultSettings(), engine.IndexerOptions{})
	_, err = x.Reindex(context.Background(), engine.ReindexOptions{})
	return s, err
})

// sampled returns an engine over a store of its own that holds the sample
// corpus and its first generation.
func sampled(t testing.TB) *site {
	t.Helper()
	s, err := sampleStore()
	if err != nil {
		t.Fatal(err)
	}
	return newEngine(t, s.Clone(), recommend.DefaultSettings())
}

// check fails the test unless every stored list is what brute force gives, and
// all rows fit each other.
func (e *site) check(t testing.TB) int {
	t.Helper()
	ds, n, err := e.indexer.Check(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range ds {
		t.Error(d)
	}
	damage, err := e.indexer.Walk(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range damage {
		t.Error(d)
	}
	return n
}

// shows reports whether the similar entries of an item's answer hold another.
func (e *site) shows(t testing.TB, id, other string) bool {
	t.Helper()
	r, err := e.reader.Related(t.Context(), id, recommend.Query{Limit: 50, NoFill: true})
	if err != nil {
		t.Fatal(err)
	}
	return slices.ContainsFunc(r.Related, func(entry recommend.Entry) bool { return entry.ID == other })
}

// Promise 2: an item shows on the old pages that it belongs on as soon as it is
// published, leaves them when it is corrected to be about something else, and
// when it is withdrawn.
func TestPublishShowsOnOldPages(t *testing.T) {
	e := sampled(t)
	const old, fresh = "cool-by-noon", "fresh"
	publish := func(title string) {
		t.Helper()
		e.put(t, recommend.Item{ID: fresh, Title: title, Lang: "en"})
		if _, err := e.indexer.CatchUp(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	publish("Public cooling centres on the hottest days: what works")
	if !e.shows(t, old, fresh) || !e.shows(t, fresh, old) {
		t.Errorf("%s on the page of %s: %v, the other way %v; want both", fresh, old, e.shows(t, old, fresh), e.shows(t, fresh, old))
	}
	publish("Reading a budget line by line")
	if e.shows(t, old, fresh) {
		t.Errorf("%s is still on the page of %s, though it is about something else now", fresh, old)
	}
	publish("Public cooling centres on the hottest days: what works")
	e.check(t)
	if r := e.publisher.Withdraw(t.Context(), fresh, 0); r.Err != nil {
		t.Fatal(r.Err)
	}
	if e.shows(t, old, fresh) {
		t.Errorf("%s is withdrawn and on the page of %s", fresh, old)
	}
	if n := e.check(t); n != 313 {
		t.Errorf("%d lists are exact, want 313", n)
	}
}

// What is searched for is found before any statistics know its words, or even
// its language.
func TestSearchFindsTheFirstOfALanguage(t *testing.T) {
	e := newEngine(t, storetest.NewMemory(), recommend.DefaultSettings())
	e.put(t, recommend.Item{ID: "one", Title: "Rents in harbour towns", Lang: "en"}, recommend.Item{ID: "two", Title: "School buses", Lang: "en"})
	if _, err := e.indexer.Reindex(t.Context(), engine.ReindexOptions{}); err != nil {
		t.Fatal(err)
	}
	e.put(t, recommend.Item{ID: "trois", Title: "Les loyers des villes portuaires", Lang: "fr"})
	if _, err := e.indexer.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	for q, want := range map[string]string{"harbour": "one", "ville portuaire": "trois"} {
		found, err := e.indexer.Search(t.Context(), q, "", 10)
		if err != nil || len(found) != 1 || found[0].ID != want {
			t.Errorf("search for %q: %v %v, want %q", q, found, err, want)
		}
	}
}
