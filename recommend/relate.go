package recommend

import (
	"fmt"
	"slices"
	"sync"

	"akin/recommend/index"
	"akin/recommend/text"
)

// A Corpus is items in memory, weighed as a generation would weigh them, to
// measure rankings with: there is no store, and neither curation nor embargo
// nor the least score applies. It is safe for concurrent use.
type Corpus struct {
	index    *index.Index
	weigher  *weigher
	analyzer *text.Analyzer
	ids      []string             // by document
	docs     map[string]index.Doc // by id
	works    []uint32             // by document: equal for language versions of one work
	versions []int                // by work: how many there are
}

// NewCorpus weighs items under the statistics of all of them. Withdrawn items
// are left out. Items that are not valid, and ids that come twice, are errors.
func NewCorpus(items []Item, s Settings) (*Corpus, error) {
	a, err := text.New(s.Text)
	if err != nil {
		return nil, fmt.Errorf("settings: %w", err)
	}
	c := &Corpus{analyzer: a, docs: make(map[string]index.Doc, len(items))}
	var live []*Item
	works := map[string]uint32{}
	for i := range items {
		it := &items[i]
		if err := it.Validate(); err != nil {
			return nil, fmt.Errorf("item %q: %w", it.ID, err)
		}
		if _, ok := c.docs[it.ID]; ok {
			return nil, fmt.Errorf("item %q: comes twice", it.ID)
		}
		if it.Status == Withdrawn {
			continue
		}
		work, ok := works[groupOf(it)]
		if !ok {
			work = uint32(len(works))
			works[groupOf(it)] = work
			c.versions = append(c.versions, 0)
		}
		c.versions[work]++
		c.docs[it.ID] = index.Doc(len(live))
		c.ids = append(c.ids, it.ID)
		c.works = append(c.works, work)
		live = append(live, it)
	}
	// Packed, the terms of all items take a quarter of the memory.
	terms := make([][]byte, len(live))
	counter := newCounter()
	var mu sync.Mutex
	parallel(len(live), func(i int) {
		l := c.terms(*live[i])
		terms[i] = l.pack()
		mu.Lock()
		defer mu.Unlock()
		counter.add(l)
	})
	c.weigher = newWeigher(counter.statistics(), &s)
	entries := make([]index.Entry, len(live))
	parallel(len(live), func(i int) {
		l, err := unpackTermList(terms[i])
		if err != nil {
			panic(err) // it was packed above
		}
		entries[i] = index.Entry{Doc: index.Doc(i), Key: l.key(), Vector: c.weigher.vector(l)}
		terms[i] = nil
	})
	c.index = index.Build(entries)
	return c, nil
}

// terms makes the terms of an item as a publish does.
func (c *Corpus) terms(it Item) *termList {
	it = it.readable()
	return analyse(c.analyzer, &it)
}

// readable returns the item with texts as readers see them and its language.
func (it Item) readable() Item {
	it.Title, it.Summary, it.Body = text.Plain(it.Title), text.Plain(it.Summary), text.Plain(it.Body)
	if it.Image != nil {
		it.Image = &Image{URL: it.Image.URL, Alt: text.Plain(it.Image.Alt), Credit: text.Plain(it.Image.Credit)}
	}
	it.Lang = it.Language()
	return it
}

// Language returns the item's language: Lang, or what its texts seem to be in.
func (it Item) Language() string {
	if it.Lang != "" {
		return it.Lang
	}
	return text.Detect(it.Title + ". " + it.Summary + " " + it.Body)
}

// Len returns the number of items that can be ranked.
func (c *Corpus) Len() int { return len(c.ids) }

// Has reports whether an item can be ranked.
func (c *Corpus) Has(id string) bool {
	_, ok := c.docs[id]
	return ok
}

// Rank returns the ids of the k items most like the item id, best first,
// without its language versions; fewer if fewer share a term with it, and nil
// if there is no such item.
func (c *Corpus) Rank(id string, k int) []string {
	d, ok := c.docs[id]
	if !ok {
		return nil
	}
	work := c.works[d]
	ms := c.index.Nearest(nil, c.index.Vector(d), k+c.versions[work]-1, d)
	ms = slices.DeleteFunc(ms, func(m index.Match) bool { return c.works[m.Doc] == work })
	return c.named(ms[:min(k, len(ms))])
}

// RankItem returns the ids of the k items most like it, best first. It is
// weighed under the statistics of the corpus and need not be one of its items.
// If it is, its id stands in the ranking too.
func (c *Corpus) RankItem(it Item, k int) []string {
	return c.named(c.index.Nearest(nil, c.weigher.vector(c.terms(it)), k, index.None))
}

func (c *Corpus) named(ms []index.Match) []string {
	ids := make([]string, len(ms))
	for i, m := range ms {
		ids[i] = c.ids[m.Doc]
	}
	return ids
}
