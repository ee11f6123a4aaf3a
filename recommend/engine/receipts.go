package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"akin/recommend"
	"akin/recommend/store"
)

// ErrGone says that receipts after a number are not kept any more, or that the store has never
// given it.
var ErrGone = errors.New("the receipts after it are gone, or were never given; read all lists anew, and go on from the latest receipt")

// ErrNoReceipts says that nobody makes receipts for the store.
var ErrNoReceipts = errors.New("no receipts are made here")

func unpackReceipt(row store.Row) (recommend.Receipt, error) {
	var r recommend.Receipt
	if err := json.Unmarshal(row.Data, &r); err != nil {
		return r, fmt.Errorf("receipt %s: %w", row.Sort, errCorrupt)
	}
	return r, nil
}

// LastReceipt returns the number of the last receipt, 0 before the first. Where nobody makes
// any, the error is [ErrNoReceipts].
func (r *Reader) LastReceipt(ctx context.Context) (uint64, error) {
	rows, err := r.store.Get(ctx, store.Strong, toldKey)
	if err != nil {
		return 0, fmt.Errorf("receipts: %w", err)
	}
	if rows[0].Rev == 0 {
		return 0, ErrNoReceipts
	}
	var s tellState
	if err := json.Unmarshal(rows[0].Data, &s); err != nil {
		return 0, fmt.Errorf("receipts: %w", errCorrupt)
	}
	return s.Number, nil
}

// Receipts returns the receipts after the one numbered since, in order, up to limit. The error is
// [ErrGone] where the next one is not kept any more.
func (r *Reader) Receipts(ctx context.Context, since uint64, limit int) ([]recommend.Receipt, error) {
	last, err := r.LastReceipt(ctx)
	if err != nil || last == since {
		return nil, err
	}
	if since > last {
		return nil, ErrGone
	}
	var all []recommend.Receipt
	rng := store.Range{Part: ReceiptPart, From: receiptKey(since + 1).Sort, To: receiptKey(last + 1).Sort, Limit: limit}
	for row, err := range store.Scan(ctx, r.store, store.Strong, rng) {
		if err != nil {
			return nil, fmt.Errorf("receipts: %w", err)
		}
		receipt, err := unpackReceipt(row)
		if err != nil {
			return nil, err
		}
		if receipt.Number != since+1+uint64(len(all)) {
			break
		}
		all = append(all, receipt)
	}
	if len(all) == 0 {
		return nil, ErrGone
	}
	return all, nil
}

// Receipts are what the receipts of a store are read through. It is safe for concurrent use.
type Receipts struct {
	Reader *Reader
	Writer *Indexer        // that writes them in this process; nil: another does
	Ending <-chan struct{} // closed when nobody is to wait any more; nil: never
}

// Last returns the number of the last receipt, as [Reader.LastReceipt] does.
func (r *Receipts) Last(ctx context.Context) (uint64, error) { return r.Reader.LastReceipt(ctx) }

// After returns receipts as [Reader.Receipts] does. Where there are none yet, it waits for them as long as wait at
// most, if they are written in this process.
func (r *Receipts) After(ctx context.Context, since uint64, limit int, wait time.Duration) ([]recommend.Receipt, error) {
	var timeout <-chan time.Time
	if wait > 0 && r.Live() {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		timeout = timer.C
	}
	for {
		var news <-chan struct{}
		if r.Live() {
			news = r.Writer.teller.next()
		}
		all, err := r.Reader.Receipts(ctx, since, limit)
		if err != nil || len(all) > 0 || timeout == nil {
			return all, err
		}
		select {
		case <-news:
		case <-timeout:
			timeout = nil
		case <-r.Ending:
			return nil, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// Live reports whether receipts are written in this process, so that one can wait for them.
func (r *Receipts) Live() bool { return r.Writer != nil && r.Writer.teller != nil }

// Done is closed when nobody is to wait any more.
func (r *Receipts) Done() <-chan struct{} { return r.Ending }

// Of returns what receipts after the one numbered since say that the publish of a version of an item changed. It is false where that
// is not known here: receipts are written by another process, later, or name too much.
func (r *Receipts) Of(id string, version int64, since uint64) (lists, topics []string, known bool) {
	if !r.Live() {
		return nil, nil, false
	}
	return r.Writer.teller.of(id, version, since)
}

// A Polled is for receipts that another process writes: whoever waits for them looks now and then. It
// leads to no [Indexer], whose code a program that only reads need not hold. It is safe for
// concurrent use.
type Polled struct {
	Reader  *Reader
	Every   time.Duration // between two looks
	Longest time.Duration // that anybody waits
}

// Last returns the number of the last receipt, as [Reader.LastReceipt] does.
func (p *Polled) Last(ctx context.Context) (uint64, error) { return p.Reader.LastReceipt(ctx) }

// After returns receipts as [Reader.Receipts] does. Where there are none yet, it waits for them as long as wait
// and Longest at most.
func (p *Polled) After(ctx context.Context, since uint64, limit int, wait time.Duration) ([]recommend.Receipt, error) {
	for left := min(wait, p.Longest); ; left -= p.Every {
		all, err := p.Reader.Receipts(ctx, since, limit)
		if err != nil || len(all) > 0 || left <= 0 {
			return all, err
		}
		select {
		case <-time.After(min(left, p.Every)):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// Live reports that nobody tells when there is a receipt.
func (p *Polled) Live() bool { return false }

// Done is nil: there is no stream to end.
func (p *Polled) Done() <-chan struct{} { return nil }

// Of knows of nothing: receipts come later.
func (p *Polled) Of(string, int64, uint64) (lists, topics []string, known bool) {
	return nil, nil, false
}
