package akin

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"akin/infra/feed"
	"akin/recommend"
	"akin/recommend/engine"
	"akin/recommend/judge"
	"akin/recommend/parallel"
)

// A judgedSet is a folder with items.jsonl and files of judgements: qrels.tsv, whose
// sources are in queries.jsonl where that is there, and qrels_NAME.tsv.
type judgedSet struct {
	name    string
	items   []recommend.Item
	at      map[string]int // index of items by id
	queries map[string]recommend.Item
	qrels   []string
}

// source returns the item or the query of an id.
func (s *judgedSet) source(id string) *recommend.Item {
	if at, ok := s.at[id]; ok {
		return &s.items[at]
	}
	q := s.queries[id]
	return &q
}

// setOf returns the set of a row.
func setOf(sets []judgedSet, r *measured) *judgedSet {
	return &sets[slices.IndexFunc(sets, func(s judgedSet) bool { return s.name == r.Set })]
}

// readSets reads all judged sets of a folder, in the order of their names.
func (p *program) readSets(ctx context.Context, dir string) ([]judgedSet, error) {
	names, err := filepath.Glob(filepath.Join(dir, "*", "items.jsonl"))
	if err != nil {
		return nil, err
	}
	var sets []judgedSet
	for _, name := range names {
		folder := filepath.Dir(name)
		s := judgedSet{name: filepath.Base(folder), at: map[string]int{}, queries: map[string]recommend.Item{}}
		if s.items, err = p.items(ctx, []string{name}, feed.Options{}); err != nil {
			return nil, err
		}
		for i := range s.items {
			s.at[s.items[i].ID] = i
		}
		if s.qrels, err = filepath.Glob(filepath.Join(folder, "qrels*.tsv")); err != nil {
			return nil, err
		}
		queries := filepath.Join(folder, "queries.jsonl")
		if _, err := os.Stat(queries); err == nil {
			qs, err := p.items(ctx, []string{queries}, feed.Options{})
			if err != nil {
				return nil, err
			}
			for _, q := range qs {
				s.queries[q.ID] = q
			}
		}
		sets = append(sets, s)
	}
	if len(sets) == 0 {
		return nil, fmt.Errorf("%s: no folder in it has a file items.jsonl", dir)
	}
	return sets, nil
}

// A measured is one measure over the sources of a set.
type measured struct {
	Set     string             `json:"set"`
	Judged  string             `json:"judged"`  // file of judgements; "topics" for shared-topic P@5
	Labels  bool               `json:"labels"`  // topics counted as evidence
	Figures map[string]float64 `json:"figures"` // by source: nDCG@10, or P@5

	Lists   *shownLists     `json:"lists,omitempty"`   // in a row of their own, judged by "lists"
	Similar *judge.Verdicts `json:"similar,omitempty"` // where there are judgements
}

func (r *measured) key() string { return fmt.Sprintf("%s %s %v", r.Set, r.Judged, r.Labels) }

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// measure ranks a set, with topics hidden and, where any item has one, with them.
func (c *evalCommand) measure(ctx context.Context, p *program, s judgedSet, settings recommend.Settings) ([]measured, error) {
	hidden := slices.Clone(s.items)
	topics := map[string][]string{}
	for i := range hidden {
		if len(hidden[i].Topics) > 0 {
			topics[hidden[i].ID], hidden[i].Topics = hidden[i].Topics, nil
		}
	}
	rows, err := c.rows(ctx, p, s, hidden, topics, false, settings)
	if err != nil || len(topics) == 0 || len(s.qrels) == 0 {
		return rows, err
	}
	labelled, err := c.rows(ctx, p, s, s.items, nil, true, settings)
	return append(rows, labelled...), err
}

