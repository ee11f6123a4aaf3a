package engine_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"akin/infra/bolt"
	"akin/infra/memory"
	"akin/infra/test/tools"
	"akin/recommend"
	"akin/recommend/store"
)

// A smallStore takes few operations at once, and may be out of order.
type smallStore struct {
	store.Store
	ops   int
	down  bool
	calls atomic.Int32 // of Apply
}

func (s *smallStore) Limits() store.Limits { return store.Limits{Ops: s.ops, Bytes: 4 << 20} }

func (s *smallStore) Apply(ctx context.Context, txs ...store.Tx) []error {
	s.calls.Add(1)
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
			case i == wide && ops == 100:
				if !errors.As(r.Err, &invalid) || invalid.Field != "topics" || !strings.Contains(invalid.Reason, "takes 101 writes with all else of the item, and the store 100 at once") || !strings.Contains(invalid.Reason, "leave out 1 of them") {
					t.Errorf("what takes too many: %+v", r)
				}
			case i == wide: // the store below takes 100 whatever is said
				if !errors.As(r.Err, &unstorable) || !strings.Contains(r.Err.Error(), "102 operations") {
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
	if n := s.calls.Load(); n > 50 {
		t.Errorf("the store was asked %d times", n)
	}
	s.down = false
	e.put(t, batch...)
}

// maxima are what an item may have at most, field by field, each of which is
// within its limit (docs/items.md).
var maxima = []struct {
	name string
	set  func(*recommend.Item)
}{
	{"url", func(it *recommend.Item) { it.URL = "/" + strings.Repeat("u", recommend.MaxURL-1) }},
	{"title", func(it *recommend.Item) { it.Title = distinct("t", recommend.MaxTitle) }},
	{"summary", func(it *recommend.Item) { it.Summary = distinct("s", recommend.MaxSummary) }},
	{"body", func(it *recommend.Item) { it.Body = distinct("b", recommend.MaxBody) }},
	{"lines", func(it *recommend.Item) { it.Body = strings.Repeat("a line of few words\n", recommend.MaxBody/20) }},
	{"types", func(it *recommend.Item) { it.Types = labels(recommend.MaxTypes, recommend.MaxType) }},
	{"topics", func(it *recommend.Item) { it.Topics = labels(recommend.MaxTopics, recommend.MaxSlug) }},
	{"authors", func(it *recommend.Item) { it.Authors = labels(recommend.MaxAuthors, recommend.MaxAuthor) }},
	{"embargo", func(it *recommend.Item) { it.VisibleFrom = time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC) }},
	{"image", func(it *recommend.Item) {
		it.Image = &recommend.Image{URL: "/" + strings.Repeat("i", recommend.MaxURL-1), Alt: distinct("a", recommend.MaxAlt), Credit: distinct("c", recommend.MaxCredit)}
	}},
	{"aliases", func(it *recommend.Item) {
		for _, s := range labels(recommend.MaxAliases, recommend.MaxURL-1) {
			it.Aliases = append(it.Aliases, "/"+s)
		}
	}},
	{"version", func(it *recommend.Item) { it.Version = recommend.MaxVersion }},
	{"translation", func(it *recommend.Item) { it.TranslationOf = "original" }},
}

// distinct returns a text of different words, of up to n bytes.
func distinct(prefix string, n int) string {
	var b strings.Builder
	for i := 0; b.Len()+10 < n; i++ {
		fmt.Fprintf(&b, "%s%x ", prefix, i*7919)
	}
	return strings.TrimSpace(b.String())
}

// labels returns n different names of size bytes.
func labels(n, size int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf("%0*d", size, i)
	}
	return all
}

// Every two limits of an item meet, and all of them: the item is stored, or refused
// by the name of a field with what to do about it, and its neighbours are stored.
func TestLimitsThatMeet(t *testing.T) {
	tools.SkipRaced(t)
	t.Parallel()
	for _, tt := range []struct {
		name string
		open func() store.Store
	}{
		{"a file", func() store.Store {
			s, err := bolt.Open(filepath.Join(t.TempDir(), "akin.db"))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { s.Close() })
			return s
		}},
		{"as DynamoDB", func() store.Store { return &smallStore{Store: memory.New(), ops: 100} }},
	} {
		e := newEngine(t, tt.open(), shortLists())
		e.put(t, recommend.Item{ID: "original", Title: "Original", Lang: "en"})
		var batch []recommend.Item
		var what []string
		add := func(name string, fields ...int) {
			it := recommend.Item{ID: fmt.Sprint("item", len(batch)), Title: "Work", Lang: "en"}
			for _, f := range fields {
				maxima[f].set(&it)
				name += " " + maxima[f].name
			}
			if err := it.Validate(); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			batch, what = append(batch, it, recommend.Item{ID: fmt.Sprint("neighbour", len(batch)), Title: "Neighbour"}), append(what, name, "neighbour")
		}
		var all []int
		for i := range maxima {
			all = append(all, i)
			for j := range i {
				add("", i, j)
			}
		}
		add("all:", all...)
		refused := map[string]bool{}
		for i, r := range e.publisher.Put(t.Context(), batch...) {
			var invalid *recommend.InvalidError
			switch {
			case r.Err == nil:
			case !errors.As(r.Err, &invalid) || what[i] == "neighbour" || !strings.Contains(invalid.Reason, "make it shorter") && !strings.Contains(invalid.Reason, "leave out"):
				t.Errorf("%s: %s: %.300v", tt.name, what[i], r.Err)
			default:
				refused[invalid.Field] = true
				if (invalid.Field != "body" || !strings.Contains(what[i], "body")) && (tt.name == "a file" || !strings.Contains(what[i], "topics") || !strings.Contains(what[i], "aliases")) {
					t.Errorf("%s: %s: %.300v", tt.name, what[i], r.Err)
				}
			}
		}
		t.Logf("%s refuses %v", tt.name, refused)
	}
}
