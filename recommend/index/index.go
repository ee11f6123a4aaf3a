// Package index weighs terms and finds the documents nearest to a vector,
// exactly: the k best of all, the same on every machine, never an estimate.
//
// It is arithmetic only. It performs no I/O, takes no context, returns no
// errors, and imports nothing but the standard library. It knows numbers, not
// words or items: who calls it numbers them. It does not approximate, and a
// caller's mistake, such as a term that comes twice, panics.
//
// Start reading in weigh.go at [Quantise], which makes vectors of integers, then
// in nearest.go at [Index.Nearest], which finds their neighbours with less work
// than comparing all. index.go keeps the lists that it reads.
package index

import (
	"cmp"
	"math/bits"
	"slices"
	"sync"
)

// A Doc is the caller's number of a document. Memory grows with the largest
// Doc in use, so numbers should be small and dense.
type Doc uint32

// A Key orders documents of equal score: later dates first, then ids bytewise.
// No two documents of an index may have equal keys.
type Key struct {
	Date int64 // any unit
	ID   string
	Day  int32 // for [Nearness], from any day on; [NoDay]: none
}

// Compare returns a negative number if k goes before other in a ranking of
// equal scores.
func (k Key) Compare(other Key) int {
	return cmp.Or(cmp.Compare(other.Date, k.Date), cmp.Compare(k.ID, other.ID))
}

// A Match is a document and its score with what was asked for.
type Match struct {
	Doc   Doc
	Score uint32 // as of [Dot], raised by what the [Nearness] of the index says; never 0
}

// A posting is one document of a term's posting list. A list is in order of
// tiers of impact, greatest first, and of documents within a tier: a query can
// read just the tiers that matter to it (Anh, de Kretser and Moffat 2001), and
// walks memory in one direction in each.
type posting struct {
	doc    Doc
	impact uint16
}

// tier is the number of bits of the impact.
func (p posting) tier() int { return bits.Len16(p.impact) }

func (p posting) compare(o posting) int {
	return cmp.Or(cmp.Compare(o.tier(), p.tier()), cmp.Compare(p.doc, o.doc))
}

type document struct {
	key    Key
	vector Vector
	live   bool
}

// An Index holds vectors by document, and by term. Methods that only look
// may be called concurrently with each other, but not with Put and Remove.
type Index struct {
	docs  []document  // by Doc
	days  []int32     // by Doc, the days of their keys
	terms [][]posting // by term
	live  int
	near  Nearness

	// Terms that many documents have are frequent. Queries leave most of their
	// postings unread, and look up in occurrences what a document has of them.
	frequent    []frequent   // by number
	number      []uint16     // by term: 1 + its number among the frequent, or 0
	occurrences []occurrence // of all documents, and of some that were replaced or removed
	spans       []span       // by Doc: where its occurrences are
	divided     struct {     // when frequent terms were last chosen
		live        int
		occurrences int
	}

	scratch sync.Pool // of *scratch
}

// A frequent is what queries know of a frequent term without reading its list.
type frequent struct {
	term  uint32
	tiers []tier // without the empty ones, greatest impact first
}

// A tier is a run of postings.
type tier struct {
	end  uint32  // where it ends in the list
	max  uint16  // no impact in it is greater
	rate float32 // by how much max falls after it, for each posting in it
}

// An occurrence is the impact of a frequent term in a document.
type occurrence struct{ number, impact uint16 }

// A span is a run of occurrences.
type span struct{ from, to uint32 }

// An Entry is a document as [BuildNear] takes it.
type Entry struct {
	Doc    Doc
	Key    Key
	Vector Vector // kept, not copied
}

