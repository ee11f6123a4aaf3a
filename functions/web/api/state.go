package api

import (
	"cmp"
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"akin/functions/web/serve"
	"akin/recommend"
	"akin/recommend/engine"
)

// A Rebuilder makes new generations, beside the one in use, and goes back to
// the one before. It is safe for concurrent use.
type Rebuilder interface {
	// Start starts a rebuild and does not wait for its end. If one is under
	// way, the error wraps [engine.ErrRebuilding].
	Start(ctx context.Context, o engine.RebuildOptions) (engine.Rebuild, error)
	// State returns the state of the latest rebuild.
	State(ctx context.Context) (engine.Rebuild, error)
	// Rollback makes the generation before the one in use.
	Rollback(ctx context.Context) (*recommend.Generation, error)
}

// A StatusAnswer is the state of the whole.
type StatusAnswer struct {
	recommend.StatusReport
	Reindex *engine.Rebuild `json:"reindex,omitempty" doc:"The latest rebuild since the program started"`
	Sources []sourceState   `json:"sources,omitempty" doc:"Where items come from, and what became of the last runs"`

	Webhooks []recommend.Webhook `json:"webhooks,omitempty" doc:"Where receipts are sent, and how far each address is"`
}

type generationsAnswer struct {
	Generations []recommend.Generation `json:"generations"`
}

type healthAnswer struct {
	Status string `json:"status" enum:"ok,degraded" doc:"degraded: reads are answered, but the last write failed, less than five minutes ago"`
}

type healthInput struct {
	Deep bool `query:"deep" doc:"Read what every answer begins with; 503 if that fails"`
}

type reindexInput struct {
	DryRun bool `query:"dryRun" doc:"Make and judge the generation, but do not switch to it"`
	Force  bool `query:"force" doc:"Switch to it even if a gate fails"`
}

func (s *routes) routeState(api *router) {
	tags := []string{"state"}
	handle(s, api, huma.Operation{
		OperationID: "status", Method: http.MethodGet, Path: "/v1/status", Tags: tags,
		Summary:     "The state of the service",
		Description: "Only the roles editor and pipeline are told of dead letters, sources, webhooks and errors.",
	}, serve.Public, s.status)
	handle(s, api, huma.Operation{
		OperationID: "generations", Method: http.MethodGet, Path: "/v1/generations", Tags: tags,
		Summary: "All generations, oldest first",
	}, serve.Public, func(ctx context.Context, _ *struct{}) (*cached[generationsAnswer], error) {
		all, err := s.Reader.Generations(ctx)
		if err != nil {
			return nil, err
		}
		return &cached[generationsAnswer]{CacheControl: serve.AskAgain, Body: generationsAnswer{orEmpty(all)}}, nil
	})
	handle(s, api, huma.Operation{
		OperationID: "health", Method: http.MethodGet, Path: "/healthz", Tags: tags,
		Summary:     "Whether the program answers, and whether writes succeed; with deep, whether the store can be read",
		Description: "200 as long as reads are answered, so that nothing takes a program away from readers because it cannot write. It asks no store unless deep is given.",
	}, serve.Public, func(ctx context.Context, in *healthInput) (*cached[healthAnswer], error) {
		if in.Deep {
			if _, err := s.Reader.Status(ctx); err != nil {
				return nil, err
			}
		}
		status := "ok"
		if s.WritesFail() {
			status = "degraded"
		}
		return &cached[healthAnswer]{CacheControl: serve.NoStore, Body: healthAnswer{status}}, nil
	})
}

// Rebuilds are the routes that start a rebuild and go back to the generation
// before.
func Rebuilds(s *routes, api *router) {
	tags := []string{"state"}
	handle(s, api, huma.Operation{
		OperationID: "reindex", Method: http.MethodPost, Path: "/v1/reindex", Tags: tags, DefaultStatus: http.StatusAccepted,
		Summary:     "Start making a new generation",
		Description: "Answers at once; /v1/status shows the progress. 409 while one is being made.",
		Errors:      []int{http.StatusConflict, http.StatusNotImplemented},
	}, serve.RoleEditor|serve.RolePipeline, func(ctx context.Context, in *reindexInput) (*written[engine.Rebuild], error) {
		if s.Rebuilder == nil {
			return nil, recommend.ErrUnavailable
		}
		state, err := s.Rebuilder.Start(ctx, engine.RebuildOptions{DryRun: in.DryRun, Force: in.Force})
		if err != nil {
			return nil, err
		}
		return &written[engine.Rebuild]{Status: http.StatusAccepted, Location: "/v1/status", Body: state}, nil
	})
	handle(s, api, huma.Operation{
		OperationID: "rollback", Method: http.MethodPost, Path: "/v1/rollback", Tags: tags,
		Summary: "Go back to the previous generation",
		Errors:  []int{http.StatusConflict, http.StatusUnprocessableEntity, http.StatusNotImplemented},
	}, serve.RoleEditor|serve.RolePipeline, func(ctx context.Context, _ *struct{}) (*written[*recommend.Generation], error) {
		if s.Rebuilder == nil {
			return nil, recommend.ErrUnavailable
		}
		g, err := s.Rebuilder.Rollback(context.WithoutCancel(ctx))
		if err != nil {
			return nil, err
		}
		return &written[*recommend.Generation]{Status: http.StatusOK, Body: g}, nil
	})
}

func (s *routes) status(ctx context.Context, _ *struct{}) (*cached[StatusAnswer], error) {
	report, err := s.Reader.Status(ctx)
	if err != nil {
		return nil, err
	}
	out := &cached[StatusAnswer]{CacheControl: serve.AskAgain, Body: StatusAnswer{StatusReport: *report}}
	b := &out.Body
	b.Version, b.Store = cmp.Or(b.Version, s.Version), cmp.Or(b.Store, s.Store)
	if s.Rebuilder != nil {
		state, err := s.Rebuilder.State(ctx)
		if err != nil {
			return nil, err
		}
		b.Reindex = &state
	}
	if s.May(ctx, serve.RoleEditor|serve.RolePipeline) {
		out.CacheControl = serve.Private
		if s.Webhooks != nil {
			if b.Webhooks, err = s.Webhooks(ctx); err != nil {
				return nil, err
			}
		}
		b.Sources, err = s.sources(ctx)
		return out, err
	}
	b.DeadLetters = nil
	if b.Reindex != nil {
		b.Reindex.Error = ""
	}
	return out, nil
}
