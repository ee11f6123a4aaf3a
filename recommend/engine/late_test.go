package engine_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"akin/infra/memory"
	"akin/recommend"
	"akin/recommend/engine"
	"akin/recommend/store"
)

// A publisher whose settings are chosen stores the same rows as any other,
// and reads them once, for items only.
func TestChosenPublisher(t *testing.T) {
	t.Parallel()
	o := engine.PublisherOptions{Now: func() time.Time { return time.Unix(1_700_000_000, 0) }}
	reads := 0
	var fail error
	read := func(*recommend.Site) error {
		reads++
		return fail
	}
	at, late := store.NewMeter(memory.New()), store.NewMeter(memory.New())
	eager, err := engine.NewPublisher(at, recommend.DefaultSettings(), o)
	if err != nil {
		t.Fatal(err)
	}
	lazy := engine.ChosenPublisher(late, engine.NewChosen(memory.New(), read, time.Hour), o) // what settings cost is counted apart
	for _, p := range []*engine.Publisher{eager, lazy} {
		if err := p.PutTopics(t.Context(), recommend.Topic{Slug: "ports", Title: "Ports"}); err != nil {
			t.Fatal(err)
		}
		if reads != 0 {
			t.Error("a topic made the publisher read its settings")
		}
		if r := p.Withdraw(t.Context(), "gone", 1); r.Err != nil {
			t.Fatal(r.Err)
		}
		for range 2 {
			if r := p.Put(t.Context(), recommend.Item{ID: "a", Title: "Harbours and tides", Topics: []string{"ports"}})[0]; r.Err != nil {
				t.Fatal(r.Err)
			}
		}
	}
	if reads != 1 {
		t.Errorf("the settings were read %d times, want once", reads)
	}
	if d := cmp.Diff(at.Take(), late.Take()); d != "" {
		t.Errorf("what was stored (-at once +late):\n%s", d)
	}

	fail = errors.New("settings: no")
	lazy = engine.ChosenPublisher(memory.New(), engine.NewChosen(memory.New(), read, time.Hour), o)
	if r := lazy.Put(t.Context(), recommend.Item{ID: "a", Title: "Tides"})[0]; r.Outcome != recommend.Rejected || !errors.Is(r.Err, fail) {
		t.Errorf("Put without settings = %+v", r)
	}
	if r := lazy.Withdraw(t.Context(), "a", 1); r.Outcome != recommend.Rejected || !errors.Is(r.Err, fail) {
		t.Errorf("Withdraw without settings = %+v", r)
	}
}
