package engine

import (
	"cmp"
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"

	"akin/recommend"
	"akin/recommend/index"
	"akin/recommend/store"
	"akin/recommend/text"
)

// A state is one generation in memory: the vectors of all live items, and every
// list as its row has it. Its methods are not safe for concurrent use, except
// that those that only look may run together.
type state struct {
	gen      *generation
	weigher  *weigher
	analyzer *text.Analyzer
	index    *index.Index
	works    works
	ids      []string // by number; empty where there was never an item
	lists    lists
}

// lists holds up to k matches for each of many documents in flat memory: a
// related list of 50 takes 400 bytes, and 200 more once holders was called.
type lists struct {
	k      int
	length []uint8 // by document
	stored []bool  // by document: it has a row
	docs   []index.Doc
	scores []uint32
	worst  []uint32 // by document: the last score of a full list, or 0

	mu sync.Mutex
	by [][]index.Doc // by document: the lists that name it; nil until asked for
}

func (l *lists) grow(n int) {
	if n <= len(l.length) {
		return
	}
	n += n / 8
	l.length = append(l.length, make([]uint8, n-len(l.length))...)
	l.stored = append(l.stored, make([]bool, n-len(l.stored))...)
	l.worst = append(l.worst, make([]uint32, n-len(l.worst))...)
	if l.by != nil {
		l.by = append(l.by, make([][]index.Doc, n-len(l.by))...)
	}
	l.docs = append(l.docs, make([]index.Doc, n*l.k-len(l.docs))...)
	l.scores = append(l.scores, make([]uint32, n*l.k-len(l.scores))...)
}

// get appends the list of d to dst.
func (l *lists) get(dst []index.Match, d index.Doc) []index.Match {
	if int(d) >= len(l.length) {
		return dst
	}
	from := int(d) * l.k
	for i := range int(l.length[d]) {
		dst = append(dst, index.Match{Doc: l.docs[from+i], Score: l.scores[from+i]})
	}
	return dst
}

// set replaces the list of d, which must have been made room for. It may be
// called for several documents at once.
func (l *lists) set(d index.Doc, ms []index.Match) {
	from := int(d) * l.k
	old := l.docs[from : from+int(l.length[d])]
	if l.by != nil {
		l.mu.Lock()
		// Most entries stay.
		for _, o := range old {
			if !slices.ContainsFunc(ms, func(m index.Match) bool { return m.Doc == o }) {
				l.by[o] = slices.DeleteFunc(l.by[o], func(h index.Doc) bool { return h == d })
			}
		}
		for _, m := range ms {
			if !slices.Contains(old, m.Doc) {
				l.by[m.Doc] = append(l.by[m.Doc], d)
			}
		}
		l.mu.Unlock()
	}
	for i, m := range ms {
		l.docs[from+i], l.scores[from+i] = m.Doc, m.Score
	}
	l.length[d], l.worst[d] = uint8(len(ms)), 0
	if len(ms) == l.k {
		l.worst[d] = ms[l.k-1].Score
	}
}

// last returns the worst match of d's list, which is full.
func (l *lists) last(d index.Doc) index.Match {
	at := int(d)*l.k + l.k - 1
	return index.Match{Doc: l.docs[at], Score: l.scores[at]}
}

// holders returns the documents whose lists name one of the set, but those of
// the set, in ascending order.
func (l *lists) holders(set map[index.Doc]bool) []index.Doc {
	if l.by == nil {
		l.turn()
	}
	var hs []index.Doc
	for d := range set {
		if int(d) < len(l.by) {
			hs = append(hs, l.by[d]...)
		}
	}
	hs = slices.DeleteFunc(hs, func(d index.Doc) bool { return set[d] })
	slices.Sort(hs)
	return slices.Compact(hs)
}

// leave forgets who names those of the set that are in no list any more, all at
// once: each list that loses one would look for itself among all that named it.
func (l *lists) leave(set map[index.Doc]bool, stays func(index.Doc) bool) {
	for d := range set {
		if int(d) < len(l.by) && !stays(d) {
			l.by[d] = nil
		}
	}
}

