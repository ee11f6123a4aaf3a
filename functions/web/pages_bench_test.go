package web

import (
	"context"
	"crypto/sha256"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"akin/infra/bolt"
	"akin/infra/memory"
	"akin/infra/test/tools"
	"akin/recommend/store"
)

// quickPages are the pages whose first byte is to come within 5 ms at the median.
var quickPages = []string{"/", "/topics", "/topics/remittances", "/topics/cities", "/topics/arrival-cities", "/topics/cities?type=Articles", "/items/cool-by-noon", "/items/cool-by-noon?lang=es", "/search?q=cooling"}

// boltSite is the handler over the sample corpus in a file, as akin serve has it,
// and what writes to the file a row that no page is made from.
func boltSite(t testing.TB) (h http.Handler, write func()) {
	t.Helper()
	db, err := bolt.Open(filepath.Join(t.TempDir(), "akin.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	c, err := engineConfigOn(t.Context(), db, nil)
	if err != nil {
		t.Fatal(err)
	}
	rev := uint64(0)
	return New(c), func() {
		rev++
		row := store.Row{Key: store.Key{Part: "test", Sort: "row"}, Rev: rev}
		if err := db.Apply(t.Context(), store.Tx{{Row: row}})[0]; err != nil {
			t.Fatal(err)
		}
	}
}

// get asks h for a page and returns how long the whole of it took, which is
// when its first byte is sent: pages are written at once.
func get(t testing.TB, h http.Handler, path string) time.Duration {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
	r.Header.Set("Accept-Encoding", "gzip")
	w := httptest.NewRecorder()
	start := time.Now()
	h.ServeHTTP(w, r)
	took := time.Since(start)
	if w.Code != http.StatusOK {
		t.Fatalf("%s: status %d", path, w.Code)
	}
	return took
}

// busy returns how many times longer than on an idle machine a second of work
// takes now: 1 at least. A fixed piece of work is measured on and on; the least
// that it ever took stands for the idle machine.
func busy(least *time.Duration) float64 {
	b := make([]byte, 64<<10)
	start := time.Now()
	for range 4 {
		sum := sha256.Sum256(b)
		copy(b, sum[:])
	}
	took := time.Since(start)
	if *least == 0 || took < *least {
		*least = took
	}
	return float64(took) / float64(*least)
}

// The first byte of a page comes within 5 ms at the median, on an idle machine;
// that of one which is made anew, since something was written, within twice as
// long at worst. Each time is divided by how busy the machine is then.
func TestFirstByte(t *testing.T) {
	tools.SkipRaced(t)
	const rounds, bound = 31, 5 * time.Millisecond
	h, write := boltSite(t)
	var least time.Duration
	for range 50 {
		busy(&least)
	}
	for _, path := range quickPages {
		get(t, h, path)
		var again, anew []time.Duration
		for range rounds {
			measure := func() time.Duration {
				before := busy(&least)
				took := get(t, h, path)
				return time.Duration(float64(took) / max(1, (before+busy(&least))/2))
			}
			again = append(again, measure())
			write()
			anew = append(anew, measure())
		}
		slices.Sort(again)
		slices.Sort(anew)
		t.Logf("%-28s median %v, made anew %v", path, again[rounds/2].Round(10*time.Microsecond), anew[rounds/2].Round(10*time.Microsecond))
		if again[rounds/2] > bound || anew[rounds/2] > 2*bound {
			t.Errorf("%s: takes %v at the median, %v made anew, want %v and %v at most", path, again[rounds/2], anew[rounds/2], bound, 2*bound)
		}
	}
}

// An away store takes 5 ms a request, as DynamoDB does, and as there nobody is
// told of writes.
type away struct{ store.Store }

func (s away) Get(ctx context.Context, c store.Consistency, keys ...store.Key) ([]store.Row, error) {
	time.Sleep(5 * time.Millisecond)
	return s.Store.Get(ctx, c, keys...)
}

func (s away) Query(ctx context.Context, c store.Consistency, r store.Range) ([]store.Row, bool, error) {
	time.Sleep(5 * time.Millisecond)
	return s.Store.Query(ctx, c, r)
}

// BenchmarkPages makes pages and related lists from a file, each again and after
// a write, and from a store that is away. The table of caches in ARCHITECTURE.md
// compares what it says with and without each.
func BenchmarkPages(b *testing.B) {
	paths := append(slices.Clone(quickPages), "/v1/items/cool-by-noon/related?limit=20")
	file, write := boltSite(b)
	inMemory := memory.New()
	if err := fillStore(b.Context(), inMemory, nil); err != nil {
		b.Fatal(err)
	}
	c, err := engineOver(away{inMemory})
	if err != nil {
		b.Fatal(err)
	}
	for _, site := range []struct {
		name  string
		h     http.Handler
		write func()
	}{
		{"file", file, func() {}}, {"written", file, write}, {"away", New(c), func() {}},
	} {
		for _, path := range paths {
			b.Run(site.name+path, func(b *testing.B) {
				b.ReportAllocs()
				var took []time.Duration
				for b.Loop() {
					b.StopTimer()
					site.write()
					b.StartTimer()
					took = append(took, get(b, site.h, path))
				}
				slices.Sort(took)
				b.ReportMetric(float64(took[len(took)/2].Microseconds()), "µs-median")
			})
		}
	}
}
