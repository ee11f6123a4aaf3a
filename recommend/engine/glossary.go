package engine

import (
	"cmp"
	"hash/fnv"
	"maps"
	"math"
	"slices"
	"strings"

	"akin/recommend/index"
	"akin/recommend/text"
)

// A glossary says which words of the pivot, the language that most works have a version
// in, mean what words of other languages do. It is learned from the works that are in both
// (see [learn]), and frozen with the statistics. So a work without a version in the pivot
// is near to works that have one, and to those of a third language. Names, numbers and
// acronyms need none: languages share those terms.
type glossary struct {
	pivot string // base language
	over  map[uint32][]index.Carried
	from  map[uint32][]uint32 // what carries over to a term, ascending
}

// A gloss is an entry of a glossary.
type gloss struct {
	from, to uint32 // terms by number
	weight   uint16 // in thousandths, 1 to 1,000
}

const (
	// glossed bounds the entries of a glossary, and so its row to some 160 KB.
	glossed = 20_000

	// Two words mean the same where they stand in nearly the same works. 10.83 is chance one
	// time in a thousand; docs/figures.md says what other bounds do.
	glossDice       = 0.4
	glossLikelihood = 10.83
	glossPairs      = 2   // that have both words, at least
	glossCommon     = 5   // a word that more than one of so many pairs has tells little
	glossMeanings   = 2   // that a word has at most, and for so many it stands
	glossShare      = 0.5 // of the weight of a word that each has, times their Dice coefficient

	// So many pairs of texts are learned from, of all languages together, and so many
	// words of each text.
	pairsLearned, wordsLearned = 20_000, 256
)

// newGlossary makes the glossary of entries, nil if there are none. What a term carries over
// weighs as if the item had it: idf tells that of each.
func newGlossary(pivot string, glosses []gloss, idf func(term uint32) float64) *glossary {
	if len(glosses) == 0 {
		return nil
	}
	g := &glossary{pivot, map[uint32][]index.Carried{}, map[uint32][]uint32{}}
	for _, e := range glosses {
		if from := idf(e.from); from > 0 {
			g.over[e.from] = append(g.over[e.from], index.Carried{Term: e.to, By: index.CarriedBy(float64(e.weight) / 1000 * idf(e.to) / from)})
			g.from[e.to] = append(g.from[e.to], e.from)
		}
	}
	return g
}

// speaks reports whether a language, as a tag, is the pivot.
func (g *glossary) speaks(lang string) bool { return text.BaseLanguage(lang) == g.pivot }

// carry returns the vector of a document of which no version is in the pivot.
func (g *glossary) carry(v index.Vector) index.Vector {
	return v.Carry(func(term uint32) []index.Carried { return g.over[term] })
}

// source returns the word of which a vector has most, of those that carry over to a term; the
// term itself: it has none.
func (g *glossary) source(v index.Vector, term uint32) uint32 {
	source, most := term, uint64(0)
	for _, from := range g.from[term] {
		at, ok := v.Find(from)
		if !ok {
			continue
		}
		for _, c := range g.over[from] {
			if much := uint64(v[at].Impact) * uint64(c.By); c.Term == term && much > most {
				source, most = from, much
			}
		}
	}
	return source
}

// translated calls shares of two vectors, that one of them has by the glossary only, as readers
// of the texts know them: by the word of the first text and, if it has another, that of the second.
// w.mu is held for reading.
func (w *weigher) translated(shares []share, a, b side) {
	if !a.carried && !b.carried {
		return
	}
	for i := range shares {
		s := &shares[i]
		if w.glossary.from[s.term] == nil {
			continue
		}
		mine, other := s.term, s.term
		if a.carried {
			mine = w.glossary.source(a.vector, s.term)
		}
		if b.carried {
			other = w.glossary.source(b.vector, s.term)
		}
		if _, has := b.vector.Find(mine); has && a.carried {
			other = mine
		} else if _, has := a.vector.Find(other); has && b.carried {
			mine = other
		}
		s.carried = w.spelling(mine).word
		if word := w.spelling(other).word; !strings.EqualFold(s.carried, word) {
			s.carried += " / " + word
		}
	}
}

