package engine

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"

	"akin/recommend"
	"akin/recommend/store"
)

// fillPages bounds how far a filler listing is read for entries that pass the
// filters.
const fillPages = 4

// fill adds the newest items of a topic, or of the site, until the answer is
// full; of a topic that others count as, its own first.
func (a *answering) fill(ctx context.Context, slug string, tier recommend.Tier) error {
	for _, part := range a.view.merges.into(slug) {
		if err := a.fillFrom(ctx, part, slug, tier); err != nil {
			return err
		}
	}
	return nil
}

func (a *answering) fillFrom(ctx context.Context, part, slug string, tier recommend.Tier) error {
	rng := store.Range{Part: listPart(part), Limit: 3 * a.q.Limit}
	for range fillPages {
		if a.full() {
			return nil
		}
		page, err := a.r.filler(ctx, a.view, rng)
		if err != nil {
			return fmt.Errorf("listing %q: %w", slug, err)
		}
		var numbers []uint32
		var entries []*listed
		for _, l := range page.entries {
			if !a.shown[l.group] {
				numbers, entries = append(numbers, l.number), append(entries, l)
			}
		}
		var records []*record
		if len(numbers) > 0 {
			if records, err = a.r.records(ctx, store.Strong, numbers); err != nil {
				return err
			}
		}
		for i, rec := range records {
			if rec != nil && !entries[i].agrees(rec, slug) {
				records[i] = nil
			}
		}
		if err := a.translate(ctx, records); err != nil {
			return err
		}
		read := page.depth()
		for i, rec := range records {
			if a.add(rec, tier, nil); a.full() {
				read = depthOf(entries[i].sortDate)
				break
			}
		}
		a.trace.fill(slug, read)
		if !page.more || len(page.entries) == 0 {
			return nil
		}
		rng = rng.After(page.last)
	}
	return nil
}

// maxPopular is how many works a generation keeps that readers followed most.
const maxPopular = 50

// popular returns the numbers of the items that readers of lists followed most in the last
// [CountWindow] days, whatever their place; ties by number. Where the site does not want them,
// it reads no counts.
func (x *Indexer) popular(ctx context.Context) ([]uint32, error) {
	v, err := x.reader.look(ctx)
	if err != nil || v.lists.Popular == 0 {
		return nil, err
	}
	now := x.now()
	all, err := readAttention(ctx, x.store, now.AddDate(0, 0, -CountWindow), now)
	if err != nil {
		return nil, err
	}
	followed := map[uint32]int{}
	for _, c := range all.Items {
		if c.Followed > 0 {
			followed[c.Order] += c.Followed
		}
	}
	numbers := slices.SortedFunc(maps.Keys(followed), func(a, b uint32) int {
		return cmp.Or(cmp.Compare(followed[b], followed[a]), cmp.Compare(a, b))
	})
	return numbers[:min(len(numbers), maxPopular)], nil
}

// popular adds what readers followed most, where the site wants that.
func (a *answering) popular(ctx context.Context) error {
	if a.view.lists.Popular == 0 || a.view.gen == nil || a.full() || len(a.view.gen.Popular) == 0 {
		return nil
	}
	a.trace.popularity()
	records, err := a.r.records(ctx, store.Strong, a.view.gen.Popular)
	if err != nil {
		return err
	}
	if err := a.translate(ctx, records); err != nil {
		return err
	}
	for _, rec := range records {
		a.add(rec, recommend.TierPopular, nil)
	}
	return nil
}

// fillers are the beginnings of listings that answers were lately filled from.
// They are remembered as long as the generation in use is, so that a site's many
// short lists do not each ask for the same rows. What may be shown is told by
// the records, which are always read.
type fillers struct {
	mu    sync.Mutex
	pages map[fillerKey]fillerPage
}

type fillerKey struct {
	part  string
	limit int
}

type fillerPage struct {
	entries []*listed
	last    store.Key // of the last row
	more    bool      // rows after it
}

// maxFillers bounds the pages that are remembered.
const maxFillers = 256

// filler returns a page of a listing.
func (r *Reader) filler(ctx context.Context, v *view, rng store.Range) (fillerPage, error) {
	f := &v.fillers
	key := fillerKey{rng.Part, rng.Limit}
	begins := rng.From == ""
	if begins {
		f.mu.Lock()
		page, ok := f.pages[key]
		f.mu.Unlock()
		if ok {
			return page, nil
		}
	}
	rows, more, err := r.store.Query(ctx, store.Eventual, rng)
	if err != nil {
		return fillerPage{}, err
	}
	page := fillerPage{more: more}
	for _, row := range rows {
		l, err := unpackListed(row.Data)
		if err != nil {
			return fillerPage{}, err
		}
		page.entries, page.last = append(page.entries, l), row.Key
	}
	if begins {
		f.mu.Lock()
		if f.pages == nil || len(f.pages) >= maxFillers {
			f.pages = make(map[fillerKey]fillerPage)
		}
		f.pages[key] = page
		f.mu.Unlock()
	}
	return page, nil
}
