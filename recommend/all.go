package recommend

import (
	"context"
	"fmt"
	"iter"
)

// All returns every item that is not withdrawn, embargoed ones too, without
// bodies and translations, in no order. What is written meanwhile may or may
// not be among them. An error ends the sequence.
func (r *Reader) All(ctx context.Context) iter.Seq2[Item, error] {
	return func(yield func(Item, error) bool) {
		for _, part := range parts("item", itemShards) {
			for row, err := range Scan(ctx, r.store, Strong, Range{Part: part}) {
				if err != nil {
					yield(Item{}, fmt.Errorf("items: %w", err))
					return
				}
				rec, err := unpackRecord(row.Data)
				if err != nil {
					yield(Item{}, fmt.Errorf("items: row %q: %w", row.Sort, err))
					return
				}
				if rec.Status != Withdrawn && !yield(rec.Item, nil) {
					return
				}
			}
		}
	}
}
