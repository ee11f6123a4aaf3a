package wire

import (
	"context"
	"errors"
	"time"

	"akin/recommend/engine"
)

// busyPause is how long another writer is waited for between two tries.
const busyPause = time.Second

// UntilFree runs do, and again while that finds another writer at work, one that
// died with its lease among them, until less than spare would be left of ctx's
// time to answer in. It returns do's last error. pause is [Pause].
func UntilFree(ctx context.Context, spare time.Duration, pause func(context.Context, time.Duration) error, do func() error) error {
	for {
		err := do()
		if !errors.Is(err, engine.ErrBusy) {
			return err
		}
		if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < spare+busyPause {
			return err
		}
		if pause(ctx, busyPause) != nil {
			return err
		}
	}
}

// Pause waits for d, or until ctx ends.
func Pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
