package engine

import (
	"cmp"
	"hash/maphash"
	"slices"
	"strings"
	"sync"

	"akin/recommend"
	"akin/recommend/index"
	"akin/recommend/store"
	"akin/recommend/text"
)

// statistics are what the corpus taught. They do not change once made. Terms
// that only one item has are not in them: a term unseen counts as seen once.
type statistics struct {
	items int
	terms []termStatistics // by ascending key

	pivot   string  // of the glossary
	glosses []gloss // by ascending terms; numbers are places in terms
}

type termStatistics struct {
	key  string
	word string // its commonest spelling over items, ties bytewise
	df   uint32 // items that have the term
}

// A counter gathers statistics. It is safe for concurrent use.
//
// Memory is slow and most terms are rare, so what is known of a term at first
// sight is kept flat, and only spellings beyond the first have a map. Terms that
// were not met twice before, which are most of all, are left out.
type counter struct {
	census *census
	met    *twice
	mu     sync.Mutex
	items  int
	spoken spoken
	first  []firstSight // by number
	text   []byte       // keys and first spellings
	others map[uint32]map[string]uint32
}

// A firstSight is a term as it was first met. Its key and its spelling stand in
// the counter's text, the one after the other.
type firstSight struct {
	from      uint64
	key, word uint32 // lengths
	items     uint32 // with the term in that spelling
	print     uint64 // of the spelling
}

func newCounter(met *twice) *counter {
	return &counter{census: newCensus(), met: met, spoken: spoken{}, others: map[uint32]map[string]uint32{}}
}

// add counts an item. It takes the terms that do not count out of its list.
func (c *counter) add(l *termList) {
	l.terms = c.met.keep(l.terms)
	terms := c.census.name(make([]counted, 0, len(l.terms)), l.terms)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.items++
	c.spoken.add(l.lang)
	c.census.count(terms)
	for i := range l.terms {
		t, n := &l.terms[i], terms[i].number
		print := maphash.String(c.census.prints[0], t.surface)
		if int(n) == len(c.first) {
			c.first = append(c.first, firstSight{uint64(len(c.text)), uint32(len(t.key)), uint32(len(t.surface)), 1, print})
			c.text = append(append(c.text, t.key...), t.surface...)
			continue
		}
		if first := &c.first[n]; print == first.print {
			first.items++
			continue
		}
		spellings := c.others[n]
		if spellings == nil {
			spellings = map[string]uint32{}
			c.others[n] = spellings
		}
		if _, ok := spellings[t.surface]; ok {
			spellings[t.surface]++
		} else {
			spellings[strings.Clone(t.surface)] = 1
		}
	}
}

func (c *counter) statistics() *statistics {
	df := c.census.times()
	terms, bytes := 0, 0
	for n, first := range c.first {
		if df[n] >= 2 {
			terms++
			bytes += int(first.key + first.word)
		}
	}
	s := &statistics{items: c.items, terms: make([]termStatistics, 0, terms)}
	var kept strings.Builder // one string for all of them
	kept.Grow(bytes)
	for n, first := range c.first {
		if df[n] < 2 {
			continue
		}
		from := kept.Len()
		kept.Write(c.text[first.from : first.from+uint64(first.key+first.word)])
		text := kept.String()[from:]
		t := termStatistics{text[:first.key], text[first.key:], df[n]}
		best := first.items
		for spelling, count := range c.others[uint32(n)] {
			if count > best || count == best && spelling < t.word {
				t.word, best = spelling, count
			}
		}
		s.terms = append(s.terms, t)
	}
	slices.SortFunc(s.terms, func(a, b termStatistics) int { return strings.Compare(a.key, b.key) })
	return s
}

// A chunk of statistics is of terms, or the last one of the glossary.
const (
	statisticsFormat = 1
	glossaryFormat   = 2
)

// pack writes the statistics as chunks that each fit a row.
func (s *statistics) pack() [][]byte {
	var chunks [][]byte
	p := packer{}
	before := ""
	for i, t := range s.terms {
		if i == 0 || len(p.b) > store.MaxData-2048 {
			if i > 0 {
				chunks = append(chunks, p.b)
			}
			p = packer{make([]byte, 0, store.MaxData)}
			p.byte(statisticsFormat)
			before = ""
		}
		n := shared(before, t.key)
		p.uint(uint64(n))
		p.string(t.key[n:])
		before = t.key
		n = shared(t.key, t.word)
		p.uint(uint64(n))
		p.string(t.word[n:])
		p.uint(uint64(t.df))
	}
	if len(p.b) > 0 {
		chunks = append(chunks, p.b)
	}
	return chunks
}

