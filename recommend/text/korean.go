package text

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Korean writes particles to the word before them, "항구에서" (at the harbour), and
// verbs with many endings. No kept library takes them off without a dictionary;
// the rules here do it well enough for words to meet: a word gives the same stem
// with a particle and without, though not always the one of a dictionary.

// particles of two syllables and more, the longest first. They are taken off
// whatever is left.
var longParticles = longest(`에서부터 으로부터 에게서 한테서 으로서 으로써 이라고 이라는 이라도 이라면 이란 이나마 라고 라는 로부터 로서 로써
	에서 에게 한테 께서 까지 부터 처럼 보다 마다 조차 마저 밖에 으로 이나 이며 이고 이다 입니다 하고 라도 커녕 만큼 대로 같이 뿐만 들이 들은 들을 들의`)

// verbEndings are endings of verbs and of the adjectives that "하다" and "되다" make;
// two syllables at least are left.
var verbEndings = longest(`하였습니다 했습니다 되었습니다 됐습니다 합니다 됩니다 하였다 되었다 했다 됐다 한다 된다 하다 되다 하는 되는 하고 되고 하여 해서 하면
	하기 되기 하며 되며 하지 되지 하게 되게 하려 해야 했던 하던 했고 됐고 하자 하는데 시키다 시킨 한 할 될 함 됨`)

// plainEndings are those of other verbs. One syllable at least is left, two
// before an ending of one: "바다" is the sea.
var plainEndings = longest(`었습니다 았습니다 였습니다 습니다 니다 었다 았다 였다 겠다 는다 다는 다고 었던 았던 지만 면서 으면 으며 으니 어서 아서
	려고 었고 았고 고서 는데 다 고 며`)

func longest(list string) [][]rune {
	var all [][]rune
	for _, w := range strings.Fields(list) {
		all = append(all, []rune(w))
	}
	slices.SortStableFunc(all, func(a, b []rune) int { return len(b) - len(a) })
	return all
}

// shortNouns end with a syllable that is written like a particle and is none.
var shortNouns = func() map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(`휴가 화가 대가 허가 추가 요가 여가 고가 저가 시가 주가 유가 초가 조가 세가 아가 자가 외가 제가 누가 내가 네가 우리가
		종이 놀이 길이 높이 깊이 넓이 먹이 많이 없이 굽이 벌이 풀이 맏이 같이 잎이 손이 기와 도와 뒤에 가을 마을 노을 거의 은은 하는 서는 젊은이 늙은이 어린이`) {
		m[w] = true
	}
	return m
}()

// koreanStem returns the stem of a word. What is not Hangul stays.
func koreanStem(word string) string {
	rs := []rune(word)
	for _, r := range rs {
		if !hangul(r) {
			return word
		}
	}
	for { // "돌아가" of "돌아간다" ends like a noun with a particle, and "돌아가는" has given it up
		n := len(rs)
		if rs = withoutEnding(withoutParticles(rs)); len(rs) == n {
			return string(rs)
		}
	}
}

func hangul(r rune) bool { return r >= 0xac00 && r <= 0xd7a3 }

// coda returns the consonant that a syllable ends with, by its place among the
// 27; 0 if it ends with a vowel.
func coda(r rune) int { return int(r-0xac00) % 28 }

// withoutParticles takes particles off until there is none.
func withoutParticles(rs []rune) []rune {
	for {
		n := particle(rs)
		if n == 0 {
			return rs
		}
		rs = rs[:len(rs)-n]
	}
}

// particle returns how many syllables the particle at the end of rs has; 0: there is
// none. Most particles agree with the sound before them, which tells a
// particle from a syllable of the word.
func particle(rs []rune) int {
	if len(rs) < 2 || shortNouns[string(rs)] {
		return 0
	}
	for _, p := range longParticles {
		if len(rs) > len(p) && endsWith(rs, p) {
			return len(p)
		}
	}
	left := len(rs) - 1
	before := coda(rs[left-1])
	switch rs[left] {
	case '은', '을':
		if before != 0 {
			return 1
		}
	case '는', '를':
		if before == 0 {
			return 1
		}
	case '이':
		if before != 0 {
			return 1
		}
	case '가', '와':
		if before == 0 {
			return 1
		}
	case '에':
		return 1
	case '과':
		if before != 0 && left > 1 {
			return 1
		}
	case '로':
		if (before == 0 || before == 8) && left > 1 { // after ㄹ too
			return 1
		}
	case '의', '도', '만', '들', '께', '랑':
		if left > 1 {
			return 1
		}
	}
	return 0
}

func endsWith(rs, end []rune) bool {
	return len(rs) >= len(end) && slices.Equal(rs[len(rs)-len(end):], end)
}

// withoutEnding takes the ending off a verb.
func withoutEnding(rs []rune) []rune {
	for _, e := range verbEndings {
		if len(rs) >= len(e)+2 && endsWith(rs, e) {
			return rs[:len(rs)-len(e)]
		}
	}
	for _, e := range plainEndings {
		if left := len(rs) - len(e); left > 0 && left+len(e) > 2 && endsWith(rs, e) {
			return present(rs[:left])
		}
	}
	return rs
}

// present returns the stem of a verb, before its ending, without the sign of the
// tense, which is in its last syllable: "고쳤" is "고치", "갔", "간" and "갑" are "가".
func present(rs []rune) []rune {
	const nieun, bieup, ssang = 4, 17, 20 // ㄴ, ㅂ and ㅆ among the final consonants
	last := rs[len(rs)-1]
	initial, vowel := int(last-0xac00)/588, int(last-0xac00)%588/28
	head := slices.Clone(rs[:len(rs)-1])
	switch coda(last) {
	case nieun, bieup:
		return append(head, last-rune(coda(last)))
	case ssang:
	default:
		return rs
	}
	switch {
	case initial == 11 && len(head) > 0 && (vowel == 0 || vowel == 4 || vowel == 6): // 았, 었, 였
		return head
	case vowel == 6: // ㅕ of ㅣ
		vowel = 20
	case vowel == 1 && initial == 18: // 했 of 하
		vowel = 0
	case vowel == 9: // ㅘ of ㅗ
		vowel = 8
	case vowel == 14: // ㅝ of ㅜ
		vowel = 13
	}
	return append(head, rune(0xac00+initial*588+vowel*28))
}

// foreign returns the part before the particles of a word like "AI는" or "NATO의",
// and the whole of any other.
func foreign(t string) string {
	i := strings.IndexFunc(t, hangul)
	if i <= 0 {
		return t
	}
	head, tail := t[:i], []rune(t[i:])
	if last, _ := utf8.DecodeLastRuneInString(head); !unicode.IsLetter(last) && !unicode.IsDigit(last) {
		return t
	}
	for _, r := range tail {
		if !hangul(r) {
			return t
		}
	}
	for len(tail) > 0 {
		n := 0
		for _, p := range longParticles {
			if endsWith(tail, p) {
				n = len(p)
				break
			}
		}
		if n == 0 && strings.ContainsRune("은는이가을를과와의에도만로들", tail[len(tail)-1]) {
			n = 1
		}
		if n == 0 {
			return t
		}
		tail = tail[:len(tail)-n]
	}
	return head
}
