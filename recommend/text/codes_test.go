package text

import (
	"strings"
	"testing"
)

func TestDropCodes(t *testing.T) {
	for in, want := range map[string]string{
		`[vc_row][vc_column width="1/2"]New cranes[/vc_column][/vc_row] [gallery ids="1,2"]`:              "New cranes",
		`{{< figure src="a.jpg" >}} The gates {% include ad.html %} open [at noon](https://q.example/n).`: "The gates open at noon.",
		`[caption id="a_1" align="left"]<img src="a.jpg"> Two boats[/caption] lie there.`:                 `<img src="a.jpg"> Two boats lie there.`,
		"Before [audio mp3=\"a.mp3\"][/audio] after":                                                      "Before after",
		"[embed]https://video.example/1[/embed] Watch.":                                                   "Watch.",
		"[gallery]": "",
		"[su_note note_color=&quot;#fff&quot;]Mind the gap[/su_note]": "Mind the gap",
		"[Button link=“https://q.example”]Book[/Button] a berth":      "Book a berth",
		"[contact-form-7 id=\"12\" title=\"Write\"]":                  "",
		"a[b]bold[/b]c":                                                                  "a bold c",
		"[url=https://q.example]The quay[/url].":                                         "The quay.",
		"[img]https://q.example/a.jpg[/img] Boats":                                       "Boats",
		"{{% notice tip %}}Mind{{% /notice %}} the tide":                                 "Mind the tide",
		"{{&lt; youtube abc &gt;}} Film":                                                 "Film",
		"{{ page.title }} and {{site.name | upcase}}":                                    "and",
		"{% raw %}kept{% endraw %} {% comment %}gone{% endcomment %}":                    "kept",
		"Rope {: .lead}":                                                                 "Rope",
		"{loadposition right} Tide":                                                      "Tide",
		`[[{"fid":"12","view_mode":"default"}]] Locks`:                                   "Locks",
		"[node:title] opens":                                                             "opens",
		"<!-- wp:paragraph {\"align\":\"left\"} --><p>Text</p><!-- /wp:paragraph -->":    "<p>Text</p>",
		"<!-- wp:image {\"alt\":\"a -> b\"} -->x":                                        "x",
		"![Two boats](/a.jpg \"Boats\") lie":                                             "Two boats lie",
		"[Lock](../lock) and [top](#top)":                                                "Lock and top",
		"[divider /]End":                                                                 "End",
		`<?php the_title(); ?>The gates <?= $n > 1 ? "all" : "" ?> open`:                 "The gates open",
		`Since {{ "now" | date: "%Y" }} and {{ 'weir'|trans({'%n%': 1}) }}, {{ "x" }}`:   "Since and ,",
		"{{/* a note */}}Tide{{- /* another */ -}} table {{ _('x') }}{{ (index .a 0) }}": "Tide table",
		"<%= yield %>Rope <% if a > b %>walk<% end %> {!! $x !!}":                        "Rope walk",
		"[private]Editors only[/private] Open. [Members_Only level=\"1\"]For <b>members</b>[/members_only] End":                       "Open. End",
		`<!-- wp:jetpack/premium-content {"a":1} --><p>Paid</p><!-- wp:paragraph --><!-- /wp:jetpack/premium-content --> Open`:        "Open",
		"Open <!-- wp:pmpro/membership -->Paid, and cut":                                                                              "Open",
		"<!-- wp:pmpro/membership /-->Open":                                                                                           "Open",
		"[vc_raw_html]JTNDc2NyaXB0JTNF[/vc_raw_html] Open [fusion_code]PGI+aGk8L2I+":                                                  "Open",
		`Cranes came on Monday [vc_column_text css_animation="none" el_class=`:                                                        "Cranes came on Monday",
		`Cranes came on Monday [vc_row css=".x{}`:                                                                                     "Cranes came on Monday",
		`Cranes came [button link="https://q.example/a […]`:                                                                           "Cranes came […]",
		"Cranes came [/et_pb_text":                                                                                                    "Cranes came",
		"![alt text](a.jpg) after, [a page](weir/lock.html)":                                                                          "alt text after, a page",
		"[link](https://x.example/a_(b)) tail":                                                                                        "link tail",
		"[ref][1], [Quay][] and ![two][B] tail\n\n[1]: https://x.example\n[quay]: /quay \"The quay\"\n[b]: <https://x.example/b.jpg>": "ref, Quay and two tail",
		"[[File:Crane.jpg|thumb|200px|A crane]] wiki [[Harbour|the harbour]] [[Bild:a.jpg|mini]]":                                     "A crane wiki the harbour",
		"foot[^2] note.[^12]\n[^2]: The port":                                                                                         "foot note. The port",
		// what stays
		"[Video] The port opens, [Caption] contest":         "[Video] The port opens, [Caption] contest",
		"[a][1] and [b][]: see [1]":                         "[a][1] and [b][]: see [1]",
		"if [[ -f a || -d b ]]; then x=[^0-9]; grep '[^0]'": "if [[ -f a || -d b ]]; then x=[^0-9]; grep '[^0]'",
		"The note is at the end [see below":                 "The note is at the end [see below",
		"f(x) = g[i](x.y) and [a](b.c)":                     "f(x) = g[i](x.y) and [a](b.c)",
		"[private] thoughts, and [members] of it":           "[private] thoughts, and [members] of it",
		"<!-- wp:premium-content/logged-out-view -->Why":    "Why",
		"The tag <?php opens":                               "The tag <?php opens",
		`char *a[][2] = {{"a","b"},{"c"}};`:                 `char *a[][2] = {{"a","b"},{"c"}};`,
		"5 <% 6":                                            "5 <% 6",
		"He said it [sic] twice [1], [2-4].":                "He said it [sic] twice [1], [2-4].",
		"[citation needed] and [Updated] and [video]s?":     "[citation needed] and [Updated] and s?",
		"[Updated: 5 May] The quay":                         "[Updated: 5 May] The quay",
		"[Amsterdam] – The port":                            "[Amsterdam] – The port",
		"a[i] = b[j]; map[string]int{1, 2}; {{1,2},{3}}":    "a[i] = b[j]; map[string]int{1, 2}; {{1,2},{3}}",
		"f(x) = [x](y)":                                     "f(x) = [x](y)",
		"[[gallery]] shows a gallery":                       "[[gallery]] shows a gallery",
		"{{< unclosed and [unclosed too":                    "{{< unclosed and [unclosed too",
		"{a, b} and {#}":                                    "{a, b} and {#}",
		"[x = y] by hand":                                   "[x = y] by hand",
	} {
		if got := oneSpaced(DropCodes(in)); got != want {
			t.Errorf("DropCodes(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestDropTitleCodes(t *testing.T) {
	for in, want := range map[string]string{
		"[Video] The port opens": "[Video] The port opens",
		"[gallery]":              "", "[Video]": "[Video]",
		"[gallery] explained, and [audio]":           "[gallery] explained, and [audio]",
		`Quay [gallery ids="1,2"]`:                   "Quay",
		"[vc_row]Quay[/vc_row] [contact-form-7]":     "Quay",
		"[b]Quay[/b] [at noon](https://q.example/n)": "Quay at noon",
		"{{< figure src=\"a.jpg\" >}} Gates":         "Gates",
	} {
		if got := oneSpaced(DropTitleCodes(in)); got != want {
			t.Errorf("DropTitleCodes(%q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzDropCodes(f *testing.F) {
	for _, s := range []string{"[gallery ids=\"1\"]x[/gallery]", "{{< a >}}{% b %}{{ c }}", "[a](/b)", "[[{}]]", "[[[[", "{{{{"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if got := DropCodes(s); len(got) > 2*len(s) {
			t.Errorf("DropCodes(%q) = %q", s, got)
		}
	})
}

// oneSpaced returns s with each run of white space as one space.
func oneSpaced(s string) string { return strings.Join(strings.Fields(s), " ") }
