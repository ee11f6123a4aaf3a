package recommend

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// good returns an item that has every field, for tests to break one.
func good() Item {
	return Item{
		ID: "rents-2024", URL: "https://example.org/rents?y=2024", Title: "Rents", Summary: "On rents.", Body: "Long.",
		Lang: "en", Types: []string{"Reports"}, Topics: []string{"housing"}, Authors: []string{"Ana Gil"},
		Date: "2024-03-26", SortDate: time.Date(2024, 3, 26, 9, 0, 0, 0, time.UTC),
		VisibleFrom:   time.Date(2024, 3, 26, 9, 0, 0, 0, time.UTC),
		Image:         &Image{URL: "/rents.jpg", Alt: "A street", Credit: "A. Gil"},
		TranslationOf: "alquileres", Aliases: []string{"rents", "/old/rents", "http://example.org/r"},
		Version: 3, Status: Published,
	}
}

// goodTopic returns a topic that has every field.
func goodTopic() Topic {
	return Topic{
		Slug: "vivienda y más", Title: "Housing", Kind: KindProgram, Introduction: "*On* housing.",
		Image: &Image{URL: "/h.jpg"}, Parent: "cities", Featured: []string{"rents", "tenants"},
		Sections: DefaultSections(),
	}
}

// names returns n different names.
func names(n int) []string {
	s := make([]string, n)
	for i := range s {
		s[i] = fmt.Sprintf("name%d", i)
	}
	return s
}

// field returns the field that err names, "" if err is nil.
func fieldOf(t *testing.T, err error) string {
	t.Helper()
	if err == nil {
		return ""
	}
	var e *InvalidError
	if !errors.As(err, &e) {
		t.Fatalf("got a %T (%v), want an *InvalidError", err, err)
	}
	if strings.ContainsAny(e.Error(), "\n\r\x00") || len(e.Error()) > 500 {
		t.Errorf("error is not one short line: %q", e.Error())
	}
	return e.Field
}

