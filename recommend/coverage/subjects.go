package coverage

import (
	"cmp"
	"slices"
	"strings"

	"akin/recommend/engine"
	"akin/recommend/parallel"
)

const (
	circle       = 8    // nearest works that are an item's circle
	circleCos    = 0.15 // likeness of texts that counts in it, at least
	circleShared = 3    // works that two circles have in common to be linked
	gathered     = 0.4  // share of a circle with one topic from which that topic gathers it
	subjectWorks = 5    // a subject has at least
	subjectMost  = 50   // subjects that are told, the largest
)

// subjects finds works that belong together and that no topic gathers. The
// circle of an item is the eight works whose texts are most like its own. Where no
// topic is carried by two fifths of the circle, the item is ungathered; ungathered
// items that stand in each other's circles, and have three works of these in
// common, are one subject if they are five works at least and no topic gathers them together.
func (c *corpus) subjects() {
	members, links := linked(c.circles())
	found := c.ungathered(members, links)
	df := c.frequencies()
	for _, s := range found[:min(len(found), subjectMost)] {
		topic := "-"
		if s.topic >= 0 {
			topic = c.topics[s.topic].Slug
		}
		c.find(Finding{
			Kind: UncoveredSubject, Item: c.s.Items[s.items[0]].ID, Other: strings.Join(c.name(s.items, df), ", "),
			Confidence: 1 - s.share,
		}, number(s.works), c.titles(s.items[:min(3, len(s.items))]), topic, percent(s.share))
	}
}

// circles returns the circle of each item that is ungathered, nil of the others.
func (c *corpus) circles() [][]int32 {
	circles := make([][]int32, len(c.s.Items))
	parallel.Each(len(circles), func(i int) {
		if !c.visible[i] {
			return
		}
		var is []int32
		for _, a := range c.likeness.near[i] {
			if a.cos < circleCos || len(is) == circle {
				break
			}
			is = append(is, a.item)
		}
		if len(is) < subjectWorks-1 {
			return
		}
		if _, share := c.most(append(slices.Clone(is), int32(i))); share < gathered {
			circles[i] = is
		}
	})
	return circles
}

// linked returns the items with a circle, those together that links join, by the
// first of them, and how many links each item has: two items are linked if they
// stand in each other's circles and these have enough in common.
func linked(circles [][]int32) (members map[int][]int32, links []int) {
	f := newForest(len(circles))
	links = make([]int, len(circles))
	for i, circle := range circles {
		for _, j := range circle {
			if slices.Contains(circles[j], int32(i)) && overlap(circle, circles[j]) >= circleShared {
				links[i]++
				f.join(i, int(j))
			}
		}
	}
	members = map[int][]int32{}
	for i := range circles {
		if circles[i] != nil {
			members[f.root(i)] = append(members[f.root(i)], int32(i))
		}
	}
	return members, links
}

// A forest tells which numbers were joined, in one step or several: each points
// to another one of its tree, and the least, the root, to itself (union-find,
// with paths halved).
type forest []int

func newForest(n int) forest {
	f := make(forest, n)
	for i := range f {
		f[i] = i
	}
	return f
}

func (f forest) root(i int) int {
	for f[i] != i {
		f[i] = f[f[i]]
		i = f[i]
	}
	return i
}

func (f forest) join(a, b int) {
	a, b = f.root(a), f.root(b)
	f[max(a, b)] = min(a, b)
}

// ungathered returns the subjects among linked items: those of enough works
// that no topic gathers, the largest first.
func (c *corpus) ungathered(members map[int][]int32, links []int) []subject {
	var found []subject
	for _, is := range members {
		works := map[string]bool{}
		for _, i := range is {
			works[c.groups[i]] = true
		}
		topic, share := c.most(is)
		if len(works) < subjectWorks || share >= gathered {
			continue
		}
		slices.SortStableFunc(is, func(a, b int32) int { return cmp.Compare(links[b], links[a]) })
		found = append(found, subject{is, len(works), topic, share})
	}
	slices.SortFunc(found, func(a, b subject) int {
		return cmp.Or(cmp.Compare(b.works, a.works), cmp.Compare(a.items[0], b.items[0]))
	})
	return found
}

type subject struct {
	items []int32 // the best connected first
	works int
	topic int32 // that most of them carry; -1: none
	share float64
}

// overlap returns how many items two circles have in common.
func overlap(a, b []int32) int {
	n := 0
	for _, i := range a {
		if slices.Contains(b, i) {
			n++
		}
	}
	return n
}

// most returns the topic that most of the items carry, and their share; -1 if
// none carries any.
func (c *corpus) most(is []int32) (topic int32, share float64) {
	counts := map[int32]int{}
	for _, i := range is {
		for _, t := range c.carried[i] {
			counts[t]++
		}
	}
	topic, best := -1, 0
	for t, n := range counts {
		if n > best || n == best && t < topic {
			topic, best = t, n
		}
	}
	return topic, float64(best) / float64(len(is))
}

// frequencies returns how many items have each term.
func (c *corpus) frequencies() []int {
	df := make([]int, len(c.s.Terms))
	for i := range c.s.Items {
		for _, im := range c.s.Items[i].Vector {
			df[im.Term]++
		}
	}
	return df
}

// name returns the three terms that tell items from all others: those with the
// greatest sum of impacts, times the share of the items with the term that are
// among them. The words of a pair do not come again.
func (c *corpus) name(is []int32, df []int) []string {
	type weighed struct {
		term  uint32
		score float64
	}
	sums, counts := map[uint32]float64{}, map[uint32]int{}
	for _, i := range is {
		for _, im := range c.s.Items[i].Vector {
			if c.s.Terms[im.Term].Kind != engine.TermTopic {
				sums[im.Term] += float64(im.Impact)
				counts[im.Term]++
			}
		}
	}
	var terms []weighed
	for t, sum := range sums {
		if counts[t] >= 2 {
			terms = append(terms, weighed{t, sum * float64(counts[t]) / float64(df[t])})
		}
	}
	slices.SortFunc(terms, func(a, b weighed) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.term, b.term))
	})
	var names []string
	for _, t := range terms {
		word := c.s.Terms[t.term].Word
		if slices.ContainsFunc(names, func(n string) bool { return overlaps(n, word) }) {
			continue
		}
		if names = append(names, word); len(names) == 3 {
			break
		}
	}
	return names
}

// overlaps reports whether two terms have a word in common, by its beginning.
func overlaps(a, b string) bool {
	for _, x := range strings.Fields(strings.ToLower(a)) {
		for _, y := range strings.Fields(strings.ToLower(b)) {
			if n := min(len(x), len(y), 6); x[:n] == y[:n] {
				return true
			}
		}
	}
	return false
}
