package engine

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"akin/recommend"
	"akin/recommend/index"
	"akin/recommend/store"
)

// Seeds are the numbers of the items that an answer is asked for: those that entries are
// to be like, at least one, and those that they are not to be like.
type seeds struct{ likes, not []uint32 }

// combined reports whether there are several.
func (s *seeds) combined() bool { return len(s.likes)+len(s.not) > 1 }

// A combination is what a document scores with several seeds: twice the sum of its scores
// with those it is to be like, less those with the others. Divided by twice the number
// of the former, it is their mean less half of the latter, beside which it can be
// held to the scores of lists. This is the modification of a query by examples of
// Rocchio (1971, "Relevance feedback in information retrieval"), with the weights 1 and
// 1/2, on the scores that documents have with whole items, so that it is exact and each
// part of it is explained as in their own lists.
type combination struct {
	sum  int64
	near bool // it is similar to one of those it is to be like
}

// rankSeeds does what a ranker does, for several seeds. An item is similar to them if it is
// to one that it is to be like, and the combination is above 0.
func (x *Indexer) rankSeeds(ctx context.Context, st *state, s seeds, q *wanted, k int) ([]storedEntry, error) {
	if err := x.needTraits(ctx); err != nil {
		return nil, err
	}
	x.mu.RLock()
	defer x.mu.RUnlock()
	likes, not := st.works.docsOf(s.likes), st.works.docsOf(s.not)
	if x.state != st || x.traits == nil || slices.Contains(likes, index.None) || slices.Contains(not, index.None) {
		return nil, errUnproven
	}
	type scored struct {
		index.Match
		sum int64
		by  uint64
	}
	var all []scored
	for d, c := range st.combine(likes, not) {
		m := index.Match{Doc: index.Doc(d), Score: c.score(len(likes))}
		if m.Score == 0 || slices.Contains(likes, m.Doc) || slices.Contains(not, m.Doc) {
			continue
		}
		f := st.shown(m.Doc, x.traits.items, q)
		if f == nil || !q.young(f) {
			continue
		}
		all = append(all, scored{m, c.sum, uint64(c.sum) * q.factor(f)}) // below 2^58
	}
	slices.SortFunc(all, func(a, b scored) int {
		return cmp.Or(cmp.Compare(b.by, a.by), st.index.Key(a.Doc).Compare(st.index.Key(b.Doc)))
	})
	entries := make([]storedEntry, min(len(all), k))
	for i := range entries {
		entries[i] = st.combinedEntry(all[i].Match, likes, not)
	}
	return entries, nil
}

// combine returns the combination of every document.
func (st *state) combine(likes, not []index.Doc) []combination {
	all := make([]combination, len(st.ids))
	least := st.gen.minScore()
	add := func(of []index.Doc, times int64) {
		for _, d := range of {
			st.index.Scores(st.index.Vector(d), st.index.Key(d).Day, func(m index.Match) {
				c := &all[m.Doc]
				c.sum += times * int64(m.Score)
				c.near = c.near || times > 0 && recommend.Millionths(index.Millionths(m.Score)) >= least
			})
		}
	}
	add(likes, 2)
	add(not, -1)
	return all
}

// score is the combination as a score, 0 where it is no entry.
func (c *combination) score(likes int) uint32 {
	if !c.near || c.sum <= 0 {
		return 0
	}
	return uint32(c.sum / int64(2*likes))
}

// docsOf returns the documents of works, each once; [index.None] for what is in none.
func (w *works) docsOf(numbers []uint32) []index.Doc {
	var docs []index.Doc
	for _, n := range numbers {
		if d := w.doc(n); !slices.Contains(docs, d) {
			docs = append(docs, d)
		}
	}
	return docs
}

