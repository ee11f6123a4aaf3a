package sheet

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"akin/infra/feed/entry"
	"akin/recommend"
)

// value returns the cell of a field: of several columns the first that is not
// blank.
func (t *table) value(row []string, field string) string {
	for _, i := range t.byField[field] {
		if i < len(row) && row[i] != "" {
			return row[i]
		}
	}
	return ""
}

// values returns the values of all columns of a field.
func (t *table) values(row []string, field string) []string {
	var all []string
	for _, i := range t.byField[field] {
		if i < len(row) {
			all = append(all, t.columns[i].values(bare(row[i]))...)
		}
	}
	return all
}

// entry returns what a row says.
func (t *table) entry(row []string) (*entry.Entry, error) {
	date := func(field string) string { return t.date(bare(t.value(row, field))) }
	e := &entry.Entry{
		ID:      bare(t.value(row, "id")),
		Link:    address(bare(t.value(row, "url"))),
		Title:   t.value(row, "title"),
		Summary: t.value(row, "summary"),
		Content: t.value(row, "body"),
		Lang:    lang(bare(t.value(row, "lang"))),
		Types:   t.values(row, "types"),
		Topics:  t.values(row, "topics"),
		Authors: t.values(row, "authors"),
		Aliases: t.values(row, "aliases"),

		Published: date("date"),
		Updated:   date(fieldUpdated),
		Scheduled: date("visibleFrom"),
		Sorted:    date("sortDate"),
		Expires:   date(fieldUntil),

		Image: entry.Image{
			URL:    address(bare(firstOf(t.value(row, "image.url")))),
			Alt:    t.value(row, "image.alt"),
			Credit: t.value(row, "image.credit"),
		},
		TranslationOf: bare(t.value(row, "translationOf")),
	}
	if t.number {
		e.ID = number(e.ID)
		e.TranslationOf = number(e.TranslationOf)
	}
	if e.ID == "" && e.Link == "" {
		if e.ID = bare(t.value(row, fieldSlug)); e.ID == "" {
			e.ID = slug(e.Title)
		}
		if e.ID == "" {
			return nil, entry.Wrong("id", "the row has neither an id nor an address nor a title to make one of")
		}
	}
	if v := number(bare(t.value(row, "version"))); v != "" {
		n, err := strconv.ParseInt(v, 10, 64)
		if err != nil || n < 1 {
			return nil, entry.Wrong("version", "must be a whole number from 1, not %q", v)
		}
		e.Version = n
	}
	for i := range t.columns {
		if sign := t.columns[i].sign; sign != nil && i < len(t.header) {
			cell := ""
			if i < len(row) {
				cell = row[i]
			}
			e.Judge(*sign, cell)
		}
	}
	e.Settle(t.o)
	if e.Status == entry.Public && slices.ContainsFunc(e.Types, isNoPage) {
		e.Status = entry.NoPage
	}
	return e, nil
}

// date returns a date in which nothing depends on the order of day and month,
// and which is not a number of Excel; other texts stay.
func (t *table) date(s string) string {
	s = t.fromSerial(s)
	if !numeric().MatchString(s) {
		return s
	}
	d, err := entry.ParseDate(s, t.o.Order, t.o.Zone)
	switch {
	case err != nil:
		return s
	case d.Time.IsZero():
		return d.Day
	case t.o.Zone != nil:
		return d.Time.In(t.o.Zone).Format(time.RFC3339Nano)
	}
	return d.Time.Format(time.RFC3339Nano)
}

// address returns an address with the scheme that people leave out.
func address(s string) string {
	if strings.HasPrefix(s, "www.") {
		return "https://" + s
	}
	return s
}

// firstOf returns the first of several addresses of pictures in a cell.
func firstOf(s string) string {
	if at := strings.IndexAny(s, "|\n"); at > 0 {
		s = s[:at]
	}
	for _, sep := range []string{",", ";", " "} {
		if at := strings.Index(strings.ReplaceAll(s, sep+" ", sep), sep+"http"); at > 0 {
			s = s[:at]
		}
	}
	return strings.TrimSpace(s)
}

