package web

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"time"
)

// A call is one request on its way through the handler.
type call struct {
	id     string // X-Request-Id
	w      *sender
	r      *http.Request
	logged bool   // a line of the log tells of it already
	quiet  bool   // it changes nothing that others are told of, whatever its method
	item   string // id of the item that was asked about, for the log
	long   bool   // its body is too large
}

type callKey struct{}

func callOf(ctx context.Context) *call { return ctx.Value(callKey{}).(*call) }

// attrs are what a log line says of the call, and more.
func (c *call) attrs(more ...any) []any {
	a := []any{"request", c.id, "method", c.r.Method, "path", c.r.URL.Path}
	if c.item != "" {
		a = append(a, "item", c.item)
	}
	return append(a, more...)
}

// A frontConfig says who may ask and who is told.
type frontConfig struct {
	// Tokens are the secrets that give roles. Nil or empty, and Authorize nil:
	// writes are taken from this machine only.
	Tokens *Tokens

	// Authorize returns who made a request and what they may do, as something
	// in front of the handler found out: API Gateway. No roles: the tokens
	// decide. Nil: there is nothing in front.
	Authorize func(*http.Request) (name string, roles Roles)

	SessionKey []byte           // seals the cookies of those who sign in; nil: random
	HTTPS      bool             // cookies go over HTTPS only
	Changed    func()           // told of every write that was not refused; nil: nobody is
	Now        func() time.Time // nil: time.Now
	Logger     *slog.Logger     // nil: slog.Default
}

// A front is what every request passes on its way in and out: it names the
// request, finds out who asks, compresses the answer, turns errors into problems,
// and writes the line of the log. It is safe for concurrent use.
type front struct {
	*auth
	Changed func()           // told of every write that was not refused; nil: nobody is
	Now     func() time.Time // never nil
	Logger  *slog.Logger     // never nil
}

// serve lets h answer one request. Writes tells that others are told of it if it
// is a write that succeeds; what tells them itself does not ask for that.
func (s *front) serve(w http.ResponseWriter, r *http.Request, writes bool, h http.Handler) {
	start := s.Now()
	c := &call{id: requestID(r.Header.Get("X-Request-Id")), w: &sender{ResponseWriter: w, takesGzip: acceptsGzip(r.Header.Get("Accept-Encoding"))}}
	r = r.WithContext(context.WithValue(r.Context(), callKey{}, c))
	c.r = r
	w.Header()["X-Request-Id"] = []string{c.id}
	defer func() {
		if v := recover(); v != nil {
			s.panicked(c, v)
		}
		c.w.close()
		if c.long {
			c.discard()
		}
		if s.Changed != nil && writes && c.w.status < http.StatusBadRequest && !c.reads() {
			s.Changed()
		}
		s.log(c, start)
	}()
	h.ServeHTTP(c.w, r)
}

// reads tells whether the call changes nothing that others are told of.
func (c *call) reads() bool {
	return c.quiet || c.r.Method == http.MethodGet || c.r.Method == http.MethodHead || c.r.Method == http.MethodOptions
}

// panicked ends a call whose handler panicked: with a 500 if nothing has been
// sent, otherwise with a broken connection, so that no cache keeps half of it.
func (s *front) panicked(c *call, v any) {
	if err, ok := v.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(v)
	}
	c.logged = true
	s.Logger.ErrorContext(c.r.Context(), "handler panicked", c.attrs("panic", fmt.Sprint(v), "stack", string(debug.Stack()))...)
	if c.w.status != 0 {
		panic(http.ErrAbortHandler)
	}
	h := c.w.Header()
	for _, name := range []string{"ETag", "Content-Length", "Content-Encoding", "Location", "Set-Cookie"} {
		h.Del(name)
	}
	writeProblem(c.w, c, problem(http.StatusInternalServerError, "something went wrong here; the log has the reason under this request id"))
}

