package judge_test

import (
	"math"
	"slices"
	"testing"

	"akin/recommend/judge"
)

// Of 100 works, half of them at 0 and half at 1, the mean has a standard error of 0.05,
// so 95 % are within 0.098 of 0.5.
func TestBootstrap(t *testing.T) {
	works := make([][]float64, 100)
	for i := range works {
		works[i] = []float64{float64(i % 2)}
	}
	mean, got := judge.Bootstrap(works)
	if mean != 0.5 || math.Abs(got.Low-0.402) > 0.015 || math.Abs(got.High-0.598) > 0.015 {
		t.Errorf("%g in %+v, want 0.5 in 0.402 to 0.598", mean, got)
	}
	if _, again := judge.Bootstrap(works); again != got {
		t.Errorf("once %+v, then %+v", got, again)
	}
	if mean, got := judge.Bootstrap([][]float64{{0.3}, {0.3}}); math.Abs(mean-0.3) > 1e-9 || math.Abs(got.Low-0.3) > 1e-9 || math.Abs(got.High-0.3) > 1e-9 {
		t.Errorf("equal values: %g in %+v", mean, got)
	}
	if mean, got := judge.Bootstrap(nil); mean != 0 || got != (judge.Interval{}) {
		t.Errorf("nothing: %g in %+v", mean, got)
	}
}

// Five versions that fare alike say no more than one does: the interval of 100 works
// stays as wide as it is for one version of each, where 500 values drawn one by one
// would make it 0.044 to either side. Works count by their versions: of one with three
// at 1 and one with one at 0 the mean is 3/4.
func TestBootstrapDrawsWorks(t *testing.T) {
	works := make([][]float64, 100)
	for i := range works {
		works[i] = slices.Repeat([]float64{float64(i % 2)}, 5)
	}
	mean, got := judge.Bootstrap(works)
	if mean != 0.5 || math.Abs(got.Low-0.402) > 0.015 || math.Abs(got.High-0.598) > 0.015 {
		t.Errorf("%g in %+v, want 0.5 in 0.402 to 0.598", mean, got)
	}
	if mean, got := judge.Bootstrap([][]float64{{1, 1, 1}, {0}}); mean != 0.75 || got != (judge.Interval{Low: 0, High: 1}) {
		t.Errorf("two works: %g in %+v, want 0.75 in 0 to 1", mean, got)
	}
}
