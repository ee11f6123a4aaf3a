package entry

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
)

// OneLine returns s with each run of white space and control characters as one
// space, and none at the ends.
func OneLine(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
}

// PlainText returns the text of s, which may be HTML, on one line.
func PlainText(s string) string {
	var b strings.Builder
	z := html.NewTokenizer(strings.NewReader(s))
	for hidden := false; ; {
		switch z.Next() {
		case html.ErrorToken:
			return OneLine(b.String())
		case html.TextToken:
			if !hidden {
				b.Write(z.Text())
			}
		case html.StartTagToken:
			name, _ := z.TagName()
			hidden = string(name) == "script" || string(name) == "style"
			b.WriteByte(' ')
		case html.EndTagToken:
			hidden = false
			b.WriteByte(' ')
		case html.SelfClosingTagToken:
			b.WriteByte(' ')
		}
	}
}

var (
	bareTag = Pattern(`<(/?)([A-Za-z][A-Za-z0-9]*)>`)
	apart   = map[string]bool{"p": true, "br": true, "hr": true, "li": true, "div": true, "wbr": true}
)

// Literal returns a text that is said to hold no markup with its tags such that they
// are shown, and not dropped: "how <b> is used". They are markup nevertheless where
// they are closed, part paragraphs, or have attributes.
func Literal(s string) string {
	all := bareTag().FindAllStringSubmatchIndex(s, -1)
	closed := map[string]bool{}
	for _, m := range all {
		if m[2] < m[3] {
			closed[strings.ToLower(s[m[4]:m[5]])] = true
		}
	}
	var b strings.Builder
	from := 0
	for _, m := range all {
		if name := strings.ToLower(s[m[4]:m[5]]); closed[name] || apart[name] {
			continue
		}
		b.WriteString(s[from:m[0]] + "<\u200c") // a letter beside it would make a tag of it
		from = m[0] + 1
	}
	return b.String() + s[from:]
}

// Shorten cuts s to most bytes between words, and says so with an ellipsis.
func Shorten(s string, most int) string {
	if len(s) <= most {
		return s
	}
	s = Cut(s, most-len("…"))
	if k := strings.LastIndexFunc(s, unicode.IsSpace); k > len(s)/2 {
		s = s[:k]
	}
	return strings.TrimRightFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsPunct(r) }) + "…"
}

// Cut cuts s to most bytes between characters.
func Cut(s string, most int) string {
	if len(s) <= most {
		return s
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most]
}
