package web

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode"

	"akin/functions/web/pages"
	"akin/recommend"
)

// fakeReader answers from a slice of items, newest first. It keeps what pages
// rely on of a [engine.Reader]'s contract; what is related is guessed by
// shared words.
type fakeReader struct {
	items  []recommend.Card
	groups map[string]string // id: id of the original
	topics []recommend.Topic
	gone   map[string]bool
	alias  map[string]string
	pins   []string // ids that editors pinned to every list
	err    error    // answered by everything, if set
	words  sync.Map // title and summary of a card, as a [2]string: its long words, as a map[string]bool
}

var _ pages.Reader = (*fakeReader)(nil)

// corpusReader reads the sample corpus.
func corpusReader(t testing.TB) *fakeReader {
	t.Helper()
	b, err := os.ReadFile("../../testdata/corpus/items.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	var items []recommend.Item
	sc := bufio.NewScanner(bytes.NewReader(b))
	sc.Buffer(nil, 1<<20)
	for sc.Scan() {
		it, err := recommend.DecodeItem(sc.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		items = append(items, it)
	}
	b, err = os.ReadFile("../../testdata/corpus/topics.json")
	if err != nil {
		t.Fatal(err)
	}
	var topics []recommend.Topic
	if err := json.Unmarshal(b, &topics); err != nil {
		t.Fatal(err)
	}
	return newFakeReader(items, topics)
}

func newFakeReader(items []recommend.Item, topics []recommend.Topic) *fakeReader {
	f := &fakeReader{groups: map[string]string{}, topics: slices.Clone(topics), gone: map[string]bool{}, alias: map[string]string{}}
	for _, it := range items {
		if it.Status == recommend.Withdrawn {
			f.gone[it.ID] = true
			continue
		}
		for _, a := range append(it.Aliases, it.URL) {
			if a != "" {
				f.alias[a] = it.ID
			}
		}
		sort := it.SortDate
		for _, layout := range []string{"2006-01-02", "2006-01"} {
			if d, err := time.Parse(layout, it.Date); sort.IsZero() && err == nil {
				sort = d
			}
		}
		f.groups[it.ID] = cmp.Or(it.TranslationOf, it.ID)
		f.items = append(f.items, recommend.Card{
			ID: it.ID, URL: it.URL, Title: it.Title, Summary: it.Summary, Types: it.Types, Topics: it.Topics, Authors: it.Authors,
			Lang: it.Lang, Date: it.Date, SortDate: sort, Image: it.Image,
		})
	}
	slices.SortFunc(f.items, func(a, b recommend.Card) int {
		return cmp.Or(b.SortDate.Compare(a.SortDate), strings.Compare(a.ID, b.ID))
	})
	for i, c := range f.items {
		for _, o := range f.items {
			if o.ID != c.ID && f.groups[o.ID] == f.groups[c.ID] {
				f.items[i].Translations = append(f.items[i].Translations, recommend.Translation{ID: o.ID, Lang: o.Lang, URL: o.URL, Title: o.Title})
			}
		}
	}
	return f
}

// Version tells that nothing is known.
func (f *fakeReader) Version() (uint64, bool) { return 0, false }

func (f *fakeReader) card(id string) (recommend.Card, bool) {
	for _, c := range f.items {
		if c.ID == id {
			return c, true
		}
	}
	return recommend.Card{}, false
}

func (f *fakeReader) wordSet(c recommend.Card) map[string]bool {
	key := [2]string{c.Title, c.Summary}
	if known, ok := f.words.Load(key); ok {
		return known.(map[string]bool)
	}
	m := map[string]bool{}
	for _, w := range strings.FieldsFunc(strings.ToLower(c.Title+" "+c.Summary), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) }) {
		if len(w) > 6 {
			m[w] = true
		}
	}
	f.words.Store(key, m)
	return m
}

func (f *fakeReader) Related(_ context.Context, id string, q recommend.Query) (*recommend.Related, error) {
	if f.err != nil {
		return nil, f.err
	}
	c, ok := f.card(id)
	if f.gone[id] {
		return nil, recommend.ErrWithdrawn
	}
	if !ok {
		return nil, recommend.ErrNotFound
	}
	own := f.wordSet(c)
	out := &recommend.Related{Item: id, Generation: 1, Translations: c.Translations}
	for _, o := range f.items {
		if f.groups[o.ID] == f.groups[id] || slices.Contains(q.Exclude, o.ID) {
			continue
		}
		e := recommend.Entry{Card: o, Tier: recommend.TierLatest}
		if slices.ContainsFunc(o.Topics, func(s string) bool { return slices.Contains(c.Topics, s) }) {
			e.Tier = recommend.TierTopic
		}
		var shared []string
		for w := range f.wordSet(o) {
			if own[w] {
				shared = append(shared, w)
			}
		}
		if len(shared) >= 2 {
			slices.Sort(shared)
			e.Tier, e.Score = recommend.TierSimilar, recommend.Millionths(50_000*len(shared))
			for i, w := range shared {
				if i == 4 {
					e.Why = append(e.Why, recommend.Reason{Term: "other", Kind: recommend.KindRest, Part: recommend.Millionths(50_000 * (len(shared) - 4))})
					break
				}
				e.Why = append(e.Why, recommend.Reason{Term: w, Part: 50_000})
			}
		}
		if slices.Contains(f.pins, o.ID) {
			e = recommend.Entry{Card: o, Tier: recommend.TierPinned}
		}
		if e.Tier == recommend.TierSimilar || e.Tier == recommend.TierPinned || !q.NoFill {
			out.Related = append(out.Related, e)
		}
	}
	order := map[recommend.Tier]int{recommend.TierPinned: -1, recommend.TierSimilar: 0, recommend.TierTopic: 1, recommend.TierLatest: 2}
	slices.SortStableFunc(out.Related, func(a, b recommend.Entry) int {
		return cmp.Or(order[a.Tier]-order[b.Tier], cmp.Compare(b.Score, a.Score))
	})
	out.Related = out.Related[:min(len(out.Related), cmp.Or(q.Limit, 6))]
	return out, nil
}

