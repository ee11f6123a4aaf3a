package engine

import (
	"context"
	"errors"
	"slices"
	"time"

	"akin/recommend"
	"akin/recommend/index"
	"akin/recommend/store"
)

// maxRanked is how many of the best items that pass its filters are looked at
// for one answer: more than that may not be shown for other reasons.
const maxRanked = 1000

// A trait is what filters ask of one item.
type trait struct {
	id                     string
	types, topics, authors []string // topics as published
	lang                   string
	at                     time.Time // of its place among others; zero: none
}

// traitOf returns what filters ask of a record.
func traitOf(r *record) trait {
	return trait{r.ID, r.Types, r.Topics, r.Authors, r.Lang, r.SortTime()}
}

// passes reports whether an item passes the filters of a query.
func (f *trait) passes(q *recommend.Query) bool {
	anyOf := func(wanted, has []string) bool {
		return len(wanted) == 0 || slices.ContainsFunc(wanted, func(w string) bool { return slices.Contains(has, w) })
	}
	return (len(q.Langs) == 0 || slices.Contains(q.Langs, f.lang)) && anyOf(q.Types, f.types) && anyOf(q.Topics, f.topics) &&
		anyOf(q.Authors, f.authors) && within(f.at, q.Since, q.Until) && !slices.Contains(q.Exclude, f.id)
}

// passes reports whether a record passes the filters of a query. Who excludes an item
// wants none of its versions.
func (r *record) passes(q *recommend.Query) bool {
	f := trait{r.ID, r.Types, r.Topics, r.Authors, r.Lang, time.Time{}}
	if !q.Since.IsZero() || !q.Until.IsZero() { // else dates need not be read
		f.at = r.SortTime()
	}
	return f.passes(q) && (len(q.Exclude) == 0 || !slices.ContainsFunc(r.twins, func(t twin) bool { return slices.Contains(q.Exclude, t.ID) }))
}

// filtered reports whether a query has filters.
func filtered(q *recommend.Query) bool {
	return len(q.Types)+len(q.Topics)+len(q.Langs)+len(q.Authors)+len(q.Exclude) > 0 || !q.Since.IsZero() || !q.Until.IsZero()
}

// traits are those of all items by number, and the strings that they share.
type traits struct {
	items []trait
	words map[string]string
}

func (fs *traits) set(n uint32, r *record) {
	if int(n) >= len(fs.items) {
		fs.items = append(fs.items, make([]trait, int(n)+1-len(fs.items)+len(fs.items)/8)...)
	}
	f := traitOf(r)
	f.lang = fs.word(f.lang)
	for _, list := range []*[]string{&f.types, &f.topics, &f.authors} {
		shared := make([]string, len(*list))
		for i, s := range *list {
			shared[i] = fs.word(s)
		}
		*list = shared
	}
	f.id = string([]byte(f.id)) // not the whole row
	fs.items[n] = f
}

func (fs *traits) word(s string) string {
	if w, ok := fs.words[s]; ok {
		return w
	}
	w := string([]byte(s))
	fs.words[w] = w
	return w
}

// notice keeps what filters ask of an item that changed. It costs nothing while
// nobody filters.
func (x *Indexer) notice(row store.Row) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.traits == nil {
		return
	}
	if r, err := unpackRecord(row.Data); err == nil { // else its change is set aside
		x.traits.set(r.number, r)
	}
}

// needTraits reads what filters ask of all items, unless that is in memory.
func (x *Indexer) needTraits(ctx context.Context) error {
	x.mu.RLock()
	have := x.traits != nil
	x.mu.RUnlock()
	if have {
		return nil
	}
	x.run.Lock() // so that no change is noticed meanwhile
	defer x.run.Unlock()
	if x.traits != nil {
		return nil
	}
	fs := &traits{words: map[string]string{}}
	err := scanParts(ctx, x.store, parts("item", itemShards), func(row store.Row) error {
		r, err := unpackRecord(row.Data)
		if err != nil {
			return nil // which its own answer and a check tell
		}
		x.mu.Lock()
		fs.set(r.number, r)
		x.mu.Unlock()
		return nil
	})
	if err != nil {
		return err
	}
	x.mu.Lock()
	x.traits = fs
	x.mu.Unlock()
	return nil
}

// errUnproven says that an index cannot tell which items are the best of those
// that pass: it has another generation, or not the item.
var errUnproven = errors.New("not in the index")

// A ranker returns the best k of all items but one that pass a query, best first,
// fewer only if there are no more that score enough to be shown. Whether they
// may be shown is for others to find.
type ranker func(ctx context.Context, q *wanted, k int) ([]storedEntry, error)

// A Ranker ranks all items for filtered answers. An [Indexer] is one; a reader
// knows no more of it, so that a program without an index does not hold its code.
type Ranker interface {
	ranker(generation int, s seeds) ranker
}

