package main

import (
	"context"
	"errors"
	"sync"
	"time"

	"akin/functions/web"
	"akin/recommend"
)

// maxAge is how old an index may be that drafts and searches are answered from.
// What must not be shown is left out whatever its age: the cards are read anew.
const maxAge = 10 * time.Minute

// An index is a [web.Searcher] that is loaded when it is first asked, and
// loaded anew when it is old. It is safe for concurrent use.
type index struct {
	load func(context.Context) (web.Searcher, error)
	now  func() time.Time

	mu       sync.Mutex
	loaded   web.Searcher
	loadedAt time.Time
}

// fresh returns a searcher that is not old.
func (x *index) fresh(ctx context.Context) (web.Searcher, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	now := x.now()
	if x.loaded != nil && now.Sub(x.loadedAt) < maxAge {
		return x.loaded, nil
	}
	s, err := x.load(ctx)
	if err != nil {
		return nil, err
	}
	x.loaded, x.loadedAt = s, now
	return s, nil
}

// Search implements [web.Searcher].
func (x *index) Search(ctx context.Context, q, lang string, limit int) ([]recommend.Entry, error) {
	s, err := x.fresh(ctx)
	if err != nil {
		return nil, err
	}
	return s.Search(ctx, q, lang, limit)
}

// Draft implements [web.Searcher].
func (x *index) Draft(ctx context.Context, it recommend.Item, q recommend.Query) (*recommend.Draft, error) {
	s, err := x.fresh(ctx)
	if err != nil {
		return nil, err
	}
	return s.Draft(ctx, it, q)
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

func (readOnly) Curate(context.Context, string, recommend.Curation, recommend.Edit) (string, error) {
	return "", errReadOnly
}

func (readOnly) CurateTopic(context.Context, string, recommend.TopicCuration, recommend.Edit) (string, error) {
	return "", errReadOnly
}

func (readOnly) Rule(context.Context, []recommend.Ruling, recommend.Edit) (*recommend.RulingsResult, error) {
	return nil, errReadOnly
}

func (readOnly) Undo(context.Context, recommend.Subject, uint64, recommend.Edit) (string, error) {
	return "", errReadOnly
}
