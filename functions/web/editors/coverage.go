package editors

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"akin/functions/web/pages"
	"akin/functions/web/serve"
	"akin/functions/web/words"
	"akin/recommend/coverage"
	"akin/recommend/engine"
)

// findingsPerPage is how many findings a page lists.
const findingsPerPage = 50

// A coverageBody is the report's page, of the site or of one topic.
type coverageBody struct {
	Report *coverage.Report
	Topic  *topicRow // nil: the whole site
	Facts  []fact
	Kinds  []kindLink
	Heat   *heatMap
	Lorenz *lorenz
	Topics *table
	Shown  *table
	Clicks *table // nil: nothing was counted
	Told   string // what was counted in all
	Years  *table
	Since  string // when the report was made that changes are told against; empty: there was none
	Added  int
	New    string // address of the work list of those
	Then   string // address of the CSV of those that are gone
	Gone   []findingRow
	Rows   findings
	Lists  *listsBox // nil: of one topic
}

// A listsBox tells how the lists stand, and starts making new ones.
type listsBox struct {
	CSRF, Action string
	Made         string // when
	Told         string // what became of the form that was just sent; empty: none was
	Changed      bool   // the settings were
	Building     bool
	Failed       string // when lists were made that did not come into use, after those in use; empty: none were
}

// A fact is a figure with its name.
type fact struct{ Name, Value string }

// A kindLink leads to the findings of one kind.
type kindLink struct {
	Href, Name string
	Count      int
	Current    bool
}

// A findingRow is a finding as a row of a table.
type findingRow struct {
	Kind             string
	Topic, TopicHref string
	Item, ItemHref   string
	Other, OtherHref string
	Confidence       string
	Level            string
	Evidence, Action string
}

// A findings is a page of a work list.
type findings struct {
	Rows         []findingRow
	Total        int
	From, To     int
	Before, Next string // addresses of the pages beside; empty: none
	CSV          string
	Words        string
	Level        string
	Levels       []option
	Hidden       []hidden
	Heads        []sortHead
}

// An option is one of a field's values to choose from.
type option struct{ Value, Name string }

// A hidden is a field of a form that carries what was chosen before.
type hidden struct{ Name, Value string }

// A sortHead is a column by which a table sorts.
type sortHead struct {
	Href, Name string
	Sort       string // ascending or descending, if the table is in its order
	Number     bool
}

// A table is a table that is shown whole, or a page of it.
type table struct {
	Caption string
	Heads   []sortHead
	Rows    [][]tableCell
	CSV     string

	Before, Next                string // addresses of the pages beside; empty: none
	Pages, WordBefore, WordNext string

	Words, WordsName string // what it is filtered by, and the name of that parameter; empty: it is not filtered
	Hidden           []hidden
}

// topicsPerPage is how many topics a page lists.
const topicsPerPage = 50

type tableCell struct {
	Text, Href string
	Number     bool
	Spark      string // path of a chart
}

// lists returns how the lists stand.
func (e *site) lists(r *http.Request, v *pages.View, who serve.Identity) (*listsBox, error) {
	status, err := e.Decided.Status(r.Context())
	if err != nil {
		return nil, err
	}
	all, err := e.Decided.Generations(r.Context())
	if err != nil {
		return nil, err
	}
	box := &listsBox{
		CSRF: e.Front.CSRF(who), Action: v.Href("/coverage/rebuild"), Changed: status.SettingsChanged,
		Made: status.ComputedAt.Format("2006-01-02 15:04"),
	}
	for _, g := range all {
		switch {
		case g.State == engine.StateBuilding:
			box.Building = true
		case g.State == engine.StateFailed && g.Number > status.Generation:
			box.Failed = g.CreatedAt.Format("2006-01-02 15:04")
		}
	}
	switch told := v.Params.Get("rebuild"); told {
	case "started", "running", "refused", "failed":
		box.Told = v.T("rebuild-" + told)
	}
	return box, nil
}

