package entry

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// A Sign is a column of a table, or a member of an object, that says who may see
// a work. Its name tells which kind it is: see [SignOf].
type Sign struct {
	Name string // as it is written

	// Strict says that a value that is not known hides the work.
	Strict bool

	// Null says that a blank is written, as null is, rather than left.
	Null bool

	kind  signKind
	hides Status // what a work is that a flag hides
	sure  bool   // the name means nothing else
	plain bool   // what it hides is expected: the notice need not name it
}

type signKind uint8

const (
	words  signKind = iota // a word: "draft", "published"
	shown                  // yes: visitors may see the work
	hidden                 // yes: they may not
	secret                 // a password
)

// A standing is what a word says of a work.
type standing struct {
	status  Status
	planned bool // it is public from its date on
}

// StateOf returns the sign that a column is by whoever reads it, whatever its name is.
func StateOf(name string) Sign { return Sign{Name: name, Strict: true, sure: true, plain: true} }

// SwitchOf returns the sign that a column of dates is if it holds yes and no
// instead.
func SwitchOf(name string) Sign { return Sign{Name: name, kind: shown, hides: Draft, plain: true} }

// SignOf returns the sign that a name stands for in any of several languages and
// spellings; ok is false if it is none.
func SignOf(name string) (s Sign, ok bool) {
	for _, folded := range Names(name) {
		for _, of := range []string{folded, strings.TrimPrefix(folded, "is")} {
			if s, ok = signs()[of]; ok {
				s.Name = name
				return s, true
			}
		}
	}
	return s, false
}

// signs leads from a folded name to its sign.
var signs = sync.OnceValue(func() map[string]Sign {
	m := map[string]Sign{}
	for _, of := range signNames {
		of.sign.Strict = of.sign.sure && of.sign.kind == words
		for name := range strings.FieldsSeq(of.names) {
			m[Fold(name)] = of.sign
		}
	}
	return m
})

// standings leads from a folded word to what it says.
var standings = sync.OnceValue(func() map[string]standing {
	m := map[string]standing{}
	for _, of := range stateWords {
		for word := range strings.FieldsSeq(of.words) {
			m[wordKey(word)] = of.standing
		}
	}
	return m
})

// truths leads from a folded word to yes or no.
var truths = sync.OnceValue(func() map[string]bool {
	m := map[string]bool{}
	for word := range strings.FieldsSeq(yesWords) {
		m[wordKey(word)] = true
	}
	for word := range strings.FieldsSeq(noWords) {
		m[wordKey(word)] = false
	}
	return m
})

// wordKey folds a word; marks that are no letters, and numbers, stay.
func wordKey(word string) string {
	word = strings.TrimRight(strings.TrimSpace(word), "\ufe0f")
	if whole, rest, ok := strings.Cut(strings.Replace(word, ",", ".", 1), "."); ok && (whole == "0" || whole == "1") && strings.Trim(rest, "0") == "" {
		return whole // 1.0, of a program that makes numbers of flags
	}
	if folded := Fold(word); folded != "" && word[0] != '-' {
		return folded
	}
	return word
}

// says returns what a value means; known is false if it means nothing.
func (s Sign) says(value string) (of standing, known bool) {
	if value = strings.TrimSpace(value); value == "" {
		if s.kind == shown && s.sure {
			of.status = s.hides
		}
		return of, true
	}
	key := wordKey(value)
	yes, isFlag := truths()[key]
	switch {
	case isFlag && s.kind == shown && !yes, isFlag && s.kind != shown && s.kind != words && yes, !isFlag && s.kind == secret:
		return standing{status: s.hides}, true
	case isFlag && s.kind == words && !yes:
		return standing{status: Draft}, true
	case isFlag:
		return standing{}, true
	}
	if of, known = standings()[key]; known {
		return of, true
	}
	if _, err := ParseDate(value, DayFirst, nil); err == nil && s.kind == hidden && s.hides == Trashed {
		return standing{status: s.hides}, true // deleted on that day
	}
	return of, false
}

// Fits says whether a column holds what its name says, by its different values:
// "State" may be that of a country, and "Online" where something takes place.
func (s Sign) Fits(values map[string]bool) bool {
	known := 0
	for v := range values {
		if _, ok := s.says(v); ok {
			known++
		}
	}
	switch {
	case s.kind == words && s.sure, s.kind == secret:
		return true
	case s.kind == words, s.sure:
		return known > 0 && known*2 >= len(values)
	}
	return known > 0 && known == len(values)
}