// told returns what a vector says of its document itself: without what its words carry over
// to, and as long.
func (w *weigher) told(v index.Vector) index.Vector {
	var own index.Vector
	for _, i := range v {
		if w.language(i.Term) != w.glossary.pivot {
			own = append(own, i)
		}
	}
	if len(own) == len(v) || len(own) == 0 {
		return v
	}
	scale := math.Sqrt(float64(index.Dot(v, v))) / math.Sqrt(float64(index.Dot(own, own)))
	for i := range own {
		own[i].Impact = uint16(min(math.Floor(float64(float64(own[i].Impact)*scale)+0.5), math.MaxUint16))
	}
	return own
}

// A textPair is a work in two languages: the numbers of the words of each.
type textPair struct{ foreign, pivot []uint32 }

// learn makes a glossary from items and their vectors. Key returns the key of a term that at
// least two items have, and is empty for any other.
//
// A word of another language carries over to the two words of the pivot, at most, of which
// the Dice coefficient over the works in both is greatest, if log-likelihood says that this is not
// chance (Dunning 1993), and if it is among the best two of each of them. Time and memory are bounded
// by [pairsLearned] and [wordsLearned], and are next to none where no item is a translation. The order of
// items does not matter.
func learn(items []weighed, key func(term uint32) string) (pivot string, glosses []gloss) {
	works := translatedWorks(items)
	if len(works) == 0 {
		return "", nil
	}
	pivot = pivotOf(items, works)
	pairs := map[string][]textPair{} // by language
	for n := 0; len(works) > 0 && n < pairsLearned; works = works[1:] {
		n += pairUp(pairs, works[0], pivot, key)
	}
	var all []likely
	for _, lang := range slices.Sorted(maps.Keys(pairs)) {
		all = append(all, likelies(pairs[lang], key)...)
	}
	if len(all) > glossed {
		slices.SortFunc(all, func(a, b likely) int {
			return cmp.Or(cmp.Compare(b.likelihood, a.likelihood), cmp.Compare(key(a.from), key(b.from)), cmp.Compare(key(a.to), key(b.to)))
		})
		all = all[:glossed]
	}
	for _, l := range all {
		glosses = append(glosses, gloss{l.from, l.to, uint16(l.dice * glossShare * 1000)})
	}
	slices.SortFunc(glosses, func(a, b gloss) int { return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to)) })
	return pivot, glosses
}

// translatedWorks returns the versions of works that have several, the original or the version of
// the least id first, without those under embargo. The works are in an order that has
// nothing to do with what they say.
func translatedWorks(items []weighed) [][]*weighed {
	of := map[string][]*weighed{}
	for i := range items {
		if it := &items[i]; it.part.work != "" && it.part.work != it.key.ID {
			of[it.part.work] = nil
		}
	}
	if len(of) == 0 {
		return nil
	}
	for i := range items {
		work := cmp.Or(items[i].part.work, items[i].key.ID)
		if _, several := of[work]; several && items[i].part.embargo == 0 {
			of[work] = append(of[work], &items[i])
		}
	}
	type hashed struct {
		hash uint64
		work string
	}
	order := make([]hashed, 0, len(of))
	for work := range of {
		order = append(order, hashed{hashOf(work), work})
	}
	slices.SortFunc(order, func(a, b hashed) int { return cmp.Or(cmp.Compare(a.hash, b.hash), cmp.Compare(a.work, b.work)) })
	works := make([][]*weighed, len(order))
	for i, o := range order {
		works[i] = of[o.work]
		slices.SortFunc(works[i], func(a, b *weighed) int {
			if original := a.key.ID == o.work; original != (b.key.ID == o.work) {
				if original {
					return -1
				}
				return 1
			}
			return cmp.Compare(a.key.ID, b.key.ID)
		})
	}
	return works
}

// pivotOf returns the language that most works have a version in, of equal ones the
// first bytewise; works are those with several versions.
func pivotOf(items []weighed, works [][]*weighed) string {
	count := map[string]int{}
	for i := range items {
		count[text.BaseLanguage(items[i].part.lang)]++
	}
	for _, versions := range works { // those of one language count once
		seen := map[string]bool{}
		for _, v := range versions {
			lang := text.BaseLanguage(v.part.lang)
			if seen[lang] {
				count[lang]--
			}
			seen[lang] = true
		}
	}
	pivot := ""
	for lang, n := range count {
		if pivot == "" || n > count[pivot] || n == count[pivot] && lang < pivot {
			pivot = lang
		}
	}
	return pivot
}

