package engine_test

import (
	"fmt"
	"testing"

	"akin/infra/memory"
	"akin/recommend"
	"akin/recommend/engine"
)

// BenchmarkHub withdraws one of many works of one title, which the lists of all
// others name.
func BenchmarkHub(b *testing.B) {
	for _, n := range []int{5_000, 10_000, 50_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			e := newEngine(b, memory.New(), recommend.DefaultSettings())
			var batch []recommend.Item
			for i := range n {
				batch = append(batch, recommend.Item{ID: fmt.Sprintf("w%05d", i), Title: "Tides of the estuary", Lang: "en"})
			}
			e.put(b, batch...)
			if _, err := e.indexer.Reindex(b.Context(), engine.ReindexOptions{}); err != nil {
				b.Fatal(err)
			}
			if _, err := e.indexer.CatchUp(b.Context()); err != nil {
				b.Fatal(err)
			}
			i := 0
			for b.Loop() {
				if r := e.publisher.Withdraw(b.Context(), batch[i].ID, 0); r.Err != nil {
					b.Fatal(r.Err)
				}
				if _, err := e.indexer.CatchUp(b.Context()); err != nil {
					b.Fatal(err)
				}
				i++
			}
		})
	}
}