// hardest are the reasons to hide a work; a later one counts before an earlier one.
var hardest = []Status{Public, Unknown, NoIndex, Expired, Protected, Private, Draft, Trashed, NoPage}

// Unknowns is the kind of notices about what is left out because it is not sure
// that it may be shown.
var Unknowns = Kind{One: "row with a status that is not known left out", Many: "rows with a status that is not known left out"}

// Judge takes in what a sign says of the entry: of several, whatever hides it
// counts. The caller ends with Settle.
func (e *Entry) Judge(s Sign, value string) {
	of, known := s.says(value)
	if !known {
		if !s.Strict {
			return
		}
		of.status = Unknown
	}
	e.planned = e.planned || of.planned
	if of.status == e.Status && s.plain && strings.TrimSpace(value) != "" && of.status != Unknown {
		e.why = Notice{} // a word says it plainly
		return
	}
	if slices.Index(hardest, of.status) <= slices.Index(hardest, e.Status) {
		return
	}
	e.Status, e.why = of.status, Notice{}
	switch name := Cut(OneLine(s.Name), 60); {
	case of.status == Unknown:
		e.why = Notice{Kind: Unknowns, Err: Wrong("status", "%q is not known; write published, draft or withdrawn; the row is left out; --map %q takes all rows in, drafts too", value, name+"=")}
	case strings.TrimSpace(value) == "" && !s.Null:
		e.why.Kind = of.status.kind().since(fmt.Sprintf("%q is blank; --map %q", name, name+"=date"))
	case !s.plain && !s.Null:
		e.why.Kind = of.status.kind().since(fmt.Sprintf("%q says so; --map %q", name, name+"="))
	}
}

// since returns the kind with the reason, and what takes back that it is left out.
func (k Kind) since(reason string) Kind {
	return Kind{One: k.One + ", for " + reason + " takes it in", Many: k.Many + ", for " + reason + " takes them in"}
}

// Settle says what follows from the dates of an entry that was judged: what is
// planned for no day is a draft, what was to be taken away is expired, and what
// nobody may see before a day that cannot be read is left out.
func (e *Entry) Settle(o Options) {
	read := func(s string) (Date, bool) {
		d, err := ParseDate(s, o.Order, o.Zone)
		return d, err == nil && strings.TrimSpace(s) != ""
	}
	if no, isFlag := truths()[wordKey(e.Scheduled)]; isFlag && !no {
		e.Scheduled = ""
	}
	_, scheduled := read(e.Scheduled)
	_, published := read(e.Published)
	until, ends := read(e.Expires)
	over := until.Time
	if ends && over.IsZero() {
		over = until.Instant().AddDate(0, 0, 1) // the day counts as a whole
	}
	switch {
	case e.Status != Public:
	case e.planned && !scheduled && !published:
		e.Status = Draft
	case ends && !over.After(o.Time()):
		e.Status = Expired
	case strings.TrimSpace(e.Scheduled) != "" && !scheduled:
		e.Status = Unknown
		e.why = Notice{Kind: Unknowns, Err: Wrong("visibleFrom", "%q is not a date that is understood; the row is left out", e.Scheduled)}
	}
}

// about are words before or behind a name that say what the row is about.
var about = []string{"post", "article", "item", "story", "entry", "node", "page", "news", "wp", "content", "the", "meta", "og", "dc", "field", "artikel", "articulo", "beitrag", "noticia", "articolo"}

// Names returns a name as [Fold] does, and then without a word that says what the
// row is about.
func Names(name string) []string {
	folded := Fold(name)
	all := []string{folded}
	for _, word := range about {
		for _, rest := range []string{strings.TrimPrefix(folded, word), strings.TrimSuffix(folded, word)} {
			if rest != folded && rest != "" {
				all = append(all, rest)
			}
		}
	}
	return all
}

// Fold returns a name in lower case, without accents and with its letters and
// digits alone.
func Fold(name string) string {
	if at := strings.IndexAny(name, "([*"); at > 0 {
		name = name[:at] // Title (required)
	}
	var b strings.Builder
	for _, r := range norm.NFKD.String(strings.ToLower(name)) {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			b.WriteRune(r)
		}
	}
	return b.String()
}
