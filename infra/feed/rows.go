package feed

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"akin/recommend"
)

// A quoteError says why text is no row of CSV.
type quoteError struct{ reason string }

func (e *quoteError) Error() string { return e.reason }

// A numbered is a line with its number, or why it could not be read.
type numbered struct {
	text []byte
	n    int
	err  error
}

// rows reads the rows of a table, which may span lines.
type rows struct {
	in    *lines
	comma byte
	ahead []numbered // lines that were read and given back
}

func (r *rows) line() numbered {
	if len(r.ahead) > 0 {
		first := r.ahead[0]
		r.ahead = r.ahead[1:]
		return first
	}
	text, err := r.in.next()
	return numbered{slices.Clone(text), r.in.n, err}
}

// next returns a row and the number of its first line; blank lines before it
// are skipped. A row whose quotes are wrong, which is a [*quoteError], costs
// its first line alone: reading goes on with the line behind that. Other errors
// are those of [lines.next].
func (r *rows) next() ([]string, int, error) {
	first := r.line()
	for first.err == nil && len(bytes.TrimSpace(first.text)) == 0 {
		first = r.line()
	}
	if first.err != nil {
		return nil, first.n, first.err
	}
	text, more := first.text, []numbered(nil)
	for open := odd(text); open; {
		l := r.line()
		more = append(more, l)
		switch {
		case l.err != nil:
			r.ahead = append(more, r.ahead...)
			return nil, first.n, &quoteError{"a quote is opened here and not closed; a quote in a cell is written twice"}
		case len(text)+1+len(l.text) > recommend.MaxLine:
			r.ahead = append(more, r.ahead...)
			return nil, first.n, &quoteError{fmt.Sprintf("a quote is opened here and not closed within %d bytes; a quote in a cell is written twice", recommend.MaxLine)}
		}
		text = append(append(text, '\n'), l.text...)
		open = !odd(l.text)
	}
	row, err := splitRow(text, r.comma)
	if err != nil && len(more) > 0 {
		r.ahead = append(more, r.ahead...)
	}
	return row, first.n, err
}

// odd says whether the number of quotes in b is odd.
func odd(b []byte) bool { return bytes.Count(b, []byte(`"`))%2 == 1 }

// splitRow returns the cells of a row (RFC 4180). White space before a quoted
// cell is dropped. The error is a [*quoteError].
func splitRow(b []byte, comma byte) ([]string, error) {
	var row []string
	for text := string(b); ; {
		cell, rest := "", ""
		last := false
		if quoted := strings.TrimLeft(text, " "); strings.HasPrefix(quoted, `"`) {
			var closed bool
			cell, rest, closed = unquote(quoted[1:])
			rest = strings.TrimLeft(rest, " ")
			switch {
			case !closed:
				return nil, &quoteError{fmt.Sprintf("a quote is opened in column %d and not closed", len(row)+1)}
			case rest != "" && rest[0] != comma:
				return nil, &quoteError{fmt.Sprintf("text behind the closing quote of column %d; a quote in a cell is written twice", len(row)+1)}
			}
			last = rest == ""
			rest = strings.TrimPrefix(rest, string(comma))
		} else {
			var found bool
			cell, rest, found = strings.Cut(text, string(comma))
			if strings.Contains(cell, `"`) {
				return nil, &quoteError{fmt.Sprintf("a quote inside column %d; write it twice and put quotes around the cell", len(row)+1)}
			}
			last = !found
		}
		row = append(row, cell)
		if last {
			return row, nil
		}
		text = rest
	}
}

// unquote returns what stands before the closing quote of s, with doubled
// quotes as one, and what stands behind it.
func unquote(s string) (cell, rest string, closed bool) {
	for i := 0; ; i++ {
		k := strings.IndexByte(s[i:], '"')
		if k < 0 {
			return "", "", false
		}
		if i += k; !strings.HasPrefix(s[i+1:], `"`) {
			return strings.ReplaceAll(s[:i], `""`, `"`), s[i+1:], true
		}
		i++
	}
}
