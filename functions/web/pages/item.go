package pages

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"akin/functions/web/serve"
	"akin/recommend"
	"akin/recommend/preview"
	plaintext "akin/recommend/text"
)

// An itemBody is an item's page.
type itemBody struct {
	P       *View
	Entry   EntryView
	Picture *pictureView
	Read    string // where the work itself is; empty: nowhere else
	Host    string // of Read
	Topics  []TopicLink
	Related []EntryView
	Shared  bool // some of Related are there for what they say
}

const ItemRelated = preview.Entries // entries beside an item on its page

func (p *Pages) item(w http.ResponseWriter, r *http.Request) error {
	id, v := r.PathValue("id"), p.NewView(r)
	err := p.itemView(r.Context(), v, id)
	if errors.Is(err, recommend.ErrNotFound) {
		if now, ferr := p.Reader.Find(r.Context(), id); ferr == nil && now != id {
			http.Redirect(w, r, v.Item(now), http.StatusMovedPermanently)
			return nil
		}
	}
	if err != nil {
		return err
	}
	return p.Render(w, r, http.StatusOK, "item", v)
}

// itemView fills the page of an item.
func (p *Pages) itemView(ctx context.Context, v *View, id string) error {
	rel, err := p.Reader.Related(ctx, id, recommend.Query{Limit: ItemRelated})
	if err != nil {
		return err
	}
	if err := p.preferEntries(ctx, v, rel.Related); err != nil {
		return err
	}
	cards, err := p.Reader.Cards(ctx, id)
	if err != nil {
		return err
	}
	if len(cards) == 0 { // withdrawn since
		return recommend.ErrNotFound
	}
	c := cards[0]
	titles, err := p.titlesOf(ctx, v.Lang, append(entryTopics(rel.Related), c.Topics)...)
	if err != nil {
		return err
	}
	if len(c.Translations) == 0 {
		c.Translations = rel.Translations
	}
	body := itemBody{P: v, Entry: v.wholeEntry(c, nil), Picture: v.picture(c.Image)}
	if u := safeURL(p.Site, c.URL); strings.Contains(u, "://") {
		body.Read = u
		if parsed, err := url.Parse(u); err == nil {
			body.Host = strings.TrimPrefix(parsed.Hostname(), "www.")
		}
	}
	for _, slug := range c.Topics {
		body.Topics = append(body.Topics, TopicLink{Href: v.Topic(slug), Title: TopicTitle(titles, slug)})
	}
	for _, e := range rel.Related {
		entry := v.RelatedEntry(e, titles, c.Topics)
		body.Shared = body.Shared || len(entry.Why) > 0
		body.Related = append(body.Related, entry)
	}
	align(body.Related)
	v.sooner(rel.Until)
	v.Title = body.Entry.Title
	v.Description = plain(plaintext.Plain(c.Summary), 300)
	v.Kind = "article"
	v.desk = "/items/" + url.PathEscape(c.ID) + "/edit"
	if body.Picture != nil {
		v.Picture = v.whole(body.Picture.URL)
	}
	v.versions(c)
	v.NoIndex = len(v.Params) > 0
	v.Data = itemData(v, c, body)
	v.Body = body
	return nil
}

// versions says where a work is to be found, and names its language versions as the
// alternates of its page; the page's own languages are none.
func (v *View) versions(c recommend.Card) {
	plain := *v
	plain.ChoseLang = false // in whatever language the page around it is, it is one work
	v.Canonical = plain.absolute(plain.Work(c.ID, c.URL))
	for i := range v.Alternates {
		v.Alternates[i].URL = ""
	}
	if c.Lang == "" || len(c.Translations) == 0 {
		return
	}
	for _, t := range append([]recommend.Translation{{ID: c.ID, Lang: c.Lang, URL: c.URL}}, c.Translations...) {
		if t.Lang == "" {
			continue
		}
		address := plain.absolute(plain.Work(t.ID, t.URL))
		at := slices.IndexFunc(v.Alternates, func(a alternate) bool { return a.Lang == t.Lang })
		if at < 0 {
			v.Alternates = append(v.Alternates, alternate{Lang: t.Lang, URL: address})
			continue
		}
		v.Alternates[at].URL = address
		if !v.Alternates[at].Current && t.ID != c.ID {
			v.Alternates[at].Href = v.inLang(t.Lang).Item(t.ID)
		}
	}
}

