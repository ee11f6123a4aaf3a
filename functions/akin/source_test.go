package akin

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"akin/infra/feed/entry"
)

// What is written, edited and deleted in a folder shows in akin after the next
// reading, and a webhook has it read at once.
func TestServePollsSources(t *testing.T) {
	dir := t.TempDir()
	site := filepath.Join(dir, "site")
	page := func(name, text string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Join(site, "content"), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(site, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	page("hugo.toml", "baseURL = \"https://notes.example/\"\n")
	const works = 12
	for i := range works {
		page(fmt.Sprintf("content/p%d.md", i), fmt.Sprintf("---\ntitle: The mill of number %d\n---\nIt grinds wheat and rye.\n", i))
	}
	if out, errs, code := akin(t, dir, "source", "add", "notes", "site"); code != 0 {
		t.Fatalf("source add: %d %s%s", code, out, errs)
	}
	s := startServe(t, dir, nil)
	defer s.stop()
	id := func(n int) string { return entry.ID(fmt.Sprintf("https://notes.example/p%d/", n)) }
	until := func(what string, ok func() bool) {
		t.Helper()
		tick := time.NewTicker(50 * time.Millisecond)
		defer tick.Stop()
		for end := time.Now().Add(patience); !ok(); <-tick.C {
			if time.Now().After(end) {
				t.Fatalf("%s does not come; log:\n%s", what, s.log())
			}
		}
	}
	until("the first reading", func() bool {
		_, body := s.do("GET", "/v1/sources", "")
		return strings.Contains(body, fmt.Sprintf(`"items":%d`, works))
	})
	s.want("GET", "/v1/items/"+id(3), "", http.StatusOK, "The mill of number 3")
	page("content/p3.md", "---\ntitle: The mill that burnt down\n---\nIt ground wheat and rye.\n")
	if err := os.Remove(filepath.Join(site, "content/p4.md")); err != nil {
		t.Fatal(err)
	}
	s.want("POST", "/v1/sources/notes/run", "", http.StatusAccepted, `"state":"asked"`)
	until("the edit", func() bool {
		_, body := s.do("GET", "/v1/items/"+id(3), "")
		return strings.Contains(body, "burnt down")
	})
	until("the withdrawal", func() bool {
		code, body := s.do("GET", "/v1/items/"+id(4), "")
		return code == http.StatusGone || strings.Contains(body, `"status":"withdrawn"`)
	})
}
