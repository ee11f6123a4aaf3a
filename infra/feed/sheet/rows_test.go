package sheet

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"akin/infra/feed/entry"
)

// Where rows has no complaint, it reads what encoding/csv reads, which is given
// lines of windows-1252 as UTF-8.
func FuzzRows(f *testing.F) {
	for _, in := range []string{"id,title\na,A\n", "id,title\n\na,\"A, \"\"B\"\"\"\n", "a,\"one\ntwo\",b\nc", "a,5\" disk\nb", "\"a\n", "\x8f", "id\nni\xf1o,\"\x93a\x94\nñ\""} {
		f.Add(in)
	}
	f.Fuzz(func(t *testing.T, in string) {
		if strings.ContainsAny(in, "\r\t") || strings.Contains(in, ` "`) || strings.Contains(in, `" `) {
			return // white space around quotes is read otherwise
		}
		var got [][]string
		for rows := (rows{in: &entry.Lines{R: bufio.NewReader(strings.NewReader(in))}, comma: ','}); ; {
			row, _, err := rows.next()
			if err != nil && row == nil {
				if _, ok := err.(*quoteError); ok {
					return
				}
				break
			}
			got = append(got, row)
		}
		lines := bytes.Split([]byte(in), []byte("\n"))
		for i, line := range lines {
			lines[i], _ = utf8Of(line)
		}
		r := csv.NewReader(bytes.NewReader(bytes.Join(lines, []byte("\n"))))
		r.FieldsPerRecord = -1
		want, err := r.ReadAll()
		if err != nil {
			t.Fatalf("encoding/csv of %q: %v; rows read %q", in, err, got)
		}
		// Lines of white space alone are rows of one cell there.
		var rowsThere [][]string
		for _, row := range want {
			if len(row) > 1 || strings.TrimSpace(row[0]) != "" || strings.Contains(in, `"`) {
				rowsThere = append(rowsThere, row)
			}
		}
		if !strings.Contains(in, `"`) {
			if diff := cmp.Diff(rowsThere, got); diff != "" {
				t.Errorf("rows of %q (-encoding/csv +got):\n%s", in, diff)
			}
			return
		}
		if diff := cmp.Diff(flat(want), flat(got)); diff != "" {
			t.Errorf("cells of %q (-encoding/csv +got):\n%s", in, diff)
		}
	})
}

// flat returns the cells that are more than white space.
func flat(rows [][]string) []string {
	var cells []string
	for _, row := range rows {
		for _, c := range row {
			if strings.TrimSpace(c) != "" {
				cells = append(cells, c)
			}
		}
	}
	return cells
}
