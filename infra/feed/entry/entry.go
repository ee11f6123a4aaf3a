package entry

import (
	"encoding/hex"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"

	"akin/recommend"
	"akin/recommend/text"
)

const (
	excerptSize = 500 // bytes of a summary that is made from the content
	articleSize = 800 // bytes of plain text that an excerpt has at most; more is an article
)

// Status says who may see a work in the system that it comes from.
type Status uint8

const (
	Public    Status = iota
	Draft            // not published yet, or waiting for somebody's word
	Private          // for some signed-in users
	Protected        // behind a password
	Trashed          // taken away
	Expired          // past the date on which it was to be taken away
	NoIndex          // says to search engines that it is not to be found
	NoPage           // a revision, an attachment, a menu's entry: nothing to be linked
	Unknown          // in a state that is not known here
)

// kind returns the kind of notice about an entry that is left out.
func (s Status) kind() Kind {
	switch s {
	case Draft:
		return Drafts
	case Private:
		return Privates
	case Protected:
		return Protecteds
	case Trashed:
		return Trash
	case Expired:
		return Expireds
	case NoIndex:
		return NoIndexes
	case Unknown:
		return Unknowns
	}
	return Nones
}

// An Entry is what a foreign system says of one work, as it says it: texts may
// hold HTML or entities, and be of any length.
type Entry struct {
	ID      string // guid, or whatever names the work for good; empty: Link is taken
	Link    string // address of its page; relative ones are made absolute by Options.Site
	Title   string
	Summary string // an excerpt or a standfirst
	Content string // the text, HTML
	Lang    string // of the work; empty: that of Options
	Types   []string
	Topics  []string // names of categories and tags, made slugs
	Authors []string

	// Dates, as they are written. Published counts before Updated. A reader
	// that has a time instead of a text writes it by RFC 3339.
	Published string
	Updated   string
	Scheduled string // visible from then on; what is Published in the future is scheduled too
	Expires   string // visible until then: see [Entry.Settle]
	Sorted    string // where it stands among others; empty: where Published says

	Image    Image
	Fallback []Image // further pictures; the first that is an address counts

	Status  Status
	Version int64    // from 1; 0: none
	Aliases []string // former addresses and ids

	TranslationOf string // id or link of the original
	Group         string // translations of one work share it; the first one that comes is the original

	why     Notice // why it is hidden, where Status alone does not say it
	planned bool   // a sign says that it is public from its date on
}

// An Image is a picture that stands for a work.
type Image struct{ URL, Alt, Credit string }

// Item returns the entry as an item: ID (else Link) as id, the beginning of a
// long text as summary. Texts over their limits are cut, and entries of arrays
// over theirs dropped, for whoever reads foreign data cannot correct it. What
// was not understood and is left out of the item comes as notices. The item has
// its id beside an error too.
//
// Whether a visitor may see the entry, and Group, are for the caller to judge:
// see [Entry.Hidden].
func (e *Entry) Item(o Options) (recommend.Item, []Notice, error) {
	e.Title, e.Summary, e.Content = bareData(e.Title), bareData(e.Summary), bareData(e.Content)
	it := recommend.Item{
		ID:    e.id(),
		URL:   Absolute(o.Site, e.Link),
		Title: Shorten(strings.TrimSpace(text.DropTitleCodes(e.Title)), recommend.MaxTitle),
		Lang:  Lang(e.Lang),
		Image: e.image(o),

		Version: e.Version,
	}
	it.Summary, it.Body = texts(text.DropCodes(unsaid(e.Title, e.Summary)), text.DropCodes(unsaid(e.Title, e.Content)))
	if it.ID == "" {
		return it, nil, Wrong("id", "the entry has neither a guid nor a link to make one of")
	}
	if it.Lang == "" {
		it.Lang = Lang(o.Lang)
	}
	it.Types = names(e.Types, recommend.MaxTypes, recommend.MaxType)
	for _, a := range e.Authors {
		if a = Author(a); a != "" && len(it.Authors) < recommend.MaxAuthors && !slices.Contains(it.Authors, a) {
			it.Authors = append(it.Authors, a)
		}
	}
	dropped := 0
	for _, t := range e.Topics {
		switch slug := Slug(t); {
		case slug == "" && len(t) <= recommend.MaxSlug, noCategory[Fold(slug)], slices.Contains(it.Topics, slug):
		case slug == "" || len(it.Topics) == recommend.MaxTopics:
			dropped++
		default:
			it.Topics = append(it.Topics, slug)
		}
	}
	if e.TranslationOf != "" {
		it.TranslationOf = ID(e.TranslationOf)
	}
	for _, a := range e.Aliases {
		one := recommend.Item{ID: it.ID, URL: it.URL, Title: "a", Aliases: []string{Absolute("", a)}}
		if one.Validate() == nil && len(it.Aliases) < recommend.MaxAliases {
			it.Aliases = append(it.Aliases, one.Aliases[0])
		}
	}
	notices := e.dates(o, &it)
	if dropped > 0 {
		notices = append(notices, Notice{Kind: manyTopics, N: dropped})
	}
	if n, ok := otherLang(it); ok {
		notices = append(notices, n)
	}
	it = it.Canonical()
	return it, notices, it.Validate()
}

