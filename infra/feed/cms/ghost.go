package cms

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"iter"
	"strings"

	"akin/infra/feed/entry"
	"akin/infra/feed/stream"
	"akin/recommend"
)

// TellGhost says whether in is an export of Ghost, or an answer of its Content
// API.
func TellGhost(in *entry.Input) bool {
	head := in.Head()
	if !isJSON(head) {
		return false
	}
	top, _ := stream.Peek(head).(object)
	if _, ok := top["db"].([]any); ok {
		return true
	}
	if data, ok := top["data"].(object); ok && in1(top["meta"])["exported_on"] != nil && len(data) > 0 {
		return true
	}
	for _, name := range []string{"posts", "pages"} {
		first := in1(top[name])
		if first["id"] != nil && (first["uuid"] != nil || first["comment_id"] != nil || first["feature_image"] != nil || bytes.Contains(head, []byte(`"reading_time"`))) {
			return true
		}
	}
	return false
}

// ReadGhost hands out the posts and pages of Ghost that are published for
// everybody. What is for members alone is left out.
func ReadGhost(ctx context.Context, in *entry.Input, o entry.Options) iter.Seq[entry.Found] {
	return func(yield func(entry.Found) bool) {
		g := &ghost{tags: map[string]object{}, users: map[string]object{}, meta: map[string]object{},
			tagsOf: map[string][]string{}, usersOf: map[string][]string{}, topics: map[string]bool{}}
		g.list = list{ctx: ctx, o: o, yield: yield, odd: map[string]bool{}, read: map[string]int{}, site: site(in, o), wrapped: true, mend: g.mend}
		defer g.held.Close()
		top, _ := stream.Peek(in.Head()).(object)
		if top["db"] != nil || top["data"] != nil {
			g.export(in)
			return
		}
		g.pages(in, g.page)
	}
}

// mend makes of a post of the Content API what the export makes of it: topics by
// slug, without those that are nobody's to see.
func (g *ghost) mend(path string, w work, e *entry.Entry) bool {
	e.Topics, e.Types = nil, nil
	if path == "pages" {
		e.Types = []string{"page"}
	}
	for _, t := range listOf(w.plain["tags"]) {
		if tag, ok := t.(object); ok && !g.tag(e, tag) {
			return false
		}
	}
	return true
}

type ghost struct {
	joiner[ghostPost]
	tags, users, meta map[string]object   // by id; meta by that of the post
	tagsOf, usersOf   map[string][]string // ids by that of the post
	topics            map[string]bool
}

type ghostPost struct {
	Line int
	Post object
}

// export reads an export. Posts wait for the tables that they are joined with.
func (g *ghost) export(in *entry.Input) {
	want := func(path string, first byte) stream.Want {
		table := path[strings.LastIndexByte(path, '.')+1:]
		switch {
		case first == '{' && (path == "" || path == "db" || path == "data" || path == "db.data"), first == '[' && path == "db":
			return stream.Descend
		case first != '[':
			return stream.Pass
		}
		switch table {
		case "posts", "tags", "posts_tags", "users", "posts_authors", "posts_meta":
			return stream.Each
		}
		return stream.Pass
	}
	g.join(in, want, g.row, g.post)
}

func (g *ghost) row(r stream.Record) bool {
	var o object
	if json.Unmarshal(r.Data, &o) != nil || o == nil {
		return g.yield(entry.Found{Line: r.Line, Err: entry.Wrong(r.Name, "is not an object")})
	}
	_, table, _ := cutLast(r.Name)
	post := text(o["post_id"])
	switch table {
	case "posts":
		if text(o["html"]) != "" {
			delete(o, "mobiledoc")
			delete(o, "lexical")
			delete(o, "plaintext")
		}
		return g.hold(ghostPost{r.Line, o})
	case "tags":
		g.tags[text(o["id"])] = object{"name": o["name"], "slug": o["slug"], "description": o["description"], "visibility": o["visibility"]}
	case "users":
		g.users[text(o["id"])] = object{"name": o["name"]}
	case "posts_tags":
		g.tagsOf[post] = append(g.tagsOf[post], text(o["tag_id"]))
	case "posts_authors":
		g.usersOf[post] = append(g.usersOf[post], text(o["author_id"]))
	case "posts_meta":
		g.meta[post] = object{"feature_image_alt": o["feature_image_alt"], "meta_description": o["meta_description"]}
	}
	return true
}

