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
	"testing"
	"time"

	"akin/infra/dynamo"
	"akin/infra/dynamo/dynamotest"
	"akin/infra/memory"
	"akin/recommend"
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
	recommend.Store
	mu   sync.Mutex
	keys map[recommend.Key]bool
}

func (k *keeper) Apply(ctx context.Context, txs ...recommend.Tx) []error {
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
func (k *keeper) copyTo(b *testing.B, s recommend.Store, parts ...string) {
	b.Helper()
	var keys []recommend.Key
	for key := range k.keys {
		if slices.ContainsFunc(parts, func(p string) bool { return strings.HasPrefix(key.Part, p) }) {
			keys = append(keys, key)
		}
	}
	for chunk := range slices.Chunk(keys, 2000) {
		rows, err := k.Get(b.Context(), recommend.Strong, chunk...)
		if err != nil {
			b.Fatal(err)
		}
		var txs []recommend.Tx
		for _, r := range rows {
			if r.Rev != 0 {
				txs = append(txs, recommend.Tx{{Row: r}})
			}
		}
		for _, err := range s.Apply(b.Context(), txs...) {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
}

// BenchmarkEngine works on a table of many items: how long a new process takes to
// have the index, and the lists too, and what publishes consume. Times are those
// of DynamoDB Local and say nothing of AWS; units are DynamoDB's.
func BenchmarkEngine(b *testing.B) {
	items := benchItems(b)
	kept := &keeper{Store: memory.New(), keys: map[recommend.Key]bool{}}
	settings := recommend.DefaultSettings()
	publisher, err := recommend.NewPublisher(kept, settings, recommend.PublisherOptions{})
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
	indexer := func(s recommend.Store) *recommend.Indexer {
		return recommend.NewIndexer(s, settings, recommend.IndexerOptions{})
	}
	if _, err := indexer(kept).Reindex(b.Context(), recommend.ReindexOptions{}); err != nil {
		b.Fatal(err)
	}
	var used bill
	table := dynamotest.Open(b, nil, dynamo.WithMeter(used.meter), dynamo.WithReadRetries(10, time.Second))
	kept.copyTo(b, table, "meta", "generation", "stat/", "terms/", "rel/", "id/", "item/", "group/")

	b.Run("Load", func(b *testing.B) {
		for b.Loop() {
			if err := indexer(table).Load(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(len(items)), "items")
	})
	b.Run("LoadWithLists", func(b *testing.B) {
		for b.Loop() {
			if _, err := indexer(table).CatchUp(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("Publish", func(b *testing.B) {
		publisher, err := recommend.NewPublisher(table, settings, recommend.PublisherOptions{})
		if err != nil {
			b.Fatal(err)
		}
		x := indexer(table)
		if _, err := x.CatchUp(b.Context()); err != nil {
			b.Fatal(err)
		}
		var stored, indexed recommend.Usage
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
	})
}
