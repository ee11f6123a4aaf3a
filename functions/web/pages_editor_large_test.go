package web

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"akin/recommend"
	"akin/recommend/coverage"
	"akin/recommend/engine"
)

// A site of 11,147 tags, of which most are on one work, has a front page of bounded size: one
// finding counts the thin ones, and leads to a list of them by pages.
func TestCoverageOfThousandsOfTags(t *testing.T) {
	const tags = 11_147
	s := &engine.Survey{}
	for i := range tags {
		it := recommend.Item{ID: fmt.Sprintf("item-%05d", i), Title: fmt.Sprint("Work ", i), Lang: "en", Summary: "About harbours", Date: "2024-05-01"}
		it.Topics = []string{fmt.Sprintf("tag-%05d", i), fmt.Sprintf("common-%02d", i%40)}
		s.Items = append(s.Items, engine.Surveyed{Item: it, Order: uint32(i)})
	}
	c, err := engineConfig(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	c.Report = largeReporter{coverage.Make(s, corpusNow), &coverage.Changes{}}
	h := New(c)
	page := func(path string) string {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, local("GET", path, ""))
		if w.Code != 200 || w.Body.Len() > 400_000 {
			t.Fatalf("%s: status %d, %d bytes", path, w.Code, w.Body.Len())
		}
		return w.Body.String()
	}
	front := page("/coverage")
	if n := strings.Count(front, "<td>Thin topic</td>"); n != 1 || !strings.Contains(front, `<a href="/coverage?kind=thin#findings">11,147</a>`) {
		t.Errorf("%d findings of thin topics on the front page, or no way to them", n)
	}
	first, next := page("/coverage?kind=thin"), page("/coverage?kind=thin&page=2")
	if !strings.Contains(first, "page=2") || !strings.Contains(next, "/coverage/tag-000") {
		t.Error("the list behind the finding has no second page")
	}
	if csv := page("/coverage?kind=thin&q=tag-0110&format=csv"); strings.Count(csv, "\n") != 11 {
		t.Errorf("the list as CSV: %s", csv)
	}
	if of := page("/coverage/tag-00042"); !strings.Contains(of, "Thin topic") {
		t.Error("the page of a thin topic does not say so")
	}
	t.Logf("front page %d bytes, list %d", len(front), len(first))
}
