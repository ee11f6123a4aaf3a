package index_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"akin/recommend/index"
)

// Worked by hand: ln(1 + 8/2) = ln 5.
func TestIDF(t *testing.T) {
	for _, tt := range []struct {
		name  string
		n, df int
		want  float64
	}{
		{"a quarter of the documents", 8, 2, 1.6094379124341003},
		{"every document", 8, 8, math.Ln2},
		{"unseen counts as seen once", 8, 0, math.Log(9)},
		{"more than all counts as all", 8, 9, math.Ln2},
	} {
		if got := index.SmoothedIDF(tt.n, tt.df, 0, 0.7, 1); math.Abs(got-tt.want) > 1e-12 {
			t.Errorf("%s: SmoothedIDF(%d, %d) without a prior = %v, want %v", tt.name, tt.n, tt.df, got, tt.want)
		}
	}
}

// Worked by hand: 100 documents and a prior of 300, of which a tenth, 30, have the
// term that 10 of the 100 have: 1 + 400/40 = 11, and the square root of ln 11 is 1.5485.
func TestSmoothedIDF(t *testing.T) {
	if got := index.SmoothedIDF(100, 10, 300, 0.1, 0.5); math.Abs(got-1.548514) > 1e-6 {
		t.Errorf("SmoothedIDF = %v, want 1.548514", got)
	}
	// A small collection is told by general language, a large one by itself.
	if a, b := index.SmoothedIDF(100, 2, 1000, 0.2, 1), index.SmoothedIDF(100, 2, 1000, 0, 1); a > b/2 {
		t.Errorf("an everyday word has %v, another %v; want half at most", a, b)
	}
	if a, b := index.SmoothedIDF(1e6, 2e4, 1000, 0.2, 1), index.SmoothedIDF(1e6, 2e4, 1000, 0, 1); a < 0.99*b {
		t.Errorf("in a large collection an everyday word has %v, another %v; want nearly the same", a, b)
	}
}

// Worked by hand: the weights 3 and 4 have the length 5. With a pivot of 10 and a slope of
// 0.8 they are divided by 0.2*10 + 0.8*5 = 6 instead: 3/6 and 4/6 of One.
func TestPivot(t *testing.T) {
	v, length := index.QuantiseLength([]index.Weight{{Term: 1, Weight: 3}, {Term: 2, Weight: 4}})
	if length != 5*4096 {
		t.Errorf("length %d, want %d", length, 5*4096)
	}
	want := index.Vector{{Term: 1, Impact: 16384}, {Term: 2, Impact: 21845}}
	if got := v.Pivot(length, 10*4096, 0.8); !slices.Equal(got, want) {
		t.Errorf("Pivot = %v, want %v", got, want)
	}
	if got := index.Cosine(index.Dot(want, want), want, want); got != 1_000_000 {
		t.Errorf("the cosine of a vector with itself is %d", got)
	}
}

// Worked by hand: half as much again on the same day; after 180 days, 0.5/e = 0.183940
// of the dot, and 12,055 of 65,536 are 0.183945.
func TestNearness(t *testing.T) {
	near := index.NewNearness(0.5, 180)
	for _, tt := range []struct{ a, b, want int64 }{
		{7, 7, 1_500_000}, {0, 180, 1_183_944}, {180, 0, 1_183_944}, {0, 4000, 1_000_000}, {index.NoDay, index.NoDay, 1_000_000}, {index.NoDay, 3, 1_000_000},
	} {
		got := near.Score(1_000_000, int32(tt.a), int32(tt.b))
		if max(int64(got)-tt.want, tt.want-int64(got)) > 1 {
			t.Errorf("days %d and %d: %d, want %d", tt.a, tt.b, got, tt.want)
		}
		if back := near.Dot(got, int32(tt.a), int32(tt.b)); max(back, 1_000_000)-min(back, 1_000_000) > 1 {
			t.Errorf("days %d and %d: back to %d", tt.a, tt.b, back)
		}
	}
}

// Worked by hand: 1 + ln e = 2.
func TestLogTF(t *testing.T) {
	for _, tt := range []struct{ f, want float64 }{{0, 0}, {0.5, 0.5}, {1, 1}, {math.E, 2}, {3, 2.09861228866811}} {
		if got := index.LogTF(tt.f); math.Abs(got-tt.want) > 1e-12 {
			t.Errorf("LogTF(%v) = %v, want %v", tt.f, got, tt.want)
		}
	}
}

