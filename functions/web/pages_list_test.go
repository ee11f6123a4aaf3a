package web

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"akin/functions/web/pages"
	"akin/functions/web/serve"
	"akin/infra/memory"
	"akin/infra/test/tools"
	"akin/recommend"
	"akin/recommend/engine"
)

var titleLink = regexp.MustCompile(`class="title"[^>]*><a href="/items/([^"?]+)`)

// sectionOf returns the part of a page that is the named section.
func sectionOf(t *testing.T, body, name string) string {
	t.Helper()
	_, rest, ok := strings.Cut(body, `id="`+name+`"`)
	if !ok {
		t.Fatalf("no section %q in:\n%s", name, body)
	}
	part, _, _ := strings.Cut(rest, "</section>")
	return part
}

// idsIn returns the items of a piece of a page, in order.
func idsIn(body string) []string {
	var ids []string
	for _, m := range titleLink.FindAllStringSubmatch(body, -1) {
		ids = append(ids, m[1])
	}
	return ids
}

// follow returns the address of a pager's link in a piece of a page.
func follow(body, rel string) string {
	m := regexp.MustCompile(`rel="` + rel + `" href="([^"]+)"`).FindStringSubmatch(body)
	if m == nil {
		return ""
	}
	return html.UnescapeString(m[1])
}

// Each section turns by itself, forth and back, and shows what the listing of
// its types holds.
func TestSectionsTurnIndependently(t *testing.T) {
	s := serveCorpus(t)
	c, err := corpusConfig()
	if err != nil {
		t.Fatal(err)
	}
	want := []string{}
	q := recommend.ListQuery{Types: []string{"Articles"}, Prefer: "en", Limit: 100}
	l, err := c.Reader.Listing(t.Context(), "cities", q)
	if err != nil {
		t.Fatal(err)
	}
	for _, card := range l.Items {
		want = append(want, card.ID)
	}
	_, _, first := fetch(t, s.URL+"/topics/cities")
	reports := idsIn(sectionOf(t, first, "reports"))
	var got []string
	last, at := "", "/topics/cities"
	for at != "" {
		_, _, body := fetch(t, s.URL+at)
		part := sectionOf(t, body, "articles")
		got = append(got, idsIn(part)...)
		if now := idsIn(sectionOf(t, body, "reports")); !slices.Equal(now, reports) {
			t.Errorf("%s: turning the articles turned the reports to %q", at, now)
		}
		last, at = at, follow(part, "next")
	}
	if !slices.Equal(got, want) {
		t.Errorf("the pages of articles hold %q, want %q", got, want)
	}
	_, _, body := fetch(t, s.URL+last)
	_, _, before := fetch(t, s.URL+follow(sectionOf(t, body, "articles"), "prev"))
	n := len(idsIn(sectionOf(t, body, "articles")))
	if ids := idsIn(sectionOf(t, before, "articles")); !slices.Equal(ids, want[len(want)-n-len(ids):len(want)-n]) {
		t.Errorf("the page before the last holds %q", ids)
	}
	// Two sections at once.
	next := follow(sectionOf(t, before, "reports"), "next")
	_, _, both := fetch(t, s.URL+next)
	if ids := idsIn(sectionOf(t, both, "articles")); !slices.Equal(ids, idsIn(sectionOf(t, before, "articles"))) {
		t.Errorf("turning the reports turned the articles to %q", ids)
	}
	if ids := idsIn(sectionOf(t, both, "reports")); slices.Equal(ids, reports) || len(ids) == 0 {
		t.Errorf("the reports did not turn: %q", ids)
	}
}

func TestSectionsSayWhereTheyEnd(t *testing.T) {
	s := serveCorpus(t)
	_, _, body := fetch(t, s.URL+"/topics/cities?p-articles=forged")
	part := sectionOf(t, body, "articles")
	if !strings.Contains(part, "nothing further in this list") || !strings.Contains(part, "Back to the first page") {
		t.Errorf("a place that does not exist reads:\n%s", part)
	}
	_, _, body = fetch(t, s.URL+"/topics/cities?author=Nobody")
	if part := sectionOf(t, body, "results"); !strings.Contains(part, "Nothing matches these filters.") {
		t.Errorf("a filter that nothing passes reads:\n%s", part)
	}
	_, _, body = fetch(t, s.URL+"/topics/about-arrival-cities")
	if strings.Contains(body, `class="list`) || !strings.Contains(body, `class="prose about-text"`) {
		t.Error("an About page has lists, or no prose")
	}
}

