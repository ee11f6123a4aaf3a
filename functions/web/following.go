package web

import (
	"context"
	"crypto/rand"
	"net/http"
	"net/url"
	"sync"

	"akin/functions/web/api"
)

// An Identity is what pages say of the website that they stand for.
type Identity struct {
	Name string // empty: as [Config.Name]
	Site string // address; empty: unknown
}

// Following returns the handler for c under the name and the address that
// identity tells, which is asked before every page and must be fast. What c
// says of either goes before. Where identity fails, what it said last holds, and
// the log says so. It is safe for concurrent use.
func Following(c Config, identity func(context.Context) (Identity, error)) http.Handler {
	if len(c.SessionKey) == 0 { // handlers that follow each other take the same sessions
		c.SessionKey = make([]byte, 32)
		_, _ = rand.Read(c.SessionKey) // never fails
	}
	f := &following{config: c, identity: identity}
	f.handler = New(c)
	return f
}

type following struct {
	config   Config
	identity func(context.Context) (Identity, error)

	mu      sync.RWMutex
	is      Identity
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
	is, err := f.identity(r.Context())
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

func (f *following) follow(is Identity) http.Handler {
	f.mu.Lock()
	defer f.mu.Unlock()
	if is == f.is { // another request was faster
		return f.handler
	}
	c := f.config
	if c.Name == "" {
		c.Name = is.Name
	}
	if c.Site == nil && is.Site != "" {
		if u, err := url.Parse(is.Site); err == nil {
			c.Site = u
		}
	}
	f.is, f.handler = is, New(c)
	return f.handler
}
