package text

import (
	"regexp"
	"strings"
	"sync"
)

// DropCodes drops what a publishing system puts into texts for itself:
// shortcodes of WordPress and Hugo, tags of Liquid, Jinja and Twig, marks of
// blocks, tags of PHP and ERB, BBCode, tokens of Drupal, calls of Joomla. The text inside them stays,
// but for addresses of what is embedded, and for what members alone may read. Links of Markdown show their text.
// Links of wikis do so too, marks of footnotes go. A shortcode that a cut at the
// end of s left open is dropped. Ordinary brackets stay: "[sic]", "[1]", "a[i]", "{1, 2}".
func DropCodes(s string) string { return dropCodes(s, known) }

// DropTitleCodes does so for a title, in which no system runs what has neither an
// attribute nor an end: "[Video] The port opens", "[gallery] explained" stay. A title
// of codes alone is none.
func DropTitleCodes(s string) string {
	if strings.HasPrefix(s, "[") && strings.TrimSpace(DropCodes(s)) == "" {
		return ""
	}
	return dropCodes(s, invented)
}

// dropCodes drops of shortcodes without an attribute those whose name sure knows.
func dropCodes(s string, sure func(name string) bool) string {
	if !strings.ContainsAny(s, "[{") && !strings.Contains(s, "<!--") && !strings.Contains(s, "<?") && !strings.Contains(s, "<%") {
		return s
	}
	s = dropRestricted(s)
	for _, mark := range []string{"wp:", "/wp:", "more", "nextpage", "noteaser", "excerpt"} {
		s = dropBetween(s, "<!-- "+mark, "-->")
		s = dropBetween(s, "<!--"+mark, "-->")
	}
	for _, pair := range [][2]string{{"<?php", "?>"}, {"<?=", "?>"}, {"<%", "%>"}} {
		s = dropBetween(s, pair[0], pair[1])
	}
	s = dropBraces(s)
	s = embedded().ReplaceAllString(s, " ")
	s = dropBetween(s, "[[{", "}]]")
	if strings.Contains(s, "[") {
		s = encoded().ReplaceAllString(s, " ")
		s = dropLinks(s)
		s = dropCut(s)
	}
	return dropBrackets(s, sure)
}

// dropLinks returns s with the text of links of Markdown and wikis in the place of
// them, and without what defines them and the marks of footnotes.
func dropLinks(s string) string {
	s = markdownLink().ReplaceAllString(s, "$1")
	s = wikiPicture().ReplaceAllStringFunc(s, func(link string) string {
		parts := strings.Split(strings.Trim(link, "[]"), "|")
		if caption := parts[len(parts)-1]; len(parts) > 1 && !pictureOption().MatchString(caption) {
			return caption
		}
		return ""
	})
	s = wikiLink().ReplaceAllString(s, "$1")
	defined := map[string]bool{}
	for _, m := range definition().FindAllStringSubmatch(s, -1) {
		defined[strings.ToLower(m[1])] = true
	}
	if len(defined) > 0 {
		s = definition().ReplaceAllString(s, "")
		s = reference().ReplaceAllStringFunc(s, func(link string) string {
			m := reference().FindStringSubmatch(link)
			if defined[strings.ToLower(m[2])] || m[2] == "" && defined[strings.ToLower(m[1])] {
				return m[1]
			}
			return link
		})
	}
	return footnote().ReplaceAllString(s, "$1")
}

// dropCut drops the shortcode that s ends in, if a cut left it open: an ellipsis
// behind it stays.
func dropCut(s string) string {
	m := openCode().FindStringSubmatchIndex(s)
	if m == nil {
		return s
	}
	name, args := strings.ToLower(s[m[2]:m[3]]), s[m[4]:m[5]]
	if !invented(name) && !attribute().MatchString(args) && !cutAttribute().MatchString(args) {
		return s
	}
	return strings.TrimSpace(strings.TrimRight(s[:m[0]], " \t\n") + " " + s[m[6]:])
}

