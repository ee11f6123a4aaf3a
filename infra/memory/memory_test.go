package memory_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"akin/infra/memory"
	"akin/infra/test/storetest"
	"akin/recommend/store"
)

func TestStore(t *testing.T) {
	storetest.Run(t, func(*testing.T) store.Store { return memory.New() })
}

func TestOverlay(t *testing.T) {
	storetest.Run(t, func(*testing.T) store.Store { return memory.NewOverlay(memory.New()) })
}

// An overlay over a store with rows answers as a store with those rows would,
// and leaves them as they were. Every second key of the rows below is written
// over, every third deleted, and some are new.
func TestOverlayOverRows(t *testing.T) {
	const keys = 60
	key := func(i int) store.Key {
		return store.Key{Part: "p", Sort: string(rune('a'+i/26)) + string(rune('a'+i%26))}
	}
	put := func(t *testing.T, s store.Store, i int, rev uint64, data string) {
		t.Helper()
		if err := s.Apply(t.Context(), store.Tx{{Row: store.Row{Key: key(i), Rev: rev, Data: []byte(data)}}})[0]; err != nil {
			t.Fatal(err)
		}
	}
	base, plain := memory.New(), memory.New()
	for i := range keys {
		if i%5 != 0 {
			put(t, base, i, 1, "below")
			put(t, plain, i, 1, "below")
		}
	}
	over := memory.NewOverlay(base)
	for _, s := range []store.Store{over, plain} {
		for i := range keys {
			switch {
			case i%2 == 0:
				put(t, s, i, 2, "over")
			case i%3 == 0:
				if err := s.Apply(t.Context(), store.Tx{{Act: store.Delete, Row: store.Row{Key: key(i)}}})[0]; err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	for _, r := range []store.Range{
		{Part: "p"}, {Part: "p", Reverse: true}, {Part: "p", Limit: 1}, {Part: "p", Limit: 7, Reverse: true},
		{Part: "p", From: "ad", To: "bc", Limit: 3},
	} {
		want, got := scan(t, plain, r), scan(t, over, r)
		if want != got {
			t.Errorf("%+v: got\n%s\nwant\n%s", r, got, want)
		}
	}
	for i := range keys {
		rows, err := over.Get(t.Context(), store.Strong, key(i))
		if err != nil {
			t.Fatal(err)
		}
		want, err := plain.Get(t.Context(), store.Strong, key(i))
		if err != nil {
			t.Fatal(err)
		}
		if rows[0].Rev != want[0].Rev || string(rows[0].Data) != string(want[0].Data) {
			t.Errorf("Get(%v) = %+v, want %+v", key(i), rows[0], want[0])
		}
		below, err := base.Get(t.Context(), store.Strong, key(i))
		if err != nil {
			t.Fatal(err)
		}
		if rev := uint64(min(i%5, 1)); below[0].Rev != rev {
			t.Errorf("%v below has rev %d, want %d as before", key(i), below[0].Rev, rev)
		}
	}
	// A condition is held against what is below.
	err := over.Apply(t.Context(), store.Tx{{Row: store.Row{Key: key(1), Rev: 9}, Cond: store.Absent}})[0]
	if err == nil {
		t.Error("a row below counts as absent")
	}
}

func scan(t *testing.T, s store.Store, r store.Range) string {
	t.Helper()
	text := ""
	for row, err := range store.Scan(t.Context(), s, store.Strong, r) {
		if err != nil {
			t.Fatal(err)
		}
		text += row.Sort + " " + string(row.Data) + "\n"
	}
	return text
}

// What is written to a clone shows only there, and the other way round.
func TestClone(t *testing.T) {
	put := func(s store.Store, sort string) {
		t.Helper()
		row := store.Row{Key: store.Key{Part: "p", Sort: sort}, Rev: 1, Data: []byte(sort)}
		if err := s.Apply(t.Context(), store.Tx{{Row: row}})[0]; err != nil {
			t.Fatal(err)
		}
	}
	all := store.Range{Part: "p"}
	first := memory.New()
	put(first, "both")
	second := first.Clone()
	put(first, "first")
	put(second, "second")
	put(second, "third")
	for want, s := range map[string]*memory.Store{"both first": first, "both second third": second} {
		rows, _, err := s.Query(t.Context(), store.Strong, all)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, row := range rows {
			got = append(got, string(row.Data))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("got rows %q, want %s", got, want)
		}
	}
}

// A store that answers the same page for ever does not keep a scan for ever.
func TestScanEnds(t *testing.T) {
	s := circle{memory.New()}
	for _, reverse := range []bool{false, true} {
		n := 0
		var last error
		for _, err := range store.Scan(t.Context(), s, store.Strong, store.Range{Part: "p", Reverse: reverse}) {
			if n++; n > 10 {
				t.Fatal("the scan goes on")
			}
			last = err
		}
		var damage *store.DamageError
		if !errors.As(last, &damage) {
			t.Errorf("the scan ended with %v", last)
		}
	}
}

type circle struct{ store.Store }

func (circle) Query(context.Context, store.Consistency, store.Range) ([]store.Row, bool, error) {
	return []store.Row{{Key: store.Key{Part: "p", Sort: "a"}, Rev: 1}}, true, nil
}
