package web

import (
	"bytes"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"errors"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"akin/recommend"
)

// pageReader is the part of a [engine.Reader] that pages are made from.
type pageReader interface {
	Related(ctx context.Context, id string, q recommend.Query) (*recommend.Related, error)
	Find(ctx context.Context, address string) (string, error)
	Item(ctx context.Context, id string) (*recommend.Stored, error)
	Cards(ctx context.Context, ids ...string) ([]recommend.Card, error)
	Topics(ctx context.Context) ([]recommend.Topic, error)
	Topic(ctx context.Context, slug string) (*recommend.Topic, error)
	Listing(ctx context.Context, slug string, q recommend.ListQuery) (*recommend.Listing, error)
}

// pageConfig says what pages are made of.
type pageConfig struct {
	Reader pageReader

	// Search finds items by words, best first. Nil where no index is in
	// memory; the pages then say that search is away.
	Search func(ctx context.Context, q, lang string, limit int) ([]recommend.Entry, error)

	Editors bool // the pages for editors are there, so others lead to them

	Name   string           // of the website, printed on every page; empty: akin
	Site   *url.URL         // what relative addresses of items are relative to; nil: unknown
	Public *url.URL         // where readers find these pages; nil: wherever a request went
	Now    func() time.Time // nil: time.Now
	Log    *slog.Logger     // nil: slog.Default
}

//go:embed templates assets/draft.js assets/icon.svg assets/widget.js
var pageFiles embed.FS

// The style sheets are slices, which the linker keeps with what may be written:
// that part of a program's file has room, where the files grow by 64 KB at once.
var (
	//go:embed assets/style.css
	styleSheet []byte
	//go:embed assets/editor.css
	editorSheet []byte
)

