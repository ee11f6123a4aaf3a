package akin

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"akin/infra/memory"
	"akin/recommend"
	"akin/recommend/engine"
)

type relatedCommand struct {
	ID     string   `arg:"" help:"Id of an item."`
	Also   []string `arg:"" optional:"" help:"Ids of more items that entries are to be like."`
	Not    []string `help:"Id of an item that entries are not to be like; may repeat." placeholder:"ID" sep:"none"`
	Limit  int      `help:"Most entries, 1 to 50." default:"6"`
	Type   []string `help:"Only items of this type; may repeat." sep:"none"`
	Topic  []string `help:"Only items of this topic; may repeat." sep:"none"`
	Lang   []string `help:"Only items in this language; may repeat." sep:"none"`
	Author []string `help:"Only items of this author; may repeat." sep:"none"`
	Since  string   `help:"Only items of this time or later: 2024, 2024-03, 2024-03-26 or RFC 3339." aliases:"from" placeholder:"TIME"`
	Until  string   `help:"Only items before this time." aliases:"to" placeholder:"TIME"`
	NoFill bool     `help:"Do not fill up short lists with entries of the same topic and the latest items."`
	JSON   bool     `name:"json" help:"Print what GET /v1/items/ID/related answers."`
	Items  []string `help:"Relate the items of this file, without a store; may repeat." placeholder:"FILE" sep:"none"`
	Demo   bool     `help:"Relate the items of the sample corpus, without a store or a file."`

	tableFlags   `embed:""`
	since, until time.Time
}

func (relatedCommand) Help() string {
	return `Each entry names its tier: pinned by an editor, similar in its words, or added from the same topic or the latest items
to fill the list. Similar entries say why: the terms they share, whose parts add up to the score.

With several items, an entry scores the mean of its scores with each, less half of those with items that it is not to be like
over as many; it is similar to one of them at least.

Examples:
  akin related cool-by-noon --items testdata/corpus/items.jsonl
  akin related cool-by-noon --demo --limit 10
  akin related cool-by-noon heat-tenants-right-cooling --not night-heat-libraries --demo
  akin related cool-by-noon --json --type Reports`
}

func (c *relatedCommand) Run(ctx context.Context, p *program) error {
	if c.Limit < 1 || c.Limit > 50 {
		return &usageError{fmt.Sprintf("--limit %d: want 1 to 50", c.Limit)}
	}
	for _, bound := range []struct {
		flag, value string
		at          *time.Time
	}{{"--since", c.Since, &c.since}, {"--until", c.Until, &c.until}} {
		var err error
		if bound.value == "" {
			continue
		}
		if *bound.at, err = recommend.ParseBound(bound.value); err != nil {
			return &usageError{fmt.Sprintf("%s %s: %v", bound.flag, bound.value, err)}
		}
	}
	if len(c.Items) == 0 && !c.Demo {
		return p.withView(ctx, false, func(e *opened) error { return c.print(ctx, p, e) })
	}
	e, err := p.newEngine(memory.New())
	if err != nil {
		return err
	}
	in := p.newIntake(e)
	if in.options, err = c.options(); err != nil {
		return err
	}
	if c.Demo {
		if err := in.sample(ctx); err != nil {
			return err
		}
	}
	if err := in.files(ctx, c.Items); err != nil {
		return err
	}
	bar := p.progress()
	_, err = e.indexer.Reindex(ctx, engine.ReindexOptions{Progress: bar.at})
	bar.end()
	if err != nil {
		return err
	}
	if err := c.print(ctx, p, e); err != nil {
		return err
	}
	if in.rejected > 0 {
		return errReported
	}
	return nil
}

func (c *relatedCommand) print(ctx context.Context, p *program, e *opened) error {
	r, err := e.reader.Related(ctx, c.ID, recommend.Query{
		Also: c.Also, Not: c.Not, Limit: c.Limit, Types: c.Type, Topics: c.Topic, Langs: c.Lang, NoFill: c.NoFill, Authors: c.Author, Since: c.since, Until: c.until,
	})
	if err != nil {
		return err
	}
	if c.JSON {
		return writeJSON(p.stdout, r)
	}
	var sources []*recommend.Stored
	for _, id := range append([]string{c.ID}, c.Also...) {
		source, err := e.reader.Item(ctx, id)
		if err != nil {
			return err
		}
		sources = append(sources, source)
	}
	if err := printRelated(p.stdout, sources, r); err != nil {
		return err
	}
	return printOdds(ctx, p.stdout, e.reader, r)
}

// writeJSON writes v as the API does: on one line, with characters as they are.
func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

