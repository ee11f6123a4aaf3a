package feed

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/mmcdole/gofeed"
)

// maxDocument is the size, in bytes, of the largest RSS, Atom or JSON Feed that
// is read. Feeds are read whole; a publisher's archive belongs into JSON Lines.
const maxDocument = 64 << 20

// document hands out the entries of a feed. Of one that was cut off it hands
// out the entries that are whole, then the error.
func (f *reader) document(r io.Reader, form form) bool {
	data, err := io.ReadAll(io.LimitReader(r, maxDocument+1))
	var lost error
	switch {
	case err != nil:
		lost = f.readError(err)
	case len(data) > maxDocument:
		return f.cut(0, wrong("feed", "is over %d bytes long; give it as JSON Lines", maxDocument))
	case form == xmlFeed && isPage(data):
		return f.cut(1, wrong("feed", "is a web page; give the address of its feed"))
	}
	parsed, err := gofeed.NewParser().Parse(bytes.NewReader(data))
	if err != nil && form == xmlFeed {
		whole, ok := repair(data)
		if ok {
			parsed, _ = gofeed.NewParser().Parse(bytes.NewReader(whole))
		}
	}
	line := bytes.Count(data, []byte("\n")) + 1
	if err != nil && lost == nil {
		reason := err.Error()
		var syntax *xml.SyntaxError
		if errors.As(err, &syntax) {
			line, reason = syntax.Line, syntax.Msg
		}
		lost = wrong("feed", "is no RSS, Atom or JSON Feed that can be read: %s", reason)
	}
	if parsed != nil {
		at := entries(data, form)
		for i, entry := range parsed.Items {
			e := place{}
			if len(at) >= len(parsed.Items) {
				e = at[i]
			}
			it, err := fromEntry(entry, parsed.Language)
			ok := false
			switch {
			case e.notUTF8:
				ok = f.reject(e.line, it.ID, wrong("entry", "is not valid UTF-8; convert the feed to UTF-8 first"))
			case err != nil:
				ok = f.reject(e.line, it.ID, err)
			default:
				ok = f.item(e.line, it)
			}
			if !ok {
				return false
			}
		}
	}
	if lost != nil {
		return f.cut(line, lost)
	}
	return true
}

// isPage says whether an XML-like text is HTML.
func isPage(data []byte) bool {
	head := bytes.ToLower(data[:min(len(data), 1024)])
	return bytes.Contains(head, []byte("<!doctype html")) || bytes.Contains(head, []byte("<html"))
}

// A place is where an entry stands in a feed.
type place struct {
	line    int // from 1; 0: not known
	notUTF8 bool
}

// entries returns the places of the entries of a feed, in their order.
func entries(data []byte, form form) []place {
	if form == xmlFeed {
		places, _, _ := scan(data)
		return places
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	for depth, key := 0, false; ; {
		t, err := dec.Token()
		if err != nil {
			return nil
		}
		switch d, _ := t.(json.Delim); {
		case d == '{' || d == '[':
			if depth++; depth == 2 && d == '[' && key {
				return elements(data, dec)
			}
		case d == '}' || d == ']':
			depth--
		}
		key = depth == 1 && t == "items"
	}
}

// elements returns the places of the elements of the array that dec is in.
func elements(data []byte, dec *json.Decoder) []place {
	var places []place
	line, counted := 1, 0
	for dec.More() {
		start := int(dec.InputOffset())
		var raw json.RawMessage
		if dec.Decode(&raw) != nil {
			return places
		}
		start += bytes.IndexByte(data[start:], raw[0])
		line += bytes.Count(data[counted:start], []byte("\n"))
		counted = start
		places = append(places, place{line, !utf8.Valid(raw)})
	}
	return places
}

// scan returns the places of the items (RSS) or entries (Atom) of an XML text,
// the offset behind the last one that is closed, and the name of the root
// element. Comments and CDATA are passed over.
func scan(data []byte) (places []place, end int, root string) {
	line := 1
	for i := 0; i < len(data); {
		k := bytes.IndexByte(data[i:], '<')
		if k < 0 {
			break
		}
		line += bytes.Count(data[i:i+k], []byte("\n"))
		i += k
		rest := data[i:]
		skip := 1
		switch {
		case bytes.HasPrefix(rest, []byte("<!--")):
			skip = behind(rest, "-->")
		case bytes.HasPrefix(rest, []byte("<![CDATA[")):
			skip = behind(rest, "]]>")
		case bytes.HasPrefix(rest, []byte("<?")):
			skip = behind(rest, "?>")
		case tagIs(rest[1:], "item"), tagIs(rest[1:], "entry"):
			places = append(places, place{line: line})
		case bytes.HasPrefix(rest, []byte("</item>")), bytes.HasPrefix(rest, []byte("</entry>")):
			end = i + behind(rest, ">")
		case root == "" && len(rest) > 1 && rest[1] != '!':
			name, _, _ := bytes.Cut(rest[1:min(len(rest), 64)], []byte(">"))
			if fields := bytes.Fields(name); len(fields) > 0 {
				root = string(fields[0])
			}
		}
		line += bytes.Count(rest[:skip], []byte("\n"))
		i += skip
	}
	return places, end, root
}

// behind returns the offset behind the first mark in b, len(b) without one.
func behind(b []byte, mark string) int {
	if k := bytes.Index(b, []byte(mark)); k >= 0 {
		return k + len(mark)
	}
	return len(b)
}

// tagIs says whether the element's name that b starts with is name.
func tagIs(b []byte, name string) bool {
	return len(b) > len(name) && string(b[:len(name)]) == name && bytes.IndexByte([]byte("> \t\r\n/"), b[len(name)]) >= 0
}

// repair returns an RSS or Atom text up to its last whole entry, closed.
func repair(data []byte) ([]byte, bool) {
	_, end, root := scan(data)
	if end == 0 {
		return nil, false
	}
	whole := bytes.Clone(data[:end])
	if root == "rss" {
		whole = append(whole, "</channel>"...)
	}
	return fmt.Appendf(whole, "</%s>", root), true
}
