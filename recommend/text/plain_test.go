package text_test

import (
	"strings"
	"testing"
	"time"

	"akin/recommend/text"
)

func TestPlain(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"nothing", "", ""},
		{"text stays", "Rents rise; cities’ “answers”", "Rents rise; cities’ “answers”"},
		{"tags go", `<p class="a">Rents <em>rise</em></p>`, "Rents rise"},
		{"a paragraph is a space, emphasis is not", "<p>one</p><p>two</p>th<b>ree</b><br/>four", "one two three four"},
		{"comments, scripts and styles go", "a<!-- b > c -->d <script>if (a < b) {}</script>e<STYLE>x</STYLE > f", "ad e f"},
		{"a script that never ends takes the rest", "a <script>b", "a"},
		{"attributes may hold any sign", `a<img alt="x > y" title='"'>b`, "a b"},
		{"a quote that never closes ends with its tag", `a <a title="b>c</a> d`, "a c d"},
		{"entities are decoded", "R&amp;D &lt; &#8364;5 &eacute;t&eacute; &#x2014;", "R&D < €5 été —"},
		{"entities that are none stay", "AT&T &nosuch; &; &#; Q&A", "AT&T &nosuch; &; &#; Q&A"},
		{"an entity without semicolon stays", "food&para &copy", "food&para &copy"},
		{"text that was escaped twice is decoded twice", "&lt;p&gt;Rents &amp;amp; caps&lt;/p&gt;", "Rents & caps"},
		{"a sign that opens no tag stays", "n < 5, x<y and <stdio.h> or <http://a.example>", "n < 5, x<y and <stdio.h> or <http://a.example>"},
		{"names in angle brackets stay", "List<String> in Java, Vec&lt;T&gt;, git checkout <branch>", "List<String> in Java, Vec<T>, git checkout <branch>"},
		{"names of other markup go", "<name>Ann</name> <foo bar='1'>b <o:p>c <my-tag>d &lt;Name&gt;e&lt;/Name&gt;", "Ann b c d e"},
		{"elements of HTML go", "<MARQUEE>a<br>b <center>c<p>d", "a b c d"},
		{"an open comment stays", "a <!-- b <b>c</b>", "a <!-- b c"},
		{"white space is one space", "\ta\u00a0\u00a0b\r\n\n c\u2009d\u3000", "a b c d"},
		{"accents compose", "cafe\u0301", "café"},
		{"control characters go, and do not part words", "a\x00b\x07 c\u0085d", "ab c d"},
		{"invisible characters go", "mi\u00adgr\u200bant\ufeff \u202eabc\u202c", "migrant abc"},
		{"joiners of scripts and emoji stay", "می\u200cخواهم 👩\u200d🌾", "می\u200cخواهم 👩\u200d🌾"},
		{"bytes that are not text are marked", "a\xffb", "a\ufffdb"},
		{"NUL has no way in", "a&#0;b", "a\ufffdb"},
		{"instructions go", "<?xml version='1'?><!DOCTYPE html>a", "a"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := text.Plain(tt.in)
			if got != tt.want {
				t.Errorf("Plain(%q) = %q, want %q", tt.in, got, tt.want)
			}
			if again := text.Plain(got); again != got {
				t.Errorf("Plain(%q) = %q, want it unchanged", got, again)
			}
		})
	}
}

// Markup made to be slow takes time in proportion to its length: 256 KB, as
// large as a body may be, well under a second.
func TestPlainOfHostileMarkup(t *testing.T) {
	for _, unit := range []string{"<", "<a ", "<a  ", `<a "`, `<a  "`, `<a ">" `, `<a ">`, "<!--", "<!-- -->", "&", "&amp;", "amp;amp;&", "&lt;", "<script>", "</", "<a '\"", "<script></", "<a/>", "<x>", "<x></", "<x></y>"} {
		s := strings.Repeat(unit, 256<<10/len(unit))
		if len(unit)%2 == 0 {
			s += `">` // what all the tags wait for
		}
		start := time.Now()
		p := text.Plain(s)
		if d := time.Since(start); d > 2*time.Second {
			t.Errorf("Plain of %q repeated to 256 KB took %v", unit, d)
		}
		if again := text.Plain(p); again != p {
			t.Errorf("Plain of %q repeated to 256 KB is not stable", unit)
		}
	}
}

func TestPlainLeavesPlainTextAlone(t *testing.T) {
	s := "Rents rise in cities’ centres — and “why” matters."
	if n := testing.AllocsPerRun(100, func() { text.Plain(s) }); n > 0 {
		t.Errorf("Plain(%q) makes %v allocations, want none", s, n)
	}
}
