package web

import (
	"bytes"
	"errors"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"akin/recommend"
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
			rel, err := r.Related(t.Context(), c.ID, recommend.Query{Limit: itemRelated})
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

// For each kind of decision, given by whichever language version: what is
// previewed is what then happens, on that page and all others that it names;
// and no page changes by a decision for it and its partners that the preview
// left out. Taking it back is previewed as exactly.
func TestPreviewIsWhatThenHappens(t *testing.T) {
	_, c := editorSite(t, nil)
	site := New(c).(*site)
	p, err := newPages(pageConfig{Reader: c.Reader, Now: c.Now})
	if err != nil {
		t.Fatal(err)
	}
	e := &editors{pages: p, site: site}
	v := e.view(local("GET", "/", ""))
	for name, decide := range map[string]recommend.Curation{
		"pin":                {Pins: []recommend.Decision{{ID: "abandoned-ships"}}},
		"pin of a version":   {Pins: []recommend.Decision{{ID: "frescos-al-mediodia"}, {ID: "techos-blancos"}}},
		"block":              {Blocks: []recommend.Decision{{ID: "night-heat-libraries"}}},
		"block of a version": {Blocks: []recommend.Decision{{ID: "techos-blancos"}}},
		"exclude":            {Exclude: &recommend.Note{}},
		"no similar":         {NoSimilar: &recommend.Note{}},
		"ignore topic":       {NotByTopic: []recommend.Decision{{ID: "heat"}}, NoSimilar: &recommend.Note{}},
		"several":            {Pins: []recommend.Decision{{ID: "abandoned-ships"}}, Blocks: []recommend.Decision{{ID: "techos-blancos"}, {ID: "night-heat-libraries"}}},
	} {
		for _, id := range []string{"cool-by-noon", "frescos-al-mediodia"} { // the original and its translation
			if len(decide.Pins) > 0 && decide.Pins[0].ID == id {
				continue
			}
			before := everyList(t, c.Reader)
			step := func(what string, next recommend.Curation) {
				t.Helper()
				old, err := c.Reader.Curation(t.Context(), id)
				if err != nil {
					t.Fatal(err)
				}
				was := everyList(t, c.Reader)
				touched := e.touched(t.Context(), id, old, &next)
				previews, err := e.previews(t.Context(), v, touched, func(p Publisher) error {
					_, err := p.Curate(t.Context(), id, next, recommend.Edit{IfMatch: old.ETag})
					return err
				})
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(was, everyList(t, c.Reader)); diff != "" {
					t.Fatalf("%s %s of %s: the preview changed something:\n%s", what, name, id, diff)
				}
				if _, err := c.Publisher.Curate(t.Context(), id, next, recommend.Edit{IfMatch: old.ETag}); err != nil {
					t.Fatal(err)
				}
				is := everyList(t, c.Reader)
				shown := map[string]bool{}
				for _, p := range previews {
					shown[p.ID] = true
					ids := func(es []previewEntry) []string {
						out := []string{}
						for _, x := range es {
							out = append(out, x.ID)
						}
						return out
					}
					if diff := cmp.Diff(was[p.ID], ids(p.Before)); diff != "" {
						t.Errorf("%s %s of %s, page of %s before (-is +previewed):\n%s", what, name, id, p.ID, diff)
					}
					if diff := cmp.Diff(is[p.ID], ids(p.After)); diff != "" {
						t.Errorf("%s %s of %s, page of %s after (-is +previewed):\n%s", what, name, id, p.ID, diff)
					}
				}
				for page := range is {
					if !cmp.Equal(was[page], is[page]) && !shown[page] && decide.Exclude == nil {
						t.Errorf("%s %s of %s: the page of %s changed and was not previewed", what, name, id, page)
					}
				}
			}
			step("making", decide)
			step("taking back", recommend.Curation{})
			if diff := cmp.Diff(before, everyList(t, c.Reader)); diff != "" {
				t.Fatalf("%s of %s: taken back, the lists differ:\n%s", name, id, diff)
			}
		}
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
	if csv := page200(t, s.URL+"/curation?format=csv"); !strings.Contains(csv, "pin,cool-by-noon,abandoned-ships,,local,,\n") {
		t.Errorf("the download lacks the pin:\n%s", csv)
	}
	if status, body := post(t, s.URL+"/curation", url.Values{"text": {"item,colour\n"}}); status != 422 || !strings.Contains(body, "line 1: colour: is no column") {
		t.Errorf("a wrong header: %d", status)
	}
}
