package engine

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"

	"akin/recommend"
	"akin/recommend/index"
	"akin/recommend/parallel"
	"akin/recommend/store"
)

// A Difference is a place where a stored list is not what it should be.
type Difference struct {
	ID     string
	Rank   int    // from 1; 0: the list as a whole
	Stored string // as "other score", or what else is there
	Want   string
}

func (d Difference) String() string {
	return fmt.Sprintf("%s #%d: stored %s, want %s", d.ID, d.Rank, d.Stored, d.Want)
}

// Check applies waiting changes and compares every stored list of the generation
// in use with the best K of all live items by comparing each pair of vectors,
// made anew from the stored terms. It returns the differences and the number
// of lists compared. Its time grows with the square of the number of items.
func (x *Indexer) Check(ctx context.Context, progress func(stage string, done, total int)) ([]Difference, int, error) {
	if progress == nil {
		progress = func(string, int, int) {}
	}
	if _, err := x.CatchUp(ctx); err != nil {
		return nil, 0, err
	}
	x.run.Lock()
	defer x.run.Unlock()
	h, err := readHead(ctx, x.store)
	if err != nil {
		return nil, 0, err
	}
	if h.Current == 0 {
		return nil, 0, fmt.Errorf("check: %w", ErrNoGeneration)
	}
	g, err := readGeneration(ctx, x.store, h.Current)
	if err != nil {
		return nil, 0, err
	}
	st, err := load(ctx, x.store, g, false)
	if err != nil {
		return nil, 0, err
	}
	if err := st.loadLists(ctx, x.store); err != nil {
		return nil, 0, err
	}
	versions, err := st.compareVersions(ctx, x.store)
	if err != nil {
		return nil, 0, err
	}
	docs := st.index.Docs()
	differences := make([][]Difference, len(docs))
	done := make(chan struct{}, 64)
	go func() {
		defer close(done)
		parallel.Each(len(docs), func(i int) {
			differences[i] = st.compare(docs, docs[i])
			done <- struct{}{}
		})
	}()
	n := 0
	for range done {
		n++
		progress("checking", n, len(docs))
	}
	return append(slices.Concat(differences...), versions...), len(st.works.live()), nil
}

// compareVersions returns where rows do not say which list is a version's, or which
// versions entries are of.
func (st *state) compareVersions(ctx context.Context, s store.Store) ([]Difference, error) {
	var mu sync.Mutex
	var ds []Difference
	seen := map[index.Doc]bool{}
	err := scanParts(ctx, s, parts(fmt.Sprintf("rel/%d", st.gen.Number), itemShards), func(row store.Row) error {
		l, err := unpackList(row.Data)
		if err != nil {
			return fmt.Errorf("list of %q: %w", row.Sort, err)
		}
		mu.Lock()
		defer mu.Unlock()
		seen[index.Doc(l.number)] = true
		first := st.works.doc(l.number)
		if first == index.None {
			return nil
		}
		want, v := "", &st.works.versions[l.number]
		if first != index.Doc(l.number) {
			want = st.ids[first]
		}
		if l.of != want || l.lang != v.lang && st.gen.Pooled {
			ds = append(ds, Difference{row.Sort, 0, fmt.Sprintf("the list of %q, in %q", l.of, l.lang), fmt.Sprintf("that of %q, in %q", want, v.lang)})
		}
		for i, e := range l.entries {
			if spoken := st.works.spoken(index.Doc(e.number)); !slices.Equal(e.versions, spoken) {
				ds = append(ds, Difference{row.Sort, i + 1, fmt.Sprintf("versions %v", e.versions), fmt.Sprint(spoken)})
			}
		}
		return nil
	})
	for _, d := range st.works.live() {
		if !seen[d] && st.works.doc(uint32(d)) != d {
			ds = append(ds, Difference{st.ids[d], 0, "nothing", fmt.Sprintf("the list of %q", st.ids[st.works.doc(uint32(d))])})
		}
	}
	return ds, err
}

// compare holds one stored list to the definition.
func (st *state) compare(docs []index.Doc, d index.Doc) []Difference {
	k := st.lists.k
	var want []index.Match
	best := func() { // cuts want to its best k, in order
		slices.SortFunc(want, func(a, b index.Match) int {
			return cmp.Or(cmp.Compare(b.Score, a.Score), st.index.Key(a.Doc).Compare(st.index.Key(b.Doc)))
		})
		want = want[:min(len(want), k)]
	}
	least := uint32(1) // to be among the best so far
	for _, e := range docs {
		score := st.index.Score(d, e)
		if e == d || score < least {
			continue
		}
		want = append(want, index.Match{Doc: e, Score: score})
		if len(want) == 2*k {
			best()
			least = want[k-1].Score
		}
	}
	best()
	got := st.lists.get(nil, d)
	var ds []Difference
	if int(d) >= len(st.lists.stored) || !st.lists.stored[d] {
		return []Difference{{st.ids[d], 0, "nothing", fmt.Sprintf("a list of %d", len(want))}}
	}
	name := func(ms []index.Match, i int) string {
		if i >= len(ms) {
			return "nothing"
		}
		return fmt.Sprintf("%s %v", st.ids[ms[i].Doc], recommend.Millionths(index.Millionths(ms[i].Score)))
	}
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || got[i] != want[i] {
			ds = append(ds, Difference{st.ids[d], i + 1, name(got, i), name(want, i)})
		}
	}
	return ds
}
