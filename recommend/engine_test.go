package recommend_test

import (
	"bufio"
	"os"
	"testing"

	"akin/infra/storetest"
	"akin/recommend"
)

// corpus reads the sample corpus.
func corpus(t testing.TB) []recommend.Item {
	t.Helper()
	f, err := os.Open("../testdata/corpus/items.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var items []recommend.Item
	sc := bufio.NewScanner(f)
	sc.Buffer(nil, 1<<20)
	for sc.Scan() {
		it, err := recommend.DecodeItem(sc.Bytes())
		if err != nil {
			t.Fatalf("%s:%d: %v", f.Name(), len(items)+1, err)
		}
		items = append(items, it)
	}
	return items
}

// An engine is all parts over one store.
type engine struct {
	store     recommend.Store
	publisher *recommend.Publisher
	indexer   *recommend.Indexer
	reader    *recommend.Reader
}

func newEngine(t testing.TB, s recommend.Store, settings recommend.Settings) *engine {
	t.Helper()
	p, err := recommend.NewPublisher(s, settings, recommend.PublisherOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return &engine{
		store: s, publisher: p,
		indexer: recommend.NewIndexer(s, settings, recommend.IndexerOptions{}),
		reader:  recommend.NewReader(s, recommend.ReaderOptions{}),
	}
}

func (e *engine) put(t testing.TB, items ...recommend.Item) {
	t.Helper()
	for _, r := range e.publisher.Put(t.Context(), items...) {
		if r.Err != nil {
			t.Fatalf("put %q: %v", r.ID, r.Err)
		}
	}
}

// check fails the test unless every stored list is what brute force gives.
func (e *engine) check(t testing.TB) int {
	t.Helper()
	ds, n, err := e.indexer.Check(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range ds {
		t.Error(d)
	}
	return n
}

// A publish, once indexed, shows on the page of the item that it belongs to,
// and a withdrawal is gone from it.
func TestPublishShowsOnOldPages(t *testing.T) {
	e := newEngine(t, storetest.NewMemory(), recommend.DefaultSettings())
	items := corpus(t)
	e.put(t, items...)
	if _, err := e.indexer.Reindex(t.Context(), recommend.ReindexOptions{}); err != nil {
		t.Fatal(err)
	}
	e.check(t)
	for _, it := range items[:10] {
		r, err := e.reader.Related(t.Context(), it.ID, recommend.Query{})
		if err != nil {
			t.Error(err)
			continue
		}
		t.Logf("%s: %s", it.ID, it.Title)
		for _, e := range r.Related {
			t.Logf("   %s %v %s %v", e.Tier, e.Score, e.Title, e.Why)
		}
	}
}
