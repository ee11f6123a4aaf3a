package coverage

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"akin/recommend/engine"
	"akin/recommend/store"
)

const (
	// quick is how long a report may take that a request makes for itself.
	quick = time.Second
	// restFactor is how many times longer than a report took, [LiveReport.Run] rests
	// before it makes the next.
	restFactor = 5
)

// ErrMaking is [ErrNoReport] where the first one is being made.
var ErrMaking = fmt.Errorf("%w: it is being made", ErrNoReport)

// A LiveReport keeps the report of a server current. It is safe for concurrent use.
type LiveReport struct {
	Patience time.Duration // how long [LiveReport.Latest] waits for a report; 0: until it is made. Set before use.

	keeper  *StoredReport
	indexer *engine.Indexer
	now     func() time.Time

	dirty atomic.Bool
	wake  chan struct{}

	making sync.Mutex
	took   atomic.Int64 // nanoseconds that the last report took
}

// NewLiveReport returns a live report over a store and the indexer that writes it. It makes
// no report before it is asked for one, or told of a change.
func NewLiveReport(x *engine.Indexer, s store.Store, now func() time.Time) *LiveReport {
	return &LiveReport{keeper: NewStoredReport(s), indexer: x, now: now, wake: make(chan struct{}, 1)}
}

// Changed says that items, topics, curations or lists changed. It does not wait.
func (d *LiveReport) Changed() {
	d.dirty.Store(true)
	select {
	case d.wake <- struct{}{}:
	default: // it is awake
	}
}

// Latest returns the report in use and what changed since the latest one of
// an earlier day. Where there is none yet, or something changed and the last
// report took less than a second, it makes one first; on a larger site [LiveReport.Run]
// does. It waits no longer than d.Patience: then the report that is there stays in use,
// or the error is [ErrMaking], and the report is made all the same.
func (d *LiveReport) Latest(ctx context.Context) (*Report, *Changes, error) {
	if d.dirty.Load() && time.Duration(d.took.Load()) < quick {
		if err := d.makeSoon(ctx); err != nil && !errors.Is(err, ErrMaking) {
			return nil, nil, err
		}
	}
	r, changes, err := d.keeper.Latest(ctx)
	if !errors.Is(err, ErrNoReport) {
		return r, changes, err
	}
	if d.making.TryLock() { // else the first one is being made
		d.dirty.Store(true)
		d.making.Unlock()
	}
	if err := d.makeSoon(ctx); err != nil {
		return nil, nil, err
	}
	return d.keeper.Latest(ctx)
}

// makeSoon makes a report, and goes on where it takes longer than a reader waits
// or is there: then the error is [ErrMaking], or that of ctx.
func (d *LiveReport) makeSoon(ctx context.Context) error {
	made := make(chan error, 1)
	go func() { made <- d.make(context.WithoutCancel(ctx)) }()
	var soon <-chan time.Time // never
	if d.Patience > 0 {
		soon = time.After(d.Patience)
	}
	select {
	case err := <-made:
		return err
	case <-soon:
		return ErrMaking
	case <-ctx.Done():
		return ctx.Err()
	}
}

// make makes a report unless another call did while this one waited.
func (d *LiveReport) make(ctx context.Context) error {
	d.making.Lock()
	defer d.making.Unlock()
	if !d.dirty.Swap(false) {
		return nil
	}
	start := time.Now()
	_, err := Refresh(ctx, d.indexer, d.keeper.store, d.now())
	if err != nil {
		d.dirty.Store(true)
		return err
	}
	d.took.Store(int64(time.Since(start)))
	return nil
}

// Run makes a report each time that something changed, until ctx ends. Changes
// that come while a report is made, or in the rest after it, are one: after a
// report that took four seconds it rests for twenty. Errors go to failed, and
// the next change tries again.
func (d *LiveReport) Run(ctx context.Context, failed func(error)) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-d.wake:
		}
		if err := d.make(ctx); err != nil && ctx.Err() == nil {
			failed(err)
		}
		rest := time.NewTimer(restFactor * time.Duration(d.took.Load()))
		select {
		case <-ctx.Done():
			rest.Stop()
			return
		case <-rest.C:
		}
	}
}
