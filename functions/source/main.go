// Command source is the Lambda function that reads the sources that items come
// from, when a clock or a webhook says that one is due. It reaches the public
// internet only.
package main

import (
	"log/slog"
	"os"

	"github.com/aws/aws-lambda-go/lambda"

	"akin/functions/wire"
	"akin/infra/source"
	"akin/recommend/sources"
)

func main() { wire.Main("source", run) }

func run(env wire.Env, log *slog.Logger) error {
	store, err := env.Store(true)
	if err != nil {
		return err
	}
	publisher, err := env.Publisher(store)
	if err != nil {
		return err
	}
	f := &function{
		runner:  &sources.Runner{Store: store, Reader: source.Public(env("AKIN_SITE"), ""), Publisher: publisher, Longest: longest},
		metrics: env.Metrics(os.Stdout), log: log,
	}
	lambda.Start(f.handle)
	return nil
}