func TestItemValidate(t *testing.T) {
	long := func(n int) string { return strings.Repeat("x", n) }
	tests := []struct {
		name  string
		alter func(*Item)
		field string // of the error; "": none
	}{
		{"whole", func(*Item) {}, ""},
		{"least", func(it *Item) { *it = Item{ID: "a", Title: "b"} }, ""},
		{"summary alone", func(it *Item) { *it = Item{ID: "a", Summary: "b"} }, ""},
		{"image text alone", func(it *Item) { *it = Item{ID: "a", Image: &Image{Alt: "b"}} }, ""},
		{"body alone", func(it *Item) { *it = Item{ID: "a", Body: "b"} }, "title"},
		{"image address alone", func(it *Item) { *it = Item{ID: "a", Image: &Image{URL: "/b"}} }, "title"},
		{"tags alone", func(it *Item) { *it = Item{ID: "a", Title: "<i></i>", Summary: "<img src='a.jpg' alt='A boat'>"} }, "title"},
		{"entities of nothing", func(it *Item) { *it = Item{ID: "a", Title: "&nbsp;&#8203;&shy;"} }, "title"},
		{"punctuation alone", func(it *Item) { *it = Item{ID: "a", Title: "…", Summary: "?! – \"\""} }, "title"},
		{"characters that show nothing", func(it *Item) { *it = Item{ID: "a", Title: "\u200b\u3164\u2800\ufeff\u200e"} }, "title"},
		{"blank texts", func(it *Item) { *it = Item{ID: "a", Title: " ", Summary: "\u00a0\n"} }, "title"},
		{"withdrawn without text", func(it *Item) { *it = Item{ID: "a", Status: Withdrawn} }, ""},
		{"HTML in text", func(it *Item) { it.Title, it.Summary = "<b>A&amp;B", "<script>x</script>" }, ""},

		{"no id", func(it *Item) { it.ID = "" }, "id"},
		{"id at limit", func(it *Item) { it.ID = long(200) }, ""},
		{"id over limit", func(it *Item) { it.ID = long(201) }, "id"},
		{"id of all characters", func(it *Item) { it.ID = "AZaz09._~-" }, ""},
		{"id with slash", func(it *Item) { it.ID = "a/b" }, "id"},
		{"id with space", func(it *Item) { it.ID = "a b" }, "id"},
		{"id with letter beyond ASCII", func(it *Item) { it.ID = "año" }, "id"},
		{"id with NUL", func(it *Item) { it.ID = "a\x00" }, "id"},
		{"id dot", func(it *Item) { it.ID = "." }, "id"},
		{"id two dots", func(it *Item) { it.ID = ".." }, "id"},
		{"id three dots", func(it *Item) { it.ID = "..." }, ""},

		{"no url", func(it *Item) { it.URL = "" }, ""},
		{"url at limit", func(it *Item) { it.URL = "/" + long(2047) }, ""},
		{"url over limit", func(it *Item) { it.URL = "/" + long(2048) }, "url"},
		{"url http", func(it *Item) { it.URL = "HTTP://example.org" }, ""},
		{"url root", func(it *Item) { it.URL = "/" }, ""},
		{"url beyond ASCII", func(it *Item) { it.URL = "https://example.org/año" }, ""},
		{"url port", func(it *Item) { it.URL = "http://[::1]:8080/a" }, ""},
		{"url without scheme", func(it *Item) { it.URL = "//example.org/a" }, "url"},
		{"url without slash", func(it *Item) { it.URL = "a/b" }, "url"},
		{"url javascript", func(it *Item) { it.URL = "javascript:alert(1)" }, "url"},
		{"url JavaScript", func(it *Item) { it.URL = "JaVaScript:alert(1)" }, "url"},
		{"url data", func(it *Item) { it.URL = "data:text/html,x" }, "url"},
		{"url ftp", func(it *Item) { it.URL = "ftp://example.org/" }, "url"},
		{"url mailto", func(it *Item) { it.URL = "mailto:a@example.org" }, "url"},
		{"url without host", func(it *Item) { it.URL = "https:///a" }, "url"},
		{"url opaque", func(it *Item) { it.URL = "https:example.org" }, "url"},
		{"url port alone", func(it *Item) { it.URL = "http://:80/" }, "url"},
		{"url with user", func(it *Item) { it.URL = "https://bank.example@evil.example/" }, "url"},
		{"url with space", func(it *Item) { it.URL = "/a b" }, "url"},
		{"url with leading space", func(it *Item) { it.URL = " /a" }, "url"},
		{"url with newline", func(it *Item) { it.URL = "/a\nb" }, "url"},
		{"url with tab", func(it *Item) { it.URL = "/\t/evil.example" }, "url"},
		{"url with backslash", func(it *Item) { it.URL = `/\evil.example` }, "url"},
		{"url with bad escape", func(it *Item) { it.URL = "/%zz" }, "url"},
		{"url not UTF-8", func(it *Item) { it.URL = "/\xff" }, "url"},

		{"title at limit", func(it *Item) { it.Title = long(1024) }, ""},
		{"title over limit", func(it *Item) { it.Title = long(1025) }, "title"},
		{"title over limit in bytes", func(it *Item) { it.Title = strings.Repeat("é", 513) }, "title"},
		{"title not UTF-8", func(it *Item) { it.Title = "a\xffb" }, "title"},
		{"summary at limit", func(it *Item) { it.Summary = long(16384) }, ""},
		{"summary over limit", func(it *Item) { it.Summary = long(16385) }, "summary"},
		{"summary not UTF-8", func(it *Item) { it.Summary = "\xc3" }, "summary"},
		{"body at limit", func(it *Item) { it.Body = long(262144) }, ""},
		{"body over limit", func(it *Item) { it.Body = long(262145) }, "body"},
		{"body not UTF-8", func(it *Item) { it.Body = "\xed\xa0\x80" }, "body"},

		{"no lang", func(it *Item) { it.Lang = "" }, ""},
		{"lang region", func(it *Item) { it.Lang = "es-419" }, ""},
		{"lang script", func(it *Item) { it.Lang = "zh-Hant-TW" }, ""},
		{"lang private use", func(it *Item) { it.Lang = "en-x-plain" }, ""},
		{"lang upper case", func(it *Item) { it.Lang = "EN" }, ""},
		{"lang underscore", func(it *Item) { it.Lang = "en_US" }, "lang"},
		{"lang by name", func(it *Item) { it.Lang = "english" }, "lang"},
		{"lang one letter", func(it *Item) { it.Lang = "e" }, "lang"},
		{"lang digits", func(it *Item) { it.Lang = "12" }, "lang"},
		{"lang ends in hyphen", func(it *Item) { it.Lang = "en-" }, "lang"},
		{"lang ends in singleton", func(it *Item) { it.Lang = "en-x" }, "lang"},
		{"lang subtag of nine", func(it *Item) { it.Lang = "en-abcdefghi" }, "lang"},
		{"lang at limit", func(it *Item) { it.Lang = "en-x-" + "abcdefgh-abcdefgh-abcdefgh-abc" }, ""},
		{"lang over limit", func(it *Item) { it.Lang = "en-x-" + "abcdefgh-abcdefgh-abcdefgh-abcd" }, "lang"},

		{"no types", func(it *Item) { it.Types = nil }, ""},
		{"types at limit", func(it *Item) { it.Types = names(16) }, ""},
		{"types over limit", func(it *Item) { it.Types = names(17) }, "types"},
		{"type at limit", func(it *Item) { it.Types = []string{long(100)} }, ""},
		{"type over limit", func(it *Item) { it.Types = []string{"a", long(101)} }, "types[1]"},
		{"type with ampersand", func(it *Item) { it.Types = []string{"Expert Q&A"} }, ""},
		{"type empty", func(it *Item) { it.Types = []string{""} }, "types[0]"},
		{"type blank", func(it *Item) { it.Types = []string{"a", " "} }, "types[1]"},
		{"type twice", func(it *Item) { it.Types = []string{"a", "b", "a"} }, "types[2]"},
		{"type with NUL", func(it *Item) { it.Types = []string{"a\x00"} }, "types[0]"},
		{"topics at limit", func(it *Item) { it.Topics = names(64) }, ""},
		{"topics over limit", func(it *Item) { it.Topics = names(65) }, "topics"},
		{"topic at limit", func(it *Item) { it.Topics = []string{long(128)} }, ""},
		{"topic over limit", func(it *Item) { it.Topics = []string{long(129)} }, "topics[0]"},
		{"topic of any script", func(it *Item) { it.Topics = []string{"migración", "移民", "use::web page", "a.b"} }, ""},
		{"topic with slash", func(it *Item) { it.Topics = []string{"a/b"} }, "topics[0]"},
		{"topic dot", func(it *Item) { it.Topics = []string{"."} }, "topics[0]"},
		{"topic two dots", func(it *Item) { it.Topics = []string{"a", ".."} }, "topics[1]"},
		{"topic with C1 control", func(it *Item) { it.Topics = []string{"a\u0085"} }, "topics[0]"},
		{"topic not UTF-8", func(it *Item) { it.Topics = []string{"a\xff"} }, "topics[0]"},
		{"topic twice", func(it *Item) { it.Topics = []string{"a", "a"} }, "topics[1]"},
		{"authors at limit", func(it *Item) { it.Authors = names(64) }, ""},
		{"authors over limit", func(it *Item) { it.Authors = names(65) }, "authors"},
		{"author at limit", func(it *Item) { it.Authors = []string{long(200)} }, ""},
		{"author over limit", func(it *Item) { it.Authors = []string{long(201)} }, "authors[0]"},
		{"author empty", func(it *Item) { it.Authors = []string{"a", ""} }, "authors[1]"},
		{"author with newline", func(it *Item) { it.Authors = []string{"a\nb"} }, "authors[0]"},

		{"no date", func(it *Item) { it.Date = "" }, ""},
		{"date month", func(it *Item) { it.Date = "2024-03" }, ""},
		{"date leap day", func(it *Item) { it.Date = "2024-02-29" }, ""},
		{"date first", func(it *Item) { it.Date = "0001-01-01" }, ""},
		{"date last", func(it *Item) { it.Date = "9999-12-31" }, ""},
		{"date no leap day", func(it *Item) { it.Date = "2023-02-29" }, "date"},
		{"date day 31 of April", func(it *Item) { it.Date = "2024-04-31" }, "date"},
		{"date month 13", func(it *Item) { it.Date = "2024-13" }, "date"},
		{"date month 0", func(it *Item) { it.Date = "2024-00-10" }, "date"},
		{"date year 0", func(it *Item) { it.Date = "0000-01-01" }, "date"},
		{"date year alone", func(it *Item) { it.Date = "2024" }, "date"},
		{"date short", func(it *Item) { it.Date = "2024-3-26" }, "date"},
		{"date American", func(it *Item) { it.Date = "03/26/2024" }, "date"},
		{"date with time", func(it *Item) { it.Date = "2024-03-26T00:00:00Z" }, "date"},
		{"date in words", func(it *Item) { it.Date = "March 2024" }, "date"},
		{"sortDate last", func(it *Item) { it.SortDate = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC) }, ""},
		{"sortDate too late in UTC", func(it *Item) {
			it.SortDate = time.Date(9999, 12, 31, 23, 59, 59, 0, time.FixedZone("", -3600))
		}, "sortDate"},
		{"sortDate before year 1", func(it *Item) { it.SortDate = time.Date(0, 12, 31, 0, 0, 0, 0, time.UTC) }, "sortDate"},
		{"visibleFrom too late", func(it *Item) { it.VisibleFrom = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC) }, "visibleFrom"},

		{"image empty", func(it *Item) { it.Image = &Image{} }, ""},
		{"image.url javascript", func(it *Item) { it.Image.URL = "javascript:1" }, "image.url"},
		{"image.url over limit", func(it *Item) { it.Image.URL = "/" + long(2048) }, "image.url"},
		{"image.alt at limit", func(it *Item) { it.Image.Alt = long(1024) }, ""},
		{"image.alt over limit", func(it *Item) { it.Image.Alt = long(1025) }, "image.alt"},
		{"image.credit at limit", func(it *Item) { it.Image.Credit = long(300) }, ""},
		{"image.width over limit", func(it *Item) { it.Image.Width = MaxPixels + 1 }, "image.width"},
		{"image.height below 0", func(it *Item) { it.Image.Height = -1 }, "image.height"},
		{"image.srcset of widths", func(it *Item) { it.Image.Srcset = "/a.jpg 320w, https://b.example/b,c.jpg 640w" }, ""},
		{"image.srcset of densities", func(it *Item) { it.Image.Srcset = "/a.jpg 2x" }, "image.srcset"},
		{"image.srcset without a width", func(it *Item) { it.Image.Srcset = "/a.jpg 320w, /b.jpg" }, "image.srcset"},
		{"image.srcset without a comma", func(it *Item) { it.Image.Srcset = "/a.jpg 320w /b.jpg 640w" }, "image.srcset"},
		{"image.srcset of a script", func(it *Item) { it.Image.Srcset = "javascript:1 320w" }, "image.srcset"},
		{"image.srcset over limit", func(it *Item) { it.Image.Srcset = "/" + long(4096) + " 1w" }, "image.srcset"},
		{"image.credit over limit", func(it *Item) { it.Image.Credit = long(301) }, "image.credit"},

		{"translationOf itself", func(it *Item) { it.TranslationOf = it.ID }, "translationOf"},
		{"translationOf no id", func(it *Item) { it.TranslationOf = "a b" }, "translationOf"},
		{"aliases at limit", func(it *Item) { it.Aliases = names(32) }, ""},
		{"aliases over limit", func(it *Item) { it.Aliases = names(33) }, "aliases"},
		{"alias address at limit", func(it *Item) { it.Aliases = []string{"/" + long(2047)} }, ""},
		{"alias address over limit", func(it *Item) { it.Aliases = []string{"/" + long(2048)} }, "aliases[0]"},
		{"alias id over limit", func(it *Item) { it.Aliases = []string{long(201)} }, "aliases[0]"},
		{"alias own id", func(it *Item) { it.Aliases = []string{"a", it.ID} }, "aliases[1]"},
		{"alias own url", func(it *Item) { it.Aliases = []string{it.URL} }, "aliases[0]"},
		{"alias empty", func(it *Item) { it.URL, it.Aliases = "", []string{""} }, "aliases[0]"},
		{"alias javascript", func(it *Item) { it.Aliases = []string{"javascript:1"} }, "aliases[0]"},
		{"alias twice", func(it *Item) { it.Aliases = []string{"a", "a"} }, "aliases[1]"},

		{"version none", func(it *Item) { it.Version = 0 }, ""},
		{"version negative", func(it *Item) { it.Version = -1 }, "version"},
		{"status none", func(it *Item) { it.Status = "" }, ""},
		{"status draft", func(it *Item) { it.Status = "draft" }, "status"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			it := good()
			tt.alter(&it)
			if got := fieldOf(t, it.Validate()); got != tt.field {
				t.Errorf("Validate() = %v, want an error of field %q", it.Validate(), tt.field)
			}
		})
	}
}

