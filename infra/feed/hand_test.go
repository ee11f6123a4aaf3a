package feed

import (
	"context"
	"errors"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"akin/infra/feed/entry"
	"akin/recommend"
)

// handed returns what becomes of what a reader of another system finds.
func handed(found ...entry.Found) iter.Seq[Record] {
	return func(yield func(Record) bool) {
		f := newReader(context.Background(), Options{Name: "F"}, yield)
		f.foreign(func(context.Context, *entry.Input, entry.Options) iter.Seq[entry.Found] {
			return func(yield func(entry.Found) bool) {
				for _, x := range found {
					if !yield(x) {
						return
					}
				}
			}
		}, nil)
	}
}

func TestHandedOut(t *testing.T) {
	public := func(id, group string) *entry.Entry { return &entry.Entry{ID: id, Title: "Weir " + id, Group: group} }
	got := said(handed(
		entry.Found{Line: 1, Entry: &entry.Entry{ID: "d", Title: "Draft", Status: entry.Draft, Group: "g"}},
		entry.Found{Line: 2, Entry: public("a", "g")},
		entry.Found{Line: 3, Entry: public("b", "g")},
		entry.Found{Line: 4, Entry: public("a", "")},
		entry.Found{File: "posts/c.md", Line: 5, Entry: public("c", "")},
		entry.Found{File: "posts/c2.md", Line: 1, Entry: public("c", "")},
		entry.Found{Line: 6, Item: &recommend.Item{ID: "i", Title: "Item"}},
		entry.Found{Line: 7, Item: &recommend.Item{ID: "j"}, Err: errors.New("bad")},
		entry.Found{Line: 8, Topic: &recommend.Topic{Slug: "s"}},
		entry.Found{Notice: &entry.Notice{Kind: entry.Trash, N: 3}},
		entry.Found{Line: 9, Err: entry.Wrong("json", "ends"), Cut: true},
		entry.Found{Line: 10, Entry: public("z", "")},
	))
	want := []string{
		"1 draft left out", "2 item a", "3 item b", `F:4: id: "a" stands in line 2 already; give each item once`, "5 item c",
		`F: posts/c2.md:1: id: "c" stands in line 5 of posts/c.md already; give each item once`, "6 item i", "F:7: bad", "8 topic s",
		"3 entries in the trash left out", "F:9: json: ends (cut)",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for r := range handed(entry.Found{Entry: &entry.Entry{ID: "d", Status: entry.Private}}, entry.Found{Entry: public("a", "g")}, entry.Found{Entry: public("b", "g")}) {
		switch {
		case r.ID == "d" && (!r.Gone || r.Item != nil):
			t.Errorf("what is private: %+v", r)
		case r.ID == "a" && r.Item.TranslationOf != "", r.ID == "b" && r.Item.TranslationOf != "a":
			t.Errorf("translation: %+v", r.Item)
		}
	}
}

// Hostile texts are read in little time: entities in entities, deep nesting,
// marks that never end.
func TestHostileFeeds(t *testing.T) {
	const n = 200_000
	for name, text := range map[string]string{
		"entities": `<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;">]>` +
			`<rss><channel><item><guid>a</guid><title>A &c;</title></item></channel></rss>`,
		"nested tags":     "<rss><channel><item><guid>a</guid><title>A</title><description>" + strings.Repeat("<b>", n) + "</description></item></channel></rss>",
		"nested lists":    `{"version":"https://jsonfeed.org/version/1","items":` + strings.Repeat("[", n),
		"nested objects":  `{"version":"https://jsonfeed.org/version/1","items":[` + strings.Repeat(`{"a":`, n),
		"open items":      "<rss><channel>" + strings.Repeat("<item>", 20_000),
		"open comments":   "<rss><channel>" + strings.Repeat("<!--", n),
		"open data":       "<rss><channel><item>" + strings.Repeat("<![CDATA[", n) + "</item></channel></rss>",
		"open tags":       "<rss><channel><item>" + strings.Repeat("<a ", n) + "</item></channel></rss>",
		"ampersands":      "<rss><channel><item><title>" + strings.Repeat("&", n) + "</title></item></channel></rss>",
		"brackets":        `{"id":"a","title":"A","summary":"` + strings.Repeat("[a ", 5000) + `"}`,
		"braces":          `{"id":"a","title":"A","summary":"` + strings.Repeat("{{<", 5000) + `"}`,
		"comments in XML": strings.Repeat("<!-- -->", n),
		"links":           "<html>" + strings.Repeat("<link ", n),
	} {
		start := time.Now()
		for range Read(strings.NewReader(text), "F") {
		}
		if d := time.Since(start); d > 20*time.Second {
			t.Errorf("%s: read in %v", name, d)
		}
	}
}