func (e *site) coverage(w http.ResponseWriter, r *http.Request, v *pages.View, who serve.Identity) error {
	report, changes, err := e.latest(w, r, v)
	if err != nil || report == nil {
		return err
	}
	if v.Params.Get("format") == "csv" {
		return e.coverageCSV(w, r, v, report, changes, "")
	}
	v.Title = v.T("coverage")
	s := &report.Site
	body := &coverageBody{
		Report: report, Heat: drawHeatMap(v, report), Lorenz: drawLorenz(v, report),
		Topics: topicTable(v, report), Shown: shownTable(v, report), Years: countTable(v, s.ByYear, s.ByType, s.ByLang, s.ByAuthor),
		Facts: []fact{
			{v.T("items"), v.Num(report.Items)}, {v.T("works"), v.Num(s.Works)},
			{v.T("topics"), v.Num(len(report.Topics))},
			{v.T("first-item"), words.PrintDate(v.Lang, s.First)}, {v.T("last-item"), words.PrintDate(v.Lang, s.Last)},
			{v.T("days-since"), v.Num(s.SinceLast)},
		},
	}
	if body.Lists, err = e.lists(r, v, who); err != nil {
		return err
	}
	showClicks(v, body, report.Clicks)
	showChanges(v, body, report, changes, "")
	fillFindings(v, body, e.indexed(report), changes, "")
	v.Body = body
	return e.Render(w, r, http.StatusOK, "coverage", v)
}

func (e *site) coverageTopic(w http.ResponseWriter, r *http.Request, v *pages.View, _ serve.Identity) error {
	report, changes, err := e.latest(w, r, v)
	if err != nil || report == nil {
		return err
	}
	slug := r.PathValue("topic")
	i, ok := slices.BinarySearchFunc(report.Topics, slug, func(t coverage.Topic, s string) int { return strings.Compare(t.Slug, s) })
	if !ok {
		return e.NotFound(w, r)
	}
	if v.Params.Get("format") == "csv" {
		return e.coverageCSV(w, r, v, report, changes, slug)
	}
	t := &report.Topics[i]
	title := pages.TopicTitle(report.Charts.Topics, slug)
	v.Title = v.T("coverage-of", title)
	body := &coverageBody{
		Report: report, Heat: heatMapOf(v, report, []coverage.Topic{*t}),
		Topic: &topicRow{Title: title, Href: v.Topic(slug), Edit: v.Href("/coverage/" + url.PathEscape(slug) + "/edit"), State: v.T("state-" + t.State)},
		Years: countTable(v, t.ByYear, t.ByType, t.ByLang, nil),
		Facts: []fact{
			{v.T("items"), v.Num(t.Items)}, {v.T("state"), v.T("state-" + t.State)},
			{v.T("first-item"), words.PrintDate(v.Lang, t.First)}, {v.T("last-item"), words.PrintDate(v.Lang, t.Last)},
		},
	}
	showChanges(v, body, report, changes, slug)
	fillFindings(v, body, e.indexed(report), changes, slug)
	v.Body = body
	return e.Render(w, r, http.StatusOK, "coverage", v)
}

// A topicRow is the topic of a page of coverage.
type topicRow struct{ Title, Href, Edit, State string }

// about tells whether a finding concerns a topic, itself or by its item.
func about(report *coverage.Report, f *coverage.Finding, topic string) bool {
	return topic == "" || f.Topic == topic || slices.Contains(report.Charts.ItemTopics[f.Item], topic)
}

// showChanges tells what is new and what is gone.
func showChanges(v *pages.View, body *coverageBody, report *coverage.Report, changes *coverage.Changes, topic string) {
	if changes.Since.IsZero() {
		return
	}
	body.New = v.Here(map[string]string{"new": "1", "kind": "", "page": ""}, "findings")
	body.Then = v.Here(map[string]string{"format": "csv", "table": "gone"}, "")
	body.Since = words.PrintDate(v.Lang, changes.Since.UTC().Format("2006-01-02"))
	for i := range changes.Added {
		if about(report, &changes.Added[i], topic) {
			body.Added++
		}
	}
	for i := range changes.Gone {
		if f := &changes.Gone[i]; about(report, f, topic) && len(body.Gone) < findingsPerPage {
			body.Gone = append(body.Gone, newFindingRow(v, report, f))
		}
	}
}

