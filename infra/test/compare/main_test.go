package main

import (
	"slices"
	"strings"
	"testing"
)

func TestResults(t *testing.T) {
	got := results("goos: linux\nBenchmarkGet/1_of_2-2 \t 100\t  12.5 ns/op\t 8 B/op\nBenchmarkSlow-2 1 3000 ns/op\nPASS\n")
	if len(got) != 2 || got["BenchmarkGet/1_of_2-2"] != 12.5 || got["BenchmarkSlow-2"] != 3000 {
		t.Errorf("results = %v", got)
	}
}

// By hand: the ratios are 2, 1 and 3, the medians 2 and 4 µs.
func TestReport(t *testing.T) {
	var b strings.Builder
	report(&b, map[string][2][]float64{"BenchmarkGet": {{2000, 4000, 1000}, {4000, 4000, 3000}}, "BenchmarkGone": {{1}, nil}})
	if got := strings.Fields(b.String()); !slices.Equal(got, []string{"BenchmarkGet", "2.0", "4.0", "µs", "2.00"}) {
		t.Errorf("report = %q", b.String())
	}
}

func TestMatch(t *testing.T) {
	both, alone := match(
		[]benchmark{{"BenchmarkA", "x/recommend.test", ""}, {"BenchmarkGet", "x/bolt.test", ""}, {"BenchmarkOld", "x/bolt.test", ""}},
		[]benchmark{{"BenchmarkGet", "y/other.test", ""}, {"BenchmarkGet", "y/bolt.test", ""}, {"BenchmarkA", "y/recommend_engine.test", ""}})
	if len(both) != 2 || both[0][1].program != "y/bolt.test" || both[1][1].program != "y/recommend_engine.test" {
		t.Errorf("both = %v", both)
	}
	if !slices.Equal(alone, []string{"BenchmarkOld", "BenchmarkGet"}) {
		t.Errorf("alone = %q", alone)
	}
}
