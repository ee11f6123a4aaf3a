package engine_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"akin/infra/memory"
	"akin/infra/test/tools"
	"akin/recommend"
	"akin/recommend/engine"
)

// Under any filters, boosts, rules and decisions, why says that a work is in the list, and
// where, exactly if it is; else it names what keeps it out.
func TestWhyAgreesWithTheList(t *testing.T) {
	t.Parallel()
	const all = 190
	c := crowd{rand.New(rand.NewPCG(18, 7))}
	settings := recommend.DefaultSettings()
	settings.K, settings.Odds, settings.MinScore = 20, 0, 30_000
	e := newEngineAt(t, memory.New(), settings, func() time.Time { return start })
	for n := range all {
		if r := e.publisher.Put(t.Context(), c.item(n, all))[0]; r.Err != nil && !strings.Contains(r.Err.Error(), "translation") {
			t.Fatal(r.Err)
		}
	}
	rules := `{"lists":{"share":0.3,"maxAge":[{"type":"Podcasts","days":3000}],"boosts":[{"topic":"ports","factor":3},{"type":"Notes","factor":0.3}]}}`
	if _, err := e.publisher.PutSettings(t.Context(), []byte(rules), engine.Edit{IfMatch: "*"}); err != nil {
		t.Fatal(err)
	}
	if _, err := e.indexer.Reindex(t.Context(), engine.ReindexOptions{}); err != nil {
		t.Fatal(err)
	}
	for n := 0; n < all; n += 10 {
		d := recommend.Curation{
			Pins:   []recommend.Decision{{ID: fmt.Sprint("work", (n+3)%all), Position: n % 3}},
			Blocks: []recommend.Decision{{ID: fmt.Sprint("work", (n+6)%all)}, {ID: fmt.Sprint("work", (n+7)%all), Note: recommend.Note{Expires: start}}},
		}
		if n%40 == 0 {
			d.Exclude = &recommend.Note{Text: "for members"}
		}
		if n%50 == 0 {
			d.NoSimilar = &recommend.Note{}
		}
		if _, err := e.publisher.Curate(t.Context(), fmt.Sprint("work", n), d, engine.Edit{IfMatch: "*"}); err != nil {
			t.Fatal(err)
		}
	}
	r := engine.NewReader(e.store, engine.ReaderOptions{Now: func() time.Time { return start }, Index: func() (engine.Ranker, error) { return e.indexer, nil }})
	held, shown := map[recommend.HoldKind]int{}, 0
	pairs := 2000
	if tools.Raced() { // which takes ten times as long; make tests asks for all without it
		pairs = 200
	}
	for n := range pairs {
		id, other := fmt.Sprint("work", n*3%all), fmt.Sprint("work", c.IntN(all))
		q := recommend.Query{Limit: 1 + c.IntN(20), NoFill: c.IntN(2) == 0}
		if n%3 == 0 {
			q = c.query(all)
		}
		list, listErr := r.Related(t.Context(), id, q)
		w, err := e.indexer.Why(t.Context(), id, other, q)
		if err != nil {
			if _, there := r.Item(t.Context(), other); listErr == nil && there == nil {
				t.Fatal(err)
			}
			continue
		}
		at := -1
		if listErr == nil {
			at = slices.IndexFunc(list.Related, func(e recommend.Entry) bool { return e.ID == other })
		}
		sum := recommend.Millionths(0)
		for _, p := range w.Why {
			sum += p.Part
		}
		if sum != w.Score {
			t.Fatalf("%s in the list of %s, %+v: %v, of which the parts are %v", other, id, q, w.Score, w.Why)
		}
		for _, h := range w.Holds {
			held[h.Kind]++
		}
		if at < 0 {
			if len(w.Holds) == 0 || w.Holds[0].Kind == recommend.HoldPending || w.Place > 0 && w.Holds[0].Kind != recommend.HoldVersion {
				t.Fatalf("%s is not in the list of %s, %+v, and why says %+v", other, id, q, w)
			}
			continue
		}
		entry := list.Related[at]
		if w.Place != at+1 || w.Tier != entry.Tier {
			t.Fatalf("%s is number %d in the list of %s, %+v, and why says %+v", other, at+1, id, q, w)
		}
		switch entry.Tier {
		case recommend.TierSimilar:
			if shown++; w.Score != entry.Score || w.Boost != entry.Boost {
				t.Fatalf("%s has the score %v, boosted %v in the list of %s, %+v, and why says %+v", other, entry.Score, entry.Boost, id, q, w)
			}
			fallthrough
		case recommend.TierPinned:
			if len(w.Holds) > 0 {
				t.Fatalf("%s is number %d in the list of %s, %+v, and is kept out by %+v", other, at+1, id, q, w.Holds)
			}
		default:
			if len(w.Holds) == 0 {
				t.Fatalf("%s fills the list of %s, %+v, and nothing keeps it from being similar: %+v", other, id, q, w)
			}
		}
	}
	for _, k := range []recommend.HoldKind{
		recommend.HoldSame, recommend.HoldUnseen, recommend.HoldEmbargo, recommend.HoldFilter, recommend.HoldBlock, recommend.HoldExclude, recommend.HoldNoSimilar,
		recommend.HoldVersion, recommend.HoldAge, recommend.HoldThreshold, recommend.HoldAuthor, recommend.HoldRank,
	} {
		if held[k] == 0 && !tools.Raced() {
			t.Errorf("nothing was held back by %s", k)
		}
	}
	if shown < pairs/25 {
		t.Errorf("%d works were shown", shown)
	}
}

