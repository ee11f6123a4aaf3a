package serve

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

// A session is as good as its token, no longer than that is known, and writes
// only with a form of its own.
func TestSession(t *testing.T) {
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	tokens := oneToken(t, "ana")
	c := Config{Tokens: tokens, Now: func() time.Time { return now }, SessionKey: []byte("key")}
	a := New(c)
	w := httptest.NewRecorder()
	if a.SignIn(w, localRequest("POST"), "wrong") || len(w.Result().Cookies()) > 0 {
		t.Error("signed in by a wrong secret")
	}
	w = httptest.NewRecorder()
	if !a.SignIn(w, localRequest("POST"), "ana-secret") {
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
		r := localRequest(method, header...)
		r.AddCookie(&http.Cookie{Name: cookie.Name, Value: value})
		return r
	}
	who, err := a.Require(request("GET", cookie.Value), RoleEditor)
	if err != nil || who.Name != "ana" {
		t.Fatalf("require: %+v, %v", who, err)
	}
	csrf := a.CSRF(who)
	for _, tt := range []struct {
		name   string
		r      *http.Request
		auth   *Front
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
		{"of another key", request("GET", cookie.Value), New(Config{Tokens: tokens, Now: c.Now}), RoleEditor, false},
		{"of a token that is gone", request("GET", cookie.Value), New(Config{Tokens: oneToken(t, "bob"), Now: c.Now, SessionKey: c.SessionKey}), RoleEditor, false},
		{"of the same key elsewhere", request("GET", cookie.Value), New(c), RoleEditor, true},
	} {
		if _, err := tt.auth.Require(tt.r, tt.wanted); (err == nil) != tt.ok {
			t.Errorf("%s: %v, want ok: %t", tt.name, err, tt.ok)
		}
	}
	form := request("POST", cookie.Value)
	form.PostForm = map[string][]string{"csrf": {csrf}}
	if _, err := a.RequireForm(form, RoleEditor); err != nil {
		t.Errorf("a form: %v", err)
	}
	form = request("POST", cookie.Value)
	form.PostForm = map[string][]string{"csrf": {"x"}}
	if _, err := a.RequireForm(form, RoleEditor); err == nil {
		t.Error("a form of another session is taken")
	}
	now = now.Add(sessionTime)
	if _, err := a.Require(request("GET", cookie.Value), RoleEditor); err == nil {
		t.Error("the session never ends")
	}
	out := httptest.NewRecorder()
	a.SignOut(out, localRequest("POST"))
	if got := out.Result().Cookies()[0]; got.MaxAge >= 0 || got.Value != "" {
		t.Errorf("signOut sets %v", got)
	}
}

func TestSealTellsPartsApart(t *testing.T) {
	a := New(Config{})
	if a.seal("ab", "c") == a.seal("a", "bc") || a.seal("a", "") == a.seal("a") {
		t.Error("what is moved from one part to the next has the same seal")
	}
}

func TestSafeNext(t *testing.T) {
	for in, want := range map[string]string{
		"/items/a?lang=es": "/items/a?lang=es", "": "/", "items": "/", "//evil.example": "/", "https://evil.example/": "/",
		`/\evil.example`: "/", "/a\nb": "/", "javascript:alert(1)": "/",
	} {
		if got := SafeNext(in); got != want {
			t.Errorf("safeNext(%q) = %q, want %q", in, got, want)
		}
	}
}

// localRequest returns a request of this machine with headers, each a name and a
// value.
func localRequest(method string, headers ...string) *http.Request {
	r := httptest.NewRequest(method, "http://localhost:8080/", nil)
	r.RemoteAddr = "127.0.0.1:50000"
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	return r
}

// oneToken returns the token of an editor, whose secret is the name and "-secret".
func oneToken(t testing.TB, name string) *Tokens {
	t.Helper()
	tokens := &Tokens{}
	if err := tokens.Add(name, name+"-secret", RoleEditor); err != nil {
		t.Fatal(err)
	}
	return tokens
}
