package engine

import (
	"hash/maphash"
	"math"
	"math/bits"
	"slices"
	"sync"
)

// A census gives terms numbers, from 0 in the order of first sight, and counts
// how often each was met. It keeps nothing of their texts. It is safe for
// concurrent use.
type census struct {
	prints prints
	mu     sync.RWMutex
	slots  []counted // by fingerprint, or as soon after it as one was free; a power of two
	terms  int
	seen   uint64 // of no meaning; see count
}

// A counted is a term of a census.
type counted struct {
	print  fingerprint
	number uint32
	times  uint32 // it was met, at most the greatest uint32; 0 in a slot that is free
}

func newCensus() *census {
	return &census{prints: newPrints(), slots: make([]counted, 1<<10)}
}

// name appends terms as the census knows them to dst, without number.
func (c *census) name(dst []counted, terms []termCount) []counted {
	for i := range terms {
		dst = append(dst, counted{print: c.prints.of(terms[i].key)})
	}
	return dst
}

// count counts terms, which are distinct, and fills in what is then known of
// them.
func (c *census) count(terms []counted) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for 3*(c.terms+len(terms)) > 2*len(c.slots) {
		c.grow()
	}
	// Slots are far away in memory. In the loop below each would be waited for
	// in turn; these reads, whose sum the compiler must take for needed, go out
	// at once.
	for i := range terms {
		c.seen ^= c.slots[terms[i].print[0]&uint64(len(c.slots)-1)].print[0]
	}
	for i := range terms {
		s := c.slot(&terms[i].print)
		if s.times == 0 {
			s.print, s.number = terms[i].print, uint32(c.terms)
			c.terms++
		}
		s.times += min(1, math.MaxUint32-s.times) // a slot never looks free again
		terms[i] = *s
	}
}

// find fills in what is known of terms. Those that were never counted get
// numbers from the greatest down.
func (c *census) find(terms []counted) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	for i := range terms {
		if s := c.slot(&terms[i].print); s.times > 0 {
			terms[i] = *s
		} else {
			terms[i].number = ^uint32(i)
		}
	}
}

// slot returns where a term is, or would be put.
func (c *census) slot(print *fingerprint) *counted {
	for at := print[0]; ; at++ {
		s := &c.slots[at&uint64(len(c.slots)-1)]
		if s.times == 0 || s.print == *print {
			return s
		}
	}
}

func (c *census) grow() {
	old := c.slots
	c.slots = make([]counted, 2*len(old))
	for i := range old {
		if s := &old[i]; s.times > 0 {
			*c.slot(&s.print) = *s
		}
	}
}

// times returns how often each term was met, by number.
func (c *census) times() []uint32 {
	c.mu.RLock()
	defer c.mu.RUnlock()
	times := make([]uint32, c.terms)
	for i := range c.slots {
		if s := &c.slots[i]; s.times > 0 {
			times[s.number] = s.times
		}
	}
	return times
}

// A fingerprint stands for a term. With 128 bits, two of a billion terms have
// the same one with a chance of about 1 in 10^21.
type fingerprint [2]uint64

// prints makes fingerprints that mean something within one process only.
type prints [2]maphash.Seed

func newPrints() prints { return prints{maphash.MakeSeed(), maphash.MakeSeed()} }

func (p *prints) of(key string) fingerprint {
	return fingerprint{maphash.String(p[0], key), maphash.String(p[1], key)}
}

// A twice tells terms that were met at least twice from most of those that were met
// once, in some bits a term: a Bloom filter (Bloom 1970, "Space/time trade-offs in
// hash coding with allowable errors") of those met, and one of those met again,
// each with one hash. What was met twice is always kept. It is safe for
// concurrent use.
type twice struct {
	seed       maphash.Seed
	mu         sync.Mutex
	once, more []uint64 // bits by hash, as many words in each; a power of two
}

// newTwice returns one with room for the terms of so many items: a bit for each of
// 4,096 terms an item, 64 MB at most.
func newTwice(items int) *twice {
	words := 1 << bits.Len(uint(min(max(items, 1), 1<<16)<<12/64-1))
	return &twice{seed: maphash.MakeSeed(), once: make([]uint64, words), more: make([]uint64, words)}
}

// meet notes terms, which are distinct.
func (m *twice) meet(terms []termCount) {
	hashes := make([]uint64, len(terms))
	for i := range terms {
		hashes[i] = maphash.String(m.seed, terms[i].key)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, h := range hashes {
		at, bit := h>>6&uint64(len(m.once)-1), uint64(1)<<(h&63)
		m.more[at] |= m.once[at] & bit
		m.once[at] |= bit
	}
}

// keep takes the terms out that were not met twice, in place.
func (m *twice) keep(terms []termCount) []termCount {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.DeleteFunc(terms, func(t termCount) bool {
		h := maphash.String(m.seed, t.key)
		return m.more[h>>6&uint64(len(m.more)-1)]&(1<<(h&63)) == 0
	})
}
