package web

import (
	"context"
	"errors"
	"html"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"akin/functions/web/serve"
	"akin/recommend/coverage"
	"akin/recommend/engine"
)

var tickOf = regexp.MustCompile(`name="finding" value="([0-9a-f]{32}\.\d+)" aria-label="([^"]*)"`)

// ticks returns the values of the checkboxes of a page, and what they are called.
func ticks(body string) (values, names []string) {
	for _, m := range tickOf.FindAllStringSubmatch(body, -1) {
		values, names = append(values, m[1]), append(names, strings.TrimPrefix(strings.TrimPrefix(html.UnescapeString(m[2]), "Tick: "), "Marcar: "))
	}
	return values, names
}

// Findings are accepted, dismissed, assigned and put away, several at once; each stands in the
// history with a button that takes it back. Who acts over an old reading is told.
func TestFindingsAreWorked(t *testing.T) {
	s, c := editorSite(t, nil)
	address := s.URL + "/findings"
	dead, _ := ticks(page200(t, address+"?kind=dead-pin"))
	if len(dead) != 1 {
		t.Fatalf("%d dead pins, want 1", len(dead))
	}
	pins := func() int {
		cur, err := c.Reader.Curation(t.Context(), "cool-by-noon")
		if err != nil {
			t.Fatal(err)
		}
		return len(cur.Pins)
	}
	if status, body := post(t, address+"?kind=dead-pin", url.Values{"do": {"accept"}, "finding": dead}); status != 303 || pins() != 0 {
		t.Fatalf("accept: %d, %d pins are left\n%s", status, pins(), body)
	}
	if status, body := post(t, address, url.Values{"do": {"dismiss"}}); status != 422 || !strings.Contains(body, "No finding is ticked") {
		t.Errorf("nothing ticked: %d", status)
	}
	values, names := ticks(page200(t, address))
	if len(values) < 4 {
		t.Fatalf("%d findings on the page", len(values))
	}
	if status, body := post(t, address, url.Values{"do": {"dismiss"}, "finding": values[:2]}); status != 422 || !strings.Contains(body, "a reason is needed") {
		t.Errorf("dismissed without a reason: %d", status)
	}
	form := url.Values{"do": {"dismiss"}, "note": {"they are meant"}, "finding": values[:2]}
	if status, body := post(t, address, form); status != 303 {
		t.Fatalf("dismiss: %d\n%s", status, body)
	}
	if status, body := post(t, address, form); status != 412 || strings.Count(html.UnescapeString(body), names[0]) == 0 {
		t.Errorf("dismissed over an old reading: %d", status)
	}
	if status, _ := post(t, address, url.Values{"do": {"assign"}, "for": {"Ana Ruiz"}, "finding": values[2:3]}); status != 303 {
		t.Errorf("assign: %d", status)
	}
	if status, body := post(t, address, url.Values{"do": {"snooze"}, "until": {"2020-01-01"}, "finding": values[3:4]}); status != 422 || !strings.Contains(body, "not in the future") {
		t.Errorf("put away until the past: %d", status)
	}
	if status, _ := post(t, address, url.Values{"do": {"snooze"}, "until": {"2999-01-01"}, "finding": values[3:4]}); status != 303 {
		t.Errorf("put away: %d", status)
	}
	_, open := ticks(page200(t, address))
	_, dismissed := ticks(page200(t, address+"?state=dismissed"))
	_, snoozed := ticks(page200(t, address+"?state=snoozed"))
	_, ana := ticks(page200(t, address+"?to=ana+ruiz"))
	if slices.Contains(open, names[0]) || !slices.Equal(dismissed, names[:2]) || !slices.Equal(snoozed, names[3:4]) || !slices.Equal(ana, names[2:3]) {
		t.Errorf("dismissed %q, put away %q, Ana's %q; want %q, %q and %q", dismissed, snoozed, ana, names[:2], names[3:4], names[2:3])
	}
	body := html.UnescapeString(page200(t, s.URL+"/curation"))
	for _, want := range []string{"Open → Dismissed", "they are meant", "for Ana Ruiz", "until 2999-01-01", "Open → Done"} {
		if !strings.Contains(body, want) {
			t.Errorf("the history lacks %q", want)
		}
	}
	if day := page200(t, address+"?format=csv"); !strings.HasPrefix(day, "day,kind,topic,open,done,dismissed\n") || !strings.Contains(day, ",missing-topic,,") {
		t.Errorf("the counts of the days: %s", day)
	}
	key, etag, _ := strings.Cut(dead[0], ".")
	if etag != "0" {
		t.Errorf("the etag of an untouched finding is %s", etag)
	}
	if status, body := post(t, address, url.Values{"do": {"undo"}, "finding": {key}, "change": {"1"}, "etag": {"1"}}); status != 303 || pins() != 1 {
		t.Fatalf("undo: %d, %d pins\n%s", status, pins(), body)
	}
	if all, err := c.Reader.WorkedFindings(t.Context()); err != nil || all[key].State != engine.FindingOpen || len(all[key].Did) != 1 {
		t.Errorf("after undoing: %+v, %v", all[key], err)
	}
	if body := page200(t, address+"?lang=es"); !strings.Contains(body, "Revisar los hallazgos") || !strings.Contains(body, "Descartar") {
		t.Error("the Spanish page is not in Spanish")
	}
}

