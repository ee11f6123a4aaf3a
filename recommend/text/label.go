package text

import (
	"html"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

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

// Spelling returns what labels have in common that readers take for one, though
// they are no one [Label]: beside what Label passes over, neither spaces between
// words, apostrophes and quotation marks, dots and signs at the ends, "&" for
// "and", the keyboard that Arabic letters came from, nor entities and escapes
// count. "E-Mail" and "email" are one, "Node.js" and "NodeJS", "Arts & Culture"
// and "arts-and-culture"; "C", "C++" and "C#" are three, ".NET" and "net" two,
// and so are "1.5" and "15".
func Spelling(s string) string {
	if plain, err := url.PathUnescape(s); err == nil {
		s = plain
	}
	label := Label(html.UnescapeString(s))
	words := strings.Split(label, "-")
	var b strings.Builder
	last := ' ' // rune written
	for i, w := range words {
		if i > 0 && i < len(words)-1 && ands[w] {
			w = "&"
		}
		for j, r := range w {
			next := ' '
			if j+utf8.RuneLen(r) < len(w) {
				next, _ = utf8.DecodeRuneInString(w[j+utf8.RuneLen(r):])
			}
			switch {
			case r == '.' && (unicode.IsDigit(last) && unicode.IsDigit(next) || j == 0 && unicode.IsLetter(next)):
			case strings.ContainsRune(".'\"`´’‘ʼ“”„«»:;,!?…", r), (r == '#' || r == '@') && b.Len() == 0 && unicode.IsLetter(next):
				continue
			case j == 0 && unicode.IsDigit(r) && unicode.IsDigit(last):
				b.WriteByte('-')
			}
			if to, ok := keyboards[r]; ok {
				r = to
			}
			b.WriteRune(r)
			last = r
		}
	}
	if b.Len() == 0 {
		return label
	}
	return b.String()
}

// Saying returns what two ways to write one sentence have in common: its letters,
// digits and the signs that mean something, as of "C++", "5 %" and "1.5". Case,
// accents, the shape of letters, quotation marks, dashes and what else parts or ends
// words do not count; where two numbers meet, they stay apart.
func Saying(s string) string {
	if !ascii(s) {
		s = fold(strings.ToLower(compatible(Line(s))))
	}
	b := make([]byte, 0, len(s))
	parted, digit := ' ', false // what stands between, and before that
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		i += n
		if r >= 'A' && r <= 'Z' {
			r += 'a' - 'A'
		}
		number := r >= '0' && r <= '9'
		switch {
		case number || r >= 'a' && r <= 'z' || strings.ContainsRune("+#%$€£", r) || r >= utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r)):
			if number && digit && parted != 0 {
				b = utf8.AppendRune(b, parted)
			}
			b = utf8.AppendRune(b, r)
			parted, digit = 0, number
		case parted == 0 && (r == '.' || r == ',') && digit:
			parted = '.'
		default:
			parted = ' '
		}
	}
	return string(b)
}

// ands are words for "and" between two others.
var ands = map[string]bool{"&": true, "+": true, "and": true, "und": true, "et": true, "y": true, "e": true, "og": true, "och": true, "en": true, "и": true, "і": true}

// keyboards are letters for which the keyboards of Persian and Arabic have two signs.
var keyboards = map[rune]rune{'ي': 'ی', 'ى': 'ی', 'ك': 'ک', 'ة': 'ه'}

// Transcribed returns s with letters of German and the Nordic languages as those
// who have no such keys write them: "Öl" as "Oel".
func Transcribed(s string) string { return transcriber.Replace(Line(s)) }

var transcriber = strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "Ä", "Ae", "Ö", "Oe", "Ü", "Ue", "å", "aa", "Å", "Aa", "ø", "oe", "Ø", "Oe")
