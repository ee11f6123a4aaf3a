package engine

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"akin/recommend"
	"akin/recommend/index"
	"akin/recommend/store"
)

const (
	// whyTerms is how many shared terms, the strongest, are told one by one; weaker
	// ones are the rest.
	whyTerms = 128
	// whyLacks is how many terms are told that one work has and the other lacks.
	whyLacks = 12
)

// Why says how the work of an item stands to the related list that another item has under a
// query: its rank and score among all works, what makes the score, and what keeps it out of
// the list. Items that readers may not see are explained too. An item that is unknown is
// [recommend.ErrNotFound]; where the one that has the list was withdrawn, it is
// [recommend.ErrWithdrawn]. It reads the index in memory, and needs a generation.
func (x *Indexer) Why(ctx context.Context, id, other string, q recommend.Query) (*recommend.Why, error) {
	w, err := x.why(ctx, id, other, q)
	if err != nil {
		return nil, fmt.Errorf("why %q %q: %w", id, other, err)
	}
	return w, nil
}

// A comparing is one work on its way to another's list.
type comparing struct {
	x    *Indexer
	st   *state
	a    *answering // of the list; it was answered unless its item is under embargo
	rec  *record    // the other item
	self index.Doc  // the documents that the two are part of; [index.None]: none
	doc  index.Doc

	entry   storedEntry     // of the other in the list, wherever it ranks
	shown   *record         // the version of it that the list looks at; nil: none may be shown
	exclude *recommend.Note // it is kept out of all lists
	out     *recommend.Why
}

func (x *Indexer) why(ctx context.Context, id, other string, q recommend.Query) (*recommend.Why, error) {
	st, err := x.ready(ctx)
	if err != nil {
		return nil, err
	}
	a, self, err := x.reader.answering(ctx, id, q)
	if err != nil {
		return nil, err
	}
	that, err := x.reader.identify(ctx, other)
	if err != nil {
		return nil, err
	}
	c := &comparing{x: x, st: st, a: a, out: &recommend.Why{Item: id, Generation: st.gen.Number, Least: st.gen.minScore(), Why: []recommend.Reason{}, ItemOnly: []recommend.Reason{}, OtherOnly: []recommend.Reason{}, Holds: []recommend.Hold{}}}
	if st.gen.Alike > 0 && st.gen.Alike >= st.gen.Options.MinScore {
		c.out.Odds = st.gen.Options.Odds
	}
	if _, err = a.run(ctx, self); err != nil && (a.source == nil || !errors.Is(err, recommend.ErrNotFound)) {
		return nil, err
	}
	if unseen := a.source.VisibleFrom; err != nil {
		c.hold(recommend.Hold{Kind: recommend.HoldUnseen, Until: unseen})
	}
	rows, err := x.store.Get(ctx, store.Strong, recordKey(that.number), exclusionsKey)
	if err != nil {
		return nil, err
	}
	records, err := x.reader.unpackRecords(rows[:1])
	if err != nil {
		return nil, err
	}
	if c.rec = records[0]; c.rec == nil {
		return nil, recommend.ErrNotFound
	}
	excluded, err := unpackExclusions(rows[1])
	if err != nil {
		return nil, err
	}
	if n, ok := excluded[c.rec.group()]; ok {
		c.exclude = &n
	}
	c.out.Other = c.rec.card(a.now, &a.answer.Until)
	if err := c.compare(ctx, self.number, that.number); err != nil {
		return nil, err
	}
	if len(c.out.Holds) == 0 {
		if err := c.place(ctx); err != nil {
			return nil, err
		}
	}
	return c.out, nil
}

func (c *comparing) hold(h recommend.Hold) { c.out.Holds = append(c.out.Holds, h) }

// compare finds the score of the two and its parts, unless they are of one work or not
// both in the index.
func (c *comparing) compare(ctx context.Context, self, other uint32) error {
	c.x.mu.RLock()
	ix := c.st.index
	c.self, c.doc = c.st.works.doc(self), c.st.works.doc(other)
	c.out.Works = max(ix.Len()-1, 0)
	kind := recommend.HoldKind("")
	switch {
	case c.rec.group() == c.a.source.group():
		kind = recommend.HoldSame
	case c.rec.Status == recommend.Withdrawn:
		kind = recommend.HoldWithdrawn
	case c.self == index.None || c.doc == index.None:
		kind = recommend.HoldPending
	}
	if kind != "" {
		c.x.mu.RUnlock()
		c.hold(recommend.Hold{Kind: kind})
		return nil
	}
	v, w := ix.Vector(c.self), ix.Vector(c.doc)
	c.entry = storedEntry{uint32(c.doc), ix.Score(c.self, c.doc), nil, c.st.works.spoken(c.doc)}
	reasons, _, _ := c.st.weigher.reasons(nil, c.st.side(c.self), c.st.side(c.doc), whyTerms, make([]share, 0, whyTerms), nil)
	c.out.Why = append(c.out.Why, reasons...)
	c.out.Score = c.entry.millionths()
	c.out.Rank, c.out.Sharing = ix.Rank(c.self, c.doc)
	versions := append(c.st.works.all(c.self), c.st.works.all(c.doc)...)
	c.x.mu.RUnlock()
	names, err := c.names(ctx, versions)
	if err != nil {
		return err
	}
	c.out.ItemOnly, c.out.OtherOnly = names.lacking(v, w, c.st.weigher.glossary), names.lacking(w, v, c.st.weigher.glossary)
	return c.look(ctx)
}

