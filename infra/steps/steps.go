// Package steps makes generations as a state machine of Step Functions has them
// made: a [Machine] starts executions and tells how they are getting on, and a
// [Runner] does their steps, one an invocation. The clock has steps of its own.
package steps

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/aws/aws-lambda-go/lambda/messages"

	"akin/infra/emf"
	"akin/recommend"
	"akin/recommend/engine"
)

// A Runner does steps. All of its fields are needed but Wait.
type Runner struct {
	Indexer func() (*engine.Indexer, error)
	Status  func(context.Context) (*recommend.StatusReport, error)
	Report  func(ctx context.Context, age time.Duration) error // makes the editors' report anew if it is older than age
	Metrics *emf.Log
	Log     *slog.Logger
	Wait    func(context.Context, time.Duration) error // between two tries while another writes; nil: it waits
}

// A Step is what an event of the state machine, or of the clock, asks for.
type Step struct {
	Step       string          `json:"step"`       // one of plan, map, commit, fail, watch
	Request    Request         `json:"request"`    // of plan: the input of the execution
	Generation int             `json:"generation"` // of the other steps
	Shard      int             `json:"shard"`      // of map
	DryRun     bool            `json:"dryRun"`     // of commit
	Force      bool            `json:"force"`      // of commit
	Error      json.RawMessage `json:"error"`      // of fail: what failed
}

// A Request says how a rebuild is to be made.
type Request struct {
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

// Do does a step and returns what the state machine is told of it.
func (r *Runner) Do(ctx context.Context, s Step) (any, error) {
	switch s.Step {
	case "plan":
		return r.plan(ctx, s.Request)
	case "map":
		x, err := r.Indexer()
		if err != nil {
			return nil, err
		}
		if err := x.MapShard(ctx, s.Generation, s.Shard, nil); err != nil {
			return nil, err
		}
		return map[string]int{"shard": s.Shard}, nil
	case "commit":
		return r.commit(ctx, s)
	case "fail":
		r.Log.ErrorContext(ctx, "rebuild failed", "generation", s.Generation, "cause", string(s.Error))
		x, err := r.Indexer()
		if err != nil {
			return nil, err
		}
		return struct{}{}, x.Fail(ctx, s.Generation)
	case "watch":
		return r.watch(ctx)
	}
	return nil, fmt.Errorf("event: nothing is known to do for step %q", s.Step)
}

func (r *Runner) plan(ctx context.Context, want Request) (any, error) {
	status, err := r.Status(ctx)
	if err != nil {
		return nil, err
	}
	x, err := r.Indexer()
	if err != nil {
		return nil, err
	}
	n := shards(status.Items, want.Shards)
	g, err := x.Plan(ctx, n, nil)
	if err != nil {
		return nil, err
	}
	p := plan{Generation: g.Number, DryRun: want.DryRun, Force: want.Force}
	for i := range n {
		p.Shards = append(p.Shards, i)
	}
	r.Log.InfoContext(ctx, "rebuild planned", "generation", g.Number, "items", status.Items, "shards", n)
	return p, nil
}

// reportAge is how old the editors' report may be.
const reportAge = 12 * time.Hour

// spare is how much of an invocation's time is left for answering.
const spare = 10 * time.Second

// commit switches to a generation. That it does not pass its gates is an error
// of a name of its own, and nothing to try again.
func (r *Runner) commit(ctx context.Context, e Step) (any, error) {
	x, err := r.Indexer()
	if err != nil {
		return nil, err
	}
	var g *recommend.Generation
	err = engine.UntilFree(ctx, spare, r.Wait, func() (err error) {
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
		if err := r.Report(ctx, 0); err != nil { // the next watch makes it
			r.Log.ErrorContext(ctx, "no editors' report", "err", err)
		}
	}
	r.Log.InfoContext(ctx, "generation switched to", "generation", g.Number, "items", g.Items, "dryRun", e.DryRun)
	return g, nil
}

// watch writes the metrics that do not come of any event, and keeps the editors'
// report current.
func (r *Runner) watch(ctx context.Context) (any, error) {
	s, err := r.Status(ctx)
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
	if err := r.Metrics.Put(m); err != nil || s.Generation == 0 {
		return struct{}{}, err
	}
	return struct{}{}, r.Report(ctx, reportAge)
}

// requestTime is how long a request of the HTTP API may take, which itself
// gives up after 29 s.
const requestTime = 25 * time.Second

// Rollback makes the generation before the one in use, and waits up to 15 s for
// another writer.
func (r *Runner) Rollback(ctx context.Context) (*recommend.Generation, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	x, err := r.Indexer()
	if err != nil {
		return nil, err
	}
	var g *recommend.Generation
	err = engine.UntilFree(ctx, spare, r.Wait, func() (err error) {
		g, err = x.Rollback(ctx)
		return err
	})
	return g, err
}

// shardItems is how many items a shard of a rebuild has: every shard reads the
// index, so few large ones are better than many small ones.
const shardItems = 5000

// shards returns how many shards a rebuild of items has, 1 to 200.
func shards(items, wanted int) int {
	return max(1, min(200, cmp.Or(wanted, (items+shardItems-1)/shardItems)))
}
