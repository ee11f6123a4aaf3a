package web

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"akin/functions/web/api"
	"akin/functions/web/serve"
	"akin/recommend"
	"akin/recommend/engine"
)

// No address, however it is written, is answered by anything but the statuses
// of the contract, or reaches an item that it does not name.
func TestHostilePaths(t *testing.T) {
	a := newTestAPI(t)
	for target, want := range map[string]int{
		"/v1/items/../topics":                   404,
		"/v1/items/./rents":                     404,
		"/v1//items/rents":                      404,
		"/v1/items//related":                    404,
		"/v1/items/rents/":                      404,
		"/v1/items/rents/related/":              404,
		"/v1/items/":                            404,
		"/v1/items/%2e%2e/related":              404,
		"/v1/items/%2E":                         404,
		"/v1/items/rents%2Frelated":             404,
		"/v1/items/%72ents":                     200, // rents, once decoded
		"/v1/items/%2572ents":                   404, // %72ents, once decoded
		"/v1/items/rents%00":                    404,
		"/v1/items/rents%0a/related":            404,
		"/v1/items/%ff%fe/related":              404,
		"/v1/items/rents;x=1/related":           404,
		"/v1/items/rents%20/related":            404,
		"/v1/items/RENTS":                       404,
		"/v1/items/" + strings.Repeat("x", 201): 404,
		"/v1/items/" + strings.Repeat("x", 20_000) + "/related": 404,
		"/v1/topics/%2e%2e/items":                               404,
		"/v1/topics/a%2Fb":                                      404,
		"/v1/topics/%ff":                                        404,
		"/v1/topics/a%00b":                                      404,
		"/v1/topics/ni%C3%B1ez/items":                           200,
		"/v1/topics/nin%CC%83ez/items":                          404, // the same letters, decomposed: another slug
		"/v1/topics/" + strings.Repeat("%F0%9F%8F%A0", 33):      404,
		"/v1":             404,
		"/healthz/":       404,
		"/openapi.json/x": 404,
		"/openapi.yaml":   404,
		"/V1/topics":      404,
	} {
		u, err := url.Parse("http://localhost:8080" + target)
		if err != nil {
			t.Fatal(err)
		}
		r := local("GET", "/", "")
		r.URL = u
		w := httptest.NewRecorder()
		a.h.ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("GET %.80s: %d, want %d", target, w.Code, want)
		}
	}
}

// listenWith runs a real server, with its limits.
func listenWith(t testing.TB, h http.Handler, change func(*http.Server)) net.Addr {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := NewServer(h, slog.New(slog.DiscardHandler))
	if change != nil {
		change(s)
	}
	go func() { _ = s.Serve(l) }()
	t.Cleanup(func() { _ = s.Close() })
	return l.Addr()
}

// raw sends bytes and returns the status of the answer, 0 for a connection that
// is closed without one.
func raw(t *testing.T, addr net.Addr, request string) int {
	t.Helper()
	c, err := net.Dial("tcp", addr.String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(20 * time.Second))
	go func() { _, _ = io.WriteString(c, request) }()
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("%.60q: no answer", request)
	}
	if err != nil {
		return 0
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, res.Body)
	return res.StatusCode
}

func TestHostileRequests(t *testing.T) {
	addr := listenWith(t, newTestAPI(t).h, func(s *http.Server) {
		s.ReadHeaderTimeout = time.Second
		s.ReadTimeout = 2 * time.Second
	})
	host := "Host: " + addr.String() + "\r\n"
	for _, tt := range []struct {
		name, request string
		want          int
	}{
		{"a good one", "GET /healthz HTTP/1.1\r\n" + host + "\r\n", 200},
		{"no host", "GET /healthz HTTP/1.1\r\n\r\n", 400},
		{"two hosts", "GET /healthz HTTP/1.1\r\n" + host + "Host: evil.example\r\n\r\n", 400},
		{"huge headers", "GET /healthz HTTP/1.1\r\n" + host + "X: " + strings.Repeat("x", 80<<10) + "\r\n\r\n", 431},
		{"many headers", "GET /healthz HTTP/1.1\r\n" + host + strings.Repeat("X: y\r\n", 20_000) + "\r\n", 431},
		{"a huge address", "GET /" + strings.Repeat("x", 80<<10) + " HTTP/1.1\r\n" + host + "\r\n", 431},
		{"a bad escape", "GET /v1/items/%zz HTTP/1.1\r\n" + host + "\r\n", 400},
		{"another server's address", "GET http://evil.example/v1/status HTTP/1.1\r\n" + host + "\r\n", 200},
		{"slow headers", "GET /healthz HTTP/1.1\r\n" + host, 408},
		{"a slow body", "PUT /v1/items/new HTTP/1.1\r\n" + host + "Content-Length: 100\r\n\r\n{", 408},
		{"a body that is longer than it says", "PUT /v1/items/new HTTP/1.1\r\n" + host + "Content-Length: 1\r\nConnection: close\r\n\r\n{\"title\":\"T\"}", 400},
		{"a length that is none", "PUT /v1/items/new HTTP/1.1\r\n" + host + "Content-Length: x\r\n\r\n", 400},
		{"two lengths", "PUT /v1/items/new HTTP/1.1\r\n" + host + "Content-Length: 1\r\nContent-Length: 2\r\n\r\n{}", 400},
		{"a length that is too large", "PUT /v1/items/new HTTP/1.1\r\n" + host + "Content-Length: 99999999\r\n\r\n", 413},
		{"chunks that are none", "PUT /v1/items/new HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400},
		{"chunks without end", "PUT /v1/items/new HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n" + strings.Repeat("1000\r\n"+strings.Repeat(" ", 4096)+"\r\n", 200), 413},
		{"a line feed in a header", "GET /healthz HTTP/1.1\r\n" + host + "X-Request-Id: a\nInjected: b\r\n\r\n", 200},
		{"no HTTP", "\x16\x03\x01\x02", 400},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := raw(t, addr, tt.request); got != tt.want && (tt.want != 408 || got != 0) {
				t.Errorf("%.60q: %d, want %d", tt.request, got, tt.want)
			}
		})
	}
}

