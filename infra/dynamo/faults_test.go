package dynamo_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"

	"akin/infra/dynamo"
	"akin/infra/test/dynamotest"
	"akin/infra/test/storetest"
	"akin/recommend/store"
)

// eager lets a store try often and pause little, as faults here are many and no
// server recovers.
func eager(s *dynamo.Store) {
	dynamo.WithReadRetries(40, time.Millisecond)(s)
	dynamo.WithWriteRetries(40, time.Millisecond)(s)
}

func row(sort string, rev uint64, data string) store.Row {
	return store.Row{Key: store.Key{Part: "p", Sort: sort}, Rev: rev, Data: []byte(data)}
}

func put(r store.Row) store.Op { return store.Op{Row: r} }

// all returns every row of the part "p".
func all(t *testing.T, s store.Store) []store.Row {
	t.Helper()
	var rows []store.Row
	for r, err := range store.Scan(t.Context(), s, store.Strong, store.Range{Part: "p"}) {
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, r)
	}
	return rows
}

// The whole contract holds while requests fail without having happened. Where a
// write may have happened some outcomes stay unknown: see the tests below.
func TestStoreWithFaults(t *testing.T) {
	t.Parallel()
	f := &dynamotest.Faults{Seed: 1, Chances: map[dynamotest.Kind]float64{
		dynamotest.Throttled:   0.15,
		dynamotest.Conflict:    0.15,
		dynamotest.Unprocessed: 0.3,
	}}
	storetest.Run(t, func(t *testing.T) store.Store {
		return dynamotest.Open(t, f.Transport(), eager)
	})
	for _, k := range []dynamotest.Kind{dynamotest.Throttled, dynamotest.Conflict, dynamotest.Unprocessed} {
		if f.Injected(k) == 0 {
			t.Errorf("no fault of kind %d was injected", k)
		}
	}
}

// scenario uses every kind of request on rows of one part, and answers what it
// was told, which does not name the part.
func scenario(ctx context.Context, s store.Store, part string) []string {
	row := func(sort string, rev uint64, data string) store.Row {
		return store.Row{Key: store.Key{Part: part, Sort: sort}, Rev: rev, Data: []byte(data)}
	}
	var told []string
	tell := func(what string, err error) {
		switch {
		case errors.Is(err, store.ErrCondition):
			what += " condition"
		case err != nil && strings.Contains(err.Error(), mayHave):
			what += " " + mayHave
		case err != nil:
			what += " " + err.Error()
		}
		told = append(told, what)
	}
	apply := func(what string, txs ...store.Tx) {
		for i, err := range s.Apply(ctx, txs...) {
			tell(fmt.Sprint(what, " ", i), err)
		}
	}
	var many []store.Tx
	for i := range 4 {
		many = append(many, store.Tx{put(row(fmt.Sprintf("many %02d", i), 1, "x"))})
	}
	apply("batch", many...)
	apply("absent", store.Tx{{Row: row("a", 1, "A"), Cond: store.Absent}})
	apply("there", store.Tx{{Row: row("a", 1, "B"), Cond: store.Absent}})
	apply("rev is", store.Tx{{Row: row("a", 2, "C"), Cond: store.RevIs, Want: 1}})
	apply("rev less", store.Tx{{Row: row("a", 3, "D"), Cond: store.RevLess}})
	apply("not less", store.Tx{{Row: row("a", 3, "E"), Cond: store.RevLess}})
	apply("transaction", store.Tx{
		{Row: row("a", 4, "F"), Cond: store.RevIs, Want: 3},
		{Row: row("b", 1, "G"), Cond: store.Absent},
		{Act: store.Check, Row: row("c", 0, ""), Cond: store.Absent},
	})
	apply("failing transaction", store.Tx{put(row("d", 1, "")), {Row: row("b", 2, ""), Cond: store.Absent}})
	apply("check", store.Tx{{Act: store.Check, Row: row("b", 0, ""), Cond: store.RevIs, Want: 1}})
	apply("delete", store.Tx{{Act: store.Delete, Row: row("b", 0, ""), Cond: store.RevIs, Want: 1}})
	apply("put", store.Tx{put(row("e", 9, "H"))})
	var keys []store.Key
	for _, tx := range many {
		keys = append(keys, tx[0].Row.Key)
	}
	rows, err := s.Get(ctx, store.Strong, keys...)
	for _, r := range rows {
		told = append(told, r.Sort+string(r.Data))
	}
	tell("get", err)
	rows, more, err := s.Query(ctx, store.Strong, store.Range{Part: part, To: "f"})
	for _, r := range rows {
		told = append(told, fmt.Sprint(r.Sort, r.Rev, string(r.Data)))
	}
	tell(fmt.Sprint("query ", more), err)
	return told
}

