package text

import (
	"strings"
	"sync"
	"unicode"
)

// Detect returns the language of s, "und" if it is not sure: "zh", "ja", "ko"
// or one of [Stemmed]. It goes by the script and by the stop words of the
// default settings, always the same way for the same text.
func Detect(s string) string {
	s = Plain(s)
	var latin, cyrillic, han, kana, hangul, arabic, tamil int
	for _, r := range s {
		switch {
		case r < 0x80:
			if isLetter(byte(r)) {
				latin++
			}
		case unicode.Is(unicode.Latin, r):
			latin++
		case unicode.Is(unicode.Cyrillic, r):
			cyrillic++
		case unicode.Is(unicode.Han, r):
			han++
		case unicode.In(r, unicode.Hiragana, unicode.Katakana):
			kana++
		case unicode.Is(unicode.Hangul, r):
			hangul++
		case unicode.Is(unicode.Arabic, r):
			arabic++
		case unicode.Is(unicode.Tamil, r):
			tamil++
		}
	}
	switch most := max(latin, cyrillic, han+kana, hangul, arabic, tamil); {
	case most == 0:
		return "und"
	case most == han+kana && kana*10 >= han:
		return "ja"
	case most == han+kana:
		return "zh"
	case most == hangul:
		return "ko"
	case most == tamil:
		return "ta"
	}
	votes := map[string]int{}
	index := stopIndex()
	for _, w := range strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !isWordRune(r) }) {
		for _, lang := range index[w] {
			votes[lang]++
		}
	}
	best, second, lang := 0, 0, "und"
	for _, l := range Stemmed() {
		switch n := votes[l]; {
		case n > best:
			best, second, lang = n, best, l
		case n > second:
			second = n
		}
	}
	if best == second {
		return "und"
	}
	return lang
}

// stopIndex maps stop words of the default settings to their languages.
var stopIndex = sync.OnceValue(func() map[string][]string {
	index := map[string][]string{}
	s := DefaultSettings()
	for _, lang := range Stemmed() {
		for _, w := range s.Stop[lang] {
			index[w] = append(index[w], lang)
		}
	}
	return index
})
