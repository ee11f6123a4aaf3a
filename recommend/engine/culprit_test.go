package engine_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"akin/infra/memory"
	"akin/recommend"
	"akin/recommend/store"
)

// A smallStore takes few operations at once, and may be out of order.
type smallStore struct {
	store.Store
	ops   int
	down  bool
	calls int // of Apply
}

func (s *smallStore) Limits() store.Limits { return store.Limits{Ops: s.ops, Bytes: 4 << 20} }

func (s *smallStore) Apply(ctx context.Context, txs ...store.Tx) []error {
	s.calls++
	if !s.down {
		return s.Store.Apply(ctx, txs...)
	}
	errs := make([]error, len(txs))
	for i := range errs {
		errs[i] = errors.New("out of order")
	}
	return errs
}

// What is wrong with one item is said of that one, and keeps no other from being
// stored, wherever it lies among them.
func TestCulpritsAreRefusedAlone(t *testing.T) {
	t.Parallel()
	words := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "w%dx%d ", i, i*i)
		}
		return b.String()
	}
	many := make([]string, recommend.MaxTopics)
	for i := range many {
		many[i] = fmt.Sprint("topic-", i)
	}
	const items, damaged, long, wide = 300, 250, 17, 77
	for _, ops := range []int{100, 5000} {
		s := &smallStore{Store: memory.New(), ops: ops}
		e := newEngine(t, s, shortLists())
		e.put(t, recommend.Item{ID: fmt.Sprint("item", damaged), Title: "Before", Lang: "en"})
		for part := range 64 { // of records: there is only one
			for row, err := range store.Scan(t.Context(), s, store.Strong, store.Range{Part: fmt.Sprint("item/", part)}) {
				if err != nil {
					t.Fatal(err)
				}
				row.Data = []byte("damage")
				if err := s.Apply(t.Context(), store.Tx{{Row: row}})[0]; err != nil {
					t.Fatal(err)
				}
			}
		}
		batch := make([]recommend.Item, items)
		for i := range batch {
			batch[i] = recommend.Item{ID: fmt.Sprint("item", i), Title: fmt.Sprint("Work ", i), Lang: "en"}
		}
		batch[long].Body = words(recommend.MaxBody / 20)
		batch[wide].Topics = many
		for i := range 32 {
			batch[wide].Aliases = append(batch[wide].Aliases, fmt.Sprint("/old/", i))
		}
		for i, r := range e.publisher.Put(t.Context(), batch...) {
			var invalid *recommend.InvalidError
			var unstorable *recommend.UnstorableError
			switch {
			case i == damaged:
				if !errors.As(r.Err, &unstorable) || unstorable.ID != r.ID || !strings.Contains(r.Err.Error(), "damaged") {
					t.Errorf("%d operations: what is damaged: %+v", ops, r)
				}
			case i == long:
				if !errors.As(r.Err, &invalid) || invalid.Field != "body" {
					t.Errorf("%d operations: what has too many terms: %.300v", ops, r)
				}
			case i == wide: // the store below takes 100 whatever is said
				if !errors.As(r.Err, &unstorable) || !strings.Contains(r.Err.Error(), map[int]string{100: "writes at once", 5000: "102 operations"}[ops]) {
					t.Errorf("%d operations: what takes too many: %+v", ops, r)
				}
			case r.Err != nil || r.Outcome != recommend.Created:
				t.Errorf("%d operations: item %d: %+v", ops, i, r)
			}
		}
	}
}

// A store that is out of order is not asked again for every item.
func TestStoreOutOfOrderIsAskedFewTimes(t *testing.T) {
	t.Parallel()
	s := &smallStore{Store: memory.New(), ops: 100_000}
	e := newEngine(t, s, shortLists())
	s.down = true
	batch := make([]recommend.Item, 1000)
	for i := range batch {
		batch[i] = recommend.Item{ID: fmt.Sprint("item", i), Title: fmt.Sprint("Work ", i), Lang: "en"}
	}
	var unstorable *recommend.UnstorableError
	for i, r := range e.publisher.Put(t.Context(), batch...) {
		if r.Outcome != recommend.Rejected || r.ID != batch[i].ID || errors.As(r.Err, &unstorable) || !strings.Contains(r.Err.Error(), "out of order") {
			t.Fatalf("item %d: %+v", i, r)
		}
	}
	if s.calls > 50 {
		t.Errorf("the store was asked %d times", s.calls)
	}
	s.down = false
	e.put(t, batch...)
}
