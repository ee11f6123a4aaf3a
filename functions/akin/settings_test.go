package akin

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Settings that are changed while akin serves are on its pages, and its next
// rebuild is made under them.
func TestSettingsWhileServed(t *testing.T) {
	dir := t.TempDir()
	items := `{"id":"a","title":"Harbour cranes","lang":"en","url":"/cranes"}` + "\n" + `{"id":"b","title":"Harbour pilots","lang":"en"}` + "\n"
	if err := os.WriteFile(filepath.Join(dir, "items.jsonl"), []byte(items), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, stderr, code := akin(t, dir, "import", "items.jsonl"); code != 0 {
		t.Fatal(stderr)
	}
	s := startServe(t, dir, nil)
	defer s.stop()
	if _, stderr, code := akin(t, dir, "settings", "set", "name=Quay Quarterly", "address=https://quay.example", "k=20"); code != 0 {
		t.Fatal(stderr)
	}
	wait := func(what string, done func() bool) {
		t.Helper()
		for end := time.Now().Add(patience); !done(); time.Sleep(50 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("%s does not come: %s", what, s.log())
			}
		}
	}
	holds := func(path, text string) func() bool {
		return func() bool {
			_, body := s.do("GET", path, "")
			return strings.Contains(body, text)
		}
	}
	wait("the name", holds("/", "Quay Quarterly"))
	wait("the address", holds("/v1/related?url=https%3A%2F%2Fquay.example%2Fcranes", `"item":"a"`))
	_, before := s.do("GET", "/v1/generations", "")
	s.want("POST", "/v1/reindex?force=true", "", 202, "running")
	wait("the rebuild", func() bool { return s.status().Generation == 2 })
	_, after := s.do("GET", "/v1/generations", "")
	hash := func(answer string) string {
		at := strings.LastIndex(answer, `"settings":"`)
		if at < 0 {
			t.Fatalf("no settings in %s", answer)
		}
		hash, _, _ := strings.Cut(answer[at+len(`"settings":"`):], `"`)
		return hash
	}
	if hash(before) == hash(after) {
		t.Errorf("generation 2 is under the settings of the first: %s", after)
	}
	s.want("GET", "/v1/settings", "", 200, `"k":20`)
}
