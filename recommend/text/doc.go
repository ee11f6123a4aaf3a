// Package text turns the words of a work into the terms that it is compared by.
// It knows languages, not works: it weighs nothing, stores nothing and performs
// no I/O.
//
// The chain is fixed, the words in it are settings: drop tags and decode
// entities, compose (NFC), segment by UAX #29, drop stop words, stock phrases,
// dates and quantities, stem, fold accents. [Analyzer.Terms] tells it in full.
package text
