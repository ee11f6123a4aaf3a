package engine

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"time"
)

// BenchmarkTitles looks up titles: two or three words of one, one of them with a slip. MB is
// what the look-up takes of memory, build-s how long it takes to make from records that are read, first the share that finds
// the title among the first ten.
func BenchmarkTitles(b *testing.B) {
	items := BenchItems(b)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	ts, start := &titles{numbers: map[string]uint32{}}, time.Now()
	for i, it := range items {
		ts.set(uint32(i), &record{Item: it, number: uint32(i)}, nil, it.Authors)
	}
	ts.items.Find("x", 1, nil) // puts the words in order
	built := time.Since(start)
	runtime.GC()
	runtime.ReadMemStats(&after)
	draw := rand.New(rand.NewPCG(16, 9))
	var times []time.Duration
	hit := 0
	b.ResetTimer()
	for b.Loop() {
		n := draw.IntN(len(items))
		words := strings.Fields(titleOf(&items[n]))
		var q []string
		for range min(3, len(words)) {
			q = append(q, words[draw.IntN(len(words))])
		}
		if w := []rune(q[0]); len(w) > 4 {
			i := draw.IntN(len(w) - 1)
			w[i], w[i+1] = w[i+1], w[i]
			q[0] = string(w)
		}
		at := time.Now()
		found := ts.items.Find(strings.Join(q, " "), 10, nil)
		times = append(times, time.Since(at))
		for _, f := range found {
			if f.Name == uint32(n) {
				hit++
			}
		}
	}
	Report(b, times)
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/1e6, "MB")
	b.ReportMetric(built.Seconds(), "build-s")
	b.ReportMetric(float64(hit)/float64(len(times)), "first")
	fmt.Fprint(&strings.Builder{}, ts.items.Len()) // it stays alive until here
}
