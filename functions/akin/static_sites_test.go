package akin

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// posts of a small site: two about tides, two about bread.
var posts = map[string]string{
	"2024-03-02-tide-tables.md": "---\ntitle: Reading tide tables\ndate: 2024-03-02\n---\nTide tables tell a harbour when water covers the sandbank, and how tides run.\n",
	"2024-03-09-spring-tides.md": "---\ntitle: Spring tides at the \"old\" harbour & quay\ndate: 2024-03-09\n---\n" +
		"Spring tides cover the sandbank and the lower quay of the harbour; tide tables tell when.\n",
	"2024-04-01-rye-bread.md": "---\ntitle: Rye bread\ndate: 2024-04-01\n---\nSourdough, rye flour and a hot oven make bread with a dark crust.\n",
	"2024-04-08-sourdough.md": "---\ntitle: Keeping sourdough\ndate: 2024-04-08\n---\nA sourdough that is fed with rye flour each day raises bread with a crust.\n",
}

// The recipes of docs/static-sites.md, put into real sites as they stand there: what each
// generator builds holds the lists.
func TestStaticSites(t *testing.T) {
	doc, err := os.ReadFile("../../docs/static-sites.md")
	if err != nil {
		t.Fatal(err)
	}
	sites, err := txtar.ParseFile("testdata/static-sites.txtar")
	if err != nil {
		t.Fatal(err)
	}
	cache, err := filepath.Abs("../../.cache")
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range []struct {
		name, program string
		args          []string
		out           string // of the build
	}{
		{"Hugo", "hugo", []string{"--quiet"}, "public"},
		{"Jekyll", "jekyll", []string{"build", "--quiet"}, "_site"},
		{"Eleventy", filepath.Join(cache, "eleventy/node_modules/.bin/eleventy"), []string{"--quiet"}, "_site"},
		{"Astro", filepath.Join(cache, "astro/node_modules/.bin/astro"), []string{"build", "--silent"}, "dist"},
	} {
		t.Run(g.name, func(t *testing.T) {
			t.Parallel()
			if _, err := exec.LookPath(g.program); err != nil {
				t.Fatalf("%v; infra/test/install/site-generators.sh installs it", err)
			}
			dir := t.TempDir()
			folder := strings.ToLower(g.name)
			for _, f := range sites.Files {
				if name, ok := strings.CutPrefix(f.Name, folder+"/"); ok {
					if at, isPosts := strings.CutSuffix(name, "POSTS"); isPosts {
						for post, text := range posts {
							writeFile(t, filepath.Join(dir, at, post), text)
						}
						continue
					}
					writeFile(t, filepath.Join(dir, name), string(f.Data))
				}
			}
			if err := os.Symlink(filepath.Join(cache, "astro/node_modules"), filepath.Join(dir, "node_modules")); g.name == "Astro" && err != nil {
				t.Fatal(err)
			}
			commands := recipe(t, string(doc), g.name, dir)
			for _, c := range commands[:len(commands)-1] { // the last one builds
				if _, stderr, code := akin(t, dir, strings.Fields(c)[1:]...); code != 0 {
					t.Fatalf("%s: exit %d\n%s", c, code, stderr)
				}
			}
			build := exec.CommandContext(t.Context(), g.program, g.args...)
			build.Dir = dir
			build.Env = append(os.Environ(), "ASTRO_TELEMETRY_DISABLED=1")
			if said, err := build.CombinedOutput(); err != nil {
				t.Fatalf("%s: %v\n%s", g.program, err, said)
			}
			holdsLists(t, filepath.Join(dir, g.out))
		})
	}
}

func writeFile(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// recipe writes the files that a section of the page gives, and returns its commands.
func recipe(t *testing.T, doc, name, dir string) (commands []string) {
	t.Helper()
	_, section, ok := strings.Cut(doc, "\n## "+name+"\n")
	if !ok {
		t.Fatalf("no section %s", name)
	}
	section, _, _ = strings.Cut(section, "\n## ")
	files := regexp.MustCompile("(?s)In `([^`]+)`:\n\n```[a-z-]+\n(.*?)```\n").FindAllStringSubmatch(section, -1)
	if len(files) == 0 {
		t.Fatalf("section %s: no file", name)
	}
	for _, f := range files {
		writeFile(t, filepath.Join(dir, f[1]), f[2])
	}
	first, _, _ := strings.Cut(strings.TrimSpace(section), "\n\n")
	for line := range strings.Lines(first) {
		commands = append(commands, strings.TrimSpace(line))
	}
	return commands
}

// holdsLists holds the pages of posts to their lists: each leads to the other of its kind
// first, under its address and full title.
func holdsLists(t *testing.T, out string) {
	t.Helper()
	link := regexp.MustCompile(`(?s)<aside[^>]*>.*?<h2[^>]*>Related</h2>.*?<li[^>]*>\s*<a href="?([^">\s]+)"?[^>]*>([^<]*)</a>`)
	plain := strings.NewReplacer("&amp;", "&", "&quot;", `"`, "&#34;", `"`, "&ldquo;", `"`)
	found := 0
	err := filepath.WalkDir(out, func(name string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(name) != ".html" {
			return err
		}
		page, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		for from, to := range map[string][2]string{
			"tide-tables":  {"spring-tides", `Spring tides at the "old" harbour & quay`},
			"spring-tides": {"tide-tables", "Reading tide tables"},
			"rye-bread":    {"sourdough", "Keeping sourdough"},
			"sourdough":    {"rye-bread", "Rye bread"},
		} {
			if !strings.Contains(filepath.Dir(name), from) {
				continue
			}
			found++
			m := link.FindStringSubmatch(string(page))
			if m == nil {
				t.Errorf("%s has no list:\n%s", name, page)
			} else if !strings.HasPrefix(m[1], "https://harbour.example/posts/") || !strings.Contains(m[1], to[0]) || plain.Replace(m[2]) != to[1] {
				t.Errorf("%s leads to %s as %s", name, m[1], m[2])
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if found != len(posts) {
		t.Errorf("%d pages of posts in %s, want %d", found, out, len(posts))
	}
}
