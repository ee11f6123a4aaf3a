package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"akin/recommend"
	"akin/recommend/index"
	"akin/recommend/store"
)

// ErrNoGeneration is wrapped where there is no generation of the kind asked for.
var ErrNoGeneration = errors.New("no such generation; run reindex")

// ReindexOptions adjust [Indexer.Reindex].
type ReindexOptions struct {
	DryRun bool // make and compare, and switch nothing; nothing stays in the store
	Force  bool // switch even if a gate fails

	// Progress is told how many items of a stage are done; nil: nobody. Calls
	// come from several goroutines.
	Progress func(stage string, done, total int)
}

// Reindex makes a new generation beside the one in use: statistics of all items,
// vectors under them, all lists. If it passes its gates it is switched to. The
// one in use goes on serving, and taking changes, until then.
//
// An indexer that has patience starts over if another rebuild overtakes it.
func (x *Indexer) Reindex(ctx context.Context, o ReindexOptions) (*recommend.Generation, error) {
	for try := 1; ; try++ {
		g, err := x.Plan(ctx, 1, o.Progress)
		if err != nil {
			return nil, err
		}
		done, err := x.reindex(ctx, g, o)
		if err == nil || x.patience == 0 || try == 3 {
			return done, err
		}
		h, failed := readHead(ctx, x.store)
		if failed != nil || g.Number > max(h.Current, h.Previous) {
			return done, err
		}
	}
}

// reindex makes the lists of a planned generation and switches to it.
func (x *Indexer) reindex(ctx context.Context, g *recommend.Generation, o ReindexOptions) (*recommend.Generation, error) {
	if err := x.MapShard(ctx, g.Number, 0, o.Progress); err != nil {
		return nil, errors.Join(err, x.Fail(context.WithoutCancel(ctx), g.Number))
	}
	done, err := x.Commit(ctx, g.Number, o)
	for waited := time.Duration(0); errors.Is(err, ErrBusy) && waited < x.patience && pause(ctx, commitPause) == nil; waited += commitPause {
		done, err = x.Commit(ctx, g.Number, o)
	}
	if errors.Is(err, ErrBusy) {
		err = errors.Join(err, x.Fail(context.WithoutCancel(ctx), g.Number))
	}
	return done, err
}

// commitPause is how long a commit waits for another writer to end.
const commitPause = 100 * time.Millisecond

// MapShard is the second step of a rebuild, to be done for every shard from 0, in
// any order, at once, in any process, and again after a failure: it makes the
// lists of the items whose number leaves that remainder.
func (x *Indexer) MapShard(ctx context.Context, number, shard int, progress func(string, int, int)) error {
	if progress == nil {
		progress = func(string, int, int) {}
	}
	st, err := x.built(ctx, number)
	if err != nil {
		return fmt.Errorf("generation %d, shard %d: %w", number, shard, err)
	}
	if shard < 0 || shard >= st.gen.Shards {
		return fmt.Errorf("generation %d: shard %d is not from 0 to %d", number, shard, st.gen.Shards-1)
	}
	var docs []index.Doc
	for _, d := range st.works.live() {
		if int(d)%st.gen.Shards == shard {
			docs = append(docs, d)
		}
	}
	done := 0
	for chunk := range slices.Chunk(docs, writeChunk) {
		st.nearest(chunk)
		err := x.writeLists(ctx, st, chunk, rev(st.gen.Plan, 0))
		if err != nil && !errors.Is(err, errFenced) { // written before by a run that failed later
			return fmt.Errorf("generation %d, shard %d: %w", number, shard, err)
		}
		done += len(chunk)
		progress("relating", done, len(docs))
	}
	return nil
}

// built returns the state of a generation in the making.
func (x *Indexer) built(ctx context.Context, number int) (*state, error) {
	x.mu.RLock()
	st := x.building
	x.mu.RUnlock()
	if st != nil && st.gen.Number == number {
		return st, nil
	}
	g, err := x.making(ctx, number)
	if err != nil {
		return nil, err
	}
	if st, err = load(ctx, x.store, g, x.lean); err != nil {
		return nil, err
	}
	x.mu.Lock()
	x.building = st
	x.mu.Unlock()
	return st, nil
}

