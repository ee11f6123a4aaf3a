package web

import (
	"bytes"
	"errors"
	"html"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"akin/functions/web/serve"
	"akin/infra/test/tools"
	"akin/recommend"
	"akin/recommend/engine"
	"akin/recommend/preview"
)

// everyList is what readers see beside every item, by id.
func everyList(t testing.TB, r Reader) map[string][]string {
	t.Helper()
	lists := map[string][]string{}
	cursor := ""
	for {
		l, err := r.Listing(t.Context(), "", recommend.ListQuery{Limit: 100, Ungrouped: true, Cursor: cursor})
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range l.Items {
			rel, err := r.Related(t.Context(), c.ID, recommend.Query{Limit: preview.Entries})
			if err != nil && !errors.Is(err, recommend.ErrNotFound) {
				t.Fatal(err)
			}
			lists[c.ID] = []string{}
			for _, x := range rel.Related {
				lists[c.ID] = append(lists[c.ID], x.ID)
			}
		}
		if cursor = l.NextCursor; cursor == "" {
			return lists
		}
	}
}

// A topicNow is what the page of a topic shows.
type topicNow struct {
	LeadsTo         string
	Works, Featured []string
}

// topicOf reads the page of a topic whose lists have at most 1,000 works.
func topicOf(t testing.TB, r Reader, slug string) topicNow {
	t.Helper()
	now := topicNow{Featured: []string{}}
	topic, err := r.Topic(t.Context(), slug)
	if err != nil {
		t.Fatal(err)
	}
	if topic.Slug != slug {
		now.LeadsTo = topic.Slug
		return now
	}
	featured, err := r.Cards(t.Context(), topic.Featured...)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range featured {
		now.Featured = append(now.Featured, c.ID)
	}
	for q := (recommend.ListQuery{Limit: 100}); ; {
		l, err := r.Listing(t.Context(), slug, q)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range l.Items {
			now.Works = append(now.Works, c.ID)
		}
		if q.Cursor = l.NextCursor; q.Cursor == "" {
			return now
		}
	}
}

// without returns those of ids that others lack.
func without(ids, others []string) []string {
	out := []string{}
	for _, id := range ids {
		if !slices.Contains(others, id) {
			out = append(out, id)
		}
	}
	return out
}

// checkLists compares what was previewed with what then happened: each list that
// is named was and is as told, and no list changed that is not named.
func checkLists(t *testing.T, l *preview.Lists, what string, was, is map[string][]string) {
	t.Helper()
	named := map[string]bool{}
	for _, p := range l.Pages {
		named[p.Item] = true
		if diff := cmp.Diff(was[p.Item], p.Before); diff != "" {
			t.Errorf("%s, page of %s before (-is +previewed):\n%s", what, p.Item, diff)
		}
		if diff := cmp.Diff(is[p.Item], p.After); diff != "" {
			t.Errorf("%s, page of %s after (-is +previewed):\n%s", what, p.Item, diff)
		}
	}
	changed := 0
	for page := range is {
		if cmp.Equal(was[page], is[page]) {
			continue
		}
		if changed++; !named[page] && len(l.Pages) < 200 {
			t.Errorf("%s: the page of %s changed and was not previewed", what, page)
		}
	}
	if changed != l.Changed || l.Looked < l.Changed || l.Of < l.Looked {
		t.Errorf("%s: %d lists changed, %d were previewed, of %d looked at, of %d", what, changed, l.Changed, l.Looked, l.Of)
	}
}

