package engine

import (
	"context"
	"fmt"
	"iter"

	"akin/recommend"
	"akin/recommend/store"
)

// All returns every item that is not withdrawn, embargoed ones too, without
// bodies and translations, in no order. What is written meanwhile may or may
// not be among them. An error ends the sequence.
func (r *Reader) All(ctx context.Context) iter.Seq2[recommend.Item, error] {
	return func(yield func(recommend.Item, error) bool) {
		for _, part := range parts("item", itemShards) {
			for row, err := range store.Scan(ctx, r.store, store.Strong, store.Range{Part: part}) {
				if err != nil {
					yield(recommend.Item{}, fmt.Errorf("items: %w", err))
					return
				}
				rec, err := unpackRecord(row.Data)
				if err != nil {
					yield(recommend.Item{}, fmt.Errorf("items: row %q: %w", row.Sort, err))
					return
				}
				if rec.Status != recommend.Withdrawn && !yield(rec.Item, nil) {
					return
				}
			}
		}
	}
}
