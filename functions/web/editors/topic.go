package editors

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"akin/functions/web/pages"
	"akin/functions/web/serve"
	"akin/recommend"
	"akin/recommend/engine"
)

// A topicEditBody is the page on which editors feature works on a topic, and
// merge it into another.
type topicEditBody struct {
	CSRF, ETag, Action string
	Title, Href        string
	Problem            string
	Wanted             []string // what the editor decided over an old reading, to be repeated
	Saved              string
	Undoable           bool // what was saved can be undone at once
	Preview            *previewView
	Described          bool // the topic's description says what is featured
	Featured, Merge    decisionList
	Reason             string // for the history, as the form had it
	Open               map[string][]decisionRow
	History            *historyView
}

func (e *site) topicEdit(w http.ResponseWriter, r *http.Request, v *pages.View, who serve.Identity) error {
	c, err := e.Decided.TopicCuration(r.Context(), r.PathValue("topic"))
	if err != nil {
		return err
	}
	return e.showTopicEdit(w, r, v, who, http.StatusOK, c, &topicEditBody{Saved: savedText(v), Undoable: v.Params.Get("saved") != "undone"})
}

// featured returns what a topic features, as editors or its description have it.
func (e *site) featured(ctx context.Context, slug string, c *recommend.TopicCuration) ([]recommend.Decision, error) {
	if c.Featured != nil || c.MergedInto != nil {
		return c.Featured, nil
	}
	t, err := e.Reader.Topic(ctx, slug)
	if err != nil {
		return nil, err
	}
	var ds []recommend.Decision
	for _, id := range t.Featured {
		ds = append(ds, recommend.Decision{ID: id})
	}
	return ds, nil
}

func (e *site) showTopicEdit(w http.ResponseWriter, r *http.Request, v *pages.View, who serve.Identity, status int, c *recommend.TopicCuration, body *topicEditBody) error {
	ctx, slug := r.Context(), r.PathValue("topic")
	topics, err := e.Reader.Topics(ctx)
	if err != nil {
		return err
	}
	body.CSRF, body.ETag, body.Action = e.Front.CSRF(who), c.ETag, "/coverage/"+url.PathEscape(slug)+"/edit"
	body.Title, body.Href = pages.TopicTitle(pages.TopicTitles(topics, v.Lang), slug), v.Topic(slug)
	body.Described = c.Featured == nil
	ds, err := e.featured(ctx, slug, c)
	if err != nil {
		return err
	}
	var merged []recommend.Decision
	if c.MergedInto != nil {
		merged = append(merged, *c.MergedInto)
	}
	n, err := e.named(ctx, v, idsOf(ds), idsOf(merged))
	if err != nil {
		return err
	}
	body.Featured = decisionList{Name: "featured", Of: itemField, IDLabel: v.T("title-words")}
	rows := decisionRows(ds)
	for i := range rows {
		rows[i].Place = strconv.Itoa(i + 1)
	}
	e.over(rows)
	fill(v, &body.Featured, rows, body.Open["featured"], n, emptyRows)
	for i := range body.Featured.Rows {
		if row := &body.Featured.Rows[i]; row.Place == "" {
			row.Place = strconv.Itoa(i + 1)
		}
	}
	body.Merge = decisionList{Name: "merge", Of: topicField, IDLabel: v.T("topic-words")}
	rows = decisionRows(merged)
	e.over(rows)
	fill(v, &body.Merge, rows, body.Open["merge"], n, max(0, 1-len(rows)-len(body.Open["merge"])))
	if body.History, err = e.history(ctx, v, who, engine.Subject{Topic: slug}, v.Href(body.Action), c.ETag); err != nil {
		return err
	}
	v.Title, v.Body = v.T("edit-topic", body.Title), body
	return e.Render(w, r, status, "topicedit", v)
}

// curateTopic saves the form of a topic, or undoes a change.
func (e *site) curateTopic(w http.ResponseWriter, r *http.Request, v *pages.View, who serve.Identity) error {
	ctx, slug, form := r.Context(), r.PathValue("topic"), r.PostForm
	old, err := e.Decided.TopicCuration(ctx, slug)
	if err != nil {
		return err
	}
	if e.Publisher == nil {
		return serve.ErrNoPublisher
	}
	body := &topicEditBody{Reason: form.Get("why")}
	status, shown := 0, old
	if form.Get("do") == "undo" {
		body.Problem, status, err = e.undo(ctx, v, form, who, engine.Subject{Topic: slug})
	} else {
		var next recommend.TopicCuration
		if body.Open, err = e.settle(r, v, map[string]string{"featured": itemField, "merge": topicField}); err != nil {
			return err
		}
		next, err = e.readTopic(form, old, who)
		if err == nil && (len(body.Open) > 0 || form.Get("do") == "find") {
			next.ETag = form.Get("etag")
			status, body.Problem = choosing(v, form, len(body.Open))
			return e.showTopicEdit(w, r, v, who, status, &next, body)
		}
		if err == nil && form.Get("do") == "preview" {
			return e.tryTopic(ctx, v, slug, &next, engine.Edit{By: who.Name, IfMatch: form.Get("etag")}, func(p *previewView, problem string, status int) error {
				body.Preview, body.Problem = p, problem
				if status == http.StatusPreconditionFailed {
					next, body.Wanted = *old, e.wantedChanges(ctx, v, old, &next)
				}
				return e.showTopicEdit(w, r, v, who, status, &next, body)
			})
		}
		read := err == nil
		if read {
			_, err = e.Publisher.CurateTopic(context.WithoutCancel(ctx), slug, next, engine.Edit{By: who.Name, Note: form.Get("why"), IfMatch: form.Get("etag")})
		}
		if body.Problem, status = e.refusal(v, err); body.Problem != "" {
			if errors.Is(err, recommend.ErrPrecondition) {
				body.Wanted = e.wantedChanges(ctx, v, old, &next)
			} else if read {
				shown = &next
			}
			err = nil
		}
	}
	if err != nil {
		return err
	}
	if body.Problem != "" {
		if shown != old {
			shown.ETag = form.Get("etag")
		}
		return e.showTopicEdit(w, r, v, who, status, shown, body)
	}
	return e.saved(w, r, v)
}

