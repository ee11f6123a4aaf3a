package serve

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
	"sync/atomic"
	"time"
)

// A Call is one request on its way through the handler.
type Call struct {
	id      string // X-Request-Id
	Writer  *sender
	Request *http.Request
	logged  bool   // a line of the log tells of it already
	Quiet   bool   // it changes nothing that others are told of, whatever its method
	Item    string // id of the item that was asked about, for the log
	long    bool   // its body is too large
}

type callKey struct{}

func CallOf(ctx context.Context) *Call { return ctx.Value(callKey{}).(*Call) }

// attrs are what a log line says of the call, and more.
func (c *Call) attrs(more ...any) []any {
	a := []any{"request", c.id, "method", c.Request.Method, "path", c.Request.URL.Path}
	if c.Item != "" {
		a = append(a, "item", c.Item)
	}
	return append(a, more...)
}

// A Config says who may ask and who is told.
type Config struct {
	// Tokens are the secrets that give roles. Nil or empty, and Authorize nil:
	// writes are taken from this machine only.
	Tokens *Tokens

	// Authorize returns who made a request and what they may do, as something
	// in front of the handler found out: API Gateway. No roles: the tokens
	// decide. Nil: there is nothing in front.
	Authorize func(*http.Request) (name string, roles Roles)

	SessionKey []byte           // seals the cookies of those who sign in; nil: random
	HTTPS      bool             // the public address is https, whatever requests say
	Changed    func()           // told of every write that was not refused; nil: nobody is
	Now        func() time.Time // nil: time.Now
	Logger     *slog.Logger     // nil: slog.Default
}

// A Front is what every request passes on its way in and out: it names the
// request, finds out who asks, compresses the answer, turns errors into problems,
// and writes the line of the log. It is safe for concurrent use.
type Front struct {
	*auth
	Changed func()           // told of every write that was not refused; nil: nobody is
	Now     func() time.Time // never nil
	Logger  *slog.Logger     // never nil

	failed atomic.Int64 // when a write last failed for a fault of this side, in seconds of 1970; 0: none has since one succeeded
}

// failingFor is how long a write that failed tells how those that nobody made
// since would fare.
const failingFor = 5 * time.Minute

// WritesFail reports whether the last write of the last five minutes failed, for no
// fault of its client.
func (s *Front) WritesFail() bool {
	at := s.failed.Load()
	return at != 0 && s.Now().Sub(time.Unix(at, 0)) < failingFor
}

// wrote notes how a write ended.
func (s *Front) wrote(status int) {
	switch {
	case status == http.StatusInternalServerError:
		s.failed.Store(s.Now().Unix())
	case status < http.StatusBadRequest:
		s.failed.Store(0)
	}
}

// hsts has browsers come by HTTPS for a year. It says nothing of other hosts of
// the domain, which are not akin's.
var hsts = []string{"max-age=31536000"}

// Serve lets h answer one request. Writes tells that others are told of it if it
// is a write that succeeds; what tells them itself does not ask for that.
func (s *Front) Serve(w http.ResponseWriter, r *http.Request, writes bool, h http.Handler) {
	start := s.Now()
	c := &Call{id: requestID(r.Header.Get("X-Request-Id")), Writer: &sender{ResponseWriter: w, takesGzip: acceptsGzip(r.Header.Get("Accept-Encoding"))}}
	r = r.WithContext(context.WithValue(r.Context(), callKey{}, c))
	c.Request = r
	w.Header()["X-Request-Id"] = []string{c.id}
	if s.overHTTPS(r) {
		w.Header()["Strict-Transport-Security"] = hsts
	}
	defer func() {
		if v := recover(); v != nil {
			s.panicked(c, v)
		}
		c.Writer.close()
		if c.long {
			c.discard()
		}
		if !c.reads() {
			s.wrote(c.Writer.status)
		}
		if s.Changed != nil && writes && c.Writer.status < http.StatusBadRequest && !c.reads() {
			s.Changed()
		}
		s.log(c, start)
	}()
	h.ServeHTTP(c.Writer, r)
}

// reads tells whether the call changes nothing that others are told of.
func (c *Call) reads() bool {
	return c.Quiet || c.Request.Method == http.MethodGet || c.Request.Method == http.MethodHead || c.Request.Method == http.MethodOptions
}

