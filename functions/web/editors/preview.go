package editors

import (
	"errors"
	"net/http"
	"slices"

	"akin/functions/web/pages"
	"akin/recommend"
	"akin/recommend/preview"
)

// A previewView is a preview as a page shows it.
type previewView struct {
	P       *pages.View
	Lists   *previewLists // nil: the change is of no work
	Topics  []previewTopic
	Rebuilt *previewLists
	Later   bool // lists change with the next rebuild, and it cannot be told how
}

// showLists are lists before and after a change that is not saved.
type previewLists struct {
	Changed, Looked, Of int
	Unnamed             int // that change and are not shown
	Pages               []previewPair
}

// A previewPair is one list before and after.
type previewPair struct {
	P *pages.View
	previewTitle
	Before, After []previewEntry
	Empty         string // what is said where there are none
}

type previewEntry struct {
	previewTitle
	Changed bool // it leaves, or enters
}

// A previewTitle is the title of an item or a topic; Lang is its language where
// it is not the page's, In that language's name where there are other versions.
type previewTitle struct{ Title, Lang, In string }

// A previewTopic is the page of a topic before and after.
type previewTopic struct {
	previewPair  // what is featured, if that changes
	Featured     bool
	Works        [2]string // how many, now and then
	Leads        [2]string // to which topic's page; empty: to none
	Enter, Leave []previewEntry
	Unnamed      int // works that enter or leave and are not named
}

// showPreview shows a foresight; all is whether the lists of works are part of it even
// if there are none that change.
func showPreview(v *pages.View, f *preview.Preview, all bool) *previewView {
	out := &previewView{P: v, Later: f.Merge && f.Rebuilt == nil, Rebuilt: showLists(v, f, f.Rebuilt)}
	if all || len(f.Lists.Pages) > 0 || f.Merge {
		out.Lists = showLists(v, f, &f.Lists)
	}
	for i := range f.Topics {
		out.Topics = append(out.Topics, showTopic(v, f, &f.Topics[i]))
	}
	return out
}

func showLists(v *pages.View, f *preview.Preview, l *preview.Lists) *previewLists {
	if l == nil {
		return nil
	}
	out := &previewLists{Changed: l.Changed, Looked: l.Looked, Of: l.Of}
	for _, c := range l.Pages {
		p := showPair(v, f, c.Before, c.After)
		p.previewTitle = showTitle(v, f, c.Item)
		out.Pages = append(out.Pages, p)
	}
	out.Unnamed = max(0, l.Changed-len(l.Pages))
	return out
}

func showPair(v *pages.View, f *preview.Preview, before, after []string) previewPair {
	return previewPair{P: v, Before: showEntries(v, f, before, after), After: showEntries(v, f, after, before), Empty: v.T("nothing-related")}
}

// showEntries marks those that others lack.
func showEntries(v *pages.View, f *preview.Preview, ids, others []string) []previewEntry {
	entries := make([]previewEntry, len(ids))
	for i, id := range ids {
		entries[i] = previewEntry{showTitle(v, f, id), !slices.Contains(others, id)}
	}
	return entries
}

func showTitle(v *pages.View, f *preview.Preview, id string) previewTitle {
	c, ok := f.Cards[id]
	if !ok {
		return previewTitle{Title: id}
	}
	e := v.Entry(c, nil)
	t := previewTitle{Title: e.Title, Lang: e.Lang}
	if len(c.Translations) > 0 {
		t.In = v.LangName(c.Lang)
	}
	return t
}

func showTopic(v *pages.View, f *preview.Preview, c *preview.TopicChange) previewTopic {
	out := previewTopic{previewPair: showPair(v, f, c.Before.Featured, c.After.Featured)}
	out.Empty = v.T("nothing-featured")
	out.Title, out.Featured = c.Title, !slices.Equal(c.Before.Featured, c.After.Featured)
	for i, state := range []*preview.TopicState{&c.Before, &c.After} {
		out.Works[i] = v.Num(state.Works)
		if state.LeadsTo != "" {
			out.Leads[i] = state.Title
		}
		if state.More {
			out.Works[i] += "+"
		}
	}
	out.Enter, out.Leave = showEntries(v, f, c.Enter, nil), showEntries(v, f, c.Leave, nil)
	out.Unnamed = c.Moved - len(c.Enter) - len(c.Leave)
	return out
}

// tried shows what a change would do in an answer's body, or says why it would
// be refused.
func (e *site) tried(v *pages.View, f *preview.Preview, err error, all bool) (*previewView, string, int, error) {
	if errors.Is(err, recommend.ErrUnavailable) {
		return nil, v.T("no-preview"), http.StatusNotImplemented, nil
	}
	if err != nil {
		problem, status := e.refusal(v, err)
		if problem != "" {
			err = nil
		}
		return nil, problem, status, err
	}
	return showPreview(v, f, all), "", 0, nil
}
