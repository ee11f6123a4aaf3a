package engine_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"akin/infra/test/storetest"
	"akin/recommend/store"
)

func ExampleRange_After() {
	forth := store.Range{Part: "topic", From: "2024", To: "2025", Limit: 20}
	last := store.Key{Part: "topic", Sort: "2024-03 rents"}
	fmt.Printf("%q to %q\n", forth.After(last).From, forth.To)
	back := store.Range{Part: "topic", Reverse: true}
	fmt.Printf("%q\n", back.After(last).To)
	// Output:
	// "2024-03 rents\x00" to "2025"
	// "2024-03 rents"
}

// Each broken rule is an error that names what breaks it.
func TestLimitsCheck(t *testing.T) {
	op := func(sort string) store.Op {
		return store.Op{Row: store.Row{Key: store.Key{Part: "p", Sort: sort}, Rev: 1, Data: []byte("1234")}}
	}
	with := func(change func(*store.Op)) store.Op {
		o := op("a")
		change(&o)
		return o
	}
	limits := store.Limits{Ops: 3, Bytes: 12}
	for _, tt := range []struct {
		name string
		txs  []store.Tx
		want []string // part of each error; "" for none
	}{
		{"all is well", []store.Tx{{op("a"), op("b")}, {}, {op("c")}}, []string{"", "", ""}},
		{"operations", []store.Tx{{op("a"), op("b"), op("c"), op("d")}}, []string{"4 operations, more than 3"}},
		{"bytes", []store.Tx{{op("a"), op("b")}, {op("cc"), op("d")}}, []string{"", "13 bytes, more than 12"}},
		{"a key twice", []store.Tx{{op("a"), op("a")}}, []string{`"p" "a": named twice in one transaction`}},
		{"a key in two", []store.Tx{{op("a")}, {op("b")}, {op("a")}}, []string{"", "", "in transactions 0 and 2"}},
		{"key", []store.Tx{{op("b"), op("\x00")}}, []string{`operation 1: key: sort "\x00" holds a NUL`}},
		{"rev", []store.Tx{{with(func(o *store.Op) { o.Row.Rev = 0 })}}, []string{`row "p" "a": rev is 0`}},
		{"data of a delete does not count", []store.Tx{{with(func(o *store.Op) {
			o.Act, o.Row.Data = store.Delete, make([]byte, 100)
		})}}, []string{""}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for i, err := range limits.Check(tt.txs) {
				if (err == nil) != (tt.want[i] == "") || err != nil && !strings.Contains(err.Error(), tt.want[i]) {
					t.Errorf("transaction %d: %v, want %q", i, err, tt.want[i])
				}
			}
		})
	}
}

// Scan stops at the first error and hands it on.
func TestScanError(t *testing.T) {
	s := storetest.NewMemory()
	for _, sort := range []string{"a", "b", "c"} {
		s.Apply(t.Context(), store.Tx{{Row: store.Row{Key: store.Key{Part: "p", Sort: sort}, Rev: 1}}})
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	paged := (&storetest.Faults{PageRows: 1}).Wrap(s)
	var got []string
	for row, err := range store.Scan(ctx, paged, store.Strong, store.Range{Part: "p"}) {
		if err != nil {
			if !errors.Is(err, context.Canceled) {
				t.Errorf("error %v", err)
			}
			got = append(got, "error")
			continue
		}
		got = append(got, row.Sort)
		if row.Sort == "b" {
			cancel()
		}
	}
	if d := cmp.Diff([]string{"a", "b", "error"}, got); d != "" {
		t.Errorf("Scan (-want +got):\n%s", d)
	}
}
