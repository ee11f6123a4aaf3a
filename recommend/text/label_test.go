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
		{"informe de # de #", "Informe de marzo de 2024|Informe de abril de 2023"},
		{"", ""},
	} {
		for _, s := range strings.Split(tt.in, "|") {
			if got := text.Shape(s); got != tt.want {
				t.Errorf("Shape(%q) = %q, want %q", s, got, tt.want)
			}
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
