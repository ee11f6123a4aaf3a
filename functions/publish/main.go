// Command publish is the Lambda function that brings related lists up to date:
// the stream of the table tells it that changes wait.
package main

import (
	"context"
	"log/slog"
	"os"

	"github.com/aws/aws-lambda-go/lambda"

	"akin/functions/wire"
)

func main() {
	log := wire.Logger(os.Stdout)
	if err := run(os.Getenv, log); err != nil {
		log.Error("publish does not start", "err", err)
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
	catchUp := func(ctx context.Context) (int, error) {
		x, err := indexer()
		if err != nil {
			return 0, err
		}
		return x.CatchUp(ctx)
	}
	f := &function{catchUp: catchUp, metrics: env.Metrics(os.Stdout), log: log, pause: wire.Pause}
	lambda.Start(f.handle)
	return nil
}
