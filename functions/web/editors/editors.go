package editors

import (
	"context"
	"embed"
	"errors"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"akin/functions/web/pages"
	"akin/functions/web/serve"
	"akin/recommend"
	"akin/recommend/coverage"
	"akin/recommend/engine"
	"akin/recommend/preview"
)

// An site serves the pages that editors see. Every one of them takes the
// role of an editor, is kept by no cache and found by no search engine.
type site struct {
	*pages.Pages
	Config
	index atomic.Pointer[reportIndex] // of the report that was shown last
}

// A Reader is the part of a [engine.Reader] that editors' pages are made
// from, besides what readers see.
type Reader interface {
	Curation(ctx context.Context, id string) (*recommend.Curation, error)
	Rulings(ctx context.Context) ([]engine.Ruling, error)
	TopicCuration(ctx context.Context, slug string) (*recommend.TopicCuration, error)
	History(ctx context.Context, s engine.Subject) ([]engine.Change, error)
	Audit(ctx context.Context, limit int) ([]engine.Audited, error)
	Named(ctx context.Context, ids ...string) (map[string]recommend.Item, error)
	NamedTopics(ctx context.Context, slugs ...string) (map[string]recommend.Topic, error)
	TopicsLike(ctx context.Context, q string, limit int) ([]recommend.Topic, error)
	Status(ctx context.Context) (*recommend.StatusReport, error)
	Generations(ctx context.Context) ([]recommend.Generation, error)
	WorkedFindings(ctx context.Context) (map[string]*engine.WorkedFinding, error)
}

// A Publisher takes in what editors decide. A [engine.Publisher] is one.
type Publisher interface {
	preview.Publisher
	Undo(ctx context.Context, s engine.Subject, change uint64, e engine.Edit) (etag string, err error)
	Judge(ctx context.Context, id, other, verdict string, e engine.Edit) (etag string, err error)
	WorkFinding(ctx context.Context, a engine.FindingAct, e engine.Edit) (etag string, err error)
}

// A Drafter finds what is related to a text that is not stored, and why a work is not in a
// list. It holds the index in memory, or asks one that does.
type Drafter interface {
	Draft(ctx context.Context, it recommend.Item, q recommend.Query) (*engine.Draft, error)
	Search(ctx context.Context, q, lang string, limit int) ([]recommend.Entry, error)
	Titles(ctx context.Context, q string, limit int) ([]recommend.Item, error)
	Why(ctx context.Context, id, other string, q recommend.Query) (*recommend.Why, error)
}

// A Reporter has the editors' report. What it returns is not changed.
type Reporter interface {
	Latest(ctx context.Context) (*coverage.Report, *coverage.Changes, error)
	Days(ctx context.Context, since time.Time) ([]coverage.Day, error)
}

// A Config says what editors' pages are made of, besides those that readers
// see. Front, Decided and Preview are needed.
type Config struct {
	Front     *serve.Front
	Decided   Reader
	Publisher Publisher // nil: nothing can be saved
	Drafter   Drafter   // nil: drafts find nothing, and nobody tells why
	Report    Reporter  // nil: there is no report
	Preview   *preview.Previewer

	// Titles finds items by words of their titles, for the editor who sent r, where there is no
	// drafter: see [TitlesBy]. Nil: fields take ids and addresses only.
	Titles  func(r *http.Request, q, lang string) ([]Choice, error)
	CatchUp func(context.Context) (int, error) // applies waiting changes to the lists; nil: others do
}

//go:embed templates assets
var files embed.FS

// Mount adds the pages for editors, which look like p, to mux. It fails only if
// the embedded files are broken.
func Mount(mux *http.ServeMux, p *pages.Pages, c Config) error {
	e := &site{Pages: p, Config: c}
	for pattern, h := range map[string]editorHandler{
		"GET /coverage":               e.coverage,
		"GET /coverage/{topic}":       e.coverageTopic,
		"GET /coverage/{topic}/edit":  e.topicEdit,
		"POST /coverage/{topic}/edit": e.curateTopic,
		"GET /findings":               e.findings,
		"POST /findings":              e.workFindings,
		"GET /curation":               e.rulings,
		"POST /curation":              e.rule,
		"GET /items/{id}/edit":        e.edit,
		"POST /items/{id}/edit":       e.curate,
	} {
		mux.Handle(pattern, p.Handle(e.only(h)))
	}
	return MountDraft(mux, p, c)
}

// MountDraft adds the pages that want the index in memory alone: for drafts, why a work
// is not in a list, and what words of a title may mean. It fails only if the embedded files are broken.
func MountDraft(mux *http.ServeMux, p *pages.Pages, c Config) error {
	if err := p.Add(files); err != nil {
		return err
	}
	e := &site{Pages: p, Config: c}
	mux.Handle("GET /items/{id}/why", p.Handle(e.only(e.whyWhich)))
	mux.Handle("GET /items/{id}/why/{other}", p.Handle(e.only(e.why)))
	mux.Handle("GET /titles", p.Handle(e.only(e.titles)))
	mux.Handle("GET /draft", p.Handle(e.only(e.draft)))
	mux.Handle("POST /draft", p.Handle(e.only(e.draft)))
	return nil
}

// An editorHandler writes the answer to an editor.
type editorHandler func(w http.ResponseWriter, r *http.Request, v *pages.View, who serve.Identity) error

// only lets editors through. Others are led to the sign-in, if there is one,
// or refused.
func (e *site) only(h editorHandler) pages.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		var who serve.Identity
		var err error
		if r.Method == http.MethodPost {
			if serve.OwnForm(w, r, pages.MaxForm) != nil {
				return e.refused(w, r)
			}
			who, err = e.Front.RequireForm(r, serve.RoleEditor)
		} else {
			who, err = e.Front.Require(r, serve.RoleEditor)
		}
		if err != nil {
			if r.Method != http.MethodPost && who.Roles == 0 && !e.Front.Tokens.Empty() {
				w.Header().Set("Cache-Control", serve.Private)
				http.Redirect(w, r, "/sign-in?next="+url.QueryEscape(r.URL.RequestURI()), http.StatusSeeOther)
				return nil
			}
			return e.refused(w, r)
		}
		v := e.NewView(r)
		v.NoIndex, v.Private, v.Canonical, v.Leave = true, true, "", who.Cookie != ""
		return h(w, r, v, who)
	}
}

func (e *site) refused(w http.ResponseWriter, r *http.Request) error {
	v := e.NewView(r)
	v.Private = true
	return e.MessageView(w, r, v, http.StatusForbidden, "for-editors", "for-editors-text", nil)
}

// latest returns the report, or shows that there is none.
func (e *site) latest(w http.ResponseWriter, r *http.Request, v *pages.View) (*coverage.Report, *coverage.Changes, error) {
	if e.Report == nil {
		return nil, nil, recommend.ErrNotFound
	}
	report, changes, err := e.Report.Latest(r.Context())
	if errors.Is(err, coverage.ErrMaking) {
		w.Header().Set("Refresh", "5") // seconds, after which it may be there
		return nil, nil, e.MessageView(w, r, v, http.StatusAccepted, "report-making", "report-making-text", nil)
	}
	if errors.Is(err, coverage.ErrNoReport) {
		return nil, nil, e.MessageView(w, r, v, http.StatusNotFound, "no-report", "no-report-text", nil)
	}
	return report, changes, err
}
