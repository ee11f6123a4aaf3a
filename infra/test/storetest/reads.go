package storetest

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"akin/recommend/store"
)

func testGet(t *testing.T, s store.Store) {
	if rows := mustGet(t, s); len(rows) != 0 {
		t.Errorf("Get of no key = %v", rows)
	}
	a, b, c := row("a", 1, "A"), row("b", 2, "B"), row("c", 3, "C")
	other := store.Row{Key: store.Key{Part: "q", Sort: "a"}, Rev: 4, Data: []byte("Q")}
	mustPut(t, s, a, b, c, other)
	mustApply(t, s, store.Tx{{Act: store.Delete, Row: c}})
	gone := store.Row{Key: c.Key}
	none := store.Row{Key: store.Key{Part: "q", Sort: "b"}}
	want := []store.Row{b, gone, a, other, none, b, gone, a}
	var keys []store.Key
	for _, r := range want {
		keys = append(keys, r.Key)
	}
	for _, consistency := range []store.Consistency{store.Strong, store.Eventual} {
		got, err := s.Get(t.Context(), consistency, keys...)
		if err != nil {
			t.Fatal(err)
		}
		if consistency == store.Eventual && len(got) == len(want) {
			continue // its content may be of a second ago
		}
		if d := diff(want, got); d != "" {
			t.Errorf("Get mismatch (-want +got):\n%s", d)
		}
	}
	if got := mustGet(t, s, gone.Key)[0]; got.Data != nil {
		t.Errorf("Data of a missing row is %q, want nil", got.Data)
	}
}

func testGetMany(t *testing.T, s store.Store) {
	var want, rows []store.Row
	for i := range 450 {
		r := row(fmt.Sprintf("%04d", i), uint64(i+1), fmt.Sprint(i))
		if i%7 == 3 {
			r.Rev, r.Data = 0, nil
		} else {
			rows = append(rows, r)
		}
		want = append(want, r)
	}
	mustPut(t, s, rows...)
	slices.Reverse(want)
	want = append(want, want[100:300]...)
	var keys []store.Key
	for _, r := range want {
		keys = append(keys, r.Key)
	}
	if d := diff(want, mustGet(t, s, keys...)); d != "" {
		t.Errorf("Get mismatch (-want +got):\n%s", d)
	}
}

// More bytes than DynamoDB's 16 MB for one answer.
func testGetBig(t *testing.T, s store.Store) {
	var keys []store.Key
	var rows []store.Row
	for i := range 46 {
		r := row(fmt.Sprintf("%02d", i), 1, "")
		r.Data = slices.Repeat([]byte{byte(i)}, store.MaxData)
		rows, keys = append(rows, r), append(keys, r.Key)
	}
	mustPut(t, s, rows...)
	for i, r := range mustGet(t, s, keys...) {
		if r.Key != keys[i] || len(r.Data) != store.MaxData || r.Data[0] != byte(i) || r.Data[store.MaxData-1] != byte(i) {
			t.Fatalf("row %d of %d: %q with %d bytes", i, len(keys), r.Sort, len(r.Data))
		}
	}
}

func sorts(rows []store.Row) []string {
	var s []string
	for _, r := range rows {
		s = append(s, r.Sort)
	}
	return s
}

