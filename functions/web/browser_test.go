package web

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"image/png"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"

	"akin/functions/web/pages"
	"akin/infra/test/browser"
	"akin/infra/test/tools"
)

func TestMain(m *testing.M) {
	code := m.Run()
	browser.Stop()
	os.Exit(code)
}

// newBrowser returns the context of a fresh tab: see [browser.New]. The test is not
// run under the race detector; TestPagesAtOnce is, in place of them all.
func newBrowser(t *testing.T) context.Context {
	t.Helper()
	tools.SkipRaced(t)
	return browser.New(t)
}

// servePages serves the pages of reader, and stops at the end of the test.
func servePages(t testing.TB, c pages.Config) *httptest.Server {
	t.Helper()
	p, err := pages.New(c)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	p.Mount(mux)
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

// TestScreenshots leaves pictures of each page, and of another site's page with
// the widget in all layouts, at three widths and at one in dark, in .ci/out.
func TestScreenshots(t *testing.T) {
	s := serveCorpus(t)
	ctx := newBrowser(t)
	out := filepath.Join("..", "..", ".ci", "out")
	if err := os.MkdirAll(out, 0o755); err != nil {
		t.Fatal(err)
	}
	widgets := ""
	for _, attributes := range []string{`heading="As a list"`, `layout="cards" images heading="As cards"`, `layout="strip" images heading="As a strip"`,
		`layout="carousel" images heading="As a carousel"`, `fields="image summary date" heading="As a list with pictures"`} {
		widgets += `<akin-related item="cool-by-noon" limit="4" ` + attributes + `></akin-related>`
	}
	foreign := serveForeign(t, `<meta name="color-scheme" content="light dark"><style>body{font:17px/1.5 Georgia,serif;max-width:60rem;margin:2rem auto;padding:0 1rem}akin-related{margin-block:2.5rem}</style>`+
		`<script type="module" src="`+s.URL+`/widget.js"></script>`+widgets)
	for _, shot := range []struct{ name, address string }{
		{"start", s.URL + "/"},
		{"topics", s.URL + "/topics"},
		{"topic", s.URL + "/topics/remittances"},
		{"topic-filtered", s.URL + "/topics/cities?type=Articles"},
		{"program", s.URL + "/topics/arrival-cities"},
		{"about", s.URL + "/topics/about-arrival-cities"},
		{"item", s.URL + "/items/cool-by-noon"},
		{"search", s.URL + "/search?q=remittances+fees"},
		{"missing", s.URL + "/content/keeping-the-doors-open"},
		{"widget", foreign},
	} {
		visit(ctx, t, shot.address)
		if shot.name == "widget" {
			for n := range 5 { // each loads when the reader comes near it
				eval[bool](ctx, t, fmt.Sprintf(`document.querySelectorAll("akin-related")[%d].scrollIntoView(), true`, n))
				filled(ctx, t, n+1)
			}
		}
		for width, schemes := range map[int64][]string{390: {"light"}, 820: {"light"}, 1280: {"light", "dark"}} {
			if err := chromedp.Do(ctx, chromedp.EmulateViewport(width, 900)); err != nil {
				t.Fatalf("%s at %d: %v", shot.name, width, err)
			}
			for _, scheme := range schemes {
				emulateScheme(ctx, t, scheme)
				jpeg, err := chromedp.Run(ctx, chromedp.FullScreenshot(75))
				if err != nil {
					t.Fatalf("%s at %d: %v", shot.name, width, err)
				}
				name := fmt.Sprintf("%s-%s-%d.jpg", shot.name, scheme, width)
				if err := os.WriteFile(filepath.Join(out, name), jpeg, 0o644); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}

var rewrite = flag.Bool("update", false, "write the README's picture anew")

// TestPicture takes the picture that the README shows, of the real program's
// page; with -update it is written.
func TestPicture(t *testing.T) {
	c, err := corpusConfig()
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(New(c))
	t.Cleanup(s.Close)
	ctx := newBrowser(t)
	emulateScheme(ctx, t, "light")
	err = chromedp.Do(ctx, chromedp.EmulateViewport(1100, 1330), chromedp.Navigate(s.URL+"/items/cool-by-noon"))
	if err != nil {
		t.Fatal(err)
	}
	shot, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join("..", "..", "docs", "item.png")
	if *rewrite {
		if err := os.WriteFile(name, shot, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	shown, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	// Fonts differ from machine to machine, so only the size is compared.
	for _, b := range [][]byte{shot, shown} {
		if c, err := png.DecodeConfig(bytes.NewReader(b)); err != nil || c.Width != 1100 || c.Height != 1330 {
			t.Errorf("%d x %d, %v; want 1100 x 1330", c.Width, c.Height, err)
		}
	}
}
