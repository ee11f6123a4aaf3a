package engine_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"akin/infra/test/storetest"
	"akin/infra/test/tools"
	"akin/recommend"
	"akin/recommend/engine"
)

// Promise 8, tiers: every entry says why it is there, in the order pinned,
// similar, topic, latest; an answer that is not to be filled is not.
func TestEveryEntryNamesItsTier(t *testing.T) {
	s := newStage(t, recommend.DefaultSettings())
	unlike := recommend.Item{ID: "unlike", Title: "Chess openings", Lang: "en", Topics: []string{"ports"}, Date: "2025-01-03"}
	far := recommend.Item{ID: "far", Title: "Orchard keeping", Lang: "en", Date: "2025-01-04"}
	s.put(t, alike("source"), alike("like"), unlike, far)
	tiers := func(q recommend.Query) map[string]recommend.Tier {
		t.Helper()
		r, err := s.reader.Related(t.Context(), "source", q)
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]recommend.Tier{}
		rank := map[recommend.Tier]int{recommend.TierPinned: 1, recommend.TierSimilar: 2, recommend.TierTopic: 3, recommend.TierLatest: 4}
		before := 0
		for _, e := range r.Related {
			got[e.ID] = e.Tier
			if rank[e.Tier] < before {
				t.Errorf("%+v: tiers out of order: %v", q, r.Related)
			}
			before = rank[e.Tier]
			if similar := e.Tier == recommend.TierSimilar; similar != (e.Score > 0) || similar != (len(e.Why) > 0) {
				t.Errorf("%s is %s and has score %v and reasons %v", e.ID, e.Tier, e.Score, e.Why)
			}
		}
		return got
	}
	want := func(name string, got, want map[string]recommend.Tier) {
		t.Helper()
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	type m = map[string]recommend.Tier
	want("before the first generation", tiers(recommend.Query{}), m{"like": "topic", "unlike": "topic", "far": "latest"})
	want("not filled, before the first generation", tiers(recommend.Query{NoFill: true}), m{})
	if r, err := s.reader.Related(t.Context(), "source", recommend.Query{}); err != nil || r.Generation != 0 || !r.ComputedAt.IsZero() || r.Stale {
		t.Errorf("before the first generation: %+v, %v", r, err)
	}
	if _, err := s.indexer.Reindex(t.Context(), engine.ReindexOptions{}); err != nil {
		t.Fatal(err)
	}
	want("filled", tiers(recommend.Query{}), m{"like": "similar", "unlike": "similar", "far": "latest"})
	want("not filled", tiers(recommend.Query{NoFill: true}), m{"like": "similar", "unlike": "similar"})
	want("filters hold for filler", tiers(recommend.Query{Topics: []string{"ports"}}), m{"like": "similar", "unlike": "similar"})
	_, err := s.publisher.Curate(t.Context(), "source", recommend.Curation{Pins: []recommend.Decision{{ID: "far"}}, NoSimilar: &recommend.Note{}}, engine.Edit{IfMatch: "*"})
	if err != nil {
		t.Fatal(err)
	}
	want("pinned, and nothing similar wanted", tiers(recommend.Query{}), m{"far": "pinned", "like": "topic", "unlike": "topic"})
	want("an editor wants no filler by topic", func() m {
		c := recommend.Curation{NoSimilar: &recommend.Note{}, NotByTopic: []recommend.Decision{{ID: "ports"}}}
		if _, err := s.publisher.Curate(t.Context(), "source", c, engine.Edit{IfMatch: "*"}); err != nil {
			t.Fatal(err)
		}
		return tiers(recommend.Query{})
	}(), m{"far": "latest", "like": "latest", "unlike": "latest"})
}

