package dynamo

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"time"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"akin/recommend/store"
)

// firstPause bounds the pause before the second try of a request; the bound
// doubles with each further one.
const firstPause = 10 * time.Millisecond

// patience says how often to try and the longest pause between. A write that was refused,
// and may pass later, is tried on until the end of its context is near, if it has one.
type patience struct {
	tries   int
	longest time.Duration
	toEnd   bool
}

// spare is how much of the time that a context leaves is kept for telling the outcome.
const spare = time.Second

// An outcome is what an error of a request means.
type outcome uint8

const (
	refused   outcome = iota // it did not happen, and will not when repeated
	postponed                // it did not happen, and may when repeated
	unknown                  // nobody knows whether it happened
)

// errUnprocessed is the error of a batch of which nothing was done.
var errUnprocessed = errors.New("DynamoDB processes none of a batch")

// An errPostponed makes its error one to repeat; an errRefused makes it one that
// is not repeated.
type (
	errPostponed struct{ error }
	errRefused   struct{ error }
)

func (e errPostponed) Unwrap() error { return e.error }
func (e errRefused) Unwrap() error   { return e.error }

// again lists the codes of errors that say that nothing happened and that
// repeating may help.
func again(code string) bool {
	switch code {
	case "ProvisionedThroughputExceededException", "ProvisionedThroughputExceeded",
		"ThrottlingException", "ThrottlingError", "Throttling", "RequestLimitExceeded",
		"TransactionConflictException", "TransactionConflict",
		"TransactionInProgressException", "ReplicatedWriteConflictException":
		return true
	}
	return false
}

// isCode says whether err is DynamoDB's error of that name.
func isCode(err error, code string) bool {
	var e smithy.APIError
	return errors.As(err, &e) && e.ErrorCode() == code
}

func classify(err error) outcome {
	var asRefused errRefused
	var asPostponed errPostponed
	var told smithy.APIError
	var connect *net.OpError
	switch {
	case errors.As(err, &asRefused):
		return refused
	case errors.As(err, &asPostponed), errors.Is(err, errUnprocessed),
		errors.As(err, &told) && again(told.ErrorCode()),
		errors.As(err, &connect) && connect.Op == "dial":
		return postponed
	}
	var unanswered *smithyhttp.RequestSendError
	var answered *smithyhttp.ResponseError
	switch {
	case errors.As(err, &unanswered):
		return unknown
	case errors.As(err, &answered): // one of success comes with an error if it cannot be read
		if status := answered.HTTPStatusCode(); status < http.StatusMultipleChoices || status >= http.StatusInternalServerError {
			return unknown
		}
	}
	return refused
}

// retry calls do until it succeeds, is refused, p runs out, or ctx ends.
func retry(ctx context.Context, p patience, do func() error) error {
	var cause error // of the last try that ctx did not cut short
	for try := 1; ; try++ {
		err := do()
		if err == nil {
			return nil
		}
		if ended := ctx.Err(); ended != nil {
			if cause == nil {
				cause = err
			}
			return fmt.Errorf("%w (%w)", ended, cause)
		}
		cause = err
		if classify(err) == refused {
			return err
		}
		last := try >= p.tries
		if end, ok := ctx.Deadline(); p.toEnd && ok && classify(err) == postponed {
			last = last && time.Until(end) < spare
		}
		if last {
			if try > 1 {
				err = fmt.Errorf("given up after %d tries: %w", try, err)
			}
			if p.toEnd && classify(err) == postponed {
				err = fmt.Errorf("%w: %w", store.ErrCrowded, err)
			}
			return err
		}
		if ended := pause(ctx, try, p.longest); ended != nil {
			return fmt.Errorf("%w (%w)", ended, err)
		}
	}
}

// pause waits before the try after the given one, counted from 1: a random time,
// so that those who collided do not meet again.
func pause(ctx context.Context, try int, longest time.Duration) error {
	bound := longest
	if try < 20 {
		bound = min(longest, firstPause<<(try-1))
	}
	if bound <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(rand.N(bound))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
