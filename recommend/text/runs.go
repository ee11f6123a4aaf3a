package text

import "unicode/utf8"

// Overlap returns the run that a and b make, "移民政策" of "移民政" and "政策": two or more
// characters each, of a script without spaces between words, where b begins with
// the character that a ends with. The terms of such a text are pairs of its
// characters, and overlap so. For all other strings it reports false.
func Overlap(a, b string) (run string, ok bool) {
	if len(a) < 3 || len(b) < 3 || a[0] < 0xe0 || b[0] < 0xe0 {
		return "", false // no script without spaces
	}
	first := cluster(b)
	last := 0
	for i := 0; i < len(a); {
		r, _ := utf8.DecodeRuneInString(a[i:])
		if !pairedScript(r) {
			return "", false
		}
		last = i
		i += cluster(a[i:])
	}
	if last == 0 || first == len(b) || a[last:] != b[:first] {
		return "", false
	}
	return a + b[first:], true
}

// Unspaced reports whether s begins with a character of a script that puts no
// spaces between words.
func Unspaced(s string) bool {
	if s == "" || s[0] < 0xe0 {
		return false
	}
	r, _ := utf8.DecodeRuneInString(s)
	return pairedScript(r)
}
