package web

import (
	"crypto/sha512"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"akin/functions/web/pages"
	"akin/recommend"
)

// What authors of pages make of the widget: fields, markup, words, events and
// addresses of their own.

// told is JavaScript that keeps what the widget's events say, for [eval].
const told = `<script>window.told = []; for (const n of ["shown", "seen", "follow"]) document.addEventListener("akin:" + n, e => {
	told.push(n + " " + e.detail.item + " " + e.detail.generation + " " + e.detail.entries.map(x => x.position + " " + x.id + " " + x.tier).join());
	if (n == "follow") { e.preventDefault(); window.href = e.detail.entries[0].href; window.click = e.detail.event.type }
})</script>`

// Events leave the element, and any shadow around it, for the page's own figures
// and its own router.
func TestWidgetTellsThePage(t *testing.T) {
	s := newWidgetService(t, newFakeReader(fewWorks()[3:], nil))
	ctx := newBrowser(t)
	page := serveForeign(t, told+loads(s.URL)+`<div id="host"></div><script>
		host.attachShadow({mode: "open"}).innerHTML = '<akin-related item="rent-a" utm="utm_source=akin&utm_medium=related"></akin-related>'</script>`)
	visit(ctx, t, page)
	poll(ctx, t, `told.length == 2`)
	eval[bool](ctx, t, `host.shadowRoot.querySelector("akin-related").shadowRoot.querySelector("a").click(), true`)
	got := eval[[]string](ctx, t, `told`)
	want := "shown rent-a 1 1 rent-b similar|seen rent-a 1 1 rent-b similar|follow rent-a 1 1 rent-b similar"
	if strings.Join(got, "|") != want {
		t.Errorf("told %q, want %s", got, want)
	}
	if got := eval[string](ctx, t, `href + " " + click`); got != page+"/works/rent-b?utm_source=akin&utm_medium=related click" {
		t.Errorf("followed %s", got)
	}
	if got := eval[string](ctx, t, `location.href`); got != page+"/" {
		t.Errorf("the page took the click, and the browser went to %s all the same", got)
	}
}

// An entry shows the fields that are wanted, in any layout, without a shift as the
// list arrives.
func TestWidgetShowsFields(t *testing.T) {
	s := newWidgetService(t, corpusReader(t))
	ctx := newJudge(t)
	visit(ctx, t, serveForeign(t, loads(s.URL)+`<akin-related item="cool-by-noon" limit="3" fields="image summary byline"></akin-related>`))
	poll(ctx, t, `!!`+shadow)
	room := eval[float64](ctx, t, `document.querySelector("akin-related").offsetHeight`)
	filled(ctx, t, 1)
	got := eval[string](ctx, t, `[...new Set([...`+shadow+`.querySelectorAll("li [part]")].map(e => e.part[0]))].sort().join()`)
	if got != "byline,image,link,summary" {
		t.Errorf("entries show %s, want byline,image,link,summary", got)
	}
	if got := eval[float64](ctx, t, `document.querySelector("akin-related").offsetHeight`); got != room {
		t.Errorf("the list takes %v px, its skeleton took %v", got, room)
	}
	if got := eval[float64](ctx, t, `Math.max(...[...`+shadow+`.querySelectorAll("[part=summary]")].map(e => e.offsetHeight / parseFloat(getComputedStyle(e).lineHeight)))`); got > 3.1 {
		t.Errorf("a summary takes %v lines, want three at most", got)
	}
	if found, err := runAxe(ctx); err != nil || len(found) > 0 {
		t.Errorf("axe: %v %v", found, err)
	}
}

