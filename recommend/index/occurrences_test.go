package index

import (
	"fmt"
	"testing"
)

// Replacing documents for ever takes no more room than twice what all of them
// have, and some.
func TestSharesAreBounded(t *testing.T) {
	const docs = 300 // enough for term 0, which all have, to be frequent
	x := new(Index)
	for i := range 20 * docs {
		d := Doc(i % docs)
		x.Put(d, Key{ID: fmt.Sprint(d)}, Quantise([]Weight{{Term: 0, Weight: 1}, {Term: uint32(1 + i%7), Weight: 2}}))
	}
	if n := len(x.occurrencesOf(0)); n != 1 {
		t.Fatalf("a document has %d occurrences, want 1", n)
	}
	if n, most := len(x.occurrences), 2*(docs+shortList); n > most {
		t.Errorf("%d documents keep %d occurrences, want %d at most", docs, n, most)
	}
}
