package web

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"

	"akin/recommend"
)

func TestCaching(t *testing.T) {
	a := newTestAPI(t)
	a.store.until = noon.Add(10 * time.Second)
	for target, want := range map[string]string{
		"/v1/items/rents/related":       "public, max-age=10",
		"/v1/related?url=/former":       "public, max-age=10",
		"/v1/topics/housing/items":      "public, max-age=10",
		"/v1/topics":                    "public, max-age=30, stale-while-revalidate=30",
		"/v1/topics/housing":            "public, max-age=30, stale-while-revalidate=30",
		"/v1/generations":               "no-cache",
		"/openapi.json":                 "no-cache",
		"/v1/items/rents":               "private, no-store",
		"/v1/items/rents/curation":      "private, no-store",
		"/v1/coverage":                  "private, no-store",
		"/v1/status":                    "private, no-store",
		"/healthz":                      "no-store",
		"/v1/items/nothing/related":     "no-store",
		"/v1/topics?x=1":                "no-store",
		"/v1/nothing":                   "no-store",
		"/v1/items/rents/related?lim=1": "no-store",
	} {
		if got := a.do("GET", target, "").Header.Get("Cache-Control"); got != want {
			t.Errorf("GET %s: Cache-Control %q, want %q", target, got, want)
		}
	}
	if got := a.do("PUT", "/v1/items/rents", `{"title":"T"}`).Header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("PUT: Cache-Control %q, want no-store", got)
	}
}

// A tag is the content's: the same for the same, another for another, and worth
// a 304.
func TestEntityTags(t *testing.T) {
	a := newTestAPI(t)
	target := "/v1/items/rents/related"
	first, second, other := a.do("GET", target, ""), a.do("GET", target, ""), a.do("GET", "/v1/items/tenants/related", "")
	tag := first.Header.Get("ETag")
	if tag == "" || strings.HasPrefix(tag, "W/") || second.Header.Get("ETag") != tag || other.Header.Get("ETag") == tag {
		t.Errorf("tags %s, %s, of another answer %s", tag, second.Header.Get("ETag"), other.Header.Get("ETag"))
	}
	gzipped := strings.TrimSuffix(tag, `"`) + `-gzip"`
	for header, status := range map[string]int{
		tag: 304, "W/" + tag: 304, "*": 304, `"x", ` + tag: 304, gzipped: 304,
		`"x"`: 200, "x": 200, strings.Trim(tag, `"`): 200, "": 200, ",,": 200,
	} {
		for _, method := range []string{"GET", "HEAD"} {
			res := a.do(method, target, "", "If-None-Match", header)
			if res.StatusCode != status {
				t.Errorf("%s with If-None-Match: %s: %d, want %d", method, header, res.StatusCode, status)
			}
			if status != 304 {
				continue
			}
			if b := bodyOf(t, res); b != "" || res.Header.Get("ETag") != tag || res.Header.Get("Content-Type") != "" ||
				res.Header.Get("Cache-Control") == "" || !strings.Contains(res.Header.Get("Vary"), "Accept-Encoding") {
				t.Errorf("304 has body %q and headers %v", b, res.Header)
			}
		}
	}
	if res := a.do("PUT", "/v1/items/rents", `{"title":"T"}`, "If-None-Match", "*"); res.StatusCode != 200 {
		t.Errorf("PUT with If-None-Match: %d, want 200", res.StatusCode)
	}
}

func TestCompression(t *testing.T) {
	a := newTestAPI(t)
	for _, tt := range []struct {
		target, accept string
		compressed     bool
	}{
		{"/openapi.json", "gzip, deflate, br", true},
		{"/openapi.json", "br;q=1, gzip;q=0.5", true},
		{"/openapi.json", "*", true},
		{"/openapi.json", "GZIP", true},
		{"/openapi.json", "gzip;q=0", false},
		{"/openapi.json", "gzip; q=0.000", false},
		{"/openapi.json", "gzip;q=x", false},
		{"/openapi.json", "br", false},
		{"/openapi.json", "", false},
		{"/healthz", "gzip", false},       // not worth it
		{"/topics/housing", "gzip", true}, // a page
		{"/v1/topics?x=1", "gzip", false}, // a short problem
	} {
		r := local("GET", tt.target, "", "Accept-Encoding", tt.accept)
		w := httptest.NewRecorder()
		a.h.ServeHTTP(w, r)
		if got := w.Header().Get("Content-Encoding") == "gzip"; got != tt.compressed {
			t.Errorf("GET %s with Accept-Encoding: %s: compressed is %t, want %t", tt.target, tt.accept, got, tt.compressed)
			continue
		}
		plain := httptest.NewRecorder()
		a.h.ServeHTTP(plain, local("GET", tt.target, ""))
		if w.Code != plain.Code {
			t.Errorf("GET %s: %d compressed, %d not", tt.target, w.Code, plain.Code)
		}
		if plain.Body.Len() >= 1024 && !slices.Contains(plain.Header().Values("Vary"), "Accept-Encoding") {
			t.Errorf("GET %s: Vary is %q", tt.target, plain.Header().Get("Vary"))
		}
		if !tt.compressed {
			continue
		}
		z, err := gzip.NewReader(w.Body)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(z)
		if err != nil || string(b) != plain.Body.String() {
			t.Errorf("GET %s: what was compressed is another text (%v)", tt.target, err)
		}
		if w.Header().Get("Content-Length") != "" {
			t.Errorf("GET %s: compressed with the length of what was not", tt.target)
		}
		if tag := w.Header().Get("ETag"); tag == plain.Header().Get("ETag") && !strings.HasPrefix(tag, "W/") {
			t.Errorf("GET %s: two representations have the strong tag %s", tt.target, tag)
		}
	}
}

