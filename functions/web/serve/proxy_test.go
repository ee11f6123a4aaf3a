package serve

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// What a request is behind proxies, and that others' headers say nothing.
func TestProxies(t *testing.T) {
	trusted, err := ParseProxies([]string{"10.0.0.0/8", "127.0.0.1", "fd00::/8"})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, peer string
		headers    []string
		want       string // address, host, scheme
	}{
		{"nobody between", "203.0.113.9:1", nil, "203.0.113.9:1 akin.internal http"},
		{"a proxy", "10.1.2.3:1", []string{"X-Forwarded-For", "203.0.113.9", "X-Forwarded-Host", "akin.example", "X-Forwarded-Proto", "https"}, "203.0.113.9:0 akin.example https"},
		{"by IPv4 in IPv6", "[::ffff:127.0.0.1]:1", []string{"X-Forwarded-For", "203.0.113.9"}, "203.0.113.9:0 akin.internal http"},
		{"by IPv6", "[fd00::1]:1", []string{"X-Forwarded-For", "2001:db8::9"}, "[2001:db8::9]:0 akin.internal http"},
		{"with a port", "10.1.2.3:1", []string{"X-Forwarded-For", "[2001:db8::9]:4711"}, "[2001:db8::9]:0 akin.internal http"},
		{"two proxies", "10.1.2.3:1", []string{"X-Forwarded-For", "203.0.113.9, 10.9.9.9"}, "203.0.113.9:0 akin.internal http"},
		{"two lines", "10.1.2.3:1", []string{"X-Forwarded-For", "198.51.100.1", "X-Forwarded-For", "203.0.113.9"}, "203.0.113.9:0 akin.internal http"},
		{"what the client made up before", "10.1.2.3:1", []string{"X-Forwarded-For", "127.0.0.1, 203.0.113.9", "X-Forwarded-Host", "evil.example, akin.example", "X-Forwarded-Proto", "https, http"}, "203.0.113.9:0 akin.example http"},
		{"proxies only", "10.1.2.3:1", []string{"X-Forwarded-For", "10.0.0.1, 10.0.0.2"}, "10.0.0.1:0 akin.internal http"},
		{"no address", "10.1.2.3:1", []string{"X-Forwarded-For", "203.0.113.9, unknown, 10.0.0.2"}, "10.0.0.2:0 akin.internal http"},
		{"nothing named", "10.1.2.3:1", []string{"X-Forwarded-Proto", "https"}, "10.1.2.3:1 akin.internal https"},
		{"no host", "10.1.2.3:1", []string{"X-Forwarded-Host", `a/b`}, "10.1.2.3:1 akin.internal http"},
		{"nor this", "10.1.2.3:1", []string{"X-Forwarded-Host", `a"><b>`}, "10.1.2.3:1 akin.internal http"},
		{"nor this scheme", "10.1.2.3:1", []string{"X-Forwarded-Proto", "javascript"}, "10.1.2.3:1 akin.internal http"},
		{"a stranger", "192.0.2.1:1", []string{"X-Forwarded-For", "203.0.113.9", "X-Forwarded-Host", "evil.example", "X-Forwarded-Proto", "https"}, "192.0.2.1:1 akin.internal http"},
		{"no address of a peer", "@", []string{"X-Forwarded-For", "203.0.113.9"}, "@ akin.internal http"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := httptest.NewRequest("GET", "http://akin.internal/", nil)
			r.RemoteAddr = tt.peer
			for i := 0; i < len(tt.headers); i += 2 {
				r.Header.Add(tt.headers[i], tt.headers[i+1])
			}
			got := behind(trusted, r)
			scheme := "http"
			if HTTPS(got) {
				scheme = "https"
			}
			if got := got.RemoteAddr + " " + got.Host + " " + scheme; got != tt.want {
				t.Errorf("%s\nwant %s", got, tt.want)
			}
			if forwarded(got) != (len(tt.headers) > 0) || len(got.Header) > 1 {
				t.Errorf("the handler sees %v", got.Header)
			}
		})
	}
}

// A request that was passed on is nobody's of this machine, whoever passed it on
// and for whom.
func TestForwardedIsNeverLocal(t *testing.T) {
	trusted, err := ParseProxies([]string{"127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []Proxies{nil, trusted} {
		for _, header := range []string{"X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip", "Forwarded"} {
			r := behind(p, localRequest("GET", header, "127.0.0.1"))
			if isLocal(r) {
				t.Errorf("trusted %v: a request with %s is taken for one of this machine: %v", p, header, r.Header)
			}
		}
		if !isLocal(behind(p, localRequest("GET"))) {
			t.Errorf("trusted %v: a request of this machine is not taken for one", p)
		}
	}
}

// A session that begins over HTTPS is not sent over HTTP, also behind a proxy.
func TestCookieBehindProxy(t *testing.T) {
	trusted, err := ParseProxies([]string{"127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	f := New(Config{Tokens: oneToken(t, "ana")})
	for _, tt := range []struct {
		proxies Proxies
		secure  bool
	}{{trusted, true}, {nil, false}} {
		w := httptest.NewRecorder()
		r := behind(tt.proxies, localRequest("POST", "X-Forwarded-Proto", "https"))
		if !f.SignIn(w, r, "ana-secret") {
			t.Fatal("not signed in")
		}
		if got := strings.Contains(w.Header().Get("Set-Cookie"), "; Secure"); got != tt.secure {
			t.Errorf("trusted %v: %s", tt.proxies, w.Header().Get("Set-Cookie"))
		}
	}
}

func TestParseProxies(t *testing.T) {
	for _, bad := range []string{"", "localhost", "10.0.0.0/33", "fe80::1%eth0", "1.2.3"} {
		if p, err := ParseProxies([]string{bad}); err == nil {
			t.Errorf("%q is taken for %v", bad, p)
		}
	}
}

// behind returns what a handler behind p gets of r.
func behind(p Proxies, r *http.Request) (got *http.Request) {
	p.Behind(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r })).ServeHTTP(httptest.NewRecorder(), r)
	return got
}
