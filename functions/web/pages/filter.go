package pages

import (
	"cmp"
	"context"
	"errors"
	"html"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"akin/functions/web/words"
	"akin/recommend"
)

// filterParams are the parameters of an address that filter a list.
var filterParams = []string{"type", "author", "language", "year", "from", "to"}

// A filter is what a reader narrows a topic's page by.
type filter struct {
	Type, Author, Language string
	Year                   int       // 0: any
	From, To               time.Time // days, both inclusive; zero: open
	Bad                    bool      // a date or year was not understood
}

// readFilter reads the filter of an address. Dates are ISO days, as date
// inputs send them, or months; what is neither is left out and remembered.
func readFilter(v *View) filter {
	q := v.Params
	f := filter{Type: q.Get("type"), Author: q.Get("author"), Language: q.Get("language")}
	if y := q.Get("year"); y != "" {
		n, err := strconv.Atoi(y)
		f.Year = n
		if err != nil || n < 1 || n > 9999 {
			f.Year, f.Bad = 0, true
		}
	}
	read := func(s string, last bool) time.Time {
		if s == "" {
			return time.Time{}
		}
		if t, err := time.Parse(time.DateOnly, s); err == nil {
			return t
		}
		t, err := time.Parse("2006-01", s)
		if err != nil {
			f.Bad = true
			return time.Time{}
		}
		if last {
			t = t.AddDate(0, 1, -1)
		}
		return t
	}
	f.From, f.To = read(q.Get("from"), false), read(q.Get("to"), true)
	return f
}

// active tells whether the filter leaves anything out.
func (f filter) active() bool {
	return f.Type != "" || f.Author != "" || f.Language != "" || f.Year != 0 || !f.From.IsZero() || !f.To.IsZero()
}

// query says the filter to a listing.
func (f filter) query() recommend.ListQuery {
	q := recommend.ListQuery{Author: f.Author, Lang: f.Language, From: f.From}
	if f.Type != "" {
		q.Types = []string{f.Type}
	}
	if !f.To.IsZero() {
		q.To = f.To.AddDate(0, 0, 1)
	}
	if f.Year != 0 {
		first := time.Date(f.Year, 1, 1, 0, 0, 0, 0, time.UTC)
		if next := first.AddDate(1, 0, 0); q.To.IsZero() || next.Before(q.To) {
			q.To = next
		}
		if first.After(q.From) {
			q.From = first
		}
	}
	return q
}

// A filterView shows the filter of a page and what it may be narrowed to.
type filterView struct {
	P        *View
	Active   bool
	Bad      bool
	From, To string // ISO days
	Type     string // that is chosen; empty: any
	Hidden   []pair // the rest of the filter, for the form of dates
	Chips    []chip
	Facets   []facet
	Clear    string // address without any filter
	Bound    int    // items counted, if there are more than that; else 0
}

type pair struct{ Name, Value string }

// A chip is one part of the filter in use, with the address without it.
type chip struct{ Label, Href string }

// A facet is one field and its commonest values.
type facet struct {
	Title  string
	Values []facetValue
}

// A facetValue leads to the items that have it.
type facetValue struct {
	Label   string
	Lang    string // of the label, when it names a language in itself
	Count   int
	Href    string
	Current bool
}

const (
	facetValues = 8    // values shown of each field
	facetItems  = 1000 // newest items that are counted
)

// filterView counts what the page may be narrowed to: for each value, the items
// that its link leads to. A link keeps the rest of the filter and takes the
// place of its own field's value.
func (p *Pages) filterView(ctx context.Context, v *View, slug string, f filter) (filterView, error) {
	out := filterView{P: v, Active: f.active(), Bad: f.Bad}
	if !f.From.IsZero() {
		out.From = f.From.Format(time.DateOnly)
	}
	if !f.To.IsZero() {
		out.To = f.To.Format(time.DateOnly)
	}
	clear := map[string]string{}
	for k := range v.Params {
		clear[k] = ""
	}
	out.Clear = v.Here(clear, "")

	c, err := p.counts.get(ctx, p.Reader, slug, v.Lang, f.query())
	if err != nil {
		return out, err
	}
	without := func(active bool, f filter) (*facetCounts, error) {
		if !active {
			return c, nil
		}
		other, err := p.counts.get(ctx, p.Reader, slug, v.Lang, f.query())
		if err == nil && other.more {
			out.Bound = facetItems
		}
		return other, err
	}
	anyType, anyAuthor, anyYear, anyLanguage := f, f, f, f
	anyType.Type, anyAuthor.Author, anyYear.Year, anyLanguage.Language = "", "", 0, ""
	types, err1 := without(f.Type != "", anyType)
	authors, err2 := without(f.Author != "", anyAuthor)
	years, err3 := without(f.Year != 0, anyYear)
	langs, err4 := without(f.Language != "", anyLanguage)
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		return out, err
	}
	if c.more {
		out.Bound = facetItems
	}
	add := func(param, title, current string, values []counted, label func(string) string) {
		fc := facet{Title: v.T(title)}
		for _, n := range values {
			set := withoutPlaces(v.Params)
			set[param] = n.value
			if n.value == current {
				set[param] = ""
			}
			fc.Values = append(fc.Values, facetValue{Label: label(n.value), Count: n.n, Href: v.Here(set, ""), Current: n.value == current})
		}
		if current != "" {
			set := withoutPlaces(v.Params)
			set[param] = ""
			out.Chips = append(out.Chips, chip{label(current), v.Here(set, "")})
			out.Hidden = append(out.Hidden, pair{param, current})
		}
		if len(fc.Values) > 1 || current != "" && len(fc.Values) > 0 {
			out.Facets = append(out.Facets, fc)
		}
	}
	same := func(s string) string { return s }
	year := ""
	if f.Year != 0 {
		year = strconv.Itoa(f.Year)
	}
	add("type", "type", f.Type, types.types, func(s string) string { return words.TypeLabel(v.Lang, s) })
	add("author", "author", f.Author, authors.authors, same)
	add("year", "year", year, years.years, same)
	add("language", "language", f.Language, langs.langs, func(s string) string { return v.LangName(s) })
	for _, d := range []struct{ param, label, day string }{{"from", "from", out.From}, {"to", "to", out.To}} {
		if d.day != "" {
			set := withoutPlaces(v.Params)
			set[d.param] = ""
			out.Chips = append(out.Chips, chip{v.T(d.label) + " " + words.PrintDate(v.Lang, d.day), v.Here(set, "")})
		}
	}
	if v.ChoseLang {
		out.Hidden = append(out.Hidden, pair{"lang", v.Lang})
	}
	return out, nil
}

