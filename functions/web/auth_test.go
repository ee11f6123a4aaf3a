package web

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"akin/functions/web/serve"
)

func tokensOf(t testing.TB, pairs ...any) *serve.Tokens {
	t.Helper()
	tokens := &serve.Tokens{}
	for i := 0; i < len(pairs); i += 2 {
		name := pairs[i].(string)
		if err := tokens.Add(name, name+"-secret", pairs[i+1].(serve.Roles)); err != nil {
			t.Fatal(err)
		}
	}
	return tokens
}

// What each route takes: 401 without a token, 403 with one of another role.
func TestRoles(t *testing.T) {
	a := newTestAPI(t, func(c *Config) {
		c.Tokens = tokensOf(t, "reader", serve.RoleReader, "editor", serve.RoleEditor, "pipeline", serve.RolePipeline, "all", serve.AllRoles)
	})
	for _, tt := range []struct {
		route                     string
		none, reader, editor, pip int // statuses
	}{
		{"GET /v1/items/rents/related", 200, 200, 200, 200},
		{"GET /v1/items/rents", 200, 200, 200, 200},
		{"GET /v1/items/later", 404, 404, 200, 200},
		{"GET /v1/items/gone", 410, 410, 200, 200},
		{"GET /v1/topics/housing/items", 200, 200, 200, 200},
		{"GET /v1/search?q=a", 200, 200, 200, 200},
		{"GET /v1/status", 200, 200, 200, 200},
		{"GET /v1/generations", 200, 200, 200, 200},
		{"GET /healthz", 200, 200, 200, 200},
		{"GET /v1/items/rents/curation", 401, 403, 200, 200},
		{"GET /v1/coverage", 401, 403, 200, 200},
		{"GET /v1/items/rents/curation/history", 401, 403, 200, 200},
		{"POST /v1/items/rents/curation/history/1/undo", 401, 403, 428, 403},
		{"GET /v1/topics/housing/curation", 401, 403, 200, 200},
		{"PUT /v1/topics/housing/curation", 401, 403, 428, 403},
		{"GET /v1/topics/housing/curation/history", 401, 403, 200, 200},
		{"POST /v1/topics/housing/curation/history/1/undo", 401, 403, 428, 403},
		{"GET /v1/findings", 401, 403, 200, 200},
		{"POST /v1/findings/none?do=reopen", 401, 403, 428, 403},
		{"POST /v1/findings/none/history/1/undo", 401, 403, 428, 403},
		{"GET /v1/curation/history", 401, 403, 200, 200},
		{"POST /v1/items/rents/curation/preview", 401, 403, 422, 403},
		{"POST /v1/topics/housing/curation/preview", 401, 403, 422, 403},
		{"POST /v1/related", 401, 403, 200, 200},
		{"PUT /v1/items/rents/curation", 401, 403, 428, 403},
		{"PUT /v1/topics/housing", 401, 403, 200, 200},
		{"PUT /v1/items/rents", 401, 403, 403, 200},
		{"POST /v1/items", 401, 403, 403, 200},
		{"DELETE /v1/items/other", 401, 403, 403, 204},
		{"POST /v1/rollback", 401, 403, 200, 200},
		{"POST /v1/reindex?dryRun=maybe", 401, 403, 400, 400},
	} {
		method, target, _ := strings.Cut(tt.route, " ")
		for who, want := range map[string]int{"": tt.none, "reader": tt.reader, "editor": tt.editor, "pipeline": tt.pip} {
			var h []string
			if who != "" {
				h = []string{"Authorization", "Bearer " + who + "-secret"}
			}
			res := a.do(method, target, `{"title":"T"}`, h...)
			if res.StatusCode != want {
				t.Errorf("%s by %q: %d, want %d", tt.route, who, res.StatusCode, want)
			}
			if challenge := res.Header.Get("WWW-Authenticate"); (res.StatusCode == 401) != (challenge == `Bearer realm="akin"`) {
				t.Errorf("%s by %q: %d with WWW-Authenticate %q", tt.route, who, res.StatusCode, challenge)
			}
		}
	}
	for _, h := range []string{"Bearer nonsense", "Bearer", "Basic all-secret", "all-secret", "Bearer all-secret x"} {
		if res := a.do("GET", "/v1/topics", "", "Authorization", h); res.StatusCode != 401 {
			t.Errorf("Authorization: %s: %d, want 401 even for a public read", h, res.StatusCode)
		}
	}
	if res := a.do("GET", "/v1/coverage", "", "Authorization", "bearer  all-secret"); res.StatusCode != 200 {
		t.Errorf("the scheme in lower case: %d, want 200", res.StatusCode)
	}
}

