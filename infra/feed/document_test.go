package feed

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"akin/recommend"
)

const (
	rssHead = `<?xml version="1.0"?><rss version="2.0"><channel><title>Site</title><language>en-us</language>` + "\n"
	rssTail = "</channel></rss>\n"
	rssA    = "<item><guid>a</guid><title>A</title></item>\n"
	rssB    = "<item><guid>b</guid>\n<title>B</title></item>\n"
	atom    = `<feed xmlns="http://www.w3.org/2005/Atom"><title>Site</title>` + "\n"
	atomA   = "<entry><id>a</id><title>A</title></entry>\n"
	atomB   = "<entry><id>b</id><title>B</title></entry>\n"
)

var documentTests = []struct {
	name, in string
	want     []string
}{
	{"RSS", rssHead + rssA + rssB + rssTail, []string{"2 item a", "3 item b"}},
	{"RSS of no items", rssHead + rssTail, nil},
	{"RSS with comments and CDATA", rssHead + "<!-- <item> -->\n<item><guid>a</guid><description><![CDATA[A</item>\n<item>]]></description></item>" + rssTail, []string{"3 item a"}},
	{"RSS with CDATA that the next item's ends", rssHead + "<item><guid>a</guid><title>A</title><description><![CDATA[A <b>x</b></description></item>\n" +
		"<item><guid>b</guid><title><![CDATA[B]]></title></item>" + rssTail, []string{
		"F:2: entry: a CDATA section has no end; its text was read as far as the entry goes (warning)", "2 item a", "3 item b"}},
	{"RSS with CDATA that nothing ends", rssHead + "<item><guid>a</guid><title><![CDATA[A</title></item>\n" + rssB + rssTail, []string{
		"F:2: entry: a CDATA section has no end; its text was read as far as the entry goes (warning)", "2 item a", "3 item b"}},
	{"one line of JSON with a stray quote", `[{"id":"a","title":"A"},{"id":"b","title":"B"c"},{"id":"d","title":"D","lang":"en"}]`, []string{
		"1 item a", "F:1: json: invalid character 'c' after object key:value pair at byte 22", "1 item d"}},
	{"one line of JSON that lacks a quote", `[{"id":"a","title":"A"},{"id":"b","title":"B}, {"id":"c","title":"C"}]`, []string{
		"1 item a", "F:1: json: ends in the middle of an object at byte 22", "1 item c"}},
	{"RSS 1.0", `<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"><channel><items></items></channel>` + "\n" +
		"<item><title>A</title><link>http://x.example/a</link></item></rdf:RDF>", []string{"2 item x.example-a-537dfe715025"}},
	{"RSS behind a byte order mark and a blank line", "\ufeff\n" + strings.TrimPrefix(rssHead, `<?xml version="1.0"?>`) + rssA + rssTail, []string{"3 item a"}},
	{"RSS item without guid and link", rssHead + "<item><title>A</title></item>\n" + rssB + rssTail, []string{
		"F:2: id: the entry has neither a guid nor a link to make one of", "3 item b"}},
	{"RSS item without text", rssHead + "<item><guid>a</guid></item>\n" + rssB + rssTail, []string{
		"F:2: title: is missing, and so are summary and image.alt; an item needs one of them", "3 item b"}},
	{"RSS item with a bad link", rssHead + "<item><guid>a</guid><title>A</title><link>javascript:alert(1)</link></item>\n" + rssB + rssTail, []string{
		`F:2: url: "javascript:alert(1)" must start with http://, https:// or a slash`, "3 item b"}},
	{"RSS item twice", rssHead + rssA + rssA + rssTail, []string{"2 item a", `F:3: id: "a" stands in line 2 already; give each item once`}},
	{"RSS cut off in an item", rssHead + rssA + "<item><guid>b</guid><title>B", []string{"2 item a",
		"F:3: feed: has no end; it was cut off, copy it again (cut)"}},
	{"RSS cut off behind an item", rssHead + rssA + rssB, []string{"2 item a", "3 item b",
		"F:5: feed: has no end; it was cut off, copy it again (cut)"}},
	{"RSS cut off before any item", rssHead + "<item>", []string{
		"F:2: feed: has no end; it was cut off, copy it again (cut)"}},
	{"RSS with an end tag that has no end", rssHead + "<item><guid>a</guid><title>A</title></item <item><guid>b</guid><title>B</title></item>" + rssTail, []string{
		"2 item a", "2 item b"}},
	{"RSS gzipped", gzipped(rssHead + rssA + rssTail), []string{"2 item a"}},
	{"Atom", atom + atomA + atomB + "</feed>", []string{"2 item a", "3 item b"}},
	{"Atom cut off", atom + atomA + atomB[:20], []string{"2 item a",
		"F:3: feed: has no end; it was cut off, copy it again (cut)"}},
	{"RSS with a name that is not UTF-8", rssHead + "<\xf0\xb2\xde\xcb/>" + rssA + rssTail, []string{"2 item a"}},
	{"web page", "<!DOCTYPE html><html><body>", []string{"F:1: format: is a web page; give the address of its feed (cut)"}},
	{"other XML", "<urlset><url/></urlset>", []string{"F:1: format: is a sitemap; import the address of the site, or its feed (cut)"}},
	{"JSON Feed", `{"version":"https://jsonfeed.org/version/1.1","title":"Site","items":[` + "\n" +
		`{"id":"a","title":"A"},` + "\n" + `{"id":5,"content_text":"B"}` + "\n]}", []string{"2 item a", "3 item 5"}},
	{"JSON Feed over lines", "{\n  \"version\" : \"https://jsonfeed.org/version/1\",\n \"items\": [\n  {\n\"id\":\"a\",\"title\":\"A\"},{\"id\":\"b\"}]}", []string{
		"4 item a", "F:5: title: is missing, and so are summary and image.alt; an item needs one of them"}},
	{"JSON Feed that is not UTF-8", `{"version":"https://jsonfeed.org/version/1","items":[{"id":"a","title":"` + "\xff" + `"},` + itemB + "]}", []string{
		"F:1: entry: is not valid UTF-8; convert the feed to UTF-8 first", "1 item b"}},
	{"JSON Feed with slashes escaped", `{"version":"https:\/\/jsonfeed.org\/version\/1","items":[` + itemA + "]}", []string{"1 item a"}},
	{"JSON Feed cut off", `{"version":"https://jsonfeed.org/version/1","items":[{"id":"a"`, []string{
		"F:1: feed: has no end; it was cut off, copy it again (cut)"}},
}

