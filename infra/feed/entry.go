package feed

import (
	"slices"
	"strconv"
	"strings"

	"github.com/mmcdole/gofeed"
	ext "github.com/mmcdole/gofeed/extensions"

	"akin/infra/feed/entry"
)

// fromEntry returns an entry of a feed: the time of publication (else of the
// last change) as date, categories as topics.
func fromEntry(e *gofeed.Item) *entry.Entry {
	out := &entry.Entry{
		ID:        e.GUID,
		Link:      e.Link,
		Title:     e.Title,
		Summary:   e.Description,
		Content:   e.Content,
		Topics:    e.Categories,
		Published: e.Published,
		Updated:   e.Updated,
	}
	if original := e.Extensions["feedburner"]["origLink"]; len(original) > 0 && original[0].Value != "" {
		out.Link = original[0].Value
	}
	for _, a := range e.Authors {
		if a != nil {
			out.Authors = append(out.Authors, a.Name)
		}
	}
	if isDraft(e.Extensions) {
		out.Status = entry.Draft
	}
	out.Lang = e.Custom["language"]
	if dc := e.DublinCoreExt; dc != nil {
		if len(dc.Language) > 0 {
			out.Lang = dc.Language[0]
		}
		if len(dc.Creator) > 1 {
			out.Authors = dc.Creator
		}
		if out.Published == "" && len(dc.Date) > 0 {
			out.Published = dc.Date[0]
		}
	}
	terms := e.Extensions["dcterms"]
	out.Published = first(out.Published, value(terms, "issued"), value(terms, "available"), value(terms, "created"), value(terms, "date"), e.Custom["date"])
	out.Updated = first(out.Updated, value(terms, "modified"))
	group := e.Extensions["media"]
	pictures(out, group)
	for _, g := range group["group"] {
		pictures(out, g.Children)
	}
	if e.Image != nil && e.Image.URL != "" {
		out.Fallback = append(out.Fallback, entry.Image{URL: e.Image.URL, Alt: e.Image.Title})
	}
	if address := strings.TrimSpace(e.Custom["image"]); strings.HasPrefix(address, "http") {
		out.Fallback = append(out.Fallback, entry.Image{URL: address})
	}
	if it := e.ITunesExt; it != nil {
		out.Title = first(out.Title, value(e.Extensions["itunes"], "title"))
		out.Fallback = append(out.Fallback, entry.Image{URL: it.Image})
		out.Summary = first(out.Summary, it.Summary, it.Subtitle)
	}
	for _, enclosed := range e.Enclosures {
		if enclosed != nil && (strings.HasPrefix(enclosed.Type, "image/") || enclosed.Type == "" && pictureName(enclosed.URL)) {
			out.Fallback = append(out.Fallback, entry.Image{URL: enclosed.URL})
		}
	}
	return out
}

// isDraft says whether an entry of Atom is one of which the publishing protocol
// (RFC 5023, 13.1.1) says so.
func isDraft(extensions ext.Extensions) bool {
	for _, of := range extensions {
		for _, control := range of["control"] {
			for _, draft := range control.Children["draft"] {
				if strings.EqualFold(strings.TrimSpace(draft.Value), "yes") {
					return true
				}
			}
		}
	}
	return false
}

// pictures adds what Media RSS says of an entry: its pictures, large ones
// before thumbnails, and its description where the entry has no text.
func pictures(out *entry.Entry, media map[string][]ext.Extension) {
	credit := value(media, "credit")
	description := value(media, "description")
	if strings.TrimSpace(out.Summary) == "" && strings.TrimSpace(out.Content) == "" {
		out.Summary = description
	}
	out.Title = first(out.Title, value(media, "title"))
	add := func(address string, inner map[string][]ext.Extension) {
		m := entry.Image{URL: address, Credit: first(value(inner, "credit"), credit)}
		m.Alt = first(value(inner, "description"), value(inner, "text"), value(inner, "title"))
		if m.Alt == "" && description != out.Summary {
			m.Alt = description
		}
		out.Fallback = append(out.Fallback, m)
	}
	contents := slices.Clone(media["content"])
	slices.SortStableFunc(contents, func(a, b ext.Extension) int { return rank(a) - rank(b) })
	for _, c := range contents {
		kind := c.Attrs["type"]
		if c.Attrs["medium"] == "image" || strings.HasPrefix(kind, "image/") || c.Attrs["medium"] == "" && kind == "" && pictureName(c.Attrs["url"]) {
			add(c.Attrs["url"], c.Children)
		}
	}
	for _, t := range media["thumbnail"] {
		add(t.Attrs["url"], t.Children)
	}
	for _, c := range media["content"] {
		for _, t := range c.Children["thumbnail"] {
			add(t.Attrs["url"], c.Children)
		}
	}
}

// rank says how soon a picture of Media RSS is to be taken: the one that is marked
// as the first choice, then those large enough to be shown, then small ones.
func rank(c ext.Extension) int {
	const small = 200 // pixels
	width, err := strconv.Atoi(strings.TrimSuffix(c.Attrs["width"], "px"))
	switch {
	case strings.EqualFold(c.Attrs["isDefault"], "true"):
		return 0
	case err == nil && width < small:
		return 2
	}
	return 1
}

func value(m map[string][]ext.Extension, name string) string {
	if all := m[name]; len(all) > 0 {
		return strings.TrimSpace(all[0].Value)
	}
	return ""
}

// first returns the first text that is not blank.
func first(texts ...string) string {
	for _, s := range texts {
		if strings.TrimSpace(s) != "" {
			return s
		}
	}
	return ""
}

// pictureName says whether an address ends as that of a picture.
func pictureName(address string) bool {
	address, _, _ = strings.Cut(strings.ToLower(address), "?")
	for _, end := range []string{".jpg", ".jpeg", ".png", ".gif", ".webp", ".avif", ".svg"} {
		if strings.HasSuffix(address, end) {
			return true
		}
	}
	return false
}
