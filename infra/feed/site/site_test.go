package site

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"akin/infra/feed/entry"
	"akin/recommend"
)

// A world is a website whose pages stand in a map; HOST in them is its address.
type world struct {
	*httptest.Server
	pages map[string]string
	asked []string
}

func newWorld(t *testing.T, pages map[string]string) *world {
	w := &world{pages: pages}
	w.Server = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.asked = append(w.asked, r.URL.Path)
		text, ok := w.pages[r.URL.Path]
		text = strings.ReplaceAll(text, "HOST", w.URL)
		switch to, moved := strings.CutPrefix(text, "-> "); {
		case !ok:
			http.NotFound(rw, r)
		case moved:
			http.Redirect(rw, r, to, http.StatusMovedPermanently)
		case strings.HasSuffix(r.URL.Path, ".gz"):
			z := gzip.NewWriter(rw)
			z.Write([]byte(text))
			z.Close()
		default:
			if r.URL.Path == "/kept" && r.Header.Get("If-Modified-Since") != "" {
				rw.WriteHeader(http.StatusNotModified)
				return
			}
			if r.URL.Path == "/header" {
				rw.Header().Set("X-Robots-Tag", "googlebot: noindex")
			}
			if !strings.HasPrefix(text, "<?xml") && strings.HasPrefix(text, "<") {
				rw.Header().Set("Content-Type", "text/html; charset=utf-8")
			}
			rw.Write([]byte(text))
		}
	}))
	t.Cleanup(w.Close)
	return w
}

// visit returns what is found at a path: items by their path, and what was said.
func (w *world) visit(t *testing.T, path string, o entry.Options) (map[string]recommend.Item, []string, []entry.Found) {
	t.Helper()
	resp, err := http.Get(w.URL + path)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	in := entry.NewInput(resp.Body)
	in.URL, in.Header = resp.Request.URL.String(), resp.Header
	if !Tell(in) {
		t.Fatalf("%s is not told to be a site", path)
	}
	w.asked = nil
	o.Client = w.Client()
	if o.Rate == 0 {
		o.Rate = 10_000
	}
	all := map[string]recommend.Item{}
	var said []string
	var found []entry.Found
	for x := range Read(t.Context(), in, o) {
		found = append(found, x)
		at := strings.TrimPrefix(x.File, w.URL)
		switch {
		case x.Err != nil:
			said = append(said, strings.ReplaceAll(at+" "+x.Err.Error(), w.URL, ""))
		case x.Notice != nil:
			said = append(said, at+" "+x.Notice.Kind.One)
		case x.Same != "":
			said = append(said, "kept "+x.Same)
		default:
			if n, hidden := x.Entry.Hidden(); hidden {
				said = append(said, at+" "+n.Kind.One)
				continue
			}
			it, _, err := x.Entry.Item(o)
			if err != nil {
				t.Errorf("%s: %v", at, err)
			}
			all[at] = it
		}
	}
	slices.Sort(said)
	return all, said, found
}

const body = "The mill stood still all summer, for the river had no water, and the miller went to the town to look for work. " +
	"When the rain came back in October the wheel turned again, and bread was baked from the flour of the valley. " +
	"Nobody had thought that it would, and the council had voted to sell the house with all that was in it."

