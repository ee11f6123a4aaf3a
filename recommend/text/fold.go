package text

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// BaseLanguage returns the base language of a BCP 47 tag, in lower case and by
// its current code; "und" if tag names none.
func BaseLanguage(tag string) string {
	n := strings.IndexAny(tag, "-_")
	if n < 0 {
		n = len(tag)
	}
	if n < 2 || n > 8 {
		return "und"
	}
	for i := range n {
		if !isLetter(tag[i]) {
			return "und"
		}
	}
	switch lang := strings.ToLower(tag[:n]); lang {
	case "nb", "nn":
		return "no"
	case "iw":
		return "he"
	case "in":
		return "id"
	default:
		return lang
	}
}

// turkic reports whether the language has an i with a dot and one without.
func (l *language) turkic() bool { return l.code == "tr" || l.code == "az" }

// lower returns s in lower case as the language writes it.
func (l *language) lower(s string) string {
	if l.turkic() {
		return strings.ToLowerSpecial(unicode.TurkishCase, s)
	}
	return strings.ToLower(s)
}

// fold returns s, which is in lower case, without accents, ligatures and
// differences of width: what matching goes by.
func fold(s string) string {
	if ascii(s) {
		return s
	}
	var b strings.Builder
	var last rune
	for _, r := range norm.NFKD.String(s) {
		breve := r == 0x306 && last == 'и' // й is a letter, not an accented и
		last = r
		switch {
		case r >= 0x300 && r <= 0x36f && !breve, // the accents of Latin, Greek and Cyrillic
			r >= 0x591 && r <= 0x5c7, // the points of Hebrew
			r >= 0x64b && r <= 0x65f: // the points of Arabic
			continue
		}
		if to, ok := letters[r]; ok {
			b.WriteString(to)
		} else {
			b.WriteRune(r)
		}
	}
	if folded := strings.TrimSpace(norm.NFC.String(b.String())); folded != "" {
		return folded
	}
	return s // nothing but what folding drops
}

// letters are those that Unicode does not take apart.
var letters = map[rune]string{
	'ß': "ss", 'æ': "ae", 'œ': "oe", 'ø': "o", 'ł': "l", 'đ': "d", 'ð': "d", 'þ': "th", 'ı': "i", 'ħ': "h",
	'ŋ': "n", 'ґ': "г", 'ŧ': "t", 'ĸ': "k", 'ς': "σ", 'ـ': "", // the last stretches Arabic words
}

func ascii(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// cut returns the first n bytes of s, or fewer where a rune would be cut.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// straight returns s with every kind of apostrophe as "'".
func straight(s string) string {
	if ascii(s) {
		return s
	}
	return strings.Map(func(r rune) rune {
		switch r {
		case '’', '‘', 'ʼ', '＇', '‛':
			return '\''
		}
		return r
	}, s)
}

func isWordRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) }

// pairedScript reports whether r belongs to a script that puts no spaces
// between words, so that pairs of its characters are the terms.
func pairedScript(r rune) bool {
	if r < 0xe00 {
		return false
	}
	if r == 'ー' || r == 'ｰ' {
		return true
	}
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer,
		unicode.Myanmar)
}
