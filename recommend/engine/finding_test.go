package engine_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"akin/infra/test/storetest"
	"akin/recommend"
	"akin/recommend/engine"
)

func filedUnder(t interface{ Fatal(...any) }, e *site, id string) (all, own []string) {
	cards, err := e.reader.Cards(context.Background(), id)
	if err != nil || len(cards) != 1 {
		t.Fatal(id, cards, err)
	}
	it, err := e.reader.Item(context.Background(), id)
	if err != nil {
		t.Fatal(err)
	}
	return cards[0].Topics, it.Topics
}

// In any order of publishes, acts, undoing and rebuilds: a work has the topics that it is
// published with and those that editors gave it, a label ends when every version is
// published with it, nothing is damaged, and lists are exact.
func TestLabelsSurvivePublishes(t *testing.T) {
	slugs := []string{"cities", "ports", "work"}
	versions := map[string][]string{"one": {"one", "uno"}, "two": {"two"}}
	rapid.Check(t, func(rt *rapid.T) {
		ctx := context.Background()
		e := newEngine(t, storetest.NewMemory(), shortLists())
		published, labels := map[string][]string{}, map[string][]string{}
		put := func(id string, topics []string) {
			it := recommend.Item{ID: id, Title: "Flood walls and harbours " + id, Lang: "en", Topics: topics}
			if id == "uno" {
				it.TranslationOf, it.Lang = "one", "es"
			}
			if r := e.publisher.Put(ctx, it)[0]; r.Err != nil {
				rt.Fatal(r.Err)
			}
			published[id] = topics
		}
		ended := func() {
			for work, ids := range versions {
				labels[work] = slices.DeleteFunc(labels[work], func(l string) bool {
					return !slices.ContainsFunc(ids, func(id string) bool { return !slices.Contains(published[id], l) })
				})
			}
		}
		for _, id := range []string{"one", "uno", "two"} {
			put(id, nil)
		}
		e.put(t, recommend.Item{ID: "rest", Title: "Harbour dues", Lang: "en", Topics: slugs})
		rt.Repeat(map[string]func(*rapid.T){
			"publish": func(rt *rapid.T) {
				put(rapid.SampledFrom([]string{"one", "uno", "two"}).Draw(rt, "id"), rapid.SliceOfNDistinct(rapid.SampledFrom(slugs), 0, 2, rapid.ID).Draw(rt, "topics"))
				ended()
			},
			"label": func(rt *rapid.T) {
				work := rapid.SampledFrom([]string{"one", "two"}).Draw(rt, "work")
				want := rapid.SliceOfNDistinct(rapid.SampledFrom(slugs), 0, 2, rapid.ID).Draw(rt, "labels")
				c := recommend.Curation{}
				for _, s := range want {
					c.Labels = append(c.Labels, recommend.Decision{ID: s})
				}
				if _, err := e.publisher.Curate(ctx, work, c, engine.Edit{IfMatch: "*"}); err != nil {
					rt.Fatal(err)
				}
				labels[work] = want
				ended()
			},
			"index": func(rt *rapid.T) {
				if _, err := e.indexer.CatchUp(ctx); err != nil && !errors.Is(err, engine.ErrNoGeneration) {
					rt.Fatal(err)
				}
			},
			"reindex": func(rt *rapid.T) {
				if _, err := e.indexer.Reindex(ctx, engine.ReindexOptions{Force: true}); err != nil {
					rt.Fatal(err)
				}
			},
			"": func(rt *rapid.T) {
				for work, ids := range versions {
					c, err := e.reader.Curation(ctx, work)
					if err != nil {
						rt.Fatal(err)
					}
					var has []string
					for _, d := range c.Labels {
						has = append(has, d.ID)
					}
					if !slices.Equal(has, labels[work]) {
						rt.Fatalf("labels of %s: %v, want %v", work, has, labels[work])
					}
					for _, id := range ids {
						want := slices.Clone(published[id])
						for _, l := range labels[work] {
							if !slices.Contains(want, l) {
								want = append(want, l)
							}
						}
						all, own := filedUnder(rt, e, id)
						if !slices.Equal(all, want) || !slices.Equal(own, published[id]) {
							rt.Fatalf("%s has %v and is published with %v; want %v and %v", id, all, own, want, published[id])
						}
						for _, slug := range slugs {
							l, err := e.reader.Listing(ctx, slug, recommend.ListQuery{Limit: 20, Ungrouped: true})
							if err != nil {
								rt.Fatal(err)
							}
							if listed := slices.ContainsFunc(l.Items, func(c recommend.Card) bool { return c.ID == id }); listed != slices.Contains(want, slug) {
								rt.Fatalf("%s stands in the listing of %s: %v, with the topics %v", id, slug, listed, want)
							}
						}
					}
				}
			},
		})
		if _, err := e.indexer.Reindex(ctx, engine.ReindexOptions{Force: true}); err != nil {
			rt.Fatal(err)
		}
		damage, err := e.indexer.Walk(ctx)
		if err != nil || len(damage) > 0 {
			rt.Fatal(damage, err)
		}
		if ds, _, err := e.indexer.Check(ctx, nil); err != nil || len(ds) > 0 {
			rt.Fatal(ds, err)
		}
	})
}

