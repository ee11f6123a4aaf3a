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
	"iter"
	"regexp"
	"strings"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"

	"akin/recommend"
)

// A Record is an item, or a topic, or what was wrong with one.
type Record struct {
	Line  int              // where it starts, from 1; 0: the file as a whole
	Item  *recommend.Item  // valid and canonical; nil if the record is none
	Topic *recommend.Topic // valid; nil if the record is none
	ID    string           // of the item, also of a rejected one if it can be told; else empty
	Err   *Error           // nil if Item or Topic is there

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

// Read returns the records of r in their order; name is what errors call it.
// The sequence can be ranged over once. It holds one record at a time in
// memory, [recommend.MaxLine] bytes at most, beside the ids that have come; of
// RSS, Atom and JSON Feed it holds the whole document, 64 MiB at most. An id or a slug that comes again is an error of the later record; one
// whose first record was rejected may come again.
//
// An object with slug and without id is a topic, any other record an item.
func Read(r io.Reader, name string) iter.Seq[Record] {
	return func(yield func(Record) bool) {
		f := reader{name: name, yield: yield, seen: map[string]int{}, seenTopic: map[string]int{}}
		f.read(r)
	}
}

const peekSize = 64 * 1024 // bytes from whose content a format is told

// A reader reads one file. Its methods return false when there is no more to be
// read, or the caller wants no more.
type reader struct {
	name      string
	yield     func(Record) bool
	gzipped   bool
	seen      map[string]int // line of each item handed out, by id
	seenTopic map[string]int // line of each topic handed out, by slug
}

func (f *reader) read(r io.Reader) bool {
	br := bufio.NewReaderSize(r, peekSize)
	if magic, _ := br.Peek(2); string(magic) == "\x1f\x8b" {
		f.gzipped = true
		z, err := gzip.NewReader(br)
		if err != nil {
			return f.cut(0, f.readError(err))
		}
		br = bufio.NewReaderSize(z, peekSize)
		if magic, _ := br.Peek(2); string(magic) == "\x1f\x8b" {
			return f.cut(0, wrong("gzip", "holds a gzipped file in a gzipped file; unpack it once"))
		}
	}
	head, err := br.Peek(peekSize)
	if err != nil && err != io.EOF && len(head) == 0 {
		return f.cut(0, f.readError(err))
	}
	switch {
	case bytes.HasPrefix(head, []byte("\xff\xfe")), bytes.HasPrefix(head, []byte("\xfe\xff")):
		return f.cut(0, wrong("encoding", "is UTF-16; save it as UTF-8"))
	case bytes.HasPrefix(head, []byte(byteOrderMark)):
		head = head[len(byteOrderMark):]
		_, _ = br.Discard(len(byteOrderMark)) // they were peeked at
	}
	switch form, comma := tell(head); form {
	case jsonLines:
		return f.jsonLines(&lines{r: br})
	case jsonArray:
		return f.jsonArray(br)
	case jsonObjects:
		return f.jsonObjects(br)
	case csvLines:
		return f.csv(&lines{r: br}, comma)
	case jsonFeed, xmlFeed:
		return f.document(br, form)
	}
	return f.cut(1, wrong("format", "is neither JSON, nor CSV whose first line names an id column, nor a feed"))
}

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

// jsonFeedVersion is the member that a JSON Feed has to have.
var jsonFeedVersion = regexp.MustCompile(`"version"\s*:\s*"https?:\\?/\\?/jsonfeed\.org\\?/version`)

// tell says how a file is written that starts with head, and what separates
// the columns if it is CSV.
func tell(head []byte) (form, byte) {
	text := bytes.TrimLeft(head, " \t\r\n")
	if len(text) == 0 {
		return jsonLines, 0 // nothing, or nothing yet
	}
	first, rest, _ := bytes.Cut(text, []byte("\n"))
	second := bytes.TrimLeft(rest, " \t\r\n")
	switch text[0] {
	case '[':
		return jsonArray, 0
	case '<':
		return xmlFeed, 0
	case '{':
		switch {
		case jsonFeedVersion.Match(text[:min(len(text), 4096)]):
			return jsonFeed, 0
		case len(second) > 0 && (second[0] == '"' || second[0] == '}') && !json.Valid(first):
			return jsonObjects, 0
		}
		return jsonLines, 0
	}
	if comma := tellComma(first); comma != 0 {
		return csvLines, comma
	}
	if text[0] == '"' && bytes.Contains(head, []byte("\n{")) || bytes.Contains(rest, []byte("\n{")) || bytes.HasPrefix(second, []byte("{")) {
		return jsonLines, 0 // whose first lines are broken
	}
	return unknownForm, 0
}

func (f *reader) jsonLines(in *lines) bool {
	for {
		line, err := in.next()
		switch {
		case err == io.EOF:
			return true
		case err == errTooLong:
			if !f.reject(in.n, "", tooLong()) {
				return false
			}
			continue
		case err != nil:
			return f.cut(in.n, f.readError(err))
		}
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		if !f.json(in.n, line) {
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
		if first, again := f.seenTopic[t.Slug]; again {
			return f.reject(line, "", wrong("slug", "%q stands in line %d already; give each topic once", t.Slug, first))
		}
		f.seenTopic[t.Slug] = line
		return f.yield(Record{Line: line, Topic: &t})
	}
	it, err := recommend.DecodeItem(b)
	if err != nil {
		return f.reject(line, idOf(b), err)
	}
	return f.item(line, it)
}

// item hands out an item, unless its id has come already.
func (f *reader) item(line int, it recommend.Item) bool {
	if first, again := f.seen[it.ID]; again {
		return f.reject(line, it.ID, wrong("id", "%q stands in line %d already; give each item once", it.ID, first))
	}
	f.seen[it.ID] = line
	return f.yield(Record{Line: line, Item: &it, ID: it.ID})
}

// reject hands out an error of one record.
func (f *reader) reject(line int, id string, err error) bool {
	return f.yield(Record{Line: line, ID: id, Err: &Error{f.name, line, err}})
}

// cut hands out an error after which there is nothing to be read, and returns
// false.
func (f *reader) cut(line int, err error) bool {
	f.yield(Record{Line: line, Err: &Error{f.name, line, err}, Cut: true})
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

// wrong returns a [*recommend.InvalidError] whose text is one short line,
// whatever the arguments hold.
func wrong(field, format string, args ...any) error {
	const most = 400 // bytes
	line := func(s string) string { return cut(oneLine(strings.ToValidUTF8(s, "\ufffd")), most) }
	return &recommend.InvalidError{Field: line(field), Reason: line(fmt.Sprintf(format, args...))}
}

func tooLong() error {
	return wrong("line", "is over %d bytes long; a record has that at most", recommend.MaxLine)
}
