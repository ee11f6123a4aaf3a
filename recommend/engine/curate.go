package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"akin/recommend"
	"akin/recommend/store"
)

// Curation returns what editors decided for the work that an item is a version
// of; an empty Curation if they decided nothing.
func (r *Reader) Curation(ctx context.Context, id string) (*recommend.Curation, error) {
	self, err := r.identify(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("curation %q: %w", id, err)
	}
	rows, err := r.store.Get(ctx, store.Strong, curationKey(self.group))
	if err != nil {
		return nil, fmt.Errorf("curation %q: %w", id, err)
	}
	c, err := unpackCuration(rows[0])
	if err != nil {
		return nil, fmt.Errorf("curation %q: %w", id, err)
	}
	return c, nil
}

func unpackCuration(row store.Row) (*recommend.Curation, error) {
	c := &recommend.Curation{ETag: tag(row.Rev)}
	if row.Rev == 0 {
		return c, nil
	}
	if err := json.Unmarshal(row.Data, c); err != nil {
		return nil, errCorrupt
	}
	return c, nil
}

// A curationRow is a [recommend.Curation] as it is stored: with the numbers of the items
// that it pins, so that an answer reads them at once.
type curationRow struct {
	recommend.Curation
	Numbers map[string]uint32 `json:"numbers,omitempty"`
}

// unpackExclusions reads the works that are shown beside no item.
func unpackExclusions(row store.Row) (map[string]recommend.Note, error) {
	if row.Rev == 0 {
		return nil, nil
	}
	var ex map[string]recommend.Note
	if err := json.Unmarshal(row.Data, &ex); err != nil {
		return nil, fmt.Errorf("exclusions: %w", errCorrupt)
	}
	return ex, nil
}

// Curate replaces what editors decided for a work, if it is still what the
// caller read. Blocks hold both ways, so the blocked works' own curations change
// with it. Each change is kept, see [Reader.History]; where nothing changes,
// nothing is written. It returns the new ETag. Where the curation is no longer
// what was read, the error wraps [recommend.ErrPrecondition].
func (p *Publisher) Curate(ctx context.Context, id string, c recommend.Curation, e Edit) (string, error) {
	if err := c.Validate(); err != nil {
		return "", fmt.Errorf("curate %q: %w", id, err)
	}
	etag, err := p.edit(ctx, e, func(u *unit) (string, error) { return p.stageCuration(ctx, u, id, c, e, 0) })
	if err != nil {
		return "", fmt.Errorf("curate %q: %w", id, err)
	}
	return etag, nil
}

func (p *Publisher) stageCuration(ctx context.Context, u *unit, id string, c recommend.Curation, e Edit, undoes uint64) (string, error) {
	self, err := u.identify(ctx, id)
	if err != nil {
		return "", err
	}
	rev, old, err := u.curation(ctx, self.group)
	if err != nil {
		return "", err
	}
	if e.IfMatch != "*" && e.IfMatch != old.ETag {
		return "", recommend.ErrPrecondition
	}
	// Decisions name works: whatever version they were given by.
	for i := range c.Pins {
		if _, err := u.identify(ctx, c.Pins[i].ID); err != nil {
			return "", named(fmt.Sprintf("pins[%d].id", i), c.Pins[i].ID, err)
		}
	}
	for _, list := range []struct {
		name string
		ds   *[]recommend.Decision
	}{{"blocks", &c.Blocks}, {"belongs", &c.Belongs}, {"belongsNot", &c.BelongsNot}} {
		if *list.ds, err = u.otherWorks(ctx, list.name, *list.ds, self.group); err != nil {
			return "", err
		}
	}
	if err := c.Validate(); err != nil { // versions of one work may have been judged differently
		return "", err
	}
	now := p.now()
	c.Pins, c.NotByTopic, c.Labels = slices.Clone(c.Pins), slices.Clone(c.NotByTopic), slices.Clone(c.Labels)
	for _, n := range []**recommend.Note{&c.Exclude, &c.NoSimilar} {
		if *n != nil {
			note := **n
			*n = &note
		}
	}
	e.signAll(c.Pins, old.Pins, now)
	e.signAll(c.Blocks, old.Blocks, now)
	e.signAll(c.NotByTopic, old.NotByTopic, now)
	e.signAll(c.Belongs, old.Belongs, now)
	e.signAll(c.BelongsNot, old.BelongsNot, now)
	e.signAll(c.Labels, old.Labels, now)
	e.sign(c.Exclude, old.Exclude, now)
	e.sign(c.NoSimilar, old.NoSimilar, now)
	if !slices.EqualFunc(c.Labels, old.Labels, recommend.Decision.Same) {
		if c.Labels, err = p.relabel(ctx, u, self.group, c.Labels); err != nil {
			return "", err
		}
	}
	if c.Same(old) {
		return old.ETag, nil
	}
	change := Change{At: now.UTC(), By: e.By, Note: e.Note, Undoes: undoes}
	theirs := change
	theirs.With, theirs.Undoes = self.group, 0
	for _, b := range c.Blocks {
		if !slices.ContainsFunc(old.Blocks, func(o recommend.Decision) bool { return o.Same(b) }) {
			if err := u.reblock(ctx, b.ID, self.group, &recommend.Decision{ID: self.group, Note: b.Note}, theirs); err != nil {
				return "", err
			}
		}
	}
	for _, b := range old.Blocks {
		if !slices.ContainsFunc(c.Blocks, func(n recommend.Decision) bool { return n.ID == b.ID }) {
			if err := u.reblock(ctx, b.ID, self.group, nil, theirs); err != nil {
				return "", err
			}
		}
	}
	if err := u.exclude(ctx, self.group, c.Exclude); err != nil {
		return "", err
	}
	change.Number = rev + 1
	return tag(change.Number), u.decide(ctx, self.group, old, &c, change)
}

