package web

import (
	"context"
	"encoding/csv"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"akin/functions/web/api"
	"akin/recommend"
	"akin/recommend/coverage"
	"akin/recommend/engine"
)

// etagOf returns the ETag in the first form of a page, or in the form that
// names a topic.
func etagOf(t testing.TB, body, topic string) string {
	t.Helper()
	if topic != "" {
		_, rest, ok := strings.Cut(body, `<form class="sheet feature"`)
		for ok && !strings.Contains(rest[:strings.Index(rest, "</form>")], `value="`+topic+`"`) {
			_, rest, ok = strings.Cut(rest, `<form class="sheet feature"`)
		}
		body = rest
	}
	m := etagField.FindStringSubmatch(body)
	if m == nil {
		t.Fatalf("no etag in\n%s", body)
	}
	return m[1]
}

// An editor sees on the work's page who changed what, latest first, and takes
// it back with a button; where that is no longer possible, the page says why.
func TestUndoOnThePage(t *testing.T) {
	s, c := editorSite(t, nil)
	address := s.URL + "/items/cool-by-noon/edit"
	save := func(form url.Values) {
		t.Helper()
		form.Set("do", "save")
		form.Set("etag", etagOf(t, page200(t, address), ""))
		if status, body := post(t, address, form); status != 303 {
			t.Fatalf("save: %d\n%s", status, body)
		}
	}
	save(url.Values{"why": {"ships first"}, "pin.id": {"abandoned-ships"}})
	save(url.Values{"pin.id": {"abandoned-ships"}, "exclude": {"1"}})
	body := page200(t, address)
	rows := regexp.MustCompile(`name="change" value="(\d+)"`).FindAllStringSubmatch(body, -1)
	if len(rows) != 3 || rows[0][1] != "3" || rows[2][1] != "1" {
		t.Fatalf("the history has the changes %v, want 3, 2 and 1", rows)
	}
	for _, want := range []string{"ships first", "(abandoned-ships)", "− Pin gone-work", "+ Show it beside no other work"} {
		if !strings.Contains(html.UnescapeString(body), want) {
			t.Errorf("the history lacks %q", want)
		}
	}
	undo := func(change string) (int, string) {
		t.Helper()
		return post(t, address, url.Values{"do": {"undo"}, "change": {change}, "etag": {etagOf(t, page200(t, address), "")}})
	}
	if status, body := undo("1"); status != 409 || !strings.Contains(body, "pins changed again since") {
		t.Errorf("undo of a pin that is gone: %d, want 409 that says so", status)
	}
	if status, body := undo("2"); status != 303 {
		t.Fatalf("undo: %d\n%s", status, body)
	}
	cur, err := c.Reader.Curation(t.Context(), "cool-by-noon")
	if err != nil || len(cur.Pins) != 1 || cur.Pins[0].ID != "gone-work" || cur.Exclude == nil {
		t.Errorf("after: %+v, %v, want the first pin and the exclusion", cur, err)
	}
	if body := page200(t, address+"?lang=es"); !strings.Contains(body, "deshace el cambio 2") {
		t.Error("the Spanish history does not say what was undone")
	}
	if status, _ := post(t, address, url.Values{"do": {"undo"}, "change": {"4"}, "etag": {"3"}}); status != 412 {
		t.Errorf("undo over an old reading: %d, want 412", status)
	}
}

