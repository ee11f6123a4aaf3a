// Package stream takes records out of long XML and JSON files one at a time,
// whatever is wrong with one of them: it finds where a record starts and ends,
// and leaves it to its caller to understand it. It holds one record in memory.
package stream

import (
	"bytes"
	"errors"
	"io"
	"iter"
	"slices"
)

// MaxRecord is the size, in bytes, of the largest record that is handed out.
// Longer ones are passed over.
const MaxRecord = 16 << 20

// maxTries is how often in a row a record that does not end is looked for in
// what an earlier one took.
const maxTries = 3

// A Record is a part of a file.
type Record struct {
	Line int    // where it starts, from 1
	Name string // of the element; in JSON the path to the value, "data.posts"
	Data []byte // good until the next record
	Open bool   // a CDATA section in it was not closed; Data is without its beginning
	Err  error  // of this record; Data is nil
	Cut  bool   // beside Err: nothing follows
}

// Errors of records.
var (
	ErrTooLong = errors.New("is longer than 16 MiB")
	ErrUnended = errors.New("has no end; the file was cut off there, copy it again")
)

// XML returns the elements of the given names, in their order, with their tags.
// What stands in one that is handed out is not looked at. Comments and CDATA
// are passed over; a section that holds the end of an element and the beginning of
// the next, and a section in that, was not closed. An element that does not end is an error, and reading
// goes on with the next one that starts in it.
func XML(r io.Reader, names ...string) iter.Seq[Record] {
	return func(yield func(Record) bool) {
		x := &xmlScanner{r: r, line: 1}
		for tries := 0; ; {
			name := x.start(names)
			if name == "" {
				if x.err != io.EOF {
					yield(Record{Line: x.line, Err: x.err, Cut: true})
				}
				return
			}
			line := x.line
			size, err := x.element(name)
			if err != nil {
				// What started inside may end. To try that at every start would take
				// the square of the time.
				tries++
				more := tries <= maxTries && x.again(name)
				if !more {
					x.drop(len(x.buf) - min(len(x.buf), 64))
				}
				last := err == ErrUnended && !more
				if last && x.err != io.EOF {
					err = x.err
				}
				if !yield(Record{Line: line, Name: name, Err: err, Cut: last}) || last {
					return
				}
				continue
			}
			tries = 0
			if !yield(Record{Line: line, Name: name, Data: without(x.buf[:size], x.open), Open: len(x.open) > 0}) {
				return
			}
			x.drop(size)
		}
	}
}

// An xmlScanner reads ahead as far as a record needs.
type xmlScanner struct {
	r    io.Reader
	buf  []byte // what is not dropped yet
	line int    // of its first byte
	err  error  // of reading; io.EOF at the end
	open []int  // where CDATA sections of the element begin that were not closed
}

// without returns data without what begins CDATA at each of the offsets.
func without(data []byte, starts []int) []byte {
	if len(starts) == 0 {
		return data
	}
	var out []byte
	from := 0
	for _, at := range starts {
		out = append(out, data[from:at]...)
		from = at + len(dataStart)
	}
	return append(out, data[from:]...)
}

const dataStart = "<![CDATA["

// Unclosed says whether the content of a CDATA section, as far as the next end of
// one, shows that it was not closed: it holds the end of an element of that name
// and, right behind it, the beginning of the next, with a section of its own.
func Unclosed(content []byte, name string) bool {
	for {
		k := bytes.Index(content, []byte("</"+name))
		if k < 0 {
			return false
		}
		content = content[k+2+len(name):]
		rest := bytes.TrimLeft(content, " \t\r\n")
		if len(rest) == 0 || rest[0] != '>' {
			continue
		}
		rest = bytes.TrimLeft(rest[1:], " \t\r\n")
		if len(rest) > 0 && rest[0] == '<' && tagIs(rest[1:], name) {
			return bytes.Contains(rest, []byte(dataStart))
		}
	}
}

// more reads on; false: there is no more.
func (x *xmlScanner) more() bool {
	if x.err != nil {
		return false
	}
	const step = 32 << 10
	x.buf = slices.Grow(x.buf, step)
	n, err := x.r.Read(x.buf[len(x.buf) : len(x.buf)+step])
	x.buf, x.err = x.buf[:len(x.buf)+n], err
	return n > 0 || err == nil
}

