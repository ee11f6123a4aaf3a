package bus

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"

	"akin/infra/memory"
	"akin/infra/test/storetest"
	"akin/recommend"
	"akin/recommend/engine"
	"akin/recommend/store"
)

// A fault is what becomes of a request.
type fault int

const (
	none      fault = iota
	throttled       // refused as there are too many
	failed          // answered 500
	timedOut        // never arrived
	lost            // happened, and the answer got lost
	partial         // some entries are refused, others after them are not
	faults
)

// An eventBus is the connection to a bus that keeps what it was told, and fails as it is told.
type eventBus struct {
	t     *testing.T
	next  func() fault
	rand  *rand.Rand
	told  []Detail
	met   map[fault]int
	bytes int // of the largest request
}

func (b *eventBus) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	var in struct {
		Entries []struct{ EventBusName, Source, DetailType, Detail string }
	}
	if err := json.Unmarshal(body, &in); err != nil || len(in.Entries) == 0 || len(in.Entries) > 10 {
		b.t.Errorf("a request of %d entries: %v", len(in.Entries), err)
	}
	f := b.next()
	b.met[f]++
	switch f {
	case throttled:
		return answer(r, 400, `{"__type":"ThrottlingException","message":"injected"}`), nil
	case failed:
		return answer(r, 500, `{"__type":"InternalException","message":"injected"}`), nil
	case timedOut:
		return nil, &net.OpError{Op: "read", Net: "tcp", Err: os.ErrDeadlineExceeded}
	}
	size, refused := 0, 0
	var results []string
	for i, e := range in.Entries {
		size += len(e.Source) + len(e.DetailType) + len(e.Detail) + 14
		if e.EventBusName != "site" || e.Source != "akin" || e.DetailType != "Lists changed" {
			b.t.Errorf("entry %+v", e)
		}
		if f == partial && (b.rand.IntN(3) == 0 || i == len(in.Entries)-1 && refused == 0) {
			refused++
			results = append(results, `{"ErrorCode":"ThrottlingException","ErrorMessage":"injected"}`)
			continue
		}
		var d Detail
		if err := json.Unmarshal([]byte(e.Detail), &d); err != nil {
			b.t.Error(err)
		}
		b.told = append(b.told, d)
		results = append(results, fmt.Sprintf(`{"EventId":"%d"}`, len(b.told)))
	}
	b.bytes = max(b.bytes, size)
	if f == lost {
		return nil, &net.OpError{Op: "read", Net: "tcp", Err: os.ErrDeadlineExceeded}
	}
	return answer(r, 200, fmt.Sprintf(`{"FailedEntryCount":%d,"Entries":[%s]}`, refused, strings.Join(results, ","))), nil
}

func answer(r *http.Request, status int, body string) *http.Response {
	return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {"application/x-amz-json-1.1"}}, Body: io.NopCloser(bytes.NewReader([]byte(body))), ContentLength: int64(len(body)), Request: r}
}

func sender(s store.Store, b *eventBus) *Sender {
	return &Sender{
		Store: s, Reader: engine.NewReader(s, engine.ReaderOptions{}), Bus: "site",
		Client: NewClient(eventbridge.Options{Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider("akin", "akin", ""), HTTPClient: &http.Client{Transport: b}}, atOnceAgain),
		Pause:  func(context.Context, time.Duration) error { return nil },
	}
}

// atOnceAgain has a client try again without a pause.
func atOnceAgain(o *retry.StandardOptions) {
	o.Backoff = retry.BackoffDelayerFunc(func(int, error) (time.Duration, error) { return 0, nil })
}

func newBus(t *testing.T, next func() fault) *eventBus {
	return &eventBus{t: t, next: next, rand: rand.New(rand.NewPCG(1, 1)), met: map[fault]int{}}
}

// A site is a store whose changes have receipts.
type site struct {
	publisher *engine.Publisher
	indexer   *engine.Indexer
	n         int
}

func newSite(t *testing.T, s store.Store) *site {
	t.Helper()
	p, err := engine.NewPublisher(s, recommend.DefaultSettings(), engine.PublisherOptions{})
	if err != nil {
		t.Fatal(err)
	}
	e := &site{p, engine.NewIndexer(s, recommend.DefaultSettings(), engine.IndexerOptions{Alone: true, Receipts: true}), 0}
	e.change(t)
	if _, err := e.indexer.Reindex(t.Context(), engine.ReindexOptions{}); err != nil {
		t.Fatal(err)
	}
	return e
}

