package cms

import (
	"cmp"
	"context"
	"encoding/json"
	"io"
	"iter"
	"sort"
	"strings"

	"akin/infra/feed/entry"
	"akin/infra/feed/stream"
	"akin/recommend"
)

// TellJSONAPI says whether in is a document of JSON:API, as Drupal writes it.
func TellJSONAPI(in *entry.Input) bool {
	if !isJSON(in.Head()) {
		return false
	}
	top, _ := stream.Peek(in.Head()).(object)
	first := in1(top["data"])
	kind, _ := first["type"].(string)
	_, attributes := first["attributes"].(object)
	return attributes && kind != "" && (top["jsonapi"] != nil || strings.Contains(kind, "--"))
}

// in1 returns v, or the first element of it, as an object; an empty one if it is
// none.
func in1(v any) object {
	if list, ok := v.([]any); ok && len(list) > 0 {
		v = list[0]
	}
	o, _ := v.(object)
	return o
}

// ReadJSONAPI hands out the nodes of a document, and of those that it names as
// the next: what is not published is left out, images, terms and users are
// taken from what is included, a translation is the node of the same number.
func ReadJSONAPI(ctx context.Context, in *entry.Input, o entry.Options) iter.Seq[entry.Found] {
	return func(yield func(entry.Found) bool) {
		d := &drupal{topics: map[string]bool{}}
		d.list = list{ctx: ctx, o: o, yield: yield, site: site(in, o)}
		defer d.held.Close()
		d.pages(in, d.page)
	}
}

type drupal struct {
	joiner[resource]
	included map[string]object // of the page, by type and id
	topics   map[string]bool
}

// A resource is one of JSON:API, with the line that it starts in.
type resource struct {
	Line          int
	Type, ID      string
	Attributes    object
	Relationships map[string]struct{ Data any }
}

// page hands out the nodes of one document. They wait for what is included,
// which stands behind them.
func (d *drupal) page(in io.Reader) (object, bool) {
	next := object{}
	d.included = map[string]object{}
	want := func(path string, first byte) stream.Want {
		switch path {
		case "":
			return stream.Descend
		case "data", "included":
			return stream.Each
		case "links", "meta":
			return stream.Take
		}
		return stream.Pass
	}
	return next, d.join(in, want, func(r stream.Record) bool {
		switch r.Name {
		case "data":
			one := resource{Line: r.Line}
			if json.Unmarshal(r.Data, &one) != nil || one.Attributes == nil {
				return d.yield(entry.Found{File: d.file, Line: r.Line, Err: entry.Wrong("data", "is not a resource of JSON:API")})
			}
			return d.hold(one)
		case "included":
			var o object
			if json.Unmarshal(r.Data, &o) == nil {
				d.included[text(o["type"])+" "+text(o["id"])] = slim(o)
			}
		default:
			var v any
			_ = json.Unmarshal(r.Data, &v) // it is valid
			next[r.Name] = v
		}
		return true
	}, d.node)
}

// slim returns what is used of an included resource.
func slim(o object) object {
	kept := object{}
	for _, name := range []string{"name", "display_name", "uri", "url", "path", "description", "status", "drupal_internal__tid"} {
		if v := in(o, "attributes", name); v != nil {
			kept[name] = v
		}
	}
	return object{"attributes": kept, "relationships": o["relationships"]}
}

