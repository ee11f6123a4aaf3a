package coverage

import (
	"cmp"
	"slices"
	"strings"

	"akin/recommend"
)

// spellings finds topics whose slugs differ in case, accents, signs, spaces or the
// word for "and" only, or are transcribed, which readers take for one. The one that most items name is to
// stay; where several are as common it is the one that somebody described, then
// the first bytewise.
func (c *corpus) spellings() {
	groups := map[string][]int{}
	for t := range c.topics {
		if c.s.Merged[c.topics[t].Slug] != "" {
			continue // an editor saw to it
		}
		label := recommend.LikeLabel(c.topics[t].Slug)
		groups[label] = append(groups[label], t)
	}
	for t := range c.topics {
		label, other := recommend.LikeLabel(c.topics[t].Slug), recommend.TranscribedLabel(c.topics[t].Slug)
		if label != other && len(groups[label]) > 0 && len(groups[other]) > 0 {
			groups[label] = append(groups[label], groups[other]...)
			delete(groups, other)
		}
	}
	items := make([]int, len(c.topics))
	for _, own := range c.own {
		for _, t := range own {
			items[t]++
		}
	}
	for t := range c.topics {
		label := recommend.LikeLabel(c.topics[t].Slug)
		same := groups[label]
		delete(groups, label) // told once
		if len(same) < 2 {
			continue
		}
		described := func(t int) int {
			if c.topics[t].Title != c.topics[t].Slug || c.topics[t].Introduction != "" {
				return 1
			}
			return 0
		}
		slices.Sort(same)
		slices.SortStableFunc(same, func(a, b int) int {
			return cmp.Or(cmp.Compare(items[b], items[a]), cmp.Compare(described(b), described(a)))
		})
		var others, counts []string
		for i, t := range same {
			counts = append(counts, "“"+c.topics[t].Slug+"” ("+number(items[t])+")")
			if i > 0 {
				others = append(others, c.topics[t].Slug)
			}
		}
		c.find(Finding{Kind: SameTopic, Topic: c.topics[same[0]].Slug, Other: strings.Join(others, ", ")},
			strings.Join(counts, ", "))
	}
}
