package main

import (
	"context"
	"errors"
	"sync"
	"time"

	"akin/recommend"
	"akin/recommend/coverage"
	"akin/recommend/engine"
)

// An index is a [api.Searcher] over an indexer that is made when it is first
// asked. That loads the generation in use then, and follows what is published
// since by itself. It is safe for concurrent use.
type index struct {
	drafter func() (*coverage.Drafter, error)
}

func newIndex(indexer func() (*engine.Indexer, error)) *index {
	return &index{sync.OnceValues(func() (*coverage.Drafter, error) {
		x, err := indexer()
		if err != nil {
			return nil, err
		}
		return coverage.NewDrafter(x, time.Now), nil
	})}
}

// Search implements [api.Searcher].
func (x *index) Search(ctx context.Context, q, lang string, limit int) ([]recommend.Entry, error) {
	d, err := x.drafter()
	if err != nil {
		return nil, err
	}
	return d.Search(ctx, q, lang, limit)
}

// Draft implements [api.Searcher].
func (x *index) Draft(ctx context.Context, it recommend.Item, q recommend.Query) (*engine.Draft, error) {
	d, err := x.drafter()
	if err != nil {
		return nil, err
	}
	return d.Draft(ctx, it, q)
}

var errReadOnly = errors.New("the draft function writes nothing; the HTTP API has no such route to it")

// readOnly is a [web.Publisher] that refuses everything.
type readOnly struct{}

func (readOnly) Put(_ context.Context, items ...recommend.Item) []recommend.Result {
	results := make([]recommend.Result, len(items))
	for i, it := range items {
		results[i] = recommend.Result{ID: it.ID, Outcome: recommend.Rejected, Err: errReadOnly}
	}
	return results
}

func (readOnly) Withdraw(_ context.Context, id string, _ int64) recommend.Result {
	return recommend.Result{ID: id, Outcome: recommend.Rejected, Err: errReadOnly}
}

func (readOnly) PutTopics(context.Context, ...recommend.Topic) error { return errReadOnly }

func (readOnly) Curate(context.Context, string, recommend.Curation, engine.Edit) (string, error) {
	return "", errReadOnly
}

func (readOnly) CurateTopic(context.Context, string, recommend.TopicCuration, engine.Edit) (string, error) {
	return "", errReadOnly
}

func (readOnly) Rule(context.Context, []engine.Ruling, engine.Edit) (*engine.RulingsResult, error) {
	return nil, errReadOnly
}

func (readOnly) Undo(context.Context, engine.Subject, uint64, engine.Edit) (string, error) {
	return "", errReadOnly
}

func (readOnly) PutSettings(context.Context, []byte, engine.Edit) (string, error) {
	return "", errReadOnly
}
