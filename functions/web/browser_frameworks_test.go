package web

import (
	"flag"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

var frameworks = flag.String("frameworks", "", "folder of the pages that infra/test/frameworks/build.sh built; see make widget-frameworks")

// The npm package works in pages that the usual frameworks build: lists follow the
// item that the application sets, and the application takes the reader's clicks.
// Without -frameworks there are none, as they take minutes to install and build.
func TestWidgetInFrameworks(t *testing.T) {
	built := map[string]string{}
	if *frameworks != "" {
		for _, name := range []string{"react", "vue", "svelte", "astro", "eleventy"} {
			built[name] = filepath.Join(*frameworks, name, "dist")
		}
	}
	for name, dir := range built {
		t.Run(name, func(t *testing.T) {
			s := newWidgetService(t, newFakeReader(fewWorks(), nil))
			page := httptest.NewServer(http.FileServer(http.Dir(dir)))
			t.Cleanup(page.Close)
			ctx := newBrowser(t)
			var mu sync.Mutex
			var wrong []string
			err := chromedp.Listen(ctx, func(e any) {
				mu.Lock()
				defer mu.Unlock()
				switch e := e.(type) {
				case *runtime.EventExceptionThrown:
					wrong = append(wrong, e.ExceptionDetails.Text)
				case *runtime.EventConsoleAPICalled:
					if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning {
						wrong = append(wrong, string(e.Args[0].Value))
					}
				}
			})
			if err != nil {
				t.Fatal(err)
			}
			visit(ctx, t, page.URL+"?akin="+url.QueryEscape(s.URL))
			filled(ctx, t, 1)
			if got := eval[string](ctx, t, titles+`.sort().join("|")`); got != "Extreme heatwave shelters closing|Extreme heatwave shelters funding" {
				t.Errorf("the list is %s", got)
			}
			if got := eval[string](ctx, t, shadow+`.querySelector("nav").className`); got != "cards" {
				t.Errorf("the layout is %q, want cards", got)
			}
			poll(ctx, t, `document.querySelector("akin-related > div > .mine")?.textContent == "Municipal rental contracts opening"`)
			eval[bool](ctx, t, `document.getElementById("other").click(), true`)
			poll(ctx, t, titles+`.join() == "Municipal rental contracts funding"`)
			eval[bool](ctx, t, shadow+`.querySelector("a").click(), true`)
			poll(ctx, t, `document.getElementById("followed").textContent == "rent-b"`)
			mu.Lock()
			defer mu.Unlock()
			if len(wrong) > 0 {
				t.Errorf("the browser says:\n%s", strings.Join(wrong, "\n"))
			}
		})
	}
}
