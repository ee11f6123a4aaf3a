package feed

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"akin/recommend"
)

// listSeparator separates the entries of a cell that holds an array. A comma
// or a semicolon may separate columns, and stands in names.
const listSeparator = "|"

// lists are the columns that hold arrays.
var lists = []string{"types", "topics", "authors", "aliases"}

// tellComma returns the byte that separates the columns of a header line, 0 if
// the line is none: no column of it is id or slug.
func tellComma(line []byte) byte {
	for _, comma := range []byte(",;\t") {
		cells, err := splitRow(bytes.TrimRight(line, "\r\n"), comma)
		if err != nil || len(cells) < 2 {
			continue
		}
		for _, c := range cells {
			if c = strings.ToLower(strings.TrimSpace(c)); c == "id" || c == "slug" {
				return comma
			}
		}
	}
	return 0
}

// csv hands out the items of a table with a header. Columns are called as the
// fields in JSON, with image.url, image.alt and image.credit; cells of arrays
// are separated by [listSeparator]. White space around a cell is dropped, an
// empty cell is an absent field, and a row of empty cells is skipped. Cells
// that hold a comma, a quote or a line's end stand in quotes, with quotes in
// them doubled (RFC 4180).
func (f *reader) csv(in *lines, comma byte) bool {
	rows := rows{in: in, comma: comma}
	var header []string
	for {
		row, line, err := rows.next()
		switch {
		case err == io.EOF:
			return true
		case err == errTooLong:
			if !f.reject(line, "", tooLong()) {
				return false
			}
			continue
		case err != nil:
			if bad, ok := err.(*quoteError); !ok {
				return f.cut(line, f.readError(err))
			} else if !f.reject(line, "", wrong("csv", "%s", bad.reason)) {
				return false
			}
			continue
		}
		for i := range row {
			row[i] = strings.TrimSpace(row[i])
		}
		switch {
		case !slices.ContainsFunc(row, func(s string) bool { return s != "" }):
		case header == nil:
			header = row
			if err := checkHeader(header); err != nil {
				return f.cut(line, err)
			}
		case len(row) != len(header):
			err := wrong("csv", "%d cells under %d columns; put quotes around a cell that holds a %q", len(row), len(header), string(comma))
			if !f.reject(line, "", err) {
				return false
			}
		default:
			b := rowJSON(header, row)
			it, err := recommend.DecodeItem(b)
			ok := false
			if err == nil {
				ok = f.item(line, it)
			} else {
				ok = f.reject(line, idOf(b), err)
			}
			if !ok {
				return false
			}
		}
	}
}

// checkHeader says what column is unknown, missing or there twice.
func checkHeader(header []string) error {
	for i, name := range header {
		switch {
		case name == "":
			return wrong("csv", "column %d has no name", i+1)
		case slices.Contains(header[:i], name):
			return wrong(name, "the column is there twice")
		case name == "slug" && !slices.Contains(header, "id"):
			return wrong(name, "topics are read from JSON, an array of objects with slug, not from CSV")
		case name == "image":
			return wrong(name, "write columns image.url, image.alt and image.credit")
		}
	}
	for _, name := range header {
		// The decoder knows the fields, and what may have been meant.
		if _, err := recommend.DecodeItem(nameJSON(name)); strings.Contains(err.Error(), "unknown field") {
			return err
		}
	}
	if !slices.Contains(header, "id") {
		return wrong("id", "the column is missing")
	}
	return nil
}

// nameJSON returns an object that has the named column, without a value.
func nameJSON(name string) []byte {
	outer, inner, nested := strings.Cut(name, ".")
	if !nested {
		return fmt.Appendf(nil, "{%s:null}", appendJSON(nil, name))
	}
	return fmt.Appendf(nil, "{%s:{%s:null}}", appendJSON(nil, outer), appendJSON(nil, inner))
}

// rowJSON returns a row as the JSON of an item. What is not UTF-8 stays so.
func rowJSON(header, row []string) []byte {
	b, image := []byte("{"), []byte("{")
	for i, cell := range row {
		if cell == "" {
			continue
		}
		name, part, nested := strings.Cut(header[i], ".")
		switch {
		case nested:
			image = append(appendJSON(image, part), ':')
			image = append(appendJSON(image, cell), ',')
			continue
		case slices.Contains(lists, name):
			b = append(appendJSON(b, name), ":["...)
			for entry := range strings.SplitSeq(cell, listSeparator) {
				if entry = strings.TrimSpace(entry); entry != "" {
					b = append(appendJSON(b, entry), ',')
				}
			}
			b = append(bytes.TrimSuffix(b, []byte(",")), ']')
		case name == "version" && json.Valid([]byte(cell)):
			b = append(append(appendJSON(b, name), ':'), cell...)
		default:
			b = append(appendJSON(b, name), ':')
			b = appendJSON(b, cell)
		}
		b = append(b, ',')
	}
	if len(image) > 1 {
		b = append(b, `"image":`...)
		b = append(append(b, bytes.TrimSuffix(image, []byte(","))...), "},"...)
	}
	return append(bytes.TrimSuffix(b, []byte(",")), '}')
}

// appendJSON appends s as a JSON string. Unlike encoding/json it leaves bytes
// alone that are no UTF-8, so that the decoder can name the field.
func appendJSON(b []byte, s string) []byte {
	b = append(b, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c < ' ':
			b = fmt.Appendf(b, `\u%04x`, c)
		default:
			b = append(b, c)
		}
	}
	return append(b, '"')
}
