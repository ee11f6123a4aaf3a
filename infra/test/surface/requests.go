package surface

import (
	"context"
	"crypto/sha256"
	"fmt"
	"strings"

	"akin/recommend"
	"akin/recommend/engine"
)

// tokenLine is that of the token of all roles, as a token file has it.
func tokenLine() string {
	return fmt.Sprintf("desk reader,editor,pipeline sha256:%x", sha256.Sum256([]byte(secret)))
}

// A rebuilder starts nothing and goes nowhere, or fails.
type rebuilder struct{ err error }

func (r rebuilder) Start(_ context.Context, o engine.RebuildOptions) (engine.Rebuild, error) {
	return engine.Rebuild{State: "running", DryRun: o.DryRun, Force: o.Force}, r.err
}

func (r rebuilder) State(context.Context) (engine.Rebuild, error) {
	return engine.Rebuild{State: "none"}, r.err
}

func (r rebuilder) Rollback(context.Context) (*recommend.Generation, error) {
	if r.err != nil {
		return nil, r.err
	}
	return &recommend.Generation{Number: 1}, nil
}

const sampleItems = `{"id":"rents","url":"https://news.example/rents","title":"Rents and tenants","summary":"Tenants pay higher rents in the old town.","topics":["housing"],"types":["Reports"],"lang":"en","date":"2025-03","image":{"url":"/i.jpg","alt":"A street"}}
{"id":"tenants","url":"https://news.example/tenants","title":"Tenants move out","summary":"Higher rents drive tenants from the old town.","topics":["housing"],"lang":"en","date":"2025-02"}
{"id":"rentas","title":"Alquileres más altos","summary":"Los inquilinos pagan alquileres más altos.","topics":["housing"],"lang":"es","translationOf":"rents","date":"2025-03"}
{"id":"trams","title":"Trams run late","summary":"Trams of the old town run late in winter.","topics":["transport"],"lang":"en","date":"2025-01"}
{"id":"later","title":"Not yet","summary":"Tenants of tomorrow.","lang":"en","visibleFrom":"2999-01-01T00:00:00Z"}
{"id":"gone","title":"Gone","lang":"en"}
`

var (
	form  = []string{"Content-Type", "application/x-www-form-urlencoded"}
	match = []string{"If-Match", "*"}
	stale = []string{"If-Match", `"999"`}
)

