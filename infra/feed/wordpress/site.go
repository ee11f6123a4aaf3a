package wordpress

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"akin/infra/feed/entry"
	"akin/infra/feed/stream"
)

// Bounds of asking.
const (
	perPage    = 100             // works of an answer; WordPress gives no more
	lessPage   = 20              // of a site that breaks down over so many
	pageSize   = 64 << 20        // bytes of an answer
	sinceSlack = 5 * time.Minute // clocks differ; what comes twice is unchanged
)

// fields are what a work is asked for.
const fields = "id,date,date_gmt,modified,modified_gmt,guid,link,status,type,title,content,excerpt," +
	"lang,translations,wpml_current_locale,wpml_translations,_links,_embedded"

// TellREST says whether in is an answer of REST, the index of it, or the page of
// a site that has it.
func TellREST(in *entry.Input) bool {
	head := in.Head()
	if in.URL != "" && isHTML(head) && api(in) != "" {
		return true
	}
	switch v := stream.Peek(head).(type) {
	case []any:
		if len(v) > 0 {
			return isPost(v[0])
		}
		return in.URL != "" && restPath().MatchString(in.URL)
	case map[string]any:
		return isPost(v) || in.URL != "" && isIndex(v)
	}
	return false
}

func isPost(v any) bool {
	object, _ := v.(map[string]any)
	title, _ := object["title"].(map[string]any)
	guid, _ := object["guid"].(map[string]any)
	return title["rendered"] != nil || guid["rendered"] != nil
}

func isIndex(v map[string]any) bool {
	spaces, _ := v["namespaces"].([]any)
	return slices.Contains(spaces, any("wp/v2"))
}

// restPath finds where the list of one type of work is asked for.
var restPath = entry.Pattern(`^(.*?/wp-json/|.*?[?&]rest_route=/)(wp/v2/)([a-z0-9_-]+)`)

// api returns the address of a site's REST interface, which its pages name in a
// header.
func api(in *entry.Input) string {
	for _, link := range in.Header.Values("Link") {
		for part := range strings.SplitSeq(link, ",") {
			address, rest, ok := strings.Cut(part, ">")
			if ok && strings.Contains(rest, "https://api.w.org/") {
				return resolve(in.URL, strings.TrimPrefix(strings.TrimSpace(address), "<"))
			}
		}
	}
	return ""
}

func resolve(base, address string) string {
	b, err := url.Parse(base)
	if err != nil {
		return ""
	}
	u, err := b.Parse(address)
	if err != nil {
		return ""
	}
	return u.String()
}

// ReadREST hands out the works of a file, or of a site: its posts, pages and
// works of its own public types, or, if one list of REST was named, those of
// the list. If o.Since is set, it asks for what was changed after that, and
// hands out the ids of all that is there unchanged: what does not come then is
// gone.
func ReadREST(ctx context.Context, in *entry.Input, o entry.Options) iter.Seq[entry.Found] {
	return func(yield func(entry.Found) bool) {
		s := &site{ctx: ctx, o: o, topics: topics{}, yield: yield}
		if in.URL == "" {
			s.file(in)
			return
		}
		s.ask(in)
	}
}

type site struct {
	ctx    context.Context
	o      entry.Options
	root   string // address of REST, "https://example.org/wp-json/"
	lang   string
	all    bool // languages are asked for: WPML gives one otherwise
	topics topics
	yield  func(entry.Found) bool
}

// file hands out the works of a saved answer.
func (s *site) file(in *entry.Input) {
	want := func(_ string, first byte) stream.Want {
		if first == '[' {
			return stream.Each
		}
		return stream.Take
	}
	for r := range stream.JSON(in.Reader, want) {
		switch {
		case s.ctx.Err() != nil:
			s.cut(0, "%v", s.ctx.Err())
			return
		case r.Err != nil:
			if !s.yield(entry.Found{Line: r.Line, Err: entry.Wrong("json", "%v", r.Err), Cut: r.Cut}) || r.Cut {
				return
			}
			continue
		}
		p, err := decode(r.Data)
		if err != nil {
			if !s.yield(entry.Found{Line: r.Line, Err: entry.Wrong("post", "%v", err)}) {
				return
			}
			continue
		}
		if !s.hand(entry.Found{Line: r.Line}, p, "") {
			return
		}
	}
}

