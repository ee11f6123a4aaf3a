package judge

import (
	"math"
	"math/rand/v2"
	"slices"
)

// resamples is how often values are drawn anew; the ends of an interval are then good
// to about a fiftieth of its length.
const resamples = 2000

// An Interval is where a mean lies with a confidence of 95 %.
type Interval struct{ Low, High float64 }

// Bootstrap returns the interval of the mean of values, one a source, by the percentiles
// of 2,000 means of as many values drawn with replacement (Efron 1979, "Bootstrap
// methods: another look at the jackknife"; Sakai 2006 on its use for rankings). Of
// paired differences it says whether one run is better than another: an interval
// above 0 does. The draws are the same each time. Without values it is zero.
func Bootstrap(values []float64) Interval {
	if len(values) == 0 {
		return Interval{}
	}
	draw := rand.New(rand.NewPCG(1979, uint64(len(values))))
	means := make([]float64, resamples)
	for i := range means {
		sum := 0.0
		for range values {
			sum += values[draw.IntN(len(values))]
		}
		means[i] = sum / float64(len(values))
	}
	slices.Sort(means)
	return Interval{means[resamples*25/1000], means[resamples*975/1000]}
}

// Verdict says what the interval of a difference, or of a ratio, shows; none is where there
// is no difference, 0 or 1.
func (in Interval) Verdict(none float64) string {
	switch {
	case in.Low > none:
		return "better"
	case in.High < none:
		return "worse"
	}
	return "no difference shown"
}

// Paired are the figures of the same sources in two runs, in the same order.
type Paired struct{ Before, After []float64 }

// Ratio returns the geometric mean, over rows, of the mean after divided by that before, and
// its interval: sources are drawn anew within each row, both figures of a source
// together, so that rows count the same whatever their sizes (a stratified paired
// bootstrap: Efron and Tibshirani 1993, "An introduction to the bootstrap", 8). Rows
// whose figures are all 0, in either run, are left out; without any, all is zero.
func Ratio(rows []Paired) (float64, Interval) {
	draw := rand.New(rand.NewPCG(1979, uint64(len(rows))))
	whole, ok := ratio(rows, func(_, i int) int { return i })
	if !ok {
		return 0, Interval{}
	}
	var ratios []float64
	for range resamples {
		if r, ok := ratio(rows, func(n, _ int) int { return draw.IntN(n) }); ok {
			ratios = append(ratios, r)
		}
	}
	if len(ratios) == 0 {
		return whole, Interval{whole, whole}
	}
	slices.Sort(ratios)
	return whole, Interval{ratios[len(ratios)*25/1000], ratios[len(ratios)*975/1000]}
}

// ratio computes [Ratio] of the sources that pick names, given how many there are.
func ratio(rows []Paired, pick func(n, i int) int) (float64, bool) {
	logs, n := 0.0, 0
	for _, row := range rows {
		before, after := 0.0, 0.0
		for i := range row.Before {
			at := pick(len(row.Before), i)
			before, after = before+row.Before[at], after+row.After[at]
		}
		if before > 0 && after > 0 {
			logs, n = logs+math.Log(after/before), n+1
		}
	}
	return math.Exp(logs / float64(max(n, 1))), n > 0
}
