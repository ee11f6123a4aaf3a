package text

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/clipperhouse/uax29/v2/words"
)

// A language is what is known of one: its stemmer and the words of the settings
// in the form in which they are looked up. It does not change.
type language struct {
	code  string
	salt  uint64              // tells languages apart in the cache
	stem  func(string) string // nil: words are only folded
	names bool                // capitals inside a sentence make names
	title int                 // capitalised words that make a title case field, at least

	stop, dates, units, abbreviations, acronyms lexicon
	elisions, prefixes, protected               lexicon
	joined                                      map[string][]synonym // one-word synonyms, by norm
	starts                                      map[string][]*phrase // by norm of the first word
}

// A lexicon holds the entries of a list by their look-up form.
type lexicon map[string][]string

// has reports whether an entry of x is form, and stands in printed with
// capitals where the entry has them.
func (x lexicon) has(form, printed string) bool {
	for _, entry := range x[form] {
		if capitalsFit(entry, printed) {
			return true
		}
	}
	return false
}

// capitalsFit reports whether printed has a capital for every capital of entry;
// signs are passed over in both.
func capitalsFit(entry, printed string) bool {
	if entry == strings.ToLower(entry) {
		return true
	}
	p := []rune(printed)
	i := 0
	for _, r := range entry {
		if !unicode.IsLetter(r) {
			continue
		}
		for i < len(p) && !unicode.IsLetter(p[i]) {
			i++
		}
		if i == len(p) || unicode.IsUpper(r) && !unicode.IsUpper(p[i]) {
			return false
		}
		i++
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
}

type element struct {
	alternatives []string // their norms
	entry        string   // as in the settings, for its capitals; "" if it has alternatives
	optional     bool
}

// newLanguage returns the language of the given base code under s.
func newLanguage(code string, s *Settings) (*language, error) {
	l := &language{code: code, stem: stemmer(code), names: code != "de" && code != "lb", title: 4}
	if code == "en" {
		l.title = 1
	}
	l.salt = salt(code)
	exact := func(w string) string { return l.lower(straight(w)) }
	l.stop = l.lexicon(s.Stop, exact)
	l.dates = l.lexicon(s.Dates, exact)
	l.units = l.lexicon(s.Units, exact)
	l.abbreviations = l.lexicon(s.Abbreviations, l.norm)
	l.acronyms = l.lexicon(s.Acronyms, l.norm)
	l.elisions = l.lexicon(s.Elisions, exact)
	l.prefixes = l.lexicon(s.Prefixes, exact)
	l.protected = lexicon{}
	l.joined = map[string][]synonym{}
	l.starts = map[string][]*phrase{}
	for _, of := range []string{code, AnyLanguage} {
		for _, e := range s.Protected[of] {
			if err := l.protect(e); err != nil {
				return nil, fmt.Errorf("protected.%s: %q: %w", of, e, err)
			}
		}
		for _, g := range s.Synonyms[of] {
			if err := l.join(g, of == AnyLanguage); err != nil {
				return nil, fmt.Errorf("synonyms.%s: %w", of, err)
			}
		}
		for _, e := range s.Phrases[of] {
			l.stock(e)
		}
	}
	return l, nil
}

// salt returns a number that tells the language of the given code from others.
func salt(code string) uint64 {
	var h uint64
	for i := range len(code) {
		h = (h ^ uint64(code[i])) * 0x9e3779b97f4a7c15
	}
	return h
}

// lexicon returns the words of m for l and for every language, by form.
func (l *language) lexicon(m map[string][]string, form func(string) string) lexicon {
	x := lexicon{}
	for _, of := range []string{l.code, AnyLanguage} {
		for _, e := range m[of] {
			for _, w := range strings.Fields(e) {
				x[form(w)] = append(x[form(w)], w)
			}
		}
	}
	return x
}

// norm returns the form by which phrases, synonyms and abbreviations go: lower
// case, folded, without full stops.
func (l *language) norm(w string) string {
	return strings.ReplaceAll(fold(l.lower(straight(w))), ".", "")
}

// parts returns the words of an entry, as segmentation finds them.
func parts(entry string) []string {
	var ws []string
	for it := words.FromString(straight(entry)); it.Next(); {
		if w := strings.Trim(it.Value(), "_"); strings.ContainsFunc(w, isWordRune) {
			ws = append(ws, w)
		}
	}
	return ws
}

// stemOf returns the folded stem of a word in lower case.
func (l *language) stemOf(lower string) string {
	w := lower
	if l.stem != nil {
		w = l.stem(lower)
	}
	return strings.ReplaceAll(fold(w), "'", "")
}

func (l *language) protect(entry string) error {
	ws := parts(entry)
	if len(ws) == 0 {
		return fmt.Errorf("no letters or digits in it")
	}
	lower := l.lower(straight(entry))
	whole := strings.Join(ws, " ")
	signs := len(strings.Map(signsOnly, lower)) > 0
	if len(ws) == 1 && !signs {
		l.protected[lower] = append(l.protected[lower], entry)
		return nil
	}
	stem := fold(l.lower(whole))
	p := &phrase{do: protect, elems: elements(l, ws), to: target{stem: stem, kind: Compound}}
	if signs {
		p.literal = lower
		p.lead = strings.IndexFunc(lower, isWordRune)
		stem = fold(strings.ReplaceAll(lower, " ", " "))
		p.to.stem, p.to.kind = stem, Word
	}
	p.to.key = key(l.code, stem)
	l.start(p)
	return nil
}

// signsOnly keeps the signs that segmentation would lose.
func signsOnly(r rune) rune {
	if isWordRune(r) || r == ' ' || r == '-' || r == '\'' {
		return -1
	}
	return r
}

func elements(l *language, ws []string) []element {
	var elems []element
	for _, w := range ws {
		elems = append(elems, element{alternatives: []string{l.norm(w)}, entry: w})
	}
	return elems
}

func (l *language) start(p *phrase) {
	for _, first := range p.elems[0].alternatives {
		l.starts[first] = append(l.starts[first], p)
	}
}

// join makes every entry of group a synonym of its first.
func (l *language) join(group []string, shared bool) error {
	head := parts(group[0])
	if len(head) == 0 {
		return fmt.Errorf("%q: no letters or digits in it", group[0])
	}
	var to target
	var stems []string
	for _, w := range head {
		stems = append(stems, l.stemOf(l.lower(w)))
	}
	to.stem = strings.Join(stems, " ")
	to.kind = Word
	if len(head) > 1 {
		to.kind = Compound
	}
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
		if len(ws) == 0 {
			return fmt.Errorf("%q: no letters or digits in it", e)
		}
		if n := l.norm(ws[0]); len(ws) == 1 {
			l.joined[n] = append(l.joined[n], synonym{entry: e, to: to})
		} else {
			l.start(&phrase{do: join, elems: elements(l, ws), to: to})
		}
	}
	return nil
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
func key(lang, stem string) string { return strings.TrimRight(cut(lang+":"+stem, maxKey), " ") }
