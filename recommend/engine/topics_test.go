package engine_test

import (
	"testing"

	"akin/infra/memory"
	"akin/recommend"
	"akin/recommend/engine"
)

// What another system calls a topic counts only where nobody described it.
func TestNameTopics(t *testing.T) {
	t.Parallel()
	s := memory.New()
	p, err := engine.NewPublisher(s, recommend.DefaultSettings(), engine.PublisherOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.PutTopics(t.Context(), recommend.Topic{Slug: "ports", Title: "Ports and quays"}, recommend.Topic{Slug: "bare"}); err != nil {
		t.Fatal(err)
	}
	for round, want := range []int{2, 0} {
		n, err := p.NameTopics(t.Context(), recommend.Topic{Slug: "ports", Title: "Harbours"}, recommend.Topic{Slug: "bare", Title: "Bare"}, recommend.Topic{Slug: "new", Title: "New"})
		if err != nil || n != want {
			t.Errorf("round %d: NameTopics = %d, %v, want %d", round, n, err, want)
		}
	}
	r := engine.NewReader(s, engine.ReaderOptions{})
	for slug, want := range map[string]string{"ports": "Ports and quays", "bare": "Bare", "new": "New"} {
		if topic, err := r.Topic(t.Context(), slug); err != nil || topic.Title != want {
			t.Errorf("topic %s is %v, %v, want the title %q", slug, topic, err, want)
		}
	}
}
