package index

import (
	"cmp"
	"iter"
	"slices"
	"sync"
	"sync/atomic"
)

// None is a Doc that no document has.
const None Doc = 1<<32 - 1

// scratch is what one query needs of working memory.
type scratch struct {
	sums     []uint32 // by Doc; all 0 between queries
	seen     []Doc    // those first added to
	queried  []queried
	sorted   []uint32
	unread   []unread // by number of the frequent term; all zero between queries
	hopefuls []Match
	top      []Match
}

// A queried is one term of a query and what is left to read of it.
type queried struct {
	impact uint32    // in the query
	list   []posting // whole
	from   uint32    // where the unread postings start
	number uint16    // 1 + number of a frequent term, or 0
	tiers  []tier    // unread
}

// An unread says what a query gives a frequent term whose list it has not read
// to the end, and the greatest impact that it may not have read.
type unread struct{ weight, impact uint16 }

func (x *Index) borrow() *scratch {
	s, _ := x.scratch.Get().(*scratch)
	if s == nil {
		s = new(scratch)
	}
	if n := len(x.docs); len(s.sums) < n {
		s.sums = make([]uint32, n+n/8)
	}
	if n := len(x.frequent); len(s.unread) < n {
		s.unread = make([]unread, n)
	}
	return s
}

// Scores calls f for every document that shares a term with v, in ascending
// order, with its score for a document of the given day.
func (x *Index) Scores(v Vector, day int32, f func(Match)) {
	s := x.borrow()
	defer x.scratch.Put(s)
	for _, i := range v {
		if int(i.Term) < len(x.terms) {
			s.add(x.terms[i.Term], uint32(i.Impact))
		}
	}
	s.collect(len(x.docs), 1)
	for _, m := range s.hopefuls {
		m.Score = x.near.Score(m.Score, day, x.days[m.Doc])
		f(m)
	}
}

// Shuffled does what Scores does as if each term stood in other documents: in those that
// are as many places further in the order as shift says, round at the end. Order holds
// all documents of the index, each once, and places where each stands. Where the
// document except has a term does not count.
func (x *Index) Shuffled(v Vector, day int32, except Doc, order []Doc, places []uint32, shift func(term uint32) uint32, f func(Match)) {
	s := x.borrow()
	defer x.scratch.Put(s)
	for _, i := range v {
		if int(i.Term) >= len(x.terms) {
			continue
		}
		by := uint64(shift(i.Term))
		for _, p := range x.terms[i.Term] {
			if p.doc != except {
				s.sums[order[(uint64(places[p.doc])+by)%uint64(len(order))]] += uint32(i.Impact) * uint32(p.impact)
			}
		}
	}
	s.collect(len(x.docs), 1)
	for _, m := range s.hopefuls {
		m.Score = x.near.Score(m.Score, day, x.days[m.Doc])
		f(m)
	}
}

// add adds a term's products to the sums.
func (s *scratch) add(postings []posting, impact uint32) {
	sums := s.sums
	for _, p := range postings {
		sums[p.doc] += impact * uint32(p.impact)
	}
}

// addSeen does the same, and notes the documents that it is first to add to,
// up to a number of them.
func (s *scratch) addSeen(postings []posting, impact uint32, most int) {
	for _, p := range postings {
		if s.sums[p.doc] == 0 && len(s.seen) < most {
			s.seen = append(s.seen, p.doc)
		}
		s.sums[p.doc] += impact * uint32(p.impact)
	}
}

// collect makes hopefuls of the first n documents whose sums are at least low,
// which is not 0, in ascending order, and sets all sums to 0.
func (s *scratch) collect(n int, low uint32) {
	sums, hopefuls := s.sums[:n], s.hopefuls[:0]
	for d, sum := range sums {
		if sum >= low {
			hopefuls = append(hopefuls, Match{Doc(d), sum})
		}
	}
	clear(sums)
	s.hopefuls = hopefuls
}

