package main

import (
	"log/slog"
	"net/http"
	"testing"

	"akin/functions/web/api"
	"akin/functions/wire"
	"akin/infra/test/surface"
	"akin/recommend/store"
)

// The routes that lead to this function are answered as one machine answers them.
func TestSurface(t *testing.T) {
	surface.Walk(t, "ApiFunction", func(env wire.Env, log *slog.Logger, s store.Store, _ api.Rebuilder) (http.Handler, error) {
		return handler(env, log, s)
	})
}
