// Package stream applies the changes that the stream of the table tells of, as
// Lambda hands them over: in batches, of which those that failed come again.
package stream

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"akin/infra/emf"
	"akin/recommend/engine"
)

// spare is how much of an invocation's time is left for answering.
const spare = 5 * time.Second

// An Event is a batch of insertions into the queue of changes. What they hold does not
// matter: the indexer reads the changes in their order itself. Or it asks for receipts.
type Event struct {
	Step    string // "tell", of a clock: there are no records
	Records []struct {
		DynamoDB struct {
			SequenceNumber string
			Created        float64 `json:"ApproximateCreationDateTime"` // seconds since 1970
		} `json:"dynamodb"`
	}
}

// An Answer names the first record that is to be delivered again, with all
// that follow it. None: all are done.
type Answer struct {
	BatchItemFailures []Failure `json:"batchItemFailures"`
}

// A Failure is a record that was not dealt with.
type Failure struct {
	ItemIdentifier string `json:"itemIdentifier"`
}

// A Handler handles batches. It is made anew for no batch: what catches up holds
// the index.
type Handler struct {
	CatchUp func(context.Context) (int, error) // applies all changes that wait and returns how many
	Metrics *emf.Log

	// Tell writes receipts of what was applied, and with all of what editors, settings, rebuilds and time
	// changed; it puts them on a bus, and returns how many are not there yet. Nil: there are no receipts.
	Tell func(ctx context.Context, all bool) (waiting int, err error)
	Log  *slog.Logger
	Wait func(context.Context, time.Duration) error // between two tries while another writes; nil: it waits
}

// Handle applies all waiting changes, those of the batch among them. If that
// fails, the whole batch is to be delivered again: doing a change twice does no
// harm, and the indexer sets one aside that fails for ever.
func (h *Handler) Handle(ctx context.Context, e Event) (Answer, error) {
	if e.Step == "tell" {
		return Answer{BatchItemFailures: []Failure{}}, h.tell(ctx, true)
	}
	if len(e.Records) == 0 {
		return Answer{}, errors.New("event: no records of a stream")
	}
	n := 0
	err := engine.UntilFree(ctx, spare, h.Wait, func() error {
		done, err := h.CatchUp(ctx)
		n += done
		return err
	})
	if err != nil {
		h.Log.ErrorContext(ctx, "changes wait", "err", err, "records", len(e.Records), "done", n)
		return Answer{[]Failure{{e.Records[0].DynamoDB.SequenceNumber}}}, nil
	}
	oldest := e.Records[0].DynamoDB.Created
	metrics := map[string]emf.Metric{"Changes": {Value: float64(n), Unit: emf.Count}}
	if oldest > 0 {
		age := time.Since(time.UnixMilli(int64(oldest * 1000)))
		metrics["PublishToVisible"] = emf.Metric{Value: float64(max(0, age.Milliseconds())), Unit: emf.Milliseconds}
	}
	if err := h.Metrics.Put(metrics); err != nil {
		return Answer{}, fmt.Errorf("publish: %w", err)
	}
	h.Log.InfoContext(ctx, "changes applied", "changes", n, "records", len(e.Records))
	return Answer{BatchItemFailures: []Failure{}}, h.tell(ctx, false)
}

// tell tells, and measures what waits. Receipts that fail come later: they must not have changes
// delivered again, which are applied.
func (h *Handler) tell(ctx context.Context, all bool) error {
	if h.Tell == nil {
		return nil
	}
	waiting, err := h.Tell(ctx, all)
	if err != nil {
		h.Log.ErrorContext(ctx, "receipts are late", "err", err, "waiting", waiting)
		waiting = max(1, waiting)
	}
	if err := h.Metrics.Put(map[string]emf.Metric{"ReceiptsWaiting": {Value: float64(waiting), Unit: emf.Count}}); err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	return nil
}
