package text

import (
	"embed"
	"math"
	"slices"
	"strings"
	"sync"
	"unicode"
)

// Detect returns the base language of s: one of [Detected]; "und" if it is not
// sure, as for a text of a few names. It is meant for texts that do not say
// their language, and gives the same text the same language always.
//
// Scripts that one language writes decide alone. Among the others, stop words
// of the default settings count most, then how usual the triples of letters are
// in the language.
func Detect(s string) string { return detect(readable(s), nil) }

// DetectAmong returns which of a site's languages s is in. Of the languages given, as
// BCP 47 tags and at least one, it is the likeliest, however short s is; the first
// where nothing speaks for one of them. A text that is surely in another
// language, for which it takes [telling] words and a clear lead, or in a script that none of
// them is written in, is of the language that [Detect] finds. Without languages it is Detect.
func DetectAmong(s string, site []string) string {
	if len(site) == 0 {
		return Detect(s)
	}
	s = readable(s)
	lang, script := detect(s, nil), scriptOf(s)
	var may []string
	for _, tag := range site {
		base := BaseLanguage(tag)
		if lang == base && lang != "und" {
			return tag
		}
		if script == otherScript && !hasLetters(s) || script == writtenIn(base) || script == chineseScript && base == "ja" {
			may = append(may, base)
		}
	}
	switch {
	case len(may) == 0, lang != "und" && tells(s, script) && model().leads(s, lang, may):
		return lang
	case len(may) == 1:
		return tagOf(may[0], site)
	}
	return tagOf(detect(s, may), site)
}

const (
	telling    = 5    // words, from which on a text is evidence of its language
	characters = 20   // the same, of Chinese
	clearLead  = 20.0 // nats that another language is to be ahead of the site's by
)

// Tells reports whether s is long enough for the language that [Detect] finds to be
// evidence of what a site is written in.
func Tells(s string) bool {
	s = readable(s)
	return tells(s, scriptOf(s))
}

func tells(s string, script script) bool {
	switch script {
	case japaneseScript, koreanScript, greekScript, hebrewScript:
		return true // one language alone has it
	case chineseScript: // so may titles in Japanese be
		n := 0
		for _, r := range s {
			if unicode.Is(unicode.Han, r) {
				n++
			}
		}
		return n >= characters
	}
	n := 0
	for _, w := range strings.Fields(s) {
		if hasLetters(w) {
			n++
		}
	}
	return n >= telling
}

// tagOf returns the first tag of site of a base language, the language itself if there
// is none.
func tagOf(lang string, site []string) string {
	for _, tag := range site {
		if BaseLanguage(tag) == lang {
			return tag
		}
	}
	return lang
}

func hasLetters(s string) bool { return strings.ContainsFunc(s, unicode.IsLetter) }

// readable returns of s what its language is judged by.
func readable(s string) string { return compatible(cut(Plain(cut(s, 4*maxDetect)), maxDetect)) }

// Detected lists the base languages that [Detect] tells, in alphabetical order.
func Detected() []string {
	return strings.Fields("ar ca cs da de el en es fa fi fr he hu it ja ko nl no pl pt ro ru sv tr uk zh")
}

// detect returns the language of s; the likeliest of those of among, the first
// if nothing speaks for any, where that is not nil.
func detect(s string, among []string) string {
	script := scriptOf(s)
	if among != nil {
		return model().among(s, among)
	}
	switch script {
	case latinScript:
		return model().best(s, latin, fewNew)
	case cyrillicScript:
		switch {
		case strings.ContainsAny(s, "љњђћџѓќѕјЉЊЂЋЏЃЌЅЈ"): // Serbian, Macedonian
			return "und"
		case strings.ContainsAny(s, "іїєґІЇЄҐ"):
			if strings.ContainsAny(s, "ўыэёЎЫЭЁ") { // Belarusian, or two languages
				return "und"
			}
			return "uk"
		case strings.ContainsAny(s, "ўЎ"):
			return "und"
		}
		return model().best(s, func(lang string) bool { return lang == "ru" }, manyNew)
	case arabicScript:
		return arabicOrPersian(s)
	case greekScript:
		return "el"
	case hebrewScript:
		if strings.ContainsAny(s, "ױײװ") { // Yiddish
			return "und"
		}
		return "he"
	case chineseScript:
		return "zh"
	case japaneseScript:
		return "ja"
	case koreanScript:
		return "ko"
	}
	return "und"
}

// latin reports whether a language is written in Latin letters.
func latin(lang string) bool { return writtenIn(lang) == latinScript }

// arabicOrPersian tells the languages in Arabic letters: by letters that Arabic
// has not, which names alone do not make common, then by stop words, since Persian is
// also typed on Arabic keyboards.
func arabicOrPersian(s string) string {
	if strings.ContainsAny(s, "ٹڈڑںےۓھہۃڤڵڕۆێەټډړښڼۍې") { // Urdu, Kurdish, Pashto
		return "und"
	}
	letters, persian := 0, 0
	for _, r := range s {
		if unicode.Is(unicode.Arabic, r) {
			letters++
			if strings.ContainsRune("پچژگیک", r) {
				persian++
			}
		}
	}
	if persian*16 > letters { // six in a hundred; Persian has some fifteen
		return "fa"
	}
	stops := func(lang string) (n int) {
		list := stopForms()[lang]
		for _, w := range strings.FieldsFunc(s, func(r rune) bool { return !isWordRune(r) }) {
			if list[persianLetters(w)] {
				n++
			}
		}
		return n
	}
	if fa, ar := stops("fa"), stops("ar"); fa > ar {
		return "fa"
	}
	return model().best(s, func(lang string) bool { return lang == "ar" }, manyNew)
}

