package engine_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"akin/infra/test/storetest"
	"akin/recommend"
	"akin/recommend/engine"
)

// deskEngine has three works, of which the second has a Spanish version.
func deskEngine(t testing.TB) *site {
	e := newEngine(t, storetest.NewMemory(), recommend.DefaultSettings())
	e.put(t,
		recommend.Item{ID: "one", Title: "Flood walls and harbours", Lang: "en", Topics: []string{"ports"}},
		recommend.Item{ID: "two", Title: "Flood gates and harbours", Lang: "en", Topics: []string{"ports"}},
		recommend.Item{ID: "dos", Title: "Compuertas y puertos", Lang: "es", Topics: []string{"ports"}, TranslationOf: "two"},
		recommend.Item{ID: "three", Title: "Harbour dues", Lang: "en", Topics: []string{"harbours"}},
	)
	return e
}

func history(t testing.TB, e *site, s engine.Subject) []engine.Change {
	t.Helper()
	changes, err := e.reader.History(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	return changes
}

// What was decided, by whom, and what was decided before is kept for both works
// of a block, latest first.
func TestHistoryKeepsWhatWasBefore(t *testing.T) {
	e := deskEngine(t)
	first := recommend.Curation{Blocks: []recommend.Decision{{ID: "dos"}}}
	tag, err := e.publisher.Curate(t.Context(), "one", first, engine.Edit{By: "mar", Note: "too close", IfMatch: "0"})
	if err != nil {
		t.Fatal(err)
	}
	if again, err := e.publisher.Curate(t.Context(), "one", first, engine.Edit{By: "ana", IfMatch: "*"}); again != tag || err != nil {
		t.Errorf("the same decisions again: %q, %v, want %q and no change", again, err, tag)
	}
	if _, err := e.publisher.Curate(t.Context(), "one", recommend.Curation{}, engine.Edit{By: "ana", IfMatch: tag}); err != nil {
		t.Fatal(err)
	}
	one := history(t, e, engine.Subject{Item: "one"})
	if len(one) != 2 || one[0].By != "ana" || one[1].By != "mar" || one[1].Note != "too close" {
		t.Fatalf("history of one: %+v", one)
	}
	var after recommend.Curation
	if err := json.Unmarshal(one[1].After, &after); err != nil {
		t.Fatal(err)
	}
	if b := after.Blocks[0]; b.ID != "two" || b.By != "mar" || b.At.IsZero() {
		t.Errorf("the block is kept as %+v, want two, signed by mar", b)
	}
	if diff := cmp.Diff(string(one[1].After), string(one[0].Before)); diff != "" {
		t.Errorf("what one change left is not what the next found:\n%s", diff)
	}
	two := history(t, e, engine.Subject{Item: "dos"})
	if len(two) != 2 || two[1].With != "one" || two[1].By != "mar" {
		t.Errorf("history of two: %+v, want two changes that came with one's", two)
	}
}

func TestHistoryIsBounded(t *testing.T) {
	e := deskEngine(t)
	for i := range engine.MaxHistory + 5 {
		c := recommend.Curation{Exclude: &recommend.Note{Text: fmt.Sprint(i)}}
		if _, err := e.publisher.Curate(t.Context(), "one", c, engine.Edit{IfMatch: "*"}); err != nil {
			t.Fatal(err)
		}
	}
	got := history(t, e, engine.Subject{Item: "one"})
	if len(got) != engine.MaxHistory || got[0].Number != engine.MaxHistory+5 || got[len(got)-1].Number != 6 {
		t.Errorf("%d changes from %d to %d, want %d up to %d", len(got), got[len(got)-1].Number, got[0].Number, engine.MaxHistory, engine.MaxHistory+5)
	}
	if _, err := e.publisher.Undo(t.Context(), engine.Subject{Item: "one"}, 3, engine.Edit{IfMatch: "*"}); !errors.Is(err, engine.ErrNoChange) {
		t.Errorf("undo of a change that is no longer kept: %v, want %v", err, engine.ErrNoChange)
	}
}

// Undo takes back what one change did, keeps what others did since, and
// refuses where that is no longer what the change left.
func TestUndo(t *testing.T) {
	e := deskEngine(t)
	s := engine.Subject{Item: "one"}
	note := func(text string) recommend.Note {
		return recommend.Note{By: "mar", Text: text, At: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	}
	pin, block, exclude := recommend.Decision{ID: "three", Note: note("pin")}, recommend.Decision{ID: "two", Note: note("block")}, note("exclude")
	steps := []recommend.Curation{
		{Pins: []recommend.Decision{pin}},
		{Pins: []recommend.Decision{pin}, Blocks: []recommend.Decision{block}},
		{Pins: []recommend.Decision{pin}, Blocks: []recommend.Decision{block}, Exclude: &exclude},
		{Blocks: []recommend.Decision{block}, Exclude: &exclude},
	}
	for _, c := range steps {
		if _, err := e.publisher.Curate(t.Context(), "one", c, engine.Edit{IfMatch: "*"}); err != nil {
			t.Fatal(err)
		}
	}
	var undo *engine.UndoError
	if _, err := e.publisher.Undo(t.Context(), s, 1, engine.Edit{IfMatch: "*"}); !errors.As(err, &undo) || undo.Field != "pins" {
		t.Errorf("undo of a pin that is gone: %v, want a refusal that names pins", err)
	}
	if _, err := e.publisher.Undo(t.Context(), s, 2, engine.Edit{IfMatch: "3"}); !errors.Is(err, recommend.ErrPrecondition) {
		t.Errorf("undo over an old reading: %v, want %v", err, recommend.ErrPrecondition)
	}
	tag, err := e.publisher.Undo(t.Context(), s, 2, engine.Edit{By: "ana", IfMatch: "4"})
	if err != nil || tag != "5" {
		t.Fatalf("undo of the block: %q, %v", tag, err)
	}
	got, err := e.reader.Curation(t.Context(), "one")
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Blocks) != 0 || got.Exclude == nil || len(got.Pins) != 0 {
		t.Errorf("after: %+v, want the exclusion alone", got)
	}
	other, err := e.reader.Curation(t.Context(), "two")
	if err != nil || len(other.Blocks) != 0 {
		t.Errorf("the other work still has %+v, %v", other.Blocks, err)
	}
	if last := history(t, e, s)[0]; last.Undoes != 2 || last.By != "ana" {
		t.Errorf("the history says %+v, want that ana undid change 2", last)
	}
	if _, err := e.publisher.Undo(t.Context(), s, 5, engine.Edit{IfMatch: "*"}); err != nil {
		t.Errorf("undo of the undo: %v", err)
	}
	if got, _ := e.reader.Curation(t.Context(), "one"); len(got.Blocks) != 1 || got.Blocks[0].At != block.At {
		t.Errorf("after undoing the undo: %+v, want the block as it was first made", got.Blocks)
	}
}

// Undoing the latest change restores what was before it, whatever it was.
func TestUndoOfTheLatestRestores(t *testing.T) {
	base := deskEngine(t)
	rapid.Check(t, func(rt *rapid.T) {
		e := base
		ctx := context.Background()
		draw := func() recommend.Curation {
			var c recommend.Curation
			pick := func(name string) []recommend.Decision {
				var ds []recommend.Decision
				for _, id := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"two", "three"}), 0, 2, rapid.ID).Draw(rt, name) {
					ds = append(ds, recommend.Decision{ID: id, Note: recommend.Note{Text: rapid.SampledFrom([]string{"", "x"}).Draw(rt, "note")}})
				}
				return ds
			}
			c.Pins, c.Blocks, c.NotByTopic = pick("pins"), pick("blocks"), pick("topics")
			if rapid.Bool().Draw(rt, "exclude") {
				c.Exclude = &recommend.Note{Text: "e"}
			}
			return c
		}
		if _, err := e.publisher.Curate(ctx, "one", draw(), engine.Edit{IfMatch: "*"}); err != nil {
			rt.Fatal(err)
		}
		before, err := e.reader.Curation(ctx, "one")
		if err != nil {
			rt.Fatal(err)
		}
		tag, err := e.publisher.Curate(ctx, "one", draw(), engine.Edit{By: "mar", IfMatch: before.ETag})
		if err != nil {
			rt.Fatal(err)
		}
		if tag == before.ETag {
			return
		}
		changes, err := e.reader.History(ctx, engine.Subject{Item: "one"})
		if err != nil {
			rt.Fatal(err)
		}
		if _, err := e.publisher.Undo(ctx, engine.Subject{Item: "one"}, changes[0].Number, engine.Edit{IfMatch: tag}); err != nil {
			rt.Fatal(err)
		}
		after, err := e.reader.Curation(ctx, "one")
		if err != nil {
			rt.Fatal(err)
		}
		sort := func(c *recommend.Curation) { // the order of blocks means nothing
			c.ETag = ""
			for _, ds := range [][]recommend.Decision{c.Blocks, c.NotByTopic} {
				if len(ds) == 2 && ds[0].ID > ds[1].ID {
					ds[0], ds[1] = ds[1], ds[0]
				}
			}
		}
		sort(before)
		sort(after)
		if diff := cmp.Diff(before, after); diff != "" {
			rt.Fatalf("undo did not restore (-before +after):\n%s", diff)
		}
	})
}

