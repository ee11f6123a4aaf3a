package text

import (
	"fmt"
	"sync/atomic"
	"testing"
)

// Reading known words allocates nothing but the text of pairs and compounds.
func TestReadingAllocatesForPairsAlone(t *testing.T) {
	s := DefaultSettings()
	l, c, r := newLanguage("en", &s), newCache(), new(reading)
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
	s := Settings{}
	l, c := newLanguage("pl", &s), newCache()
	slots := func(words, want int) []atomic.Pointer[word] {
		all := *c.slots.Load()
		if len(all) != want {
			t.Errorf("after %d words the cache has %d slots, want %d", words, len(all), want)
		}
		return all
	}
	for i := range 2 * cacheSize {
		if i == firstSlots/2-1 {
			slots(i, firstSlots)
		}
		c.word(l, fmt.Sprintf("w%d", i))
	}
	kept, all := 0, slots(2*cacheSize, cacheSize)
	for i := range all {
		if all[i].Load() != nil {
			kept++
		}
	}
	if kept < cacheSize/2 {
		t.Errorf("after %d words the cache holds %d, want at least half of its %d slots", 2*cacheSize, kept, cacheSize)
	}
}

// What the cache returns is what it was asked for, in whatever language and by
// whichever way.
func TestCacheReturnsTheWord(t *testing.T) {
	s := DefaultSettings()
	c, r := newCache(), new(reading)
	for range 3 {
		for _, code := range []string{"en", "es", "und"} {
			l := newLanguage(code, &s)
			for _, in := range []string{"a", "an", "Rent", "rent", "rents", "rentals", "abcdefgh", "abcdefghi", "é"} {
				if w := c.word(l, in); w.text != in || w.lang != l.salt {
					t.Errorf("%s: word(%q) is of %q", code, in, w.text)
				}
				r.reset(l, c, in+"        ")
				if w := r.lookUp(0, len(in)); w.text != in || w.lang != l.salt {
					t.Errorf("%s: lookUp(%q) is of %q", code, in, w.text)
				}
			}
		}
	}
}
