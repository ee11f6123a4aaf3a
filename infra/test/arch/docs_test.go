package arch

import (
	"bytes"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// prose returns the texts that tell people where things are, by name.
func prose(t *testing.T) map[string]string {
	t.Helper()
	pages := map[string]string{}
	for _, pattern := range []string{"README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "docs/*.md"} {
		names, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil || len(names) == 0 {
			t.Fatalf("%s: no such page, %v", pattern, err)
		}
		for _, name := range names {
			b, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			below, err := filepath.Rel(root, name)
			if err != nil {
				t.Fatal(err)
			}
			pages[filepath.ToSlash(below)] = string(b)
		}
	}
	return pages
}

var (
	// A file or folder of the project: a path below one of its folders, or in code
	// marks a name that ends like a file of the root or of an unnamed folder.
	filePath = regexp.MustCompile(`(?:^|[^A-Za-z0-9_/.~:-])(?:\./)?((?:functions|recommend|infra|testdata|docs)/[A-Za-z0-9_./*-]*[A-Za-z0-9_*])`)
	fileName = regexp.MustCompile("`([A-Za-z0-9_-]+\\.(?:go|mk|txtar|html|css))`")
	// A file of the project with what stands in it, as `recommend/engine/read.go` (`gather`).
	fileWith = regexp.MustCompile("`([a-z/_]+\\.go)` \\(`([A-Za-z]+)`\\)")
	link     = regexp.MustCompile(`\]\(([^)\s]*)\)`)
	heading  = regexp.MustCompile(`(?m)^#+ (.*)$`)
)

func TestDocsNameFilesThatExist(t *testing.T) {
	named := 0
	for page, text := range prose(t) {
		for _, m := range slices.Concat(filePath.FindAllStringSubmatch(text, -1), fileName.FindAllStringSubmatch(text, -1)) {
			named++
			name := strings.TrimSuffix(m[1], "/...")
			if found, err := filepath.Glob(filepath.Join(root, name)); err != nil || len(found) == 0 {
				t.Errorf("%s names %s, which does not exist; name files from the root of the module", page, name)
			}
		}
		for _, m := range fileWith.FindAllStringSubmatch(text, -1) {
			b, err := os.ReadFile(filepath.Join(root, m[1]))
			if err == nil && !regexp.MustCompile(`\b`+m[2]+`\b`).Match(b) {
				t.Errorf("%s says that %s has %s; it does not", page, m[1], m[2])
			}
		}
	}
	if named < 60 {
		t.Errorf("found %d names of files in all pages; the test overlooks some", named)
	}
}

func TestDocsLinkToWhatExists(t *testing.T) {
	pages := prose(t)
	for page, text := range pages {
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			if strings.Contains(m[1], ":") {
				continue // an address elsewhere
			}
			to, part, _ := strings.Cut(m[1], "#")
			target := page
			if to != "" {
				target = path.Join(path.Dir(page), to)
			}
			if _, err := os.Stat(filepath.Join(root, target)); err != nil {
				t.Errorf("%s links to %s: %v", page, m[1], err)
				continue
			}
			if part != "" && !slices.Contains(anchors(pages[target]), part) {
				t.Errorf("%s links to %s, but %s has no such heading", page, m[1], target)
			}
		}
	}
}

// anchors returns what the headings of a page are called in addresses.
func anchors(text string) []string {
	var all []string
	for _, m := range heading.FindAllStringSubmatch(text, -1) {
		all = append(all, strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
				return unicode.ToLower(r)
			}
			return -1
		}, m[1]))
	}
	return all
}

// TestChangesNameTheirFiles reads the table of usual changes in ARCHITECTURE.md.
func TestChangesNameTheirFiles(t *testing.T) {
	_, table, ok := strings.Cut(prose(t)["ARCHITECTURE.md"], "\n## For each usual change, its files\n")
	if !ok {
		t.Fatal("ARCHITECTURE.md has no table of usual changes")
	}
	table, _, _ = strings.Cut(table, "\n## ")
	row := regexp.MustCompile(`(?m)^\| ([^|]*) \| (.*) \|$`)
	code := regexp.MustCompile("`([^`]*)`")
	changes := map[string]bool{}
	for _, m := range row.FindAllStringSubmatch(table, -1) {
		if m[1] == "to change or add" {
			continue
		}
		changes[m[1]] = true
		files := code.FindAllStringSubmatch(m[2], -1)
		if len(files) < 2 || len(files) > 3 {
			t.Errorf("%s: names %d files, want two or three", m[1], len(files))
		}
		for _, f := range files {
			if info, err := os.Stat(filepath.Join(root, f[1])); err != nil || info.IsDir() {
				t.Errorf("%s: %s is not a file", m[1], f[1])
			}
		}
	}
	for _, want := range []string{
		"a field of an item", "an editors' page", "a readers' page", "a store", "a verb", "a JSON route",
		"a language of the interface", "a language of texts", "a format that import reads", "a row of the store",
		"a setting", "the weight of a term", "a finding of the report", "a Lambda function",
	} {
		if !changes[want] {
			t.Errorf("the table does not say where to add or change %s", want)
		}
	}
}

// TestRoomsAreAllTold holds the tree in ARCHITECTURE.md to the packages that there are.
func TestRoomsAreAllTold(t *testing.T) {
	page := []byte(prose(t)["ARCHITECTURE.md"])
	for dir := range allowed {
		if strings.HasPrefix(dir, "infra/test/") || dir == "." {
			continue
		}
		if !bytes.Contains(page, []byte("\n"+dir+" ")) {
			t.Errorf("the tree of ARCHITECTURE.md lacks %s", dir)
		}
		if info, err := fs.Stat(os.DirFS(root), dir); err != nil || !info.IsDir() {
			t.Errorf("%s is in the table of imports but is not a folder", dir)
		}
	}
}
