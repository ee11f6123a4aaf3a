package recommend

import (
	"hash/maphash"
	"maps"
	"slices"
	"strings"
	"sync"

	"akin/recommend/index"
	"akin/recommend/text"
)

// statistics are what the corpus taught. They do not change once made. Terms
// that only one item has are not in them: a term unseen counts as seen once.
type statistics struct {
	items int
	terms map[string]termStatistics
}

type termStatistics struct {
	df      uint32 // items that have the term
	surface string // its commonest spelling over items, ties bytewise
}

// A counter gathers statistics. It is not safe for concurrent use.
type counter struct {
	items int
	many  map[string]*spellingCount // terms seen in more than one item

	// Most terms occur in one item only. Of them no more is kept than a
	// fingerprint and where their spelling stands in one piece of memory.
	single    map[fingerprint]span
	spellings []byte
	prints    prints
}

type spellingCount struct {
	df        uint32
	spellings map[string]uint32
}

// A span is a part of a counter's spellings.
type span struct{ from, length uint32 }

// A fingerprint stands for a term. With 128 bits, two of a billion terms have
// the same one with a chance of about 1 in 10^21.
type fingerprint [2]uint64

// prints makes fingerprints that mean something within one process only.
type prints [2]maphash.Seed

func newPrints() prints { return prints{maphash.MakeSeed(), maphash.MakeSeed()} }

func (p *prints) of(key string) fingerprint {
	return fingerprint{maphash.String(p[0], key), maphash.String(p[1], key)}
}

func newCounter() *counter {
	return &counter{many: map[string]*spellingCount{}, single: map[fingerprint]span{}, prints: newPrints()}
}

func (c *counter) add(l *termList) {
	c.items++
	for i := range l.terms {
		t := &l.terms[i]
		if m := c.many[t.key]; m != nil {
			m.df++
			m.spellings[t.surface]++
			continue
		}
		print := c.prints.of(t.key)
		first, ok := c.single[print]
		if !ok {
			c.single[print] = span{uint32(len(c.spellings)), uint32(len(t.surface))}
			c.spellings = append(c.spellings, t.surface...)
			continue
		}
		delete(c.single, print)
		m := &spellingCount{df: 2, spellings: map[string]uint32{string(c.spellings[first.from : first.from+first.length]): 1}}
		m.spellings[strings.Clone(t.surface)]++
		c.many[strings.Clone(t.key)] = m
	}
}

func (c *counter) statistics() *statistics {
	s := &statistics{items: c.items, terms: make(map[string]termStatistics, len(c.many))}
	for key, m := range c.many {
		best := ""
		for spelling, n := range m.spellings {
			if b := m.spellings[best]; n > b || n == b && spelling < best {
				best = spelling
			}
		}
		s.terms[key] = termStatistics{m.df, best}
	}
	return s
}

const statisticsFormat = 1

// pack writes the statistics as chunks that each fit a row.
func (s *statistics) pack() [][]byte {
	keys := slices.Sorted(maps.Keys(s.terms))
	var chunks [][]byte
	p := packer{}
	before := ""
	for i, key := range keys {
		if i == 0 || len(p.b) > MaxData-2048 {
			if i > 0 {
				chunks = append(chunks, p.b)
			}
			p = packer{make([]byte, 0, MaxData)}
			p.byte(statisticsFormat)
			before = ""
		}
		t := s.terms[key]
		n := shared(before, key)
		p.uint(uint64(n))
		p.string(key[n:])
		before = key
		n = shared(key, t.surface)
		p.uint(uint64(n))
		p.string(t.surface[n:])
		p.uint(uint64(t.df))
	}
	if len(p.b) > 0 {
		chunks = append(chunks, p.b)
	}
	return chunks
}

// unpack adds the terms of one chunk.
func (s *statistics) unpack(b []byte) error {
	u := unpacker{s: string(b)}
	if u.byte() != statisticsFormat {
		return errCorrupt
	}
	before := ""
	for u.s != "" && !u.failed {
		key := u.joined(before)
		before = key
		surface := u.joined(key)
		s.terms[key] = termStatistics{u.small(), surface}
	}
	return u.end()
}