func (c *evalCommand) rows(ctx context.Context, p *program, s judgedSet, items []recommend.Item, topics map[string][]string, labels bool, settings recommend.Settings) ([]measured, error) {
	corpus, err := engine.NewCorpus(items, settings)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.name, err)
	}
	m := &measuring{c: c, corpus: corpus, queries: s.queries}
	shown := p.shownLists(corpus, items, settings)
	if c.Exposure > 0 {
		corpus.Expose(c.Exposure, shown.Threshold)
		shown = p.shownLists(corpus, items, settings)
	}
	rows := []measured{{Set: s.name, Judged: "lists", Labels: labels, Lists: shown}}
	for _, name := range s.qrels {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		order, judged, err := judge.Read(f, name)
		f.Close()
		if err != nil {
			return nil, err
		}
		sources := judged.Sources(order, func(id string) bool {
			_, ok := s.queries[id]
			return ok || corpus.Has(id)
		})
		r, err := c.row(ctx, sources, func(id string) float64 { return judge.Score(m.rank(id, 10, 0), judged[id]).NDCG10 })
		if err != nil {
			return nil, err
		}
		r.Set, r.Judged, r.Labels = s.name, strings.TrimSuffix(filepath.Base(name), ".tsv"), labels
		v := similarVerdicts(sources, judged, func(id string) []string { return m.rank(id, shownDepth, shown.Threshold) })
		r.Similar = &v
		rows = append(rows, r)
	}
	if len(topics) > 0 {
		var sources []string
		for i := range items {
			if id := items[i].ID; len(topics[id]) > 0 && corpus.Has(id) {
				sources = append(sources, id)
			}
		}
		r, err := c.row(ctx, sources, func(id string) float64 {
			return judge.SharedTopic(m.rank(id, 5, 0), topics[id], func(o string) []string { return topics[o] }, 5)
		})
		if err != nil {
			return nil, err
		}
		r.Set, r.Judged = s.name, "topics"
		rows = append(rows, r)
	}
	return rows, nil
}

func (c *evalCommand) row(ctx context.Context, sources []string, figure func(id string) float64) (measured, error) {
	if !c.All {
		sources = judge.Sample(sources)
	}
	vs := make([]float64, len(sources))
	parallel.Each(len(sources), func(i int) { vs[i] = figure(sources[i]) })
	r := measured{Figures: make(map[string]float64, len(sources))}
	for i, id := range sources {
		r.Figures[id] = vs[i]
	}
	return r, ctx.Err()
}

// An ablation is what the lists would be without one part of the weighing.
type ablation struct {
	name   string
	change func(*recommend.Settings)
}

var ablations = []ablation{
	{"rarity to the power 1", func(s *recommend.Settings) { s.Weights.Rarity = 1 }},
	{"no general language", func(s *recommend.Settings) { s.Weights.General = 0 }},
	{"plain cosine", func(s *recommend.Settings) { s.Weights.Slope = 1 }},
	{"no authors", func(s *recommend.Settings) { s.Kinds.Author = 0 }},
	{"no nearness in time", func(s *recommend.Settings) { s.Weights.Nearness = 0 }},
	{"none of these", func(s *recommend.Settings) { s.Weights, s.Kinds.Author = recommend.PlainWeights(), 0 }},
}

// sets measures all sets of a folder and prints one table.
func (c *evalCommand) sets(ctx context.Context, p *program) error {
	sets, err := p.readSets(ctx, c.Sets)
	if err != nil {
		return err
	}
	measureAll := func(settings recommend.Settings) ([]measured, error) {
		var all []measured
		for _, s := range sets {
			rows, err := c.measure(ctx, p, s, settings)
			if err != nil {
				return nil, err
			}
			all = append(all, rows...)
		}
		return all, nil
	}
	all, err := measureAll(p.settings)
	if err != nil {
		return err
	}
	if c.Save != "" {
		b, err := json.Marshal(all)
		if err != nil {
			return err
		}
		if err := os.WriteFile(c.Save, append(b, '\n'), 0o666); err != nil {
			return err
		}
	}
	c.print(p.stdout, sets, all)
	if c.Against != "" {
		b, err := os.ReadFile(c.Against)
		if err != nil {
			return err
		}
		var before []measured
		if err := json.Unmarshal(b, &before); err != nil {
			return fmt.Errorf("%s: not a run that --save wrote: %w", c.Against, err)
		}
		c.compare(p, "now, against "+filepath.Base(c.Against), sets, before, all)
	}
	if c.Ablate {
		for _, a := range ablations {
			s := p.settings
			a.change(&s)
			without, err := measureAll(s)
			if err != nil {
				return err
			}
			c.compare(p, a.name, sets, all, without)
		}
	}
	return nil
}

