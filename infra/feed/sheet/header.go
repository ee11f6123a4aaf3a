package sheet

import (
	"bufio"
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"

	"akin/infra/feed/entry"
)

// headerRows is how many rows the header is looked for in: titles and notes may
// stand above it.
const headerRows = 25

// separators part columns, the likeliest first.
var separators = []byte{',', ';', '\t', '|'}

// Tell says whether a text that begins with head is a table whose columns are
// known here, by their names or by columns, which is [entry.Options.Map].
func Tell(head []byte, columns map[string]string) bool {
	_, ok := tell(head, columns)
	return ok
}

// Unknown returns the names of the columns of a text that is a table without
// any column that is known here, nil if it is not a table.
func Unknown(head []byte) []string {
	for _, comma := range separators[:3] {
		rows := headRows(head, comma)
		if len(rows) < 2 || len(rows[0]) < 2 {
			continue
		}
		header := trimmed(rows[0])
		named := func(s string) bool { return s != "" && len(s) <= 40 && !strings.HasSuffix(s, ".") }
		if !slices.ContainsFunc(header, func(s string) bool { return !named(s) }) &&
			!slices.ContainsFunc(rows, func(row []string) bool { return len(row) != len(header) }) {
			return header
		}
	}
	return nil
}

// A dialect is how a table is written.
type dialect struct {
	comma byte // between columns
	skip  int  // rows above the header, blank lines not counted; the line "sep=;" is one
}

// tell finds the header, and what parts columns, by the row that has most names
// that are known. One name is enough if it is that of a title, an id or an
// address and the row has another column.
func tell(head []byte, columns map[string]string) (dialect, bool) {
	best, most := dialect{}, 0
	commas := separators
	if c, ok := declared(head); ok {
		commas = []byte{c}
	}
	for _, comma := range commas {
		if i, n := header(headRows(head, comma), columns); n > most {
			best, most = dialect{comma, i}, n
		}
	}
	return best, most > 0
}

// Header returns which of the first rows of a table is its header; ok is false
// if none is.
func Header(rows [][]string, columns map[string]string) (at int, ok bool) {
	at, n := header(rows, columns)
	return at, n > 0
}

// header returns the row that has most names that are known, and how many.
func header(rows [][]string, columns map[string]string) (at, most int) {
	for i, row := range rows {
		if n := known(row, columns); n > most {
			at, most = i, n
		}
	}
	return at, most
}

// declared returns the separator that the first line names, as Excel writes it:
// sep=;
func declared(head []byte) (byte, bool) {
	first, _, _ := bytes.Cut(head, []byte("\n"))
	first = bytes.Trim(first, "\"\r ")
	if len(first) == 5 && bytes.EqualFold(first[:4], []byte("sep=")) {
		return first[4], true
	}
	return 0, false
}

// headRows returns the first rows of a text whose beginning is head.
func headRows(head []byte, comma byte) [][]string {
	r := rows{in: &entry.Lines{R: bufio.NewReader(bytes.NewReader(oldLineEnds(head)))}, comma: comma}
	var all [][]string
	for len(all) < headerRows {
		row, _, err := r.next()
		if _, quotes := err.(*quoteError); quotes {
			row, err = nil, nil // counted as one
		}
		if err != nil {
			break
		}
		all = append(all, row)
	}
	if len(head) == entry.PeekSize && len(all) > 1 {
		all = all[:len(all)-1] // may be cut off
	}
	return all
}

// known returns how many columns of a row have names that are known, 0 if it is
// no header.
func known(row []string, columns map[string]string) int {
	if len(row) < 2 {
		return 0
	}
	n, names := 0, false
	for i, cell := range row {
		cell = strings.TrimSpace(cell)
		field, ok := "", false
		for column, to := range columns {
			if to != "" && (column == cell || entry.Fold(column) == entry.Fold(cell)) && cell != "" {
				field, ok = to, true
			}
		}
		if !ok && len(cell) <= 60 && !slices.Contains(row[:i], row[i]) {
			var p place
			p, ok = fieldOf(cell)
			field = p.field
		}
		if !ok {
			continue
		}
		n++
		switch field {
		case "id", "url", "title", "summary", fieldSlug:
			names = true
		}
	}
	if !names {
		return 0
	}
	return n
}

