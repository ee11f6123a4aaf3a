package pages

import (
	"context"
	"errors"
	"html/template"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"akin/functions/web/serve"
	"akin/functions/web/words"
	"akin/recommend"
)

// cursorParam begins the name of a section's place in an address; each section
// has its own, so that they turn independently.
const cursorParam = "p-"

// A sectionView is one list of a page with its pager.
type sectionView struct {
	P       *View
	Name    string // of the section, and the fragment of its place on the page
	Title   string
	Compact bool
	Entries []EntryView
	Empty   string // what to say instead of entries
	Newer   string // address, or empty
	Older   string
	First   string // address of its first page, where it stands past its end
}

// section reads one page of a section. Listing errors that a stale address
// explains are told to the reader in its place.
func (p *Pages) section(ctx context.Context, v *View, slug string, s recommend.Section, q recommend.ListQuery, empty string) (sectionView, time.Time, error) {
	out := sectionView{P: v, Name: s.Name, Title: words.SectionTitle(v.Lang, s), Compact: s.Compact}
	q.Prefer = v.Lang
	q.Limit = s.Size
	if q.Limit == 0 {
		q.Limit = 5
	}
	param := cursorParam + s.Name
	q.Cursor = v.Params.Get(param)
	if v.static != nil {
		q.Cursor = v.static.cursor(s.Name)
	}
	l, err := p.Reader.Listing(ctx, slug, q)
	var invalid *recommend.InvalidError
	switch {
	case q.Cursor != "" && errors.As(err, &invalid):
		l = &recommend.Listing{}
	case err != nil:
		return out, time.Time{}, err
	}
	fields := s.Fields
	if s.Compact && len(fields) == 0 {
		fields = []string{"image", "type", "date", "byline"}
	}
	for _, c := range l.Items {
		e := v.Entry(c, fields)
		e.Compact = s.Compact
		out.Entries = append(out.Entries, e)
	}
	newer, older := l.PrevCursor, l.NextCursor
	if v.static != nil {
		newer, older = v.static.pager(s.Name, l)
	}
	if newer != "" {
		out.Newer = v.Here(map[string]string{param: newer}, s.Name)
	}
	if older != "" {
		out.Older = v.Here(map[string]string{param: older}, s.Name)
	}
	if len(out.Entries) == 0 {
		out.Empty = v.T(empty)
		if q.Cursor != "" {
			out.Empty = v.T("past-end")
			out.First = v.Here(map[string]string{param: ""}, s.Name)
		}
	}
	return out, l.Until, nil
}

// A startBody is the start page.
type startBody struct {
	Lead     *EntryView  // the newest item, at the top of the first page
	Next     []EntryView // what is most like it
	Latest   sectionView
	Topics   []TopicLink
	Programs []TopicLink
}

const startSize = 13 // latest items on the start page: one leads, twelve follow

func (p *Pages) start(w http.ResponseWriter, r *http.Request) error {
	v := p.NewView(r)
	if err := p.startView(r.Context(), v); err != nil {
		return err
	}
	return p.Render(w, r, http.StatusOK, "start", v)
}

// startView fills the start page.
func (p *Pages) startView(ctx context.Context, v *View) error {
	s := recommend.Section{Name: "latest", Title: v.T("latest"), Size: startSize}
	latest, until, err := p.section(ctx, v, "", s, recommend.ListQuery{}, "empty-latest")
	if err != nil {
		return err
	}
	v.sooner(until)
	topics, err := p.Reader.Topics(ctx)
	if err != nil {
		return err
	}
	body := startBody{Latest: latest}
	if latest.Newer == "" && len(latest.Entries) > 0 {
		lead := latest.Entries[0]
		lead.Level = 2
		body.Lead, body.Latest.Entries = &lead, latest.Entries[1:]
		rel, err := p.Reader.Related(ctx, lead.ID, recommend.Query{Limit: 3, NoFill: true})
		if err != nil && !errors.Is(err, recommend.ErrNotFound) && !errors.Is(err, recommend.ErrWithdrawn) {
			return err
		}
		if err == nil {
			v.sooner(rel.Until)
			for _, e := range rel.Related {
				body.Next = append(body.Next, v.RelatedEntry(e, nil, nil))
			}
		}
	}
	for _, t := range v.topicTree(topics) {
		if t.Kind == recommend.KindProgram || t.Kind == recommend.KindAbout {
			body.Programs = append(body.Programs, t)
		} else {
			body.Topics = append(body.Topics, t)
		}
	}
	v.Description = v.T("tagline")
	v.NoIndex = len(v.Params) > 0
	v.Canonical = v.absolute(v.Href("/"))
	v.feeds("")
	v.Data = websiteData(v)
	v.Body = body
	return nil
}

