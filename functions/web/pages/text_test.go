package pages

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/net/html"

	"akin/recommend"
)

func TestHeading(t *testing.T) {
	long := "At noon on 20 January some thirty thousand confirmed appointments vanished from telephones along the border and did not come back."
	for _, tt := range []struct {
		name, title, summary, alt string
		want, rest                string
	}{
		{"a title is the heading", "Open Doors", "It is so.", "", "Open Doors", "It is so."},
		{"markup in it is dropped", "Open <i>Doors</i>&nbsp;", "", "", "Open Doors", ""},
		{"a cover's text names the title", "", "It is so.", "Cover image for Open Doors: A Report", "Open Doors: A Report", "It is so."},
		{"a cover named like a file does not", "", "It is so. And more.", "Cover image for coverthumb_open", "It is so", "And more."},
		{"a photograph's text is not a title", "", "Doors open. They close.", "A man at a door.", "Doors open", "They close."},
		{"a question stays one", "", "Whose door? Mine.", "", "Whose door?", "Mine."},
		{"an abbreviation ends no sentence", "", "The U.S. Doors policy of Dr. Varma ended. It did.", "", "The U.S. Doors policy of Dr. Varma ended", "It did."},
		{"a long sentence is cut between words", "", long, "", "At noon on 20 January some thirty thousand confirmed appointments vanished from telephones along …", "… the border and did not come back."},
		{"with nothing else, the image speaks", "", "", "A man at a door.", "A man at a door.", ""},
		{"even by its file's name", "", "", "coverthumb openwindows_closed", "Openwindows closed", ""},
		{"nothing at all", "", "", "", "", ""},
	} {
		var image *recommend.Image
		if tt.alt != "" {
			image = &recommend.Image{Alt: tt.alt}
		}
		if got, rest := heading(tt.title, tt.summary, image); got != tt.want || rest != tt.rest {
			t.Errorf("%s: heading(%q, %q, %q) = %q, %q, want %q, %q", tt.name, tt.title, tt.summary, tt.alt, got, rest, tt.want, tt.rest)
		}
	}
}

func TestSafeURL(t *testing.T) {
	base, err := url.Parse("https://site.example/base/")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ in, want string }{
		{"/content/a", "https://site.example/content/a"},
		{"https://other.example/a?b=c#d", "https://other.example/a?b=c#d"},
		{" https://other.example/ ", "https://other.example/"},
		{"javascript:alert(1)", ""},
		{"JaVaScRiPt:alert(1)", ""},
		{"java\nscript:alert(1)", ""},
		{"data:text/html,x", ""},
		{"vbscript:x", ""},
		{"//evil.example/a", ""},
		{`/\evil.example`, ""},
		{"https:evil", ""},
		{"mailto:a@b.example", ""},
		{"", ""},
		{"%zz", ""},
	} {
		if got := safeURL(base, tt.in); got != tt.want {
			t.Errorf("safeURL(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

func FuzzSafeURL(f *testing.F) {
	for _, s := range []string{"/a", "https://a.example/", "javascript:alert(1)", "\x01javascript:x", "ht\ttp://a", "http:///a", "?q", "a:b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := safeURL(nil, s)
		u, err := url.Parse(got)
		if err != nil || u.Scheme != "" && u.Scheme != "http" && u.Scheme != "https" || u.Scheme == "" && u.Host != "" || strings.HasPrefix(got, "//") {
			t.Errorf("safeURL(%q) = %q", s, got)
		}
	})
}

func TestProse(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"paragraphs, emphasis and lists", "One *two*.\n\n1. a\n2. b", "<p>One <em>two</em>.</p>\n<ol>\n<li>a</li>\n<li>b</li>\n</ol>\n"},
		{"headings begin at level 2", "# A", "<h2>A</h2>\n"},
		{"raw HTML is left out", "a<script>alert(1)</script><b onclick=x>b</b>", "<p>aalert(1)b</p>\n"},
		{"links that run lose their address", "[a](javascript:alert(1))", "<p>a</p>\n"},
		{"nor those that hide that they run", "[a](java\\script:alert(1)) [b](javascript&colon;alert(1)) <javascript:alert(1)>", "<p>a b javascript:alert(1)</p>\n"},
		{"mail may be written to", "<a@b.example> [c](mailto:c@d.example)", "<p><a href=\"mailto:a@b.example\">a@b.example</a> <a href=\"mailto:c@d.example\">c</a></p>\n"},
		{"tables, strokes and quotation marks", "a | b\n--|-:\n~~c~~|\"d\"", "<table>\n<thead>\n<tr>\n<th>a</th>\n<th align=\"right\">b</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td><del>c</del></td>\n<td align=\"right\">&ldquo;d&rdquo;</td>\n</tr>\n</tbody>\n</table>\n"},
		{"pictures that cannot be shown become their text", "![a *b*](data:text/html,x)", "<p>a <em>b</em></p>\n"},
		{"pictures that can stay", "![a](https://b.example/c.png)", "<p><img src=\"https://b.example/c.png\" alt=\"a\"></p>\n"},
	} {
		if got := string(newProse().HTML(tt.in)); got != tt.want {
			t.Errorf("%s: HTML(%q) = %q, want %q", tt.name, tt.in, got, tt.want)
		}
	}
}

