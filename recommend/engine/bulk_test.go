package engine_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"akin/recommend"
	"akin/recommend/engine"
)

func TestReadRulingsNamesLineAndColumn(t *testing.T) {
	rulings, wrong, err := engine.ReadRulings(strings.NewReader("\ufeffAction, item ,target,note,remove\n" +
		"pin,a,b,\"two\nlines\",\n" +
		"PIN,a,c,,yes\n" +
		"pin,a,b,again,\n" +
		"block,b,a,,\n" +
		"block,a,b,,\n" +
		"exclude-target,a,b,,\n" +
		"pin,a/b,c,,\n" +
		"pin,a,,,\n" +
		"pin,a,d,,maybe\n" +
		"pin,a,e,,,,\n" +
		"pin,a\n" +
		"merge,a b,c,,\n" +
		"merge,a b,d,,yes\n" +
		"merge,c,c,,\n" +
		"merge,c/d,c,,\n" +
		"merge,c,,,\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := []engine.Ruling{
		{Line: 2, Action: "pin", Item: "a", Target: "b", Note: "two\nlines"},
		{Line: 4, Action: "pin", Item: "a", Target: "c", Remove: true},
		{Line: 6, Action: "block", Item: "b", Target: "a"},
		{Line: 14, Action: "merge", Item: "a b", Target: "c"},
	}
	if diff := cmp.Diff(want, rulings); diff != "" {
		t.Errorf("rulings (-want +got):\n%s", diff)
	}
	columns := map[int]string{5: "", 7: "", 8: "target", 9: "item", 10: "target", 11: "remove", 12: "", 13: "target", 15: "", 16: "target", 17: "item", 18: "target"}
	for _, e := range wrong {
		if column, ok := columns[e.Line]; !ok || column != e.Column || e.Reason == "" {
			t.Errorf("%v, want column %q", &e, column)
		}
		delete(columns, e.Line)
	}
	if len(columns) > 0 {
		t.Errorf("lines %v are not reported", columns)
	}
}

func TestReadRulingsRefusesHeaders(t *testing.T) {
	for in, want := range map[string]string{
		"":                     "line 1: the header is missing: action,item,target,note,author,expires,remove",
		"item,target\n":        "line 1: action: the column is missing",
		"action,item,colour\n": "line 1: colour: is not a column; there are action, item, target, note, author, expires, remove",
		"action,item,item\n":   "line 1: item: comes twice",
	} {
		if _, _, err := engine.ReadRulings(strings.NewReader(in)); err == nil || err.Error() != want {
			t.Errorf("ReadRulings(%q): %v, want %s", in, err, want)
		}
	}
}

func FuzzReadRulings(f *testing.F) {
	f.Add("action,item,target,note,author,expires,remove\npin,a,b,\"n\",mar,2027-01-31,yes\n")
	f.Add("action;item\nexclude-target;a\n\"")
	f.Fuzz(func(t *testing.T, in string) {
		rulings, _, err := engine.ReadRulings(strings.NewReader(in))
		if err != nil {
			return
		}
		var b strings.Builder
		if err := engine.WriteRulings(&b, rulings); err != nil {
			t.Fatal(err)
		}
		again, wrong, err := engine.ReadRulings(strings.NewReader(b.String()))
		if err != nil || len(wrong) > 0 {
			t.Fatalf("what was written does not read: %v %v\n%s", err, wrong, b.String())
		}
		for i := range again {
			again[i].Line = rulings[i].Line
			again[i].Note = strings.ReplaceAll(again[i].Note, "\r\n", "\n")
			rulings[i].Note = strings.ReplaceAll(rulings[i].Note, "\r\n", "\n")
		}
		if diff := cmp.Diff(rulings, again); diff != "" {
			t.Fatalf("(-written +read):\n%s", diff)
		}
	})
}

// Whatever a file holds, applied twice it changes nothing the second time, and
// neither does what is written out after it.
func TestRulingsTwiceChangeNothing(t *testing.T) {
	e := deskEngine(t)
	rapid.Check(t, func(rt *rapid.T) {
		ctx := context.Background()
		ids := []string{"one", "two", "dos", "three", "nope"}
		actions := []string{engine.ActPin, engine.ActBlock, engine.ActExcludeSource, engine.ActExcludeTarget, engine.ActIgnoreTopic, engine.ActBelongs, engine.ActBelongsNot, engine.ActFeature, engine.ActMerge}
		var lines []engine.Ruling
		for range rapid.IntRange(1, 8).Draw(rt, "lines") {
			d := engine.Ruling{Action: rapid.SampledFrom(actions).Draw(rt, "action"), Item: rapid.SampledFrom(ids).Draw(rt, "item")}
			switch d.Action {
			case engine.ActPin, engine.ActBlock, engine.ActBelongs, engine.ActBelongsNot:
				d.Target = rapid.SampledFrom(ids).Draw(rt, "target")
			case engine.ActIgnoreTopic, engine.ActFeature:
				d.Target = rapid.SampledFrom([]string{"ports", "harbours", "nowhere"}).Draw(rt, "topic")
			case engine.ActMerge:
				d.Item = rapid.SampledFrom([]string{"ports", "harbours", "nowhere"}).Draw(rt, "merged")
				d.Target = rapid.SampledFrom([]string{"ports", "harbours", "piers"}).Draw(rt, "into")
			}
			d.Note = rapid.SampledFrom([]string{"", "x, \"y\""}).Draw(rt, "note")
			d.Author = rapid.SampledFrom([]string{"", "mar"}).Draw(rt, "author")
			d.Remove = rapid.IntRange(0, 4).Draw(rt, "remove") == 0
			if rapid.Bool().Draw(rt, "ends") {
				d.Expires = time.Date(2099, 1, 2, rapid.SampledFrom([]int{0, 7}).Draw(rt, "hour"), 0, 0, 0, time.UTC)
			}
			lines = append(lines, d)
		}
		var b strings.Builder
		if err := engine.WriteRulings(&b, lines); err != nil {
			rt.Fatal(err)
		}
		apply := func(text, by string) *engine.RulingsResult {
			rulings, _, err := engine.ReadRulings(strings.NewReader(text))
			if err != nil {
				rt.Fatal(err)
			}
			r, err := e.publisher.Rule(ctx, rulings, engine.Edit{By: by})
			if err != nil {
				rt.Fatal(err)
			}
			return r
		}
		apply(b.String(), "ana")
		if r := apply(b.String(), "leo"); len(r.Changed) > 0 {
			rt.Fatalf("the second time %v changed; the file:\n%s", r.Changed, b.String())
		}
		all, err := e.reader.Rulings(ctx)
		if err != nil {
			rt.Fatal(err)
		}
		b.Reset()
		if err := engine.WriteRulings(&b, all); err != nil {
			rt.Fatal(err)
		}
		if r := apply(b.String(), "leo"); len(r.Changed)+len(r.Wrong) > 0 {
			rt.Fatalf("what was written out changes %v, %v:\n%s", r.Changed, r.Wrong, b.String())
		}
	})
}

// A merge by file is what one by hand is: with note, author and end, written out
// and read again unchanged, kept in the history with why the file was handed
// over, and undone. One that would go round in a circle is named by line and
// column; what else the file says of the topic holds.
func TestMergesByFile(t *testing.T) {
	e := deskEngine(t)
	e.put(t, recommend.Item{ID: "four", Title: "Piers", Lang: "en", Topics: []string{"piers"}})
	apply := func(text, note string) *engine.RulingsResult {
		t.Helper()
		rulings, wrong, err := engine.ReadRulings(strings.NewReader(text))
		if err != nil || len(wrong) > 0 {
			t.Fatal(err, wrong)
		}
		r, err := e.publisher.Rule(t.Context(), rulings, engine.Edit{By: "leo", Note: note})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	counts := func(item string) string {
		t.Helper()
		cards, err := e.reader.Cards(t.Context(), item)
		if err != nil || len(cards) != 1 {
			t.Fatal(err)
		}
		return strings.Join(cards[0].Topics, " ")
	}
	const head = "action,item,target,note,author,expires\n"
	r := apply(head+"merge,ports,harbours,\"one desk, one topic\",mar,2099-01-31\nmerge,harbours,piers,,,2099-01-31T07:30:00Z\n", "tidying")
	if len(r.Changed) != 2 || len(r.Wrong) > 0 || counts("one") != "piers" {
		t.Fatalf("changed %v, wrong %v, and one counts as %s", r.Changed, r.Wrong, counts("one"))
	}
	all, err := e.reader.Rulings(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := engine.WriteRulings(&b, all); err != nil {
		t.Fatal(err)
	}
	want := "action,item,target,note,author,expires,remove\nmerge,harbours,piers,,leo,2099-01-31T07:30:00Z,\nmerge,ports,harbours,\"one desk, one topic\",mar,2099-01-31,\n"
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("written out (-want +got):\n%s", diff)
	}
	if r := apply(b.String(), "again"); len(r.Changed) > 0 || r.Unchanged != 2 {
		t.Errorf("what was written out changes %v", r.Changed)
	}
	r = apply(head+"merge,piers,ports,,,\nfeature,four,piers,,,\n", "")
	if len(r.Changed) != 1 || len(r.Wrong) != 1 || r.Wrong[0].Line != 2 || r.Wrong[0].Column != "target" {
		t.Errorf("a circle: changed %v, wrong %v; want the feature, and line 2: target", r.Changed, r.Wrong)
	}
	if r := apply(head+"merge,ports,nowhere,,,\nmerge,nowhere,ports,,,\n", ""); len(r.Wrong) != 2 || r.Wrong[0].Column != "target" || r.Wrong[1].Column != "item" {
		t.Errorf("unknown topics: %v", r.Wrong)
	}
	changes := history(t, e, engine.Subject{Topic: "ports"})
	if len(changes) != 1 || changes[0].Note != "tidying" || changes[0].By != "leo" {
		t.Fatalf("history: %+v, want one change, by leo, who was tidying", changes)
	}
	if _, err := e.publisher.Undo(t.Context(), engine.Subject{Topic: "ports"}, changes[0].Number, engine.Edit{IfMatch: "*"}); err != nil {
		t.Fatal(err)
	}
	if counts("one") != "ports" {
		t.Errorf("undone, one counts as %s", counts("one"))
	}
	if r := apply("action;item;target;remove\nmerge;harbours;ports;yes\n", ""); r.Unchanged != 1 {
		t.Errorf("a merge that there is not was taken back: %v", r.Changed)
	}
	if r := apply("action;item;target;remove\nmerge;harbours;piers;yes\n", ""); len(r.Changed) != 1 || counts("three") != "harbours" {
		t.Errorf("taken back: %v, and three counts as %s", r.Changed, counts("three"))
	}
}

// Why a file was handed over, and the notes of its lines, are kept in the
// history of each work that it changes, on both sides of a block.
func TestNoteOfAFileIsInTheHistory(t *testing.T) {
	e := deskEngine(t)
	rulings, wrong, err := engine.ReadRulings(strings.NewReader("action,item,target,note\nblock,one,dos,too close\npin,one,three,\n"))
	if err != nil || len(wrong) > 0 {
		t.Fatal(err, wrong)
	}
	if _, err := e.publisher.Rule(t.Context(), rulings, engine.Edit{By: "mar", Note: "after the meeting"}); err != nil {
		t.Fatal(err)
	}
	for id, with := range map[string]string{"one": "", "two": "one"} {
		changes := history(t, e, engine.Subject{Item: id})
		if len(changes) != 1 || changes[0].Note != "after the meeting" || changes[0].By != "mar" || changes[0].With != with || !strings.Contains(string(changes[0].After), "too close") {
			t.Errorf("history of %s: %+v", id, changes)
		}
	}
}
