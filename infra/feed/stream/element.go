package stream

import (
	"bytes"
	"encoding/xml"
	"io"
	"strings"
	"unicode/utf8"
)

// An Element is an XML element with what stands directly in it.
type Element struct {
	Name     string // with its prefix, as it is written: "wp:status"
	Attr     map[string]string
	Text     string // of it and of what stands in it, without tags; of a record itself only what stands in no other element
	Children []*Element
}

// maxChildren is how many elements of one record are kept: comments and fields
// of plugins are dropped past it.
const maxChildren = 20_000

// maxDepth is how deep elements are told apart; deeper ones are text.
const maxDepth = 4

const maxOpen = 100 // elements in elements whose ends are told apart

// Parse takes an element apart. Bytes that no XML may have become spaces, and
// entities that are not known stay as they stand, so that it returns what there
// is; fixed says whether such bytes were there. None is ever expanded to more
// than one character.
func Parse(data []byte) (top *Element, fixed bool, err error) {
	data, fixed = clean(data)
	dec := xml.NewDecoder(bytes.NewReader(data))
	dec.Strict = false
	dec.Entity = xml.HTMLEntity
	dec.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	type level struct {
		name string
		el   *Element // nil: its text is that of the elements around it alone
		text *strings.Builder
	}
	var open []level
	closeTo := func(n int) {
		for _, l := range open[n:] {
			if l.el != nil {
				l.el.Text = strings.TrimSpace(l.text.String())
			}
		}
		open = open[:n]
	}
	for count := 0; ; {
		t, e := dec.RawToken()
		if e != nil {
			if e != io.EOF {
				err = e
			}
			break
		}
		switch t := t.(type) {
		case xml.StartElement:
			l := level{name: named(t.Name)}
			if len(open) < maxDepth && count < maxChildren && (len(open) == 0) == (top == nil) {
				count++
				l.el, l.text = &Element{Name: l.name, Attr: map[string]string{}}, &strings.Builder{}
				for _, a := range t.Attr {
					l.el.Attr[named(a.Name)] = a.Value
				}
				if top == nil {
					top = l.el
				} else if parent := open[len(open)-1]; parent.el != nil {
					parent.el.Children = append(parent.el.Children, l.el)
				}
			}
			if len(open) < maxOpen {
				open = append(open, l)
			}
		case xml.EndElement:
			name := named(t.Name)
			for n := len(open) - 1; n >= 0; n-- {
				if open[n].name == name {
					closeTo(n)
					break
				}
			}
		case xml.CharData:
			for i, l := range open[:min(len(open), maxDepth)] {
				// The text of a whole record is nobody's to read.
				if l.el != nil && (i > 0 || len(open) == 1) {
					l.text.Write(t)
				}
			}
		}
	}
	closeTo(0)
	if top == nil && err == nil {
		err = io.ErrUnexpectedEOF
	}
	return top, fixed, err
}

func named(n xml.Name) string {
	if n.Space != "" {
		return n.Space + ":" + n.Local
	}
	return n.Local
}

// clean returns data with what XML may not have as spaces.
func clean(data []byte) ([]byte, bool) {
	fixed := false
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && size == 1 || r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0xFFFE || r == 0xFFFF {
			if !fixed {
				data, fixed = bytes.Clone(data), true
			}
			for k := range size {
				data[i+k] = ' '
			}
		}
		i += size
	}
	return data, fixed
}

// Child returns the first child of a name; an empty element without one.
func (e *Element) Child(name string) *Element {
	for _, c := range e.Children {
		if c.Name == name {
			return c
		}
	}
	return &Element{}
}

// Get returns the text of the first child of a name; "" without one.
func (e *Element) Get(name string) string { return e.Child(name).Text }
