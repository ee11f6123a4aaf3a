package engine

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"akin/recommend"
	"akin/recommend/index"
	"akin/recommend/store"
	"akin/recommend/text"
)

// ReaderOptions adjust a [Reader]. The zero value is usable.
type ReaderOptions struct {
	Now     func() time.Time // nil: time.Now
	Site    string           // the site's address, for finding items by theirs; empty: the one chosen
	Chosen  *Chosen          // tells the site's address; nil: nothing does but Site
	Version string           // of the program, for the status
	Name    string           // of the store, for the status

	// Index tells which items are the best of those that pass filters, where the
	// stored lists do not; nil: nobody does, and such answers say so. It is
	// called for the first one.
	Index func() (Ranker, error)

	HeadAge time.Duration // how long the generation in use and the topics may be remembered while the store does not tell that it was written to; 0: always read
}

// A Reader answers what readers and editors ask, from stored rows only. It is
// safe for concurrent use.
type Reader struct {
	store store.Store
	opt   ReaderOptions

	mu     sync.Mutex
	view   *view
	secret []byte
	chosen *Chosen

	topicSizes topicSizes
	unpacked   [unpackedRecords]atomic.Pointer[unpackedRecord]
}

// A view is what a reader remembers of the store for a while.
type view struct {
	head     *head
	gen      *generation // nil before the first
	counters counters
	merges   merges
	lists    *recommend.Lists // the site's rules
	at       time.Time
	version  uint64 // of the store, where that has one

	topics sync.Mutex
	tree   *topicTree // nil: not read yet; not changed once it is

	fillers fillers
}

// NewReader returns a reader; it reads nothing yet.
func NewReader(s store.Store, o ReaderOptions) *Reader {
	if o.Now == nil {
		o.Now = time.Now
	}
	r := &Reader{store: s, opt: o, chosen: o.Chosen}
	if r.chosen == nil {
		r.chosen = NewChosen(s, nil, 0)
	}
	return r
}

// Version returns a number that every write to the store changes, and true: while
// it stays the same, the reader answers the same, but for what the time of day
// decides. It returns false where the store cannot tell, or is being written to.
func (r *Reader) Version() (number uint64, settled bool) {
	number, settled, told := store.VersionOf(r.store)
	return number, settled && told
}

// look returns the generation in use, as remembered or read anew.
func (r *Reader) look(ctx context.Context) (*view, error) {
	now := r.opt.Now()
	r.mu.Lock()
	v := r.view
	r.mu.Unlock()
	version, settled, _ := store.VersionOf(r.store)
	if v != nil && now.Sub(v.at) < r.opt.HeadAge && settled && v.version == version {
		return v, nil
	}
	rows, err := r.store.Get(ctx, store.Strong, headKey, counterKey, mergesKey, settingsKey)
	if err != nil {
		return nil, fmt.Errorf("read head: %w", err)
	}
	next := &view{at: now, version: version, lists: r.chosen.lists(rows[3])}
	if next.merges, err = readMerges(rows[2], now); err != nil {
		return nil, err
	}
	if next.head, err = unpackHead(rows[0]); err != nil {
		return nil, err
	}
	if next.counters, err = unpackCounters(rows[1]); err != nil {
		return nil, err
	}
	switch {
	case next.head.Current == 0:
	case v != nil && v.gen != nil && v.gen.Number == next.head.Current:
		next.gen = v.gen
	default:
		if next.gen, err = readGeneration(ctx, r.store, next.head.Current); err != nil {
			return nil, err
		}
	}
	if settled {
		r.mu.Lock()
		r.view = next
		r.mu.Unlock()
	}
	return next, nil
}

// stale reports whether the whole generation is: old, or many items changed
// since it was made.
func (v *view) stale(now time.Time) bool {
	if v.gen == nil {
		return false
	}
	changed := float64(v.counters.since(v.gen.Plan))
	return v.gen.old(now) || changed > v.gen.Options.Stale.Changed*float64(max(v.gen.StatItems, 1))
}

// waiting reports whether a change to the item has waited for too long.
func (v *view) waiting(it *record, now time.Time) bool {
	return v.gen != nil && it.change > v.head.Done && now.Sub(it.changedAt) > v.gen.Options.Stale.Waiting
}

// identify returns the number and group of an item.
func (r *Reader) identify(ctx context.Context, id string) (identity, error) {
	rows, err := r.store.Get(ctx, store.Strong, idKey(id))
	if err != nil {
		return identity{}, err
	}
	if rows[0].Rev == 0 {
		return identity{}, recommend.ErrNotFound
	}
	return unpackIdentity(rows[0].Data)
}

