package storetest_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"akin/infra/test/storetest"
	"akin/recommend/store"
)

func TestMemory(t *testing.T) {
	storetest.Run(t, func(*testing.T) store.Store { return storetest.NewMemory() })
}

// Without faults, and with short pages and random order, a wrapped store is as
// good as its own.
func TestNoFaults(t *testing.T) {
	storetest.Run(t, func(*testing.T) store.Store {
		f := &storetest.Faults{Shuffle: true, PageRows: 3}
		return f.Wrap(storetest.NewMemory())
	})
}

func tx(sort string) store.Tx {
	return store.Tx{{Row: store.Row{Key: store.Key{Part: "p", Sort: sort}, Rev: 1}}}
}

// rows returns the sorts that s holds.
func rows(t *testing.T, s store.Store) []string {
	t.Helper()
	var sorts []string
	for r, err := range store.Scan(t.Context(), s, store.Strong, store.Range{Part: "p"}) {
		if err != nil {
			t.Fatal(err)
		}
		sorts = append(sorts, r.Sort)
	}
	return sorts
}

// A crash at each write point, before and after the write, leaves exactly the
// writes up to it, whatever the calls they came in.
func TestCrashAtEachWrite(t *testing.T) {
	scenario := func(s store.Store) []error {
		errs := s.Apply(t.Context(), tx("a"))
		errs = append(errs, s.Apply(t.Context(), tx("b"), tx("c"), tx("d"))...)
		return append(errs, s.Apply(t.Context(), tx("e"))...)
	}
	all := []string{"a", "b", "c", "d", "e"}
	count := &storetest.Faults{}
	scenario(count.Wrap(storetest.NewMemory()))
	if count.Writes() != len(all) {
		t.Fatalf("Writes() = %d, want %d", count.Writes(), len(all))
	}
	for at := 1; at <= count.Writes(); at++ {
		for _, written := range []bool{false, true} {
			memory := storetest.NewMemory()
			f := &storetest.Faults{CrashAt: at, CrashWritten: written}
			s := f.Wrap(memory)
			for i, err := range scenario(s) {
				if crashed := i+1 >= at; crashed != errors.Is(err, storetest.ErrCrashed) {
					t.Errorf("crash at %d: write %d answered %v", at, i+1, err)
				}
			}
			want := at - 1
			if written {
				want = at
			}
			if got := rows(t, memory); !slices.Equal(got, all[:want]) {
				t.Errorf("crash at %d, written %v: left %q, want %q", at, written, got, all[:want])
			}
			if _, err := s.Get(t.Context(), store.Strong, store.Key{Part: "p", Sort: "a"}); !errors.Is(err, storetest.ErrCrashed) {
				t.Errorf("Get after the crash = %v", err)
			}
			if !f.Crashed() {
				t.Error("Crashed() = false")
			}
		}
	}
}

// Faults by chance: a failed write happened or not as its kind says, and the
// same seed gives the same faults.
func TestChances(t *testing.T) {
	run := func(f *storetest.Faults) (failed, there int) {
		memory := storetest.NewMemory()
		s := f.Wrap(memory)
		for i := range 200 {
			switch err := s.Apply(t.Context(), tx(fmt.Sprintf("%03d", i)))[0]; {
			case errors.Is(err, storetest.ErrFault):
				failed++
			case err != nil:
				t.Fatal(err)
			}
		}
		return failed, len(rows(t, memory))
	}
	if failed, there := run(&storetest.Faults{Seed: 1, Before: 0.3}); failed < 30 || failed > 90 || there != 200-failed {
		t.Errorf("Before: %d failed, %d there", failed, there)
	}
	if failed, there := run(&storetest.Faults{Seed: 1, After: 0.3}); failed < 30 || failed > 90 || there != 200 {
		t.Errorf("After: %d failed, %d there", failed, there)
	}
	f1, t1 := run(&storetest.Faults{Seed: 7, Before: 0.2, After: 0.2})
	f2, t2 := run(&storetest.Faults{Seed: 7, Before: 0.2, After: 0.2})
	if f1 != f2 || t1 != t2 {
		t.Errorf("the same seed gave %d, %d and %d, %d", f1, t1, f2, t2)
	}
	f := &storetest.Faults{Seed: 1, Before: 1, Reads: 1}
	s := f.Wrap(storetest.NewMemory())
	if err := s.Apply(t.Context(), tx("a"))[0]; !errors.Is(err, storetest.ErrFault) {
		t.Errorf("Apply = %v", err)
	}
	if _, _, err := s.Query(t.Context(), store.Strong, store.Range{Part: "p"}); !errors.Is(err, storetest.ErrFault) {
		t.Errorf("Query = %v", err)
	}
	f.Heal()
	if err := s.Apply(t.Context(), tx("a"))[0]; err != nil {
		t.Errorf("Apply after Heal = %v", err)
	}
	if got := rows(t, s); len(got) != 1 || f.Injected() != 2 || f.Calls() != 2 {
		t.Errorf("after Heal: %q, %d injected, %d calls", got, f.Injected(), f.Calls())
	}
}

// An answer of Query is cut at PageRows, whatever was asked for.
func TestShortPages(t *testing.T) {
	memory := storetest.NewMemory()
	memory.Apply(t.Context(), tx("a"), tx("b"), tx("c"))
	s := (&storetest.Faults{PageRows: 1}).Wrap(memory)
	for _, limit := range []int{0, 2} {
		rows, more, err := s.Query(t.Context(), store.Strong, store.Range{Part: "p", Limit: limit})
		if err != nil || len(rows) != 1 || !more {
			t.Errorf("Query of %d rows = %d rows, %v, %v; want 1 and more", limit, len(rows), more, err)
		}
	}
}

// A writer frozen by Hook between two transactions of one call writes the second
// once it wakes, after what others wrote meanwhile.
func TestFreeze(t *testing.T) {
	memory := storetest.NewMemory()
	frozen, wake := make(chan struct{}), make(chan struct{})
	f := &storetest.Faults{Hook: func(point int, _ store.Tx) {
		if point == 2 {
			close(frozen)
			<-wake
		}
	}}
	done := make(chan []error)
	go func() { done <- f.Wrap(memory).Apply(t.Context(), tx("a"), tx("b")) }()
	<-frozen
	if got := rows(t, memory); !slices.Equal(got, []string{"a"}) {
		t.Errorf("while frozen: %q", got)
	}
	if err := memory.Apply(t.Context(), tx("c"))[0]; err != nil {
		t.Error(err)
	}
	close(wake)
	for _, err := range <-done {
		if err != nil {
			t.Error(err)
		}
	}
	if got := rows(t, memory); !slices.Equal(got, []string{"a", "b", "c"}) {
		t.Errorf("after waking: %q", got)
	}
}