// Items of a merged topic are the other's, at once where items are listed and
// from the next generation on as evidence; undone, all is as before.
func TestMergedTopicCountsAsTheOther(t *testing.T) {
	e := sampled(t)
	reindex := func() {
		t.Helper()
		if _, err := e.indexer.Reindex(t.Context(), engine.ReindexOptions{Force: true}); err != nil {
			t.Fatal(err)
		}
		e.check(t)
	}
	ids := func(slug string) string {
		t.Helper()
		var all []string
		for cursor := ""; ; {
			l, err := e.reader.Listing(t.Context(), slug, recommend.ListQuery{Limit: 100, Cursor: cursor, Ungrouped: true})
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range l.Items {
				all = append(all, c.ID)
			}
			if cursor = l.NextCursor; cursor == "" {
				return strings.Join(all, " ")
			}
		}
	}
	ports, coasts := ids("ports"), ids("floods-and-coasts")
	related := func() string {
		t.Helper()
		var b strings.Builder
		for _, id := range strings.Fields(ports) {
			r, err := e.reader.Related(t.Context(), id, recommend.Query{Limit: 20, NoFill: true})
			if err != nil {
				t.Fatal(err)
			}
			for _, x := range r.Related {
				fmt.Fprintln(&b, id, x.ID, x.Score)
			}
		}
		return b.String()
	}
	lists := related()
	merge := recommend.TopicCuration{MergedInto: &recommend.Decision{ID: "floods-and-coasts", Note: recommend.Note{Text: "one desk"}}}
	tag, err := e.publisher.CurateTopic(t.Context(), "ports", merge, engine.Edit{By: "mar", IfMatch: "0"})
	if err != nil {
		t.Fatal(err)
	}
	topic, err := e.reader.Topic(t.Context(), "ports")
	if err != nil || topic.Slug != "floods-and-coasts" {
		t.Errorf("the topic is %+v, %v, want floods-and-coasts", topic, err)
	}
	merged := ids("floods-and-coasts")
	want := map[string]bool{}
	for _, id := range strings.Fields(ports + " " + coasts) {
		want[id] = true
	}
	if got := strings.Fields(merged); len(got) != len(want) || ids("ports") != merged {
		t.Errorf("%d items are listed, want those of both, %d, under both slugs", len(got), len(want))
	}
	f, err := e.reader.Facets(t.Context(), "ports", recommend.ListQuery{Ungrouped: true})
	if err != nil || f.Total != len(want) {
		t.Errorf("facets count %d, %v, want %d", f.Total, err, len(want))
	}
	id := strings.Fields(ports)[0]
	cards, err := e.reader.Cards(t.Context(), id)
	if err != nil || strings.Contains(strings.Join(cards[0].Topics, " "), "ports") {
		t.Errorf("the card of %s names %v, %v", id, cards[0].Topics, err)
	}
	if it, err := e.reader.Item(t.Context(), id); err != nil || !strings.Contains(strings.Join(it.Topics, " "), "ports") {
		t.Errorf("the item of %s reads back with %v, %v, want it as it was published", id, it.Topics, err)
	}
	e.put(t, recommend.Item{ID: "quay", Title: "Quays and cranes", Lang: "en", Topics: []string{"ports"}})
	e.check(t)
	reindex()
	if related() == lists {
		t.Error("the topics are no evidence for each other after a rebuild")
	}
	e.put(t, recommend.Item{ID: "crane", Title: "Cranes and quays", Lang: "en", Topics: []string{"ports"}})
	e.check(t)
	for _, circle := range []struct{ slug, into string }{{"floods-and-coasts", "ports"}, {"ports", "ports"}, {"ports", "nowhere"}} {
		c := recommend.TopicCuration{MergedInto: &recommend.Decision{ID: circle.into}}
		var invalid *recommend.InvalidError
		if _, err := e.publisher.CurateTopic(t.Context(), circle.slug, c, engine.Edit{IfMatch: "*"}); !errors.As(err, &invalid) || invalid.Field != "mergedInto.id" {
			t.Errorf("merging %s into %s: %v, want a refusal", circle.slug, circle.into, err)
		}
	}
	if _, err := e.publisher.Undo(t.Context(), engine.Subject{Topic: "ports"}, 1, engine.Edit{IfMatch: tag}); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"quay", "crane"} {
		if r := e.publisher.Withdraw(t.Context(), id, 0); r.Err != nil {
			t.Fatal(r.Err)
		}
	}
	reindex()
	if ids("ports") != ports || ids("floods-and-coasts") != coasts || related() != lists {
		t.Error("undone, the listings or lists are not as before")
	}
}

// A topic that would stand below itself is refused, and so is one above another
// that it is merged into.
func TestMergeIntoATopicBelowIsRefused(t *testing.T) {
	e := deskEngine(t)
	err := e.publisher.PutTopics(t.Context(), recommend.Topic{Slug: "harbours", Title: "Harbours", Parent: "ports"}, recommend.Topic{Slug: "ports", Title: "Ports"})
	if err != nil {
		t.Fatal(err)
	}
	var invalid *recommend.InvalidError
	c := recommend.TopicCuration{MergedInto: &recommend.Decision{ID: "harbours"}}
	if _, err := e.publisher.CurateTopic(t.Context(), "ports", c, engine.Edit{IfMatch: "*"}); !errors.As(err, &invalid) {
		t.Errorf("merging a topic into one below it: %v, want a refusal", err)
	}
	c.MergedInto.ID = "ports"
	if _, err := e.publisher.CurateTopic(t.Context(), "harbours", c, engine.Edit{IfMatch: "*"}); err != nil {
		t.Errorf("merging a topic into the one above: %v", err)
	}
}

// What editors feature stands in place of what the description does, in their
// order, and is not lost when the topic is described anew.
func TestFeaturedByEditors(t *testing.T) {
	e := deskEngine(t)
	describe := func() {
		t.Helper()
		if err := e.publisher.PutTopics(t.Context(), recommend.Topic{Slug: "ports", Title: "Ports", Featured: []string{"one"}}); err != nil {
			t.Fatal(err)
		}
	}
	describe()
	featured := func() string {
		t.Helper()
		topic, err := e.reader.Topic(t.Context(), "ports")
		if err != nil {
			t.Fatal(err)
		}
		return strings.Join(topic.Featured, " ")
	}
	c := recommend.TopicCuration{Featured: []recommend.Decision{{ID: "three"}, {ID: "two"}, {ID: "one", Note: recommend.Note{Expires: time.Unix(1, 0)}}}}
	if _, err := e.publisher.CurateTopic(t.Context(), "ports", c, engine.Edit{By: "mar", IfMatch: "0"}); err != nil {
		t.Fatal(err)
	}
	describe()
	if got := featured(); got != "three two" {
		t.Errorf("featured: %q, want three two: the third is over", got)
	}
	if _, err := e.publisher.Undo(t.Context(), engine.Subject{Topic: "ports"}, 1, engine.Edit{IfMatch: "1"}); err != nil {
		t.Fatal(err)
	}
	if got := featured(); got != "one" {
		t.Errorf("undone: %q, want what the description says", got)
	}
	c.Featured = []recommend.Decision{{ID: "nope"}}
	var invalid *recommend.InvalidError
	if _, err := e.publisher.CurateTopic(t.Context(), "ports", c, engine.Edit{IfMatch: "*"}); !errors.As(err, &invalid) || invalid.Field != "featured[0].id" {
		t.Errorf("an unknown item: %v, want featured[0].id", err)
	}
}

