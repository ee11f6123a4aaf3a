package judge

import "slices"

// Coverage returns the share of a catalogue that at least one list shows, 0 to 1, given
// how many lists show each member of it: catalogue coverage (Ge, Delgado-Battenfeld and
// Jannach 2010, "Beyond accuracy: evaluating recommender systems by coverage and
// serendipity"). It is 0 without a catalogue.
func Coverage(shown []int) float64 {
	if len(shown) == 0 {
		return 0
	}
	some := 0
	for _, n := range shown {
		if n > 0 {
			some++
		}
	}
	return float64(some) / float64(len(shown))
}

// Gini returns how unequally lists show the members of a catalogue, from 0, all equally
// often, to 1 - 1/n, one of n only:
//
//	sum over i of (2i - n - 1) x(i) / (n sum x)
//
// where x(1) <= ... <= x(n) are how many lists show each, those that none shows among them
// (Gini 1912; Fleder and Hosanagar 2009, "Blockbuster culture's next rise or fall", on
// recommendations). It is 0 where nothing is shown.
func Gini(shown []int) float64 {
	sorted := slices.Sorted(slices.Values(shown))
	n, sum, weighted := len(sorted), 0, 0
	for i, x := range sorted {
		sum += x
		weighted += (2*(i+1) - n - 1) * x
	}
	if sum == 0 {
		return 0
	}
	return float64(weighted) / (float64(n) * float64(sum))
}

// Diversity returns how unlike each other the entries of a list are: the mean over all
// its pairs of 1 less their likeness, which is 0 to 1 and the same in both directions.
// It is intra-list diversity (Smyth and McClave 2001, "Similarity vs. diversity"; Ziegler,
// McNee, Konstan and Lausen 2005, "Improving recommendation lists through topic
// diversification"). A list of fewer than two entries has none, which ok tells.
func Diversity(list []string, alike func(a, b string) float64) (diversity float64, ok bool) {
	sum, pairs := 0.0, 0
	for i, a := range list {
		for _, b := range list[:i] {
			sum += 1 - alike(a, b)
			pairs++
		}
	}
	if pairs == 0 {
		return 0, false
	}
	return sum / float64(pairs), true
}

// Verdicts count entries by what was judged of them.
type Verdicts struct {
	Related    int `json:"related"`    // positive grade
	Irrelevant int `json:"irrelevant"` // grade 0
	Unjudged   int `json:"unjudged"`
}

// Judge counts the entries of one list.
func Judge(list []string, grades map[string]float64) Verdicts {
	var v Verdicts
	for _, id := range list {
		switch g, judged := grades[id]; {
		case g > 0:
			v.Related++
		case judged:
			v.Irrelevant++
		default:
			v.Unjudged++
		}
	}
	return v
}

// Add adds the counts of other.
func (v *Verdicts) Add(other Verdicts) {
	v.Related += other.Related
	v.Irrelevant += other.Irrelevant
	v.Unjudged += other.Unjudged
}

// Total returns how many entries there are.
func (v Verdicts) Total() int { return v.Related + v.Irrelevant + v.Unjudged }
