package engine

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	mrand "math/rand/v2"
	"sync"
	"time"

	"akin/recommend"
	"akin/recommend/store"
)

// Changes are numbered in one order, which takes a row that every change writes. A
// store in which a large transaction costs no more than its rows runs one at a time, so
// publishers number changes there themselves. Elsewhere, as on DynamoDB, transactions
// that meet at a row are refused: there each puts a row of its own into the queue, and
// the indexer numbers what waits there, many changes at once. Numbers of items come in
// blocks then.

// direct reports whether publishers of a store number changes themselves.
func direct(s store.Store) bool { return s.Limits().Ops > writeChunk }

const (
	// QueuePart is the part of the rows that wait to be numbered: one a transaction, so
	// that an import of 1,000 items a second stays within the 1,000 write units that a
	// partition of DynamoDB takes. A stream of their insertions tells the indexer that
	// there is work.
	QueuePart = "queue"

	// queueLook is how many of its rows are numbered at once, at most.
	queueLook = 98

	// packFrom is the number of changes that share a row, from which on they do: that
	// saves writes. Fewer have rows of their own, which earlier programs read too.
	packFrom = 10

	// maxBlock is the largest block of numbers that a publisher takes.
	maxBlock = 1024
)

// reservedKey is of the first number that was given out in a block: of those from it
// on, some are never used.
var reservedKey = store.Key{Part: "meta", Sort: "reserved"}

// How an item counts.
const (
	countsNot byte = iota
	countsPublished
	countsWithdrawn
)

func countsAs(r *record) byte {
	switch {
	case r == nil:
		return countsNot
	case r.Status == recommend.Withdrawn:
		return countsWithdrawn
	}
	return countsPublished
}

// A queued is a change that has no number yet.
type queued struct {
	change         // but for seq
	before  uint64 // the change that the item's record named before; 0: it is new
	was, is byte   // how the item counted before, and how it does now
}

const queuedFormat = 1

func packQueued(qs []queued) []byte {
	var p packer
	p.byte(queuedFormat)
	p.uint(uint64(len(qs)))
	for _, q := range qs {
		p.string(string(q.pack()))
		p.uint(q.before)
		p.byte(q.was)
		p.byte(q.is)
	}
	return p.b
}

func unpackQueued(row store.Row) ([]queued, error) {
	u := unpacker{s: string(row.Data)}
	if u.byte() != queuedFormat {
		return nil, errCorrupt
	}
	qs := make([]queued, u.count())
	for i := range qs {
		var err error
		if qs[i].change, err = unpackChange(store.Row{Key: changeKey(0), Data: []byte(u.string())}); err != nil {
			return nil, err
		}
		qs[i].before, qs[i].was, qs[i].is = u.uint(), u.byte(), u.byte()
	}
	return qs, u.end()
}

// enqueue puts a change into the queue. All of a unit share a row.
func (u *unit) enqueue(q queued) {
	if u.queueKey == (store.Key{}) {
		u.queueKey = store.Key{Part: QueuePart, Sort: rand.Text()}
	}
	u.queue = append(u.queue, q)
	u.set(store.Op{Row: store.Row{Key: u.queueKey, Data: packQueued(u.queue), Rev: 1}, Cond: store.Absent})
}

// change puts the change that makes next of old, nil if the item is new, and tells the
// record its number, or, where the indexer gives it, the least that it can be.
func (u *unit) change(c *counters, old, next *record) {
	q := queued{change: change{number: next.number, id: next.ID, version: next.Version, at: next.changedAt}, was: countsAs(old), is: countsAs(next)}
	if old != nil {
		q.before = old.change
	}
	if old != nil && old.group() != next.ID && (old.group() != next.group() || next.Status == recommend.Withdrawn) {
		q.left = old.group()
	}
	if !direct(u.store) {
		next.change = c.Change + 1
		u.enqueue(q)
		return
	}
	c.Change++
	c.take(&q)
	next.change = c.Change
	u.putRev(changeKey(c.Change), q.pack(), 1)
}

