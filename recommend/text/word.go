package text

import (
	"hash/maphash"
	"strings"
	"sync/atomic"
	"unicode"
	"unicode/utf8"
)

type class uint8

const (
	nothing class = iota // punctuation and the like; parts words
	space                // white space beyond ASCII
	stop                 // a word without meaning of its own
	content              // a word
	acronym              // several capitals
	number               // digits, or a Roman numeral
	mixed                // letters and digits: "G20"
	several              // parts, to be taken one by one
	paired               // a character of a script without spaces
)

// A word is what one printed token means in one language. It does not change,
// so that all who meet the token share it.
type word struct {
	lang, text string // the token as printed: what the cache goes by
	class      class
	norm       string // look-up form of phrases
	stem       string // its part in the key of a pair
	lower      Term   // the term of the language, spelt in small letters
	printed    Term   // the same, spelt as printed
	shared     Term   // the term of all languages; no key if there is none
	starts     []*phrase
	parts      []*word
	prefix     string // in lower case, if it is one
	letters    int    // how many, at most 255
	capital    bool   // starts with a capital
	caps       bool   // nothing but capitals
	single     bool   // one cased letter
	dotted     bool   // "U.S", "e.g": a full stop after it ends nothing
	abbrev     bool   // so does one after this
	unit       bool
	date       bool
	year       bool  // 1500 to 2199
	namable    bool  // a number that may belong to a name
	sign       byte  // for punctuation, the ASCII sign that it is read as
	small      *word // for a word in capitals: what it is where all is in capitals
}

const (
	maxToken   = 56  // bytes of a token that count
	maxKey     = 64  // bytes
	maxSurface = 128 // bytes
	cacheSize  = 1 << 16
)

// A cache holds words by language and print. It is bounded by construction: a
// word has one of two slots, and takes the place of whatever is there. What it
// has forgotten is made again, the same; so it never changes a result.
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
	if w := first.Load(); w != nil && w.text == s && w.lang == l.code {
		return w
	}
	second := &c.slots[(h>>32)%cacheSize]
	if w := second.Load(); w != nil && w.text == s && w.lang == l.code {
		return w
	}
	w := l.word(strings.Clone(s))
	if first.Load() == nil {
		first.Store(w)
	} else {
		second.Store(w)
	}
	return w
}

// word returns what the token s means in l.
func (l *language) word(s string) *word {
	w := &word{lang: l.code, text: s}
	r, _ := utf8.DecodeRuneInString(s)
	switch {
	case unicode.IsSpace(r):
		w.class = space
		return w
	case pairedScript(r):
		w.class = paired
		l.term(w, s, s)
		return w
	}
	t := strings.Trim(straight(s), "_'")
	if !strings.ContainsFunc(t, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) {
		w.sign = asciiSign(r)
		return w
	}
	l.shape(w, t)
	return w
}

// asciiSign returns the ASCII sign that the sign r is read as.
func asciiSign(r rune) byte {
	switch r {
	case '‐', '‑', '–', '−':
		return '-'
	case '…', '。', '．', '！', '？', '؟', '।', '\u2028', '\u2029':
		return '!'
	case '“', '«', '„', '‹', '¿', '¡', '「', '『':
		return '('
	case '’', '‘', '\'':
		return '\''
	case '—', '―', '⸺':
		return '_'
	}
	return ','
}

