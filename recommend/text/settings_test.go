package text_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"akin/recommend/text"
)

func TestChangeErrors(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"an unknown field", `{"stopp": {"en": ["a"]}}`, "stopp: unknown field"},
		{"no language", `{"stop": ["a"]}`, "stop: must be an object of lists by language, not an array"},
		{"a number", `{"protected": {"en": [7]}}`, "protected.en[0]: must be a string, not a number"},
		{"a region", `{"stop": {"en-GB": ["a"]}}`, "stop.en-GB: not a language"},
		{"a name", `{"dates": {"English!": ["May"]}}`, "dates.English!: not a language"},
		{"an empty entry", `{"stop": {"en": ["a", " "]}}`, "stop.en[1]: an empty entry"},
		{"signs alone", `{"protected": {"*": ["++"]}}`, `protected.*[0]: no letters or digits in "++"`},
		{"a synonym of nothing", `{"synonyms": {"en": [["rent"]]}}`, "synonyms.en[0]: 1 entries, want at least 2"},
		{"an empty synonym", `{"synonyms": {"en": [["rent", ""]]}}`, "synonyms.en[0][1]: an empty entry"},
		{"an empty alternative", `{"phrases": {"en": ["this a||b"]}}`, `phrases.en[0]: an empty alternative in "a||b"`},
		{"an optional start", `{"phrases": {"en": ["new? report"]}}`, `phrases.en[0]: the first element, "new?", cannot be optional`},
		{"a part of no meaning", `{"stop": {"en": {"plus": ["a"]}}}`, "stop.en.plus: unknown field; want add, remove or replace"},
		{"replaced and added to", `{"stop": {"en": {"replace": ["a"], "add": ["b"]}}}`, "stop.en.replace: stands alone"},
		{"a hyphen under add", `{"stop": {"en": {"add": ["b", "-a"]}}}`, "stop.en.add[1]: \"-a\" starts with a hyphen"},
		{"no list", `{"stop": {"en": "a"}}`, "stop.en: must be an array, or an object with add, remove or replace, not a string"},
		{"no list of a part", `{"stop": {"en": {"add": "a"}}}`, "stop.en.add: must be an array, not a string"},
		{"no group", `{"synonyms": {"en": {"add": ["a"]}}}`, "synonyms.en.add[0]: must be an array of strings, a group of synonyms, not a string"},
		{"a group to take out", `{"synonyms": {"en": {"remove": [["a", "b"]]}}}`, "synonyms.en.remove[0]: must be the first entry of a group"},
		{"a long entry", `{"stop": {"en": ["` + strings.Repeat("a", 5000) + `"]}}`, "stop.en[0]: 5000 bytes, want at most 4096"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := changed(t, tt.in)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Change(%.60s): %v, want %q", tt.in, err, tt.want)
			}
		})
	}
}

func TestNewChecksSettings(t *testing.T) {
	_, err := text.New(text.Settings{Stop: map[string][]string{"en": {""}}})
	if err == nil || !strings.Contains(err.Error(), "stop.en[0]") {
		t.Errorf("New with an empty stop word: %v, want an error that names stop.en[0]", err)
	}
}

func TestNewKeepsNothingOfItsSettings(t *testing.T) {
	s := text.Settings{Stop: map[string][]string{"en": {"some"}}}
	a, err := text.New(s)
	if err != nil {
		t.Fatal(err)
	}
	s.Stop["en"][0] = "rents"
	if got := keys(a.Terms(nil, "en", "some rents")); len(got) != 1 || got[0] != "en:rent" {
		t.Errorf("after a change of the settings given to New, Terms = %q, want [en:rent]", got)
	}
}

