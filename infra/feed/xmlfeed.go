package feed

import (
	"bytes"
	"errors"
	"html"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/mmcdole/gofeed"
	feedatom "github.com/mmcdole/gofeed/atom"
	feedrss "github.com/mmcdole/gofeed/rss"

	"akin/infra/feed/entry"
	"akin/infra/feed/stream"
)

// A part is one entry of an RSS or Atom text.
type part struct {
	from, to int
	line     int  // from 1
	open     bool // a CDATA section in it was not closed
}

// A layout is how an RSS or Atom text is made.
type layout struct {
	open, shut string // what is to stand around an entry
	root       string // local name of the root element: rss, RDF or feed
	langs      string // start tags of the root and the channel
	parts      []part
	whole      bool // the root element is closed
	lastLine   int
}

// xmlFeed hands out the entries of RSS or Atom. Each is read for itself, so that
// a fault in one costs no other.
func (f *reader) xmlFeed(in *entry.Input, data []byte, lost error) (about, bool) {
	var a about
	label := labelOf(in.Header, data)
	if entry.Escapes(label) {
		if s, ok := decode(data, label); ok {
			data = []byte(s) // whose bytes look like ASCII
		}
		label = "utf-8"
	}
	l := layOut(data)
	var outside strings.Builder
	from := 0
	for _, p := range l.parts {
		outside.Write(data[from:p.from])
		from = p.to
	}
	outside.Write(data[from:])
	about, _ := decode([]byte(outside.String()), label)
	if ownFeed().MatchString(about) {
		return a, f.cut(1, entry.Own("feed"))
	}
	lang := langOf(about, l.langs)
	a.next = nextOf(about)
	a.wordpress = wordpressFeed().MatchString(about)
	parser := gofeed.NewParser()
	parser.RSSTranslator = bylines{&gofeed.DefaultRSSTranslator{DisableContentImageScan: true}}
	parser.AtomTranslator = sourced{&gofeed.DefaultAtomTranslator{}}
	var authors []string
	if l.root == "feed" {
		authors = authorsOf(about)
	}
	for i, p := range l.parts {
		if f.ctx.Err() != nil {
			return a, f.cut(p.line, wrong("feed", "was not read further: %v", f.ctx.Err()))
		}
		if (!l.whole || lost != nil) && i == len(l.parts)-1 && !closed(data[p.from:p.to]) {
			break // cut off in the middle
		}
		text, ok := decode(data[p.from:p.to], label)
		e, err := readPart(parser, l, text)
		if e == nil {
			if !f.reject(p.line, "", wrong("entry", "cannot be read: %v", err)) {
				return a, false
			}
			continue
		}
		if tag := xmlLang(startTag(text), innerTag(text, "title"), innerTag(text, "content"), innerTag(text, "summary")); tag != "" {
			e.Lang = tag
		}
		if e.Lang == "" {
			e.Lang = lang
		}
		if len(e.Authors) == 0 {
			e.Authors = authors // RFC 4287, 4.2.1
		}
		if l.root == "feed" {
			for name, s := range map[string]*string{"title": &e.Title, "summary": &e.Summary} {
				if literalType().MatchString(innerTag(text, name)) {
					*s = entry.Literal(*s)
				}
			}
		}
		if !ok {
			it, _, _ := e.Item(f.o)
			if !f.reject(p.line, it.ID, wrong("entry", "is not valid UTF-8; convert the feed to UTF-8 first")) {
				return a, false
			}
			continue
		}
		if p.open && !f.notice(Record{Line: p.line}, *entry.Unclosed("entry")) {
			return a, false
		}
		if !f.feedEntry(in, &a, p.line, e) {
			return a, false
		}
	}
	switch {
	case lost != nil:
		return a, f.cut(l.lastLine, lost)
	case !l.whole:
		return a, f.cut(l.lastLine, wrong("feed", "has no end; it was cut off, copy it again"))
	}
	return a, true
}

// bylines is a translator that keeps the author of an RSS entry as it is
// written. The one of gofeed drops a name beside which it does not expect what
// stands there: "Jane Doe <jane@example.org>", "Jane Doe (Reporter)".
type bylines struct{ *gofeed.DefaultRSSTranslator }