func act(do string) engine.FindingAct {
	return engine.FindingAct{
		FindingID: engine.FindingID{Kind: "missing-topic", Topic: "harbours", Item: "one"}, Do: do, Evidence: "e1",
		Rulings: []engine.Ruling{{Action: engine.ActLabel, Item: "one", Target: "harbours"}}, To: "Ana Ruiz", Until: time.Now().AddDate(0, 0, 7),
	}
}

// An accepted finding does what it proposes and is done; undoing the act takes both back,
// undoing that makes both again. What was read before is refused.
func TestAcceptedFindingIsCarriedOutAndTakenBack(t *testing.T) {
	e := deskEngine(t)
	ctx := t.Context()
	key := act("").Key()
	hasLabel := func() bool {
		all, own := filedUnder(t, e, "one")
		if slices.Contains(own, "harbours") {
			t.Error("the item seems to be published with the topic")
		}
		return slices.Contains(all, "harbours")
	}
	if _, err := e.publisher.WorkFinding(ctx, act(engine.DoAccept), engine.Edit{By: "mar", IfMatch: "3"}); !errors.Is(err, recommend.ErrPrecondition) || hasLabel() {
		t.Fatalf("accepted over an old reading: %v", err)
	}
	etag, err := e.publisher.WorkFinding(ctx, act(engine.DoAccept), engine.Edit{By: "mar", Note: "yes", IfMatch: "0"})
	if err != nil || !hasLabel() {
		t.Fatalf("accept: %v, the item has the topic: %v", err, hasLabel())
	}
	all, err := e.reader.WorkedFindings(ctx)
	if f := all[key]; err != nil || f == nil || f.State != engine.FindingDone || f.By != "mar" || f.Text != "yes" || len(f.Did) != 1 || f.Did[0].Item != "one" || f.ETag != etag {
		t.Fatalf("after: %+v, %v", all[key], err)
	}
	audit, err := e.reader.Audit(ctx, 10)
	if err != nil || len(audit) != 2 || !slices.ContainsFunc(audit, func(a engine.Audited) bool { return a.Finding == key && a.By == "mar" }) {
		t.Fatalf("audit: %+v, %v", audit, err)
	}
	s := engine.Subject{Finding: key}
	for change, want := range []bool{false, true, false} {
		if _, err := e.publisher.Undo(ctx, s, uint64(change+1), engine.Edit{By: "ana", IfMatch: "*"}); err != nil || hasLabel() != want {
			t.Fatalf("undo of change %d: %v, the item has the topic: %v, want %v", change+1, err, hasLabel(), want)
		}
	}
	if h := history(t, e, s); len(h) != 4 || h[0].Undoes != 3 {
		t.Errorf("history: %+v", h)
	}
	// The CMS takes the topic over; then there is nothing to take back.
	if _, err := e.publisher.WorkFinding(ctx, act(engine.DoAccept), engine.Edit{IfMatch: "*"}); err != nil {
		t.Fatal(err)
	}
	e.put(t, recommend.Item{ID: "one", Title: "Flood walls and harbours", Lang: "en", Topics: []string{"ports", "harbours"}})
	var undo *engine.UndoError
	if _, err := e.publisher.Undo(ctx, s, 5, engine.Edit{IfMatch: "*"}); !errors.As(err, &undo) || !strings.Contains(undo.Field, "labels") {
		t.Errorf("undo of a label that ended: %v", err)
	}
}