// pairUp adds what a work teaches, of each language its first version, and returns how
// many pairs those are.
func pairUp(pairs map[string][]textPair, versions []*weighed, pivot string, key func(uint32) string) int {
	words := map[string][]uint32{} // by language
	for _, v := range versions {
		if lang := text.BaseLanguage(v.part.lang); words[lang] == nil {
			words[lang] = singleWords(v.vector, lang, key)
		}
	}
	n := 0
	for lang, ws := range words {
		if lang != pivot && len(ws) > 0 && len(words[pivot]) > 0 {
			pairs[lang] = append(pairs[lang], textPair{ws, words[pivot]})
			n++
		}
	}
	return n
}

// singleWords returns the single words of a language in a vector. Of more than [wordsLearned] it
// takes the same in all texts, those of the least hashes.
func singleWords(v index.Vector, lang string, key func(uint32) string) []uint32 {
	var words []uint32
	for _, i := range v {
		k := key(i.Term)
		if len(k) > len(lang) && k[len(lang)] == ':' && k[:len(lang)] == lang && joint(k) < 0 {
			words = append(words, i.Term)
		}
	}
	if len(words) > wordsLearned {
		slices.SortFunc(words, func(a, b uint32) int {
			return cmp.Or(cmp.Compare(hashOf(key(a)), hashOf(key(b))), cmp.Compare(key(a), key(b)))
		})
		words = words[:wordsLearned:wordsLearned]
	}
	return words
}

// hashOf is the same in every process.
func hashOf(s string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(s))
	return h.Sum64()
}

// A likely is a word of another language and one of the pivot that it may stand for.
type likely struct {
	from, to         uint32
	dice, likelihood float64
}

// likelies finds which words stand for which in pairs of one language with the pivot: each is
// among the best [glossMeanings] of the other.
func likelies(pairs []textPair, key func(uint32) string) []likely {
	foreign := standings(pairs, func(p *textPair) []uint32 { return p.foreign })
	pivot := standings(pairs, func(p *textPair) []uint32 { return p.pivot })
	names := slices.Collect(maps.Keys(pivot)) // by a number that is small
	others := make([][]int32, len(pairs))     // by pair: its words of the pivot, by that number
	for n, word := range names {
		for _, p := range pivot[word] {
			others[p] = append(others[p], int32(n))
		}
	}
	best := func(ls []likely, l likely) []likely {
		ls = append(ls, l)
		slices.SortFunc(ls, func(a, b likely) int {
			return cmp.Or(cmp.Compare(b.dice, a.dice), cmp.Compare(b.likelihood, a.likelihood), cmp.Compare(key(a.to), key(b.to)), cmp.Compare(key(a.from), key(b.from)))
		})
		return ls[:min(len(ls), glossMeanings)]
	}
	there, back := map[uint32][]likely{}, map[uint32][]likely{} // the best of each word
	both := make([]int, len(names))                             // pairs with this word and that; all 0 between words
	var met []int32
	for word, in := range foreign {
		met = met[:0]
		for _, p := range in {
			for _, o := range others[p] {
				if both[o] == 0 {
					met = append(met, o)
				}
				both[o]++
			}
		}
		for _, o := range met {
			to, n := names[o], both[o]
			both[o] = 0
			if n < glossPairs {
				continue
			}
			l := likely{from: word, to: to, dice: index.Dice(len(in), len(pivot[to]), n)}
			if l.dice < glossDice {
				continue
			}
			if l.likelihood = index.LogLikelihood(len(in), len(pivot[to]), n, len(pairs)); l.likelihood >= glossLikelihood {
				there[word], back[to] = best(there[word], l), best(back[to], l)
			}
		}
	}
	var all []likely
	for _, ls := range there {
		for _, l := range ls {
			if slices.Contains(back[l.to], l) {
				all = append(all, l)
			}
		}
	}
	return all
}

// standings returns in which pairs each word stands, ascending, but for words that stand in too
// few or too many.
func standings(pairs []textPair, words func(*textPair) []uint32) map[uint32][]int32 {
	in := map[uint32][]int32{}
	for i := range pairs {
		for _, w := range words(&pairs[i]) {
			in[w] = append(in[w], int32(i))
		}
	}
	maps.DeleteFunc(in, func(_ uint32, ps []int32) bool { return len(ps) < glossPairs || len(ps)*glossCommon > len(pairs) })
	return in
}
