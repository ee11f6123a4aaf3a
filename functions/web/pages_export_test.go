package web

import (
	"html"
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"akin/functions/web/pages"
)

var linkInPage = regexp.MustCompile(`(?:href|src|action)="([^"]*)"`)

// into writes files below a folder.
func into(dir string) func(string, []byte) error {
	return func(name string, b []byte) error {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			return err
		}
		return os.WriteFile(file, b, 0o666)
	}
}

// Every link of every file leads to a file of the same folder or to another
// site, so that the folder works from anywhere, and none to pages for editors,
// which no folder has.
func TestExportedLinksLeadToFiles(t *testing.T) {
	// The first works, and enough of one topic for a second page.
	c, err := engineConfig(t.Context(), func(place int) bool { return place < 6 || place >= 62 && place < 92 })
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := pages.Export(t.Context(), pages.Config{Reader: c.Reader, Name: c.Name, Site: c.Site, Public: c.Public, Pictures: c.Pictures, Now: c.Now}, into(dir)); err != nil {
		t.Fatal(err)
	}
	files := readFiles(t, dir)
	reached := map[string]bool{"index.html": true}
	for name, body := range files {
		for _, editors := range []string{"/coverage", `coverage"`, "coverage.html", "/edit", "sign-"} {
			if strings.Contains(body, editors) {
				t.Errorf("%s leads to pages for editors: it holds %s", name, editors)
			}
		}
		if path.Ext(name) != ".html" {
			continue
		}
		for _, m := range linkInPage.FindAllStringSubmatch(body, -1) {
			link, err := url.Parse(html.UnescapeString(m[1]))
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if link.IsAbs() || link.Path == "" {
				continue
			}
			to := path.Join(path.Dir(name), link.Path)
			if _, ok := files[to]; !ok {
				t.Errorf("%s: no file for the link %q", name, m[1])
			}
			reached[to] = true
			if f := link.Fragment; f != "" && !strings.Contains(files[to], `id="`+f+`"`) {
				t.Errorf("%s: %q has no place %q", name, m[1], f)
			}
		}
	}
	for name := range files {
		if !reached[name] && !strings.HasSuffix(name, "/related.html") && !strings.Contains(name, "widget") {
			t.Errorf("%s: no page leads to it", name)
		}
	}
	for _, want := range []string{"es/index.html", "topics/ni%C3%B1ez.html", "topics/remittances/research-2.html", "topics/remittances/feed.xml",
		"items/cool-by-noon.html", "items/cool-by-noon/related.html", "latest-2.html", "widget.js", "assets/widget-" + pages.WidgetVersion + ".js", "assets/style.css"} {
		if _, ok := files[want]; !ok {
			t.Errorf("no file %s", want)
		}
	}

	// From the disk, in a browser: to a topic, on to an item, and to Spanish.
	ctx := newBrowser(t)
	visit(ctx, t, "file://"+filepath.Join(dir, "index.html"))
	for _, step := range []struct{ link, title string }{
		{`a[href="topics/remittances.html"]`, "Money Sent Home"},
		{`#research a[rel=next]`, "Money Sent Home"},
		{`#research .title a`, ""},
		{`.langs a[lang=es]`, ""},
	} {
		if _, err := chromedp.RunResponse(ctx, chromedp.Evaluate[chromedp.Void](`document.querySelector('`+step.link+`').click()`)); err != nil {
			t.Fatalf("follow %s: %v", step.link, err)
		}
		if got := eval[string](ctx, t, `document.title`); !strings.HasPrefix(got, step.title) {
			t.Errorf("%s leads to %q, want %q", step.link, got, step.title)
		}
	}
	if got := eval[string](ctx, t, `document.documentElement.lang + getComputedStyle(document.body).display`); got != "esflex" {
		t.Errorf("language and layout of the last page are %q", got)
	}
}

func readFiles(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, name)
		files[filepath.ToSlash(rel)] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