// The number at a facet is the number of items that its link leads to.
func TestFacetsCountWhatTheyLeadTo(t *testing.T) {
	s := serveCorpus(t)
	c, err := corpusConfig()
	if err != nil {
		t.Fatal(err)
	}
	value := regexp.MustCompile(`<a href="/topics/cities\?([^"]*)" rel="nofollow"><bdi>[^<]*</bdi> <span class="n">(\d+)</span>`)
	for _, start := range []string{"", "?type=Articles", "?year=2019", "?language=es"} {
		_, header, body := fetch(t, s.URL+"/topics/cities"+start)
		if start != "" && header.Get("X-Robots-Tag") != "noindex" {
			t.Errorf("%s: a filtered page may be indexed", start)
		}
		if !strings.Contains(body, `<link rel="canonical" href="`+s.URL+`/topics/cities">`) {
			t.Errorf("%s: the canonical address is not that of the topic", start)
		}
		found := value.FindAllStringSubmatch(body, -1)
		if len(found) < 8 {
			t.Fatalf("%s: %d facet values in\n%s", start, len(found), body)
		}
		for _, m := range found {
			params, err := url.ParseQuery(html.UnescapeString(m[1]))
			if err != nil {
				t.Fatal(err)
			}
			q := filteredBy(params)
			q.Prefer, q.Limit = "en", 100
			n := 0
			for more := true; more; more = q.Cursor != "" {
				l, err := c.Reader.Listing(t.Context(), "cities", q)
				if err != nil {
					t.Fatal(err)
				}
				n, q.Cursor = n+len(l.Items), l.NextCursor
			}
			if want, _ := strconv.Atoi(m[2]); n != want {
				t.Errorf("%s: %s counts %d, its link lists %d", start, m[1], want, n)
			}
		}
	}
}