func testRanges(t *testing.T, s store.Store) {
	// Neighbouring parts, and one of which another is the beginning, keep apart.
	for _, p := range []string{"o", "p\x01", "p ", "pp", "q"} {
		mustPut(t, s, store.Row{Key: store.Key{Part: p, Sort: "b"}, Rev: 1})
	}
	// In bytewise order, which is not that of any language.
	order := []string{"\x01", "A", "a", "a\x01", "aa", "b", "z", "é", "\uffff", "\U0001f600"}
	var rows []store.Row
	for _, sort := range order {
		rows = append(rows, row(sort, 1, "data of "+sort))
	}
	mustPut(t, s, append(slices.Clone(rows), row("c", 1, "deleted"))...)
	slices.Reverse(rows)
	mustPut(t, s, rows...)
	mustApply(t, s, store.Tx{{Act: store.Delete, Row: row("c", 0, "")}})
	bounds := []string{"", "A", "A\x00", "a\x00", "ab", "b", "b\x00", "d", "é", "é\x00", "\U0001f600", "\U0010ffff"}
	for _, from := range bounds {
		for _, to := range bounds {
			var want []string
			for _, sort := range order {
				if sort >= from && (to == "" || sort < to) {
					want = append(want, sort)
				}
			}
			for _, reverse := range []bool{false, true} {
				if reverse {
					slices.Reverse(want)
				}
				for _, limit := range []int{0, 1, 3} {
					r := store.Range{Part: "p", From: from, To: to, Reverse: reverse, Limit: limit}
					got, more, err := s.Query(t.Context(), store.Strong, r)
					if err != nil {
						t.Fatalf("Query(%+v): %v", r, err)
					}
					if len(got) > len(want) || !slices.Equal(sorts(got), want[:len(got)]) || limit > 0 && len(got) > limit ||
						len(got) < len(want) && (!more || len(got) == 0) || more && len(got) == 0 {
						t.Errorf("Query(%+v) = %q, %v; want %q", r, sorts(got), more, want)
					}
					for _, g := range got {
						if string(g.Data) != "data of "+g.Sort || g.Rev != 1 {
							t.Errorf("Query(%+v): row %q is %d %q", r, g.Sort, g.Rev, g.Data)
						}
					}
				}
			}
		}
	}
	if rows, more, err := s.Query(t.Context(), store.Strong, store.Range{Part: "none"}); len(rows) > 0 || more || err != nil {
		t.Errorf("Query of a part without rows = %v, %v, %v", rows, more, err)
	}
}

func testPrefix(t *testing.T, s store.Store) {
	for _, sort := range []string{"a", "a#", "a#1", "a#1#2", "a#é", "a#\U0001f600", "a$", "b#"} {
		mustPut(t, s, row(sort, 1, ""))
	}
	for prefix, want := range map[string][]string{
		"":    {"a", "a#", "a#1", "a#1#2", "a#é", "a#\U0001f600", "a$", "b#"},
		"a#":  {"a#", "a#1", "a#1#2", "a#é", "a#\U0001f600"},
		"a#1": {"a#1", "a#1#2"},
		"c":   nil,
	} {
		rows := scan(t, s, store.Prefix("p", prefix))
		if got := sorts(rows); !slices.Equal(got, want) {
			t.Errorf("rows with prefix %q: %q, want %q", prefix, got, want)
		}
	}
}

// scan returns all rows of r.
func scan(t *testing.T, s store.Store, r store.Range) []store.Row {
	t.Helper()
	var rows []store.Row
	for row, err := range store.Scan(t.Context(), s, store.Strong, r) {
		if err != nil {
			t.Fatalf("Scan(%+v): %v", r, err)
		}
		rows = append(rows, row)
	}
	return rows
}

func testPages(t *testing.T, s store.Store) {
	var rows []store.Row
	for i := range 57 {
		rows = append(rows, row(fmt.Sprintf("%03d", i), 1, fmt.Sprint(i)))
	}
	mustPut(t, s, rows...)
	want := sorts(rows)
	for _, limit := range []int{1, 7, 19, 56, 57, 58} {
		for _, reverse := range []bool{false, true} {
			r := store.Range{Part: "p", From: "003", To: "051", Reverse: reverse, Limit: limit}
			var got []string
			for more := true; more; {
				var page []store.Row
				var err error
				page, more, err = s.Query(t.Context(), store.Strong, r)
				if err != nil {
					t.Fatal(err)
				}
				if len(page) > limit || len(page) == 0 && more {
					t.Fatalf("Query(%+v) = %d rows, %v", r, len(page), more)
				}
				got = append(got, sorts(page)...)
				if more {
					r = r.After(page[len(page)-1].Key)
				}
			}
			want := slices.Clone(want[3:51])
			if reverse {
				slices.Reverse(want)
			}
			if !slices.Equal(got, want) {
				t.Errorf("pages of %d, reverse %v: %q, want %q", limit, reverse, got, want)
			}
			r = store.Range{Part: "p", Reverse: reverse, Limit: limit}
			if got := len(scan(t, s, r)); got != min(limit, len(rows)) {
				t.Errorf("Scan of at most %d rows answered %d", limit, got)
			}
		}
	}
	n := 0
	for range store.Scan(t.Context(), s, store.Strong, store.Range{Part: "p", Limit: 10}) {
		if n++; n == 3 {
			break // ends it without more queries
		}
	}
}