// What is said to hold a work back does: without it, the work is in the list.
func TestWithoutWhatHoldsItAWorkIsShown(t *testing.T) {
	t.Parallel()
	day := start.Format("2006-01-02")
	work := func(id, title string, more func(*recommend.Item)) recommend.Item {
		it := recommend.Item{ID: id, Title: title, Lang: "en", Date: day}
		if more != nil {
			more(&it)
		}
		return it
	}
	const dredging = "Dredging the harbour at low tide"
	base := func() []recommend.Item {
		items := []recommend.Item{work("a", dredging, nil), work("b", "Dredging a harbour basin", nil), work("far", "Tariffs on orchard fruit", nil),
			work("weak", "Clinics, teachers, rivers in flood, wages, bridges, cranes and schools of a harbour town", func(it *recommend.Item) { it.Types = []string{"Reports"} })}
		for n := range 8 {
			items = append(items, work(fmt.Sprint("c", n), "Harbour pilots and ledger Quay"+strings.Repeat("x", n), nil))
		}
		return items
	}
	type world struct {
		*site
		t *testing.T
		q recommend.Query
		h recommend.Hold // that was told
	}
	curate := func(w *world, id string, c recommend.Curation) {
		if _, err := w.publisher.Curate(w.t.Context(), id, c, engine.Edit{By: "Ana", IfMatch: "*"}); err != nil {
			w.t.Fatal(err)
		}
	}
	set := func(w *world, rules string) {
		if _, err := w.publisher.PutSettings(w.t.Context(), []byte(rules), engine.Edit{IfMatch: "*"}); err != nil {
			w.t.Fatal(err)
		}
	}
	twice := func(w *world) {
		text := "A summary of some length about basins, locks and ships, that two works have word by word, here and there."
		w.put(w.t, work("b", "Dredging a harbour basin", func(it *recommend.Item) { it.Summary = text }), work("b1", "Dredging a harbour basin", func(it *recommend.Item) { it.Summary, it.Date = text, "2001-01" }))
	}
	for _, tt := range []struct {
		name        string
		other       string
		hold, bring func(*world)
		want        recommend.Hold
	}{
		{"blocked", "b", func(w *world) {
			curate(w, "a", recommend.Curation{Blocks: []recommend.Decision{{ID: "b", Note: recommend.Note{By: "Ana", Text: "a rival"}}}})
		}, func(w *world) { curate(w, "a", recommend.Curation{}) }, recommend.Hold{Kind: recommend.HoldBlock, By: "Ana", Note: "a rival"}},
		{"kept out of all lists", "b", func(w *world) {
			curate(w, "b", recommend.Curation{Exclude: &recommend.Note{By: "Ana", Text: "a test"}})
		}, func(w *world) { curate(w, "b", recommend.Curation{}) }, recommend.Hold{Kind: recommend.HoldExclude, By: "Ana", Note: "a test"}},
		{"no similar entries", "b", func(w *world) {
			curate(w, "a", recommend.Curation{NoSimilar: &recommend.Note{By: "Ana"}})
		}, func(w *world) { curate(w, "a", recommend.Curation{}) }, recommend.Hold{Kind: recommend.HoldNoSimilar, By: "Ana"}},
		{"under embargo", "b", func(w *world) {
			w.put(w.t, work("b", "Dredging a harbour basin", func(it *recommend.Item) { it.VisibleFrom = start.Add(time.Hour) }))
		}, func(w *world) { w.put(w.t, work("b", "Dredging a harbour basin", nil)) }, recommend.Hold{Kind: recommend.HoldEmbargo, Until: start.Add(time.Hour)}},
		{"withdrawn", "b", func(w *world) { w.publisher.Withdraw(w.t.Context(), "b", 0) }, func(w *world) {
			w.put(w.t, work("b", "Dredging a harbour basin", func(it *recommend.Item) { it.Version = 9 }))
		}, recommend.Hold{Kind: recommend.HoldWithdrawn}},
		{"filtered", "b", func(w *world) { w.q.Types = []string{"Reports"} }, func(w *world) { w.q.Types = nil }, recommend.Hold{Kind: recommend.HoldFilter, Name: "type"}},
		{"too old", "b", func(w *world) {
			set(w, `{"lists":{"maxAge":[{"type":"Notes","days":30}]}}`)
			w.put(w.t, work("b", "Dredging a harbour basin", func(it *recommend.Item) { it.Types, it.Date = []string{"Notes"}, "2001-01" }))
		}, func(w *world) { set(w, `{}`) }, recommend.Hold{Kind: recommend.HoldAge, Name: "Notes"}},
		{"a copy", "b1", twice, func(w *world) { w.publisher.Withdraw(w.t.Context(), "b", 0) }, recommend.Hold{Kind: recommend.HoldCopy, Item: "b"}},
		{"an author's share", "b", func(w *world) {
			set(w, `{"lists":{"share":0.3}}`)
			w.put(w.t, work("b", "A basin of the harbour", func(it *recommend.Item) { it.Authors = []string{"Eve"} }))
			for n := range 3 {
				w.put(w.t, work(fmt.Sprint("e", n), dredging+" Dock"+strings.Repeat("y", n), func(it *recommend.Item) { it.Authors = []string{"Eve"} }))
			}
		}, func(w *world) { set(w, `{"lists":{"share":1}}`) }, recommend.Hold{Kind: recommend.HoldAuthor, Name: "Eve"}},
		{"closer works, and a longer list", "weak", func(*world) {}, func(w *world) { w.q.Limit = 20 }, recommend.Hold{Kind: recommend.HoldRank}},
		{"closer works, and a boost", "weak", func(*world) {}, func(w *world) {
			w.q.Boosts = []recommend.Boost{{Type: "Reports", Factor: w.h.Boost}}
		}, recommend.Hold{Kind: recommend.HoldRank}},
		{"nothing in common", "far", func(*world) {}, func(w *world) { w.put(w.t, work("far", dredging+" and tariffs", nil)) }, recommend.Hold{Kind: recommend.HoldNothing, Needs: 10_000}},
		{"the same work", "t", func(w *world) {
			w.put(w.t, work("t", "Dragado del puerto", func(it *recommend.Item) { it.Lang, it.TranslationOf = "es", "a" }))
		}, nil, recommend.Hold{Kind: recommend.HoldSame}},
		{"another version is shown", "t", func(w *world) {
			w.put(w.t, work("t", "Dragado del puerto", func(it *recommend.Item) { it.Lang, it.TranslationOf = "es", "b" }))
		}, func(w *world) { w.q.Langs = []string{"es"} }, recommend.Hold{Kind: recommend.HoldVersion, Item: "b"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			settings := recommend.DefaultSettings()
			settings.Odds, settings.MinScore = 0, 10_000
			w := &world{site: newEngineAt(t, memory.New(), settings, func() time.Time { return start }), t: t, q: recommend.Query{Limit: 6, NoFill: true}}
			w.put(t, base()...)
			if _, err := w.indexer.Reindex(t.Context(), engine.ReindexOptions{}); err != nil {
				t.Fatal(err)
			}
			ask := func(change func(*world)) *recommend.Why {
				t.Helper()
				change(w)
				if _, err := w.indexer.CatchUp(t.Context()); err != nil {
					t.Fatal(err)
				}
				w.indexer = engine.NewIndexer(w.store, settings, engine.IndexerOptions{Now: func() time.Time { return start.Add(time.Minute) }}) // which reads the head anew
				why, err := w.indexer.Why(t.Context(), "a", tt.other, w.q)
				if err != nil {
					t.Fatal(err)
				}
				return why
			}
			why := ask(tt.hold)
			at := slices.IndexFunc(why.Holds, func(h recommend.Hold) bool { return h.Kind == tt.want.Kind })
			if at < 0 {
				t.Fatalf("%s is held back by %+v, want %s", tt.other, why.Holds, tt.want.Kind)
			}
			got := why.Holds[at]
			w.h = got
			if tt.want.Kind == recommend.HoldRank {
				if got.Needs <= why.Score || got.Boost <= 1 {
					t.Errorf("it needs a score of %v, or a boost of %v; it has %v", got.Needs, got.Boost, why.Score)
				}
				got.Needs, got.Boost = 0, 0
			}
			if got != tt.want {
				t.Errorf("it is held back by %+v, want %+v", got, tt.want)
			}
			if tt.bring == nil {
				return
			}
			if why := ask(tt.bring); why.Place == 0 || len(why.Holds) > 0 || why.Tier != recommend.TierSimilar {
				t.Errorf("without it, %s stands at %d for being %s, and is held back by %+v", tt.other, why.Place, why.Tier, why.Holds)
			}
		})
	}
}
