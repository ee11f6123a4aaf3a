package akin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"akin/recommend"
)

// casesVar names the folder of cases: inputs that real sites have, each in a
// folder of its own with what went wrong and what is right. They are kept beside
// the project and not in it; without them their tests are skipped.
const casesVar = "AKIN_CASES"

// A caseRun is one case on its way: its folder, and a folder for its store.
type caseRun struct {
	*testing.T
	input string // its folder
	dir   string // where it runs
}

// caseChecks say, for each case by its number, what is right: what its want asks
// for in prose. A case without a check fails.
var caseChecks = map[string]func(caseRun){
	"01": func(c caseRun) {
		c.imports(0, 1, "input")
		s := c.serve()
		if m := c.get(s, "/sitemap.xml"); strings.Count(m, "/items/") != 1 {
			c.Errorf("more than one item is public:\n%s", m)
		}
		c.lacks(c.get(s, "/v1/search?q=merger"), "Merger")
	},
	"02": func(c caseRun) {
		c.imports(0, 1, "input")
		s := c.serve("--site", "https://quay.example")
		c.holds(c.get(s, "/v1/related?url="+url.QueryEscape("https://quay.example/news/quay")), `"quay"`)
	},
	"05": func(c caseRun) {
		c.imports(0, 7, "input")
		s := c.serve()
		for id, day := range map[string]string{"a": "2020-01-10", "b": "2018-09-18", "c": "2024-12-15", "d": "2012-02-13", "e": "2004-01-26", "f": "2018-01-06", "g": "2024-03"} {
			if it := c.item(s, id); it.Date != day {
				c.Errorf("item %s has the date %q, want %q", id, it.Date, day)
			}
		}
	},
	"06": func(c caseRun) {
		c.holds(c.imports(1, 2, "input"), "input:4: ", "convert the feed to UTF-8")
	},
	"07": func(c caseRun) { c.imports(0, 10, "input") },
	"10": func(c caseRun) {
		c.holds(c.imports(1, 0, "input"), "input:1: title: is missing", "input:2: title: is missing", "input:3: title: is missing")
	},
	"11": func(c caseRun) {
		c.imports(0, 2, "input")
		s := c.serve()
		for _, page := range []string{"/items/a/related", "/items/b/related", "/items/a", "/items/b"} {
			c.lacks(c.get(s, page), "vc_row", "gallery", "figure", "include", "](http")
		}
		c.holds(c.get(s, "/items/a"), "New cranes")
		c.holds(c.get(s, "/items/b"), "The gates open at noon.")
	},
	"12": func(c caseRun) {
		c.imports(0, 2, "input")
		s := c.serve()
		if n := len(c.item(s, "a").Summary); n == 0 || n > 510 {
			c.Errorf("the summary has %d bytes, want about 500 at most", n)
		}
		if list := c.get(s, "/items/b/related"); strings.Count(list, "masons") > 13 {
			c.Errorf("the list prints a whole article:\n%s", list)
		}
	},
	"13": func(c caseRun) {
		c.imports(0, 1, "input")
		it := c.item(c.serve(), "a")
		if len(it.Authors) != 1 || !slices.Contains([]string{"Ann Example", "Ann Example Pilot"}, it.Authors[0]) || !slices.Equal(it.Topics, []string{"Harbour & docks"}) {
			c.Errorf("authors %q, topics %q", it.Authors, it.Topics)
		}
	},
	"14": func(c caseRun) { c.similar("b") },
	"16": func(c caseRun) { c.similar("b") },
	"17": func(c caseRun) {
		c.imports(0, 5, "input")
		var report struct{ Topics []struct{ Slug string } }
		out, _ := c.akin(0, "coverage", "--json", "--store", "t.db")
		c.decode(out, &report)
		if n := len(report.Topics); n > 3 || n == 3 && !strings.Contains(out, `"same-topic"`) {
			c.Errorf("%d topics, and nothing says that two are the same", n)
		}
	},
	"19": func(c caseRun) {
		c.imports(0, 14, "input")
		var report struct{ Findings []struct{ Kind string } }
		out, _ := c.akin(0, "coverage", "--json", "--store", "t.db")
		c.decode(out, &report)
		kinds := map[string]int{}
		for _, f := range report.Findings {
			kinds[f.Kind]++
		}
		if kinds["series"] != 1 || kinds["near-duplicate"] != 0 || strings.Contains(out, "Withdraw one") {
			c.Errorf("findings by kind: %v, want one of a series and no near duplicates", kinds)
		}
		var list recommend.Related
		c.decode(c.get(c.serve(), "/v1/items/w0/related?limit=50"), &list)
		for _, e := range list.Related {
			if e.Score > 1_000_000 {
				c.Errorf("%s has a score of %d millionths", e.ID, e.Score)
			}
		}
	},
	"20": func(c caseRun) { c.similar("b") },
	"21": func(c caseRun) {
		told := c.imports(0, 2, "input")
		if a, b := c.item(c.serve(), "a"), "input:4: lang:"; a.Lang != "de" || !strings.Contains(told, b) {
			c.Errorf("a is in %q; stderr %q, want de and %q", a.Lang, told, b)
		}
	},
	"22": func(c caseRun) {
		c.imports(0, 3, "input")
		s := c.serve()
		for id, want := range map[string]recommend.Image{"a": {URL: "https://quay.example/a.jpg"}, "b": {URL: "https://quay.example/b.jpg"}, "c": {URL: "https://quay.example/c.jpg", Alt: "A pier at dusk"}} {
			if it := c.item(s, id); it.Image == nil || *it.Image != want {
				c.Errorf("the image of %s is %v, want %v", id, it.Image, want)
			}
		}
		if it := c.item(s, "b"); it.Summary != "How to open a lock gate by hand." {
			c.Errorf("the summary of b is %q", it.Summary)
		}
	},
	"23": func(c caseRun) {
		body, err := os.ReadFile(filepath.Join(c.input, "input"))
		if err != nil {
			c.Fatal(err)
		}
		web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/feed" {
				http.NotFound(w, r)
				return
			}
			w.Header().Set("Content-Type", "text/xml; charset=ISO-8859-1")
			_, _ = w.Write(body)
		}))
		defer web.Close()
		c.imports(0, 1, web.URL+"/feed")
		if it := c.item(c.serve(), "a"); it.Title != "Café" {
			c.Errorf("the title is %q", it.Title)
		}
	},
	"24": func(c caseRun) {
		c.imports(0, 2, "input")
		s := c.serve()
		if it := c.item(s, "a"); it.Summary != "Two cranes came by barge." {
			c.Errorf("the summary is %q", it.Summary)
		}
		if it := c.item(s, "b"); it.Summary != "New gates." {
			c.Errorf("the summary is %q", it.Summary)
		}
	},
	"26": func(c caseRun) {
		for _, file := range []string{"wordpress-rest.json", "jsonapi.json", "strapi.json", "ghost.json"} {
			c.imports(0, 1, file)
			c.fresh()
		}
	},
	"27": func(c caseRun) {
		c.imports(0, 1, "1.csv")
		c.fresh()
		c.imports(0, 1, "2.csv")
		c.fresh()
		c.holds(c.imports(0, 1, "3.csv"), "views", "left out")
		c.fresh()
		c.holds(c.imports(0, 1, "4.csv"), `topics is topics, parted by ","`, `authors is authors, parted by ";"`)
		if it := c.item(c.serve(), "1"); !slices.Equal(it.Topics, []string{"harbour", "locks"}) || !slices.Equal(it.Authors, []string{"Doe, Jane", "Roe, Rick"}) {
			c.Errorf("topics %q, authors %q", it.Topics, it.Authors)
		}
	},
	"28": func(c caseRun) { c.holds(c.imports(1, 0, "input"), "is a zip archive or an Excel sheet", "unpack it") },
	"32": func(c caseRun) {
		out, _ := c.akin(0, "related", "a", "--json", "--items", filepath.Join(c.input, "input"))
		if strings.Count(out, `"title":"Herring nets for sale"`) != 1 {
			c.Errorf("copies stand in one list:\n%s", out)
		}
	},
	"34": func(c caseRun) {
		c.imports(0, 4000, c.made())
		s := c.serve()
		for path, most := range map[string]int{"/": 40_000, "/topics": 40_000, "/v1/topics": 80_000, "/v1/topics?limit=50": 5_000} {
			if n := len(c.get(s, path)); n > most {
				c.Errorf("%s has %d bytes, want %d at most", path, n, most)
			}
		}
		c.holds(c.get(s, "/topics"), `rel="next"`)
		c.holds(c.get(s, "/v1/topics"), `"nextCursor"`)
		out, _ := c.akin(0, "coverage", "--json", "--store", "t.db")
		if n := strings.Count(out, `"kind":"thin"`); n > 20 {
			c.Errorf("%d findings of thin topics", n)
		}
	},
	"35": func(c caseRun) {
		c.imports(0, 12000, c.made())
		start := time.Now()
		_, took := c.timed("coverage", "--json", "--store", "t.db")
		c.Logf("the report took %v, %v of it on the processor", time.Since(start).Round(time.Millisecond), took.Round(time.Millisecond))
		if took > 8*time.Second {
			c.Errorf("the report took %v on the processor", took)
		}
		s := c.serve()
		start = time.Now()
		c.get(s, "/coverage")
		if took := time.Since(start); took > 30*time.Second {
			c.Errorf("the page of the report took %v", took)
		}
	},
}

