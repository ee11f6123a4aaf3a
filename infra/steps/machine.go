package steps

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"akin/recommend"
	"akin/recommend/engine"
)

// executions is the part of [sfn.Client] that a machine calls.
type executions interface {
	StartExecution(context.Context, *sfn.StartExecutionInput, ...func(*sfn.Options)) (*sfn.StartExecutionOutput, error)
	ListExecutions(context.Context, *sfn.ListExecutionsInput, ...func(*sfn.Options)) (*sfn.ListExecutionsOutput, error)
}

// A Machine starts rebuilds as executions of the state machine. It is safe for
// concurrent use.
type Machine struct {
	API  executions
	ARN  string
	Back func(context.Context) (*recommend.Generation, error) // makes the generation before the one in use
}

// Start starts a rebuild and does not wait for its end. If one is under way,
// the error is [engine.ErrRebuilding].
func (m *Machine) Start(ctx context.Context, o engine.RebuildOptions) (engine.Rebuild, error) {
	now, err := m.State(ctx)
	if err != nil {
		return engine.Rebuild{}, err
	}
	if now.State == "running" {
		return now, engine.ErrRebuilding
	}
	input, err := json.Marshal(Request{DryRun: o.DryRun, Force: o.Force})
	if err != nil {
		return engine.Rebuild{}, err
	}
	name, text := rand.Text(), string(input)
	out, err := m.API.StartExecution(ctx, &sfn.StartExecutionInput{StateMachineArn: &m.ARN, Name: &name, Input: &text})
	if err != nil {
		return engine.Rebuild{}, fmt.Errorf("start rebuild: %w", err)
	}
	started := engine.Rebuild{State: "running", DryRun: o.DryRun, Force: o.Force}
	if out.StartDate != nil {
		started.StartedAt = out.StartDate.UTC().Truncate(time.Second)
	}
	return started, nil
}

// State returns the state of the latest rebuild.
func (m *Machine) State(ctx context.Context) (engine.Rebuild, error) {
	out, err := m.API.ListExecutions(ctx, &sfn.ListExecutionsInput{StateMachineArn: &m.ARN, MaxResults: 1})
	if err != nil {
		return engine.Rebuild{}, fmt.Errorf("rebuilds: %w", err)
	}
	if len(out.Executions) == 0 {
		return engine.Rebuild{State: "none"}, nil
	}
	latest := out.Executions[0]
	var r engine.Rebuild
	switch latest.Status {
	case types.ExecutionStatusRunning:
		r.State = "running"
	case types.ExecutionStatusSucceeded:
		r.State = "done"
	default:
		r.State, r.Error = "failed", "the execution of the state machine is "+string(latest.Status)
	}
	if latest.StartDate != nil {
		r.StartedAt = latest.StartDate.UTC().Truncate(time.Second)
	}
	if latest.StopDate != nil {
		r.FinishedAt = latest.StopDate.UTC().Truncate(time.Second)
	}
	return r, nil
}

// Rollback makes the generation before the one in use. It refuses while a rebuild is under way.
func (m *Machine) Rollback(ctx context.Context) (*recommend.Generation, error) {
	now, err := m.State(ctx)
	if err != nil {
		return nil, err
	}
	if now.State == "running" {
		return nil, engine.ErrRebuilding
	}
	return m.Back(ctx)
}
