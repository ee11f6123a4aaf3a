package recommend

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// DecodeItem reads one item from JSON, strictly, and validates it. A field
// that is unknown, spelled in other case, given twice, of another type, or not
// valid Unicode is an [*InvalidError] that names it, as is a field over its
// limit; what is no JSON, or has anything after the object, is a
// [*SyntaxError]. A field that is null counts as absent. Times come out in UTC
// and the language in its usual spelling; empty arrays and an empty image come
// out nil, so that equal items are equal values.
func DecodeItem(b []byte) (Item, error) {
	// Fields that take more than their JSON type to read.
	var w struct {
		Item
		SortDate    *string `json:"sortDate"`
		VisibleFrom *string `json:"visibleFrom"`
		Version     *int64  `json:"version"`
	}
	if err := decode(b, &w, "item", itemFields); err != nil {
		return Item{}, err
	}
	it := w.Item
	var err error
	if w.SortDate != nil {
		if it.SortDate, err = parseTime("sortDate", *w.SortDate); err != nil {
			return Item{}, err
		}
	}
	if w.VisibleFrom != nil {
		if it.VisibleFrom, err = parseTime("visibleFrom", *w.VisibleFrom); err != nil {
			return Item{}, err
		}
	}
	if w.Version != nil {
		if it.Version = *w.Version; it.Version < 1 {
			return Item{}, invalid("version", "is %d, must be 1 or more", it.Version)
		}
	}
	it.Lang = CanonicalLang(it.Lang)
	it.Image = orNil(it.Image)
	for _, list := range []*[]string{&it.Types, &it.Topics, &it.Authors, &it.Aliases} {
		*list = emptyToNil(*list)
	}
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
	if err := decode(b, &t, "topic", topicFields); err != nil {
		return Topic{}, err
	}
	t.Image = orNil(t.Image)
	t.Featured = emptyToNil(t.Featured)
	for i := range t.Sections {
		s := &t.Sections[i]
		s.Types, s.Fields = emptyToNil(s.Types), emptyToNil(s.Fields)
	}
	if err := t.Validate(); err != nil {
		return Topic{}, err
	}
	return t, nil
}

func orNil(m *Image) *Image {
	if m == nil || *m == (Image{}) {
		return nil
	}
	return m
}

func emptyToNil(list []string) []string {
	if len(list) == 0 {
		return nil
	}
	return list
}

// A kind is the JSON type of a field.
type kind string

const (
	kindString  kind = "a string"
	kindStrings kind = "an array of strings"
	kindNumber  kind = "a whole number"
	kindBool    kind = "true or false"
	kindObject  kind = "an object"
	kindObjects kind = "an array of objects"
)

// A field is one that an object may have.
type field struct {
	name   string
	kind   kind
	fields []field  // of an object
	also   []string // what others call it; for hints only
}

// At most 64 fields an object: [members.check] keeps a bit for each.
var (
	imageFields = []field{
		{name: "url", kind: kindString, also: []string{"src", "href"}},
		{name: "alt", kind: kindString, also: []string{"altText", "text", "description", "title"}},
		{name: "credit", kind: kindString, also: []string{"copyright", "author"}},
	}
	itemFields = []field{
		{name: "id", kind: kindString, also: []string{"guid", "uuid", "slug", "key"}},
		{name: "url", kind: kindString, also: []string{"link", "href", "address", "permalink"}},
		{name: "title", kind: kindString, also: []string{"name", "headline"}},
		{name: "summary", kind: kindString, also: []string{"description", "abstract", "excerpt", "teaser"}},
		{name: "body", kind: kindString, also: []string{"content", "text", "html", "fulltext"}},
		{name: "lang", kind: kindString, also: []string{"language", "locale"}},
		{name: "types", kind: kindStrings, also: []string{"type", "kind", "kinds"}},
		{name: "topics", kind: kindStrings, also: []string{"tags", "categories", "subjects", "keywords"}},
		{name: "authors", kind: kindStrings, also: []string{"by", "byline", "creator", "creators"}},
		{name: "date", kind: kindString, also: []string{"published", "publishedAt", "pubDate"}},
		{name: "sortDate", kind: kindString},
		{name: "visibleFrom", kind: kindString, also: []string{"embargo", "embargoedUntil", "publishAt"}},
		{name: "image", kind: kindObject, fields: imageFields, also: []string{"picture", "photo", "thumbnail"}},
		{name: "translationOf", kind: kindString, also: []string{"original"}},
		{name: "aliases", kind: kindStrings, also: []string{"redirects", "former"}},
		{name: "version", kind: kindNumber, also: []string{"revision", "rev"}},
		{name: "status", kind: kindString, also: []string{"state"}},
	}
	sectionFields = []field{
		{name: "name", kind: kindString, also: []string{"slug", "id"}},
		{name: "title", kind: kindString, also: []string{"heading"}},
		{name: "types", kind: kindStrings, also: []string{"type"}},
		{name: "fields", kind: kindStrings, also: []string{"show"}},
		{name: "size", kind: kindNumber, also: []string{"limit", "count", "pageSize"}},
		{name: "compact", kind: kindBool},
	}
	topicFields = []field{
		{name: "slug", kind: kindString, also: []string{"id", "name"}},
		{name: "title", kind: kindString, also: []string{"heading", "label"}},
		{name: "kind", kind: kindString, also: []string{"type"}},
		{name: "introduction", kind: kindString, also: []string{"summary", "description", "body", "text"}},
		{name: "image", kind: kindObject, fields: imageFields, also: []string{"picture", "photo", "hero"}},
		{name: "parent", kind: kindString},
		{name: "featured", kind: kindStrings, also: []string{"items", "picks"}},
		{name: "sections", kind: kindObjects, fields: sectionFields},
	}
)

