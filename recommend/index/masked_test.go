package index_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"akin/recommend/index"
)

// NearestOf must agree with comparing v to every document that passes in turn.
func TestNearestOfAgreesWithBruteForce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var entries []index.Entry
		for d := range rapid.IntRange(0, 200).Draw(t, "documents") {
			entries = append(entries, index.Entry{
				Doc: index.Doc(d), Key: index.Key{Date: int64(d % 3), ID: string(rune('a' + d))}, Vector: drawVector(t, "document"),
			})
		}
		x := index.Build(entries)
		v := drawVector(t, "query")
		k := rapid.IntRange(0, 20).Draw(t, "k")
		every := rapid.IntRange(1, 9).Draw(t, "every")
		pass := func(m index.Match) bool { return int(m.Doc)%every == 0 && m.Score > 1<<20 }
		want := brute(x, v, len(entries), index.None)
		want = slices.DeleteFunc(want, func(m index.Match) bool { return !pass(m) })
		got := x.NearestOf(nil, v, k, pass)
		if diff := cmp.Diff(want[:min(k, len(want))], got); diff != "" && len(got)+min(k, len(want)) > 0 {
			t.Fatalf("NearestOf(k %d, one in %d) mismatch (-want +got):\n%s", k, every, diff)
		}
	})
}
