package judge

import (
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
