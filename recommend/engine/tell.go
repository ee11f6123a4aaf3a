package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"akin/recommend"
	"akin/recommend/store"
)

const (
	// ReceiptDays is how long receipts are kept.
	ReceiptDays = 30

	// ReviewEvery is how often all lists are looked at, since time alone changes some, unless
	// [IndexerOptions.ReviewEvery] says otherwise.
	ReviewEvery = 15 * time.Minute

	tellChunk   = 500    // works that are looked at, and written, at a time
	tellAtOnce  = 16     // of those, that are looked at side by side
	maxNoted    = 50_000 // works and changes that wait in memory
	maxReceipts = 64     // that stay in memory
	tellTries   = 3      // while others tell of the same store
)

// A tellState is how far receipts are. Its row is written last.
type tellState struct {
	Number uint64 `json:"number"` // of the last receipt
	Done   uint64 `json:"done"`   // every change of the lists up to it is told

	// What held when they were last looked at.
	Generation int    `json:"generation"`
	Settings   uint64 `json:"settings"`
	Merges     uint64 `json:"merges"`
	Exclusions uint64 `json:"exclusions"`
	Edits      string `json:"edits"`

	// A review looks at all works, in the order of the rows of ids.
	Review  recommend.CauseKind `json:"review,omitempty"` // why one is under way; empty: none is
	Part    int                 `json:"part,omitempty"`   // how far it is
	After   string              `json:"after,omitempty"`
	First   bool                `json:"first,omitempty"`   // before it, nothing was known
	Fresh   recommend.CauseKind `json:"fresh,omitempty"`   // why it is to begin again once it ends
	Clock   time.Time           `json:"clock,omitzero"`    // embargoes that ended up to it are told
	Reviews time.Time           `json:"reviewed,omitzero"` // when the last one began
	Ends    time.Time           `json:"ends,omitzero"`     // when the next decision of editors or boost begins or ends

	rev uint64 // of the row
}

// A teller makes receipts.
type teller struct {
	mu     sync.Mutex // held while they are made
	ledger *ledger    // nil: not read yet
	reader *Reader

	heard  sync.Mutex // guards what follows
	noted  noted
	failed bool // the last time
	recent []recommend.Receipt
	news   chan struct{} // closed with the next receipt
}

// noted are changes of lists that have not been told yet: all after one, up to another.
type noted struct {
	from, to uint64
	changes  []change
	items    map[uint32]bool     // that changed, or are versions of works that did
	works    map[string][]uint32 // whose stored lists were written: their candidates as headsOf has them
}

func newTeller(x *Indexer) *teller {
	return &teller{news: make(chan struct{}), reader: NewReader(x.store, ReaderOptions{Now: x.now, Chosen: x.chosen, HeadAge: time.Hour, Index: func() (Ranker, error) { return x, nil }})}
}

// note keeps what a batch of changes touched, until it is told. What was not kept is found
// in the store.
func (t *teller) note(from, to uint64, changes []change, updates []update, heads map[string][]uint32) {
	t.heard.Lock()
	defer t.heard.Unlock()
	n := &t.noted
	if n.to != from || len(n.works)+len(heads)+len(n.changes) > maxNoted {
		*n = noted{from: from}
	}
	if n.works == nil {
		n.items, n.works = make(map[uint32]bool, len(updates)), make(map[string][]uint32, len(heads))
	}
	n.to, n.changes = to, append(n.changes, changes...)
	for _, u := range updates {
		n.items[u.number] = true
	}
	maps.Copy(n.works, heads)
}

// take returns what was noted, and forgets it.
func (t *teller) take() noted {
	t.heard.Lock()
	defer t.heard.Unlock()
	n := t.noted
	t.noted = noted{from: n.to, to: n.to}
	return n
}

// next returns what is closed once there is another receipt.
func (t *teller) next() <-chan struct{} {
	t.heard.Lock()
	defer t.heard.Unlock()
	return t.news
}

