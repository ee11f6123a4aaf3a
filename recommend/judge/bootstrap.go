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

// Bootstrap returns the mean of all values and its interval, by the percentiles of 2,000
// means of drawings with replacement (Efron 1979, "Bootstrap methods: another look at
// the jackknife"; Sakai 2006 on its use for rankings). What is drawn is a work with all
// its values, those of its versions: versions have nearly the same list, and drawn one
// by one they would count as so many independent sources (the cluster bootstrap:
// Davison and Hinkley 1997, "Bootstrap methods and their application", 3.8; Cameron,
// Gelbach and Miller 2008). Of paired differences it says whether one run is better
// than another: an interval above 0 does. The draws are the same each time. Without
// values all is zero.
func Bootstrap(works [][]float64) (float64, Interval) {
	draw := rand.New(rand.NewPCG(1979, uint64(len(works))))
	sums := make([]float64, len(works))
	for i, values := range works {
		for _, v := range values {
			sums[i] += v
		}
	}
	mean := func(pick func(i int) int) float64 {
		sum, n := 0.0, 0
		for i := range works {
			at := pick(i)
			sum, n = sum+sums[at], n+len(works[at])
		}
		return sum / float64(max(n, 1))
	}
	means := make([]float64, resamples)
	for i := range means {
		means[i] = mean(func(int) int { return draw.IntN(len(works)) })
	}
	slices.Sort(means)
	return mean(func(i int) int { return i }), Interval{means[resamples*25/1000], means[resamples*975/1000]}
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

// Paired are the figures of the same works in two runs, in the same order; the figure of
// a work with several versions is the sum over them.
type Paired struct{ Before, After []float64 }

// Ratio returns the geometric mean, over rows, of the mean after divided by that before, and
// its interval: works are drawn anew within each row, both figures of a work together, so that rows count the same whatever their sizes (a stratified paired
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
