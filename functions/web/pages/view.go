package pages

import (
	"context"
	"html"
	"html/template"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"akin/functions/web/serve"
	"akin/functions/web/words"
	"akin/recommend"
)

// A View is what every template is given. Body is what is particular to one.
type View struct {
	Lang        string // of the page itself, one that package words speaks
	Site        string // the website's name
	Title       string // of the page, without the site's name; empty: only that
	Description string // plain text for search engines and previews
	Kind        string // Open Graph's: website or article
	Picture     string // address of the page's picture
	Canonical   string // absolute
	NoIndex     bool   // filtered, searched or paged: not for search engines
	Private     bool   // depends on who asks: for no cache
	Alternates  []alternate
	Feeds       []feedLink
	Data        any    // Schema.org's, as JSON-LD
	Query       string // what was searched for
	Asked       bool   // the page has the search form itself
	Body        any
	Until       time.Time // when the page may change by itself; zero: unknown

	desk      string // path of the editors' page about what this page shows, escaped; empty: the report
	Leave     bool   // there is a session that can be ended
	pages     *Pages
	ChoseLang bool        // the address names the language, so links go on doing so
	path      string      // of this page, escaped
	Params    url.Values  // of this page, without lang
	origin    string      // scheme and host, no slash at the end
	static    *staticPage // for a page in a folder; nil: served
}

// An alternate is the same page in another language.
type alternate struct {
	Lang, Name, Href string // Href within the site
	URL              string // absolute
	Current          bool
}

// A feedLink is a feed of what the page lists.
type feedLink struct{ Type, Short, Title, Href string }

// NewView begins the page for r. The language is that of ?lang= or, without it,
// the best for Accept-Language.
func (p *Pages) NewView(r *http.Request) *View {
	q := r.URL.Query()
	v := &View{Site: p.Name, Kind: "website", pages: p, path: r.URL.EscapedPath(), Params: q}
	if lang := q.Get("lang"); lang != "" {
		v.Lang, v.ChoseLang = words.Asked(p.offered(), lang), true
	} else {
		v.Lang = words.Match(p.offered(), r.Header.Get("Accept-Language"))
	}
	q.Del("lang")
	v.origin = p.originOf(r)
	v.Canonical = v.origin + v.Href(v.path)
	v.alternates()
	return v
}

// alternates fills in the page's language versions.
func (v *View) alternates() {
	for _, lang := range v.pages.offered() {
		values := url.Values{"lang": {lang}}
		for k, vs := range v.Params {
			values[k] = vs
		}
		a := alternate{Lang: lang, Name: words.LangName(lang), Current: lang == v.Lang, Href: v.path + "?" + values.Encode()}
		a.URL = v.origin + v.path + "?lang=" + lang
		if v.static != nil {
			a.Href = v.static.link(a.Href)
			a.URL = v.absolute(a.Href)
		}
		v.Alternates = append(v.Alternates, a)
	}
}

// offered returns the languages that pages lead to each other in, the first by default.
func (p *Pages) offered() []string { return words.Offered(p.Languages) }

// absolute returns the whole address of what Href returned.
func (v *View) absolute(href string) string {
	if strings.Contains(href, "://") {
		return href
	}
	if v.static == nil {
		return v.origin + href
	}
	return v.static.absolute(href)
}

// originOf returns the scheme and host where readers find these pages.
func (p *Pages) originOf(r *http.Request) string {
	if p.Public != nil {
		return strings.TrimSuffix(p.Public.String(), "/")
	}
	scheme := "http"
	if serve.HTTPS(r) {
		scheme = "https"
	}
	return scheme + "://" + r.Host
}

// T returns the message under key in the page's language.
func (v *View) T(key string, args ...string) string { return words.In(v.Lang, key, args...) }

// Count returns "1 result", "12 results" for the key results.
func (v *View) Count(key string, n int) string { return words.Count(v.Lang, key, n) }

// Num prints a number as the page's language groups its digits.
func (v *View) Num(n int) string { return words.GroupDigits(v.Lang, n) }

// LangName names a language in the page's language.
func (v *View) LangName(tag string) string { return words.LangNameIn(v.Lang, tag) }

