package web

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// axeSource returns axe-core, which make tools fetches.
func axeSource(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", ".cache", "axe-4.10.3.min.js"))
	if err != nil {
		t.Fatalf("axe-core is missing (%v); run: make tools", err)
	}
	return string(b)
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
// element.
func runAxe(ctx context.Context, axe string) ([]string, error) {
	if _, err := chromedp.Run(ctx, chromedp.Evaluate[chromedp.Void](axe)); err != nil {
		return nil, err
	}
	return chromedp.Run(ctx, chromedp.Evaluate[[]string](`axe.run({runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}).then(
		r => r.violations.flatMap(v => v.nodes.map(n => v.id + ": " + n.target + ": " + n.failureSummary.replace(/\s+/g, " "))))`, chromedp.EvalAwaitPromise))
}

// Every page is without a violation of WCAG 2.2 AA that a machine can see, in
// both languages and both colour schemes, on a phone and on a desk.
func TestPagesAreAccessible(t *testing.T) {
	axe := axeSource(t)
	reader := judgedReader(t)
	s := servePages(t, pageConfig{Reader: reader, Search: reader.search})
	ctx := newBrowser(t)
	for _, scheme := range []string{"light", "dark"} {
		emulateScheme(ctx, t, scheme)
		for i, path := range pagesToJudge {
			// Languages and widths go round; all four meet every kind of page.
			lang, width := "en", int64(1280)
			if (i%2 == 0) == (scheme == "light") {
				lang, width = "es", 390
			}
			sep := "?"
			if strings.Contains(path, "?") {
				sep = "&"
			}
			name := fmt.Sprintf("%s %s %s %d", path, scheme, lang, width)
			err := chromedp.Do(ctx, chromedp.EmulateViewport(width, 900), chromedp.Navigate(s.URL+path+sep+"lang="+lang),
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
			wide, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`document.documentElement.scrollWidth > innerWidth`))
			if err != nil || wide {
				t.Errorf("%s: scrolls sideways (%v)", name, err)
			}
		}
	}
}
