package bolt

import (
	"fmt"
	"testing"

	"akin/recommend/store"
)

// benched returns a store of 100,000 rows of 400 bytes in one part.
func benched(b *testing.B) (*Store, []store.Key) {
	b.Helper()
	s := open(b)
	data := make([]byte, 400)
	var keys []store.Key
	for i := 0; i < 100_000; {
		var tx store.Tx
		for range 10_000 {
			k := key("item", fmt.Sprintf("%08x", uint32(i)*2654435761))
			keys = append(keys, k)
			tx = append(tx, store.Op{Row: store.Row{Key: k, Rev: 1, Data: data}})
			i++
		}
		if err := s.Apply(b.Context(), tx)[0]; err != nil {
			b.Fatal(err)
		}
	}
	return s, keys
}

// BenchmarkStore gives the times of one call over 100,000 rows of 400 bytes.
func BenchmarkStore(b *testing.B) {
	s, keys := benched(b)
	for _, n := range []int{1, 14} {
		for _, of := range []int{2_000, len(keys)} { // rows that are asked for at all
			b.Run(fmt.Sprintf("Get/%d of %d", n, of), func(b *testing.B) {
				b.ReportAllocs()
				for i := 0; b.Loop(); i++ {
					at := i * 97 % (of - n)
					if _, err := s.Get(b.Context(), store.Eventual, keys[at:at+n]...); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
	b.Run("Query/50", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			r := store.Range{Part: "item", From: keys[i*97%len(keys)].Sort, Limit: 50}
			if _, _, err := s.Query(b.Context(), store.Eventual, r); err != nil {
				b.Fatal(err)
			}
		}
	})
	data := make([]byte, 400)
	rev := uint64(1)
	for _, n := range []int{1, 50, 1000} {
		b.Run(fmt.Sprintf("Apply/%d", n), func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				rev++
				txs := make([]store.Tx, n)
				for j := range txs {
					k := keys[(i*n+j)*97%len(keys)]
					txs[j] = store.Tx{{Row: store.Row{Key: k, Rev: rev, Data: data}, Cond: store.RevLess}}
				}
				for _, err := range s.Apply(b.Context(), txs...) {
					if err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
	b.Run("Apply/parallel", func(b *testing.B) {
		b.SetParallelism(8)
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				op := store.Op{Row: store.Row{Key: keys[rev%uint64(len(keys))], Rev: 1, Data: data}}
				if err := s.Apply(b.Context(), store.Tx{op})[0]; err != nil {
					b.Fatal(err)
				}
			}
		})
	})
}