// What each list of the settings does to a text.
func TestSettings(t *testing.T) {
	tests := []struct{ name, settings, in, want string }{
		{"a stop word", `{"stop": {"en": ["housing rents"]}}`, "cheap housing and rents", "en:cheap"},
		{"one taken out", `{"stop": {"en": ["-because"]}}`, "because rents", "en:becaus en:rent"},
		{"one with a capital", `{"stop": {"en": ["Reading"]}}`, "a reading in Reading", "en:read"},
		{"a stop word of every language", `{"stop": {"*": ["rents"]}}`, "cheap rents", "en:cheap"},
		{"a phrase with alternatives", `{"phrases": {"en": ["our big|small? column|page says"]}}`, "our column says farms, our big page says rent, our huge page says", "en:farm en:rent en:huge en:page"},
		{"a protected word", `{"protected": {"en": ["housing"]}}`, "housing houses", "en:housing en:hous"},
		{"a protected phrase", `{"protected": {"en": ["Housing First"]}}`, "the Housing First plan, housing first", "en:housing_first en:plan en:hous"},
		{"a protected word with signs", `{"protected": {"en": ["Mo++"]}}`, "test mo++ or mo", "en:test en:mo++ en:mo"},
		{"synonyms: two wordings of one thing", `{"synonyms": {"en": [["Remain in Mexico", "Migrant Protection Protocols"]]}}`,
			"under the Migrant Protection Protocols", "en:remain_in_mexico en:migrant :migrant en:protect :protection en:protocol :protocols"},
		{"synonyms in any number", `{"synonyms": {"en": [["golden passport", "citizenship by investment"]]}}`,
			"selling golden passports", "en:sell en:golden_passport en:golden en:passport"},
		{"a synonym of one word", `{"synonyms": {"en": [["tenant", "renter"]]}}`, "renters and tenants", "en:tenant en:tenant"},
		{"an acronym and its long form", `{"synonyms": {"en": [["SMO", "safe mobility office"]]}}`, "safe mobility offices (SMOs)", ":smo :smo"},
		{"a group in place of one of the defaults", `{"synonyms": {"en": [["UK", "Great Britain"]]}}`, "for Great Britain or United Kingdom", ":uk en:unit :united en:kingdom :kingdom"},
		{"a synonym in every language", `{"synonyms": {"*": [["Kyiv", "Kiev"]]}}`, "in Kiev", ":kyiv"},
		{"an acronym that is a stop word", `{"acronyms": {"en": ["ARE"]}}`, "what ARE said", ":are"},
		{"a unit", `{"units": {"en": ["beds"]}}`, "for Chad 42 beds", "en:chad :chad en:bed"},
		{"a counter", `{"counters": {"en": ["Ward"]}}`, "to Ward 42 and Title 42", "en:ward :ward en:titl :title :title_42"},
		{"an abbreviation", `{"abbreviations": {"en": ["Fn"]}}`, "the old Fn. Okoye wrote", "en:old en:fn :fn en:okoy :okoye en:wrote"},
		{"a prefix", `{"prefixes": {"en": ["proto"]}}`, "proto-urban", "en:protourban en:urban"},
		{"an elision", `{"elisions": {"en": ["t"]}}`, "t'other rents", "en:rent"},
		{"a date", `{"dates": {"en": ["Michaelmas"]}}`, "by Michaelmas rents", "en:rent"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := analyzer(t, tt.settings)
			kinds := append([]text.Kind{text.Compound}, single...)
			got := strings.Join(keys(a.Terms(nil, "en", tt.in), kinds...), " ")
			var want []string
			for _, k := range strings.Fields(tt.want) {
				want = append(want, strings.ReplaceAll(k, "_", " "))
			}
			if got != strings.Join(want, " ") {
				t.Errorf("under %s\nTerms(%q)\n got %s\nwant %s", tt.settings, tt.in, got, strings.Join(want, " "))
			}
		})
	}
}

func TestHash(t *testing.T) {
	base := text.DefaultSettings()
	if h := base.Hash(); len(h) != 16 || h != text.DefaultSettings().Hash() {
		t.Errorf("hash of the defaults = %q, want 16 digits, always the same", h)
	}
	data, err := json.Marshal(base)
	if err != nil {
		t.Fatal(err)
	}
	again, err := changed(t, string(data))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(base, again); diff != "" {
		t.Errorf("the defaults over the defaults differ (-want +got):\n%s", diff)
	}
	if base.Hash() != again.Hash() {
		t.Error("the defaults over the defaults have another hash")
	}
	a := text.Settings{Stop: map[string][]string{"en": {"a b", "c"}}, Units: map[string][]string{"en": {}}}
	b := text.Settings{Stop: map[string][]string{"en": {"c", "b", "a", "a"}}}
	if a.Hash() != b.Hash() {
		t.Error("order and lay-out of stop words change the hash")
	}
	a = text.Settings{Synonyms: map[string][][]string{"en": {{"a", "b", "c"}, {"d", "e"}}}}
	b = text.Settings{Synonyms: map[string][][]string{"en": {{"d", "e"}, {"a", "c", "b"}}}}
	if a.Hash() != b.Hash() {
		t.Error("the order of synonyms after the first changes the hash")
	}
	seen := map[string]string{base.Hash(): "the defaults", text.Settings{}.Hash(): "no settings"}
	for _, more := range []string{
		`{"stop": {"en": ["zebra"]}}`, `{"stop": {"es": ["zebra"]}}`, `{"dates": {"en": ["zebra"]}}`, `{"counters": {"en": ["zebra"]}}`, `{"units": {"en": ["zebra"]}}`,
		`{"phrases": {"en": ["zebra"]}}`, `{"protected": {"en": ["zebra"]}}`, `{"abbreviations": {"en": ["zebra"]}}`,
		`{"acronyms": {"en": ["zebra"]}}`, `{"elisions": {"en": ["zebra"]}}`, `{"prefixes": {"en": ["zebra"]}}`,
		`{"synonyms": {"en": [["zebra", "quagga"]]}}`, `{"synonyms": {"en": [["quagga", "zebra"]]}}`,
	} {
		s, err := changed(t, more)
		if err != nil {
			t.Fatal(err)
		}
		if other, ok := seen[s.Hash()]; ok {
			t.Errorf("%s has the hash of %s", more, other)
		}
		seen[s.Hash()] = more
	}
}