// filteredBy returns what the parameters of a filtered page ask for.
func filteredBy(params url.Values) recommend.ListQuery {
	q := recommend.ListQuery{Types: params["type"], Author: params.Get("author"), Lang: params.Get("language")}
	if year, err := strconv.Atoi(params.Get("year")); err == nil {
		q.From, q.To = time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(year+1, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	return q
}

func TestDatesFilterByDay(t *testing.T) {
	s := serveCorpus(t)
	_, _, body := fetch(t, s.URL+"/topics/heat?from=2022-06-02&to=2022-06-02")
	if got := idsIn(sectionOf(t, body, "results")); !slices.Equal(got, []string{"cool-by-noon-launch"}) {
		t.Errorf("one day holds %q", got)
	}
	if !strings.Contains(body, `name="from" value="2022-06-02"`) || !strings.Contains(body, "From June 2, 2022") {
		t.Error("the form and the chips do not say the dates")
	}
	_, _, body = fetch(t, s.URL+"/topics/heat?from=06/02/2022")
	if !strings.Contains(body, "A date was not understood") || strings.Contains(body, `id="results"`) {
		t.Error("a wrong date is not said to be left out")
	}
}

// A work with versions is one entry, in the reader's language, with the other
// offered beside it.
func TestVersionsGroupInTheReadersLanguage(t *testing.T) {
	s := serveCorpus(t)
	for _, tt := range []struct{ accept, path, own, other string }{
		{"en", "/topics/heat?type=Reports", "/items/cool-by-noon", `hreflang="es" lang="es"`},
		{"es-MX,es;q=0.9", "/topics/heat?type=Reports", "/items/frescos-al-mediodia", `hreflang="en" lang="en"`},
		{"en", "/topics/heat?type=Reports&lang=es", "/items/frescos-al-mediodia", `hreflang="en" lang="en"`},
	} {
		_, header, body := fetch(t, s.URL+tt.path, "Accept-Language", tt.accept)
		part := sectionOf(t, body, "results")
		if n := strings.Count(part, `<a href="`+tt.own+`"`) + strings.Count(part, `<a href="`+tt.own+`?lang=es"`); n != 1 {
			t.Errorf("%s for %s: %s stands there %d times:\n%s", tt.path, tt.accept, tt.own, n, part)
		}
		if !strings.Contains(part, tt.other) {
			t.Errorf("%s for %s: the other version is not offered", tt.path, tt.accept)
		}
		if !strings.Contains(strings.Join(header.Values("Vary"), ","), "Accept-Language") {
			t.Errorf("%s: Vary is %q", tt.path, header.Values("Vary"))
		}
	}
	_, _, body := fetch(t, s.URL+"/items/frescos-al-mediodia", "Accept-Language", "en")
	if !strings.Contains(body, `<h1 dir="auto" lang="es">`) || !strings.Contains(body, `<html lang="en">`) {
		t.Error("a Spanish work on an English page is not marked as Spanish")
	}
}

// The page of a topic with 40 entries and its style sheet weigh less than 30 KB
// compressed, and no script holds it up.
func TestTopicPageIsLight(t *testing.T) {
	s := serveCorpus(t)
	_, _, css := fetch(t, s.URL+"/assets/style.css")
	for _, path := range []string{"/topics/remittances", "/topics/cities", "/topics/migration"} {
		_, _, body := fetch(t, s.URL+path)
		entries := strings.Count(body, `<li class="entry`)
		var z bytes.Buffer
		w := gzip.NewWriter(&z)
		_, err := io.WriteString(w, body+css)
		if err = errors.Join(err, w.Close()); err != nil {
			t.Fatal(err)
		}
		per40 := z.Len()
		if entries > 0 && entries < 40 {
			per40 = z.Len() * 40 / entries
		}
		tools.Budget(t, "page %s: %d bytes gzipped for 40 entries, with its style sheet, of 30000", path, per40)
		if per40 >= 30_000 {
			t.Errorf("%s: %d bytes for 40 entries, want less than 30,000", path, per40)
		}
		if n := strings.Count(body, "<script"); n != strings.Count(body, `<script type="application/ld+json">`) {
			t.Errorf("%s: holds a script", path)
		}
	}
}

func TestUnchangedPagesAreNotSentAgain(t *testing.T) {
	s := serveCorpus(t)
	for _, path := range []string{"/", "/topics/heat", "/items/cool-by-noon", "/topics/heat/feed.xml", "/widget.js", "/assets/style.css"} {
		_, header, _ := fetch(t, s.URL+path)
		tag := header.Get("ETag")
		if status, _, body := fetch(t, s.URL+path, "If-None-Match", tag); tag == "" || status != http.StatusNotModified || body != "" {
			t.Errorf("%s: asked again with %q: status %d, %d bytes", path, tag, status, len(body))
		}
	}
	_, header, _ := fetch(t, s.URL+"/topics/heat")
	if got := header.Get("Cache-Control"); got != "public, max-age=30, stale-while-revalidate=30" {
		t.Errorf("Cache-Control is %q", got)
	}
}

// Feeds are well-formed and hold what the page under the same filter lists.
func TestFeedsCarryTheFilter(t *testing.T) {
	s := serveCorpus(t)
	_, _, body := fetch(t, s.URL+"/topics/cities?type=Reports&language=es")
	if !strings.Contains(body, `href="/topics/cities/feed.xml?language=es&amp;type=Reports"`) {
		t.Error("the page does not name its feed")
	}
	want := idsIn(sectionOf(t, body, "results"))
	var rss struct {
		Items []struct {
			GUID string `xml:"guid"`
			Date string `xml:"pubDate"`
		} `xml:"channel>item"`
	}
	var atom struct {
		Entries []struct {
			ID      string `xml:"id"`
			Updated string `xml:"updated"`
		} `xml:"entry"`
	}
	var feed struct{ Items []struct{ ID string } }
	_, _, body = fetch(t, s.URL+"/topics/cities/feed.xml?type=Reports&language=es")
	if err := xml.Unmarshal([]byte(body), &rss); err != nil {
		t.Fatal(err)
	}
	_, _, body = fetch(t, s.URL+"/topics/cities/atom.xml?type=Reports&language=es")
	if err := xml.Unmarshal([]byte(body), &atom); err != nil {
		t.Fatal(err)
	}
	_, _, body = fetch(t, s.URL+"/topics/cities/feed.json?type=Reports&language=es")
	if err := json.Unmarshal([]byte(body), &feed); err != nil {
		t.Fatal(err)
	}
	if len(want) == 0 || len(rss.Items) != len(want) || len(atom.Entries) != len(want) || len(feed.Items) != len(want) {
		t.Fatalf("%d entries on the page, %d in RSS, %d in Atom, %d in JSON Feed", len(want), len(rss.Items), len(atom.Entries), len(feed.Items))
	}
	for i, id := range want {
		for kind, got := range map[string]string{"RSS": rss.Items[i].GUID, "Atom": atom.Entries[i].ID, "JSON Feed": feed.Items[i].ID} {
			if got != s.URL+"/items/"+id {
				t.Errorf("%s: entry %d is %q, want %s", kind, i, got, id)
			}
		}
		if _, err := time.Parse(time.RFC1123Z, rss.Items[i].Date); err != nil {
			t.Error(err)
		}
		if _, err := time.Parse(time.RFC3339, atom.Entries[i].Updated); err != nil {
			t.Error(err)
		}
	}
}

// What pages say to machines is well-formed and true.
func TestPagesDescribeThemselves(t *testing.T) {
	s := serveCorpus(t)
	_, _, body := fetch(t, s.URL+"/items/cool-by-noon")
	_, rest, _ := strings.Cut(body, `<script type="application/ld+json">`)
	text, _, _ := strings.Cut(rest, "</script>")
	var data map[string]any
	if err := json.Unmarshal([]byte(text), &data); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	if data["@type"] != "Report" || data["datePublished"] != "2022-05" || fmt.Sprint(data["author"]) != "[map[@type:Person name:Leïla Benhaddou] map[@type:Person name:Tomás O. Quiroga] map[@type:Person name:Wen-Ling Hsu]]" {
		t.Errorf("the item describes itself as %v", data)
	}
	for _, want := range []string{
		`<meta property="og:type" content="article">`,
		`<meta property="og:title" content="Cool by Noon: What Makes a Public Cooling Centre Work">`,
		`<link rel="alternate" hreflang="es" href="` + s.URL + `/items/frescos-al-mediodia">`,
		`<link rel="canonical" href="` + s.URL + `/items/cool-by-noon">`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the item's page lacks %s", want)
		}
	}
	var sitemap struct {
		URLs []struct {
			Loc string `xml:"loc"`
		} `xml:"url"`
	}
	_, _, body = fetch(t, s.URL+"/sitemap.xml")
	if err := xml.Unmarshal([]byte(body), &sitemap); err != nil {
		t.Fatal(err)
	}
	for _, u := range sitemap.URLs[:40] {
		if status, header, _ := fetch(t, u.Loc); status != http.StatusOK || header.Get("X-Robots-Tag") != "" {
			t.Errorf("%s of the sitemap: status %d, robots %q", u.Loc, status, header.Get("X-Robots-Tag"))
		}
	}
}

// A page for readers never says what went wrong inside.
func TestFailuresStayInside(t *testing.T) {
	reader := &fakeReader{err: errors.New("secret of the store")}
	s := servePages(t, pages.Config{Reader: reader, Search: reader.search, Log: slog.New(slog.DiscardHandler)})
	for _, path := range []string{"/", "/topics", "/items/a", "/search?q=a", "/sitemap.xml", "/feed.xml", "/items/a/related"} {
		status, header, body := fetch(t, s.URL+path)
		if status != http.StatusInternalServerError || strings.Contains(body, "secret") || header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: status %d, %q:\n%s", path, status, header.Get("Cache-Control"), body)
		}
	}
}

