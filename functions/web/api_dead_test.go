package web

import (
	"strings"
	"testing"

	"akin/functions/web/serve"
)

// Dead letters are told to editors and the pipeline, who may try them again or
// forget them, and to nobody else.
func TestDeadLettersAPI(t *testing.T) {
	tokens := &serve.Tokens{}
	for name, role := range map[string]serve.Roles{"cms": serve.RolePipeline, "ed": serve.RoleEditor, "reader": serve.RoleReader} {
		if err := tokens.Add(name, name+"-secret", role); err != nil {
			t.Fatal(err)
		}
	}
	a := newTestAPI(t, func(c *Config) { c.Tokens = tokens })
	for _, tt := range []struct {
		who, method, path string
		status            int
		holds             string
	}{
		{"ed", "GET", "/v1/dead-letters", 200, `"error":"secret reason"`},
		{"cms", "GET", "/v1/dead-letters", 200, `"id":"a"`},
		{"reader", "GET", "/v1/dead-letters", 403, ""},
		{"", "GET", "/v1/dead-letters", 401, ""},
		{"cms", "POST", "/v1/dead-letters/a/retry", 200, `{"retried":1}`},
		{"ed", "POST", "/v1/dead-letters/b/retry", 404, ""},
		{"reader", "POST", "/v1/dead-letters/a/retry", 403, ""},
		{"", "POST", "/v1/dead-letters/a/retry", 401, ""},
		{"ed", "DELETE", "/v1/dead-letters/a", 204, ""},
		{"ed", "DELETE", "/v1/dead-letters/b", 404, ""},
		{"reader", "DELETE", "/v1/dead-letters/a", 403, ""},
	} {
		var headers []string
		if tt.who != "" {
			headers = []string{"Authorization", "Bearer " + tt.who + "-secret"}
		}
		res := a.do(tt.method, tt.path, "", headers...)
		body := bodyOf(t, res)
		if res.StatusCode != tt.status || !strings.Contains(body, tt.holds) || tt.status > 204 && strings.Contains(body, "secret reason") {
			t.Errorf("%q: %s %s: %d %s, want %d with %q", tt.who, tt.method, tt.path, res.StatusCode, body, tt.status, tt.holds)
		}
	}
}