// change publishes an item that others did not know of.
func (e *site) change(t *testing.T) {
	t.Helper()
	e.n++
	if r := e.publisher.Put(t.Context(), recommend.Item{ID: fmt.Sprintf("item%03d", e.n), Title: "Harbour", Lang: "en"})[0]; r.Err != nil {
		t.Fatal(r.Err)
	}
}

func (e *site) tell(t *testing.T) {
	t.Helper()
	if _, err := e.indexer.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := e.indexer.Tell(t.Context(), true); err != nil {
		t.Fatal(err)
	}
}

// inOrder holds what a bus was told to receipts from one number to another: each is there, the first times
// that they are, in order.
func inOrder(t *testing.T, told []Detail, from, to uint64) {
	t.Helper()
	next := from
	for _, d := range told {
		if d.Number == next && d.Part == d.Parts {
			next++
		} else if d.Number > next+maxEntries {
			t.Fatalf("receipt %d is told and %d is not", d.Number, next)
		}
	}
	if next != to+1 {
		t.Fatalf("the bus was told receipts %d to %d in order, want %d", from, next-1, to)
	}
}

// Whatever fails on the way, and wherever the sender crashes, each receipt is on the bus in the end, in order.
func TestNothingIsLeftOut(t *testing.T) {
	met := map[fault]int{}
	for seed := range uint64(6) {
		rng := rand.New(rand.NewPCG(seed, 9))
		healed := false
		b := newBus(t, func() fault {
			if healed || rng.IntN(2) == 0 {
				return none
			}
			return fault(rng.IntN(int(faults)))
		})
		s := memory.New()
		e := newSite(t, s)
		if err := sender(s, b).Begin(t.Context()); err != nil {
			t.Fatal(err)
		}
		for range 20 {
			for range 1 + rng.IntN(4) {
				e.change(t)
				e.tell(t)
			}
			f := &storetest.Faults{}
			if rng.IntN(3) == 0 {
				f.CrashAt = 1 + rng.IntN(2)
			}
			if waiting, err := sender(f.Wrap(s), b).Send(t.Context()); err != nil && waiting == 0 && !f.Crashed() {
				t.Errorf("failed, and nothing waits: %v", err)
			}
		}
		healed = true
		if waiting, err := sender(s, b).Send(t.Context()); waiting != 0 || err != nil {
			t.Fatalf("Send = %d, %v", waiting, err)
		}
		last, err := engine.NewReader(s, engine.ReaderOptions{}).LastReceipt(t.Context())
		if err != nil || last < 30 {
			t.Fatalf("%d receipts, %v", last, err)
		}
		inOrder(t, b.told, 1, last)
		for f, n := range b.met {
			met[f] += n
		}
		n := len(b.told)
		if _, err := sender(s, b).Send(t.Context()); err != nil || len(b.told) != n {
			t.Errorf("%d events where nothing is new (%v)", len(b.told)-n, err)
		}
	}
	for f := none; f < faults; f++ {
		if met[f] < 5 {
			t.Errorf("%d requests met fault %d", met[f], f)
		}
	}
}

