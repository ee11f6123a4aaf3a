package feed

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"akin/recommend"
)

var csvTests = []struct {
	name, in string
	want     []string
}{
	{"table", "id,title\na,A\nb,B\n", []string{"2 item a", "3 item b"}},
	{"header alone", "id,title\n", nil},
	{"byte order mark, CR LF", "\ufeffid,title\r\na,A\r\nb,B\r\n", []string{"2 item a", "3 item b"}},
	{"semicolons", "id;title\na;A, B\n", []string{"2 item a"}},
	{"tabs", "title\tid\nA\ta\n", []string{"2 item a"}},
	{"quoted header", "\"id\",\"title\"\na,A\n", []string{"2 item a"}},
	{"blank lines and empty rows", "\nid,title\n\na,A\n,\n\nb,B\n", []string{"4 item a", "7 item b"}},
	{"cells over lines", "id,title,summary\na,A,\"one\ntwo\n\nthree\"\nb,B,x\n", []string{"2 item a", "6 item b"}},
	{"quotes in cells", "id,title\na,\"A \"\"x\"\", B\"\nb , \"B\" \n", []string{"2 item a", "3 item b"}},
	{"unknown column", "id,title,views\na,A,7\n", []string{`F:1: views: the column is left out; --map "views=FIELD" takes it in (warning)`, "2 item a"}},
	{"no column of a text", "id,image.src\na,A\n", []string{`F: title: no column is known to hold titles; say which does: --map COLUMN=title, one of "id", "image.src" (cut)`}},
	{"columns in other case", "ID,Title\na,A\n", []string{"2 item a"}},
	{"columns of other names", "id,headline\na,A\n", []string{"headline is title", "2 item a"}},
	{"image as a column", "id,title,image\na,A,/a.jpg\n", []string{"image is image.url", "2 item a"}},
	{"column twice", "id,title,title\na,A,B\nb,,B\n", []string{`title is title, where "title" is blank`, "2 item a", "3 item b"}},
	{"column of odd name", "id,title,a\xff\x01\tb\na,A,x\n", []string{`F:1: aÿ b: the column is left out; --map "aÿ b=FIELD" takes it in (warning)`,
		"F:2: encoding: the file is not UTF-8; it was read as windows-1252 (warning)", "2 item a"}},
	{"column without name", "id,title,\na,A,\nb,B,x\n", []string{"F:1: csv: column 3 has no name; it is left out (warning)", "2 item a", "3 item b"}},
	{"topics", "slug,title\ns,S\n", []string{"F:1: slug: topics are read from JSON, an array of objects with slug, not from CSV (cut)"}},
	{"too few cells", "id,title,summary\na,A\nb,B,x\n", []string{`F:2: csv: 2 cells under 3 columns; put quotes around a cell that holds a ","`, "3 item b"}},
	{"too many cells", "id,title\na,A, too\nb,B\n", []string{`F:2: csv: 3 cells under 2 columns; put quotes around a cell that holds a ","`, "3 item b"}},
	{"quote inside a cell", "id,title\na,5\" disk\nb,B\nc,C\n", []string{"F:2: csv: a quote is opened here and not closed; a quote in a cell is written twice", "3 item b", "4 item c"}},
	{"two quotes inside a cell", "id,title\na,the \"A\"\nb,B\n", []string{"F:2: csv: a quote inside column 2; write it twice and put quotes around the cell", "3 item b"}},
	{"text behind a quoted cell", "id,title\na,\"A\" x\nb,B\n", []string{"F:2: csv: text behind the closing quote of column 2; a quote in a cell is written twice", "3 item b"}},
	{"quote not closed", "id,title\na,\"A\nb,B\nc,C\n", []string{"F:2: csv: a quote is opened here and not closed; a quote in a cell is written twice", "3 item b", "4 item c"}},
	{"quote not closed before a quoted cell", "id,title\na,\"A\nb,B\nc,\"C\"\nd,D\n", []string{
		"F:2: csv: a quote is opened here and not closed; a quote in a cell is written twice", "3 item b", "4 item c", "5 item d"}},
	{"quote not closed before an odd one", "id,title\na,\"A\nb,B\nc,C\"x\nd,D\n", []string{
		"F:2: csv: text behind the closing quote of column 2; a quote in a cell is written twice", "3 item b",
		"F:4: csv: a quote is opened here and not closed; a quote in a cell is written twice", "5 item d"}},
	{"quote not closed for long", "id,title\na,\"A\n" + strings.Repeat(strings.Repeat(" ", 1000)+"\n", 600) + "b,B\n", []string{
		"F:2: csv: a quote is opened here and not closed within 524288 bytes; a quote in a cell is written twice", "603 item b"}},
	{"quote not closed before a line over the limit", "id,title\na,\"A\n" + strings.Repeat("x", recommend.MaxLine+1) + "\nb,B\n", []string{
		"F:2: csv: a quote is opened here and not closed; a quote in a cell is written twice",
		"F:3: line: is over 524288 bytes long; a record has that at most", "4 item b"}},
	{"row over the limit", "id,title\na," + strings.Repeat("x", recommend.MaxLine) + "\nb,B\n", []string{
		"F:2: line: is over 524288 bytes long; a record has that at most", "3 item b"}},
	{"not UTF-8", "id,title\na,caf\xe9\nb,B\n", []string{"F:2: encoding: the file is not UTF-8; it was read as windows-1252 (warning)", "2 item a", "3 item b"}},
	{"bad version", "id,title,version\na,A,x\nb,B,1.5\nc,C,2\nd,D,\"\"\"3\"\"\"\n", []string{
		"F:2: version: must be a whole number, not a string", "F:3: version: must be a whole number under 2^63, not 1.5", "4 item c",
		"F:5: version: must be a whole number, not a string"}},
	{"date in another form", "id,title,date\na,A,26/03/2024\n", []string{"dates are day/month/year", "2 item a"}},
	{"bad date", "id,title,date\na,A,2024-26-03\n", []string{`F:2: date: "2024-26-03" is not a day like "2024-03-26" or a month like "2024-03"`}},
	{"no id", "id,title\n,A\nb,B\n", []string{"F:2: id: is missing", "3 item b"}},
	{"id twice", "id,title\na,A\na,B\n", []string{"2 item a", `F:3: id: "a" stands in line 2 already; give each item once`}},
	{"gzipped", gzipped("id,title\na,A\n"), []string{"2 item a"}},
}