// Pages end by bytes too: 4.5 MB are several answers, in both directions.
func testBigPages(t *testing.T, s store.Store) {
	var want []string
	for i := range 15 {
		r := row(fmt.Sprintf("%02d", i), 1, "")
		r.Data = slices.Repeat([]byte{byte(i)}, 300_000)
		mustPut(t, s, r)
		want = append(want, r.Sort)
	}
	for _, reverse := range []bool{false, true} {
		rows := scan(t, s, store.Range{Part: "p", Reverse: reverse})
		if got := sorts(rows); !slices.Equal(got, want) {
			t.Errorf("reverse %v: rows %q, want %q", reverse, got, want)
		}
		for _, r := range rows {
			if len(r.Data) != 300_000 || fmt.Sprintf("%02d", r.Data[299_999]) != r.Sort {
				t.Errorf("row %q has %d bytes of %d", r.Sort, len(r.Data), r.Data[0])
			}
		}
		slices.Reverse(want)
	}
}

// Writers that read, add one, and write on the condition that nobody else did
// lose no addition, alone and within transactions.
func testCounter(t *testing.T, s store.Store) {
	const writers, additions = 6, 8
	counter := row("counter", 1, "0")
	mustPut(t, s, counter)
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for done := 0; done < additions; {
				rows, err := s.Get(t.Context(), store.Strong, counter.Key)
				if err != nil {
					t.Error(err)
					return
				}
				next := row("counter", rows[0].Rev+1, fmt.Sprint(rows[0].Rev))
				tx := store.Tx{{Row: next, Cond: store.RevIs, Want: rows[0].Rev}}
				if w%2 == 0 {
					tx = append(tx, put(row(fmt.Sprintf("%d.%d", w, done), 1, "")))
				}
				switch err := s.Apply(t.Context(), tx)[0]; {
				case err == nil:
					done++
				case !errors.Is(err, store.ErrCondition):
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	stored(t, s, row("counter", writers*additions+1, fmt.Sprint(writers*additions)))
	if got := len(scan(t, s, store.Range{Part: "p", To: "c"})); got != writers/2*additions {
		t.Errorf("%d rows written with the counter, want %d", got, writers/2*additions)
	}
}

// Two rows that every transaction sets to the same number never differ where
// both are held by a check.
func testSwap(t *testing.T, s store.Store) {
	mustApply(t, s, store.Tx{put(row("a", 1, "")), put(row("b", 1, ""))})
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			for range 10 {
				rows, err := s.Get(t.Context(), store.Strong, row("a", 0, "").Key)
				if err != nil {
					t.Error(err)
					return
				}
				rev := rows[0].Rev
				err = s.Apply(t.Context(), store.Tx{
					{Row: row("a", rev+1, ""), Cond: store.RevIs, Want: rev},
					{Row: row("b", rev+1, ""), Cond: store.Always},
				})[0]
				if err != nil && !errors.Is(err, store.ErrCondition) {
					t.Error(err)
				}
				// A check of both at the rev that was written last holds, or
				// fails on the first: never on the second alone.
				err = s.Apply(t.Context(), store.Tx{
					{Act: store.Check, Row: row("a", 0, ""), Cond: store.RevIs, Want: rev + 1},
					{Act: store.Check, Row: row("b", 0, ""), Cond: store.RevIs, Want: rev + 1},
				})[0]
				var failed *store.ConditionError
				if err != nil && (!errors.As(err, &failed) || failed.Op != 0) {
					t.Errorf("check of both rows at rev %d: %v, want nil or a failure of the first", rev+1, err)
				}
			}
		})
	}
	wg.Wait()
}
