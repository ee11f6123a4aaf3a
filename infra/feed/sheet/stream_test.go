package sheet

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"akin/infra/feed/entry"
)

// articles is a sheet of many rows, made as it is read.
type articles struct {
	rows, n int
	rest    string
}

func (a *articles) Read(p []byte) (int, error) {
	if a.rest == "" {
		switch {
		case a.n > a.rows:
			return 0, io.EOF
		case a.n == 0:
			a.rest = "Headline,Link,Published,Content\n"
		default:
			a.rest = fmt.Sprintf("Crane %d,https://quay.example/%d,%d/5/2024,%s\n", a.n, a.n, a.n%12+1, strings.Repeat("cranes and tugs ", 600))
		}
		a.n++
	}
	n := copy(p, a.rest)
	a.rest = a.rest[n:]
	return n, nil
}

// A sheet that is larger than memory should be streams: what is held is the
// sample, not the file, which has 100 MB.
func TestReadStreams(t *testing.T) {
	const rows, most = 10_500, 64 << 20
	n := 0
	var peak uint64
	in := entry.NewInput(&articles{rows: rows})
	for found := range Read(context.Background(), in, entry.Options{Order: entry.DayFirst}) {
		if found.Err != nil {
			t.Fatal(found.Err)
		}
		if found.Entry == nil {
			continue
		}
		if n++; n%1000 == 0 {
			runtime.GC()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			peak = max(peak, m.HeapAlloc)
		}
	}
	if n != rows || peak > most {
		t.Errorf("%d rows, want %d; %d bytes held, at most %d", n, rows, peak, most)
	}
}
