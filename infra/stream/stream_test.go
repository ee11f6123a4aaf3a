package stream

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"akin/infra/emf"
	"akin/recommend/engine"
)

const batch = `{"Records":[{"dynamodb":{"SequenceNumber":"7","ApproximateCreationDateTime":1700000000.5}},{"dynamodb":{"SequenceNumber":"8"}}]}`

// handled hands in to a function whose catchUp answers each of errs in turn, and
// nil from then on. It returns the answer as JSON, what was printed, and how
// often the function paused.
func handled(t *testing.T, ctx context.Context, in string, errs ...error) (answer, printed string, pauses int) {
	t.Helper()
	var out bytes.Buffer
	f := &Handler{
		CatchUp: func(context.Context) (int, error) {
			if len(errs) == 0 {
				return 3, nil
			}
			err := errs[0]
			errs = errs[1:]
			return 1, err
		},
		Metrics: emf.New(&out, "akin", map[string]string{"Stack": "test"}),
		Log:     slog.New(slog.NewJSONHandler(&out, nil)),
		Wait:    func(context.Context, time.Duration) error { pauses++; return nil },
	}
	var e Event
	if err := json.Unmarshal([]byte(in), &e); err != nil {
		t.Fatal(err)
	}
	a, err := f.Handle(ctx, e)
	if err != nil {
		return err.Error(), out.String(), pauses
	}
	b, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	return string(b), out.String(), pauses
}

func TestHandle(t *testing.T) {
	busy := fmt.Errorf("index: %w", engine.ErrBusy)
	tests := []struct {
		name   string
		in     string
		errs   []error
		want   string
		pauses int
		print  string
	}{
		{"all done", batch, nil, `{"batchItemFailures":[]}`, 0, `"Changes":3`},
		{"another writer is waited for", batch, []error{busy, busy}, `{"batchItemFailures":[]}`, 2, `"Changes":5`},
		{"a failure repeats the batch", batch, []error{errors.New("table is gone")}, `{"batchItemFailures":[{"itemIdentifier":"7"}]}`, 0, "table is gone"},
		{"another kind of event", `{"Records":[]}`, nil, "event: no records of a stream", 0, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, printed, pauses := handled(t, t.Context(), tt.in, tt.errs...)
			if got != tt.want || pauses != tt.pauses || !strings.Contains(printed, tt.print) {
				t.Errorf("answer %s after %d pauses, want %s after %d; printed %s", got, pauses, tt.want, tt.pauses, printed)
			}
		})
	}
}

// Near its deadline a function answers instead of being cut off.
func TestHandleKeepsTimeToAnswer(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), spare)
	defer cancel()
	got, _, pauses := handled(t, ctx, batch, engine.ErrBusy, engine.ErrBusy)
	if want := `{"batchItemFailures":[{"itemIdentifier":"7"}]}`; got != want || pauses != 0 {
		t.Errorf("answer %s after %d pauses, want %s at once", got, pauses, want)
	}
}

// Receipts follow what was applied, and what fails at them repeats no changes: it is measured. A clock asks for
// all of them.
func TestHandleTells(t *testing.T) {
	for _, tt := range []struct {
		name    string
		in      string
		waiting int
		err     error
		all     bool
		print   string
	}{
		{"after changes", batch, 0, nil, false, `"ReceiptsWaiting":0`},
		{"the bus is away", batch, 4, errors.New("no bus"), false, `"ReceiptsWaiting":4`},
		{"nobody knows how many wait", batch, 0, errors.New("no table"), false, `"ReceiptsWaiting":1`},
		{"by the clock", `{"step":"tell"}`, 0, nil, true, `"ReceiptsWaiting":0`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var out bytes.Buffer
			told := []bool{}
			f := &Handler{
				CatchUp: func(context.Context) (int, error) { return 1, nil },
				Tell:    func(_ context.Context, all bool) (int, error) { told = append(told, all); return tt.waiting, tt.err },
				Metrics: emf.New(&out, "akin", map[string]string{"Stack": "test"}), Log: slog.New(slog.NewJSONHandler(&out, nil)),
			}
			var e Event
			if err := json.Unmarshal([]byte(tt.in), &e); err != nil {
				t.Fatal(err)
			}
			a, err := f.Handle(t.Context(), e)
			if err != nil || len(a.BatchItemFailures) > 0 || len(told) != 1 || told[0] != tt.all || !strings.Contains(out.String(), tt.print) {
				t.Errorf("answer %+v, %v; told %v; printed %s", a, err, told, &out)
			}
		})
	}
}
