package feed

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"akin/recommend"
	"akin/recommend/text"
)

// read returns the items of a text, by id, and what else was said of it.
func read(t *testing.T, text string) (map[string]recommend.Item, []string) {
	t.Helper()
	items, said := map[string]recommend.Item{}, []string(nil)
	for r := range Read(strings.NewReader(text), "F") {
		switch {
		case r.Table != nil:
		case r.Item != nil:
			items[r.ID] = *r.Item
		case r.Warning != nil:
			said = append(said, r.Warning.Error())
		case r.Notice != nil:
			said = append(said, r.Notice.Kind.Say(max(1, r.Notice.N)))
		default:
			said = append(said, r.Err.Error())
		}
	}
	return items, said
}

func rss(items ...string) string {
	return `<?xml version="1.0"?><rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>Harbour</title>` +
		"\n<item>" + strings.Join(items, "</item>\n<item>") + "</item></channel></rss>"
}

func TestFeedDates(t *testing.T) {
	items, said := read(t, rss(
		"<guid>a</guid><title>Weir</title><pubDate>2021/2/11 09:30:00</pubDate>",
		"<guid>b</guid><title>Sluice</title><pubDate>Wed, 19 Sept 2018 10:00:00 +0200</pubDate>",
		"<guid>c</guid><title>Ferry</title><pubDate>some time in May</pubDate>",
		"<guid>d</guid><title>Barge</title><pubDate>4/5/2024</pubDate>",
		"<guid>e</guid><title>Tug</title><dc:date>2024-03-26</dc:date>",
		"<guid>f</guid><title>Dredger</title>",
		`<guid>g</guid><title>Raft</title><dcterms:issued xmlns:dcterms="http://purl.org/dc/terms/">2024-03-27</dcterms:issued>`,
		"<guid>h</guid><title>Oar</title><date>2024-03-28</date>",
	))
	for id, want := range map[string]string{"g": "2024-03-27", "h": "2024-03-28", "a": "2021-02-11", "b": "2018-09-19", "c": "", "d": "", "e": "2024-03-26", "f": ""} {
		if items[id].Date != want {
			t.Errorf("date of %s = %q, want %q", id, items[id].Date, want)
		}
	}
	if len(said) != 2 || !strings.HasPrefix(said[0], `F:4: date: "some time in May" is not a date`) || !strings.HasPrefix(said[1], `F:5: date: "4/5/2024" may be day/month`) {
		t.Errorf("said %q", said)
	}
}

// What is later than now is shown from then on, which is said.
func TestScheduledEntry(t *testing.T) {
	now := time.Date(2024, 3, 1, 0, 0, 0, 0, time.UTC)
	text := rss("<guid>a</guid><title>Weir</title><pubDate>Tue, 26 Mar 2024 10:00:00 GMT</pubDate>")
	var told []string
	for r := range NewSource(strings.NewReader(text), "F").Records(t.Context(), Options{Now: now}) {
		if r.Notice != nil {
			told = append(told, r.Notice.Kind.Say(1))
			continue
		}
		if r.Item == nil || r.Item.VisibleFrom.Format(time.RFC3339) != "2024-03-26T10:00:00Z" {
			t.Errorf("record %+v", r)
		}
	}
	if want := []string{"1 item hidden until its date, which is in the future"}; !slices.Equal(told, want) {
		t.Errorf("told %q, want %q", told, want)
	}
}

// A text that only says the title again is none.
func TestTitleAsDescription(t *testing.T) {
	items, said := read(t, rss(
		"<guid>a</guid><title>Cranes arrive!</title><description>Cranes &lt;b&gt;arrive&lt;/b&gt;</description>",
		"<guid>b</guid><title>Locks open</title><description>&lt;a href=\"/l\"&gt;Locks open&lt;/a&gt;&amp;nbsp;&amp;nbsp;&lt;font color=\"#6f6f6f\"&gt;Port News&lt;/font&gt;</description>",
		"<guid>c</guid><title>Locks open - Port News</title><description>&lt;a href=\"/l\"&gt;Locks open&lt;/a&gt;&amp;nbsp;&amp;nbsp;&lt;font color=\"#6f6f6f\"&gt;Port News&lt;/font&gt;</description>",
		"<guid>d</guid><title>Weir</title><description>Weir</description><content:encoded>Two masons mend it.</content:encoded>",
		"<guid>e</guid><title>C</title><description>C++</description>",
		"<guid>f</guid><title>Ferry</title><description>Ferry by night</description>",
		"<guid>g</guid><title>数</title><description>数学</description>",
	))
	for id, want := range map[string]string{"a": "", "b": "", "c": "", "d": "Two masons mend it.", "e": "C++", "f": "Ferry by night", "g": "数学"} {
		if it, ok := items[id]; !ok || it.Summary != want || id != "d" && it.Body != "" {
			t.Errorf("summary of %s = %q, body %q, want %q", id, it.Summary, it.Body, want)
		}
	}
	if len(said) > 0 {
		t.Errorf("said %q", said)
	}
}

// A date that a program writes which has none is none.
func TestDateOfNothing(t *testing.T) {
	items, said := read(t, rss("<guid>a</guid><title>Weir</title><pubDate>Mon, 01 Jan 0001 00:00:00 +0000</pubDate>",
		"<guid>b</guid><title>Lock</title><pubDate>0001-01-01T00:00:00Z</pubDate><dc:date>2024-03-26</dc:date>",
		"<guid>c</guid><title>Pier</title><pubDate>0000-00-00 00:00:00</pubDate>"))
	for _, it := range items {
		if it.Date != "" && it.Date != "2024-03-26" || !it.SortDate.IsZero() {
			t.Errorf("item %+v", it)
		}
	}
	if len(items) != 3 || len(said) > 0 {
		t.Errorf("said %q of %d items", said, len(items))
	}
}