func TestReadDocument(t *testing.T) {
	for _, tt := range documentTests {
		t.Run(tt.name, func(t *testing.T) {
			got := said(Read(strings.NewReader(tt.in), "F"))
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("records of %q (-want +got):\n%s", tt.in, diff)
			}
		})
	}
}

// What feeds say about an entry comes out as an item.
func TestReadEntries(t *testing.T) {
	tests := []struct {
		name, in string
		want     recommend.Item
	}{
		{"RSS", `<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>
			<language>es_mx</language><item><guid isPermaLink="false">https://example.org/?p=12</guid><link> https://example.org/a b </link>
			<title>Rents &amp; &lt;b&gt;wages&lt;/b&gt;</title><description>&lt;p&gt;On rents.&lt;/p&gt;</description>
			<content:encoded><![CDATA[<p>Long.</p>]]></content:encoded><dc:creator>Ana Gil</dc:creator>
			<category>Housing</category><category>Work/Pay</category><category>Housing</category><category> </category>
			<pubDate>Tue, 26 Mar 2024 23:30:00 -0500</pubDate><enclosure url="https://example.org/a.jpg" type="image/jpeg" length="9"/></item></channel></rss>`,
			recommend.Item{
				ID: "example.org-p-12-78296f06e314", URL: "https://example.org/a%20b", Title: "Rents & <b>wages</b>", Summary: "<p>On rents.</p>",
				Body: "<p>Long.</p>", Lang: "es-MX", Topics: []string{"Housing", "Work-Pay"}, Authors: []string{"Ana Gil"}, Date: "2024-03-26",
				SortDate: time.Date(2024, 3, 27, 4, 30, 0, 0, time.UTC), Image: &recommend.Image{URL: "https://example.org/a.jpg"},
			}},
		{"Atom", `<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="fr"><entry><id>loyers</id><title>Loyers</title><link href="/loyers"/>
			<updated>2024-03-26T00:30:00+02:00</updated><author><name>Bo</name></author><author><name>Cy</name></author>
			<content type="html">&lt;p&gt;Un&lt;/p&gt;&lt;script&gt;x()&lt;/script&gt;&lt;p&gt;deux &amp;amp; trois&lt;/p&gt;</content><category term="t" label="Logement"/></entry></feed>`,
			recommend.Item{
				ID: "loyers", URL: "/loyers", Title: "Loyers", Summary: "Un deux & trois", Body: "<p>Un</p><script>x()</script><p>deux &amp; trois</p>",
				Lang: "fr", Topics: []string{"Logement"}, Authors: []string{"Bo", "Cy"}, Date: "2024-03-26",
				SortDate: time.Date(2024, 3, 25, 22, 30, 0, 0, time.UTC),
			}},
		{"JSON Feed", `{"version":"https://jsonfeed.org/version/1.1","language":"en","items":[{"id":"rents","url":"https://example.org/r","title":"Rents",
			"summary":"On rents.","content_text":"Long.","image":"https://example.org/r.jpg","tags":["housing"],"authors":[{"name":"Ana\n Gil"}],
			"date_published":"2024-03-26T10:00:00Z"}]}`,
			recommend.Item{
				ID: "rents", URL: "https://example.org/r", Title: "Rents", Summary: "On rents.", Body: "Long.", Lang: "en", Topics: []string{"housing"},
				Authors: []string{"Ana Gil"}, Date: "2024-03-26", SortDate: time.Date(2024, 3, 26, 10, 0, 0, 0, time.UTC),
				Image: &recommend.Image{URL: "https://example.org/r.jpg"},
			}},
		{"what cannot be used is left out", `<rss version="2.0"><channel><language>English</language><item><guid>a</guid><title>A</title>
			<pubDate>some day</pubDate><enclosure url="ftp://example.org/a.jpg" type="image/jpeg" length="9"/><category>` + strings.Repeat("x", 129) + `</category></item></channel></rss>`,
			recommend.Item{ID: "a", Title: "A"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for r := range Read(strings.NewReader(tt.in), "F") {
				if r.Notice != nil {
					continue
				}
				if r.Err != nil {
					t.Fatal(r.Err)
				}
				if diff := cmp.Diff(tt.want, *r.Item); diff != "" {
					t.Errorf("item (-want +got):\n%s", diff)
				}
			}
		})
	}
}