// A weigher makes vectors under one generation's statistics. The numbers that
// it gives to terms mean something only within it. Safe for concurrent use.
type weigher struct {
	fields    FieldWeights
	kinds     KindWeights
	languages []string // of the terms in the statistics, ascending

	// The terms of the statistics have the first numbers, in the order of keys,
	// so that equal statistics give equal vectors.
	terms   map[string]uint32
	spelled []spelled // by number
	idf     []float64 // by number
	rare    float64   // the idf of terms that the statistics lack

	// The others get numbers as they come. How one is spelled is kept only
	// when it comes a second time, since a term that only one item has is
	// never a reason.
	mu     sync.RWMutex
	unseen map[fingerprint]uint32
	late   map[uint32]spelled
	prints prints
}

// A spelled is a term and how readers spell it.
type spelled struct{ key, word string }

func newWeigher(stats *statistics, s *Settings) *weigher {
	n := max(stats.items, 1)
	w := &weigher{
		fields: s.Fields, kinds: s.Kinds, rare: index.IDF(n, 1),
		terms: make(map[string]uint32, len(stats.terms)), spelled: make([]spelled, len(stats.terms)), idf: make([]float64, len(stats.terms)),
		unseen: map[fingerprint]uint32{}, late: map[uint32]spelled{}, prints: newPrints(),
	}
	for i, key := range slices.Sorted(maps.Keys(stats.terms)) {
		if lang, _, ok := strings.Cut(key, ":"); ok && lang != "" && !strings.HasPrefix(key, "#") && !slices.Contains(w.languages, lang) {
			w.languages = append(w.languages, lang)
		}
		t := stats.terms[key]
		w.terms[key], w.spelled[i], w.idf[i] = uint32(i), spelled{key, t.surface}, index.IDF(n, int(t.df))
	}
	return w
}

// spelling returns a term of at least two items; w.mu is held for reading.
func (w *weigher) spelling(term uint32) spelled {
	if int(term) < len(w.spelled) {
		return w.spelled[term]
	}
	return w.late[term]
}

// weight is the weight of one term of one item before its length is taken out:
//
//	kind weight * LogTF(sum over fields of field weight * occurrences) * IDF
//
// a variant of SMART's "ltc" with weighted fields (Robertson, Zaragoza and
// Taylor 2004, "Simple BM25 extension to multiple weighted fields": frequencies
// are summed over fields before they are damped, not after).
func (w *weigher) weight(t *termCount, idf float64) float64 {
	kind := w.kinds.of(t.kind)
	if kind == 0 {
		return 0
	}
	f := w.fields.Title*float64(t.counts[fieldTitle]) + w.fields.Summary*float64(t.counts[fieldSummary]) +
		w.fields.Body*float64(t.counts[fieldBody]) + w.fields.Alt*float64(t.counts[fieldAlt])
	return kind * index.LogTF(f) * idf
}

// vector weighs the terms of an item.
func (w *weigher) vector(l *termList) index.Vector {
	ws := make([]index.Weight, 0, len(l.terms))
	for i := range l.terms {
		t := &l.terms[i]
		n, idf, ok := w.lookup(t.key)
		weight := w.weight(t, idf)
		if weight == 0 {
			continue
		}
		if !ok {
			n = w.number(t)
		}
		ws = append(ws, index.Weight{Term: n, Weight: weight})
	}
	return index.Quantise(ws[:min(len(ws), index.MaxTerms)])
}

// lookup returns the number and the idf of a term, and whether the statistics
// have it; there is no number otherwise.
func (w *weigher) lookup(key string) (n uint32, idf float64, ok bool) {
	if n, ok = w.terms[key]; ok {
		return n, w.idf[n], true
	}
	return 0, w.rare, false
}

// number returns the number of a term that the statistics lack, and gives it
// one at first sight.
func (w *weigher) number(t *termCount) uint32 {
	print := w.prints.of(t.key)
	w.mu.Lock()
	defer w.mu.Unlock()
	n, ok := w.unseen[print]
	if !ok {
		n = uint32(len(w.spelled) + len(w.unseen))
		w.unseen[print] = n
	} else if _, ok := w.late[n]; !ok {
		w.late[n] = spelled{strings.Clone(t.key), strings.Clone(t.surface)}
	}
	return n
}

// of returns the weight of a kind of term.
func (k *KindWeights) of(kind text.Kind) float64 {
	switch kind {
	case text.Compound:
		return k.Compound
	case text.Pair:
		return k.Pair
	case text.Name:
		return k.Name
	case text.Acronym:
		return k.Acronym
	case text.Number:
		return k.Number
	case kindTopic:
		return k.Topic
	}
	return k.Word
}
