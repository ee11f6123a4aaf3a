package web

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"akin/functions/web/api"
	"akin/functions/web/serve"
	"akin/recommend"
)

// Every status of the contract, by a request that asks for it.
func TestStatuses(t *testing.T) {
	item := `{"id":"new","title":"New"}`
	big := `{"id":"new","title":"New","body":"` + strings.Repeat("x", recommend.MaxLine) + `"}`
	for _, tt := range []struct {
		name, method, target, body string
		headers                    []string
		status                     int
		holds                      string
	}{
		{"related", "GET", "/v1/items/rents/related", "", nil, 200, `"tier":"similar","score":0.`},
		{"related with all parameters", "GET", "/v1/items/rents/related?limit=50&type=Articles&type=Reports&topic=housing&lang=en&since=2024&until=2024-12-31&exclude=a,b&exclude=c&fill=none", "", nil, 200, `"item":"rents"`},
		{"empty parameters are absent ones", "GET", "/v1/items/rents/related?limit=&type=&topic=&lang=&since=&until=&exclude=&fill=", "", nil, 200, `"item":"rents"`},
		{"related of the unknown", "GET", "/v1/items/nothing/related", "", nil, 404, "item not found"},
		{"related of the embargoed", "GET", "/v1/items/later/related", "", nil, 404, "item not found"},
		{"related of the withdrawn", "GET", "/v1/items/gone/related", "", nil, 410, "withdrawn"},
		{"limit too small", "GET", "/v1/items/rents/related?limit=0", "", nil, 400, `"field":"limit"`},
		{"limit too large", "GET", "/v1/items/rents/related?limit=51", "", nil, 400, `"field":"limit"`},
		{"limit no number", "GET", "/v1/items/rents/related?limit=six", "", nil, 400, `"field":"limit"`},
		{"limit twice", "GET", "/v1/items/rents/related?limit=1&limit=2", "", nil, 400, "limit: is given twice"},
		{"unknown parameter", "GET", "/v1/items/rents/related?limti=5", "", nil, 400, "limti: unknown query parameter"},
		{"fill of another word", "GET", "/v1/items/rents/related?fill=all", "", nil, 400, `"field":"fill"`},
		{"related by other names", "GET", "/v1/items/rents/related?from=2024&to=2024-12-31&author=Ana", "", nil, 200, `"item":"rents"`},
		{"related from twice", "GET", "/v1/items/rents/related?from=2024&since=2024", "", nil, 400, `"field":"from"`},
		{"listing by other names", "GET", "/v1/topics/housing/items?since=2024&until=2025", "", nil, 200, `"items"`},
		{"listing until twice", "GET", "/v1/topics/housing/items?until=2024&to=2025", "", nil, 400, `"field":"to"`},
		{"to no time", "GET", "/v1/items/rents/related?to=tomorrow", "", nil, 400, `"field":"to"`},
		{"since no time", "GET", "/v1/items/rents/related?since=yesterday", "", nil, 400, `"field":"since"`},
		{"until no time", "GET", "/v1/items/rents/related?until=2024-13", "", nil, 400, `"field":"until"`},
		{"query not well formed", "GET", "/v1/items/rents/related?limit=%zz", "", nil, 400, "not well formed"},
		{"query not UTF-8", "GET", "/v1/items/rents/related?type=%ff", "", nil, 400, "type: is not text"},
		{"related by address", "GET", "/v1/related?url=https%3A%2F%2Fexample.org%2Frents&limit=1", "", nil, 200, `"item":"rents"`},
		{"related by former address", "GET", "/v1/related?url=/former", "", nil, 200, `"item":"rents"`},
		{"related by unknown address", "GET", "/v1/related?url=/nothing", "", nil, 404, "item not found"},
		{"related by no address", "GET", "/v1/related", "", nil, 400, `"field":"url"`},
		{"related by empty address", "GET", "/v1/related?url=", "", nil, 400, `"field":"url"`},
		{"draft", "POST", "/v1/related?limit=2", item, nil, 200, `"suggestedTopics":[{"topic":"housing","confidence":0.5,"evidence":[]}]`},
		{"draft without id", "POST", "/v1/related", `{"title":"New"}`, nil, 200, `"item":"draft"`},
		{"draft of nothing", "POST", "/v1/related", `{}`, nil, 422, ""},
		{"draft with a wrong parameter", "POST", "/v1/related?limit=99", item, nil, 400, `"field":"limit"`},
		{"search", "GET", "/v1/search?q=tenants&limit=5", "", nil, 200, `"query":"tenants"`},
		{"search that finds nothing", "GET", "/v1/search?q=zzzz", "", nil, 200, `"results":[]`},
		{"search for nothing", "GET", "/v1/search", "", nil, 400, `"field":"q"`},

		{"item", "GET", "/v1/items/tenants", "", nil, 200, `"version":7`},
		{"item without what is for terms only", "GET", "/v1/items/rents", "", nil, 200, `"id":"rents"`},
		{"item unknown", "GET", "/v1/items/nothing", "", nil, 404, ""},
		{"item embargoed, to this machine", "GET", "/v1/items/later", "", nil, 200, `"visibleFrom"`},
		{"item withdrawn, to this machine", "GET", "/v1/items/gone", "", nil, 200, `"status":"withdrawn"`},
		{"put new", "PUT", "/v1/items/new", item, nil, 201, `{"id":"new","result":"created","version":1}`},
		{"put again", "PUT", "/v1/items/rents", `{"id":"rents","title":"New"}`, nil, 200, `"result":"replaced"`},
		{"put without id", "PUT", "/v1/items/new", ` { "title":"New"}`, nil, 201, `"id":"new"`},
		{"put of another id", "PUT", "/v1/items/other", item, nil, 422, `"field":"id"`},
		{"put of an id that is none", "PUT", "/v1/items/a%20b", `{"title":"New"}`, nil, 422, `"field":"id"`},
		{"put older", "PUT", "/v1/items/tenants", `{"id":"tenants","title":"New","version":6}`, nil, 409, `"storedVersion":7`},
		{"put invalid", "PUT", "/v1/items/new", `{"id":"new","title":"New","titel":""}`, nil, 422, `"field":"titel"`},
		{"put refused by the publisher", "PUT", "/v1/items/new", `{"id":"new","title":"New","translationOf":"new"}`, nil, 422, `"field":"translationOf"`},
		{"put no JSON", "PUT", "/v1/items/new", `{"id":`, nil, 400, "json: "},
		{"put nothing", "PUT", "/v1/items/new", "", nil, 400, "json: "},
		{"put too large", "PUT", "/v1/items/new", big, nil, 413, ""},
		{"put of another kind", "PUT", "/v1/items/new", item, []string{"Content-Type", "text/plain"}, 415, "send application/json"},
		{"put of a broken kind", "PUT", "/v1/items/new", item, []string{"Content-Type", "application/json; ="}, 415, ""},
		{"put of two kinds", "PUT", "/v1/items/new", item, []string{"Content-Type", "application/json", "Content-Type", "application/json"}, 415, ""},
		{"put in Latin-1", "PUT", "/v1/items/new", item, []string{"Content-Type", "application/json; charset=iso-8859-1"}, 415, "UTF-8"},
		{"put in UTF-8, as said", "PUT", "/v1/items/new", item, []string{"Content-Type", "application/json; charset=UTF-8"}, 201, ""},
		{"put compressed", "PUT", "/v1/items/new", item, []string{"Content-Encoding", "gzip"}, 415, "uncompressed"},
		{"withdraw", "DELETE", "/v1/items/rents", "", nil, 204, ""},
		{"withdraw by version", "DELETE", "/v1/items/tenants?version=8", "", nil, 204, ""},
		{"withdraw the unknown", "DELETE", "/v1/items/nothing", "", nil, 204, ""},
		{"withdraw an older version", "DELETE", "/v1/items/tenants?version=3", "", nil, 409, `"storedVersion":7`},
		{"withdraw version 0", "DELETE", "/v1/items/tenants?version=0", "", nil, 400, `"field":"version"`},
		{"withdraw what cannot be", "DELETE", "/v1/items/a%20b", "", nil, 422, `"field":"id"`},
		{"post lines", "POST", "/v1/items", item + "\n\r\n{\n" + `{"id":"tenants","title":"t","version":1}`, nil, 200,
			`{"line":1,"id":"new","result":"created"}` + "\n" + `{"line":3,"result":"rejected","error":"json: `},
		{"post nothing", "POST", "/v1/items", "", nil, 200, ""},
		{"post too much", "POST", "/v1/items", strings.Repeat(" ", api.MaxBatch+1), nil, 413, ""},
		{"post too many", "POST", "/v1/items", strings.Repeat("\n", 10_001), nil, 413, "lines"},
		{"post of another kind", "POST", "/v1/items", item, []string{"Content-Type", "text/csv"}, 415, "ndjson"},
		{"post as curl does", "POST", "/v1/items", item, []string{"Content-Type", "application/x-www-form-urlencoded"}, 200, "created"},
		{"post as a form of a page does", "POST", "/v1/items", item,
			[]string{"Content-Type", "application/x-www-form-urlencoded", "Sec-Fetch-Mode", "navigate"}, 415, "ndjson"},

		{"topics", "GET", "/v1/topics", "", nil, 200, `{"topics":[{"slug":"housing"`},
		{"topic", "GET", "/v1/topics/housing", "", nil, 200, `"title":"Housing"`},
		{"topic beyond ASCII", "GET", "/v1/topics/ni%C3%B1ez", "", nil, 200, `"slug":"niñez"`},
		{"topic is decoded once", "GET", "/v1/topics/a%20b%252F", "", nil, 200, `"slug":"a b%2F"`},
		{"topic unknown", "GET", "/v1/topics/nothing", "", nil, 404, "topic not found"},
		{"listing", "GET", "/v1/topics/housing/items?limit=1", "", nil, 200, `"nextCursor":"1"`},
		{"listing of a section", "GET", "/v1/topics/housing/items?section=reports&group=none", "", nil, 200, `"id":"rentas"`},
		{"listing of a type that a section lacks", "GET", "/v1/topics/housing/items?section=reports&type=Articles", "", nil, 200, `{"items":[]}`},
		{"listing of a type beside an empty one", "GET", "/v1/topics/housing/items?type=&type=Articles", "", nil, 200, `{"items":[{"id":"tenants"`},
		{"listing of an unknown section", "GET", "/v1/topics/housing/items?section=nothing", "", nil, 400, `"field":"section"`},
		{"listing with all parameters", "GET", "/v1/topics/housing/items?type=Reports&type=Articles&author=A.+Author&lang=en&prefer=en&from=2024-01&to=2025&group=none&limit=100", "", nil, 200, `"id":"rents"`},
		{"listing with a wrong cursor", "GET", "/v1/topics/housing/items?cursor=x", "", nil, 400, `"field":"cursor"`},
		{"listing too long", "GET", "/v1/topics/housing/items?limit=101", "", nil, 400, `"field":"limit"`},
		{"listing too short", "GET", "/v1/topics/housing/items?limit=-1", "", nil, 400, `"field":"limit"`},
		{"listing of an unknown grouping", "GET", "/v1/topics/housing/items?group=work", "", nil, 400, `"field":"group"`},
		{"listing from no time", "GET", "/v1/topics/housing/items?from=1", "", nil, 400, `"field":"from"`},
		{"listing of an unknown topic", "GET", "/v1/topics/nothing/items", "", nil, 404, "topic not found"},
		{"put topic", "PUT", "/v1/topics/new%20one", `{"title":"New"}`, nil, 200, `{"slug":"new one","title":"New"}`},
		{"put topic of another slug", "PUT", "/v1/topics/new", `{"slug":"old"}`, nil, 422, `"field":"slug"`},
		{"put topic invalid", "PUT", "/v1/topics/new", `{"kind":"strange"}`, nil, 422, `"field":"kind"`},
		{"put topic no JSON", "PUT", "/v1/topics/new", `{`, nil, 400, "json: "},

		{"why", "GET", "/v1/items/rents/why/tenants?type=Articles", "", nil, 200, `"holds":[{"kind":"threshold","needs":0.200000}]`},
		{"why of the unknown", "GET", "/v1/items/rents/why/nothing", "", nil, 404, ""},
		{"why of no id", "GET", "/v1/items/rents/why/a%20b", "", nil, 404, ""},

		{"curation", "GET", "/v1/items/rents/curation", "", nil, 200, "{}"},
		{"curation of the unknown", "GET", "/v1/items/nothing/curation", "", nil, 404, ""},
		{"curate", "PUT", "/v1/items/rents/curation", `{"pins":[{"id":"tenants","note":"why"}]}`, []string{"If-Match", `"0"`}, 200, `"pins":[{"id":"tenants","note":"why"}]`},
		{"curate what was compressed", "PUT", "/v1/items/rents/curation", `{}`, []string{"If-Match", `"0-gzip"`}, 200, ""},
		{"curate unread", "PUT", "/v1/items/rents/curation", `{}`, nil, 428, "If-Match is needed"},
		{"curate too late", "PUT", "/v1/items/rents/curation", `{}`, []string{"If-Match", `"9"`}, 412, "changed since"},
		{"curate by a weak tag", "PUT", "/v1/items/rents/curation", `{}`, []string{"If-Match", `W/"0"`}, 412, ""},
		{"curate by no tag", "PUT", "/v1/items/rents/curation", `{}`, []string{"If-Match", `0`}, 400, `"field":"If-Match"`},
		{"curate by two tags", "PUT", "/v1/items/rents/curation", `{}`, []string{"If-Match", `"0", "1"`}, 400, ""},
		{"curate the unknown", "PUT", "/v1/items/nothing/curation", `{}`, []string{"If-Match", `"0"`}, 404, ""},
		{"curate with an unknown field", "PUT", "/v1/items/rents/curation", `{"pin":[]}`, []string{"If-Match", `"0"`}, 422, `"field":"pin"`},
		{"curate with a wrong type", "PUT", "/v1/items/rents/curation", `{"pins":3}`, []string{"If-Match", `"0"`}, 422, `"field":"pins"`},
		{"curate with a wrong time", "PUT", "/v1/items/rents/curation", `{"pins":[{"id":"a","expires":"soon"}]}`, []string{"If-Match", `"0"`}, 422, "time"},
		{"curate with itself", "PUT", "/v1/items/rents/curation", `{"pins":[{"id":"rents"}]}`, []string{"If-Match", `"0"`}, 422, `"field":"pins[0]"`},
		{"curate no JSON", "PUT", "/v1/items/rents/curation", `{"pins"`, []string{"If-Match", `"0"`}, 400, ""},
		{"curate with more behind", "PUT", "/v1/items/rents/curation", `{}{}`, []string{"If-Match", `"0"`}, 400, ""},
		{"coverage", "GET", "/v1/coverage", "", nil, 200, `"items":0,"site":{`},

		{"status", "GET", "/v1/status", "", nil, 200, `"deadLetters":[{"id":"a","version":1,"error":"secret reason"`},
		{"generations", "GET", "/v1/generations", "", nil, 200, `{"generations":[{"number":1`},
		{"rollback", "POST", "/v1/rollback", "", nil, 200, `"number":1`},
		{"reindex", "POST", "/v1/reindex?dryRun=true", "", nil, 202, `"dryRun":true`},
		{"reindex with a wrong parameter", "POST", "/v1/reindex?dryRun=perhaps", "", nil, 400, `"field":"dryRun"`},
		{"events that nobody counts", "POST", "/v1/events", "{}", nil, 404, ""},
		{"health", "GET", "/healthz", "", nil, 200, `{"status":"ok"}`},

		{"nothing there", "GET", "/v1/nothing", "", nil, 404, `"status":404`},
		{"nothing at the root of the API", "GET", "/v1/", "", nil, 404, `"status":404`},
		{"wrong method", "POST", "/v1/items/rents", "", nil, 405, "POST is not for this address"},
		{"strange method", "BREW", "/v1/topics", "", nil, 405, "BREW is not"},
		{"get of a write", "GET", "/v1/reindex", "", nil, 405, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			res := newTestAPI(t).do(tt.method, tt.target, tt.body, tt.headers...)
			body := bodyOf(t, res)
			if res.StatusCode != tt.status || !strings.Contains(body, tt.holds) {
				t.Errorf("%s %s: %d %s\nwant %d with %s", tt.method, tt.target, res.StatusCode, body, tt.status, tt.holds)
			}
			if res.StatusCode >= 400 {
				if got := res.Header.Get("Content-Type"); got != "application/problem+json" {
					t.Errorf("%s %s: %d has media type %q, want %q", tt.method, tt.target, res.StatusCode, got, "application/problem+json")
				}
				p := decode[serve.Problem](t, &http.Response{Body: nopBody(body)})
				if p.Status != tt.status || p.Title == "" || p.RequestID == "" || p.RequestID != res.Header.Get("X-Request-Id") {
					t.Errorf("%s %s: problem %+v lacks its status %d, title or request id", tt.method, tt.target, p, tt.status)
				}
			}
			if strings.Contains(body, "null") || strings.Contains(body, "only for terms") {
				t.Errorf("%s %s: shows what it must not: %s", tt.method, tt.target, body)
			}
		})
	}
}

