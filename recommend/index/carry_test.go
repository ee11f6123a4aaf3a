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
		// Term 2 has 3*4096 + 0.75*16384 = 24576, 3/4 of One, which with One is as long as 5/4:
		// all impacts become 4/5, rounded down; 12 has 16 before.
		{"two that carry over to one", index.Vector{{Term: 5, Impact: 4096}, {Term: 9, Impact: 16384}},
			index.Vector{{Term: 2, Impact: 19660}, {Term: 5, Impact: 3276}, {Term: 9, Impact: 13107}, {Term: 12, Impact: 12}}},
		{"to one that is there", index.Vector{{Term: 2, Impact: 1000}, {Term: 5, Impact: 8192}}, index.Vector{{Term: 2, Impact: 1000}, {Term: 5, Impact: 8192}}},
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

// A vector of the length One, but for rounding, keeps it, so that scores stay within 32 bits.
func TestCarryKeepsTheLength(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		ws := make([]index.Weight, 1+rng.IntN(60))
		over := map[uint32][]index.Carried{}
		for i := range ws {
			term := uint32(2 * i)
			ws[i] = index.Weight{Term: term, Weight: 1 + rng.Float64()}
			for range rng.IntN(3) {
				over[term] = append(over[term], index.Carried{Term: uint32(2*rng.IntN(100) + 1), By: index.CarriedBy(20 * rng.Float64())})
			}
		}
		v := index.Quantise(ws)
		got := v.Carry(func(term uint32) []index.Carried { return over[term] })
		before, after := math.Sqrt(float64(index.Dot(v, v))), math.Sqrt(float64(index.Dot(got, got)))
		if room := 2 * math.Sqrt(float64(len(got))); after > before+room || after < before-room {
			t.Fatalf("%v, of length %v, carries over to %v, of %v", v, before, got, after)
		}
		if !slices.IsSortedFunc(got, func(a, b index.Impact) int { return int(a.Term) - int(b.Term) }) {
			t.Fatalf("%v is not by ascending term", got)
		}
	}
}
