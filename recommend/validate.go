package recommend

import (
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"akin/recommend/text"
)

// Limits of an [Item] and a [Topic]. Lengths are bytes of UTF-8.
const (
	MaxID         = 200        // bytes of an id
	MaxURL        = 2 * 1024   // bytes of an address, of an alias too
	MaxTitle      = 1024       // bytes
	MaxSummary    = 16 * 1024  // bytes
	MaxBody       = 256 * 1024 // bytes
	MaxLang       = 35         // bytes of a language tag
	MaxTypes      = 16         // types of an item or a section
	MaxType       = 100        // bytes of a type
	MaxTopics     = 64         // topics of an item
	MaxSlug       = 128        // bytes of a topic's slug
	MaxAuthors    = 64         // authors of an item
	MaxAuthor     = 200        // bytes of an author's name
	MaxAliases    = 32         // aliases of an item
	MaxAlt        = 1024       // bytes of an image's alternative text
	MaxCredit     = 300        // bytes of an image's credit
	MaxPixels     = 100_000    // of an image's width or height
	MaxSrcset     = 4 * 1024   // bytes of an image's other sizes
	MaxIntro      = 64 * 1024  // bytes of a topic's introduction
	MaxFeatured   = 100        // featured items of a topic
	MaxSections   = 20         // sections of a topic
	maxSection    = 64         // bytes of a section's name
	maxSectionCap = 200        // bytes of a section's title
	maxPageSize   = 100        // entries on a page of a section

	// MaxVersion is the greatest version that may be given. It leaves room for
	// times in nanoseconds, and as many versions again for those that akin counts
	// on from there.
	MaxVersion = 1 << 62

	MaxLine = 512 * 1024 // bytes of an item or a topic in JSON: a line, the body of a PUT
)

// Validate returns nil if the item is within the contract, otherwise an
// [*InvalidError] that names the first field that is not, and the limit. It
// looks at the item alone: whether its original is there, and is no
// translation itself, is the [engine.Publisher]'s to know. HTML in a text is not an error.
//
// A withdrawn item needs no text. Any other has some that can be read, once tags
// and entities are dropped, in its title, its summary or the text of its image.
func (it Item) Validate() error {
	if err := CheckID("id", it.ID); err != nil {
		return err
	}
	if err := checkURL("url", it.URL); err != nil {
		return err
	}
	for _, f := range []struct {
		name, s string
		most    int
	}{
		{"title", it.Title, MaxTitle},
		{"summary", it.Summary, MaxSummary},
		{"body", it.Body, MaxBody},
	} {
		if err := CheckText(f.name, f.s, f.most); err != nil {
			return err
		}
	}
	if err := CheckLang("lang", it.Lang); err != nil {
		return err
	}
	if err := checkTypes("types", it.Types); err != nil {
		return err
	}
	if err := checkList("topics", it.Topics, MaxTopics, CheckSlug); err != nil {
		return err
	}
	if err := checkList("authors", it.Authors, MaxAuthors, checkLine(MaxAuthor)); err != nil {
		return err
	}
	if it.Date != "" {
		if _, err := parseDate(it.Date); err != nil {
			return err
		}
	}
	if err := checkTime("sortDate", it.SortDate); err != nil {
		return err
	}
	if err := checkTime("visibleFrom", it.VisibleFrom); err != nil {
		return err
	}
	if err := it.Image.validate(); err != nil {
		return err
	}
	if it.TranslationOf != "" {
		if err := CheckID("translationOf", it.TranslationOf); err != nil {
			return err
		}
		if it.TranslationOf == it.ID {
			return Invalid("translationOf", "is the item itself; leave it out of the original")
		}
	}
	err := checkList("aliases", it.Aliases, MaxAliases, func(field, s string) error {
		return it.checkAlias(field, s)
	})
	if err != nil {
		return err
	}
	switch {
	case it.Version < 0:
		return Invalid("version", "is %d, must be 1 or more", it.Version)
	case it.Version > MaxVersion:
		return Invalid("version", "is %d, more than %d", it.Version, int64(MaxVersion))
	}
	switch it.Status {
	case "", Published:
	case Withdrawn:
		return nil
	default:
		return Invalid("status", "is %s, must be %q or %q", quote(string(it.Status)), Published, Withdrawn)
	}
	if textless(it.Title) && textless(it.Summary) && (it.Image == nil || textless(it.Image.Alt)) {
		return Invalid("title", "is missing, and so are summary and image.alt; an item needs one of them")
	}
	return nil
}

