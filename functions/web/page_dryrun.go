package web

import (
	"cmp"
	"html/template"
	"io"
	"time"

	"akin/recommend"
)

// A DryRun is what would become of the lists if something was done.
type DryRun struct {
	Command string // that would do it
	In      string // language of the page: en or es; empty: en
	At      time.Time
	Lists   int              // compared
	Changed []DryRunList     // by item
	Gates   []recommend.Gate // of a new generation
	Figures []DryRunFigure   // by judgements
	Judged  int              // sources that Figures rest on
}

// A DryRunList is a list that would change. Where nothing enters or leaves, its
// order would.
type DryRunList struct {
	Item         DryRunItem
	Enter, Leave []DryRunItem
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
	*page
	*DryRun
	More int
}

// WriteDryRun writes a page that needs no other file.
func WriteDryRun(w io.Writer, d *DryRun) error {
	t, err := template.New("").ParseFS(pageFiles, "templates/dryrun.html")
	if err != nil {
		return err
	}
	v := &dryRunView{page: &page{Lang: cmp.Or(d.In, "en")}, DryRun: d, More: max(0, len(d.Changed)-maxDryRun)}
	short := *d
	short.Changed = d.Changed[:min(len(d.Changed), maxDryRun)]
	v.DryRun = &short
	return t.ExecuteTemplate(w, "dryrun", v)
}
