package recommend_test

import (
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"akin/recommend"
	"akin/recommend/text"
)

// The page of settings has every setting that the decoder knows, and no other,
// with akin's own values and the bounds that are checked; its examples are read.
func TestSettingsPage(t *testing.T) {
	b, err := os.ReadFile("../docs/settings.md")
	if err != nil {
		t.Fatal(err)
	}
	page := string(b)
	values, lists, found := strings.Cut(page, "\n## Lists of text\n")
	if !found {
		t.Fatal("the page has no part on lists")
	}
	rows := regexp.MustCompile("(?m)^\\| `([a-zA-Z.]+)` \\|.*\\| ([^|]+) \\| ([^|]+) \\|$").FindAllStringSubmatch(values, -1)
	own := recommend.DefaultSite().Said()
	var names []string
	for _, row := range rows {
		name, value, bounds := row[1], row[2], row[3]
		names = append(names, name)
		in, leaf := own, name
		if object, member, ok := strings.Cut(name, "."); ok {
			in, leaf = own[object].(map[string]any), member
		}
		want, err := json.Marshal(in[leaf])
		if err != nil {
			t.Fatal(err)
		}
		if string(want) == `""` || string(want) == "[]" {
			want = []byte("none")
		}
		if value != string(want) {
			t.Errorf("%s: akin's own is %s on the page, %s in the program", name, value, want)
		}
		var least, most float64
		if n, err := fmt.Sscanf(bounds, "%g to %g", &least, &most); n != 2 {
			t.Errorf("%s: bounds %q: %v", name, bounds, err)
			continue
		}
		for _, try := range []struct {
			at float64
			ok bool
		}{{least, true}, {least - 1, false}, {most, true}, {most + 1, false}} {
			if _, err := recommend.DefaultSite().Change(nested(t, name, sized(name, try.at))); (err == nil) != try.ok && try.at >= 0 {
				t.Errorf("%s at %v: %v, though the page says %s", name, try.at, err, bounds)
			}
		}
	}
	if diff := cmp.Diff(recommend.SettingNames(), names); diff != "" {
		t.Errorf("settings (-decoder +page):\n%s", diff)
	}

	var wantLists, gotLists []string
	for f := range reflect.TypeFor[text.Settings]().Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		wantLists = append(wantLists, "text."+name)
	}
	for _, row := range regexp.MustCompile("(?m)^\\| `(text\\.[a-z]+)` \\|").FindAllStringSubmatch(lists, -1) {
		gotLists = append(gotLists, row[1])
	}
	if diff := cmp.Diff(wantLists, gotLists); diff != "" {
		t.Errorf("lists (-decoder +page):\n%s", diff)
	}
	if !strings.Contains(page, fmt.Sprintf("%d bytes of JSON", recommend.MaxSettings)) {
		t.Errorf("the page does not say that settings have %d bytes at most", recommend.MaxSettings)
	}

	blocks := regexp.MustCompile("(?s)```json\n(.*?)```").FindAllStringSubmatch(page, -1)
	if len(blocks) != 3 {
		t.Errorf("%d examples, want 3", len(blocks))
	}
	for _, block := range blocks {
		if _, err := recommend.DefaultSite().Change([]byte(block[1])); err != nil {
			t.Errorf("example: %v\n%s", err, block[1])
		}
	}
}

// sized returns a value of a setting that has a number, or is so long.
func sized(name string, n float64) any {
	switch {
	case name == "name":
		return strings.Repeat("a", max(int(n), 0))
	case name == "address" && n > 0:
		return "https://example.org/" + strings.Repeat("a", int(n)-len("https://example.org/"))
	case name == "address":
		return ""
	case name == "languages":
		langs := []string{}
		for range max(int(n), 0) {
			langs = append(langs, "en")
		}
		return langs
	case name == "parameters":
		names := []string{}
		for range max(int(n), 0) {
			names = append(names, "from")
		}
		return names
	case name == "lists.boosts" || name == "lists.maxAge":
		entries := []any{}
		for range max(int(n), 0) {
			if name == "lists.boosts" {
				entries = append(entries, map[string]any{"type": "Events", "factor": 2})
			} else {
				entries = append(entries, map[string]any{"type": "Events", "days": 90})
			}
		}
		return entries
	case name == "stale.waiting" || name == "stale.age":
		return fmt.Sprintf("%dh", int(n)*365*24)
	}
	return n
}

// nested returns settings with one value.
func nested(t *testing.T, path string, v any) []byte {
	t.Helper()
	if object, member, ok := strings.Cut(path, "."); ok {
		path, v = object, map[string]any{member: v}
	}
	b, err := json.Marshal(map[string]any{path: v})
	if err != nil {
		t.Fatal(err)
	}
	return b
}