// readTopic reads the form of a topic. The rows come in the order of their
// places, ties in the order of the form.
func (e *site) readTopic(form url.Values, old *recommend.TopicCuration, who serve.Identity) (recommend.TopicCuration, error) {
	var c recommend.TopicCuration
	if form.Get("described") == "" {
		ds, err := e.readDecisions(form, "featured", old.Featured, who)
		if err != nil {
			return c, err
		}
		places := map[string]int{}
		for i, id := range form["featured.id"] {
			if p := form["featured.place"]; i < len(p) {
				places[strings.TrimSpace(id)], _ = strconv.Atoi(p[i])
			}
		}
		slices.SortStableFunc(ds, func(a, b recommend.Decision) int { return cmp.Compare(places[a.ID], places[b.ID]) })
		c.Featured = append([]recommend.Decision{}, ds...)
	}
	if into := strings.TrimSpace(form.Get("merge.id")); into != "" {
		var was *recommend.Note
		if old.MergedInto != nil && old.MergedInto.ID == into {
			was = &old.MergedInto.Note
		}
		n, err := e.readNote("merge", form.Get("merge.note"), form.Get("merge.expires"), was, who)
		if err != nil {
			return c, err
		}
		c.MergedInto = &recommend.Decision{ID: into, Note: n}
	}
	return c, nil
}

// A featureRow is one topic of a work, and whether it features the work.
type featureRow struct {
	Slug, Title, Href, ETag string
	Place                   int // 0: it is not featured
	Places                  int // that there would be with it
	Note, Expires           string
}

// features returns the topics of a work.
func (e *site) features(ctx context.Context, v *pages.View, id string, titles map[string]string) ([]featureRow, error) {
	cards, err := e.Reader.Cards(ctx, id)
	if err != nil || len(cards) == 0 { // readers cannot see it
		return nil, err
	}
	var rows []featureRow
	for _, slug := range cards[0].Topics {
		c, err := e.Decided.TopicCuration(ctx, slug)
		if err != nil {
			return nil, err
		}
		ds, err := e.featured(ctx, slug, c)
		if err != nil {
			return nil, err
		}
		row := featureRow{Slug: slug, Title: pages.TopicTitle(titles, slug), Href: v.Href("/coverage/" + url.PathEscape(slug) + "/edit"), ETag: c.ETag, Places: len(ds) + 1}
		if at := slices.IndexFunc(ds, func(d recommend.Decision) bool { return d.ID == id }); at >= 0 {
			decision := noteRow("", "", &ds[at].Note)
			row.Place, row.Places, row.Note, row.Expires = at+1, len(ds), decision.Note, decision.Expires
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// tryTopic shows what a change of the decisions for a topic would do, or why it
// would be refused.
func (e *site) tryTopic(ctx context.Context, v *pages.View, slug string, next *recommend.TopicCuration, edit engine.Edit, show func(p *previewView, problem string, status int) error) error {
	f, err := e.Preview.Topic(ctx, slug, *next, edit)
	p, problem, status, err := e.tried(v, f, err, false)
	if err != nil {
		return err
	}
	next.ETag = edit.IfMatch
	return show(p, problem, cmp.Or(status, http.StatusOK))
}

// feature reads a form that puts a work among the featured ones of a topic, or
// takes it out, and returns the topic and what would be decided for it.
func (e *site) feature(ctx context.Context, form url.Values, id string, who serve.Identity) (string, *recommend.TopicCuration, error) {
	slug := form.Get("topic")
	if recommend.CheckSlug("topic", slug) != nil {
		return "", nil, &recommend.InvalidError{Field: "topic", Reason: "is not a topic"}
	}
	c, err := e.Decided.TopicCuration(ctx, slug)
	if err != nil {
		return "", nil, err
	}
	ds, err := e.featured(ctx, slug, c)
	if err != nil {
		return "", nil, err
	}
	next := *c
	next.Featured = append([]recommend.Decision{}, ds...)
	var was *recommend.Note
	if at := slices.IndexFunc(ds, func(d recommend.Decision) bool { return d.ID == id }); at >= 0 {
		was = &ds[at].Note
		next.Featured = slices.Delete(next.Featured, at, at+1)
	}
	if strings.HasSuffix(form.Get("do"), "-feature") || form.Get("do") == "feature" {
		n, err := e.readNote("feature", form.Get("note"), form.Get("expires"), was, who)
		if err != nil {
			return "", nil, err
		}
		place, err := strconv.Atoi(form.Get("place"))
		if err != nil {
			return "", nil, &recommend.InvalidError{Field: "place", Reason: "is not a number"}
		}
		next.Featured = slices.Insert(next.Featured, min(max(place-1, 0), len(next.Featured)), recommend.Decision{ID: id, Note: n})
	}
	return slug, &next, nil
}
