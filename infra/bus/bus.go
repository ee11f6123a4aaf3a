// Package bus puts receipts on a bus of EventBridge: an event each, in their order and each at
// least once. How far a bus is stands in the store, so that a writer that crashed goes on where it
// was. Delivery from the bus to the targets of rules is EventBridge's.
package bus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"akin/recommend"
	"akin/recommend/engine"
	"akin/recommend/store"
)

const (
	// Source and DetailType are those of the events.
	Source     = "akin"
	DetailType = "Lists changed"

	// Part is the part of the rows that say how far each bus is, by its name.
	Part = "bus"

	maxEntries = 10        // of a request
	maxBytes   = 250 << 10 // of a request and so of an event: EventBridge takes less than 256 KB
	timeBytes  = 14        // that EventBridge counts for the time of an event
	atOnce     = 20        // receipts that are read at a time

	maxTries   = 5 // of a request, in one call of Send; the client repeats each
	clientTry  = 3
	firstPause = 200 * time.Millisecond
	longPause  = 2 * time.Second
	spare      = 5 * time.Second // of the time that a context leaves, before its end
)

// A Client is the part of [eventbridge.Client] that a Sender calls.
type Client interface {
	PutEvents(context.Context, *eventbridge.PutEventsInput, ...func(*eventbridge.Options)) (*eventbridge.PutEventsOutput, error)
}

// NewClient returns a client that tries a request three times where it was throttled, failed or found
// no answer. More sets how it waits before.
func NewClient(o eventbridge.Options, more ...func(*retry.StandardOptions)) *eventbridge.Client {
	o.Retryer = retry.NewStandard(append([]func(*retry.StandardOptions){func(r *retry.StandardOptions) {
		r.MaxAttempts, r.MaxBackoff = clientTry, time.Second
	}}, more...)...)
	return eventbridge.New(o)
}

// A Sender puts the receipts of a store on a bus. Its fields do not change once it is used. Several
// may be at work at once: receipts may then be told twice, none is left out.
type Sender struct {
	Store  store.Store
	Reader *engine.Reader
	Client Client
	Bus    string // its name

	Now   func() time.Time                           // nil: time.Now
	Pause func(context.Context, time.Duration) error // between tries; nil: it waits
}

// A Detail is what an event says. A receipt that is too large for one comes in several, which are
// told one after the other.
type Detail struct {
	recommend.Receipt
	Part  int `json:"part"` // from 1 to Parts
	Parts int `json:"parts"`
}

// A place is how far a bus is.
type place struct {
	Number uint64 `json:"number"` // of the last receipt that is on it
}

// Begin sees to it that a bus that is new is told all receipts that come from now on. It is called before receipts are
// written.
func (s *Sender) Begin(ctx context.Context) error {
	row, _, err := s.place(ctx)
	if err != nil || row.Rev != 0 {
		return err
	}
	last, err := s.Reader.LastReceipt(ctx)
	if err != nil && !errors.Is(err, engine.ErrNoReceipts) {
		return err
	}
	if _, err = s.keep(ctx, row, last); errors.Is(err, store.ErrCondition) {
		return nil // another one did
	}
	return err
}

// Send puts all receipts on the bus that are not yet, and returns how many still wait, if it knows.
func (s *Sender) Send(ctx context.Context) (waiting int, err error) {
	for {
		row, at, err := s.place(ctx)
		if err != nil {
			return 0, fmt.Errorf("bus %q: %w", s.Bus, err)
		}
		all, err := s.after(ctx, at)
		if err != nil || len(all) == 0 {
			return 0, err
		}
		if err := s.put(ctx, row, all); err != nil {
			if last, lerr := s.Reader.LastReceipt(ctx); lerr == nil {
				if _, at, perr := s.place(ctx); perr == nil && last > at {
					waiting = int(last - at)
				}
			}
			return max(1, waiting), fmt.Errorf("bus %q: %w", s.Bus, err)
		}
	}
}

// place reads how far the bus is.
func (s *Sender) place(ctx context.Context) (store.Row, uint64, error) {
	rows, err := s.Store.Get(ctx, store.Strong, store.Key{Part: Part, Sort: s.Bus})
	if err != nil || rows[0].Rev == 0 {
		return store.Row{Key: store.Key{Part: Part, Sort: s.Bus}}, 0, err
	}
	var p place
	err = json.Unmarshal(rows[0].Data, &p)
	return rows[0], p.Number, err
}

// keep writes that the bus is as far as a receipt.
func (s *Sender) keep(ctx context.Context, was store.Row, number uint64) (store.Row, error) {
	data, err := json.Marshal(place{number})
	if err != nil {
		return was, err
	}
	op := store.Op{Row: store.Row{Key: was.Key, Data: data, Rev: was.Rev + 1}, Cond: store.RevIs, Want: was.Rev}
	if was.Rev == 0 {
		op.Cond = store.Absent
	}
	return op.Row, s.Store.Apply(ctx, store.Tx{op})[0]
}

