package editors

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
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

// A historyView is what changed of the decisions that a page is about, latest
// first, each with a button to undo it.
type historyView struct {
	P                  *pages.View
	Action, CSRF, ETag string
	Rows               []historyRow
}

type historyRow struct {
	Number         uint64
	When, By, Note string
	With, Undoes   string   // said in words; empty: neither
	Lines          []string // what it added, took away and reordered
}

// decided is what editors decided for a work or for a topic.
type decided struct {
	recommend.Curation
	Featured   []recommend.Decision
	MergedInto *recommend.Decision
}

// history returns the changes of a subject in words.
func (e *site) history(ctx context.Context, v *pages.View, who serve.Identity, s engine.Subject, action, etag string) (*historyView, error) {
	changes, err := e.Decided.History(ctx, s)
	if err != nil {
		return nil, err
	}
	n, err := e.namesIn(ctx, v, changes)
	if err != nil {
		return nil, err
	}
	h := &historyView{P: v, Action: action, CSRF: e.Front.CSRF(who), ETag: etag}
	for _, c := range changes {
		h.Rows = append(h.Rows, newHistoryRow(v, n, &c))
	}
	return h, nil
}

func newHistoryRow(v *pages.View, n names, c *engine.Change) historyRow {
	row := historyRow{Number: c.Number, When: c.At.UTC().Format("2006-01-02 15:04"), By: c.By, Note: c.Note, Lines: changedLines(v, n, c)}
	if c.With != "" {
		row.With = v.T("with-work", n.said(v, itemField, c.With))
	}
	if c.Undoes != 0 {
		row.Undoes = v.T("undoes", strconv.FormatUint(c.Undoes, 10))
	}
	return row
}

// wantedChanges says what would have made next of what is there, for an editor who has
// to repeat it.
func (e *site) wantedChanges(ctx context.Context, v *pages.View, now, next any) []string {
	before, err := json.Marshal(now)
	if err != nil {
		return nil
	}
	after, err := json.Marshal(next)
	if err != nil {
		return nil
	}
	c := engine.Change{Before: before, After: after}
	n, err := e.namesIn(ctx, v, []engine.Change{c})
	if err != nil {
		return nil
	}
	return changedLines(v, n, &c)
}

// namesIn reads what changes call items and topics.
func (e *site) namesIn(ctx context.Context, v *pages.View, changes []engine.Change) (names, error) {
	var ids, slugs []string
	add := func(to *[]string, ds []recommend.Decision) {
		for _, d := range ds {
			*to = append(*to, d.ID)
		}
	}
	for i := range changes {
		if with := changes[i].With; with != "" {
			ids = append(ids, with)
		}
		for _, b := range []json.RawMessage{changes[i].Before, changes[i].After} {
			var d decided
			if json.Unmarshal(b, &d) != nil {
				continue
			}
			for _, ds := range [][]recommend.Decision{d.Pins, d.Blocks, d.Belongs, d.BelongsNot, d.Featured} {
				add(&ids, ds)
			}
			add(&slugs, d.NotByTopic)
			add(&slugs, d.Labels)
			if d.MergedInto != nil {
				slugs = append(slugs, d.MergedInto.ID)
			}
		}
	}
	return e.named(ctx, v, ids, slugs)
}