// Worked by hand: (3, 4) has length 5, so its impacts are 3/5 and 4/5 of 32768,
// 19660.8 and 26214.4.
func TestQuantise(t *testing.T) {
	got := index.Quantise([]index.Weight{{Term: 1, Weight: 3}, {Term: 2, Weight: 0}, {Term: 7, Weight: 4}, {Term: 9, Weight: 1e-9}, {Term: 11, Weight: -1}})
	want := index.Vector{{Term: 1, Impact: 19661}, {Term: 7, Impact: 26214}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Quantise mismatch (-want +got):\n%s", diff)
	}
	if got := index.Quantise(nil); len(got) != 0 {
		t.Errorf("Quantise(nil) = %v, want none", got)
	}
	if got := index.Quantise([]index.Weight{{Term: 4, Weight: 0.1}}); !slices.Equal(got, index.Vector{{Term: 4, Impact: index.One}}) {
		t.Errorf("Quantise of one term = %v, want impact One", got)
	}
}

// Worked by hand: the vectors of the terms {1, 7} with weights 3 and 4 and of
// {7, 8} with 1 and 1 share 7: 26214 * 23170, which is 0.5657 of One*One, as
// 4/5 * 1/sqrt 2 = 0.5657.
func TestDot(t *testing.T) {
	a := index.Quantise([]index.Weight{{Term: 1, Weight: 3}, {Term: 7, Weight: 4}})
	b := index.Quantise([]index.Weight{{Term: 7, Weight: 1}, {Term: 8, Weight: 1}})
	if got, want := index.Dot(a, b), uint32(26214*23170); got != want {
		t.Errorf("Dot = %d, want %d", got, want)
	}
	if got, want := index.Millionths(index.Dot(a, b)), int64(565665); got != want {
		t.Errorf("Millionths = %d, want %d", got, want)
	}
	if got := index.Millionths(index.Dot(b, b)); got < 999_900 || got > 1_000_100 {
		t.Errorf("score of a vector with itself = %d millionths, want about a million", got)
	}
}

// The sum of products must fit 32 bits for the worst vectors there are: those
// in which every impact is rounded up.
func TestDotDoesNotOverflow(t *testing.T) {
	v := make(index.Vector, index.MaxTerms)
	var exact uint64
	for i := range v {
		v[i] = index.Impact{Term: uint32(i), Impact: index.One/256 + 1}
		exact += uint64(v[i].Impact) * uint64(v[i].Impact)
	}
	if got := uint64(index.Dot(v, v)); got != exact {
		t.Errorf("Dot = %d, want %d", got, exact)
	}
}

// brute ranks by comparing v, of the document except, with every other one in turn.
func brute(x *index.Index, near index.Nearness, v index.Vector, k int, except index.Doc) []index.Match {
	var all []index.Match
	for _, d := range x.Docs() {
		if score := near.Score(index.Dot(v, x.Vector(d)), dayOf(x, except), dayOf(x, d)); d != except && score > 0 {
			all = append(all, index.Match{Doc: d, Score: score})
		}
	}
	slices.SortFunc(all, x.Compare)
	return all[:min(k, len(all))]
}

func dayOf(x *index.Index, d index.Doc) int32 { return x.Key(d).Day }

// drawDay draws from days that are near each other, far, and none.
func drawDay(t *rapid.T) int32 {
	return rapid.SampledFrom([]int32{0, 1, 5, 90, 5000, index.NoDay}).Draw(t, "day")
}

// drawVector draws from few terms and few weights, so that ties, duplicates,
// empty vectors and vectors of one term are common. Low terms are commoner, as
// in language.
func drawVector(t *rapid.T, label string) index.Vector {
	n := rapid.IntRange(0, 8).Draw(t, label+" terms")
	seen := map[uint32]bool{}
	var ws []index.Weight
	for range n {
		a := rapid.Uint32Range(0, 30).Draw(t, "a")
		b := rapid.Uint32Range(0, 30).Draw(t, "b")
		if term := min(a, b); !seen[term] {
			seen[term] = true
			ws = append(ws, index.Weight{Term: term, Weight: float64(rapid.IntRange(1, 3).Draw(t, "weight"))})
		}
	}
	v, length := index.QuantiseLength(ws)
	return v.Pivot(length, 4*4096, rapid.SampledFrom([]float64{index.MinSlope, 0.85, 1}).Draw(t, "slope"))
}

