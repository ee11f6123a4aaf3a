package engine

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"akin/recommend"
	"akin/recommend/index"
	"akin/recommend/store"
	"akin/recommend/text"
)

// Plan is the first step of a rebuild: it takes a number for a new generation,
// counts the terms of all items, and stores the statistics. The lists are then
// to be made in the given number of shards.
func (x *Indexer) Plan(ctx context.Context, shards int, progress func(string, int, int)) (*recommend.Generation, error) {
	if shards < 1 {
		return nil, fmt.Errorf("plan: %d shards; there must be one at least", shards)
	}
	if progress == nil {
		progress = func(string, int, int) {}
	}
	settings, err := x.choose(ctx)
	if err != nil {
		return nil, fmt.Errorf("plan: %w", err)
	}
	analyzer, err := text.New(settings.Text)
	if err != nil {
		return nil, fmt.Errorf("settings: %w", err)
	}
	number, err := x.nextGeneration(ctx)
	if err != nil {
		return nil, fmt.Errorf("plan: %w", err)
	}
	// Whatever changes from here on is caught up with at the end.
	gs, err := readGenerations(ctx, x.store)
	if err != nil {
		return nil, fmt.Errorf("plan: %w", err)
	}
	if err := x.abandon(ctx, gs); err != nil {
		return nil, fmt.Errorf("plan: %w", err)
	}
	if err := numberWaiting(ctx, x.store); err != nil { // what counts as changed since is what comes from here on
		return nil, fmt.Errorf("plan: %w", err)
	}
	count, err := countFrom(ctx, x.store, gs)
	if err != nil {
		return nil, fmt.Errorf("plan: %w", err)
	}
	rows, err := x.store.Get(ctx, store.Strong, mergesKey)
	if err != nil {
		return nil, fmt.Errorf("plan: %w", err)
	}
	merged, err := readMerges(rows[0], x.now())
	if err != nil {
		return nil, fmt.Errorf("plan: %w", err)
	}
	g := &generation{
		Generation: recommend.Generation{Number: number, State: StateBuilding, CreatedAt: x.now().UTC(), Settings: settings.Hash(), Change: count.Change},
		Options:    *settings, TextHash: settings.Text.Hash(), Plan: count.Change, Maker: x.owner, Shards: shards, Merges: merged, General: text.GeneralTable, Pooled: true,
	}
	if err := g.write(ctx, x.store); err != nil {
		return nil, fmt.Errorf("plan: %w", err)
	}
	st := &state{gen: g, analyzer: analyzer, lists: lists{k: g.Options.K}}
	if err := x.plan(ctx, st, count, progress); err != nil {
		return nil, errors.Join(fmt.Errorf("plan: %w", err), x.Fail(context.WithoutCancel(ctx), number))
	}
	x.mu.Lock()
	x.building = st
	x.mu.Unlock()
	return &g.Generation, nil
}

// choose returns the settings of a generation that begins now.
func (x *Indexer) choose(ctx context.Context) (*recommend.Settings, error) {
	if x.chosen == nil {
		return &x.settings, nil
	}
	site, err := x.chosen.latest(ctx)
	if err != nil {
		return nil, err
	}
	return &site.Settings, nil
}

// nextGeneration takes a number.
func (x *Indexer) nextGeneration(ctx context.Context) (int, error) {
	x.run.Lock()
	defer x.run.Unlock()
	for range commitTries {
		h, err := readHead(ctx, x.store)
		if err != nil {
			return 0, err
		}
		known := x.head != nil && x.head.rev == h.rev
		if h.rev == 0 { // it may have been lost, and not the generations
			gs, err := readGenerations(ctx, x.store)
			if err != nil {
				return 0, err
			}
			if len(gs) > 0 {
				h.Next = gs[len(gs)-1].Number
			}
		}
		h.Next++
		err = h.write(ctx, x.store)
		if errors.Is(err, errFenced) {
			continue
		}
		if known {
			x.head = h // the state in memory goes on being valid
		}
		return h.Next, err
	}
	return 0, errFenced
}

// abandon marks as failed what makers that have ended since were making. Their
// rows are deleted with the generation's own, once a later one is in use.
func (x *Indexer) abandon(ctx context.Context, gs []*generation) error {
	for _, g := range gs {
		if g.State != StateBuilding || g.Maker == x.owner || !x.gone(ctx, g.Maker) {
			continue
		}
		g.State, g.Maker = StateFailed, ""
		if err := g.write(ctx, x.store); err != nil && !errors.Is(err, store.ErrCondition) {
			return err
		}
		x.log.WarnContext(ctx, "generation abandoned: its rebuild ended before it was done", "generation", g.Number)
	}
	return nil
}

