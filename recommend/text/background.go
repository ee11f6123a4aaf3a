package text

import (
	_ "embed"
	"encoding/binary"
	"slices"
	"strings"
	"sync"
)

// GeneralTable is the number of the table that [General] reads. A generation
// notes it, since vectors depend on it: a table with other words gets another
// number, and the old one stays beside it.
const GeneralTable = 1

// General returns how many of 10,000 texts of general language, of 100 words each,
// have the term of a key; 0 for what the table lacks, and for what is no single
// word. It is safe for concurrent use, and the same on every machine.
//
// The shares are estimates, made from the order in which a tokenizer learnt its
// words from texts of many languages: word number r is taken to come 2,000,000 /
// r^1.1 times in a million words, which is Zipf's law (Zipf 1949, "Human Behavior
// and the Principle of Least Effort") with the slope that English has there; and
// what comes with the frequency p stands in a text of 100 words with the chance
// 1 - e^(-100 p). One table serves all languages, as tokenizers do not tell them
// apart: a stem has the frequencies of all words that have it in any of them.
// `make background` makes the table; NOTICE names its source.
func General(key string) int {
	lang, stem, ok := strings.Cut(key, ":")
	if !ok || stem == "" || strings.HasPrefix(lang, "#") || strings.HasPrefix(lang, "@") {
		return 0
	}
	t := general()
	at, found := slices.BinarySearch(t.prints, wordPrint(stem))
	if !found {
		return 0
	}
	return shareOf(t.levels[at])
}

// A table holds stems by their prints, ascending.
type table struct {
	prints []uint32
	levels []byte
}

// wordPrint is FNV-1a (Fowler, Noll and Vo 1991), folded to 28 bits. One in 2,600 of
// the stems that the table lacks has the print of one in it, and loses a little
// weight.
func wordPrint(stem string) uint32 {
	h := uint64(14695981039346656037)
	for i := range len(stem) {
		h = (h ^ uint64(stem[i])) * 1099511628211
	}
	return uint32(h>>28^h) & (1<<28 - 1)
}

// shareOf is the share of a level from 0 to 13, in 10,000ths: 8,000 for the first,
// and each time half of that.
func shareOf(level byte) int { return max(8000>>level, 1) }

//go:embed background/general.bin
var generalBytes []byte

// general reads the table of the program: how much greater each print is than the
// one before, in the bits above the four of its level.
var general = sync.OnceValue(func() table {
	n := 0
	for _, b := range generalBytes {
		if b < 0x80 {
			n++
		}
	}
	t := table{make([]uint32, n), make([]byte, n)}
	print, b := uint32(0), generalBytes
	for i := range t.prints {
		v, size := binary.Uvarint(b)
		b = b[size:]
		print += uint32(v >> 4)
		t.prints[i], t.levels[i] = print, byte(v&15)
	}
	return t
})
