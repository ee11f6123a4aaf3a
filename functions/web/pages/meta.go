package pages

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"akin/recommend"
	plaintext "akin/recommend/text"
)

// object is Schema.org data in the order of its keys.
type object map[string]any

// websiteData describes the site and how to search it, which no folder can be.
func websiteData(v *View) any {
	d := object{
		"@context": "https://schema.org", "@type": "WebSite",
		"name": v.Site, "url": v.absolute(v.Href("/")), "inLanguage": v.Lang,
	}
	if v.static == nil {
		d["potentialAction"] = object{
			"@type":       "SearchAction",
			"target":      object{"@type": "EntryPoint", "urlTemplate": v.origin + "/search?q={search_term_string}"},
			"query-input": "required name=search_term_string",
		}
	}
	return d
}

// topicData describes a topic's page and what it lists.
func topicData(v *View, body *topicBody) any {
	kind := "CollectionPage"
	if body.Prose {
		kind = "AboutPage"
	}
	d := object{
		"@context": "https://schema.org", "@type": kind,
		"name": body.Name, "url": v.Canonical, "inLanguage": v.Lang,
		"isPartOf": object{"@type": "WebSite", "name": v.Site, "url": v.absolute(v.Href("/"))},
	}
	if v.Description != "" {
		d["description"] = v.Description
	}
	if body.Picture != nil {
		d["image"] = v.whole(body.Picture.URL)
	}
	var items []object
	seen := map[string]bool{}
	for _, s := range body.Sections {
		for _, e := range s.Entries {
			if seen[e.ID] || len(items) == 50 {
				continue
			}
			seen[e.ID] = true
			items = append(items, object{"@type": "ListItem", "position": len(items) + 1, "url": v.absolute(e.Href)})
		}
	}
	if len(items) > 0 {
		d["mainEntity"] = object{"@type": "ItemList", "itemListElement": items}
	}
	crumbs := []object{{"@type": "ListItem", "position": 1, "name": v.T("topics"), "item": v.absolute(v.Href("/topics"))}}
	if body.Parent != nil {
		crumbs = append(crumbs, object{"@type": "ListItem", "position": 2, "name": body.Parent.Title, "item": v.absolute(body.Parent.Href)})
	}
	crumbs = append(crumbs, object{"@type": "ListItem", "position": len(crumbs) + 1, "name": body.Name})
	d["breadcrumb"] = object{"@type": "BreadcrumbList", "itemListElement": crumbs}
	return d
}

// itemData describes an item. Its kind is said in general terms: a site's own
// kinds are no Schema.org types.
func itemData(v *View, c recommend.Card, body itemBody) any {
	d := object{
		"@context": "https://schema.org", "@type": schemaType(c.Types),
		"headline": plain(body.Entry.Title, 110), "name": body.Entry.Title,
		"url": v.Canonical,
	}
	if body.Read != "" {
		d["mainEntityOfPage"] = body.Read
	}
	if c.Summary != "" {
		d["description"] = plain(plaintext.Plain(c.Summary), 500)
	}
	if c.Lang != "" {
		d["inLanguage"] = c.Lang
	}
	if c.Date != "" {
		d["datePublished"] = c.Date
	}
	if len(c.Types) > 0 {
		d["genre"] = c.Types
	}
	var authors []object
	for _, a := range c.Authors {
		authors = append(authors, object{"@type": "Person", "name": a})
	}
	if len(authors) > 0 {
		d["author"] = authors
	}
	if body.Picture != nil {
		image := object{"@type": "ImageObject", "url": v.whole(body.Picture.URL)}
		if body.Picture.Credit != "" {
			image["creditText"] = body.Picture.Credit
		}
		d["image"] = image
	}
	var about []object
	for _, t := range body.Topics {
		about = append(about, object{"@type": "Thing", "name": t.Title, "url": v.absolute(t.Href)})
	}
	if len(about) > 0 {
		d["about"] = about
	}
	var others []object
	for _, t := range c.Translations {
		o := object{"@type": "CreativeWork", "url": v.absolute(v.Work(t.ID, t.URL))}
		if t.Lang != "" {
			o["inLanguage"] = t.Lang
		}
		others = append(others, o)
	}
	if len(others) > 0 {
		d["workTranslation"] = others
	}
	var links []string
	for _, e := range body.Related {
		links = append(links, v.absolute(e.Href))
	}
	if len(links) > 0 {
		d["relatedLink"] = links
	}
	if d["@type"] != "WebPage" {
		delete(d, "relatedLink") // a property of pages only
	}
	return d
}

func schemaType(types []string) string {
	for _, t := range types {
		switch strings.ToLower(t) {
		case "reports", "policy briefs", "briefs", "fact sheets":
			return "Report"
		case "video", "videos", "webinars":
			return "VideoObject"
		case "audio", "podcasts":
			return "AudioObject"
		case "news":
			return "NewsArticle"
		}
	}
	return "Article"
}

// What one sitemap may hold, by its standard; and one that lists others.
const (
	sitemapMax   = 50_000
	sitemapBytes = 50 << 20
)

type sitemapURL struct {
	Loc     string        `xml:"loc"`
	LastMod string        `xml:"lastmod,omitempty"`
	Links   []sitemapLink `xml:"xhtml:link"`
}

