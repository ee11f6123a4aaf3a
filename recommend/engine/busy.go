package engine

import (
	"context"
	"errors"
	"time"
)

// busyPause is how long another writer is waited for between two tries.
const busyPause = time.Second

// UntilFree runs do, and again while that finds another writer at work, one that
// died with its lease among them, until less than spare would be left of ctx's
// time to answer in. It returns do's last error. wait waits between two tries,
// or returns an error when ctx ends; nil: it does.
func UntilFree(ctx context.Context, spare time.Duration, wait func(context.Context, time.Duration) error, do func() error) error {
	if wait == nil {
		wait = pause
	}
	for {
		err := do()
		if !errors.Is(err, ErrBusy) {
			return err
		}
		if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < spare+busyPause {
			return err
		}
		if wait(ctx, busyPause) != nil {
			return err
		}
	}
}