// names reads how the terms of items are spelled in them. The index has no word for a term
// that only one item has.
func (c *comparing) names(ctx context.Context, numbers []uint32) (*weigher, error) {
	var keys []store.Key
	for _, n := range numbers {
		keys = append(keys, recordKey(n), termsKey(c.st.gen.TextHash, n))
	}
	rows, err := c.x.store.Get(ctx, store.Strong, keys...)
	if err != nil {
		return nil, err
	}
	names := &weigher{late: map[uint32]spelled{}}
	for i := range numbers {
		l, err := c.st.terms(ctx, c.x.store, rows[2*i], rows[2*i+1], false)
		if err != nil {
			return nil, err
		}
		c.st.gen.frame(l)
		terms := c.st.weigher.census.name(make([]counted, 0, len(l.terms)), l.terms)
		c.st.weigher.census.find(terms)
		for j, t := range l.terms {
			if _, ok := names.late[terms[j].number]; !ok {
				names.late[terms[j].number] = spelled{strings.TrimPrefix(t.key, "@"), t.surface} // authors by their names
			}
		}
	}
	return names, nil
}

// lacking returns the heaviest terms of a vector that another lacks: what it would
// have in common with itself by these alone. What carries over to a term of the other, by a glossary
// or nil, it does not lack.
func (w *weigher) lacking(v, other index.Vector, g *glossary) []recommend.Reason {
	var only index.Vector
	all := other
	for _, i := range v {
		if g != nil && slices.ContainsFunc(g.over[i.Term], func(c index.Carried) bool { _, has := all.Find(c.Term); return has }) {
			continue
		}
		for len(other) > 0 && other[0].Term < i.Term {
			other = other[1:]
		}
		if _, named := w.late[i.Term]; named && (len(other) == 0 || other[0].Term != i.Term) {
			only = append(only, i)
		}
	}
	found, _, _ := w.reasons(nil, side{vector: only, day: index.NoDay}, side{vector: only, day: index.NoDay}, whyLacks, make([]share, 0, whyTerms), nil)
	return slices.DeleteFunc(append([]recommend.Reason{}, found[:min(len(found), whyLacks)]...), func(r recommend.Reason) bool { return r.Kind == recommend.KindRest })
}

// look finds the version of the other that the list looks at, and what boosts make of the
// score.
func (c *comparing) look(ctx context.Context) error {
	entries := []storedEntry{c.entry}
	records, err := c.a.next(ctx, entries)
	if err != nil {
		return err
	}
	if records, err = c.a.others(ctx, entries, records); err != nil {
		return err
	}
	rec := c.rec
	if c.a.shows(records[0]) {
		c.shown, rec = records[0], records[0]
	}
	if len(c.a.rules.boosts) > 0 && c.entry.score > 0 {
		e := recommend.Entry{Score: c.out.Score, Why: c.out.Why}
		c.a.boost(&e, rec, &c.entry)
		c.out.Score, c.out.Why, c.out.Boost = e.Score, e.Why, e.Boost
	}
	return nil
}

// place finds where the other stands in the list, and what keeps it from there.
func (c *comparing) place(ctx context.Context) error {
	for i, e := range c.a.answer.Related {
		if e.ID != c.rec.ID && !slices.ContainsFunc(c.rec.twins, func(t twin) bool { return t.ID == e.ID }) {
			continue
		}
		c.out.Place, c.out.Tier = i+1, e.Tier
		if e.ID != c.rec.ID {
			c.hold(recommend.Hold{Kind: recommend.HoldVersion, Item: e.ID})
			return nil
		}
		if e.Tier == recommend.TierPinned || e.Tier == recommend.TierSimilar {
			return nil
		}
	}
	c.decided()
	if c.shown != nil {
		c.ruled()
	}
	if len(c.out.Holds) == 0 {
		c.hold(recommend.Hold{Kind: recommend.HoldPending})
	}
	return nil
}

