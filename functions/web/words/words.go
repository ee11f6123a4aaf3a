package words

import (
	"embed"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"

	"golang.org/x/text/language"

	"akin/recommend"
)

// Offered returns those of a site's languages, BCP 47 tags, that the pages speak, in
// its order; English and Spanish where it names none of them. Pages lead to
// each other in these.
func Offered(site []string) []string {
	var out []string
	for _, tag := range site {
		if b := base(tag); spoken(b) && !slices.Contains(out, b) {
			out = append(out, b)
		}
	}
	if len(out) == 0 {
		return []string{"en", "es"}
	}
	return out
}

// Match returns the one of offered, which are languages that the pages speak, that
// suits wanted best, a BCP 47 tag or the value of an Accept-Language header. What
// it does not understand it takes for the first.
func Match(offered []string, wanted string) string {
	tags := make([]language.Tag, len(offered))
	for i, lang := range offered {
		tags[i] = language.Make(lang)
	}
	_, i := language.MatchStrings(language.NewMatcher(tags), wanted)
	return offered[i]
}

// Asked returns the language that an address asks for: any that the pages speak, or
// else what [Match] makes of it.
func Asked(offered []string, tag string) string {
	if b := base(tag); spoken(b) {
		return b
	}
	return Match(offered, tag)
}

func spoken(lang string) bool { _, ok := tongues[lang]; return ok }

//go:embed *.json
var files embed.FS

// A tongue is all that the pages say in one language: a file of this folder,
// such as es.json.
type tongue struct {
	Thousands struct {
		Separator string
		From      int // digits of the least number that is parted
	}
	Day, Month string // a date with and without a day, of {day}, {month}, {year}
	First      string // {day} of the first of a month; empty: 1
	Months     [12]string
	And        string            // before the last of several names
	Types      map[string]string // the commonest kinds of items, by their English names
	Sections   map[string]string // the default sections of topic pages, likewise
	Languages  map[string]string // names of languages, as CLDR has them
	Untelling  string            // words that say nothing of what a work is about, parted by spaces
	Texts      map[string]string // of the pages that readers see
	Editors    map[string]string // of the pages for editors; those that are missing are in English
}

var (
	tongues = map[string]func() *tongue{
		"de": load[tongue]("de.json"), "en": load[tongue]("en.json"), "es": load[tongue]("es.json"), "fr": load[tongue]("fr.json"),
		"it": load[tongue]("it.json"), "nl": load[tongue]("nl.json"), "pt": load[tongue]("pt.json"),
	}
	// ownNames are what languages are called in themselves. The whole of CLDR is
	// 2.6 MB, which a Lambda function that answers readers should not carry.
	ownNames = load[map[string]string]("languages.json")
)

// load decodes a file of this folder when it is first asked for.
func load[T any](name string) func() *T {
	return sync.OnceValue(func() *T {
		b, err := files.ReadFile(name)
		v := new(T)
		if err == nil {
			err = json.Unmarshal(b, v)
		}
		if err != nil {
			panic(err) // the file is part of the program
		}
		return v
	})
}

// of returns what the pages say in lang; in English if they do not speak it.
func of(lang string) *tongue {
	if t, ok := tongues[lang]; ok {
		return t()
	}
	return tongues["en"]()
}

func (t *tongue) text(key string) (string, bool) {
	s, ok := t.Texts[key]
	if !ok {
		s, ok = t.Editors[key]
	}
	return s, ok
}

// In returns the message under key in lang with args in the place of {0},
// {1} and so on. A key that is missing is returned as it is, so that a test
// finds it and a reader still sees something.
func In(lang, key string, args ...string) string {
	s, ok := of(lang).text(key)
	if !ok {
		if s, ok = of("en").text(key); !ok {
			return key
		}
	}
	for i, a := range args {
		s = strings.ReplaceAll(s, "{"+strconv.Itoa(i)+"}", a)
	}
	return s
}

// Count returns the message key+".one" or key+".many" with n in the place
// of {0}, grouped in thousands as the language does.
func Count(lang, key string, n int) string {
	if n == 1 {
		return In(lang, key+".one", "1")
	}
	return In(lang, key+".many", GroupDigits(lang, n))
}

// GroupDigits writes n with thousands apart: 1,234 in English; in Spanish
// 1234 and, from five digits on, 12 345 with a no-break space.
func GroupDigits(lang string, n int) string {
	s, by := strconv.Itoa(n), of(lang).Thousands
	if len(s) < by.From {
		return s
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + by.Separator + s[i:]
	}
	return s
}

