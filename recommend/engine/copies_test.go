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
		{"a number other, of titles of some words", it("1.40.0 pre-release testing", ""), it("1.41.0 pre-release testing", ""), true},
		{"an episode other", it("Harbour podcast, episode 2", ""), it("Harbour podcast, episode 3", ""), true},
		{"a month and a year other", it("Harbour news Jan 2024", ""), it("Harbour news Feb 2024", ""), true},
		{"a number of something else", it("Dredging the harbour, pier 7", ""), it("Dredging the harbour, pier 8", ""), false},
		{"a number other, over one short summary", it("Отчёт № 1", "Пять ссылок из порта."), it("Отчёт № 2", "Пять ссылок из порта."), true},
		{"digits of another script", it("١٢٠ تقرير", "خمسة روابط."), it("١٢١ تقرير", "خمسة روابط."), true},
		{"a number other, in a short summary too", it("Week 12", "News of week 12."), it("Week 13", "News of week 13."), true},
		{"a number other, over another summary", it("Harbour podcast, episode 2", "Cranes."), it("Harbour podcast, episode 3", "Boats."), false},
		{"other words beside a number", it("Harbour podcast, episode 2", ""), it("Harbour films, episode 2", ""), false},
		{"the same title over other text", it("Quay notes", long), it("Quay notes", "The ferry timetable of the winter, with the times of the last boats from every island."), false},
		{"a long text and none", it("Quay notes", long), it("Quay notes", ""), false},
		{"a number in words other", it("Quay course, part one", long), it("Quay course, part two", long), true},
		{"a number other, without spaces", recommend.Item{Title: "港口周报第3期", Summary: "本周港口的五条消息，由夜间领航员和船闸管理员收集整理。"},
			recommend.Item{Title: "港口周报第十期", Summary: "本周港口的五条消息，由夜间领航员和船闸管理员收集整理。"}, true},
		{"the language of another country", it("Boats for sale", "Two."), recommend.Item{Title: "Boats for sale", Summary: "Two.", Lang: "en-GB"}, true},
		{"a full stop", it("Boats for sale", ""), it("Boats for sale.", ""), true},
		{"quotation marks", it("“Boats” for sale", ""), it(`"Boats" for sale`, ""), true},
		{"none", it("‘Boats for sale’", ""), it("Boats for sale", ""), true},
		{"an apostrophe", it("Pilots’ boats", ""), it("Pilots' boats", ""), true},
		{"a dash or a colon", it("Boats – for sale", ""), it("Boats: for sale", ""), true},
		{"a hyphen", it("Second-hand boats", ""), it("Second hand boats", ""), true},
		{"accents", it("Café boats", ""), it("Cafe boats", ""), true},
		{"a picture", it("⛵ Boats for sale", ""), it("Boats for sale", ""), true},
		{"letters of another width", it("Ｂoats for sale", ""), it("Boats for sale", ""), true},
		{"a summary that repeats the title", it("Boats for sale", "Boats for sale."), it("Boats for sale", ""), true},
		{"a summary that is cut off", it("Notes", long), it("Notes", long[:60]+" […]"), true},
		{"a summary of which little is left", it("Notes", long), it("Notes", long[:20]+"…"), false},
		{"the name of the website", it("Boats for sale", ""), it("Boats for sale | Quay Times", ""), true},
		{"names of two websites", it("Boats for sale | Lock News", ""), it("Boats for sale | Quay Times", ""), false},
		{"a short title before a bar", it("Boats", ""), it("Boats | Ferries", ""), false},
		{"more behind a dash", it("Boats for sale", ""), it("Boats for sale – of whom, and for how much", ""), false},
		{"another summary", it("Boats for sale", "Two."), it("Boats for sale", "Three."), false},
		{"a sign that means something", it("C++ for boats", ""), it("C for boats", ""), false},
		{"numbers of other digits", it("Boats 1.5", ""), it("Boats 15", ""), false},
		{"two numbers and one", it("Boats 2 4", ""), it("Boats 24", ""), false},
		{"a dash between numbers", it("Boats 2024–25", ""), it("Boats 2024-25", ""), true},
		{"nothing but signs", it("!", ""), it("?", ""), false},
		{"marked as another language", it("Boats for sale here", "Two."), recommend.Item{Title: "Boats for sale here.", Summary: "Two.", Lang: "de"}, true},
		{"so marked, of another summary", it("Boats for sale here", "Two."), recommend.Item{Title: "Boats for sale here", Summary: "Zwei.", Lang: "de"}, false},
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
	f.Add("Boats for sale", "", "Boats for sale | Quay Times", "")
	f.Add("Café – boats", "", "CAFE\u0301: boats!", "")
	f.Add("İzmir boats", "", "I\u0307zmir boats", "")
	f.Fuzz(func(t *testing.T, title, summary, other, more string) {
		a, b := recommend.Item{Title: title, Summary: summary}, recommend.Item{Title: other, Summary: more}
		if !sameText(&a, &a) {
			t.Errorf("%q is not the text that it is", title+summary)
		}
		if sameText(&a, &b) != sameText(&b, &a) {
			t.Errorf("%q and %q are the same one way only", title+summary, other+more)
		}
		if x, y := (&said{Item: &a}), (&said{Item: &b}); x.sayingsAlike(y) && !beginAlike(title, other) {
			t.Errorf("%q and %q say the same, and do not begin alike", title, other)
		}
	})
}

func TestIsPage(t *testing.T) {
	it := func(url, title string) recommend.Item {
		return recommend.Item{URL: url, Title: title, Summary: "How nets are mended on the quay.", Lang: "en"}
	}
	bare := recommend.Item{URL: "/c", Title: "Mending nets", Lang: "en"}
	for _, tt := range []struct {
		name   string
		a, b   recommend.Item
		cosine recommend.Millionths
		want   bool
	}{
		{"an exact copy", it("/a", "Mending nets"), it("/b", "Mending nets"), 1_000_000, true},
		{"one that is written otherwise", it("/a", "Mending nets"), it("/b", "MENDING NETS!"), 1_000_000, true},
		{"a title alone", bare, it("/b", "Mending nets"), 1_000_000, false},
		{"one title over other texts", it("/a", "Editorial"), it("/b", "Editorial"), 300_000, false},
		{"one of a series", it("/a", "Port news, part 1"), it("/b", "Port news, part 2"), 1_000_000, false},
		{"one page under two addresses", it("https://q.example/x", "Mending"), it("http://www.q.example/x/?utm_source=m", "Mending today"), 0, true},
		{"a file of a folder", it("https://q.example/x/index.html", "Mending"), it("https://q.example/x", "Mending today"), 0, true},
		{"two pages", it("https://q.example/x?id=1", "Mending"), it("https://q.example/x?id=2", "Mending today"), 0, false},
		{"pages by fragment", it("https://q.example/#/x", "Mending"), it("https://q.example/#/y", "Mending today"), 0, false},
		{"no addresses", it("", "Mending"), it("", "Boats"), 0, false},
	} {
		if got := IsPage(&tt.a, &tt.b, tt.cosine); got != tt.want {
			t.Errorf("%s: IsPage = %v, want %v", tt.name, got, tt.want)
		}
	}
}
