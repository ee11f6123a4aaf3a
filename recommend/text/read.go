package text

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/clipperhouse/uax29/v2/words"
)

// A gap is what stands between two tokens.
type gap uint8

const (
	tight    gap = iota // nothing
	blank               // white space
	hyphen              // one hyphen
	amp                 // one ampersand
	apart               // other signs
	sentence            // the end of a sentence
)

// A token is one occurrence of a word.
type token struct {
	w          *word
	start, end int
	gap        gap  // before it
	dash       bool // a dash is part of the gap
}

// A reading is what reading one text needs, and is used again for the next.
type reading struct {
	l      *language
	cache  *cache
	s      string
	tokens []token
	out    []Term
	joint  []joint // which of out are of several words
	buf    []byte  // keys and surfaces of those

	near near // words met lately

	joined string // key of the phrase that is being read, whose pair is no other term
	shouts bool   // most words are in capitals, and they are too many or too long for acronyms
	loud   bool   // most words are in capitals, and they may be acronyms or words
	titled bool   // most words have a capital

	gap     gap  // since the last token
	dash    bool // there is a dash in it
	stopped bool // and a full stop or its like, which white space makes an end
	line    bool // and a line break
}

// A joint is where the key and the surface of a term of several words begin and
// end in the text's buffer. They become strings together, in one allocation.
type joint struct {
	at                         int // in the terms
	key, keyEnd, surface, last int
}

// text appends the terms of s to dst.
func (r *reading) text(dst []Term, l *language, c *cache, s string) []Term {
	r.reset(l, c, s)
	r.read()
	r.judge()
	r.out = dst
	r.emit()
	r.join()
	dst = r.out
	r.reset(nil, nil, "") // keep no text alive
	return dst
}

// reset makes r ready for s, but for the words that it has met lately.
func (r *reading) reset(l *language, c *cache, s string) {
	clear(r.tokens)
	r.l, r.cache, r.s = l, c, s
	r.tokens, r.out, r.joint, r.buf = r.tokens[:0], nil, r.joint[:0], r.buf[:0]
	r.joined, r.shouts, r.loud, r.titled = "", false, false, false
	r.gap, r.dash, r.stopped, r.line = sentence, false, false, false
}

// read cuts the text into tokens, as UAX #29 has it. Runs of ASCII letters and
// digits before most signs are tokens by any of its rules, and are cut off here;
// for the rest it asks the library.
func (r *reading) read() {
	it := words.FromString("")
	for i := 0; i < len(r.s); {
		c := r.s[i]
		if c < utf8.RuneSelf && c != '_' && kinds[c] != kindWord {
			if n := r.address(i); n > 0 {
				i += n
				continue
			}
			r.sign(c, i)
			i++
			continue
		}
		if c|0x20 == 'w' && r.gap != tight && isWWW(r.s[i:]) {
			i += addressLen(r.s[i:])
			r.raise(apart)
			continue
		}
		end := runEnd(r.s, i)
		if end < 0 {
			it.SetText(r.s[i:])
			it.Next()
			end = i + it.End()
		}
		switch w := r.lookUp(i, end); w.class {
		case space:
			r.sign(' ', i)
		case nothing:
			r.sign(w.sign, i)
		case several:
			for _, p := range w.parts {
				if p.class > space {
					r.add(p, i, end)
					r.gap = sentence // their capitals mean nothing
				}
			}
			r.gap = tight
		default:
			r.add(w, i, end)
		}
		i = end
	}
}

// lookUp returns the meaning of the token from i to end.
func (r *reading) lookUp(i, end int) *word {
	if n := end - i; n <= 8 && i+8 <= len(r.s) || n <= nearLength && i+nearLength <= len(r.s) {
		return r.near.word(r.cache, r.l, r.s[i:min(i+nearLength, len(r.s))], n)
	}
	return r.cache.word(r.l, r.s[i:end])
}

// runEnd returns where the run of ASCII letters and digits at i ends, if a token
// ends there without doubt; else -1.
func runEnd(s string, i int) int {
	j := i
	for j < len(s) && kinds[s[j]] == kindWord {
		j++
	}
	if j == len(s) {
		return j
	}
	switch c := s[j]; {
	case j == i || c >= utf8.RuneSelf || c == '_':
		return -1
	case c == '\'' || c == '.' || c == ',' || c == ':' || c == ';':
		if j+1 < len(s) && (s[j+1] >= utf8.RuneSelf || kinds[s[j+1]] == kindWord) {
			return -1
		}
	}
	return j
}

// follows reports whether the last token ends where i is.
func (r *reading) follows(i int) bool {
	return len(r.tokens) > 0 && r.tokens[len(r.tokens)-1].end == i
}

