package akin

import (
	"context"
	"fmt"

	"akin/recommend/engine"
)

// first makes the lists of a store that has none yet, unless that is not wanted,
// and says what is there now and what to do next.
func (c *importCommand) first(ctx context.Context, p *program, e *opened, in *intake) error {
	status, err := e.reader.Status(ctx)
	if err != nil || status.Generation != 0 || status.Items == 0 {
		return err
	}
	store := ""
	if p.storeGiven {
		store = " --store " + p.storeName
	}
	imported := "akin: imported " + count(in.stored, "item")
	if in.topics > 0 {
		imported += " and " + count(in.topics, "topic")
	}
	if c.NoReindex {
		fmt.Fprintf(p.stderr, "%s; there are no lists yet: make them with akin reindex%s\n", imported, store)
		return nil
	}
	bar := p.progress()
	g, err := e.indexer.Reindex(ctx, engine.ReindexOptions{Progress: bar.at})
	if err == nil {
		err = e.settle(ctx)
	}
	bar.end()
	if err != nil {
		return fmt.Errorf("the first lists were not made; akin reindex%s makes them: %w", store, err)
	}
	see := "see them with akin serve" + store
	if e.isServed() {
		see = "the server shows them"
	}
	fmt.Fprintf(p.stderr, "%s, and made %s; %s\n", imported, count(g.Items, "list"), see)
	return nil
}