// Where somebody else authorises, loopback is worth nothing.
func TestAuthorize(t *testing.T) {
	a := newTestAPI(t, func(c *Config) {
		c.Authorize = func(r *http.Request) (string, serve.Roles) {
			if r.Header.Get("X-Signed") != "" {
				return "cms", serve.RolePipeline
			}
			return "", 0
		}
	})
	if res := a.do("PUT", "/v1/items/rents", `{"title":"T"}`); res.StatusCode != 401 {
		t.Errorf("PUT unsigned: %d, want 401", res.StatusCode)
	}
	if res := a.do("PUT", "/v1/items/rents", `{"title":"T"}`, "X-Signed", "1"); res.StatusCode != 200 {
		t.Errorf("PUT signed: %d, want 200", res.StatusCode)
	}
}

// Only what cannot but be this machine's own is trusted without a token.
func TestLoopbackRule(t *testing.T) {
	for _, tt := range []struct {
		name    string
		change  func(*http.Request)
		trusted bool
	}{
		{"a command of this machine", func(*http.Request) {}, true},
		{"by IPv6", func(r *http.Request) { r.RemoteAddr, r.Host = "[::1]:1", "[::1]:8080" }, true},
		{"by IPv4 in IPv6", func(r *http.Request) { r.RemoteAddr = "[::ffff:127.0.0.1]:1" }, true},
		{"by number", func(r *http.Request) { r.Host = "127.0.0.1" }, true},
		{"by another name of it", func(r *http.Request) { r.Host = "127.1.2.3:80" }, true},
		{"a page of its own", func(r *http.Request) {
			r.Header.Set("Origin", "http://localhost:8080")
			r.Header.Set("Sec-Fetch-Site", "same-origin")
		}, true},
		{"typed into the browser", func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "none") }, true},

		{"another machine", func(r *http.Request) { r.RemoteAddr = "192.0.2.1:1" }, false},
		{"nobody knows who", func(r *http.Request) { r.RemoteAddr = "@" }, false},
		{"rebound DNS", func(r *http.Request) { r.Host = "evil.example:8080" }, false},
		{"a host that begins well", func(r *http.Request) { r.Host = "localhost.evil.example" }, false},
		{"a host that begins like a number", func(r *http.Request) { r.Host = "127.0.0.1.evil.example" }, false},
		{"no host", func(r *http.Request) { r.Host = "" }, false},
		{"through a proxy", func(r *http.Request) { r.Header.Set("X-Forwarded-For", "127.0.0.1") }, false},
		{"through a proxy that says so little", func(r *http.Request) { r.Header.Set("X-Forwarded-Proto", "https") }, false},
		{"through a proxy of the standard", func(r *http.Request) { r.Header.Set("Forwarded", "for=127.0.0.1") }, false},
		{"through nginx", func(r *http.Request) { r.Header.Set("X-Real-Ip", "127.0.0.1") }, false},
		{"a page of another site", func(r *http.Request) { r.Header.Set("Origin", "https://evil.example") }, false},
		{"a page of another port", func(r *http.Request) { r.Header.Set("Origin", "http://localhost:3000") }, false},
		{"a page of another scheme", func(r *http.Request) { r.Header.Set("Origin", "https://localhost:8080") }, false},
		{"a page of no site", func(r *http.Request) { r.Header.Set("Origin", "null") }, false},
		{"an empty origin", func(r *http.Request) { r.Header["Origin"] = []string{""} }, false},
		{"two origins", func(r *http.Request) { r.Header["Origin"] = []string{"http://localhost:8080", "https://evil.example"} }, false},
		{"another site's picture", func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }, false},
		{"another port's picture", func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "same-site") }, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := newTestAPI(t)
			for _, method := range []string{"PUT", "DELETE"} {
				r := local(method, "/v1/items/tenants", `{"title":"T"}`)
				tt.change(r)
				w := httptest.NewRecorder()
				a.h.ServeHTTP(w, r)
				if got := w.Code < 300; got != tt.trusted || !got && w.Code != 403 {
					t.Errorf("%s: %d, trusted is %t", method, w.Code, tt.trusted)
				}
			}
			r := local("GET", "/v1/status", "")
			tt.change(r)
			w := httptest.NewRecorder()
			a.h.ServeHTTP(w, r)
			if got := strings.Contains(w.Body.String(), "secret reason"); w.Code != 200 || got != tt.trusted {
				t.Errorf("status tells dead letters: %t, want %t", got, tt.trusted)
			}
		})
	}
}
