package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"akin/recommend"
	"akin/recommend/parallel"
	"akin/recommend/store"
	"akin/recommend/text"
)

// PublisherOptions adjust a [Publisher]. The zero value is usable.
type PublisherOptions struct {
	Now  func() time.Time // nil: time.Now
	Site string           // the site's address, by which older versions of akin stored items; empty: the one chosen, if any

	// Turn, if not nil, is called before each commit, and what it returns after
	// it, so that processes that could otherwise overtake each other for ever
	// take turns. It is not a lock: commits are correct without.
	Turn func(ctx context.Context) (over func(), err error)
}

// A Publisher takes items in. What it answers without an error is stored, with
// a change row that the [Indexer] will come to. It is safe for concurrent use,
// also by several processes on one store.
type Publisher struct {
	store  store.Store
	words  func(context.Context) (words, error)
	now    func() time.Time
	site   string
	chosen *Chosen // nil: the settings given
	turn   func(ctx context.Context) (over func(), err error)

	tongues tongues

	mu        sync.Mutex // held over a commit where every one counts on one row
	numbering numbering
	topics    sync.Map // slugs known to be in the store, maxKnown at most
	known     atomic.Int32
}

// NewPublisher returns a publisher that makes terms with settings.
func NewPublisher(s store.Store, settings recommend.Settings, o PublisherOptions) (*Publisher, error) {
	w, err := makeWords(settings)
	if err != nil {
		return nil, err
	}
	return newPublisher(s, func(context.Context) (words, error) { return w, nil }, nil, o), nil
}

// ChosenPublisher returns a publisher that makes terms with the settings that
// hold when it is handed items. It asks for them with the first ones, so that a
// process starts soon; an error of theirs rejects every item.
func ChosenPublisher(s store.Store, chosen *Chosen, o PublisherOptions) *Publisher {
	return newPublisher(s, chosen.made, chosen, o)
}

func newPublisher(s store.Store, w func(context.Context) (words, error), chosen *Chosen, o PublisherOptions) *Publisher {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Publisher{store: s, words: w, now: o.Now, site: o.Site, chosen: chosen, turn: o.Turn}
}

// words make the terms of items.
type words struct {
	analyzer *text.Analyzer
	hash     string   // of the analyzer's settings
	langs    []string // of the site, see [recommend.Settings]
}

func makeWords(s recommend.Settings) (words, error) {
	a, err := text.New(s.Text)
	if err != nil {
		return words{}, fmt.Errorf("settings: %w", err)
	}
	return words{a, s.Text.Hash(), s.Languages}, nil
}

// commitTries is how often a commit that lost a race is tried again.
const commitTries = 20

// ErrCrowded is wrapped where nothing was stored as others were at the same rows, or too
// many were; it may be tried again later.
var ErrCrowded = store.ErrCrowded

// Put stores items, those of one work in their order, and answers for each. Items are committed
// together as far as the store's transactions reach; an error of the store
// makes the Result of every item that it concerns Rejected. Handing the same
// items over again is safe.
func (p *Publisher) Put(ctx context.Context, items ...recommend.Item) []recommend.Result {
	return p.put(ctx, Heard{}, items)
}

func (p *Publisher) put(ctx context.Context, h Heard, items []recommend.Item) []recommend.Result {
	results := make([]recommend.Result, len(items))
	prepared := make([]*incoming, len(items))
	w, failed := p.words(ctx)
	parallel.Each(len(items), func(i int) {
		prepared[i] = prepare(items[i], w, failed)
		prepared[i].heard = h
	})
	if len(w.langs) == 0 {
		p.judge(ctx, prepared)
	}
	parallel.Each(len(items), func(i int) { prepared[i].finish(w) })
	commits := wave{atOnce: commitsAtOnce, works: map[string]bool{}}
	if direct(p.store) {
		commits.atOnce = 1
	}
	for from := 0; from < len(items); {
		n := 0
		for ops := 0; from+n < len(items); n++ {
			ops += most(&items[from+n], h)
			if n > 0 && ops > p.store.Limits().Ops {
				break
			}
		}
		some, answers := prepared[from:from+n], results[from:from+n]
		commits.run(some, func() { p.putTogether(ctx, some, answers) })
		from += n
	}
	commits.wait.Wait()
	return results
}

// commitsAtOnce is how many transactions of one call run at once, where they have no
// row in common.
const commitsAtOnce = 16