// otherWorks returns decisions about works other than that of group, by the ids of their
// originals.
func (u *unit) otherWorks(ctx context.Context, name string, ds []recommend.Decision, group string) ([]recommend.Decision, error) {
	ds = slices.Clone(ds)
	for i := range ds {
		field := fmt.Sprintf("%s[%d].id", name, i)
		other, err := u.identify(ctx, ds[i].ID)
		if err != nil {
			return nil, named(field, ds[i].ID, err)
		}
		if other.group == group {
			return nil, &recommend.InvalidError{Field: field, Reason: "is the item itself, or a version of it"}
		}
		if slices.ContainsFunc(ds[:i], func(d recommend.Decision) bool { return d.ID == other.group }) {
			return nil, recommend.Invalid(field, "%q comes twice, as versions of one work", ds[i].ID)
		}
		ds[i].ID = other.group
	}
	return ds, nil
}

// decide writes what editors decided for a work, and the change of it.
func (u *unit) decide(ctx context.Context, group string, old, c *recommend.Curation, change Change) error {
	stored := curationRow{Curation: *c, Numbers: map[string]uint32{}}
	for _, p := range c.Pins {
		self, err := u.identify(ctx, p.ID) // mostly read already
		if err != nil {
			return fmt.Errorf("pin %q: %w", p.ID, err)
		}
		stored.Numbers[p.ID] = self.number
	}
	data, err := json.Marshal(stored)
	if err != nil {
		return err
	}
	if len(data) > store.MaxData {
		return &recommend.InvalidError{Field: "note", Reason: "all notes together are too long; shorten some"}
	}
	u.put(curationKey(group), data)
	return u.keep(itemHistory(group), change, old, c)
}

// named tells which field names something that is not there.
func named(field, id string, err error) error {
	if errors.Is(err, recommend.ErrNotFound) {
		return &recommend.InvalidError{Field: field, Reason: fmt.Sprintf("there is no item %q", id)}
	}
	return err
}

func (u *unit) identify(ctx context.Context, id string) (identity, error) {
	row, err := u.get(ctx, idKey(id))
	if err != nil {
		return identity{}, err
	}
	if row.Rev == 0 {
		return identity{}, recommend.ErrNotFound
	}
	return unpackIdentity(row.Data)
}

// curation reads what editors decided for a group, and the revision of its row.
func (u *unit) curation(ctx context.Context, group string) (uint64, *recommend.Curation, error) {
	row, err := u.get(ctx, curationKey(group))
	if err != nil {
		return 0, nil, err
	}
	c, err := unpackCuration(row)
	if err != nil {
		return 0, nil, fmt.Errorf("curation %q: %w", group, err)
	}
	return row.Rev, c, nil
}

// reblock puts a block into a work's curation in place of one that names the
// same work, or, where d is nil, takes it out.
func (u *unit) reblock(ctx context.Context, group, other string, d *recommend.Decision, change Change) error {
	rev, old, err := u.curation(ctx, group)
	if err != nil {
		return err
	}
	c := *old
	at := slices.IndexFunc(old.Blocks, func(b recommend.Decision) bool { return b.ID == other })
	c.Blocks = slices.Clone(old.Blocks)
	switch {
	case at >= 0 && d == nil:
		c.Blocks = slices.Delete(c.Blocks, at, at+1)
	case at >= 0:
		c.Blocks[at] = *d
	case d != nil:
		c.Blocks = append(c.Blocks, *d)
	}
	if c.Same(old) {
		return nil
	}
	if len(c.Blocks) > recommend.MaxBlocks {
		return recommend.Invalid("blocks", "%q has %d of them, the most there may be", group, recommend.MaxBlocks)
	}
	change.Number = rev + 1
	return u.decide(ctx, group, old, &c, change)
}

// exclude keeps the one row of works that are shown beside no item.
func (u *unit) exclude(ctx context.Context, group string, note *recommend.Note) error {
	row, err := u.get(ctx, exclusionsKey)
	if err != nil {
		return err
	}
	ex, err := unpackExclusions(row)
	if err != nil {
		return err
	}
	if old, ok := ex[group]; !ok && note == nil || ok && note != nil && old == *note {
		return nil
	}
	if ex == nil {
		ex = map[string]recommend.Note{}
	}
	delete(ex, group)
	if note != nil {
		ex[group] = *note
	}
	data, err := json.Marshal(ex)
	if err != nil {
		return err
	}
	if len(data) > store.MaxData {
		return &recommend.InvalidError{Field: "exclude", Reason: "too many items are excluded; withdraw some or let some expire"}
	}
	u.put(exclusionsKey, data)
	return nil
}
