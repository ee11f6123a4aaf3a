package api

import (
	"bytes"
	"encoding/json"
	"io"
	"strconv"
	"time"
	"unicode/utf8"

	"akin/recommend"
)

// writeJSON writes an answer as encoding/json does without escapes for HTML,
// those that are asked for most in a fifth of its time.
func writeJSON(w io.Writer, v any) error {
	b, _ := w.(*bytes.Buffer)
	switch v := v.(type) {
	case *recommend.Related:
		if b != nil && v != nil {
			b.Write(appendRelated(b.AvailableBuffer(), v))
			return nil
		}
	case *recommend.Listing:
		if b != nil && v != nil {
			b.Write(appendListing(b.AvailableBuffer(), v))
			return nil
		}
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

func appendRelated(b []byte, r *recommend.Related) []byte {
	b = appendText(append(b, `{"item":`...), r.Item)
	b = appendTexts(b, `,"also":`, r.Also)
	b = appendTexts(b, `,"not":`, r.Not)
	b = strconv.AppendInt(append(b, `,"generation":`...), int64(r.Generation), 10)
	b = appendTime(b, `,"computedAt":`, r.ComputedAt)
	b = strconv.AppendBool(append(b, `,"stale":`...), r.Stale)
	b = appendField(b, `,"site":`, r.Site)
	b = appendTranslations(b, r.Translations)
	b = append(b, `,"related":[`...)
	for i := range r.Related {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendEntry(b, &r.Related[i])
	}
	b = append(b, ']')
	if r.Complete != nil {
		b = strconv.AppendBool(append(b, `,"complete":`...), *r.Complete)
	}
	return append(b, "}\n"...)
}

func appendListing(b []byte, l *recommend.Listing) []byte {
	b = append(b, `{"items":[`...)
	for i := range l.Items {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendCard(b, &l.Items[i]), '}')
	}
	b = append(b, ']')
	b = appendField(b, `,"nextCursor":`, l.NextCursor)
	b = appendField(b, `,"prevCursor":`, l.PrevCursor)
	return append(b, "}\n"...)
}

func appendEntry(b []byte, e *recommend.Entry) []byte {
	b = appendCard(b, &e.Card)
	b = appendText(append(b, `,"tier":`...), string(e.Tier))
	if e.Score != 0 {
		b = appendScore(append(b, `,"score":`...), e.Score)
	}
	if len(e.Why) > 0 {
		b = append(b, `,"why":[`...)
		for i, w := range e.Why {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendText(append(b, `{"term":`...), w.Term)
			b = appendField(b, `,"kind":`, string(w.Kind))
			b = append(appendScore(append(b, `,"part":`...), w.Part), '}')
		}
		b = append(b, ']')
	}
	b = appendField(b, `,"copyOf":`, e.CopyOf)
	if e.Companion {
		b = append(b, `,"companion":true`...)
	}
	if e.Boost != 0 {
		b = strconv.AppendFloat(append(b, `,"boost":`...), e.Boost, 'f', -1, 64)
	}
	return append(b, '}')
}

// appendCard leaves the object open, since an entry goes on.
func appendCard(b []byte, c *recommend.Card) []byte {
	b = appendText(append(b, `{"id":`...), c.ID)
	b = appendField(b, `,"url":`, c.URL)
	b = appendField(b, `,"title":`, c.Title)
	b = appendField(b, `,"summary":`, c.Summary)
	b = appendTexts(b, `,"types":`, c.Types)
	b = appendTexts(b, `,"topics":`, c.Topics)
	b = appendTexts(b, `,"authors":`, c.Authors)
	b = appendField(b, `,"lang":`, c.Lang)
	b = appendField(b, `,"date":`, c.Date)
	b = appendTime(b, `,"sortDate":`, c.SortDate)
	if m := c.Image; m != nil {
		b = append(b, `,"image":{`...)
		start := len(b)
		b = appendField(b, `,"url":`, m.URL)
		b = appendField(b, `,"alt":`, m.Alt)
		b = appendField(b, `,"credit":`, m.Credit)
		b = appendPixels(b, `,"width":`, m.Width)
		b = appendPixels(b, `,"height":`, m.Height)
		b = appendField(b, `,"srcset":`, m.Srcset)
		if len(b) > start {
			b = append(b[:start], b[start+1:]...) // without the first comma
		}
		b = append(b, '}')
	}
	return appendTranslations(b, c.Translations)
}

func appendTranslations(b []byte, list []recommend.Translation) []byte {
	if len(list) == 0 {
		return b
	}
	b = append(b, `,"translations":[`...)
	for i, t := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendText(append(b, `{"id":`...), t.ID)
		b = appendField(b, `,"lang":`, t.Lang)
		b = appendField(b, `,"url":`, t.URL)
		b = append(appendField(b, `,"title":`, t.Title), '}')
	}
	return append(b, ']')
}

// appendField appends a field whose value is text, unless that is empty.
func appendField(b []byte, name, s string) []byte {
	if s == "" {
		return b
	}
	return appendText(append(b, name...), s)
}

// appendPixels appends a field whose value is a number, unless that is 0.
func appendPixels(b []byte, name string, n int) []byte {
	if n == 0 {
		return b
	}
	return strconv.AppendInt(append(b, name...), int64(n), 10)
}

func appendTexts(b []byte, name string, list []string) []byte {
	if len(list) == 0 {
		return b
	}
	b = append(append(b, name...), '[')
	for i, s := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendText(b, s)
	}
	return append(b, ']')
}

func appendTime(b []byte, name string, t time.Time) []byte {
	if t.IsZero() {
		return b
	}
	b = append(append(b, name...), '"')
	return append(t.AppendFormat(b, time.RFC3339Nano), '"')
}

// appendScore appends millionths as [recommend.Millionths] writes them.
func appendScore(b []byte, m recommend.Millionths) []byte {
	if m < 0 {
		b, m = append(b, '-'), -m
	}
	b = append(strconv.AppendInt(b, int64(m/1_000_000), 10), '.')
	for digit := recommend.Millionths(100_000); digit > 0; digit /= 10 {
		b = append(b, '0'+byte(m/digit%10))
	}
	return b
}

// appendText appends s as a JSON string, with what is not UTF-8 replaced.
func appendText(b []byte, s string) []byte {
	b = append(b, '"')
	start := 0 // of what is not yet appended
	for i := 0; i < len(s); {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' && c < utf8.RuneSelf {
			i++
			continue
		}
		size, escape := 1, ""
		switch {
		case c >= utf8.RuneSelf:
			var r rune
			r, size = utf8.DecodeRuneInString(s[i:])
			switch {
			case r == utf8.RuneError && size == 1:
				escape = `\ufffd`
			case r == '\u2028':
				escape = `\u2028`
			case r == '\u2029':
				escape = `\u2029`
			default:
				i += size
				continue
			}
		case c == '"', c == '\\':
			escape = `\` + s[i:i+1]
		default:
			if escape = shortEscapes[c]; escape == "" {
				escape = `\u00` + string(hexDigits[c>>4]) + string(hexDigits[c&15])
			}
		}
		b = append(append(b, s[start:i]...), escape...)
		i += size
		start = i
	}
	return append(append(b, s[start:]...), '"')
}

const hexDigits = "0123456789abcdef"

var shortEscapes = [' ']string{'\b': `\b`, '\f': `\f`, '\n': `\n`, '\r': `\r`, '\t': `\t`}
