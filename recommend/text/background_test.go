package text

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"flag"
	"maps"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
)

var ranks = flag.String("ranks", "", "write background/general.bin anew from this file of a tokenizer's words; see make background")

// Everyday words are in the table in every language with stems, and what no
// language has is not.
func TestGeneral(t *testing.T) {
	a, err := New(DefaultSettings())
	if err != nil {
		t.Fatal(err)
	}
	for lang, words := range map[string]string{
		"en": "people shape plan narrative leave field", "de": "Regierung Menschen Wasser", "es": "gobierno personas agua",
		"fr": "gouvernement personnes travail", "it": "governo persone acqua", "pt": "governo pessoas trabalho", "nl": "mensen water regering",
		"ru": "человек вода время", "sv": "människor vatten", "da": "mennesker vand", "no": "mennesker vann", "fi": "ihmiset",
		"hu": "ember víz", "ro": "oameni", "tr": "insan", "ar": "الحكومة",
	} {
		for w := range strings.FieldsSeq(words) {
			terms := a.Terms(nil, lang, strings.ToLower(w))
			if len(terms) == 0 {
				t.Errorf("%s: %q gives no term", lang, w)
				continue
			}
			if General(terms[0].Key) == 0 {
				t.Errorf("%s: %q, %s, is not in the table", lang, w, terms[0].Key)
			}
		}
	}
	for _, key := range []string{"en:zyxwvut", "en:rent control", "#heat", ":g20", "", "en:"} {
		if got := General(key); got != 0 {
			t.Errorf("General(%q) = %d, want 0", key, got)
		}
	}
	if people, wedge := General("en:peopl"), General("en:wedg"); people < 8*wedge {
		t.Errorf("people is in %d of 10,000 texts, wedge in %d; want a clear difference", people, wedge)
	}
	if n := len(generalBytes); n > 300_000 {
		t.Errorf("the table takes %d bytes, more than 300,000", n)
	}
}

// Worked by hand: with the rank 1,000 a word comes 2,000,000/1,000^1.1 = 1,002
// times in a million words, so in 1 - e^-0.1 = 9.5 % of the texts; 950 of 10,000 are at
// level 4, which is 500.
func TestLevel(t *testing.T) {
	if got := levelOf(10_000 * generalShare(frequency(1000))); got != 4 || shareOf(got) != 500 {
		t.Errorf("level %d, %d of 10,000", got, shareOf(got))
	}
}

// levelOf is the level nearest below a share in 10,000ths.
func levelOf(share float64) byte {
	level := byte(0)
	for level < 13 && float64(shareOf(level)) > share {
		level++
	}
	return level
}

// frequency is how often a word of a rank comes in a million words.
func frequency(rank int) float64 { return 2e6 / math.Pow(float64(rank), 1.1) }

// generalShare is the share of texts of 100 words with a word of a frequency.
func generalShare(perMillion float64) float64 { return -math.Expm1(-100 * perMillion / 1e6) }

// Makes the table, if it is told from what.
func TestMakeGeneral(t *testing.T) {
	if *ranks == "" {
		t.Skip("no -ranks")
	}
	f, err := os.Open(*ranks)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	words := map[string]int{} // by the first rank in either case
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		_, list, ok := strings.Cut(lines.Text(), `"! `) // the first of several runs of ranks
		for ok {
			at, rest, found := strings.Cut(list, " ")
			rank, err := strconv.Atoi(at)
			if !found || err != nil {
				break
			}
			run, after, more := strings.Cut(rest, "\\n! ")
			run, _, _ = strings.Cut(run, `"`)
			for token := range strings.SplitSeq(run, " ") {
				b, err := base64.StdEncoding.DecodeString(token)
				if err == nil && bytes.HasPrefix(b, []byte(" ")) && len(b) > 2 && !bytes.ContainsFunc(b[1:], func(r rune) bool { return !unicode.IsLetter(r) || r == unicode.ReplacementChar }) {
					w := strings.ToLower(string(b[1:]))
					if _, ok := words[w]; !ok {
						words[w] = rank
					}
				}
				rank++
			}
			list, ok = after, more
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	if len(words) < 50_000 {
		t.Fatalf("%d words in %s, want 50,000 at least", len(words), *ranks)
	}
	a, err := New(DefaultSettings())
	if err != nil {
		t.Fatal(err)
	}
	sums := map[string]float64{}
	for _, w := range slices.Sorted(maps.Keys(words)) { // sums of fractions depend on their order
		stems := map[string]bool{}
		for _, lang := range mayBe(w) {
			for _, term := range a.Terms(nil, lang, w) {
				if stem, ok := strings.CutPrefix(term.Key, lang+":"); ok && term.Kind == Word {
					stems[stem] = true
				}
			}
		}
		for stem := range stems {
			sums[stem] += frequency(words[w])
		}
	}
	levels := map[uint32]byte{}
	for stem, freq := range sums {
		p, level := wordPrint(stem), levelOf(10_000*generalShare(freq))
		if before, ok := levels[p]; !ok || level < before {
			levels[p] = level
		}
	}
	var out []byte
	before := uint32(0)
	for _, p := range slices.Sorted(maps.Keys(levels)) {
		out = binary.AppendUvarint(out, uint64(p-before)<<4|uint64(levels[p]))
		before = p
	}
	t.Logf("%d words, %d terms, %d bytes", len(words), len(levels), len(out))
	if err := os.WriteFile("background/general.bin", out, 0o666); err != nil {
		t.Fatal(err)
	}
}

// mayBe returns languages that a word may be of: all with stems of its script, and
// one that has none.
func mayBe(w string) []string {
	r := []rune(w)[0]
	switch {
	case unicode.Is(unicode.Cyrillic, r):
		return []string{"ru", "uk"}
	case unicode.Is(unicode.Arabic, r):
		return []string{"ar", "fa"}
	case unicode.Is(unicode.Greek, r):
		return []string{"el"}
	case unicode.Is(unicode.Hebrew, r):
		return []string{"he"}
	case unicode.Is(unicode.Latin, r):
		return append(slices.DeleteFunc(stemmed(), func(l string) bool { return !latin(l) }), "pl")
	}
	return nil
}
