package web

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"akin/infra/memory"
	"akin/infra/test/tools"
	"akin/recommend"
	"akin/recommend/engine"
)

// What real sites do to a widget: policies, applications of one page, few results,
// other hosts, editors' pins.

// loads is the tag of the widget's script.
func loads(service string) string {
	return `<script type="module" src="` + service + `/widget.js"></script>`
}

// poll waits until JavaScript comes to true.
func poll(ctx context.Context, t *testing.T, js string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	if _, err := chromedp.Run(ctx, chromedp.Poll[bool](js)); err != nil {
		t.Fatalf("%s: %v", js, err)
	}
}

// titles is JavaScript for the titles that the widgets of the page show.
const titles = `[...document.querySelectorAll("akin-related")].flatMap(w => [...w.shadowRoot.querySelectorAll("nav:not(.ghost) [part=link]")].map(a => a.textContent))`

// fewWorks are five works with two subjects, of which each has others of its own.
func fewWorks() []recommend.Item {
	var items []recommend.Item
	for _, w := range []struct{ id, title string }{
		{"heat-a", "Extreme heatwave shelters opening"}, {"heat-b", "Extreme heatwave shelters funding"}, {"heat-c", "Extreme heatwave shelters closing"},
		{"rent-a", "Municipal rental contracts opening"}, {"rent-b", "Municipal rental contracts funding"},
	} {
		items = append(items, recommend.Item{ID: w.id, URL: "/works/" + w.id, Title: w.title, Lang: "en"})
	}
	return items
}

// A page may refuse all styles but those of its own files.
func TestWidgetUnderAStrictPolicy(t *testing.T) {
	s := newWidgetService(t, corpusReader(t))
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", "default-src 'self' "+s.URL+"; require-trusted-types-for 'script'")
		fmt.Fprint(w, `<!doctype html><html lang=en><meta charset=utf-8><title>Strict</title>`+loads(s.URL)+
			`<akin-related item="cool-by-noon" limit="3" layout="carousel" images events></akin-related>`)
	}))
	t.Cleanup(page.Close)
	ctx := newBrowser(t)
	visit(ctx, t, page.URL)
	filled(ctx, t, 1)
	if got := eval[string](ctx, t, `getComputedStyle(`+shadow+`.querySelector("li")).borderTopWidth`); got != "1px" {
		t.Errorf("an entry's line is %s wide, want 1px: its style does not hold", got)
	}
	if eval[bool](ctx, t, shadow+`.querySelector("style, [style]:not(nav)") != null`) {
		t.Error("a style is written into the page")
	}
}

// An application of one page changes the attributes of elements that stand.
func TestWidgetFollowsItsAttributes(t *testing.T) {
	s := newWidgetService(t, newFakeReader(fewWorks(), nil))
	ctx := newBrowser(t)
	visit(ctx, t, serveForeign(t, loads(s.URL)+`<akin-related item="heat-a" fill="none"><p id="inside">More</p></akin-related>`))
	filled(ctx, t, 1)
	poll(ctx, t, titles+`.join() == "Extreme heatwave shelters closing,Extreme heatwave shelters funding" || `+titles+`.join() == "Extreme heatwave shelters funding,Extreme heatwave shelters closing"`)
	set := func(name, value string) {
		eval[bool](ctx, t, fmt.Sprintf(`document.querySelector("akin-related").setAttribute(%q, %q), true`, name, value))
	}
	set("item", "rent-a")
	poll(ctx, t, titles+`.join() == "Municipal rental contracts funding"`)
	asked := len(s.requests())
	set("layout", "cards")
	set("heading", "Read on")
	poll(ctx, t, shadow+`.querySelector("nav.cards h2")?.textContent == "Read on"`)
	if got := len(s.requests()); got != asked {
		t.Errorf("%d lists were asked for to change the look of one", got-asked)
	}
	set("item", "nobody-knows")
	poll(ctx, t, `document.getElementById("inside").offsetHeight > 0 && !`+shadow+`.querySelector("nav")`)
	set("item", "rent-b")
	poll(ctx, t, titles+`.join() == "Municipal rental contracts opening"`)
}