// For each kind of decision, given by whichever language version: what is
// previewed is what then happens, on that page and all others, also on those
// whose lists a work only fills up. Taking it back is previewed as exactly.
func TestPreviewIsWhatThenHappens(t *testing.T) {
	tools.SkipRaced(t)
	_, c := editorSite(t, nil)
	s := &preview.Previewer{Reader: c.Reader, Trial: c.Trial, Rebuilt: c.PreviewRebuild, Now: c.Now, Time: time.Minute}
	for _, r := range c.Publisher.Put(t.Context(),
		recommend.Item{ID: "odd", Title: "Quixotry", Lang: "en"}, // similar to nothing
	) {
		if r.Err != nil {
			t.Fatal(r.Err)
		}
	}
	if _, err := c.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, err := c.Publisher.Curate(t.Context(), "trees-by-income", recommend.Curation{
		NoSimilar: &recommend.Note{}, Pins: []recommend.Decision{{ID: "frescos-al-mediodia"}},
	}, engine.Edit{IfMatch: "*"})
	if err != nil {
		t.Fatal(err)
	}
	filler := map[recommend.Tier]string{}
	for _, id := range []string{"trees-by-income", "odd"} {
		rel, err := c.Reader.Related(t.Context(), id, recommend.Query{Limit: preview.Entries})
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range rel.Related {
			if filler[x.Tier] == "" {
				filler[x.Tier] = x.ID
			}
		}
	}
	if filler[recommend.TierTopic] == "" || filler[recommend.TierLatest] == "" {
		t.Fatalf("filler: %v", filler)
	}
	now := everyList(t, c.Reader)
	both := []string{"cool-by-noon", "frescos-al-mediodia"} // the original and its translation
	for _, tt := range []struct {
		name   string
		ids    []string
		decide recommend.Curation
	}{
		{"pin", both[:1], recommend.Curation{Pins: []recommend.Decision{{ID: "abandoned-ships"}}}},
		{"pin of a version", both[:1], recommend.Curation{Pins: []recommend.Decision{{ID: "frescos-al-mediodia"}, {ID: "techos-blancos"}}}},
		{"block", both[:1], recommend.Curation{Blocks: []recommend.Decision{{ID: "night-heat-libraries"}}}},
		{"block of a version", both[1:], recommend.Curation{Blocks: []recommend.Decision{{ID: "techos-blancos"}}}},
		{"exclude", both, recommend.Curation{Exclude: &recommend.Note{}}},
		{"exclude what fills up a topic", []string{filler[recommend.TierTopic]}, recommend.Curation{Exclude: &recommend.Note{}}},
		{"exclude what is latest", []string{filler[recommend.TierLatest]}, recommend.Curation{Exclude: &recommend.Note{}}},
		{"no similar", both[:1], recommend.Curation{NoSimilar: &recommend.Note{}}},
		{"ignore topic", both[1:], recommend.Curation{NotByTopic: []recommend.Decision{{ID: "heat"}}, NoSimilar: &recommend.Note{}}},
		{"several", both[1:], recommend.Curation{Pins: []recommend.Decision{{ID: "abandoned-ships"}}, Blocks: []recommend.Decision{{ID: "techos-blancos"}, {ID: "night-heat-libraries"}}}},
	} {
		for _, id := range tt.ids {
			before := now
			step := func(what string, next recommend.Curation) {
				t.Helper()
				what += " " + tt.name + " of " + id
				old, err := c.Reader.Curation(t.Context(), id)
				if err != nil {
					t.Fatal(err)
				}
				was := now
				f, err := s.Work(t.Context(), id, old, next, engine.Edit{IfMatch: old.ETag})
				if err != nil {
					t.Fatal(err)
				}
				if _, err := c.Publisher.Curate(t.Context(), id, next, engine.Edit{IfMatch: old.ETag}); err != nil {
					t.Fatal(err)
				}
				now = everyList(t, c.Reader)
				checkLists(t, &f.Lists, what, was, now)
				if next.Exclude != nil && f.Lists.Changed < 2 {
					t.Errorf("%s changes %d lists", what, f.Lists.Changed)
				}
			}
			step("making", tt.decide)
			step("taking back", recommend.Curation{})
			if diff := cmp.Diff(before, now); diff != "" {
				t.Fatalf("%s of %s: taken back, the lists differ:\n%s", tt.name, id, diff)
			}
		}
	}
}

