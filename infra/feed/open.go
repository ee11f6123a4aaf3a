package feed

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"
)

// Bounds of what [Open] fetches.
const (
	maxFetch   = 1 << 30          // bytes, as they come
	fetchTime  = 10 * time.Minute // for the whole of it
	answerTime = 30 * time.Second // for the answer to begin
)

// Open opens a file, an http or https address, or, for "-", standard input. An
// address must answer within 30 s, and be read within 10 minutes and 1 GiB;
// past that, and when ctx ends, reading it is an error.
// Errors name what was to be opened. The caller closes what is returned.
func Open(ctx context.Context, name string) (io.ReadCloser, error) {
	switch {
	case name == "-":
		return io.NopCloser(os.Stdin), nil
	case strings.HasPrefix(name, "http://"), strings.HasPrefix(name, "https://"):
		body, err := fetch(ctx, name)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		return body, nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err // open NAME: no such file or directory
	}
	if info, err := f.Stat(); err == nil && info.IsDir() {
		f.Close()
		return nil, fmt.Errorf("%s: is a directory; name the files in it", name)
	}
	return f, nil
}

func fetch(ctx context.Context, address string) (io.ReadCloser, error) {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.ResponseHeaderTimeout = answerTime
	client := http.Client{Transport: transport, Timeout: fetchTime}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, plain(err)
	}
	req.Header.Set("User-Agent", "akin")
	req.Header.Set("Accept", "application/feed+json, application/rss+xml, application/atom+xml, application/json, text/csv, */*;q=0.5")
	resp, err := client.Do(req)
	if err != nil {
		transport.CloseIdleConnections()
		return nil, plain(err)
	}
	body := &fetched{body: resp.Body, left: maxFetch, done: transport.CloseIdleConnections}
	switch {
	case resp.StatusCode != http.StatusOK:
		body.Close()
		return nil, fmt.Errorf("answers %s", resp.Status)
	case resp.ContentLength > maxFetch:
		body.Close()
		return nil, errTooLarge
	}
	return body, nil
}

// plain drops the operation and the address that an error of net/http repeats.
func plain(err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		return wrapped.Err
	}
	return err
}

var errTooLarge = fmt.Errorf("is larger than %d bytes; download it and import the file", maxFetch)

// A fetched is the body of an answer, bounded.
type fetched struct {
	body io.ReadCloser
	left int64
	done func()
}

func (f *fetched) Read(p []byte) (int, error) {
	n, err := f.body.Read(p)
	if f.left -= int64(n); f.left < 0 {
		return 0, errTooLarge
	}
	return n, err
}

// Close ends the connection.
func (f *fetched) Close() error {
	err := f.body.Close()
	f.done()
	return err
}