// What is not there is said to be, and the other way round.
func TestPartsThatAreNotThere(t *testing.T) {
	bare := func(c *Config) {
		c.Publisher, c.Searcher, c.Rebuilder, c.CatchUp, c.Report = nil, nil, nil, nil, nil
	}
	for _, tt := range []struct {
		method, target string
		status         int
	}{
		{"GET", "/v1/search?q=a", 501},
		{"POST", "/v1/related", 501},
		{"POST", "/v1/reindex", 501},
		{"POST", "/v1/rollback", 501},
		{"PUT", "/v1/items/a", 501},
		{"DELETE", "/v1/items/a", 501},
		{"POST", "/v1/items", 501},
		{"PUT", "/v1/topics/a", 501},
		{"PUT", "/v1/items/a/curation", 501},
		{"GET", "/v1/coverage", 404},
		{"GET", "/v1/items/rents/related", 200},
		{"GET", "/v1/status", 200},
	} {
		if res := newTestAPI(t, bare).do(tt.method, tt.target, "{}"); res.StatusCode != tt.status {
			t.Errorf("%s %s: %d, want %d", tt.method, tt.target, res.StatusCode, tt.status)
		}
	}
}

func TestNoReportYet(t *testing.T) {
	a := newTestAPI(t, func(c *Config) { c.Report = fakeReporter{} })
	if res := a.do("GET", "/v1/coverage", ""); res.StatusCode != 404 {
		t.Errorf("coverage before the first report: %d, want 404", res.StatusCode)
	}
}

