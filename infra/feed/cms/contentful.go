package cms

import (
	"cmp"
	"context"
	"encoding/json"
	"io"
	"iter"
	"slices"
	"strings"

	"akin/infra/feed/entry"
	"akin/infra/feed/stream"
)

// TellContentful says whether in is an export of Contentful, or an answer of its
// interfaces.
func TellContentful(in *entry.Input) bool {
	head := in.Head()
	if !isJSON(head) {
		return false
	}
	top, _ := stream.Peek(head).(object)
	if _, ok := top["contentTypes"].([]any); ok {
		return true
	}
	for _, name := range []string{"entries", "items"} {
		first := in1(top[name])
		sys, _ := first["sys"].(object)
		if _, ok := first["fields"].(object); ok && sys["id"] != nil {
			return true
		}
	}
	return false
}

// ReadContentful hands out the published entries that are works: those that
// have a title and a text, an address, a slug or a date. Every language of an
// entry is an item, a translation of the one in the default language.
func ReadContentful(ctx context.Context, in *entry.Input, o entry.Options) iter.Seq[entry.Found] {
	return func(yield func(entry.Found) bool) {
		c := &contentful{assets: map[string]object{}, names: map[string]any{}, tags: map[string]string{}, titles: map[string]string{}}
		c.list = list{ctx: ctx, o: o, yield: yield, site: o.Site}
		defer c.held.Close()
		c.pages(in, c.page)
	}
}

type contentful struct {
	joiner[cfEntry]
	locale string // the default one; empty: not said
	assets map[string]object
	names  map[string]any    // fields that are names, of every entry, by id
	tags   map[string]string // names by id
	titles map[string]string // fields that are titles, by type
}

type cfEntry struct {
	Line          int
	Sys, Metadata object
	Fields        map[string]any
}

// page reads a document; entries wait for the assets and for each other.
func (c *contentful) page(in io.Reader) (object, bool) {
	want := func(path string, first byte) stream.Want {
		switch path {
		case "", "includes":
			return stream.Descend
		case "entries", "items", "assets", "contentTypes", "locales", "tags", "includes.Entry", "includes.Asset":
			return stream.Each
		case "skip", "limit", "total", "nextPageUrl":
			return stream.Take
		}
		return stream.Pass
	}
	next := object{}
	ok := c.join(in, want, func(r stream.Record) bool {
		if isNext[r.Name] {
			var v any
			_ = json.Unmarshal(r.Data, &v) // it is valid
			next[r.Name] = v
			return true
		}
		return c.record(r)
	}, c.entry)
	return next, ok
}

func (c *contentful) record(r stream.Record) bool {
	var o object
	if json.Unmarshal(r.Data, &o) != nil || o == nil {
		return true
	}
	id := text(in(o, "sys", "id"))
	fields, _ := o["fields"].(object)
	switch r.Name {
	case "entries", "items", "includes.Entry":
		for _, name := range []string{"name", "title", "fullName", "label", "headline", "slug"} {
			if fields[name] != nil {
				c.names[id] = fields[name]
				break
			}
		}
		if r.Name != "includes.Entry" {
			e := cfEntry{Line: r.Line, Fields: fields}
			e.Sys, _ = o["sys"].(object)
			e.Metadata, _ = o["metadata"].(object)
			return c.hold(e)
		}
	case "assets", "includes.Asset":
		c.assets[id] = object{"file": fields["file"], "title": fields["title"], "description": fields["description"]}
	case "contentTypes":
		c.titles[id] = text(o["displayField"])
	case "locales":
		if yes, _ := truth(o["default"]); yes {
			c.locale = text(o["code"])
		}
	case "tags":
		c.tags[id] = text(o["name"])
	}
	return true
}

// noWork tells types of content that serve others.
var noWork = entry.Pattern(`(?i)^(author|person|people|category|categories|tag|topic|navigation|nav|menu|menuitem|navitem|seo|settings?|siteconfig|config|link|button|redirect|image|component\w*)$`)

func (c *contentful) entry(e cfEntry) bool {
	at := entry.Found{File: c.file, Line: e.Line}
	id := text(e.Sys["id"])
	kind := text(in(e.Sys, "contentType", "sys", "id"))
	locales := c.locales(e)
	status := c.status(e)
	var out []*entry.Entry
	for _, locale := range locales {
		w := newWork(c.localized(e.Fields, locale))
		w.plain["id"] = nil
		x := w.entry()
		x.Status, x.Types = status, nil
		x.Title = cmp.Or(text(w.object[c.titles[kind]]), x.Title)
		if x.Title == "" {
			continue
		}
		x.Lang, x.ID = locale, id
		if x.Lang == "" {
			x.Lang = text(e.Sys["locale"])
		}
		if locale != locales[0] {
			x.ID, x.TranslationOf = id+"-"+locale, id
		}
		c.related(x, w, e, locale)
		if x.Published == "" {
			x.Published = cmp.Or(text(e.Sys["firstPublishedAt"]), text(e.Sys["publishedAt"]), text(e.Sys["createdAt"]))
		}
		x.Updated = cmp.Or(x.Updated, text(e.Sys["updatedAt"]))
		slug := text(w.plain["slug"])
		if x.Link == "" && slug != "" && !strings.Contains(slug, " ") {
			x.Link = entry.Absolute(c.site, "/"+strings.TrimPrefix(slug, "/"))
		}
		if kind != "" && !noWork().MatchString(kind) && !slices.Contains([]string{"post", "article", "blogPost", "blogpost"}, kind) {
			x.Types = []string{kind}
		}
		if x.Content+x.Summary+x.Link != "" && !noWork().MatchString(kind) {
			out = append(out, x)
		}
	}
	if len(out) == 0 {
		at.Notice = &entry.Notice{Kind: entry.Nones}
		return c.yield(at)
	}
	if out[0].TranslationOf != "" { // the default language lacks it
		first := out[0].ID
		for i, x := range out {
			x.TranslationOf = ""
			if i > 0 {
				x.TranslationOf = first
			}
		}
	}
	for _, x := range out {
		at.Entry = x
		if !c.yield(at) {
			return false
		}
	}
	return true
}

