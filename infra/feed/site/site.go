// Package site reads the works of any website: the pages that its sitemap lists,
// by what they say of themselves in JSON-LD, Open Graph and HTML.
//
// It asks as a polite visitor: what robots.txt allows, of one host, one page
// after another, two a second at most unless the options say otherwise. A page
// that did not change since the options' Since is not read again.
package site

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"akin/infra/feed/entry"
	"akin/recommend"
)

// Bounds of a visit.
const (
	maxPages   = 50_000
	maxMaps    = 500
	maxSitemap = 64 << 20 // bytes, unpacked
	maxPage    = 4 << 20  // bytes of a page that are read
	maxHops    = 5        // redirects
	maxFails   = 10       // pages in a row that do not answer; then the site is left alone
	maxOwn     = 20       // pages that akin made, before any other; then all are
	pageTime   = 30 * time.Second
	maxDelay   = 30 * time.Second // of what robots.txt or a busy server ask for
)

// What is left out beside the kinds that all readers have.
var (
	noArticle = entry.Kind{One: "page that is not an article left out", Many: "pages that are not articles left out"}
	forbidden = entry.Kind{One: "page that robots.txt forbids left out", Many: "pages that robots.txt forbids left out"}
	elsewhere = entry.Kind{One: "page on another host left out", Many: "pages on other hosts left out"}
	missing   = entry.Kind{One: "page that is not there left out", Many: "pages that are not there left out"}
	double    = entry.Kind{One: "further address of a page left out", Many: "further addresses of pages left out"}
	own       = entry.Kind{One: "page that akin made of an item left out", Many: "pages that akin made of items left out"}
	noPage    = entry.Kind{One: "file that is not a web page left out", Many: "files that are not web pages left out"}
)

// Tell says whether in is a web page or a sitemap that was fetched.
func Tell(in *entry.Input) bool {
	if in == nil || in.URL == "" {
		return false
	}
	if strings.HasSuffix(in.URL, ".xml.gz") {
		return true
	}
	head := bytes.ToLower(in.Head())
	head = head[:min(len(head), 4096)]
	return bytes.Contains(head, []byte("<html")) || bytes.Contains(head, []byte("<!doctype html")) ||
		bytes.Contains(head, []byte("<urlset")) || bytes.Contains(head, []byte("<sitemapindex"))
}

// Read hands out the works of the site at in.URL, a page or a sitemap of it. Of
// a page that is not the site's first, only what is below its folder counts.
func Read(ctx context.Context, in *entry.Input, o entry.Options) iter.Seq[entry.Found] {
	return func(yield func(entry.Found) bool) {
		v := &visit{ctx: ctx, o: o, yield: yield, seen: map[string]bool{}}
		if err := v.run(in); err != nil && !v.ended {
			yield(entry.Found{Err: entry.Wrong("site", "%v", err), Cut: true})
		}
	}
}

// A visit is one reading of a site.
type visit struct {
	ctx    context.Context
	o      entry.Options
	yield  func(entry.Found) bool
	client *http.Client
	base   *url.URL
	below  string // paths of the works begin so
	robots *robots
	pause  time.Duration
	last   time.Time
	seen   map[string]bool // addresses
	found  int
	own    int  // pages that akin made
	ended  bool // the caller wants no more
}

var errElsewhere = errors.New("leads to another host")

// hostOf returns the host without www.
func hostOf(u *url.URL) string { return strings.TrimPrefix(strings.ToLower(u.Host), "www.") }

