package coverage

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"
	"unicode"

	"akin/recommend/engine"
)

const (
	circle       = 8    // nearest works that are an item's circle
	circleCos    = 0.15 // likeness of texts that counts in it, at least
	circleShared = 3    // works that two circles have in common to be linked
	gathered     = 0.4  // share of a circle with one topic from which that topic gathers it
	subjectWorks = 5    // a subject has at least
	subjectMost  = 50   // subjects that are told, the largest

	risingWorks  = 5    // of the window that have a term, at least
	risingTimes  = 2    // as many as expected, at least
	risingPast   = 0.05 // share of the works before that had it, at most
	risingChance = 0.01 // of any of the terms that are looked at, if none rose
	risingMost   = 30   // terms that are told, the surest
)

// subjects finds works that belong together and that no topic gathers. The
// circle of an item is the eight works whose texts are most like its own. Where no
// topic is carried by two fifths of the circle, the item is ungathered; ungathered
// items that stand in each other's circles, and have three works of these in
// common, are one subject if they are five works at least and no topic gathers them together.
func (c *corpus) subjects() {
	r := c.reading
	n := len(c.s.Items)
	circles := make([][]int32, n)
	parallel(n, func(i int) {
		if !c.visible[i] {
			return
		}
		var circle8 []int32
		for _, a := range r.near[i] {
			if a.cos < circleCos || len(circle8) == circle {
				break
			}
			circle8 = append(circle8, a.item)
		}
		if len(circle8) < subjectWorks-1 {
			return
		}
		if _, share := c.most(append(slices.Clone(circle8), int32(i))); share < gathered {
			circles[i] = circle8
		}
	})
	root := make([]int, n)
	for i := range root {
		root[i] = i
	}
	find := func(i int) int {
		for root[i] != i {
			root[i] = root[root[i]]
			i = root[i]
		}
		return i
	}
	degree := make([]int, n)
	for i, circle := range circles {
		for _, j := range circle {
			if slices.Contains(circles[j], int32(i)) && overlap(circle, circles[j]) >= circleShared {
				degree[i]++
				if a, b := find(i), find(int(j)); a != b {
					root[max(a, b)] = min(a, b)
				}
			}
		}
	}
	members := map[int][]int32{}
	for i := range n {
		if circles[i] != nil {
			members[find(i)] = append(members[find(i)], int32(i))
		}
	}
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
		slices.SortStableFunc(is, func(a, b int32) int { return cmp.Compare(degree[b], degree[a]) })
		found = append(found, subject{is, len(works), topic, share})
	}
	slices.SortFunc(found, func(a, b subject) int {
		return cmp.Or(cmp.Compare(b.works, a.works), cmp.Compare(a.items[0], b.items[0]))
	})
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

// A window is a time to look for rising terms in.
type window struct {
	name      string
	from      time.Time
	now, past int // works in it, and in the five years before
}

// rising finds terms that more works have than before. Windows are the year
// and the quarter to the day of the site's latest work; each is compared with
// the five years before it. A term rises when five works of the window have it
// at least, twice as many as the years before let expect, and the chance of as
// many (a Poisson distribution) is below 1 in 100 divided by the number of
// terms looked at (Bonferroni).
func (c *corpus) rising() {
	if c.last.IsZero() {
		return
	}
	end := c.last.Add(1)
	windows := []window{{name: "year", from: c.last.AddDate(-1, 0, 0)}, {name: "quarter", from: c.last.AddDate(0, -3, 0)}}
	type tally struct{ now, past [2]int }
	counts := make([]tally, len(c.s.Terms))
	for i := range c.s.Items {
		d := c.dates[i]
		if d.IsZero() || !d.Before(end) || !c.visible[i] {
			continue
		}
		for w := range windows {
			win := &windows[w]
			now, past := !d.Before(win.from), d.Before(win.from) && !d.Before(win.from.AddDate(-paceYears, 0, 0))
			switch {
			case now:
				win.now++
			case past:
				win.past++
			}
			for _, im := range c.s.Items[i].Vector {
				switch {
				case now:
					counts[im.Term].now[w]++
				case past:
					counts[im.Term].past[w]++
				}
			}
		}
	}
	var risen []riser
	tested := 0
	for t := range counts {
		if !telling(&c.s.Terms[t]) {
			continue
		}
		best := riser{chance: math.Inf(1)}
		for w, win := range windows {
			n, before := counts[t].now[w], counts[t].past[w]
			if n < risingWorks || win.past < 4*risingWorks {
				continue
			}
			tested++
			// One work more, so that a term never seen has a rate too.
			mean := float64(win.now) * float64(before+1) / float64(win.past+1)
			r := riser{uint32(t), win, n, before, atLeast(n, mean)}
			if float64(before) <= risingPast*float64(win.past) && float64(n) >= risingTimes*mean && r.chance < best.chance {
				best = r
			}
		}
		if best.now > 0 {
			risen = append(risen, best)
		}
	}
	risen = slices.DeleteFunc(risen, func(r riser) bool { return r.chance >= risingChance/float64(tested) })
	slices.SortFunc(risen, func(a, b riser) int {
		return cmp.Or(cmp.Compare(a.chance, b.chance), cmp.Compare(b.now, a.now), cmp.Compare(a.term, b.term))
	})
	var told []string
	for _, r := range risen {
		word := c.s.Terms[r.term].Word
		if slices.ContainsFunc(told, func(n string) bool { return overlaps(n, word) }) {
			continue
		}
		c.find(Finding{Kind: RisingTerm, Other: word, Confidence: min(0.99, 1-r.chance)},
			r.window.name, date(c.last), number(r.now), number(r.window.now), number(r.before), number(r.window.past))
		if told = append(told, word); len(told) == risingMost {
			break
		}
	}
}

// A riser is a term that rose.
type riser struct {
	term        uint32
	window      window
	now, before int
	chance      float64
}

// telling reports whether a term can be a subject: it is none of a topic, and
// has a word of three letters or a name.
func telling(t *engine.SurveyedTerm) bool {
	letters := 0
	for _, r := range t.Word {
		if unicode.IsLetter(r) {
			letters++
		}
	}
	return t.Kind != engine.TermTopic && letters >= 3
}