// Href returns the address of a page within the site from an escaped path that
// may have a query and a fragment.
func (v *View) Href(path string) string {
	if v.ChoseLang && !strings.HasPrefix(path, "/assets/") {
		head, fragment, _ := strings.Cut(path, "#")
		if strings.Contains(head, "?") {
			head += "&lang=" + v.Lang
		} else {
			head += "?lang=" + v.Lang
		}
		if path = head; fragment != "" {
			path += "#" + fragment
		}
	}
	if v.static != nil {
		return v.static.link(path)
	}
	return path
}

// Topic returns the address of a topic's page.
func (v *View) Topic(slug string) string { return v.Href("/topics/" + url.PathEscape(slug)) }

// Work returns where a work is read: its own address, where it has a whole one and
// these pages are not the website's own; else its page here.
func (v *View) Work(id, address string) string {
	if u := v.pages.elsewhere(address); u != "" {
		return u
	}
	return v.Item(id)
}

// elsewhere returns the whole address at which a work is to be found, empty where
// that is its page here, as while nobody said where the website is.
func (p *Pages) elsewhere(address string) string {
	if u := safeURL(p.Site, address); !p.OwnPages && p.Site != nil && strings.Contains(u, "://") {
		return u
	}
	return ""
}

// Item returns the address of an item's page.
func (v *View) Item(id string) string { return v.Href("/items/" + url.PathEscape(id)) }

// Static tells whether the page is a file, where nothing answers forms.
func (v *View) Static() bool { return v.static != nil }

// A deskLink leads from a page to one for editors.
type deskLink struct{ Href, Text string }

// Desk returns the links at the foot of a page to those for editors. They are
// the same for everybody, as caches keep the page; who follows one and is no
// editor is asked to sign in.
func (v *View) Desk() []deskLink {
	if v.static != nil || !v.pages.Editors {
		return nil
	}
	links := []deskLink{{v.Href("/coverage"), v.T("coverage")}, {v.Href("/draft"), v.T("draft")}}
	if work, ok := strings.CutSuffix(v.desk, "/edit"); ok {
		links = append(links, deskLink{v.Href(work + "/why"), v.T("why-missing")})
	}
	if v.desk != "" {
		links = append(links, deskLink{v.Href(v.desk), v.T("edit-this")})
	}
	return links
}

// SignOut tells whether the page can end the session that it was shown to.
func (v *View) SignOut() bool { return v.Leave }

// Asset returns the address of an embedded file with its hash.
func (v *View) Asset(name string) string {
	return v.Href("/assets/" + name + "?v=" + v.pages.assets[name].tag)
}

// Here returns this page's address with other parameters: those of set replace
// its own, an empty value removes one, and a fragment may follow.
func (v *View) Here(set map[string]string, fragment string) string {
	q := make(url.Values, len(v.Params))
	for k, vs := range v.Params {
		q[k] = vs
	}
	for k, s := range set {
		if q.Del(k); s != "" {
			q.Set(k, s)
		}
	}
	path := v.path
	if len(q) > 0 {
		path += "?" + q.Encode()
	}
	if fragment != "" {
		path += "#" + fragment
	}
	return v.Href(path)
}

// Explicit tells whether forms must carry the language.
func (v *View) Explicit() bool { return v.ChoseLang }

// sooner moves Until to t if that is earlier.
func (v *View) sooner(t time.Time) {
	if !t.IsZero() && (v.Until.IsZero() || t.Before(v.Until)) {
		v.Until = t
	}
}

// An EntryView is one item in a list.
type EntryView struct {
	P       *View
	ID      string
	Href    string
	Title   string
	Summary string
	Lang    string // of title and summary, when it is not the page's
	Kicker  string // its kinds
	Foreign string // names its language for the reader, when it is not the page's
	Byline  string
	Date    string
	ISODate string
	Picture *pictureView // nil: it has none, or none is to be shown
	Credit  string
	Others  []otherView
	Tier    recommend.Tier
	Reason  string
	Why     []shareView // three at most, and the rest; the shares are 100 together
	Compact bool
	Framed  bool // it stands in a list with pictures, so a calm field stands where it has none
	Level   int  // of its heading

	found func(word string) bool // which words of its texts to mark; nil: none
}

