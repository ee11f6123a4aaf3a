package web

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"akin/recommend"
	"akin/recommend/coverage"
)

// public is what a route takes that anybody may call, from any origin.
const public Roles = 0

// routes returns every route of the API, each with its description.
func (s *site) routes() *http.ServeMux {
	mux := http.NewServeMux()
	schemas := huma.NewMapRegistry("#/components/schemas/", schemaName)
	schemas.RegisterTypeAlias(reflect.TypeFor[recommend.Millionths](), reflect.TypeFor[float64]())
	doc := &huma.OpenAPI{
		OpenAPI: "3.1.0",
		Info: &huma.Info{
			Title:       "akin",
			Version:     cmp.Or(s.Version, "0"),
			Description: "What else to read: related items, topics and their listings. Errors are problem details (RFC 9457).",
		},
		Components: &huma.Components{
			Schemas: schemas,
			SecuritySchemes: map[string]*huma.SecurityScheme{
				"token": {Type: "http", Scheme: "bearer", Description: "A token that holds one of the roles that the route asks for"},
			},
		},
	}
	api := &router{mux, doc}
	mux.HandleFunc("/", s.unmatched)

	s.routeRelated(api)
	s.routeItems(api)
	s.routeTopics(api)
	s.routeEditors(api)
	s.routeState(api)
	s.routeEvents(api)
	for _, schema := range schemas.Map() {
		neverNull(schema)
	}
	sayMore(schemas.Map())
	for _, path := range doc.Paths {
		for _, op := range operations(path) {
			for _, p := range op.Parameters {
				neverNull(p.Schema)
			}
		}
	}
	spec := sync.OnceValues(func() ([]byte, error) { return json.Marshal(doc) })
	handle(s, api, huma.Operation{
		OperationID: "describe", Method: http.MethodGet, Path: "/openapi.json", Tags: []string{"state"},
		Summary: "This description of the API, in OpenAPI 3.1",
	}, public, func(context.Context, *struct{}) (*cached[json.RawMessage], error) {
		b, err := spec()
		return &cached[json.RawMessage]{CacheControl: askAgain, Body: b}, err
	})
	return mux
}

// schemaName calls a schema by its type, and those of the report "Coverage..."
// besides, since both packages have topics.
func schemaName(t reflect.Type, hint string) string {
	name := huma.DefaultSchemaNamer(t, hint)
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if t.PkgPath() == reflect.TypeFor[coverage.Report]().PkgPath() {
		return "Coverage" + name
	}
	return name
}

func operations(p *huma.PathItem) []*huma.Operation {
	all := []*huma.Operation{p.Get, p.Put, p.Post, p.Delete}
	return slices.DeleteFunc(all, func(op *huma.Operation) bool { return op == nil })
}

// neverNull says of arrays that they are never null: what is lacking is left
// out.
func neverNull(s *huma.Schema) {
	if s == nil {
		return
	}
	if s.Type == huma.TypeArray {
		s.Nullable = false
	}
	neverNull(s.Items)
	for _, p := range s.Properties {
		neverNull(p)
	}
}

// sayMore adds to the schemas what the types of package recommend cannot say.
func sayMore(schemas map[string]*huma.Schema) {
	words := func(schema, field string, values ...any) { schemas[schema].Properties[field].Enum = values }
	words("Entry", "tier", recommend.TierPinned, recommend.TierSimilar, recommend.TierTopic, recommend.TierLatest)
	for _, name := range []string{"Item", "Stored"} {
		words(name, "status", recommend.Published, recommend.Withdrawn)
		schemas[name].Properties["id"].Pattern = "^[A-Za-z0-9._~-]{1,200}$"
		schemas[name].Properties["body"].Description = "For terms only; never shown"
		schemas[name].Properties["date"].Pattern = `^\d{4}-\d{2}(-\d{2})?$`
		schemas[name].Properties["visibleFrom"].Description = "Embargoed until then"
	}
	words("Topic", "kind", recommend.KindTopic, recommend.KindProgram, recommend.KindAbout)
}