// Byline joins the names of authors: "A", "A and B", "A, B and C". Every name
// is printed as it stands, however many there are.
func Byline(lang string, authors []string) string {
	n := len(authors)
	if n < 2 {
		return strings.Join(authors, "")
	}
	last, and := authors[n-1], of(lang).And
	if lang == "es" && soundsLikeI(last) {
		and = " e "
	}
	return strings.Join(authors[:n-1], ", ") + and + last
}

// soundsLikeI tells whether a Spanish name begins with the sound of i, before
// which "y" becomes "e": Isabel, Hidalgo, but not Hierro or Iago's diphthongs.
func soundsLikeI(name string) bool {
	s := strings.TrimPrefix(strings.ToLower(name), "h")
	if r, ok := strings.CutPrefix(s, "í"); ok {
		return r != ""
	}
	r, ok := strings.CutPrefix(s, "i")
	return ok && (r == "" || !strings.ContainsRune("aeouáéóú", []rune(r)[0]))
}

// PrintDate writes an item's date for readers: "March 2024" for "2024-03" and
// "March 26, 2024" for "2024-03-26"; "marzo de 2024" and "26 de marzo de
// 2024" in Spanish. Anything else gives nothing.
func PrintDate(lang, date string) string {
	t := of(lang)
	layout, form := "2006-01-02", t.Day
	if len(date) == len("2006-01") {
		layout, form = "2006-01", t.Month
	}
	d, err := time.Parse(layout, date)
	if err != nil {
		return ""
	}
	day := strconv.Itoa(d.Day())
	if d.Day() == 1 && t.First != "" {
		day = t.First
	}
	return strings.NewReplacer("{day}", day, "{month}", t.Months[d.Month()-1],
		"{year}", strconv.Itoa(d.Year())).Replace(form)
}

// LangName names a language in itself ("Español"), and falls back to the tag.
// Its region and script do not matter.
func LangName(tag string) string {
	name := []rune((*ownNames())[base(tag)])
	if len(name) == 0 {
		return tag
	}
	name[0] = unicode.ToUpper(name[0])
	return string(name)
}

// Named returns the tags of the languages that have a name here, ascending.
func Named() []string { return slices.Sorted(maps.Keys(*ownNames())) }

// LangNameIn names a language for readers of lang ("Spanish", "inglés"), and
// falls back to the tag.
func LangNameIn(lang, tag string) string { return named(of(lang).Languages, base(tag), tag) }

// base is the language of tag without its region and script.
func base(tag string) string {
	t, err := language.Parse(tag)
	if err != nil {
		return ""
	}
	b, _ := t.Base()
	return b.String()
}

// named returns what names has for key; where they have nothing, otherwise.
func named(names map[string]string, key, otherwise string) string {
	if name, ok := names[key]; ok {
		return name
	}
	return otherwise
}

// TypeLabel prints the name of a kind of item. The commonest are translated;
// a site's own stay as they are.
func TypeLabel(lang, t string) string { return named(of(lang).Types, t, t) }

// TypeLabels joins the names of an item's kinds in their order.
func TypeLabels(lang string, types []string) string {
	out := make([]string, len(types))
	for i, t := range types {
		out[i] = TypeLabel(lang, t)
	}
	return strings.Join(out, ", ")
}

// SectionTitle prints a section's title: in lang where the section has it, those
// of the default sections translated, and others as they are.
func SectionTitle(lang string, s recommend.Section) string {
	if title := s.Titles[lang]; title != "" {
		return title
	}
	return named(of(lang).Sections, s.Title, TypeLabel(lang, s.Title))
}

// Telling returns those of the words and phrases of a language that tell what works are
// about, the most telling first: phrases and names, then single words, each in the order
// given.
func Telling(lang string, terms []string) []string {
	var untelling []string
	if lang = base(lang); spoken(lang) {
		untelling = strings.Fields(of(lang).Untelling)
	}
	var named, single []string
	for _, t := range terms {
		switch {
		case slices.Contains(untelling, strings.ToLower(t)):
		case strings.ContainsAny(t, " -") || strings.ContainsFunc(t, unicode.IsUpper):
			named = append(named, t)
		default:
			single = append(single, t)
		}
	}
	return append(named, single...)
}
