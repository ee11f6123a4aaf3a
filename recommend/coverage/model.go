package coverage

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"akin/recommend"
	"akin/recommend/engine"
	"akin/recommend/parallel"
)

// A model tells which topics an item lacks. The report and drafts ask the same
// one, so that they agree. It does not change.
type model struct {
	c       *corpus
	known   *known
	judge   *judge
	typical []typical
}

// A typical is how near the items of a topic are to it, each without itself:
// their traits of words and of neighbours, ascending.
type typical struct{ words, votes []float64 }

// A judged is a label and its score: of one that the item has how much speaks
// against it, of one that it lacks how much speaks for it.
type judged struct {
	label
	z float64
}

// model learns from the labels of all items, and returns how many were held
// back for that; the model is nil if there were too few. It also returns, by
// item, its labels, and those that it may lack, for [model.doubts].
func (c *corpus) model() (*model, [][]judged, int) {
	r := c.likeness
	j, held := r.train()
	if j == nil {
		return nil, nil, held
	}
	m := &model{c: c, known: r.learn(c.own), judge: j, typical: make([]typical, len(c.topics))}
	all := make([][]judged, len(c.own))
	parallel.Each(len(all), func(i int) {
		ls := m.known.labels(m.known.about(i))
		for n := range ls {
			l := judged{label: ls[n]}
			if l.has {
				l.z = j.against(claim{ls, n})
				for o := range ls { // what speaks for a topic above or below speaks for this one too
					if t := ls[o].topic; slices.Contains(c.above[t], l.topic) || slices.Contains(c.above[l.topic], t) {
						l.z = min(l.z, j.against(claim{ls, o}))
					}
				}
			} else if l.z = j.score(l.topic, &l.x); j.overall.at(l.z) < leastMissing {
				continue
			}
			all[i] = append(all[i], l)
		}
	})
	for _, ls := range all {
		for _, l := range ls {
			if l.has {
				t := &m.typical[l.topic]
				t.words, t.votes = append(t.words, l.x[traitWords]), append(t.votes, l.x[traitKin])
			}
		}
	}
	for i := range m.typical {
		slices.Sort(m.typical[i].words)
		slices.Sort(m.typical[i].votes)
	}
	return m, all, held
}

// place returns which shares of the topic's items are less near to it than a
// label's item is, by words and by neighbours.
func (m *model) place(l *label) (words, votes float64) {
	t := &m.typical[l.topic]
	share := func(all []float64, x float64) float64 {
		n, _ := slices.BinarySearch(all, x)
		return float64(n) / float64(max(len(all), 1))
	}
	return share(t.words, l.x[traitWords]), share(t.votes, l.x[traitKin])
}

// doubts returns those of the labels of an item that seem missing or wrong.
func (m *model) doubts(i int, ls []judged) []doubt {
	c := m.c
	of := m.known.about(i)
	if len(of.near) < doubtNeighbours {
		return nil
	}
	var ds []doubt
	for n := range ls {
		l, z := &ls[n].label, ls[n].z
		if m.known.size[l.topic] < doubtItems {
			continue
		}
		if !l.has {
			_, carried := slices.BinarySearch(c.carried[i], l.topic)
			if words, votes := m.place(l); !carried && min(words, votes) >= typicalLeast {
				d := c.doubt(of, c.carried[i], l.topic, true, m.judge.missing.at(z))
				d.item, d.overall, d.rank = int32(i), m.judge.overall.at(z), z
				ds = append(ds, d)
			}
			continue
		}
		if words, votes := m.place(l); max(words, votes) > untypical {
			continue
		}
		if p := m.judge.wrong.at(z); p >= leastWrong {
			d := c.doubt(of, c.carried[i], l.topic, false, p)
			if d.item, d.rank = int32(i), z; d.votes <= d.of/mostVotes {
				ds = append(ds, d)
			}
		}
	}
	return ds
}