// Canonical returns the item in the one spelling that equal items share: times
// in UTC, the language as [CanonicalLang] spells it, nothing twice in an array
// (real exports repeat topics and authors), nil for an empty array and for an
// image with nothing in it. It shares memory with it.
func (it Item) Canonical() Item {
	it.Lang = CanonicalLang(it.Lang)
	it.SortDate, it.VisibleFrom = it.SortDate.UTC(), it.VisibleFrom.UTC()
	if it.Image != nil && *it.Image == (Image{}) {
		it.Image = nil
	}
	it.Topics = Tidied(it.Topics)
	for _, list := range []*[]string{&it.Types, &it.Topics, &it.Authors, &it.Aliases} {
		*list = distinct(*list)
	}
	return it
}

// distinct returns list without repetitions, nil if it is empty. A list far
// over any limit is returned as it is: it is refused anyway.
func distinct(list []string) []string {
	const far = 500
	if len(list) == 0 {
		return nil
	}
	for i := 1; i < len(list) && len(list) <= far; i++ {
		if slices.Contains(list[:i], list[i]) {
			kept := slices.Clone(list[:i])
			for _, s := range list[i+1:] {
				if !slices.Contains(kept, s) {
					kept = append(kept, s)
				}
			}
			return kept
		}
	}
	return list
}

// SortTime returns the time that the item is ordered by, in UTC: its SortDate,
// or the first instant of its Date, or the zero time, which sorts last, if it
// has neither or if its Date is not a date.
func (it Item) SortTime() time.Time {
	if !it.SortDate.IsZero() {
		return it.SortDate.UTC()
	}
	if it.Date == "" {
		return time.Time{} // quicker than to have it refused
	}
	t, err := parseDate(it.Date)
	if err != nil {
		return time.Time{}
	}
	return t
}

// Validate returns nil if the topic is within the contract, otherwise an
// [*InvalidError] that names the first field that is not, and the limit. It
// looks at the topic alone, not at the others that it names.
func (t Topic) Validate() error {
	if t.Slug == "" {
		return Invalid("slug", "is missing")
	}
	if err := CheckSlug("slug", t.Slug); err != nil {
		return err
	}
	if err := CheckText("title", t.Title, MaxTitle); err != nil {
		return err
	}
	switch t.Kind {
	case "", KindTopic, KindProgram, KindAbout:
	default:
		return Invalid("kind", "is %s, must be %q, %q or %q", quote(string(t.Kind)), KindTopic, KindProgram, KindAbout)
	}
	if err := CheckText("introduction", t.Introduction, MaxIntro); err != nil {
		return err
	}
	if err := checkTexts("titles", t.Titles, MaxTitle); err != nil {
		return err
	}
	if err := checkTexts("introductions", t.Introductions, MaxIntro); err != nil {
		return err
	}
	if err := t.Image.validate(); err != nil {
		return err
	}
	if t.Parent != "" {
		if err := CheckSlug("parent", t.Parent); err != nil {
			return err
		}
		if t.Parent == t.Slug {
			return Invalid("parent", "is the topic itself")
		}
	}
	if err := checkList("featured", t.Featured, MaxFeatured, CheckID); err != nil {
		return err
	}
	if len(t.Sections) > MaxSections {
		return Invalid("sections", "has %d entries, at most %d", len(t.Sections), MaxSections)
	}
	for i, s := range t.Sections {
		field := "sections[" + strconv.Itoa(i) + "]"
		if err := s.validate(field + "."); err != nil {
			return err
		}
		for j := range i {
			if t.Sections[j].Name == s.Name {
				return Invalid(field+".name", "is the name of sections[%d] too", j)
			}
		}
	}
	return nil
}