// mayHave is in the error of a write that stays unknown.
const mayHave = "may have been written"

// One fault of each kind at each request of the scenario changes neither what
// the caller is told nor what is stored. There is one exception: a single write
// whose condition did not hold, and whose first answer was lost, is not said not
// to have happened.
func TestFaultAtEachRequest(t *testing.T) {
	t.Parallel()
	table := dynamotest.Table(t)
	run := func(f *dynamotest.Faults, part string) []string {
		return scenario(t.Context(), dynamo.New(dynamotest.Client(t, f.Transport()), table, eager, dynamo.OneByOne), part)
	}
	count := &dynamotest.Faults{}
	want := run(count, "no faults")
	for _, what := range want {
		if strings.Contains(what, table) {
			t.Fatalf("without faults: %q", want)
		}
	}
	for kind := dynamotest.Throttled; kind <= dynamotest.Unprocessed; kind++ {
		injected, open := 0, 0
		for i, op := range count.Requests() {
			at := i + 1
			if !kind.Fits(op) {
				continue
			}
			f := &dynamotest.Faults{Seed: uint64(at), At: at, Kind: kind}
			got := run(f, fmt.Sprint(kind, " at ", at))
			for i := range got {
				if before, ok := strings.CutSuffix(got[i], mayHave); ok && before+"condition" == want[i] {
					got[i] = want[i]
					open++
				}
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("fault %d at request %d (-want +got):\n%s", kind, at, d)
			}
			injected += f.Injected(kind)
		}
		if injected == 0 {
			t.Errorf("no fault of kind %d was injected", kind)
		}
		// The two single writes of the scenario that fail.
		allowed := 0
		if kind == dynamotest.ServerError || kind == dynamotest.TimedOut || kind == dynamotest.Lost {
			allowed = 2
		}
		if open != allowed {
			t.Errorf("faults of kind %d left %d writes unknown, want %d", kind, open, allowed)
		}
	}
}