// The page's own markup is filled in, stays the page's to style, and keeps the list
// around it. What an item lacks is left out.
func TestWidgetFillsATemplate(t *testing.T) {
	items := fewWorks()[3:]
	items[1].Title, items[1].Date, items[1].Authors = `<img src=x onerror=alert(1)>`, "2024-03", []string{"Ada", "Bo"}
	s := newWidgetService(t, newFakeReader(items, nil))
	ctx := newJudge(t)
	page := serveForeign(t, `<style>.mine { color: rgb(1, 2, 3) }</style>`+loads(s.URL)+`<akin-related item="rent-a" limit="1"><template>
		<article class="mine"><img data-akin="image" alt=""><h3><a data-akin="title"></a></h3><p data-akin="byline"></p><p data-akin="summary"></p>
		<a data-akin="link">Read on</a></article></template></akin-related>`)
	visit(ctx, t, page)
	poll(ctx, t, `!!document.querySelector("article.mine")`)
	want := `<article class="mine"><h3><a data-akin="title" href="` + page + `/works/rent-b">&lt;img src=x onerror=alert(1)&gt;</a></h3>` +
		`<p data-akin="byline">Ada, Bo</p><a data-akin="link" href="` + page + `/works/rent-b">Read on</a></article>`
	if got := eval[string](ctx, t, `document.querySelector("article.mine").outerHTML.replace(/\s*\n\s*/g, "")`); got != want {
		t.Errorf("filled in:\n%s\nwant\n%s", got, want)
	}
	if got := eval[string](ctx, t, `getComputedStyle(document.querySelector("article.mine")).color`); got != "rgb(1, 2, 3)" {
		t.Errorf("the page's style gives %s, want rgb(1, 2, 3)", got)
	}
	if got := eval[int](ctx, t, shadow+`.querySelectorAll("nav > ol > li > slot").length`); got != 1 {
		t.Errorf("%d entries in the list, want 1", got)
	}
	if found, err := runAxe(ctx); err != nil || len(found) > 0 {
		t.Errorf("axe: %v %v", found, err)
	}
	eval[bool](ctx, t, `document.querySelector("akin-related").setAttribute("item", "nobody"), true`)
	poll(ctx, t, `!document.querySelector("article.mine")`)
}

// What akin is asked follows from the attributes.
func TestWidgetAsks(t *testing.T) {
	s := newWidgetService(t, newFakeReader(fewWorks(), nil))
	ctx := newBrowser(t)
	visit(ctx, t, serveForeign(t, loads(s.URL)+`<akin-related item="heat-a, rent-a" type="Reports|Policy briefs" topic="heat" author="Ada Bo" languages="es|en" fill="none" exclude="x y"></akin-related>
		<akin-related service="`+s.URL+`/" item="heat-a"></akin-related>`))
	filled(ctx, t, 1)
	got := s.requests()
	if len(got) != 2 {
		t.Fatalf("asked %q, want two questions", got)
	}
	if want := "item=heat-a%2Crent-a&type=Reports&type=Policy+briefs&topic=heat&author=Ada+Bo&lang=es&lang=en&fill=none&exclude=x%2Cy&limit=7"; got[0] != want {
		t.Errorf("asked %s, want %s", got[0], want)
	}
}

// A work is shown in the reader's language where it has a version in it, with words
// in that language, which may be the page's own.
func TestWidgetSpeaksTheReadersLanguage(t *testing.T) {
	items := append(fewWorks()[3:], recommend.Item{ID: "rent-b-ca", URL: "/ca/rent-b", Title: "Contractes de lloguer", Lang: "ca", TranslationOf: "rent-b"})
	reader := newFakeReader(items, nil)
	s := newWidgetService(t, reader)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /ca.json", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `["Relacionats", "Tots dos parlen de: ", "Mateix tema", "Nou", "Triat", "Va amb"]`)
	})
	mux.HandleFunc("GET /", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, `<!doctype html><html lang=en><meta charset=utf-8><title>Lloguers</title>`+loads(s.URL)+
			`<akin-related item="rent-a" limit="1" lang="ca-ES" words="/ca.json"></akin-related>`)
	})
	page := httptest.NewServer(mux)
	t.Cleanup(page.Close)
	ctx := newBrowser(t)
	visit(ctx, t, page.URL)
	filled(ctx, t, 1)
	got := eval[string](ctx, t, `[...`+shadow+`.querySelectorAll("nav > h2, [part=link], [part~=reason]")].map(e => e.textContent).join("|") + "|" + new URL(`+shadow+`.querySelector("a").href).pathname`)
	if want := "Relacionats|Contractes de lloguer|Tots dos parlen de: contracts, municipal|/ca/rent-b"; got != want {
		t.Errorf("the widget reads %s, want %s", got, want)
	}
}

