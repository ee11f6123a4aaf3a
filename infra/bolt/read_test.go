package bolt

import (
	"sync"
	"testing"

	"pgregory.net/rapid"

	"akin/recommend/store"
)

// Whatever is read and written, Get answers what Query does.
func TestGetAgreesWithQuery(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		s := open(t)
		name := rapid.SampledFrom([]string{"a", "b", "c", "d", "e"})
		for rev := uint64(1); rev < 30; rev++ {
			k := row(name.Draw(r, "sort"), rev, "")
			switch rapid.IntRange(0, 4).Draw(r, "act") {
			case 0:
				s.Apply(t.Context(), store.Tx{{Row: k}})
			case 1:
				s.Apply(t.Context(), store.Tx{{Row: k, Act: store.Delete}})
			case 2: // fails, if there is one
				s.Apply(t.Context(), store.Tx{{Row: k, Cond: store.Absent}})
			default:
				want := make(map[string]uint64)
				for _, row := range all(t, s) {
					want[row.Sort] = row.Rev
				}
				rows, err := s.Get(t.Context(), store.Strong, key("p", "a"), key("p", "b"), k.Key)
				if err != nil {
					r.Fatal(err)
				}
				for _, row := range rows {
					if row.Rev != want[row.Sort] {
						r.Fatalf("Get of %q = rev %d, want %d", row.Sort, row.Rev, want[row.Sort])
					}
				}
			}
		}
	})
}

// Readers never see a row go back, and a writer sees its own answered write.
func TestReadsNeverGoBack(t *testing.T) {
	s := open(t)
	keys := []store.Key{key("p", "a"), key("p", "b")}
	stop := make(chan struct{})
	var readers sync.WaitGroup
	for range 3 {
		readers.Go(func() {
			last := make([]uint64, len(keys))
			for {
				rows, err := s.Get(t.Context(), store.Eventual, keys...)
				if err != nil {
					t.Error(err)
					return
				}
				for i, r := range rows {
					if r.Rev < last[i] {
						t.Errorf("row %q went from rev %d to %d", r.Sort, last[i], r.Rev)
					}
					last[i] = r.Rev
				}
				select {
				case <-stop:
					return
				default:
				}
			}
		})
	}
	var writers sync.WaitGroup
	for _, k := range keys {
		writers.Go(func() {
			for rev := uint64(1); rev <= 100; rev++ {
				mustPut(t, s, store.Row{Key: k, Rev: rev})
				rows, err := s.Get(t.Context(), store.Eventual, k)
				if err != nil || rows[0].Rev != rev {
					t.Errorf("after writing rev %d: %v, %v", rev, rows, err)
				}
			}
		})
	}
	writers.Wait()
	close(stop)
	readers.Wait()
}
