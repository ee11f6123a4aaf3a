package pages

import (
	"bytes"
	"html/template"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"

	"akin/recommend"
	plaintext "akin/recommend/text"
)

// prose turns Markdown into HTML for pages.
type prose struct{ md goldmark.Markdown }

func newProse() *prose {
	return &prose{goldmark.New(
		goldmark.WithExtensions(
			extension.NewTable(extension.WithTableCellAlignMethod(extension.TableCellAlignAttribute)), // styles are for style sheets
			extension.Strikethrough, extension.Typographer,
		),
		goldmark.WithParserOptions(parser.WithASTTransformers(util.Prioritized(tidyProse{}, 100))),
	)}
}

// HTML returns the HTML of Markdown. Raw HTML in it is left out, headings
// begin at level 2, and links and pictures have addresses that are safe to
// follow and to load. It never fails.
func (p *prose) HTML(markdown string) template.HTML {
	var b bytes.Buffer
	if err := p.md.Convert([]byte(markdown), &b); err != nil {
		return template.HTML(template.HTMLEscapeString(markdown))
	}
	return template.HTML(b.String())
}

// tidyProse makes room for the page's own heading of level 1, leaves out raw
// HTML, and keeps only the text of links and pictures whose addresses are not
// safe. Goldmark writes no other attribute that a text could misuse.
type tidyProse struct{}

func (tidyProse) Transform(doc *ast.Document, source text.Reader, _ parser.Context) {
	var drop []ast.Node
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		safe := true
		switch n := n.(type) {
		case *ast.Heading:
			n.Level = min(n.Level+1, 6)
		case *ast.Link:
			safe = followable(util.URLEscape(n.Destination, true))
		case *ast.AutoLink:
			safe = n.AutoLinkType == ast.AutoLinkEmail || followable(util.URLEscape(n.URL(source.Source()), false))
		case *ast.Image:
			safe = safeURL(nil, string(util.URLEscape(n.Destination, true))) != ""
		case *ast.RawHTML, *ast.HTMLBlock:
			safe = false
		}
		if !safe {
			drop = append(drop, n)
		}
		return ast.WalkContinue, nil
	})
	for _, n := range drop {
		if link, ok := n.(*ast.AutoLink); ok {
			n.Parent().InsertBefore(n.Parent(), n, ast.NewString(link.Label(source.Source())))
		}
		for c := n.FirstChild(); c != nil; c = n.FirstChild() {
			n.Parent().InsertBefore(n.Parent(), n, c)
		}
		n.Parent().RemoveChild(n.Parent(), n)
	}
}

// followable tells whether a link to dest, as it is written into HTML, leads to
// a page or to somebody's mail, and nowhere else.
func followable(dest []byte) bool {
	u, err := url.Parse(string(dest))
	return err == nil && slices.Contains([]string{"", "http", "https", "mailto"}, u.Scheme)
}

// plain returns the text of Markdown or of a summary on one line, at most max
// bytes long, cut between words with an ellipsis.
func plain(s string, max int) string {
	s = strings.Join(strings.Fields(s), " ")
	if len(s) <= max {
		return s
	}
	return cutWords(s, max) + "…"
}

// cutWords returns the longest run of whole words at the start of s that takes
// at most max bytes; of a first word longer than that, as much as fits.
func cutWords(s string, max int) string {
	if len(s) <= max {
		return s
	}
	cut := max
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	head := s[:cut]
	if i := strings.LastIndexByte(head, ' '); i > 0 && s[cut] != ' ' {
		head = head[:i]
	}
	return strings.TrimRight(head, " ,;:—–-")
}

const maxShown = 500 // bytes of a summary in lists and feeds

// clip returns the beginning of a summary for a list, which shows a few lines of
// it, however long it is. Text without spaces is cut between characters.
func clip(s string) string {
	if len(s) <= maxShown {
		return s
	}
	head := cutWords(s, maxShown)
	if len(head) < maxShown/2 {
		cut := maxShown
		for !utf8.RuneStart(s[cut]) {
			cut--
		}
		head = s[:cut]
	}
	return head + " …"
}

