package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"akin/functions/wire"
	"akin/infra/emf"
)

// spare is how much of an invocation's time is left for answering.
const spare = 5 * time.Second

// An event is a batch of insertions of change rows. What they hold does not
// matter: the indexer reads the changes in their order itself.
type event struct {
	Records []struct {
		DynamoDB struct {
			SequenceNumber string
			Created        float64 `json:"ApproximateCreationDateTime"` // seconds since 1970
		} `json:"dynamodb"`
	}
}

// An answer names the first record that is to be delivered again, with all
// that follow it. None: all are done.
type answer struct {
	BatchItemFailures []failure `json:"batchItemFailures"`
}

type failure struct {
	ItemIdentifier string `json:"itemIdentifier"`
}

// A function handles batches. It stays warm: its indexer holds the index.
type function struct {
	catchUp func(context.Context) (int, error)
	metrics *emf.Log
	log     *slog.Logger
	pause   func(context.Context, time.Duration) error
}

// handle applies all waiting changes, those of the batch among them. If that
// fails, the whole batch is to be delivered again: doing a change twice does no
// harm, and the indexer sets one aside that fails for ever.
func (f *function) handle(ctx context.Context, e event) (answer, error) {
	if len(e.Records) == 0 {
		return answer{}, errors.New("event: no records of a stream")
	}
	n := 0
	err := wire.UntilFree(ctx, spare, f.pause, func() error {
		done, err := f.catchUp(ctx)
		n += done
		return err
	})
	if err != nil {
		f.log.ErrorContext(ctx, "changes wait", "err", err, "records", len(e.Records), "done", n)
		return answer{[]failure{{e.Records[0].DynamoDB.SequenceNumber}}}, nil
	}
	oldest := e.Records[0].DynamoDB.Created
	metrics := map[string]emf.Metric{"Changes": {Value: float64(n), Unit: emf.Count}}
	if oldest > 0 {
		age := time.Since(time.UnixMilli(int64(oldest * 1000)))
		metrics["PublishToVisible"] = emf.Metric{Value: float64(max(0, age.Milliseconds())), Unit: emf.Milliseconds}
	}
	if err := f.metrics.Put(metrics); err != nil {
		return answer{}, fmt.Errorf("publish: %w", err)
	}
	f.log.InfoContext(ctx, "changes applied", "changes", n, "records", len(e.Records))
	return answer{BatchItemFailures: []failure{}}, nil
}
