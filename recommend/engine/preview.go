package engine

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"akin/recommend"
	"akin/recommend/index"
	"akin/recommend/store"
)

// PreviewRebuild writes to s, which holds what the indexer's store does and more and that
// nobody else reads, what the next rebuild would make, and switches it over. Of the
// related lists only those of the items of ids are made, so only those say
// afterwards what would be; ids that nothing has are left out. It takes the time
// and the memory of a rebuild but for the other lists, and the gates do not
// apply.
func (x *Indexer) PreviewRebuild(ctx context.Context, s store.Store, ids []string) error {
	if err := x.previewRebuild(ctx, s, ids); err != nil {
		return fmt.Errorf("look ahead: %w", err)
	}
	return nil
}

func (x *Indexer) previewRebuild(ctx context.Context, s store.Store, ids []string) error {
	y := NewIndexer(s, x.settings, IndexerOptions{Now: x.now, Alone: true, Chosen: x.chosen})
	g, err := y.Plan(ctx, 1, nil)
	if err != nil {
		return err
	}
	st := y.building
	wanted := make(map[string]bool, len(ids))
	for _, id := range ids {
		wanted[id] = true
	}
	var docs []index.Doc
	for _, d := range st.works.live() {
		if wanted[st.ids[d]] {
			docs = append(docs, d, st.works.doc(uint32(d))) // its own row may name the other's
		}
	}
	slices.Sort(docs)
	docs = slices.Compact(docs)
	st.nearest(docs)
	if err := y.writeLists(ctx, st, docs, rev(st.gen.Plan, 0)); err != nil {
		return err
	}
	h, err := readHead(ctx, s)
	if err != nil {
		return err
	}
	h.Previous, h.Current, h.Done = h.Current, g.Number, st.gen.Plan
	return h.write(ctx, s)
}

// fullList is how many entries that count as similar a stored list has at least
// if it needs no filler: those of [itemVersions] versions of the eight works
// that a page shows.
const fullList = 8 * itemVersions

// itemVersions is the number of language versions that a work is taken to have
// at most.
const itemVersions = 4

// ListsShowing returns the items whose pages may show one of ids, be it as similar,
// pinned, or as filler of a list with too few entries of its own, and so all
// whose pages change when those may no longer be shown beside others, or may
// again: first the items whose stored lists name them, nearest first, then, by id,
// those that editors decided anything for and those whose lists are short. It
// reads every list of the generation in use.
func (r *Reader) ListsShowing(ctx context.Context, ids ...string) ([]string, error) {
	all, err := r.listsShowing(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("beside %s: %w", strings.Join(ids, ", "), err)
	}
	return all, nil
}

func (r *Reader) listsShowing(ctx context.Context, ids []string) ([]string, error) {
	v, err := r.look(ctx)
	if err != nil {
		return nil, err
	}
	var mu sync.Mutex
	score := map[string]uint32{} // of the nearest of ids; 0: there may be filler
	if v.gen == nil {            // every entry is filler
		for it, err := range r.All(ctx) {
			if err != nil {
				return nil, err
			}
			score[it.ID] = 0
		}
	} else if err := r.eachListShowing(ctx, v.gen, ids, func(id string, nearest uint32) {
		mu.Lock()
		score[id] = nearest
		mu.Unlock()
	}); err != nil {
		return nil, err
	}
	curated, err := r.curatedItems(ctx)
	if err != nil {
		return nil, err
	}
	for _, id := range curated {
		score[id] = max(score[id], 0)
	}
	all := make([]string, 0, len(score))
	for id := range score {
		all = append(all, id)
	}
	slices.SortFunc(all, func(a, b string) int {
		return cmp.Or(cmp.Compare(score[b], score[a]), strings.Compare(a, b))
	})
	return all, nil
}

// eachListShowing calls f with the items whose lists name
// one of ids, and its score, and with those whose lists are short.
func (r *Reader) eachListShowing(ctx context.Context, g *generation, ids []string, f func(id string, score uint32)) error {
	records, err := r.byID(ctx, ids)
	if err != nil {
		return err
	}
	var numbers []uint32
	for _, rec := range records {
		if rec != nil {
			numbers = append(numbers, rec.number)
		}
	}
	slices.Sort(numbers)
	names := func(n uint32) bool {
		_, ok := slices.BinarySearch(numbers, n)
		return ok
	}
	var mu sync.Mutex
	shared := map[string][]string{} // versions whose list stands in another's row, by that
	scores := map[string]uint32{}   // of those shown
	err = scanParts(ctx, r.store, parts(fmt.Sprintf("rel/%d", g.Number), itemShards), func(row store.Row) error {
		u := unpacker{s: string(row.Data)}
		l, err := u.list(false, recommend.MaxCandidates)
		if err != nil {
			return fmt.Errorf("list of %q: %w", row.Sort, err)
		}
		mu.Lock()
		defer mu.Unlock()
		if l.of != "" {
			shared[l.of] = append(shared[l.of], row.Sort)
			return nil
		}
		entries := g.similar(l.entries)
		for _, e := range entries {
			if names(e.number) || slices.ContainsFunc(e.versions, func(v storedVersion) bool { return names(v.number) }) {
				scores[row.Sort] = e.score
				return nil
			}
		}
		if len(entries) < fullList {
			scores[row.Sort] = 0
		}
		return nil
	})
	for id, score := range scores {
		for _, version := range append(shared[id], id) {
			f(version, score)
		}
	}
	return err
}

// curatedItems returns the language versions of the works that editors decided
// something for.
func (r *Reader) curatedItems(ctx context.Context) ([]string, error) {
	var mu sync.Mutex
	var ids []string
	err := scanParts(ctx, r.store, parts("curation", termShards), func(row store.Row) error {
		mu.Lock()
		defer mu.Unlock()
		ids = append(ids, row.Sort)
		return nil
	})
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	keys := make([]store.Key, len(ids))
	for i, id := range ids {
		keys[i] = groupKey(id)
	}
	rows, err := r.store.Get(ctx, store.Strong, keys...)
	if err != nil {
		return nil, err
	}
	var numbers []uint32
	for _, row := range rows {
		if row.Rev == 0 {
			continue
		}
		members, err := unpackMembers(row.Data)
		if err != nil {
			return nil, fmt.Errorf("versions of %q: %w", row.Sort, err)
		}
		numbers = append(numbers, members...)
	}
	records, err := r.records(ctx, store.Strong, numbers)
	if err != nil {
		return nil, err
	}
	for _, rec := range records {
		if rec != nil {
			ids = append(ids, rec.ID)
		}
	}
	return ids, nil
}
