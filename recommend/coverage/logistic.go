package coverage

import "math"

// A logistic is a logistic regression: the probability of an example is
// 1/(1+exp(-(w[0] + w[1:]*x))).
type logistic [traits + 1]float64

func (w *logistic) logit(x *[traits]float64) float64 {
	z := w[0]
	for i, v := range x {
		z += w[i+1] * v
	}
	return z
}

func sigmoid(z float64) float64 { return 1 / (1 + math.Exp(-z)) }

// An example is a label that an item seemed to lack, and whether it had it.
type example struct {
	topic int32
	right bool
	x     [traits]float64
}

// fit returns the regression of greatest likelihood, held near 0 by a penalty
// of ridge/2 times the squared weights, by Newton's method (iteratively
// reweighted least squares) from weights that may be near it. Equal examples
// in equal order and equal weights to begin with give equal weights.
func fit(examples [][]example, ridge float64, w logistic) logistic {
	const n = traits + 1
	for range 25 {
		var g [n]float64
		var h [n][n]float64
		for i := range w {
			g[i] = -ridge * w[i]
			h[i][i] = ridge
		}
		for _, fold := range examples {
			for i := range fold {
				x := fold[i].x
				p := sigmoid(w.logit(&x))
				y := 0.0
				if fold[i].right {
					y = 1
				}
				d, q := y-p, p*(1-p)
				g[0] += d
				h[0][0] += q
				for a := range x {
					g[a+1] += d * x[a]
					qx := q * x[a]
					h[a+1][0] += qx
					for b := range a + 1 {
						h[a+1][b+1] += qx * x[b]
					}
				}
			}
		}
		step := solve(h, g)
		largest := 0.0
		for i := range w {
			w[i] += step[i]
			largest = max(largest, math.Abs(step[i]))
		}
		if largest < 1e-9 {
			break
		}
	}
	return w
}

// solve returns x with h*x = g by Cholesky's decomposition; of h, which must be
// positive definite, the lower half counts.
func solve(h [traits + 1][traits + 1]float64, g [traits + 1]float64) [traits + 1]float64 {
	const n = traits + 1
	for i := range n {
		for j := range i + 1 {
			sum := h[i][j]
			for k := range j {
				sum -= h[i][k] * h[j][k]
			}
			if i == j {
				h[i][i] = math.Sqrt(sum)
			} else {
				h[i][j] = sum / h[j][j]
			}
		}
	}
	for i := range n {
		for k := range i {
			g[i] -= h[i][k] * g[k]
		}
		g[i] /= h[i][i]
	}
	for i := n - 1; i >= 0; i-- {
		for k := i + 1; k < n; k++ {
			g[i] -= h[k][i] * g[k]
		}
		g[i] /= h[i][i]
	}
	return g
}
