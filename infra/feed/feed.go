// Package feed reads items and topics from files and streams: JSON Lines, JSON
// arrays, CSV, RSS, Atom and JSON Feed, gzipped or not, told apart by what they
// hold and not by their names. What is wrong with one record is reported with
// its line, and reading goes on behind it.
//
// It reads and checks; it stores nothing.
package feed

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"

	"akin/infra/feed/entry"
	"akin/infra/feed/sheet"
	"akin/infra/feed/wordpress"
	"akin/recommend"
)

// A Record is an item, or a topic, or what was wrong with one, or a notice, or
// how a spreadsheet is read; one with an ID only says that this item is there
// and did not change.
type Record struct {
	File  string           // below the source, of a source of several files; else empty
	Line  int              // where it starts, from 1; 0: the file as a whole
	Item  *recommend.Item  // valid and canonical; nil if the record is none
	Topic *recommend.Topic // valid; nil if the record is none
	ID    string           // of the item, also of a rejected one if it can be told; else empty
	Err   *Error           // nil if Item, Topic or Notice is there

	// Foreign says, beside Topic, that another system calls it so: that describes
	// a topic which nobody has described here, and replaces nothing.
	Foreign bool

	// Notice says that something was left out or may be wrong. It is counted by
	// an [entry.Tally]; Warning, if it is there, is to be told at once.
	Notice  *entry.Notice
	Warning *Error

	// Table says, before the records of a spreadsheet, how it is read.
	Table *entry.Table

	// Gone says, beside a Notice, that the item of that ID is not to be seen
	// (any more): it is withdrawn where it is stored, and not stored otherwise.
	Gone bool

	// Cut says, beside Err, that the rest of the file could not be read: that
	// an item did not come does not mean that the file lacks it.
	Cut bool
}

// An Error says what is wrong with a record, and where.
type Error struct {
	Name string // of the file
	Line int    // from 1; 0: the file as a whole
	Err  error  // mostly a [*recommend.InvalidError] or a [*recommend.SyntaxError]
}

// Error returns FILE:LINE: FIELD: REASON, on one line.
func (e *Error) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("%s: %v", e.Name, e.Err)
	}
	return fmt.Sprintf("%s:%d: %v", e.Name, e.Line, e.Err)
}

// Unwrap returns e.Err.
func (e *Error) Unwrap() error { return e.Err }

func (f *reader) read(in *entry.Input) bool {
	if magic, _ := in.Peek(2); string(magic) == "\x1f\x8b" {
		f.gzipped = true
		z, err := gzip.NewReader(in.Reader)
		if err != nil {
			return f.cut(0, f.readError(err))
		}
		in.Reader = bufio.NewReaderSize(z, entry.PeekSize)
		if magic, _ := in.Peek(2); string(magic) == "\x1f\x8b" {
			return f.cut(0, wrong("gzip", "holds a gzipped file in a gzipped file; unpack it once"))
		}
	}
	head, err := in.Peek(entry.PeekSize)
	switch {
	case err != nil && err != io.EOF && len(head) == 0:
		return f.cut(0, f.readError(err))
	case len(head) == 0:
		return f.notice(Record{}, entry.Notice{Kind: empties, Err: wrong("file", "is empty")})
	}
	if name := wide(head); name != "" {
		in.Reader = bufio.NewReaderSize(widths[name].NewDecoder().Reader(in.Reader), entry.PeekSize)
		head, _ = in.Peek(entry.PeekSize) // an error comes again when it is read
	}
	if r := decoded(in, head); r != nil {
		in.Reader = bufio.NewReaderSize(r, entry.PeekSize)
		head, _ = in.Peek(entry.PeekSize)
	}
	if bytes.HasPrefix(head, []byte(byteOrderMark)) {
		head = head[len(byteOrderMark):]
		_, _ = in.Discard(len(byteOrderMark)) // they were peeked at
	}
	if before := beforeFeed(head); len(before) > 0 {
		if !f.notice(Record{Line: 1}, entry.Notice{Kind: befores, Err: wrong("feed", "has text before it, which was passed over: %q", entry.Shorten(entry.PlainText(string(before)), 80))}) {
			return false
		}
		lines := bytes.Repeat([]byte("\n"), bytes.Count(before, []byte("\n"))) // so that lines are those of the file
		_, _ = in.Discard(len(before))
		in.Reader = bufio.NewReaderSize(io.MultiReader(bytes.NewReader(lines), in.Reader), entry.PeekSize)
		head, _ = in.Peek(entry.PeekSize)
	}
	if text := bytes.TrimLeft(head, " \t\r\n"); len(text) > 0 && text[0] == '{' && wrapsItems(text) {
		// Whether it is a JSON Feed may stand behind the items.
		data, err := io.ReadAll(io.LimitReader(in.Reader, MaxDocument+1))
		if jsonFeedVersion().Match(text[:min(len(text), 4096)]) || isJSONFeed(data) {
			in.Reader = bufio.NewReaderSize(io.MultiReader(bytes.NewReader(data), &rest{in.Reader, err}), entry.PeekSize)
			return f.document(in, jsonFeed)
		}
		in.Reader = bufio.NewReaderSize(io.MultiReader(bytes.NewReader(data), &rest{in.Reader, err}), entry.PeekSize)
	}
	if read := foreign(in); read != nil {
		return f.foreign(read, in)
	}
	head = in.Head() // telling may have moved it
	if f.o.Workbook != nil && workbook(head) {
		return f.foreign(f.o.Workbook, in)
	}
	if what := named(head, in.URL); what != "" {
		return f.cut(1, wrong("format", "%s", what))
	}
	br := in.Reader
	switch form := tell(head, f.o); form {
	case jsonLines:
		return f.jsonLines(&entry.Lines{R: br})
	case jsonArray:
		return f.jsonArray(br)
	case jsonObjects:
		return f.jsonObjects(br)
	case csvLines:
		return f.csv(in)
	case jsonFeed, xmlFeed:
		return f.document(in, form)
	}
	return f.cut(1, unknown(head))
}

