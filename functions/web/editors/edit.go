package editors

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"akin/functions/web/pages"
	"akin/functions/web/serve"
	"akin/recommend"
	"akin/recommend/engine"
	"akin/recommend/preview"
)

// An editBody is the page on which editors decide what stands beside a work.
type editBody struct {
	CSRF, ETag string
	Title      string
	Href       string // of the page that readers see
	Action     string
	Why        string // path of the page that tells why a work is not in the list
	P          *pages.View
	Query      string // empty: the search there is still to be filled in
	Topics     []pages.TopicLink
	Problem    string
	Wanted     []string // what the editor decided over an old reading, to be repeated
	Saved      string
	Findings   []findingRow
	Preview    *previewView
	Lists      []decisionList
	Switches   []decisionRow
	Features   []featureRow
	Related    []pages.EntryView
	History    *historyView
}

// A decisionList is one list of decisions of the form.
type decisionList struct {
	Legend, Help string
	Rows         []decisionRow
}

// A decisionRow is one decision of the form.
type decisionRow struct {
	Name, Legend, IDLabel string
	ID, Note, Expires, By string
	Place                 string // in an order that is not that of the rows; of a pin, in the list
	Placed                bool   // it may have one
	On                    bool
	Over                  bool // it ended
	ends                  time.Time
}

const emptyRows = 2 // that a list of the form has beyond those that are filled in