// Whoever reads a feed cannot shorten its texts, so they are cut.
func TestReadLongEntry(t *testing.T) {
	var b strings.Builder
	b.WriteString(rssHead + "<item><guid>a</guid><title>" + strings.Repeat("título ", 300) + "</title><description>" + strings.Repeat("&lt;b&gt;año &lt;/b&gt;", 3000) + "</description>")
	for i := range 100 {
		fmt.Fprintf(&b, "<category>c%d</category>", i)
	}
	b.WriteString("<category>" + strings.Repeat("long ", 50) + "</category></item>" + rssTail)
	var told []string
	for r := range Read(strings.NewReader(b.String()), "F") {
		switch {
		case r.Err != nil:
			t.Fatal(r.Err)
		case r.Notice != nil:
			told = append(told, r.Notice.Kind.Say(r.Notice.N))
			continue
		}
		it := *r.Item
		if n := len(it.Title); n > recommend.MaxTitle || n < recommend.MaxTitle-20 || !strings.HasSuffix(it.Title, "título…") {
			t.Errorf("title of %d bytes: %q", n, it.Title)
		}
		if n := len(it.Summary); n > 500 || n < 480 || strings.Contains(it.Summary, "<b>") {
			t.Errorf("summary of %d bytes: %.60q", n, it.Summary)
		}
		if n := len(it.Body); n < 3000*12-10 {
			t.Errorf("body of %d bytes: %.60q", n, it.Body)
		}
		if len(it.Topics) != recommend.MaxTopics {
			t.Errorf("%d topics, want %d", len(it.Topics), recommend.MaxTopics)
		}
	}
	if want := []string{"37 topics left out, for they are over 128 bytes long or their items have 64 others"}; !slices.Equal(told, want) {
		t.Errorf("told %q, want %q", told, want)
	}
}

func TestReadTooLargeFeed(t *testing.T) {
	r := strings.NewReader(rssHead + rssA + strings.Repeat(" ", MaxDocument) + rssTail)
	got := said(Read(r, "F"))
	if diff := cmp.Diff([]string{"F: feed: is over 67108864 bytes long; give it as JSON Lines (cut)"}, got); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
}

// FuzzDocument feeds the feed parsers, whose first bytes [FuzzRead] seldom
// keeps.
func FuzzDocument(f *testing.F) {
	for _, tt := range documentTests {
		f.Add(uint8(0), tt.in)
		f.Add(uint8(1), tt.in)
		f.Add(uint8(2), tt.in)
	}
	f.Fuzz(func(t *testing.T, kind uint8, in string) {
		text := []string{rssHead + in + rssTail, atom + in + "</feed>", `{"version":"https://jsonfeed.org/version/1","items":[` + in + `]}`}[kind%3]
		ids := map[string]bool{}
		for r := range Read(strings.NewReader(text), "F") {
			switch {
			case r.Err != nil:
				if s := r.Err.Error(); strings.ContainsAny(s, "\n\r") || len(s) > 1000 {
					t.Errorf("%q: error is not one short line: %q", text, s)
				}
			case r.Notice != nil:
			case r.Item == nil || ids[r.ID]:
				t.Errorf("%q: record %+v", text, r)
			default:
				if err := r.Item.Validate(); err != nil {
					t.Errorf("%q: item %+v: %v", text, *r.Item, err)
				}
				ids[r.ID] = true
			}
		}
	})
}
