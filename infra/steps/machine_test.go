package steps

import (
	"context"
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"akin/recommend"
	"akin/recommend/engine"
)

// states is a state machine with a latest execution of a status.
type states struct {
	latest  types.ExecutionStatus
	started string // input of what was started
}

func (s *states) StartExecution(_ context.Context, in *sfn.StartExecutionInput, _ ...func(*sfn.Options)) (*sfn.StartExecutionOutput, error) {
	s.started = *in.Input
	return &sfn.StartExecutionOutput{}, nil
}

func (s *states) ListExecutions(context.Context, *sfn.ListExecutionsInput, ...func(*sfn.Options)) (*sfn.ListExecutionsOutput, error) {
	if s.latest == "" {
		return &sfn.ListExecutionsOutput{}, nil
	}
	return &sfn.ListExecutionsOutput{Executions: []types.ExecutionListItem{{Status: s.latest}}}, nil
}

// One rebuild is made at a time, and nobody goes back meanwhile.
func TestMachine(t *testing.T) {
	broken := errors.New("the store is away")
	tests := []struct {
		name     string
		latest   types.ExecutionStatus
		rollback error
		state    string
		start    error
		back     error
	}{
		{"none yet", "", nil, "none", nil, nil},
		{"done", types.ExecutionStatusSucceeded, nil, "done", nil, nil},
		{"failed", types.ExecutionStatusFailed, nil, "failed", nil, nil},
		{"running", types.ExecutionStatusRunning, nil, "running", engine.ErrRebuilding, engine.ErrRebuilding},
		{"nothing to go back to", "", engine.ErrNoGeneration, "none", nil, engine.ErrNoGeneration},
		{"a failing store", "", broken, "none", nil, broken},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := &states{latest: tt.latest}
			m := &Machine{API: s, ARN: "arn", Back: func(context.Context) (*recommend.Generation, error) {
				return &recommend.Generation{Number: 4}, tt.rollback
			}}
			if now, err := m.State(t.Context()); err != nil || now.State != tt.state {
				t.Errorf("state %+v, %v, want %s", now, err, tt.state)
			}
			if _, err := m.Start(t.Context(), engine.RebuildOptions{Force: true}); !errors.Is(err, tt.start) {
				t.Errorf("start: %v, want %v", err, tt.start)
			}
			if want := `{"force":true}`; tt.start == nil && s.started != want {
				t.Errorf("started with %q, want %q", s.started, want)
			}
			if g, err := m.Rollback(t.Context()); !errors.Is(err, tt.back) || err == nil && g.Number != 4 {
				t.Errorf("rollback: %+v, %v, want %v", g, err, tt.back)
			}
		})
	}
}

func TestShards(t *testing.T) {
	for _, tt := range []struct{ items, wanted, want int }{{0, 0, 1}, {5000, 0, 1}, {5001, 0, 2}, {60_000, 0, 12}, {10, 8, 8}, {1 << 30, 0, 200}, {10, -1, 1}} {
		if got := shards(tt.items, tt.wanted); got != tt.want {
			t.Errorf("shards(%d, %d) = %d, want %d", tt.items, tt.wanted, got, tt.want)
		}
	}
}
