package web

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"akin/functions/web/serve"
	"akin/infra/memory"
	"akin/recommend"
	"akin/recommend/engine"
)

// changesSite returns a server whose writes are told, and what ends its streams.
func changesSite(t *testing.T) (url string, end func()) {
	t.Helper()
	s := memory.New()
	p, err := engine.NewPublisher(s, recommend.DefaultSettings(), engine.PublisherOptions{})
	if err != nil {
		t.Fatal(err)
	}
	x := engine.NewIndexer(s, recommend.DefaultSettings(), engine.IndexerOptions{Alone: true, Receipts: true})
	r := engine.NewReader(s, engine.ReaderOptions{})
	for _, id := range []string{"cranes", "pilots", "dues"} {
		if r := p.Put(t.Context(), recommend.Item{ID: id, Title: "Harbour " + id, Lang: "en", Topics: []string{"harbour"}})[0]; r.Err != nil {
			t.Fatal(r.Err)
		}
	}
	if _, err := x.Reindex(t.Context(), engine.ReindexOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := x.Tell(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	ending := make(chan struct{})
	server := httptest.NewServer(New(Config{
		Config: serve.Config{Tokens: &serve.Tokens{}}, Reader: r, Publisher: p,
		CatchUp: func(ctx context.Context) (int, error) {
			n, err := x.CatchUp(ctx)
			if told := x.Tell(ctx, false); told != nil {
				t.Error(told)
			}
			return n, err
		},
		Receipts: &engine.Receipts{Reader: r, Writer: x, Ending: ending},
	}))
	t.Cleanup(server.Close)
	return server.URL, func() { close(ending) }
}

func call(t *testing.T, method, url, body string, header ...string) (status int, kind, answer string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, res.Header.Get("Content-Type"), string(b)
}

// The answer to a write names what it changed, and so do pages, lines and streams of
// receipts, from a cursor on.
func TestChanges(t *testing.T) {
	url, end := changesSite(t)
	var put struct {
		Changes struct {
			Since         string
			Lists, Topics []string
			Named         bool
		}
	}
	status, _, body := call(t, "PUT", url+"/v1/items/tugs", `{"title":"Harbour tugs","lang":"en","topics":["harbour"]}`)
	if err := json.Unmarshal([]byte(body), &put); err != nil || status != 201 {
		t.Fatalf("put: %d %s (%v)", status, body, err)
	}
	if c := put.Changes; c.Since != "1" || !c.Named || !slices.Equal(c.Lists, []string{"cranes", "dues", "pilots", "tugs"}) || !slices.Equal(c.Topics, []string{"harbour"}) {
		t.Errorf("the put says %s", body)
	}
	for _, tt := range []struct {
		query, accept string
		status        int
		holds         string
	}{
		{"", "", 200, `{"receipts":[],"next":"`},
		{"?since=1", "", 200, `"causes":[{"kind":"item","item":"tugs","version":1}]`},
		{"?since=0&limit=1", "", 200, `"all":true`},
		{"?since=0&limit=1", "", 200, `"next":"1"`},
		{"?since=1", "application/x-ndjson", 200, `{"number":2,`},
		{"?since=99", "", 410, "go on from the latest receipt"},
		{"?since=x", "", 400, "since"},
	} {
		status, kind, body := call(t, "GET", url+"/v1/changes"+tt.query, "", "Accept", tt.accept)
		if status != tt.status || !strings.Contains(body, tt.holds) || tt.accept != "" && kind != tt.accept {
			t.Errorf("GET /v1/changes%s as %q: %d %s %s, want %d with %s", tt.query, tt.accept, status, kind, body, tt.status, tt.holds)
		}
	}
	status, _, body = call(t, "DELETE", url+"/v1/items/tugs", "")
	if status != 200 || !strings.Contains(body, `"tugs"`) || !strings.Contains(body, `"named":true`) {
		t.Errorf("the withdrawal says %d %s", status, body)
	}

	req, err := http.NewRequestWithContext(t.Context(), "GET", url+"/v1/changes", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept", "text/event-stream")
	req.Header.Set("Last-Event-ID", "1")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	lines := bufio.NewScanner(res.Body)
	var ids []string
	late := false
	for lines.Scan() {
		if id, ok := strings.CutPrefix(lines.Text(), "id: "); ok {
			ids = append(ids, id)
		}
		if strings.Contains(lines.Text(), `"item":"late"`) {
			end()
			break
		}
		if strings.Contains(lines.Text(), `"item":"tugs","version":2`) && !late {
			late = true
			call(t, "PUT", url+"/v1/items/late", `{"title":"Harbour late","lang":"en","topics":["harbour"]}`)
		}
	}
	if len(ids) < 3 || ids[0] != "2" {
		t.Errorf("the stream had %v", ids)
	}
	for lines.Scan() { // until the server, which ends, ends it
	}
}

// Receipts are for editors and the pipeline, and nowhere where none are made.
func TestChangesAreGuarded(t *testing.T) {
	tokens := &serve.Tokens{}
	for name, role := range map[string]serve.Roles{"cms": serve.RolePipeline, "reader": serve.RoleReader} {
		if err := tokens.Add(name, name+"-secret", role); err != nil {
			t.Fatal(err)
		}
	}
	a := newTestAPI(t, func(c *Config) { c.Tokens = tokens })
	for who, want := range map[string]int{"cms": 404, "reader": 403, "": 401} {
		var headers []string
		if who != "" {
			headers = []string{"Authorization", "Bearer " + who + "-secret"}
		}
		if res := a.do("GET", "/v1/changes?since=1", "", headers...); res.StatusCode != want {
			t.Errorf("%q: %d, want %d", who, res.StatusCode, want)
		}
	}
}
