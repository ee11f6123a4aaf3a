// Command draft is the Lambda function that answers searches, drafts and why a work is
// not in a list from an index in memory.
package main

import (
	"net/http"
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"akin/functions/web"
	"akin/functions/wire"
	"akin/recommend/coverage"
	"akin/recommend/engine"
)

func main() {
	wire.Main("draft", true, func(f *wire.Function) { lambda.Start(f.Answer("draft", handler(f))) })
}

// handler answers from an index that the first request loads. It has no
// publisher, since its role may only read.
func handler(f *wire.Function) http.Handler {
	indexer := f.Indexer()
	return web.Following(web.NewIndexed, web.Config{
		Config: f.Access, Site: f.Site, Public: f.Public, Version: wire.Version(),
		Reader:   f.Reader(func() (engine.Ranker, error) { return indexer() }),
		Searcher: coverage.LateDrafter(indexer, time.Now), Report: coverage.NewStoredReport(f.Store),
	}, f.Chosen.Site)
}
