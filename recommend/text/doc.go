// Package text turns the words of a work into the terms that it is compared by.
// It knows languages, not works: it weighs nothing, stores nothing and performs
// no I/O. It does not translate, correct spelling or guess meanings: words are
// the same if their stems are, or if the settings say so.
//
// The chain is fixed, the words in it are settings: drop tags and decode
// entities, compose (NFC), bring letters of another shape into the usual one
// (compat.go), segment by UAX #29, bring what a language spells in several ways
// into one (forms.go), drop stop words, stock phrases, dates and quantities,
// stem, fold accents. [Analyzer.Terms] tells it in full.
//
// Start reading at Analyzer.Terms. A text is cut into tokens (read.go), each of
// which is looked up in a cache of words (cache.go); what a word means by itself
// is found out once (word.go), under the settings of its language (language.go);
// what it means beside others is told at every occurrence (emit.go).
//
// Stems are those of Snowball 2.2 and, for Korean, of korean.go, but for the words in
// testdata/stems/known.tsv. The words in vocabulary are what stems are checked
// with and what [Detect] has learnt languages from.
//
// A [Lookup] is apart from all that: it finds names by their words as people type them,
// also misspelt.
package text