// panicked ends a call whose handler panicked: with a 500 if nothing has been
// sent, otherwise with a broken connection, so that no cache keeps half of it.
func (s *Front) panicked(c *Call, v any) {
	if err, ok := v.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(v)
	}
	c.logged = true
	s.Logger.ErrorContext(c.Request.Context(), "handler panicked", c.attrs("panic", fmt.Sprint(v), "stack", string(debug.Stack()))...)
	if c.Writer.status != 0 {
		panic(http.ErrAbortHandler)
	}
	h := c.Writer.Header()
	for _, name := range []string{"ETag", "Content-Length", "Content-Encoding", "Location", "Set-Cookie"} {
		h.Del(name)
	}
	WriteProblem(c.Writer, c, NewProblem(http.StatusInternalServerError, "something went wrong here; the log has the reason under this request id"))
}

// log writes the line of a call that no other line tells of: writes at the
// level of information; reads, drafts, previews and beacons at that of debugging.
func (s *Front) log(c *Call, start time.Time) {
	if c.logged {
		return
	}
	level := slog.LevelInfo
	if c.reads() {
		level = slog.LevelDebug
	}
	if ctx := c.Request.Context(); s.Logger.Enabled(ctx, level) {
		s.Logger.Log(ctx, level, "request", c.attrs("status", c.Writer.status, "bytes", c.Writer.bytes, "took", s.Now().Sub(start))...)
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

// Body reads the body of the call: limit bytes at most, uncompressed, of one
// of the media types, which a client need not name.
func (c *Call) Body(limit int64, types ...string) ([]byte, error) {
	if err := checkContentType(c.Request.Header, types); err != nil {
		return nil, err
	}
	tooLarge := func() error {
		c.long = true
		// An answer that is sent before the whole body came would otherwise
		// close the connection. Where that cannot be asked for, it does.
		_ = http.NewResponseController(c.Writer).EnableFullDuplex()
		return NewProblem(http.StatusRequestEntityTooLarge, fmt.Sprintf("the body is over %d bytes", limit))
	}
	if c.Request.ContentLength > limit {
		return nil, tooLarge()
	}
	b, err := io.ReadAll(http.MaxBytesReader(c.Writer, c.Request.Body, limit))
	var over *http.MaxBytesError
	switch {
	case err == nil:
		return b, nil
	case errors.As(err, &over):
		return nil, tooLarge()
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, NewProblem(http.StatusRequestTimeout, "the body took too long")
	default:
		return nil, NewProblem(http.StatusBadRequest, "the body ended early")
	}
}

// discard takes in what is still to come of a body that was refused, within
// bounds: most clients look for an answer only when they have sent all.
func (c *Call) discard() {
	const most, longest = 64 << 20, 10 * time.Second
	if c.Request.Header.Get("Expect") != "" {
		return // the client waits for a word before it sends
	}
	rc := http.NewResponseController(c.Writer)
	if rc.Flush() == nil && rc.SetReadDeadline(time.Now().Add(longest)) == nil {
		_, _ = io.CopyN(io.Discard, c.Request.Body, most)
	}
}

func checkContentType(h http.Header, types []string) error {
	if e := h.Get("Content-Encoding"); e != "" && !strings.EqualFold(e, "identity") {
		return NewProblem(http.StatusUnsupportedMediaType, "Content-Encoding: send the body uncompressed")
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
		return NewProblem(http.StatusUnsupportedMediaType, "Content-Type: send "+strings.Join(types, " or "))
	}
	if cs := params["charset"]; cs != "" && !strings.EqualFold(cs, "utf-8") && !strings.EqualFold(cs, "us-ascii") {
		return NewProblem(http.StatusUnsupportedMediaType, "Content-Type: send UTF-8")
	}
	return nil
}

// Admit refuses a call that takes roles which its maker does not hold, and
// credentials that are wrong even where none are needed.
func (s *Front) Admit(c *Call, roles Roles) error {
	var err error
	if roles != Public {
		_, err = s.Require(c.Request, roles)
	} else if c.Request.Header.Get("Authorization") != "" {
		_, err = s.Identify(c.Request)
	}
	if p, ok := err.(*Problem); ok && p.Status == http.StatusUnauthorized {
		c.Writer.Header().Set("WWW-Authenticate", `Bearer realm="akin"`)
	}
	return err
}

// May tells whether the maker of the call holds any of the roles.
func (s *Front) May(ctx context.Context, roles Roles) bool {
	who, err := s.Identify(CallOf(ctx).Request)
	return err == nil && who.Roles&roles != 0
}