// problems describes answers that are problems.
func problems(doc *huma.OpenAPI, status ...int) map[string]*huma.Response {
	schema := doc.Components.Schemas.Schema(reflect.TypeFor[Problem](), true, "Problem")
	all := map[string]*huma.Response{}
	for _, code := range status {
		all[strconv.Itoa(code)] = &huma.Response{
			Description: http.StatusText(code),
			Content:     map[string]*huma.MediaType{problemType: {Schema: schema}},
		}
	}
	return all
}

// jsonBody describes a body of the JSON that T is written as.
func jsonBody[T any](api *router, kinds ...string) *huma.RequestBody {
	schema := api.doc.Components.Schemas.Schema(reflect.TypeFor[T](), true, "")
	b := &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{}}
	for _, kind := range kinds {
		b.Content[kind] = &huma.MediaType{Schema: schema}
	}
	return b
}

// An answer is what a handler says, held back until it is known whole.
type answer struct {
	call   *call
	status int
	body   bytes.Buffer
}

// fill takes what is to be sent.
func (a *answer) fill(r reply) {
	a.status = r.status
	h := a.call.w.Header()
	for _, field := range r.header {
		if field[1] != "" {
			h.Set(field[0], field[1])
		}
	}
	switch body := r.body.(type) {
	case nil:
		return
	case []byte:
		h.Set("Content-Type", r.contentType)
		a.body.Write(body)
		return
	case *Problem:
		h.Set("Content-Type", problemType)
	default:
		h.Set("Content-Type", asJSON)
	}
	if err := writeJSON(&a.body, r.body); err != nil {
		panic(err) // all that is answered can be written
	}
}

const maxPooled = 256 << 10 // bytes of a buffer that is kept for the next answer

var answers = sync.Pool{New: func() any { return new(answer) }}

// serve is what every route of the API has in common: cross-origin reads, roles,
// strict queries, entity tags.
func (s *site) serve(c *call, op *huma.Operation, roles Roles, h func(*call) (reply, error)) {
	if roles == public {
		c.w.Header()["Access-Control-Allow-Origin"] = []string{"*"}
		c.w.Header()["Access-Control-Expose-Headers"] = []string{"ETag, X-Request-Id"}
	}
	c.item = c.r.PathValue("id")
	err := s.admit(c, roles)
	if err == nil {
		err = checkQuery(c.r, op)
	}
	if err != nil {
		writeProblem(c.w, c, s.failure(c.r.Context(), err))
		return
	}
	r, err := h(c)
	if err != nil {
		p := s.failure(c.r.Context(), err)
		r = reply{status: p.Status, body: p}
	}
	a := answers.Get().(*answer)
	a.call = c
	a.body.Reset()
	defer func() {
		if a.body.Cap() <= maxPooled {
			a.call = nil
			answers.Put(a)
		}
	}()
	a.fill(r)
	a.send()
}

// admit refuses a call that takes roles which its maker does not hold, and
// credentials that are wrong even where none are needed.
func (s *site) admit(c *call, roles Roles) error {
	var err error
	if roles != public {
		_, err = s.auth.require(c.r, roles)
	} else if c.r.Header.Get("Authorization") != "" {
		_, err = s.auth.identify(c.r)
	}
	if p, ok := err.(*Problem); ok && p.Status == http.StatusUnauthorized {
		c.w.Header().Set("WWW-Authenticate", `Bearer realm="akin"`)
	}
	return err
}

// may tells whether the maker of the call holds any of the roles.
func (s *site) may(ctx context.Context, roles Roles) bool {
	who, err := s.auth.identify(callOf(ctx).r)
	return err == nil && who.roles&roles != 0
}

