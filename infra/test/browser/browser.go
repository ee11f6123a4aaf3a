// Package browser runs one headless Chromium for all tests of a package, with a
// tab and a profile of its own for each.
package browser

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// names are the programs that are looked for, in this order: those without
// windows take less time.
var names = []string{"chromium-headless-shell", "headless-shell", "chromium", "chromium-browser", "google-chrome"}

var shared struct {
	once sync.Once
	ctx  context.Context
	stop func()
	err  error
}

// Stop ends the browser, if it was started. TestMain calls it after all tests.
func Stop() {
	if shared.stop != nil {
		shared.stop()
	}
}

func start() {
	path := ""
	for _, name := range names {
		if p, err := exec.LookPath(name); err == nil {
			path = p
			break
		}
	}
	if path == "" {
		shared.err = fmt.Errorf("no Chromium among %s; run: make tools", strings.Join(names, ", "))
		return
	}
	dir, err := os.MkdirTemp("", "akin-chromium-")
	if err != nil {
		shared.err = err
		return
	}
	alloc, stopAlloc := chromedp.NewExecAllocator(context.Background(),
		chromedp.ExecPath(path), chromedp.UserDataDir(dir), chromedp.NoSandbox, chromedp.Headless,
		chromedp.NoFirstRun, chromedp.NoDefaultBrowserCheck, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true),
		chromedp.Flag("disable-dev-shm-usage", true), chromedp.Flag("hide-scrollbars", true),
		chromedp.Flag("force-color-profile", "srgb"),
	)
	ctx, stopTab := chromedp.NewContext(alloc)
	shared.stop = func() {
		_ = chromedp.Cancel(ctx) // it ends with the tests in any case
		stopTab()
		stopAlloc()
		_ = os.RemoveAll(dir)
	}
	if err := chromedp.Do(ctx); err != nil {
		shared.err = fmt.Errorf("start %s: %w", path, err)
	}
	shared.ctx = ctx
}

// New returns the context of a fresh tab, which chromedp's actions run in until
// the end of the test, 5 min at most. The test fails where there is no Chromium.
func New(t *testing.T) context.Context {
	t.Helper()
	shared.once.Do(start)
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	tab, cancel := chromedp.NewContext(shared.ctx, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	if err := chromedp.Do(tab); err != nil {
		t.Fatal(err)
	}
	ctx, cancelLate := context.WithTimeout(tab, 5*time.Minute)
	t.Cleanup(cancelLate)
	return ctx
}