// topicTree arranges topics under their parents; a parent that is missing or
// goes round in a circle counts as none.
func (v *View) topicTree(topics []recommend.Topic) []TopicLink {
	known := make(map[string]string, len(topics)) // slug: parent
	for _, t := range topics {
		known[t.Slug] = t.Parent
	}
	isRoot := func(t recommend.Topic) bool {
		if _, ok := known[t.Parent]; !ok {
			return true
		}
		seen := map[string]bool{t.Slug: true}
		for up := t.Parent; up != ""; up = known[up] {
			if seen[up] {
				return true
			}
			seen[up] = true
		}
		return false
	}
	var under func(parent string, depth int) []TopicLink
	link := func(t recommend.Topic, depth int) TopicLink {
		l := TopicLink{Href: v.Topic(t.Slug), Title: t.Name(), Kind: t.Kind}
		if depth < 8 {
			l.Children = under(t.Slug, depth+1)
		}
		return l
	}
	under = func(parent string, depth int) []TopicLink {
		var out []TopicLink
		for _, t := range topics {
			if t.Parent == parent && !isRoot(t) {
				out = append(out, link(t, depth))
			}
		}
		return out
	}
	var out []TopicLink
	for _, t := range topics {
		if isRoot(t) {
			out = append(out, link(t, 0))
		}
	}
	return out
}

func TopicTitles(topics []recommend.Topic) map[string]string {
	out := make(map[string]string, len(topics))
	for _, t := range topics {
		out[t.Slug] = t.Name()
	}
	return out
}

func (p *Pages) topics(w http.ResponseWriter, r *http.Request) error {
	v := p.NewView(r)
	if err := p.topicsView(r.Context(), v); err != nil {
		return err
	}
	return p.Render(w, r, http.StatusOK, "topics", v)
}

// topicsView fills the page of all topics.
func (p *Pages) topicsView(ctx context.Context, v *View) error {
	topics, err := p.Reader.Topics(ctx)
	if err != nil {
		return err
	}
	v.Title = v.T("topics")
	v.Canonical = v.absolute(v.Href("/topics"))
	v.NoIndex = len(v.Params) > 0
	v.feeds("")
	v.Body = v.topicTree(topics)
	return nil
}

// A topicBody is a topic's page, a program's or an About page.
type topicBody struct {
	Topic    recommend.Topic
	Name     string
	Intro    template.HTML
	Picture  *pictureView
	Parent   *TopicLink
	Children []TopicLink
	About    []TopicLink // the program's About pages
	Featured []EntryView
	Sections []sectionView
	Filter   filterView
	Program  bool
	Prose    bool // an About page: no lists
}

func (p *Pages) topic(w http.ResponseWriter, r *http.Request) error {
	v := p.NewView(r)
	slug := r.PathValue("slug")
	now, err := p.topicView(r.Context(), v, slug)
	switch {
	case err != nil:
		return err
	case now != slug: // editors merged it into that one, and may undo that
		w.Header().Set("Cache-Control", serve.CacheControl(p.Now(), time.Time{}))
		http.Redirect(w, r, v.Topic(now), http.StatusFound)
		return nil
	}
	return p.Render(w, r, http.StatusOK, "topic", v)
}

