package pages

import (
	"cmp"
	"context"
	"errors"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"
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
	align(out.Entries)
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
	All      string // address of all topics, where these are not
}

const (
	startSize   = 13 // latest items on the start page: one leads, twelve follow
	startTopics = 60 // topics on the start page, the largest
)

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
	topics, err := p.Reader.TopicList(ctx, recommend.TopicQuery{Largest: true, Limit: startTopics})
	if err != nil {
		return err
	}
	body := startBody{Latest: latest}
	if topics.Total > startTopics {
		body.All = v.Href("/topics")
	}
	if latest.Newer == "" && len(latest.Entries) > 0 {
		lead := latest.Entries[0]
		lead.Level = 2
		body.Lead, body.Latest.Entries = &lead, latest.Entries[1:]
		rel, err := p.Reader.Related(ctx, lead.ID, recommend.Query{Limit: 3, NoFill: true})
		if err != nil && !errors.Is(err, recommend.ErrNotFound) && !errors.Is(err, recommend.ErrWithdrawn) {
			return err
		}
		if err == nil {
			if err := p.preferEntries(ctx, v, rel.Related); err != nil {
				return err
			}
			v.sooner(rel.Until)
			for _, e := range rel.Related {
				next := v.RelatedEntry(e, nil, nil)
				next.Summary, next.Byline, next.Date, next.Others = "", "", "", nil
				body.Next = append(body.Next, next)
			}
			align(body.Next)
		}
	}
	for _, t := range v.topicTree(topics.Topics) {
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
	below := map[string][]recommend.Topic{}
	for _, t := range topics {
		if !isRoot(t) {
			below[t.Parent] = append(below[t.Parent], t)
		}
	}
	var link func(t recommend.Topic, depth int) TopicLink
	link = func(t recommend.Topic, depth int) TopicLink {
		l := TopicLink{Href: v.Topic(t.Slug), Title: t.NameIn(v.Lang), Kind: t.Kind}
		if depth < 8 {
			for _, c := range below[t.Slug] {
				l.Children = append(l.Children, link(c, depth+1))
			}
			slices.SortStableFunc(l.Children, byTitle)
		}
		return l
	}
	var out []TopicLink
	for _, t := range topics {
		if isRoot(t) {
			out = append(out, link(t, 0))
		}
	}
	slices.SortStableFunc(out, byTitle)
	return out
}

// byTitle orders topics by what they are called in the page's language.
func byTitle(a, b TopicLink) int { return strings.Compare(a.Title, b.Title) }

// TopicTitles returns the titles of topics for readers of a language, by slug.
func TopicTitles(topics []recommend.Topic, lang string) map[string]string {
	out := make(map[string]string, len(topics))
	for _, t := range topics {
		out[t.Slug] = t.NameIn(lang)
	}
	return out
}

// titlesOf returns the titles of the topics that cards name for readers of lang, by
// slug, without
// those that are unknown.
func (p *Pages) titlesOf(ctx context.Context, lang string, cards ...[]string) (map[string]string, error) {
	out := map[string]string{}
	for _, slug := range slices.Concat(cards...) {
		if _, ok := out[slug]; ok {
			continue
		}
		t, err := p.Reader.Topic(ctx, slug)
		switch {
		case errors.Is(err, recommend.ErrTopicNotFound):
			out[slug] = ""
		case err != nil:
			return nil, err
		default:
			out[slug] = t.NameIn(lang)
		}
	}
	return out, nil
}

// A topicsBody is the page of all topics, or of those whose titles hold what was
// asked for.
type topicsBody struct {
	Cards  []topicCard // topics at the top of the tree, where all of it is shown and counted
	Tree   []TopicLink // otherwise; nil: there is none
	Ask    bool        // there are so many that a reader may want to ask for some
	Match  string
	Places string // "201 to 400 of 9,550", where there are more pages
	Earlier,
	Later string // addresses, or empty
}

