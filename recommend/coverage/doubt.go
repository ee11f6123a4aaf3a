package coverage

import (
	"cmp"
	"math"
	"slices"

	"akin/recommend/parallel"
)

const (
	// sure and likely are the confidences from which a suggestion is called so.
	// Confidence is a lower bound: a suggestion that was not held back counts as
	// wrong, though editors may have left the label out, or a trial hid it. So
	// three in four is called sure: where a tenth of the labels was hidden, 0.85
	// of such suggestions were right, see docs/editors.md and [Judge].
	sure   = 0.75
	likely = 0.5

	leastMissing = 0.38 // a suggestion that was right less often over all items is not made
	leastWrong   = 0.5  // of a label in doubt
	leastOther   = 0.2  // a label is in doubt only if another is as likely, before calibration
	leastDraft   = 0.25 // a suggestion for a draft that was right less often is not made

	// A topic is named as missing only if two kinds of evidence agree that do
	// not rest on each other: the item is nearer to it than this share of the
	// topic's own items, by its words and by its neighbours' topics.
	typicalLeast = 0.35
	// A label is in doubt only if it is among the least typical of its topic
	// by both, and no more than a third of the nearest works have it, or one
	// below it.
	untypical = 0.05
	mostVotes = 3

	// The report names at most one missing topic, and one wrong one, for each
	// of this many items of the topic, and one more.
	itemsPerDoubt = 10

	heldShare   = 0.1   // of the labels are held back at a time
	heldEnough  = 2_000 // held-back labels are enough to learn from
	heldRounds  = 10    // times that labels are held back, at most
	heldItems   = 3_000 // items that are looked at each time, at most
	heldLeast   = 40    // with fewer labels nothing is said about labels
	binExamples = 30    // that a step of the calibration rests on, at least
	wrongPrior  = 0.05  // labels that are taken to be wrong before looking
	folds       = 5     // parts of the items, each judged by what was learned from the others
	leaningLike = 10    // suggestions that came out as expected, behind what is known of a topic

	doubtNeighbours = 5 // an item with fewer has no labels in doubt
	doubtItems      = 5 // a topic with fewer is neither missing nor wrong: what is typical of it is not known
)

// A judge tells how likely labels are. It has learned that from the site's own
// labels: a tenth of them was held back at a time, and it is known how often
// labels with such traits turned out to be among those.
type judge struct {
	weights logistic
	leaning []float64   // by topic: what is added to the score of a suggestion
	missing calibration // what share of suggestions was held back, for items that lacked a label
	overall calibration // the same for all items: a lower bound, as editors leave labels out too
	wrong   calibration // what share of labels was put there at random, one in twenty being so
}

// labels finds topics that items seem to lack and topics that seem wrong on
// them, judging every [label] by its traits with a logistic regression. The
// confidence of a missing topic is the share of right ones among suggestions
// of its score or a higher one, made for items that a label was held back from:
// so it is sure of what is missing, if something is. The scores that this was
// counted on were made blind, by a regression that had learned from other items.
// The confidence of a wrong topic is the share of labels put there at random
// among those with as much against them or more, if one label in twenty is
// wrong. Both come from isotonic regression. Of what is found, [model.worth]
// leaves what is worth an editor's minute.
//
// A topic that an item carries by one below it is not missing. A topic that a
// language version has is missing for certain. Editors dismiss a suggestion by
// ignoring the topic on the item.
func (c *corpus) labels() {
	c.likeness = read(c)
	c.unlike()
	m, judged, held := c.model()
	c.report.Charts.Labels = Labels{HeldBack: held}
	if m == nil {
		return
	}
	ignored := c.ignored()
	each := make([][]doubt, len(c.own))
	parallel.Each(len(each), func(i int) { each[i] = m.doubts(i, judged[i]) })
	found := slices.DeleteFunc(slices.Concat(each...), func(d doubt) bool {
		return ignored[[2]string{c.groups[d.item], c.topics[d.topic].Slug}] || c.unlikeVersions(int(d.item), d.topic)
	})
	for _, d := range m.worth(found) {
		f := Finding{
			Kind: WrongTopic, Topic: c.topics[d.topic].Slug, Item: c.s.Items[d.item].ID, Confidence: d.confidence,
		}
		if d.missing {
			f.Kind = MissingTopic
			c.find(f, number(d.votes), number(d.of), c.titles(d.who), percent(d.confidence), percent(d.overall))
			continue
		}
		facts := []string{number(d.votes), number(d.of), c.titles(d.who), percent(d.confidence)}
		if d.instead >= 0 {
			f.Other = c.topics[d.instead].Slug
			facts = append(facts, f.Other, number(d.insteadVotes))
		}
		c.find(f, facts...)
	}
}