// A wave is transactions that run at once, as no work has items in two of them.
type wave struct {
	atOnce  int
	running int
	wait    sync.WaitGroup
	works   map[string]bool // by the id of the original, or of what is meant to be one
}

// run runs the transaction of items, after the others if it must.
func (w *wave) run(items []*incoming, do func()) {
	var works []string
	for _, in := range items {
		works = append(works, in.ID, in.Group())
	}
	if w.running == w.atOnce || slices.ContainsFunc(works, func(id string) bool { return w.works[id] }) {
		w.wait.Wait()
		w.running = 0
		clear(w.works)
	}
	for _, id := range works {
		w.works[id] = true
	}
	w.running++
	if w.atOnce == 1 {
		do()
		return
	}
	w.wait.Go(do)
}

// most is the number of operations that storing an item takes, if neither
// its topics nor its language versions change much.
func most(it *recommend.Item, h Heard) int {
	n := 12 + 2*len(it.Topics) + len(it.Aliases)
	if !h.At.IsZero() {
		n++
	}
	return n
}

// An incoming is an item on its way in.
type incoming struct {
	recommend.Item
	heard Heard
	hash  [16]byte
	words string // hash of the settings that made terms
	told  bool   // its language was given, or shows
	terms *termList
	err   error
}

// judge gives items that are too short to show their language one of the site's,
// which has not named any. Only where there are such items does it read.
func (p *Publisher) judge(ctx context.Context, items []*incoming) {
	p.tongues.meet(items)
	var site []string
	var failed error
	for _, in := range items {
		if in.err != nil || in.told {
			continue
		}
		if site == nil && failed == nil {
			if site, failed = p.tongues.languages(ctx, p.store, p.now()); site == nil {
				site = []string{}
			}
		}
		in.Lang = ""
		in.Lang, in.err = in.LanguageAmong(site), failed
	}
}

// prepare reads an item as far as that needs no store.
func prepare(it recommend.Item, w words, failed error) *incoming {
	in := &incoming{Item: it}
	if in.Status == "" {
		in.Status = recommend.Published
	}
	if in.err = it.Validate(); in.err != nil {
		return in
	}
	if in.err = failed; in.err != nil {
		return in
	}
	given := in.Lang != ""
	in.Item, in.words = in.Readable(w.langs), w.hash
	in.told = given || len(w.langs) > 0 || in.Lang != "und" && in.ShowsLanguage()
	return in
}

// finish makes of an item whose language is known what is stored of it.
func (in *incoming) finish(w words) {
	if in.err != nil {
		return
	}
	in.hash = contentHash(in.Item)
	if in.Status != recommend.Withdrawn {
		in.terms = analyse(w.analyzer, &in.Item)
		in.err = in.fits()
	}
}

// fits returns an error if the item has more terms than a row takes. Only a long
// body of words that hardly repeat has.
func (in *incoming) fits() error {
	if len(in.Body) < store.MaxData/8 {
		return nil
	}
	in.terms.version = math.MaxInt64 // takes the most room
	in.terms.part = part{in.TranslationOf, in.Lang, math.MaxInt64}
	if n := len(in.terms.pack()); n > store.MaxData {
		return recommend.Invalid("body", "has terms of %d bytes, more than %d; make it shorter", n, store.MaxData)
	}
	return nil
}

// putTogether stores items in one transaction. Where that fails, it finds those
// that are to blame, so that the others are stored, and reports whether any was.
func (p *Publisher) putTogether(ctx context.Context, items []*incoming, results []recommend.Result) bool {
	err := p.transact(ctx, items, results)
	if err == nil {
		return true
	}
	stored := false
	if n := len(items) / 2; n > 0 && ctx.Err() == nil {
		stored = p.putTogether(ctx, items[:n], results[:n])
		switch {
		case stored || own(err):
			if p.putTogether(ctx, items[n:], results[n:]) {
				stored = true
			}
		// Nothing was stored, and not for what the items are: that may be the
		// store's fault, which need not be found with every item anew.
		default:
			if err = p.transact(ctx, items[n:], results[n:]); err == nil {
				stored = true
			} else {
				blame(items[n:], results[n:], err)
			}
		}
	} else {
		blame(items, results, err)
	}
	if stored {
		for i := range results {
			results[i].Err = unstorable(results[i])
		}
	}
	return stored
}