// BuildNear returns an index, in which nearness counts, of entries, which must be
// by ascending Doc; it panics if they are not. It answers as if they had been added
// one by one with [Index.Put], and takes less time and memory.
func BuildNear(entries []Entry, near Nearness) *Index {
	x := &Index{near: near}
	var docs, terms int
	for i, e := range entries {
		if i > 0 && e.Doc <= entries[i-1].Doc {
			panic("index: entries are not by ascending document")
		}
		docs = int(e.Doc) + 1
		if n := len(e.Vector); n > 0 {
			terms = max(terms, int(e.Vector[n-1].Term)+1)
		}
	}
	x.grow(docs, terms)
	frequency := make([]uint32, terms)
	total := 0
	for _, e := range entries {
		total += len(e.Vector)
		for _, i := range e.Vector {
			frequency[i.Term]++
		}
	}
	// One slab holds every list; a list that grows later moves out of it.
	slab := make([]posting, total)
	for t, df := range frequency {
		x.terms[t] = slab[:0:df]
		slab = slab[df:]
	}
	for _, e := range entries {
		x.docs[e.Doc], x.days[e.Doc] = document{e.Key, e.Vector, true}, e.Key.Day
		x.live++
		for _, i := range e.Vector {
			x.terms[i.Term] = append(x.terms[i.Term], posting{e.Doc, i.Impact})
		}
	}
	var buf []posting
	for _, list := range x.terms {
		if len(list) > 1 {
			buf = byTier(list, buf)
		}
	}
	x.divide()
	return x
}

// byTier puts a list that is by document in its order, by counting. It returns
// buf, its working memory.
func byTier(list, buf []posting) []posting {
	var next [17]uint32 // by tier: where its next posting goes
	for _, p := range list {
		next[p.tier()]++
	}
	from := uint32(0)
	for t := len(next) - 1; t >= 0; t-- {
		next[t], from = from, from+next[t]
	}
	buf = append(buf[:0], list...)
	for _, p := range buf {
		t := p.tier()
		list[next[t]] = p
		next[t]++
	}
	return buf
}

// grow makes room for so many documents and terms.
func (x *Index) grow(docs, terms int) {
	if n := docs - len(x.docs); n > 0 {
		x.docs = append(x.docs, make([]document, n)...)
		x.days = append(x.days, make([]int32, n)...)
		x.spans = append(x.spans, make([]span, n)...)
	}
	if n := terms - len(x.terms); n > 0 {
		x.terms = append(x.terms, make([][]posting, n)...)
		x.number = append(x.number, make([]uint16, n)...)
	}
}

// Room lets documents below n be asked for that are not in the index.
func (x *Index) Room(n int) { x.grow(n, 0) }

// divide chooses the frequent terms anew: those that more than one in 64
// documents have. The choice is a matter of speed only.
func (x *Index) divide() {
	least := max(shortList, x.live/64)
	x.frequent = x.frequent[:0]
	total := 0
	for t, list := range x.terms {
		x.number[t] = 0
		if len(list) > least && len(x.frequent) < 1<<16-1 {
			x.frequent = append(x.frequent, frequent{term: uint32(t)})
			x.number[t] = uint16(len(x.frequent))
			x.retier(uint32(t))
			total += len(list)
		}
	}
	x.occurrences = make([]occurrence, 0, total)
	for d := range x.docs {
		x.occur(Doc(d))
	}
	x.divided.live, x.divided.occurrences = x.live, total
}

// shortList is the length up to which no list is worth leaving unread.
const shortList = 128

// occur puts the occurrences of a document after all others.
func (x *Index) occur(d Doc) {
	from := len(x.occurrences)
	for _, i := range x.docs[d].vector {
		if n := x.number[i.Term]; n > 0 {
			x.occurrences = append(x.occurrences, occurrence{n - 1, i.Impact})
		}
	}
	x.spans[d] = span{uint32(from), uint32(len(x.occurrences))}
}

func (x *Index) occurrencesOf(d Doc) []occurrence {
	s := x.spans[d]
	return x.occurrences[s.from:s.to]
}

