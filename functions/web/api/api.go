package api

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"akin/functions/web/serve"
	"akin/recommend"
	"akin/recommend/coverage"
	"akin/recommend/engine"
	"akin/recommend/preview"
)

// A Reader answers what the API asks. A [engine.Reader] is one.
type Reader interface {
	Related(ctx context.Context, id string, q recommend.Query) (*recommend.Related, error)
	Find(ctx context.Context, address string) (string, error)
	Item(ctx context.Context, id string) (*recommend.Stored, error)
	TopicList(ctx context.Context, q recommend.TopicQuery) (*recommend.TopicList, error)
	Topic(ctx context.Context, slug string) (*recommend.Topic, error)
	Showable(ctx context.Context, topics ...recommend.Topic) ([]recommend.Topic, error)
	Listing(ctx context.Context, slug string, q recommend.ListQuery) (*recommend.Listing, error)
	Status(ctx context.Context) (*recommend.StatusReport, error)
	Generations(ctx context.Context) ([]recommend.Generation, error)
	DeadLetters(ctx context.Context) ([]recommend.DeadLetter, error)
	Curation(ctx context.Context, id string) (*recommend.Curation, error)
	TopicCuration(ctx context.Context, slug string) (*recommend.TopicCuration, error)
	History(ctx context.Context, s engine.Subject) ([]engine.Change, error)
	Audit(ctx context.Context, limit int) ([]engine.Audited, error)
	WorkedFindings(ctx context.Context) (map[string]*engine.WorkedFinding, error)
	Settings(ctx context.Context) (*engine.SiteSettings, error)
	SettingsHistory(ctx context.Context) ([]engine.Change, error)
}

// A Publisher takes in items, topics and what editors decide. A
// [engine.Publisher] is one.
type Publisher interface {
	Put(ctx context.Context, items ...recommend.Item) []recommend.Result
	Withdraw(ctx context.Context, id string, version int64) recommend.Result
	PutTopics(ctx context.Context, topics ...recommend.Topic) error
	Curate(ctx context.Context, id string, c recommend.Curation, e engine.Edit) (etag string, err error)
	CurateTopic(ctx context.Context, slug string, c recommend.TopicCuration, e engine.Edit) (etag string, err error)
	Undo(ctx context.Context, s engine.Subject, change uint64, e engine.Edit) (etag string, err error)
	WorkFinding(ctx context.Context, a engine.FindingAct, e engine.Edit) (etag string, err error)
	PutSettings(ctx context.Context, b []byte, e engine.Edit) (etag string, err error)
	RetryDeadLetters(ctx context.Context, ids ...string) (int, error)
	DropDeadLetters(ctx context.Context, ids ...string) (int, error)
}

// A Searcher finds items by text. It holds the index in memory, or asks one
// that does.
type Searcher interface {
	Search(ctx context.Context, q, lang string, limit int) ([]recommend.Entry, error)
	Hints(ctx context.Context, q string, found int) (*recommend.Hints, error)
	ByAuthor(ctx context.Context, author, lang string, limit int) ([]recommend.Entry, error)
	Draft(ctx context.Context, it recommend.Item, q recommend.Query) (*engine.Draft, error)
	Why(ctx context.Context, id, other string, q recommend.Query) (*recommend.Why, error)
}

// A Reporter has the editors' report. What it returns is not changed. A
// [coverage.LiveReport] and a [coverage.StoredReport] are reporters.
type Reporter interface {
	Latest(ctx context.Context) (*coverage.Report, *coverage.Changes, error)
	Days(ctx context.Context, since time.Time) ([]coverage.Day, error)
}

// A Config says what the API is made of. Reader and Preview are needed; what
// else is nil is answered by 501, or by 404 where it says so.
type Config struct {
	Reader    Reader
	Publisher Publisher
	Searcher  Searcher
	Rebuilder Rebuilder
	Preview   *preview.Previewer
	Report    Reporter                                           // nil: 404
	Events    Counter                                            // nil: 404
	Sources   Sources                                            // nil: 404
	Receipts  Receipts                                           // nil: 404
	Filterer  Filterer                                           // nil: answers that filters leave incomplete say so
	Webhooks  func(context.Context) ([]recommend.Webhook, error) // nil: there are none
	CatchUp   func(context.Context) (int, error)                 // nil: a 2xx means stored, and others index
	Version   string
	Store     string
}

// A Part is some of the routes of the API: [All], [Indexed] or [Rebuilds]. A program holds
// what the parts need that it names.
type Part func(*routes, *router)

