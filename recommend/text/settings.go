package text

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"sync"
)

// analysisVersion is part of [Settings.Hash]. It is raised with every change of
// code that changes terms.
const analysisVersion = "3"

// maxEntry is how many bytes an entry may have. Stock phrases list alternatives.
const maxEntry = 4096

// anyLanguage is the key, in place of a language, of words that count in every
// language.
const anyLanguage = "*"

// Settings are the words that analysis depends on. Each field maps a language
// (BCP 47 base, "en"; or "*" for all) to entries. The zero value has none.
//
// In an entry, lower-case letters match either case and capitals match capitals
// only: "March" is the month, not a protest march, and "US" is not "us". An
// entry of Stop, Dates, Units, Counters, Abbreviations, Acronyms, Elisions and Prefixes
// may hold several words with spaces between them; one of Phrases, Protected
// and Synonyms is one word or phrase.
type Settings struct {
	// Stop words give no terms and part the words beside them.
	Stop map[string][]string `json:"stop,omitempty"`
	// Phrases are stock phrases, which give no terms. An element may list
	// alternatives, "article|report", and may be absent if it ends with '?'.
	Phrases map[string][]string `json:"phrases,omitempty"`
	// Dates are names of months and days: they give no terms.
	Dates map[string][]string `json:"dates,omitempty"`
	// Units after a number make it a quantity, even after a name: "percent".
	Units map[string][]string `json:"units,omitempty"`
	// Counters are words whose number makes no name: "Part 2", "Figure 3".
	Counters map[string][]string `json:"counters,omitempty"`
	// Abbreviations end with a full stop that ends no sentence: "Dr".
	Abbreviations map[string][]string `json:"abbreviations,omitempty"`
	// Acronyms are those that would be stop words in small letters: "WHO".
	Acronyms map[string][]string `json:"acronyms,omitempty"`
	// Elisions are what an apostrophe cuts off before a word: "l" of "l'eau".
	Elisions map[string][]string `json:"elisions,omitempty"`
	// Prefixes make one word with what follows their hyphen: "non-profit" is
	// "nonprofit".
	Prefixes map[string][]string `json:"prefixes,omitempty"`
	// Protected words and phrases are kept whole and unstemmed. Only here may
	// an entry hold other signs than letters and digits: "C++".
	Protected map[string][]string `json:"protected,omitempty"`
	// Synonyms are groups of words and phrases, all joined to the term of the
	// first.
	Synonyms map[string][][]string `json:"synonyms,omitempty"`
}

//go:embed settings
var defaults embed.FS

// DefaultSettings returns the settings that akin comes with, for the caller to
// change; see [Settings.Change].
func DefaultSettings() Settings { return defaultSum().clone() }

// defaultSum is what the files of the program say together.
var defaultSum = sync.OnceValue(func() Settings {
	var s Settings
	for _, name := range defaultFiles() {
		data, err := defaults.ReadFile(name)
		if err != nil {
			panic(err) // the files are part of the program
		}
		var said map[string]any
		if err = json.Unmarshal(data, &said); err == nil {
			err = s.change(said)
		}
		if err != nil {
			panic(fmt.Sprintf("%s: %v", name, err)) // a test reads every file
		}
	}
	return s
})

// defaultFiles returns the names of the files of the program.
func defaultFiles() []string {
	names, err := fs.Glob(defaults, "settings/*.json")
	if err != nil {
		panic(err) // the pattern is a constant
	}
	return names
}

// lists returns the fields of s that are lists of entries, by name.
func (s *Settings) lists() map[string]*map[string][]string {
	return map[string]*map[string][]string{
		"stop": &s.Stop, "phrases": &s.Phrases, "dates": &s.Dates, "units": &s.Units, "counters": &s.Counters,
		"abbreviations": &s.Abbreviations, "acronyms": &s.Acronyms, "elisions": &s.Elisions,
		"prefixes": &s.Prefixes, "protected": &s.Protected,
	}
}

// clone returns s without anything that a caller could change.
func (s Settings) clone() Settings {
	var c Settings
	from := s.lists()
	for name, to := range c.lists() {
		*to = maps.Clone(*from[name])
		for lang, entries := range *to {
			(*to)[lang] = slices.Clone(entries)
		}
	}
	c.Synonyms = maps.Clone(s.Synonyms)
	for lang, groups := range c.Synonyms {
		c.Synonyms[lang] = slices.Clone(groups)
		for i, g := range groups {
			c.Synonyms[lang][i] = slices.Clone(g)
		}
	}
	return c
}

