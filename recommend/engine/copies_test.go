package engine

import (
	"testing"

	"akin/recommend"
)

func TestSameText(t *testing.T) {
	it := func(title, summary string) recommend.Item {
		return recommend.Item{Title: title, Summary: summary, Lang: "en"}
	}
	long := "Five notes from the quay this week, gathered by the harbour pilot and the keeper of the lock."
	for _, tt := range []struct {
		name string
		a, b recommend.Item
		want bool
	}{
		{"the same", it("Boats for sale", ""), it("Boats for sale", ""), true},
		{"in other case", it("Boats for sale", "Two."), it("BOATS FOR SALE", "two."), true},
		{"one word other", it("Notes", long), it("Notes", long+" Again"), true},
		{"a number other, of some length", it("Quay notes 12", long), it("Quay notes 13", long), true},
		{"a month other", it("Quay notes", long+" March"), it("Quay notes", long+" April"), true},
		{"a number other, of titles alone", it("Chapter 12", ""), it("Chapter 13", ""), false},
		{"the same title over other text", it("Quay notes", long), it("Quay notes", "The ferry timetable of the winter, with the times of the last boats from every island."), false},
		{"a long text and none", it("Quay notes", long), it("Quay notes", ""), false},
		{"a number in words other", it("Quay course, part one", long), it("Quay course, part two", long), true},
		{"a number other, without spaces", recommend.Item{Title: "港口周报第3期", Summary: "本周港口的五条消息，由夜间领航员和船闸管理员收集整理。"},
			recommend.Item{Title: "港口周报第十期", Summary: "本周港口的五条消息，由夜间领航员和船闸管理员收集整理。"}, true},
		{"the language of another country", it("Boats for sale", "Two."), recommend.Item{Title: "Boats for sale", Summary: "Two.", Lang: "en-GB"}, true},
		{"another language", it("Atlas", ""), recommend.Item{Title: "Atlas", Lang: "es"}, false},
	} {
		if got := sameText(&tt.a, &tt.b); got != tt.want {
			t.Errorf("%s: sameText = %v, want %v", tt.name, got, tt.want)
		}
		if got := sameText(&tt.b, &tt.a); got != tt.want {
			t.Errorf("%s: sameText the other way = %v, want %v", tt.name, got, tt.want)
		}
	}
}

func FuzzSameText(f *testing.F) {
	f.Add("Quay notes 12", "a b c d e f g h", "Quay notes 13", "a b c d e f g h")
	f.Fuzz(func(t *testing.T, title, summary, other, more string) {
		a, b := recommend.Item{Title: title, Summary: summary}, recommend.Item{Title: other, Summary: more}
		if !sameText(&a, &a) {
			t.Errorf("%q is not the text that it is", title+summary)
		}
		if sameText(&a, &b) != sameText(&b, &a) {
			t.Errorf("%q and %q are the same one way only", title+summary, other+more)
		}
	})
}
