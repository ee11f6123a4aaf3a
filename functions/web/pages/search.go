package pages

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"akin/functions/web/words"
	"akin/recommend"
	"akin/recommend/engine"
)

// A searchBody is the page of search results, and the search form.
type searchBody struct {
	Entries []EntryView
	Count   string
	Meant   TopicLink   // what may have been meant; empty: nothing else
	Authors []TopicLink // whose names the words say
	Author  string      // whose works alone are shown; empty: everybody's
	All     string      // address of the same search for everybody's
	Away    bool
	Filter  filterView
	Types   []facetValue
	Sorts   []sortChoice
}

// A sortChoice is an order of results that readers may choose.
type sortChoice struct {
	Value, Label string
	Current      bool
}

const (
	searchShown = 30  // results on a page
	searchAsked = 100 // results that filters choose from
	maxQuery    = 300 // bytes of what is searched for
)

// search finds items by words. Its dates are those of every page's form.
func (p *Pages) search(w http.ResponseWriter, r *http.Request) error {
	v := p.NewView(r)
	v.Query = cutWords(strings.Join(strings.Fields(strings.ToValidUTF8(v.Params.Get("q"), " ")), " "), maxQuery)
	f := readFilter(v)
	body := searchBody{Filter: filterView{P: v, Active: f.active(), Bad: f.Bad, From: v.Params.Get("from"), To: v.Params.Get("to")}}
	body.Filter.Type = f.Type
	order := v.Params.Get("sort")
	for _, value := range []string{"", "newest", "oldest"} {
		body.Sorts = append(body.Sorts, sortChoice{value, v.T("sort-" + cmp.Or(value, "best")), value == order})
	}
	v.Title, v.NoIndex, v.Asked = v.T("search"), true, true
	v.Canonical = v.absolute(v.Href("/search"))
	body.Author, body.All = f.Author, v.Here(map[string]string{"author": ""}, "")
	if v.Query != "" || f.Author != "" {
		v.Title = v.T("works-by", f.Author)
		if v.Query != "" {
			v.Title = v.T("search-results", v.Query)
		}
		found, err := p.found(r, v, f.Author, &body)
		if body.Away = errors.Is(err, errAway); err != nil && !body.Away {
			return err
		}
		types := map[string]int{}
		q, marks := f.query(), marker(v.Query)
		sortFound(found, order)
		for _, e := range found {
			if !inFilter(e.Card, f, q, true) {
				continue
			}
			each(types, e.Types)
			if !inFilter(e.Card, f, q, false) {
				continue
			}
			entry := v.Entry(e.Card, nil)
			entry.Level, entry.found = 2, marks
			body.Entries = append(body.Entries, entry)
		}
		for _, n := range commonest(types) {
			set := map[string]string{"type": n.value}
			if n.value == f.Type {
				set["type"] = ""
			}
			body.Types = append(body.Types, facetValue{Label: words.TypeLabel(v.Lang, n.value), Count: n.n, Href: v.Here(set, ""), Current: n.value == f.Type})
		}
		align(body.Entries)
		switch n := len(body.Entries); {
		case n == 0:
			body.Count = v.T("results.none")
		case n > searchShown:
			body.Count, body.Entries = v.T("results.more", v.Num(searchShown)), body.Entries[:searchShown]
		default:
			body.Count = v.Count("results", n)
		}
	}
	v.Body = body
	return p.Render(w, r, http.StatusOK, "search", v)
}

// found returns what a search for the page's words finds, or an author's works where there
// are none, and tells body what the words may mean besides.
func (p *Pages) found(r *http.Request, v *View, author string, body *searchBody) ([]recommend.Entry, error) {
	if v.Query == "" {
		if p.ByAuthor == nil {
			return nil, errAway
		}
		found, err := p.ByAuthor(r.Context(), author, v.Lang, searchAsked)
		return found, away(err)
	}
	found, err := p.find(r, v.Query, v.Lang, searchAsked)
	if err != nil || p.Hints == nil {
		return found, err
	}
	hints, err := p.Hints(r.Context(), v.Query, len(found))
	if err != nil {
		return nil, away(err)
	}
	if hints.Meant != "" {
		body.Meant = TopicLink{Title: hints.Meant, Href: v.Here(map[string]string{"q": hints.Meant}, "")}
	}
	for _, a := range hints.Authors {
		link := TopicLink{Title: a.Name, Works: v.Count("works", a.Works), Href: v.Href("/search?author=" + url.QueryEscape(a.Name))}
		body.Authors = append(body.Authors, link)
	}
	return found, nil
}

// sortFound puts results in the order that was asked for: as they are, or by
// date, those without one last.
func sortFound(found []recommend.Entry, order string) {
	if order != "newest" && order != "oldest" {
		return
	}
	slices.SortStableFunc(found, func(a, b recommend.Entry) int {
		switch {
		case a.SortDate.IsZero() != b.SortDate.IsZero():
			if a.SortDate.IsZero() {
				return 1
			}
			return -1
		case order == "newest":
			return b.SortDate.Compare(a.SortDate)
		}
		return a.SortDate.Compare(b.SortDate)
	})
}

