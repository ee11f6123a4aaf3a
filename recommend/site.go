package recommend

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"akin/recommend/text"
)

// A Site is what a website says of itself. What it says is one JSON object,
// which docs/settings.md describes.
type Site struct {
	Name       string   // for pages and feeds; empty: unknown
	Address    string   // where the website is, http or https; empty: unknown
	OwnPages   int      // 1: akin's pages are the website's own; 0: a work is read at its address, where it has one
	Parameters []string // of addresses, in lower case, that say nothing of the page; a * at the end stands for any rest, a hyphen before one for one that does
	Slashes    int      // 1: an address with a slash at the end is that of another page than the one without
	Fragments  int      // 1: addresses that differ in what follows # are those of several pages
	Lists      Lists    // of readers, which hold at once
	Settings   Settings
}

const (
	// MaxSettings is how many bytes the settings of a site may have as JSON.
	MaxSettings = 128 << 10
	// MaxSiteName is how many bytes the name of a site may have.
	MaxSiteName = 200
	// maxParameters is how many parameters a site may name, and maxParameter how
	// many bytes each may have.
	maxParameters = 64
	maxParameter  = 100
	// maxLanguages is how many languages a site may name.
	maxLanguages = 64
)

// DefaultSite returns a site that has said nothing.
func DefaultSite() Site { return Site{Lists: DefaultLists(), Settings: DefaultSettings()} }

// A setting is one value of a site's settings.
type setting struct {
	path string // names of objects and of the value in the last one, parted by full stops
	to   any    // *string, *[]string, *[]Boost, *[]AgeLimit, *int, *float64, *Millionths or *time.Duration
	min  float64
	max  float64
}

// settings returns all but the lists of text, in the order of the page.
func (s *Site) settings() []setting {
	o := &s.Settings
	year := (10 * 365 * 24 * time.Hour).Seconds()
	return []setting{
		{"name", &s.Name, 0, MaxSiteName},
		{"address", &s.Address, 0, MaxURL},
		{"ownPages", &s.OwnPages, 0, 1},
		{"languages", &o.Languages, 0, maxLanguages},
		{"parameters", &s.Parameters, 0, maxParameters},
		{"slashes", &s.Slashes, 0, 1},
		{"fragments", &s.Fragments, 0, 1},
		{"lists.share", &s.Lists.Share, 0, 1},
		{"lists.exposure", &s.Lists.Exposure, 0, 0.9},
		{"lists.popular", &s.Lists.Popular, 0, 1},
		{"lists.boosts", &s.Lists.Boosts, 0, MaxBoosts},
		{"lists.maxAge", &s.Lists.MaxAge, 0, maxAgeLimits},
		{"k", &o.K, 10, MaxCandidates},
		{"odds", &o.Odds, 0, 1000},
		{"minScore", &o.MinScore, 0, 1},
		{"fields.title", &o.Fields.Title, 0, 10},
		{"fields.summary", &o.Fields.Summary, 0, 10},
		{"fields.body", &o.Fields.Body, 0, 10},
		{"fields.alt", &o.Fields.Alt, 0, 10},
		{"kinds.word", &o.Kinds.Word, 0, 10},
		{"kinds.compound", &o.Kinds.Compound, 0, 10},
		{"kinds.pair", &o.Kinds.Pair, 0, 10},
		{"kinds.name", &o.Kinds.Name, 0, 10},
		{"kinds.acronym", &o.Kinds.Acronym, 0, 10},
		{"kinds.number", &o.Kinds.Number, 0, 10},
		{"kinds.topic", &o.Kinds.Topic, 0, 10},
		{"kinds.author", &o.Kinds.Author, 0, 10},
		{"weights.rarity", &o.Weights.Rarity, 0.1, 2},
		{"weights.general", &o.Weights.General, 0, 1_000_000},
		{"weights.slope", &o.Weights.Slope, 0.75, 1},
		{"weights.nearness", &o.Weights.Nearness, 0, 1},
		{"weights.nearnessDays", &o.Weights.NearnessDays, 1, 10_000},
		{"gates.filled", &o.Gates.Filled, 0, 10},
		{"gates.length", &o.Gates.Length, 0, 10},
		{"gates.change", &o.Gates.Change, 0, 10},
		{"gates.judged", &o.Gates.Judged, 0, 1},
		{"gates.corpus", &o.Gates.Corpus, 0, 10},
		{"stale.waiting", &o.Stale.Waiting, 0, year},
		{"stale.age", &o.Stale.Age, 0, year},
		{"stale.changed", &o.Stale.Changed, 0, 10},
	}
}