func (b bylines) Translate(of any) (*gofeed.Feed, error) {
	out, err := b.DefaultRSSTranslator.Translate(of)
	written, ok := of.(*feedrss.Feed)
	if err != nil || !ok {
		return out, err
	}
	for i, it := range written.Items {
		var name string
		if dc := it.DublinCoreExt; dc != nil {
			name = first(strings.Join(dc.Author, ""), strings.Join(dc.Creator[:min(len(dc.Creator), 1)], ""))
		}
		if itunes := it.ITunesExt; itunes != nil {
			name = first(name, itunes.Author)
		}
		if name = first(it.Author, name); name != "" {
			out.Items[i].Authors = []*gofeed.Person{{Name: name}}
		}
	}
	return out, nil
}

// sourced is a translator that takes the authors of the feed that an entry of Atom
// is from, where it has none of its own (RFC 4287, 4.2.1), and of its addresses that
// of a web page before any other.
type sourced struct{ *gofeed.DefaultAtomTranslator }

func (s sourced) Translate(of any) (*gofeed.Feed, error) {
	out, err := s.DefaultAtomTranslator.Translate(of)
	written, ok := of.(*feedatom.Feed)
	if err != nil || !ok {
		return out, err
	}
	for i, e := range written.Entries {
		if len(e.Authors) == 0 && e.Source != nil {
			for _, a := range e.Source.Authors {
				out.Items[i].Authors = append(out.Items[i].Authors, &gofeed.Person{Name: a.Name})
			}
		}
		for _, link := range e.Links {
			kind := strings.ToLower(link.Type)
			if (link.Rel == "" || link.Rel == "alternate") && (kind == "" || strings.HasPrefix(kind, "text/html") || strings.HasPrefix(kind, "application/xhtml")) {
				out.Items[i].Link = link.Href
				break
			}
		}
	}
	return out, nil
}

// authorsOf returns the authors that a feed of Atom names for all its entries.
func authorsOf(outside string) []string {
	var names []string
	for _, m := range authorIn().FindAllStringSubmatch(outside, -1) {
		if name := authorName().FindStringSubmatch(m[1]); name != nil {
			names = append(names, html.UnescapeString(strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(name[1]), "<![CDATA["), "]]>")))
		}
	}
	return names
}

// readPart returns the entry that is written in text.
func readPart(parser *gofeed.Parser, l layout, text string) (*entry.Entry, error) {
	parsed, err := parser.Parse(strings.NewReader(l.open + mendXML(text) + l.shut))
	switch {
	case parsed != nil && len(parsed.Items) > 0:
		e := fromEntry(parsed.Items[0])
		if e.Link == "" && l.root != "feed" {
			e.Link = linkOf(text)
		}
		if e.Link == "" && strings.HasPrefix(e.ID, "http") && !notPermanent().MatchString(text) {
			e.Link = e.ID
		}
		return e, nil
	case err == nil:
		err = errors.New("it is not an entry")
	}
	return nil, err
}

var (
	xmlDeclared   = entry.Pattern(`^\s*<\?xml[^>]*?\sencoding\s*=\s*["']([A-Za-z0-9._:-]+)["']`)
	xmlLangIn     = entry.Pattern(`\sxml:lang\s*=\s*(?:"([^"]*)"|'([^']*)')`)
	languageIn    = entry.Pattern(`<(?:dc:)?language(?:\s[^>]*)?>\s*(?:<!\[CDATA\[)?\s*([A-Za-z][A-Za-z0-9_-]*)`)
	wordpressFeed = entry.Pattern(`(?i)<generator[^>]*>[^<]{0,20}https?://wordpress\.(?:org|com)/|<generator[^>]*\suri="https?://wordpress\.org/`)
	ownFeed       = entry.Pattern(`<generator>\s*akin\s*</generator>`)
	linkIn        = entry.Pattern(`<(?:[A-Za-z0-9]+:)?link\s[^<>]*>`)
	relIn         = entry.Pattern(`\srel\s*=\s*(?:"([^"]*)"|'([^']*)')`)
	hrefIn        = entry.Pattern(`\shref\s*=\s*(?:"([^"]*)"|'([^']*)')`)
	atomLinkIn    = entry.Pattern(`<[A-Za-z0-9]+:link\s[^<>]*>`)
	authorIn      = entry.Pattern(`(?s)<(?:[A-Za-z0-9]+:)?author(?:\s[^<>]*)?>(.*?)</(?:[A-Za-z0-9]+:)?author\s*>`)
	authorName    = entry.Pattern(`(?s)<(?:[A-Za-z0-9]+:)?name(?:\s[^<>]*)?>(.*?)</(?:[A-Za-z0-9]+:)?name\s*>`)
	literalType   = entry.Pattern(`\stype\s*=\s*["']text(?:/plain)?["']`)
	notPermanent  = entry.Pattern(`(?i)isPermaLink\s*=\s*["']false`)
	entryEnd      = entry.Pattern(`</(?:[A-Za-z0-9._-]+:)?(?:item|entry)\s*>\s*$`)
)