// withoutPlaces says to forget the sections' places, which belong to one
// filter.
func withoutPlaces(q url.Values) map[string]string {
	set := map[string]string{}
	for k := range q {
		if strings.HasPrefix(k, cursorParam) {
			set[k] = ""
		}
	}
	return set
}

// A counted is a value and how many items have it.
type counted struct {
	value string
	n     int
}

// facetCounts are the commonest values of each field of a list.
type facetCounts struct {
	types, authors, years, langs []counted
	more                         bool // there are more items than were counted
}

// countFacets counts over the newest facetItems items of a list.
func countFacets(ctx context.Context, reader Reader, slug, lang string, q recommend.ListQuery) (*facetCounts, error) {
	types, authors, years, langs := map[string]int{}, map[string]int{}, map[string]int{}, map[string]int{}
	q.Prefer, q.Limit = lang, 100
	out := &facetCounts{}
	for seen := 0; ; {
		l, err := reader.Listing(ctx, slug, q)
		if err != nil {
			return nil, err
		}
		for _, c := range l.Items {
			each(types, c.Types)
			each(authors, c.Authors)
			if !c.SortDate.IsZero() {
				years[strconv.Itoa(c.SortDate.UTC().Year())]++
			}
			versions := []string{c.Lang}
			for _, t := range c.Translations {
				versions = append(versions, t.Lang)
			}
			each(langs, versions)
		}
		seen += len(l.Items)
		if q.Cursor = l.NextCursor; q.Cursor == "" {
			break
		}
		if seen >= facetItems {
			out.more = true
			break
		}
	}
	out.types, out.authors, out.langs = commonest(types), commonest(authors), commonest(langs)
	out.years = commonest(years)
	slices.SortStableFunc(out.years, func(a, b counted) int { return strings.Compare(b.value, a.value) })
	return out, nil
}

// each adds one to every different value.
func each(m map[string]int, values []string) {
	for i, s := range values {
		if s != "" && !slices.Contains(values[:i], s) {
			m[s]++
		}
	}
}

// commonest returns the facetValues values that occur most, ties by value.
func commonest(m map[string]int) []counted {
	out := make([]counted, 0, len(m))
	for s, n := range m {
		out = append(out, counted{s, n})
	}
	slices.SortStableFunc(out, func(a, b counted) int { return cmp.Or(b.n-a.n, strings.Compare(a.value, b.value)) })
	return out[:min(len(out), facetValues)]
}

const (
	countsKept = 500              // facet counts in memory at most
	countsAge  = 30 * time.Second // how long they are used
)

// A countCache keeps facet counts for a short while: they are numbers about a
// list, made from all of it, and need not be as fresh as the list.
type countCache struct {
	now func() time.Time
	mu  sync.Mutex
	m   map[string]cachedCounts
}

type cachedCounts struct {
	at     time.Time
	counts *facetCounts
}

func newCountCache(now func() time.Time) *countCache {
	return &countCache{now: now, m: make(map[string]cachedCounts)}
}

// get returns the counts of a list, counted anew if those at hand are old.
func (c *countCache) get(ctx context.Context, reader Reader, slug, lang string, q recommend.ListQuery) (*facetCounts, error) {
	key := strings.Join(append([]string{slug, lang, q.Author, q.Lang, q.From.String(), q.To.String()}, q.Types...), "\x00")
	now := c.now().Round(0)
	c.mu.Lock()
	hit, ok := c.m[key]
	c.mu.Unlock()
	if ok && !now.Before(hit.at) && now.Sub(hit.at) < countsAge {
		return hit.counts, nil
	}
	counts, err := countFacets(ctx, reader, slug, lang, q)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.m) >= countsKept {
		clear(c.m)
	}
	c.m[key] = cachedCounts{now, counts}
	return counts, nil
}

// htmlText decodes the entities of escaped text.
func htmlText(s string) string { return html.UnescapeString(s) }
