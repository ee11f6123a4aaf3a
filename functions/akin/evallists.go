package akin

import (
	"fmt"
	"io"

	"akin/recommend"
	"akin/recommend/engine"
	"akin/recommend/judge"
	"akin/recommend/parallel"
)

// shownDepth is how many entries of a list readers see, unless they ask for another number.
const shownDepth = 6

// shownLists are what the lists of a corpus are like as readers see them: their first six
// entries, of those that score enough to be called similar. Each share is from 0 to 1.
type shownLists struct {
	Works     int                  `json:"works"`
	Threshold recommend.Millionths `json:"threshold"`
	Coverage  float64              `json:"coverage"`  // of the works, those that a list shows: see [judge.Coverage]
	Gini      float64              `json:"gini"`      // of how often lists show them: see [judge.Gini]
	Diversity float64              `json:"diversity"` // mean of [judge.Diversity] of the lists with two entries
	Filler    float64              `json:"filler"`    // of the places, those that no similar entry takes
}

// shownLists makes the lists of all works of a corpus, which items are those of.
func (p *program) shownLists(corpus *engine.Corpus, items []recommend.Item, s recommend.Settings) *shownLists {
	number := map[string]int{} // of a work
	var works []string
	for i := range items {
		if !corpus.Has(items[i].ID) {
			continue
		}
		w := corpus.Work(items[i].ID)
		if _, ok := number[w]; !ok {
			number[w] = len(works)
			works = append(works, w)
		}
	}
	l := &shownLists{Works: len(works), Threshold: corpus.Threshold(items, s)}
	lists, diversity := make([][]string, len(works)), make([]float64, len(works))
	parallel.Each(len(works), func(i int) {
		lists[i] = corpus.Similar(works[i], shownDepth, l.Threshold)
		if d, ok := judge.Diversity(lists[i], corpus.Alike); ok {
			diversity[i] = d
		}
	})
	shown := make([]int, len(works))
	entries, several := 0, 0
	for i, list := range lists {
		for _, id := range list {
			shown[number[corpus.Work(id)]]++
		}
		entries += len(list)
		if l.Diversity += diversity[i]; len(list) > 1 {
			several++
		}
	}
	l.Coverage, l.Gini = judge.Coverage(shown), judge.Gini(shown)
	l.Diversity /= float64(max(several, 1))
	l.Filler = 1 - float64(entries)/float64(max(shownDepth*len(works), 1))
	return l
}

func printListsHeading(w io.Writer) {
	fmt.Fprintf(w, "\nlists of %d at the threshold\n%-16s %-7s %7s %9s %8s %8s %9s %8s\n", shownDepth, "set", "topics", "works", "threshold", "coverage", "Gini", "diversity", "filler")
}

func (l *shownLists) print(w io.Writer, set, topics string) {
	fmt.Fprintf(w, "%-16s %-7s %7d %9.4f %8.4f %8.4f %9.4f %8.4f\n", set, topics, l.Works, float64(l.Threshold)/1e6, l.Coverage, l.Gini, l.Diversity, l.Filler)
}

func (l *shownLists) printChange(w io.Writer, set, topics string, now *shownLists) {
	fmt.Fprintf(w, "%-16s %-7s %+7d %+9.4f %+8.4f %+8.4f %+9.4f %+8.4f\n", set, topics, now.Works-l.Works, float64(now.Threshold-l.Threshold)/1e6,
		now.Coverage-l.Coverage, now.Gini-l.Gini, now.Diversity-l.Diversity, now.Filler-l.Filler)
}

// similarVerdicts counts what was judged of the similar entries that readers see beside sources.
func similarVerdicts(sources []string, judged judge.Judgements, similar func(id string) []string) judge.Verdicts {
	all := make([]judge.Verdicts, len(sources))
	parallel.Each(len(sources), func(i int) { all[i] = judge.Judge(similar(sources[i]), judged[sources[i]]) })
	var sum judge.Verdicts
	for _, v := range all {
		sum.Add(v)
	}
	return sum
}

func printVerdictsHeading(w io.Writer) {
	fmt.Fprintf(w, "\nsimilar entries beside the sources\n%-16s %-14s %-7s %7s %8s %10s %8s\n", "set", "judged by", "topics", "entries", "related", "irrelevant", "unjudged")
}

func printVerdicts(w io.Writer, set, by, topics string, v judge.Verdicts) {
	n := float64(max(v.Total(), 1))
	fmt.Fprintf(w, "%-16s %-14s %-7s %7d %8.4f %10.4f %8.4f\n", set, by, topics, v.Total(), float64(v.Related)/n, float64(v.Irrelevant)/n, float64(v.Unjudged)/n)
}
