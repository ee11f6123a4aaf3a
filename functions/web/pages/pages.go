package pages

import (
	"bytes"
	"context"
	"embed"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"akin/functions/web/serve"
	"akin/recommend"
)

// Reader is the part of a [engine.Reader] that pages are made from.
type Reader interface {
	Related(ctx context.Context, id string, q recommend.Query) (*recommend.Related, error)
	Find(ctx context.Context, address string) (string, error)
	Item(ctx context.Context, id string) (*recommend.Stored, error)
	Cards(ctx context.Context, ids ...string) ([]recommend.Card, error)
	Topics(ctx context.Context) ([]recommend.Topic, error)
	TopicList(ctx context.Context, q recommend.TopicQuery) (*recommend.TopicList, error)
	Family(ctx context.Context, slug string) (parent *recommend.Topic, children []recommend.Topic, err error)
	Topic(ctx context.Context, slug string) (*recommend.Topic, error)
	Listing(ctx context.Context, slug string, q recommend.ListQuery) (*recommend.Listing, error)

	// Version returns a number that every write changes, and true, or false where
	// that is not known: while it stays the same, the reader answers the same but
	// for the time of day.
	Version() (number uint64, settled bool)
}

// Config says what pages are made of.
type Config struct {
	Reader Reader

	// Search finds items by words, best first. Nil where no index is in
	// memory; the pages then say that search is away.
	Search func(ctx context.Context, q, lang string, limit int) ([]recommend.Entry, error)

	// Hints tells what else a search may have meant, that found so many items, and
	// ByAuthor the latest items of an author. Nil: nobody knows.
	Hints    func(ctx context.Context, q string, found int) (*recommend.Hints, error)
	ByAuthor func(ctx context.Context, author, lang string, limit int) ([]recommend.Entry, error)

	Editors bool // the pages for editors are there, so others lead to them

	// Languages are those of the website, BCP 47 tags, the first by default. Pages are
	// offered in those of them that akin speaks; where there is none, in English and
	// Spanish.
	Languages []string

	// OwnPages says that these pages are the website's own: entries lead to them, and
	// search engines are told of them. Otherwise that is so only of works without a
	// whole address of their own, and of all while nobody said where the website is.
	OwnPages bool

	// Pictures are served below /pictures/, where items of a sample have them. Nil: none.
	Pictures fs.FS

	Name   string           // of the website, printed on every page; empty: akin
	Site   *url.URL         // what relative addresses of items are relative to; nil: unknown
	Public *url.URL         // where readers find these pages; nil: wherever a request went
	Now    func() time.Time // nil: time.Now
	Log    *slog.Logger     // nil: slog.Default
}

//go:embed templates assets
var files embed.FS

// Pages serves what readers see. It is safe for concurrent use.
type Pages struct {
	Config
	templates map[string]func() (*template.Template, error) // parsed when first shown
	assets    map[string]asset
	prose     func() *prose
	counts    *countCache
	shelf     shelf
}

// An asset is an embedded file and what HTTP says about it.
type asset struct {
	body []byte
	kind string // media type
	tag  string // hash of the body
}

// New makes the pages; their templates are parsed when they are first needed. It
// fails only if the embedded files are broken.
func New(c Config) (*Pages, error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if c.Name == "" {
		c.Name = "akin"
	}
	p := &Pages{
		Config:    c,
		templates: make(map[string]func() (*template.Template, error)),
		assets:    make(map[string]asset),
		prose:     sync.OnceValue(newProse),
		counts:    newCountCache(c.Now),
	}
	for _, name := range []string{"fragment", "frame"} {
		p.templates[name] = p.parsed(nil, name)
	}
	err := p.Add(files)
	p.assets["widget.js"] = p.assets["widget-"+WidgetVersion+".js"]
	return p, err
}

// WidgetVersion is that of the widget at /widget.js. Each version stays at an address
// of its own, assets/widget-VERSION.js, whose bytes never change again; package
// infra/widget makes them.
const WidgetVersion = "1.0.0"

// layoutFiles hold the page around each page, and the pieces that pages share.
var layoutFiles = []string{"templates/layout.html", "templates/parts.html", "templates/related.html"}

