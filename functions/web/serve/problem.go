package serve

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"akin/recommend"
	"akin/recommend/engine"
)

// A Problem is an error as RFC 9457 has it; type is always about:blank, and
// therefore left out. Nothing in it tells of the inside of the program.
type Problem struct {
	Title         string `json:"title" doc:"The status in words"`
	Status        int    `json:"status" doc:"The HTTP status"`
	Detail        string `json:"detail,omitempty" doc:"What is wrong and what to do about it"`
	Field         string `json:"field,omitempty" doc:"The parameter or field that is wrong"`
	StoredVersion int64  `json:"storedVersion,omitempty" doc:"The version that is stored, where another one was handed over"`
	RequestID     string `json:"requestId,omitempty" doc:"X-Request-Id, under which the log knows more"`
}

func (p *Problem) Error() string { return p.Detail }

const (
	AsJSON      = "application/json"
	ProblemType = "application/problem+json"
)

func NewProblem(status int, detail string) *Problem {
	return &Problem{Title: http.StatusText(status), Status: status, Detail: detail}
}

// FieldProblem returns a problem with a field, which the detail names too.
func FieldProblem(status int, field, reason string) *Problem {
	p := NewProblem(status, field+": "+reason)
	p.Field = field
	return p
}

// RetryAfter is how long clients wait after a 503, in seconds.
const RetryAfter = "3"

// ErrNoPublisher says that there is nothing to write to.
var ErrNoPublisher = errors.New("this server only reads")

// ProblemOf is the one table from errors to statuses. An InvalidError is 400
// for a read, whose parameters are wrong, and 422 for a write, whose body is.
// It returns nil for an error that nobody outside should read.
func ProblemOf(err error, write bool) *Problem {
	var known *Problem
	var invalid *recommend.InvalidError
	var syntax *recommend.SyntaxError
	var conflict *recommend.ConflictError
	var undo *engine.UndoError
	switch {
	case errors.As(err, &known):
		p := *known
		return &p
	case errors.As(err, &invalid):
		status := http.StatusBadRequest
		if write && invalid.Field != "cursor" {
			status = http.StatusUnprocessableEntity
		}
		return FieldProblem(status, invalid.Field, invalid.Reason)
	case errors.As(err, &syntax):
		return NewProblem(http.StatusBadRequest, syntax.Error())
	case errors.As(err, &conflict):
		p := NewProblem(http.StatusConflict, conflict.Error())
		p.StoredVersion = conflict.Stored
		return p
	case errors.As(err, &undo):
		return NewProblem(http.StatusConflict, undo.Error())
	case errors.Is(err, engine.ErrNoChange):
		return NewProblem(http.StatusNotFound, engine.ErrNoChange.Error())
	case errors.Is(err, recommend.ErrNotFound):
		return NewProblem(http.StatusNotFound, recommend.ErrNotFound.Error())
	case errors.Is(err, recommend.ErrTopicNotFound):
		return NewProblem(http.StatusNotFound, recommend.ErrTopicNotFound.Error())
	case errors.Is(err, recommend.ErrWithdrawn):
		return NewProblem(http.StatusGone, recommend.ErrWithdrawn.Error())
	case errors.Is(err, recommend.ErrPrecondition):
		return NewProblem(http.StatusPreconditionFailed, recommend.ErrPrecondition.Error())
	case errors.Is(err, engine.ErrRebuilding):
		return NewProblem(http.StatusConflict, engine.ErrRebuilding.Error())
	case errors.Is(err, engine.ErrNoGeneration):
		return NewProblem(http.StatusConflict, engine.ErrNoGeneration.Error())
	case errors.Is(err, engine.ErrBusy):
		return NewProblem(http.StatusServiceUnavailable, engine.ErrBusy.Error()+"; try again in a few seconds")
	case errors.Is(err, engine.ErrCrowded):
		return NewProblem(http.StatusServiceUnavailable, engine.ErrCrowded.Error()+"; nothing was stored, try again in a few seconds")
	case errors.Is(err, recommend.ErrUnavailable), errors.Is(err, ErrNoPublisher):
		return NewProblem(http.StatusNotImplemented, err.Error())
	default:
		return nil
	}
}

// Failure returns the problem that the client is told of err, and logs what it
// is not told.
func (s *Front) Failure(ctx context.Context, err error) *Problem {
	c := CallOf(ctx)
	p := ProblemOf(err, c.Request.Method != http.MethodGet && c.Request.Method != http.MethodHead)
	switch {
	case p != nil:
	case c.Request.Context().Err() != nil: // nobody waits any more, or there was no time left
		p = NewProblem(http.StatusServiceUnavailable, "the request was given up")
	default:
		p = NewProblem(http.StatusInternalServerError, "something went wrong here; the log has the reason under this request id")
		c.logged = true
		s.Logger.ErrorContext(ctx, "request failed", c.attrs("status", p.Status, "err", err)...)
	}
	if p.Status == http.StatusServiceUnavailable {
		c.Writer.Header().Set("Retry-After", RetryAfter)
	}
	p.RequestID = c.id
	return p
}

// WriteProblem answers p outside of any operation.
func WriteProblem(w http.ResponseWriter, c *Call, p *Problem) {
	p.RequestID = c.id
	b, err := json.Marshal(p)
	if err != nil {
		panic(err) // strings and numbers
	}
	b = append(b, '\n')
	h := w.Header()
	h.Set("Content-Type", ProblemType)
	h.Set("Cache-Control", NoStore)
	h.Set("Content-Length", strconv.Itoa(len(b)))
	w.WriteHeader(p.Status)
	_, _ = w.Write(b) // the client may have gone
}

// Brief returns s fit to be repeated to the client.
func Brief(s string) string {
	if s = strings.ToValidUTF8(s, "\uFFFD"); len(s) > 40 {
		s = strings.ToValidUTF8(s[:40], "") + "…"
	}
	if strings.IndexFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f }) >= 0 {
		return strconv.Quote(s)
	}
	return s
}