const byteOrderMark = "\xef\xbb\xbf" // of UTF-8

// A form is how a file is written.
type form uint8

const (
	unknownForm form = iota
	jsonLines
	jsonArray   // of objects
	jsonObjects // one after another, over several lines each
	csvLines
	jsonFeed
	xmlFeed
)

// empties is the kind of notices about files without anything in them.
var empties = entry.Kind{One: "empty file", Many: "empty files"}

// befores is the kind of notices about what a broken publishing system writes
// before a feed: mostly a warning of PHP.
var befores = entry.Kind{One: "text before a feed passed over", Many: "texts before feeds passed over"}

var (
	feedStart = entry.Pattern(`<\?xml\s[^>]*\?>\s*<(?:rss|feed|rdf:RDF)\s`)
	phpSays   = entry.Pattern(`<b>(?:Warning|Notice|Deprecated|Fatal error)</b>:`)
)

// beforeFeed returns the text that head has before an RSS or Atom document, other
// than space; nil if it has none, or is a web page or JSON that shows a feed.
func beforeFeed(head []byte) []byte {
	const most = 4096 // bytes in which the feed begins
	at := feedStart().FindIndex(head[:min(len(head), most)])
	if at == nil {
		return nil
	}
	before := head[:at[0]]
	switch text := bytes.TrimSpace(before); {
	case len(text) == 0, text[0] == '{', text[0] == '[':
		return nil
	case isPage(before) && !phpSays().Match(before), bytes.Contains(bytes.ToLower(before), []byte("<html")):
		return nil
	}
	return before
}

// widths are the encodings of more than one byte a character.
var widths = map[string]encoding.Encoding{
	"utf-16le": unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), "utf-16be": unicode.UTF16(unicode.BigEndian, unicode.UseBOM),
	"utf-32le": utf32.UTF32(utf32.LittleEndian, utf32.UseBOM), "utf-32be": utf32.UTF32(utf32.BigEndian, utf32.UseBOM),
}

// decoded returns what reads an answer as UTF-8 that begins with head, is in the
// encoding that it names, and is no feed, whose entries are decoded one by one;
// nil: it is none.
func decoded(in *entry.Input, head []byte) io.Reader {
	enc := entry.Encoding(entry.Charset(in.Header))
	if enc == nil || valid(head) ||
		bytes.HasPrefix(bytes.TrimSpace(head), []byte("<")) && !wordpress.TellExport(in) {
		return nil
	}
	return enc.NewDecoder().Reader(in.Reader)
}

// valid says whether head is UTF-8, of which the last character may be cut off.
func valid(head []byte) bool {
	for cut := range min(utf8.UTFMax, len(head)) {
		if utf8.Valid(head[:len(head)-cut]) && (cut == 0 || len(head) == entry.PeekSize) {
			return true
		}
	}
	return false
}

// rest reads on behind what was read already, or says again what was wrong.
type rest struct {
	r   io.Reader
	err error
}

func (r *rest) Read(p []byte) (int, error) {
	if r.err != nil {
		return 0, r.err
	}
	return r.r.Read(p)
}

// tell says how a file is written that starts with head.
func tell(head []byte, o Options) form {
	text := bytes.TrimLeft(head, " \t\r\n")
	if len(text) == 0 {
		return jsonLines // nothing, or nothing yet
	}
	first, rest, _ := bytes.Cut(text, []byte("\n"))
	second := bytes.TrimLeft(rest, " \t\r\n")
	switch text[0] {
	case '[':
		return jsonArray
	case '<':
		return xmlFeed
	case '{':
		switch {
		case jsonFeedVersion().Match(text[:min(len(text), 4096)]):
			return jsonFeed
		case len(second) > 0 && (second[0] == '"' || second[0] == '}') && !json.Valid(first):
			return jsonObjects
		}
		return jsonLines
	}
	if sheet.Tell(head, o.Map) {
		return csvLines
	}
	if text[0] == '"' && bytes.Contains(head, []byte("\n{")) || bytes.Contains(rest, []byte("\n{")) || bytes.HasPrefix(second, []byte("{")) {
		return jsonLines // whose first lines are broken
	}
	return unknownForm
}

