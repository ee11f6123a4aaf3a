package akin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"akin/recommend/engine"
)

type curationCommand struct {
	Import curationImport `cmd:"" help:"Import editors' decisions from comma-separated values."`
	Export curationExport `cmd:"" help:"Export all editors' decisions as comma-separated values."`
}

type curationImport struct {
	File   string `arg:"" help:"File, or - for standard input."`
	Author string `help:"Who decided, for lines that do not say." default:"akin" placeholder:"NAME"`
	Note   string `help:"Reason, kept in the history." placeholder:"TEXT"`
	DryRun bool   `help:"Say which lists would change, but write nothing."`
	JSON   bool   `name:"json" help:"With --dry-run: print everything as one JSON object."`
	HTML   string `name:"html" help:"With --dry-run: write the result to this file, as a page." placeholder:"FILE"`
}

func (curationImport) Help() string {
	return `The first line names the columns, in any order:

  action   pin, block, exclude-target (show the item beside no other), exclude-source (show no similar items
           beside it), ignore-topic, belongs and belongs-not (how target was judged beside item; see akin eval
           --judged), feature, merge (the topic's items count as items of another topic)
  item     id of the item that the decision is about, in all its languages; for merge, slug of the topic
  target   for pin, block, belongs and belongs-not, id of the other item; for ignore-topic and feature, slug of the topic; for merge, slug
           of the topic that it counts as
  note     why
  author   who decided
  expires  first day on which it no longer holds, such as 2026-03-31; empty for good
  remove   yes to take the decision back

A decision that exists already takes over the line's note, author and expiry. Pins and featured items of the file
come first, in the order of the lines. A wrong line is reported as FILE:LINE: COLUMN: REASON and not applied; the
others are, and the exit status is 1. Importing a file twice changes nothing. The last line gives the outcome:
changed 3, unchanged 1, rejected 0. The first two count items and topics, the last counts lines.

Example:
  akin curation import decisions.csv --dry-run`
}

func (c *curationImport) Run(ctx context.Context, p *program) error {
	if !c.DryRun && (c.JSON || c.HTML != "") {
		return &usageError{"--json and --html go with --dry-run"}
	}
	name := c.File
	var r io.Reader = p.stdin
	if c.File != "-" {
		f, err := os.Open(c.File)
		if err != nil {
			return err
		}
		defer f.Close()
		r = f
	} else {
		name = "standard input"
	}
	rulings, wrong, err := engine.ReadRulings(r)
	if err != nil {
		var bad *engine.RulingError
		if errors.As(err, &bad) {
			c.report(p, name, []engine.RulingError{*bad})
			return errReported
		}
		return fmt.Errorf("%s: %w", name, err)
	}
	edit := engine.Edit{By: c.Author, Note: c.Note}
	if !c.DryRun {
		return p.withStore(ctx, false, func(e *opened) error {
			return c.apply(ctx, p, e.publisher, name, rulings, wrong, edit)
		})
	}
	return p.withTrial(ctx, false, func(e *opened, before *engine.Reader) error {
		rejected := c.apply(ctx, p, e.publisher, name, rulings, wrong, edit)
		if rejected != nil && !errors.Is(rejected, errReported) {
			return rejected
		}
		o, err := compare(ctx, before, e.reader, "")
		if err != nil {
			return err
		}
		if err := o.topicPages(ctx, before, e, rulings); err != nil {
			return err
		}
		if err := o.write(p, c.JSON, c.HTML, "akin curation import "+c.File); err != nil {
			return err
		}
		return rejected
	})
}

// apply applies what is right of a file, and reports what is wrong with it.
func (c *curationImport) apply(ctx context.Context, p *program, publisher *engine.Publisher, name string, rulings []engine.Ruling, wrong []engine.RulingError, edit engine.Edit) error {
	result, err := publisher.Rule(ctx, rulings, edit)
	if err != nil {
		return err
	}
	wrong = append(wrong, result.Wrong...)
	slices.SortStableFunc(wrong, func(a, b engine.RulingError) int { return a.Line - b.Line })
	c.report(p, name, wrong)
	w := p.stdout
	if c.JSON {
		w = p.stderr
	}
	if c.DryRun {
		fmt.Fprintln(w, "dry run: nothing was written, whatever is counted below")
	}
	fmt.Fprintf(w, "changed %d, unchanged %d, rejected %d\n", len(result.Changed), result.Unchanged, len(wrong))
	if len(wrong) > 0 {
		return errReported
	}
	return nil
}

func (c *curationImport) report(p *program, name string, wrong []engine.RulingError) {
	for _, e := range wrong {
		column := ""
		if e.Column != "" {
			column = e.Column + ": "
		}
		fmt.Fprintf(p.stderr, "%s:%d: %s%s\n", name, e.Line, column, e.Reason)
	}
}

type curationExport struct {
	File string `arg:"" optional:"" help:"File to write; standard output unless given."`
}

func (curationExport) Help() string {
	return `Writes the decisions about items, what topics feature, and which topics were merged, in the form that akin curation
import reads. Importing the file again changes nothing.`
}

func (c *curationExport) Run(ctx context.Context, p *program) error {
	return p.withView(ctx, false, func(e *opened) error {
		all, err := e.reader.Rulings(ctx)
		if err != nil {
			return err
		}
		if c.File == "" {
			return engine.WriteRulings(p.stdout, all)
		}
		f, err := os.Create(c.File)
		if err != nil {
			return err
		}
		return errors.Join(engine.WriteRulings(f, all), f.Close())
	})
}