// chosenFindings returns the findings that the query asks for, by their places in the
// report, in the order that it asks for; news are those that the report before
// lacked. They must not be changed.
func chosenFindings(v *pages.View, x *reportIndex, topic string, news []coverage.Finding) []int32 {
	kind, level := coverage.Kind(v.Params.Get("kind")), v.Params.Get("level")
	words := strings.Fields(strings.ToLower(v.Params.Get("q")))
	column, down := strings.CutPrefix(v.Params.Get("sort"), "-")
	list := x.order(topic, column)
	fresh := v.Params.Get("new") != ""
	// One that stands for many hides them on the page of the site, until its kind is asked for.
	front := len(x.all)
	if topic == "" && kind == "" {
		front = len(x.report.Findings)
	}
	if front < len(x.all) || kind != "" || level != "" || len(words) > 0 || fresh {
		added := map[findingKey]bool{}
		if fresh {
			for i := range news {
				added[keyOf(&news[i])] = true
			}
		}
		var out []int32
		for _, i := range list {
			f := &x.all[i]
			if int(i) >= front || fresh && !added[keyOf(f)] || kind != "" && f.Kind != kind || level != "" && coverage.Level(f.Confidence) != level ||
				slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(x.text[i], w) }) {
				continue
			}
			out = append(out, i)
		}
		list = out
	}
	if down {
		list = slices.Clone(list)
		slices.Reverse(list)
	}
	return list
}

// A findingKey tells findings apart, as [coverage.Diff] does.
type findingKey struct {
	kind               coverage.Kind
	topic, item, other string
}

func keyOf(f *coverage.Finding) findingKey { return findingKey{f.Kind, f.Topic, f.Item, f.Other} }

// fillFindings puts the chosen findings and the links between lists of them into body.
func fillFindings(v *pages.View, body *coverageBody, x *reportIndex, changes *coverage.Changes, topic string) {
	all, report := chosenFindings(v, x, topic, changes.Added), x.report
	n, _ := strconv.Atoi(v.Params.Get("page"))
	pages := max(1, (len(all)+findingsPerPage-1)/findingsPerPage)
	n = min(max(n, 1), pages)
	from := (n - 1) * findingsPerPage
	to := min(from+findingsPerPage, len(all))
	f := &body.Rows
	f.Total, f.From, f.To = len(all), from+1, to
	for _, i := range all[from:to] {
		f.Rows = append(f.Rows, newFindingRow(v, report, &x.all[i]))
	}
	if n > 1 {
		f.Before = v.Here(map[string]string{"page": strconv.Itoa(n - 1)}, "findings")
	}
	if n < pages {
		f.Next = v.Here(map[string]string{"page": strconv.Itoa(n + 1)}, "findings")
	}
	f.CSV = v.Here(map[string]string{"format": "csv", "page": ""}, "")
	f.Words = v.Params.Get("q")
	f.Level = v.Params.Get("level")
	f.Levels = []option{{"", v.T("any-confidence")}}
	for _, level := range []string{"sure", "likely", "perhaps"} {
		f.Levels = append(f.Levels, option{level, v.T("level-" + level)})
	}
	for _, name := range []string{"kind", "new", "sort"} {
		if value := v.Params.Get(name); value != "" {
			f.Hidden = append(f.Hidden, hidden{name, value})
		}
	}
	if v.ChoseLang {
		f.Hidden = append(f.Hidden, hidden{"lang", v.Lang})
	}
	f.Heads = sortHeads(v, "sort", "findings", "kind", "topic", "item", "confidence")

	total, counts := len(report.Findings), map[string]int{}
	for i := range x.all {
		counts[string(x.all[i].Kind)]++
	}
	if topic != "" {
		list := x.order(topic, "")
		total, counts = len(list), map[string]int{}
		for _, i := range list {
			counts[string(x.all[i].Kind)]++
		}
	}
	current := v.Params.Get("kind")
	body.Kinds = append(body.Kinds, kindLink{
		v.Here(map[string]string{"kind": "", "page": ""}, "findings"), v.T("all-kinds"), total, current == "",
	})
	for _, k := range coverage.Kinds() {
		if counts[string(k)] > 0 {
			body.Kinds = append(body.Kinds, kindLink{
				v.Here(map[string]string{"kind": string(k), "page": ""}, "findings"), v.T("kind-" + string(k)), counts[string(k)], current == string(k),
			})
		}
	}
}