// requests are those of each route, a good one first.
var requests = map[string][]request{
	"GET /healthz":                        {{target: "/healthz"}},
	"GET /openapi.json":                   {{target: "/openapi.json"}},
	"GET /v1/status":                      {{target: "/v1/status"}},
	"GET /v1/generations":                 {{target: "/v1/generations"}},
	"GET /v1/settings":                    {{target: "/v1/settings"}},
	"PUT /v1/settings":                    {{target: "/v1/settings", body: `{"k":20}`, header: match}, {target: "/v1/settings", body: `{"k":20}`}, {target: "/v1/settings", body: `{"k":20}`, header: stale}, {target: "/v1/settings", body: `{"titel":1}`, header: match}, {target: "/v1/settings", body: `{`, header: match}},
	"GET /v1/settings/history":            {{target: "/v1/settings/history"}},
	"GET /v1/changes":                     {{target: "/v1/changes?since=1"}, {target: "/v1/changes"}, {target: "/v1/changes?since=99"}, {target: "/v1/changes?since=x"}, {target: "/v1/changes?since=0&limit=0"}},
	"GET /v1/dead-letters":                {{target: "/v1/dead-letters"}},
	"POST /v1/dead-letters/{id}/retry":    {{target: "/v1/dead-letters/none/retry"}, {target: "/v1/dead-letters/a%20b/retry"}},
	"DELETE /v1/dead-letters/{id}":        {{target: "/v1/dead-letters/none"}},
	"GET /v1/sources":                     {{target: "/v1/sources"}},
	"POST /v1/sources/{name}/run":         {{target: "/v1/sources/none/run"}, {target: "/v1/sources/none/run", body: `{}`}, {target: "/v1/sources/no%20name/run"}},
	"GET /v1/items/{id}":                  {{target: "/v1/items/rents"}, {target: "/v1/items/none"}, {target: "/v1/items/later"}, {target: "/v1/items/gone"}, {target: "/v1/items/a%20b"}},
	"GET /v1/items/{id}/related":          {{target: "/v1/items/rents/related"}, {target: "/v1/items/none/related"}, {target: "/v1/items/gone/related"}, {target: "/v1/items/rents/related?limit=99"}, {target: "/v1/items/rents/related?limit=x&limit=2"}, {target: "/v1/items/rents/related?since=soon"}},
	"GET /v1/related":                     {{target: "/v1/related?url=https://news.example/rents"}, {target: "/v1/related"}, {target: "/v1/related?url=/none"}, {target: "/v1/related?item=rents,none"}, {target: "/v1/related?item=rents&url=/rents"}, {target: "/v1/related?item=rents&not=a%20b"}},
	"GET /v1/topics":                      {{target: "/v1/topics"}},
	"GET /v1/topics/{slug}":               {{target: "/v1/topics/housing"}, {target: "/v1/topics/none"}},
	"GET /v1/topics/{slug}/items":         {{target: "/v1/topics/housing/items"}, {target: "/v1/topics/none/items"}, {target: "/v1/topics/housing/items?cursor=x"}, {target: "/v1/topics/housing/items?section=x"}},
	"POST /v1/events":                     {{target: "/v1/events", body: `{"kind":"click","item":"rents","generation":1,"entries":[{"id":"tenants","tier":"similar","position":1}]}`}, {target: "/v1/events", body: `{}`}},
	"GET /v1/items/{id}/related/filtered": {{target: "/v1/items/rents/related/filtered"}, {target: "/v1/items/rents/related/filtered?type=Reports&until=2030"}, {target: "/v1/items/rents/related/filtered?also=trams&not=tenants"}, {target: "/v1/items/none/related/filtered"}, {target: "/v1/items/rents/related/filtered?limit=99"}},

	"GET /":                        {{target: "/"}},
	"GET /items/{id}":              {{target: "/items/rents"}, {target: "/items/none"}, {target: "/items/gone"}, {target: "/items/later"}},
	"GET /items/{id}/related":      {{target: "/items/rents/related"}, {target: "/items/none/related"}, {target: "/items/rents/related?limit=x"}},
	"GET /topics":                  {{target: "/topics"}},
	"GET /topics/{slug}":           {{target: "/topics/housing"}, {target: "/topics/none"}, {target: "/topics/housing?cursor=x"}},
	"GET /topics/{slug}/feed.xml":  {{target: "/topics/housing/feed.xml"}, {target: "/topics/none/feed.xml"}},
	"GET /topics/{slug}/atom.xml":  {{target: "/topics/housing/atom.xml"}, {target: "/topics/none/atom.xml"}},
	"GET /topics/{slug}/feed.json": {{target: "/topics/housing/feed.json"}, {target: "/topics/none/feed.json"}},
	"GET /feed.xml":                {{target: "/feed.xml"}},
	"GET /atom.xml":                {{target: "/atom.xml"}},
	"GET /feed.json":               {{target: "/feed.json"}},
	"GET /sign-in":                 {{target: "/sign-in?next=/coverage"}},
	"POST /sign-in":                {{target: "/sign-in", body: "token=" + secret + "&next=/coverage", header: form}, {target: "/sign-in", body: "token=wrong", header: form}},
	"POST /sign-out":               {{target: "/sign-out", header: form}},
	"GET /widget.js":               {{target: "/widget.js"}},
	"GET /assets/{name}":           {{target: "/assets/style.css"}, {target: "/assets/none"}},
	"GET /favicon.ico":             {{target: "/favicon.ico"}},
	"GET /sitemap.xml":             {{target: "/sitemap.xml"}},
	"GET /robots.txt":              {{target: "/robots.txt"}},

	"GET /coverage":               asEditor("/coverage", ""),
	"GET /coverage/{topic}":       asEditor("/coverage/housing", ""),
	"GET /coverage/{topic}/edit":  asEditor("/coverage/housing/edit", ""),
	"POST /coverage/{topic}/edit": asEditor("/coverage/housing/edit", "do=save&etag=x"),
	"GET /items/{id}/edit":        asEditor("/items/rents/edit", ""),
	"POST /items/{id}/edit":       asEditor("/items/rents/edit", "do=save&etag=x"),
	"GET /findings":               asEditor("/findings", ""),
	"POST /findings":              asEditor("/findings", "do=dismiss"),
	"GET /curation":               asEditor("/curation", ""),
	"POST /coverage/rebuild":      asEditor("/coverage/rebuild", "x=y"),
	"POST /curation":              asEditor("/curation", "rulings=x"),

	"GET /titles":                    append(asEditor("/titles?of=item&q=trmas", ""), asEditor("/titles?of=topic&q=husing", "")...),
	"GET /items/{id}/why":            asEditor("/items/rents/why?q=trams", ""),
	"GET /items/{id}/why/{other}":    asEditor("/items/rents/why/trams", ""),
	"GET /v1/items/{id}/why/{other}": {{target: "/v1/items/rents/why/trams"}, {target: "/v1/items/rents/why/later?type=Reports"}, {target: "/v1/items/rents/why/gone"}, {target: "/v1/items/rents/why/none"}, {target: "/v1/items/gone/why/rents"}, {target: "/v1/items/rents/why/trams?limit=99"}},

	"GET /v1/search":   {{target: "/v1/search?q=tenants"}, {target: "/v1/search"}, {target: "/v1/search?q=a&limit=99"}},
	"GET /search":      {{target: "/search?q=tenants"}, {target: "/search"}},
	"GET /draft":       asEditor("/draft", ""),
	"POST /draft":      asEditor("/draft", "title=Tenants"),
	"POST /v1/related": {{target: "/v1/related", body: `{"title":"Tenants"}`}, {target: "/v1/related", body: `{`}, {target: "/v1/related", body: `{"titel":""}`}, {target: "/v1/related?limit=99", body: `{"title":"T"}`}, {target: "/v1/related", body: strings.Repeat(" ", recommend.MaxLine+1)}},

	"PUT /v1/items/{id}":    {{target: "/v1/items/new", body: `{"title":"New"}`}, {target: "/v1/items/rents", body: `{"title":"New","version":1}`}, {target: "/v1/items/new", body: `{`}, {target: "/v1/items/new", body: `{"titel":""}`}, {target: "/v1/items/a%20b", body: `{"title":"New"}`}, {target: "/v1/items/new", body: strings.Repeat(" ", recommend.MaxLine+1)}},
	"DELETE /v1/items/{id}": {{target: "/v1/items/rents"}, {target: "/v1/items/none"}, {target: "/v1/items/rents?version=0"}, {target: "/v1/items/gone?version=1"}},
	"POST /v1/items":        {{target: "/v1/items", body: `{"id":"new","title":"New"}`}, {target: "/v1/items", body: "{\n"}, {target: "/v1/items", body: strings.Repeat("\n", 10_001)}},
	"PUT /v1/topics/{slug}": {{target: "/v1/topics/housing", body: `{"title":"Housing"}`}, {target: "/v1/topics/housing", body: `{"slug":"other"}`}, {target: "/v1/topics/housing", body: `{`}},
	"POST /v1/reindex": {
		{target: "/v1/reindex"}, {target: "/v1/reindex?dryRun=true&force=1"}, {target: "/v1/reindex?force=maybe"}, {target: "/v1/reindex?dryRun=2"},
		{target: "/v1/reindex?force=true&force=false"}, {target: "/v1/reindex?force="}, {target: "/v1/reindex", body: "{}"},
	},
	"POST /v1/rollback": {{target: "/v1/rollback"}, {target: "/v1/rollback", body: "{}"}},

	"GET /v1/coverage":                                      {{target: "/v1/coverage"}},
	"GET /v1/items/{id}/curation":                           {{target: "/v1/items/rents/curation"}, {target: "/v1/items/none/curation"}},
	"PUT /v1/items/{id}/curation":                           {{target: "/v1/items/rents/curation", body: `{"pins":[{"id":"trams"}]}`, header: match}, {target: "/v1/items/rents/curation", body: `{}`}, {target: "/v1/items/rents/curation", body: `{}`, header: stale}, {target: "/v1/items/rents/curation", body: `{"pin":[]}`, header: match}, {target: "/v1/items/rents/curation", body: `{"pins":[{"id":"rents"}]}`, header: match}},
	"POST /v1/items/{id}/curation/preview":                  {{target: "/v1/items/rents/curation/preview", body: `{"pins":[{"id":"trams"}]}`}, {target: "/v1/items/rents/curation/preview", body: `{"pins":3}`}, {target: "/v1/items/none/curation/preview", body: `{}`}},
	"GET /v1/findings":                                      {{target: "/v1/findings"}, {target: "/v1/findings?state=open"}, {target: "/v1/findings?state=x"}},
	"POST /v1/findings/{key}":                               {{target: "/v1/findings/none?do=reopen", header: match}, {target: "/v1/findings/none?do=reopen"}, {target: "/v1/findings/none?do=x", header: match}},
	"POST /v1/findings/{key}/history/{change}/undo":         {{target: "/v1/findings/none/history/1/undo", header: match}, {target: "/v1/findings/none/history/1/undo"}},
	"GET /v1/curation/history":                              {{target: "/v1/curation/history"}, {target: "/v1/curation/history?limit=0"}},
	"GET /v1/items/{id}/curation/history":                   {{target: "/v1/items/rents/curation/history"}, {target: "/v1/items/none/curation/history"}},
	"GET /v1/topics/{slug}/curation":                        {{target: "/v1/topics/housing/curation"}, {target: "/v1/topics/none/curation"}},
	"PUT /v1/topics/{slug}/curation":                        {{target: "/v1/topics/housing/curation", body: `{}`, header: match}, {target: "/v1/topics/housing/curation", body: `{}`}, {target: "/v1/topics/housing/curation", body: `{"x":1}`, header: match}},
	"POST /v1/topics/{slug}/curation/preview":               {{target: "/v1/topics/housing/curation/preview", body: `{}`}, {target: "/v1/topics/housing/curation/preview", body: `{`}},
	"GET /v1/topics/{slug}/curation/history":                {{target: "/v1/topics/housing/curation/history"}, {target: "/v1/topics/none/curation/history"}},
	"POST /v1/items/{id}/curation/history/{change}/undo":    {{target: "/v1/items/rents/curation/history/7/undo", header: match}, {target: "/v1/items/rents/curation/history/x/undo", header: match}, {target: "/v1/items/rents/curation/history/1/undo"}},
	"POST /v1/topics/{slug}/curation/history/{change}/undo": {{target: "/v1/topics/housing/curation/history/7/undo", header: match}, {target: "/v1/topics/housing/curation/history/0/undo", header: match}},
}

// asEditor are the requests for a page of editors: by one who holds a token, by
// a stranger, and from another site.
func asEditor(target, body string) []request {
	return []request{
		{target, body, append([]string{"Authorization", "Bearer " + secret}, form...)},
		{target, body, form},
		{target, body, append([]string{"Authorization", "Bearer " + secret, "Sec-Fetch-Site", "cross-site"}, form...)},
	}
}
