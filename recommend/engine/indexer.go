package engine

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"sync"
	"time"

	"akin/recommend"
	"akin/recommend/index"
	"akin/recommend/parallel"
	"akin/recommend/store"
)

// IndexerOptions adjust an [Indexer]. The zero value is usable.
type IndexerOptions struct {
	Now   func() time.Time // nil: time.Now
	Log   *slog.Logger     // nil: none
	Lease time.Duration    // how long other writers wait for this one at most; 0: 30 s

	// Alone says that nothing else can have the store open, so that whoever
	// still holds the lease is dead and need not be waited for.
	Alone bool

	// Owner is what the lease calls this writer; empty: a name of its own.
	// Gone reports whether the writer of a name is known to have ended, so that
	// it need not be waited for; nil: nobody can tell.
	Owner string
	Gone  func(ctx context.Context, owner string) bool

	// Patience is how long Reindex waits for other writers to end, when all is
	// made and to be switched to, and lets it start over if another rebuild
	// was faster; 0: not at all.
	Patience time.Duration

	// Chosen tells the settings of each generation when it is planned; nil: all
	// are made under those given to NewIndexer.
	Chosen *Chosen

	// Receipts says that [Indexer.Tell] will be called after changes.
	Receipts bool

	// ReviewEvery is how often receipts tell of what rules for ages change with nobody's doing; 0: [ReviewEvery].
	// All lists are read for it.
	ReviewEvery time.Duration

	// Lean says that memory is dearer than the time that it takes to load the
	// lists of a generation anew after a rebuild: those of the rebuild are then made
	// without the terms that only one item has, which no two can share, and
	// forgotten. The lists are the same. It suits a process that rebuilds and ends.
	Lean bool
}

// An Indexer is the one writer of related lists. It holds the generation in use
// in memory, finds out which lists a change touches, and writes those. Several
// indexers may be open on a store, in several processes: a lease lets one of
// them write at a time, and whatever a writer that lost it still sends is
// refused or written over. It is safe for concurrent use.
type Indexer struct {
	store    store.Store
	settings recommend.Settings
	chosen   *Chosen // settings of generations to come; nil: those given
	now      func() time.Time
	log      *slog.Logger
	lease    time.Duration
	gone     func(ctx context.Context, owner string) bool
	owner    string
	patience time.Duration
	lean     bool
	reader   *Reader // for searches and drafts, which look as often as they look for changes
	teller   *teller // of receipts; nil: none are made
	reviews  time.Duration

	run    sync.Mutex // held by whatever writes
	head   *head      // as last read or written; guarded by run
	looked bool       // for rebuilds that were left, or nobody could tell them; guarded by run

	mu        sync.RWMutex // guards what follows
	state     *state       // nil: not loaded
	following *following   // where state is not a writer's and has no lists; nil: it has
	traits    *traits      // of all items, as the changes up to now have them; nil: nobody filtered yet
	building  *state       // a rebuild on its way, made by this indexer
}

// NewIndexer returns an indexer; it reads nothing yet. The settings are those
// of the generations that it makes, unless the options say that they are chosen;
// the one in use keeps its own.
func NewIndexer(s store.Store, settings recommend.Settings, o IndexerOptions) *Indexer {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Lease == 0 {
		o.Lease = 30 * time.Second
	}
	if o.Owner == "" {
		o.Owner = rand.Text()
	}
	blind := o.Gone == nil && !o.Alone
	if o.Gone == nil || o.Alone {
		o.Gone = func(context.Context, string) bool { return o.Alone }
	}
	x := &Indexer{store: s, settings: settings, chosen: o.Chosen, now: o.Now, log: o.Log, lease: o.Lease, gone: o.Gone, owner: o.Owner, patience: o.Patience, lean: o.Lean, looked: blind}
	x.reader = NewReader(s, ReaderOptions{Now: o.Now, HeadAge: followEvery, Index: func() (Ranker, error) { return x, nil }})
	if o.Receipts {
		x.teller, x.reviews = newTeller(x), cmp.Or(o.ReviewEvery, ReviewEvery)
	}
	return x
}

// ErrBusy is wrapped where another indexer holds the lease; try again later.
var ErrBusy = errors.New("another writer is at work")

const (
	// catchUpBatch is how many changes are taken together.
	catchUpBatch = 500

	// maxIntent is the number of lists that the head names at most.
	maxIntent = 50_000

	// maxFailures is how often a change may fail before it becomes a dead letter.
	maxFailures = 5
)

