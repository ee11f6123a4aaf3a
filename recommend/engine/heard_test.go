package engine_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"akin/infra/memory"
	"akin/recommend"
	"akin/recommend/engine"
)

// A saying is one message of a publishing system about an item.
type saying struct {
	at    time.Time
	id    string
	title string // empty: withdrawn
}

// What holds in the end is what was said last, however often and in whatever order
// messages come, and whoever else wrote meanwhile.
func TestMessagesOutOfOrder(t *testing.T) {
	settings := recommend.DefaultSettings()
	rapid.Check(t, func(t *rapid.T) {
		now := start
		store := memory.New()
		p, err := engine.NewPublisher(store, settings, engine.PublisherOptions{Now: func() time.Time { return now }})
		if err != nil {
			t.Fatal(err)
		}
		reader := engine.NewReader(store, engine.ReaderOptions{})
		said := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) saying {
			s := saying{at: start.Add(time.Duration(rapid.IntRange(-20, 20).Draw(t, "second")) * time.Second)}
			if rapid.IntRange(0, 3).Draw(t, "kind") > 0 {
				s.title = rapid.SampledFrom([]string{"Old quay", "New quay", "Lock", "Weir"}).Draw(t, "title")
			}
			return s
		}), 1, 6).Draw(t, "said")
		for i := range said {
			said[i].id = fmt.Sprint("message-", i)
		}
		// What holds: the title, and the second at which it was said or written.
		holds, since, heard := "", time.Time{}, map[string]bool{}
		for range rapid.IntRange(1, 20).Draw(t, "deliveries") {
			now = now.Add(time.Duration(rapid.IntRange(0, 9).Draw(t, "wait")) * 700 * time.Millisecond)
			if rapid.IntRange(0, 5).Draw(t, "who") == 0 {
				if r := p.Put(t.Context(), recommend.Item{ID: "x", Title: "By hand"})[0]; r.Err != nil {
					t.Fatal(r.Err)
				}
				if second := now.Truncate(time.Second); holds != "By hand" && !second.Before(since) {
					holds, since = "By hand", second
				} else {
					holds = "By hand"
				}
				continue
			}
			s := rapid.SampledFrom(said).Draw(t, "message")
			h := engine.Heard{At: s.at.Add(300 * time.Millisecond), ID: s.id}
			var r recommend.Result
			if s.title == "" {
				r = p.WithdrawHeard(t.Context(), h, "x", 0)
			} else {
				r = p.PutHeard(t.Context(), h, recommend.Item{ID: "x", Title: s.title})[0]
			}
			var conflict *recommend.ConflictError
			if r.Err != nil && !errors.As(r.Err, &conflict) {
				t.Fatal(r.Err)
			}
			if !s.at.Before(since) && !heard[s.id] {
				holds, since, heard[s.id] = s.title, s.at, true
			}
		}
		got := ""
		switch it, err := reader.Item(t.Context(), "x"); {
		case err == nil:
			got = it.Title
			if it.Status == recommend.Withdrawn {
				got = ""
			}
		case !errors.Is(err, recommend.ErrNotFound) && !errors.Is(err, recommend.ErrWithdrawn):
			t.Fatal(err)
		}
		if got != holds {
			t.Fatalf("%q holds, want %q", got, holds)
		}
	})
}

// A message that comes again once somebody else has written is old, also where it says
// the same as before; and a version, where there is one, decides alone.
func TestMessageComesAgain(t *testing.T) {
	e := newEngine(t, memory.New(), recommend.DefaultSettings())
	quay := func(title string, version int64) recommend.Item {
		return recommend.Item{ID: "quay", Title: title, Version: version}
	}
	first := engine.Heard{At: time.Now().Add(-time.Hour), ID: "1"}
	for _, step := range []struct {
		r    []recommend.Result
		want recommend.Outcome
	}{
		{e.publisher.PutHeard(t.Context(), first, quay("The quay is open", 0)), recommend.Created},
		{e.publisher.PutHeard(t.Context(), first, quay("The quay is open", 0)), recommend.Unchanged},
		{e.publisher.Put(t.Context(), quay("The quay is closed", 0)), recommend.Replaced},
		{e.publisher.PutHeard(t.Context(), first, quay("The quay is open", 0)), recommend.Stale},
		{[]recommend.Result{e.publisher.WithdrawHeard(t.Context(), first, "quay", 0)}, recommend.Stale},
		{e.publisher.PutHeard(t.Context(), first, quay("The quay is open", 9)), recommend.Replaced},
	} {
		if got := step.r[0].Outcome; got != step.want {
			t.Errorf("%s, want %s", got, step.want)
		}
	}
}