// A section of CDATA in another is not the text of the title.
func TestNestedData(t *testing.T) {
	items, said := read(t, rss("<guid>a</guid><title><![CDATA[<![CDATA[Nested title]]]]><![CDATA[>]]></title>",
		"<guid>b</guid><title>&lt;![CDATA[Locks &amp;amp; gates]]&gt;</title><description>&lt;![CDATA[&lt;p&gt;Two.&lt;/p&gt;]]&gt;</description>",
		"<guid>c</guid><title>What &lt;![CDATA[ means</title>"))
	for id, want := range map[string]string{"a": "Nested title", "b": "Locks &amp; gates", "c": "What <![CDATA[ means"} {
		if items[id].Title != want {
			t.Errorf("title of %s = %q, want %q", id, items[id].Title, want)
		}
	}
	if items["b"].Summary != "<p>Two.</p>" || len(said) > 0 {
		t.Errorf("summary %q, said %q", items["b"].Summary, said)
	}
}

// What is wrong with one entry costs no other.
func TestOneBadEntry(t *testing.T) {
	for bad, want := range map[string]string{
		"<guid>b</guid><title>Caf\xe9</title>":                                     "F:3: entry: is not valid UTF-8; convert the feed to UTF-8 first",
		"<guid>b</guid><title>Caf\xe9</title><description>\xff</description>":      "F:3: entry: is not valid UTF-8; convert the feed to UTF-8 first",
		"<guid>b</guid><title>Nuts & bolts &c; a < b &nbsp;&eacute;&#146;</title>": "Nuts & bolts &c; a < b \u00a0é’",
		"<guid>b</guid><title>Bell\x07 and \x0bgong</title>":                       "Bell and gong",
		"<guid>b</guid><title>It\u0092s</title>":                                   "It’s",
		"<guid>b</guid><title>Open</title><description><![CDATA[no end":            "Open",
		"<guid>b</guid><title>Open</title><description><!-- no end":                "Open",
		"<guid>b</guid><title>Open<description>x</title></description>":            "",
		"<guid>b</guid><title>Quay</title><x:y z=1 checked>":                       "Quay",
		"<guid>b</guid><title>Quay</title><link>https://q.example/?a=1&b=2</link>": "Quay",
		"<guid>b</guid>": "F:3: title: is missing, and so are summary and image.alt; an item needs one of them",
		"<guid>b</guid><title>\u200b \u00a0</title><description>&lt;p&gt;&lt;/p&gt; … !?</description>": "F:3: title: is missing, and so are summary and image.alt; an item needs one of them",
	} {
		items, said := read(t, rss("<guid>a</guid><title>One</title>", bad, "<guid>c</guid><title>Three</title>"))
		if items["a"].Title != "One" || items["c"].Title != "Three" {
			t.Errorf("beside %q: items %v, said %q", bad, items, said)
		}
		switch {
		case strings.HasPrefix(want, "F:"):
			if len(said) != 1 || said[0] != want {
				t.Errorf("%q: said %q, want %q", bad, said, want)
			}
		case want != "" && items["b"].Title != want:
			t.Errorf("%q: title %q, want %q; said %q", bad, items["b"].Title, want, said)
		}
	}
}

// An entry that is not closed ends where the next one begins.
func TestEntryWithoutEnd(t *testing.T) {
	items, said := read(t, "<rss><channel><item><guid>a</guid><title>One</title><item><guid>b</guid><title>Two</title></item></channel></rss>")
	if len(items) != 2 || len(said) > 0 {
		t.Errorf("items %v, said %q", items, said)
	}
}

func TestJSONFeedVersionAnywhere(t *testing.T) {
	var b strings.Builder
	b.WriteString(`{"title":"Harbour","items":[`)
	for i := range 300 {
		fmt.Fprintf(&b, `{"id":"i%d","title":"Weir %d","content_text":%q},`, i, i, strings.Repeat("rope ", 60))
	}
	text := b.String() + `{"id":7,"title":true},{"id":"bad","title":"` + "\xff" + `"},[],{"id":"last","title":"Last"}],"language":"en","version":"https://jsonfeed.org/version/1.1"}`
	items, said := read(t, text)
	if len(items) < 301 || items["last"].Title != "Last" || items["i0"].Lang != "en" {
		t.Errorf("%d items, %+v, said %.300q", len(items), items["last"], said)
	}
	if !slices.ContainsFunc(said, func(s string) bool { return strings.Contains(s, "entry: is not valid UTF-8") }) {
		t.Errorf("said %q", said)
	}
}

func TestEntryLanguages(t *testing.T) {
	items, said := read(t, `<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en"><title>x</title>
		<entry xml:lang="de"><id>a</id><title>Die Schleuse am neuen Hafen und das alte Wehr</title></entry>
		<entry><id>b</id><title xml:lang="fr">Les bateaux dans le port de la ville</title></entry>
		<entry><id>c</id><title>Las barcas en el puerto de los pescadores</title></entry>
		<entry><id>d</id><title>The boats in the harbour of the town</title></entry></feed>`)
	for id, want := range map[string]string{"a": "de", "b": "fr", "c": "en", "d": "en"} {
		if items[id].Lang != want {
			t.Errorf("language of %s = %q, want %q", id, items[id].Lang, want)
		}
	}
	if len(said) != 1 || !strings.HasPrefix(said[0], `F:4: lang: is "en", and the text seems to be "es"`) {
		t.Errorf("said %q", said)
	}
}

