package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"akin/functions/web/pages"
	"akin/infra/test/tools"
	"akin/recommend"
)

const widgetLimit = 5000 // bytes of the widget, gzipped as akin sends it

func TestWidgetIsSmall(t *testing.T) {
	c, err := corpusConfig()
	if err != nil {
		t.Fatal(err)
	}
	r := local(http.MethodGet, "/widget.js", "")
	r.Header.Set("Accept-Encoding", "gzip")
	w := httptest.NewRecorder()
	New(c).ServeHTTP(w, r)
	if got := w.Header().Get("Content-Encoding"); got != "gzip" {
		t.Fatalf("Content-Encoding %q, want gzip", got)
	}
	tools.Budget(t, "widget.js: %d bytes gzipped of %d", w.Body.Len(), widgetLimit)
	if w.Body.Len() >= widgetLimit {
		t.Errorf("widget.js takes %d bytes gzipped, want less than %d", w.Body.Len(), widgetLimit)
	}
}

// A widgetService is akin as the widget meets it, with what it was asked.
type widgetService struct {
	*httptest.Server
	mu    sync.Mutex
	asked []string      // query strings of related requests, in order
	told  chan string   // bodies of events
	hold  chan struct{} // lists wait until it is closed; nil: they do not wait
}

func (s *widgetService) requests() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.asked...)
}

func newWidgetService(t *testing.T, reader *fakeReader) *widgetService {
	t.Helper()
	p, err := pages.New(pages.Config{Reader: reader})
	if err != nil {
		t.Fatal(err)
	}
	s := &widgetService{told: make(chan string, 10)}
	mux := http.NewServeMux()
	p.Mount(mux)
	related := func(w http.ResponseWriter, r *http.Request, id string) {
		s.mu.Lock()
		s.asked = append(s.asked, r.URL.RawQuery)
		s.mu.Unlock()
		if s.hold != nil {
			<-s.hold
		}
		w.Header().Set("Access-Control-Allow-Origin", "*")
		limit, _ := strconv.Atoi(r.URL.Query().Get("limit"))
		rel, err := reader.Related(r.Context(), id, recommend.Query{Limit: limit, Exclude: strings.Split(r.URL.Query().Get("exclude"), ","), NoFill: r.URL.Query().Get("fill") == "none"})
		if err != nil {
			http.Error(w, err.Error(), http.StatusNotFound)
			return
		}
		_ = json.NewEncoder(w).Encode(rel)
	}
	mux.HandleFunc("GET /v1/items/{id}/related", func(w http.ResponseWriter, r *http.Request) { related(w, r, r.PathValue("id")) })
	mux.HandleFunc("GET /v1/related", func(w http.ResponseWriter, r *http.Request) {
		id, _ := reader.Find(r.Context(), r.URL.Query().Get("url"))
		related(w, r, id)
	})
	mux.HandleFunc("POST /v1/events", func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		s.told <- string(b)
		w.WriteHeader(http.StatusNoContent)
	})
	s.Server = httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

// serveForeign serves one page of another site that holds html.
func serveForeign(t *testing.T, html string) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, "<!doctype html><html lang=en><meta charset=utf-8><title>Another site</title>"+
			"<meta name=viewport content='width=device-width'><main><h1>Another site</h1>%s</main>", html)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// eval runs JavaScript in the page and returns what it comes to.
func eval[T any](ctx context.Context, t *testing.T, js string) T {
	t.Helper()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](js, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatalf("%s: %v", js, err)
	}
	return v
}

func visit(ctx context.Context, t *testing.T, address string) {
	t.Helper()
	if err := chromedp.Do(ctx, chromedp.Navigate(address)); err != nil {
		t.Fatalf("visit %s: %v", address, err)
	}
}

// filled waits until n widgets show their lists.
func filled(ctx context.Context, t *testing.T, n int) {
	t.Helper()
	js := fmt.Sprintf(`[...document.querySelectorAll("akin-related")].filter(w => w.shadowRoot?.querySelector("nav:not(.ghost) li")).length >= %d`, n)
	if _, err := chromedp.Run(ctx, chromedp.Poll[bool](js)); err != nil {
		t.Fatalf("%d widgets did not fill: %v", n, err)
	}
}