// own reports whether an error of a transaction is the fault of its items.
func own(err error) bool {
	var rule *store.RuleError
	var damage *store.DamageError
	var invalid *recommend.InvalidError
	return errors.As(err, &invalid) || errors.Is(err, errCorrupt) || errors.Is(err, errTooLarge) || errors.As(err, &rule) || errors.As(err, &damage)
}

// blame rejects items, those that are wrong in themselves for that.
func blame(items []*incoming, results []recommend.Result, err error) {
	var invalid *recommend.InvalidError
	for i, it := range items {
		results[i] = recommend.Result{ID: it.ID, Outcome: recommend.Rejected, Err: it.err}
		switch {
		case it.err != nil:
		case len(items) == 1 && errors.As(err, &invalid):
			results[i].Err = invalid
		case len(items) == 1 && own(err):
			results[i].Err = &recommend.UnstorableError{ID: it.ID, Err: err}
		default:
			results[i].Err = fmt.Errorf("publish %q: %w", it.ID, err)
		}
	}
}

// unstorable returns the error of a result, as one of the item where it is the
// store's and others were stored with it.
func unstorable(r recommend.Result) error {
	var invalid *recommend.InvalidError
	var already *recommend.UnstorableError
	if r.Outcome != recommend.Rejected || errors.As(r.Err, &invalid) || errors.As(r.Err, &already) {
		return r.Err
	}
	return &recommend.UnstorableError{ID: r.ID, Err: errors.Unwrap(r.Err)}
}

func (p *Publisher) transact(ctx context.Context, items []*incoming, results []recommend.Result) error {
	if direct(p.store) {
		p.mu.Lock()
		defer p.mu.Unlock()
	}
	if p.turn != nil {
		over, err := p.turn(ctx)
		if err != nil {
			return err
		}
		defer over()
	}
	p.describe(ctx, items)
	return p.retry(ctx, func() (*unit, error) {
		u := newUnit(p.store)
		err := p.stage(ctx, u, items, results)
		if err == nil && len(items) == 1 && items[0].err == nil {
			err = u.fits()
		}
		return u, err
	})
}

var errTooLarge = errors.New("transaction too large for the store")

// retry stages and commits a unit until no other writer comes between.
func (p *Publisher) retry(ctx context.Context, stage func() (*unit, error)) error {
	for try := 1; ; try++ {
		u, err := stage()
		if err != nil {
			return err
		}
		if n, most := len(u.order), p.store.Limits().Ops; n > most {
			return fmt.Errorf("%w: it takes %d writes at once, and the store %d; fewer topics, aliases or language versions take fewer", errTooLarge, n, most)
		}
		err = u.commit(ctx)
		if !errors.Is(err, store.ErrCondition) {
			return err
		}
		if try == commitTries {
			return fmt.Errorf("%w: %w", ErrCrowded, err)
		}
		if err := jitter(ctx, try); err != nil {
			return err
		}
	}
}

// maxKnown is how many topics a publisher remembers to be in the store.
const maxKnown = 65_536

// describe makes rows for topics that nobody has described yet. They are
// written before the items that name them, so that none is ever missing.
func (p *Publisher) describe(ctx context.Context, items []*incoming) {
	var txs []store.Tx
	var slugs []string
	for _, it := range items {
		if it.err != nil {
			continue
		}
		for _, slug := range it.Topics {
			if _, ok := p.topics.Load(slug); ok || slices.Contains(slugs, slug) {
				continue
			}
			slugs = append(slugs, slug)
			txs = append(txs, store.Tx{{Row: store.Row{Key: topicKey(slug), Rev: 1}, Cond: store.Absent}})
		}
	}
	for i, err := range p.store.Apply(ctx, txs...) {
		if err == nil || errors.Is(err, store.ErrCondition) {
			if p.known.Add(1) > maxKnown {
				p.topics.Clear()
				p.known.Store(1)
			}
			p.topics.Store(slugs[i], true)
			continue
		}
		for _, it := range items {
			if it.err == nil && slices.Contains(it.Topics, slugs[i]) {
				it.err = fmt.Errorf("publish %q: topic %q: %w", it.ID, slugs[i], err)
			}
		}
	}
}

