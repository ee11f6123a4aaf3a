// Command source is the Lambda function that reads the sources that items come
// from, when a clock or a webhook says that one is due. It reaches the public
// internet only.
package main

import (
	"github.com/aws/aws-lambda-go/lambda"

	"akin/functions/wire"
	"akin/infra/source"
	"akin/recommend/sources"
)

func main() {
	wire.Main("source", true, func(w *wire.Function) {
		f := &function{
			runner:  &sources.Runner{Store: w.Store, Reader: source.Public(w.Env("AKIN_SITE"), ""), Publisher: w.Publisher(), Longest: longest},
			metrics: w.Metrics(), log: w.Log,
		}
		lambda.Start(f.handle)
	})
}
