// Package engine publishes items, keeps their related lists exact, and answers
// readers, on any [store.Store].
//
//	Publisher  takes in items, topics and editors' decisions   publish.go, group.go, curate.go, bulk.go, history.go
//	Indexer    keeps every list exact as items change           indexer.go, state.go, head.go
//	           makes a new generation beside the one in use     plan.go, rebuild.go, gates.go
//	Reader     answers: related items, listings, status         read.go, answer.go, fill.go, listing.go, status.go
//	Counter    counts what readers saw and followed             counts.go
//	Corpus     ranks items that no store holds                  relate.go
//
// Begin at [Publisher.Put], then [Indexer.CatchUp], then [Reader.Related]. What a
// row holds stands in keys.go; how it is packed in record.go, list.go, terms.go
// and statistics.go. promise_test.go states what must hold after anything.
//
// All types are safe for concurrent use unless their comment says otherwise. The
// engine reads no files, no environment and no clock but the one it is given.
package engine
