package editors

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"akin/functions/web/pages"
	"akin/functions/web/serve"
	"akin/recommend/coverage"
	"akin/recommend/engine"
)

// A workBody is the page on which editors work through the findings of the report.
type workBody struct {
	CSRF, Action string
	Told         string   // what became of the form that was just sent
	Problems     []string // findings for which nothing was done, and why
	States       []kindLink
	Kinds        []kindLink
	Words        string
	Hidden       []hidden
	Rows         []workRow
	Total        int
	From, To     int
	Before, Next string
	Reason, For  string // as they were filled in
	Until        string
	Tomorrow     string // first day until which something can be put away
	Acts         []actRow
	Days         *table // how many were open, done and dismissed; nil: nothing was counted
}

// A workRow is a finding with what was done about it.
type workRow struct {
	findingRow
	Value    string // of its checkbox
	Name     string // of its checkbox, for those who cannot see the row
	Does     string // what accepting it does; empty: nothing
	Assigned string
	Told     string // when, by whom and why it was put away or done; empty: it is open
}

// An actRow is the last act on a finding, with a button to undo it.
type actRow struct {
	Key, Change    string
	When, By, Note string
	What, Of       string
	at             time.Time
}

// workStates are those that the page lists, the first unless another is asked for.
var workStates = []string{engine.FindingOpen, engine.FindingSnoozed, engine.FindingDone, engine.FindingDismissed}

const shownActs = 20

// A work is a report with what editors did about its findings.
type work struct {
	*reportIndex
	worked map[string]*engine.WorkedFinding // by key
	keys   []string                         // by finding
	states []string
}

// workOf reads what was done about the findings of a report.
func (e *site) workOf(ctx context.Context, report *coverage.Report) (*work, error) {
	worked, err := e.Decided.WorkedFindings(ctx)
	if err != nil {
		return nil, err
	}
	w := &work{reportIndex: e.indexed(report), worked: worked, keys: make([]string, len(report.Findings)), states: make([]string, len(report.Findings))}
	now := e.Now()
	for i := range report.Findings {
		f := &report.Findings[i]
		w.keys[i], w.states[i] = f.ID().Key(), engine.FindingOpen
		if of := worked[w.keys[i]]; of != nil {
			w.states[i] = of.StateAt(f.Fingerprint(), report.ComputedAt, now)
		}
	}
	return w, nil
}

// chosen returns the findings that the query asks for, and counts those of each
// state and, in the state that is asked for, of each kind.
func (w *work) chosen(v *pages.View) (list []int32, states, kinds map[string]int) {
	state := cmp.Or(v.Params.Get("state"), engine.FindingOpen)
	kind, level, to := v.Params.Get("kind"), v.Params.Get("level"), v.Params.Get("to")
	words := strings.Fields(strings.ToLower(v.Params.Get("q")))
	states, kinds = map[string]int{}, map[string]int{}
	for _, i := range w.order(v.Params.Get("topic"), v.Params.Get("sort")) {
		f, of := &w.report.Findings[i], w.worked[w.keys[i]]
		if level != "" && coverage.Level(f.Confidence) != level || to != "" && (of == nil || !strings.EqualFold(of.Assigned, to)) ||
			slices.ContainsFunc(words, func(s string) bool { return !strings.Contains(w.text[i], s) }) {
			continue
		}
		if kind == "" || string(f.Kind) == kind {
			states[w.states[i]]++
		}
		if w.states[i] != state {
			continue
		}
		kinds[string(f.Kind)]++
		if kind == "" || string(f.Kind) == kind {
			list = append(list, i)
		}
	}
	return list, states, kinds
}

func (e *site) findings(w http.ResponseWriter, r *http.Request, v *pages.View, who serve.Identity) error {
	body := &workBody{Told: savedText(v)}
	if n := v.Params.Get("done"); n != "" {
		if n, err := strconv.Atoi(n); err == nil {
			body.Told = v.T("findings-done", v.Num(n))
		}
	}
	return e.showFindings(w, r, v, who, http.StatusOK, body)
}

