package web

import (
	"context"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// press follows what the selector finds as a reader does, and waits for the
// page that it leads to.
func press(ctx context.Context, t *testing.T, selector string) {
	t.Helper()
	if _, err := chromedp.RunResponse(ctx, chromedp.Evaluate[chromedp.Void](`document.querySelector('`+selector+`').click()`)); err != nil {
		t.Fatalf("press %s: %v", selector, err)
	}
}

// A reader walks from the start page to a topic, turns a section's page, narrows
// by a facet and by dates, changes the language, reads an item and asks why.
func TestReadersWay(t *testing.T) {
	s := serveCorpus(t)
	ctx := newBrowser(t)
	visit(ctx, t, s.URL+"/")
	is := func(what, js, want string) {
		t.Helper()
		if got := eval[string](ctx, t, js); got != want {
			t.Errorf("%s: %q, want %q", what, got, want)
		}
	}
	text := func(selector string) string {
		return `document.querySelector('` + selector + `').innerText.replace(/\s+/g, " ").trim()`
	}

	// The first key leads past the top of the page.
	if err := chromedp.Do(ctx, chromedp.KeyEvent(kb.Tab)); err != nil {
		t.Fatal(err)
	}
	is("the first tab stop", `document.activeElement.className`, "skip")

	press(ctx, t, `.side a[href="/topics/cities"]`)
	is("the topic", text("h1"), "Cities")
	reports := eval[string](ctx, t, text("#reports .entries"))
	press(ctx, t, `#articles a[rel=next]`)
	is("the place after turning", `location.hash`, "#articles")
	is("the other section", text("#reports .entries"), reports)
	press(ctx, t, `#articles a[rel=prev]`)
	is("after turning back", `String(!!document.querySelector('#articles a[rel=prev]'))`, "false")

	press(ctx, t, `.facet a[href*="type=Articles"]`)
	is("the filter in use", text(".chips a"), "Articles ×")
	is("what is listed", `[...new Set([...document.querySelectorAll('#results .kicker')].map(e => e.firstChild.data.trim()))].join()`, "Articles")
	if err := chromedp.Do(ctx, chromedp.SetValue(chromedp.CSS("input[name=from]"), "2020-01-01"), chromedp.SetValue(chromedp.CSS("input[name=to]"), "2020-12-31")); err != nil {
		t.Fatal(err)
	}
	press(ctx, t, `.dates button`)
	is("the filter of dates", `[...document.querySelectorAll('.chips li')].map(e => e.innerText.trim()).join("; ")`,
		"Articles ×; From January 1, 2020 ×; To December 31, 2020 ×; Clear filters")
	if n := eval[int](ctx, t, `document.querySelectorAll('#results .entry').length`); n == 0 || n > 10 {
		t.Errorf("%d articles of one year", n)
	}
	press(ctx, t, `.langs a[lang=es]`)
	is("the language", `document.documentElement.lang`, "es")
	is("the filter in Spanish", text(".chips a"), "Artículos ×")
	press(ctx, t, `.chips .clear`)
	is("without the filter, still in Spanish", `document.documentElement.lang + " " + document.querySelectorAll('.chips').length`, "es 0")
	press(ctx, t, `.langs a[lang=en]`)

	visit(ctx, t, s.URL+"/items/cool-by-noon")
	press(ctx, t, `.meta .others a`)
	is("the other version", `document.querySelector('h1').lang`, "es")
	visit(ctx, t, s.URL+"/items/cool-by-noon")
	eval[bool](ctx, t, `document.querySelector('.why summary').click() || true`)
	parts := eval[[]float64](ctx, t, `[...document.querySelector('.why').querySelectorAll('tbody td')].map(e => +e.innerText)`)
	total := eval[float64](ctx, t, `+document.querySelector('.why tfoot td').innerText`)
	sum := 0.0
	for _, p := range parts {
		sum += p
	}
	if len(parts) == 0 || sum < total-1e-9 || sum > total+1e-9 {
		t.Errorf("the parts %v add up to %v, the score is %v", parts, sum, total)
	}

	if err := chromedp.Do(ctx, chromedp.SetValue(chromedp.CSS("#q"), "cooling centres")); err != nil {
		t.Fatal(err)
	}
	press(ctx, t, `.find button`)
	if got := eval[string](ctx, t, text(`main`)); !strings.HasPrefix(got, "Results for “cooling centres”") || !strings.Contains(got, "Cool by Noon") {
		t.Errorf("the search reads %.200q", got)
	}
}