// records reads records by number. Those that are not there are nil.
func (r *Reader) records(ctx context.Context, c store.Consistency, numbers []uint32) ([]*record, error) {
	keys := make([]store.Key, len(numbers))
	for i, n := range numbers {
		keys[i] = recordKey(n)
	}
	rows, err := r.store.Get(ctx, c, keys...)
	if err != nil {
		return nil, err
	}
	return r.unpackRecords(rows)
}

// merged returns the merges as last read.
func (r *Reader) merged() merges {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.view == nil {
		return nil
	}
	return r.view.merges
}

// unpackRecords reads records, with the topics that theirs count as. They are
// shared, and must not be changed.
func (r *Reader) unpackRecords(rows []store.Row) ([]*record, error) {
	merged := r.merged()
	records := make([]*record, len(rows))
	for i, row := range rows {
		if row.Rev == 0 {
			continue
		}
		n, err := numberOf(row.Key)
		if err != nil {
			return nil, err
		}
		slot := &r.unpacked[n%unpackedRecords]
		u := slot.Load()
		if u == nil || !bytes.Equal(u.data, row.Data) {
			rec, err := unpackRecord(row.Data)
			if err != nil {
				return nil, fmt.Errorf("item number %s: %w", row.Sort, err)
			}
			u = &unpackedRecord{bytes.Clone(row.Data), rec}
			slot.Store(u)
		}
		records[i] = u.record
		if len(merged) > 0 {
			rec := *u.record
			rec.Topics = merged.all(rec.Topics)
			records[i] = &rec
		}
	}
	return records, nil
}

// unpackedRecords is the number of records that a reader keeps unpacked, of some
// kilobytes each. What a record was unpacked from is kept and compared, so that
// this never shows in an answer.
const unpackedRecords = 4096

type unpackedRecord struct {
	data   []byte
	record *record
}

// Related answers what is related to an item: what editors pinned, then the most
// similar items, then, unless told otherwise, the latest of its topics and of
// the site. An item that is unknown or embargoed is [recommend.ErrNotFound], one that was
// withdrawn [recommend.ErrWithdrawn].
func (r *Reader) Related(ctx context.Context, id string, q recommend.Query) (*recommend.Related, error) {
	answer, err := r.related(ctx, id, q)
	if err != nil {
		return nil, fmt.Errorf("related %q: %w", id, err)
	}
	return answer, nil
}

func (r *Reader) related(ctx context.Context, id string, q recommend.Query) (*recommend.Related, error) {
	if err := q.Check(); err != nil {
		return nil, err
	}
	v, err := r.look(ctx)
	if err != nil {
		return nil, err
	}
	q.Authors = recommend.Tidied(q.Authors)
	keys := []store.Key{idKey(id)}
	if v.gen != nil {
		keys = append(keys, relatedKey(v.gen.Number, id))
	}
	rows, err := r.store.Get(ctx, store.Strong, keys...)
	if err != nil {
		return nil, err
	}
	if rows[0].Rev == 0 {
		return nil, recommend.ErrNotFound
	}
	self, err := unpackIdentity(rows[0].Data)
	if err != nil {
		return nil, err
	}
	q.Topics = v.merges.all(recommend.Tidied(q.Topics))
	a := &answering{r: r, q: q, now: r.opt.Now(), view: v, answer: &recommend.Related{Item: id, Related: []recommend.Entry{}}}
	a.rules = newRules(v.lists, &q, v.merges, a.now)
	if v.gen != nil {
		a.answer.Generation = v.gen.Number
		if rows[1].Rev != 0 {
			if err := a.begin(ctx, rows[1]); err != nil {
				return nil, fmt.Errorf("list: %w", err)
			}
		}
		if r.opt.Index != nil && (a.narrowed() || len(a.rules.boosts) > 0) {
			x, err := r.opt.Index()
			if err != nil {
				return nil, err
			}
			a.rank = x.ranker(v.gen.Number, self.number)
		}
	}
	return a.run(ctx, self)
}

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
	return nil
}

// chosen returns the number of the version of an entry to be looked at first: one in a
// language that is asked for, or else in the reader's.
func (a *answering) chosen(e *storedEntry) uint32 {
	return (&wanted{&a.q, a.rules, a.lang}).version(e)
}