// Fail marks a generation in the making as failed and deletes its rows.
func (x *Indexer) Fail(ctx context.Context, number int) error {
	x.mu.Lock()
	if x.building != nil && x.building.gen.Number == number {
		x.building = nil
	}
	x.mu.Unlock()
	g, err := readGeneration(ctx, x.store, number)
	if errors.Is(err, ErrNoGeneration) {
		return x.sweep(ctx, number) // another rebuild has deleted it, perhaps not all
	}
	if err != nil {
		return err
	}
	if g.State != StateBuilding {
		if g, err = x.making(ctx, number); err != nil {
			return nil // there is nothing to give up
		}
	}
	g.State, g.Maker = StateFailed, ""
	if err := g.write(ctx, x.store); err != nil {
		return err
	}
	return x.sweep(ctx, number)
}

// Commit is the last step of a rebuild: under the lease it brings the new lists
// up to date with every change since the plan, holds them to the gates, and
// switches readers to them by one conditional write. An error that wraps
// [ErrBusy] leaves the generation as it was made, to be committed later; any
// other makes it a failed one.
func (x *Indexer) Commit(ctx context.Context, number int, o ReindexOptions) (*recommend.Generation, error) {
	x.run.Lock()
	defer x.run.Unlock()
	g, err := x.switched(ctx, number)
	if g != nil || err != nil {
		return g, err
	}
	st, err := x.built(ctx, number)
	if err != nil {
		return nil, fmt.Errorf("commit: %w", err)
	}
	g, err = x.commit(ctx, st, o)
	x.mu.Lock()
	x.building = nil
	x.mu.Unlock()
	if err != nil {
		x.forget()
		if errors.Is(err, errFenced) { // another writer came in between
			err = fmt.Errorf("%w: %w", ErrBusy, err)
		}
		err = fmt.Errorf("commit: %w", err)
		if errors.Is(err, ErrBusy) {
			if st.gen.State != StateBuilding { // the switch was refused
				st.gen.State, st.gen.Maker = StateBuilding, x.owner
				err = errors.Join(err, st.gen.write(context.WithoutCancel(ctx), x.store))
			}
			return g, err
		}
		var gates *GateError
		if errors.As(err, &gates) {
			err = gates
		}
		return g, errors.Join(err, x.Fail(context.WithoutCancel(ctx), number))
	}
	return g, nil
}

func (x *Indexer) commit(ctx context.Context, st *state, o ReindexOptions) (*recommend.Generation, error) {
	// The lists as the store has them: other processes may have made them, or
	// failed to.
	if err := st.loadLists(ctx, x.store); err != nil {
		return nil, err
	}
	old, err := x.switchable(ctx)
	if err != nil {
		return nil, err
	}
	if newest := max(x.head.Current, x.head.Previous); st.gen.Number < newest {
		return nil, errors.Join(fmt.Errorf("generation %d: %w, number %d", st.gen.Number, errOvertaken, newest), x.release(ctx))
	}
	last, err := x.follow(ctx, st, st.gen.Plan)
	if err != nil {
		return nil, err
	}
	g := st.gen
	g.Items, g.Change = len(st.works.live()), last
	judged, err := judgements(ctx, x.store, func(n *recommend.Note) bool { return !n.Expired(x.now()) })
	if errors.Is(err, errCorrupt) { // which Check names; lists can be made all the same
		x.log.ErrorContext(ctx, "lists are not held to what editors judged", "err", err)
		judged, err = nil, nil
	}
	if err != nil {
		return nil, err
	}
	g.Gates = gates(old, st, judged)
	if failed := failedGates(g.Gates); len(failed) > 0 && !o.Force && !o.DryRun {
		return &g.Generation, errors.Join(&GateError{g.Number, failed}, x.release(ctx))
	}
	if o.DryRun {
		result := g.Generation
		return &result, errors.Join(x.release(ctx), x.Fail(ctx, g.Number))
	}
	g.Exposure = *st.expose()
	if g.Popular, err = x.popular(ctx); err != nil {
		return nil, err
	}
	return x.switchTo(ctx, st, old, last)
}

// errOvertaken says that a generation is older than one that was switched to, and
// that whoever did so is deleting it.
var errOvertaken = errors.New("a rebuild that began later was switched to before it")

// switchable takes the lease and returns the generation in use, nil if there is
// none yet. Another writer that comes between does no harm before that.
func (x *Indexer) switchable(ctx context.Context) (old *state, err error) {
	for range commitTries {
		if old, err = x.trySwitchable(ctx); !errors.Is(err, errFenced) {
			break
		}
		x.forget()
	}
	return old, err
}