const (
	topicsShown  = 200      // topics on a page of the index of topics
	topicsPlace  = "topics" // its name in addresses, as a section has one
	maxTopicWord = 100      // bytes of what is asked for
)

func (p *Pages) topics(w http.ResponseWriter, r *http.Request) error {
	v := p.NewView(r)
	if err := p.topicsView(r.Context(), v); err != nil {
		return err
	}
	return p.Render(w, r, http.StatusOK, "topics", v)
}

// topicsView fills the page of all topics. Where they fit one page, topics stand
// below their parents; where they do not, all stand at their place by title.
func (p *Pages) topicsView(ctx context.Context, v *View) error {
	param := cursorParam + topicsPlace
	at := v.Params.Get(param)
	if v.static != nil {
		at = v.static.cursor(topicsPlace)
	}
	page, err := strconv.Atoi(at)
	if err != nil || page < 1 || page > 1<<20 {
		page = 1
	}
	body := topicsBody{Match: cutWords(strings.Join(strings.Fields(strings.ToValidUTF8(v.Params.Get("match"), " ")), " "), maxTopicWord)}
	l, err := p.Reader.TopicList(ctx, recommend.TopicQuery{Match: body.Match, Page: page, Limit: topicsShown})
	if err != nil {
		return err
	}
	pages := (l.Total + topicsShown - 1) / topicsShown
	var turned recommend.Listing
	if page < pages {
		turned.NextCursor = strconv.Itoa(page + 1)
	}
	if page > 1 {
		turned.PrevCursor = strconv.Itoa(min(page-1, max(pages, 1)))
	}
	earlier, later := turned.PrevCursor, turned.NextCursor
	if v.static != nil {
		earlier, later = v.static.pager(topicsPlace, &turned)
	}
	if earlier != "" {
		body.Earlier = v.Here(map[string]string{param: earlier}, "")
	}
	if later != "" {
		body.Later = v.Here(map[string]string{param: later}, "")
	}
	body.Ask = v.static == nil && (body.Match != "" || pages > 1)
	if pages > 1 && page <= pages {
		first := (page-1)*topicsShown + 1
		body.Places = v.T("places", v.Num(first), v.Num(min(first+topicsShown-1, l.Total)), v.Num(l.Total))
	}
	if pages > 1 || body.Match != "" {
		for _, t := range l.Topics {
			body.Tree = append(body.Tree, TopicLink{Href: v.Topic(t.Slug), Title: t.NameIn(v.Lang), Kind: t.Kind})
		}
	} else {
		body.Tree = v.topicTree(l.Topics)
		if len(l.Topics) <= topicsCounted {
			if body.Cards, err = p.topicCards(ctx, v, l.Topics, body.Tree); err != nil {
				return err
			}
		}
	}
	v.Title = v.T("topics")
	v.Canonical = v.absolute(v.Href("/topics"))
	v.NoIndex = len(v.Params) > 0
	v.feeds("")
	v.Body = body
	return nil
}

// A topicCard is a topic at the top of the tree on the page of all topics.
type topicCard struct {
	TopicLink
	Summary string       // how its introduction begins
	Picture *pictureView // its own, or that of its newest work with one; nil: none
}

// Framed says that a card has a field for a picture, if only one of them has one.
func (topicCard) Framed() bool { return true }

// Lang is that of the picture's text, which is the page's as far as is known.
func (topicCard) Lang() string { return "" }

const (
	topicsCounted = 60  // topics of a site whose works the page of all topics counts
	worksCounted  = 100 // works of a topic that are counted
)