// take counts a change.
func (c *counters) take(q *queued) {
	c.count(q.was, -1)
	c.count(q.is, +1)
	switch {
	case q.was != countsNot:
		c.changed(q.before)
	case q.is == countsPublished:
		c.changed(0)
	}
}

// count adds n items that count as kind says.
func (c *counters) count(kind byte, n int) {
	switch kind {
	case countsPublished:
		c.Items += n
	case countsWithdrawn:
		c.Withdrawn += n
	}
}

// readQueue returns rows of changes that have no number yet, limit of them at most, all
// if it is 0.
func readQueue(ctx context.Context, s store.Store, limit int) ([]store.Row, error) {
	var rows []store.Row
	for row, err := range store.Scan(ctx, s, store.Strong, store.Range{Part: QueuePart, Limit: limit}) {
		if err != nil {
			return nil, fmt.Errorf("read what waits for a number: %w", err)
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// waiting returns the changes that have no number yet.
func waiting(ctx context.Context, s store.Store) ([]queued, error) {
	rows, err := readQueue(ctx, s, 0)
	if err != nil {
		return nil, err
	}
	var all []queued
	for _, row := range rows {
		qs, err := unpackQueued(row)
		if err != nil {
			return nil, fmt.Errorf("row %q of what waits for a number: %w", row.Sort, err)
		}
		all = append(all, qs...)
	}
	return all, nil
}

// numberWaiting numbers what waits in the queue, in transactions that hold all of what a
// change counts for. Any number of processes may do so at once.
func numberWaiting(ctx context.Context, s store.Store) error {
	look := min(s.Limits().Ops-2, queueLook)
	for try := 1; ; {
		rows, err := readQueue(ctx, s, look)
		if err != nil || len(rows) == 0 {
			return err
		}
		switch err := numberSome(ctx, s, rows); {
		case err == nil && len(rows) < look:
			return nil
		case err == nil:
			try = 1
			continue
		case !errors.Is(err, store.ErrCondition) || try == commitTries:
			return fmt.Errorf("number changes: %w", err)
		}
		if err := jitter(ctx, try); err != nil {
			return err
		}
		try++
	}
}

// numberSome does so for a transaction's worth.
func numberSome(ctx context.Context, s store.Store, waiting []store.Row) error {
	rows, err := s.Get(ctx, store.Strong, counterKey)
	if err != nil {
		return err
	}
	c, err := unpackCounters(rows[0])
	if err != nil {
		return err
	}
	var tx store.Tx
	var changes []change
	for _, row := range waiting {
		qs, err := unpackQueued(row)
		if err != nil {
			return fmt.Errorf("row %q of what waits for a number: %w", row.Sort, err)
		}
		for _, q := range qs {
			c.Change++
			q.seq = c.Change
			c.take(&q)
			changes = append(changes, q.change)
		}
		tx = append(tx, store.Op{Act: store.Delete, Row: store.Row{Key: row.Key}, Cond: store.RevIs, Want: row.Rev})
	}
	if len(changes) < packFrom && len(tx)+len(changes) < s.Limits().Ops {
		for _, ch := range changes {
			tx = append(tx, store.Op{Row: store.Row{Key: changeKey(ch.seq), Data: ch.pack(), Rev: 1}, Cond: store.Absent})
		}
	} else {
		tx = append(tx, store.Op{Row: store.Row{Key: changeKey(c.Change), Data: packChanges(changes), Rev: 1}, Cond: store.Absent})
	}
	op, err := c.op(rows[0])
	if err != nil {
		return err
	}
	return s.Apply(ctx, append(tx, op))[0]
}

// op returns what writes the counters over the row that they were read from.
func (c *counters) op(row store.Row) (store.Op, error) {
	data, err := json.Marshal(c)
	op := store.Op{Row: store.Row{Key: counterKey, Data: data, Rev: row.Rev + 1}, Cond: store.RevIs, Want: row.Rev}
	if row.Rev == 0 {
		op.Cond = store.Absent
	}
	return op, err
}

// recount changes the counters, and returns them.
func recount(ctx context.Context, s store.Store, with func(*counters)) (counters, error) {
	for try := 1; ; try++ {
		rows, err := s.Get(ctx, store.Strong, counterKey)
		if err != nil {
			return counters{}, err
		}
		c, err := unpackCounters(rows[0])
		if err != nil {
			return c, err
		}
		with(&c)
		c.Mark = rand.Text()
		op, err := c.op(rows[0])
		if err != nil {
			return c, err
		}
		err = s.Apply(ctx, store.Tx{op})[0]
		switch {
		case !errors.Is(err, store.ErrCondition):
			return c, err
		case try == recountTries:
			return c, fmt.Errorf("%w: %w", ErrCrowded, err)
		}
		if err := jitter(ctx, try); err != nil {
			return c, err
		}
	}
}

// recountTries is how often a write of the counters that lost a race is tried again: when
// many processes start at once, each takes numbers.
const recountTries = 200

// jitter waits before a try after the given one, counted from 1: any time up to a bound
// that doubles, so that those who met do not meet again.
func jitter(ctx context.Context, try int) error {
	return pause(ctx, time.Duration(mrand.Int64N(int64(min(1<<min(try, 10), 256))*int64(time.Millisecond))))
}

// A numbering gives new items of a process their numbers, from blocks.
type numbering struct {
	mu    sync.Mutex
	first uint32 // the first number of a block of any process; 0: not looked at yet
	next  uint32 // to be given
	end   uint32 // of the block, not of it
	block uint32 // the size of the next one: twice that of the last, so that few are lost
}

func (n *numbering) give(ctx context.Context, s store.Store) (uint32, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.next == n.end {
		n.block = min(max(1, 2*n.block), maxBlock)
		if err := n.mark(ctx, s); err != nil {
			return 0, fmt.Errorf("take numbers for items: %w", err)
		}
		take := func(c *counters) { c.Number, c.Reserved = c.Number+n.block, n.first }
		c, err := recount(ctx, s, take)
		for try := 1; err != nil && try < blockTries && ctx.Err() == nil; try++ {
			c, err = recount(ctx, s, take)
		}
		if err != nil {
			return 0, fmt.Errorf("take numbers for items: %w", err)
		}
		n.next, n.end = c.Number-n.block+1, c.Number+1
	}
	n.next++
	return n.next - 1, nil
}

// blockTries is how often a block is asked for: one whose answer was lost is not used.
const blockTries = 3

// mark tells the store from which number on there are blocks: in a row of its own, as
// earlier programs write the counters without it.
func (n *numbering) mark(ctx context.Context, s store.Store) error {
	for n.first == 0 {
		rows, err := s.Get(ctx, store.Strong, reservedKey, counterKey)
		if err != nil {
			return err
		}
		if n.first, err = unpackReserved(rows[0]); err != nil || n.first != 0 {
			return err
		}
		c, err := unpackCounters(rows[1])
		if err != nil {
			return err
		}
		err = s.Apply(ctx, store.Tx{{Row: store.Row{Key: reservedKey, Data: packReserved(c.Number + 1), Rev: 1}, Cond: store.Absent}})[0]
		if err != nil && !errors.Is(err, store.ErrCondition) {
			return err
		}
	}
	return nil
}

func packReserved(first uint32) []byte {
	var p packer
	p.byte(1)
	p.uint(uint64(first))
	return p.b
}

// unpackReserved returns the first number that was given out in a block; 0: none was.
func unpackReserved(row store.Row) (uint32, error) {
	if row.Rev == 0 {
		return 0, nil
	}
	u := unpacker{s: string(row.Data)}
	if u.byte() != 1 {
		return 0, errCorrupt
	}
	n := u.small()
	return n, u.end()
}

// waiters returns which of the items of these numbers have changes after the one
// numbered done, whether these have numbers yet or not.
func waiters(ctx context.Context, s store.Store, done uint64) (map[uint32]bool, error) {
	queue, err := waiting(ctx, s) // first: from there they go among the others
	if err != nil {
		return nil, err
	}
	wait := map[uint32]bool{}
	for _, q := range queue {
		wait[q.number] = true
	}
	changes, err := changesAfter(ctx, s, done, 0)
	for _, ch := range changes {
		wait[ch.number] = true
	}
	return wait, err
}
