package feed

import (
	"bufio"
	"io"

	"akin/infra/feed/entry"
	"akin/infra/feed/stream"
	"akin/recommend"
)

// jsonArray hands out the elements of an array, and what stands behind it as
// lines.
func (f *reader) jsonArray(br *bufio.Reader) bool {
	s := stream.Values{R: br, Line: 1, Most: recommend.MaxLine}
	_, _ = s.Skip("") // to the bracket that was seen
	_, _ = s.Take()
	for element, comma := false, false; ; { // what stood before
		c, err := s.Skip("")
		switch {
		case err == io.EOF:
			return f.cut(s.Line, wrong("json", "the array has no end; the file was cut off, copy it again"))
		case err != nil:
			return f.cut(s.Line, f.readError(err))
		case c == ']' && comma && !f.reject(s.Line, "", wrong("json", "a comma with no element behind it")):
			return false
		case c == ']':
			_, _ = s.Take()
			return f.jsonLines(&entry.Lines{R: br, N: s.Line - 1})
		case c == ',' && !element && !f.reject(s.Line, "", wrong("json", "a comma with no element before it")):
			return false
		case c == ',':
			_, _ = s.Take()
			element, comma = false, true
			continue
		case element && !s.Broken && !f.reject(s.Line, "", wrong("json", "a comma is missing between two elements")):
			return false
		}
		if element, comma = true, false; !f.element(&s) {
			return false
		}
	}
}

// jsonObjects hands out objects that stand one after another.
func (f *reader) jsonObjects(br *bufio.Reader) bool {
	s := stream.Values{R: br, Line: 1, Most: recommend.MaxLine}
	for {
		c, err := s.Skip("")
		switch {
		case err == io.EOF:
			return true
		case err != nil:
			return f.cut(s.Line, f.readError(err))
		case c == ',' || c == ']' || c == '}':
			_, _ = s.Take()
			if !f.reject(s.Line, "", wrong("json", "%q between two objects", string(c))) {
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
func (f *reader) element(s *stream.Values) bool {
	line := s.Line
	b, err := s.Next()
	switch {
	case err == nil:
		return f.json(line, b)
	case err == stream.ErrTooLong:
		return f.reject(line, "", tooLong())
	case err == stream.ErrUnended:
		return f.cut(line, wrong("json", "what starts here has no end; the file was cut off, or a bracket or a quote is missing"))
	}
	return f.cut(s.Line, f.readError(err))
}
