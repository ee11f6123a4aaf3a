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

// A TopicError says what is wrong with a topic that was handed over.
type TopicError struct {
	Slug string
	Err  error // a [*recommend.InvalidError]
}

func (e *TopicError) Error() string { return fmt.Sprintf("topic %q: %v", e.Slug, e.Err) }

// Unwrap returns what is wrong.
func (e *TopicError) Unwrap() error { return e.Err }

// RefusedTopics returns the topics that [Publisher.PutTopics] refused, and the
// rest of its error, which is the store's.
func RefusedTopics(err error) (refused []*TopicError, rest error) {
	var all interface{ Unwrap() []error }
	if !errors.As(err, &all) {
		return nil, err
	}
	for _, e := range all.Unwrap() {
		var t *TopicError
		if errors.As(e, &t) {
			refused = append(refused, t)
		} else {
			rest = errors.Join(rest, e)
		}
	}
	return refused, rest
}

// PutTopics describes topics, in place of what described them before. One that
// is wrong in itself, or would be below itself, is refused, and the others are
// described: see [RefusedTopics]. Of several in a circle the last is refused.
func (p *Publisher) PutTopics(ctx context.Context, topics ...recommend.Topic) error {
	var errs []error
	var valid []recommend.Topic
	for _, t := range topics {
		if err := t.Validate(); err != nil {
			errs = append(errs, &TopicError{t.Slug, err})
			continue
		}
		valid = append(valid, t.Tidy())
	}
	for len(valid) > 0 {
		var refused []error
		n, err := p.together(ctx, valid, func(topics []recommend.Topic) (*unit, error) {
			s := newSlugs(p.store, topics)
			if err := s.read(ctx, topics); err != nil {
				return nil, err
			}
			refused = s.refuse(topics)
			return s.unit, s.put(topics)
		})
		if err != nil {
			errs = append(errs, fmt.Errorf("topic %q: %w", valid[0].Slug, err))
			break
		}
		errs, valid = append(errs, refused...), valid[n:]
	}
	return errors.Join(errs...)
}

// together commits what stage makes of as many of topics as one transaction
// takes, with those above them, and returns how many that were.
func (p *Publisher) together(ctx context.Context, topics []recommend.Topic, stage func([]recommend.Topic) (*unit, error)) (int, error) {
	l := p.store.Limits()
	n := min(len(topics), l.Ops-1, max(1, l.Bytes/(2*recommend.MaxIntro)))
	for ; ; n = (n + 1) / 2 {
		err := p.retry(ctx, func() (*unit, error) {
			u, err := stage(topics[:n])
			if err == nil {
				u.edited()
			}
			return u, err
		})
		if !errors.Is(err, errTooLarge) || n == 1 {
			return n, err
		}
	}
}

// NameTopics describes those of topics that nobody described before, as another
// system does that only calls them so, and returns how many those were. Of
// several of one slug the first counts. One whose parent would put it below
// itself is described without a parent.
func (p *Publisher) NameTopics(ctx context.Context, topics ...recommend.Topic) (int, error) {
	var valid []recommend.Topic
	for _, t := range topics {
		if err := t.Validate(); err != nil {
			return 0, &TopicError{t.Slug, err}
		}
		if !slices.ContainsFunc(valid, func(o recommend.Topic) bool { return o.Slug == t.Slug }) {
			valid = append(valid, t.Tidy())
		}
	}
	all := 0
	for len(valid) > 0 {
		named := 0
		n, err := p.together(ctx, valid, func(topics []recommend.Topic) (*unit, error) {
			s := newSlugs(p.store, nil)
			if err := s.load(ctx, s.keys(topics)...); err != nil {
				return nil, err
			}
			var fresh []recommend.Topic
			for _, t := range topics {
				described, err := s.described(t.Slug)
				if err != nil {
					return nil, err
				}
				if !described {
					fresh = append(fresh, t)
				}
			}
			s.overlay(fresh)
			if err := s.read(ctx, fresh); err != nil {
				return nil, err
			}
			for _, err := range s.refuse(fresh) {
				var refused *TopicError
				if errors.As(err, &refused) {
					at := slices.IndexFunc(fresh, func(t recommend.Topic) bool { return t.Slug == refused.Slug })
					fresh[at].Parent = ""
					s.given[refused.Slug] = ""
				}
			}
			named = len(fresh)
			return s.unit, s.put(fresh)
		})
		if err != nil {
			return all, fmt.Errorf("topic %q: %w", valid[0].Slug, err)
		}
		all, valid = all+named, valid[n:]
	}
	return all, nil
}

// slugs are topics on their way in, and which topic each lies below.
type slugs struct {
	*unit
	merges map[string]recommend.Decision
	given  map[string]string // parents of those on their way in that are not refused
}

func newSlugs(s store.Store, topics []recommend.Topic) *slugs {
	u := &slugs{unit: newUnit(s)}
	u.overlay(topics)
	return u
}

