// Package storetest states, as tests, what every [store.Store] must do, and
// has what tests of its users need: a store in memory and one that fails by
// plan. It belongs in no program.
package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"akin/recommend/store"
)

// Run tests the stores that open returns. Each call of open returns an empty
// store; open arranges for its end with t.Cleanup.
func Run(t *testing.T, open func(t *testing.T) store.Store) {
	for _, tt := range []struct {
		name string
		run  func(t *testing.T, s store.Store)
	}{
		{"conditions", testConditions},
		{"a transaction happens whole or not at all", testAtomic},
		{"transactions of one call are independent", testIndependent},
		{"a transaction keeps within the limits", testLargest},
		{"what breaks the rules is refused", testRefused},
		{"rows come back as they were put", testRoundTrip},
		{"get keeps order, repeats, and answers missing rows", testGet},
		{"get takes any number of keys", testGetMany},
		{"get takes any number of bytes", testGetBig},
		{"query ranges", testRanges},
		{"query by prefix", testPrefix},
		{"query pages to the end", testPages},
		{"query pages by bytes", testBigPages},
		{"writes on one counter are not lost", testCounter},
		{"a swap is never half seen", testSwap},
		{"nothing happens after the context ended", testCancelled},
		{"bytes are not shared", testAliasing},
		{"the version tells of writes", testVersion},
	} {
		t.Run(tt.name, func(t *testing.T) { tt.run(t, open(t)) })
	}
}

// testVersion holds a store that tells whether it was written to, if it is one:
// its version grows with every write before that is answered, and with nothing
// else.
func testVersion(t *testing.T, s store.Store) {
	v, ok := s.(store.Versioner)
	if !ok {
		if number, settled, told := store.VersionOf(s); number != 0 || !settled || told {
			t.Errorf("VersionOf a store that tells no version = %d, %t, %t", number, settled, told)
		}
		return
	}
	before := uint64(0)
	for n := range 5 {
		mustApply(t, s, store.Tx{put(row("a", uint64(n+1), "x"))})
		after, settled := v.Version()
		if number, _, told := store.VersionOf(s); number != after || !told {
			t.Errorf("VersionOf = %d, told: %t; the store says %d", number, told, after)
		}
		if !settled || n > 0 && after <= before {
			t.Errorf("after write %d the version is %d, settled: %t; it was %d", n+1, after, settled, before)
		}
		before = after
		refused := store.Tx{{Row: row("a", 9, "y"), Cond: store.Absent}}
		if err := s.Apply(t.Context(), refused)[0]; !errors.Is(err, store.ErrCondition) {
			t.Fatal(err)
		}
		if _, err := s.Get(t.Context(), store.Strong, row("a", 0, "").Key); err != nil {
			t.Fatal(err)
		}
		if now, settled := v.Version(); !settled || now != before {
			t.Errorf("after a refused write and a read the version is %d, settled: %t; it was %d", now, settled, before)
		}
	}
}

// row returns a row of the part "p".
func row(sort string, rev uint64, data string) store.Row {
	return store.Row{Key: store.Key{Part: "p", Sort: sort}, Rev: rev, Data: []byte(data)}
}

func put(r store.Row) store.Op { return store.Op{Row: r} }

// mustApply applies transactions that must all succeed.
func mustApply(t *testing.T, s store.Store, txs ...store.Tx) {
	t.Helper()
	errs := s.Apply(t.Context(), txs...)
	if len(errs) != len(txs) {
		t.Fatalf("Apply of %d transactions answered %d errors", len(txs), len(errs))
	}
	for i, err := range errs {
		if err != nil {
			t.Fatalf("Apply: transaction %d: %v", i, err)
		}
	}
}

// mustPut puts rows, each by itself.
func mustPut(t *testing.T, s store.Store, rows ...store.Row) {
	t.Helper()
	txs := make([]store.Tx, len(rows))
	for i, r := range rows {
		txs[i] = store.Tx{put(r)}
	}
	mustApply(t, s, txs...)
}

func mustGet(t *testing.T, s store.Store, keys ...store.Key) []store.Row {
	t.Helper()
	rows, err := s.Get(t.Context(), store.Strong, keys...)
	if err != nil {
		t.Fatalf("Get of %d keys: %v", len(keys), err)
	}
	if len(rows) != len(keys) {
		t.Fatalf("Get of %d keys answered %d rows", len(keys), len(rows))
	}
	return rows
}

