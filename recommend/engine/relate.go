package engine

import (
	"fmt"
	"slices"
	"strings"

	"akin/recommend"
	"akin/recommend/index"
	"akin/recommend/parallel"
	"akin/recommend/text"
)

// A Corpus is items in memory, weighed as a generation would weigh them, to
// measure rankings with: there is no store, and neither curation nor embargo
// nor the least score applies. It is safe for concurrent use.
type Corpus struct {
	index    *index.Index
	weighing weighing
	census   *census
	idf      []float64 // by number of the census
	pivot    index.Length
	near     index.Nearness
	analyzer *text.Analyzer
	langs    []string             // of the site
	ids      []string             // by document
	docs     map[string]index.Doc // by id
	works    works                // the documents that are in the index
	shared   []bool               // by number of the census: terms that are of no language
	exposed  *exposure            // nil: lists show their best entries
	keep     uint64               // with it, as places takes it
	least    recommend.Millionths // with it, what counts as similar
}

// NewCorpus weighs items under the statistics of all of them. Withdrawn items
// are left out. Items that are not valid, and ids that come twice, are errors.
func NewCorpus(items []recommend.Item, s recommend.Settings) (*Corpus, error) {
	a, err := text.New(s.Text)
	if err != nil {
		return nil, fmt.Errorf("settings: %w", err)
	}
	c := &Corpus{analyzer: a, langs: s.Languages, weighing: weighing{s.Fields, s.Kinds, s.Weights}, docs: make(map[string]index.Doc, len(items))}
	if len(c.langs) == 0 && slices.ContainsFunc(items, func(it recommend.Item) bool { return it.Lang == "" }) {
		c.langs = spokenIn(items).languages()
	}
	wrong := make([]error, len(items))
	parallel.Each(len(items), func(i int) { wrong[i] = items[i].Validate() })
	live := make([]*recommend.Item, 0, len(items))
	c.ids = make([]string, 0, len(items))
	c.works.groups = make(map[string][]uint32, len(items))
	for i := range items {
		it := &items[i]
		if err := wrong[i]; err != nil {
			return nil, fmt.Errorf("item %q: %w", it.ID, err)
		}
		if _, ok := c.docs[it.ID]; ok {
			return nil, fmt.Errorf("item %q: comes twice", it.ID)
		}
		if it.Status == recommend.Withdrawn {
			continue
		}
		c.docs[it.ID] = index.Doc(len(live))
		c.ids = append(c.ids, it.ID)
		live = append(live, it)
	}
	c.near = index.NewNearness(s.Weights.Nearness, s.Weights.NearnessDays)
	c.weigh(live)
	return c, nil
}

// weigh makes the vectors of items and indexes them. Terms become numbers as
// soon as they are made: their texts would take most of the memory.
func (c *Corpus) weigh(items []*recommend.Item) {
	c.census = newCensus()
	weights := make([][]index.Weight, len(items)) // as if every idf were 1
	all := make([]weighed, len(items))
	general := make([][]usual, len(items))
	parallel.EachWith(len(items), func() func(int) {
		var r reading
		var terms []counted
		var slab []index.Weight
		return func(i int) {
			l := c.terms(&r, items[i])
			terms = c.census.name(terms[:0], l.terms)
			c.census.count(terms)
			for t := range terms {
				if terms[t].times > 1 {
					continue
				}
				// Met for the first time.
				n, shared := text.General(l.terms[t].key), languageOf(l.terms[t].key) == ""
				if n > 0 || shared {
					general[i] = append(general[i], usual{terms[t].number, n, shared})
				}
			}
			if cap(slab)-len(slab) < len(l.terms) {
				slab = make([]index.Weight, 0, max(1<<14, len(l.terms)))
			}
			slab = c.weights(slab[len(slab):], &r, l, terms)
			weights[i] = slab[:len(slab):len(slab)]
			all[i] = weighed{uint32(i), l.key(), part{work: items[i].TranslationOf, lang: items[i].LanguageAmong(c.langs)}, nil}
		}
	})
	df := c.census.times()
	usually := make([]int, len(df))
	c.shared = make([]bool, len(df))
	for _, us := range general {
		for _, u := range us {
			usually[u.number], c.shared[u.number] = u.general, u.shared
		}
	}
	c.idf = make([]float64, len(df))
	for t := range c.idf {
		c.idf[t] = c.weighing.idf(max(len(items), 1), int(df[t]), usually[t])
	}
	lengths := make([]index.Length, len(items))
	parallel.Each(len(items), func(i int) {
		all[i].vector, lengths[i] = c.unpivoted(weights[i], nil)
		weights[i] = nil
	})
	c.pivot = meanLength(lengths)
	parallel.Each(len(items), func(i int) {
		all[i].vector = all[i].vector.Pivot(lengths[i], c.pivot, c.weighing.weights.Slope)
	})
	pivot, glosses := learn(all, c.keys(items))
	g := newGlossary(pivot, glosses, func(term uint32) float64 { return c.idf[term] })
	c.index = index.BuildNear(c.works.pool(all, func(term uint32) bool { return c.shared[term] }, g), c.near)
}

