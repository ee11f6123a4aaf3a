package coverage

import (
	"context"
	"errors"
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

// A LiveReport keeps the report of a server current. It is safe for concurrent use.
type LiveReport struct {
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
// does.
func (d *LiveReport) Latest(ctx context.Context) (*Report, *Changes, error) {
	if d.dirty.Load() && time.Duration(d.took.Load()) < quick {
		if err := d.make(ctx); err != nil {
			return nil, nil, err
		}
	}
	r, changes, err := d.keeper.Latest(ctx)
	if !errors.Is(err, ErrNoReport) {
		return r, changes, err
	}
	d.dirty.Store(true)
	if err := d.make(ctx); err != nil {
		return nil, nil, err
	}
	return d.keeper.Latest(ctx)
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