// showFindings shows a page of findings with what was done about them.
func (e *site) showFindings(w http.ResponseWriter, r *http.Request, v *pages.View, who serve.Identity, status int, body *workBody) error {
	report, _, err := e.latest(w, r, v)
	if err != nil || report == nil {
		return err
	}
	work, err := e.workOf(r.Context(), report)
	if err != nil {
		return err
	}
	all, states, kinds := work.chosen(v)
	body.CSRF, body.Action = e.Front.CSRF(who), v.Here(nil, "")
	body.Tomorrow = e.Now().UTC().AddDate(0, 0, 1).Format(time.DateOnly)
	body.Words = v.Params.Get("q")
	for _, name := range []string{"state", "kind", "topic", "level", "to", "sort"} {
		if value := v.Params.Get(name); value != "" {
			body.Hidden = append(body.Hidden, hidden{name, value})
		}
	}
	if v.ChoseLang {
		body.Hidden = append(body.Hidden, hidden{"lang", v.Lang})
	}
	state := cmp.Or(v.Params.Get("state"), engine.FindingOpen)
	link := func(parameter, value, name string, count int, current bool) kindLink {
		return kindLink{v.Here(map[string]string{parameter: value, "page": "", "done": "", "saved": ""}, ""), name, count, current}
	}
	for _, s := range workStates {
		value := s
		if s == engine.FindingOpen {
			value = ""
		}
		body.States = append(body.States, link("state", value, v.T("finding-"+s), states[s], s == state))
	}
	current, total := v.Params.Get("kind"), 0
	for _, n := range kinds {
		total += n
	}
	body.Kinds = append(body.Kinds, link("kind", "", v.T("all-kinds"), total, current == ""))
	for _, k := range coverage.Kinds() {
		if kinds[string(k)] > 0 || current == string(k) {
			body.Kinds = append(body.Kinds, link("kind", string(k), v.T("kind-"+string(k)), kinds[string(k)], current == string(k)))
		}
	}
	n, _ := strconv.Atoi(v.Params.Get("page"))
	last := max(1, (len(all)+findingsPerPage-1)/findingsPerPage)
	n = min(max(n, 1), last)
	from, to := (n-1)*findingsPerPage, min(n*findingsPerPage, len(all))
	body.Total, body.From, body.To = len(all), from+1, to
	if n > 1 {
		body.Before = v.Here(map[string]string{"page": strconv.Itoa(n - 1), "done": ""}, "")
	}
	if n < last {
		body.Next = v.Here(map[string]string{"page": strconv.Itoa(n + 1), "done": ""}, "")
	}
	for _, i := range all[from:to] {
		body.Rows = append(body.Rows, newWorkRow(v, work, i))
	}
	body.Acts = lastActs(v, work)
	days, err := e.Report.Days(r.Context(), e.Now().AddDate(0, 0, -shownDays))
	if err != nil {
		return err
	}
	if v.Params.Get("format") == "csv" {
		return e.daysCSV(w, r, v)
	}
	body.Days = daysTable(v, days)
	v.Title, v.Body = v.T("findings"), body
	return e.Render(w, r, status, "findings", v)
}

func newWorkRow(v *pages.View, w *work, i int32) workRow {
	f := &w.report.Findings[i]
	row := workRow{findingRow: newFindingRow(v, w.report, f), Value: w.keys[i] + ".0"}
	row.Name = nameOf(row.findingRow)
	if p := f.Proposal(); len(p) > 0 {
		row.Does = v.T("does-" + p[0].Action)
		if p[0].Remove {
			row.Does = v.T("does-remove")
		}
	}
	if of := w.worked[w.keys[i]]; of != nil {
		row.Value, row.Assigned = w.keys[i]+"."+of.ETag, of.Assigned
		if w.states[i] != engine.FindingOpen {
			row.Told = toldOf(v, of)
			if w.states[i] == engine.FindingSnoozed {
				row.Told += " · " + v.T("until", of.Snoozed.UTC().Format(time.DateOnly))
			}
		}
	}
	return row
}

// nameOf says which finding a row is of.
func nameOf(row findingRow) string {
	var parts []string
	for _, s := range []string{row.Kind, row.Topic, row.Item, row.Other} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, ", ")
}

// toldOf says when, by whom and why the last thing was done about a finding.
func toldOf(v *pages.View, of *engine.WorkedFinding) string {
	said := strings.TrimSpace(of.By + " " + of.At.UTC().Format("2006-01-02 15:04"))
	if of.Text != "" {
		said += ": " + v.T("quoted", of.Text)
	}
	return said
}

// lastActs are the latest acts on findings, also of such as are in the report no more.
func lastActs(v *pages.View, w *work) []actRow {
	var rows []actRow
	for key, of := range w.worked {
		id := of.FindingID
		f := coverage.Finding{Kind: coverage.Kind(id.Kind), Topic: id.Topic, Item: id.Item, Other: id.Other, Confidence: 1}
		if !slices.Contains(coverage.Kinds(), f.Kind) {
			continue
		}
		row := actRow{
			Key: key, Change: of.ETag, When: of.At.UTC().Format("2006-01-02 15:04"), By: of.By, Note: of.Text,
			What: v.T("finding-" + of.State), Of: nameOf(newFindingRow(v, w.report, &f)), at: of.At,
		}
		if of.Assigned != "" {
			row.What += " · " + v.T("assigned-to", of.Assigned)
		}
		rows = append(rows, row)
	}
	slices.SortFunc(rows, func(a, b actRow) int { return cmp.Or(b.at.Compare(a.at), strings.Compare(a.Key, b.Key)) })
	return rows[:min(len(rows), shownActs)]
}

