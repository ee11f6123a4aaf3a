// Command reindex is the Lambda function that makes generations, step by step
// for the state machine, and takes items in: from files that arrive in the
// import bucket and from events of the publishing system. It also measures the
// state of the whole for the alarms, and answers the routes of the HTTP API that
// start a rebuild or go back to the generation before.
package main

import (
	"cmp"
	"context"
	"log/slog"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sfn"

	"akin/functions/wire"
	"akin/infra/gateway"
	"akin/recommend"
)

func main() {
	log := wire.Logger(os.Stdout)
	if err := run(os.Getenv, log); err != nil {
		log.Error("reindex does not start", "err", err)
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
	publisher, err := env.Publisher(store)
	if err != nil {
		return err
	}
	reader := env.Reader(store)
	rebuilds := &machine{arn: env("AKIN_STATE_MACHINE"), api: sfn.New(sfn.Options{
		Region: env.Region(), Credentials: env.Credentials(), BaseEndpoint: env.Endpoint("SFN"),
	})}
	f := &function{
		indexer: indexer, reader: reader, publisher: publisher, rebuilds: rebuilds,
		report: report{indexer, store}, metrics: env.Metrics(os.Stdout), log: log,
		files: s3.New(s3.Options{
			Region: env.Region(), Credentials: env.Credentials(), BaseEndpoint: env.Endpoint("S3"), UsePathStyle: env.Endpoint("S3") != nil,
		}),
	}
	rebuilds.rollback = func(ctx context.Context) (*recommend.Generation, error) {
		ctx, cancel := context.WithTimeout(ctx, requestTime)
		defer cancel()
		x, err := indexer()
		if err != nil {
			return nil, err
		}
		var g *recommend.Generation
		err = wire.UntilFree(ctx, spare, wire.Pause, func() (err error) {
			g, err = x.Rollback(ctx)
			return err
		})
		return g, err
	}
	f.http = gateway.Handler(routes(rebuilds, log))
	lambda.Start(f.handle)
	return nil
}

// requestTime is how long a request of the HTTP API may take, which itself
// gives up after 29 s.
const requestTime = 25 * time.Second

// shardItems is how many items a shard of a rebuild has: every shard reads the
// index, so few large ones are better than many small ones.
const shardItems = 5000

// shards returns how many shards a rebuild of items has, 1 to 200.
func shards(items, wanted int) int {
	return max(1, min(200, cmp.Or(wanted, (items+shardItems-1)/shardItems)))
}