// HEAD says what GET does, without a body.
func TestHead(t *testing.T) {
	a := newTestAPI(t)
	for _, target := range []string{"/v1/items/rents/related", "/v1/topics", "/healthz", "/openapi.json", "/v1/items/nothing"} {
		get, head := a.do("GET", target, ""), a.do("HEAD", target, "")
		if get.StatusCode != head.StatusCode || get.Header.Get("ETag") != head.Header.Get("ETag") {
			t.Errorf("HEAD %s: %d %q, want %d %q", target, head.StatusCode, head.Header.Get("ETag"), get.StatusCode, get.Header.Get("ETag"))
		}
	}
}

// A write that is answered 2xx has been indexed; one that is not has not.
func TestWritesCatchUp(t *testing.T) {
	for _, tt := range []struct {
		method, target, body string
		want                 int
	}{
		{"PUT", "/v1/items/new", `{"title":"New"}`, 1},
		{"PUT", "/v1/items/new", `{"titel":"New"}`, 0},
		{"POST", "/v1/items", `{"id":"new","title":"New"}` + "\n" + `{"id":"new2","title":"New"}`, 1},
		{"DELETE", "/v1/items/rents", "", 1},
	} {
		a := newTestAPI(t)
		a.do(tt.method, tt.target, tt.body)
		if a.store.caught != tt.want {
			t.Errorf("%s %s %s: caught up %d times, want %d", tt.method, tt.target, tt.body, a.store.caught, tt.want)
		}
	}
}