// Add adds pages and assets: each file of templates is a page that fills the
// blocks of the layout and is called like its file, but for shared.html, whose
// pieces all of them may use; each file of assets is served under /assets/. It
// is called before the pages are served.
func (p *Pages) Add(files fs.FS) error {
	names, err := fs.Glob(files, "templates/*.html")
	if err != nil {
		return err
	}
	for _, name := range names {
		page := strings.TrimSuffix(path.Base(name), ".html")
		if !slices.Contains(layoutFiles, name) && page != "shared" {
			p.templates[page] = p.parsed(files, "layout", name)
		}
	}
	if names, err = fs.Glob(files, "assets/*"); err != nil {
		return err
	}
	for _, name := range names {
		body, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		p.assets[path.Base(name)] = asset{body, assetKind(name), strings.Trim(serve.ContentTag(body), `"`)}
	}
	return nil
}

// parsed returns what parses the layout, with more files of the pages', once, and
// gives the named template of it.
func (p *Pages) parsed(more fs.FS, name string, names ...string) func() (*template.Template, error) {
	return sync.OnceValues(func() (*template.Template, error) {
		t, err := template.ParseFS(files, layoutFiles...)
		if err != nil {
			return nil, err
		}
		if more != nil {
			if _, err := fs.Stat(more, "templates/shared.html"); err == nil {
				names = append(names, "templates/shared.html")
			}
			if t, err = t.ParseFS(more, names...); err != nil {
				return nil, err
			}
		}
		return t.Lookup(name), nil
	})
}

func assetKind(name string) string {
	switch name[strings.LastIndexByte(name, '.')+1:] {
	case "css":
		return "text/css; charset=utf-8"
	case "js":
		return "text/javascript; charset=utf-8"
	case "svg":
		return "image/svg+xml"
	default:
		return "application/octet-stream"
	}
}

// Mount adds the pages to mux, with a page for every address that nothing else
// answers.
func (p *Pages) Mount(mux *http.ServeMux) {
	for pattern, h := range map[string]Handler{
		"GET /{$}":                p.kept(p.start),
		"GET /topics":             p.kept(p.topics),
		"GET /topics/{slug}":      p.kept(p.topic),
		"GET /items/{id}":         p.kept(p.item),
		"GET /items/{id}/related": p.related,
		"GET /search":             p.search,
		"GET /sitemap.xml":        p.sitemap,
		"GET /robots.txt":         p.robots,
		"GET /widget.js":          p.widget,
		"GET /assets/{name}":      p.asset,
		"GET /favicon.ico":        p.favicon,
		"GET /":                   p.other,
	} {
		mux.Handle(pattern, p.Handle(h))
	}
	if p.Pictures != nil {
		mux.Handle("GET "+picturePath+"{name}", p.Handle(p.ownPicture))
	}
	for _, k := range feedKinds {
		mux.Handle("GET /"+k.file, p.Handle(p.feedHandler(k)))
		mux.Handle("GET /topics/{slug}/"+k.file, p.Handle(p.feedHandler(k)))
	}
}

// A Handler writes an answer or returns why it cannot.
type Handler func(w http.ResponseWriter, r *http.Request) error

// Handle turns errors into pages, with the status that [serve.ProblemOf] has for
// them. An address that can be no page's is answered as one where no page is.
func (p *Pages) Handle(h Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		err := h(w, r)
		if err == nil {
			return
		}
		status := http.StatusInternalServerError
		if known := serve.ProblemOf(err, false); known != nil {
			status = known.Status
		}
		switch {
		case status == http.StatusGone:
			err = p.message(w, r, status, "gone", "gone-text", nil)
		case status == http.StatusNotFound, status == http.StatusBadRequest:
			err = p.NotFound(w, r)
		case r.Context().Err() != nil:
			return // nobody waits for the answer any more
		default:
			p.Log.ErrorContext(r.Context(), "page failed", "path", r.URL.Path, "status", status, "err", err)
			if status == http.StatusServiceUnavailable {
				w.Header().Set("Retry-After", serve.RetryAfter)
			}
			w.Header().Set("Cache-Control", serve.NoStore)
			err = p.message(w, r, status, "server-error", "server-error-text", nil)
		}
		if err != nil && r.Context().Err() == nil {
			p.Log.ErrorContext(r.Context(), "error page failed", "path", r.URL.Path, "err", err)
			http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		}
	})
}

