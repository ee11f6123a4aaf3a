// Package source reads what sources of package sources list: files and folders,
// feeds, exports and interfaces of publishing systems, sites, whatever package
// feed knows.
//
// A [Reader] for a server on the internet reads addresses only, and of those
// only public ones; see [Public].
package source

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"akin/infra/feed"
	"akin/infra/feed/entry"
	"akin/recommend/sources"
)

const (
	fetchTime = 10 * time.Minute
	accept    = "application/feed+json, application/rss+xml, application/atom+xml, application/json, text/csv, */*;q=0.5"
)

// A Reader reads sources. It is safe for concurrent use.
type Reader struct {
	client *http.Client
	public bool
	site   string
	lang   string

	// Workbook reads Excel's workbooks; nil: they are named for what they are, and
	// not read. It is set before the reader is used.
	Workbook entry.Reader
}

var _ sources.Reader = (*Reader)(nil)

// Local returns a reader of whatever this machine reaches, its own network and
// files too. Relative addresses of works are relative to site.
func Local(site, lang string) *Reader {
	return &Reader{client: entry.NewClient(), site: site, lang: lang}
}

// Public returns a reader of http and https addresses of the public internet: no
// files, and no address that is private, of this machine or of a network's
// inside, whatever names or redirects lead there.
func Public(site, lang string) *Reader {
	return &Reader{client: guarded(), public: true, site: site, lang: lang}
}

// Read asks for what a source lists, or only whether that changed where the
// source can say so.
func (r *Reader) Read(ctx context.Context, s *sources.Source) (*sources.Answer, error) {
	answer := &sources.Answer{}
	var from *feed.Source
	web := strings.HasPrefix(s.Address, "http://") || strings.HasPrefix(s.Address, "https://")
	partial := false
	switch {
	case web:
		resp, err := r.ask(ctx, s)
		if err != nil {
			return nil, err
		}
		if resp == nil {
			return &sources.Answer{Unchanged: true}, nil
		}
		body, one, part := look(resp)
		resp.Body, partial = body, part
		if one {
			answer.ETag, answer.Modified = resp.Header.Get("ETag"), resp.Header.Get("Last-Modified")
		}
		from = feed.NewAnswer(resp, s.Address)
	case r.public:
		return nil, errors.New("is not an http or https address; only those are read here")
	default:
		var err error
		if from, err = feed.Open(ctx, s.Address); err != nil {
			return nil, err
		}
		partial = latest(plain(fileHead(s.Address)))
	}
	var left entry.Tally
	answer.Close = from.Close
	answer.Left = left.Lines
	answer.Partial = func() bool { return partial }
	answer.Found = func(yield func(sources.Found) bool) {
		for rec := range from.Records(ctx, r.options(s)) {
			x := sources.Found{Item: rec.Item, Topic: rec.Topic, ID: rec.ID, Gone: rec.Gone, Cut: rec.Cut}
			if rec.Err != nil {
				x.Err = rec.Err
			}
			if rec.Notice != nil {
				left.Add(*rec.Notice)
				partial = partial || rec.Notice.Kind == entry.Further
			}
			if !yield(x) {
				return
			}
		}
	}
	return answer, nil
}

// options says how a source is read.
func (r *Reader) options(s *sources.Source) feed.Options {
	o := feed.Options{Name: s.Address, Site: r.site, Lang: cmp.Or(s.Lang, r.lang), Since: s.Since, Rate: s.Rate, Client: r.client, Workbook: r.Workbook}
	if t := s.Table; t != nil {
		o.Map, o.Split, o.Order = t.Map, t.Split, entry.OrderOf(t.Dates)
	}
	return o
}

// ask fetches the address of a source; nil: it did not change.
func (r *Reader) ask(ctx context.Context, s *sources.Source) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.Address, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("User-Agent", "akin")
	req.Header.Set("Accept", accept)
	if s.ETag != "" {
		req.Header.Set("If-None-Match", s.ETag)
	}
	if s.Modified != "" {
		req.Header.Set("If-Modified-Since", s.Modified)
	}
	resp, err := r.client.Do(req)
	if err != nil {
		return nil, err // names the address
	}
	switch resp.StatusCode {
	case http.StatusOK:
		resp.Body = &bounded{resp.Body, entry.MaxFetch}
		return resp, nil
	case http.StatusNotModified:
		resp.Body.Close()
		return nil, nil
	}
	resp.Body.Close()
	return nil, &entry.StatusError{Code: resp.StatusCode, Status: resp.Status, Header: resp.Header}
}

// look says of an answer whether all of the source is in it, so that an answer
// that did not change says that the source did not, and whether it may list only
// the latest of what there is.
func look(resp *http.Response) (body io.ReadCloser, one, partial bool) {
	in := entry.NewInput(resp.Body)
	head := plain(in.Head())
	body = struct {
		io.Reader
		io.Closer
	}{in, resp.Body}
	page := bytes.Contains(head, []byte("<html")) || bytes.Contains(head, []byte("<urlset")) || bytes.Contains(head, []byte("<sitemapindex"))
	return body, !page, latest(head)
}

// plain returns the beginning of a file in lower case, unpacked if it is gzipped
// and, as far as its letters are Latin, if it is UTF-16.
func plain(head []byte) []byte {
	if bytes.HasPrefix(head, []byte("\x1f\x8b")) {
		if z, err := gzip.NewReader(bytes.NewReader(head)); err == nil {
			head, _ = io.ReadAll(io.LimitReader(z, entry.PeekSize)) // what there is of it
		}
	}
	return bytes.ToLower(bytes.ReplaceAll(head, []byte{0}, nil))
}

// latest says whether a file may list only the latest works, as feeds do that do
// not say that they are complete (RFC 5005). A WordPress export looks like a
// feed, and is whole.
func latest(head []byte) bool {
	for _, mark := range []string{"<rss", "<rdf:rdf", "jsonfeed.org/version", "http://www.w3.org/2005/atom"} {
		if bytes.Contains(head, []byte(mark)) {
			complete := bytes.Contains(head, []byte("purl.org/syndication/history/1.0")) && bytes.Contains(head, []byte(":complete"))
			return !complete && !bytes.Contains(head, []byte("wordpress.org/export/"))
		}
	}
	return false
}

// fileHead returns the beginning of a file; nothing of a folder.
func fileHead(name string) []byte {
	f, err := os.Open(name)
	if err != nil {
		return nil
	}
	defer f.Close()
	return entry.NewInput(f).Head()
}

var errTooLarge = errors.New("is larger than a source may be; import it as a file")

// A bounded is a body of so many bytes at most.
type bounded struct {
	io.ReadCloser
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, errTooLarge
	}
	return n, err
}
