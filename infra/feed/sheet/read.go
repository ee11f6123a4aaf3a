package sheet

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"io"
	"iter"
	"slices"
	"strings"

	"akin/infra/feed/entry"
	"akin/recommend"
)

// A LostError says that a table could not be read to its end.
type LostError struct{ Err error }

func (e *LostError) Error() string { return e.Err.Error() }

// Unwrap returns e.Err.
func (e *LostError) Unwrap() error { return e.Err }

// Kinds of notices.
var (
	leftOut = entry.Kind{One: "column left out", Many: "columns left out"}
	oddRows = entry.Kind{One: "line read as windows-1252, for it is not UTF-8", Many: "lines read as windows-1252, for they are not UTF-8"}
	quotes  = entry.Kind{One: "row whose quotes were mended", Many: "rows whose quotes were mended"}
	headers = entry.Kind{One: "repeated header left out", Many: "repeated headers left out"}
)

// Read hands out the works of a CSV file, which [Tell] has told to be one. The
// first Found is a Table, unless nothing can be read. An error of reading is a
// [*LostError].
func Read(ctx context.Context, in *entry.Input, o entry.Options) iter.Seq[entry.Found] {
	head := in.Head()
	d, _ := tell(head, o.Map)
	text := in.Reader
	if &head[0] != &oldLineEnds(head)[0] {
		text = bufio.NewReaderSize(oldLines{in.Reader}, entry.PeekSize)
	}
	r := &rows{in: &entry.Lines{R: text}, comma: d.comma}
	for range d.skip {
		if _, _, err := r.next(); err != nil && !errors.As(err, new(*quoteError)) {
			break // it comes again
		}
	}
	return Table(ctx, csvRows{r}, About{}, o)
}

// oldLines reads CR as LF.
type oldLines struct{ r io.Reader }

func (l oldLines) Read(p []byte) (int, error) {
	n, err := l.r.Read(p)
	for i, c := range p[:n] {
		if c == '\r' {
			p[i] = '\n'
		}
	}
	return n, err
}

// Rows hands out the rows of a table, the header first.
type Rows interface {
	// Next returns the next row and its number, from 1; io.EOF behind the last.
	// Any other error that is no [*recommend.InvalidError] ends the table.
	Next() (cells []string, line int, err error)
}

// csvRows are the rows of a CSV file.
type csvRows struct{ *rows }

func (r csvRows) Next() ([]string, int, error) {
	row, line, err := r.next()
	var bad *quoteError
	switch {
	case err == entry.ErrTooLong:
		err = entry.Wrong("line", "is over %d bytes long; a record has that at most", recommend.MaxLine)
	case errors.As(err, &bad):
		err = entry.Wrong("csv", "%s", bad.reason)
	}
	return row, line, err
}

// A record is a row, or what was wrong with it.
type record struct {
	cells []string // without white space around them
	line  int
	err   error
}

// A table is what is known of a table while it is read.
type table struct {
	rows    Rows
	csv     *rows // nil: it is not CSV
	o       entry.Options
	header  []string
	columns []column
	byField map[string][]int // columns, the one that counts most first
	own     bool
	number  bool // ids are numbers, which a program may have written as 1.0

	since1904 bool // dates that are numbers count from then

	ahead []record // read for the sample
	sum   int      // bytes of it
	said  struct{ odd, mended int }
}

// About is what a workbook says of a table. The zero value is that of a file.
type About struct {
	Sheet     string // its name; empty: the file has no other
	Since1904 bool   // dates are days since 1904, not 1900
}

// Table hands out the works of a table, whose first row is its header. The first
// Found is a Table, unless nothing can be read.
func Table(ctx context.Context, from Rows, about About, o entry.Options) iter.Seq[entry.Found] {
	return func(yield func(entry.Found) bool) {
		t := &table{rows: from, o: o, since1904: about.Since1904}
		if c, ok := from.(csvRows); ok {
			t.csv = c.rows
		}
		header, line, err := from.Next()
		if err == nil {
			err = t.begin(header)
		}
		if err != nil {
			yield(t.lost(line, err))
			return
		}
		t.look(ctx)
		said, notices, err := t.settle()
		if err != nil {
			yield(entry.Found{Err: err, Cut: true})
			return
		}
		said.Sheet, said.Header = about.Sheet, line
		if !yield(entry.Found{Line: line, Table: said}) {
			return
		}
		for _, n := range notices {
			if !yield(entry.Found{Line: line, Notice: &n}) {
				return
			}
		}
		for ctx.Err() == nil {
			rec := t.next()
			if rec.err == io.EOF || !t.hand(rec, yield) {
				return
			}
		}
	}
}