// Nearest, Each and Scores must agree with comparing every pair, after any
// sequence of Put and Remove, and Build with Put one by one. With many copies of
// each document, terms are frequent enough for tiers to be left unread.
func TestNearestAgreesWithBruteForce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 40).Draw(t, "documents")
		copies := rapid.SampledFrom([]int{1, 1, 30}).Draw(t, "copies")
		var near index.Nearness
		if weight := rapid.SampledFrom([]float64{0, 0.3, 1}).Draw(t, "nearness"); weight > 0 {
			near = index.NewNearness(weight, 30)
		}
		var entries []index.Entry
		for range n {
			date, v := int64(rapid.IntRange(0, 2).Draw(t, "date")), drawVector(t, "document")
			for c := range copies {
				d := len(entries)
				if len(v) > 1 && c%3 == 1 {
					v = index.Quantise([]index.Weight{{Term: v[0].Term, Weight: float64(c)}, {Term: v[1].Term, Weight: 9}})
				}
				entries = append(entries, index.Entry{Doc: index.Doc(d), Key: index.Key{Date: date, ID: fmt.Sprint(d%10, d), Day: drawDay(t)}, Vector: v})
			}
		}
		x := index.BuildNear(entries, near)
		for range rapid.IntRange(0, 20).Draw(t, "changes") {
			d := index.Doc(rapid.IntRange(0, 45).Draw(t, "doc"))
			if rapid.Bool().Draw(t, "remove") {
				x.Remove(d)
			} else {
				x.Put(d, index.Key{ID: fmt.Sprint("new", d), Day: drawDay(t)}, drawVector(t, "new"))
			}
		}
		k := rapid.IntRange(1, 12).Draw(t, "k")
		docs := x.Docs()
		if len(docs) != x.Len() {
			t.Fatalf("Len = %d, but Docs has %d", x.Len(), len(docs))
		}
		if copies > 1 {
			docs = docs[:min(len(docs), 40)]
		}
		for _, d := range docs {
			got := x.Nearest(nil, x.Vector(d), dayOf(x, d), k, d)
			if diff := cmp.Diff(brute(x, near, x.Vector(d), k, d), got); len(got)+len(brute(x, near, x.Vector(d), k, d)) > 0 && diff != "" {
				t.Fatalf("Nearest(%d) mismatch (-want +got):\n%s", d, diff)
			}
			sums := map[index.Doc]uint32{}
			x.Scores(x.Vector(d), dayOf(x, d), func(m index.Match) { sums[m.Doc] = m.Score })
			for _, e := range docs {
				if got, want := sums[e], x.Score(d, e); got != want {
					t.Fatalf("Scores(%d)[%d] = %d, want %d", d, e, got, want)
				}
			}
		}
		var mu sync.Mutex
		each := map[index.Doc][]index.Match{}
		x.Each(docs, k, rapid.IntRange(1, 4).Draw(t, "workers"), func(d index.Doc, ms []index.Match) {
			mu.Lock()
			defer mu.Unlock()
			each[d] = slices.Clone(ms)
		})
		for _, d := range docs {
			if want := brute(x, near, x.Vector(d), k, d); !slices.Equal(each[d], want) {
				t.Fatalf("Each(%d) = %v, want %v", d, each[d], want)
			}
		}
	})
}

// collection makes n documents whose terms are distributed as in language
// (Zipf), about 30 a document.
func collection(n int) []index.Entry {
	rng := rand.New(rand.NewPCG(1, 2))
	zipf := rand.NewZipf(rng, 1.1, 5, 40_000)
	entries := make([]index.Entry, n)
	for d := range entries {
		weights := map[uint32]float64{}
		for range 20 + rng.IntN(20) {
			weights[uint32(zipf.Uint64())]++
		}
		var ws []index.Weight
		for term, f := range weights {
			ws = append(ws, index.Weight{Term: term, Weight: index.LogTF(f) * math.Log(1+float64(term))})
		}
		slices.SortFunc(ws, func(a, b index.Weight) int { return int(a.Term) - int(b.Term) })
		entries[d] = index.Entry{Doc: index.Doc(d), Key: index.Key{ID: fmt.Sprint(d), Day: int32(rng.IntN(4000))}, Vector: index.Quantise(ws)}
	}
	return entries
}

// The pruning must show in a collection large enough for it to happen.
func TestNearestPrunesExactly(t *testing.T) {
	for _, near := range []index.Nearness{{}, index.NewNearness(0.5, 180)} {
		prunesExactly(t, near)
	}
}

func prunesExactly(t *testing.T, near index.Nearness) {
	t.Helper()
	entries := collection(3000)
	x, grown := index.BuildNear(entries, near), index.BuildNear(nil, near)
	for _, e := range entries {
		grown.Put(e.Doc, e.Key, e.Vector)
	}
	for d := index.Doc(0); d < 3000; d += 97 {
		for _, k := range []int{1, 5, 50} {
			want := brute(x, near, x.Vector(d), k, d)
			if got := x.Nearest(nil, x.Vector(d), dayOf(x, d), k, d); !slices.Equal(got, want) {
				t.Fatalf("Nearest(%d, %d) = %v, want %v", d, k, got, want)
			}
			if got := grown.Nearest(nil, x.Vector(d), dayOf(x, d), k, d); !slices.Equal(got, want) {
				t.Fatalf("Nearest(%d, %d) in an index that grew = %v, want %v", d, k, got, want)
			}
		}
	}
}

