package web

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"akin/recommend"
)

// Pages are under the name that the site has when they are asked for.
func TestFollowing(t *testing.T) {
	var name string
	var fail error
	get := func(h http.Handler) string {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, local(http.MethodGet, "/", ""))
		return w.Body.String()
	}
	tell := func(context.Context) (*recommend.Site, error) {
		return &recommend.Site{Name: name, Address: "https://harbour.example"}, fail
	}
	h := Following(New, Config{Reader: newSample()}, tell)
	fixed := Following(New, Config{Reader: newSample(), Name: "Pilot Books"}, tell)
	for _, name = range []string{"", "Harbour Times", "Quay & Co"} {
		if page, want := get(h), strings.ReplaceAll(name, "&", "&amp;"); !strings.Contains(page, want) {
			t.Errorf("the front page does not name %q:\n%.500s", want, page)
		}
		if page := get(fixed); !strings.Contains(page, "Pilot Books") || name != "" && strings.Contains(page, name) {
			t.Errorf("a name that is given is not kept:\n%.500s", page)
		}
	}
	fail = errors.New("no store")
	if page := get(h); !strings.Contains(page, "Quay &amp; Co") {
		t.Errorf("without the store, the name is lost:\n%.500s", page)
	}
}
