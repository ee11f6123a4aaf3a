package web

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// browserNames are the programs that the tests look for, in this order.
var browserNames = []string{"chromium", "chromium-browser", "google-chrome", "headless-shell"}

// newBrowser starts a headless Chromium with a fresh profile for one test and
// returns the context that chromedp's actions run in.
func newBrowser(t *testing.T) context.Context {
	t.Helper()
	path := ""
	for _, name := range browserNames {
		if p, err := exec.LookPath(name); err == nil {
			path = p
			break
		}
	}
	if path == "" {
		t.Fatalf("no Chromium among %s; run: make tools", strings.Join(browserNames, ", "))
	}
	opts := []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(path), chromedp.UserDataDir(t.TempDir()), chromedp.NoSandbox, chromedp.Headless,
		chromedp.NoFirstRun, chromedp.NoDefaultBrowserCheck, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true),
		chromedp.Flag("disable-dev-shm-usage", true), chromedp.Flag("hide-scrollbars", true),
		chromedp.Flag("force-color-profile", "srgb"),
	}
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Second)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, opts...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(func() { _ = chromedp.Cancel(ctx); cancel() })
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("start %s: %v", path, err)
	}
	return ctx
}

// servePages serves the pages of reader, and stops at the end of the test.
func servePages(t testing.TB, c pageConfig) *httptest.Server {
	t.Helper()
	p, err := newPages(c)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	p.mount(mux)
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

// TestScreenshots leaves a picture of each page at three widths in .ci/out.
func TestScreenshots(t *testing.T) {
	reader := corpusReader(t)
	s := servePages(t, pageConfig{Reader: reader, Search: reader.search, Name: "akin"})
	ctx := newBrowser(t)
	out := filepath.Join("..", "..", ".ci", "out")
	if err := os.MkdirAll(out, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, shot := range []struct{ name, path string }{
		{"start", "/"},
		{"topic", "/topics/remittances"},
		{"item", "/items/cool-by-noon"},
	} {
		for _, width := range []int64{390, 820, 1280} {
			err := chromedp.Do(ctx, chromedp.EmulateViewport(width, 900), chromedp.Navigate(s.URL+shot.path))
			if err != nil {
				t.Fatalf("%s at %d: %v", shot.path, width, err)
			}
			png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
			if err != nil {
				t.Fatalf("%s at %d: %v", shot.path, width, err)
			}
			name := shot.name + "-" + strconv.FormatInt(width, 10) + ".png"
			if err := os.WriteFile(filepath.Join(out, name), png, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}
