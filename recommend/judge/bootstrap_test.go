package judge_test

import (
	"math"
	"testing"

	"akin/recommend/judge"
)

// Of 100 values, half of them 0 and half 1, the mean has a standard error of 0.05, so 95 %
// are within 0.098 of 0.5.
func TestBootstrap(t *testing.T) {
	values := make([]float64, 100)
	for i := range values {
		values[i] = float64(i % 2)
	}
	got := judge.Bootstrap(values)
	if math.Abs(got.Low-0.402) > 0.015 || math.Abs(got.High-0.598) > 0.015 {
		t.Errorf("%+v, want 0.402 to 0.598", got)
	}
	if again := judge.Bootstrap(values); again != got {
		t.Errorf("once %+v, then %+v", got, again)
	}
	if got := judge.Bootstrap([]float64{0.3, 0.3}); math.Abs(got.Low-0.3) > 1e-9 || math.Abs(got.High-0.3) > 1e-9 {
		t.Errorf("equal values: %+v", got)
	}
	if got := judge.Bootstrap(nil); got != (judge.Interval{}) {
		t.Errorf("nothing: %+v", got)
	}
}
