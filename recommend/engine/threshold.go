package engine

import (
	"hash/fnv"
	"slices"
	"strings"
	"sync"

	"akin/recommend"
	"akin/recommend/index"
	"akin/recommend/parallel"
)

const (
	// calibrated is how many items a corpus must have to be calibrated from; a
	// smaller one has too few pairs that are alike.
	calibrated = 100

	// pairsLooked bounds the pairs of items that are scored for it, and so its time;
	// sourcesLooked how few sources there may be for that.
	pairsLooked, sourcesLooked = 2_000_000, 100

	// shuffles is how often texts are shuffled at most, within that bound.
	shuffles = 8

	// pooled is how many pairs a step of scores has at least.
	pooled = 100
)

// calibrate returns the score from which two items are alike by more than chance: the
// least such that at it, and in each step of scores above, the odds are at least
// as given that a pair of that score is not chance. It is 0 where the corpus is too
// small to tell, and the greatest step of all where nothing stands out.
//
// Chance is what shuffled texts score: items keep their topics, authors and dates, and
// each word of their texts goes, wherever it stands, to other items (all terms of one
// root to the same ones, since they come together). Of all pairs with a score s, so
// many as have it among shuffled texts are there by chance, so the chance that
// one is not a coincidence is 1 - null(s)/all(s): one less the local false discovery rate
// (Efron, Tibshirani, Storey and Tusher 2001, "Empirical Bayes analysis of a microarray
// experiment"), with all pairs taken for the null. That topics are shared is thus no
// evidence by itself; that texts agree beyond it is.
//
// Pairs are counted in steps of a twentieth of the score, pooled from the greatest down.
// The sources are evenly spaced in the order of ids, in which texts are shuffled too; all
// counts are whole numbers. So the score does not depend on which item came first.
func (st *state) calibrate(odds float64) recommend.Millionths {
	return calibrate(st.index, st.ids, st.shifts(), odds)
}

// calibrate does it for an index, given the ids of its documents and by how many
// documents further a term is put when texts are shuffled.
func calibrate(ix *index.Index, ids []string, shift func(term uint32) uint32, odds float64) recommend.Millionths {
	docs := ix.Docs()
	slices.SortFunc(docs, func(a, b index.Doc) int { return strings.Compare(ids[a], ids[b]) })
	if odds <= 0 || len(docs) < calibrated {
		return 0
	}
	most := max(pairsLooked/len(docs), sourcesLooked)
	every := (len(docs) + most - 1) / most
	var sources []index.Doc
	for i := 0; i < len(docs); i += every {
		sources = append(sources, docs[i])
	}
	places := make([]uint32, len(ids))
	for at, d := range docs {
		places[d] = uint32(at)
	}
	rounds := min(max(pairsLooked/(len(docs)*len(sources)), 1), shuffles)
	var mu sync.Mutex
	all, null := newSteps(), newSteps()
	parallel.Each(len(sources), func(i int) {
		a, n := newSteps(), newSteps()
		count := func(to steps) func(index.Match) {
			return func(m index.Match) {
				if m.Doc != sources[i] {
					to.count(m.Score)
				}
			}
		}
		v, day := ix.Vector(sources[i]), ix.Key(sources[i]).Day
		ix.Scores(v, day, count(a))
		for round := range rounds {
			again := func(term uint32) uint32 { return shift(term) * uint32(2*round+1) } // 0 stays 0
			ix.Shuffled(v, day, sources[i], docs, places, again, count(n))
		}
		mu.Lock()
		defer mu.Unlock()
		all.add(a)
		null.add(n)
	})
	return alike(all, null, rounds, odds)
}

// alike finds the least score at which, and above which, the odds hold; null counts so
// many shuffles.
func alike(all, null steps, rounds int, odds float64) recommend.Millionths {
	least := 0
	for at := len(all.counts); at > 0; {
		seen, chance := 0, 0
		for at > 0 && seen < pooled {
			at--
			seen, chance = seen+all.counts[at], chance+null.counts[at]
		}
		if seen < pooled && least == 0 {
			return 0 // hardly any pair shares a term
		}
		if float64(chance)*(1+odds) > float64(seen*rounds) {
			if least == 0 {
				least = len(all.counts) - 1
			}
			break
		}
		least = at
	}
	return recommend.Millionths(index.Millionths(stepEdges()[least]))
}

// shifts returns the shift of each term.
func (st *state) shifts() func(term uint32) uint32 {
	known := make([]uint32, len(st.weigher.known))
	for i, t := range st.weigher.known {
		known[i] = shiftOf(t.key)
	}
	return func(term uint32) uint32 {
		if int(term) < len(known) {
			return known[term]
		}
		return 1 // no other item has it
	}
}

// shiftOf returns by how many documents further a term is put when texts are shuffled:
// not at all if it stands for a topic or an author.
func shiftOf(key string) uint32 {
	if strings.HasPrefix(key, "#") || strings.HasPrefix(key, "@") {
		return 0
	}
	_, root, _ := strings.Cut(key, ":")
	if end := joint(root); end >= 0 {
		root = root[:end]
	}
	h := fnv.New64a()
	h.Write([]byte(root))
	sum := h.Sum64()
	return uint32(sum^sum>>32) | 1
}

// steps counts pairs by score.
type steps struct{ counts []int }

func newSteps() steps { return steps{make([]int, len(stepEdges()))} }

func (s steps) count(score uint32) {
	edges := stepEdges()
	if score < edges[0] {
		return
	}
	at, found := slices.BinarySearch(edges, score)
	if !found {
		at--
	}
	s.counts[at]++
}

func (s steps) add(o steps) {
	for i, n := range o.counts {
		s.counts[i] += n
	}
}

// stepEdges are the scores that steps begin at, from a hundredth of a full match up.
var stepEdges = sync.OnceValue(func() []uint32 {
	var edges []uint32
	for e := uint32(index.One * index.One / 100); e < index.One*index.One; e += e / 20 {
		edges = append(edges, e)
	}
	return edges
})
