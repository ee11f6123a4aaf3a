package recommend

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestDecodeItem(t *testing.T) {
	tests := []struct {
		name, in string
		want     Item
	}{
		{"least", `{"id":"a","title":"b"}`, Item{ID: "a", Title: "b"}},
		{"space around", " \r\n\t{ \"id\" : \"a\" , \"title\"\n:\"b\" } \n", Item{ID: "a", Title: "b"}},
		{"null is absent", `{"id":"a","title":"b","url":null,"types":null,"image":null,"sortDate":null,"version":null}`, Item{ID: "a", Title: "b"}},
		{"null within", `{"id":"a","image":{"url":null,"alt":"b"}}`, Item{ID: "a", Image: &Image{Alt: "b"}}},
		{"image in sizes", `{"id":"a","title":"b","image":{"url":"/c.jpg","width":720,"height":480,"srcset":"/c-320.jpg 320w, /c-640.jpg 640w"}}`,
			Item{ID: "a", Title: "b", Image: &Image{URL: "/c.jpg", Width: 720, Height: 480, Srcset: "/c-320.jpg 320w, /c-640.jpg 640w"}}},
		{"empty is absent", `{"id":"a","title":"b","types":[],"topics":[ ],"authors":[],"aliases":[],"image":{}}`, Item{ID: "a", Title: "b"}},
		{"escapes", `{"\u0069d":"a","title":"\"\\\u00e9\ud83d\ude00\/"}`, Item{ID: "a", Title: "\"\\é😀/"}},
		{"no escape after a backslash", `{"id":"a","title":"\\ud83d"}`, Item{ID: "a", Title: `\ud83d`}},
		{"times in UTC", `{"id":"a","title":"b","sortDate":"2024-03-26T01:30:00+02:00","visibleFrom":"2024-03-26T01:30:00.5Z"}`, Item{
			ID: "a", Title: "b", SortDate: time.Date(2024, 3, 25, 23, 30, 0, 0, time.UTC),
			VisibleFrom: time.Date(2024, 3, 26, 1, 30, 0, 5e8, time.UTC),
		}},
		{"usual spelling of a language", `{"id":"a","title":"b","lang":"ES-mx"}`, Item{ID: "a", Title: "b", Lang: "es-MX"}},
		{"HTML is kept", `{"id":"a","title":"<b>x</b> &amp; y"}`, Item{ID: "a", Title: "<b>x</b> &amp; y"}},
		{"withdrawal", `{"id":"a","status":"withdrawn","version":7}`, Item{ID: "a", Status: Withdrawn, Version: 7}},
		{"what comes twice in an array is kept once", `{"id":"a","title":"b","topics":["c","d","c","c","e","d"],"authors":["f","f"]}`,
			Item{ID: "a", Title: "b", Topics: []string{"c", "d", "e"}, Authors: []string{"f"}}},
		{"array of several", `{"id":"a","title":"b","types":["c" , "d"],"aliases":["/e","f"]}`, Item{
			ID: "a", Title: "b", Types: []string{"c", "d"}, Aliases: []string{"/e", "f"},
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := DecodeItem([]byte(tt.in))
			if err != nil {
				t.Fatalf("DecodeItem(%s): %v", tt.in, err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("DecodeItem(%s) (-want +got):\n%s", tt.in, diff)
			}
		})
	}
}

func TestDecodeItemRefuses(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"nothing", ``, "json: nothing there where an object should start at byte 1"},
		{"space alone", "  \n", "json: nothing there where an object should start at byte 1"},
		{"half an object", `{"id":"a"`, "json: ends in the middle of an object at byte 10"},
		{"no JSON", `id: a`, "json: invalid character 'i' looking for beginning of value at byte 1"},
		{"something after it", `{"id":"a","title":"b"}]`, "json: invalid character ']' after top-level value at byte 23"},
		{"two objects", `{"id":"a","title":"b"}{}`, "json: invalid character '{' after top-level value at byte 23"},
		{"newline in a string", "{\"id\":\"a\nb\"}", `json: invalid character '\n' in string literal at byte 9`},
		{"comma at the end", `{"id":"a",}`, "json: invalid character '}' looking for beginning of object key string at byte 11"},
		{"NaN", `{"id":"a","version":NaN}`, "json: invalid character 'N' looking for beginning of value at byte 21"},

		{"array", `["a"]`, "item: must be a JSON object, not an array"},
		{"string", `"a"`, "item: must be a JSON object, not a string"},
		{"number", ` 1`, "item: must be a JSON object, not a number"},
		{"null", `null`, "item: must be a JSON object, not null"},
		{"nothing in it", `{}`, "id: is missing"},

		{"id of a number", `{"id":5,"title":"b"}`, "id: must be a string, not a number"},
		{"title of an array", `{"id":"a","title":["b"]}`, "title: must be a string, not an array"},
		{"title of a truth", `{"id":"a","title":true}`, "title: must be a string, not true or false"},
		{"types of a string", `{"id":"a","title":"b","types":"c"}`, "types: must be an array of strings, not a string"},
		{"type of a number", `{"id":"a","title":"b","types":["c",4]}`, "types[1]: must be a string, not a number"},
		{"type of null", `{"id":"a","title":"b","types":[null]}`, "types[0]: must be a string, not null"},
		{"author of an object", `{"id":"a","title":"b","authors":[{"name":"c"}]}`, "authors[0]: must be a string, not an object"},
		{"image of a string", `{"id":"a","title":"b","image":"/c.jpg"}`, "image: must be an object, not a string"},
		{"alt of an object", `{"id":"a","title":"b","image":{"alt":{}}}`, "image.alt: must be a string, not an object"},
		{"version of a string", `{"id":"a","title":"b","version":"1"}`, "version: must be a whole number, not a string"},
		{"version of a fraction", `{"id":"a","title":"b","version":1.5}`, "version: must be a whole number under 2^63, not 1.5"},
		{"version too large", `{"id":"a","title":"b","version":9223372036854775808}`, "version: must be a whole number under 2^63, not 9223372036854775808"},
		{"version with a leading zero", `{"id":"a","title":"b","version":01}`, "json: invalid character '1' after object key:value pair at byte 34"},
		{"version of an exponent", `{"id":"a","title":"b","version":1e2}`, "version: must be a whole number under 2^63, not 1e2"},
		{"far too many topics", `{"id":"a","title":"b","topics":["c"` + strings.Repeat(`,"c"`, 1000) + `]}`, "topics: has 1001 entries, at most 64"},
		{"version zero", `{"id":"a","title":"b","version":0}`, "version: is 0, must be 1 or more"},
		{"version negative", `{"id":"a","title":"b","version":-4}`, "version: is -4, must be 1 or more"},
		{"sortDate of a number", `{"id":"a","title":"b","sortDate":1711443600}`, "sortDate: must be a string, not a number"},
		{"sortDate without zone", `{"id":"a","title":"b","sortDate":"2024-03-26T09:00:00"}`,
			`sortDate: "2024-03-26T09:00:00" is not a time like "2024-03-26T09:00:00Z" (RFC 3339)`},
		{"sortDate a day", `{"id":"a","title":"b","sortDate":"2024-03-26"}`, `sortDate: "2024-03-26" is not a time like "2024-03-26T09:00:00Z" (RFC 3339)`},
		{"sortDate empty", `{"id":"a","title":"b","sortDate":""}`, `sortDate: "" is not a time like "2024-03-26T09:00:00Z" (RFC 3339)`},
		{"sortDate of hour 24", `{"id":"a","title":"b","sortDate":"2024-03-26T24:00:00Z"}`, `sortDate: "2024-03-26T24:00:00Z" is not a time like "2024-03-26T09:00:00Z" (RFC 3339)`},
		{"sortDate before year 1", `{"id":"a","title":"b","sortDate":"0001-01-01T00:00:00+01:00"}`, "sortDate: is in the year 0, must be in 1 to 9999, UTC"},
		{"visibleFrom in words", `{"id":"a","title":"b","visibleFrom":"tomorrow"}`, `visibleFrom: "tomorrow" is not a time like "2024-03-26T09:00:00Z" (RFC 3339)`},

		{"unknown field near one", `{"id":"a","titel":"b"}`, `titel: unknown field; did you mean "title"?`},
		{"name in other case", `{"id":"a","Title":"b"}`, `Title: unknown field; did you mean "title"?`},
		{"name in snake case", `{"id":"a","title":"b","visible_from":"2024-03-26T09:00:00Z"}`, `visible_from: unknown field; did you mean "visibleFrom"?`},
		{"singular", `{"id":"a","title":"b","author":"c"}`, `author: unknown field; did you mean "authors"?`},
		{"called otherwise", `{"id":"a","description":"b"}`, `description: unknown field; did you mean "summary"?`},
		{"called otherwise, nearer to a wrong one", `{"id":"a","type":["b"]}`, `type: unknown field; did you mean "types"?`},
		{"unknown field near none", `{"id":"a","title":"b","x":1}`,
			"x: unknown field; there are id, url, title, summary, body, lang, types, topics, authors, date, sortDate, visibleFrom, image, translationOf, aliases, version, status"},
		{"unknown field within", `{"id":"a","title":"b","image":{"src":"/c"}}`, `image.src: unknown field; did you mean "url"?`},
		{"unknown field of odd name", `{"id":"a","title":"b","a\nb":1}`,
			`"a\nb": unknown field; there are id, url, title, summary, body, lang, types, topics, authors, date, sortDate, visibleFrom, image, translationOf, aliases, version, status`},
		{"field twice", `{"id":"a","title":"b","title":"b"}`, "title: is given twice"},
		{"field twice, once escaped", `{"id":"a","title":"b","t\u0069tle":"c"}`, "title: is given twice"},
		{"field twice within", `{"id":"a","title":"b","image":{"alt":"c","alt":null}}`, "image.alt: is given twice"},
		{"shadowed field twice", `{"id":"a","title":"b","version":1,"version":2}`, "version: is given twice"},

		{"not UTF-8", "{\"id\":\"a\",\"title\":\"caf\xe9\"}", "title: is not valid UTF-8; convert the text to UTF-8 first"},
		{"not UTF-8 in an array", "{\"id\":\"a\",\"title\":\"b\",\"types\":[\"c\",\"\xff\"]}", "types[1]: is not valid UTF-8; convert the text to UTF-8 first"},
		{"not UTF-8 within", "{\"id\":\"a\",\"image\":{\"alt\":\"\xc0\x80\"}}", "image.alt: is not valid UTF-8; convert the text to UTF-8 first"},
		{"not UTF-8 after an escape", "{\"id\":\"a\",\"title\":\"b\\n\xff\"}", "title: is not valid UTF-8; convert the text to UTF-8 first"},
		{"not UTF-8 in a name", "{\"id\":\"a\",\"\xff\":1}", "name of a field: is not valid UTF-8; convert the text to UTF-8 first"},
		{"an error of a field and of the syntax", `{"titel":"a"`, "json: ends in the middle of an object at byte 13"},
		{"no escape", `{"id":"\x41"}`, `json: invalid character 'x' in string escape code at byte 9`},
		{"half an escape", `{"id":"\u00"}`, `json: invalid character '"' in \u hexadecimal character escape at byte 12`},
		{"half a pair", `{"id":"a","title":"x\ud83d"}`, `title: has \ud83d, half of a surrogate pair; it is not valid Unicode`},
		{"half a pair, then a letter", `{"id":"a","title":"\uD83D\u0041"}`, `title: has \uD83D, half of a surrogate pair; it is not valid Unicode`},
		{"a pair the wrong way round", `{"id":"a","title":"\ude00\ud83d"}`, `title: has \ude00, half of a surrogate pair; it is not valid Unicode`},
		{"a limit", `{"id":"` + strings.Repeat("x", 201) + `","title":"b"}`, "id: is 201 bytes long, at most 200"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			it, err := DecodeItem([]byte(tt.in))
			if err == nil {
				t.Fatalf("DecodeItem(%s) = %+v, want error %s", tt.in, it, tt.want)
			}
			if got := err.Error(); got != tt.want {
				t.Errorf("DecodeItem(%s)\n got %s\nwant %s", tt.in, got, tt.want)
			}
			var syntax *SyntaxError
			if got, want := errors.As(err, &syntax), strings.HasPrefix(tt.want, "json: "); got != want {
				t.Errorf("DecodeItem(%s): is a SyntaxError: %t, want %t", tt.in, got, want)
			}
			if diff := cmp.Diff(Item{}, it); diff != "" {
				t.Errorf("DecodeItem(%s) with an error (-want +got):\n%s", tt.in, diff)
			}
		})
	}
}

