package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"akin/recommend"
	"akin/recommend/store"
)

// Topics that editors gave a work, its labels, stand among the topics of the
// records of all its versions, and so in listings, filters, cards and terms. The
// records keep apart what each version is published with: a later publish that
// lacks a label leaves it there, and one after which every version is published
// with it ends the editors' decision.

// label gives a record the labels of its work in place of those that it has.
func (r *record) label(slugs []string) {
	it := r.asPublished()
	r.Topics, r.own, r.labels = it.Topics, nil, nil
	if len(slugs) == 0 {
		return
	}
	r.labels, r.own = slugs, it.Topics
	if r.Status != recommend.Withdrawn {
		r.Topics = slices.Concat(r.own, r.lacks())
	}
}

// asPublished returns the item as it is published.
func (r *record) asPublished() recommend.Item {
	it := r.Item
	if len(r.labels) > 0 {
		it.Topics = r.own
	}
	return it
}

// lacks returns the labels that the item is not published with.
func (r *record) lacks() []string {
	var slugs []string
	for _, s := range r.labels {
		if !slices.Contains(r.own, s) {
			slugs = append(slugs, s)
		}
	}
	return slugs
}

func slugsOf(ds []recommend.Decision) []string {
	var slugs []string
	for _, d := range ds {
		slugs = append(slugs, d.ID)
	}
	return slugs
}

// isFiled reports whether the topics among the terms are those of a record.
func (l *termList) isFiled(r *record) bool {
	if l.dead {
		return true
	}
	want := map[string]bool{}
	for _, slug := range r.Topics {
		want[topicKeyOf(slug)] = true
	}
	n := 0
	for i := range l.terms {
		if strings.HasPrefix(l.terms[i].key, topicKeyPrefix) {
			if !want[l.terms[i].key] {
				return false
			}
			n++
		}
	}
	return n == len(want)
}

// filed returns the list with the terms of topics in place of those that it has.
func (l *termList) filed(topics []string) *termList {
	next := *l
	next.terms = slices.DeleteFunc(slices.Clone(l.terms), func(t termCount) bool { return strings.HasPrefix(t.key, topicKeyPrefix) })
	for _, slug := range topics {
		t := topicTerm(slug)
		at, has := slices.BinarySearchFunc(next.terms, t, func(a, b termCount) int { return strings.Compare(a.key, b.key) })
		if !has {
			next.terms = slices.Insert(next.terms, at, t)
		}
	}
	return &next
}

// labelled gives a record that is to be stored in place of old the labels of its
// work, and ends those that every version is published with from now on. Only
// works that may have labels take a read.
func (p *Publisher) labelled(ctx context.Context, u *unit, old, next *record) error {
	group := next.group()
	versions, err := u.versions(ctx, group)
	if err != nil {
		return err
	}
	stays := old != nil && old.group() == group
	if stays && len(old.labels) == 0 || !stays && len(versions) == 0 {
		return nil
	}
	rev, c, err := u.curation(ctx, group)
	if err != nil || len(c.Labels) == 0 {
		return err
	}
	next.label(slugsOf(c.Labels))
	if next.Status == recommend.Withdrawn {
		return nil
	}
	versions = slices.DeleteFunc(versions, func(r *record) bool { return r.number == next.number })
	left := lacking(c.Labels, append(versions, next))
	if len(left) == len(c.Labels) {
		return nil
	}
	for _, r := range versions {
		r.label(slugsOf(left))
		u.put(recordKey(r.number), r.pack())
	}
	next.label(slugsOf(left))
	after := *c
	after.Labels = left
	return u.decide(ctx, group, c, &after, Change{Number: rev + 1, At: p.now().UTC(), Note: "published with the topic"})
}

