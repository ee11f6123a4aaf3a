package engine

import (
	"fmt"
	"slices"
	"strings"

	"akin/recommend"
	"akin/recommend/index"
	"akin/recommend/judge"
)

// A GateError says which gates a new generation did not pass. The old one goes
// on serving.
type GateError struct {
	Generation int
	Failed     []recommend.Gate
}

func (e *GateError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "generation %d did not pass, the one before stays in use:", e.Generation)
	for i, g := range e.Failed {
		if i > 0 {
			b.WriteByte(';')
		}
		fmt.Fprintf(&b, " %s is %.3f, bound %.3f", g.Name, g.Value, g.Bound)
	}
	return b.String()
}

// gates compares a new generation with the one in use, by what editors judged, too.
func gates(old, st *state, judged judge.Judgements) []recommend.Gate {
	if old == nil || old.index.Len() == 0 {
		return nil
	}
	n, m := float64(st.index.Len()), float64(old.index.Len())
	bounds := st.gen.Options.Gates
	if n > m*(1+bounds.Corpus) || n < m*(1-bounds.Corpus) {
		return nil
	}
	filled, length := st.shape()
	oldFilled, oldLength := old.shape()
	changed, both := 0.0, 0
	for _, d := range st.index.Docs() {
		if !old.index.Has(d) {
			continue
		}
		both++
		before := firstDocs(old, d)
		now := firstDocs(st, d)
		if len(now) == 0 {
			continue
		}
		fresh := 0
		for _, e := range now {
			if !slices.Contains(before, e) {
				fresh++
			}
		}
		changed += float64(fresh) / float64(len(now))
	}
	gs := []recommend.Gate{
		{Name: "items with a similar entry, of before", Value: ratio(filled, oldFilled), Bound: bounds.Filled},
		{Name: "mean list length, of before", Value: ratio(length, oldLength), Bound: bounds.Length},
		{Name: "mean change of the first five", Value: ratio(changed, float64(both)), Bound: bounds.Change},
	}
	// What counts as similar is not the same for settings with other odds.
	other := old.gen.Options.Odds != st.gen.Options.Odds
	gs[0].OK = other || oldFilled == 0 || gs[0].Value >= bounds.Filled
	gs[1].OK = other || oldLength == 0 || gs[1].Value >= bounds.Length
	gs[2].OK = gs[2].Value <= bounds.Change
	if g := judgedGate(old, st, judged); g != nil {
		gs = append(gs, *g)
	}
	return gs
}

func ratio(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}

// shape returns the share of items with an entry that counts as similar, and
// the mean number of such entries.
func (st *state) shape() (filled, length float64) {
	var ms []index.Match
	for _, d := range st.index.Docs() {
		n := 0
		ms = st.lists.get(ms[:0], d)
		for _, m := range ms {
			if recommend.Millionths(index.Millionths(m.Score)) >= st.gen.minScore() {
				n++
			}
		}
		if n > 0 {
			filled++
		}
		length += float64(n)
	}
	n := float64(max(st.index.Len(), 1))
	return filled / n, length / n
}

// firstDocs returns the first five of d's list.
func firstDocs(st *state, d index.Doc) []index.Doc {
	var docs []index.Doc
	for _, m := range st.lists.get(nil, d)[:min(5, int(st.lists.length[d]))] {
		docs = append(docs, m.Doc)
	}
	return docs
}

func failedGates(gs []recommend.Gate) []recommend.Gate {
	return slices.DeleteFunc(slices.Clone(gs), func(g recommend.Gate) bool { return g.OK })
}