// The page becomes another by pushState and the reader's going back: the widget
// follows its address, or its canonical one, and forgets what it showed before.
func TestWidgetFollowsThePage(t *testing.T) {
	for _, tt := range []struct{ name, head, become string }{
		{"canonical", `<link rel="canonical" href="/works/heat-a">`,
			`(id) => { history.pushState("", "", "/app/" + id); document.querySelector("link").href = "/works/" + id }
			; addEventListener("popstate", () => { document.querySelector("link").href = "/works/" + (location.pathname.split("/app/")[1] || "heat-a") })`},
		{"address", ``, `(id) => history.pushState("", "", "/works/" + id)`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			reader := newFakeReader(fewWorks(), nil)
			s := newWidgetService(t, reader)
			page := serveForeign(t, tt.head+`<script>window.become = `+tt.become+`</script>`+loads(s.URL)+`<akin-related fill="none"></akin-related>`)
			for _, it := range fewWorks() {
				reader.alias[page+it.URL] = it.ID
			}
			ctx := newBrowser(t)
			visit(ctx, t, page+"/works/heat-a")
			first := `["Extreme heatwave shelters closing","Extreme heatwave shelters funding"]`
			poll(ctx, t, `JSON.stringify(`+titles+`.sort()) == '`+first+`'`)
			eval[bool](ctx, t, `become("heat-b"), true`) // heat-c and heat-a; heat-c was shown before
			poll(ctx, t, `JSON.stringify(`+titles+`.sort()) == '["Extreme heatwave shelters closing","Extreme heatwave shelters opening"]'`)
			eval[bool](ctx, t, `become("rent-a"), true`)
			poll(ctx, t, titles+`.join() == "Municipal rental contracts funding"`)
			eval[bool](ctx, t, `history.go(-2), true`)
			poll(ctx, t, `JSON.stringify(`+titles+`.sort()) == '`+first+`'`)
		})
	}
}

// A list that is taken out of the page, and one that is put in, repeat nothing but
// what stands there now.
func TestWidgetForgetsWhatLeftThePage(t *testing.T) {
	s := newWidgetService(t, newFakeReader(fewWorks(), nil))
	ctx := newBrowser(t)
	visit(ctx, t, serveForeign(t, loads(s.URL)+`<div id="view"><akin-related item="heat-a" fill="none"></akin-related></div>`))
	filled(ctx, t, 1)
	for range 2 {
		eval[bool](ctx, t, `view.innerHTML = '<akin-related item="heat-a" fill="none"></akin-related>', true`)
		poll(ctx, t, titles+`.length == 2`)
	}
}

// A list that left the page before it was there, as applications keep views, comes
// when it is put back.
func TestWidgetComesBack(t *testing.T) {
	s := newWidgetService(t, newFakeReader(fewWorks(), nil))
	s.hold = make(chan struct{})
	ctx := newBrowser(t)
	visit(ctx, t, serveForeign(t, loads(s.URL)+`<akin-related item="heat-a" fill="none"></akin-related><akin-related id="kept" item="rent-a" fill="none"></akin-related>`))
	poll(ctx, t, `!!document.getElementById("kept")?.shadowRoot`)
	eval[bool](ctx, t, `new Promise(r => requestAnimationFrame(() => requestAnimationFrame(() => { window.kept = document.getElementById("kept"); kept.remove(); r(true) })))`)
	close(s.hold)
	poll(ctx, t, titles+`.length == 2`)
	eval[bool](ctx, t, `document.querySelector("main").append(kept), true`)
	poll(ctx, t, titles+`.length == 3`)
}

// One result of six takes the room of one.
func TestWidgetLeavesNoHole(t *testing.T) {
	s := newWidgetService(t, newFakeReader(fewWorks()[3:], nil))
	ctx := newBrowser(t)
	visit(ctx, t, serveForeign(t, loads(s.URL)+`<akin-related item="rent-a" limit="6"></akin-related><p id="after">After</p>`))
	filled(ctx, t, 1)
	list := eval[float64](ctx, t, shadow+`.querySelector("nav").getBoundingClientRect().bottom`)
	after := eval[float64](ctx, t, `after.getBoundingClientRect().top`)
	if hole := after - list; hole > 40 {
		t.Errorf("one of six leaves a hole of %v px", hole)
	}
	if got := eval[float64](ctx, t, `document.querySelector("akin-related").offsetHeight`); got > 200 {
		t.Errorf("one entry takes %v px", got)
	}
}

// Where the reader comes near it, its room is right before it is in view, so that
// nothing that is in view moves.
func TestWidgetFindsItsRoomOutOfSight(t *testing.T) {
	s := newWidgetService(t, newFakeReader(fewWorks()[3:], nil))
	s.hold = make(chan struct{})
	ctx := newBrowser(t)
	visit(ctx, t, serveForeign(t, loads(s.URL)+`<script>window.cls = 0;
		new PerformanceObserver(l => l.getEntries().forEach(e => { window.cls += e.value })).observe({type: "layout-shift", buffered: true})</script>
		<p style="height: 120vh">Before</p><akin-related item="rent-a" limit="6"></akin-related><p id="after">After</p>`))
	poll(ctx, t, shadow+`?.querySelector("nav.ghost") != null`)
	close(s.hold)
	filled(ctx, t, 1)
	eval[bool](ctx, t, `scrollTo(0, document.body.scrollHeight), new Promise(r => requestAnimationFrame(() => requestAnimationFrame(() => r(true))))`)
	if cls := eval[float64](ctx, t, `cls`); cls != 0 {
		t.Errorf("layout shifted by %v", cls)
	}
}

