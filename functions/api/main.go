// Command api is the Lambda function that answers the HTTP API and the pages
// from stored rows. It holds no index.
package main

import (
	"log/slog"
	"net/http"

	"akin/functions/web"
	"akin/functions/web/api"
	"akin/functions/wire"
	"akin/infra/gateway"
	"akin/infra/memory"
	"akin/recommend/coverage"
	"akin/recommend/preview"
	"akin/recommend/sources"
	"akin/recommend/store"
)

func main() { wire.Main("api", run) }

func run(env wire.Env, log *slog.Logger) error {
	store, err := env.Store(false)
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

// handler answers from s.
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
	publisher, err := env.Publisher(s)
	if err != nil {
		return nil, err
	}
	reader := env.Reader(s)
	c := web.Config{
		Config: access, Site: site, Version: wire.Version(),
		Reader: reader, Publisher: publisher, Report: coverage.NewStoredReport(s), Sources: &sources.Desk{Store: s},
		Trial: func() (preview.Reader, preview.Publisher, error) {
			o := memory.NewOverlay(s)
			return reader.On(o), publisher.On(o), nil
		},
	}
	if base := env("AKIN_INDEX"); base != "" {
		c.Filterer = api.FilteredBy(base)
	}
	if counter := env.Counter(s, reader); counter != nil {
		c.Events = counter
	}
	return web.Following(c, chosen.Site), nil
}
