package wordpress

import (
	"bytes"
	"cmp"
	"context"
	"iter"
	"strings"

	"akin/infra/feed/entry"
	"akin/infra/feed/stream"
	"akin/recommend"
)

// TellExport says whether in is an export file of WordPress, of any version.
func TellExport(in *entry.Input) bool {
	head := in.Head()
	return prefixes(head)["wp"] != "" ||
		bytes.Contains(head, []byte("<wp:wxr_version>")) ||
		bytes.Contains(head, []byte("<wp:post_type>")) && bytes.Contains(head, []byte("<wp:status>"))
}

// ReadExport hands out the works of an export file, one in memory at a time. A
// work whose featured image has not come yet waits for the end of the file, in
// a temporary file if there are many.
func ReadExport(ctx context.Context, in *entry.Input, _ entry.Options) iter.Seq[entry.Found] {
	return func(yield func(entry.Found) bool) {
		x := &export{
			authors: map[string]string{}, terms: map[string]term{}, images: map[string]entry.Image{},
			topics: topics{}, guids: map[string]bool{}, shown: map[string]bool{}, wait: map[string]bool{}, yield: yield,
		}
		defer x.held.Close()
		x.read(ctx, in)
	}
}

type export struct {
	usual   map[string]string // prefixes of names that are read here, by those of the file
	lang    string            // of the site
	authors map[string]string // display names by login
	terms   map[string]term   // by taxonomy and slug
	locales map[string]string // of languages of Polylang, by slug
	images  map[string]entry.Image
	topics  topics
	guids   map[string]bool // that have come
	shown   map[string]bool // types of posts that visitors may see
	wait    map[string]bool // groups of translations of which one is held
	held    stream.Hold[waiting]
	yield   func(entry.Found) bool
}

// A waiting work has a featured image that has not come yet.
type waiting struct {
	Line  int
	Image string // number of the attachment
	Entry *entry.Entry
}

// declared finds the prefixes of the namespaces that are read here.
var declared = entry.Pattern(`\sxmlns:([A-Za-z_][\w.-]*)\s*=\s*["']https?://(?:wordpress\.org/export/[0-9.]+/(excerpt/)?|purl\.org/(dc)/elements/1\.1/|purl\.org/rss/1\.0/modules/(content)/)["']`)

// prefixes returns the prefixes that a file has, by the usual ones.
func prefixes(head []byte) map[string]string {
	all := map[string]string{}
	for _, m := range declared().FindAllSubmatch(head, -1) {
		name := cmp.Or(strings.TrimSuffix(string(m[2]), "/"), string(m[3]), string(m[4]), "wp")
		if all[name] == "" {
			all[name] = string(m[1])
		}
	}
	return all
}

// rename gives an element and what stands in it the usual prefixes.
func (x *export) rename(el *stream.Element) {
	if prefix, local, ok := strings.Cut(el.Name, ":"); ok && x.usual[prefix] != "" {
		el.Name = x.usual[prefix] + ":" + local
	}
	for _, c := range el.Children {
		x.rename(c)
	}
}

func (x *export) read(ctx context.Context, in *entry.Input) {
	var cut *entry.Found
	x.usual = map[string]string{}
	wp := "wp"
	for name, prefix := range prefixes(in.Head()) {
		x.usual[prefix] = name
		if name == "wp" {
			wp = prefix
		}
	}
	records := stream.XML(in, "item", wp+":author", wp+":category", wp+":tag", wp+":term", "language")
	for r := range records {
		if ctx.Err() != nil {
			r.Err, r.Cut = ctx.Err(), true
		}
		if r.Cut {
			cut = &entry.Found{Line: r.Line, Err: entry.Wrong("export", "%v", r.Err), Cut: true}
			break
		}
		if !x.record(r) {
			return
		}
	}
	ok, err := x.held.Each(func(w waiting) bool {
		w.Entry.Image = x.images[w.Image]
		return x.yield(entry.Found{Line: w.Line, Entry: w.Entry})
	})
	switch {
	case !ok:
	case err != nil:
		x.yield(entry.Found{Err: entry.Wrong("export", "cannot hold works until their images come: %v", err), Cut: true})
	case cut != nil:
		x.yield(*cut)
	}
}