var (
	futures    = Kind{"item hidden until its date, which is in the future", "items hidden until their dates, which are in the future"}
	manyTopics = Kind{
		fmt.Sprintf("topic left out, for it is over %d bytes long or its item has %d others", recommend.MaxSlug, recommend.MaxTopics),
		fmt.Sprintf("topics left out, for they are over %d bytes long or their items have %d others", recommend.MaxSlug, recommend.MaxTopics),
	}
)

// bareData returns a text that a CDATA section was written around twice without the
// second, which an XML parser takes for text.
func bareData(s string) string {
	inner, opened := strings.CutPrefix(strings.TrimSpace(s), "<![CDATA[")
	if inner, closed := strings.CutSuffix(inner, "]]>"); opened && closed {
		return strings.TrimSpace(inner)
	}
	return s
}

// ofGoogle is the name of the newspaper behind a title, which is all that Google
// News says of a work.
var ofGoogle = Pattern(`(?:&nbsp;|\x{a0}|\s)*<font color="#6f6f6f">[^<>]*</font>(?:</li>|</ol>|</p>|\s)*$`)

// unsaid returns a text, or nothing if the title has said all of it.
func unsaid(title, s string) string {
	const most = 4 * recommend.MaxTitle // bytes that a title and its markup have
	if len(s) > most || strings.TrimSpace(s) == "" {
		return s
	}
	bare := spoken(PlainText(ofGoogle().ReplaceAllString(s, "")))
	if of := spoken(PlainText(title)); of != "" && (bare == of || ofGoogle().MatchString(s) && strings.HasPrefix(of, bare)) {
		return ""
	}
	return s
}

// spoken returns s in lower case, and with one space for whatever white space and
// punctuation parts two words.
func spoken(s string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return unicode.IsSpace(r) || unicode.IsPunct(r) }), " ")
}

// noCategory are the folded names of the category that WordPress gives to whatever
// has none.
var noCategory = map[string]bool{
	"uncategorized": true, "uncategorised": true, "sincategoria": true, "allgemein": true, "nonclasse": true, "senzacategoria": true, "semcategoria": true,
}

// Hidden says why a visitor may not see the entry; ok is false if one may.
func (e *Entry) Hidden() (n Notice, ok bool) {
	if e.Status == Public {
		return Notice{}, false
	}
	if e.why.Kind != (Kind{}) {
		return e.why, true
	}
	return Notice{Kind: e.Status.kind()}, true
}

// texts returns the summary and the body that a work's excerpt and text, both of
// which may be HTML, become. An excerpt that is an article is the text, or
// repeats it; then its beginning is the summary.
func texts(excerpt, content string) (summary, body string) {
	excerpt, content = strings.TrimSpace(excerpt), strings.TrimSpace(content)
	if _, trimmed := TrimBoilerplate(excerpt); trimmed {
		excerpt = Excerpt(excerpt)
	}
	content, _ = TrimBoilerplate(content)
	if len(excerpt) > articleSize {
		switch plain := PlainText(excerpt); {
		case len(plain) <= articleSize:
		case content == "":
			content, excerpt = excerpt, Shorten(plain, excerptSize)
		case strings.HasPrefix(PlainText(Cut(content, 8*articleSize)), Cut(plain, articleSize/4)):
			excerpt = Shorten(plain, excerptSize)
		case len(excerpt) > recommend.MaxSummary:
			excerpt = Shorten(plain, recommend.MaxSummary)
		}
	}
	if len(excerpt) > recommend.MaxSummary {
		excerpt = PlainText(excerpt)
	}
	if excerpt == "" {
		excerpt = Shorten(PlainText(content), excerptSize)
	}
	return excerpt, Cut(content, recommend.MaxBody)
}

