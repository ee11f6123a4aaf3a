package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda/messages"

	"akin/functions/wire"
	"akin/infra/emf"
	"akin/recommend"
	"akin/recommend/engine"
)

// A function handles all events of this Lambda function.
type function struct {
	indexer   func() (*engine.Indexer, error)
	reader    *engine.Reader
	publisher *engine.Publisher
	rebuilds  rebuilder
	files     files
	report    report
	metrics   *emf.Log
	log       *slog.Logger
	http      func(context.Context, events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error)
}

// An event is any of those that come: a step of the state machine or of the
// clock, an event of EventBridge, a request of the HTTP API.
type event struct {
	// Step is one of plan, map, commit, fail, watch.
	Step       string          `json:"step"`
	Request    rebuildRequest  `json:"request"`    // of plan: the input of the execution
	Generation int             `json:"generation"` // of the other steps
	Shard      int             `json:"shard"`      // of map
	DryRun     bool            `json:"dryRun"`     // of commit
	Force      bool            `json:"force"`      // of commit
	Error      json.RawMessage `json:"error"`      // of fail: what failed

	// Of EventBridge.
	Source     string          `json:"source"`
	DetailType string          `json:"detail-type"`
	Detail     json.RawMessage `json:"detail"`

	// Of the HTTP API.
	RouteKey string `json:"routeKey"`
}

// A rebuildRequest says how a rebuild is to be made.
type rebuildRequest struct {
	DryRun bool `json:"dryRun,omitempty"`
	Force  bool `json:"force,omitempty"`
	Shards int  `json:"shards,omitempty"` // 0: as many as suit the number of items
}

// A plan tells the state machine what to do next.
type plan struct {
	Generation int   `json:"generation"`
	Shards     []int `json:"shards"`
	DryRun     bool  `json:"dryRun"`
	Force      bool  `json:"force"`
}

// handle does what the event in b asks for.
func (f *function) handle(ctx context.Context, b json.RawMessage) (any, error) {
	var e event
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
		return f.importFile(ctx, e.Detail)
	case e.DetailType == "item.published":
		return f.published(ctx, e.Detail)
	case e.DetailType == "item.withdrawn":
		return f.withdrawn(ctx, e.Detail)
	}
	switch e.Step {
	case "plan":
		return f.plan(ctx, e.Request)
	case "map":
		x, err := f.indexer()
		if err != nil {
			return nil, err
		}
		if err := x.MapShard(ctx, e.Generation, e.Shard, nil); err != nil {
			return nil, err
		}
		return map[string]int{"shard": e.Shard}, nil
	case "commit":
		return f.commit(ctx, e)
	case "fail":
		f.log.ErrorContext(ctx, "rebuild failed", "generation", e.Generation, "cause", string(e.Error))
		x, err := f.indexer()
		if err != nil {
			return nil, err
		}
		return struct{}{}, x.Fail(ctx, e.Generation)
	case "watch":
		return f.watch(ctx)
	}
	return nil, fmt.Errorf("event: unknown step %q, detail-type %q", e.Step, e.DetailType)
}

func (f *function) plan(ctx context.Context, r rebuildRequest) (any, error) {
	status, err := f.reader.Status(ctx)
	if err != nil {
		return nil, err
	}
	x, err := f.indexer()
	if err != nil {
		return nil, err
	}
	n := shards(status.Items, r.Shards)
	g, err := x.Plan(ctx, n, nil)
	if err != nil {
		return nil, err
	}
	p := plan{Generation: g.Number, DryRun: r.DryRun, Force: r.Force}
	for i := range n {
		p.Shards = append(p.Shards, i)
	}
	f.log.InfoContext(ctx, "rebuild planned", "generation", g.Number, "items", status.Items, "shards", n)
	return p, nil
}

// spare is how much of an invocation's time is left for answering.
const spare = 10 * time.Second

// commit switches to a generation. That it does not pass its gates is an error
// of a name of its own, and nothing to try again.
func (f *function) commit(ctx context.Context, e event) (any, error) {
	x, err := f.indexer()
	if err != nil {
		return nil, err
	}
	var g *recommend.Generation
	err = wire.UntilFree(ctx, spare, wire.Pause, func() (err error) {
		g, err = x.Commit(ctx, e.Generation, engine.ReindexOptions{DryRun: e.DryRun, Force: e.Force})
		return err
	})
	var gates *engine.GateError
	if errors.As(err, &gates) {
		return nil, messages.InvokeResponse_Error{Type: "GatesNotPassed", Message: gates.Error()}
	}
	if err != nil {
		return nil, err
	}
	if !e.DryRun {
		if err := f.report.make(ctx); err != nil { // the next watch makes it
			f.log.ErrorContext(ctx, "no editors' report", "err", err)
		}
	}
	f.log.InfoContext(ctx, "generation switched to", "generation", g.Number, "items", g.Items, "dryRun", e.DryRun)
	return g, nil
}

// watch writes the metrics that do not come of any event, and keeps the editors'
// report current.
func (f *function) watch(ctx context.Context) (any, error) {
	s, err := f.reader.Status(ctx)
	if err != nil {
		return nil, err
	}
	m := map[string]emf.Metric{
		"Items":       {Value: float64(s.Items), Unit: emf.Count},
		"Pending":     {Value: float64(s.Pending), Unit: emf.Count},
		"DeadLetters": {Value: float64(len(s.DeadLetters)), Unit: emf.Count},
	}
	if !s.ComputedAt.IsZero() {
		m["GenerationAge"] = emf.Metric{Value: time.Since(s.ComputedAt).Seconds(), Unit: emf.Seconds}
	}
	if err := f.metrics.Put(m); err != nil || s.Generation == 0 {
		return struct{}{}, err
	}
	return struct{}{}, f.report.renew(ctx)
}

// published takes an item in that the publishing system tells of. An invalid
// one is an error, so that the event ends in the dead-letter queue; an older
// version than the stored one is none.
func (f *function) published(ctx context.Context, detail []byte) (any, error) {
	it, err := recommend.DecodeItem(detail)
	if err != nil {
		return nil, fmt.Errorf("item.published: %w", err)
	}
	return f.outcome(ctx, f.publisher.Put(ctx, it)[0])
}

func (f *function) withdrawn(ctx context.Context, detail []byte) (any, error) {
	var it struct {
		ID      string
		Version int64
	}
	if err := json.Unmarshal(detail, &it); err != nil {
		return nil, fmt.Errorf("item.withdrawn: %w", err)
	}
	return f.outcome(ctx, f.publisher.Withdraw(ctx, it.ID, it.Version))
}

func (f *function) outcome(ctx context.Context, r recommend.Result) (any, error) {
	if r.Outcome == recommend.Rejected {
		return nil, fmt.Errorf("item %q: %w", r.ID, r.Err)
	}
	f.log.InfoContext(ctx, "event taken", "item", r.ID, "version", r.Version, "outcome", string(r.Outcome))
	return map[string]string{"id": r.ID, "outcome": string(r.Outcome)}, nil
}