// validate checks the section; prefix stands before the names of its fields.
func (s Section) validate(prefix string) error {
	switch field := prefix + "name"; {
	case s.Name == "":
		return Invalid(field, "is missing")
	case len(s.Name) > maxSection:
		return tooLong(field, len(s.Name), maxSection)
	case s.Name[0] == '-' || s.Name[len(s.Name)-1] == '-' || strings.ContainsFunc(s.Name, notSectionRune):
		return Invalid(field, "is %s, must be of lower-case letters a to z and digits, joined by hyphens", quote(s.Name))
	}
	if err := CheckText(prefix+"title", s.Title, maxSectionCap); err != nil {
		return err
	}
	if err := checkTexts(prefix+"titles", s.Titles, maxSectionCap); err != nil {
		return err
	}
	if err := checkTypes(prefix+"types", s.Types); err != nil {
		return err
	}
	fields := []string{fieldImage, fieldCredit, fieldType, fieldDate, fieldByline, fieldSummary}
	err := checkList(prefix+"fields", s.Fields, len(fields), func(field, f string) error {
		if !slices.Contains(fields, f) {
			return Invalid(field, "is %s, must be one of %s", quote(f), strings.Join(fields, ", "))
		}
		return nil
	})
	if err != nil {
		return err
	}
	if s.Size < 0 || s.Size > maxPageSize {
		return Invalid(prefix+"size", "is %d, must be 1 to %d", s.Size, maxPageSize)
	}
	return nil
}

func notSectionRune(r rune) bool {
	return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-'
}

func (m *Image) validate() error {
	if m == nil {
		return nil
	}
	if err := checkURL("image.url", m.URL); err != nil {
		return err
	}
	if err := CheckText("image.alt", m.Alt, MaxAlt); err != nil {
		return err
	}
	if err := CheckText("image.credit", m.Credit, MaxCredit); err != nil {
		return err
	}
	for field, n := range map[string]int{"image.width": m.Width, "image.height": m.Height} {
		if n < 0 || n > MaxPixels {
			return Invalid(field, "is %d, must be 1 to %d", n, MaxPixels)
		}
	}
	if err := CheckText("image.srcset", m.Srcset, MaxSrcset); err != nil {
		return err
	}
	_, err := m.Sources()
	return err
}

// A Source is an image in one of its sizes.
type Source struct {
	URL   string
	Width int // pixels
}

// Sources returns the sizes that Srcset names, in its order. What is not an address and
// width, as "a.jpg 320w", is an [*InvalidError].
func (m *Image) Sources() ([]Source, error) {
	parts := strings.Fields(m.Srcset)
	if len(parts)%2 != 0 {
		return nil, Invalid("image.srcset", `must be pairs of address and width, as "a.jpg 320w, b.jpg 640w"`)
	}
	var out []Source
	for i := 0; i < len(parts); i += 2 {
		width, pixels := strings.CutSuffix(strings.TrimSuffix(parts[i+1], ","), "w")
		n, err := strconv.Atoi(width)
		if !pixels || err != nil || n < 1 || n > MaxPixels || strings.HasSuffix(parts[i+1], ",") != (i+2 < len(parts)) {
			return nil, Invalid("image.srcset", "%s after %s must be a width from 1w to %dw, with a comma before the next address", quote(parts[i+1]), quote(parts[i]), MaxPixels)
		}
		if err := checkURL("image.srcset", parts[i]); err != nil {
			return nil, err
		}
		out = append(out, Source{parts[i], n})
	}
	return out, nil
}

// checkTexts checks texts by language, each of most bytes.
func checkTexts(field string, texts map[string]string, most int) error {
	if len(texts) > maxLanguages {
		return Invalid(field, "has %d languages, at most %d", len(texts), maxLanguages)
	}
	for _, lang := range slices.Sorted(maps.Keys(texts)) {
		if lang == "" {
			return Invalid(field, "has a text without a language")
		}
		if err := CheckLang(field+"."+lang, lang); err != nil {
			return err
		}
		if err := CheckText(field+"."+lang, texts[lang], most); err != nil {
			return err
		}
	}
	return nil
}

// CheckID checks an item's id: 1 to [MaxID] of A-Z a-z 0-9 . _ ~ -, which an
// address and a file name take as they are; not "." or "..".
func CheckID(field, s string) error {
	switch {
	case s == "":
		return Invalid(field, "is missing")
	case len(s) > MaxID:
		return tooLong(field, len(s), MaxID)
	case s == "." || s == "..":
		return Invalid(field, "must not be %q", s)
	}
	for i := range len(s) {
		if !idByte(s[i]) {
			return Invalid(field, "%s has a character other than A-Z a-z 0-9 . _ ~ -", quote(s))
		}
	}
	return nil
}

func idByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' ||
		c == '-' || c == '_' || c == '.' || c == '~'
}

// CheckSlug checks a topic's slug: 1 to [MaxSlug] bytes of UTF-8 without
// control characters and slashes; not "." or "..".
func CheckSlug(field, s string) error {
	if err := checkLine(MaxSlug)(field, s); err != nil {
		return err
	}
	if s == "." || s == ".." {
		return Invalid(field, "must not be %q", s)
	}
	if strings.Contains(s, "/") {
		return Invalid(field, "%s has a slash; slugs have none, a topic names its parent in parent", quote(s))
	}
	return nil
}

// checkLine returns a check for a name of 1 to most bytes on one line.
func checkLine(most int) func(field, s string) error {
	return func(field, s string) error {
		if blank(s) {
			return Invalid(field, "is empty")
		}
		if err := CheckText(field, s, most); err != nil {
			return err
		}
		if strings.ContainsFunc(s, unicode.IsControl) {
			return Invalid(field, "%s has a control character", quote(s))
		}
		return nil
	}
}

func checkTypes(field string, types []string) error {
	return checkList(field, types, MaxTypes, checkLine(MaxType))
}

// checkURL checks an address: empty, http, https, or from the root of the site.
func checkURL(field, s string) error {
	if s == "" {
		return nil
	}
	if err := CheckText(field, s, MaxURL); err != nil {
		return err
	}
	if strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) || unicode.IsSpace(r) || r == '\\' }) {
		return Invalid(field, "%s has a space, a backslash or a control character; percent-encode it", quote(s))
	}
	u, err := url.Parse(s)
	switch {
	case err != nil:
		return Invalid(field, "%s is not an address: %v", quote(s), plainURLError(err))
	case strings.HasPrefix(s, "//"):
		return Invalid(field, "%s must start with http:// or https://, or with a single slash", quote(s))
	case s[0] == '/':
		return nil
	case u.Scheme != "http" && u.Scheme != "https":
		return Invalid(field, "%s must start with http://, https:// or a slash", quote(s))
	case u.Hostname() == "":
		return Invalid(field, "%s names no host", quote(s))
	case u.User != nil:
		return Invalid(field, "must not hold a user name or a password")
	}
	return nil
}

// plainURLError drops the address that a [url.Error] repeats.
func plainURLError(err error) error {
	if e, ok := err.(*url.Error); ok {
		return e.Err
	}
	return err
}

// checkAlias checks a former id or address.
func (it Item) checkAlias(field, s string) error {
	switch {
	case s == "":
		return Invalid(field, "is empty")
	case s == it.ID:
		return Invalid(field, "is the item's own id; an alias is a former one")
	case s == it.URL:
		return Invalid(field, "is the item's own url; an alias is a former one")
	case strings.ContainsAny(s, "/:"):
		return checkURL(field, s)
	}
	return CheckID(field, s)
}

// CheckLang checks that s is empty or well-formed by BCP 47, beginning with a
// language of two or three letters.
func CheckLang(field, s string) error {
	if s == "" {
		return nil
	}
	bad := func() error {
		return Invalid(field, "%s is not a language tag; write one like \"en\", \"es-MX\" or \"zh-Hant\"", quote(s))
	}
	if len(s) > MaxLang {
		return tooLong(field, len(s), MaxLang)
	}
	first, last := 0, 0 // lengths of subtags
	for sub := range strings.SplitSeq(s, "-") {
		if len(sub) < 1 || len(sub) > 8 {
			return bad()
		}
		for _, c := range []byte(sub) {
			letter := 'a' <= c|0x20 && c|0x20 <= 'z'
			if !letter && (first == 0 || c < '0' || c > '9') {
				return bad()
			}
		}
		if last = len(sub); first == 0 {
			first = last
		}
	}
	if first != 2 && first != 3 || last == 1 {
		return bad()
	}
	return nil
}

