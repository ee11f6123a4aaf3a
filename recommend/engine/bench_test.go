package engine

import (
	"bufio"
	"compress/gzip"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"akin/recommend"
	"akin/recommend/index"
	"akin/recommend/text"
)

// BenchItems reads the items that AKIN_BENCH_ITEMS names, a file of JSON Lines,
// gzipped or not; without it the sample corpus, many times over under other ids.
func BenchItems(b testing.TB) []recommend.Item {
	b.Helper()
	return namedItems(b, 20)
}

// namedItems does the same, with the sample corpus so many times.
func namedItems(b testing.TB, times int) []recommend.Item {
	b.Helper()
	name := os.Getenv("AKIN_BENCH_ITEMS")
	if name == "" {
		name = "../../testdata/corpus/items.jsonl"
	} else {
		times = 1
	}
	f, err := os.Open(name)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	var r io.Reader = f
	if filepath.Ext(name) == ".gz" {
		if r, err = gzip.NewReader(f); err != nil {
			b.Fatal(err)
		}
	}
	var items []recommend.Item
	sc := bufio.NewScanner(r)
	sc.Buffer(nil, 1<<20)
	for sc.Scan() {
		it, err := recommend.DecodeItem(sc.Bytes())
		if err != nil {
			b.Fatal(err)
		}
		for i := range times {
			copied := it
			if i > 0 {
				copied.ID, copied.TranslationOf = fmt.Sprintf("%s-%d", it.ID, i), ""
			}
			items = append(items, copied)
		}
	}
	if err := sc.Err(); err != nil {
		b.Fatal(err)
	}
	return items
}

// Peak returns the process's largest resident set so far, in bytes.
func Peak() float64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	var kb float64
	for line := range strings.Lines(string(status)) {
		if n, _ := fmt.Sscanf(line, "VmHWM: %f kB", &kb); n == 1 {
			return kb * 1024
		}
	}
	return 0
}

// BenchmarkAllLists makes the lists of all items from their texts: terms,
// statistics, vectors, K nearest of each.
func BenchmarkAllLists(b *testing.B) {
	items := BenchItems(b)
	b.ResetTimer()
	for b.Loop() {
		c, err := NewCorpus(items, recommend.DefaultSettings())
		if err != nil {
			b.Fatal(err)
		}
		var n atomic.Int64
		c.index.Each(c.index.Docs(), 50, runtime.GOMAXPROCS(0), func(_ index.Doc, ms []index.Match) { n.Add(int64(len(ms))) })
		b.ReportMetric(float64(n.Load())/float64(c.Len()), "entries/list")
	}
	b.ReportMetric(float64(len(items)), "items")
	b.ReportMetric(Peak()/1e6, "MB-peak")
}

// BenchmarkOneAgainstAll finds the K nearest of one item.
func BenchmarkOneAgainstAll(b *testing.B) {
	c, err := NewCorpus(BenchItems(b), recommend.DefaultSettings())
	if err != nil {
		b.Fatal(err)
	}
	docs := c.index.Docs()
	rng := rand.New(rand.NewPCG(1, 2))
	var times []time.Duration
	var ms []index.Match
	b.ResetTimer()
	for b.Loop() {
		d := docs[rng.IntN(len(docs))]
		start := time.Now()
		ms = c.index.Nearest(ms[:0], c.index.Vector(d), c.index.Key(d).Day, 50, d)
		times = append(times, time.Since(start))
	}
	Report(b, times)
}

// Report gives the median and the 99th percentile of times.
func Report(b *testing.B, times []time.Duration) {
	slices.Sort(times)
	b.ReportMetric(float64(times[len(times)/2].Nanoseconds())/1e6, "ms-p50")
	b.ReportMetric(float64(times[len(times)*99/100].Nanoseconds())/1e6, "ms-p99")
}

// BenchmarkTerms makes the terms of all items.
func BenchmarkTerms(b *testing.B) {
	items := BenchItems(b)
	a, err := text.New(text.DefaultSettings())
	if err != nil {
		b.Fatal(err)
	}
	size := 0
	for _, it := range items {
		size += len(it.Title) + len(it.Summary)
	}
	b.SetBytes(int64(size))
	for b.Loop() {
		for i := range items {
			it := items[i].Readable(nil)
			analyse(a, &it)
		}
	}
}

// MostListed returns the id of the item that most lists name, and how many do.
func (x *Indexer) MostListed() (string, int) {
	listed := map[index.Doc]int{}
	var most index.Doc
	for _, d := range x.state.index.Docs() {
		for _, m := range x.state.lists.get(nil, d) {
			if listed[m.Doc]++; listed[m.Doc] > listed[most] {
				most = m.Doc
			}
		}
	}
	return x.state.ids[most], listed[most]
}
