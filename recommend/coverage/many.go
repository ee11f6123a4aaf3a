package coverage

import (
	"slices"
	"strconv"
)

const (
	manyFindings = 200  // of a kind; so many can be worked through
	manyTopics   = 1000 // findings of a kind about topics, which say one thing, whatever the share
)

// many puts one finding in the place of those of a kind where most of the site has
// it: over 200, of over half of the items or topics. A list of them would
// hide what else there is, and the one says what is the matter: tags that nobody
// tends, an import that lost a field. They stay in Each, as the list behind the one.
func (c *corpus) many() {
	r := c.report
	of := map[Kind]int{ // that may have it
		Stale: len(c.topics), Thin: len(c.topics), Untranslated: len(c.topics),
		NoTopic: len(c.s.Items), NoSummary: len(c.s.Items), NoDate: len(c.s.Items), NoAlt: len(c.s.Items),
		EmptyList: len(c.s.Items), NeverRecommended: len(c.s.Items),
	}
	counts := map[Kind]int{}
	for i := range r.Findings {
		counts[r.Findings[i].Kind]++
	}
	drop := map[Kind]bool{}
	for k, all := range of {
		topics := k == Stale || k == Thin || k == Untranslated
		drop[k] = counts[k] > manyFindings && (2*counts[k] > all || topics && counts[k] > manyTopics)
	}
	for i := range r.Findings {
		if drop[r.Findings[i].Kind] {
			r.Each = append(r.Each, r.Findings[i])
		}
	}
	r.Findings = slices.DeleteFunc(r.Findings, func(f Finding) bool { return drop[f.Kind] })
	for _, k := range Kinds() {
		if !drop[k] {
			continue
		}
		single := 0
		if k == Thin {
			for i := range r.Topics {
				if r.Topics[i].Items == 1 {
					single++
				}
			}
		}
		c.find(Finding{Kind: k}, "many", number(counts[k]), number(of[k]), number(single))
	}
}

// Many returns how many findings of its kind one stands for, which are in Each of its
// report; 0: it stands for itself.
func (f *Finding) Many() int {
	if f.variant() != "many" {
		return 0
	}
	n, _ := strconv.Atoi(f.Facts[1])
	return n
}
