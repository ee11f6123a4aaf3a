package engine

import (
	"container/heap"
	"context"
	"iter"
	"strings"

	"golang.org/x/sync/errgroup"

	"akin/recommend/store"
)

// openAtOnce is how many listings are opened at a time, where many are merged.
const openAtOnce = 16

// merge yields the listing rows of several topics in one order, each item once.
// What it does for a row grows with the logarithm of the number of topics.
func (r *Reader) merge(ctx context.Context, slugs []string, at string, backward bool) iter.Seq2[store.Row, error] {
	return func(yield func(store.Row, error) bool) {
		all := make([]*listingWalk, len(slugs))
		g, gctx := errgroup.WithContext(ctx)
		g.SetLimit(openAtOnce)
		for i, slug := range slugs {
			w := &listingWalk{store: r.store, rng: store.Range{Part: listPart(slug), Reverse: backward, Limit: max(4, min(32, 512/len(slugs)))}, more: true}
			if at != "" {
				w.rng = w.rng.After(store.Key{Sort: at})
			}
			all[i] = w
			g.Go(func() error { return w.fill(gctx) })
		}
		if err := g.Wait(); err != nil {
			yield(store.Row{}, err)
			return
		}
		walks := &listingWalks{backward: backward}
		for _, w := range all {
			if len(w.rows) > 0 {
				walks.all = append(walks.all, w)
			}
		}
		heap.Init(walks)
		last := ""
		for len(walks.all) > 0 {
			w := walks.all[0]
			if row := w.rows[0]; row.Sort != last {
				if !yield(row, nil) {
					return
				}
				last = row.Sort
			}
			w.rows = w.rows[1:]
			if err := w.fill(ctx); err != nil {
				yield(store.Row{}, err)
				return
			}
			if len(w.rows) > 0 {
				heap.Fix(walks, 0)
			} else {
				heap.Pop(walks)
			}
		}
	}
}

// A listingWalk is how far a listing was read.
type listingWalk struct {
	store store.Store
	rng   store.Range // of what was not read yet
	rows  []store.Row // read, and not taken yet
	more  bool        // there may be more to read
}

// fill reads on if nothing that was read is left: a few rows at first and then
// more at a time, as most readers want only the beginning.
func (w *listingWalk) fill(ctx context.Context) error {
	for len(w.rows) == 0 && w.more {
		if err := ctx.Err(); err != nil {
			return err
		}
		rows, more, err := w.store.Query(ctx, store.Eventual, w.rng)
		if err != nil {
			return err
		}
		w.rows, w.more = rows, more && len(rows) > 0
		if w.more {
			w.rng = w.rng.After(rows[len(rows)-1].Key)
		}
		w.rng.Limit = min(4*w.rng.Limit, 1000)
	}
	return nil
}

// listingWalks is a heap whose first has the next row. All have one.
type listingWalks struct {
	all      []*listingWalk
	backward bool
}

func (h *listingWalks) Len() int { return len(h.all) }

func (h *listingWalks) Less(i, j int) bool {
	c := strings.Compare(h.all[i].rows[0].Sort, h.all[j].rows[0].Sort)
	return c < 0 && !h.backward || c > 0 && h.backward
}

func (h *listingWalks) Swap(i, j int) { h.all[i], h.all[j] = h.all[j], h.all[i] }

// Push is not called, as nothing joins a merge.
func (h *listingWalks) Push(w any) { h.all = append(h.all, w.(*listingWalk)) }

// Pop takes the last one away.
func (h *listingWalks) Pop() any {
	w := h.all[len(h.all)-1]
	h.all = h.all[:len(h.all)-1]
	return w
}
