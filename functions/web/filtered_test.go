package web

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"akin/functions/web/api"
	"akin/functions/web/serve"
	"akin/infra/memory"
	"akin/recommend"
	"akin/recommend/engine"
)

// Where one program has the lists and another the index, the first passes on
// what filters leave open, and says that its answer may not be complete where the
// other gives none.
func TestFiltersArePassedOn(t *testing.T) {
	store := memory.New()
	e := newEngineOn(t, store)
	var items []recommend.Item
	for n := range 80 {
		it := recommend.Item{ID: fmt.Sprint("near", n), Title: fmt.Sprint("Dredging the harbour, pier ", n), Lang: "en", Types: []string{"Notes"}, Date: "2025-01"}
		if n >= 70 { // last, as all score the same
			it.Types, it.Date = []string{"Reports"}, "2001-01"
		}
		items = append(items, it)
	}
	for _, r := range e.publisher.Put(t.Context(), items...) {
		if r.Err != nil {
			t.Fatal(r.Err)
		}
	}
	e.reindex()
	handler := func(o engine.ReaderOptions, f api.Filterer) http.Handler {
		return New(Config{Config: serve.Config{Logger: slog.New(slog.DiscardHandler)}, Reader: engine.NewReader(store, o), Filterer: f})
	}
	indexed := handler(engine.ReaderOptions{Index: func() (engine.Ranker, error) { return e.indexer, nil }}, nil)
	asked, broken := 0, false
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if asked++; broken {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		indexed.ServeHTTP(w, r)
	}))
	defer server.Close()
	lists := handler(engine.ReaderOptions{}, api.FilteredBy(server.URL))
	get := func(h http.Handler, target string) string {
		t.Helper()
		w := httptest.NewRecorder()
		h.ServeHTTP(w, local("GET", target, ""))
		if w.Code != http.StatusOK || !strings.Contains(w.Header().Get("Cache-Control"), "max-age=30") {
			t.Errorf("%s: %d, kept %q", target, w.Code, w.Header().Get("Cache-Control"))
		}
		return w.Body.String()
	}
	const filtered = "/v1/items/near5/related?fill=none&limit=20&type=Reports&until=2002"
	want := get(indexed, filtered)
	if n := strings.Count(want, `"tier":"similar"`); n != 10 || strings.Contains(want, "complete") {
		t.Fatalf("the index names %d reports of 10: %s", n, want)
	}
	if got := get(lists, filtered); got != want || asked != 1 {
		t.Errorf("asked %d times, and answers\n%s\nwant\n%s", asked, got, want)
	}
	if got := get(lists, "/v1/items/near5/related?fill=none&type=Notes"); strings.Contains(got, "complete") || asked != 1 {
		t.Errorf("what the list proves is asked %d times: %s", asked, got)
	}
	// Several items are for the index to answer, too.
	const several = "/v1/related?item=near5,near6&not=near7&fill=none&limit=20"
	want = get(indexed, several)
	if n := strings.Count(want, `"tier":"similar"`); n != 20 || !strings.Contains(want, `"item":"near5"`) || !strings.Contains(want, `"also":["near6"],"not":["near7"]`) || strings.Contains(want, "complete") {
		t.Fatalf("the index names %d: %s", n, want)
	}
	for _, target := range []string{several, "/v1/related?item=near5&item=near6&not=near7&fill=none&limit=20", "/v1/items/near5/related?also=near6&not=near7&fill=none&limit=20"} {
		if got := get(lists, target); got != want || asked == 1 {
			t.Errorf("%s: asked %d times, and answers\n%s\nwant\n%s", target, asked, got, want)
		}
	}
	broken = true
	if got := get(lists, filtered); !strings.Contains(got, `"complete":false`) {
		t.Errorf("the index is out of order, and the answer says %s", got)
	}
	if got := get(handler(engine.ReaderOptions{}, nil), filtered); !strings.Contains(got, `"complete":false`) {
		t.Errorf("there is no index, and the answer says %s", got)
	}
}
