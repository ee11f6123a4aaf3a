package web

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"akin/functions/web/pages"
)

// client follows no redirects and asks for nothing compressed, which takes the race
// detector long.
var client = &http.Client{
	Transport:     &http.Transport{DisableCompression: true},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// fetch returns the status, headers and body of a page.
func fetch(t testing.TB, address string, header ...string) (int, http.Header, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, res.Header, string(b)
}

func TestPagesAnswer(t *testing.T) {
	reader := corpusReader(t)
	reader.gone["gone"] = true
	reader.alias["/old/cool-by-noon"] = "cool-by-noon"
	s := servePages(t, pages.Config{Reader: reader, Search: reader.search})
	for _, tt := range []struct {
		name, path string
		status     int
		holds      string
	}{
		{"the start page leads with the newest item", "/", 200, `<article class="lead">`},
		{"all topics", "/topics", 200, "Money Sent Home"},
		{"a topic", "/topics/remittances", 200, "Listen and watch"},
		{"a topic with letters beyond ASCII", "/topics/ni%C3%B1ez", 200, "Niñez en movimiento"},
		{"an item", "/items/cool-by-noon", 200, "By&nbsp;Leïla Benhaddou, Tomás O. Quiroga and Wen-Ling Hsu"},
		{"its date is that of a month", "/items/cool-by-noon", 200, `<time datetime="2022-05">May 2022</time>`},
		{"the page in Spanish", "/items/cool-by-noon?lang=es", 200, `mayo de 2022`},
		{"a search", "/search?q=cooling", 200, "Keeping the Doors Open"},
		{"a search for nothing", "/search?q=zzzzzz", 200, "No results"},
		{"a missing page offers what its words find", "/content/keeping-the-doors", 404, "Keeping the Doors Open"},
		{"a withdrawn item is said to be gone", "/items/gone", 410, "withdrawn by its publisher"},
		{"an item's address leads to its page", "/works/cool-by-noon", 302, ""},
		{"a fragment", "/items/cool-by-noon/related?limit=2", 200, `<nav class="akin-related"`},
		{"a fragment of a missing item is an error", "/items/nothing/related", 404, "item not found"},
		{"a fragment with a wrong limit is an error", "/items/cool-by-noon/related?limit=51", 400, "limit: must be 1 to 50"},
		{"a frame", "/items/cool-by-noon/related?frame=1", 200, `<base target="_top">`},
		{"RSS", "/topics/remittances/feed.xml", 200, `<rss version="2.0"`},
		{"Atom", "/topics/remittances/atom.xml", 200, `<feed xmlns="http://www.w3.org/2005/Atom"`},
		{"JSON Feed", "/feed.json", 200, `"version":"https://jsonfeed.org/version/1.1"`},
		{"the sitemap", "/sitemap.xml", 200, "/items/cool-by-noon</loc>"},
		{"robots.txt", "/robots.txt", 200, "Sitemap: http://"},
		{"the style sheet", "/assets/style.css", 200, ":root"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			status, _, body := fetch(t, s.URL+tt.path)
			if status != tt.status {
				t.Errorf("GET %s: status %d, want %d", tt.path, status, tt.status)
			}
			if !strings.Contains(body, tt.holds) {
				t.Errorf("GET %s: %q is not in:\n%s", tt.path, tt.holds, body)
			}
		})
	}
}
