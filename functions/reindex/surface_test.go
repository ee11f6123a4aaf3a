package main

import (
	"testing"

	"akin/infra/test/surface"
)

// The routes that lead to this function are answered as one machine answers them.
func TestSurface(t *testing.T) {
	surface.Walk(t, "ReindexFunction", handler)
}
