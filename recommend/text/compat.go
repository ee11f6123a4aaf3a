package text

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// compatible returns s, which is composed (NFC), with letters and digits of
// another shape in their usual one, so that words typed in any of them meet:
// mathematical, circled, squared, full-width and small-capital letters,
// ligatures, presentation forms, digits of every script. Marks that compose with
// no letter (strokes through it, accents that show the stress) are dropped, and
// so are joiners and variation selectors, which show nothing.
//
// Signs keep their form: "™" is no "TM" at the end of a word, and a raised digit
// after a word is the number of a note.
func compatible(s string) string {
	i := 0
	for i < len(s) {
		if s[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if unusual(r) {
			break
		}
		i += n
	}
	if i == len(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	b.WriteString(s[:i])
	letters := trailingLetters(s[:i])
	for _, r := range s[i:] {
		switch {
		case r < utf8.RuneSelf || !unusual(r):
			b.WriteRune(r)
		default:
			usual(&b, r, letters)
		}
		switch {
		case unicode.IsLetter(r):
			letters++
		case !unicode.IsMark(r):
			letters = 0
		}
	}
	return norm.NFC.String(b.String())
}

// trailingLetters returns how many letters s ends with.
func trailingLetters(s string) int {
	n := 0
	for s != "" {
		r, size := utf8.DecodeLastRuneInString(s)
		if !unicode.IsLetter(r) {
			break
		}
		n++
		s = s[:len(s)-size]
	}
	return n
}

// unusual reports whether [usual] may write r in another form. It errs on the
// side of true, for few characters.
func unusual(r rune) bool {
	switch {
	case r < 0xb2:
		return false
	case r < 0x300:
		return r == '²' || r == '³' || r == '¹' || r == 'ĳ' || r == 'Ĳ' || r == 'ŀ' || r == 'Ŀ' || r == 'ŉ' || r == 'ſ' ||
			r >= 0x1c4 && r <= 0x1cc || r >= 0x1f1 && r <= 0x1f3 || r >= 0x250 && capitals[r] != 0 || r >= 0x2b0 && r <= 0x2b8 || r >= 0x2e0 && r <= 0x2e4
	case r < 0x370: // marks that composed with nothing
		return true
	case r < 0x590:
		return false
	case r < 0x2000:
		return r == 0x5f3 || r == 0x5f4 || r == 0x61c || r == 0x640 || r >= 0x1d00 && r < 0x1dc0 || r >= 0x660 && unicode.IsDigit(r)
	case r < 0x2c80:
		return r >= 0x200c && r <= 0x200f || r >= 0x2061 && r <= 0x206f || r >= 0x2070 && r <= 0x209c || r >= 0x20d0 && r <= 0x20ff ||
			r >= 0x2102 && r <= 0x2149 || r >= 0x2160 && r <= 0x217f || r >= 0x2460 && r <= 0x24ff || r == 0x2c7c || r == 0x2c7d
	case r < 0xa700:
		return r >= 0x3131 && r <= 0x318e || r >= 0x3200 && r <= 0x33ff
	case r < 0xfb00:
		return r < 0xa800 && capitals[r] != 0 || r >= 0xa800 && r < 0xac00 && unicode.IsDigit(r)
	}
	return r <= 0xfdff || r >= 0xfe00 && r <= 0xfe0f || r >= 0xfe20 && r <= 0xfeff || r >= 0xff10 && r <= 0xffdc || r > 0xffff
}

// usual writes r in its usual form. It follows so many letters.
func usual(b *strings.Builder, r rune, letters int) {
	if to := capitals[r]; to != 0 {
		b.WriteRune(to)
		return
	}
	if d, ok := digit(r); ok {
		b.WriteRune(d)
		return
	}
	switch {
	case r == 0x640, // stretches Arabic words
		r >= 0x300 && r < 0x370, r >= 0x20d0 && r <= 0x20ff, r >= 0xfe20 && r <= 0xfe2f,
		r == 0x61c, r >= 0x200c && r <= 0x200f, r >= 0x2061 && r <= 0x206f,
		r >= 0xfe00 && r <= 0xfe0f, r >= 0xe0000 && r <= 0xe0fff:
	case r == 0x5f3: // the geresh and the gershayim of Hebrew
		b.WriteByte('\'')
	case r == 0x5f4:
		b.WriteByte('"')
	case r == '²' || r == '³' || r == '¹' || r == 0x2070 || r >= 0x2074 && r <= 0x2079:
		if letters > 2 {
			b.WriteByte(' ')
			return
		}
		b.WriteString(norm.NFKC.String(string(r)))
	case r >= 0x2102 && r <= 0x2149 && !unicode.IsLetter(r): // "№", "™", "℃"
		b.WriteRune(r)
	case r >= 0x1f170 && r <= 0x1f189: // white letters in black squares
		b.WriteRune('A' + r - 0x1f170)
	case r >= 0x1f150 && r <= 0x1f169: // and in black circles
		b.WriteRune('A' + r - 0x1f150)
	case enclosed(r) && !enclosedLetter(r): // "①", "㈱", "⒛": a sign, and what it says
		b.WriteByte(' ')
		for _, c := range norm.NFKC.String(string(r)) {
			if isWordRune(c) {
				b.WriteRune(c)
			}
		}
		b.WriteByte(' ')
	default:
		b.WriteString(norm.NFKC.String(string(r)))
	}
}

func enclosed(r rune) bool {
	return r >= 0x2460 && r <= 0x24ff || r >= 0x3200 && r <= 0x32ff || r >= 0x1f100 && r <= 0x1f2ff
}

// enclosedLetter reports whether r is one Latin letter in a circle or a square.
func enclosedLetter(r rune) bool {
	return r >= 0x24b6 && r <= 0x24e9 || r >= 0x1f130 && r <= 0x1f149
}

// digit returns the ASCII digit of the value of r, if r is another digit.
func digit(r rune) (d rune, ok bool) {
	if r < 0x660 || !unicode.IsDigit(r) {
		return 0, false
	}
	// Digits stand in rows from zero to nine, and ranges are whole rows.
	for _, in := range unicode.Nd.R16 {
		if uint32(r) <= uint32(in.Hi) {
			return '0' + (r-rune(in.Lo))%10, true
		}
	}
	for _, in := range unicode.Nd.R32 {
		if uint32(r) <= in.Hi {
			return '0' + (r-rune(in.Lo))%10, true
		}
	}
	return 0, false
}

// capitals are letters in the shape of small capitals, which Unicode takes for
// letters of their own, and the ordinary ones.
var capitals = func() map[rune]rune {
	m := map[rune]rune{}
	from := []rune("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘꞯʀꜱᴛᴜᴠᴡʏᴢ")
	to := []rune("abcdefghijklmnopqrstuvwyz")
	for i, r := range from {
		m[r] = to[i]
	}
	return m
}()