// diff compares rows; whether no data is nil or empty makes no difference.
func diff(want, got any) string { return cmp.Diff(want, got, cmp.Comparer(bytes.Equal)) }

// stored compares the row with the key of want to want; Rev 0 for no row.
func stored(t *testing.T, s store.Store, want store.Row) {
	t.Helper()
	if d := diff(want, mustGet(t, s, want.Key)[0]); d != "" {
		t.Errorf("row %q mismatch (-want +got):\n%s", want.Sort, d)
	}
}

// Each act under each condition, over no row and over one of rev 5, alone and
// within a transaction.
func testConditions(t *testing.T, s store.Store) {
	var before, after []store.Row
	var txs []store.Tx
	var names []string
	var holds []bool
	for _, tt := range []struct {
		name         string
		cond         store.Cond
		rev, want    uint64 // of the operation
		over0, over5 bool   // whether it holds over no row, over one of rev 5
	}{
		{"always", store.Always, 3, 0, true, true},
		{"absent", store.Absent, 3, 0, true, false},
		{"rev is 5", store.RevIs, 6, 5, false, true},
		{"rev is 4", store.RevIs, 6, 4, false, false},
		{"rev is 6", store.RevIs, 6, 6, false, false},
		{"rev is 0", store.RevIs, 6, 0, false, false},
		{"rev is less than 4", store.RevLess, 4, 0, true, false},
		{"rev is less than 5", store.RevLess, 5, 0, true, false},
		{"rev is less than 6", store.RevLess, 6, 0, true, true},
	} {
		for _, act := range []store.Act{store.Put, store.Delete, store.Check} {
			if act == store.Check && tt.cond == store.Always {
				continue
			}
			for _, alone := range []bool{true, false} {
				for _, there := range []bool{false, true} {
					old := row(fmt.Sprintf("row %d", len(txs)), 0, "")
					hold := tt.over0
					if there {
						old.Rev, old.Data = 5, []byte("old")
						before = append(before, old)
						hold = tt.over5
					}
					made := row(old.Sort, tt.rev, "new")
					tx := store.Tx{{Act: act, Row: made, Cond: tt.cond, Want: tt.want}}
					if !alone { // as the second operation
						tx = slices.Insert(tx, 0, put(row(old.Sort+" too", 1, "")))
					}
					switch {
					case !hold:
						after = append(after, old)
					case act == store.Put:
						after = append(after, made)
					case act == store.Delete:
						after = append(after, row(old.Sort, 0, ""))
					default:
						after = append(after, old)
					}
					txs, holds = append(txs, tx), append(holds, hold)
					names = append(names, fmt.Sprintf("act %d if %s, row there %v, alone %v", act, tt.name, there, alone))
				}
			}
		}
	}
	mustPut(t, s, before...)
	for i, err := range s.Apply(t.Context(), txs...) {
		if !holds[i] {
			conditionError(t, err, store.ConditionError{Op: len(txs[i]) - 1, Key: after[i].Key})
		} else if err != nil {
			t.Errorf("%s: %v", names[i], err)
		}
	}
	var keys []store.Key
	for _, r := range after {
		keys = append(keys, r.Key)
	}
	for i, got := range mustGet(t, s, keys...) {
		if d := diff(after[i], got); d != "" {
			t.Errorf("%s: row mismatch (-want +got):\n%s", names[i], d)
		}
	}
}

func conditionError(t *testing.T, err error, want store.ConditionError) {
	t.Helper()
	var got *store.ConditionError
	if !errors.As(err, &got) || !errors.Is(err, store.ErrCondition) {
		t.Errorf("Apply answered %v, want a ConditionError", err)
		return
	}
	if d := cmp.Diff(want, *got); d != "" {
		t.Errorf("ConditionError mismatch (-want +got):\n%s", d)
	}
}