// shape fills in w, whose print, without what does not belong to it, is t.
func (l *language) shape(w *word, t string) {
	if p := l.split(t); p != nil {
		w.class = several
		w.parts = l.words(p)
		return
	}
	low := l.lower(t)
	w.norm = l.norm(t)
	w.starts = l.starts[w.norm]
	if l.stop.has(low, t) { // a contraction, before it is taken apart
		w.class = stop
		l.term(w, t, low)
		return
	}
	t = l.bare(t, low)
	low = l.lower(t)
	w.norm = l.norm(t)
	w.starts = l.starts[w.norm]
	l.count(w, t)
	w.abbrev = l.abbreviations.has(w.norm, t)
	w.unit = l.units.has(low, t)
	w.date = l.dates.has(low, t)
	if l.prefixes.has(low, t) {
		w.prefix = low
	}
	first, _ := utf8.DecodeRuneInString(t)
	switch dotted := strings.Contains(t, "."); {
	case l.joinedTo(w, t):
	case l.protected.has(low, t):
		w.class = content
		w.stem = fold(low)
		w.lower = Term{key(l.code, w.stem), low, Word}
		w.printed = Term{w.lower.Key, t, Word}
		w.shared = Term{key("", w.stem), t, Name}
	case unicode.IsDigit(first) && isNumber(t):
		w.class = number
		w.stem = fold(low)
		w.printed.Surface = t
		w.namable = !strings.ContainsAny(t, ",٬٫") && (len(t) <= 4 || dotted)
		w.year = len(t) == 4 && !dotted && t >= "1500" && t < "2200"
	case strings.ContainsFunc(t, unicode.IsDigit):
		l.alphanumeric(w, t, low)
	case dotted && !w.caps: // "e.g", "a.m"
		w.class, w.dotted = stop, true
	case isRoman(t):
		w.class, w.namable = number, true
		w.stem = low
		w.printed.Surface = t
	case w.caps && w.letters > 1:
		l.acronym(w, t, low)
	case w.letters == 1 && (unicode.IsUpper(first) || unicode.IsLower(first)):
		w.class, w.single = stop, true
		l.term(w, t, low)
	case l.stop.has(low, t) || w.date:
		w.class = stop
		l.term(w, t, low)
	default:
		w.class = content
		l.term(w, t, low)
		w.parts = l.words(camel(t))
	}
}

// words returns what the parts of a token mean.
func (l *language) words(parts []string) []*word {
	var ws []*word
	for _, p := range parts {
		ws = append(ws, l.word(p))
	}
	return ws
}

// term gives w the terms of the word t, low in lower case.
func (l *language) term(w *word, t, low string) {
	w.stem = l.stemOf(low)
	w.lower = Term{key(l.code, w.stem), low, Word}
	w.printed = Term{w.lower.Key, t, Word}
	if w.capital {
		w.shared = Term{key("", strings.ReplaceAll(fold(low), "'", "")), t, Name}
	}
}

// joinedTo gives w the term that the settings join t to, if they do.
func (l *language) joinedTo(w *word, t string) bool {
	for _, syn := range l.joined[w.norm] {
		if !capitalsFit(syn.entry, t) {
			continue
		}
		w.class, w.stem, w.dotted = content, syn.to.stem, strings.Contains(t, ".")
		low := l.lower(t)
		if w.caps && w.letters > 1 {
			if !w.dotted {
				w.small = l.smaller(w, t, low)
			}
			low = t
		}
		if w.dotted {
			t += "."
			low += "."
		}
		if syn.to.kind == Acronym {
			w.class = acronym
			w.shared = Term{syn.to.key, t, Acronym}
			return true
		}
		w.lower = Term{syn.to.key, low, syn.to.kind}
		w.printed = Term{syn.to.key, t, syn.to.kind}
		return true
	}
	return false
}

// acronym makes w the acronym t, or the several words that t stands for where
// stop words are in capitals for the sake of it.
func (l *language) acronym(w *word, t, low string) {
	w.dotted = strings.Contains(t, ".")
	if !w.dotted {
		w.small = l.smaller(w, t, low)
		if w.small.class == stop && !l.acronyms.has(w.norm, t) {
			*w = *w.small
			return
		}
	}
	w.class = acronym
	bare := strings.TrimSuffix(strings.ReplaceAll(t, ".", ""), "s")
	w.stem = strings.ToUpper(fold(l.lower(bare)))
	surface := strings.TrimSuffix(t, "s")
	if w.dotted {
		surface += "."
	}
	w.shared = Term{key("", fold(l.lower(bare))), surface, Acronym}
	if w.letters >= longAcronym && !w.dotted {
		w.lower = Term{w.small.lower.Key, t, Word}
	}
}

// smaller returns what the word t in capitals is where they mean nothing.
func (l *language) smaller(w *word, t, low string) *word {
	small := &word{lang: l.code, text: t, norm: w.norm, starts: w.starts, letters: w.letters, prefix: w.prefix, caps: true}
	small.class = content
	if l.stop.has(low, t) || l.dates.has(low, t) || w.letters < 2 {
		small.class = stop
	}
	l.term(small, low, low)
	return small
}

// longAcronym is the number of letters from which a word in capitals may as well
// be a word that is shouted, and counts as both.
const longAcronym = 7