// decode reads b, an object of the given fields, into v, whose JSON tags name
// the same fields.
func decode(b []byte, v any, what string, fields []field) error {
	err := json.Unmarshal(b, v)
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return syntaxError(b, syntax)
	}
	// b is JSON. Unmarshal takes more than is wanted: it matches names in any
	// case, keeps the last of equal ones, skips unknown ones, and replaces what
	// is no Unicode. All that, and wrong types, strict finds.
	s := strict{b: b, unicode: utf8.Valid(b) && !bytes.Contains(b, []byte(`\u`))}
	s.space()
	if s.b[s.i] != '{' {
		return invalid(what, "must be a JSON object, not %s", s.kind())
	}
	if err := s.object("", fields); err != nil {
		return err
	}
	var mismatch *json.UnmarshalTypeError
	if errors.As(err, &mismatch) { // a number that is not whole, or too large
		path := strings.TrimPrefix(mismatch.Field, "Item.")
		return invalid(path, "must be a whole number under 2^63, not %s", strings.TrimPrefix(mismatch.Value, "number "))
	}
	return err
}

// syntaxError says in akin's words what is wrong with b.
func syntaxError(b []byte, err *json.SyntaxError) error {
	switch text := bytes.TrimSpace(b); {
	case len(text) == 0:
		return &SyntaxError{Reason: "nothing there where an object should start"}
	case err.Offset >= int64(len(b)) && strings.HasPrefix(err.Error(), "unexpected end"):
		return &SyntaxError{Offset: int64(len(b)), Reason: "ends in the middle of an object"}
	}
	return &SyntaxError{Offset: max(err.Offset-1, 0), Reason: err.Error()}
}

// strict walks over b, which is JSON by its syntax, from byte i on.
type strict struct {
	b       []byte
	i       int
	unicode bool // all strings are known to be valid Unicode
}

// object walks over an object, which starts at s.i, whose path is the prefix
// of its fields' paths.
func (s *strict) object(path string, fields []field) error {
	var seen uint64
	for s.i++; ; s.i++ {
		if s.space(); s.b[s.i] == '}' {
			s.i++
			return nil
		}
		raw := s.string()
		name := string(raw[1 : len(raw)-1])
		if strings.IndexByte(name, '\\') >= 0 {
			if err := json.Unmarshal(raw, &name); err != nil {
				return err
			}
		}
		k := slices.IndexFunc(fields, func(f field) bool { return f.name == name })
		if k < 0 {
			return unknown(path, name, fields)
		}
		if seen&(1<<k) != 0 {
			return invalid(path+name, "is given twice")
		}
		seen |= 1 << k
		s.space()
		s.i++ // the colon
		s.space()
		if err := s.value(path, &fields[k]); err != nil {
			return err
		}
		if s.space(); s.b[s.i] == '}' {
			s.i++
			return nil
		}
	}
}

// value walks over the value of a field.
func (s *strict) value(prefix string, f *field) error {
	c := s.b[s.i]
	switch {
	case c == 'n':
		s.i += len("null")
		return nil
	case f.kind == kindString && c == '"':
		return s.text(prefix, f.name, -1)
	case f.kind == kindObject && c == '{':
		return s.object(prefix+f.name+".", f.fields)
	case (f.kind == kindStrings || f.kind == kindObjects) && c == '[':
		return s.array(prefix, f)
	case f.kind == kindNumber && (c == '-' || '0' <= c && c <= '9'),
		f.kind == kindBool && (c == 't' || c == 'f'):
		for ; strings.IndexByte(",]} \t\r\n", s.b[s.i]) < 0; s.i++ {
		}
		return nil
	}
	return invalid(prefix+f.name, "must be %s, not %s", f.kind, s.kind())
}

