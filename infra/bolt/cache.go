package bolt

import (
	"math/rand/v2"
	"strings"
	"sync"

	"akin/recommend/store"
)

const (
	cacheBytes    = 64 << 20 // that cached rows take at most, roughly
	maxCached     = 64 << 10 // data of a row above which it is not cached
	admitOneIn    = 4        // of the rows read from the file, at random
	entryOverhead = 160      // bytes that a cached row takes beside its key and data
)

// A cache keeps rows that Get read, missing ones too: finding a row in the file
// takes some 1.5 µs, here a tenth of that. It takes in some rows at random, so
// that those asked for often soon are there and a walk over all of them costs
// little, and throws out at random.
//
// A row is taken out just before the commit that changes it can be seen in the
// file, and put in only if it was read after the last commit and none is under
// way. So nobody who has seen a row sees an older one later.
type cache struct {
	mu     sync.RWMutex
	commit int // number of the last commit, as bbolt counts; -1 while one is under way
	bytes  int
	rows   map[store.Key]value // read-only, data included; rev 0: no row
}

// lookup fills the rows that are cached and returns the indices of the others.
// The data is not copied.
func (c *cache) lookup(keys []store.Key, found []value) (missing []int) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	for i, k := range keys {
		v, ok := c.rows[k]
		if !ok {
			missing = append(missing, i)
			continue
		}
		found[i] = v
	}
	return missing
}

// add puts rows in that were read in a transaction which saw the given commit.
// The data is kept.
func (c *cache) add(commit int, keys []store.Key, found []value, read []int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if commit != c.commit {
		return
	}
	if c.rows == nil {
		c.rows = make(map[store.Key]value)
	}
	for _, i := range read {
		k, v := keys[i], found[i]
		if _, ok := c.rows[k]; ok {
			continue
		}
		k = store.Key{Part: strings.Clone(k.Part), Sort: strings.Clone(k.Sort)}
		c.rows[k] = v
		c.bytes += cost(k, v)
	}
	if c.bytes <= cacheBytes {
		return
	}
	for k, v := range c.rows { // in random order; some at a time, as starting costs most
		delete(c.rows, k)
		if c.bytes -= cost(k, v); c.bytes <= cacheBytes/16*15 {
			break
		}
	}
}

// admit returns those of the read rows that are to be added: one in oneIn.
func admit(oneIn uint32, found []value, read []int) []int {
	var some []int
	for _, i := range read {
		if len(found[i].data) <= maxCached && rand.Uint32N(oneIn) == 0 {
			some = append(some, i)
		}
	}
	return some
}

// changing takes rows out that the commit about to be made changes.
func (c *cache) changing(keys []store.Key) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.commit = -1
	if len(c.rows) == 0 {
		return
	}
	for _, k := range keys {
		if v, ok := c.rows[k]; ok {
			delete(c.rows, k)
			c.bytes -= cost(k, v)
		}
	}
}

// changed ends what changing began.
func (c *cache) changed(commit int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.commit = commit
}

// clear takes all rows out and lets none in before the next commit.
func (c *cache) clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.commit, c.bytes, c.rows = -1, 0, nil
}

func cost(k store.Key, v value) int {
	return len(k.Part) + len(k.Sort) + len(v.data) + entryOverhead
}
