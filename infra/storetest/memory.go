package storetest

import (
	"akin/infra/memory"
	"akin/recommend"
)

// NewMemory returns an empty store in memory, for tests of what is built on a
// Store: it passes [Run].
func NewMemory() recommend.Store { return memory.New() }