// turn finds out which lists name each document.
func (l *lists) turn() {
	counts := make([]uint32, len(l.length))
	total := 0
	for d, n := range l.length {
		total += int(n)
		for _, m := range l.docs[d*l.k : d*l.k+int(n)] {
			counts[m]++
		}
	}
	// One slab holds all; what grows later moves out of it.
	slab := make([]index.Doc, total)
	l.by = make([][]index.Doc, len(l.length))
	for d, n := range counts {
		l.by[d] = slab[:0:n]
		slab = slab[n:]
	}
	for d, n := range l.length {
		for _, m := range l.docs[d*l.k : d*l.k+int(n)] {
			l.by[m] = append(l.by[m], index.Doc(d))
		}
	}
}

// An update is an item as it is now.
type update struct {
	number uint32
	terms  *termList // nil or dead: it is not to be in any list
}

// batchShare is the share of the corpus beyond which all lists are made anew
// instead of finding out which of them change.
const batchShare = 0.01

// An effect is what updates do to a state's lists.
type effect struct {
	set   map[index.Doc]bool          // the updated items
	live  []index.Doc                 // those of them that are in lists, ascending
	holds []bool                      // by document: its list named one of the set before
	gains map[index.Doc][]index.Match // by list: what it may gain; of every list that held one of the set
}

// update brings the index and all lists up to date with items as they are now,
// and returns the items whose rows are to be written, in ascending order: those
// whose list is another than before, names one of the updates, or has no row.
//
// It relies only on this of the lists before: each, without the updated items,
// is a beginning of the ranking of all other items. So it mends lists that
// another writer left half changed by the same updates.
func (st *state) update(updates []update) []index.Doc {
	e := effect{set: make(map[index.Doc]bool, len(updates))}
	for _, u := range updates {
		e.set[index.Doc(u.number)] = true
	}
	holders := st.lists.holders(e.set)
	st.place(updates)
	st.lists.leave(e.set, st.index.Has)
	if n := st.index.Len(); len(e.set) > 64 && float64(len(e.set)) > batchShare*float64(n) {
		return st.remake(e.set)
	}
	for d := range e.set {
		if st.index.Has(d) {
			e.live = append(e.live, d)
		}
	}
	slices.Sort(e.live)
	st.findGains(&e, holders)
	touched, again := st.mend(&e)
	st.nearest(slices.Concat(again, e.live))
	touched = append(touched, again...)
	for d := range e.set {
		if !st.index.Has(d) {
			st.lists.set(d, nil)
		}
		touched = append(touched, d)
	}
	slices.Sort(touched)
	return slices.Compact(touched)
}

// findGains finds what each list may gain by updates: where it held one of the
// set, all that the set scores, as a place may be free; else what ranks before
// its last match.
func (st *state) findGains(e *effect, holders []index.Doc) {
	e.holds = make([]bool, len(st.lists.length))
	e.gains = make(map[index.Doc][]index.Match, len(holders))
	for _, d := range holders {
		e.holds[d], e.gains[d] = true, nil
	}
	for _, d := range e.live {
		st.index.Scores(st.index.Vector(d), st.index.Key(d).Day, func(m index.Match) {
			gain := index.Match{Doc: d, Score: m.Score}
			if e.holds[m.Doc] || !e.set[m.Doc] && st.enters(m.Doc, gain) {
				e.gains[m.Doc] = append(e.gains[m.Doc], gain)
			}
		})
	}
}

// enters reports whether a match that d's list does not name has a place in it.
// All that the list names is in the index: d is not one of those updated.
func (st *state) enters(d index.Doc, m index.Match) bool {
	worst := st.lists.worst[d]
	return m.Score > worst || m.Score == worst && st.index.Compare(m, st.lists.last(d)) <= 0
}

// mend puts what lists gain into them and takes what they held of the set out.
// It returns the lists that changed or name one of the set, and in ascending
// order those that it left: they lost a match and may gain one unknown.
func (st *state) mend(e *effect) (touched, again []index.Doc) {
	var old, merged []index.Match
	for d, gain := range e.gains {
		old = st.lists.get(old[:0], d)
		merged = slices.DeleteFunc(append(merged[:0], old...), func(m index.Match) bool { return e.set[m.Doc] })
		kept := len(merged)
		var last index.Match // of those kept
		if kept > 0 {
			last = merged[kept-1]
		}
		merged = append(merged, gain...)
		slices.SortFunc(merged, st.index.Compare)
		if e.holds[d] && len(old) == st.lists.k {
			// Items that no list mentions rank after the last one kept, so
			// the list is certain up to that one and no further.
			if kept == 0 || slices.Index(merged, last)+1 < st.lists.k {
				again = append(again, d)
				continue
			}
		}
		merged = merged[:min(len(merged), st.lists.k)]
		if e.holds[d] || !slices.Equal(old, merged) {
			st.lists.set(d, merged)
			touched = append(touched, d)
		}
	}
	slices.Sort(again)
	return touched, again
}

