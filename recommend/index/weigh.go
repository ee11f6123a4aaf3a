package index

import (
	"cmp"
	"math"
	"slices"
)

// SmoothedIDF returns the inverse document frequency, in nats, of a term that df of
// n documents contain, raised to a power, where a prior of so many documents of
// general language stands beside the n, of which the given share has the term:
//
//	ln(1 + (n + prior) / (df + prior * share)) ^ power.
//
// It is the idf of Spärck Jones (1972), "A statistical interpretation of term
// specificity", with one added inside the logarithm so that a term that every
// document has keeps a little weight.
//
// The prior is a Dirichlet prior on the share of documents (Zhai and Lafferty 2001, "A
// study of smoothing methods for language models"): it says most of a term
// while the collection is small, and less as it grows. A power below one draws
// rare and common terms together. A df below 1 counts as 1 (a term that the
// statistics never saw is taken as seen once), one above n as n; SmoothedIDF
// panics if n < 1. Share is from 0 to 1.
func SmoothedIDF(n, df int, prior, share, power float64) float64 {
	if n < 1 {
		panic("index: SmoothedIDF of an empty collection")
	}
	df = min(max(df, 1), n)
	idf := math.Log(1 + (float64(n)+prior)/(float64(df)+float64(prior*share)))
	if power == 1 {
		return idf
	}
	return math.Pow(idf, power)
}

// LogTF returns the damped term frequency
//
//	1 + ln f   for f >= 1,  f otherwise,
//
// of a term with weighted frequency f (Buckley, Salton and Allan 1992, the "l"
// of SMART's lnc.ltc). Below one it is linear, so that it has no jump and a
// term of a field that weighs less than one counts less. It panics if f < 0.
func LogTF(f float64) float64 {
	switch {
	case f < 0:
		panic("index: negative term frequency")
	case f <= 1: // most terms of most texts: no logarithm for those that stand there once
		return f
	}
	return 1 + math.Log(f)
}

// One is the impact of the only term of a document, and the length of a vector
// before it is pivoted and its impacts are rounded to integers.
const One = 1 << 15

// MaxTerms is the number of terms that a vector may have. It keeps the score of
// any two vectors below 1<<32, with the least slope and the greatest nearness:
// rounding makes a vector longer by at most the square root of its number of
// terms.
const MaxTerms = 1 << 16

// MinSlope is the least slope of [Vector.Pivot].
const MinSlope = 0.75

// A Weight is a term and what it counts for in one document before the
// document's length is taken out.
type Weight struct {
	Term   uint32
	Weight float64 // 0 to 16,000 in steps of 1/4096; one that is not positive drops the term
}

// An Impact is a term's share in a vector of about the length [One], rounded.
type Impact struct {
	Term   uint32
	Impact uint16 // at least 1
}

// A Length is how long the weights of a document are together, the root of the sum
// of their squares, in steps of 1/4096.
type Length uint64

// A Vector is a document's impacts by ascending term; no term comes twice.
type Vector []Impact

// grain is the number of steps per unit of weight. Weights are rounded to it
// first, so that the length of a vector is a sum of integers, the same in any
// order and on any processor.
const grain = 4096

// Quantise scales ws to the length [One] and rounds each weight to the nearest
// integer, halves up: quantised impacts as in Anh, de Kretser and Moffat (2001),
// "Vector-space ranking with effective early termination". Sums of products
// of integers are exact in any order, so that pruning cannot change a score.
// Weights that round to nothing are left out. The terms may come in any order;
// Quantise sorts ws by term, and panics if one comes twice or if there are more
// than [MaxTerms].
func Quantise(ws []Weight) Vector {
	v, _ := QuantiseLength(ws)
	return v
}

// QuantiseLength does the same, and returns how long the weights were.
func QuantiseLength(ws []Weight) (Vector, Length) {
	if len(ws) > MaxTerms {
		panic("index: too many terms")
	}
	slices.SortFunc(ws, func(a, b Weight) int { return cmp.Compare(a.Term, b.Term) })
	var squares uint64
	for i, w := range ws {
		if i > 0 && ws[i-1].Term == w.Term {
			panic("index: a term twice")
		}
		steps := steps(w.Weight)
		squares += steps * steps
	}
	if squares == 0 {
		return nil, 0
	}
	length := math.Sqrt(float64(squares))
	scale := One / length
	v := make(Vector, 0, len(ws))
	for _, w := range ws {
		// The conversion forbids the compiler to fuse product and sum, which
		// would round differently on some processors.
		q := math.Floor(float64(float64(steps(w.Weight))*scale) + 0.5)
		if q >= 1 {
			v = append(v, Impact{w.Term, uint16(min(q, One))})
		}
	}
	return v, Length(math.Floor(length + 0.5))
}

// Pivot changes v, the vector of weights of a length, as if they had been divided not
// by that length but by
//
//	(1 - slope) * pivot + slope * length
//
// (Singhal, Buckley and Mitra 1996, "Pivoted document length normalization"; pivot is
// the mean length): cosines favour short documents over those that say much.
// Impacts are rounded to the nearest integer, halves up, and those that become 0 are
// left out. Slope is from [MinSlope] to 1, which changes nothing; with a pivot of
// 0 nothing changes either.
func (v Vector) Pivot(length, pivot Length, slope float64) Vector {
	if slope >= 1 || pivot == 0 || length == 0 {
		return v
	}
	const bits = 16
	by := float64(length) / (float64((1-slope)*float64(pivot)) + float64(slope*float64(length)))
	scale := uint64(math.Floor(by*(1<<bits) + 0.5))
	kept := v[:0]
	for _, i := range v {
		if impact := (uint64(i.Impact)*scale + 1<<(bits-1)) >> bits; impact > 0 {
			kept = append(kept, Impact{i.Term, uint16(min(impact, math.MaxUint16))})
		}
	}
	return kept
}

// steps returns a weight in steps of the grain, halves up.
func steps(weight float64) uint64 {
	if !(weight > 0) {
		return 0
	}
	return uint64(math.Floor(float64(min(weight, maxWeight)*grain) + 0.5))
}

// maxWeight keeps the sum of the squares of 4,000 of the greatest weights within
// 64 bits; greater ones count as it.
const maxWeight = 16_000

// Dot returns the sum over the shared terms of two vectors of the products of
// impacts: [One]*One times the cosine of the angle between them, if they are not
// pivoted, but for rounding. It is symmetric.
func Dot(a, b Vector) uint32 {
	var sum uint32
	for len(a) > 0 && len(b) > 0 {
		switch x, y := a[0].Term, b[0].Term; {
		case x < y:
			a = a[1:]
		case x > y:
			b = b[1:]
		default:
			sum += uint32(a[0].Impact) * uint32(b[0].Impact)
			a, b = a[1:], b[1:]
		}
	}
	return sum
}

// Millionths returns a score as millionths of [One]*One, halves up: the cosine
// with six decimals. It is 1,000,000 at most: rounded impacts make the score of
// equal vectors a little more than a full match.
func Millionths(score uint32) int64 {
	return min((int64(score)*1_000_000+One*One/2)/(One*One), 1_000_000)
}

// Cosine returns the cosine of the angle between two vectors whose [Dot] is given, in
// millionths, whatever they were pivoted by; 0 where one is empty.
func Cosine(dot uint32, a, b Vector) int64 {
	lengths := math.Sqrt(float64(Dot(a, a))) * math.Sqrt(float64(Dot(b, b)))
	if lengths == 0 {
		return 0
	}
	return min(int64(math.Floor(float64(dot)/lengths*1_000_000+0.5)), 1_000_000)
}
