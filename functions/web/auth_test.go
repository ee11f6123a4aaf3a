package web

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestParseTokens(t *testing.T) {
	secret, line, err := NewToken("cms", RolePipeline|RoleReader)
	if err != nil {
		t.Fatal(err)
	}
	tokens, err := ParseTokens(strings.NewReader("# those of the newsroom\n\n  " + line + "  \r\n"))
	if err != nil {
		t.Fatal(err)
	}
	if got, ok := tokens.find(secret); !ok || got.name != "cms" || got.roles != RolePipeline|RoleReader {
		t.Errorf("find(%q) = %+v, %t", secret, got, ok)
	}
	if strings.Contains(line, secret) {
		t.Errorf("the line %q holds the secret", line)
	}
	for _, wrong := range []string{"", secret + "x", secret[:len(secret)-1], line, "cms"} {
		if got, ok := tokens.find(wrong); ok {
			t.Errorf("find(%q) = %+v, want none", wrong, got)
		}
	}
}

func TestParseTokensRefuses(t *testing.T) {
	hash := "sha256:" + strings.Repeat("0a", 32)
	for _, tt := range []struct{ name, in, want string }{
		{"a word is missing", "a editor", "tokens: line 1: has 2 words, want NAME ROLES sha256:HEX"},
		{"a word too many", "# x\na editor " + hash + " x", "tokens: line 2: has 4 words, want NAME ROLES sha256:HEX"},
		{"an unknown role", "a editor,admin " + hash, `tokens: line 1: role "admin" is none of reader, editor, pipeline`},
		{"an empty role", "a editor, " + hash, `tokens: line 1: role "" is none of reader, editor, pipeline`},
		{"no hash", "a editor my-secret", "tokens: line 1: hash is not sha256: and 64 hexadecimal digits"},
		{"a short hash", "a editor sha256:0a", "tokens: line 1: hash is not sha256: and 64 hexadecimal digits"},
		{"a long hash", "a editor " + hash + "0a", "tokens: line 1: hash is not sha256: and 64 hexadecimal digits"},
		{"no hexadecimal digits", "a editor sha256:" + strings.Repeat("zz", 32), "tokens: line 1: hash is not sha256: and 64 hexadecimal digits"},
		{"a name twice", "a editor " + hash + "\na editor " + hash, `tokens: line 2: name "a" is given twice`},
		{"a name that is none", "a|b editor " + hash, `tokens: line 1: name "a|b" is not 1 to 64 letters, digits, dots, hyphens and underscores`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := ParseTokens(strings.NewReader(tt.in)); err == nil || err.Error() != tt.want {
				t.Errorf("ParseTokens(%q): %v, want %s", tt.in, err, tt.want)
			}
		})
	}
	if err := new(Tokens).Add("a", "", AllRoles); err == nil {
		t.Error("an empty secret is taken")
	}
	if _, _, err := NewToken("a", 0); err == nil {
		t.Error("a token without roles is made")
	}
}

func tokensOf(t testing.TB, pairs ...any) *Tokens {
	t.Helper()
	tokens := &Tokens{}
	for i := 0; i < len(pairs); i += 2 {
		name := pairs[i].(string)
		if err := tokens.Add(name, name+"-secret", pairs[i+1].(Roles)); err != nil {
			t.Fatal(err)
		}
	}
	return tokens
}

