package engine

import (
	"context"
	"fmt"
	"slices"
	"time"

	"akin/recommend/store"
)

// followEvery is how long searches and drafts go on with what is in memory
// before they look for changes.
const followEvery = 2 * time.Second

// following is how far an index in memory is that no writer keeps up to date.
type following struct {
	seen uint64    // every change up to it is in the index
	at   time.Time // of the last look

	// ahead is the changes that are in the index and had no number when they were read,
	// by the item's number and by when they were made.
	ahead map[uint32]time.Time
}

// ready returns the generation in use, loading it or bringing it up to date if
// need be.
func (x *Indexer) ready(ctx context.Context) (*state, error) {
	if !x.due() {
		x.mu.RLock()
		defer x.mu.RUnlock()
		return x.state, nil
	}
	x.run.Lock()
	defer x.run.Unlock()
	if x.due() { // another call may have done it meanwhile
		if err := x.load(ctx); err != nil {
			return nil, err
		}
	}
	x.mu.RLock()
	defer x.mu.RUnlock()
	if x.state == nil {
		return nil, ErrNoGeneration
	}
	return x.state, nil
}

// due reports whether searches must look at the store first. Memory that holds
// lists is brought up to date by whoever writes them.
func (x *Indexer) due() bool {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.state == nil || x.following != nil && x.now().Sub(x.following.at) >= followEvery
}

// Load reads the generation in use into memory, for searches and drafts in a
// process that writes no lists. Where that was done before, it brings memory up
// to date with what was published since: for two reads if nothing was. It does
// nothing in the memory of a writer, which [Indexer.CatchUp] keeps up to date.
// Searches and drafts call it themselves, every two seconds at most.
func (x *Indexer) Load(ctx context.Context) error {
	x.run.Lock()
	defer x.run.Unlock()
	return x.load(ctx)
}

// load does what Load says, with run held.
func (x *Indexer) load(ctx context.Context) error {
	x.mu.RLock()
	st, f := x.state, x.following
	x.mu.RUnlock()
	if st != nil && f == nil {
		return nil
	}
	at := x.now()
	rows, err := x.store.Get(ctx, store.Strong, headKey, counterKey)
	if err != nil {
		return fmt.Errorf("read head: %w", err)
	}
	h, err := unpackHead(rows[0])
	if err != nil {
		return err
	}
	c, err := unpackCounters(rows[1])
	if err != nil {
		return err
	}
	if h.Current == 0 {
		return nil
	}
	if st != nil && st.gen.Number == h.Current {
		whole, err := x.learn(ctx, st, f.seen, c.Change)
		if err != nil {
			return err
		}
		if whole {
			ahead, err := x.learnWaiting(ctx, st, f.ahead)
			if err != nil {
				return err
			}
			x.mu.Lock()
			x.following = &following{seen: c.Change, at: at, ahead: ahead}
			x.mu.Unlock()
			return nil
		}
	}
	g, err := readGeneration(ctx, x.store, h.Current)
	if err != nil {
		return err
	}
	// The terms of every change that is counted, or waits, are there to be read.
	queue, err := waiting(ctx, x.store)
	if err != nil {
		return err
	}
	ahead := map[uint32]time.Time{}
	for _, q := range queue {
		ahead[q.number] = q.at
	}
	if st, err = load(ctx, x.store, g, false); err != nil {
		return err
	}
	x.mu.Lock()
	x.state, x.following, x.traits = st, &following{seen: c.Change, at: at, ahead: ahead}, nil
	x.mu.Unlock()
	x.head = nil // so that the lists are read before anything is written
	return nil
}

// learn puts the items of the changes after seen, up to the one numbered last,
// into the index and leaves the lists alone. It reports whether all of those
// changes were there: after a rebuild, old ones are not.
func (x *Indexer) learn(ctx context.Context, st *state, seen, last uint64) (bool, error) {
	for seen < last {
		changes, err := changesAfter(ctx, x.store, seen, catchUpBatch)
		if err != nil {
			return false, err
		}
		if len(changes) == 0 || changes[0].seq != seen+1 {
			return false, nil
		}
		seen = changes[len(changes)-1].seq
		if err := x.learnSome(ctx, st, changes); err != nil {
			return false, err
		}
	}
	return true, nil
}

// learnWaiting does so for changes that have no number yet, but for those that it did
// before, and returns all of them.
func (x *Indexer) learnWaiting(ctx context.Context, st *state, before map[uint32]time.Time) (map[uint32]time.Time, error) {
	queue, err := waiting(ctx, x.store)
	if err != nil {
		return nil, err
	}
	ahead := map[uint32]time.Time{}
	var changes []change
	for _, q := range queue {
		ahead[q.number] = q.at
		if !before[q.number].Equal(q.at) {
			changes = append(changes, q.change)
		}
	}
	for some := range slices.Chunk(changes, catchUpBatch) {
		if err := x.learnSome(ctx, st, some); err != nil {
			return nil, err
		}
	}
	return ahead, nil
}

func (x *Indexer) learnSome(ctx context.Context, st *state, changes []change) error {
	for len(changes) > 0 {
		updates, good, err := x.updates(ctx, st, changes, false)
		if err != nil && !poison(err) {
			return err
		}
		x.mu.Lock()
		st.place(updates)
		x.mu.Unlock()
		changes = changes[good:]
		if err != nil {
			changes = changes[1:] // the writer sets it aside
		}
	}
	return nil
}