func (x *Indexer) trySwitchable(ctx context.Context) (*state, error) {
	h, err := readHead(ctx, x.store)
	if err != nil {
		return nil, err
	}
	if h.Current != 0 {
		forced, err := x.take(ctx, h)
		if err != nil {
			return nil, err
		}
		// What a writer before left half written is written to the end first,
		// since the way back needs it.
		if len(forced) > 0 {
			if err := x.announce(ctx, x.state, x.touch(x.state, nil, forced), x.head.Done); err != nil {
				return nil, err
			}
			x.head.Intent, x.head.All = nil, false
		}
	} else {
		h.Epoch++
		x.head = h
	}
	x.head.Holder, x.head.Expires = x.owner, x.now().Add(x.lease)
	if err := x.head.write(ctx, x.store); err != nil {
		return nil, err
	}
	if h.Current == 0 {
		return nil, nil
	}
	return x.state, nil
}

// errGap says that a generation cannot be brought up to date any more.
var errGap = errors.New("its lists lack changes that are no longer kept; run reindex")

// follow brings the lists of a generation that is not in use up to date with
// every change after the one numbered from, and writes those that it lacks. It
// returns the last change.
func (x *Indexer) follow(ctx context.Context, st *state, from uint64) (uint64, error) {
	// Should an attempt before this one be frozen and not dead, it may wake and
	// write lists that this one would leave alone: so all are written again,
	// under a greater Rev than it has.
	st.gen.Attempts++
	if err := st.gen.write(ctx, x.store); err != nil {
		return 0, err
	}
	if err := numberWaiting(ctx, x.store); err != nil {
		return 0, err
	}
	again := st.gen.Attempts > 1
	var late []index.Doc // to be written at the end, with all the others
	last := from
	for {
		changes, err := changesAfter(ctx, x.store, last, catchUpBatch)
		if err != nil {
			return 0, err
		}
		if len(changes) == 0 {
			break
		}
		if changes[0].seq != last+1 {
			return 0, fmt.Errorf("generation %d: %w after change %d", st.gen.Number, errGap, last)
		}
		if err := st.whole(ctx, x.store); err != nil {
			return 0, err
		}
		var updates []update
		for len(changes) > 0 {
			got, good, bad := x.updates(ctx, st, changes, true)
			updates = append(updates, got...)
			if bad == nil {
				last = changes[len(changes)-1].seq
				break
			}
			if !poison(bad) {
				return 0, bad
			}
			// The indexer has set it aside, or will.
			last = changes[good].seq
			changes = changes[good+1:]
		}
		touched := st.update(updates)
		if again {
			late = append(late, touched...)
		} else if err := x.writeLists(ctx, st, touched, rev(last, x.head.Epoch)); err != nil {
			return 0, err
		}
	}
	if last < x.head.Done {
		return 0, fmt.Errorf("generation %d: %w after change %d", st.gen.Number, errGap, last)
	}
	var lacking []index.Doc
	for _, d := range st.works.live() {
		if !st.lists.stored[d] || again {
			lacking = append(lacking, d)
		}
	}
	st.nearest(lacking)
	lacking = append(lacking, late...)
	slices.Sort(lacking)
	if err := x.writeLists(ctx, st, slices.Compact(lacking), rev(last, x.head.Epoch)); err != nil {
		return 0, err
	}
	return last, nil
}

// switchTo lets readers see st, and forgets what is no longer needed.
func (x *Indexer) switchTo(ctx context.Context, st, old *state, last uint64) (*recommend.Generation, error) {
	g := st.gen
	g.State, g.Maker, g.Change, g.Attempts = StateCurrent, "", last, 0
	if err := g.write(ctx, x.store); err != nil {
		return nil, err
	}
	h := *x.head
	if old != nil {
		old.gen.State, old.gen.Change = StatePrevious, h.Done
	}
	h.Previous, h.Current, h.Done = h.Current, g.Number, last
	h.Intent, h.All, h.Failed, h.Holder = nil, false, 0, ""
	if err := h.write(ctx, x.store); err != nil {
		return nil, err
	}
	x.head = &h
	x.mu.Lock()
	x.state, x.following, x.traits = st, nil, nil
	if st.weigher.lean {
		x.state = nil // whoever needs it loads it whole
	}
	x.mu.Unlock()
	// Readers have switched. What follows is tidying, which the next rebuild
	// does again if it fails here.
	keep := last
	if old != nil {
		keep = old.gen.Change
		if err := old.gen.write(ctx, x.store); err != nil {
			return nil, err
		}
	}
	if err := x.tidy(ctx, &h, keep); err != nil {
		return nil, fmt.Errorf("generation %d is in use, but not all of the old rows are gone: %w", g.Number, err)
	}
	return &g.Generation, nil
}

