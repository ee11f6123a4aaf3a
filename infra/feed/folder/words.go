package folder

import (
	"bytes"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/renderer/html"
	"golang.org/x/text/unicode/norm"

	"akin/infra/feed/entry"
	"akin/recommend"
	"akin/recommend/text"
)

// markdown renders what the generators render, raw HTML too: the texts become
// plain further on.
var markdown = goldmark.New(
	goldmark.WithExtensions(extension.Table, extension.Strikethrough, extension.Footnote, extension.DefinitionList),
	goldmark.WithRendererOptions(html.WithUnsafe()),
)

var (
	picture   = entry.Pattern(`!\[([^\[\]\n]{0,500})\]\(\s*<?([^\s()<>]{1,1000})>?(?:\s+["'][^\n]{0,300}?["'])?\s*\)`)
	figure    = entry.Pattern(`\{\{[<%]\s*(?:figure|img|image)\s[^{}\n]{0,1000}?[>%]\}\}`)
	parameter = entry.Pattern(`(src|alt)\s*=\s*"([^"]*)"`)
	heading   = entry.Pattern(`(?m)^#[ \t]+(.+?)[ \t]*#*[ \t]*$|^([^\n#>\-*+|` + "`" + `][^\n]*)\n=+[ \t]*$`)
	attribute = entry.Pattern(`\s*\{[#.:][^{}\n]*\}\s*$`)
	more      = entry.Pattern(`<!--\s*more\s*-->`)
)

// A text that nests without end, which nobody writes, is left as it is: to render
// it takes the square of its length.
var nested = entry.Pattern(`(?m)^[ \t]*(?:(?:>|[-*+]|\d{1,9}[.)])[ \t]*){32}`)

const mostBrackets = 4000

// content returns the text of a page as HTML without template tags, at most
// what an item may hold; body may be Markdown.
func content(body []byte, ext string) string {
	const most = 2 * recommend.MaxBody // bytes; tags and marks take some
	s := entry.Cut(strings.ToValidUTF8(string(body[:min(len(body), 2*most)]), "�"), most)
	if ext == ".mdx" {
		s = dropCode(s)
	}
	s = text.DropCodes(s)
	if !isMarkdown(ext) || nested().MatchString(s) || strings.Count(s, "[") > mostBrackets {
		return s
	}
	var b bytes.Buffer
	if markdown.Convert([]byte(s), &b) != nil {
		return s
	}
	return b.String()
}

func isMarkdown(ext string) bool {
	switch ext {
	case ".md", ".markdown", ".mdown", ".mkd", ".mkdn", ".mdx":
		return true
	}
	return false
}

// beginning returns what stands before the mark that parts a summary from the
// rest; "" without one.
func beginning(body []byte, separator, ext string) string {
	at := -1
	if separator != "" {
		at = bytes.Index(body, []byte(separator))
	} else if m := more().FindIndex(body); m != nil {
		at = m[0]
	}
	if at <= 0 {
		return ""
	}
	return content(body[:at], ext)
}

// title returns the heading that a text begins with; "" without one.
func title(body []byte) string {
	m := heading().FindSubmatch(body[:min(len(body), 4096)])
	if m == nil {
		return ""
	}
	text := m[1]
	if len(text) == 0 {
		text = m[2]
	}
	return attribute().ReplaceAllString(string(text), "")
}

// pictures returns the pictures that a Markdown text shows, the first few.
func pictures(body []byte) []entry.Image {
	const few = 3
	var found []entry.Image
	for _, m := range picture().FindAllSubmatch(body, few) {
		found = append(found, entry.Image{URL: string(m[2]), Alt: string(m[1])})
	}
	for _, m := range figure().FindAll(body, few) {
		var i entry.Image
		for _, p := range parameter().FindAllSubmatch(m, -1) {
			if string(p[1]) == "src" {
				i.URL = string(p[2])
			} else {
				i.Alt = string(p[2])
			}
		}
		if i.URL != "" {
			found = append(found, i)
		}
	}
	return found
}

// fold returns s without the accents of Latin letters.
func fold(s string) string {
	return strings.NewReplacer("ß", "ss", "æ", "ae", "ø", "o", "œ", "oe", "ä", "ae", "ö", "oe", "ü", "ue").Replace(strings.Map(func(r rune) rune {
		if strings.ContainsRune("äöüÄÖÜ", r) {
			return r
		}
		if d := norm.NFD.String(string(r)); d != "" && d[0] < 0x80 {
			return rune(d[0])
		}
		return r
	}, s))
}
