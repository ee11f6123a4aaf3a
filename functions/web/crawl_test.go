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
	"time"

	"akin/recommend"
	"akin/recommend/engine"
)

// hiddenMark is part of the ids, titles, topics, authors and types of what
// readers must not see, and of nothing else.
const hiddenMark = "vexilla"

// hideThings publishes works, hides some in every way that there is, and names
// them wherever a name can be put.
func (e *world) hideThings() {
	e.t.Helper()
	ctx := e.t.Context()
	work := func(id, lang, of string) recommend.Item {
		it := recommend.Item{
			ID: id, Title: "Dredging the harbour: " + id, Summary: "Ships, silt and tides.", Lang: lang, TranslationOf: of,
			URL: "https://example.org/works/" + id, Topics: []string{"ports"}, Types: []string{"Reports"}, Authors: []string{"Ana"}, Date: "2025-01-02",
		}
		if strings.Contains(id, hiddenMark) {
			it.Topics = append(it.Topics, hiddenMark+"-topic")
			it.Types, it.Authors, it.Aliases = []string{hiddenMark + " type"}, []string{hiddenMark + " author"}, []string{"/old/" + id}
			it.VisibleFrom = noon.Add(time.Hour)
		}
		return it
	}
	gone := work(hiddenMark+"-gone", "en", "")
	gone.VisibleFrom = time.Time{}
	items := []recommend.Item{
		work("source", "en", ""), work("fuente", "es", "source"), work("like", "en", ""), work("tides", "en", ""),
		work(hiddenMark+"-later", "en", ""), gone,
		work(hiddenMark+"-version", "fr", "source"), // of a work that may be shown
		work(hiddenMark+"-original", "en", ""), work("version", "es", hiddenMark+"-original"),
		work("blocked", "en", ""), work("bloqueado", "es", "blocked"),
	}
	for _, r := range e.publisher.Put(ctx, items...) {
		if r.Err != nil {
			e.t.Fatal(r.Err)
		}
	}
	e.reindex()
	fatal := func(err error) {
		e.t.Helper()
		if err != nil {
			e.t.Fatal(err)
		}
	}
	fatal(e.publisher.Withdraw(ctx, gone.ID, 0).Err)
	hidden := []string{gone.ID, hiddenMark + "-later", hiddenMark + "-version", hiddenMark + "-original", hiddenMark + "-unknown"}
	var picks []recommend.Decision
	for _, id := range hidden[:4] {
		picks = append(picks, recommend.Decision{ID: id})
	}
	fatal(e.publisher.PutTopics(ctx,
		recommend.Topic{Slug: "ports", Title: "Ports", Featured: append(hidden, "like")},
		recommend.Topic{Slug: "quays", Title: "Quays", Parent: "ports"}))
	for _, change := range []func() (string, error){
		func() (string, error) {
			return e.publisher.CurateTopic(ctx, "quays", recommend.TopicCuration{Featured: append(picks, recommend.Decision{ID: "like"})}, engine.Edit{IfMatch: "*"})
		},
		func() (string, error) {
			c := recommend.Curation{Pins: picks[:2], Blocks: []recommend.Decision{{ID: "blocked"}}}
			return e.publisher.Curate(ctx, "source", c, engine.Edit{IfMatch: "*"})
		},
	} {
		_, err := change()
		fatal(err)
	}
	_, err := e.indexer.CatchUp(ctx)
	fatal(err)
	e.clock.Add(int64(2 * time.Second))
}

// asStranger asks as somebody from elsewhere, who may only read.
func (e *world) asStranger(target string) *http.Response {
	r := local("GET", target, "")
	r.RemoteAddr = "203.0.113.9:50000"
	w := httptest.NewRecorder()
	e.h.ServeHTTP(w, r)
	return w.Result()
}

var links = regexp.MustCompile(`(?:href|src|action)="([^"]*)"|<loc>([^<]*)</loc>|"(?:url|href)":"([^"]*)"`)

