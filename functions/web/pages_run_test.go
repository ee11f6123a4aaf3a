package web

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"akin/recommend"
)

// Every section of every topic of the sample corpus lists, page by page, what a
// plain reading of the file gives: the works of the topic and of those below it
// that have one of the section's types, newest first, ties by id.
func TestListingsAreThoseOfTheFile(t *testing.T) {
	s := serveCorpus(t)
	c, err := corpusConfig()
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile("../../testdata/corpus/items.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	var works []recommend.Item
	sc := bufio.NewScanner(bytes.NewReader(b))
	sc.Buffer(nil, 1<<20)
	for sc.Scan() {
		var it recommend.Item
		if err := json.Unmarshal(sc.Bytes(), &it); err != nil {
			t.Fatal(err)
		}
		for _, layout := range []string{"2006-01-02", "2006-01"} {
			if day, err := time.Parse(layout, it.Date); err == nil && it.SortDate.IsZero() {
				it.SortDate = day
			}
		}
		if it.Status != recommend.Withdrawn && !it.VisibleFrom.After(corpusNow) {
			works = append(works, it)
		}
	}
	slices.SortFunc(works, func(a, b recommend.Item) int {
		return cmp.Or(b.SortDate.Compare(a.SortDate), strings.Compare(a.ID, b.ID))
	})
	topics, err := c.Reader.Topics(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	parent := map[string]string{}
	for _, topic := range topics {
		parent[topic.Slug] = topic.Parent
	}
	below := func(slug, root string) bool {
		for ; slug != ""; slug = parent[slug] {
			if slug == root {
				return true
			}
		}
		return false
	}
	lists := 0
	for _, topic := range topics {
		sections := topic.Sections
		if sections == nil {
			sections = recommend.DefaultSections()
		}
		for _, section := range sections {
			want := []string{}
			for _, it := range works {
				if slices.ContainsFunc(it.Topics, func(slug string) bool { return below(slug, topic.Slug) }) &&
					(len(section.Types) == 0 || slices.ContainsFunc(section.Types, func(k string) bool { return slices.Contains(it.Types, k) })) {
					want = append(want, it.ID)
				}
			}
			got, q := []string{}, url.Values{"group": {"none"}, "limit": {"7"}, "type": section.Types}
			for more := true; more; more = q.Get("cursor") != "" {
				_, _, body := fetch(t, s.URL+"/v1/topics/"+url.PathEscape(topic.Slug)+"/items?"+q.Encode())
				var l recommend.Listing
				if err := json.Unmarshal([]byte(body), &l); err != nil {
					t.Fatalf("%v in %s", err, body)
				}
				for _, card := range l.Items {
					got = append(got, card.ID)
				}
				q.Set("cursor", l.NextCursor)
				if l.NextCursor == "" {
					q.Del("cursor")
				}
			}
			if lists++; !slices.Equal(got, want) {
				t.Errorf("%s, %s: lists %q, want %q", topic.Slug, section.Name, got, want)
			}
		}
	}
	t.Logf("%d lists", lists)
}