// A carousel is a list that scrolls and snaps, by keys and by its buttons.
func TestWidgetCarousel(t *testing.T) {
	s := newWidgetService(t, corpusReader(t))
	ctx := newJudge(t)
	visit(ctx, t, serveForeign(t, loads(s.URL)+`<akin-related item="cool-by-noon" limit="9" layout="carousel" images></akin-related>`))
	filled(ctx, t, 1)
	list := shadow + `.querySelector("ol")`
	state := `[` + list + `.scrollLeft > 0, ...[...` + shadow + `.querySelectorAll("button")].map(b => b.ariaDisabled)].join()`
	poll(ctx, t, state+` == "false,true,false"`)
	eval[bool](ctx, t, `new Promise(r => { `+list+`.addEventListener("scrollend", () => r(true), {once: true}); `+shadow+`.querySelectorAll("button")[1].click() })`)
	poll(ctx, t, state+` == "true,false,false"`)
	if got := eval[string](ctx, t, `getComputedStyle(`+list+`).scrollSnapType + " " + getComputedStyle(`+list+`.children[0]).scrollSnapAlign`); !strings.HasPrefix(got, "x ") || !strings.HasSuffix(got, " start") {
		t.Errorf("the list snaps by %q", got)
	}
	// The list itself takes the keys, too.
	eval[bool](ctx, t, list+`.scrollTo({left: 0, behavior: "instant"}), `+list+`.focus(), true`)
	poll(ctx, t, state+` == "false,true,false"`)
	if err := chromedp.Do(ctx, chromedp.KeyEvent("\u0303")); err != nil { // right
		t.Fatal(err)
	}
	poll(ctx, t, list+`.scrollLeft > 0`)
	for _, scheme := range []string{"light", "dark"} {
		emulateScheme(ctx, t, scheme)
		if found, err := runAxe(ctx); err != nil || len(found) > 0 {
			t.Errorf("%s: axe: %v %v", scheme, found, err)
		}
	}
	// From right to left it begins at the right.
	eval[bool](ctx, t, list+`.scrollTo({left: 0, behavior: "instant"}), document.documentElement.dir = "rtl", document.querySelector("akin-related").setAttribute("heading", "From the right"), true`)
	poll(ctx, t, state+` == "false,false,true"`)
	eval[bool](ctx, t, shadow+`.querySelectorAll("button")[0].click(), true`)
	poll(ctx, t, list+`.scrollLeft < 0`)
}

// A site may name a version and its hash, as the documentation does; the address
// keeps answering it, for any site and for good.
func TestWidgetHasAVersionedAddress(t *testing.T) {
	s := newWidgetService(t, newFakeReader(fewWorks(), nil))
	path := "/assets/widget-" + pages.WidgetVersion + ".js"
	status, header, body := fetch(t, s.URL+path)
	if status != http.StatusOK || header.Get("Cache-Control") != "public, max-age=31536000, immutable" || header.Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("%s: status %d, header %v", path, status, header)
	}
	sum := sha512.Sum384([]byte(body))
	integrity := "sha384-" + base64.StdEncoding.EncodeToString(sum[:])
	docs, err := os.ReadFile("../../docs/widget.md")
	if err != nil {
		t.Fatal(err)
	}
	if want := path + `" integrity="` + integrity + `" crossorigin="anonymous">`; !strings.Contains(string(docs), want) {
		t.Errorf("docs/widget.md does not have the tag with %s", want)
	}
	tag := `<script type="module" src="` + s.URL + path + `" integrity="%s" crossorigin="anonymous"></script><akin-related item="heat-a"></akin-related>`
	ctx := newBrowser(t)
	visit(ctx, t, serveForeign(t, fmt.Sprintf(tag, integrity)))
	filled(ctx, t, 1)
	visit(ctx, t, serveForeign(t, fmt.Sprintf(tag, "sha384-"+strings.Repeat("A", 64))))
	if eval[bool](ctx, t, `new Promise(r => setTimeout(() => r(!!customElements.get("akin-related")), 100))`) {
		t.Error("a script with another hash runs")
	}
}