// topicCards makes cards of the roots of a tree and counts the works of all in it.
func (p *Pages) topicCards(ctx context.Context, v *View, topics []recommend.Topic, tree []TopicLink) ([]topicCard, error) {
	type fact struct {
		works    string
		pictures []*pictureView // that may stand for it, the best first
	}
	facts := make([]fact, len(topics))
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(8)
	for i, t := range topics {
		if t.Kind == recommend.KindAbout {
			continue
		}
		g.Go(func() error {
			l, err := p.Reader.Listing(gctx, t.Slug, recommend.ListQuery{Limit: worksCounted, Prefer: v.Lang})
			if err != nil {
				return err
			}
			switch n := len(l.Items); {
			case l.NextCursor != "":
				facts[i].works = v.T("works.more", v.Num(n))
			case n > 0:
				facts[i].works = v.Count("works", n)
			}
			if facts[i].pictures = []*pictureView{v.picture(t.Image)}; facts[i].pictures[0] == nil {
				facts[i].pictures = v.lying(l.Items)
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	at := make(map[string]int, len(topics)) // by address
	for i, t := range topics {
		at[v.Topic(t.Slug)] = i
	}
	var count func(links []TopicLink)
	count = func(links []TopicLink) {
		for i := range links {
			links[i].Works = facts[at[links[i].Href]].works
			count(links[i].Children)
		}
	}
	count(tree)
	var out []topicCard
	shown := map[string]bool{}
	for _, l := range tree {
		i := at[l.Href]
		var picture *pictureView
		for _, im := range facts[i].pictures {
			if !shown[im.URL] {
				picture, shown[im.URL] = im, true
				break
			}
		}
		intro := plain(stripTags(string(v.markdown(ctx, topics[i].IntroductionIn(v.Lang)))), 240)
		out = append(out, topicCard{l, intro, picture})
	}
	slices.SortStableFunc(out, func(a, b topicCard) int { return cmp.Compare(topicOrder(a.Kind), topicOrder(b.Kind)) })
	return out, nil
}

// topicOrder puts topics before programs, and those before About pages.
func topicOrder(k recommend.TopicKind) int {
	return slices.Index([]recommend.TopicKind{recommend.KindTopic, recommend.KindProgram, recommend.KindAbout}, k)
}

// lying returns the pictures of works that lie, as a card has them.
func (v *View) lying(cards []recommend.Card) []*pictureView {
	var out []*pictureView
	for _, c := range cards {
		if im := v.picture(c.Image); im != nil && im.Shape() == "" {
			out = append(out, im)
		}
	}
	return out
}

// A topicBody is a topic's page, a program's or an About page.
type topicBody struct {
	P        *View
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
		P: v, Topic: *t, Name: t.NameIn(v.Lang), Intro: v.markdown(ctx, t.IntroductionIn(v.Lang)), Picture: v.picture(t.Image),
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
			if err == nil {
				cards, err = p.preferred(ctx, v, cards)
			}
			for _, c := range cards {
				body.Featured = append(body.Featured, v.Entry(c, nil))
			}
			align(body.Featured)
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
		v.Picture = v.whole(body.Picture.URL)
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
	parent, children, err := p.Reader.Family(ctx, t.Slug)
	if err != nil {
		return err
	}
	link := func(o recommend.Topic) TopicLink {
		return TopicLink{Href: v.Topic(o.Slug), Title: o.NameIn(v.Lang), Kind: o.Kind}
	}
	if parent != nil {
		up := link(*parent)
		body.Parent = &up
	}
	for _, o := range children {
		if o.Kind == recommend.KindAbout {
			body.About = append(body.About, link(o))
		} else {
			body.Children = append(body.Children, link(o))
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

// inline are the tags that stand within a line of text.
var inline = []string{"a", "/a", "em", "/em", "strong", "/strong", "code", "/code", "del", "/del"}

// stripTags returns the text of sanitised HTML.
func stripTags(s string) string {
	var b strings.Builder
	for s != "" {
		text, rest, _ := strings.Cut(s, "<")
		b.WriteString(text)
		var tag string
		tag, s, _ = strings.Cut(rest, ">")
		if name, _, _ := strings.Cut(tag, " "); !slices.Contains(inline, name) {
			b.WriteByte(' ')
		}
	}
	return htmlText(b.String())
}