// slug returns an id that is made of a title: its letters in lower case,
// without accents. Of a title in another script it has a hash.
func slug(title string) string {
	const most = 100 // bytes
	title = entry.PlainText(title)
	var b strings.Builder
	gap := false
	for _, r := range norm.NFKD.String(strings.ToLower(title)) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			if gap && b.Len() > 0 {
				b.WriteByte('-')
			}
			gap = false
			b.WriteRune(r)
		case unicode.Is(unicode.Mn, r) || r == '\'' || r == '’':
		case unicode.IsLetter(r) && r != 'ß' && r != 'ø' && r != 'æ' && r != 'ł':
			return entry.ID("title: " + title)
		default:
			gap = true
		}
	}
	if b.Len() > most {
		return entry.ID("title: " + title)
	}
	return b.String()
}

// ownItem returns the item of a row whose columns have akin's own names.
func (t *table) ownItem(rec record) entry.Found {
	found := entry.Found{Line: rec.line}
	b := t.rowJSON(rec.cells)
	it, err := recommend.DecodeItem(b)
	if err == nil {
		found.Item = &it
		return found
	}
	found.Err = err
	var of struct {
		ID string `json:"id"`
	}
	if json.Unmarshal(b, &of) == nil && of.ID != "" {
		found.Item = &recommend.Item{ID: of.ID}
	}
	return found
}

// rowJSON returns a row as the JSON of an item.
func (t *table) rowJSON(row []string) []byte {
	b, image := []byte("{"), []byte("{")
	at := ""
	for i, cell := range row {
		if cell == "" {
			continue
		}
		field := t.header[i]
		name, part, nested := strings.Cut(field, ".")
		switch {
		case nested:
			image = append(appendJSON(image, part), ':')
			image = append(appendJSON(image, cell), ',')
			continue
		case slices.Contains(lists, name):
			b = append(appendJSON(b, name), ":["...)
			for value := range strings.SplitSeq(cell, t.columns[i].sep) {
				if value = strings.TrimSpace(value); value != "" {
					b = append(appendJSON(b, value), ',')
				}
			}
			b = append(bytes.TrimSuffix(b, []byte(",")), ']')
		case name == "version" && json.Valid([]byte(cell)):
			b = append(append(appendJSON(b, name), ':'), cell...)
		case name == "date":
			cell, at = t.day(cell)
			b = appendJSON(append(appendJSON(b, name), ':'), cell)
		case name == "sortDate" || name == "visibleFrom":
			b = appendJSON(append(appendJSON(b, name), ':'), t.instant(cell))
		default:
			b = append(appendJSON(b, name), ':')
			b = appendJSON(b, cell)
		}
		b = append(b, ',')
	}
	if at != "" && t.value(row, "sortDate") == "" {
		b = append(appendJSON(append(appendJSON(b, "sortDate"), ':'), at), ',')
	}
	if len(image) > 1 {
		b = append(b, `"image":`...)
		b = append(append(b, bytes.TrimSuffix(image, []byte(","))...), "},"...)
	}
	return append(bytes.TrimSuffix(b, []byte(",")), '}')
}

// day returns a date as akin writes it, and the instant if it names one; a text
// that is not a date stays, and is an error where it is decoded.
func (t *table) day(cell string) (day, at string) {
	if (recommend.Item{ID: "a", Title: "a", Date: cell}).Validate() == nil {
		return cell, ""
	}
	d, err := entry.ParseDate(t.fromSerial(cell), t.o.Order, t.o.Zone)
	switch {
	case err != nil:
		return cell, ""
	case d.Time.IsZero():
		return d.Day, ""
	}
	return d.Day, d.Time.Format(time.RFC3339Nano)
}

// instant is the same for a field that holds an instant.
func (t *table) instant(cell string) string {
	if _, err := time.Parse(time.RFC3339, cell); err == nil {
		return cell
	}
	d, err := entry.ParseDate(t.fromSerial(cell), t.o.Order, t.o.Zone)
	if err != nil {
		return cell
	}
	return d.Instant().Format(time.RFC3339Nano)
}

// appendJSON appends s as a JSON string. Unlike encoding/json it leaves bytes
// alone that are not UTF-8, so that the decoder can name the field.
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
