package sources

import (
	"context"

	"akin/recommend/store"
)

// Of returns the names of the sources that brought an item.
func Of(ctx context.Context, st store.Store, id string) ([]string, error) {
	all, err := List(ctx, st)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, s := range all {
		ok, err := has(ctx, st, []string{s.Name}, id)
		if err != nil {
			return nil, err
		}
		if ok {
			names = append(names, s.Name)
		}
	}
	return names, nil
}
