package coverage

import (
	"math/rand/v2"
	"slices"

	"akin/recommend/parallel"
)

// train learns a judge from held-back labels, and returns how many there were;
// the judge is nil if there were too few.
func (r *likeness) train() (*judge, int) {
	var e evidence
	for round := uint64(0); round < heldRounds && e.held < heldEnough; round++ {
		e.round(r, rand.New(rand.NewPCG(1, round)))
	}
	if e.held < heldLeast || len(e.lies) < heldLeast {
		return nil, e.held
	}
	j := learnJudge(e.lacking[:], len(r.c.topics), logistic{})
	missing, whole := e.blind(len(r.c.topics), j.weights)
	overall := append(whole, missing...)
	j.missing, j.overall = calibrate(missing, binExamples), calibrate(overall, binExamples)
	j.wrong = calibrate(e.claimed(j), binExamples)
	return j, e.held
}

// An evidence is what became of the labels that were held back in all rounds.
type evidence struct {
	held    int              // labels
	lacking [folds][]example // suggestions for items that a label was held back from
	whole   [folds][]example // suggestions for the other items
	truths  []claim          // labels that were held back
	lies    []claim          // topics put there at random
}

// round holds a tenth of the labels back, judges items by the rest, and gathers
// what their traits were.
func (e *evidence) round(r *likeness, rng *rand.Rand) {
	rest, back := holdBack(r.c.own, rng)
	k := r.learn(rest)
	items := r.labelled(rng)
	wrong := make([]int32, len(items))
	for n, i := range items {
		wrong[n] = r.draw(rng, i)
	}
	all := make([][]label, len(items))
	parallel.Each(len(items), func(n int) {
		extra := back[items[n]]
		if wrong[n] >= 0 {
			extra = append(slices.Clone(extra), wrong[n])
		}
		all[n] = k.labels(k.about(items[n]), extra...)
	})
	for n, i := range items {
		e.gather(i, all[n], back[i], wrong[n])
	}
}

// labelled returns items that have topics, in an order of chance, as many as
// are looked at in a round.
func (r *likeness) labelled(rng *rand.Rand) []int {
	var items []int
	for i, topics := range r.c.own {
		if len(topics) > 0 {
			items = append(items, i)
		}
	}
	rng.Shuffle(len(items), func(a, b int) { items[a], items[b] = items[b], items[a] })
	return items[:min(len(items), heldItems)]
}

// gather keeps the labels that an item seemed to lack: those of back, which it
// had, the wrong one, which was put there, and those of its neighbours.
func (e *evidence) gather(item int, labels []label, back []int32, wrong int32) {
	e.held += len(back)
	examples := &e.whole[item%folds]
	if len(back) > 0 {
		examples = &e.lacking[item%folds]
	}
	for at := range labels {
		l := &labels[at]
		if l.has {
			continue
		}
		right := slices.Contains(back, l.topic)
		if right {
			e.truths = append(e.truths, claim{labels, at})
		} else if l.topic == wrong {
			e.lies = append(e.lies, claim{labels, at})
		}
		if l.reachable() {
			*examples = append(*examples, example{l.topic, right, l.x})
		}
	}
}

// blind scores each suggestion by a judge that learned from the other folds,
// from weights that are near: what it has not seen it cannot know by heart.
func (e *evidence) blind(topics int, near logistic) (lacking, whole []point) {
	for fold := range folds {
		j := learnJudge(slices.Concat(e.lacking[:fold], e.lacking[fold+1:]), topics, near)
		lacking = j.points(lacking, e.lacking[fold])
		whole = j.points(whole, e.whole[fold])
	}
	return lacking, whole
}

// points appends the scores of suggestions, and whether they were right.
func (j *judge) points(to []point, examples []example) []point {
	for i := range examples {
		x := &examples[i]
		p := point{score: j.score(x.topic, &x.x), weight: 1}
		if x.right {
			p.yes = 1
		}
		to = append(to, p)
	}
	return to
}

// claimed returns what speaks against labels as if one in twenty were wrong: of
// the right ones, which were held back, and of those put there at random.
func (e *evidence) claimed(j *judge) []point {
	var points []point
	for _, x := range e.truths {
		points = append(points, point{j.against(x), (1 - wrongPrior) / float64(len(e.truths)), 0})
	}
	for _, x := range e.lies {
		w := wrongPrior / float64(len(e.lies))
		points = append(points, point{j.against(x), w, w})
	}
	return points
}

// holdBack splits labels into those that stay known and those held back.
func holdBack(topics [][]int32, rng *rand.Rand) (rest, back [][]int32) {
	rest, back = make([][]int32, len(topics)), make([][]int32, len(topics))
	for i, ts := range topics {
		for _, t := range ts {
			if rng.Float64() < heldShare {
				back[i] = append(back[i], t)
			} else {
				rest[i] = append(rest[i], t)
			}
		}
	}
	return rest, back
}

// draw returns a topic that an item has nothing to do with, each as often as
// it is used; -1 if none was met.
func (r *likeness) draw(rng *rand.Rand, i int) int32 {
	c := r.c
	for range 20 {
		ts := c.own[rng.IntN(len(c.own))]
		if len(ts) == 0 {
			continue
		}
		t := ts[rng.IntN(len(ts))]
		if _, carried := slices.BinarySearch(c.carried[i], t); carried {
			continue
		}
		if !slices.ContainsFunc(c.own[i], func(o int32) bool { return slices.Contains(c.above[t], o) }) {
			return t
		}
	}
	return -1
}
