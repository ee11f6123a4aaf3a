package text

import (
	"strings"
	"sync"
	"unicode"
)

// Shape returns s without case, accents and signs, and with "#" in place of numbers,
// numerals, months and days of the week: what the titles of a series have in common,
// "weekly notes #" of "Weekly notes: 12" and of "Weekly Notes (March 2024)".
func Shape(s string) string {
	dates := dateWords()
	var shape []string
	for _, w := range strings.FieldsFunc(compatible(Plain(s)), func(r rune) bool { return !isWordRune(r) }) {
		low := fold(strings.ToLower(w))
		if strings.ContainsFunc(w, unicode.IsDigit) || isRoman(w) || dates[low] == anyCase || dates[low] == capitalOnly && w != strings.ToLower(w) {
			if n := len(shape); n > 0 && shape[n-1] == "#" {
				continue
			}
			low = "#"
		}
		shape = append(shape, low)
	}
	return strings.Join(shape, " ")
}

const (
	anyCase     = 1
	capitalOnly = 2
)

// dateWords are the months and days of the default settings, of all languages,
// folded. Those that a language writes with a capital may be other words without
// it: "march".
var dateWords = sync.OnceValue(func() map[string]int {
	m := map[string]int{}
	for _, entries := range DefaultSettings().Dates {
		for _, e := range entries {
			low := fold(strings.ToLower(e))
			if e == strings.ToLower(e) {
				m[low] = anyCase
			} else if m[low] == 0 {
				m[low] = capitalOnly
			}
		}
	}
	return m
})

// Counts reports whether a word of a shape, in a language, is one that numbers are put
// after to count parts of something: "part", "episode".
func Counts(lang, word string) bool { return counterWords()[lang+" "+word] }

// counterWords are the counters of the default settings by language, folded.
var counterWords = sync.OnceValue(func() map[string]bool {
	m := map[string]bool{}
	for lang, entries := range DefaultSettings().Counters {
		for _, e := range entries {
			for w := range strings.FieldsSeq(e) {
				m[lang+" "+fold(strings.ToLower(w))] = true
			}
		}
	}
	return m
})
