package web

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// keys presses keys, one after the other, where the focus is.
func keys(ctx context.Context, t *testing.T, pressed ...string) {
	t.Helper()
	for _, k := range pressed {
		if err := chromedp.Do(ctx, chromedp.KeyEvent(k)); err != nil {
			t.Fatal(err)
		}
	}
}

// tabTo moves the focus by the key alone until what the script says is true of it.
func tabTo(ctx context.Context, t *testing.T, is string) {
	t.Helper()
	for range 150 {
		keys(ctx, t, kb.Tab)
		if eval[bool](ctx, t, `(e => `+is+`)(document.activeElement)`) {
			return
		}
	}
	t.Fatalf("the key Tab does not lead to what is %s", is)
}

// send presses Enter on what has the focus, and waits for the page that it leads to.
func send(ctx context.Context, t *testing.T) {
	t.Helper()
	if _, err := chromedp.RunResponse(ctx, chromedp.KeyEvent(kb.Enter)); err != nil {
		t.Fatal(err)
	}
}

func becomes(ctx context.Context, t *testing.T, is string) {
	t.Helper()
	if _, err := chromedp.Run(ctx, chromedp.Poll[bool](is)); err != nil {
		t.Fatalf("waiting for %s: %v", is, err)
	}
}

// fine judges the page as it stands, in both colour schemes, and leaves pictures of it in .ci/out.
func fine(ctx context.Context, t *testing.T, name string, width int64) {
	t.Helper()
	out := filepath.Join("..", "..", ".ci", "out")
	if err := os.MkdirAll(out, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, scheme := range []string{"dark", "light"} {
		emulateScheme(ctx, t, scheme)
		rules := colourRules
		if scheme == "light" {
			rules = nil
		}
		found, err := runAxe(ctx, rules...)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range found {
			t.Errorf("%s at %d, %s: %s", name, width, scheme, f)
		}
		shot, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(out, fmt.Sprintf("names-%s-%d-%s.png", name, width, scheme)), shot, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, w := range []int64{320, width} {
		if err := chromedp.Do(ctx, chromedp.EmulateViewport(w, 900)); err != nil {
			t.Fatal(err)
		}
		if eval[bool](ctx, t, `document.documentElement.scrollWidth > innerWidth`) {
			t.Errorf("%s scrolls sideways at %d", name, w)
		}
	}
}

const pinned = "night-heat-libraries"

// An editor pins a work by its misspelt title, sees what that does, saves it and takes it back, by
// keys alone, on a phone and on a desk.
func TestPinByTitleWithKeys(t *testing.T) {
	for _, width := range []int64{360, 1280} {
		t.Run(fmt.Sprint(width), func(t *testing.T) {
			s, c := editorSite(t, nil)
			ctx := newJudge(t)
			if err := chromedp.Do(ctx, chromedp.EmulateViewport(width, 900), chromedp.Navigate(s.URL+"/items/cool-by-noon/edit")); err != nil {
				t.Fatal(err)
			}
			const field = `e.name == "pin.words" && !e.value`
			tabTo(ctx, t, field)
			if eval[bool](ctx, t, `getComputedStyle(document.activeElement).outlineStyle == "none"`) {
				t.Error("the focus cannot be seen")
			}
			keys(ctx, t, "library clsoe six")
			becomes(ctx, t, `document.activeElement.getAttribute("aria-expanded") == "true"`)
			is := func(what, js, want string) {
				t.Helper()
				if got := eval[string](ctx, t, js); !strings.Contains(got, want) {
					t.Errorf("%s: %q, want %q", what, got, want)
				}
			}
			const option = `document.getElementById(document.activeElement.getAttribute("aria-activedescendant"))`
			is("what is said", `document.querySelector("main > [role=status].unseen").textContent`, "found")
			keys(ctx, t, kb.ArrowUp, kb.ArrowDown)
			is("the option", option+`.textContent`, "The Library Should Not Close at Six")
			is("the option", option+`.getAttribute("aria-selected")`, "true")
			fine(ctx, t, "list", width)
			keys(ctx, t, kb.Escape)
			is("after Escape", `document.activeElement.getAttribute("aria-expanded") + document.activeElement.value`, "falselibrary clsoe six")
			keys(ctx, t, kb.ArrowDown)
			becomes(ctx, t, `document.activeElement.getAttribute("aria-expanded") == "true"`)
			keys(ctx, t, kb.ArrowDown, kb.Enter)
			is("the field", `document.activeElement.value`, "The Library Should Not Close at Six")
			is("the id", `document.activeElement.closest(".pick").querySelector("[name='pin.id']").value`, pinned)
			is("the page is still there", `location.pathname + location.search`, "/items/cool-by-noon/edit")
			tabTo(ctx, t, `e.value == "preview"`)
			send(ctx, t)
			is("the preview", `document.querySelector("#preview").innerText`, "The Library Should Not Close at Six")
			tabTo(ctx, t, `e.value == "save"`)
			send(ctx, t)
			is("what was saved", `document.querySelector(".alert[role=status]").innerText`, "Saved")
			if got := related(t, c, "cool-by-noon"); got[0] != pinned {
				t.Errorf("the list begins with %s", got[0])
			}
			fine(ctx, t, "saved", width)
			tabTo(ctx, t, `e.value == "undo"`)
			send(ctx, t)
			is("what was undone", `document.querySelector(".alert[role=status]").innerText`, "Undone")
			if got := related(t, c, "cool-by-noon"); got[0] == pinned && len(got) > 1 {
				if cur, err := c.Reader.Curation(t.Context(), "cool-by-noon"); err != nil || len(cur.Pins) != 1 {
					t.Errorf("after undo: %+v, %v", cur, err)
				}
			}
			tabTo(ctx, t, `e.value == "block-this"`)
			send(ctx, t)
			is("a preview at once", `document.querySelector("#preview").innerText`, "PREVIEW")
			fine(ctx, t, "block", width)
		})
	}
}

// The same without the script: words, Enter, a radio button.
func TestPinByTitleWithoutScript(t *testing.T) {
	for _, width := range []int64{360, 1280} {
		t.Run(fmt.Sprint(width), func(t *testing.T) {
			c := editorsConfig(t)
			mux := http.NewServeMux()
			mux.Handle("/", New(c))
			mux.Handle("/assets/pick.js", http.NotFoundHandler())
			s := httptest.NewServer(mux)
			t.Cleanup(s.Close)
			ctx := newJudge(t)
			if err := chromedp.Do(ctx, chromedp.EmulateViewport(width, 900), chromedp.Navigate(s.URL+"/items/cool-by-noon/edit")); err != nil {
				t.Fatal(err)
			}
			if eval[bool](ctx, t, `!!document.querySelector("[role=combobox]")`) {
				t.Fatal("the script runs")
			}
			tabTo(ctx, t, `e.name == "pin.words" && !e.value`)
			keys(ctx, t, "library clsoe six")
			send(ctx, t)
			fine(ctx, t, "choices", width)
			tabTo(ctx, t, `e.type == "radio"`)
			keys(ctx, t, kb.ArrowDown) // around to the first
			if got := eval[string](ctx, t, `document.activeElement.value`); got != pinned {
				t.Fatalf("the first choice is %q", got)
			}
			tabTo(ctx, t, `e.value == "save"`)
			send(ctx, t)
			if got := related(t, c, "cool-by-noon"); got[0] != pinned {
				t.Errorf("the list begins with %s", got[0])
			}
		})
	}
}
