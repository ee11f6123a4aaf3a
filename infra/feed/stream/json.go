package stream

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"iter"
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
// Broken text costs the value that it is in, see [Values.Next]. What is handed
// out is valid JSON.
func JSON(r io.Reader, want func(path string, first byte) Want) iter.Seq[Record] {
	return func(yield func(Record) bool) {
		br, ok := r.(*bufio.Reader)
		if !ok {
			br = bufio.NewReaderSize(r, 64<<10)
		}
		j := &jsonScanner{Values: Values{R: br, Line: 1, Most: MaxRecord}, want: want, yield: yield}
		for {
			_, err := j.Skip(",]}:")
			switch {
			case err == io.EOF:
				return
			case err != nil:
				yield(Record{Line: j.Line, Err: err, Cut: true})
				return
			case !j.value("", 0):
				return
			}
		}
	}
}

type jsonScanner struct {
	Values
	want  func(string, byte) Want
	yield func(Record) bool
}

// value goes through the value that j stands before; false: no more is wanted
// or there.
func (j *jsonScanner) value(path string, level int) bool {
	c, err := j.Skip("")
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
	err = j.Pass()
	return err == nil || j.end(err)
}

func (j *jsonScanner) end(err error) bool {
	j.yield(Record{Line: j.Line, Err: unended(err), Cut: true})
	return false
}

func (j *jsonScanner) array(path string, level int, w Want) bool {
	_, _ = j.Take()
	for {
		c, err := j.Skip(",}:")
		switch {
		case err != nil:
			return j.end(err)
		case c == ']':
			_, _ = j.Take()
			return true
		case w == Each && !j.hand(path), w == Descend && !j.value(path, level+1):
			return false
		}
	}
}

func (j *jsonScanner) object(path string, level int) bool {
	_, _ = j.Take()
	for {
		c, err := j.Skip("")
		switch {
		case err != nil:
			return j.end(err)
		case c == '}':
			_, _ = j.Take()
			return true
		case c == ']': // of a list that this object stands in, unended
			return true
		case c != '"':
			_, _ = j.Take()
			continue
		}
		name, err := j.Next()
		if err != nil {
			return j.end(err)
		}
		var key string
		if json.Unmarshal(name, &key) != nil {
			continue
		}
		c, err = j.Skip("")
		switch {
		case err != nil:
			return j.end(err)
		case c != ':':
			continue
		}
		_, _ = j.Take()
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
	line := j.Line
	data, err := j.Next()
	r := Record{Line: line, Name: path, Data: data, Err: err, Cut: err != nil && err != ErrTooLong}
	if err == nil && !json.Valid(data) {
		var v any
		r.Data, r.Err = nil, json.Unmarshal(data, &v)
	}
	return j.yield(r) && !r.Cut
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