// Promise 8, age: an answer names its generation and when its list was computed,
// and calls itself stale when a change to the item waits over 60 s, the
// generation is over 30 days old, or over a fifth of the items changed since.
func TestAnswersSayWhenTheyAreStale(t *testing.T) {
	const items = 20
	setup := func() *stage {
		s := newStage(t, recommend.DefaultSettings())
		for i := range items {
			s.put(t, alike(fmt.Sprint("item", i)))
		}
		if _, err := s.indexer.Reindex(t.Context(), engine.ReindexOptions{}); err != nil {
			t.Fatal(err)
		}
		return s
	}
	answer := func(s *stage, id string) *recommend.Related {
		t.Helper()
		r, err := s.reader.Related(t.Context(), id, recommend.Query{})
		if err != nil {
			t.Fatal(err)
		}
		if r.Generation != 1 {
			t.Errorf("generation %d, want 1", r.Generation)
		}
		return r
	}
	correct := func(s *stage, n int) {
		it := alike(fmt.Sprint("item", n))
		it.Summary += " Corrected."
		s.put(t, it)
	}
	catchUp := func(s *stage) {
		t.Helper()
		if _, err := s.indexer.CatchUp(t.Context()); err != nil {
			t.Fatal(err)
		}
	}

	s := setup()
	if r := answer(s, "item0"); r.Stale || !r.ComputedAt.Equal(start) {
		t.Errorf("fresh: stale %v, computed at %v", r.Stale, r.ComputedAt)
	}
	s.now = start.Add(time.Minute)
	correct(s, 0)
	s.now = s.now.Add(time.Minute)
	if answer(s, "item0").Stale {
		t.Error("stale when a change has waited for 60 s")
	}
	s.now = s.now.Add(time.Second)
	if !answer(s, "item0").Stale {
		t.Error("not stale when a change has waited for 61 s")
	}
	if answer(s, "item1").Stale {
		t.Error("stale though the change that waits is to another item")
	}
	catchUp(s)
	if r := answer(s, "item0"); r.Stale || !r.ComputedAt.Equal(s.now) {
		t.Errorf("once indexed: stale %v, computed at %v, want %v", r.Stale, r.ComputedAt, s.now)
	}
	s.now = start.Add(30 * 24 * time.Hour)
	if answer(s, "item0").Stale {
		t.Error("stale at 30 days")
	}
	s.now = s.now.Add(time.Second)
	if !answer(s, "item0").Stale {
		t.Error("not stale a second after 30 days")
	}

	s = setup()
	for i := range items / 5 {
		correct(s, i)
	}
	catchUp(s)
	if answer(s, "item9").Stale {
		t.Error("stale when a fifth of the items changed")
	}
	correct(s, items/5)
	catchUp(s)
	if !answer(s, "item9").Stale {
		t.Error("not stale when over a fifth of the items changed")
	}
	if st, err := s.reader.Status(t.Context()); err != nil || !st.Stale {
		t.Errorf("status: %+v, %v", st, err)
	}
}