// pagePolicy lets a page load its own style sheet and script, and pictures of
// items from anywhere; nothing written into a page can run.
const pagePolicy = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; " +
	"img-src 'self' https: http: data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// framePolicy is pagePolicy for what other sites may frame.
const framePolicy = "default-src 'none'; style-src 'self'; img-src 'self' https: http: data:; " +
	"form-action 'none'; base-uri 'none'; frame-ancestors *"

// Render writes the page v by the template name.
func (p *Pages) Render(w http.ResponseWriter, r *http.Request, status int, name string, v *View) error {
	var b bytes.Buffer
	if err := p.execute(&b, name, v); err != nil {
		return err
	}
	page := keptPage{name, v.Lang, v.NoIndex, b.Bytes(), v.Until, p.Now().Round(0)}
	if v.Private {
		w.Header().Set("Cache-Control", serve.Private)
	} else if status == http.StatusOK {
		p.shelf.keep(r.Context(), page)
	}
	return p.send(w, r, status, page)
}

// send writes a page with its headers.
func (p *Pages) send(w http.ResponseWriter, r *http.Request, status int, page keptPage) error {
	h := w.Header()
	h.Set("Content-Language", page.lang)
	h.Set("Content-Security-Policy", pagePolicy)
	if page.name == "frame" || page.name == "fragment" {
		h.Set("Content-Security-Policy", framePolicy)
	}
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "strict-origin-when-cross-origin")
	h.Add("Vary", "Accept-Language")
	if page.noIndex {
		h.Set("X-Robots-Tag", "noindex")
	}
	return p.Write(w, r, status, "text/html; charset=utf-8", page.body, page.until)
}

// execute writes the page v by the template name to w.
func (p *Pages) execute(w io.Writer, name string, v *View) error {
	t, err := p.templates[name]()
	if err == nil {
		err = t.Execute(w, v)
	}
	if err != nil {
		return fmt.Errorf("page %s: %w", name, err)
	}
	return nil
}

// Write sends a body that caches may keep as [serve.CacheControl] says, if the header
// does not say so already.
func (p *Pages) Write(w http.ResponseWriter, r *http.Request, status int, kind string, body []byte, until time.Time) error {
	h := w.Header()
	h.Set("Content-Type", kind)
	switch {
	case h.Get("Cache-Control") != "":
	case status >= http.StatusInternalServerError:
		h.Set("Cache-Control", serve.NoStore)
	default:
		h.Set("Cache-Control", serve.CacheControl(p.Now(), until))
	}
	if status == http.StatusOK {
		if serve.NotModified(w, r, "W/"+serve.ContentTag(body)) {
			return nil
		}
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // the client may have gone; nothing to do about it
	}
	return nil
}

// asset serves an embedded file. Pages name it with its hash, and other sites a
// widget with its version, so it may be kept for good.
func (p *Pages) asset(w http.ResponseWriter, r *http.Request) error {
	name := r.PathValue("name")
	if strings.HasPrefix(name, "widget-") {
		return p.serveWidget(w, r, name, true)
	}
	return p.serveAsset(w, r, name, r.URL.Query().Get("v") != "")
}

// widget serves the custom element of the newest version.
func (p *Pages) widget(w http.ResponseWriter, r *http.Request) error {
	return p.serveWidget(w, r, "widget.js", false)
}

// serveWidget lets pages of any site load a widget.
func (p *Pages) serveWidget(w http.ResponseWriter, r *http.Request, name string, forever bool) error {
	w.Header().Set("Access-Control-Allow-Origin", "*")
	w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
	return p.serveAsset(w, r, name, forever)
}

func (p *Pages) favicon(w http.ResponseWriter, r *http.Request) error {
	return p.serveAsset(w, r, "icon.svg", false)
}

func (p *Pages) serveAsset(w http.ResponseWriter, r *http.Request, name string, forever bool) error {
	a, ok := p.assets[name]
	if !ok {
		return recommend.ErrNotFound
	}
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "public, max-age=3600")
	if forever {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	h.Set("Content-Type", a.kind)
	if serve.NotModified(w, r, `"`+a.tag+`"`) {
		return nil
	}
	h.Set("Content-Length", strconv.Itoa(len(a.body)))
	if r.Method != http.MethodHead {
		_, _ = w.Write(a.body)
	}
	return nil
}