func testAtomic(t *testing.T, s store.Store) {
	mustPut(t, s, row("a", 1, "a1"), row("b", 1, "b1"), row("c", 1, "c1"), row("g", 1, "g1"))
	absent := func(sort string) store.Op {
		return store.Op{Act: store.Check, Row: row(sort, 0, ""), Cond: store.Absent}
	}
	tx := store.Tx{
		put(row("a", 2, "a2")),
		{Act: store.Delete, Row: row("b", 0, "")},
		put(row("d", 1, "d1")),
		absent("e"),
		absent("c"), // does not hold
		put(row("f", 1, "f1")),
		absent("g"), // nor does this
	}
	conditionError(t, s.Apply(t.Context(), tx)[0], store.ConditionError{Op: 4, Key: row("c", 0, "").Key})
	for _, want := range []store.Row{
		row("a", 1, "a1"), row("b", 1, "b1"), row("c", 1, "c1"), row("d", 0, ""), row("f", 0, ""),
	} {
		stored(t, s, want)
	}
	tx = slices.Delete(tx, 4, 5)
	tx = slices.Delete(tx, 5, 6)
	mustApply(t, s, tx)
	for _, want := range []store.Row{
		row("a", 2, "a2"), row("b", 0, ""), row("c", 1, "c1"), row("d", 1, "d1"), row("e", 0, ""), row("f", 1, "f1"),
	} {
		stored(t, s, want)
	}
}

func testIndependent(t *testing.T, s store.Store) {
	if errs := s.Apply(t.Context()); len(errs) != 0 {
		t.Errorf("Apply of nothing answered %v", errs)
	}
	mustPut(t, s, row("there", 1, ""))
	var txs []store.Tx
	var want []store.Row
	fails := make(map[int]store.ConditionError)
	for i := range 120 {
		r := row(fmt.Sprintf("%03d", i), 7, strings.Repeat("x", i))
		tx := store.Tx{put(r)}
		switch i % 6 {
		case 1: // a condition that does not hold
			tx[0].Cond, tx[0].Want = store.RevIs, 6
			fails[i] = store.ConditionError{Key: r.Key}
		case 2: // one that holds
			tx[0].Cond = store.Absent
		case 3: // two writes
			r2 := row(r.Sort+"+", 1, "")
			tx = append(tx, put(r2))
			want = append(want, r2)
		case 4: // two writes, the second of which does not hold
			tx = append(tx, store.Op{Row: row(r.Sort+"+", 1, ""), Cond: store.RevIs, Want: 1})
			fails[i] = store.ConditionError{Op: 1, Key: tx[1].Row.Key}
			want = append(want, row(r.Sort+"+", 0, ""))
		case 5: // nothing at all
			tx = nil
			r.Rev = 0
		}
		if _, ok := fails[i]; ok {
			r.Rev = 0
		}
		if r.Rev == 0 {
			r.Data = nil
		}
		txs, want = append(txs, tx), append(want, r)
	}
	broken := len(txs)
	txs = append(txs, store.Tx{put(row("", 1, ""))})
	errs := s.Apply(t.Context(), txs...)
	if len(errs) != len(txs) {
		t.Fatalf("Apply of %d transactions answered %d errors", len(txs), len(errs))
	}
	for i, err := range errs[:broken] {
		if fail, ok := fails[i]; ok {
			conditionError(t, err, fail)
		} else if err != nil {
			t.Errorf("transaction %d: %v", i, err)
		}
	}
	if errs[broken] == nil {
		t.Error("a transaction without a key succeeded")
	}
	var keys []store.Key
	for _, r := range want {
		keys = append(keys, r.Key)
	}
	if d := diff(want, mustGet(t, s, keys...)); d != "" {
		t.Errorf("rows mismatch (-want +got):\n%s", d)
	}
}

// A transaction may have as many operations and bytes as Limits allows, of
// which a test needs no more than DynamoDB has.
func testLargest(t *testing.T, s store.Store) {
	limits := s.Limits()
	if limits.Ops < 100 || limits.Bytes < 3_900_000 {
		t.Fatalf("Limits() = %+v, less than DynamoDB's", limits)
	}
	var tx store.Tx
	data := strings.Repeat("\x00\xff", 3_900_000/200-8)
	for i := range 100 {
		tx = append(tx, put(row(fmt.Sprintf("%03d", i), 1, data)))
	}
	mustApply(t, s, tx)
	stored(t, s, tx[99].Row)

	tx = make(store.Tx, limits.Ops+1) // a million, where a file is the store
	for i := range tx {
		tx[i] = put(row("ops "+strconv.Itoa(i), 1, ""))
	}
	if err := s.Apply(t.Context(), tx)[0]; err == nil {
		t.Errorf("a transaction of %d operations succeeded", len(tx))
	}
	stored(t, s, row("ops 0", 0, ""))
	tx = nil
	most := make([]byte, store.MaxData)
	for i := range limits.Bytes/store.MaxData + 1 {
		r := row(fmt.Sprintf("bytes %d", i), 1, "")
		r.Data = most
		tx = append(tx, put(r))
	}
	if err := s.Apply(t.Context(), tx)[0]; err == nil {
		t.Errorf("a transaction of %d rows of %d bytes succeeded", len(tx), store.MaxData)
	}
	stored(t, s, row("bytes 0", 0, ""))
}

