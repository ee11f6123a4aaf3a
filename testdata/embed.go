// Package testdata holds the sample corpus within the program, for serve --demo.
package testdata

import "embed"

// Corpus holds corpus/items.jsonl, corpus/topics.json, and the pictures that they
// name as /pictures/NAME in corpus/pictures.
//
//go:embed corpus/items.jsonl corpus/topics.json corpus/pictures
var Corpus embed.FS