// rev orders the writes of lists: by the last change that they contain, then by
// who took over last.
func rev(change, epoch uint64) uint64 { return change<<20 | epoch&(1<<20-1) + 1 }

// CatchUp brings the lists of the generation in use up to date with every
// change, and returns how many there were. Before the first generation it
// does nothing. A change that cannot be read is tried five times, once by each
// call, and then set aside as a dead letter.
func (x *Indexer) CatchUp(ctx context.Context) (int, error) {
	x.run.Lock()
	defer x.run.Unlock()
	for try := 1; ; try++ {
		n, err := x.catchUp(ctx)
		if err == nil {
			return n, nil
		}
		// Memory may be ahead of the store now: start over from the store.
		x.forget()
		if !errors.Is(err, errFenced) || try == 3 {
			return n, fmt.Errorf("index: %w", err)
		}
	}
}

func (x *Indexer) forget() {
	x.mu.Lock()
	x.state, x.following, x.traits = nil, nil, nil
	x.mu.Unlock()
}

func (x *Indexer) catchUp(ctx context.Context) (int, error) {
	if !x.looked { // once is enough to find what was left before
		gs, err := readGenerations(ctx, x.store)
		if err == nil {
			err = x.abandon(ctx, gs)
		}
		if err != nil {
			return 0, err
		}
		x.looked = true
	}
	if err := numberWaiting(ctx, x.store); err != nil {
		return 0, err
	}
	h, err := readHead(ctx, x.store)
	if err != nil || h.Current == 0 {
		return 0, err
	}
	forced, err := x.take(ctx, h)
	if err != nil {
		return 0, err
	}
	done := 0
	for {
		changes, err := changesAfter(ctx, x.store, x.head.Done, catchUpBatch)
		if err != nil {
			return done, err
		}
		if len(changes) == 0 && len(forced) == 0 {
			break
		}
		updates, good, bad := x.updates(ctx, x.state, changes, true)
		if bad != nil {
			if !poison(bad) {
				return done, bad
			}
			if good == 0 {
				if err := x.setAside(ctx, changes[0], bad); err != nil {
					return done, err
				}
				continue
			}
			changes = changes[:good]
		}
		before := x.head.Done
		last := before
		if len(changes) > 0 {
			last = changes[len(changes)-1].seq
		}
		touched := x.touch(x.state, updates, forced)
		if len(touched) <= writeChunk && x.store.Limits().Ops > writeChunk {
			err = x.writeAtOnce(ctx, x.state, touched, last)
		} else {
			err = x.announce(ctx, x.state, touched, last)
		}
		if err != nil {
			return done, err
		}
		if x.teller != nil && x.state.gen.Pooled { // else it is found in the store
			x.teller.note(before, last, changes, updates, x.state.headsOf(touched))
		}
		forced = nil
		x.head.Done, x.head.Intent, x.head.All, x.head.Failed = last, nil, false, 0
		done += len(changes)
	}
	return done, x.release(ctx)
}

// take makes this indexer the writer of the generation in use, loads what it
// needs, and returns the lists that a writer before may still be writing.
// A head that nobody took over since is left as it is.
func (x *Indexer) take(ctx context.Context, h *head) (forced []index.Doc, err error) {
	now := x.now()
	// Whoever wrote lists since took over first, but others may have taken a
	// number for a generation.
	if x.state != nil && x.head != nil && h.Epoch == x.head.Epoch && x.state.gen.Number == h.Current {
		x.head = h
		return nil, nil
	}
	if h.Holder != "" && h.Holder != x.owner && now.Before(h.Expires) && !x.gone(ctx, h.Holder) {
		return nil, fmt.Errorf("%w until %s", ErrBusy, h.Expires.UTC().Format(time.RFC3339))
	}
	h.Epoch++
	h.Holder, h.Expires = x.owner, now.Add(x.lease)
	if err := h.write(ctx, x.store); err != nil {
		return nil, err
	}
	x.head = h
	g, err := readGeneration(ctx, x.store, h.Current)
	if err != nil {
		return nil, err
	}
	st, err := load(ctx, x.store, g, false)
	if err != nil {
		return nil, err
	}
	if err := st.loadLists(ctx, x.store); err != nil {
		return nil, err
	}
	x.mu.Lock()
	x.state, x.following, x.traits = st, nil, nil
	x.mu.Unlock()
	x.log.InfoContext(ctx, "generation loaded", "generation", g.Number, "items", st.index.Len(), "took", x.now().Sub(now))
	return st.forced(h)
}

