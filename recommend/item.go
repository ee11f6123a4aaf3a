package recommend

import (
	"cmp"
	"time"

	"akin/recommend/text"
)

// Status says whether an item is to be seen.
type Status string

const (
	Published Status = "published"
	Withdrawn Status = "withdrawn"
)

// An Item is one work of a website, as its publishing system hands it over.
// Limits and their errors are those of [Item.Validate].
type Item struct {
	ID            string    `json:"id"`
	URL           string    `json:"url,omitempty"`
	Title         string    `json:"title,omitempty"`
	Summary       string    `json:"summary,omitempty"`
	Body          string    `json:"body,omitempty"` // for terms only, never shown
	Lang          string    `json:"lang,omitempty"` // BCP 47; detected when absent
	Types         []string  `json:"types,omitempty"`
	Topics        []string  `json:"topics,omitempty"` // slugs
	Authors       []string  `json:"authors,omitempty"`
	Date          string    `json:"date,omitempty"`       // "2024-03-26" or "2024-03"
	SortDate      time.Time `json:"sortDate,omitzero"`    // zero: the first instant of Date, UTC
	VisibleFrom   time.Time `json:"visibleFrom,omitzero"` // embargoed until then; zero: visible
	Image         *Image    `json:"image,omitempty"`
	TranslationOf string    `json:"translationOf,omitempty"` // the id of the original; no chains
	Aliases       []string  `json:"aliases,omitempty"`       // former ids and addresses
	Version       int64     `json:"version,omitempty"`       // from 1; 0: one more than the stored one
	Status        Status    `json:"status,omitempty"`        // empty: published
}

// An Image is a picture that stands for an item or a topic.
type Image struct {
	URL    string `json:"url,omitempty"`
	Alt    string `json:"alt,omitempty"`
	Credit string `json:"credit,omitempty"`
	Width  int    `json:"width,omitempty"`  // pixels, 1 to [MaxPixels]; 0: unknown
	Height int    `json:"height,omitempty"` // likewise
	Srcset string `json:"srcset,omitempty"` // other sizes, as HTML has them: "a.jpg 320w, b.jpg 640w"
}

// A Topic is a page that gathers items.
type Topic struct {
	Slug         string    `json:"slug"`
	Title        string    `json:"title,omitempty"`
	Kind         TopicKind `json:"kind,omitempty"`         // empty: topic
	Introduction string    `json:"introduction,omitempty"` // Markdown
	Image        *Image    `json:"image,omitempty"`
	Parent       string    `json:"parent,omitempty"`   // a slug
	Featured     []string  `json:"featured,omitempty"` // ids of items, in order
	Sections     []Section `json:"sections,omitempty"` // nil: [DefaultSections]

	// Titles and Introductions are what it says in other languages, by BCP 47 tag;
	// where one is missing, Title and Introduction stand.
	Titles        map[string]string `json:"titles,omitempty"`
	Introductions map[string]string `json:"introductions,omitempty"`
}

// NameIn is [Topic.Name] for readers of a language.
func (t Topic) NameIn(lang string) string { return cmp.Or(t.Titles[lang], t.Name()) }

// IntroductionIn returns the introduction for readers of a language.
func (t Topic) IntroductionIn(lang string) string {
	return cmp.Or(t.Introductions[lang], t.Introduction)
}

// Name returns the topic's title, its slug where it has none.
func (t Topic) Name() string {
	if t.Title != "" {
		return t.Title
	}
	return t.Slug
}

// TopicKind says what kind of page a topic is.
type TopicKind string

const (
	KindTopic   TopicKind = "topic"
	KindProgram TopicKind = "program"
	KindAbout   TopicKind = "about"
)

// A Section is one list of items on a topic's page.
type Section struct {
	Name    string   `json:"name"`              // in addresses: lower-case letters, digits and hyphens
	Title   string   `json:"title,omitempty"`   // what is printed above it; empty: none
	Types   []string `json:"types,omitempty"`   // any of them; empty: every item
	Fields  []string `json:"fields,omitempty"`  // of image, credit, type, date, byline, summary; empty: all
	Size    int      `json:"size,omitempty"`    // entries on a page, 1 to 100; 0: 5
	Compact bool     `json:"compact,omitempty"` // titles without summaries

	Titles map[string]string `json:"titles,omitempty"` // in other languages, by BCP 47 tag
}

// A Card is what is shown of an item.
type Card struct {
	ID           string        `json:"id"`
	URL          string        `json:"url,omitempty"`
	Title        string        `json:"title,omitempty"`
	Summary      string        `json:"summary,omitempty"`
	Types        []string      `json:"types,omitempty"`
	Topics       []string      `json:"topics,omitempty"`
	Authors      []string      `json:"authors,omitempty"`
	Lang         string        `json:"lang,omitempty"`
	Date         string        `json:"date,omitempty"`
	SortDate     time.Time     `json:"sortDate,omitzero"`
	Image        *Image        `json:"image,omitempty"`
	Translations []Translation `json:"translations,omitempty"`
}

// A Translation is another language version of a work.
type Translation struct {
	ID    string `json:"id"`
	Lang  string `json:"lang,omitempty"`
	URL   string `json:"url,omitempty"`
	Title string `json:"title,omitempty"`
}

// Group returns the id of the original that an item is a language version of,
// or its own.
func (it *Item) Group() string {
	if it.TranslationOf != "" {
		return it.TranslationOf
	}
	return it.ID
}

// Embargoed reports whether an item is not to be seen yet.
func (it *Item) Embargoed(now time.Time) bool { return it.VisibleFrom.After(now) }

// Readable returns the item with texts as readers see them and its language, which
// is one of the site's where the item does not say it.
func (it Item) Readable(site []string) Item {
	it.Title, it.Summary, it.Body = text.Plain(it.Title), text.Plain(it.Summary), text.Plain(it.Body)
	if it.Image != nil {
		m := *it.Image
		m.Alt, m.Credit = text.Plain(m.Alt), text.Plain(m.Credit)
		it.Image = &m
	}
	it.Topics = Tidied(it.Topics)
	it.Lang = it.LanguageAmong(site)
	return it
}

// WithoutCodes returns the item without what a publishing system writes into texts
// for itself, as [text.DropCodes] tells it. Whatever takes items in does so.
func (it Item) WithoutCodes() Item {
	it.Title, it.Summary, it.Body = text.DropTitleCodes(it.Title), text.DropCodes(it.Summary), text.DropCodes(it.Body)
	return it
}

// Language returns the item's language: Lang, or what its texts seem to be in.
func (it Item) Language() string { return it.LanguageAmong(nil) }

// LanguageAmong is Language on a site that is written in the given languages:
// a text too short to tell its language is in the likeliest of them, the
// first in doubt.
func (it Item) LanguageAmong(site []string) string {
	if it.Lang != "" {
		return it.Lang
	}
	return text.DetectAmong(it.detectable(), site)
}

// ShowsLanguage reports whether the item has a text that is long enough for its
// language to be evidence of what its site is written in.
func (it *Item) ShowsLanguage() bool { return text.Tells(it.detectable()) }

// detectable returns the texts by which the item's language is judged.
func (it *Item) detectable() string {
	if textless(it.Title) && textless(it.Summary) && it.Image != nil {
		return it.Image.Alt
	}
	return it.Title + ". " + it.Summary + " " + it.Body
}