func closed(text []byte) bool { return entryEnd().Match(text) }

// labelOf returns the encoding that the answer names, else the XML declaration,
// as far as it is known and not one that bytes show; "utf-8" without.
func labelOf(header http.Header, data []byte) string {
	if name := entry.Charset(header); entry.Encoding(name) != nil || entry.Escapes(name) {
		return name
	}
	if m := xmlDeclared().FindSubmatch(data[:min(len(data), 400)]); m != nil {
		return string(m[1])
	}
	return "utf-8"
}

// decode returns a text as UTF-8; ok is false if it is said to be that and is
// not. Text that is UTF-8 stays, whatever it is said to be: what is not UTF-8
// seldom looks like it.
func decode(data []byte, label string) (text string, ok bool) {
	enc := entry.Encoding(label)
	if utf8.Valid(data) && (enc == nil || !entry.Escapes(label)) {
		return string(data), true
	}
	if enc != nil {
		if decoded, err := enc.NewDecoder().Bytes(data); err == nil {
			return string(decoded), true
		}
	}
	return strings.ToValidUTF8(string(data), "\ufffd"), false
}

// langOf returns the language that a feed says it is in.
func langOf(outside, tags string) string {
	if m := languageIn().FindStringSubmatch(outside); m != nil {
		return m[1]
	}
	return xmlLang(tags)
}

// xmlLang returns the last xml:lang of tags, which stand from the outermost to
// the innermost.
func xmlLang(tags ...string) string {
	lang := ""
	for i, tag := range tags {
		if m := xmlLangIn().FindStringSubmatch(tag); m != nil && (lang == "" || i == 1) {
			lang = m[1] + m[2]
		}
	}
	return lang
}

// startTag returns the tag that text begins with.
func startTag(text string) string {
	tag, _, _ := strings.Cut(text, ">")
	return tag
}

// innerTag returns the first start tag of that name in text, as far as its end.
func innerTag(text, name string) string {
	k := strings.Index(text, "<"+name)
	if k < 0 {
		return ""
	}
	return startTag(text[k:])
}

// linkOf returns the address of the page in a link of Atom that an entry of RSS has;
// "" if there is none.
func linkOf(text string) string {
	for _, tag := range atomLinkIn().FindAllString(text, -1) {
		href, rel := hrefIn().FindStringSubmatch(tag), relIn().FindStringSubmatch(tag)
		if href != nil && (rel == nil || strings.TrimSpace(rel[1]+rel[2]) == "alternate") {
			return strings.TrimSpace(html.UnescapeString(href[1] + href[2]))
		}
	}
	return ""
}

// nextOf returns the address of the page, or of the archive, behind a feed's
// own (RFC 5005).
func nextOf(outside string) string {
	next := ""
	for _, tag := range linkIn().FindAllString(outside, -1) {
		href := hrefIn().FindStringSubmatch(tag)
		rel := relIn().FindStringSubmatch(tag)
		if href == nil || rel == nil {
			continue
		}
		address := strings.TrimSpace(html.UnescapeString(href[1] + href[2]))
		switch strings.ToLower(strings.TrimSpace(rel[1] + rel[2])) {
		case "next":
			return address
		case "prev-archive":
			next = address
		}
	}
	return next
}

// isFeed says whether an XML text is RSS or Atom.
func isFeed(data []byte) bool { return layOut(data[:min(len(data), 64*1024)]).root != "" }

