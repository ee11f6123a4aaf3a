package feed

import (
	"fmt"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"akin/infra/feed/sheet"
	"akin/recommend"
)

// documented returns the fields of the table in a part of the page, with the
// numbers in their limits.
func documented(part string) (fields []string, limits map[string][]string) {
	limits = map[string][]string{}
	row := regexp.MustCompile("(?m)^\\| `([A-Za-z.]+)` \\|.*\\|([^|]*)\\|$")
	for _, m := range row.FindAllStringSubmatch(part, -1) {
		fields = append(fields, m[1])
		limits[m[1]] = regexp.MustCompile(`\d+`).FindAllString(m[2], -1)
	}
	return fields, limits
}

// jsonNames returns the names in JSON of the fields of v.
func jsonNames(v any) (names []string) {
	for f := range reflect.TypeOf(v).Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		names = append(names, name)
	}
	return names
}

// The page of items has every field that the decoder knows, and no other, with
// the limits that it checks; its examples are read as they stand.
func TestItemsPage(t *testing.T) {
	b, err := os.ReadFile("../../docs/items.md")
	if err != nil {
		t.Fatal(err)
	}
	page := string(b)
	items, topics, found := strings.Cut(page, "\n## A topic\n")
	if !found {
		t.Fatal("the page has no part on topics")
	}
	fields, limits := documented(items)
	if diff := cmp.Diff(jsonNames(recommend.Item{}), fields); diff != "" {
		t.Errorf("fields of an item (-decoder +page):\n%s", diff)
	}
	topicFields, topicLimits := documented(topics)
	if diff := cmp.Diff(jsonNames(recommend.Topic{}), topicFields); diff != "" {
		t.Errorf("fields of a topic (-decoder +page):\n%s", diff)
	}
	for field, want := range map[string][]int{
		"id": {recommend.MaxID}, "url": {recommend.MaxURL}, "title": {recommend.MaxTitle}, "summary": {recommend.MaxSummary}, "body": {recommend.MaxBody},
		"lang": {recommend.MaxLang}, "types": {recommend.MaxTypes, recommend.MaxType}, "topics": {recommend.MaxTopics, recommend.MaxSlug},
		"authors": {recommend.MaxAuthors, recommend.MaxAuthor}, "image": {recommend.MaxAlt, recommend.MaxCredit, recommend.MaxSrcset, recommend.MaxPixels},
		"translationOf": {recommend.MaxID}, "aliases": {recommend.MaxAliases, recommend.MaxURL},
	} {
		if got := fmt.Sprint(limits[field]); got != fmt.Sprint(want) {
			t.Errorf("limits of %s: %s on the page, %v in the decoder", field, got, want)
		}
	}
	for field, want := range map[string]int{
		"slug": recommend.MaxSlug, "title": recommend.MaxTitle, "introduction": recommend.MaxIntro, "parent": recommend.MaxSlug,
		"featured": recommend.MaxFeatured, "sections": recommend.MaxSections,
	} {
		if got := topicLimits[field]; !slices.Equal(got, []string{fmt.Sprint(want)}) {
			t.Errorf("limits of %s of a topic: %s on the page, %d in the decoder", field, got, want)
		}
	}
	if !strings.Contains(items, fmt.Sprintf("%d bytes of JSON", recommend.MaxLine)) {
		t.Errorf("the page does not say that an item has %d bytes at most", recommend.MaxLine)
	}

	// Every column that can be has a place on the page.
	for _, column := range sheet.Fields {
		name, part, _ := strings.Cut(column, ".")
		if !slices.Contains(fields, name) || part != "" && !strings.Contains(items, "`"+part+"`") {
			t.Errorf("column %s is not on the page", column)
		}
	}

	want := map[string][]string{"jsonl": {"1 item cranes", "2 item gruas"}, "csv": {"2 item cranes"}}
	for _, block := range regexp.MustCompile("(?s)```(jsonl|csv)\n(.*?)```").FindAllStringSubmatch(page, -1) {
		name := block[1]
		if strings.Contains(block[2], `"slug"`) {
			name, want["topic"] = "topic", []string{"1 topic harbour"}
		}
		if diff := cmp.Diff(want[name], said(Read(strings.NewReader(block[2]), "F"))); diff != "" {
			t.Errorf("example in %s (-want +got):\n%s", name, diff)
		}
		delete(want, name)
	}
	if len(want) > 0 {
		t.Errorf("no example of %v", want)
	}
}

// Beginners are told by the names of columns what they may write.
func TestOtherNamesOnItemsPage(t *testing.T) {
	b, err := os.ReadFile("../../docs/items.md")
	if err != nil {
		t.Fatal(err)
	}
	for name, field := range map[string]string{
		"Headline": "title", "Link": "url", "Permalink": "url", "Excerpt": "summary", "Description": "summary", "Abstract": "summary", "Dek": "summary",
		"Content": "body", "Text": "body", "Tags": "topics", "Category": "topics", "Section": "topics", "Byline": "authors",
		"Published": "date", "Publication date": "date", "Thumbnail": "image.url",
	} {
		if !strings.Contains(string(b), name) {
			t.Errorf("%s is not on the page", name)
		}
		for r := range Read(strings.NewReader("id,image.alt,"+name+"\na,A,\n"), "F") {
			if r.Table == nil || r.Table.Columns[2].Field != field {
				t.Errorf("column %s is not read as %s", name, field)
			}
			break
		}
	}
}

// Whoever looks for a system finds it: on the pages, in the package that reads it,
// and, as another test says, in the help of import.
func TestPagesNameSystems(t *testing.T) {
	for _, name := range []string{"../../docs/sources.md", "../../docs/items.md", "../../README.md"} {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, system := range Systems() {
			if !strings.Contains(string(b), system) {
				t.Errorf("%s does not name %s", name, system)
			}
		}
	}
	if len(Systems()) < 13 {
		t.Errorf("systems %q", Systems())
	}
}
