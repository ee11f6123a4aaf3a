package akin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"akin/functions/web/editors"
	"akin/recommend"
	"akin/recommend/engine"
	"akin/recommend/judge"
	"akin/recommend/preview"
)

// printedChanges is how many changed lists are printed for people.
const printedChanges = 20

// An outcome is what a dry run finds that would become of the lists.
type outcome struct {
	Lists   int                   `json:"lists"`   // compared
	Changed []listChange          `json:"changed"` // by id
	Topics  []preview.TopicChange `json:"topics,omitempty"`
	Rebuilt *outcome              `json:"rebuilt,omitempty"` // after the next rebuild, where lists change with it
	Gates   []recommend.Gate      `json:"gates,omitempty"`
	Before  *quality              `json:"before,omitempty"`
	After   *quality              `json:"after,omitempty"`

	titles map[string]string // of items, by id
}

// A listChange is what would become of the first entries of one list. Where
// both Enter and Leave are empty, only their order changes.
type listChange struct {
	Item  string   `json:"item"`
	Enter []string `json:"enter,omitempty"` // ids, best first
	Leave []string `json:"leave,omitempty"`
}

// A quality is how good lists are by judgements.
type quality struct {
	NDCG5   float64 `json:"ndcg5"`
	NDCG10  float64 `json:"ndcg10"`
	Sources int     `json:"sources"`
}

// compare finds out how the lists of after differ from those of before.
func compare(ctx context.Context, before, after *engine.Reader, qrels string) (*outcome, error) {
	titles := map[string]string{}
	for _, r := range []*engine.Reader{before, after} {
		for it, err := range r.All(ctx) {
			if err != nil {
				return nil, err
			}
			titles[it.ID] = it.Title
		}
	}
	changes, err := preview.CompareLists(ctx, before, after, slices.Sorted(maps.Keys(titles)), time.Time{}, map[string]recommend.Card{})
	if err != nil {
		return nil, err
	}
	o := &outcome{Lists: len(changes), Changed: []listChange{}, titles: titles}
	for _, c := range changes {
		if !c.Same() {
			o.Changed = append(o.Changed, listChange{Item: c.Item, Enter: c.Enter, Leave: c.Leave})
		}
	}
	if qrels == "" {
		return o, nil
	}
	if o.Before, err = judgeLists(ctx, before, qrels); err != nil {
		return nil, err
	}
	o.After, err = judgeLists(ctx, after, qrels)
	return o, err
}

// topicPages adds what rulings would do to the pages of topics, and, where topics
// would count as others, to lists with the next rebuild, which is made on e.
func (o *outcome) topicPages(ctx context.Context, before *engine.Reader, e *opened, rulings []engine.Ruling) error {
	var topics []string
	merge := false
	for _, r := range rulings {
		switch r.Action {
		case engine.ActFeature:
			topics = append(topics, r.Target)
		case engine.ActMerge:
			topics, merge = append(topics, r.Item, r.Target), true
		}
	}
	slices.Sort(topics)
	var err error
	if o.Topics, err = preview.CompareTopics(ctx, before, e.reader, slices.Compact(topics)); err != nil || !merge {
		return err
	}
	status, err := before.Status(ctx)
	if err != nil || status.Generation == 0 {
		return err
	}
	if _, err := e.indexer.Reindex(ctx, engine.ReindexOptions{Force: true}); err != nil {
		return err
	}
	o.Rebuilt, err = compare(ctx, before, e.reader, "")
	return err
}

// judgeLists measures the similar entries of the lists that readers get.
func judgeLists(ctx context.Context, r *engine.Reader, qrels string) (*quality, error) {
	f, err := os.Open(qrels)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	order, judgements, err := judge.Read(f, qrels)
	if err != nil {
		return nil, err
	}
	var all []judge.Figures
	for _, id := range judgements.Sources(order, func(string) bool { return true }) {
		answer, err := r.Related(ctx, id, recommend.Query{Limit: 10, NoFill: true})
		if errors.Is(err, recommend.ErrNotFound) || errors.Is(err, recommend.ErrWithdrawn) {
			answer, err = &recommend.Related{}, nil
		}
		if err != nil {
			return nil, err
		}
		ranked := make([]string, len(answer.Related))
		for i, e := range answer.Related {
			ranked[i] = e.ID
		}
		all = append(all, judge.Score(ranked, judgements[id]))
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%s: no source has a related item", qrels)
	}
	m := judge.Mean(all)
	return &quality{NDCG5: m.NDCG5, NDCG10: m.NDCG10, Sources: len(all)}, nil
}