// layOut finds the entries of an XML text. Comments and CDATA are passed over,
// if they end. An entry that is not closed ends where the next begins.
func layOut(data []byte) layout {
	l := layout{}
	line, prefix := 1, ""
	open := -1 // the part that is not closed
	end := func(at int) {
		if open >= 0 {
			l.parts[open].to = at
			open = -1
		}
	}
	noComment, noData := false, false
	for i := 0; i < len(data); {
		k := bytes.IndexByte(data[i:], '<')
		if k < 0 {
			line += bytes.Count(data[i:], []byte("\n"))
			break
		}
		line += bytes.Count(data[i:i+k], []byte("\n"))
		i += k
		rest := data[i:]
		skip := 1
		name, local := tagNames(rest)
		switch {
		case bytes.HasPrefix(rest, []byte("<!--")) && !noComment:
			if n := bytes.Index(rest, []byte("-->")); n >= 0 {
				skip = n + 3
			} else {
				noComment = true
			}
		case bytes.HasPrefix(rest, []byte("<![CDATA[")) && !noData:
			switch n := bytes.Index(rest, []byte("]]>")); {
			case n >= 0 && !stream.Unclosed(rest[:n], prefix+entryName(l.root)):
				skip = n + 3
			case open >= 0:
				l.parts[open].open = true
				fallthrough
			default:
				noData = n < 0
			}
		case name == "":
		case l.root == "":
			p, _, prefixed := strings.Cut(name, ":")
			if local != "rss" && local != "RDF" && local != "feed" {
				return l
			}
			if prefixed {
				prefix = p + ":"
			}
			l.root = local
			tag := tagText(rest)
			l.open, l.shut, l.langs = tag, "</"+name+">", tag
			if strings.HasSuffix(tag, "/>") {
				l.whole = true
			}
		case name == "channel" && l.root != "feed" && len(l.parts) == 0 && !strings.Contains(l.langs, "<channel"):
			tag := tagText(rest)
			if l.langs += tag; l.root == "rss" && !strings.HasSuffix(tag, "/>") {
				l.open, l.shut = l.open+tag, "</channel>"+l.shut
			}
		case local == entryName(l.root) && (name == local || name == prefix+local || l.root == "RDF" && name == "rss:"+local):
			end(i)
			l.parts = append(l.parts, part{from: i, to: len(data), line: line})
			open = len(l.parts) - 1
			if tag := tagText(rest); strings.HasSuffix(tag, "/>") {
				end(i + len(tag))
			}
		case name == "/"+entryName(l.root) || name == "/"+prefix+entryName(l.root) || name == "/rss:item":
			if tag := tagText(rest); tag != "" {
				end(i + len(tag))
			}
		case name == "/channel" && l.root == "rss":
			end(i)
		case local == "/"+l.root:
			end(i)
			l.whole = true
		}
		line += bytes.Count(rest[:skip], []byte("\n"))
		i += skip
	}
	l.lastLine = line
	return l
}

func entryName(root string) string {
	if root == "feed" {
		return "entry"
	}
	return "item"
}

// tagNames returns the name of the tag that b starts with, and what of it
// stands behind a prefix; an end tag's with a slash before it. Both are empty
// if b starts with none.
func tagNames(b []byte) (name, local string) {
	const most = 100 // bytes of a name
	i := 1
	if i < len(b) && b[i] == '/' {
		i++
	}
	from := i
	for i < len(b) && i < most && (b[i] >= 0x80 || b[i] == ':' || b[i] == '-' || b[i] == '_' || b[i] == '.' || 'a' <= b[i]|0x20 && b[i]|0x20 <= 'z' || '0' <= b[i] && b[i] <= '9') {
		i++
	}
	if i == from || i == len(b) || bytes.IndexByte([]byte("> \t\r\n/"), b[i]) < 0 {
		return "", ""
	}
	name = string(b[from:i])
	_, local, prefixed := strings.Cut(name, ":")
	if !prefixed {
		local = name
	}
	if from == 2 {
		return "/" + name, "/" + local
	}
	return name, local
}

