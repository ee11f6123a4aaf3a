package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"akin/recommend"
	plaintext "akin/recommend/text"
)

// An itemBody is an item's page.
type itemBody struct {
	Entry   entryView
	Picture *pictureView
	Read    string // where the work itself is; empty: nowhere else
	Host    string // of Read
	Topics  []topicLink
	Related []entryView
	Shared  bool // some of Related are there for what they say
}

const itemRelated = 8 // entries beside an item on its page

func (p *pages) item(w http.ResponseWriter, r *http.Request) error {
	id, v := r.PathValue("id"), p.view(r)
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
	return p.render(w, r, http.StatusOK, "item", v)
}

// itemView fills the page of an item.
func (p *pages) itemView(ctx context.Context, v *page, id string) error {
	rel, err := p.Reader.Related(ctx, id, recommend.Query{Limit: itemRelated})
	if err != nil {
		return err
	}
	cards, err := p.Reader.Cards(ctx, id)
	if err != nil {
		return err
	}
	if len(cards) == 0 { // withdrawn since
		return recommend.ErrNotFound
	}
	topics, err := p.Reader.Topics(ctx)
	if err != nil {
		return err
	}
	c, titles := cards[0], topicTitles(topics)
	if len(c.Translations) == 0 {
		c.Translations = rel.Translations
	}
	body := itemBody{Entry: v.entry(c, nil), Picture: v.picture(c.Image)}
	if u := safeURL(p.Site, c.URL); strings.Contains(u, "://") {
		body.Read = u
		if parsed, err := url.Parse(u); err == nil {
			body.Host = strings.TrimPrefix(parsed.Hostname(), "www.")
		}
	}
	for _, slug := range c.Topics {
		body.Topics = append(body.Topics, topicLink{Href: v.Topic(slug), Title: topicTitle(titles, slug)})
	}
	for _, e := range rel.Related {
		entry := v.relatedEntry(e, titles, c.Topics)
		body.Shared = body.Shared || len(entry.Why) > 0
		body.Related = append(body.Related, entry)
	}
	v.sooner(rel.Until)
	v.Title = body.Entry.Title
	v.Description = plain(plaintext.Plain(c.Summary), 300)
	v.Kind = "article"
	v.desk = "/items/" + url.PathEscape(c.ID) + "/edit"
	if body.Picture != nil {
		v.Picture = body.Picture.URL
	}
	v.Canonical = v.absolute(v.Item(c.ID))
	v.NoIndex = len(v.query) > 0
	v.Data = itemData(v, c, body)
	v.Body = body
	return nil
}

// A relatedBody is a related list without a page around it.
type relatedBody struct {
	Heading string
	Level   int
	Entries []entryView
	Layout  string // list, cards or strip
}

// related writes an item's related list as a piece of HTML to be included into
// another page by its server, or, with frame=1, as a page of its own for an
// iframe. It takes the limit, type, topic and exclude of the JSON answer, and
// heading=2 to 6 for the level of its heading.
func (p *pages) related(w http.ResponseWriter, r *http.Request) error {
	ctx, id := r.Context(), r.PathValue("id")
	v := p.view(r)
	q := recommend.Query{Limit: 6, Types: v.query["type"], Topics: v.query["topic"]}
	if s := v.query.Get("limit"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 || n > 50 {
			return p.refuse(w, "limit: must be 1 to 50")
		}
		q.Limit = n
	}
	for _, s := range v.query["exclude"] {
		for _, x := range strings.Split(s, ",") {
			if x = strings.TrimSpace(x); x != "" {
				q.Exclude = append(q.Exclude, x)
			}
		}
	}
	body := relatedBody{Heading: v.T("related"), Level: 2, Layout: "list"}
	switch l := v.query.Get("layout"); l {
	case "", "list":
	case "cards", "strip":
		body.Layout = l
	default:
		return p.refuse(w, "layout: must be list, cards or strip")
	}
	if s := v.query.Get("heading"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 2 || n > 6 {
			return p.refuse(w, "heading: must be 2 to 6")
		}
		body.Level = n
	}
	w.Header().Set("Access-Control-Allow-Origin", "*")
	framed := v.query.Get("frame") != ""
	if framed {
		body.Level = 1
	}
	err := p.relatedView(ctx, v, id, q, body)
	var invalid *recommend.InvalidError
	switch {
	case errors.Is(err, recommend.ErrNotFound):
		return p.refuseWith(w, http.StatusNotFound, recommend.ErrNotFound.Error())
	case errors.Is(err, recommend.ErrWithdrawn):
		return p.refuseWith(w, http.StatusGone, recommend.ErrWithdrawn.Error())
	case errors.As(err, &invalid):
		return p.refuse(w, invalid.Error())
	case err != nil:
		return err
	case framed:
		return p.render(w, r, http.StatusOK, "frame", v)
	}
	return p.render(w, r, http.StatusOK, "fragment", v)
}

// relatedView fills in what body, as the request put it, is to hold. Its links
// lead to the website that the list stands on where items say where that is.
func (p *pages) relatedView(ctx context.Context, v *page, id string, q recommend.Query, body relatedBody) error {
	rel, err := p.Reader.Related(ctx, id, q)
	if err != nil {
		return err
	}
	topics, err := p.Reader.Topics(ctx)
	if err != nil {
		return err
	}
	own, err := p.Reader.Cards(ctx, id)
	if err != nil {
		return err
	}
	var ownTopics []string
	for _, c := range own {
		ownTopics = c.Topics
	}
	titles := topicTitles(topics)
	for _, e := range rel.Related {
		entry := v.relatedEntry(e, titles, ownTopics)
		entry.Level = min(body.Level+1, 6)
		if v.static == nil {
			entry.Href = v.origin + entry.Href
		}
		if u := safeURL(p.Site, e.URL); strings.Contains(u, "://") {
			entry.Href = u
		}
		body.Entries = append(body.Entries, entry)
	}
	v.sooner(rel.Until)
	v.Title, v.NoIndex, v.Body = v.T("related"), true, body
	return nil
}

// refuse answers a request for a fragment that was put wrongly, in one line.
func (p *pages) refuse(w http.ResponseWriter, text string) error {
	return p.refuseWith(w, http.StatusBadRequest, text)
}

func (p *pages) refuseWith(w http.ResponseWriter, status int, text string) error {
	w.Header().Set("Cache-Control", cacheControl(p.Now(), time.Time{}))
	http.Error(w, text, status)
	return nil
}