// lost returns the error after which there is nothing to be read.
func (t *table) lost(line int, err error) entry.Found {
	if invalid := new(recommend.InvalidError); !errors.As(err, &invalid) {
		err = &LostError{err}
	}
	return entry.Found{Line: line, Err: err, Cut: true}
}

// begin takes in the header.
func (t *table) begin(header []string) error {
	t.header = trimmed(header)
	if topicColumns(t.header) {
		return entry.Wrong("slug", "topics are read from JSON, an array of objects with slug, not from CSV")
	}
	t.own = own(t.header, t.o)
	var err error
	t.columns, err = assign(t.header, t.o)
	if t.csv != nil && !t.own {
		t.csv.mend = len(header)
	}
	return err
}

// look reads the sample.
func (t *table) look(ctx context.Context) {
	for t.sum < sampleSize && ctx.Err() == nil {
		rec := t.read()
		t.ahead = append(t.ahead, rec)
		if invalid := new(recommend.InvalidError); rec.err != nil && !errors.As(rec.err, &invalid) {
			return
		}
	}
}

// next returns the next record.
func (t *table) next() record {
	if len(t.ahead) > 0 {
		rec := t.ahead[0]
		t.ahead[0] = record{}
		t.ahead = t.ahead[1:]
		return rec
	}
	return t.read()
}

func (t *table) read() record {
	cells, line, err := t.rows.Next()
	for i := range cells {
		cells[i] = strings.TrimSpace(cells[i])
		if !t.own {
			cells[i] = clean(cells[i])
		}
		t.sum += len(cells[i])
	}
	t.sum += 64 // what a row takes at least
	return record{cells, line, err}
}

// settle tells from the sample what the columns hold. The error is one of the
// file.
func (t *table) settle() (*entry.Table, []entry.Notice, error) {
	var s sample
	for _, rec := range t.ahead {
		if rec.err == nil {
			s = append(s, rec.cells)
		}
	}
	var notices []entry.Notice
	for i := range t.columns {
		c := &t.columns[i]
		t.sign(s, i)
		if slices.Contains(lists, c.field) {
			t.part(s, i)
		}
		if c.field == "" && !c.asked && s.filled(i) > 0 {
			if n, ok := unknownColumn(i, c.name); ok {
				notices = append(notices, n)
			}
		}
	}
	t.byField = map[string][]int{}
	for i, c := range t.columns {
		t.byField[c.field] = append(t.byField[c.field], i)
	}
	for field, at := range t.byField {
		if !slices.Contains(lists, field) {
			slices.SortStableFunc(at, func(a, b int) int { return cmp.Compare(t.columns[a].rank, t.columns[b].rank) })
		}
	}
	if err := t.needed(); err != nil {
		return nil, nil, err
	}
	t.number = true
	for _, i := range t.byField["id"] {
		s.cells(i, func(cell string) {
			if strings.Trim(cell, "0123456789") != "" && number(cell) == cell {
				t.number = false
			}
		})
	}
	dates := slices.Concat(t.byField["date"], t.byField[fieldUpdated], t.byField["sortDate"], t.byField["visibleFrom"], t.byField[fieldUntil])
	about := &entry.Table{Own: t.own}
	if t.o.Order == entry.NoOrder {
		order, odd, both := s.order(dates)
		switch {
		case both && odd != "":
			return nil, nil, entry.Wrong("date", "%q %v; other dates have it both ways; nothing was read", odd, entry.ErrAmbiguous)
		case odd != "":
			return nil, nil, entry.Wrong("date", "%q %v; no other date tells it; nothing was read", odd, entry.ErrAmbiguous)
		}
		t.o.Order, about.Dates = order, order
	}
	for i, c := range t.columns {
		col := entry.Column{Name: c.name, Field: c.field, Part: c.sep, Whole: c.whole, Told: c.sep != "" && c.sep != "|"}
		col.Makes = c.field == "url" && len(t.byField["id"]) == 0 && t.byField["url"][0] == i
		if k := slices.Index(t.byField[c.field], i); k > 0 && c.field != "" && c.field != "status" && !slices.Contains(lists, c.field) {
			col.Else = t.columns[t.byField[c.field][k-1]].name
		}
		about.Columns = append(about.Columns, col)
	}
	return about, notices, nil
}