// routes answers the routes of the API.
type routes struct {
	*serve.Front
	Config
	mux  func() *http.ServeMux // made for the first call: huma takes its time to describe all routes
	open map[string]bool       // patterns that any origin may call
}

// New returns the handler of parts of the JSON API. It answers requests that came
// through f. It is safe for concurrent use.
func New(f *serve.Front, c Config, parts ...Part) http.Handler {
	s := &routes{Front: f, Config: c, open: map[string]bool{}}
	s.mux = sync.OnceValue(func() *http.ServeMux { return s.describe(parts) })
	return s
}

// ServeHTTP answers a request of the API.
func (s *routes) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header()["X-Content-Type-Options"] = []string{"nosniff"}
	if !isClean(r.URL.EscapedPath()) {
		serve.WriteProblem(w, serve.CallOf(r.Context()), serve.NewProblem(http.StatusNotFound, "there is nothing at this address"))
		return
	}
	s.mux().ServeHTTP(w, r)
}

// Answers tells whether the JSON API answers at path, and not a page.
func Answers(path string) bool {
	return strings.HasPrefix(path, "/v1/") || path == "/v1" || path == "/healthz" || path == "/openapi.json"
}

// isClean tells whether path holds no empty and no dot segment. The mux would
// redirect others, which does no client a favour: no address here has them.
func isClean(path string) bool {
	return strings.HasPrefix(path, "/") && !strings.Contains(path, "//") &&
		!strings.Contains(path+"/", "/./") && !strings.Contains(path+"/", "/../")
}

// describe returns the routes of parts of the API, each with its description.
func (s *routes) describe(parts []Part) *http.ServeMux {
	mux := http.NewServeMux()
	schemas := huma.NewMapRegistry("#/components/schemas/", schemaName)
	schemas.RegisterTypeAlias(reflect.TypeFor[recommend.Millionths](), reflect.TypeFor[float64]())
	doc := &huma.OpenAPI{
		OpenAPI: "3.1.0",
		Info: &huma.Info{
			Title:       "akin",
			Version:     cmp.Or(s.Version, "0"),
			Description: "Related items, topics and their listings. Errors are problem details (RFC 9457).",
		},
		Components: &huma.Components{
			Schemas: schemas,
			SecuritySchemes: map[string]*huma.SecurityScheme{
				"token": {Type: "http", Scheme: "bearer", Description: "A token with one of the roles that the route requires"},
			},
		},
	}
	api := &router{mux, doc}
	mux.HandleFunc("/", s.unmatched)

	for _, part := range parts {
		part(s, api)
	}
	for _, schema := range schemas.Map() {
		neverNull(schema)
	}
	describeFields(schemas.Map())
	for _, path := range doc.Paths {
		for _, op := range operations(path) {
			for _, p := range op.Parameters {
				neverNull(p.Schema)
			}
		}
	}
	return mux
}

// All are the routes of the whole API, its description among them.
func All(s *routes, api *router) {
	s.routeRelated(api)
	s.routeItems(api)
	s.routeTopics(api)
	s.routeEditors(api)
	s.routeState(api)
	Rebuilds(s, api)
	s.routeEvents(api)
	s.routeSources(api)
	s.routeDead(api)
	s.routeChanges(api)
	s.routeSettings(api)
	spec := sync.OnceValues(func() ([]byte, error) { return json.Marshal(api.doc) })
	handle(s, api, huma.Operation{
		OperationID: "describe", Method: http.MethodGet, Path: "/openapi.json", Tags: []string{"state"},
		Summary: "This description of the API, in OpenAPI 3.1",
	}, serve.Public, func(context.Context, *struct{}) (*cached[json.RawMessage], error) {
		b, err := spec()
		return &cached[json.RawMessage]{CacheControl: serve.AskAgain, Body: b}, err
	})
}

// Indexed are the routes whose answers want the index in memory.
func Indexed(s *routes, api *router) { s.routeRelated(api) }

