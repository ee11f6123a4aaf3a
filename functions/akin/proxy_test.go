package akin

import (
	"net/url"
	"testing"
)

// Behind a proxy that is named, pages have the address that readers know; what
// others say of it counts for nothing, and nobody who is passed on may write.
func TestServeBehindProxy(t *testing.T) {
	t.Parallel()
	forwarded := []string{"X-Forwarded-Proto", "https", "X-Forwarded-Host", "related.example", "X-Forwarded-For", "127.0.0.1"}
	for _, tt := range []struct {
		args   []string
		origin string // empty: that of the server
	}{
		{[]string{"--trusted-proxy", "10.0.0.0/8", "--trusted-proxy", "127.0.0.1"}, "https://related.example"},
		{[]string{"--trusted-proxy", "10.0.0.0/8"}, ""},
		{nil, ""},
	} {
		s := startServe(t, t.TempDir(), nil, tt.args...)
		if tt.origin == "" {
			u, err := url.Parse(s.url)
			if err != nil {
				t.Fatal(err)
			}
			tt.origin = "http://" + u.Host
		}
		s.want("PUT", "/v1/items/rents", `{"title":"Rents"}`, 201, "")
		s.want("PUT", "/v1/items/rents", `{"title":"Rates"}`, 403, "", forwarded...)
		s.want("GET", "/items/rents", "", 200, `<link rel="canonical" href="`+tt.origin+`/items/rents"`, forwarded...)
		s.stop()
	}
}
