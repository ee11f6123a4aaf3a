package engine

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"akin/recommend"
)

// chain refuses translations of translations.
func (p *Publisher) chain(ctx context.Context, u *unit, r *record) error {
	if r.TranslationOf == "" || r.Status == recommend.Withdrawn {
		return nil
	}
	row, err := u.get(ctx, idKey(r.TranslationOf))
	if err != nil {
		return err
	}
	if row.Rev != 0 {
		id, err := unpackIdentity(row.Data)
		if err != nil {
			return fmt.Errorf("id %q: %w", r.TranslationOf, err)
		}
		if id.group != r.TranslationOf {
			return &recommend.InvalidError{Field: "translationOf", Reason: fmt.Sprintf("%q is itself a translation; name the original, %q", r.TranslationOf, id.group)}
		}
	}
	if row, err = u.get(ctx, groupKey(r.TranslationOf)); err != nil {
		return err
	}
	if row.Rev != 0 {
		members, err := unpackMembers(row.Data)
		if err != nil {
			return fmt.Errorf("group %q: %w", r.TranslationOf, err)
		}
		if len(members) >= maxVersions && !slices.Contains(members, r.number) {
			return &recommend.InvalidError{Field: "translationOf", Reason: fmt.Sprintf("%q has %d language versions already, the most there may be", r.TranslationOf, len(members))}
		}
	}
	if row, err = u.get(ctx, groupKey(r.ID)); err != nil {
		return err
	}
	if row.Rev != 0 {
		members, err := unpackMembers(row.Data)
		if err != nil {
			return fmt.Errorf("group %q: %w", r.ID, err)
		}
		for _, n := range members {
			if n == r.number {
				continue
			}
			other, err := u.record(ctx, n)
			if err != nil {
				return err
			}
			return &recommend.InvalidError{Field: "translationOf", Reason: fmt.Sprintf("%q is a translation of this item; translations of translations are not kept", other.ID)}
		}
	}
	return nil
}

// maxVersions is the number of language versions that a work may have. A store
// may hold any number of languages; but a change to one version writes the
// others' records too, in one transaction, of which DynamoDB takes 100
// operations.
const maxVersions = 64

// group brings the language versions of the work up to date: each record knows
// the others.
func (p *Publisher) group(ctx context.Context, u *unit, old, next *record) error {
	if old != nil && old.group() != next.group() {
		if err := p.regroup(ctx, u, old.group(), old, nil); err != nil {
			return err
		}
	}
	return p.regroup(ctx, u, next.group(), old, next)
}

// regroup replaces old by next, which may be nil, among the members of the
// group of root.
func (p *Publisher) regroup(ctx context.Context, u *unit, root string, old, next *record) error {
	row, err := u.get(ctx, groupKey(root))
	if err != nil {
		return err
	}
	var numbers []uint32
	if row.Rev != 0 {
		if numbers, err = unpackMembers(row.Data); err != nil {
			return fmt.Errorf("group %q: %w", root, err)
		}
	} else if next == nil || next.TranslationOf == "" {
		return nil // an item by itself needs no row
	}
	var self uint32
	switch {
	case next != nil:
		self = next.number
	case old != nil:
		self = old.number
	}
	if row.Rev == 0 {
		// The first translation of an original: it may be stored already.
		idRow, err := u.get(ctx, idKey(root))
		if err != nil {
			return err
		}
		if idRow.Rev != 0 {
			id, err := unpackIdentity(idRow.Data)
			if err != nil {
				return fmt.Errorf("id %q: %w", root, err)
			}
			numbers = append(numbers, id.number)
		}
	}
	var others []*record
	var members []twin
	for _, n := range numbers {
		if n == self {
			continue
		}
		r, err := u.record(ctx, n)
		if err != nil {
			return err
		}
		others = append(others, r)
		if r.Status != recommend.Withdrawn {
			members = append(members, r.twin())
		}
	}
	if next != nil && next.Status != recommend.Withdrawn {
		members = append(members, next.twin())
	}
	slices.SortFunc(members, func(a, b twin) int { return strings.Compare(a.ID, b.ID) })
	for _, r := range others {
		r.setTwins(members)
		u.put(recordKey(r.number), r.pack())
	}
	numbers = slices.DeleteFunc(numbers, func(n uint32) bool { return n == self })
	if next != nil {
		next.setTwins(members)
		numbers = append(numbers, self)
	}
	slices.Sort(numbers)
	u.put(groupKey(root), packMembers(numbers))
	return nil
}