// tagText returns the tag that b starts with, "" if it has no end.
func tagText(b []byte) string {
	quote := byte(0)
	for i, c := range b {
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '>':
			return string(b[:i+1])
		case c == '<' && i > 0:
			return "" // the tag before has no end
		}
	}
	return ""
}

// mendXML returns the text of an entry as XML that can be read: what starts no
// tag and no entity escaped, entities of HTML and characters of Windows as
// those that are meant, control characters dropped.
func mendXML(s string) string {
	var b strings.Builder
	b.Grow(len(s) + 64)
	noComment, noData := false, false // of what is left, one has an end
	for len(s) > 0 {
		k := strings.IndexAny(s, "<&")
		if k < 0 {
			k = len(s)
		}
		b.WriteString(visible(s[:k]))
		if s = s[k:]; s == "" {
			break
		}
		if s[0] == '&' {
			text, n := mendEntity(s)
			b.WriteString(text)
			s = s[n:]
			continue
		}
		n := 0
		switch {
		case strings.HasPrefix(s, "<![CDATA["):
			if n = -1; !noData {
				n = strings.Index(s, "]]>")
			}
			if n >= 0 {
				n += len("]]>")
				b.WriteString(visible(s[:n]))
			} else {
				noData, n = true, len("<![CDATA[") // it has no end, so it is text
			}
			s = s[n:]
			continue
		case strings.HasPrefix(s, "<!--"):
			if n = -1; !noComment {
				n = strings.Index(s, "-->")
			}
			if n >= 0 {
				s = s[n+len("-->"):]
				continue
			}
			noComment, n = true, 0
		default:
			if name, _ := tagNames([]byte(s[:min(len(s), 128)])); name != "" {
				n = len(tagText([]byte(s[:min(len(s), maxTag)])))
			}
		}
		if n == 0 {
			b.WriteString("&lt;")
			s = s[1:]
			continue
		}
		b.WriteString(mendTag(s[:n]))
		s = s[n:]
	}
	return b.String()
}

const maxTag = 64 * 1024 // bytes of a tag

// mendTag mends the entities of a tag's attributes.
func mendTag(tag string) string {
	if !strings.Contains(tag, "&") {
		return visible(tag)
	}
	var b strings.Builder
	for {
		before, _, found := strings.Cut(tag, "&")
		b.WriteString(visible(before))
		if !found {
			return b.String()
		}
		tag = tag[len(before):]
		text, n := mendEntity(tag)
		b.WriteString(text)
		tag = tag[n:]
	}
}

// mendEntity returns what is to stand for the entity that s starts with, and
// how much of s that is.
func mendEntity(s string) (string, int) {
	const most = 34 // bytes of the longest name
	end := strings.IndexByte(s[:min(len(s), most)], ';')
	if end < 2 {
		return "&amp;", 1
	}
	whole := s[:end+1]
	switch whole {
	case "&amp;", "&lt;", "&gt;", "&quot;", "&apos;":
		return whole, len(whole)
	}
	if strings.ContainsAny(whole[1:end], "&<> \t\r\n") {
		return "&amp;", 1
	}
	text := html.UnescapeString(whole) // "&#146;" is a quote for it, as for browsers
	switch {
	case text == whole:
		return "&amp;", 1
	case strings.ContainsAny(text, "<>&\"'"):
		return html.EscapeString(text), len(whole)
	}
	return visible(text), len(whole)
}

// visible returns s without the control characters that XML forbids, and with
// the characters that Windows has where ISO 8859-1 has control characters.
func visible(s string) string {
	bad := func(r rune) bool {
		return r < ' ' && r != '\t' && r != '\n' && r != '\r' || r >= 0x7f && r < 0xa0 || r == 0xfffe || r == 0xffff
	}
	if strings.IndexFunc(s, bad) < 0 {
		return s
	}
	return strings.Map(func(r rune) rune {
		switch {
		case !bad(r):
			return r
		case r >= 0x80 && r < 0xa0 && r != 0x85:
			if t := html.UnescapeString("&#" + strconv.Itoa(int(r)) + ";"); t != "" {
				mapped, _ := utf8.DecodeRuneInString(t)
				if mapped >= 0xa0 {
					return mapped
				}
			}
		case r == 0x85:
			return '…'
		}
		return -1
	}, s)
}