// Contending writers whose answers get lost count each addition that they were
// told of, and none that they were told failed on its condition.
func TestCounterWithLostAnswers(t *testing.T) {
	t.Parallel()
	table := dynamotest.Table(t)
	f := &dynamotest.Faults{Seed: 3, Chances: map[dynamotest.Kind]float64{
		dynamotest.Lost: 0.15, dynamotest.ServerError: 0.1, dynamotest.TimedOut: 0.1,
	}}
	s := dynamo.New(dynamotest.Client(t, f.Transport()), table, eager)
	if err := s.Apply(t.Context(), store.Tx{put(row("counter", 1, "start"))})[0]; err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var sure, unsure uint64
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for n := range 15 {
				rows, err := s.Get(t.Context(), store.Strong, row("counter", 0, "").Key)
				if err != nil {
					t.Error(err)
					return
				}
				old := rows[0].Rev
				tx := store.Tx{{Row: row("counter", old+1, fmt.Sprint(w, n)), Cond: store.RevIs, Want: old}}
				if n%3 == 0 {
					tx = append(tx, put(row(fmt.Sprint(w, n), 1, "")))
				}
				err = s.Apply(t.Context(), tx)[0]
				mu.Lock()
				if err == nil {
					sure++
				} else if !errors.Is(err, store.ErrCondition) {
					unsure++
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	f.Heal()
	rows, err := s.Get(t.Context(), store.Strong, row("counter", 0, "").Key)
	if err != nil {
		t.Fatal(err)
	}
	if got := rows[0].Rev - 1; got < sure || got > sure+unsure {
		t.Errorf("counted %d, want %d to %d", got, sure, sure+unsure)
	}
	if f.Injected(dynamotest.Lost) == 0 || sure == 0 {
		t.Errorf("%d lost answers, %d sure writes", f.Injected(dynamotest.Lost), sure)
	}
}

// A roundTripper is a function as an http.RoundTripper.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// A conditional write whose answer was lost, and whose row another then replaced,
// did happen: to call its condition broken would be a lie.
func TestOverwrittenAfterLostAnswer(t *testing.T) {
	t.Parallel()
	table := dynamotest.Table(t)
	other := dynamo.New(dynamotest.Client(t, nil), table)
	lost := &dynamotest.Faults{At: 1, Kind: dynamotest.Lost}
	losing := lost.Transport()
	first := true
	s := dynamo.New(dynamotest.Client(t, roundTripper(func(r *http.Request) (*http.Response, error) {
		answer, err := losing.RoundTrip(r)
		if first {
			first = false
			if err := other.Apply(t.Context(), store.Tx{{Row: row("a", 2, "other"), Cond: store.RevIs, Want: 1}})[0]; err != nil {
				t.Error(err)
			}
		}
		return answer, err
	})), table, eager)
	err := s.Apply(t.Context(), store.Tx{{Row: row("a", 1, "mine"), Cond: store.Absent}})[0]
	if err == nil || errors.Is(err, store.ErrCondition) || !strings.Contains(err.Error(), mayHave) {
		t.Errorf("Apply = %v, want an error that leaves open whether it happened", err)
	}
	if d := cmp.Diff([]store.Row{row("a", 2, "other")}, all(t, other), cmp.Comparer(bytes.Equal)); d != "" {
		t.Errorf("rows (-want +got):\n%s", d)
	}
}

// A failure that lasts is given up, after the tries allowed, with its cause; one
// that outlasts the context ends with it.
func TestGivingUp(t *testing.T) {
	t.Parallel()
	table := dynamotest.Table(t)
	k := row("a", 0, "").Key
	for _, kind := range []dynamotest.Kind{dynamotest.Throttled, dynamotest.Unprocessed, dynamotest.TimedOut, dynamotest.Conflict} {
		f := &dynamotest.Faults{Chances: map[dynamotest.Kind]float64{kind: 1}}
		s := dynamo.New(dynamotest.Client(t, f.Transport()), table,
			dynamo.WithReadRetries(2, time.Millisecond), dynamo.WithWriteRetries(3, time.Millisecond))
		errs := s.Apply(t.Context(),
			store.Tx{put(row("a", 1, "")), put(row("b", 1, ""))},
			store.Tx{{Row: row("c", 1, ""), Cond: store.Absent}})
		if kind != dynamotest.Unprocessed {
			for i, err := range errs {
				if err == nil || errors.Is(err, store.ErrCondition) || !strings.Contains(err.Error(), "after 3 tries") {
					t.Errorf("fault %d: write %d = %v, want given up after 3 tries", kind, i, err)
				}
			}
			tries := 0
			for _, op := range f.Requests() {
				if op == "TransactWriteItems" {
					tries++
				}
			}
			if tries != 3 {
				t.Errorf("fault %d: %d tries of a transaction, want 3", kind, tries)
			}
		}
		if kind == dynamotest.Conflict {
			continue
		}
		if _, err := s.Get(t.Context(), store.Eventual, k, row("b", 0, "").Key); err == nil || !strings.Contains(err.Error(), table) {
			t.Errorf("fault %d: Get = %v", kind, err)
		}
		if _, _, err := s.Query(t.Context(), store.Eventual, store.Range{Part: "p"}); err == nil && kind != dynamotest.Unprocessed {
			t.Errorf("fault %d: Query succeeded", kind)
		}
	}
	f := &dynamotest.Faults{Chances: map[dynamotest.Kind]float64{dynamotest.Throttled: 1}}
	s := dynamo.New(dynamotest.Client(t, f.Transport()), table, dynamo.WithWriteRetries(1<<30, 20*time.Millisecond))
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	for i, err := range s.Apply(ctx, store.Tx{put(row("a", 1, ""))}, store.Tx{put(row("b", 1, ""))},
		store.Tx{put(row("c", 1, "")), put(row("d", 1, ""))}) {
		var throttled *types.ProvisionedThroughputExceededException
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("write %d under a deadline = %v", i, err)
		}
		if !errors.As(err, &throttled) && !strings.Contains(err.Error(), "ThrottlingError") {
			t.Errorf("write %d does not tell what kept it: %v", i, err)
		}
	}
}
