package akin

import (
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
)

// A progress draws how far a verb is, one bar after another, where stderr is a
// terminal; elsewhere it draws nothing. It is safe for concurrent use.
type progress struct {
	p *program

	mu    sync.Mutex
	stage string
	bar   *progressbar.ProgressBar // of the stage; nil: none
}

func (p *program) progress() *progress { return &progress{p: p} }

// at says that done of total are done in a stage; a total below 0 is unknown.
func (g *progress) at(stage string, done, total int) {
	if !g.p.terminal {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if stage != g.stage || g.bar == nil {
		g.finish()
		g.stage = stage
		g.bar = progressbar.NewOptions(total,
			progressbar.OptionSetWriter(g.p.stderr),
			progressbar.OptionSetDescription(stage),
			progressbar.OptionSetWidth(30),
			progressbar.OptionShowCount(),
			progressbar.OptionThrottle(100*time.Millisecond),
			progressbar.OptionClearOnFinish(),
		)
	}
	if total >= 0 {
		g.bar.ChangeMax(total)
	}
	_ = g.bar.Set(done) // a bar that cannot be drawn is no matter
}

// end takes the bar off the screen.
func (g *progress) end() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.finish()
}

func (g *progress) finish() {
	if g.bar != nil {
		_ = g.bar.Clear()
		g.bar = nil
	}
}
