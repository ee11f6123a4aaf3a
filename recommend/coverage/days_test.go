package coverage_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"akin/infra/memory"
	"akin/recommend"
	"akin/recommend/coverage"
	"akin/recommend/engine"
)

// Open, done and dismissed findings are counted by kind and topic; what was accepted counts as
// done also where the report has it no more, and what is put away as open.
func TestCountDay(t *testing.T) {
	now := time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	missing := coverage.Finding{Kind: coverage.MissingTopic, Topic: "ports", Item: "one"}
	wrong := coverage.Finding{Kind: coverage.WrongTopic, Topic: "ports", Item: "two"}
	date := coverage.Finding{Kind: coverage.NoDate, Item: "two"}
	gone := coverage.Finding{Kind: coverage.MissingTopic, Topic: "work", Item: "three"}
	r := &coverage.Report{ComputedAt: now, Findings: []coverage.Finding{missing, wrong, date}}
	worked := map[string]*engine.WorkedFinding{
		wrong.ID().Key(): {FindingID: wrong.ID(), State: engine.FindingDismissed, Evidence: wrong.Fingerprint()},
		date.ID().Key():  {FindingID: date.ID(), State: engine.FindingOpen, Snoozed: now.AddDate(0, 0, 1)},
		gone.ID().Key():  {FindingID: gone.ID(), State: engine.FindingDone},
	}
	want := coverage.Day{
		Date:   "2026-03-04",
		Kinds:  map[string]coverage.Tally{"missing-topic": {Open: 1, Done: 1}, "wrong-topic": {Dismissed: 1}, "no-date": {Open: 1}},
		Topics: map[string]coverage.Tally{"ports": {Open: 1, Dismissed: 1}, "work": {Done: 1}},
	}
	if diff := cmp.Diff(want, coverage.CountDay(r, worked, now)); diff != "" {
		t.Errorf("mismatch (-want +got):\n%s", diff)
	}
}

// Of a report with very many topics the day counts those with most findings.
func TestCountDayIsBounded(t *testing.T) {
	r := &coverage.Report{}
	for i := range 300 {
		r.Findings = append(r.Findings, coverage.Finding{Kind: coverage.Thin, Topic: fmt.Sprintf("t%03d", i)})
	}
	r.Findings = append(r.Findings, coverage.Finding{Kind: coverage.Stale, Topic: "t299"})
	d := coverage.CountDay(r, nil, time.Now())
	if len(d.Topics) != 200 || d.Topics["t299"].Open != 2 || d.Kinds["thin"].Open != 300 {
		t.Errorf("%d topics, t299 %+v, thin %+v", len(d.Topics), d.Topics["t299"], d.Kinds["thin"])
	}
}

// Days are read from a store in order; those older than 400 days are dropped with a new one.
func TestDaysAreKept(t *testing.T) {
	s := memory.New()
	x := engine.NewIndexer(s, recommend.DefaultSettings(), engine.IndexerOptions{})
	first := time.Date(2025, 1, 1, 9, 0, 0, 0, time.UTC)
	for _, at := range []time.Time{first, first.AddDate(0, 0, 1), first.AddDate(0, 0, 1), first.AddDate(0, 0, 401)} {
		if _, err := coverage.Refresh(t.Context(), x, s, at); err != nil {
			t.Fatal(err)
		}
	}
	days, err := coverage.Days(t.Context(), s, time.Time{})
	if err != nil || len(days) != 2 || days[0].Date != "2025-01-02" || days[1].Date != "2026-02-06" {
		t.Errorf("%+v, %v", days, err)
	}
}