// The audit holds the changes of all works and topics, latest first, both sides of
// a block, also where nothing is decided any more, and no more than asked for.
func TestAuditHoldsAllChanges(t *testing.T) {
	e := deskEngine(t)
	if all, err := e.reader.Audit(t.Context(), 10); err != nil || len(all) != 0 {
		t.Fatalf("of nothing: %v, %v", all, err)
	}
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	var err error
	if e.publisher, err = engine.NewPublisher(e.store, recommend.DefaultSettings(), engine.PublisherOptions{Now: func() time.Time { return now }}); err != nil {
		t.Fatal(err)
	}
	edit := func(by string) engine.Edit {
		now = now.Add(time.Minute)
		return engine.Edit{By: by, Note: "why " + by, IfMatch: "*"}
	}
	for _, by := range []string{"ana", "leo"} {
		c := recommend.Curation{}
		if by == "ana" {
			c.Blocks = []recommend.Decision{{ID: "two"}}
		}
		if _, err := e.publisher.Curate(t.Context(), "one", c, edit(by)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := e.publisher.CurateTopic(t.Context(), "ports", recommend.TopicCuration{MergedInto: &recommend.Decision{ID: "harbours"}}, edit("mar")); err != nil {
		t.Fatal(err)
	}
	for limit, want := range map[int][]string{
		10: {"mar  ports", "leo one ", "leo two ", "ana one ", "ana two "},
		3:  {"mar  ports", "leo one ", "leo two "},
	} {
		all, err := e.reader.Audit(t.Context(), limit)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, c := range all {
			got = append(got, c.By+" "+c.Item+" "+c.Topic)
			if c.Note != "why "+c.By {
				t.Errorf("%+v: why is not told", c)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("the last %d (-want +got):\n%s", limit, diff)
		}
	}
}
