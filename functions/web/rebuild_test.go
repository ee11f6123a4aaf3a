package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"akin/functions/web/api"
	"akin/functions/web/serve"
	"akin/recommend/engine"
)

// A starter starts nothing, and says what err says.
type starter struct {
	api.Rebuilder
	started int
	err     error
}

func (s *starter) Start(context.Context, engine.RebuildOptions) (engine.Rebuild, error) {
	s.started++
	return engine.Rebuild{State: "running"}, s.err
}

// The button of the report starts a rebuild for editors only, and the report
// says what came of it.
func TestRebuildButton(t *testing.T) {
	s := &starter{}
	tokens := &serve.Tokens{}
	for name, roles := range map[string]serve.Roles{"mar": serve.RoleEditor, "app": serve.RoleReader} {
		if err := tokens.Add(name, strings.Repeat(name, 8), roles); err != nil {
			t.Fatal(err)
		}
	}
	a := newTestAPI(t, func(c *Config) { c.Rebuilder, c.Tokens = s, tokens })
	post := func(who, path string, header ...string) *http.Response {
		return a.do(http.MethodPost, path, "", append(header, "Authorization", "Bearer "+strings.Repeat(who, 8), "Content-Type", "application/x-www-form-urlencoded")...)
	}
	for _, tt := range []struct {
		what, who, path string
		err             error
		header          []string
		started         int
		leads           string
	}{
		{"an editor", "mar", "/coverage/rebuild", nil, nil, 1, "/coverage?rebuild=started"},
		{"in Spanish", "mar", "/coverage/rebuild?lang=es", nil, nil, 1, "/coverage?lang=es&rebuild=started"},
		{"a reader", "app", "/coverage/rebuild", nil, nil, 0, "/coverage?rebuild=refused"},
		{"another site's form", "mar", "/coverage/rebuild", nil, []string{"Sec-Fetch-Site", "cross-site"}, 0, "/coverage?rebuild=refused"},
		{"one is under way", "mar", "/coverage/rebuild", fmt.Errorf("start: %w", engine.ErrRebuilding), nil, 1, "/coverage?rebuild=running"},
		{"no luck", "mar", "/coverage/rebuild", errors.New("no machine"), nil, 1, "/coverage?rebuild=failed"},
	} {
		s.started, s.err = 0, tt.err
		res := post(tt.who, tt.path, tt.header...)
		if res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != tt.leads || s.started != tt.started {
			t.Errorf("%s: %d to %q, started %d; want 303 to %q, started %d", tt.what, res.StatusCode, res.Header.Get("Location"), s.started, tt.leads, tt.started)
		}
	}
}

// The report has the button, and tells of settings that changed.
func TestListsBox(t *testing.T) {
	a := newTestAPI(t)
	for query, want := range map[string][]string{
		"":                         {`action="/coverage/rebuild"`, "Make the lists anew"},
		"?rebuild=started":         {"New lists are being made. They replace"},
		"?rebuild=refused&lang=es": {"El formulario había caducado"},
	} {
		body := bodyOf(t, a.do(http.MethodGet, "/coverage"+query, ""))
		for _, s := range want {
			if !strings.Contains(body, s) {
				t.Errorf("/coverage%s lacks %q", query, s)
			}
		}
	}
}