// What each route takes: 401 without a token, 403 with one of another role.
func TestRoles(t *testing.T) {
	a := newTestAPI(t, func(c *Config) {
		c.Tokens = tokensOf(t, "reader", RoleReader, "editor", RoleEditor, "pipeline", RolePipeline, "all", AllRoles)
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
		c.Authorize = func(r *http.Request) (string, Roles) {
			if r.Header.Get("X-Signed") != "" {
				return "cms", RolePipeline
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

// A session is as good as its token, no longer than that is known, and writes
// only with a form of its own.
func TestSession(t *testing.T) {
	now := noon
	tokens := tokensOf(t, "ana", RoleEditor)
	c := frontConfig{Tokens: tokens, Now: func() time.Time { return now }, SessionKey: []byte("key")}
	a := newFront(c)
	w := httptest.NewRecorder()
	if a.signIn(w, local("POST", "/", ""), "wrong") || len(w.Result().Cookies()) > 0 {
		t.Error("signed in by a wrong secret")
	}
	w = httptest.NewRecorder()
	if !a.signIn(w, local("POST", "/", ""), "ana-secret") {
		t.Fatal("not signed in")
	}
	cookie := w.Result().Cookies()[0]
	want := &http.Cookie{Name: "akin_session", Path: "/", MaxAge: 12 * 3600, HttpOnly: true, SameSite: http.SameSiteStrictMode, Value: cookie.Value, Raw: cookie.Raw}
	if diff := cmp.Diff(want, cookie); diff != "" {
		t.Errorf("cookie (-want +got):\n%s", diff)
	}
	if strings.Contains(cookie.Value, "ana-secret") {
		t.Error("the cookie holds the secret")
	}
	request := func(method, value string, header ...string) *http.Request {
		r := local(method, "/", "", header...)
		r.AddCookie(&http.Cookie{Name: sessionCookie, Value: value})
		return r
	}
	who, err := a.require(request("GET", cookie.Value), RoleEditor)
	if err != nil || who.name != "ana" {
		t.Fatalf("require: %+v, %v", who, err)
	}
	csrf := a.csrf(who)
	for _, tt := range []struct {
		name   string
		r      *http.Request
		auth   *front
		wanted Roles
		ok     bool
	}{
		{"reads", request("GET", cookie.Value), a, RoleEditor, true},
		{"another role", request("GET", cookie.Value), a, RolePipeline, false},
		{"writes with a form", request("POST", cookie.Value, "X-CSRF-Token", csrf), a, RoleEditor, true},
		{"writes without one", request("POST", cookie.Value), a, RoleEditor, false},
		{"writes with another's form", request("POST", cookie.Value, "X-CSRF-Token", csrf+"x"), a, RoleEditor, false},
		{"forged", request("GET", strings.Replace(cookie.Value, "ana|", "bob|", 1)), a, RoleEditor, false},
		{"prolonged", request("GET", strings.Replace(cookie.Value, "|1", "|2", 1)), a, RoleEditor, false},
		{"cut", request("GET", cookie.Value[:len(cookie.Value)-1]), a, RoleEditor, false},
		{"nothing", request("GET", ""), a, RoleEditor, false},
		{"of another key", request("GET", cookie.Value), newFront(frontConfig{Tokens: tokens, Now: c.Now}), RoleEditor, false},
		{"of a token that is gone", request("GET", cookie.Value), newFront(frontConfig{Tokens: tokensOf(t, "bob", RoleEditor), Now: c.Now, SessionKey: c.SessionKey}), RoleEditor, false},
		{"of the same key elsewhere", request("GET", cookie.Value), newFront(c), RoleEditor, true},
	} {
		if _, err := tt.auth.require(tt.r, tt.wanted); (err == nil) != tt.ok {
			t.Errorf("%s: %v, want ok: %t", tt.name, err, tt.ok)
		}
	}
	form := request("POST", cookie.Value)
	form.PostForm = map[string][]string{"csrf": {csrf}}
	if _, err := a.requireForm(form, RoleEditor); err != nil {
		t.Errorf("a form: %v", err)
	}
	form = request("POST", cookie.Value)
	form.PostForm = map[string][]string{"csrf": {"x"}}
	if _, err := a.requireForm(form, RoleEditor); err == nil {
		t.Error("a form of another session is taken")
	}
	now = now.Add(sessionTime)
	if _, err := a.require(request("GET", cookie.Value), RoleEditor); err == nil {
		t.Error("the session never ends")
	}
	out := httptest.NewRecorder()
	a.signOut(out, local("POST", "/", ""))
	if got := out.Result().Cookies()[0]; got.MaxAge >= 0 || got.Value != "" {
		t.Errorf("signOut sets %v", got)
	}
}

func TestSealTellsPartsApart(t *testing.T) {
	a := newFront(frontConfig{})
	if a.seal("ab", "c") == a.seal("a", "bc") || a.seal("a", "") == a.seal("a") {
		t.Error("what is moved from one part to the next has the same seal")
	}
}

func TestSafeNext(t *testing.T) {
	for in, want := range map[string]string{
		"/items/a?lang=es": "/items/a?lang=es", "": "/", "items": "/", "//evil.example": "/", "https://evil.example/": "/",
		`/\evil.example`: "/", "/a\nb": "/", "javascript:alert(1)": "/",
	} {
		if got := safeNext(in); got != want {
			t.Errorf("safeNext(%q) = %q, want %q", in, got, want)
		}
	}
}
