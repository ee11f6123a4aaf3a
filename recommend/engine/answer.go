package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"akin/recommend"
	"akin/recommend/index"
	"akin/recommend/store"
)

// begin takes the first candidates from the row of the list, or, of a language version
// that has none of its own, from the row of the work's.
func (a *answering) begin(ctx context.Context, row store.Row) error {
	// Mostly the first entries suffice.
	u := unpacker{s: string(row.Data)}
	list, err := u.list(true, 2*a.q.Limit)
	if err != nil {
		return err
	}
	a.lang = list.lang
	if list.of != "" {
		rows, err := a.r.store.Get(ctx, store.Strong, relatedKey(a.view.gen.Number, list.of))
		if err != nil || rows[0].Rev == 0 {
			return err
		}
		row = rows[0]
		u = unpacker{s: string(row.Data)}
		if list, err = u.list(true, 2*a.q.Limit); err != nil {
			return err
		}
	}
	a.answer.ComputedAt = list.computedAt
	if a.candidates = a.view.gen.similar(list.entries); len(a.candidates) == 2*a.q.Limit {
		a.list = row.Data
	}
	a.whole = a.view.gen.whole(list.entries, a.candidates)
	a.of = list.number
	return a.expose()
}

// similar returns the entries, best first, that score enough to be shown.
func (g *generation) similar(entries []storedEntry) []storedEntry {
	n := slices.IndexFunc(entries, func(e storedEntry) bool { return recommend.Millionths(index.Millionths(e.score)) < g.minScore() })
	if n < 0 {
		return entries
	}
	return entries[:n]
}

// whole reports whether the candidates of a list, of which all entries were read,
// are all items that score enough to be shown.
func (g *generation) whole(entries, candidates []storedEntry) bool {
	return len(candidates) < len(entries) || len(entries) < g.Options.K
}

// An answering is one related answer in the making.
type answering struct {
	r          *Reader
	q          recommend.Query
	now        time.Time
	view       *view
	candidates []storedEntry // best first; the first of list
	list       []byte        // the whole list, if there may be more in it
	of         uint32        // the number of the work whose list it is
	whole      bool          // no other item scores enough, once list is read
	rank       ranker        // nil: none
	rules      *rules
	seeds      seeds
	beside     []seedRecord // the seeds but the item itself
	draft      bool         // the list is of one, which is not stored
	answer     *recommend.Related
	trace      *trace // of what it is made from; nil: nobody asks

	lang     string // the reader's: what other works are shown in if they can be
	source   *record
	curation curationRow
	blocked  map[string]bool // groups that must not be shown beside the source
	shown    map[string]bool // groups that are
	places   []int           // of the pinned ones, in their order
	added    []added         // the entries, so that no copy of one is shown beside it

	offered  int            // similar entries that could be shown
	taken    map[string]int // entries by author and series
	waiting  []added        // entries that gave way
	recalled bool           // no more do
	exposed  bool           // the first candidates are those that exposure chose
}

func (a *answering) run(ctx context.Context, self identity) (*recommend.Related, error) {
	// The item itself, what editors decided, and the first candidates, in one
	// read; twice as many as are wanted, as some may have to be left out.
	first := a.candidates[:min(len(a.candidates), 2*a.q.Limit)]
	numbers := make([]uint32, 1, 1+len(first))
	numbers[0] = self.number
	for i := range first {
		numbers = append(numbers, a.chosen(&first[i]))
	}
	records, rows, err := a.r.recordsAnd(ctx, store.Strong, numbers, curationKey(self.group), exclusionsKey)
	if err != nil {
		return nil, err
	}
	if a.source = records[0]; a.source == nil {
		return nil, recommend.ErrNotFound
	}
	if a.source.Status == recommend.Withdrawn {
		return nil, recommend.ErrWithdrawn
	}
	a.lang = a.source.Lang
	until := &a.answer.Until
	if !a.source.visible(a.now, until) {
		return nil, recommend.ErrNotFound
	}
	a.answer.Stale = a.view.stale(a.now) || a.view.waiting(a.source, a.now)
	a.answer.Translations = a.source.translations(a.now, until)
	if err := a.editors(rows[0], rows[1]); err != nil {
		return nil, err
	}
	if a.seeds.combined() {
		a.together()
	}
	err = a.gather(ctx, records[1:])
	if slices.ContainsFunc(a.answer.Related, func(e recommend.Entry) bool { return e.URL != "" && !strings.Contains(e.URL, "://") }) {
		a.answer.Site = a.view.site
	}
	return a.answer, err
}

