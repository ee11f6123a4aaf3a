package web

import (
	"errors"
	"net/http"
	"slices"
)

// A previewView is a preview as a page shows it.
type previewView struct {
	P       *page
	Lists   *previewLists // nil: the change is of no work
	Topics  []previewTopic
	Rebuilt *previewLists
	Later   bool // lists change with the next rebuild, and it cannot be told how
}

// previewLists are lists before and after a change that is not saved.
type previewLists struct {
	Changed, Looked, Of int
	Unnamed             int // that change and are not shown
	Pages               []previewPair
}

// A previewPair is one list before and after.
type previewPair struct {
	P *page
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

// preview shows a foresight; all is whether the lists of works are part of it even
// if there are none that change.
func (v *page) preview(f *foresight, all bool) *previewView {
	out := &previewView{P: v, Later: f.merge && f.Rebuilt == nil, Rebuilt: v.previewLists(f, f.Rebuilt)}
	if all || len(f.Lists.Pages) > 0 || f.merge {
		out.Lists = v.previewLists(f, &f.Lists)
	}
	for i := range f.Topics {
		out.Topics = append(out.Topics, v.previewTopic(f, &f.Topics[i]))
	}
	return out
}

func (v *page) previewLists(f *foresight, l *foreseenLists) *previewLists {
	if l == nil {
		return nil
	}
	out := &previewLists{Changed: l.Changed, Looked: l.Looked, Of: l.Of}
	for _, c := range l.Pages {
		p := v.previewPair(f, c.Before, c.After)
		p.previewTitle = v.previewTitle(f, c.Item)
		out.Pages = append(out.Pages, p)
	}
	out.Unnamed = max(0, l.Changed-len(l.Pages))
	return out
}

func (v *page) previewPair(f *foresight, before, after []string) previewPair {
	return previewPair{P: v, Before: v.previewEntries(f, before, after), After: v.previewEntries(f, after, before), Empty: v.T("nothing-related")}
}

// previewEntries marks those that others lack.
func (v *page) previewEntries(f *foresight, ids, others []string) []previewEntry {
	entries := make([]previewEntry, len(ids))
	for i, id := range ids {
		entries[i] = previewEntry{v.previewTitle(f, id), !slices.Contains(others, id)}
	}
	return entries
}

func (v *page) previewTitle(f *foresight, id string) previewTitle {
	c, ok := f.cards[id]
	if !ok {
		return previewTitle{Title: id}
	}
	e := v.entry(c, nil)
	t := previewTitle{Title: e.Title, Lang: e.Lang}
	if len(c.Translations) > 0 {
		t.In = v.LangName(c.Lang)
	}
	return t
}

func (v *page) previewTopic(f *foresight, c *TopicChange) previewTopic {
	out := previewTopic{previewPair: v.previewPair(f, c.Before.Featured, c.After.Featured)}
	out.Empty = v.T("nothing-featured")
	out.Title, out.Featured = c.title, !slices.Equal(c.Before.Featured, c.After.Featured)
	for i, state := range []*TopicState{&c.Before, &c.After} {
		out.Works[i] = v.Num(state.Works)
		if state.LeadsTo != "" {
			out.Leads[i] = state.title
		}
		if state.More {
			out.Works[i] += "+"
		}
	}
	out.Enter, out.Leave = v.previewEntries(f, c.Enter, nil), v.previewEntries(f, c.Leave, nil)
	out.Unnamed = c.Moved - len(c.Enter) - len(c.Leave)
	return out
}

// tried shows what a change would do in an answer's body, or says why it would
// be refused.
func (e *editors) tried(v *page, f *foresight, err error, all bool) (*previewView, string, int, error) {
	if errors.Is(err, errUnavailable) {
		return nil, v.T("no-preview"), http.StatusNotImplemented, nil
	}
	if err != nil {
		problem, status := e.refusal(v, err)
		if problem != "" {
			err = nil
		}
		return nil, problem, status, err
	}
	return v.preview(f, all), "", 0, nil
}