// Nearest appends to dst the k documents that score highest with v, for a document
// of the given day, best first as [Index.Compare] has it, without the document except (or [None]). Documents
// that share no term with v are no matches, so there may be fewer than k.
//
// It reads the lists of rare terms whole, and those of frequent terms in rounds,
// tier by tier from the greatest impacts down. What is still unread bounds what
// any document can gain by it; the k-th best sum so far is a lower bound of what
// the k-th best document will score in the end. Once the gain is well below that
// bound, only documents whose sums come within the gain of it can be among
// the best k, and these few are scored to the end from their own impacts, in
// descending order of their sums, until no next one can reach the worst of the
// k best. This is MaxScore (Turtle and Flood 1995, "Query evaluation: strategies
// and optimizations") on tiers of impact instead of whole lists; which tiers to read
// first is decided as in a knapsack, by how much each lowers the gain for
// every posting that it costs (Dantzig 1957, "Discrete-variable extremum problems").
// Nearness is a factor of each sum, known without reading any list, so the bounds
// hold for raised sums as they do for plain ones.
func (x *Index) Nearest(dst []Match, v Vector, day int32, k int, except Doc) []Match {
	if k <= 0 {
		return dst
	}
	s := x.borrow()
	defer x.scratch.Put(s)
	return x.nearest(s, dst, v, day, k, except)
}

const (
	// A query reads lists until the gain is below the bound divided by slack.
	// More means more postings to read, and fewer documents to score to the end.
	slack = 1.25

	// The bound is asked for anew when the gain is below the last one times this;
	// while the gain is greater, it will hardly have grown enough.
	near = 0.75

	// Each round reads the tiers that lower the gain, per posting, by at least
	// this part of what those of the round before did.
	step = 0.5

	// looked is the number of documents whose sums kth looks at, at least. Those
	// seen first share the rarest terms, so the best are nearly always among them.
	looked = 512
)

func (x *Index) nearest(s *scratch, dst []Match, v Vector, day int32, k int, except Doc) []Match {
	bound, gain := x.read(s, v, day, k, except)
	for _, p := range s.queried {
		s.unread[p.number-1] = unread{uint16(p.impact), p.tiers[0].max}
	}
	// What a sum must be at least, were its document of the very day.
	s.collect(len(x.docs), uint32(max(int64(x.near.least(bound))-int64(gain), 1)))
	s.top = s.top[:0]
	// First those that are among the best already: they raise what the others
	// have to reach.
	others := s.hopefuls[:0]
	for _, m := range s.hopefuls {
		bonus := x.near.of(day, x.days[m.Doc])
		switch {
		case m.Doc == except:
		case uint64(raised(m.Score, bonus)) >= bound:
			x.finish(s, m, bonus, gain, k)
		case reaches(m.Score, gain, bonus, bound):
			others = append(others, m)
		}
	}
	for _, m := range others {
		if bonus := x.near.of(day, x.days[m.Doc]); len(s.top) < k || reaches(m.Score, gain, bonus, uint64(s.top[0].Score)) {
			x.finish(s, m, bonus, gain, k)
		}
	}
	for _, p := range s.queried {
		s.unread[p.number-1] = unread{}
	}
	slices.SortFunc(s.top, x.Compare)
	return append(dst, s.top...)
}

// reaches reports whether a sum, with gain added and raised by a bonus, may reach a score.
func reaches(sum uint32, gain uint64, bonus uint32, score uint64) bool {
	return (uint64(sum)+gain)*(nearOne+uint64(bonus)) >= score*nearOne
}

// finish scores a match to the end, and offers it.
func (x *Index) finish(s *scratch, m Match, bonus uint32, gain uint64, k int) {
	if gain > 0 {
		m.Score += s.rest(x.occurrencesOf(m.Doc))
	}
	m.Score = raised(m.Score, bonus)
	x.offer(s, m, k)
}

