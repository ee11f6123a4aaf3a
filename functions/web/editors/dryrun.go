package editors

import (
	"cmp"
	"html/template"
	"io"
	"time"

	"akin/functions/web/pages"
	"akin/recommend"
	"akin/recommend/preview"
)

// A DryRun is what would become of the lists if something was done.
type DryRun struct {
	Command string // that would do it
	In      string // language of the page: en or es; empty: en
	At      time.Time
	Lists   int          // compared
	Changed []DryRunList // by item
	Topics  []DryRunTopic
	Rebuilt []DryRunList     // that would change with the next rebuild, by item
	Gates   []recommend.Gate // of a new generation
	Figures []DryRunFigure   // by judgements
	Judged  int              // sources that Figures rest on

	WithRebuilt bool // Rebuilt is known, though there may be none
}

// A DryRunList is a list that would change. Where nothing enters or leaves, its
// order would.
type DryRunList struct {
	Item         DryRunItem
	Enter, Leave []DryRunItem
}

// A DryRunTopic is a topic whose page would change.
type DryRunTopic struct {
	Topic                  string
	Moves                  preview.TopicChange
	Enter, Leave, Featured []DryRunItem // works
}

// A DryRunItem is an item by its id and title; the title may be empty.
type DryRunItem struct{ ID, Title string }

// A DryRunFigure is how good lists are, before and after.
type DryRunFigure struct {
	Name          string
	Before, After float64
}

// maxDryRun is how many lists the page shows; JSON has all.
const maxDryRun = 2_000

// A dryRunView is the page of a dry run.
type dryRunView struct {
	*pages.View
	*DryRun
	Total   int
	Changed dryRunLists
	Rebuilt dryRunLists
}

// dryRunLists are lists that would change, as many as the page shows.
type dryRunLists struct {
	P    *pages.View
	Name string // of the table
	All  []DryRunList
	More int // that are not shown
}

func (v *dryRunView) lists(name string, all []DryRunList) dryRunLists {
	n := min(len(all), maxDryRun)
	return dryRunLists{v.View, name, all[:n], len(all) - n}
}

// WriteDryRun writes a page that needs no other file.
func WriteDryRun(w io.Writer, d *DryRun) error {
	t, err := template.ParseFS(files, "templates/dryrun.html")
	if err != nil {
		return err
	}
	v := &dryRunView{View: &pages.View{Lang: cmp.Or(d.In, "en")}, DryRun: d, Total: len(d.Changed)}
	v.Changed, v.Rebuilt = v.lists("h-lists", d.Changed), v.lists("h-rebuilt", d.Rebuilt)
	return t.ExecuteTemplate(w, "dryrun", v)
}
