package engine_test

import (
	"errors"
	"fmt"
	"testing"

	"akin/infra/memory"
	"akin/recommend"
	"akin/recommend/engine"
)

// A site may be in any number of languages, and a work in 64 of them.
func TestMoreThanTwentyFourLanguages(t *testing.T) {
	e := newEngine(t, memory.New(), recommend.DefaultSettings())
	tag := func(i int) string { return fmt.Sprintf("q%c%c", 'a'+i/26, 'a'+i%26) } // for private use
	version := func(work string, i int) recommend.Item {
		it := recommend.Item{ID: fmt.Sprintf("%s-%d", work, i), Lang: tag(i), Title: "Ferry timetable of the northern islands", Topics: []string{"ferries"}}
		if i > 0 {
			it.TranslationOf = work + "-0"
		}
		return it
	}
	for i := range 64 {
		e.put(t, version("winter", i), version("summer", i))
	}
	r := e.publisher.Put(t.Context(), version("winter", 64))[0]
	var invalid *recommend.InvalidError
	if !errors.As(r.Err, &invalid) || invalid.Field != "translationOf" {
		t.Errorf("the 65th version: %v, want an error that names translationOf", r.Err)
	}
	if _, err := e.indexer.Reindex(t.Context(), engine.ReindexOptions{}); err != nil {
		t.Fatal(err)
	}
	answer, err := e.reader.Related(t.Context(), "winter-63", recommend.Query{NoFill: true})
	if err != nil {
		t.Fatal(err)
	}
	if len(answer.Translations) != 63 || len(answer.Related) != 1 || answer.Related[0].ID != "summer-63" {
		t.Errorf("winter-63 has %d translations and %d entries, want 63 and summer-63", len(answer.Translations), len(answer.Related))
	}
	e.check(t)
}

// An item too short to tell its language is in the site's.
func TestItemsAreInTheLanguagesOfTheSite(t *testing.T) {
	settings := recommend.DefaultSettings()
	settings.Languages = []string{"en-GB", "ru"}
	e := newEngine(t, memory.New(), settings)
	for _, tt := range []struct {
		want string
		in   recommend.Item
	}{
		{"en-GB", recommend.Item{Title: "Lock gates"}},
		{"ru", recommend.Item{Title: "Новый шлюз"}},
		{"pt", recommend.Item{Title: "Lock gates", Lang: "pt"}},
		{"fr", recommend.Item{Title: "Les loyers augmentent plus vite que les salaires dans les villes portuaires"}},
		{"en-GB", recommend.Item{Image: &recommend.Image{Alt: "Two boats"}}},
	} {
		tt.in.ID = "item"
		e.put(t, tt.in)
		stored, err := e.reader.Item(t.Context(), "item")
		if err != nil {
			t.Fatal(err)
		}
		if stored.Lang != tt.want {
			t.Errorf("the language of %+v is %q, want %q", tt.in, stored.Lang, tt.want)
		}
	}
	settings.Languages = []string{"English"}
	var invalid *recommend.InvalidError
	if err := settings.Validate(); !errors.As(err, &invalid) || invalid.Field != "languages[0]" {
		t.Errorf("a language called English: %v, want an error that names languages[0]", err)
	}
}

// What has no text once its tags are dropped is refused.
func TestItemsWithoutText(t *testing.T) {
	for _, tt := range []struct {
		in recommend.Item
		ok bool
	}{
		{recommend.Item{Title: "<p></p>"}, false},
		{recommend.Item{Title: "&nbsp;&#160;"}, false},
		{recommend.Item{Title: "<img src=boat.jpg alt='A boat'>"}, false},
		{recommend.Item{Title: "\u00a0\u200b"}, false},
		{recommend.Item{Title: "<b></b>", Summary: "&amp;lt;i&amp;gt;"}, false},
		{recommend.Item{Title: "<b></b>", Summary: "A boat"}, true},
		{recommend.Item{Title: "<b></b>", Image: &recommend.Image{Alt: "A boat"}}, true},
		{recommend.Item{Title: "5 < 7"}, true},
		{recommend.Item{Title: "船"}, true},
	} {
		tt.in.ID = "item"
		err := tt.in.Validate()
		var invalid *recommend.InvalidError
		if tt.ok && err != nil || !tt.ok && (!errors.As(err, &invalid) || invalid.Field != "title") {
			t.Errorf("Validate(%+v) = %v, want an error that names title: %v", tt.in, err, !tt.ok)
		}
	}
}