// The zero value knows no words, but the chain is whole.
func TestNoSettings(t *testing.T) {
	a, err := text.New(text.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Join(keys(a.Terms(nil, "en", "the cities of the U.S."), single...), " ")
	if want := "en:the en:citi en:of en:the :us"; got != want {
		t.Errorf("Terms without settings = %s, want %s", got, want)
	}
}

// changed returns the default settings with a change, in JSON.
func changed(t testing.TB, change string) (text.Settings, error) {
	t.Helper()
	var said map[string]any
	if err := json.Unmarshal([]byte(change), &said); err != nil {
		t.Fatal(err)
	}
	return text.DefaultSettings().Change(said)
}

// Each form of a change: what it leaves of the list before.
func TestChangeForms(t *testing.T) {
	base := text.Settings{
		Stop:     map[string][]string{"en": {"a", "b", "c"}, "es": {"y"}},
		Synonyms: map[string][][]string{"en": {{"UK", "Britain"}, {"US", "States"}}},
	}
	for _, tt := range []struct{ change, stop, synonyms string }{
		{`{}`, "[a b c]", "[[UK Britain] [US States]]"},
		{`{"stop": null}`, "[a b c]", "[[UK Britain] [US States]]"},
		{`{"stop": {"en": ["d", "-a"]}}`, "[b c d]", "[[UK Britain] [US States]]"},
		{`{"stop": {"en": ["-a b"]}}`, "[c]", "[[UK Britain] [US States]]"},
		{`{"stop": {"en": {"add": ["e d"], "remove": ["a c", "z"]}}}`, "[b d e]", "[[UK Britain] [US States]]"},
		{`{"stop": {"en": {"replace": ["d"]}}}`, "[d]", "[[UK Britain] [US States]]"},
		{`{"stop": {"en": {"replace": []}}}`, "[]", "[[UK Britain] [US States]]"},
		{`{"synonyms": {"en": [["UK", "Albion"]]}}`, "[a b c]", "[[US States] [UK Albion]]"},
		{`{"synonyms": {"en": {"add": [["EU", "Union"]], "remove": ["UK"]}}}`, "[a b c]", "[[US States] [EU Union]]"},
		{`{"synonyms": {"en": {"replace": [["EU", "Union"]]}}}`, "[a b c]", "[[EU Union]]"},
	} {
		var said map[string]any
		if err := json.Unmarshal([]byte(tt.change), &said); err != nil {
			t.Fatal(err)
		}
		s, err := base.Change(said)
		if err != nil {
			t.Errorf("%s: %v", tt.change, err)
			continue
		}
		if got := fmt.Sprint(s.Stop["en"]); got != tt.stop {
			t.Errorf("%s: stop words %s, want %s", tt.change, got, tt.stop)
		}
		if got := fmt.Sprint(s.Synonyms["en"]); got != tt.synonyms {
			t.Errorf("%s: synonyms %s, want %s", tt.change, got, tt.synonyms)
		}
		if got := fmt.Sprint(s.Stop["es"], base.Stop["en"], base.Synonyms["en"]); got != "[y] [a b c] [[UK Britain] [US States]]" {
			t.Errorf("%s: changed besides: %s", tt.change, got)
		}
	}
}
