package text

import (
	"maps"
	"slices"
	"sync"
)

// A Kind says what sort of term a term is.
type Kind uint8

const (
	Word     Kind = iota // a word, by its stem
	Compound             // what hyphens join, or a phrase of the settings
	Pair                 // two neighbouring words
	Name                 // a word with a capital inside a sentence
	Acronym              // capitals ("NGO"), or letters and digits ("G20")
	Number               // a number with the name that it belongs to
)

// String returns the name of k in small letters.
func (k Kind) String() string {
	switch k {
	case Word:
		return "word"
	case Compound:
		return "compound"
	case Pair:
		return "pair"
	case Name:
		return "name"
	case Acronym:
		return "acronym"
	case Number:
		return "number"
	}
	return "unknown"
}

// A Term is one occurrence of what items are compared by.
type Term struct {
	// Key is what the term is known by: "es:migracion" for a term of one
	// language, ":covid-19" for one of all. It is valid UTF-8 of at most 64
	// bytes, without NUL.
	Key string
	// Surface is the term as printed, in small letters unless it is a name or
	// an acronym.
	Surface string
	Kind    Kind
}

// An Analyzer makes terms under one set of settings. It is safe for concurrent
// use. It remembers words that it has met, within a bound of 262,144, and that
// changes no result.
type Analyzer struct {
	languages map[string]func() *language
	cache     *cache
	readings  sync.Pool // of *reading
}

// New returns an Analyzer under s. An error names the field that is wrong.
func New(s Settings) (*Analyzer, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	s = s.clone() // languages are made at first use
	a := &Analyzer{languages: map[string]func() *language{}, cache: newCache(cacheSize)}
	for _, code := range s.languages() {
		a.languages[code] = sync.OnceValue(func() *language { return newLanguage(code, &s) })
	}
	a.readings.New = func() any { return new(reading) }
	return a, nil
}

// languages returns the base languages that are not all alike under s.
func (s *Settings) languages() []string {
	codes := append(stemmed(), "und", "az", "lb")
	for _, m := range s.lists() {
		codes = slices.AppendSeq(codes, maps.Keys(*m))
	}
	codes = slices.AppendSeq(codes, maps.Keys(s.Synonyms))
	slices.Sort(codes)
	return slices.DeleteFunc(slices.Compact(codes), func(c string) bool { return c == anyLanguage })
}

// language returns the language of a BCP 47 tag.
func (a *Analyzer) language(tag string) *language {
	if l := a.languages[tag]; l != nil {
		return l()
	}
	code := BaseLanguage(tag)
	if l := a.languages[code]; l != nil {
		return l()
	}
	l := *a.languages["und"]() // knows what counts in every language
	l.code = code
	l.salt = salt(code)
	return &l
}

// Terms appends the terms of s to dst in reading order, one for every
// occurrence, and returns the longer slice. lang is the BCP 47 tag of the
// language of s; s may hold HTML. Terms never fails: bytes that are not UTF-8
// part words.
//
// A word gives its stem. One with a capital inside a sentence gives the same
// word of all languages as well ([Name]), but not in German and not where most
// words have capitals, as in titles. Two or more capitals give an acronym of
// all languages alone, without dots, plural s and possessive, where most words
// are not in capitals; in a few short words that are all in capitals they give
// both the acronym and the word. What hyphens join counts whole and in parts, and so do
// CamelCase words. Two neighbouring words, with nothing between them but a
// space, give a [Pair]; it has the key of the same two with a hyphen.
//
// Numbers count only as part of a name: after a word with a capital ("Title
// 42", "World Cup 2022"), after any word and a hyphen ("COVID-19"), and, for
// years, before a name ("2022 World Cup", which is the same term). A number of
// more than four digits, or before a unit or '%', is a quantity and counts for
// nothing, like all other numbers.
//
// Stop words, stock phrases, dates, datelines, addresses and single letters
// give nothing. Chinese, Japanese, Thai, Lao, Khmer and Burmese give the
// overlapping pairs of their characters.
func (a *Analyzer) Terms(dst []Term, lang, s string) []Term {
	r := a.readings.Get().(*reading)
	if !clean(s) {
		s = compatible(prepare(s, "\n\n"))
	}
	dst = r.text(dst, a.language(lang), a.cache, s)
	a.readings.Put(r)
	return dst
}
