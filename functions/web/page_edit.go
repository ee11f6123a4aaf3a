package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"akin/recommend"
)

// An editBody is the page on which editors decide what stands beside a work.
type editBody struct {
	CSRF, ETag string
	Title      string
	Href       string // of the page that readers see
	Action     string
	Topics     []topicLink
	Problem    string
	Saved      bool
	Findings   []findingRow
	Previews   []preview
	Lists      []decisionList
	Switches   []decisionRow
	Features   []featureRow
	Related    []entryView
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
	Place                 string // in an order that is not that of the rows
	On                    bool
}

// A preview is a page before and after the decisions of the form.
type preview struct {
	Title         string
	Before, After []previewEntry
}

type previewEntry struct {
	Title   string
	Changed bool // it leaves, or enters
}

// A previewer answers what readers would see under other decisions. A
// [recommend.Reader] is one.
type previewer interface {
	Preview(ctx context.Context, id string, c recommend.Curation, q recommend.Query) (*recommend.Related, error)
}

var _ previewer = (*recommend.Reader)(nil)

const emptyRows = 2 // that a list of the form has beyond those that are filled in

func (e *editors) edit(w http.ResponseWriter, r *http.Request, v *page, who identity) error {
	c, err := e.site.Reader.Curation(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	body := &editBody{Saved: v.query.Get("saved") != ""}
	return e.showEdit(w, r, v, who, http.StatusOK, c, body)
}

// showEdit shows the form with the decisions of c in it.
func (e *editors) showEdit(w http.ResponseWriter, r *http.Request, v *page, who identity, status int, c *recommend.Curation, body *editBody) error {
	ctx, id := r.Context(), r.PathValue("id")
	it, err := e.site.Reader.Item(ctx, id)
	if err != nil {
		return err
	}
	topics, err := e.Reader.Topics(ctx)
	if err != nil {
		return err
	}
	titles := topicTitles(topics)
	body.CSRF, body.ETag = e.site.auth.csrf(who), c.ETag
	body.Href, body.Action = v.Item(id), "/items/"+url.PathEscape(id)+"/edit"
	body.Title = v.entry(recommend.Card{ID: it.ID, Title: it.Title, Summary: it.Summary, Image: it.Image}, nil).Title
	for _, slug := range it.Topics {
		body.Topics = append(body.Topics, topicLink{Href: v.Href("/coverage/" + url.PathEscape(slug)), Title: topicTitle(titles, slug)})
	}
	if e.site.Report != nil {
		if report, _, err := e.site.Report.Latest(ctx); err == nil {
			for i := range report.Findings {
				if f := &report.Findings[i]; f.Item == id || f.Other == id {
					body.Findings = append(body.Findings, v.finding(report, f))
				}
			}
		}
	}
	body.Lists = []decisionList{
		{v.T("field-pins"), v.T("field-pins-help"), decisionRows("pin", v.T("column-id"), c.Pins)},
		{v.T("field-blocks"), v.T("field-blocks-help"), decisionRows("block", v.T("column-id"), c.Blocks)},
		{v.T("field-topics"), v.T("field-topics-help"), decisionRows("topic", v.T("topic"), c.NotByTopic)},
	}
	body.Switches = []decisionRow{
		noteRow("exclude", v.T("exclude"), c.Exclude), noteRow("nosimilar", v.T("no-similar"), c.NoSimilar),
	}
	if body.Features, err = e.features(ctx, v, id, titles); err != nil {
		return err
	}
	if body.History, err = e.history(ctx, v, who, recommend.Subject{Item: id}, v.Href(body.Action), c.ETag); err != nil {
		return err
	}
	rel, err := e.Reader.Related(ctx, id, recommend.Query{Limit: itemRelated})
	switch {
	case err == nil:
		for _, x := range rel.Related {
			body.Related = append(body.Related, v.relatedEntry(x, titles, it.Topics))
		}
	case !errors.Is(err, recommend.ErrNotFound) && !errors.Is(err, recommend.ErrWithdrawn): // editors see what readers may not
		return err
	}
	v.Title, v.Body = body.Title, body
	return e.render(w, r, status, "edit", v)
}

func decisionRows(name, label string, ds []recommend.Decision) []decisionRow {
	var rows []decisionRow
	for i := range ds {
		row := noteRow(name, "", &ds[i].Note)
		row.ID, row.IDLabel = ds[i].ID, label
		rows = append(rows, row)
	}
	for range emptyRows {
		rows = append(rows, decisionRow{Name: name, IDLabel: label})
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
	return row
}

// curate previews or saves the decisions of the form, undoes a change, or
// features the work on a topic.
func (e *editors) curate(w http.ResponseWriter, r *http.Request, v *page, who identity) error {
	ctx, id, form := r.Context(), r.PathValue("id"), r.PostForm
	old, err := e.site.Reader.Curation(ctx, id)
	if err != nil {
		return err
	}
	if e.site.Publisher == nil {
		return errNoPublisher
	}
	body, shown, status := &editBody{}, old, 0
	switch form.Get("do") {
	case "undo":
		body.Problem, status, err = e.undo(ctx, v, form, who, recommend.Subject{Item: id})
	case "feature", "unfeature":
		err = e.feature(ctx, form, id, who)
	default:
		var next recommend.Curation
		next, err = e.decisions(form, old, who)
		next.ETag = form.Get("etag")
		if err == nil && form.Get("do") == "preview" {
			if body.Previews, err = e.previews(ctx, v, id, old, &next); err == nil {
				return e.showEdit(w, r, v, who, http.StatusOK, &next, body)
			}
		}
		if err == nil {
			_, err = e.site.Publisher.Curate(context.WithoutCancel(ctx), id, next, recommend.Edit{By: who.name, Note: form.Get("why"), IfMatch: next.ETag})
		}
		if !errors.Is(err, recommend.ErrPrecondition) {
			shown = &next
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
func (e *editors) decisions(form url.Values, old *recommend.Curation, who identity) (recommend.Curation, error) {
	var c recommend.Curation
	single := func(name string, before *recommend.Note) (*recommend.Note, error) {
		if form.Get(name) == "" {
			return nil, nil
		}
		n, err := e.readNote(name, form.Get(name+".note"), form.Get(name+".expires"), before, who)
		return &n, err
	}
	var errs [5]error
	c.Pins, errs[0] = e.readDecisions(form, "pin", old.Pins, who)
	c.Blocks, errs[1] = e.readDecisions(form, "block", old.Blocks, who)
	c.NotByTopic, errs[2] = e.readDecisions(form, "topic", old.NotByTopic, who)
	c.Exclude, errs[3] = single("exclude", old.Exclude)
	c.NoSimilar, errs[4] = single("nosimilar", old.NoSimilar)
	for _, err := range errs {
		if err != nil {
			return c, err
		}
	}
	return c, nil
}

// previews returns the pages that the decisions change, before and after: that
// of the work, and those of works that it is blocked from, or no longer.
func (e *editors) previews(ctx context.Context, v *page, id string, old, next *recommend.Curation) ([]preview, error) {
	p, ok := e.site.Reader.(previewer)
	if !ok {
		return nil, nil
	}
	first, err := e.preview(ctx, v, p, id, *old, *next)
	if err != nil {
		return nil, err
	}
	all := []preview{first}
	has := func(ds []recommend.Decision, other string) bool {
		return slices.ContainsFunc(ds, func(d recommend.Decision) bool { return d.ID == other })
	}
	for _, d := range slices.Concat(old.Blocks, next.Blocks) {
		if has(old.Blocks, d.ID) == has(next.Blocks, d.ID) {
			continue
		}
		theirs, err := e.site.Reader.Curation(ctx, d.ID)
		if err != nil {
			if errors.Is(err, recommend.ErrNotFound) {
				return nil, &recommend.InvalidError{Field: "block " + d.ID, Reason: "there is no such item"}
			}
			return nil, err
		}
		then := *theirs
		then.Blocks = slices.DeleteFunc(slices.Clone(theirs.Blocks), func(b recommend.Decision) bool { return b.ID == id })
		if has(next.Blocks, d.ID) {
			then.Blocks = append(then.Blocks, recommend.Decision{ID: id, Note: d.Note})
		}
		other, err := e.preview(ctx, v, p, d.ID, *theirs, then)
		if err != nil && !errors.Is(err, recommend.ErrWithdrawn) {
			return nil, err
		}
		all = append(all, other)
	}
	return all, nil
}

func (e *editors) preview(ctx context.Context, v *page, p previewer, id string, old, next recommend.Curation) (preview, error) {
	q := recommend.Query{Limit: itemRelated}
	before, err := p.Preview(ctx, id, old, q)
	if err != nil {
		return preview{}, err
	}
	after, err := p.Preview(ctx, id, next, q)
	if err != nil {
		return preview{}, err
	}
	out := preview{Title: id}
	if cards, err := e.Reader.Cards(ctx, id); err == nil && len(cards) == 1 {
		out.Title = v.entry(cards[0], nil).Title
	}
	entries := func(list, other []recommend.Entry) []previewEntry {
		var es []previewEntry
		for _, x := range list {
			there := slices.ContainsFunc(other, func(y recommend.Entry) bool { return y.ID == x.ID })
			es = append(es, previewEntry{v.entry(x.Card, nil).Title, !there})
		}
		return es
	}
	out.Before, out.After = entries(before.Related, after.Related), entries(after.Related, before.Related)
	return out, nil
}
