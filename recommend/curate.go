package recommend

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
)

// Limits of a [Curation].
const (
	MaxPins   = 50
	MaxBlocks = 500
	MaxNote   = 1024 // bytes
)

// Curation returns what editors decided for the work that an item is a version
// of; an empty Curation if they decided nothing.
func (r *Reader) Curation(ctx context.Context, id string) (*Curation, error) {
	self, err := r.identify(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("curation %q: %w", id, err)
	}
	rows, err := r.store.Get(ctx, Strong, curationKey(self.group))
	if err != nil {
		return nil, fmt.Errorf("curation %q: %w", id, err)
	}
	c, err := unpackCuration(rows[0])
	if err != nil {
		return nil, fmt.Errorf("curation %q: %w", id, err)
	}
	return c, nil
}

func unpackCuration(row Row) (*Curation, error) {
	c := &Curation{ETag: strconv.FormatUint(row.Rev, 10)}
	if row.Rev == 0 {
		return c, nil
	}
	if err := json.Unmarshal(row.Data, c); err != nil {
		return nil, errCorrupt
	}
	return c, nil
}

// unpackExclusions reads the works that are shown beside no item.
func unpackExclusions(row Row) (map[string]Note, error) {
	if row.Rev == 0 {
		return nil, nil
	}
	var ex map[string]Note
	if err := json.Unmarshal(row.Data, &ex); err != nil {
		return nil, fmt.Errorf("exclusions: %w", errCorrupt)
	}
	return ex, nil
}

// Curate replaces what editors decided for a work, if it is still what the
// caller read: ifMatch is the ETag of that, and "*" stands for whatever is
// there. Blocks hold both ways, so the blocked works' own curations change with
// it. It returns the new ETag. Otherwise the error is [ErrPrecondition].
func (p *Publisher) Curate(ctx context.Context, id string, c Curation, ifMatch string) (string, error) {
	if err := c.validate(); err != nil {
		return "", fmt.Errorf("curate %q: %w", id, err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	etag := ""
	err := p.retry(ctx, func() (*unit, error) {
		u := newUnit(p.store)
		var err error
		etag, err = p.stageCuration(ctx, u, id, c, ifMatch)
		return u, err
	})
	if err != nil {
		return "", fmt.Errorf("curate %q: %w", id, err)
	}
	return etag, nil
}

func (p *Publisher) stageCuration(ctx context.Context, u *unit, id string, c Curation, ifMatch string) (string, error) {
	self, err := u.identify(ctx, id)
	if err != nil {
		return "", err
	}
	row, err := u.get(ctx, curationKey(self.group))
	if err != nil {
		return "", err
	}
	old, err := unpackCuration(row)
	if err != nil {
		return "", err
	}
	if ifMatch != "*" && ifMatch != old.ETag {
		return "", ErrPrecondition
	}
	// Decisions name works: whatever version they were given by.
	for i := range c.Pins {
		if _, err := u.identify(ctx, c.Pins[i].ID); err != nil {
			return "", named(fmt.Sprintf("pins[%d].id", i), c.Pins[i].ID, err)
		}
	}
	for i := range c.Blocks {
		other, err := u.identify(ctx, c.Blocks[i].ID)
		if err != nil {
			return "", named(fmt.Sprintf("blocks[%d].id", i), c.Blocks[i].ID, err)
		}
		if other.group == self.group {
			return "", &InvalidError{fmt.Sprintf("blocks[%d].id", i), "is the item itself, or a version of it"}
		}
		c.Blocks[i].ID = other.group
		if err := u.block(ctx, other.group, Decision{self.group, c.Blocks[i].Note}); err != nil {
			return "", err
		}
	}
	for _, b := range old.Blocks {
		kept := false
		for _, n := range c.Blocks {
			kept = kept || n.ID == b.ID
		}
		if !kept {
			if err := u.unblock(ctx, b.ID, self.group); err != nil {
				return "", err
			}
		}
	}
	if err := u.exclude(ctx, self.group, c.Exclude); err != nil {
		return "", err
	}
	data, err := json.Marshal(c)
	if err != nil {
		return "", err
	}
	u.put(curationKey(self.group), data)
	return strconv.FormatUint(row.Rev+1, 10), nil
}

// named tells which field names something that is not there.
func named(field, id string, err error) error {
	if errors.Is(err, ErrNotFound) {
		return &InvalidError{field, fmt.Sprintf("there is no item %q", id)}
	}
	return err
}

func (u *unit) identify(ctx context.Context, id string) (identity, error) {
	row, err := u.get(ctx, idKey(id))
	if err != nil {
		return identity{}, err
	}
	if row.Rev == 0 {
		return identity{}, ErrNotFound
	}
	return unpackIdentity(row.Data)
}

// block adds a block to a work's curation, in place of one that names the same.
func (u *unit) block(ctx context.Context, group string, d Decision) error {
	return u.reblock(ctx, group, d.ID, &d)
}

func (u *unit) unblock(ctx context.Context, group, other string) error {
	return u.reblock(ctx, group, other, nil)
}

func (u *unit) reblock(ctx context.Context, group, other string, d *Decision) error {
	row, err := u.get(ctx, curationKey(group))
	if err != nil {
		return err
	}
	c, err := unpackCuration(row)
	if err != nil {
		return fmt.Errorf("curation %q: %w", group, err)
	}
	var blocks []Decision
	for _, b := range c.Blocks {
		if b.ID != other {
			blocks = append(blocks, b)
		}
	}
	if d != nil {
		blocks = append(blocks, *d)
	}
	c.Blocks = blocks
	data, err := json.Marshal(c)
	if err != nil {
		return err
	}
	u.put(curationKey(group), data)
	return nil
}

// exclude keeps the one row of works that are shown beside no item.
func (u *unit) exclude(ctx context.Context, group string, note *Note) error {
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
		ex = map[string]Note{}
	}
	delete(ex, group)
	if note != nil {
		ex[group] = *note
	}
	data, err := json.Marshal(ex)
	if err != nil {
		return err
	}
	if len(data) > MaxData {
		return &InvalidError{"exclude", "too many items are excluded; withdraw some or let some expire"}
	}
	u.put(exclusionsKey, data)
	return nil
}

func (c *Curation) validate() error {
	if len(c.Pins) > MaxPins {
		return invalid("pins", "has %d entries, more than %d", len(c.Pins), MaxPins)
	}
	if len(c.Blocks) > MaxBlocks {
		return invalid("blocks", "has %d entries, more than %d", len(c.Blocks), MaxBlocks)
	}
	for _, list := range []struct {
		name string
		ds   []Decision
		slug bool
	}{{"pins", c.Pins, false}, {"blocks", c.Blocks, false}, {"ignoreTopics", c.NotByTopic, true}} {
		seen := map[string]bool{}
		for i, d := range list.ds {
			field := fmt.Sprintf("%s[%d]", list.name, i)
			check := checkID
			if list.slug {
				check = checkSlug
			}
			if err := check(field+".id", d.ID); err != nil {
				return err
			}
			if seen[d.ID] {
				return invalid(field+".id", "%q comes twice", d.ID)
			}
			seen[d.ID] = true
			if err := d.validate(field); err != nil {
				return err
			}
		}
	}
	for field, n := range map[string]*Note{"exclude": c.Exclude, "noSimilar": c.NoSimilar} {
		if n == nil {
			continue
		}
		if err := n.validate(field); err != nil {
			return err
		}
	}
	return nil
}

func (n *Note) validate(field string) error {
	if err := checkText(field+".note", n.Text, MaxNote); err != nil {
		return err
	}
	return checkText(field+".by", n.By, 200)
}
