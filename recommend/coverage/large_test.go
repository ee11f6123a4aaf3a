package coverage_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"akin/recommend"
	"akin/recommend/coverage"
)

// A large makes works of a site as large ones are: in several languages, a tenth of
// them translated, with tags of which most are on one work or two, some of them in
// several spellings, and texts whose words follow Zipf's law and partly their tags.
type large struct {
	rng   *rand.Rand
	langs []string
	words map[string][]string // by language, the most frequent first
	usual map[string]*rand.Zipf
	tags  *rand.Zipf
	names []string // of tags
}

// newLarge makes what a site of about so many works draws from: a tag for every
// third work.
func newLarge(works int) *large {
	g := &large{
		rng: rand.New(rand.NewPCG(18, 9)), langs: []string{"en", "es", "fr", "de", "it"},
		words: map[string][]string{}, usual: map[string]*rand.Zipf{},
	}
	const vocabulary = 20_000
	for n, lang := range g.langs {
		for i := range vocabulary {
			g.words[lang] = append(g.words[lang], spelt(uint64(n)<<32+uint64(i)))
		}
		g.usual[lang] = rand.NewZipf(g.rng, 1.1, 8, vocabulary-1)
	}
	for i := range max(works/3, 20) {
		g.names = append(g.names, spelt(1<<40+uint64(i)))
	}
	g.tags = rand.NewZipf(g.rng, 1.2, 3, uint64(len(g.names)-1))
	return g
}

// spelt returns a word that stands for n: two to four syllables.
func spelt(n uint64) string {
	rng := rand.New(rand.NewPCG(n, 7))
	var b strings.Builder
	for range 2 + rng.IntN(3) {
		b.WriteByte("bcdfghlmnprstvz"[rng.IntN(15)])
		b.WriteByte("aeiou"[rng.IntN(5)])
		if rng.IntN(3) == 0 {
			b.WriteByte("nrlst"[rng.IntN(5)])
		}
	}
	return b.String()
}

// text returns so many words, of which a third goes with the tags.
func (g *large) text(lang string, tags []int, n int) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteByte(' ')
		}
		word := int(g.usual[lang].Uint64())
		if g.rng.IntN(3) == 0 {
			word = (tags[g.rng.IntN(len(tags))]*37 + g.rng.IntN(40)) % len(g.words[lang])
		}
		b.WriteString(g.words[lang][word])
	}
	return b.String()
}

// items returns n items: every tenth work has a second version. Bodies have so many words.
func (g *large) items(n, body int) []recommend.Item {
	var items []recommend.Item
	for i := 0; len(items) < n; i++ {
		lang := g.langs[min(g.rng.IntN(7), 6)%len(g.langs)]
		it := recommend.Item{ID: fmt.Sprintf("w%05d", i), Lang: lang, Types: []string{[]string{"news", "reports"}[g.rng.IntN(2)]}, Version: 1}
		var tags []int
		for range 1 + g.rng.IntN(5) {
			tag := int(g.tags.Uint64())
			name := g.names[tag]
			if g.rng.IntN(200) == 0 {
				name += "-" + name
			}
			if !slices.Contains(it.Topics, name) {
				tags, it.Topics = append(tags, tag), append(it.Topics, name)
			}
		}
		it.Authors = []string{"Author " + strconv.Itoa(g.rng.IntN(n/40+1))}
		it.Date = now.AddDate(0, 0, -g.rng.IntN(15*365)-1).Format(time.DateOnly)
		it.Title, it.Summary = g.text(lang, tags, 7), g.text(lang, tags, 25)
		if body > 0 {
			it.Body = g.text(lang, tags, body)
		}
		items = append(items, it)
		if i%10 == 0 {
			v := it
			v.ID, v.TranslationOf = it.ID+"-v", it.ID
			v.Lang = g.langs[(i/10)%len(g.langs)]
			if v.Lang == lang {
				continue
			}
			v.Title, v.Summary = g.text(v.Lang, tags, 7), g.text(v.Lang, tags, 25)
			items = append(items, v)
		}
	}
	return items[:n]
}

// BenchmarkLargeReport makes the report of a large site, of AKIN_BENCH_WORKS works,
// and tells how long each step takes.
func BenchmarkLargeReport(b *testing.B) {
	n, _ := strconv.Atoi(os.Getenv("AKIN_BENCH_WORKS"))
	if n == 0 {
		n = 1000
	}
	s := newSite(b, newLarge(n).items(n, 150))
	survey, err := s.indexer.Survey(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	b.Run("make", func(b *testing.B) {
		before := cpu(b)
		for b.Loop() {
			r := coverage.Make(survey, now)
			b.ReportMetric(float64(len(r.Findings)), "findings")
			b.ReportMetric(float64(len(r.Topics)), "topics")
		}
		b.ReportMetric((cpu(b)-before).Seconds()/float64(b.N), "cpu-s/op")
	})
}
