// Package surface holds what the functions of AWS answer to what one machine
// answers: the same requests, good and bad, go to the handler of a function, in
// the events that API Gateway would make of them, and to the one handler that a
// server on one machine has; status, problem and headers must be the same.
//
// [Walk] takes the routes from template.yaml, so a route that is added there
// needs its requests here, in requests.go.
package surface

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"

	"akin/functions/web"
	"akin/functions/web/api"
	"akin/functions/web/serve"
	"akin/functions/wire"
	"akin/infra/gateway"
	"akin/infra/memory"
	"akin/infra/test/e2e"
	"akin/infra/test/stack"
	"akin/recommend"
	"akin/recommend/coverage"
	"akin/recommend/engine"
	"akin/recommend/preview"
	"akin/recommend/sources"
	"akin/recommend/store"
)

const (
	site    = "https://news.example"
	secret  = "akin_secret-of-the-test"
	session = "0123456789abcdef0123456789abcdef"
	table   = "akin"
)

// A Handler makes what a function answers requests with, on a store in place of
// the table, and of a rebuilder in place of the state machine.
type Handler func(*wire.Function, api.Rebuilder) http.Handler

// Walk asks the handler of a function, by the name that template.yaml has for
// it, and that of one machine the requests of all routes that lead to it.
func Walk(t *testing.T, function string, deployed Handler) {
	template, err := stack.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	routes, err := template.Routes()
	if err != nil {
		t.Fatal(err)
	}
	base := sample(t)
	n := 0
	for _, route := range routes {
		if route.Function != function {
			continue
		}
		n++
		key := route.Method + " " + route.Path
		t.Run(key, func(t *testing.T) {
			all := requests[strings.Replace(key, "HEAD ", "GET ", 1)]
			if len(all) == 0 {
				t.Fatalf("there are no requests for %s; add good and bad ones to requests.go", key)
			}
			p := newPair(t, route, deployed, base, nil)
			for _, r := range all {
				p.compare(t, r)
				for _, more := range variants(route, r) {
					p.compare(t, more)
				}
			}
			for _, err := range []error{engine.ErrBusy, engine.ErrNoGeneration, engine.ErrRebuilding, errors.New("a secret of the store")} {
				newPair(t, route, deployed, base, err).compare(t, all[0])
			}
		})
	}
	if n == 0 {
		t.Errorf("no route leads to %s", function)
	}
}

// A request is what both are asked. Signed routes are asked with a signature of
// IAM on AWS, and with a token of all roles on one machine.
type request struct {
	target string
	body   string
	header []string // names and values in turn
}

// variants are requests that every route must refuse, or answer, alike.
func variants(route stack.Route, r request) []request {
	with := func(target string, header ...string) request {
		return request{target, r.body, append(append([]string{}, r.header...), header...)}
	}
	sep := "?"
	if strings.Contains(r.target, "?") {
		sep = "&"
	}
	all := []request{
		with(r.target + sep + "nosuch=1"),
		with(r.target + sep + "a=%zz"),
		with(r.target + sep + "lang=%ff"),
		with(r.target, "Accept-Encoding", "gzip"),
		with(r.target, "Accept-Language", "es"),
		with(r.target, "If-None-Match", "*"),
		with(r.target, "Content-Type", "text/csv"),
		with(r.target, "Content-Encoding", "br"),
	}
	if route.Auth == stack.Anyone {
		all = append(all, with(r.target, "Authorization", "Bearer nobody's"), with(r.target, "Authorization", "Bearer "+secret))
	}
	return all
}

// A pair is what is compared, for one route: each has a store of its own, with
// the same in it.
type pair struct {
	route    stack.Route
	deployed func(context.Context, events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error)
	local    http.Handler
}

// newPair returns a pair over copies of base. Where failure is not nil, the stores
// and the rebuilders answer everything with it.
func newPair(t *testing.T, route stack.Route, deployed Handler, base *memory.Store, failure error) *pair {
	t.Helper()
	one, other := store.Store(base.Clone()), store.Store(base.Clone())
	if failure != nil {
		one, other = failing{one, failure}, failing{other, failure}
	}
	log := slog.New(slog.DiscardHandler)
	f, err := wire.New(environment, log, one)
	if err != nil {
		t.Fatal(err)
	}
	h := deployed(f, rebuilder{failure})
	var r api.Rebuilder
	if route.Path != "/v1/status" { // on AWS, Step Functions tells of rebuilds
		r = rebuilder{failure}
	}
	here, err := local(log, other, r)
	if err != nil {
		t.Fatal(err)
	}
	return &pair{route, gateway.Handler(h), here}
}

