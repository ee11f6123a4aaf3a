package cms

import (
	"bytes"
	"cmp"
	"context"
	"iter"
	"strings"

	"akin/infra/feed/entry"
	"akin/infra/feed/stream"
)

// TellBlogger says whether in is a backup of Blogger, of the old form or of the
// one that Google Takeout writes.
func TellBlogger(in *entry.Input) bool {
	head := in.Head()
	return bytes.Contains(head, []byte("blogger/2008/kind#")) ||
		bytes.Contains(head, []byte("<feed")) && (bytes.Contains(head, []byte("<blogger:type>")) || bytes.Contains(head, []byte("<blogger:status>")))
}

var bloggerComments = entry.Kind{One: "comment left out", Many: "comments left out"}
var bloggerSettings = entry.Kind{One: "setting of the blog left out", Many: "settings of the blog left out"}

// ReadBlogger hands out the posts and pages of a backup.
func ReadBlogger(ctx context.Context, in *entry.Input, o entry.Options) iter.Seq[entry.Found] {
	return func(yield func(entry.Found) bool) {
		for r := range stream.XML(in, "entry") {
			if ctx.Err() != nil {
				r.Err, r.Cut = ctx.Err(), true
			}
			at := entry.Found{Line: r.Line}
			var el *stream.Element
			if r.Err == nil {
				el, _, r.Err = stream.Parse(r.Data)
			}
			switch {
			case el == nil:
				at.Err, at.Cut = entry.Wrong("entry", "%v", r.Err), r.Cut
			default:
				at.Entry, at.Notice = blogger(el, o)
			}
			if !yield(at) || r.Cut {
				return
			}
		}
	}
}

func blogger(el *stream.Element, o entry.Options) (*entry.Entry, *entry.Notice) {
	e := &entry.Entry{
		ID:        el.Get("id"),
		Title:     el.Get("title"),
		Summary:   cmp.Or(el.Get("blogger:metaDescription"), el.Get("summary")),
		Content:   el.Get("content"),
		Published: cmp.Or(el.Get("published"), el.Get("blogger:created")),
		Updated:   el.Get("updated"),
	}
	kind := strings.ToLower(el.Get("blogger:type"))
	for _, c := range el.Children {
		switch c.Name {
		case "category":
			term := c.Attr["term"]
			if _, k, ok := strings.Cut(term, "blogger/2008/kind#"); ok {
				kind = k
			} else if strings.Contains(c.Attr["scheme"], "atom/ns#") || c.Attr["scheme"] == "" || strings.Contains(c.Attr["scheme"], "labels") {
				e.Topics = append(e.Topics, term)
			}
		case "link":
			if c.Attr["rel"] == "alternate" {
				e.Link = c.Attr["href"]
			}
		case "author":
			if name := c.Get("name"); name != "Unknown" && name != "Anonymous" {
				e.Authors = append(e.Authors, name)
			}
		case "media:thumbnail":
			e.Image = entry.Image{URL: c.Attr["url"]}
		}
	}
	switch kind {
	case "post":
	case "page":
		e.Types = []string{"page"}
	case "comment":
		return nil, &entry.Notice{Kind: bloggerComments}
	case "":
		return nil, &entry.Notice{Kind: entry.Nones}
	default: // settings, template
		return nil, &entry.Notice{Kind: bloggerSettings}
	}
	if name := el.Get("blogger:filename"); e.Link == "" && name != "" {
		e.Link = entry.Absolute(o.Site, name)
	}
	switch state := strings.ToUpper(el.Get("blogger:status")); {
	case state == "DRAFT", strings.EqualFold(el.Child("app:control").Get("app:draft"), "yes"):
		e.Status = entry.Draft
	case state == "SCHEDULED":
		if e.Scheduled = e.Published; e.Scheduled == "" {
			e.Status = entry.Draft
		}
	case strings.Contains(state, "TRASH"):
		e.Status = entry.Trashed
	case state != "" && state != "LIVE":
		e.Status = entry.Private
	}
	return e, nil
}