const shadow = `document.querySelector("akin-related").shadowRoot`

func TestWidgetLayouts(t *testing.T) {
	s := newWidgetService(t, corpusReader(t))
	ctx := newJudge(t)
	for _, layout := range []string{"list", "cards", "strip"} {
		t.Run(layout, func(t *testing.T) {
			visit(ctx, t, serveForeign(t, fmt.Sprintf(
				`<script type="module" src="%s/widget.js"></script><akin-related item="cool-by-noon" limit="4" layout="%s" images></akin-related><p>After</p>`, s.URL, layout)))
			filled(ctx, t, 1)
			if got := eval[int](ctx, t, shadow+`.querySelectorAll("nav.`+layout+` > ol > li").length`); got != 4 {
				t.Errorf("%d entries, want 4", got)
			}
			if got := eval[string](ctx, t, shadow+`.querySelector("nav > h2").textContent`); got != "Related" {
				t.Errorf("heading %q, want Related", got)
			}
			if got := eval[string](ctx, t, shadow+`.querySelector("li").innerText`); !strings.Contains(got, "Launch: Cool by Noon") || !strings.Contains(got, "June 2, 2022") || !strings.Contains(got, "Both about: ") {
				t.Errorf("first entry reads %q", got)
			}
			for _, scheme := range []string{"light", "dark"} {
				emulateScheme(ctx, t, scheme)
				found, err := runAxe(ctx)
				if err != nil || len(found) > 0 {
					t.Errorf("%s: axe: %v %v", scheme, found, err)
				}
			}
		})
	}
}

func TestWidgetFindsTheItemByTheCanonicalAddress(t *testing.T) {
	s := newWidgetService(t, corpusReader(t))
	ctx := newBrowser(t)
	visit(ctx, t, serveForeign(t, `<link rel="canonical" href="/works/cool-by-noon"><script type="module" src="`+s.URL+`/widget.js"></script><akin-related></akin-related>`))
	if _, err := chromedp.Run(ctx, chromedp.Poll[bool](`!`+shadow+`.querySelector(".ghost")`)); err != nil {
		t.Fatal(err)
	}
	asked := s.requests()
	if len(asked) != 1 || !strings.Contains(asked[0], "%2Fworks%2Fcool-by-noon") {
		t.Errorf("asked %q, want the canonical address", asked)
	}
}

// Two widgets on one page show nothing twice, and nothing that either excludes.
func TestWidgetsShareWhatTheyExclude(t *testing.T) {
	s := newWidgetService(t, corpusReader(t))
	ctx := newBrowser(t)
	visit(ctx, t, serveForeign(t, `<script type="module" src="`+s.URL+`/widget.js"></script>
		<akin-related item="cool-by-noon" limit="5"></akin-related>
		<akin-related item="cool-by-noon" limit="5" exclude="cool-by-noon-launch"></akin-related>`))
	filled(ctx, t, 2)
	links := eval[[]string](ctx, t, `[...document.querySelectorAll("akin-related")].flatMap(w => [...w.shadowRoot.querySelectorAll("nav:not(.ghost) a")].map(a => a.href))`)
	seen := map[string]bool{}
	for _, l := range links {
		if seen[l] {
			t.Errorf("%s is shown twice", l)
		}
		seen[l] = true
		if strings.HasSuffix(l, "cool-by-noon-launch") {
			t.Errorf("%s is shown but excluded", l)
		}
	}
	if len(links) != 10 {
		t.Errorf("%d entries, want 10", len(links))
	}
}

