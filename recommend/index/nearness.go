package index

import (
	"math"
	"math/bits"
)

// NoDay is the day of a document that has none.
const NoDay = math.MinInt32

// A Nearness says how much more two documents score for being of one time:
//
//	score = dot * (1 + weight * e^(-days/scale))
//
// for documents that are so many days apart. It is a function of the pair, the same in
// both directions, and exact: the bonus is a whole number of 65,536ths that is
// read from a table, and what it adds is rounded down. Where a document has no
// day, there is no bonus. The zero Nearness gives none. A decay of the kind is
// usual for news (Li and Croft 2003, "Time-based language models"). It is not
// changed once made.
type Nearness struct {
	bonus []uint32 // by days apart, falling; 0 beyond
}

// nearOne is a bonus that doubles a score.
const nearOne = 1 << 16

// NewNearness returns the nearness of a weight, 0 to 1, and a scale in days, greater
// than 0.
func NewNearness(weight, scale float64) Nearness {
	if !(weight >= 0 && weight <= 1 && scale > 0) {
		panic("index: nearness out of its bounds")
	}
	// The bonus falls by one factor a day, in whole numbers, so that the table does
	// not depend on how a processor rounds powers.
	const one = 1 << 40
	fall := uint64(math.Floor(math.Exp(-1/scale)*one + 0.5))
	var n Nearness
	for left := uint64(math.Floor(weight*one + 0.5)); left >= one/nearOne/2 && len(n.bonus) < 1<<16; {
		n.bonus = append(n.bonus, uint32((left+one/nearOne/2)/(one/nearOne)))
		high, low := bits.Mul64(left, fall)
		left = high<<24 | low>>40
	}
	return n
}

// of returns the bonus of two days.
func (n *Nearness) of(a, b int32) uint32 {
	if len(n.bonus) == 0 || a == NoDay || b == NoDay {
		return 0
	}
	days := int64(a) - int64(b)
	if days < 0 {
		days = -days
	}
	if days >= int64(len(n.bonus)) {
		return 0
	}
	return n.bonus[days]
}

// least returns what no sum is below that can be raised to a bound.
func (n *Nearness) least(bound uint64) uint64 {
	if len(n.bonus) == 0 {
		return bound
	}
	return bound * nearOne / (nearOne + uint64(n.bonus[0]))
}

// Score returns the score of two documents of the given days, whose vectors have the
// given [Dot].
func (n *Nearness) Score(dot uint32, a, b int32) uint32 { return raised(dot, n.of(a, b)) }

// Dot returns the greatest dot that gives no more than a score; it is the dot itself,
// or less than 1/65,536 of it off.
func (n *Nearness) Dot(score uint32, a, b int32) uint32 {
	return uint32(uint64(score) * nearOne / (nearOne + uint64(n.of(a, b))))
}

func raised(dot, bonus uint32) uint32 { return dot + uint32(uint64(dot)*uint64(bonus)/nearOne) }