// sortHeads makes the columns that a table sorts by; the parameter holds the
// column, with a hyphen before it for the largest first.
func sortHeads(v *pages.View, parameter, fragment string, columns ...string) []sortHead {
	now := v.Params.Get(parameter)
	var out []sortHead
	for _, c := range columns {
		h := sortHead{Name: v.T("column-" + c)}
		next := c
		switch now {
		case c:
			h.Sort, next = "ascending", "-"+c
		case "-" + c:
			h.Sort = "descending"
		}
		h.Href = v.Here(map[string]string{parameter: next, "page": "", "topics-page": ""}, fragment)
		out = append(out, h)
	}
	return out
}

// newFindingRow makes a row of a finding.
func newFindingRow(v *pages.View, report *coverage.Report, f *coverage.Finding) findingRow {
	row := findingRow{Kind: v.T("kind-" + string(f.Kind)), Level: v.T("level-" + coverage.Level(f.Confidence))}
	row.Evidence, row.Action = f.In(v.Lang)
	if n := f.Many(); n > 0 {
		row.Item, row.ItemHref = v.Num(n), v.Here(map[string]string{"kind": string(f.Kind), "page": ""}, "findings")
	}
	if f.Topic != "" {
		row.Topic, row.TopicHref = pages.TopicTitle(report.Charts.Topics, f.Topic), v.Href("/coverage/"+url.PathEscape(f.Topic))
	}
	if f.Item != "" {
		row.Item = cmp.Or(report.Charts.Titles[f.Item], f.Item)
		if report.Charts.Titles[f.Item] != "" {
			row.ItemHref = v.Href("/items/" + url.PathEscape(f.Item) + "/edit")
		}
	}
	if f.Other != "" {
		row.Other = cmp.Or(report.Charts.Titles[f.Other], f.Other)
		if report.Charts.Titles[f.Other] != "" {
			row.OtherHref = v.Href("/items/" + url.PathEscape(f.Other) + "/edit")
		}
	}
	if f.Confidence < 1 {
		row.Confidence = strconv.FormatFloat(f.Confidence, 'f', 2, 64)
	} else {
		row.Level = ""
	}
	return row
}