// Dismissed findings stay away until their evidence changes in a later report, snoozed
// ones until their day; who is assigned stays through all that.
func TestFindingStates(t *testing.T) {
	e := deskEngine(t)
	ctx := t.Context()
	key, now := act("").Key(), time.Now()
	state := func(evidence string, made, now time.Time) string {
		all, err := e.reader.WorkedFindings(ctx)
		if err != nil {
			t.Fatal(err)
		}
		return all[key].StateAt(evidence, made, now)
	}
	work := func(do, note string) error {
		_, err := e.publisher.WorkFinding(ctx, act(do), engine.Edit{Note: note, IfMatch: "*"})
		return err
	}
	var invalid *recommend.InvalidError
	if err := work(engine.DoDismiss, " "); !errors.As(err, &invalid) || invalid.Field != "note" {
		t.Errorf("dismissed without a reason: %v", err)
	}
	for _, do := range []string{engine.DoAssign, engine.DoDismiss} {
		if err := work(do, "they differ"); err != nil {
			t.Fatal(err)
		}
	}
	later := now.Add(24 * time.Hour)
	for _, tt := range []struct{ evidence, want string }{{"e1", engine.FindingDismissed}, {"e2", engine.FindingOpen}} {
		if got := state(tt.evidence, later, later); got != tt.want {
			t.Errorf("dismissed, evidence %s: %s, want %s", tt.evidence, got, tt.want)
		}
	}
	if got := state("e2", now.Add(-time.Hour), later); got != engine.FindingDismissed {
		t.Errorf("an earlier report's evidence: %s", got)
	}
	if err := work(engine.DoSnooze, ""); err != nil {
		t.Fatal(err)
	}
	if a, b := state("e1", now, now), state("e1", now, now.AddDate(0, 0, 8)); a != engine.FindingSnoozed || b != engine.FindingOpen {
		t.Errorf("snoozed: %s, and a week later %s", a, b)
	}
	all, err := e.reader.WorkedFindings(ctx)
	if err != nil || all[key].Assigned != "Ana Ruiz" {
		t.Errorf("assigned to %q, %v", all[key].Assigned, err)
	}
}

// Of many who accept at once over one reading, one is right, and the label stands once.
func TestFindingsAreWorkedByOneAtATime(t *testing.T) {
	e := deskEngine(t)
	var wg sync.WaitGroup
	var mu sync.Mutex
	done, refused := 0, 0
	for i := range 8 {
		wg.Go(func() {
			_, err := e.publisher.WorkFinding(context.Background(), act(engine.DoAccept), engine.Edit{By: fmt.Sprint(i), IfMatch: "0"})
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				done++
			case errors.Is(err, recommend.ErrPrecondition):
				refused++
			default:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if c, err := e.reader.Curation(t.Context(), "one"); err != nil || len(c.Labels) != 1 || done != 1 || refused != 7 {
		t.Errorf("%d accepted, %d refused, %+v, %v", done, refused, c, err)
	}
}
