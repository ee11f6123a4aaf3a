package dynamo_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"akin/infra/dynamo"
	"akin/infra/memory"
	"akin/infra/test/dynamotest"
	"akin/infra/test/storetest"
	"akin/recommend/store"
)

// A bill is what DynamoDB says that requests consumed.
type bill struct {
	mu sync.Mutex
	u  store.Usage
}

func (b *bill) meter(op string, read, write float64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.u.Add(store.Usage{Requests: 1, ReadUnits: read, WriteUnits: write, Operations: map[string]int{op: 1}})
}

func (b *bill) take() store.Usage {
	b.mu.Lock()
	defer b.mu.Unlock()
	u := b.u
	b.u = store.Usage{}
	return u
}

// A Meter counts the requests and units that DynamoDB says it was asked for. The
// rows of transactions are small here: for larger ones DynamoDB Local counts more
// than DynamoDB's price list. For rows that are not there it counts nothing in
// batches and queries, and for the checks of a transaction neither, where DynamoDB
// counts the least unit; so there are none.
func TestMeterAgreesWithDynamoDB(t *testing.T) {
	t.Parallel()
	var b bill
	table := dynamotest.Open(t, nil, dynamo.WithMeter(b.meter))
	m := store.NewMeter(memory.New())
	key := func(sort string) store.Key { return store.Key{Part: "p", Sort: sort} }
	filled := func(n int) string { return strings.Repeat("x", n) }
	conditional := func(r store.Row) store.Op { return store.Op{Row: r, Cond: store.RevLess} }
	var steps []func(store.Store) error
	var names []string
	apply := func(name string, txs ...store.Tx) {
		names = append(names, name)
		steps = append(steps, func(s store.Store) error {
			for i, err := range s.Apply(t.Context(), txs...) {
				if err != nil {
					return fmt.Errorf("transaction %d: %w", i, err)
				}
			}
			return nil
		})
	}
	get := func(name string, c store.Consistency, keys ...store.Key) {
		names = append(names, name)
		steps = append(steps, func(s store.Store) error { _, err := s.Get(t.Context(), c, keys...); return err })
	}
	query := func(name string, c store.Consistency, r store.Range) {
		names = append(names, name)
		steps = append(steps, func(s store.Store) error {
			for _, err := range store.Scan(t.Context(), s, c, r) {
				if err != nil {
					return err
				}
			}
			return nil
		})
	}

	apply("put", store.Tx{put(row("a", 1, filled(5000)))})
	apply("put nothing", store.Tx{put(row("empty", 1, ""))})
	// Sizes about the bound of a unit, and numbers of all lengths.
	for _, rev := range []uint64{9, 10, 11, 99, 100, 101, 1000, 12_300, 10_000_000, 1<<40 + 1, 1<<62 + 1} {
		var txs []store.Tx
		for n := 990; n <= 1014; n++ {
			r := row(fmt.Sprintf("%d of rev %d", n, rev), rev, filled(n))
			txs = append(txs, store.Tx{put(r)})
		}
		apply(fmt.Sprint("rev ", rev), txs...)
	}
	var txs []store.Tx
	for n := 990; n <= 1014; n++ {
		r := row(fmt.Sprint(n), 1, filled(n))
		r.Expires = time.Unix(4_000_000_000+int64(n), 0)
		txs = append(txs, store.Tx{put(r)})
	}
	apply("expiring", txs...)
	apply("replace large by small", store.Tx{put(row("a", 2, ""))})
	apply("replace small by large", store.Tx{put(row("a", 3, filled(9000)))})
	apply("condition", store.Tx{conditional(row("a", 4, filled(3000)))})
	apply("delete large", store.Tx{{Act: store.Delete, Row: row("a", 0, "")}})
	apply("delete nothing", store.Tx{{Act: store.Delete, Row: row("a", 0, "")}})
	var many []store.Tx
	for i := range 60 {
		many = append(many, store.Tx{put(row(fmt.Sprintf("many %02d", i), 1, filled(97*i)))})
	}
	apply("batches", many...)
	apply("batches again", many[20:]...)
	apply("batch and others",
		store.Tx{put(row("many 01", 2, "")), put(row("many 02", 2, ""))},
		store.Tx{put(row("many 03", 2, ""))},
		store.Tx{{Act: store.Delete, Row: row("many 04", 0, "")}},
		store.Tx{conditional(row("many 05", 2, ""))})
	apply("transaction",
		store.Tx{put(row("t1", 1, filled(700))), put(row("t2", 1, ""))})
	apply("transaction that replaces and deletes",
		store.Tx{put(row("t1", 2, "")), {Act: store.Delete, Row: row("t2", 0, "")}, {Act: store.Delete, Row: row("none", 0, "")}})
	apply("check", store.Tx{{Act: store.Check, Row: row("t1", 0, ""), Cond: store.RevIs, Want: 2}})

	for _, c := range []store.Consistency{store.Strong, store.Eventual} {
		get(fmt.Sprint("get ", c), c, key("many 59"))
		get(fmt.Sprint("get nothing ", c), c, key("none"))
		get(fmt.Sprint("get some, one twice ", c), c, key("many 59"), key("many 50"), key("many 59"), key("empty"))
		var keys []store.Key
		for i := range 60 {
			if i != 4 { // deleted
				keys = append(keys, key(fmt.Sprintf("many %02d", i)))
			}
			keys = append(keys, key(fmt.Sprintf("%d of rev %d", 990+i%25, 9+i/25)))
		}
		get(fmt.Sprint("get many ", c), c, keys...)
		query(fmt.Sprint("query all ", c), c, store.Range{Part: "p"})
		query(fmt.Sprint("query some ", c), c, store.Prefix("p", "many 5"))
	}
	for i, step := range steps {
		for _, s := range []store.Store{table, m} {
			if err := step(s); err != nil {
				t.Fatalf("%s: %v", names[i], err)
			}
		}
		want, got := b.take(), m.Take()
		got.Reads, got.Writes, got.BytesRead, got.BytesWritten = 0, 0, 0, 0
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s (-DynamoDB +Meter):\n%s", names[i], d)
		}
	}
}