// remake makes every list anew and returns those to be written.
func (st *state) remake(set map[index.Doc]bool) []index.Doc {
	var mu sync.Mutex
	var touched []index.Doc
	st.lists.by = nil // all would change
	st.each(st.index.Docs(), func(d index.Doc, ms []index.Match, old []index.Match) {
		write := set[d] || !st.lists.stored[d] || !slices.Equal(old, ms) ||
			slices.ContainsFunc(ms, func(m index.Match) bool { return set[m.Doc] })
		if write {
			mu.Lock()
			touched = append(touched, d)
			mu.Unlock()
		}
	})
	for d := range set {
		if !st.index.Has(d) {
			st.lists.set(d, nil)
			touched = append(touched, d)
		}
	}
	slices.Sort(touched)
	return touched
}

// nearest makes the lists of docs anew; of those that are part of others, there are none.
func (st *state) nearest(docs []index.Doc) {
	docs = slices.DeleteFunc(slices.Clone(docs), func(d index.Doc) bool { return !st.index.Has(d) })
	st.each(docs, func(index.Doc, []index.Match, []index.Match) {})
}

// each makes the lists of docs anew on all cores and shows f what they are and
// were, from several goroutines at once.
func (st *state) each(docs []index.Doc, f func(d index.Doc, ms, old []index.Match)) {
	workers := min(runtime.GOMAXPROCS(0), 1+len(docs)/8)
	st.index.Each(docs, st.lists.k, workers, func(d index.Doc, ms []index.Match) {
		f(d, ms, st.lists.get(nil, d))
		st.lists.set(d, ms)
	})
}

// room makes place for a document.
func (st *state) room(d index.Doc) {
	if n := int(d) + 1; n > len(st.ids) {
		st.ids = append(st.ids, make([]string, n-len(st.ids))...)
	}
	st.works.grow(len(st.ids))
	if st.index != nil {
		st.index.Room(len(st.ids)) // lists may name what is not in it any more
	}
	st.lists.grow(int(d) + 1)
}

// The id is cloned, since that of an unpacked list keeps the whole row alive.
func (l *termList) key() index.Key {
	return index.Key{Date: l.sortDate, ID: strings.Clone(l.id), Day: dayOf(l.sortDate)}
}

// dayOf is the day, UTC, of a sort date as of sortMillis.
func dayOf(millis int64) int32 {
	const day = 24 * 60 * 60 * 1000
	if millis == noDate {
		return index.NoDay
	}
	days := millis / day
	if millis%day < 0 {
		days--
	}
	return int32(days)
}

// entry makes an entry of what matched another, its reasons in room if they fit.
func (st *state) entry(of side, m index.Match, room []recommend.Reason) storedEntry {
	return storedEntry{uint32(m.Doc), m.Score, st.weigher.explainIn(room, of, st.side(m.Doc)), st.works.spoken(m.Doc)}
}

// row makes the row of d's list.
func (st *state) row(d index.Doc, at int64, rev uint64) store.Row {
	l := storedList{number: uint32(d), computedAt: unix(at)}
	if first := st.works.doc(uint32(d)); first != index.None {
		l.lang = st.works.versions[d].lang
		if first != d {
			l.of = st.ids[first]
		}
	}
	of := st.side(d)
	ms := st.lists.get(nil, d)
	l.entries = make([]storedEntry, len(ms))
	room := make([]recommend.Reason, 0, len(ms)*(usualReasons+1))
	for i, m := range ms {
		l.entries[i] = st.entry(of, m, room)
		n := min(len(l.entries[i].reasons), cap(room)) // those of long texts may be too many for it
		room = room[n:n]
	}
	return store.Row{Key: relatedKey(st.gen.Number, st.ids[d]), Data: l.pack(), Rev: rev}
}

// whole reads the terms that the vectors of a lean state lack. Only items that
// change can share them.
func (st *state) whole(ctx context.Context, s store.Store) error {
	if !st.weigher.lean {
		return nil
	}
	full, err := load(ctx, s, st.gen, false)
	if err != nil {
		return err
	}
	for d, id := range full.ids {
		if st.room(index.Doc(d)); id != "" {
			st.ids[d] = id
		}
	}
	st.weigher, st.index, st.works = full.weigher, full.index, full.works
	st.works.grow(len(st.ids))
	st.index.Room(len(st.ids))
	return nil
}

