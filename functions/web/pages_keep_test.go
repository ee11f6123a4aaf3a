package web

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"akin/recommend"
	"akin/recommend/engine"
)

// A countingReader counts the topic pages that are made.
type countingReader struct {
	*engine.Reader
	made int
}

func (r *countingReader) Topic(ctx context.Context, slug string) (*recommend.Topic, error) {
	r.made++
	return r.Reader.Topic(ctx, slug)
}

// A page that was made is sent again as long as nothing was written, for each
// language and address its own.
func TestPagesAreKept(t *testing.T) {
	c, err := engineConfig(t.Context(), first(40))
	if err != nil {
		t.Fatal(err)
	}
	reader := &countingReader{Reader: c.Reader.(*engine.Reader)}
	c.Reader, c.Logger = reader, slog.New(slog.DiscardHandler)
	h := New(c)
	h.ServeHTTP(httptest.NewRecorder(), local("GET", "/topics/cities", "")) // makes the key of cursors, which is a write
	reader.made = 0
	for _, step := range []struct {
		path    string
		headers []string
		holds   string
		made    int
	}{
		{"/topics/heat", nil, `<html lang="en">`, 1},
		{"/topics/heat", nil, `<html lang="en">`, 1},
		{"/topics/heat", []string{"Accept-Language", "es"}, `<html lang="es">`, 2},
		{"/topics/heat", []string{"Accept-Language", "es-MX, en;q=0.5"}, `<html lang="es">`, 2},
		{"/topics/heat?lang=es", nil, `<html lang="es">`, 3},
		{"/topics/heat", []string{"X-Forwarded-Proto", "https"}, `href="https://localhost:8080/`, 4},
		{"/topics/heat", nil, `href="http://localhost:8080/`, 4},
		{"/topics/heat?type=Articles", nil, "noindex", 5},
		{"/topics/heat?type=Articles", nil, "noindex", 5},
		{"/topics/heat?q=" + strings.Repeat("x", 512), nil, "", 6},
		{"/topics/heat?q=" + strings.Repeat("x", 512), nil, "", 7},
	} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, local("GET", step.path, "", step.headers...))
		if body := w.Body.String(); w.Code != 200 || !strings.Contains(body, step.holds) || reader.made != step.made {
			t.Errorf("GET %.40s %q: %d, with %q: %t, made %d pages by now, want %d",
				step.path, step.headers, w.Code, step.holds, strings.Contains(body, step.holds), reader.made, step.made)
		}
		if robots := w.Header().Get("X-Robots-Tag"); (robots == "noindex") != strings.Contains(step.path, "?type") && !strings.Contains(step.path, "?q") {
			t.Errorf("GET %s: X-Robots-Tag %q", step.path, robots)
		}
	}
}

// A write shows at once on pages that are kept, and the end of an embargo in time.
func TestKeptPagesAreCurrent(t *testing.T) {
	e := newEngine(t)
	has := func(title string, want bool) {
		t.Helper()
		w := httptest.NewRecorder()
		e.h.ServeHTTP(w, local("GET", "/topics/heat", ""))
		if w.Code != 200 || strings.Contains(w.Body.String(), title) != want {
			t.Errorf("status %d, %q stands on the page: %t, want %t", w.Code, title, !want, want)
		}
	}
	publish := func(id, more string) {
		t.Helper()
		if res := e.do("PUT", "/v1/items/"+id, `{"title":"Shade `+id+`","lang":"en","topics":["heat"],"types":["Articles"]`+more+`}`); res.StatusCode != 201 {
			t.Fatal(res.Status)
		}
	}
	publish("first", "")
	has("Shade first", true)
	publish("second", "")
	has("Shade second", true)
	publish("later", `,"visibleFrom":"`+noon.Add(20*time.Second).Format(time.RFC3339)+`"`)
	has("Shade later", false)
	e.clock.Add(int64(19 * time.Second))
	has("Shade later", false)
	e.clock.Add(int64(time.Second))
	has("Shade later", true)
	e.do("DELETE", "/v1/items/first", "")
	has("Shade first", false)
	if res := e.do("PUT", "/v1/topics/heat", `{"title":"Heat and shade"}`); res.StatusCode >= 300 {
		t.Fatal(res.Status)
	}
	has("Heat and shade", true)
}

// Every page for readers and for editors may be asked for beside every other, and
// beside publishes and decisions. The race detector watches; it watches no browser.
func TestPagesAtOnce(t *testing.T) {
	c := editorsConfig(t)
	c.Logger = slog.New(slog.DiscardHandler)
	h := New(c)
	paths := slices.Concat(quickPages, editorPages, []string{"/widget.js", "/sitemap.xml", "/items/cool-by-noon/related?frame=1"})
	send := func(r *http.Request) {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code >= 300 {
			t.Errorf("%s %s: %d %.300s", r.Method, r.URL, w.Code, w.Body)
		}
	}
	var all sync.WaitGroup
	for i := range 6 {
		all.Go(func() {
			for n := range paths {
				send(local("GET", paths[(n+i*len(paths)/6)%len(paths)], "", "Accept-Encoding", "gzip", "Accept-Language", []string{"en", "es"}[i%2]))
			}
		})
	}
	all.Go(func() {
		for n := range 10 {
			send(local("PUT", fmt.Sprintf("/v1/items/new-%d", n), fmt.Sprintf(`{"title":"Cooling the streets, part %d","lang":"en","topics":["heat"]}`, n)))
			send(local("PUT", "/v1/items/cool-by-noon/curation", fmt.Sprintf(`{"pins":[{"id":"new-%d"}]}`, n), "If-Match", "*"))
		}
	})
	all.Wait()
}