// print prints all rows: what they measure, what the lists are like, and what was judged of them.
func (c *evalCommand) print(w io.Writer, sets []judgedSet, all []measured) {
	fmt.Fprintf(w, "%-16s %-14s %-7s %7s %7s  %s\n", "set", "judged by", "topics", "sources", "mean", "95 %")
	for i := range all {
		r := &all[i]
		if r.Lists != nil {
			continue
		}
		all := r.scored(setOf(sets, r))
		r.print(w, r.Judged, all)
		if !c.Parts {
			continue
		}
		for _, part := range parts(all)[1:] {
			r.print(w, "  "+part.name, part.sources)
		}
	}
	printListsHeading(w)
	for i := range all {
		if r := &all[i]; r.Lists != nil {
			r.Lists.print(w, r.Set, shownOr(r.Labels))
		}
	}
	printVerdictsHeading(w)
	for i := range all {
		if r := &all[i]; r.Similar != nil {
			printVerdicts(w, r.Set, r.Judged, shownOr(r.Labels), *r.Similar)
		}
	}
}

// print prints the mean of sources, and its interval.
func (r *measured) print(w io.Writer, judged string, all []scored) {
	mean, in := topicFigures[0].over(all)
	fmt.Fprintf(w, "%-16s %-14s %-7s %7d %7.4f  %.4f to %.4f\n", r.Set, judged, shownOr(r.Labels), len(all), mean, in.Low, in.High)
}

// scored returns the sources of a row with what they are, in the order of their ids.
func (r *measured) scored(s *judgedSet) []scored {
	all := make([]scored, 0, len(r.Figures))
	for _, id := range sortedKeys(r.Figures) {
		it := s.source(id)
		all = append(all, scored{id: id, work: cmp.Or(it.Group(), id), lang: it.Language(), types: it.Types, topicP5: r.Figures[id]})
	}
	return all
}

func shownOr(labels bool) string {
	if labels {
		return "shown"
	}
	return "hidden"
}

// against returns the figures of the works that a row shares with an earlier one, and
// the mean of what changed.
func (r *measured) against(before *measured, s *judgedSet) (judge.Paired, float64, judge.Interval) {
	works := byWork(slices.DeleteFunc(r.scored(s), func(sc scored) bool {
		_, ok := before.Figures[sc.id]
		return !ok
	}))
	p := judge.Paired{Before: make([]float64, len(works)), After: make([]float64, len(works))}
	for i, versions := range works {
		for _, sc := range versions {
			p.Before[i] += before.Figures[sc.id]
			p.After[i] += r.Figures[sc.id]
		}
	}
	mean, in := bootstrap(works, func(sc *scored) float64 { return r.Figures[sc.id] - before.Figures[sc.id] })
	return p, mean, in
}

// compare prints how a run differs from another, work by work, and what that shows.
func (c *evalCommand) compare(p *program, name string, sets []judgedSet, before, after []measured) {
	w := p.stdout
	fmt.Fprintf(w, "\n%s\n%-16s %-14s %-7s %8s  %s\n", name, "set", "judged by", "topics", "change", "95 %")
	var rows []judge.Paired
	shown := map[string]int{}
	var lists []func()
	for i := range after {
		r := &after[i]
		at := slices.IndexFunc(before, func(b measured) bool { return b.key() == r.key() })
		if at < 0 {
			continue
		}
		if was := before[at].Lists; was != nil && r.Lists != nil {
			lists = append(lists, func() { was.printChange(w, r.Set, shownOr(r.Labels), r.Lists) })
			continue
		}
		row, mean, in := r.against(&before[at], setOf(sets, r))
		rows = append(rows, row)
		mark := ""
		if in.Verdict(0) == "better" || in.Verdict(0) == "worse" {
			mark = " *"
		}
		shown[in.Verdict(0)]++
		fmt.Fprintf(w, "%-16s %-14s %-7s %+8.4f  %+.4f to %+.4f%s\n", r.Set, r.Judged, shownOr(r.Labels), mean, in.Low, in.High, mark)
	}
	if len(rows) == 0 {
		fmt.Fprintln(w, "none of these sets is in both runs")
	}
	if ratio, in := judge.Ratio(rows); ratio > 0 {
		fmt.Fprintf(w, "geometric mean of the ratios %.4f; * where the interval excludes 0\n", ratio)
		fmt.Fprintf(w, "verdict: %s, by %.4f to %.4f times; of %d rows %d better, %d worse\n", in.Verdict(1), in.Low, in.High, len(rows), shown["better"], shown["worse"])
	}
	if len(lists) > 0 {
		printListsHeading(w)
		for _, print := range lists {
			print()
		}
	}
}