// Change returns s with what b says of it: a JSON object of the settings of a
// site. What it does not name, and what is null, stays as s has it; lists of text
// are added to as [text.Settings.Change] says. Where b is not JSON, the error is
// a [*SyntaxError]; one field that is unknown, given twice or out of its bounds
// is an [*InvalidError] that names it.
func (s Site) Change(b []byte) (Site, error) {
	said, err := readTree(b)
	if err != nil {
		return Site{}, err
	}
	s.Settings.Languages = slices.Clone(s.Settings.Languages)
	if err := s.change("", said); err != nil {
		return Site{}, err
	}
	if words, ok := said["text"].(map[string]any); ok {
		s.Settings.Text, err = s.Settings.Text.Change(words)
		var wrong *text.SettingsError
		if errors.As(err, &wrong) {
			return Site{}, &InvalidError{"text." + wrong.Field, wrong.Reason}
		}
		if err != nil {
			return Site{}, err
		}
	}
	return s, nil
}

// change sets what an object says; path, with a full stop at its end, is where
// the object stands.
func (s *Site) change(path string, said map[string]any) error {
	all := s.settings()
	for _, name := range slices.Sorted(maps.Keys(said)) {
		field := path + name
		object := field == "text" || slices.ContainsFunc(all, func(t setting) bool { return strings.HasPrefix(t.path, field+".") })
		at := slices.IndexFunc(all, func(t setting) bool { return t.path == field })
		if at < 0 && !object || strings.Contains(name, ".") {
			for _, t := range all {
				if strings.EqualFold(t.path, field) {
					return Invalid(field, "unknown field; write it %s", t.path)
				}
			}
			return &InvalidError{field, "unknown field"}
		}
		v := said[name]
		if v == nil {
			continue
		}
		if !object {
			if err := all[at].set(v); err != nil {
				return err
			}
			continue
		}
		within, ok := v.(map[string]any)
		if !ok {
			return &InvalidError{field, "must be an object"}
		}
		if field == "text" {
			continue
		}
		if err := s.change(field+".", within); err != nil {
			return err
		}
	}
	return nil
}

// set checks and takes a value.
func (t setting) set(v any) error {
	wrong := func(want string) error { return &InvalidError{t.path, "must be " + want} }
	switch to := t.to.(type) {
	case *string:
		s, ok := v.(string)
		if !ok {
			return wrong("a string")
		}
		if err := CheckText(t.path, s, int(t.max)); err != nil {
			return err
		}
		if t.path == "address" && s != "" {
			if _, err := SiteAddress(s); err != nil {
				return &InvalidError{t.path, err.Error()}
			}
		}
		*to = s
	case *[]string:
		list, ok := v.([]any)
		if !ok {
			return wrong("an array of strings")
		}
		if len(list) > int(t.max) {
			return Invalid(t.path, "has %d entries, more than %d", len(list), int(t.max))
		}
		*to = nil
		for i, v := range list {
			field := fmt.Sprintf("%s[%d]", t.path, i)
			entry, ok := v.(string)
			if !ok {
				return &InvalidError{field, "must be a string"}
			}
			if entry == "" {
				return &InvalidError{field, "is empty"}
			}
			entry, err := listEntry(t.path, field, entry)
			if err != nil {
				return err
			}
			*to = append(*to, entry)
		}
	case *[]Boost:
		return setObjects(t, v, to, readBoost)
	case *[]AgeLimit:
		return setObjects(t, v, to, readAgeLimit)
	case *int:
		n, err := t.number(v)
		if err == nil && n != math.Trunc(n) {
			err = wrong("a whole number")
		}
		*to = int(n)
		return err
	case *float64:
		n, err := t.number(v)
		*to = n
		return err
	case *Millionths:
		n, err := t.number(v)
		*to = Millionths(math.Round(n * 1e6))
		return err
	case *time.Duration:
		d, err := t.duration(v)
		*to = d
		return err
	}
	return nil
}

// listEntry checks an entry of the list at path, and returns its canonical form.
func listEntry(path, field, entry string) (string, error) {
	if path == "languages" {
		return CanonicalLang(entry), CheckLang(field, entry)
	}
	if err := CheckText(field, entry, maxParameter); err != nil {
		return "", err
	}
	if name := strings.TrimPrefix(strings.TrimSuffix(entry, "*"), "-"); name == "" || strings.ContainsAny(name, "*?&=#/ ") {
		return "", &InvalidError{field, "must be the name of a parameter, as from or x_*, or as -from one that names pages"}
	}
	return strings.ToLower(entry), nil
}