// compare asks both the same.
func (p *pair) compare(t *testing.T, q request) {
	t.Helper()
	route := p.route
	const id = "the-request"
	ask := func() *http.Request {
		req := httptest.NewRequest(route.Method, site+q.target, strings.NewReader(q.body))
		req.RemoteAddr = "192.0.2.1:50000"
		req.Header.Set("X-Request-Id", id)
		req.Header.Set("User-Agent", "Mozilla/5.0")
		for i := 0; i+1 < len(q.header); i += 2 {
			req.Header.Set(q.header[i], q.header[i+1])
		}
		return req
	}
	req := ask()
	e := e2e.Event(req, []byte(q.body), route)
	e.RequestContext.RequestID = id
	if route.Auth != stack.Anyone {
		e.RequestContext.Authorizer = &events.APIGatewayV2HTTPRequestContextAuthorizerDescription{
			IAM: &events.APIGatewayV2HTTPRequestContextAuthorizerIAMDescription{UserARN: "arn:aws:iam::123456789012:user/desk"},
		}
	}
	got, err := p.deployed(t.Context(), *e)
	if err != nil {
		t.Fatal(err)
	}
	req = ask()
	if route.Auth != stack.Anyone {
		req.Header.Set("Authorization", "Bearer "+secret)
	}
	rec := httptest.NewRecorder()
	p.local.ServeHTTP(rec, req)
	res := rec.Result()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	type seen struct {
		Status  int
		Headers map[string]string
		Problem string
	}
	want := seen{res.StatusCode, map[string]string{}, ""}
	have := seen{got.StatusCode, map[string]string{}, ""}
	for _, name := range compared {
		want.Headers[name] = strings.Join(res.Header.Values(name), ", ")
		have.Headers[name] = got.Headers[name]
	}
	if strings.HasPrefix(res.Header.Get("Content-Type"), serve.ProblemType) || strings.HasPrefix(got.Headers["Content-Type"], serve.ProblemType) {
		want.Problem, have.Problem = string(body), got.Body
		if route.Method == http.MethodHead {
			want.Problem = "" // which a server would not send
		}
	}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Errorf("%s %s %q %s\n-on one machine +on AWS:\n%s", route.Method, q.target, q.header, q.body, diff)
	}
}

// compared are the headers that must be the same.
var compared = []string{
	"Retry-After", "Cache-Control", "Etag", "Content-Type", "Content-Encoding", "Content-Language", "Location", "Vary", "Allow",
	"Www-Authenticate", "X-Request-Id", "X-Content-Type-Options", "Content-Security-Policy", "X-Robots-Tag", "Strict-Transport-Security",
	"Access-Control-Allow-Origin", "Access-Control-Expose-Headers",
}

// environment is that of the functions, as template.yaml sets it.
func environment(name string) string {
	return map[string]string{
		"AKIN_TABLE": table, "AKIN_STACK": "test", "AKIN_SITE": site, "AKIN_SESSION": session, "AKIN_TOKENS": tokenLine(),
		"AWS_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x",
	}[name]
}

// local returns the handler that a server on one machine has, but that, as on
// AWS, others bring the lists up to date.
func local(log *slog.Logger, s store.Store, r api.Rebuilder) (http.Handler, error) {
	f, err := wire.New(environment, log, s)
	if err != nil {
		return nil, err
	}
	x, err := f.Indexer()()
	if err != nil {
		return nil, err
	}
	tokens, err := serve.ParseTokens(strings.NewReader(tokenLine()))
	if err != nil {
		return nil, err
	}
	reader, publisher := f.Reader(func() (engine.Ranker, error) { return x, nil }), f.Publisher()
	trial := func() (preview.Reader, preview.Publisher, error) {
		s := memory.NewOverlay(s)
		return reader.On(s), publisher.On(s), nil
	}
	return web.New(web.Config{
		Config: serve.Config{Tokens: tokens, SessionKey: []byte(session), Logger: log},
		Reader: reader, Publisher: publisher, Searcher: coverage.NewDrafter(x, time.Now), Rebuilder: r, Trial: trial,
		Report: coverage.NewStoredReport(s), Sources: &sources.Desk{Store: s}, Site: &url.URL{Scheme: "https", Host: "news.example"},
		Version: wire.Version(), Store: "dynamodb://" + table,
	}), nil
}

// sample returns a store of a few items and their lists.
func sample(t *testing.T) *memory.Store {
	t.Helper()
	s := memory.New()
	f, err := wire.New(environment, slog.New(slog.DiscardHandler), s)
	if err != nil {
		t.Fatal(err)
	}
	publisher := f.Publisher()
	for line := range strings.Lines(sampleItems) {
		it, err := recommend.DecodeItem([]byte(line))
		if err != nil {
			t.Fatal(err)
		}
		if r := publisher.Put(t.Context(), it)[0]; r.Err != nil {
			t.Fatal(r.Err)
		}
	}
	if r := publisher.Withdraw(t.Context(), "gone", 0); r.Err != nil {
		t.Fatal(r.Err)
	}
	x, err := f.Indexer()()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := x.Reindex(t.Context(), engine.ReindexOptions{}); err != nil {
		t.Fatal(err)
	}
	return s
}

// A failing store answers every call with an error of akin's own.
type failing struct {
	store.Store
	err error
}

func (f failing) Get(context.Context, store.Consistency, ...store.Key) ([]store.Row, error) {
	return nil, f.err
}

func (f failing) Query(context.Context, store.Consistency, store.Range) ([]store.Row, bool, error) {
	return nil, false, f.err
}

func (f failing) Apply(_ context.Context, txs ...store.Tx) []error {
	errs := make([]error, len(txs))
	for i := range errs {
		errs[i] = f.err
	}
	return errs
}
