package pages

import (
	"context"
	"net/http"
	"sync"
	"time"

	"akin/functions/web/serve"
)

const (
	maxKept    = 16 << 20 // bytes of pages that are kept in memory
	maxKeptKey = 512      // bytes of an address whose page is kept
)

// A shelf keeps pages as a cache in front of akin may, for half a minute and no
// longer than they hold; and unlike such a cache no longer than until the next
// write. A clock that was set back ends them, too: an embargo may hold again. It is safe for concurrent use.
type shelf struct {
	mu      sync.Mutex
	version uint64
	bytes   int
	pages   map[string]keptPage
}

// A keptPage is a page that was made, with what its headers say.
type keptPage struct {
	name    string // of the template
	lang    string
	noIndex bool
	body    []byte
	until   time.Time // when the page may change by itself; zero: unknown
	made    time.Time // by the clock on the wall, as until
}

// A place is where a page on its way is kept once it is made.
type place struct {
	key     string
	version uint64 // before anything was read for it
}

type placeKey struct{}

// kept answers by h, or by what it made before, where the reader can tell that
// nothing has changed.
func (p *Pages) kept(h Handler) Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		version, settled := p.Reader.Version()
		v := p.NewView(r)
		key := v.Lang + " " + v.origin + r.URL.RequestURI()
		if !settled || len(key) > maxKeptKey {
			return h(w, r)
		}
		if page, ok := p.shelf.find(key, version, p.Now()); ok {
			return p.send(w, r, http.StatusOK, page)
		}
		return h(w, r.WithContext(context.WithValue(r.Context(), placeKey{}, place{key, version})))
	}
}

func (s *shelf) find(key string, version uint64, now time.Time) (keptPage, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	page, ok := s.pages[key]
	if !ok || s.version != version || now.Before(page.made) || now.Sub(page.made) >= serve.FreshFor || !page.until.IsZero() && !now.Before(page.until) {
		return keptPage{}, false
	}
	return page, true
}

// keep puts a page on the shelf, if it came from where pages are kept.
func (s *shelf) keep(ctx context.Context, page keptPage) {
	at, ok := ctx.Value(placeKey{}).(place)
	if !ok {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if at.version < s.version {
		return // of the past
	}
	if s.version != at.version || s.pages == nil || s.bytes+len(page.body) > maxKept {
		s.version, s.bytes, s.pages = at.version, 0, map[string]keptPage{}
	}
	s.bytes += len(page.body) - len(s.pages[at.key].body)
	s.pages[at.key] = page
}
