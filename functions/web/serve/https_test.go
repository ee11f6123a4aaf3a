package serve

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// Where readers come by HTTPS, whoever ends it, a session's cookie is Secure and
// bound to the host by its name, no other is taken, and browsers are told to come by HTTPS again.
func TestHTTPS(t *testing.T) {
	const bound = "__Host-akin_session"
	for _, tt := range []struct {
		name   string
		https  bool // the public address is known
		change func(*http.Request)
		want   bool
	}{
		{"plain", false, func(*http.Request) {}, false},
		{"a public address", true, func(*http.Request) {}, true},
		{"by itself", false, func(r *http.Request) { r.TLS = &tls.ConnectionState{} }, true},
		{"a proxy or API Gateway", false, func(r *http.Request) { r.Header.Set("X-Forwarded-Proto", "https") }, true},
		{"several proxies", false, func(r *http.Request) { r.Header.Set("X-Forwarded-Proto", "HTTPS, http") }, true},
		{"a proxy without", false, func(r *http.Request) { r.Header.Set("X-Forwarded-Proto", "http") }, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tokens := &Tokens{}
			if err := tokens.Add("desk", "secret", RoleEditor); err != nil {
				t.Fatal(err)
			}
			f := New(Config{Tokens: tokens, HTTPS: tt.https})
			ask := func(h http.HandlerFunc, cookies ...*http.Cookie) *http.Response {
				r := httptest.NewRequest(http.MethodGet, "http://akin.example/", nil)
				tt.change(r)
				for _, c := range cookies {
					r.AddCookie(c)
				}
				w := httptest.NewRecorder()
				f.Serve(w, r, false, h)
				return w.Result()
			}
			res := ask(func(w http.ResponseWriter, r *http.Request) { f.SignIn(w, r, "secret") })
			if got := strings.HasPrefix(res.Header.Get("Strict-Transport-Security"), "max-age="); got != tt.want {
				t.Errorf("Strict-Transport-Security %q, want one: %t", res.Header.Get("Strict-Transport-Security"), tt.want)
			}
			c := res.Cookies()[0]
			if c.Secure != tt.want || (c.Name == bound) != tt.want || c.Path != "/" || c.Domain != "" || !c.HttpOnly {
				t.Fatalf("cookie %s", c.Raw)
			}
			known := func(name string) (found bool) {
				ask(func(_ http.ResponseWriter, r *http.Request) {
					who, err := f.Identify(r)
					found = err == nil && who.Name == "desk"
				}, &http.Cookie{Name: name, Value: c.Value})
				return found
			}
			other := map[bool]string{true: "akin_session", false: bound}[tt.want]
			if !known(c.Name) || known(other) {
				t.Errorf("the session is taken from %s: %t, from %s: %t", c.Name, known(c.Name), other, known(other))
			}
			res = ask(func(w http.ResponseWriter, r *http.Request) { f.SignOut(w, r) })
			if gone := res.Cookies()[0]; gone.Name != c.Name || gone.MaxAge >= 0 || gone.Secure != tt.want {
				t.Errorf("signing out sets %s", gone.Raw)
			}
		})
	}
}
