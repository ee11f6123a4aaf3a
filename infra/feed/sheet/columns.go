package sheet

import (
	"encoding/json"
	"html"
	"slices"
	"strconv"
	"strings"
	"time"

	"akin/infra/feed/entry"
)

// A sample is the first rows of a table, from which is told what its columns
// hold. Tables of up to sampleSize bytes are looked at whole.
type sample [][]string

const sampleSize = 16 << 20 // bytes of cells

// cells calls yield for each cell of column i that is not blank.
func (s sample) cells(i int, yield func(cell string)) {
	for _, row := range s {
		if i < len(row) && row[i] != "" {
			yield(row[i])
		}
	}
}

// filled returns how many cells of column i are not blank.
func (s sample) filled(i int) int {
	n := 0
	s.cells(i, func(string) { n++ })
	return n
}

// part finds out what parts the values in the cells of column i: "|", a line's
// end, ";" or ",", empty if nothing does. Whole says that cells have such marks
// and are one value all the same.
func (s sample) part(i int, field string) (sep string, whole bool) {
	marks := map[string]int{}
	alone := map[string]bool{} // cells that have no mark
	n := 0
	s.cells(i, func(cell string) {
		if _, ok := array(cell); ok {
			return
		}
		cell = html.UnescapeString(cell)
		if !strings.ContainsAny(cell, "|;,\n") {
			alone[strings.ToLower(cell)] = true
			return
		}
		n++
		for _, m := range []string{"|", "\n", ";", ","} {
			if strings.Contains(strings.Trim(cell, m), m) {
				marks[m]++
			}
		}
	})
	for _, m := range []string{"|", "\n", ";"} {
		if marks[m] > 0 && marks[m]*50 >= n { // one odd cell in fifty proves nothing
			return m, false
		}
	}
	if marks[","] == 0 {
		return "", n > 0
	}
	many, one := 0, 0
	seen := map[string]bool{}
	s.cells(i, func(cell string) {
		if cell = html.UnescapeString(cell); !strings.Contains(cell, ",") || seen[cell] {
			return
		}
		seen[cell] = true
		if commaParts(cell, field, alone) {
			many++
		} else {
			one++
		}
	})
	if many > 0 && many >= one {
		return ",", false
	}
	return "", true
}

var and = entry.Pattern(`(?i)\s(?:and|&|y|e|et|und|og|och|en)\s`)

// commaParts says whether a cell with commas holds several values rather than
// one, such as "Doe, Jane" or "Food, Drink and Travel". Alone holds the values
// that stand in cells of their own.
func commaParts(cell, field string, alone map[string]bool) bool {
	parts := strings.Split(cell, ",")
	names := 0
	for _, p := range parts {
		p = strings.TrimSpace(p)
		if alone[strings.ToLower(p)] {
			return true
		}
		if strings.Contains(p, " ") {
			names++
		}
	}
	switch {
	case field == "authors" && names == len(parts): // "Jane Doe, Rick Roe", not "Doe, Jane"
		return true
	case field == "authors":
		return len(parts) > 2 && names*2 >= len(parts)
	}
	return !and().MatchString(parts[len(parts)-1])
}

// order finds out whether the day or the month comes first in the dates of the
// columns, by those that have a number over 12. Where nothing tells it, or both
// stand there, odd is a date that may be two; empty: there is none.
func (s sample) order(columns []int) (order entry.Order, odd string, both bool) {
	days, months := 0, 0
	for _, i := range columns {
		s.cells(i, func(cell string) {
			m := numeric().FindStringSubmatch(cell)
			if m == nil {
				return
			}
			first, _ := strconv.Atoi(m[1])
			second, _ := strconv.Atoi(m[2])
			switch {
			case first > 12 && second <= 12:
				days++
			case second > 12 && first <= 12:
				months++
			case odd == "" && first != second && first <= 12 && second <= 12:
				odd = cell
			}
		})
	}
	switch {
	case days > 0 && months == 0:
		return entry.DayFirst, "", false
	case months > 0 && days == 0:
		return entry.MonthFirst, "", false
	}
	return entry.NoOrder, odd, days > 0
}

// numeric matches dates whose day and month are numbers that stand before the
// year. (With dots the day comes first.)
var numeric = entry.Pattern(`^\s*(?:\p{L}+\.?,?\s+)?(\d{1,2})\s*[/\-]\s*(\d{1,2})\s*[/\-]\s*(?:\d{4}|\d{2})(?:\D|$)`)

