package engine

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

func TestRunsOfCharacters(t *testing.T) {
	for _, tt := range []struct {
		name string
		in   []run
		want []run
	}{
		{"pairs in a row are one run", []run{{"渔民", 3}, {"港渔", 2}, {"海港", 5}}, []run{{"海港渔民", 10}}},
		{"two runs apart", []run{{"海港", 5}, {"渔民", 3}}, []run{{"海港", 5}, {"渔民", 3}}},
		{"a fork stays apart", []run{{"海港", 5}, {"港口", 3}, {"港湾", 2}}, []run{{"海港", 5}, {"港口", 3}, {"港湾", 2}}},
		{"a pair of its own characters", []run{{"人人", 4}}, []run{{"人人", 4}}},
		{"a ring", []run{{"天天", 1}, {"上海", 2}, {"海上", 3}}, []run{{"上海上", 5}, {"天天", 1}}},
		{"words with spaces stay", []run{{"rent", 4}, {"tent", 2}}, []run{{"rent", 4}, {"tent", 2}}},
		{"what is part of a run joins it", []run{{"海港", 5}, {"港渔", 2}, {"渔", 1}}, []run{{"海港渔", 8}}},
	} {
		got := joined(slices.Clone(tt.in))
		byWord := func(a, b run) int { return strings.Compare(a.word, b.word) }
		slices.SortFunc(got, byWord)
		slices.SortFunc(tt.want, byWord)
		if diff := gocmp.Diff(tt.want, got, gocmp.AllowUnexported(run{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

// Whatever is joined, nothing is lost, and the order of the pairs does not matter.
func TestRunsKeepTheirSum(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 5))
	letters := []rune("海港渔民船灯塔ab")
	for range 2000 {
		var in []run
		sum := uint32(0)
		for range 1 + rng.IntN(12) {
			word := string([]rune{letters[rng.IntN(len(letters))], letters[rng.IntN(len(letters))]})
			if !slices.ContainsFunc(in, func(r run) bool { return r.word == word }) {
				in = append(in, run{word, uint32(1 + rng.IntN(9))})
				sum += in[len(in)-1].product
			}
		}
		var got uint32
		for _, r := range joined(slices.Clone(in)) {
			got += r.product
		}
		if got != sum {
			t.Fatalf("joined(%v) adds up to %d, want %d", in, got, sum)
		}
	}
}