func TestReadCSV(t *testing.T) {
	for _, tt := range csvTests {
		t.Run(tt.name, func(t *testing.T) {
			got := said(Read(strings.NewReader(tt.in), "F"))
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("records of %.200q (-want +got):\n%s", tt.in, diff)
			}
		})
	}
}

// Every field can be a column.
func TestReadCSVFields(t *testing.T) {
	in := `id,url,title,summary,body,lang,types,topics,authors,date,sortDate,visibleFrom,image.url,image.alt,image.credit,translationOf,aliases,version,status
rents, /rents ,"Rents, ""again""","one
two",b,EN, Reports | Policy Briefs ||,housing,"Gil, Ana|Bo",2024-03,2024-03-26T10:00:00+01:00,2024-03-27T00:00:00Z,/r.jpg,A street,A. Gil,alquileres,old|/old,3,published
`
	want := recommend.Item{
		ID: "rents", URL: "/rents", Title: `Rents, "again"`, Summary: "one\ntwo", Body: "b", Lang: "en",
		Types: []string{"Reports", "Policy Briefs"}, Topics: []string{"housing"}, Authors: []string{"Gil, Ana", "Bo"},
		Date: "2024-03", SortDate: time.Date(2024, 3, 26, 9, 0, 0, 0, time.UTC), VisibleFrom: time.Date(2024, 3, 27, 0, 0, 0, 0, time.UTC),
		Image:         &recommend.Image{URL: "/r.jpg", Alt: "A street", Credit: "A. Gil"},
		TranslationOf: "alquileres", Aliases: []string{"old", "/old"}, Version: 3, Status: recommend.Published,
	}
	for r := range Read(strings.NewReader(in), "F") {
		if r.Table != nil {
			continue
		}
		if r.Err != nil {
			t.Fatal(r.Err)
		}
		if diff := cmp.Diff(want, *r.Item); diff != "" {
			t.Errorf("item (-want +got):\n%s", diff)
		}
	}
}
