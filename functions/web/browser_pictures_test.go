package web

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/png"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/chromedp/chromedp"

	"akin/functions/web/pages"
	"akin/recommend"
)

// picture is an SVG of a size in one colour.
func picture(width, height int) *fstest.MapFile {
	return &fstest.MapFile{Data: fmt.Appendf(nil, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d"><rect width="100%%" height="100%%" fill="teal"/></svg>`, width, height)}
}

// picturedPages serves works with a picture that lies, one that stands, one that
// cannot be loaded, and none.
func picturedPages(t *testing.T) string {
	t.Helper()
	summary := strings.Repeat("What stands here is long enough that a list must cut it off after three lines. ", 8)
	var items []recommend.Item
	for i, image := range []*recommend.Image{
		{URL: "/pictures/lies.svg", Alt: "A field", Width: 720, Height: 480},
		{URL: "/pictures/stands.svg", Alt: "A tower", Width: 480, Height: 640},
		{URL: "/pictures/gone.svg", Alt: "Nothing", Width: 720, Height: 480},
		nil,
		{URL: "/pictures/lies.svg", Alt: "A field of unknown size"},
		nil,
	} {
		items = append(items, recommend.Item{
			ID: fmt.Sprint("work-", i), Title: fmt.Sprintf("The work of number %d and what it is about", i), Summary: summary, Lang: "en",
			Types: []string{"Articles"}, Topics: []string{"t"}, SortDate: time.Date(2026, 1, 20-i, 0, 0, 0, 0, time.UTC), Image: image,
		})
	}
	topics := []recommend.Topic{{Slug: "t", Title: "Towers", Sections: []recommend.Section{{Name: "all", Size: 20}}}}
	c := pages.Config{Reader: newFakeReader(items, topics), Pictures: fstest.MapFS{"lies.svg": picture(720, 480), "stands.svg": picture(480, 640)}}
	return servePages(t, c).URL
}

// readersPage returns the page at an address.
func readersPage(t *testing.T, address string) string {
	t.Helper()
	status, _, page := fetch(t, address)
	if status != http.StatusOK {
		t.Fatalf("%s: %d", address, status)
	}
	return page
}

// loadPictures has all pictures of the page loaded, those too that fail.
const loadPictures = `Promise.all([...document.images].map(i => (i.loading = "eager", i.decode().catch(() => 0)))).then(() => true)`

func resize(ctx context.Context, t *testing.T, width, height int64) {
	t.Helper()
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(width, height)); err != nil {
		t.Fatal(err)
	}
}

// In a list, texts begin at the same place whether a work has a picture or not,
// pictures keep their proportions, and summaries end after three lines.
func TestPicturesAlign(t *testing.T) {
	address := picturedPages(t)
	ctx := newBrowser(t)
	for _, width := range []int64{360, 768, 1280} {
		visit(ctx, t, address+"/topics/t")
		resize(ctx, t, width, 2400)
		eval[bool](ctx, t, loadPictures)
		edges := eval[int](ctx, t, `new Set([...document.querySelectorAll("#all .entry")].map(e =>
			Math.round(e.querySelector(".words").getBoundingClientRect().left - e.getBoundingClientRect().left))).size`)
		if edges != 1 {
			t.Errorf("at %d: texts begin at %d different places of their entries", width, edges)
		}
		if n := eval[int](ctx, t, `document.querySelectorAll("#all .entry .frame").length`); n != 6 {
			t.Errorf("at %d: %d of 6 entries have a field for a picture", width, n)
		}
		// What shows of the tower is as a tower is: its box is, or the whole of it is in a larger one.
		if !eval[bool](ctx, t, `(() => { const i = document.querySelector("img[alt='A tower']"), b = i.getBoundingClientRect();
			return getComputedStyle(i).objectFit == "contain" || Math.abs(b.height / b.width - 4 / 3) < .03 })()`) {
			t.Errorf("at %d: the picture that stands is cut", width)
		}
		if n := eval[float64](ctx, t, `Math.max(...[...document.querySelectorAll(".entry .summary")].map(e => e.clientHeight / parseFloat(getComputedStyle(e).lineHeight)))`); n > 3.01 {
			t.Errorf("at %d: a summary has %.1f lines", width, n)
		}
	}
}

// A picture that cannot be loaded looks as one that is missing, and takes as much
// room as one that can.
func TestBrokenPicture(t *testing.T) {
	address := picturedPages(t)
	ctx := newBrowser(t)
	visit(ctx, t, address+"/topics/t")
	resize(ctx, t, 1280, 1600)
	eval[bool](ctx, t, loadPictures)
	if eval[int](ctx, t, `document.querySelector("img[alt=Nothing]").naturalWidth`) != 0 {
		t.Fatal("the picture is not broken")
	}
	shot, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		t.Fatal(err)
	}
	page, err := png.Decode(bytes.NewReader(shot))
	if err != nil {
		t.Fatal(err)
	}
	type box struct{ X, Y, W, H float64 }
	boxOf := func(entry int) box {
		b := eval[[]float64](ctx, t, fmt.Sprintf(`(() => { const b = document.querySelectorAll("#all .entry")[%d].querySelector(".frame").getBoundingClientRect(); return [b.x, b.y, b.width, b.height] })()`, entry))
		return box{b[0], b[1], b[2], b[3]}
	}
	lies, broken, missing := boxOf(0), boxOf(2), boxOf(3)
	if lies.W != broken.W || lies.H != broken.H || broken.W != missing.W || broken.H != missing.H {
		t.Fatalf("a picture takes %v, a broken one %v, none %v", lies, broken, missing)
	}
	const edge = 4 // pixels, where corners are round and places are fractions
	different := 0
	for y := edge; y < int(broken.H)-edge; y++ {
		for x := edge; x < int(broken.W)-edge; x++ {
			if !alike(page, int(broken.X)+x, int(broken.Y)+y, int(missing.X)+x, int(missing.Y)+y) {
				different++
			}
		}
	}
	if share := float64(different) / (broken.W * broken.H); share > .02 {
		t.Errorf("%.1f %% of a broken picture look unlike a missing one", 100*share)
	}
}

