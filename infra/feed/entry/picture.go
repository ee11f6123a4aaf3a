package entry

import (
	"strconv"
	"strings"

	"golang.org/x/net/html"
)

// FirstImage returns the first picture that HTML shows, with its alternative
// text: none that counts readers or stands for a character. Its URL is empty if
// there is none.
func FirstImage(s string) Image {
	if !strings.Contains(s, "<img") && !strings.Contains(s, "<IMG") && !strings.Contains(s, "<amp-img") {
		return Image{}
	}
	z := html.NewTokenizer(strings.NewReader(s))
	source := "" // the picture element's, which stands before its img
	for {
		switch z.Next() {
		case html.ErrorToken:
			return Image{}
		case html.StartTagToken, html.SelfClosingTagToken:
			name, more := z.TagName()
			tag := string(name)
			if tag != "img" && tag != "amp-img" && tag != "source" {
				continue
			}
			attr := map[string]string{}
			for more {
				var k, v []byte
				k, v, more = z.TagAttr()
				attr[string(k)] = strings.TrimSpace(string(v))
			}
			m := Image{Alt: attr["alt"]}
			for _, k := range []string{"data-src", "data-lazy-src", "data-original", "src"} {
				if v := attr[k]; m.URL == "" && v != "" && !strings.HasPrefix(v, "data:") {
					m.URL = v
				}
			}
			for _, k := range []string{"data-srcset", "data-lazy-srcset", "srcset"} {
				if m.URL == "" {
					m.URL = largest(attr[k])
				}
			}
			if tag == "source" {
				if source == "" && (attr["srcset"] != "" || attr["data-srcset"] != "") {
					source = m.URL
				}
				continue
			}
			if m.URL == "" {
				m.URL = source
			}
			source = ""
			if m.URL != "" && !strings.HasPrefix(m.URL, "data:") && !tiny(attr["width"]) && !tiny(attr["height"]) && !counts(m.URL, attr["class"]) {
				return m
			}
		}
	}
}

// largest returns the address of the largest picture that a srcset names, the
// first of several; "" if there is none. Those without a size are of 1x.
func largest(srcset string) (address string) {
	most := 0.0
	for rest := srcset; ; {
		rest = strings.TrimLeft(rest, ", \t\r\n\f")
		end := strings.IndexAny(rest, " \t\r\n\f")
		if end < 0 {
			end = len(rest)
		}
		at, size := rest[:end], ""
		if rest = rest[end:]; at == "" {
			return address
		}
		if bare := strings.TrimRight(at, ","); bare != at {
			at = bare // the next one follows
		} else {
			size, rest, _ = strings.Cut(rest, ",")
		}
		n := 1.0
		for _, d := range strings.Fields(size) {
			if v, err := strconv.ParseFloat(strings.TrimRight(d, "wx"), 64); err == nil { // "480h" is none
				n = v
			}
		}
		if n > most && !strings.HasPrefix(at, "data:") {
			address, most = at, n
		}
	}
}

// tiny says whether a width or a height is of a picture that shows nothing.
func tiny(pixels string) bool {
	n, err := strconv.Atoi(strings.TrimSuffix(pixels, "px"))
	return err == nil && n < 16
}

// counts says whether a picture counts readers, or is an emoji or the portrait of
// an account.
func counts(address, class string) bool {
	for _, part := range []string{"feeds.feedburner.com/~", "/~r/", "/~ff/", "pixel.wp.com", "stats.wordpress.com", "feedsportal.com", "doubleclick.net",
		"google-analytics.com", "s.w.org/images/core/emoji", "/emoji/", "scorecardresearch.com", "/pixel.", "piwik.php", "matomo.php", "gravatar.com/avatar/", "spacer.gif", "blank.gif"} {
		if strings.Contains(address, part) {
			return true
		}
	}
	return strings.Contains(class, "emoji") || strings.Contains(class, "wp-smiley")
}
