package engine_test

import (
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"akin/infra/test/storetest"
	"akin/recommend"
	"akin/recommend/engine"
	"akin/recommend/store"
)

// An untold store does not tell whether it was written to, as DynamoDB does not.
type untold struct{ store.Store }

// A reader that remembers the beginnings of listings shows what is new there
// once it looks again, and what is withdrawn never.
func TestFillersAreRemembered(t *testing.T) {
	e := newEngine(t, untold{storetest.NewMemory()}, recommend.DefaultSettings())
	title := func(id, title, date string) recommend.Item {
		return recommend.Item{ID: id, Title: title, Lang: "en", Topics: []string{"sea"}, Date: date}
	}
	e.put(t, title("a", "Harbours", "2024-01-01"), title("b", "Orchards", "2024-01-02"), title("c", "Trams", "2024-01-03"))
	indexed(t, e)
	alone := recommend.Curation{NoSimilar: &recommend.Note{}}
	if _, err := e.publisher.Curate(t.Context(), "a", alone, engine.Edit{IfMatch: "*"}); err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	r := engine.NewReader(e.store, engine.ReaderOptions{Now: func() time.Time { return now }, HeadAge: 5 * time.Second})
	shows := func(want ...string) {
		t.Helper()
		a, err := r.Related(t.Context(), "a", recommend.Query{})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, e := range a.Related {
			got = append(got, e.ID)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("related to a (-want +got):\n%s", d)
		}
	}
	shows("c", "b")
	e.put(t, title("d", "Markets", "2024-01-04"))
	e.publisher.Withdraw(t.Context(), "c", 0)
	shows("b")
	now = now.Add(5 * time.Second)
	shows("d", "b")
}

// What a record says is made once and kept with it, so that copies are told apart. It
// is forgotten when the item changes, and may be asked for at once.
func TestCopiesAreTold(t *testing.T) {
	t.Run("told of writes", func(t *testing.T) { copiesAreTold(t, storetest.NewMemory()) })
	t.Run("untold", func(t *testing.T) { copiesAreTold(t, untold{storetest.NewMemory()}) })
}

func copiesAreTold(t *testing.T, s store.Store) {
	e := newEngine(t, s, recommend.DefaultSettings())
	title := func(id, title, date string) recommend.Item {
		return recommend.Item{ID: id, Title: title, Lang: "en", Date: date}
	}
	e.put(t, title("a", "Harbours", "2024-01-01"), title("b", "Trams, in town", "2024-01-02"), title("c", "Trams in town.", "2024-01-03"))
	indexed(t, e)
	r := engine.NewReader(e.store, engine.ReaderOptions{})
	shows := func(want ...string) {
		t.Helper()
		var readers sync.WaitGroup
		for range 4 {
			readers.Go(func() {
				a, err := r.Related(t.Context(), "a", recommend.Query{})
				if err != nil {
					t.Error(err)
					return
				}
				var got []string
				for _, e := range a.Related {
					got = append(got, e.ID)
				}
				if d := cmp.Diff(want, got); d != "" {
					t.Errorf("related to a (-want +got):\n%s", d)
				}
			})
		}
		readers.Wait()
	}
	shows("c")
	e.put(t, title("b", "Trams in the country", "2024-01-02"))
	shows("c", "b")
	e.put(t, title("c", "Trams: in the country", "2024-01-03"))
	shows("c")
}

// While the store tells that it is not written to, records are not read again; what
// was written before a read began is in its answer all the same.
func TestRecordsAreNeverOlder(t *testing.T) {
	e := newEngine(t, storetest.NewMemory(), recommend.DefaultSettings())
	put := func(n int64) {
		e.put(t, recommend.Item{ID: "a", Title: strconv.FormatInt(n, 10), Lang: "en"})
	}
	put(0)
	r := engine.NewReader(e.store, engine.ReaderOptions{})
	var written, seen atomic.Int64
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for written.Load() < 500 {
				least := written.Load()
				cards, err := r.Cards(t.Context(), "a")
				if err != nil || len(cards) != 1 {
					t.Error(cards, err)
					return
				}
				if n, err := strconv.ParseInt(cards[0].Title, 10, 64); err != nil || n < least {
					t.Errorf("title %q after %d was written", cards[0].Title, least)
				}
				seen.Add(1)
			}
		})
	}
	for n := int64(1); n <= 500; n++ {
		put(n)
		written.Store(n)
	}
	readers.Wait()
	if seen.Load() == 0 {
		t.Error("nothing was read")
	}
}

// A pin whose number is not in the curation, as in rows of before, is found by
// its id; one of a work with versions shows that in the item's language.
func TestPinsByIDAndLanguage(t *testing.T) {
	e := newEngine(t, storetest.NewMemory(), recommend.DefaultSettings())
	e.put(t,
		recommend.Item{ID: "a", Title: "Harbours", Lang: "en"},
		recommend.Item{ID: "b", Title: "Tranvías", Lang: "es"},
		recommend.Item{ID: "b-en", Title: "Trams", Lang: "en", TranslationOf: "b"},
		recommend.Item{ID: "c", Title: "Markets", Lang: "en"})
	indexed(t, e)
	pins := recommend.Curation{Pins: []recommend.Decision{{ID: "c"}, {ID: "b"}}}
	if _, err := e.publisher.Curate(t.Context(), "a", pins, engine.Edit{IfMatch: "*"}); err != nil {
		t.Fatal(err)
	}
	shows := func() {
		t.Helper()
		a, err := e.reader.Related(t.Context(), "a", recommend.Query{NoFill: true})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, e := range a.Related {
			got = append(got, e.ID+" "+string(e.Tier))
		}
		if d := cmp.Diff([]string{"c pinned", "b-en pinned"}, got); d != "" {
			t.Errorf("related to a (-want +got):\n%s", d)
		}
	}
	shows()
	// As it was stored before.
	var old store.Row
	for row, err := range store.Scan(t.Context(), e.store, store.Strong, store.Range{Part: curationPart(t, e.store)}) {
		if err != nil {
			t.Fatal(err)
		}
		old = row
	}
	old.Data, old.Rev = []byte(`{"pins":[{"id":"c"},{"id":"b"}]}`), old.Rev+1
	if err := e.store.Apply(t.Context(), store.Tx{{Row: old}})[0]; err != nil {
		t.Fatal(err)
	}
	shows()
}

// curationPart returns the part that holds the only curation.
func curationPart(t *testing.T, s store.Store) string {
	t.Helper()
	for _, part := range []string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15"} {
		rows, _, err := s.Query(t.Context(), store.Strong, store.Range{Part: "curation/" + part})
		if err != nil {
			t.Fatal(err)
		}
		if len(rows) > 0 {
			return "curation/" + part
		}
	}
	t.Fatal("no curation is stored")
	return ""
}
