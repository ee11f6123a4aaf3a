package dynamo_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"akin/infra/dynamo"
	"akin/infra/test/dynamotest"
	"akin/infra/test/tools"
	"akin/recommend"
	"akin/recommend/engine"
	"akin/recommend/store"
	"akin/recommend/text"
)

// A moody connection meets the faults that it was told last.
type moody struct {
	mu sync.Mutex
	rt http.RoundTripper
}

func (m *moody) RoundTrip(r *http.Request) (*http.Response, error) {
	m.mu.Lock()
	rt := m.rt
	m.mu.Unlock()
	return rt.RoundTrip(r)
}

func (m *moody) meet(f *dynamotest.Faults, o *dynamotest.Overlap) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f.Base = o
	m.rt = f.Transport()
}

// A newsroom hands items to an engine over a table whose requests fail, and
// keeps what was accepted.
type newsroom struct {
	t         *testing.T
	table     string
	moody     *moody
	overlap   *dynamotest.Overlap // below all faults
	failing   store.Store         // over moody
	now       time.Time
	publisher *engine.Publisher
	indexer   *engine.Indexer // warm, over failing
	accepted  map[string]recommend.Item
	doubtful  map[string]recommend.Item // handed over, answered by an error
}

func newNewsroom(t *testing.T, tries int) *newsroom {
	n := &newsroom{
		t: t, table: dynamotest.Table(t), moody: &moody{}, overlap: &dynamotest.Overlap{Longest: time.Millisecond}, now: time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC),
		accepted: map[string]recommend.Item{}, doubtful: map[string]recommend.Item{},
	}
	n.moody.meet(&dynamotest.Faults{}, n.overlap)
	n.failing = dynamo.New(dynamotest.Client(t, n.moody), n.table,
		dynamo.WithReadRetries(tries, time.Millisecond), dynamo.WithWriteRetries(tries, time.Millisecond))
	n.restart()
	return n
}

// settings keep lists short, so that items enter and leave them all the time.
// There are no word lists: to read them at every restart takes longer than what
// is tested.
func settings() recommend.Settings {
	s := recommend.DefaultSettings()
	s.K, s.MinScore, s.Odds = 3, 0, 0
	s.Text = text.Settings{}
	return s
}

// restart opens a new engine over the failing connection, after every lease.
func (n *newsroom) restart() {
	n.now = n.now.Add(time.Minute)
	n.publisher, n.indexer, _ = n.open(n.failing)
}

func (n *newsroom) open(s store.Store) (*engine.Publisher, *engine.Indexer, *engine.Reader) {
	now := n.now
	clock := func() time.Time { return now }
	p, err := engine.NewPublisher(s, settings(), engine.PublisherOptions{Now: clock})
	if err != nil {
		n.t.Fatal(err)
	}
	return p, engine.NewIndexer(s, settings(), engine.IndexerOptions{Now: clock}),
		engine.NewReader(s, engine.ReaderOptions{Now: clock})
}

// hand hands an item over once and keeps the answer.
func (n *newsroom) hand(p *engine.Publisher, it recommend.Item) error {
	n.t.Helper()
	return n.keep(it, n.give(p, it))
}

func (n *newsroom) give(p *engine.Publisher, it recommend.Item) recommend.Result {
	if it.Status == recommend.Withdrawn {
		return p.Withdraw(n.t.Context(), it.ID, it.Version)
	}
	return p.Put(n.t.Context(), it)[0]
}

// handTogether hands different items over at once, each to a process of its own, while
// the indexer works.
func (n *newsroom) handTogether(rng *rand.Rand) error {
	items := map[string]recommend.Item{}
	for range 6 {
		it := n.item(rng)
		items[it.ID] = it
	}
	var mu sync.Mutex
	results := map[string]recommend.Result{}
	var wait sync.WaitGroup
	for _, it := range items {
		p, _, _ := n.open(n.failing)
		wait.Go(func() {
			r := n.give(p, it)
			mu.Lock()
			results[it.ID] = r
			mu.Unlock()
		})
	}
	_, err := n.indexer.CatchUp(n.t.Context())
	wait.Wait()
	for id, r := range results {
		err = errors.Join(err, n.keep(items[id], r))
	}
	return err
}

// keep keeps the answer to an item.
func (n *newsroom) keep(it recommend.Item, r recommend.Result) error {
	n.t.Helper()
	var conflict *recommend.ConflictError
	if errors.As(r.Err, &conflict) {
		n.t.Fatalf("version %d of %q is refused: %v", it.Version, it.ID, r.Err)
	}
	if r.Err != nil {
		n.doubtful[it.ID] = it
		return r.Err
	}
	delete(n.doubtful, it.ID)
	n.accepted[it.ID] = it
	return nil
}

