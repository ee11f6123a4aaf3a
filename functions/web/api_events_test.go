package web

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/google/go-cmp/cmp"

	"akin/functions/web/api"
	"akin/infra/test/tools"
	"akin/recommend"
	"akin/recommend/engine"
)

var _ api.Counter = (*engine.Counter)(nil)

// A fakeCounter remembers what it was told.
type fakeCounter struct {
	mu   sync.Mutex
	told []recommend.Beacon
	err  error
}

func (f *fakeCounter) Count(_ context.Context, b recommend.Beacon) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.told = append(f.told, b)
	return f.err
}

const (
	aBeacon  = `{"kind":"click","item":"rents","generation":1,"entries":[{"id":"tenants","tier":"similar","position":1}]}`
	aBrowser = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
)

func TestEvents(t *testing.T) {
	for _, tt := range []struct {
		name    string
		body    string
		headers []string
		status  int
		holds   string
		counted int
	}{
		{"a beacon", aBeacon, []string{"Content-Type", "text/plain;charset=UTF-8"}, 204, "", 1},
		{"JSON", aBeacon, []string{"Content-Type", "application/json"}, 204, "", 1},
		{"from another site", aBeacon, []string{"Origin", "https://other.example"}, 204, "", 1},
		{"a form", aBeacon, []string{"Content-Type", "application/x-www-form-urlencoded", "Origin", "https://a.example"}, 415, "Content-Type", 0},
		{"no JSON", "hello", nil, 400, "json: ", 0},
		{"an unknown kind", strings.Replace(aBeacon, "click", "hover", 1), nil, 422, `"field":"kind"`, 0},
		{"a position past the limit", strings.Replace(aBeacon, `n":1}`, `n":51}`, 1), nil, 422, `"field":"entries[0].position"`, 0},
		{"who it was", strings.Replace(aBeacon, `"item"`, `"user":"x","item"`, 1), nil, 422, `"field":"user"`, 0},
		{"too large", aBeacon + strings.Repeat(" ", api.MaxBeacon), nil, 413, "over 16384 bytes", 0},
		{"a robot", aBeacon, []string{"User-Agent", "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"}, 204, "", 0},
		{"a driven browser", aBeacon, []string{"User-Agent", "Mozilla/5.0 (X11) AppleWebKit/537.36 HeadlessChrome/140.0 Safari/537.36"}, 204, "", 0},
		{"a program", aBeacon, []string{"User-Agent", ""}, 204, "", 0},
		{"before anybody looks", aBeacon, []string{"Sec-Purpose", "prefetch;prerender"}, 204, "", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := &fakeCounter{}
			a := newTestAPI(t, func(c *Config) { c.Events = f; c.Changed = func() { t.Error("others are told of a beacon") } })
			headers := tt.headers
			if !strings.Contains(strings.Join(headers, "|"), "User-Agent") {
				headers = append(headers, "User-Agent", aBrowser)
			}
			res := a.do("POST", "/v1/events", tt.body, headers...)
			if body := bodyOf(t, res); res.StatusCode != tt.status || !strings.Contains(body, tt.holds) || tt.status == 204 && body != "" {
				t.Errorf("%d %s, want %d with %q", res.StatusCode, body, tt.status, tt.holds)
			}
			if len(f.told) != tt.counted {
				t.Errorf("counted %v, want %d", f.told, tt.counted)
			}
			if got := res.Header.Get("Access-Control-Allow-Origin"); got != "*" {
				t.Errorf("Access-Control-Allow-Origin: %q", got)
			}
			if got := res.Header.Get("Set-Cookie"); got != "" {
				t.Errorf("Set-Cookie: %q", got)
			}
			if a.log.Len() > 0 {
				t.Errorf("logged %s", a.log)
			}
		})
	}
	busy := newTestAPI(t, func(c *Config) { c.Events = &fakeCounter{err: engine.ErrBusy} })
	if res := busy.do("POST", "/v1/events", aBeacon, "User-Agent", aBrowser); res.StatusCode != 503 || res.Header.Get("Retry-After") == "" {
		t.Errorf("a store that fails: %d", res.StatusCode)
	}
	if res := newTestAPI(t).do("POST", "/v1/events", aBeacon); res.StatusCode != 404 {
		t.Errorf("events that nobody counts: %d, want 404", res.StatusCode)
	}
}

