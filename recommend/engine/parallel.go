package engine

import (
	"context"
	"fmt"

	"golang.org/x/sync/errgroup"

	"akin/recommend/store"
)

// scanParts calls f with every row of the parts, eight of them at a time. The
// first error ends it.
func scanParts(ctx context.Context, s store.Store, parts []string, f func(store.Row) error) error {
	return scanRanges(ctx, s, parts, store.Range{}, f)
}

// scanRanges does the same for the rows of each part that r bounds.
func scanRanges(ctx context.Context, s store.Store, parts []string, r store.Range, f func(store.Row) error) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(8)
	for _, part := range parts {
		r := r
		r.Part = part
		g.Go(func() error {
			for row, err := range store.Scan(ctx, s, store.Strong, r) {
				if err != nil {
					return fmt.Errorf("read %s: %w", part, err)
				}
				if err := f(row); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return g.Wait()
}