func (t setting) number(v any) (float64, error) {
	n, ok := v.(json.Number)
	if !ok {
		return 0, &InvalidError{t.path, "must be a number"}
	}
	f, err := n.Float64()
	if err != nil || f < t.min || f > t.max {
		return 0, Invalid(t.path, "%s is not from %v to %v", n, t.min, t.max)
	}
	return f, nil
}

// duration reads a duration as package time writes it; a number is
// nanoseconds, as settings files had it.
func (t setting) duration(v any) (time.Duration, error) {
	var d time.Duration
	var err error
	switch v := v.(type) {
	case string:
		d, err = time.ParseDuration(v)
	case json.Number:
		var n int64
		n, err = v.Int64()
		d = time.Duration(n)
	default:
		err = errors.New("neither")
	}
	if err != nil {
		return 0, &InvalidError{t.path, `must be a duration in hours, minutes and seconds, as "720h" or "1m30s"`}
	}
	if d < 0 || d.Seconds() > t.max {
		return 0, &InvalidError{t.path, "is not from 0 to 10 years"}
	}
	return d, nil
}

// Said returns everything that s has but the lists of text, as [Site.Change]
// reads it.
func (s Site) Said() map[string]any {
	all := map[string]any{}
	for _, t := range s.settings() {
		in, name := all, t.path
		if object, member, nested := strings.Cut(t.path, "."); nested {
			if all[object] == nil {
				all[object] = map[string]any{}
			}
			in, name = all[object].(map[string]any), member
		}
		switch from := t.to.(type) {
		case *string:
			in[name] = *from
		case *[]string:
			in[name] = append([]string{}, *from...)
		case *[]Boost:
			in[name] = saidObjects(*from, (*Boost).members)
		case *[]AgeLimit:
			in[name] = saidObjects(*from, (*AgeLimit).members)
		case *int:
			in[name] = *from
		case *float64:
			in[name] = *from
		case *Millionths:
			in[name] = float64(*from) / 1e6
		case *time.Duration:
			in[name] = from.String()
		}
	}
	return all
}

// SiteAddress parses the address of a website.
func SiteAddress(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, errors.New("want an address like https://example.org")
	}
	return u, nil
}

// CanonicalSettings returns the settings in b with their names in order and no
// white space, so that equal ones are equal bytes. It checks no more of them than
// that they are one object without names that come twice.
func CanonicalSettings(b []byte) ([]byte, error) {
	said, err := readTree(b)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(said); err != nil {
		return nil, err
	}
	return bytes.TrimSpace(out.Bytes()), nil
}

// readTree reads one JSON object, in which no name comes twice.
func readTree(b []byte) (map[string]any, error) {
	if len(b) > MaxSettings {
		return nil, Invalid("settings", "has %d bytes, more than %d", len(b), MaxSettings)
	}
	var raw json.RawMessage
	if err := json.Unmarshal(b, &raw); err != nil {
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			return nil, syntaxError(b, syntax)
		}
		return nil, err
	}
	if !utf8.Valid(b) {
		return nil, &InvalidError{"settings", "must be text in UTF-8"}
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	v, err := readValue(d, "")
	if err != nil {
		return nil, err
	}
	said, ok := v.(map[string]any)
	if !ok {
		return nil, &InvalidError{"settings", "must be a JSON object"}
	}
	return said, nil
}

// readValue reads a value of JSON that is known to be sound.
func readValue(d *json.Decoder, path string) (any, error) {
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch token {
	case json.Delim('{'):
		object := map[string]any{}
		for d.More() {
			token, err := d.Token()
			if err != nil {
				return nil, err
			}
			name := token.(string)
			if _, twice := object[name]; twice {
				return nil, &InvalidError{path + name, "is given twice"}
			}
			if object[name], err = readValue(d, path+name+"."); err != nil {
				return nil, err
			}
		}
		_, err = d.Token()
		return object, err
	case json.Delim('['):
		list := []any{}
		for d.More() {
			v, err := readValue(d, fmt.Sprintf("%s[%d].", strings.TrimSuffix(path, "."), len(list)))
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err = d.Token()
		return list, err
	}
	return token, nil
}