// of returns what the publish of a version of an item changed after a receipt, once it is told; it is false where
// that is not known.
func (t *teller) of(id string, version int64, since uint64) (lists, topics []string, known bool) {
	t.heard.Lock()
	defer t.heard.Unlock()
	if t.failed || t.noted.from != t.noted.to {
		return nil, nil, false
	}
	cause := recommend.Cause{Kind: recommend.CauseItem, Item: id, Version: version}
	for i, r := range t.recent {
		switch {
		case r.Number <= since:
		case i == 0 && r.Number > since+1, r.All, r.Omitted > 0 && !slices.Contains(r.Causes, cause):
			return nil, nil, false // others may have named it
		case slices.Contains(r.Causes, cause):
			lists, topics = append(lists, r.Lists...), append(topics, r.Topics...)
		}
	}
	return lists, topics, true
}

// Tell writes receipts for what the changes that [Indexer.CatchUp] indexed have made of what is
// published, and for what editors decided since. With all it also looks at every list where that
// is due: after a switch of generations and other settings, and as time goes by; it
// does so in steps, between which other calls have their turn, and goes on after a restart. Other
// processes may tell of the same store meanwhile: one of them writes, and those after it look anew.
// It needs [IndexerOptions.Receipts].
func (x *Indexer) Tell(ctx context.Context, all bool) error {
	if x.teller == nil {
		return nil
	}
	for more, try := true, 1; more; {
		var err error
		switch more, err = x.tellOnce(ctx, all); {
		case errors.Is(err, store.ErrCondition) && try < tellTries: // another one was faster
			more, try = true, try+1
		case err != nil:
			return fmt.Errorf("receipts: %w", err)
		}
	}
	return nil
}

func (x *Indexer) tellOnce(ctx context.Context, all bool) (more bool, err error) {
	t := x.teller
	t.mu.Lock()
	defer t.mu.Unlock()
	c := &telling{x: x, t: t}
	more, err = c.run(ctx, all)
	if err != nil {
		t.ledger = nil // memory may be ahead of the store
	}
	t.heard.Lock()
	t.failed = err != nil
	t.heard.Unlock()
	return more, err
}

// A telling is one call of Tell.
type telling struct {
	x      *Indexer
	t      *teller
	l      *ledger
	next   tellState // what is to hold when it is done
	out    *lookout
	causes []recommend.Cause
	left   int  // causes beyond MaxCauses
	due    bool // a review, by the clock
}

// run tells of changes, and with all goes on with a review; more says that it is not at its end.
func (c *telling) run(ctx context.Context, all bool) (more bool, err error) {
	h, ok, err := c.begin(ctx, all)
	if err != nil || !ok {
		return false, err
	}
	changed, others, err := c.candidates(ctx, h)
	if err != nil {
		return false, err
	}
	if c.due && c.next.Review == "" {
		c.start(recommend.CauseTime)
	}
	if s := &c.l.state; c.due || s.rev == 0 || s.Edits != c.next.Edits || s.Settings != c.next.Settings {
		if c.next.Ends, err = c.ends(ctx); err != nil {
			return false, err
		}
	}
	// Those that changed come last: until then it is known where they stood.
	if err := c.tell(ctx, others, changed); err != nil || !all || c.l.state.Review == "" {
		return false, err
	}
	if err := c.review(ctx); err != nil {
		return false, err
	}
	return c.l.state.Review != "", nil
}

// begin reads how far receipts are. It reports whether there is anything to tell of: nothing more is read
// where all is told.
func (c *telling) begin(ctx context.Context, all bool) (*head, bool, error) {
	rows, err := c.x.store.Get(ctx, store.Strong, toldKey, settingsKey, mergesKey, exclusionsKey, editsKey, headKey)
	if err != nil {
		return nil, false, err
	}
	h, err := unpackHead(rows[5])
	if err != nil || h.Current == 0 {
		return h, false, err
	}
	state := tellState{rev: rows[0].Rev}
	if rows[0].Rev != 0 {
		if err := json.Unmarshal(rows[0].Data, &state); err != nil {
			return nil, false, fmt.Errorf("state: %w", errCorrupt)
		}
	}
	now := state
	now.Generation, now.Settings, now.Merges, now.Exclusions, now.Edits = h.Current, rows[1].Rev, rows[2].Rev, rows[3].Rev, string(rows[4].Data)
	if all && state.rev != 0 && state.Review == "" {
		if c.due, err = c.isDue(ctx, &state); err != nil {
			return nil, false, err
		}
	}
	if state.rev != 0 && now == state && state.Done == h.Done && !c.due && (!all || state.Review == "") {
		c.t.take() // another process has told it
		return h, false, nil
	}
	if err := c.known(ctx, state); err != nil {
		return nil, false, err
	}
	return h, true, c.compare(ctx, h, &now)
}

