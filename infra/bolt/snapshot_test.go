package bolt

import (
	"fmt"
	"sync"
	"testing"

	"akin/recommend/store"
)

// A snapshot stays as the store was, however that is read and written meanwhile,
// by several readers at once.
func TestSnapshot(t *testing.T) {
	s := open(t)
	var keys []store.Key
	for i := range 300 {
		k := key("p", fmt.Sprintf("%03d", i))
		keys = append(keys, k)
		mustPut(t, s, store.Row{Key: k, Rev: 1, Data: []byte("before")})
	}
	snapshot, err := s.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	before, _ := s.Version()
	var wg sync.WaitGroup
	wg.Go(func() {
		for i, k := range keys {
			if i%2 == 0 {
				mustPut(t, s, store.Row{Key: k, Rev: 2, Data: []byte("after")})
			} else {
				s.Apply(t.Context(), store.Tx{{Act: store.Delete, Row: store.Row{Key: k}}})
			}
		}
		mustPut(t, s, store.Row{Key: key("p", "new"), Rev: 1})
	})
	for range 4 {
		wg.Go(func() {
			for range 5 {
				rows, err := snapshot.Get(t.Context(), store.Strong, keys...)
				if err != nil {
					t.Error(err)
				}
				n := 0
				for row, err := range store.Scan(t.Context(), snapshot, store.Strong, store.Range{Part: "p", Limit: 1000}) {
					if err != nil {
						t.Error(err)
					}
					rows, n = append(rows, row), n+1
				}
				if n != len(keys) {
					t.Errorf("Scan of the snapshot: %d rows, want %d", n, len(keys))
				}
				for _, row := range rows {
					if row.Rev != 1 || string(row.Data) != "before" {
						t.Errorf("row %q of the snapshot is rev %d, %q", row.Sort, row.Rev, row.Data)
					}
				}
			}
		})
	}
	wg.Wait()
	if v, settled := snapshot.(*Snapshot).Version(); v != before || !settled {
		t.Errorf("Version of the snapshot = %d, %t, want %d", v, settled, before)
	}
	if err := snapshot.Apply(t.Context(), store.Tx{{Row: store.Row{Key: keys[0], Rev: 9}}})[0]; err == nil {
		t.Error("a snapshot was written to")
	}
	for range 2 {
		if err := snapshot.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, err := snapshot.Get(t.Context(), store.Strong, keys[0]); err == nil {
		t.Error("a closed snapshot was read")
	}
}