// workFindings does what a form says about the findings that are ticked, each on its own, or
// undoes an act.
func (e *site) workFindings(w http.ResponseWriter, r *http.Request, v *pages.View, who serve.Identity) error {
	if e.Publisher == nil {
		return serve.ErrNoPublisher
	}
	ctx, form := context.WithoutCancel(r.Context()), r.PostForm
	if form.Get("do") == "undo" {
		problem, status, err := e.undo(ctx, v, form, who, engine.Subject{Finding: form.Get("finding")})
		if err != nil {
			return err
		}
		if problem != "" {
			return e.showFindings(w, r, v, who, status, &workBody{Problems: []string{problem}})
		}
		e.caughtUp(ctx)
		return e.saved(w, r, v)
	}
	report, _, err := e.latest(w, r, v)
	if err != nil || report == nil {
		return err
	}
	body := &workBody{Reason: strings.TrimSpace(form.Get("note")), For: strings.TrimSpace(form.Get("for")), Until: form.Get("until")}
	until, err := time.Parse(time.DateOnly, body.Until)
	if err != nil {
		until = time.Time{}
	}
	places := map[string]int{}
	for i := range report.Findings {
		places[report.Findings[i].ID().Key()] = i
	}
	done, status := 0, http.StatusUnprocessableEntity
	if len(form["finding"]) == 0 {
		body.Problems = append(body.Problems, v.T("nothing-ticked"))
	}
	for _, value := range form["finding"][:min(len(form["finding"]), findingsPerPage)] {
		key, etag, _ := strings.Cut(value, ".")
		at, ok := places[key]
		if !ok {
			continue // somebody has seen to it meanwhile
		}
		f := &report.Findings[at]
		act := engine.FindingAct{FindingID: f.ID(), Do: form.Get("do"), Evidence: f.Fingerprint(), To: body.For, Until: until}
		if act.Do == engine.DoAccept {
			act.Rulings = f.Proposal()
		}
		_, err := e.Publisher.WorkFinding(ctx, act, engine.Edit{By: who.Name, Note: body.Reason, IfMatch: etag})
		if err == nil {
			done++
			continue
		}
		var problem string
		if problem, status = e.refusal(v, err); problem == "" {
			return err
		}
		body.Problems = append(body.Problems, nameOf(newFindingRow(v, report, f))+": "+problem)
	}
	if done > 0 {
		e.caughtUp(ctx)
	}
	if len(body.Problems) > 0 {
		if e.Front.Changed != nil {
			e.Front.Changed()
		}
		if done > 0 {
			body.Told = v.T("findings-done", v.Num(done))
		}
		return e.showFindings(w, r, v, who, status, body)
	}
	if e.Front.Changed != nil {
		e.Front.Changed() // before the redirect is followed
	}
	w.Header().Set("Cache-Control", serve.Private)
	http.Redirect(w, r, v.Here(map[string]string{"done": strconv.Itoa(done), "saved": "", "page": ""}, ""), http.StatusSeeOther)
	return nil
}

// caughtUp brings what was decided into the lists, where that is done before answering;
// else, and if it fails, it follows by itself.
func (e *site) caughtUp(ctx context.Context) {
	if e.CatchUp == nil {
		return
	}
	if _, err := e.CatchUp(ctx); err != nil {
		e.Log.ErrorContext(ctx, "decided, but not in the lists yet", "err", err)
	}
}

// newFindingAudit makes a row of an act on a finding for the history of everything.
func newFindingAudit(v *pages.View, c *engine.Audited) auditRow {
	row := auditRow{historyRow: newHistoryRow(v, names{}, &c.Change)}
	var before, after engine.WorkedFinding
	if json.Unmarshal(c.Before, &before) == nil && json.Unmarshal(c.After, &after) == nil {
		row.ID = strings.Join(strings.Fields(strings.Join([]string{v.T("finding"), after.Topic, after.Item, after.Other}, " ")), " ")
		line := v.T("finding-"+before.State) + " → " + v.T("finding-"+after.State)
		if after.Assigned != before.Assigned {
			line += ", " + v.T("assigned-to", cmp.Or(after.Assigned, "—"))
		}
		if !after.Snoozed.IsZero() {
			line += ", " + v.T("until", after.Snoozed.UTC().Format(time.DateOnly))
		}
		row.Lines = []string{line}
	}
	row.Href = v.Href("/findings?state=" + url.QueryEscape(after.State) + "&kind=" + url.QueryEscape(after.Kind))
	return row
}