// packGlossary writes the chunk after all others; nil: there is none.
func (s *statistics) packGlossary() []byte {
	if len(s.glosses) == 0 {
		return nil
	}
	p := packer{make([]byte, 0, 64+8*len(s.glosses))}
	p.byte(glossaryFormat)
	p.string(s.pivot)
	p.uint(uint64(len(s.glosses)))
	before := uint32(0)
	for _, g := range s.glosses {
		p.uint(uint64(g.from - before))
		before = g.from
		p.uint(uint64(g.to))
		p.uint(uint64(g.weight))
	}
	return p.b
}

// unpackGlossary takes that chunk.
func (s *statistics) unpackGlossary(u *unpacker) error {
	s.pivot = u.string()
	n := u.count()
	s.glosses = make([]gloss, 0, n)
	from := uint32(0)
	for range n {
		from += u.small()
		g := gloss{from, u.small(), uint16(min(u.uint(), 1000))}
		if int(from) >= len(s.terms) || int(g.to) >= len(s.terms) {
			return errCorrupt
		}
		s.glosses = append(s.glosses, g)
	}
	return u.end()
}

// unpack adds the terms of the next chunk.
func (s *statistics) unpack(b []byte) error {
	u := unpacker{s: string(b)}
	switch u.byte() {
	case statisticsFormat:
	case glossaryFormat:
		return s.unpackGlossary(&u)
	default:
		return errCorrupt
	}
	before := ""
	for u.s != "" && !u.failed {
		t := termStatistics{key: u.joined(before)}
		before = t.key
		t.word = u.joined(t.key)
		t.df = u.small()
		if n := len(s.terms); n > 0 && s.terms[n-1].key >= t.key {
			return errCorrupt
		}
		s.terms = append(s.terms, t)
	}
	return u.end()
}

// A weigher makes vectors under one generation's statistics. The numbers that
// it gives to terms mean something only within it. Safe for concurrent use.
type weigher struct {
	weighing
	near  index.Nearness
	pivot index.Length
	items int  // that the statistics count
	lean  bool // vectors are without terms that the statistics lack; see [IndexerOptions]

	// The terms of the statistics have the first numbers, in the order of keys,
	// so that equal statistics give equal vectors. The others get numbers as they
	// come.
	census *census
	known  []termStatistics // by number
	idf    []float64        // by number

	glossary *glossary // nil: none

	// How one of the others is spelled is kept only when it comes a second time,
	// since a term that only one item has is never a reason.
	mu        sync.RWMutex
	late      map[uint32]spelled
	unspoken  map[uint32]bool // those of the others that are of no language
	languages []string        // of all terms with a number, ascending
}

// A spelled is a term and how readers spell it.
type spelled struct{ key, word string }

func newWeigher(stats *statistics, s *recommend.Settings, pivot index.Length) *weigher {
	w := &weigher{
		weighing: weighing{s.Fields, s.Kinds, s.Weights}, near: index.NewNearness(s.Weights.Nearness, s.Weights.NearnessDays),
		pivot: pivot, items: max(stats.items, 1), census: newCensus(), known: stats.terms, idf: make([]float64, len(stats.terms)),
		late: map[uint32]spelled{}, unspoken: map[uint32]bool{},
	}
	terms := make([]counted, len(stats.terms))
	for i, t := range stats.terms {
		w.meet(t.key)
		terms[i].print, w.idf[i] = w.census.prints.of(t.key), w.weighing.idf(w.items, int(t.df), text.General(t.key))
	}
	w.census.count(terms)
	w.translate(stats)
	return w
}

// translate makes the glossary of statistics that of the weigher.
func (w *weigher) translate(s *statistics) {
	w.glossary = newGlossary(s.pivot, s.glosses, func(term uint32) float64 { return w.idf[term] })
}

// meet notes the language of a term; w.mu is held, or w is in the making.
func (w *weigher) meet(key string) {
	lang := languageOf(key)
	if lang == "" {
		return
	}
	if at, known := slices.BinarySearch(w.languages, lang); !known {
		w.languages = slices.Insert(slices.Clone(w.languages), at, lang)
	}
}

// languageOf returns the base language that a term is of; empty: languages share it.
func languageOf(key string) string {
	lang, _, ok := strings.Cut(key, ":")
	if !ok || lang == "" || lang[0] == '#' || lang[0] == '@' {
		return ""
	}
	return lang
}

// key returns the key of a term that the statistics have; empty: they lack it.
func (w *weigher) key(n uint32) string {
	if int(n) >= len(w.known) {
		return ""
	}
	return w.known[n].key
}

