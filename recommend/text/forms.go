package text

import "strings"

// formOf returns the function that brings the words of a base language, in lower
// case, into the one spelling that they are looked up and stemmed by: for scripts
// where marks and letters come in several kinds and none of them tells words
// apart. It returns nil for languages whose spelling is one.
func formOf(lang string) func(string) string {
	switch lang {
	case "el":
		return greek
	case "ar":
		return arabicForm
	case "fa":
		return persian
	case "ur":
		return persianLetters
	case "he", "yi":
		return hebrew
	case "uk", "be", "ru":
		return cyrillic
	case "ca":
		return func(s string) string { return strings.ReplaceAll(s, "·", "") } // "col·laborar"
	}
	return nil
}

// greek drops accents, which capitals lack, and makes final sigma an ordinary one.
func greek(s string) string { return fold(s) }

// cyrillic writes "ё" as "е" and "ґ" as "г", as many do.
func cyrillic(s string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case 'ё':
			return 'е'
		case 'ґ':
			return 'г'
		}
		return r
	}, s)
}

// pointed reports whether r is a vowel point or the like, or stretches a word.
func pointed(r rune) bool {
	return r >= 0x591 && r <= 0x5c7 && r != 0x5be || r >= 0x610 && r <= 0x61a || r >= 0x64b && r <= 0x65f || r == 0x670 ||
		r >= 0x6d6 && r <= 0x6ed || r == 0x640
}

// hebrew drops points, and the signs within an abbreviation.
func hebrew(s string) string {
	return strings.Map(func(r rune) rune {
		if pointed(r) || r == '"' || r == '״' || r == '׳' {
			return -1
		}
		return r
	}, s)
}

// arabicForm drops points and writes the letters that keyboards of other
// languages have in their stead.
func arabicForm(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case pointed(r):
			return -1
		case r == 'ک':
			return 'ك'
		case r == 'ی':
			return 'ي'
		case r == 'ٱ':
			return 'ا'
		}
		return r
	}, s)
}

// persianLetters drops points and writes the letters that Arabic keyboards have
// as Persian has them.
func persianLetters(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case pointed(r):
			return -1
		case r == 'ك':
			return 'ک'
		case r == 'ي', r == 'ى', r == 'ئ':
			return 'ی'
		case r == 'ة', r == 'ۀ':
			return 'ه'
		case r == 'أ', r == 'إ', r == 'ٱ', r == 'آ':
			return 'ا'
		case r == 'ؤ':
			return 'و'
		}
		return r
	}, s)
}

// persian is persianLetters without the endings of the plural, which are written
// to the word, with a joiner that shows nothing, or apart; and without the "می" that
// a joiner parts from its verb.
func persian(s string) string {
	s = persianLetters(s)
	for _, end := range []string{"هایی", "هایم", "هایت", "هایش", "های", "ها"} {
		if rest, ok := strings.CutSuffix(s, end); ok && len(rest) >= 6 { // three letters
			return rest
		}
	}
	return s
}