// decided finds what keeps the other out whatever it says: embargoes, filters, editors.
func (c *comparing) decided() {
	now := c.a.now
	if c.rec.VisibleFrom.After(now) {
		c.hold(recommend.Hold{Kind: recommend.HoldEmbargo, Until: c.rec.VisibleFrom})
	}
	q := &c.a.q
	for _, f := range []struct {
		name  string
		alone recommend.Query
	}{
		{"type", recommend.Query{Types: q.Types}}, {"topic", recommend.Query{Topics: q.Topics}}, {"lang", recommend.Query{Langs: q.Langs}},
		{"author", recommend.Query{Authors: q.Authors}}, {"since", recommend.Query{Since: q.Since}}, {"until", recommend.Query{Until: q.Until}},
		{"exclude", recommend.Query{Exclude: q.Exclude}},
	} {
		if !c.rec.passes(&f.alone) {
			c.hold(recommend.Hold{Kind: recommend.HoldFilter, Name: f.name})
		}
	}
	decided := func(kind recommend.HoldKind, n recommend.Note) {
		if !n.Expired(now) {
			c.hold(recommend.Hold{Kind: kind, By: n.By, Note: n.Text, Until: n.Expires})
		}
	}
	for _, b := range c.a.curation.Blocks {
		if b.ID == c.rec.group() {
			decided(recommend.HoldBlock, b.Note)
		}
	}
	if c.exclude != nil {
		decided(recommend.HoldExclude, *c.exclude)
	}
	if n := c.a.curation.NoSimilar; n != nil {
		decided(recommend.HoldNoSimilar, *n)
	}
	if c.shown != nil && c.shown.ID != c.rec.ID {
		c.hold(recommend.Hold{Kind: recommend.HoldVersion, Item: c.shown.ID})
	}
}

// ruled finds which of the rules for lists keep out the version that may be shown.
func (c *comparing) ruled() {
	f := traitOf(c.shown)
	if !c.a.rules.young(&f) {
		at := slices.IndexFunc(f.types, func(t string) bool { return f.at.Before(c.a.rules.oldest[t]) })
		c.hold(recommend.Hold{Kind: recommend.HoldAge, Name: f.types[at]})
	}
	switch least := c.st.gen.minScore(); {
	case c.entry.score == 0:
		c.hold(recommend.Hold{Kind: recommend.HoldNothing, Needs: least})
	case c.entry.millionths() < least:
		c.hold(recommend.Hold{Kind: recommend.HoldThreshold, Needs: least})
	}
	others := slices.DeleteFunc(slices.Clone(c.a.added), func(e added) bool { return e.rec.group() == c.rec.group() })
	if at := copyAmong(others, c.a.likeness(c.shown, &c.entry)); at >= 0 {
		c.hold(recommend.Hold{Kind: recommend.HoldCopy, Item: others[at].rec.ID})
	}
	chosen := 0
	for _, e := range c.a.answer.Related {
		if e.Tier == recommend.TierPinned || e.Tier == recommend.TierSimilar {
			chosen++
		}
	}
	if chosen >= c.a.q.Limit {
		c.crowded()
	}
	if len(c.out.Holds) == 0 && c.out.Rank > c.st.gen.Options.K {
		c.hold(recommend.Hold{Kind: recommend.HoldStored})
	}
}

// crowded finds what keeps the other out of a list that is full.
func (c *comparing) crowded() {
	if c.a.rules.share < 1 {
		for _, of := range c.a.shares(c.shown) {
			if !c.a.used(of) {
				continue
			}
			h := recommend.Hold{Kind: recommend.HoldSeries}
			if author, ok := strings.CutPrefix(of, "author "); ok {
				h = recommend.Hold{Kind: recommend.HoldAuthor, Name: author}
			}
			c.hold(h)
		}
	}
	by := func(rec *record, e *storedEntry) uint64 {
		f := traitOf(rec)
		return uint64(e.score) * c.a.rules.factor(&f)
	}
	mine := by(c.shown, &c.entry)
	var last *record // of the similar entries
	least := uint64(0)
	for _, e := range c.a.added {
		if e.c == nil {
			continue
		}
		its := by(e.rec, e.c)
		if its < mine || its == mine && keyOf(c.shown).Compare(keyOf(e.rec)) < 0 {
			if c.a.exposed {
				c.hold(recommend.Hold{Kind: recommend.HoldExposure})
			}
			return // it would go before this one
		}
		if last == nil || its < least {
			last, least = e.rec, its
		}
	}
	h := recommend.Hold{Kind: recommend.HoldRank}
	if last != nil && mine > 0 {
		h.Needs = productMillionths(least)
		if f := (math.Floor(float64(least)/noBoost/float64(c.entry.score)*100) + 1) / 100; f <= recommend.MaxBoost {
			h.Boost = f
		}
	}
	c.hold(h)
}
