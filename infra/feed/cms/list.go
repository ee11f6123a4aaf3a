package cms

import (
	"cmp"
	"context"
	"encoding/json"
	"io"
	"iter"
	"slices"
	"sort"
	"strconv"
	"strings"
	"sync"

	"akin/infra/feed/entry"
	"akin/infra/feed/stream"
)

// own are the names of the fields of akin's items.
var own = map[string]bool{
	"id": true, "url": true, "title": true, "summary": true, "body": true, "lang": true, "types": true, "topics": true,
	"authors": true, "date": true, "sortDate": true, "visibleFrom": true, "image": true, "translationOf": true, "aliases": true,
	"version": true, "status": true,
}

// ofTopic are the names of the fields of akin's topics.
var ofTopic = map[string]bool{
	"slug": true, "title": true, "kind": true, "introduction": true, "image": true, "parent": true, "featured": true, "sections": true,
}

// foreign says whether an object is another system's and not akin's: see the
// comment of the package.
func foreign(o object) bool {
	others, odd := 0, 0
	for name := range o {
		if !ofTopic[name] {
			odd++
		}
		if !own[name] && understood(plain(name)) {
			others++
		}
	}
	w := newWork(o)
	if !w.like() {
		return false
	}
	switch o["id"].(type) {
	case string:
		return others > 1
	case float64:
		return len(o) > 2 // two are an item of akin whose id lacks its quotes
	case nil:
		if o["slug"] != nil && odd < 2 {
			return false // a topic
		}
		_, there := o["id"]
		return !there && w.id()+w.link() != "" && (others > 0 || len(o) > 1 && w.link() != "")
	}
	return false
}

// sampled is how many objects at a file's beginning say whose it is.
const sampled = 50

// TellList says whether in is JSON of works that are not akin's own: objects in
// an array, or one after another, or a list of them wrapped in an object.
func TellList(in *entry.Input) bool {
	if !isJSON(in.Head()) {
		return false
	}
	if top, ok := stream.Peek(in.Head()).(object); ok && (wraps(top) || collection(top)) {
		return true
	}
	all := stream.PeekAll(in.Head(), sampled)
	count, others := 0, 0
	for _, v := range all {
		if o, ok := v.(object); ok {
			if count++; foreign(o) || foreign(unwrap(o)) && !titled(o) {
				others++
			}
		}
	}
	return others*2 > count
}

func isJSON(head []byte) bool {
	text := strings.TrimLeft(string(head[:min(len(head), 1024)]), " \t\r\n")
	return text != "" && (text[0] == '{' || text[0] == '[')
}

// wraps says whether an object holds a list of works and is none itself.
func wraps(top object) bool {
	if top["id"] != nil && titled(top) || top["slug"] != nil && titled(top) {
		return false
	}
	return found(top, 0)
}

// collection says whether an object is one of ActivityPub that only says where its
// works begin.
func collection(top object) bool {
	kind, _ := top["type"].(string)
	first, _ := top["first"].(string)
	return strings.HasSuffix(kind, "Collection") && first != ""
}

func found(o object, level int) bool {
	for name, v := range o {
		if passed(name) || level > 6 {
			continue
		}
		switch v := v.(type) {
		case []any:
			if len(v) == 0 && listNames[plain(name)] && level < 2 && !titled(o) {
				return true
			}
			for _, e := range v[:min(len(v), 5)] {
				if e, ok := e.(object); ok && newWork(e).like() {
					return true
				}
			}
		case object:
			if found(v, level+1) {
				return true
			}
		}
	}
	return false
}

// listNames are what lists of works are called.
var listNames = map[string]bool{
	"items": true, "posts": true, "articles": true, "entries": true, "data": true, "results": true, "records": true, "nodes": true,
	"documents": true, "docs": true, "stories": true, "news": true, "pages": true, "edges": true, "hits": true, "rows": true,
	"objects": true, "ordereditems": true, "value": true, "list": true, "contents": true, "publications": true,
}

