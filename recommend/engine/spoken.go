package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"akin/recommend"
	"akin/recommend/store"
)

// A spoken counts the items of a site by language, those whose language is known
// or shows. By it the texts are judged that are too short to show theirs,
// where the site has not said which languages it is written in.
type spoken map[string]int

func (s spoken) add(lang string) {
	if lang != "" && lang != "und" {
		s[lang]++
	}
}

// languages returns the tags that a tenth of the items or more have, the most used first.
func (s spoken) languages() []string {
	const least = 10 // one item of so many
	all := 0
	for _, n := range s {
		all += n
	}
	tags := slices.DeleteFunc(slices.Collect(maps.Keys(s)), func(tag string) bool { return s[tag]*least < all })
	slices.SortFunc(tags, func(a, b string) int { return cmp.Or(cmp.Compare(s[b], s[a]), cmp.Compare(a, b)) })
	return tags
}

// spokenIn counts items that tell their language.
func spokenIn(items []recommend.Item) spoken {
	s := spoken{}
	for i := range items {
		if it := &items[i]; it.Lang != "" || it.ShowsLanguage() {
			s.add(it.Language())
		}
	}
	return s
}

// tongues are what a publisher knows of the languages of a site that has not named
// them.
type tongues struct {
	mu     sync.Mutex
	met    spoken    // in this process, before there was a generation
	known  []string  // of the generation in use; empty: there is none
	readAt time.Time // zero: not yet
}

// tonguesAge is how long a publisher takes the languages of the generation in use for
// what they were.
const tonguesAge = time.Minute

// languages returns the languages of the site: those of the generation in use, or,
// before there is one, of the items that this publisher took in.
func (t *tongues) languages(ctx context.Context, s store.Store, now time.Time) ([]string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.readAt.IsZero() || now.Sub(t.readAt) > tonguesAge {
		h, err := readHead(ctx, s)
		if err != nil {
			return nil, fmt.Errorf("languages of the site: %w", err)
		}
		g, err := readGeneration(ctx, s, h.Current)
		if err != nil && !errors.Is(err, ErrNoGeneration) {
			return nil, fmt.Errorf("languages of the site: %w", err)
		}
		if t.readAt, t.known = now, nil; err == nil {
			t.known = g.languages()
		}
	}
	if len(t.known) > 0 {
		return t.known, nil
	}
	return t.met.languages(), nil
}

// meet counts items whose languages are known or show.
func (t *tongues) meet(items []*incoming) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.met == nil {
		t.met = spoken{}
	}
	for _, in := range items {
		if in.err == nil && in.told {
			t.met.add(in.Lang)
		}
	}
}
