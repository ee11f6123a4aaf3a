package text

import (
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

func TestCompatible(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"plain", "plain"},
		{"Größe, naïve, Ελλάδα, район, ที่ดิน", "Größe, naïve, Ελλάδα, район, ที่ดิน"},
		{"𝟐𝟎𝟐𝟐 and ٢٠٢٢ and ۲۰۲۲ and २०२२ and ２０２２", "2022 and 2022 and 2022 and 2022 and 2022"},
		{"Ⅳ Ⅻ", "IV XII"},
		{"CO₂, m², note², №5, 5℃, Akin™", "CO2, m2, note , №5, 5℃, Akin™"},
		{"㈱港", " 株 港"},
		{"ǆ ŀ ĳ ſ", "dž l· ij s"},
		{"한국어", "한국어"},
		{"🚢 ferry", "🚢 ferry"},
	} {
		if got := compatible(tt.in); got != tt.want {
			t.Errorf("compatible(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

func FuzzCompatible(f *testing.F) {
	for _, s := range []string{"𝐅𝐞𝐫𝐫𝐲 ①②㈱", "n\u0305e\u0336t\u0301", "٢٠٢٢ ﷺ ﬁ", "ᄒ\u200cᅡ"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		s = prepare(s, " ")
		got := compatible(s)
		if !utf8.ValidString(got) || !norm.NFC.IsNormalString(got) {
			t.Errorf("compatible(%q) = %q is not composed UTF-8", s, got)
		}
		for _, r := range got {
			if d, ok := digit(r); ok {
				t.Errorf("compatible(%q) = %q keeps a digit of value %c", s, got, d)
			}
		}
	})
}