// topicTable lists every topic with its numbers.
func topicTable(v *pages.View, report *coverage.Report) *table {
	t := &table{
		Caption: v.T("topics"), CSV: v.Here(map[string]string{"format": "csv", "table": "topics"}, ""),
		Heads: sortHeads(v, "by", "topics", "topic", "items", "state", "first", "last"),
	}
	t.Heads[1].Number = true
	t.Heads = append(t.Heads, sortHead{Name: v.T("column-years")})
	var topics []coverage.Topic
	t.Words, t.WordsName = v.Params.Get("topics"), "topics"
	for _, topic := range report.Topics {
		said := strings.ToLower(topic.Slug + " " + pages.TopicTitle(report.Charts.Topics, topic.Slug) + " " + v.T("state-"+topic.State))
		if !slices.ContainsFunc(strings.Fields(strings.ToLower(t.Words)), func(w string) bool { return !strings.Contains(said, w) }) {
			topics = append(topics, topic)
		}
	}
	for _, name := range []string{"by", "kind", "level", "sort", "q", "new", "lang"} {
		if value := v.Params.Get(name); value != "" {
			t.Hidden = append(t.Hidden, hidden{name, value})
		}
	}
	column, down := strings.CutPrefix(v.Params.Get("by"), "-")
	topics = slices.SortedStableFunc(slices.Values(topics), func(a, b coverage.Topic) int {
		if down {
			a, b = b, a
		}
		switch column {
		case "items":
			return cmp.Compare(a.Items, b.Items)
		case "state":
			return strings.Compare(a.State, b.State)
		case "first":
			return strings.Compare(a.First, b.First)
		case "last":
			return strings.Compare(a.Last, b.Last)
		}
		return strings.Compare(pages.TopicTitle(report.Charts.Topics, a.Slug), pages.TopicTitle(report.Charts.Topics, b.Slug))
	})
	years := span(report.Site.ByYear)
	const parameter = "topics-page"
	last := max(1, (len(topics)+topicsPerPage-1)/topicsPerPage)
	n, _ := strconv.Atoi(v.Params.Get(parameter))
	n = min(max(n, 1), last)
	if n > 1 {
		t.Before = v.Here(map[string]string{parameter: strconv.Itoa(n - 1)}, "topics")
	}
	if n < last {
		t.Next = v.Here(map[string]string{parameter: strconv.Itoa(n + 1)}, "topics")
	}
	t.Pages, t.WordBefore, t.WordNext = v.T("pages-of", t.Caption), v.T("page-before"), v.T("page-next")
	for _, topic := range topics[(n-1)*topicsPerPage : min(n*topicsPerPage, len(topics))] {
		t.Rows = append(t.Rows, []tableCell{
			{Text: pages.TopicTitle(report.Charts.Topics, topic.Slug), Href: v.Href("/coverage/" + url.PathEscape(topic.Slug))},
			{Text: v.Num(topic.Items), Number: true}, {Text: v.T("state-" + topic.State)},
			{Text: words.PrintDate(v.Lang, topic.First)}, {Text: words.PrintDate(v.Lang, topic.Last)},
			{Text: yearsInWords(topic.ByYear, years), Spark: spark(topic.ByYear, years)},
		})
	}
	return t
}

// shownTable lists the items that stand in most lists.
func shownTable(v *pages.View, report *coverage.Report) *table {
	t := &table{
		Caption: v.T("most-shown"), CSV: v.Here(map[string]string{"format": "csv", "table": "shown"}, ""),
		Heads: []sortHead{{Name: v.T("column-item")}, {Name: v.T("column-places"), Number: true}},
	}
	for _, s := range report.Charts.Shown[:min(10, len(report.Charts.Shown))] {
		t.Rows = append(t.Rows, []tableCell{
			{Text: cmp.Or(report.Charts.Titles[s.Item], s.Item), Href: v.Item(s.Item)}, {Text: v.Num(s.Places), Number: true},
		})
	}
	return t
}

// A countRow is one line of what there is: how many items have a type, a language
// or an author, or are of a year.
type countRow struct {
	of, name string
	count    int
}

// counts are all of them, the largest first of each kind, the latest year first.
func counts(byYear, byType, byLang, byAuthor map[string]int) []countRow {
	var rows []countRow
	for _, group := range []struct {
		of string
		by map[string]int
	}{{"type", byType}, {"lang", byLang}, {"author", byAuthor}} {
		for _, name := range byCount(group.by) {
			rows = append(rows, countRow{group.of, name, group.by[name]})
		}
	}
	for _, year := range slices.Backward(span(byYear)) {
		if byYear[year] > 0 {
			rows = append(rows, countRow{"year", year, byYear[year]})
		}
	}
	return rows
}

// shownAuthors is how many authors the page counts, those with most items; the
// CSV has all.
const shownAuthors = 20

// countTable counts items by type, language, author and year.
func countTable(v *pages.View, byYear, byType, byLang, byAuthor map[string]int) *table {
	t := &table{
		Caption: v.T("counts"), CSV: v.Here(map[string]string{"format": "csv", "table": "counts"}, ""),
		Heads: []sortHead{{Name: v.T("column-of")}, {Name: v.T("items"), Number: true}},
	}
	authors := 0
	for _, c := range counts(byYear, byType, byLang, byAuthor) {
		switch c.of {
		case "type":
			c.name = words.TypeLabel(v.Lang, c.name)
		case "lang":
			c.name = v.LangName(c.name)
		case "author":
			if authors++; authors > shownAuthors {
				continue
			}
		}
		t.Rows = append(t.Rows, []tableCell{{Text: c.name}, {Text: v.Num(c.count), Number: true}})
	}
	return t
}