func TestSite(t *testing.T) {
	w := newWorld(t, map[string]string{
		"/":           `<html lang=en><head><link rel=alternate type="application/rss+xml" href="/feed"></head></html>`,
		"/robots.txt": "User-agent: other\nDisallow: /\n\nUser-agent: *\nDisallow: /private/\nAllow: /private/open\nSitemap: HOST/index.xml\n",
		"/index.xml":  `<?xml version="1.0"?><sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><sitemap><loc>HOST/a.xml.gz</loc></sitemap><sitemap><loc>HOST/b.xml</loc></sitemap></sitemapindex>`,
		"/a.xml.gz": `<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:xhtml="http://www.w3.org/1999/xhtml">
			<url><loc>HOST/</loc></url>
			<url><loc>HOST/ld</loc><lastmod>2024-03-02</lastmod><xhtml:link rel="alternate" hreflang="en" href="HOST/ld"/><xhtml:link rel="alternate" hreflang="es" href="HOST/es"/></url>
			<url><loc>HOST/es</loc><xhtml:link rel="alternate" hreflang="en" href="HOST/ld"/><xhtml:link rel="alternate" hreflang="es" href="HOST/es"/></url>
			<url><loc>HOST/og</loc></url><url><loc>HOST/moved</loc></url><url><loc>HOST/copy</loc></url>
			<url><loc>HOST/private/x</loc></url><url><loc>HOST/private/open</loc></url><url><loc>https://other.example/x</loc></url></urlset>`,
		"/b.xml": `<?xml version="1.0"?><urlset><url><loc>HOST/noindex</loc></url><url><loc>HOST/header</loc></url><url><loc>HOST/contact</loc></url><url><loc>HOST/gone</loc></url>
			<url><loc>HOST/plain</loc></url><url><loc>HOST/list</loc></url><url><loc>HOST/away</loc></url><url><loc>HOST/file.txt</loc></url></urlset>`,
		"/ld": `<html lang="en"><head><title>The mill | Valley</title><meta property="og:image" content="/mill.jpg"><meta property="og:image:alt" content="A mill">
			<script type="application/ld+json">{"@context":"https://schema.org","@graph":[{"@type":"WebSite","name":"Valley"},
			{"@type":"Person","@id":"#ana","name":"Ana Field"},
			{"@type":["Report","Article"],"@id":"HOST/ld#article","headline":"The mill turns again","description":"After a dry summer.","datePublished":"2024-03-02T08:00:00+01:00",
			"author":[{"@id":"#ana"}],"articleSection":"Country","keywords":"mill, river","inLanguage":"en"}]}</script></head>
			<body><nav>Menu</nav><article><h1>The mill</h1><p>` + body + `</p><aside>Advert</aside></article></body></html>`,
		"/es":           `<html lang="es"><head><meta property="og:type" content="article"><meta property="og:title" content="El molino"><meta property="article:published_time" content="2024-03-03"></head><body><main>El molino gira otra vez.</main></body></html>`,
		"/og":           `<html><head><meta name="description" content="Short."><meta property="og:type" content="article"><meta property="og:title" content="By Open Graph"><meta property="article:section" content="Town"><meta property="article:tag" content="one"><meta property="article:tag" content="two"><meta property="og:locale" content="en_GB"><link rel="canonical" href="/og?page=1"></head><body>x</body></html>`,
		"/moved":        "-> /target",
		"/target":       `<html><head><meta property="og:type" content="article"><title>Target</title></head></html>`,
		"/copy":         `<html><head><link rel="canonical" href="HOST/ld"><meta property="og:type" content="article"><title>Copy</title></head></html>`,
		"/noindex":      `<html><head><meta name="robots" content="noindex, follow"><meta property="og:type" content="article"><title>No</title></head></html>`,
		"/header":       `<html><head><meta property="og:type" content="article"><title>No</title></head></html>`,
		"/contact":      `<html><head><title>Contact</title></head><body><main>Write to us.</main></body></html>`,
		"/plain":        `<html lang=en><head><title>Plain page</title></head><body><article><p>` + body + `</p></article></body></html>`,
		"/list":         `<html><head><script type="application/ld+json">[{"@type":"BlogPosting","headline":"A","url":"/a"},{"@type":"BlogPosting","headline":"B","url":"/b"}]</script></head><body><article>a</article><article>b</article></body></html>`,
		"/away":         "-> https://other.example/",
		"/file.txt":     "plain",
		"/private/open": `<html><head><meta property="og:type" content="article"><title>Open</title></head></html>`,
	})
	all, said, found := w.visit(t, "/", entry.Options{})
	want := recommend.Item{
		ID: entry.ID(w.URL + "/ld"), URL: w.URL + "/ld", Title: "The mill turns again", Summary: "After a dry summer.", Body: all["/ld"].Body, Lang: "en",
		Types: []string{"Report"}, Topics: []string{"Country", "mill", "river"}, Authors: []string{"Ana Field"}, Date: "2024-03-02",
		SortDate: time.Date(2024, 3, 2, 7, 0, 0, 0, time.UTC), Image: &recommend.Image{URL: w.URL + "/mill.jpg", Alt: "A mill"},
	}
	if diff := cmp.Diff(want.Canonical(), all["/ld"]); diff != "" {
		t.Errorf("item of /ld (-want +got):\n%s", diff)
	}
	if b := all["/ld"].Body; !strings.Contains(b, "wheel turned") || strings.Contains(b, "Menu") || strings.Contains(b, "Advert") {
		t.Errorf("body of /ld: %q", b)
	}
	if it := all["/og"]; it.URL != w.URL+"/og?page=1" || it.Lang != "en-GB" || it.Summary != "Short." || !slices.Equal(it.Topics, []string{"Town", "one", "two"}) {
		t.Errorf("item of /og: %+v", it)
	}
	if it := all["/moved"]; it.URL != w.URL+"/target" || !slices.Equal(it.Aliases, []string{w.URL + "/moved"}) {
		t.Errorf("item of /moved: %+v", it)
	}
	if _, ok := all["/private/open"]; !ok || len(all) != 6 {
		t.Errorf("items of %v, want /ld /es /og /moved /plain /private/open", slices.Collect(func(yield func(string) bool) {
			for k := range all {
				if !yield(k) {
					return
				}
			}
		}))
	}
	groups := map[string]int{}
	for _, x := range found {
		if x.Entry != nil && x.Entry.Group != "" {
			groups[x.Entry.Group]++
		}
	}
	if groups[w.URL+"/es"] != 2 {
		t.Errorf("groups of translations: %v", groups)
	}
	wantSaid := []string{
		"/ page that is not an article left out", "/away page on another host left out", "/contact page that is not an article left out",
		"/copy further address of a page left out", "/file.txt file that is not a web page left out", "/gone page that is not there left out",
		"/header page that is marked noindex left out", "/list page that is not an article left out", "/noindex page that is marked noindex left out",
		"/private/x page that robots.txt forbids left out", "https://other.example/x page on another host left out",
	}
	if diff := cmp.Diff(wantSaid, said); diff != "" {
		t.Errorf("said (-want +got):\n%s", diff)
	}
	if slices.Contains(w.asked, "/private/x") {
		t.Error("a page that robots.txt forbids was asked for")
	}
}