// gather puts the answer together, given the records of the first candidates.
func (a *answering) gather(ctx context.Context, records []*record) error {
	if err := a.choose(ctx, records); err != nil {
		return err
	}
	a.placed()
	return nil
}

// choose adds the entries, those that are pinned first.
func (a *answering) choose(ctx context.Context, records []*record) error {
	if err := a.pins(ctx); err != nil {
		return err
	}
	pinned := len(a.answer.Related)
	if a.curation.NoSimilar == nil || a.curation.NoSimilar.Expired(a.now) {
		if err := a.similar(ctx, records, pinned); err != nil {
			return err
		}
	}
	if a.q.NoFill {
		return nil
	}
	for _, topic := range a.source.Topics {
		if !a.ignored(topic) {
			if err := a.fill(ctx, topic, recommend.TierTopic); err != nil {
				return err
			}
		}
	}
	if err := a.popular(ctx); err != nil {
		return err
	}
	return a.fill(ctx, "", recommend.TierLatest)
}

// similar adds the similar entries, given the records of the first candidates.
func (a *answering) similar(ctx context.Context, records []*record, pinned int) error {
	choose := a.bestSimilar
	if len(a.rules.boosts) > 0 {
		choose = a.boostedSimilar
	}
	proven := false
	if !a.seeds.combined() { // else no list tells
		var err error
		if proven, err = choose(ctx, records); err != nil {
			return err
		}
	}
	if !proven && a.view.gen != nil {
		var err error
		if proven, err = a.ranked(ctx, pinned); err != nil {
			return err
		}
		if !proven {
			a.answer.Complete = new(bool)
		}
	}
	a.recall(pinned)
	return nil
}

// bestSimilar adds the best candidates, and reports whether no item that the list
// lacks could stand before one of them; where nothing is left out, a list's
// candidates are all that an answer may have.
func (a *answering) bestSimilar(ctx context.Context, records []*record) (proven bool, err error) {
	for rest := a.candidates; ; {
		if records, err = a.others(ctx, rest, records); err != nil {
			return false, err
		}
		for i := range rest[:len(records)] {
			if a.full() {
				break
			}
			a.trace.see(rest[i].number)
			a.add(records[i], recommend.TierSimilar, &rest[i])
		}
		rest = rest[len(records):]
		if a.full() {
			return true, nil
		}
		if len(rest) == 0 && a.list != nil {
			had := len(a.candidates)
			if err := a.wholeList(); err != nil {
				return false, err
			}
			rest = a.candidates[had:]
		}
		if len(rest) == 0 {
			a.trace.end()
			return a.whole || !a.narrowed(), nil
		}
		if records, err = a.next(ctx, rest); err != nil {
			return false, err
		}
	}
}

// wholeList makes all candidates of the list known.
func (a *answering) wholeList() error {
	if a.list == nil {
		return nil
	}
	list, err := unpackList(a.list)
	if err != nil {
		return fmt.Errorf("list: %w", err)
	}
	a.candidates, a.list = a.view.gen.similar(list.entries), nil
	a.whole = a.view.gen.whole(list.entries, a.candidates)
	return nil
}

// next reads the records of the first of the candidates that are left.
func (a *answering) next(ctx context.Context, rest []storedEntry) ([]*record, error) {
	numbers := make([]uint32, min(len(rest), 2*a.q.Limit))
	for i := range numbers {
		numbers[i] = a.chosen(&rest[i])
	}
	return a.r.records(ctx, store.Strong, numbers)
}

func (a *answering) full() bool { return len(a.answer.Related) >= a.q.Limit }