func (x *xmlScanner) drop(n int) {
	x.line += bytes.Count(x.buf[:n], []byte("\n"))
	x.buf = x.buf[:copy(x.buf, x.buf[n:])]
}

// have says whether n bytes are there, or come.
func (x *xmlScanner) have(n int) bool {
	for len(x.buf) < n {
		if !x.more() {
			return false
		}
	}
	return true
}

// find returns the offset behind mark, from an offset on; -1: it does not come
// within MaxRecord.
func (x *xmlScanner) find(from int, mark string) int {
	for {
		if k := bytes.Index(x.buf[from:], []byte(mark)); k >= 0 {
			return from + k + len(mark)
		}
		from = max(from, len(x.buf)-len(mark)+1)
		if len(x.buf) > MaxRecord || !x.more() {
			return -1
		}
	}
}

// start drops what stands before the next element of the names, and returns
// its name; "" at the end.
func (x *xmlScanner) start(names []string) string {
	at := 0 // what is before it needs no further look
	for {
		if at > 1<<16 {
			x.drop(at)
			at = 0
		}
		k := bytes.IndexByte(x.buf[at:], '<')
		if k < 0 {
			x.drop(len(x.buf))
			at = 0
			if !x.more() {
				return ""
			}
			continue
		}
		at += k
		x.have(at + 64)
		rest := x.buf[at:]
		if mark, in := opaque(rest); mark != "" {
			if end := x.find(at+in, mark); end >= 0 {
				at = end
			} else {
				at += in
			}
			continue
		}
		for _, name := range names {
			if tagIs(rest[1:], name) {
				x.drop(at)
				return name
			}
		}
		at++
	}
}

// element returns the size of the element that x stands before.
func (x *xmlScanner) element(name string) (int, error) {
	x.open = x.open[:0]
	at := x.find(0, ">")
	if at > 1 && x.buf[at-2] == '/' {
		return at, nil
	}
	for at >= 0 {
		k := bytes.IndexByte(x.buf[at:], '<')
		if k < 0 {
			at = len(x.buf)
			if len(x.buf) > MaxRecord {
				return 0, ErrTooLong
			}
			if !x.more() {
				return 0, ErrUnended
			}
			continue
		}
		at += k
		x.have(at + 64)
		rest := x.buf[at:]
		mark, in := opaque(rest)
		switch {
		case mark != "":
			end := x.find(at+in, mark)
			if mark == "]]>" && end >= 0 && Unclosed(x.buf[at+in:end], name) {
				x.open = append(x.open, at)
				end = at + in
			}
			at = end
		case len(rest) > 1 && rest[1] == '/' && tagIs(rest[2:], name):
			if at = x.find(at, ">"); at >= 0 {
				return at, nil
			}
		default:
			at++
		}
	}
	if len(x.buf) > MaxRecord {
		return 0, ErrTooLong
	}
	return 0, ErrUnended
}

// again drops the start of an element that does not end, up to where the next
// one of the name starts; false: none does.
func (x *xmlScanner) again(name string) bool {
	for from := 1; ; {
		k := bytes.Index(x.buf[from:], []byte("<"+name))
		if k < 0 {
			return false
		}
		if from += k; tagIs(x.buf[from+1:], name) {
			x.drop(from)
			return true
		}
		from++
	}
}

// opaque returns what ends a comment, a CDATA section or an instruction that b
// starts with, and how long its start is; "" if it starts with none.
func opaque(b []byte) (mark string, in int) {
	for _, m := range [][2]string{{"<!--", "-->"}, {dataStart, "]]>"}, {"<?", "?>"}} {
		if bytes.HasPrefix(b, []byte(m[0])) {
			return m[1], len(m[0])
		}
	}
	return "", 0
}

// tagIs says whether the element's name that b starts with is name.
func tagIs(b []byte, name string) bool {
	return len(b) > len(name) && string(b[:len(name)]) == name && bytes.IndexByte([]byte("> \t\r\n/"), b[len(name)]) >= 0
}
