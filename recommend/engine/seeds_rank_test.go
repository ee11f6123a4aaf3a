package engine

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"akin/infra/memory"
	"akin/recommend"
	"akin/recommend/index"
	"akin/recommend/store"
)

// What several items are answered with is what comparing them with every item in turn
// gives: exactly the best, in the same order, and the parts of each score add up.
func TestSeedsAgreeWithBruteForce(t *testing.T) {
	const all = 160
	draw := rand.New(rand.NewPCG(16, 7))
	x := crowdIndexer(t, draw, all)
	st, err := x.ready(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	least := st.gen.minScore()
	negative, cut := 0, 0
	for n := range 2000 {
		s := seeds{likes: numbers(draw, st, 1+draw.IntN(4)), not: numbers(draw, st, draw.IntN(3))}
		if !s.combined() {
			continue
		}
		q := &wanted{&recommend.Query{}, &rules{most: noBoost}, "en"}
		if n%3 == 0 {
			q.Types = []string{"Reports"}
		}
		if n%4 == 0 {
			q.boosts = []boost{{kind: "Notes", factor: 2 * noBoost}}
			q.most = 2 * noBoost
		}
		k := 1 + draw.IntN(30)
		got, err := x.ranker(st.gen.Number, s)(t.Context(), q, k)
		if err != nil {
			t.Fatal(err)
		}
		likes, not := st.works.docsOf(s.likes), st.works.docsOf(s.not)
		var want []storedEntry
		by := map[uint32]int64{}
		for _, d := range st.index.Docs() {
			sum, near := int64(0), false
			for _, p := range likes {
				score := st.index.Score(p, d)
				sum += 2 * int64(score)
				near = near || recommend.Millionths(index.Millionths(score)) >= least
			}
			for _, p := range not {
				sum -= int64(st.index.Score(p, d))
			}
			f := st.shown(d, x.traits.items, q)
			if slices.Contains(likes, d) || slices.Contains(not, d) || !near || sum < int64(2*len(likes)) || f == nil {
				continue
			}
			want = append(want, storedEntry{number: uint32(d), score: uint32(sum / int64(2*len(likes)))})
			by[uint32(d)] = sum * int64(q.factor(f))
		}
		slices.SortFunc(want, func(a, b storedEntry) int {
			return cmp.Or(cmp.Compare(by[b.number], by[a.number]), st.index.Key(index.Doc(a.number)).Compare(st.index.Key(index.Doc(b.number))))
		})
		if len(want) > k {
			cut++
		}
		want = want[:min(len(want), k)]
		same := func(a, b storedEntry) bool { return a.number == b.number && a.score == b.score }
		if !slices.EqualFunc(got, want, same) {
			t.Fatalf("query %d, %v: got %v, want %v", n, s, got, want)
		}
		for _, e := range got {
			sum := recommend.Millionths(0)
			for _, r := range e.reasons {
				if sum += r.Part; r.Kind == recommend.KindUnlike {
					negative++
				}
			}
			if sum != e.millionths() {
				t.Fatalf("query %d: parts %v add up to %v, want %v", n, e.reasons, sum, e.millionths())
			}
		}
	}
	if negative < 100 || cut < 100 {
		t.Errorf("%d entries are like what is not wanted, %d answers are full", negative, cut)
	}
}

// crowdIndexer indexes works that share words, some of them versions of others.
func crowdIndexer(t *testing.T, draw *rand.Rand, all int) *Indexer {
	t.Helper()
	return crowdIndexerOn(t, memory.New(), draw, all)
}

func crowdIndexerOn(t *testing.T, s store.Store, draw *rand.Rand, all int) *Indexer {
	t.Helper()
	settings := recommend.DefaultSettings()
	settings.Odds = 0
	publisher, err := NewPublisher(s, settings, PublisherOptions{})
	if err != nil {
		t.Fatal(err)
	}
	words := strings.Fields("harbour tide crane pilot ledger clinic teacher river flood bridge tariff wage orchard")
	for n := range all {
		it := recommend.Item{ID: fmt.Sprint("work", n), Lang: "en", Types: []string{[]string{"Reports", "Notes"}[draw.IntN(2)]}, Date: fmt.Sprint(2000+draw.IntN(20), "-01")}
		for range 3 + draw.IntN(6) {
			it.Title += words[draw.IntN(len(words))] + " "
		}
		if n%8 == 7 {
			it.TranslationOf, it.Lang = fmt.Sprint("work", n-7), "es"
		}
		if r := publisher.Put(t.Context(), it)[0]; r.Err != nil {
			t.Fatal(r.Err)
		}
	}
	x := NewIndexer(s, settings, IndexerOptions{})
	if _, err := x.Reindex(t.Context(), ReindexOptions{}); err != nil {
		t.Fatal(err)
	}
	return x
}

func numbers(draw *rand.Rand, st *state, n int) []uint32 {
	var out []uint32
	docs := st.index.Docs()
	for range n {
		out = append(out, uint32(docs[draw.IntN(len(docs))]))
	}
	return out
}
