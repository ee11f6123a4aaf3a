package words

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
)

// Add lays words of a site's own over those of akin: each file LANG.json of fsys has
// what the files of this folder have, or some of it. What a language that is new
// leaves out is in English. Unknown fields and texts, and texts whose places {0},
// {1} are not those of the English ones, are errors that name the file.
//
// Add is called before anything is served; nothing of this package may run
// meanwhile.
func Add(fsys fs.FS) error {
	names, err := fs.Glob(fsys, "*.json")
	if err != nil {
		return err
	}
	for _, name := range names {
		b, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		if err := add(strings.TrimSuffix(path.Base(name), ".json"), b); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

func add(lang string, b []byte) error {
	if base(lang) != lang || lang == "und" {
		return fmt.Errorf("%q is not the tag of a language, like fr", lang)
	}
	from := lang
	if !spoken(lang) {
		from = "en"
	}
	t := *of(from)
	t.Types, t.Sections, t.Languages = maps.Clone(t.Types), maps.Clone(t.Sections), maps.Clone(t.Languages)
	t.Texts, t.Editors = maps.Clone(t.Texts), maps.Clone(t.Editors)
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&t); err != nil {
		return err
	}
	english := of("en")
	for said, known := range map[*map[string]string]map[string]string{&t.Texts: english.Texts, &t.Editors: english.Editors} {
		for _, key := range slices.Sorted(maps.Keys(*said)) {
			text, ok := known[key]
			if !ok {
				return fmt.Errorf("there is no text %q", key)
			}
			if !slices.Equal(places(text), places((*said)[key])) {
				return fmt.Errorf("%s: must have the places of %q", key, text)
			}
		}
	}
	tongues[lang] = func() *tongue { return &t }
	return nil
}

var place = regexp.MustCompile(`\{\d\}`)

// places returns the places to fill of a text, each once.
func places(text string) []string {
	all := place.FindAllString(text, -1)
	slices.Sort(all)
	return slices.Compact(all)
}
