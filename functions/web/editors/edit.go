package editors

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"akin/functions/web/pages"
	"akin/functions/web/serve"
	"akin/recommend"
	"akin/recommend/engine"
)

// An editBody is the page on which editors decide what stands beside a work.
type editBody struct {
	CSRF, ETag string
	Title      string
	Href       string // of the page that readers see
	Action     string
	Why        string // path of the page that tells why a work is not in the list
	Reason     string // for the history, as the form had it
	Open       map[string][]decisionRow
	P          *pages.View
	Query      string // empty: the search there is still to be filled in
	Topics     []pages.TopicLink
	Problem    string
	Wanted     []string // what the editor decided over an old reading, to be repeated
	Saved      string
	Undoable   bool // what was saved can be undone at once
	Findings   []findingRow
	Preview    *previewView
	Lists      []decisionList
	Switches   []decisionRow
	Features   []featureRow
	Related    []relatedRow
	History    *historyView
}

// A relatedRow is an entry of the list, and what was judged of it.
type relatedRow struct {
	pages.EntryView
	Belongs, BelongsNot bool
}

func newRelatedRow(v *pages.View, x recommend.Entry, titles map[string]string, own []string, c *recommend.Curation) relatedRow {
	judged := func(d recommend.Decision) bool {
		return d.ID == x.ID || slices.ContainsFunc(x.Translations, func(t recommend.Translation) bool { return t.ID == d.ID })
	}
	return relatedRow{v.RelatedEntry(x, titles, own), slices.ContainsFunc(c.Belongs, judged), slices.ContainsFunc(c.BelongsNot, judged)}
}

// A decisionList is one list of decisions of the form.
type decisionList struct {
	P            *pages.View
	Name, Of     string // of its fields, and what they name
	Legend, Help string
	IDLabel      string
	Rows         []decisionRow
}

// A decisionRow is one decision of the form.
type decisionRow struct {
	P                     *pages.View
	Name, Legend, IDLabel string
	Of                    string // what it names
	N                     int    // in its list
	ID, Note, Expires, By string
	Words                 string   // its title; of an open row, what was typed
	TitleLang             string   // where it is not the page's
	About                 string   // of what it names
	Open                  bool     // what it names is to be chosen
	Choices               []Choice // among which
	Place                 string   // in an order that is not that of the rows; of a pin, in the list
	Placed                bool     // it may have one
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
	body := &editBody{Saved: savedText(v), Undoable: v.Params.Get("saved") != "undone"}
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
	if err := e.fillLists(ctx, v, c, body); err != nil {
		return err
	}
	body.Switches = []decisionRow{
		noteRow("exclude", v.T("exclude"), c.Exclude), noteRow("nosimilar", v.T("no-similar"), c.NoSimilar),
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
			body.Related = append(body.Related, newRelatedRow(v, x, titles, it.Topics, c))
		}
	case !errors.Is(err, recommend.ErrNotFound) && !errors.Is(err, recommend.ErrWithdrawn): // editors see what readers may not
		return err
	}
	v.Title, v.Body = body.Title, body
	return e.Render(w, r, status, "edit", v)
}

// editFields are the lists of a work's form, and what they name.
var editFields = map[string]string{"pin": itemField, "block": itemField, "topic": topicField, "label": topicField}

// fillLists fills the lists of the form.
func (e *site) fillLists(ctx context.Context, v *pages.View, c *recommend.Curation, body *editBody) error {
	body.Lists = []decisionList{
		{Name: "pin", Legend: v.T("field-pins"), Help: v.T("field-pins-help")},
		{Name: "block", Legend: v.T("field-blocks"), Help: v.T("field-blocks-help")},
		{Name: "topic", Legend: v.T("field-topics"), Help: v.T("field-topics-help")},
		{Name: "label", Legend: v.T("field-labels"), Help: v.T("field-labels-help")},
	}
	n, err := e.named(ctx, v, append(idsOf(c.Pins), idsOf(c.Blocks)...), append(idsOf(c.NotByTopic), idsOf(c.Labels)...))
	if err != nil {
		return err
	}
	for i, ds := range [][]recommend.Decision{c.Pins, c.Blocks, c.NotByTopic, c.Labels} {
		list := &body.Lists[i]
		list.Of, list.IDLabel = editFields[list.Name], v.T("title-words")
		if list.Of == topicField {
			list.IDLabel = v.T("topic-words")
		}
		rows := decisionRows(ds)
		e.over(rows)
		fill(v, list, rows, body.Open[list.Name], n, emptyRows)
	}
	return nil
}