// dropRestricted drops what stands in a shortcode or a block that shows it to
// members alone. A shortcode that is not closed may be a word in brackets, and
// stays; a block reaches to the end then, as it does where it is shown.
func dropRestricted(s string) string {
	if strings.Contains(s, "[/") {
		s = dropPairs(s, restrictedCode(), restrictedCodeEnd(), false)
	}
	if strings.Contains(s, "<!--") {
		s = dropPairs(s, restrictedBlock(), restrictedBlockEnd(), true)
	}
	return s
}

// dropPairs drops what stands from where open matches to where shut matches
// next with the same first group, both included.
func dropPairs(s string, open, shut *regexp.Regexp, toEnd bool) string {
	opened := open.FindAllStringSubmatchIndex(s, -1)
	if len(opened) == 0 {
		return s
	}
	ends := map[string][][]int{} // by name, in their order
	for _, m := range shut.FindAllStringSubmatchIndex(s, -1) {
		name := strings.ToLower(s[m[2]:m[3]])
		ends[name] = append(ends[name], m)
	}
	var b strings.Builder
	from := 0
	for _, m := range opened {
		name := strings.ToLower(s[m[2]:m[3]])
		for len(ends[name]) > 0 && ends[name][0][0] < m[1] {
			ends[name] = ends[name][1:]
		}
		to := len(s)
		switch {
		case m[0] < from, toEnd && holdsNothing(s[m[0]:]):
			continue
		case len(ends[name]) > 0:
			to = ends[name][0][1]
		case !toEnd:
			continue
		}
		b.WriteString(s[from:m[0]] + " ")
		from = to
	}
	return b.String() + s[from:]
}

// holdsNothing says whether the mark of a block that s begins with is its end too.
func holdsNothing(s string) bool {
	mark, _, _ := strings.Cut(s, "-->")
	return strings.HasSuffix(mark, "/")
}

var (
	restrictedCode     = compiled(`(?i)\[(` + restricting + `)(?:[\s=][^\]\[]{0,500})?\]`)
	restrictedCodeEnd  = compiled(`(?i)\[/(` + restricting + `)\s*\]`)
	restrictedBlock    = compiled(`(?i)<!--\s*wp:(` + restrictingBlock + `)[\s-]`)
	restrictedBlockEnd = compiled(`(?i)<!--\s*/wp:(` + restrictingBlock + `)\s*-->`)
)

// The names of shortcodes and of blocks that show what they hold to members alone.
const (
	restricting = `private|members?|members?[_-]?only|only[_-]?members?|members?[_-]content|membership|subscribers?|subscribers?[_-]?only|premium|premium[_-]content|paid|paywall|restrict|restricted|` +
		`restrict[_-]content|rcp_restrict|arm_restrict_content|wcm_restrict|mepr-active|mepr-show|ihc-hide-content|wlm_private|wlm_ismember|is_logged_in|is_user_logged_in|logged[_-]?in|loggedin|um_loggedin|` +
		`um_show_content|wpmem_logged_in|swpm_protected|s2If|hide|hidepost|passster|password_protect|content_protector|private[_-]content|pc-pvt-content`
	restrictingBlock = `jetpack/premium-content|premium-content/(?:container|subscriber-view)|(?:[a-z0-9-]+/)?[a-z0-9-]*(?:members?-only|membership|restrict|paywalled|subscriber-view|private-content)[a-z0-9-]*`
)

