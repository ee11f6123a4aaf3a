package wordpress

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	pngs "image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"akin/infra/test/browser"
	"akin/infra/test/tools"
)

// A tab is where an administrator works.
type tab struct {
	ctx  context.Context
	t    *testing.T
	site *Site
}

// eval returns what JavaScript comes to; promises are waited for.
func eval[T any](b tab, js string) T {
	b.t.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](js, chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatalf("%s: %v", js, err)
	}
	return v
}

// until waits until JavaScript says true, for a minute, over a change of the page too.
func (b tab) until(js string) {
	b.t.Helper()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); <-tick.C {
		if v, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool]("!!("+js+")")); err == nil && v {
			return
		}
	}
	b.picture("failed")
	b.t.Fatalf("never: %s", js)
}

func (b tab) visit(path string, width, height int64) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, chromedp.EmulateViewport(width, height)); err != nil {
		b.t.Fatal(err)
	}
	if err := chromedp.Do(b.ctx, chromedp.Navigate(b.site.Home+path)); err != nil {
		b.t.Fatalf("%s: %v", path, err)
	}
}

// picture leaves a picture of the page in .ci/out, and has nothing stick out of it.
func (b tab) picture(name string) {
	b.t.Helper()
	if wide := eval[int](b, `document.scrollingElement.scrollWidth - innerWidth`); wide > 0 {
		b.t.Errorf("%s: the page is %d px wider than its window", name, wide)
	}
	root, err := tools.Root()
	if err != nil {
		b.t.Fatal(err)
	}
	png, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
	if err != nil {
		b.t.Fatal(err)
	}
	out := filepath.Join(root, ".ci/out")
	if err := errors.Join(os.MkdirAll(out, 0o755), os.WriteFile(filepath.Join(out, "wordpress-"+name+".png"), png, 0o644)); err != nil {
		b.t.Fatal(err)
	}
}

const longWord = "Donaudampfschifffahrtselektrizitaetenhauptbetriebswerkbauunterbeamtengesellschaft"

// The settings page, the editor and a post's page, as those who use them see them.
func looks(t *testing.T, s *Site) {
	b := tab{browser.New(t), t, s}
	b.visit("/wp-login.php?redirect_to=%2Fwp-admin%2Foptions-general.php%3Fpage%3Dakin-related", 1280, 800)
	eval[bool](b, `document.querySelector("#user_login").value = "root77", document.querySelector("#user_pass").value = "no secret here", document.querySelector("#wp-submit").click(), true`)
	b.until(`location.pathname.startsWith("/wp-admin/") && document.readyState === "complete"`)
	t.Run("Settings", func(t *testing.T) { settings(tab{b.ctx, t, s}) })
	t.Run("Editor", func(t *testing.T) { editor(tab{b.ctx, t, s}) })
	t.Run("Page", func(t *testing.T) { reader(tab{b.ctx, t, s}) })
}

func settings(b tab) {
	b.visit("/wp-admin/options-general.php?page=akin-related", 1280, 900)
	if strings.Contains(eval[string](b, `document.documentElement.outerHTML`), secret) {
		b.t.Error("the page shows the token")
	}
	told := func(address, token, want string) {
		b.t.Helper()
		eval[bool](b, fmt.Sprintf(`document.querySelector("#akin-address").value = %q, document.querySelector("#akin-token").value = %q, document.querySelector("#akin-test-result").textContent = "", document.querySelector("#akin-test").click(), true`, address, token))
		b.until(`!document.querySelector("#akin-test").disabled && document.querySelector("#akin-test-result").textContent`)
		if got := eval[string](b, `document.querySelector("#akin-test-result").textContent`); !strings.Contains(got, want) {
			b.t.Errorf("test of %s with %q says %q, want %q in it", address, token, got, want)
		}
	}
	right := eval[string](b, `document.querySelector("#akin-address").value`)
	told(right, "", "Connected: akin")
	told(right, "another", "does not take the token")
	told("http://"+free(b.t), "", "Nothing answers at")
	told("akin.example", "", "begins with http")
	told(right+"/path", "", "without a path")
	eval[bool](b, fmt.Sprintf(`document.querySelector("#akin-address").value = %q, document.querySelector("#akin-sync").click(), true`, right))
	b.until(`/^Done: akin has \d+ posts/.test(document.querySelector("#akin-sync-result").textContent)`)
	b.picture("settings-1280")
	b.visit("/wp-admin/options-general.php?page=akin-related", 320, 700)
	b.picture("settings-320")
}