// Promise 5, from outside: no address that anybody may ask names what must not
// be shown, neither by following links nor by asking every route of the API.
func TestStrangersSeeNothingHidden(t *testing.T) {
	e := newEngine(t)
	e.hideThings()
	var queue []string
	seen := map[string]bool{}
	add := func(target string) {
		if !seen[target] {
			seen[target] = true
			queue = append(queue, target)
		}
	}
	for _, first := range []string{"/", "/sitemap.xml", "/robots.txt", "/widget.js", "/draft", "/coverage"} {
		add(first)
	}
	for _, target := range everyRead(t, e) {
		add(target)
	}
	const most = 6000
	named := false // a work that may be shown is, so the test looks at something
	for n := 0; n < len(queue); n++ {
		if n == most {
			t.Fatalf("over %d addresses", most)
		}
		res := e.asStranger(queue[n])
		body := bodyOf(t, res)
		if res.StatusCode == http.StatusInternalServerError {
			t.Errorf("%s: %d %s", queue[n], res.StatusCode, body)
		}
		// What was asked for may be said back.
		said := strings.ReplaceAll(body, `"query":"`+hiddenMark+`"`, "")
		if strings.Contains(queue[n], hiddenMark) && res.StatusCode != http.StatusOK {
			said = ""
		}
		for name, values := range res.Header {
			said += name + strings.Join(values, " ")
		}
		if at := strings.Index(strings.ToLower(said), hiddenMark); at >= 0 {
			t.Errorf("%s: %d ... %s ...", queue[n], res.StatusCode, said[max(0, at-100):min(len(said), at+100)])
		}
		named = named || strings.Contains(body, "Dredging the harbour: like")
		base, err := url.Parse("http://localhost:8080" + queue[n])
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range links.FindAllStringSubmatch(body, -1) {
			to, err := base.Parse(html.UnescapeString(m[1] + m[2] + m[3]))
			if err == nil && to.Host == base.Host && to.Scheme == base.Scheme {
				add(to.RequestURI())
			}
		}
	}
	if !named || len(queue) < 100 {
		t.Errorf("looked at %d addresses, want more", len(queue))
	}
	// What editors blocked beside a work is in none of its lists, in no language.
	for _, id := range []string{"source", "fuente"} {
		for _, query := range []string{"limit=50", "limit=50&fill=none", "limit=50&lang=es", "limit=50&type=Reports"} {
			body := bodyOf(t, e.asStranger("/v1/items/"+id+"/related?"+query))
			if strings.Contains(body, "blocked") || strings.Contains(body, "bloqueado") {
				t.Errorf("%s?%s shows what is blocked: %s", id, query, body)
			}
		}
	}
	// Who describes topics gets them whole.
	if body := bodyOf(t, e.do("GET", "/v1/topics/ports", "")); !strings.Contains(body, hiddenMark+"-later") {
		t.Errorf("an editor reads %s", body)
	}
}

// everyRead returns an address for each route of the description that is read,
// with each item and topic, and with parameters.
func everyRead(t *testing.T, e *world) []string {
	var spec struct {
		Paths map[string]map[string]json.RawMessage
	}
	if err := json.Unmarshal([]byte(bodyOf(t, e.do("GET", "/openapi.json", ""))), &spec); err != nil {
		t.Fatal(err)
	}
	ids := []string{"source", "fuente", "like", "version", "blocked", "bloqueado", hiddenMark + "-later", hiddenMark + "-gone", hiddenMark + "-original"}
	values := map[string][]string{
		"{id}": ids, "{other}": {"like", hiddenMark + "-later"}, "{slug}": {"ports", "quays", hiddenMark + "-topic"},
		"{name}": {"none"}, "{change}": {"1"}, "{topic}": {"ports"},
	}
	queries := map[string][]string{
		"/v1/related": nil, "/v1/search": {"q=dredging+the+harbour&limit=50", "q=" + hiddenMark, "q=harbour&lang=fr"},
		"/v1/items/{id}/related":    {"", "limit=50", "limit=50&fill=none", "lang=fr", "topic=ports&until=2030", "exclude=like"},
		"/v1/topics/{slug}/items":   {"", "limit=1", "group=none", "lang=fr", "lang=es", "type=Reports", "author=Ana", "from=2024"},
		"/v1/topics/{slug}/related": {""},
	}
	for _, id := range ids {
		queries["/v1/related"] = append(queries["/v1/related"], "url=https://example.org/works/"+id, "url=/old/"+id)
	}
	var all []string
	for path, methods := range spec.Paths {
		if methods["get"] == nil {
			continue
		}
		targets := []string{path}
		for name, list := range values {
			if !strings.Contains(path, name) {
				continue
			}
			var filled []string
			for _, target := range targets {
				for _, v := range list {
					filled = append(filled, strings.ReplaceAll(target, name, v))
				}
			}
			targets = filled
		}
		of, ok := queries[path]
		if !ok {
			of = []string{""}
		}
		for _, target := range targets {
			if strings.Contains(target, "{") {
				t.Fatalf("%s: the test knows no value for a part of it", path)
			}
			for _, q := range of {
				all = append(all, target+"?"+q)
			}
		}
	}
	return all
}
