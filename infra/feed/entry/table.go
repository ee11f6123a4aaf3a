package entry

import (
	"fmt"
	"strings"
)

// A Table says how a spreadsheet was read: what each column became.
type Table struct {
	Sheet   string   // of a workbook; empty: it has none
	Header  int      // line or row of the header, from 1
	Columns []Column // in their order
	Dates   Order    // NoOrder: nothing depends on it
	Own     bool     // the columns have akin's own names
}

// A Column is a column of a [Table].
type Column struct {
	Name  string // as the header has it
	Field string // empty: it is left out
	Part  string // what parts the values of a cell; empty: it holds one
	Whole bool   // commas and the like stand in its values
	Told  bool   // Part was told from the column, and is not "|"
	Makes bool   // the ids are made of it
	Else  string // of several columns of a field: the one that counts before it, where it is not blank
}

// Becomes says what a column became: `topics, parted by ","`.
func (c Column) Becomes() string {
	field := c.Field
	switch field {
	case "":
		return "left out"
	case "updated":
		field = "date, where there is no other"
	case "slug":
		field = "id, where there is no other"
	case "until":
		field = "status, hidden from then on"
	}
	switch {
	case c.Else != "":
		return fmt.Sprintf("%s, where %q is blank", field, c.Else)
	case c.Makes:
		return field + ", and id made of it"
	case c.Part == "\n":
		return field + ", a value a line"
	case c.Part != "" && (c.Told || c.Part != "|"):
		return fmt.Sprintf("%s, parted by %q", field, c.Part)
	case c.Whole:
		return field + ", one value a cell (--split says otherwise)"
	}
	return field
}

// String says in one line what is not plain from the names of the columns,
// empty if all is: "Headline is title; Tags is topics, parted by ","".
func (t Table) String() string {
	var said []string
	if t.Sheet != "" {
		said = append(said, fmt.Sprintf("sheet %q", t.Sheet))
	}
	for _, c := range t.Columns {
		if becomes := c.Becomes(); c.Field != "" && !strings.EqualFold(becomes, c.Name) {
			said = append(said, Cut(c.Name, 60)+" is "+becomes)
		}
	}
	switch t.Dates {
	case DayFirst:
		said = append(said, "dates are day/month/year")
	case MonthFirst:
		said = append(said, "dates are month/day/year")
	}
	return strings.Join(said, "; ")
}