// stopForms are the stop words of Arabic and Persian, all in the letters of Persian,
// but for those that both have.
var stopForms = sync.OnceValue(func() map[string]map[string]bool {
	forms := map[string]map[string]bool{"ar": {}, "fa": {}}
	settings := DefaultSettings()
	for lang, list := range forms {
		for _, w := range settings.Stop[lang] {
			list[persianLetters(compatible(w))] = true
		}
	}
	for w := range forms["ar"] {
		if forms["fa"][w] {
			delete(forms["ar"], w)
			delete(forms["fa"], w)
		}
	}
	return forms
})

type script uint8

const (
	otherScript script = iota
	latinScript
	cyrillicScript
	arabicScript
	greekScript
	hebrewScript
	chineseScript
	japaneseScript
	koreanScript
)

// writtenIn returns the script of a base language: Latin unless it is known for
// another.
func writtenIn(lang string) script {
	switch lang {
	case "ru", "uk", "be", "bg", "sr", "mk", "kk", "ky", "mn", "tg":
		return cyrillicScript
	case "ar", "fa", "ur", "ps", "ckb", "ug", "sd":
		return arabicScript
	case "el":
		return greekScript
	case "he", "yi":
		return hebrewScript
	case "zh":
		return chineseScript
	case "ja":
		return japaneseScript
	case "ko":
		return koreanScript
	case "hi", "bn", "ta", "te", "mr", "gu", "kn", "ml", "pa", "si", "th", "lo", "km", "my", "ka", "hy", "am", "ne":
		return otherScript
	}
	return latinScript
}

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
		case unicode.Is(unicode.Greek, r):
			n[greekScript]++
		case unicode.Is(unicode.Hebrew, r):
			n[hebrewScript]++
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
	rarity    = 4.0  // nats that speak against a language of few sites, so that short texts of its neighbours stay sure
	fewNew    = 0.45 // share of triples, at most, that a language has never seen
	manyNew   = 0.7  // the same, where the letters leave little choice
)

// model is what Detect has learnt from the stop words and the vocabulary.
var model = sync.OnceValue(func() *triples {
	m := &triples{langs: learnt(), logs: map[[3]rune][]float64{}, stop: map[string][]bool{}}
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

// learnt lists the languages of the vocabulary.
func learnt() []string {
	langs := append(stemmed(), "ca", "cs", "pl")
	slices.Sort(langs)
	return langs
}

// A tally is what speaks for each language.
type tally struct {
	score []float64 // nats
	seen  []float64 // triples that the language has
	all   float64   // triples
}

func (m *triples) tally(s string) tally {
	t := tally{score: make([]float64, len(m.langs)), seen: make([]float64, len(m.langs))}
	for i, lang := range m.langs {
		switch lang {
		case "pl", "cs":
			t.score[i] = -rarity
		case "ca": // and Spanish is much like it
			t.score[i] = -2 * rarity
		}
	}
	words := strings.FieldsFunc(strings.ToLower(straight(s)), func(r rune) bool { return !unicode.IsLetter(r) && r != '\'' })
	for _, w := range words {
		if stop := m.stop[w]; stop != nil {
			for i := range t.score {
				if stop[i] {
					t.score[i] += stopBonus
				}
			}
		}
		for three := range triplesOf(w) {
			t.all++
			logs := m.logs[three]
			for i := range t.score {
				if logs != nil && logs[i] != 0 {
					t.score[i] += logs[i]
					t.seen[i]++
				} else {
					t.score[i] += m.unseen[i]
				}
			}
		}
	}
	return t
}

// best returns the likeliest of the languages that may be, "und" if another is
// nearly as likely or a greater share than strange of its triples is new to it.
func (m *triples) best(s string, may func(lang string) bool, strange float64) string {
	t := m.tally(s)
	first, second := -1, -1
	for i, lang := range m.langs {
		switch {
		case !may(lang):
		case first < 0 || t.score[i] > t.score[first]:
			first, second = i, first
		case second < 0 || t.score[i] > t.score[second]:
			second = i
		}
	}
	if t.all == 0 || t.seen[first] < (1-strange)*t.all {
		return "und"
	}
	if second >= 0 && t.score[first]-t.score[second] < margin {
		return "und"
	}
	return m.langs[first]
}

// leads reports whether a language is clearly likelier for s than all of langs that
// the model has learnt; so it is where there is none.
func (m *triples) leads(s, lang string, langs []string) bool {
	at := slices.Index(m.langs, lang)
	if at < 0 { // told by its script
		return true
	}
	t := m.tally(s)
	for _, other := range langs {
		if i := slices.Index(m.langs, other); i >= 0 && t.score[at]-t.score[i] < clearLead {
			return false
		}
	}
	return true
}

// among returns the likeliest of langs that the model has learnt, the first if
// none is clearly likelier. Where most triples of s are new to all of
// them it returns the first of langs, learnt or not.
func (m *triples) among(s string, langs []string) string {
	t := m.tally(s)
	first := ""
	best := 0.0
	for _, lang := range langs {
		i := slices.Index(m.langs, lang)
		if i < 0 || t.seen[i] < (1-fewNew)*t.all {
			continue
		}
		score := t.score[i]
		if lang == langs[0] {
			score += margin
		}
		if first == "" || score > best {
			first, best = lang, score
		}
	}
	if first == "" || t.all == 0 {
		return langs[0]
	}
	return first
}