// status returns who may see an entry. Exports say when one was published;
// answers that are for everybody hold nothing else.
func (c *contentful) status(e cfEntry) entry.Status {
	switch {
	case e.Sys["archivedVersion"] != nil, e.Sys["archivedAt"] != nil, e.Sys["deletedAt"] != nil:
		return entry.Trashed
	case e.Sys["publishedVersion"] != nil, e.Sys["publishedAt"] != nil:
		return entry.Public
	case e.Sys["version"] != nil, e.Sys["publishedCounter"] != nil:
		return entry.Draft
	}
	return entry.Public
}

// tagged is what a language tag looks like.
var tagged = entry.Pattern(`^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$`)

// byLocale returns v as values by language, nil if it is none such.
func byLocale(v any) object {
	o, ok := v.(object)
	if !ok || len(o) == 0 {
		return nil
	}
	for name := range o {
		if !tagged().MatchString(name) || name == "sys" || name == "url" || name == "src" {
			return nil
		}
	}
	return o
}

// locales returns the languages of an entry, the default one first; an empty one
// if its fields have none.
func (c *contentful) locales(e cfEntry) []string {
	var list []string
	for _, v := range e.Fields {
		for locale := range byLocale(v) {
			if !slices.Contains(list, locale) {
				list = append(list, locale)
			}
		}
	}
	if len(list) == 0 {
		return []string{""}
	}
	slices.Sort(list)
	if i := slices.Index(list, c.locale); i > 0 {
		list = append([]string{c.locale}, slices.Delete(list, i, i+1)...)
	} else if i < 0 && c.locale != "" {
		list = append([]string{c.locale}, list...)
	}
	return list
}

// localized returns the fields in one language; those that have one value for
// all languages stand in the default one alone, and serve all. Titles and texts
// do not.
func (c *contentful) localized(fields map[string]any, locale string) object {
	o := object{}
	for name, v := range fields {
		by := byLocale(v)
		if by == nil {
			o[name] = v
			continue
		}
		own, there := by[locale]
		switch field := meanings[plain(name)]; {
		case there:
			o[name] = own
		case field != "title" && field != "content" && field != "summary" && plain(name) != "slug":
			for _, other := range []string{c.locale, "en-US"} {
				if by[other] != nil {
					o[name] = by[other]
					break
				}
			}
		}
	}
	return o
}

// related sets what the fields of an entry name by link: authors, topics,
// images.
func (c *contentful) related(x *entry.Entry, w work, e cfEntry, locale string) {
	x.Authors, x.Topics, x.Fallback = nil, nil, nil
	add := func(field string, list *[]string) {
		w.values(field, func(v any) bool {
			for _, one := range listOf(v) {
				if id := text(in(one, "sys", "id")); id != "" {
					*list = append(*list, c.name(id, locale))
				} else {
					*list = append(*list, names(one)...)
				}
			}
			return false
		})
	}
	add("authors", &x.Authors)
	add("topics", &x.Topics)
	for _, t := range listOf(e.Metadata["tags"]) {
		if id := text(in(t, "sys", "id")); id != "" {
			x.Topics = append(x.Topics, cmp.Or(c.tags[id], id))
		}
	}
	w.values("image", func(v any) bool {
		for _, one := range listOf(v) {
			if a := c.assets[text(in(one, "sys", "id"))]; a != nil {
				l := c.localized(a, locale)
				x.Fallback = append(x.Fallback, entry.Image{URL: address(in(l, "file", "url")), Alt: cmp.Or(text(l["description"]), text(l["title"]))})
			} else if s := address(one); s != "" {
				x.Fallback = append(x.Fallback, entry.Image{URL: s, Alt: alt(one)})
			}
		}
		return false
	})
}

// name returns what an entry is called in a language, or in the default one.
func (c *contentful) name(id, locale string) string {
	v := c.names[id]
	by := byLocale(v)
	if by == nil {
		return text(v)
	}
	return cmp.Or(text(by[locale]), text(by[c.locale]), text(by["en-US"]))
}
