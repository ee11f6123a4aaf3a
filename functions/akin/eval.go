package akin

import (
	"context"
	"fmt"
	"maps"
	"os"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"

	"akin/infra/feed"
	"akin/recommend"
	"akin/recommend/engine"
	"akin/recommend/judge"
)

type evalCommand struct {
	Items   []string `help:"Items to relate; may repeat." placeholder:"FILE" sep:"none"`
	Qrels   string   `help:"Judgements: source, item and grade, separated by tabs." placeholder:"FILE"`
	Queries string   `help:"Sources to find items for that are not items themselves." placeholder:"FILE"`
	Topics  bool     `help:"Hide the topics of items, and measure how many of the first five share one with their source."`
	All     bool     `help:"Use every source, not an evenly spaced sample of at most 1,500."`
	JSON    bool     `name:"json" help:"Print one object."`

	tableFlags `embed:""`
	Sets       string `help:"Measure all judged sets of a folder in one table, each a folder with items.jsonl, qrels*.tsv and, for the sources of qrels.tsv, queries.jsonl." placeholder:"DIR"`
	Ablate     bool   `help:"With --sets: print what each part of the weighing does, with paired bootstrap intervals."`
	Save       string `help:"With --sets: write the figure of every source to a file." placeholder:"FILE"`
	Against    string `help:"With --sets: compare with a run that --save wrote." placeholder:"FILE"`
}

func (evalCommand) Help() string {
	return `Makes lists of up to 1,000 entries from the items alone, with no store, threshold or embargo; language versions of a
work are not in each other's lists. Figures are means over the sources, from 0 to 1.

Examples:
  akin eval --items testdata/corpus/items.jsonl --qrels testdata/corpus/qrels.tsv
  akin eval --items testdata/corpus/items.jsonl --topics --json
  akin eval --sets testdata --ablate`
}

// evalDepth is how long the rankings are that are measured.
const evalDepth = 1000

// An evaluation is what eval --json prints. What was not asked for is nil.
type evaluation struct {
	NDCG5   *float64 `json:"ndcg5,omitempty"`
	NDCG10  *float64 `json:"ndcg10,omitempty"`
	P5      *float64 `json:"p5,omitempty"`
	MAP     *float64 `json:"map,omitempty"`
	MRR     *float64 `json:"mrr,omitempty"`
	TopicP5 *float64 `json:"topicP5,omitempty"`
	Sources int      `json:"sources"` // judged ones; those with topics where there are no judgements
	Items   int      `json:"items"`
}

// A scored source is one ranking's figures.
type scored struct {
	lang    string
	figures judge.Figures
	topicP5 float64
}

func (c *evalCommand) Run(ctx context.Context, p *program) error {
	if c.Sets != "" {
		if len(c.Items) > 0 || c.Qrels != "" || c.Queries != "" || c.Topics || c.JSON {
			return &usageError{"eval: --sets finds items and judgements itself; leave out --items, --qrels, --queries, --topics and --json"}
		}
		return c.sets(ctx, p)
	}
	if c.Ablate || c.Save != "" || c.Against != "" {
		return &usageError{"eval: --ablate, --save and --against need --sets DIR"}
	}
	if len(c.Items) == 0 {
		return &usageError{"eval: nothing to relate; give --items FILE or --sets DIR"}
	}
	if c.Qrels == "" && !c.Topics {
		return &usageError{"eval: nothing to measure; give --qrels FILE, or --topics, or both"}
	}
	o, err := c.options()
	if err != nil {
		return err
	}
	items, err := p.items(ctx, c.Items, o)
	if err != nil {
		return err
	}
	queries := map[string]recommend.Item{}
	if c.Queries != "" {
		qs, err := p.items(ctx, []string{c.Queries}, o)
		if err != nil {
			return err
		}
		for _, q := range qs {
			queries[q.ID] = q
		}
	}
	topics := make(map[string][]string, len(items))
	byID := make(map[string]*recommend.Item, len(items))
	for i := range items {
		byID[items[i].ID] = &items[i]
		topics[items[i].ID] = items[i].Topics
		if c.Topics {
			items[i].Topics = nil
		}
	}
	corpus, err := engine.NewCorpus(items, p.settings)
	if err != nil {
		return err
	}
	rank := func(id string) []string {
		if corpus.Has(id) {
			return corpus.Rank(id, evalDepth)
		}
		return corpus.RankItem(queries[id], evalDepth)
	}
	lang := func(id string) string {
		if it, ok := byID[id]; ok {
			return it.Language()
		}
		return queries[id].Language()
	}
	var judged, gathered []scored
	if c.Qrels != "" {
		if judged, err = c.judged(ctx, corpus, queries, rank, lang); err != nil {
			return err
		}
	}
	if c.Topics {
		if gathered, err = c.gathered(ctx, items, corpus, topics, rank, lang); err != nil {
			return err
		}
	}
	if c.JSON {
		return writeJSON(p.stdout, summary(judged, gathered, corpus.Len()))
	}
	c.print(p, judged, gathered, corpus.Len())
	return nil
}

// items reads all items of files; anything wrong is an error.
func (p *program) items(ctx context.Context, names []string, o feed.Options) ([]recommend.Item, error) {
	items, _, err := p.itemsAndTopics(ctx, names, o)
	return items, err
}

