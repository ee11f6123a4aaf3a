package feed

import (
	"os"
	"path/filepath"
	"testing"
)

// A folder, and a file of it, are read as the site that they belong to.
func TestOpenFolder(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"_config.yml":                "url: https://well.example\n",
		"_posts/2024-03-02-water.md": "---\ntitle: Water\n---\nCold.\n",
		"_posts/2024-03-03-bad.md":   "---\ntitle: [\n---\n",
		"_drafts/2024-03-04-idea.md": "---\ntitle: Idea\n---\n",
	} {
		at := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string][3]int{dir: {1, 1, 1}, filepath.Join(dir, "_posts/2024-03-02-water.md"): {1, 0, 0}} {
		s, err := Open(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		var got [3]int
		for r := range s.Records(t.Context(), Options{}) {
			switch {
			case r.Item != nil:
				got[0]++
				if want := "https://well.example/2024/03/02/water.html"; r.Item.URL != want {
					t.Errorf("address %q, want %q", r.Item.URL, want)
				}
			case r.Err != nil:
				got[1]++
				if r.Err.Line != 2 {
					t.Errorf("error %v, want one of line 2", r.Err)
				}
			case r.Gone:
				got[2]++
			}
		}
		if got != want {
			t.Errorf("%s: %d items, errors and drafts, want %d", name, got, want)
		}
	}
}
