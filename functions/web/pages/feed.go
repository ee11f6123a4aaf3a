package pages

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"net/http"
	"strings"
	"time"

	"akin/functions/web/words"
	plaintext "akin/recommend/text"
)

const feedSize = 50 // items in a feed

// A feedView is what all three kinds of feeds say.
type feedView struct {
	Site               string // the website's name
	Title, Description string
	Lang               string
	Page               string // the page that lists the same
	Self               string
	Updated            time.Time
	Items              []feedItem
	until              time.Time
}

type feedItem struct {
	ID, Link, Title, Summary, Lang string
	Date                           time.Time
	Authors, Types                 []string
	Image                          string
}

// feed reads the newest items of a topic, or of the whole site, that pass the
// filter of the address.
func (p *Pages) feed(ctx context.Context, v *View, slug string) (*feedView, error) {
	f := readFilter(v)
	q := f.query()
	q.Limit, q.Prefer = feedSize, v.Lang
	out := &feedView{Site: p.Name, Title: p.Name, Lang: v.Lang, Page: v.absolute(v.Href("/")), Description: v.T("latest") + " · " + p.Name}
	if slug != "" {
		t, err := p.Reader.Topic(ctx, slug)
		if err != nil {
			return nil, err
		}
		out.Title = t.NameIn(v.Lang) + " · " + p.Name
		out.Page = v.absolute(v.Topic(t.Slug))
		if s := plain(stripTags(string(v.markdown(ctx, t.IntroductionIn(v.Lang)))), 500); s != "" {
			out.Description = s
		}
	}
	var said []string
	if f.Type != "" {
		said = append(said, words.TypeLabel(v.Lang, f.Type))
	}
	for _, k := range []string{"author", "year", "from", "to"} {
		if s := v.Params.Get(k); s != "" {
			said = append(said, s)
		}
	}
	if f.Language != "" {
		said = append(said, v.LangName(f.Language))
	}
	if len(said) > 0 {
		out.Title += " (" + strings.Join(said, ", ") + ")"
	}
	out.Self = v.absolute(v.Here(nil, ""))
	l, err := p.Reader.Listing(ctx, slug, q)
	if err != nil {
		return nil, err
	}
	out.until = l.Until
	for _, c := range l.Items {
		e := v.Entry(c, nil)
		it := feedItem{
			ID: v.absolute(v.Item(c.ID)), Link: v.absolute(e.Href), Title: xmlText(e.Title), Summary: xmlText(clip(plaintext.Plain(c.Summary))),
			Lang: c.Lang, Date: c.SortDate, Authors: c.Authors, Types: c.Types,
		}
		if e.Picture != nil && strings.Contains(e.Picture.URL, "://") {
			it.Image = e.Picture.URL
		}
		if it.Date.After(out.Updated) {
			out.Updated = it.Date
		}
		out.Items = append(out.Items, it)
	}
	if out.Updated.IsZero() {
		out.Updated = time.Unix(0, 0).UTC()
	}
	return out, nil
}

// xmlText leaves out the characters that XML 1.0 cannot hold.
func xmlText(s string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x20 && r != '\t' && r != '\n' && r != '\r' || r == 0xFFFE || r == 0xFFFF {
			return -1
		}
		return r
	}, s)
}

type rssItem struct {
	Title       string   `xml:"title"`
	Link        string   `xml:"link"`
	Description string   `xml:"description,omitempty"`
	Creators    []string `xml:"dc:creator"`
	Categories  []string `xml:"category"`
	GUID        rssGUID  `xml:"guid"`
	PubDate     string   `xml:"pubDate,omitempty"`
	Language    string   `xml:"dc:language,omitempty"`
}

type rssGUID struct {
	IsPermaLink bool   `xml:"isPermaLink,attr"`
	ID          string `xml:",chardata"`
}

type atomLink struct {
	Rel  string `xml:"rel,attr,omitempty"`
	Type string `xml:"type,attr,omitempty"`
	Href string `xml:"href,attr"`
}

type atomText struct {
	Type string `xml:"type,attr"`
	Text string `xml:",chardata"`
}

type atomName struct {
	Name string `xml:"name"`
}

type atomCategory struct {
	Term string `xml:"term,attr"`
}

type atomEntry struct {
	Lang       string         `xml:"xml:lang,attr,omitempty"`
	ID         string         `xml:"id"`
	Title      string         `xml:"title"`
	Updated    string         `xml:"updated"`
	Published  string         `xml:"published,omitempty"`
	Link       atomLink       `xml:"link"`
	Authors    []atomName     `xml:"author"`
	Categories []atomCategory `xml:"category"`
	Summary    *atomText      `xml:"summary"`
}

// generator says in feeds who made them, so that akin never imports its own.
const generator = "akin"

// A feedKind is one way to write a feed.
type feedKind struct {
	file, kind string
	write      func(*feedView) ([]byte, error)
}

var feedKinds = []feedKind{
	{"feed.xml", "application/rss+xml; charset=utf-8", (*feedView).rss},
	{"atom.xml", "application/atom+xml; charset=utf-8", (*feedView).atom},
	{"feed.json", "application/feed+json; charset=utf-8", (*feedView).json},
}

