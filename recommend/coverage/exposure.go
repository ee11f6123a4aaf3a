package coverage

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"akin/recommend/engine"
	"akin/recommend/parallel"
)

const (
	// shownEntries is how much of a list readers see, unless they ask for more.
	shownEntries = 6

	overPlaces = 20 // an item in fewer lists is not over-exposed
	overTimes  = 6  // times the mean number of lists that an item stands in

	mostShown = 50 // items that the pages list as the most shown
)

// shown returns the similar entries of an item's list that readers see: the
// first six works that score enough, that readers may see, that no editor keeps from
// it, and that are not copies of one before, which stands for them. It returns
// the copies too.
func (c *corpus) shown(i int, rules *decisions) (entries, copies []engine.Near) {
	g := c.groups[i]
	if rules.noSimilar[g] {
		return nil, nil
	}
	for _, e := range c.s.Items[i].Near {
		if e.Score < c.s.MinScore || len(entries) == shownEntries {
			break
		}
		other := c.groups[e.Item]
		if !c.visible[e.Item] || other == g || rules.excluded[other] || rules.blocked[[2]string{g, other}] {
			continue
		}
		it := &c.s.Items[e.Item].Item
		switch {
		case engine.IsPage(&c.s.Items[i].Item, it, e.Cosine):
		case slices.ContainsFunc(entries, func(n engine.Near) bool { return c.groups[n.Item] == other }):
		case slices.ContainsFunc(entries, func(n engine.Near) bool {
			return engine.Copies(&c.s.Items[n.Item].Item, it, n.Cosine, e.Cosine)
		}):
			copies = append(copies, e)
		default:
			entries = append(entries, e)
		}
	}
	return entries, copies
}

// A decisions is what editors decided and what holds now.
type decisions struct {
	noSimilar, excluded map[string]bool
	blocked             map[[2]string]bool
	pinned              map[string]bool // works that are pinned somewhere
	pins                map[string]bool // works that have pins
}

func (c *corpus) decided() *decisions {
	d := &decisions{
		noSimilar: map[string]bool{}, excluded: map[string]bool{}, blocked: map[[2]string]bool{},
		pinned: map[string]bool{}, pins: map[string]bool{},
	}
	for i := range c.s.Curations {
		cur := &c.s.Curations[i]
		d.noSimilar[cur.ID] = cur.NoSimilar != nil && !cur.NoSimilar.Expired(c.now)
		d.excluded[cur.ID] = cur.Exclude != nil && !cur.Exclude.Expired(c.now)
		for _, b := range cur.Blocks {
			if !b.Expired(c.now) {
				d.blocked[[2]string{cur.ID, b.ID}] = true
			}
		}
		for _, p := range cur.Pins {
			if at, ok := c.places[p.ID]; ok && !p.Expired(c.now) {
				d.pinned[c.groups[at]], d.pins[cur.ID] = true, true
			}
		}
	}
	return d
}

// exposure counts in how many lists each item stands where readers see it, and
// finds the items that stand in none, those that stand in far more than
// others, and those whose own list is empty.
//
// An item that editors exclude, or that they leave without similar entries, is
// so by their will and is not reported. A work is recommended if any of its
// language versions is.
func (c *corpus) exposure() {
	rules := c.decided()
	places := make([]int, len(c.s.Items))
	lists, copies := make([][]engine.Near, len(c.s.Items)), make([][]engine.Near, len(c.s.Items))
	parallel.Each(len(lists), func(i int) {
		if c.visible[i] {
			lists[i], copies[i] = c.shown(i, rules)
		}
	})
	recommended := map[string]bool{}
	total, filled := 0, 0
	for i, entries := range lists {
		total += len(entries)
		if len(entries) > 0 {
			filled++
		}
		for _, e := range entries {
			places[e.Item]++
			recommended[c.groups[e.Item]] = true
		}
		for _, e := range copies[i] {
			recommended[c.groups[e.Item]] = true // by what stands for it
		}
		if c.visible[i] && len(entries) == 0 {
			c.empty(i, rules)
		}
	}
	var counts []int
	for i, n := range places {
		if c.visible[i] {
			counts = append(counts, n)
		}
	}
	mean := float64(total) / float64(max(len(counts), 1))
	for i, n := range places {
		g := c.groups[i]
		switch {
		case !c.visible[i]:
		case !recommended[g] && !rules.pinned[g] && !rules.excluded[g]:
			c.find(Finding{Kind: NeverRecommended, Item: c.s.Items[i].ID}, number(filled), c.bestRank(i), strings.Join(c.nextTo(i), " "))
		case n >= overPlaces && float64(n) >= overTimes*mean:
			c.find(Finding{Kind: OverExposed, Item: c.s.Items[i].ID},
				number(n), decimal(float64(n)/mean), percentFine(float64(n)/float64(total)))
		}
	}
	c.chart(places)
	slices.Sort(counts)
	x := &c.report.Exposure
	x.Gini, x.Top1 = fourDecimals(gini(counts)), fourDecimals(topShare(counts, 0.01))
	c.report.Charts.Curve = curve(counts)
}

