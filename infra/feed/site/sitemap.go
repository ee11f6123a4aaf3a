package site

import (
	"bufio"
	"compress/gzip"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/net/html/charset"
)

// A place is a page that a sitemap lists.
type place struct {
	address    string
	changed    string            // lastmod, as it is written
	alternates map[string]string // addresses of the translations by language, its own too
}

// A sitemap is what one file lists: pages, or other sitemaps.
type sitemap struct {
	places []place
	maps   []place
}

var errNoSitemap = errors.New("is not a sitemap")

// parseSitemap reads a sitemap, which may be gzipped: of one that is cut off or
// broken what stands before that, beside the error. A text of an address a line
// is a sitemap too.
func parseSitemap(r io.Reader) (*sitemap, error) {
	in := bufio.NewReader(io.LimitReader(r, maxSitemap))
	if magic, _ := in.Peek(2); string(magic) == "\x1f\x8b" {
		z, err := gzip.NewReader(in)
		if err != nil {
			return nil, err
		}
		in = bufio.NewReader(io.LimitReader(z, maxSitemap))
	}
	s := &sitemap{}
	if head, _ := in.Peek(8); strings.HasPrefix(string(head), "http") {
		lines := bufio.NewScanner(in)
		for lines.Scan() && len(s.places) < maxPages {
			if a := strings.TrimSpace(lines.Text()); a != "" {
				s.places = append(s.places, place{address: a})
			}
		}
		return s, lines.Err()
	}
	dec := xml.NewDecoder(in)
	dec.CharsetReader, dec.Strict = charset.NewReaderLabel, false
	root := false
	for len(s.places) < maxPages && len(s.maps) < maxPages {
		token, err := dec.Token()
		switch {
		case err == io.EOF && root:
			return s, nil
		case err != nil && !root:
			return nil, errNoSitemap
		case err != nil:
			return s, err
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		switch name := start.Name.Local; {
		case !root && name != "urlset" && name != "sitemapindex":
			return nil, errNoSitemap
		case !root:
			root = true
		case name == "url" || name == "sitemap":
			var e struct {
				Loc     string `xml:"loc"`
				Lastmod string `xml:"lastmod"`
				Links   []struct {
					Rel  string `xml:"rel,attr"`
					Lang string `xml:"hreflang,attr"`
					Href string `xml:"href,attr"`
				} `xml:"link"`
			}
			if err := dec.DecodeElement(&e, &start); err != nil {
				return s, err
			}
			p := place{address: strings.TrimSpace(e.Loc), changed: strings.TrimSpace(e.Lastmod)}
			for _, l := range e.Links {
				if l.Rel == "alternate" && l.Href != "" && l.Lang != "" {
					if p.alternates == nil {
						p.alternates = map[string]string{}
					}
					p.alternates[l.Lang] = l.Href
				}
			}
			switch {
			case p.address == "":
			case name == "sitemap":
				s.maps = append(s.maps, p)
			default:
				s.places = append(s.places, p)
			}
		}
	}
	return s, fmt.Errorf("lists more than %d pages; the rest is not read", maxPages)
}
