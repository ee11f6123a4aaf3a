package folder

import (
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"akin/infra/feed/entry"
)

// unpack writes the files of an archive of testdata into a new folder.
func unpack(t *testing.T, name string) string {
	t.Helper()
	a, err := txtar.ParseFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, f := range a.Files {
		at := filepath.Join(dir, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, f.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// items returns the addresses of the works that visitors see, and what was said
// of the others.
func items(t *testing.T, dir string, o entry.Options) (shown []string, said []string) {
	t.Helper()
	o.Name = dir
	for x := range Read(t.Context(), nil, o) {
		switch {
		case x.Err != nil:
			said = append(said, x.File+": "+x.Err.Error())
		case x.Notice != nil:
			said = append(said, x.File+": "+x.Notice.Kind.Say(1))
		case x.Entry != nil:
			it, _, err := x.Entry.Item(o)
			n, hidden := x.Entry.Hidden()
			switch {
			case hidden:
				said = append(said, x.File+": "+n.Kind.Say(1))
			case err != nil:
				said = append(said, x.File+": "+err.Error())
			case it.VisibleFrom.After(o.Time()):
				said = append(said, x.File+": later")
			default:
				plain, err := url.PathUnescape(it.URL)
				if err != nil {
					t.Errorf("%s: address %q: %v", x.File, it.URL, err)
				}
				shown = append(shown, plain)
			}
		}
	}
	slices.Sort(shown)
	return shown, said
}

// built returns the addresses of the pages that a generator has made, of those
// whose HTML holds the mark that layouts of single pages put in.
func built(t *testing.T, dir, base string) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(name) != ".html" {
			return err
		}
		data, err := os.ReadFile(name)
		if err != nil || !strings.Contains(string(data), "data-single") {
			return err
		}
		rel, err := filepath.Rel(dir, name)
		found = append(found, base+"/"+strings.TrimSuffix(filepath.ToSlash(rel), "index.html"))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(found)
	return found
}

func generate(t *testing.T, dir, program string, args ...string) {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		t.Fatalf("%s is not installed; infra/test/install/site-generators.sh installs it", program)
	}
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v\n%s", program, strings.Join(args, " "), err, out)
	}
}

// Every page that Hugo makes of a work is an item under the same address, and
// no other is.
func TestHugoMakesTheSamePages(t *testing.T) {
	for _, site := range []string{"hugo-languages.txtar", "hugo-permalinks.txtar"} {
		t.Run(site, func(t *testing.T) {
			dir := unpack(t, site)
			generate(t, dir, "hugo", "--quiet", "--destination", "made")
			base := "https://harbour.example"
			got, said := items(t, dir, entry.Options{Now: time.Now()})
			if diff := cmp.Diff(built(t, filepath.Join(dir, "made"), base), got); diff != "" {
				t.Errorf("pages of Hugo are not the items (-hugo +akin):\n%s\nleft out:\n%s", diff, strings.Join(said, "\n"))
			}
		})
	}
}

func TestJekyllMakesTheSamePages(t *testing.T) {
	for _, style := range []string{"", "permalink: pretty", "permalink: /:year/:short_month/:slug/", "permalink: none"} {
		t.Run(style, func(t *testing.T) {
			dir := unpack(t, "jekyll.txtar")
			config := filepath.Join(dir, "_config.yml")
			data, err := os.ReadFile(config)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(config, append(data, style+"\n"...), 0o644); err != nil {
				t.Fatal(err)
			}
			generate(t, dir, "jekyll", "build", "--quiet")
			got, said := items(t, dir, entry.Options{Now: time.Now()})
			if diff := cmp.Diff(built(t, filepath.Join(dir, "_site"), "https://mill.example/notes"), got); diff != "" {
				t.Errorf("pages of Jekyll are not the items (-jekyll +akin):\n%s\nleft out:\n%s", diff, strings.Join(said, "\n"))
			}
		})
	}
}

func TestEleventyMakesTheSamePages(t *testing.T) {
	program, err := filepath.Abs("../../../.cache/eleventy/node_modules/.bin/eleventy")
	if err != nil {
		t.Fatal(err)
	}
	dir := unpack(t, "eleventy.txtar")
	generate(t, dir, program, "--quiet")
	got, said := items(t, dir, entry.Options{Now: time.Now()})
	if diff := cmp.Diff(built(t, filepath.Join(dir, "out"), "https://loom.example"), got); diff != "" {
		t.Errorf("pages of Eleventy are not the items (-eleventy +akin):\n%s\nleft out:\n%s", diff, strings.Join(said, "\n"))
	}
}