func TestTopicValidate(t *testing.T) {
	long := func(n int) string { return strings.Repeat("x", n) }
	tests := []struct {
		name  string
		alter func(*Topic)
		field string // of the error; "": none
	}{
		{"whole", func(*Topic) {}, ""},
		{"least", func(tp *Topic) { *tp = Topic{Slug: "a"} }, ""},
		{"no slug", func(tp *Topic) { tp.Slug = "" }, "slug"},
		{"slug at limit", func(tp *Topic) { tp.Slug = long(128) }, ""},
		{"slug over limit", func(tp *Topic) { tp.Slug = long(129) }, "slug"},
		{"slug over limit in bytes", func(tp *Topic) { tp.Slug = strings.Repeat("é", 65) }, "slug"},
		{"slug with slash", func(tp *Topic) { tp.Slug = "a/b" }, "slug"},
		{"slug dots", func(tp *Topic) { tp.Slug = ".." }, "slug"},
		{"slug with newline", func(tp *Topic) { tp.Slug = "a\n" }, "slug"},
		{"slug blank", func(tp *Topic) { tp.Slug = " " }, "slug"},
		{"title at limit", func(tp *Topic) { tp.Title = long(1024) }, ""},
		{"title over limit", func(tp *Topic) { tp.Title = long(1025) }, "title"},
		{"title in a language over limit", func(tp *Topic) { tp.Titles = map[string]string{"es": long(1025)} }, "titles.es"},
		{"title in no language", func(tp *Topic) { tp.Titles = map[string]string{"": "A"} }, "titles"},
		{"introduction in what is not a language", func(tp *Topic) { tp.Introductions = map[string]string{"español": "A"} }, "introductions.español"},
		{"section title in a language over limit", func(tp *Topic) { tp.Sections[1].Titles = map[string]string{"es": long(201)} }, "sections[1].titles.es"},
		{"kind about", func(tp *Topic) { tp.Kind = KindAbout }, ""},
		{"kind other", func(tp *Topic) { tp.Kind = "page" }, "kind"},
		{"introduction at limit", func(tp *Topic) { tp.Introduction = long(65536) }, ""},
		{"introduction over limit", func(tp *Topic) { tp.Introduction = long(65537) }, "introduction"},
		{"image", func(tp *Topic) { tp.Image.URL = "ftp://a" }, "image.url"},
		{"parent itself", func(tp *Topic) { tp.Parent = tp.Slug }, "parent"},
		{"parent with slash", func(tp *Topic) { tp.Parent = "a/b" }, "parent"},
		{"featured at limit", func(tp *Topic) { tp.Featured = names(100) }, ""},
		{"featured over limit", func(tp *Topic) { tp.Featured = names(101) }, "featured"},
		{"featured twice", func(tp *Topic) { tp.Featured = []string{"a", "b", "b"} }, "featured[2]"},
		{"featured no id", func(tp *Topic) { tp.Featured = []string{"a/b"} }, "featured[0]"},
		{"no sections", func(tp *Topic) { tp.Sections = []Section{} }, ""},
		{"sections over limit", func(tp *Topic) { tp.Sections = make([]Section, 21) }, "sections"},
		{"section without name", func(tp *Topic) { tp.Sections[1].Name = "" }, "sections[1].name"},
		{"section name at limit", func(tp *Topic) { tp.Sections[1].Name = long(64) }, ""},
		{"section name over limit", func(tp *Topic) { tp.Sections[1].Name = long(65) }, "sections[1].name"},
		{"section name with hyphen", func(tp *Topic) { tp.Sections[1].Name = "q-a-2" }, ""},
		{"section name ends in hyphen", func(tp *Topic) { tp.Sections[1].Name = "q-" }, "sections[1].name"},
		{"section name in capitals", func(tp *Topic) { tp.Sections[1].Name = "Reports" }, "sections[1].name"},
		{"section name with space", func(tp *Topic) { tp.Sections[1].Name = "a b" }, "sections[1].name"},
		{"section name twice", func(tp *Topic) { tp.Sections[3].Name = "recent" }, "sections[3].name"},
		{"section name twice, side by side", func(tp *Topic) { tp.Sections[1].Name = "recent" }, "sections[1].name"},
		{"section title over limit", func(tp *Topic) { tp.Sections[0].Title = long(201) }, "sections[0].title"},
		{"section types over limit", func(tp *Topic) { tp.Sections[0].Types = names(17) }, "sections[0].types"},
		{"section type empty", func(tp *Topic) { tp.Sections[0].Types = []string{""} }, "sections[0].types[0]"},
		{"section field unknown", func(tp *Topic) { tp.Sections[0].Fields = []string{"image", "author"} }, "sections[0].fields[1]"},
		{"section field twice", func(tp *Topic) { tp.Sections[0].Fields = []string{"date", "date"} }, "sections[0].fields[1]"},
		{"section size at limit", func(tp *Topic) { tp.Sections[0].Size = 100 }, ""},
		{"section size over limit", func(tp *Topic) { tp.Sections[0].Size = 101 }, "sections[0].size"},
		{"section size negative", func(tp *Topic) { tp.Sections[0].Size = -1 }, "sections[0].size"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tp := goodTopic()
			tt.alter(&tp)
			if got := fieldOf(t, tp.Validate()); got != tt.field {
				t.Errorf("Validate() = %v, want an error of field %q", tp.Validate(), tt.field)
			}
		})
	}
}

