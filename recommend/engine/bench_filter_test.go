package engine

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"akin/infra/memory"
	"akin/recommend"
	"akin/recommend/index"
)

// BenchmarkFilters answers random filters, made of what the items have: types, topics,
// authors, languages, dates, exclusions, alone and together. Each answer is held to
// the best of all items that pass, found by comparing all; that takes most of the time, and is
// not in the figures: -benchtime 10000x asks so many. asked-all is the share of them
// that a stored list did not prove.
func BenchmarkFilters(b *testing.B) {
	items := slices.DeleteFunc(BenchItems(b), func(it recommend.Item) bool { return it.Status == recommend.Withdrawn || it.Embargoed(time.Now()) })
	s, settings := memory.New(), recommend.DefaultSettings()
	p, err := NewPublisher(s, settings, PublisherOptions{})
	if err != nil {
		b.Fatal(err)
	}
	for _, r := range p.Put(b.Context(), items...) {
		if r.Err != nil {
			b.Fatal(r.Err)
		}
	}
	x := NewIndexer(s, settings, IndexerOptions{})
	if _, err := x.Reindex(b.Context(), ReindexOptions{}); err != nil {
		b.Fatal(err)
	}
	counted := &countedRanker{Indexer: x}
	rd := NewReader(s, ReaderOptions{HeadAge: time.Hour, Index: func() (Ranker, error) { return counted, nil }})
	if err := x.needTraits(b.Context()); err != nil {
		b.Fatal(err)
	}
	draw := rand.New(rand.NewPCG(16, 9))
	var times []time.Duration
	b.ResetTimer()
	for b.Loop() {
		id, q := items[draw.IntN(len(items))].ID, drawFilter(draw, items)
		start := time.Now()
		got, err := rd.Related(b.Context(), id, q)
		times = append(times, time.Since(start))
		if err != nil {
			b.Fatal(err)
		}
		if want, got := entriesOf(bestPassing(b, x, rd, id, q)), entriesOf(got); got != want {
			b.Fatalf("%s %+v\ngot\n%s\nwant\n%s", id, q, got, want)
		}
	}
	Report(b, times)
	b.ReportMetric(float64(counted.asked)/float64(len(times)), "asked-all")
}

// A countedRanker counts the answers that needed it.
type countedRanker struct {
	*Indexer
	asked int
}

func (c *countedRanker) ranker(generation int, s seeds) ranker {
	rank, first := c.Indexer.ranker(generation, s), true
	return func(ctx context.Context, q *wanted, k int) ([]storedEntry, error) {
		if first {
			c.asked++
			first = false
		}
		return rank(ctx, q, k)
	}
}

// drawFilter draws a query with one filter at least.
func drawFilter(draw *rand.Rand, items []recommend.Item) recommend.Query {
	pick := func() *recommend.Item { return &items[draw.IntN(len(items))] }
	q := recommend.Query{Limit: 1 + draw.IntN(20), NoFill: true}
	for !filtered(&q) {
		if o := pick(); draw.IntN(3) == 0 {
			q.Types = o.Types
		}
		if o := pick(); draw.IntN(3) == 0 {
			q.Topics = slices.Clone(o.Topics)
		}
		if o := pick(); draw.IntN(4) == 0 {
			q.Authors = o.Authors[:min(1, len(o.Authors))]
		}
		if o := pick(); draw.IntN(5) == 0 && o.Lang != "" {
			q.Langs = []string{o.Lang}
		}
		if o := pick(); draw.IntN(4) == 0 {
			q.Since = o.SortTime()
		}
		if o := pick(); draw.IntN(3) == 0 {
			q.Until = o.SortTime()
		}
		if draw.IntN(5) == 0 {
			for range draw.IntN(100) {
				q.Exclude = append(q.Exclude, pick().ID)
			}
		}
	}
	return q
}

// bestPassing answers a query from all items that pass, each compared with the item.
func bestPassing(b *testing.B, x *Indexer, rd *Reader, id string, q recommend.Query) *recommend.Related {
	a, self, err := rd.answering(b.Context(), id, q)
	if err != nil {
		b.Fatal(err)
	}
	st := x.state
	source := st.works.doc(self.number)
	of := st.side(source)
	asked := &wanted{a.view.unmerged(a.q), a.rules, a.lang}
	var all []index.Match
	for _, d := range st.index.Docs() {
		if d == source || st.shown(d, x.traits.items, asked) == nil {
			continue
		}
		m := index.Match{Doc: d, Score: st.index.Score(source, d)}
		if m.Score > 0 && recommend.Millionths(index.Millionths(m.Score)) >= st.gen.minScore() {
			all = append(all, m)
		}
	}
	slices.SortFunc(all, st.index.Compare)
	a.candidates, a.list, a.whole, a.rank = nil, nil, true, nil
	for _, m := range all {
		a.candidates = append(a.candidates, st.entry(of, m, nil))
	}
	r, err := a.run(b.Context(), self)
	if err != nil {
		b.Fatal(err)
	}
	return r
}

func entriesOf(r *recommend.Related) string {
	var b strings.Builder
	for _, e := range r.Related {
		fmt.Fprintln(&b, e.ID, e.Score, e.Tier)
	}
	if r.Complete != nil {
		fmt.Fprintln(&b, "not complete")
	}
	return b.String()
}
