package text_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"akin/recommend/text"
)

// checkTerms fails t unless terms keep the promises of text.Term.
func checkTerms(t interface{ Errorf(string, ...any) }, in string, terms []text.Term) {
	for _, term := range terms {
		k := term.Key
		lang, stem, ok := strings.Cut(k, ":")
		switch {
		case !ok || stem == "":
			t.Errorf("Terms(%q): key %q has no stem", in, k)
		case len(k) > 64:
			t.Errorf("Terms(%q): key %q is %d bytes", in, k, len(k))
		case !utf8.ValidString(k) || strings.ContainsFunc(k, unicode.IsControl):
			t.Errorf("Terms(%q): key %q is not printable UTF-8", in, k)
		case lang == "" && (term.Kind == text.Pair):
			t.Errorf("Terms(%q): pair %q is of no language", in, k)
		case term.Surface == "" || len(term.Surface) > 256 || !utf8.ValidString(term.Surface):
			t.Errorf("Terms(%q): key %q has surface %q", in, k, term.Surface)
		case strings.TrimSpace(stem) != stem:
			t.Errorf("Terms(%q): key %q has white space at an end", in, k)
		}
	}
}

var seeds = []string{
	"The U.S.-Mexico border’s public-health rules: COVID-19, Title 42 & the 2022 World Cup (15 percent).",
	"<p>Rents &amp; &lt;b&gt;caps&lt;/b&gt;</p><!-- x --><script>y</script><a href='z'>q",
	"EE.UU. y la Unión Europea, l’État, dell'acqua, İZMİR ǅ ﬁ ２０２２ Ⅳ",
	"移民政策とコーヒー ที่ดิน 한국어 اللاجئون",
	"a\x00b\xff\u200b\u00ad\u202e<<<&#0;&#x110000;&amp;amp;amp;lt;",
	"WASHINGTON, D.C. — https://x.example/a?b=c GlobalCompact_Page_01 C++ .NET R&D",
	"H-1B G-20 non-EU-15 post-2015 x-1.2.3 '’' a'b'c o''clock 1,2;3:4",
}

func FuzzTerms(f *testing.F) {
	for _, s := range seeds {
		f.Add("en", s)
		f.Add("fr", s)
		f.Add("tr", s)
	}
	warm, cold := analyzer(f, ""), analyzer(f, "")
	f.Fuzz(func(t *testing.T, lang, s string) {
		got := warm.Terms(nil, lang, s)
		checkTerms(t, s, got)
		if diff := cmp.Diff(got, cold.Terms(nil, lang, s)); diff != "" {
			t.Errorf("Terms(%q, %q) depends on what was read before:\n%s", lang, s, diff)
		}
		if n := 4*len(s) + 4; len(got) > n {
			t.Errorf("Terms(%q, %q): %d terms", lang, s, len(got))
		}
	})
}

func FuzzPlain(f *testing.F) {
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p := text.Plain(s)
		switch again := text.Plain(p); {
		case again != p:
			t.Errorf("Plain(%q) = %q, but Plain of that = %q", s, p, again)
		case !utf8.ValidString(p):
			t.Errorf("Plain(%q) = %q is not UTF-8", s, p)
		case !norm.NFC.IsNormalString(p):
			t.Errorf("Plain(%q) = %q is not composed", s, p)
		case strings.TrimSpace(p) != p || strings.Contains(p, "  "):
			t.Errorf("Plain(%q) = %q has loose white space", s, p)
		case strings.ContainsFunc(p, unicode.IsControl):
			t.Errorf("Plain(%q) = %q has control characters", s, p)
		}
	})
}

func FuzzDetect(f *testing.F) {
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if a, b := text.Detect(s), text.Detect(s); a != b {
			t.Errorf("Detect(%q) = %q and %q", s, a, b)
		}
	})
}

// What a card shows has the terms of the text that it was made from, but for
// what the ends of paragraphs part.
func TestTermsOfPlain(t *testing.T) {
	a := analyzer(t, "")
	word := rapid.SampledFrom(strings.Fields("rents U.S. City&nbsp;hall <b>public</b>-health caf\u00e9 cafe\u0301 3% " +
		"Title 42 &ldquo;golden &amp; passports&rdquo; (NGOs) e.g. Okoye’s R&amp;D non-profit"))
	rapid.Check(t, func(t *rapid.T) {
		s := strings.Join(rapid.SliceOfN(word, 0, 20).Draw(t, "words"), rapid.SampledFrom([]string{" ", "\u00a0", "  ", "\t"}).Draw(t, "space"))
		if diff := cmp.Diff(a.Terms(nil, "en", s), a.Terms(nil, "en", text.Plain(s))); diff != "" {
			t.Errorf("terms of %q and of its plain form differ:\n%s", s, diff)
		}
	})
}

func TestTermsAppends(t *testing.T) {
	a := analyzer(t, "")
	first := text.Term{Key: "en:first", Surface: "first"}
	got := a.Terms([]text.Term{first}, "en", "rents")
	if len(got) != 2 || got[0] != first || got[1].Key != "en:rent" {
		t.Errorf("Terms appended to one term = %v", got)
	}
}

func TestTermsOfVeryLongWords(t *testing.T) {
	a := analyzer(t, "")
	long := strings.Repeat("abcdefghij", 30)
	for _, s := range []string{
		long, strings.ToUpper(long), long + "-" + long, long + " " + long, "non-" + long, "See " + strings.ToUpper(long[:1]) + long,
		strings.Repeat("é", 300), strings.Repeat("字", 300), strings.Repeat("1", 300), strings.Repeat("a.", 300),
		strings.Repeat("x_", 300), strings.Repeat("Ab", 300), strings.Repeat("a-", 300) + "a", strings.Repeat("q&", 300),
		"Title " + strings.Repeat("1.", 150) + "1", strings.Repeat("\u0301", 300), "C" + strings.Repeat("\u0301", 300),
	} {
		for _, lang := range []string{"en", "ru", "tr", "zh", "abcdefgh"} {
			got := a.Terms(nil, lang, s)
			checkTerms(t, s, got)
		}
	}
	pair := keys(a.Terms(nil, "en", long+" "+long), text.Pair)
	if len(pair) != 1 || len(pair[0]) != 64 {
		t.Errorf("pair of words of 300 letters = %q, want one key of 64 bytes", pair)
	}
}