// At 320 px no layout makes the page scroll sideways, and a picture that fails
// leaves a plain field.
func TestWidgetReflows(t *testing.T) {
	reader := corpusReader(t)
	for i := range reader.items {
		reader.items[i].Image = &recommend.Image{URL: "/broken.jpg", Alt: "A chart"}
	}
	s := newWidgetService(t, reader)
	ctx := newBrowser(t)
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(320, 600)); err != nil {
		t.Fatal(err)
	}
	for _, layout := range []string{"list", "cards", "strip", "carousel"} {
		visit(ctx, t, serveForeign(t, loads(s.URL)+`<akin-related item="cool-by-noon" limit="3" layout="`+layout+`" fields="image type date summary byline reason"></akin-related>`))
		filled(ctx, t, 1)
		if wide := eval[int](ctx, t, `document.documentElement.scrollWidth`); wide > 320 {
			t.Errorf("%s: the page is %d px wide", layout, wide)
		}
		poll(ctx, t, shadow+`.querySelector("[part=image]").localName == "div" && `+shadow+`.querySelector("[part=image]").offsetHeight > 70`)
	}
}

// Relative addresses of works are the site's, wherever the list stands.
func TestWidgetLinksLeadToTheSite(t *testing.T) {
	tools.SkipRaced(t)
	store := memory.New()
	if err := fillStore(t.Context(), store, nil); err != nil {
		t.Fatal(err)
	}
	c, err := engineOver(store)
	if err != nil {
		t.Fatal(err)
	}
	c.Reader = engine.NewReader(store, engine.ReaderOptions{Now: atCorpusNow, Site: "https://www.example.org"})
	s := httptest.NewServer(New(c))
	t.Cleanup(s.Close)
	ctx := newBrowser(t)
	visit(ctx, t, serveForeign(t, loads(s.URL)+`<akin-related item="cool-by-noon" layout="cards" images></akin-related>`))
	filled(ctx, t, 1)
	for _, href := range eval[[]string](ctx, t, `[...`+shadow+`.querySelectorAll("a, img")].map(a => a.href || a.src)`) {
		if !strings.HasPrefix(href, "https://www.example.org/") {
			t.Errorf("a link leads to %s, want the website", href)
		}
	}
}

// What editors pin stands in every list that they pin it to.
func TestWidgetsRepeatPins(t *testing.T) {
	reader := newFakeReader(fewWorks(), nil)
	reader.pins = []string{"heat-c"}
	s := newWidgetService(t, reader)
	ctx := newBrowser(t)
	visit(ctx, t, serveForeign(t, loads(s.URL)+`<akin-related item="heat-a" limit="2"></akin-related><akin-related item="heat-b" limit="2"></akin-related>`))
	filled(ctx, t, 2)
	got := eval[[]string](ctx, t, titles)
	pinned := slices.DeleteFunc(slices.Clone(got), func(s string) bool { return s != "Extreme heatwave shelters closing" })
	if len(pinned) != 2 || len(got) != 4 || got[0] != pinned[0] || got[2] != pinned[0] {
		t.Errorf("the lists are %q, want the pinned work first in both", got)
	}
}

// The page that a list stands on is not in it, whatever item the list is of.
func TestWidgetNeverShowsThePageItself(t *testing.T) {
	for name, head := range map[string]string{"canonical": `<link rel="canonical" href="https://www.example.org/works/heat-b/">`, "address": ``} {
		items := fewWorks()
		reader := newFakeReader(items, nil)
		s := newWidgetService(t, reader)
		page := serveForeign(t, head+loads(s.URL)+`<akin-related item="heat-a" limit="1" fill="none"></akin-related>`)
		for i, c := range reader.items {
			reader.items[i].URL = page + c.URL
			if head != "" {
				reader.items[i].URL = "https://www.example.org" + c.URL
			}
		}
		for _, self := range []string{"heat-b", "heat-c"} {
			ctx := newBrowser(t)
			visit(ctx, t, page+"/works/"+self+"?from=letter#top")
			filled(ctx, t, 1)
			want := map[string]string{"heat-b": "Extreme heatwave shelters closing", "heat-c": "Extreme heatwave shelters funding"}[self]
			if head != "" {
				want = "Extreme heatwave shelters closing" // the canonical address is that of heat-b
				if self == "heat-c" {
					continue
				}
			}
			if got := eval[string](ctx, t, titles+`.join()`); got != want {
				t.Errorf("%s: on the page of %s the list is %q, want %q", name, self, got, want)
			}
		}
	}
}
