// Command publish is the Lambda function that brings related lists up to date:
// the stream of the table tells it that changes wait.
package main

import (
	"context"
	"errors"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"

	"akin/functions/wire"
	"akin/infra/bus"
	"akin/infra/dynamo"
	"akin/infra/stream"
	"akin/recommend/engine"
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
		if f.Receipts() {
			h.Tell = teller(f, indexer)
		}
		lambda.Start(h.Handle)
	})
}

// sending is how much of an invocation's time is left for putting receipts on the bus.
const sending = 30 * time.Second

// teller returns what tells of changes.
func teller(f *wire.Function, indexer func() (*engine.Indexer, error)) func(context.Context, bool) (int, error) {
	sender := &bus.Sender{Store: f.Store, Reader: f.Reader(nil), Bus: f.Env("AKIN_BUS"), Client: bus.NewClient(eventbridge.Options{
		Region: f.Region(), BaseEndpoint: f.Endpoint("EVENTBRIDGE"), Credentials: f.Credentials(), HTTPClient: dynamo.HTTPClient(),
	})}
	return func(ctx context.Context, all bool) (int, error) {
		x, err := indexer()
		if err == nil {
			err = sender.Begin(ctx)
		}
		if err != nil {
			return 0, err
		}
		telling, cancel := context.WithCancel(ctx)
		defer cancel()
		if end, ok := ctx.Deadline(); ok {
			telling, cancel = context.WithDeadline(ctx, end.Add(-sending))
			defer cancel()
		}
		told := x.Tell(telling, all)
		if telling.Err() != nil && ctx.Err() == nil {
			told = nil // looking at all lists goes on with the next call
		}
		waiting, err := sender.Send(ctx) // also what was written before
		return waiting, errors.Join(told, err)
	}
}