// Every case that is there is right. See [casesVar].
func TestCases(t *testing.T) {
	dir := os.Getenv(casesVar)
	if dir == "" {
		t.Skip(casesVar + " names no folder of cases; make cases does")
	}
	cases, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range cases {
		if !entry.IsDir() {
			continue
		}
		t.Run(entry.Name(), func(t *testing.T) {
			t.Parallel()
			number, _, _ := strings.Cut(entry.Name(), "-")
			check, ok := caseChecks[number]
			if !ok {
				t.Fatal("nothing here says what is right; see its want")
			}
			check(caseRun{T: t, input: filepath.Join(dir, entry.Name()), dir: t.TempDir()})
		})
	}
}

// akin runs akin, which is to end with code.
func (c caseRun) akin(code int, args ...string) (stdout, stderr string) {
	c.Helper()
	stdout, stderr, got := akin(c, c.dir, args...)
	if got != code {
		c.Fatalf("akin %q: exit status %d, want %d\n%s%s", args, got, code, stdout, stderr)
	}
	return stdout, stderr
}

// timed is akin with the time that it took on the processor.
func (c caseRun) timed(args ...string) (stdout string, took time.Duration) {
	c.Helper()
	ctx, cancel := context.WithTimeout(c.Context(), patience)
	defer cancel()
	cmd := akinCommand(ctx, c, c.dir, args...)
	out, err := cmd.Output()
	if err != nil {
		c.Fatal(err)
	}
	return string(out), cmd.ProcessState.UserTime()
}

