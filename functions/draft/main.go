// Command draft is the Lambda function that answers searches and drafts from an
// index in memory.
package main

import (
	"log/slog"
	"os"

	"akin/functions/site"
	"akin/functions/web"
	"akin/functions/wire"
	"akin/infra/gateway"
	"akin/recommend/coverage"
)

func main() {
	log := wire.Logger(os.Stdout)
	if err := run(os.Getenv, log); err != nil {
		log.Error("draft does not start", "err", err)
		os.Exit(1)
	}
}

func run(env wire.Env, log *slog.Logger) error {
	store, err := env.Store(true)
	if err != nil {
		return err
	}
	indexer, err := env.Indexer(store, log)
	if err != nil {
		return err
	}
	handler, err := site.New(env, store, log, web.Config{Reader: env.Reader(store), Publisher: readOnly{}, Searcher: newIndex(indexer), Report: coverage.NewStoredReport(store)})
	if err != nil {
		return err
	}
	gateway.Start(handler)
	return nil
}
