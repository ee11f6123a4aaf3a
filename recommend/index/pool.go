package index

import (
	"cmp"
	"math"
	"slices"
)

// Pool returns the vector of a work of which vs are the vectors of its n language
// versions, of which none is changed. Each version is one witness of what the
// work says, and counts as much as any other:
//
//	own terms of a language    sum over the versions / sqrt(n)
//	terms that all share       sum over the versions / n
//
// As languages have no own terms in common, the score of two works that are both in
// the same n languages is the mean of what their versions score (the languages'
// parts of a vector are at right angles to each other), plus what they share;
// and the vector is as long as those of its versions. It would be longer where two
// versions are in one language, or quote each other: then it is scaled down to the
// longest of them. Impacts are rounded down, those that become 0 left out. The
// order of vs does not matter.
func Pool(vs []Vector, shared func(term uint32) bool) Vector {
	if len(vs) == 1 {
		return vs[0]
	}
	type sum struct{ term, impacts uint32 }
	var sums []sum
	longest := uint64(0)
	for _, v := range vs {
		squares := uint64(0)
		for _, i := range v {
			sums = append(sums, sum{i.Term, uint32(i.Impact)})
			squares += uint64(i.Impact) * uint64(i.Impact)
		}
		longest = max(longest, squares)
	}
	slices.SortFunc(sums, func(a, b sum) int { return cmp.Compare(a.term, b.term) })
	n := uint32(len(vs))
	own := 1 / math.Sqrt(float64(n))
	v, squares := make(Vector, 0, len(sums)), uint64(0)
	for from := 0; from < len(sums); {
		term, all := sums[from].term, uint32(0)
		for ; from < len(sums) && sums[from].term == term; from++ {
			all += sums[from].impacts
		}
		impact := all / n
		if !shared(term) {
			impact = uint32(math.Floor(float64(all) * own))
		}
		impact = min(impact, math.MaxUint16)
		if impact > 0 {
			v = append(v, Impact{term, uint16(impact)})
			squares += uint64(impact) * uint64(impact)
		}
	}
	if squares <= longest {
		return v
	}
	scale := math.Sqrt(float64(longest) / float64(squares))
	kept := v[:0]
	for _, i := range v {
		if impact := uint16(math.Floor(float64(i.Impact) * scale)); impact > 0 {
			kept = append(kept, Impact{i.Term, impact})
		}
	}
	return kept
}

// Unpool returns what [Pool] made of one of n versions: its own terms, of which own tells,
// and those that all share. It is that version's vector but for rounding, with the
// means of what they share.
func Unpool(v Vector, n int, own, shared func(term uint32) bool) Vector {
	if n == 1 {
		return v
	}
	root := math.Sqrt(float64(n))
	var part Vector
	for _, i := range v {
		switch {
		case shared(i.Term):
			part = append(part, i)
		case own(i.Term):
			part = append(part, Impact{i.Term, uint16(min(math.Floor(float64(float64(i.Impact)*root)+0.5), math.MaxUint16))})
		}
	}
	return part
}