// pages serves what readers see. It is safe for concurrent use.
type pages struct {
	pageConfig
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

// pageTemplates are the pages, each in a file of its own that fills the blocks
// of layout.html; the other files hold the pieces that they share.
var pageTemplates = []string{"start", "topics", "topic", "item", "search", "message", "signin", "coverage", "draft", "edit", "topicedit", "rulings"}

// newPages makes the pages; their templates are parsed when they are first
// needed. It fails only if the embedded files are broken.
func newPages(c pageConfig) (*pages, error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if c.Name == "" {
		c.Name = "akin"
	}
	p := &pages{
		pageConfig: c,
		templates:  make(map[string]func() (*template.Template, error)),
		assets:     make(map[string]asset),
		prose:      sync.OnceValue(newProse),
		counts:     newCountCache(c.Now),
	}
	// What html/template has shown once it does not copy any more.
	shared := func() (*template.Template, error) {
		return template.New("").ParseFS(pageFiles, "templates/layout.html", "templates/parts.html", "templates/related.html")
	}
	for _, name := range pageTemplates {
		p.templates[name] = sync.OnceValues(func() (*template.Template, error) {
			t, err := shared()
			if err == nil {
				t, err = t.ParseFS(pageFiles, "templates/"+name+".html")
			}
			if err != nil {
				return nil, err
			}
			return t.Lookup("layout"), nil
		})
	}
	for _, name := range []string{"fragment", "frame"} {
		p.templates[name] = sync.OnceValues(func() (*template.Template, error) {
			t, err := shared()
			if err != nil {
				return nil, err
			}
			return t.Lookup(name), nil
		})
	}

	names, err := fs.Glob(pageFiles, "assets/*")
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{"style.css": styleSheet, "editor.css": editorSheet}
	for _, name := range names {
		if files[strings.TrimPrefix(name, "assets/")], err = pageFiles.ReadFile(name); err != nil {
			return nil, err
		}
	}
	for name, body := range files {
		sum := sha256.Sum256(body)
		p.assets[name] = asset{body, assetKind(name), base64.RawURLEncoding.EncodeToString(sum[:9])}
	}
	return p, nil
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

// mount adds the pages to mux, with a page for every address that nothing else
// answers.
func (p *pages) mount(mux *http.ServeMux) {
	for pattern, h := range map[string]pageHandler{
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
		mux.Handle(pattern, p.handler(h))
	}
	for _, k := range feedKinds {
		mux.Handle("GET /"+k.file, p.handler(p.feedHandler(k)))
		mux.Handle("GET /topics/{slug}/"+k.file, p.handler(p.feedHandler(k)))
	}
}

// A pageHandler writes an answer or returns why it cannot.
type pageHandler func(w http.ResponseWriter, r *http.Request) error

// handler turns errors into pages: the one place where an error of the reader
// becomes a status.
func (p *pages) handler(h pageHandler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		err := h(w, r)
		if err == nil {
			return
		}
		var invalid *recommend.InvalidError
		switch {
		case errors.Is(err, recommend.ErrWithdrawn):
			err = p.message(w, r, http.StatusGone, "gone", "gone-text", nil)
		case errors.Is(err, recommend.ErrNotFound), errors.Is(err, recommend.ErrTopicNotFound):
			err = p.notFound(w, r)
		case errors.As(err, &invalid):
			err = p.notFound(w, r)
		case r.Context().Err() != nil:
			return // nobody waits for the answer any more
		default:
			p.Log.ErrorContext(r.Context(), "page failed", "path", r.URL.Path, "err", err)
			err = p.message(w, r, http.StatusInternalServerError, "server-error", "server-error-text", nil)
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

// render writes the page v by the template name.
func (p *pages) render(w http.ResponseWriter, r *http.Request, status int, name string, v *page) error {
	var b bytes.Buffer
	if err := p.execute(&b, name, v); err != nil {
		return err
	}
	page := keptPage{name, v.Lang, v.NoIndex, b.Bytes(), v.Until, p.Now()}
	if v.Private {
		w.Header().Set("Cache-Control", private)
	} else if status == http.StatusOK {
		p.shelf.keep(r.Context(), page)
	}
	return p.send(w, r, status, page)
}

// send writes a page with its headers.
func (p *pages) send(w http.ResponseWriter, r *http.Request, status int, page keptPage) error {
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
	return p.write(w, r, status, "text/html; charset=utf-8", page.body, page.until)
}

// execute writes the page v by the template name to w.
func (p *pages) execute(w io.Writer, name string, v *page) error {
	t, err := p.templates[name]()
	if err == nil {
		err = t.Execute(w, v)
	}
	if err != nil {
		return fmt.Errorf("page %s: %w", name, err)
	}
	return nil
}

// write sends a body that caches may keep as [cacheControl] says, if the header
// does not say so already.
func (p *pages) write(w http.ResponseWriter, r *http.Request, status int, kind string, body []byte, until time.Time) error {
	h := w.Header()
	h.Set("Content-Type", kind)
	switch {
	case h.Get("Cache-Control") != "":
	case status >= http.StatusInternalServerError:
		h.Set("Cache-Control", noStore)
	default:
		h.Set("Cache-Control", cacheControl(p.Now(), until))
	}
	if status == http.StatusOK {
		if notModified(w, r, "W/"+contentTag(body)) {
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

// asset serves an embedded file. Pages name it with its hash, so it may be
// kept for good.
func (p *pages) asset(w http.ResponseWriter, r *http.Request) error {
	return p.serveAsset(w, r, r.PathValue("name"), r.URL.Query().Get("v") != "")
}

// widget serves the custom element, which other sites name without its hash.
func (p *pages) widget(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Access-Control-Allow-Origin", "*")
	w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
	return p.serveAsset(w, r, "widget.js", false)
}

func (p *pages) favicon(w http.ResponseWriter, r *http.Request) error {
	return p.serveAsset(w, r, "icon.svg", false)
}

func (p *pages) serveAsset(w http.ResponseWriter, r *http.Request, name string, forever bool) error {
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
	if notModified(w, r, a.tag) {
		return nil
	}
	h.Set("Content-Length", strconv.Itoa(len(a.body)))
	if r.Method != http.MethodHead {
		_, _ = w.Write(a.body)
	}
	return nil
}