func (v *visit) run(in *entry.Input) error {
	base, err := url.Parse(in.URL)
	if err != nil || base.Host == "" {
		return fmt.Errorf("%q is not an address of a website", in.URL)
	}
	v.base = base
	client := *v.o.Client
	client.CheckRedirect = func(req *http.Request, via []*http.Request) error {
		switch {
		case len(via) > maxHops:
			return fmt.Errorf("redirects more than %d times", maxHops)
		case hostOf(req.URL) != hostOf(base):
			return errElsewhere
		}
		return nil
	}
	v.client = &client
	data, err := io.ReadAll(io.LimitReader(in, maxSitemap))
	if err != nil {
		return err
	}
	if err := v.readRobots(); err != nil {
		return err
	}
	var queue []place
	given, err := parseSitemap(bytes.NewReader(data))
	var feeds []string
	switch {
	case errors.Is(err, errNoSitemap):
		start := parsePage(data)
		if start.own() {
			v.refuseOwn()
			return nil
		}
		feeds = start.feeds
		if dir := path.Dir(base.Path); strings.HasSuffix(base.Path, "/") && base.Path != "/" {
			v.below = base.Path
		} else if dir != "/" && dir != "." {
			v.below = dir + "/"
		}
		for _, s := range v.robots.sitemaps {
			queue = append(queue, place{address: s})
		}
		if len(queue) == 0 {
			for _, s := range []string{"/sitemap.xml", "/sitemap_index.xml", "/sitemap-index.xml", "/wp-sitemap.xml", "/sitemap.xml.gz"} {
				queue = append(queue, place{address: base.ResolveReference(&url.URL{Path: s}).String(), changed: "?"})
			}
		}
	case given == nil:
		return err
	default:
		if err != nil && !v.warn(in.URL, err) {
			return nil
		}
		if !v.pages(given.places) {
			return nil
		}
		queue = given.maps
	}
	listed := given != nil
	for n := 0; len(queue) > 0; n++ {
		next := queue[0]
		queue = queue[1:]
		guess := next.changed == "?"
		if n >= maxMaps {
			return fmt.Errorf("has more than %d sitemaps; the rest is not read", maxMaps)
		}
		if v.seen[next.address] || guess && listed {
			continue
		}
		v.seen[next.address] = true
		m, err := v.sitemap(next.address)
		if err != nil {
			switch {
			case v.ctx.Err() != nil:
				return v.ctx.Err()
			case guess:
				continue
			}
			// Without it, what is missing cannot be told from what is gone.
			if !v.yield(entry.Found{File: next.address, Err: entry.Wrong("sitemap", "%v", err), Cut: m == nil}) {
				v.ended = true
				return nil
			}
			if m == nil {
				continue
			}
		}
		listed = true
		queue = append(queue, m.maps...)
		if !v.pages(m.places) {
			return nil
		}
	}
	switch {
	case v.ended:
	case v.ctx.Err() != nil:
		return v.ctx.Err()
	case !listed && len(feeds) > 0:
		feed, _ := base.Parse(feeds[0])
		return fmt.Errorf("has no sitemap; import its feed instead: %v", feed)
	case !listed:
		return errors.New("has neither a sitemap nor a feed; give the address of one, or import a file")
	case v.found == 0 && v.own > 0:
		v.refuseOwn()
	case v.found == 0:
		return errors.New("has no pages with articles in its sitemap")
	}
	return nil
}

// readRobots reads robots.txt. One that cannot be reached forbids all, one that
// is not there nothing.
func (v *visit) readRobots() error {
	address := v.base.ResolveReference(&url.URL{Path: "/robots.txt"}).String()
	v.robots = &robots{}
	resp, err := v.get(address, "text/plain", false)
	var status *entry.StatusError
	switch {
	case errors.As(err, &status) && status.Code < 500 && status.Code != http.StatusTooManyRequests:
	case err != nil:
		return fmt.Errorf("robots.txt: %w; without it no page may be asked for", err)
	default:
		data, err := io.ReadAll(io.LimitReader(resp.Body, maxRobots))
		resp.Body.Close()
		if err != nil {
			return fmt.Errorf("robots.txt: %w", err)
		}
		v.robots = parseRobots(data)
	}
	switch {
	case v.o.Rate > 0:
		v.pause = time.Duration(float64(time.Second) / v.o.Rate)
	case v.robots.delay > 0:
		v.pause = min(v.robots.delay, maxDelay)
	default:
		v.pause = time.Second / 2
	}
	return nil
}

