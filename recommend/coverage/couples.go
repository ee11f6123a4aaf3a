package coverage

import (
	"cmp"
	"slices"
)

const (
	smallBucket = 64 // items; every two of them are looked at
	nearInTime  = 32 // works of an author after a work, in a larger bucket, that are looked at
	sharedImage = 20 // items with an image; one that more have says nothing, as a logo does
)

// couples calls f with the places of every two items of a bucket that may be
// language versions of one work, each two once. In a large bucket those are two that share a rare name or
// number, or an image that few have, or, where authors are known, stand near each other by date: so
// the time follows the number of items, not its square.
func (c *corpus) couples(is []int, rare [][]uint32, v *spoken, f func(i, j int)) {
	if len(is) <= smallBucket {
		for at, i := range is {
			for _, j := range is[at+1:] {
				if v.may(i, j) {
					f(i, j)
				}
			}
		}
		return
	}
	met := map[[2]int]bool{}
	offer := func(i, j int) {
		if key := [2]int{min(i, j), max(i, j)}; v.may(i, j) && !met[key] {
			met[key] = true
			f(i, j)
		}
	}
	every := func(of []int) {
		for at, i := range of {
			for _, j := range of[at+1:] {
				offer(i, j)
			}
		}
	}
	byTerm, byImage := map[uint32][]int{}, map[string][]int{}
	for _, i := range is {
		for _, t := range rare[i] {
			byTerm[t] = append(byTerm[t], i)
		}
		if image := c.s.Items[i].Image; image != nil && image.URL != "" {
			byImage[image.URL] = append(byImage[image.URL], i)
		}
	}
	for _, of := range byTerm {
		every(of) // rareTerm items at most
	}
	for _, of := range byImage {
		if len(of) <= sharedImage {
			every(of)
		}
	}
	if len(c.s.Items[is[0]].Authors) > 0 { // those of all the bucket
		byDate := slices.Clone(is)
		slices.SortFunc(byDate, func(a, b int) int { return cmp.Or(c.dates[a].Compare(c.dates[b]), cmp.Compare(a, b)) })
		for at, i := range byDate {
			for _, j := range byDate[at+1 : min(len(byDate), at+1+nearInTime)] {
				offer(i, j)
			}
		}
	}
}

// A spoken knows which languages each work has.
type spoken struct {
	work, lang []int32 // by item
	has        map[uint64]bool
}

func (c *corpus) spoken() *spoken {
	v := &spoken{has: map[uint64]bool{}}
	works, langs := map[string]int32{}, map[string]int32{}
	number := func(m map[string]int32, s string) int32 {
		n, ok := m[s]
		if !ok {
			n = int32(len(m))
			m[s] = n
		}
		return n
	}
	for i := range c.s.Items {
		w, l := number(works, c.groups[i]), number(langs, c.s.Items[i].Lang)
		v.work, v.lang = append(v.work, w), append(v.lang, l)
		v.has[uint64(w)<<32|uint64(l)] = true
	}
	return v
}

// may reports whether two items are of two languages and neither work has a version in
// the other's.
func (v *spoken) may(i, j int) bool {
	return v.lang[i] != v.lang[j] && !v.has[uint64(v.work[i])<<32|uint64(v.lang[j])] && !v.has[uint64(v.work[j])<<32|uint64(v.lang[i])]
}