// A second visit asks only for what may have changed.
func TestSince(t *testing.T) {
	const article = `<html><head><meta property="og:type" content="article"><title>A</title></head></html>`
	w := newWorld(t, map[string]string{
		"/sitemap.xml": `<?xml version="1.0"?><urlset><url><loc>HOST/old</loc><lastmod>2024-01-01</lastmod></url><url><loc>HOST/new</loc><lastmod>2024-06-01T10:00:00Z</lastmod></url><url><loc>HOST/kept</loc></url></urlset>`,
		"/old":         article, "/new": article, "/kept": article,
	})
	all, said, _ := w.visit(t, "/sitemap.xml", entry.Options{Since: time.Date(2024, 5, 1, 0, 0, 0, 0, time.UTC)})
	want := []string{"kept " + entry.ID(w.URL+"/kept"), "kept " + entry.ID(w.URL+"/old")}
	slices.Sort(want)
	if len(all) != 1 || !slices.Equal(said, want) || slices.Contains(w.asked, "/old") {
		t.Errorf("items %v, said %q, asked for %q; want /new, and %q", all, said, w.asked, want)
	}
}

func TestFolderOfSite(t *testing.T) {
	const article = `<html><head><meta property="og:type" content="article"><title>A</title></head></html>`
	w := newWorld(t, map[string]string{
		"/blog/":       "<html></html>",
		"/sitemap.xml": `<?xml version="1.0"?><urlset><url><loc>HOST/blog/a</loc></url><url><loc>HOST/shop/b</loc></url></urlset>`,
		"/blog/a":      article, "/shop/b": article,
	})
	if all, said, _ := w.visit(t, "/blog/", entry.Options{}); len(all) != 1 || len(said) > 0 {
		t.Errorf("items %v, said %q, want what is below /blog/", all, said)
	}
}