// hand hands out a work; original is the guid of what it is a translation of.
func (s *site) hand(at entry.Found, p *post, original string) bool {
	e, terms := p.entry(s.lang)
	if e.TranslationOf = original; original != "" {
		e.Group = ""
	}
	if !s.topics.add(e, terms, s.yield) {
		return false
	}
	at.Entry = e
	return s.yield(at)
}

func (s *site) cut(line int, format string, args ...any) bool {
	s.yield(entry.Found{Line: line, Err: entry.Wrong("wordpress", format, args...), Cut: true})
	return false
}

// ask asks a site.
func (s *site) ask(in *entry.Input) {
	head := in.Head()
	only := ""
	switch m := restPath().FindStringSubmatch(in.URL); {
	case m != nil:
		s.root, only = m[1], m[3]
	case isHTML(head):
		s.root = api(in)
		s.lang = pageLang(head)
	default:
		s.root = in.URL
	}
	var index struct {
		Home       string
		Namespaces []string
	}
	if err := s.get("", nil, &index); err != nil && only == "" {
		s.cut(0, "%s %v; import the site's feed, or its export file (Tools, Export)", s.root, err)
		return
	}
	s.all = slices.ContainsFunc(index.Namespaces, func(n string) bool { return strings.HasPrefix(n, "wpml/") })
	if s.lang == "" && index.Home != "" {
		s.lang = s.homeLang(index.Home)
	}
	if only != "" {
		s.list("wp/v2/"+only, only)
		return
	}
	for _, t := range s.types() {
		if !s.list(t.space+"/"+t.base, t.base) {
			return
		}
	}
}

// htmlLang finds the language of a page.
var htmlLang = entry.Pattern(`(?i)<html\b[^>]*?\slang\s*=\s*["']?([A-Za-z0-9-]{2,35})`)

func pageLang(page []byte) string {
	if m := htmlLang().FindSubmatch(page); m != nil {
		return string(m[1])
	}
	return ""
}

// homeLang returns the language that a site's home page names, "" if it cannot
// be had: then it is told from the works.
func (s *site) homeLang(home string) string {
	resp, err := entry.Get(s.ctx, s.o.Client, home, "text/html")
	if err != nil {
		return ""
	}
	defer resp.Body.Close()
	page, _ := io.ReadAll(io.LimitReader(resp.Body, entry.PeekSize)) // its beginning is enough
	return pageLang(page)
}

type kind struct{ name, space, base string }

// types returns the public types of a site: posts and pages if it does not say.
func (s *site) types() []kind {
	var known map[string]struct {
		RestBase  string `json:"rest_base"`
		Namespace string `json:"rest_namespace"`
	}
	kinds := []kind{{"post", "wp/v2", "posts"}, {"page", "wp/v2", "pages"}}
	if s.get("wp/v2/types", nil, &known) != nil {
		return kinds
	}
	var more []kind
	for name, t := range known {
		if name != "post" && name != "page" && name != "attachment" && name != "nav_menu_item" && !internal[name] && t.RestBase != "" && !strings.Contains(t.RestBase, "(") {
			more = append(more, kind{name, cmp.Or(t.Namespace, "wp/v2"), t.RestBase})
		}
	}
	slices.SortFunc(more, func(a, b kind) int { return strings.Compare(a.name, b.name) })
	return append(kinds, more...)
}

// list hands out the works of one type, lowest number first.
func (s *site) list(path, name string) bool {
	query := url.Values{"_embed": {"author,wp:featuredmedia,wp:term"}, "_fields": {fields}}
	changed := map[json.Number]bool{}
	if !s.o.Since.IsZero() {
		query.Set("modified_after", s.o.Since.Add(-sinceSlack).UTC().Format(time.RFC3339))
	}
	ok := s.pages(path, name, query, func(list []*post) bool {
		originals := s.originals(path, list)
		for _, p := range list {
			changed[p.ID] = true
			if !s.hand(entry.Found{File: name}, p, originals[p.ID]) {
				return false
			}
		}
		return true
	})
	if !ok || s.o.Since.IsZero() {
		return ok
	}
	return s.pages(path, name, url.Values{"_fields": {"id,guid,link,type,status,content.protected"}}, func(list []*post) bool {
		for _, p := range list {
			id := entry.ID(cmp.Or(html.UnescapeString(p.GUID.Rendered), p.Link))
			if e, _ := p.entry(""); changed[p.ID] || e.Status != entry.Public {
				continue
			}
			if id != "" && !s.yield(entry.Found{Same: id}) {
				return false
			}
		}
		return true
	})
}