func TestCreatedIsLocated(t *testing.T) {
	res := newTestAPI(t).do("PUT", "/v1/items/new~1", `{"title":"New"}`)
	if got, want := res.Header.Get("Location"), "/v1/items/new~1"; got != want {
		t.Errorf("Location: %q, want %q", got, want)
	}
}

// An editor reads, decides, and reads what was decided; the second of two
// editors who read the same is told.
func TestCurationIsConflictSafe(t *testing.T) {
	a := newTestAPI(t)
	read := a.do("GET", "/v1/items/rents/curation", "").Header.Get("ETag")
	first := a.do("PUT", "/v1/items/rents/curation", `{"pins":[{"id":"tenants"}]}`, "If-Match", read)
	second := a.do("PUT", "/v1/items/rents/curation", `{}`, "If-Match", read)
	if first.StatusCode != 200 || second.StatusCode != 412 {
		t.Errorf("PUT twice with ETag %s: %d then %d, want 200 then 412", read, first.StatusCode, second.StatusCode)
	}
	again := a.do("GET", "/v1/items/rents/curation", "")
	if got, want := again.Header.Get("ETag"), first.Header.Get("ETag"); got != want || got == read {
		t.Errorf("ETag after PUT: %s, want %s and not %s", got, want, read)
	}
}

