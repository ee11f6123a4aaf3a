package engine

import (
	"cmp"
	"slices"
	"strings"

	"akin/recommend"
	"akin/recommend/text"
)

// A run is a reason in the making: how readers spell it, and its part of the score
// as a product of impacts.
type run struct {
	word    string
	product uint32
}

// Words of runs that are not terms; no spelling is a sign alone.
const (
	byAuthor   = "@"
	nearInTime = "~"
)

// reason returns the reason that is made of r and gives part of the score.
func (r run) reason(part recommend.Millionths) recommend.Reason {
	switch r.word {
	case byAuthor:
		return recommend.Reason{Term: recommend.KindAuthor.Describe(), Kind: recommend.KindAuthor, Part: part}
	case nearInTime:
		return recommend.Reason{Term: recommend.KindTime.Describe(), Kind: recommend.KindTime, Part: part}
	}
	return recommend.Reason{Term: r.word, Part: part}
}

// joined returns runs with those that overlap, in scripts without spaces between
// words, as the longer runs of characters that they are pairs of; their parts are added.
// A pair goes on where one alone begins with the character that it ends with and it
// alone ends so; where several do, nothing tells which of them stand in a row.
func joined(runs []run) []run {
	// next[i] is the only one that goes on from i, and prev counts those before.
	const none, many = -1, -2
	next, prev := make([]int, len(runs)), make([]int, len(runs))
	for i := range runs {
		next[i], prev[i] = none, none
	}
	for i := range runs {
		for j := range runs {
			if i == j {
				continue
			}
			if _, ok := text.Overlap(runs[i].word, runs[j].word); !ok {
				continue
			}
			next[i] = one(next[i], j)
			prev[j] = one(prev[j], i)
		}
	}
	joins := func(i int) bool { return next[i] >= 0 && prev[next[i]] == i }
	var out []run
	done := make([]bool, len(runs))
	follow := func(i int) {
		r := runs[i]
		done[i] = true
		for joins(i) && !done[next[i]] {
			i = next[i]
			done[i] = true
			r.word, _ = text.Overlap(r.word, runs[i].word)
			r.product += runs[i].product
		}
		out = append(out, r)
	}
	for i := range runs { // from those that go on from no other
		if prev[i] < 0 || !joins(prev[i]) {
			follow(i)
		}
	}
	for i := range runs { // and round in a ring
		if !done[i] {
			follow(i)
		}
	}
	return absorbed(out)
}

// one returns j where none was before, -2 where there are several.
func one(before, j int) int {
	if before == -1 {
		return j
	}
	return -2
}

// absorbed returns runs without those that are part of a longer one, to which
// theirs are added.
func absorbed(runs []run) []run {
	slices.SortFunc(runs, func(a, b run) int {
		return cmp.Or(cmp.Compare(len(b.word), len(a.word)), strings.Compare(a.word, b.word))
	})
	var kept []run
	for _, r := range runs {
		at := -1
		if text.Unspaced(r.word) {
			at = slices.IndexFunc(kept, func(k run) bool { return strings.Contains(k.word, r.word) })
		}
		if at < 0 {
			kept = append(kept, r)
		} else {
			kept[at].product += r.product
		}
	}
	return kept
}