func (v *visit) sitemap(address string) (*sitemap, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return nil, fmt.Errorf("%q is not an address", address)
	}
	if hostOf(u) != hostOf(v.base) {
		return nil, errElsewhere
	}
	resp, err := v.get(address, "application/xml", false)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	return parseSitemap(resp.Body)
}

// get asks for an address when it is time to. A server that is busy is asked
// again twice, when it says so.
func (v *visit) get(address, accept string, conditional bool) (*http.Response, error) {
	for try := 0; ; try++ {
		if err := v.wait(v.pause - time.Since(v.last)); err != nil {
			return nil, err
		}
		v.last = time.Now()
		ctx, cancel := context.WithTimeout(v.ctx, pageTime)
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
		if err != nil {
			cancel()
			return nil, err
		}
		req.Header.Set("User-Agent", agent)
		req.Header.Set("Accept", accept)
		if conditional && !v.o.Since.IsZero() {
			req.Header.Set("If-Modified-Since", v.o.Since.UTC().Format(http.TimeFormat))
		}
		resp, err := v.client.Do(req)
		if err != nil {
			cancel()
			var wrapped *url.Error
			if errors.As(err, &wrapped) {
				err = wrapped.Err
			}
			return nil, err
		}
		if resp.StatusCode == http.StatusOK {
			resp.Body = &ending{resp.Body, cancel}
			return resp, nil
		}
		resp.Body.Close()
		cancel()
		if busy := resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode == http.StatusServiceUnavailable; !busy || try == 2 {
			return nil, &entry.StatusError{Code: resp.StatusCode, Status: resp.Status, Header: resp.Header}
		}
		after, _ := strconv.Atoi(resp.Header.Get("Retry-After"))
		if err := v.wait(min(time.Duration(max(after, 1))*time.Second, maxDelay)); err != nil {
			return nil, err
		}
	}
}

// An ending ends its request when it is closed.
type ending struct {
	io.ReadCloser
	cancel context.CancelFunc
}

func (e *ending) Close() error { defer e.cancel(); return e.ReadCloser.Close() }

func (v *visit) wait(d time.Duration) error {
	if d <= 0 {
		return v.ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-v.ctx.Done():
		return v.ctx.Err()
	}
}

func (v *visit) warn(address string, err error) bool {
	return v.hand(entry.Found{File: address, Notice: &entry.Notice{Kind: entry.Further, Err: entry.Wrong("sitemap", "%v", err)}})
}

func (v *visit) hand(x entry.Found) bool {
	if !v.yield(x) {
		v.ended = true
	}
	return !v.ended
}

func (v *visit) refuseOwn() {
	v.hand(entry.Found{Err: entry.Own("site"), Cut: true})
	v.ended = true
}

func (v *visit) notice(address string, k entry.Kind) bool {
	return v.hand(entry.Found{File: address, Notice: &entry.Notice{Kind: k}})
}

// pages reads the pages of a sitemap. It returns false when there is to be no
// more.
func (v *visit) pages(list []place) bool {
	fails := 0
	for _, p := range list {
		if v.ctx.Err() != nil {
			return true // run says so
		}
		u, err := v.base.Parse(p.address)
		if err != nil || u.Host == "" {
			if !v.hand(entry.Found{File: p.address, Err: entry.Wrong("loc", "%q is not an address", p.address)}) {
				return false
			}
			continue
		}
		u.Fragment = ""
		p.address = u.String()
		ok := true
		switch {
		case v.seen[p.address]:
		case v.below != "" && !strings.HasPrefix(u.Path, v.below):
		case hostOf(u) != hostOf(v.base):
			ok = v.notice(p.address, elsewhere)
		case !v.robots.allows(u.RequestURI()):
			ok = v.notice(p.address, forbidden)
		case v.unchanged(p):
			v.found++
			ok = v.hand(entry.Found{Same: entry.ID(p.address)})
		default:
			var failed bool
			ok, failed = v.page(p)
			if failed {
				fails++
			} else {
				fails = 0
			}
		}
		v.seen[p.address] = true
		if !ok {
			return false
		}
		if fails >= maxFails {
			v.hand(entry.Found{Err: entry.Wrong("site", "%d pages in a row do not answer; try again later", fails), Cut: true})
			v.ended = true
			return false
		}
	}
	return true
}

