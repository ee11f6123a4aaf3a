package akin

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math"
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
	queries map[string]recommend.Item
	qrels   []string
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
		s := judgedSet{name: filepath.Base(folder), queries: map[string]recommend.Item{}}
		if s.items, err = p.items(ctx, []string{name}, feed.Options{}); err != nil {
			return nil, err
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
}

func (r *measured) key() string { return fmt.Sprintf("%s %s %v", r.Set, r.Judged, r.Labels) }

func (r *measured) values() []float64 {
	vs := make([]float64, 0, len(r.Figures))
	for _, id := range sortedKeys(r.Figures) {
		vs = append(vs, r.Figures[id])
	}
	return vs
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func meanOf(vs []float64) float64 {
	sum := 0.0
	for _, v := range vs {
		sum += v
	}
	return sum / float64(max(len(vs), 1))
}

// measure ranks a set, with topics hidden and, where any item has one, with them.
func (c *evalCommand) measure(ctx context.Context, s judgedSet, settings recommend.Settings) ([]measured, error) {
	hidden := slices.Clone(s.items)
	topics := map[string][]string{}
	for i := range hidden {
		if len(hidden[i].Topics) > 0 {
			topics[hidden[i].ID], hidden[i].Topics = hidden[i].Topics, nil
		}
	}
	rows, err := c.rows(ctx, s, hidden, topics, false, settings)
	if err != nil || len(topics) == 0 || len(s.qrels) == 0 {
		return rows, err
	}
	labelled, err := c.rows(ctx, s, s.items, nil, true, settings)
	return append(rows, labelled...), err
}

func (c *evalCommand) rows(ctx context.Context, s judgedSet, items []recommend.Item, topics map[string][]string, labels bool, settings recommend.Settings) ([]measured, error) {
	corpus, err := engine.NewCorpus(items, settings)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.name, err)
	}
	rank := func(id string, k int) []string {
		if corpus.Has(id) {
			return corpus.Rank(id, k)
		}
		return corpus.RankItem(s.queries[id], k)
	}
	var rows []measured
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
		r, err := c.row(ctx, sources, func(id string) float64 { return judge.Score(rank(id, 10), judged[id]).NDCG10 })
		if err != nil {
			return nil, err
		}
		r.Set, r.Judged, r.Labels = s.name, strings.TrimSuffix(filepath.Base(name), ".tsv"), labels
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
			return judge.SharedTopic(rank(id, 5), topics[id], func(o string) []string { return topics[o] }, 5)
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
			rows, err := c.measure(ctx, s, settings)
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
	w := p.stdout
	fmt.Fprintf(w, "%-16s %-14s %-7s %7s %7s  %s\n", "set", "judged by", "topics", "sources", "mean", "95 %")
	for i := range all {
		vs := all[i].values()
		in := judge.Bootstrap(vs)
		fmt.Fprintf(w, "%-16s %-14s %-7s %7d %7.4f  %.4f to %.4f\n", all[i].Set, all[i].Judged, shownOr(all[i].Labels), len(vs), meanOf(vs), in.Low, in.High)
	}
	if c.Against != "" {
		b, err := os.ReadFile(c.Against)
		if err != nil {
			return err
		}
		var before []measured
		if err := json.Unmarshal(b, &before); err != nil {
			return fmt.Errorf("%s: not a run that --save wrote: %w", c.Against, err)
		}
		c.compare(p, "now, against "+filepath.Base(c.Against), before, all)
	}
	if c.Ablate {
		for _, a := range ablations {
			s := p.settings
			a.change(&s)
			without, err := measureAll(s)
			if err != nil {
				return err
			}
			c.compare(p, a.name, all, without)
		}
	}
	return nil
}

func shownOr(labels bool) string {
	if labels {
		return "shown"
	}
	return "hidden"
}

// compare prints how a run differs from another, source by source.
func (c *evalCommand) compare(p *program, name string, before, after []measured) {
	w := p.stdout
	fmt.Fprintf(w, "\n%s\n%-16s %-14s %-7s %8s  %s\n", name, "set", "judged by", "topics", "change", "95 %")
	logs, n, compared := 0.0, 0, 0
	for i := range after {
		at := slices.IndexFunc(before, func(r measured) bool { return r.key() == after[i].key() })
		if at < 0 {
			continue
		}
		compared++
		var changes []float64
		var was, is float64
		for _, id := range sortedKeys(after[i].Figures) {
			if b, ok := before[at].Figures[id]; ok {
				changes, was, is = append(changes, after[i].Figures[id]-b), was+b, is+after[i].Figures[id]
			}
		}
		in := judge.Bootstrap(changes)
		mark := ""
		if cmp.Compare(in.Low, 0) > 0 || in.High < 0 {
			mark = " *"
		}
		fmt.Fprintf(w, "%-16s %-14s %-7s %+8.4f  %+.4f to %+.4f%s\n", after[i].Set, after[i].Judged, shownOr(after[i].Labels), meanOf(changes), in.Low, in.High, mark)
		if was > 0 && is > 0 {
			logs, n = logs+math.Log(is/was), n+1
		}
	}
	if compared == 0 {
		fmt.Fprintln(w, "none of these sets is in both runs")
	}
	if n > 0 {
		fmt.Fprintf(w, "geometric mean of the ratios %.4f; * where the interval excludes 0\n", math.Exp(logs/float64(n)))
	}
}
