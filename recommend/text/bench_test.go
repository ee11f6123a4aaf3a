package text_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"akin/recommend/text"
)

// prose returns some 256 KB of sentences in the shape of summaries: common and
// rare words, names, acronyms, numbers, compounds. The words of the vocabulary
// make about as many different ones as that much real text has.
func prose() []string {
	rng := rand.New(rand.NewPCG(11, 13))
	common := strings.Fields("the of and in to a for on with that is are by from as at their this has more how " +
		"cities rents migrants border policy report health workers climate water families housing schools country")
	special := strings.Fields("U.S. COVID-19 public-health UNHCR Venezuela Mexico’s 15 2,500 non-profit NGOs e.g. “quoted” (IOM)")
	var texts []string
	for range 512 {
		var b strings.Builder
		for w := range 76 {
			if w > 0 {
				b.WriteByte(' ')
			}
			switch n := rng.IntN(20); {
			case n < 12:
				b.WriteString(common[rng.IntN(len(common))])
			case n < 18:
				b.WriteString(syllables(rand.New(rand.NewPCG(uint64(rng.IntN(8000)), 1))))
			default:
				b.WriteString(special[rng.IntN(len(special))])
			}
			if w%15 == 14 {
				b.WriteByte('.')
			}
		}
		texts = append(texts, b.String())
	}
	return texts
}

func bytesOf(texts []string) (n int64) {
	for _, s := range texts {
		n += int64(len(s))
	}
	return n
}

// BenchmarkTermsWarm reads text whose words are all in the cache.
func BenchmarkTermsWarm(b *testing.B) {
	texts := prose()
	a := analyzer(b, "")
	var terms []text.Term
	for _, s := range texts {
		terms = a.Terms(terms[:0], "en", s)
	}
	b.SetBytes(bytesOf(texts))
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		n = 0
		for _, s := range texts {
			terms = a.Terms(terms[:0], "en", s)
			n += len(terms)
		}
	}
	b.ReportMetric(float64(n), "terms/op")
}

// BenchmarkTermsCold reads the same text with an empty cache.
func BenchmarkTermsCold(b *testing.B) {
	texts := prose()
	s := text.DefaultSettings()
	b.SetBytes(bytesOf(texts))
	b.ReportAllocs()
	var terms []text.Term
	for b.Loop() {
		b.StopTimer()
		a, err := text.New(s)
		if err != nil {
			b.Fatal(err)
		}
		a.Terms(nil, "en", "the") // makes the language
		b.StartTimer()
		for _, s := range texts {
			terms = a.Terms(terms[:0], "en", s)
		}
	}
}

// BenchmarkNew makes an Analyzer that is ready for English, default settings
// included: what a cold start pays.
func BenchmarkNew(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		a, err := text.New(text.DefaultSettings())
		if err != nil {
			b.Fatal(err)
		}
		a.Terms(nil, "en", "rents")
	}
}

func BenchmarkPlain(b *testing.B) {
	s := strings.Repeat("<p>Rents &amp; wages in “old” <em>harbour</em> towns\u00a0rise.</p>\n", 40)
	b.SetBytes(int64(len(s)))
	b.ReportAllocs()
	for b.Loop() {
		text.Plain(s)
	}
}

func BenchmarkDetect(b *testing.B) {
	s := "Rents in the old harbour towns rise faster than wages, and those who can leave do so before the winter."
	b.SetBytes(int64(len(s)))
	b.ReportAllocs()
	for b.Loop() {
		text.Detect(s)
	}
}

// syllables returns a word that is hardly ever met twice.
func syllables(rng *rand.Rand) string {
	var b strings.Builder
	for range 2 + rng.IntN(4) {
		b.WriteByte("bdfgklmnprst"[rng.IntN(12)])
		b.WriteByte("aeiou"[rng.IntN(5)])
	}
	return b.String()
}
