package akin

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"html"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/xuri/excelize/v2"
)

// make bench-import sets it to 25,000.
var manyWorks = flag.Int("works", 40, "works that TestImportMany imports from each kind of source")

// What an import of 25,000 works may take. The machine may be shared: an import
// is too slow if it takes longer on the clock and on the processors too.
const (
	figureWorks  = 25_000
	figureTime   = time.Minute
	figureMemory = 500 << 20 // bytes resident at most
)

// A pile makes works whose words are as common and as rare as those of a language.
type pile struct {
	words []string
	rng   *rand.Rand
	zipf  *rand.Zipf
	n     int
}

type pileWork struct {
	N                          int
	Title, Summary, Body, Date string
	Topics                     [2]string
	Author                     string
}

func newPile(n int) *pile {
	rng := rand.New(rand.NewPCG(25, 1))
	p := &pile{rng: rng, n: n}
	syllables := strings.Fields("har bour quay lo ck cra ne pi er bu oy ti de bar ge wha rf an chor ma st ke el ru dder sa il cha nnel fe rry")
	for seen := map[string]bool{}; len(p.words) < 20_000; {
		w := ""
		for range 2 + rng.IntN(3) {
			w += syllables[rng.IntN(len(syllables))]
		}
		if !seen[w] {
			seen[w] = true
			p.words = append(p.words, w)
		}
	}
	p.zipf = rand.NewZipf(rng, 1.1, 20, uint64(len(p.words)-1))
	return p
}

func (p *pile) text(words int) string {
	var b strings.Builder
	for i := range words {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(p.words[p.zipf.Uint64()])
		if i%12 == 11 {
			b.WriteByte('.')
		}
	}
	return b.String()
}

// each hands out the works, with a body of about a kilobyte.
func (p *pile) each(do func(pileWork)) {
	for i := range p.n {
		topic := func() string { return p.words[p.rng.IntN(300)] }
		do(pileWork{i, strconv.Itoa(i) + " " + p.text(6), p.text(25), p.text(150),
			fmt.Sprintf("2024-%02d-%02d", i%12+1, i%28+1), [2]string{topic(), topic()}, "Ann " + p.words[p.rng.IntN(100)]})
	}
}

func (w pileWork) url() string { return fmt.Sprintf("https://port.example/reports/w%d", w.N) }

// Works of each kind of source are imported, all of them, and then the first lists
// are made. With as many works as [figureWorks] the times of the import, and the
// sizes of both, are held to what is promised; the time of the lists is told.
func TestImportMany(t *testing.T) {
	dir := t.TempDir()
	programDir(t)
	var table strings.Builder
	out := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
	fmt.Fprintln(out, "\nkind\tseconds\tuser+sys\tpeak MB\tlists: seconds\tuser+sys\tpeak MB")
	for _, kind := range pileKinds {
		t.Run(kind.name, func(t *testing.T) {
			args := kind.make(t, dir, newPile(*manyWorks))
			cmd := akinCommand(t.Context(), t, dir, append([]string{"import", "--no-reindex", "--store", kind.name + ".db"}, args...)...)
			read := spent(t, cmd, fmt.Sprintf("stored %d, unchanged 0, stale 0, rejected 0\n", *manyWorks))
			if *manyWorks == figureWorks && (read.took > figureTime && read.work > figureTime || read.peak > figureMemory) {
				t.Errorf("the import took %v, %v on the processors, %d MB", read.took, read.work, read.peak>>20)
			}
			cmd = akinCommand(t.Context(), t, dir, "reindex", "--store", kind.name+".db")
			made := spent(t, cmd, " terms\n")
			if *manyWorks == figureWorks && made.peak > figureMemory {
				t.Errorf("the lists took %d MB", made.peak>>20)
			}
			fmt.Fprintf(out, "%s\t%v\t%v\n", kind.name, read, made)
			if err := os.Remove(filepath.Join(dir, kind.name+".db")); err != nil {
				t.Error(err)
			}
		})
	}
	if err := out.Flush(); err != nil {
		t.Fatal(err)
	}
	t.Log(table.String())
}

// A cost is what a program took.
type cost struct {
	took, work time.Duration // on the clock, and on the processors
	peak       int64         // bytes resident at most
}

func (c cost) String() string {
	return fmt.Sprintf("%.1f\t%.1f\t%d", c.took.Seconds(), c.work.Seconds(), c.peak>>20)
}

