package entry

import (
	"strings"
	"testing"
	"unicode/utf8"

	"akin/recommend"
)

func TestEntryID(t *testing.T) {
	seen := map[string]string{}
	for _, tt := range []struct{ guid, link, want string }{
		{"a.b_c~1-2", "", "a.b_c~1-2"},
		{" 12 ", "https://example.org/a", "12"},
		{"", "https://example.org/a", "example.org-a-"},
		{"https://example.org/a/b/?c=d&e=f#g", "", "example.org-a-b-c-d-e-f-g-"},
		{"https://example.org/a-b/?c=d&e=f#g", "", "example.org-a-b-c-d-e-f-g-"},
		{"tag:example.org,2024:año", "", "tag-example.org-2024-a-o-"},
		{"..", "", "..-"},
		{"移民", "", "entry-"},
		{strings.Repeat("x", 201), "", strings.Repeat("x", 120) + "-"},
		{strings.Repeat("x", 202), "", strings.Repeat("x", 120) + "-"},
		{"", "", ""},
	} {
		got := (&Entry{ID: tt.guid, Link: tt.link}).id()
		if hashed := strings.HasSuffix(tt.want, "-"); !strings.HasPrefix(got, tt.want) || len(got) != len(tt.want) && !(hashed && len(got) == len(tt.want)+12) {
			t.Errorf("id of guid %q, link %q = %q, want %q and perhaps a hash", tt.guid, tt.link, got, tt.want)
		}
		if err := (recommend.Item{ID: got, Title: "a"}).Validate(); got != "" && err != nil {
			t.Errorf("id of guid %q: %v", tt.guid, err)
		}
		if other, there := seen[got]; there {
			t.Errorf("id of %q and %q is %q", tt.guid, other, got)
		}
		seen[got] = tt.guid
	}
}

func TestShorten(t *testing.T) {
	for _, tt := range []struct {
		in   string
		most int
		want string
	}{
		{"one two", 7, "one two"},
		{"one two three", 12, "one two…"},
		{"one two, three", 13, "one two…"},
		{"onetwothree", 9, "onetwo…"},
		{"ááááá", 8, "áá…"},
	} {
		got := Shorten(tt.in, tt.most)
		if got != tt.want || len(got) > tt.most || !utf8.ValidString(got) {
			t.Errorf("Shorten(%q, %d) = %q, want %q", tt.in, tt.most, got, tt.want)
		}
	}
}

func TestLang(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"en_us", "en-US"}, {"eng", "en"}, {"deu", "de"}, {"jp", "ja"}, {"kr", "ko"}, {"cn", "zh"}, {"cz", "cs"},
		{"dk", "da"}, {"GR", "el"}, {"ua", "uk"}, {"eng-GB", "en-GB"}, {"de-AT", "de-AT"}, {"English", ""}, {"", ""},
	} {
		if got := Lang(tt.in); got != tt.want {
			t.Errorf("Lang(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}