const maxMadeHeading = 96 // bytes of a heading that is made from a summary

// heading returns what an item is called and what remains of its summary.
// Items without a title are called by the title in "Cover image for TITLE",
// or by how their summary begins, which is then not said twice; last of all by
// their image's text.
func heading(title, summary string, image *recommend.Image) (name, rest string) {
	summary = plaintext.Plain(summary)
	if title = plaintext.Plain(title); title != "" {
		return title, summary
	}
	alt := ""
	if image != nil {
		alt = plaintext.Plain(image.Alt)
	}
	if m := coverOf().FindStringSubmatch(alt); m != nil && !looksLikeFile(m[1]) {
		return m[1], summary
	}
	if summary == "" {
		if looksLikeFile(alt) {
			alt = tidyFile(alt)
		}
		return alt, ""
	}
	if first := firstSentence(summary); len(first) <= maxMadeHeading {
		return strings.TrimSuffix(first, "."), strings.TrimSpace(summary[len(first):])
	}
	head := cutWords(summary, maxMadeHeading)
	return head + " …", "… " + strings.TrimLeft(summary[len(head):], " ,;:")
}

var coverOf = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)^(?:cover image for|cover of|portada de)\s+(.+)$`)
})

var fileWord = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)_|^(?:coverthumb|img|dsc|image)[ -]?|\.(?:jpe?g|png|gif|webp|svg)$`)
})

// looksLikeFile tells whether an image's text is the name of its file rather
// than a description.
func looksLikeFile(alt string) bool { return fileWord().MatchString(alt) }

// tidyFile makes words of a file's name.
func tidyFile(alt string) string {
	alt = strings.ReplaceAll(fileWord().ReplaceAllString(alt, " "), "-", " ")
	alt = strings.Join(strings.Fields(alt), " ")
	r, n := utf8.DecodeRuneInString(alt)
	if n == 0 {
		return ""
	}
	return string(unicode.ToUpper(r)) + alt[n:]
}

// firstSentence returns s up to and with the first full stop, question or
// exclamation mark that ends a sentence; all of s if there is none.
func firstSentence(s string) string {
	for i := 0; i+2 < len(s); i++ {
		if !strings.ContainsRune(".?!", rune(s[i])) || s[i+1] != ' ' {
			continue
		}
		word := s[strings.LastIndexByte(s[:i], ' ')+1 : i]
		next, _ := utf8.DecodeRuneInString(s[i+2:])
		if s[i] == '.' && (abbreviation().MatchString(word) || !unicode.IsUpper(next) && !strings.ContainsRune("¿¡“\"«", next)) {
			continue // an initial or an abbreviation: "U.S. policy", "Dr. Varma", "e.g. this"
		}
		return s[:i+1]
	}
	return s
}

var abbreviation = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(?:\p{L}|.*\..*|(?i:dr|dra|mr|mrs|ms|sr|sra|jr|st|vs|prof|gen|col|gov|sen|rep))$`)
})

// altText returns an image's text for those who do not see it; a file's name
// tells them nothing, so it counts as none.
func altText(alt string) string {
	if looksLikeFile(alt) {
		return ""
	}
	return plaintext.Plain(alt)
}

// safeURL returns u, resolved against base if that is not nil, if it is an
// http or https address or a path; else nothing. Addresses of items and images
// come from outside and pass through here.
func safeURL(base *url.URL, u string) string {
	u = strings.TrimSpace(u)
	if u == "" || strings.ContainsAny(u, "\\\n\r\t") || strings.HasPrefix(u, "//") {
		return ""
	}
	p, err := url.Parse(u)
	if err != nil || p.Opaque != "" || p.Scheme != "" && p.Host == "" {
		return ""
	}
	switch p.Scheme {
	case "http", "https":
		return p.String()
	case "":
		if base != nil {
			return base.ResolveReference(p).String()
		}
		return p.String()
	default:
		return ""
	}
}