// editor puts the block into a post, pins a work to it, and takes a topic that is suggested.
func editor(b tab) {
	id := do[int](b.t, b.site, `return get_page_by_path('ferry-33', OBJECT, 'post')->ID;`)
	b.visit(fmt.Sprintf("/wp-admin/post.php?post=%d&action=edit", id), 1280, 1000)
	b.until(`window.wp && wp.data && wp.data.select("core/editor") && wp.data.select("core/editor").getCurrentPostId() && wp.data.select("core/block-editor").getBlockCount() > 0`)
	eval[bool](b, `wp.data.dispatch("core/preferences").set("core/edit-post", "welcomeGuide", false), wp.data.dispatch("core/block-editor").insertBlocks(wp.blocks.createBlock("akin/related", { heading: "More on ferries" })), true`)
	b.until(`document.querySelector(".wp-block-akin-related .akin-related-entry")`)
	eval[bool](b, `wp.data.dispatch("core/block-editor").clearSelectedBlock(), wp.data.dispatch("core/edit-post").openGeneralSidebar("edit-post/document"), wp.data.dispatch("core/edit-post").toggleEditorPanelOpened("akin-related/akin-related"), true`)
	b.until(`document.querySelectorAll(".akin-related-panel li").length > 3`)

	press := func(text string) string {
		return fmt.Sprintf(`[...document.querySelectorAll(".akin-related-panel button")].filter(b => b.textContent === %q && !b.disabled)[0]`, text)
	}
	click := func(text string) {
		b.t.Helper()
		b.until(press(text))
		eval[bool](b, press(text)+`.click(), true`)
	}
	eval[bool](b, `(i => { Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(i, "bridge"); i.dispatchEvent(new Event("input", { bubbles: true })) })(document.querySelector(".akin-related-panel form input")), true`)
	click("Search")
	b.until(`document.querySelector(".akin-related-panel form li button")`)
	pinned := eval[string](b, `(li => { li.querySelector("button").click(); return li.querySelector("a").textContent })(document.querySelector(".akin-related-panel form li"))`)
	b.until(`document.querySelector(".akin-related-panel ul li") && document.querySelector(".akin-related-panel ul li").textContent.includes("Unpin")`)
	click("Suggest topics")
	b.until(`[...document.querySelectorAll(".akin-related-panel h3")].some(h => h.textContent === "Would be related")`)
	eval[bool](b, `wp.data.dispatch("core/editor").savePost().then(() => true)`)
	b.picture("editor-1280")
	got, _ := page(b.t, b.site.Home+"/ferry-33/")
	if list := block(got); !strings.Contains(list, "More on ferries") || !strings.Contains(list, ">"+pinned+"<") || strings.Count(got, `<aside class="akin-related`) != 1 {
		b.t.Errorf("with %q pinned the page has the list %q", pinned, list)
	}
	click("Not here")
	b.until(`[...document.querySelectorAll(".akin-related-panel h3")].some(h => h.textContent === "Kept out")`)
	if got, _ = page(b.t, b.site.Home+"/ferry-33/"); strings.Contains(block(got), ">"+pinned+"<") {
		b.t.Errorf("%q is blocked, and the page has the list %q", pinned, block(got))
	}
}

// reader looks at a post with the list after its content: a light theme, pictures
// on some works, and a title that fits nowhere.
func reader(b tab) {
	do[any](b.t, b.site, fmt.Sprintf(`global $wpdb; return $wpdb->update($wpdb->posts, ['post_title' => '%s'], ['post_name' => 'lock-20']);`, longWord))
	for i := 0; i < 300; i += 10 { // whose addresses the site knows
		m := image.NewRGBA(image.Rect(0, 0, 90, 60+i%40))
		draw.Draw(m, m.Bounds(), image.NewUniform(color.RGBA{uint8(i), 120, 140, 255}), image.Point{}, draw.Src)
		var png bytes.Buffer
		if err := errors.Join(pngs.Encode(&png, m), os.MkdirAll(filepath.Join(b.site.content, "uploads"), 0o755),
			os.WriteFile(filepath.Join(b.site.content, "uploads", fmt.Sprintf("picture-%d.png", i)), png.Bytes(), 0o644)); err != nil {
			b.t.Fatal(err)
		}
	}
	for _, width := range []int64{320, 1280} {
		b.visit("/lock-40/", width, 800)
		if list := eval[string](b, `document.querySelector(".akin-related").outerHTML`); !strings.Contains(list, longWord) || !strings.Contains(list, "<img") {
			b.t.Fatalf("the page has the list %s", list)
		}
		b.picture(fmt.Sprintf("post-%d", width))
	}
}
