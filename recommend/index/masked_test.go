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
		for d := range rapid.IntRange(1, 200).Draw(t, "documents") {
			entries = append(entries, index.Entry{
				Doc: index.Doc(d), Key: index.Key{Date: int64(d % 3), Day: drawDay(t), ID: string(rune('a' + d))}, Vector: drawVector(t, "document"),
			})
		}
		near := index.NewNearness(.3, 180)
		x := index.BuildNear(entries, near)
		source := index.Doc(rapid.IntRange(0, len(entries)-1).Draw(t, "source"))
		k := rapid.IntRange(0, 20).Draw(t, "k")
		every := rapid.IntRange(1, 9).Draw(t, "every")
		pass := func(m index.Match) bool { return m.Doc != source && int(m.Doc)%every == 0 && m.Score > 1<<20 }
		want := brute(x, near, x.Vector(source), len(entries), source)
		want = slices.DeleteFunc(want, func(m index.Match) bool { return !pass(m) })
		got := x.NearestOf(nil, x.Vector(source), x.Key(source).Day, k, pass)
		if diff := cmp.Diff(want[:min(k, len(want))], got); diff != "" && len(got)+min(k, len(want)) > 0 {
			t.Fatalf("NearestOf(k %d, one in %d) mismatch (-want +got):\n%s", k, every, diff)
		}
	})
}
