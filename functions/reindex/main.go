// Command reindex is the Lambda function that makes generations, step by step
// for the state machine, and takes items in: from files that arrive in the
// import bucket and from events of the publishing system. It also measures the
// state of the whole for the alarms, and answers the routes of the HTTP API that
// start a rebuild or go back to the generation before.
package main

import (
	"context"
	"net/http"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sfn"

	"akin/functions/web/api"
	"akin/functions/web/serve"
	"akin/functions/wire"
	"akin/infra/intake"
	"akin/infra/steps"
	"akin/recommend/coverage"
)

func main() { wire.Main("reindex", true, run) }

func run(w *wire.Function) {
	indexer, reader := w.Indexer(), w.Reader(nil)
	runner := &steps.Runner{
		Indexer: indexer, Status: reader.Status, Metrics: w.Metrics(), Log: w.Log,
		Report: func(ctx context.Context, age time.Duration) error {
			return coverage.Renew(ctx, indexer, w.Store, time.Now(), age)
		},
	}
	machine := &steps.Machine{ARN: w.Env("AKIN_STATE_MACHINE"), Back: runner.Rollback, API: sfn.New(sfn.Options{
		Region: w.Region(), Credentials: w.Credentials(), BaseEndpoint: w.Endpoint("SFN"),
	})}
	f := &function{http: w.Answer("reindex", handler(w, machine)), steps: runner, intake: &intake.Importer{
		Publisher: w.Publisher(), Status: reader.Status, Item: reader.Item, Rebuild: machine.Start, Log: w.Log,
		Files: s3.New(s3.Options{
			Region: w.Region(), Credentials: w.Credentials(), BaseEndpoint: w.Endpoint("S3"), UsePathStyle: w.Endpoint("S3") != nil,
		}),
	}}
	lambda.Start(f.handle)
}

// handler answers the routes of the HTTP API that lead here.
func handler(w *wire.Function, r api.Rebuilder) http.Handler {
	front := serve.New(w.Access)
	rebuilds := api.New(front, api.Config{Rebuilder: r}, api.Rebuilds)
	form := api.RebuildForm(front, r)
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if api.Answers(q.URL.Path) {
			front.Serve(w, q, true, rebuilds)
		} else {
			front.Serve(w, q, false, form)
		}
	})
}