func testRefused(t *testing.T, s store.Store) {
	mustPut(t, s, row("a", 1, "before"))
	key := func(part, sort string) store.Key { return store.Key{Part: part, Sort: sort} }
	long := strings.Repeat("x", 513)
	for _, k := range []store.Key{
		key("", "a"), key("p", ""), key(long, "a"), key("p", long),
		key("p\x00", "a"), key("p", "\x00a"), key("p\xff", "a"), key("p", "a\xc3"),
	} {
		if rows, err := s.Get(t.Context(), store.Strong, key("p", "a"), k); err == nil {
			t.Errorf("Get(%q) = %v", k, rows)
		}
		for _, act := range []store.Act{store.Put, store.Delete, store.Check} {
			op := store.Op{Act: act, Row: store.Row{Key: k, Rev: 1}, Cond: store.Absent}
			if err := s.Apply(t.Context(), store.Tx{op})[0]; err == nil || errors.Is(err, store.ErrCondition) {
				t.Errorf("Apply(act %d of %q) = %v", act, k, err)
			}
		}
	}
	for _, r := range []store.Range{
		{Part: ""}, {Part: long}, {Part: "p\x00"}, {Part: "p\xff"}, {Part: "p", Limit: -1},
		{Part: "p", From: "\xff"}, {Part: "p", To: "\xff"}, {Part: "p", From: long + long}, {Part: "p", To: long + long},
	} {
		if rows, _, err := s.Query(t.Context(), store.Strong, r); err == nil {
			t.Errorf("Query(%+v) = %v", r, rows)
		}
	}
	huge := row("huge", 1, "")
	huge.Data = make([]byte, store.MaxData+1)
	old := row("old", 1, "")
	old.Expires = time.Unix(0, 0)
	for name, tx := range map[string]store.Tx{
		"rev 0":                        {put(row("a", 0, ""))},
		"data too long":                {put(huge)},
		"expires in 1970":              {put(old)},
		"an unknown act":               {{Act: 3, Row: row("a", 1, "")}},
		"an unknown condition":         {{Cond: 4, Row: row("a", 1, "")}},
		"a check of nothing":           {{Act: store.Check, Row: row("a", 1, "")}},
		"a rev less than 0":            {{Act: store.Delete, Row: row("a", 0, ""), Cond: store.RevLess}},
		"a key twice":                  {put(row("a", 2, "")), put(row("b", 1, "")), put(row("a", 3, ""))},
		"a key twice, once in a check": {put(row("a", 2, "")), {Act: store.Check, Row: row("a", 0, ""), Cond: store.Absent}},
	} {
		if err := s.Apply(t.Context(), tx)[0]; err == nil || errors.Is(err, store.ErrCondition) {
			t.Errorf("Apply of %s = %v", name, err)
		}
	}
	errs := s.Apply(t.Context(), store.Tx{put(row("c", 1, ""))}, store.Tx{put(row("d", 1, "")), put(row("c", 2, ""))})
	if errs[0] != nil || errs[1] == nil {
		t.Errorf("Apply of two transactions that name one key = %v, want an error for the second", errs)
	}
	stored(t, s, row("a", 1, "before"))
	stored(t, s, row("b", 0, ""))
	stored(t, s, row("c", 1, ""))
	stored(t, s, row("d", 0, ""))
}

