package web

import (
	"errors"
	"net/http"
	"net/url"
	"sync/atomic"

	"akin/recommend"
	"akin/recommend/coverage"
)

// An editors serves the pages that editors see. Every one of them takes the
// role of an editor, is kept by no cache and found by no search engine.
type editors struct {
	*pages
	site  *site
	index atomic.Pointer[reportIndex] // of the report that was shown last
}

// mountEditors adds the pages for editors.
func (s *site) mountEditors(p *pages) {
	e := &editors{pages: p, site: s}
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
		s.pages.Handle(pattern, p.handler(e.only(h)))
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
			who, err = e.site.auth.requireForm(r, RoleEditor)
		} else {
			who, err = e.site.auth.require(r, RoleEditor)
		}
		if err != nil {
			if r.Method != http.MethodPost && who.roles == 0 && !e.site.auth.tokens.empty() {
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
	if e.site.Report == nil {
		return nil, nil, recommend.ErrNotFound
	}
	report, changes, err := e.site.Report.Latest(r.Context())
	if errors.Is(err, coverage.ErrNoReport) {
		return nil, nil, e.messageView(w, r, v, http.StatusNotFound, "no-report", "no-report-text", nil)
	}
	return report, changes, err
}