// What an entry says of itself counts before what its feed says of all, and what
// podcasts say where nothing plainer is said.
func TestEntryInOtherWords(t *testing.T) {
	text := rss(
		"<guid>a</guid><title>Die Schleuse am neuen Hafen</title><language>de-AT</language>",
		"<guid>b</guid><title>Les bateaux dans le port</title><dc:language>fr</dc:language><language>de</language>",
		"<guid>c</guid><title>The boats in the harbour</title>",
		"<guid>d</guid><itunes:title>Tide talk</itunes:title><itunes:author>Ann Bell</itunes:author><itunes:summary>Of neap and spring tides.</itunes:summary><itunes:image href='https://q.example/d.jpg'/>",
		"<guid>e</guid><title>A talk of the rope and the mast</title><description>Of hemp.</description><itunes:title>No</itunes:title><itunes:summary>No.</itunes:summary><itunes:subtitle>No.</itunes:subtitle><author>Cy Dee</author><itunes:author>No</itunes:author>"+
			"<enclosure url='https://q.example/e.jpg' type='image/jpeg'/><media:thumbnail url='https://q.example/e-plain.jpg'/><itunes:image href='https://q.example/no.jpg'/>",
		"<guid>f</guid><title>Knot talk</title><itunes:subtitle>Of bowlines.</itunes:subtitle>",
		"<guid>g</guid><title>Sail talk</title><content:encoded>Of jibs.</content:encoded><itunes:summary>A talk of jibs.</itunes:summary>",
	)
	text = strings.Replace(text, "<title>Harbour</title>", "<title>Harbour</title><language>en</language><itunes:author>Harbour Radio</itunes:author>", 1)
	items, said := read(t, text)
	for id, want := range map[string]string{
		"a": "Die Schleuse am neuen Hafen||de-AT|[]", "b": "Les bateaux dans le port||fr|[]", "c": "The boats in the harbour||en|[]",
		"d": "Tide talk|Of neap and spring tides.|en|[Ann Bell]", "e": "A talk of the rope and the mast|Of hemp.|en|[Cy Dee]",
		"f": "Knot talk|Of bowlines.|en|[]", "g": "Sail talk|A talk of jibs.|en|[]",
	} {
		it := items[id]
		if got := fmt.Sprintf("%s|%s|%s|%s", it.Title, it.Summary, it.Lang, it.Authors); got != want {
			t.Errorf("%s is %q, want %q", id, got, want)
		}
	}
	for id, want := range map[string]string{"d": "https://q.example/d.jpg", "e": "https://q.example/e-plain.jpg"} {
		if m := items[id].Image; m == nil || m.URL != want {
			t.Errorf("image of %s = %+v, want %s", id, m, want)
		}
	}
	if len(said) > 0 {
		t.Errorf("said %q", said)
	}
}

// A percent sign that escapes nothing costs no entry, as it costs no browser.
func TestPercentInAddress(t *testing.T) {
	items, said := read(t, rss(
		"<guid>a</guid><title>Weir</title><link>https://q.example/100%-a?b=5%&amp;c=%C3%A9%2</link>",
		"<guid>b</guid><title>Lock</title><link>/100%%</link><media:thumbnail url='https://q.example/5%-b.jpg'/>",
	))
	if a, b := items["a"], items["b"]; a.URL != "https://q.example/100%25-a?b=5%25&c=%C3%A9%252" || b.URL != "/100%25%25" || b.Image == nil || b.Image.URL != "https://q.example/5%25-b.jpg" || len(said) > 0 {
		t.Errorf("addresses %q, %q with %+v, said %q", a.URL, b.URL, b.Image, said)
	}
	for name, text := range map[string]string{
		"JSON Feed": `{"version":"https://jsonfeed.org/version/1","items":[{"id":"a","title":"Weir","url":"100%-a"}]}`,
		"list":      `[{"headline":"Weir","permalink":"/100%-a","guid":"a"}]`,
		"Atom":      `<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>a</id><title>Weir</title><link href="100%-a"/></entry></feed>`,
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, text) }))
		source, err := Open(t.Context(), server.URL+"/feed")
		if err != nil {
			t.Fatal(err)
		}
		for r := range source.Records(t.Context(), Options{}) {
			if r.Notice == nil && (r.Item == nil || r.Item.URL != server.URL+"/100%25-a") {
				t.Errorf("%s: record %+v", name, r)
			}
		}
		source.Close()
		server.Close()
	}
}

// Akin's own feeds list works that it has under other ids.
func TestAkinsOwnFeed(t *testing.T) {
	entry := `{"id":"https://q.example/items/a","title":"Weir"}`
	for name, in := range map[string]string{
		"RSS":       strings.Replace(rss("<guid>a</guid><title>Weir</title>"), "<title>Harbour</title>", "<title>Harbour</title><generator>akin</generator>", 1),
		"Atom":      `<feed xmlns="http://www.w3.org/2005/Atom"><generator>akin</generator><entry><id>a</id><title>Weir</title></entry></feed>`,
		"JSON Feed": `{"version":"https://jsonfeed.org/version/1.1","_akin":{"generator":"akin"},"items":[` + entry + `]}`,
	} {
		if items, said := read(t, in); len(items) > 0 || len(said) != 1 || said[0] != "F:1: feed: is made by akin of the items that it has, which would come twice; import what they came from" {
			t.Errorf("%s: items %v, said %q", name, items, said)
		}
	}
	for _, in := range []string{
		rss("<guid>a</guid><title>Weir</title><description>&lt;generator>akin&lt;/generator></description>"),
		`{"version":"https://jsonfeed.org/version/1.1","_akin":{"about":"x"},"items":[` + entry + `]}`,
	} {
		if items, said := read(t, in); len(items) != 1 || len(said) > 0 {
			t.Errorf("%s: items %v, said %q", in, items, said)
		}
	}
}

