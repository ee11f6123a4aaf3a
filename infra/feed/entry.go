package feed

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/mmcdole/gofeed"
	"golang.org/x/net/html"

	"akin/recommend"
)

const excerptSize = 500 // bytes of a summary that is made from the content

// fromEntry returns an entry of a feed as an item: guid (else link) as id,
// description as summary, content as body, categories as topics, the time of
// publication (else of the last change) as date and sort date. Texts over their
// limits are cut, and entries of arrays over theirs dropped, for whoever reads
// a feed cannot correct it. The item has its id beside an error too.
func fromEntry(e *gofeed.Item, lang string) (recommend.Item, error) {
	it := recommend.Item{
		ID:      entryID(e),
		URL:     strings.ReplaceAll(strings.TrimSpace(e.Link), " ", "%20"),
		Title:   shorten(strings.TrimSpace(e.Title), recommend.MaxTitle),
		Summary: strings.TrimSpace(e.Description),
		Body:    cut(strings.TrimSpace(e.Content), recommend.MaxBody),
		Lang:    entryLang(e, lang),
		Image:   entryImage(e),
	}
	if it.ID == "" {
		return it, wrong("id", "the entry has neither a guid nor a link to make one of")
	}
	switch {
	case len(it.Summary) > recommend.MaxSummary:
		it.Summary = shorten(plainText(it.Summary), recommend.MaxSummary)
	case it.Summary == "":
		it.Summary = shorten(plainText(it.Body), excerptSize)
	}
	for _, c := range e.Categories {
		slug := strings.ReplaceAll(oneLine(c), "/", "-")
		if slug != "" && slug != "." && slug != ".." && len(slug) <= recommend.MaxSlug && len(it.Topics) < recommend.MaxTopics {
			it.Topics = append(it.Topics, slug)
		}
	}
	for _, a := range e.Authors {
		if a != nil && oneLine(a.Name) != "" && len(it.Authors) < recommend.MaxAuthors {
			it.Authors = append(it.Authors, cut(oneLine(a.Name), recommend.MaxAuthor))
		}
	}
	it.Date, it.SortDate = entryDate(e)
	it = it.Canonical()
	return it, it.Validate()
}

// entryID returns an id made of the guid, else of the link; "" without both.
// One that is an id already stays. Of any other the readable part is kept, and
// a hash of the whole added, so that different ones stay different.
func entryID(e *gofeed.Item) string {
	guid := strings.TrimSpace(e.GUID)
	if guid == "" {
		guid = strings.TrimSpace(e.Link)
	}
	if guid == "" || (recommend.Item{ID: guid, Title: "a"}).Validate() == nil {
		return guid
	}
	const readable = 120 // bytes of the guid that are kept
	text := guid
	if _, rest, ok := strings.Cut(guid, "://"); ok {
		text = rest
	}
	words := strings.FieldsFunc(text, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '.' && r != '_'
	})
	id := cut(strings.Join(words, "-"), readable)
	if id == "" {
		id = "entry"
	}
	return fmt.Sprintf("%s-%x", id, sha256.Sum256([]byte(guid)))[:len(id)+1+12]
}

// entryLang returns the language of the entry, else of the feed; "" if it is no
// language tag.
func entryLang(e *gofeed.Item, lang string) string {
	if e.DublinCoreExt != nil && len(e.DublinCoreExt.Language) > 0 {
		lang = e.DublinCoreExt.Language[0]
	}
	lang = strings.ReplaceAll(strings.TrimSpace(lang), "_", "-")
	if (recommend.Item{ID: "a", Title: "a", Lang: lang}).Validate() != nil {
		return ""
	}
	return lang
}

// entryImage returns the picture of an entry, nil without one that may be
// shown.
func entryImage(e *gofeed.Item) *recommend.Image {
	var m recommend.Image
	if e.Image != nil {
		m = recommend.Image{URL: strings.TrimSpace(e.Image.URL), Alt: shorten(oneLine(e.Image.Title), recommend.MaxAlt)}
	}
	for _, enclosed := range e.Enclosures {
		if m.URL == "" && enclosed != nil && strings.HasPrefix(enclosed.Type, "image/") {
			m.URL = strings.TrimSpace(enclosed.URL)
		}
	}
	if m.URL == "" || (recommend.Item{ID: "a", Title: "a", Image: &m}).Validate() != nil {
		return nil
	}
	return &m
}

// entryDate returns the day and the time of an entry: the day is that of the
// place it was published at, as the feed writes it. Both are zero if it has
// none, or none that a date can hold.
func entryDate(e *gofeed.Item) (string, time.Time) {
	text, t := e.Published, e.PublishedParsed
	if t == nil {
		text, t = e.Updated, e.UpdatedParsed
	}
	if t == nil || t.UTC().Year() < 1 || t.UTC().Year() > 9998 {
		return "", time.Time{}
	}
	day := t.UTC()
	for _, layout := range []string{time.RFC3339, "Mon, 2 Jan 2006 15:04:05 -0700", "2 Jan 2006 15:04:05 -0700"} {
		if local, err := time.Parse(layout, strings.TrimSpace(text)); err == nil && local.Equal(*t) {
			day = local
		}
	}
	return day.Format(time.DateOnly), t.UTC()
}

// oneLine returns s with each run of white space and control characters as one
// space, and none at the ends.
func oneLine(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
}

// plainText returns the text of s, which may be HTML, on one line.
func plainText(s string) string {
	var b strings.Builder
	z := html.NewTokenizer(strings.NewReader(s))
	for hidden := false; ; {
		switch z.Next() {
		case html.ErrorToken:
			return oneLine(b.String())
		case html.TextToken:
			if !hidden {
				b.Write(z.Text())
			}
		case html.StartTagToken:
			name, _ := z.TagName()
			hidden = string(name) == "script" || string(name) == "style"
			b.WriteByte(' ')
		case html.EndTagToken:
			hidden = false
			b.WriteByte(' ')
		case html.SelfClosingTagToken:
			b.WriteByte(' ')
		}
	}
}

// shorten cuts s to most bytes between words, and says so with an ellipsis.
func shorten(s string, most int) string {
	if len(s) <= most {
		return s
	}
	s = cut(s, most-len("…"))
	if k := strings.LastIndexFunc(s, unicode.IsSpace); k > len(s)/2 {
		s = s[:k]
	}
	return strings.TrimRightFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsPunct(r) }) + "…"
}

// cut cuts s to most bytes between characters.
func cut(s string, most int) string {
	if len(s) <= most {
		return s
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most]
}
