// Command publish is the Lambda function that brings related lists up to date:
// the stream of the table tells it that changes wait.
package main

import (
	"context"
	"log/slog"
	"os"

	"github.com/aws/aws-lambda-go/lambda"

	"akin/functions/wire"
	"akin/infra/stream"
)

func main() { wire.Main("publish", run) }

func run(env wire.Env, log *slog.Logger) error {
	store, err := env.Store(true)
	if err != nil {
		return err
	}
	indexer, err := env.Indexer(store, log)
	if err != nil {
		return err
	}
	h := &stream.Handler{Metrics: env.Metrics(os.Stdout), Log: log, CatchUp: func(ctx context.Context) (int, error) {
		x, err := indexer()
		if err != nil {
			return 0, err
		}
		return x.CatchUp(ctx)
	}}
	lambda.Start(h.Handle)
	return nil
}
