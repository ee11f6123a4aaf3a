// Command reindex is the Lambda function that makes generations, step by step
// for the state machine, and takes items in: from files that arrive in the
// import bucket and from events of the publishing system. It also measures the
// state of the whole for the alarms, and answers the routes of the HTTP API that
// start a rebuild or go back to the generation before.
package main

import (
	"context"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sfn"

	"akin/functions/web/api"
	"akin/functions/web/serve"
	"akin/functions/wire"
	"akin/infra/gateway"
	"akin/infra/intake"
	"akin/infra/steps"
	"akin/recommend/coverage"
)

func main() { wire.Main("reindex", run) }

func run(env wire.Env, log *slog.Logger) error {
	store, err := env.Store(true)
	if err != nil {
		return err
	}
	indexer, err := env.Indexer(store, log)
	if err != nil {
		return err
	}
	publisher, err := env.Publisher(store)
	if err != nil {
		return err
	}
	reader := env.Reader(store)
	runner := &steps.Runner{
		Indexer: indexer, Status: reader.Status, Metrics: env.Metrics(os.Stdout), Log: log,
		Report: func(ctx context.Context, age time.Duration) error {
			return coverage.Renew(ctx, indexer, store, time.Now(), age)
		},
	}
	machine := &steps.Machine{ARN: env("AKIN_STATE_MACHINE"), Back: runner.Rollback, API: sfn.New(sfn.Options{
		Region: env.Region(), Credentials: env.Credentials(), BaseEndpoint: env.Endpoint("SFN"),
	})}
	h, err := handler(env, log, machine)
	if err != nil {
		return err
	}
	f := &function{http: gateway.Handler(h), steps: runner, intake: &intake.Importer{
		Publisher: publisher, Status: reader.Status, Item: reader.Item, Rebuild: machine.Start, Log: log,
		Files: s3.New(s3.Options{
			Region: env.Region(), Credentials: env.Credentials(), BaseEndpoint: env.Endpoint("S3"), UsePathStyle: env.Endpoint("S3") != nil,
		}),
	}}
	lambda.Start(f.handle)
	return nil
}

// handler answers the routes of the HTTP API that lead here.
func handler(env wire.Env, log *slog.Logger, r api.Rebuilder) (http.Handler, error) {
	access, err := env.Access(log)
	if err != nil {
		return nil, err
	}
	front := serve.New(access)
	rebuilds := api.New(front, api.Config{Rebuilder: r}, api.Rebuilds)
	form := api.RebuildForm(front, r)
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if api.Answers(q.URL.Path) {
			front.Serve(w, q, true, rebuilds)
		} else {
			front.Serve(w, q, false, form)
		}
	}), nil
}
