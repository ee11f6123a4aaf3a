package wire

import (
	"context"
	"sync"

	"akin/recommend"
	"akin/recommend/engine"
	"akin/recommend/store"
)

// A Publisher is a [engine.Publisher] that is made when it is first needed:
// what it knows of languages takes longer to make than all else of a function,
// and most of their processes only read. It is safe for concurrent use.
type Publisher struct {
	make func() (*engine.Publisher, error)
}

// Publisher returns a publisher to store.
func (e Env) Publisher(store store.Store) (*Publisher, error) {
	read, err := e.settings()
	if err != nil {
		return nil, err
	}
	return &Publisher{sync.OnceValues(func() (*engine.Publisher, error) {
		settings, err := read()
		if err != nil {
			return nil, err
		}
		return engine.NewPublisher(store, settings, engine.PublisherOptions{Site: e("AKIN_SITE")})
	})}, nil
}

// Put is [engine.Publisher.Put].
func (p *Publisher) Put(ctx context.Context, items ...recommend.Item) []recommend.Result {
	made, err := p.make()
	if err != nil {
		results := make([]recommend.Result, len(items))
		for i, it := range items {
			results[i] = recommend.Result{ID: it.ID, Outcome: recommend.Rejected, Err: err}
		}
		return results
	}
	return made.Put(ctx, items...)
}

// Withdraw is [engine.Publisher.Withdraw].
func (p *Publisher) Withdraw(ctx context.Context, id string, version int64) recommend.Result {
	made, err := p.make()
	if err != nil {
		return recommend.Result{ID: id, Outcome: recommend.Rejected, Err: err}
	}
	return made.Withdraw(ctx, id, version)
}

// PutTopics is [engine.Publisher.PutTopics].
func (p *Publisher) PutTopics(ctx context.Context, topics ...recommend.Topic) error {
	made, err := p.make()
	if err != nil {
		return err
	}
	return made.PutTopics(ctx, topics...)
}

// Curate is [engine.Publisher.Curate].
func (p *Publisher) Curate(ctx context.Context, id string, c recommend.Curation, e engine.Edit) (string, error) {
	made, err := p.make()
	if err != nil {
		return "", err
	}
	return made.Curate(ctx, id, c, e)
}

// CurateTopic is [engine.Publisher.CurateTopic].
func (p *Publisher) CurateTopic(ctx context.Context, slug string, c recommend.TopicCuration, e engine.Edit) (string, error) {
	made, err := p.make()
	if err != nil {
		return "", err
	}
	return made.CurateTopic(ctx, slug, c, e)
}

// Rule is [engine.Publisher.Rule].
func (p *Publisher) Rule(ctx context.Context, rulings []engine.Ruling, e engine.Edit) (*engine.RulingsResult, error) {
	made, err := p.make()
	if err != nil {
		return nil, err
	}
	return made.Rule(ctx, rulings, e)
}

// On is [engine.Publisher.On].
func (p *Publisher) On(s store.Store) (*engine.Publisher, error) {
	made, err := p.make()
	if err != nil {
		return nil, err
	}
	return made.On(s), nil
}

// Undo is [engine.Publisher.Undo].
func (p *Publisher) Undo(ctx context.Context, s engine.Subject, change uint64, e engine.Edit) (string, error) {
	made, err := p.make()
	if err != nil {
		return "", err
	}
	return made.Undo(ctx, s, change, e)
}
