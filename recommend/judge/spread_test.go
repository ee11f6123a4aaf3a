package judge

import "testing"

// Three of four members are shown.
func TestCoverage(t *testing.T) {
	near(t, Coverage([]int{2, 0, 1, 5}), 3.0/4)
	near(t, Coverage(nil), 0)
}

// Worked by hand: 0, 1, 1, 2 gives (-3*0 - 1*1 + 1*1 + 3*2) / (4*4) = 6/16.
func TestGini(t *testing.T) {
	near(t, Gini([]int{1, 2, 0, 1}), 6.0/16)
	near(t, Gini([]int{3, 3, 3}), 0)
	near(t, Gini([]int{0, 0, 0, 7}), 3.0/4)
	near(t, Gini([]int{0, 0}), 0)
	near(t, Gini(nil), 0)
}

// Worked by hand: the pairs are alike by 1, 0.5 and 0, so they differ by 0, 0.5 and 1.
func TestDiversity(t *testing.T) {
	alike := func(a, b string) float64 {
		return map[string]float64{"ba": 1, "ca": 0.5, "cb": 0}[a+b]
	}
	got, ok := Diversity([]string{"a", "b", "c"}, alike)
	near(t, got, 0.5)
	if !ok {
		t.Error("three entries have no diversity")
	}
	if _, ok := Diversity([]string{"a"}, alike); ok {
		t.Error("one entry has a diversity")
	}
}

func TestVerdicts(t *testing.T) {
	v := Judge([]string{"close", "none", "new", "loose"}, grades)
	v.Add(Judge([]string{"new"}, grades))
	if want := (Verdicts{Related: 2, Irrelevant: 1, Unjudged: 2}); v != want || v.Total() != 5 {
		t.Errorf("%+v, %d in all; want %+v", v, v.Total(), want)
	}
}

// Worked by hand: the means double in one row and stay in the other, in every draw, as
// values within a row are equal. So the geometric mean of the ratios is the root of 2.
func TestRatio(t *testing.T) {
	rows := []Paired{{Before: []float64{.25, .25}, After: []float64{.5, .5}}, {Before: []float64{1, 1, 1}, After: []float64{1, 1, 1}}}
	ratio, in := Ratio(rows)
	for _, got := range []float64{ratio, in.Low, in.High} {
		near(t, got, 1.4142135623730951)
	}
	// A row without a figure above 0 has no ratio.
	if ratio, _ := Ratio(append(rows, Paired{Before: []float64{0}, After: []float64{1}})); ratio < 1.41421 || ratio > 1.41422 {
		t.Errorf("with a row of zeros %v", ratio)
	}
	if ratio, in := Ratio(nil); ratio != 0 || in != (Interval{}) {
		t.Errorf("of nothing %v, %v", ratio, in)
	}
}

// A gain of every source is better, one that half of them pay for is neither.
func TestVerdict(t *testing.T) {
	for _, tt := range []struct {
		in   Interval
		none float64
		want string
	}{
		{Interval{.1, .2}, 0, "better"}, {Interval{-.2, -.1}, 0, "worse"}, {Interval{-.1, .2}, 0, "no difference shown"},
		{Interval{0, .2}, 0, "no difference shown"}, {Interval{.9, .99}, 1, "worse"},
	} {
		if got := tt.in.Verdict(tt.none); got != tt.want {
			t.Errorf("%v against %v: %q, want %q", tt.in, tt.none, got, tt.want)
		}
	}
}