func printRelated(out io.Writer, sources []*recommend.Stored, r *recommend.Related) error {
	var b strings.Builder
	for _, source := range sources {
		fmt.Fprintln(&b, heading(source.Title, source.Summary))
		fmt.Fprintln(&b, strings.Join(nonEmpty(source.ID, source.Lang, source.Date, strings.Join(source.Types, ", ")), " · "))
	}
	if len(r.Not) > 0 {
		fmt.Fprintf(&b, "not like %s\n", strings.Join(r.Not, ", "))
	}
	for _, t := range r.Translations {
		fmt.Fprintf(&b, "also in %s: %s · %s\n", t.Lang, heading(t.Title, ""), t.ID)
	}
	fmt.Fprintln(&b)
	if len(r.Related) == 0 {
		fmt.Fprintln(&b, "Nothing is related to it.")
	}
	for i, e := range r.Related {
		score := strings.Repeat(" ", 5)
		if e.Tier == recommend.TierSimilar {
			score = fmt.Sprintf("%.3f", float64(e.Score)/1e6)
		}
		fmt.Fprintf(&b, "%2d  %s  %s\n", i+1, score, heading(e.Title, e.Summary))
		fmt.Fprintf(&b, "           %s\n", strings.Join(nonEmpty(e.ID, e.Lang, e.Date, string(e.Tier)), " · "))
		var why []string
		for _, w := range e.Why {
			why = append(why, fmt.Sprintf("%s %.3f", w.Term, float64(w.Part)/1e6))
		}
		if len(why) > 0 {
			fmt.Fprintf(&b, "           %s\n", strings.Join(why, ", "))
		}
	}
	if r.Generation == 0 {
		fmt.Fprintln(&b, "\nThere are no lists yet: akin reindex makes them.")
	}
	_, err := io.WriteString(out, b.String())
	return err
}

// printOdds says what "similar" means in an answer that has such entries.
func printOdds(ctx context.Context, out io.Writer, reader *engine.Reader, r *recommend.Related) error {
	if !slices.ContainsFunc(r.Related, func(e recommend.Entry) bool { return e.Tier == recommend.TierSimilar }) {
		return nil
	}
	gs, err := reader.Generations(ctx)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(gs, func(g recommend.Generation) bool { return g.Number == r.Generation })
	if at < 0 || gs[at].Odds == 0 {
		return nil
	}
	_, err = fmt.Fprintf(out, "\nSimilar from %.3f: there the odds are %g to 1 at least that a likeness is not chance.\n", float64(gs[at].Threshold)/1e6, gs[at].Odds)
	return err
}

// heading is what an item is called where it has a title or not.
func heading(title, summary string) string {
	if title != "" {
		return title
	}
	words := strings.Fields(summary)
	if len(words) > 8 {
		words = append(words[:8:8], "…")
	}
	return strings.TrimSpace("(no title) " + strings.Join(words, " "))
}

func nonEmpty(parts ...string) []string {
	var kept []string
	for _, s := range parts {
		if s != "" {
			kept = append(kept, s)
		}
	}
	return kept
}

type topicCommand struct {
	Slug      string   `arg:"" help:"Slug of a topic."`
	Type      []string `help:"Only items of this type; may repeat." sep:"none"`
	Author    string   `help:"Only items of this author."`
	Lang      string   `help:"Only items in this language."`
	Ungrouped bool     `help:"List the language versions of a work separately."`
	Limit     int      `help:"Most entries; 0 for all." default:"0"`
	JSON      bool     `name:"json" help:"Print what GET /v1/topics/SLUG/items answers, in one piece."`
}

func (topicCommand) Help() string {
	return `Items of the topics below it count too.

Examples:
  akin topic heat
  akin topic heat --type Reports --json`
}

func (c *topicCommand) Run(ctx context.Context, p *program) error {
	if c.Limit < 0 {
		return &usageError{fmt.Sprintf("--limit %d: want 0 or more", c.Limit)}
	}
	return p.withView(ctx, false, func(e *opened) error {
		topic, err := e.reader.Topic(ctx, c.Slug)
		if err != nil {
			return err
		}
		q := recommend.ListQuery{Types: c.Type, Author: c.Author, Lang: c.Lang, Ungrouped: c.Ungrouped}
		l, err := listAll(ctx, e.reader, c.Slug, q, c.Limit)
		if err != nil {
			return err
		}
		if c.JSON {
			return writeJSON(p.stdout, l)
		}
		return printTopic(p.stdout, topic, l)
	})
}

// listAll reads a listing page by page, limit entries at most; 0: all.
func listAll(ctx context.Context, r *engine.Reader, slug string, q recommend.ListQuery, limit int) (*recommend.Listing, error) {
	all := &recommend.Listing{Items: []recommend.Card{}}
	for {
		q.Limit = 100
		if limit > 0 {
			q.Limit = min(100, limit-len(all.Items))
		}
		page, err := r.Listing(ctx, slug, q)
		if err != nil {
			return nil, err
		}
		all.Items = append(all.Items, page.Items...)
		all.NextCursor = page.NextCursor
		if page.NextCursor == "" || len(all.Items) == limit {
			return all, nil
		}
		q.Cursor = page.NextCursor
	}
}

func printTopic(out io.Writer, t *recommend.Topic, l *recommend.Listing) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%s · %s", heading(t.Title, ""), t.Slug, count(len(l.Items), "work"))
	if l.NextCursor != "" {
		b.WriteString(" of more")
	}
	b.WriteString("\n\n")
	for _, card := range l.Items {
		fmt.Fprintf(&b, "%-10s  %s\n", card.Date, heading(card.Title, card.Summary))
		fmt.Fprintf(&b, "            %s\n", strings.Join(nonEmpty(card.ID, card.Lang, strings.Join(card.Types, ", ")), " · "))
		for _, v := range card.Translations {
			fmt.Fprintf(&b, "            also in %s: %s · %s\n", v.Lang, heading(v.Title, ""), v.ID)
		}
	}
	_, err := io.WriteString(out, b.String())
	return err
}