func (x *export) record(r stream.Record) bool {
	if r.Err != nil {
		return x.yield(entry.Found{Line: r.Line, Err: entry.Wrong(r.Name, "%v", r.Err)})
	}
	el, fixed, err := stream.Parse(r.Data)
	if el == nil {
		return x.yield(entry.Found{Line: r.Line, Err: entry.Wrong(r.Name, "cannot be read: %v", err)})
	}
	x.rename(el)
	if fixed && !x.yield(entry.Found{Line: r.Line, Notice: &entry.Notice{Kind: entry.Repairs}}) {
		return false
	}
	if r.Open && !x.yield(entry.Found{Line: r.Line, Notice: entry.Unclosed(r.Name)}) {
		return false
	}
	switch el.Name {
	case "language":
		if x.lang == "" {
			x.lang = el.Text
		}
	case "wp:author":
		x.authors[el.Get("wp:author_login")] = el.Get("wp:author_display_name")
	case "wp:category":
		x.term("category", term{el.Get("wp:category_nicename"), el.Get("wp:cat_name"), el.Get("wp:category_description"), el.Get("wp:category_parent")})
	case "wp:tag":
		x.term("post_tag", term{el.Get("wp:tag_slug"), el.Get("wp:tag_name"), el.Get("wp:tag_description"), ""})
	case "wp:term":
		x.term(el.Get("wp:term_taxonomy"), term{el.Get("wp:term_slug"), el.Get("wp:term_name"), el.Get("wp:term_description"), el.Get("wp:term_parent")})
	case "item":
		if err != nil && !x.yield(entry.Found{Line: r.Line, Notice: &entry.Notice{Kind: entry.Repairs, Err: entry.Wrong("item", "%v; what could be read was taken", err)}}) {
			return false
		}
		return x.item(r.Line, el)
	}
	return true
}

// locale finds the locale in what Polylang keeps of a language.
var locale = entry.Pattern(`"locale";s:\d+:"([A-Za-z_]{2,20})"`)

func (x *export) term(taxonomy string, t term) {
	x.terms[taxonomy+"\n"+t.slug] = t
	if m := locale().FindStringSubmatch(t.about); taxonomy == "language" && m != nil {
		if x.locales == nil {
			x.locales = map[string]string{}
		}
		x.locales[t.slug] = m[1]
	}
}

func (x *export) item(line int, el *stream.Element) bool {
	kind := el.Get("wp:post_type")
	meta := map[string]string{}
	for _, c := range el.Children {
		if c.Name == "wp:postmeta" {
			if key := c.Get("wp:meta_key"); meta[key] == "" {
				meta[key] = c.Get("wp:meta_value")
			}
		}
	}
	out := func(k entry.Kind) bool { return x.yield(entry.Found{Line: line, Notice: &entry.Notice{Kind: k}}) }
	switch kind {
	case "attachment":
		x.images[el.Get("wp:post_id")] = entry.Image{URL: el.Get("wp:attachment_url"), Alt: meta["_wp_attachment_image_alt"]}
		return out(attachments)
	case "nav_menu_item":
		if meta["_menu_item_type"] == "post_type" && !hushed().MatchString(meta["_menu_item_object"]) {
			x.shown[meta["_menu_item_object"]] = true
		}
		return out(menus)
	case "revision":
		return out(revisions)
	}
	e := &entry.Entry{
		ID:        el.Get("guid"),
		Link:      el.Get("link"),
		Title:     flat(el.Get("title")),
		Summary:   flat(el.Get("excerpt:encoded")),
		Content:   el.Get("content:encoded"),
		Types:     types(kind),
		Published: moment(el.Get("wp:post_date"), el.Get("wp:post_date_gmt")),
		Updated:   moment(el.Get("wp:post_modified"), el.Get("wp:post_modified_gmt")),
		Status:    status(el.Get("wp:status"), el.Get("wp:post_password")),
	}
	if x.guids[e.ID] { // some plugins copy works with their guids
		e.ID = e.Link
	}
	x.guids[el.Get("guid")] = true
	if e.Published == "" && !strings.Contains(el.Get("pubDate"), "-0001") {
		e.Published = el.Get("pubDate")
	}
	e.Aliases = aliases(el.Get("guid"), e.Link)
	switch {
	case noPage(kind, e.Link):
		e.Status = entry.NoPage
	case !x.public(kind, el, meta):
		e.Status = entry.NoPage
		if !out(entry.Kind{One: "entry of the type " + kind + " left out: an export does not say whether visitors may see it; REST does, so import the site's address",
			Many: "entries of the type " + kind + " left out: an export does not say whether visitors may see them; REST does, so import the site's address"}) {
			return false
		}
	}
	if el.Get("wp:status") == "future" && e.Status == entry.Public {
		if e.Scheduled = e.Published; e.Scheduled == "" {
			e.Status = entry.Draft // nobody knows when
		}
	}
	x.creators(e, el)
	terms := x.marks(e, el, meta)
	if !x.topics.add(e, terms, x.yield) {
		return false
	}
	if image := meta["_thumbnail_id"]; e.Status == entry.Public && image != "" && image != "0" {
		known := false
		if e.Image, known = x.images[image]; !known || x.wait[e.Group] {
			return x.hold(waiting{line, image, e})
		}
	}
	if x.wait[e.Group] && e.Status == entry.Public { // the order of translations says which is the original
		return x.hold(waiting{Line: line, Entry: e})
	}
	return x.yield(entry.Found{Line: line, Entry: e})
}