// otherLang returns a warning if the texts are surely of another language than
// the item says. Languages that are not known here, and scripts of several, are
// not judged.
func otherLang(it recommend.Item) (Notice, bool) {
	base := text.BaseLanguage(it.Lang)
	if it.Lang == "" || !slices.Contains(text.Detected(), base) {
		return Notice{}, false
	}
	const most = 1000 // bytes that are looked at
	found := text.BaseLanguage(text.DetectAmong(Cut(it.Title+". "+it.Summary, most), []string{it.Lang}))
	if found == "und" || found == base || found == "no" && base == "da" || found == "da" && base == "no" {
		return Notice{}, false
	}
	return Notice{Kind: Langs, Err: Wrong("lang", "is %q, and the text seems to be %q: %q", it.Lang, found, Shorten(PlainText(it.Title), 80))}, true
}

// id returns the id of the item that the entry becomes.
func (e *Entry) id() string {
	if id := ID(e.ID); id != "" {
		return id
	}
	return ID(e.Link)
}

// dates sets the dates of it: the day is that of the place it was published
// at, as it is written.
func (e *Entry) dates(o Options, it *recommend.Item) []Notice {
	var notices []Notice
	parse := func(field, text string) (Date, bool) {
		if strings.TrimSpace(text) == "" {
			return Date{}, false
		}
		d, err := ParseDate(text, o.Order, o.Zone)
		if strings.HasPrefix(d.Day, "0001-") || err != nil && strings.Contains(text, "0") && !strings.ContainsAny(text, "123456789") {
			return Date{}, false // what programs write that have none, 0000-00-00 too
		}
		if err != nil {
			notices = append(notices, Notice{Kind: BadDates, Err: Wrong(field, "%v; it was left out", err)})
		}
		return d, err == nil
	}
	d, ok := parse("date", e.Published)
	if !ok {
		d, ok = parse("date", e.Updated)
	}
	if ok {
		it.Date, it.SortDate = d.Day, d.Time
		if at := d.Instant(); at.After(o.Time()) {
			it.VisibleFrom = at
			if e.Scheduled == "" {
				notices = append(notices, Notice{Kind: futures})
			}
		}
	}
	if d, ok := parse("sortDate", e.Sorted); ok {
		it.SortDate = d.Instant()
	}
	if d, ok := parse("visibleFrom", e.Scheduled); ok {
		it.VisibleFrom = d.Instant()
	}
	return notices
}

// image returns the first picture that may be shown, nil without one.
func (e *Entry) image(o Options) *recommend.Image {
	for _, m := range slices.Concat([]Image{e.Image}, e.Fallback, []Image{FirstImage(e.Content), FirstImage(e.Summary)}) {
		shown := recommend.Image{
			URL:    Absolute(o.Site, beside(e.Link, m.URL)),
			Alt:    Shorten(PlainText(m.Alt), recommend.MaxAlt),
			Credit: Shorten(PlainText(m.Credit), recommend.MaxCredit),
		}
		if shown.URL != "" && !counts(shown.URL, "") && (recommend.Item{ID: "a", Title: "a", Image: &shown}).Validate() == nil {
			return &shown
		}
	}
	return nil
}

// beside returns the address of a picture by that of the page that shows it.
func beside(page, address string) string {
	if strings.HasPrefix(address, "//") {
		return "https:" + address
	}
	if address == "" || strings.HasPrefix(address, "/") && !strings.Contains(page, "://") {
		return address
	}
	return Absolute(strings.TrimSpace(page), address)
}

// Absolute returns an address as it may stand in an item: spaces and percent
// signs that escape nothing escaped, as browsers have it, and absolute by base,
// the address of the page or the site that it stands in, if that is known.
func Absolute(base, address string) string {
	address = escape(strings.TrimSpace(address))
	if base == "" || address == "" || strings.Contains(address, "://") {
		return address
	}
	b, err := url.Parse(base)
	if err != nil {
		return address
	}
	at, err := b.Parse(address)
	if err != nil {
		return address
	}
	return at.String()
}

// escape returns an address with its spaces and its stray percent signs escaped.
func escape(address string) string {
	address = strings.ReplaceAll(address, " ", "%20")
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(address, "%")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		b.WriteByte('%')
		if _, err := hex.DecodeString(rest[:min(2, len(rest))]); err != nil || len(rest) < 2 {
			b.WriteString("25")
		}
		address = rest
	}
}

// names returns a list of names without markup, each of most bytes at most.
func names(list []string, count, most int) []string {
	var kept []string
	for _, s := range list {
		if s = Cut(PlainText(s), most); s != "" && len(kept) < count && !slices.Contains(kept, s) {
			kept = append(kept, s)
		}
	}
	return kept
}

// Instant returns d.Time, or else the first instant of the day.
func (d Date) Instant() time.Time {
	if !d.Time.IsZero() {
		return d.Time
	}
	return recommend.Item{Date: d.Day}.SortTime()
}
