package index_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"akin/recommend/index"
)

// Worked by hand: 2*2/(3+2).
func TestDice(t *testing.T) {
	if got := index.Dice(3, 2, 2); got != 0.8 {
		t.Errorf("Dice(3, 2, 2) = %v, want 0.8", got)
	}
}

func TestLogLikelihood(t *testing.T) {
	for _, tt := range []struct {
		name          string
		a, b, both, n int
		want          float64
	}{
		// 2 (2 ln(2*20/(2*2)) + 18 ln(18*20/(18*18))) = 2 (2 ln 10 + 18 ln(10/9))
		{"always together", 2, 2, 2, 20, 13.003318932},
		// 2 (2 ln(2*10/(3*2)) + 1 ln(1*10/(3*8)) + 7 ln(7*10/(7*8)))
		{"one without the other", 3, 2, 2, 10, 6.188963462},
		{"as often as by chance", 5, 2, 1, 10, 0},
		{"less often", 5, 5, 1, 10, 0},
		{"everywhere", 10, 10, 10, 10, 0},
	} {
		if got := index.LogLikelihood(tt.a, tt.b, tt.both, tt.n); math.Abs(got-tt.want) > 1e-8 {
			t.Errorf("%s: LogLikelihood(%d, %d, %d, %d) = %.9f, want %.9f", tt.name, tt.a, tt.b, tt.both, tt.n, got, tt.want)
		}
	}
}

func TestCarry(t *testing.T) {
	over := map[uint32][]index.Carried{
		5: {{Term: 2, By: index.CarriedBy(3)}},
		9: {{Term: 2, By: index.CarriedBy(0.75)}, {Term: 12, By: index.CarriedBy(0.001)}},
	}
	for _, tt := range []struct {
		name    string
		v, want index.Vector
	}{
		{"a term that carries over to none", index.Vector{{Term: 1, Impact: 7}}, index.Vector{{Term: 1, Impact: 7}}},
		{"no term", nil, nil},
		// Term 2 has 3*300 + 0.75*400 = 1200; with 300 and 400 that is as long as 1300, and v as 500.
		// Each impact becomes 5/13 of it, rounded down; 12 has 400/1000.
		{"two that carry over to one", index.Vector{{Term: 5, Impact: 300}, {Term: 9, Impact: 400}},
			index.Vector{{Term: 2, Impact: 461}, {Term: 5, Impact: 115}, {Term: 9, Impact: 153}}},
		// 900 + 400 and 300, times 500 / sqrt(1300^2 + 300^2).
		{"one that is there", index.Vector{{Term: 2, Impact: 400}, {Term: 5, Impact: 300}},
			index.Vector{{Term: 2, Impact: 487}, {Term: 5, Impact: 112}}},
	} {
		before := slices.Clone(tt.v)
		got := tt.v.Carry(func(term uint32) []index.Carried { return over[term] })
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v carries over to %v, want %v", tt.name, before, got, tt.want)
		}
		if !slices.Equal(tt.v, before) {
			t.Errorf("%s: %v was changed to %v", tt.name, before, tt.v)
		}
	}
}

// A vector is never longer than before, so that scores stay within 32 bits, and little shorter.
func TestCarryKeepsTheLength(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		ws := make([]index.Weight, rng.IntN(60))
		over := map[uint32][]index.Carried{}
		for i := range ws {
			term := uint32(3 * i)
			ws[i] = index.Weight{Term: term, Weight: 1 + rng.Float64()}
			for range rng.IntN(3) {
				over[term] = append(over[term], index.Carried{Term: uint32(rng.IntN(200)), By: index.CarriedBy(20 * rng.Float64())})
			}
		}
		v := index.Quantise(ws)
		got := v.Carry(func(term uint32) []index.Carried { return over[term] })
		before, after := math.Sqrt(float64(index.Dot(v, v))), math.Sqrt(float64(index.Dot(got, got)))
		if after > before || after < before-2*math.Sqrt(float64(len(got))) {
			t.Fatalf("%v, of length %v, carries over to %v, of %v", v, before, got, after)
		}
		if !slices.IsSortedFunc(got, func(a, b index.Impact) int { return int(a.Term) - int(b.Term) }) {
			t.Fatalf("%v is not by ascending term", got)
		}
	}
}