var vocabulary = strings.Fields("flood rent harbour visa bus school heat clinic market border tram orchard")

// item makes the next version of one of 12 items.
func (n *newsroom) item(rng *rand.Rand) recommend.Item {
	id := fmt.Sprint("item", rng.IntN(12))
	if it, ok := n.doubtful[id]; ok {
		return it // as a publishing system repeats what was not answered
	}
	var words []string
	for range 1 + rng.IntN(4) {
		words = append(words, vocabulary[rng.IntN(len(vocabulary))])
	}
	it := recommend.Item{
		ID: id, Title: strings.Join(words, ", "), Lang: "en", Topics: []string{"cities", "ports"}[:rng.IntN(3)],
		Version: n.accepted[id].Version + 1, Status: recommend.Published,
	}
	if rng.IntN(6) == 0 {
		it = recommend.Item{ID: id, Version: it.Version, Status: recommend.Withdrawn}
	}
	return it
}

// verify heals the connection and holds the table to the promises: what was
// accepted is there, what was not can be handed over again, every list is exact.
func (n *newsroom) verify() {
	n.t.Helper()
	n.now = n.now.Add(time.Minute)
	publisher, indexer, reader := n.open(dynamo.New(dynamotest.Client(n.t, nil), n.table))
	for _, it := range n.doubtful {
		if err := n.hand(publisher, it); err != nil {
			n.t.Fatalf("handing %q over again: %v", it.ID, err)
		}
	}
	live := 0
	for id, want := range n.accepted {
		got, err := reader.Item(n.t.Context(), id)
		if err != nil {
			n.t.Errorf("%q was accepted: %v", id, err)
			continue
		}
		if got.Version != want.Version || got.Status != want.Status || got.Title != want.Title {
			n.t.Errorf("%q is version %d (%s, %q), accepted was %d (%s, %q)",
				id, got.Version, got.Status, got.Title, want.Version, want.Status, want.Title)
		}
		if want.Status != recommend.Withdrawn {
			live++
		}
	}
	differences, lists, err := indexer.Check(n.t.Context(), nil)
	if err != nil && !errors.Is(err, engine.ErrNoGeneration) {
		n.t.Fatal(err)
	}
	for _, d := range differences {
		n.t.Errorf("not exact: %v", d)
	}
	if err == nil && lists != live {
		n.t.Errorf("%d lists for %d items", lists, live)
	}
	if s, err := reader.Status(n.t.Context()); err != nil || len(s.DeadLetters) > 0 || s.Items != live {
		n.t.Errorf("status %+v, %v; want %d items", s, err, live)
	}
}

// The engine keeps its promises on a table as on a file.
func TestEngine(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t, 12)
	rng := rand.New(rand.NewPCG(1, 1))
	steps := []func(context.Context) error{
		func(ctx context.Context) error { _, err := n.indexer.CatchUp(ctx); return err },
		func(ctx context.Context) error {
			_, err := n.indexer.Reindex(ctx, engine.ReindexOptions{Force: true})
			return err
		},
		func(ctx context.Context) error { _, err := n.indexer.Rollback(ctx); return err },
	}
	for i, step := range []int{1, 0, 1, 2} {
		for range 6 {
			if err := n.hand(n.publisher, n.item(rng)); err != nil {
				t.Fatal(err)
			}
		}
		if err := steps[step](t.Context()); err != nil {
			t.Fatalf("step %d: %v", i, err)
		}
		n.verify()
		n.restart()
	}
}

