package index

import (
	"cmp"
	"slices"
)

// NoFactor is the factor of [Index.NearestOf] that leaves a score as it is.
const NoFactor = 1 << 16

// NearestOf appends to dst the k documents that score highest with v, of a day, each
// times its factor, best first, ties as [Key.Compare] has them. Factors are in
// 65,536ths and at most most, which is below 1<<32; 0 leaves a document out. It
// scores every document that shares a term with v, and asks for factors only of
// those that could be among the best so far. It is what to ask where
// [Index.Nearest] names too few that pass, or in another order.
func (x *Index) NearestOf(dst []Match, v Vector, day int32, k int, most uint64, factor func(Match) uint64) []Match {
	if k <= 0 {
		return dst
	}
	type scored struct {
		Match
		by uint64
	}
	compare := func(a, b scored) int {
		return cmp.Or(cmp.Compare(b.by, a.by), x.Key(a.Doc).Compare(x.Key(b.Doc)))
	}
	// The best so far are among the first k of best, and all beyond score worst at
	// least; the rest is cut off whenever there are as many again.
	var best []scored
	worst := uint64(0)
	cut := func() {
		slices.SortFunc(best, compare)
		if len(best) >= k {
			best = best[:k]
			worst = best[k-1].by
		}
	}
	x.Scores(v, day, func(m Match) {
		if uint64(m.Score)*most < worst {
			return
		}
		f := factor(m)
		if by := uint64(m.Score) * f; f > 0 && by >= worst {
			if best = append(best, scored{m, by}); len(best) == 2*k {
				cut()
			}
		}
	})
	cut()
	for _, s := range best {
		dst = append(dst, s.Match)
	}
	return dst
}
