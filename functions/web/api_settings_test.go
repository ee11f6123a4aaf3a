package web

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"akin/functions/web/serve"
	"akin/infra/memory"
	"akin/recommend"
	"akin/recommend/engine"
)

// The fake site has said nothing, and takes what can be used.
func (f *fakeStore) Settings(context.Context) (*engine.SiteSettings, error) {
	return &engine.SiteSettings{ETag: "0", JSON: []byte("{}")}, f.err
}

func (f *fakeStore) SettingsHistory(context.Context) ([]engine.Change, error) {
	return []engine.Change{}, f.err
}

func (f *fakeStore) PutSettings(_ context.Context, b []byte, e engine.Edit) (string, error) {
	if _, err := recommend.DefaultSite().Change(b); err != nil {
		return "", err
	}
	if e.IfMatch != "*" && e.IfMatch != "0" {
		return "", recommend.ErrPrecondition
	}
	return "1", f.storeErr
}

// Settings are read and replaced as curations are: over what was read, by those
// who may, and with the field named that cannot be used.
func TestSettings(t *testing.T) {
	s := memory.New()
	chosen := engine.NewChosen(s, nil, 0)
	p := engine.ChosenPublisher(s, chosen, engine.PublisherOptions{})
	r := engine.NewReader(s, engine.ReaderOptions{Chosen: chosen})
	tokens := &serve.Tokens{}
	for name, roles := range map[string]serve.Roles{"mar": serve.RoleEditor, "cms": serve.RolePipeline, "app": serve.RoleReader} {
		if err := tokens.Add(name, strings.Repeat(name, 8), roles); err != nil {
			t.Fatal(err)
		}
	}
	a := newTestAPI(t, func(c *Config) { c.Reader, c.Publisher, c.Searcher, c.CatchUp, c.Tokens = r, p, nil, nil, tokens })
	for _, tt := range []struct {
		what, method, body, ifMatch, who string
		status                           int
		etag, says                       string
	}{
		{"nothing said", "GET", "", "", "mar", 200, `"0"`, `{}`},
		{"a reader", "GET", "", "", "app", 403, "", ""},
		{"the pipeline", "GET", "", "", "cms", 200, `"0"`, `{}`},
		{"the pipeline cannot change", "PUT", `{"k":20}`, `"0"`, "cms", 403, "", ""},
		{"unseen", "PUT", `{"k":20}`, "", "mar", 428, "", "If-Match is needed"},
		{"first", "PUT", `{"name":"Harbour Times","k":20}`, `"0"`, "mar", 200, `"1"`, `{"k":20,"name":"Harbour Times"}`},
		{"too late", "PUT", `{"k":30}`, `"0"`, "mar", 412, "", "changed since it was read"},
		{"a bad weight", "PUT", `{"fields":{"title":11}}`, `"1"`, "mar", 422, "", `"field":"fields.title"`},
		{"an unknown field", "PUT", `{"titel":1}`, `"1"`, "mar", 422, "", `"field":"titel"`},
		{"a bad word", "PUT", `{"text":{"stop":{"en":[" "]}}}`, `"1"`, "mar", 422, "", `"field":"text.stop.en[0]"`},
		{"no object", "PUT", `[]`, `"1"`, "mar", 422, "", `"field":"settings"`},
		{"no JSON", "PUT", `{"k":`, `"1"`, "mar", 400, "", "in the middle of an object"},
		{"too much", "PUT", `{"name":"` + strings.Repeat("a", recommend.MaxSettings) + `"}`, `"1"`, "mar", 413, "", ""},
		{"as it was", "GET", "", "", "mar", 200, `"1"`, `{"k":20,"name":"Harbour Times"}`},
	} {
		headers := []string{"Authorization", "Bearer " + strings.Repeat(tt.who, 8), "Content-Type", "application/json"}
		if tt.ifMatch != "" {
			headers = append(headers, "If-Match", tt.ifMatch)
		}
		res := a.do(tt.method, "/v1/settings", tt.body, headers...)
		if body := strings.TrimSpace(bodyOf(t, res)); res.StatusCode != tt.status || res.Header.Get("ETag") != tt.etag || !strings.Contains(body, tt.says) {
			t.Errorf("%s: %d %s %s, want %d %s %s", tt.what, res.StatusCode, res.Header.Get("ETag"), body, tt.status, tt.etag, tt.says)
		}
	}
	a.do(http.MethodPut, "/v1/settings?note=calmer", `{}`, "Authorization", "Bearer "+strings.Repeat("mar", 8), "Content-Type", "application/json", "If-Match", `"1"`)
	if body := bodyOf(t, a.do(http.MethodGet, "/v1/settings/history", "", "Authorization", "Bearer "+strings.Repeat("cms", 8))); !strings.Contains(body, `"note":"calmer","before":{"k":20,"name":"Harbour Times"},"after":{}`) {
		t.Errorf("the history says %s", body)
	}
	changes, err := r.SettingsHistory(t.Context())
	if err != nil || len(changes) != 2 || changes[0].By != "mar" || changes[0].Note != "calmer" || time.Since(changes[0].At) > time.Hour {
		t.Errorf("history %+v, %v", changes, err)
	}
}