// stage puts the writes for items into u and answers in results.
func (p *Publisher) stage(ctx context.Context, u *unit, items []*incoming, results []recommend.Result) error {
	// One round of reads for the rows that every item needs, one for those
	// that the first round names.
	var keys []store.Key
	for _, it := range items {
		if it.err == nil {
			pages, _ := addressKeys(&record{Item: it.Item})
			keys = append(append(keys, idKey(it.ID), groupKey(it.Item.Group())), pages...)
			if it.TranslationOf != "" {
				keys = append(keys, idKey(it.TranslationOf), groupKey(it.ID))
			}
			if !it.heard.At.IsZero() {
				keys = append(keys, heardKey(it.ID))
			}
		}
	}
	if err := u.load(ctx, keys...); err != nil {
		return err
	}
	keys = append(keys[:0], counterKey)
	for _, it := range items {
		if row := u.read[idKey(it.ID)]; row.Rev != 0 {
			identity, err := unpackIdentity(row.Data)
			if err != nil {
				return fmt.Errorf("id %q: %w", it.ID, err)
			}
			keys = append(keys, recordKey(identity.number))
		}
	}
	if err := u.load(ctx, keys...); err != nil {
		return err
	}
	c, err := unpackCounters(u.read[counterKey])
	if err != nil {
		return err
	}
	before := c.Change
	for i, it := range items {
		results[i] = recommend.Result{ID: it.ID, Outcome: recommend.Rejected, Err: it.err}
		if it.err != nil {
			continue
		}
		results[i], err = p.stageOne(ctx, u, it, &c)
		if err != nil {
			return err
		}
	}
	if c.Change != before { // every item that counts makes a change
		data, err := json.Marshal(c)
		if err != nil {
			return err
		}
		u.put(counterKey, data)
	}
	return nil
}

// stageOne puts the writes for one item into u. An error is the store's; what
// is wrong with the item is in the result.
func (p *Publisher) stageOne(ctx context.Context, u *unit, in *incoming, c *counters) (recommend.Result, error) {
	row, err := u.get(ctx, idKey(in.ID))
	if err != nil {
		return recommend.Result{}, err
	}
	var old *record
	if row.Rev != 0 {
		id, err := unpackIdentity(row.Data)
		if err != nil {
			return recommend.Result{}, fmt.Errorf("id %q: %w", in.ID, err)
		}
		if old, err = u.record(ctx, id.number); err != nil {
			return recommend.Result{}, err
		}
	}
	late, heard, err := u.heard(ctx, in, old)
	if err != nil {
		return recommend.Result{}, fmt.Errorf("heard of %q: %w", in.ID, err)
	}
	next := &record{Item: in.Item, hash: in.hash}
	next.Body = ""
	result := recommend.Result{ID: in.ID, Outcome: recommend.Created}
	stored := int64(0)
	if old != nil {
		stored = old.Version
		if stored < 0 {
			stored = math.MaxInt64 // an earlier program counted on from there
		}
		result.Outcome = recommend.Replaced
		next.number = old.number
		same := old.hash == next.hash && old.Status == next.Status
		switch {
		case late && !same, in.Version != 0 && (in.Version < stored || in.Version == stored && !same):
			return recommend.Result{ID: in.ID, Outcome: recommend.Stale, Version: stored, Err: &recommend.ConflictError{ID: in.ID, Stored: stored, Got: in.Version}}, nil
		case same && in.Version > stored:
			// Nothing to index, but a late older version must not pass.
			old.Version = in.Version
			u.put(recordKey(old.number), old.pack())
			return recommend.Result{ID: in.ID, Outcome: recommend.Unchanged, Version: in.Version, Err: nil}, nil
		case same:
			u.hear(in.ID, heard, old.Version)
			return recommend.Result{ID: in.ID, Outcome: recommend.Unchanged, Version: stored, Err: nil}, nil
		}
	} else {
		if next.number, err = p.number(ctx, u, c); err != nil {
			return recommend.Result{}, err
		}
	}
	if next.Version == 0 {
		// Also beyond [recommend.MaxVersion], so that what has that version can
		// be corrected and withdrawn.
		next.Version = min(stored, math.MaxInt64-1) + 1
	}
	result.Version = next.Version
	if err := p.chain(ctx, u, next); err != nil {
		var invalid *recommend.InvalidError
		if errors.As(err, &invalid) {
			if old == nil && direct(p.store) {
				c.Number--
			}
			return recommend.Result{ID: in.ID, Outcome: recommend.Rejected, Version: stored, Err: err}, nil
		}
		return recommend.Result{}, err
	}
	if err := p.labelled(ctx, u, old, next); err != nil {
		return recommend.Result{}, err
	}
	u.hear(in.ID, heard, next.Version)
	next.changedAt = p.now().UTC()
	u.change(c, old, next)
	if err := p.group(ctx, u, old, next); err != nil {
		return recommend.Result{}, err
	}
	u.put(recordKey(next.number), next.pack())
	if old == nil || old.group() != next.group() {
		u.put(idKey(next.ID), identity{next.number, next.group()}.pack())
	}
	p.listings(u, old, next)
	if err := p.addresses(ctx, u, old, next); err != nil {
		return recommend.Result{}, err
	}
	switch {
	case next.Status == recommend.Withdrawn:
		dead := termList{id: next.ID, version: next.Version, dead: true}
		u.putRev(termsKey(in.words, next.number), dead.pack(), uint64(next.Version))
		u.delete(bodyKey(next.number))
	default:
		in.terms.version, in.terms.part = next.Version, partOf(next)
		terms := in.terms
		if len(next.labels) > 0 {
			terms = terms.filed(next.Topics)
		}
		u.putRev(termsKey(in.words, next.number), terms.pack(), uint64(next.Version))
		if in.Body != "" {
			u.putRev(bodyKey(next.number), []byte(in.Body), uint64(next.Version))
		} else if old != nil {
			u.delete(bodyKey(next.number))
		}
	}
	return result, nil
}