// CanonicalLang spells a language tag as BCP 47 recommends, "EN-us" as "en-US",
// so that equal languages are equal strings. What is not a tag is returned as it
// is.
func CanonicalLang(tag string) string {
	if tag == "" || CheckLang("", tag) != nil {
		return tag
	}
	subtags := strings.Split(strings.ToLower(tag), "-")
	for i, sub := range subtags {
		switch {
		case i == 0:
		case len(sub) == 1: // an extension or private use: all lower case from here on
			return strings.Join(subtags, "-")
		case len(sub) == 2:
			subtags[i] = strings.ToUpper(sub)
		case len(sub) == 4 && sub[0] >= 'a':
			subtags[i] = strings.ToUpper(sub[:1]) + sub[1:]
		}
	}
	return strings.Join(subtags, "-")
}

// parseDate returns the first instant, UTC, of a day or a month.
func parseDate(s string) (time.Time, error) {
	layout := "2006-01-02"
	if len(s) == len("2006-01") {
		layout = "2006-01"
	}
	t, err := time.Parse(layout, s)
	if err != nil || len(s) != len(layout) || t.Year() < 1 {
		return time.Time{}, Invalid("date", "%s is not a day like \"2024-03-26\" or a month like \"2024-03\"", quote(s))
	}
	return t, nil
}

// parseTime returns the time, UTC, that s says by RFC 3339.
func parseTime(field, s string) (time.Time, error) {
	var t time.Time
	if err := t.UnmarshalText([]byte(s)); err != nil {
		return time.Time{}, Invalid(field, "%s is not a time like \"2024-03-26T09:00:00Z\" (RFC 3339)", quote(s))
	}
	return t.UTC(), checkTime(field, t)
}

// checkTime checks that t can be written by RFC 3339 in UTC.
func checkTime(field string, t time.Time) error {
	if y := t.UTC().Year(); y < 1 || y > 9999 {
		return Invalid(field, "is in the year %d, must be in 1 to 9999, UTC", y)
	}
	return nil
}

// checkList checks the number of entries, each of them, and that none comes
// twice.
func checkList(field string, list []string, most int, check func(field, s string) error) error {
	if len(list) > most {
		return Invalid(field, "has %d entries, at most %d", len(list), most)
	}
	for i, s := range list {
		if check(field, s) != nil {
			return check(field+"["+strconv.Itoa(i)+"]", s)
		}
		if j := slices.Index(list[:i], s); j >= 0 {
			return Invalid(field+"["+strconv.Itoa(i)+"]", "%s comes twice, first as %s[%d]", quote(s), field, j)
		}
	}
	return nil
}

// CheckText checks that s is UTF-8 of at most most bytes.
func CheckText(field, s string, most int) error {
	if len(s) > most {
		return tooLong(field, len(s), most)
	}
	if !utf8.ValidString(s) {
		return notUTF8(field)
	}
	return nil
}

func tooLong(field string, got, most int) error {
	return Invalid(field, "is %d bytes long, at most %d", got, most)
}

func notUTF8(field string) error {
	return Invalid(field, "is not valid UTF-8; convert the text to UTF-8 first")
}

// textless says whether nothing of s is left to be read once its tags and
// entities are dropped: no letter, no number, no symbol like an emoji.
// Punctuation alone, and what cannot be seen, is not text.
func textless(s string) bool {
	for i := 0; i < len(s) && s[i] < utf8.RuneSelf && s[i] != '<' && s[i] != '&'; i++ { // most texts
		if c := s[i]; 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9' {
			return false
		}
	}
	return !strings.ContainsFunc(text.Plain(s), func(r rune) bool {
		return unicode.IsLetter(r) && !hollow(r) || unicode.IsNumber(r) || unicode.Is(unicode.So, r) && !hollow(r) && r != '\ufffd' && r != '\ufffc'
	})
}

// hollow says whether r is a letter or a symbol that shows nothing.
func hollow(r rune) bool {
	switch r {
	case 0x115f, 0x1160, 0x3164, 0xffa0, 0x2800: // fillers of Hangul, a pattern of no dots
		return true
	}
	return false
}

func blank(s string) bool { return strings.TrimSpace(s) == "" }

// quote returns s as it may stand in an error: quoted, on one line, and cut if
// it is long.
func quote(s string) string {
	const most = 80 // bytes
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return strconv.Quote(s)
}
