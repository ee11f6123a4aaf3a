package engine

import (
	"cmp"
	"maps"
	"math"
	"math/bits"
	"slices"
	"sync"

	"akin/recommend"
	"akin/recommend/index"
)

const (
	exposedPlaces = 6       // of a list, that works are counted in
	exposedRounds = 10      // in which handicaps settle
	exposedTie    = 0.3     // by which scores count as near while they do
	maxExposed    = 250_000 // works; more would not fit in the row of a generation
)

// An exposure is what a generation froze of how often lists show each work, so that works
// that many lists show give way to others that score nearly the same. It acts when a list
// is read, where the site's rules say so (lists.exposure); no stored list depends on it.
//
// A handicap multiplies a work's score while the later places of a list are given. It is
// found in ten rounds over all lists: each counts in how many lists a work would
// stand, h, and multiplies its handicap by ((h+m)/(2m))^-0.15, m being the mean of h. So
// it is a correction of popularity by its own power (Steck 2011, "Item popularity and
// recommendation accuracy"), repeated until places are spread. All is in whole numbers, in the
// order of documents, so every machine finds the same. Works that came later have none.
type exposure struct {
	Levels []byte            `json:"levels,omitempty"` // by number: 128 is no handicap, each step a factor of 2^(1/32)
	Guests map[uint32]uint32 `json:"guests,omitempty"` // by number of a list's work: one that no list would show and this one does, in its last place
}

// handicaps are the factors of levels, in 65,536ths.
var handicaps = sync.OnceValue(func() (all [256]uint32) {
	const one = 1 << 32
	step, f := uint64(math.Floor(math.Exp2(1.0/32)*one+0.5)), uint64(one>>4) // 2^-4 at level 0
	for b := range all {
		all[b] = uint32((f + 1<<15) >> 16)
		high, low := bits.Mul64(f, step)
		f = high<<32 | low>>32
	}
	return all
})

// of returns the handicap of a work, in 65,536ths.
func (e *exposure) of(number uint32) uint64 {
	if int(number) < len(e.Levels) {
		return uint64(handicaps()[e.Levels[number]])
	}
	return noBoost
}

// places chooses which similar entries, best first, a list shows in its first limit places: the
// best third as it is, and of those that score at least keep 65,536ths of what the last
// place would, the ones with the highest scores times their handicaps. They are returned by
// index, ascending: an answer is still in the order of scores. Nil: the first ones.
func (e *exposure) places(list, limit int, keep uint64, entries int, at func(i int) (number, score uint32)) []int {
	if entries <= limit || limit < 2 {
		return nil
	}
	head := limit / 3
	_, last := at(limit - 1)
	bar := uint64(last) * keep
	type contender struct {
		at int
		by uint64
	}
	var all []contender
	guest, hosts := e.Guests[uint32(list)]
	invited := -1
	for i := head; i < entries; i++ {
		n, score := at(i)
		if hosts && n == guest {
			invited = i
		}
		if uint64(score)*noBoost < bar {
			if hosts && invited < 0 {
				continue
			}
			break
		}
		all = append(all, contender{i, uint64(score) * e.of(n)})
	}
	slices.SortStableFunc(all, func(a, b contender) int { return cmp.Compare(b.by, a.by) })
	chosen := make([]int, 0, limit)
	for i := range head {
		chosen = append(chosen, i)
	}
	for _, c := range all[:limit-head] {
		chosen = append(chosen, c.at)
	}
	slices.Sort(chosen)
	if invited >= 0 && !slices.Contains(chosen, invited) {
		chosen[limit-1] = invited
		slices.Sort(chosen)
	}
	return chosen
}

// first puts those of entries that are chosen first, the others after them in their order.
func first[T any](entries []T, chosen []int) []T {
	out := make([]T, 0, len(entries))
	for _, i := range chosen {
		out = append(out, entries[i])
	}
	for i := range entries {
		if _, ok := slices.BinarySearch(chosen, i); !ok {
			out = append(out, entries[i])
		}
	}
	return out
}

