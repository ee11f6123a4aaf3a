package main

import (
	"context"
	"errors"
	"time"

	"akin/recommend/coverage"
	"akin/recommend/engine"
	"akin/recommend/store"
)

// reportAge is how old the editors' report may be.
const reportAge = 12 * time.Hour

// A report is the editors' report, kept in the store for the pages.
type report struct {
	indexer func() (*engine.Indexer, error)
	store   store.Store
}

// make makes it anew.
func (r report) make(ctx context.Context) error {
	x, err := r.indexer()
	if err != nil {
		return err
	}
	_, err = coverage.Refresh(ctx, x, r.store, time.Now())
	return err
}

// renew makes it anew if it is old, or there is none.
func (r report) renew(ctx context.Context) error {
	now, _, err := coverage.Load(ctx, r.store)
	if err == nil && time.Since(now.ComputedAt) < reportAge {
		return nil
	}
	if err != nil && !errors.Is(err, coverage.ErrNoReport) {
		return err
	}
	return r.make(ctx)
}
