package text

import "testing"

func FuzzKoreanStem(f *testing.F) {
	for _, s := range []string{"어항에서", "고쳤다", "어부에게도", "하는", "가가가", "다다", "ab한"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		stem := koreanStem(s)
		if s != "" && stem == "" {
			t.Errorf("koreanStem(%q) is empty", s)
		}
		if again := koreanStem(stem); again != stem {
			t.Errorf("koreanStem(%q) = %q, and of that %q", s, stem, again)
		}
		if len(foreign(s)) > len(s) || s != "" && foreign(s) == "" {
			t.Errorf("foreign(%q) = %q", s, foreign(s))
		}
	})
}
