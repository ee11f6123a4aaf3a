package engine

import (
	"fmt"
	"sync"
	"testing"

	"pgregory.net/rapid"
)

// Items added from several goroutines are counted as one by one, each term
// under a number of its own, through many enlargements.
func TestCensusCounts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 3000).Draw(t, "terms")
		steps := rapid.SliceOfN(rapid.IntRange(1, 9), 1, 8).Draw(t, "items") // an item has every so many-th term
		c := newCensus()
		term := func(i int) termCount { return termCount{key: fmt.Sprint("en:", i)} }
		want := make([]uint32, n)
		var wg sync.WaitGroup
		for _, step := range steps {
			var terms []termCount
			for i := 0; i < n; i += step {
				terms = append(terms, term(i))
				want[i]++
			}
			wg.Go(func() { c.count(c.name(nil, terms)) })
		}
		wg.Wait()
		times, seen := c.times(), map[uint32]bool{}
		for i := range n {
			found := c.name(nil, []termCount{term(i)})
			c.find(found)
			number, got := found[0].number, uint32(0)
			if int(number) < len(times) {
				got = times[number]
			}
			if got != want[i] || got != found[0].times || seen[number] && got > 0 {
				t.Fatalf("term %d has number %d and is in %d items, want %d", i, number, got, want[i])
			}
			seen[number] = true
		}
	})
}

// Of terms that some items have, all that two have are kept, and most others are
// not.
func TestTwiceKeepsWhatCameTwice(t *testing.T) {
	m := newTwice(100)
	const each, both = 500, 200 // terms that one item has, and that all have
	item := func(n int) []termCount {
		var terms []termCount
		for i := range each {
			terms = append(terms, termCount{key: fmt.Sprint("en:", n, " ", i)})
		}
		for i := range both {
			terms = append(terms, termCount{key: fmt.Sprint("en:", i)})
		}
		return terms
	}
	for n := range 100 {
		m.meet(item(n))
	}
	for n := range 100 {
		kept := m.keep(item(n))
		if len(kept) < both || len(kept) > both+each/4 || kept[len(kept)-both].key != "en:0" {
			t.Fatalf("item %d: %d terms are kept, want the last %d and few others", n, len(kept), both)
		}
	}
}
