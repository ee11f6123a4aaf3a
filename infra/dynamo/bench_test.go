package dynamo_test

import (
	"bufio"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"akin/infra/dynamo"
	"akin/infra/memory"
	"akin/infra/test/dynamotest"
	"akin/recommend"
	"akin/recommend/engine"
	"akin/recommend/store"
)

// benchItems reads the items that AKIN_BENCH_ITEMS names, a file of JSON Lines,
// gzipped or not; without it the sample corpus.
func benchItems(b *testing.B) []recommend.Item {
	b.Helper()
	name := os.Getenv("AKIN_BENCH_ITEMS")
	if name == "" {
		name = "../../testdata/corpus/items.jsonl"
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
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		it, err := recommend.DecodeItem(lines.Bytes())
		if err != nil {
			b.Fatal(err)
		}
		items = append(items, it)
	}
	if err := lines.Err(); err != nil {
		b.Fatal(err)
	}
	return items
}

// A keeper is a store that knows the keys written to it.
type keeper struct {
	store.Store
	mu   sync.Mutex
	keys map[store.Key]bool
}

func (k *keeper) Apply(ctx context.Context, txs ...store.Tx) []error {
	k.mu.Lock()
	for _, tx := range txs {
		for _, op := range tx {
			k.keys[op.Row.Key] = true
		}
	}
	k.mu.Unlock()
	return k.Store.Apply(ctx, txs...)
}