// spent runs a program, which is to end well and to print want at last.
func spent(t *testing.T, cmd *exec.Cmd, want string) cost {
	t.Helper()
	var told strings.Builder
	cmd.Stderr = &told
	start := time.Now()
	stdout, err := cmd.Output()
	took := time.Since(start)
	if err != nil || !strings.HasSuffix(string(stdout), want) {
		t.Fatalf("%v %s, want %s\n%.2000s", err, stdout, want, told.String())
	}
	usage := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	return cost{took, cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), usage.Maxrss << 10}
}

// pileKinds write the works of a pile, and return what names them to akin import.
var pileKinds = []struct {
	name string
	make func(t *testing.T, dir string, p *pile) []string
}{
	{"jsonl", func(t *testing.T, dir string, p *pile) []string {
		return pileFile(t, dir, "works.jsonl", func(w io.Writer) {
			p.each(func(x pileWork) {
				fmt.Fprintf(w, `{"id":"w%d","url":%q,"title":%q,"summary":%q,"body":%q,"date":%q,"topics":[%q,%q],"authors":[%q]}`+"\n",
					x.N, x.url(), x.Title, x.Summary, x.Body, x.Date, x.Topics[0], x.Topics[1], x.Author)
			})
		})
	}},
	{"csv", func(t *testing.T, dir string, p *pile) []string {
		return pileFile(t, dir, "works.csv", func(w io.Writer) {
			fmt.Fprintln(w, "Headline,Link,Excerpt,Content,Published,Tags,Byline")
			p.each(func(x pileWork) {
				fmt.Fprintf(w, "%q,%q,%q,%q,%s,%q,%q\n", x.Title, x.url(), x.Summary, x.Body, x.Date, x.Topics[0]+"; "+x.Topics[1], x.Author)
			})
		})
	}},
	{"xlsx", func(t *testing.T, dir string, p *pile) []string {
		f := excelize.NewFile()
		defer f.Close()
		sheet, err := f.NewStreamWriter("Sheet1")
		if err != nil {
			t.Fatal(err)
		}
		row := func(n int, cells ...any) {
			if err := sheet.SetRow("A"+strconv.Itoa(n), cells); err != nil {
				t.Fatal(err)
			}
		}
		row(1, "Headline", "Link", "Excerpt", "Content", "Published", "Tags", "Byline")
		p.each(func(x pileWork) {
			row(x.N+2, x.Title, x.url(), x.Summary, x.Body, x.Date, x.Topics[0]+"; "+x.Topics[1], x.Author)
		})
		if err := sheet.Flush(); err != nil {
			t.Fatal(err)
		}
		if err := f.SaveAs(filepath.Join(dir, "works.xlsx")); err != nil {
			t.Fatal(err)
		}
		return []string{"works.xlsx"}
	}},
	{"rss", func(t *testing.T, dir string, p *pile) []string {
		return pileFile(t, dir, "works.xml", func(w io.Writer) {
			fmt.Fprint(w, `<?xml version="1.0"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>Port</title><language>en</language>`)
			p.each(func(x pileWork) {
				fmt.Fprintf(w, "<item><guid>%s</guid><link>%[1]s</link><title>%s</title><description>%s</description><content:encoded><![CDATA[<p>%s</p>]]></content:encoded><category>%s</category><pubDate>%sT10:00:00Z</pubDate></item>\n",
					x.url(), x.Title, x.Summary, x.Body, x.Topics[0], x.Date)
			})
			fmt.Fprint(w, "</channel></rss>")
		})
	}},
	{"atom", func(t *testing.T, dir string, p *pile) []string {
		return pileFile(t, dir, "atom.xml", func(w io.Writer) {
			fmt.Fprint(w, `<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en"><title>Port</title><id>https://port.example/</id>`)
			p.each(func(x pileWork) {
				fmt.Fprintf(w, `<entry><id>%s</id><link href="%[1]s"/><title>%s</title><summary>%s</summary><content type="html">&lt;p&gt;%s&lt;/p&gt;</content><category term="%s"/><author><name>%s</name></author><published>%sT10:00:00Z</published><updated>%[7]sT10:00:00Z</updated></entry>`+"\n",
					x.url(), x.Title, x.Summary, x.Body, x.Topics[0], x.Author, x.Date)
			})
			fmt.Fprint(w, "</feed>")
		})
	}},
	{"jsonfeed", func(t *testing.T, dir string, p *pile) []string {
		return pileList(t, dir, "feed.json", p, `{"version":"https://jsonfeed.org/version/1.1","title":"Port","language":"en","items":[`, "]}", func(x pileWork) string {
			return fmt.Sprintf(`{"id":%q,"url":%[1]q,"title":%q,"summary":%q,"content_html":%q,"date_published":"%sT10:00:00Z","tags":[%q],"authors":[{"name":%q}]}`,
				x.url(), x.Title, x.Summary, "<p>"+x.Body+"</p>", x.Date, x.Topics[0], x.Author)
		})
	}},
	{"wordpress", func(t *testing.T, dir string, p *pile) []string {
		return pileFile(t, dir, "export.xml", func(w io.Writer) {
			fmt.Fprint(w, `<?xml version="1.0"?><rss version="2.0" xmlns:wp="http://wordpress.org/export/1.2/" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:excerpt="http://wordpress.org/export/1.2/excerpt/"><channel><title>Port</title><language>en-US</language><wp:wxr_version>1.2</wp:wxr_version>`)
			p.each(func(x pileWork) {
				fmt.Fprintf(w, `<item><title>%s</title><link>%s/</link><guid>https://port.example/?p=%d</guid><dc:creator>ann</dc:creator><content:encoded><![CDATA[<p>%s</p>]]></content:encoded><excerpt:encoded><![CDATA[%s]]></excerpt:encoded><wp:post_id>%[3]d</wp:post_id><wp:post_date_gmt>%[6]s 10:00:00</wp:post_date_gmt><wp:status>publish</wp:status><wp:post_type>post</wp:post_type><category domain="post_tag" nicename="%[7]s">%[7]s</category></item>`+"\n",
					x.Title, x.url(), x.N+1, x.Body, x.Summary, x.Date, x.Topics[0])
			})
			fmt.Fprint(w, "</channel></rss>")
		})
	}},
	{"wordpress-rest", func(t *testing.T, dir string, p *pile) []string {
		var posts []json.RawMessage
		p.each(func(x pileWork) {
			posts = append(posts, fmt.Appendf(nil, `{"id":%d,"date":"%sT10:00:00","date_gmt":"%[2]sT10:00:00","guid":{"rendered":"https://port.example/?p=%[1]d"},"link":"%[3]s/","status":"publish","type":"post","title":{"rendered":%q},"content":{"rendered":%q,"protected":false},"excerpt":{"rendered":%q,"protected":false},"_embedded":{"author":[{"name":%q}],"wp:term":[[{"slug":%q,"name":%[8]q,"taxonomy":"post_tag"}]]}}`,
				x.N+1, x.Date, x.url(), x.Title, "<p>"+x.Body+"</p>", x.Summary, x.Author, x.Topics[0]))
		})
		web := pileServer(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			switch r.URL.Path {
			case "/wp-json/":
				fmt.Fprintf(w, `{"name":"Port","home":"http://%s","namespaces":["wp/v2"]}`, r.Host)
			case "/wp-json/wp/v2/pages":
				fmt.Fprint(w, "[]")
			case "/wp-json/wp/v2/types":
				fmt.Fprint(w, `{"post":{"rest_base":"posts"}}`)
			case "/wp-json/wp/v2/posts":
				size, _ := strconv.Atoi(r.URL.Query().Get("per_page"))
				offset, _ := strconv.Atoi(r.URL.Query().Get("offset"))
				w.Header().Set("X-WP-Total", strconv.Itoa(len(posts)))
				_ = json.NewEncoder(w).Encode(posts[min(offset, len(posts)):min(offset+size, len(posts))])
			default:
				http.NotFound(w, r)
			}
		})
		return []string{web + "/wp-json/"}
	}},
	{"ghost", func(t *testing.T, dir string, p *pile) []string {
		return pileList(t, dir, "ghost.json", p, `{"db":[{"meta":{"version":"5.0.0"},"data":{"posts":[`, "]}}]}", func(x pileWork) string {
			return fmt.Sprintf(`{"id":"g%d","title":%q,"slug":"w%[1]d","html":%[3]q,"custom_excerpt":%[4]q,"status":"published","type":"post","visibility":"public","published_at":"%[5]sT10:00:00.000Z"}`,
				x.N, x.Title, "<p>"+x.Body+"</p>", x.Summary, x.Date)
		})
	}},
	{"blogger", func(t *testing.T, dir string, p *pile) []string {
		return pileFile(t, dir, "blogger.xml", func(w io.Writer) {
			fmt.Fprint(w, `<?xml version='1.0'?><feed xmlns='http://www.w3.org/2005/Atom' xmlns:blogger='http://schemas.google.com/blogger/2018'>`)
			p.each(func(x pileWork) {
				fmt.Fprintf(w, `<entry><id>tag:blogger.com,1999:blog-1.post-%d</id><blogger:type>POST</blogger:type><blogger:status>LIVE</blogger:status><title>%s</title><content type='html'>&lt;p&gt;%s&lt;/p&gt;</content><blogger:metaDescription>%s</blogger:metaDescription><author><name>%s</name></author><published>%sT10:00:00Z</published><category scheme='tag:blogger.com,1999:blog-1' term='%s'/><blogger:filename>/reports/w%[1]d.html</blogger:filename></entry>`+"\n",
					x.N, x.Title, x.Body, x.Summary, x.Author, x.Date, x.Topics[0])
			})
			fmt.Fprint(w, "</feed>")
		})
	}},
	{"contentful", func(t *testing.T, dir string, p *pile) []string {
		return pileList(t, dir, "contentful.json", p, `{"contentTypes":[{"sys":{"id":"article"},"name":"Article","displayField":"title","fields":[]}],"locales":[{"code":"en-US","default":true}],"entries":[`, "]}", func(x pileWork) string {
			return fmt.Sprintf(`{"sys":{"id":"c%d","type":"Entry","publishedVersion":2,"version":3,"publishedAt":"%sT10:00:00.000Z","contentType":{"sys":{"id":"article"}}},"fields":{"title":{"en-US":%q},"slug":{"en-US":"w%[1]d"},"description":{"en-US":%q},"body":{"en-US":%q},"date":{"en-US":%[2]q}}}`,
				x.N, x.Date, x.Title, x.Summary, x.Body)
		})
	}},
	{"strapi", func(t *testing.T, dir string, p *pile) []string {
		return pileList(t, dir, "strapi.json", p, `{"data":[`, `],"meta":{}}`, func(x pileWork) string {
			return fmt.Sprintf(`{"id":%d,"attributes":{"title":%q,"slug":"w%[1]d","description":%q,"content":%q,"publishedAt":"%sT10:00:00.000Z","locale":"en"}}`,
				x.N+1, x.Title, x.Summary, x.Body, x.Date)
		})
	}},
	{"drupal", func(t *testing.T, dir string, p *pile) []string {
		const size = 50 // works on a page, as Drupal has them
		var works []json.RawMessage
		p.each(func(x pileWork) {
			works = append(works, fmt.Appendf(nil, `{"type":"node--article","id":"00000000-0000-4000-8000-%012d","attributes":{"title":%q,"status":true,"langcode":"en","created":"%sT10:00:00+00:00","path":{"alias":"/reports/w%[1]d"},"body":{"value":%[4]q,"processed":%[4]q,"summary":%q}}}`, x.N, x.Title, x.Date, "<p>"+x.Body+"</p>", x.Summary))
		})
		web := pileServer(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/jsonapi/node/article" {
				http.NotFound(w, r)
				return
			}
			page, _ := strconv.Atoi(r.URL.Query().Get("page"))
			from, to := min(page*size, len(works)), min(page*size+size, len(works))
			w.Header().Set("Content-Type", "application/vnd.api+json")
			answer := map[string]any{"jsonapi": map[string]string{"version": "1.0"}, "data": works[from:to], "links": map[string]any{}}
			if to < len(works) {
				answer["links"] = map[string]any{"next": map[string]string{"href": fmt.Sprintf("http://%s/jsonapi/node/article?page=%d", r.Host, page+1)}}
			}
			_ = json.NewEncoder(w).Encode(answer)
		})
		return []string{web + "/jsonapi/node/article"}
	}},
	{"hugo", func(t *testing.T, dir string, p *pile) []string {
		return pileFolder(t, dir, "hugo", p, map[string]string{"hugo.toml": "baseURL = \"https://port.example/\"\ntitle = \"Port\"\n"},
			func(x pileWork) string { return fmt.Sprintf("content/reports/%d/w%d.md", x.N%50, x.N) }, `{{< figure src="a.jpg" >}}`)
	}},
	{"jekyll", func(t *testing.T, dir string, p *pile) []string {
		return pileFolder(t, dir, "jekyll", p, map[string]string{
			"_config.yml":        "title: Port\nurl: https://port.example\ndefaults:\n  - scope: {path: \"\", type: posts}\n    values: {layout: post}\n",
			"_layouts/post.html": "<html><title>{{ page.title }}</title>{{ content }}</html>",
		}, func(x pileWork) string { return fmt.Sprintf("_posts/%s-w%d.md", x.Date, x.N) }, `{% include figure.html src="a.jpg" %}`)
	}},
	{"eleventy", func(t *testing.T, dir string, p *pile) []string {
		return pileFolder(t, dir, "eleventy", p, map[string]string{
			"eleventy.config.js":       "export default function (config) {\n\tconfig.addGlobalData(\"layout\", \"single.njk\");\n\treturn { dir: { input: \"src\" } };\n}\n",
			"src/_includes/single.njk": "<html><title>{{ title }}</title>{{ content | safe }}</html>",
			"src/_data/site.json":      `{"url":"https://port.example","lang":"en"}`,
		}, func(x pileWork) string { return fmt.Sprintf("src/reports/%d/w%d.md", x.N%50, x.N) }, "{% if true %}So it is.{% endif %}")
	}},
	{"astro", func(t *testing.T, dir string, p *pile) []string {
		return pileFolder(t, dir, "astro", p, map[string]string{
			"astro.config.mjs":                  "import { defineConfig } from 'astro/config';\nexport default defineConfig({ site: 'https://port.example' });\n",
			"src/pages/reports/[...slug].astro": "---\nconst posts = await getCollection('reports');\n---\n",
		}, func(x pileWork) string { return fmt.Sprintf("src/content/reports/w%d.mdx", x.N) }, "import Chart from '../Chart.astro';\n\n<Chart rows={3} />")
	}},
	{"site", func(t *testing.T, dir string, p *pile) []string {
		var pages []string
		p.each(func(x pileWork) {
			pages = append(pages, fmt.Sprintf(`<!doctype html><html lang="en"><head><title>%s</title><meta property="og:type" content="article"><meta property="og:title" content="%[1]s"><meta name="description" content="%s"><meta property="article:published_time" content="%sT10:00:00Z"></head><body><nav><a href="/">Port</a></nav><article><h1>%[1]s</h1><p>%s</p></article></body></html>`,
				html.EscapeString(x.Title), x.Summary, x.Date, x.Body))
		})
		web := pileServer(t, func(w http.ResponseWriter, r *http.Request) {
			n, err := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/w"))
			switch {
			case r.URL.Path == "/":
				fmt.Fprint(w, "<!doctype html><html><head><title>Port</title></head><body>Works</body></html>")
			case r.URL.Path == "/sitemap.xml":
				fmt.Fprint(w, `<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">`)
				for i := range pages {
					fmt.Fprintf(w, "<url><loc>http://%s/w%d</loc></url>\n", r.Host, i)
				}
				fmt.Fprint(w, "</urlset>")
			case err != nil || n >= len(pages):
				http.NotFound(w, r)
			default:
				fmt.Fprint(w, pages[n])
			}
		})
		return []string{"--rate", "1000000", web + "/"}
	}},
}

