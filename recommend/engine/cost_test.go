package engine_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"akin/infra/test/storetest"
	"akin/recommend"
	"akin/recommend/engine"
	"akin/recommend/store"
)

// A tally is a store that counts.
type tally struct {
	store.Store
	mu           sync.Mutex
	reads, calls int // rows asked for or answered; calls of any kind
	writes       int // operations that write
	bytes        int // of rows read and written
}

func (s *tally) Get(ctx context.Context, c store.Consistency, keys ...store.Key) ([]store.Row, error) {
	rows, err := s.Store.Get(ctx, c, keys...)
	s.count(len(keys), 0, rows)
	return rows, err
}

func (s *tally) Query(ctx context.Context, c store.Consistency, r store.Range) ([]store.Row, bool, error) {
	rows, more, err := s.Store.Query(ctx, c, r)
	s.count(len(rows), 0, rows)
	return rows, more, err
}

func (s *tally) Apply(ctx context.Context, txs ...store.Tx) []error {
	writes := 0
	var rows []store.Row
	for _, tx := range txs {
		for _, op := range tx {
			writes++
			rows = append(rows, op.Row)
		}
	}
	s.count(0, writes, rows)
	return s.Store.Apply(ctx, txs...)
}

func (s *tally) count(reads, writes int, rows []store.Row) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls++
	s.reads += reads
	s.writes += writes
	for _, r := range rows {
		s.bytes += len(r.Data)
	}
}

// A cost is what one thing took of the store.
type cost struct{ reads, writes, bytes, calls int }

func (s *tally) of(f func()) cost {
	s.reads, s.writes, s.bytes, s.calls = 0, 0, 0, 0
	f()
	return cost{s.reads, s.writes, s.bytes, s.calls}
}

// costs measures a publish of a new item, its correction, its withdrawal and a
// read, in a corpus of n items, of which twenty each are about one thing.
func costs(t *testing.T, n int) map[string]cost {
	t.Helper()
	const k, about = 10, 20
	s := &tally{Store: storetest.NewMemory()}
	settings := recommend.DefaultSettings()
	settings.K = k
	e := newEngine(t, s, settings)
	item := func(i, subject int, kind string) recommend.Item {
		return recommend.Item{
			ID: fmt.Sprintf("item%05d", i), Lang: "en", Date: "2024-01-02", Topics: []string{"t" + word(subject)},
			Title: fmt.Sprintf("%s %s %s %s", word(subject), word(subject+50_000), kind, word(i+200_000)), // no two are copies
		}
	}
	kinds := []string{"ledger", "survey", "atlas", "primer"}
	var items []recommend.Item
	for i := range n {
		items = append(items, item(i, i/about, kinds[i%4]))
	}
	e.put(t, items...)
	if _, err := e.indexer.Reindex(t.Context(), engine.ReindexOptions{}); err != nil {
		t.Fatal(err)
	}
	index := func() {
		t.Helper()
		if _, err := e.indexer.CatchUp(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	fresh, corrected := item(99_999, 3, "ledger"), item(99_999, 4, "atlas")
	fresh.Date, corrected.Date = "2025-01-02", "2025-01-02" // newer, so that it wins ties
	read := func() {
		t.Helper()
		if _, err := e.reader.Related(t.Context(), "item00050", recommend.Query{}); err != nil {
			t.Fatal(err)
		}
	}
	read() // a reader reads the settings of the generation once
	return map[string]cost{
		"publish": s.of(func() { e.put(t, fresh); index() }),
		"correct": s.of(func() { e.put(t, corrected); index() }),
		"withdraw": s.of(func() {
			if r := e.publisher.Withdraw(t.Context(), fresh.ID, 0); r.Err != nil {
				t.Fatal(r.Err)
			}
			index()
		}),
		"nothing": s.of(index),
		"read":    s.of(read),
	}
}

// word makes a word of letters for a number, different for each.
func word(n int) string {
	const consonants, vowels = "bdfgklmnprtvz", "aiou"
	var b []byte
	for range 5 {
		b = append(b, consonants[n%13], vowels[n/13%4])
		n /= 52
	}
	return string(append(b, 'k'))
}

// Promise 3: what a publish and a read take of the store follows the lists that
// change, and not the corpus.
func TestCostFollowsTheChange(t *testing.T) {
	small, large := costs(t, 200), costs(t, 1600)
	for what, most := range map[string]cost{
		// The item's own rows are a dozen; of the twenty lists about its subject,
		// all may change, and for a correction those of two subjects.
		"publish":  {reads: 40, writes: 40, bytes: 15_000, calls: 20},
		"correct":  {reads: 40, writes: 64, bytes: 30_000, calls: 20},
		"withdraw": {reads: 40, writes: 40, bytes: 15_000, calls: 20},
		"nothing":  {reads: 2, calls: 3, bytes: 2000},
		"read":     {reads: 50, calls: 5, bytes: 15_000},
	} {
		got := large[what]
		t.Logf("%s: %+v of 200 items, %+v of 1,600", what, small[what], got)
		if got.reads > most.reads || got.writes > most.writes || got.bytes > most.bytes || got.calls > most.calls {
			t.Errorf("%s takes %+v, more than %+v", what, got, most)
		}
		if s := small[what]; got.reads > s.reads+2 || got.writes > s.writes+8 || got.calls > s.calls+2 {
			t.Errorf("%s takes %+v of 200 items and %+v of 1,600: it grows with the corpus", what, s, got)
		}
	}
	if large["publish"].writes < 10 {
		t.Errorf("a publish writes %d rows; the test changes too little", large["publish"].writes)
	}
}
