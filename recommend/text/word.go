package text

import (
	"slices"
	"strings"
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

const (
	maxToken   = 56  // bytes of a token that count
	maxKey     = 64  // bytes
	maxSurface = 128 // bytes of what is printed of several tokens
)

// A word is what one printed token means in one language. It does not change,
// so that all who meet the token share it.
//
// What every word has stands here, what few have in details: four million
// tokens of a large corpus are a hundred thousand words, and the less memory
// they take, the more of them the processor has at hand.
type word struct {
	lang    uint64 // which language, by its salt
	text    string // the token as printed; with lang, what the cache goes by
	norm    string // look-up form of phrases
	key     string // of the term of the language
	surface string // in small letters
	*details

	class   class
	sign    byte // for punctuation, the ASCII sign that it is read as
	letters byte // how many, at most maxToken
	capital bool // starts with a capital
	caps    bool // nothing but capitals
	single  bool // one cased letter
	dotted  bool // "U.S", "e.g": a full stop after it ends nothing
	abbrev  bool // so does one after this
	unit    bool
	date    bool
	counter bool // its number makes no name
	year    bool // 1500 to 2199
	namable bool // a number that may belong to a name
	elided  bool // stands after an elision: "l'État"
	inside  bool // may be in a phrase, but not as its first word
}

// details are what few words have. The zero value has none.
type details struct {
	kind    Kind   // of key
	printed string // the surface where capitals mean something
	stem    string // the part in the key of a pair; "" if that is in key
	shared  Term   // the term of all languages; no key if there is none
	prefix  string // in small letters, if it is one
	starts  []*phrase
	parts   []*word
	small   *word // for a word in capitals: what it is where all is in capitals
}

// plain are the details of most words.
var plain details

// own gives w details of its own and returns them.
func (w *word) own() *details {
	if w.details == &plain {
		w.details = &details{printed: w.surface}
	}
	return w.details
}

// part returns the form of w that goes into the keys of pairs.
func (w *word) part() string {
	if w.stem != "" || w.key == "" {
		return w.stem
	}
	return w.key[strings.IndexByte(w.key, ':')+1:]
}

// shown returns the surface of w where capitals mean something.
func (w *word) shown() string {
	if w.printed != "" {
		return w.printed
	}
	return w.surface
}

// word returns what the token s means in l.
func (l *language) word(s string) *word {
	w := &word{lang: l.salt, text: s, details: &plain}
	r, _ := utf8.DecodeRuneInString(s)
	switch {
	case unicode.IsSpace(r):
		w.class = space
	case pairedScript(r):
		w.class = paired
		l.term(w, s, s)
	case strings.IndexByte(s, '-') > 0:
		l.closed(w, s)
	default:
		t := strings.Trim(straight(s), "_'")
		if strings.IndexFunc(t, isWordStart) < 0 {
			w.sign = asciiSign(r)
			break
		}
		l.shape(w, t)
	}
	return w
}

func isWordStart(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

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
	if l.code == "ko" {
		t = foreign(t)
	}
	if p := apiece(t); p != nil {
		w.class = several
		w.own().parts = l.words(p)
		return
	}
	low := l.lower(t)
	if strings.IndexByte(t, '\'') >= 0 {
		if l.entries[l.looked(low)].is(stopList, t) { // a contraction, before it is taken apart
			w.class = stop
			w.norm = l.norm(t)
			l.term(w, t, low)
			return
		}
		t, w.elided = l.bare(t, low)
		low = l.lower(t)
	}
	look := l.looked(low)
	w.norm = fold(look)
	dotted := strings.IndexByte(t, '.') >= 0
	if dotted {
		w.norm = strings.ReplaceAll(w.norm, ".", "")
	}
	count(w, t)
	w.inside = l.inside[w.norm]
	if starts := l.starts[w.norm]; starts != nil {
		w.own().starts = starts
	}
	e := l.entries[look]
	w.unit = e.is(unitList, t)
	w.date = e.is(dateList, t)
	w.counter = e.is(counterList, t)
	w.abbrev = l.entries[w.norm].is(abbreviationList, t)
	if e.is(prefixList, t) {
		w.own().prefix = low
	}
	first, _ := utf8.DecodeRuneInString(t)
	digits := strings.IndexFunc(t, unicode.IsDigit) >= 0
	switch {
	case l.joinedTo(w, t, low):
	case e.is(protectedList, t):
		w.class = content
		l.unstemmed(w, t, low)
	case digits && isNumber(t):
		w.class = number
		w.surface = t
		w.own().stem = fold(low)
		w.namable = !strings.ContainsAny(t, ",٬٫") && (len(t) <= 4 || dotted)
		w.year = len(t) == 4 && !dotted && t >= "1500" && t < "2200"
	case digits:
		l.alphanumeric(w, t, low)
	case dotted && !w.caps: // "e.g", "a.m"
		w.class, w.dotted = stop, true
	case isRoman(t):
		w.class, w.namable = number, true
		w.surface = t
		w.own().stem = low
	case w.caps && w.letters > 1:
		l.acronym(w, t, low)
	case w.letters == 1 && (unicode.IsUpper(first) || unicode.IsLower(first)):
		w.class, w.single = stop, true
		l.term(w, t, low)
	case w.date || e.is(stopList, t):
		w.class = stop
		l.term(w, t, low)
	default:
		w.class = content
		l.term(w, t, low)
		w.inside = w.inside || l.inside[w.key]
		if more := l.startKeys[w.key]; more != nil {
			d := w.own()
			d.starts = append(slices.Clip(d.starts), more...)
		}
		if to, ok := l.joinedKeys[w.key]; ok {
			w.to(&to)
		}
		if p := camel(t); p != nil {
			w.own().parts = l.words(p)
		}
	}
}

// closed makes w the word that a prefix and what follows its hyphen make.
func (l *language) closed(w *word, s string) {
	t := straight(s)
	t, _ = l.bare(t, l.lower(t))
	low := l.lower(t)
	w.class = content
	l.term(w, t, strings.ReplaceAll(strings.ReplaceAll(low, "-", ""), "'", ""))
	w.surface = low
	w.own().printed = t
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
	l.terms(w, t, low, key(l.code, l.stemOf(low)))
}

// unstemmed gives w the terms of the protected word t, low in lower case.
func (l *language) unstemmed(w *word, t, low string) {
	l.terms(w, t, low, key(l.code, strings.ReplaceAll(fold(low), "'", "")))
}

func (l *language) terms(w *word, t, low, key string) {
	w.key = key
	w.surface = low
	if t == w.text {
		t = w.text // one string where two would do
	}
	if low == w.text {
		w.surface = w.text
	}
	if w.norm == w.surface {
		w.norm = w.surface
	}
	if w.capital {
		d := w.own()
		d.printed = t
		d.shared = Term{sharedKey(low), t, Name}
	}
}

// sharedKey returns the key, for all languages, of a word in lower case.
func sharedKey(low string) string { return key("", strings.ReplaceAll(fold(low), "'", "")) }

// joinedTo gives w the term that the settings join t to, if they do.
func (l *language) joinedTo(w *word, t, low string) bool {
	to := l.synonym(w.norm, t)
	if to == nil {
		return false
	}
	w.class, w.dotted = content, strings.Contains(t, ".")
	d := w.own()
	if w.caps && w.letters > 1 {
		if !w.dotted {
			d.small = l.smaller(w, t, low)
		}
		low = t
	}
	if w.dotted {
		t += "."
		low += "."
	}
	w.surface, d.printed = low, t
	w.to(to)
	return true
}

// to joins w, which has its surfaces, to the term t.
func (w *word) to(t *target) {
	d := w.own()
	d.kind, d.stem = t.kind, t.stem
	if t.kind == Acronym || t.kind == Name {
		w.class, w.key = acronym, ""
		d.shared = Term{t.key, w.shown(), t.kind}
		return
	}
	w.key = t.key
}

// synonym returns the term that the settings join the word t to, nil if they do
// not.
func (l *language) synonym(norm, t string) *target {
	for i := range l.joined[norm] {
		if syn := &l.joined[norm][i]; capitalsFit(syn.entry, t) {
			return &syn.to
		}
	}
	return nil
}

// acronym makes w the acronym t, or the stop word that t is where it is none.
func (l *language) acronym(w *word, t, low string) {
	w.dotted = strings.IndexByte(t, '.') >= 0
	var small *word
	if !w.dotted {
		small = l.smaller(w, t, low)
		if small.class == stop && !l.entries[w.norm].is(acronymList, t) {
			small.text = w.text
			*w = *small
			return
		}
	}
	w.class = acronym
	d := w.own()
	d.small = small
	bare := strings.TrimSuffix(strings.ReplaceAll(t, ".", ""), "s")
	d.shared = Term{sharedKey(l.lower(bare)), strings.TrimSuffix(t, "s"), Acronym}
	d.stem = strings.ToUpper(d.shared.Key[1:])
	if w.dotted {
		d.shared.Surface += "."
	}
	if w.letters >= longAcronym && !w.dotted {
		w.key = small.key
		w.surface, d.printed = t, t
	}
}

// smaller returns what the word t in capitals is where they mean nothing.
func (l *language) smaller(w *word, t, low string) *word {
	small := &word{lang: l.salt, text: t, norm: w.norm, details: &plain, letters: w.letters, caps: true, class: content, inside: w.inside, counter: w.counter}
	if w.starts != nil {
		small.own().starts = w.starts
	}
	if w.prefix != "" {
		small.own().prefix = w.prefix
	}
	e := l.entries[l.looked(low)]
	if w.letters < 2 || e.is(stopList, t) || e.is(dateList, t) {
		small.class = stop
	}
	if to := l.synonym(w.norm, low); to != nil && to.kind == Word {
		small.key, small.surface = to.key, low
	} else if e.is(protectedList, low) {
		l.unstemmed(small, low, low)
	} else {
		l.term(small, low, low)
	}
	if small.details != &plain {
		small.printed = low
	}
	return small
}

// longAcronym is the number of letters from which a word in capitals may as well
// be a word that is shouted, and counts as both.
const longAcronym = 7

// alphanumeric makes w what letters and digits in one make: a name ("G20",
// "mp3") or a quantity ("15km", "21st", "1990s").
func (l *language) alphanumeric(w *word, t, low string) {
	rest := strings.TrimLeftFunc(t, func(r rune) bool { return unicode.IsDigit(r) || r == '.' || r == ',' })
	if len(rest) < len(t) && l.entries[l.lower(rest)].is(unitList, rest) {
		w.class = number
		w.surface = t
		return
	}
	w.class = mixed
	d := w.own()
	d.shared = Term{sharedKey(low), t, Acronym}
	d.stem = strings.ToUpper(d.shared.Key[1:])
}

// bare returns t without elision before it, and whether there was one, and
// without possessive after it. low is t in lower case.
func (l *language) bare(t, low string) (word string, elided bool) {
	if head, rest, _ := strings.Cut(low, "'"); rest != "" && l.entries[head].is(elisionList, head) {
		_, t, elided = strings.Cut(t, "'")
	}
	if l.turkic() { // what follows an apostrophe are endings: "İzmir'de"
		if j := strings.IndexByte(t, '\''); j > 0 {
			t = t[:j]
		}
	}
	if j := strings.LastIndexByte(t, '\''); j >= 0 {
		switch strings.ToLower(t[j+1:]) {
		case "s", "ll", "re", "ve", "d", "m", "":
			t = t[:j]
		}
	}
	return t, elided
}

// apiece returns the parts of what segmentation leaves whole and a reader would
// not: "snake_case", "end.Start". It returns nil for the rest.
func apiece(t string) []string {
	i := strings.IndexAny(t, "_.:;,")
	if i < 0 {
		return nil
	}
	if t[i] != '_' && (isDotted(t) || isNumber(t)) && strings.IndexByte(t, '_') < 0 {
		return nil
	}
	return strings.FieldsFunc(t, func(r rune) bool { return r < utf8.RuneSelf && strings.ContainsRune("_.:;,", r) })
}

// count fills in what w has of letters and capitals.
func count(w *word, t string) {
	upper, sharp, last := 0, 0, ' '
	n := 0
	for i, r := range t {
		if r < utf8.RuneSelf && !isLetter(byte(r)) || !unicode.IsLetter(r) {
			continue
		}
		if unicode.IsUpper(r) {
			upper++
			w.capital = w.capital || i == 0
		} else if r == 'ß' { // stays small among capitals: "STRAßE"
			sharp++
		}
		n++
		last = r
	}
	w.letters = byte(n)
	w.caps = upper+sharp == n && upper > sharp || upper >= 2 && upper == n-1 && last == 's'
}

// camel returns the words in "CamelCase", each of three letters or more; nil for
// other words, such as "iPhone" and "McDonald".
func camel(t string) []string {
	var ws []string
	from, low := 0, false
	for i, r := range t {
		upper := unicode.IsUpper(r)
		if upper && low {
			ws = append(ws, t[from:i])
			from = i
		}
		low = !upper
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
	n, two := 0, false
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
		two = two || n == 2
	}
	return !two || t == strings.ToUpper(t) // not "is.It"
}

// isNumber reports whether t is digits, with signs between them.
func isNumber(t string) bool {
	for _, r := range t {
		if r >= '0' && r <= '9' {
			continue
		}
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
