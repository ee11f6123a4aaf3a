// Command publish is the Lambda function that brings related lists up to date:
// the stream of the table tells it that changes wait.
package main

import (
	"context"

	"github.com/aws/aws-lambda-go/lambda"

	"akin/functions/wire"
	"akin/infra/stream"
)

func main() {
	wire.Main("publish", true, func(f *wire.Function) {
		indexer := f.Indexer()
		h := &stream.Handler{Metrics: f.Metrics(), Log: f.Log, CatchUp: func(ctx context.Context) (int, error) {
			x, err := indexer()
			if err != nil {
				return 0, err
			}
			return x.CatchUp(ctx)
		}}
		lambda.Start(h.Handle)
	})
}
