package entry

import (
	"net/http"
	"strings"
	"testing"
)

func TestPageInItsEncoding(t *testing.T) {
	for _, tt := range []struct{ name, header, head, text, want string }{
		{"the header", "text/html; charset=windows-1251", "<meta charset=utf-8>", "\xcf\xee\xf0\xf2", "Порт"},
		{"a header that is written badly", "text/html;; charset='koi8-r'", "", "\xf0\xcf\xd2\xd4", "Порт"},
		{"meta", "text/html", `<meta charset="Shift_JIS">`, "\x8d\x60", "港"},
		{"meta of old", "text/html", `<meta http-equiv="Content-Type" content="text/html; charset=iso-8859-2">`, "\xb1", "ą"},
		{"a late meta", "text/html", "<!--" + strings.Repeat("x", 3000) + "--><meta charset=windows-1251>", "\xcf\xee\xf0\xf2", "Порт"},
		{"XHTML", "application/xhtml+xml", "", "<?xml version='1.0' encoding='iso-8859-2'?>\xb1", "<?xml version='1.0' encoding='iso-8859-2'?>ą"},
		{"an unknown header, then meta", "text/html; charset=none", "<meta charset=windows-1251>", "\xcf\xee\xf0\xf2", "Порт"},
		{"a header that is wrong, then meta", "text/html; charset=utf-8", "<meta charset=windows-1251>", "\xcf\xee\xf0\xf2", "Порт"},
		{"UTF-8, whatever is said", "text/html; charset=iso-8859-1", "<meta charset=iso-8859-1>", "Café", "Café"},
		{"a mark, whatever is said", "text/html; charset=iso-8859-1", "", "\ufeffCafé", "Café"},
		{"a mark of UTF-16", "text/html; charset=utf-8", "", "\xff\xfeC\x00\xe9\x00", "Cé"},
		{"a mark of UTF-16, the other way round", "text/html", "", "\xfe\xff\x00C\x00\xe9", "Cé"},
		{"letters that look like ASCII", "text/html; charset=iso-2022-jp", "", "\x1b$B9A\x1b(B", "港"},
		{"one wrong byte in UTF-8", "text/html; charset=iso-8859-1", "", "Café, crème \xe9", "Café, crème \ufffd"},
		{"not what it is said to be", "text/html; charset=utf-8", "<meta charset=utf-8>", "\x93Caf\xe9\x94", "“Café”"},
		{"nothing said", "text/html", "", "Caf\xe9", "Café"},
		{"nothing at all", "", "", "", ""},
	} {
		header := http.Header{"Content-Type": {tt.header}}
		got := string(Page([]byte(tt.head+tt.text), header))
		if rest, ok := strings.CutPrefix(got, tt.head); !ok || rest != tt.want {
			t.Errorf("%s: %q is read as %q, want %q", tt.name, tt.text, got, tt.want)
		}
	}
}

func FuzzPage(f *testing.F) {
	f.Add([]byte("<meta charset=iso-2022-jp>\x1b$B9A"), "text/html; charset=gbk")
	f.Fuzz(func(t *testing.T, data []byte, kind string) {
		if text := Page(data, http.Header{"Content-Type": {kind}}); !strings.Contains(kind, "2022") && len(text) > 4*len(data)+8 {
			t.Errorf("%d bytes became %d", len(data), len(text))
		}
	})
}