func TestEntryPictures(t *testing.T) {
	items, said := read(t, rss(
		`<guid>a</guid><title>Weir</title><media:thumbnail url="https://q.example/a.jpg"/>`,
		`<guid>b</guid><title>Lock</title><media:group><media:content url="https://q.example/b.mp4" medium="video"/><media:thumbnail url="https://q.example/b.jpg"/><media:description>How a lock gate is opened.</media:description></media:group>`,
		`<guid>c</guid><title>Pier</title><media:content url="https://q.example/c.jpg" medium="image"><media:description>A pier at dawn</media:description><media:credit>Bo Lee</media:credit></media:content>`,
		`<guid>d</guid><title>Ferry</title><itunes:image href="https://q.example/d.jpg"/>`,
		`<guid>e</guid><title>Tug</title><enclosure url="https://q.example/e.png" type="image/png" length="1"/>`,
		`<guid>f</guid><title>Barge</title><content:encoded><![CDATA[<img src="https://pixel.wp.com/x.gif" width="1" height="1"><p><img src="https://q.example/f.jpg" alt="Two &amp; a half barges"></p>]]></content:encoded>`,
		`<guid>h</guid><title>Oar</title><content:encoded><![CDATA[<img src="data:image/gif;base64,R0" data-srcset="https://q.example/h-300.jpg 300w, https://q.example/h.jpg 900w" alt="An oar">]]></content:encoded>`,
		`<guid>i</guid><title>Mast</title><content:encoded><![CDATA[<picture><source data-srcset="https://q.example/i.webp 1x"><img class="lazy" src="data:image/gif;base64,R0" alt="A mast"></picture>]]></content:encoded>`,
		`<guid>n</guid><title>Rope</title><content:encoded><![CDATA[<img srcset="https://q.example/n.jpg, https://q.example/n,1.5.jpg 1.5x, https://q.example/n,2.jpg 2x">]]></content:encoded>`,
		`<guid>o</guid><title>Tar</title><content:encoded><![CDATA[<img srcset="https://q.example/o.jpg 640w 480h, data:image/gif;base64,R0lG 2000w, https://q.example/o-s.jpg 320w 240h">]]></content:encoded>`,
		`<guid>p</guid><title>Hemp</title><content:encoded><![CDATA[<picture><source srcset="https://q.example/p-s.webp 320w, https://q.example/p.webp 960w"><img alt="Hemp"></picture>]]></content:encoded>`,
		`<guid>q</guid><title>Oil</title><content:encoded><![CDATA[<img srcset=",, https://q.example/q.jpg, ,">]]></content:encoded>`,
		`<guid>j</guid><title>Sail</title><content:encoded><![CDATA[<amp-img src="https://q.example/j.jpg" alt="A sail"></amp-img>]]></content:encoded>`,
		`<guid>k</guid><title>Keel</title><media:content url="https://0.gravatar.com/avatar/ab?s=96" medium="image"><media:title>ann</media:title></media:content><media:content url="https://q.example/k.jpg" medium="image"/>`,
		`<guid>m</guid><title>Knot</title><image>https://q.example/m.jpg</image>`,
		`<guid>r</guid><title>Hull</title><media:content url="https://q.example/r-s.jpg" medium="image" width="100"/><media:content url="https://q.example/r.jpg" medium="image" width="900" isDefault="true"/>`,
		`<guid>s</guid><title>Helm</title><media:content url="https://q.example/s-s.jpg" medium="image" width="150"/><media:content url="https://q.example/s.jpg" medium="image" width="900"/><media:content url="https://q.example/s-l.jpg" medium="image" width="1900"/>`,
		`<guid>g</guid><title>Raft</title><link>https://q.example/r/g</link><description>&lt;img src="../g.jpg"&gt; Logs.</description>`,
	))
	for id, want := range map[string]recommend.Image{
		"a": {URL: "https://q.example/a.jpg"}, "b": {URL: "https://q.example/b.jpg"},
		"c": {URL: "https://q.example/c.jpg", Alt: "A pier at dawn", Credit: "Bo Lee"}, "d": {URL: "https://q.example/d.jpg"},
		"h": {URL: "https://q.example/h.jpg", Alt: "An oar"}, "i": {URL: "https://q.example/i.webp", Alt: "A mast"}, "j": {URL: "https://q.example/j.jpg", Alt: "A sail"},
		"n": {URL: "https://q.example/n,2.jpg"}, "o": {URL: "https://q.example/o.jpg"}, "p": {URL: "https://q.example/p.webp", Alt: "Hemp"}, "q": {URL: "https://q.example/q.jpg"},
		"r": {URL: "https://q.example/r.jpg"}, "s": {URL: "https://q.example/s.jpg"},
		"k": {URL: "https://q.example/k.jpg"}, "m": {URL: "https://q.example/m.jpg"},
		"e": {URL: "https://q.example/e.png"}, "f": {URL: "https://q.example/f.jpg", Alt: "Two & a half barges"}, "g": {URL: "https://q.example/g.jpg"},
	} {
		if m := items[id].Image; m == nil || *m != want {
			t.Errorf("image of %s = %+v, want %+v", id, m, want)
		}
	}
	if s := items["b"].Summary; s != "How a lock gate is opened." || len(said) > 0 {
		t.Errorf("summary of b = %q, said %q", s, said)
	}
}

func TestEntryNamesAndTopics(t *testing.T) {
	items, _ := read(t, rss(
		"<guid>a</guid><title>Weir</title><author>&lt;name&gt;Ann Bell&lt;/name&gt;</author><category>&lt;b&gt;Rivers&lt;/b&gt; &amp;amp; weirs</category>",
		"<guid>b</guid><title>Lock</title><author>noreply@q.example (Cy Dee)</author>",
		"<guid>c</guid><title>Pier</title><dc:creator>By Eve Fox</dc:creator><dc:creator>Gus Hall &lt;gus@q.example&gt;</dc:creator>",
		"<guid>d</guid><title>Ferry</title><author>desk@q.example</author>",
		"<guid>e</guid><title>Raft</title><author>Ida Jay &lt;ida@q.example&gt;</author>",
		"<guid>f</guid><title>Tug</title><dc:creator>Kit Low (Pilot)</dc:creator>",
		"<guid>g</guid><title>Buoy</title><author>Автор: Мия Нот</author>",
		"<guid>h</guid><title>Oar</title><itunes:author>Olu Pace [olu@q.example]</itunes:author>",
		"<guid>i</guid><title>Mast</title><author>&amp;lt;em&amp;gt;Quin&amp;lt;/em&amp;gt; Rose (@quin)</author>",
		"<guid>j</guid><title>Sail</title><author>[Sol Tye](https://q.example/sol)</author>",
	))
	for id, want := range map[string][]string{"a": {"Ann Bell"}, "b": {"Cy Dee"}, "c": {"Eve Fox", "Gus Hall"}, "d": nil,
		"e": {"Ida Jay"}, "f": {"Kit Low (Pilot)"}, "g": {"Мия Нот"}, "h": {"Olu Pace"}, "i": {"Quin Rose"}, "j": {"Sol Tye"}} {
		if !slices.Equal(items[id].Authors, want) {
			t.Errorf("authors of %s = %q, want %q", id, items[id].Authors, want)
		}
	}
	if got := items["a"].Topics; !slices.Equal(got, []string{"Rivers & weirs"}) {
		t.Errorf("topics %q", got)
	}
}