func TestDecodeTopic(t *testing.T) {
	tests := []struct {
		name, in string
		want     Topic
	}{
		{"least", `{"slug":"a"}`, Topic{Slug: "a"}},
		{"whole", `{"slug":"a b","title":"A","kind":"program","introduction":"*b*","image":{"url":"/c"},"parent":"d",
			"featured":["e","f"],"sections":[{"name":"g","title":"G","types":["h"],"fields":["date"],"size":9,"compact":true},{"name":"i"}]}`, Topic{
			Slug: "a b", Title: "A", Kind: KindProgram, Introduction: "*b*", Image: &Image{URL: "/c"}, Parent: "d",
			Featured: []string{"e", "f"},
			Sections: []Section{{Name: "g", Title: "G", Types: []string{"h"}, Fields: []string{"date"}, Size: 9, Compact: true}, {Name: "i"}},
		}},
		{"in languages", `{"slug":"a","title":"A","titles":{"ES":"B","pt-br":"C"},"introductions":{"es":"*d*"},"sections":[{"name":"e","titles":{"es":"F"}}]}`,
			Topic{Slug: "a", Title: "A", Titles: map[string]string{"es": "B", "pt-BR": "C"}, Introductions: map[string]string{"es": "*d*"},
				Sections: []Section{{Name: "e", Titles: map[string]string{"es": "F"}}}}},
		{"no languages", `{"slug":"a","titles":{},"introductions":null}`, Topic{Slug: "a"}},
		{"no sections are not the default ones", `{"slug":"a","sections":[]}`, Topic{Slug: "a", Sections: []Section{}}},
		{"null is absent", `{"slug":"a","sections":null,"kind":null,"featured":null}`, Topic{Slug: "a"}},
		{"what comes twice in an array is kept once", `{"slug":"a","featured":["b","b"],"sections":[{"name":"c","types":["d","e","d"]}]}`,
			Topic{Slug: "a", Featured: []string{"b"}, Sections: []Section{{Name: "c", Types: []string{"d", "e"}}}}},
		{"empty is absent", `{"slug":"a","featured":[],"image":{},"sections":[{"name":"b","types":[],"compact":false}]}`,
			Topic{Slug: "a", Sections: []Section{{Name: "b"}}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := DecodeTopic([]byte(tt.in))
			if err != nil {
				t.Fatalf("DecodeTopic(%s): %v", tt.in, err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("DecodeTopic(%s) (-want +got):\n%s", tt.in, diff)
			}
		})
	}
}

func TestDecodeTopicRefuses(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"array", `[{"slug":"a"}]`, "topic: must be a JSON object, not an array"},
		{"no slug", `{"title":"a"}`, "slug: is missing"},
		{"slug of null", `{"slug":null}`, "slug: is missing"},
		{"unknown field", `{"slug":"a","summary":"b"}`, `summary: unknown field; did you mean "introduction"?`},
		{"sections of an object", `{"slug":"a","sections":{}}`, "sections: must be an array of objects, not an object"},
		{"section of a string", `{"slug":"a","sections":[{"name":"b"},"c"]}`, "sections[1]: must be an object, not a string"},
		{"size of a string", `{"slug":"a","sections":[{"name":"b"},{"name":"c","size":"5"}]}`, "sections[1].size: must be a whole number, not a string"},
		{"size of a fraction", `{"slug":"a","sections":[{"name":"b","size":2.5}]}`, "sections[0].size: must be a whole number under 2^63, not 2.5"},
		{"compact of a number", `{"slug":"a","sections":[{"name":"b","compact":1}]}`, "sections[0].compact: must be true or false, not a number"},
		{"name twice in a section", `{"slug":"a","sections":[{"name":"b","name":"b"}]}`, "sections[0].name: is given twice"},
		{"type of a number", `{"slug":"a","sections":[{"name":"b","types":[1]}]}`, "sections[0].types[0]: must be a string, not a number"},
		{"unknown field of a section", `{"slug":"a","sections":[{"name":"b","limit":1}]}`, `sections[0].limit: unknown field; did you mean "size"?`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := DecodeTopic([]byte(tt.in))
			if err == nil || err.Error() != tt.want {
				t.Errorf("DecodeTopic(%s)\n got %v\nwant %s", tt.in, err, tt.want)
			}
		})
	}
}

