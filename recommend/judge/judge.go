// Package judge scores rankings against judgements of relatedness: nDCG,
// precision, average precision, reciprocal rank, and how many of the first
// entries share a topic with their source. It says how lists spread over a catalogue
// ([Coverage], [Gini], [Diversity]), and whether two runs differ by more than chance
// ([Bootstrap], [Ratio]). It is arithmetic and one small parser; it knows neither items
// nor where rankings come from, and it imports nothing but the standard library.
//
// Start reading at [Score]; [Read] reads the judgements.
//
// A ranking is a list of ids, best first, each at most once. A grade says how
// related an item is: 0 not at all, 1 loosely, 2 clearly, 3 closely. An item
// without a grade counts as 0, and a grade above 3 as 3.
package judge

import (
	"cmp"
	"maps"
	"math"
	"slices"
)

const (
	// maxGrade is the highest grade; higher ones count as it.
	maxGrade = 3

	// sampleSize bounds what [Sample] keeps.
	sampleSize = 1500
)

// ndcg returns the normalised discounted cumulative gain of the first k
// entries of a ranking, from 0 to 1. An entry of grade g at rank r (from 1)
// gains (2^g - 1) / log2(r + 1); the sum is divided by that of the best
// possible ranking of everything judged, found or not. It is 0 if no grade is
// positive.
//
// The measure is that of Järvelin and Kekäläinen (2002), "Cumulated gain-based
// evaluation of IR techniques", with the exponential gain of Burges et al.
// (2005), "Learning to rank using gradient descent".
func ndcg(ranked []string, grades map[string]float64, k int) float64 {
	got := make([]float64, 0, min(k, len(ranked)))
	for _, id := range ranked[:min(k, len(ranked))] {
		got = append(got, grades[id])
	}
	best := slices.SortedFunc(maps.Values(grades), func(a, b float64) int { return cmp.Compare(b, a) })
	ideal := dcg(best[:min(k, len(best))])
	if ideal == 0 {
		return 0
	}
	return dcg(got) / ideal
}

// dcg returns the discounted cumulative gain of grades in the order of rank.
func dcg(grades []float64) float64 {
	sum := 0.0
	for r, g := range grades {
		sum += (math.Exp2(min(max(g, 0), maxGrade)) - 1) / math.Log2(float64(r+2))
	}
	return sum
}

// precision returns the share of the first k places that hold an item of
// positive grade. A ranking shorter than k leaves the remaining places empty:
// the divisor is always k, which must be positive.
func precision(ranked []string, grades map[string]float64, k int) float64 {
	hits := 0
	for _, id := range ranked[:min(k, len(ranked))] {
		if grades[id] > 0 {
			hits++
		}
	}
	return float64(hits) / float64(k)
}

// averagePrecision returns the mean, over all items of positive grade, of the
// precision at the rank of each; an item that the ranking lacks adds 0. It is
// 0 if no grade is positive. Its mean over sources is known as MAP (Manning,
// Raghavan and Schütze, "Introduction to Information Retrieval", 8.4).
func averagePrecision(ranked []string, grades map[string]float64) float64 {
	hits, sum := 0, 0.0
	for r, id := range ranked {
		if grades[id] > 0 {
			hits++
			sum += float64(hits) / float64(r+1)
		}
	}
	relevant := 0
	for _, g := range grades {
		if g > 0 {
			relevant++
		}
	}
	if relevant == 0 {
		return 0
	}
	return sum / float64(relevant)
}

// reciprocalRank returns 1/r for the rank r (from 1) of the first item of
// positive grade, and 0 if there is none. Its mean over sources is known as
// MRR (Voorhees 1999, "The TREC-8 question answering track report").
func reciprocalRank(ranked []string, grades map[string]float64) float64 {
	for r, id := range ranked {
		if grades[id] > 0 {
			return 1 / float64(r+1)
		}
	}
	return 0
}

// SharedTopic returns the share of the first k places that hold an item with
// at least one topic in common with the source, whose topics are own. The
// divisor is always k, which must be positive. A topic is not a judgement by
// hand: the figure means something only if the ranking was made without topics.
func SharedTopic(ranked, own []string, topics func(id string) []string, k int) float64 {
	shared := 0
	for _, id := range ranked[:min(k, len(ranked))] {
		if slices.ContainsFunc(topics(id), func(t string) bool { return slices.Contains(own, t) }) {
			shared++
		}
	}
	return float64(shared) / float64(k)
}

// Figures are the measures of one ranking, or their means over several; each
// from 0 to 1.
type Figures struct {
	NDCG5, NDCG10, P5 float64
	AP                float64 // a mean of it is MAP
	RR                float64 // a mean of it is MRR
}

// Score returns the figures of one ranking. Depth matters to AP and RR: score
// rankings of equal depth only.
func Score(ranked []string, grades map[string]float64) Figures {
	return Figures{
		NDCG5:  ndcg(ranked, grades, 5),
		NDCG10: ndcg(ranked, grades, 10),
		P5:     precision(ranked, grades, 5),
		AP:     averagePrecision(ranked, grades),
		RR:     reciprocalRank(ranked, grades),
	}
}

// Mean returns the mean of each figure, summed in the given order, and zeros
// for no figures.
func Mean(all []Figures) Figures {
	var m Figures
	for _, f := range all {
		m.NDCG5 += f.NDCG5
		m.NDCG10 += f.NDCG10
		m.P5 += f.P5
		m.AP += f.AP
		m.RR += f.RR
	}
	if n := float64(len(all)); n > 0 {
		m.NDCG5 /= n
		m.NDCG10 /= n
		m.P5 /= n
		m.AP /= n
		m.RR /= n
	}
	return m
}

// Sample returns at most 1,500 evenly spaced elements of xs in their
// order, the first of them included: every n-th with n = len(xs)/1500+1.
// So a list one element too long keeps about half.
func Sample(xs []string) []string {
	step := len(xs)/sampleSize + 1
	sample := make([]string, 0, len(xs)/step+1)
	for i := 0; i < len(xs); i += step {
		sample = append(sample, xs[i])
	}
	return sample
}
