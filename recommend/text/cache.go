package text

import (
	"encoding/binary"
	"hash/maphash"
	"strings"
	"sync/atomic"
)

const (
	cacheSize  = 1 << 18 // words, of some 200 bytes each
	firstSlots = 1 << 11 // slots of a cache that has not made half as many words yet
)

// A cache holds words by language and print. It is bounded by construction: a
// word has two slots to be in, and takes the place of whatever is there. What
// it has forgotten is made again, the same; so it never changes a result.
//
// Whoever reads a few texts only, as most starts of a program do, makes few words,
// and need not have two megabytes cleared and looked through for garbage.
type cache struct {
	seed  maphash.Seed
	size  int                                    // slots at most, a power of 2 above firstSlots
	slots atomic.Pointer[[]atomic.Pointer[word]] // firstSlots or size of them
	made  atomic.Int64                           // words, while there are firstSlots
}

func newCache(size int) *cache {
	c := &cache{seed: maphash.MakeSeed(), size: size}
	slots := make([]atomic.Pointer[word], firstSlots)
	c.slots.Store(&slots)
	return c
}

// word returns the meaning of the token s in l.
func (c *cache) word(l *language, s string) *word {
	if len(s) > maxToken {
		s = cut(s, maxToken)
	}
	h := maphash.String(c.seed, s) ^ l.salt
	slots := *c.slots.Load()
	mask := uint64(len(slots) - 1)
	first := &slots[h&mask]
	w := first.Load()
	if w != nil && w.lang == l.salt && w.text == s {
		return w
	}
	second := &slots[(h>>32)&mask]
	if w := second.Load(); w != nil && w.lang == l.salt && w.text == s {
		return w
	}
	made := l.word(strings.Clone(s))
	if w == nil {
		first.Store(made)
	} else {
		second.Store(made)
	}
	if len(slots) == firstSlots && c.made.Add(1) == firstSlots/2 {
		all := make([]atomic.Pointer[word], c.size)
		c.slots.Store(&all)
	}
	return made
}

// nearLength is how many bytes a token may have that near knows.
const nearLength = 16

// near is a small cache before the large one, for one reader: of the tokens of
// up to 16 bytes, which are most. It knows them by their bytes in two numbers,
// and so saves hashing and comparing strings, and most of the way to memory.
// Readers of several languages by turns share its places among them.
type near [4096]struct {
	text [2]uint64
	w    *word
}

// word returns the meaning in l of the first n bytes of s, which has 16, or no
// more than eight of eight.
func (f *near) word(c *cache, l *language, s string, n int) *word {
	text := [2]uint64{binary.LittleEndian.Uint64([]byte(s[:8]))} // no token holds NUL
	if n <= 8 {
		text[0] <<= 8 * (8 - n)
	} else {
		text[1] = binary.LittleEndian.Uint64([]byte(s[8:16])) << (8 * (16 - n))
	}
	slot := &f[(text[0]*0x9e3779b97f4a7c15+text[1]*0xd6e8feb86659fd93)>>52]
	if slot.text != text || slot.w.lang != l.salt {
		slot.text, slot.w = text, c.word(l, s[:n])
	}
	return slot.w
}
