package folder

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"akin/infra/feed/entry"
	"akin/recommend"
)

// read returns what is found in a folder, entries as items by their file.
func read(t *testing.T, o entry.Options) (map[string]recommend.Item, []entry.Found) {
	t.Helper()
	all := map[string]recommend.Item{}
	var found []entry.Found
	for x := range Read(t.Context(), nil, o) {
		found = append(found, x)
		if x.Entry != nil {
			it, _, err := x.Entry.Item(o)
			if err != nil {
				t.Errorf("%s: %v", x.File, err)
			}
			all[x.File] = it
		}
	}
	return all, found
}

func write(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		at := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func TestHugoItems(t *testing.T) {
	dir := unpack(t, "hugo-languages.txtar")
	all, found := read(t, entry.Options{Name: filepath.Join(dir, "content")})
	tide := all["posts/tide.md"]
	want := recommend.Item{
		ID: entry.ID("https://harbour.example/posts/tide/"), URL: "https://harbour.example/posts/tide/",
		Title: "The tide table", Summary: "Water comes in. Twice a day.", Body: "<p>Water comes in. Twice a day.</p>", Lang: "en",
		Types: []string{"Notes from the quay"}, Topics: []string{"Tides", "Boats"}, Date: "2024-03-02",
		Image:   &recommend.Image{URL: "https://harbour.example/img/quay.jpg"},
		Aliases: []string{"https://harbour.example/old/tide/", "https://harbour.example/former"},
	}
	if diff := cmp.Diff(want.Canonical(), tide); diff != "" {
		t.Errorf("item of posts/tide.md (-want +got):\n%s", diff)
	}
	if got, want := all["posts/Fish Market Day.md"].Image, (&recommend.Image{URL: "https://harbour.example/img/quay.jpg", Alt: "A quay"}); !cmp.Equal(got, want) {
		t.Errorf("picture of the fish market: %v, want %v", got, want)
	}
	if got, want := all["posts/bundle/index.md"].Image.URL, "https://harbour.example/posts/bundle/featured-gull.jpg"; got != want {
		t.Errorf("picture of the bundle: %q, want %q", got, want)
	}
	groups := map[string][]string{}
	for _, x := range found {
		if x.Entry != nil {
			groups[x.Entry.Group] = append(groups[x.Entry.Group], x.File+" "+x.Entry.Lang)
		}
	}
	if got, want := groups["posts/tide"], []string{"posts/tide.md en", "posts/tide.es.md es", "../inhalt/posts/tide.md de"}; !slices.Equal(got, want[:2]) {
		t.Errorf("works in the group of the tide: %q, want %q", got, want[:2]) // inhalt is beside what was named
	}
	if got, want := groups["key:about"], []string{"about.md en", "sobre.es.md es"}; !slices.Equal(got, want) {
		t.Errorf("works in the group of about: %q, want %q", got, want)
	}
	var topics []recommend.Topic
	for _, x := range found {
		if x.Topic != nil {
			topics = append(topics, *x.Topic)
		}
	}
	if diff := cmp.Diff([]recommend.Topic{{Slug: "Tides", Title: "All about tides", Introduction: "What the moon does."}}, topics); diff != "" {
		t.Errorf("topics (-want +got):\n%s", diff)
	}
	_, whole := read(t, entry.Options{Name: dir})
	if !slices.ContainsFunc(whole, func(x entry.Found) bool {
		return x.Entry != nil && x.Entry.Lang == "de" && x.Entry.Group == "posts/tide"
	}) {
		t.Error("the whole site lacks the German work, whose folder has another name")
	}
}

func TestJekyllItems(t *testing.T) {
	all, _ := read(t, entry.Options{Name: unpack(t, "jekyll.txtar")})
	it := all["_posts/2024-03-02-flour-and-water.md"]
	if got, want := it.Topics, []string{"flour", "water", "Bread", "Basics"}; !slices.Equal(got, want) {
		t.Errorf("topics: %q, want %q", got, want)
	}
	if got, want := it.Authors, []string{"Ana Miller"}; !slices.Equal(got, want) {
		t.Errorf("authors: %q, want %q", got, want)
	}
	if got, want := it.Summary, "Mix them. And wait."; got != want {
		t.Errorf("summary: %q, want %q", got, want)
	}
	if got, want := it.Aliases, []string{"https://mill.example/notes/old/flour/"}; !slices.Equal(got, want) {
		t.Errorf("aliases: %q, want %q", got, want)
	}
	if got, want := all["_posts/2024-03-08-late.md"].Date, "2024-03-09"; got != want {
		t.Errorf("date in the zone of the site: %q, want %q", got, want)
	}
}

func TestEleventy(t *testing.T) {
	dir := unpack(t, "eleventy.txtar")
	got, said := items(t, dir, entry.Options{})
	want := []string{
		"https://loom.example/", "https://loom.example/about/", "https://loom.example/kept/own-address/",
		"https://loom.example/posts/2024-03-02-warp/", "https://loom.example/posts/stem.html", "https://loom.example/posts/weft/",
		"https://loom.example/s/slug/",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("addresses (-want +got):\n%s\n%s", diff, strings.Join(said, "\n"))
	}
	all, _ := read(t, entry.Options{Name: dir})
	if it := all["src/posts/2024-03-02-warp.md"]; it.Date != "2024-03-02" || !slices.Equal(it.Topics, []string{"Weaving"}) || it.Summary != "Threads along the loom." {
		t.Errorf("item: %+v", it)
	}
}

func TestAstro(t *testing.T) {
	dir := unpack(t, "astro.txtar")
	got, said := items(t, dir, entry.Options{})
	want := []string{
		"https://kiln.example/about", "https://kiln.example/blog/chosen/slug", "https://kiln.example/blog/first",
		"https://kiln.example/blog/first-glaze", "https://kiln.example/blog/fr/first",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("addresses (-want +got):\n%s\n%s", diff, strings.Join(said, "\n"))
	}
	all, _ := read(t, entry.Options{Name: dir})
	if it := all["src/content/blog/First Glaze.mdx"]; it.Date != "2024-03-26" || strings.Contains(it.Body, "import") || !strings.Contains(it.Body, "slowly") {
		t.Errorf("item: %+v", it)
	}
}

// What MDX has of code is dropped, and the text in it stays.
func TestComponents(t *testing.T) {
	for in, want := range map[string]string{
		"<Chart data={items.filter(a => a > 1)} title=\"x > y\" />\n\nThe gates":   "The gates",
		"<Callout type=\"info\">\n\nMind **the tide**.\n\n</Callout>":              "Mind the tide .",
		"Rope <Tip text={<b>no</b>}>walk</Tip>{\" \"}opens {props.year}.":          "Rope walk opens .",
		"<div style={{color: 'red', margin: 0}}>Tar</div>":                         "Tar",
		"<>Hemp</> and <ui.Note>oakum</ui.Note>":                                   "Hemp and oakum",
		"export const meta = {\n  title: 'No',\n\n  list: [1, 2],\n};\n\nThe weir": "The weir",
		"import {\n  A,\n  B,\n} from '../a'\nimport C from 'c';\n\nThe weir":      "The weir",
		"{list.map((x) => {\n  return <li key={x}>{x}</li>;\n})}\nSluices":         "Sluices",
		"{/* a note */}Locks {`of ${x}`}{'and piers'}":                             "Locks and piers",
		"Write `<Chart data={x}>` or\n\n```\n{a}\n<B c={1}/>\n```\n":               "Write <Chart data={x}> or {a} <B c={1}/>",
		"A < B, 5 <6, a <b and {unclosed":                                          "A < B, 5 <6, a <b and {unclosed",
		"<Open and no end\n\nThe weir":                                             "<Open and no end The weir",
		"export figures rose\n\nimport duties fell":                                "export figures rose import duties fell",
		"Grade \\{a\\} and <https://q.example/a>":                                  "Grade {a} and https://q.example/a",
	} {
		if got := entry.PlainText(content([]byte(in), ".mdx")); got != want {
			t.Errorf("text of %q = %q, want %q", in, got, want)
		}
	}
}

// A folder of which nothing is known but its front matter.
func TestPlainFolder(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{
		"notes/2024-03-02-walk.md":    "---\ntitle: A walk\ntags: hills, rain\nauthor: [{name: Jo Field}]\nimage: {url: /p.jpg, alt: A hill}\n---\nUp. <!--more-->Down.\n",
		"notes/walk.es.md":            "---\ntitle: Un paseo\n---\nArriba.\n",
		"notes/walk.md":               "---\ntitle: Walk\nslug: by-foot\n---\nUp.\n",
		"notes/heading.md":            "---\ndate: 2024-01-01\n---\n# Told by its heading {#top}\n\nText.\n",
		"notes/later.md":              "---\ntitle: Later\ndate: 2199-01-01\n---\n",
		"notes/secret.md":             "---\ntitle: Secret\npassword: xyz\n---\n",
		"README.md":                   "# About this folder\n",
		"notes/guide.rst":             "Guide\n=====\n",
		"_drafts/idea.md":             "---\ntitle: Idea\n---\n",
		"node_modules/x/post.md":      "---\ntitle: A package\n---\n",
		".git/post.md":                "---\ntitle: In git\n---\n",
		"public/post.md":              "---\ntitle: Made\n---\n",
		"notes/broken.md":             "---\ntitle: \"Not closed\ndate: 2024\n---\nText\n",
		"notes/open.md":               "---\ntitle: No end\n\nText\n",
		"notes/toml.md":               "+++\ntitle = \"T\"\ndate = 2024-05-06\nx = \n+++\n",
		"notes/date.md":               "---\ntitle: Odd date\ndate: the day before\n---\nText\n",
		"notes/latin\xe9.md":          "---\ntitle: Bytes \xe9\n---\nCaf\xe9\n",
		"notes/public/kept.md":        "---\ntitle: Kept\n---\nx\n",
		"notes/expired.md":            "---\ntitle: Expired\nexpiryDate: 2001-01-01\n---\nx\n",
		"notes/unpublished/hidden.md": "---\ntitle: Hidden\npublished: false\n---\nx\n",
	})
	all, found := read(t, entry.Options{Name: dir, Now: time.Date(2024, 6, 1, 0, 0, 0, 0, time.UTC)})
	walk := all["notes/2024-03-02-walk.md"]
	if walk.URL != "/notes/walk/" || walk.Date != "2024-03-02" || !slices.Equal(walk.Topics, []string{"hills", "rain"}) ||
		!slices.Equal(walk.Authors, []string{"Jo Field"}) || walk.Image == nil || walk.Image.Alt != "A hill" || walk.Summary != "<p>Up.</p>" {
		t.Errorf("item of the walk: %+v", walk)
	}
	if got := all["notes/heading.md"].Title; got != "Told by its heading" {
		t.Errorf("title: %q", got)
	}
	if got := all["notes/later.md"].VisibleFrom; got.Year() != 2199 {
		t.Errorf("visible from %v", got)
	}
	if all["notes/walk.es.md"].Lang != "es" || all["notes/walk.md"].URL != "/notes/by-foot/" {
		t.Errorf("translations: %+v", all)
	}
	said := map[string]string{}
	for _, x := range found {
		switch {
		case x.Err != nil:
			said[x.File] = fmt.Sprintf("%d: %v", x.Line, x.Err)
		case x.Notice != nil:
			said[x.File] = x.Notice.Kind.One
		case x.Entry != nil:
			if n, hidden := x.Entry.Hidden(); hidden {
				said[x.File] = n.Kind.One
			}
		}
	}
	for file, want := range map[string]string{
		"README.md": "without front matter", "notes/guide.rst": "format", "_drafts/idea.md": "draft", "notes/secret.md": "password",
		"notes/broken.md": "2: front matter: ", "notes/open.md": "1: front matter: the front matter that --- opens is not closed",
		"notes/toml.md": "4: front matter: ", "notes/expired.md": "expired", "notes/unpublished/hidden.md": "draft",
	} {
		if !strings.Contains(said[file], want) {
			t.Errorf("of %s it says %q, want %q", file, said[file], want)
		}
	}
	for _, file := range []string{"node_modules/x/post.md", ".git/post.md", "public/post.md"} {
		if _, ok := all[file]; ok {
			t.Errorf("%s was read", file)
		}
	}
	if _, ok := all["notes/public/kept.md"]; !ok {
		t.Error("a folder of the site that is called public was not read")
	}
}

