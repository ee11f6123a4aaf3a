package stream

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
)

// Values finds where the JSON values of a file start and end, in well-formed
// text and as far as can be in broken text. It checks nothing else.
type Values struct {
	R    *bufio.Reader
	Line int // of the next byte; that of the first is up to the caller
	Most int // size, in bytes, of the largest value that is returned

	Broken bool // the last value was given up where the next one seemed to start

	buf  []byte // the value, as far as it has come
	long bool   // it is over Most, and not all in buf
}

const maxNested = 1000 // brackets in brackets that are told apart

// Take reads a byte and counts lines.
func (v *Values) Take() (byte, error) {
	c, err := v.R.ReadByte()
	if c == '\n' {
		v.Line++
	}
	return c, err
}

// Skip skips white space and the bytes in also, and returns the byte behind
// them, which stays.
func (v *Values) Skip(also string) (byte, error) {
	for {
		c, err := v.Take()
		if err != nil {
			return 0, err
		}
		if !isSpace(c) && strings.IndexByte(also, c) < 0 {
			return c, v.R.UnreadByte()
		}
	}
}

// Next reads the value that v stands before; it takes one byte at least. The
// slice is good until the next call. A value over v.Most is read and dropped,
// with [ErrTooLong]; one that the file ends in is [ErrUnended].
//
// Three things cannot be in JSON, and end what a forgotten bracket or quote
// would run on: a line's end in a string ends the string; a closing bracket
// closes what was opened within its pair; an object where an object wants a
// name is the next value.
func (v *Values) Next() ([]byte, error) {
	v.buf, v.long, v.Broken = v.buf[:0], false, false
	var open []byte // brackets
	deep := 0       // brackets beyond those that are told apart
	prev := byte(0) // the byte before, white space aside
	for first := true; ; first = false {
		c, err := v.Take()
		switch {
		case err == io.EOF && !first && len(open) == 0: // behind a number or a word
			return v.done()
		case err != nil:
			return nil, unended(err)
		case !first && len(open) == 0 && (isSpace(c) || c == ',' || c == ']' || c == '}'): // the same
			return v.back(c)
		case c == '{' && deep == 0 && len(open) > 0 && open[len(open)-1] == '{' && prev != ':',
			c == ']' && deep == 0 && len(open) > 0 && bytes.IndexByte(open, '[') < 0:
			v.Broken = true
			return v.back(c)
		}
		v.keep(c)
		switch c {
		case '"':
			switch err := v.text(); {
			case err == errOpen:
				return v.done()
			case err != nil:
				return nil, unended(err)
			}
		case '{', '[':
			if len(open) < maxNested {
				open = append(open, c)
			} else {
				deep++
			}
		case '}', ']':
			if deep > 0 {
				deep--
			} else {
				open = open[:max(bytes.LastIndexByte(open, c-2), 0)] // c-2 opens what c closes
			}
		}
		if !isSpace(c) {
			prev = c
		}
		if len(open) == 0 && (c == '}' || c == ']' || c == '"') {
			return v.done()
		}
	}
}

// Pass passes over the value that v stands before, however long it is.
func (v *Values) Pass() error {
	most := v.Most
	v.Most = 0
	_, err := v.Next()
	if v.Most = most; err == ErrTooLong {
		err = nil
	}
	return err
}

// errOpen says that a string had no end before the next object began.
var errOpen = errors.New("string without end")

// text reads on to the end of a string, or of the line, or to where the next
// object begins. A quote that nothing follows which may stand behind a string is
// part of it.
func (v *Values) text() error {
	for {
		b, err := v.R.Peek(max(1, v.R.Buffered()))
		if len(b) == 0 {
			return err
		}
		k := bytes.IndexAny(b, "\"\\\n")
		if k < 0 {
			k = len(b) - 1
		}
		last := b[k]
		if last == '"' {
			q, end := quoteAt(v.R, k)
			if b, err = v.R.Peek(k + 1); err != nil {
				return err
			}
			switch q {
			case strayQuote:
				last = 0
			case nextQuote:
				v.keep(b[:end]...)
				_, _ = v.R.Discard(end) // they were peeked at, as below
				return errOpen
			}
		}
		v.keep(b[:k+1]...)
		_, _ = v.R.Discard(k + 1)
		switch last {
		case '"':
			return nil
		case '\n':
			v.Line++
			return nil
		case '\\': // and what it escapes
			c, err := v.Take()
			if err != nil {
				return err
			}
			if v.keep(c); c == '\n' {
				return nil
			}
		}
	}
}

// back ends a value before c, which was just read.
func (v *Values) back(c byte) ([]byte, error) {
	if c == '\n' {
		v.Line--
	}
	_ = v.R.UnreadByte()
	return v.done()
}

// keep adds to the value.
func (v *Values) keep(b ...byte) {
	if v.long = v.long || len(v.buf)+len(b) > v.Most; !v.long {
		v.buf = append(v.buf, b...)
	}
}

func (v *Values) done() ([]byte, error) {
	if v.long {
		return nil, ErrTooLong
	}
	return v.buf, nil
}

// unended says of an error within a value what it means.
func unended(err error) error {
	if err == io.EOF {
		return ErrUnended
	}
	return err
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }
