package coverage_test

import (
	"errors"
	"testing"
	"time"

	"akin/infra/memory"
	"akin/recommend"
	"akin/recommend/coverage"
	"akin/recommend/engine"
)

// Who asks for the first report is told that it is being made where that takes
// longer than they wait, and leaving does not stop it.
func TestFirstReportIsBeingMade(t *testing.T) {
	s := memory.New()
	x := engine.NewIndexer(s, recommend.DefaultSettings(), engine.IndexerOptions{})
	if _, err := x.Reindex(t.Context(), engine.ReindexOptions{}); err != nil {
		t.Fatal(err)
	}
	desk := coverage.NewLiveReport(x, s, time.Now)
	desk.Patience = time.Nanosecond
	if r, _, err := desk.Latest(t.Context()); !errors.Is(err, coverage.ErrMaking) || !errors.Is(err, coverage.ErrNoReport) {
		t.Fatalf("report %v, error %v, want that it is being made", r, err)
	}
	desk.Patience = 0
	if r, _, err := desk.Latest(t.Context()); err != nil || r == nil {
		t.Errorf("report %v, error %v", r, err)
	}
}