func TestCrossOrigin(t *testing.T) {
	a := newTestAPI(t)
	for _, tt := range []struct {
		method, target, wanted string // wanted: by a preflight
		status                 int
		open                   bool
	}{
		{"GET", "/v1/items/rents/related", "", 200, true},
		{"GET", "/v1/items/nothing/related", "", 404, true},
		{"GET", "/v1/topics?x=1", "", 400, true},
		{"GET", "/v1/coverage", "", 403, false},
		{"GET", "/v1/items/rents/curation", "", 403, false},
		{"PUT", "/v1/items/rents", "", 403, false},
		{"OPTIONS", "/v1/items/rents/related", "GET", 204, true},
		{"OPTIONS", "/v1/items/rents/related", "HEAD", 204, true},
		{"OPTIONS", "/v1/items/rents", "GET", 204, true},
		{"OPTIONS", "/v1/items/rents", "PUT", 204, false},
		{"OPTIONS", "/v1/items/rents", "DELETE", 204, false},
		{"OPTIONS", "/v1/items/rents/curation", "GET", 204, false},
		{"OPTIONS", "/v1/events", "POST", 204, true},
		{"OPTIONS", "/v1/reindex", "POST", 204, false},
		{"OPTIONS", "/v1/related", "POST", 204, true},
		{"POST", "/v1/related", "", 403, true}, // from this machine, but another site's page asks
		{"OPTIONS", "/v1/topics", "", 204, false},
		{"OPTIONS", "/v1/nothing", "GET", 404, false},
	} {
		res := a.do(tt.method, tt.target, "", "Origin", "https://other.example", "Access-Control-Request-Method", tt.wanted)
		if got := res.Header.Get("Access-Control-Allow-Origin"); res.StatusCode != tt.status || (got == "*") != tt.open {
			t.Errorf("%s %s for %q: %d, Access-Control-Allow-Origin %q; want %d, open: %t", tt.method, tt.target, tt.wanted, res.StatusCode, got, tt.status, tt.open)
		}
		if c := res.Header.Get("Access-Control-Allow-Credentials"); c != "" {
			t.Errorf("%s %s: allows credentials: %s", tt.method, tt.target, c)
		}
	}
	if got, want := a.do("OPTIONS", "/v1/items/rents", "").Header.Get("Allow"), "GET, HEAD, PUT, DELETE, OPTIONS"; got != want {
		t.Errorf("Allow: %s, want %s", got, want)
	}
	if got, want := a.do("POST", "/v1/topics", "").Header.Get("Allow"), "GET, HEAD, OPTIONS"; got != want {
		t.Errorf("Allow of a 405: %s, want %s", got, want)
	}
}

func TestRequestIDs(t *testing.T) {
	a := newTestAPI(t)
	for _, id := range []string{"a", "0-1_2.3:4/5+6=7~8", strings.Repeat("x", 64)} {
		if got := a.do("GET", "/healthz", "", "X-Request-Id", id).Header.Get("X-Request-Id"); got != id {
			t.Errorf("X-Request-Id %q comes back as %q", id, got)
		}
	}
	seen := map[string]bool{}
	for _, id := range []string{"", strings.Repeat("x", 65), "a b", "a\tb", "é", `"`, "<script>"} {
		got := a.do("GET", "/healthz", "", "X-Request-Id", id).Header.Get("X-Request-Id")
		if got == id || len(got) < 16 || seen[got] {
			t.Errorf("X-Request-Id %q is answered by %q, want a new one", id, got)
		}
		seen[got] = true
	}
	if got := a.do("GET", "/", "", "X-Request-Id", "page").Header.Get("X-Request-Id"); got != "page" {
		t.Errorf("a page answers X-Request-Id %q", got)
	}
}

// panicReader panics where a bug would.
type panicReader struct{ *fakeStore }

func (panicReader) Related(context.Context, string, recommend.Query) (*recommend.Related, error) {
	panic("a bug: " + errSecret.Error())
}

func (panicReader) Generations(context.Context) ([]recommend.Generation, error) {
	panic(http.ErrAbortHandler)
}

func TestPanics(t *testing.T) {
	a := newTestAPI(t, func(c *Config) { c.Reader = panicReader{newSample()} })
	for _, target := range []string{"/v1/items/rents/related", "/items/rents"} {
		a.log.Reset()
		res := a.do("GET", target, "", "X-Request-Id", "bug")
		body := bodyOf(t, res)
		if res.StatusCode != 500 || strings.Contains(body, "secret") || !strings.Contains(body, `"requestId":"bug"`) {
			t.Errorf("GET %s: %d %s", target, res.StatusCode, body)
		}
		if log := a.log.String(); strings.Count(log, "\n") != 1 || !strings.Contains(log, "request=bug") || !strings.Contains(log, "stack=") {
			t.Errorf("GET %s: logged %q, want one line with the stack", target, log)
		}
	}
}

// A write is one line of the log, with its ids and without its text; a read is
// none.
func TestLog(t *testing.T) {
	a := newTestAPI(t)
	a.do("GET", "/v1/items/rents/related", "")
	if a.log.Len() > 0 {
		t.Errorf("a read is logged: %s", a.log)
	}
	a.do("PUT", "/v1/items/new", `{"title":"Confidential until Monday"}`, "X-Request-Id", "w1")
	log := a.log.String()
	for _, want := range []string{"level=INFO", "request=w1", "method=PUT", "item=new", "status=201", "took="} {
		if !strings.Contains(log, want) {
			t.Errorf("%s is not in %q", want, log)
		}
	}
	if strings.Contains(log, "Confidential") || strings.Count(log, "\n") != 1 {
		t.Errorf("logged %q", log)
	}
}
