package coverage

import (
	"cmp"
	"slices"
	"strings"

	"akin/recommend"
)

// A pairing is a pair of items that say nearly the same.
type pairing struct {
	later, earlier int
	score          recommend.Millionths
	terms          int // that they share
}

// A series is items that say nearly the same under titles that differ by a number
// or a date only, as the issues of a newsletter do, or three or more whose titles
// differ by the same word, as "Guide to Cork", "Guide to Porto", "Guide to Riga".
// They are meant so, and told together. What else says nearly the same is told by pairs, or, where more than
// two items do, by groups: those that a chain of pairs joins, where a series
// counts as one.
func (c *corpus) alike(pairs []pairing) {
	shape := c.shape
	series := newSets(len(c.s.Items))
	for _, p := range pairs {
		a, b := c.s.Items[p.later].Title, c.s.Items[p.earlier].Title
		if a != b && strings.Contains(shape(p.later), "#") && shape(p.later) == shape(p.earlier) {
			series.join(p.later, p.earlier)
		}
	}
	frames := map[string][]int{} // items by what their titles have in common beside one word
	for _, p := range pairs {
		if f := frame(shape(p.later), shape(p.earlier)); f != "" {
			frames[f] = append(frames[f], p.later, p.earlier)
		}
	}
	for _, members := range frames {
		titles := map[string]bool{}
		for _, i := range members {
			titles[shape(i)] = true
		}
		if len(titles) < 3 {
			continue // two may be one work under two headlines
		}
		for _, i := range members {
			series.join(members[0], i)
		}
	}
	groups := newSets(len(c.s.Items))
	var others []pairing
	met := map[[2]int]bool{}
	for _, p := range pairs {
		a, b := series.of(p.later), series.of(p.earlier)
		if a == b {
			continue
		}
		groups.join(a, b)
		if key := [2]int{min(a, b), max(a, b)}; !met[key] {
			met[key] = true
			others = append(others, p)
		}
	}
	for _, members := range series.all() {
		c.byDate(members)
		first, last := members[0], members[len(members)-1]
		c.find(Finding{Kind: Series, Item: c.s.Items[last].ID, Other: c.s.Items[first].ID},
			number(len(members)), c.title(first), c.title(last))
	}
	size, best := map[int]int{}, map[int]pairing{}
	for _, members := range groups.all() {
		size[groups.of(members[0])] = len(members)
	}
	for _, p := range others {
		g := groups.of(series.of(p.later))
		if old, ok := best[g]; !ok || p.score > old.score {
			best[g] = p
		}
	}
	for _, p := range others {
		g := groups.of(series.of(p.later))
		if best[g] != p {
			continue
		}
		later, earlier := &c.s.Items[p.later], &c.s.Items[p.earlier]
		f := Finding{Kind: NearDuplicate, Item: later.ID, Other: earlier.ID, Confidence: min(1, float64(p.score)/1e6)}
		facts := []string{p.score.String(), number(p.terms), cmp.Or(earlier.Title, earlier.ID)}
		if size[g] > 2 {
			facts = append(facts, number(size[g]))
		}
		c.find(f, facts...)
	}
}

// frame returns what two shapes of titles have in common if they differ in one word
// only, with "*" in its place; "" otherwise, and where they have nothing else.
func frame(a, b string) string {
	v, w := strings.Fields(a), strings.Fields(b)
	at := -1
	for i := range v {
		if len(v) != len(w) || v[i] != w[i] && at >= 0 {
			return ""
		}
		if v[i] != w[i] {
			at = i
		}
	}
	if at < 0 {
		return ""
	}
	v[at] = "*"
	if !slices.ContainsFunc(v, func(word string) bool { return word != "*" && word != "#" }) {
		return ""
	}
	return strings.Join(v, " ")
}

// byDate puts items in the order of their dates, those known earlier first where
// there is none.
func (c *corpus) byDate(is []int) {
	slices.SortFunc(is, func(a, b int) int {
		return cmp.Or(c.dates[a].Compare(c.dates[b]), cmp.Compare(c.s.Items[a].Order, c.s.Items[b].Order))
	})
}

// sets are disjoint sets of numbers, each of one number at first.
type sets []int32

func newSets(n int) sets {
	s := make(sets, n)
	for i := range s {
		s[i] = int32(i)
	}
	return s
}

// of returns the number that stands for the set of i: its least.
func (s sets) of(i int) int {
	for int(s[i]) != i {
		s[i] = s[s[i]]
		i = int(s[i])
	}
	return i
}

func (s sets) join(a, b int) {
	a, b = s.of(a), s.of(b)
	s[max(a, b)] = int32(min(a, b))
}

// all returns the sets of more than one number, each ascending, by the number that
// stands for them.
func (s sets) all() [][]int {
	members := map[int][]int{}
	var order []int
	for i := range s {
		g := s.of(i)
		if g != i && members[g] == nil {
			members[g] = []int{g}
			order = append(order, g)
		}
		if g != i {
			members[g] = append(members[g], i)
		}
	}
	slices.Sort(order)
	all := make([][]int, len(order))
	for i, g := range order {
		all[i] = members[g]
	}
	return all
}
