package coverage

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"akin/recommend"
	"akin/recommend/engine"
	"akin/recommend/parallel"
)

// A Hidden is a label taken off an item to see whether it is found again.
type Hidden struct{ Item, Topic string }

// Hide takes the given share of all labels off items, at random by seed, and
// returns the items without them and the labels. The items given stay as they
// are.
func Hide(items []recommend.Item, share float64, seed uint64) ([]recommend.Item, []Hidden) {
	rng := rand.New(rand.NewPCG(seed, 0))
	items = slices.Clone(items)
	var hidden []Hidden
	for i := range items {
		var kept []string
		for _, slug := range items[i].Topics {
			if rng.Float64() < share {
				hidden = append(hidden, Hidden{items[i].ID, slug})
			} else {
				kept = append(kept, slug)
			}
		}
		items[i].Topics = kept
	}
	return items, hidden
}

// A Quality is how well hidden labels were found again.
type Quality struct {
	Hidden   int     `json:"hidden"`
	Levels   []Found `json:"levels"`   // of the report: sure, likely, all
	Drafts   []Found `json:"drafts"`   // of what drafts of the items would get suggested, by confidence
	Baseline []Found `json:"baseline"` // a topic that more than half, 7 in 10, 9 in 10 of the ten nearest works have
}

// A Found counts suggestions. Precision among all items is a lower bound: a
// suggestion that was not hidden counts as wrong, though editors may have left
// the label out. Among the items that a label was hidden from, at least one is
// known to be missing.
type Found struct {
	Level       string  `json:"level"`
	Suggestions int     `json:"suggestions"` // for items that a label was hidden from
	Precision   float64 `json:"precision"`
	Recall      float64 `json:"recall"`     // of all hidden labels
	Everywhere  float64 `json:"everywhere"` // precision among all items
}

// A suggestion is a label that an item may lack.
type suggestion struct {
	Hidden
	confidence float64
}

// A level is a confidence from which suggestions are counted.
type level struct {
	name  string
	least float64
}

// Judge compares what a report on s suggests with labels hidden before, what
// drafts of the items would get suggested, and a baseline: what the majority of
// an item's ten nearest works have.
func Judge(s *engine.Survey, r *Report, hidden []Hidden) Quality {
	was := map[Hidden]bool{}
	lacks := map[string]bool{}
	for _, h := range hidden {
		was[h], lacks[h.Item] = true, true
	}
	count := func(all []suggestion, levels ...level) []Found {
		var found []Found
		for _, l := range levels {
			f := Found{Level: l.name}
			right, everywhere := 0, 0
			for _, s := range all {
				if s.confidence < l.least {
					continue
				}
				everywhere++
				if lacks[s.Item] {
					f.Suggestions++
				}
				if was[s.Hidden] {
					right++
				}
			}
			share := func(n int) float64 { return fourDecimals(float64(right) / float64(max(n, 1))) }
			f.Precision, f.Recall, f.Everywhere = share(f.Suggestions), share(len(hidden)), share(everywhere)
			found = append(found, f)
		}
		return found
	}
	var made, drafted []suggestion
	for i := range r.Findings {
		if f := &r.Findings[i]; f.Kind == MissingTopic {
			made = append(made, suggestion{Hidden{f.Item, f.Topic}, f.Confidence})
		}
	}
	if m := learn(s, r.ComputedAt); m != nil {
		drafted = m.suggestions()
	}
	return Quality{
		Hidden: len(hidden),
		Levels: count(made, level{"sure", sure}, level{"likely", likely}, level{"all", 0}),
		Drafts: count(drafted, level{"0.9", 0.9}, level{"0.8", 0.8}, level{"0.75, sure", sure},
			level{"0.6", 0.6}, level{"0.5, likely", likely}, level{"0.25", leastDraft}),
		Baseline: count(votes(s), level{"majority", 0.51}, level{"7 in 10", 0.7}, level{"9 in 10", 0.9}),
	}
}

// suggestions returns what [model.suggest] would answer to a draft of each item.
func (m *model) suggestions() []suggestion {
	c := m.c
	each := make([][]suggestion, len(c.own))
	parallel.Each(len(each), func(i int) {
		of := m.known.about(i)
		if len(of.near) < doubtNeighbours {
			return
		}
		for _, l := range m.known.labels(of) {
			if _, carried := slices.BinarySearch(c.carried[i], l.topic); carried {
				continue
			}
			if p := m.judge.missing.at(m.judge.score(l.topic, &l.x)); p >= leastDraft {
				each[i] = append(each[i], suggestion{Hidden{c.s.Items[i].ID, c.topics[l.topic].Slug}, p})
			}
		}
	})
	return slices.Concat(each...)
}

// votes returns the topics that the ten nearest works have, with the share of
// them that does.
func votes(s *engine.Survey) []suggestion {
	var all []suggestion
	for i := range s.Items {
		it := &s.Items[i]
		counts := map[string]int{}
		near := it.Near[:min(len(it.Near), closeNeighbours)]
		for _, e := range near {
			for _, slug := range s.Items[e.Item].Topics {
				counts[slug]++
			}
		}
		for slug, n := range counts {
			if !slices.Contains(it.Topics, slug) {
				all = append(all, suggestion{Hidden{it.ID, slug}, float64(n) / float64(len(near))})
			}
		}
	}
	slices.SortFunc(all, func(a, b suggestion) int {
		return cmp.Or(strings.Compare(a.Item, b.Item), strings.Compare(a.Topic, b.Topic))
	})
	return all
}

// A Spread is how a figure varies from trial to trial.
type Spread struct {
	Mean      float64 `json:"mean"`
	Deviation float64 `json:"deviation"` // standard, of the trials taken as a sample; 0 for one
	Least     float64 `json:"least"`
	Most      float64 `json:"most"`
}

// NewSpread returns the spread of figures; of none, zeros.
func NewSpread(figures []float64) Spread {
	if len(figures) == 0 {
		return Spread{}
	}
	s := Spread{Least: slices.Min(figures), Most: slices.Max(figures)}
	for _, x := range figures {
		s.Mean += x / float64(len(figures))
	}
	squares := 0.0
	for _, x := range figures {
		squares += (x - s.Mean) * (x - s.Mean)
	}
	s.Deviation = fourDecimals(math.Sqrt(squares / float64(max(len(figures)-1, 1))))
	s.Mean = fourDecimals(s.Mean)
	return s
}
