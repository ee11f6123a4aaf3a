package source

import (
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"akin/recommend/sources"
)

func TestPublic(t *testing.T) {
	for _, s := range []string{
		"127.0.0.1", "127.9.9.9", "0.0.0.0", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "100.64.0.1", "100.127.255.255",
		"192.0.0.1", "198.18.0.1", "224.0.0.1", "255.255.255.255", "240.0.0.1", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1", "fec0::1",
		"::ffff:127.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "2002:7f00:1::", "2002:c0a8:101::1",
		"2001:db8::1", "100::1", "2001::1",
	} {
		if public(netip.MustParseAddr(s)) {
			t.Errorf("public(%s) = true", s)
		}
	}
	for _, s := range []string{"93.184.216.34", "8.8.8.8", "100.63.255.255", "100.128.0.1", "172.32.0.1", "2606:4700::1111", "64:ff9b::808:808", "::ffff:8.8.8.8"} {
		if !public(netip.MustParseAddr(s)) {
			t.Errorf("public(%s) = false", s)
		}
	}
}

// Neither an address of this machine, however it is written, nor a name that
// means it is reached, nor a file.
func TestPublicReaderReachesNothingPrivate(t *testing.T) {
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { asked++ }))
	defer server.Close()
	_, port, _ := net.SplitHostPort(server.Listener.Addr().String())
	r := Public("", "")
	for _, address := range []string{
		server.URL, "http://localhost:" + port, "http://[::ffff:127.0.0.1]:" + port, "http://2130706433:" + port, "http://0:" + port, "/etc/hosts", "file:///etc/hosts", "http://127.0.0.1.:" + port,
	} {
		if _, err := r.Read(t.Context(), &sources.Source{Address: address}); err == nil {
			t.Errorf("%s was read", address)
		}
	}
	if asked > 0 {
		t.Errorf("the server was asked %d times", asked)
	}
	var private *privateError
	if _, err := r.Read(t.Context(), &sources.Source{Address: server.URL}); !errors.As(err, &private) {
		t.Errorf("error %v, want one that says that the address is not public", err)
	}
}

// A redirect is followed by the same dialer.
func TestRedirectsAreGuarded(t *testing.T) {
	inside := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { t.Error("the inside was asked") }))
	defer inside.Close()
	r := Public("", "")
	guarded := r.client.Transport
	r.client.Transport = outside{guarded, inside.URL}
	var private *privateError
	if _, err := r.Read(t.Context(), &sources.Source{Address: "https://outside.example/feed"}); !errors.As(err, &private) {
		t.Errorf("error %v, want one that says that the address is not public", err)
	}
}

// An outside answers for outside.example with a redirect, and leaves all else to
// the transport beneath.
type outside struct {
	http.RoundTripper
	to string
}

func (o outside) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Host != "outside.example" {
		return o.RoundTripper.RoundTrip(r)
	}
	return &http.Response{StatusCode: http.StatusFound, Header: http.Header{"Location": {o.to}}, Body: http.NoBody, Request: r}, nil
}

const rss = `<?xml version="1.0"?><rss version="2.0"><channel><title>x</title><item><guid>a</guid><title>A</title><link>https://a.example/a</link></item></channel></rss>`

func TestRead(t *testing.T) {
	complete := strings.Replace(rss, "<channel>", `<channel xmlns:fh="http://purl.org/syndication/history/1.0"><fh:complete/>`, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"v1"`)
		if r.Header.Get("If-None-Match") == `"v1"` {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		switch r.URL.Path {
		case "/feed":
			w.Write([]byte(rss))
		case "/complete":
			w.Write([]byte(complete))
		case "/lines":
			w.Write([]byte(`{"id":"a","title":"A"}` + "\n" + `{"id":"b"}` + "\n"))
		default:
			w.WriteHeader(http.StatusBadGateway)
		}
	}))
	defer server.Close()
	dir := t.TempDir()
	file := filepath.Join(dir, "feed.xml")
	if err := os.WriteFile(file, []byte(rss), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "a.md"), []byte("---\ntitle: A\n---\nx\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := Local("https://a.example", "")
	for _, tt := range []struct {
		address       string
		items, errors int
		partial       bool
	}{
		{server.URL + "/feed", 1, 0, true}, // a feed may hold the latest only
		{server.URL + "/complete", 1, 0, false},
		{server.URL + "/lines", 1, 1, false},
		{file, 1, 0, true},
		{dir, 1, 0, false},
	} {
		a, err := r.Read(t.Context(), &sources.Source{Address: tt.address})
		if err != nil {
			t.Errorf("%s: %v", tt.address, err)
			continue
		}
		items, wrong := 0, 0
		for x := range a.Found {
			if x.Item != nil {
				items++
			}
			if x.Err != nil {
				wrong++
			}
		}
		if items != tt.items || wrong != tt.errors || a.Partial() != tt.partial {
			t.Errorf("%s: %d items, %d errors, partial %v; want %+v", tt.address, items, wrong, a.Partial(), tt)
		}
		a.Close()
	}
	if a, err := r.Read(t.Context(), &sources.Source{Address: server.URL + "/feed", ETag: `"v1"`}); err != nil || !a.Unchanged {
		t.Errorf("asked with its ETag: %+v, %v", a, err)
	}
	if _, err := r.Read(t.Context(), &sources.Source{Address: server.URL + "/none"}); err == nil || !strings.Contains(err.Error(), "502") {
		t.Errorf("error %v", err)
	}
}
