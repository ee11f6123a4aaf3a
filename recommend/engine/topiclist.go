package engine

import (
	"cmp"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"akin/recommend"
	"akin/recommend/store"
)

// lookups is how many topics are asked for at once whether they have an item that
// may be shown.
const lookups = 16

// existing returns those of topics that are described or that some item has that
// may be shown, in the same order.
func (r *Reader) existing(ctx context.Context, topics []storedTopic) ([]recommend.Topic, error) {
	found := make([]bool, len(topics))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(lookups)
	for i, t := range topics {
		if t.described {
			found[i] = true
			continue
		}
		g.Go(func() (err error) {
			found[i], err = r.exists(ctx, t)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	var out []recommend.Topic
	for i, t := range topics {
		if found[i] {
			out = append(out, t.Topic)
		}
	}
	return out, nil
}

// Topics returns every topic that is described or that an item has, by title,
// but those that count as another. It looks at an item of each, so what needs a
// part of them asks [Reader.TopicList].
func (r *Reader) Topics(ctx context.Context) ([]recommend.Topic, error) {
	all, err := r.tree(ctx)
	if err != nil {
		return nil, fmt.Errorf("topics: %w", err)
	}
	topics, err := r.existing(ctx, slices.SortedFunc(maps.Values(all.topics), byTitle))
	if err != nil {
		return nil, fmt.Errorf("topics: %w", err)
	}
	return topics, nil
}

func byTitle(a, b storedTopic) int {
	return cmp.Or(strings.Compare(a.Title, b.Title), strings.Compare(a.Slug, b.Slug))
}

// TopicList returns a page of what [Reader.Topics] returns, and reads no more than
// it takes. A cursor of nothing that it returned is [recommend.ErrCursor].
func (r *Reader) TopicList(ctx context.Context, q recommend.TopicQuery) (*recommend.TopicList, error) {
	l, err := r.topicList(ctx, q)
	if err != nil {
		return nil, fmt.Errorf("topics: %w", err)
	}
	return l, nil
}

func (r *Reader) topicList(ctx context.Context, q recommend.TopicQuery) (*recommend.TopicList, error) {
	if q.Limit < 1 {
		return nil, &recommend.InvalidError{Field: "limit", Reason: fmt.Sprintf("%d is under 1", q.Limit)}
	}
	all, err := r.tree(ctx)
	if err != nil {
		return nil, err
	}
	var topics []storedTopic
	match := recommend.SameLabel(q.Match)
	for _, t := range all.topics {
		if match == "" || strings.Contains(recommend.SameLabel(t.Title), match) || strings.Contains(recommend.SameLabel(t.Slug), match) {
			topics = append(topics, t)
		}
	}
	l := &recommend.TopicList{Total: len(topics)}
	order := byTitle
	if q.Largest && len(topics) > q.Limit {
		sizes, err := r.sizes(ctx, all)
		if err != nil {
			return nil, err
		}
		order = func(a, b storedTopic) int {
			return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(sizes[b.Slug], sizes[a.Slug]), byTitle(a, b))
		}
	}
	slices.SortFunc(topics, order)
	at := min(max(q.Page-1, 0)*q.Limit, len(topics))
	if q.Cursor != "" {
		after, err := openTopicCursor(q.Cursor)
		if err != nil {
			return nil, err
		}
		at, _ = slices.BinarySearchFunc(topics, after, byTitle)
		if at < len(topics) && byTitle(topics[at], after) == 0 {
			at++
		}
	}
	for at < len(topics) && len(l.Topics) < q.Limit {
		end := min(at+q.Limit-len(l.Topics), len(topics))
		found, err := r.existing(ctx, topics[at:end])
		if err != nil {
			return nil, err
		}
		l.Topics = append(l.Topics, found...)
		at = end
		if q.Page > 0 {
			break // the next page begins at its place, however few of this one exist
		}
	}
	if at < len(topics) && !q.Largest {
		l.NextCursor = topicCursor(topics[at-1])
	}
	if q.Largest {
		slices.SortFunc(l.Topics, func(a, b recommend.Topic) int { return byTitle(storedTopic{Topic: a}, storedTopic{Topic: b}) })
	}
	return l, nil
}

// rank puts programs and About pages, which somebody wrote, before topics.
func rank(t storedTopic) int {
	if t.Kind == recommend.KindTopic {
		return 1
	}
	return 0
}

func topicCursor(t storedTopic) string {
	return base64.RawURLEncoding.EncodeToString([]byte(t.Title + "\x00" + t.Slug))
}

func openTopicCursor(cursor string) (storedTopic, error) {
	b, err := base64.RawURLEncoding.DecodeString(cursor)
	title, slug, ok := strings.Cut(string(b), "\x00")
	if err != nil || !ok {
		return storedTopic{}, recommend.ErrCursor
	}
	return storedTopic{Topic: recommend.Topic{Title: title, Slug: slug}}, nil
}

// Family returns the topic above a topic, or nil, and those right below it, by
// title.
func (r *Reader) Family(ctx context.Context, slug string) (parent *recommend.Topic, children []recommend.Topic, err error) {
	all, err := r.tree(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("family of topic %q: %w", slug, err)
	}
	slug = r.merged().of(slug)
	if up := all.topics[slug].Parent; up != "" && up != slug {
		switch t, err := r.Topic(ctx, up); {
		case err == nil:
			parent = t
		case !errors.Is(err, recommend.ErrTopicNotFound):
			return nil, nil, err
		}
	}
	var below []storedTopic
	for _, child := range all.below[slug] {
		below = append(below, all.topics[child])
	}
	slices.SortFunc(below, byTitle)
	if children, err = r.existing(ctx, below); err != nil {
		return nil, nil, fmt.Errorf("family of topic %q: %w", slug, err)
	}
	return parent, children, nil
}

// topicSizes remembers the numbers of items that the statistics of a generation
// have for topics. It is safe for concurrent use.
type topicSizes struct {
	mu         sync.Mutex
	generation int
	byKey      map[string]int // by topicKeyOf; those of a single item are not in it
}

// sizes returns how many items each topic has, with those below it, as the
// generation in use counted them. Before the first, all are of one size.
func (r *Reader) sizes(ctx context.Context, all *topicTree) (map[string]int, error) {
	v, err := r.look(ctx)
	if err != nil {
		return nil, err
	}
	r.topicSizes.mu.Lock()
	defer r.topicSizes.mu.Unlock()
	if v.gen != nil && r.topicSizes.generation != v.gen.Number {
		byKey, err := readTopicSizes(ctx, r.store, v.gen)
		if err != nil {
			return nil, err
		}
		r.topicSizes.generation, r.topicSizes.byKey = v.gen.Number, byKey
	}
	sizes := make(map[string]int, len(all.topics))
	for slug, t := range all.topics {
		n := 0
		for _, s := range t.merged {
			n += max(r.topicSizes.byKey[topicKeyOf(s)], 1)
		}
		up := slug
		for range maxTopicDepth {
			sizes[up] += n
			above, ok := all.topics[all.topics[up].Parent]
			if !ok || above.Slug == slug {
				break
			}
			up = above.Slug
		}
	}
	return sizes, nil
}

// maxTopicDepth is how far up the items of a topic count, also where parents go
// round in a circle.
const maxTopicDepth = 8

// readTopicSizes reads no more of the statistics than what stands before and with
// their topics, mostly the first chunk.
func readTopicSizes(ctx context.Context, s store.Store, g *generation) (map[string]int, error) {
	sizes := map[string]int{}
	for row, err := range store.Scan(ctx, s, store.Strong, store.Range{Part: chunkKey(g.Number, 0).Part}) {
		if err != nil {
			return nil, fmt.Errorf("read statistics: %w", err)
		}
		var chunk statistics
		if err := chunk.unpack(row.Data); err != nil {
			return nil, fmt.Errorf("statistics of generation %d: %w", g.Number, err)
		}
		for _, t := range chunk.terms {
			if strings.HasPrefix(t.key, topicKeyPrefix) {
				sizes[t.key] = int(t.df)
			}
		}
		if n := len(chunk.terms); n > 0 && chunk.terms[n-1].key > topicKeyPrefix+"\U0010FFFF" {
			break
		}
	}
	return sizes, nil
}
