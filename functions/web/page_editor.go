package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"sync/atomic"

	"akin/recommend"
	"akin/recommend/coverage"
	"akin/recommend/engine"
	"akin/recommend/preview"
)

// An editors serves the pages that editors see. Every one of them takes the
// role of an editor, is kept by no cache and found by no search engine.
type editors struct {
	*pages
	editorConfig
	index atomic.Pointer[reportIndex] // of the report that was shown last
}

// An editorReader is the part of a [engine.Reader] that editors' pages are made
// from, besides what readers see.
type editorReader interface {
	Curation(ctx context.Context, id string) (*recommend.Curation, error)
	Rulings(ctx context.Context) ([]engine.Ruling, error)
	TopicCuration(ctx context.Context, slug string) (*recommend.TopicCuration, error)
	History(ctx context.Context, s engine.Subject) ([]engine.Change, error)
	Audit(ctx context.Context, limit int) ([]engine.Audited, error)
}

// An editorPublisher takes in what editors decide. A [engine.Publisher] is one.
type editorPublisher interface {
	preview.Publisher
	Undo(ctx context.Context, s engine.Subject, change uint64, e engine.Edit) (etag string, err error)
}

// A Drafter finds what is related to a text that is not stored. It holds the
// index in memory, or asks one that does.
type Drafter interface {
	Draft(ctx context.Context, it recommend.Item, q recommend.Query) (*engine.Draft, error)
}

// A Reporter has the editors' report. What it returns is not changed.
type editorReporter interface {
	Latest(ctx context.Context) (*coverage.Report, *coverage.Changes, error)
}

// An editorConfig says what editors' pages are made of, besides those that readers
// see. Front, Decided and Preview are needed.
type editorConfig struct {
	Front     *front
	Decided   editorReader
	Publisher editorPublisher // nil: nothing can be saved
	Drafter   Drafter         // nil: drafts find nothing
	Report    editorReporter  // nil: there is no report
	Preview   *preview.Previewer
}

// mountEditors adds the pages for editors, which look like p, to mux.
func mountEditors(mux *http.ServeMux, p *pages, c editorConfig) {
	e := &editors{pages: p, editorConfig: c}
	for pattern, h := range map[string]editorHandler{
		"GET /coverage":               e.coverage,
		"GET /coverage/{topic}":       e.coverageTopic,
		"GET /coverage/{topic}/edit":  e.topicEdit,
		"POST /coverage/{topic}/edit": e.curateTopic,
		"GET /curation":               e.rulings,
		"POST /curation":              e.rule,
		"GET /draft":                  e.draft,
		"POST /draft":                 e.draft,
		"GET /items/{id}/edit":        e.edit,
		"POST /items/{id}/edit":       e.curate,
	} {
		mux.Handle(pattern, p.handler(e.only(h)))
	}
}

// An editorHandler writes the answer to an editor.
type editorHandler func(w http.ResponseWriter, r *http.Request, v *page, who identity) error

// only lets editors through. Others are led to the sign-in, if there is one,
// or refused.
func (e *editors) only(h editorHandler) pageHandler {
	return func(w http.ResponseWriter, r *http.Request) error {
		var who identity
		var err error
		if r.Method == http.MethodPost {
			if ownForm(w, r, maxForm) != nil {
				return e.refused(w, r)
			}
			who, err = e.Front.requireForm(r, RoleEditor)
		} else {
			who, err = e.Front.require(r, RoleEditor)
		}
		if err != nil {
			if r.Method != http.MethodPost && who.roles == 0 && !e.Front.tokens.empty() {
				w.Header().Set("Cache-Control", private)
				http.Redirect(w, r, "/sign-in?next="+url.QueryEscape(r.URL.RequestURI()), http.StatusSeeOther)
				return nil
			}
			return e.refused(w, r)
		}
		v := e.view(r)
		v.NoIndex, v.Private, v.Canonical, v.leave = true, true, "", who.cookie != ""
		return h(w, r, v, who)
	}
}

func (e *editors) refused(w http.ResponseWriter, r *http.Request) error {
	v := e.view(r)
	v.Private = true
	return e.messageView(w, r, v, http.StatusForbidden, "for-editors", "for-editors-text", nil)
}

// latest returns the report, or shows that there is none.
func (e *editors) latest(w http.ResponseWriter, r *http.Request, v *page) (*coverage.Report, *coverage.Changes, error) {
	if e.Report == nil {
		return nil, nil, recommend.ErrNotFound
	}
	report, changes, err := e.Report.Latest(r.Context())
	if errors.Is(err, coverage.ErrNoReport) {
		return nil, nil, e.messageView(w, r, v, http.StatusNotFound, "no-report", "no-report-text", nil)
	}
	return report, changes, err
}
