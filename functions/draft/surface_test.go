package main

import (
	"net/http"
	"testing"

	"akin/functions/web/api"
	"akin/functions/wire"
	"akin/infra/test/surface"
)

// The routes that lead to this function are answered as one machine answers them.
func TestSurface(t *testing.T) {
	surface.Walk(t, "DraftFunction", func(f *wire.Function, _ api.Rebuilder) http.Handler { return handler(f) })
}