// Working memory of a query fits an index that grew since, past the number of
// documents from which terms are frequent; and what queries look up is right
// after documents were replaced and removed so often that its room was made anew.
func TestNearestWhileChanging(t *testing.T) {
	x := new(index.Index)
	for i := range 1000 {
		d := index.Doc(i % 200)
		x.Put(d, index.Key{ID: fmt.Sprint(d)}, index.Quantise([]index.Weight{{Term: 0, Weight: 1}, {Term: uint32(1 + i%7), Weight: float64(1 + i/200)}}))
		v := x.Vector(d)
		if got, want := x.Nearest(nil, v, dayOf(x, d), 5, d), brute(x, index.Nearness{}, v, 5, d); !slices.Equal(got, want) {
			t.Fatalf("change %d: nearest of %d = %v, want %v", i, d, got, want)
		}
		if i%3 == 0 && i > 400 {
			x.Remove(d)
		}
	}
}

func TestBuildPanicsOutOfOrder(t *testing.T) {
	for _, docs := range [][]index.Doc{{1, 0}, {3, 3}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("BuildNear of documents %v did not panic", docs)
				}
			}()
			index.BuildNear([]index.Entry{{Doc: docs[0]}, {Doc: docs[1]}}, index.Nearness{})
		}()
	}
}

func BenchmarkNearest(b *testing.B) {
	x := index.BuildNear(collection(60_000), index.NewNearness(0.5, 180))
	b.ReportAllocs()
	var ms []index.Match
	for i := 0; b.Loop(); i++ {
		d := index.Doc(i * 7919 % 60_000)
		ms = x.Nearest(ms[:0], x.Vector(d), x.Key(d).Day, 50, d)
	}
}

func BenchmarkBruteForce(b *testing.B) {
	x := index.BuildNear(collection(60_000), index.Nearness{})
	for i := 0; b.Loop(); i++ {
		d := index.Doc(i * 7919 % 60_000)
		brute(x, index.Nearness{}, x.Vector(d), 50, d)
	}
}

func ExampleIndex_Nearest() {
	x := index.BuildNear([]index.Entry{
		{Doc: 0, Key: index.Key{ID: "rents"}, Vector: index.Quantise([]index.Weight{{Term: 1, Weight: 2}, {Term: 2, Weight: 1}})},
		{Doc: 1, Key: index.Key{ID: "tenants"}, Vector: index.Quantise([]index.Weight{{Term: 1, Weight: 1}})},
		{Doc: 2, Key: index.Key{ID: "floods"}, Vector: index.Quantise([]index.Weight{{Term: 3, Weight: 1}})},
	}, index.Nearness{})
	for _, m := range x.Nearest(nil, x.Vector(0), x.Key(0).Day, 5, 0) {
		fmt.Println(x.Key(m.Doc).ID, index.Millionths(m.Score))
	}
	// Output: tenants 894440
}

// Documents of one vector share the work, and each is given what it is alone: all
// others, whichever of them are asked for, and with any number of workers.
func TestEachOfTheSame(t *testing.T) {
	x := index.BuildNear(nil, index.NewNearness(0.2, 30))
	var docs []index.Doc
	for d := range index.Doc(300) {
		v := index.Vector{{Term: 1, Impact: 700}, {Term: 2 + uint32(d%3), Impact: 700}}
		x.Put(d, index.Key{ID: fmt.Sprintf("%03d", d), Day: int32(d % 2)}, v)
		if d%5 != 0 {
			docs = append(docs, d)
		}
	}
	var mu sync.Mutex
	for _, k := range []int{1, 7, 400} {
		for workers := range 3 {
			seen := 0
			x.Each(docs, k, workers, func(d index.Doc, got []index.Match) {
				want := x.Nearest(nil, x.Vector(d), x.Key(d).Day, k, d)
				mu.Lock()
				defer mu.Unlock()
				if seen++; !slices.Equal(got, want) {
					t.Errorf("k %d, %d workers: Each(%d) = %v, want %v", k, workers, d, got, want)
				}
			})
			if seen != len(docs) {
				t.Errorf("k %d, %d workers: %d of %d documents", k, workers, seen, len(docs))
			}
		}
	}
}
