package text

import (
	"embed"
	"math"
	"strings"
	"sync"
	"unicode"
)

// Detect returns the base language of s: one of [Stemmed], "zh", "ja" or "ko";
// "und" if it is not sure, as for a text of a few names. It is meant for texts
// that do not say their language, and gives the same text the same language
// always.
//
// Scripts that one language writes decide alone. Among the others, stop words
// of the default settings count most, then how usual the triples of letters are
// in the language.
func Detect(s string) string {
	s = cut(Plain(cut(s, 4*maxDetect)), maxDetect)
	switch script := scriptOf(s); script {
	case latinScript:
		return model().best(s, func(lang string) bool { return lang != "ru" && lang != "ar" }, fewNew)
	case cyrillicScript:
		if strings.ContainsAny(s, "іїєґўљњђћџѓќѕјІЇЄҐЎЉЊЂЋЏЃЌЅЈ") { // Ukrainian, Belarusian, Serbian, Macedonian
			return "und"
		}
		return model().best(s, func(lang string) bool { return lang == "ru" }, manyNew)
	case arabicScript:
		if strings.ContainsAny(s, "پچژگیکےڑٹۓ") { // Persian, Urdu
			return "und"
		}
		return model().best(s, func(lang string) bool { return lang == "ar" }, manyNew)
	case chineseScript:
		return "zh"
	case japaneseScript:
		return "ja"
	case koreanScript:
		return "ko"
	}
	return "und"
}

type script uint8

const (
	otherScript script = iota
	latinScript
	cyrillicScript
	arabicScript
	chineseScript
	japaneseScript
	koreanScript
)

// scriptOf returns the script of most of s. A character of Chinese, Japanese or
// Korean counts for three letters, since it says as much, and names in Latin
// letters are common between them.
func scriptOf(s string) script {
	var n [koreanScript + 1]int
	kana := 0
	for _, r := range s {
		switch {
		case r < 0x80:
			if isLetter(byte(r)) {
				n[latinScript]++
			}
		case unicode.Is(unicode.Latin, r):
			n[latinScript]++
		case unicode.Is(unicode.Cyrillic, r):
			n[cyrillicScript]++
		case unicode.Is(unicode.Arabic, r):
			n[arabicScript]++
		case unicode.Is(unicode.Han, r):
			n[chineseScript] += 3
		case unicode.In(r, unicode.Hiragana, unicode.Katakana):
			n[chineseScript] += 3
			kana += 3
		case unicode.Is(unicode.Hangul, r):
			n[koreanScript] += 3
		case unicode.IsLetter(r):
			n[otherScript]++
		}
	}
	most := otherScript
	for i := range n {
		if n[i] > n[most] {
			most = script(i)
		}
	}
	if most == chineseScript && kana*10 >= n[chineseScript] {
		return japaneseScript
	}
	return most
}

//go:embed vocabulary
var vocabulary embed.FS

// A triples is how usual three letters in a row are in each language.
type triples struct {
	langs  []string
	logs   map[[3]rune][]float64 // log probability by language; 0 if it has none
	unseen []float64             // log probability of those without, by language
	stop   map[string][]bool     // by language
}

const (
	maxDetect = 4096 // bytes that are looked at
	stopBonus = 5.0  // nats that a stop word gives its languages
	smoothing = 0.3  // added to every count
	margin    = 4.0  // nats that the best is to be ahead of the second by
	fewNew    = 0.45 // share of triples, at most, that a language has never seen
	manyNew   = 0.7  // the same, where the letters leave little choice
)

// model is what Detect has learnt from the stop words and the vocabulary.
var model = sync.OnceValue(func() *triples {
	m := &triples{langs: Stemmed(), logs: map[[3]rune][]float64{}, stop: map[string][]bool{}}
	totals := make([]float64, len(m.langs))
	learn := func(lang int, word string) {
		for t := range triplesOf(word) {
			if m.logs[t] == nil {
				m.logs[t] = make([]float64, len(m.langs))
			}
			m.logs[t][lang]++
			totals[lang]++
		}
	}
	settings := DefaultSettings()
	for i, lang := range m.langs {
		data, err := vocabulary.ReadFile("vocabulary/" + lang + ".txt")
		if err != nil {
			panic(err) // the files are part of the program
		}
		for _, w := range strings.Fields(string(data)) {
			learn(i, w)
		}
		for _, w := range settings.Stop[lang] {
			w = strings.ToLower(w)
			learn(i, w)
			if m.stop[w] == nil {
				m.stop[w] = make([]bool, len(m.langs))
			}
			m.stop[w][i] = true
		}
	}
	for i := range m.langs { // from here on logs holds no counts
		n := totals[i] + smoothing*float64(len(m.logs))
		for _, counts := range m.logs {
			if counts[i] > 0 {
				counts[i] = math.Log((counts[i] + smoothing) / n)
			}
		}
		m.unseen = append(m.unseen, math.Log(smoothing/n))
	}
	return m
})

// triplesOf yields every three letters in a row of word, spaces around it
// included.
func triplesOf(word string) func(yield func([3]rune) bool) {
	return func(yield func([3]rune) bool) {
		t := [3]rune{0, 0, ' '}
		for i, r := range word + " " {
			t = [3]rune{t[1], t[2], r}
			if i > 0 && !yield(t) {
				return
			}
		}
	}
}

// best returns the likeliest of the languages that may be, "und" if another is
// nearly as likely or a greater share than strange of its triples is new to it.
func (m *triples) best(s string, may func(lang string) bool, strange float64) string {
	score := make([]float64, len(m.langs))
	seen := make([]float64, len(m.langs))
	all := 0.0
	words := strings.FieldsFunc(strings.ToLower(straight(s)), func(r rune) bool { return !unicode.IsLetter(r) && r != '\'' })
	for _, w := range words {
		if stop := m.stop[w]; stop != nil {
			for i := range score {
				if stop[i] {
					score[i] += stopBonus
				}
			}
		}
		for t := range triplesOf(w) {
			all++
			logs := m.logs[t]
			for i := range score {
				if logs != nil && logs[i] != 0 {
					score[i] += logs[i]
					seen[i]++
				} else {
					score[i] += m.unseen[i]
				}
			}
		}
	}
	first, second := -1, -1
	for i, lang := range m.langs {
		switch {
		case !may(lang):
		case first < 0 || score[i] > score[first]:
			first, second = i, first
		case second < 0 || score[i] > score[second]:
			second = i
		}
	}
	if all == 0 || seen[first] < (1-strange)*all {
		return "und"
	}
	if second >= 0 && score[first]-score[second] < margin {
		return "und"
	}
	return m.langs[first]
}