func (x *Indexer) plan(ctx context.Context, st *state, count counters, progress func(string, int, int)) error {
	if err := st.complete(ctx, x.store, progress, count.Items+count.Withdrawn); err != nil {
		return err
	}
	// The lists of terms are read three times: held all at once they would take more
	// memory than everything else, and so would the terms of one item only.
	met := newTwice(count.Items)
	err := scanTerms(ctx, x.store, st.gen, func(_ uint32, l *termList) error {
		met.meet(l.terms)
		return nil
	})
	if err != nil {
		return err
	}
	counter := newCounter(met)
	var mu sync.Mutex
	counted := 0
	err = scanTerms(ctx, x.store, st.gen, func(_ uint32, l *termList) error {
		if !l.dead {
			counter.add(l)
			mu.Lock()
			counted++
			progress("counting", counted, count.Items)
			mu.Unlock()
		}
		return nil
	})
	if err != nil {
		return err
	}
	stats := counter.statistics()
	st.gen.Spoken = counter.spoken.languages()
	counter, met = nil, nil
	chunks := stats.pack()
	for i, chunk := range chunks {
		if err := x.store.Apply(ctx, store.Tx{{Row: store.Row{Key: chunkKey(st.gen.Number, i), Data: chunk, Rev: 1}}})[0]; err != nil {
			return fmt.Errorf("write statistics: %w", err)
		}
	}
	st.gen.StatItems, st.gen.Chunks = stats.items, len(chunks)
	st.gen.Items, st.gen.Terms = stats.items, len(stats.terms)
	st.weigher = newWeigher(stats, &st.gen.Options, 0)
	st.weigher.lean = x.lean
	var items []weighed
	var lengths []index.Length
	err = scanTerms(ctx, x.store, st.gen, func(number uint32, l *termList) error {
		if l.dead {
			return nil
		}
		v, length := st.weigher.unpivoted(l)
		mu.Lock()
		items = append(items, l.weighed(number, v))
		lengths = append(lengths, length)
		mu.Unlock()
		return nil
	})
	if err != nil {
		return err
	}
	st.weigher.pivot = meanLength(lengths)
	for i := range items {
		items[i].vector = items[i].vector.Pivot(lengths[i], st.weigher.pivot, st.gen.Options.Weights.Slope)
	}
	if err := x.translate(ctx, st, stats, items); err != nil {
		return err
	}
	st.fill(items)
	st.gen.Pivot, st.gen.Alike = st.weigher.pivot, st.calibrate(st.gen.Options.Odds)
	st.gen.tell()
	return st.gen.write(ctx, x.store)
}

// translate learns the glossary of a generation, of which the terms are stored, and stores it.
func (x *Indexer) translate(ctx context.Context, st *state, stats *statistics, items []weighed) error {
	stats.pivot, stats.glosses = learn(items, st.weigher.key)
	chunk := stats.packGlossary()
	if chunk == nil {
		return nil
	}
	if err := x.store.Apply(ctx, store.Tx{{Row: store.Row{Key: chunkKey(st.gen.Number, st.gen.Chunks), Data: chunk, Rev: 1}}})[0]; err != nil {
		return fmt.Errorf("write glossary: %w", err)
	}
	st.gen.Chunks++
	st.weigher.translate(stats)
	return nil
}

// meanLength is the pivot of lengths: their mean, rounded down, and so the same in any
// order.
func meanLength(lengths []index.Length) index.Length {
	sum := index.Length(0)
	for _, l := range lengths {
		sum += l
	}
	return sum / index.Length(max(len(lengths), 1))
}

// complete makes the terms of items that have none under the generation's text
// settings, or such as do not say what they are part of.
func (st *state) complete(ctx context.Context, s store.Store, progress func(string, int, int), total int) error {
	versions, plain := map[uint32]uint64{}, map[uint32]uint64{}
	var mu sync.Mutex
	err := scanParts(ctx, s, parts("terms/"+st.gen.TextHash, termShards), func(row store.Row) error {
		n, err := numberOf(row.Key)
		mu.Lock()
		defer mu.Unlock()
		versions[n] = row.Rev
		if !told(row) {
			plain[n] = row.Rev
		}
		return err
	})
	if err != nil {
		return err
	}
	if len(versions) == total && len(plain) == 0 {
		return nil // every publish writes them under the usual settings
	}
	done := 0
	return scanParts(ctx, s, parts("item", itemShards), func(row store.Row) error {
		n, err := numberOf(row.Key)
		if err != nil {
			return err
		}
		mu.Lock()
		done++
		progress("reading", done, total)
		_, has := versions[n]
		rev, again := plain[n]
		mu.Unlock()
		if has && !again {
			return nil
		}
		_, err = st.terms(ctx, s, row, store.Row{Rev: rev}, true)
		return err
	})
}
