package engine

import (
	"cmp"
	"context"
	"slices"

	"akin/recommend"
	"akin/recommend/store"
)

// pins adds what editors put first, by one read. A pin stands for its whole
// work: the version in the source's language is shown if there is one, which
// takes a second read.
func (a *answering) pins(ctx context.Context) error {
	var ids []string
	var positions []int
	numbers := make([]uint32, 0, len(a.curation.Pins))
	for _, p := range a.curation.Pins {
		if p.Expired(a.now) {
			continue
		}
		ids, positions = append(ids, p.ID), append(positions, p.Position)
		if n, ok := a.curation.Numbers[p.ID]; ok {
			numbers = append(numbers, n)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	var records []*record
	var err error
	if len(numbers) == len(ids) {
		records, err = a.r.records(ctx, store.Strong, numbers)
	} else { // stored before numbers were
		records, err = a.r.byID(ctx, ids)
	}
	if err != nil {
		return err
	}
	var places []int
	numbers = numbers[:0]
	for i, rec := range records {
		if rec == nil || rec.Lang == a.source.Lang {
			continue
		}
		for _, t := range rec.twins {
			if t.Lang == a.source.Lang {
				places, numbers = append(places, i), append(numbers, t.number)
			}
		}
	}
	if len(numbers) > 0 {
		same, err := a.r.records(ctx, store.Strong, numbers)
		if err != nil {
			return err
		}
		for i, rec := range same {
			if rec != nil && rec.visible(a.now, &a.answer.Until) {
				records[places[i]] = rec
			}
		}
	}
	for i, rec := range records {
		before := len(a.answer.Related)
		if a.add(rec, recommend.TierPinned, nil); len(a.answer.Related) > before {
			a.places = append(a.places, positions[i])
		}
	}
	return nil
}

// placed moves the pins that have a position there, once the answer is full; one
// whose position is beyond its end stands last.
func (a *answering) placed() {
	if !slices.ContainsFunc(a.places, func(at int) bool { return at > 0 }) {
		return
	}
	var rest []recommend.Entry
	type pin struct {
		recommend.Entry
		at int
	}
	var pins []pin
	for i, e := range a.answer.Related {
		if i < len(a.places) && a.places[i] > 0 {
			pins = append(pins, pin{e, a.places[i]})
		} else {
			rest = append(rest, e)
		}
	}
	slices.SortStableFunc(pins, func(x, y pin) int { return cmp.Compare(x.at, y.at) })
	for _, p := range pins {
		rest = slices.Insert(rest, min(p.at-1, len(rest)), p.Entry)
	}
	a.answer.Related = rest
}
