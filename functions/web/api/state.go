package api

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"akin/functions/web/serve"
	"akin/recommend"
	"akin/recommend/engine"
)

// RebuildOptions say what a rebuild is to do.
type RebuildOptions struct {
	DryRun bool // make and judge the generation, but do not switch to it
	Force  bool // switch to it even if a gate fails
}

// A Rebuild is the state of the latest rebuild.
type Rebuild struct {
	State      string                `json:"state" enum:"none,running,done,failed"`
	DryRun     bool                  `json:"dryRun,omitempty"`
	Force      bool                  `json:"force,omitempty"`
	Stage      string                `json:"stage,omitempty" doc:"What is being done"`
	Done       int                   `json:"done,omitempty" doc:"Items done in this stage"`
	Total      int                   `json:"total,omitempty" doc:"Items of this stage"`
	StartedAt  time.Time             `json:"startedAt,omitzero"`
	FinishedAt time.Time             `json:"finishedAt,omitzero"`
	Generation *recommend.Generation `json:"generation,omitempty" doc:"What was made"`
	Error      string                `json:"error,omitempty" doc:"Why it failed"`
}

// A Rebuilder makes new generations, beside the one in use, and goes back to
// the one before. It is safe for concurrent use.
type Rebuilder interface {
	// Start starts a rebuild and does not wait for its end. If one is under
	// way, the error wraps [serve.ErrRebuilding].
	Start(ctx context.Context, o RebuildOptions) (Rebuild, error)
	// State returns the state of the latest rebuild.
	State(ctx context.Context) (Rebuild, error)
	// Rollback makes the generation before the one in use.
	Rollback(ctx context.Context) (*recommend.Generation, error)
}

// A Reindexer rebuilds in this process. A [engine.Indexer] is one.
type Reindexer interface {
	Reindex(ctx context.Context, o engine.ReindexOptions) (*recommend.Generation, error)
	Rollback(ctx context.Context) (*recommend.Generation, error)
}

// Background is the [Rebuilder] of a program that rebuilds within itself.
type Background struct {
	ctx context.Context
	x   Reindexer
	log *slog.Logger

	mu    sync.Mutex
	state Rebuild
	wait  sync.WaitGroup
}

// NewBackground returns a Rebuilder that rebuilds by x, one at a time, until
// ctx is done. The end of each is a line of the log.
func NewBackground(ctx context.Context, x Reindexer, log *slog.Logger) *Background {
	return &Background{ctx: ctx, x: x, log: log, state: Rebuild{State: "none"}}
}

// Start implements [Rebuilder].
func (b *Background) Start(_ context.Context, o RebuildOptions) (Rebuild, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.state.State == "running" {
		return b.state, serve.ErrRebuilding
	}
	b.state = Rebuild{State: "running", DryRun: o.DryRun, Force: o.Force, StartedAt: time.Now().UTC().Truncate(time.Second)}
	b.wait.Go(func() { b.run(o) })
	return b.state, nil
}

func (b *Background) run(o RebuildOptions) {
	g, err := b.x.Reindex(b.ctx, engine.ReindexOptions{
		DryRun: o.DryRun, Force: o.Force,
		Progress: func(stage string, done, total int) {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.state.Stage, b.state.Done, b.state.Total = stage, done, total
		},
	})
	b.mu.Lock()
	defer b.mu.Unlock()
	s := &b.state
	s.Stage, s.Done, s.Total = "", 0, 0
	s.State, s.Generation, s.FinishedAt = "done", g, time.Now().UTC().Truncate(time.Second)
	if err != nil {
		s.State, s.Error = "failed", err.Error()
		b.log.ErrorContext(b.ctx, "rebuild failed", "err", err)
		return
	}
	b.log.InfoContext(b.ctx, "rebuild done", "generation", g.Number, "items", g.Items, "dryRun", o.DryRun)
}

// State implements [Rebuilder].
func (b *Background) State(context.Context) (Rebuild, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.state, nil
}

// Rollback implements [Rebuilder]. It refuses while a rebuild is under way.
func (b *Background) Rollback(ctx context.Context) (*recommend.Generation, error) {
	b.mu.Lock()
	running := b.state.State == "running"
	b.mu.Unlock()
	if running {
		return nil, serve.ErrRebuilding
	}
	return b.x.Rollback(ctx)
}

// Wait returns when no rebuild is under way.
func (b *Background) Wait() { b.wait.Wait() }

// A StatusAnswer is the state of the whole.
type StatusAnswer struct {
	recommend.StatusReport
	Reindex *Rebuild      `json:"reindex,omitempty" doc:"The latest rebuild since the program started"`
	Sources []sourceState `json:"sources,omitempty" doc:"Where items come from, with the outcome of the last runs"`
}

type generationsAnswer struct {
	Generations []recommend.Generation `json:"generations"`
}

type healthAnswer struct {
	Status string `json:"status" enum:"ok"`
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
		Description: "Only the roles editor and pipeline are told of dead letters, sources and errors.",
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
		OperationID: "reindex", Method: http.MethodPost, Path: "/v1/reindex", Tags: tags, DefaultStatus: http.StatusAccepted,
		Summary:     "Start making a new generation",
		Description: "Answers at once; /v1/status shows the progress. 409 while one is being made.",
		Errors:      []int{http.StatusConflict, http.StatusNotImplemented},
	}, serve.RoleEditor|serve.RolePipeline, func(ctx context.Context, in *reindexInput) (*written[Rebuild], error) {
		if s.Rebuilder == nil {
			return nil, recommend.ErrUnavailable
		}
		state, err := s.Rebuilder.Start(ctx, RebuildOptions{DryRun: in.DryRun, Force: in.Force})
		if err != nil {
			return nil, err
		}
		return &written[Rebuild]{Status: http.StatusAccepted, Location: "/v1/status", Body: state}, nil
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
	handle(s, api, huma.Operation{
		OperationID: "health", Method: http.MethodGet, Path: "/healthz", Tags: tags,
		Summary: "Whether the program answers; this does not touch the store",
	}, serve.Public, func(context.Context, *struct{}) (*cached[healthAnswer], error) {
		return &cached[healthAnswer]{CacheControl: serve.NoStore, Body: healthAnswer{"ok"}}, nil
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
		b.Sources, err = s.sources(ctx)
		return out, err
	}
	b.DeadLetters = nil
	if b.Reindex != nil {
		b.Reindex.Error = ""
	}
	return out, nil
}
