package wordpress

import (
	"bytes"
	"cmp"
	"encoding/json"
	"html"
	"slices"
	"strconv"
	"strings"

	"akin/infra/feed/entry"
	plaintext "akin/recommend/text"
)

// A post is a work as REST gives it.
type post struct {
	ID          json.Number
	Date        string
	DateGMT     string `json:"date_gmt"`
	Modified    string
	ModifiedGMT string `json:"modified_gmt"`
	GUID        text
	Link        string
	Status      string
	Type        string
	Title       text
	Content     text
	Excerpt     text
	Password    string

	Lang         string          // Polylang
	Translations json.RawMessage // Polylang: numbers by language
	WPMLLocale   string          `json:"wpml_current_locale"`
	WPMLOthers   []struct {
		ID json.Number
	} `json:"wpml_translations"`

	Embedded struct {
		Author []struct{ Name string }
		Terms  [][]struct{ Slug, Name, Taxonomy string } `json:"wp:term"`
		Media  []struct {
			SourceURL string `json:"source_url"`
			Alt       string `json:"alt_text"`
		} `json:"wp:featuredmedia"`
	} `json:"_embedded"`
}

// A text is written as it is, or as an object of what it becomes.
type text struct {
	Rendered  string
	Protected bool
}

// UnmarshalJSON takes a string as what it becomes, and anything else that is no
// text as none.
func (t *text) UnmarshalJSON(b []byte) error {
	var plain string
	if json.Unmarshal(b, &plain) == nil {
		t.Rendered = plain
		return nil
	}
	var object struct {
		Rendered  string
		Raw       string
		Protected bool
	}
	_ = json.Unmarshal(b, &object) // what can be read is
	t.Rendered, t.Protected = cmp.Or(object.Rendered, object.Raw), object.Protected
	return nil
}

// decode reads a post as far as its fields are what they should be.
func decode(data []byte) (*post, error) {
	var p post
	err := json.Unmarshal(data, &p)
	if _, odd := err.(*json.UnmarshalTypeError); odd {
		err = nil // a plugin made something else of a field; the others were read
	}
	return &p, err
}

// entry returns a work and its terms; lang is the site's language.
func (p *post) entry(lang string) (*entry.Entry, []term) {
	guid := html.UnescapeString(p.GUID.Rendered)
	e := &entry.Entry{
		ID:        guid,
		Link:      p.Link,
		Title:     flat(p.Title.Rendered),
		Summary:   flat(p.Excerpt.Rendered),
		Content:   p.Content.Rendered,
		Types:     types(p.Type),
		Published: moment(p.Date, p.DateGMT),
		Updated:   moment(p.Modified, p.ModifiedGMT),
		Status:    status(cmp.Or(p.Status, "publish"), p.Password),
		Aliases:   aliases(guid, p.Link),
		Lang:      cmp.Or(p.Lang, p.WPMLLocale, lang),
		Group:     p.group(),
	}
	if p.Content.Protected || p.Excerpt.Protected {
		e.Status = entry.Protected
	}
	if p.Status == "future" && e.Status == entry.Public {
		if e.Scheduled = e.Published; e.Scheduled == "" {
			e.Status = entry.Draft // nothing says from when on it may be seen
		}
	}
	if p.Type == "attachment" || noPage(p.Type, p.Link) {
		e.Status = entry.NoPage
	}
	if generated(e.Summary, e.Content) {
		e.Summary = ""
	}
	for _, a := range p.Embedded.Author {
		if a.Name != "" {
			e.Authors = append(e.Authors, a.Name)
		}
	}
	for _, m := range p.Embedded.Media {
		e.Fallback = append(e.Fallback, entry.Image{URL: m.SourceURL, Alt: m.Alt})
	}
	var terms []term
	for _, list := range p.Embedded.Terms {
		for _, t := range list {
			if taxonomy(t.Taxonomy) {
				terms = append(terms, term{slug: t.Slug, name: t.Name})
			}
		}
	}
	return e, terms
}

// versions returns the numbers of the work and its translations, lowest first;
// nil if it has none.
func (p *post) versions() []int {
	var ids []int
	add := func(n json.Number) {
		if id, err := strconv.Atoi(n.String()); err == nil {
			ids = append(ids, id)
		}
	}
	var others map[string]json.Number
	if json.Unmarshal(p.Translations, &others) == nil {
		for _, id := range others {
			add(id)
		}
	}
	for _, o := range p.WPMLOthers {
		add(o.ID)
	}
	if len(ids) == 0 {
		return nil
	}
	add(p.ID)
	slices.Sort(ids)
	return slices.Compact(ids)
}

func (p *post) group() string {
	ids := p.versions()
	if len(ids) < 2 {
		return ""
	}
	var b strings.Builder
	for _, id := range ids {
		b.WriteString(strconv.Itoa(id))
		b.WriteByte(' ')
	}
	return b.String()
}

// generated says whether an excerpt is what WordPress, or a theme, makes of a
// text that has none: its beginning.
func generated(excerpt, content string) bool {
	excerpt = entry.PlainText(plaintext.DropCodes(excerpt))
	for _, mark := range []string{"[…]", "[...]", "…", "..."} {
		if before, _, ok := strings.Cut(excerpt, mark); ok && len(excerpt)-len(before) < 120 {
			excerpt = before
		}
	}
	// What a shortcode makes is in the text, and not in the excerpt: a beginning
	// that long is a beginning.
	const enough = 60
	excerpt = entry.Cut(strings.Join(strings.Fields(excerpt), ""), enough)
	content = entry.PlainText(plaintext.DropCodes(content))
	return excerpt != "" && strings.HasPrefix(strings.Join(strings.Fields(content), ""), excerpt)
}

// isHTML says whether an answer is a page.
func isHTML(head []byte) bool {
	head = bytes.ToLower(bytes.TrimLeft(head[:min(len(head), 1024)], " \t\r\n"))
	return bytes.HasPrefix(head, []byte("<!doctype html")) || bytes.Contains(head, []byte("<html"))
}
