package coverage

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"akin/recommend/engine"
	"akin/recommend/store"
)

const (
	// keptDays is how long the counts of a day are kept.
	keptDays = 400
	// countedTopics is how many topics a day counts, those with most findings.
	countedTopics = 200
)

// A Tally counts findings by what became of them. Those that are put away are
// open.
type Tally struct {
	Open      int `json:"open"`
	Done      int `json:"done"`
	Dismissed int `json:"dismissed"`
}

// A Day is how the findings of the last report of a day stood.
type Day struct {
	Date   string           `json:"date"` // "2026-11-29", UTC
	Kinds  map[string]Tally `json:"kinds"`
	Topics map[string]Tally `json:"topics"` // those with most findings about them
}

var daysFrom = store.Range{Part: part, From: "day ", To: "day!"}

// CountDay counts the findings of a report, and those that were accepted and are in it no more,
// by kind and topic.
func CountDay(r *Report, worked map[string]*engine.WorkedFinding, now time.Time) Day {
	d := Day{now.UTC().Format(time.DateOnly), map[string]Tally{}, map[string]Tally{}}
	count := func(id engine.FindingID, state string) {
		add := func(of map[string]Tally, name string) {
			t := of[name]
			switch state {
			case engine.FindingDone:
				t.Done++
			case engine.FindingDismissed:
				t.Dismissed++
			default:
				t.Open++
			}
			of[name] = t
		}
		add(d.Kinds, id.Kind)
		if id.Topic != "" {
			add(d.Topics, id.Topic)
		}
	}
	seen := map[string]bool{}
	for i := range r.Findings {
		f := &r.Findings[i]
		id, state := f.ID(), engine.FindingOpen
		key := id.Key()
		seen[key] = true
		if of := worked[key]; of != nil {
			state = of.StateAt(f.Fingerprint(), r.ComputedAt, now)
		}
		count(id, state)
	}
	for key, of := range worked {
		if !seen[key] && of.State == engine.FindingDone {
			count(of.FindingID, of.State)
		}
	}
	var topics []string
	for slug := range d.Topics {
		topics = append(topics, slug)
	}
	all := func(slug string) int { t := d.Topics[slug]; return t.Open + t.Done + t.Dismissed }
	slices.SortFunc(topics, func(a, b string) int {
		if x, y := all(a), all(b); x != y {
			return y - x
		}
		return strings.Compare(a, b)
	})
	for _, slug := range topics[min(countedTopics, len(topics)):] {
		delete(d.Topics, slug)
	}
	return d
}

// keepDay stores how the findings of a report stand, in place of an earlier count of
// the day, and drops counts that are too old.
func keepDay(ctx context.Context, s store.Store, r *Report, now time.Time) error {
	worked, err := engine.NewReader(s, engine.ReaderOptions{}).WorkedFindings(ctx)
	if err != nil {
		return err
	}
	d := CountDay(r, worked, now)
	data, err := json.Marshal(d)
	if err != nil {
		return err
	}
	key := store.Key{Part: part, Sort: "day " + d.Date}
	txs := []store.Tx{{{Row: store.Row{Key: key, Data: data, Rev: 1}}}}
	old := daysFrom
	old.To = "day " + now.UTC().AddDate(0, 0, -keptDays).Format(time.DateOnly)
	for row, err := range store.Scan(ctx, s, store.Strong, old) {
		if err != nil {
			return err
		}
		txs = append(txs, store.Tx{{Act: store.Delete, Row: store.Row{Key: row.Key}}})
	}
	return errors.Join(s.Apply(ctx, txs...)...)
}

// Days returns how findings stood on the days since one, the earliest first; at
// most 400 days are kept, and days on which no report was made are not there.
func Days(ctx context.Context, s store.Store, since time.Time) ([]Day, error) {
	days := []Day{}
	r := daysFrom
	r.From = "day " + since.UTC().Format(time.DateOnly)
	for row, err := range store.Scan(ctx, s, store.Strong, r) {
		var d Day
		if err == nil {
			err = json.Unmarshal(row.Data, &d)
		}
		if err != nil {
			return nil, fmt.Errorf("counts of findings: %w", err)
		}
		days = append(days, d)
	}
	return days, nil
}

// Days returns what the function does, of the store of the report.
func (k *StoredReport) Days(ctx context.Context, since time.Time) ([]Day, error) {
	return Days(ctx, k.store, since)
}

// Days returns what the function does, of the store of the report.
func (d *LiveReport) Days(ctx context.Context, since time.Time) ([]Day, error) {
	return d.keeper.Days(ctx, since)
}