// What is no item is called what it is, and an address is nobody's name.
func TestObjectsOfOthers(t *testing.T) {
	for in, want := range map[string]string{
		`{"errors":[{"message":"Unauthorized"}],"data":null}`:                           `F:1: json: is the answer of a program that failed: "Unauthorized"`,
		`{"code":"rest_no_route","message":"No route was found","data":{"status":404}}`: `F:1: json: is the answer of a program that failed: "No route was found"`,
		`{"error":"not_found"}`: `F:1: json: is the answer of a program that failed: "not_found"`,
		`{"page":1,"results":[{"uid":"w","data":{"heading":[{"text":"Weirs"}]}}]}`: `F:1: json: the items stand in "results", under names that are not known here; give an array of objects with id, url and title`,
		`{"id":"a","titel":"b"}`: `F:1: titel: unknown field; did you mean "title"?`,
	} {
		if items, said := read(t, in); len(items) > 0 || len(said) != 1 || said[0] != want {
			t.Errorf("%s: said %q, want %q", in, said, want)
		}
	}
	items, said := read(t, `[{"_id":{"$oid":"64aa"},"title":"Cranes","date":{"$date":"2024-03-26T10:00:00Z"}}]`)
	if items["64aa"].Title != "Cranes" || items["64aa"].Date != "2024-03-26" {
		t.Errorf("items %v, said %q", items, said)
	}
	items, _ = read(t, `{"id":"a","title":"A","authors":["jane@x.example","Jane Doe (jane@x.example)","By @ndy"]}`)
	if got := items["a"].Authors; !slices.Equal(got, []string{"Jane Doe", "By @ndy"}) {
		t.Errorf("authors %q", got)
	}
}

// What an entry of Atom does not say, the feed says that it is from, or is in.
func TestAuthorsOfFeed(t *testing.T) {
	items, _ := read(t, `<feed xmlns="http://www.w3.org/2005/Atom"><title>Harbour</title><author><name>Ann Bell &amp; Co</name><email>a@q.example</email></author>
		<entry><id>a</id><title>Weir</title></entry>
		<entry><id>b</id><title>Lock</title><author><name>Cy Dee</name></author></entry>
		<entry><id>c</id><title>Pier</title><source><title>Quay</title><author><name>Eve Fox</name></author></source></entry></feed>`)
	for id, want := range map[string][]string{"a": {"Ann Bell & Co"}, "b": {"Cy Dee"}, "c": {"Eve Fox"}} {
		if !slices.Equal(items[id].Authors, want) {
			t.Errorf("authors of %s = %q, want %q", id, items[id].Authors, want)
		}
	}
}

// Of several addresses, that of the web page is the entry's.
func TestAddressOfEntry(t *testing.T) {
	items, _ := read(t, `<feed xmlns="http://www.w3.org/2005/Atom"><title>Harbour</title>
		<entry><id>a</id><title>Weir</title><link rel="alternate" type="application/json" href="https://q.example/a.json"/><link rel="alternate" type="text/html" href="https://q.example/a"/></entry>
		<entry><id>b</id><title>Lock</title><link rel="self" href="https://q.example/b.xml"/><link href="https://q.example/b"/></entry>
		<entry><id>c</id><title>Pier</title><link rel="alternate" type="application/pdf" href="https://q.example/c.pdf"/></entry></feed>`)
	for id, want := range map[string]string{"a": "https://q.example/a", "b": "https://q.example/b", "c": "https://q.example/c.pdf"} {
		if items[id].URL != want {
			t.Errorf("address of %s = %q, want %q", id, items[id].URL, want)
		}
	}
	items, _ = read(t, `<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel><item><guid>d</guid><title>Raft</title><link/><atom:link rel="self" href="https://q.example/d.xml"/><atom:link href="https://q.example/d?a=1&amp;b=2"/></item></channel></rss>`)
	if got := items["d"].URL; got != "https://q.example/d?a=1&b=2" {
		t.Errorf("address of d = %q", got)
	}
}

// A text that Atom calls plain shows its tags, unless they are plainly markup.
func TestPlainTextOfAtom(t *testing.T) {
	items, _ := read(t, `<feed xmlns="http://www.w3.org/2005/Atom"><title>Harbour</title>
		<entry><id>a</id><title type="text">Use of &lt;b> and &lt;table&gt; in mails</title></entry>
		<entry><id>b</id><title type="text">Why &lt;b&gt;locks&lt;/b&gt;&lt;br&gt; leak</title></entry>
		<entry><id>c</id><title type="html">&lt;b>Weirs</title><summary type="text">How &lt;marquee&gt; came</summary></entry></feed>`)
	for id, want := range map[string]string{"a": "Use of <b> and <table> in mails", "b": "Why locks leak", "c": "Weirs"} {
		if got := strings.ReplaceAll(text.Plain(items[id].Title), "\u200c", ""); got != want {
			t.Errorf("title of %s = %q, want %q", id, got, want)
		}
	}
	if got := text.Plain(items["c"].Summary); got != "How <\u200cmarquee> came" {
		t.Errorf("summary of c = %q", got)
	}
	a, err := text.New(text.DefaultSettings())
	if err != nil {
		t.Fatal(err)
	}
	if got, want := a.Terms(nil, "en", items["a"].Title), a.Terms(nil, "en", "Use of table in mails"); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("terms %q, want %q", got, want)
	}
}

func TestArticleAsDescription(t *testing.T) {
	article := strings.Repeat("The weir was mended by two masons. ", 100)
	items, _ := read(t, rss("<guid>a</guid><title>Weir</title><description>"+article+"</description>",
		"<guid>b</guid><title>Lock</title><description>"+article+"</description><content:encoded>"+article+"And more.</content:encoded>",
		"<guid>c</guid><title>Pier</title><description>Short.</description>"))
	for _, id := range []string{"a", "b"} {
		if it := items[id]; len(it.Summary) > 500 || !strings.HasPrefix(it.Summary, "The weir was") || len(it.Body) < 3000 {
			t.Errorf("%s: summary of %d bytes, body of %d", id, len(it.Summary), len(it.Body))
		}
	}
	if it := items["c"]; it.Summary != "Short." || it.Body != "" {
		t.Errorf("item %+v", it)
	}
}