// editors reads what editors decided for the source.
func (a *answering) editors(curation, exclusions store.Row) error {
	a.shown = map[string]bool{a.source.group(): true}
	a.blocked = map[string]bool{}
	if curation.Rev != 0 {
		if err := json.Unmarshal(curation.Data, &a.curation); err != nil {
			return fmt.Errorf("curation: %w", errCorrupt)
		}
	}
	for _, b := range a.curation.Blocks {
		if !b.Expired(a.now) {
			a.blocked[b.ID] = true
		}
	}
	ex, err := unpackExclusions(exclusions)
	if err != nil {
		return err
	}
	for group, note := range ex {
		if !note.Expired(a.now) {
			a.blocked[group] = true
		}
	}
	return nil
}

func (a *answering) ignored(topic string) bool {
	return slices.ContainsFunc(a.curation.NotByTopic, func(d recommend.Decision) bool { return a.view.merges.of(d.ID) == topic && !d.Expired(a.now) })
}

// add appends an entry if it may be shown, was asked for, and there is room.
func (a *answering) add(rec *record, tier recommend.Tier, c *storedEntry) {
	if a.full() || !a.shows(rec) {
		return
	}
	group := rec.group()
	if a.shown[group] || a.blocked[group] {
		return
	}
	if tier != recommend.TierPinned && a.isSource(rec, c) {
		a.shown[group] = true
		return
	}
	l := a.likeness(rec, c)
	if tier != recommend.TierPinned && (!a.youngEnough(rec) || a.isCopy(l) || a.repeats(rec)) {
		return
	}
	if tier != recommend.TierSimilar {
		a.put(added{rec, c, 0, l}, tier)
		return
	}
	pinned := slices.IndexFunc(a.answer.Related, func(e recommend.Entry) bool { return e.Tier != recommend.TierPinned })
	if pinned < 0 {
		pinned = len(a.answer.Related)
	}
	a.offered++
	if e := (added{rec, c, a.offered, l}); !a.giveWay(e) {
		a.put(e, tier)
	}
	if a.offered >= 2*a.q.Limit {
		a.recall(pinned)
	}
}

// isSource reports whether a record is the page itself whose list this is, as far as
// readers go. Who writes a draft is shown what says the same already.
func (a *answering) isSource(rec *record, c *storedEntry) bool {
	if a.source.ID == "" || a.draft {
		return false
	}
	cosine := recommend.Millionths(0)
	if c != nil && !a.seeds.combined() {
		cosine = c.millionths()
	}
	return isPage(a.source.saying(), rec.saying(), cosine)
}

func (a *answering) youngEnough(rec *record) bool {
	if len(a.rules.oldest) == 0 {
		return true
	}
	f := traitOf(rec)
	return a.rules.young(&f)
}

// put appends an entry.
func (a *answering) put(in added, tier recommend.Tier) {
	rec, c := in.rec, in.c
	a.shown[rec.group()] = true
	if a.added == nil {
		a.added = make([]added, 0, a.q.Limit)
		a.answer.Related = make([]recommend.Entry, 0, a.q.Limit)
	}
	a.added = append(a.added, in)
	e := recommend.Entry{Card: rec.card(a.now, &a.answer.Until), Tier: tier}
	e.Companion = a.source.ID != "" && companions(a.source.saying(), in.said)
	if c != nil {
		e.Score, e.Why = c.millionths(), c.why()
		if a.source.ID != "" && e.Score >= NearDuplicateScore/2 && a.source.saying().same(in.said) { // short texts score less
			e.CopyOf = a.source.ID
		}
		if len(a.rules.boosts) > 0 {
			a.boost(&e, rec, c)
		}
	}
	if a.rules.share < 1 && (tier == recommend.TierSimilar || tier == recommend.TierPinned) {
		a.take(rec)
	}
	a.answer.Related = append(a.answer.Related, e)
}

// within reports whether t is in the interval, which is open where a bound is
// zero. An unknown time is in no bounded interval.
func within(t, from, to time.Time) bool {
	if from.IsZero() && to.IsZero() {
		return true
	}
	return !t.IsZero() && (from.IsZero() || !t.Before(from)) && (to.IsZero() || t.Before(to))
}