// alphanumeric makes w what letters and digits in one make: a name ("G20",
// "mp3") or a quantity ("15km", "21st", "1990s").
func (l *language) alphanumeric(w *word, t, low string) {
	rest := strings.TrimLeftFunc(low, func(r rune) bool { return unicode.IsDigit(r) || r == '.' || r == ',' })
	if rest != low && l.units.has(rest, rest) {
		w.class = number
		w.stem = fold(low)
		return
	}
	w.class = mixed
	w.stem = strings.ToUpper(fold(low))
	w.shared = Term{key("", fold(low)), t, Acronym}
}

// bare returns t without elision before it and possessive after it. low is t in
// lower case.
func (l *language) bare(t, low string) string {
	i := strings.IndexByte(t, '\'')
	if i < 0 {
		return t
	}
	if head, _, ok := strings.Cut(low, "'"); ok && l.elisions.has(head, t[:i]) && i+1 < len(t) {
		t = t[i+1:]
	}
	j := strings.LastIndexByte(t, '\'')
	if j < 0 {
		return t
	}
	switch strings.ToLower(t[j+1:]) {
	case "s", "ll", "re", "ve", "d", "m", "":
		return t[:j]
	}
	return t
}

// split returns the parts of what segmentation leaves whole and a reader would
// not: "snake_case", "CamelCase", "end.Start". It returns nil for the rest.
func (l *language) split(t string) []string {
	if strings.ContainsRune(t, '_') {
		return strings.FieldsFunc(t, func(r rune) bool { return r == '_' })
	}
	if strings.ContainsAny(t, ".:;") && !isDotted(t) && !isNumber(t) {
		return strings.FieldsFunc(t, func(r rune) bool { return r == '.' || r == ':' || r == ';' })
	}
	return nil
}

// count fills in what w has of letters and capitals.
func (l *language) count(w *word, t string) {
	upper, last := 0, ' '
	for i, r := range t {
		if !unicode.IsLetter(r) {
			continue
		}
		if unicode.IsUpper(r) {
			upper++
			w.capital = w.capital || i == 0
		}
		w.letters++
		last = r
	}
	w.caps = upper == w.letters && upper > 0 || upper >= 2 && upper == w.letters-1 && last == 's'
}

// camel returns the words in "CamelCase", each of three letters or more; nil for
// other words, such as "iPhone" and "McDonald".
func camel(t string) []string {
	var ws []string
	from, low := 0, false
	for i, r := range t {
		if unicode.IsUpper(r) && low {
			ws = append(ws, t[from:i])
			from = i
		}
		low = unicode.IsLower(r)
	}
	if from == 0 {
		return nil
	}
	ws = append(ws, t[from:])
	for _, w := range ws {
		if utf8.RuneCountInString(w) < 3 {
			return nil
		}
	}
	return ws
}

// isAcronym reports whether the settings' word t is printed as an acronym.
func isAcronym(t string) bool {
	n := 0
	for _, r := range t {
		if !unicode.IsUpper(r) && r != '.' {
			return false
		}
		n++
	}
	return n > 1
}

// isDotted reports whether t is letters with full stops between them, one or
// two of them at a time: "U.S", "EE.UU", "e.g".
func isDotted(t string) bool {
	n := 0
	for _, r := range t {
		switch {
		case r == '.':
			n = 0
		case unicode.IsLetter(r):
			n++
		default:
			return false
		}
		if n > 2 {
			return false
		}
	}
	if n == 2 || strings.IndexByte(t, '.') == 2 { // not "is.It"
		return t == strings.ToUpper(t)
	}
	return true
}

// isNumber reports whether t is digits, with signs between them.
func isNumber(t string) bool {
	for _, r := range t {
		if !unicode.IsDigit(r) && !strings.ContainsRune(".,:;'٫٬", r) {
			return false
		}
	}
	return true
}

// isRoman reports whether t is a Roman numeral from II to XXXIX. "I" is a word.
func isRoman(t string) bool {
	if len(t) < 2 || len(t) > 7 || strings.Trim(t, "IVX") != "" {
		return false
	}
	rest := strings.TrimLeft(t, "X")
	if len(t)-len(rest) > 3 {
		return false
	}
	switch rest {
	case "", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX":
		return true
	}
	return false
}
