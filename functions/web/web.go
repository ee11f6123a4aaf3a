// Package web is akin's HTTP surface as one handler: the JSON API under /v1,
// described by /openapi.json, and the pages that readers and editors see. It
// decides who may ask, what an error is called and how long an answer may be
// kept; what is related to what it asks package recommend.
package web

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"akin/recommend"
	"akin/recommend/coverage"
	"akin/recommend/engine"
)

// A Reader answers what readers and editors ask. A [engine.Reader] is one.
type Reader interface {
	pageReader
	Status(ctx context.Context) (*recommend.StatusReport, error)
	Generations(ctx context.Context) ([]recommend.Generation, error)
	Curation(ctx context.Context, id string) (*recommend.Curation, error)
	Rulings(ctx context.Context) ([]engine.Ruling, error)
	TopicCuration(ctx context.Context, slug string) (*recommend.TopicCuration, error)
	History(ctx context.Context, s engine.Subject) ([]engine.Change, error)
	Audit(ctx context.Context, limit int) ([]engine.Audited, error)
	Merged(ctx context.Context, slug string) ([]string, error)
	Beside(ctx context.Context, ids ...string) ([]string, error)
}

// A Publisher takes in items, topics and what editors decide. A
// [engine.Publisher] is one.
type Publisher interface {
	Put(ctx context.Context, items ...recommend.Item) []recommend.Result
	Withdraw(ctx context.Context, id string, version int64) recommend.Result
	PutTopics(ctx context.Context, topics ...recommend.Topic) error
	Curate(ctx context.Context, id string, c recommend.Curation, e engine.Edit) (etag string, err error)
	CurateTopic(ctx context.Context, slug string, c recommend.TopicCuration, e engine.Edit) (etag string, err error)
	Rule(ctx context.Context, rulings []engine.Ruling, e engine.Edit) (*engine.RulingsResult, error)
	Undo(ctx context.Context, s engine.Subject, change uint64, e engine.Edit) (etag string, err error)
}

// A Searcher finds items by text. It holds the index in memory, or asks one
// that does.
type Searcher interface {
	Search(ctx context.Context, q, lang string, limit int) ([]recommend.Entry, error)
	Draft(ctx context.Context, it recommend.Item, q recommend.Query) (*engine.Draft, error)
}

// A Reporter has the editors' report. What it returns is not changed. A
// [coverage.Desk] and a [coverage.Keeper] are reporters.
type Reporter interface {
	Latest(ctx context.Context) (*coverage.Report, *coverage.Changes, error)
}

// A Config says what a handler is made of. Reader and Publisher are needed;
// what else is nil is answered by 501, "not available here".
type Config struct {
	Reader    Reader
	Publisher Publisher
	Searcher  Searcher
	Rebuilder Rebuilder

	// CatchUp applies every waiting change to the lists. It is called after
	// each write and before its answer, so that a 2xx means indexed. Nil: a
	// 2xx means stored, and others index.
	CatchUp func(context.Context) (int, error)

	// Trial returns a reader and a publisher of what is stored now, whose
	// writes nobody else sees, for previews. Nil: there are no previews.
	Trial func() (Reader, Publisher, error)

	// Ahead returns a reader of what is stored now, changed by change, as it would
	// be after the next rebuild, of the related lists of the items of ids only;
	// nobody else sees it. Nil: previews cannot tell how merged topics will
	// count.
	Ahead func(ctx context.Context, change func(Publisher) error, ids []string) (Reader, error)

	// Report is the editors' report, for their pages and /v1/coverage. Nil: 404.
	Report Reporter

	// Changed is told of every write that was not refused; drafts, previews and
	// events are none. Nil: nobody is.
	Changed func()

	// Events counts impressions and clicks. Nil: 404.
	Events Counter

	// Tokens are the secrets that give roles. Nil or empty, and Authorize nil:
	// writes are taken from this machine only, as [New] says.
	Tokens *Tokens

	// Authorize returns who made a request and what they may do, as something
	// in front of the handler found out: API Gateway. No roles: the tokens
	// decide. Nil: there is nothing in front.
	Authorize func(*http.Request) (name string, roles Roles)

	// SessionKey seals the cookies of those who sign in; handlers that share
	// it accept each other's. Nil: random, so a restart signs everybody out.
	SessionKey []byte

	Name    string           // of the website, for pages; empty: akin
	Site    *url.URL         // what relative addresses of items are relative to; nil: unknown
	Public  *url.URL         // where readers find the handler; nil: wherever a request went
	Version string           // of the program, for the status
	Store   string           // name of the store, for the status
	Now     func() time.Time // nil: time.Now
	Logger  *slog.Logger     // nil: slog.Default
}

// A site is the handler that [New] returns.
type site struct {
	Config
	auth  *auth
	api   func() *http.ServeMux // made for the first call: huma takes its time to describe all routes
	pages *http.ServeMux
	open  map[string]bool // patterns of the API that any origin may call

	patience time.Duration // for the pages of one preview
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
func New(c Config) http.Handler {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	s := &site{Config: c, auth: newAuth(c), pages: http.NewServeMux(), open: map[string]bool{}, patience: previewTime}
	s.api = sync.OnceValue(s.routes)
	pc := pageConfig{Reader: c.Reader, Editors: true, Name: c.Name, Site: c.Site, Public: c.Public, Now: c.Now, Log: c.Logger}
	if c.Searcher != nil {
		pc.Search = c.Searcher.Search
	}
	p, err := newPages(pc)
	if err != nil {
		panic(err)
	}
	p.mount(s.pages)
	s.mountSignIn(p)
	s.mountEditors(p)
	return s
}

// isAPI tells whether the JSON API answers at path, and not a page.
func isAPI(path string) bool {
	return strings.HasPrefix(path, "/v1/") || path == "/v1" || path == "/healthz" || path == "/openapi.json"
}

// isClean tells whether path holds no empty and no dot segment. The mux would
// redirect others, which does no client a favour: no address here has them.
func isClean(path string) bool {
	return strings.HasPrefix(path, "/") && !strings.Contains(path, "//") &&
		!strings.Contains(path+"/", "/./") && !strings.Contains(path+"/", "/../")
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
