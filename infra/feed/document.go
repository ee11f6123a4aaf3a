package feed

import (
	"bytes"
	"errors"
	"io"
	"net/url"
	"strconv"
	"strings"

	"akin/infra/feed/entry"
)

// MaxDocument is the size, in bytes, of the largest RSS, Atom or JSON Feed that
// is read. Feeds are read whole; a publisher's archive belongs into JSON Lines.
const MaxDocument = 64 << 20

// maxPages bounds how many pages of a feed are read.
const maxPages = 5000

// An about is what a feed says of itself.
type about struct {
	next      string // address of the page or archive with older entries; empty: none is named
	wordpress bool   // whose feeds have pages that they do not name
	isJSON    bool
	found     int // entries of this page that had not come before
}

// document hands out the entries of a feed, of all its pages if it was fetched.
func (f *reader) document(in *entry.Input, form form) bool {
	data, err := io.ReadAll(io.LimitReader(in, MaxDocument+1))
	if len(data) > MaxDocument {
		return f.cut(0, wrong("feed", "is over %d bytes long; give it as JSON Lines", MaxDocument))
	}
	var lost error
	if err != nil {
		lost = f.readError(err)
	}
	a, ok := f.page(in, data, form, lost)
	if !ok {
		return false
	}
	return f.pages(in, a)
}

// page hands out the entries of one page.
func (f *reader) page(in *entry.Input, data []byte, form form, lost error) (about, bool) {
	if form == jsonFeed {
		return f.jsonFeed(in, data, lost)
	}
	return f.xmlFeed(in, data, lost)
}

// pages goes on with the pages behind the first one, which a says of itself. Of
// a file it says that there are some.
func (f *reader) pages(in *entry.Input, a about) bool {
	if in.URL == "" {
		if a.next == "" {
			return true
		}
		return f.notice(Record{Cut: true}, entry.Notice{Kind: entry.Further,
			Err: wrong("feed", "has older entries at %s; import that address, or the feed's own", a.next)})
	}
	first, err := url.Parse(in.URL)
	if err != nil {
		return true
	}
	f.further = true
	seen := map[string]bool{in.URL: true}
	at, number, guessed := first, 1, false
	for {
		number++
		switch {
		case a.next != "":
			next, err := at.Parse(a.next)
			if err != nil || !strings.EqualFold(next.Host, first.Host) || next.Scheme != "http" && next.Scheme != "https" {
				return f.notice(Record{Cut: true}, entry.Notice{Kind: entry.Further,
					Err: wrong("feed", "has older entries at %s, which is another site's; import that address too", a.next)})
			}
			at, guessed = next, false
		case a.wordpress && a.found > 0:
			next := *first
			q := next.Query()
			q.Set("paged", strconv.Itoa(number))
			next.RawQuery = q.Encode()
			at, guessed = &next, true
		default:
			return true
		}
		at.Fragment = ""
		if seen[at.String()] {
			return true
		}
		if seen[at.String()] = true; number > maxPages {
			return f.notice(Record{Cut: true}, entry.Notice{Kind: entry.Further, Err: wrong("feed", "has more than %d pages; the others were not read", maxPages)})
		}
		resp, err := entry.Get(f.ctx, f.o.Client, at.String(), accept)
		if status := (*entry.StatusError)(nil); guessed && errors.As(err, &status) && (status.Code == 404 || status.Code == 410 || status.Code == 400) {
			return true // behind the last page
		}
		if err != nil {
			return f.cut(0, wrong("feed", "page %d, %s: %v; import again for the rest", number, at, err))
		}
		more := entry.NewInput(resp.Body)
		more.URL, more.Header = resp.Request.URL.String(), resp.Header
		body, err := io.ReadAll(io.LimitReader(more, MaxDocument+1))
		resp.Body.Close()
		switch {
		case err != nil:
			return f.cut(0, wrong("feed", "page %d, %s: %v; import again for the rest", number, at, err))
		case len(body) > MaxDocument:
			return f.cut(0, wrong("feed", "page %d, %s: is over %d bytes long", number, at, MaxDocument))
		}
		form := xmlFeed
		if a.isJSON {
			form = jsonFeed
		}
		body = bytes.TrimPrefix(body, []byte(byteOrderMark))
		if guessed && form == xmlFeed && !isFeed(body) {
			return true // a web page that says that there is nothing
		}
		file := f.file
		f.file = at.String()
		var ok bool
		a, ok = f.page(more, body, form, nil)
		if f.file = file; !ok {
			return false
		}
		if guessed && a.found == 0 {
			return true // the same page again
		}
	}
}

// feedEntry hands out one entry of a feed. One that an earlier page had is
// passed over.
func (f *reader) feedEntry(in *entry.Input, a *about, line int, e *entry.Entry) bool {
	if in.URL != "" && f.o.Site == "" {
		e.Link = entry.Absolute(in.URL, e.Link)
	}
	at := Record{File: f.file, Line: line}
	if f.further && f.file != "" {
		it, _, _ := e.Item(f.o)
		if _, again := f.seen[it.ID]; again && it.ID != "" {
			return true
		}
	}
	a.found++
	return f.entry(at, e)
}
