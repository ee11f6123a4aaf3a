package index

import "slices"

// NearestOf appends to dst the k documents that score highest with v, of a day, among those
// that pass lets through, best first as [Index.Compare] has it. It scores every
// document that shares a term with v, and asks pass only for those that would be
// among the best so far. It is what to ask where [Index.Nearest] names too few
// that pass.
func (x *Index) NearestOf(dst []Match, v Vector, day int32, k int, pass func(Match) bool) []Match {
	if k <= 0 {
		return dst
	}
	s := x.borrow()
	defer x.scratch.Put(s)
	s.top = s.top[:0]
	x.Scores(v, day, func(m Match) {
		if len(s.top) == k && m.Score < s.top[0].Score {
			return
		}
		if pass(m) {
			x.offer(s, m, k)
		}
	})
	slices.SortFunc(s.top, x.Compare)
	return append(dst, s.top...)
}
