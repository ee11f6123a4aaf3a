package index

import (
	"cmp"
	"math"
	"slices"
)

// Dice returns the coefficient of Dice (1945), "Measures of the amount of ecologic
// association between species", 2 both / (a + b), from 0 to 1: how nearly two terms stand in
// the same places, of which one has a, the other b, and both are in as many as said. a
// and b are at least 1, both is at most the lesser of them.
func Dice(a, b, both int) float64 { return 2 * float64(both) / float64(a+b) }

// LogLikelihood returns -2 ln lambda of Dunning (1993), "Accurate methods for the statistics
// of surprise and coincidence", for two terms that a and b of n places have, and so many
// both: twice the sum, over the four cells of the table of who has which, of
// observed ln (observed / expected). By chance alone it is above 10.83 once in a
// thousand times. Terms that meet no more often than by chance have 0. a and b are from
// 1 to n.
func LogLikelihood(a, b, both, n int) float64 {
	if float64(both)*float64(n) <= float64(a)*float64(b) {
		return 0
	}
	sum := 0.0
	cell := func(seen, row, column int) {
		if seen > 0 {
			// The conversion forbids the compiler to fuse product and sum.
			sum += float64(float64(seen) * math.Log(float64(seen)*float64(n)/(float64(row)*float64(column))))
		}
	}
	cell(both, a, b)
	cell(a-both, a, n-b)
	cell(b-both, n-a, b)
	cell(n-a-b+both, n-a, n-b)
	return 2 * sum
}

// A Carried is a term that stands for another one, by so many 65,536ths of its impact.
type Carried struct{ Term, By uint32 }

// carriedOne is the By of a term that counts as much as the one that it stands for.
const carriedOne = 1 << 16

// CarriedBy returns the By of a factor, from 0 to 16.
func CarriedBy(factor float64) uint32 {
	return uint32(math.Floor(min(max(factor, 0), 16)*carriedOne + 0.5))
}

// Carry returns v with the terms that its own carry over to and it lacks. All impacts are scaled
// down alike, so that a vector of the length [One] keeps it; no other becomes longer than the
// greater of that and its own. (It is not held to its own length because that is not known of every
// vector: some are without terms that no other document has.) What several terms carry over to
// adds up. Impacts are rounded down, and those that become 0 left out. Over returns no terms for
// one that carries over to none; v is not changed.
func (v Vector) Carry(over func(term uint32) []Carried) Vector {
	type sum struct {
		term    uint32
		impacts uint64
	}
	var sums []sum
	for _, i := range v {
		for _, c := range over(i.Term) {
			sums = append(sums, sum{c.Term, uint64(i.Impact) * uint64(c.By) / carriedOne})
		}
	}
	slices.SortFunc(sums, func(a, b sum) int { return cmp.Compare(a.term, b.term) })
	all, squares := slices.Clone(v), uint64(One*One)
	for from := 0; from < len(sums); {
		s := sum{term: sums[from].term}
		for ; from < len(sums) && sums[from].term == s.term; from++ {
			s.impacts += sums[from].impacts
		}
		if _, has := v.Find(s.term); !has {
			s.impacts = min(s.impacts, math.MaxUint16)
			squares += s.impacts * s.impacts
			all = append(all, Impact{s.term, uint16(s.impacts)})
		}
	}
	if len(all) == len(v) {
		return v
	}
	slices.SortFunc(all, func(a, b Impact) int { return cmp.Compare(a.Term, b.Term) })
	scale := One / math.Sqrt(float64(squares))
	carried := all[:0]
	for _, i := range all {
		if impact := uint16(math.Floor(float64(i.Impact) * scale)); impact > 0 {
			carried = append(carried, Impact{i.Term, impact})
		}
	}
	return carried
}

// Find returns where v has a term, or would have it.
func (v Vector) Find(term uint32) (at int, ok bool) {
	return slices.BinarySearchFunc(v, term, func(i Impact, t uint32) int { return cmp.Compare(i.Term, t) })
}
