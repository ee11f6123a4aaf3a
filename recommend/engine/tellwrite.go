package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"golang.org/x/sync/errgroup"

	"akin/recommend"
	"akin/recommend/store"
)

// review looks at the next works of a review: those of the rows of ids, in their order.
func (c *telling) review(ctx context.Context) error {
	c.causes, c.left = []recommend.Cause{{Kind: c.l.state.Review}}, 0
	c.next = c.l.state
	c.t.reader.forget()
	n := &c.next
	works, err := c.ahead(ctx, n)
	if err != nil {
		return err
	}
	topics := n.Part == itemShards
	if topics {
		n.Review, n.Part, n.After, n.First = "", 0, "", false
		if n.Fresh != "" {
			c.start(n.Fresh)
		}
		if err := c.plant(ctx, false); err != nil {
			return err
		}
		c.out.tree = c.l.tree
	}
	return c.write(ctx, works, topics, *n)
}

// ahead returns the next works of a review, and moves it on.
func (c *telling) ahead(ctx context.Context, n *tellState) ([]string, error) {
	ps := parts("id", itemShards)
	var works, others []string // others are those of translations, mostly met at their originals
	for seen := 0; seen < tellChunk && n.Part < len(ps); {
		r := store.Range{Part: ps[n.Part], Limit: tellChunk - seen}
		if n.After != "" {
			r = r.After(store.Key{Part: r.Part, Sort: n.After})
		}
		rows, more, err := c.x.store.Query(ctx, store.Strong, r)
		if err != nil {
			return nil, err
		}
		seen += len(rows)
		for _, row := range rows {
			self, err := unpackIdentity(row.Data)
			if err != nil {
				return nil, fmt.Errorf("id %q: %w", row.Sort, err)
			}
			if n.After = row.Sort; self.group == row.Sort {
				works = append(works, self.group)
			} else {
				others = append(others, self.group)
			}
			if was, ok := c.l.of[row.Sort]; ok && was != self.group {
				works = append(works, was)
			}
		}
		if !more {
			n.Part, n.After = n.Part+1, ""
		}
	}
	keys := make([]store.Key, len(others))
	for i, work := range others {
		keys[i] = idKey(work)
	}
	rows, err := c.x.store.Get(ctx, store.Strong, keys...)
	if err != nil {
		return nil, err
	}
	for i, row := range rows {
		if row.Rev == 0 {
			works = append(works, others[i])
		}
	}
	slices.Sort(works)
	return slices.Compact(works), nil
}

// look looks at works, and at those that have now what they had, or had what they have now.
func (c *telling) look(ctx context.Context, works []string, done uint64) (map[string]*shownWork, error) {
	all := map[string]*shownWork{}
	for len(works) > 0 {
		now, versions := make([]*shownWork, len(works)), make([][]*record, len(works))
		g, gctx := errgroup.WithContext(ctx)
		g.SetLimit(tellAtOnce)
		for i, work := range works {
			g.Go(func() error {
				var err error
				now[i], versions[i], err = c.out.look(gctx, work)
				return err
			})
		}
		if err := g.Wait(); err != nil {
			return nil, err
		}
		later, err := c.later(ctx, done)
		if err != nil {
			return nil, err
		}
		for i, work := range works {
			w := now[i]
			if old := c.l.works[work]; w != nil && old != nil && slices.ContainsFunc(versions[i], later) {
				// A later change is on its way, and will ask where the work stood.
				w.place = min(w.place, old.place)
				w.topics = slices.Compact(slices.Sorted(slices.Values(slices.Concat(w.topics, old.topics))))
			}
			all[work] = w
		}
		more, err := c.moved(ctx, works, all)
		if err != nil {
			return nil, err
		}
		works = more
	}
	return all, nil
}

// later returns what tells whether a record that was read before has a change after the
// one numbered done.
func (c *telling) later(ctx context.Context, done uint64) (func(*record) bool, error) {
	if direct(c.x.store) {
		return func(r *record) bool { return r.change > done }, nil
	}
	wait, err := waiters(ctx, c.x.store, done)
	return func(r *record) bool { return r.change > done || wait[r.number] }, err
}