// send writes the answer, or 304 if the client has it.
func (a *answer) send() {
	h := a.call.w.Header()
	read := a.call.r.Method == http.MethodGet || a.call.r.Method == http.MethodHead
	if a.status >= http.StatusBadRequest || !read {
		h.Set("Cache-Control", noStore)
	}
	if read && a.status == http.StatusOK {
		tag := h.Get("ETag")
		if tag == "" {
			tag = contentTag(a.body.Bytes())
			h["Etag"] = []string{tag}
		}
		if given := a.call.r.Header.Get("If-None-Match"); given != "" && etagMatches(plainTags(given), tag) {
			h.Del("Content-Type")
			a.call.w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	if a.status != http.StatusNoContent {
		h["Content-Length"] = []string{strconv.Itoa(a.body.Len())}
	}
	a.call.w.WriteHeader(a.status)
	if a.body.Len() > 0 {
		_, _ = a.call.w.Write(a.body.Bytes()) // the client may have gone
	}
}

// checkQuery refuses parameters that the operation does not know, those given
// twice that may be given once, and text that is not UTF-8. It leaves out
// empty ones from the request, since a form sends them for what is not filled
// in.
func checkQuery(r *http.Request, op *huma.Operation) error {
	if r.URL.RawQuery == "" {
		return nil
	}
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return problem(http.StatusBadRequest, "the query is not well formed")
	}
	empty := false
	for name, list := range values {
		i := slices.IndexFunc(op.Parameters, func(p *huma.Param) bool { return p.In == "query" && p.Name == name })
		if i < 0 {
			return fieldProblem(http.StatusBadRequest, brief(name), "unknown query parameter")
		}
		kept := slices.DeleteFunc(list, func(v string) bool { return v == "" })
		if len(kept) > 1 && op.Parameters[i].Schema.Type != huma.TypeArray {
			return fieldProblem(http.StatusBadRequest, name, "is given twice")
		}
		for _, v := range kept {
			if !utf8.ValidString(v) || strings.ContainsRune(v, 0) {
				return fieldProblem(http.StatusBadRequest, name, "is not text in UTF-8")
			}
		}
		if len(kept) < len(list) {
			values[name], empty = kept, true
		}
	}
	if empty {
		u := *r.URL
		u.RawQuery = values.Encode()
		*r.URL = u
	}
	return nil
}

// brief returns s fit to be repeated to the client.
func brief(s string) string {
	if s = strings.ToValidUTF8(s, "\uFFFD"); len(s) > 40 {
		s = strings.ToValidUTF8(s[:40], "") + "…"
	}
	if strings.IndexFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f }) >= 0 {
		return strconv.Quote(s)
	}
	return s
}

// unmatched answers what no route does: the methods that the address has, by
// OPTIONS, 405 or 404.
func (s *site) unmatched(w http.ResponseWriter, r *http.Request) {
	c := callOf(r.Context())
	var methods []string
	open := false
	wanted := r.Header.Get("Access-Control-Request-Method")
	for _, m := range []string{http.MethodGet, http.MethodPut, http.MethodPost, http.MethodDelete} {
		_, pattern := s.api().Handler(&http.Request{Method: m, URL: r.URL, Host: r.Host})
		if pattern == "/" || pattern == "" {
			continue
		}
		methods = append(methods, m)
		if m == http.MethodGet {
			methods = append(methods, http.MethodHead)
		}
		open = open || s.open[pattern] && (wanted == m || m == http.MethodGet && wanted == http.MethodHead)
	}
	if len(methods) == 0 {
		writeProblem(w, c, problem(http.StatusNotFound, "there is nothing at this address"))
		return
	}
	h := w.Header()
	h.Set("Allow", strings.Join(append(methods, http.MethodOptions), ", "))
	if r.Method != http.MethodOptions {
		writeProblem(w, c, problem(http.StatusMethodNotAllowed, fmt.Sprintf("%s is not for this address", brief(r.Method))))
		return
	}
	if open {
		h.Set("Access-Control-Allow-Origin", "*")
		h.Set("Access-Control-Allow-Methods", wanted)
		h.Set("Access-Control-Allow-Headers", "Accept, Content-Type, If-None-Match, X-Request-Id")
		h.Set("Access-Control-Max-Age", "86400")
	}
	h.Set("Cache-Control", noStore)
	w.WriteHeader(http.StatusNoContent)
}