// alike tells whether two places of a picture have nearly the same colour.
func alike(m image.Image, x1, y1, x2, y2 int) bool {
	r1, g1, b1, _ := m.At(x1, y1).RGBA()
	r2, g2, b2, _ := m.At(x2, y2).RGBA()
	near := func(a, b uint32) bool { return max(a, b)-min(a, b) < 0x0800 }
	return near(r1, r2) && near(g1, g2) && near(b1, b2)
}

// shortLines returns what texts of lists have lines of under 28 characters, as wide
// as those of English are in the text's own font.
const shortLines = `[...document.querySelectorAll("main .entry :is(.title, .summary), main .intro")].flatMap(e => {
	const pen = document.createElement("canvas").getContext("2d"), style = getComputedStyle(e);
	pen.font = style.font; pen.letterSpacing = style.letterSpacing;
	const usual = "Reports on housing, heat and the cities of Europe";
	const n = e.clientWidth / (pen.measureText(usual).width / usual.length);
	return n < 28 && e.clientWidth ? [e.className + ": " + n.toFixed(1) + ": " + e.textContent.slice(0, 40)] : [];
})`

// At 320 px, which is 1,280 px at 400 %, no page scrolls sideways and no text in a
// list has lines of fewer than 28 characters.
func TestReflow(t *testing.T) {
	pictured, corpus := picturedPages(t), serveCorpus(t).URL
	ctx := newBrowser(t)
	for _, address := range []string{
		pictured + "/topics/t", pictured + "/items/work-1", pictured + "/",
		corpus + "/", corpus + "/topics", corpus + "/topics/remittances", corpus + "/topics/arrival-cities", corpus + "/topics/cities?type=Articles",
		corpus + "/items/cool-by-noon", corpus + "/items/trees-by-income", corpus + "/search?q=remittances+fees", corpus + "/nothing-here",
	} {
		visit(ctx, t, address)
		resize(ctx, t, 320, 900)
		if n := eval[int](ctx, t, `document.documentElement.scrollWidth`); n > 320 {
			t.Errorf("%s: %d px wide at 320", address, n)
		}
		for _, line := range eval[[]string](ctx, t, shortLines) {
			t.Errorf("%s: %s", address, line)
		}
	}
}

