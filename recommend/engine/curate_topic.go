package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"akin/recommend"
	"akin/recommend/store"
)

// TopicCuration returns what editors decided for a topic; an empty one if they
// decided nothing.
func (r *Reader) TopicCuration(ctx context.Context, slug string) (*recommend.TopicCuration, error) {
	c, err := newUnit(r.store).topicCuration(ctx, slug)
	if err != nil {
		return nil, fmt.Errorf("curation of topic %q: %w", slug, err)
	}
	return c, nil
}

// topicCuration reads what editors decided for a topic, which must have a row.
func (u *unit) topicCuration(ctx context.Context, slug string) (*recommend.TopicCuration, error) {
	if err := recommend.CheckSlug("slug", slug); err != nil {
		return nil, recommend.ErrTopicNotFound
	}
	if err := u.load(ctx, topicKey(slug), topicCurationKey(slug), mergesKey); err != nil {
		return nil, err
	}
	if u.read[topicKey(slug)].Rev == 0 {
		return nil, recommend.ErrTopicNotFound
	}
	row, err := u.get(ctx, topicCurationKey(slug))
	if err != nil {
		return nil, err
	}
	return unpackTopicCuration(row)
}

func unpackTopicCuration(row store.Row) (*recommend.TopicCuration, error) {
	c := &recommend.TopicCuration{ETag: tag(row.Rev)}
	if row.Rev == 0 {
		return c, nil
	}
	if err := json.Unmarshal(row.Data, c); err != nil {
		return nil, fmt.Errorf("topic %q: %w", row.Sort, errCorrupt)
	}
	return c, nil
}

// CurateTopic replaces what editors decided for a topic, as [Publisher.Curate]
// does for a work. A merge that would go round in a circle, also by way of the
// topics above, is an [*recommend.InvalidError]. A merge holds at once for listings,
// filters and pages; it counts as evidence from the next generation on.
func (p *Publisher) CurateTopic(ctx context.Context, slug string, c recommend.TopicCuration, e Edit) (string, error) {
	if err := c.Validate(slug); err != nil {
		return "", fmt.Errorf("curate topic %q: %w", slug, err)
	}
	etag, err := p.edit(ctx, e, func(u *unit) (string, error) { return p.stageTopic(ctx, u, slug, c, e, 0) })
	if err != nil {
		return "", fmt.Errorf("curate topic %q: %w", slug, err)
	}
	return etag, nil
}

func (p *Publisher) stageTopic(ctx context.Context, u *unit, slug string, c recommend.TopicCuration, e Edit, undoes uint64) (string, error) {
	old, err := u.topicCuration(ctx, slug)
	if err != nil {
		return "", err
	}
	if e.IfMatch != "*" && e.IfMatch != old.ETag {
		return "", recommend.ErrPrecondition
	}
	for i, d := range c.Featured {
		if _, err := u.identify(ctx, d.ID); err != nil {
			return "", named(fmt.Sprintf("featured[%d].id", i), d.ID, err)
		}
	}
	now := p.now()
	c.Featured = slices.Clone(c.Featured)
	e.signAll(c.Featured, old.Featured, now)
	if c.MergedInto != nil {
		m := *c.MergedInto
		var was *recommend.Note
		if old.MergedInto != nil && old.MergedInto.ID == m.ID {
			was = &old.MergedInto.Note
		}
		e.sign(&m.Note, was, now)
		c.MergedInto = &m
	}
	if (c.Featured == nil) == (old.Featured == nil) && slices.EqualFunc(c.Featured, old.Featured, recommend.Decision.Same) && sameMerge(c.MergedInto, old.MergedInto) {
		return old.ETag, nil
	}
	if !sameMerge(c.MergedInto, old.MergedInto) {
		if err := u.merge(ctx, slug, c.MergedInto); err != nil {
			return "", err
		}
	}
	data, err := json.Marshal(c)
	if err != nil {
		return "", err
	}
	row, err := u.get(ctx, topicCurationKey(slug))
	if err != nil {
		return "", err
	}
	u.put(topicCurationKey(slug), data)
	change := Change{Number: row.Rev + 1, At: now.UTC(), By: e.By, Note: e.Note, Undoes: undoes}
	return tag(change.Number), u.keep(topicHistory(slug), change, old, c)
}

func sameMerge(a, b *recommend.Decision) bool {
	return a == nil && b == nil || a != nil && b != nil && a.Same(*b)
}

func (p *Publisher) undoTopic(ctx context.Context, u *unit, slug string, c Change, e Edit) (string, error) {
	now, err := u.topicCuration(ctx, slug)
	if err != nil {
		return "", err
	}
	var before, after recommend.TopicCuration
	if json.Unmarshal(c.Before, &before) != nil || json.Unmarshal(c.After, &after) != nil {
		return "", errCorrupt
	}
	next := *now
	if (before.Featured == nil) != (after.Featured == nil) || !slices.EqualFunc(before.Featured, after.Featured, recommend.Decision.Same) {
		if (now.Featured == nil) != (after.Featured == nil) || !slices.EqualFunc(now.Featured, after.Featured, recommend.Decision.Same) {
			return "", &UndoError{c.Number, "featured"}
		}
		next.Featured = before.Featured
	}
	if !sameMerge(before.MergedInto, after.MergedInto) {
		if !sameMerge(now.MergedInto, after.MergedInto) {
			return "", &UndoError{c.Number, "mergedInto"}
		}
		next.MergedInto = before.MergedInto
	}
	return p.stageTopic(ctx, u, slug, next, e, c.Number)
}

