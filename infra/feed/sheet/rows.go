package sheet

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"akin/infra/feed/entry"
	"akin/recommend"
)

// A quoteError says why text is not a row of CSV.
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
	in    *entry.Lines
	comma byte
	ahead []numbered // lines that were read and given back

	// Wrong quotes are mended in rows of one line and so many cells; 0: never.
	mend   int
	mended int // rows whose quotes were mended
	odd    int // lines that are not UTF-8, and were read as windows-1252
}

func (r *rows) line() numbered {
	if len(r.ahead) > 0 {
		first := r.ahead[0]
		r.ahead = r.ahead[1:]
		return first
	}
	text, err := r.in.Next()
	if text, mended := utf8Of(text); mended {
		r.odd++
		return numbered{text, r.in.N, err}
	}
	return numbered{slices.Clone(text), r.in.N, err}
}

// next returns a row and the number of its first line; blank lines before it
// are skipped. A row whose quotes are wrong, which is a [*quoteError], costs
// its first line alone: reading goes on with the line behind that. Other errors
// are those of [entry.Lines.Next].
func (r *rows) next() ([]string, int, error) {
	first := r.first()
	if first.err != nil {
		return nil, first.n, first.err
	}
	row, err := r.strict(first)
	if err != nil && r.mend > 0 {
		if loose, ok := looseRow(first.text, r.comma); ok && len(loose) == r.mend {
			r.mended++
			return loose, first.n, nil
		}
	}
	return row, first.n, err
}

// first returns the next line that is not blank.
func (r *rows) first() numbered {
	for {
		if l := r.line(); l.err != nil || len(bytes.TrimSpace(l.text)) > 0 {
			return l
		}
	}
}

// strict returns the row that begins with a line, by RFC 4180.
func (r *rows) strict(first numbered) ([]string, error) {
	text, more := first.text, []numbered(nil)
	for open := odd(text); open; {
		l := r.line()
		more = append(more, l)
		switch {
		case l.err != nil:
			r.ahead = append(more, r.ahead...)
			return nil, &quoteError{"a quote is opened here and not closed; a quote in a cell is written twice"}
		case len(text)+1+len(l.text) > recommend.MaxLine:
			r.ahead = append(more, r.ahead...)
			return nil, &quoteError{fmt.Sprintf("a quote is opened here and not closed within %d bytes; a quote in a cell is written twice", recommend.MaxLine)}
		}
		text = append(append(text, '\n'), l.text...)
		open = !odd(l.text)
	}
	row, err := splitRow(text, r.comma)
	if err != nil && len(more) > 0 {
		r.ahead = append(more, r.ahead...)
	}
	return row, err
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

// looseRow returns the cells of a line whose quotes are not those of RFC 4180: a
// quote that no separator follows, or that stands inside a cell, is text. It is
// not ok if a cell is not closed.
func looseRow(b []byte, comma byte) (row []string, ok bool) {
	for text := string(b); ; {
		quoted := strings.TrimLeft(text, " ")
		end := -1
		if strings.HasPrefix(quoted, `"`) {
			end = closing(quoted[1:], comma)
		}
		if end < 0 {
			cell, rest, more := strings.Cut(text, string(comma))
			if strings.HasPrefix(quoted, `"`) && strings.Count(cell, `"`) < 2 {
				return nil, false
			}
			if row = append(row, strings.ReplaceAll(cell, `""`, `"`)); !more {
				return row, true
			}
			text = rest
			continue
		}
		row = append(row, strings.ReplaceAll(quoted[1:1+end], `""`, `"`))
		rest := strings.TrimLeft(quoted[1+end+1:], " ")
		if rest == "" {
			return row, true
		}
		text = rest[1:]
	}
}

// closing returns where the quote is that closes s: the first that a separator
// or the end follows, and that is not one of a pair. It returns -1 without one.
func closing(s string, comma byte) int {
	for i := 0; i < len(s); i++ {
		if s[i] != '"' {
			continue
		}
		if strings.HasPrefix(s[i+1:], `"`) && strings.Trim(s[i+2:], " ") != "" && strings.TrimLeft(s[i+2:], " ")[0] != comma {
			i++ // a pair
			continue
		}
		if rest := strings.TrimLeft(s[i+1:], " "); rest == "" || rest[0] == comma {
			return i
		}
	}
	return -1
}

// utf8Of returns a line whose bytes that are not UTF-8 are read as windows-1252,
// and whether there were such bytes.
func utf8Of(line []byte) ([]byte, bool) {
	if utf8.Valid(line) {
		return line, false
	}
	out := make([]byte, 0, len(line)+16)
	for len(line) > 0 {
		r, n := utf8.DecodeRune(line)
		if r == utf8.RuneError && n == 1 {
			r = charmap.Windows1252.DecodeByte(line[0])
		}
		out = utf8.AppendRune(out, r)
		line = line[n:]
	}
	return out, true
}
