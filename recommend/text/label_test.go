package text_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"akin/recommend/text"
)

func TestLabel(t *testing.T) {
	for _, tt := range []struct{ want, in string }{
		{"ferry-ports", "Ferry ports|ferry-ports|FERRY_PORTS| ferry  ports |ferry – ports|Ｆｅｒｒｙ ports|fer\u00adry-ports"},
		{"cafe", "Café|Cafe\u0301|CAFÉ|cafe"},
		{"c++", "C++"},
		{"strasse", "Straße|STRASSE"},
		{"порт", "Порт|ПОРТ"},
		{"", "-|_ _"},
	} {
		for _, s := range strings.Split(tt.in, "|") {
			if got := text.Label(s); got != tt.want {
				t.Errorf("Label(%q) = %q, want %q", s, got, tt.want)
			}
		}
	}
}

func TestLine(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"ports", "ports"},
		{" ports\u00a0and  piers\t", "ports and piers"},
		{"Cafe\u0301 ", "Café"},
		{"R&amp;D <b>", "R&amp;D <b>"},
		{"\ufeffpiers\u200b", "piers"},
	} {
		if got := text.Line(tt.in); got != tt.want {
			t.Errorf("Line(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

func FuzzLabel(f *testing.F) {
	for _, s := range []string{"Ferry_ports", "Cafe\u0301", "𝐅 ①", "\xff–İ", "ﷺ"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		line, label := text.Line(s), text.Label(s)
		if again := text.Line(line); again != line {
			t.Errorf("Line(%q) = %q, and of that %q", s, line, again)
		}
		if !utf8.ValidString(line) && utf8.ValidString(s) || !utf8.ValidString(label) {
			t.Errorf("Line, Label(%q) = %q, %q", s, line, label)
		}
		if got := text.Label(line); got != label {
			t.Errorf("Label(%q) = %q, of its line %q", s, label, got)
		}
	})
}

func TestShape(t *testing.T) {
	for _, tt := range []struct{ want, in string }{
		{"quay notes #", "Quay notes #12|QUAY NOTES 3|Quay notes (March 2024)|Quay notes, 2024-03-01|Quay notes IV|Quay notes: 1.52.0"},
		{"# tide table", "12 March: tide table|Monday, 3 June 2024: Tide table"},
		{"how the march began", "How the march began"},
		{"quay chronicle #", "Quay chronicle I|Quay chronicle II"},
		{"he and i sail", "He and I sail"},
		{"crane manual volume #", "Crane manual, volume A|Crane manual, Volume Two"},
		{"# teil ropes", "Erster Teil: Ropes|Dritter Teil: Ropes"},
		{"two boats", "Two boats"},
		{"港口周报 第 # 期", "港口周报 第3期|港口周报 第十二期"},
		{"港だより第 # 号", "港だより第二号|港だより第12号"},
		{"", ""},
	} {
		for _, s := range strings.Split(tt.in, "|") {
			if got := text.Shape(s); got != tt.want {
				t.Errorf("Shape(%q) = %q, want %q", s, got, tt.want)
			}
		}
	}
}

func TestShapeWords(t *testing.T) {
	for in, want := range map[string]string{
		"Tide table, March 2024: tide": "table tide",
		"港口周报 第3期":                     "口周 周报 期 港口 第",
		"":                             "",
	} {
		if got := strings.Join(text.ShapeWords(in), " "); got != want {
			t.Errorf("ShapeWords(%q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzShape(f *testing.F) {
	for _, s := range []string{"Quay notes #12", "Ⅳ ４", "<b>x</b>&amp;", "\u0301"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		shape := text.Shape(s)
		if strings.Contains(shape, "# #") || strings.TrimSpace(shape) != shape || !utf8.ValidString(shape) {
			t.Errorf("Shape(%q) = %q", s, shape)
		}
	})
}

func TestSaying(t *testing.T) {
	for _, tt := range []struct{ a, b string }{
		{"Boats, for sale!", "boats for sale"},
		{"“Second-hand” boats…", "SECOND HAND BOATS"},
		{"Straße des Mörtels", "strasse des mortels"},
		{"ＡＢＣ-123", "abc 123"},
		{"1,5 boats", "1.5 boats"},
		{"2024–25", "2024/25"},
		{"🚢 Boats", "Boats"},
		{"港口周报", "港口 周报"},
	} {
		if a, b := text.Saying(tt.a), text.Saying(tt.b); a != b || a == "" {
			t.Errorf("%q says %q, %q says %q, want the same", tt.a, a, tt.b, b)
		}
	}
	all := map[string]string{}
	for _, s := range []string{"C", "C++", "C#", "5", "5 %", "5 $", "15", "1.5", "1 5", "порт", "порты", "!", "हिंदी", "हिंद"} {
		if other, ok := all[text.Saying(s)]; ok {
			t.Errorf("%q says what %q says: %q", s, other, text.Saying(s))
		}
		all[text.Saying(s)] = s
	}
}