// itemsAndTopics reads all of files; anything wrong is an error.
func (p *program) itemsAndTopics(ctx context.Context, names []string, o feed.Options) ([]recommend.Item, []recommend.Topic, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var items []recommend.Item
	var topics []recommend.Topic
	for _, name := range names {
		r, err := p.open(ctx, name)
		if err != nil {
			return nil, nil, err
		}
		for batch := range readBatches(ctx, r, name, o) {
			for _, r := range batch {
				if r.Err != nil {
					return nil, nil, r.Err
				}
				switch {
				case r.Item != nil:
					items = append(items, *r.Item)
				case r.Topic != nil:
					topics = append(topics, *r.Topic)
				}
			}
		}
		if ctx.Err() != nil {
			return nil, nil, ctx.Err()
		}
	}
	return items, topics, nil
}

// judged scores the sources that have judgements.
func (c *evalCommand) judged(ctx context.Context, corpus *engine.Corpus, queries map[string]recommend.Item, rank func(string) []string, lang func(string) string) ([]scored, error) {
	f, err := os.Open(c.Qrels)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	order, judgements, err := judge.Read(f, c.Qrels)
	if err != nil {
		return nil, err
	}
	sources := judgements.Sources(order, func(id string) bool {
		_, ok := queries[id]
		return ok || corpus.Has(id)
	})
	if len(sources) == 0 {
		return nil, fmt.Errorf("%s: no source with a related item is among the items or queries", c.Qrels)
	}
	return c.score(ctx, sources, func(id string) scored {
		return scored{lang: lang(id), figures: judge.Score(rank(id), judgements[id])}
	})
}

// gathered scores the items that have topics.
func (c *evalCommand) gathered(ctx context.Context, items []recommend.Item, corpus *engine.Corpus, topics map[string][]string, rank func(string) []string, lang func(string) string) ([]scored, error) {
	var sources []string
	for _, it := range items {
		if len(topics[it.ID]) > 0 && corpus.Has(it.ID) {
			sources = append(sources, it.ID)
		}
	}
	if len(sources) == 0 {
		return nil, fmt.Errorf("--topics: no item has a topic")
	}
	return c.score(ctx, sources, func(id string) scored {
		return scored{lang: lang(id), topicP5: judge.SharedTopic(rank(id), topics[id], func(other string) []string { return topics[other] }, 5)}
	})
}

// score scores sources, or a sample of them, on all cores.
func (c *evalCommand) score(ctx context.Context, sources []string, f func(id string) scored) ([]scored, error) {
	if !c.All {
		sources = judge.Sample(sources)
	}
	all := make([]scored, len(sources))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i, id := range sources {
		g.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			all[i] = f(id)
			return nil
		})
	}
	return all, g.Wait()
}

func summary(judged, gathered []scored, items int) evaluation {
	e := evaluation{Sources: len(gathered), Items: items}
	if len(judged) > 0 {
		m := mean(judged)
		e.NDCG5, e.NDCG10, e.P5, e.MAP, e.MRR = &m.NDCG5, &m.NDCG10, &m.P5, &m.AP, &m.RR
		e.Sources = len(judged)
	}
	if len(gathered) > 0 {
		p5 := meanTopicP5(gathered)
		e.TopicP5 = &p5
	}
	return e
}

func mean(all []scored) judge.Figures {
	figures := make([]judge.Figures, len(all))
	for i, s := range all {
		figures[i] = s.figures
	}
	return judge.Mean(figures)
}

func meanTopicP5(all []scored) float64 {
	sum := 0.0
	for _, s := range all {
		sum += s.topicP5
	}
	return sum / float64(len(all))
}

// print prints tables of all sources and of those of each language.
func (c *evalCommand) print(p *program, judged, gathered []scored, items int) {
	w := p.stdout
	fmt.Fprintf(w, "items %d\n", items)
	if len(judged) > 0 {
		fmt.Fprintf(w, "%-8s %8s %8s %8s %8s %8s %8s\n", "judged", "sources", "nDCG@5", "nDCG@10", "P@5", "MAP", "MRR")
		for _, part := range byLanguage(judged) {
			m := mean(part.sources)
			fmt.Fprintf(w, "%-8s %8d %8.4f %8.4f %8.4f %8.4f %8.4f\n", part.name, len(part.sources), m.NDCG5, m.NDCG10, m.P5, m.AP, m.RR)
		}
	}
	if len(gathered) > 0 {
		fmt.Fprintf(w, "%-8s %8s %8s\n", "topics", "sources", "P@5")
		for _, part := range byLanguage(gathered) {
			fmt.Fprintf(w, "%-8s %8d %8.4f\n", part.name, len(part.sources), meanTopicP5(part.sources))
		}
	}
}

// A share is the sources of one language, or all of them.
type share struct {
	name    string
	sources []scored
}

// byLanguage returns all sources, and, if they are of several languages, those
// of each.
func byLanguage(all []scored) []share {
	languages := map[string][]scored{}
	for _, s := range all {
		languages[s.lang] = append(languages[s.lang], s)
	}
	shares := []share{{"all", all}}
	if len(languages) > 1 {
		for _, lang := range slices.Sorted(maps.Keys(languages)) {
			name := lang
			if name == "" {
				name = "unknown"
			}
			shares = append(shares, share{name, languages[lang]})
		}
	}
	return shares
}
