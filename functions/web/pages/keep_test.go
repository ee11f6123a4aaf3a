package pages

import (
	"context"
	"strings"
	"testing"
	"time"

	"akin/functions/web/serve"
	"akin/recommend/engine"
)

// What is kept is bounded, and a page that was begun before a write is not kept
// after it.
func TestShelfIsBounded(t *testing.T) {
	var s shelf
	noon := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	put := func(key string, version uint64, size int) {
		s.keep(context.WithValue(t.Context(), placeKey{}, place{key, version}), keptPage{body: make([]byte, size), made: noon})
	}
	for i := range 40 {
		put(strings.Repeat("x", i), 1, 1<<20)
		if s.bytes > maxKept {
			t.Fatalf("%d bytes are kept, want %d at most", s.bytes, maxKept)
		}
	}
	put("new", 2, 1)
	put("old", 1, 1)
	if _, ok := s.find("old", 1, noon); ok || len(s.pages) != 1 {
		t.Errorf("%d pages are kept, want that of the last version", len(s.pages))
	}
	if _, ok := s.find("new", 2, noon.Add(serve.FreshFor)); ok {
		t.Error("a page is kept for longer than caches may")
	}
	if _, ok := s.find("new", 2, noon.Add(-1)); ok {
		t.Error("a page is kept though the clock stands before it was made")
	}
	if _, ok := s.find("new", 2, noon.Add(serve.FreshFor-1)); !ok {
		t.Error("the page is not kept")
	}
}

var _ Reader = (*engine.Reader)(nil)