// needed returns an error if no column says what an item is.
func (t *table) needed() error {
	for _, field := range []string{"title", "summary", "body", "image.alt"} {
		if len(t.byField[field]) > 0 {
			return nil
		}
	}
	if t.own || len(t.byField["status"]) > 0 && len(t.byField["id"])+len(t.byField["url"]) > 0 {
		return nil // rows that withdraw need no text; others are told one by one
	}
	return entry.Wrong("title", "no column is known to hold titles; say which does: --map COLUMN=title, one of %s", quoted(t.header))
}

// part tells what parts the values of column i.
func (t *table) part(s sample, i int) {
	c := &t.columns[i]
	if t.o.Split != "" {
		c.sep, c.named = t.o.Split, true
		return
	}
	c.sep, c.whole = s.part(i, c.field)
	if c.sep == "" {
		c.sep = "|" // in rows behind the sample
	}
}

// unknownColumn returns the notice about a column that is left out; not ok if it
// is a mere number of the row.
func unknownColumn(i int, name string) (entry.Notice, bool) {
	if folded := entry.Fold(name); strings.HasPrefix(folded, "unnamed") || name == "" {
		if i == 0 {
			return entry.Notice{}, false
		}
		return entry.Notice{Kind: leftOut, Err: entry.Wrong("csv", "column %d has no name; it is left out", i+1)}, true
	}
	return entry.Notice{Kind: leftOut, Err: entry.Wrong(name, "the column is left out; --map %q takes it in", name+"=FIELD")}, true
}

// hand hands out a record.
func (t *table) hand(rec record, yield func(entry.Found) bool) bool {
	if t.csv != nil && !t.repaired(rec.line, yield) {
		return false
	}
	if rec.err != nil {
		found := t.lost(rec.line, rec.err)
		invalid := new(recommend.InvalidError)
		found.Cut = !errors.As(rec.err, &invalid)
		return yield(found) && !found.Cut
	}
	row := rec.cells
	blank := func(s string) bool { return s == "" }
	switch {
	case !slices.ContainsFunc(row, func(s string) bool { return s != "" }):
		return true
	case t.own && len(row) != len(t.header), len(row) > len(t.header) && slices.ContainsFunc(row[len(t.header):], func(s string) bool { return !blank(s) }):
		hint := ""
		if t.csv != nil {
			hint = "; put quotes around a cell that holds a " + quoted([]string{string(t.csv.comma)})
		}
		return yield(entry.Found{Line: rec.line, Err: entry.Wrong("csv", "%d cells under %d columns%s", len(row), len(t.header), hint)})
	case t.own:
		return yield(t.ownItem(rec))
	case slices.Equal(row, t.header):
		return yield(entry.Found{Line: rec.line, Notice: &entry.Notice{Kind: headers}})
	}
	e, err := t.entry(row)
	if err != nil {
		return yield(entry.Found{Line: rec.line, Err: err})
	}
	return yield(entry.Found{Line: rec.line, Entry: e})
}

// repaired hands out notices about what was mended so far: the first with a
// warning, the others to be counted.
func (t *table) repaired(line int, yield func(entry.Found) bool) bool {
	for _, r := range []struct {
		kind      entry.Kind
		now       int
		said      *int
		field, as string
	}{
		{oddRows, t.csv.odd, &t.said.odd, "encoding", "is not UTF-8; it was read as windows-1252"},
		{quotes, t.csv.mended, &t.said.mended, "csv", "has quotes that are not doubled; they were mended"},
	} {
		if r.now == *r.said {
			continue
		}
		n := entry.Notice{Kind: r.kind, N: r.now - *r.said}
		if *r.said == 0 {
			n.Err = entry.Wrong(r.field, "%s", "the file "+r.as)
		}
		*r.said = r.now
		if !yield(entry.Found{Line: line, Notice: &n}) {
			return false
		}
	}
	return true
}