// array walks over an array of strings or of objects.
func (s *strict) array(prefix string, f *field) error {
	s.i++
	for n := 0; ; n++ {
		if s.space(); s.b[s.i] == ']' {
			s.i++
			return nil
		}
		switch c := s.b[s.i]; {
		case f.kind == kindStrings && c == '"':
			if err := s.text(prefix, f.name, n); err != nil {
				return err
			}
		case f.kind == kindObjects && c == '{':
			if err := s.object(element(prefix+f.name, n)+".", f.fields); err != nil {
				return err
			}
		case f.kind == kindStrings:
			return invalid(element(prefix+f.name, n), "must be %s, not %s", kindString, s.kind())
		default:
			return invalid(element(prefix+f.name, n), "must be %s, not %s", kindObject, s.kind())
		}
		if s.space(); s.b[s.i] == ',' {
			s.i++
		}
	}
}

// text walks over a string, the n-th of an array unless n is negative.
func (s *strict) text(prefix, name string, n int) error {
	raw := s.string()
	if s.unicode {
		return nil
	}
	path := prefix + name
	if n >= 0 {
		path = element(path, n)
	}
	if !utf8.Valid(raw) {
		return notUTF8(path)
	}
	if half := halfSurrogate(raw); half != "" {
		return invalid(path, "has %s, half of a surrogate pair; it is not valid Unicode", half)
	}
	return nil
}

// string walks over a string and returns it with its quotes.
func (s *strict) string() []byte {
	start := s.i
	for s.i++; s.b[s.i] != '"'; s.i++ {
		if s.b[s.i] == '\\' {
			s.i++
		}
	}
	s.i++
	return s.b[start:s.i]
}

func (s *strict) space() {
	for s.i < len(s.b) && (s.b[s.i] == ' ' || s.b[s.i] == '\n' || s.b[s.i] == '\t' || s.b[s.i] == '\r') {
		s.i++
	}
}

// kind says what sort of value stands at s.i.
func (s *strict) kind() string {
	switch s.b[s.i] {
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

// halfSurrogate returns the first \u escape of a JSON string that is half of a
// surrogate pair without the other half, or "".
func halfSurrogate(raw []byte) string {
	for i := 0; i < len(raw); i++ {
		if raw[i] != '\\' {
			continue
		}
		i++
		if raw[i] != 'u' {
			continue
		}
		r := hex4(raw[i+1:])
		switch {
		case 0xD800 <= r && r < 0xDC00 && bytes.HasPrefix(raw[i+5:], []byte(`\u`)):
			if low := hex4(raw[i+7:]); 0xDC00 <= low && low < 0xE000 {
				i += 10
				continue
			}
			fallthrough
		case 0xD800 <= r && r < 0xE000:
			return string(raw[i-1 : i+5])
		}
		i += 4
	}
	return ""
}

// hex4 returns the value of the four hexadecimal digits that b starts with.
func hex4(b []byte) uint64 {
	v, _ := strconv.ParseUint(string(b[:4]), 16, 32)
	return v
}

func element(path string, n int) string { return path + "[" + strconv.Itoa(n) + "]" }

// unknown returns the error for a field that is not among fields, with the
// name that may have been meant.
func unknown(path, name string, fields []field) error {
	shown := name
	if len(name) > 64 || strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r == utf8.RuneError || r == 0x7f }) {
		shown = quote(name)
	}
	if hint := nearest(name, fields); hint != "" {
		return invalid(path+shown, "unknown field; did you mean %q?", hint)
	}
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.name
	}
	return invalid(path+shown, "unknown field; there are %s", strings.Join(names, ", "))
}

// nearest returns the name of the field that is spelled most like name, or
// that others call so; "" if none is near.
func nearest(name string, fields []field) string {
	if len(name) > 32 {
		return ""
	}
	name = strings.ToLower(strings.NewReplacer("_", "", "-", "", ".", "", " ", "").Replace(name))
	best, least := "", 3 // edits; more than two are another word
	for _, f := range fields {
		own := strings.ToLower(f.name)
		if d := edits(name, own); d < least && d < len(own)-1 {
			best, least = f.name, d
		}
	}
	for _, f := range fields {
		if least > 0 && slices.ContainsFunc(f.also, func(s string) bool { return strings.EqualFold(s, name) }) {
			return f.name
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
