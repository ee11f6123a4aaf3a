package akin

import (
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"akin/recommend"
	"akin/recommend/engine"
)

type reindexCommand struct {
	DryRun bool   `help:"Make the new lists and say which of those in use would change, but write nothing."`
	Force  bool   `help:"Switch even if a gate fails."`
	Qrels  string `help:"With --dry-run: measure the lists before and after by these judgements." placeholder:"FILE"`
	JSON   bool   `name:"json" help:"With --dry-run: print everything as one JSON object."`
	HTML   string `name:"html" help:"With --dry-run: write the result to this file, as a page." placeholder:"FILE"`
}

func (reindexCommand) Help() string {
	return `Counts the words of all items and makes every list anew, beside those in use. akin switches to the new lists if they
pass the gates: about as many items have similar entries as before, lists are about as long, and not all first entries
have changed. Until then readers see the old lists, and if a gate fails they keep them.

Examples:
  akin reindex
  akin reindex --dry-run --settings heavier-titles.json --qrels judgements.tsv --html preview.html`
}

func (c *reindexCommand) Run(ctx context.Context, p *program) error {
	if c.DryRun {
		return c.dryRun(ctx, p)
	}
	if c.JSON || c.Qrels != "" || c.HTML != "" {
		return &usageError{"--json, --html and --qrels go with --dry-run"}
	}
	p.lean = true
	return p.withStore(ctx, false, func(e *opened) error {
		bar := p.progress()
		g, err := e.indexer.Reindex(ctx, engine.ReindexOptions{Force: c.Force, Progress: bar.at})
		if err == nil {
			err = e.settle(ctx)
		}
		bar.end()
		if err != nil {
			if ctx.Err() != nil {
				return fmt.Errorf("reindex: what was in use stays in use: %w", err)
			}
			return err
		}
		printGates(p.stdout, g.Gates)
		fmt.Fprintf(p.stdout, "generation %d in use: %s, %s\n", g.Number, count(g.Items, "item"), count(g.Terms, "term"))
		return nil
	})
}

func printGates(w io.Writer, gates []recommend.Gate) {
	for _, g := range gates {
		verdict := "passed"
		if !g.OK {
			verdict = "not passed"
		}
		fmt.Fprintf(w, "gate %s: %.3f, bound %.3f, %s\n", g.Name, g.Value, g.Bound, verdict)
	}
}

type generationsCommand struct{}

func (generationsCommand) Help() string {
	return `A generation is a set of lists for all items, with the statistics and settings that they were made with. The one in use
and the one before it are kept. SIMILAR is the score from which entries count as similar, and the least odds, as many to one, that such a likeness is
not chance.`
}

func (generationsCommand) Run(ctx context.Context, p *program) error {
	return p.withView(ctx, false, func(e *opened) error {
		gs, err := e.reader.Generations(ctx)
		if err != nil {
			return err
		}
		if len(gs) == 0 {
			fmt.Fprintln(p.stdout, "There are none yet: akin reindex makes the first.")
			return nil
		}
		w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "NUMBER\tSTATE\tMADE\tITEMS\tTERMS\tSIMILAR\tSETTINGS\tGATES")
		for _, g := range gs {
			fmt.Fprintf(w, "%d\t%s\t%s\t%d\t%d\t%.3f at %g:1\t%s\t%s\n", g.Number, g.State, g.CreatedAt.UTC().Format(time.RFC3339),
				g.Items, g.Terms, float64(g.Threshold)/1e6, g.Odds, g.Settings, gatesText(g.Gates))
		}
		return w.Flush()
	})
}

func gatesText(gates []recommend.Gate) string {
	var parts []string
	for _, g := range gates {
		mark := ""
		if !g.OK {
			mark = "!"
		}
		parts = append(parts, fmt.Sprintf("%s %.3f%s", g.Name, g.Value, mark))
	}
	if len(parts) == 0 {
		return "-"
	}
	return strings.Join(parts, ", ")
}

type rollbackCommand struct{}

func (rollbackCommand) Help() string {
	return `Brings the previous generation up to date with every change since, and switches to it. Rolling back twice leads
back to where you started.`
}

func (rollbackCommand) Run(ctx context.Context, p *program) error {
	return p.withStore(ctx, false, func(e *opened) error {
		var g *recommend.Generation
		err := e.unlessBusy(ctx, func() (err error) {
			g, err = e.indexer.Rollback(ctx)
			return err
		})
		if err == nil {
			err = e.settle(ctx)
		}
		if err != nil {
			return err
		}
		fmt.Fprintf(p.stdout, "generation %d in use: %s, %s\n", g.Number, count(g.Items, "item"), count(g.Terms, "term"))
		return nil
	})
}
