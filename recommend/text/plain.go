package text

import (
	"html"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxRounds bounds how often text may have been escaped over itself, as feeds
// do. What is still marked up after that loses its '<' and '&'.
const maxRounds = 8

// Plain returns s as it is shown on a card: tags, comments, scripts and styles
// dropped, entities decoded, composed (NFC), every run of white space (no-break
// spaces too) one space, none at the ends, control and invisible formatting
// characters dropped. Letters keep their case and accents, quotes their form.
// Bytes that are not UTF-8 become U+FFFD.
//
// Plain(Plain(s)) is Plain(s). For that, text that was escaped twice is decoded
// twice: an escaped tag is dropped like a tag, not shown. A '<' that opens no
// tag ("n < 5", "<stdio.h>", "List<String>") stays, and so does an entity without semicolon.
func Plain(s string) string {
	if clean(s) {
		return s
	}
	return foldSpace(prepare(s, " "))
}

// clean reports whether s is nothing but what Plain leaves as it is, which most
// texts are. It does not know everything of that sort: only some of ASCII.
func clean(s string) bool {
	blank := true
	for i := range len(s) {
		switch c := s[i]; {
		case c > ' ' && c < 0x7f && c != '<' && c != '&':
			blank = false
		case c == ' ' && !blank:
			blank = true
		default:
			return false
		}
	}
	return !blank || s == ""
}

// prepare does for Plain all but the folding of white space. A tag that ends a
// paragraph, a list entry and the like becomes sep, any other tag nothing.
func prepare(s, sep string) string {
	for range maxRounds {
		mark, high, odd := look(s)
		if mark {
			s, mark = strip(s, sep)
		}
		if mark || high || odd {
			s = visible(s)
			if norm.NFC.QuickSpanString(s) < len(s) {
				s = norm.NFC.String(s)
			}
		}
		if !mark {
			return s
		}
	}
	return strings.Map(func(r rune) rune {
		if r == '<' || r == '&' {
			return ' '
		}
		return r
	}, s)
}

// look reports whether s may hold a tag or an entity, a byte beyond ASCII, and
// an ASCII control character.
func look(s string) (mark, high, odd bool) {
	var seen byte
	for i := 0; i < len(s); i++ {
		seen |= kinds[s[i]]
	}
	return seen&kindMark != 0, seen&kindHigh != 0, seen&kindOdd != 0
}

const (
	kindMark = 1 << iota // '<' and '&'
	kindHigh             // no ASCII
	kindOdd              // a control character
	kindWord             // an ASCII letter or digit
)

// kinds tells kinds of bytes.
var kinds = func() (k [256]byte) {
	for c := range k {
		switch {
		case c == '<' || c == '&':
			k[c] = kindMark
		case c >= utf8.RuneSelf:
			k[c] = kindHigh
		case c < ' ' || c == 0x7f:
			k[c] = kindOdd
		case isLetter(byte(c)) || isDigit(byte(c)):
			k[c] = kindWord
		}
	}
	return k
}()

// tagLike reports whether s, which starts with '<', starts as a tag, a comment
// or an instruction does. Only a closing '>' makes it one.
func tagLike(s string) bool {
	i := 1
	if i < len(s) && s[i] == '/' {
		i++
	}
	if i >= len(s) {
		return false
	}
	if s[i] == '!' || s[i] == '?' {
		return i == 1
	}
	return isLetter(s[i])
}

// tagName returns the name of the tag that s starts with, and whether what
// follows it can follow the name of a tag: "<stdio.h>" is not a tag.
func tagName(s string) (name string, ok bool) {
	i := 1
	if s[i] == '/' {
		i++
	}
	from := i
	for i < len(s) && (isLetter(s[i]) || isDigit(s[i]) || s[i] == '-' || s[i] == ':') {
		i++
	}
	if i == len(s) {
		return "", false
	}
	switch s[i] {
	case '>', '/', ' ', '\t', '\n', '\r', '\f':
		return s[from:i], s[i-1] != ':' // "<http://...>" is an address
	}
	return "", false
}

// strip drops the tags of s and decodes its entities, once, and reports whether
// there were any.
func strip(s, sep string) (plain string, changed bool) {
	var b strings.Builder
	b.Grow(len(s))
	var seen ahead
	for i := 0; i < len(s); {
		j := strings.IndexAny(s[i:], "<&")
		if j < 0 {
			b.WriteString(s[i:])
			break
		}
		b.WriteString(s[i : i+j])
		i += j
		n, name := 0, ""
		if s[i] == '<' {
			if n, name = seen.tag(s[i:]); n > 0 && seen.placeholder(s[i:], n, name) {
				n = 0
			}
		} else {
			n = entityLen(s[i:])
		}
		switch {
		case n == 0:
			b.WriteByte(s[i])
			i++
			continue
		case s[i] == '&':
			b.WriteString(html.UnescapeString(s[i : i+n]))
		case !inline(name):
			b.WriteString(sep)
		}
		opens := s[i] == '<' && s[i+1] != '/' && s[i+n-2] != '/'
		i += n
		if opens {
			i += rawLen(s[i:], name)
		}
		changed = true
	}
	if !changed {
		return s, false
	}
	return b.String(), true
}

// ahead is what is known of all the text ahead, so that a text of a thousand
// unclosed tags takes linear time.
type ahead struct {
	noEnd      bool // no '>'
	noComment  bool // no "-->"
	noQuotedTo bool // quotes do not pair up before a '>'

	ends map[string]bool // by the name of a tag, as it is written: one that closes it follows the first one
}

// placeholder says whether the tag of n bytes that s starts with is of no element of
// HTML, and nothing but its name: a type of code, or a word to be replaced. One that
// is closed, or of a name with a hyphen or a prefix, is of another markup.
func (a *ahead) placeholder(s string, n int, name string) bool {
	const most = 8 // names that are looked for, each in all of the text ahead
	if n != len(name)+len("<>") || name == "!" || elements()[strings.ToLower(name)] || strings.ContainsAny(name, "-:") {
		return false
	}
	closed, looked := a.ends[name]
	if !looked {
		if len(a.ends) == most {
			return false
		}
		for i := 0; !closed; i += 2 {
			j := strings.Index(s[i:], "</")
			if j < 0 {
				break
			}
			i += j
			end := i + 2 + len(name)
			closed = end < len(s) && s[end] == '>' && strings.EqualFold(s[i+2:end], name)
		}
		if a.ends == nil {
			a.ends = map[string]bool{}
		}
		a.ends[name] = closed
	}
	return !closed
}

// elements are the names of the elements that HTML has or had.
var elements = sync.OnceValue(func() map[string]bool {
	m := map[string]bool{}
	for name := range strings.FieldsSeq(`a abbr acronym address applet area article aside audio b base basefont bdi bdo bgsound big blink blockquote body br
		button canvas caption center cite code col colgroup command content data datalist dd del details dfn dialog dir div dl dt em embed fieldset figcaption
		figure font footer form frame frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html i iframe image img input ins isindex kbd keygen label legend li
		link listing main map mark marquee math menu menuitem meta meter multicol nav nextid nobr noembed noframes noscript object ol optgroup option output p
		param picture plaintext portal pre progress q rb rp rt rtc ruby s samp script search section select shadow slot small source spacer span strike strong
		style sub summary sup svg table tbody td template textarea tfoot th thead time title tr track tt u ul var video wbr xmp xml more`) {
		m[name] = true
	}
	return m
})

// tag returns the length of the tag that s starts with, 0 if it is none, and
// its name, "!" for a comment.
func (a *ahead) tag(s string) (n int, name string) {
	if a.noEnd || !tagLike(s) {
		return 0, ""
	}
	if strings.HasPrefix(s, "<!--") {
		if a.noComment {
			return 0, ""
		}
		if j := strings.Index(s[4:], "-->"); j >= 0 {
			return 4 + j + 3, "!"
		}
		a.noComment = true // a browser would hide the rest; here it stays
		return 0, ""
	}
	if s[1] != '!' && s[1] != '?' {
		var ok bool
		if name, ok = tagName(s); !ok {
			return 0, ""
		}
	}
	for i := 1; !a.noQuotedTo; {
		j := strings.IndexAny(s[i:], `<>"'`)
		if j < 0 {
			break
		}
		i += j
		switch s[i] {
		case '<':
			return 0, "" // "x<y and <b>"
		case '>':
			return i + 1, name
		}
		k := strings.IndexByte(s[i+1:], s[i])
		if k < 0 {
			break
		}
		i += k + 2
	}
	a.noQuotedTo = true
	end := 1 + strings.IndexAny(s[1:], "<>")
	switch {
	case end == 0:
		a.noEnd = true
		return 0, ""
	case s[end] == '<':
		return 0, ""
	}
	return end + 1, name
}

// rawLen returns how much of s, which follows the opening tag of the given
// name, is code and no text.
func rawLen(s, name string) int {
	if !strings.EqualFold(name, "script") && !strings.EqualFold(name, "style") {
		return 0
	}
	for i := 0; ; i += 2 {
		j := strings.Index(s[i:], "</")
		if j < 0 {
			return len(s)
		}
		i += j
		if len(s) >= i+2+len(name) && strings.EqualFold(s[i+2:i+2+len(name)], name) {
			return i
		}
	}
}

// inline reports whether text runs on through the tag of the given name, so
// that "<b>m</b>igration" is one word.
func inline(name string) bool {
	if len(name) > 7 {
		return false
	}
	switch strings.ToLower(name) {
	case "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i",
		"ins", "kbd", "mark", "q", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "time", "tt", "u",
		"var", "wbr", "!":
		return true
	}
	return false
}

// entityLen returns the length of the entity, semicolon included, that s starts
// with; 0 if it starts with none.
func entityLen(s string) int {
	for i := 1; i < len(s) && i < 34; i++ {
		switch c := s[i]; {
		case isLetter(c) || isDigit(c) || c == '#' && i == 1:
		case c == ';' && i > 1:
			if e := s[:i+1]; html.UnescapeString(e) != e {
				return i + 1
			}
			return 0
		default:
			return 0
		}
	}
	return 0
}

// visible returns s without control and formatting characters, and with U+FFFD
// for bytes that are not UTF-8. White space stays.
func visible(s string) string {
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf && c >= ' ' && c != 0x7f {
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if invisible(r) || r == utf8.RuneError && n == 1 {
			return s[:i] + strings.Map(func(r rune) rune {
				if invisible(r) {
					return -1
				}
				return r
			}, strings.ToValidUTF8(s[i:], "\uFFFD"))
		}
		i += n
	}
	return s
}

func invisible(r rune) bool {
	switch {
	case r < ' ':
		return r != '\t' && r != '\n' && r != '\v' && r != '\f' && r != '\r'
	case r < 0x7f:
		return false
	case r < 0xa0:
		return r != 0x85 // next line
	case r == 0xad, r == 0x200b, r == 0x2060, r == 0xfeff: // soft hyphen, zero-width space, word joiner, byte order mark
		return true
	case r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069: // would turn round what a card shows next
		return true
	}
	return false
}

// foldSpace returns s with every run of white space as one space, and none at
// the ends.
func foldSpace(s string) string {
	clean, last := true, ' '
	for _, r := range s {
		if r == ' ' && last == ' ' || (r < ' ' || r >= utf8.RuneSelf) && unicode.IsSpace(r) {
			clean = false
			break
		}
		last = r
	}
	if clean && (s == "" || last != ' ') {
		return s
	}
	return strings.Join(strings.Fields(s), " ")
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }
func isDigit(c byte) bool  { return '0' <= c && c <= '9' }