// What akin made of its items is not imported once more: a site of nothing else is
// refused, and soon.
func TestPagesThatAkinMade(t *testing.T) {
	const made = `<html><head><meta name="generator" content="akin"><meta property="og:type" content="article"><title>Weir</title></head></html>`
	const article = `<html><head><meta name="generator" content="Akin 2"><meta property="og:type" content="article"><title>Lock</title></head></html>`
	const refused = "site: is made by akin of the items that it has, which would come twice; import what they came from"
	var locs strings.Builder
	pages := map[string]string{"/mine": article, "/": made}
	for i := range 50 {
		fmt.Fprintf(&locs, "<url><loc>HOST/items/%d</loc></url>", i)
		pages[fmt.Sprintf("/items/%d", i)] = made
	}
	const mine = "<url><loc>HOST/mine</loc></url>"
	for _, tt := range []struct {
		name, listed, path string
		items, asked       int // pages asked for at most
		said               string
	}{
		{"its front page", mine, "/", 0, 1, " " + refused},
		{"its sitemap", locs.String(), "/sitemap.xml", 0, 21, " " + refused},
		{"a short sitemap", "<url><loc>HOST/items/1</loc></url>", "/sitemap.xml", 0, 2, " " + refused},
		{"pages in another site", mine + locs.String(), "/sitemap.xml", 1, 52, "/items/49 " + own.One},
	} {
		pages["/sitemap.xml"] = `<?xml version="1.0"?><urlset>` + tt.listed + `</urlset>`
		w := newWorld(t, pages)
		all, said, _ := w.visit(t, tt.path, entry.Options{})
		if len(all) != tt.items || len(w.asked) > tt.asked || !slices.Contains(said, tt.said) || tt.items > 0 && slices.Contains(said, " "+refused) {
			t.Errorf("%s: items %v, said %q, asked for %d pages, want %d items, %q", tt.name, all, said, len(w.asked), tt.items, tt.said)
		}
	}
}

func TestNoSitemap(t *testing.T) {
	w := newWorld(t, map[string]string{"/": `<html><link rel="alternate" type="application/atom+xml" href="/atom"></html>`})
	if _, said, _ := w.visit(t, "/", entry.Options{}); len(said) != 1 || !strings.Contains(said[0], "has no sitemap; import its feed instead: /atom") {
		t.Errorf("said %q", said)
	}
}

// The pages of a site are asked for one after another, as slowly as it wants.
func TestPace(t *testing.T) {
	w := newWorld(t, map[string]string{
		"/robots.txt":  "User-agent: *\nCrawl-delay: 0.2\n",
		"/sitemap.xml": `<?xml version="1.0"?><urlset><url><loc>HOST/a</loc></url><url><loc>HOST/b</loc></url></urlset>`,
	})
	v := &visit{ctx: t.Context(), client: w.Client(), yield: func(entry.Found) bool { return true }, seen: map[string]bool{}}
	v.base = mustParse(t, w.URL)
	if err := v.readRobots(); err != nil || v.pause != 200*time.Millisecond {
		t.Errorf("pause %v, error %v, want 200 ms", v.pause, err)
	}
	v.o.Rate = 20
	if err := v.readRobots(); err != nil || v.pause != 50*time.Millisecond {
		t.Errorf("pause %v, error %v, want 50 ms", v.pause, err)
	}
	begun := time.Now()
	for range 3 {
		if _, err := v.get(w.URL+"/sitemap.xml", "", false); err != nil {
			t.Fatal(err)
		}
	}
	if took := time.Since(begun); took < 90*time.Millisecond {
		t.Errorf("3 pages in %v at 20 a second", took)
	}
}