// A work is featured on a topic from its own page, at a place; the topic's page
// reorders, merges and takes back.
func TestFeatureAndMergeOnThePages(t *testing.T) {
	s, c := editorSite(t, nil)
	address := s.URL + "/items/cool-by-noon/edit"
	featured := func() string {
		t.Helper()
		topic, err := c.Reader.Topic(t.Context(), "heat")
		if err != nil {
			t.Fatal(err)
		}
		return strings.Join(topic.Featured, " ")
	}
	const want = "trees-by-income cool-by-noon night-heat-libraries"
	if featured() == want {
		t.Fatal("the sample corpus has the order already")
	}
	form := url.Values{"do": {"feature"}, "topic": {"heat"}, "place": {"2"}, "note": {"summer"}, "etag": {etagOf(t, page200(t, address), "heat")}}
	if status, body := post(t, address, form); status != 303 {
		t.Fatalf("feature: %d\n%s", status, body)
	}
	if got := featured(); got != want {
		t.Errorf("featured: %q, want %q", got, want)
	}
	if status, _ := post(t, address, form); status != 412 {
		t.Errorf("featured over an old reading: %d, want 412", status)
	}
	topic := s.URL + "/coverage/heat/edit"
	body := page200(t, topic)
	if !strings.Contains(body, "summer") || !strings.Contains(page200(t, s.URL+"/coverage/heat"), "/coverage/heat/edit") {
		t.Error("the topic's page does not show the note, or the report does not lead to it")
	}
	form = url.Values{
		"etag": {etagOf(t, body, "")}, "featured.id": {"cool-by-noon", "abandoned-ships"}, "featured.place": {"2", "1"},
		"featured.note": {"summer", ""}, "featured.expires": {"", ""}, "merge.id": {"housing"}, "merge.note": {"one desk"},
	}
	if status, body := post(t, topic, form); status != 303 {
		t.Fatalf("the topic's form: %d\n%s", status, body)
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Get(s.URL + "/topics/heat")
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != 302 || res.Header.Get("Location") != "/topics/housing" {
		t.Errorf("the merged topic's page: %d to %q, want 302 to /topics/housing", res.StatusCode, res.Header.Get("Location"))
	}
	cards, err := c.Reader.Cards(t.Context(), "cool-by-noon")
	if err != nil || strings.Contains(strings.Join(cards[0].Topics, " "), "heat") {
		t.Errorf("the card names %v, %v", cards[0].Topics, err)
	}
	form = url.Values{"do": {"undo"}, "change": {"2"}, "etag": {"2"}}
	if status, body := post(t, topic, form); status != 303 {
		t.Fatalf("undo: %d\n%s", status, body)
	}
	if got := featured(); got != want {
		t.Errorf("undone: featured %q", got)
	}
	cur, err := c.Reader.TopicCuration(t.Context(), "heat")
	if err != nil {
		t.Fatal(err)
	}
	form = url.Values{"etag": {cur.ETag}, "described": {"1"}, "merge.id": {"heat"}}
	if status, body := post(t, topic, form); status != 422 || !strings.Contains(body, "mergedInto.id") {
		t.Errorf("a topic merged into itself: %d, want 422", status)
	}
	if status, _ := post(t, s.URL+"/coverage/nowhere/edit", url.Values{}); status != 404 {
		t.Errorf("an unknown topic: %d, want 404", status)
	}
}

// The API undoes as the page does, signs with the caller's name, and says why
// not with a status of its own.
func TestUndoByAPI(t *testing.T) {
	a := newTestAPI(t)
	for path, want := range map[string]int{"1": 200, "2": 409, "9": 404, "0": 400, "x": 400} {
		if res := a.do("POST", "/v1/items/rents/curation/history/"+path+"/undo", "", "If-Match", `"1"`); res.StatusCode != want {
			t.Errorf("undo of change %s: %d, want %d", path, res.StatusCode, want)
		}
	}
	if res := a.do("POST", "/v1/items/rents/curation/history/1/undo", "", "If-Match", `"7"`); res.StatusCode != 412 {
		t.Errorf("undo over an old reading: %d, want 412", res.StatusCode)
	}
	type answer struct{ Changes []engine.Change }
	if got := decode[answer](t, a.do("GET", "/v1/items/rents/curation/history", "")); len(got.Changes) != 1 || got.Changes[0].By != "mar" {
		t.Errorf("history: %+v", got)
	}
	for path, want := range map[string]int{"/v1/items/none/curation/history": 404, "/v1/topics/none/curation": 404} {
		if res := a.do("GET", path, ""); res.StatusCode != want {
			t.Errorf("GET %s: %d, want %d", path, res.StatusCode, want)
		}
	}
	if res := a.do("PUT", "/v1/topics/housing/curation", `{"featured":[{"id":"rents"}],"wrong":1}`, "If-Match", `"0"`); res.StatusCode != 422 {
		t.Errorf("an unknown field: %d, want 422", res.StatusCode)
	}
	if res := a.do("PUT", "/v1/topics/housing/curation", `{"featured":[{"id":"rents"}]}`, "If-Match", `"0"`); res.StatusCode != 200 || res.Header.Get("ETag") != `"1"` {
		t.Errorf("PUT of a topic's curation: %d with %s, want 200 with \"1\"", res.StatusCode, res.Header.Get("ETag"))
	}
}

// Who saves over something that somebody else changed sees what is there now,
// what they had filled in, and that it is to be repeated; a decision that ended
// is marked.
func TestConflictsOnThePages(t *testing.T) {
	s, c := editorSite(t, nil)
	_, err := c.Publisher.Curate(t.Context(), "night-heat-libraries", recommend.Curation{
		Pins: []recommend.Decision{{ID: "abandoned-ships", Note: recommend.Note{Expires: corpusNow.AddDate(0, 0, -1)}}},
	}, engine.Edit{By: "ana", IfMatch: "0"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Publisher.CurateTopic(t.Context(), "heat", recommend.TopicCuration{MergedInto: &recommend.Decision{ID: "ports"}}, engine.Edit{By: "ana", IfMatch: "0"}); err != nil {
		t.Fatal(err)
	}
	for path, tt := range map[string]struct {
		form   url.Values
		wanted []string
	}{
		"/items/night-heat-libraries/edit": {
			url.Values{"block.id": {"cool-by-noon"}, "block.note": {"too close"}},
			[]string{"+ Block “Cool by Noon: What Makes a Public Cooling Centre Work” (cool-by-noon): “too close”", "− Pin “The owner stops answering,", `value="abandoned-ships"`, "no longer in force"},
		},
		"/coverage/heat/edit": {
			url.Values{"described": {"1"}, "merge.id": {"housing"}},
			[]string{"+ Merge into another topic “Rents and Housing” (housing)", `name="merge.id" value="ports"`},
		},
	} {
		for _, do := range []string{"save", "preview"} {
			tt.form.Set("do", do)
			tt.form.Set("etag", "0")
			status, body := post(t, s.URL+path, tt.form)
			body = html.UnescapeString(body)
			for _, want := range append(tt.wanted, "This has changed since you opened the page", `name="etag" value="1"`) {
				if status != 412 || !strings.Contains(body, want) {
					t.Errorf("%s of %s over an old reading (%d) lacks %q", do, path, status, want)
				}
			}
		}
	}
}

// A changedReport is a report with something new and something gone.
type changedReport struct{ api.Reporter }

func (r changedReport) Latest(ctx context.Context) (*coverage.Report, *coverage.Changes, error) {
	report, _, err := r.Reporter.Latest(ctx)
	if err != nil {
		return nil, nil, err
	}
	gone := coverage.Finding{Kind: coverage.NoDate, Item: "gone-work", Confidence: 1}
	return report, &coverage.Changes{Since: corpusNow.AddDate(0, 0, -7), Added: report.Findings[:2], Gone: []coverage.Finding{gone}}, nil
}

// The work list of what is new, of one level, and the list of topics by name have
// addresses of their own, as pages and as CSV; what is done is CSV, too.
func TestWorkListsHaveAddresses(t *testing.T) {
	c := editorsConfig(t)
	c.Report = changedReport{c.Report}
	s := httptest.NewServer(New(c))
	t.Cleanup(s.Close)
	report, _, err := c.Report.Latest(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	rows := func(query string) [][]string {
		t.Helper()
		all, err := csv.NewReader(strings.NewReader(page200(t, s.URL+"/coverage?format=csv&"+query))).ReadAll()
		if err != nil || len(all) == 0 {
			t.Fatal(query, err)
		}
		return all[1:]
	}
	if got := rows("new=1"); len(got) != 2 {
		t.Errorf("%d rows are new, want 2", len(got))
	}
	if got := rows("table=gone"); len(got) != 1 || !slices.Contains(got[0], "gone-work") {
		t.Errorf("gone: %v", got)
	}
	sure := 0
	for _, f := range report.Findings {
		if coverage.Level(f.Confidence) == "sure" {
			sure++
		}
	}
	if got := rows("level=sure"); len(got) != sure || sure == 0 || sure == len(report.Findings) {
		t.Errorf("%d rows are sure, want %d", len(got), sure)
	}
	page := html.UnescapeString(page200(t, s.URL+"/coverage?topics=port&kind=no-date&level=sure&lang=es"))
	_, topics, _ := strings.Cut(page, `id="topics"`)
	topics, _, _ = strings.Cut(topics, "</section>")
	if !strings.Contains(topics, "Port Cities") || strings.Contains(topics, ">Cities<") || !strings.Contains(topics, `name="kind" value="no-date"`) {
		t.Errorf("topics by name:\n%s", topics)
	}
	for _, want := range []string{`<option value="sure" selected>`, "new=1", "table=gone", "table=months", "table=exposure", "table=counts", "table=topics", "table=shown"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}