// merge keeps the one row of topics that count as others, which every reader
// remembers. A topic that is merged already may be merged into, as long as the
// way does not lead back.
func (u *unit) merge(ctx context.Context, slug string, into *recommend.Decision) error {
	row, err := u.get(ctx, mergesKey)
	if err != nil {
		return err
	}
	all, err := unpackMerges(row)
	if err != nil {
		return err
	}
	delete(all, slug)
	if into != nil {
		if row, err := u.get(ctx, topicKey(into.ID)); err != nil {
			return err
		} else if row.Rev == 0 {
			return recommend.Invalid("mergedInto.id", "there is no topic %q", into.ID)
		}
		all[slug] = *into
		if err := u.circle(ctx, all, slug); err != nil {
			return err
		}
	}
	data, err := json.Marshal(all)
	if err != nil {
		return err
	}
	if len(data) > store.MaxData {
		return &recommend.InvalidError{Field: "mergedInto", Reason: "too many topics are merged; give their items the other topic, and undo some"}
	}
	u.put(mergesKey, data)
	return nil
}

// circle refuses a merge of slug that leads back to it, or that puts the topic
// which it leads to below itself.
func (u *unit) circle(ctx context.Context, all map[string]recommend.Decision, slug string) error {
	follow := func(s string) (string, bool) {
		for range len(all) + 1 {
			d, ok := all[s]
			if !ok {
				return s, true
			}
			s = d.ID
		}
		return s, false
	}
	target, ok := follow(slug)
	if !ok {
		return recommend.Invalid("mergedInto.id", "%q is merged into %q, by whatever way", all[slug].ID, slug)
	}
	at := target
	for range maxDepth {
		row, err := u.get(ctx, topicKey(at))
		if err != nil {
			return err
		}
		u.check(topicKey(at))
		var t recommend.Topic
		if len(row.Data) > 0 {
			if err := json.Unmarshal(row.Data, &t); err != nil {
				return fmt.Errorf("topic %q: %w", at, errCorrupt)
			}
		}
		if t.Parent == "" {
			return nil
		}
		if at, _ = follow(t.Parent); at == target {
			return recommend.Invalid("mergedInto.id", "%q is below %q, and would be below itself; give it another parent first", target, slug)
		}
	}
	return nil
}

// maxDepth is how many topics above one are looked at.
const maxDepth = 64

func unpackMerges(row store.Row) (map[string]recommend.Decision, error) {
	all := map[string]recommend.Decision{}
	if row.Rev == 0 {
		return all, nil
	}
	if err := json.Unmarshal(row.Data, &all); err != nil {
		return nil, fmt.Errorf("merges: %w", errCorrupt)
	}
	return all, nil
}

// merges tell, by slug, which topic another one counts as. Those that count as
// themselves are not in them.
type merges map[string]string

// readMerges follows the merges that hold now to where they lead.
func readMerges(row store.Row, now time.Time) (merges, error) {
	if row.Rev == 0 {
		return nil, nil
	}
	all, err := unpackMerges(row)
	if err != nil {
		return nil, err
	}
	m := merges{}
	for slug := range all {
		at := slug
		for range len(all) { // which has no circles
			d, ok := all[at]
			if !ok || d.Expired(now) {
				break
			}
			at = d.ID
		}
		if at != slug {
			m[slug] = at
		}
	}
	return m, nil
}

// of returns what a topic counts as.
func (m merges) of(slug string) string {
	if into, ok := m[slug]; ok {
		return into
	}
	return slug
}

// all returns what topics count as, each once.
func (m merges) all(slugs []string) []string {
	if !slices.ContainsFunc(slugs, func(s string) bool { return m[s] != "" }) {
		return slugs
	}
	var out []string
	for _, s := range slugs {
		if s = m.of(s); !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// inverse returns, by slug, the topics that count as another one, ascending.
func (m merges) inverse() map[string][]string {
	by := map[string][]string{}
	for _, slug := range slices.Sorted(maps.Keys(m)) {
		by[m[slug]] = append(by[m[slug]], slug)
	}
	return by
}

// into returns a topic and those that count as it, in the order of slugs.
func (m merges) into(slug string) []string {
	slugs := []string{slug}
	for s, into := range m {
		if into == slug {
			slugs = append(slugs, s)
		}
	}
	slices.Sort(slugs[1:])
	return slugs
}

// terms makes the terms that stand for merged topics those of what they count
// as. It changes l.
func (m merges) terms(l *termList) {
	if len(m) == 0 || !slices.ContainsFunc(l.terms, func(t termCount) bool { return t.kind == kindTopic }) {
		return
	}
	into := map[string]string{} // by key
	for _, slug := range slices.Backward(slices.Sorted(maps.Keys(m))) {
		into[topicKeyOf(slug)] = m[slug]
	}
	if !slices.ContainsFunc(l.terms, func(t termCount) bool { return t.kind == kindTopic && into[t.key] != "" }) {
		return
	}
	kept := make([]termCount, 0, len(l.terms))
	for _, t := range l.terms {
		if slug := into[t.key]; t.kind == kindTopic && slug != "" {
			t = topicTerm(slug)
		}
		if !slices.ContainsFunc(kept, func(o termCount) bool { return o.key == t.key }) || t.kind != kindTopic {
			kept = append(kept, t)
		}
	}
	slices.SortFunc(kept, func(a, b termCount) int { return strings.Compare(a.key, b.key) })
	l.terms = kept
}