// keys returns the keys of the terms that at least two items have, one of them part of a work with
// several versions; those of all others are empty.
func (c *Corpus) keys(items []*recommend.Item) func(term uint32) string {
	keys := map[uint32]string{}
	works := map[string]bool{}
	for _, it := range items {
		if it.TranslationOf != "" {
			works[it.TranslationOf] = true
		}
	}
	var r reading
	var terms []counted
	for _, it := range items {
		if !works[it.Group()] {
			continue
		}
		l := c.terms(&r, it)
		terms = c.census.name(terms[:0], l.terms)
		c.census.find(terms)
		for i, t := range terms {
			if _, ok := keys[t.number]; !ok && t.times > 1 {
				keys[t.number] = strings.Clone(l.terms[i].key)
			}
		}
	}
	return func(term uint32) string { return keys[term] }
}

// A usual is a term of general language, or of none.
type usual struct {
	number  uint32
	general int  // as of [text.General]
	shared  bool // by all languages
}

// weights appends the weights of the terms of l, counted, as if every idf were 1.
// They are by number, as a vector needs them, unless there are too many for one:
// then the terms of the first keys are to be in it.
func (c *Corpus) weights(dst []index.Weight, r *reading, l *termList, terms []counted) []index.Weight {
	r.numbers = r.numbers[:0]
	for i := range terms {
		r.numbers = append(r.numbers, uint64(terms[i].number)<<32|uint64(i))
	}
	if len(terms) <= index.MaxTerms {
		slices.Sort(r.numbers)
	}
	for _, n := range r.numbers {
		if w := c.weighing.weight(&l.terms[uint32(n)], 1); w > 0 {
			dst = append(dst, index.Weight{Term: uint32(n >> 32), Weight: w})
		}
	}
	return dst
}

// unpivoted makes the vector of weights, in which it puts the idf. Late gives that of
// what no item has.
func (c *Corpus) unpivoted(ws []index.Weight, late func(number uint32) float64) (index.Vector, index.Length) {
	ws = ws[:min(len(ws), index.MaxTerms)]
	for i := range ws {
		if n := ws[i].Term; int(n) < len(c.idf) {
			ws[i].Weight *= c.idf[n]
		} else {
			ws[i].Weight *= late(n)
		}
	}
	return index.QuantiseLength(ws)
}

// terms makes the terms of an item as a publish does, but for their spelling
// and, unless they are too many for a vector, their order.
func (c *Corpus) terms(r *reading, it *recommend.Item) *termList {
	readable := it.Readable(c.langs)
	r.read(c.analyzer, &readable)
	if len(r.found) > index.MaxTerms {
		return r.analyse(c.analyzer, &readable)
	}
	return &termList{id: it.ID, sortDate: sortMillis(it), terms: r.found}
}

// Len returns the number of items that can be ranked.
func (c *Corpus) Len() int { return len(c.ids) }

// Has reports whether an item can be ranked.
func (c *Corpus) Has(id string) bool {
	_, ok := c.docs[id]
	return ok
}

// Rank returns the ids of the k items most like the item id, best first, each work
// once, by its version in the item's language if there is one; fewer if fewer
// share a term with it, and nil if there is no such item.
func (c *Corpus) Rank(id string, k int) []string { return c.Similar(id, k, 0) }

