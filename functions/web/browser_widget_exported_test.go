package web

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// What `akin export` writes is enough for a file server: the widget of the folder reads the
// lists beside it, on pages of another host and on those of the folder, and asks for
// nothing that is not there.
func TestExportedWidget(t *testing.T) {
	dir := t.TempDir()
	akin := func(program string, args ...string) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), program, args...)
		cmd.Dir, cmd.Env = dir, append(os.Environ(), "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s %s: %v\n%s", program, strings.Join(args, " "), err, out)
		}
	}
	works, err := json.Marshal(fewWorks())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "works.json"), works, 0o644); err != nil {
		t.Fatal(err)
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	akin("go", "build", "-C", root, "-trimpath", "-buildvcs=false", "-o", filepath.Join(dir, "akin"), "akin")
	akin("./akin", "import", "works.json")
	akin("./akin", "export", "--site", "https://paper.example", "out")

	var missing []string
	files := http.StripPrefix("/lists/", http.FileServer(http.Dir(filepath.Join(dir, "out"))))
	folder := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", "*")
		rec := httptest.NewRecorder()
		files.ServeHTTP(rec, r)
		if rec.Code == http.StatusNotFound && r.URL.Path != "/favicon.ico" {
			missing = append(missing, r.URL.String())
		}
		files.ServeHTTP(w, r)
	}))
	t.Cleanup(folder.Close)

	ctx := newBrowser(t)
	visit(ctx, t, serveForeign(t, `<script type="module" src="`+folder.URL+`/lists/widget.js"></script><akin-related item="heat-a" limit="4"></akin-related><p>After</p>`))
	filled(ctx, t, 1)
	if got := eval[string](ctx, t, titles+`.slice(0, 2).sort().join("|")`); got != "Extreme heatwave shelters closing|Extreme heatwave shelters funding" {
		t.Errorf("the list on a page elsewhere begins with %s", got)
	}
	if got := eval[string](ctx, t, shadow+`.querySelector("a").href`); !strings.HasPrefix(got, "https://paper.example/works/heat-") {
		t.Errorf("an entry leads to %s", got)
	}
	visit(ctx, t, folder.URL+"/lists/items/heat-a.html")
	if got := eval[int](ctx, t, `document.querySelectorAll("main a[href*='heat-b'], main a[href*='heat-c']").length`); got < 2 {
		t.Errorf("the page of the folder leads to %d related works, want 2", got)
	}
	if len(missing) > 0 {
		t.Errorf("not in the folder: %s", strings.Join(missing, ", "))
	}
}
