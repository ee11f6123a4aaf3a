package engine

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"akin/recommend"
)

// rulingColumns are the columns of a file of rulings, in the order in which
// they are written. Only action and item must be there; titles are for people, and are not read.
var rulingColumns = [...]string{"action", "item", "target", "note", "author", "expires", "remove", "itemTitle", "targetTitle"}

// A RulingError says which line, and which column of it, is wrong. Its text is
// safe to show to the caller.
type RulingError struct {
	Line   int
	Column string // empty: the line as a whole
	Reason string
}

func (e *RulingError) Error() string {
	if e.Column == "" {
		return fmt.Sprintf("line %d: %s", e.Line, e.Reason)
	}
	return fmt.Sprintf("line %d: %s: %s", e.Line, e.Column, e.Reason)
}

// ReadRulings reads comma-separated values with a header, or values separated by
// semicolons, as spreadsheets of some countries write them. Columns may come in
// any order; unknown ones are errors. Lines that are wrong are reported and
// left out. An error is that of r, or of the header.
func ReadRulings(r io.Reader) ([]Ruling, []RulingError, error) {
	b := bufio.NewReader(r)
	if bom, _ := b.Peek(3); string(bom) == "\ufeff" {
		b.Discard(3)
	}
	c := csv.NewReader(b)
	c.FieldsPerRecord, c.TrimLeadingSpace = -1, true
	first, _ := b.Peek(1024)
	if head, _, _ := strings.Cut(string(first), "\n"); strings.Contains(head, ";") && !strings.Contains(head, ",") {
		c.Comma = ';'
	}
	head, err := c.Read()
	if err != nil {
		if errors.Is(err, io.EOF) {
			err = &RulingError{1, "", "the header is missing: " + strings.Join(rulingColumns[:], ",")}
		}
		return nil, nil, err
	}
	places := map[string]int{}
	for i, name := range head {
		name = strings.TrimSpace(name)
		at := slices.IndexFunc(rulingColumns[:], func(c string) bool { return strings.EqualFold(c, name) })
		if at < 0 {
			return nil, nil, &RulingError{1, brief(strings.ToLower(name)), "is not a column; there are " + strings.Join(rulingColumns[:], ", ")}
		}
		name = rulingColumns[at]
		if _, twice := places[name]; twice {
			return nil, nil, &RulingError{1, name, "comes twice"}
		}
		places[name] = i
	}
	for _, name := range rulingColumns[:2] {
		if _, ok := places[name]; !ok {
			return nil, nil, &RulingError{1, name, "the column is missing"}
		}
	}
	var rulings []Ruling
	var wrong []RulingError
	seen := map[[3]string]*Ruling{}
	for {
		fields, err := c.Read()
		if errors.Is(err, io.EOF) {
			return rulings, wrong, nil
		}
		var parse *csv.ParseError
		if errors.As(err, &parse) {
			wrong = append(wrong, RulingError{parse.StartLine, "", parse.Err.Error()})
			continue
		}
		if err != nil {
			return nil, nil, err
		}
		line, _ := c.FieldPos(0)
		if len(fields) > len(head) {
			wrong = append(wrong, RulingError{line, "", fmt.Sprintf("has %d fields, more than the %d of the header", len(fields), len(head))})
			continue
		}
		rule, bad := readRuling(line, func(name string) string {
			if i, ok := places[name]; ok && i < len(fields) {
				return strings.TrimSpace(fields[i])
			}
			return ""
		})
		if bad == nil {
			key := rule.key()
			if before, ok := seen[key]; ok {
				bad = &RulingError{line, "", fmt.Sprintf("decides what line %d decides already", before.Line)}
			} else {
				seen[key] = &rule
			}
		}
		if bad == nil && len(rulings) == MaxRulings {
			bad = &RulingError{line, "", fmt.Sprintf("is beyond the %d lines that a file may have; divide it", MaxRulings)}
		}
		if bad != nil {
			wrong = append(wrong, *bad)
			continue
		}
		rulings = append(rulings, rule)
	}
}