func (d *drupal) node(r resource) bool {
	a := r.Attributes
	at := entry.Found{File: d.file, Line: r.Line}
	w := newWork(a)
	e := w.entry()
	d.judge("", w, e)
	e.ID, e.Types = r.ID, nil
	base, bundle, isDrupal := strings.Cut(r.Type, "--")
	if isDrupal {
		e.Types = []string{bundle}
		if bundle == "article" || bundle == "post" {
			e.Types = nil
		}
	}
	e.Title = cmp.Or(text(a["title"]), text(a["name"]), e.Title)
	for _, name := range []string{"body", "field_body", "field_content", "field_text"} {
		if body := a[name]; text(body) != "" {
			e.Content = text(body)
			e.Summary = cmp.Or(text(in(body, "summary")), e.Summary)
			break
		}
	}
	if langcode := text(in(a, "path", "langcode")); e.Lang == "" {
		e.Lang = langcode
	}
	e.Link = address(in(a, "path", "alias"))
	if nid := text(a["drupal_internal__nid"]); nid != "" {
		node := "/node/" + nid
		if e.Link == "" {
			e.Link = node
		} else if d.site != "" {
			e.Aliases = append(e.Aliases, entry.Absolute(d.site, node))
		}
	}
	if e.Link == "" {
		e.Link = w.link()
	}
	e.Link = entry.Absolute(d.site, e.Link)
	if yes, known := truth(a["status"]); known && !yes {
		e.Status = entry.Draft
	}
	if isDrupal && base != "node" {
		e.Status = entry.NoPage
	}
	if original, known := truth(a["default_langcode"]); known && !original && e.Lang != "" {
		e.TranslationOf, e.ID = r.ID, r.ID+"-"+e.Lang
	}
	if !d.related(r, e) {
		return false
	}
	for i := range e.Fallback {
		e.Fallback[i].URL = entry.Absolute(d.site, e.Fallback[i].URL)
	}
	at.Entry = e
	return d.yield(at)
}

// related sets what the relationships of a node name: terms, users, images.
func (d *drupal) related(r resource, e *entry.Entry) bool {
	var fields []string
	for name := range r.Relationships {
		fields = append(fields, name)
	}
	sort.Strings(fields)
	for _, field := range fields {
		for _, v := range listOf(r.Relationships[field].Data) {
			kind, id := text(in(v, "type")), text(in(v, "id"))
			there := d.included[kind+" "+id]
			switch {
			case strings.HasPrefix(kind, "taxonomy_term--"):
				if yes, known := truth(in(there, "attributes", "status")); known && !yes {
					continue
				}
				name := text(in(there, "attributes", "name"))
				e.Topics = append(e.Topics, name)
				if !d.topic(e, name, text(in(there, "attributes", "description"))) {
					return false
				}
			case kind == "user--user" && (field == "uid" || meanings[plain(field)] == "authors"), meanings[plain(field)] == "authors":
				e.Authors = append(e.Authors, cmp.Or(text(in(there, "attributes", "display_name")), text(in(there, "attributes", "name")), text(in(there, "attributes", "title"))))
			case strings.HasPrefix(kind, "file--"), strings.HasPrefix(kind, "media--"):
				e.Fallback = append(e.Fallback, d.image(v, there))
			}
		}
	}
	return true
}

// topic hands out the description of a term once.
func (d *drupal) topic(e *entry.Entry, name, about string) bool {
	t := recommend.Topic{Slug: entry.Slug(name), Title: entry.Shorten(entry.PlainText(name), recommend.MaxTitle), Introduction: entry.PlainText(about)}
	if about == "" || e.Status != entry.Public || d.topics[t.Slug] || t.Validate() != nil {
		return true
	}
	d.topics[t.Slug] = true
	return d.yield(entry.Found{Topic: &t})
}

// image returns the picture that a relationship names, by way of its media.
func (d *drupal) image(v any, there object) entry.Image {
	m := entry.Image{Alt: text(in(v, "meta", "alt"))}
	if relationships, ok := there["relationships"].(object); ok {
		for _, name := range []string{"field_media_image", "thumbnail"} {
			if file, ok := in(relationships, name, "data").(object); ok {
				v = file
				there = d.included[text(file["type"])+" "+text(file["id"])]
				m.Alt = cmp.Or(text(in(v, "meta", "alt")), m.Alt)
				break
			}
		}
	}
	m.URL = entry.Absolute(d.site, cmp.Or(address(in(there, "attributes", "uri", "url")), address(in(there, "attributes", "url"))))
	return m
}

func listOf(v any) []any {
	if list, ok := v.([]any); ok {
		return list
	}
	return []any{v}
}