// A client that sends all before it looks for an answer finds one.
func TestLongBodyIsAnswered(t *testing.T) {
	addr := listenWith(t, newTestAPI(t).h, nil)
	for _, head := range []string{"Content-Length: 20000000\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n1312D00\r\n"} {
		c, err := net.Dial("tcp", addr.String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		_ = c.SetDeadline(time.Now().Add(20 * time.Second))
		_, err = io.WriteString(c, "POST /v1/items HTTP/1.1\r\nHost: "+addr.String()+"\r\n"+head+strings.Repeat(" ", 20_000_000))
		if err != nil {
			t.Errorf("%q: %v", head, err)
			continue
		}
		res, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil || res.StatusCode != http.StatusRequestEntityTooLarge {
			t.Errorf("%q: %v %v, want 413", head, res, err)
		}
	}
}

// Whatever is put, the answer is one of the contract's and never a 500.
func FuzzPut(f *testing.F) {
	for _, s := range []string{
		`{"id":"new","title":"T"}`, `{"title":"T","image":{"alt":"a"}}`, `{}`, `[]`, `null`, `{"id":null,"title":"T"}`, ` { } `, "", "\xff",
		`{"title":"\ud800"}`, `{"id":"new","version":1e400}`, strings.Repeat("[", 10_000), `{"title":"T"}{`, `{"pins":[{"id":"a"}]}`, `{"ID":"new","title":"T"}`,
	} {
		f.Add([]byte(s), "new", "limit=3")
	}
	f.Add([]byte(`{"title":"T"}`), "a b", "limit=%3")
	f.Add([]byte(`{"title":"T"}`), "", "limit=3")
	f.Add([]byte(`{"title":"T"}`), "ñ/..", "type=a&type=b&limit")
	h := New(Config{Reader: newSample(), Publisher: newSample(), Searcher: newSample(), Config: serve.Config{Logger: slog.New(slog.DiscardHandler)}})
	allowed := map[int]bool{200: true, 201: true, 400: true, 404: true, 405: true, 409: true, 410: true, 412: true, 413: true, 422: true}
	f.Fuzz(func(t *testing.T, body []byte, name, query string) {
		for _, route := range []string{"PUT /v1/items/%s", "PUT /v1/items/%s/curation", "PUT /v1/topics/%s", "POST /v1/related", "POST /v1/items", "GET /v1/items/%s/related", "GET /v1/topics/%s/items"} {
			method, path, _ := strings.Cut(route, " ")
			if strings.Contains(path, "%s") {
				path = fmt.Sprintf(path, url.PathEscape(name))
			}
			u, err := url.Parse("http://localhost" + path)
			if err != nil {
				continue
			}
			if method != "PUT" {
				u.RawQuery = query
			}
			r := local(method, "/", "", "If-Match", `"0"`)
			r.URL, r.Body, r.ContentLength = u, io.NopCloser(bytes.NewReader(body)), int64(len(body))
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if !allowed[w.Code] {
				t.Errorf("%s %s?%s with %q: %d %s", method, path, u.RawQuery, body, w.Code, w.Body)
			}
			if w.Code >= 400 {
				theSpecification().check(t, r, w.Result(), w.Body.Bytes())
			}
		}
	})
}

// A writer that goes away while its item is being stored leaves no half of it.
func TestClientGoesAway(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	a := newTestAPI(t, func(c *Config) {
		catchUp := c.CatchUp
		c.CatchUp = func(ctx context.Context) (int, error) {
			cancel()
			if ctx.Err() != nil {
				t.Error("indexing is given up with the client")
			}
			return catchUp(ctx)
		}
	})
	r := local("PUT", "/v1/items/new", `{"title":"T"}`).WithContext(ctx)
	a.h.ServeHTTP(httptest.NewRecorder(), r)
	if a.store.caught != 1 {
		t.Error("not indexed")
	}
	a.store.err = context.Canceled
	w := httptest.NewRecorder()
	a.log.Reset()
	a.h.ServeHTTP(w, local("GET", "/v1/topics", "").WithContext(ctx))
	if w.Code != 503 || a.log.Len() > 0 {
		t.Errorf("a read that nobody waits for: %d, logged %q", w.Code, a.log)
	}
}

// slowReindexer rebuilds until it is told to stop.
type slowReindexer struct {
	started chan struct{}
	finish  chan error
}

func (s *slowReindexer) Reindex(_ context.Context, o engine.ReindexOptions) (*recommend.Generation, error) {
	o.Progress("map", 3, 10)
	s.started <- struct{}{}
	if err := <-s.finish; err != nil {
		return nil, err
	}
	return &recommend.Generation{Number: 2, State: "current", Items: 10}, nil
}

func (s *slowReindexer) Rollback(context.Context) (*recommend.Generation, error) {
	return nil, fmt.Errorf("rollback: %w", engine.ErrNoGeneration)
}

// A rebuild runs beside everything else, one at a time, and its state is told.
func TestRebuild(t *testing.T) {
	x := &slowReindexer{started: make(chan struct{}), finish: make(chan error)}
	b := engine.NewBackground(t.Context(), x, slog.New(slog.DiscardHandler))
	a := newTestAPI(t, func(c *Config) { c.Rebuilder, c.Tokens = b, tokensOf(t, "all", serve.AllRoles) })
	all := []string{"Authorization", "Bearer all-secret"}
	state := func(headers ...string) engine.Rebuild {
		return *decode[api.StatusAnswer](t, a.do("GET", "/v1/status", "", headers...)).Reindex
	}
	if got := state(); got.State != "none" {
		t.Errorf("before: %+v", got)
	}
	if res := a.do("POST", "/v1/rollback", "", all...); res.StatusCode != 409 {
		t.Errorf("rollback to nothing: %d, want 409", res.StatusCode)
	}
	res := a.do("POST", "/v1/reindex?force=true", "", all...)
	if res.StatusCode != 202 || res.Header.Get("Location") != "/v1/status" {
		t.Fatalf("reindex: %d, Location %q", res.StatusCode, res.Header.Get("Location"))
	}
	<-x.started
	if got := state(); got.State != "running" || got.Done != 3 || got.Total != 10 || got.Stage != "map" || !got.Force {
		t.Errorf("under way: %+v", got)
	}
	if got := a.do("GET", "/v1/items/rents/related", "").StatusCode; got != 200 {
		t.Errorf("a read under way: %d", got)
	}
	for _, target := range []string{"/v1/reindex", "/v1/rollback"} {
		if got := a.do("POST", target, "", all...).StatusCode; got != 409 {
			t.Errorf("POST %s under way: %d, want 409", target, got)
		}
	}
	x.finish <- nil
	b.Wait()
	if got := state(); got.State != "done" || got.Generation == nil || got.Generation.Number != 2 || got.FinishedAt.IsZero() {
		t.Errorf("after: %+v", got)
	}
	a.do("POST", "/v1/reindex", "", all...)
	<-x.started
	x.finish <- errSecret
	b.Wait()
	if got := state(); got.State != "failed" || got.Error != "" {
		t.Errorf("failed, to everybody: %+v", got)
	}
	if got := state(all...); got.Error != errSecret.Error() {
		t.Errorf("failed, to editors: %+v", got)
	}
}

// Many at once, under the race detector.
func TestManyAtOnce(t *testing.T) {
	a := newTestAPI(t)
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			for n := range 20 {
				var r *http.Request
				switch i % 4 {
				case 0:
					r = local("PUT", fmt.Sprintf("/v1/items/i%d", n), `{"title":"T"}`)
				case 1:
					r = local("POST", "/v1/items", `{"id":"rents","title":"T"}`)
				case 2:
					r = local("GET", "/v1/items/rents/related", "", "Accept-Encoding", "gzip")
				default:
					r = local("GET", "/openapi.json", "", "Accept-Encoding", "gzip")
				}
				w := httptest.NewRecorder()
				a.h.ServeHTTP(w, r)
				if w.Code >= 500 {
					t.Errorf("%s %s: %d", r.Method, r.URL, w.Code)
				}
			}
		})
	}
	wg.Wait()
}
