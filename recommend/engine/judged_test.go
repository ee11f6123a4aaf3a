package engine_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"akin/infra/memory"
	"akin/recommend"
	"akin/recommend/engine"
	"akin/recommend/judge"
)

// A judgement is of works, whichever version it was given by. The latest of a pair holds,
// it can be taken back and undone, and it changes no list.
func TestJudge(t *testing.T) {
	e := deskEngine(t)
	judged := func(want judge.Judgements) {
		t.Helper()
		got, err := e.reader.Judgements(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if diff := gocmp.Diff(want, got); diff != "" {
			t.Errorf("judged (-want +got):\n%s", diff)
		}
	}
	say := func(id, other, verdict string) error {
		_, err := e.publisher.Judge(t.Context(), id, other, verdict, engine.Edit{By: "ana"})
		return err
	}
	for _, s := range [][3]string{{"one", "dos", engine.ActBelongs}, {"one", "three", engine.ActBelongs}, {"one", "three", engine.ActBelongsNot}, {"dos", "one", engine.ActBelongsNot}} {
		if err := say(s[0], s[1], s[2]); err != nil {
			t.Fatal(err)
		}
	}
	judged(judge.Judgements{"one": {"two": 2, "three": 0}, "two": {"one": 0}})
	c, err := e.reader.Curation(t.Context(), "one")
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Belongs) != 1 || c.Belongs[0].By != "ana" || c.Belongs[0].At.IsZero() || len(c.BelongsNot) != 1 {
		t.Errorf("stored: %+v", c)
	}
	if _, err := e.publisher.Undo(t.Context(), engine.Subject{Item: "one"}, 3, engine.Edit{By: "leo", IfMatch: "*"}); err != nil {
		t.Fatal(err)
	}
	if err := say("dos", "one", ""); err != nil {
		t.Fatal(err)
	}
	judged(judge.Judgements{"one": {"two": 2, "three": 2}})
	for _, s := range [][4]string{{"one", "one", engine.ActBelongs, "belongs[2].id"}, {"two", "dos", engine.ActBelongs, "belongs[0].id"}, {"one", "nope", engine.ActBelongs, "other"}, {"one", "two", "maybe", "verdict"}} {
		var invalid *recommend.InvalidError
		if err := say(s[0], s[1], s[2]); !errors.As(err, &invalid) || invalid.Field != s[3] {
			t.Errorf("%v: %v, want field %s", s[:3], err, s[3])
		}
	}
	if err := say("nope", "one", engine.ActBelongs); !errors.Is(err, recommend.ErrNotFound) {
		t.Errorf("beside an item that is not there: %v", err)
	}
	_, err = e.publisher.Curate(t.Context(), "one", recommend.Curation{Belongs: []recommend.Decision{{ID: "two"}}, BelongsNot: []recommend.Decision{{ID: "dos"}}}, engine.Edit{IfMatch: "*"})
	if want := `belongsNot[0].id: "two" is among belongs, too`; err == nil || !errors.As(err, new(*recommend.InvalidError)) || err.Error() != `curate "one": `+want {
		t.Errorf("judged both ways: %v, want %s", err, want)
	}
}

// Fifty works were judged, each beside the one that speaks of the same thing. Without the
// word for it their lists are by another word, and each loses what belongs in it.
func TestGenerationThatLosesWhatBelongs(t *testing.T) {
	s := memory.New()
	e := newEngine(t, s, recommend.DefaultSettings())
	const pairs = 60
	thing := func(n int) string { return fmt.Sprintf("zz%c%c", 'a'+n/26, 'a'+n%26) }
	for n := range pairs {
		e.put(t, recommend.Item{ID: fmt.Sprint("left", n), Lang: "en", Title: thing(n) + " harbour " + thing(n+100)})
		e.put(t, recommend.Item{ID: fmt.Sprint("right", n), Lang: "en", Title: thing(n) + " harbour " + thing((n+7)%pairs+200)})
		e.put(t, recommend.Item{ID: fmt.Sprint("other", n), Lang: "en", Title: "harbour " + thing(n+100)})
	}
	indexed(t, e)
	worse := recommend.DefaultSettings()
	worse.Text.Stop = map[string][]string{"en": slices.Clone(worse.Text.Stop["en"])}
	for n := range pairs {
		worse.Text.Stop["en"] = append(worse.Text.Stop["en"], thing(n))
	}
	worse.Gates.Filled, worse.Gates.Length, worse.Gates.Change = 0, 0, 1 // only what is judged decides
	reindex := func(o engine.ReindexOptions) ([]recommend.Gate, error) {
		g, err := newEngine(t, s, worse).indexer.Reindex(t.Context(), o)
		var failed *engine.GateError
		if errors.As(err, &failed) {
			return failed.Failed, err
		}
		if err != nil {
			t.Fatal(err)
		}
		return slices.DeleteFunc(slices.Clone(g.Gates), func(g recommend.Gate) bool { return g.Bound != 0.95 }), nil
	}
	for n := range 49 {
		if _, err := e.publisher.Judge(t.Context(), fmt.Sprint("left", n), fmt.Sprint("right", n), engine.ActBelongs, engine.Edit{By: "ana"}); err != nil {
			t.Fatal(err)
		}
	}
	if gates, err := reindex(engine.ReindexOptions{DryRun: true}); err != nil || len(gates) > 0 {
		t.Errorf("49 judged works decide: %v, %v", gates, err)
	}
	if _, err := e.publisher.Judge(t.Context(), "left49", "right49", engine.ActBelongs, engine.Edit{By: "ana"}); err != nil {
		t.Fatal(err)
	}
	gates, err := reindex(engine.ReindexOptions{})
	if err == nil || len(gates) != 1 || gates[0].Name != "nDCG@10 of the lists that editors judged, of before" || gates[0].Value > 0.5 {
		t.Errorf("a generation that lost what belongs goes live: %+v, %v", gates, err)
	}
	if gates, err = reindex(engine.ReindexOptions{Force: true}); err != nil || len(gates) != 1 || gates[0].OK {
		t.Errorf("forced: %+v, %v", gates, err)
	}
}
