package feed

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/mmcdole/gofeed"

	"akin/infra/feed/entry"
	"akin/infra/feed/stream"
	"akin/recommend"
)

// jsonFeedVersion is the member that a JSON Feed has to have.
var jsonFeedVersion = entry.Pattern(`"version"\s*:\s*"https?:\\?/\\?/(?:www\.)?jsonfeed\.org\\?/version`)

// jsonFeed hands out the entries of a JSON Feed, each read for itself.
func (f *reader) jsonFeed(in *entry.Input, data []byte, lost error) (about, bool) {
	a := about{isJSON: true}
	top := members(data)
	if jsonText(members(top["_akin"].text)["generator"].text) == "akin" {
		return a, f.cut(1, entry.Own("feed"))
	}
	a.next = jsonText(top["next_url"].text)
	lang := jsonText(top["language"].text)
	authors := feedAuthors(top)
	items, ok := top["items"]
	if !ok || len(items.text) == 0 || items.text[0] != '[' {
		if lost == nil {
			lost = wrong("feed", "has no items; it was cut off, copy it again")
		}
		return a, f.cut(1, lost)
	}
	s := stream.Values{R: bufio.NewReader(bytes.NewReader(items.text[1:])), Line: items.line, Most: recommend.MaxLine}
	for {
		c, err := s.Skip(",")
		if err != nil || c == ']' {
			if err == nil && lost == nil {
				return a, true
			}
			if lost == nil {
				lost = wrong("feed", "has no end; it was cut off, copy it again")
			}
			return a, f.cut(s.Line, lost)
		}
		line := s.Line
		raw, err := s.Next()
		switch {
		case err == stream.ErrTooLong:
			ok = f.reject(line, "", tooLong())
		case err != nil:
			if lost == nil {
				lost = wrong("feed", "has no end; it was cut off, copy it again")
			}
			return a, f.cut(line, lost)
		default:
			ok = f.jsonEntry(in, &a, line, raw, lang, authors)
		}
		if !ok {
			return a, false
		}
	}
}

func (f *reader) jsonEntry(in *entry.Input, a *about, line int, raw []byte, lang string, authors []string) bool {
	if raw[0] != '{' {
		return f.reject(line, "", wrong("entry", "must be a JSON object"))
	}
	text := append(append([]byte(`{"version":"https://jsonfeed.org/version/1.1","items":[`), usual(bytes.ToValidUTF8(raw, []byte("\ufffd")))...), "]}"...)
	parsed, err := gofeed.NewParser().Parse(bytes.NewReader(text))
	switch {
	case err == nil && len(parsed.Items) == 0:
		err = errors.New("it is not an entry")
		fallthrough
	case err != nil:
		return f.reject(line, "", wrong("entry", "cannot be read: %v", err))
	}
	e := fromEntry(parsed.Items[0])
	var more struct {
		Language string `json:"language"`
		Text     string `json:"content_text"`
		HTML     string `json:"content_html"`
		External string `json:"external_url"`
	}
	if json.Unmarshal(raw, &more) == nil {
		e.Lang = more.Language
		if e.Link == "" {
			e.Link = more.External
		}
	}
	if e.Lang == "" {
		e.Lang = lang
	}
	if len(e.Authors) == 0 {
		e.Authors = authors
	}
	if !utf8.Valid(raw) {
		it, _, _ := e.Item(f.o)
		return f.reject(line, it.ID, wrong("entry", "is not valid UTF-8; convert the feed to UTF-8 first"))
	}
	return f.feedEntry(in, a, line, e)
}

