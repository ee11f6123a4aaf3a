package engine

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"

	"akin/recommend"
	"akin/recommend/index"
	"akin/recommend/judge"
	"akin/recommend/store"
)

// judgedSources is how many works must have been judged before a generation is held to that.
const judgedSources = 50

// belonging is the grade of what editors judged to belong beside a work: clearly related.
const belonging = 2

// Judgements returns what editors judged of lists: by the id of a work's original, the
// grades of others by those of theirs, 2 for what belongs beside it and 0 for what does
// not. A judgement whose time is over is left out.
func (r *Reader) Judgements(ctx context.Context) (judge.Judgements, error) {
	j, err := judgements(ctx, r.store, func(n *recommend.Note) bool { return !n.Expired(r.opt.Now()) })
	if err != nil {
		return nil, fmt.Errorf("judgements: %w", err)
	}
	return j, nil
}

func judgements(ctx context.Context, s store.Store, holds func(*recommend.Note) bool) (judge.Judgements, error) {
	var mu sync.Mutex
	all := judge.Judgements{}
	err := scanParts(ctx, s, parts("curation", termShards), func(row store.Row) error {
		c, err := unpackCuration(row)
		if err != nil {
			return fmt.Errorf("%q: %w", row.Sort, err)
		}
		grades := map[string]float64{}
		for grade, ds := range map[float64][]recommend.Decision{belonging: c.Belongs, 0: c.BelongsNot} {
			for i := range ds {
				if holds(&ds[i].Note) {
					grades[ds[i].ID] = grade
				}
			}
		}
		if len(grades) > 0 {
			mu.Lock()
			defer mu.Unlock()
			all[row.Sort] = grades
		}
		return nil
	})
	return all, err
}

// Judge notes whether a work belongs beside another in its list: [ActBelongs],
// [ActBelongsNot], or empty to take back what was judged. It changes no list; the latest
// judgement of a pair holds. It returns the new ETag of the work's curation.
func (p *Publisher) Judge(ctx context.Context, id, other, verdict string, e Edit) (string, error) {
	e.IfMatch = "*" // what others decide meanwhile does not touch it
	etag, err := p.edit(ctx, e, func(u *unit) (string, error) {
		self, err := u.identify(ctx, id)
		if err != nil {
			return "", err
		}
		judged, err := u.identify(ctx, other)
		if err != nil {
			return "", named("other", other, err)
		}
		_, old, err := u.curation(ctx, self.group)
		if err != nil {
			return "", err
		}
		c := *old
		without := func(ds []recommend.Decision) []recommend.Decision {
			return slices.DeleteFunc(slices.Clone(ds), func(d recommend.Decision) bool { return d.ID == judged.group })
		}
		c.Belongs, c.BelongsNot = without(old.Belongs), without(old.BelongsNot)
		d := recommend.Decision{ID: judged.group, Note: recommend.Note{Text: e.Note}}
		switch verdict {
		case "":
		case ActBelongs:
			c.Belongs = append(c.Belongs, d)
		case ActBelongsNot:
			c.BelongsNot = append(c.BelongsNot, d)
		default:
			return "", recommend.Invalid("verdict", "%q is none of %s, %s and nothing", brief(verdict), ActBelongs, ActBelongsNot)
		}
		if err := c.Validate(); err != nil {
			return "", err
		}
		return p.stageCuration(ctx, u, id, c, e, 0)
	})
	if err != nil {
		return "", fmt.Errorf("judge %q beside %q: %w", other, id, err)
	}
	return etag, nil
}

// judgedGate compares the mean nDCG@10 of the lists of both states that were judged: nil if
// those are too few to tell.
func judgedGate(old, st *state, all judge.Judgements) *recommend.Gate {
	sources := all.Sources(slices.Sorted(maps.Keys(all)), func(work string) bool {
		return old.listed(work) != index.None && st.listed(work) != index.None
	})
	if len(sources) < judgedSources {
		return nil
	}
	mean := func(st *state) (sum float64) {
		for _, work := range sources {
			sum += judge.Score(st.ranked(work), all[work]).NDCG10
		}
		return sum / float64(len(sources))
	}
	before, now := mean(old), mean(st)
	g := &recommend.Gate{Name: "nDCG@10 of the lists that editors judged, of before", Value: ratio(now, before), Bound: 1 - st.gen.Options.Gates.Judged}
	g.OK = before == 0 || g.Value >= g.Bound
	return g
}

// listed returns the document that has the list of a work, [index.None] if none does.
func (st *state) listed(work string) index.Doc {
	for _, n := range st.works.groups[work] {
		if d := st.works.doc(n); st.index.Has(d) {
			return d
		}
	}
	return index.None
}

// ranked returns the list of a work as the ids of the originals.
func (st *state) ranked(work string) (ids []string) {
	for _, m := range st.lists.get(nil, st.listed(work)) {
		if id := st.works.versions[m.Doc].work; !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}
