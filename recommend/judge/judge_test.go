package judge

import (
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// grades is what the cases below are worked with: one close, one clear, one
// loose item, and one judged to be unrelated.
var grades = map[string]float64{"close": 3, "clear": 2, "loose": 1, "none": 0}

// Worked by hand, with gains 7, 3 and 1 and discounts 1, log2 3, 2, log2 5:
// the ideal is 7 + 3/log2 3 + 1/2 = 9.39278926.
func TestNDCG(t *testing.T) {
	const ideal = 7 + 3/1.584962500721156 + 0.5
	tests := []struct {
		name   string
		ranked []string
		grades map[string]float64
		k      int
		want   float64
	}{
		{"the best order is 1", []string{"close", "clear", "loose"}, grades, 5, 1},
		{"an unrelated first costs rank", []string{"none", "close", "clear"}, grades, 5, (7/1.584962500721156 + 3.0/2) / ideal},
		{"an unjudged item is unrelated", []string{"new", "close", "clear"}, grades, 5, (7/1.584962500721156 + 3.0/2) / ideal},
		{"beyond k nothing counts", []string{"loose", "clear", "close"}, grades, 1, 1.0 / 7},
		{"the ideal is cut at k", []string{"clear"}, grades, 1, 3.0 / 7},
		{"what is not found lowers it", []string{"clear"}, grades, 5, 3 / ideal},
		{"grades above 3 count as 3", []string{"a", "b"}, map[string]float64{"a": 3, "b": 9}, 5, 1},
		{"an empty ranking is 0", nil, grades, 5, 0},
		{"nothing related is 0", []string{"none"}, map[string]float64{"none": 0}, 5, 0},
		{"negative is 0", []string{"a", "b"}, map[string]float64{"a": -2, "b": 1}, 5, 1 / 1.584962500721156},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			near(t, ndcg(tt.ranked, tt.grades, tt.k), tt.want)
		})
	}
}

func TestPrecision(t *testing.T) {
	near(t, precision([]string{"none", "loose", "new", "close"}, grades, 5), 2.0/5)
	near(t, precision([]string{"none", "loose", "new", "close"}, grades, 2), 1.0/2)
	near(t, precision(nil, grades, 5), 0)
}

// Worked by hand: related at ranks 2 and 4, a third is not found, so
// (1/2 + 2/4) / 3 = 1/3.
func TestAveragePrecision(t *testing.T) {
	near(t, averagePrecision([]string{"none", "loose", "new", "close"}, grades), 1.0/3)
	near(t, averagePrecision([]string{"close", "clear", "loose"}, grades), 1)
	near(t, averagePrecision([]string{"none"}, map[string]float64{"none": 0}), 0)
}

func TestReciprocalRank(t *testing.T) {
	near(t, reciprocalRank([]string{"none", "new", "loose", "close"}, grades), 1.0/3)
	near(t, reciprocalRank([]string{"none", "new"}, grades), 0)
}

// Worked by hand: of the first five, a and c share "ports" or "heat".
func TestSharedTopic(t *testing.T) {
	topics := map[string][]string{"a": {"ports", "trade"}, "b": {"trade"}, "c": {"heat"}, "f": {"heat"}}
	ranked := []string{"a", "b", "c", "d", "e", "f"}
	got := SharedTopic(ranked, []string{"ports", "heat"}, func(id string) []string { return topics[id] }, 5)
	near(t, got, 2.0/5)
}

func TestMean(t *testing.T) {
	got := Mean([]Figures{
		{NDCG5: 1, NDCG10: 0.5, P5: 0.2, AP: 0.4, RR: 1},
		{NDCG5: 0, NDCG10: 1, P5: 0.4, AP: 0.2, RR: 0.5},
	})
	for _, c := range [][2]float64{{got.NDCG5, 0.5}, {got.NDCG10, 0.75}, {got.P5, 0.3}, {got.AP, 0.3}, {got.RR, 0.75}} {
		near(t, c[0], c[1])
	}
	if got := Mean(nil); got != (Figures{}) {
		t.Errorf("Mean(nil) = %v, want zeros", got)
	}
}

func TestSample(t *testing.T) {
	for _, tt := range []struct{ n, want, step int }{
		{0, 0, 1}, {1, 1, 1}, {1499, 1499, 1}, {1500, 750, 2}, {2999, 1500, 2}, {3000, 1000, 3},
	} {
		xs := make([]string, tt.n)
		for i := range xs {
			xs[i] = strconv.Itoa(i)
		}
		got := Sample(xs)
		if len(got) != tt.want {
			t.Errorf("Sample of %d keeps %d, want %d", tt.n, len(got), tt.want)
		}
		for i, x := range got {
			if x != strconv.Itoa(i*tt.step) {
				t.Fatalf("Sample of %d: element %d is %s, want %d", tt.n, i, x, i*tt.step)
			}
		}
	}
}

// testdata/want.tsv was computed from the same rankings and judgements by the
// Python definitions that akin is compared with: source, nDCG@5, nDCG@10, P@5,
// AP, RR; the last line holds the means. The judgements repeat pairs, grade
// above 3, below 0 and between, and judge items that no ranking has.
func TestAgreesWithReference(t *testing.T) {
	rankings := map[string][]string{}
	for line := range strings.Lines(file(t, "testdata/rankings.tsv")) {
		source, ids, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		rankings[source] = strings.Fields(ids)
	}
	order, j, err := Read(strings.NewReader(file(t, "testdata/qrels.tsv")), "qrels.tsv")
	if err != nil {
		t.Fatal(err)
	}
	sources := j.Sources(order, func(id string) bool { _, ok := rankings[id]; return ok })

	type row struct {
		source string
		f      Figures
	}
	var got []row
	var all []Figures
	for _, s := range Sample(sources) {
		f := Score(rankings[s], j[s])
		got, all = append(got, row{s, f}), append(all, f)
	}
	got = append(got, row{"mean", Mean(all)})

	want := slices.Collect(strings.Lines(file(t, "testdata/want.tsv")))
	if len(got) != len(want) {
		t.Fatalf("%d rows, want %d", len(got), len(want))
	}
	for i, line := range want {
		cells := strings.Fields(line)
		if got[i].source != cells[0] {
			t.Fatalf("row %d is of %s, want %s", i+1, got[i].source, cells[0])
		}
		f := got[i].f
		for n, g := range []float64{f.NDCG5, f.NDCG10, f.P5, f.AP, f.RR} {
			w, err := strconv.ParseFloat(cells[n+1], 64)
			if err != nil {
				t.Fatal(err)
			}
			if math.Abs(g-w) > 1e-9 {
				t.Errorf("%s, column %d: %.12f, want %.12f", cells[0], n+2, g, w)
			}
		}
	}
}

func file(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func near(t *testing.T, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 1e-12 {
		t.Errorf("got %.15f, want %.15f", got, want)
	}
}
