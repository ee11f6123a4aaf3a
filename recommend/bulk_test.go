package recommend_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"akin/recommend"
)

func TestReadRulingsNamesLineAndColumn(t *testing.T) {
	rulings, wrong, err := recommend.ReadRulings(strings.NewReader("\ufeffAction, item ,target,note,remove\n" +
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
		"pin,a\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := []recommend.Ruling{
		{Line: 2, Action: "pin", Item: "a", Target: "b", Note: "two\nlines"},
		{Line: 4, Action: "pin", Item: "a", Target: "c", Remove: true},
		{Line: 6, Action: "block", Item: "b", Target: "a"},
	}
	if diff := cmp.Diff(want, rulings); diff != "" {
		t.Errorf("rulings (-want +got):\n%s", diff)
	}
	columns := map[int]string{5: "", 7: "", 8: "target", 9: "item", 10: "target", 11: "remove", 12: "", 13: "target"}
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
		"action,item,colour\n": "line 1: colour: is no column; there are action, item, target, note, author, expires, remove",
		"action,item,item\n":   "line 1: item: comes twice",
	} {
		if _, _, err := recommend.ReadRulings(strings.NewReader(in)); err == nil || err.Error() != want {
			t.Errorf("ReadRulings(%q): %v, want %s", in, err, want)
		}
	}
}

func FuzzReadRulings(f *testing.F) {
	f.Add("action,item,target,note,author,expires,remove\npin,a,b,\"n\",mar,2027-01-31,yes\n")
	f.Add("action;item\nexclude-target;a\n\"")
	f.Fuzz(func(t *testing.T, in string) {
		rulings, _, err := recommend.ReadRulings(strings.NewReader(in))
		if err != nil {
			return
		}
		var b strings.Builder
		if err := recommend.WriteRulings(&b, rulings); err != nil {
			t.Fatal(err)
		}
		again, wrong, err := recommend.ReadRulings(strings.NewReader(b.String()))
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
		actions := []string{recommend.ActPin, recommend.ActBlock, recommend.ActExcludeSource, recommend.ActExcludeTarget, recommend.ActIgnoreTopic, recommend.ActFeature}
		var lines []recommend.Ruling
		for range rapid.IntRange(1, 8).Draw(rt, "lines") {
			d := recommend.Ruling{Action: rapid.SampledFrom(actions).Draw(rt, "action"), Item: rapid.SampledFrom(ids).Draw(rt, "item")}
			switch d.Action {
			case recommend.ActPin, recommend.ActBlock:
				d.Target = rapid.SampledFrom(ids).Draw(rt, "target")
			case recommend.ActIgnoreTopic, recommend.ActFeature:
				d.Target = rapid.SampledFrom([]string{"ports", "harbours", "nowhere"}).Draw(rt, "topic")
			}
			d.Note = rapid.SampledFrom([]string{"", "x, \"y\""}).Draw(rt, "note")
			d.Author = rapid.SampledFrom([]string{"", "mar"}).Draw(rt, "author")
			d.Remove = rapid.IntRange(0, 4).Draw(rt, "remove") == 0
			if rapid.Bool().Draw(rt, "ends") {
				d.Expires = time.Date(2099, 1, 2, 0, 0, 0, 0, time.UTC)
			}
			lines = append(lines, d)
		}
		var b strings.Builder
		if err := recommend.WriteRulings(&b, lines); err != nil {
			rt.Fatal(err)
		}
		apply := func(text, by string) *recommend.RulingsResult {
			rulings, _, err := recommend.ReadRulings(strings.NewReader(text))
			if err != nil {
				rt.Fatal(err)
			}
			r, err := e.publisher.Rule(ctx, rulings, recommend.Edit{By: by})
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
		if err := recommend.WriteRulings(&b, all); err != nil {
			rt.Fatal(err)
		}
		if r := apply(b.String(), "leo"); len(r.Changed)+len(r.Wrong) > 0 {
			rt.Fatalf("what was written out changes %v, %v:\n%s", r.Changed, r.Wrong, b.String())
		}
	})
}
