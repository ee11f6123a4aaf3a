// Command api is the Lambda function that answers the HTTP API and the pages
// from stored rows. It holds no index.
package main

import (
	"log/slog"
	"os"

	"akin/functions/site"
	"akin/functions/web"
	"akin/functions/wire"
	"akin/infra/gateway"
	"akin/infra/memory"
	"akin/recommend/coverage"
	"akin/recommend/preview"
	"akin/recommend/sources"
)

func main() {
	log := wire.Logger(os.Stdout)
	if err := run(os.Getenv, log); err != nil {
		log.Error("api does not start", "err", err)
		os.Exit(1)
	}
}

func run(env wire.Env, log *slog.Logger) error {
	store, err := env.Store(false)
	if err != nil {
		return err
	}
	publisher, err := env.Publisher(store)
	if err != nil {
		return err
	}
	reader := env.Reader(store)
	trial := func() (preview.Reader, preview.Publisher, error) {
		s := memory.NewOverlay(store)
		return reader.On(s), publisher.On(s), nil
	}
	config := web.Config{Trial: trial, Reader: reader, Publisher: publisher, Report: coverage.NewStoredReport(store), Sources: &sources.Desk{Store: store}}
	if counter := env.Counter(store, reader); counter != nil {
		config.Events = counter
	}
	handler, err := site.New(env, store, log, config)
	if err != nil {
		return err
	}
	gateway.Start(handler)
	return nil
}