// originals returns, for the works that changed, the guid of the first of their
// translations, which need not have changed with them.
func (s *site) originals(path string, list []*post) map[json.Number]string {
	if s.o.Since.IsZero() {
		return nil // they all come, and are told by their group
	}
	var wanted []string
	for _, p := range list {
		for _, id := range p.versions() {
			wanted = append(wanted, strconv.Itoa(id))
		}
	}
	slices.Sort(wanted)
	wanted = slices.Compact(wanted)
	guids := map[string]string{}
	for part := range slices.Chunk(wanted, perPage) {
		var found []*post
		query := url.Values{"include": {strings.Join(part, ",")}, "per_page": {strconv.Itoa(perPage)}, "_fields": {"id,guid,link"}}
		if s.get(path, query, &found) != nil {
			continue // the translations stand alone until the next full reading
		}
		for _, p := range found {
			guids[p.ID.String()] = cmp.Or(html.UnescapeString(p.GUID.Rendered), p.Link)
		}
	}
	originals := map[json.Number]string{}
	for _, p := range list {
		for _, id := range p.versions() {
			if guid := guids[strconv.Itoa(id)]; guid != "" {
				if strconv.Itoa(id) != p.ID.String() {
					originals[p.ID] = guid
				}
				break
			}
		}
	}
	return originals
}

// pages asks for all pages of a list. A type that the site shows to nobody is
// none of our business.
func (s *site) pages(path, name string, query url.Values, each func([]*post) bool) bool {
	query.Set("orderby", "id")
	query.Set("order", "asc")
	size := perPage
	for offset := 0; ; {
		query.Set("per_page", strconv.Itoa(size))
		query.Set("offset", strconv.Itoa(offset))
		var raw []json.RawMessage
		header, err := s.answer(path, query, &raw)
		var answer *entry.StatusError
		switch {
		case errors.As(err, &answer) && (answer.Code >= 500 || answer.Code == http.StatusBadRequest && offset == 0) && size > lessPage:
			size = lessPage
			continue
		case errors.As(err, &answer) && answer.Code == http.StatusBadRequest && offset > 0:
			return true // behind the last page
		case errors.As(err, &answer) && answer.Code >= 400 && answer.Code < 500 && offset == 0 && name != "posts" && name != "pages":
			return s.yield(entry.Found{Notice: &entry.Notice{Kind: entry.Kind{
				One: "list of " + name + " is not public", Many: "lists of " + name + " are not public"}}})
		case err != nil:
			return s.cut(0, "%s from the %d. on: %v; what follows was not read", name, offset+1, err)
		}
		list := make([]*post, 0, len(raw))
		for _, data := range raw {
			p, err := decode(data)
			if err != nil {
				if !s.yield(entry.Found{File: name, Err: entry.Wrong("post", "%v", err)}) {
					return false
				}
				continue
			}
			list = append(list, p)
		}
		if !each(list) {
			return false
		}
		offset += size
		total, err := strconv.Atoi(header.Get("X-WP-Total"))
		if err == nil && offset >= total || err != nil && len(raw) < size {
			return true
		}
	}
}

// get asks for one answer of REST.
func (s *site) get(path string, query url.Values, v any) error {
	_, err := s.answer(path, query, v)
	return err
}

// answer asks for one answer of REST.
func (s *site) answer(path string, query url.Values, v any) (http.Header, error) {
	address := s.root + path
	if s.all {
		query = cloned(query)
		query.Set("lang", "all")
		query.Set("wpml_language", "all")
	}
	if len(query) > 0 {
		mark := "?"
		if strings.Contains(address, "?") {
			mark = "&"
		}
		address += mark + query.Encode()
	}
	resp, err := entry.Get(s.ctx, s.o.Client, address, "application/json")
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(io.LimitReader(resp.Body, pageSize+1))
	switch {
	case err != nil:
		return nil, err
	case len(data) > pageSize:
		return nil, fmt.Errorf("answers more than %d bytes at once", pageSize)
	}
	// Faults of PHP are printed before what was asked for.
	if k := bytes.IndexAny(data, "[{"); k > 0 {
		data = data[k:]
	}
	if json.Unmarshal(data, v) != nil {
		return nil, errors.New("gives no JSON")
	}
	return resp.Header, nil
}

func cloned(query url.Values) url.Values {
	c := url.Values{}
	for k, v := range query {
		c[k] = v
	}
	return c
}
