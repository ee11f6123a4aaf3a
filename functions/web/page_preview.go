package web

import (
	"context"
	"errors"
	"slices"

	"akin/recommend"
)

// A preview is a page before and after a change that is not saved.
type preview struct {
	P             *page
	ID, Title     string
	Before, After []previewEntry
}

type previewEntry struct {
	ID, Title string
	Changed   bool // it leaves, or enters
}

// maxPreviewed is how many pages are looked at for one preview.
const maxPreviewed = 200

// previews makes a change where nobody sees it, and returns those of the pages
// of ids that are then others, and always the first. Readers would see exactly
// that, as the change is made by what makes it in earnest.
func (e *editors) previews(ctx context.Context, v *page, ids []string, change func(Publisher) error) ([]preview, error) {
	if e.site.Trial == nil {
		return nil, nil
	}
	then, publisher, err := e.site.Trial()
	if err != nil {
		return nil, err
	}
	if err := change(publisher); err != nil {
		return nil, err
	}
	var all []preview
	for i, id := range ids[:min(len(ids), maxPreviewed)] {
		before, err := e.shown(ctx, v, e.site.Reader, id)
		if err != nil {
			return nil, err
		}
		after, err := e.shown(ctx, v, then, id)
		if err != nil {
			return nil, err
		}
		same := func(a, b previewEntry) bool { return a.ID == b.ID }
		if i > 0 && slices.EqualFunc(before, after, same) {
			continue
		}
		mark(before, after)
		mark(after, before)
		p := preview{P: v, ID: id, Title: id, Before: before, After: after}
		if cards, err := e.Reader.Cards(ctx, id); err == nil && len(cards) == 1 {
			p.Title = v.entry(cards[0], nil).Title
			if len(cards[0].Translations) > 0 {
				p.Title += " · " + v.LangName(cards[0].Lang)
			}
		}
		all = append(all, p)
	}
	return all, nil
}

// shown returns what readers see beside an item; nothing where they see none.
func (e *editors) shown(ctx context.Context, v *page, r Reader, id string) ([]previewEntry, error) {
	rel, err := r.Related(ctx, id, recommend.Query{Limit: itemRelated})
	if errors.Is(err, recommend.ErrNotFound) || errors.Is(err, recommend.ErrWithdrawn) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	entries := []previewEntry{}
	for _, x := range rel.Related {
		entries = append(entries, previewEntry{ID: x.ID, Title: v.entry(x.Card, nil).Title})
	}
	return entries, nil
}

// mark tells which entries the other list lacks.
func mark(list, other []previewEntry) {
	for i := range list {
		list[i].Changed = !slices.ContainsFunc(other, func(o previewEntry) bool { return o.ID == list[i].ID })
	}
}

// touched returns the works whose pages a change of the decisions for a work may
// change, in all their languages: the work itself, those that it is blocked
// from or no longer, and where it is excluded or no longer, those near it.
func (e *editors) touched(ctx context.Context, id string, old, next *recommend.Curation) []string {
	works := []string{id}
	for _, d := range slices.Concat(old.Blocks, next.Blocks) {
		if has(old.Blocks, d.ID) != has(next.Blocks, d.ID) {
			works = append(works, d.ID)
		}
	}
	return e.versions(ctx, append(works, e.beside(ctx, id, old.Exclude, next.Exclude)...))
}

func has(ds []recommend.Decision, id string) bool {
	return slices.ContainsFunc(ds, func(d recommend.Decision) bool { return d.ID == id })
}

// beside returns the works near one, where it is excluded or no longer.
func (e *editors) beside(ctx context.Context, id string, old, next *recommend.Note) []string {
	if (old == nil) == (next == nil) {
		return nil
	}
	var near []string
	for _, v := range e.versions(ctx, []string{id}) {
		rel, err := e.site.Reader.Related(ctx, v, recommend.Query{Limit: 50, NoFill: true})
		if err != nil { // readers do not see it
			continue
		}
		for _, x := range rel.Related {
			near = append(near, x.ID)
		}
	}
	return near
}

// versions returns items and their other language versions, each once. Those
// that there are not are left out.
func (e *editors) versions(ctx context.Context, ids []string) []string {
	var all []string
	add := func(id string) {
		if !slices.Contains(all, id) {
			all = append(all, id)
		}
	}
	cards, err := e.Reader.Cards(ctx, ids...)
	if err != nil {
		return ids
	}
	translations := map[string][]recommend.Translation{}
	for _, c := range cards {
		translations[c.ID] = c.Translations
	}
	for i, id := range ids {
		ts, ok := translations[id]
		if ok || i == 0 {
			add(id)
		}
		for _, t := range ts {
			add(t.ID)
		}
	}
	return all
}