// The names that the decoder knows are those that encoding/json writes.
func TestDecodeReadsWhatIsEncoded(t *testing.T) {
	it := good()
	b, err := json.Marshal(it)
	if err != nil {
		t.Fatal(err)
	}
	gotItem, err := DecodeItem(b)
	if err != nil {
		t.Fatalf("DecodeItem(%s): %v", b, err)
	}
	if diff := cmp.Diff(it, gotItem); diff != "" {
		t.Errorf("item (-want +got):\n%s", diff)
	}
	tp := goodTopic()
	tp.Sections[0].Size, tp.Sections[0].Title = 7, "<T>"
	if b, err = json.Marshal(tp); err != nil {
		t.Fatal(err)
	}
	gotTopic, err := DecodeTopic(b)
	if err != nil {
		t.Fatalf("DecodeTopic(%s): %v", b, err)
	}
	if diff := cmp.Diff(tp, gotTopic); diff != "" {
		t.Errorf("topic (-want +got):\n%s", diff)
	}
}

// Whatever comes in, what is accepted is valid, and comes back the same from
// its own JSON; what is refused is refused in one short line of UTF-8.
func FuzzDecodeItem(f *testing.F) {
	b, err := json.Marshal(good())
	if err != nil {
		f.Fatal(err)
	}
	for _, s := range []string{
		string(b), `{}`, `[]`, `null`, ``, `{"id":"a","titel":"b"}`, `{"id":"a","title":"\ud83d\ude00\ud83d"}`,
		"{\"id\":\"a\",\"title\":\"\xff\"}", `{"id":"a","id":"a"}`, `{"id":"a","version":1e3}`, `{"id":"a","image":{"alt":[[]]}}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		it, err := DecodeItem(b)
		if err != nil {
			checkRefusal(t, b, err)
			return
		}
		if err := it.Validate(); err != nil {
			t.Fatalf("DecodeItem(%q) is not valid: %v", b, err)
		}
		var want Item // by the slow and lenient way
		if err := json.Unmarshal(b, &want); err != nil {
			t.Fatalf("Unmarshal(%q): %v", b, err)
		}
		if diff := cmp.Diff(want.Canonical(), it, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("DecodeItem(%q) (-encoding/json +got):\n%s", b, diff)
		}
		again, err := json.Marshal(it)
		if err != nil {
			t.Fatalf("Marshal(%+v): %v", it, err)
		}
		got, err := DecodeItem(again)
		if err != nil {
			t.Fatalf("DecodeItem(%q), from %q: %v", again, b, err)
		}
		if diff := cmp.Diff(it, got); diff != "" {
			t.Errorf("DecodeItem(%q) and again (-once +twice):\n%s", b, diff)
		}
	})
}

func FuzzDecodeTopic(f *testing.F) {
	b, err := json.Marshal(goodTopic())
	if err != nil {
		f.Fatal(err)
	}
	for _, s := range []string{
		string(b), `{"slug":"a","sections":[]}`, `{"slug":"a","sections":[{"name":"b","size":1e9}]}`,
		`{"slug":"a","sections":[{"name":"b","compact":"x"},[]]}`, `{"slug":"\udc00"}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		tp, err := DecodeTopic(b)
		if err != nil {
			checkRefusal(t, b, err)
			return
		}
		if err := tp.Validate(); err != nil {
			t.Fatalf("DecodeTopic(%q) is not valid: %v", b, err)
		}
		var want Topic // by the slow and lenient way
		if err := json.Unmarshal(b, &want); err != nil {
			t.Fatalf("Unmarshal(%q): %v", b, err)
		}
		want.Featured = distinct(want.Featured)
		for i := range want.Sections {
			s := &want.Sections[i]
			s.Types, s.Fields = distinct(s.Types), distinct(s.Fields)
		}
		if want.Image != nil && *want.Image == (Image{}) {
			want.Image = nil
		}
		if diff := cmp.Diff(want, tp, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("DecodeTopic(%q) (-encoding/json +got):\n%s", b, diff)
		}
	})
}

