package engine

import (
	"context"
	"fmt"

	"akin/recommend"
)

// A commit switches by two writes: the row of the generation says that it is
// current, and then the head does, by which readers go. A process that dies
// between the two, or after them and before it has tidied up, is followed by one
// that is asked to commit the same generation again.

// making returns a generation that is in the making, also where its row says
// that it is current and the head does not.
func (x *Indexer) making(ctx context.Context, number int) (*generation, error) {
	g, err := readGeneration(ctx, x.store, number)
	if err != nil {
		return nil, err
	}
	if g.State == StateCurrent {
		h, err := readHead(ctx, x.store)
		if err != nil {
			return nil, err
		}
		if number != h.Current && number != h.Previous {
			g.State, g.Maker, g.Attempts = StateBuilding, x.owner, 1 // so that all lists are written again
		}
	}
	if g.State != StateBuilding {
		return nil, fmt.Errorf("generation %d is %s, not %s", number, g.State, StateBuilding)
	}
	return g, nil
}

// switched reports whether a commit of the generation has switched to it, and
// does then what that one may have left undone. The caller holds run.
func (x *Indexer) switched(ctx context.Context, number int) (*recommend.Generation, error) {
	g, err := readGeneration(ctx, x.store, number)
	if err != nil || g.State != StateCurrent {
		return nil, err
	}
	h, err := readHead(ctx, x.store)
	if err != nil || h.Current != number {
		return nil, err
	}
	keep := g.Change
	if h.Previous != 0 {
		old, err := readGeneration(ctx, x.store, h.Previous)
		if err != nil {
			return nil, err
		}
		if old.State == StateCurrent {
			// Its lists may have more changes than its row tells. The way
			// back does them again, which changes nothing.
			old.State = StatePrevious
			if err := old.write(ctx, x.store); err != nil {
				return nil, err
			}
		}
		keep = old.Change
	}
	return &g.Generation, x.tidy(ctx, h, keep)
}
