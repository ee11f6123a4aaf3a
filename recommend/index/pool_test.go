package index

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// Worked by hand: own terms 1 and 2 of two versions / sqrt 2, and term 9, which both share,
// (60 + 20) / 2.
func TestPool(t *testing.T) {
	shared := func(term uint32) bool { return term == 9 }
	a, b := Vector{{1, 100}, {9, 60}}, Vector{{2, 50}, {9, 20}}
	want := Vector{{1, 70}, {2, 35}, {9, 40}}
	if got := Pool([]Vector{a, b}, shared); !slices.Equal(got, want) {
		t.Errorf("Pool(%v, %v) = %v, want %v", a, b, got, want)
	}
	if got := Pool([]Vector{b, a}, shared); !slices.Equal(got, want) {
		t.Errorf("Pool in the other order = %v, want %v", got, want)
	}
	if got := Pool([]Vector{a}, shared); !slices.Equal(got, a) {
		t.Errorf("Pool of one version = %v, want it as it is", got)
	}
	// Two versions that say the same in one language are no longer than one.
	if got, want := Pool([]Vector{{{1, 300}}, {{1, 300}}}, shared), (Vector{{1, 300}}); got[0].Impact > 300 || got[0].Impact < 299 {
		t.Errorf("Pool of two equal versions = %v, want about %v", got, want)
	}
	if got, want := Unpool(Vector{{1, 70}, {2, 35}, {9, 40}}, 2, func(term uint32) bool { return term == 1 }, shared), (Vector{{1, 99}, {9, 40}}); !slices.Equal(got, want) {
		t.Errorf("Unpool = %v, want %v", got, want)
	}
}

// No pooled vector is longer than the longest of its versions, so scores keep their
// bound.
func TestPooledVectorsAreNoLongerThanTheirVersions(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		vs := make([]Vector, 1+rng.IntN(64))
		longest := uint32(0)
		for i := range vs {
			var ws []Weight
			for term := range uint32(30) {
				if rng.IntN(3) == 0 {
					ws = append(ws, Weight{term, rng.Float64() * 5})
				}
			}
			vs[i] = Quantise(ws)
			longest = max(longest, Dot(vs[i], vs[i]))
		}
		if v := Pool(vs, func(term uint32) bool { return term > 20 }); Dot(v, v) > longest {
			t.Fatalf("Pool(%v) has the squared length %d, more than %d", vs, Dot(v, v), longest)
		}
	}
}
