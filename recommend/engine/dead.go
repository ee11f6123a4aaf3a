package engine

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"akin/recommend"
	"akin/recommend/store"
)

// A deadRow is the row of a dead letter, and the place of its change.
type deadRow struct {
	recommend.DeadLetter
	key store.Key
}

// deadRows reads the dead letters, oldest first, but for those of items of which
// a later change is indexed, up to done: these have settled themselves.
func deadRows(ctx context.Context, s store.Store, done uint64) (open, settled []deadRow, err error) {
	var all []deadRow
	for row, err := range store.Scan(ctx, s, store.Strong, store.Range{Part: deadPart}) {
		if err != nil {
			return nil, nil, fmt.Errorf("read dead letters: %w", err)
		}
		u := unpacker{s: string(row.Data)}
		u.byte()
		d := deadRow{recommend.DeadLetter{ID: u.string(), Version: int64(u.uint()), Error: u.string(), At: u.time()}, row.Key}
		if err := u.end(); err != nil {
			d.Error = "this dead letter cannot be read: " + err.Error()
		}
		all = append(all, d)
	}
	if len(all) == 0 {
		return nil, nil, nil
	}
	last, err := lastChanges(ctx, s, all)
	if err != nil {
		return nil, nil, err
	}
	for i, d := range all {
		seq, err := strconv.ParseUint(d.key.Sort, 16, 64)
		if err != nil {
			return nil, nil, fmt.Errorf("dead letter %q: %w", d.key.Sort, errCorrupt)
		}
		later := slices.ContainsFunc(all[i+1:], func(o deadRow) bool { return o.ID == d.ID })
		if at := last[d.ID]; later || at > seq && at <= done {
			settled = append(settled, d)
		} else {
			open = append(open, d)
		}
	}
	return open, settled, nil
}

// lastChanges returns the last change of each item that dead letters name, as far
// as their records can be read.
func lastChanges(ctx context.Context, s store.Store, all []deadRow) (map[string]uint64, error) {
	last := map[string]uint64{}
	for part := range slices.Chunk(all, 100) {
		keys := make([]store.Key, len(part))
		for i, d := range part {
			keys[i] = idKey(d.ID)
		}
		rows, err := s.Get(ctx, store.Strong, keys...)
		if err != nil {
			return nil, err
		}
		keys = keys[:0]
		for _, row := range rows {
			if id, err := unpackIdentity(row.Data); row.Rev != 0 && err == nil {
				keys = append(keys, recordKey(id.number))
			}
		}
		if rows, err = s.Get(ctx, store.Strong, keys...); err != nil {
			return nil, err
		}
		for _, row := range rows {
			if r, err := unpackRecord(row.Data); row.Rev != 0 && err == nil {
				last[r.ID] = r.change
			}
		}
	}
	return last, nil
}

// DeadLetters returns the changes that could not be indexed, oldest first. One
// whose item was indexed later, under any version, is not among them.
func (r *Reader) DeadLetters(ctx context.Context) ([]recommend.DeadLetter, error) {
	h, err := readHead(ctx, r.store)
	if err != nil {
		return nil, err
	}
	return deadLetters(ctx, r.store, h.Done)
}

func deadLetters(ctx context.Context, s store.Store, done uint64) ([]recommend.DeadLetter, error) {
	open, _, err := deadRows(ctx, s, done)
	var letters []recommend.DeadLetter
	for _, d := range open {
		letters = append(letters, d.DeadLetter)
	}
	return letters, err
}

// RetryDeadLetters hands the changes of items that could not be indexed to the
// indexer again, those of all items if no ids are given, and returns how many.
// What fails again is a dead letter again. Without a dead letter of an id,
// nothing happens and the error is [recommend.ErrNotFound].
func (p *Publisher) RetryDeadLetters(ctx context.Context, ids ...string) (int, error) {
	return p.settle(ctx, ids, p.again)
}

// DropDeadLetters forgets the dead letters of items, of all if no ids are given,
// and returns how many. Their lists stay as they are until the items are
// published again or all lists are made anew. Errors are as of
// [Publisher.RetryDeadLetters].
func (p *Publisher) DropDeadLetters(ctx context.Context, ids ...string) (int, error) {
	return p.settle(ctx, ids, func(context.Context, *unit, string) error { return nil })
}

// settle takes dead letters away, each in one transaction with what act writes,
// and with them those that have settled themselves.
func (p *Publisher) settle(ctx context.Context, ids []string, act func(context.Context, *unit, string) error) (int, error) {
	h, err := readHead(ctx, p.store)
	if err != nil {
		return 0, err
	}
	open, settled, err := deadRows(ctx, p.store, h.Done)
	if err != nil {
		return 0, err
	}
	for _, id := range ids {
		if !slices.ContainsFunc(open, func(d deadRow) bool { return d.ID == id }) {
			return 0, fmt.Errorf("dead letter of %q: %w", id, recommend.ErrNotFound)
		}
	}
	n := 0
	for _, d := range append(settled, open...) {
		isOpen := slices.ContainsFunc(open, func(o deadRow) bool { return o.key == d.key })
		if isOpen && len(ids) > 0 && !slices.Contains(ids, d.ID) {
			continue
		}
		err := p.retry(ctx, func() (*unit, error) {
			u := newUnit(p.store)
			row, err := u.get(ctx, d.key)
			if err != nil || row.Rev == 0 { // somebody else was faster
				return u, err
			}
			if isOpen {
				if err := act(ctx, u, d.ID); err != nil {
					return nil, err
				}
			}
			u.deleteRead(d.key)
			return u, nil
		})
		if err != nil {
			return n, fmt.Errorf("dead letter of %q: %w", d.ID, err)
		}
		if isOpen {
			n++
		}
	}
	return n, nil
}

// again makes a new change of an item as it is now.
func (p *Publisher) again(ctx context.Context, u *unit, id string) error {
	if err := u.load(ctx, counterKey, idKey(id)); err != nil {
		return err
	}
	c, err := unpackCounters(u.read[counterKey])
	if err != nil {
		return err
	}
	if u.read[idKey(id)].Rev == 0 {
		return nil // nothing is left that could be indexed
	}
	who, err := unpackIdentity(u.read[idKey(id)].Data)
	if err != nil {
		return err
	}
	q := queued{change: change{number: who.number, id: id, at: p.now().UTC()}}
	if r, err := u.record(ctx, who.number); err == nil { // else the indexer finds again what is wrong with it
		r.change, r.changedAt, q.version = c.Change+1, q.at, r.Version
		u.put(recordKey(r.number), r.pack())
	}
	u.enqueue(q)
	return nil
}
