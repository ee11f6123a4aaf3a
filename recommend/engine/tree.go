package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"akin/recommend"
	"akin/recommend/store"
	"akin/recommend/text"
)

// A storedTopic is a topic that has a row.
type storedTopic struct {
	recommend.Topic
	described bool
	merged    []string // itself and the topics that count as it
}

// A topicTree is all topics that have rows, but those that count as others.
type topicTree struct {
	topics map[string]storedTopic
	below  map[string][]string // by slug: the topics right below it, ascending

	others map[string]recommend.Topic // those that count as others, by slug

	look   sync.Once
	lookup text.Lookup // their titles in all languages; made when it is first asked
	slugs  []string    // by their numbers in it
}

// TopicsLike returns the topics whose titles a query finds, in any language and also misspelt, at
// most limit, the best first: see [text.Lookup]. It makes the look-up anew where the topics are read anew.
func (r *Reader) TopicsLike(ctx context.Context, q string, limit int) ([]recommend.Topic, error) {
	all, err := r.tree(ctx)
	if err != nil {
		return nil, fmt.Errorf("topics like: %w", err)
	}
	all.look.Do(func() {
		all.slugs = slices.Sorted(maps.Keys(all.topics))
		for i, slug := range all.slugs {
			t := all.topics[slug]
			all.lookup.Set(uint32(i), t.Title+" "+strings.Join(slices.Sorted(maps.Values(t.Titles)), " "), 0, slug)
		}
	})
	found := make([]recommend.Topic, 0, limit)
	for _, f := range all.lookup.Find(q, limit, nil) {
		found = append(found, all.topics[all.slugs[f.Name]].Topic)
	}
	return found, nil
}

// tree returns all topics. It is remembered as long as the generation in use, and not changed.
func (r *Reader) tree(ctx context.Context) (*topicTree, error) {
	v, err := r.look(ctx)
	if err != nil {
		return nil, err
	}
	v.topics.Lock()
	defer v.topics.Unlock()
	if v.tree == nil {
		if v.tree, err = r.readTree(ctx, v); err != nil {
			return nil, err
		}
	}
	return v.tree, nil
}

func (r *Reader) readTree(ctx context.Context, v *view) (*topicTree, error) {
	all := map[string]storedTopic{}
	others, into := map[string]recommend.Topic{}, v.merges.inverse()
	for row, err := range store.Scan(ctx, r.store, store.Strong, store.Range{Part: topicPart}) {
		if err != nil {
			return nil, err
		}
		if slug, ok := strings.CutSuffix(row.Sort, topicCurated); ok {
			c, err := unpackTopicCuration(row)
			if err != nil {
				return nil, err
			}
			if t, ok := all[slug]; ok && c.Featured != nil {
				t.Featured = c.FeaturedAt(r.opt.Now())
				all[slug] = t
			}
			continue
		}
		t := storedTopic{described: len(row.Data) > 0, merged: append([]string{row.Sort}, into[row.Sort]...)}
		if t.described {
			if err := json.Unmarshal(row.Data, &t.Topic); err != nil {
				return nil, fmt.Errorf("topic %q: %w", row.Sort, errCorrupt)
			}
		}
		t.Slug = row.Sort
		if t.Title == "" {
			t.Title = t.Slug
		}
		if t.Kind == "" {
			t.Kind = recommend.KindTopic
		}
		if v.merges.of(t.Slug) != t.Slug {
			others[t.Slug] = t.Topic
			continue
		}
		if t.Parent = v.merges.of(t.Parent); t.Parent == t.Slug {
			t.Parent = ""
		}
		all[t.Slug] = t
	}
	tree := &topicTree{topics: all, below: map[string][]string{}, others: others}
	for _, slug := range slices.Sorted(maps.Keys(all)) {
		if parent := all[slug].Parent; parent != "" {
			tree.below[parent] = append(tree.below[parent], slug)
		}
	}
	return tree, nil
}

// NamedTopics returns those of slugs that there are, by slug, also those that count as others and
// those that no visible item has: what editors' pages call them by.
func (r *Reader) NamedTopics(ctx context.Context, slugs ...string) (map[string]recommend.Topic, error) {
	all, err := r.tree(ctx)
	if err != nil {
		return nil, fmt.Errorf("named topics: %w", err)
	}
	named := make(map[string]recommend.Topic, len(slugs))
	for _, slug := range slugs {
		if t, ok := all.topics[slug]; ok {
			named[slug] = t.Topic
		} else if t, ok := all.others[slug]; ok {
			named[slug] = t
		}
	}
	return named, nil
}

// exists reports whether a topic is described, or some item that may be shown
// has it.
func (r *Reader) exists(ctx context.Context, t storedTopic) (bool, error) {
	if t.described {
		return true, nil
	}
	for e, err := range r.listed(ctx, t.merged, &recommend.ListQuery{Ungrouped: true}, "", false) {
		if err != nil || e.card != nil {
			return err == nil, err
		}
	}
	return false, nil
}

// family returns a topic's slug, those of the topics below it, nearest first, and
// those that count as one of them. Its time grows with their number.
func (all *topicTree) family(slug string) []string {
	slugs, seen := []string{slug}, map[string]bool{slug: true}
	for i := 0; i < len(slugs); i++ {
		for _, child := range all.below[slugs[i]] {
			if !seen[child] { // a circle from before they were refused
				seen[child] = true
				slugs = append(slugs, child)
			}
		}
	}
	for _, slug := range slugs {
		slugs = append(slugs, all.topics[slug].merged[1:]...)
	}
	return slugs
}
