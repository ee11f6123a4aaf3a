package web

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"akin/functions/web/api"
	"akin/functions/web/serve"
	"akin/infra/memory"
	"akin/recommend/sources"
)

var _ api.Sources = (*sources.Desk)(nil)

func TestSources(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	store := memory.New()
	s, err := sources.Add(t.Context(), store, sources.Source{Name: "news", Address: "https://a.example/"}, now)
	if err != nil {
		t.Fatal(err)
	}
	asked := 0
	tokens := &serve.Tokens{}
	if err := tokens.Add("cms", "pipeline-secret", serve.RolePipeline); err != nil {
		t.Fatal(err)
	}
	if err := tokens.Add("reader", "reader-secret", serve.RoleReader); err != nil {
		t.Fatal(err)
	}
	a := newTestAPI(t, func(c *Config) {
		c.Sources, c.Tokens = &sources.Desk{Store: store, Asked: func() { asked++ }, Now: func() time.Time { return now }}, tokens
	})
	sign := func(at time.Time, body string) []string {
		key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(s.Secret, "whsec_"))
		if err != nil {
			t.Fatal(err)
		}
		h := hmac.New(sha256.New, key)
		fmt.Fprintf(h, "m1.%d.%s", at.Unix(), body)
		return []string{"webhook-id", "m1", "webhook-timestamp", fmt.Sprint(at.Unix()), "webhook-signature", "v1," + base64.StdEncoding.EncodeToString(h.Sum(nil))}
	}
	for _, tt := range []struct {
		name, method, path, body string
		headers                  []string
		status, asked            int
		holds                    string
	}{
		{"a webhook", "POST", "/v1/sources/news/run", `{"type":"post.published"}`, sign(now, `{"type":"post.published"}`), 202, 1, `"state":"asked"`},
		{"a webhook of a form", "POST", "/v1/sources/news/run", "a=1", append(sign(now, "a=1"), "Content-Type", "application/x-www-form-urlencoded"), 202, 1, ""},
		{"an altered webhook", "POST", "/v1/sources/news/run", `{}`, sign(now, `{"a":1}`), 403, 0, "signature is wrong"},
		{"an old webhook", "POST", "/v1/sources/news/run", `{}`, sign(now.Add(-6*time.Minute), `{}`), 403, 0, "signature is wrong"},
		{"a webhook for an unknown source", "POST", "/v1/sources/other/run", `{}`, sign(now, `{}`), 403, 0, "signature is wrong"},
		{"the pipeline", "POST", "/v1/sources/news/run", "", []string{"Authorization", "Bearer pipeline-secret"}, 202, 1, ""},
		{"the pipeline for an unknown source", "POST", "/v1/sources/other/run", "", []string{"Authorization", "Bearer pipeline-secret"}, 404, 0, "source not found"},
		{"a reader", "POST", "/v1/sources/news/run", "", []string{"Authorization", "Bearer reader-secret"}, 403, 0, ""},
		{"anybody", "POST", "/v1/sources/news/run", "", nil, 401, 0, ""},
		{"the list for the pipeline", "GET", "/v1/sources", "", []string{"Authorization", "Bearer pipeline-secret"}, 200, 0, `"name":"news"`},
		{"the list for anybody", "GET", "/v1/sources", "", nil, 401, 0, ""},
		{"the status for the pipeline", "GET", "/v1/status", "", []string{"Authorization", "Bearer pipeline-secret"}, 200, 0, `"sources":[{"name":"news"`},
	} {
		asked = 0
		res := a.do(tt.method, tt.path, tt.body, tt.headers...)
		body := bodyOf(t, res)
		if res.StatusCode != tt.status || !strings.Contains(body, tt.holds) || asked != tt.asked {
			t.Errorf("%s: %d %s, asked %d times; want %d with %q, %d times", tt.name, res.StatusCode, body, asked, tt.status, tt.holds, tt.asked)
		}
		if strings.Contains(body, "whsec_") || tt.status != 200 && strings.Contains(body, "a.example") {
			t.Errorf("%s tells too much: %s", tt.name, body)
		}
	}
	if body := bodyOf(t, a.do("GET", "/v1/status", "")); strings.Contains(body, "news") {
		t.Errorf("anybody sees the sources: %s", body)
	}
	if err := (&sources.Desk{Store: store}).Ask(context.Background(), "news"); err != nil {
		t.Error(err)
	}
	if res := newTestAPI(t).do("GET", "/v1/sources", ""); res.StatusCode != 404 {
		t.Errorf("without sources: %d, want 404", res.StatusCode)
	}
}
