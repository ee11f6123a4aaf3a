package engine

import (
	"cmp"
	"context"
	"flag"
	"maps"
	"math/big"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"akin/infra/memory"
	"akin/recommend"
	"akin/recommend/index"
	"akin/recommend/store"
)

// whyPairs is how many pairs TestWhyAgreesWithBruteForce compares, of the items that
// AKIN_BENCH_ITEMS names, or else of the sample corpus.
var whyPairs = flag.Int("pairs", 600, "pairs that TestWhyAgreesWithBruteForce compares")

// A plainCorpus knows of every item what it weighs, by terms in words, as the rows of a store
// have it: for brute force. It has no index.
type plainCorpus struct {
	near  *index.Nearness
	works map[string]map[string]int64 // impacts by id of the first version and term
	date  map[string]int64
}

// plainly reads the store anew. Vectors come from the same weighing: what is to be told is
// whether they are compared rightly.
func plainly(t *testing.T, s store.Store, number int) *plainCorpus {
	t.Helper()
	g, err := readGeneration(t.Context(), s, number)
	if err != nil {
		t.Fatal(err)
	}
	st, err := load(t.Context(), s, g, false)
	if err != nil {
		t.Fatal(err)
	}
	c := &plainCorpus{near: g.near(), works: map[string]map[string]int64{}, date: map[string]int64{}}
	var mu sync.Mutex
	words := map[uint32]string{}
	err = scanTerms(t.Context(), s, g, func(_ uint32, l *termList) error {
		terms := st.weigher.census.name(nil, l.terms)
		st.weigher.census.find(terms)
		mu.Lock()
		defer mu.Unlock()
		for i := range terms {
			words[terms[i].number] = l.terms[i].key
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range st.index.Docs() {
		weights := map[string]int64{}
		for _, i := range st.index.Vector(d) {
			weights[words[i.Term]] = int64(i.Impact)
		}
		c.works[st.ids[d]], c.date[st.ids[d]] = weights, st.index.Key(d).Date
	}
	return c
}

// score adds up the products of all terms, in whole numbers of any size.
func (c *plainCorpus) score(a, b string) *big.Int {
	sum := new(big.Int)
	for term, x := range c.works[a] {
		sum.Add(sum, big.NewInt(x*c.works[b][term]))
	}
	raised := c.near.Score(uint32(sum.Uint64()), dayOf(c.date[a]), dayOf(c.date[b]))
	return sum.SetUint64(uint64(raised))
}

// ranking orders all others by their score with a, those without one left out.
func (c *plainCorpus) ranking(a string) (ids []string, scores map[string]*big.Int) {
	scores = map[string]*big.Int{}
	for b := range c.works {
		if s := c.score(a, b); b != a && s.Sign() > 0 {
			scores[b] = s
		}
	}
	ids = slices.SortedFunc(maps.Keys(scores), func(x, y string) int {
		return cmp.Or(scores[y].Cmp(scores[x]), cmp.Compare(c.date[y], c.date[x]), cmp.Compare(x, y))
	})
	return ids, scores
}

// Why tells of any pair, near or far, what comparing all words of all works tells: rank and
// score to the last millionth, of which the parts are the sum.
func TestWhyAgreesWithBruteForce(t *testing.T) {
	t.Parallel()
	s, items := memory.New(), namedItems(t, 1)
	p, err := NewPublisher(s, recommend.DefaultSettings(), PublisherOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range p.Put(t.Context(), items...) {
		if r.Err != nil {
			t.Fatal(r.Err)
		}
	}
	x := NewIndexer(s, recommend.DefaultSettings(), IndexerOptions{})
	g, err := x.Reindex(t.Context(), ReindexOptions{})
	if err != nil {
		t.Fatal(err)
	}
	// What is published later has words that the statistics lack.
	late := recommend.Item{ID: "late", Title: "Cooling centres and the zyzzyva: " + items[0].Title, Lang: "en", Date: "2026-01"}
	for _, id := range []string{"late", "later", "latest"} { // of one text, so that two of them score the same
		if late.ID = id; p.Put(t.Context(), late)[0].Err != nil {
			t.Fatal(id)
		}
	}
	if _, err := x.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	plain := plainly(t, s, g.Number)
	ids := slices.Sorted(maps.Keys(plain.works))
	rng := rand.New(rand.NewPCG(18, 3))
	const of = 20 // pairs of one list
	far, told := 0, 0
	for n := range *whyPairs / of {
		a := ids[rng.IntN(len(ids))]
		if n == 0 {
			a = late.ID
		}
		ranking, scores := plain.ranking(a)
		for k := range of {
			b := ids[rng.IntN(len(ids))]
			if k < 3 && len(ranking) > 1 {
				b = ranking[[...]int{0, 1, len(ranking) - 1}[k]]
			}
			if a == b {
				continue
			}
			w, err := x.Why(t.Context(), a, b, recommend.Query{})
			if err != nil {
				t.Fatal(err)
			}
			want := int64(0)
			if s := scores[b]; s != nil {
				want = index.Millionths(uint32(s.Uint64()))
			}
			rank := slices.Index(ranking, b) + 1
			if int64(w.Score) != want || w.Rank != rank || w.Sharing != len(ranking) || w.Works != len(ids)-1 {
				t.Fatalf("%s in the list of %s: score %v, rank %d of %d, %d works; want %d, %d of %d, %d", b, a, w.Score, w.Rank, w.Sharing, w.Works, want, rank, len(ranking), len(ids)-1)
			}
			sum := recommend.Millionths(0)
			for i, r := range w.Why {
				if sum += r.Part; r.Part < 0 || r.Term == "" || i > 0 && r.Kind != recommend.KindRest && r.Part > w.Why[0].Part {
					t.Fatalf("%s in the list of %s has the reasons %v", b, a, w.Why)
				}
			}
			if sum != w.Score {
				t.Fatalf("%s in the list of %s: the parts add up to %v of %v: %v", b, a, sum, w.Score, w.Why)
			}
			if rank > 100 {
				far++
			}
			if len(w.ItemOnly) > 0 && len(w.OtherOnly) > 0 {
				told++
			}
		}
	}
	if far < *whyPairs/10 || told < *whyPairs*9/10 {
		t.Errorf("%d pairs were far apart, and of %d it is told what the one lacks and the other; want most", far, told)
	}
}

// BenchmarkWhy explains random pairs of a store that a generation was made in.
func BenchmarkWhy(b *testing.B) {
	s, items := memory.New(), BenchItems(b)
	p, err := NewPublisher(s, recommend.DefaultSettings(), PublisherOptions{})
	if err != nil {
		b.Fatal(err)
	}
	for chunk := range slices.Chunk(items, 1000) {
		p.Put(context.Background(), chunk...)
	}
	x := NewIndexer(s, recommend.DefaultSettings(), IndexerOptions{})
	if _, err := x.Reindex(context.Background(), ReindexOptions{}); err != nil {
		b.Fatal(err)
	}
	items = slices.DeleteFunc(items, func(it recommend.Item) bool { return it.Status == recommend.Withdrawn || it.Embargoed(time.Now()) })
	rng := rand.New(rand.NewPCG(1, 2))
	var times []time.Duration
	b.ResetTimer()
	for b.Loop() {
		one, other := items[rng.IntN(len(items))].ID, items[rng.IntN(len(items))].ID
		start := time.Now()
		if _, err := x.Why(context.Background(), one, other, recommend.Query{}); err != nil {
			b.Fatal(err)
		}
		times = append(times, time.Since(start))
	}
	Report(b, times)
	b.ReportMetric(float64(len(items)), "items")
}