// log writes the line of a call that no other line tells of: writes at the
// level of information; reads, drafts, previews and beacons at that of debugging.
func (s *front) log(c *call, start time.Time) {
	if c.logged {
		return
	}
	level := slog.LevelInfo
	if c.reads() {
		level = slog.LevelDebug
	}
	if ctx := c.r.Context(); s.Logger.Enabled(ctx, level) {
		s.Logger.Log(ctx, level, "request", c.attrs("status", c.w.status, "bytes", c.w.bytes, "took", s.Now().Sub(start))...)
	}
}

const maxRequestID = 64 // bytes

// requestID returns given if it may stand in headers and logs, otherwise a new
// id.
func requestID(given string) string {
	if given != "" && len(given) <= maxRequestID && strings.Trim(given, nameBytes+":/+=~") == "" {
		return given
	}
	return rand.Text()
}

// body reads the body of the call: limit bytes at most, uncompressed, of one
// of the media types, which a client need not name.
func (c *call) body(limit int64, types ...string) ([]byte, error) {
	if err := checkContentType(c.r.Header, types); err != nil {
		return nil, err
	}
	tooLarge := func() error {
		c.long = true
		// An answer that is sent before the whole body came would otherwise
		// close the connection. Where that cannot be asked for, it does.
		_ = http.NewResponseController(c.w).EnableFullDuplex()
		return problem(http.StatusRequestEntityTooLarge, fmt.Sprintf("the body is over %d bytes", limit))
	}
	if c.r.ContentLength > limit {
		return nil, tooLarge()
	}
	b, err := io.ReadAll(http.MaxBytesReader(c.w, c.r.Body, limit))
	var over *http.MaxBytesError
	switch {
	case err == nil:
		return b, nil
	case errors.As(err, &over):
		return nil, tooLarge()
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, problem(http.StatusRequestTimeout, "the body took too long")
	default:
		return nil, problem(http.StatusBadRequest, "the body ended early")
	}
}

// discard takes in what is still to come of a body that was refused, within
// bounds: most clients look for an answer only when they have sent all.
func (c *call) discard() {
	const most, longest = 64 << 20, 10 * time.Second
	if c.r.Header.Get("Expect") != "" {
		return // the client waits for a word before it sends
	}
	rc := http.NewResponseController(c.w)
	if rc.Flush() == nil && rc.SetReadDeadline(time.Now().Add(longest)) == nil {
		_, _ = io.CopyN(io.Discard, c.r.Body, most)
	}
}

func checkContentType(h http.Header, types []string) error {
	if e := h.Get("Content-Encoding"); e != "" && !strings.EqualFold(e, "identity") {
		return problem(http.StatusUnsupportedMediaType, "Content-Encoding: send the body uncompressed")
	}
	values := h.Values("Content-Type")
	if len(values) == 0 {
		return nil
	}
	kind, params, err := mime.ParseMediaType(values[0])
	if kind == "application/x-www-form-urlencoded" && len(values) == 1 && h.Get("Origin") == "" && h.Get("Sec-Fetch-Mode") == "" {
		return nil // what curl says of every body unless told otherwise; no browser sent it
	}
	if err != nil || len(values) > 1 || !slices.Contains(types, kind) {
		return problem(http.StatusUnsupportedMediaType, "Content-Type: send "+strings.Join(types, " or "))
	}
	if cs := params["charset"]; cs != "" && !strings.EqualFold(cs, "utf-8") && !strings.EqualFold(cs, "us-ascii") {
		return problem(http.StatusUnsupportedMediaType, "Content-Type: send UTF-8")
	}
	return nil
}

// admit refuses a call that takes roles which its maker does not hold, and
// credentials that are wrong even where none are needed.
func (s *front) admit(c *call, roles Roles) error {
	var err error
	if roles != public {
		_, err = s.require(c.r, roles)
	} else if c.r.Header.Get("Authorization") != "" {
		_, err = s.identify(c.r)
	}
	if p, ok := err.(*Problem); ok && p.Status == http.StatusUnauthorized {
		c.w.Header().Set("WWW-Authenticate", `Bearer realm="akin"`)
	}
	return err
}

// may tells whether the maker of the call holds any of the roles.
func (s *front) may(ctx context.Context, roles Roles) bool {
	who, err := s.identify(callOf(ctx).r)
	return err == nil && who.roles&roles != 0
}