func TestWidgetWithoutJavaScriptOrServiceKeepsItsContent(t *testing.T) {
	s := newWidgetService(t, corpusReader(t))
	ctx := newBrowser(t)
	html := `<script type="module" src="` + s.URL + `/widget.js"></script><akin-related item="%s"><p id="inside">Read <a href="/next">the next part</a>.</p></akin-related>`
	visible := `document.getElementById("inside").offsetHeight > 0 && getComputedStyle(document.getElementById("inside")).visibility == "visible"`

	visit(ctx, t, serveForeign(t, fmt.Sprintf(html, "unknown")))
	if _, err := chromedp.Run(ctx, chromedp.Poll[bool](`!`+shadow+`.querySelector(".ghost")`)); err != nil {
		t.Fatal(err)
	}
	if !eval[bool](ctx, t, visible) {
		t.Error("an unknown item: what stands inside is not shown")
	}

	page := serveForeign(t, fmt.Sprintf(html, "cool-by-noon"))
	down := newWidgetService(t, &fakeReader{err: errors.New("down")})
	visit(ctx, t, serveForeign(t, strings.ReplaceAll(fmt.Sprintf(html, "cool-by-noon"), s.URL, down.URL)))
	if _, err := chromedp.Run(ctx, chromedp.Poll[bool](`!`+shadow+`.querySelector(".ghost")`)); err != nil {
		t.Fatal(err)
	}
	if !eval[bool](ctx, t, visible) {
		t.Error("a failing service: what stands inside is not shown")
	}

	s.Close() // nothing answers any more, not even for widget.js
	visit(ctx, t, page)
	if !eval[bool](ctx, t, visible) {
		t.Error("no service: what stands inside is not shown")
	}
	if _, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
		t.Fatal(err)
	}
	visit(ctx, t, page)
	if !eval[bool](ctx, t, visible) {
		t.Error("no JavaScript: what stands inside is not shown")
	}
}

func TestWidgetTakesHostileItemsAsText(t *testing.T) {
	s := newWidgetService(t, judgedReader(t))
	ctx := newBrowser(t)
	visit(ctx, t, serveForeign(t, `<script>window.alert = () => { window.hit = true }</script><script type="module" src="`+s.URL+`/widget.js"></script><akin-related item="bare" limit="50"></akin-related>`))
	filled(ctx, t, 1)
	if !eval[bool](ctx, t, shadow+`.textContent.includes("<script>alert(1)</script>")`) {
		t.Error("the hostile title is not shown as text")
	}
	if eval[bool](ctx, t, `!!window.hit`) {
		t.Error("a script of an item ran")
	}
	if bad := eval[[]string](ctx, t, `[...`+shadow+`.querySelectorAll("a")].map(a => a.protocol).filter(p => !p.startsWith("http"))`); len(bad) > 0 {
		t.Errorf("links lead to %q", bad)
	}
	if eval[bool](ctx, t, `document.documentElement.scrollWidth > innerWidth`) {
		t.Error("a long word makes the page scroll sideways")
	}
}

// A widget in the first view takes its room before its list is there, and one
// far below is not asked for before the reader comes near.
func TestWidgetIsLazyAndStill(t *testing.T) {
	s := newWidgetService(t, corpusReader(t))
	ctx := newBrowser(t)
	s.hold = make(chan struct{})
	visit(ctx, t, serveForeign(t, `<script type="module" src="`+s.URL+`/widget.js"></script>
		<akin-related item="cool-by-noon" limit="3" layout="cards"></akin-related><p>After</p>
		<div style="height: 4000px"></div><akin-related item="cool-by-noon" limit="3" layout="list"></akin-related>`))
	if _, err := chromedp.Run(ctx, chromedp.Poll[bool](`!!document.querySelector("akin-related").shadowRoot`)); err != nil {
		t.Fatal(err)
	}
	eval[bool](ctx, t, `new Promise(r => requestAnimationFrame(() => requestAnimationFrame(() => {
		window.cls = 0;
		new PerformanceObserver(l => l.getEntries().forEach(e => { window.cls += e.value })).observe({type: "layout-shift"});
		r(true);
	})))`)
	close(s.hold)
	filled(ctx, t, 1)
	if asked := s.requests(); len(asked) != 1 {
		t.Errorf("%d lists asked for, want 1 before the reader scrolls", len(asked))
	}
	before := eval[float64](ctx, t, `document.querySelectorAll("akin-related")[1].offsetHeight`)
	eval[bool](ctx, t, `scrollTo(0, 3600), true`)
	filled(ctx, t, 2)
	after := eval[float64](ctx, t, `new Promise(r => requestAnimationFrame(() => requestAnimationFrame(() => r(document.querySelectorAll("akin-related")[1].offsetHeight))))`)
	if before < 100 || after != before {
		t.Errorf("the list took %v px and then %v px", before, after)
	}
	if cls := eval[float64](ctx, t, `window.cls`); cls != 0 {
		t.Errorf("layout shifted by %v", cls)
	}
}

