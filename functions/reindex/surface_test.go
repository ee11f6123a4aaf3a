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
	surface.Walk(t, "ReindexFunction", func(env wire.Env, log *slog.Logger, _ store.Store, r api.Rebuilder) (http.Handler, error) {
		return handler(env, log, r)
	})
}