// An entry that is refused comes again with those after it; nothing before it does.
func TestRefusedEntriesComeAgainInOrder(t *testing.T) {
	s := memory.New()
	first := true
	b := newBus(t, func() fault {
		if first {
			first = false
			return partial
		}
		return none
	})
	b.rand = rand.New(rand.NewPCG(5, 5))
	e := newSite(t, s)
	if err := sender(s, b).Begin(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 8 {
		e.change(t)
		e.tell(t)
	}
	if waiting, err := sender(s, b).Send(t.Context()); waiting != 0 || err != nil {
		t.Fatalf("Send = %d, %v", waiting, err)
	}
	var numbers []uint64
	for _, d := range b.told {
		numbers = append(numbers, d.Number)
	}
	again := -1
	for i := 1; i < len(numbers); i++ {
		if numbers[i] < numbers[i-1] {
			again = i
		}
	}
	if again < 0 {
		t.Fatalf("nothing came again: %v", numbers)
	}
	for i := again + 1; i < len(numbers); i++ {
		if numbers[i] != numbers[i-1]+1 {
			t.Errorf("the last time, receipts are not in order: %v", numbers)
		}
	}
	inOrder(t, b.told, 1, 8)
}

// A bus that is away has receipts wait, and a new one begins with what comes.
func TestWaiting(t *testing.T) {
	s := memory.New()
	down := throttled
	b := newBus(t, func() fault { return down })
	e := newSite(t, s)
	e.tell(t)
	snd := sender(s, b)
	if err := snd.Begin(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 3 { // the first one's list changes with it, and is told before
		e.change(t)
		e.tell(t)
	}
	if waiting, err := snd.Send(t.Context()); waiting != 4 || err == nil || !strings.Contains(err.Error(), "ThrottlingException") || len(b.told) != 0 {
		t.Errorf("Send = %d, %v; told %v", waiting, err, b.told)
	}
	ctx, cancel := context.WithTimeout(t.Context(), spare)
	defer cancel()
	calls := b.met[throttled]
	if _, err := snd.Send(ctx); err == nil || b.met[throttled]-calls != clientTry {
		t.Errorf("with no time left it made %d requests (%v), want %d", b.met[throttled]-calls, err, clientTry)
	}
	down = none
	if waiting, err := snd.Send(t.Context()); waiting != 0 || err != nil {
		t.Fatalf("Send = %d, %v", waiting, err)
	}
	inOrder(t, b.told, 2, 5)
}

// Receipts that are gone are told as one that stands for all.
func TestGone(t *testing.T) {
	s := memory.New()
	b := newBus(t, func() fault { return none })
	e := newSite(t, s)
	snd := sender(s, b)
	if err := snd.Begin(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		e.change(t)
		e.tell(t)
	}
	if err := s.Apply(t.Context(), store.Tx{{Act: store.Delete, Row: store.Row{Key: store.Key{Part: engine.ReceiptPart, Sort: fmt.Sprintf("%016x", 1)}}}})[0]; err != nil {
		t.Fatal(err)
	}
	if _, err := snd.Send(t.Context()); err != nil || len(b.told) != 1 || !b.told[0].All || b.told[0].Number != 3 {
		t.Errorf("told %+v, %v", b.told, err)
	}
}

// A receipt that is too large for an event comes in parts, which name together what it names, each within
// what EventBridge takes.
func TestParts(t *testing.T) {
	r := recommend.Receipt{Number: 7, At: time.Now().UTC(), Causes: []recommend.Cause{{Kind: recommend.CauseEditors}}, Lists: []string{}, Topics: []string{}}
	for i := range 400 {
		r.Lists = append(r.Lists, fmt.Sprintf("%0200d", i))
	}
	for i := range 600 {
		r.Topics = append(r.Topics, strings.Repeat("<", 120)+fmt.Sprintf("%05d", i)) // six bytes each in JSON
	}
	b := newBus(t, func() fault { return none })
	snd := sender(memory.New(), b)
	if err := snd.put(t.Context(), store.Row{Key: store.Key{Part: Part, Sort: "site"}}, []recommend.Receipt{r}); err != nil {
		t.Fatal(err)
	}
	var lists, topics []string
	for i, d := range b.told {
		if d.Part != i+1 || d.Parts != len(b.told) || d.Number != 7 || !d.At.Equal(r.At) || len(d.Causes) != 1 {
			t.Errorf("part %d is %d of %d, of receipt %d", i, d.Part, d.Parts, d.Number)
		}
		lists, topics = append(lists, d.Lists...), append(topics, d.Topics...)
	}
	if len(b.told) < 2 || !slices.Equal(lists, r.Lists) || !slices.Equal(topics, r.Topics) {
		t.Errorf("%d parts name %d lists and %d topics", len(b.told), len(lists), len(topics))
	}
	if b.bytes >= 256<<10 {
		t.Errorf("a request has %d bytes", b.bytes)
	}
	if small, err := snd.entries(recommend.Receipt{Number: 1}); err != nil || len(small) != 1 {
		t.Errorf("a small receipt has %d parts, %v", len(small), err)
	}
}
