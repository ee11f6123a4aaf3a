package web

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"akin/functions/web/api"
	"akin/infra/memory"
	"akin/infra/test/tools"
	"akin/recommend"
	"akin/recommend/engine"
)

var topicLink = regexp.MustCompile(`<a href="/topics/([^"?/]+)"`)

func answerOf(h http.Handler, path string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, local(http.MethodGet, path, ""))
	return w
}

func pageOf(t testing.TB, h http.Handler, path string) string {
	t.Helper()
	w := answerOf(h, path)
	if w.Code != http.StatusOK {
		t.Fatalf("%s: status %d", path, w.Code)
	}
	return w.Body.String()
}

// A site of many tags has a light start page with its largest topics, an index of
// topics in pages that can be asked, and an API that turns pages. What a card
// shows of a summary is short, however long that is.
func TestThousandsOfTags(t *testing.T) {
	tools.SkipRaced(t)
	const tags = 450
	store := memory.New()
	publisher, err := engine.NewPublisher(store, recommend.DefaultSettings(), engine.PublisherOptions{Now: atCorpusNow})
	if err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("Dredgers keep the fairway open for every tide. ", 200)
	var items []recommend.Item
	for i := range tags {
		it := recommend.Item{ID: fmt.Sprintf("w%d", i), Title: fmt.Sprintf("Report on berth %d", i), Summary: long, Lang: "en", Topics: []string{fmt.Sprintf("tag %03d", i)}}
		if i%3 == 0 {
			it.Topics = append(it.Topics, "zz large")
		}
		items = append(items, it)
	}
	for _, r := range publisher.Put(t.Context(), items...) {
		if r.Err != nil {
			t.Fatal(r.Err)
		}
	}
	if err := publisher.PutTopics(t.Context(), recommend.Topic{Slug: "zz program", Title: "zz program", Kind: recommend.KindProgram}); err != nil {
		t.Fatal(err)
	}
	indexer := engine.NewIndexer(store, recommend.DefaultSettings(), engine.IndexerOptions{Now: atCorpusNow})
	if _, err := indexer.Reindex(t.Context(), engine.ReindexOptions{}); err != nil {
		t.Fatal(err)
	}
	if r := publisher.Withdraw(t.Context(), "w7", 0); r.Err != nil {
		t.Fatal(r.Err)
	}
	c, err := engineOver(store)
	if err != nil {
		t.Fatal(err)
	}
	h := New(c)

	start := pageOf(t, h, "/")
	if len(start) > 40_000 || strings.Count(start, `href="/topics/`) > 62 {
		t.Errorf("the start page has %d bytes and %d links to topics", len(start), strings.Count(start, `href="/topics/`))
	}
	for _, want := range []string{"zz large", "zz program", `<a href="/topics">All topics</a>`} {
		if !strings.Contains(start, want) {
			t.Errorf("the start page lacks %q", want)
		}
	}

	var listed []string
	pages := 0
	for at := "/topics"; at != ""; pages++ {
		page := pageOf(t, h, at)
		for _, m := range topicLink.FindAllStringSubmatch(page, -1) {
			slug, err := url.PathUnescape(m[1])
			if err != nil {
				t.Fatal(err)
			}
			listed = append(listed, slug)
		}
		at = follow(page, "next")
	}
	if pages != 3 || len(listed) != tags+1 || !slices.IsSorted(listed) || slices.Contains(listed, "tag 007") {
		t.Errorf("the index has %d pages and %d topics, want 3 and %d, by title, without that of the withdrawn", pages, len(listed), tags+1)
	}
	if back := pageOf(t, h, "/topics?p-topics=3"); follow(back, "prev") != "/topics?p-topics=2" || !strings.Contains(back, "401 to 452 of 452") {
		t.Errorf("the last page does not lead back:\n%s", back)
	}
	found := pageOf(t, h, "/topics?match=LARGE")
	if !strings.Contains(found, "zz large") || strings.Contains(found, "tag 001") || !strings.Contains(found, `value="LARGE"`) {
		t.Errorf("asked for LARGE:\n%s", found)
	}
	for _, none := range []string{"/topics?match=nothing", "/topics?p-topics=99"} {
		if page := pageOf(t, h, none); !strings.Contains(page, "No topic here.") {
			t.Errorf("%s:\n%s", none, page)
		}
	}

	var named []string
	for cursor, more := "", true; more; more = cursor != "" {
		w := answerOf(h, "/v1/topics?limit=100&cursor="+cursor)
		answer := decode[api.TopicsAnswer](t, w.Result())
		if len(answer.Topics) > 100 {
			t.Errorf("%d topics on a page of 100", len(answer.Topics))
		}
		for _, topic := range answer.Topics {
			named = append(named, topic.Slug)
		}
		cursor = answer.NextCursor
	}
	if !slices.Equal(named, listed) {
		t.Errorf("the API names %d topics, and the index has %d", len(named), len(listed))
	}
	if w := answerOf(h, "/v1/topics?cursor=nonsense"); w.Code != http.StatusBadRequest && w.Code != http.StatusUnprocessableEntity {
		t.Errorf("a cursor of nothing: %d", w.Code)
	}

	topic := pageOf(t, h, "/topics/zz%20large")
	if n := strings.Count(topic, "fairway"); n > 30*12 || !strings.Contains(topic, "tide. Dredgers …") && !strings.Contains(topic, " …</p>") {
		t.Errorf("cards print %d sentences of their summaries", n)
	}
	if item := pageOf(t, h, "/items/w1"); strings.Count(item, "fairway") < 200 {
		t.Error("the item's own page cuts its summary")
	}
}
