package web

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"akin/infra/memory"
	"akin/recommend"
	"akin/recommend/engine"
)

// The sitemap lists akin's page of a work, and that page is canonical, unless the
// website is known to be elsewhere.
func TestSitemapOfWorksElsewhere(t *testing.T) {
	s := memory.New()
	p, err := engine.NewPublisher(s, recommend.DefaultSettings(), engine.PublisherOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if r := p.Put(t.Context(), recommend.Item{ID: "cranes", Title: "Cranes arrive", URL: "https://quay.example/cranes"})[0]; r.Err != nil {
		t.Fatal(r.Err)
	}
	quay := &url.URL{Scheme: "https", Host: "quay.example"}
	for _, tt := range []struct {
		name     string
		site     *url.URL
		ownPages bool
		here     bool
	}{
		{"nobody said where the website is", nil, false, true},
		{"the website is elsewhere", quay, false, false},
		{"these pages are the website", quay, true, true},
	} {
		h := New(Config{Reader: engine.NewReader(s, engine.ReaderOptions{}), Site: tt.site, OwnPages: tt.ownPages})
		body := func(path string) string {
			w := httptest.NewRecorder()
			h.ServeHTTP(w, local(http.MethodGet, path, ""))
			return w.Body.String()
		}
		if got := strings.Contains(body("/sitemap.xml"), "/items/cranes<"); got != tt.here {
			t.Errorf("%s: the sitemap lists the page: %v, want %v", tt.name, got, tt.here)
		}
		if got := strings.Contains(body("/items/cranes"), `rel="canonical" href="https://quay.example/cranes"`); got == tt.here {
			t.Errorf("%s: the page names the other address as canonical: %v, want %v", tt.name, got, !tt.here)
		}
	}
}