// An error says the limit and how far it was passed.
func TestInvalidErrorNamesLimit(t *testing.T) {
	it := Item{ID: "a", Title: strings.Repeat("x", 1100)}
	if got, want := it.Validate().Error(), "title: is 1100 bytes long, at most 1024"; got != want {
		t.Errorf("Validate() = %q, want %q", got, want)
	}
}

func TestConflictError(t *testing.T) {
	for _, tt := range []struct {
		err  ConflictError
		want string
	}{
		{ConflictError{"rents", 5, 3}, `item "rents": version 3 is older than the stored version 5`},
		{ConflictError{"rents", 5, 5}, `item "rents": version 5 is stored with other content; use version 6 or a later one`},
	} {
		if got := tt.err.Error(); got != tt.want {
			t.Errorf("%+v.Error() = %q, want %q", tt.err, got, tt.want)
		}
	}
}

func TestSortTime(t *testing.T) {
	day := time.Date(2024, 3, 26, 0, 0, 0, 0, time.UTC)
	noon := day.Add(12 * time.Hour)
	for _, tt := range []struct {
		name string
		it   Item
		want time.Time
	}{
		{"nothing", Item{}, time.Time{}},
		{"day", Item{Date: "2024-03-26"}, day},
		{"month", Item{Date: "2024-03"}, day.AddDate(0, 0, -25)},
		{"sort date goes first", Item{Date: "2024-01", SortDate: noon}, noon},
		{"in UTC", Item{SortDate: noon.In(time.FixedZone("", 7200))}, noon},
		{"no date", Item{Date: "soon"}, time.Time{}},
	} {
		if got := tt.it.SortTime(); got != tt.want {
			t.Errorf("%s: SortTime() = %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestCanonicalLang(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "en": "en", "EN": "en", "en-us": "en-US", "ZH-hant-tw": "zh-Hant-TW", "es-419": "es-419",
		"EN-X-US": "en-x-us", "de-1901": "de-1901", "en_US": "en_US",
	} {
		if got := CanonicalLang(in); got != want {
			t.Errorf("CanonicalLang(%q) = %q, want %q", in, got, want)
		}
	}
}

// The default sections are a topic's to have, and each call's own.
func TestDefaultSections(t *testing.T) {
	first := DefaultSections()
	if err := (Topic{Slug: "a", Sections: first}).Validate(); err != nil {
		t.Fatal(err)
	}
	first[0].Types[0] = "changed"
	if diff := cmp.Diff([]string{"Articles", "Reports", "Policy Briefs", "Commentaries"}, DefaultSections()[0].Types); diff != "" {
		t.Errorf("types of the first section (-want +got):\n%s", diff)
	}
	var got []string
	for _, s := range DefaultSections() {
		got = append(got, s.Name)
	}
	if diff := cmp.Diff([]string{"recent", "reports", "articles", "multimedia", "latest"}, got); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
}
