package akin

import (
	"cmp"
	"context"
	"fmt"
	"io"
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
	Judged  bool     `help:"Measure the items of the store, by what editors judged in it."`
	Topics  bool     `help:"Hide the topics of items, and measure how many of the first five share one with their source."`
	All     bool     `help:"Use every source, not an evenly spaced sample of at most 1,500."`
	Lists   bool     `help:"Also measure the lists that readers would see, of all items: coverage, Gini, diversity, filler."`
	JSON    bool     `name:"json" help:"Print one object."`

	tableFlags `embed:""`
	Sets       string  `help:"Measure all judged sets of a folder in one table, each a folder with items.jsonl, qrels*.tsv and, for the sources of qrels.tsv, queries.jsonl." placeholder:"DIR"`
	Exposure   float64 `help:"With --sets: make lists as the setting lists.exposure does; with --against, this tells what it costs." placeholder:"SHARE"`
	Parts      bool    `help:"With --sets: also print the sources of each language and of each type."`
	Ablate     bool    `help:"With --sets: print what each part of the weighing does, with paired bootstrap intervals."`
	Save       string  `help:"With --sets: write the figure of every source to a file." placeholder:"FILE"`
	Against    string  `help:"With --sets: compare with a run that --save wrote." placeholder:"FILE"`
}

func (evalCommand) Help() string {
	return `Makes lists of up to 1,000 entries from the items alone, with no store, threshold or embargo; language versions of a
work are not in each other's lists. Figures are means over the sources, from 0 to 1, with intervals of 95 %; they are also given
for the sources of each language and each type.

  nDCG, P, MAP, MRR   how far up the related items are
  coverage            share of the works that stand in some list
  Gini                how unequally they do: 0 all alike, near 1 a few take all places
  diversity           how unlike each other the entries of a list are: 0 the same text, 1 no word in common
  filler              share of the places that no similar entry takes
  related, irrelevant, unjudged   what was judged of the similar entries beside the sources

The last six are of lists as readers see them: six entries, of those that score enough to be similar. --sets prints them
always. --against compares with a run that --save wrote, source by source: "better" and "worse" are said where the interval of
the difference excludes none.

Examples:
  akin eval --items testdata/corpus/items.jsonl --qrels testdata/corpus/qrels.tsv --lists
  akin eval --items testdata/corpus/items.jsonl --topics --json
  akin eval --judged --settings tried.json
  akin eval --sets testdata --save run.json
  akin eval --sets testdata --against run.json --parts
  akin eval --sets testdata --against run.json --exposure 0.3`
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

	Intervals map[string][2]float64 `json:"intervals,omitempty"` // of 95 %, by name of the figure

	Lists   *shownLists     `json:"lists,omitempty"`
	Similar *judge.Verdicts `json:"similar,omitempty"` // of the entries beside judged sources

	Sources int `json:"sources"` // judged ones; those with topics where there are no judgements
	Items   int `json:"items"`
}

// A scored source is one ranking's figures.
type scored struct {
	id      string
	work    string // the id of its original
	lang    string
	types   []string
	figures judge.Figures
	topicP5 float64
}

