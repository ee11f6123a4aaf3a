package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"akin/infra/intake"
	"akin/infra/steps"
	"akin/recommend/engine"
)

// A function hands each event to what deals with its kind.
type function struct {
	http   func(context.Context, events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error)
	intake *intake.Importer
	steps  *steps.Runner
}

// handle does what the event in b asks for: a request of the HTTP API, an event
// of EventBridge, a step of the state machine or of the clock.
func (f *function) handle(ctx context.Context, b json.RawMessage) (any, error) {
	var e struct {
		steps.Step
		Source     string
		DetailType string `json:"detail-type"`
		ID         string
		Time       time.Time // when it was sent
		Detail     json.RawMessage
		RouteKey   string // of the HTTP API
	}
	if err := json.Unmarshal(b, &e); err != nil {
		return nil, fmt.Errorf("event: %w", err)
	}
	switch {
	case e.RouteKey != "":
		var r events.APIGatewayV2HTTPRequest
		if err := json.Unmarshal(b, &r); err != nil {
			return nil, fmt.Errorf("event: %w", err)
		}
		return f.http(ctx, r)
	case e.DetailType == "Object Created" && e.Source == "aws.s3":
		return f.intake.File(ctx, e.Detail)
	case e.DetailType == "item.published":
		return f.intake.Published(ctx, engine.Heard{At: e.Time, ID: e.ID}, e.Detail)
	case e.DetailType == "item.withdrawn":
		return f.intake.Withdrawn(ctx, engine.Heard{At: e.Time, ID: e.ID}, e.Detail)
	case e.DetailType != "":
		return nil, fmt.Errorf("event: nothing is known to do for detail-type %q", e.DetailType)
	}
	return f.steps.Do(ctx, e.Step)
}