// worth leaves, of each topic's doubts, the surest: as many as an editor may
// look through.
func (m *model) worth(ds []doubt) []doubt {
	slices.SortStableFunc(ds, func(a, b doubt) int {
		return cmp.Or(cmp.Compare(b.confidence, a.confidence), cmp.Compare(b.rank, a.rank), cmp.Compare(a.item, b.item), cmp.Compare(a.topic, b.topic))
	})
	type kind struct {
		topic   int32
		missing bool
	}
	kept := map[kind]int{}
	return slices.DeleteFunc(ds, func(d doubt) bool {
		k := kind{d.topic, d.missing}
		kept[k]++
		return kept[k] > 1+int(m.known.size[d.topic])/itemsPerDoubt
	})
}

// suggest returns the topics that a draft lacks, the likeliest first, ties by
// slug, with the confidence and the evidence that the report would give were it
// published as it is. The items of the survey that the model was learned from
// count as they were then.
func (m *model) suggest(it *recommend.Item, d *engine.DraftSurvey) []engine.TopicSuggestion {
	c := m.c
	suggestions := []engine.TopicSuggestion{}
	var found []*engine.TopicSuggestion
	if d.Generation != c.s.Generation {
		return suggestions
	}
	of := &about{authors: it.Authors, types: it.Types, date: it.SortTime(), group: it.Group(), place: int32(len(c.own))}
	if at, stored := c.places[it.ID]; stored {
		of.place, of.counted = int32(at), 1
	} else if of.date.IsZero() {
		of.date = c.now
	}
	var carried []int32
	for _, slug := range it.Topics {
		if t, ok := c.slugs[slug]; ok {
			of.topics = append(of.topics, t)
			carried = append(append(carried, t), c.above[t]...)
		}
	}
	for _, ts := range []*[]int32{&of.topics, &carried} {
		slices.Sort(*ts)
		*ts = slices.Compact(*ts)
	}
	of.texts, of.length = c.likeness.words(d.Vector)
	var near []engine.Near
	hidden := map[int32]bool{}
	for _, n := range d.Near {
		if at, ok := c.places[n.ID]; ok {
			hidden[int32(at)] = n.Hidden
			near = append(near, engine.Near{Item: int32(at), Score: n.Score})
		}
	}
	if of.near = c.likeness.rerank(of, near); len(of.near) < doubtNeighbours {
		return suggestions
	}
	for _, l := range m.known.labels(of) {
		if _, has := slices.BinarySearch(carried, l.topic); l.has || has {
			continue
		}
		p := m.judge.missing.at(m.judge.score(l.topic, &l.x))
		if p < leastDraft {
			continue
		}
		s := engine.TopicSuggestion{Topic: c.topics[l.topic].Slug, Confidence: hundredths(p), Evidence: []string{}}
		for _, n := range c.doubt(of, carried, l.topic, true, p).who {
			if hidden[n] {
				continue
			}
			s.Evidence = append(s.Evidence, c.s.Items[n].ID)
		}
		found = append(found, &s)
	}
	slices.SortFunc(found, func(a, b *engine.TopicSuggestion) int {
		return cmp.Or(cmp.Compare(b.Confidence, a.Confidence), strings.Compare(a.Topic, b.Topic))
	})
	for _, s := range found {
		suggestions = append(suggestions, *s)
	}
	return suggestions
}

// learn makes the model that a report on s would rest on, nil if there are too
// few labels to learn from.
func learn(s *engine.Survey, now time.Time) *model {
	c := newCorpus(s, now.UTC())
	if s.Generation == 0 {
		return nil
	}
	c.likeness = read(c)
	m, _, _ := c.model()
	return m
}

// modelAge is how long a [Drafter] goes on with a model.
const modelAge = 10 * time.Minute