// compare begins reviews where what all lists are made from is other than it was.
func (c *telling) compare(ctx context.Context, h *head, now *tellState) error {
	was := c.l.state
	c.next = was
	n := &c.next
	n.Generation, n.Settings, n.Merges, n.Exclusions, n.Edits = now.Generation, now.Settings, now.Merges, now.Exclusions, now.Edits
	switch {
	case was.rev == 0:
		n.First, n.Done, n.Clock = true, h.Done, c.x.now().UTC()
		c.start(recommend.CauseReview)
	case was.Generation != n.Generation:
		n.Done = h.Done
		c.start(recommend.CauseGeneration)
	case was.Settings != n.Settings:
		c.start(recommend.CauseSettings)
	case was.Merges != n.Merges || was.Exclusions != n.Exclusions:
		c.start(recommend.CauseEditors)
	}
	c.t.reader.forget()
	if c.l.tree == nil || was.Edits != n.Edits || was.Merges != n.Merges {
		if err := c.plant(ctx, was.Edits != n.Edits); err != nil {
			return err
		}
	}
	c.out = &lookout{c.t.reader, c.l.tree}
	return nil
}

// forget makes a reader look anew at what it remembers.
func (r *Reader) forget() {
	r.mu.Lock()
	r.view = nil
	r.mu.Unlock()
}

// known makes the ledger that of a state.
func (c *telling) known(ctx context.Context, state tellState) error {
	if l := c.t.ledger; l != nil && l.state.rev == state.rev {
		c.l = l
		return nil
	}
	l, err := readLedger(ctx, c.x.store, state)
	if errors.Is(err, errCorrupt) {
		l, err = newLedger(tellState{Number: state.Number, rev: state.rev}), nil
		l.state.First, l.rev = true, l.rev+1<<20 // rows that were not read have less
		c.x.log.ErrorContext(ctx, "what was told is lost; all lists are looked at again")
	}
	if err != nil {
		return err
	}
	// A writer that crashed may have left receipts that its state does not know.
	for row, err := range store.Scan(ctx, c.x.store, store.Strong, store.Range{Part: ReceiptPart, From: receiptKey(l.state.Number + 1).Sort}) {
		if err != nil {
			return err
		}
		r, err := unpackReceipt(row)
		if err != nil {
			return err
		}
		l.state.Number = r.Number
	}
	c.t.ledger, c.l = l, l
	return nil
}

// start begins a review, or has the one under way followed by another.
func (c *telling) start(why recommend.CauseKind) {
	n := &c.next
	if n.Review != "" {
		n.Fresh = why
		return
	}
	n.Review, n.Part, n.After, n.Fresh = why, 0, "", ""
	n.Reviews, n.Clock = c.x.now().UTC(), c.x.now().UTC()
}

// isDue reports whether a review is due by the clock.
func (c *telling) isDue(ctx context.Context, s *tellState) (bool, error) {
	now := c.x.now()
	if now.Sub(s.Reviews) >= c.x.reviews || now.Before(s.Reviews) || !s.Ends.IsZero() && !now.Before(s.Ends) {
		return true, nil
	}
	r := store.Range{Part: embargoPart, From: embargoKey(s.Clock, 0).Sort, To: embargoKey(now.Add(time.Millisecond), 0).Sort, Limit: 1}
	rows, _, err := c.x.store.Query(ctx, store.Strong, r)
	return len(rows) > 0, err
}