func (f *reader) jsonLines(in *entry.Lines) bool {
	for {
		line, err := in.Next()
		switch {
		case err == io.EOF:
			return true
		case err == entry.ErrTooLong:
			if !f.reject(in.N, "", tooLong()) {
				return false
			}
			continue
		case err != nil:
			return f.cut(in.N, f.readError(err))
		}
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		if !f.json(in.N, line) {
			return false
		}
	}
}

// json hands out the record that is written in b.
func (f *reader) json(line int, b []byte) bool {
	b = bytes.TrimPrefix(b, []byte(byteOrderMark))
	if isTopic(b) {
		t, err := recommend.DecodeTopic(b)
		if err != nil {
			return f.reject(line, "", err)
		}
		return f.topic(Record{Line: line}, t)
	}
	it, err := recommend.DecodeItem(b)
	if err != nil {
		if odd := misread(b); odd != nil {
			err = odd
		}
		return f.reject(line, idOf(b), err)
	}
	for i, name := range it.Authors {
		if strings.Contains(name, "@") { // an address is nobody's name
			it.Authors[i] = entry.Author(name)
		}
	}
	it.Authors = slices.DeleteFunc(it.Authors, func(name string) bool { return name == "" })
	return f.item(line, it)
}

// misread says what an object is that is no item, where its names tell: the answer of
// a program that failed, or a list whose works have no names that are known; nil: they
// do not.
func misread(b []byte) error {
	var top map[string]json.RawMessage
	if json.Unmarshal(b, &top) != nil || top["id"] != nil || top["title"] != nil {
		return nil
	}
	var one struct{ Message string }
	var all []struct{ Message string }
	var said string
	for _, name := range []string{"errors", "error", "message"} {
		switch {
		case json.Unmarshal(top[name], &all) == nil && len(all) > 0:
			said = all[0].Message
		case json.Unmarshal(top[name], &one) == nil:
			said = one.Message
		case name == "error" || top["code"] != nil || top["status"] != nil || top["statusCode"] != nil:
			said = jsonText(top[name])
		}
		if said != "" {
			return wrong("json", "is the answer of a program that failed: %q", entry.Cut(said, 200))
		}
	}
	for _, name := range []string{"items", "results", "posts", "articles", "entries", "data", "records", "documents", "stories"} {
		if text := bytes.TrimSpace(top[name]); len(text) > 2 && (text[0] == '[' || text[0] == '{') {
			return wrong("json", "the items stand in %q, under names that are not known here; give an array of objects with id, url and title", name)
		}
	}
	return nil
}

// item hands out an item, unless its id has come already.
func (f *reader) item(line int, it recommend.Item) bool { return f.put(Record{Line: line}, it) }

// reject hands out an error of one record.
func (f *reader) reject(line int, id string, err error) bool {
	return f.fail(Record{Line: line, ID: id}, err)
}

// cut hands out an error after which there is nothing to be read, and returns
// false.
func (f *reader) cut(line int, err error) bool {
	f.fail(Record{Line: line, Cut: true}, err)
	return false
}

// isTopic says whether b is an object with slug and without id.
func isTopic(b []byte) bool {
	if !bytes.Contains(b, []byte(`"slug"`)) {
		return false
	}
	var t struct{ Slug, ID json.RawMessage }
	if json.Unmarshal(b, &t) != nil { // its error is told by whoever decodes b
		return bytes.HasPrefix(bytes.TrimLeft(b, "{ \t\r\n"), []byte(`"slug"`))
	}
	return t.Slug != nil && t.ID == nil
}

// idOf returns the id of an item that is not valid, as far as it can be told.
func idOf(b []byte) string {
	var it struct {
		ID string `json:"id"`
	}
	if json.Unmarshal(b, &it) != nil {
		return ""
	}
	return it.ID
}

// readError says in one line what err, of reading, means.
func (f *reader) readError(err error) error {
	var corrupt flate.CorruptInputError
	switch {
	case !f.gzipped:
		return wrong("file", "cannot be read to its end: %v", err)
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return wrong("gzip", "ends too early; the file was cut off, copy it again")
	case errors.Is(err, gzip.ErrChecksum), errors.Is(err, gzip.ErrHeader), errors.As(err, &corrupt):
		return wrong("gzip", "is damaged; copy the file again")
	}
	return wrong("gzip", "cannot be read to its end: %v", err)
}

// wrong returns a [*recommend.InvalidError] whose text is one short line.
func wrong(field, format string, args ...any) error { return entry.Wrong(field, format, args...) }

func tooLong() error {
	return wrong("line", "is over %d bytes long; a record has that at most", recommend.MaxLine)
}
