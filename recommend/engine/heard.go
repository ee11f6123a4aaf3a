package engine

import (
	"context"
	"hash/fnv"
	"slices"
	"time"

	"akin/recommend"
)

// Heard is when something was said that is handed over without a version, perhaps late or
// more than once: the time stands in for the version. What was said before the stored
// content was is [recommend.Stale]. Times count in whole seconds, as message services
// give them.
type Heard struct {
	At time.Time // zero: unknown, and whatever is handed over last holds
	ID string    // of the message, which tells it from others of the same second; empty for what is read anew each time, as a file is
}

// maxMessages bounds the messages of one second that are remembered of an item.
const maxMessages = 16

// PutHeard does as [Publisher.Put] for items that were heard of.
func (p *Publisher) PutHeard(ctx context.Context, h Heard, items ...recommend.Item) []recommend.Result {
	return p.put(ctx, h, items)
}

// WithdrawHeard does as [Publisher.Withdraw] for an item that was heard to be gone.
func (p *Publisher) WithdrawHeard(ctx context.Context, h Heard, id string, version int64) recommend.Result {
	return p.withdraw(ctx, h, id, version)
}

// A heardRow tells which content of an item was heard of, and when.
type heardRow struct {
	version  int64 // of the content; another one came since if the record has another
	at       time.Time
	messages []uint32 // hashes of their ids: those of that second
}

// old reports whether an item was said before the content of its record, and how its row
// has to be if not; nil: as it is.
func (h Heard) old(r *record, last *heardRow) (bool, *heardRow) {
	at, message := h.At.UTC().Truncate(time.Second), fnv.New32a()
	message.Write([]byte(h.ID))
	next := &heardRow{at: at}
	if h.ID != "" {
		next.messages = []uint32{message.Sum32()}
	}
	if r == nil {
		return false, next
	}
	if last == nil {
		last = &heardRow{}
	}
	since := last.at
	if written := r.changedAt.Truncate(time.Second); last.version != r.Version && written.After(since) {
		since = written // by somebody who said no time
	}
	again := h.ID != "" && at.Equal(last.at) && slices.Contains(last.messages, message.Sum32())
	if at.Before(since) || again {
		return true, nil
	}
	if at.Equal(last.at) {
		next.messages = append(next.messages, last.messages[:min(len(last.messages), maxMessages-1)]...)
	}
	return false, next
}

// heard reads what was last heard of an item, whose record is given; row is nil if in says no time.
func (u *unit) heard(ctx context.Context, in *incoming, old *record) (stale bool, row *heardRow, err error) {
	if in.heard.At.IsZero() || in.Version != 0 {
		return false, nil, nil
	}
	stored, err := u.get(ctx, heardKey(in.ID))
	if err != nil {
		return false, nil, err
	}
	var last *heardRow
	if stored.Rev != 0 {
		if last, err = unpackHeard(stored.Data); err != nil {
			return false, nil, err
		}
	}
	stale, row = in.heard.old(old, last)
	return stale, row, nil
}

// hear writes what was heard of an item of a version; nil: nothing.
func (u *unit) hear(id string, row *heardRow, version int64) {
	if row != nil {
		row.version = version
		u.put(heardKey(id), row.pack())
	}
}

const heardFormat = 1

func (h *heardRow) pack() []byte {
	p := packer{}
	p.byte(heardFormat)
	p.uint(uint64(h.version))
	p.time(h.at)
	p.uint(uint64(len(h.messages)))
	for _, m := range h.messages {
		p.uint(uint64(m))
	}
	return p.b
}

func unpackHeard(b []byte) (*heardRow, error) {
	u := unpacker{s: string(b)}
	if u.byte() != heardFormat {
		return nil, errCorrupt
	}
	h := &heardRow{version: int64(u.uint()), at: u.time()}
	for range u.count() {
		h.messages = append(h.messages, u.small())
	}
	return h, u.end()
}