// load reads a generation's statistics and the vectors of all items; those of a lean
// state are without the terms that the statistics lack.
func load(ctx context.Context, s store.Store, g *generation, lean bool) (*state, error) {
	st := &state{gen: g, lists: lists{k: g.Options.K}}
	var err error
	if st.analyzer, err = text.New(g.Options.Text); err != nil {
		return nil, fmt.Errorf("settings of generation %d: %w", g.Number, err)
	}
	stats := &statistics{items: g.StatItems}
	chunks := 0
	for row, err := range store.Scan(ctx, s, store.Strong, store.Range{Part: chunkKey(g.Number, 0).Part}) {
		if err != nil {
			return nil, fmt.Errorf("read statistics: %w", err)
		}
		if err := stats.unpack(row.Data); err != nil {
			return nil, fmt.Errorf("statistics of generation %d: %w", g.Number, err)
		}
		chunks++
	}
	if chunks != g.Chunks {
		return nil, fmt.Errorf("statistics of generation %d: %d of %d chunks are there", g.Number, chunks, g.Chunks)
	}
	st.weigher = newWeigher(stats, &g.Options, g.Pivot)
	st.weigher.lean = lean
	var mu sync.Mutex
	var items []weighed
	err = scanTerms(ctx, s, g, func(number uint32, l *termList) error {
		if l.dead {
			return nil
		}
		v := st.weigher.vector(l)
		mu.Lock()
		items = append(items, l.weighed(number, v))
		mu.Unlock()
		return nil
	})
	if err != nil {
		return nil, err
	}
	st.fill(items)
	return st, nil
}

// A weighed is an item with its own vector.
type weighed struct {
	number uint32
	key    index.Key
	part   part
	vector index.Vector
}

// The part, like the key, keeps nothing of the row alive: until all items are
// weighed that would be every row of terms.
func (l *termList) weighed(number uint32, v index.Vector) weighed {
	p := part{strings.Clone(l.work), strings.Clone(l.lang), l.embargo}
	return weighed{number, l.key(), p, v}
}

// fill puts items into an empty state.
func (st *state) fill(items []weighed) {
	if st.weigher.lean { // it weighs no more items
		st.weigher.census, st.weigher.idf = nil, nil
	}
	slices.SortFunc(items, func(a, b weighed) int { return cmp.Compare(a.number, b.number) })
	for _, it := range items {
		st.room(index.Doc(it.number))
		st.ids[it.number] = it.key.ID
	}
	st.works.groups = make(map[string][]uint32, len(items))
	st.index = index.BuildNear(st.works.pool(items, st.weigher.isShared, st.weigher.glossary), st.weigher.near)
	st.index.Room(len(st.ids))
}

// scanTerms calls f with the terms of every item as they are in a generation, from
// several goroutines.
func scanTerms(ctx context.Context, s store.Store, g *generation, f func(number uint32, l *termList) error) error {
	return scanParts(ctx, s, parts("terms/"+g.TextHash, termShards), func(row store.Row) error {
		number, err := numberOf(row.Key)
		if err != nil {
			return err
		}
		l, err := unpackTermList(row.Data)
		if err != nil {
			return fmt.Errorf("terms of item number %d: %w", number, err)
		}
		g.frame(l)
		return f(number, l)
	})
}

// loadLists reads all lists of the generation.
func (st *state) loadLists(ctx context.Context, s store.Store) error {
	var mu sync.Mutex
	return scanParts(ctx, s, parts(fmt.Sprintf("rel/%d", st.gen.Number), itemShards), func(row store.Row) error {
		u := unpacker{s: string(row.Data)}
		l, err := u.list(false, recommend.MaxCandidates)
		if err != nil {
			return fmt.Errorf("list of %q: %w", row.Sort, err)
		}
		mu.Lock()
		defer mu.Unlock()
		d := index.Doc(l.number)
		st.room(d)
		st.ids[d] = row.Sort
		ms := make([]index.Match, 0, len(l.entries))
		for _, e := range l.entries[:min(len(l.entries), st.lists.k)] {
			ms = append(ms, index.Match{Doc: index.Doc(e.number), Score: e.score})
			st.room(index.Doc(e.number))
		}
		st.lists.set(d, ms)
		st.lists.stored[d] = true
		return nil
	})
}
