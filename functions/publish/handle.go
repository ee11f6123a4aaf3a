package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"akin/infra/emf"
	"akin/recommend"
)

// busyPause is how long another writer is waited for between two tries, and
// spare how much of an invocation's time is left for answering.
const (
	busyPause = time.Second
	spare     = 5 * time.Second
)

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
	n, err := f.untilFree(ctx)
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

// untilFree catches up, waiting for another writer as long as the time of the
// invocation lasts: a rebuild that commits, or one that died with its lease.
func (f *function) untilFree(ctx context.Context) (int, error) {
	done := 0
	for {
		n, err := f.catchUp(ctx)
		done += n
		if !errors.Is(err, recommend.ErrBusy) {
			return done, err
		}
		if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < spare+busyPause {
			return done, err
		}
		if f.pause(ctx, busyPause) != nil {
			return done, err
		}
	}
}

// pause waits for d, or until ctx ends.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