// One file is read as the folder that it stands in is.
func TestOneFile(t *testing.T) {
	dir := unpack(t, "hugo-permalinks.txtar")
	all, _ := read(t, entry.Options{Name: filepath.Join(dir, "content/posts/two.md")})
	if got, want := all[""].URL, "https://harbour.example/2024/03/02/the-second/"; got != want || len(all) != 1 {
		t.Errorf("items %v, want one at %s", all, want)
	}
}

// What --site says stands in addresses; the ids stay.
func TestSite(t *testing.T) {
	dir := unpack(t, "hugo-permalinks.txtar")
	plain, _ := read(t, entry.Options{Name: dir})
	moved, _ := read(t, entry.Options{Name: dir, Site: "https://moved.example"})
	const file = "content/root.md"
	if plain[file].ID != moved[file].ID || moved[file].URL != "https://moved.example/root/" {
		t.Errorf("%+v with a site is %+v", plain[file], moved[file])
	}
}

func TestLinksLeadNowhereElse(t *testing.T) {
	outside := t.TempDir()
	write(t, outside, map[string]string{"secret.md": "---\ntitle: Outside\n---\nx\n", "in/deep.md": "---\ntitle: Outside\n---\nx\n"})
	dir := t.TempDir()
	write(t, dir, map[string]string{"a.md": "---\ntitle: A\n---\nx\n"})
	for name, to := range map[string]string{"b.md": filepath.Join(outside, "secret.md"), "c": filepath.Join(outside, "in"), "d.md": "a.md", "loop": ".", "e.md": "../../../../../../etc/passwd"} {
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	all, found := read(t, entry.Options{Name: dir})
	links := 0
	for _, x := range found {
		if x.Notice != nil && x.Notice.Kind == linkedOut {
			links++
		}
	}
	if len(all) != 2 || all["a.md"].Title != "A" || all["d.md"].Title != "A" || links != 4 {
		t.Errorf("items %v and %d links not followed, want a.md and d.md, and 4", all, links)
	}
}

func TestEmptyFolder(t *testing.T) {
	for x := range Read(t.Context(), nil, entry.Options{Name: t.TempDir()}) {
		if x.Err == nil || !x.Cut || !strings.Contains(x.Err.Error(), "no pages with front matter") {
			t.Errorf("found %+v", x)
		}
		return
	}
	t.Error("nothing was said")
}

func TestHugeFilesAreBounded(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{
		"long.md":  "---\ntitle: Long\n---\n" + strings.Repeat("word ", maxFile/4),
		"front.md": "---\ntitle: " + strings.Repeat("x", maxFront) + "\n---\n",
		"quote.md": "---\ntitle: Deep\n---\n" + strings.Repeat(">", 200_000),
		"open.md":  "---\ntitle: Open\n---\n" + strings.Repeat("[", 200_000),
		"list.md":  "---\ntitle: List\n---\n" + strings.Repeat("- ", 100_000),
	})
	begun := time.Now()
	all, _ := read(t, entry.Options{Name: dir})
	if n := len(all["long.md"].Body); n != recommend.MaxBody && n < recommend.MaxBody-8 {
		t.Errorf("body of %d bytes", n)
	}
	if took := time.Since(begun); took > 20*time.Second {
		t.Errorf("took %v", took)
	}
}