// ranker returns the ranker for stored items under a generation.
func (x *Indexer) ranker(generation int, s seeds) ranker {
	return func(ctx context.Context, q *wanted, k int) ([]storedEntry, error) {
		st, err := x.ready(ctx)
		if errors.Is(err, ErrNoGeneration) {
			return nil, errUnproven
		}
		if err != nil {
			return nil, err
		}
		if s.combined() {
			if st.gen.Number != generation {
				return nil, errUnproven
			}
			return x.rankSeeds(ctx, st, s, q, k)
		}
		x.mu.RLock()
		d := st.works.doc(s.likes[0])
		known := st.gen.Number == generation && d != index.None
		var of side
		if known {
			of = st.side(d)
		}
		x.mu.RUnlock()
		if !known {
			return nil, errUnproven
		}
		return x.rank(ctx, st, of, d, q, k)
	}
}

// rank does what a ranker does, for one document and without another.
func (x *Indexer) rank(ctx context.Context, st *state, of side, except index.Doc, q *wanted, k int) ([]storedEntry, error) {
	if err := x.needTraits(ctx); err != nil {
		return nil, err
	}
	x.mu.RLock()
	defer x.mu.RUnlock()
	if x.state != st || x.traits == nil { // exchanged meanwhile
		return nil, errUnproven
	}
	items, least := x.traits.items, st.gen.minScore()
	found := st.index.NearestOf(nil, of.vector, of.day, k, q.most, func(m index.Match) uint64 {
		if m.Doc == except || recommend.Millionths(index.Millionths(m.Score)) < least {
			return 0
		}
		f := st.shown(m.Doc, items, q)
		if f == nil || !q.young(f) {
			return 0
		}
		return q.factor(f)
	})
	entries := make([]storedEntry, len(found))
	for i, m := range found {
		entries[i] = st.entry(of, m, nil)
	}
	return entries, nil
}

// shown returns what filters ask of the version of a document that an answer shows,
// as [answering.chosen] and [answering.others] have it; nil: it has none that
// passes, or one is excluded.
func (st *state) shown(d index.Doc, items []trait, q *wanted) *trait {
	passing := func(n uint32) *trait {
		if int(n) < len(items) && items[n].passes(q.Query) {
			return &items[n]
		}
		return nil
	}
	versions := st.works.spoken(d)
	if versions == nil {
		return passing(uint32(d))
	}
	if slices.ContainsFunc(versions, func(v storedVersion) bool { return slices.Contains(q.Exclude, st.ids[v.number]) }) {
		return nil
	}
	if f := passing(q.version(&storedEntry{number: uint32(d), versions: versions})); f != nil {
		return f
	}
	for _, v := range versions {
		if f := passing(v.number); f != nil {
			return f
		}
	}
	return nil
}

// unmerged is a query whose topics are those that items may have been published
// with.
func (v *view) unmerged(q recommend.Query) *recommend.Query {
	var topics []string
	for _, t := range q.Topics {
		topics = append(topics, v.merges.into(t)...)
	}
	q.Topics = topics
	return &q
}

// ranked fills the answer from all items that pass the filters, in place of the
// similar entries that it has after the first pinned ones, and reports whether it
// is proven: no item that may be shown and passes ranks before one of them.
func (a *answering) ranked(ctx context.Context, pinned int) (bool, error) {
	if a.rank == nil {
		return false, nil
	}
	a.trace.index()
	q := &wanted{a.view.unmerged(a.q), a.rules, a.lang}
	done := 0
	for k := 2 * a.q.Limit; ; k = min(4*k, maxRanked) {
		found, err := a.rank(ctx, q, k)
		if errors.Is(err, errUnproven) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		if done == 0 {
			a.forget(pinned)
		}
		for rest := found[min(done, len(found)):]; len(rest) > 0 && !a.full(); {
			records, err := a.next(ctx, rest)
			if err != nil {
				return false, err
			}
			if records, err = a.others(ctx, rest, records); err != nil {
				return false, err
			}
			for i := range records {
				a.add(records[i], recommend.TierSimilar, &rest[i])
			}
			rest = rest[len(records):]
		}
		if a.full() || len(found) < k {
			return true, nil
		}
		if k == maxRanked {
			return false, nil
		}
		done = len(found)
	}
}

// forget takes all entries after the first pinned ones out of the answer.
func (a *answering) forget(pinned int) {
	for _, e := range a.added[pinned:] {
		delete(a.shown, e.rec.group())
	}
	a.added, a.answer.Related = a.added[:pinned], a.answer.Related[:pinned]
	a.offered, a.waiting, a.recalled = 0, nil, false
	clear(a.taken)
	for _, e := range a.added {
		a.take(e.rec)
	}
}