// language returns the base language of a term that at least two items have; empty:
// languages share it.
func (w *weigher) language(n uint32) string {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return languageOf(w.spelling(n).key)
}

// isShared reports whether a term is of no language.
func (w *weigher) isShared(n uint32) bool {
	if int(n) < len(w.known) {
		return languageOf(w.known[n].key) == ""
	}
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.unspoken[n]
}

// spoken returns the languages of the terms met so far, ascending.
func (w *weigher) spoken() []string {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.languages
}

// spelling returns a term of at least two items; w.mu is held for reading.
func (w *weigher) spelling(term uint32) spelled {
	if int(term) < len(w.known) {
		return spelled{w.known[term].key, w.known[term].word}
	}
	return w.late[term]
}

// vector weighs the terms of an item.
func (w *weigher) vector(l *termList) index.Vector {
	v, length := w.unpivoted(l)
	return v.Pivot(length, w.pivot, w.weights.Slope)
}

// unpivoted weighs the terms of an item; the vector is as long as any other. That
// of a lean weigher is as long with the terms that it lacks.
func (w *weigher) unpivoted(l *termList) (index.Vector, index.Length) {
	terms := w.census.name(make([]counted, 0, len(l.terms)), l.terms)
	if w.lean {
		w.census.find(terms)
	} else {
		w.census.count(terms)
	}
	ws := make([]index.Weight, 0, len(l.terms))
	for i := range l.terms {
		t, n := &l.terms[i], terms[i].number
		if int(n) >= len(w.known) && terms[i].times <= 2 && !w.lean {
			w.met(n, t, terms[i].times)
		}
		if weight := w.weight(t, w.idfAt(n, t.key)); weight > 0 {
			ws = append(ws, index.Weight{Term: n, Weight: weight})
		}
	}
	v, length := index.QuantiseLength(ws[:min(len(ws), index.MaxTerms)])
	if w.lean { // the known terms have the first numbers
		end, _ := slices.BinarySearchFunc(v, uint32(len(w.known)), func(i index.Impact, n uint32) int { return cmp.Compare(i.Term, n) })
		v = append(make(index.Vector, 0, end), v[:end]...)
	}
	return v, length
}

// find returns the number of a term, and whether the statistics have it.
func (w *weigher) find(key string) (n uint32, known bool) {
	t := []counted{{print: w.census.prints.of(key)}}
	w.census.find(t)
	return t[0].number, int(t[0].number) < len(w.known)
}

// idfAt returns the idf of the term of a number. One that the statistics lack
// counts as seen once.
func (w *weigher) idfAt(n uint32, key string) float64 {
	if int(n) < len(w.idf) {
		return w.idf[n]
	}
	return w.weighing.idf(w.items, 1, text.General(key))
}

// met notes that a term which the statistics lack came for the first or second
// time.
func (w *weigher) met(n uint32, t *termCount, times uint32) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if times == 1 {
		w.meet(t.key)
		if languageOf(t.key) == "" {
			w.unspoken[n] = true
		}
	} else {
		w.late[n] = spelled{strings.Clone(t.key), strings.Clone(t.surface)}
	}
}

// A weighing is what settings say of weights.
type weighing struct {
	fields  recommend.FieldWeights
	kinds   recommend.KindWeights
	weights recommend.Weights
}

// idf weighs a term that df of n items have, and so many of 10,000 texts of general
// language.
func (w *weighing) idf(n, df, general int) float64 {
	return index.SmoothedIDF(n, df, w.weights.General, float64(general)/10_000, w.weights.Rarity)
}

// weight is the weight of one term of one item before its length is taken out:
//
//	kind weight * LogTF(sum over fields of field weight * occurrences) * SmoothedIDF
//
// a variant of SMART's "ltc" with weighted fields (Robertson, Zaragoza and
// Taylor 2004, "Simple BM25 extension to multiple weighted fields": frequencies
// are summed over fields before they are damped, not after).
func (w *weighing) weight(t *termCount, idf float64) float64 {
	kind := weightOf(&w.kinds, t.kind)
	if kind == 0 {
		return 0
	}
	f := w.fields.Title*float64(t.counts[fieldTitle]) + w.fields.Summary*float64(t.counts[fieldSummary]) +
		w.fields.Body*float64(t.counts[fieldBody]) + w.fields.Alt*float64(t.counts[fieldAlt])
	return kind * index.LogTF(f) * idf
}

// weightOf returns the weight of a kind of term.
func weightOf(k *recommend.KindWeights, kind text.Kind) float64 {
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
	case kindAuthor:
		return k.Author
	}
	return k.Word
}