// Front matter that stands for far more than it says is refused.
func TestBombs(t *testing.T) {
	bomb := "---\na: &a [x,x,x,x,x,x,x,x,x]\n"
	for c := 'b'; c <= 'k'; c++ {
		bomb += fmt.Sprintf("%c: &%c [%s]\n", c, c, strings.Repeat(fmt.Sprintf("*%c, ", c-1), 8)+fmt.Sprintf("*%c", c-1))
	}
	bomb += "---\n"
	for name, text := range map[string]string{"aliases": bomb, "brackets": "---\na: " + strings.Repeat("[", 60_000) + "\n---\n", "json": strings.Repeat(`{"a":`, 10_000)} {
		begun := time.Now()
		_, _, err := parseFront([]byte(text))
		if err == nil || time.Since(begun) > time.Second {
			t.Errorf("%s: error %v after %v", name, err, time.Since(begun))
		}
	}
}

func FuzzFront(f *testing.F) {
	for _, s := range []string{"---\na: 1\n---\nx", "+++\na = 1\n+++\n", "{\"a\": [1]}\nx", "---\na: &x [1]\nb: *x\n---\n", "---\n- a\n---\n", "---\na: |\n  x\n---", "+++\n[a]\nb=2024-01-01\n+++"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		front, body, err := parseFront(data)
		if err != nil {
			var bad *faulty
			if bad, _ = err.(*faulty); bad == nil || bad.line < 1 {
				t.Fatalf("parseFront: %v is not a fault of a line", err)
			}
			return
		}
		if len(body) > len(data) {
			t.Fatalf("body of %d bytes of %d", len(body), len(data))
		}
		if front == nil {
			front = fields{}
		}
		w := walker{site: &site{config: fields{}}}
		p := &page{file: "a.md", ext: ".md", front: front, has: true, body: body}
		made, err := (&plainSite{}).place(p)
		if err != nil || made.skip != nil {
			return
		}
		w.site.root = nil
		content(body, ".md")
		topics(front, true)
		status(front, entry.Options{}, nil)
		w.addresses(made.link)
	})
}
