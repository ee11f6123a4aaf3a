package web

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"akin/functions/web/editors"
	"akin/infra/test/tools"
	"akin/recommend"
	"akin/recommend/engine"
	"akin/recommend/preview"
)

// editorPages are every kind of page that editors see, and their states.
var editorPages = []string{
	"/coverage",
	"/items/cool-by-noon/edit",
	"/items/cool-by-noon/why",
	"/items/cool-by-noon/why?q=heat",
	"/items/cool-by-noon/why/night-heat-libraries",
	"/items/cool-by-noon/why/frescos-al-mediodia",
	"/coverage/heat",
	"/coverage/heat/edit",
	"/coverage?kind=near-duplicate&sort=-item",
	"/coverage?q=zzzz",
	"/draft",
	"/curation",
	"/items/gone-work/edit",
}

// judgedSite has decisions with a history, so that no page is bare.
func judgedSite(t testing.TB) *httptest.Server {
	t.Helper()
	s, c := editorSite(t, nil)
	_, err := c.Publisher.Curate(t.Context(), "cool-by-noon", recommend.Curation{
		Pins: []recommend.Decision{{ID: "abandoned-ships", Note: recommend.Note{Text: hostileText}}}, Exclude: &recommend.Note{},
	}, engine.Edit{By: "ed", Note: hostileText, IfMatch: "*"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Publisher.CurateTopic(t.Context(), "heat", recommend.TopicCuration{Featured: []recommend.Decision{{ID: "cool-by-noon"}}},
		engine.Edit{By: "ed", IfMatch: "*"})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// editorForms are pages that answer a form: a preview, a refusal, a draft.
var editorForms = map[string]url.Values{
	"/items/cool-by-noon/edit":         {"do": {"preview"}, "pin.id": {"night-heat-libraries"}, "block.id": {"trees-by-income"}},
	"/items/night-heat-libraries/edit": {"do": {"find"}, "pin.words": {"cool noon"}, "block.words": {"zzzzzz"}, "topic.words": {"extrem haet"}},
	"/coverage/heat/edit":              {"etag": {"7"}},
	"/coverage/housing/edit":           {"do": {"preview"}, "etag": {"0"}, "featured.id": {"cool-by-noon"}, "merge.id": {"cities"}, "merge.expires": {"2099-01-31"}},
	"/curation":                        {"text": {"action,item,target\npin,cool-by-noon,heat-work-hours\nblock,cool-by-noon,trees-by-income\npin,x,y\n"}},
	"/draft":                           {"title": {"Public cooling centres on the hottest days"}, "summary": {hostileText}},
}

// dryRunPage is a dry run with everything in it.
func dryRunPage(lang string) *editors.DryRun {
	item := editors.DryRunItem{ID: "a-b", Title: hostileText}
	change := preview.TopicChange{Topic: "heat", Moved: 2, Before: preview.TopicState{Works: 3}, After: preview.TopicState{Works: 3}}
	away := preview.TopicChange{Topic: "ports", After: preview.TopicState{LeadsTo: "heat"}}
	return &editors.DryRun{
		Command: "akin reindex --dry-run " + hostileText, In: lang, At: corpusNow, Lists: 3, Judged: 2,
		Changed: []editors.DryRunList{{Item: item, Enter: []editors.DryRunItem{item}, Leave: []editors.DryRunItem{{ID: "c"}}}, {Item: item}},
		Topics:  []editors.DryRunTopic{{Topic: "heat", Moves: change, Enter: []editors.DryRunItem{item}, Leave: []editors.DryRunItem{{ID: "c"}}, Featured: []editors.DryRunItem{item}}, {Topic: "ports", Moves: away}},
		Rebuilt: []editors.DryRunList{{Item: item, Enter: []editors.DryRunItem{item}}}, WithRebuilt: true,
		Gates: []recommend.Gate{{Name: "items", Value: 1, Bound: 0.9, OK: true}}, Figures: []editors.DryRunFigure{{Name: "nDCG@5", Before: 0.5, After: 0.6}},
	}
}

// addEditorPages adds the pages for editors, in both languages, to those that the
// Nu validator looks at.
func addEditorPages(t *testing.T, add func(name, from, body string)) {
	t.Helper()
	address := judgedSite(t).URL
	for _, lang := range []string{"en", "es"} {
		for i, path := range editorPages {
			add(fmt.Sprintf("%s-editors-%02d.html", lang, i), path, page200(t, withLang(address+path, lang)))
		}
		i := 0
		for path, form := range editorForms {
			_, body := post(t, address+path+"?lang="+lang, form)
			add(fmt.Sprintf("%s-form-%d.html", lang, i), "POST "+path, body)
			i++
		}
		var b strings.Builder
		if err := editors.WriteDryRun(&b, dryRunPage(lang)); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(b.String(), "<script>") {
			t.Error("a title became markup")
		}
		add(lang+"-dryrun.html", "dry run", b.String())
	}
}

// The rules of axe-core whose verdict colours, and those whose widths change.
var (
	colourRules = []string{"color-contrast", "link-in-text-block"}
	widthRules  = []string{"target-size", "scrollable-region-focusable"}
)

// fewRows opens what is folded up, and takes out what only repeats: rows,
// columns and entries beyond the first, previewed lists beyond the first two,
// most marks of charts.
const fewRows = `document.querySelectorAll("details").forEach(d => d.open = true);
	document.querySelectorAll("tbody tr:nth-child(n+4), tr > :nth-child(n+9), main li:nth-child(n+4), .pair ~ .pair ~ .pair, .pair ~ .pair ~ .sub, svg :nth-child(n+25)").forEach(e => e.remove())`

// No page for editors has a violation that axe-core sees, nor an answer to a
// form, nor a dry run, and none scrolls sideways at three widths. Each page is
// held to all rules once in both languages: in English light and wide, in
// Spanish, whose words are longest, light and on a phone. The English one is held
// in the dark, wide and on a phone, to the rules that colours touch, and at each
// width to those that widths touch.
func TestEditorsPagesAreAccessible(t *testing.T) {
	tools.SkipRaced(t)
	s := judgedSite(t)
	mux := http.NewServeMux()
	mux.Handle("/", s.Config.Handler)
	var paths []string
	for _, lang := range []string{"en", "es"} {
		for _, path := range editorPages {
			paths = append(paths, withLang(path, lang))
		}
		keep := func(name, body string) {
			path := "/kept/" + lang + name
			mux.HandleFunc("GET "+path, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "text/html; charset=utf-8")
				_, _ = io.WriteString(w, body)
			})
			paths = append(paths, path)
		}
		for path, form := range editorForms {
			_, body := post(t, withLang(s.URL+path, lang), form)
			keep(path, body)
		}
		var b strings.Builder
		if err := editors.WriteDryRun(&b, dryRunPage(lang)); err != nil {
			t.Fatal(err)
		}
		keep("/dry-run", b.String())
	}
	s = httptest.NewServer(mux)
	t.Cleanup(s.Close)
	ctx := newJudge(t)
	type look struct {
		width  int64
		scheme string
		rules  []string // nil: all of them
	}
	for _, path := range paths {
		looks := []look{
			{1280, "light", nil}, {1280, "dark", colourRules}, {768, "dark", widthRules},
			{360, "dark", slices.Concat(colourRules, widthRules)},
		}
		if strings.Contains(path, "lang=es") || strings.HasPrefix(path, "/kept/es") {
			looks = []look{{360, "light", nil}}
		}
		err := chromedp.Do(ctx, chromedp.EmulateViewport(looks[0].width, 900), chromedp.Navigate(s.URL+path), chromedp.Evaluate[chromedp.Void](fewRows))
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		for _, l := range looks {
			emulateScheme(ctx, t, l.scheme)
			if err := chromedp.Do(ctx, chromedp.EmulateViewport(l.width, 900)); err != nil {
				t.Fatalf("%s at %d: %v", path, l.width, err)
			}
			found, err := runAxe(ctx, l.rules...)
			if err != nil {
				t.Fatalf("%s, %s, at %d: %v", path, l.scheme, l.width, err)
			}
			for _, f := range found {
				t.Errorf("%s, %s, at %d: %s", path, l.scheme, l.width, f)
			}
		}
		for _, width := range []int64{1280, 768, 360, 320} {
			if err := chromedp.Do(ctx, chromedp.EmulateViewport(width, 900)); err != nil {
				t.Fatalf("%s at %d: %v", path, width, err)
			}
			if eval[bool](ctx, t, `document.documentElement.scrollWidth > innerWidth`) {
				t.Errorf("%s at %d: scrolls sideways", path, width)
			}
		}
	}
}

func withLang(address, lang string) string {
	u, err := url.Parse(address)
	if err != nil {
		panic(err)
	}
	q := u.Query()
	q.Set("lang", lang)
	u.RawQuery = q.Encode()
	return u.String()
}
