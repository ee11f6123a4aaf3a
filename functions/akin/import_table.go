package akin

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"akin/infra/feed"
	"akin/infra/feed/entry"
	"akin/infra/feed/sheet"
	"akin/infra/feed/sheet/xlsx"
	"akin/recommend"
)

// itemsPage is where the fields of items are documented.
const itemsPage = "docs/items.md"

// tableFlags are the flags that say how a spreadsheet is to be read.
type tableFlags struct {
	Map   []string `sep:"none" help:"In a spreadsheet, read this column as this field; without a field, leave it out. May repeat." placeholder:"COLUMN=FIELD"`
	Split string   `help:"In a spreadsheet, what separates several topics, types, authors or aliases in a cell." placeholder:"TEXT"`
	Dates string   `enum:",dmy,mdy" default:"" help:"Order of dates like 3/4/2024: dmy if the day comes first, mdy if the month does." placeholder:"dmy|mdy"`
}

// options returns the flags as readers take them. The error is a [*usageError].
func (c *tableFlags) options() (feed.Options, error) {
	o := feed.Options{Split: c.Split, Workbook: xlsx.Read}
	o.Order = entry.OrderOf(c.Dates)
	for _, m := range c.Map {
		at := strings.LastIndex(m, "=")
		if at < 1 {
			return o, &usageError{fmt.Sprintf("--map %q: write COLUMN=FIELD, or COLUMN= to leave the column out", m)}
		}
		column, field := strings.TrimSpace(m[:at]), strings.TrimSpace(m[at+1:])
		if err := sheet.CheckField(field); err != nil {
			return o, &usageError{oneLine(err)}
		}
		if _, twice := o.Map[column]; twice {
			return o, &usageError{fmt.Sprintf("--map names column %q twice", column)}
		}
		if o.Map == nil {
			o.Map = map[string]string{}
		}
		o.Map[column] = field
	}
	return o, nil
}

// firstItems is how many items of a spreadsheet a dry run prints.
const firstItems = 3

// tell says how a spreadsheet is read: in a line where that is not plain from
// its columns, and column by column in a dry run, with its first items.
func (in *intake) tell(name string, r feed.Record) {
	switch {
	case r.Table != nil && in.dryRun:
		in.shown = firstItems
		fmt.Fprintln(in.stdout, tableTitle(name, r.Table))
		w := tabwriter.NewWriter(in.stdout, 0, 0, 2, ' ', 0)
		for _, c := range r.Table.Columns {
			if c.Name != "" || c.Field != "" {
				fmt.Fprintf(w, "  %s\t%s\n", entry.Cut(c.Name, 60), c.Becomes())
			}
		}
		w.Flush()
	case r.Table != nil:
		in.shown = 0
		if said := r.Table.String(); said != "" {
			fmt.Fprintf(in.stderr, "%s: %s\n", name, said)
		}
	case r.Item != nil && in.shown > 0:
		if in.shown == firstItems {
			fmt.Fprintln(in.stdout, "first items:")
		}
		in.shown--
		fmt.Fprintln(in.stdout, "  "+itemLine(r.Item))
	}
}

// tableTitle names a spreadsheet and what holds for all of it.
func tableTitle(name string, t *entry.Table) string {
	var b strings.Builder
	b.WriteString(name)
	if t.Sheet != "" {
		fmt.Fprintf(&b, ", sheet %q", t.Sheet)
	}
	if t.Header > 1 {
		fmt.Fprintf(&b, ", columns of line %d", t.Header)
	}
	switch t.Dates {
	case entry.DayFirst:
		b.WriteString(", dates day/month/year")
	case entry.MonthFirst:
		b.WriteString(", dates month/day/year")
	}
	return b.String() + ":"
}

// itemLine shows an item by its id, title, address, date and topics.
func itemLine(it *recommend.Item) string {
	said := []string{it.ID, entry.Shorten(entry.PlainText(it.Title), 80)}
	for _, s := range []string{it.URL, it.Date, strings.Join(it.Topics, " | ")} {
		if s == "" {
			s = "-"
		}
		said = append(said, s)
	}
	return strings.Join(said, "; ")
}
