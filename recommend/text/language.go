package text

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/clipperhouse/uax29/v2/words"
)

// A language is what is known of one: its stemmer and the words of the settings
// in the form in which they are looked up. It does not change.
type language struct {
	code  string
	salt  uint64              // the letters of code, as a number
	form  func(string) string // what words are looked up and stemmed by; nil: as they are, in lower case
	stem  func(string) string // nil: words are only folded
	names bool                // capitals inside a sentence make names
	title int                 // capitalised words that make a title case field, at least

	entries    map[string]entries
	joined     map[string][]synonym // one-word synonyms, by norm
	joinedKeys map[string]target    // those in small letters, by key
	starts     map[string][]*phrase // by norm of the first word
	startKeys  map[string][]*phrase // by key of the first word
	inside     map[string]bool      // norms and keys of words of phrases but the first
}

// A list is one of the lists of words of the settings.
type list uint8

const (
	stopList list = iota
	dateList
	unitList
	counterList
	abbreviationList
	acronymList
	elisionList
	prefixList
	protectedList
)

// entries are the entries of all lists that have one look-up form.
type entries []entry

// An entry is a word of a list.
type entry struct {
	list list
	word string // as in the settings; "" if it has no capitals
}

// is reports whether one of e is in the list and stands in printed with
// capitals where it has them.
func (e entries) is(in list, printed string) bool {
	for i := range e {
		if e[i].list == in && (e[i].word == "" || capitalsFit(e[i].word, printed)) {
			return true
		}
	}
	return false
}

// capitalsFit reports whether printed has a capital for every capital of entry;
// signs are passed over in both.
func capitalsFit(entry, printed string) bool {
	for _, r := range entry {
		if !unicode.IsLetter(r) {
			continue
		}
		i := strings.IndexFunc(printed, unicode.IsLetter)
		if i < 0 {
			return false
		}
		p, n := utf8.DecodeRuneInString(printed[i:])
		if unicode.IsUpper(r) && !unicode.IsUpper(p) {
			return false
		}
		printed = printed[i+n:]
	}
	return true
}

// A synonym is a printed word and the term that it is joined to.
type synonym struct {
	entry string
	to    target
}

// A target is the term that synonyms are joined to.
type target struct {
	key  string
	stem string // its part in the key of a pair
	kind Kind
}

type action uint8

const (
	drop    action = iota // a stock phrase: no terms
	protect               // one term in place of the parts
	join                  // one term, before those of the parts
)

// A phrase is several words of the settings, or one with signs in it.
type phrase struct {
	do      action
	elems   []element
	literal string // in lower case, with signs: must stand in the text so; else ""
	lead    int    // bytes of literal before its first word
	to      target // of protect and join
	long    bool   // takes two words at least
}

type element struct {
	alternatives []string // their norms
	entry        string   // as in the settings, for its capitals; "" if it has alternatives
	key          string   // of words that fit as well; "" if there are none
	optional     bool
}

// newLanguage returns the language of the given base code under s.
func newLanguage(code string, s *Settings) *language {
	l := &language{code: code, form: formOf(code), stem: stemmer(code), names: code != "de" && code != "lb", title: 5}
	if code == "en" {
		l.title = 1
	}
	l.salt = salt(code)
	exact := func(w string) string { return l.looked(l.lower(straight(w))) }
	l.entries = map[string]entries{}
	l.list(stopList, s.Stop, exact)
	l.list(dateList, s.Dates, exact)
	l.list(unitList, s.Units, exact)
	l.list(counterList, s.Counters, exact)
	l.list(abbreviationList, s.Abbreviations, l.norm)
	l.list(acronymList, s.Acronyms, l.norm)
	l.list(elisionList, s.Elisions, exact)
	l.list(prefixList, s.Prefixes, exact)
	l.joinedKeys = map[string]target{}
	l.joined = map[string][]synonym{}
	l.starts = map[string][]*phrase{}
	l.startKeys = map[string][]*phrase{}
	l.inside = map[string]bool{}
	for _, of := range []string{code, anyLanguage} {
		for _, e := range s.Protected[of] {
			l.protect(e, of == anyLanguage)
		}
	}
	for _, of := range []string{code, anyLanguage} {
		for _, g := range s.Synonyms[of] {
			l.join(g, of == anyLanguage)
		}
		for _, e := range s.Phrases[of] {
			l.stock(e)
		}
	}
	return l
}

// salt returns the letters of a base language, eight at most, as a number.
func salt(code string) uint64 {
	var n uint64
	for i := range len(code) {
		n = n<<8 | uint64(code[i])
	}
	return n
}

// list takes in the words of m for l and for every language, by form.
func (l *language) list(to list, m map[string][]string, form func(string) string) {
	for _, of := range []string{l.code, anyLanguage} {
		for _, e := range m[of] {
			for _, w := range strings.Fields(e) {
				l.enter(to, w, form(compatible(w)))
			}
		}
	}
}

// enter takes in the word w of a list by its form.
func (l *language) enter(to list, w, form string) {
	if w == strings.ToLower(w) {
		w = ""
	}
	l.entries[form] = append(l.entries[form], entry{to, w})
}

// looked returns the form of a word, in lower case, that it is looked up and
// stemmed by.
func (l *language) looked(lower string) string {
	if l.form == nil || ascii(lower) {
		return lower
	}
	return l.form(lower)
}

