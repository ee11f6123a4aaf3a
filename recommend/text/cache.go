package text

import (
	"hash/maphash"
	"strings"
	"sync/atomic"
)

const cacheSize = 1 << 18 // words, of some 200 bytes each

// A cache holds words by language and print. It is bounded by construction: a
// word has two slots to be in, and takes the place of whatever is there. What
// it has forgotten is made again, the same; so it never changes a result.
type cache struct {
	seed  maphash.Seed
	slots []atomic.Pointer[word]
}

func newCache() *cache {
	return &cache{seed: maphash.MakeSeed(), slots: make([]atomic.Pointer[word], cacheSize)}
}

// word returns the meaning of the token s in l.
func (c *cache) word(l *language, s string) *word {
	if len(s) > maxToken {
		s = cut(s, maxToken)
	}
	h := maphash.String(c.seed, s) ^ l.salt
	first := &c.slots[h%cacheSize]
	w := first.Load()
	if w != nil && w.lang == l.salt && w.text == s {
		return w
	}
	second := &c.slots[(h>>32)%cacheSize]
	if w := second.Load(); w != nil && w.lang == l.salt && w.text == s {
		return w
	}
	made := l.word(strings.Clone(s))
	if w == nil {
		first.Store(made)
	} else {
		second.Store(made)
	}
	return made
}
