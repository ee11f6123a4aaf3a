package words

import (
	"testing"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

func TestLanguageNamesAreThoseOfCLDR(t *testing.T) {
	for tag, got := range languageNames() {
		l := language.MustParse(tag)
		want := languageName{display.Self.Name(l), display.English.Languages().Name(l), display.Spanish.Languages().Name(l)}
		if got != want {
			t.Errorf("names of %s are %q, want %q", tag, got, want)
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