func idsOf(ds []recommend.Decision) []string {
	var ids []string
	for _, d := range ds {
		ids = append(ids, d.ID)
	}
	return ids
}

// over marks decisions that ended.
func (e *site) over(rows []decisionRow) {
	for i := range rows {
		rows[i].Over = !rows[i].ends.IsZero() && !rows[i].ends.After(e.Now())
	}
}

func decisionRows(ds []recommend.Decision) []decisionRow {
	var rows []decisionRow
	for i := range ds {
		row := noteRow("", "", &ds[i].Note)
		row.ID = ds[i].ID
		if ds[i].Position > 0 {
			row.Place = strconv.Itoa(ds[i].Position)
		}
		rows = append(rows, row)
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
	body, shown, status := &editBody{Reason: form.Get("why")}, old, 0
	switch form.Get("do") {
	case "pin-this", "block-this", "exclude-this":
		return e.tryOne(w, r, v, who, old, body)
	case "undo":
		body.Problem, status, err = e.undo(ctx, v, form, who, engine.Subject{Item: id})
	case "judge":
		_, err = e.Publisher.Judge(context.WithoutCancel(ctx), id, form.Get("other"), form.Get("verdict"), engine.Edit{By: who.Name})
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
		if body.Open, err = e.settle(r, v, editFields); err != nil {
			return err
		}
		next, err = e.decisions(form, old, who)
		next.ETag = form.Get("etag")
		if err == nil && (len(body.Open) > 0 || form.Get("do") == "find") {
			status, body.Problem = choosing(v, form, len(body.Open))
			return e.showEdit(w, r, v, who, status, &next, body)
		}
		if err == nil && form.Get("do") == "preview" {
			return e.tryEdit(w, r, v, who, old, &next, body)
		}
		if err == nil {
			_, err = e.Publisher.Curate(context.WithoutCancel(ctx), id, next, engine.Edit{By: who.Name, Note: form.Get("why"), IfMatch: next.ETag})
		}
		if !errors.Is(err, recommend.ErrPrecondition) {
			shown = &next
		} else {
			body.Wanted = e.wantedChanges(ctx, v, old, &next)
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

// choosing says with which status, and what in words, a form is shown again in which so many
// rows wait for a choice.
func choosing(v *pages.View, form url.Values, open int) (int, string) {
	if open == 0 {
		return http.StatusOK, ""
	}
	if form.Get("do") == "find" {
		return http.StatusOK, v.T("choose-one")
	}
	return http.StatusUnprocessableEntity, v.T("choose-one")
}

// tryEdit shows what the decisions of a form would do.
func (e *site) tryEdit(w http.ResponseWriter, r *http.Request, v *pages.View, who serve.Identity, old, next *recommend.Curation, body *editBody) error {
	ctx, status := r.Context(), 0
	f, err := e.Preview.Work(ctx, r.PathValue("id"), old, *next, engine.Edit{By: who.Name, IfMatch: next.ETag})
	if body.Preview, body.Problem, status, err = e.tried(v, f, err, true); err != nil {
		return err
	}
	if body.Problem == "" {
		status = http.StatusOK
	}
	if status == http.StatusPreconditionFailed {
		body.Wanted = e.wantedChanges(ctx, v, old, next)
		next = old
	}
	return e.showEdit(w, r, v, who, status, next, body)
}

// tryOne shows what a button beside an entry of a list would do, to be saved: a pin of the entry or a
// block of the two, or, on the page of the entry, that no list shows it.
func (e *site) tryOne(w http.ResponseWriter, r *http.Request, v *pages.View, who serve.Identity, old *recommend.Curation, body *editBody) error {
	form, next := r.PostForm, *old
	note, err := e.readNote("note", "", "", nil, who)
	if err != nil {
		return err
	}
	list := &next.Pins
	switch form.Get("do") {
	case "exclude-this":
		if next.Exclude == nil {
			next.Exclude = &note
		}
		return e.tryEdit(w, r, v, who, old, &next, body)
	case "block-this":
		list = &next.Blocks
	}
	other := form.Get("other")
	if recommend.CheckID("other", other) != nil {
		return recommend.ErrNotFound
	}
	if !slices.ContainsFunc(*list, func(d recommend.Decision) bool { return d.ID == other }) {
		*list = append(slices.Clone(*list), recommend.Decision{ID: other, Note: note})
	}
	return e.tryEdit(w, r, v, who, old, &next, body)
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
	c.Belongs, c.BelongsNot = old.Belongs, old.BelongsNot // which have buttons of their own
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