// What Markdown may become: elements, and the attributes that each may have.
var proseElements = map[string]string{
	"h2": "", "h3": "", "h4": "", "h5": "", "h6": "", "p": "", "br": "", "hr": "", "blockquote": "", "pre": "", "code": "class",
	"em": "", "strong": "", "del": "", "ul": "", "ol": "start", "li": "",
	"table": "", "thead": "", "tbody": "", "tr": "", "th": "align", "td": "align",
	"a": "href title", "img": "src alt title",
}

// Whatever the text, browsers find only those elements in it, and addresses that
// are safe.
func FuzzProse(f *testing.F) {
	p := newProse()
	for _, s := range []string{
		"# a", "<script>", "[a](javascript:x)", "![](x)", "<!--", "a | b\n--|:-:\n<b>|d", "[x]: javascript:alert(1)\n[x]",
		"[a](javascript&colon;alert(1))", "[a](java\\script:x)", "[a](&#1;javascript:x)", "<JavaScript:alert(1)>", "<tel:1>", "<a@b.example>",
		"[a](data:image/png;base64,x)", "~~a~~ \"b\" -- 'c'", "```x onclick=y\na\n```", "1. a\n7. b", "[![a](javascript:x)](javascript:y)",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := string(p.HTML(s))
		for z := html.NewTokenizer(strings.NewReader(got)); ; {
			kind := z.Next()
			if kind == html.ErrorToken {
				return
			}
			if kind == html.TextToken || kind == html.EndTagToken {
				continue
			}
			token := z.Token()
			attributes, ok := proseElements[token.Data]
			if !ok || kind == html.CommentToken || kind == html.DoctypeToken {
				t.Fatalf("HTML(%q) = %q holds %s", s, got, token)
			}
			for _, a := range token.Attr {
				if !slices.Contains(strings.Fields(attributes), a.Key) {
					t.Fatalf("HTML(%q) = %q holds %s", s, got, token)
				}
				if a.Key == "src" || a.Key == "href" {
					u, err := url.Parse(a.Val)
					if err != nil || !slices.Contains([]string{"", "http", "https", "mailto"}, u.Scheme) || u.Scheme == "mailto" && a.Key == "src" {
						t.Fatalf("HTML(%q) = %q leads to %q", s, got, a.Val)
					}
				}
			}
		}
	})
}

func FuzzCutWords(f *testing.F) {
	f.Add("a b c", 3)
	f.Add("ññññ", 3)
	f.Fuzz(func(t *testing.T, s string, n int) {
		if !utf8.ValidString(s) || n < 4 || n > 1000 {
			return
		}
		got := cutWords(s, n)
		if len(got) > n || !utf8.ValidString(got) || !strings.HasPrefix(s, got) {
			t.Errorf("cutWords(%q, %d) = %q", s, n, got)
		}
	})
}