// lacking returns the labels that one of the versions of a work, at least, is not
// published with.
func lacking(labels []recommend.Decision, versions []*record) []recommend.Decision {
	var left []recommend.Decision
	for _, d := range labels {
		if slices.ContainsFunc(versions, func(r *record) bool {
			return r.Status != recommend.Withdrawn && !slices.Contains(r.asPublished().Topics, d.ID)
		}) {
			left = append(left, d)
		}
	}
	return left
}

// versions reads the records of the versions of a work; none if there is none yet.
func (u *unit) versions(ctx context.Context, group string) ([]*record, error) {
	row, err := u.get(ctx, groupKey(group))
	if err != nil {
		return nil, err
	}
	var numbers []uint32
	if row.Rev != 0 {
		if numbers, err = unpackMembers(row.Data); err != nil {
			return nil, fmt.Errorf("group %q: %w", group, err)
		}
	} else if row, err = u.get(ctx, idKey(group)); err != nil {
		return nil, err
	} else if row.Rev != 0 {
		id, err := unpackIdentity(row.Data)
		if err != nil {
			return nil, fmt.Errorf("id %q: %w", group, err)
		}
		numbers = []uint32{id.number}
	}
	var rs []*record
	for _, n := range numbers {
		r, err := u.record(ctx, n)
		if err != nil {
			return nil, err
		}
		rs = append(rs, r)
	}
	return rs, nil
}

// relabel gives the versions of a work labels in place of those that it has, and
// returns them without those that every version is published with. What changes
// in a record is a change for the indexer.
func (p *Publisher) relabel(ctx context.Context, u *unit, group string, labels []recommend.Decision) ([]recommend.Decision, error) {
	for i, d := range labels {
		row, err := u.get(ctx, topicKey(d.ID))
		if err != nil {
			return nil, err
		}
		if row.Rev == 0 {
			return nil, recommend.Invalid(fmt.Sprintf("labels[%d].id", i), "there is no topic %q", d.ID)
		}
	}
	versions, err := u.versions(ctx, group)
	if err != nil {
		return nil, err
	}
	labels = lacking(labels, versions)
	w, err := p.words(ctx)
	if err != nil {
		return nil, err
	}
	row, err := u.get(ctx, counterKey)
	if err != nil {
		return nil, err
	}
	c, err := unpackCounters(row)
	if err != nil {
		return nil, err
	}
	before := c.Change
	for _, r := range versions {
		old := *r
		if r.label(slugsOf(labels)); slices.Equal(r.labels, old.labels) {
			continue
		}
		if !slices.Equal(r.Topics, old.Topics) {
			if err := p.refile(ctx, u, &old, r, &c, w.hash); err != nil {
				return nil, err
			}
		}
		u.put(recordKey(r.number), r.pack())
	}
	if c.Change == before {
		return labels, nil
	}
	data, err := json.Marshal(c)
	if err != nil {
		return nil, err
	}
	u.put(counterKey, data)
	return labels, nil
}

// refile puts what follows from other topics of a record into u, but for the
// record itself: listings, terms and the change. Terms that are not there under the
// usual settings, or of another version, are left to the indexer.
func (p *Publisher) refile(ctx context.Context, u *unit, old, next *record, c *counters, hash string) error {
	c.Change++
	c.changed(old.change)
	next.change, next.changedAt = c.Change, p.now().UTC()
	p.listings(u, old, next)
	row, err := u.get(ctx, termsKey(hash, next.number))
	if err != nil {
		return err
	}
	if row.Rev != 0 {
		l, err := unpackTermList(row.Data)
		if err == nil && !l.dead && l.version == next.Version && told(row) {
			l = l.filed(next.Topics)
			l.part = partOf(next)
			u.set(store.Op{Row: store.Row{Key: row.Key, Data: l.pack(), Rev: row.Rev}, Cond: store.RevIs, Want: row.Rev})
		}
	}
	ch := change{number: next.number, id: next.ID, version: next.Version, at: next.changedAt}
	u.putRev(changeKey(c.Change), ch.pack(), 1)
	return nil
}
