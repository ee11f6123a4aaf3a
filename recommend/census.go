package recommend

import "sync"

// A census numbers the terms of a corpus and counts the items that have each.
// It keeps nothing of their texts, since a corpus gives no reasons. Terms may
// be added concurrently; once all are, all else may be asked concurrently.
type census struct {
	prints prints
	shards [64]censusShard // by fingerprint
}

type censusShard struct {
	mu      sync.Mutex
	numbers map[fingerprint]uint32 // within the shard
	df      []uint32               // by number within the shard
	_       [64]byte               // so that neighbours do not wait for each other's memory
}

func newCensus() *census {
	c := &census{prints: newPrints()}
	for i := range c.shards {
		c.shards[i].numbers = map[fingerprint]uint32{}
	}
	return c
}

// add counts a term of one more item and returns its number.
func (c *census) add(key string) uint32 {
	print := c.prints.of(key)
	at := uint32(print[0] % uint64(len(c.shards)))
	s := &c.shards[at]
	s.mu.Lock()
	defer s.mu.Unlock()
	n, ok := s.numbers[print]
	if !ok {
		n = uint32(len(s.df))
		s.numbers[print] = n
		s.df = append(s.df, 0)
	}
	s.df[n]++
	return n*uint32(len(c.shards)) + at
}

// find returns the number of a term, if an item has it.
func (c *census) find(key string) (uint32, bool) {
	print := c.prints.of(key)
	at := uint32(print[0] % uint64(len(c.shards)))
	n, ok := c.shards[at].numbers[print]
	return n*uint32(len(c.shards)) + at, ok
}

// df returns the number of items that have a term.
func (c *census) df(term uint32) int {
	n := uint32(len(c.shards))
	s := &c.shards[term%n]
	if term/n < uint32(len(s.df)) {
		return int(s.df[term/n])
	}
	return 0
}
