package web

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"akin/functions/web/serve"
)

// An editor signs in in a browser, comes to where they wanted, and out again.
func TestSigningIn(t *testing.T) {
	c, err := corpusConfig()
	if err != nil {
		t.Fatal(err)
	}
	c.Tokens, c.Logger = &serve.Tokens{}, slog.New(slog.DiscardHandler)
	if err := c.Tokens.Add("ana", "correct horse battery", serve.RoleEditor); err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(New(c))
	t.Cleanup(s.Close)
	ctx := newJudge(t)
	visit(ctx, t, s.URL+"/sign-in?next=/topics/heat")
	if found, err := runAxe(ctx); err != nil || len(found) > 0 {
		t.Errorf("axe: %v %q", err, found)
	}
	for _, step := range []struct{ token, want string }{
		{"wrong", "This token is not known."},
		{"correct horse battery", "Extreme Heat"},
	} {
		err := chromedp.Do(ctx, chromedp.SendKeys(chromedp.CSS("input[name=token]"), step.token))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := chromedp.RunResponse(ctx, chromedp.Click(chromedp.CSS("main button"))); err != nil {
			t.Fatal(err)
		}
		if got := eval[string](ctx, t, `document.querySelector("main").innerText`); !strings.Contains(got, step.want) {
			t.Errorf("after the token %q the page reads %q, want %q in it", step.token, got, step.want)
		}
	}
	if got := eval[string](ctx, t, `document.cookie`); got != "" {
		t.Errorf("scripts can read the cookie %q", got)
	}

	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	post := func(path, form, origin string) *http.Response {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+path, strings.NewReader(form))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Origin", origin)
		res, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		return res
	}
	if res := post("/sign-in", "token=correct+horse+battery", "https://evil.example"); res.StatusCode != http.StatusForbidden || len(res.Cookies()) > 0 {
		t.Errorf("a form of another site: status %d, cookies %v", res.StatusCode, res.Cookies())
	}
	res := post("/sign-in", "token=correct+horse+battery&next=//evil.example/", s.URL)
	if res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != "/" || !strings.Contains(res.Header.Get("Cache-Control"), "no-store") {
		t.Errorf("signed in: status %d to %q, %q", res.StatusCode, res.Header.Get("Location"), res.Header.Get("Cache-Control"))
	}
	cookies := res.Cookies()
	if len(cookies) != 1 || !cookies[0].HttpOnly || cookies[0].SameSite != http.SameSiteStrictMode {
		t.Errorf("cookies %v, want one for this site alone and not for scripts", cookies)
	}
	if res := post("/sign-out", "", s.URL); res.StatusCode != http.StatusSeeOther || len(res.Cookies()) != 1 || res.Cookies()[0].MaxAge >= 0 {
		t.Errorf("signed out: status %d, cookies %v", res.StatusCode, res.Cookies())
	}
}

// Readers' pages lead editors to theirs: the same for everybody, so that caches
// may keep them. Who signed in can sign out.
func TestPagesLeadToEditors(t *testing.T) {
	tokens := &serve.Tokens{}
	if err := tokens.Add("ed", "ed-secret", serve.RoleEditor); err != nil {
		t.Fatal(err)
	}
	s, _ := editorSite(t, tokens)
	get := func(path, cookie string) string {
		t.Helper()
		req, err := http.NewRequest("GET", s.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Cookie", cookie)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		b, err := io.ReadAll(res.Body)
		if err != nil || res.StatusCode != 200 {
			t.Fatalf("GET %s: %d %v", path, res.StatusCode, err)
		}
		return string(b)
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Post(s.URL+"/sign-in", "application/x-www-form-urlencoded", strings.NewReader("token=ed-secret"))
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	cookie, _, _ := strings.Cut(res.Header.Get("Set-Cookie"), ";")
	for path, want := range map[string]string{
		"/":                              `<a href="/coverage" rel="nofollow">Coverage</a> <a href="/draft" rel="nofollow">Draft</a></nav>`,
		"/items/cool-by-noon":            `<a href="/items/cool-by-noon/edit" rel="nofollow">This page</a></nav>`,
		"/topics/heat":                   `<a href="/coverage/heat" rel="nofollow">This page</a></nav>`,
		"/topics/heat?lang=es":           `<a href="/coverage/heat?lang=es" rel="nofollow">Esta página</a></nav>`,
		"/items/cool-by-noon?lang=es":    `aria-label="Para la redacción"`,
		"/search?q=heat&lang=es":         `<a href="/coverage?lang=es"`,
		"/topics/heat?type=Articles":     `<a href="/coverage/heat"`,
		"/items/cooling-centres-brief":   `<a href="/items/cooling-centres-brief/edit"`,
		"/sign-in?next=%2Fcoverage%2Fhe": `<a href="/coverage"`,
	} {
		page := get(path, "")
		if !strings.Contains(page, want) {
			t.Errorf("%s lacks %s", path, want)
		}
		if strings.Contains(page, "sign-out") || page != get(path, cookie) {
			t.Errorf("%s is not the same for everybody", path)
		}
	}
	if page := get("/coverage", cookie); !strings.Contains(page, `action="/sign-out"`) {
		t.Error("who signed in cannot sign out")
	}
}