// moved returns the works, of those not looked at yet, that items of works came from or went to.
func (c *telling) moved(ctx context.Context, works []string, all map[string]*shownWork) ([]string, error) {
	more := map[string]bool{}
	var gone []string
	for _, work := range works {
		has := map[string]bool{}
		if w := all[work]; w != nil {
			for _, g := range w.pages {
				has[g.id] = true
				if from, ok := c.l.of[g.id]; ok {
					more[from] = true
				}
			}
		}
		if old := c.l.works[work]; old != nil {
			for _, g := range old.pages {
				if !has[g.id] {
					gone = append(gone, g.id)
				}
			}
		}
	}
	went, err := c.worksOf(ctx, gone)
	if err != nil {
		return nil, err
	}
	for _, work := range went {
		more[work] = true
	}
	maps.DeleteFunc(more, func(work string, _ bool) bool { _, ok := all[work]; return ok })
	return slices.Sorted(maps.Keys(more)), nil
}

// write looks at works, and at all topics or at those where works now stand otherwise, and writes what differs,
// what receipts say of it, and the state.
func (c *telling) write(ctx context.Context, works []string, allTopics bool, state tellState) error {
	now, err := c.look(ctx, works, state.Done)
	if err != nil {
		return err
	}
	lists, slugs := c.l.news(now)
	// A row of what is gone stays, empty: so whoever told of it before and is late cannot bring it back.
	var rows []store.Op
	set := func(k store.Key, data []byte) {
		rows = append(rows, store.Op{Row: store.Row{Key: k, Rev: c.l.rev + 1, Data: data}, Cond: store.RevLess})
	}
	own := map[string]int{}
	for work, w := range now {
		old := c.l.works[work]
		owned(own, old, -1)
		owned(own, w, +1)
		switch {
		case old != nil && w == nil:
			set(shownKey(work), nil)
		case w != nil && (old == nil || !old.same(w)):
			set(shownKey(work), w.pack())
		}
	}
	topics, digests, err := c.topics(ctx, slugs, own, allTopics)
	if err != nil {
		return err
	}
	for slug, d := range digests {
		if d == (digest{}) {
			set(toldTopicKey(slug), nil)
		} else {
			set(toldTopicKey(slug), d[:])
		}
	}
	var receipts []recommend.Receipt
	switch {
	case c.l.state.First && !state.First:
		receipts = []recommend.Receipt{{Number: c.l.state.Number + 1, All: true}}
	case !c.l.state.First && c.l.state.rev != 0:
		if len(c.causes) == 0 { // what was looked at for no cause
			c.causes = []recommend.Cause{{Kind: recommend.CauseTime}}
		}
		receipts = c.receipts(lists, topics)
	}
	if n := len(receipts); n > 0 {
		state.Number = receipts[n-1].Number
	} else {
		state.Number = c.l.state.Number
	}
	if err := c.commit(ctx, receipts, rows, &state); err != nil {
		return err
	}
	for work := range now { // those that lost a page before those that have it now
		c.l.set(work, nil)
	}
	for work, w := range now {
		c.l.set(work, w)
	}
	for slug, d := range digests {
		if d == (digest{}) {
			delete(c.l.topics, slug)
		} else {
			c.l.topics[c.l.word(slug)] = d
		}
	}
	c.l.state = state
	return nil
}

// topics returns which pages of topics changed, and the digests that did: slugs are those whose items did, own how many
// works more than before have a topic.
func (c *telling) topics(ctx context.Context, slugs map[string]bool, own map[string]int, all bool) (changed []string, digests map[string]digest, err error) {
	look := maps.Clone(slugs)
	for slug, t := range c.out.tree.topics {
		if all || len(t.Featured) > 0 {
			look[slug] = true
		}
	}
	if all {
		for slug := range c.l.topics {
			look[slug] = true
		}
		for slug := range c.l.own {
			look[slug] = true
		}
	}
	digests = map[string]digest{}
	for slug := range look {
		d, err := c.out.topic(ctx, slug, c.l.own[slug]+own[slug] > 0)
		if err != nil {
			return nil, nil, fmt.Errorf("topic %q: %w", slug, err)
		}
		old := c.l.topics[slug]
		if d != old {
			digests[slug] = d
		}
		if d != old || slugs[slug] && d != (digest{}) {
			changed = append(changed, slug)
		}
	}
	return changed, digests, nil
}