// key tells rulings apart; a block decides the same from either side, and a
// topic counts as one other only.
func (d *Ruling) key() [3]string {
	switch {
	case d.Action == ActBlock && d.Target < d.Item:
		return [3]string{d.Action, d.Target, d.Item}
	case d.Action == ActMerge:
		return [3]string{d.Action, d.Item}
	case d.Action == ActBelongsNot:
		return [3]string{ActBelongs, d.Item, d.Target}
	}
	return [3]string{d.Action, d.Item, d.Target}
}

func readRuling(line int, field func(string) string) (Ruling, *RulingError) {
	d := Ruling{
		Line: line, Action: strings.ToLower(field("action")), Item: field("item"), Target: field("target"),
		Note: field("note"), Author: field("author"),
	}
	fail := func(column, format string, args ...any) (Ruling, *RulingError) {
		return d, &RulingError{line, column, fmt.Sprintf(format, args...)}
	}
	subject, check := recommend.CheckID, recommend.CheckID
	switch d.Action {
	case ActPin, ActBlock, ActBelongs, ActBelongsNot:
	case ActIgnoreTopic, ActLabel, ActFeature:
		check = recommend.CheckSlug
	case ActMerge:
		subject, check = recommend.CheckSlug, recommend.CheckSlug
	case ActExcludeTarget, ActExcludeSource:
		if d.Target != "" {
			return fail("target", "is %q, and %s has none", brief(d.Target), d.Action)
		}
		check = func(string, string) error { return nil }
	default:
		return fail("action", "%q is none of %s", brief(d.Action), "pin, block, exclude-target, exclude-source, ignore-topic, label, belongs, belongs-not, feature, merge")
	}
	reason := func(err error) string {
		var invalid *recommend.InvalidError
		if errors.As(err, &invalid) {
			return invalid.Reason
		}
		return err.Error()
	}
	if err := subject("item", d.Item); err != nil {
		return fail("item", "%s", reason(err))
	}
	if err := check("target", d.Target); err != nil {
		return fail("target", "%s", reason(err))
	}
	if d.Action == ActMerge && d.Item == d.Target {
		return fail("target", "is the topic itself")
	}
	if err := recommend.CheckText("note", d.Note, recommend.MaxNote); err != nil {
		return fail("note", "%s", reason(err))
	}
	if err := recommend.CheckText("author", d.Author, 200); err != nil {
		return fail("author", "%s", reason(err))
	}
	if s := field("expires"); s != "" {
		t, err := time.Parse(time.DateOnly, s)
		if err != nil {
			t, err = time.Parse(time.RFC3339, s)
		}
		if err != nil {
			return fail("expires", "%q is not a day like 2026-03-31", brief(s))
		}
		d.Expires = t.UTC()
	}
	switch s := strings.ToLower(field("remove")); s {
	case "", "no":
	case "yes":
		d.Remove = true
	default:
		return fail("remove", "%q is neither yes nor no", brief(s))
	}
	return d, nil
}

func brief(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}

// WriteRulings writes a file that [ReadRulings] reads.
func WriteRulings(w io.Writer, rulings []Ruling) error {
	c := csv.NewWriter(w)
	if err := c.Write(rulingColumns[:]); err != nil {
		return err
	}
	for _, d := range rulings {
		expires, remove := "", ""
		if !d.Expires.IsZero() {
			layout := time.DateOnly
			if !d.Expires.Equal(d.Expires.Truncate(24 * time.Hour)) { // as the API may have set it
				layout = time.RFC3339Nano
			}
			expires = d.Expires.UTC().Format(layout)
		}
		if d.Remove {
			remove = "yes"
		}
		if err := c.Write([]string{d.Action, d.Item, d.Target, d.Note, d.Author, expires, remove, inFile(d.ItemTitle), inFile(d.TargetTitle)}); err != nil {
			return err
		}
	}
	c.Flush()
	return c.Error()
}

// inFile returns a text as it is after it was written to a file and read again.
func inFile(s string) string { return strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n")) }
