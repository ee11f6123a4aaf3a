package feed

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"akin/recommend"
)

// said returns the records in words: "3 item a", "4 topic b", or the error,
// with "(cut)" behind it if the rest was not read.
func said(records iter.Seq[Record]) []string {
	var all []string
	for r := range records {
		switch {
		case r.Item != nil:
			all = append(all, fmt.Sprintf("%d item %s", r.Line, r.ID))
		case r.Topic != nil:
			all = append(all, fmt.Sprintf("%d topic %s", r.Line, r.Topic.Slug))
		case r.Warning != nil:
			all = append(all, r.Warning.Error()+" (warning)")
		case r.Notice != nil:
			all = append(all, r.Notice.Kind.Say(max(1, r.Notice.N)))
		case r.Table != nil:
			if text := r.Table.String(); text != "" {
				all = append(all, text)
			}
		case r.Cut:
			all = append(all, r.Err.Error()+" (cut)")
		default:
			all = append(all, r.Err.Error())
		}
	}
	return all
}

const (
	itemA = `{"id":"a","title":"A"}`
	itemB = `{"id":"b","title":"B"}`
	itemC = `{"id":"c","title":"C"}`
)

// item returns an item of n bytes in JSON.
func itemOf(id string, n int) string {
	head, tail := `{"id":"`+id+`","title":"T","body":"`, `"}`
	return head + strings.Repeat("x", 1000) + tail + strings.Repeat(" ", n-len(head)-1000-len(tail))
}

// utf16of returns s in UTF-16.
func utf16of(s, mark string, order binary.AppendByteOrder) string {
	var b []byte
	for _, u := range utf16.Encode([]rune(mark + s)) {
		b = order.AppendUint16(b, u)
	}
	return string(b)
}

func gzipped(s string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = io.WriteString(w, s)
	_ = w.Close()
	return b.String()
}