func (e *site) edit(w http.ResponseWriter, r *http.Request, v *pages.View, who serve.Identity) error {
	c, err := e.Decided.Curation(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	body := &editBody{Saved: savedText(v)}
	return e.showEdit(w, r, v, who, http.StatusOK, c, body)
}

// showEdit shows the form with the decisions of c in it.
func (e *site) showEdit(w http.ResponseWriter, r *http.Request, v *pages.View, who serve.Identity, status int, c *recommend.Curation, body *editBody) error {
	ctx, id := r.Context(), r.PathValue("id")
	it, err := e.Reader.Item(ctx, id)
	if err != nil {
		return err
	}
	topics, err := e.Reader.Topics(ctx)
	if err != nil {
		return err
	}
	titles := pages.TopicTitles(topics, v.Lang)
	body.CSRF, body.ETag = e.Front.CSRF(who), c.ETag
	body.Href, body.Action = v.Item(id), "/items/"+url.PathEscape(id)+"/edit"
	body.P, body.Why = v, whyPath(id)
	body.Title = v.Entry(recommend.Card{ID: it.ID, Title: it.Title, Summary: it.Summary, Image: it.Image}, nil).Title
	for _, slug := range it.Topics {
		body.Topics = append(body.Topics, pages.TopicLink{Href: v.Href("/coverage/" + url.PathEscape(slug)), Title: pages.TopicTitle(titles, slug)})
	}
	if e.Report != nil {
		if report, _, err := e.Report.Latest(ctx); err == nil {
			for i := range report.Findings {
				if f := &report.Findings[i]; f.Item == id || f.Other == id {
					body.Findings = append(body.Findings, newFindingRow(v, report, f))
				}
			}
		}
	}
	body.Lists = []decisionList{
		{v.T("field-pins"), v.T("field-pins-help"), decisionRows("pin", v.T("column-id"), c.Pins)},
		{v.T("field-blocks"), v.T("field-blocks-help"), decisionRows("block", v.T("column-id"), c.Blocks)},
		{v.T("field-topics"), v.T("field-topics-help"), decisionRows("topic", v.T("topic"), c.NotByTopic)},
		{v.T("field-labels"), v.T("field-labels-help"), decisionRows("label", v.T("topic"), c.Labels)},
	}
	body.Switches = []decisionRow{
		noteRow("exclude", v.T("exclude"), c.Exclude), noteRow("nosimilar", v.T("no-similar"), c.NoSimilar),
	}
	for _, l := range body.Lists {
		e.over(l.Rows)
	}
	e.over(body.Switches)
	if body.Features, err = e.features(ctx, v, id, titles); err != nil {
		return err
	}
	if body.History, err = e.history(ctx, v, who, engine.Subject{Item: id}, v.Href(body.Action), c.ETag); err != nil {
		return err
	}
	rel, err := e.Reader.Related(ctx, id, recommend.Query{Limit: pages.ItemRelated})
	switch {
	case err == nil:
		for _, x := range rel.Related {
			body.Related = append(body.Related, v.RelatedEntry(x, titles, it.Topics))
		}
	case !errors.Is(err, recommend.ErrNotFound) && !errors.Is(err, recommend.ErrWithdrawn): // editors see what readers may not
		return err
	}
	v.Title, v.Body = body.Title, body
	return e.Render(w, r, status, "edit", v)
}

// over marks decisions that ended.
func (e *site) over(rows []decisionRow) {
	for i := range rows {
		rows[i].Over = !rows[i].ends.IsZero() && !rows[i].ends.After(e.Now())
	}
}

func decisionRows(name, label string, ds []recommend.Decision) []decisionRow {
	var rows []decisionRow
	for i := range ds {
		row := noteRow(name, "", &ds[i].Note)
		row.ID, row.IDLabel, row.Placed = ds[i].ID, label, name == "pin"
		if ds[i].Position > 0 {
			row.Place = strconv.Itoa(ds[i].Position)
		}
		rows = append(rows, row)
	}
	for range emptyRows {
		rows = append(rows, decisionRow{Name: name, IDLabel: label, Placed: name == "pin"})
	}
	return rows
}

func noteRow(name, legend string, n *recommend.Note) decisionRow {
	row := decisionRow{Name: name, Legend: legend}
	if n == nil {
		return row
	}
	row.On, row.Note = true, n.Text
	if !n.Expires.IsZero() {
		row.Expires = n.Expires.UTC().Format(time.DateOnly)
	}
	if !n.At.IsZero() {
		row.By = strings.TrimSpace(n.By + " " + n.At.UTC().Format(time.DateOnly))
	}
	row.ends = n.Expires
	return row
}

// curate previews or saves the decisions of the form, undoes a change, or
// features the work on a topic.
func (e *site) curate(w http.ResponseWriter, r *http.Request, v *pages.View, who serve.Identity) error {
	ctx, id, form := r.Context(), r.PathValue("id"), r.PostForm
	old, err := e.Decided.Curation(ctx, id)
	if err != nil {
		return err
	}
	if e.Publisher == nil {
		return serve.ErrNoPublisher
	}
	body, shown, status := &editBody{}, old, 0
	switch form.Get("do") {
	case "undo":
		body.Problem, status, err = e.undo(ctx, v, form, who, engine.Subject{Item: id})
	case "feature", "unfeature", "try-feature", "try-unfeature":
		var slug string
		var next *recommend.TopicCuration
		if slug, next, err = e.feature(ctx, form, id, who); err != nil {
			break
		}
		edit := engine.Edit{By: who.Name, Note: form.Get("note"), IfMatch: form.Get("etag")}
		if strings.HasPrefix(form.Get("do"), "try-") {
			return e.tryTopic(ctx, v, slug, next, edit, func(p *previewView, problem string, status int) error {
				body.Preview, body.Problem = p, problem
				return e.showEdit(w, r, v, who, status, old, body)
			})
		}
		_, err = e.Publisher.CurateTopic(context.WithoutCancel(ctx), slug, *next, edit)
	default:
		var next recommend.Curation
		next, err = e.decisions(form, old, who)
		next.ETag = form.Get("etag")
		if err == nil && form.Get("do") == "preview" {
			var f *preview.Preview
			f, err = e.Preview.Work(ctx, id, old, next, engine.Edit{By: who.Name, IfMatch: next.ETag})
			if body.Preview, body.Problem, status, err = e.tried(v, f, err, true); err == nil && body.Problem == "" {
				return e.showEdit(w, r, v, who, http.StatusOK, &next, body)
			}
			if err != nil {
				return err
			}
			if status == http.StatusPreconditionFailed {
				next, body.Wanted = *old, wantedChanges(v, old, &next)
			}
			return e.showEdit(w, r, v, who, status, &next, body)
		}
		if err == nil {
			_, err = e.Publisher.Curate(context.WithoutCancel(ctx), id, next, engine.Edit{By: who.Name, Note: form.Get("why"), IfMatch: next.ETag})
		}
		if !errors.Is(err, recommend.ErrPrecondition) {
			shown = &next
		} else {
			body.Wanted = wantedChanges(v, old, &next)
		}
	}
	if err != nil {
		if body.Problem, status = e.refusal(v, err); body.Problem == "" {
			return err
		}
	}
	if body.Problem != "" {
		return e.showEdit(w, r, v, who, status, shown, body)
	}
	return e.saved(w, r, v)
}

// decisions reads the form. A decision that is as it was keeps who made it and
// when; others are signed by who sends the form.
func (e *site) decisions(form url.Values, old *recommend.Curation, who serve.Identity) (recommend.Curation, error) {
	var c recommend.Curation
	single := func(name string, before *recommend.Note) (*recommend.Note, error) {
		if form.Get(name) == "" {
			return nil, nil
		}
		n, err := e.readNote(name, form.Get(name+".note"), form.Get(name+".expires"), before, who)
		return &n, err
	}
	var errs [6]error
	c.Pins, errs[0] = e.readDecisions(form, "pin", old.Pins, who)
	c.Blocks, errs[1] = e.readDecisions(form, "block", old.Blocks, who)
	c.NotByTopic, errs[2] = e.readDecisions(form, "topic", old.NotByTopic, who)
	c.Exclude, errs[3] = single("exclude", old.Exclude)
	c.NoSimilar, errs[4] = single("nosimilar", old.NoSimilar)
	c.Labels, errs[5] = e.readDecisions(form, "label", old.Labels, who)
	for _, err := range errs {
		if err != nil {
			return c, err
		}
	}
	return c, nil
}