// changedLines says what a change added, took away and reordered.
func changedLines(v *pages.View, n names, c *engine.Change) []string {
	var before, after decided
	if json.Unmarshal(c.Before, &before) != nil || json.Unmarshal(c.After, &after) != nil {
		return nil
	}
	var lines []string
	say := func(sign, field, name string, note *recommend.Note) {
		said := strings.TrimSpace(sign + " " + v.T(field) + " " + name)
		if note != nil && note.Text != "" {
			said += ": " + v.T("quoted", note.Text)
		}
		if note != nil && note.By != c.By {
			said += ", " + v.T("decided-by", note.By)
		}
		if note != nil && !note.Expires.IsZero() {
			said += ", " + v.T("until", note.Expires.UTC().Format(time.DateOnly))
		}
		lines = append(lines, said)
	}
	list := func(field, of string, was, is []recommend.Decision) {
		find := func(ds []recommend.Decision, id string) *recommend.Note {
			if i := slices.IndexFunc(ds, func(d recommend.Decision) bool { return d.ID == id }); i >= 0 {
				return &ds[i].Note
			}
			return nil
		}
		var order, now []string // of those that stay
		for _, d := range is {
			switch old := find(was, d.ID); {
			case old == nil:
				say("+", field, n.said(v, of, d.ID), &d.Note)
			default:
				now = append(now, d.ID)
				if *old != d.Note {
					say("≈", field, n.said(v, of, d.ID), &d.Note)
				}
			}
		}
		for _, d := range was {
			if find(is, d.ID) == nil {
				say("−", field, n.said(v, of, d.ID), nil)
			} else {
				order = append(order, d.ID)
			}
		}
		if !slices.Equal(order, now) {
			for i, id := range now {
				now[i] = n.said(v, of, id)
			}
			say("≈", field, strings.Join(now, ", "), nil)
		}
	}
	one := func(field string, was, is *recommend.Note) {
		switch {
		case was == nil && is != nil:
			say("+", field, "", is)
		case was != nil && is == nil:
			say("−", field, "", nil)
		case was != nil && *was != *is:
			say("≈", field, "", is)
		}
	}
	list("field-pins", itemField, before.Pins, after.Pins)
	list("field-blocks", itemField, before.Blocks, after.Blocks)
	list("field-topics", topicField, before.NotByTopic, after.NotByTopic)
	list("field-labels", topicField, before.Labels, after.Labels)
	list("belongs", itemField, before.Belongs, after.Belongs)
	list("belongs-not", itemField, before.BelongsNot, after.BelongsNot)
	list("field-featured", itemField, before.Featured, after.Featured)
	one("exclude", before.Exclude, after.Exclude)
	one("no-similar", before.NoSimilar, after.NoSimilar)
	merge := func(d *recommend.Decision) []recommend.Decision {
		if d == nil {
			return nil
		}
		return []recommend.Decision{*d}
	}
	list("merged-into", topicField, merge(before.MergedInto), merge(after.MergedInto))
	return lines
}

const (
	shownChanges   = 50     // of all works and topics, on a page
	writtenChanges = 10_000 // in a file
)

// An auditRow is a change, and the page of what it is about.
type auditRow struct {
	Choice
	Href string
	historyRow
}

// audited returns the latest changes of all works and topics.
func (e *site) audited(ctx context.Context, v *pages.View, limit int) ([]engine.Audited, []auditRow, error) {
	changes, err := e.Decided.Audit(ctx, limit)
	if err != nil {
		return nil, nil, err
	}
	all := make([]engine.Change, len(changes))
	var ids, slugs []string
	for i := range changes {
		all[i] = changes[i].Change
		if changes[i].Finding != "" {
			continue
		}
		if changes[i].Topic != "" {
			slugs = append(slugs, changes[i].Topic)
		} else {
			ids = append(ids, changes[i].Item)
		}
	}
	in, err := e.namesIn(ctx, v, all)
	if err != nil {
		return nil, nil, err
	}
	about, err := e.named(ctx, v, ids, slugs)
	if err != nil {
		return nil, nil, err
	}
	rows := make([]auditRow, len(changes))
	for i := range changes {
		c := &changes[i]
		if c.Finding != "" {
			rows[i] = newFindingAudit(v, c)
			continue
		}
		rows[i] = auditRow{about.of(itemField, c.Item), v.Href("/items/" + url.PathEscape(c.Item) + "/edit"), newHistoryRow(v, in, &c.Change)}
		if c.Topic != "" {
			rows[i].Choice, rows[i].Href = about.of(topicField, c.Topic), v.Href("/coverage/"+url.PathEscape(c.Topic)+"/edit")
		}
	}
	return changes, rows, nil
}

// auditCSV writes what changed of all decisions, latest first.
func (e *site) auditCSV(w http.ResponseWriter, r *http.Request, v *pages.View) error {
	changes, shown, err := e.audited(r.Context(), v, writtenChanges)
	if err != nil {
		return err
	}
	rows := [][]string{{"at", "by", "item", "topic", "change", "what", "note", "with", "undoes", "title"}}
	for i := range changes {
		c := &changes[i]
		undoes := ""
		if c.Undoes != 0 {
			undoes = strconv.FormatUint(c.Undoes, 10)
		}
		rows = append(rows, []string{
			c.At.UTC().Format(time.RFC3339), c.By, c.Item, c.Topic, strconv.FormatUint(c.Number, 10),
			strings.Join(shown[i].Lines, "; "), c.Note, c.With, undoes, shown[i].Title,
		})
	}
	var b bytes.Buffer
	if err := csv.NewWriter(&b).WriteAll(rows); err != nil {
		return err
	}
	return e.download(w, r, v, "history", b.Bytes())
}