// versionIn returns the number of an entry's version in the first of the languages, or of
// another country's form of it; without one, the entry's own.
func versionIn(e *storedEntry, langs ...string) uint32 {
	for _, form := range []func(tag string) string{strings.ToLower, text.BaseLanguage} {
		for _, lang := range langs {
			for _, v := range e.versions {
				if form(v.lang) == form(lang) {
					return v.number
				}
			}
		}
	}
	return e.number
}

// others puts in place of records that cannot be shown, or do not pass, other versions of
// the same entries that can, in the order of the entry. It reads only those.
func (a *answering) others(ctx context.Context, entries []storedEntry, records []*record) ([]*record, error) {
	var numbers []uint32
	var of []int
	for i, rec := range records {
		if a.shows(rec) {
			continue
		}
		for _, v := range entries[i].versions {
			if rec == nil || v.number != rec.number {
				numbers, of = append(numbers, v.number), append(of, i)
			}
		}
	}
	if len(numbers) > 0 {
		found, err := a.r.records(ctx, store.Strong, numbers)
		if err != nil {
			return nil, err
		}
		for j, rec := range found {
			if i := of[j]; a.shows(rec) && !a.shows(records[i]) {
				records[i] = rec
			}
		}
	}
	return records, a.translate(ctx, records)
}

// translate puts in place of records the versions of their works that are in the reader's
// language, if they can be shown. Of the entries of lists those are mostly there,
// but for what was under embargo when the generation began, or is not indexed yet.
func (a *answering) translate(ctx context.Context, records []*record) error {
	if len(a.q.Langs) > 0 {
		return nil
	}
	var numbers []uint32
	var of []int
	for i, rec := range records {
		if !a.shows(rec) || rec.Lang == a.lang || a.shown[rec.group()] {
			continue // what cannot be shown says nothing of its work
		}
		for _, t := range rec.twins {
			if t.Lang == a.lang {
				numbers, of = append(numbers, t.number), append(of, i)
			}
		}
	}
	if len(numbers) == 0 {
		return nil
	}
	found, err := a.r.records(ctx, store.Strong, numbers)
	if err != nil {
		return err
	}
	for j, rec := range found {
		if a.shows(rec) {
			records[of[j]] = rec
		}
	}
	return nil
}

// shows reports whether a record can be shown and passes the filters.
func (a *answering) shows(rec *record) bool {
	return rec != nil && rec.visible(a.now, &a.answer.Until) && rec.passes(&a.q)
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
	whole      bool          // no other item scores enough, once list is read
	rank       ranker        // nil: none
	rules      *rules
	answer     *recommend.Related

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
}

func (a *answering) run(ctx context.Context, self identity) (*recommend.Related, error) {
	// The item itself, what editors decided, and the first candidates, in one
	// read; twice as many as are wanted, as some may have to be left out.
	first := a.candidates[:min(len(a.candidates), 2*a.q.Limit)]
	keys := []store.Key{recordKey(self.number), curationKey(self.group), exclusionsKey}
	for i := range first {
		keys = append(keys, recordKey(a.chosen(&first[i])))
	}
	rows, err := a.r.store.Get(ctx, store.Strong, keys...)
	if err != nil {
		return nil, err
	}
	records, err := a.r.unpackRecords([]store.Row{rows[0]})
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
	if err := a.editors(rows[1], rows[2]); err != nil {
		return nil, err
	}
	records, err = a.r.unpackRecords(rows[3:])
	if err != nil {
		return nil, err
	}
	return a.answer, a.gather(ctx, records)
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
	return a.fill(ctx, "", recommend.TierLatest)
}