func TestErrorsDoNotLeak(t *testing.T) {
	secret := fmt.Errorf("open /secret/path: %w", errSecret)
	for _, request := range []string{
		"GET /v1/items/rents/related", "GET /v1/items/rents", "GET /v1/topics", "GET /v1/status", "GET /v1/generations",
		"PUT /v1/items/new", "PUT /v1/topics/housing", "DELETE /v1/items/rents",
	} {
		a := newTestAPI(t)
		a.store.err, a.store.storeErr = secret, secret
		method, target, _ := strings.Cut(request, " ")
		res := a.do(method, target, `{"title":"New"}`, "X-Request-Id", "seen-again")
		body := bodyOf(t, res)
		if res.StatusCode != 500 || strings.Contains(body, "secret") || !strings.Contains(body, `"requestId":"seen-again"`) {
			t.Errorf("%s: %d %s, want 500 without the reason", request, res.StatusCode, body)
		}
		if log := a.log.String(); strings.Count(log, "\n") != 1 || !strings.Contains(log, "secret") || !strings.Contains(log, "request=seen-again") {
			t.Errorf("%s: logged %q, want one line with the reason", request, log)
		}
	}
	a := newTestAPI(t)
	a.store.storeErr = secret
	body := bodyOf(t, a.do("POST", "/v1/items", `{"id":"new","title":"New"}`))
	if strings.Contains(body, "secret") || !strings.Contains(body, `"result":"rejected","error":"something went wrong`) {
		t.Errorf("POST /v1/items: %s", body)
	}
}

// A version beyond the greatest is a mistake that names the bound.
func TestVersionTooGreat(t *testing.T) {
	e := newEngine(t)
	const most = "more than 4611686018427387904"
	for _, res := range []*http.Response{
		e.do("PUT", "/v1/items/a", `{"title":"A","version":9223372036854775807}`),
		e.do("DELETE", "/v1/items/a?version=9223372036854775807", ""),
	} {
		if body := bodyOf(t, res); res.StatusCode != 422 || !strings.Contains(body, most) {
			t.Errorf("%d %s, want 422 that says %q", res.StatusCode, body, most)
		}
	}
	if res := e.do("PUT", "/v1/items/a", `{"title":"A","version":1764365277000000000}`); res.StatusCode != 201 {
		t.Errorf("a time in nanoseconds as version: %d %s", res.StatusCode, bodyOf(t, res))
	}
}