// The charset of the answer counts before that of the text, and UTF-8 is known
// whatever either says.
func TestFeedCharset(t *testing.T) {
	for _, tt := range []struct{ header, declared, title, want string }{
		{"text/xml; charset=ISO-8859-1", "", "Caf\xe9", "Café"},
		{"text/xml; charset=windows-1251", "utf-8", "\xcf\xee\xf0\xf2", "Порт"},
		{"text/xml", "windows-1252", "\x93Quay\x94", "“Quay”"},
		{"application/xml; charset=utf-8", "iso-8859-1", "Café", "Café"},
		{"text/xml; charset=us-ascii", "utf-8", "Café", "Café"},
		{"text/xml", "Shift_JIS", "\x8d\x60", "港"},
		{"text/xml", "iso-2022-jp", "\x1b$B9A\x1b(B", "港"},
		{"text/xml", "no-such", "Café", "Café"},
		{"text/xml", "utf-16", "Café", "Café"},
		{"text/xml; charset=utf-16", "", "Café", "Café"},
		{"text/xml;; charset=ISO-8859-1", "", "Caf\xe9", "Café"},
		{"text/xml; charset='ISO-8859-1'", "", "Caf\xe9", "Café"},
		{`text/xml; charset="ISO-8859-1`, "", "Caf\xe9", "Café"},
		{"text/xml charset=ISO-8859-1", "", "Caf\xe9", "Café"},
		{"text/xml, charset : ISO-8859-1", "", "Caf\xe9", "Café"},
		{"charset=latin1", "", "Caf\xe9", "Café"},
		{"text/xml; x; charset=win-1251; charset=utf-8", "", "\xcf\xee\xf0\xf2", "Порт"},
		{"text/xml; charset=no-such", "iso-8859-1", "Caf\xe9", "Café"},
		{"text/xml; charset=", "iso-8859-1", "Caf\xe9", "Café"},
		{"text/xml; charset=utf-8", "iso-8859-1", "Caf\xe9", "Café"},
		{"text/xml; charset=iso-2022-jp", "", "\x1b$B9A\x1b(B", "港"},
		{"text/xml; charset=utf-7", "", "Café", "Café"},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", tt.header)
			declared := ""
			if tt.declared != "" {
				declared = ` encoding="` + tt.declared + `"`
			}
			_, _ = io.WriteString(w, `<?xml version="1.0"`+declared+`?><rss><channel><item><guid>a</guid><title>`+tt.title+`</title></item></channel></rss>`)
		}))
		src, err := Open(t.Context(), server.URL)
		if err != nil {
			t.Fatal(err)
		}
		for r := range src.Records(t.Context(), Options{}) {
			if r.Item == nil || r.Item.Title != tt.want {
				t.Errorf("%s, declared %q: record %+v, want title %q", tt.header, tt.declared, r, tt.want)
			}
		}
		_ = src.Close()
		server.Close()
	}
}

// pagedSite serves a feed of 25 entries, ten a page.
func pagedSite(t *testing.T, page func(w http.ResponseWriter, base string, number int)) *httptest.Server {
	var server *httptest.Server
	server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, err := strconv.Atoi(r.FormValue("paged"))
		if err != nil {
			n = 1
		}
		page(w, server.URL, n)
	}))
	t.Cleanup(server.Close)
	return server
}

func entriesOf(page int) string {
	var b strings.Builder
	for i := (page - 1) * 10; i < min(page*10, 25); i++ {
		fmt.Fprintf(&b, "<item><guid>e%d</guid><title>Entry %d</title></item>\n", i, i)
	}
	return b.String()
}

// The charset of an answer counts for what is no feed too.
func TestCharsetOfOtherAnswers(t *testing.T) {
	for _, tt := range []struct{ header, in, want string }{
		{"application/json; charset=iso-8859-1", "[{\"id\":\"a\",\"title\":\"Caf\xe9\"}]", "Café"},
		{"application/feed+json; charset=iso-8859-1", "{\"version\":\"https://jsonfeed.org/version/1\",\"items\":[{\"id\":\"a\",\"title\":\"Caf\xe9\"}]}", "Café"},
		{"application/json; charset=latin1", "[{\"guid\":\"a\",\"headline\":\"Caf\xe9\",\"permalink\":\"https://q.example/a\"}]", "Café"},
		{"application/json;; charset='iso-8859-1'", "[{\"id\":\"a\",\"title\":\"Caf\xe9\"}]", "Café"},
		{"text/csv; charset=koi8-r", "id,title\na,\xf0\xcf\xd2\xd4\n", "Порт"},
		{"text/xml; charset=iso-8859-1", "<rss xmlns:wp=\"http://wordpress.org/export/1.2/\"><channel><item><guid>a</guid><title>Caf\xe9</title><link>https://q.example/a</link><wp:status>publish</wp:status><wp:post_type>post</wp:post_type></item></channel></rss>", "Café"},
		{"application/json; charset=iso-8859-1", "[{\"id\":\"a\",\"title\":\"Café\"}]", "Café"},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", tt.header)
			_, _ = io.WriteString(w, tt.in)
		}))
		source, err := Open(t.Context(), server.URL+"/works")
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for r := range source.Records(t.Context(), Options{}) {
			if r.Item != nil {
				got = r.Item.Title
			}
		}
		source.Close()
		server.Close()
		if got != tt.want {
			t.Errorf("%s: title of %q is %q, want %q", tt.header, tt.in, got, tt.want)
		}
	}
}

