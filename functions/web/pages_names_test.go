package web

import (
	"encoding/json"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"akin/functions/web/editors"
	"akin/recommend"
)

// choicesOf asks what words mean, as a field's script does.
func choicesOf(t *testing.T, address string) (choices []editors.Choice, told string) {
	t.Helper()
	var answer struct {
		Choices []editors.Choice
		Told    string
	}
	if err := json.Unmarshal([]byte(page200(t, address)), &answer); err != nil {
		t.Fatal(err)
	}
	return answer.Choices, answer.Told
}

// Editors' fields find a work by a misspelt title, by its id and address, one under embargo too, and a topic in
// any of its languages; each says in the editor's language what it is.
func TestWhatWordsMean(t *testing.T) {
	s, c := editorSite(t, nil)
	put := c.Publisher.Put(t.Context(), recommend.Item{ID: "later", Title: "Embargoed orchards", Lang: "en", Types: []string{"Reports"}, Date: "2027-02", VisibleFrom: corpusNow.AddDate(1, 0, 0)})
	if put[0].Err != nil {
		t.Fatal(put[0].Err)
	}
	if _, err := c.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ query, id, title, about string }{
		{"of=item&q=publik+coolign+centre", "cool-by-noon", "Cool by Noon: What Makes a Public Cooling Centre Work", "English"},
		{"of=item&q=cool-by-noon", "cool-by-noon", "Cool by Noon: What Makes a Public Cooling Centre Work", ""},
		{"of=item&q=embargeod+orchrads&lang=es", "later", "Embargoed orchards", "bajo embargo hasta"},
		{"of=topic&q=extrem+haet", "heat", "Extreme Heat", "Topic"},
		{"of=topic&q=clor+extremo&lang=es", "heat", "Calor extremo", "Tema"},
	} {
		found, told := choicesOf(t, s.URL+"/titles?"+tt.query)
		if len(found) == 0 || found[0].ID != tt.id || found[0].Title != tt.title || !strings.Contains(found[0].About, tt.about) || told == "" {
			t.Errorf("%s: %+v, %q", tt.query, found, told)
		}
	}
	if found, told := choicesOf(t, s.URL+"/titles?of=item&q=zzzzzz"); len(found) != 0 || told != "Nothing has these words." {
		t.Errorf("%v, %q", found, told)
	}
	if found, _ := choicesOf(t, s.URL+"/titles?of=item&q="); len(found) != 0 {
		t.Errorf("nothing means %v", found)
	}
	for _, path := range []string{"/titles", "/titles?of=author&q=a"} {
		if status, _, _ := fetch(t, s.URL+path); status != 404 {
			t.Errorf("%s: status %d", path, status)
		}
	}
	if status, _, body := fetch(t, s.URL+"/v1/search?q=embargeod+orchrads"); status != 200 || strings.Contains(body, "mbargoed") || strings.Contains(body, "orchards") {
		t.Errorf("readers are told of a work under embargo: %s", body)
	}
}

