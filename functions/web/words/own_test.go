package words

import (
	"maps"
	"strings"
	"testing"
	"testing/fstest"
)

// A site's own words go before akin's, and may be in a language of its own.
func TestOwnWords(t *testing.T) {
	before := maps.Clone(tongues)
	t.Cleanup(func() { tongues = before })
	err := Add(fstest.MapFS{
		"es.json": {Data: []byte(`{"types":{"Briefs":"Notas"},"texts":{"home":"Portada"}}`)},
		"pl.json": {Data: []byte(`{"and":" i ","texts":{"topics":"Tematy"},"types":{"Reports":"Raporty"}}`)},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ got, want string }{
		{TypeLabel("es", "Briefs"), "Notas"}, {TypeLabel("es", "Reports"), "Informes"}, {In("es", "home"), "Portada"}, {In("es", "topics"), "Temas"},
		{In("pl", "topics"), "Tematy"}, {In("pl", "home"), "Start page"}, {TypeLabel("pl", "Reports"), "Raporty"}, {Byline("pl", []string{"A", "B"}), "A i B"},
		{In("en", "topics"), "Topics"}, {strings.Join(Offered([]string{"pl"}), ""), "pl"},
	} {
		if tt.got != tt.want {
			t.Errorf("%q, want %q", tt.got, tt.want)
		}
	}
	for name, wrong := range map[string]struct{ body, want string }{
		"fr.json":      {`{"texts":{"hom":"A"}}`, `fr.json: there is no text "hom"`},
		"de.json":      {`{"texts":{"by":"Von {0}"}}`, `de.json: by: must have the places of "By"`},
		"it.json":      {`{"words":{}}`, `it.json: json: unknown field "words"`},
		"deutsch.json": {`{}`, `deutsch.json: "deutsch" is not the tag of a language, like fr`},
	} {
		if err := Add(fstest.MapFS{name: {Data: []byte(wrong.body)}}); err == nil || err.Error() != wrong.want {
			t.Errorf("%s: %v, want %s", name, err, wrong.want)
		}
	}
}