// topicView fills the page of a topic, unless it counts as another one, and
// returns what it counts as.
func (p *Pages) topicView(ctx context.Context, v *View, slug string) (string, error) {
	t, err := p.Reader.Topic(ctx, slug)
	if err != nil || t.Slug != slug {
		return topicSlug(t), err
	}
	body := topicBody{
		Topic: *t, Name: t.Name(), Intro: v.markdown(ctx, t.Introduction), Picture: v.picture(t.Image),
		Program: t.Kind == recommend.KindProgram, Prose: t.Kind == recommend.KindAbout,
	}
	body.Filter.P = v
	f := readFilter(v)
	var g errgroup.Group
	g.Go(func() error { return p.topicFamily(ctx, v, t, &body) })
	if !body.Prose {
		g.Go(func() error { return p.topicLists(ctx, v, t, f, &body) })
	}
	if len(t.Featured) > 0 && !f.active() {
		g.Go(func() error {
			cards, err := p.Reader.Cards(ctx, t.Featured...)
			for _, c := range cards {
				e := v.Entry(c, nil)
				for n := len(body.Featured); n > 0 && e.Tone == body.Featured[n-1].Tone || n > 2 && e.Tone == body.Featured[n-3].Tone; {
					e.Tone = (e.Tone + 1) % tones // unlike the one before and, in threes, the one above
				}
				body.Featured = append(body.Featured, e)
			}
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return "", err
	}
	v.Title = body.Name
	v.desk = "/coverage/" + url.PathEscape(t.Slug)
	v.Description = plain(stripTags(string(body.Intro)), 300)
	if body.Picture != nil {
		v.Picture = body.Picture.URL
	}
	v.Canonical = v.absolute(v.Topic(slug))
	v.NoIndex = len(v.Params) > 0
	if !body.Prose {
		v.feeds(slug)
	}
	v.Data = topicData(v, &body)
	v.Body = body
	return slug, nil
}

func topicSlug(t *recommend.Topic) string {
	if t == nil {
		return ""
	}
	return t.Slug
}

// topicFamily finds the topic's parent, children and About pages.
func (p *Pages) topicFamily(ctx context.Context, v *View, t *recommend.Topic, body *topicBody) error {
	all, err := p.Reader.Topics(ctx)
	if err != nil {
		return err
	}
	for _, o := range all {
		link := TopicLink{Href: v.Topic(o.Slug), Title: o.Name(), Kind: o.Kind}
		switch {
		case o.Slug == t.Slug:
		case t.Parent != "" && o.Slug == t.Parent:
			body.Parent = &link
		case o.Parent == t.Slug && o.Kind == recommend.KindAbout:
			body.About = append(body.About, link)
		case o.Parent == t.Slug:
			body.Children = append(body.Children, link)
		}
	}
	return nil
}

const filteredSize = 20 // entries on a page of a filtered list

// topicLists reads the sections, each at its own place; under a filter, one
// list of everything that matches.
func (p *Pages) topicLists(ctx context.Context, v *View, t *recommend.Topic, f filter, body *topicBody) error {
	sections := t.Sections
	if sections == nil {
		sections = recommend.DefaultSections()
	}
	q, empty := recommend.ListQuery{}, "empty-section"
	if f.active() {
		sections = []recommend.Section{{Name: "results", Title: v.T("results"), Size: filteredSize}}
		q, empty = f.query(), "empty-filter"
	}
	views, untils := make([]sectionView, len(sections)), make([]time.Time, len(sections))
	var g errgroup.Group
	g.SetLimit(8)
	for i, s := range sections {
		g.Go(func() (err error) {
			sq := q
			if len(s.Types) > 0 {
				sq.Types = s.Types
			}
			views[i], untils[i], err = p.section(ctx, v, t.Slug, s, sq, empty)
			return err
		})
	}
	if v.static == nil { // a folder cannot filter
		g.Go(func() (err error) {
			body.Filter, err = p.filterView(ctx, v, t.Slug, f)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	for i, s := range views {
		v.sooner(untils[i])
		// A section that was never filled would only be a heading on the page;
		// it is said to be empty if the whole topic is, or if it was asked for.
		if len(s.Entries) > 0 || v.Params.Has(cursorParam+s.Name) || f.active() {
			body.Sections = append(body.Sections, s)
		}
	}
	if len(body.Sections) == 0 && len(views) > 0 && len(t.Featured) == 0 {
		body.Sections = views[:1]
	}
	return nil
}

// feeds names the feeds of what the page lists, under the same filters.
func (v *View) feeds(slug string) {
	base := "/"
	title := v.Site
	if slug != "" {
		base = "/topics/" + url.PathEscape(slug) + "/"
		if v.Title != "" {
			title = v.Title + " · " + v.Site
		}
	}
	q := url.Values{}
	for _, k := range filterParams {
		if vs := v.Params[k]; len(vs) > 0 {
			q[k] = vs
		}
	}
	suffix := ""
	if len(q) > 0 {
		suffix = "?" + q.Encode()
	}
	v.Feeds = []feedLink{
		{"application/rss+xml", "RSS", title + " (RSS)", v.Href(base + "feed.xml" + suffix)},
		{"application/atom+xml", "Atom", title + " (Atom)", v.Href(base + "atom.xml" + suffix)},
		{"application/feed+json", "JSON Feed", title + " (JSON Feed)", v.Href(base + "feed.json" + suffix)},
	}
}

// stripTags returns the text of sanitised HTML.
func stripTags(s string) string {
	var b strings.Builder
	for s != "" {
		text, rest, _ := strings.Cut(s, "<")
		b.WriteString(text)
		_, s, _ = strings.Cut(rest, ">")
		b.WriteByte(' ')
	}
	return htmlText(b.String())
}
