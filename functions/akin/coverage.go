package akin

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"akin/infra/bolt"
	"akin/infra/feed"
	"akin/infra/feed/sheet/xlsx"
	"akin/infra/memory"
	"akin/recommend"
	"akin/recommend/coverage"
	"akin/recommend/engine"
)

type coverageCommand struct {
	JSON      bool     `name:"json" help:"Print the whole report as one object." xor:"form"`
	CSV       bool     `name:"csv" help:"Print the findings as comma-separated values." xor:"form"`
	Calibrate []string `help:"Hide a tenth of the topics of the items in this file, and measure how many the report finds again; uses no store. May repeat; files may hold topics too." placeholder:"FILE" sep:"none"`
	Seed      uint64   `help:"Which tenth --calibrate hides." default:"1"`
	Seeds     int      `help:"How many such tenths --calibrate hides, one after the other, starting from --seed." default:"1"`
}

func (coverageCommand) Help() string {
	return `Makes a new report and stores it, so that the page /coverage shows the same. Without --json or --csv, it prints counts
and the first findings of each kind.

Examples:
  akin coverage
  akin coverage --csv >todo.csv
  akin coverage --calibrate testdata/corpus/items.jsonl --seed 11 --seeds 20`
}

// printedFindings is how many findings of a kind are printed for people.
const printedFindings = 5

func (c *coverageCommand) Run(ctx context.Context, p *program) error {
	if c.Seeds < 1 {
		return &usageError{"coverage: --seeds must be 1 or more"}
	}
	if len(c.Calibrate) > 0 {
		return c.calibrate(ctx, p)
	}
	report := func(e *opened) error {
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
	}
	err := p.withStore(ctx, false, report)
	if bolt.Unwritable(err) { // then it is made, and not kept
		err = p.withView(ctx, true, report)
	}
	return err
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

// A trial is one tenth of the labels, hidden and looked for.
type trial struct {
	Seed uint64 `json:"seed"`
	coverage.Quality
}

// A calibration is what coverage --calibrate --json prints.
type calibration struct {
	Items  int     `json:"items"`
	Trials []trial `json:"trials"`
	Spread []row   `json:"spread"`
}

// A row is how well one kind of suggestions did over all trials; how precise, over
// those that had any.
type row struct {
	Of          string          `json:"of"` // report, drafts or baseline
	Level       string          `json:"level"`
	Suggestions coverage.Spread `json:"suggestions"`
	Precision   coverage.Spread `json:"precision"`
	Recall      coverage.Spread `json:"recall"`
	Everywhere  coverage.Spread `json:"everywhere"`
}

// calibrate hides labels, again and again, and prints how many are found.
func (c *coverageCommand) calibrate(ctx context.Context, p *program) error {
	items, topics, err := p.itemsAndTopics(ctx, c.Calibrate, feed.Options{Workbook: xlsx.Read})
	if err != nil {
		return err
	}
	all := calibration{Items: len(items)}
	bar := p.progress()
	defer bar.end()
	for n := range c.Seeds {
		bar.at("hiding labels", n, c.Seeds)
		seed := c.Seed + uint64(n)
		q, err := try(ctx, p, items, topics, seed)
		if err != nil {
			return fmt.Errorf("calibrate with seed %d: %w", seed, err)
		}
		all.Trials = append(all.Trials, trial{seed, q})
	}
	bar.end()
	all.sum()
	if c.JSON {
		return json.NewEncoder(p.stdout).Encode(all)
	}
	return all.print(p.stdout)
}

// try relates items without the labels that a seed hides, and looks for those.
func try(ctx context.Context, p *program, items []recommend.Item, topics []recommend.Topic, seed uint64) (coverage.Quality, error) {
	const share = 0.1
	var none coverage.Quality
	items, hidden := coverage.Hide(items, share, seed)
	e, err := p.newEngine(memory.New())
	if err != nil {
		return none, err
	}
	if err := e.publisher.PutTopics(ctx, topics...); err != nil {
		return none, err
	}
	for _, r := range e.publisher.Put(ctx, items...) {
		if r.Err != nil {
			return none, fmt.Errorf("item %q: %w", r.ID, r.Err)
		}
	}
	if _, err := e.indexer.Reindex(ctx, engine.ReindexOptions{}); err != nil {
		return none, err
	}
	survey, err := e.indexer.Survey(ctx)
	if err != nil {
		return none, err
	}
	return coverage.Judge(survey, coverage.Make(survey, time.Now()), hidden), nil
}

// sum makes the spreads.
func (c *calibration) sum() {
	for _, part := range []struct {
		of    string
		found func(q *coverage.Quality) []coverage.Found
	}{
		{"report", func(q *coverage.Quality) []coverage.Found { return q.Levels }},
		{"drafts", func(q *coverage.Quality) []coverage.Found { return q.Drafts }},
		{"baseline", func(q *coverage.Quality) []coverage.Found { return q.Baseline }},
	} {
		for n, f := range part.found(&c.Trials[0].Quality) {
			spread := func(figure func(f *coverage.Found) float64) coverage.Spread {
				var figures []float64
				for i := range c.Trials {
					if x := figure(&part.found(&c.Trials[i].Quality)[n]); x >= 0 {
						figures = append(figures, x)
					}
				}
				return coverage.NewSpread(figures)
			}
			precision := func(p func(f *coverage.Found) float64) func(f *coverage.Found) float64 {
				return func(f *coverage.Found) float64 {
					if f.Suggestions == 0 {
						return -1 // there is none
					}
					return p(f)
				}
			}
			c.Spread = append(c.Spread, row{
				part.of, f.Level,
				spread(func(f *coverage.Found) float64 { return float64(f.Suggestions) }),
				spread(precision(func(f *coverage.Found) float64 { return f.Precision })),
				spread(func(f *coverage.Found) float64 { return f.Recall }),
				spread(precision(func(f *coverage.Found) float64 { return f.Everywhere })),
			})
		}
	}
}

func (c *calibration) print(out io.Writer) error {
	var hidden []float64
	for _, t := range c.Trials {
		hidden = append(hidden, float64(t.Hidden))
	}
	first, last := c.Trials[0].Seed, c.Trials[len(c.Trials)-1].Seed
	fmt.Fprintf(out, "%s; %.0f labels hidden at random, in the mean of %s, %d to %d\n",
		count(c.Items, "item"), coverage.NewSpread(hidden).Mean, count(len(c.Trials), "seed"), first, last)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "\tsuggestions\tprecision\tleast\trecall\tleast\tprecision over all items\t")
	for _, r := range c.Spread {
		fmt.Fprintf(w, "%s, %s\t%.0f\t%s\t%.3f\t%s\t%.3f\t%s\t\n", r.Of, r.Level,
			r.Suggestions.Mean, around(r.Precision), r.Precision.Least, around(r.Recall), r.Recall.Least, around(r.Everywhere))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprint(out, `Means and standard deviations over the seeds. Suggestions and precision are of items that a label was hidden from.
Over all items a suggestion that was not hidden counts as wrong, though editors may have left the label out: a lower
bound. Report: what /coverage names. Drafts: what /draft would suggest, from a confidence on. Baseline: what most of
the ten nearest works have.
`)
	return err
}

func around(s coverage.Spread) string { return fmt.Sprintf("%.3f ± %.3f", s.Mean, s.Deviation) }
