package entry

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Bounds of what is fetched.
const (
	MaxFetch   = 1 << 30          // bytes of an answer, as they come
	fetchTime  = 10 * time.Minute // for the whole of it
	answerTime = 30 * time.Second // for the answer to begin
)

// NewClient returns a client whose answers begin within 30 s and end within 10
// minutes. Its idle connections are closed by CloseIdleConnections.
func NewClient() *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.ResponseHeaderTimeout = answerTime
	return &http.Client{Transport: transport, Timeout: fetchTime}
}

// Get fetches an address; accept is what is wanted, by content type. The body
// has [MaxFetch] bytes at most; past that, reading it is an error. The caller
// closes it. Where a server asks to come back within a minute (429 or 503 with
// Retry-After), it is asked again, thrice at most. An answer other than 200 is a
// [*StatusError]. Errors do not name the address.
func Get(ctx context.Context, client *http.Client, address, accept string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, plain(err)
	}
	req.Header.Set("User-Agent", "akin")
	req.Header.Set("Accept", accept)
	resp, err := client.Do(req)
	for tries := 1; err == nil && tries < patience; tries++ {
		wait, asked := retryAfter(resp)
		if !asked {
			break
		}
		resp.Body.Close()
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		resp, err = client.Do(req)
	}
	if err != nil {
		return nil, plain(err)
	}
	switch {
	case resp.StatusCode != http.StatusOK:
		resp.Body.Close()
		return nil, &StatusError{Code: resp.StatusCode, Status: resp.Status, Header: resp.Header}
	case resp.ContentLength > MaxFetch:
		resp.Body.Close()
		return nil, errTooLarge
	}
	resp.Body = &bounded{body: resp.Body, left: MaxFetch}
	return resp, nil
}

const (
	patience = 3           // times that a busy server is asked
	longest  = time.Minute // wait between them
)

// retryAfter returns how long a busy server asks to wait, if that is not long.
func retryAfter(resp *http.Response) (time.Duration, bool) {
	if resp.StatusCode != http.StatusTooManyRequests && resp.StatusCode != http.StatusServiceUnavailable {
		return 0, false
	}
	seconds, err := strconv.Atoi(resp.Header.Get("Retry-After"))
	wait := time.Duration(seconds) * time.Second
	return wait, err == nil && seconds >= 0 && wait <= longest
}

// A StatusError is an answer other than 200.
type StatusError struct {
	Code   int
	Status string // "404 Not Found"
	Header http.Header
}

func (e *StatusError) Error() string { return "answers " + e.Status }

// plain drops the operation and the address that an error of net/http repeats.
func plain(err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		return wrapped.Err
	}
	return err
}

var errTooLarge = fmt.Errorf("is larger than %d bytes; download it and import the file", MaxFetch)

// A bounded is the body of an answer, bounded.
type bounded struct {
	body io.ReadCloser
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.body.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, errTooLarge
	}
	return n, err
}

// Close closes the body.
func (b *bounded) Close() error { return b.body.Close() }
