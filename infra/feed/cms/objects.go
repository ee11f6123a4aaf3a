package cms

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"akin/infra/feed/entry"
)

// usual are the names that systems use, in lower case and without hyphens and
// underscores, for each field; earlier ones count before later ones.
var usual = map[string][]string{
	"id":    {"guid", "documentid", "id", "_id", "uuid", "nid", "objectid", "postid", "articleid", "contentid", "identifier"},
	"link":  {"url", "link", "permalink", "href", "canonicalurl", "canonical", "weburl", "webpage", "fullurl", "path", "uri", "address"},
	"title": {"title", "headline", "heading", "webtitle", "name", "subject"},
	"summary": {"customexcerpt", "excerpt", "summary", "description", "abstract", "teaser", "standfirst", "dek", "deck", "lede", "lead",
		"intro", "introduction", "shortdescription", "metadescription", "seodescription", "snippet", "blurb", "subtitle", "subheadline", "trailtext"},
	"content": {"html", "content", "body", "contenthtml", "bodyhtml", "articlebody", "bodytext", "fulltext", "text", "article", "maintext",
		"markdown", "contenttext", "plaintext", "richtext", "story", "lexical", "mobiledoc"},
	"published": {"publishedat", "datepublished", "publisheddate", "publicationdate", "publishdate", "publishedon", "pubdate", "published",
		"firstpublishedat", "firstpublicationdate", "webpublicationdate", "publishon", "publishat", "publishtime", "date", "postdate", "issued", "timestamp",
		"createdat", "created", "datecreated", "createdon", "creationdate"},
	"updated": {"updatedat", "updated", "modified", "modifiedat", "datemodified", "lastmodified", "lastupdated", "changed", "updatedon", "lastpublicationdate"},
	"topics":  {"topics", "tags", "categories", "category", "section", "sections", "keywords", "subjects", "labels", "topic", "tag", "terms", "primarytag", "sectionname", "taglist"},
	"authors": {"authors", "author", "byline", "creators", "creator", "writers", "writer", "by", "contributors", "primaryauthor", "authorname"},
	"image": {"image", "featureimage", "featuredimage", "coverimage", "cover", "heroimage", "hero", "mainimage", "leadimage", "teaserimage",
		"headerimage", "ogimage", "thumbnail", "thumbnailurl", "imageurl", "picture", "photo", "banner", "images", "featuredmedia"},
	"alt":  {"imagealt", "featureimagealt", "featuredimagealt", "coverimagealt", "imagealttext"},
	"lang": {"lang", "language", "locale", "langcode", "inlanguage", "languagecode"},
	"type": {"types", "contenttype", "type", "kind", "posttype"},
}

// meanings are the fields of usual by name.
var meanings = func() map[string]string {
	m := map[string]string{}
	for field, list := range usual {
		for _, name := range list {
			m[name] = field
		}
	}
	return m
}()

// quiet are names of how a work is kept: they are understood, or of no use to
// anybody.
var quiet = map[string]bool{
	"slug": true, "v": true, "__v": true, "aliases": true, "translationof": true, "commentid": true, "rev": true, "localizations": true,
	"uid": true, "starttime": true, "endtime": true, "fegroup": true, // of TYPO3
}

// understood says whether a plain name means something here.
func understood(p string) bool {
	if meanings[p] != "" || quiet[p] || until[p] || from[p] || slices.Contains(kept, p) {
		return true
	}
	_, ok := entry.SignOf(p)
	return ok
}

// plain returns a name as usual has it.
func plain(name string) string {
	if name == "_id" {
		return name
	}
	return strings.ToLower(strings.NewReplacer("_", "", "-", "", " ", "").Replace(strings.TrimPrefix(name, "field_")))
}

// wrappers are names under which one object wraps the work itself.
var wrappers = []string{"attributes", "node", "fields", "_source", "item", "post", "article", "document", "entry"}

// unwrap returns the fields of a work, with those that stand beside the object
// that wraps them.
func unwrap(o object) object {
	switch {
	case o["webTitle"] != nil: // the Guardian's, whose fields say more
		return merge(o, "fields")
	case o["actor"] != nil: // an activity
		return merge(o, "object")
	case in(o, "content", "component") != nil: // Storyblok's
		all := merge(o, "content")
		if slug := text(o["full_slug"]); slug != "" && all["url"] == nil {
			all["url"] = "/" + strings.TrimPrefix(slug, "/")
		}
		if all["lang"] == "default" {
			delete(all, "lang")
		}
		return all
	}
	for _, name := range wrappers {
		if inner, ok := o[name].(object); ok && !titled(o) && titled(inner) {
			return merge(o, name)
		}
	}
	return o
}

