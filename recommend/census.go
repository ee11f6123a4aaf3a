package recommend

import "sync"

// A census numbers the terms of a corpus and counts the items that have each.
// It keeps nothing of their texts, since a corpus gives no reasons. Items may
// be added concurrently; once all are, the rest may be asked concurrently.
type census struct {
	prints prints
	mu     sync.Mutex
	slots  []slot // by fingerprint, or as soon after it as one was free; a power of two
	terms  int
	seen   uint64 // of no meaning; see add
}

// A slot is one term; number 0 is none.
type slot struct {
	print  fingerprint
	number uint32 // from 1, in the order of first sight
	df     uint32 // items with the term
}

func newCensus() *census {
	return &census{prints: newPrints(), slots: make([]slot, 1<<10)}
}

// add counts one more item, which has the terms of prints, and appends their
// numbers to dst.
func (c *census) add(dst []uint32, prints []fingerprint) []uint32 {
	c.mu.Lock()
	defer c.mu.Unlock()
	for 3*(c.terms+len(prints)) > 2*len(c.slots) {
		c.grow()
	}
	// Slots are far away in memory. In the loop below each would be waited for
	// in turn; these reads, whose sum the compiler must take for needed, go out
	// at once.
	for i := range prints {
		c.seen ^= c.slots[prints[i][0]&uint64(len(c.slots)-1)].print[0]
	}
	for i := range prints {
		s := c.slot(&prints[i])
		if s.number == 0 {
			c.terms++
			s.print, s.number = prints[i], uint32(c.terms)
		}
		s.df++
		dst = append(dst, s.number)
	}
	return dst
}

// slot returns where a term is, or would be put.
func (c *census) slot(print *fingerprint) *slot {
	for at := print[0]; ; at++ {
		s := &c.slots[at&uint64(len(c.slots)-1)]
		if s.number == 0 || s.print == *print {
			return s
		}
	}
}

func (c *census) grow() {
	old := c.slots
	c.slots = make([]slot, 2*len(old))
	for i := range old {
		if s := &old[i]; s.number > 0 {
			*c.slot(&s.print) = *s
		}
	}
}

// find appends the numbers of terms to dst. Those that no item has get numbers
// from the greatest down.
func (c *census) find(dst []uint32, prints []fingerprint) []uint32 {
	for i := range prints {
		n := c.slot(&prints[i]).number
		if n == 0 {
			n = ^uint32(i)
		}
		dst = append(dst, n)
	}
	return dst
}

// frequencies returns the number of items that have each term, by number.
func (c *census) frequencies() []uint32 {
	df := make([]uint32, c.terms+1)
	for i := range c.slots {
		df[c.slots[i].number] = c.slots[i].df
	}
	return df
}