// Marked returns a text as HTML with the words marked that it was found by.
func (e EntryView) Marked(s string) template.HTML {
	if e.found == nil {
		return template.HTML(template.HTMLEscapeString(s))
	}
	var b strings.Builder
	at := 0
	for _, m := range oneWord().FindAllStringIndex(s, -1) {
		if word := s[m[0]:m[1]]; e.found(word) {
			b.WriteString(template.HTMLEscapeString(s[at:m[0]]) + "<mark>" + word + "</mark>") // letters need no escape
			at = m[1]
		}
	}
	return template.HTML(b.String() + template.HTMLEscapeString(s[at:]))
}

// align gives every entry of a list a frame where one of them has a picture.
func align(entries []EntryView) {
	if !slices.ContainsFunc(entries, func(e EntryView) bool { return e.Picture != nil }) {
		return
	}
	for i := range entries {
		entries[i].Framed = true
	}
}

// An otherView is another language version of an item.
type otherView struct{ Lang, Name, Href, Title string }

// Entry shows a card in a list with the given fields; nil shows all.
func (v *View) Entry(c recommend.Card, fields []string) EntryView {
	e := v.wholeEntry(c, fields)
	e.Summary = clip(e.Summary)
	return e
}

// wholeEntry is [View.Entry] with all of the summary.
func (v *View) wholeEntry(c recommend.Card, fields []string) EntryView {
	shows := func(f string) bool { return len(fields) == 0 || slices.Contains(fields, f) }
	e := EntryView{P: v, ID: c.ID, Href: v.Work(c.ID, c.URL), Level: 3}
	e.Title, e.Summary = heading(c.Title, c.Summary, c.Image)
	if e.Title == "" {
		e.Title = v.T("untitled")
	} else if c.Lang != "" && c.Lang != v.Lang {
		e.Lang, e.Foreign = c.Lang, v.LangName(c.Lang)
	}
	if c.Title == "" && strings.HasPrefix(e.Summary, "… ") && !shows("summary") {
		e.Title = strings.TrimSuffix(e.Title, " …") + "…"
	}
	if !shows("summary") {
		e.Summary = ""
	}
	if shows("type") {
		e.Kicker = words.TypeLabels(v.Lang, c.Types)
	}
	if shows("byline") {
		e.Byline = words.Byline(v.Lang, c.Authors)
	}
	if shows("date") {
		if e.Date = words.PrintDate(v.Lang, c.Date); e.Date != "" {
			e.ISODate = c.Date
		}
	}
	if picture := v.picture(c.Image); picture != nil {
		if shows("image") {
			e.Picture = picture
		}
		if shows("credit") {
			e.Credit = picture.Credit
		}
	}
	e.Others = v.others(c.Translations)
	return e
}

func (v *View) others(ts []recommend.Translation) []otherView {
	var out []otherView
	for _, t := range ts {
		out = append(out, otherView{Lang: t.Lang, Name: words.LangName(t.Lang), Href: v.Work(t.ID, t.URL), Title: t.Title})
	}
	return out
}

// preferred returns cards with those in their places that are of the same works in
// the page's language, as listings have them.
func (p *Pages) preferred(ctx context.Context, v *View, cards []recommend.Card) ([]recommend.Card, error) {
	var ids []string
	at := map[string]int{} // id of a version: place of its work
	for i, c := range cards {
		for _, t := range c.Translations {
			if c.Lang != v.Lang && t.Lang == v.Lang {
				ids, at[t.ID] = append(ids, t.ID), i
				break
			}
		}
	}
	if len(ids) == 0 {
		return cards, nil
	}
	versions, err := p.Reader.Cards(ctx, ids...)
	if err != nil {
		return nil, err
	}
	out := slices.Clone(cards)
	for _, c := range versions {
		if i, ok := at[c.ID]; ok {
			out[i] = c
		}
	}
	return out, nil
}

// preferEntries is [Pages.preferred] for a related list.
func (p *Pages) preferEntries(ctx context.Context, v *View, entries []recommend.Entry) error {
	cards := make([]recommend.Card, len(entries))
	for i, e := range entries {
		cards[i] = e.Card
	}
	cards, err := p.preferred(ctx, v, cards)
	for i := range cards {
		entries[i].Card = cards[i]
	}
	return err
}