func (g *ghost) post(p ghostPost) bool {
	o := p.Post
	id := text(o["id"])
	e := &entry.Entry{
		ID:        id,
		Title:     text(o["title"]),
		Summary:   cmp.Or(text(o["custom_excerpt"]), text(g.meta[id]["meta_description"]), text(o["meta_description"])),
		Content:   cmp.Or(text(o["html"]), embeddedText(o["lexical"]), embeddedText(o["mobiledoc"]), text(o["plaintext"])),
		Lang:      text(o["locale"]),
		Published: text(o["published_at"]),
		Updated:   text(o["updated_at"]),
		Image:     entry.Image{URL: g.address(o["feature_image"]), Alt: cmp.Or(text(g.meta[id]["feature_image_alt"]), text(o["feature_image_alt"]))},
	}
	if slug := text(o["slug"]); slug != "" {
		if e.Link = "/" + slug + "/"; g.o.Site != "" {
			e.Link = entry.Absolute(strings.TrimSuffix(g.o.Site, "/")+"/", slug+"/")
		}
	}
	switch text(o["status"]) {
	case "published":
	case "scheduled":
		if e.Scheduled = e.Published; e.Scheduled == "" {
			e.Status = entry.Draft
		}
	case "sent": // by mail alone
		e.Status = entry.NoPage
	default:
		e.Status = entry.Draft
	}
	if v := text(o["visibility"]); v != "" && v != "public" && e.Status == entry.Public {
		e.Status = entry.Private
	}
	if page, _ := truth(o["page"]); page || text(o["type"]) == "page" {
		e.Types = []string{"page"}
	}
	authors := g.usersOf[id]
	if len(authors) == 0 && text(o["author_id"]) != "" {
		authors = []string{text(o["author_id"])}
	}
	for _, u := range authors {
		e.Authors = append(e.Authors, text(g.users[u]["name"]))
	}
	for _, t := range g.tagsOf[id] {
		if !g.tag(e, g.tags[t]) {
			return false
		}
	}
	return g.yield(entry.Found{Line: p.Line, Entry: e})
}

// tag adds a tag to a post, and describes its topic once. Tags with a # are for
// the site's own use.
func (g *ghost) tag(e *entry.Entry, tag object) bool {
	name := text(tag["name"])
	if tag == nil || text(tag["visibility"]) == "internal" || strings.HasPrefix(name, "#") {
		return true
	}
	t := recommend.Topic{
		Slug:         entry.Slug(cmp.Or(text(tag["slug"]), name)),
		Title:        entry.Shorten(entry.PlainText(name), recommend.MaxTitle),
		Introduction: entry.PlainText(text(tag["description"])),
	}
	e.Topics = append(e.Topics, t.Slug)
	if g.topics[t.Slug] || e.Status != entry.Public || t.Validate() != nil {
		return true
	}
	g.topics[t.Slug] = true
	return g.yield(entry.Found{Topic: &t})
}

// address returns an address of an export, in which a word stands for the site.
func (g *ghost) address(v any) string {
	return entry.Absolute(g.o.Site, strings.TrimPrefix(text(v), "__GHOST_URL__"))
}

// embeddedText returns the text of rich text that is written as JSON in JSON.
func embeddedText(v any) string {
	s, _ := v.(string)
	var tree any
	if json.Unmarshal([]byte(s), &tree) != nil {
		return ""
	}
	if sections := in(tree, "sections"); sections != nil { // mobiledoc
		var b strings.Builder
		mobiledoc(&b, sections, 0)
		return b.String()
	}
	return rich(tree)
}

// mobiledoc writes the texts of sections, which are nested arrays of numbers and
// texts.
func mobiledoc(b *strings.Builder, v any, level int) {
	list, _ := v.([]any)
	if level > maxRich {
		return
	}
	for i, e := range list {
		switch e := e.(type) {
		case string:
			if i > 1 || level > 2 { // not the name of a tag
				b.WriteString(e)
			}
		case []any:
			mobiledoc(b, e, level+1)
		}
	}
	if level == 1 {
		b.WriteString("<br>")
	}
}