func (c *evalCommand) Run(ctx context.Context, p *program) error {
	if c.Sets != "" {
		if len(c.Items) > 0 || c.Qrels != "" || c.Queries != "" || c.Topics || c.Lists || c.JSON || c.Judged {
			return &usageError{"eval: --sets finds items and judgements itself; leave out --items, --qrels, --queries, --judged, --topics, --lists and --json"}
		}
		return c.sets(ctx, p)
	}
	if c.Ablate || c.Parts || c.Exposure != 0 || c.Save != "" || c.Against != "" {
		return &usageError{"eval: --ablate, --save and --against need --sets DIR, and so do --parts and --exposure"}
	}
	if c.Judged {
		if len(c.Items) > 0 || c.Qrels != "" || c.Queries != "" {
			return &usageError{"eval: --judged takes items and judgements from the store; leave out --items, --qrels and --queries"}
		}
		return p.withView(ctx, false, func(e *opened) error { return c.judgedInStore(ctx, p, e) })
	}
	if len(c.Items) == 0 {
		return &usageError{"eval: nothing to relate; give --items FILE, --judged or --sets DIR"}
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
	m := &measuring{c: c, named: c.Qrels}
	if c.Qrels != "" {
		f, err := os.Open(c.Qrels)
		if err != nil {
			return err
		}
		defer f.Close()
		if m.order, m.grades, err = judge.Read(f, c.Qrels); err != nil {
			return err
		}
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
	return m.measure(ctx, p, items, queries, p.settings)
}

// judgedInStore measures the items of a store, under its settings.
func (c *evalCommand) judgedInStore(ctx context.Context, p *program, e *opened) error {
	grades, err := e.reader.Judgements(ctx)
	if err != nil {
		return err
	}
	if len(grades) == 0 {
		return fmt.Errorf("%s: editors have judged nothing yet; they do so beside the entries of a list, at /items/ID/edit", p.storeName)
	}
	site, err := e.chosen.Site(ctx)
	if err != nil {
		return err
	}
	var items []recommend.Item
	for it, err := range e.reader.All(ctx) {
		if err != nil {
			return err
		}
		items = append(items, it)
	}
	m := &measuring{c: c, order: slices.Sorted(maps.Keys(grades)), grades: grades, named: p.storeName}
	return m.measure(ctx, p, items, nil, site.Settings)
}

// measure measures the lists that settings make of items, and prints what was asked for.
func (m *measuring) measure(ctx context.Context, p *program, items []recommend.Item, queries map[string]recommend.Item, s recommend.Settings) error {
	c := m.c
	topics := make(map[string][]string, len(items))
	byID := make(map[string]*recommend.Item, len(items))
	for i := range items {
		byID[items[i].ID] = &items[i]
		topics[items[i].ID] = items[i].Topics
		if c.Topics {
			items[i].Topics = nil
		}
	}
	corpus, err := engine.NewCorpus(items, s)
	if err != nil {
		return err
	}
	m.corpus, m.items, m.byID, m.queries, m.topics = corpus, items, byID, queries, topics
	if c.Lists {
		m.lists = p.shownLists(corpus, items, s)
	}
	if m.grades != nil {
		if err := m.judge(ctx); err != nil {
			return err
		}
	}
	if c.Topics {
		if err := m.gather(ctx); err != nil {
			return err
		}
	}
	if c.JSON {
		return writeJSON(p.stdout, m.summary())
	}
	m.print(p.stdout)
	return nil
}

// A measuring is one run over the items of some files.
type measuring struct {
	c       *evalCommand
	corpus  *engine.Corpus
	items   []recommend.Item
	byID    map[string]*recommend.Item
	queries map[string]recommend.Item
	topics  map[string][]string // by id, also where they are hidden

	grades judge.Judgements // nil: there are none
	order  []string         // of their sources
	named  string           // where they stand

	judged, gathered []scored
	lists            *shownLists    // nil: not asked for
	similar          judge.Verdicts // of the lists, beside judged sources
}

// rank returns a ranking for a source, of the entries that score at least so much.
func (m *measuring) rank(id string, k int, least recommend.Millionths) []string {
	if m.corpus.Has(id) {
		return m.corpus.Similar(id, k, least)
	}
	return m.corpus.SimilarTo(m.queries[id], k, least)
}

// source returns the item that a source is.
func (m *measuring) source(id string) recommend.Item {
	if it, ok := m.byID[id]; ok {
		return *it
	}
	return m.queries[id]
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

// judge scores the sources that have judgements.
func (m *measuring) judge(ctx context.Context) error {
	sources := m.grades.Sources(m.order, func(id string) bool {
		_, ok := m.queries[id]
		return ok || m.corpus.Has(id)
	})
	if len(sources) == 0 {
		return fmt.Errorf("%s: no source with a related item is among the items or queries", m.named)
	}
	if m.lists != nil {
		m.similar = similarVerdicts(sources, m.grades, func(id string) []string { return m.rank(id, shownDepth, m.lists.Threshold) })
	}
	var err error
	m.judged, err = m.c.score(ctx, sources, func(id string) scored {
		it := m.source(id)
		return scored{id: id, work: cmp.Or(it.Group(), id), lang: it.Language(), types: it.Types, figures: judge.Score(m.rank(id, evalDepth, 0), m.grades[id])}
	})
	return err
}

// gather scores the items that have topics.
func (m *measuring) gather(ctx context.Context) (err error) {
	var sources []string
	for _, it := range m.items {
		if len(m.topics[it.ID]) > 0 && m.corpus.Has(it.ID) {
			sources = append(sources, it.ID)
		}
	}
	if len(sources) == 0 {
		return fmt.Errorf("--topics: no item has a topic")
	}
	m.gathered, err = m.c.score(ctx, sources, func(id string) scored {
		it := m.source(id)
		p5 := judge.SharedTopic(m.rank(id, evalDepth, 0), m.topics[id], func(other string) []string { return m.topics[other] }, 5)
		return scored{id: id, work: cmp.Or(it.Group(), id), lang: it.Language(), types: it.Types, topicP5: p5}
	})
	return err
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

// A figure is one of a scored source.
type figure struct {
	name string // in JSON
	head string // of its column
	of   func(*scored) float64
}

var judgedFigures = []figure{
	{"ndcg5", "nDCG@5", func(s *scored) float64 { return s.figures.NDCG5 }},
	{"ndcg10", "nDCG@10", func(s *scored) float64 { return s.figures.NDCG10 }},
	{"p5", "P@5", func(s *scored) float64 { return s.figures.P5 }},
	{"map", "MAP", func(s *scored) float64 { return s.figures.AP }},
	{"mrr", "MRR", func(s *scored) float64 { return s.figures.RR }},
}

var topicFigures = []figure{{"topicP5", "P@5", func(s *scored) float64 { return s.topicP5 }}}

// over returns the mean of a figure over sources, and its interval.
func (f *figure) over(all []scored) (float64, judge.Interval) { return bootstrap(byWork(all), f.of) }

// bootstrap returns the mean of a figure over the versions of works, and its interval.
func bootstrap(works [][]scored, of func(*scored) float64) (float64, judge.Interval) {
	values := make([][]float64, len(works))
	for i, versions := range works {
		for at := range versions {
			values[i] = append(values[i], of(&versions[at]))
		}
	}
	return judge.Bootstrap(values)
}

// byWork returns sources by the work that they are versions of, in the order of the first.
func byWork(all []scored) [][]scored {
	at := map[string]int{}
	var works [][]scored
	for _, s := range all {
		i, ok := at[s.work]
		if !ok {
			i = len(works)
			at[s.work], works = i, append(works, nil)
		}
		works[i] = append(works[i], s)
	}
	return works
}

func (m *measuring) summary() evaluation {
	e := evaluation{Sources: len(m.gathered), Items: m.corpus.Len(), Intervals: map[string][2]float64{}, Lists: m.lists}
	means := map[string]**float64{"ndcg5": &e.NDCG5, "ndcg10": &e.NDCG10, "p5": &e.P5, "map": &e.MAP, "mrr": &e.MRR, "topicP5": &e.TopicP5}
	note := func(fs []figure, all []scored) {
		if len(all) == 0 {
			return
		}
		for i := range fs {
			mean, in := fs[i].over(all)
			*means[fs[i].name], e.Intervals[fs[i].name] = &mean, [2]float64{in.Low, in.High}
		}
	}
	note(topicFigures, m.gathered)
	note(judgedFigures, m.judged)
	if len(m.judged) > 0 {
		e.Sources = len(m.judged)
		if m.lists != nil {
			e.Similar = &m.similar
		}
	}
	return e
}

// print prints tables of all sources, and of those of each language and type.
func (m *measuring) print(w io.Writer) {
	fmt.Fprintf(w, "items %d\n", m.corpus.Len())
	printFigures(w, "judged", judgedFigures, m.judged)
	printFigures(w, "topics", topicFigures, m.gathered)
	if m.lists == nil {
		return
	}
	printListsHeading(w)
	m.lists.print(w, "these", shownOr(!m.c.Topics))
	if len(m.judged) > 0 {
		printVerdictsHeading(w)
		printVerdicts(w, "these", "", shownOr(!m.c.Topics), m.similar)
	}
}

func printFigures(w io.Writer, name string, fs []figure, all []scored) {
	if len(all) == 0 {
		return
	}
	fmt.Fprintf(w, "%-14s %8s", name, "sources")
	for _, f := range fs {
		fmt.Fprintf(w, " %8s", f.head)
	}
	for _, part := range parts(all) {
		var means, low, high string
		for i := range fs {
			mean, in := fs[i].over(part.sources)
			means += fmt.Sprintf(" %8.4f", mean)
			low += fmt.Sprintf(" %8.4f", in.Low)
			high += fmt.Sprintf(" %8.4f", in.High)
		}
		fmt.Fprintf(w, "\n%-14s %8d%s\n%23s%s\n%23s%s", part.name, len(part.sources), means, "95 % from", low, "to", high)
	}
	fmt.Fprintln(w)
}

// A share is the sources of one language or one type, or all of them.
type share struct {
	name    string
	sources []scored
}

// parts returns all sources, and, if they are of several languages or types, those of
// each. A source of several types is among those of each.
func parts(all []scored) []share {
	languages, types := map[string][]scored{}, map[string][]scored{}
	for _, s := range all {
		languages[cmp.Or(s.lang, "unknown")] = append(languages[cmp.Or(s.lang, "unknown")], s)
		for _, t := range s.types {
			types[t] = append(types[t], s)
		}
		if len(s.types) == 0 {
			types["no type"] = append(types["no type"], s)
		}
	}
	shares := []share{{"all", all}}
	for _, by := range []map[string][]scored{languages, types} {
		if len(by) < 2 {
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(by)) {
			shares = append(shares, share{name, by[name]})
		}
	}
	return shares
}
