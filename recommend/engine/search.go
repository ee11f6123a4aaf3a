package engine

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"akin/recommend"
	"akin/recommend/index"
)

// Search returns the visible items that match words best, best first, each work
// once; lang, if given, is preferred where a work has versions. It reads the
// index in memory, and needs a generation.
func (x *Indexer) Search(ctx context.Context, q, lang string, limit int) ([]recommend.Entry, error) {
	if limit == 0 {
		limit = 20
	}
	if limit < 1 || limit > 100 {
		return nil, &recommend.InvalidError{Field: "limit", Reason: fmt.Sprintf("%d is not from 1 to 100", limit)}
	}
	if len(q) > 1024 {
		return nil, &recommend.InvalidError{Field: "q", Reason: fmt.Sprintf("has %d bytes, more than 1024", len(q))}
	}
	st, err := x.ready(ctx)
	if err != nil {
		return nil, fmt.Errorf("search: %w", err)
	}
	var found []storedEntry
	x.mu.RLock()
	v := st.weigher.vector(st.words(q))
	for _, m := range st.index.Nearest(nil, v, index.NoDay, 4*limit, index.None) {
		e := st.entry(side{vector: v, day: index.NoDay}, m, nil)
		if lang == "" {
			e.number = st.speaking(v, m.Doc)
		}
		found = append(found, e)
	}
	x.mu.RUnlock()
	r := x.reader
	view, err := r.look(ctx)
	if err != nil {
		return nil, fmt.Errorf("search: %w", err)
	}
	a := &answering{
		r: r, q: recommend.Query{Limit: limit, NoFill: true}, now: x.now(), view: view, candidates: found,
		answer: &recommend.Related{Related: []recommend.Entry{}}, source: &record{Item: recommend.Item{Lang: lang}},
		lang: lang, shown: map[string]bool{}, blocked: map[string]bool{}, rules: &rules{share: 1},
	}
	if err := a.gather(ctx, nil); err != nil {
		return nil, fmt.Errorf("search: %w", err)
	}
	return a.answer.Related, nil
}

// speaking returns the version of a document whose language shares most with a vector; of
// equal ones the first.
func (st *state) speaking(v index.Vector, d index.Doc) uint32 {
	first, most := uint32(d), uint32(0)
	of := st.works.of(d)
	if of == nil {
		return first
	}
	for _, n := range of {
		if score := index.Dot(v, st.own(n)); score > most {
			first, most = n, score
		}
	}
	return first
}

// words makes the terms of a query, which may be of any language of the corpus.
func (st *state) words(q string) *termList {
	all := map[string]termCount{}
	for _, lang := range st.weigher.spoken() {
		for _, t := range analyse(st.analyzer, &recommend.Item{Title: q, Lang: lang}).terms {
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
