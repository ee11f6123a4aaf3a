package recommend

import (
	"encoding/json"
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// DecodeItem reads one item from JSON, strictly, and validates it. A field
// that is unknown, spelled in other case, given twice, of another type, or not
// valid Unicode is an [*InvalidError] that names it, as is a field over its
// limit; what is not JSON, or has anything after the object, is a
// [*SyntaxError]. A field that is null counts as absent. The item comes out
// [Item.Canonical].
func DecodeItem(b []byte) (Item, error) {
	var it Item
	const absent = math.MinInt64
	version := int64(absent)
	err := decode(b, "item", []member{
		{"id", &it.ID, "guid uuid slug key"},
		{"url", &it.URL, "link href address permalink"},
		{"title", &it.Title, "name headline"},
		{"summary", &it.Summary, "description abstract excerpt teaser"},
		{"body", &it.Body, "content text html fulltext"},
		{"lang", &it.Lang, "language locale"},
		{"types", &it.Types, "type kind kinds"},
		{"topics", &it.Topics, "tags categories subjects keywords"},
		{"authors", &it.Authors, "by byline creator creators"},
		{"date", &it.Date, "published publishedat pubdate"},
		{"sortDate", &it.SortDate, ""},
		{"visibleFrom", &it.VisibleFrom, "embargo embargoeduntil publishat"},
		{"image", &it.Image, "picture photo thumbnail"},
		{"translationOf", &it.TranslationOf, "original"},
		{"aliases", &it.Aliases, "redirects former"},
		{"version", &version, "revision rev"},
		{"status", (*string)(&it.Status), "state"},
	})
	if err != nil {
		return Item{}, err
	}
	if version != absent {
		if it.Version = version; version < 1 {
			return Item{}, Invalid("version", "is %d, must be 1 or more", version)
		}
	}
	it = it.Canonical()
	if err := it.Validate(); err != nil {
		return Item{}, err
	}
	return it, nil
}

// DecodeTopic reads one topic from JSON, as strictly as [DecodeItem]. A topic
// whose sections are an empty array keeps it: it has no sections, where one
// without the field has the default ones.
func DecodeTopic(b []byte) (Topic, error) {
	var t Topic
	err := decode(b, "topic", []member{
		{"slug", &t.Slug, "id name"},
		{"title", &t.Title, "heading label"},
		{"kind", (*string)(&t.Kind), "type"},
		{"introduction", &t.Introduction, "summary description body text"},
		{"image", &t.Image, "picture photo hero"},
		{"parent", &t.Parent, ""},
		{"featured", &t.Featured, "items picks"},
		{"sections", &t.Sections, ""},
		{"titles", &t.Titles, "names headings labels"},
		{"introductions", &t.Introductions, "summaries descriptions"},
	})
	if err != nil {
		return Topic{}, err
	}
	t.Featured = distinct(t.Featured)
	for i := range t.Sections {
		s := &t.Sections[i]
		s.Types, s.Fields = distinct(s.Types), distinct(s.Fields)
	}
	if err := t.Validate(); err != nil {
		return Topic{}, err
	}
	return t, nil
}

func (m *Image) members() []member {
	return []member{
		{"url", &m.URL, "src href"},
		{"alt", &m.Alt, "alttext text description title"},
		{"credit", &m.Credit, "copyright author"},
		{"width", &m.Width, ""},
		{"height", &m.Height, ""},
		{"srcset", &m.Srcset, "sizes sources variants"},
	}
}

func (s *Section) members() []member {
	return []member{
		{"name", &s.Name, "slug id"},
		{"title", &s.Title, "heading"},
		{"types", &s.Types, "type"},
		{"fields", &s.Fields, "show"},
		{"size", &s.Size, "limit count pagesize"},
		{"compact", &s.Compact, ""},
		{"titles", &s.Titles, "headings"},
	}
}

// A member is a field that an object may have. An object has at most 64.
type member struct {
	name string
	to   any    // where its value goes: one of the pointers that [member.kind] knows
	also string // what others call it, in lower case without hyphens; for hints only
}

// kind says what JSON type the member must have.
func (m member) kind() string {
	switch m.to.(type) {
	case *string, *time.Time:
		return "a string"
	case *[]string:
		return "an array of strings"
	case *int, *int64:
		return "a whole number"
	case *bool:
		return "true or false"
	case *[]Section, *[]BeaconEntry:
		return "an array of objects"
	case *map[string]string:
		return "an object of texts by language"
	}
	return "an object" // **Image
}

// decode reads b, one object of the given members, in one pass that knows no
// other shapes. encoding/json is several times slower and takes more than is
// wanted: names in any case, the last of equal ones, unknown ones, halves of
// surrogate pairs. It is asked only what is wrong with text that is not JSON.
func decode(b []byte, what string, members []member) error {
	p := parser{b: b, utf8: utf8.Valid(b)}
	err := p.document(what, members)
	if err == nil {
		return nil
	}
	var raw json.RawMessage
	var syntax *json.SyntaxError
	if errors.As(json.Unmarshal(b, &raw), &syntax) {
		return syntaxError(b, syntax)
	}
	return err
}

// syntaxError says in akin's words what is wrong with b.
func syntaxError(b []byte, err *json.SyntaxError) error {
	switch {
	case strings.TrimSpace(string(b)) == "":
		return &SyntaxError{Reason: "nothing there where an object should start"}
	case strings.HasPrefix(err.Error(), "unexpected end"):
		return &SyntaxError{Offset: int64(len(b)), Reason: "ends in the middle of an object"}
	}
	return &SyntaxError{Offset: max(err.Offset-1, 0), Reason: err.Error()}
}

// errSyntax stops a parser at what is not JSON.
var errSyntax = errors.New("no JSON")

// A parser reads b from byte i on. Its errors may be about text that turns out
// to be no JSON further on.
type parser struct {
	b    []byte
	i    int
	utf8 bool // all of b is valid UTF-8
}

// next skips white space and returns the byte at p.i, 0 at the end.
func (p *parser) next() byte {
	for ; p.i < len(p.b); p.i++ {
		if c := p.b[p.i]; c != ' ' && c != '\n' && c != '\t' && c != '\r' {
			return c
		}
	}
	return 0
}

// take skips white space and the byte c, and says whether c was there.
func (p *parser) take(c byte) bool {
	if p.next() != c {
		return false
	}
	p.i++
	return true
}

// word skips w and says whether it was there.
func (p *parser) word(w string) bool {
	if len(p.b)-p.i < len(w) || string(p.b[p.i:p.i+len(w)]) != w {
		return false
	}
	p.i += len(w)
	return true
}

// kind says what sort of value starts at p.i.
func (p *parser) kind() string {
	switch p.next() {
	case '{':
		return "an object"
	case '[':
		return "an array"
	case '"':
		return "a string"
	case 't', 'f':
		return "true or false"
	case 'n':
		return "null"
	}
	return "a number"
}

func (p *parser) document(what string, members []member) error {
	if p.next() != '{' {
		return Invalid(what, "must be a JSON object, not %s", p.kind())
	}
	if err := p.object("", members); err != nil {
		return err
	}
	if p.next(); p.i < len(p.b) {
		return errSyntax
	}
	return nil
}

// object reads an object. In errors, path stands before the names of its
// members.
func (p *parser) object(path string, members []member) error {
	p.take('{')
	if p.take('}') {
		return nil
	}
	for seen := uint64(0); ; {
		if p.next() != '"' {
			return errSyntax
		}
		name, err := p.text(path, "name of a field", -1)
		if err != nil {
			return err
		}
		if !p.take(':') {
			return errSyntax
		}
		k := slices.IndexFunc(members, func(m member) bool { return m.name == string(name) })
		if k < 0 {
			return unknown(path, string(name), members)
		}
		if seen&(1<<k) != 0 {
			return Invalid(path+members[k].name, "is given twice")
		}
		seen |= 1 << k
		if err := p.value(path, members[k]); err != nil {
			return err
		}
		if p.take('}') {
			return nil
		}
		if !p.take(',') {
			return errSyntax
		}
	}
}

// value reads the value of a member.
func (p *parser) value(path string, m member) error {
	c := p.next()
	digit := c == '-' || '0' <= c && c <= '9'
	if p.word("null") {
		return nil
	}
	switch to := m.to.(type) {
	case *string:
		if c == '"' {
			s, err := p.text(path, m.name, -1)
			*to = string(s)
			return err
		}
	case *time.Time:
		if c == '"' {
			s, err := p.text(path, m.name, -1)
			if err == nil {
				*to, err = parseTime(path+m.name, string(s))
			}
			return err
		}
	case *[]string:
		if c == '[' {
			return p.strings(path, m.name, to)
		}
	case *int:
		if digit {
			n, err := p.number(path + m.name)
			*to = int(n)
			return err
		}
	case *int64:
		if digit {
			n, err := p.number(path + m.name)
			*to = n
			return err
		}
	case *bool:
		if *to = p.word("true"); *to || p.word("false") {
			return nil
		}
	case **Image:
		if c == '{' {
			return p.image(path+m.name+".", to)
		}
	case *map[string]string:
		if c == '{' {
			return p.texts(path+m.name+".", to)
		}
	case *[]Section:
		if c == '[' {
			return objects(p, path+m.name, to)
		}
	case *[]BeaconEntry:
		if c == '[' {
			return objects(p, path+m.name, to)
		}
	}
	return Invalid(path+m.name, "must be %s, not %s", m.kind(), p.kind())
}

func (p *parser) strings(path, name string, to *[]string) error {
	return p.array(func(n int) error {
		if p.next() != '"' {
			return Invalid(element(path+name, n), "must be a string, not %s", p.kind())
		}
		s, err := p.text(path, name, n)
		*to = append(*to, string(s))
		return err
	})
}

func (p *parser) image(path string, to **Image) error {
	var m Image
	err := p.object(path, m.members())
	if m != (Image{}) {
		*to = &m
	}
	return err
}

// texts reads an object of texts by language. In errors, path stands before the
// names of the languages.
func (p *parser) texts(path string, to *map[string]string) error {
	p.take('{')
	all := map[string]string{}
	for !p.take('}') {
		if len(all) > 0 && !p.take(',') || p.next() != '"' {
			return errSyntax
		}
		tag, err := p.text(path, "name of a language", -1)
		if err != nil {
			return err
		}
		if !p.take(':') {
			return errSyntax
		}
		lang := CanonicalLang(string(tag))
		if _, twice := all[lang]; twice {
			return Invalid(path+lang, "is given twice")
		}
		all[lang] = ""
		if p.next() != '"' {
			return Invalid(path+lang, "must be a string, not %s", p.kind())
		}
		s, err := p.text(path, lang, -1)
		if err != nil {
			return err
		}
		all[lang] = string(s)
	}
	if len(all) > 0 {
		*to = all
	}
	return nil
}

// objects reads an array of objects.
func objects[T any, P interface {
	*T
	members() []member
}](p *parser, path string, to *[]T) error {
	*to = []T{}
	return p.array(func(n int) error {
		if p.next() != '{' {
			return Invalid(element(path, n), "must be an object, not %s", p.kind())
		}
		var v T
		err := p.object(element(path, n)+".", P(&v).members())
		*to = append(*to, v)
		return err
	})
}

// array reads an array; entry reads its n-th element.
func (p *parser) array(entry func(n int) error) error {
	p.take('[')
	if p.take(']') {
		return nil
	}
	for n := 0; ; n++ {
		if err := entry(n); err != nil {
			return err
		}
		if p.take(']') {
			return nil
		}
		if !p.take(',') {
			return errSyntax
		}
	}
}

// number reads a whole number.
func (p *parser) number(path string) (int64, error) {
	start := p.i
	for p.i < len(p.b) && strings.IndexByte("+-.eE0123456789", p.b[p.i]) >= 0 {
		p.i++
	}
	s := string(p.b[start:p.i])
	n, err := strconv.ParseInt(s, 10, 64)
	digits := strings.TrimPrefix(s, "-")
	if err != nil || len(digits) > 1 && digits[0] == '0' { // 01 is not JSON
		return 0, Invalid(path, "must be a whole number under 2^63, not %s", strings.Trim(quote(s), `"`))
	}
	return n, nil
}

// text reads a string, which starts at p.i: that of the named member under
// path, or of the n-th element of that member unless n is negative. What it
// returns may be a part of p.b.
func (p *parser) text(path, name string, n int) ([]byte, error) {
	p.i++
	start := p.i
	for p.i < len(p.b) && p.b[p.i] != '"' && p.b[p.i] != '\\' && p.b[p.i] >= ' ' {
		p.i++
	}
	s := p.b[start:p.i:p.i]
	half := ""
	for p.i < len(p.b) && p.b[p.i] != '"' {
		switch c := p.b[p.i]; {
		case c < ' ':
			return nil, errSyntax
		case c != '\\':
			s = append(s, c)
			p.i++
		default:
			r, size := unescape(p.b[p.i:])
			if size == 0 {
				return nil, errSyntax
			}
			if utf16.IsSurrogate(r) && half == "" {
				half, r = string(p.b[p.i:p.i+size]), utf8.RuneError
			}
			s = utf8.AppendRune(s, r)
			p.i += size
		}
	}
	if p.i == len(p.b) {
		return nil, errSyntax
	}
	p.i++
	if half == "" && (p.utf8 || utf8.Valid(s)) {
		return s, nil
	}
	path += name
	if n >= 0 {
		path = element(path, n)
	}
	if half != "" {
		return nil, Invalid(path, "has %s, half of a surrogate pair; it is not valid Unicode", half)
	}
	return nil, notUTF8(path)
}

// unescape returns the character of the escape that b starts with, and the
// escape's length; zero if it is not an escape. Half of a surrogate pair without
// the other half is returned as it is.
func unescape(b []byte) (rune, int) {
	if len(b) < 2 {
		return 0, 0
	}
	if b[1] == 'u' {
		r := hex4(b[2:])
		if r < 0 {
			return 0, 0
		}
		if utf16.IsSurrogate(r) && len(b) > 7 && b[6] == '\\' && b[7] == 'u' {
			if whole := utf16.DecodeRune(r, hex4(b[8:])); whole != utf8.RuneError {
				return whole, 12
			}
		}
		return r, 6
	}
	if k := strings.IndexByte(`"\/bfnrt`, b[1]); k >= 0 {
		return rune("\"\\/\b\f\n\r\t"[k]), 2
	}
	return 0, 0
}

// hex4 returns the value of the four hexadecimal digits that b starts with, -1
// if there are none.
func hex4(b []byte) rune {
	if len(b) < 4 {
		return -1
	}
	r := rune(0)
	for _, c := range b[:4] {
		switch {
		case '0' <= c && c <= '9':
			r = r<<4 | rune(c-'0')
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			r = r<<4 | rune(c|0x20-'a'+10)
		default:
			return -1
		}
	}
	return r
}

func element(path string, n int) string { return path + "[" + strconv.Itoa(n) + "]" }

// unknown returns the error for a name that is not among members, with the
// one that may have been meant.
func unknown(path, name string, members []member) error {
	shown := name
	if len(name) > 64 || strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || !unicode.IsPrint(r) }) {
		shown = quote(name)
	}
	if hint := closest(name, members); hint != "" {
		return Invalid(path+shown, "unknown field; did you mean %q?", hint)
	}
	names := make([]string, len(members))
	for i, m := range members {
		names[i] = m.name
	}
	return Invalid(path+shown, "unknown field; there are %s", strings.Join(names, ", "))
}

// closest returns the name of the member that is spelled most like name, or
// that others call so; "" if none is near.
func closest(name string, members []member) string {
	if len(name) > 32 {
		return ""
	}
	name = strings.ToLower(strings.NewReplacer("_", "", "-", "", ".", "", " ", "").Replace(name))
	best, least := "", 3 // edits; more than two are another word
	for _, m := range members {
		if slices.Contains(strings.Fields(m.also), name) && least > 0 {
			best, least = m.name, 0
		}
		own := strings.ToLower(m.name)
		if d := edits(name, own); d < least && d < len(own)-1 || d == 0 {
			best, least = m.name, d
		}
	}
	return best
}

// edits returns the least number of bytes to insert, delete or replace that
// makes b of a.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
