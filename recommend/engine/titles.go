package engine

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"akin/recommend"
	"akin/recommend/store"
	"akin/recommend/text"
)

// MaxTitles is how many items one look-up finds at most, and maxNamed how many authors a search
// names.
const (
	MaxTitles = 50
	maxNamed  = 5
)

// titles are what items are found by: their titles, and their authors.
type titles struct {
	items   text.Lookup
	authors text.Lookup
	names   []string          // of authors, by number
	numbers map[string]uint32 // of authors, by name
	works   [][]uint32        // the items of an author, by number
}

// set puts an item in, in place of what it was before.
func (ts *titles) set(n uint32, r *record, before, now []string) {
	for _, name := range before {
		a := ts.numbers[name]
		if ts.works[a] = slices.DeleteFunc(ts.works[a], func(o uint32) bool { return o == n }); len(ts.works[a]) == 0 {
			ts.authors.Remove(a)
		}
	}
	if r.Status == recommend.Withdrawn {
		ts.items.Remove(n)
		return
	}
	for _, name := range now {
		a, ok := ts.numbers[name]
		if !ok {
			a = uint32(len(ts.names))
			ts.numbers[name] = a
			ts.names, ts.works = append(ts.names, name), append(ts.works, nil)
		}
		if len(ts.works[a]) == 0 {
			ts.authors.Set(a, name, 0, name)
		}
		if w := ts.works[a]; len(w) == 0 || w[len(w)-1] != n {
			ts.works[a] = append(w, n)
		}
	}
	ts.items.Set(n, titleOf(&r.Item), sortMillis(&r.Item), r.ID)
}

// titleOf returns what an item is called, or what stands in its place.
func titleOf(it *recommend.Item) string {
	alt := ""
	if it.Image != nil {
		alt = it.Image.Alt
	}
	summary := it.Summary
	if len(summary) > 100 {
		summary = strings.ToValidUTF8(summary[:100], "")
	}
	return cmp.Or(it.Title, summary, alt)
}

// visible reports whether readers may see an item.
func (fs *traits) visible(n uint32, now time.Time) bool {
	return int(n) < len(fs.items) && fs.items[n].live && fs.items[n].from <= now.Unix()
}

// named calls f with what all items are found by, brought up to date.
func (x *Indexer) named(ctx context.Context, f func(*traits)) error {
	for ctx.Err() == nil {
		if _, err := x.ready(ctx); err != nil {
			return err
		}
		if err := x.needTraits(ctx); err != nil {
			return err
		}
		x.mu.RLock()
		if fs := x.traits; fs != nil { // else exchanged meanwhile
			defer x.mu.RUnlock()
			f(fs)
			return nil
		}
		x.mu.RUnlock()
	}
	return ctx.Err()
}

// Titles returns the items whose titles a query finds, also misspelt, the best first: see
// [text.Lookup]. Those that readers may not see yet are among them, those that were withdrawn are not. It reads
// the titles in memory, and needs a generation.
func (x *Indexer) Titles(ctx context.Context, q string, limit int) ([]recommend.Item, error) {
	if limit < 1 || limit > MaxTitles {
		return nil, recommend.Invalid("limit", "%d is not from 1 to %d", limit, MaxTitles)
	}
	var numbers []uint32
	err := x.named(ctx, func(fs *traits) {
		for _, f := range fs.titles.items.Find(q, limit, nil) {
			numbers = append(numbers, f.Name)
		}
	})
	if err != nil {
		return nil, fmt.Errorf("titles: %w", err)
	}
	records, err := x.reader.records(ctx, store.Strong, numbers)
	if err != nil {
		return nil, fmt.Errorf("titles: %w", err)
	}
	items := make([]recommend.Item, 0, len(records))
	for _, r := range records {
		if r != nil {
			items = append(items, r.Item)
		}
	}
	return items, nil
}

// Hints tells what else a search may have meant, and the authors whose names it says: every word
// of it, and no beginnings of words. Only what readers may see counts. Found is how many items the search
// found: only where that is few is something else meant. It needs a generation.
func (x *Indexer) Hints(ctx context.Context, q string, found int) (*recommend.Hints, error) {
	h, now := &recommend.Hints{}, x.now()
	err := x.named(ctx, func(fs *traits) {
		visible := func(n uint32) bool { return fs.visible(n, now) }
		if found < recommend.FewFound {
			if meant, ok := fs.titles.items.Meant(q, visible); ok {
				h.Meant = meant
			}
		}
		count := func(a uint32) int {
			works := map[string]bool{}
			for _, i := range fs.titles.works[a] {
				if visible(i) {
					works[fs.items[i].work] = true
				}
			}
			return len(works)
		}
		const same, slip = 8, 3 // points
		for _, f := range fs.titles.authors.Find(q, maxNamed, func(a uint32) bool { return count(a) > 0 }) {
			if f.Least == same || f.Least >= slip && f.Least < 6 {
				h.Authors = append(h.Authors, recommend.Named{Name: fs.titles.names[f.Name], Works: count(f.Name)})
			}
		}
	})
	if err != nil {
		return nil, fmt.Errorf("hints: %w", err)
	}
	return h, nil
}

// ByAuthor returns the latest visible items of an author, each work once; lang, if given, is
// preferred where a work has versions. It needs a generation.
func (x *Indexer) ByAuthor(ctx context.Context, author, lang string, limit int) ([]recommend.Entry, error) {
	if limit < 1 || limit > 100 {
		return nil, recommend.Invalid("limit", "%d is not from 1 to 100", limit)
	}
	now := x.now()
	var numbers []uint32
	err := x.named(ctx, func(fs *traits) {
		a, ok := fs.titles.numbers[author]
		if !ok {
			return
		}
		for _, n := range fs.titles.works[a] {
			if fs.visible(n, now) {
				numbers = append(numbers, n)
			}
		}
		slices.SortFunc(numbers, func(a, b uint32) int {
			s, t := &fs.items[a], &fs.items[b]
			return cmp.Or(t.at.Compare(s.at), strings.Compare(s.id, t.id))
		})
	})
	if err != nil {
		return nil, fmt.Errorf("by author: %w", err)
	}
	if _, err := x.reader.look(ctx); err != nil {
		return nil, fmt.Errorf("by author: %w", err)
	}
	entries, shown := []recommend.Entry{}, map[string]int{} // by work: where it stands
	var until time.Time
	for chunk := range slices.Chunk(numbers, 100) {
		records, err := x.reader.records(ctx, store.Strong, chunk)
		if err != nil {
			return nil, fmt.Errorf("by author: %w", err)
		}
		for _, r := range records {
			if r == nil || !r.visible(now, &until) || !slices.Contains(r.Authors, author) {
				continue
			}
			e := recommend.Entry{Card: r.card(now, &until), Tier: recommend.TierLatest}
			at, ok := shown[r.group()]
			switch {
			case !ok && len(entries) < limit:
				shown[r.group()], entries = len(entries), append(entries, e)
			case ok && r.Lang == lang && entries[at].Lang != lang:
				entries[at] = e
			}
		}
		if len(entries) == limit {
			break
		}
	}
	return entries, nil
}

// Named returns those of ids that are stored, withdrawn or hidden too, by id: what editors' pages call
// them by.
func (r *Reader) Named(ctx context.Context, ids ...string) (map[string]recommend.Item, error) {
	records, err := r.byID(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("named: %w", err)
	}
	all := make(map[string]recommend.Item, len(ids))
	for _, rec := range records {
		if rec != nil {
			all[rec.ID] = rec.Item
		}
	}
	return all, nil
}