// ends returns when the next decision of editors ends, or a boost begins or ends; zero: none does.
func (c *telling) ends(ctx context.Context) (time.Time, error) {
	var mu sync.Mutex
	var next time.Time
	now := c.x.now()
	at := func(t time.Time) {
		mu.Lock()
		defer mu.Unlock()
		if t.After(now) && (next.IsZero() || t.Before(next)) {
			next = t.UTC()
		}
	}
	err := scanParts(ctx, c.x.store, parts("curation", termShards), func(row store.Row) error {
		cur, err := unpackCuration(row)
		if err != nil {
			return err
		}
		for _, d := range slices.Concat(cur.Pins, cur.Blocks, cur.NotByTopic) {
			at(d.Expires)
		}
		for _, n := range []*recommend.Note{cur.Exclude, cur.NoSimilar} {
			if n != nil {
				at(n.Expires)
			}
		}
		return nil
	})
	if err != nil {
		return next, err
	}
	for row, err := range store.Scan(ctx, c.x.store, store.Strong, store.Range{Part: topicPart}) {
		if err != nil {
			return next, err
		}
		if !strings.HasSuffix(row.Sort, topicCurated) {
			continue
		}
		cur, err := unpackTopicCuration(row)
		if err != nil {
			return next, err
		}
		if cur.MergedInto != nil {
			cur.Featured = append(cur.Featured, *cur.MergedInto)
		}
		for _, d := range cur.Featured {
			at(d.Expires)
		}
	}
	v, err := c.t.reader.look(ctx)
	if err != nil {
		return next, err
	}
	for _, b := range v.lists.Boosts {
		at(b.From)
		at(b.To)
	}
	return next, nil
}

// plant reads the tree of topics anew. Where it has other branches, all works are looked at.
func (c *telling) plant(ctx context.Context, edited bool) error {
	v, err := c.t.reader.look(ctx)
	if err != nil {
		return err
	}
	tree, err := c.t.reader.readTree(ctx, v)
	if err != nil {
		return err
	}
	old := c.l.tree
	switch {
	case old == nil && edited:
		c.start(recommend.CauseEditors)
	case old != nil && !maps.EqualFunc(old.below, tree.below, slices.Equal):
		c.start(recommend.CauseEditors)
	}
	c.l.tree = tree
	return nil
}

// candidates returns the works that changed since the last receipt, and all others whose pages may have.
func (c *telling) candidates(ctx context.Context, h *head) (changed, others []string, err error) {
	n := c.t.take()
	state := c.l.state
	if c.next.Done == state.Done { // else all are looked at anyway
		switch {
		case n.from == state.Done && n.to >= h.Done:
		case h.Done == state.Done:
			n = noted{}
		default:
			if n, err = c.recover(ctx, h); err != nil {
				return nil, nil, err
			}
		}
		c.next.Done = max(c.next.Done, n.to)
	} else {
		n = noted{}
	}
	works, ids, err := c.changed(ctx, n.changes)
	if err != nil {
		return nil, nil, err
	}
	all := map[string]bool{}
	for work, head := range n.works {
		if w := c.l.works[work]; w == nil || !w.untouched(head, n.items) {
			all[work] = true
		}
	}
	if state.Edits != c.next.Edits && state.rev != 0 {
		c.because(recommend.Cause{Kind: recommend.CauseEditors})
		var mu sync.Mutex
		err := scanParts(ctx, c.x.store, parts("curation", termShards), func(row store.Row) error {
			mu.Lock()
			defer mu.Unlock()
			all[row.Sort] = true
			return nil
		})
		if err != nil {
			return nil, nil, err
		}
	}
	if len(works) > 0 {
		if err := c.depend(ctx, works, ids, all); err != nil {
			return nil, nil, err
		}
	}
	for w := range works {
		delete(all, w)
	}
	return slices.Sorted(maps.Keys(works)), slices.Sorted(maps.Keys(all)), nil
}

// changed returns the works that changes are of, those that items left among them, and the ids of the items.
func (c *telling) changed(ctx context.Context, changes []change) (works, ids map[string]bool, err error) {
	works, ids = map[string]bool{}, map[string]bool{}
	for _, ch := range changes {
		ids[ch.id], works[ch.id] = true, true // also where it was a work of its own before
		if ch.left != "" {
			works[ch.left] = true
		}
		c.because(recommend.Cause{Kind: recommend.CauseItem, Item: ch.id, Version: ch.version})
	}
	now, err := c.worksOf(ctx, slices.Collect(maps.Keys(ids)))
	if err != nil {
		return nil, nil, err
	}
	for _, work := range now {
		works[work] = true
	}
	return works, ids, nil
}

