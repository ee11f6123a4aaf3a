package web

import (
	"context"
	"crypto/rand"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"akin/functions/web/api"
	"akin/recommend"
)

// An identity is what pages say of the website that they stand for.
type identity struct {
	name     string // empty: as [Config.Name]
	address  string // empty: unknown
	ownPages int

	languages string // parted by spaces
}

// Following returns the handler for c under the name and the address of the
// website that tell returns, empty if unknown, and with its pages as the website's
// own where it says so. It is asked before every page and must be fast. What c says
// of either goes before. Where tell fails, what it said last holds, and the log
// says so. The handler is made by [New] or [NewIndexed]. It is safe for concurrent use.
func Following(build func(Config) http.Handler, c Config, tell func(context.Context) (*recommend.Site, error)) http.Handler {
	if len(c.SessionKey) == 0 { // handlers that follow each other take the same sessions
		var key [32]byte
		_, _ = rand.Read(key[:]) // never fails
		c.SessionKey = key[:]
	}
	return &following{config: c, tell: tell, build: build, handler: build(c)}
}

type following struct {
	config Config
	tell   func(context.Context) (*recommend.Site, error)
	build  func(Config) http.Handler

	mu      sync.RWMutex
	is      identity
	handler http.Handler
}

func (f *following) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if api.Answers(r.URL.Path) { // programs are not told of either
		f.mu.RLock()
		h := f.handler
		f.mu.RUnlock()
		h.ServeHTTP(w, r)
		return
	}
	var is identity
	site, err := f.tell(r.Context())
	if err == nil {
		is = identity{site.Name, site.Address, site.OwnPages, strings.Join(site.Settings.Languages, " ")}
	}
	f.mu.RLock()
	h, was := f.handler, f.is
	f.mu.RUnlock()
	if err != nil && r.Context().Err() == nil && f.config.Logger != nil {
		f.config.Logger.ErrorContext(r.Context(), "the site's name and address are not known", "err", err)
	}
	if err == nil && is != was {
		h = f.follow(is)
	}
	h.ServeHTTP(w, r)
}

func (f *following) follow(is identity) http.Handler {
	f.mu.Lock()
	defer f.mu.Unlock()
	if is == f.is { // another request was faster
		return f.handler
	}
	c := f.config
	if c.Name == "" {
		c.Name = is.name
	}
	if c.Site == nil && is.address != "" {
		if u, err := url.Parse(is.address); err == nil {
			c.Site = u
		}
	}
	c.OwnPages = c.OwnPages || is.ownPages > 0
	if c.Languages == nil {
		c.Languages = strings.Fields(is.languages)
	}
	f.is, f.handler = is, f.build(c)
	return f.handler
}
