package feed

import (
	"bufio"
	"bytes"
	"errors"
	"io"

	"akin/infra/feed/stream"
	"akin/recommend"
)

// jsonArray hands out the elements of an array, and what stands behind it as
// lines.
func (f *reader) jsonArray(br *bufio.Reader) bool {
	s := splitter{r: br, line: 1}
	s.skip() // to the bracket that was seen
	s.take()
	for element, comma := false, false; ; { // what stood before
		c, err := s.skip()
		switch {
		case err == io.EOF:
			return f.cut(s.line, wrong("json", "the array has no end; the file was cut off, copy it again"))
		case err != nil:
			return f.cut(s.line, f.readError(err))
		case c == ']' && comma && !f.reject(s.line, "", wrong("json", "a comma with no element behind it")):
			return false
		case c == ']':
			s.take()
			return f.jsonLines(&lines{R: br, N: s.line - 1})
		case c == ',' && !element && !f.reject(s.line, "", wrong("json", "a comma with no element before it")):
			return false
		case c == ',':
			s.take()
			element, comma = false, true
			continue
		case element && !s.broken && !f.reject(s.line, "", wrong("json", "a comma is missing between two elements")):
			return false
		}
		if element, comma = true, false; !f.element(&s) {
			return false
		}
	}
}

// jsonObjects hands out objects that stand one after another.
func (f *reader) jsonObjects(br *bufio.Reader) bool {
	s := splitter{r: br, line: 1}
	for {
		c, err := s.skip()
		switch {
		case err == io.EOF:
			return true
		case err != nil:
			return f.cut(s.line, f.readError(err))
		case c == ',' || c == ']' || c == '}':
			s.take()
			if !f.reject(s.line, "", wrong("json", "%q between two objects", string(c))) {
				return false
			}
			continue
		}
		if !f.element(&s) {
			return false
		}
	}
}

// element hands out the value that s stands before.
func (f *reader) element(s *splitter) bool {
	line := s.line
	b, err := s.value()
	switch {
	case err == nil:
		return f.json(line, b)
	case err == errTooLong:
		return f.reject(line, "", tooLong())
	case err == errUnended:
		return f.cut(line, wrong("json", "what starts here has no end; the file was cut off, or a bracket or a quote is missing"))
	}
	return f.cut(s.line, f.readError(err))
}

// errUnended says that the file ended inside a value.
var errUnended = errors.New("value without end")

// A splitter finds where JSON values start and end, in well-formed text and as
// far as can be in broken text. It checks nothing else.
type splitter struct {
	r      *bufio.Reader
	line   int    // of the next byte, from 1
	buf    []byte // the value, as far as it has come
	long   bool   // it is over [recommend.MaxLine], and not all in buf
	broken bool   // it was given up where the next one seemed to start
}

const maxDepth = 64 // brackets in brackets that a splitter tells apart; a topic has four

// take reads a byte and counts lines.
func (s *splitter) take() (byte, error) {
	c, err := s.r.ReadByte()
	if c == '\n' {
		s.line++
	}
	return c, err
}

// skip skips white space and returns the byte behind it, which stays.
func (s *splitter) skip() (byte, error) {
	for {
		c, err := s.take()
		if err != nil {
			return 0, err
		}
		if !isSpace(c) {
			return c, s.r.UnreadByte()
		}
	}
}

// value reads the value that s stands before; it takes one byte at least. The
// slice is good until the next call. A value over [recommend.MaxLine] is read
// and dropped, with errTooLong.
//
// Three things cannot be in JSON, and end what a forgotten bracket or quote
// would run on: a line's end in a string ends the string; a closing bracket
// closes what was opened within its pair; an object where an object wants a
// name is the next value.
func (s *splitter) value() ([]byte, error) {
	s.buf, s.long, s.broken = s.buf[:0], false, false
	var open []byte // brackets
	prev := byte(0) // the byte before, white space aside
	for first := true; ; first = false {
		c, err := s.take()
		switch {
		case err == io.EOF && !first && len(open) == 0: // behind a number or a word
			return s.done()
		case err == io.EOF:
			return nil, errUnended
		case err != nil:
			return nil, err
		case !first && len(open) == 0 && (isSpace(c) || c == ',' || c == ']' || c == '}'): // the same
			return s.back(c)
		case c == '{' && len(open) > 0 && open[len(open)-1] == '{' && prev != ':',
			c == ']' && len(open) > 0 && bytes.IndexByte(open, '[') < 0:
			s.broken = true
			return s.back(c)
		}
		s.keep(c)
		switch c {
		case '"':
			switch err := s.text(); {
			case err == errOpen:
				return s.done()
			case err != nil:
				return nil, err
			}
		case '{', '[':
			if len(open) < maxDepth {
				open = append(open, c)
			}
		case '}':
			open = open[:max(bytes.LastIndexByte(open, '{'), 0)]
		case ']':
			open = open[:max(bytes.LastIndexByte(open, '['), 0)]
		}
		if !isSpace(c) {
			prev = c
		}
		if len(open) == 0 && (c == '}' || c == ']' || c == '"') {
			return s.done()
		}
	}
}

// errOpen says that a string had no end before the next object began.
var errOpen = errors.New("string without end")

// text reads on to the end of a string, or of the line, or to where the next
// object begins. A quote that nothing follows which may stand behind a string is
// part of it.
func (s *splitter) text() error {
	for {
		b, err := s.r.Peek(max(1, s.r.Buffered()))
		switch {
		case len(b) > 0:
		case err == io.EOF:
			return errUnended
		default:
			return err
		}
		k := bytes.IndexAny(b, "\"\\\n")
		if k < 0 {
			k = len(b) - 1
		}
		last := b[k]
		if last == '"' {
			q, end := stream.QuoteAt(s.r, k)
			if b, err = s.r.Peek(k + 1); err != nil {
				return err
			}
			switch q {
			case stream.StrayQuote:
				last = 0
			case stream.NextQuote:
				s.keep(b[:end]...)
				if _, err := s.r.Discard(end); err != nil {
					return err
				}
				return errOpen
			}
		}
		s.keep(b[:k+1]...)
		if _, err := s.r.Discard(k + 1); err != nil {
			return err
		}
		switch last {
		case '"':
			return nil
		case '\n':
			s.line++
			return nil
		case '\\': // and what it escapes
			c, err := s.take()
			switch {
			case err == io.EOF:
				return errUnended
			case err != nil:
				return err
			}
			if s.keep(c); c == '\n' {
				return nil
			}
		}
	}
}

// back ends a value before c, which was read already.
func (s *splitter) back(c byte) ([]byte, error) {
	if c == '\n' {
		s.line--
	}
	if err := s.r.UnreadByte(); err != nil {
		return nil, err
	}
	return s.done()
}

// keep adds to the value.
func (s *splitter) keep(b ...byte) {
	if s.long = s.long || len(s.buf)+len(b) > recommend.MaxLine; !s.long {
		s.buf = append(s.buf, b...)
	}
}

func (s *splitter) done() ([]byte, error) {
	if s.long {
		return nil, errTooLong
	}
	return s.buf, nil
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }
