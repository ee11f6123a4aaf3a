// Package web composes akin's HTTP surface, one handler: the JSON API (package
// api), the pages that readers see (pages), those of editors (editors), and what
// every request passes on its way to them (serve). Begin at [New].
package web

import (
	"context"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"akin/functions/web/api"
	"akin/functions/web/editors"
	"akin/functions/web/pages"
	"akin/functions/web/serve"
	"akin/recommend"
	"akin/recommend/preview"
)

// A Reader answers what readers and editors ask. A [engine.Reader] is one.
type Reader interface {
	pages.Reader
	api.Reader
	editors.Reader
	preview.Reader
}

// A Publisher takes in items, topics and what editors decide. A
// [engine.Publisher] is one.
type Publisher interface {
	api.Publisher
	editors.Publisher
}

// A Searcher finds items by text and by title. It holds the index in memory.
type Searcher interface {
	api.Searcher
	editors.Drafter
}

// A Config says what a handler is made of. Reader and Publisher are needed;
// what else is nil is answered by 501, "not available here".
type Config struct {
	serve.Config // who may ask; HTTPS is set where Public says so

	Reader    Reader
	Publisher Publisher
	Searcher  Searcher
	Rebuilder api.Rebuilder

	// CatchUp applies every waiting change to the lists. It is called after
	// each write and before its answer, so that a 2xx means indexed. Nil: a
	// 2xx means stored, and others index.
	CatchUp func(context.Context) (int, error)

	// Filterer answers what filters leave incomplete, where Reader has no index.
	// Nil: such answers say so.
	Filterer api.Filterer

	// Titles finds items by title for editors, where Searcher is nil: see [editors.TitlesBy].
	Titles func(r *http.Request, q, lang string) ([]editors.Choice, error)

	// Trial returns a reader and a publisher of what is stored now, whose
	// writes nobody else sees, for previews. Nil: there are no previews.
	Trial func() (preview.Reader, preview.Publisher, error)

	// PreviewRebuild returns a reader of what is stored now, changed by change, as it would
	// be after the next rebuild, of the related lists of the items of ids only;
	// nobody else sees it. Nil: previews cannot tell how merged topics will
	// count.
	PreviewRebuild func(ctx context.Context, change func(preview.Publisher) error, ids []string) (preview.Reader, error)

	// Report is the editors' report, for their pages and /v1/coverage. Nil: 404.
	Report api.Reporter

	// PreviewTime is how long the lists of one preview are read; 0: [preview.Time].
	PreviewTime time.Duration

	// Receipts say what changed of what is published. Nil: 404.
	Receipts api.Receipts

	// Webhooks tells how far the addresses are that receipts are sent to. Nil: there are none.
	Webhooks func(context.Context) ([]recommend.Webhook, error)

	// Sources are the addresses that items come from. Nil: 404.
	Sources api.Sources

	// Events counts impressions and clicks. Nil: 404.
	Events api.Counter

	// Pictures are served below /pictures/, for a sample that has its own. Nil: none.
	Pictures fs.FS

	Name      string   // of the website, for pages; empty: akin
	Site      *url.URL // what relative addresses of items are relative to; nil: unknown
	Public    *url.URL // where readers find the handler; nil: wherever a request went
	Languages []string // of the website: see [pages.Config]

	// OwnPages says that these pages are the website's own: see [pages.Config].
	OwnPages bool

	Version string // of the program, for the status
	Store   string // name of the store, for the status
}

// New returns the handler for c. It is safe for concurrent use. It panics if
// the embedded files of the pages are broken.
//
// Every answer carries X-Request-Id, the request's own if that is well formed.
// Each write and each failure is one log line with that id; reads are logged
// at debug level.
//
// Where there are neither tokens nor Authorize, a request holds all roles if
// it comes from a loopback address, names a loopback host, was not forwarded,
// and has no Origin or that of the handler itself; any other may only read.
func New(c Config) http.Handler { return c.handler(api.All, editors.Mount) }

// NewIndexed is [New] for a program that holds the index in memory and is asked
// for nothing else: searches, drafts, filtered lists, and why a work is not in one. It holds the code of no
// other route of the API and of no other page for editors.
func NewIndexed(c Config) http.Handler { return c.handler(api.Indexed, editors.MountDraft) }

func (c Config) handler(part api.Part, mount func(*http.ServeMux, *pages.Pages, editors.Config) error) http.Handler {
	c.HTTPS = c.HTTPS || c.Public != nil && c.Public.Scheme == "https"
	f := serve.New(c.Config)
	previewer := &preview.Previewer{Reader: c.Reader, Trial: c.Trial, Rebuilt: c.PreviewRebuild, Now: f.Now, Time: c.PreviewTime}
	pc := pages.Config{Reader: c.Reader, Editors: true, Name: c.Name, Site: c.Site, Public: c.Public, OwnPages: c.OwnPages, Languages: c.Languages, Pictures: c.Pictures, Now: f.Now, Log: f.Logger}
	ec := editors.Config{Front: f, Decided: c.Reader, Preview: previewer, Report: c.Report, Titles: c.Titles, CatchUp: c.CatchUp}
	ac := api.Config{
		Reader: c.Reader, Rebuilder: c.Rebuilder, Preview: previewer, Report: c.Report, Events: c.Events,
		Filterer: c.Filterer, CatchUp: c.CatchUp, Sources: c.Sources, Receipts: c.Receipts, Webhooks: c.Webhooks, Version: c.Version, Store: c.Store,
	}
	if c.Searcher != nil {
		pc.Search, pc.Hints, pc.ByAuthor = c.Searcher.Search, c.Searcher.Hints, c.Searcher.ByAuthor
		ec.Drafter, ac.Searcher = c.Searcher, c.Searcher
	}
	if c.Publisher != nil {
		ec.Publisher, ac.Publisher = c.Publisher, c.Publisher
	}
	p, err := pages.New(pc)
	if err != nil {
		panic(err)
	}
	forPeople := http.NewServeMux()
	p.Mount(forPeople)
	p.MountSignIn(forPeople, f)
	if err := mount(forPeople, p, ec); err != nil {
		panic(err)
	}
	forPeople.Handle("POST /coverage/rebuild", api.RebuildForm(f, c.Rebuilder))
	forPrograms := api.New(f, ac, part)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if api.Answers(r.URL.Path) {
			f.Serve(w, r, true, forPrograms)
		} else {
			f.Serve(w, r, false, forPeople) // pages tell of writes themselves, where they save
		}
	})
}

// NewServer returns a server for h with limits on what a client may take: 64 KB
// of headers, 5 s to send them, 60 s for a request and 2 min for its answer.
// Handlers that read a body or work long set deadlines of their own.
func NewServer(h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       60 * time.Second,
		WriteTimeout:      120 * time.Second,
		IdleTimeout:       120 * time.Second,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug), // clients' mistakes; the handler logs its own
	}
}
