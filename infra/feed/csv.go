package feed

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"iter"
	"strings"

	"akin/infra/feed/entry"
	"akin/infra/feed/sheet"
)

// csv hands out the works of a table with a header.
func (f *reader) csv(in *entry.Input) bool {
	return f.foreign(func(ctx context.Context, in *entry.Input, o Options) iter.Seq[entry.Found] {
		return func(yield func(entry.Found) bool) {
			for found := range sheet.Read(ctx, in, o) {
				var lost *sheet.LostError
				if errors.As(found.Err, &lost) {
					found.Err = f.readError(lost.Err)
				}
				if !yield(found) {
					return
				}
			}
		}
	}, in)
}

// unknown says that nothing is known of a text, or only that it is a table.
func unknown(head []byte) error {
	if names := sheet.Unknown(head); names != nil {
		return wrong("csv", "no column is known of %s; say which is which: --map COLUMN=title --map COLUMN=url (see akin import --help)", strings.Join(names, ", "))
	}
	return wrong("format", "is neither JSON, nor a feed, nor CSV with a line that names the columns, such as title and url")
}

// workbook says whether a zip archive is a workbook of Excel.
func workbook(head []byte) bool {
	const local = "PK\x03\x04"
	if !bytes.HasPrefix(head, []byte(local)) || len(head) < 30 {
		return false
	}
	n := int(binary.LittleEndian.Uint16(head[26:]))
	first := string(head[30:min(len(head), 30+n)])
	office := first == "[Content_Types].xml" || strings.HasPrefix(first, "_rels/") || strings.HasPrefix(first, "docProps/") || strings.HasPrefix(first, "xl/")
	return office && !bytes.Contains(head, []byte("xl/workbook.bin")) && !bytes.Contains(head, []byte("word/")) && !bytes.Contains(head, []byte("ppt/"))
}
