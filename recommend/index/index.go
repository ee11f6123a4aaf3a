// Package index weighs terms and finds the documents nearest to a vector,
// exactly. It is arithmetic only: it performs no I/O, takes no context, returns
// no errors, and imports nothing but the standard library.
//
// Start reading at [Quantise], which makes vectors of integers, and
// [Index.Nearest], which finds their neighbours with less work than comparing
// all and with the same result.
package index

import (
	"cmp"
	"slices"
	"sync"
	"sync/atomic"
)

// A Doc is the caller's number of a document. Memory grows with the largest
// Doc in use, so numbers should be small and dense.
type Doc uint32

// A Key orders documents of equal score: later dates first, then ids bytewise.
// No two documents of an index may have equal keys.
type Key struct {
	Date int64 // any unit
	ID   string
}

// Compare returns a negative number if k goes before other in a ranking of
// equal scores.
func (k Key) Compare(other Key) int {
	return cmp.Or(cmp.Compare(other.Date, k.Date), cmp.Compare(k.ID, other.ID))
}

// A Match is a document and its score with what was asked for.
type Match struct {
	Doc   Doc
	Score uint32 // as of [Dot]; never 0
}

// A posting is one document of a term's posting list. Lists are in order of
// impact, greatest first, so that a query can read just their beginnings
// (Persin, Zobel and Sacks-Davis 1996, "Filtered document retrieval with
// frequency-sorted indexes").
type posting struct {
	doc    Doc
	impact uint16
}

type document struct {
	key    Key
	vector Vector
	live   bool
}

// An Index holds vectors by document, and by term. Methods that only look
// may be called concurrently with each other, but not with Put and Remove.
type Index struct {
	docs    []document  // by Doc
	terms   [][]posting // by term
	live    int
	scratch sync.Pool // of *scratch
}

// An Entry is a document as [Build] takes it.
type Entry struct {
	Doc    Doc
	Key    Key
	Vector Vector // kept, not copied
}

// Build returns an index of entries, which must have distinct Docs. It gives
// the same index as adding them one by one with [Index.Put], in less time and
// memory.
func Build(entries []Entry) *Index {
	x := new(Index)
	var docs, terms int
	for _, e := range entries {
		docs = max(docs, int(e.Doc)+1)
		if n := len(e.Vector); n > 0 {
			terms = max(terms, int(e.Vector[n-1].Term)+1)
		}
	}
	x.docs = make([]document, docs)
	x.terms = make([][]posting, terms)
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
		x.Remove(e.Doc)
		x.docs[e.Doc] = document{e.Key, e.Vector, true}
		x.live++
		for _, i := range e.Vector {
			x.terms[i.Term] = append(x.terms[i.Term], posting{e.Doc, i.Impact})
		}
	}
	for _, list := range x.terms {
		slices.SortFunc(list, func(a, b posting) int { return cmp.Compare(b.impact, a.impact) })
	}
	return x
}

// Put adds a document or replaces it. The vector is kept, not copied.
func (x *Index) Put(d Doc, k Key, v Vector) {
	x.Remove(d)
	if int(d) >= len(x.docs) {
		x.docs = append(x.docs, make([]document, int(d)+1-len(x.docs))...)
	}
	if n := len(v); n > 0 && int(v[n-1].Term) >= len(x.terms) {
		x.terms = append(x.terms, make([][]posting, int(v[n-1].Term)+1-len(x.terms))...)
	}
	x.docs[d] = document{k, v, true}
	x.live++
	for _, i := range v {
		list := x.terms[i.Term]
		x.terms[i.Term] = slices.Insert(list, prefix(list, i.Impact), posting{d, i.Impact})
	}
}

