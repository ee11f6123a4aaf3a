package index_test

import (
	gocmp "cmp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"akin/recommend/index"
)

// NearestOf must agree with comparing v to every document that passes in turn, and
// sorting by the scores times their factors.
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
		factors := rapid.SliceOfN(rapid.Uint64Range(index.NoFactor/10+1, 10*index.NoFactor), len(entries), len(entries)).Draw(t, "factors")
		most := slices.Max(factors)
		if rapid.Bool().Draw(t, "plain") {
			most = index.NoFactor
			for i := range factors {
				factors[i] = index.NoFactor
			}
		}
		slices.SortFunc(want, func(a, b index.Match) int {
			by, other := factors[a.Doc]*uint64(a.Score), factors[b.Doc]*uint64(b.Score)
			return gocmp.Or(gocmp.Compare(other, by), x.Key(a.Doc).Compare(x.Key(b.Doc)))
		})
		got := x.NearestOf(nil, x.Vector(source), x.Key(source).Day, k, most, func(m index.Match) uint64 {
			if !pass(m) {
				return 0
			}
			return factors[m.Doc]
		})
		if diff := cmp.Diff(want[:min(k, len(want))], got); diff != "" && len(got)+min(k, len(want)) > 0 {
			t.Fatalf("NearestOf(k %d, one in %d) mismatch (-want +got):\n%s", k, every, diff)
		}
	})
}
