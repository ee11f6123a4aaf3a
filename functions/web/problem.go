package web

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
	asJSON      = "application/json"
	problemType = "application/problem+json"
)

func problem(status int, detail string) *Problem {
	return &Problem{Title: http.StatusText(status), Status: status, Detail: detail}
}

// fieldProblem returns a problem with a field, which the detail names too.
func fieldProblem(status int, field, reason string) *Problem {
	p := problem(status, field+": "+reason)
	p.Field = field
	return p
}

var (
	errNoPublisher = errors.New("this server only reads")
)

// problemOf is the one table from errors to statuses. An InvalidError is 400
// for a read, whose parameters are wrong, and 422 for a write, whose body is.
// It returns nil for an error that nobody outside should read.
func problemOf(err error, write bool) *Problem {
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
		return fieldProblem(status, invalid.Field, invalid.Reason)
	case errors.As(err, &syntax):
		return problem(http.StatusBadRequest, syntax.Error())
	case errors.As(err, &conflict):
		p := problem(http.StatusConflict, conflict.Error())
		p.StoredVersion = conflict.Stored
		return p
	case errors.As(err, &undo):
		return problem(http.StatusConflict, undo.Error())
	case errors.Is(err, engine.ErrNoChange):
		return problem(http.StatusNotFound, engine.ErrNoChange.Error())
	case errors.Is(err, recommend.ErrNotFound):
		return problem(http.StatusNotFound, recommend.ErrNotFound.Error())
	case errors.Is(err, recommend.ErrTopicNotFound):
		return problem(http.StatusNotFound, recommend.ErrTopicNotFound.Error())
	case errors.Is(err, recommend.ErrWithdrawn):
		return problem(http.StatusGone, recommend.ErrWithdrawn.Error())
	case errors.Is(err, recommend.ErrPrecondition):
		return problem(http.StatusPreconditionFailed, recommend.ErrPrecondition.Error())
	case errors.Is(err, ErrRebuilding):
		return problem(http.StatusConflict, ErrRebuilding.Error())
	case errors.Is(err, engine.ErrNoGeneration):
		return problem(http.StatusConflict, engine.ErrNoGeneration.Error())
	case errors.Is(err, engine.ErrBusy):
		return problem(http.StatusServiceUnavailable, engine.ErrBusy.Error()+"; try again in a few seconds")
	case errors.Is(err, recommend.ErrUnavailable), errors.Is(err, errNoPublisher):
		return problem(http.StatusNotImplemented, err.Error())
	default:
		return nil
	}
}

// failure returns the problem that the client is told of err, and logs what it
// is not told.
func (s *front) failure(ctx context.Context, err error) *Problem {
	c := callOf(ctx)
	p := problemOf(err, c.r.Method != http.MethodGet && c.r.Method != http.MethodHead)
	switch {
	case p != nil:
	case c.r.Context().Err() != nil: // nobody waits any more, or there was no time left
		p = problem(http.StatusServiceUnavailable, "the request was given up")
	default:
		p = problem(http.StatusInternalServerError, "something went wrong here; the log has the reason under this request id")
		c.logged = true
		s.Logger.ErrorContext(ctx, "request failed", c.attrs("status", p.Status, "err", err)...)
	}
	if p.Status == http.StatusServiceUnavailable {
		c.w.Header().Set("Retry-After", "3")
	}
	p.RequestID = c.id
	return p
}

// writeProblem answers p outside of any operation.
func writeProblem(w http.ResponseWriter, c *call, p *Problem) {
	p.RequestID = c.id
	b, err := json.Marshal(p)
	if err != nil {
		panic(err) // strings and numbers
	}
	b = append(b, '\n')
	h := w.Header()
	h.Set("Content-Type", problemType)
	h.Set("Cache-Control", noStore)
	h.Set("Content-Length", strconv.Itoa(len(b)))
	w.WriteHeader(p.Status)
	_, _ = w.Write(b) // the client may have gone
}

// brief returns s fit to be repeated to the client.
func brief(s string) string {
	if s = strings.ToValidUTF8(s, "\uFFFD"); len(s) > 40 {
		s = strings.ToValidUTF8(s[:40], "") + "…"
	}
	if strings.IndexFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f }) >= 0 {
		return strconv.Quote(s)
	}
	return s
}