// Similar is [Corpus.Rank] of the items that score at least so much.
func (c *Corpus) Similar(id string, k int, least recommend.Millionths) []string {
	d, ok := c.docs[id]
	if !ok {
		return nil
	}
	lang := c.works.versions[d].lang
	d = c.works.doc(uint32(d))
	if c.exposed == nil {
		return c.named(c.index.Nearest(nil, c.index.Vector(d), c.index.Key(d).Day, k, d), lang, least)
	}
	ms := c.index.Nearest(nil, c.index.Vector(d), c.index.Key(d).Day, max(k, exposedDepth), d)
	es := above(ms[:min(len(ms), exposedDepth)], c.least)
	if chosen := c.exposed.places(int(d), exposedPlaces, c.keep, len(es), func(i int) (uint32, uint32) { return uint32(es[i].Doc), es[i].Score }); chosen != nil {
		copy(es, first(es, chosen))
	}
	return c.named(ms[:min(len(ms), k)], lang, least)
}

// exposedDepth is how many candidates a list has by default.
const exposedDepth = 50

// Expose makes lists of six show works as the rule lists.exposure does, given its value and what
// counts as similar.
func (c *Corpus) Expose(tie float64, least recommend.Millionths) {
	lists := make([][]index.Match, len(c.ids))
	docs := c.index.Docs()
	parallel.Each(len(docs), func(i int) {
		d := docs[i]
		lists[d] = above(c.index.Nearest(nil, c.index.Vector(d), c.index.Key(d).Day, exposedDepth, d), least)
	})
	c.exposed = newExposure(docs, func(d index.Doc) []index.Match { return lists[d] })
	c.keep, c.least = keepOf(tie), least
}

// RankItem returns the ids of the k items most like it, best first. It is
// weighed under the statistics of the corpus and need not be one of its items.
// If it is, its id stands in the ranking too.
func (c *Corpus) RankItem(it recommend.Item, k int) []string { return c.SimilarTo(it, k, 0) }

// SimilarTo is [Corpus.RankItem] of the items that score at least so much.
func (c *Corpus) SimilarTo(it recommend.Item, k int, least recommend.Millionths) []string {
	var r reading
	l := c.terms(&r, &it)
	terms := c.census.name(nil, l.terms)
	c.census.find(terms)
	v, length := c.unpivoted(c.weights(nil, &r, l, terms), func(n uint32) float64 {
		return c.weighing.idf(max(len(c.ids), 1), 1, text.General(l.terms[^n].key)) // as find numbers what it does not know
	})
	v = v.Pivot(length, c.pivot, c.weighing.weights.Slope)
	return c.named(c.index.Nearest(nil, v, dayOf(l.sortDate), k, index.None), it.LanguageAmong(c.langs), least)
}

// Work returns the id that stands for the work of an item of the corpus: that of the
// original, or else of the version of the least id.
func (c *Corpus) Work(id string) string { return c.ids[c.works.doc(uint32(c.docs[id]))] }

// Alike returns the cosine of the works of two items of the corpus, 0 to 1, without what
// nearness in time adds.
func (c *Corpus) Alike(a, b string) float64 {
	v, w := c.index.Vector(c.works.doc(uint32(c.docs[a]))), c.index.Vector(c.works.doc(uint32(c.docs[b])))
	return float64(index.Cosine(index.Dot(v, w), v, w)) / 1e6
}

// Threshold returns the score from which entries count as similar, as a generation of the
// settings would have it; items are those that the corpus was made of.
func (c *Corpus) Threshold(items []recommend.Item, s recommend.Settings) recommend.Millionths {
	times := c.census.times()
	shift := make([]uint32, len(times))
	for i := range shift {
		shift[i] = 1 // no other item has it
	}
	var r reading
	var terms []counted
	for i := range items {
		if items[i].Status == recommend.Withdrawn {
			continue
		}
		l := c.terms(&r, &items[i])
		terms = c.census.name(terms[:0], l.terms)
		c.census.find(terms)
		for t := range terms {
			if terms[t].times > 1 {
				shift[terms[t].number] = shiftOf(l.terms[t].key)
			}
		}
	}
	return max(s.MinScore, calibrate(c.index, c.ids, func(term uint32) uint32 { return shift[term] }, s.Odds))
}

// named returns the ids of the documents that score at least so much, of each that of its
// version in a language, or else the first.
func (c *Corpus) named(ms []index.Match, lang string, least recommend.Millionths) []string {
	ids := make([]string, 0, len(ms))
	for _, m := range ms {
		if recommend.Millionths(index.Millionths(m.Score)) < least {
			break
		}
		ids = append(ids, c.ids[versionIn(&storedEntry{number: uint32(m.Doc), versions: c.works.spoken(m.Doc)}, lang)])
	}
	return ids
}