// undo takes back the change that a form names, and says in words why not.
func (e *site) undo(ctx context.Context, v *pages.View, form url.Values, who serve.Identity, s engine.Subject) (string, int, error) {
	if e.Publisher == nil {
		return "", 0, serve.ErrNoPublisher
	}
	n, err := strconv.ParseUint(form.Get("change"), 10, 64)
	if err == nil {
		_, err = e.Publisher.Undo(context.WithoutCancel(ctx), s, n, engine.Edit{By: who.Name, IfMatch: form.Get("etag")})
	} else {
		err = engine.ErrNoChange
	}
	problem, status := e.refusal(v, err)
	if problem != "" {
		err = nil
	}
	return problem, status, err
}

// refusal says in words why a change was not made, with the status that
// [serve.ProblemOf] has for it; empty: for a reason that is not an editor's
// business, or there is none.
func (e *site) refusal(v *pages.View, err error) (text string, status int) {
	var invalid *recommend.InvalidError
	var undo *engine.UndoError
	switch {
	case errors.As(err, &undo):
		text = v.T("undo-refused", undo.Field)
	case errors.Is(err, engine.ErrNoChange):
		text = v.T("no-change")
	case errors.Is(err, recommend.ErrPrecondition):
		text = v.T("someone-faster")
	case errors.Is(err, engine.ErrNoGeneration):
		text = v.T("no-report-text")
	case errors.As(err, &invalid):
		text = invalid.Error()
	default:
		return "", 0
	}
	return text, serve.ProblemOf(err, true).Status
}

// saved leads back to the page on which something was saved.
func (e *site) saved(w http.ResponseWriter, r *http.Request, v *pages.View) error {
	what := "1"
	if r.PostForm.Get("do") == "undo" {
		what = "undone"
	}
	if e.Front.Changed != nil {
		e.Front.Changed() // before the redirect is followed
	}
	w.Header().Set("Cache-Control", serve.Private)
	http.Redirect(w, r, v.Here(map[string]string{"saved": what}, ""), http.StatusSeeOther)
	return nil
}

// readNote reads a note of a form, signed by who sends it; one that is as it
// was keeps who made it and when.
func (e *site) readNote(field, text, expires string, before *recommend.Note, who serve.Identity) (recommend.Note, error) {
	n := recommend.Note{By: who.Name, Text: strings.TrimSpace(text), At: e.Now().UTC().Truncate(time.Second)}
	if expires != "" {
		t, err := time.Parse(time.DateOnly, expires)
		if err != nil {
			return n, &recommend.InvalidError{Field: field, Reason: "expires is not a day like 2026-03-31"}
		}
		n.Expires = t
	}
	if before != nil && before.Text == n.Text && before.Expires.UTC().Format(time.DateOnly) == n.Expires.UTC().Format(time.DateOnly) {
		return *before, nil
	}
	return n, nil
}

// readDecisions reads the rows of a list of a form, in their order.
func (e *site) readDecisions(form url.Values, name string, before []recommend.Decision, who serve.Identity) ([]recommend.Decision, error) {
	var ds []recommend.Decision
	at := func(field string, i int) string {
		if values := form[name+field]; i < len(values) {
			return values[i]
		}
		return ""
	}
	for i, id := range form[name+".id"] {
		if id = strings.TrimSpace(id); id == "" {
			continue
		}
		var was *recommend.Note
		if at := slices.IndexFunc(before, func(d recommend.Decision) bool { return d.ID == id }); at >= 0 {
			was = &before[at].Note
		}
		n, err := e.readNote(name+" "+id, at(".note", i), at(".expires", i), was, who)
		if err != nil {
			return nil, err
		}
		position := 0
		if s := strings.TrimSpace(at(".position", i)); s != "" {
			if position, err = strconv.Atoi(s); err != nil {
				return nil, recommend.Invalid(name+" "+id, "%q is not a position", s)
			}
		}
		ds = append(ds, recommend.Decision{ID: id, Position: position, Note: n})
	}
	return ds, nil
}

// savedText says what was done before the page was led to; empty: nothing.
func savedText(v *pages.View) string {
	switch v.Params.Get("saved") {
	case "":
		return ""
	case "undone":
		return v.T("undone-now")
	}
	return v.T("saved")
}