func TestFeedPages(t *testing.T) {
	tests := map[string]struct {
		page  func(w http.ResponseWriter, base string, n int)
		items int
		want  string // last thing said, beside items
	}{
		"RFC 5005": {func(w http.ResponseWriter, base string, n int) {
			next := ""
			if n < 3 {
				next = fmt.Sprintf(`<atom:link rel="next" href="?paged=%d&amp;x=1"/>`, n+1)
			}
			fmt.Fprintf(w, `<rss xmlns:atom="http://www.w3.org/2005/Atom"><channel>%s%s</channel></rss>`, next, entriesOf(n))
		}, 25, ""},
		"archives": {func(w http.ResponseWriter, base string, n int) {
			next := ""
			if n < 3 {
				next = fmt.Sprintf(`<link rel='prev-archive' href='%s/?paged=%d'/>`, base, n+1)
			}
			again := ""
			if n > 1 {
				again = entriesOf(n - 1)
			}
			fmt.Fprintf(w, `<feed xmlns="http://www.w3.org/2005/Atom">%s%s</feed>`, next, strings.NewReplacer("item>", "entry>", "guid>", "id>").Replace(entriesOf(n)+again))
		}, 25, ""},
		"WordPress": {func(w http.ResponseWriter, base string, n int) {
			if n > 3 {
				w.WriteHeader(http.StatusNotFound)
			}
			fmt.Fprintf(w, `<rss><channel><generator>https://wordpress.org/?v=6.5</generator>%s</channel></rss>`, entriesOf(n))
		}, 25, ""},
		"WordPress without pages": {func(w http.ResponseWriter, base string, n int) {
			fmt.Fprintf(w, `<rss><channel><generator>https://wordpress.org/?v=6.5</generator>%s</channel></rss>`, entriesOf(1))
		}, 10, ""},
		"a page that is broken": {func(w http.ResponseWriter, base string, n int) {
			if n == 2 {
				w.WriteHeader(http.StatusInternalServerError)
				return
			}
			fmt.Fprintf(w, `<rss><channel><generator>https://wordpress.org/?v=6.5</generator>%s</channel></rss>`, entriesOf(n))
		}, 10, "page 2"},
		"a circle": {func(w http.ResponseWriter, base string, n int) {
			fmt.Fprintf(w, `<feed xmlns="http://www.w3.org/2005/Atom"><link rel="next" href="%s/?paged=%d"/><entry><id>p%d</id><title>P</title></entry></feed>`, base, n%3+1, n)
		}, 3, ""},
		"another site": {func(w http.ResponseWriter, base string, n int) {
			fmt.Fprintf(w, `<rss><channel><link rel="next" href="http://192.0.2.1/x"/>%s</channel></rss>`, entriesOf(1))
		}, 10, "another site's"},
		"JSON Feed": {func(w http.ResponseWriter, base string, n int) {
			next := ""
			if n < 3 {
				next = fmt.Sprintf(`,"next_url":"%s/?paged=%d"`, base, n+1)
			}
			var items []string
			for i := (n - 1) * 10; i < min(n*10, 25); i++ {
				items = append(items, fmt.Sprintf(`{"id":"e%d","title":"Entry %d"}`, i, i))
			}
			fmt.Fprintf(w, `{"items":[%s],"version":"https://jsonfeed.org/version/1.1"%s}`, strings.Join(items, ","), next)
		}, 25, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			server := pagedSite(t, tt.page)
			src, err := Open(t.Context(), server.URL+"/feed")
			if err != nil {
				t.Fatal(err)
			}
			defer src.Close()
			items, said, cut := 0, []string(nil), false
			for r := range src.Records(t.Context(), Options{}) {
				cut = cut || r.Cut
				switch {
				case r.Item != nil:
					items++
				case r.Warning != nil:
					said = append(said, r.Warning.Error())
				case r.Err != nil:
					said = append(said, r.Err.Error())
				}
			}
			if items != tt.items || tt.want == "" && len(said) > 0 || tt.want != "" && (len(said) != 1 || !strings.Contains(said[0], tt.want) || !cut) {
				t.Errorf("%d items, said %q, cut %v", items, said, cut)
			}
		})
	}
}

// A file that has further pages says so.
func TestFeedFileWithFurtherPages(t *testing.T) {
	_, said := read(t, `<rss xmlns:atom="http://www.w3.org/2005/Atom"><channel><atom:link rel="next" href="https://q.example/feed?page=2"/>`+entriesOf(1)+`</channel></rss>`)
	if len(said) != 1 || !strings.Contains(said[0], "has older entries at https://q.example/feed?page=2") {
		t.Errorf("said %q", said)
	}
}

// What is not read is named for what it is.
func TestNamed(t *testing.T) {
	zip := func(names ...string) string {
		s := ""
		for _, n := range names {
			s += "PK\x03\x04" + strings.Repeat("\x00", 22) + string([]byte{byte(len(n)), 0, 0, 0}) + n + "data"
		}
		return s
	}
	for in, want := range map[string]string{
		zip("[Content_Types].xml", "_rels/.rels", "xl/workbook.xml"): "is an Excel sheet",
		zip("[Content_Types].xml", "word/document.xml"):              "is a Word document",
		zip("posts.xml"): "is a zip archive; unpack it and import the files in it, such as posts.xml",
		zip("__MACOSX/._a.csv", "a/", ".DS_Store", "a/a.csv"):                              "is a zip archive; unpack it and import the files in it, such as a/a.csv",
		zip("[Content_Types].xml", "_rels/.rels", "xl/workbook.bin"):                       "is a binary Excel sheet (XLSB)",
		"# for all\nUser-agent: *\nDisallow: /x\n":                                         "is a robots.txt; import the address of the site",
		"# of the site\ntitle = \"x\"\n":                                                   "is TOML",
		"PK\x03\x04 x":                                                                     "is a zip archive or an Excel sheet",
		zip("Index/Document.iwa", "Metadata/x"):                                            "is a file of Numbers, Pages or Keynote; save the sheet as CSV UTF-8",
		"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n":                                               "is a calendar",
		"TY  - JOUR\nTI  - Weirs\nER  - \n":                                                "is a list of references (RIS)",
		"@article{weir,\n  title = {Weirs},\n}\n":                                          "is a list of references (BibTeX)",
		"From: <Saved by Blink>\nMIME-Version: 1.0\n":                                      "is mail, or a page",
		"From ann@q.example Tue Mar 26\nSubject: x\n":                                      "is mail, or a page",
		"- id: a\n  title: Weir\n":                                                         "is YAML",
		"[[works]]\nid = \"a\"\n":                                                          "is TOML",
		"bplist00\xd1\x01\x02":                                                             "is a property list",
		`<mediawiki xmlns="http://www.mediawiki.org/xml/export-0.11/"><page/></mediawiki>`: "is an export of MediaWiki",
		`<nitf><head/></nitf>`:                                                             "is an article of a news agency",
		"BZh91AY&SY":                                                                       "is a bzip2 archive",
		"\xfd7zXZ\x00\x00":                                                                 "is an xz archive",
		"7z\xbc\xaf\x27\x1c":                                                               "is a 7z archive",
		"%PDF-1.7\n":                                                                       "is a PDF",
		"SQLite format 3\x00":                                                              "is an SQLite database",
		"\x89PNG\r\n\x1a\n":                                                                "is a picture (PNG)",
		"\xff\xd8\xff\xe0":                                                                 "is a picture (JPEG)",
		"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":                                                 "is an old Office file",
		"-- MySQL dump 10.13  Distrib 8.0\n--\n":                                           "is an SQL dump",
		"--\n-- PostgreSQL database dump\n--\n":                                            "is an SQL dump",
		"INSERT INTO `wp_posts` VALUES (1);":                                               "is an SQL dump",
		`<?xml version="1.0"?><opml version="2.0"><body><outline type="rss" xmlUrl="https://q.example/feed"/></body></opml>`:        "is an OPML file; import the feeds that it lists: https://q.example/feed",
		`<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"/>`:                                        "is a sitemap",
		`<!-- drawn --><svg xmlns="http://www.w3.org/2000/svg"/>`:                                                                   "is a picture (SVG)",
		`<!DOCTYPE html><html><head><link rel="alternate" type="application/rss+xml" href="https://q.example/feed/"></head></html>`: "is a web page; give the address of its feed, https://q.example/feed/",
		"<html><body>no feed</body></html>": "is a web page; give the address of its feed",
		"<catalogue><book/></catalogue>":    "is XML of another kind (catalogue)",
		"<?php echo 1;":                     "is a PHP program",
		"\x00\x01\x02\x03":                  "is a binary file",
	} {
		items, said := read(t, in)
		if len(items) > 0 || len(said) != 1 || !strings.Contains(said[0], want) {
			t.Errorf("%.40q: items %v, said %q, want %q", in, items, said, want)
		}
	}
}