// sweep lets do meet one fault of each kind at its requests number 1, 1+step and
// so on up to last, each kind starting at another; by engines that give up at
// once and engines that try again.
func sweep(t *testing.T, last, step int, do func(n *newsroom)) {
	var rooms []*newsroom
	for _, tries := range []int{1, 3} {
		n := newNewsroom(t, tries)
		rooms = append(rooms, n)
		rng := rand.New(rand.NewPCG(2, 2))
		for range 12 {
			if err := n.hand(n.publisher, n.item(rng)); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := n.indexer.Reindex(t.Context(), engine.ReindexOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	injected := map[dynamotest.Kind]int{}
	for kind := dynamotest.Throttled; kind <= dynamotest.Unprocessed; kind++ {
		for at := 1 + int(kind)%step; at <= last; at += step {
			n := rooms[(at/step+int(kind))%len(rooms)]
			f := &dynamotest.Faults{Seed: uint64(at), At: at, Kind: kind}
			n.moody.meet(f, n.overlap)
			do(n)
			injected[kind] += f.Injected(kind)
		}
	}
	for _, n := range rooms {
		n.verify()
	}
	t.Logf("faults by kind: %v", injected)
	if injected[dynamotest.Lost] == 0 || injected[dynamotest.TimedOut] == 0 {
		t.Errorf("faults by kind: %v", injected)
	}
}

// One fault anywhere in a publish, from the handing over to the last list, loses
// nothing that was accepted, and what was not can be handed over again.
func TestFaultInPublish(t *testing.T) {
	tools.SkipRaced(t)
	t.Parallel()
	rng := rand.New(rand.NewPCG(5, 5))
	sweep(t, 21, stride(5), func(n *newsroom) {
		// Errors are what this is about; verify finds what they left.
		_ = n.hand(n.publisher, n.item(rng))
		_, _ = n.indexer.CatchUp(n.t.Context())
	})
}

// Nor does one anywhere in a rebuild.
func TestFaultInRebuild(t *testing.T) {
	tools.SkipRaced(t)
	t.Parallel()
	rng := rand.New(rand.NewPCG(6, 6))
	sweep(t, 300, stride(149), func(n *newsroom) {
		_ = n.hand(n.publisher, n.item(rng))
		_, _ = n.indexer.Reindex(n.t.Context(), engine.ReindexOptions{Force: true})
	})
}

// stride is short, or a fraction of it where the environment asks for many faults.
func stride(short int) int {
	if os.Getenv(faultsEnv) != "" {
		return max(1, short/17)
	}
	return short
}

// faultsEnv names the environment variable that may hold how many faults
// TestFaults injects.
const faultsEnv = "AKIN_DYNAMO_FAULTS"

// Random faults over publishes, corrections, withdrawals, rebuilds, ways back and
// restarts: 60 of them, or as many as AKIN_DYNAMO_FAULTS says.
func TestFaults(t *testing.T) {
	tools.SkipRaced(t)
	t.Parallel()
	goal := 60
	if s := os.Getenv(faultsEnv); s != "" {
		var err error
		if goal, err = strconv.Atoi(s); err != nil {
			t.Fatalf("%s: %v", faultsEnv, err)
		}
	}
	n := newNewsroom(t, 2)
	rng := rand.New(rand.NewPCG(3, 3))
	kinds := map[dynamotest.Kind]int{}
	total, failed := 0, map[string]int{}
	attempt := func(what string, err error) {
		failed[what+" tried"]++
		if err != nil {
			failed[what+" failed"]++
		}
	}
	for round, told := uint64(1), 0; total < goal; round++ {
		f := &dynamotest.Faults{Seed: round, Chances: map[dynamotest.Kind]float64{
			dynamotest.Throttled: 0.01, dynamotest.Conflict: 0.02, dynamotest.ServerError: 0.01,
			dynamotest.TimedOut: 0.01, dynamotest.Lost: 0.02, dynamotest.Unprocessed: 0.05,
		}}
		n.moody.meet(f, n.overlap)
		for range 12 {
			switch rng.IntN(12) {
			default:
				attempt("publish", n.hand(n.publisher, n.item(rng)))
			case 0, 1, 2:
				_, err := n.indexer.CatchUp(t.Context())
				attempt("catch up", err)
			case 3:
				_, err := n.indexer.Reindex(t.Context(), engine.ReindexOptions{Force: true})
				attempt("rebuild", err)
			case 4:
				_, err := n.indexer.Rollback(t.Context())
				attempt("rollback", err)
			case 5:
				n.restart()
			case 6, 7:
				attempt("publish together", n.handTogether(rng))
			}
		}
		for kind := dynamotest.Throttled; kind <= dynamotest.Unprocessed; kind++ {
			kinds[kind] += f.Injected(kind)
			total += f.Injected(kind)
		}
		n.verify()
		n.restart()
		if t.Failed() {
			t.Fatalf("in round %d", round)
		}
		if total/1000 > told/1000 {
			t.Logf("%d faults so far, no item lost, no list inexact", total)
		}
		told = total
	}
	t.Logf("%d faults (by kind: %v): %v", total, kinds, failed)
	for kind := dynamotest.Throttled; kind <= dynamotest.Unprocessed; kind++ {
		if kinds[kind] == 0 && goal >= 1000 { // a short run may meet no batch that can be cut
			t.Errorf("no fault of kind %d was injected", kind)
		}
	}
}