type sitemapLink struct {
	Rel      string `xml:"rel,attr"`
	HrefLang string `xml:"hreflang,attr"`
	Href     string `xml:"href,attr"`
}

// sitemap lists the start page, topics and items. Language versions of an item
// name each other. Works that are to be found elsewhere are not in it, as another
// website's sitemap lists them. What one sitemap cannot hold is parted: then it lists
// its parts, /sitemap.xml?part=1 and so on.
func (p *Pages) sitemap(w http.ResponseWriter, r *http.Request) error {
	origin := p.originOf(r)
	urls := []sitemapURL{{Loc: origin + "/"}, {Loc: origin + "/topics"}}
	topics, err := p.Reader.Topics(r.Context())
	if err != nil {
		return err
	}
	for _, t := range topics {
		urls = append(urls, sitemapURL{Loc: origin + "/topics/" + url.PathEscape(t.Slug)})
	}
	q := recommend.ListQuery{Limit: 100, Ungrouped: true}
	var until time.Time
	for {
		l, err := p.Reader.Listing(r.Context(), "", q)
		if err != nil {
			return err
		}
		if !l.Until.IsZero() && (until.IsZero() || l.Until.Before(until)) {
			until = l.Until
		}
		for _, c := range l.Items {
			if p.elsewhere(c.URL) != "" {
				continue
			}
			at := func(id, address string) string {
				return cmp.Or(p.elsewhere(address), origin+"/items/"+url.PathEscape(id))
			}
			u := sitemapURL{Loc: at(c.ID, c.URL)}
			if len(c.Translations) > 0 && c.Lang != "" {
				u.Links = append(u.Links, sitemapLink{"alternate", c.Lang, u.Loc})
				for _, t := range c.Translations {
					if t.Lang != "" {
						u.Links = append(u.Links, sitemapLink{"alternate", t.Lang, at(t.ID, t.URL)})
					}
				}
			}
			urls = append(urls, u)
		}
		if q.Cursor = l.NextCursor; q.Cursor == "" {
			break
		}
	}
	parts := partSitemap(urls, sitemapMax, sitemapBytes)
	asked := r.URL.Query().Get("part")
	n, err := strconv.Atoi(asked)
	var b []byte
	switch {
	case asked != "" && (err != nil || n < 1 || n > len(parts)):
		return p.NotFound(w, r)
	case asked != "":
		b, err = marshalSitemap(parts[n-1])
	case len(parts) == 1:
		b, err = marshalSitemap(urls)
	default:
		b, err = marshalSitemapIndex(len(parts), func(n int) string { return fmt.Sprintf("%s/sitemap.xml?part=%d", origin, n) })
	}
	if err != nil {
		return err
	}
	return p.Write(w, r, http.StatusOK, "application/xml; charset=utf-8", b, until)
}

const sitemapSpace = "http://www.sitemaps.org/schemas/sitemap/0.9"

// partSitemap parts addresses, in their order, so that a sitemap holds no more of them than
// most and is no longer than so many bytes. There is at least one part.
func partSitemap(urls []sitemapURL, most, bytes int) [][]sitemapURL {
	const around = 300 // bytes of a sitemap beside its addresses
	var parts [][]sitemapURL
	from, size := 0, around
	for i := range urls {
		length := urls[i].length()
		if i-from == most || i > from && size+length > bytes {
			parts = append(parts, urls[from:i])
			from, size = i, around
		}
		size += length
	}
	return append(parts, urls[from:])
}

// length is how many bytes at most an address takes in a sitemap: any of its
// characters may be written as five, such as "&amp;".
func (u *sitemapURL) length() int {
	n := 60 + 5*(len(u.Loc)+len(u.LastMod))
	for _, l := range u.Links {
		n += 60 + 5*(len(l.Rel)+len(l.HrefLang)+len(l.Href))
	}
	return n
}

func marshalSitemap(urls []sitemapURL) ([]byte, error) {
	return marshalXML(struct {
		XMLName xml.Name     `xml:"urlset"`
		NS      string       `xml:"xmlns,attr"`
		XHTML   string       `xml:"xmlns:xhtml,attr"`
		URLs    []sitemapURL `xml:"url"`
	}{NS: sitemapSpace, XHTML: "http://www.w3.org/1999/xhtml", URLs: urls})
}

// marshalSitemapIndex writes the sitemap that lists so many others, whose addresses, from
// 1, address tells.
func marshalSitemapIndex(parts int, address func(n int) string) ([]byte, error) {
	type sitemap struct {
		Loc string `xml:"loc"`
	}
	index := struct {
		XMLName xml.Name  `xml:"sitemapindex"`
		NS      string    `xml:"xmlns,attr"`
		Parts   []sitemap `xml:"sitemap"`
	}{NS: sitemapSpace}
	for n := range parts {
		index.Parts = append(index.Parts, sitemap{address(n + 1)})
	}
	return marshalXML(index)
}

// robots keeps crawlers out of what has no end, and shows them the sitemap.
func (p *Pages) robots(w http.ResponseWriter, r *http.Request) error {
	text := fmt.Sprintf("User-agent: *\nDisallow: /v1/\nDisallow: /search\nDisallow: /coverage\nDisallow: /draft\n\nSitemap: %s/sitemap.xml\n", p.originOf(r))
	return p.Write(w, r, http.StatusOK, "text/plain; charset=utf-8", []byte(text), time.Time{})
}
