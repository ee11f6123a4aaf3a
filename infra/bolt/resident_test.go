package bolt

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"akin/recommend/store"
)

// Scans and commits leave no more of a large file in the memory of the process
// than is let go at once.
func TestResidentPages(t *testing.T) {
	s := open(t)
	data := make([]byte, 16<<10)
	const rows = 6 << 10 // 96 MB
	resident := func(after string) {
		t.Helper()
		if got := residentBytes(t, s.path); got > 2*passBytes {
			t.Errorf("%d MB of the file are resident after %s, want %d at most", got>>20, after, 2*passBytes>>20)
		}
	}
	write := func(rev uint64) {
		for i := 0; i < rows; {
			var tx store.Tx
			for range 512 {
				tx = append(tx, store.Op{Row: store.Row{Key: key("p", fmt.Sprintf("%06d", i)), Rev: rev, Data: data}})
				i++
			}
			if err := s.Apply(t.Context(), tx)[0]; err != nil {
				t.Fatal(err)
			}
		}
	}
	write(1)
	if n := len(all(t, s)); n != rows {
		t.Fatalf("%d rows, want %d", n, rows)
	}
	resident("a scan")
	write(2)
	resident("commits")
	for _, r := range all(t, s) {
		if r.Rev != 2 || len(r.Data) != len(data) {
			t.Fatalf("row %s has rev %d and %d bytes", r.Sort, r.Rev, len(r.Data))
		}
	}
}

// residentBytes is how much of a mapped file is in memory as the process has it.
func residentBytes(t *testing.T, path string) int {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("pages are let go on Linux alone")
	}
	f, err := os.Open("/proc/self/smaps")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	inside, found := false, false
	total := 0
	for lines := bufio.NewScanner(f); lines.Scan(); {
		name, rest, _ := strings.Cut(lines.Text(), ":")
		if strings.Contains(name, " ") || strings.Contains(name, "-") { // the head of a mapping
			inside = strings.HasSuffix(lines.Text(), path)
			found = found || inside
		} else if inside && name == "Rss" {
			kb, err := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(rest), " kB"))
			if err != nil {
				t.Fatal(err)
			}
			total += kb << 10
		}
	}
	if !found {
		t.Fatalf("%s is not mapped", path)
	}
	return total
}
