package coverage

import (
	"cmp"
	"maps"
	"math"
	"slices"

	"akin/recommend"
)

// surprising is how many clicks must have been expected before none is a
// finding: chance alone leaves out as many in one case of 150 (e^-5).
const surprising = 5

// A Clicks is what readers saw of related lists and what they followed, in the
// last four weeks and today.
type Clicks struct {
	From        string       `json:"from"` // first and last day that something was counted on, UTC
	To          string       `json:"to"`
	Impressions int          `json:"impressions"`
	Clicks      int          `json:"clicks"`
	Places      []PlaceClick `json:"places"` // where entries were seen, by tier as in an answer, then position
	Days        []DayClick   `json:"days"`   // on which something was counted
}

// A PlaceClick is how often entries at a place came into view and were followed.
type PlaceClick struct {
	Tier        recommend.Tier `json:"tier"`
	Position    int            `json:"position"` // from 1
	Impressions int            `json:"impressions"`
	Clicks      int            `json:"clicks"`
}

// A DayClick is how often entries came into view and were followed on a day.
type DayClick struct {
	Day         string `json:"day"` // "2024-03-26", UTC
	Impressions int    `json:"impressions"`
	Clicks      int    `json:"clicks"`
}

// clicks adds up what was counted, and finds places and items that readers often
// saw and never followed.
//
// An item is found if it was never followed anywhere, though at least five clicks
// were to be expected: the sum over its places of how often it was seen there
// times the share of all entries seen at that place that were followed. A place
// is found in the same way, by the share over all places. The confidence is
// 1 - e^-expected, the chance that something as good as the rest would have been
// followed at least once.
func (c *corpus) clicks() {
	if c.s.Attention == nil || len(c.s.Attention.Days) == 0 {
		return
	}
	days := c.s.Attention.Days
	all := &Clicks{From: days[0].Day, To: days[len(days)-1].Day}
	c.report.Clicks = all
	type place struct {
		tier     recommend.Tier
		position int
	}
	at := map[place]*PlaceClick{}
	for _, d := range days {
		all.Impressions += d.Seen
		all.Clicks += d.Followed
		if n := len(all.Days); n == 0 || all.Days[n-1].Day != d.Day {
			all.Days = append(all.Days, DayClick{Day: d.Day})
		}
		today := &all.Days[len(all.Days)-1]
		today.Impressions += d.Seen
		today.Clicks += d.Followed
		p := at[place{d.Tier, d.Position}]
		if p == nil {
			p = &PlaceClick{Tier: d.Tier, Position: d.Position}
			at[place{d.Tier, d.Position}] = p
		}
		p.Impressions += d.Seen
		p.Clicks += d.Followed
	}
	tier := func(t recommend.Tier) int { return slices.Index(recommend.Tiers(), t) }
	places := slices.SortedFunc(maps.Values(at), func(a, b *PlaceClick) int {
		return cmp.Or(cmp.Compare(tier(a.Tier), tier(b.Tier)), cmp.Compare(a.Position, b.Position))
	})
	for _, p := range places {
		all.Places = append(all.Places, *p)
	}

	mean := clickRate(all.Clicks, all.Impressions)
	for _, p := range all.Places {
		if expected := float64(p.Impressions) * mean; p.Clicks == 0 && expected >= surprising {
			c.find(Finding{Kind: NeverClickedPosition, Other: string(p.Tier) + " " + number(p.Position), Confidence: atLeastOnce(expected)},
				string(p.Tier), number(p.Position), number(p.Impressions), all.From, decimal(expected))
		}
	}

	orders := map[uint32]int{}
	for i := range c.s.Items {
		orders[c.s.Items[i].Order] = i
	}
	seen, followed, expected := make([]int, len(c.s.Items)), make([]int, len(c.s.Items)), make([]float64, len(c.s.Items))
	for _, n := range c.s.Attention.Items {
		i, ok := orders[n.Order]
		if !ok {
			continue // withdrawn since
		}
		seen[i] += n.Seen
		followed[i] += n.Followed
		if p := at[place{n.Tier, n.Position}]; p != nil {
			expected[i] += float64(n.Seen) * clickRate(p.Clicks, p.Impressions)
		}
	}
	for i := range c.s.Items {
		if followed[i] == 0 && expected[i] >= surprising {
			c.find(Finding{Kind: NeverClicked, Item: c.s.Items[i].ID, Confidence: atLeastOnce(expected[i])},
				number(seen[i]), all.From, decimal(expected[i]))
		}
	}
}

// clickRate returns clicks per impression; a click whose impression was lost counts
// as one of each.
func clickRate(clicks, impressions int) float64 {
	if clicks == 0 {
		return 0
	}
	return float64(clicks) / float64(max(clicks, impressions))
}

// atLeastOnce returns 1 - e^-mean, the chance of at least one event where as many
// are expected (Poisson), rounded down to stay below 1: nobody can be certain.
func atLeastOnce(mean float64) float64 {
	return math.Min(0.99, -math.Expm1(-mean))
}
