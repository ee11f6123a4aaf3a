package engine_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"akin/infra/memory"
	"akin/infra/test/storetest"
	"akin/recommend"
	"akin/recommend/engine"
	"akin/recommend/store"
)

// fourItems returns a store with the items a, b, c and d, numbered from 1.
func fourItems(t testing.TB) store.Store {
	t.Helper()
	s := storetest.NewMemory()
	e := newEngine(t, s, recommend.DefaultSettings())
	for _, id := range []string{"a", "b", "c", "d"} {
		e.put(t, recommend.Item{ID: id, Title: "About " + id, Lang: "en"})
	}
	return s
}

// attention reads what was counted up to a day.
func attention(t testing.TB, s store.Store, now time.Time) *engine.Attention {
	t.Helper()
	x := engine.NewIndexer(s, recommend.DefaultSettings(), engine.IndexerOptions{Now: func() time.Time { return now }})
	survey, err := x.Survey(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return survey.Attention
}

func beacon(kind recommend.BeaconKind, item string, entries ...recommend.BeaconEntry) recommend.Beacon {
	return recommend.Beacon{Kind: kind, Item: item, Entries: entries}
}

func similar(id string, position int) recommend.BeaconEntry {
	return recommend.BeaconEntry{ID: id, Tier: recommend.TierSimilar, Position: position}
}

func TestCountsByDayTierAndPosition(t *testing.T) {
	s := fourItems(t)
	now := time.Date(2026, 1, 2, 23, 59, 0, 0, time.UTC)
	c := engine.NewCounter(s, engine.NewReader(s, engine.ReaderOptions{Now: func() time.Time { return now }}), engine.CounterOptions{})
	count := func(b recommend.Beacon) {
		t.Helper()
		if err := c.Count(t.Context(), b); err != nil {
			t.Fatal(err)
		}
	}
	count(beacon(recommend.Impression, "a", similar("b", 1), similar("c", 2), recommend.BeaconEntry{ID: "d", Tier: recommend.TierLatest, Position: 50}))
	count(beacon(recommend.Click, "a", similar("c", 2)))
	now = now.Add(time.Minute)
	count(beacon(recommend.Impression, "b", similar("c", 2), similar("nobody", 1)))
	count(beacon(recommend.Impression, "nobody", similar("a", 1)))
	later := beacon(recommend.Impression, "a", similar("b", 1))
	later.Generation = 7
	count(later)
	want := &engine.Attention{
		Days: []engine.PlaceCount{
			{Day: "2026-01-02", Tier: "similar", Position: 1, Seen: 1}, {Day: "2026-01-02", Tier: "similar", Position: 2, Seen: 1, Followed: 1},
			{Day: "2026-01-02", Tier: "latest", Position: 50, Seen: 1}, {Day: "2026-01-03", Tier: "similar", Position: 2, Seen: 1},
		},
		Items: []engine.ItemCount{
			{Order: 2, Tier: "similar", Position: 1, Seen: 1}, {Order: 3, Tier: "similar", Position: 2, Seen: 2, Followed: 1},
			{Order: 4, Tier: "latest", Position: 50, Seen: 1},
		},
	}
	if diff := cmp.Diff(want, attention(t, s, now)); diff != "" {
		t.Errorf("attention (-want +got):\n%s", diff)
	}
	if got := attention(t, s, now.AddDate(0, 0, engine.CountWindow)); len(got.Days) != 1 {
		t.Errorf("the day after the window: %v, want one day", got.Days)
	}
	// Nothing stays for ever, and no row tells whose list it was.
	rows, _, err := s.Query(t.Context(), store.Strong, store.Range{Part: "count/" + partOf(t, s)})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		day, err := time.Parse(time.DateOnly, row.Sort[:10])
		if err != nil || !row.Expires.Equal(day.AddDate(0, 0, engine.KeptCounts)) {
			t.Errorf("row %q expires %v", row.Sort, row.Expires)
		}
	}
}

// partOf finds a part that holds counts.
func partOf(t *testing.T, s store.Store) string {
	t.Helper()
	for _, n := range strings.Fields("0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15") {
		rows, _, err := s.Query(t.Context(), store.Strong, store.Range{Part: "count/" + n})
		if err != nil {
			t.Fatal(err)
		}
		if len(rows) > 0 {
			return n
		}
	}
	t.Fatal("nothing is counted")
	return ""
}

// Whatever several processes count at once, in a store that loses writes and
// answers: the sums are what was sent, no more and no less.
func TestCountsAreExact(t *testing.T) {
	items := fourItems(t)
	type key struct {
		id       string
		tier     recommend.Tier
		position int
	}
	type process struct {
		buffer  bool
		beacons []recommend.Beacon
	}
	rapid.Check(t, func(rt *rapid.T) {
		s := memory.NewOverlay(items)
		faults := &storetest.Faults{Seed: rapid.Uint64().Draw(rt, "seed"), Before: 0.2, After: 0.2, Reads: 0.2}
		sent := map[key][2]int{}
		processes := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) process {
			return process{rapid.Bool().Draw(t, "buffer"), rapid.SliceOfN(rapid.Custom(drawBeacon), 0, 12).Draw(t, "beacons")}
		}), 1, 4).Draw(rt, "processes")
		for _, p := range processes {
			for _, b := range p.beacons {
				for _, e := range b.Entries {
					n := sent[key{e.ID, e.Tier, e.Position}]
					n[slices.Index([]recommend.BeaconKind{recommend.Impression, recommend.Click}, b.Kind)]++
					sent[key{e.ID, e.Tier, e.Position}] = n
				}
			}
		}
		got := map[key][2]int{}
		synctest.Test(t, func(t *testing.T) { // so that pauses take no time
			var all sync.WaitGroup
			var counters []*engine.Counter
			for _, p := range processes {
				c := engine.NewCounter(faults.Wrap(s), engine.NewReader(s, engine.ReaderOptions{}), engine.CounterOptions{Buffer: p.buffer})
				counters = append(counters, c)
				all.Go(func() {
					for i, b := range p.beacons {
						err := c.Count(t.Context(), b)
						if err == nil && i%4 == 3 {
							_, err = c.Flush(t.Context())
						}
						if err != nil && !errors.Is(err, storetest.ErrFault) && !errors.Is(err, store.ErrCondition) {
							t.Error(err)
						}
					}
				})
			}
			all.Wait()
			faults.Heal()
			for _, c := range counters {
				if _, err := c.Flush(t.Context()); err != nil {
					t.Error(err)
				}
			}
			for _, n := range attention(t, s, time.Now()).Items {
				got[key{string(rune('a' + n.Order - 1)), n.Tier, n.Position}] = [2]int{n.Seen, n.Followed}
			}
		})
		if diff := cmp.Diff(sent, got); diff != "" {
			rt.Fatalf("counts (-sent +stored):\n%s", diff)
		}
	})
}

func drawBeacon(t *rapid.T) recommend.Beacon {
	ids := rapid.Permutation([]string{"a", "b", "c", "d"}).Draw(t, "ids")
	b := recommend.Beacon{Kind: recommend.Impression, Item: ids[0]}
	n := rapid.IntRange(1, 3).Draw(t, "entries")
	if rapid.Bool().Draw(t, "click") {
		b.Kind, n = recommend.Click, 1
	}
	for i, id := range ids[1 : 1+n] {
		b.Entries = append(b.Entries, recommend.BeaconEntry{ID: id, Tier: rapid.SampledFrom(recommend.Tiers()).Draw(t, "tier"), Position: i + 1})
	}
	return b
}
