package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"akin/recommend"
)

// executions is the part of [sfn.Client] that a machine calls.
type executions interface {
	StartExecution(context.Context, *sfn.StartExecutionInput, ...func(*sfn.Options)) (*sfn.StartExecutionOutput, error)
	ListExecutions(context.Context, *sfn.ListExecutionsInput, ...func(*sfn.Options)) (*sfn.ListExecutionsOutput, error)
}

// A machine starts rebuilds as executions of the state machine.
type machine struct {
	api      executions
	arn      string
	rollback func(context.Context) (*recommend.Generation, error)
}

var _ rebuilder = (*machine)(nil)

// errRebuilding says that there is one rebuild at a time.
var errRebuilding = errors.New("a rebuild is under way; wait until it is done")

// A rebuild is the state of the latest rebuild. Its JSON is that of package web,
// which would double the program.
type rebuild struct {
	State      string    `json:"state"` // none, running, done, failed
	DryRun     bool      `json:"dryRun,omitempty"`
	Force      bool      `json:"force,omitempty"`
	StartedAt  time.Time `json:"startedAt,omitzero"`
	FinishedAt time.Time `json:"finishedAt,omitzero"`
	Error      string    `json:"error,omitempty"`
}

// Start starts a rebuild and does not wait for its end. If one is under way,
// the error is [errRebuilding].
func (m *machine) Start(ctx context.Context, o rebuildRequest) (rebuild, error) {
	now, err := m.State(ctx)
	if err != nil {
		return rebuild{}, err
	}
	if now.State == "running" {
		return now, errRebuilding
	}
	input, err := json.Marshal(o)
	if err != nil {
		return rebuild{}, err
	}
	name, text := rand.Text(), string(input)
	out, err := m.api.StartExecution(ctx, &sfn.StartExecutionInput{StateMachineArn: &m.arn, Name: &name, Input: &text})
	if err != nil {
		return rebuild{}, fmt.Errorf("start rebuild: %w", err)
	}
	started := rebuild{State: "running", DryRun: o.DryRun, Force: o.Force}
	if out.StartDate != nil {
		started.StartedAt = out.StartDate.UTC().Truncate(time.Second)
	}
	return started, nil
}

// State returns the state of the latest rebuild.
func (m *machine) State(ctx context.Context) (rebuild, error) {
	out, err := m.api.ListExecutions(ctx, &sfn.ListExecutionsInput{StateMachineArn: &m.arn, MaxResults: 1})
	if err != nil {
		return rebuild{}, fmt.Errorf("rebuilds: %w", err)
	}
	if len(out.Executions) == 0 {
		return rebuild{State: "none"}, nil
	}
	latest := out.Executions[0]
	var r rebuild
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
func (m *machine) Rollback(ctx context.Context) (*recommend.Generation, error) {
	now, err := m.State(ctx)
	if err != nil {
		return nil, err
	}
	if now.State == "running" {
		return nil, errRebuilding
	}
	return m.rollback(ctx)
}