// A doubt is a label that may be missing or wrong.
type doubt struct {
	item, topic int32
	missing     bool
	confidence  float64
	overall     float64 // of a missing one: how often it is right over all items
	rank        float64 // greater ones are surer, of equal confidence
	votes, of   int     // how many of the nearest works have it
	who         []int32 // some of the nearest works that do, or for a wrong label some that do not

	instead      int32 // a topic that more of them have; -1: none
	insteadVotes int
}

// doubt gathers the evidence from the nearest works; carried are the topics that
// the item has, and those above them.
func (c *corpus) doubt(of *about, carried []int32, topic int32, missing bool, p float64) doubt {
	d := doubt{topic: topic, missing: missing, confidence: p, instead: -1}
	counts := map[int32]int{}
	for _, n := range of.near[:min(len(of.near), closeNeighbours)] {
		d.of++
		_, has := slices.BinarySearch(c.carried[n.item], topic)
		if has {
			d.votes++
		}
		if has == missing && len(d.who) < 3 {
			d.who = append(d.who, n.item)
		}
		for _, t := range c.own[n.item] {
			counts[t]++
		}
	}
	for t, n := range counts {
		if _, has := slices.BinarySearch(carried, t); has || n <= d.votes {
			continue
		}
		if n > d.insteadVotes || n == d.insteadVotes && t < d.instead {
			d.instead, d.insteadVotes = t, n
		}
	}
	return d
}

// unlike reports the topics that one language version of a work has and another
// lacks.
func (c *corpus) unlike() {
	for i := range c.own {
		for _, v := range c.versions[c.groups[i]] {
			for _, t := range c.own[v] {
				if _, has := slices.BinarySearch(c.carried[i], t); !has && c.firstWith(i, t) == v {
					c.find(Finding{
						Kind: MissingTopic, Topic: c.topics[t].Slug, Item: c.s.Items[i].ID,
						Other: c.s.Items[v].ID, Confidence: 0.99,
					}, "version", c.s.Items[v].Lang, c.title(v))
				}
			}
		}
	}
}

// firstWith returns the first language version of an item's work that has a topic.
func (c *corpus) firstWith(i int, topic int32) int {
	for _, v := range c.versions[c.groups[i]] {
		if slices.Contains(c.own[v], topic) {
			return v
		}
	}
	return -1
}

// unlikeVersions reports whether a topic is told by [corpus.unlike] already: the
// versions of the item's work differ in it.
func (c *corpus) unlikeVersions(i int, topic int32) bool {
	_, has := slices.BinarySearch(c.own[i], topic)
	return !has && c.firstWith(i, topic) >= 0
}

// ignored returns the topics that editors ignore on works.
func (c *corpus) ignored() map[[2]string]bool {
	m := map[[2]string]bool{}
	for i := range c.s.Curations {
		cur := &c.s.Curations[i]
		for _, t := range cur.NotByTopic {
			if !t.Expired(c.now) {
				m[[2]string{cur.ID, t.ID}] = true
			}
		}
	}
	return m
}

// reachable reports whether any neighbour has the label.
func (l *label) reachable() bool { return l.x[traitKin] > odds(0) }

// A claim is one of the labels that an item has or might have.
type claim struct {
	all []label
	at  int
}

// noOther is less than is ever against a label.
const noOther = -100

// against is how much less speaks for a label than for the likeliest other one
// of the item, as log odds; [noOther] if no other is likely, for where little is
// known of an item nothing is known against its labels.
func (j *judge) against(x claim) float64 {
	best := math.Inf(-1)
	for i := range x.all {
		if i != x.at {
			best = max(best, j.weights.logit(&x.all[i].x))
		}
	}
	if sigmoid(best) < leastOther {
		return noOther
	}
	return max(noOther, best-j.weights.logit(&x.all[x.at].x))
}