// similar adds the similar entries, given the records of the first candidates.
func (a *answering) similar(ctx context.Context, records []*record, pinned int) error {
	choose := a.bestSimilar
	if len(a.rules.boosts) > 0 {
		choose = a.boostedSimilar
	}
	proven, err := choose(ctx, records)
	if err != nil {
		return err
	}
	if !proven && a.view.gen != nil {
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

// byID reads records by id; those that are not there are nil.
func (r *Reader) byID(ctx context.Context, ids []string) ([]*record, error) {
	keys := make([]store.Key, len(ids))
	for i, id := range ids {
		keys[i] = idKey(id)
	}
	rows, err := r.store.Get(ctx, store.Strong, keys...)
	if err != nil {
		return nil, err
	}
	records := make([]*record, len(ids))
	var numbers []uint32
	var at []int
	for i, row := range rows {
		if row.Rev == 0 {
			continue
		}
		id, err := unpackIdentity(row.Data)
		if err != nil {
			return nil, fmt.Errorf("id %q: %w", ids[i], err)
		}
		numbers, at = append(numbers, id.number), append(at, i)
	}
	found, err := r.records(ctx, store.Strong, numbers)
	if err != nil {
		return nil, err
	}
	for i, rec := range found {
		records[at[i]] = rec
	}
	return records, nil
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
	l := a.likeness(rec, c)
	if tier != recommend.TierPinned && (!a.youngEnough(rec) || a.isCopy(l)) {
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
	a.added = append(a.added, in)
	e := recommend.Entry{Card: rec.card(a.now, &a.answer.Until), Tier: tier}
	e.Companion = a.source.ID != "" && companions(&a.source.Item, &rec.Item)
	if c != nil {
		e.Score, e.Why = c.millionths(), c.why()
		if a.source.ID != "" && e.Score >= NearDuplicateScore/2 && sameText(&a.source.Item, &rec.Item) { // short texts score less
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

// Find returns the id of the item that has an address, or had it, or had it as
// its id.
func (r *Reader) Find(ctx context.Context, address string) (string, error) {
	site, err := r.opt.Chosen.address(ctx, r.opt.Site)
	if err != nil {
		return "", fmt.Errorf("find %q: %w", address, err)
	}
	parameters, err := r.opt.Chosen.parameters(ctx)
	if err != nil {
		return "", fmt.Errorf("find %q: %w", address, err)
	}
	keys := pageKeys(site, address)
	if plain := withoutParameters(address, parameters); plain != address {
		keys = append(keys, pageKeys(site, plain)...)
	}
	rows, err := r.store.Get(ctx, store.Strong, keys...)
	if err != nil {
		return "", fmt.Errorf("find %q: %w", address, err)
	}
	for _, row := range rows {
		if ids := unpackHolders(row.Data); row.Rev != 0 && len(ids) > 0 {
			return ids[0], nil
		}
	}
	return "", fmt.Errorf("find %q: %w", address, recommend.ErrNotFound)
}

// Item reads an item back, also one that is withdrawn or embargoed.
func (r *Reader) Item(ctx context.Context, id string) (*recommend.Stored, error) {
	s, err := r.item(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("item %q: %w", id, err)
	}
	return s, nil
}

func (r *Reader) item(ctx context.Context, id string) (*recommend.Stored, error) {
	self, err := r.identify(ctx, id)
	if err != nil {
		return nil, err
	}
	rows, err := r.store.Get(ctx, store.Strong, recordKey(self.number), bodyKey(self.number), headKey)
	if err != nil {
		return nil, err
	}
	rec, err := unpackRecord(rows[0].Data)
	if err != nil {
		return nil, err
	}
	h, err := unpackHead(rows[2])
	if err != nil {
		return nil, err
	}
	var until time.Time
	s := &recommend.Stored{Item: rec.Item, Translations: rec.translations(r.opt.Now(), &until), Indexed: h.Current != 0 && rec.change <= h.Done}
	s.Body = string(rows[1].Data)
	sum := sha256.Sum256(fmt.Appendf(nil, "%x %d %s", rec.hash, rec.Version, rec.Status))
	s.ETag = hex.EncodeToString(sum[:12])
	return s, nil
}

// Cards returns the cards of those of ids that may be shown, in their order.
func (r *Reader) Cards(ctx context.Context, ids ...string) ([]recommend.Card, error) {
	if _, err := r.look(ctx); err != nil {
		return nil, fmt.Errorf("cards: %w", err)
	}
	records, err := r.byID(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("cards: %w", err)
	}
	return cards(records, r.opt.Now()), nil
}

func cards(records []*record, now time.Time) []recommend.Card {
	var cs []recommend.Card
	var until time.Time
	for _, rec := range records {
		if rec != nil && rec.visible(now, &until) {
			cs = append(cs, rec.card(now, &until))
		}
	}
	return cs
}

// seal returns the key that cursors are sealed with; the store keeps it, so that
// every process uses the same.
func (r *Reader) seal(ctx context.Context) ([]byte, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for r.secret == nil {
		rows, err := r.store.Get(ctx, store.Strong, secretKey)
		if err != nil {
			return nil, err
		}
		if rows[0].Rev != 0 {
			r.secret = rows[0].Data
			break
		}
		fresh := make([]byte, 32)
		rand.Read(fresh)
		err = r.store.Apply(ctx, store.Tx{{Row: store.Row{Key: secretKey, Data: fresh, Rev: 1}, Cond: store.Absent}})[0]
		if err != nil && !errors.Is(err, store.ErrCondition) {
			return nil, err
		}
	}
	return r.secret, nil
}
