package recommend

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"akin/recommend/index"
	"akin/recommend/text"
)

// NearDuplicateScore is the score from which an item says nearly the same as another.
const NearDuplicateScore Millionths = 750_000

// Search returns the visible items that match words best, best first, each work
// once; lang, if given, is preferred where a work has versions. It reads the
// index in memory, and needs a generation.
func (x *Indexer) Search(ctx context.Context, q, lang string, limit int) ([]Entry, error) {
	if limit == 0 {
		limit = 20
	}
	if limit < 1 || limit > 100 {
		return nil, &InvalidError{"limit", fmt.Sprintf("%d is not from 1 to 100", limit)}
	}
	if len(q) > 1024 {
		return nil, &InvalidError{"q", fmt.Sprintf("has %d bytes, more than 1024", len(q))}
	}
	st, err := x.ready(ctx)
	if err != nil {
		return nil, fmt.Errorf("search: %w", err)
	}
	var found []storedEntry
	x.mu.RLock()
	v := st.weigher.vector(st.words(q))
	for _, m := range st.index.Nearest(nil, v, 4*limit, index.None) {
		found = append(found, storedEntry{uint32(m.Doc), m.Score, st.weigher.explain(v, st.index.Vector(m.Doc))})
	}
	x.mu.RUnlock()
	r := x.reader
	view, err := r.look(ctx)
	if err != nil {
		return nil, fmt.Errorf("search: %w", err)
	}
	a := &answering{
		r: r, q: Query{Limit: limit, NoFill: true}, now: x.now(), view: view, candidates: found,
		answer: &Related{Related: []Entry{}}, source: &record{Item: Item{Lang: lang}},
		shown: map[string]bool{}, blocked: map[string]bool{},
	}
	if err := a.gather(ctx, nil); err != nil {
		return nil, fmt.Errorf("search: %w", err)
	}
	return a.answer.Related, nil
}

// words makes the terms of a query, which may be of any language of the corpus.
func (st *state) words(q string) *termList {
	all := map[string]termCount{}
	for _, lang := range st.weigher.languages {
		for _, t := range analyse(st.analyzer, &Item{Title: q, Lang: lang}).terms {
			all[t.key] = t
		}
	}
	l := &termList{}
	for _, t := range all {
		l.terms = append(l.terms, t)
	}
	slices.SortFunc(l.terms, func(a, b termCount) int { return strings.Compare(a.key, b.key) })
	return l
}

// Draft answers what an item would be related to if it were published as it is,
// with topics that its neighbours have, and items that say nearly the same. An
// item of the same id is left out. Nothing is stored.
func (x *Indexer) Draft(ctx context.Context, it Item, q Query) (*Draft, error) {
	d, err := x.draft(ctx, it, q)
	if err != nil {
		return nil, fmt.Errorf("draft: %w", err)
	}
	return d, nil
}

func (x *Indexer) draft(ctx context.Context, it Item, q Query) (*Draft, error) {
	it.ID = cmp.Or(it.ID, "draft")
	if err := it.Validate(); err != nil {
		return nil, err
	}
	if err := q.check(); err != nil {
		return nil, err
	}
	st, err := x.ready(ctx)
	if err != nil {
		return nil, err
	}
	it.Title, it.Summary, it.Body = text.Plain(it.Title), text.Plain(it.Summary), text.Plain(it.Body)
	if it.Lang == "" {
		it.Lang = text.Detect(it.Title + ". " + it.Summary + " " + it.Body)
	}
	var found []storedEntry
	x.mu.RLock()
	terms := analyse(st.analyzer, &it)
	st.gen.Merges.terms(terms)
	v := st.weigher.vector(terms)
	for _, m := range st.index.Nearest(nil, v, st.gen.Options.K, index.None) {
		if Millionths(index.Millionths(m.Score)) >= st.gen.Options.MinScore && st.ids[m.Doc] != it.ID {
			found = append(found, storedEntry{uint32(m.Doc), m.Score, st.weigher.explain(v, st.index.Vector(m.Doc))})
		}
	}
	x.mu.RUnlock()
	r := x.reader
	view, err := r.look(ctx)
	if err != nil {
		return nil, err
	}
	numbers := make([]uint32, len(found))
	for i, e := range found {
		numbers[i] = e.number
	}
	records, err := r.records(ctx, Strong, numbers)
	if err != nil {
		return nil, err
	}
	rows, err := x.store.Get(ctx, Strong, exclusionsKey)
	if err != nil {
		return nil, err
	}
	a := &answering{
		r: r, q: q, now: x.now(), view: view, candidates: found, source: &record{Item: it},
		answer: &Related{Item: it.ID, Generation: st.gen.Number, ComputedAt: x.now().UTC(), Stale: view.stale(x.now()), Related: []Entry{}},
	}
	if err := a.editors(Row{}, rows[0]); err != nil {
		return nil, err
	}
	if err := a.gather(ctx, records); err != nil {
		return nil, err
	}
	d := &Draft{Related: *a.answer, SuggestedTopics: []TopicSuggestion{}, NearDuplicates: []NearDuplicate{}}
	var neighbours []Neighbour
	for i, rec := range records {
		if rec == nil || rec.group() == it.ID || !rec.visible(a.now, &a.answer.Until) {
			continue
		}
		score := Millionths(index.Millionths(found[i].score))
		neighbours = append(neighbours, Neighbour{ID: rec.ID, Topics: rec.Topics, Score: score})
		if score >= NearDuplicateScore {
			d.NearDuplicates = append(d.NearDuplicates, NearDuplicate{rec.card(a.now, &a.answer.Until), score})
		}
	}
	for _, s := range SuggestTopics(neighbours) {
		if !slices.Contains(it.Topics, s.Topic) {
			d.SuggestedTopics = append(d.SuggestedTopics, s)
		}
	}
	return d, nil
}

// A Neighbour is an item near another one.
type Neighbour struct {
	ID     string
	Topics []string
	Score  Millionths
}

const (
	votingNeighbours = 10   // neighbours that have a say
	leastConfidence  = 0.15 // suggestions below it are not made
)

// SuggestTopics returns the topics that an item's neighbours speak for, the
// likeliest first, ties by slug. The neighbours come best first; the first ten
// vote with their scores, and the confidence of a topic is its share of
// all votes (distance-weighted k-nearest neighbours, Dudani 1976).
func SuggestTopics(neighbours []Neighbour) []TopicSuggestion {
	neighbours = neighbours[:min(len(neighbours), votingNeighbours)]
	var all Millionths
	votes := map[string]Millionths{}
	evidence := map[string][]string{}
	for _, n := range neighbours {
		all += n.Score
		for _, topic := range n.Topics {
			votes[topic] += n.Score
			evidence[topic] = append(evidence[topic], n.ID)
		}
	}
	suggestions := []TopicSuggestion{}
	for topic, vote := range votes {
		if c := float64(vote) / float64(all); c >= leastConfidence {
			suggestions = append(suggestions, TopicSuggestion{topic, c, evidence[topic]})
		}
	}
	slices.SortFunc(suggestions, func(a, b TopicSuggestion) int {
		return cmp.Or(cmp.Compare(b.Confidence, a.Confidence), strings.Compare(a.Topic, b.Topic))
	})
	return suggestions
}
