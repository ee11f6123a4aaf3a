package coverage

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"akin/recommend/engine"
)

// Worked by hand: 5 of 200 entries were followed at the first place and none of
// 100 at the second, so that over both 1 in 60 was: 1.7 at the second. Of b, seen
// 200 times at the first place, five clicks were to be expected and none came,
// since all five went to a.
func TestClicks(t *testing.T) {
	items := []engine.Surveyed{item("a", "2024-01-01"), item("b", "2024-01-02"), item("c", "2024-01-03")}
	counted := func(seenOfB, seenAtSecond int) func(*engine.Survey) {
		return func(s *engine.Survey) {
			s.Attention = &engine.Attention{
				Days: []engine.PlaceCount{
					{Day: "2024-12-30", Tier: "similar", Position: 1, Seen: seenOfB, Followed: 4},
					{Day: "2024-12-31", Tier: "similar", Position: 1, Followed: 1},
					{Day: "2024-12-31", Tier: "latest", Position: 2, Seen: seenAtSecond},
				},
				Items: []engine.ItemCount{
					{Order: 0, Tier: "similar", Position: 1, Followed: 5}, {Order: 1, Tier: "similar", Position: 1, Seen: seenOfB},
					{Order: 2, Tier: "latest", Position: 2, Seen: seenAtSecond}, {Order: 9, Tier: "similar", Position: 1, Seen: 1000},
				},
			}
		}
	}
	r := make1(items, counted(200, 100))
	want := &Clicks{
		From: "2024-12-30", To: "2024-12-31", Impressions: 300, Clicks: 5,
		Places: []PlaceClick{{"similar", 1, 200, 5}, {"latest", 2, 100, 0}},
		Days:   []DayClick{{"2024-12-30", 200, 4}, {"2024-12-31", 100, 1}},
	}
	if diff := cmp.Diff(want, r.Clicks); diff != "" {
		t.Errorf("clicks (-want +got):\n%s", diff)
	}
	if got := told(r, NeverClicked); len(got) != 1 || got[0] != "b" {
		t.Errorf("never followed: %q, want b", got)
	}
	if got := told(r, NeverClickedPosition); len(got) != 0 {
		t.Errorf("places never followed: %q, want none: 1.7 clicks were to be expected", got)
	}
	for _, f := range r.Findings {
		if f.Kind == NeverClicked && (f.Confidence != 0.99 || f.Facts[0] != "200" || f.Facts[2] != "5.0") {
			t.Errorf("%+v, want 200 views, 5.0 expected, 1 - e^-5 = 0.99", f)
		}
	}
	// 6,000 views at the second place, at 5 of 6,200: 4.8 are too few to tell; at
	// 60,000 views b's own place is too seldom followed.
	if got := told(make1(items, counted(200, 6000)), NeverClickedPosition); len(got) != 0 {
		t.Errorf("places never followed: %q, want none at 4.8", got)
	}
	r = make1(items, func(s *engine.Survey) {
		counted(200, 6000)(s)
		s.Attention.Days[0].Followed = 10 // 11 of 6,200: 10.6 at the second place
	})
	if got := told(r, NeverClickedPosition); len(got) != 1 || got[0] != "latest 2" {
		t.Errorf("places never followed: %q, want latest 2", got)
	}
	if r := make1(items, nil); r.Clicks != nil || len(told(r, NeverClicked)) > 0 {
		t.Errorf("nothing was counted: %+v", r.Clicks)
	}
	if got := atLeastOnce(math.Ln2); math.Abs(got-0.5) > 1e-12 {
		t.Errorf("atLeastOnce(ln 2) = %v, want 1/2", got)
	}
}