// merge returns o with the fields of the object of that name in the place of it;
// o itself without one.
func merge(o object, name string) object {
	inner, ok := o[name].(object)
	if !ok {
		return o
	}
	all := maps.Clone(o)
	delete(all, name)
	maps.Copy(all, inner)
	return all
}

// bare returns what a field of Drupal's REST says, which is a list of objects with
// a value each, and its summary; v itself if it is none.
func bare(v any) (value any, summary string) {
	list, _ := v.([]any)
	var values []any
	for _, e := range list {
		o, _ := e.(object)
		value := cmp.Or(o["processed"], o["value"])
		if value == nil && o["url"] == nil {
			if name, ok := o["target_id"].(string); ok {
				value = name
			}
		}
		if value == nil || o["label"] != nil || o["name"] != nil {
			return v, ""
		}
		values = append(values, value)
		summary = cmp.Or(summary, text(o["summary"]))
	}
	switch len(values) {
	case 0:
		return v, ""
	case 1:
		return values[0], summary
	}
	return values, summary
}

// titled says whether an object has a title of its own.
func titled(o object) bool {
	for name, v := range o {
		if meanings[plain(name)] == "title" && text(v) != "" {
			return true
		}
	}
	return false
}

// A work is an object with its values by what they mean.
type work struct {
	object
	plain map[string]any    // by plain name
	names map[string]string // as written, by plain name
}

func newWork(o object) work {
	w := work{unwrap(o), map[string]any{}, map[string]string{}}
	excerpt := ""
	for name, v := range w.object {
		p := plain(name)
		v, summary := bare(v)
		if p == "body" {
			excerpt = summary
		}
		if old, twice := w.plain[p]; !twice || old == nil {
			w.plain[p], w.names[p] = v, name
		}
	}
	if excerpt != "" && w.plain["excerpt"] == nil {
		w.plain["excerpt"] = excerpt
	}
	if said, ok := w.plain["contentmap"].(object); ok && len(said) == 1 && w.plain["lang"] == nil { // of an activity
		for lang := range said {
			w.plain["lang"] = lang
		}
	}
	return w
}

// values hands out the values of a field that are there, the best first, until
// one is taken.
func (w work) values(field string, take func(v any) bool) {
	for _, name := range usual[field] {
		if v := w.plain[name]; v != nil && take(v) {
			return
		}
	}
}

func (w work) text(field string) (s string) {
	w.values(field, func(v any) bool { s = text(v); return s != "" })
	return s
}

func (w work) list(field string) []string {
	var list []string
	w.values(field, func(v any) bool { list = append(list, names(v)...); return field == "authors" && len(list) > 0 })
	return list
}

// id returns what names the work; a slug does where nothing else is.
func (w work) id() string {
	if id := w.text("id"); id != "" {
		return id
	}
	if w.link() == "" {
		return text(w.plain["slug"])
	}
	return ""
}

func (w work) link() (s string) {
	w.values("link", func(v any) bool { s = address(v); return s != "" })
	return s
}

// like says whether the object is a work rather than anything else that has a
// name.
func (w work) like() bool {
	for _, name := range []string{"title", "headline", "heading", "webtitle"} {
		if text(w.plain[name]) != "" {
			return true
		}
	}
	if w.plain["type"] == "Note" && (w.plain["attributedto"] != nil || w.plain["actor"] != nil) {
		return w.text("content") != "" // of an outbox, whose notes have no titles
	}
	return text(w.plain["name"]) != "" && (w.text("content") != "" || w.text("summary") != "" || w.link() != "")
}

// entry returns the work.
func (w work) entry() *entry.Entry {
	e := &entry.Entry{
		ID:      w.id(),
		Link:    w.link(),
		Title:   w.text("title"),
		Summary: w.text("summary"),
		Content: w.text("content"),
		Lang:    w.text("lang"),
		Topics:  w.list("topics"),
		Authors: w.list("authors"),
		Updated: w.text("updated"),
	}
	w.values("published", func(v any) bool {
		if _, isBool := v.(bool); !isBool {
			e.Published = text(v)
		}
		return e.Published != ""
	})
	w.values("image", func(v any) bool {
		e.Fallback = append(e.Fallback, entry.Image{URL: address(v), Alt: alt(v)})
		return false
	})
	for i := range e.Fallback {
		if e.Fallback[i].Alt == "" && i == 0 {
			e.Fallback[i].Alt = w.text("alt")
		}
	}
	w.values("type", func(v any) bool {
		for _, t := range names(v) {
			if t != "post" && !strings.ContainsAny(t, "/:{") {
				e.Types = append(e.Types, t)
			}
		}
		return true
	})
	e.Aliases = names(w.plain["aliases"])
	e.TranslationOf, _ = w.plain["translationof"].(string)
	return e
}
