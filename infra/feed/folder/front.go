package folder

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/pelletier/go-toml/v2"

	"akin/infra/feed/entry"
)

// Bounds of front matter, which people write by hand.
const (
	maxFront   = 64 * 1024 // bytes
	maxAliases = 64        // YAML's, which may stand for each other many times over
	maxNesting = 64        // brackets that are open at once
)

// A faulty is front matter that cannot be read.
type faulty struct {
	line   int // of the file, from 1
	reason string
}

func (e *faulty) Error() string { return e.reason }

// parseFront parts a file into its front matter and its text. Front is nil where the
// file has none: YAML between lines of ---, TOML between lines of +++, or a
// JSON object. The error is a [*faulty].
func parseFront(data []byte) (front fields, body []byte, err error) {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	line, rest := cutLine(data)
	switch fence := strings.TrimRight(string(line), " \t"); fence {
	case "---", "+++":
		inner, body, ok := fenced(rest, fence)
		switch {
		case !ok && fence == "---" && !bytes.Contains(rest[:min(len(rest), 200)], []byte(":")):
			return nil, data, nil // a rule at the top of a text
		case !ok:
			return nil, nil, &faulty{1, fmt.Sprintf("the front matter that %s opens is not closed within %d bytes", fence, maxFront)}
		}
		parse := parseYAML
		if fence == "+++" {
			parse = parseTOML
		}
		front, err = parse(inner)
		return front, body, behind(err, 1)
	}
	if text := bytes.TrimLeft(data, " \t\r\n"); bytes.HasPrefix(text, []byte("{")) && !bytes.HasPrefix(text, []byte("{{")) && !bytes.HasPrefix(text, []byte("{%")) {
		front, body, err = cutJSON(text)
		return front, body, behind(err, bytes.Count(data[:len(data)-len(text)], []byte("\n")))
	}
	return nil, data, nil
}

// behind moves the line of an error behind the lines before it.
func behind(err error, lines int) error {
	var f *faulty
	if errors.As(err, &f) {
		return &faulty{f.line + lines, f.reason}
	}
	return err
}

func cutLine(b []byte) (line, rest []byte) {
	line, rest, _ = bytes.Cut(b, []byte("\n"))
	return bytes.TrimSuffix(line, []byte("\r")), rest
}

// fenced returns what stands before and behind the line that closes front
// matter.
func fenced(b []byte, fence string) (inner, body []byte, ok bool) {
	for at := 0; at < len(b) && at <= maxFront; {
		line, rest := cutLine(b[at:])
		if s := strings.TrimRight(string(line), " \t"); s == fence || fence == "---" && s == "..." {
			return b[:at], rest, true
		}
		at = len(b) - len(rest)
	}
	return nil, nil, false
}

func parseYAML(b []byte) (front fields, err error) {
	defer func() {
		if p := recover(); p != nil { // the library's, on input that is none
			front, err = nil, &faulty{1, "is not YAML that can be read"}
		}
	}()
	if err := bounded(b); err != nil {
		return nil, err
	}
	var m map[string]any
	if err := yaml.UnmarshalWithOptions(b, &m, yaml.AllowDuplicateMapKey()); err != nil {
		var at yaml.Error
		if errors.As(err, &at) && at.GetToken() != nil {
			return nil, &faulty{at.GetToken().Position.Line, at.GetMessage()}
		}
		reason, _, _ := strings.Cut(err.Error(), "\n")
		return nil, &faulty{1, reason}
	}
	return lower(m, 0), nil
}

// bounded refuses what would take a parser long.
func bounded(b []byte) error {
	open, aliases := 0, 0
	for i, c := range b {
		switch c {
		case '[', '{':
			open++
		case ']', '}':
			open = max(0, open-1)
		case '*':
			if i+1 < len(b) && i > 0 && strings.IndexByte(" \t\n[,:", b[i-1]) >= 0 && b[i+1] != ' ' && b[i+1] != '*' {
				aliases++
			}
		}
		switch {
		case open > maxNesting:
			return &faulty{1 + bytes.Count(b[:i], []byte("\n")), fmt.Sprintf("more than %d brackets are open at once", maxNesting)}
		case aliases > maxAliases:
			return &faulty{1 + bytes.Count(b[:i], []byte("\n")), fmt.Sprintf("more than %d aliases", maxAliases)}
		}
	}
	if aliases > 0 && bytes.Count(b, []byte("&")) > 8 {
		return &faulty{1, "more than 8 anchors with aliases"}
	}
	return nil
}

func parseTOML(b []byte) (fields, error) {
	if err := bounded(b); err != nil {
		return nil, err
	}
	var m map[string]any
	if err := toml.Unmarshal(b, &m); err != nil {
		var at *toml.DecodeError
		line := 1
		if errors.As(err, &at) {
			line, _ = at.Position()
		}
		return nil, &faulty{line, strings.TrimPrefix(err.Error(), "toml: ")}
	}
	return lower(m, 0), nil
}