// What a finding proposes is accepted by decisions of which the report then sees the effect.
func TestProposalsHaveTheirEffect(t *testing.T) {
	s, c := editorSite(t, nil)
	var running sync.WaitGroup
	ctx, stop := context.WithCancel(t.Context())
	running.Go(func() { c.Report.(*coverage.LiveReport).Run(ctx, func(err error) { t.Error(err) }) })
	defer running.Wait()
	defer stop()
	for _, kind := range []coverage.Kind{coverage.MissingTopic, coverage.WrongTopic, coverage.NearDuplicate, coverage.NeverRecommended, coverage.SameTopic, coverage.ExpiredBlock} {
		report, _, err := c.Report.Latest(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		at := slices.IndexFunc(report.Findings, func(f coverage.Finding) bool { return f.Kind == kind && len(f.Proposal()) > 0 })
		if at < 0 {
			t.Logf("the sample has no finding of the kind %s that can be accepted", kind)
			continue
		}
		id := report.Findings[at].ID()
		if status, body := post(t, s.URL+"/findings", url.Values{"do": {"accept"}, "finding": {id.Key() + ".0"}}); status != 303 {
			t.Errorf("%s: %d\n%s", kind, status, body)
			continue
		}
		// A report that takes long, as under the race detector, is made while the one before is shown.
		there := func() bool {
			if report, _, err = c.Report.Latest(t.Context()); err != nil {
				t.Fatal(err)
			}
			return slices.ContainsFunc(report.Findings, func(f coverage.Finding) bool { return f.ID() == id })
		}
		for tries := 0; there(); tries++ {
			if tries == 600 {
				t.Errorf("%s: the report still has %+v a minute after it was accepted", kind, id)
				break
			}
			time.Sleep(100 * time.Millisecond)
		}
		all, err := c.Reader.WorkedFindings(t.Context())
		if err != nil || all[id.Key()].State != engine.FindingDone || len(all[id.Key()].Did) == 0 {
			t.Errorf("%s: %+v, %v", kind, all[id.Key()], err)
		}
	}
}

// The findings are worked through with the keyboard alone, on a phone and on a desk, without a
// violation of WCAG that a machine can see.
func TestFindingsByKeyboard(t *testing.T) {
	tokens := &serve.Tokens{}
	if err := tokens.Add("Ana-Ruiz", "ed-secret", serve.RoleEditor); err != nil {
		t.Fatal(err)
	}
	s, c := editorSite(t, tokens)
	ctx := newJudge(t)
	do := func(actions ...chromedp.Action[chromedp.Void]) {
		t.Helper()
		if err := chromedp.Do(ctx, actions...); err != nil {
			t.Fatal(err)
		}
	}
	judge := func(name string) {
		t.Helper()
		found, err := runAxe(ctx)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, f := range found {
			t.Errorf("%s: %s", name, f)
		}
		if eval[bool](ctx, t, `document.documentElement.scrollWidth > innerWidth`) {
			t.Errorf("%s: scrolls sideways", name)
		}
	}
	shot := func(name string) {
		t.Helper()
		out := filepath.Join("..", "..", ".ci", "out")
		jpeg, err := chromedp.Run(ctx, chromedp.FullScreenshot(75))
		if err == nil {
			err = errors.Join(os.MkdirAll(out, 0o755), os.WriteFile(filepath.Join(out, name+".jpg"), jpeg, 0o644))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	do(chromedp.EmulateViewport(1280, 900), chromedp.Navigate(s.URL+"/findings"))
	do(chromedp.SendKeys(`input[name="token"]`, "ed-secret"), chromedp.Submit(`input[name="token"]`), chromedp.WaitVisible(`.work-list`))
	judge("at 1280")
	shot("findings-1280")
	do(chromedp.EmulateViewport(360, 900))
	judge("at 360")
	shot("findings-360")
	do(chromedp.EmulateViewport(320, 900))
	judge("at 320")
	do(chromedp.EmulateViewport(1280, 900))
	eval[any](ctx, t, `document.querySelector('input[name="finding"]').focus()`)
	for range 2 { // tick two, each with the space bar, on the way from link to link
		do(chromedp.KeyEvent(" "))
		for range 12 {
			do(chromedp.KeyEvent(kb.Tab))
			if eval[bool](ctx, t, `document.activeElement.name === "finding"`) {
				break
			}
		}
	}
	if n := eval[int](ctx, t, `document.querySelectorAll('input[name="finding"]:checked').length`); n != 2 {
		t.Fatalf("%d findings are ticked, want 2", n)
	}
	eval[any](ctx, t, `document.querySelector('input[name="note"]').focus()`)
	do(chromedp.KeyEvent("both are meant"))
	for range 8 {
		do(chromedp.KeyEvent(kb.Tab))
		if eval[bool](ctx, t, `document.activeElement.value === "dismiss"`) {
			break
		}
	}
	if _, err := chromedp.RunResponse(ctx, chromedp.KeyEvent(kb.Enter)); err != nil {
		t.Fatal(err)
	}
	do(chromedp.WaitVisible(`[role="status"]`), chromedp.WaitVisible(`#acts`))
	judge("afterwards")
	all, err := c.Reader.WorkedFindings(t.Context())
	if err != nil || len(all) != 2 {
		t.Fatalf("%d findings were worked, %v, want 2", len(all), err)
	}
	for _, f := range all {
		if f.State != engine.FindingDismissed || f.Text != "both are meant" || f.By != "Ana-Ruiz" {
			t.Errorf("%+v", f)
		}
	}
}
