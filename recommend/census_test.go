package recommend

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
		print := func(i int) fingerprint { return c.prints.of(fmt.Sprint("en:", i)) }
		want := make([]uint32, n)
		var wg sync.WaitGroup
		for _, step := range steps {
			var prints []fingerprint
			for i := 0; i < n; i += step {
				prints = append(prints, print(i))
				want[i]++
			}
			wg.Go(func() { c.add(nil, prints) })
		}
		wg.Wait()
		df, seen := c.frequencies(), map[uint32]bool{}
		for i := range n {
			number := c.find(nil, []fingerprint{print(i)})[0]
			got := uint32(0)
			if int(number) < len(df) {
				got = df[number]
			}
			if got != want[i] || seen[number] && got > 0 {
				t.Fatalf("term %d has number %d and is in %d items, want %d", i, number, got, want[i])
			}
			seen[number] = true
		}
	})
}
