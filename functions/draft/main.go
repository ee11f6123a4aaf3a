// Command draft is the Lambda function that answers searches and drafts from an
// index in memory.
package main

import (
	"log/slog"
	"net/http"
	"time"

	"akin/functions/web"
	"akin/functions/wire"
	"akin/infra/gateway"
	"akin/recommend/coverage"
	"akin/recommend/engine"
	"akin/recommend/store"
)

func main() { wire.Main("draft", run) }

func run(env wire.Env, log *slog.Logger) error {
	store, err := env.Store(true)
	if err != nil {
		return err
	}
	h, err := handler(env, log, store)
	if err != nil {
		return err
	}
	gateway.Start(h)
	return nil
}

// handler answers from s and an index that the first request loads. It has no
// publisher, since its role may only read.
func handler(env wire.Env, log *slog.Logger, s store.Store) (http.Handler, error) {
	access, err := env.Access(log)
	if err != nil {
		return nil, err
	}
	site, err := env.Site()
	if err != nil {
		return nil, err
	}
	chosen, err := env.Chosen(s)
	if err != nil {
		return nil, err
	}
	indexer, err := env.Indexer(s, log)
	if err != nil {
		return nil, err
	}
	return web.Following(web.Config{
		Config: access, Site: site, Version: wire.Version(),
		Reader: env.IndexedReader(s, func() (engine.Ranker, error) { return indexer() }), Searcher: coverage.LateDrafter(indexer, time.Now), Report: coverage.NewStoredReport(s),
	}, chosen.Site), nil
}