// inLang is v as readers of another language see it.
func (v *View) inLang(lang string) *View {
	other := *v
	other.Lang, other.ChoseLang = lang, true
	return &other
}

// A relatedBody is a related list without a page around it.
type relatedBody struct {
	Heading string
	Level   int
	Entries []EntryView
	Layout  string // list, cards or strip
}

// related writes an item's related list as a piece of HTML to be included into
// another page by its server, or, with frame=1, as a page of its own for an
// iframe. It takes the limit, type, topic and exclude of the JSON answer, and
// heading=2 to 6 for the level of its heading.
func (p *Pages) related(w http.ResponseWriter, r *http.Request) error {
	ctx, id := r.Context(), r.PathValue("id")
	v := p.NewView(r)
	q := recommend.Query{Limit: 6, Types: v.Params["type"], Topics: v.Params["topic"]}
	if s := v.Params.Get("limit"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 || n > 50 {
			return p.refuse(w, "limit: must be 1 to 50")
		}
		q.Limit = n
	}
	for _, s := range v.Params["exclude"] {
		for _, x := range strings.Split(s, ",") {
			if x = strings.TrimSpace(x); x != "" {
				q.Exclude = append(q.Exclude, x)
			}
		}
	}
	body := relatedBody{Heading: v.T("related"), Level: 2, Layout: "list"}
	switch l := v.Params.Get("layout"); l {
	case "", "list":
	case "cards", "strip":
		body.Layout = l
	default:
		return p.refuse(w, "layout: must be list, cards or strip")
	}
	if s := v.Params.Get("heading"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 2 || n > 6 {
			return p.refuse(w, "heading: must be 2 to 6")
		}
		body.Level = n
	}
	w.Header().Set("Access-Control-Allow-Origin", "*")
	framed := v.Params.Get("frame") != ""
	if framed {
		body.Level = 1
	}
	err := p.relatedView(ctx, v, id, q, body)
	if err != nil {
		switch known := serve.ProblemOf(err, false); {
		case known == nil:
			return err
		case known.Status == http.StatusNotFound, known.Status == http.StatusGone, known.Status == http.StatusBadRequest:
			return p.refuseWith(w, known.Status, known.Detail)
		}
		return err
	}
	if framed {
		return p.Render(w, r, http.StatusOK, "frame", v)
	}
	return p.Render(w, r, http.StatusOK, "fragment", v)
}

// relatedView fills in what body, as the request put it, is to hold. Its links
// lead to the website that the list stands on where items say where that is.
func (p *Pages) relatedView(ctx context.Context, v *View, id string, q recommend.Query, body relatedBody) error {
	rel, err := p.Reader.Related(ctx, id, q)
	if err != nil {
		return err
	}
	if v.ChoseLang { // the page around it has one; a browser's says nothing of it
		if err := p.preferEntries(ctx, v, rel.Related); err != nil {
			return err
		}
	}
	own, err := p.Reader.Cards(ctx, id)
	if err != nil {
		return err
	}
	var ownTopics []string
	for _, c := range own {
		ownTopics = c.Topics
	}
	titles, err := p.titlesOf(ctx, v.Lang, entryTopics(rel.Related)...)
	if err != nil {
		return err
	}
	for _, e := range rel.Related {
		entry := v.RelatedEntry(e, titles, ownTopics)
		entry.Level = min(body.Level+1, 6)
		if v.static == nil {
			entry.Href = v.absolute(entry.Href)
		}
		body.Entries = append(body.Entries, entry)
	}
	align(body.Entries)
	v.sooner(rel.Until)
	v.Title, v.NoIndex, v.Body = v.T("related"), true, body
	return nil
}

// entryTopics returns the topics of the entries whose reason names one.
func entryTopics(entries []recommend.Entry) [][]string {
	var out [][]string
	for _, e := range entries {
		if e.Tier == recommend.TierTopic {
			out = append(out, e.Topics)
		}
	}
	return out
}

// refuse answers a request for a fragment that was put wrongly, in one line.
func (p *Pages) refuse(w http.ResponseWriter, text string) error {
	return p.refuseWith(w, http.StatusBadRequest, text)
}

func (p *Pages) refuseWith(w http.ResponseWriter, status int, text string) error {
	w.Header().Set("Cache-Control", serve.CacheControl(p.Now(), time.Time{}))
	http.Error(w, text, status)
	return nil
}