// What a publishing system writes into texts for itself is not text, however the
// texts come.
func TestCodesInTexts(t *testing.T) {
	for _, in := range []string{
		`{"id":"a","title":"Weir","summary":"[vc_row]New {% include ad.html %}[b]gates[/b][/vc_row] [gallery ids=\"1\"] open [at dawn](https://q.example/d) [sic]."}`,
		"id,title,summary\n" + `a,Weir,"[vc_row]New {{< ad >}}[b]gates[/b][/vc_row] [gallery] open [at dawn](https://q.example/d) [sic]."`,
		rss(`<guid>a</guid><title>Weir</title><description>[vc_row]New {% ad %}[b]gates[/b][/vc_row] [gallery] open [at dawn](https://q.example/d) [sic].</description>`),
	} {
		items, said := read(t, in)
		if got := strings.Join(strings.Fields(items["a"].Summary), " "); got != "New gates open at dawn [sic]." || len(said) > 0 {
			t.Errorf("summary %q, said %q", got, said)
		}
	}
	if items, said := read(t, `{"id":"a","title":"[gallery]"}`); len(items) > 0 || len(said) != 1 || !strings.Contains(said[0], "title: is missing") {
		t.Errorf("items %v, said %q", items, said)
	}
}

// A member of a type that JSON Feed does not give it costs no entry.
func TestJSONFeedOddMembers(t *testing.T) {
	items, said := read(t, `{"version":"https://jsonfeed.org/version/1.1","items":[`+
		`{"id":"a","title":"Weir","date_published":1711447200,"image":{"url":"https://q.example/a.jpg"}},`+
		`{"id":"b","title":"Lock","authors":{"name":"Ann Bell"},"tags":"rivers, locks"},`+
		`{"id":"c","title":"Pier","author":"Cy Dee","tags":[{"name":"piers"},7],"summary":["x"]},`+
		`{"id":"d","title":2024,"authors":["Eve Fox",null]}]}`)
	for id, want := range map[string]string{
		"a": "Weir 2024-03-26 [] []", "b": "Lock  [Ann Bell] [rivers locks]", "c": "Pier  [Cy Dee] [piers 7]", "d": "2024  [Eve Fox] []",
	} {
		if it := items[id]; fmt.Sprint(it.Title, " ", it.Date, " ", it.Authors, " ", it.Topics) != want {
			t.Errorf("item %s = %+v, want %q", id, it, want)
		}
	}
	if m := items["a"].Image; m == nil || m.URL != "https://q.example/a.jpg" || len(said) > 0 {
		t.Errorf("image %+v, said %q", m, said)
	}
}

// A control character, or what a broken site writes before its feed, costs no
// more than itself.
func TestFaultOfOneByte(t *testing.T) {
	feed := rss("<guid>a</guid><title>Weir</title>", "<guid>b</guid><title>L\x00ock</title>")
	for in, want := range map[string]string{
		"{\"id\":\"a\",\"title\":\"Weir\"}\n{\"id\":\"x\",\"title\":\"P\x00ier\"}\n{\"id\":\"b\",\"title\":\"Lock\"}\n": "F:2: json: ",
		"id,title\na,Weir\nb,Lo\x00ck\n": "",
		feed:                             "",
		"\n " + feed:                     "",
		"<br />\n<b>Warning</b>:  Undefined variable $x in <b>/srv/x.php</b> on line <b>3</b><br />\n" + feed: `F:1: feed: has text before it, which was passed over: "Warning : Undefined variable $x`,
		"connected" + feed: `F:1: feed: has text before it, which was passed over: "connected"`,
	} {
		items, said := read(t, in)
		if items["a"].Title != "Weir" || items["b"].ID != "b" {
			t.Errorf("%q has the items %+v, said %q", in, items, said)
		}
		if len(said) > 1 || len(said) == 0 != (want == "") || !strings.HasPrefix(strings.Join(said, ""), want) {
			t.Errorf("%q: said %q, want %q", in, said, want)
		}
	}
	page := `<!DOCTYPE html><html><pre>` + feed
	if items, said := read(t, page); len(items) > 0 || len(said) != 1 || !strings.Contains(said[0], "is a web page") {
		t.Errorf("a page that shows a feed has the items %v, said %q", items, said)
	}
	if _, said := read(t, strings.Repeat("\x01\x02 \x00data", 40)); len(said) != 1 || !strings.Contains(said[0], "binary") {
		t.Errorf("said of a binary file: %q", said)
	}
}
