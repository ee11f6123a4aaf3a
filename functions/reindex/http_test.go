package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/google/go-cmp/cmp"

	"akin/functions/web/api"
	"akin/functions/wire"
	"akin/infra/gateway"
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

func TestRoutes(t *testing.T) {
	tests := []struct {
		name, path string
		signed     bool
		latest     types.ExecutionStatus
		rollback   error
		status     int
		started    string
	}{
		{"a rebuild", "/v1/reindex", true, "", nil, 202, `{}`},
		{"a forced one", "/v1/reindex?force=true", true, types.ExecutionStatusSucceeded, nil, 202, `{"force":true}`},
		{"one at a time", "/v1/reindex", true, types.ExecutionStatusRunning, nil, 409, ""},
		{"a parameter that is wrong", "/v1/reindex?dryRun=2", true, "", nil, 422, ""},
		{"unsigned", "/v1/reindex", false, "", nil, 401, ""},
		{"back", "/v1/rollback", true, types.ExecutionStatusFailed, nil, 200, ""},
		{"nothing to go back to", "/v1/rollback", true, "", engine.ErrNoGeneration, 409, ""},
		{"back while rebuilding", "/v1/rollback", true, types.ExecutionStatusRunning, nil, 409, ""},
		{"a failing store", "/v1/rollback", true, "", errors.New("secret"), 500, ""},
		{"no such route", "/v1/items", true, "", nil, 404, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := &states{latest: tt.latest}
			m := &machine{api: s, arn: "arn", rollback: func(context.Context) (*recommend.Generation, error) {
				return &recommend.Generation{Number: 4}, tt.rollback
			}}
			var e events.APIGatewayV2HTTPRequest
			e.RequestContext.HTTP.Method, e.RequestContext.RequestID = "POST", "id"
			path, query, _ := cut(tt.path)
			e.RawPath, e.RawQueryString = path, query
			if tt.signed {
				e.RequestContext.Authorizer = &events.APIGatewayV2HTTPRequestContextAuthorizerDescription{
					IAM: &events.APIGatewayV2HTTPRequestContextAuthorizerIAMDescription{UserARN: "arn:aws:iam::1:user/cms"},
				}
			}
			out, err := gateway.Handler(routes(m, wire.Logger(io.Discard)))(t.Context(), e)
			if err != nil {
				t.Fatal(err)
			}
			if out.StatusCode != tt.status || s.started != tt.started {
				t.Errorf("answer %d %s, started %q; want %d, %q", out.StatusCode, out.Body, s.started, tt.status, tt.started)
			}
		})
	}
}

func cut(path string) (before, after string, found bool) {
	for i := range path {
		if path[i] == '?' {
			return path[:i], path[i+1:], true
		}
	}
	return path, "", false
}

// What this function answers is spelled as package web spells it.
func TestRebuildIsSpelledAsWebSpellsIt(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	ours, err := json.Marshal(rebuild{State: "failed", DryRun: true, Force: true, StartedAt: at, FinishedAt: at, Error: "x"})
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := json.Marshal(api.Rebuild{State: "failed", DryRun: true, Force: true, StartedAt: at, FinishedAt: at, Error: "x"})
	if err != nil {
		t.Fatal(err)
	}
	var a, b map[string]any
	if err := errors.Join(json.Unmarshal(ours, &a), json.Unmarshal(theirs, &b)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(b, a); diff != "" {
		t.Errorf("rebuild mismatch (-web +reindex):\n%s", diff)
	}
}

func TestShards(t *testing.T) {
	for _, tt := range []struct{ items, wanted, want int }{{0, 0, 1}, {5000, 0, 1}, {5001, 0, 2}, {60_000, 0, 12}, {10, 8, 8}, {1 << 30, 0, 200}, {10, -1, 1}} {
		if got := shards(tt.items, tt.wanted); got != tt.want {
			t.Errorf("shards(%d, %d) = %d, want %d", tt.items, tt.wanted, got, tt.want)
		}
	}
}
