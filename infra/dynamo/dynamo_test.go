package dynamo_test

import (
	"testing"

	"akin/infra/dynamo/dynamotest"
	"akin/infra/storetest"
	"akin/recommend"
)

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) recommend.Store { return dynamotest.Open(t, nil) })
}