// The alternates of a work's page are its language versions, and the sitemap names
// the same.
func TestHreflangNamesTheTranslation(t *testing.T) {
	s := serveCorpus(t)
	ctx := newBrowser(t)
	const links = `Object.fromEntries([...document.querySelectorAll("link[hreflang]")].map(l => [l.hreflang, new URL(l.href).pathname + new URL(l.href).search]))`
	want := map[string]string{"en": "/items/cool-by-noon", "es": "/items/frescos-al-mediodia"}
	for _, path := range []string{"/items/cool-by-noon", "/items/frescos-al-mediodia", "/items/cool-by-noon?lang=es"} {
		visit(ctx, t, s.URL+path)
		if got := eval[map[string]string](ctx, t, links); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: alternates are %v, want %v", path, got, want)
		}
	}
	visit(ctx, t, s.URL+"/items/night-heat-libraries") // in English alone
	if got := eval[map[string]string](ctx, t, links); len(got) > 0 {
		t.Errorf("a work in one language has the alternates %v", got)
	}
	sitemap := readersPage(t, s.URL+"/sitemap.xml")
	for lang, path := range want {
		if !strings.Contains(sitemap, `hreflang="`+lang+`" href="`+s.URL+path+`"`) {
			t.Errorf("the sitemap does not name %s as the version in %s", path, lang)
		}
	}
}

// Where works have addresses of their own, entries lead there and akin's page of
// one names it as the one to be found, unless akin's pages are the website.
func TestWorksAreReadWhereTheyAre(t *testing.T) {
	site, err := url.Parse("https://lindero.example")
	if err != nil {
		t.Fatal(err)
	}
	for _, own := range []bool{false, true} {
		s := servePages(t, pages.Config{Reader: corpusReader(t), Site: site, OwnPages: own})
		canonical, entry := `rel="canonical" href="https://lindero.example/works/cool-by-noon"`, `<a href="https://lindero.example/works/`
		if own {
			canonical, entry = `rel="canonical" href="`+s.URL+`/items/cool-by-noon"`, `<a href="/items/`
		}
		page := readersPage(t, s.URL+"/items/cool-by-noon")
		if !strings.Contains(page, canonical) || !strings.Contains(page, entry) {
			t.Errorf("own pages %v: want %s and %s", own, canonical, entry)
		}
		if listed := strings.Contains(readersPage(t, s.URL+"/sitemap.xml"), "/items/cool-by-noon<"); listed != own {
			t.Errorf("own pages %v: the sitemap lists akin's page: %v", own, listed)
		}
	}
}

// What is featured and what is related come in the reader's language, and so do the
// titles of topics and of their sections.
func TestTopicsInTheReadersLanguage(t *testing.T) {
	s := serveCorpus(t)
	for path, want := range map[string][]string{
		"/topics/heat?lang=es":        {"<h1 dir=\"auto\">Calor extremo</h1>", "Frescos al mediodía", "El calor mata", ">Clima</a>"},
		"/topics/remittances?lang=es": {">Investigación</h2>"},
		"/topics/heat?lang=en":        {"<h1 dir=\"auto\">Extreme Heat</h1>", "Cool by Noon"},
		"/items/trees-by-income":      {"Extreme Heat"},
	} {
		page := readersPage(t, s.URL+path)
		for _, text := range want {
			if !strings.Contains(page, text) {
				t.Errorf("%s: no %q", path, text)
			}
		}
	}
	if page := readersPage(t, s.URL+"/topics/heat?lang=es"); strings.Contains(page[:strings.Index(page, `class="list`)], ">Cool by Noon: What Makes") {
		t.Error("a featured work that there is in Spanish is shown in English")
	}
}