// RelatedEntry shows an entry of a related list with its reason.
func (v *View) RelatedEntry(e recommend.Entry, titles map[string]string, own []string) EntryView {
	out := v.Entry(e.Card, nil)
	out.Tier = e.Tier
	switch e.Tier {
	case recommend.TierPinned:
		out.Reason = v.T("pinned-reason")
	case recommend.TierSimilar:
		var terms []string
		for _, w := range e.Why {
			if w.Kind == recommend.KindTerm {
				terms = append(terms, w.Term)
			}
		}
		terms = words.Telling(e.Lang, terms)
		if terms = terms[:min(len(terms), maxReasons)]; len(terms) > 0 {
			out.Reason = v.T("both-about", strings.Join(terms, ", "))
		}
		out.Why = v.shares(e.Why, terms)
	case recommend.TierTopic:
		out.Reason = v.T("topic-reason", sharedTopics(e.Topics, own, titles))
	case recommend.TierPopular:
		out.Reason = v.T("popular-reason")
	case recommend.TierLatest:
		out.Reason = v.T("latest-reason")
	}
	if e.Companion {
		out.Reason = strings.TrimSuffix(v.T("companion-reason")+" · "+out.Reason, " · ")
	}
	return out
}

// maxReasons is how many reasons readers are shown, the most telling.
const maxReasons = 3

// A shareView is a reason and its share of all that two works have in common, in per cent.
type shareView struct {
	Term  string
	Share int
}

// shares returns those of the reasons that are told, with authors and time while there
// is room, and the rest as one.
func (v *View) shares(why []recommend.Reason, told []string) []shareView {
	var out []shareView
	all, rest := recommend.Millionths(0), 100
	for _, w := range why {
		if w.Kind != recommend.KindBoost {
			all += w.Part
		}
	}
	if all <= 0 {
		return nil
	}
	add := func(w recommend.Reason, name string) {
		share := int(w.Part * 100 / all)
		if out = append(out, shareView{name, share}); share <= rest {
			rest -= share
		}
	}
	for _, term := range told {
		for _, w := range why {
			if w.Kind == recommend.KindTerm && w.Term == term {
				add(w, w.Term)
				break
			}
		}
	}
	for _, w := range why {
		if len(out) < maxReasons && (w.Kind == recommend.KindAuthor || w.Kind == recommend.KindTime) {
			add(w, v.T("reason-"+string(w.Kind)))
		}
	}
	if rest > 0 {
		out = append(out, shareView{v.T("reason-rest"), rest})
	}
	return out
}

// sharedTopics names the topics that are in both lists, or else the first.
func sharedTopics(a, b []string, titles map[string]string) string {
	var out []string
	for _, slug := range a {
		if slices.Contains(b, slug) {
			out = append(out, TopicTitle(titles, slug))
		}
	}
	if len(out) == 0 && len(a) > 0 {
		out = append(out, TopicTitle(titles, a[0]))
	}
	return strings.Join(out, ", ")
}

func TopicTitle(titles map[string]string, slug string) string {
	if t := titles[slug]; t != "" {
		return t
	}
	return slug
}

// A TopicLink leads to a topic.
type TopicLink struct {
	Href, Title string
	Kind        recommend.TopicKind
	Works       string // how many works it has, in words; empty: not counted
	Children    []TopicLink
}

var rootedLink = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(<a[^>]* href=")(/[^"]*)"`) })

// markdown is [prose.HTML] for this page: links to topics and items, also by
// the address that an item has elsewhere, lead to their pages here.
func (v *View) markdown(ctx context.Context, s string) template.HTML {
	out := v.pages.prose().HTML(s)
	return template.HTML(rootedLink().ReplaceAllStringFunc(string(out), func(m string) string {
		parts := rootedLink().FindStringSubmatch(m)
		href := html.UnescapeString(parts[2])
		switch id, err := v.pages.Reader.Find(ctx, href); {
		case strings.HasPrefix(href, "/topics/"), strings.HasPrefix(href, "/items/"), href == "/":
			href = v.Href(href)
		case err == nil:
			href = v.Item(id)
		case v.pages.Site != nil:
			href = safeURL(v.pages.Site, href)
		}
		return parts[1] + html.EscapeString(href) + `"`
	}))
}
