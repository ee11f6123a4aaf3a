package stream

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"strings"
)

// A Want says what is done with a value.
type Want uint8

const (
	Descend Want = iota // look at the values in it
	Take                // hand it out
	Each                // hand out the elements of the array, one by one
	Pass                // pass over it
)

// maxLevels is how deep values are looked at; deeper ones are passed over.
const maxLevels = 16

// JSON returns values of a file: of one value or of several, one after another.
// Want is asked for every value that stands in one it descended into; path is
// the names that lead to it, joined by dots, "" for a value at the top; arrays
// have no name. First is its first byte. Each, of what is not an array, is Take.
//
// Broken text costs the value that it is in: a line's end in a string ends the
// string; a closing bracket closes what was opened within its pair; an object
// where an object wants a name is the next value. What is handed out is valid
// JSON.
func JSON(r io.Reader, want func(path string, first byte) Want) iter.Seq[Record] {
	return func(yield func(Record) bool) {
		br, ok := r.(*bufio.Reader)
		if !ok {
			br = bufio.NewReaderSize(r, 64<<10)
		}
		j := &jsonScanner{r: br, line: 1, want: want, yield: yield}
		for {
			c, err := j.skip()
			switch {
			case err == io.EOF:
				return
			case err != nil:
				yield(Record{Line: j.line, Err: err, Cut: true})
				return
			case c == ',' || c == ']' || c == '}' || c == ':':
				_, _ = j.take()
				continue
			}
			if !j.value("", 0) {
				return
			}
		}
	}
}

type jsonScanner struct {
	r     *bufio.Reader
	line  int
	want  func(string, byte) Want
	yield func(Record) bool
	buf   []byte
	long  bool
	keeps bool
}

func (j *jsonScanner) take() (byte, error) {
	c, err := j.r.ReadByte()
	if c == '\n' {
		j.line++
	}
	return c, err
}

// skip skips white space and returns the byte behind it, which stays.
func (j *jsonScanner) skip() (byte, error) {
	for {
		c, err := j.r.ReadByte()
		switch {
		case err != nil:
			return 0, err
		case c == '\n':
			j.line++
		case c != ' ' && c != '\t' && c != '\r':
			return c, j.r.UnreadByte()
		}
	}
}

// value goes through the value that j stands before; false: no more is wanted
// or there.
func (j *jsonScanner) value(path string, level int) bool {
	c, err := j.skip()
	if err != nil {
		return j.end(err)
	}
	w := Pass
	if level < maxLevels {
		w = j.want(path, c)
	}
	switch {
	case w == Each && c == '[', w == Descend && c == '[':
		return j.array(path, level, w)
	case w == Take || w == Each:
		return j.hand(path)
	case w == Descend && c == '{':
		return j.object(path, level)
	}
	_, err = j.capture(false)
	return err == nil || j.end(err)
}

func (j *jsonScanner) end(err error) bool {
	if err == io.EOF {
		err = ErrUnended
	}
	j.yield(Record{Line: j.line, Err: err, Cut: true})
	return false
}

func (j *jsonScanner) array(path string, level int, w Want) bool {
	_, _ = j.take()
	for {
		c, err := j.skip()
		switch {
		case err != nil:
			return j.end(err)
		case c == ']':
			_, _ = j.take()
			return true
		case c == ',' || c == '}' || c == ':':
			_, _ = j.take()
			continue
		}
		ok := false
		if w == Each {
			ok = j.hand(path)
		} else {
			ok = j.value(path, level+1)
		}
		if !ok {
			return false
		}
	}
}

func (j *jsonScanner) object(path string, level int) bool {
	_, _ = j.take()
	for {
		c, err := j.skip()
		switch {
		case err != nil:
			return j.end(err)
		case c == '}':
			_, _ = j.take()
			return true
		case c == ']': // of a list that this object stands in, unended
			return true
		case c != '"':
			_, _ = j.take()
			continue
		}
		name, err := j.capture(true)
		if err != nil {
			return j.end(err)
		}
		var key string
		if json.Unmarshal(name, &key) != nil {
			continue
		}
		c, err = j.skip()
		switch {
		case err != nil:
			return j.end(err)
		case c != ':':
			continue
		}
		_, _ = j.take()
		below := key
		if path != "" {
			below = path + "." + key
		}
		if !j.value(below, level+1) {
			return false
		}
	}
}

// hand hands out the value that j stands before.
func (j *jsonScanner) hand(path string) bool {
	line := j.line
	data, err := j.capture(true)
	r := Record{Line: line, Name: path, Data: data}
	switch {
	case err == io.EOF:
		r.Data, r.Err, r.Cut = nil, ErrUnended, true
	case err != nil && err != ErrTooLong:
		r.Data, r.Err, r.Cut = nil, err, true
	case err != nil:
		r.Data, r.Err = nil, err
	case !json.Valid(data):
		var v any
		r.Data, r.Err = nil, json.Unmarshal(data, &v)
	}
	return j.yield(r) && !r.Cut
}