// A merge is previewed as it then is: on topic pages and in lists at once, in
// lists also after the next rebuild. Taking it back is, too.
func TestPreviewOfAMergeIsWhatThenHappens(t *testing.T) {
	tools.SkipRaced(t)
	store, err := corpusStore()
	if err != nil {
		t.Fatal(err)
	}
	store = store.Clone()
	c, err := engineOver(store)
	if err != nil {
		t.Fatal(err)
	}
	s := &preview.Previewer{Reader: c.Reader, Trial: c.Trial, Rebuilt: c.PreviewRebuild, Now: c.Now, Time: time.Minute}
	rebuild := func() {
		t.Helper()
		x := engine.NewIndexer(store, recommend.DefaultSettings(), engine.IndexerOptions{Now: c.Now, Alone: true})
		if _, err := x.Reindex(t.Context(), engine.ReindexOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	topics := []string{"heat", "housing", "cities", "climate", "transport", "ports", "migration"}
	everyTopic := func() map[string]topicNow {
		t.Helper()
		all := map[string]topicNow{}
		for _, slug := range topics {
			all[slug] = topicOf(t, c.Reader, slug)
		}
		return all
	}
	now := everyList(t, c.Reader)
	heat, err := c.Reader.Topic(t.Context(), "heat")
	if err != nil {
		t.Fatal(err)
	}
	featured := []recommend.Decision{}
	for _, id := range heat.Featured[:1] {
		featured = append(featured, recommend.Decision{ID: id})
	}
	into := func(slug string) recommend.TopicCuration {
		return recommend.TopicCuration{MergedInto: &recommend.Decision{ID: slug}}
	}
	for _, tt := range []struct {
		name, slug string
		next       recommend.TopicCuration
		rebuilt    bool // lists change with the next rebuild
		features   bool // nothing but what is featured changes
	}{
		{"merge heat into housing", "heat", into("housing"), true, false},
		{"merge housing, which heat is merged into, into cities", "housing", into("cities"), true, false},
		{"take heat out again", "heat", recommend.TopicCuration{}, true, false},
		{"merge into another", "housing", into("transport"), true, false},
		{"feature", "heat", recommend.TopicCuration{Featured: featured}, false, true},
		{"feature nothing", "heat", recommend.TopicCuration{Featured: []recommend.Decision{}}, false, true},
	} {
		was, topicsWere := now, everyTopic()
		f, err := s.Topic(t.Context(), tt.slug, tt.next, engine.Edit{IfMatch: "*"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Publisher.CurateTopic(t.Context(), tt.slug, tt.next, engine.Edit{IfMatch: "*"}); err != nil {
			t.Fatal(err)
		}
		now = everyList(t, c.Reader)
		checkLists(t, &f.Lists, tt.name+", at once", was, now)
		named := map[string]bool{}
		topicsAre := everyTopic()
		for _, p := range f.Topics {
			named[p.Topic] = true
			before, after := topicsWere[p.Topic], topicsAre[p.Topic]
			if diff := cmp.Diff([]any{before.LeadsTo, len(before.Works), before.Featured, after.LeadsTo, len(after.Works), after.Featured},
				[]any{p.Before.LeadsTo, p.Before.Works, p.Before.Featured, p.After.LeadsTo, p.After.Works, p.After.Featured}); diff != "" {
				t.Errorf("%s: topic %s (-is +previewed):\n%s", tt.name, p.Topic, diff)
			}
			if !cmp.Equal(without(after.Works, before.Works), p.Enter) || !cmp.Equal(without(before.Works, after.Works), p.Leave) || tt.features && p.Moved > 0 {
				t.Errorf("%s: topic %s: %v enter and %v leave", tt.name, p.Topic, p.Enter, p.Leave)
			}
		}
		for _, slug := range topics {
			if !cmp.Equal(topicsWere[slug], topicsAre[slug]) && !named[slug] {
				t.Errorf("%s: topic %s changed and was not previewed", tt.name, slug)
			}
		}
		if len(named) == 0 {
			t.Errorf("%s: no topic is named", tt.name)
		}
		if (f.Rebuilt != nil) != tt.rebuilt {
			t.Fatalf("%s: after the rebuild: %v", tt.name, f.Rebuilt)
		}
		if f.Rebuilt == nil {
			continue
		}
		rebuild()
		now = everyList(t, c.Reader)
		checkLists(t, f.Rebuilt, tt.name+", after the rebuild", was, now)
		if f.Rebuilt.Changed == 0 {
			t.Errorf("%s: no list changes with the rebuild", tt.name)
		}
	}
}

// The API tells what decisions would do, in the form that it is described in,
// and saves nothing.
func TestPreviewByAPI(t *testing.T) {
	c, err := engineConfig(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	a := &testAPI{t: t, h: New(c), log: &bytes.Buffer{}, spec: theSpecification()}
	f := decode[preview.Preview](t, a.do("POST", "/v1/items/cool-by-noon/curation/preview", `{"exclude":{},"blocks":[{"id":"night-heat-libraries"}]}`))
	if p := f.Lists.Pages; len(p) < 2 || p[0].Item != "cool-by-noon" || !slices.Contains(p[0].Leave, "night-heat-libraries") || len(p[0].Enter) != 1 {
		t.Errorf("a work's preview: %+v", p)
	}
	f = decode[preview.Preview](t, a.do("POST", "/v1/topics/heat/curation/preview", `{"mergedInto":{"id":"housing"}}`))
	if len(f.Topics) == 0 || f.Topics[0].Topic != "heat" || f.Topics[0].After.LeadsTo != "housing" || f.Rebuilt == nil || f.Rebuilt.Changed == 0 {
		t.Errorf("a merge's preview: %+v", f)
	}
	for _, tt := range []struct {
		target, body, tag string
		status            int
	}{
		{"/v1/topics/heat/curation/preview", `{"mergedInto":{"id":"heat"}}`, "", 422},
		{"/v1/topics/heat/curation/preview", `{}`, `"7"`, 412},
		{"/v1/topics/nowhere/curation/preview", `{}`, "", 404},
		{"/v1/items/nowhere/curation/preview", `{}`, "", 404},
		{"/v1/items/cool-by-noon/curation/preview", `{"pins":[{"id":"nope"}]}`, "", 422},
	} {
		header := []string{}
		if tt.tag != "" {
			header = append(header, "If-Match", tt.tag)
		}
		if res := a.do("POST", tt.target, tt.body, header...); res.StatusCode != tt.status {
			t.Errorf("POST %s %s: %d, want %d", tt.target, tt.body, res.StatusCode, tt.status)
		}
	}
	for target, want := range map[string]string{"/v1/items/cool-by-noon/curation": `"0"`, "/v1/topics/heat/curation": `"0"`} {
		if got := a.do("GET", target, "").Header.Get("ETag"); got != want {
			t.Errorf("GET %s: ETag %s, want %s, as nothing was saved", target, got, want)
		}
	}
}

// A topic's page previews a merge, and a work's page what it would be featured
// on, in words; nothing is saved, and the form holds what was filled in.
func TestPreviewOnTheTopicsPage(t *testing.T) {
	s, c := editorSite(t, nil)
	address := s.URL + "/coverage/heat/edit"
	form := url.Values{"do": {"preview"}, "etag": {"0"}, "described": {"1"}, "merge.id": {"housing"}, "merge.note": {"one desk"}, "merge.expires": {"2099-01-31"}}
	status, body := post(t, address, form)
	body = unescaped(body)
	for _, want := range []string{
		"Its page would lead to that of Rents and Housing.", "Preview of lists of related works, after the next rebuild", `class="enters"`,
		`value="one desk"`, `value="2099-01-31"`, `name="merge.words" value="Rents and Housing"`, `name="merge.id" value="housing"`,
	} {
		if status != 200 || !strings.Contains(body, want) {
			t.Errorf("the preview of a merge (%d) lacks %q", status, want)
		}
	}
	form.Set("do", "save")
	if status, body := post(t, address, form); status != 303 {
		t.Fatalf("save: %d\n%s", status, body)
	}
	if cur, err := c.Reader.TopicCuration(t.Context(), "heat"); err != nil || cur.MergedInto == nil || cur.MergedInto.Expires.IsZero() {
		t.Errorf("saved: %+v, %v, want a merge that ends", cur, err)
	}
	if status, body := post(t, address, url.Values{"do": {"preview"}, "etag": {"1"}, "described": {"1"}}); status != 200 || !strings.Contains(body, "stand by itself again") {
		t.Errorf("the preview of taking it out (%d) does not say so", status)
	}
	if status, body := post(t, address+"?lang=es", url.Values{"do": {"preview"}, "etag": {"0"}, "described": {"1"}}); status != 412 || !strings.Contains(body, "Esto ha cambiado desde") {
		t.Errorf("a preview over an old reading: %d, want 412 that says so", status)
	}
	work := s.URL + "/items/cool-by-noon/edit"
	topic := "climate"
	_, body = post(t, work, url.Values{"do": {"try-feature"}, "topic": {topic}, "place": {"1"}, "etag": {"0"}})
	if !strings.Contains(body, "Preview of topic pages") || !strings.Contains(body, `class="enters"`) {
		t.Error("the preview of featuring does not name the topic's page")
	}
	if cur, err := c.Reader.TopicCuration(t.Context(), topic); err != nil || cur.ETag != "0" {
		t.Errorf("a preview saved %+v, %v", cur, err)
	}
}

// An exclusion is previewed on every page near the work that shows it.
func TestPreviewOfAnExclusionNamesPagesNearby(t *testing.T) {
	s, c := editorSite(t, nil)
	address := s.URL + "/items/night-heat-libraries/edit"
	form := url.Values{"do": {"preview"}, "etag": {etagOf(t, page200(t, address), "")}, "exclude": {"1"}}
	status, body := post(t, address, form)
	it, err := c.Reader.Item(t.Context(), "cool-by-noon")
	if err != nil {
		t.Fatal(err)
	}
	if status != 200 || !strings.Contains(unescaped(body), `dir="auto">`+it.Title) || !strings.Contains(body, `class="leaves"`) {
		t.Errorf("the preview of an exclusion (%d) does not name the page of cool-by-noon, which shows the work", status)
	}
}

// Others are told of what is saved, on pages and by the API, and of nothing that
// is only tried: each time costs a report.
func TestOthersAreToldOfWritesAlone(t *testing.T) {
	c := editorsConfig(t)
	told := 0
	c.Changed = func() { told++ }
	c.Tokens = &serve.Tokens{}
	if err := c.Tokens.Add("ed", "ed-secret", serve.RoleEditor|serve.RolePipeline); err != nil {
		t.Fatal(err)
	}
	h := New(c)
	const form, work, topic = "application/x-www-form-urlencoded", "/items/cool-by-noon/edit", "/coverage/heat/edit"
	for _, tt := range []struct {
		kind, method, target, body string
		status                     int
		want                       bool
	}{
		{form, "POST", "/sign-in", "token=ed-secret", 303, false},
		{form, "POST", "/draft", "title=Cooling+centres", 200, false},
		{form, "POST", work, "do=preview&etag=1&pin.id=abandoned-ships", 200, false},
		{form, "POST", topic, "do=preview&etag=0&described=1&merge.id=housing", 200, false},
		{form, "POST", "/curation", "do=preview&text=action,item,target%0Apin,cool-by-noon,abandoned-ships", 200, false},
		{"application/json", "POST", "/v1/related", `{"title":"Cooling centres"}`, 200, false},
		{"application/json", "POST", "/v1/items/cool-by-noon/curation/preview", `{}`, 200, false},
		{"application/json", "POST", "/v1/topics/heat/curation/preview", `{}`, 200, false},
		{form, "POST", work, "do=save&etag=0&pin.id=abandoned-ships", 412, false},
		{form, "POST", work, "do=save&etag=1&pin.id=abandoned-ships", 303, true},
		{form, "POST", work, "do=undo&etag=2&change=2", 303, true},
		{form, "POST", topic, "do=save&etag=0&described=1&merge.id=housing", 303, true},
		{form, "POST", "/curation", "do=save&text=action,item,target%0Apin,cool-by-noon,abandoned-ships", 200, true},
		{"application/json", "PUT", "/v1/items/new", `{"title":"New"}`, 201, true},
		{"application/json", "PUT", "/v1/items/new", `{"colour":"New"}`, 422, false},
	} {
		told = 0
		w := httptest.NewRecorder()
		h.ServeHTTP(w, local(tt.method, tt.target, tt.body, "Content-Type", tt.kind, "Authorization", "Bearer ed-secret"))
		if w.Code != tt.status || told > 0 != tt.want {
			t.Errorf("%s %s %s: %d, others are told %d times; want %d, and told: %t", tt.method, tt.target, tt.body, w.Code, told, tt.status, tt.want)
		}
	}
}

// A file of decisions is tried and applied on a page: what is wrong is named,
// the rest holds, and the second time nothing changes.
func TestRulingsPage(t *testing.T) {
	s, c := editorSite(t, nil)
	text := "action,item,target\npin,cool-by-noon,abandoned-ships\nblock,cool-by-noon,night-heat-libraries\npin,cool-by-noon,nope\n"
	upload := func(do string) string {
		t.Helper()
		var b bytes.Buffer
		w := multipart.NewWriter(&b)
		f, err := w.CreateFormFile("file", "decisions.csv")
		if err != nil {
			t.Fatal(err)
		}
		_, _ = f.Write([]byte(text))
		if err := errors.Join(w.WriteField("do", do), w.Close()); err != nil {
			t.Fatal(err)
		}
		res, err := http.Post(s.URL+"/curation", w.FormDataContentType(), &b)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		var out bytes.Buffer
		_, _ = out.ReadFrom(res.Body)
		if res.StatusCode != 422 {
			t.Errorf("%s of a file with a line that is wrong: %d, want 422", do, res.StatusCode)
		}
		return unescaped(out.String())
	}
	before := related(t, c, "cool-by-noon")
	body := upload("preview")
	for _, want := range []string{`line 4: target: there is no item "nope"`, "Nothing is saved yet. Works and topics that would change: 1, stay: 0; lines left out: 1.", `class="enters"`, "pin,cool-by-noon,abandoned-ships"} {
		if !strings.Contains(body, want) {
			t.Errorf("the preview lacks %q", want)
		}
	}
	if got := related(t, c, "cool-by-noon"); strings.Join(got, " ") != strings.Join(before, " ") {
		t.Errorf("a preview changed the list to %v", got)
	}
	if body := upload("save"); !strings.Contains(body, "Applied. Works and topics changed: 1, as they were: 0; lines left out: 1.") {
		t.Error("applied, the page does not say so")
	}
	if got := related(t, c, "cool-by-noon"); got[0] != "abandoned-ships" || strings.Contains(strings.Join(got, " "), "night-heat-libraries") {
		t.Errorf("after: %v", got)
	}
	if body := upload("save"); !strings.Contains(body, "changed: 0, as they were: 1") {
		t.Error("the same file again changed something")
	}
	if csv := page200(t, s.URL+"/curation?format=csv"); !strings.Contains(csv, "pin,cool-by-noon,abandoned-ships,,local,,,Cool by Noon: What Makes a Public Cooling Centre Work,\"The owner stops") {
		t.Errorf("the download lacks the pin:\n%s", csv)
	}
	if status, body := post(t, s.URL+"/curation", url.Values{"text": {"item,colour\n"}}); status != 422 || !strings.Contains(body, "line 1: colour: is not a column") {
		t.Errorf("a wrong header: %d", status)
	}
}

// Why a file was handed over stands in the history of every work and topic that
// it changed, on their pages and in JSON, and so do the notes of its lines.
func TestNotesOfAFileAreInTheHistory(t *testing.T) {
	s, _ := editorSite(t, nil)
	text := "action,item,target,note,author,expires\npin,cool-by-noon,abandoned-ships,ships first,mar,2099-01-31\n" +
		"block,cool-by-noon,night-heat-libraries,too close,,\nmerge,heat,housing,one desk,,\n"
	if status, body := post(t, s.URL+"/curation", url.Values{"do": {"save"}, "why": {"after the meeting"}, "text": {text}}); status != 200 {
		t.Fatalf("%d\n%s", status, body)
	}
	for path, want := range map[string]string{
		"/items/cool-by-noon/edit":         "+ Pin “The owner stops answering, the chandler stops delivering, and eleven men sit on a rusting …” (abandoned-ships): “ships first”, by mar, until 2099-01-31",
		"/items/night-heat-libraries/edit": "+ Block “Cool by Noon: What Makes a Public Cooling Centre Work” (cool-by-noon): “too close”",
		"/coverage/heat/edit":              "+ Merge into another topic “Rents and Housing” (housing): “one desk”",
	} {
		_, body, _ := strings.Cut(html.UnescapeString(page200(t, s.URL+path)), `id="history"`)
		if !strings.Contains(body, want) || !strings.Contains(body, "<td>after the meeting</td>") {
			t.Errorf("the history of %s lacks %q, or why:\n%.900s", path, want, body)
		}
	}
	_, audit, _ := strings.Cut(html.UnescapeString(page200(t, s.URL+"/curation")), `id="audit"`)
	for _, want := range []string{`<a href="/coverage/heat/edit" dir="auto">Extreme Heat</a> <code>heat</code>`, `<a href="/items/night-heat-libraries/edit" dir="auto">`, "+ Block “Cool by Noon: What Makes a Public Cooling Centre Work” (cool-by-noon): “too close”", "<td>after the meeting</td>"} {
		if !strings.Contains(audit, want) {
			t.Errorf("the latest changes lack %q:\n%s", want, audit)
		}
	}
	if file := page200(t, s.URL+"/curation?format=csv&table=history"); !strings.Contains(file, ",local,,heat,1,+ Merge into another topic “Rents and Housing” (housing): “one desk”,after the meeting,,,Extreme Heat\n") {
		t.Errorf("the latest changes as CSV:\n%s", file)
	}
	for _, path := range []string{"/v1/items/night-heat-libraries/curation/history", "/v1/topics/heat/curation/history", "/v1/curation/history?limit=3"} {
		if body := page200(t, s.URL+path); !strings.Contains(body, `"note":"after the meeting"`) {
			t.Errorf("%s lacks why:\n%s", path, body)
		}
	}
}