var (
	liquidNote   = compiled(`(?s)\{%-?\s*comment\s*-?%\}.*?\{%-?\s*endcomment\s*-?%\}`)
	embedded     = compiled(`(?i)\[(?:embed|audio|video|youtube|vimeo|img|soundcloud|playlist)\b[^\]\[]{0,500}\]\s*https?://[^\s\[\]<>]+\s*\[/(?:embed|audio|video|youtube|vimeo|img|soundcloud|playlist)\]`)
	markdownLink = compiled(`!?\[([^\[\]\n]{0,500})\]\((?:<[^<>\s]+>|(?:https?://|mailto:|/|#|\./|\.\./)(?:[^\s()]|\([^\s()]*\))*|[\w%-][\w%./-]*\.(?i:jpe?g|png|gif|webp|avif|svg|html?|md))(?:\s+"[^"\n]{0,300}"|\s+'[^'\n]{0,300}')?\)`)
	wikiPicture  = compiled(`\[\[(?i:file|image|datei|bild|fichier|archivo|ficheiro|immagine|bestand|plik|файл|ファイル|文件|파일):[^\[\]\n]{1,500}\]\]`)
	wikiLink     = compiled(`\[\[[\p{L}\p{N}#:][^\[\]|\n]{0,200}\|([^\[\]|\s][^\[\]|\n]{0,300})\]\]`)
	definition   = compiled(`(?m)^[ \t]{0,3}\[([^\[\]\n^][^\[\]\n]{0,200})\]:[ \t]+<?(?:https?://|mailto:|/|#|\./|\.\./)[^\s<>]*>?(?:[ \t]+(?:"[^"\n]*"|'[^'\n]*'|\([^()\n]*\)))?[ \t]*$`)
	reference    = compiled(`!?\[([^\[\]\n]{1,500})\] ?\[([^\[\]\n]{0,200})\]`)
	footnote     = compiled(`(?m)([\pL\pN.,;:!?»”)]|^)\[\^\d{1,3}\]:?`)
	encoded      = compiled(`(?i)\[(?:vc_raw_html|vc_raw_js|fusion_code)[^\]\[]{0,300}\]\s*[A-Za-z0-9+/=]{8,}\s*(?:\[/(?:vc_raw_html|vc_raw_js|fusion_code)\]|(?:…|\.\.\.)?$)`)
	openCode     = compiled(`\[/?([A-Za-z][A-Za-z0-9_:-]{0,60})((?:\s[^\[\]]*)?)((?:\s*(?:…|\.\.\.|&hellip;|&#8230;|\[(?:…|\.\.\.|&hellip;|&#8230;)\]))?\s*)$`)
	cutAttribute = compiled(`\s[A-Za-z_][\w:-]*=["'“”″]?$`)
	kramdown     = compiled(`\{:(?:/?[a-z]*|\s*[.#][^{}\n]{0,200}|[a-z]+=[^{}\n]{0,200})\}`)
	moustache    = compiled(`\{\{\{?[-~]?\s*(?:[#/^>!&.$(]?\s*[A-Za-z_][^{}\n]{0,300}|(?:"[^"{}\n]{0,300}"|'[^'{}\n]{0,300}')\s*(?:\|[^\n]{0,300}?)?[-~]?)\}?\}\}`)
	joomla       = compiled(`(?i)\{/?(?:loadposition|loadmodule|loadmoduleid|gallery|modal|youtube|vimeo|slider|tabs|tab|tip|rokbox|phocagallery|jcomments)\b[^{}\n]{0,300}\}`)
	code         = compiled(`\[(/?)([A-Za-z][A-Za-z0-9_:-]{0,60})((?:=[^\]\[\s]{1,500})?(?:\s+(?:"[^"]*"|'[^']*'|“[^”]*”|”[^”]*”|″[^″]*″|[^\]\["'])*)?)\s*(/?)\]`)
	attribute    = compiled(`(?:^|\s)[A-Za-z_][\w:-]*\s*=\s*["'“”″‘’&\w/#.-]`)
)

// dropBraces drops template tags.
func dropBraces(s string) string {
	if !strings.Contains(s, "{") {
		return s
	}
	s = liquidNote().ReplaceAllString(s, "")
	for _, pair := range [][2]string{{"{{<", ">}}"}, {"{{&lt;", "&gt;}}"}, {"{{%", "%}}"}, {"{%", "%}"}, {"{#", "#}"}, {"{{/*", "*/}}"}, {"{{- /*", "*/ -}}"}, {"{!!", "!!}"}} {
		s = dropBetween(s, pair[0], pair[1])
	}
	s = moustache().ReplaceAllString(s, "")
	s = kramdown().ReplaceAllString(s, "")
	return joomla().ReplaceAllString(s, "")
}

