package engine

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"akin/recommend"
)

// ErrRebuilding says that a rebuild is under way, and that there is one at a
// time.
var ErrRebuilding = errors.New("a rebuild is under way; wait until it is done")

// RebuildOptions say what a rebuild is to do.
type RebuildOptions struct {
	DryRun bool // make and judge the generation, but do not switch to it
	Force  bool // switch to it even if a gate fails
}

// A Rebuild is the state of the latest rebuild.
type Rebuild struct {
	State      string                `json:"state"` // none, running, done, failed
	DryRun     bool                  `json:"dryRun,omitempty"`
	Force      bool                  `json:"force,omitempty"`
	Stage      string                `json:"stage,omitempty"` // what is being done
	Done       int                   `json:"done,omitempty"`  // items done in this stage
	Total      int                   `json:"total,omitempty"` // items of this stage
	StartedAt  time.Time             `json:"startedAt,omitzero"`
	FinishedAt time.Time             `json:"finishedAt,omitzero"`
	Generation *recommend.Generation `json:"generation,omitempty"` // what was made
	Error      string                `json:"error,omitempty"`      // why it failed
}

// A Reindexer rebuilds in this process. A [Indexer] is one.
type Reindexer interface {
	Reindex(ctx context.Context, o ReindexOptions) (*recommend.Generation, error)
	Rollback(ctx context.Context) (*recommend.Generation, error)
}

// Background starts rebuilds within this program, and tells how they are getting
// on. It is safe for concurrent use.
type Background struct {
	ctx context.Context
	x   Reindexer
	log *slog.Logger

	mu    sync.Mutex
	state Rebuild
	wait  sync.WaitGroup
}

// NewBackground returns what rebuilds by x, one at a time, until
// ctx is done. The end of each is a line of the log.
func NewBackground(ctx context.Context, x Reindexer, log *slog.Logger) *Background {
	return &Background{ctx: ctx, x: x, log: log, state: Rebuild{State: "none"}}
}

// Start starts a rebuild and does not wait for its end. If one is under way, the
// error is [ErrRebuilding].
func (b *Background) Start(_ context.Context, o RebuildOptions) (Rebuild, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.state.State == "running" {
		return b.state, ErrRebuilding
	}
	b.state = Rebuild{State: "running", DryRun: o.DryRun, Force: o.Force, StartedAt: time.Now().UTC().Truncate(time.Second)}
	b.wait.Go(func() { b.run(o) })
	return b.state, nil
}

func (b *Background) run(o RebuildOptions) {
	g, err := b.x.Reindex(b.ctx, ReindexOptions{
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

// State returns the state of the latest rebuild.
func (b *Background) State(context.Context) (Rebuild, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.state, nil
}

// Rollback makes the generation before the one in use. It refuses while a rebuild is under way.
func (b *Background) Rollback(ctx context.Context) (*recommend.Generation, error) {
	b.mu.Lock()
	running := b.state.State == "running"
	b.mu.Unlock()
	if running {
		return nil, ErrRebuilding
	}
	return b.x.Rollback(ctx)
}

// Wait returns when no rebuild is under way.
func (b *Background) Wait() { b.wait.Wait() }