// unchanged says whether a sitemap says that a page did not change since it was
// read.
func (v *visit) unchanged(p place) bool {
	if v.o.Since.IsZero() || p.changed == "" {
		return false
	}
	d, err := entry.ParseDate(p.changed, v.o.Order, v.o.Zone)
	if err != nil {
		return false
	}
	const late = 24 * time.Hour // some sitemaps name days, and in any zone
	return d.Instant().Add(late).Before(v.o.Since)
}

// page hands out the work of a page. Failed says that the page did not answer.
func (v *visit) page(p place) (ok, failed bool) {
	resp, err := v.get(p.address, "text/html, application/xhtml+xml", true)
	var status *entry.StatusError
	switch {
	case errors.As(err, &status) && status.Code == http.StatusNotModified:
		v.found++
		return v.hand(entry.Found{Same: entry.ID(p.address)}), false
	case errors.As(err, &status) && status.Code < 500 && status.Code != http.StatusTooManyRequests:
		return v.notice(p.address, missing), false
	case errors.Is(err, errElsewhere):
		return v.notice(p.address, elsewhere), false
	case v.ctx.Err() != nil:
		return true, false
	case err != nil:
		return v.hand(entry.Found{File: p.address, Item: named(p.address), Err: entry.Wrong("page", "%v", err)}), true
	}
	defer resp.Body.Close()
	if kind := resp.Header.Get("Content-Type"); kind != "" && !strings.Contains(kind, "html") {
		return v.notice(p.address, noPage), false
	}
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxPage))
	if err != nil {
		return v.hand(entry.Found{File: p.address, Item: named(p.address), Err: entry.Wrong("page", "%v", err)}), true
	}
	html := parsePage(entry.Page(data, resp.Header))
	if html.own() {
		if v.own++; v.own >= maxOwn && v.found == 0 {
			v.refuseOwn()
			return false, false
		}
		return v.notice(p.address, own), false
	}
	final := resp.Request.URL
	if html.noindex(strings.Join(resp.Header.Values("X-Robots-Tag"), ",")) {
		return v.hand(entry.Found{File: p.address, Entry: &entry.Entry{ID: p.address, Status: entry.NoIndex}}), false
	}
	e := html.entry(final.String())
	if e == nil {
		return v.notice(p.address, noArticle), false
	}
	if e.Link != p.address && v.seen[e.Link] {
		return v.notice(p.address, double), false
	}
	v.seen[e.Link] = true
	e.ID = p.address
	for _, other := range []string{p.address, final.String()} {
		if other != e.Link && !slices.Contains(e.Aliases, other) {
			e.Aliases = append(e.Aliases, other)
		}
	}
	e.Group = group(p.alternates, html.alternates, final)
	v.found++
	return v.hand(entry.Found{File: p.address, Entry: e}), false
}

// named is an item of which only the id is known.
func named(address string) *recommend.Item { return &recommend.Item{ID: entry.ID(address)} }

// group returns what the translations of a page share: the least of their
// addresses; "" without any.
func group(listed, said map[string]string, at *url.URL) string {
	least := ""
	if len(listed) == 0 {
		listed = said
	}
	for lang, href := range listed {
		u, err := at.Parse(href)
		if err == nil && lang != "x-default" && (least == "" || u.String() < least) {
			least = u.String()
		}
	}
	return least
}
