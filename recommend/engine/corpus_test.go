package engine_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"akin/recommend"
	"akin/recommend/judge"
)

// The sample corpus is what everything is demonstrated and judged on, so every
// link in it must lead somewhere and nothing may be there twice.
func TestSampleCorpus(t *testing.T) {
	items := map[string]recommend.Item{}
	names := map[string]bool{} // ids and aliases
	titles := map[string]string{}
	for n, line := range bytes.Split(bytes.TrimSpace(sample(t, "items.jsonl")), []byte("\n")) {
		it, err := recommend.DecodeItem(line)
		if err != nil {
			t.Fatalf("items.jsonl:%d: %v", n+1, err)
		}
		for _, name := range append(it.Aliases, it.ID) {
			if names[name] {
				t.Errorf("items.jsonl:%d: %q is there twice", n+1, name)
			}
			names[name] = true
		}
		if other, ok := titles[it.Title]; ok && it.Title != "" {
			t.Errorf("%s and %s have the same title", other, it.ID)
		}
		titles[it.Title] = it.ID
		items[it.ID] = it
	}
	checkTopics(t, items)
	for id, it := range items {
		if it.TranslationOf == "" {
			continue
		}
		original, ok := items[it.TranslationOf]
		switch {
		case !ok:
			t.Errorf("%s is a translation of %s, which is not there", id, it.TranslationOf)
		case original.TranslationOf != "":
			t.Errorf("%s is a translation of a translation", id)
		case !slices.Equal(original.Topics, it.Topics) || !slices.Equal(original.Types, it.Types):
			t.Errorf("%s and its original differ in topics or types", id)
		}
	}
	checkJudgements(t, items)
}

func checkTopics(t *testing.T, items map[string]recommend.Item) {
	t.Helper()
	var list []json.RawMessage
	if err := json.Unmarshal(sample(t, "topics.json"), &list); err != nil {
		t.Fatalf("topics.json: %v", err)
	}
	topics := map[string]recommend.Topic{}
	for n, b := range list {
		topic, err := recommend.DecodeTopic(b)
		if err != nil {
			t.Fatalf("topics.json: topic %d: %v", n+1, err)
		}
		topics[topic.Slug] = topic
	}
	for slug, topic := range topics {
		if _, ok := topics[topic.Parent]; !ok && topic.Parent != "" {
			t.Errorf("topic %s has the parent %s, which is not there", slug, topic.Parent)
		}
		for _, id := range topic.Featured {
			if _, ok := items[id]; !ok {
				t.Errorf("topic %s features %s, which is not there", slug, id)
			}
		}
	}
	for id, it := range items {
		for _, slug := range it.Topics {
			if _, ok := topics[slug]; !ok {
				t.Errorf("%s names the topic %s, which is not there", id, slug)
			}
			for up := topics[slug].Parent; up != ""; up = topics[up].Parent {
				if slices.Contains(it.Topics, up) {
					t.Errorf("%s names %s and its ancestor %s", id, slug, up)
				}
			}
		}
	}
}

// Judgements name works that a reader can be shown, never language versions of
// the source, and a version in the source's language where there is one.
func checkJudgements(t *testing.T, items map[string]recommend.Item) {
	t.Helper()
	order, judged, err := judge.Read(bytes.NewReader(sample(t, "qrels.tsv")), "qrels.tsv")
	if err != nil {
		t.Fatal(err)
	}
	work := func(id string) string {
		if o := items[id].TranslationOf; o != "" {
			return o
		}
		return id
	}
	languages := map[string][]string{} // of a work
	for id, it := range items {
		languages[work(id)] = append(languages[work(id)], it.Lang)
	}
	for _, source := range order {
		if _, ok := items[source]; !ok {
			t.Errorf("qrels.tsv: source %s is not there", source)
		}
		for id, grade := range judged[source] {
			it, ok := items[id]
			switch lang := items[source].Lang; {
			case !ok:
				t.Errorf("qrels.tsv: %s: %s is not there", source, id)
			case grade != 0 && grade != 1 && grade != 2 && grade != 3:
				t.Errorf("qrels.tsv: %s: %s has the grade %v, want 0, 1, 2 or 3", source, id, grade)
			case it.Status == recommend.Withdrawn || !it.VisibleFrom.IsZero():
				t.Errorf("qrels.tsv: %s: %s cannot be shown", source, id)
			case work(id) == work(source):
				t.Errorf("qrels.tsv: %s: %s is the same work", source, id)
			case lang != "" && it.Lang != "" && it.Lang != lang && slices.Contains(languages[work(id)], lang):
				t.Errorf("qrels.tsv: %s: %s has a version in %s", source, id, lang)
			}
		}
	}
}

// A newcomer who learns the format from the corpus should meet all of it.
func TestSampleCorpusHasEveryOddity(t *testing.T) {
	seen := map[string]int{}
	for line := range bytes.Lines(sample(t, "items.jsonl")) {
		it, err := recommend.DecodeItem(line)
		if err != nil {
			t.Fatal(err)
		}
		for oddity, has := range map[string]bool{
			"no title":           it.Title == "",
			"no summary":         it.Summary == "",
			"image text only":    it.Title == "" && it.Summary == "",
			"no date":            it.Date == "",
			"no date at all":     it.Date == "" && it.SortDate.IsZero(),
			"month date":         len(it.Date) == len("2006-01"),
			"day date":           len(it.Date) == len("2006-01-02"),
			"several types":      len(it.Types) > 1,
			"no type":            len(it.Types) == 0,
			"no topic":           len(it.Topics) == 0,
			"no image":           it.Image == nil,
			"photo credit":       it.Image != nil && it.Image.Credit != "",
			"no language":        it.Lang == "",
			"no address":         it.URL == "",
			"full address":       strings.HasPrefix(it.URL, "https://"),
			"body":               it.Body != "",
			"alias":              len(it.Aliases) > 0,
			"later version":      it.Version > 1,
			"withdrawn":          it.Status == recommend.Withdrawn,
			"embargoed":          !it.VisibleFrom.IsZero(),
			"announced":          it.Date > "2027",
			"translation":        it.TranslationOf != "",
			"Spanish":            it.Lang == "es",
			"curly quote":        strings.ContainsAny(it.Summary, "’“"),
			"straight quote":     strings.ContainsAny(it.Summary, `'"`),
			"no-break space":     strings.Contains(it.Title+it.Summary, "\u00a0"),
			"tag":                strings.Contains(it.Summary, "</"),
			"entity":             strings.Contains(it.Title+it.Summary, "&amp;"),
			"author with accent": strings.Contains(strings.Join(it.Authors, " "), "í"),
		} {
			if has {
				seen[oddity]++
			} else {
				seen[oddity] += 0
			}
		}
	}
	for oddity, n := range seen {
		if n == 0 {
			t.Errorf("no item has: %s", oddity)
		}
	}
	if seen["Spanish"] < 40 || seen["translation"] < 20 {
		t.Errorf("%d Spanish items and %d translations, want 40 and 20", seen["Spanish"], seen["translation"])
	}
}

func sample(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "testdata", "corpus", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}