// retier finds the tiers of a term's list, if the term is frequent.
func (x *Index) retier(term uint32) {
	n := x.number[term]
	if n == 0 {
		return
	}
	f, list := &x.frequent[n-1], x.terms[term]
	f.tiers = f.tiers[:0]
	for from := 0; from < len(list); {
		t := list[from].tier()
		end, _ := slices.BinarySearchFunc(list, posting{impact: 1 << t >> 2}, posting.compare)
		f.tiers = append(f.tiers, tier{end: uint32(end), max: uint16(1<<t - 1)})
		from = end
	}
	from := uint32(0)
	for i := range f.tiers {
		t := &f.tiers[i]
		fall := t.max
		if i+1 < len(f.tiers) {
			fall -= f.tiers[i+1].max
		}
		t.rate = float32(fall) / float32(t.end-from)
		from = t.end
	}
}

// Put adds a document or replaces it. The vector is kept, not copied.
func (x *Index) Put(d Doc, k Key, v Vector) {
	x.Remove(d)
	terms := 0
	if n := len(v); n > 0 {
		terms = int(v[n-1].Term) + 1
	}
	x.grow(int(d)+1, terms)
	x.docs[d], x.days[d] = document{k, v, true}, k.Day
	x.occur(d)
	x.live++
	for _, i := range v {
		list, p := x.terms[i.Term], posting{d, i.Impact}
		at, _ := slices.BinarySearchFunc(list, p, posting.compare)
		x.terms[i.Term] = slices.Insert(list, at, p)
		x.retier(i.Term)
	}
	if x.live > 2*x.divided.live+shortList || len(x.occurrences) > 2*(x.divided.occurrences+shortList) {
		x.divide()
	}
}

// Remove takes a document out; one that is not there is no matter.
func (x *Index) Remove(d Doc) {
	if !x.Has(d) {
		return
	}
	for _, i := range x.docs[d].vector {
		list := x.terms[i.Term]
		at, _ := slices.BinarySearchFunc(list, posting{d, i.Impact}, posting.compare)
		x.terms[i.Term] = slices.Delete(list, at, at+1)
		x.retier(i.Term)
	}
	x.docs[d], x.spans[d] = document{}, span{}
	x.live--
}

// Has reports whether d is in the index.
func (x *Index) Has(d Doc) bool { return int(d) < len(x.docs) && x.docs[d].live }

// Len returns the number of documents.
func (x *Index) Len() int { return x.live }

// Vector returns the vector of d, nil if it has none. It must not be changed.
func (x *Index) Vector(d Doc) Vector {
	if !x.Has(d) {
		return nil
	}
	return x.docs[d].vector
}

// Key returns the key of a document of the index.
func (x *Index) Key(d Doc) Key { return x.docs[d].key }

// Docs returns the documents in ascending order.
func (x *Index) Docs() []Doc {
	docs := make([]Doc, 0, x.live)
	for d := range x.docs {
		if x.docs[d].live {
			docs = append(docs, Doc(d))
		}
	}
	return docs
}

// Score returns the score of two documents of the index.
func (x *Index) Score(a, b Doc) uint32 {
	return x.near.Score(Dot(x.docs[a].vector, x.docs[b].vector), x.days[a], x.days[b])
}

// Rank returns the place that the document b of the index has among all but a, which is
// in it too, from 1 in the order of [Index.Compare], and how many share a term with a. Of
// a b that shares none the place is 0. It adds up every document's score.
func (x *Index) Rank(a, b Doc) (place, sharing int) {
	is := Match{b, x.Score(a, b)}
	x.Scores(x.docs[a].vector, x.days[a], func(m Match) {
		if m.Doc == a {
			return
		}
		if sharing++; m.Score >= is.Score && x.Compare(m, is) < 0 {
			place++
		}
	})
	if is.Score == 0 {
		return 0, sharing
	}
	return place + 1, sharing
}

// Compare returns a negative number if a goes before b in a ranking: by score,
// largest first, then by key. It is total over the documents of the index.
func (x *Index) Compare(a, b Match) int {
	if a.Score != b.Score {
		return cmp.Compare(b.Score, a.Score)
	}
	return x.docs[a.Doc].key.Compare(x.docs[b.Doc].key)
}