var (
	serial   = entry.Pattern(`^\d{5}(?:\.\d+)?$`)
	floating = entry.Pattern(`^\d{1,18}\.0+$`)
	exponent = entry.Pattern(`^\d(?:[.,]\d+)?[eE]\+?\d{1,2}$`)
)

// fromSerial returns the date that a number of Excel means, days since 1900 (or
// 1904), as ISO 8601; other texts stay.
func (t *table) fromSerial(s string) string {
	const first, last = 10000, 80000 // 1927 to 2119
	if !serial().MatchString(s) {
		return s
	}
	days, err := strconv.ParseFloat(s, 64)
	if err != nil || days < first || days > last {
		return s
	}
	whole := int(days)
	day := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC).AddDate(0, 0, whole)
	if t.since1904 {
		day = day.AddDate(4, 0, 1)
	}
	seconds := int((days-float64(whole))*86400 + 0.5)
	if seconds == 0 {
		return day.Format(time.DateOnly)
	}
	return day.Add(time.Duration(seconds) * time.Second).Format("2006-01-02T15:04:05")
}

// number returns an id as whoever gave it wrote it, if a program made a number
// of it: "12.0" is 12.
func number(s string) string {
	switch {
	case floating().MatchString(s):
		s, _, _ = strings.Cut(s, ".")
	case exponent().MatchString(s):
		if f, err := strconv.ParseFloat(strings.Replace(s, ",", ".", 1), 64); err == nil && f == float64(int64(f)) {
			return strconv.FormatInt(int64(f), 10)
		}
	}
	return s
}

// array returns the values of a cell that holds an array, of JSON or as Python
// writes it.
func array(cell string) ([]string, bool) {
	if len(cell) < 2 || !(cell[0] == '[' && cell[len(cell)-1] == ']' || cell[0] == '{' && cell[len(cell)-1] == '}') {
		return nil, false
	}
	var values []string
	if json.Unmarshal([]byte(cell), &values) == nil {
		return values, true
	}
	inner := strings.TrimSpace(cell[1 : len(cell)-1])
	if inner == "" {
		return nil, true
	}
	for inner != "" { // 'a', "b"
		quote := inner[0]
		if quote != '\'' && quote != '"' {
			return nil, false
		}
		end := strings.IndexByte(inner[1:], quote)
		if end < 0 {
			return nil, false
		}
		values = append(values, inner[1:1+end])
		inner = strings.TrimLeft(inner[end+2:], " ")
		if inner != "" && inner[0] != ',' {
			return nil, false
		}
		inner = strings.TrimLeft(strings.TrimPrefix(inner, ","), " ")
	}
	return values, true
}

// values returns the values of a cell of column c.
func (c *column) values(cell string) []string {
	if cell == "" {
		return nil
	}
	values, ok := array(cell)
	if !ok || c.named {
		if c.sep != "|" {
			cell = html.UnescapeString(cell)
		}
		values = []string{cell}
		if c.sep != "" {
			values = strings.Split(cell, c.sep)
		}
		if last := len(values) - 1; last > 0 && c.sep == "," && c.field == "authors" {
			// "Jane Doe, Rick Roe and Ann Poe"
			if at := and().FindStringIndex(values[last]); at != nil {
				values = append(values[:last], values[last][:at[0]], values[last][at[1]:])
			}
		}
	}
	kept := values[:0]
	for _, v := range values {
		if v = entry.OneLine(v); v != "" {
			kept = append(kept, v)
		}
	}
	return kept
}

// missing are what programs write into cells that have no value.
var missing = []string{"NULL", "null", "NaN", "nan", "NaT", "<NA>", `\N`, "#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!"}

// clean returns a cell without the white space around it, empty if it is one of
// missing.
func clean(s string) string {
	s = strings.Trim(s, " \t\r\n\u00a0\u200b\ufeff")
	if slices.Contains(missing, s) {
		return ""
	}
	return s
}

// bare returns the value of a cell that holds no text: a date, an address, a
// name.
func bare(s string) string {
	switch s {
	case "-", "–", "—", "None", "none", "n/a", "N/A", "0000-00-00", "0000-00-00 00:00:00":
		return ""
	}
	return s
}
