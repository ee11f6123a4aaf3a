package pages

import (
	"fmt"
	"strings"
	"testing"
)

// What one sitemap cannot hold is parted by number and by length, in order, and no part
// is longer than it may be, whatever has to be escaped.
func TestPartSitemap(t *testing.T) {
	var urls []sitemapURL
	for i := range 1000 {
		u := sitemapURL{Loc: fmt.Sprintf("https://example.org/items/%d?a=1&b=2", i)}
		if i%3 == 0 {
			u.Links = []sitemapLink{{"alternate", "en", u.Loc}, {"alternate", "pt-BR", u.Loc + strings.Repeat("&'", 40)}}
		}
		urls = append(urls, u)
	}
	for _, tt := range []struct{ most, bytes, parts int }{{1000, 1 << 20, 1}, {300, 1 << 20, 4}, {1000, 40_000, 0}} {
		parts := partSitemap(urls, tt.most, tt.bytes)
		if tt.parts > 0 && len(parts) != tt.parts || len(parts) < 2 && tt.parts != 1 {
			t.Errorf("%v: %d parts", tt, len(parts))
		}
		n := 0
		for _, part := range parts {
			b, err := marshalSitemap(part)
			if err != nil || len(part) > tt.most || len(b) > tt.bytes {
				t.Errorf("%v: %d addresses in %d bytes, %v", tt, len(part), len(b), err)
			}
			for _, u := range part {
				if u.Loc != urls[n].Loc {
					t.Fatalf("%v: %s in place of %s", tt, u.Loc, urls[n].Loc)
				}
				n++
			}
		}
		if n != len(urls) {
			t.Errorf("%v: %d addresses", tt, n)
		}
	}
	if parts := partSitemap(nil, 5, 5); len(parts) != 1 {
		t.Errorf("no address: %d parts", len(parts))
	}
}