// receipts names lists and topics, in as many receipts as that takes.
func (c *telling) receipts(lists, topics []string) []recommend.Receipt {
	slices.Sort(lists)
	slices.Sort(topics)
	var all []recommend.Receipt
	for len(lists)+len(topics) > 0 {
		n := min(len(lists), recommend.MaxNamed)
		m := min(len(topics), recommend.MaxNamed-n)
		r := recommend.Receipt{Number: c.l.state.Number + 1 + uint64(len(all)), Lists: lists[:n:n], Topics: topics[:m:m]}
		lists, topics = lists[n:], topics[m:]
		all = append(all, r)
	}
	return all
}

// owned adds n for each topic that versions of a work have that may be shown.
func owned(own map[string]int, w *shownWork, n int) {
	if w == nil {
		return
	}
	for _, e := range w.entries {
		if e.own {
			own[e.slug] += n
		}
	}
}

// commit writes receipts, then rows, then the state; all at once where the store takes that. So a writer
// that crashes between may tell twice, but leaves nothing untold.
func (c *telling) commit(ctx context.Context, receipts []recommend.Receipt, rows []store.Op, state *tellState) error {
	now := c.x.now().UTC()
	var all store.Tx
	for i := range receipts {
		r := &receipts[i]
		r.At, r.Causes, r.Omitted = now, orNone(c.causes), c.left
		r.Lists, r.Topics = orNone(r.Lists), orNone(r.Topics)
		data, err := json.Marshal(r)
		if err != nil {
			return err
		}
		all = append(all, store.Op{Row: store.Row{Key: receiptKey(r.Number), Data: data, Rev: 1, Expires: now.AddDate(0, 0, ReceiptDays)}, Cond: store.Absent})
	}
	all = append(all, rows...)
	data, err := json.Marshal(state)
	if err != nil {
		return err
	}
	last := store.Op{Row: store.Row{Key: toldKey, Data: data, Rev: c.l.rev + 1}, Cond: store.RevIs, Want: c.l.state.rev}
	if c.l.state.rev == 0 {
		last.Cond = store.Absent
	}
	all = append(all, last)
	if err := c.apply(ctx, all); err != nil {
		return err
	}
	c.l.rev++
	state.rev = c.l.rev
	c.t.heard.Lock()
	c.t.recent = append(c.t.recent, receipts...)
	c.t.recent = slices.Clone(c.t.recent[max(0, len(c.t.recent)-maxReceipts):])
	if len(receipts) > 0 {
		close(c.t.news)
		c.t.news = make(chan struct{})
	}
	c.t.heard.Unlock()
	return nil
}

// apply runs operations in one transaction, or, where the store takes none of that size, in
// their order, the first and the last each on its own.
func (c *telling) apply(ctx context.Context, ops store.Tx) error {
	size := 0
	for _, op := range ops {
		size += len(op.Row.Part) + len(op.Row.Sort) + len(op.Row.Data)
	}
	if l := c.x.store.Limits(); len(ops) <= l.Ops && size <= l.Bytes {
		return c.x.store.Apply(ctx, ops)[0]
	}
	middle := 0 // receipts come one after the other
	for middle < len(ops)-1 && ops[middle].Row.Part == ReceiptPart {
		middle++
	}
	for _, op := range ops[:middle] {
		if err := c.x.store.Apply(ctx, store.Tx{op})[0]; err != nil {
			return err
		}
	}
	var txs []store.Tx
	for _, op := range ops[middle : len(ops)-1] {
		txs = append(txs, store.Tx{op})
	}
	if err := errors.Join(c.x.store.Apply(ctx, txs...)...); err != nil {
		return err
	}
	return c.x.store.Apply(ctx, ops[len(ops)-1:])[0]
}

func orNone[T any](s []T) []T { return append([]T{}, s...) }