// A Drafter answers drafts with the topics that the report's model suggests. It
// learns the model at the first draft, which takes about as long as a report,
// anew after a rebuild, and, while the old one serves, when that is ten minutes
// old. It is safe for concurrent use.
type Drafter struct {
	indexer func() (*engine.Indexer, error)
	now     func() time.Time

	mu         sync.Mutex
	model      *model
	generation int // that the model is of; 0: there is none yet
	at         time.Time
	learning   bool
}

// NewDrafter returns a drafter that has learned nothing yet.
func NewDrafter(x *engine.Indexer, now func() time.Time) *Drafter {
	return LateDrafter(func() (*engine.Indexer, error) { return x, nil }, now)
}

// LateDrafter returns a drafter that asks for its indexer when it is first asked
// itself, and at each call from then on.
func LateDrafter(indexer func() (*engine.Indexer, error), now func() time.Time) *Drafter {
	return &Drafter{indexer: indexer, now: now}
}

// Search is [engine.Indexer.Search].
func (d *Drafter) Search(ctx context.Context, q, lang string, limit int) ([]recommend.Entry, error) {
	x, err := d.indexer()
	if err != nil {
		return nil, err
	}
	return x.Search(ctx, q, lang, limit)
}

// Titles is [engine.Indexer.Titles].
func (d *Drafter) Titles(ctx context.Context, q string, limit int) ([]recommend.Item, error) {
	x, err := d.indexer()
	if err != nil {
		return nil, err
	}
	return x.Titles(ctx, q, limit)
}

// Hints is [engine.Indexer.Hints].
func (d *Drafter) Hints(ctx context.Context, q string, found int) (*recommend.Hints, error) {
	x, err := d.indexer()
	if err != nil {
		return nil, err
	}
	return x.Hints(ctx, q, found)
}

// ByAuthor is [engine.Indexer.ByAuthor].
func (d *Drafter) ByAuthor(ctx context.Context, author, lang string, limit int) ([]recommend.Entry, error) {
	x, err := d.indexer()
	if err != nil {
		return nil, err
	}
	return x.ByAuthor(ctx, author, lang, limit)
}

// Why is [engine.Indexer.Why].
func (d *Drafter) Why(ctx context.Context, id, other string, q recommend.Query) (*recommend.Why, error) {
	x, err := d.indexer()
	if err != nil {
		return nil, err
	}
	return x.Why(ctx, id, other, q)
}

// Draft is [engine.Indexer.Draft] with suggested topics.
func (d *Drafter) Draft(ctx context.Context, it recommend.Item, q recommend.Query) (*engine.Draft, error) {
	x, err := d.indexer()
	if err != nil {
		return nil, err
	}
	draft, err := x.Draft(ctx, it, q)
	if err != nil {
		return nil, err
	}
	m, err := d.current(ctx, x, draft.Survey.Generation)
	if err != nil {
		return nil, err
	}
	if m != nil {
		it.ID, it.Topics = draft.Item, draft.Survey.Topics
		draft.SuggestedTopics = m.suggest(&it, draft.Survey)
	}
	return draft, nil
}

// current returns a model of a generation.
func (d *Drafter) current(ctx context.Context, x *engine.Indexer, generation int) (*model, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case d.generation != generation:
		if err := d.learn(ctx, x); err != nil {
			return nil, err
		}
	case d.now().Sub(d.at) >= modelAge && !d.learning:
		d.learning = true
		go func() {
			s, err := x.Survey(context.WithoutCancel(ctx))
			var m *model
			if err == nil {
				m = learn(s, d.now())
			}
			d.mu.Lock()
			defer d.mu.Unlock()
			if d.learning = false; err == nil {
				d.model, d.generation, d.at = m, s.Generation, d.now()
			}
		}()
	}
	return d.model, nil
}

// learn makes a model while others wait for it.
func (d *Drafter) learn(ctx context.Context, x *engine.Indexer) error {
	s, err := x.Survey(ctx)
	if err != nil {
		return err
	}
	d.model, d.generation, d.at = learn(s, d.now()), s.Generation, d.now()
	return nil
}