// A Meter counts rows and bytes by the sizes of their attributes: pk 2+1, sk 2+1,
// r 1+2, d 1+10 make 20 bytes.
func TestMeterCountsRows(t *testing.T) {
	t.Parallel()
	m := store.NewMeter(memory.New())
	tx := store.Tx{put(row("a", 1, "0123456789"))}
	for _, err := range m.Apply(t.Context(), tx, store.Tx{put(row("b", 1, "0123456789")), put(row("c", 1, "0123456789"))}) {
		if err != nil {
			t.Fatal(err)
		}
	}
	want := store.Usage{
		Requests: 2, Writes: 3, WriteUnits: 5, BytesWritten: 75,
		Operations: map[string]int{"PutItem": 1, "TransactWriteItems": 1},
	}
	if d := cmp.Diff(want, m.Take()); d != "" {
		t.Errorf("writes (-want +got):\n%s", d)
	}
	if err := m.Apply(t.Context(), store.Tx{{Row: row("a", 1, "0"), Cond: store.Absent}})[0]; !errors.Is(err, store.ErrCondition) {
		t.Errorf("Apply = %v", err)
	}
	if _, err := m.Get(t.Context(), store.Eventual, row("a", 0, "").Key, row("none", 0, "").Key); err != nil {
		t.Error(err)
	}
	if _, _, err := m.Query(t.Context(), store.Strong, store.Range{Part: "p", Limit: 2}); err != nil {
		t.Error(err)
	}
	want = store.Usage{
		Requests: 3, Reads: 4, Writes: 1, ReadUnits: 2, WriteUnits: 1, BytesRead: 75, BytesWritten: 16,
		Operations: map[string]int{"PutItem": 1, "BatchGetItem": 1, "Query": 1},
	}
	if d := cmp.Diff(want, m.Take()); d != "" {
		t.Errorf("a refused write and reads (-want +got):\n%s", d)
	}
	if d := cmp.Diff(store.Usage{}, m.Take()); d != "" {
		t.Errorf("after Take (-want +got):\n%s", d)
	}
}

// A store that passes through a Meter is a store still.
func TestMeterIsAStore(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(*testing.T) store.Store { return store.NewMeter(memory.New()) })
}