// address returns the length of what goes with the token before the sign at i
// and makes it no word: the rest of a web or mail address, the sign of dollars
// ("US$"). It takes the token back. It returns 0 if there is no such thing.
func (r *reading) address(i int) int {
	n := 0
	switch c := r.s[i]; {
	case !r.follows(i):
		return 0
	case c == ':' && strings.HasPrefix(r.s[i:], "://"), c == '@' && i+1 < len(r.s) && kinds[r.s[i+1]] == kindWord:
		n = addressLen(r.s[i:])
	case c == '$' && r.tokens[len(r.tokens)-1].w.caps:
		n = 1
	default:
		return 0
	}
	r.tokens = r.tokens[:len(r.tokens)-1]
	r.raise(apart)
	return n
}

// isWWW reports whether s starts with "www.".
func isWWW(s string) bool { return len(s) > 4 && strings.EqualFold(s[:4], "www.") }

// addressLen returns the length of the address that s starts with.
func addressLen(s string) int {
	n := strings.IndexFunc(s, func(c rune) bool { return unicode.IsSpace(c) || strings.ContainsRune(`"<>“”`, c) })
	if n < 0 {
		return len(s)
	}
	return n
}

func (r *reading) raise(g gap) { r.gap = max(r.gap, g) }

// sign takes in the sign c, which stands at i.
func (r *reading) sign(c byte, i int) {
	switch c {
	case ' ', '\t', '\v', '\f', '\n', '\r':
		switch {
		case r.stopped, c == '\n' && r.line:
			r.gap = sentence
		case r.gap == hyphen || r.gap == amp:
			r.gap = apart
		default:
			r.raise(blank)
		}
		r.line = r.line || c == '\n'
	case '-', '&':
		switch {
		case r.gap != tight:
			r.dash = r.dash || c == '-'
			r.raise(apart)
		case c == '-':
			r.gap = hyphen
		default:
			r.gap = amp
		}
	case '.':
		if r.follows(i) {
			if w := r.tokens[len(r.tokens)-1].w; w.dotted || w.abbrev || w.single {
				return
			}
		}
		r.stopped = true
		r.raise(apart)
	case '!', '?', ':':
		r.stopped = true
		r.raise(apart)
		if c == '!' && r.s[i] >= utf8.RuneSelf { // scripts that put no space after it
			r.gap = sentence
		}
	case '\'':
		if !r.follows(i) {
			r.raise(apart)
		}
	case '"':
		if r.gap == tight {
			r.gap = apart
		} else {
			r.gap = sentence // what is quoted starts anew
		}
	case '(':
		r.raise(apart)
		if r.s[i] >= utf8.RuneSelf {
			r.gap = sentence
		}
	case '_':
		r.dash = true
		r.raise(apart)
	default:
		r.raise(apart)
	}
}

// add takes in an occurrence of w.
func (r *reading) add(w *word, start, end int) {
	if w.class == paired && r.gap == tight && len(r.tokens) > 0 {
		if last := &r.tokens[len(r.tokens)-1]; last.w.class == paired {
			last.end = end
			return
		}
	}
	r.tokens = append(r.tokens, token{w, start, end, r.gap, r.dash})
	r.gap, r.dash, r.stopped, r.line = tight, false, false, false
}

// judge finds out whether capitals mean anything in the text.
func (r *reading) judge() {
	all, caps, longest := 0, 0, 0
	capital, small, plain := 0, 0, false
	calm := false // a small word is in small letters: "MARC and COBOL" does not shout
	for i := range r.tokens {
		t := &r.tokens[i]
		w := t.w
		if i == 0 && w.letters > 0 && !w.capital && !w.caps {
			plain = true // titles start with a capital
		}
		if w.letters < 2 || w.dotted || w.class == mixed || w.class == number {
			continue
		}
		all++
		if w.caps {
			caps++
			longest = max(longest, int(w.letters))
		} else if w.class == stop {
			calm = calm || !w.capital
		} else if w.class == content {
			if !w.capital && w.letters > 3 {
				small++
			} else if w.capital && t.gap != sentence {
				capital++
			}
		}
	}
	if 2*caps > all {
		r.shouts = longest >= longAcronym || caps > 3
		// "UN, EU" are hardly words; beside a longer one they may be.
		r.loud = !r.shouts && !calm && longest > 2
	}
	r.titled = !plain && capital >= r.l.title && capital >= 2*small
}

// dateline returns how many tokens a dateline at the start takes: "WASHINGTON —",
// "NAIROBI, Kenya, March 3 (Reuters) –".
func (r *reading) dateline() int {
	if r.shouts {
		return 0
	}
	letters, evidence := 0, false
	for i := range min(len(r.tokens), 12) {
		t := r.tokens[i]
		if t.dash {
			if evidence || letters >= 9 || i == 1 && letters >= longAcronym {
				return i
			}
			return 0
		}
		switch w := t.w; {
		case w.caps || w.dotted:
			letters += int(w.letters)
		case i == 0:
			return 0
		case w.date || w.capital && w.class == content:
			evidence = true
		case w.class == number && w.namable:
		default:
			return 0
		}
	}
	return 0
}