// A reader sees a widget that may tell, and follows an entry: both are counted,
// at their places. A browser that a program drives is not.
func TestWidgetIsCounted(t *testing.T) {
	tools.SkipRaced(t)
	c, err := engineConfig(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	told, h := make(chan int, 10), New(c)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rec := &recorded{ResponseWriter: w}
		h.ServeHTTP(rec, r)
		if r.URL.Path == "/v1/events" {
			told <- rec.status
		}
	}))
	t.Cleanup(s.Close)
	days := func() []engine.PlaceCount {
		t.Helper()
		survey, err := c.Searcher.(interface {
			Survey(context.Context) (*engine.Survey, error)
		}).Survey(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return survey.Attention.Days
	}
	ctx := newBrowser(t)
	page := `<script type="module" src="` + s.URL + `/widget.js"></script><akin-related item="cool-by-noon" limit="3" fill="none" events></akin-related>`
	look := func() {
		t.Helper()
		visit(ctx, t, serveForeign(t, page))
		filled(ctx, t, 1)
		eval[bool](ctx, t, shadow+`.querySelector("a").addEventListener("click", e => e.preventDefault()) || true`)
		eval[bool](ctx, t, shadow+`.querySelector("a").click() || true`)
	}
	look()
	wait(t, told, 2)
	if got := days(); len(got) > 0 {
		t.Errorf("a driven browser is counted: %v", got)
	}
	if _, err := chromedp.Call(ctx, emulation.SetUserAgentOverride, emulation.SetUserAgentOverrideParams{UserAgent: aBrowser}); err != nil {
		t.Fatal(err)
	}
	look()
	wait(t, told, 2)
	day := corpusNow.Format(time.DateOnly)
	want := []engine.PlaceCount{
		{Day: day, Tier: "similar", Position: 1, Seen: 1, Followed: 1}, {Day: day, Tier: "similar", Position: 2, Seen: 1},
		{Day: day, Tier: "similar", Position: 3, Seen: 1},
	}
	if diff := cmp.Diff(want, days()); diff != "" {
		t.Errorf("what was counted (-want +got):\n%s", diff)
	}
}

// wait waits for n events.
func wait(t *testing.T, events <-chan int, n int) {
	t.Helper()
	late := time.After(time.Minute)
	for range n {
		select {
		case status := <-events:
			if status != http.StatusNoContent {
				t.Errorf("a beacon is answered %d", status)
			}
		case <-late:
			t.Fatal("the widget told nothing for a minute")
		}
	}
}

// What was counted stands on the editors' page, in both languages, as a table and
// as CSV; where nothing was, the page says nothing of clicks.
func TestCoveragePageShowsClicks(t *testing.T) {
	tools.SkipRaced(t)
	s, c := editorSite(t, nil)
	if page := page200(t, s.URL+"/coverage"); strings.Contains(page, `id="clicks"`) {
		t.Error("the page shows clicks, and nothing was counted")
	}
	entry := []recommend.BeaconEntry{{ID: "cooling-centres-brief", Tier: recommend.TierSimilar, Position: 2}}
	for _, kind := range []recommend.BeaconKind{recommend.Impression, recommend.Impression, recommend.Click} {
		if err := c.Events.Count(t.Context(), recommend.Beacon{Kind: kind, Item: "cool-by-noon", Generation: 1, Entries: entry}); err != nil {
			t.Fatal(err)
		}
	}
	c.Changed()
	for path, want := range map[string]string{
		"/coverage":                         "2 entries came into view and 1 were followed, 50.0 %",
		"/coverage?lang=es":                 "se vieron 2 obras y se siguieron 1, 50.0 %",
		"/coverage?format=csv&table=clicks": "tier,position,impressions,clicks\nsimilar,2,2,1\n",
		"/v1/coverage":                      `"places":[{"tier":"similar","position":2,"impressions":2,"clicks":1}]`,
	} {
		if page := page200(t, s.URL+path); !strings.Contains(page, want) {
			t.Errorf("%s lacks %q", path, want)
		}
	}
}

// A recorded answer remembers its status.
type recorded struct {
	http.ResponseWriter
	status int
}

func (w *recorded) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}
