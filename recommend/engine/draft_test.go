package engine_test

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"akin/infra/memory"
	"akin/infra/test/storetest"
	"akin/recommend"
	"akin/recommend/engine"
)

// storedLists returns the ids of every stored list, best first.
func storedLists(t interface{ Fatal(...any) }, e *site) map[string][]string {
	s, err := e.indexer.Survey(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	lists := map[string][]string{}
	for _, it := range s.Items {
		lists[it.ID] = []string{}
		for _, n := range it.Near {
			lists[it.ID] = append(lists[it.ID], s.Items[n.Item].ID)
		}
	}
	return lists
}

// The lists that a draft is said to enter, at the place and for the entry that
// is said to leave, are what its publish then changes: all of them and no
// others, for a new item and for a stored one that is edited.
func TestDraftEntersTheListsThatItsPublishChanges(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		ctx := context.Background()
		e := newEngine(t, storetest.NewMemory(), shortLists())
		item := func(id string) recommend.Item {
			words := rapid.SliceOfN(rapid.SampledFrom(vocabulary), 1, 5).Draw(rt, "words")
			it := recommend.Item{ID: id, Title: strings.Join(words, ", "), Lang: "en"}
			it.Date = rapid.SampledFrom([]string{"", "2024-01", "2024-01-02"}).Draw(rt, "date")
			it.Topics = rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"cities", "ports"}), 0, 2, rapid.ID).Draw(rt, "topics")
			return it
		}
		n := rapid.IntRange(1, 12).Draw(rt, "items")
		var items []recommend.Item
		for i := range n {
			items = append(items, item(fmt.Sprintf("item%d", i)))
		}
		for _, r := range e.publisher.Put(ctx, items...) {
			if r.Err != nil {
				rt.Fatal(r.Err)
			}
		}
		if _, err := e.indexer.Reindex(ctx, engine.ReindexOptions{}); err != nil {
			rt.Fatal(err)
		}
		draft := item(rapid.SampledFrom([]string{"fresh", "item0"}).Draw(rt, "id"))
		before := storedLists(rt, e)
		d, err := e.indexer.Draft(ctx, draft, recommend.Query{})
		if err != nil {
			rt.Fatal(err)
		}
		// An index that holds no lists reads those of the nearest items, and
		// finds the same.
		other := engine.NewIndexer(e.store, shortLists(), engine.IndexerOptions{})
		same, err := other.Draft(ctx, draft, recommend.Query{})
		if err != nil {
			rt.Fatal(err)
		}
		if diff := gocmp.Diff(d.Enters, same.Enters); diff != "" {
			rt.Fatalf("without lists in memory (-with +without):\n%s", diff)
		}
		if r := e.publisher.Put(ctx, draft)[0]; r.Err != nil {
			rt.Fatal(r.Err)
		}
		if _, err := e.indexer.CatchUp(ctx); err != nil {
			rt.Fatal(err)
		}
		type entered struct {
			ID     string
			Place  int
			Leaves string
		}
		var want, got []entered
		for id, list := range storedLists(rt, e) {
			at := slices.Index(list, draft.ID)
			if id == draft.ID || at < 0 || slices.Contains(before[id], draft.ID) {
				continue
			}
			x := entered{ID: id, Place: at + 1}
			for _, o := range before[id] {
				if !slices.Contains(list, o) {
					x.Leaves = o
				}
			}
			want = append(want, x)
		}
		for _, x := range d.Enters {
			got = append(got, entered{x.ID, x.Place, x.Leaves})
		}
		for _, xs := range [][]entered{want, got} {
			slices.SortFunc(xs, func(a, b entered) int { return cmp.Compare(a.ID, b.ID) })
		}
		if diff := gocmp.Diff(want, got); diff != "" || d.EntersTotal != len(d.Enters) {
			rt.Fatalf("what %q enters (-then +drafted), of %d:\n%s", draft.Title, d.EntersTotal, diff)
		}
	})
}

// What is said of a draft's language holds; where nothing is, or that nobody knows it,
// a title of one word is in the site's language.
func TestDraftIsInTheSitesLanguage(t *testing.T) {
	e := newEngine(t, memory.New(), recommend.DefaultSettings())
	for n, title := range []string{"Der Hafen wird vertieft", "Häfen an der Elbe", "Die Elbe und ihre Fähren", "Fähren im Winter", "Eis auf der Elbe"} {
		e.put(t, recommend.Item{ID: fmt.Sprint("w", n), Title: title, Lang: "de"})
	}
	indexed(t, e)
	for said, want := range map[string]string{"": "de", "und": "de", "de": "de", "en": "en"} {
		d, err := e.indexer.Draft(t.Context(), recommend.Item{Title: "Fähre", Lang: said}, recommend.Query{})
		if err != nil {
			t.Fatal(err)
		}
		met := slices.ContainsFunc(d.Survey.Near, func(n engine.Neighbour) bool { return n.ID == "w3" })
		if d.Lang != want || met != (want == "de") {
			t.Errorf("a draft that says %q is taken to be in %q and meets another form of its word: %t; want %q", said, d.Lang, met, want)
		}
	}
}
