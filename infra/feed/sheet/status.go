package sheet

import (
	"slices"
	"strings"

	"akin/infra/feed/entry"
)

// words returns the different cells of column i that are not blank.
func (s sample) words(i int) map[string]bool {
	all := map[string]bool{}
	s.cells(i, func(cell string) { all[cell] = true })
	return all
}

// sign tells whether column i says who may see a work, by its name and by what it
// holds.
func (t *table) sign(s sample, i int) {
	c := &t.columns[i]
	cells := s.words(i)
	sign, ok := entry.SignOf(c.name)
	switch {
	case c.asked && c.field == "status":
		sign = entry.StateOf(c.name)
		c.sign = &sign
		return
	case t.own || c.asked || c.field != "" && c.field != "status" && c.field != "date" || len(cells) == 0:
		return
	case !ok && c.field == "date":
		sign = entry.SwitchOf(c.name)
	case !ok:
		return
	}
	switch {
	case sign.Fits(cells):
		c.field, sign.Strict = "status", true // published: yes
		c.sign = &sign
	case c.field == "date" && isMoment(c.name):
		c.sign = &sign // where it is blank
	case c.field == "date":
	default:
		c.field = ""
	}
}

// isMoment reports whether a column of dates is called as systems call the moment at
// which a work was published, which a draft has not: "Published at". Under "Published"
// people give a date where they know one.
func isMoment(name string) bool {
	folded := entry.Fold(name)
	return slices.ContainsFunc([]string{"at", "on", "el", "em", "le", "am", "il", "op"}, func(end string) bool { return strings.HasSuffix(folded, end) })
}

// isNoPage says whether WordPress calls so what is not a page of its own: exports of
// its table of posts have these rows too.
func isNoPage(kind string) bool {
	switch kind {
	case "attachment", "nav_menu_item", "revision", "custom_css", "customize_changeset", "oembed_cache", "user_request",
		"wp_block", "wp_template", "wp_template_part", "wp_global_styles", "wp_navigation", "wp_font_face", "wp_font_family":
		return true
	}
	return false
}

// lang returns the code of a language that is given by code or name.
func lang(s string) string {
	if code, ok := langNames[entry.Fold(s)]; ok {
		return code
	}
	return s
}
