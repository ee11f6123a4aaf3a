package engine

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"akin/recommend/store"
)

// A digest stands for what is published: equal ones for equal bytes. The zero digest
// stands for nothing.
type digest [12]byte

// A shownWork is what is published of a work, as of when it was last looked at, and what that
// was made from.
type shownWork struct {
	pages   []shownPage  // of its language versions that may be shown, by id
	entries []shownEntry // of pages of topics, by slug

	// The first of the stored list, by number, that the pages were made from. Known says whether
	// these are known; ended, that the list has no others.
	seen         []uint32
	known, ended bool

	// Other items whose changes can change the pages.
	pins    []string    // ids that editors pinned, ascending
	fills   []fillDepth // listings that short lists were filled from, by slug; "" is the whole site
	popular bool        // and what readers followed most
	asked   bool        // any item

	// Whose pages can change with this work: those filled from listings where it stands.
	topics []string // of its versions, ascending
	place  uint64   // the least depth of one of them
}

type shownPage struct {
	id     string
	digest digest
}

// A shownEntry is how a work stands on the page of a topic.
type shownEntry struct {
	slug   string
	digest digest // zero: it does not stand there
	own    bool   // one of its versions has the topic itself and may be shown
}

type fillDepth struct {
	slug  string
	depth uint64
}

const shownFormat = 1

func (w *shownWork) pack() []byte {
	var p packer
	p.byte(shownFormat)
	p.uint(uint64(len(w.pages)))
	for _, g := range w.pages {
		p.string(g.id)
		p.b = append(p.b, g.digest[:]...)
	}
	p.uint(uint64(len(w.entries)))
	for _, e := range w.entries {
		p.string(e.slug)
		p.b = append(p.b, e.digest[:]...)
		p.byte(flagsOf(e.own, false))
	}
	p.strings(w.pins)
	p.uint(uint64(len(w.fills)))
	for _, f := range w.fills {
		p.string(f.slug)
		p.uint(f.depth)
	}
	p.byte(flagsOf(w.popular, w.asked))
	p.byte(flagsOf(w.known, w.ended))
	p.uint(uint64(len(w.seen)))
	for _, n := range w.seen {
		p.uint(uint64(n))
	}
	p.strings(w.topics)
	p.uint(w.place)
	return p.b
}

func flagsOf(a, b bool) (v byte) {
	if a {
		v |= 1
	}
	if b {
		v |= 2
	}
	return v
}

func (u *unpacker) digest() (d digest) {
	if len(u.s) < len(d) {
		u.fail()
		return d
	}
	copy(d[:], u.s)
	u.s = u.s[len(d):]
	return d
}

func unpackShown(b []byte) (*shownWork, error) {
	u := unpacker{s: string(b)}
	if u.byte() != shownFormat {
		return nil, errCorrupt
	}
	w := &shownWork{}
	for range u.count() {
		w.pages = append(w.pages, shownPage{u.string(), u.digest()})
	}
	for range u.count() {
		w.entries = append(w.entries, shownEntry{u.string(), u.digest(), u.byte()&1 != 0})
	}
	w.pins = u.strings()
	for range u.count() {
		w.fills = append(w.fills, fillDepth{u.string(), u.uint()})
	}
	flags := u.byte()
	w.popular, w.asked = flags&1 != 0, flags&2 != 0
	flags = u.byte()
	w.known, w.ended = flags&1 != 0, flags&2 != 0
	for range u.count() {
		w.seen = append(w.seen, u.small())
	}
	w.topics, w.place = u.strings(), u.uint()
	return w, u.end()
}

// same reports whether a row need not be written.
func (w *shownWork) same(o *shownWork) bool {
	return slices.Equal(w.pages, o.pages) && slices.Equal(w.entries, o.entries) && slices.Equal(w.pins, o.pins) && slices.Equal(w.fills, o.fills) &&
		slices.Equal(w.seen, o.seen) && w.known == o.known && w.ended == o.ended && w.popular == o.popular && w.asked == o.asked && slices.Equal(w.topics, o.topics) && w.place == o.place
}

// untouched reports whether pages that were made from a work's list are the same with the list as it is now,
// of which only the changed items score otherwise than before; nil: nobody knows it.
func (w *shownWork) untouched(now []uint32, changed map[uint32]bool) bool {
	if !w.known || now == nil || len(now) < len(w.seen) || w.ended && len(now) != len(w.seen) || !slices.Equal(now[:len(w.seen)], w.seen) {
		return false
	}
	return !slices.ContainsFunc(w.seen, func(n uint32) bool { return changed[n] })
}

// A ledger is what is published of everything, and what depends on what. It is not safe for
// concurrent use.
type ledger struct {
	state  tellState
	rev    uint64                // the greatest of its rows, of a writer that crashed perhaps, at least the state's
	works  map[string]*shownWork // by the original's id
	topics map[string]digest     // of topics that have a page, but for their items

	of      map[string]string            // by id: the work whose page that is
	pinned  map[string][]string          // by id: the works that it is pinned to
	fills   map[string]map[string]uint64 // by slug, then work: how deep its lists read the listing
	popular map[string]bool              // works
	asked   map[string]bool              // works
	own     map[string]int               // by slug: works with a version that has the topic and may be shown

	words map[string]string // slugs, each once in memory
	tree  *topicTree        // as of state; nil: not read yet
}

