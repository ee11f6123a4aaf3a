package engine_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"akin/infra/bolt"
	"akin/recommend"
	"akin/recommend/engine"
	"akin/recommend/store"
)

// A benchStore is a bolt file that holds the items and a generation.
type benchStore struct {
	items     []recommend.Item
	shown     []recommend.Item // of items, those that have lists to read: neither withdrawn nor embargoed
	store     store.Store
	publisher *engine.Publisher
	indexer   *engine.Indexer
	imported  time.Duration
	reindexed time.Duration
}

func newBenchStore(b *testing.B) *benchStore {
	b.Helper()
	s, err := bolt.Open(filepath.Join(b.TempDir(), "akin.db"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	p, err := engine.NewPublisher(s, recommend.DefaultSettings(), engine.PublisherOptions{})
	if err != nil {
		b.Fatal(err)
	}
	bs := &benchStore{items: engine.BenchItems(b), store: s, publisher: p, indexer: engine.NewIndexer(s, recommend.DefaultSettings(), engine.IndexerOptions{})}
	start := time.Now()
	for chunk := range slices.Chunk(bs.items, 1000) {
		for _, r := range p.Put(context.Background(), chunk...) {
			if r.Err != nil {
				b.Fatal(r.Err)
			}
		}
	}
	bs.imported = time.Since(start)
	bs.shown = slices.DeleteFunc(slices.Clone(bs.items), func(it recommend.Item) bool {
		return it.Status == recommend.Withdrawn || it.Embargoed(start)
	})
	start = time.Now()
	if _, err := bs.indexer.Reindex(context.Background(), engine.ReindexOptions{}); err != nil {
		b.Fatal(err)
	}
	bs.reindexed = time.Since(start)
	return bs
}

// BenchmarkImportAndReindex stores all items in a bolt file and makes the first
// generation.
func BenchmarkImportAndReindex(b *testing.B) {
	for b.Loop() {
		bs := newBenchStore(b)
		b.ReportMetric(bs.imported.Seconds(), "s-import")
		b.ReportMetric(bs.reindexed.Seconds(), "s-reindex")
		b.ReportMetric(float64(len(bs.items)), "items")
	}
	b.ReportMetric(engine.Peak()/1e6, "MB-peak")
}

// BenchmarkPublish corrects random items of a store that holds all, each to
// the end: stored, and every list that it changes written.
func BenchmarkPublish(b *testing.B) {
	bs := newBenchStore(b)
	rng := rand.New(rand.NewPCG(1, 2))
	var times []time.Duration
	b.ResetTimer()
	used := processor()
	for b.Loop() {
		it := bs.items[rng.IntN(len(bs.items))]
		it.Summary += fmt.Sprint(" Corrected ", len(times), ".")
		it.Version = 0
		start := time.Now()
		if r := bs.publisher.Put(context.Background(), it)[0]; r.Err != nil {
			b.Fatal(r.Err)
		}
		if _, err := bs.indexer.CatchUp(context.Background()); err != nil {
			b.Fatal(err)
		}
		times = append(times, time.Since(start))
	}
	b.ReportMetric(float64((processor()-used).Microseconds())/1e3/float64(len(times)), "cpu-ms/op")
	engine.Report(b, times)
}

// processor returns the time that processors spent on this program, or for it.
func processor() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkPublishTold does the same, and writes receipts of what each changed.
func BenchmarkPublishTold(b *testing.B) {
	bs := newBenchStore(b)
	x := engine.NewIndexer(bs.store, recommend.DefaultSettings(), engine.IndexerOptions{Alone: true, Receipts: true})
	tell := func(all bool) {
		if _, err := x.CatchUp(context.Background()); err != nil {
			b.Fatal(err)
		}
		if err := x.Tell(context.Background(), all); err != nil {
			b.Fatal(err)
		}
	}
	start := time.Now()
	tell(true)
	b.ReportMetric(time.Since(start).Seconds(), "s-review")
	rng := rand.New(rand.NewPCG(1, 2))
	var times []time.Duration
	r := engine.NewReader(bs.store, engine.ReaderOptions{})
	named := 0
	b.ResetTimer()
	used := processor()
	for b.Loop() {
		it := bs.items[rng.IntN(len(bs.items))]
		it.Summary += fmt.Sprint(" Corrected ", len(times), ".")
		it.Version = 0
		start := time.Now()
		if r := bs.publisher.Put(context.Background(), it)[0]; r.Err != nil {
			b.Fatal(r.Err)
		}
		tell(false)
		times = append(times, time.Since(start))
	}
	b.ReportMetric(float64((processor()-used).Microseconds())/1e3/float64(len(times)), "cpu-ms/op")
	receipts, err := r.Receipts(context.Background(), 1, 1<<20)
	if err != nil {
		b.Fatal(err)
	}
	for _, r := range receipts {
		named += len(r.Lists) + len(r.Topics)
	}
	b.ReportMetric(float64(named)/float64(len(times)), "named/op")
	engine.Report(b, times)
}

// BenchmarkWithdrawMostListed withdraws the item that most lists name.
func BenchmarkWithdrawMostListed(b *testing.B) {
	bs := newBenchStore(b)
	b.ResetTimer()
	for b.Loop() {
		b.StopTimer()
		most, lists := bs.indexer.MostListed()
		b.StartTimer()
		if r := bs.publisher.Withdraw(context.Background(), most, 0); r.Err != nil {
			b.Fatal(r.Err)
		}
		if _, err := bs.indexer.CatchUp(context.Background()); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(lists), "lists")
	}
}

// BenchmarkRelated reads the related list of random items.
func BenchmarkRelated(b *testing.B) {
	bs := newBenchStore(b)
	for _, bb := range []struct {
		name string
		q    recommend.Query
	}{
		{"plain", recommend.Query{}},
		{"since", recommend.Query{Since: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), NoFill: true}},
	} {
		b.Run(bb.name, func(b *testing.B) {
			r := engine.NewReader(bs.store, engine.ReaderOptions{HeadAge: time.Second})
			rng := rand.New(rand.NewPCG(1, 2))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := r.Related(context.Background(), bs.shown[rng.IntN(len(bs.shown))].ID, bb.q); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
