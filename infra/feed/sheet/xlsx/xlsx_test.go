package xlsx

import (
	"archive/zip"
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"akin/infra/feed"
	"akin/infra/feed/entry"
)

// workbook returns a workbook of sheets, whose first rows are the header.
func workbook(t *testing.T, since1904 bool, sheets ...[][]any) []byte {
	t.Helper()
	book := excelize.NewFile()
	defer book.Close()
	if err := book.SetWorkbookProps(&excelize.WorkbookPropsOptions{Date1904: &since1904}); err != nil {
		t.Fatal(err)
	}
	for i, rows := range sheets {
		name := fmt.Sprintf("Sheet%d", i+1)
		if _, err := book.NewSheet(name); err != nil {
			t.Fatal(err)
		}
		for n, row := range rows {
			if err := book.SetSheetRow(name, fmt.Sprintf("A%d", n+1), &row); err != nil {
				t.Fatal(err)
			}
		}
	}
	var b bytes.Buffer
	if err := book.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// read returns the records of a workbook in words.
func read(t *testing.T, data []byte) (all []string) {
	t.Helper()
	for r := range feed.NewSource(bytes.NewReader(data), "W").Records(t.Context(), feed.Options{Workbook: Read}) {
		switch {
		case r.Table != nil:
			all = append(all, fmt.Sprintf("%d: %s", r.Line, r.Table))
		case r.Item != nil:
			it := r.Item
			all = append(all, fmt.Sprintf("%d: %s;%s;%s;%s", r.Line, it.ID, it.Title, it.Date, strings.Join(it.Topics, "|")))
		case r.Err != nil:
			all = append(all, r.Err.Error())
		}
	}
	return all
}

func TestRead(t *testing.T) {
	day := time.Date(2024, 3, 26, 0, 0, 0, 0, time.UTC)
	rows := [][]any{{"ID", "Headline", "Tags", "Published"}, {101, "Cranes", "harbour; quay", day}, {102, "Tugs", nil, "2024-03"}, {}, {103, "Pilots"}}
	want := []string{`1: Headline is title; Tags is topics, parted by ";"; Published is date`,
		"2: 101;Cranes;2024-03-26;harbour|quay", "3: 102;Tugs;2024-03;", "5: 103;Pilots;;"}
	for name, since1904 := range map[string]bool{"1900": false, "1904": true} {
		if diff := cmp.Diff(want, read(t, workbook(t, since1904, rows))); diff != "" {
			t.Errorf("days since %s (-want +got):\n%s", name, diff)
		}
	}

	// Titles above the header, on the second sheet.
	titled := append([][]any{{"Articles of May"}, {}}, rows[:2]...)
	got := read(t, workbook(t, false, [][]any{{"Please read"}, {"The second sheet has the list"}}, titled))
	want = []string{`3: sheet "Sheet2"; Headline is title; Tags is topics, parted by ";"; Published is date`, "4: 101;Cranes;2024-03-26;harbour|quay"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("second sheet (-want +got):\n%s", diff)
	}
}

func TestReadNot(t *testing.T) {
	whole := workbook(t, false, [][]any{{"ID", "Headline"}, {1, "Cranes"}})
	for name, tt := range map[string]struct {
		data []byte
		want string
	}{
		"no header": {workbook(t, false, [][]any{{"a", "b"}}), "W: xlsx: has no sheet with a row that names the columns, such as title and url (sheets: Sheet1)"},
		"cut off":   {whole[:len(whole)/2], "W: xlsx: cannot be read ("},
	} {
		if got := read(t, tt.data); len(got) != 1 || !strings.HasPrefix(got[0], tt.want) {
			t.Errorf("%s: %q, want %s", name, got, tt.want)
		}
	}
	// A program that reads none says what it is.
	for r := range feed.Read(bytes.NewReader(whole), "W") {
		if r.Err == nil || !strings.Contains(r.Err.Error(), "Excel sheet") {
			t.Errorf("without a reader of workbooks: %+v", r)
		}
	}
}

// What unpacks to more than its bound is refused before it is unpacked.
func TestReadBomb(t *testing.T) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create("[Content_Types].xml")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte("<Types/>")); err != nil {
		t.Fatal(err)
	}
	if w, err = z.Create("xl/worksheets/sheet1.xml"); err != nil {
		t.Fatal(err)
	}
	zeros := make([]byte, 1<<20)
	for range MaxUnpacked>>20 + 1 {
		if _, err := w.Write(zeros); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf("W: xlsx: unpacks to over %d bytes; save it as CSV UTF-8", MaxUnpacked)
	if got := read(t, b.Bytes()); len(got) != 1 || got[0] != want {
		t.Errorf("a workbook of %d bytes that unpacks to more than its bound: %q", b.Len(), got)
	}
}

var _ entry.Reader = Read