// dropBetween drops what stands from a mark to another, both included. A mark
// that is opened only stays.
func dropBetween(s, from, to string) string {
	if !strings.Contains(s, from) {
		return s
	}
	const most = 8000 // bytes of a tag
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(s, from)
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		end := strings.Index(rest[:min(len(rest), most)], to)
		if end < 0 {
			b.WriteString(from)
			s = rest
			continue
		}
		s = rest[end+len(to):]
		spaceApart(&b, s)
	}
}

// spaceApart parts what b ends with from what follows, where words would run into
// each other.
func spaceApart(b *strings.Builder, next string) {
	if s := b.String(); s != "" && next != "" && wordByte(s[len(s)-1]) && wordByte(next[0]) {
		b.WriteByte(' ')
	}
}

func wordByte(c byte) bool {
	return c >= 0x80 || 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9'
}

// pictureOption says of a part of a wiki's picture that it is no caption.
var pictureOption = compiled(`(?i)^\s*(?:thumb|thumbnail|miniatur|mini|frame|frameless|border|left|right|center|none|links|rechts|upright.*|\d*x?\d+px|alt=.*|link=.*|lang=.*|page=.*|class=.*)\s*$`)

// dropBrackets drops shortcodes.
func dropBrackets(s string, sure func(name string) bool) string {
	if !strings.Contains(s, "[") {
		return s
	}
	all := code().FindAllStringSubmatchIndex(s, -1)
	if len(all) == 0 {
		return s
	}
	opened, closed := map[string]bool{}, map[string]bool{}
	for _, m := range all {
		name := strings.ToLower(s[m[4]:m[5]])
		if m[2] < m[3] {
			closed[name] = true
		} else {
			opened[name] = true
		}
	}
	var b strings.Builder
	from := 0
	for _, m := range all {
		name, args := strings.ToLower(s[m[4]:m[5]]), s[m[6]:m[7]]
		escaped := m[0] > 0 && s[m[0]-1] == '[' && m[1] < len(s) && s[m[1]] == ']' // [[gallery]] shows [gallery]
		bare := s[m[4]:m[5]] == name && sure(name) || invented(name)               // names of shortcodes have no capitals
		drop := bare || opened[name] && closed[name] || m[2] == m[3] && attribute().MatchString(args) || m[8] < m[9] || strings.HasSuffix(strings.TrimSpace(args), "/")
		if escaped || !drop || m[1] < len(s) && s[m[1]] == '(' {
			continue
		}
		b.WriteString(s[from:m[0]])
		from = m[1]
		spaceApart(&b, s[from:])
	}
	b.WriteString(s[from:])
	return b.String()
}

// known says whether a shortcode of that name is known, which needs neither an
// attribute nor a closing one to be told from a word in brackets.
func known(name string) bool { return codes[name] || invented(name) }

// invented says whether a name is known that is no word of a language.
func invented(name string) bool {
	if codes[name] && strings.ContainsAny(name, "_-") {
		return true
	}
	for _, prefix := range codePrefixes {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

var codePrefixes = strings.Fields(`vc_ et_pb_ fusion_ su_ av_ wp_ wpb_ mk_ ux_ cs_ kc_ tve_ thrive_ elementor- contact-form gravityform
	ninja_form wpforms mc4wp_ woocommerce_ rev_slider edd_ bbp- tribe_ nggallery ngg_ jetpack- fl_builder siteorigin_ ultimate_ qode_ node: site: current-user:`)

// compiled returns what compiles an expression when it is first asked for.
func compiled(expr string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })
}

// codes are names that are not words one would put in brackets.
var codes = func() map[string]bool {
	m := map[string]bool{}
	for _, name := range strings.Fields(`gallery caption wp_caption playlist embed youtube vimeo soundcloud tweet googlemaps googlemap
		slideshare toc table-of-contents product_page add_to_cart recent_posts related_posts display-posts adsense the_ad the_ad_group
		adrotate captionpix accordion dropcap one_half one_third two_third one_fourth three_fourth one_half_last one_third_last
		two_third_last pullquote blockquote spacer intro-text read_more readmore nextpage footnotes reflist sourcecode polldaddy
		jwplayer mailmunch audio video iframe`) {
		m[name] = true
	}
	return m
}()