// Without a script, words of a title are looked up when the form is sent; what is not clear is chosen by
// radio buttons, and all that was filled in stays.
func TestTitlesWithoutScript(t *testing.T) {
	s, c := editorSite(t, nil)
	address := s.URL + "/items/cool-by-noon/edit"
	form := url.Values{
		"do": {"save"}, "etag": {etagOf(t, page200(t, address), "")}, "why": {"a reason"}, "exclude.note": {""}, "nosimilar": {"1"}, "nosimilar.note": {"for now"},
		"pin.id": {"gone-work", "", ""}, "pin.was": {"gone-work", "", ""}, "pin.words": {"", "library clsoe six", "night-heat-libraries"},
		"pin.note": {"", "a note", ""}, "pin.position": {"", "3", ""}, "pin.expires": {"", "2099-01-31", ""},
		"block.id": {""}, "block.was": {""}, "block.words": {"zzzzzz"}, "block.note": {"kept too"},
		"topic.id": {""}, "topic.was": {""}, "topic.words": {"Rents and Housing"},
	}
	status, body := post(t, address, form)
	if status != 422 {
		t.Fatalf("words that may mean several things: %d\n%.2000s", status, body)
	}
	for _, want := range []string{
		"Nothing is saved yet", `name="pin.pick.1" value="night-heat-libraries"`, `value="library clsoe six"`, `value="a note"`, `value="2099-01-31"`, `name="pin.position" value="3"`,
		`value="zzzzzz"`, "Nothing has these words", `value="kept too"`, `value="a reason"`, `name="nosimilar" value="1" checked`, `name="nosimilar.note" value="for now"`,
		`name="topic.id" value="housing"`, `name="pin.id" value="night-heat-libraries"`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if strings.Contains(body, `name="pin.id" value="gone-work"`) {
		t.Error("a row whose words were emptied is still there")
	}
	if got, err := c.Reader.Curation(t.Context(), "cool-by-noon"); err != nil || len(got.Blocks) != 0 || len(got.Pins) != 1 {
		t.Fatalf("saved meanwhile: %+v, %v", got, err)
	}
	form = url.Values{
		"do": {"save"}, "etag": form["etag"], "why": {"a reason"},
		"pin.id": {"", ""}, "pin.was": {"", ""}, "pin.words": {"library clsoe six", ""}, "pin.pick.0": {"night-heat-libraries"}, "pin.note": {"a note", ""}, "pin.position": {"3", ""},
	}
	if status, body := post(t, address, form); status != 303 {
		t.Fatalf("a choice: %d\n%.2000s", status, body)
	}
	got, err := c.Reader.Curation(t.Context(), "cool-by-noon")
	if err != nil || len(got.Pins) != 1 || got.Pins[0].ID != "night-heat-libraries" || got.Pins[0].Position != 3 || got.Pins[0].Text != "a note" {
		t.Fatalf("saved: %+v, %v", got, err)
	}
	if body := page200(t, address+"?saved=1"); !strings.Contains(body, `value="undo">Undo</button>`) || !strings.Contains(body, `name="pin.words" value="The Library Should Not Close at Six"`) {
		t.Error("the page offers no undo beside what was saved, or shows no title")
	}
	if body := page200(t, address+"?saved=undone"); strings.Contains(body, `value="undo">Undo</button></form></div>`) {
		t.Error("what was undone can be undone at once")
	}

	topic := s.URL + "/coverage/heat/edit"
	status, body = post(t, topic, url.Values{"do": {"find"}, "etag": {"0"}, "featured.id": {""}, "featured.was": {""}, "featured.words": {"cool noon"}, "featured.place": {"2"}, "merge.id": {""}, "merge.was": {""}, "merge.words": {"housng"}, "merge.note": {"one desk"}})
	for _, want := range []string{`name="featured.pick.0" value="cool-by-noon"`, `name="merge.pick.0" value="housing"`, `value="one desk"`} {
		if status != 200 || !strings.Contains(body, want) {
			t.Errorf("the topic's page (%d) lacks %q", status, want)
		}
	}
	status, body = post(t, s.URL+"/draft", url.Values{"title": {"Cooling centres"}, "topic.id": {""}, "topic.was": {""}, "topic.words": {"extrem haet"}})
	if status != 200 || !strings.Contains(body, `name="topic.pick.0" value="heat"`) || !strings.Contains(body, `id="related"`) {
		t.Errorf("a draft with a misspelt topic: %d", status)
	}
}

// One press on a button beside an entry of a list shows what it would do; nothing is saved.
func TestOneClick(t *testing.T) {
	s, c := editorSite(t, nil)
	address := s.URL + "/items/cool-by-noon/edit"
	page := page200(t, address)
	if n := len(regexp.MustCompile(`value="(pin|block|exclude)-this"`).FindAllString(page, -1)); n < 6 {
		t.Fatalf("%d buttons", n)
	}
	for _, tt := range []struct{ do, address, want string }{
		{"pin-this", address, `name="pin.id" value="night-heat-libraries"`},
		{"block-this", address, `name="block.id" value="night-heat-libraries"`},
		{"exclude-this", s.URL + "/items/night-heat-libraries/edit", `name="exclude" value="1" checked`},
	} {
		status, body := post(t, tt.address, url.Values{"do": {tt.do}, "other": {"night-heat-libraries"}})
		if status != 200 || !strings.Contains(body, tt.want) || !strings.Contains(body, `id="preview"`) {
			t.Errorf("%s: %d, or no preview", tt.do, status)
		}
	}
	if got, err := c.Reader.Curation(t.Context(), "cool-by-noon"); err != nil || len(got.Pins) != 1 || len(got.Blocks) != 0 {
		t.Errorf("saved: %+v, %v", got, err)
	}
	if status, _ := post(t, address, url.Values{"do": {"pin-this"}, "other": {"a b"}}); status != 404 {
		t.Errorf("a pin of nothing: %d", status)
	}
}

// Readers are told what they may have meant, and led to authors and their works.
func TestSearchHints(t *testing.T) {
	s := serveCorpus(t)
	get := func(path string) string {
		t.Helper()
		status, _, body := fetch(t, s.URL+path)
		if status != 200 {
			t.Fatalf("%s: %d", path, status)
		}
		return body
	}
	if body := get("/search?q=playgruond"); !strings.Contains(body, `Did you mean: <a href="/search?q=playground" rel="nofollow">playground</a>`) {
		t.Error("a misspelt word is not put right")
	}
	if body := get("/search?q=playground"); strings.Contains(body, "Did you mean") {
		t.Error("a word that is there is put right")
	}
	var a struct {
		Meant   string `json:"didYouMean"`
		Results []recommend.Entry
		Authors []recommend.Named
	}
	ask := func(query string) {
		t.Helper()
		a.Meant, a.Results, a.Authors = "", nil, nil
		if err := json.Unmarshal([]byte(get("/v1/search?"+query)), &a); err != nil {
			t.Fatal(err)
		}
	}
	if ask("q=playgruond"); a.Meant != "playground" {
		t.Errorf("didYouMean is %q", a.Meant)
	}
	const author = "Hugo Santamaría"
	ask("q=hugo+santamaria")
	if len(a.Authors) != 1 || a.Authors[0].Name != author || a.Authors[0].Works == 0 {
		t.Fatalf("authors of %q: %v", author, a.Authors)
	}
	works := a.Authors[0].Works
	if ask("author=" + url.QueryEscape(author) + "&limit=50"); len(a.Results) != works {
		t.Errorf("%d works of %s, want %d", len(a.Results), author, works)
	}
	body := get("/search?q=" + url.QueryEscape(author))
	link := regexp.MustCompile(`href="(/search\?author=[^"]+)"`).FindStringSubmatch(body)
	if link == nil {
		t.Fatal("the page leads to no author")
	}
	body = get(html.UnescapeString(link[1]))
	if got := strings.Count(body, `<li class="entry`); got != works || !strings.Contains(body, "Works by "+author) {
		t.Errorf("%d entries, want %d", got, works)
	}
	if status, _, _ := fetch(t, s.URL+"/v1/search"); status != 400 {
		t.Errorf("a search for nothing: %d", status)
	}
}

// Where there is no index, the pages ask those that have one, as the editor who asks them.
func TestTitlesByAnother(t *testing.T) {
	c := editorsConfig(t)
	var cookie string
	h := New(c)
	index := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		cookie = r.Header.Get("Cookie")
		h.ServeHTTP(w, r)
	}))
	t.Cleanup(index.Close)
	here := c
	here.Searcher, here.Titles = nil, editors.TitlesBy(index.URL+"/")
	s := httptest.NewServer(New(here))
	t.Cleanup(s.Close)
	req, err := http.NewRequest("GET", s.URL+"/titles?of=item&q=publik+coolign+centre", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Cookie", "a=b")
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var answer struct{ Choices []editors.Choice }
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil || len(answer.Choices) == 0 || answer.Choices[0].ID != "cool-by-noon" || cookie != "a=b" {
		t.Errorf("%v, %v, as %q", answer, err, cookie)
	}
	index.Close()
	if status, _, _ := fetch(t, s.URL+"/titles?of=item&q=cool"); status != 500 {
		t.Errorf("while the other is away: %d", status)
	}
}