// whole reports whether an entry of the named list is one phrase rather than
// words with spaces between them.
func whole(list string) bool { return list == "phrases" || list == "protected" }

// split returns the words of entries, or the entries themselves where an entry
// is a phrase.
func split(list string, entries []string) []string {
	var words []string
	for _, e := range entries {
		fields := strings.Fields(e)
		if whole(list) {
			fields = []string{strings.Join(fields, " ")}
		}
		words = append(words, fields...)
	}
	return words
}

// union returns the entries of both lists: sorted, each once.
func union(a, b []string) []string {
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}

// check returns an error that names the field of s that cannot be used.
func (s *Settings) check() error {
	lists := s.lists()
	for _, name := range slices.Sorted(maps.Keys(lists)) {
		m := *lists[name]
		for _, lang := range slices.Sorted(maps.Keys(m)) {
			if err := checkLanguage(name, lang); err != nil {
				return err
			}
			for i, e := range m[lang] {
				if err := checkEntry(e, name); err != nil {
					return &SettingsError{fmt.Sprintf("%s.%s[%d]", name, lang, i), err.Error()}
				}
			}
		}
	}
	for _, lang := range slices.Sorted(maps.Keys(s.Synonyms)) {
		if err := checkLanguage("synonyms", lang); err != nil {
			return err
		}
		for i, g := range s.Synonyms[lang] {
			if err := checkGroup(fmt.Sprintf("synonyms.%s[%d]", lang, i), g); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkLanguage(field, lang string) error {
	if lang != anyLanguage && BaseLanguage(lang) != lang {
		return &SettingsError{field + "." + lang, fmt.Sprintf(`not a language; want a base language like "en", or %q`, anyLanguage)}
	}
	return nil
}

func checkGroup(field string, group []string) error {
	if len(group) < 2 {
		return &SettingsError{field, fmt.Sprintf("%d entries, want at least 2", len(group))}
	}
	for i, e := range group {
		if err := checkEntry(e, "synonyms"); err != nil {
			return &SettingsError{fmt.Sprintf("%s[%d]", field, i), err.Error()}
		}
	}
	return nil
}

// checkEntry returns an error if e cannot be an entry of the named list.
func checkEntry(e, list string) error {
	if strings.TrimSpace(e) == "" {
		return errors.New("an empty entry")
	}
	if len(e) > maxEntry {
		return fmt.Errorf("%d bytes, want at most %d", len(e), maxEntry)
	}
	if !strings.ContainsFunc(e, isWordStart) {
		return fmt.Errorf("no letters or digits in %q", e)
	}
	if list != "phrases" {
		return nil
	}
	for _, elem := range strings.Fields(e) {
		for _, alt := range strings.Split(strings.TrimSuffix(elem, "?"), "|") {
			if alt == "" {
				return fmt.Errorf("an empty alternative in %q", elem)
			}
		}
	}
	if elem, _, _ := strings.Cut(e, " "); strings.HasSuffix(elem, "?") {
		return fmt.Errorf("the first element, %q, cannot be optional", elem)
	}
	return nil
}

// Hash returns 16 hexadecimal digits that stand for everything in s that
// changes terms, and for the version of the analysis. The order of entries does
// not matter, but for the first of each group of synonyms.
func (s Settings) Hash() string {
	canonical := struct {
		Version  string
		Lists    map[string]map[string][]string
		Synonyms map[string][][]string
	}{analysisVersion, map[string]map[string][]string{}, map[string][][]string{}}
	for name, m := range s.lists() {
		lists := map[string][]string{}
		for lang, entries := range *m {
			if len(entries) > 0 {
				lists[lang] = union(nil, split(name, entries))
			}
		}
		canonical.Lists[name] = lists
	}
	for lang, groups := range s.Synonyms {
		for _, g := range groups {
			g = slices.Clone(g)
			slices.Sort(g[1:])
			canonical.Synonyms[lang] = append(canonical.Synonyms[lang], g)
		}
		slices.SortFunc(canonical.Synonyms[lang], slices.Compare)
	}
	data, err := json.Marshal(canonical) // maps in order of their keys
	if err != nil {
		panic(err) // strings, and maps and slices of them, always marshal
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:8])
}
