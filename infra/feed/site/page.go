package site

import (
	"bytes"
	"cmp"
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"

	"akin/infra/feed/entry"
	"akin/recommend"
)

// A page is what the HTML of a page says of it.
type page struct {
	lang, title string
	meta        map[string][]string // by name or property, in lower case, in their order
	canonical   string
	alternates  map[string]string // addresses by language
	feeds       []string
	data        []map[string]any // objects of JSON-LD
	text        string           // of article, else of main; without navigation
	article     bool             // the text is of an article
}

const (
	maxText = recommend.MaxBody
	maxData = 2 << 20 // bytes of JSON-LD
	maxMeta = 500     // metas, links
)

// parsePage reads a page, whose text is UTF-8. Any bytes are a page.
func parsePage(data []byte) *page {
	p := &page{meta: map[string][]string{}, alternates: map[string]string{}}
	z := html.NewTokenizer(bytes.NewReader(data))
	z.SetMaxBuf(maxData)
	var text, main strings.Builder
	in := map[string]int{} // how deep inside which elements
	metas, articles := 0, 0
	raw := "" // the element whose text is none
	var script, title strings.Builder
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			break
		}
		switch kind {
		case html.TextToken:
			switch {
			case raw == "ld+json":
				if script.Len() < maxData {
					script.Write(z.Text())
				}
			case raw != "":
			case in["title"] > 0 && in["svg"] == 0:
				title.Write(z.Text())
			case in["nav"]+in["aside"]+in["footer"]+in["form"]+in["button"]+in["select"] > 0:
			case in["article"] > 0 && articles == 1 && text.Len() < maxText:
				text.Write(z.Text())
			case in["main"] > 0 && main.Len() < maxText:
				main.Write(z.Text())
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			b, more := z.TagName()
			name := string(b)
			attr := map[string]string{}
			for more && len(attr) < 50 {
				var k, v []byte
				k, v, more = z.TagAttr()
				attr[string(k)] = strings.TrimSpace(string(v))
			}
			switch name {
			case "html":
				p.lang = cmp.Or(p.lang, attr["lang"], attr["xml:lang"])
			case "meta":
				key := strings.ToLower(cmp.Or(attr["property"], attr["name"], attr["itemprop"]))
				if metas++; key != "" && metas < maxMeta && attr["content"] != "" {
					p.meta[key] = append(p.meta[key], attr["content"])
				}
			case "link":
				p.link(attr)
			case "script", "style", "noscript", "template", "svg":
				if kind == html.StartTagToken {
					raw = name
					if name == "script" && strings.Contains(attr["type"], "ld+json") {
						raw = "ld+json"
					}
				}
			case "title", "nav", "aside", "footer", "form", "button", "select", "main":
				in[name]++
			case "article":
				if in[name]++; in[name] == 1 {
					articles++
				}
			}
			if in["article"] > 0 && articles == 1 {
				text.WriteByte(' ')
			} else if in["main"] > 0 {
				main.WriteByte(' ')
			}
		case html.EndTagToken:
			b, _ := z.TagName()
			name := string(b)
			if raw == name || raw == "ld+json" && name == "script" {
				if raw == "ld+json" {
					p.objects(script.String())
					script.Reset()
				}
				raw = ""
			}
			if in[name] > 0 {
				in[name]--
			}
			text.WriteByte(' ')
		}
	}
	p.title = entry.OneLine(title.String())
	p.text = entry.OneLine(text.String())
	const little = 300 // bytes of what is a teaser
	if p.article = articles == 1 && len(p.text) > little; !p.article {
		p.text = cmp.Or(entry.OneLine(main.String()), p.text)
	}
	return p
}

// own says whether akin made the page.
func (p *page) own() bool { return slices.Contains(p.meta["generator"], "akin") }

func (p *page) link(attr map[string]string) {
	rels := strings.Fields(strings.ToLower(attr["rel"]))
	href := attr["href"]
	switch {
	case href == "":
	case slices.Contains(rels, "canonical"):
		p.canonical = cmp.Or(p.canonical, href)
	case slices.Contains(rels, "alternate") && attr["hreflang"] != "" && len(p.alternates) < maxMeta:
		p.alternates[attr["hreflang"]] = href
	case slices.Contains(rels, "alternate") && (strings.Contains(attr["type"], "rss") || strings.Contains(attr["type"], "atom") || strings.Contains(attr["type"], "feed+json")) && len(p.feeds) < 10:
		p.feeds = append(p.feeds, href)
	}
}