// oldLineEnds returns a text of lines that end in CR alone with LF instead.
func oldLineEnds(head []byte) []byte {
	if bytes.IndexByte(head, '\n') < 0 && bytes.IndexByte(head, '\r') >= 0 {
		return bytes.ReplaceAll(head, []byte("\r"), []byte("\n"))
	}
	return head
}

func trimmed(row []string) []string {
	out := make([]string, len(row))
	for i, s := range row {
		out[i] = entry.OneLine(s)
	}
	return out
}

// A column is what is made of a column.
type column struct {
	name  string
	field string // empty: it is left out
	rank  int    // less counts more, among the columns of a field
	asked bool   // --map says so
	sep   string // what parts the values of its cells; empty: nothing
	named bool   // sep was given by --split
	whole bool   // it has cells with commas or the like that are one value

	sign *entry.Sign // what it says of who may see a work; nil: nothing
}

// assign returns the columns of a header. The error names a column of Map that
// is not there, or a field that there is not.
func assign(header []string, o entry.Options) ([]column, error) {
	asked := map[int]string{}
	for _, name := range slices.Sorted(maps.Keys(o.Map)) {
		field := o.Map[name]
		at := slices.Index(header, strings.TrimSpace(name))
		for i := 0; at < 0 && i < len(header); i++ {
			if f := entry.Fold(header[i]); f != "" && f == entry.Fold(name) {
				at = i
			}
		}
		if at < 0 {
			return nil, entry.Wrong("--map", "there is no column %q; the columns are %s", name, quoted(header))
		}
		if err := CheckField(field); err != nil {
			return nil, err
		}
		if field == "image" {
			field = "image.url"
		}
		asked[at] = field
	}
	columns := make([]column, len(header))
	for i, name := range header {
		c := column{name: name}
		if field, ok := asked[i]; ok {
			c.field, c.asked, c.rank = field, true, -2
		} else if p, ok := fieldOf(name); ok {
			c.field, c.rank = p.field, p.rank
		}
		columns[i] = c
	}
	// A field that --map gives away is that column's alone, unless it is a list or
	// says who may see a work.
	for i := range columns {
		c := &columns[i]
		if !c.asked && c.field != "status" && slices.ContainsFunc(columns, func(d column) bool { return d.asked && d.field == c.field }) {
			c.field = ""
		}
	}
	return columns, nil
}

// CheckField returns an error that names the fields there are if a column
// cannot be one of that name. The empty name leaves a column out.
func CheckField(name string) error {
	if name == "" || name == "image" || slices.Contains(Fields, name) {
		return nil
	}
	return entry.Wrong("--map", "%q is not a field; the fields are %s", name, strings.Join(Fields, ", "))
}

func quoted(names []string) string {
	var b strings.Builder
	for i, s := range names {
		if s == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteString(", ")
		}
		if b.Len() > 200 {
			fmt.Fprintf(&b, "and %d more", len(names)-i)
			break
		}
		fmt.Fprintf(&b, "%q", entry.Cut(s, 60))
	}
	return b.String()
}

// own says whether a header has akin's own names alone, each once, with id.
// Whoever writes them hears of every value that is wrong.
func own(header []string, o entry.Options) bool {
	if len(o.Map) > 0 || !slices.Contains(header, "id") {
		return false
	}
	for i, name := range header {
		if !slices.Contains(Fields, name) || slices.Contains(header[:i], name) {
			return false
		}
	}
	return true
}

// topicColumns says whether a header is that of topics, which are not read from
// tables.
func topicColumns(header []string) bool {
	if !slices.Contains(header, "slug") || slices.Contains(header, "id") {
		return false
	}
	for _, name := range header {
		if !slices.Contains([]string{"slug", "title", "kind", "introduction", "parent", "featured", "sections", "image"}, name) {
			return false
		}
	}
	return true
}