// empty reports an item whose list has no similar entry, nor a pin.
func (c *corpus) empty(i int, rules *decisions) {
	g := c.groups[i]
	if rules.noSimilar[g] || rules.pins[g] {
		return
	}
	it := &c.s.Items[i]
	best := "-"
	if len(it.Near) > 0 {
		best = it.Near[0].Score.String()
	}
	c.find(Finding{Kind: EmptyList, Item: it.ID}, best, c.s.MinScore.String(), number(len(it.Vector)))
}

// bestRank returns the least place that an item has in the list of any of its
// own neighbours, from 1, or "-" if none of them names it.
func (c *corpus) bestRank(i int) string {
	best := 0
	for _, e := range c.s.Items[i].Near {
		near := c.s.Items[e.Item].Near
		at := slices.IndexFunc(near, func(n engine.Near) bool { return int(n.Item) == i }) + 1
		if at > 0 && (best == 0 || at < best) {
			best = at
		}
	}
	if best == 0 {
		return "-"
	}
	return number(best)
}

// chart keeps the items that stand in most lists.
func (c *corpus) chart(places []int) {
	order := make([]int, len(places))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Or(cmp.Compare(places[b], places[a]), cmp.Compare(a, b)) })
	for _, i := range order[:min(mostShown, len(order))] {
		if places[i] > 0 {
			c.report.Charts.Shown = append(c.report.Charts.Shown, Shown{c.s.Items[i].ID, places[i]})
		}
	}
}

// gini returns the Gini coefficient of ascending counts x1 to xn,
//
//	2 (1 x1 + 2 x2 + ... + n xn) / (n (x1 + ... + xn)) - (n+1)/n
//
// (Sen 1973, "On Economic Inequality"): 0 if all are equal, 1 - 1/n if one has
// everything, and 0 if there is nothing to have.
func gini(counts []int) float64 {
	n, sum, ranked := float64(len(counts)), 0.0, 0.0
	for i, x := range counts {
		sum += float64(x)
		ranked += float64(i+1) * float64(x)
	}
	if sum == 0 {
		return 0
	}
	return 2*ranked/(n*sum) - (n+1)/n
}

// topShare returns the share of the sum of ascending counts that the largest
// of them have, the given part of their number, rounded up.
func topShare(counts []int, part float64) float64 {
	sum, top := 0, 0
	from := len(counts) - int(math.Ceil(part*float64(len(counts))))
	for i, x := range counts {
		sum += x
		if i >= from {
			top += x
		}
	}
	if sum == 0 {
		return 0
	}
	return float64(top) / float64(sum)
}

// curve returns the Lorenz curve of ascending counts at 0, 1, ... 100
// hundredths of their number.
func curve(counts []int) []float64 {
	points := make([]float64, 101)
	sums := make([]int, len(counts)+1)
	for i, x := range counts {
		sums[i+1] = sums[i] + x
	}
	all := sums[len(counts)]
	for i := range points {
		if all > 0 {
			points[i] = fourDecimals(float64(sums[i*len(counts)/100]) / float64(all))
		}
	}
	return points
}

func fourDecimals(x float64) float64 { return math.Round(x*1e4) / 1e4 }

func percentFine(x float64) string { return fmt.Sprintf("%.2f %%", 100*x) }