func newLedger(s tellState) *ledger {
	return &ledger{
		state: s, rev: s.rev, works: map[string]*shownWork{}, topics: map[string]digest{}, of: map[string]string{}, pinned: map[string][]string{}, fills: map[string]map[string]uint64{},
		popular: map[string]bool{}, asked: map[string]bool{}, own: map[string]int{}, words: map[string]string{},
	}
}

// readLedger reads what the store has of a state.
func readLedger(ctx context.Context, s store.Store, at tellState) (*ledger, error) {
	l := newLedger(at)
	var mu sync.Mutex
	err := scanParts(ctx, s, parts("told", itemShards), func(row store.Row) error {
		var w *shownWork
		if len(row.Data) > 0 {
			var err error
			if w, err = unpackShown(row.Data); err != nil {
				return fmt.Errorf("what is published of %q: %w", row.Sort, err)
			}
		}
		mu.Lock()
		defer mu.Unlock()
		l.rev = max(l.rev, row.Rev)
		l.set(row.Sort, w)
		return nil
	})
	if err != nil {
		return nil, err
	}
	for row, err := range store.Scan(ctx, s, store.Strong, store.Range{Part: toldTopicPart}) {
		if err != nil {
			return nil, err
		}
		if l.rev = max(l.rev, row.Rev); len(row.Data) == 0 {
			continue
		}
		u := unpacker{s: string(row.Data)}
		l.topics[row.Sort] = u.digest()
		if err := u.end(); err != nil {
			return nil, fmt.Errorf("what is published of topic %q: %w", row.Sort, err)
		}
	}
	return l, nil
}

// set replaces what is known of a work; nil: nothing is published of it.
func (l *ledger) set(work string, w *shownWork) {
	if old := l.works[work]; old != nil {
		for _, id := range old.pins {
			if l.pinned[id] = slices.DeleteFunc(l.pinned[id], func(o string) bool { return o == work }); len(l.pinned[id]) == 0 {
				delete(l.pinned, id)
			}
		}
		for _, f := range old.fills {
			if delete(l.fills[f.slug], work); len(l.fills[f.slug]) == 0 {
				delete(l.fills, f.slug)
			}
		}
		for _, g := range old.pages {
			delete(l.of, g.id)
		}
		for _, e := range old.entries {
			l.count(e, -1)
		}
		delete(l.popular, work)
		delete(l.asked, work)
		delete(l.works, work)
	}
	if w == nil {
		return
	}
	l.works[work] = w
	for _, g := range w.pages {
		l.of[g.id] = work
	}
	for i := range w.entries {
		w.entries[i].slug = l.word(w.entries[i].slug)
		l.count(w.entries[i], +1)
	}
	for i := range w.topics {
		w.topics[i] = l.word(w.topics[i])
	}
	for i, f := range w.fills {
		w.fills[i].slug = l.word(f.slug)
		if l.fills[f.slug] == nil {
			l.fills[w.fills[i].slug] = map[string]uint64{}
		}
		l.fills[f.slug][work] = f.depth
	}
	for _, id := range w.pins {
		l.pinned[id] = append(l.pinned[id], work)
	}
	if w.popular {
		l.popular[work] = true
	}
	if w.asked {
		l.asked[work] = true
	}
}

func (l *ledger) count(e shownEntry, n int) {
	if e.own {
		if l.own[e.slug] += n; l.own[e.slug] == 0 {
			delete(l.own, e.slug)
		}
	}
}

func (l *ledger) word(s string) string {
	if w, ok := l.words[s]; ok {
		return w
	}
	s = strings.Clone(s)
	l.words[s] = s
	return s
}

// filledWith adds to works those whose lists are filled from listings in which a work stands,
// no deeper than they were read.
func (l *ledger) filledWith(w *shownWork, works map[string]bool) {
	for _, slug := range append([]string{""}, w.topics...) {
		for work, depth := range l.fills[slug] {
			if w.place <= depth {
				works[work] = true
			}
		}
	}
}

// news returns the ids whose pages, and the slugs of topics whose items, are others now than before, given works
// as they are now; one that is nil is gone. Those that items came from or went to are among them.
func (l *ledger) news(now map[string]*shownWork) (ids []string, slugs map[string]bool) {
	pages, entries := map[string]digest{}, map[shownEntry]int{}
	for work := range now {
		if old := l.works[work]; old != nil {
			for _, g := range old.pages {
				pages[g.id] = g.digest
			}
			for _, e := range old.entries {
				entries[e]--
			}
		}
	}
	for _, w := range now {
		if w == nil {
			continue
		}
		for _, g := range w.pages {
			if pages[g.id] == g.digest {
				delete(pages, g.id)
			} else {
				pages[g.id] = g.digest
			}
		}
		for _, e := range w.entries {
			entries[e]++
		}
	}
	slugs = map[string]bool{}
	for e, n := range entries {
		if n != 0 {
			slugs[e.slug] = true
		}
	}
	return slices.Collect(maps.Keys(pages)), slugs
}

func sortedPages(a, b shownPage) int { return cmp.Compare(a.id, b.id) }