func cutJSON(b []byte) (fields, []byte, error) {
	if err := bounded(b[:min(len(b), maxFront)]); err != nil {
		return nil, nil, err
	}
	dec := json.NewDecoder(bytes.NewReader(b[:min(len(b), maxFront)]))
	dec.UseNumber()
	var m map[string]any
	if err := dec.Decode(&m); err != nil {
		at := dec.InputOffset()
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			at = min(syntax.Offset, int64(len(b)))
		}
		return nil, nil, &faulty{1 + bytes.Count(b[:at], []byte("\n")), err.Error()}
	}
	return lower(m, 0), b[dec.InputOffset():], nil
}

// Fields are what front matter or a configuration says, by names in lower case.
type fields map[string]any

// lower brings names to lower case and what the parsers return to a few types:
// string, bool, []any, fields; a time to its text.
func lower(m map[string]any, depth int) fields {
	out := make(fields, len(m))
	for k, v := range m {
		out[strings.ToLower(k)] = simple(v, depth+1)
	}
	return out
}

func simple(v any, depth int) any {
	if depth > maxNesting {
		return nil
	}
	switch v := v.(type) {
	case nil, string, bool:
		return v
	case map[string]any:
		return lower(v, depth)
	case map[any]any:
		out := fields{}
		for k, v := range v {
			out[strings.ToLower(fmt.Sprint(k))] = simple(v, depth+1)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = simple(v[i], depth+1)
		}
		return out
	case time.Time:
		return v.Format(time.RFC3339)
	case float64:
		return strings.TrimSuffix(fmt.Sprintf("%f", v), ".000000")
	}
	return fmt.Sprint(v) // integers, dates of TOML
}

// at returns the value under a path like "cover.image".
func (f fields) at(path string) any {
	name, rest, more := strings.Cut(path, ".")
	v, ok := f[name]
	if !ok || !more {
		return v
	}
	below, _ := v.(fields)
	return below.at(rest)
}

// text returns the first of some paths that holds a text, a number or a date; of
// a list the first that it holds.
func (f fields) text(paths ...string) string {
	for _, p := range paths {
		if s := first(f.at(p)); s != "" {
			return s
		}
	}
	return ""
}

func first(v any) string {
	switch v := v.(type) {
	case string:
		return strings.TrimSpace(v)
	case []any:
		for _, x := range v {
			if s, ok := x.(string); ok && strings.TrimSpace(s) != "" {
				return strings.TrimSpace(s)
			}
		}
	}
	return ""
}

// list returns the texts of a list, or one text, at a path. Of objects it takes
// the name.
func (f fields) list(path string) []string {
	var out []string
	switch v := f.at(path).(type) {
	case string:
		out = []string{v}
	case fields:
		out = []string{v.text("name", "title", "label")}
	case []any:
		for _, x := range v {
			if m, ok := x.(fields); ok {
				x = m.text("name", "title", "label")
			}
			if s, ok := x.(string); ok {
				out = append(out, s)
			}
		}
	}
	for i := range out {
		out[i] = strings.TrimSpace(out[i])
	}
	return slices.DeleteFunc(out, func(s string) bool { return s == "" })
}

// says returns the truth at a path; ok is false where it says neither.
func (f fields) says(path string) (yes, ok bool) {
	switch v := f.at(path).(type) {
	case bool:
		return v, true
	case string:
		switch strings.ToLower(v) {
		case "true", "yes", "on", "1":
			return true, true
		case "false", "no", "off", "0":
			return false, true
		}
	}
	return false, false
}

func (f fields) is(path string) bool  { yes, ok := f.says(path); return ok && yes }
func (f fields) not(path string) bool { yes, ok := f.says(path); return ok && !yes }

func (f fields) below(path string) fields { m, _ := f.at(path).(fields); return m }

// fill takes what f lacks from others.
func (f fields) fill(others fields) {
	for k, v := range others {
		mine, ok := f[k]
		if !ok {
			f[k] = v
			continue
		}
		a, one := mine.(fields)
		b, two := v.(fields)
		if one && two {
			merged := fields{}
			merged.fill(a)
			merged.fill(b)
			f[k] = merged
		}
	}
}

// date returns the first date of some names, in the zone of the site where the
// text names a time and no other zone, as text.
func (f fields) date(o entry.Options, zone *time.Location, names ...string) string {
	for _, name := range names {
		if s := f.text(name); s != "" {
			d, err := entry.ParseDate(s, o.Order, cmp.Or(zone, o.Zone))
			if err == nil && !d.Time.IsZero() && cmp.Or(zone, o.Zone) != nil {
				if _, err := time.Parse(time.RFC3339, s); err != nil {
					return d.Time.In(cmp.Or(zone, o.Zone)).Format(time.RFC3339)
				}
			}
			return s
		}
	}
	return ""
}