// prefix returns the number of postings with at least the given impact.
func prefix(list []posting, impact uint16) int {
	lo, hi := 0, len(list)
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		if list[mid].impact >= impact {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

// Remove takes a document out; one that is not there is no matter.
func (x *Index) Remove(d Doc) {
	if !x.Has(d) {
		return
	}
	for _, i := range x.docs[d].vector {
		list := x.terms[i.Term]
		at := prefix(list, i.Impact+1)
		for list[at].doc != d {
			at++
		}
		x.terms[i.Term] = slices.Delete(list, at, at+1)
	}
	x.docs[d] = document{}
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

// Frequency returns the number of documents whose vectors have a term.
func (x *Index) Frequency(t uint32) int {
	if int(t) >= len(x.terms) {
		return 0
	}
	return len(x.terms[t])
}

// Compare returns a negative number if a goes before b in a ranking: by score,
// largest first, then by key. It is total over the documents of the index.
func (x *Index) Compare(a, b Match) int {
	if a.Score != b.Score {
		return cmp.Compare(b.Score, a.Score)
	}
	return x.docs[a.Doc].key.Compare(x.docs[b.Doc].key)
}

// None is a Doc that no document has.
const None Doc = 1<<32 - 1

// scratch is what one query needs of working memory.
type scratch struct {
	sums    []uint32 // by Doc; all 0 between queries
	touched []Doc
	parts   []part
	sorted  []uint32
	unread  []unread // by term; all zero between queries
	filter  [filterBits / 64]uint64
	top     []Match
}

// A part is what is left to read of one term of a query.
type part struct {
	term   uint32
	impact uint32 // in the query
	list   []posting
}

// An unread says what a query gives a term whose list it has not read to the
// end, and the greatest impact that it has not read.
type unread struct{ weight, impact uint16 }

// filterBits is the size of a set of hashed terms that is asked before the
// weights, which do not fit the processor's first cache.
const filterBits = 4096

func (x *Index) borrow() *scratch {
	s, _ := x.scratch.Get().(*scratch)
	if s == nil {
		s = new(scratch)
	}
	if n := len(x.docs); len(s.sums) < n {
		s.sums = make([]uint32, n+n/8)
	}
	if n := len(x.terms); len(s.unread) < n {
		s.unread = make([]unread, n+n/8)
	}
	return s
}

// Scores calls f for every document that shares a term with v, in no order,
// with its score.
func (x *Index) Scores(v Vector, f func(Match)) {
	s := x.borrow()
	defer x.scratch.Put(s)
	for _, i := range v {
		if int(i.Term) < len(x.terms) {
			s.add(x.terms[i.Term], uint32(i.Impact))
		}
	}
	for _, d := range s.touched {
		f(Match{d, s.sums[d]})
		s.sums[d] = 0
	}
	s.touched = s.touched[:0]
}

func (s *scratch) add(postings []posting, impact uint32) {
	sums, touched := s.sums, s.touched
	for _, p := range postings {
		if sums[p.doc] == 0 {
			touched = append(touched, p.doc)
		}
		sums[p.doc] += impact * uint32(p.impact)
	}
	s.touched = touched
}

// Nearest appends to dst the k documents that score highest with v, best first
// as [Index.Compare] has it, without the document except (or [None]). Documents
// that share no term with v are no matches, so there may be fewer than k.
//
// It reads posting lists from their greatest impacts down, all lists to the
// same product of impacts, then all to a smaller one (score-at-a-time: Anh, de
// Kretser and Moffat 2001). After each round the k-th best sum so far is a lower
// bound of what the k-th best document will score in the end, and the best
// products not yet read add up to the most that any document can still
// gain. Once that gain is less than the bound, no document that was not seen
// can be among the best k: the rest of the lists is left unread, and only the
// documents that can still reach the bound are scored to the end, from their
// own vectors.
func (x *Index) Nearest(dst []Match, v Vector, k int, except Doc) []Match {
	if k <= 0 {
		return dst
	}
	s := x.borrow()
	defer x.scratch.Put(s)
	return x.nearest(s, dst, v, k, except)
}

const (
	// shortList is the length up to which a list is read at once.
	shortList = 128

	// firstCut is the product of impacts down to which lists are read in the
	// first round; each round goes down to a quarter.
	firstCut = One * One / 64
	lastCut  = One * One / 65536

	slack = 2 // lists are read until the gain is this fraction of the bound
)

func (x *Index) nearest(s *scratch, dst []Match, v Vector, k int, except Doc) []Match {
	s.parts = s.parts[:0]
	for _, i := range v {
		if int(i.Term) >= len(x.terms) {
			continue
		}
		list := x.terms[i.Term]
		if len(list) <= shortList {
			s.add(list, uint32(i.Impact))
		} else {
			s.parts = append(s.parts, part{i.Term, uint32(i.Impact), list})
		}
	}
	// No document beyond the touched ones is among the best k once gain, the
	// most that one can still be given, is less than bound.
	bound, gain := uint64(0), uint64(0)
	for cut := uint32(firstCut); len(s.parts) > 0; cut /= 4 {
		if cut < lastCut {
			cut = 1
		}
		gain = 0
		left := s.parts[:0]
		for _, p := range s.parts {
			n := prefix(p.list, uint16(min((cut+p.impact-1)/p.impact, One)))
			s.add(p.list[:n], p.impact)
			if p.list = p.list[n:]; len(p.list) > 0 {
				gain += uint64(p.impact) * uint64(p.list[0].impact)
				left = append(left, p)
			}
		}
		s.parts = left
		// A gain below the bound is enough to be exact; a smaller one leaves
		// fewer documents to be scored to the end.
		if bound = uint64(s.kth(k, except)); gain < bound/slack {
			break
		}
	}
	if len(s.parts) == 0 {
		bound, gain = 0, 0
	}
	for _, p := range s.parts {
		s.unread[p.term] = unread{uint16(p.impact), p.list[0].impact}
		h := hash(p.term)
		s.filter[h/64] |= 1 << (h % 64)
	}
	s.top = s.top[:0]
	for _, d := range s.touched {
		sum := s.sums[d]
		s.sums[d] = 0
		if d == except || uint64(sum)+gain < bound {
			continue
		}
		if len(s.parts) > 0 {
			sum = x.finish(s, d, sum)
		}
		x.offer(s, Match{d, sum}, k)
	}
	s.touched = s.touched[:0]
	for _, p := range s.parts {
		s.unread[p.term] = unread{}
	}
	s.filter = [filterBits / 64]uint64{}
	slices.SortFunc(s.top, x.Compare)
	return append(dst, s.top...)
}

// finish returns the score of d, given its sum so far: what it shares of the
// lists that were not read to the end, where they were not read.
func (x *Index) finish(s *scratch, d Doc, sum uint32) uint32 {
	for _, i := range x.docs[d].vector {
		h := hash(i.Term)
		if s.filter[h/64]>>(h%64)&1 == 0 {
			continue
		}
		if u := s.unread[i.Term]; i.Impact <= u.impact {
			sum += uint32(u.weight) * uint32(i.Impact)
		}
	}
	return sum
}

func hash(term uint32) uint32 { return term * 0x9e3779b1 >> 20 }

// offer keeps the best k of the matches that it is given in the heap s.top,
// whose root is the worst of them.
func (x *Index) offer(s *scratch, m Match, k int) {
	h := s.top
	if len(h) < k {
		h = append(h, m)
		for i := len(h) - 1; i > 0; {
			parent := (i - 1) / 2
			if x.Compare(h[i], h[parent]) <= 0 {
				break
			}
			h[i], h[parent] = h[parent], h[i]
			i = parent
		}
		s.top = h
		return
	}
	if m.Score < h[0].Score || x.Compare(m, h[0]) > 0 {
		return
	}
	h[0] = m
	for i := 0; ; {
		worst := 2*i + 1
		if worst >= len(h) {
			return
		}
		if r := worst + 1; r < len(h) && x.Compare(h[r], h[worst]) > 0 {
			worst = r
		}
		if x.Compare(h[worst], h[i]) <= 0 {
			return
		}
		h[i], h[worst] = h[worst], h[i]
		i = worst
	}
}

// looked is the number of touched documents that kth looks at. Those touched
// first share the rarest terms, so the best are nearly always among them.
const looked = 512

// kth returns the k-th largest sum over the first touched documents but except,
// which the k-th largest over all is not below; 0 if there are fewer than k.
func (s *scratch) kth(k int, except Doc) uint32 {
	sums := s.sorted[:0]
	for _, d := range s.touched[:min(len(s.touched), looked)] {
		if d != except {
			sums = append(sums, s.sums[d])
		}
	}
	s.sorted = sums
	if len(sums) < k {
		return 0
	}
	// Quickselect (Hoare 1961) for the element at k-1 in descending order.
	lo, hi, at := 0, len(sums)-1, k-1
	for lo < hi {
		pivot := median(sums[lo], sums[lo+(hi-lo)/2], sums[hi])
		i, j := lo, hi
		for i <= j {
			for sums[i] > pivot {
				i++
			}
			for sums[j] < pivot {
				j--
			}
			if i <= j {
				sums[i], sums[j] = sums[j], sums[i]
				i++
				j--
			}
		}
		switch {
		case at <= j:
			hi = j
		case at >= i:
			lo = i
		default:
			return sums[at]
		}
	}
	return sums[at]
}

func median(a, b, c uint32) uint32 {
	return max(min(a, b), min(max(a, b), c))
}

// Each finds the k nearest of each of docs, which must be in the index, with
// the given number of workers, and calls f with them. Calls come in no order
// and from several goroutines at once; matches is f's only until it returns.
// What f is given does not depend on the number of workers.
func (x *Index) Each(docs []Doc, k, workers int, f func(d Doc, matches []Match)) {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range max(workers, 1) {
		wg.Go(func() {
			s := x.borrow()
			defer x.scratch.Put(s)
			var matches []Match
			for {
				const stride = 64
				from := int(next.Add(stride)) - stride
				if from >= len(docs) {
					return
				}
				for _, d := range docs[from:min(from+stride, len(docs))] {
					matches = x.nearest(s, matches[:0], x.docs[d].vector, k, d)
					f(d, matches)
				}
			}
		})
	}
	wg.Wait()
}
