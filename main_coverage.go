package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"akin/infra/memory"
	"akin/recommend"
	"akin/recommend/coverage"
)

type coverageCommand struct {
	JSON      bool   `name:"json" help:"Print the whole report as one object." xor:"form"`
	CSV       bool   `name:"csv" help:"Print the findings as comma-separated values." xor:"form"`
	Calibrate string `help:"Hide a tenth of the topics of the items in a file, and measure how many are found again; no store." placeholder:"FILE"`
	Seed      uint64 `help:"Which tenth --calibrate hides." default:"1"`
}

func (coverageCommand) Help() string {
	return `Makes the report anew and keeps it, so that the page /coverage shows the same. Without --json or --csv it prints
counts and the first findings of each kind.

Examples:
  akin coverage
  akin coverage --csv >todo.csv
  akin coverage --calibrate testdata/corpus/items.jsonl`
}

// printedFindings is how many findings of a kind are printed for people.
const printedFindings = 5

func (c *coverageCommand) Run(ctx context.Context, p *program) error {
	if c.Calibrate != "" {
		return c.calibrate(ctx, p)
	}
	return p.withStore(ctx, false, func(e *engine) error {
		if _, err := e.catchUp(ctx); err != nil {
			return err
		}
		r, err := coverage.Refresh(ctx, e.indexer, e.store, time.Now())
		if err != nil {
			return err
		}
		switch {
		case c.JSON:
			return json.NewEncoder(p.stdout).Encode(r)
		case c.CSV:
			return coverage.WriteCSV(p.stdout, r.Findings)
		}
		return printReport(p.stdout, r)
	})
}

func printReport(w io.Writer, r *coverage.Report) error {
	fmt.Fprintf(w, "%s in generation %d, %s, from %s to %s\n", count(r.Items, "item"), r.Generation,
		count(len(r.Topics), "topic"), orDash(r.Site.First), orDash(r.Site.Last))
	fmt.Fprintf(w, "exposure: Gini %.4f; the most shown hundredth has %.1f %% of the places\n", r.Exposure.Gini, 100*r.Exposure.Top1)
	if c := r.Clicks; c != nil {
		fmt.Fprintf(w, "clicks: %d entries seen from %s to %s, %d followed\n", c.Impressions, c.From, c.To, c.Clicks)
	}
	if len(r.Findings) == 0 {
		_, err := fmt.Fprintln(w, "nothing to do")
		return err
	}
	for _, kind := range coverage.Kinds() {
		n := r.Site.Findings[string(kind)]
		if n == 0 {
			continue
		}
		fmt.Fprintf(w, "\n%s: %d\n", kind, n)
		printed := 0
		for i := range r.Findings {
			f := &r.Findings[i]
			if f.Kind != kind || printed == printedFindings {
				continue
			}
			printed++
			what := f.Item
			if f.Topic != "" {
				what = f.Topic
				if f.Item != "" {
					what += " on " + f.Item
				}
			}
			if what == "" {
				what = f.Other
			}
			fmt.Fprintf(w, "  %s: %s %s\n", what, f.Evidence, f.Action)
		}
		if n > printed {
			fmt.Fprintf(w, "  and %d more; --csv prints all\n", n-printed)
		}
	}
	return nil
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// calibrate hides labels and prints how many the report finds again.
func (c *coverageCommand) calibrate(ctx context.Context, p *program) error {
	items, err := p.items(ctx, []string{c.Calibrate})
	if err != nil {
		return err
	}
	const share = 0.1
	items, hidden := coverage.Hide(items, share, c.Seed)
	e, err := p.newEngine(memory.New())
	if err != nil {
		return err
	}
	for _, r := range e.publisher.Put(ctx, items...) {
		if r.Err != nil {
			return fmt.Errorf("%s: item %q: %w", c.Calibrate, r.ID, r.Err)
		}
	}
	if _, err := e.indexer.Reindex(ctx, recommend.ReindexOptions{}); err != nil {
		return err
	}
	survey, err := e.indexer.Survey(ctx)
	if err != nil {
		return err
	}
	r := coverage.Make(survey, time.Now())
	q := coverage.Judge(survey, r, hidden)
	if c.JSON {
		return json.NewEncoder(p.stdout).Encode(q)
	}
	fmt.Fprintf(p.stdout, "%s, %d labels hidden at random (seed %d)\n", count(len(items), "item"), q.Hidden, c.Seed)
	w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "level\tsuggestions\tprecision\trecall\tprecision over all items\t")
	for _, f := range q.Levels {
		fmt.Fprintf(w, "%s\t%d\t%.3f\t%.3f\t%.3f\t\n", f.Level, f.Suggestions, f.Precision, f.Recall, f.Everywhere)
	}
	for _, f := range q.Baseline {
		fmt.Fprintf(w, "neighbours, %s\t%d\t%.3f\t%.3f\t%.3f\t\n", f.Level, f.Suggestions, f.Precision, f.Recall, f.Everywhere)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	_, err = fmt.Fprint(p.stdout, `Suggestions and precision are of items that a label was hidden from. Over all items a suggestion that was not
hidden counts as wrong, though editors may have left the label out: a lower bound.
`)
	return err
}
