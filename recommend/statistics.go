package recommend

import (
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
	items  int
	single map[string]string         // terms seen in one item, with their spelling
	many   map[string]*spellingCount // terms seen in more
}

type spellingCount struct {
	df        uint32
	spellings map[string]uint32
}

func newCounter() *counter {
	return &counter{single: map[string]string{}, many: map[string]*spellingCount{}}
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
		first, ok := c.single[t.key]
		if !ok {
			c.single[t.key] = t.surface
			continue
		}
		delete(c.single, t.key)
		m := &spellingCount{df: 2, spellings: map[string]uint32{first: 1}}
		m.spellings[t.surface]++
		c.many[t.key] = m
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
	stats  *statistics
	fields FieldWeights
	kinds  KindWeights

	languages []string // of the terms in the statistics, ascending

	mu    sync.RWMutex
	terms map[string]uint32 // number of a term
	words []string          // by number: how readers spell it
	keys  []string          // by number
}

func newWeigher(stats *statistics, s *Settings) *weigher {
	w := &weigher{stats: stats, fields: s.Fields, kinds: s.Kinds, terms: make(map[string]uint32, len(stats.terms))}
	// Numbers ascend with keys, so that equal statistics give equal vectors.
	w.keys = slices.Sorted(maps.Keys(stats.terms))
	w.words = make([]string, len(w.keys))
	for i, key := range w.keys {
		if lang, _, ok := strings.Cut(key, ":"); ok && lang != "" && !strings.HasPrefix(key, "#") && !slices.Contains(w.languages, lang) {
			w.languages = append(w.languages, lang)
		}
		w.terms[key] = uint32(i)
		w.words[i] = stats.terms[key].surface
	}
	return w
}

// weight is the weight of one term of one item before its length is taken out:
//
//	kind weight * LogTF(sum over fields of field weight * occurrences) * IDF
//
// a variant of SMART's "ltc" with weighted fields (Robertson, Zaragoza and
// Taylor 2004, "Simple BM25 extension to multiple weighted fields": frequencies
// are summed over fields before they are damped, not after).
func (w *weigher) weight(t *termCount) float64 {
	kind := w.kinds.of(t.kind)
	if kind == 0 {
		return 0
	}
	f := w.fields.Title*float64(t.counts[fieldTitle]) + w.fields.Summary*float64(t.counts[fieldSummary]) +
		w.fields.Body*float64(t.counts[fieldBody]) + w.fields.Alt*float64(t.counts[fieldAlt])
	if f == 0 {
		return 0
	}
	return kind * index.LogTF(f) * index.IDF(max(w.stats.items, 1), int(w.stats.terms[t.key].df))
}

// vector weighs the terms of an item.
func (w *weigher) vector(l *termList) index.Vector {
	ws := make([]index.Weight, 0, len(l.terms))
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := range l.terms {
		t := &l.terms[i]
		if weight := w.weight(t); weight > 0 {
			ws = append(ws, index.Weight{Term: w.number(t), Weight: weight})
		}
	}
	return index.Quantise(ws[:min(len(ws), index.MaxTerms)])
}

// number returns the number of a term and gives it one at first sight.
func (w *weigher) number(t *termCount) uint32 {
	n, ok := w.terms[t.key]
	if !ok {
		n = uint32(len(w.words))
		w.terms[t.key] = n
		w.words = append(w.words, t.surface)
		w.keys = append(w.keys, t.key)
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
