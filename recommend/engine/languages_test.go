package engine_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

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

// Where the site has not named its languages, a short item is in the one that most of
// the items are in that show theirs: of those that come with it, and once there is a
// generation of all.
func TestShortItemsAreInTheLanguageOfMost(t *testing.T) {
	e := newEngine(t, memory.New(), recommend.DefaultSettings())
	lang := func(id string) string {
		t.Helper()
		it, err := e.reader.Item(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		return it.Lang
	}
	e.put(t,
		recommend.Item{ID: "short", Title: "Hepatitis C vaccines"},
		recommend.Item{ID: "long", Title: "A vaccine for hepatitis C is being tested"},
		recommend.Item{ID: "weekend", Title: "Weekend"},
		recommend.Item{ID: "choir", Title: "The choir sings in the old church on the first Sunday"},
		recommend.Item{ID: "foreign", Title: "Die Mieten steigen in den alten Hafenstädten schneller als die Löhne"},
	)
	for id, want := range map[string]string{"short": "en", "weekend": "en", "foreign": "de"} {
		if got := lang(id); got != want {
			t.Errorf("the language of %s is %q, want %q", id, got, want)
		}
	}
	if _, err := e.indexer.Reindex(t.Context(), engine.ReindexOptions{}); err != nil {
		t.Fatal(err)
	}
	answer, err := e.reader.Related(t.Context(), "short", recommend.Query{NoFill: true})
	if err != nil {
		t.Fatal(err)
	}
	if len(answer.Related) != 1 || answer.Related[0].ID != "long" {
		t.Errorf("related to short: %+v, want long", answer.Related)
	}
	later, err := engine.NewPublisher(e.store, recommend.DefaultSettings(), engine.PublisherOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if r := later.Put(t.Context(), recommend.Item{ID: "later", Title: "Marina"})[0]; r.Err != nil {
		t.Fatal(r.Err)
	}
	if got := lang("later"); got != "en" {
		t.Errorf("the language of an item that came later is %q, want en", got)
	}
	e.check(t)
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

// The versions of a work have one list, of works in the reader's language where they
// are, and a work is not lost for having none in it. ?lang is strict.
func TestVersionsShareOneList(t *testing.T) {
	settings := recommend.DefaultSettings()
	settings.MinScore, settings.Odds = 0, 0
	e := newEngine(t, memory.New(), settings)
	e.put(t,
		recommend.Item{ID: "ferries", Lang: "en", Title: "Ferry timetables of the northern islands"},
		recommend.Item{ID: "islands", Lang: "en", Title: "Northern islands without a ferry"},
		recommend.Item{ID: "piers", Lang: "en", Title: "Piers and timetables"},
	)
	if _, err := e.indexer.Reindex(t.Context(), engine.ReindexOptions{}); err != nil {
		t.Fatal(err)
	}
	// Translations that come later join their works at once, as in a rebuild.
	e.put(t,
		recommend.Item{ID: "faehren", Lang: "de", Title: "Fahrpläne der Fähren im Norden", TranslationOf: "ferries"},
		recommend.Item{ID: "inseln", Lang: "de", Title: "Inseln im Norden ohne Fähren", TranslationOf: "islands"},
		recommend.Item{ID: "kaimauern", Lang: "de", Title: "Kaimauern im Norden"},
	)
	if _, err := e.indexer.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	e.check(t)
	for _, tt := range []struct {
		id   string
		q    recommend.Query
		want string
	}{
		{"ferries", recommend.Query{}, "[islands piers kaimauern]"},
		{"faehren", recommend.Query{}, "[inseln piers kaimauern]"},
		{"faehren", recommend.Query{Langs: []string{"de"}}, "[inseln kaimauern]"},
		{"faehren", recommend.Query{Langs: []string{"en"}}, "[islands piers]"},
		{"ferries", recommend.Query{Exclude: []string{"inseln"}}, "[piers kaimauern]"},
		{"kaimauern", recommend.Query{}, "[faehren inseln]"},
	} {
		tt.q.NoFill = true
		answer, err := e.reader.Related(t.Context(), tt.id, tt.q)
		if err != nil {
			t.Fatal(err)
		}
		ids := []string{}
		for _, r := range answer.Related {
			ids = append(ids, r.ID)
		}
		if got := fmt.Sprint(ids); got != tt.want {
			t.Errorf("related to %s, %+v: %s, want %s", tt.id, tt.q, got, tt.want)
		}
	}
}

// What a version under embargo says is neither among the reasons of what is shown of its
// work nor counted there; from the next rebuild after its embargo on it is.
func TestVersionsUnderEmbargoAreNotPooled(t *testing.T) {
	now := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	settings := recommend.DefaultSettings()
	settings.MinScore, settings.Odds = 0, 0
	e := newEngineAt(t, memory.New(), settings, func() time.Time { return now })
	e.put(t,
		recommend.Item{ID: "budget", Lang: "en", Title: "Budget of the harbour"},
		recommend.Item{ID: "geheim", Lang: "de", Title: "Fusion der Reedereien", TranslationOf: "budget", VisibleFrom: now.Add(time.Hour)},
		recommend.Item{ID: "reeder", Lang: "de", Title: "Reedereien vor der Fusion"},
	)
	related := func() []recommend.Entry {
		t.Helper()
		answer, err := e.reader.Related(t.Context(), "budget", recommend.Query{NoFill: true})
		if err != nil {
			t.Fatal(err)
		}
		return answer.Related
	}
	if _, err := e.indexer.Reindex(t.Context(), engine.ReindexOptions{}); err != nil {
		t.Fatal(err)
	}
	if got := related(); len(got) > 0 {
		t.Errorf("before the end of the embargo: %+v, want nothing", got)
	}
	now = now.Add(2 * time.Hour)
	if got := related(); len(got) > 0 {
		t.Errorf("before the next rebuild: %+v, want nothing", got)
	}
	if _, err := e.indexer.Reindex(t.Context(), engine.ReindexOptions{Force: true}); err != nil {
		t.Fatal(err)
	}
	if got := related(); len(got) != 1 || got[0].ID != "reeder" {
		t.Errorf("after it: %+v, want reeder", got)
	}
	e.check(t)
}
