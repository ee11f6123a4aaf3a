package engine_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"akin/infra/test/storetest"
	"akin/recommend"
	"akin/recommend/engine"
)

// A stage is items that are all alike, and a clock.
type stage struct {
	*site
	t   *testing.T
	now time.Time
}

var start = time.Date(2025, 6, 1, 12, 0, 0, 0, time.UTC)

func newStage(t *testing.T, settings recommend.Settings) *stage {
	t.Helper()
	s := &stage{t: t, now: start}
	clock := func() time.Time { return s.now }
	store := storetest.NewMemory()
	p, err := engine.NewPublisher(store, settings, engine.PublisherOptions{Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	s.site = &site{
		store: store, publisher: p,
		indexer: engine.NewIndexer(store, settings, engine.IndexerOptions{Now: clock}),
		reader:  engine.NewReader(store, engine.ReaderOptions{Now: clock}),
	}
	return s
}

// alike makes an item about the same as all others, with a topic of its own.
func alike(id string) recommend.Item {
	return recommend.Item{
		ID: id, Title: "Dredging the harbour of " + id, Summary: "Ships, silt and tides.", Lang: "en", URL: "/works/" + id,
		Topics: []string{"ports", "only-" + id}, Types: []string{"Reports"}, Authors: []string{id}, Date: "2025-01-02",
	}
}

// answers returns which of akin's answers show an item or its language version.
func (s *stage) answers(id string) []string {
	s.t.Helper()
	ctx := s.t.Context()
	var shown []string
	note := func(answer string, ids ...string) {
		if slices.Contains(ids, id) {
			shown = append(shown, answer)
		}
	}
	fatal := func(err error) {
		if err != nil {
			s.t.Helper()
			s.t.Fatal(err)
		}
	}
	for _, q := range []recommend.Query{{Limit: 50}, {Limit: 50, NoFill: true}, {Limit: 50, Topics: []string{"ports"}}} {
		r, err := s.reader.Related(ctx, "source", q)
		fatal(err)
		note("related", entryIDs(r.Related)...)
		for _, tr := range r.Translations {
			note("translations", tr.ID)
		}
	}
	for _, slug := range []string{"", "ports", "only-" + id} {
		l, err := s.reader.Listing(ctx, slug, recommend.ListQuery{Limit: 100, Ungrouped: true})
		if errors.Is(err, recommend.ErrTopicNotFound) {
			continue
		}
		fatal(err)
		for _, c := range l.Items {
			note("listing", c.ID)
			for _, tr := range c.Translations {
				note("translations", tr.ID)
			}
		}
	}
	topics, err := s.reader.Topics(ctx)
	fatal(err)
	for _, topic := range topics {
		note("topics", strings.TrimPrefix(topic.Slug, "only-"))
	}
	f, err := s.reader.Facets(ctx, "ports", recommend.ListQuery{})
	fatal(err)
	for _, author := range f.Authors {
		note("facets", author.Value)
	}
	cards, err := s.reader.Cards(ctx, "source", id)
	fatal(err)
	for _, c := range cards {
		note("cards", c.ID)
		for _, tr := range c.Translations {
			note("translations", tr.ID)
		}
	}
	found, err := s.indexer.Search(ctx, "dredging the harbour of "+id, "", 100)
	fatal(err)
	note("search", entryIDs(found)...)
	for _, topics := range [][]string{nil, {"ports", "only-" + id}} { // of a topic that it has there is no suggestion
		draft := alike(id)
		draft.ID, draft.Topics = "draft", topics
		d, err := s.indexer.Draft(ctx, draft, recommend.Query{Limit: 50})
		fatal(err)
		note("draft", entryIDs(d.Related.Related)...)
		for _, dup := range d.NearDuplicates {
			note("near duplicates", dup.ID)
		}
		for _, list := range d.Enters {
			note("enters", list.ID, list.Leaves)
		}
	}
	if _, err := s.reader.Related(ctx, id, recommend.Query{}); err == nil {
		note("its own", id)
	}
	slices.Sort(shown)
	return slices.Compact(shown)
}

func entryIDs(entries []recommend.Entry) []string {
	var ids []string
	for _, e := range entries {
		ids = append(ids, e.ID)
	}
	return ids
}

// Promise 5: what is withdrawn, embargoed, blocked or excluded is in no answer
// from that moment on, though the index has not heard of it; when an embargo ends
// the item is back without anything being done.
func TestNeverShowsWhatMustNotBeShown(t *testing.T) {
	s := newStage(t, shortLists())
	var items []recommend.Item
	for _, id := range []string{"source", "gone", "later", "blocked", "excluded", "fine"} {
		items = append(items, alike(id))
	}
	version := alike("version")
	version.Lang, version.TranslationOf = "es", "source"
	items = append(items, version)
	s.put(t, items...)
	if _, err := s.indexer.Reindex(t.Context(), engine.ReindexOptions{}); err != nil {
		t.Fatal(err)
	}
	everywhere := []string{"cards", "draft", "enters", "facets", "its own", "listing", "near duplicates", "related", "search", "topics"}
	for _, id := range []string{"gone", "later", "blocked", "excluded"} {
		if got := s.answers(id); !slices.Equal(got, everywhere) {
			t.Errorf("before: %s is shown by %q, want %q", id, got, everywhere)
		}
	}
	if got := s.answers("version"); !slices.Contains(got, "translations") || !slices.Contains(got, "listing") {
		t.Errorf("before: the version is shown by %q", got)
	}

	// From here on the index hears of nothing.
	for _, id := range []string{"gone", "version"} {
		if r := s.publisher.Withdraw(t.Context(), id, 0); r.Err != nil {
			t.Fatal(r.Err)
		}
	}
	later := alike("later")
	later.VisibleFrom = start.Add(time.Hour)
	s.put(t, later)
	curation := recommend.Curation{
		Pins:   []recommend.Decision{{ID: "gone"}, {ID: "later"}, {ID: "fine"}},
		Blocks: []recommend.Decision{{ID: "blocked"}},
	}
	if _, err := s.publisher.Curate(t.Context(), "source", curation, engine.Edit{IfMatch: "*"}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.publisher.Curate(t.Context(), "excluded", recommend.Curation{Exclude: &recommend.Note{}}, engine.Edit{IfMatch: "*"}); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"gone", "later", "version"} {
		if got := s.answers(id); len(got) > 0 {
			t.Errorf("%s is shown by %q", id, got)
		}
	}
	for _, id := range []string{"blocked", "excluded"} {
		if got := s.answers(id); slices.Contains(got, "related") {
			t.Errorf("%s is shown by %q", id, got)
		}
	}
	if got := s.answers("excluded"); slices.Contains(got, "draft") {
		t.Errorf("what is excluded is shown by %q", got)
	}
	// A block holds the other way too.
	r, err := s.reader.Related(t.Context(), "blocked", recommend.Query{Limit: 50})
	if err != nil {
		t.Fatal(err)
	}
	if slices.Contains(entryIDs(r.Related), "source") {
		t.Error("the blocked item shows the one that blocks it")
	}
	if r.Until != later.VisibleFrom {
		t.Errorf("the answer holds until %v, want the end of the embargo, %v", r.Until, later.VisibleFrom)
	}
	if _, err := s.reader.Related(t.Context(), "gone", recommend.Query{}); !errors.Is(err, recommend.ErrWithdrawn) {
		t.Errorf("related to what is withdrawn: %v", err)
	}
	if _, err := s.reader.Related(t.Context(), "later", recommend.Query{}); !errors.Is(err, recommend.ErrNotFound) {
		t.Errorf("related to what is embargoed: %v", err)
	}
	if _, err := s.reader.Find(t.Context(), "/works/gone"); !errors.Is(err, recommend.ErrNotFound) {
		t.Errorf("the address of what is withdrawn: %v", err)
	}

	s.now = start.Add(time.Hour - time.Second)
	if got := s.answers("later"); len(got) > 0 {
		t.Errorf("a second before the end of its embargo %q is shown by %q", "later", got)
	}
	s.now = start.Add(time.Hour)
	if got := s.answers("later"); !slices.Equal(got, everywhere) {
		t.Errorf("at the end of its embargo %q is shown by %q, want %q", "later", got, everywhere)
	}
	s.check(t)
	for _, id := range []string{"gone", "version"} {
		if got := s.answers(id); len(got) > 0 {
			t.Errorf("once indexed, %s is shown by %q", id, got)
		}
	}
}
