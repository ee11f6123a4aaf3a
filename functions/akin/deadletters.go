package akin

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"akin/recommend"
)

type deadLettersCommand struct {
	List  deadLettersList  `cmd:"" help:"List the items that could not be indexed, and why."`
	Retry deadLettersRetry `cmd:"" help:"Index them again."`
	Drop  deadLettersDrop  `cmd:"" help:"Forget them."`
}

func (deadLettersCommand) Help() string {
	return `A change of an item that could not be indexed in five tries is set aside as a dead letter, so that the changes after
it are not held up. The item's lists stay as they were. A dead letter goes by itself once a later version of the item is
indexed.

Examples:
  akin dead-letters list
  akin dead-letters retry
  akin dead-letters drop cranes`
}

type deadLettersList struct{}

func (deadLettersList) Run(ctx context.Context, p *program) error {
	return p.withView(ctx, false, func(e *opened) error {
		letters, err := e.reader.DeadLetters(ctx)
		if err != nil {
			return err
		}
		if len(letters) == 0 {
			fmt.Fprintln(p.stdout, "There are none: every change is indexed or on its way.")
			return nil
		}
		w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "ITEM\tVERSION\tSET ASIDE\tREASON")
		for _, l := range letters {
			fmt.Fprintf(w, "%s\t%d\t%s\t%s\n", l.ID, l.Version, l.At.UTC().Format(time.RFC3339), strings.Join(strings.Fields(l.Error), " "))
		}
		return w.Flush()
	})
}

type deadLettersRetry struct {
	Items []string `arg:"" optional:"" name:"id" help:"Ids of items; all dead letters unless given."`
}

func (c *deadLettersRetry) Run(ctx context.Context, p *program) error {
	return p.withStore(ctx, false, func(e *opened) error {
		n, err := e.publisher.RetryDeadLetters(ctx, c.Items...)
		if err != nil {
			return explainDead(err)
		}
		if _, err := e.index(ctx); err != nil {
			return fmt.Errorf("retried %s, and indexing failed: %w", count(n, "change"), err)
		}
		letters, err := e.reader.DeadLetters(ctx)
		if err != nil {
			return err
		}
		fmt.Fprintf(p.stdout, "retried %d, dead letters left %d\n", n, len(letters))
		return nil
	})
}

type deadLettersDrop struct {
	Items []string `arg:"" optional:"" name:"id" help:"Ids of items."`
	All   bool     `help:"Drop all dead letters."`
}

func (c *deadLettersDrop) Run(ctx context.Context, p *program) error {
	if c.All == (len(c.Items) > 0) {
		return &usageError{"name the items whose dead letters to drop, or give --all"}
	}
	return p.withStore(ctx, false, func(e *opened) error {
		n, err := e.publisher.DropDeadLetters(ctx, c.Items...)
		if err != nil {
			return explainDead(err)
		}
		fmt.Fprintf(p.stdout, "dropped %d\n", n)
		return nil
	})
}

// explainDead says what to do where an item has no dead letter.
func explainDead(err error) error {
	if errors.Is(err, recommend.ErrNotFound) {
		return fmt.Errorf("%w; akin dead-letters list names those there are", err)
	}
	return err
}