// combinedEntry explains a combination by the terms that an item shares with those it is to be
// like, and says in one part what the others take.
func (st *state) combinedEntry(m index.Match, likes, not []index.Doc) storedEntry {
	e := storedEntry{number: uint32(m.Doc), score: m.Score, versions: st.works.spoken(m.Doc)}
	var rest recommend.Reason
	for _, d := range likes {
		for _, r := range st.weigher.explain(st.side(d), st.side(m.Doc)) {
			at := slices.IndexFunc(e.reasons, func(o recommend.Reason) bool { return o.Term == r.Term && o.Kind == r.Kind })
			switch {
			case r.Kind == recommend.KindRest:
				rest = recommend.Reason{Term: r.Term, Kind: r.Kind, Part: rest.Part + r.Part}
			case at < 0:
				e.reasons = append(e.reasons, r)
			default:
				e.reasons[at].Part += r.Part
			}
		}
	}
	slices.SortFunc(e.reasons, func(a, b recommend.Reason) int {
		return cmp.Or(cmp.Compare(b.Part, a.Part), cmp.Compare(a.Term, b.Term))
	})
	all := rest.Part
	for _, r := range e.reasons {
		all += r.Part
	}
	for len(e.reasons) > usualReasons {
		last := e.reasons[len(e.reasons)-1]
		if !tells(rest.Part+last.Part, all) {
			break
		}
		rest = recommend.Reason{Term: recommend.KindRest.Describe(), Kind: recommend.KindRest, Part: rest.Part + last.Part}
		e.reasons = e.reasons[:len(e.reasons)-1]
	}
	taken := uint64(0)
	for _, d := range not {
		taken += uint64(st.index.Score(d, m.Doc))
	}
	if taken > 0 {
		part := recommend.Millionths(taken * 1_000_000 / uint64(2*len(likes)*index.One*index.One))
		e.reasons = append(e.reasons, recommend.Reason{Term: recommend.KindUnlike.Describe(), Kind: recommend.KindUnlike, Part: -part * recommend.Millionths(len(likes))})
	}
	if rest.Part > 0 {
		e.reasons = append(e.reasons, rest)
	}
	// Parts are rounded down; what is left over goes to the largest.
	left := e.millionths()
	for i := range e.reasons {
		e.reasons[i].Part /= recommend.Millionths(len(likes))
		left -= e.reasons[i].Part
	}
	e.reasons[0].Part += left
	return e
}

// seed reads the items that a query names beside its own, and makes the answer theirs: none
// of them stands in it, neither does what editors blocked beside one that entries are to be
// like, and what is pinned to the item's own list does not belong in it.
func (a *answering) seed(ctx context.Context, self identity) error {
	ids := slices.Concat(a.q.Also, a.q.Not)
	keys := make([]store.Key, len(ids))
	for i, id := range ids {
		keys[i] = idKey(id)
	}
	rows, err := a.r.store.Get(ctx, store.Strong, keys...)
	if err != nil {
		return err
	}
	a.seeds = seeds{likes: []uint32{self.number}}
	keys = keys[:0]
	for i, row := range rows {
		if row.Rev == 0 {
			return fmt.Errorf("%q: %w", ids[i], recommend.ErrNotFound)
		}
		id, err := unpackIdentity(row.Data)
		if err != nil {
			return err
		}
		if i < len(a.q.Also) {
			a.seeds.likes = append(a.seeds.likes, id.number)
		} else {
			a.seeds.not = append(a.seeds.not, id.number)
		}
		keys = append(keys, recordKey(id.number), curationKey(id.group))
	}
	if rows, err = a.r.store.Get(ctx, store.Strong, keys...); err != nil {
		return err
	}
	for i, id := range ids {
		if err := a.seedOf(id, rows[2*i], rows[2*i+1], i < len(a.q.Also)); err != nil {
			return err
		}
	}
	return nil
}

// seedOf keeps the record of a seed, and what editors decided for it.
func (a *answering) seedOf(id string, row, decided store.Row, like bool) error {
	records, err := a.r.unpackRecords([]store.Row{row})
	switch rec := records; {
	case err != nil:
		return err
	case rec[0] != nil && rec[0].Status == recommend.Withdrawn:
		return fmt.Errorf("%q: %w", id, recommend.ErrWithdrawn)
	case rec[0] == nil || !rec[0].visible(a.now, &a.answer.Until):
		return fmt.Errorf("%q: %w", id, recommend.ErrNotFound)
	}
	s := seedRecord{records[0], like, curationRow{}}
	if decided.Rev != 0 {
		if err := json.Unmarshal(decided.Data, &s.curation); err != nil {
			return fmt.Errorf("curation: %w", errCorrupt)
		}
	}
	a.beside = append(a.beside, s)
	return nil
}

// A seedRecord is a seed beside the item itself.
type seedRecord struct {
	*record
	like     bool
	curation curationRow
}

// together makes what editors decided for the seeds, and their topics, one.
func (a *answering) together() {
	a.curation.Pins, a.curation.NoSimilar = nil, nil
	source := *a.source
	source.Topics = slices.Clone(source.Topics)
	for _, s := range a.beside {
		a.shown[s.group()] = true
		a.answer.Stale = a.answer.Stale || a.view.waiting(s.record, a.now)
		if !s.like {
			continue
		}
		for _, b := range s.curation.Blocks {
			if !b.Expired(a.now) {
				a.blocked[b.ID] = true
			}
		}
		a.curation.NotByTopic = slices.Concat(a.curation.NotByTopic, s.curation.NotByTopic)
		for _, t := range s.Topics {
			if !slices.Contains(source.Topics, t) {
				source.Topics = append(source.Topics, t)
			}
		}
	}
	a.source = &source
}

// repeats reports whether a record says the same as a seed.
func (a *answering) repeats(rec *record) bool {
	if len(a.beside) == 0 {
		return false
	}
	return a.source.saying().same(rec.saying()) || slices.ContainsFunc(a.beside, func(s seedRecord) bool { return s.saying().same(rec.saying()) })
}
