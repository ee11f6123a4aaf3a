package engine

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"akin/recommend"
	"akin/recommend/store"
)

// digestOf is the digest of what is published as JSON.
func digestOf(v any, more ...string) (digest, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return digest{}, err
	}
	for _, s := range more {
		b = append(b, s...)
	}
	sum := sha256.Sum256(b)
	return digest(sum[:len(digest{})]), nil
}

// A lookout looks at what is published now. It is safe for concurrent use.
type lookout struct {
	reader *Reader
	tree   *topicTree
}

// members returns the records of the language versions of a work, also of those withdrawn.
func (o *lookout) members(ctx context.Context, work string) ([]*record, error) {
	rows, err := o.reader.store.Get(ctx, store.Strong, groupKey(work), idKey(work))
	if err != nil {
		return nil, err
	}
	var numbers []uint32
	switch {
	case rows[0].Rev != 0:
		if numbers, err = unpackMembers(rows[0].Data); err != nil {
			return nil, fmt.Errorf("versions of %q: %w", work, err)
		}
	case rows[1].Rev != 0: // an item by itself
		self, err := unpackIdentity(rows[1].Data)
		if err != nil {
			return nil, fmt.Errorf("id %q: %w", work, err)
		}
		numbers = []uint32{self.number}
	}
	records, err := o.reader.records(ctx, store.Strong, numbers)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(records, func(r *record) bool { return r == nil || r.group() != work }), nil
}

// place returns the topics of those versions that are not withdrawn, and the least depth
// of one of them.
func (o *lookout) place(members []*record) *shownWork {
	w := &shownWork{place: whole}
	for _, rec := range members {
		if rec.Status != recommend.Withdrawn {
			w.topics = append(w.topics, rec.Topics...)
			w.place = min(w.place, depthOf(sortMillis(&rec.Item)))
		}
	}
	slices.Sort(w.topics)
	w.topics = slices.Compact(w.topics)
	return w
}

// look returns what is published of a work, nil if nothing is, and its versions.
func (o *lookout) look(ctx context.Context, work string) (*shownWork, []*record, error) {
	members, err := o.members(ctx, work)
	if err != nil {
		return nil, nil, err
	}
	w := o.place(members)
	w.known = true
	fills, pins := map[string]uint64{}, map[string]bool{}
	now, live := o.reader.opt.Now(), false
	for _, rec := range members {
		live = live || rec.Status != recommend.Withdrawn
		var until = now
		if !rec.visible(now, &until) {
			continue
		}
		page, err := o.page(ctx, rec.ID, w, fills, pins)
		if errors.Is(err, recommend.ErrNotFound) || errors.Is(err, recommend.ErrWithdrawn) {
			continue // gone meanwhile, of which a change tells
		}
		if err != nil {
			return nil, nil, fmt.Errorf("list of %q: %w", rec.ID, err)
		}
		w.pages = append(w.pages, page)
	}
	if !live {
		return nil, nil, nil
	}
	slices.SortFunc(w.pages, sortedPages)
	for _, slug := range slices.Sorted(maps.Keys(fills)) {
		w.fills = append(w.fills, fillDepth{slug, fills[slug]})
	}
	w.pins = slices.Sorted(maps.Keys(pins))
	w.entries, err = o.entries(members)
	return w, members, err
}

// page returns the page of an item, and adds what it is made from.
func (o *lookout) page(ctx context.Context, id string, w *shownWork, fills map[string]uint64, pins map[string]bool) (shownPage, error) {
	a, self, err := o.reader.answering(ctx, id, recommend.Query{})
	if err != nil {
		return shownPage{}, err
	}
	a.trace = &trace{any: a.view.lists.Exposure != 0}
	answer, err := a.run(ctx, self)
	if err != nil {
		return shownPage{}, err
	}
	for slug, depth := range a.trace.fills {
		fills[slug] = max(fills[slug], depth)
	}
	for _, p := range a.curation.Pins {
		pins[p.ID] = true
	}
	if len(a.trace.seen) > len(w.seen) {
		w.seen = a.trace.seen
	}
	w.known, w.ended = w.known && !a.trace.any, w.ended || a.trace.ended
	w.popular, w.asked = w.popular || a.trace.popular, w.asked || a.trace.asked
	d, err := digestOf(answer.Public())
	return shownPage{id, d}, err
}

// above returns a topic and those above it, of which it is on the pages.
func (all *topicTree) above(slug string) []string {
	slugs := []string{slug}
	for {
		up := all.topics[slugs[len(slugs)-1]].Parent
		if _, ok := all.topics[up]; !ok || slices.Contains(slugs, up) {
			return slugs
		}
		slugs = append(slugs, up)
	}
}

// entries returns how a work stands on the pages of topics, as [Reader.Listing] has it.
func (o *lookout) entries(members []*record) ([]shownEntry, error) {
	now := o.reader.opt.Now()
	on, own := map[string]bool{}, map[string]bool{}
	byNumber := map[uint32]*record{}
	cards := map[uint32]digest{}
	for _, rec := range members {
		byNumber[rec.number] = rec
		until := now
		for _, slug := range rec.Topics {
			if rec.visible(now, &until) {
				own[slug] = true
				for _, s := range o.tree.above(slug) {
					on[s] = true
				}
			}
		}
	}
	var entries []shownEntry
	for _, slug := range slices.Sorted(maps.Keys(on)) {
		e := shownEntry{slug: slug, own: own[slug]}
		agreed := func(rec *record) bool {
			return slices.ContainsFunc(rec.Topics, func(s string) bool { return slices.Contains(o.tree.above(s), slug) })
		}
		for _, rec := range members {
			until := now
			if !agreed(rec) || !rec.visible(now, &until) {
				continue
			}
			shown := versionFor(&recommend.ListQuery{}, rec, byNumber, now, &until, agreed)
			if shown == nil {
				continue
			}
			card, ok := cards[shown.number]
			if !ok {
				var err error
				if card, err = digestOf(shown.card(now, &until)); err != nil {
					return nil, err
				}
				cards[shown.number] = card
			}
			var err error
			if e.digest, err = digestOf(card, rec.place()); err != nil {
				return nil, err
			}
		}
		entries = append(entries, e)
	}
	return entries, nil
}

// topic returns the digest of a topic's page, but for its items, zero if it has none, given whether an item
// that may be shown has it.
func (o *lookout) topic(ctx context.Context, slug string, own bool) (digest, error) {
	t, ok := o.tree.topics[slug]
	switch {
	case !ok && (!own || strings.Contains(slug, topicCurated)):
		return digest{}, nil
	case !ok: // new, and nobody has described it
		t.Topic = recommend.Topic{Slug: slug, Title: slug, Kind: recommend.KindTopic}
	case !t.described && !own:
		return digest{}, nil
	}
	shown, err := o.reader.Showable(ctx, t.Topic)
	if err != nil {
		return digest{}, err
	}
	return digestOf(shown[0])
}
