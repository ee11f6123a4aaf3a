package coverage

import "math"

// atLeast returns the probability that a Poisson variable of the given mean is k
// or more: 1 - sum over j < k of e^-mean mean^j / j!.
func atLeast(k int, mean float64) float64 {
	if k <= 0 {
		return 1
	}
	if mean <= 0 {
		return 0
	}
	term, sum := math.Exp(-mean), 0.0
	if term == 0 { // a mean beyond 745; the normal curve serves
		return 0.5 * math.Erfc((float64(k)-0.5-mean)/math.Sqrt(2*mean))
	}
	for j := range k {
		sum += term
		term *= mean / float64(j+1)
	}
	return max(0, 1-sum)
}

// atMost returns the probability that of n trials with chance p, k or fewer
// succeed: the binomial distribution, summed in logarithms.
func atMost(k, n int, p float64) float64 {
	if k >= n {
		return 1
	}
	if p <= 0 {
		return 1
	}
	if p >= 1 {
		return 0
	}
	all, _ := math.Lgamma(float64(n) + 1)
	sum := 0.0
	for j := 0; j <= k; j++ {
		a, _ := math.Lgamma(float64(j) + 1)
		b, _ := math.Lgamma(float64(n-j) + 1)
		sum += math.Exp(all - a - b + float64(j)*math.Log(p) + float64(n-j)*math.Log1p(-p))
	}
	return min(1, sum)
}
