package webhook

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"akin/recommend"
	"akin/recommend/store"
)

// List returns how far each address is that receipts were ever sent to, by address.
func List(ctx context.Context, s store.Store) ([]recommend.Webhook, error) {
	dead, err := DeadLetters(ctx, s)
	if err != nil {
		return nil, err
	}
	var all []recommend.Webhook
	for row, err := range store.Scan(ctx, s, store.Strong, store.Range{Part: statePart}) {
		if err != nil {
			return nil, fmt.Errorf("webhooks: %w", err)
		}
		var st recommend.Webhook
		if err := json.Unmarshal(row.Data, &st); err != nil {
			return nil, fmt.Errorf("webhook %s: %w", row.Sort, err)
		}
		for _, d := range dead {
			if strings.HasPrefix(d.row.Sort, row.Sort+" ") {
				st.Dead++
			}
		}
		all = append(all, st)
	}
	slices.SortFunc(all, func(a, b recommend.Webhook) int { return strings.Compare(a.Address, b.Address) })
	return all, nil
}

// DeadLetters returns the receipts that addresses never took, in the order of addresses and numbers.
func DeadLetters(ctx context.Context, s store.Store) ([]Dead, error) {
	var all []Dead
	for row, err := range store.Scan(ctx, s, store.Strong, store.Range{Part: deadPart}) {
		if err != nil {
			return nil, fmt.Errorf("webhooks: %w", err)
		}
		d := Dead{row: row}
		if err := json.Unmarshal(row.Data, &d); err != nil {
			return nil, fmt.Errorf("dead letter %s: %w", row.Sort, err)
		}
		all = append(all, d)
	}
	return all, nil
}

// Retry has the dead letters sent again by the process that sends receipts, within half a minute, and returns how many;
// Drop forgets them.
func Retry(ctx context.Context, s store.Store) (int, error) {
	return settle(ctx, s, func(d Dead) (store.Op, error) {
		d.Again = true
		data, err := json.Marshal(d)
		return store.Op{Row: store.Row{Key: d.row.Key, Data: data, Rev: d.row.Rev + 1}, Cond: store.RevIs, Want: d.row.Rev}, err
	})
}

// Drop forgets the dead letters, and returns how many.
func Drop(ctx context.Context, s store.Store) (int, error) {
	return settle(ctx, s, func(d Dead) (store.Op, error) {
		return store.Op{Act: store.Delete, Row: store.Row{Key: d.row.Key}, Cond: store.RevIs, Want: d.row.Rev}, nil
	})
}

func settle(ctx context.Context, s store.Store, with func(Dead) (store.Op, error)) (int, error) {
	all, err := DeadLetters(ctx, s)
	if err != nil {
		return 0, err
	}
	n := 0
	for _, d := range all {
		op, err := with(d)
		if err != nil {
			return n, err
		}
		if err := s.Apply(ctx, store.Tx{op})[0]; err != nil {
			return n, fmt.Errorf("receipt %d for %s: %w", d.Receipt.Number, d.Address, err)
		}
		n++
	}
	return n, nil
}
