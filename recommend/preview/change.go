package preview

import (
	"context"
	"slices"

	"akin/recommend"
	"akin/recommend/engine"
)

// Work tells what a change of the decisions for a work would do. It may change,
// in all languages, the work's own page, those of the works that it is blocked
// from or no longer, and, where it is excluded or no longer, all that may show
// it.
func (p *Previewer) Work(ctx context.Context, id string, old *recommend.Curation, next recommend.Curation, e engine.Edit) (*Preview, error) {
	d := decision{always: 1, make: func(to Publisher) error {
		_, err := to.Curate(ctx, id, next, e)
		return err
	}}
	works := []string{id}
	for _, b := range slices.Concat(old.Blocks, next.Blocks) {
		if has(old.Blocks, b.ID) != has(next.Blocks, b.ID) {
			works = append(works, b.ID)
		}
	}
	var excluded []string
	if (old.Exclude == nil) != (next.Exclude == nil) || old.Exclude != nil && !old.Exclude.Expires.Equal(next.Exclude.Expires) {
		excluded = works[:1]
	}
	var err error
	if d.items, err = p.mayChange(ctx, works, excluded); err != nil {
		return nil, err
	}
	return p.preview(ctx, d)
}

func has(ds []recommend.Decision, id string) bool {
	return slices.ContainsFunc(ds, func(d recommend.Decision) bool { return d.ID == id })
}

// mayChange returns the items whose lists may change, in all languages: those of
// works, and those that may show works that are excluded, or are no longer.
func (p *Previewer) mayChange(ctx context.Context, works, excluded []string) ([]string, error) {
	if len(excluded) > 0 {
		shown, err := p.versions(ctx, excluded...)
		if err != nil {
			return nil, err
		}
		near, err := p.Reader.ListsShowing(ctx, shown...)
		if err != nil {
			return nil, err
		}
		works = slices.Concat(works, near)
	}
	if len(works) == 0 {
		return nil, nil
	}
	return p.versions(ctx, works...)
}

// Topic tells what a change of the decisions for a topic would do.
func (p *Previewer) Topic(ctx context.Context, slug string, next recommend.TopicCuration, e engine.Edit) (*Preview, error) {
	old, err := p.Reader.TopicCuration(ctx, slug)
	if err != nil {
		return nil, err
	}
	d := decision{topics: []string{slug}, make: func(to Publisher) error {
		_, err := to.CurateTopic(ctx, slug, next, e)
		return err
	}}
	into := func(c *recommend.TopicCuration) string {
		if c.MergedInto == nil || c.MergedInto.Expired(p.Now()) {
			return ""
		}
		return c.MergedInto.ID
	}
	if was, is := into(old), into(&next); was != is {
		d.merge = true
		for _, slug := range []string{was, is} {
			if slug != "" {
				d.topics = append(d.topics, slug)
			}
		}
	}
	if d.merge {
		if d.items, err = p.members(ctx, nil, d.topics, maxMembers); err != nil {
			return nil, err
		}
	}
	return p.preview(ctx, d)
}

// Rulings tells what a change of many decisions would do.
func (p *Previewer) Rulings(ctx context.Context, rulings []engine.Ruling, change func(Publisher) error) (*Preview, error) {
	d := decision{make: change}
	var works, excluded, merged []string
	for _, r := range rulings {
		switch r.Action {
		case engine.ActBlock:
			works = append(works, r.Item, r.Target)
		case engine.ActExcludeTarget:
			works, excluded = append(works, r.Item), append(excluded, r.Item)
		case engine.ActFeature:
			d.topics = append(d.topics, r.Target)
		case engine.ActMerge:
			d.merge = true
			merged = append(merged, r.Item, r.Target)
		default:
			works = append(works, r.Item)
		}
	}
	d.topics = append(d.topics, merged...)
	slices.Sort(d.topics)
	d.topics = slices.Compact(d.topics)
	var err error
	if d.items, err = p.mayChange(ctx, works, excluded); err != nil {
		return nil, err
	}
	if d.items, err = p.members(ctx, d.items, merged, len(d.items)+maxMembers); err != nil {
		return nil, err
	}
	return p.preview(ctx, d)
}

// versions returns items and their other language versions, each once. Those
// that readers cannot see are left out, but the first.
func (p *Previewer) versions(ctx context.Context, ids ...string) ([]string, error) {
	cards, err := p.Reader.Cards(ctx, ids...)
	if err != nil {
		return nil, err
	}
	byID := make(map[string]*recommend.Card, len(cards))
	for i := range cards {
		byID[cards[i].ID] = &cards[i]
	}
	var all []string
	there := map[string]bool{}
	add := func(id string) {
		if !there[id] {
			there[id] = true
			all = append(all, id)
		}
	}
	for i, id := range ids {
		c := byID[id]
		if c != nil || i == 0 {
			add(id)
		}
		if c != nil {
			for _, t := range c.Translations {
				add(t.ID)
			}
		}
	}
	return all, nil
}