// after returns the next receipts. Where they are gone, it cannot be said any more what changed: one
// stands for all.
func (s *Sender) after(ctx context.Context, at uint64) ([]recommend.Receipt, error) {
	all, err := s.Reader.Receipts(ctx, at, atOnce)
	switch {
	case errors.Is(err, engine.ErrNoReceipts):
		return nil, nil
	case errors.Is(err, engine.ErrGone):
		last, err := s.Reader.LastReceipt(ctx)
		if err != nil {
			return nil, err
		}
		now := time.Now
		if s.Now != nil {
			now = s.Now
		}
		r := recommend.Receipt{Number: last, At: now().UTC(), All: true, Causes: []recommend.Cause{{Kind: recommend.CauseReview}}, Lists: []string{}, Topics: []string{}}
		return []recommend.Receipt{r}, nil
	}
	return all, err
}

// An entry is an event, of which size bytes count.
type entry struct {
	types.PutEventsRequestEntry
	number uint64
	last   bool // of its receipt
	size   int
}

// put puts receipts on the bus, and writes how far it is after every request.
func (s *Sender) put(ctx context.Context, row store.Row, all []recommend.Receipt) error {
	var waiting []entry
	for _, r := range all {
		es, err := s.entries(r)
		if err != nil {
			return err
		}
		waiting = append(waiting, es...)
	}
	for try := 1; len(waiting) > 0; {
		n, failed := s.request(ctx, waiting)
		done := uint64(0)
		for _, e := range waiting[:n] {
			if e.last {
				done = e.number
			}
		}
		if waiting = waiting[n:]; done != 0 {
			var err error
			if row, err = s.keep(ctx, row, done); err != nil {
				if errors.Is(err, store.ErrCondition) {
					return nil // another one is at it: look anew how far
				}
				return err
			}
		}
		switch {
		case failed == nil:
			try = 1
			continue
		case n > 0:
			try = 1
		}
		if try++; try > maxTries || s.rest(ctx, try) != nil {
			return failed
		}
	}
	return nil
}

// request puts the first entries on the bus, as many as a request takes, and returns how many are there before
// the first that is not: those after that come again with it, so that the last time they are in order.
func (s *Sender) request(ctx context.Context, all []entry) (int, error) {
	in := &eventbridge.PutEventsInput{}
	for size, i := 0, 0; i < min(len(all), maxEntries); i++ {
		if size += all[i].size; i > 0 && size > maxBytes {
			break
		}
		in.Entries = append(in.Entries, all[i].PutEventsRequestEntry)
	}
	out, err := s.Client.PutEvents(ctx, in)
	if err != nil {
		return 0, err
	}
	for i, r := range out.Entries {
		if r.ErrorCode != nil {
			return min(i, len(in.Entries)), fmt.Errorf("receipt %d: %s: %s", all[min(i, len(all)-1)].number, *r.ErrorCode, aws.ToString(r.ErrorMessage))
		}
	}
	if len(out.Entries) < len(in.Entries) {
		return len(out.Entries), fmt.Errorf("receipt %d: the answer does not tell of it", all[len(out.Entries)].number)
	}
	return len(in.Entries), nil
}

// rest waits before another try, twice as long each time with a random half less. It is an error where no time is left.
func (s *Sender) rest(ctx context.Context, try int) error {
	d := min(firstPause<<(try-2), longPause)
	d = d/2 + rand.N(d/2)
	if until, ok := ctx.Deadline(); ok && time.Until(until) < d+spare {
		return context.DeadlineExceeded
	}
	if s.Pause != nil {
		return s.Pause(ctx, d)
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// entries returns the events of a receipt.
func (s *Sender) entries(r recommend.Receipt) ([]entry, error) {
	parts, err := split(r, maxBytes-len(s.Bus)-len(Source)-len(DetailType)-timeBytes-len(`,"part":1000,"parts":1000`))
	if err != nil {
		return nil, err
	}
	all := make([]entry, len(parts))
	for i, part := range parts {
		b, err := json.Marshal(Detail{part, i + 1, len(parts)})
		if err != nil {
			return nil, err
		}
		all[i] = entry{number: r.Number, last: i == len(parts)-1, size: len(b) + len(Source) + len(DetailType) + timeBytes, PutEventsRequestEntry: types.PutEventsRequestEntry{
			EventBusName: &s.Bus, Source: aws.String(Source), DetailType: aws.String(DetailType), Detail: aws.String(string(b)), Time: &part.At,
		}}
	}
	return all, nil
}

// split parts what a receipt names until each part has no more than so many bytes as JSON.
func split(r recommend.Receipt, most int) ([]recommend.Receipt, error) {
	b, err := json.Marshal(r)
	n := len(r.Lists) + len(r.Topics)
	if err != nil || len(b) <= most || n < 2 {
		return []recommend.Receipt{r}, err
	}
	first, second := r, r
	half := n / 2
	lists, topics := min(half, len(r.Lists)), max(0, half-len(r.Lists))
	first.Lists, second.Lists = r.Lists[:lists], r.Lists[lists:]
	first.Topics, second.Topics = r.Topics[:topics], r.Topics[topics:]
	one, err := split(first, most)
	if err != nil {
		return nil, err
	}
	other, err := split(second, most)
	return append(one, other...), err
}
