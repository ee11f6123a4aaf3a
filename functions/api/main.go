// Command api is the Lambda function that answers the HTTP API and the pages
// from stored rows. It holds no index.
package main

import (
	"net/http"
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"akin/functions/web"
	"akin/functions/web/api"
	"akin/functions/web/editors"
	"akin/functions/wire"
	"akin/infra/memory"
	"akin/recommend/coverage"
	"akin/recommend/engine"
	"akin/recommend/preview"
	"akin/recommend/sources"
)

func main() {
	wire.Main("api", false, func(f *wire.Function) { lambda.Start(f.Answer("api", handler(f))) })
}

func handler(f *wire.Function) http.Handler {
	reader, publisher := f.Reader(nil), f.Publisher()
	c := web.Config{
		Config: f.Access, Site: f.Site, Public: f.Public, Version: wire.Version(),
		Reader: reader, Publisher: publisher, Report: coverage.NewStoredReport(f.Store), Sources: &sources.Desk{Store: f.Store},
		Trial: func() (preview.Reader, preview.Publisher, error) {
			o := memory.NewOverlay(f.Store)
			return reader.On(o), publisher.On(o), nil
		},
	}
	if base := f.Env("AKIN_INDEX"); base != "" {
		c.Filterer, c.Titles = api.FilteredBy(base), editors.TitlesBy(base)
	}
	if f.Receipts() {
		c.Receipts = &engine.Polled{Reader: reader, Every: 2 * time.Second, Longest: 20 * time.Second} // a function has 28 s
	}
	if f.Env("AKIN_EVENTS") == "true" {
		c.Events = engine.NewCounter(f.Store, reader, engine.CounterOptions{})
	}
	return web.Following(web.New, c, f.Chosen.Site)
}
