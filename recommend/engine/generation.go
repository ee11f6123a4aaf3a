package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"akin/recommend"
	"akin/recommend/index"
	"akin/recommend/store"
	"akin/recommend/text"
)

// States of a generation.
const (
	StateBuilding = "building" // its lists are being made
	StateCurrent  = "current"  // readers see it
	StatePrevious = "previous" // kept for a way back
	StateFailed   = "failed"   // a gate or an error kept it from being used
)

// A generation is the row that describes one.
type generation struct {
	recommend.Generation
	Options   recommend.Settings   `json:"options"`
	TextHash  string               `json:"textHash"`
	StatItems int                  `json:"statItems"`         // items that the statistics count
	Chunks    int                  `json:"chunks"`            // rows of statistics
	Plan      uint64               `json:"plan"`              // the last change when it was planned
	Maker     string               `json:"maker,omitempty"`   // the indexer that planned it, while its lists are being made
	Shards    int                  `json:"shards"`            // parts that its lists are made in
	Merges    merges               `json:"merges,omitempty"`  // topics that counted as others when it was planned
	Attempts  int                  `json:"attempts"`          // to switch to it since it was last in use
	Pivot     index.Length         `json:"pivot,omitempty"`   // mean length of the items' weights when it was planned
	Alike     recommend.Millionths `json:"alike,omitempty"`   // the score from which items are alike by more than chance, at the odds of the settings
	General   int                  `json:"general"`           // number of the table of general language; 0: none
	Pooled    bool                 `json:"pooled,omitempty"`  // the language versions of a work are one document; in earlier generations each is one
	Exposure  exposure             `json:"exposure,omitzero"` // when it was switched to
	Popular   []uint32             `json:"popular,omitempty"` // numbers of the works that readers followed most, then
	Spoken    []string             `json:"spoken,omitempty"`  // languages of a tenth of its items or more when it was planned, the most used first
	rev       uint64               // of the row

	near func() *index.Nearness // that it was weighed with
}

func unpackGeneration(row store.Row) (*generation, error) {
	g := &generation{rev: row.Rev}
	if err := json.Unmarshal(row.Data, g); err != nil {
		return nil, fmt.Errorf("generation %s: %w", row.Sort, errCorrupt)
	}
	if g.Options.Weights == (recommend.Weights{}) { // made before there were any
		g.Options.Weights = recommend.PlainWeights()
	}
	g.near = sync.OnceValue(func() *index.Nearness {
		n := index.NewNearness(g.Options.Weights.Nearness, g.Options.Weights.NearnessDays)
		return &n
	})
	if g.General > text.GeneralTable {
		return nil, fmt.Errorf("generation %s: weighed with a later table of general language: %w", row.Sort, errCorrupt)
	}
	g.tell()
	return g, nil
}

func readGeneration(ctx context.Context, s store.Store, number int) (*generation, error) {
	rows, err := s.Get(ctx, store.Strong, generationKey(number))
	if err != nil {
		return nil, fmt.Errorf("read generation %d: %w", number, err)
	}
	if rows[0].Rev == 0 {
		return nil, fmt.Errorf("generation %d: %w", number, ErrNoGeneration)
	}
	return unpackGeneration(rows[0])
}

// write replaces the row if nobody else did since it was read.
func (g *generation) write(ctx context.Context, s store.Store) error {
	b, err := json.Marshal(g)
	if err != nil {
		return fmt.Errorf("write generation %d: %w", g.Number, err)
	}
	op := store.Op{Row: store.Row{Key: generationKey(g.Number), Data: b, Rev: g.rev + 1}, Cond: store.RevIs, Want: g.rev}
	if g.rev == 0 {
		op.Cond = store.Absent
	}
	if err := s.Apply(ctx, store.Tx{op})[0]; err != nil {
		return fmt.Errorf("write generation %d: %w", g.Number, err)
	}
	g.rev++
	return nil
}

// readGenerations returns all generations that the store knows, oldest first.
func readGenerations(ctx context.Context, s store.Store) ([]*generation, error) {
	var gs []*generation
	for row, err := range store.Scan(ctx, s, store.Strong, store.Range{Part: generationPart}) {
		if err != nil {
			return nil, fmt.Errorf("read generations: %w", err)
		}
		g, err := unpackGeneration(row)
		if err != nil {
			return nil, err
		}
		gs = append(gs, g)
	}
	return gs, nil
}

// tell notes, for those who ask, what counts as similar.
func (g *generation) tell() {
	if g.Threshold, g.Generation.Odds = g.minScore(), 0; g.Alike > 0 { // else the corpus was too small to tell
		g.Generation.Odds = g.Options.Odds
	}
}

// languages returns those that the site is written in: the ones that it named, or else
// those that its items are in.
func (g *generation) languages() []string {
	if len(g.Options.Languages) > 0 {
		return g.Options.Languages
	}
	return g.Spoken
}

// minScore is the least score with which an entry counts as similar.
func (g *generation) minScore() recommend.Millionths { return max(g.Options.MinScore, g.Alike) }

// frame makes of the terms of an item what they are in the generation: merged topics are
// what they count as, and language versions are one document if they could be
// seen when it began, or were published later and could be seen then.
func (g *generation) frame(l *termList) {
	g.Merges.terms(l)
	if !g.Pooled {
		l.work = ""
	}
	if !g.Pooled || l.embargo <= g.CreatedAt.UnixMilli() {
		l.embargo = 0
	}
}

// old reports whether the generation's age alone makes its answers stale.
func (g *generation) old(now time.Time) bool {
	return now.Sub(g.CreatedAt) > g.Options.Stale.Age
}
