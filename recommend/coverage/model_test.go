package coverage_test

import (
	"slices"
	"testing"
	"time"

	"akin/recommend"
	"akin/recommend/coverage"
	"akin/recommend/engine"
)

// For every item that the report finds a topic missing on, a draft of the same
// item gets the same topic suggested, with the same confidence; and no topic
// that the item has.
func TestDraftAndReportAgree(t *testing.T) {
	items, topics := sample(t)
	items, _ = coverage.Hide(items, 0.1, 1)
	s := unlabelled.site(t, items, topics)
	r := s.report(t)
	drafter := coverage.NewDrafter(s.indexer, func() time.Time { return now })
	byID := map[string]recommend.Item{}
	for _, it := range items {
		byID[it.ID] = it
	}
	compared := 0
	for _, f := range r.Findings {
		if f.Kind != coverage.MissingTopic || f.Other != "" {
			continue
		}
		it := byID[f.Item]
		d, err := drafter.Draft(t.Context(), it, recommend.Query{Limit: 5})
		if err != nil {
			t.Fatal(err)
		}
		at := slices.IndexFunc(d.SuggestedTopics, func(s engine.TopicSuggestion) bool { return s.Topic == f.Topic })
		if at < 0 {
			t.Errorf("%s is missing on %s with %v, and no draft of it gets it suggested: %v", f.Topic, f.Item, f.Confidence, d.SuggestedTopics)
			continue
		}
		if got := d.SuggestedTopics[at]; got.Confidence != f.Confidence || len(got.Evidence) == 0 {
			t.Errorf("%s on %s: the report says %v, the draft %v with %v", f.Topic, f.Item, f.Confidence, got.Confidence, got.Evidence)
		}
		for _, s := range d.SuggestedTopics {
			if slices.Contains(it.Topics, s.Topic) {
				t.Errorf("a draft of %s gets %s suggested, which it has", f.Item, s.Topic)
			}
		}
		compared++
	}
	if compared < 20 {
		t.Errorf("%d findings were compared, want 20 and more", compared)
	}
}

// Promise 5, for what a draft is told: works that are withdrawn or under embargo
// are no evidence for a topic from that moment on, though the model was learned
// when they were out.
func TestSuggestionsHideWhatReadersMayNotSee(t *testing.T) {
	items, topics := sample(t)
	items, hidden := coverage.Hide(items, 0.1, 1)
	s := unlabelled.site(t, items, topics)
	drafter := coverage.NewDrafter(s.indexer, func() time.Time { return now })
	byID := map[string]recommend.Item{}
	for _, it := range items {
		byID[it.ID] = it
	}
	evidence := func(it recommend.Item) []string {
		t.Helper()
		d, err := drafter.Draft(t.Context(), it, recommend.Query{Limit: 5})
		if err != nil {
			t.Fatal(err)
		}
		var ids []string
		for _, topic := range d.SuggestedTopics {
			ids = append(ids, topic.Evidence...)
		}
		return ids
	}
	tried := 0
	for _, h := range hidden {
		it := byID[h.Item]
		before := evidence(it)
		if len(before) < 2 || tried == 5 {
			continue
		}
		tried++
		gone, later := before[0], byID[before[len(before)-1]]
		if gone == later.ID {
			continue
		}
		if r := s.publisher.Withdraw(t.Context(), gone, 0); r.Err != nil {
			t.Fatal(r.Err)
		}
		later.VisibleFrom = now.Add(time.Hour)
		s.put(t, later)
		if after := evidence(it); slices.Contains(after, gone) || slices.Contains(after, later.ID) {
			t.Errorf("a draft of %s is told of %s, withdrawn, or %s, under embargo: %v", it.ID, gone, later.ID, after)
		}
	}
	if tried == 0 {
		t.Error("no draft gets a topic suggested for two works")
	}
}

// Of a corpus whose labels are honest, the report doubts few.
func TestFewDoubtsOnHonestLabels(t *testing.T) {
	items, topics := sample(t)
	r := clean.site(t, items, topics).report(t)
	missing := r.Site.Findings[string(coverage.MissingTopic)]
	if wrong := r.Site.Findings[string(coverage.WrongTopic)]; missing > 14 || wrong > 1 {
		t.Errorf("%d missing topics and %d wrong ones, want 14 and 1 at most", missing, wrong)
	}
}
