// Package testdata holds the sample corpus within the program, for serve --demo.
package testdata

import "embed"

// Corpus holds corpus/items.jsonl and corpus/topics.json.
//
//go:embed corpus/items.jsonl corpus/topics.json
var Corpus embed.FS
