// Package xlsx reads Excel's workbooks as tables of works. It stands beside
// [akin/infra/feed/sheet], so that programs that read no workbooks need not
// carry the library that takes them apart.
package xlsx

import (
	"context"
	"fmt"
	"io"
	"iter"
	"strings"

	"github.com/xuri/excelize/v2"

	"akin/infra/feed/entry"
	"akin/infra/feed/sheet"
)

// Bounds of a workbook, in bytes.
const (
	MaxFile     = 128 << 20 // as it comes; it is held in memory
	MaxUnpacked = 512 << 20 // of all its parts
	maxInMemory = 16 << 20  // of a part; larger ones are unpacked into temporary files
)

// headerRows is how many rows of a sheet the header is looked for in.
const headerRows = 25

// Read hands out the works of the first visible sheet of a workbook that has a
// header. It is an [entry.Reader].
func Read(ctx context.Context, in *entry.Input, o entry.Options) iter.Seq[entry.Found] {
	return func(yield func(entry.Found) bool) {
		cut := func(err error) { yield(entry.Found{Err: err, Cut: true}) }
		counted := &counter{r: io.LimitReader(in, MaxFile+1)}
		book, err := excelize.OpenReader(counted, excelize.Options{
			RawCellValue: true, UnzipSizeLimit: MaxUnpacked, UnzipXMLSizeLimit: maxInMemory,
		})
		switch {
		case counted.n > MaxFile:
			cut(entry.Wrong("xlsx", "is over %d bytes long; save it as CSV UTF-8", MaxFile))
			return
		case counted.err != nil:
			cut(&sheet.LostError{Err: counted.err})
			return
		case err != nil && strings.Contains(err.Error(), "size"):
			cut(entry.Wrong("xlsx", "unpacks to over %d bytes; save it as CSV UTF-8", MaxUnpacked))
			return
		case err != nil:
			cut(entry.Wrong("xlsx", "cannot be read (%v); save it again, or as CSV UTF-8", err))
			return
		}
		defer book.Close()
		about := sheet.About{}
		if props, err := book.GetWorkbookProps(); err == nil && props.Date1904 != nil {
			about.Since1904 = *props.Date1904
		}
		names := book.GetSheetList()
		for _, name := range names {
			if visible, err := book.GetSheetVisible(name); err != nil || !visible {
				continue
			}
			skip, ok, err := header(book, name, o.Map)
			if err != nil {
				cut(err)
				return
			}
			if !ok {
				continue
			}
			rows, err := open(book, name)
			if err != nil {
				cut(err)
				return
			}
			defer rows.Close()
			for range skip {
				if _, _, err := rows.Next(); err != nil {
					cut(err)
					return
				}
			}
			if about.Sheet = name; len(names) == 1 {
				about.Sheet = ""
			}
			for found := range sheet.Table(ctx, rows, about, o) {
				if !yield(found) {
					return
				}
			}
			return
		}
		cut(entry.Wrong("xlsx", "has no sheet with a row that names the columns, such as title and url (sheets: %s)", strings.Join(names, ", ")))
	}
}

// A counter counts what is read, and keeps the error of reading.
type counter struct {
	r   io.Reader
	n   int64
	err error
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	if c.n += int64(n); err != nil && err != io.EOF {
		c.err = err
	}
	return n, err
}

// header returns how many rows of a sheet stand above its header; ok is false
// if it has none.
func header(book *excelize.File, name string, columns map[string]string) (skip int, ok bool, err error) {
	rows, err := open(book, name)
	if err != nil {
		return 0, false, err
	}
	defer rows.Close()
	var first [][]string
	for len(first) < headerRows {
		cells, _, err := rows.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return 0, false, err
		}
		first = append(first, cells)
	}
	skip, ok = sheet.Header(first, columns)
	return skip, ok, nil
}

// rows are the rows of a sheet.
type rows struct {
	*excelize.Rows
	n int
}

func open(book *excelize.File, name string) (*rows, error) {
	r, err := book.Rows(name)
	if err != nil {
		return nil, entry.Wrong("xlsx", "sheet %q cannot be read: %v", name, err)
	}
	return &rows{Rows: r}, nil
}

// Next returns the next row with the values of its cells, not as they are
// formatted: a date is a number of days.
func (r *rows) Next() ([]string, int, error) {
	r.n++
	if !r.Rows.Next() {
		if err := r.Rows.Error(); err != nil {
			return nil, r.n, &sheet.LostError{Err: fmt.Errorf("row %d: %w", r.n, err)}
		}
		return nil, r.n, io.EOF
	}
	cells, err := r.Rows.Columns()
	if err != nil {
		return nil, r.n, &sheet.LostError{Err: fmt.Errorf("row %d: %w", r.n, err)}
	}
	return cells, r.n, nil
}