// feedHandler serves one kind of feeds.
func (p *Pages) feedHandler(k feedKind) Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		f, err := p.feed(r.Context(), p.NewView(r), r.PathValue("slug"))
		if err != nil {
			return err
		}
		b, err := k.write(f)
		if err != nil {
			return err
		}
		w.Header().Add("Vary", "Accept-Language")
		return p.Write(w, r, http.StatusOK, k.kind, b, f.until)
	}
}

// rss writes RSS 2.0.
func (f *feedView) rss() ([]byte, error) {
	type channel struct {
		Title       string    `xml:"title"`
		Link        string    `xml:"link"`
		Description string    `xml:"description"`
		Language    string    `xml:"language"`
		Build       string    `xml:"lastBuildDate"`
		Generator   string    `xml:"generator"`
		Self        atomLink  `xml:"atom:link"`
		Items       []rssItem `xml:"item"`
	}
	doc := struct {
		XMLName xml.Name `xml:"rss"`
		Version string   `xml:"version,attr"`
		Atom    string   `xml:"xmlns:atom,attr"`
		DC      string   `xml:"xmlns:dc,attr"`
		Channel channel  `xml:"channel"`
	}{Version: "2.0", Atom: "http://www.w3.org/2005/Atom", DC: "http://purl.org/dc/elements/1.1/", Channel: channel{
		Title: f.Title, Link: f.Page, Description: f.Description, Language: f.Lang,
		Build: f.Updated.UTC().Format(time.RFC1123Z), Generator: generator, Self: atomLink{"self", "application/rss+xml", f.Self},
	}}
	for _, it := range f.Items {
		x := rssItem{Title: it.Title, Link: it.Link, Description: it.Summary, Creators: it.Authors, Categories: it.Types,
			GUID: rssGUID{false, it.ID}, Language: it.Lang}
		if !it.Date.IsZero() {
			x.PubDate = it.Date.UTC().Format(time.RFC1123Z)
		}
		doc.Channel.Items = append(doc.Channel.Items, x)
	}
	return marshalXML(doc)
}

// atom writes Atom 1.0.
func (f *feedView) atom() ([]byte, error) {
	doc := struct {
		XMLName xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
		Lang    string      `xml:"xml:lang,attr"`
		ID      string      `xml:"id"`
		Title   string      `xml:"title"`
		Sub     string      `xml:"subtitle"`
		Updated string      `xml:"updated"`
		Author  atomName    `xml:"author"`
		Made    string      `xml:"generator"`
		Links   []atomLink  `xml:"link"`
		Entries []atomEntry `xml:"entry"`
	}{Lang: f.Lang, ID: f.Self, Title: f.Title, Sub: f.Description, Updated: f.Updated.UTC().Format(time.RFC3339), Author: atomName{f.Site}, Made: generator,
		Links: []atomLink{{"self", "application/atom+xml", f.Self}, {"alternate", "text/html", f.Page}}}
	for _, it := range f.Items {
		date := it.Date
		if date.IsZero() {
			date = time.Unix(0, 0)
		}
		x := atomEntry{Lang: it.Lang, ID: it.ID, Title: it.Title, Updated: date.UTC().Format(time.RFC3339), Link: atomLink{"alternate", "text/html", it.Link}}
		if !it.Date.IsZero() {
			x.Published = x.Updated
		}
		for _, a := range it.Authors {
			x.Authors = append(x.Authors, atomName{a})
		}
		for _, t := range it.Types {
			x.Categories = append(x.Categories, atomCategory{t})
		}
		if it.Summary != "" {
			x.Summary = &atomText{"text", it.Summary}
		}
		doc.Entries = append(doc.Entries, x)
	}
	return marshalXML(doc)
}

func marshalXML(doc any) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString(xml.Header)
	if err := xml.NewEncoder(&b).Encode(doc); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// json writes JSON Feed 1.1.
func (f *feedView) json() ([]byte, error) {
	type author struct {
		Name string `json:"name"`
	}
	type made struct {
		Generator string `json:"generator"`
	}
	type item struct {
		ID      string   `json:"id"`
		URL     string   `json:"url"`
		Title   string   `json:"title"`
		Text    string   `json:"content_text"`
		Image   string   `json:"image,omitempty"`
		Date    string   `json:"date_published,omitempty"`
		Authors []author `json:"authors,omitempty"`
		Tags    []string `json:"tags,omitempty"`
		Lang    string   `json:"language,omitempty"`
	}
	doc := struct {
		Version     string `json:"version"`
		Title       string `json:"title"`
		Home        string `json:"home_page_url"`
		Feed        string `json:"feed_url"`
		Description string `json:"description,omitempty"`
		Lang        string `json:"language"`
		Made        made   `json:"_akin"`
		Items       []item `json:"items"`
	}{"https://jsonfeed.org/version/1.1", f.Title, f.Page, f.Self, f.Description, f.Lang, made{generator}, []item{}}
	for _, it := range f.Items {
		x := item{ID: it.ID, URL: it.Link, Title: it.Title, Text: it.Summary, Image: it.Image, Tags: it.Types, Lang: it.Lang}
		if !it.Date.IsZero() {
			x.Date = it.Date.UTC().Format(time.RFC3339)
		}
		for _, a := range it.Authors {
			x.Authors = append(x.Authors, author{a})
		}
		doc.Items = append(doc.Items, x)
	}
	b, err := json.Marshal(doc)
	if err != nil {
		return nil, err
	}
	return append(b, '\n'), nil
}
