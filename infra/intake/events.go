// Package intake takes in what AWS hands over: files that arrive in the import
// bucket, and events of the publishing system.
package intake

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"

	"akin/recommend"
	"akin/recommend/engine"
)

// An Importer takes in items and topics. All of its fields are needed.
type Importer struct {
	Files     Files
	Publisher Publisher
	Status    func(context.Context) (*recommend.StatusReport, error)
	Item      func(ctx context.Context, id string) (*recommend.Stored, error)      // an item read back
	Rebuild   func(context.Context, engine.RebuildOptions) (engine.Rebuild, error) // starts the rebuild that makes the first generation
	Log       *slog.Logger
}

// A Publisher stores what is taken in. A [engine.Publisher] is one.
type Publisher interface {
	PutHeard(ctx context.Context, h engine.Heard, items ...recommend.Item) []recommend.Result
	WithdrawHeard(ctx context.Context, h engine.Heard, id string, version int64) recommend.Result
	PutTopics(ctx context.Context, topics ...recommend.Topic) error
	NameTopics(ctx context.Context, topics ...recommend.Topic) (int, error)
}

// Published takes an item in that the publishing system tells of. An invalid
// one is an error, so that the event ends in the dead-letter queue; an older
// version than the stored one is none. Events come late, and more than once: of an
// item without a version, an event from before what is stored changes nothing.
func (im *Importer) Published(ctx context.Context, h engine.Heard, detail []byte) (any, error) {
	it, err := recommend.DecodeItem(detail)
	if err != nil {
		return nil, fmt.Errorf("item.published: %w", err)
	}
	return im.outcome(ctx, im.Publisher.PutHeard(ctx, h, it.WithoutCodes())[0])
}

// Withdrawn withdraws an item that the publishing system tells of, as [Importer.Published]
// takes one in.
func (im *Importer) Withdrawn(ctx context.Context, h engine.Heard, detail []byte) (any, error) {
	var it struct {
		ID      string
		Version int64
	}
	if err := json.Unmarshal(detail, &it); err != nil {
		return nil, fmt.Errorf("item.withdrawn: %w", err)
	}
	return im.outcome(ctx, im.Publisher.WithdrawHeard(ctx, h, it.ID, it.Version))
}

func (im *Importer) outcome(ctx context.Context, r recommend.Result) (any, error) {
	if r.Outcome == recommend.Rejected {
		return nil, fmt.Errorf("item %q: %w", r.ID, r.Err)
	}
	im.Log.InfoContext(ctx, "event taken", "item", r.ID, "version", r.Version, "outcome", string(r.Outcome))
	return map[string]string{"id": r.ID, "outcome": string(r.Outcome)}, nil
}
