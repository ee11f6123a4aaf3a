package engine

import (
	"context"
	"fmt"

	"akin/recommend"
	"akin/recommend/store"
)

// Status returns the state of the whole.
func (r *Reader) Status(ctx context.Context) (*recommend.StatusReport, error) {
	s, err := r.status(ctx)
	if err != nil {
		return nil, fmt.Errorf("status: %w", err)
	}
	return s, nil
}

func (r *Reader) status(ctx context.Context) (*recommend.StatusReport, error) {
	rows, err := r.store.Get(ctx, store.Strong, headKey, counterKey)
	if err != nil {
		return nil, err
	}
	v := &view{}
	if v.head, err = unpackHead(rows[0]); err != nil {
		return nil, err
	}
	if v.counters, err = unpackCounters(rows[1]); err != nil {
		return nil, err
	}
	queue, err := waiting(ctx, r.store)
	if err != nil {
		return nil, err
	}
	for i := range queue {
		v.counters.take(&queue[i])
	}
	now := r.opt.Now()
	s := &recommend.StatusReport{
		Version: r.opt.Version, Store: r.opt.Name, Generation: v.head.Current, Previous: v.head.Previous,
		Items: v.counters.Items, Withdrawn: v.counters.Withdrawn, Pending: len(queue),
	}
	if v.head.Current != 0 {
		if v.gen, err = readGeneration(ctx, r.store, v.head.Current); err != nil {
			return nil, err
		}
		s.ComputedAt = v.gen.CreatedAt
		s.Stale = v.stale(now)
		if r.opt.Chosen != nil {
			holds, err := r.opt.Chosen.holds(ctx, v.gen.Settings)
			if err != nil {
				return nil, err
			}
			s.SettingsChanged = !holds
		}
	}
	s.Pending += int(v.counters.Change - min(v.head.Done, v.counters.Change))
	embargoed := map[string]bool{}
	for row, err := range store.Scan(ctx, r.store, store.Strong, store.Range{Part: embargoPart, From: embargoKey(now, 0).Sort}) {
		if err != nil {
			return nil, err
		}
		embargoed[row.Sort[len(row.Sort)-8:]] = true
	}
	s.Embargoed = len(embargoed)
	s.DeadLetters, err = deadLetters(ctx, r.store, v.head.Done)
	return s, err
}

// Generations returns the generations that there are, oldest first.
func (r *Reader) Generations(ctx context.Context) ([]recommend.Generation, error) {
	gs, err := readGenerations(ctx, r.store)
	if err != nil {
		return nil, err
	}
	infos := make([]recommend.Generation, len(gs))
	for i, g := range gs {
		infos[i] = g.Generation
	}
	return infos, nil
}
