package web

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"akin/functions/web/pages"
	"akin/infra/test/tools"
	"akin/recommend"
)

// pagesToJudge are the addresses that validators and axe-core look at: every
// kind of page, in every state that a reader meets.
var pagesToJudge = []string{
	"/",
	"/?p-latest=13",
	"/topics",
	"/topics/remittances",
	"/topics/remittances?type=Reports&from=2015-01-01",
	"/topics/remittances?author=Nobody",
	"/?p-latest=9999",
	"/topics/arrival-cities",
	"/topics/about-arrival-cities",
	"/items/cool-by-noon",
	"/items/hostile",
	"/items/gone",
	"/items/cool-by-noon/related?frame=1",
	"/search",
	"/search?q=cooling+rent",
	"/search?q=zzzzzz",
	"/content/keeping-the-doors",
}

// hostileText is what a careless or evil publisher may send.
const hostileText = "1 < 2 <script>alert(1)</script>\"'><img src=x onerror=alert(2)> \u202egnirts desrever\u202c </title><!-- {{.}} "

// judgedReader is the sample corpus with an item and a topic full of traps.
func judgedReader(t testing.TB) *fakeReader {
	t.Helper()
	base := corpusReader(t)
	long := strings.Repeat("Donaudampfschifffahrt", 15)
	hostile := newFakeReader([]recommend.Item{
		{ID: "hostile", URL: "javascript:alert(3)", Title: hostileText, Summary: hostileText + long, Types: []string{hostileText},
			Topics: []string{"remittances"}, Authors: []string{hostileText, long}, Lang: "he", Date: "2030-01-02",
			Image: &recommend.Image{URL: "javascript:alert(4)", Alt: hostileText, Credit: hostileText}},
		{ID: "longest", URL: "data:text/html,<script>alert(5)</script>", Title: long + " " + long, Summary: long, Date: "2030-01",
			Topics: []string{"remittances", "x y&z?"}, Image: &recommend.Image{URL: "http://127.0.0.1:1/a.jpg?x=1&y=2", Alt: "A bridge", Credit: "© N. N./Agency"}},
		{ID: "bare", Summary: "Only a summary. It has two sentences.", Lang: "en"},
	}, nil)
	base.items = append(hostile.items, base.items...)
	for id := range hostile.groups {
		base.groups[id] = id
	}
	base.topics = append(base.topics, recommend.Topic{Slug: "x y&z?", Title: hostileText, Introduction: hostileText + "\n\n[a](javascript:alert(6)) ![b](data:text/html,x)"})
	base.gone["gone"] = true
	return base
}

// TestHTMLIsValid holds every page, for readers and for editors, the fragment, the
// style sheet and the icon to the Nu validator, the one behind validator.w3.org.
// One process looks at all of them, as most of its work is to start.
func TestHTMLIsValid(t *testing.T) {
	tools.SkipRaced(t)
	reader := judgedReader(t)
	s := servePages(t, pages.Config{Reader: reader, Search: reader.search})
	dir := t.TempDir()
	from := map[string]string{}
	add := func(name, address, body string) {
		t.Helper()
		from[name] = address
		if err := os.WriteFile(filepath.Join(dir, name), []byte(body), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, lang := range []string{"en", "es"} {
		for i, path := range append(pagesToJudge, "/topics/x%20y&z%3F", "/items/longest", "/items/bare") {
			_, _, body := fetch(t, s.URL+path, "Accept-Language", lang)
			add(fmt.Sprintf("%s-%02d.html", lang, i), path, body)
		}
	}
	_, _, body := fetch(t, s.URL+"/items/cool-by-noon/related")
	add("fragment.html", "fragment", "<!doctype html><html lang=en><title>x</title><h1>x</h1>"+body)
	_, _, body = fetch(t, s.URL+"/assets/icon.svg")
	add("icon.svg", "icon.svg", body)
	addEditorPages(t, add)
	validate(t, dir, from)
}

// validate runs the Nu validator over the files of dir; from says which address
// each file is from.
func validate(t *testing.T, dir string, from map[string]string) {
	t.Helper()
	jar := filepath.Join("..", "..", ".cache", "vnu-26.9.27.jar")
	if _, err := os.Stat(jar); err != nil {
		t.Fatalf("the validator is missing (%v); run: make tools", err)
	}
	java, err := exec.LookPath("java")
	if err != nil {
		t.Fatalf("%v; run: make tools", err)
	}
	// It ends before a better compiler than the first would pay.
	out, err := exec.CommandContext(t.Context(), java, "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xss2m", "-jar", jar, "--also-check-css", "--also-check-svg", dir).CombinedOutput()
	if err == nil && len(bytes.TrimSpace(out)) == 0 {
		return
	}
	text := string(out)
	for name, address := range from {
		text = strings.ReplaceAll(text, "file:"+filepath.Join(dir, name), address+" ("+name[:2]+")")
	}
	t.Errorf("the validator found (%v):\n%s", err, text)
}

// Nothing that a publisher writes becomes markup or a link that runs.
func TestHostileItemsStayText(t *testing.T) {
	reader := judgedReader(t)
	s := servePages(t, pages.Config{Reader: reader, Search: reader.search})
	for _, path := range []string{"/", "/items/hostile", "/items/longest", "/topics/remittances", "/topics/x%20y&z%3F", "/search?q=%3Cscript%3Ealert(9)%3C/script%3E",
		"/items/hostile/related", "/items/cool-by-noon/related?limit=50", "/topics/remittances/feed.xml", "/topics/remittances/atom.xml", "/sitemap.xml",
		"/%3Cscript%3Ealert(1)%3C/script%3E", "/topics/remittances?author=%22%3E%3Cscript%3Ealert(1)"} {
		_, header, body := fetch(t, s.URL+path)
		for _, bad := range []string{"<script>alert", "onerror=alert(2)>", "href=\"javascript:", "src=\"javascript:", "href=\"data:", "src=\"data:", "ZgotmplZ"} {
			if i := strings.Index(body, bad); i >= 0 && !(bad == "onerror=alert(2)>" && strings.Contains(body[max(0, i-30):i], "&lt;img")) {
				t.Errorf("GET %s holds %q: …%s…", path, bad, body[max(0, i-80):min(len(body), i+80)])
			}
		}
		if kind := header.Get("Content-Type"); strings.HasPrefix(kind, "text/html") {
			if csp := header.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") {
				t.Errorf("GET %s: Content-Security-Policy is %q", path, csp)
			}
		}
	}
}