// usual returns an entry whose members have the types that JSON Feed gives them,
// for one of another type would cost the entry: a number where a text is wanted,
// one name where a list is, a picture as an object. What it cannot read it leaves
// as it is.
func usual(raw []byte) []byte {
	var members map[string]any
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if d.Decode(&members) != nil {
		return raw
	}
	odd := false
	set := func(name string, v any) { members[name], odd = v, true }
	for _, name := range []string{"id", "url", "external_url", "title", "summary", "content_html", "content_text", "image", "banner_image", "date_published", "date_modified", "language"} {
		switch v := members[name].(type) {
		case json.Number:
			set(name, v.String())
		case map[string]any:
			address, _ := v["url"].(string)
			set(name, address)
		case []any, bool:
			set(name, "")
		}
	}
	for _, name := range []string{"author", "authors"} {
		all, isList := members[name].([]any)
		if one := members[name]; one != nil && !isList {
			all = []any{one}
		}
		for i, one := range all {
			switch name := one.(type) {
			case string:
				all[i], odd = map[string]any{"name": name}, true
			case map[string]any:
			default:
				all[i], odd = map[string]any{}, true
			}
		}
		switch {
		case len(all) == 0:
		case name == "authors" && !isList:
			set(name, all)
		case name == "author":
			members[name] = all[0]
			odd = odd || isList
		}
	}
	switch tags := members["tags"].(type) {
	case string:
		var list []any
		for tag := range strings.SplitSeq(tags, ",") {
			list = append(list, strings.TrimSpace(tag))
		}
		set("tags", list)
	case []any:
		for i, tag := range tags {
			switch tag := tag.(type) {
			case map[string]any:
				tags[i], odd = first(jsonName(tag["name"]), jsonName(tag["title"])), true
			case json.Number:
				tags[i], odd = tag.String(), true
			}
		}
	}
	if !odd {
		return raw
	}
	text, err := json.Marshal(members)
	if err != nil {
		return raw
	}
	return text
}

// jsonName returns the text that v is, "" if it is none.
func jsonName(v any) string {
	s, _ := v.(string)
	return s
}

// feedAuthors returns the names that a JSON Feed gives as those of all entries.
func feedAuthors(top map[string]member) []string {
	type person struct {
		Name string `json:"name"`
	}
	var all []person
	var one person
	if json.Unmarshal(top["authors"].text, &all) != nil || len(all) == 0 {
		if json.Unmarshal(top["author"].text, &one) != nil {
			return nil
		}
		all = []person{one}
	}
	var names []string
	for _, p := range all {
		names = append(names, p.Name)
	}
	return names
}

// A member is the value of a member of an object, and the line it starts in.
type member struct {
	text []byte
	line int
}

// members returns the members of the object that data holds, as far as they can
// be told. A value that has no end is the text from its beginning to the end of
// data.
func members(data []byte) map[string]member {
	all := map[string]member{}
	in := bytes.NewReader(data)
	v := stream.Values{R: bufio.NewReader(in), Line: 1}
	behind := func() []byte { return data[len(data)-in.Len()-v.R.Buffered():] }
	stands := func(want byte) bool {
		c, err := v.Skip(",")
		return err == nil && c == want
	}
	if !stands('{') {
		return all
	}
	_, _ = v.Take()
	for stands('"') {
		name := behind()
		if v.Pass() != nil {
			break
		}
		name = name[:len(name)-len(behind())]
		if !stands(':') {
			break
		}
		_, _ = v.Take()
		_, _ = v.Skip(",")
		value := member{behind(), v.Line}
		err := v.Pass()
		if err == nil {
			value.text = value.text[:len(value.text)-len(behind())]
		}
		if _, again := all[jsonText(name)]; !again {
			all[jsonText(name)] = value
		}
		if err != nil {
			break
		}
	}
	return all
}

// jsonText returns the string that b is, "" if it is none.
func jsonText(b []byte) string {
	var s string
	if len(b) == 0 || json.Unmarshal(bytes.ToValidUTF8(b, []byte("\ufffd")), &s) != nil {
		return ""
	}
	return s
}

// wrapsItems says whether head begins an object with an array called items, and
// is not an item itself: a JSON Feed, if what follows says so.
func wrapsItems(head []byte) bool {
	top := members(head)
	items, ok := top["items"]
	return ok && len(items.text) > 0 && items.text[0] == '['
}

// isJSONFeed says whether an object says that it is a JSON Feed, wherever it
// does.
func isJSONFeed(data []byte) bool {
	if v, ok := members(data)["version"]; ok {
		s := jsonText(v.text)
		return strings.Contains(s, "jsonfeed.org/version")
	}
	return !json.Valid(data) && jsonFeedVersion().Match(data)
}
