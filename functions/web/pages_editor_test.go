package web

import (
	"context"
	"encoding/csv"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"akin/functions/web/serve"
	"akin/infra/memory"
	"akin/recommend"
	"akin/recommend/coverage"
	"akin/recommend/engine"
	"akin/recommend/preview"
)

// editorStore is the sample corpus in which cool-by-noon has a pin to a withdrawn
// work, and the report of it, made once for all tests, which take copies of it.
var editorStore = sync.OnceValues(func() (*memory.Store, error) {
	ctx := context.Background()
	corpus, err := corpusStore()
	if err != nil {
		return nil, err
	}
	store := corpus.Clone()
	c, err := engineOver(store)
	if err != nil {
		return nil, err
	}
	put := c.Publisher.Put(ctx, recommend.Item{ID: "gone-work", Title: "Gone", Lang: "en", Topics: []string{"heat"}})
	_, curated := c.Publisher.Curate(ctx, "cool-by-noon", recommend.Curation{Pins: []recommend.Decision{
		{ID: "gone-work", Note: recommend.Note{By: "mar", Text: "kept note"}},
	}}, engine.Edit{IfMatch: "*"})
	gone := c.Publisher.Withdraw(ctx, "gone-work", 0)
	_, caught := c.CatchUp(ctx)
	_, _, reported := c.Report.Latest(ctx)
	return store, errors.Join(put[0].Err, curated, gone.Err, caught, reported)
})

