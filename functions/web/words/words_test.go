package words

import (
	"io/fs"
	"maps"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

func TestByline(t *testing.T) {
	for _, tt := range []struct {
		lang    string
		authors []string
		want    string
	}{
		{"en", nil, ""},
		{"en", []string{"Ada L. Byron"}, "Ada L. Byron"},
		{"en", []string{"A", "B"}, "A and B"},
		{"en", []string{"A", "B", "C"}, "A, B and C"},
		{"en", []string{"A", "B", "C", "D", "E", "F"}, "A, B, C, D, E and F"},
		{"es", []string{"A", "B", "C"}, "A, B y C"},
		{"es", []string{"Ana", "Isabel Ruiz"}, "Ana e Isabel Ruiz"},
		{"es", []string{"Ana", "Íñigo"}, "Ana e Íñigo"},
		{"es", []string{"Ana", "Hilario"}, "Ana e Hilario"},
		{"es", []string{"Ana", "Hierro"}, "Ana y Hierro"},
		{"es", []string{"Ana", "Iago"}, "Ana y Iago"},
	} {
		if got := Byline(tt.lang, tt.authors); got != tt.want {
			t.Errorf("byline(%q, %q) = %q, want %q", tt.lang, tt.authors, got, tt.want)
		}
	}
}

func TestPrintDate(t *testing.T) {
	for _, tt := range []struct{ lang, date, want string }{
		{"en", "2024-03", "March 2024"},
		{"en", "2024-03-26", "March 26, 2024"},
		{"en", "2022-08-02", "August 2, 2022"},
		{"es", "2024-03", "marzo de 2024"},
		{"es", "2022-08-02", "2 de agosto de 2022"},
		{"fr", "2024-05-01", "1er mai 2024"},
		{"de", "2024-03-26", "26. März 2024"},
		{"en", "", ""},
		{"en", "2024", ""},
		{"en", "2024-13", ""},
		{"en", "26/03/2024", ""},
	} {
		if got := PrintDate(tt.lang, tt.date); got != tt.want {
			t.Errorf("printDate(%q, %q) = %q, want %q", tt.lang, tt.date, got, tt.want)
		}
	}
}

// A site's own languages are offered, and an address may ask for any.
func TestOffered(t *testing.T) {
	for _, tt := range []struct{ site, want string }{
		{"", "en es"}, {"fr nl-BE", "fr nl"}, {"nl en nl", "nl en"}, {"xx", "en es"}, {"xx it", "it"},
	} {
		if got := strings.Join(Offered(strings.Fields(tt.site)), " "); got != tt.want {
			t.Errorf("Offered(%q) = %q, want %q", tt.site, got, tt.want)
		}
	}
	for _, tt := range []struct{ tag, want string }{{"pt-BR", "pt"}, {"es", "es"}, {"zz", "fr"}, {"", "fr"}} {
		if got := Asked([]string{"fr", "nl"}, tt.tag); got != tt.want {
			t.Errorf("Asked(%q) = %q, want %q", tt.tag, got, tt.want)
		}
	}
	if got := Match([]string{"fr", "nl"}, "de,nl;q=0.4"); got != "nl" {
		t.Errorf("Match = %q, want nl", got)
	}
	if got := In("fr", "topics"); got != "Thèmes" {
		t.Errorf("topics in French are %q", got)
	}
	if got := In("fr", "audit"); got != "Latest changes" {
		t.Errorf("what is for editors is %q in French, want English", got)
	}
}

func TestNumbersAndCounts(t *testing.T) {
	for _, tt := range []struct {
		lang string
		n    int
		want string
	}{
		{"en", 1, "1 result"}, {"en", 0, "0 results"}, {"en", 1234, "1,234 results"}, {"en", 1234567, "1,234,567 results"},
		{"es", 1, "1 resultado"}, {"es", 1234, "1234 resultados"}, {"es", 12345, "12\u00a0345 resultados"},
	} {
		if got := Count(tt.lang, "results", tt.n); got != tt.want {
			t.Errorf("count(%q, results, %d) = %q, want %q", tt.lang, tt.n, got, tt.want)
		}
	}
}

func TestMatchLang(t *testing.T) {
	for _, tt := range []struct{ wanted, want string }{
		{"", "en"}, {"es", "es"}, {"es-MX,en;q=0.5", "es"}, {"fr,es;q=0.4,en;q=0.3", "es"}, {"en-GB", "en"}, {"de", "en"},
		{"ca,es;q=0.2", "es"}, {"nonsense;;;q=x", "en"}, {"zz", "en"},
	} {
		if got := Match(Offered(nil), tt.wanted); got != tt.want {
			t.Errorf("matchLang(%q) = %q, want %q", tt.wanted, got, tt.want)
		}
	}
}

// Every message that templates and code ask for exists in all languages with
// the same places to fill, and none is left over.
func TestMessagesAreWhole(t *testing.T) {
	place := regexp.MustCompile(`\{\d\}`)
	all := maps.Clone(of("en").Texts)
	for key, text := range of("en").Editors {
		if _, twice := all[key]; twice {
			t.Errorf("%s: is there for readers and for editors", key)
		}
		all[key] = text
	}
	for lang := range tongues {
		if a, b := len(of(lang).Texts), len(of("en").Texts); a != b {
			t.Errorf("%d texts for readers in %s, %d in English", a, lang, b)
		}
		forEditors := lang == "en" || lang == "es" // in others, editors' pages are in English
		if a, b := len(of(lang).Editors), len(of("en").Editors); forEditors && a != b || !forEditors && a != 0 {
			t.Errorf("%d texts for editors in %s, %d in English", a, lang, b)
		}
		for key, english := range all {
			if _, readers := of("en").Texts[key]; !readers && !forEditors {
				continue
			}
			said := of(lang).Texts[key] + of(lang).Editors[key]
			if said == "" {
				t.Errorf("%s: missing in %s", key, lang)
			}
			if a, b := place.FindAllString(english, -1), place.FindAllString(said, -1); strings.Join(a, "") != strings.Join(b, "") {
				t.Errorf("%s: places %v in English, %v in %s", key, a, b, lang)
			}
		}
	}
	used := map[string]bool{}
	in := func(text string, pattern *regexp.Regexp, suffixes ...string) {
		for _, m := range pattern.FindAllStringSubmatch(text, -1) {
			for _, suffix := range suffixes {
				key := m[1] + suffix
				used[key] = true
				if strings.HasSuffix(key, "-") { // "kind-" + the kind
					for k := range all {
						used[k] = used[k] || strings.HasPrefix(k, key)
					}
					continue
				}
				if _, ok := all[key]; !ok {
					t.Errorf("message %q is asked for and missing", key)
				}
			}
		}
	}
	inTemplate, inCode := regexp.MustCompile(`\.T "([a-z.-]+)"`), regexp.MustCompile(`(?:\.T\(|words\(lang, )"([a-z.-]+)"`)
	counted := regexp.MustCompile(`\.Count(?:\(| )"([a-z.-]+)"`)
	web := os.DirFS("..")
	err := fs.WalkDir(web, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(web, name)
		if err != nil {
			return err
		}
		text := string(b)
		switch path.Ext(name) {
		case ".html":
			in(text, inTemplate, "")
			in(text, counted, ".one", ".many")
		case ".go":
			in(text, inCode, "")
			in(text, counted, ".one", ".many")
			for key := range all { // passed by name: "empty-section"
				if !strings.HasSuffix(name, "_test.go") && path.Dir(name) != "words" && strings.Contains(text, `"`+key+`"`) {
					used[key] = true
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for key := range all {
		if !used[key] {
			t.Errorf("message %q is never used", key)
		}
	}
}
func TestLanguageNamesAreThoseOfCLDR(t *testing.T) {
	for lang := range tongues {
		names := of(lang).Languages
		if a, b := len(names), len(of("en").Languages); a != b {
			t.Errorf("%d names in %s, %d in English", a, lang, b)
		}
		for tag, got := range names {
			l := language.MustParse(tag)
			if want := display.Languages(language.MustParse(lang)).Name(l); got != want {
				t.Errorf("%s is called %q in %s, want %q", tag, got, lang, want)
			}
			if got, want := (*ownNames())[tag], display.Self.Name(l); got != want {
				t.Errorf("%s calls itself %q, want %q", tag, got, want)
			}
		}
	}
}

func TestLanguageOfNoName(t *testing.T) {
	for tag, want := range map[string]string{"es-MX": "Español", "zh-Hant": "中文", "tlh": "tlh", "ht": "ht", "?": "?"} {
		if got := LangName(tag); got != want {
			t.Errorf("langName(%q) = %q, want %q", tag, got, want)
		}
	}
	if got := LangNameIn("es", "en-GB"); got != "inglés" {
		t.Errorf(`langNameIn("es", "en-GB") = %q`, got)
	}
}

// Phrases and names tell more than single words, and some words tell nothing.
func TestTelling(t *testing.T) {
	for _, tt := range []struct{ lang, terms, want string }{
		{"en", "ahead,rents,rent control,NASA,heat-waves", "rent control,NASA,heat-waves,rents"},
		{"en-GB", "Ahead,tenants", "tenants"},
		{"de", "zusammen,Mieten", "Mieten"},
		{"pl", "ahead,czynsz", "ahead,czynsz"}, // no list of that language
		{"en", "ahead", ""},
	} {
		if got := strings.Join(Telling(tt.lang, strings.Split(tt.terms, ",")), ","); got != tt.want {
			t.Errorf("Telling(%q, %s) = %s, want %s", tt.lang, tt.terms, got, tt.want)
		}
	}
}