func TestRobots(t *testing.T) {
	r := parseRobots([]byte("user-agent: akin/1.0\nuser-agent: x\ndisallow: /a\nallow: /a/b$\ndisallow: /*.pdf$\nCrawl-delay: 2\n\nUser-agent: *\nDisallow: /\n"))
	for path, want := range map[string]bool{"/": true, "/a": false, "/a/b": true, "/a/bc": false, "/x.pdf": false, "/x.pdfs": true, "/robots.txt": true} {
		if got := r.allows(path); got != want {
			t.Errorf("allows(%q) = %v, want %v", path, got, want)
		}
	}
	if r.delay != 2*time.Second {
		t.Errorf("delay %v", r.delay)
	}
	if all := parseRobots([]byte("User-agent: *\nDisallow: /\nUser-agent: other\nAllow: /")); all.allows("/x") {
		t.Error("what all may not is allowed")
	}
}

// A server that stays away is left alone, and what was not read is said.
func TestSiteThatFails(t *testing.T) {
	var locs strings.Builder
	for i := range 50 {
		fmt.Fprintf(&locs, "<url><loc>HOST/%d</loc></url>", i)
	}
	w := newWorld(t, map[string]string{"/sitemap.xml": `<?xml version="1.0"?><urlset>` + locs.String() + `</urlset>`})
	inner := w.Config.Handler
	w.Config.Handler = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/sitemap.xml" && r.URL.Path != "/robots.txt" {
			rw.WriteHeader(http.StatusBadGateway)
			return
		}
		inner.ServeHTTP(rw, r)
	})
	_, said, found := w.visit(t, "/sitemap.xml", entry.Options{})
	if len(said) != maxFails+1 || !found[len(found)-1].Cut {
		t.Errorf("said %q, want %d errors and a last one that ends it", said, maxFails)
	}
}

func FuzzPage(f *testing.F) {
	for _, s := range []string{"<html lang=en><title>a</title>", `<script type="application/ld+json">{"@graph":[{"@type":"Article","headline":["a",{"name":"b"}],"author":{"@id":"x"}}]}</script>`,
		`<meta property="og:type" content="article"><link rel=canonical href="::">`, "<article><p>x</article>", "<svg><title>x"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		p := parsePage(data)
		if len(p.text) > maxText+len(data) {
			t.Fatalf("text of %d bytes", len(p.text))
		}
		p.noindex("")
		if e := p.entry("https://a.example/x"); e != nil {
			e.ID = "a"
			if !strings.HasPrefix(e.Link, "https://") && !strings.HasPrefix(e.Link, "http://") {
				t.Fatalf("link %q", e.Link)
			}
			e.Item(entry.Options{})
		}
		parseSitemap(bytes.NewReader(data))
		parseRobots(data).allows("/x")
	})
}

func mustParse(t *testing.T, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// The text of a page for those who pay is not read, and what all may read is.
func TestPaidPage(t *testing.T) {
	const page = `<html lang="en"><head><title>Weirs</title><meta property="og:type" content="article"><meta property="og:description" content="Who pays.">%s</head><body><article><p>` + body + `</p></article></body></html>`
	for in, want := range map[string]string{
		`<script type="application/ld+json">{"@type":"NewsArticle","headline":"Weirs","isAccessibleForFree":false,"articleBody":"Secret."}</script>`: "",
		`<script type="application/ld+json">{"@type":"NewsArticle","headline":"Weirs","isAccessibleForFree":"False"}</script>`:                       "",
		`<script type="application/ld+json">{"@type":"WebPage","isAccessibleForFree":"https://schema.org/False"}</script>`:                           "",
		`<meta property="article:content_tier" content="locked">`:                                                                                    "",
		`<script type="application/ld+json">{"@type":"NewsArticle","headline":"Weirs","isAccessibleForFree":true}</script>`:                          body,
		`<meta property="article:content_tier" content="metered">`:                                                                                   body,
	} {
		w := newWorld(t, map[string]string{"/sitemap.xml": `<?xml version="1.0"?><urlset><url><loc>HOST/w</loc></url></urlset>`, "/w": strings.Replace(page, "%s", in, 1)})
		all, said, _ := w.visit(t, "/sitemap.xml", entry.Options{})
		if it := all["/w"]; it.Title != "Weirs" || it.Summary != "Who pays." || it.Body != want || len(said) > 0 {
			t.Errorf("page with %s: item %+v, said %q; want the text %q", in, it, said, want)
		}
	}
}
