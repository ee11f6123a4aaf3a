package sheet

import (
	"strings"

	"akin/infra/feed/entry"
)

// A standing is what a word in a column of states says of a row.
type standing struct {
	status    entry.Status
	scheduled bool // it is public from its date on
}

// standings are the words of columns of states, folded.
var standings = func() map[string]standing {
	m := map[string]standing{}
	for _, s := range []struct {
		of    standing
		words string
	}{
		{standing{}, "published publish public live online active visible posted enabled approved final released yes true 1 y x on " +
			"publicado publicada publie publiee veroffentlicht veroeffentlicht pubblicato pubblicata aktiv activo attivo ativo sichtbar oui si sim ja"},
		{standing{status: entry.Draft}, "draft drafts autodraft pending pendingreview inreview review unpublished unpublish inprogress needsreview submitted new inactive disabled hidden no false 0 n off offline wip assigned pitch " +
			"borrador pendiente brouillon enattente entwurf ausstehend bozza inattesa rascunho pendente non nao nein inherit"},
		{standing{scheduled: true}, "scheduled future planned programado programada planifie programme geplant programmato programmata agendado agendada"},
		{standing{status: entry.Private}, "private privado prive privat privato internal membersonly"},
		{standing{status: entry.Protected}, "protected password passwordprotected"},
		{standing{status: entry.Trashed}, "trash trashed deleted removed withdrawn retracted archived archive spiked killed papelera corbeille papierkorb cestino lixeira eliminado supprime geloscht archiviert archivado eliminato"},
	} {
		for word := range strings.FieldsSeq(s.words) {
			m[word] = s.of
		}
	}
	return m
}()

// standingOf returns what a word says; ok is false if it is not known.
func standingOf(word string) (standing, bool) {
	s, ok := standings[fold(word)]
	return s, ok
}

// states says whether the cells of column i are states rather than something
// else, such as the states of a country or the days of publication.
func (s sample) states(i int) bool {
	words := map[string]bool{}
	known := 0
	s.cells(i, func(cell string) {
		if words[cell] {
			return
		}
		words[cell] = true
		if _, ok := standingOf(cell); ok {
			known++
		}
	})
	return known > 0 && known*2 >= len(words)
}

// truth says whether a word means yes, in a column that says whether something is
// a draft.
func truth(word string) bool {
	s, ok := standingOf(word)
	return ok && s.status == entry.Public
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

// unknownStates is the kind of notices about rows that are left out because it
// is not sure that they may be shown.
var unknownStates = entry.Kind{One: "row with a status that is not known left out", Many: "rows with a status that is not known left out"}

// dated says whether one of the dates can be read.
func dated(o entry.Options, dates ...string) bool {
	for _, s := range dates {
		if _, err := entry.ParseDate(s, o.Order, o.Zone); s != "" && err == nil {
			return true
		}
	}
	return false
}

// lang returns the code of a language that is given by code or name.
func lang(s string) string {
	if code, ok := langNames[fold(s)]; ok {
		return code
	}
	return s
}