var readTests = []struct {
	name, in string
	want     []string
}{
	{"nothing", "", []string{"F: file: is empty (warning)"}},
	{"blank lines alone", "\n \r\n\t\n", nil},
	{"lines", itemA + "\n" + itemB + "\n", []string{"1 item a", "2 item b"}},
	{"last line without end", itemA + "\n" + itemB, []string{"1 item a", "2 item b"}},
	{"CR LF", itemA + "\r\n" + itemB + "\r\n", []string{"1 item a", "2 item b"}},
	{"blank lines between", "\n" + itemA + "\n\n  \n" + itemB + "\n\n", []string{"2 item a", "5 item b"}},
	{"byte order mark", "\ufeff" + itemA + "\n" + itemB, []string{"1 item a", "2 item b"}},
	{"byte order mark of a file that was appended", itemA + "\n\ufeff" + itemB, []string{"1 item a", "2 item b"}},
	{"topics among items", `{"slug":"s"}` + "\n" + itemA + "\n" + `{"title":"T","slug":"t"}`, []string{"1 topic s", "2 item a", "3 topic t"}},
	{"slug in a text is not a topic", `{"id":"a","title":"\"slug\"","topics":["slug"]}`, []string{"1 item a"}},
	{"slug beside an id is a mistake of an item", `{"id":"a","slug":"s","title":"A"}`, []string{`F:1: slug: unknown field; did you mean "id"?`}},
	{"bad topic", `{"slug":"s","titel":"T"}`, []string{`F:1: titel: unknown field; did you mean "title"?`}},
	{"topic of broken JSON", `{"slug":"s",}`, []string{`F:1: json: invalid character '}' looking for beginning of object key string at byte 13`}},
	{"broken line", itemA + "\n" + `{"id":"b"` + "\n" + itemC, []string{"1 item a", "F:2: json: ends in the middle of an object at byte 10", "3 item c"}},
	{"broken first line", `{"id":"b",` + "\n" + itemC, []string{"F:1: json: ends in the middle of an object at byte 11", "2 item c"}},
	{"first line is not JSON", "some words\n" + itemA + "\n", []string{"F:1: json: invalid character 's' looking for beginning of value at byte 1", "2 item a"}},
	{"first line is a string", "\"words\"\n" + itemA + "\n", []string{"F:1: item: must be a JSON object, not a string", "2 item a"}},
	{"two on a line", itemA + itemB + "\n" + itemC, []string{"F:1: json: invalid character '{' after top-level value at byte 23", "2 item c"}},
	{"wrong type", `{"id":"a","title":5}` + "\n" + itemB, []string{"F:1: title: must be a string, not a number", "2 item b"}},
	{"unknown field", `{"id":"a","titel":"A"}` + "\n" + itemB, []string{`F:1: titel: unknown field; did you mean "title"?`, "2 item b"}},
	{"over a limit", `{"id":"a","title":"` + strings.Repeat("x", 1025) + `"}` + "\n" + itemB, []string{"F:1: title: is 1025 bytes long, at most 1024", "2 item b"}},
	{"not UTF-8", "{\"id\":\"a\",\"title\":\"caf\xe9\"}\n" + itemB, []string{"F:1: title: is not valid UTF-8; convert the text to UTF-8 first", "2 item b"}},
	{"id twice", itemA + "\n" + itemB + "\n" + `{"id":"a","title":"other"}`, []string{"1 item a", "2 item b", `F:3: id: "a" stands in line 1 already; give each item once`}},
	{"slug twice", `{"slug":"s"}` + "\n" + `{"slug":"s"}`, []string{"1 topic s", `F:2: slug: "s" stands in line 1 already; give each topic once`}},
	{"slug that is an id too", `{"slug":"a"}` + "\n" + itemA, []string{"1 topic a", "2 item a"}},
	{"id again after a rejected one", `{"id":"a"}` + "\n" + itemA, []string{"F:1: title: is missing, and so are summary and image.alt; an item needs one of them", "2 item a"}},
	{"line at the limit", itemOf("a", recommend.MaxLine) + "\r\n" + itemB, []string{"1 item a", "2 item b"}},
	{"line over the limit", itemA + "\n" + itemOf("b", recommend.MaxLine+1) + "\n" + itemC, []string{"1 item a", "F:2: line: is over 524288 bytes long; a record has that at most", "3 item c"}},
	{"line far over the limit", itemA + "\n" + itemOf("b", 3*recommend.MaxLine) + "\n" + itemC, []string{"1 item a", "F:2: line: is over 524288 bytes long; a record has that at most", "3 item c"}},
	{"last line over the limit", itemA + "\n" + itemOf("b", 2*recommend.MaxLine), []string{"1 item a", "F:2: line: is over 524288 bytes long; a record has that at most"}},
	{"a feed's version in a later line", itemA + "\n" + `{"id":"b","title":"\"version\": https://jsonfeed.org/version/1"}`, []string{"1 item a", "2 item b"}},

	{"array", "[" + itemA + "," + itemB + "]", []string{"1 item a", "1 item b"}},
	{"array over lines", "\n[\n  {\n    \"id\": \"a\",\n    \"title\": \"A\"\n  },\n  " + itemB + "\n]\n", []string{"3 item a", "7 item b"}},
	{"array of none", "[]", nil},
	{"array of none, over lines", "[\n]\n", nil},
	{"array of topics", `[{"slug":"s"},` + "\n" + `{"slug":"t","sections":[{"name":"a","types":["]","}"]}]}]`, []string{"1 topic s", "2 topic t"}},
	{"brackets and quotes in texts", `[{"id":"a","title":"A]}\"],{"},` + "\n" + `{"id":"b","title":"B\\"}]`, []string{"1 item a", "2 item b"}},
	{"array with other values", "[1,\n\"x\",null,\n" + itemA + ",[2],true]", []string{
		"F:1: item: must be a JSON object, not a number", "F:2: item: must be a JSON object, not a string",
		"F:2: item: must be a JSON object, not null", "3 item a",
		"F:3: item: must be a JSON object, not an array", "F:3: item: must be a JSON object, not true or false",
	}},
	{"array with a number before a line's end", "[1\n,true\n," + itemA + "]", []string{
		"F:1: item: must be a JSON object, not a number", "F:2: item: must be a JSON object, not true or false", "3 item a"}},
	{"array without comma", "[" + itemA + "\n" + itemB + "]", []string{"1 item a", "F:2: json: a comma is missing between two elements", "2 item b"}},
	{"array with two commas", "[" + itemA + ",\n," + itemB + "]", []string{"1 item a", "F:2: json: a comma with no element before it", "2 item b"}},
	{"array with a comma at its end", "[" + itemA + ",\n]", []string{"1 item a", "F:2: json: a comma with no element behind it"}},
	{"array with a comma at its start", "[," + itemA + "]", []string{"F:1: json: a comma with no element before it", "1 item a"}},
	{"array cut off behind an element", "[" + itemA + ",\n" + itemB, []string{"1 item a", "2 item b", "F:2: json: the array has no end; the file was cut off, copy it again (cut)"}},
	{"array cut off behind a comma", "[" + itemA + ",\n", []string{"1 item a", "F:2: json: the array has no end; the file was cut off, copy it again (cut)"}},
	{"array cut off in an element", "[" + itemA + ",\n" + itemB[:12], []string{"1 item a",
		"F:2: json: what starts here has no end; the file was cut off, or a bracket or a quote is missing (cut)"}},
	{"array cut off in an escape", `[{"id":"\`, []string{
		"F:1: json: what starts here has no end; the file was cut off, or a bracket or a quote is missing (cut)"}},
	{"element without closing bracket", "[\n{\"id\":\"a\",\"title\":\"A\",\n" + itemB + ",\n" + itemC + "\n]", []string{
		"F:2: json: ends in the middle of an object at byte 24", "3 item b", "4 item c"}},
	{"element without closing quote", "[\n{\"id\":\"a\",\"title\":\"A},\n" + itemB + ",\n" + itemC + "\n]", []string{
		`F:2: json: invalid character '\n' in string literal at byte 23`, "3 item b", "4 item c"}},
	{"last element without closing bracket", "[" + itemA + ",\n" + `{"id":"b"` + "\n]", []string{"1 item a", "F:2: json: ends in the middle of an object at byte 11"}},
	{"element with an array not closed", "[\n" + `{"id":"a","types":["x"},` + "\n" + itemB + "]", []string{
		"F:2: json: invalid character '}' after array element at byte 23", "3 item b"}},
	{"element over the limit", "[" + itemA + ",\n" + itemB[:len(itemB)-2] + strings.Repeat("x", recommend.MaxLine) + "\"},\n" + itemC + "]", []string{
		"1 item a", "F:2: line: is over 524288 bytes long; a record has that at most", "3 item c"}},
	{"element that is bad", "[" + `{"id":"a","titel":"A"},` + "\n" + itemB + "]", []string{`F:1: titel: unknown field; did you mean "title"?`, "2 item b"}},
	{"id twice in an array", "[" + itemA + ",\n" + itemA + "]", []string{"1 item a", `F:2: id: "a" stands in line 1 already; give each item once`}},
	{"more behind an array", "[" + itemA + "]\n" + itemB + "\nx", []string{"1 item a", "2 item b", "F:3: json: invalid character 'x' looking for beginning of value at byte 1"}},
	{"stray brackets", "[}\n," + itemA + "]", []string{"F:1: json: invalid character '}' looking for beginning of value at byte 1", "2 item a"}},

	{"one object over lines", "{\n  \"id\": \"a\",\n  \"title\": \"A\"\n}\n", []string{"1 item a"}},
	{"objects over lines", "{\n\"id\":\"a\",\"title\":\"A\"\n}\n{\n\"id\":\"b\"\n,\"title\":\"B\"}\n\n{\"slug\":\n\"s\"}", []string{"1 item a", "4 item b", "8 topic s"}},
	{"objects over lines with a comma", "{\n\"id\":\"a\",\"title\":\"A\"\n},\n" + itemB, []string{"1 item a", `F:3: json: "," between two objects`, "4 item b"}},
	{"object over lines cut off", "{\n  \"id\": \"a\",\n", []string{
		"F:1: json: what starts here has no end; the file was cut off, or a bracket or a quote is missing (cut)"}},

	{"no format", "words in lines\nand no header\n", []string{"F:1: format: is neither JSON, nor a feed, nor CSV with a line that names the columns, such as title and url (cut)"}},
	{"bytes", "\x00\x01\x02", []string{"F:1: format: is a binary file that is not known here; import JSON, CSV or a feed (cut)"}},
	{"UTF-16", utf16of(itemA+"\n"+itemB, "\ufeff", binary.LittleEndian), []string{"1 item a", "2 item b"}},
	{"UTF-16, the other way round", utf16of(itemA, "\ufeff", binary.BigEndian), []string{"1 item a"}},
	{"UTF-16 without a mark", utf16of(rssHead+rssA+rssTail, "", binary.LittleEndian), []string{"2 item a"}},
	{"UTF-16 without a mark, the other way round", utf16of("["+itemA+"]", "", binary.BigEndian), []string{"1 item a"}},
	{"UTF-32", "\xff\xfe\x00\x00" + strings.ReplaceAll(utf16of(itemA, "", binary.LittleEndian), "\x00", "\x00\x00\x00"), []string{"1 item a"}},

	{"gzip", gzipped(itemA + "\n" + itemB), []string{"1 item a", "2 item b"}},
	{"gzip of several parts", gzipped(itemA+"\n") + gzipped(itemB), []string{"1 item a", "2 item b"}},
	{"gzip of nothing", gzipped(""), []string{"F: file: is empty (warning)"}},
	{"gzip with byte order mark", gzipped("\ufeff[" + itemA + "]"), []string{"1 item a"}},
	{"gzip in gzip", gzipped(gzipped(itemA)), []string{"F: gzip: holds a gzipped file in a gzipped file; unpack it once (cut)"}},
	{"gzip of two bytes", "\x1f\x8b", []string{"F: gzip: ends too early; the file was cut off, copy it again (cut)"}},
	{"gzip with a bad header", "\x1f\x8b\x07\x00\x00\x00\x00\x00\x00\x00\x00\x00", []string{"F: gzip: is damaged; copy the file again (cut)"}},
	{"gzip with something behind it", gzipped(itemA+"\n") + "garbage that follows", []string{"1 item a", "F:2: gzip: is damaged; copy the file again (cut)"}},
	{"gzip with a wrong sum", flip(gzipped(itemA+"\n"), -8), []string{"1 item a", "F:2: gzip: is damaged; copy the file again (cut)"}},
}

// flip returns s with another byte at place i, from the end if negative.
func flip(s string, i int) string {
	b := []byte(s)
	b[(len(b)+i)%len(b)] ^= 0x55
	return string(b)
}

func TestRead(t *testing.T) {
	for _, tt := range readTests {
		t.Run(tt.name, func(t *testing.T) {
			got := said(Read(strings.NewReader(tt.in), "F"))
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("records of %.200q (-want +got):\n%s", tt.in, diff)
			}
			// The same as it trickles in.
			if len(tt.in) < 10_000 {
				got := said(Read(iotest.OneByteReader(strings.NewReader(tt.in)), "F"))
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Errorf("records of %.200q, byte by byte (-want +got):\n%s", tt.in, diff)
				}
			}
		})
	}
}

// Wherever a gzipped file is cut off, what came before is handed out and the
// loss is told.
func TestReadCutGzip(t *testing.T) {
	var text strings.Builder
	for i := range 300 {
		fmt.Fprintf(&text, "{\"id\":\"%d\",\"title\":\"title %x\"}\n", i, i*i*i*7919)
	}
	for name, in := range map[string]string{
		"lines": text.String(),
		"array": "[" + strings.TrimSuffix(strings.ReplaceAll(text.String(), "\n", ",\n"), ",\n") + "]",
		"csv":   "id,title\n" + strings.NewReplacer(`{"id":`, "", `"title":`, "", "}", "").Replace(text.String()),
	} {
		whole := gzipped(in)
		if got := len(said(Read(strings.NewReader(whole), "F"))); got != 300 {
			t.Fatalf("%s: %d records of the whole file, want 300", name, got)
		}
		for n := 2; n < len(whole); n += 97 {
			got := said(Read(strings.NewReader(whole[:n]), "F"))
			last := got[len(got)-1]
			if !strings.HasPrefix(last, "F:") || !strings.HasSuffix(last, "gzip: ends too early; the file was cut off, copy it again (cut)") {
				t.Errorf("%s cut off at %d of %d bytes: last record is %q", name, n, len(whole), last)
			}
			for i, s := range got[:len(got)-1] {
				if !strings.HasSuffix(s, fmt.Sprintf("item %d", i)) {
					t.Errorf("%s cut off at %d bytes: record %d is %q", name, n, i, s)
				}
			}
		}
	}
}

// A file that cannot be read on says so at the line that is lost.
func TestReadError(t *testing.T) {
	for name, in := range map[string]string{"lines": itemA + "\n" + itemB, "array": "[" + itemA + ",\n" + itemB, "csv": "id,title\na,A\nb,"} {
		r := io.MultiReader(strings.NewReader(in), iotest.ErrReader(fmt.Errorf("disk on\nfire")))
		got := said(Read(r, "F"))
		if len(got) < 2 || !slices.Contains([]string{"F:2: file: cannot be read to its end: disk on fire (cut)",
			"F:3: file: cannot be read to its end: disk on fire (cut)"}, got[len(got)-1]) {
			t.Errorf("%s: records %q", name, got)
		}
	}
	got := said(Read(iotest.ErrReader(fmt.Errorf("no disk")), "F"))
	if diff := cmp.Diff([]string{"F: file: cannot be read to its end: no disk (cut)"}, got); diff != "" {
		t.Errorf("records of no file (-want +got):\n%s", diff)
	}
}

// A caller that wants no more gets no more, whatever the format.
func TestReadStops(t *testing.T) {
	for _, tt := range slices.Concat(readTests, csvTests, documentTests) {
		for want := 1; want < len(tt.want); want++ {
			got := 0
			for range Read(strings.NewReader(tt.in), "F") {
				if got++; got == want {
					break
				}
			}
			if got != want {
				t.Errorf("%s: %d records before the break, want %d", tt.name, got, want)
			}
		}
	}
}

// The id of a rejected item is told as far as it can be.
func TestReadIDOfRejected(t *testing.T) {
	for in, want := range map[string]string{
		`{"id":"a"}`: "a", `{"id":"a","titel":"x"}`: "a", `{"id":5,"title":"x"}`: "", `{"id":"a"`: "", `{}`: "",
		itemA + "\n" + itemA: "a", "id,title,version\na,A,x": "a",
	} {
		id := "nothing rejected"
		for r := range Read(strings.NewReader(in), "F") {
			if r.Err != nil {
				id = r.ID
			}
		}
		if id != want {
			t.Errorf("id of the rejected record of %q = %q, want %q", in, id, want)
		}
	}
}

// Whatever comes in, reading ends, in records that are items, topics or errors
// of one line, with lines that do not run backwards.
func FuzzRead(f *testing.F) {
	for _, tt := range slices.Concat(readTests, csvTests, documentTests) {
		if len(tt.in) < 10_000 {
			f.Add([]byte(tt.in))
		}
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		lines := bytes.Count(in, []byte("\n")) + 1
		ids := map[string]bool{}
		last := 0
		for r := range Read(bytes.NewReader(in), "F") {
			if r.Table != nil || r.Notice != nil && r.Item == nil && r.Topic == nil && r.Err == nil {
				continue
			}
			if (r.Item != nil) == (r.Err != nil) && r.Topic == nil || r.Topic != nil && (r.Err != nil || r.Item != nil) {
				t.Fatalf("%q: record is not one thing: %+v", in, r)
			}
			if !bytes.HasPrefix(in, []byte("\x1f\x8b")) && (r.Line < last && r.Line != 0 || r.Line > lines+1) {
				t.Errorf("%q: line %d after %d, of %d", in, r.Line, last, lines)
			}
			last = max(last, r.Line)
			switch {
			case r.Notice != nil:
			case r.Err != nil:
				if text := r.Err.Error(); strings.ContainsAny(text, "\n\r") || !utf8.ValidString(text) || len(text) > 1000 {
					t.Errorf("%q: error is not one short line: %q", in, text)
				}
			case r.Item != nil:
				if err := r.Item.Validate(); err != nil || ids[r.ID] || r.Item.ID != r.ID {
					t.Errorf("%q: item %+v: %v", in, *r.Item, err)
				}
				ids[r.ID] = true
			default:
				if err := r.Topic.Validate(); err != nil {
					t.Errorf("%q: topic %+v: %v", in, *r.Topic, err)
				}
			}
		}
	})
}

func BenchmarkRead(b *testing.B) {
	summary := strings.Repeat("Rents rose faster than wages in most cities. ", 10)
	var lines, table strings.Builder
	table.WriteString("id,title,summary,topics\n")
	for i := range 1000 {
		fmt.Fprintf(&lines, "{\"id\":\"item-%d\",\"title\":\"Rents %d\",\"summary\":%q,\"topics\":[\"housing\",\"cities\"]}\n", i, i, summary)
		fmt.Fprintf(&table, "item-%d,Rents %d,%s,housing|cities\n", i, i, summary)
	}
	for _, bb := range []struct{ name, in string }{
		{"lines", lines.String()},
		{"array", "[" + strings.ReplaceAll(strings.TrimSpace(lines.String()), "\n", ",\n") + "]"},
		{"csv", table.String()},
	} {
		b.Run(bb.name, func(b *testing.B) {
			b.SetBytes(int64(len(bb.in)))
			for b.Loop() {
				for r := range Read(strings.NewReader(bb.in), "F") {
					if r.Err != nil {
						b.Fatal(r.Err)
					}
				}
			}
		})
	}
}