func testRoundTrip(t *testing.T, s store.Store) {
	key := func(part, sort string) store.Key { return store.Key{Part: part, Sort: sort} }
	all := make([]byte, store.MaxData)
	for i := range all {
		all[i] = byte(i * 7 / 3)
	}
	until := time.Date(2101, 2, 3, 4, 5, 6, 0, time.UTC)
	want := []store.Row{
		{Key: key("p", "a"), Rev: 1, Data: []byte("plain")},
		{Key: key("p", "b"), Rev: 1<<64 - 1, Data: []byte{0, 255, 0}},
		{Key: key("p", "c"), Rev: 1},
		{Key: key("p", "d"), Rev: 1<<53 + 1, Data: all},
		{Key: key("p", "e"), Rev: 1, Data: []byte("f"), Expires: until},
		{Key: key(strings.Repeat("p", 512), strings.Repeat("s", 512)), Rev: 1, Data: []byte("long")},
		{Key: key("añb/#:\x01\x7f\U0001f600", "ñ\n\t\U0010ffff"), Rev: 2, Data: []byte("odd")},
		{Key: key("p\x01a", "b"), Rev: 3},
		{Key: key("p", "\x01a"), Rev: 4},
	}
	put := slices.Clone(want)
	put[4].Expires = until.Add(999 * time.Millisecond).In(time.FixedZone("", 3600)) // cut to seconds
	mustPut(t, s, put...)
	for _, r := range want {
		stored(t, s, r)
		rows, more, err := s.Query(t.Context(), store.Strong, store.Range{Part: r.Part, From: r.Sort, Limit: 1})
		if err != nil || len(rows) != 1 {
			t.Fatalf("Query from %q %q: %d rows, %v, %v", r.Part, r.Sort, len(rows), more, err)
		}
		if d := diff(r, rows[0]); d != "" {
			t.Errorf("Query from %q %q mismatch (-want +got):\n%s", r.Part, r.Sort, d)
		}
	}
	// A row is replaced whole.
	want[4].Rev, want[4].Data, want[4].Expires = 2, nil, time.Time{}
	mustPut(t, s, want[4])
	stored(t, s, want[4])
}

func testCancelled(t *testing.T, s store.Store) {
	mustPut(t, s, row("a", 1, "before"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Get(ctx, store.Strong, row("a", 0, "").Key); !errors.Is(err, context.Canceled) {
		t.Errorf("Get = %v, want context canceled", err)
	}
	if _, _, err := s.Query(ctx, store.Strong, store.Range{Part: "p"}); !errors.Is(err, context.Canceled) {
		t.Errorf("Query = %v, want context canceled", err)
	}
	errs := s.Apply(ctx, store.Tx{put(row("a", 2, ""))}, store.Tx{put(row("b", 1, "")), put(row("c", 1, ""))},
		store.Tx{{Row: row("d", 1, ""), Cond: store.Absent}})
	for i, err := range errs {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("Apply: transaction %d: %v, want context canceled", i, err)
		}
	}
	for _, want := range []store.Row{row("a", 1, "before"), row("b", 0, ""), row("c", 0, ""), row("d", 0, "")} {
		stored(t, s, want)
	}
}

func testAliasing(t *testing.T, s store.Store) {
	data := []byte("data")
	r := row("a", 1, "")
	r.Data = data
	mustPut(t, s, r)
	r2 := row("b", 1, "")
	r2.Data = data
	mustApply(t, s, store.Tx{put(r2), put(row("c", 1, ""))})
	copy(data, "XXXX")
	stored(t, s, row("a", 1, "data"))
	stored(t, s, row("b", 1, "data"))

	copy(mustGet(t, s, r.Key)[0].Data, "YYYY")
	stored(t, s, row("a", 1, "data"))
	twice := mustGet(t, s, r.Key, r.Key)
	copy(twice[0].Data, "ZZZZ")
	if got := string(twice[1].Data); got != "data" {
		t.Errorf("the answers for a repeated key share bytes: %q", got)
	}
	rows, _, err := s.Query(t.Context(), store.Strong, store.Range{Part: "p"})
	if err != nil || len(rows) == 0 {
		t.Fatalf("Query: %d rows, %v", len(rows), err)
	}
	_ = append(rows[0].Data, "appended"...) // must not run into another row
	copy(rows[0].Data, "YYYY")
	stored(t, s, row("a", 1, "data"))
	stored(t, s, row("b", 1, "data"))
	mustPut(t, s, row("a", 2, "next"))
	if got := string(rows[0].Data); got != "YYYY" {
		t.Errorf("a write changed bytes handed out before: %q", got)
	}
}