func pileFile(t *testing.T, dir, name string, write func(io.Writer)) []string {
	t.Helper()
	f, err := os.Create(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	b := bufio.NewWriter(f)
	write(b)
	if err := b.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return []string{name}
}

// pileList writes works as the members of a JSON array.
func pileList(t *testing.T, dir, name string, p *pile, before, after string, work func(pileWork) string) []string {
	t.Helper()
	return pileFile(t, dir, name, func(w io.Writer) {
		fmt.Fprint(w, before)
		p.each(func(x pileWork) {
			if x.N > 0 {
				fmt.Fprintln(w, ",")
			}
			fmt.Fprint(w, work(x))
		})
		fmt.Fprint(w, after)
	})
}

// pileFolder writes the files of a site, and works as Markdown with something of
// its generator in the text.
func pileFolder(t *testing.T, dir, name string, p *pile, files map[string]string, path func(pileWork) string, own string) []string {
	t.Helper()
	write := func(to, text string) {
		to = filepath.Join(dir, name, filepath.FromSlash(to))
		if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for to, text := range files {
		write(to, text)
	}
	p.each(func(x pileWork) {
		write(path(x), fmt.Sprintf("---\ntitle: %q\ndate: %s\ntags: [%s, %s]\nauthor: %s\ndescription: %q\n---\n\n%s\n\n## %[5]s\n\n%s\n\nSee [the map](https://port.example/map).\n",
			x.Title, x.Date, x.Topics[0], x.Topics[1], x.Author, x.Summary, own, x.Body))
	})
	return []string{name}
}

func pileServer(t *testing.T, h http.HandlerFunc) string {
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}
