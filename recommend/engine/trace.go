package engine

import (
	"math"
	"strconv"

	"akin/recommend/store"
)

// A trace notes what an answer was made from, but for what editors decided: so it tells
// which changes of items can change the answer. A nil trace notes nothing.
type trace struct {
	seen    []uint32          // the candidates of its list that were looked at: its first ones
	ended   bool              // there are no others
	any     bool              // all candidates count
	fills   map[string]uint64 // by slug: how deep its listing was read
	popular bool              // what readers followed most was looked at
	asked   bool              // the index was asked
}

// A depth is a place in a listing: later dates have lesser ones, noDate has the greatest but
// whole, which is beyond the end.
const whole = math.MaxUint64

func depthOf(sortDate int64) uint64 { return placeDepth(order(sortDate)) }

// placeDepth is the depth of the beginning of the sort of a listing's row.
func placeDepth(place string) uint64 {
	n, err := strconv.ParseUint(place[:min(len(place), 13)], 16, 64)
	if err != nil {
		return whole
	}
	return n
}

// depth is how deep the page reaches.
func (p *fillerPage) depth() uint64 {
	if !p.more || p.last == (store.Key{}) {
		return whole
	}
	return placeDepth(p.last.Sort)
}

func (t *trace) fill(slug string, depth uint64) {
	if t == nil {
		return
	}
	if t.fills == nil {
		t.fills = map[string]uint64{}
	}
	t.fills[slug] = max(t.fills[slug], depth)
}

func (t *trace) popularity() {
	if t != nil {
		t.popular = true
	}
}

func (t *trace) index() {
	if t != nil {
		t.asked = true
	}
}

// see notes a candidate.
func (t *trace) see(n uint32) {
	if t != nil {
		t.seen = append(t.seen, n)
	}
}

// end notes that the list has no more candidates.
func (t *trace) end() {
	if t != nil {
		t.ended = true
	}
}

// all notes that every candidate counts.
func (t *trace) all() {
	if t != nil {
		t.any = true
	}
}
