package main

import (
	"context"
	"encoding/json"
	"log/slog"
	"time"

	"akin/infra/emf"
	"akin/recommend/sources"
)

const (
	longest = 14 * time.Minute // that one run may take: the function itself has 15
	spare   = 20 * time.Second // that is left to note what became of a run
)

// A function handles the events of this Lambda function.
type function struct {
	runner  *sources.Runner
	metrics *emf.Log
	log     *slog.Logger
}

// An answer says what was done.
type answer struct {
	Read   int `json:"read"`   // sources
	Silent int `json:"silent"` // sources that were not read for too long
}

// handle reads the sources that are due, as far as the time goes; the others
// are due the next time too. That one fails is not a failure of the function: it is
// tried again later, and counts as silent when that takes too long.
func (f *function) handle(ctx context.Context, _ json.RawMessage) (*answer, error) {
	reading := ctx
	if deadline, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		reading, cancel = context.WithDeadline(ctx, deadline.Add(-spare))
		defer cancel()
	}
	read, err := f.runner.Due(reading)
	if err != nil {
		f.log.WarnContext(ctx, "reading sources failed; they are tried again later", "err", err)
	}
	all, err := sources.List(ctx, f.runner.Store)
	if err != nil {
		return nil, err
	}
	now, silent, held := time.Now(), 0, 0
	if f.runner.Now != nil {
		now = f.runner.Now()
	}
	for _, s := range all {
		if s.Silent(now) {
			silent++
			f.log.ErrorContext(ctx, "a source was not read for too long", "source", s.Name, "address", s.Address, "since", s.Done)
		}
		if s.Last != nil && s.Last.Held > 0 {
			held++
		}
	}
	err = f.metrics.Put(map[string]emf.Metric{
		"SilentSources": {Value: float64(silent), Unit: emf.Count},
		"HeldSources":   {Value: float64(held), Unit: emf.Count},
	})
	return &answer{Read: read, Silent: silent}, err
}
