package text

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Reading known words allocates nothing but the text of pairs and compounds.
func TestReadingAllocatesForPairsAlone(t *testing.T) {
	s := DefaultSettings()
	l, c, r := newLanguage("en", &s), newCache(cacheSize), new(reading)
	for _, in := range []string{
		"The rents of UNHCR and in Venezuela, for the cities; by 2018 (as migrants) was health.",
		"Rents rise slowly in public-health towns, and non-profit lenders’ caf\u00e9s close.",
	} {
		terms := r.text(nil, l, c, in)
		want := 0
		for _, term := range terms {
			if term.Kind == Pair || term.Kind == Compound {
				want++
			}
		}
		if n := testing.AllocsPerRun(200, func() { terms = r.text(terms[:0], l, c, in) }); n > float64(want) {
			t.Errorf("reading %q makes %v allocations, want %d at most", in, n, want)
		}
	}
}

func TestCacheIsBounded(t *testing.T) {
	const size = 8 * firstSlots
	s := Settings{}
	l, c := newLanguage("pl", &s), newCache(size)
	slots := func(words, want int) []atomic.Pointer[word] {
		all := *c.slots.Load()
		if len(all) != want {
			t.Errorf("after %d words the cache has %d slots, want %d", words, len(all), want)
		}
		return all
	}
	for i := range 2 * size {
		if i == firstSlots/2-1 {
			slots(i, firstSlots)
		}
		c.word(l, fmt.Sprintf("w%d", i))
	}
	kept, all := 0, slots(2*size, size)
	for i := range all {
		if all[i].Load() != nil {
			kept++
		}
	}
	if kept < size/2 {
		t.Errorf("after %d words the cache holds %d, want at least half of its %d slots", 2*size, kept, size)
	}
}

// What the cache returns is what it was asked for, in whatever language and by
// whichever way.
func TestCacheReturnsTheWord(t *testing.T) {
	s := DefaultSettings()
	c, r := newCache(cacheSize), new(reading)
	for range 3 {
		for _, code := range []string{"en", "es", "und"} {
			l := newLanguage(code, &s)
			for _, in := range []string{"a", "an", "Rent", "rent", "rents", "rentals", "abcdefgh", "abcdefghi", "é", "abcdefghijklmnop", "abcdefghijklmnopq"} {
				if w := c.word(l, in); w.text != in || w.lang != l.salt {
					t.Errorf("%s: word(%q) is of %q", code, in, w.text)
				}
				for _, more := range []string{"", "        ", "                "} {
					r.reset(l, c, in+more)
					if w := r.lookUp(0, len(in)); w.text != in || w.lang != l.salt {
						t.Errorf("%s: lookUp(%q) is of %q", code, in, w.text)
					}
				}
			}
		}
	}
}

// Whatever is read at the same time, and whatever the cache has forgotten, which
// here is most of it, a text has the same terms.
func TestTermsDoNotDependOnOrder(t *testing.T) {
	analyzer := func() *Analyzer {
		a, err := New(DefaultSettings())
		if err != nil {
			t.Fatal(err)
		}
		a.cache = newCache(2 * firstSlots)
		return a
	}
	tokens := strings.Fields("The U.S.-Mexico border’s public-health rules: COVID-19, Title 42 & the 2022 World Cup (15 percent). " +
		"<p>Rents &amp; &lt;b&gt;caps&lt;/b&gt;</p> EE.UU. y la Unión Europea, l’État, dell'acqua, İZMİR ǅ ２０２２ 移民政策とコーヒー ที่ดิน 한국어 " +
		"WASHINGTON, D.C. — https://x.example/a?b=c Global_Page_01 C++ .NET R&D H-1B non-EU-15 post-2015 a'b'c o''clock 1,2;3:4")
	var texts []string
	rng := rand.New(rand.NewPCG(3, 5))
	rare := func() string { // a word that is hardly ever met twice
		return strings.Map(func(digit rune) rune { return digit - '0' + 'a' }, fmt.Sprint(rng.IntN(1e8)))
	}
	for range 120 {
		var words []string
		for range 60 {
			words = append(words, tokens[rng.IntN(len(tokens))], rare())
		}
		texts = append(texts, strings.Join(words, " "))
	}
	langs := []string{"en", "es", "de", "pl"}
	want := make([][]Term, len(texts))
	one := analyzer()
	for i, s := range texts {
		want[i] = one.Terms(nil, langs[i%len(langs)], s)
	}
	shared := analyzer()
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			order := rand.New(rand.NewPCG(uint64(g), 7)).Perm(len(texts))
			for _, i := range order {
				if got := shared.Terms(nil, langs[i%len(langs)], texts[i]); !slices.Equal(got, want[i]) {
					t.Errorf("terms of text %d differ: %s", i, cmp.Diff(want[i], got))
					return
				}
			}
		})
	}
	wg.Wait()
}