// forced returns the lists that the head's intent names.
func (st *state) forced(h *head) ([]index.Doc, error) {
	var forced []index.Doc
	if h.All {
		for d, stored := range st.lists.stored {
			if stored {
				forced = append(forced, index.Doc(d))
			}
		}
		return forced, nil
	}
	ns, err := unpackNumbers(h.Intent)
	if err != nil {
		return nil, fmt.Errorf("head: %w", err)
	}
	for _, n := range ns {
		forced = append(forced, index.Doc(n))
	}
	return forced, nil
}

// release ends the lease, if it is held or there is anything to say.
func (x *Indexer) release(ctx context.Context) error {
	if x.head.Holder == "" {
		return nil
	}
	x.head.Holder, x.head.Expires = "", time.Time{}
	return x.head.write(ctx, x.store)
}

// updates reads the items that changed as they are now, and the other versions of
// their works, and writes the terms that the store lacks if it is to keep them. If
// that fails for a change, it returns what those before it take, how many
// these are, and the error.
func (x *Indexer) updates(ctx context.Context, st *state, changes []change, keep bool) (updates []update, good int, bad error) {
	keys := make([]store.Key, 0, 2*len(changes))
	for _, c := range changes {
		keys = append(keys, recordKey(c.number), termsKey(st.gen.TextHash, c.number))
	}
	rows, err := x.store.Get(ctx, store.Strong, keys...)
	if err != nil {
		return nil, 0, err
	}
	updates = make([]update, 0, len(changes))
	var left []string
	for i, c := range changes {
		terms, err := st.terms(ctx, x.store, rows[2*i], rows[2*i+1], keep)
		if err != nil {
			bad = fmt.Errorf("item %q: %w", c.id, err)
			break
		}
		x.notice(rows[2*i])
		updates, left = append(updates, update{c.number, terms}), append(left, c.left)
	}
	good = len(updates)
	if updates, err = st.siblings(ctx, x.store, updates, left, keep); err != nil {
		return nil, 0, err
	}
	return updates, good, bad
}

// terms returns the terms of an item under the generation's text settings,
// given the rows of its record and of its terms. Where the store has none, or
// others than the record's version, it makes them, and writes them if it is to
// keep them.
func (st *state) terms(ctx context.Context, s store.Store, recordRow, termsRow store.Row, keep bool) (*termList, error) {
	r, err := unpackRecord(recordRow.Data)
	if err != nil {
		return nil, err
	}
	if termsRow.Rev != 0 {
		l, err := unpackTermList(termsRow.Data)
		if err == nil && l.version >= r.Version && l.dead == (r.Status == recommend.Withdrawn) && (told(termsRow) || !st.gen.Pooled) && l.isFiled(r) {
			return l, nil
		}
	}
	l := &termList{id: r.ID, dead: true}
	if r.Status != recommend.Withdrawn {
		rows, err := s.Get(ctx, store.Strong, bodyKey(r.number))
		if err != nil {
			return nil, err
		}
		it := r.Item
		it.Body = string(rows[0].Data)
		l = analyse(st.analyzer, &it)
		l.part = partOf(r)
	}
	l.version = r.Version
	if !keep {
		return l, nil
	}
	op := store.Op{Row: store.Row{Key: termsKey(st.gen.TextHash, r.number), Data: l.pack(), Rev: uint64(r.Version)}, Cond: store.RevLess}
	if termsRow.Rev == op.Row.Rev { // it is of this version, and cannot be used
		op.Cond, op.Want = store.RevIs, termsRow.Rev
	}
	if err := s.Apply(ctx, store.Tx{op})[0]; err != nil && !errors.Is(err, store.ErrCondition) {
		return nil, err
	}
	return l, nil
}

// poison reports whether an error is the change's own, and not the store's.
func poison(err error) bool { return errors.Is(err, errCorrupt) }

