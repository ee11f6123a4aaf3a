package text

import (
	"strings"

	"golang.org/x/text/unicode/norm"
)

// Line returns s as a name on one line: composed (NFC), without signs that show
// nothing, every run of white space one space, none at the ends. Tags and
// entities stay, unlike with [Plain]. Line(Line(s)) is Line(s).
func Line(s string) string {
	if ascii(s) {
		return foldSpace(s)
	}
	return foldSpace(visible(norm.NFC.String(visible(s))))
}

// Label returns what the spellings of one label have in common: "Harbour Towns",
// "harbour-towns" and "HARBOUR_TOWNS" are "harbour-towns". Case, accents, the shape of
// letters and the signs between words do not count; signs within, as of "c++",
// do. It returns "" only for a label of nothing but such signs.
func Label(s string) string {
	s = fold(strings.ToLower(compatible(Line(s))))
	if !strings.ContainsAny(s, " _-‐‑–") {
		return s
	}
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(" _-‐‑–", r) }), "-")
}