// capture reads a value, and returns it if it is to be kept.
func (j *jsonScanner) capture(keep bool) ([]byte, error) {
	j.buf, j.long, j.keeps = j.buf[:0], false, keep
	var open []byte
	deep := 0 // brackets beyond those that are told apart
	prev := byte(0)
	for first := true; ; first = false {
		c, err := j.take()
		switch {
		case err == io.EOF && !first && len(open) == 0:
			return j.done()
		case err != nil:
			return nil, err
		case !first && len(open) == 0 && strings.IndexByte(" \t\r\n,]}", c) >= 0,
			c == '{' && deep == 0 && len(open) > 0 && open[len(open)-1] == '{' && prev != ':',
			c == ']' && deep == 0 && len(open) > 0 && bytes.IndexByte(open, '[') < 0:
			if c == '\n' {
				j.line--
			}
			_ = j.r.UnreadByte() // it was just read
			return j.done()
		}
		j.add(c)
		switch c {
		case '"':
			switch err := j.text(); {
			case err == errOpen:
				return j.done()
			case err != nil:
				return nil, err
			}
		case '{', '[':
			if len(open) < 1000 {
				open = append(open, c)
			} else {
				deep++
			}
		case '}', ']':
			if deep > 0 {
				deep--
			} else {
				open = open[:max(bytes.LastIndexByte(open, c-2), 0)]
			}
		}
		if c != ' ' && c != '\t' && c != '\r' && c != '\n' {
			prev = c
		}
		if len(open) == 0 && (c == '}' || c == ']' || c == '"') {
			return j.done()
		}
	}
}

// errOpen says that a string had no end before the next object began.
var errOpen = errors.New("string without end")

// text reads on to the end of a string, or of the line, or to where the next
// object begins.
func (j *jsonScanner) text() error {
	for {
		b, err := j.r.Peek(max(1, j.r.Buffered()))
		if len(b) == 0 {
			return err
		}
		k := bytes.IndexAny(b, "\"\\\n")
		if k < 0 {
			k = len(b) - 1
		}
		last := b[k]
		if last == '"' {
			q, end := QuoteAt(j.r, k)
			if b, err = j.r.Peek(k + 1); err != nil {
				return err
			}
			switch q {
			case StrayQuote:
				last = 0
			case NextQuote:
				j.add(b[:end]...)
				_, _ = j.r.Discard(end) // they were peeked at, as below
				return errOpen
			}
		}
		j.add(b[:k+1]...)
		_, _ = j.r.Discard(k + 1)
		switch last {
		case '"':
			return nil
		case '\n':
			j.line++
			return nil
		case '\\':
			c, err := j.take()
			if err != nil {
				return err
			}
			if j.add(c); c == '\n' {
				return nil
			}
		}
	}
}

func (j *jsonScanner) add(b ...byte) {
	if !j.keeps {
		return
	}
	if j.long = j.long || len(j.buf)+len(b) > MaxRecord; !j.long {
		j.buf = append(j.buf, b...)
	}
}

func (j *jsonScanner) done() ([]byte, error) {
	if j.long {
		return nil, ErrTooLong
	}
	return j.buf, nil
}

// Peek returns the first value of head, which may end anywhere, as far as it
// stands there: objects, arrays, strings, numbers and so on as encoding/json
// decodes them, without values that are cut off. It returns nil for what starts
// like no JSON.
func Peek(head []byte) any {
	v, _ := part(json.NewDecoder(bytes.NewReader(head)), 0)
	return v
}

// PeekAll returns the elements of the array that head starts with, or else the
// values that stand in it one after another, each as Peek does, most at most.
func PeekAll(head []byte, most int) []any {
	dec := json.NewDecoder(bytes.NewReader(head))
	var all []any
	for len(all) < most {
		v, whole := part(dec, 0)
		if list, ok := v.([]any); ok && len(all) == 0 {
			return list[:min(len(list), most)]
		}
		if v != nil {
			all = append(all, v)
		}
		if !whole {
			break
		}
	}
	return all
}

// part returns a value; false: it is cut off.
func part(dec *json.Decoder, level int) (any, bool) {
	t, err := dec.Token()
	if err != nil || level > 64 {
		return nil, false
	}
	switch t {
	case json.Delim('{'):
		object := map[string]any{}
		for dec.More() {
			key, err := dec.Token()
			name, ok := key.(string)
			if err != nil || !ok {
				return object, false
			}
			v, whole := part(dec, level+1)
			if v != nil || whole {
				object[name] = v
			}
			if !whole {
				return object, false
			}
		}
		_, err = dec.Token()
		return object, err == nil
	case json.Delim('['):
		list := []any{}
		for dec.More() {
			v, whole := part(dec, level+1)
			if v != nil || whole {
				list = append(list, v)
			}
			if !whole {
				return list, false
			}
		}
		_, err = dec.Token()
		return list, err == nil
	}
	return t, true
}