// passed says whether what stands under a name is never a list of works.
func passed(name string) bool {
	switch plain(name) {
	case "tags", "categories", "authors", "users", "media", "images", "assets", "comments", "topics", "menus", "links", "_links",
		"included", "meta", "settings", "contributors", "related", "attachments", "files", "relationships", "terms", "taxonomies",
		"sections", "contenttypes", "navigation", "languages", "locales", "roles", "subscriptions", "facets", "aggregations", "errors":
		return true
	}
	return false
}

// ReadList hands out the works of JSON whose names are the usual ones. Of an
// answer it asks for the pages that it names as the next.
func ReadList(ctx context.Context, in *entry.Input, o entry.Options) iter.Seq[entry.Found] {
	return func(yield func(entry.Found) bool) {
		l := &list{ctx: ctx, o: o, yield: yield, odd: map[string]bool{}, read: map[string]int{}}
		l.site = site(in, o)
		top, isObject := stream.Peek(in.Head()).(object)
		l.wrapped = isObject && (wraps(top) || collection(top))
		if l.pages(in, l.page) {
			l.end()
		}
	}
}

type list struct {
	ctx     context.Context
	o       entry.Options
	site    string // what relative addresses are made absolute by
	yield   func(entry.Found) bool
	mend    func(path string, w work, e *entry.Entry) bool // of a system whose names mean something else; nil: none does
	wrapped bool                                           // the works stand in lists within an object
	file    string                                         // page that is read; empty: the first
	odd     map[string]bool                                // names that mean nothing here
	read    map[string]int                                 // works by the path of their list
	objects int                                            // in lists of works, whatever they are
	paths   []string                                       // in the order in which they came
	signs   map[string]*entry.Sign                         // by name: what says who may see a work; nil: it does not
}

// site returns the address of the site that an answer or a file is of; empty if
// it is not known.
func site(in *entry.Input, o entry.Options) string {
	if o.Site != "" || in.URL == "" {
		return o.Site
	}
	return in.URL
}

// page hands out the works of one document, and returns what it says of the
// next one.
func (l *list) page(in io.Reader) (next object, ok bool) {
	next = object{}
	want := func(path string, first byte) stream.Want {
		if path == "" {
			switch {
			case first == '[':
				return stream.Each
			case l.wrapped:
				return stream.Descend
			}
			return stream.Take
		}
		_, last, _ := cutLast(path)
		switch {
		case (isNext[path] || last == "pageInfo") && first != '[':
			return stream.Take
		case passed(last):
			return stream.Pass
		case first == '[':
			return stream.Each
		case first == '{':
			return stream.Descend
		}
		return stream.Pass
	}
	cut, ok := l.values(in, want, func(r stream.Record) bool {
		var v any
		_ = json.Unmarshal(r.Data, &v) // it is valid
		if isNext[r.Name] {
			next[r.Name] = v
			return true
		}
		if before, last, _ := cutLast(r.Name); last == "pageInfo" { // of GraphQL, which is asked by a query
			info, _ := v.(object)
			if info["hasNextPage"] != true {
				return true
			}
			return l.yield(entry.Found{File: l.file, Notice: &entry.Notice{Kind: entry.Further,
				Err: entry.Wrong("next", "%s has more behind the cursor %q; ask for the rest too", before, text(info["endCursor"]))}})
		}
		return l.object(r, v)
	})
	if cut != nil {
		l.yield(*cut)
	}
	return next, ok && cut == nil
}

// values hands the values of a document that want picks to each, and says which
// ones are broken. It returns what cut the document off, which is not said yet;
// false: no more is wanted.
func (l *list) values(in io.Reader, want func(string, byte) stream.Want, each func(stream.Record) bool) (cut *entry.Found, ok bool) {
	for r := range stream.JSON(in, want) {
		if l.ctx.Err() != nil {
			r.Err, r.Cut = l.ctx.Err(), true
		}
		if r.Err == nil {
			if !each(r) {
				return nil, false
			}
			continue
		}
		x := entry.Found{File: l.file, Line: r.Line, Err: entry.Wrong("json", "%v", r.Err), Cut: r.Cut}
		if r.Cut {
			return &x, true
		}
		if !l.yield(x) {
			return nil, false
		}
	}
	return nil, true
}