// A site without anything in it has pages all the same.
func TestEmptySite(t *testing.T) {
	store, settings := memory.New(), recommend.DefaultSettings()
	s := httptest.NewServer(New(Config{
		Reader:   engine.NewReader(store, engine.ReaderOptions{}),
		Searcher: engine.NewIndexer(store, settings, engine.IndexerOptions{}),
		Report:   noReport{},
		Name:     "New Site", Config: serve.Config{Logger: slog.New(slog.DiscardHandler)},
	}))
	t.Cleanup(s.Close)
	for _, tt := range []struct {
		path   string
		status int
		holds  string
	}{
		{"/", 200, "Nothing has been published yet. The next step for whoever runs this site: akin import FILE."},
		{"/?lang=es", 200, "El paso siguiente para quien lleva este sitio: akin import ARCHIVO."},
		{"/topics", 200, "There are no topics yet. They appear with the first items that name them."},
		{"/coverage", 404, "Where nothing is stored yet, the next step is akin import FILE"},
		{"/topics/none", 404, "There is no page at this address."},
		{"/items/none", 404, "There is no page at this address."},
		{"/some/old/address", 404, "There is no page at this address."},
		{"/search?q=anything", 200, "Search is away at the moment."},
		{"/feed.xml", 200, "<title>New Site</title>"},
		{"/atom.xml", 200, "<updated>1970-01-01T00:00:00Z</updated>"},
		{"/sitemap.xml", 200, "/topics</loc>"},
	} {
		if status, _, body := fetch(t, s.URL+tt.path); status != tt.status || !strings.Contains(body, tt.holds) {
			t.Errorf("GET %s: status %d, want %d and %q in:\n%s", tt.path, status, tt.status, tt.holds, body)
		}
	}
}
