package engine_test

import (
	"encoding/json"
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

// A crowd draws works that share words, and filters that few or many of them pass.
type crowd struct{ *rand.Rand }

func (c crowd) some(most int, from ...string) []string {
	var out []string
	for range c.IntN(most + 1) {
		if s := from[c.IntN(len(from))]; !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

var (
	crowdTypes   = []string{"Reports", "Notes", "Data", "Podcasts"}
	crowdTopics  = []string{"ports", "rivers", "taxes", "schools", "old-ports"}
	crowdAuthors = []string{"Ana", "Ben", "Cleo", "Dov", "Eve"}
	crowdLangs   = []string{"en", "en", "en", "es", "fr"}
)

func (c crowd) item(n, all int) recommend.Item {
	words := strings.Fields("harbour tide crane pilot ledger clinic teacher river flood bridge tariff wage orchard")
	it := recommend.Item{
		ID: fmt.Sprint("work", n), Lang: crowdLangs[c.IntN(len(crowdLangs))],
		Types: c.some(1, crowdTypes...), Topics: c.some(2, crowdTopics...), Authors: c.some(2, crowdAuthors...),
	}
	for range 3 + c.IntN(6) {
		it.Title += words[min(c.IntN(len(words)), c.IntN(len(words)))] + " "
	}
	it.Title += fmt.Sprint("Model", c.IntN(12), " Series", n%30)
	if c.IntN(5) > 0 {
		it.Date = fmt.Sprintf("20%02d-%02d", 5+c.IntN(20), 1+c.IntN(12))
	}
	if c.IntN(8) == 0 {
		if it.TranslationOf = fmt.Sprint("work", c.IntN(all)&^7); it.TranslationOf == it.ID || n&7 == 0 {
			it.TranslationOf = ""
		}
	}
	if c.IntN(12) == 0 {
		it.VisibleFrom = start.Add(time.Hour)
	}
	return it
}

func (c crowd) query(all int) recommend.Query {
	q := recommend.Query{Limit: 1 + c.IntN(50), NoFill: c.IntN(3) > 0}
	for q.Types == nil && q.Topics == nil && q.Langs == nil && q.Authors == nil && q.Exclude == nil && q.Since.IsZero() && q.Until.IsZero() {
		if c.IntN(3) == 0 {
			q.Types = c.some(2, crowdTypes...)
		}
		if c.IntN(3) == 0 {
			q.Topics = c.some(2, crowdTopics...)
		}
		if c.IntN(3) == 0 {
			q.Langs = c.some(2, "en", "es", "fr", "de")
		}
		if c.IntN(4) == 0 {
			q.Authors = c.some(2, crowdAuthors...)
		}
		if c.IntN(4) == 0 {
			q.Since = time.Date(2005+c.IntN(20), 1, 1, 0, 0, 0, 0, time.UTC)
		}
		if c.IntN(4) == 0 {
			q.Until = time.Date(2005+c.IntN(20), 7, 1, 0, 0, 0, 0, time.UTC)
		}
		if c.IntN(4) == 0 {
			for range c.IntN(60) {
				q.Exclude = append(q.Exclude, fmt.Sprint("work", c.IntN(all)))
			}
		}
	}
	return q
}

// Any filter answers the best of all items that pass it, as if every list named
// all items: also after changes, with what editors decided, and with merged topics.
// Where nobody can tell, the answer says that it may not be complete.
func TestFiltersAgreeWithBruteForce(t *testing.T) {
	t.Parallel()
	queriesAgree(t, crowd{rand.New(rand.NewPCG(16, 3))}, 10_000, "{}", crowd.query)
}

// The same holds with boosts, filters or not, and with rules of the site.
func TestBoostsAgreeWithBruteForce(t *testing.T) {
	t.Parallel()
	rules := `{"lists":{"share":0.3,"maxAge":[{"type":"Podcasts","days":3000}],
		"boosts":[{"topic":"ports","factor":3},{"type":"Notes","olderThan":2000,"factor":0.3},{"author":"Ana","factor":5,"to":"2020"}]}}`
	queriesAgree(t, crowd{rand.New(rand.NewPCG(16, 5))}, 4000, rules, func(c crowd, all int) recommend.Query {
		q := recommend.Query{Limit: 1 + c.IntN(50), NoFill: c.IntN(3) > 0}
		if c.IntN(2) == 0 {
			q = c.query(all)
		}
		for range c.IntN(4) {
			b := recommend.Boost{Factor: 0.1 + 9.9*c.Float64()}
			switch c.IntN(5) {
			case 0:
				b.Type = crowdTypes[c.IntN(len(crowdTypes))]
			case 1:
				b.Topic = crowdTopics[c.IntN(len(crowdTopics))]
			case 2:
				b.Author = crowdAuthors[c.IntN(len(crowdAuthors))]
			case 3:
				b.NewerThan = 1 + c.IntN(7000)
			default:
				b.OlderThan = 1 + c.IntN(7000)
			}
			q.Boosts = append(q.Boosts, b)
		}
		return q
	})
}

// queriesAgree asks two sites of one crowd, of which one has lists that name all items.
func queriesAgree(t *testing.T, c crowd, filters int, rules string, draw func(crowd, int) recommend.Query) {
	t.Helper()
	const all = 190
	if tools.Raced() { // which takes ten times as long; make tests asks all without it
		filters /= 20
	}
	clock := func() time.Time { return start }
	type side struct {
		*site
		alone *engine.Reader // without an index
	}
	open := func(k int) *side {
		settings := recommend.DefaultSettings()
		settings.K, settings.Odds = k, 0
		e := newEngine(t, memory.New(), settings)
		var err error
		if e.publisher, err = engine.NewPublisher(e.store, settings, engine.PublisherOptions{Now: clock}); err != nil {
			t.Fatal(err)
		}
		e.indexer = engine.NewIndexer(e.store, settings, engine.IndexerOptions{Now: clock})
		e.reader = engine.NewReader(e.store, engine.ReaderOptions{Now: clock, HeadAge: time.Hour, Index: func() (engine.Ranker, error) { return e.indexer, nil }})
		return &side{e, engine.NewReader(e.store, engine.ReaderOptions{Now: clock, HeadAge: time.Hour})}
	}
	short, whole := open(10), open(recommend.MaxCandidates)
	both := func(f func(*side)) { f(short); f(whole) }
	var items []recommend.Item
	for n := range all {
		items = append(items, c.item(n, all))
	}
	decide := func(id string, d recommend.Curation) {
		t.Helper()
		both(func(s *side) {
			if _, err := s.publisher.Curate(t.Context(), id, d, engine.Edit{IfMatch: "*"}); err != nil {
				t.Fatal(err)
			}
		})
	}
	both(func(s *side) {
		for _, it := range items {
			if r := s.publisher.Put(t.Context(), it)[0]; r.Err != nil && it.TranslationOf == "" {
				t.Fatal(r.Err) // translations of translations are refused
			}
		}
		if _, err := s.publisher.PutSettings(t.Context(), []byte(rules), engine.Edit{IfMatch: "*"}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.indexer.Reindex(t.Context(), engine.ReindexOptions{}); err != nil {
			t.Fatal(err)
		}
		topic := recommend.TopicCuration{MergedInto: &recommend.Decision{ID: "ports"}}
		if _, err := s.publisher.CurateTopic(t.Context(), "old-ports", topic, engine.Edit{IfMatch: "*"}); err != nil {
			t.Fatal(err)
		}
	})
	decide("work0", recommend.Curation{Pins: []recommend.Decision{{ID: "work8"}, {ID: "work16"}}, Blocks: []recommend.Decision{{ID: "work24"}, {ID: "work32"}}})
	decide("work40", recommend.Curation{Exclude: &recommend.Note{}})

	asked, beyond, unproven := 0, 0, 0
	for n := range filters {
		if n%500 == 499 { // some change, and the index with them
			changed := c.item(c.IntN(all), all)
			changed.TranslationOf = ""
			gone := fmt.Sprint("work", c.IntN(all))
			both(func(s *side) {
				s.publisher.Put(t.Context(), changed)
				if n%1000 == 999 {
					s.publisher.Withdraw(t.Context(), gone, 0)
				}
				if _, err := s.indexer.CatchUp(t.Context()); err != nil {
					t.Fatal(err)
				}
			})
		}
		id, q := fmt.Sprint("work", c.IntN(all)), draw(c, all)
		answer := func(r *engine.Reader) (string, *recommend.Related) {
			got, err := r.Related(t.Context(), id, q)
			if err != nil {
				return err.Error(), &recommend.Related{}
			}
			seen := *got
			got.Generation, got.ComputedAt = 0, time.Time{}
			b, err := json.Marshal(got)
			if err != nil {
				t.Fatal(err)
			}
			return string(b), &seen
		}
		want, _ := answer(whole.reader)
		got, related := answer(short.reader)
		if got != want {
			t.Fatalf("filter %d of %s: %+v\ngot  %s\nwant %s", n, id, q, got, want)
		}
		similar := 0
		for _, e := range related.Related {
			if e.Tier == recommend.TierSimilar {
				similar++
			}
		}
		if asked++; similar > 10 {
			beyond++
		}
		// Without an index it is the same, or says that it is not.
		if alone, r := answer(short.alone); r.Complete != nil {
			unproven++
			if *r.Complete || !strings.Contains(alone, `"complete":false`) {
				t.Fatalf("%s", alone)
			}
		} else if alone != want {
			t.Fatalf("filter %d of %s without an index: %+v\ngot  %s\nwant %s", n, id, q, alone, want)
		}
	}
	if asked != filters || beyond < filters/20 || unproven < filters/20 || unproven > filters*19/20 {
		t.Errorf("%d filters, %d of them beyond the stored lists, %d unproven without an index", asked, beyond, unproven)
	}
}

// Drafts obey filters as stored items do.
func TestDraftsAreFilteredExactly(t *testing.T) {
	t.Parallel()
	e := newEngine(t, memory.New(), shortLists())
	for n := range 60 {
		it := recommend.Item{ID: fmt.Sprint("near", n), Title: "Dredging the harbour at low tide", Lang: "en", Types: []string{"Notes"}, Date: "2025-01"}
		if n >= 50 { // the last, as all score the same
			it.Types, it.Date = []string{"Reports"}, "2001-01"
		}
		it.Title += fmt.Sprint(" Pier", n)
		e.put(t, it)
	}
	if _, err := e.indexer.Reindex(t.Context(), engine.ReindexOptions{}); err != nil {
		t.Fatal(err)
	}
	d, err := e.indexer.Draft(t.Context(), recommend.Item{Title: "Dredging the harbour", Lang: "en"}, recommend.Query{Limit: 20, Types: []string{"Reports"}, NoFill: true})
	if err != nil || len(d.Related.Related) != 10 || d.Complete != nil {
		t.Errorf("%d entries, complete %v, %v; want the 10 reports", len(d.Related.Related), d.Complete, err)
	}
}
