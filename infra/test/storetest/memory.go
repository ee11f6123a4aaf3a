package storetest

import (
	"akin/infra/memory"
	"akin/recommend/store"
)

// NewMemory returns an empty store in memory, for tests of what is built on a
// Store: it passes [Run].
func NewMemory() store.Store { return memory.New() }