// learnJudge fits what scores suggestions, from weights that may be near; it is
// not calibrated.
func learnJudge(examples [][]example, topics int, near logistic) *judge {
	j := &judge{weights: fit(examples, 1, near)}
	j.lean(examples, topics)
	return j
}

// lean learns which topics are right more often, or less, than their traits
// tell: ln((o+10)/(e+10)) of a topic whose suggestions were right o times where
// the regression expected e, the posterior mean of a Poisson rate with a gamma
// prior of mean 1 (Clayton and Kaldor 1987, "Empirical Bayes estimates of
// age-standardized relative risks").
func (j *judge) lean(examples [][]example, topics int) {
	observed, expected := make([]float64, topics), make([]float64, topics)
	for _, fold := range examples {
		for i := range fold {
			e := &fold[i]
			expected[e.topic] += sigmoid(j.weights.logit(&e.x))
			if e.right {
				observed[e.topic]++
			}
		}
	}
	j.leaning = make([]float64, topics)
	for t := range j.leaning {
		j.leaning[t] = math.Log((observed[t] + leaningLike) / (expected[t] + leaningLike))
	}
}

// score is how much speaks for a topic that an item lacks.
func (j *judge) score(topic int32, x *[traits]float64) float64 {
	return j.weights.logit(x) + j.leaning[topic]
}

// A point is an example for calibration: its score, its weight, and as much of
// the weight as was found true.
type point struct{ score, weight, yes float64 }

// A calibration is an ascending function from scores to shares, linear between
// its steps.
type calibration []step

type step struct{ from, share float64 }

// at returns the share at a score.
func (c calibration) at(score float64) float64 {
	n, _ := slices.BinarySearchFunc(c, score, func(s step, z float64) int {
		if s.from <= z {
			return -1
		}
		return 1
	})
	switch n {
	case 0:
		return 0
	case len(c):
		return c[n-1].share
	}
	a, b := c[n-1], c[n]
	return a.share + (b.share-a.share)*(score-a.from)/(b.from-a.from)
}

// calibrate returns what share of the points with a score or a greater one is
// true. It pools the points, in bins of at least size, to the ascending step
// function that is nearest to them by squared distance (isotonic regression by
// pooling adjacent violators, Ayer et al. 1955), and then sums from above.
// Half a point that is not true is added, of the weight of the heaviest, so that
// no share is 1 and none claims more than so many of those can tell.
func calibrate(points []point, size int) calibration {
	slices.SortStableFunc(points, func(a, b point) int { return cmp.Compare(a.score, b.score) })
	type pool struct{ from, weight, yes float64 }
	var pools []pool
	untrue := 0.0
	for _, p := range points {
		untrue = max(untrue, p.weight-p.yes)
	}
	share := func(p pool) float64 { return p.yes / (p.weight + untrue/2) }
	for from := 0; from < len(points); {
		to := min(from+size, len(points))
		if len(points)-to < size {
			to = len(points)
		}
		for to < len(points) && points[to].score == points[to-1].score {
			to++
		}
		p := pool{from: points[from].score}
		for _, q := range points[from:to] {
			p.weight += q.weight
			p.yes += q.yes
		}
		for len(pools) > 0 && share(pools[len(pools)-1]) >= share(p) {
			last := pools[len(pools)-1]
			p = pool{last.from, last.weight + p.weight, last.yes + p.yes}
			pools = pools[:len(pools)-1]
		}
		pools = append(pools, p)
		from = to
	}
	steps := make(calibration, len(pools))
	var all pool
	for i, p := range slices.Backward(pools) {
		all.weight, all.yes = all.weight+p.weight, all.yes+p.yes
		steps[i] = step{p.from, share(all)}
	}
	return steps
}

// Level names a confidence: sure, likely or perhaps.
func Level(confidence float64) string {
	switch {
	case confidence >= sure:
		return "sure"
	case confidence >= likely:
		return "likely"
	}
	return "perhaps"
}

// Labels tells what the confidences of labels rest on.
type Labels struct {
	HeldBack int `json:"heldBack"` // labels that were held back to learn from
}