// newExposure finds handicaps and guests for lists by document, of which each holds what is
// similar to it, best first.
func newExposure(docs []index.Doc, similar func(index.Doc) []index.Match) *exposure {
	e := &exposure{}
	if len(docs) == 0 || len(docs) > maxExposed {
		return e
	}
	size := int(slices.Max(docs)) + 1
	for _, d := range docs {
		for _, m := range similar(d) {
			size = max(size, int(m.Doc)+1)
		}
	}
	e.Levels = slices.Repeat([]byte{128}, size)
	levels := make([]int, size) // in 1,024ths of a factor of 2
	keep := keepOf(exposedTie)
	for range exposedRounds {
		shown := e.count(docs, similar, keep)
		sum := 0
		for _, n := range shown {
			sum += n
		}
		for _, d := range docs {
			h := min(shown[d]*len(docs), 100*sum)
			if sum > 0 {
				levels[d] += (log2(uint64(2*sum)) - log2(uint64(h+sum))) * 15 / 100
			}
			e.Levels[d] = byte(min(max(128+(levels[d]+16+1<<20)>>5-1<<15, 0), 255))
		}
	}
	e.invite(docs, similar, keep)
	return e
}

// log2 is the logarithm of a positive number in 1,024ths, linear between powers of 2.
func log2(v uint64) int {
	n := bits.Len64(v) - 1
	return n<<10 + int(v<<10>>n) - 1<<10
}

func keepOf(tie float64) uint64 { return uint64(math.Floor((1-tie)*noBoost + 0.5)) }

// shows calls f with what a list shows.
func (e *exposure) shows(d index.Doc, ms []index.Match, keep uint64, f func(index.Match)) {
	chosen := e.places(int(d), exposedPlaces, keep, len(ms), func(i int) (uint32, uint32) { return uint32(ms[i].Doc), ms[i].Score })
	if chosen == nil {
		for _, m := range ms[:min(len(ms), exposedPlaces)] {
			f(m)
		}
		return
	}
	for _, i := range chosen {
		f(ms[i])
	}
}

// count counts in how many lists each work stands.
func (e *exposure) count(docs []index.Doc, similar func(index.Doc) []index.Match, keep uint64) []int {
	shown := make([]int, len(e.Levels))
	for _, d := range docs {
		e.shows(d, similar(d), keep, func(m index.Match) { shown[m.Doc]++ })
	}
	return shown
}

// invite finds lists for the works that none would show, though some list holds them: the one
// in which a work stands furthest up, whose last entry can be spared and which has no guest yet.
func (e *exposure) invite(docs []index.Doc, similar func(index.Doc) []index.Match, keep uint64) {
	shown := e.count(docs, similar, keep)
	type place struct {
		host index.Doc
		at   int
	}
	hosts := map[index.Doc][]place{}
	for _, d := range docs {
		for i, m := range similar(d) {
			if shown[m.Doc] == 0 {
				hosts[m.Doc] = append(hosts[m.Doc], place{d, i})
			}
		}
	}
	e.Guests = map[uint32]uint32{}
	for _, d := range slices.Sorted(maps.Keys(hosts)) {
		places := hosts[d]
		slices.SortStableFunc(places, func(a, b place) int { return cmp.Compare(a.at, b.at) })
		for _, p := range places {
			if _, taken := e.Guests[uint32(p.host)]; taken {
				continue
			}
			var last index.Doc
			e.shows(p.host, similar(p.host), keep, func(m index.Match) { last = m.Doc })
			if shown[last] > 1 {
				shown[last]--
				shown[d]++
				e.Guests[uint32(p.host)] = uint32(d)
				break
			}
		}
	}
}

// expose finds the exposure of a state that holds all lists.
func (st *state) expose() *exposure {
	least := st.gen.minScore()
	return newExposure(st.index.Docs(), func(d index.Doc) []index.Match { return above(st.lists.get(nil, d), least) })
}

// expose puts first what the list of a work shows, in place of its best entries, where the site
// wants that.
func (a *answering) expose() error {
	tie := a.view.lists.Exposure
	if tie == 0 || a.narrowed() || len(a.rules.boosts) > 0 || len(a.q.Also)+len(a.q.Not) > 0 {
		return nil
	}
	if err := a.wholeList(); err != nil {
		return err
	}
	es := a.candidates
	chosen := a.view.gen.Exposure.places(int(a.of), a.q.Limit, keepOf(tie), len(es), func(i int) (uint32, uint32) { return es[i].number, es[i].score })
	if chosen != nil {
		a.candidates, a.exposed = first(es, chosen), true
	}
	return nil
}

// above returns the matches, best first, that score enough.
func above(ms []index.Match, least recommend.Millionths) []index.Match {
	n := slices.IndexFunc(ms, func(m index.Match) bool { return recommend.Millionths(index.Millionths(m.Score)) < least })
	if n < 0 {
		return ms
	}
	return ms[:n]
}