// public says whether visitors may see works of a type. An export does not say
// so: types of the site's own count as public if they are called like what
// sites show, or if one of their works is made as what is shown is, with terms,
// an excerpt, a featured image, comments or a place in a menu, and if they are
// not called like what people send in. Better too little is shown.
func (x *export) public(kind string, el *stream.Element, meta map[string]string) bool {
	switch {
	case kind == "" || kind == "post" || kind == "page" || x.shown[kind]:
		return true
	case hushed().MatchString(kind):
		return false
	case familiar().MatchString(kind), el.Get("wp:comment_status") == "open", meta["_thumbnail_id"] != "", el.Get("excerpt:encoded") != "":
		x.shown[kind] = true
		return true
	}
	for _, c := range el.Children {
		if c.Name == "category" && taxonomy(c.Attr["domain"]) {
			x.shown[kind] = true
			return true
		}
	}
	return false
}

func (x *export) hold(w waiting) bool {
	if w.Entry.Group != "" {
		x.wait[w.Entry.Group] = true
	}
	if len(w.Entry.Content) > 2*recommend.MaxBody {
		w.Entry.Content = entry.Cut(w.Entry.Content, 2*recommend.MaxBody)
	}
	if err := x.held.Add(w); err != nil {
		return x.yield(entry.Found{Line: w.Line, Err: entry.Wrong("export", "cannot hold a work until its image comes: %v", err)})
	}
	return true
}

// creators sets the authors: WordPress writes logins, which are nobody's to see.
func (x *export) creators(e *entry.Entry, el *stream.Element) {
	for _, c := range el.Children {
		if c.Name != "dc:creator" {
			continue
		}
		name, known := x.authors[c.Text]
		if !known && len(x.authors) == 0 {
			name = c.Text
		}
		if name != "" {
			e.Authors = append(e.Authors, name)
		}
	}
}

// marks returns the terms of an item, and sets its language and what it is a
// translation of, as Polylang and WPML keep them.
func (x *export) marks(e *entry.Entry, el *stream.Element, meta map[string]string) []term {
	var terms []term
	for _, c := range el.Children {
		if c.Name != "category" {
			continue
		}
		domain, slug := c.Attr["domain"], c.Attr["nicename"]
		switch {
		case domain == "language":
			if e.Lang = slug; x.locales[slug] != "" && entry.Lang(slug) == "" {
				e.Lang = x.locales[slug]
			}
		case domain == "post_translations":
			e.Group = "polylang " + slug
		case taxonomy(domain):
			t, known := x.terms[domain+"\n"+slug]
			if !known {
				t = term{slug: slug, name: c.Text}
			}
			terms = append(terms, t)
		}
	}
	if lang := meta["_wpml_import_language_code"]; lang != "" {
		e.Lang = lang
	}
	if group := meta["_wpml_import_translation_group"]; group != "" {
		e.Group = "wpml " + group
	}
	if entry.Lang(e.Lang) == "" {
		e.Lang = x.lang
	}
	return terms
}
