package akin

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"akin/recommend"
)

type whyCommand struct {
	ID    string `arg:"" help:"Id of the item whose list it is."`
	Other string `arg:"" help:"Id of the item that is in it, or is not."`
	Limit int    `help:"Entries of the list, 1 to 50." default:"6"`
	JSON  bool   `name:"json" help:"Print what GET /v1/items/ID/why/OTHER answers."`
}

func (whyCommand) Help() string {
	return `Tells the rank and score of OTHER among all works, the terms that the two share and what each gives, what each says that the
other does not, what keeps OTHER out of the list, and what would bring it in. It reads the terms of all items, which takes
a second for some ten thousand.

Examples:
  akin why cool-by-noon reading-a-budget
  akin why cool-by-noon reading-a-budget --limit 20 --json`
}

func (c *whyCommand) Run(ctx context.Context, p *program) error {
	if c.Limit < 1 || c.Limit > 50 {
		return &usageError{fmt.Sprintf("--limit %d: want 1 to 50", c.Limit)}
	}
	return p.withView(ctx, false, func(e *opened) error {
		w, err := e.indexer.Why(ctx, c.ID, c.Other, recommend.Query{Limit: c.Limit})
		if err != nil {
			return err
		}
		if c.JSON {
			return writeJSON(p.stdout, w)
		}
		return printWhy(p.stdout, w)
	})
}

func printWhy(out io.Writer, w *recommend.Why) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%s\n\n", heading(w.Other.Title, w.Other.Summary), strings.Join(nonEmpty(w.Other.ID, w.Other.Lang, w.Other.Date), " · "))
	if w.Place > 0 {
		fmt.Fprintf(&b, "It is number %d in the list of %s, as %s.\n", w.Place, w.Item, w.Tier)
	} else {
		fmt.Fprintf(&b, "It is not in the list of %s.\n", w.Item)
	}
	for _, h := range w.Holds {
		fmt.Fprintf(&b, "  %s\n", holdText(h))
	}
	if w.Rank > 0 {
		fmt.Fprintf(&b, "Rank %d of %d works, of which %d share something with it; lists take scores from %v.\n", w.Rank, w.Works, w.Sharing, w.Least)
	}
	fmt.Fprintf(&b, "\n%v  score\n", w.Score)
	for _, r := range w.Why {
		fmt.Fprintf(&b, "%v  %s\n", r.Part, r.Term)
	}
	for _, l := range []struct {
		of    string
		terms []recommend.Reason
	}{{w.Item, w.ItemOnly}, {w.Other.ID, w.OtherOnly}} {
		var terms []string
		for _, r := range l.terms {
			terms = append(terms, r.Term)
		}
		if len(terms) > 0 {
			fmt.Fprintf(&b, "\nOnly in %s: %s\n", l.of, strings.Join(terms, ", "))
		}
	}
	_, err := io.WriteString(out, b.String())
	return err
}

// holdText says what keeps a work out of a list, and what would bring it in.
func holdText(h recommend.Hold) string {
	day := h.Until.UTC().Format(time.DateOnly)
	text := map[recommend.HoldKind]string{
		recommend.HoldSame:      "It is a language version of the same work.",
		recommend.HoldUnseen:    "Readers do not see this list before " + day + ".",
		recommend.HoldWithdrawn: "It is withdrawn: publish it again.",
		recommend.HoldPending:   "A change to one of the two is on its way into the lists: ask again.",
		recommend.HoldEmbargo:   "It is under embargo until " + day + ".",
		recommend.HoldFilter:    "It does not pass the filter " + h.Name + ".",
		recommend.HoldBlock:     "An editor blocked the two for each other: remove the block.",
		recommend.HoldExclude:   "An editor keeps it out of all lists: allow it again.",
		recommend.HoldNoSimilar: "An editor wants no similar works in this list: allow them again, or pin it.",
		recommend.HoldVersion:   "The list shows another language version of it, " + h.Item + ".",
		recommend.HoldAge:       "It is too old for the type " + h.Name + ": pin it, or change lists.maxAge.",
		recommend.HoldNothing:   "The two have nothing in common: give both a topic that they share, or pin it.",
		recommend.HoldThreshold: "The two have too little in common: it needs a score of " + h.Needs.String() + ", or a pin.",
		recommend.HoldCopy:      "It says nearly the same as " + h.Item + ", which is in the list: block that one, or pin it.",
		recommend.HoldAuthor:    "Works by " + h.Name + " have their share of the list: change lists.share, or pin it.",
		recommend.HoldSeries:    "Works of its series have their share of the list: change lists.share, or pin it.",
		recommend.HoldExposure:  "A work that scores nearly the same and that fewer lists show has its place: change lists.exposure, or pin it.",
		recommend.HoldRank:      "The list is full of works that are closer: it needs a score of " + h.Needs.String() + ", or a pin.",
		recommend.HoldStored:    "So many works are closer that it is not kept as a candidate: pin it.",
	}[h.Kind]
	if h.Kind == recommend.HoldRank && h.Needs == 0 {
		text = "The list is full of pinned works: pin it before them."
	}
	if h.Boost > 0 {
		text += fmt.Sprintf(" A boost of %.2f would do.", h.Boost)
	}
	if note := strings.Trim(h.By+": "+h.Note, ": "); note != "" {
		text += " (" + note + ")"
	}
	return text
}
