package text

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// A SettingsError says which field of settings cannot be used, and why.
type SettingsError struct {
	Field  string // as "stop.en[3]"
	Reason string
}

func (e *SettingsError) Error() string { return e.Field + ": " + e.Reason }

// Change returns s with what said says of it, a JSON object as package json
// decodes one into an any; s stays as it is. The object maps the fields of
// [Settings] to languages, and those each to one of
//
//	["w", "-x"]                        adds w to the list, and takes x out
//	{"add": ["w"], "remove": ["x"]}    does the same
//	{"replace": ["w"]}                 puts w in place of the whole list
//
// A group of synonyms takes the place of the one with the same first entry, and
// is taken out by that entry. To take out what the list does not hold is no
// error. Any null counts as absent. Lists come out sorted. Each error is a
// [*SettingsError].
func (s Settings) Change(said map[string]any) (Settings, error) {
	s = s.clone()
	if err := s.change(said); err != nil {
		return Settings{}, err
	}
	return s, nil
}

func (s *Settings) change(said map[string]any) error {
	lists := s.lists()
	for _, name := range slices.Sorted(maps.Keys(said)) {
		list, known := lists[name]
		if !known && name != "synonyms" {
			return &SettingsError{name, "unknown field"}
		}
		if said[name] == nil {
			continue
		}
		langs, ok := said[name].(map[string]any)
		if !ok {
			return wrongType(name, "an object of lists by language", said[name])
		}
		for _, lang := range slices.Sorted(maps.Keys(langs)) {
			if err := checkLanguage(name, lang); err != nil {
				return err
			}
			var err error
			if known {
				if *list == nil {
					*list = map[string][]string{}
				}
				(*list)[lang], err = changeWords(name, lang, (*list)[lang], langs[lang])
			} else {
				if s.Synonyms == nil {
					s.Synonyms = map[string][][]string{}
				}
				s.Synonyms[lang], err = changeGroups(lang, s.Synonyms[lang], langs[lang])
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// A change is what settings say of one list, in parts that are fields: values
// that are not read yet.
type change struct {
	field string // of the list
	plain []any  // given as an array
	parts map[string]any
}

func changeOf(field string, v any) (change, error) {
	c := change{field: field, parts: map[string]any{}}
	switch v := v.(type) {
	case nil:
	case []any:
		c.plain = v
	case map[string]any:
		for _, part := range slices.Sorted(maps.Keys(v)) {
			if part != "add" && part != "remove" && part != "replace" {
				return c, &SettingsError{field + "." + part, "unknown field; want add, remove or replace"}
			}
			if v[part] != nil {
				c.parts[part] = v[part]
			}
		}
		if _, ok := c.parts["replace"]; ok && len(c.parts) > 1 {
			return c, &SettingsError{field + ".replace", "stands alone; what it does not name is out already"}
		}
	default:
		return c, wrongType(field, "an array, or an object with add, remove or replace", v)
	}
	return c, nil
}

// part returns a part of the change and whether it was given.
func (c change) part(name string) (field string, entries []any, given bool, err error) {
	v, given := c.parts[name]
	field = c.field + "." + name
	if !given {
		return field, nil, false, nil
	}
	entries, ok := v.([]any)
	if !ok {
		err = wrongType(field, "an array", v)
	}
	return field, entries, true, err
}

func changeWords(list, lang string, old []string, v any) ([]string, error) {
	c, err := changeOf(list+"."+lang, v)
	if err != nil {
		return nil, err
	}
	var added, out []string
	for i, e := range c.plain {
		w, err := oneEntry(fmt.Sprintf("%s[%d]", c.field, i), list, e, true)
		if err != nil {
			return nil, err
		}
		if gone, ok := strings.CutPrefix(w, "-"); ok {
			out = append(out, split(list, []string{gone})...)
		} else {
			added = append(added, split(list, []string{w})...)
		}
	}
	for _, part := range []string{"add", "remove", "replace"} {
		field, entries, given, err := c.part(part)
		if err != nil {
			return nil, err
		}
		if given && part == "replace" {
			old = nil
		}
		for i, e := range entries {
			w, err := oneEntry(fmt.Sprintf("%s[%d]", field, i), list, e, false)
			if err != nil {
				return nil, err
			}
			if part == "remove" {
				out = append(out, split(list, []string{w})...)
			} else {
				added = append(added, split(list, []string{w})...)
			}
		}
	}
	all := union(old, added)
	return slices.DeleteFunc(all, func(w string) bool { return slices.Contains(out, w) }), nil
}

// oneEntry checks an entry of a list, which may be one to take out where signed.
func oneEntry(field, list string, v any, signed bool) (string, error) {
	w, ok := v.(string)
	if !ok {
		return "", wrongType(field, "a string", v)
	}
	bare := strings.TrimPrefix(w, "-")
	if bare != w && !signed {
		return "", &SettingsError{field, fmt.Sprintf("%q starts with a hyphen; to take an entry out, name it under remove without one", w)}
	}
	if err := checkEntry(bare, list); err != nil {
		return "", &SettingsError{field, err.Error()}
	}
	return w, nil
}

func changeGroups(lang string, old [][]string, v any) ([][]string, error) {
	c, err := changeOf("synonyms."+lang, v)
	if err != nil {
		return nil, err
	}
	without := func(first string) {
		old = slices.DeleteFunc(old, func(g []string) bool { return g[0] == first })
	}
	add := func(field string, v any) error {
		g, err := group(field, v)
		if err == nil {
			without(g[0])
			old = append(old, g)
		}
		return err
	}
	for i, g := range c.plain {
		if err := add(fmt.Sprintf("%s[%d]", c.field, i), g); err != nil {
			return nil, err
		}
	}
	for _, part := range []string{"remove", "replace", "add"} {
		field, entries, given, err := c.part(part)
		if err != nil {
			return nil, err
		}
		if given && part == "replace" {
			old = nil
		}
		for i, e := range entries {
			field := fmt.Sprintf("%s[%d]", field, i)
			if part != "remove" {
				if err := add(field, e); err != nil {
					return nil, err
				}
				continue
			}
			first, ok := e.(string)
			if !ok {
				return nil, wrongType(field, "the first entry of a group, a string", e)
			}
			without(first)
		}
	}
	return old, nil
}

// group reads a group of synonyms.
func group(field string, v any) ([]string, error) {
	words, ok := v.([]any)
	if !ok {
		return nil, wrongType(field, "an array of strings, a group of synonyms", v)
	}
	g := make([]string, len(words))
	for i, w := range words {
		if g[i], ok = w.(string); !ok {
			return nil, wrongType(fmt.Sprintf("%s[%d]", field, i), "a string", w)
		}
	}
	return g, checkGroup(field, g)
}

func wrongType(field, want string, got any) error {
	kind := "a number"
	switch got.(type) {
	case nil:
		kind = "null"
	case bool:
		kind = "true or false"
	case string:
		kind = "a string"
	case []any:
		kind = "an array"
	case map[string]any:
		kind = "an object"
	}
	return &SettingsError{field, "must be " + want + ", not " + kind}
}
