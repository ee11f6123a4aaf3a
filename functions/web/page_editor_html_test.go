package web

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"akin/recommend"
)

// editorPages are every kind of page that editors see, and their states.
var editorPages = []string{
	"/coverage",
	"/items/cool-by-noon/edit",
	"/coverage/heat",
	"/coverage/heat/edit",
	"/coverage?kind=near-duplicate&sort=-item",
	"/coverage?q=zzzz",
	"/draft",
	"/curation",
	"/items/gone-work/edit",
}

// judgedSite has decisions with a history, so that no page is bare.
func judgedSite(t testing.TB) (string, Config) {
	t.Helper()
	s, c := editorSite(t, nil)
	_, err := c.Publisher.Curate(t.Context(), "cool-by-noon", recommend.Curation{
		Pins: []recommend.Decision{{ID: "abandoned-ships", Note: recommend.Note{Text: hostileText}}}, Exclude: &recommend.Note{},
	}, recommend.Edit{By: "ed", Note: hostileText, IfMatch: "*"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Publisher.CurateTopic(t.Context(), "heat", recommend.TopicCuration{Featured: []recommend.Decision{{ID: "cool-by-noon"}}},
		recommend.Edit{By: "ed", IfMatch: "*"})
	if err != nil {
		t.Fatal(err)
	}
	return s.URL, c
}

// editorForms are pages that answer a form: a preview, a refusal, a draft.
var editorForms = map[string]url.Values{
	"/items/cool-by-noon/edit": {"do": {"preview"}, "pin.id": {"night-heat-libraries"}, "block.id": {"trees-by-income"}},
	"/coverage/heat/edit":      {"etag": {"7"}},
	"/coverage/housing/edit":   {"do": {"preview"}, "etag": {"0"}, "featured.id": {"cool-by-noon"}, "merge.id": {"cities"}, "merge.expires": {"2099-01-31"}},
	"/curation":                {"text": {"action,item,target\npin,cool-by-noon,heat-work-hours\nblock,cool-by-noon,trees-by-income\npin,x,y\n"}},
	"/draft":                   {"title": {"Public cooling centres on the hottest days"}, "summary": {hostileText}},
}

// dryRunPage is a dry run with everything in it.
func dryRunPage(lang string) *DryRun {
	item := DryRunItem{"a-b", hostileText}
	change := TopicChange{Topic: "heat", Moved: 2, Before: TopicState{Works: 3}, After: TopicState{Works: 3}}
	away := TopicChange{Topic: "ports", After: TopicState{LeadsTo: "heat"}}
	return &DryRun{
		Command: "akin reindex --dry-run " + hostileText, In: lang, At: corpusNow, Lists: 3, Judged: 2,
		Changed: []DryRunList{{item, []DryRunItem{item}, []DryRunItem{{ID: "c"}}}, {Item: item}},
		Topics:  []DryRunTopic{{"heat", change, []DryRunItem{item}, []DryRunItem{{ID: "c"}}, []DryRunItem{item}}, {Topic: "ports", Moves: away}},
		Rebuilt: []DryRunList{{Item: item, Enter: []DryRunItem{item}}}, WithRebuilt: true,
		Gates: []recommend.Gate{{Name: "items", Value: 1, Bound: 0.9, OK: true}}, Figures: []DryRunFigure{{"nDCG@5", 0.5, 0.6}},
	}
}

// The Nu validator finds nothing on the pages for editors, in both languages.
func TestEditorsHTMLIsValid(t *testing.T) {
	address, _ := judgedSite(t)
	dir := t.TempDir()
	from := map[string]string{}
	add := func(name, path, body string) {
		from[name] = path
		if err := os.WriteFile(filepath.Join(dir, name), []byte(body), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, lang := range []string{"en", "es"} {
		for i, path := range editorPages {
			add(fmt.Sprintf("%s-%02d.html", lang, i), path, page200(t, withLang(address+path, lang)))
		}
		i := 0
		for path, form := range editorForms {
			_, body := post(t, address+path+"?lang="+lang, form)
			add(fmt.Sprintf("%s-form-%d.html", lang, i), "POST "+path, body)
			i++
		}
	}
	for _, lang := range []string{"en", "es"} {
		var b strings.Builder
		err := WriteDryRun(&b, dryRunPage(lang))
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(b.String(), "<script>") {
			t.Error("a title became markup")
		}
		add(lang+"-dryrun.html", "dry run", b.String())
	}
	validate(t, dir, from)
}

// No page for editors has a violation that axe-core sees, in either language,
// colour scheme and width, and none scrolls sideways.
func TestEditorsPagesAreAccessible(t *testing.T) {
	axe := axeSource(t)
	address, _ := judgedSite(t)
	ctx := newBrowser(t)
	for i, path := range editorPages {
		for j, lang := range []string{"en", "es"} {
			scheme, width := "light", int64(1280)
			if (i+j)%2 == 1 {
				scheme, width = "dark", 390
			}
			name := fmt.Sprintf("%s in %s, %s, at %d", path, lang, scheme, width)
			emulateScheme(ctx, t, scheme)
			err := chromedp.Do(ctx, chromedp.EmulateViewport(width, 900), chromedp.Navigate(withLang(address+path, lang)),
				chromedp.Evaluate[chromedp.Void](`document.querySelectorAll("details").forEach(d => d.open = true)`))
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			found, err := runAxe(ctx, axe)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			for _, f := range found {
				t.Errorf("%s: %s", name, f)
			}
			if eval[bool](ctx, t, `document.documentElement.scrollWidth > innerWidth`) {
				t.Errorf("%s: scrolls sideways", name)
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