// A joiner reads documents whose works stand before what they name.
type joiner[T any] struct {
	list
	held stream.Hold[T]
}

// hold keeps a work until the document ends.
func (j *joiner[T]) hold(work T) bool {
	if err := j.held.Add(work); err != nil {
		j.yield(entry.Found{Err: entry.Wrong("json", "cannot hold works until what they name has come: %v", err), Cut: true})
		return false
	}
	return true
}

// join hands the values of a document that want picks to each, and then the
// works that each held to work. What cut the document off is said last; false:
// something did, or no more is wanted.
func (j *joiner[T]) join(in io.Reader, want func(string, byte) stream.Want, each func(stream.Record) bool, work func(T) bool) bool {
	cut, ok := j.values(in, want, each)
	if !ok {
		return false
	}
	ok, err := j.held.Each(work)
	if err != nil {
		cut = &entry.Found{Err: entry.Wrong("json", "%v", err), Cut: true}
	}
	if ok && cut != nil {
		j.yield(*cut)
	}
	return ok && cut == nil
}

func cutLast(path string) (before, last string, ok bool) {
	k := strings.LastIndexByte(path, '.')
	return path[:max(k, 0)], path[k+1:], k >= 0
}

func (l *list) object(r stream.Record, v any) bool {
	at := entry.Found{File: l.file, Line: r.Line}
	o, isObject := v.(object)
	if !isObject {
		if r.Name != "" {
			return true // a list of words
		}
		at.Err = entry.Wrong("json", "is not an object")
		return l.yield(at)
	}
	w := newWork(o)
	if langs := w.langs(l.o.Lang); len(langs) > 1 {
		return l.versions(r, o, w, langs)
	}
	if _, others := o["object"].(string); others && o["actor"] != nil {
		l.objects++
		at.Notice = &entry.Notice{Kind: entry.Kind{One: "work of others that was passed on left out", Many: "works of others that were passed on left out"}}
		return l.yield(at)
	}
	if noCreation(o["@type"]) {
		at.Notice = &entry.Notice{Kind: entry.Nones}
		return l.yield(at)
	}
	if !w.like() {
		switch {
		case r.Name != "" && !listNames[lastName(r.Name)]:
			return true // of something else
		case w.id() == "" && w.link() == "":
			at.Err = entry.Wrong("title", "is missing; the object has no name that is known for one")
			return l.yield(at)
		}
	}
	l.objects++
	if l.read[r.Name] == 0 {
		l.paths = append(l.paths, r.Name)
	}
	l.read[r.Name]++
	for p, name := range w.names {
		if w.plain[p] != nil && len(l.odd) < 1000 && !understood(p) {
			l.odd[entry.Cut(name, 60)] = true
		}
	}
	at.Entry = w.entry()
	l.judge(r.Name, w, at.Entry)
	at.Entry.Link = entry.Absolute(l.site, at.Entry.Link)
	for i := range at.Entry.Fallback {
		at.Entry.Fallback[i].URL = entry.Absolute(l.site, at.Entry.Fallback[i].URL)
	}
	if l.mend != nil && !l.mend(r.Name, w, at.Entry) {
		return false
	}
	if source, ok := in(o, "sys").(object); ok && at.Entry.ID == "" {
		at.Entry.ID = text(source["id"])
	}
	return l.yield(at)
}

// langs returns the languages that a work has a title in, where its fields hold a
// text for each: the one of the work, or of the site, or English, or the first one by
// its tag comes first, for it is the original.
func (w work) langs(site string) []string {
	var all []string
	w.values("title", func(v any) bool { all = langsOf(v); return true })
	for _, first := range []string{"en", entry.Lang(site), entry.Lang(w.text("lang"))} {
		if at := slices.Index(all, first); at >= 0 {
			all = slices.Insert(slices.Delete(all, at, at+1), 0, first)
		}
	}
	return all
}