func (f *fakeReader) Find(_ context.Context, address string) (string, error) {
	if id, ok := f.alias[address]; ok {
		return id, nil
	}
	return "", recommend.ErrNotFound
}

func (f *fakeReader) Item(_ context.Context, id string) (*recommend.Stored, error) {
	if _, ok := f.card(id); !ok {
		return nil, recommend.ErrNotFound
	}
	return &recommend.Stored{Item: recommend.Item{ID: id}}, nil
}

func (f *fakeReader) Cards(_ context.Context, ids ...string) ([]recommend.Card, error) {
	var out []recommend.Card
	for _, id := range ids {
		if c, ok := f.card(id); ok {
			out = append(out, c)
		}
	}
	return out, f.err
}

func (f *fakeReader) Topics(context.Context) ([]recommend.Topic, error) { return f.topics, f.err }

func (f *fakeReader) TopicList(_ context.Context, q recommend.TopicQuery) (*recommend.TopicList, error) {
	all := slices.DeleteFunc(slices.Clone(f.topics), func(t recommend.Topic) bool {
		return !strings.Contains(strings.ToLower(t.Name()), strings.ToLower(q.Match))
	})
	from := min(max(q.Page-1, 0)*q.Limit, len(all))
	return &recommend.TopicList{Topics: all[from:min(from+q.Limit, len(all))], Total: len(all)}, f.err
}

func (f *fakeReader) Family(_ context.Context, slug string) (parent *recommend.Topic, children []recommend.Topic, err error) {
	own, _ := f.Topic(context.Background(), slug)
	for _, t := range f.topics {
		if own != nil && own.Parent != "" && t.Slug == own.Parent {
			parent = &t
		}
		if t.Parent == slug && t.Slug != slug {
			children = append(children, t)
		}
	}
	return parent, children, f.err
}

func (f *fakeReader) Showable(_ context.Context, topics ...recommend.Topic) ([]recommend.Topic, error) {
	return topics, f.err
}

func (f *fakeReader) Topic(_ context.Context, slug string) (*recommend.Topic, error) {
	for _, t := range f.topics {
		if t.Slug == slug {
			return &t, f.err
		}
	}
	return nil, recommend.ErrTopicNotFound
}

func (f *fakeReader) inTopic(c recommend.Card, slug string) bool {
	for _, t := range c.Topics {
		for up := t; up != ""; {
			if up == slug {
				return true
			}
			parent, _ := f.Topic(context.Background(), up)
			if parent == nil {
				break
			}
			up = parent.Parent
		}
	}
	return slug == ""
}

func (f *fakeReader) Listing(_ context.Context, slug string, q recommend.ListQuery) (*recommend.Listing, error) {
	if f.err != nil {
		return nil, f.err
	}
	start := 0
	if q.Cursor != "" {
		n, err := strconv.Atoi(q.Cursor)
		if err != nil {
			return nil, recommend.ErrCursor
		}
		start = n
	}
	var all []recommend.Card
	seen := map[string]bool{}
	for _, c := range f.items {
		switch {
		case !f.inTopic(c, slug),
			len(q.Types) > 0 && !slices.ContainsFunc(q.Types, func(t string) bool { return slices.Contains(c.Types, t) }),
			q.Author != "" && !slices.Contains(c.Authors, q.Author),
			q.Lang != "" && c.Lang != q.Lang,
			!q.From.IsZero() && c.SortDate.Before(q.From),
			!q.To.IsZero() && !c.SortDate.Before(q.To):
			continue
		}
		if !q.Ungrouped && q.Lang == "" {
			if seen[f.groups[c.ID]] {
				continue
			}
			seen[f.groups[c.ID]] = true
			for _, tr := range c.Translations {
				if o, _ := f.card(tr.ID); o.Lang == q.Prefer && c.Lang != q.Prefer {
					c = o
					break
				}
			}
		}
		all = append(all, c)
	}
	n := cmp.Or(q.Limit, 20)
	start = min(start, len(all))
	end := min(start+n, len(all))
	l := &recommend.Listing{Items: all[start:end]}
	if end < len(all) {
		l.NextCursor = strconv.Itoa(end)
	}
	if start > 0 && start < len(all) {
		l.PrevCursor = strconv.Itoa(max(0, start-n))
	}
	return l, nil
}

// fakeSearch finds items that hold any of the words.
func (f *fakeReader) search(_ context.Context, q, _ string, limit int) ([]recommend.Entry, error) {
	var out []recommend.Entry
	for _, c := range f.items {
		text, n := strings.ToLower(c.Title+" "+c.Summary), 0
		for _, w := range strings.Fields(strings.ToLower(q)) {
			if strings.Contains(text, w) {
				n++
			}
		}
		if n > 0 {
			out = append(out, recommend.Entry{Card: c, Tier: recommend.TierSimilar, Score: recommend.Millionths(n)})
		}
	}
	slices.SortStableFunc(out, func(a, b recommend.Entry) int { return cmp.Compare(b.Score, a.Score) })
	return out[:min(len(out), limit)], f.err
}
