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
		"[private]Editors only[/private] Open. [Members_Only level=\"1\"]For <b>members</b>[/members_only] End":                "Open. End",
		`<!-- wp:jetpack/premium-content {"a":1} --><p>Paid</p><!-- wp:paragraph --><!-- /wp:jetpack/premium-content --> Open`: "Open",
		"Open <!-- wp:pmpro/membership -->Paid, and cut":                                                                       "Open",
		"<!-- wp:pmpro/membership /-->Open":                                                                                    "Open",
		// what stays
		"[private] thoughts, and [members] of it":        "[private] thoughts, and [members] of it",
		"<!-- wp:premium-content/logged-out-view -->Why": "Why",
		"The tag <?php opens":                            "The tag <?php opens",
		`char *a[][2] = {{"a","b"},{"c"}};`:              `char *a[][2] = {{"a","b"},{"c"}};`,
		"5 <% 6":                                         "5 <% 6",
		"He said it [sic] twice [1], [2-4].":             "He said it [sic] twice [1], [2-4].",
		"[citation needed] and [Updated] and [video]s?":  "[citation needed] and [Updated] and s?",
		"[Updated: 5 May] The quay":                      "[Updated: 5 May] The quay",
		"[Amsterdam] – The port":                         "[Amsterdam] – The port",
		"a[i] = b[j]; map[string]int{1, 2}; {{1,2},{3}}": "a[i] = b[j]; map[string]int{1, 2}; {{1,2},{3}}",
		"f(x) = [x](y)":                                  "f(x) = [x](y)",
		"[[gallery]] shows a gallery":                    "[[gallery]] shows a gallery",
		"{{< unclosed and [unclosed too":                 "{{< unclosed and [unclosed too",
		"{a, b} and {#}":                                 "{a, b} and {#}",
		"[x = y] by hand":                                "[x = y] by hand",
	} {
		if got := oneSpaced(DropCodes(in)); got != want {
			t.Errorf("DropCodes(%q) = %q, want %q", in, got, want)
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