// problems describes answers that are problems.
func problems(doc *huma.OpenAPI, status ...int) map[string]*huma.Response {
	schema := doc.Components.Schemas.Schema(reflect.TypeFor[serve.Problem](), true, "Problem")
	all := map[string]*huma.Response{}
	for _, code := range status {
		all[strconv.Itoa(code)] = &huma.Response{
			Description: http.StatusText(code),
			Content:     map[string]*huma.MediaType{serve.ProblemType: {Schema: schema}},
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
	call   *serve.Call
	status int
	body   bytes.Buffer
}

// fill takes what is to be sent.
func (a *answer) fill(r reply) {
	a.status = r.status
	h := a.call.Writer.Header()
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
	case *serve.Problem:
		h.Set("Content-Type", serve.ProblemType)
	default:
		h.Set("Content-Type", serve.AsJSON)
	}
	if err := writeJSON(&a.body, r.body); err != nil {
		panic(err) // all that is answered can be written
	}
}

const maxPooled = 256 << 10 // bytes of a buffer that is kept for the next answer

var answers = sync.Pool{New: func() any { return new(answer) }}

// answer is what every route of the API has in common: cross-origin reads, roles,
// strict queries, entity tags.
func (s *routes) answer(c *serve.Call, op *huma.Operation, roles serve.Roles, h func(*serve.Call) (reply, error)) {
	if s.open[op.Method+" "+op.Path] {
		c.Writer.Header()["Access-Control-Allow-Origin"] = []string{"*"}
		c.Writer.Header()["Access-Control-Expose-Headers"] = []string{"ETag, X-Request-Id"}
	}
	c.Item = c.Request.PathValue("id")
	err := s.Admit(c, roles)
	if err == nil {
		err = checkQuery(c.Request, op)
	}
	if err != nil {
		serve.WriteProblem(c.Writer, c, s.Failure(c.Request.Context(), err))
		return
	}
	r, err := h(c)
	if err != nil {
		p := s.Failure(c.Request.Context(), err)
		r = reply{status: p.Status, body: p}
	}
	if r.stream != nil {
		r.stream(c)
		return
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

// send writes the answer, or 304 if the client has it.
func (a *answer) send() {
	h := a.call.Writer.Header()
	read := a.call.Request.Method == http.MethodGet || a.call.Request.Method == http.MethodHead
	if a.status >= http.StatusBadRequest || !read {
		h.Set("Cache-Control", serve.NoStore)
	}
	if read && a.status == http.StatusOK {
		tag := h.Get("ETag")
		if tag == "" {
			tag = serve.ContentTag(a.body.Bytes())
		}
		if serve.NotModified(a.call.Writer, a.call.Request, tag) {
			return
		}
	}
	if a.status != http.StatusNoContent {
		h["Content-Length"] = []string{strconv.Itoa(a.body.Len())}
	}
	a.call.Writer.WriteHeader(a.status)
	if a.body.Len() > 0 {
		_, _ = a.call.Writer.Write(a.body.Bytes()) // the client may have gone
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
		return serve.NewProblem(http.StatusBadRequest, "the query is not well formed")
	}
	empty := false
	for _, name := range slices.Sorted(maps.Keys(values)) {
		list := values[name]
		i := slices.IndexFunc(op.Parameters, func(p *huma.Param) bool { return p.In == "query" && p.Name == name })
		if i < 0 {
			return serve.FieldProblem(http.StatusBadRequest, serve.Brief(name), "unknown query parameter")
		}
		kept := slices.DeleteFunc(list, func(v string) bool { return v == "" })
		if len(kept) > 1 && op.Parameters[i].Schema.Type != huma.TypeArray {
			return serve.FieldProblem(http.StatusBadRequest, name, "is given twice")
		}
		for _, v := range kept {
			if !utf8.ValidString(v) || strings.ContainsRune(v, 0) {
				return serve.FieldProblem(http.StatusBadRequest, name, "is not text in UTF-8")
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

// unmatched answers what no route does: the methods that the address has, by
// OPTIONS, 405 or 404.
func (s *routes) unmatched(w http.ResponseWriter, r *http.Request) {
	c := serve.CallOf(r.Context())
	var methods []string
	open := false
	wanted := r.Header.Get("Access-Control-Request-Method")
	for _, m := range []string{http.MethodGet, http.MethodPut, http.MethodPost, http.MethodDelete} {
		_, pattern := s.mux().Handler(&http.Request{Method: m, URL: r.URL, Host: r.Host})
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
		serve.WriteProblem(w, c, serve.NewProblem(http.StatusNotFound, "there is nothing at this address"))
		return
	}
	h := w.Header()
	h.Set("Allow", strings.Join(append(methods, http.MethodOptions), ", "))
	if r.Method != http.MethodOptions {
		serve.WriteProblem(w, c, serve.NewProblem(http.StatusMethodNotAllowed, fmt.Sprintf("%s is not for this address", serve.Brief(r.Method))))
		return
	}
	if open {
		h.Set("Access-Control-Allow-Origin", "*")
		h.Set("Access-Control-Allow-Methods", wanted)
		h.Set("Access-Control-Allow-Headers", "Accept, Authorization, Content-Type, If-None-Match, X-Request-Id")
		h.Set("Access-Control-Max-Age", "86400")
	}
	h.Set("Cache-Control", serve.NoStore)
	w.WriteHeader(http.StatusNoContent)
}
