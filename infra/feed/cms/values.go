package cms

import (
	"html"
	"strconv"
	"strings"
)

// An object is one of JSON.
type object = map[string]any

// in returns the value that the names lead to, nil if there is none.
func in(v any, names ...string) any {
	for _, name := range names {
		o, _ := v.(object)
		v = o[name]
	}
	return v
}

// text returns what v says as a text: a string, a number, the text in an object
// that describes one, rich text as HTML, of a list the first that says anything.
func text(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case object:
		for _, name := range []string{"rendered", "processed", "value", "html", "raw", "#text", "_text", "__cdata", "en", "default", "$oid", "$date", "$numberLong"} {
			if s, ok := v[name].(string); ok && s != "" {
				return s
			}
		}
		return rich(v)
	case []any:
		if s := rich(v); s != "" {
			return s
		}
		for _, e := range v {
			if s := text(e); s != "" {
				return s
			}
		}
	}
	return ""
}

const maxRich = 40 // nodes in nodes of rich text that are looked at

// rich returns the text of a tree of nodes (Contentful, Strapi's blocks, Portable
// Text, Lexical, ProseMirror, Editor.js) as HTML; "" of what is none.
func rich(v any) string {
	var b strings.Builder
	var walk func(v any, level int)
	walk = func(v any, level int) {
		if level > maxRich {
			return
		}
		switch v := v.(type) {
		case []any:
			for _, e := range v {
				walk(e, level+1)
			}
		case object:
			below := false
			for _, name := range []string{"root", "content", "children", "blocks", "data", "items"} {
				switch inner := v[name].(type) {
				case []any:
					below = true
					b.WriteString("<p>")
					walk(inner, level+1)
					b.WriteString("</p>")
				case object:
					if name == "root" || name == "data" {
						walk(inner, level+1)
						below = below || name == "root"
					}
				}
			}
			for _, name := range []string{"text", "value"} {
				if s, ok := v[name].(string); ok && !below && (v["type"] != nil || v["nodeType"] != nil || v["_type"] != nil || level > 0) {
					b.WriteString(html.EscapeString(html.UnescapeString(s)))
					break
				}
			}
		}
	}
	walk(v, 0)
	return strings.ReplaceAll(b.String(), "<p></p>", "")
}

// names returns the names of things in v: strings, parted by commas if there is
// one, or objects with a name, which may be wrapped.
func names(v any) []string {
	switch v := v.(type) {
	case string:
		var list []string
		for part := range strings.FieldsFuncSeq(v, func(r rune) bool { return r == ',' || r == ';' || r == '|' }) {
			if part = strings.TrimSpace(part); part != "" {
				list = append(list, part)
			}
		}
		return list
	case []any:
		var list []string
		for _, e := range v {
			if s, ok := e.(string); ok {
				list = append(list, strings.TrimSpace(s))
			} else {
				list = append(list, names(e)...)
			}
		}
		return list
	case object:
		if kind := v["type"]; kind == "contributor" || kind == "Mention" || kind == "Emoji" {
			return nil // among the tags
		}
		for _, name := range []string{"data", "attributes", "node", "nodes", "edges", "fields"} {
			if inner := v[name]; inner != nil {
				if list := names(inner); len(list) > 0 {
					return list
				}
			}
		}
		for _, name := range []string{"name", "title", "displayName", "display_name", "label", "webTitle", "fullName", "full_name", "tag", "slug", "_"} {
			if s := text(v[name]); s != "" {
				if v["type"] == "Hashtag" {
					s = strings.TrimPrefix(s, "#")
				}
				return []string{s}
			}
		}
		if first, last := text(v["firstName"])+text(v["first_name"])+text(v["firstname"]), text(v["lastName"])+text(v["last_name"])+text(v["lastname"]); first+last != "" {
			return []string{strings.TrimSpace(first + " " + last)}
		}
	}
	return nil
}

// address returns the address that v is or describes, as far as it is one.
func address(v any) string {
	switch v := v.(type) {
	case string:
		v = strings.TrimSpace(v)
		if strings.HasPrefix(v, "//") {
			v = "https:" + v
		}
		if strings.HasPrefix(v, "/") || strings.Contains(v, "://") && !strings.ContainsAny(v, " \n") {
			return v
		}
	case object:
		for _, name := range []string{"url", "src", "href", "source_url", "sourceUrl", "alias", "uri", "file", "secure_url", "large", "original", "full", "data", "attributes", "asset", "node", "filename"} {
			if s := address(v[name]); s != "" {
				return s
			}
		}
	case []any:
		for _, e := range v {
			if s := address(e); s != "" {
				return s
			}
		}
	}
	return ""
}

// alt returns the alternative text in the object that a picture is.
func alt(v any) string {
	switch v := v.(type) {
	case object:
		for _, name := range []string{"alt", "alternativeText", "alt_text", "altText", "caption"} {
			if s := text(v[name]); s != "" {
				return s
			}
		}
		for _, name := range []string{"data", "attributes", "node"} {
			if s := alt(v[name]); s != "" {
				return s
			}
		}
	case []any:
		if len(v) > 0 {
			return alt(v[0])
		}
	}
	return ""
}

// truth returns what v says as yes or no; known is false if it says neither.
func truth(v any) (yes, known bool) {
	switch v := v.(type) {
	case bool:
		return v, true
	case float64:
		return v != 0, v == 0 || v == 1
	case string:
		switch strings.ToLower(strings.TrimSpace(v)) {
		case "true", "yes", "1":
			return true, true
		case "false", "no", "0":
			return false, true
		}
	}
	return false, false
}
