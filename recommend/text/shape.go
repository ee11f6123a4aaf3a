package text

import (
	"slices"
	"strings"
	"sync"
	"unicode"
)

// Shape returns s without case, accents and signs, and with "#" in place of numbers,
// numerals, months and days of the week: what the titles of a series have in common,
// "weekly notes #" of "Weekly notes: 12" and of "Weekly Notes (March 2024)". Beside
// a word that counts, a letter or a number in words is one too: "Volume B", "Part
// two". In scripts without spaces numbers stand apart: "港口周报第 # 期" of "港口周报第3期".
func Shape(s string) string { return strings.Join(shapeOf(s), " ") }

// ShapeWords returns the different words of the shape of s without "#", ascending. What is
// written without spaces is parted into pairs of characters.
func ShapeWords(s string) []string {
	var words []string
	for _, w := range shapeOf(s) {
		if runes := []rune(w); len(runes) > 2 && pairedScript(runes[0]) {
			for i := range len(runes) - 1 {
				words = append(words, string(runes[i:i+2]))
			}
			continue
		}
		if w != "#" {
			words = append(words, w)
		}
	}
	slices.Sort(words)
	return slices.Compact(words)
}

func shapeOf(s string) []string {
	dates := dateWords()
	var shape []string
	add := func(w string) {
		if n := len(shape); w != "#" || n == 0 || shape[n-1] != "#" {
			shape = append(shape, w)
		}
	}
	words := strings.FieldsFunc(compatible(Plain(s)), func(r rune) bool { return !isWordRune(r) })
	for i, w := range words {
		if strings.ContainsFunc(w, pairedScript) {
			unspaced(w, add)
			continue
		}
		low := fold(strings.ToLower(w))
		if strings.ContainsFunc(w, unicode.IsDigit) || isRoman(w) || dates[low] == anyCase || dates[low] == capitalOnly && w != strings.ToLower(w) ||
			w == "I" && i > 0 && i == len(words)-1 ||
			i > 0 && counts(words[i-1]) && (len(w) == 1 && unicode.IsUpper(rune(w[0])) || numberWords()[low]) ||
			i+1 < len(words) && numberWords()[low] && counts(words[i+1]) {
			low = "#"
		}
		add(low)
	}
	return shape
}

// unspaced hands out the parts of what is written without spaces, numbers apart.
func unspaced(w string, add func(string)) {
	const numerals = "〇零一二三四五六七八九十百千两"
	var part []rune
	end := func() {
		if len(part) > 0 {
			add(fold(strings.ToLower(string(part))))
		}
		part = part[:0]
	}
	counted := false // behind what numbers are put after
	for _, r := range w {
		if unicode.IsDigit(r) || counted && strings.ContainsRune(numerals, r) {
			end()
			add("#")
			continue
		}
		counted = r == '第'
		part = append(part, r)
	}
	end()
}

// counts reports whether a word is one that numbers are put after, in any language.
func counts(word string) bool { return counterWords()[" "+fold(strings.ToLower(word))] }

// numberWords are numbers up to ten in words, folded, in languages that have counters.
var numberWords = sync.OnceValue(func() map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(`one two three four five six seven eight nine ten
		first second third fourth fifth sixth seventh eighth ninth tenth
		eins zwei drei vier funf sechs sieben acht neun zehn
		erste zweite dritte vierte funfte sechste siebte achte neunte zehnte erster zweiter dritter vierter funfter sechster siebter achter neunter zehnter
		un une deux trois quatre cinq sept huit neuf dix premier premiere deuxieme troisieme quatrieme cinquieme sixieme septieme huitieme neuvieme dixieme
		uno dos tres cuatro cinco seis siete ocho nueve diez primera segunda tercera cuarta quinta sexta septima octava novena decima
		primer primero segundo tercer tercero cuarto quinto sexto septimo octavo noveno decimo
		due tre quattro cinque sei sette otto nove dieci prima seconda terza quarta sesta settima ottava nona
		um dois duas quatro sete oito dez primeira primeiro terceira terceiro setima setimo oitava oitavo decimo`) {
		m[w] = true
	}
	return m
})

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

// counterWords are the counters of the default settings by language, folded; without
// a language, those of all.
var counterWords = sync.OnceValue(func() map[string]bool {
	m := map[string]bool{}
	for lang, entries := range DefaultSettings().Counters {
		for _, e := range entries {
			for w := range strings.FieldsSeq(e) {
				low := fold(strings.ToLower(w))
				m[lang+" "+low], m[" "+low] = true, true
			}
		}
	}
	return m
})
