package engine_test

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"akin/infra/test/storetest"
	"akin/recommend"
)

var (
	walks    = flag.Int("walks", 100, "how often TestWalks walks a listing")
	walkSeed = flag.Uint64("walk-seed", 1, "what TestWalks chooses by")
)

const (
	walkStay = 40 // items that keep their place
	walkMove = 9  // items that come, go and change their dates meanwhile
)

// While items are published, dated anew, translated and withdrawn, a reader who
// pages through a listing, forwards and backwards, sees every item that keeps
// its place once for each time of passing it, in order. make torture walks more.
func TestWalks(t *testing.T) {
	rng := rand.New(rand.NewPCG(*walkSeed, 5))
	e := newEngine(t, storetest.NewMemory(), recommend.DefaultSettings())
	var stay []string // in page order
	for i := range walkStay {
		it := recommend.Item{ID: fmt.Sprintf("stay%02d", i), Title: "Stays", Lang: "en", Topics: []string{"ports"}, Types: []string{"Reports"}}
		it.SortDate = walkDate(10*(walkStay-i) + 5)
		if i%4 == 1 { // two of one time
			it.SortDate = walkDate(10*(walkStay-i+1) + 5)
		}
		if i%2 == 0 {
			it.Topics = []string{"canals"} // below ports
		}
		e.put(t, it)
		stay = append(stay, it.ID)
	}
	if err := e.publisher.PutTopics(t.Context(), recommend.Topic{Slug: "ports"}, recommend.Topic{Slug: "canals", Parent: "ports"}); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	var moving sync.WaitGroup
	moving.Go(func() { move(ctx, e, rand.New(rand.NewPCG(*walkSeed, 6))) })
	defer moving.Wait()
	defer stop()
	pages := 0
	for n := 0; n < *walks && !t.Failed(); n++ {
		q := recommend.ListQuery{Limit: 1 + rng.IntN(9), Ungrouped: rng.IntN(2) == 0}
		slug := []string{"", "ports"}[rng.IntN(2)]
		if rng.IntN(3) == 0 {
			q.Types = []string{"Reports"}
		}
		pages += walk(t, e, rng, slug, q, stay, n%3 == 0)
	}
	t.Logf("seed %d: %d walks over %d pages", *walkSeed, *walks, pages)
}

func walkDate(minutes int) time.Time {
	return time.Date(2025, 1, 1, 0, minutes, 0, 0, time.UTC)
}

// move changes items until ctx ends.
func move(ctx context.Context, e *site, rng *rand.Rand) {
	for ctx.Err() == nil {
		n := rng.IntN(walkMove)
		it := recommend.Item{ID: fmt.Sprintf("move%02d", n), Title: "Moves", Lang: "en", Topics: []string{"ports"}, Types: []string{"Reports"}}
		switch rng.IntN(6) {
		case 0, 1, 2:
			_ = e.publisher.Withdraw(ctx, it.ID, 0)
			continue
		case 3: // near an end
			it.SortDate = walkDate(rng.IntN(2) * 10 * (walkStay + 3))
		case 4:
			if n%4 == 0 {
				it.TranslationOf, it.Lang = fmt.Sprintf("stay%02d", n), "es"
			}
			fallthrough
		default:
			it.SortDate = walkDate(rng.IntN(10 * (walkStay + 2)))
		}
		e.publisher.Put(ctx, it)
	}
}

// walk pages through a listing: to the end and back if straight, otherwise to
// and fro. It returns the number of pages.
func walk(t *testing.T, e *site, rng *rand.Rand, slug string, q recommend.ListQuery, stay []string, straight bool) int {
	t.Helper()
	from, to := 0, 0 // of the items that stay, those on the page before
	forward, pages := true, 0
	for pages < 150 && (straight || pages < 25) {
		l, err := e.reader.Listing(t.Context(), slug, q)
		if err != nil {
			t.Error(err)
			return pages
		}
		pages++
		var got []string
		for _, c := range l.Items {
			if slices.Contains(stay, c.ID) {
				got = append(got, c.ID)
			}
		}
		want := func(want []string) bool {
			if !slices.Equal(got, want) {
				t.Errorf("page %d of %q %+v, forward %v: %q, want %q", pages, slug, q, forward, got, want)
			}
			return slices.Equal(got, want)
		}
		if forward {
			from = to
			to = from + len(got)
		} else {
			to = from
			from = to - len(got)
		}
		if from < 0 || to > len(stay) || !want(stay[max(from, 0):min(to, len(stay))]) {
			t.Errorf("items %d to %d of %d", from, to, len(stay))
			return pages
		}
		if l.NextCursor == "" && to != len(stay) || l.PrevCursor == "" && from != 0 {
			t.Errorf("page %d of %q %+v: items %d to %d, but next %q, previous %q", pages, slug, q, from, to, l.NextCursor, l.PrevCursor)
			return pages
		}
		switch {
		case l.NextCursor == "" && (straight || rng.IntN(3) == 0):
			if !straight {
				return pages
			}
			forward = false
		case straight && l.PrevCursor == "" && pages > 1:
			return pages
		case !straight:
			forward = rng.IntN(4) != 0
		}
		if forward && l.NextCursor == "" || !forward && l.PrevCursor == "" {
			forward = !forward
		}
		q.Cursor = l.NextCursor
		if !forward {
			q.Cursor = l.PrevCursor
		}
		if q.Cursor == "" {
			return pages // all on one page
		}
	}
	return pages
}

// A page that has become empty leads back to the item that it was reached from.
func TestEmptyPageLeadsBack(t *testing.T) {
	e := newEngine(t, storetest.NewMemory(), recommend.DefaultSettings())
	for i, id := range []string{"c", "b", "a"} {
		e.put(t, recommend.Item{ID: id, Title: id, Lang: "en", SortDate: walkDate(i)})
	}
	page := func(cursor string, want ...string) *recommend.Listing {
		t.Helper()
		l, err := e.reader.Listing(t.Context(), "", recommend.ListQuery{Limit: 1, Cursor: cursor})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, c := range l.Items {
			got = append(got, c.ID)
		}
		if !slices.Equal(got, want) {
			t.Errorf("page %q, want %q", got, want)
		}
		return l
	}
	withdraw := func(id string) {
		t.Helper()
		if r := e.publisher.Withdraw(t.Context(), id, 0); r.Err != nil {
			t.Fatal(r.Err)
		}
	}
	b := page(page("", "a").NextCursor, "b")
	withdraw("c")
	page(page(b.NextCursor).PrevCursor, "b")
	withdraw("a")
	page(page(b.PrevCursor).NextCursor, "b")
}
