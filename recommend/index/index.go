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

// A posting is one document of a term's posting list. The lists have no order.
type posting struct {
	doc    Doc
	impact uint16
}

type term struct {
	postings []posting
	max      uint16 // no impact of the list is greater
}

type document struct {
	key    Key
	vector Vector
	live   bool
}

// An Index holds vectors by document, and by term. Methods that only look
// may be called concurrently with each other, but not with Put and Remove.
type Index struct {
	docs    []document // by Doc
	terms   []term     // by term
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
	x.terms = make([]term, terms)
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
		x.terms[t].postings = slab[:0:df]
		slab = slab[df:]
	}
	for _, e := range entries {
		x.Put(e.Doc, e.Key, e.Vector)
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
		x.terms = append(x.terms, make([]term, int(v[n-1].Term)+1-len(x.terms))...)
	}
	x.docs[d] = document{k, v, true}
	x.live++
	for _, i := range v {
		t := &x.terms[i.Term]
		t.postings = append(t.postings, posting{d, i.Impact})
		t.max = max(t.max, i.Impact)
	}
}

// Remove takes a document out; one that is not there is no matter.
func (x *Index) Remove(d Doc) {
	if !x.Has(d) {
		return
	}
	for _, i := range x.docs[d].vector {
		t := &x.terms[i.Term]
		at := slices.IndexFunc(t.postings, func(p posting) bool { return p.doc == d })
		last := len(t.postings) - 1
		t.postings[at] = t.postings[last]
		t.postings = t.postings[:last]
		if last == 0 {
			t.max = 0
		}
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
	return len(x.terms[t].postings)
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
	order   []part
	sorted  []uint32
	weights []uint16 // by term; all 0 between queries
	top     []Match
}

// A part is one term of a query.
type part struct {
	term   uint32
	impact uint16
	length int // of its posting list
}

func (x *Index) borrow() *scratch {
	s, _ := x.scratch.Get().(*scratch)
	if s == nil {
		s = new(scratch)
	}
	if n := len(x.docs); len(s.sums) < n {
		s.sums = make([]uint32, n+n/8)
	}
	if n := len(x.terms); len(s.weights) < n {
		s.weights = make([]uint16, n+n/8)
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
			s.add(x.terms[i.Term].postings, i.Impact)
		}
	}
	for _, d := range s.touched {
		f(Match{d, s.sums[d]})
		s.sums[d] = 0
	}
	s.touched = s.touched[:0]
}

func (s *scratch) add(postings []posting, impact uint16) {
	sums, touched, q := s.sums, s.touched, uint32(impact)
	for _, p := range postings {
		if sums[p.doc] == 0 {
			touched = append(touched, p.doc)
		}
		sums[p.doc] += q * uint32(p.impact)
	}
	s.touched = touched
}

// Nearest appends to dst the k documents that score highest with v, best first
// as [Index.Compare] has it, without the document except (or [None]). Documents
// that share no term with v are no matches, so there may be fewer than k.
//
// It adds up the posting lists from the shortest to the longest. Before a long
// one it takes the k-th best sum so far, a lower bound of what the k-th best
// document will score in the end, and the sum of the best that the remaining
// lists could give (MaxScore: Turtle and Flood 1995, "Query evaluation:
// strategies and optimizations"). Once the second is less than the first, no
// document that has not been seen can be among the best k: the remaining
// lists are left unread, and only the documents that can still reach the
// bound are scored to the end, from their own vectors.
func (x *Index) Nearest(dst []Match, v Vector, k int, except Doc) []Match {
	if k <= 0 {
		return dst
	}
	s := x.borrow()
	defer x.scratch.Put(s)
	return x.nearest(s, dst, v, k, except)
}

func (x *Index) nearest(s *scratch, dst []Match, v Vector, k int, except Doc) []Match {
	s.order = s.order[:0]
	var rest uint64 // the most that lists not yet added can give one document
	for _, i := range v {
		if int(i.Term) < len(x.terms) {
			t := &x.terms[i.Term]
			if len(t.postings) > 0 {
				s.order = append(s.order, part{i.Term, i.Impact, len(t.postings)})
				rest += uint64(i.Impact) * uint64(t.max)
			}
		}
	}
	slices.SortFunc(s.order, func(a, b part) int {
		return cmp.Or(cmp.Compare(a.length, b.length), cmp.Compare(a.term, b.term))
	})
	var bound uint64 // no document below it is among the best k
	left := s.order
	for len(left) > 0 {
		p := left[0]
		// Finding the bound costs about one pass over what was touched, so it
		// is looked for only where the next list is longer than that.
		if len(s.touched) > k && p.length > len(s.touched)/2 {
			if bound = uint64(s.kth(k, except)); rest < bound {
				break
			}
		}
		s.add(x.terms[p.term].postings, p.impact)
		rest -= uint64(p.impact) * uint64(x.terms[p.term].max)
		left = left[1:]
	}
	for _, p := range left {
		s.weights[p.term] = p.impact
	}
	s.top = s.top[:0]
	for _, d := range s.touched {
		sum := s.sums[d]
		s.sums[d] = 0
		if d == except || uint64(sum)+rest < bound {
			continue
		}
		if len(left) > 0 {
			for _, i := range x.docs[d].vector {
				sum += uint32(s.weights[i.Term]) * uint32(i.Impact)
			}
		}
		x.offer(s, Match{d, sum}, k)
	}
	s.touched = s.touched[:0]
	for _, p := range left {
		s.weights[p.term] = 0
	}
	slices.SortFunc(s.top, x.Compare)
	return append(dst, s.top...)
}

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

// kth returns the k-th largest sum over the touched documents but except; 0 if
// there are fewer.
func (s *scratch) kth(k int, except Doc) uint32 {
	sums := s.sorted[:0]
	for _, d := range s.touched {
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
