package recommend_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"akin/recommend"
)

// A list in settings adds to the one that akin ships with.
func TestSettingsAddToLists(t *testing.T) {
	for _, said := range []string{`{"text":{"stop":{"en":["harbour","-because"]}}}`, `{"text":{"stop":{"en":{"add":["harbour"],"remove":["because"]}}}}`} {
		s, err := recommend.DefaultSite().Change([]byte(said))
		if err != nil {
			t.Errorf("%s: %v", said, err)
			continue
		}
		for word, want := range map[string]bool{"harbour": true, "the": true, "because": false, "-because": false} {
			if got := slices.Contains(s.Settings.Text.Stop["en"], word); got != want {
				t.Errorf("%s: %q is a stop word: %v, want %v", said, word, got, want)
			}
		}
		if len(s.Settings.Text.Synonyms) != len(recommend.DefaultSettings().Text.Synonyms) {
			t.Errorf("%s: synonyms are lost", said)
		}
	}
	s, err := recommend.DefaultSite().Change([]byte(`{"text":{"stop":{"en":{"replace":["harbour"]}}}}`))
	if err != nil || !slices.Equal(s.Settings.Text.Stop["en"], []string{"harbour"}) || len(s.Settings.Text.Stop["es"]) == 0 {
		t.Errorf("replaced: %q, %v", s.Settings.Text.Stop["en"], err)
	}
}

// A setting that cannot be used is named, and so is what is unknown.
func TestSettingsErrors(t *testing.T) {
	for _, tt := range []struct{ said, want string }{
		{`{"kk":3}`, "kk: unknown field"},
		{`{"K":30}`, "K: unknown field; write it k"},
		{`{"fields":{"titel":3}}`, "fields.titel: unknown field"},
		{`{"fields.title":3}`, "fields.title: unknown field; write it"},
		{`{"fields":3}`, "fields: must be an object"},
		{`{"k":3}`, "k: 3 is not from 10 to 200"},
		{`{"k":30.5}`, "k: must be a whole number"},
		{`{"k":"30"}`, "k: must be a number"},
		{`{"k":30,"k":40}`, "k: is given twice"},
		{`{"minScore":1.5}`, "minScore: 1.5 is not from 0 to 1"},
		{`{"kinds":{"name":-1}}`, "kinds.name: -1 is not from 0 to 10"},
		{`{"gates":{"filled":1e999}}`, "gates.filled: 1e999 is not from 0 to 10"},
		{`{"name":7}`, "name: must be a string"},
		{`{"address":"example.org"}`, "address: want an address like https://example.org"},
		{`{"languages":"en"}`, "languages: must be an array of strings"},
		{`{"languages":["en",""]}`, "languages[1]: is empty"},
		{`{"stale":{"age":"30d"}}`, `stale.age: must be a duration in hours`},
		{`{"stale":{"age":"-1h"}}`, `stale.age: is not from 0 to 10 years`},
		{`{"text":["a"]}`, "text: must be an object"},
		{`{"text":{"stop":{"en":[" "]}}}`, "text.stop.en[0]: an empty entry"},
		{`["a"]`, "settings: must be a JSON object"},
		{`{"k":30`, "json: ends in the middle of an object"},
		{`{} {}`, "json: "},
		{`{"name":"` + strings.Repeat("a", recommend.MaxSettings) + `"}`, "settings: has 131083 bytes, more than 131072"},
	} {
		_, err := recommend.DefaultSite().Change([]byte(tt.said))
		if err == nil || !strings.HasPrefix(err.Error(), tt.want) {
			t.Errorf("%.60s: %v, want %s", tt.said, err, tt.want)
		}
	}
}

// What a site says is laid over what it said before, and can be written and read
// back.
func TestSiteChange(t *testing.T) {
	s, err := recommend.DefaultSite().Change([]byte(`{"name":"Harbour Times","address":"https://harbour.example","languages":["EN-gb","es"],"k":20,
		"minScore":0.05,"fields":{"title":3},"gates":{"change":1},"stale":{"age":"48h","waiting":1000000000}}`))
	if err != nil {
		t.Fatal(err)
	}
	if s, err = s.Change([]byte(`{"k":null,"fields":{"body":0},"text":{"stop":{"en":["harbour"]}}}`)); err != nil {
		t.Fatal(err)
	}
	o := s.Settings
	if s.Name != "Harbour Times" || s.Address != "https://harbour.example" || o.K != 20 || o.MinScore != 50_000 || o.Fields.Title != 3 || o.Fields.Body != 0 ||
		o.Fields.Summary != 1 || o.Gates.Change != 1 || o.Stale.Age != 48*time.Hour || o.Stale.Waiting != time.Second || !slices.Equal(o.Languages, []string{"en-GB", "es"}) {
		t.Errorf("site %+v", s.Said())
	}
	b, err := json.Marshal(s.Said())
	if err != nil {
		t.Fatal(err)
	}
	again, err := recommend.DefaultSite().Change(b)
	if err != nil {
		t.Fatal(err)
	}
	again.Settings.Text = o.Text
	if again.Settings.Hash() != o.Hash() || again.Name != s.Name || again.Address != s.Address {
		t.Errorf("read back: %s", b)
	}
}