// print says what would become of the lists, for people.
func (o *outcome) print(w io.Writer) {
	printGates(w, o.Gates)
	o.printLists(w, "lists changed")
	for _, c := range o.Topics {
		fmt.Fprintf(w, "topic %s: %s\n", c.Topic, topicMoves(&c))
	}
	if o.Rebuilt != nil {
		o.Rebuilt.printLists(w, "lists changed after the next rebuild")
	}
	if o.Before != nil && o.After != nil {
		fmt.Fprintf(w, "nDCG@5 %.4f, before %.4f; nDCG@10 %.4f, before %.4f; %s judged\n",
			o.After.NDCG5, o.Before.NDCG5, o.After.NDCG10, o.Before.NDCG10, count(o.After.Sources, "source"))
	}
}

// topicMoves says what would become of the page of a topic.
func topicMoves(c *preview.TopicChange) string {
	if c.After.LeadsTo != "" {
		return "leads to the page of " + c.After.LeadsTo
	}
	var said []string
	if c.Before.LeadsTo != "" {
		said = append(said, "leads to the page of "+c.Before.LeadsTo+" no more")
	}
	if c.Moved > 0 {
		more := ""
		if c.After.More {
			more = " or more"
		}
		said = append(said, fmt.Sprintf("%d works%s, before %d", c.After.Works, more, c.Before.Works))
	}
	if !slices.Equal(c.Before.Featured, c.After.Featured) {
		said = append(said, "features "+strings.Join(c.After.Featured, " "))
	}
	return strings.Join(said, "; ")
}

func (o *outcome) printLists(w io.Writer, what string) {
	fmt.Fprintf(w, "%s: %d of %d, by their first %d entries\n", what, len(o.Changed), o.Lists, preview.Entries)
	for i, c := range o.Changed {
		if i == printedChanges {
			fmt.Fprintf(w, "  and %d more\n", len(o.Changed)-i)
			break
		}
		var moves []string
		for _, id := range c.Enter {
			moves = append(moves, "+"+id)
		}
		for _, id := range c.Leave {
			moves = append(moves, "-"+id)
		}
		if len(moves) == 0 {
			moves = []string{"another order"}
		}
		fmt.Fprintf(w, "  %s: %s\n", c.Item, strings.Join(moves, " "))
	}
}

// dryRun rebuilds over the store, which is not written to, and compares.
func (c *reindexCommand) dryRun(ctx context.Context, p *program) error {
	return p.withTrial(ctx, false, func(e *opened, before *engine.Reader) error {
		bar := p.progress()
		g, err := e.indexer.Reindex(ctx, engine.ReindexOptions{Force: true, Progress: bar.at})
		bar.end()
		if err != nil {
			return err
		}
		o, err := compare(ctx, before, e.reader, c.Qrels)
		if err != nil {
			return err
		}
		o.Gates = g.Gates
		if err := o.write(p, c.JSON, c.HTML, "akin reindex --dry-run"); err != nil || c.JSON {
			return err
		}
		fmt.Fprintf(p.stdout, "dry run: %s related, nothing was switched\n", count(g.Items, "item"))
		return nil
	})
}

// write prints an outcome for people, or as JSON, and writes it as a page to a
// file if that has a name.
func (o *outcome) write(p *program, asJSON bool, file, command string) error {
	if file != "" {
		f, err := os.Create(file)
		if err != nil {
			return err
		}
		if err := errors.Join(editors.WriteDryRun(f, o.page(command)), f.Close()); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
	}
	if asJSON {
		return writeJSON(p.stdout, o)
	}
	o.print(p.stdout)
	return nil
}

// page returns an outcome as the page has it.
func (o *outcome) page(command string) *editors.DryRun {
	d := &editors.DryRun{Command: command, At: time.Now(), Lists: o.Lists, Gates: o.Gates}
	if o.Rebuilt != nil {
		d.Rebuilt = o.Rebuilt.page(command).Changed
		d.WithRebuilt = true
	}
	if strings.HasPrefix(os.Getenv("LANG"), "es") {
		d.In = "es"
	}
	named := func(ids []string) (out []editors.DryRunItem) {
		for _, id := range ids {
			out = append(out, editors.DryRunItem{ID: id, Title: o.titles[id]})
		}
		return out
	}
	for _, c := range o.Topics {
		d.Topics = append(d.Topics, editors.DryRunTopic{Topic: c.Topic, Moves: c, Enter: named(c.Enter), Leave: named(c.Leave), Featured: named(c.After.Featured)})
	}
	for _, c := range o.Changed {
		d.Changed = append(d.Changed, editors.DryRunList{Item: named([]string{c.Item})[0], Enter: named(c.Enter), Leave: named(c.Leave)})
	}
	if o.Before != nil && o.After != nil {
		d.Figures = []editors.DryRunFigure{
			{Name: "nDCG@5", Before: o.Before.NDCG5, After: o.After.NDCG5}, {Name: "nDCG@10", Before: o.Before.NDCG10, After: o.After.NDCG10},
		}
		d.Judged = o.After.Sources
	}
	return d
}
