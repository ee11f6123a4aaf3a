package dynamo_test

import (
	"errors"
	"fmt"
	"testing"

	"akin/infra/test/dynamotest"
	"akin/recommend"
	"akin/recommend/engine"
)

// What editors decide, its history, undo and merged topics work on a table as
// they do on a file; a block of many works at once keeps within a transaction.
func TestCurationOnATable(t *testing.T) {
	s := dynamotest.Open(t, nil)
	p, err := engine.NewPublisher(s, settings(), engine.PublisherOptions{})
	if err != nil {
		t.Fatal(err)
	}
	r := engine.NewReader(s, engine.ReaderOptions{})
	items := []recommend.Item{{ID: "one", Title: "Flood walls", Lang: "en", Topics: []string{"ports"}}}
	var many []recommend.Decision
	for i := range 80 {
		items = append(items, recommend.Item{ID: fmt.Sprintf("other%02d", i), Title: "Harbour dues", Lang: "en", Topics: []string{"quays"}})
		many = append(many, recommend.Decision{ID: items[i+1].ID})
	}
	for _, result := range p.Put(t.Context(), items...) {
		if result.Err != nil {
			t.Fatal(result.Err)
		}
	}
	tag, err := p.Curate(t.Context(), "one", recommend.Curation{Blocks: many[:20]}, engine.Edit{By: "mar", Note: "too close", IfMatch: "0"})
	if err != nil {
		t.Fatal(err)
	}
	var invalid *recommend.InvalidError
	if _, err := p.Curate(t.Context(), "one", recommend.Curation{Blocks: many}, engine.Edit{IfMatch: tag}); !errors.As(err, &invalid) || invalid.Field != "blocks" {
		t.Errorf("more blocks than a transaction takes: %v, want a refusal that says how many", err)
	}
	for _, id := range []string{"one", "other00"} {
		changes, err := r.History(t.Context(), engine.Subject{Item: id})
		if err != nil || len(changes) != 1 || changes[0].By != "mar" || changes[0].Note != "too close" {
			t.Errorf("history of %s: %d changes, %v, want the one of mar", id, len(changes), err)
		}
	}
	if _, err := p.Undo(t.Context(), engine.Subject{Item: "one"}, 1, engine.Edit{IfMatch: tag}); err != nil {
		t.Fatal(err)
	}
	if c, err := r.Curation(t.Context(), "other00"); err != nil || len(c.Blocks) != 0 {
		t.Errorf("undone, the other work has %+v, %v", c.Blocks, err)
	}
	merge := recommend.TopicCuration{MergedInto: &recommend.Decision{ID: "quays"}, Featured: []recommend.Decision{{ID: "one"}}}
	if _, err := p.CurateTopic(t.Context(), "ports", merge, engine.Edit{By: "mar", IfMatch: "0"}); err != nil {
		t.Fatal(err)
	}
	l, err := r.Listing(t.Context(), "ports", recommend.ListQuery{Limit: 100})
	if err != nil || len(l.Items) != len(items) {
		t.Errorf("the merged listing has %d items, %v, want %d", len(l.Items), err, len(items))
	}
	rulings, err := r.Rulings(t.Context())
	if err != nil || len(rulings) != 2 || rulings[0].Action != engine.ActFeature || rulings[1].Action != engine.ActMerge {
		t.Errorf("rulings %+v, %v, want what is featured, and the merge", rulings, err)
	}
	if _, err := p.Undo(t.Context(), engine.Subject{Topic: "ports"}, 1, engine.Edit{IfMatch: "1"}); err != nil {
		t.Fatal(err)
	}
	if l, err = r.Listing(t.Context(), "ports", recommend.ListQuery{}); err != nil || len(l.Items) != 1 {
		t.Errorf("undone, the listing has %d items, %v, want its own", len(l.Items), err)
	}
}