// norm returns the form by which phrases, synonyms and abbreviations go: lower
// case, folded, without full stops.
func (l *language) norm(w string) string {
	return strings.ReplaceAll(fold(l.looked(l.lower(straight(w)))), ".", "")
}

// parts returns the words of an entry, as segmentation finds them.
func parts(entry string) []string {
	var ws []string
	for it := words.FromString(straight(compatible(entry))); it.Next(); {
		if w := strings.Trim(it.Value(), "_"); strings.ContainsFunc(w, isWordRune) {
			ws = append(ws, w)
		}
	}
	return ws
}

// stemOf returns the folded stem of a word in lower case.
func (l *language) stemOf(lower string) string {
	lower = l.looked(lower)
	w := lower
	if l.stem != nil {
		w = l.stem(lower)
	}
	if stem := strings.ReplaceAll(fold(w), "'", ""); stem != "" {
		return stem
	}
	return fold(lower)
}

// protect keeps entry whole and unstemmed. If it is several words or has signs,
// it is one term of all languages if shared is set.
func (l *language) protect(entry string, shared bool) {
	ws := parts(entry)
	lower := l.lower(straight(entry))
	whole := strings.Join(ws, " ")
	signs := len(strings.Map(signsOnly, lower)) > 0
	if len(ws) == 1 && !signs {
		l.enter(protectedList, entry, l.looked(lower))
		return
	}
	stem := fold(l.lower(whole))
	p := &phrase{do: protect, elems: l.elements(ws, false), to: target{stem: stem, kind: Compound}}
	if signs {
		p.literal = lower
		p.lead = strings.IndexFunc(lower, isWordRune)
		stem = fold(lower)
		p.to.stem, p.to.kind = stem, Word
	}
	p.to.key = key(l.code, stem)
	if shared {
		p.to.key, p.to.kind = key("", stem), Name
	}
	l.start(p)
}

// signsOnly keeps the signs that segmentation would lose.
func signsOnly(r rune) rune {
	if isWordRune(r) || r == ' ' || r == '-' || r == '\'' {
		return -1
	}
	return r
}

// elements returns the elements of a phrase of the words ws, which their stems
// stand for as well if stemmed is set.
func (l *language) elements(ws []string, stemmed bool) []element {
	var elems []element
	for _, w := range ws {
		e := element{alternatives: []string{l.norm(w)}, entry: w}
		if lower := l.lower(w); stemmed && lower == w && !l.entries[l.looked(lower)].is(stopList, lower) {
			e.key = key(l.code, l.stemOf(lower))
		}
		elems = append(elems, e)
	}
	return elems
}

func (l *language) start(p *phrase) {
	first := &p.elems[0]
	for _, alt := range first.alternatives {
		l.starts[alt] = append(l.starts[alt], p)
	}
	if first.key != "" {
		l.startKeys[first.key] = append(l.startKeys[first.key], p)
	}
	for _, e := range p.elems[1:] {
		for _, alt := range e.alternatives {
			l.inside[alt] = true
		}
		if e.key != "" {
			l.inside[e.key] = true
		}
		p.long = p.long || !e.optional
	}
}

// join makes every entry of group a synonym of its first.
func (l *language) join(group []string, shared bool) {
	head := parts(group[0])
	to := target{kind: Word}
	if len(head) > 1 {
		to.kind = Compound
	}
	var stems []string
	stemmed := true // stems stand for their words
	for _, w := range head {
		w = l.lower(w)
		if l.entries[l.looked(w)].is(protectedList, w) {
			stems = append(stems, fold(w))
			stemmed = false
		} else {
			stems = append(stems, l.stemOf(w))
		}
	}
	to.stem = strings.Join(stems, " ")
	to.key = key(l.code, to.stem)
	if caps := len(head) == 1 && isAcronym(head[0]); shared || caps {
		to.stem = fold(l.lower(strings.ReplaceAll(strings.Join(head, " "), ".", "")))
		to.key = key("", to.stem)
		to.kind = Name
		if caps {
			to.stem = strings.ToUpper(to.stem)
			to.kind = Acronym
		}
	}
	for _, e := range group {
		ws := parts(e)
		if len(ws) > 1 {
			l.start(&phrase{do: join, elems: l.elements(ws, stemmed), to: to})
			continue
		}
		n := l.norm(ws[0])
		l.joined[n] = append(l.joined[n], synonym{entry: e, to: to})
		if stemmed && e == strings.ToLower(e) {
			l.joinedKeys[key(l.code, l.stemOf(l.lower(ws[0])))] = to
		}
	}
}

// stock makes the words of entry a stock phrase.
func (l *language) stock(entry string) {
	p := &phrase{do: drop}
	for _, elem := range strings.Fields(entry) {
		var e element
		elem, e.optional = strings.CutSuffix(elem, "?")
		for _, alt := range strings.Split(elem, "|") {
			e.alternatives = append(e.alternatives, l.norm(alt))
		}
		if len(e.alternatives) == 1 {
			e.entry = elem
		}
		p.elems = append(p.elems, e)
	}
	l.start(p)
}

// key returns the key of a term: at most maxKey bytes, never cut inside a rune.
func key(lang, stem string) string { return trimmed(lang + ":" + stem) }

// trimmed returns a key of any length as it may be.
func trimmed(key string) string { return strings.TrimRight(cut(key, maxKey), " ") }
