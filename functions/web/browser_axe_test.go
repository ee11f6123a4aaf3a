package web

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	cdpage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"akin/functions/web/pages"
)

// newJudge returns a tab like [newBrowser] which has axe-core, that make tools
// fetches, in every page.
func newJudge(t *testing.T) context.Context {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", ".cache", "axe-4.10.3.min.js"))
	if err != nil {
		t.Fatalf("axe-core is missing (%v); run: make tools", err)
	}
	ctx := newBrowser(t)
	_, err = chromedp.Call(ctx, cdpage.AddScriptToEvaluateOnNewDocument, cdpage.AddScriptToEvaluateOnNewDocumentParams{Source: string(b)})
	if err != nil {
		t.Fatal(err)
	}
	return ctx
}

// emulateScheme makes the browser prefer light or dark.
func emulateScheme(ctx context.Context, t *testing.T, scheme string) {
	t.Helper()
	_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
	})
	if err != nil {
		t.Fatal(err)
	}
}

// runAxe returns what axe-core holds against the page at hand, a line for each
// element; rules narrows it to some of its rules.
func runAxe(ctx context.Context, rules ...string) ([]string, error) {
	only := `["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]`
	if len(rules) > 0 {
		only = `["` + strings.Join(rules, `", "`) + `"]`
	}
	return chromedp.Run(ctx, chromedp.Evaluate[[]string](`
		axe.run({runOnly: `+only+`, preload: false, resultTypes: ["violations"]}).then(
		r => r.violations.flatMap(v => v.nodes.map(n => v.id + ": " + n.target + ": " + n.failureSummary.replace(/\s+/g, " "))))`, chromedp.EvalAwaitPromise))
}

// Every page is without a violation of WCAG 2.2 AA that a machine can see, in
// both languages and both colour schemes, on a phone and on a desk, and none
// scrolls sideways.
func TestPagesAreAccessible(t *testing.T) {
	reader := judgedReader(t)
	s := servePages(t, pages.Config{Reader: reader, Search: reader.search})
	ctx := newJudge(t)
	judge := func(path, lang, scheme, other string, width int64) {
		sep := "?"
		if strings.Contains(path, "?") {
			sep = "&"
		}
		name := fmt.Sprintf("%s in %s, %s, at %d", path, lang, scheme, width)
		emulateScheme(ctx, t, scheme)
		if err := chromedp.Do(ctx, chromedp.EmulateViewport(width, 900), chromedp.Navigate(s.URL+path+sep+"lang="+lang)); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if eval[bool](ctx, t, `document.documentElement.scrollWidth > innerWidth`) {
			t.Errorf("%s: scrolls sideways", name)
		}
		if err := chromedp.Do(ctx, chromedp.EmulateViewport(320, 900)); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if eval[bool](ctx, t, `document.documentElement.scrollWidth > innerWidth`) {
			t.Errorf("%s: scrolls sideways at 320", name)
		}
		if err := chromedp.Do(ctx, chromedp.EmulateViewport(width, 900)); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := chromedp.Do(ctx, chromedp.Evaluate[chromedp.Void](fewRows)); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		found, err := runAxe(ctx)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		emulateScheme(ctx, t, other)
		more, err := runAxe(ctx, colourRules...)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, f := range append(found, more...) {
			t.Errorf("%s: %s", name, f)
		}
	}
	for i, path := range pagesToJudge {
		// The kinds of pages come first, their states after; languages, widths
		// and schemes take turns.
		if i%2 == 0 {
			judge(path, "en", "light", "dark", 1280)
		} else {
			judge(path, "es", "dark", "light", 390)
		}
	}
	for _, path := range []string{"/topics/arrival-cities", "/items/bare"} {
		judge(path, "es", "dark", "light", 390)
	}
}