// number returns the number of a new item.
func (p *Publisher) number(ctx context.Context, u *unit, c *counters) (uint32, error) {
	if direct(p.store) {
		c.Number++
		return c.Number, nil
	}
	n, err := p.numbering.give(ctx, p.store)
	if err == nil {
		u.read[recordKey(n)] = store.Row{Key: recordKey(n)} // the commit holds only if there is none
	}
	return n, err
}

// record reads a record; a missing one is an error.
func (u *unit) record(ctx context.Context, number uint32) (*record, error) {
	row, err := u.get(ctx, recordKey(number))
	if err != nil {
		return nil, err
	}
	if row.Rev == 0 {
		return nil, fmt.Errorf("item number %d: %w", number, errCorrupt)
	}
	r, err := unpackRecord(row.Data)
	if err != nil {
		return nil, fmt.Errorf("item number %d: %w", number, err)
	}
	return r, nil
}

// listings moves the item's listing rows.
func (p *Publisher) listings(u *unit, old, next *record) {
	keys := func(r *record) []store.Key {
		if r == nil || r.Status == recommend.Withdrawn {
			return nil
		}
		ks := []store.Key{listKey("", sortMillis(&r.Item), r.ID)}
		for _, slug := range r.Topics {
			ks = append(ks, listKey(slug, sortMillis(&r.Item), r.ID))
		}
		if !r.VisibleFrom.IsZero() {
			ks = append(ks, embargoKey(r.VisibleFrom, r.number))
		}
		return ks
	}
	l := next.listed()
	data := l.pack()
	kept := keys(next)
	for _, k := range kept {
		u.putRev(k, data, uint64(next.Version))
	}
	for _, k := range keys(old) {
		if !slices.Contains(kept, k) {
			u.delete(k)
		}
	}
}

// Withdraw takes an item from every answer, now and for ever: of later versions
// only greater ones count. A version of 0 is one more than the stored one. An
// id that was never seen leaves a tombstone, so that a late publish of an older
// version does not bring the item back.
func (p *Publisher) Withdraw(ctx context.Context, id string, version int64) recommend.Result {
	return p.withdraw(ctx, Heard{}, id, version)
}

func (p *Publisher) withdraw(ctx context.Context, h Heard, id string, version int64) recommend.Result {
	// A tombstone keeps what places the item among others, and no text.
	in := &incoming{heard: h, Item: recommend.Item{ID: id, Title: "-", Version: version, Status: recommend.Withdrawn}}
	if in.err = in.Validate(); in.err != nil {
		return recommend.Result{ID: id, Outcome: recommend.Rejected, Err: in.err}
	}
	w, err := p.words(ctx)
	if err != nil {
		return recommend.Result{ID: id, Outcome: recommend.Rejected, Err: err}
	}
	in.Title, in.hash, in.words = "", contentHash(recommend.Item{ID: id, Status: recommend.Withdrawn}), w.hash
	results := make([]recommend.Result, 1)
	p.putTogether(ctx, []*incoming{in}, results)
	return results[0]
}