// Rollback goes back to the generation before, brought up to date with every
// change since. Calling it twice goes forth again.
func (x *Indexer) Rollback(ctx context.Context) (*recommend.Generation, error) {
	x.run.Lock()
	defer x.run.Unlock()
	g, err := x.rollback(ctx)
	if err != nil {
		x.forget()
		return nil, fmt.Errorf("rollback: %w", err)
	}
	return g, nil
}

func (x *Indexer) rollback(ctx context.Context) (*recommend.Generation, error) {
	h, err := readHead(ctx, x.store)
	if err != nil {
		return nil, err
	}
	if h.Previous == 0 {
		return nil, fmt.Errorf("there is no previous generation: %w", ErrNoGeneration)
	}
	old, err := x.switchable(ctx)
	if err != nil {
		return nil, err
	}
	// Others may have switched since; from here on nobody does.
	g, err := readGeneration(ctx, x.store, x.head.Previous)
	if err != nil {
		return nil, err
	}
	st, err := load(ctx, x.store, g, false)
	if err != nil {
		return nil, err
	}
	if err := st.loadLists(ctx, x.store); err != nil {
		return nil, err
	}
	last, err := x.follow(ctx, st, g.Change)
	if err != nil {
		return nil, err
	}
	return x.switchTo(ctx, st, old, last)
}

// tidy deletes generations that are neither in use nor the one before, and
// changes up to the one numbered keep, but for those that a rebuild under way
// has yet to catch up with.
func (x *Indexer) tidy(ctx context.Context, h *head, keep uint64) error {
	gs, err := readGenerations(ctx, x.store)
	if err != nil {
		return err
	}
	settings, err := x.choose(ctx) // publishers write terms under them
	if err != nil {
		return err
	}
	hashes := map[string]bool{settings.Text.Hash(): true}
	for _, g := range gs {
		if g.Number >= min(h.Current, h.Previous) && g.State != StateFailed {
			hashes[g.TextHash] = true
		}
	}
	for _, g := range gs {
		if g.Number > h.Current && g.State == StateBuilding {
			keep = min(keep, g.Plan) // it has yet to catch up from there
		}
		if g.Number == h.Current || g.Number == h.Previous || g.Number > h.Current {
			continue
		}
		if err := x.sweep(ctx, g.Number); err != nil {
			return err
		}
		if !hashes[g.TextHash] {
			if err := x.deleteParts(ctx, "", parts("terms/"+g.TextHash, termShards)); err != nil {
				return err
			}
		}
		if err := x.store.Apply(ctx, store.Tx{{Act: store.Delete, Row: store.Row{Key: generationKey(g.Number)}}})[0]; err != nil {
			return err
		}
	}
	return x.deleteParts(ctx, changeKey(keep+1).Sort, []string{ChangePart})
}

// sweep deletes the lists and statistics of a generation.
func (x *Indexer) sweep(ctx context.Context, number int) error {
	ps := append(parts(fmt.Sprintf("rel/%d", number), itemShards), chunkKey(number, 0).Part)
	return x.deleteParts(ctx, "", ps)
}

// deleteParts deletes the rows of parts that sort before to; empty: all.
func (x *Indexer) deleteParts(ctx context.Context, to string, parts []string) error {
	for _, part := range parts {
		var txs []store.Tx
		flush := func() error {
			errs := x.store.Apply(ctx, txs...)
			txs = txs[:0]
			return errors.Join(errs...)
		}
		for row, err := range store.Scan(ctx, x.store, store.Strong, store.Range{Part: part, To: to}) {
			if err != nil {
				return err
			}
			if txs = append(txs, store.Tx{{Act: store.Delete, Row: store.Row{Key: row.Key}}}); len(txs) == writeChunk {
				if err := flush(); err != nil {
					return err
				}
			}
		}
		if err := flush(); err != nil {
			return err
		}
	}
	return nil
}
