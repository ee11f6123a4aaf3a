package engine_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"akin/infra/memory"
	"akin/recommend"
	"akin/recommend/engine"
)

// A look-up that was brought up to date by every change answers as one that reads the store anew, in the
// memory of the writer and of who follows it; and readers' hints name nothing of what they may not see.
func TestTitlesFollowChanges(t *testing.T) {
	now := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	e := newEngineAt(t, memory.New(), recommend.DefaultSettings(), clock)
	e.put(t, recommend.Item{ID: "first", Title: "Harbours and tides", Lang: "en"})
	indexed(t, e)
	following := engine.NewIndexer(e.store, recommend.DefaultSettings(), engine.IndexerOptions{Now: clock})
	rng := rand.New(rand.NewPCG(18, 1))
	words := []string{"harbour", "harbours", "tides", "orchard", "orchards", "market", "trams", "secret", "migration", "night"}
	authors := []string{"Ada Byron", "Mary Shelley", "Ann Radcliffe"}
	items := map[string]titled{}
	for step := range 120 {
		id := fmt.Sprint("item", rng.IntN(25))
		if rng.IntN(4) == 0 {
			if r := e.publisher.Withdraw(t.Context(), id, 0); r.Err != nil {
				t.Fatal(r.Err)
			}
			delete(items, id)
		} else {
			s := titled{hidden: rng.IntN(4) == 0, authors: authors[:rng.IntN(3)]}
			for range 1 + rng.IntN(4) {
				s.title += words[rng.IntN(len(words))] + " "
			}
			it := recommend.Item{ID: id, Title: s.title, Lang: "en", Authors: s.authors}
			if s.hidden {
				it.VisibleFrom = now.AddDate(400, 0, 0) // beyond what nanoseconds can say
			}
			e.put(t, it)
			items[id] = s
		}
		if step%4 != 0 {
			continue
		}
		if _, err := e.indexer.CatchUp(t.Context()); err != nil {
			t.Fatal(err)
		}
		now = now.Add(3 * time.Second)
		anew := engine.NewIndexer(e.store, recommend.DefaultSettings(), engine.IndexerOptions{Now: clock})
		for _, q := range []string{"harbuor", "orchrads at night", "seecret", "ada byron", "byorn"} {
			var answers [3]string
			for i, x := range []*engine.Indexer{anew, e.indexer, following} {
				found, err := x.Titles(t.Context(), q, 50)
				if err != nil {
					t.Fatal(err)
				}
				h, err := x.Hints(t.Context(), q, 0)
				if err != nil {
					t.Fatal(err)
				}
				by, err := x.ByAuthor(t.Context(), authors[0], "en", 100)
				if err != nil {
					t.Fatal(err)
				}
				answers[i] = fmt.Sprintln(ids(found), *h)
				for _, b := range by {
					answers[i] += b.ID + " "
					if s, ok := items[b.ID]; !ok || s.hidden || !slices.Contains(s.authors, authors[0]) {
						t.Fatalf("step %d: %s stands among the works of %s", step, b.ID, authors[0])
					}
				}
				for _, w := range strings.Fields(h.Meant) {
					if !strings.Contains(q, w) && !visibleWord(items, w) {
						t.Fatalf("step %d: readers are told of %q", step, w)
					}
				}
				for _, a := range h.Authors {
					n := 0
					for _, s := range items {
						if !s.hidden && slices.Contains(s.authors, a.Name) {
							n++
						}
					}
					if n != a.Works || n == 0 {
						t.Fatalf("step %d: %d works of %s, want %d", step, a.Works, a.Name, n)
					}
				}
			}
			if answers[0] != answers[1] || answers[0] != answers[2] {
				t.Fatalf("step %d, %q: anew\n%s\nby the writer\n%s\nby a follower\n%s", step, q, answers[0], answers[1], answers[2])
			}
		}
	}
}

func ids(items []recommend.Item) []string {
	var out []string
	for _, it := range items {
		out = append(out, it.ID)
	}
	return out
}

// A titled is what a test made of an item.
type titled struct {
	title   string
	authors []string
	hidden  bool
}

func visibleWord(items map[string]titled, w string) bool {
	for _, s := range items {
		if !s.hidden && slices.Contains(strings.Fields(s.title), w) {
			return true
		}
	}
	return strings.Contains("harbours and tides", w)
}

// Editors find a work by its misspelt title, one under embargo too; readers are told what they may
// have meant and of authors, and an author's works come newest first, each once.
func TestTitles(t *testing.T) {
	e := newEngine(t, memory.New(), recommend.DefaultSettings())
	e.put(t,
		recommend.Item{ID: "cool", Title: "Cool by Noon", Lang: "en", Date: "2024-03", Authors: []string{"Ada Byron"}},
		recommend.Item{ID: "fresco", Title: "Frescos al mediodía", Lang: "es", TranslationOf: "cool", Authors: []string{"Ada Byron"}},
		recommend.Item{ID: "trams", Title: "Trams at night", Lang: "en", Date: "2025-01", Authors: []string{"Ada Byron", "Leo Tram"}},
		recommend.Item{ID: "later", Title: "Embargoed orchards", Lang: "en", VisibleFrom: time.Now().Add(time.Hour), Authors: []string{"Eve Hidden"}},
		recommend.Item{ID: "gone", Title: "Withdrawn meadows", Lang: "en"},
		recommend.Item{ID: "untitled", Summary: "A summary about viaducts", Lang: "en"},
	)
	if r := e.publisher.Withdraw(t.Context(), "gone", 0); r.Err != nil {
		t.Fatal(r.Err)
	}
	if _, err := e.indexer.Titles(t.Context(), "cool", 10); err == nil {
		t.Error("titles are found before there is a generation")
	}
	indexed(t, e)
	for q, want := range map[string][]string{
		"noon col": {"cool"}, "mediodia": {"fresco"}, "orchrads": {"later"}, "meadows": nil, "viaduct": {"untitled"}, "tram": {"trams"},
	} {
		found, err := e.indexer.Titles(t.Context(), q, 10)
		if err != nil {
			t.Fatal(err)
		}
		if got := ids(found); !slices.Equal(got, want) {
			t.Errorf("Titles(%q) = %v, want %v", q, got, want)
		}
	}
	for q, want := range map[string]recommend.Hints{
		"nigth trasm": {Meant: "night trams"}, "orchrads": {}, "ada byron": {Authors: []recommend.Named{{Name: "Ada Byron", Works: 2}}},
		"Byorn": {Authors: []recommend.Named{{Name: "Ada Byron", Works: 2}}}, "hidden": {}, "byr": {},
	} {
		got, err := e.indexer.Hints(t.Context(), q, 0)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, *got); diff != "" {
			t.Errorf("Hints(%q) (-want +got):\n%s", q, diff)
		}
	}
	if h, err := e.indexer.Hints(t.Context(), "nigth trasm", recommend.FewFound); err != nil || h.Meant != "" {
		t.Errorf("what found enough may have meant %q, %v", h.Meant, err)
	}
	by, err := e.indexer.ByAuthor(t.Context(), "Ada Byron", "es", 10)
	if err != nil || len(by) != 2 || by[0].ID != "trams" || by[1].ID != "fresco" {
		t.Errorf("works of an author: %v, %v", by, err)
	}
	named, err := e.reader.Named(t.Context(), "later", "gone", "nothing")
	if err != nil || len(named) != 2 || named["later"].Title != "Embargoed orchards" {
		t.Errorf("named: %v, %v", named, err)
	}
}