func TestWidgetLabelsFillers(t *testing.T) {
	s := newWidgetService(t, newFakeReader([]recommend.Item{
		{ID: "a", Title: "Alpha", Topics: []string{"t"}, Lang: "en"},
		{ID: "b", Title: "Beta", Topics: []string{"t"}, Lang: "en"},
		{ID: "c", Title: "Gamma", Lang: "en"},
	}, nil))
	ctx := newBrowser(t)
	visit(ctx, t, serveForeign(t, `<script type="module" src="`+s.URL+`/widget.js"></script><div lang="es"><akin-related item="a" events></akin-related></div>`))
	filled(ctx, t, 1)
	got := eval[[]string](ctx, t, `[...`+shadow+`.querySelectorAll("nav > h2, [part~=link], [part~=reason]")].map(e => e.textContent)`)
	want := []string{"Relacionados", "Beta", "Mismo tema", "Gamma", "Nuevo en este sitio"}
	if strings.Join(got, "|") != strings.Join(want, "|") {
		t.Errorf("the widget reads %q, want %q", got, want)
	}
	// With the attribute, what is seen is told once, without anything about whom.
	if _, err := chromedp.Run(ctx, chromedp.Evaluate[bool](shadow+`.querySelector("a").addEventListener("click", e => e.preventDefault()) || true`)); err != nil {
		t.Fatal(err)
	}
	eval[bool](ctx, t, shadow+`.querySelector("a").click() || true`)
	all := ""
	for range 2 {
		select {
		case told := <-s.told:
			all += told + "\n"
		case <-ctx.Done():
			t.Fatalf("told only %q", all)
		}
	}
	for _, want := range []string{
		`{"kind":"impression","item":"a","generation":1,"entries":[{"id":"b","tier":"topic","position":1},{"id":"c","tier":"latest","position":2}]}`,
		`{"kind":"click","item":"a","generation":1,"entries":[{"id":"b","tier":"topic","position":1}]}`,
	} {
		if !strings.Contains(all, want) {
			t.Errorf("told %q, want %s", all, want)
		}
	}
}

// The widget and the API itself understand each other from another origin: by
// id and by address, with exclusions, and the links lead to readable pages.
func TestWidgetMeetsTheService(t *testing.T) {
	s := serveCorpus(t)
	ctx := newBrowser(t)
	visit(ctx, t, serveForeign(t, `<script type="module" src="`+s.URL+`/widget.js"></script>
		<akin-related item="heat-shelter-homeless" limit="4" exclude="cooling-centres-brief"></akin-related>
		<akin-related url="/works/heat-shelter-homeless" limit="4" layout="cards" fill="none"></akin-related>`))
	filled(ctx, t, 2)
	shown := eval[[]string](ctx, t, `[...document.querySelectorAll("akin-related")].flatMap(w => [...w.shadowRoot.querySelectorAll("nav a")].map(a => new URL(a.href).pathname))`)
	seen := map[string]bool{}
	for _, path := range shown {
		if seen[path] || strings.HasSuffix(path, "/cooling-centres-brief") {
			t.Errorf("%s is shown twice, or although excluded", path)
		}
		seen[path] = true
		if status, _, _ := fetch(t, s.URL+path); status != http.StatusOK && status != http.StatusFound {
			t.Errorf("%s: status %d", path, status)
		}
	}
	if len(shown) != 8 {
		t.Errorf("%d entries, want 8: %q", len(shown), shown)
	}
	if got := eval[string](ctx, t, shadow+`.querySelector("[part~=similar]").textContent`); !strings.HasPrefix(got, "Both about: ") {
		t.Errorf("the reason reads %q", got)
	}
}