// objects adds the objects of a script of JSON-LD, those of @graph too. What is
// no JSON is left alone, as search engines do.
func (p *page) objects(script string) {
	script = strings.TrimSpace(script)
	script = strings.TrimSuffix(strings.TrimPrefix(script, "<![CDATA["), "]]>")
	var v any
	if json.Unmarshal([]byte(strings.TrimRight(script, "; \n")), &v) != nil {
		return
	}
	var add func(v any, depth int)
	add = func(v any, depth int) {
		if depth > 8 || len(p.data) >= maxMeta {
			return
		}
		switch v := v.(type) {
		case []any:
			for _, x := range v {
				add(x, depth+1)
			}
		case map[string]any:
			p.data = append(p.data, v)
			for _, name := range []string{"@graph", "mainEntity", "mainEntityOfPage"} {
				switch v[name].(type) {
				case []any, map[string]any:
					add(v[name], depth+1)
				}
			}
		}
	}
	add(v, 0)
}

// first returns the first of some metas that is there.
func (p *page) first(names ...string) string {
	for _, n := range names {
		if v := p.meta[n]; len(v) > 0 {
			return v[0]
		}
	}
	return ""
}

// noindex says whether a page asks search engines to leave it out.
func (p *page) noindex(header string) bool {
	for _, s := range append(slices.Concat(p.meta["robots"], p.meta["googlebot"], p.meta[agent]), header) {
		for _, word := range strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return r == ',' || r == ' ' || r == ':' }) {
			if word == "noindex" || word == "none" {
				return true
			}
		}
	}
	return false
}

// works are the types of schema.org that are works to be read or heard.
var works = map[string]string{
	"BlogPosting": "", "LiveBlogPosting": "", "SocialMediaPosting": "", "Report": "Report", "PodcastEpisode": "Podcast episode", "Review": "Review",
	"Recipe": "Recipe", "HowTo": "", "Interview": "Interview", "Thesis": "Thesis", "RadioEpisode": "Episode", "TVEpisode": "Episode", "Episode": "Episode",
}

func typesOf(o map[string]any) []string {
	var names []string
	for _, t := range texts(o["@type"]) {
		t = strings.TrimPrefix(strings.TrimPrefix(t, "http://schema.org/"), "https://schema.org/")
		names = append(names, t)
	}
	return names
}

func isWork(o map[string]any) bool {
	return slices.ContainsFunc(typesOf(o), func(t string) bool {
		_, ok := works[t]
		return ok || strings.HasSuffix(t, "Article")
	})
}

// work returns the object of JSON-LD that is the work of the page at an
// address; nil if there is none, or several and none of that address: a list.
func (p *page) work(addresses ...string) map[string]any {
	var all []map[string]any
	for _, o := range p.data {
		if !isWork(o) {
			continue
		}
		all = append(all, o)
		for _, at := range append(texts(o["url"]), append(texts(o["mainEntityOfPage"]), texts(o["@id"])...)...) {
			at, _, _ = strings.Cut(at, "#")
			if slices.ContainsFunc(addresses, func(a string) bool { return a != "" && same(a, at) }) {
				return o
			}
		}
	}
	if len(all) == 1 {
		return all[0]
	}
	return nil
}

// same says whether two addresses differ by scheme, www and the last slash only.
func same(a, b string) bool {
	short := func(s string) string {
		_, rest, ok := strings.Cut(s, "://")
		if !ok {
			return s
		}
		return strings.TrimSuffix(strings.TrimPrefix(rest, "www."), "/")
	}
	return short(a) == short(b)
}

// texts returns what a value of JSON-LD says: texts, or of objects the name, the
// address or the id.
func texts(v any) []string {
	switch v := v.(type) {
	case string:
		if v = strings.TrimSpace(v); v != "" {
			return []string{v}
		}
	case []any:
		var all []string
		for _, x := range v[:min(len(v), maxMeta)] {
			if _, list := x.([]any); !list {
				all = append(all, texts(x)...)
			}
		}
		return all
	case map[string]any:
		for _, name := range []string{"name", "url", "contentUrl", "@value", "@id"} {
			if s, ok := v[name].(string); ok && strings.TrimSpace(s) != "" {
				return []string{strings.TrimSpace(s)}
			}
		}
	}
	return nil
}

func text(o map[string]any, names ...string) string {
	for _, n := range names {
		if s := texts(o[n]); len(s) > 0 {
			return s[0]
		}
	}
	return ""
}