// copyTo writes the rows of the parts that begin so to another store.
func (k *keeper) copyTo(b *testing.B, s store.Store, parts ...string) {
	b.Helper()
	var keys []store.Key
	for key := range k.keys {
		if slices.ContainsFunc(parts, func(p string) bool { return strings.HasPrefix(key.Part, p) }) {
			keys = append(keys, key)
		}
	}
	for chunk := range slices.Chunk(keys, 2000) {
		rows, err := k.Get(b.Context(), store.Strong, chunk...)
		if err != nil {
			b.Fatal(err)
		}
		var txs []store.Tx
		for _, r := range rows {
			if r.Rev != 0 {
				txs = append(txs, store.Tx{{Row: r}})
			}
		}
		for _, err := range s.Apply(b.Context(), txs...) {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
}

// processors starts to count processor time; the function that it returns
// reports, for each of n rounds, what this process used and what DynamoDB Local
// did.
func processors(b *testing.B) func(n int) {
	b.Helper()
	own := func() time.Duration {
		var u syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
			b.Fatal(err)
		}
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	ours, theirs := own(), dynamotest.ProcessorTime(b)
	return func(n int) {
		b.ReportMetric((own()-ours).Seconds()/float64(n), "own-cpu-s/op")
		b.ReportMetric((dynamotest.ProcessorTime(b)-theirs).Seconds()/float64(n), "dynamodb-cpu-s/op")
	}
}

// A weighed store adds up what the lists written to it may cost: the KB of each,
// begun, before or after.
type weighed struct {
	store.Store
	old   store.Store // the same table, for looking at what was there
	mu    sync.Mutex
	lists int
	kb    int
}

func (w *weighed) Apply(ctx context.Context, txs ...store.Tx) []error {
	for _, tx := range txs {
		row := tx[0].Row
		if !strings.HasPrefix(row.Part, "rel/") {
			continue
		}
		rows, err := w.old.Get(ctx, store.Strong, row.Key)
		if err != nil {
			panic(err)
		}
		// The names of the attributes, and a number of up to 20 digits.
		size := len("pk") + len("sk") + len("d") + len("r") + 11 + len(row.Part) + len(row.Sort) + max(len(row.Data), len(rows[0].Data))
		w.mu.Lock()
		w.lists++
		w.kb += (size + 1023) / 1024
		w.mu.Unlock()
	}
	return w.Store.Apply(ctx, txs...)
}

// A timed store adds up the time that its readers wait for it.
type timed struct {
	store.Store
	waited time.Duration
}

func (s *timed) Get(ctx context.Context, c store.Consistency, keys ...store.Key) ([]store.Row, error) {
	start := time.Now()
	defer func() { s.waited += time.Since(start) }()
	return s.Store.Get(ctx, c, keys...)
}

func (s *timed) Query(ctx context.Context, c store.Consistency, r store.Range) ([]store.Row, bool, error) {
	start := time.Now()
	defer func() { s.waited += time.Since(start) }()
	return s.Store.Query(ctx, c, r)
}

// BenchmarkEngine works on a table of many items: how long a new process takes to
// have the index, and the lists too, and what publishes consume. Times are those
// of DynamoDB Local and say nothing of AWS; units are DynamoDB's.
func BenchmarkEngine(b *testing.B) {
	items := benchItems(b)
	kept := &keeper{Store: memory.New(), keys: map[store.Key]bool{}}
	settings := recommend.DefaultSettings()
	publisher, err := engine.NewPublisher(kept, settings, engine.PublisherOptions{})
	if err != nil {
		b.Fatal(err)
	}
	for chunk := range slices.Chunk(items, 1000) {
		for _, r := range publisher.Put(b.Context(), chunk...) {
			if r.Err != nil {
				b.Fatal(r.Err)
			}
		}
	}
	indexer := func(s store.Store) *engine.Indexer {
		return engine.NewIndexer(s, settings, engine.IndexerOptions{})
	}
	if _, err := indexer(kept).Reindex(b.Context(), engine.ReindexOptions{}); err != nil {
		b.Fatal(err)
	}
	var used bill
	name := dynamotest.Table(b)
	table := dynamo.New(dynamotest.Client(b, nil), name, dynamo.WithMeter(used.meter), dynamo.WithReadRetries(10, time.Second))
	unmetered := dynamo.New(dynamotest.Client(b, nil), name)
	kept.copyTo(b, table, "meta", "generation", "stat/", "terms/", "rel/", "id/", "item/", "group/")

	b.Run("Load", func(b *testing.B) {
		report, n := processors(b), 0
		for b.Loop() {
			n++
			if err := indexer(table).Load(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
		report(n)
		b.ReportMetric(float64(len(items)), "items")
	})
	b.Run("LoadWithLists", func(b *testing.B) {
		report, n := processors(b), 0
		for b.Loop() {
			n++
			if _, err := indexer(table).CatchUp(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
		report(n)
	})
	// What an answer takes beside waiting for the store: 0.5 ms at the median.
	b.Run("View", func(b *testing.B) {
		store := &timed{Store: unmetered}
		reader := engine.NewReader(store, engine.ReaderOptions{HeadAge: time.Hour})
		var own []time.Duration
		for i := 0; b.Loop(); i++ {
			store.waited = 0
			start := time.Now()
			if _, err := reader.Related(b.Context(), items[i*len(items)/1000%len(items)].ID, recommend.Query{}); err != nil {
				b.Fatal(err)
			}
			own = append(own, time.Since(start)-store.waited)
		}
		slices.Sort(own)
		b.ReportMetric(float64(own[len(own)/2].Microseconds()), "own-median-µs")
	})
	b.Run("Publish", func(b *testing.B) {
		publisher, err := engine.NewPublisher(table, settings, engine.PublisherOptions{})
		if err != nil {
			b.Fatal(err)
		}
		weighed := &weighed{Store: table, old: unmetered}
		x := indexer(weighed)
		if _, err := x.CatchUp(b.Context()); err != nil {
			b.Fatal(err)
		}
		var stored, indexed store.Usage
		n := 0
		for b.Loop() {
			it := items[n*len(items)/1000%len(items)]
			it.Summary += fmt.Sprint(" Corrected ", n, ".")
			it.Version = 0
			n++
			used.take()
			if r := publisher.Put(b.Context(), it)[0]; r.Err != nil {
				b.Fatal(r.Err)
			}
			stored.Add(used.take())
			if _, err := x.CatchUp(b.Context()); err != nil {
				b.Fatal(err)
			}
			indexed.Add(used.take())
		}
		each := func(sum float64, unit string) { b.ReportMetric(sum/float64(n), unit) }
		each(float64(stored.Requests), "api-requests")
		each(stored.WriteUnits, "api-write-units")
		each(float64(indexed.Requests), "indexer-requests")
		each(indexed.ReadUnits, "indexer-read-units")
		each(indexed.WriteUnits, "indexer-write-units")
		each(float64(3*n+weighed.kb), "indexer-most-units")
		each(float64(weighed.lists), "lists")
	})
}