// What counts is how many items changed, not how often: an editor who saves one
// item again and again makes nothing stale, in the generation in use, in the one
// that a rebuild is making, and in the one before.
func TestStaleCountsItemsNotChanges(t *testing.T) {
	const items = 20
	s := newStage(t, recommend.DefaultSettings())
	for i := range items {
		s.put(t, alike(fmt.Sprint("item", i)))
	}
	save := func(n, times int) {
		for i := range times {
			it := alike(fmt.Sprint("item", n))
			it.Summary = fmt.Sprintf("%s Corrected %d times at %d.", it.Summary, i, s.now.Unix())
			s.put(t, it)
		}
		s.now = s.now.Add(time.Second)
	}
	stale := func(when string, want bool) {
		t.Helper()
		if _, err := s.indexer.CatchUp(t.Context()); err != nil {
			t.Fatal(err)
		}
		r, err := s.reader.Related(t.Context(), "item9", recommend.Query{})
		if err != nil || r.Stale != want {
			t.Errorf("%s: stale %v, want %v (%v)", when, r.Stale, want, err)
		}
		if st, err := s.reader.Status(t.Context()); err != nil || st.Stale != want {
			t.Errorf("%s: the status says stale %v, want %v (%v)", when, st.Stale, want, err)
		}
	}
	if _, err := s.indexer.Reindex(t.Context(), engine.ReindexOptions{}); err != nil {
		t.Fatal(err)
	}
	save(0, 3*items)
	for i := range 3 * items { // of ids that nobody knows
		if r := s.publisher.Withdraw(t.Context(), fmt.Sprint("unknown", i), 0); r.Err != nil {
			t.Fatal(r.Err)
		}
	}
	stale("one item saved again and again", false)
	save(1, 1)
	save(2, 1)

	g, err := s.indexer.Plan(t.Context(), 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	save(2, 2)
	save(3, 2)
	stale("four of twenty items changed", false)
	if err := s.indexer.MapShard(t.Context(), g.Number, 0, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := s.indexer.Commit(t.Context(), g.Number, engine.ReindexOptions{Force: true}); err != nil {
		t.Fatal(err)
	}
	save(4, 9)
	save(5, 1)
	stale("two changed while the generation was made, two since", false)
	save(6, 1)
	stale("a fifth one changed", true)
	if _, err := s.indexer.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	stale("seven changed since the one before", true)
	if _, err := s.indexer.Reindex(t.Context(), engine.ReindexOptions{Force: true}); err != nil {
		t.Fatal(err)
	}
	save(0, 2*items)
	stale("made anew", false)
}

// Promise 9: whatever the order in which the items came, in one go or by and by,
// and whatever numbers they got, a reindex gives the same answers to the byte.
func TestOrderOfArrivalDoesNotMatter(t *testing.T) {
	tools.SkipRaced(t)
	items := corpus(t)
	first := allAnswers(t, sampled(t), items)
	for round := range 2 {
		rng := rand.New(rand.NewPCG(uint64(round), 4))
		e := newEngine(t, storetest.NewMemory(), recommend.DefaultSettings())
		rng.Shuffle(len(items), func(i, j int) { items[i], items[j] = items[j], items[i] })
		if round == 0 { // the first generation knows half of them, some in an earlier version
			for i, it := range items[:len(items)/2] {
				if i%3 == 0 {
					it.Title, it.Version, it.TranslationOf = "To be announced", 0, ""
				}
				if it.Version == 0 && it.Status != recommend.Withdrawn {
					e.put(t, it)
				}
			}
			if _, err := e.indexer.Reindex(t.Context(), engine.ReindexOptions{}); err != nil {
				t.Fatal(err)
			}
		}
		e.put(t, items...)
		if _, err := e.indexer.Reindex(t.Context(), engine.ReindexOptions{Force: true}); err != nil {
			t.Fatal(err)
		}
		for name, answer := range allAnswers(t, e, items) {
			if answer != first[name] {
				t.Errorf("round %d: %s is\n%.600s\nand was\n%.600s", round, name, answer, first[name])
			}
		}
		if t.Failed() {
			break
		}
	}
	if len(first) < 320 {
		t.Errorf("%d answers compared, want more", len(first))
	}
}

// allAnswers returns every related answer and listing as JSON, but for what says
// when it was made.
func allAnswers(t *testing.T, e *site, items []recommend.Item) map[string]string {
	t.Helper()
	answers := map[string]string{}
	keep := func(name string, v any) {
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		answers[name] = string(b)
	}
	for _, it := range items {
		r, err := e.reader.Related(t.Context(), it.ID, recommend.Query{Limit: 20})
		if err != nil {
			answers["related "+it.ID] = err.Error()
			continue
		}
		r.Generation, r.ComputedAt, r.Stale = 0, time.Time{}, false
		keep("related "+it.ID, r)
	}
	topics, err := e.reader.Topics(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	keep("topics", topics)
	for _, slug := range append(topicSlugs(topics), "") {
		l, err := e.reader.Listing(t.Context(), slug, recommend.ListQuery{Limit: 100})
		if err != nil {
			t.Fatal(err)
		}
		keep("listing "+slug, l.Items)
	}
	return answers
}

func topicSlugs(topics []recommend.Topic) []string {
	var slugs []string
	for _, topic := range topics {
		slugs = append(slugs, topic.Slug)
	}
	return slugs
}