// depend adds to all the works whose pages may change with those that changed, besides those
// whose stored lists did.
func (c *telling) depend(ctx context.Context, works, ids, all map[string]bool) error {
	g, err := c.t.reader.look(ctx)
	if err != nil {
		return err
	}
	popular := map[uint32]bool{}
	if g.gen != nil {
		for _, n := range g.gen.Popular {
			popular[n] = true
		}
	}
	for w := range works {
		members, err := c.out.members(ctx, w)
		if err != nil {
			return err
		}
		c.l.filledWith(c.out.place(members), all)
		if old := c.l.works[w]; old != nil {
			c.l.filledWith(old, all)
		}
		for _, rec := range members {
			ids[rec.ID] = true
			if popular[rec.number] {
				maps.Copy(all, c.l.popular)
			}
		}
	}
	for id := range ids {
		for _, w := range c.l.pinned[id] {
			all[w] = true
		}
	}
	maps.Copy(all, c.l.asked)
	return nil
}

// recover finds in the store what changes after those told have touched, where nobody noted it.
func (c *telling) recover(ctx context.Context, h *head) (noted, error) {
	n := noted{from: c.l.state.Done, to: h.Done, works: map[string][]uint32{}}
	dead, _, err := c.x.store.Query(ctx, store.Strong, store.Range{Part: deadPart, From: deadKey(n.from + 1).Sort, To: deadKey(n.to + 1).Sort, Limit: 1})
	if err != nil {
		return n, err
	}
	if n.changes, err = changesAfter(ctx, c.x.store, n.from, maxNoted); err != nil {
		return n, err
	}
	n.changes = slices.DeleteFunc(n.changes, func(ch change) bool { return ch.seq > n.to })
	if h.Done < n.from || len(dead) > 0 || uint64(len(n.changes)) != n.to-n.from {
		c.start(recommend.CauseReview)
		c.next.Done = h.Done
		return noted{to: h.Done}, nil
	}
	var mu sync.Mutex
	var ids []string
	err = scanParts(ctx, c.x.store, parts(fmt.Sprintf("rel/%d", h.Current), itemShards), func(row store.Row) error {
		if row.Rev>>20 > n.from {
			mu.Lock()
			ids = append(ids, row.Sort)
			mu.Unlock()
		}
		return nil
	})
	if err != nil {
		return n, err
	}
	works, err := c.worksOf(ctx, ids)
	if err != nil {
		return n, err
	}
	for _, work := range works {
		n.works[work] = nil
	}
	return n, nil
}

// worksOf returns the works that items are of, in the order of ids, each of which has a row.
func (c *telling) worksOf(ctx context.Context, ids []string) ([]string, error) {
	keys := make([]store.Key, len(ids))
	for i, id := range ids {
		keys[i] = idKey(id)
	}
	rows, err := c.x.store.Get(ctx, store.Strong, keys...)
	if err != nil {
		return nil, err
	}
	works := make([]string, len(ids))
	for i, row := range rows {
		self, err := unpackIdentity(row.Data)
		if err != nil {
			return nil, fmt.Errorf("id %q: %w", ids[i], err)
		}
		works[i] = self.group
	}
	return works, nil
}

func (c *telling) because(cause recommend.Cause) {
	switch {
	case slices.Contains(c.causes, cause):
	case len(c.causes) < recommend.MaxCauses:
		c.causes = append(c.causes, cause)
	default:
		c.left++
	}
}

// tell looks at works, the others first, and writes what differs. The last write says how far
// receipts are.
func (c *telling) tell(ctx context.Context, others, changed []string) error {
	edited := c.l.state.Edits != c.next.Edits
	chunks := slices.Collect(slices.Chunk(others, tellChunk))
	chunks = slices.AppendSeq(chunks, slices.Chunk(changed, tellChunk))
	if all := slices.Concat(others, changed); len(all) <= tellChunk && c.x.store.Limits().Ops > 3*tellChunk { // all at once or nothing
		chunks = slices.Collect(slices.Chunk(all, tellChunk))
	}
	for i, works := range chunks {
		state := c.l.state
		if i == len(chunks)-1 {
			state = c.next
		}
		if err := c.write(ctx, works, edited && i == len(chunks)-1, state); err != nil {
			return err
		}
	}
	if now := c.l.state; now.rev == 0 || len(chunks) == 0 && !now.same(&c.next) {
		return c.write(ctx, nil, edited, c.next)
	}
	return nil
}

// same reports whether two states say the same.
func (s *tellState) same(o *tellState) bool {
	a, _ := json.Marshal(s)
	b, _ := json.Marshal(o)
	return bytes.Equal(a, b)
}