// editorsConfig is the engine over a copy of editorStore.
func editorsConfig(t testing.TB) Config {
	t.Helper()
	store, err := editorStore()
	if err != nil {
		t.Fatal(err)
	}
	c, err := engineOver(store.Clone())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// editorSite serves a copy of editorStore. The first look at the report after a
// change makes a new one, as in the server.
func editorSite(t testing.TB, tokens *serve.Tokens) (*httptest.Server, Config) {
	t.Helper()
	c := editorsConfig(t)
	c.Tokens = tokens
	s := httptest.NewServer(New(c))
	t.Cleanup(s.Close)
	return s, c
}

func page200(t testing.TB, address string) string {
	t.Helper()
	res, err := client.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if res.StatusCode != 200 {
		t.Fatalf("%s: status %d\n%s", address, res.StatusCode, b)
	}
	if cc := res.Header.Get("Cache-Control"); cc != "private, no-store" {
		t.Errorf("%s: Cache-Control %q, want %q", address, cc, "private, no-store")
	}
	return string(b)
}

// Readers are led to the sign-in or refused; nothing of the pages is shown.
func TestEditorPagesAreForEditors(t *testing.T) {
	tokens := &serve.Tokens{}
	for name, roles := range map[string]serve.Roles{"ed": serve.RoleEditor, "cms": serve.RolePipeline} {
		if err := tokens.Add(name, name+"-secret", roles); err != nil {
			t.Fatal(err)
		}
	}
	s, _ := editorSite(t, tokens)
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for _, route := range []struct{ method, path string }{
		{"GET", "/coverage"}, {"GET", "/coverage/heat"}, {"GET", "/coverage?format=csv"}, {"GET", "/draft"},
		{"GET", "/items/cool-by-noon/edit"}, {"GET", "/items/cool-by-noon/why?q=heat"}, {"GET", "/items/cool-by-noon/why/night-heat-libraries"}, {"POST", "/draft"}, {"POST", "/items/cool-by-noon/edit"},
		{"GET", "/coverage/heat/edit"}, {"POST", "/coverage/heat/edit"},
		{"GET", "/curation"}, {"GET", "/curation?format=csv"}, {"POST", "/curation"},
	} {
		for _, who := range []struct {
			secret string
			get    int
			post   int
		}{{"", 303, 403}, {"cms-secret", 403, 403}, {"wrong", 303, 403}, {"ed-secret", 200, 0}} {
			req, err := http.NewRequest(route.method, s.URL+route.path, strings.NewReader("title=x"))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			if who.secret != "" {
				req.Header.Set("Authorization", "Bearer "+who.secret)
			}
			res, err := client.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			b, _ := io.ReadAll(res.Body)
			res.Body.Close()
			want := who.get
			if route.method == "POST" {
				want = who.post
			}
			if want != 0 && res.StatusCode != want {
				t.Errorf("%s %s with %q: status %d, want %d", route.method, route.path, who.secret, res.StatusCode, want)
			}
			if want == 303 && !strings.HasPrefix(res.Header.Get("Location"), "/sign-in?next=") {
				t.Errorf("%s %s leads to %q, want the sign-in", route.method, route.path, res.Header.Get("Location"))
			}
			if want != 200 && want != 0 && (strings.Contains(string(b), "gone-work") || strings.Contains(string(b), "Gini")) {
				t.Errorf("%s %s with %q shows the report", route.method, route.path, who.secret)
			}
		}
	}
}

// The report's page filters, sorts, searches and writes CSV by its address
// alone, in both languages.
func TestCoveragePage(t *testing.T) {
	s, _ := editorSite(t, nil)
	body := page200(t, s.URL+"/coverage?kind=dead-pin")
	for _, want := range []string{"was withdrawn", `href="/items/cool-by-noon/edit"`, "Dead pin", `<svg class="heat"`, `<polyline class="curve"`, "As a table", "1 to 1 of 1"} {
		if !strings.Contains(body, want) {
			t.Errorf("/coverage?kind=dead-pin lacks %q", want)
		}
	}
	if body := page200(t, s.URL+"/coverage?kind=dead-pin&lang=es"); !strings.Contains(body, "fue retirada") || !strings.Contains(body, "Qué hacer") {
		t.Error("the Spanish page is not in Spanish")
	}
	if body := page200(t, s.URL+"/coverage/heat?kind=dead-pin"); !strings.Contains(body, "was withdrawn") || strings.Contains(body, `id="h-lorenz"`) {
		t.Error("the page of a topic lacks the finding of its item, or shows the site's curve")
	}
	if body := page200(t, s.URL+"/coverage/ports?kind=dead-pin"); strings.Contains(body, "was withdrawn") {
		t.Error("the page of a topic shows a finding of another topic's item")
	}
	first := regexp.MustCompile(`(?s)<tbody><tr><td>([^<]+)</td>`)
	up, down := first.FindStringSubmatch(page200(t, s.URL+"/coverage?sort=confidence")), first.FindStringSubmatch(page200(t, s.URL+"/coverage?sort=-kind"))
	if len(up) < 2 || len(down) < 2 || up[1] == down[1] {
		t.Errorf("sorted by confidence begins with %q, by kind downward with %q", up, down)
	}
	if body := page200(t, s.URL+"/coverage?page=2"); !strings.Contains(body, "51 to ") || !strings.Contains(body, `rel="prev"`) {
		t.Error("the second page does not begin with row 51")
	}
	if body := page200(t, s.URL+"/coverage?q=zzzz"); !strings.Contains(body, "Nothing to do here.") {
		t.Error("a search without a hit does not say so")
	}
	for path, columns := range map[string]int{"?format=csv": 7, "?format=csv&table=topics": 6 + 23, "?format=csv&table=shown": 3, "/heat?format=csv": 7,
		"?format=csv&table=months": 3, "?format=csv&table=exposure": 2, "?format=csv&table=counts": 3, "/heat?format=csv&table=months": 3, "/heat?format=csv&table=counts": 3} {
		rows, err := csv.NewReader(strings.NewReader(page200(t, s.URL+"/coverage"+path))).ReadAll()
		if err != nil || len(rows) < 2 || len(rows[0]) != columns {
			t.Errorf("/coverage%s: %d rows, %v, want %d columns", path, len(rows), err, columns)
		}
	}
	res, err := http.Get(s.URL + "/coverage/nowhere")
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != 404 {
		t.Errorf("coverage of an unknown topic: %d, want 404", res.StatusCode)
	}
}

var etagField = regexp.MustCompile(`name="etag" value="([^"]*)"`)

// post sends a form to the page at which an item's decisions are made.
func post(t testing.TB, address string, form url.Values) (int, string) {
	t.Helper()
	res, err := client.PostForm(address, form)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(b)
}

// A preview shows what then happens, and saves nothing; of two who save over
// the same reading the second is told; a wrong id is named.
func TestEditDecisions(t *testing.T) {
	s, c := editorSite(t, nil)
	address := s.URL + "/items/cool-by-noon/edit"
	etag := etagField.FindStringSubmatch(page200(t, address))
	if len(etag) < 2 {
		t.Fatal("the form has no etag")
	}
	before := related(t, c, "cool-by-noon")
	form := url.Values{
		"etag": {etag[1]}, "do": {"preview"},
		"pin.id": {"abandoned-ships"}, "pin.note": {"ships"}, "pin.expires": {"2099-01-02"},
		"block.id": {before[0]}, "block.note": {""}, "block.expires": {""},
	}
	status, body := post(t, address, form)
	if status != 200 || !strings.Contains(body, `class="enters"`) || !strings.Contains(body, `class="leaves"`) {
		t.Fatalf("preview: status %d\n%s", status, body)
	}
	if got := related(t, c, "cool-by-noon"); strings.Join(got, " ") != strings.Join(before, " ") {
		t.Errorf("a preview changed the list to %v", got)
	}
	titles := regexp.MustCompile(`<li[^>]*><span[^>]*dir="auto">([^<]+?)</span>`)
	_, then, _ := strings.Cut(body, "<h4 class=\"sub\">Then</h4>")
	then, _, _ = strings.Cut(then, "</ol>")
	var previewed []string
	for _, m := range titles.FindAllStringSubmatch(then, -1) {
		previewed = append(previewed, m[1])
	}
	form.Set("do", "save")
	if status, body = post(t, address, form); status != 303 {
		t.Fatalf("save: status %d\n%s", status, body)
	}
	after := related(t, c, "cool-by-noon")
	if after[0] != "abandoned-ships" || strings.Contains(strings.Join(after, " "), before[0]) {
		t.Errorf("after: %v, want abandoned-ships first and no %s", after, before[0])
	}
	if len(previewed) != len(after) {
		t.Errorf("previewed %d entries: %v, then there are %d", len(previewed), previewed, len(after))
	}
	for i, id := range after[:min(len(after), len(previewed))] {
		it, err := c.Reader.Item(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if it.Title != "" && !strings.Contains(unescaped(previewed[i]), it.Title) {
			t.Errorf("entry %d was previewed as %q, and is %q", i+1, previewed[i], it.Title)
		}
	}
	cur, err := c.Reader.Curation(t.Context(), "cool-by-noon")
	if err != nil {
		t.Fatal(err)
	}
	if p := cur.Pins[0]; p.By != "local" || p.Text != "ships" || p.Expires.Format(time.DateOnly) != "2099-01-02" || !p.At.Equal(corpusNow) {
		t.Errorf("the pin is kept as %+v", p)
	}
	if status, body = post(t, address, form); status != 412 || !strings.Contains(body, "This has changed since") {
		t.Errorf("saved over an old reading: status %d, want 412", status)
	}
	form.Set("etag", cur.ETag)
	form.Set("pin.id", "no-such-work")
	if status, body = post(t, address, form); status != 422 || !strings.Contains(body, "pins[0].id") {
		t.Errorf("an unknown id: status %d, want 422 that names the field", status)
	}
}

func unescaped(s string) string {
	return strings.NewReplacer("&#39;", "'", "&#34;", `"`, "&amp;", "&").Replace(s)
}

func related(t testing.TB, c Config, id string) []string {
	t.Helper()
	rel, err := c.Reader.Related(t.Context(), id, recommend.Query{Limit: preview.Entries})
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, e := range rel.Related {
		ids = append(ids, e.ID)
	}
	return ids
}

// Beside each entry an editor says whether it belongs there, and takes that back.
func TestJudgeOnThePage(t *testing.T) {
	s, c := editorSite(t, nil)
	list, err := c.Reader.Related(t.Context(), "cool-by-noon", recommend.Query{Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	other := list.Related[0].ID
	for _, tt := range []struct {
		verdict      string
		belongs, not bool
	}{{"belongs", true, false}, {"belongs-not", false, true}, {"", false, false}} {
		if status, _ := post(t, s.URL+"/items/cool-by-noon/edit", url.Values{"do": {"judge"}, "other": {other}, "verdict": {tt.verdict}}); status != http.StatusSeeOther {
			t.Fatalf("%q: status %d", tt.verdict, status)
		}
		cur, err := c.Reader.Curation(t.Context(), "cool-by-noon")
		if err != nil {
			t.Fatal(err)
		}
		if len(cur.Belongs) == 1 != tt.belongs || len(cur.BelongsNot) == 1 != tt.not {
			t.Errorf("after %q: %+v", tt.verdict, cur)
		}
		body := page200(t, s.URL+"/items/cool-by-noon/edit")
		if got := strings.Count(body, `name="verdict" value="" aria-pressed="true"`); got != len(cur.Belongs)+len(cur.BelongsNot) {
			t.Errorf("after %q %d buttons are pressed", tt.verdict, got)
		}
	}
	if status, body := post(t, s.URL+"/items/cool-by-noon/edit", url.Values{"do": {"judge"}, "other": {"nope"}, "verdict": {"belongs"}}); status != 422 || !strings.Contains(body, "nope") {
		t.Errorf("a work that is not there: status %d", status)
	}
	// The form of the other decisions leaves judgements alone.
	post(t, s.URL+"/items/cool-by-noon/edit", url.Values{"do": {"judge"}, "other": {other}, "verdict": {"belongs"}})
	cur, err := c.Reader.Curation(t.Context(), "cool-by-noon")
	if err != nil {
		t.Fatal(err)
	}
	post(t, s.URL+"/items/cool-by-noon/edit", url.Values{"do": {"save"}, "etag": {cur.ETag}, "nosimilar": {"1"}})
	if cur, err = c.Reader.Curation(t.Context(), "cool-by-noon"); err != nil || cur.NoSimilar == nil || len(cur.Belongs) != 1 {
		t.Errorf("saved: %+v, %v", cur, err)
	}
}

// A draft finds its neighbours, topics, and the work that it repeats.
func TestDraftPage(t *testing.T) {
	s, c := editorSite(t, nil)
	it, err := c.Reader.Item(t.Context(), "cool-by-noon")
	if err != nil {
		t.Fatal(err)
	}
	status, body := post(t, s.URL+"/draft", url.Values{"title": {it.Title}, "summary": {it.Summary}})
	if status != 200 {
		t.Fatalf("status %d", status)
	}
	for _, want := range []string{"This looks like", `href="/items/cool-by-noon"`, "Topics that suit it", `href="/topics/heat"`, "Both about:", "Lists it would enter", `id="enters"`, "Language: English."} {
		if !strings.Contains(body, want) {
			t.Errorf("the answer to a draft lacks %q", want)
		}
	}
	if _, body := post(t, s.URL+"/draft", url.Values{"title": {it.Title}, "language": {"es"}}); !strings.Contains(body, "Language: Spanish.") || !strings.Contains(body, `<option value="es" selected>Spanish</option>`) {
		t.Error("a draft is not in the language that its writer says")
	}
	if status, _ := post(t, s.URL+"/draft", url.Values{}); status != 422 {
		t.Errorf("an empty draft: status %d, want 422", status)
	}
}

// Without a report the page says so, and the address of the API too.
func TestCoverageWithoutReport(t *testing.T) {
	s, c := editorSite(t, nil)
	c.Report = noReport{}
	s2 := httptest.NewServer(New(c))
	t.Cleanup(s2.Close)
	for _, path := range []string{"/coverage", "/coverage/heat", "/v1/coverage"} {
		res, err := http.Get(s2.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != 404 {
			t.Errorf("%s without a report: %d, want 404", path, res.StatusCode)
		}
	}
	if body := page200(t, s.URL+"/v1/coverage"); !strings.HasPrefix(body, `{"generation":1,`) {
		t.Errorf("/v1/coverage begins with %.60q", body)
	}
}

type noReport struct{}

func (noReport) Days(context.Context, time.Time) ([]coverage.Day, error) { return nil, nil }

func (noReport) Latest(context.Context) (*coverage.Report, *coverage.Changes, error) {
	return nil, nil, coverage.ErrNoReport
}

// An editor signs in, sees a fault, opens the item, corrects it, and sees that
// the row is gone; what only scripts and clicks make of a page is without a
// violation. TestEditorsPagesAreAccessible judges the pages as they come.
func TestEditorsPathInBrowser(t *testing.T) {
	tokens := &serve.Tokens{}
	if err := tokens.Add("ed", "ed-secret", serve.RoleEditor); err != nil {
		t.Fatal(err)
	}
	s, _ := editorSite(t, tokens)
	ctx := newJudge(t)
	judge := func(name string) {
		t.Helper()
		eval[any](ctx, t, `document.querySelectorAll("details").forEach(d => d.open = true)`)
		found, err := runAxe(ctx)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, f := range found {
			t.Errorf("%s: %s", name, f)
		}
		if eval[bool](ctx, t, `document.documentElement.scrollWidth > innerWidth`) {
			t.Errorf("%s: scrolls sideways", name)
		}
	}
	do := func(actions ...chromedp.Action[chromedp.Void]) {
		t.Helper()
		if err := chromedp.Do(ctx, actions...); err != nil {
			t.Fatal(err)
		}
	}
	do(chromedp.EmulateViewport(1280, 900), chromedp.Navigate(s.URL+"/coverage?kind=dead-pin"))
	do(chromedp.SendKeys(`input[name="token"]`, "ed-secret"), chromedp.Submit(`input[name="token"]`),
		chromedp.WaitVisible(`.work-list`))
	do(chromedp.Click(`.work-list a[href*="/items/cool-by-noon/edit"]`), chromedp.WaitVisible(`.sheet`))
	eval[any](ctx, t, `document.querySelector('input[name="pin.words"]').value = ""`)
	do(chromedp.Click(`button[value="preview"]`),
		chromedp.WaitVisible(`#preview`))
	judge("the preview")
	if _, err := chromedp.RunResponse(ctx, chromedp.Click(`button[value="save"]`)); err != nil {
		t.Fatal(err)
	}
	do(chromedp.WaitVisible(`[role="status"]`))
	do(chromedp.Navigate(s.URL+"/coverage?kind=dead-pin"), chromedp.WaitVisible(`#findings`))
	if text := eval[string](ctx, t, `document.querySelector("#findings").innerText`); strings.Contains(text, "withdrawn") {
		t.Fatalf("the row is still there:\n%s", text)
	}
	do(chromedp.EmulateViewport(390, 900), chromedp.Navigate(s.URL+"/draft?lang=es"), chromedp.SendKeys(`input[name="title"]`, "Public cooling centres and extreme heat"),
		chromedp.WaitVisible(`#related`)) // as one types
	eval[any](ctx, t, `window.before = document.querySelector("#related").innerText`)
	do(chromedp.SendKeys(`textarea[name="summary"]`, "Shore power for ships at berth in the port"))
	if _, err := chromedp.Run(ctx, chromedp.Poll[bool](`document.querySelector("#related").innerText !== before`)); err != nil {
		t.Fatal(err)
	}
	if told := eval[string](ctx, t, `document.querySelector("#told").innerText`); !strings.Contains(told, "Obras relacionadas") {
		t.Errorf("nothing tells that there is an answer: %q", told)
	}
	judge("/draft on a phone")
}