// resolve returns the objects that a value names by @id, in place of it.
func (p *page) resolve(v any) any {
	switch v := v.(type) {
	case []any:
		all := make([]any, 0, len(v))
		for _, x := range v[:min(len(v), maxMeta)] {
			if _, list := x.([]any); !list {
				all = append(all, p.resolve(x))
			}
		}
		return all
	case map[string]any:
		id, ok := v["@id"].(string)
		if !ok || len(v) > 2 {
			return v
		}
		for _, o := range p.data {
			if o["@id"] == id && len(o) > len(v) {
				return o
			}
		}
	}
	return v
}

// entry returns the work that a page shows; nil if it shows none.
func (p *page) entry(address string) *entry.Entry {
	link := address
	if base, err := url.Parse(address); err == nil {
		if at, err := base.Parse(p.canonical); p.canonical != "" && err == nil && hostOf(at) == hostOf(base) {
			at.Fragment = ""
			link = at.String()
		}
	}
	o := p.work(link, address)
	published := p.first("article:published_time", "og:article:published_time", "datepublished", "dc.date.issued", "dc.date", "dcterms.created", "parsely-pub-date", "sailthru.date", "citation_publication_date", "pubdate", "publish-date", "date")
	list := 0
	for _, d := range p.data {
		if isWork(d) {
			list++
		}
	}
	if o == nil && p.first("og:type") != "article" && p.first("article:published_time") == "" && (!p.article || list > 1) {
		return nil
	}
	e := &entry.Entry{
		Link:      link,
		Title:     cmp.Or(text(o, "headline", "name"), p.first("og:title", "twitter:title"), p.title),
		Summary:   cmp.Or(p.first("og:description"), text(o, "description", "abstract"), p.first("description", "twitter:description", "dc.description")),
		Content:   html.EscapeString(cmp.Or(text(o, "articleBody", "text"), p.text)),
		Lang:      cmp.Or(langOf(o), p.lang, strings.ReplaceAll(p.first("og:locale"), "_", "-")),
		Published: cmp.Or(text(o, "datePublished", "dateCreated"), published),
		Updated:   cmp.Or(text(o, "dateModified"), p.first("article:modified_time", "og:updated_time")),
		Authors:   texts(p.resolve(o["author"])),
	}
	if p.paid(o) {
		e.Content = "" // the public parts say what it is about
	}
	if len(e.Authors) == 0 {
		e.Authors = slices.Concat(p.meta["author"], p.meta["article:author"], p.meta["parsely-author"], p.meta["dc.creator"])
	}
	e.Topics = slices.Concat(texts(o["articleSection"]), p.meta["article:section"], words(texts(o["keywords"])), p.meta["article:tag"])
	for _, t := range typesOf(o) {
		if name := works[t]; name != "" {
			e.Types = append(e.Types, name)
		}
	}
	for i, at := range p.meta["og:image"] {
		img := entry.Image{URL: at}
		if alts := p.meta["og:image:alt"]; i < len(alts) {
			img.Alt = alts[i]
		}
		e.Fallback = append(e.Fallback, img)
	}
	switch img := p.resolve(o["image"]).(type) {
	case map[string]any:
		e.Fallback = append(e.Fallback, entry.Image{URL: text(map[string]any{"a": img["url"], "b": img["contentUrl"]}, "a", "b"), Alt: text(img, "caption"), Credit: text(img, "creditText")})
	case string, []any:
		for _, at := range texts(img) {
			e.Fallback = append(e.Fallback, entry.Image{URL: at})
		}
	}
	e.Fallback = append(e.Fallback, entry.Image{URL: p.first("twitter:image", "twitter:image:src")})
	return e
}

// paid says whether the text of a page is for those who pay alone.
func (p *page) paid(o map[string]any) bool {
	free, said := o["isAccessibleForFree"]
	for _, of := range p.data {
		if v, ok := of["isAccessibleForFree"]; ok && !said {
			free, said = v, true
		}
	}
	no, _ := free.(string)
	return free == false || strings.EqualFold(strings.TrimPrefix(strings.TrimPrefix(no, "http://schema.org/"), "https://schema.org/"), "false") ||
		p.first("article:content_tier", "og:article:content_tier") == "locked"
}

func langOf(o map[string]any) string {
	if m, ok := o["inLanguage"].(map[string]any); ok {
		return text(m, "alternateName", "name")
	}
	return text(o, "inLanguage")
}

// words parts a list in one text at its commas.
func words(list []string) []string {
	var all []string
	for _, s := range list {
		for _, w := range strings.Split(s, ",") {
			if w = strings.TrimSpace(w); w != "" {
				all = append(all, w)
			}
		}
	}
	return all
}