// checkRefusal checks an error of a decoder that was given b.
func checkRefusal(t *testing.T, b []byte, err error) {
	t.Helper()
	text := err.Error()
	if len(text) > 700 || strings.ContainsAny(text, "\n\r") || !utf8.ValidString(text) {
		t.Errorf("%q: error is not one short line of UTF-8: %q", b, text)
	}
	var wrong *InvalidError
	var syntax *SyntaxError
	if !errors.As(err, &wrong) && !errors.As(err, &syntax) {
		t.Errorf("%q: error is a %T: %v", b, err, err)
	}
	if errors.As(err, &syntax) == json.Valid(b) {
		t.Errorf("%q: JSON is %t, error is %v", b, json.Valid(b), err)
	}
}

func BenchmarkDecodeItem(b *testing.B) {
	it := good()
	it.TranslationOf = ""
	it.Summary = strings.Repeat("Rents rose faster than wages in most cities. ", 10)
	line, err := json.Marshal(it)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(line)))
	for b.Loop() {
		if _, err := DecodeItem(line); err != nil {
			b.Fatal(err)
		}
	}
}

func TestDecodeBeacon(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"impression", `{"kind":"impression","item":"a","generation":7,"entries":[{"id":"b","tier":"similar","position":1},{"id":"c","tier":"latest","position":50}]}`, ""},
		{"click", `{"kind":"click","item":"a","entries":[{"id":"b","tier":"pinned","position":2}]}`, ""},
		{"no JSON", `hello`, "json: "},
		{"no object", `[]`, "beacon: must be a JSON object"},
		{"unknown kind", `{"kind":"hover","item":"a"}`, "kind: must be impression or click"},
		{"no item", `{"kind":"click","entries":[]}`, "item: is missing"},
		{"a person", `{"kind":"click","item":"a","user":"x"}`, "user: "},
		{"negative generation", `{"kind":"click","item":"a","generation":-1}`, "generation: is -1"},
		{"no entries", `{"kind":"click","item":"a","entries":[]}`, "entries: is missing"},
		{"too many entries", `{"kind":"impression","item":"a","entries":[` + strings.Repeat(`{},`, 50) + `{}]}`, "entries: has 51"},
		{"click on two", `{"kind":"click","item":"a","entries":[{},{}]}`, "entries: has 2 entries"},
		{"unknown tier", `{"kind":"click","item":"a","entries":[{"id":"b","tier":"best","position":1}]}`, "entries[0].tier: must be"},
		{"position past the limit", `{"kind":"click","item":"a","entries":[{"id":"b","tier":"similar","position":51}]}`, "entries[0].position: 51 is not"},
		{"position 0", `{"kind":"click","item":"a","entries":[{"id":"b","tier":"similar"}]}`, "entries[0].position: 0 is not"},
		{"position twice", `{"kind":"impression","item":"a","entries":[{"id":"b","tier":"similar","position":1},{"id":"c","tier":"similar","position":1}]}`, "entries[1].position: 1 comes twice"},
		{"itself", `{"kind":"click","item":"a","entries":[{"id":"a","tier":"similar","position":1}]}`, "entries[0].id: "},
	} {
		_, err := DecodeBeacon([]byte(tt.in))
		if got := fmt.Sprint(err); (tt.want == "") != (err == nil) || err != nil && !strings.HasPrefix(got, tt.want) {
			t.Errorf("%s: %s, want %q", tt.name, got, tt.want)
		}
	}
}

func FuzzDecodeBeacon(f *testing.F) {
	for _, s := range []string{
		`{"kind":"impression","item":"a","generation":7,"entries":[{"id":"b","tier":"similar","position":1},{"id":"c","tier":"latest","position":50}]}`,
		`{"kind":"click","item":"a","entries":[{"id":"b","tier":"pinned","position":2}]}`, `{"entries":[[]]}`, `{"entries":null}`, ``, `{`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := DecodeBeacon(b)
		if err != nil {
			checkRefusal(t, b, err)
			return
		}
		var want Beacon // by the slow and lenient way
		if err := json.Unmarshal(b, &want); err != nil {
			t.Fatalf("Unmarshal(%q): %v", b, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("DecodeBeacon(%q) (-encoding/json +got):\n%s", b, diff)
		}
		for _, e := range got.Entries {
			if e.Position < 1 || e.Position > 50 || e.ID == got.Item {
				t.Errorf("DecodeBeacon(%q) accepts %+v", b, e)
			}
		}
	})
}