// langsOf returns the languages of a value that is an object of texts by language, in
// order; nil of any other.
func langsOf(v any) []string {
	o, _ := v.(object)
	if len(o) < 2 {
		return nil
	}
	var all []string
	for name := range o {
		base, _, _ := strings.Cut(strings.ReplaceAll(name, "_", "-"), "-")
		if !langTags()[strings.ToLower(base)] || entry.Lang(name) == "" {
			return nil
		}
		if text(o[name]) != "" {
			all = append(all, name)
		}
	}
	slices.Sort(all)
	return all
}

// langTags are the languages that texts are told apart by, and some more.
var langTags = sync.OnceValue(func() map[string]bool {
	m := map[string]bool{}
	for tag := range strings.FieldsSeq("aa af am ar az be bg bn bs ca cs cy da de el en eo es et eu fa fi fo fr fy ga gd gl gu he hi hr hu hy is it ja ka kk km kn ko ku ky lb lo lt lv mk ml mn mr ms mt my nb ne nl nn no pa pl ps pt rm ro ru sk sl so sq sr sv sw ta te tg th tk tl tr uk ur uz vi xh yi zh zu") {
		m[tag] = true
	}
	return m
})

// versions hands out a work whose fields hold a text for each language as one item a
// language, of which the first is the original.
func (l *list) versions(r stream.Record, o object, w work, langs []string) bool {
	original := cmp.Or(w.id(), w.link())
	for i, lang := range langs {
		one := object{}
		for name, v := range w.object {
			if inner, ok := v.(object); ok && len(langsOf(v)) > 0 {
				v = inner[lang]
			}
			one[name] = v
		}
		one["lang"] = lang
		if i > 0 && original != "" {
			delete(one, "documentId")
			one["guid"], one["translationOf"] = original+"-"+lang, original
		}
		if !l.object(r, one) {
			return false
		}
	}
	return true
}

// things are types of Schema.org that are no works: they stand beside these in a graph.
var things = entry.Pattern(`(?:^|[/:])(?:Person|WebSite|BreadcrumbList|ImageObject|ListItem|ItemList|Place|Brand|ContactPoint|PostalAddress|SearchAction|ReadAction|SiteNavigationElement|WPHeader|WPFooter|WPSideBar|\w*Organization|Corporation|LocalBusiness)$`)

// noCreation says whether a type of JSON-LD, or all of a list, is none of a work.
func noCreation(kind any) bool {
	switch kind := kind.(type) {
	case string:
		return things().MatchString(kind)
	case []any:
		return len(kind) > 0 && !slices.ContainsFunc(kind, func(one any) bool { return !noCreation(one) })
	}
	return false
}

func lastName(path string) string {
	_, last, _ := cutLast(path)
	return plain(last)
}

// end says what was read from where, and which names meant nothing.
func (l *list) end() {
	for _, path := range l.paths {
		if path == "" {
			continue
		}
		k := entry.Kind{One: "item read from " + path, Many: "items read from " + path}
		if !l.yield(entry.Found{Notice: &entry.Notice{Kind: k, N: l.read[path]}}) {
			return
		}
	}
	if len(l.odd) == 0 {
		return
	}
	var names []string
	for name := range l.odd {
		names = append(names, name)
	}
	sort.Strings(names)
	more := ""
	if len(names) > 12 {
		more = " and " + strconv.Itoa(len(names)-12) + " more"
		names = names[:12]
	}
	k := entry.Kind{One: "name in the file means nothing here", Many: "names in the file mean nothing here"}
	l.yield(entry.Found{Notice: &entry.Notice{Kind: k, N: len(l.odd),
		Err: entry.Wrong("json", "left out, for they mean nothing here: %s%s", strings.Join(names, ", "), more)}})
}