// overlay takes topics as their descriptions have them; of one that comes twice
// the last counts.
func (s *slugs) overlay(topics []recommend.Topic) {
	s.given = make(map[string]string, len(topics))
	for _, t := range topics {
		s.given[t.Slug] = t.Parent
	}
}

func (s *slugs) keys(topics []recommend.Topic) []store.Key {
	keys := []store.Key{mergesKey}
	for _, t := range topics {
		keys = append(keys, topicKey(t.Slug))
	}
	return keys
}

// read reads the topics and all above them, a level at a time, as far as
// [maxDepth] levels.
func (s *slugs) read(ctx context.Context, topics []recommend.Topic) error {
	if err := s.load(ctx, s.keys(topics)...); err != nil {
		return err
	}
	var err error
	if s.merges, err = unpackMerges(s.unit.read[mergesKey]); err != nil {
		return err
	}
	level := make([]string, len(topics))
	for i, t := range topics {
		level[i] = t.Slug
	}
	seen := map[string]bool{}
	for depth := 0; len(level) > 0 && depth <= maxDepth; depth++ {
		var above []string
		var keys []store.Key
		for _, slug := range level {
			parent, err := s.parent(slug)
			if err != nil {
				return err
			}
			if parent != "" && !seen[parent] {
				seen[parent] = true
				above, keys = append(above, parent), append(keys, topicKey(parent))
			}
		}
		if err := s.load(ctx, keys...); err != nil {
			return err
		}
		level = above
	}
	return nil
}

// parent returns the topic that another one lies below, once all on their way in
// are described: what its parent counts as. Of a topic that was not read it
// knows none.
func (s *slugs) parent(slug string) (string, error) {
	parent, ok := s.given[slug]
	if !ok {
		t, err := s.stored(slug)
		if err != nil {
			return "", err
		}
		parent = t.Parent
	}
	for range s.merges { // which has no circles
		d, ok := s.merges[parent]
		if !ok {
			break
		}
		parent = d.ID
	}
	return parent, nil
}

// stored returns a topic that was read, as it is described.
func (s *slugs) stored(slug string) (t recommend.Topic, err error) {
	if row := s.unit.read[topicKey(slug)]; len(row.Data) > 0 {
		if err := json.Unmarshal(row.Data, &t); err != nil {
			return t, fmt.Errorf("topic %q: %w", slug, errCorrupt)
		}
	}
	return t, nil
}

func (s *slugs) described(slug string) (bool, error) {
	t, err := s.stored(slug)
	return t.Title != "" || t.Introduction != "" || t.Kind != "" || t.Image != nil || t.Parent != "" || len(t.Featured) > 0, err
}

// refuse takes those of topics off their way in that would lie below themselves,
// until none does, or that lie too deep. All must have been read.
func (s *slugs) refuse(topics []recommend.Topic) []error {
	const unknown, ontheway = 0, -1
	place := make(map[string]int, len(topics)) // in topics
	for i, t := range topics {
		place[t.Slug] = i
	}
	depth := map[string]int{} // 1 for a topic below none
	var refused []error
	refuse := func(i int, format string, args ...any) {
		refused = append(refused, &TopicError{topics[i].Slug, recommend.Invalid("parent", format, args...)})
		delete(s.given, topics[i].Slug)
	}
	for i := 0; i < len(topics); i++ {
		var path []string
		at := topics[i].Slug
		for at != "" && depth[at] == unknown {
			depth[at] = ontheway
			path = append(path, at)
			at, _ = s.parent(at) // what was read can be
		}
		if at != "" && depth[at] == ontheway {
			last := -1 // of those in the circle
			for _, slug := range path[slices.Index(path, at):] {
				if p, ok := place[slug]; ok {
					if _, ok := s.given[slug]; ok {
						last = max(last, p)
					}
				}
			}
			if last >= 0 {
				parent, _ := s.parent(topics[last].Slug)
				refuse(last, "%q is below this topic, which would be below itself", parent)
				for _, slug := range path {
					delete(depth, slug)
				}
				i-- // once more, without that one
				continue
			}
			depth[at] = 1 // the circle is an old one, and none of ours
		}
		above := depth[at] // 0 for none
		for _, slug := range slices.Backward(path) {
			if above++; depth[slug] == ontheway {
				depth[slug] = above
			}
			above = depth[slug]
		}
		if _, ok := s.given[topics[i].Slug]; ok && depth[topics[i].Slug] > maxDepth {
			refuse(i, "lies below more than %d topics", maxDepth-1)
			delete(depth, topics[i].Slug)
		}
	}
	return refused
}

// put puts the writes for those of topics that are not refused into the unit,
// which holds while the topics above them stay where they are.
func (s *slugs) put(topics []recommend.Topic) error {
	above := false
	for _, t := range topics {
		if _, ok := s.given[t.Slug]; !ok {
			continue
		}
		data, err := json.Marshal(t)
		if err != nil {
			return fmt.Errorf("topic %q: %w", t.Slug, err)
		}
		s.unit.put(topicKey(t.Slug), data)
		above = above || t.Parent != ""
	}
	if above {
		for key := range s.unit.read {
			s.check(key)
		}
	}
	return nil
}