// imports imports a file of the case, or an address, and returns what akin says
// about it. So many items are to be stored.
func (c caseRun) imports(code, stored int, file string) string {
	c.Helper()
	if !strings.Contains(file, "://") && !filepath.IsAbs(file) {
		file = filepath.Join(c.input, file)
	}
	stdout, stderr := c.akin(code, "import", "--store", "t.db", file)
	if want := "stored " + strconv.Itoa(stored) + ","; !strings.HasPrefix(stdout, want) {
		c.Errorf("%s, want %s\n%s", strings.TrimSpace(stdout), want, stderr)
	}
	return stderr
}

// fresh removes the store.
func (c caseRun) fresh() {
	c.Helper()
	if err := os.Remove(filepath.Join(c.dir, "t.db")); err != nil {
		c.Fatal(err)
	}
}

// made runs the program that makes a case's input and returns the file.
func (c caseRun) made() string {
	c.Helper()
	out, err := exec.CommandContext(c.Context(), "python3", filepath.Join(c.input, "input")).Output()
	if err != nil {
		c.Fatal(err)
	}
	file := filepath.Join(c.dir, "made.jsonl")
	if err := os.WriteFile(file, out, 0o600); err != nil {
		c.Fatal(err)
	}
	return file
}

// similar checks that item a of the input has this one item in its list.
func (c caseRun) similar(id string) {
	c.Helper()
	out, _ := c.akin(0, "related", "a", "--no-fill", "--json", "--items", filepath.Join(c.input, "input"))
	var list recommend.Related
	c.decode(out, &list)
	if len(list.Related) != 1 || list.Related[0].ID != id || list.Related[0].Tier != recommend.TierSimilar {
		c.Errorf("related to a: %s", out)
	}
}

func (c caseRun) serve(args ...string) *served {
	c.Helper()
	return startServe(c, c.dir, nil, append([]string{"--store", "t.db"}, args...)...)
}

// get returns what a server answers with status 200.
func (c caseRun) get(s *served, path string) string {
	c.Helper()
	res, err := http.Get(s.url + path)
	if err != nil {
		c.Fatal(err)
	}
	body, err := io.ReadAll(res.Body)
	if err := errors.Join(err, res.Body.Close()); err != nil {
		c.Fatal(err)
	}
	if res.StatusCode != http.StatusOK {
		c.Errorf("GET %s: status %d\n%s", path, res.StatusCode, body)
	}
	return string(body)
}

func (c caseRun) item(s *served, id string) (it recommend.Stored) {
	c.Helper()
	c.decode(c.get(s, "/v1/items/"+id), &it)
	return it
}

func (c caseRun) decode(text string, into any) {
	c.Helper()
	if err := json.NewDecoder(bytes.NewReader([]byte(text))).Decode(into); err != nil {
		c.Fatalf("%v in %q", err, text)
	}
}

func (c caseRun) holds(text string, wanted ...string) {
	c.Helper()
	for _, want := range wanted {
		if !strings.Contains(text, want) {
			c.Errorf("%q is missing in:\n%s", want, text)
		}
	}
}

func (c caseRun) lacks(text string, unwanted ...string) {
	c.Helper()
	for _, no := range unwanted {
		if strings.Contains(text, no) {
			c.Errorf("%q stands in:\n%s", no, text)
		}
	}
}