// read adds up sums until the documents that can be among the best k are few:
// those whose sums, with gain added and raised by nearness, reach the bound. What it left unread it leaves in
// s.queried.
func (x *Index) read(s *scratch, v Vector, day int32, k int, except Doc) (bound, gain uint64) {
	s.seen, s.queried = s.seen[:0], s.queried[:0]
	for _, i := range v {
		if int(i.Term) < len(x.terms) && len(x.terms[i.Term]) > 0 {
			s.queried = append(s.queried, queried{impact: uint32(i.Impact), list: x.terms[i.Term], number: x.number[i.Term]})
		}
	}
	slices.SortFunc(s.queried, func(a, b queried) int { return cmp.Compare(len(a.list), len(b.list)) })
	most := max(looked, 4*k)
	left := s.queried[:0]
	rate := float32(0)
	for _, p := range s.queried {
		switch {
		case len(s.seen) < most:
			s.addSeen(p.list, p.impact, most)
			continue
		case p.number == 0:
			s.add(p.list, p.impact)
			continue
		}
		p.tiers = x.frequent[p.number-1].tiers
		gain += uint64(p.impact) * uint64(p.tiers[0].max)
		rate = max(rate, float32(p.impact)*p.tiers[0].rate)
		left = append(left, p)
	}
	for s.queried = left; len(s.queried) > 0; s.queried = left {
		if bound == 0 || float64(gain) < near*float64(x.near.least(bound)) {
			bound = uint64(x.kth(s, day, k, except))
			// What is in unread lists alone must not reach the bound on any day.
			if float64(gain) < float64(x.near.least(bound))/slack {
				return bound, gain
			}
		}
		rate *= step
		gain, left = 0, s.queried[:0]
		for _, p := range s.queried {
			to := p.from
			for len(p.tiers) > 0 && float32(p.impact)*p.tiers[0].rate >= rate {
				to = p.tiers[0].end
				p.tiers = p.tiers[1:]
			}
			s.add(p.list[p.from:to], p.impact)
			p.from = to
			if len(p.tiers) > 0 {
				gain += uint64(p.impact) * uint64(p.tiers[0].max)
				left = append(left, p)
			}
		}
	}
	return uint64(x.kth(s, day, k, except)), 0
}

// rest returns what a document's occurrences add to its score: those of the tiers
// that were not read.
func (s *scratch) rest(occurrences []occurrence) (sum uint32) {
	for _, i := range occurrences {
		if u := s.unread[i.number]; i.impact <= u.impact {
			sum += uint32(u.weight) * uint32(i.impact)
		}
	}
	return sum
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

// kth returns the k-th largest sum, raised by nearness, over the documents seen first
// but except, which the k-th largest over all is not below; 0 if there are fewer
// than k.
func (x *Index) kth(s *scratch, day int32, k int, except Doc) uint32 {
	sums := s.sorted[:0]
	for _, d := range s.seen {
		if d != except {
			sums = append(sums, x.near.Score(s.sums[d], day, x.days[d]))
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
//
// Documents of one vector and day have the same nearest, but for themselves, which
// are found once for up to 64 of them: else many works of one title, each as near
// to all others, would take a time that grows with the square of their number.
func (x *Index) Each(docs []Doc, k, workers int, f func(d Doc, matches []Match)) {
	docs = slices.Clone(docs)
	slices.SortFunc(docs, x.compareContents)
	var next atomic.Int64
	var wg sync.WaitGroup
	for range max(workers, 1) {
		wg.Go(func() {
			s := x.borrow()
			defer x.scratch.Put(s)
			var matches, shared []Match
			for {
				const stride = 64
				from := int(next.Add(stride)) - stride
				if from >= len(docs) {
					return
				}
				for same := range chunksOf(docs[from:min(from+stride, len(docs))], x.compareContents) {
					v, day := x.docs[same[0]].vector, x.days[same[0]]
					if len(same) == 1 {
						matches = x.nearest(s, matches[:0], v, day, k, same[0])
						f(same[0], matches)
						continue
					}
					shared = x.nearest(s, shared[:0], v, day, k+1, None)
					for _, d := range same {
						matches = slices.DeleteFunc(append(matches[:0], shared...), func(m Match) bool { return m.Doc == d })
						f(d, matches[:min(k, len(matches))])
					}
				}
			}
		})
	}
	wg.Wait()
}

// compareContents orders documents by what their nearest depend on: day and vector.
func (x *Index) compareContents(a, b Doc) int {
	return cmp.Or(cmp.Compare(x.days[a], x.days[b]), slices.CompareFunc(x.docs[a].vector, x.docs[b].vector, func(a, b Impact) int {
		return cmp.Or(cmp.Compare(a.Term, b.Term), cmp.Compare(a.Impact, b.Impact))
	}))
}

// chunksOf yields the longest runs of docs that compare as equal.
func chunksOf(docs []Doc, compare func(a, b Doc) int) iter.Seq[[]Doc] {
	return func(yield func([]Doc) bool) {
		for len(docs) > 0 {
			n := 1
			for n < len(docs) && compare(docs[0], docs[n]) == 0 {
				n++
			}
			if !yield(docs[:n]) {
				return
			}
			docs = docs[n:]
		}
	}
}
