package engine_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
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

// No topic is below itself, whatever way topics are described: all at once, one
// after another, from two sides at the same time, by another system, or by merges.
func TestCirclesOfTopicsAreRefused(t *testing.T) {
	t.Parallel()
	topic := func(slug, parent string) recommend.Topic {
		return recommend.Topic{Slug: slug, Title: strings.ToUpper(slug), Parent: parent}
	}
	type batch []recommend.Topic
	deep := batch{topic("d0", "")}
	for i := range 70 {
		deep = append(deep, topic(fmt.Sprint("d", i+1), fmt.Sprint("d", i)))
	}
	for _, tt := range []struct {
		name    string
		batches []batch
		refused []string
	}{
		{"a tree, children first", []batch{{topic("c", "b"), topic("b", "a"), topic("a", "")}}, nil},
		{"two", []batch{{topic("a", "b"), topic("b", "a"), topic("c", "b")}}, []string{"b"}},
		{"one after another", []batch{{topic("a", "b")}, {topic("b", "c")}, {topic("c", "a"), topic("e", "c")}}, []string{"c"}},
		{"two circles in one go", []batch{{topic("a", "b"), topic("b", "a"), topic("c", "d"), topic("d", "e"), topic("e", "c")}}, []string{"b", "e"}},
		{"a tree turned round at once", []batch{{topic("a", "b"), topic("b", "")}, {topic("b", "a"), topic("a", "")}}, nil},
		{"too deep", []batch{deep}, []string{"d64"}},
		{"wrong in itself, beside a right one", []batch{{topic("a", "a"), topic("b", "")}}, []string{"a"}},
	} {
		p, r := topicsOf(t, memory.New())
		var refused []string
		var all []string
		for _, b := range tt.batches {
			wrong, err := engine.RefusedTopics(p.PutTopics(t.Context(), b...))
			if err != nil {
				t.Fatalf("%s: %v", tt.name, err)
			}
			for _, e := range wrong {
				var invalid *recommend.InvalidError
				if refused = append(refused, e.Slug); !errors.As(e, &invalid) || invalid.Field != "parent" {
					t.Errorf("%s: %v is not a mistake of the parent", tt.name, e)
				}
			}
			for _, topic := range b {
				all = append(all, topic.Slug)
			}
		}
		if !slices.Equal(refused, tt.refused) {
			t.Errorf("%s: refused %q, want %q", tt.name, refused, tt.refused)
		}
		for _, slug := range all {
			if got, err := r.Topic(t.Context(), slug); !slices.Contains(refused, slug) && (err != nil || got.Title == slug) {
				t.Errorf("%s: %q is not described: %v, %v", tt.name, slug, got, err)
			}
		}
	}

	// What another system calls so is named all the same.
	p, r := topicsOf(t, memory.New())
	if n, err := p.NameTopics(t.Context(), topic("a", "b"), topic("b", "a")); n != 2 || err != nil {
		t.Errorf("named by another system: %d, %v", n, err)
	}
	if b, err := r.Topic(t.Context(), "b"); err != nil || b.Title != "B" || b.Parent != "" {
		t.Errorf("named by another system: %+v, %v", b, err)
	}

	// By a merge, whichever comes first.
	p, _ = topicsOf(t, memory.New())
	merge := func(into string) error {
		_, err := p.CurateTopic(t.Context(), "a", recommend.TopicCuration{MergedInto: &recommend.Decision{ID: into}}, engine.Edit{IfMatch: "*"})
		return err
	}
	if err := p.PutTopics(t.Context(), topic("a", ""), topic("b", ""), topic("c", "b")); err != nil {
		t.Fatal(err)
	}
	if err := merge("c"); err != nil { // what is below a is below c from here on
		t.Fatal(err)
	}
	if err := p.PutTopics(t.Context(), topic("b", "a")); err == nil {
		t.Error("b is below a, which counts as c, which is below b")
	}
}

// Two who describe a topic below the other's at the same time do not both succeed.
func TestCirclesOfTopicsRace(t *testing.T) {
	t.Parallel()
	for round := range 50 {
		p, _ := topicsOf(t, memory.New())
		errs := make(chan error, 2)
		for _, pair := range [][2]string{{"a", "b"}, {"b", "a"}} {
			go func() {
				errs <- p.PutTopics(context.Background(), recommend.Topic{Slug: pair[0], Title: "T", Parent: pair[1]})
			}()
		}
		if first, second := <-errs, <-errs; first == nil && second == nil {
			t.Fatalf("round %d: both were described", round)
		}
	}
}

func topicsOf(t *testing.T, s *memory.Store) (*engine.Publisher, *engine.Reader) {
	t.Helper()
	p, err := engine.NewPublisher(s, recommend.DefaultSettings(), engine.PublisherOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return p, engine.NewReader(s, engine.ReaderOptions{})
}

// A listing of many topics ends with the request that asked for it.
func TestListingOfManyTopicsEndsWithItsRequest(t *testing.T) {
	t.Parallel()
	p, r := topicsOf(t, memory.New())
	topics := []recommend.Topic{{Slug: "root", Title: "Root"}}
	for i := range 200 {
		topics = append(topics, recommend.Topic{Slug: fmt.Sprint("t", i), Title: "T", Parent: "root"})
	}
	if err := p.PutTopics(t.Context(), topics...); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	if _, err := r.Listing(ctx, "root", recommend.ListQuery{}); err != nil {
		t.Fatal(err)
	}
	cancel()
	if _, err := r.Listing(ctx, "root", recommend.ListQuery{}); !errors.Is(err, context.Canceled) {
		t.Errorf("the request has ended, and its listing says %v", err)
	}
}