// marker returns what tells whether a word of a text is to be marked for a query:
// one of its words, or one that begins as it does, as "fee" and "fees", "migrant"
// and "migration". It is nil where a query has no word of three letters.
func marker(query string) func(word string) bool {
	type stem struct {
		begins  string
		longest int // letters
	}
	var stems []stem
	for _, w := range strings.Fields(notWord().ReplaceAllString(strings.ToLower(query), " ")) {
		letters := []rune(w)
		n := len(letters)
		switch {
		case n < 3:
		case n < 6:
			stems = append(stems, stem{string(letters[:max(3, n-1)]), n + 1})
		default:
			stems = append(stems, stem{string(letters[:n-2]), n + 3})
		}
	}
	if len(stems) == 0 {
		return nil
	}
	return func(word string) bool {
		word = strings.ToLower(word)
		return slices.ContainsFunc(stems, func(s stem) bool {
			return strings.HasPrefix(word, s.begins) && utf8.RuneCountInString(word) <= s.longest
		})
	}
}

// inFilter tells whether a card passes a filter; anyType leaves the type out.
func inFilter(c recommend.Card, f filter, q recommend.ListQuery, anyType bool) bool {
	switch {
	case !anyType && f.Type != "" && !slices.Contains(c.Types, f.Type),
		f.Author != "" && !slices.Contains(c.Authors, f.Author),
		f.Language != "" && c.Lang != f.Language,
		!q.From.IsZero() && (c.SortDate.IsZero() || c.SortDate.Before(q.From)),
		!q.To.IsZero() && (c.SortDate.IsZero() || !c.SortDate.Before(q.To)):
		return false
	}
	return true
}

var errAway = errors.New("there is no index to search in")

// find searches, or returns [errAway].
func (p *Pages) find(r *http.Request, q, lang string, limit int) ([]recommend.Entry, error) {
	if p.Search == nil {
		return nil, errAway
	}
	found, err := p.Search(r.Context(), q, lang, limit)
	return found, away(err)
}

// away returns err, or [errAway] for what no index can answer yet.
func away(err error) error {
	if errors.Is(err, engine.ErrNoGeneration) {
		return errAway
	}
	return err
}

// A messageBody says what is wrong, and what may help.
type messageBody struct {
	Heading, Text string
	Near          []EntryView
}

// message writes a page with a short text.
func (p *Pages) message(w http.ResponseWriter, r *http.Request, status int, heading, text string, near []EntryView) error {
	v := p.NewView(r)
	return p.MessageView(w, r, v, status, heading, text, near)
}

func (p *Pages) MessageView(w http.ResponseWriter, r *http.Request, v *View, status int, heading, text string, near []EntryView) error {
	v.Title, v.NoIndex, v.Canonical = v.T(heading), true, ""
	align(near)
	v.Body = messageBody{v.T(heading), v.T(text), near}
	return p.Render(w, r, status, "message", v)
}

const nearShown = 6 // items offered where a page is missing

// NotFound offers the items that the words of the address lead to.
func (p *Pages) NotFound(w http.ResponseWriter, r *http.Request) error {
	v := p.NewView(r)
	var near []EntryView
	if q := addressWords(r.URL.Path); q != "" {
		found, err := p.find(r, q, v.Lang, nearShown)
		if err != nil && !errors.Is(err, errAway) {
			p.Log.WarnContext(r.Context(), "search for a missing page failed", "path", r.URL.Path, "err", err)
		}
		for _, e := range found {
			near = append(near, v.Entry(e.Card, []string{"type", "date", "byline"}))
		}
	}
	v.Query = ""
	return p.MessageView(w, r, v, http.StatusNotFound, "not-found", "not-found-text", near)
}

// other answers every address that is not a page: the address of an item, or of
// one before it moved, leads to the item.
func (p *Pages) other(w http.ResponseWriter, r *http.Request) error {
	addresses := []string{p.originOf(r) + r.URL.RequestURI(), r.URL.RequestURI(), r.URL.Path}
	if p.Site != nil {
		addresses = append(addresses, p.Site.ResolveReference(&url.URL{Path: r.URL.Path}).String())
	}
	for _, a := range addresses {
		if id, err := p.Reader.Find(r.Context(), a); err == nil {
			v := p.NewView(r)
			v.Params = nil
			http.Redirect(w, r, v.Item(id), http.StatusFound)
			return nil
		}
	}
	return recommend.ErrNotFound
}

var oneWord = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`[\p{L}\p{M}\p{N}]+`) })

var notWord = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`[^\p{L}\p{N}]+`) })

// addressWords returns the words of a path, without the parts that belong to
// this site's own addresses and file endings.
func addressWords(path string) string {
	path = cutWords(path, maxQuery)
	var out []string
	for _, w := range strings.Fields(notWord().ReplaceAllString(path, " ")) {
		switch strings.ToLower(w) {
		case "items", "topics", "content", "html", "htm", "php", "aspx", "index", "www", "node", "article", "articles", "page":
		default:
			out = append(out, w)
		}
	}
	return strings.Join(out, " ")
}