// setAside counts a failure of the next change, and makes it a dead letter when
// there were enough of them.
func (x *Indexer) setAside(ctx context.Context, c change, cause error) error {
	x.head.Failed++
	x.head.Holder = x.owner
	if x.head.Failed < maxFailures {
		if err := x.release(ctx); err != nil {
			return err
		}
		return fmt.Errorf("change %d, try %d of %d: %w", c.seq, x.head.Failed, maxFailures, cause)
	}
	p := packer{}
	p.byte(1)
	p.string(c.id)
	p.uint(uint64(c.version))
	p.string(cause.Error())
	p.time(x.now().UTC())
	row := store.Row{Key: deadKey(c.seq), Data: p.b, Rev: 1}
	if err := x.store.Apply(ctx, store.Tx{{Row: row}})[0]; err != nil {
		return err
	}
	x.log.ErrorContext(ctx, "change set aside", "item", c.id, "version", c.version, "err", cause)
	x.head.Done, x.head.Failed = c.seq, 0
	return nil
}

// touch updates memory, and returns the lists that are to be written.
func (x *Indexer) touch(st *state, updates []update, forced []index.Doc) []index.Doc {
	x.mu.Lock()
	defer x.mu.Unlock()
	touched := st.update(updates)
	for _, d := range forced {
		st.room(d)
		if st.ids[d] != "" {
			touched = append(touched, d)
		}
	}
	slices.Sort(touched)
	return slices.Compact(touched)
}

// announce tells in the head which lists will be written, and writes them.
func (x *Indexer) announce(ctx context.Context, st *state, touched []index.Doc, last uint64) error {
	x.head.Holder, x.head.Expires = x.owner, x.now().Add(x.lease)
	x.head.Intent, x.head.All = nil, len(touched) > maxIntent
	if !x.head.All {
		ns := make([]uint32, len(touched))
		for i, d := range touched {
			ns[i] = uint32(d)
		}
		x.head.Intent = packNumbers(ns)
	}
	if err := x.head.write(ctx, x.store); err != nil {
		return err
	}
	return x.writeLists(ctx, st, touched, rev(last, x.head.Epoch))
}

// writeAtOnce writes lists and what is done in one transaction, where the store
// takes one as large as that for the price of its rows: a file, which syncs once
// then instead of three times. There is nothing half written, so nothing to
// announce, and no lease to hold.
func (x *Indexer) writeAtOnce(ctx context.Context, st *state, touched []index.Doc, last uint64) error {
	var tx store.Tx
	for _, row := range st.rows(touched, x.now().Unix(), rev(last, x.head.Epoch)) {
		tx = append(tx, store.Op{Row: row, Cond: store.RevLess})
	}
	h := x.head
	h.Done, h.Intent, h.All, h.Failed, h.Holder, h.Expires = last, nil, false, 0, "", time.Time{}
	if err := h.writeWith(ctx, x.store, tx); err != nil {
		return err
	}
	for _, d := range touched {
		st.lists.stored[d] = true
	}
	return nil
}

// writeChunk is how many lists are handed to the store at once.
const writeChunk = 2000

// writeLists writes the rows of lists, each over a smaller Rev only.
func (x *Indexer) writeLists(ctx context.Context, st *state, docs []index.Doc, rev uint64) error {
	at := x.now().Unix()
	for chunk := range slices.Chunk(docs, writeChunk) {
		txs := make([]store.Tx, 0, len(chunk))
		for _, row := range st.rows(chunk, at, rev) {
			txs = append(txs, store.Tx{{Row: row, Cond: store.RevLess}})
		}
		for i, err := range x.store.Apply(ctx, txs...) {
			if errors.Is(err, store.ErrCondition) {
				return errFenced
			}
			if err != nil {
				return fmt.Errorf("write the list of %q: %w", st.ids[chunk[i]], err)
			}
		}
		for _, d := range chunk {
			st.lists.stored[d] = true
		}
	}
	return nil
}

func (st *state) rows(docs []index.Doc, at int64, rev uint64) []store.Row {
	rows := make([]store.Row, len(docs))
	parallel.Each(len(docs), func(i int) { rows[i] = st.row(docs[i], at, rev) })
	return rows
}

func unix(seconds int64) time.Time { return time.Unix(seconds, 0).UTC() }

func numberOf(k store.Key) (uint32, error) {
	n, err := strconv.ParseUint(k.Sort, 16, 32)
	if err != nil {
		return 0, fmt.Errorf("row %q %q: %w", k.Part, k.Sort, errCorrupt)
	}
	return uint32(n), nil
}
