package main

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strconv"

	"akin/infra/gateway"
	"akin/recommend"
	"akin/recommend/engine"
)

// A rebuilder starts rebuilds and goes back.
type rebuilder interface {
	Start(ctx context.Context, o rebuildRequest) (rebuild, error)
	Rollback(ctx context.Context) (*recommend.Generation, error)
}

// routes answers the two routes of the HTTP API that this function has, as
// package web does elsewhere. The whole of that would double the program.
// API Gateway lets only callers through that signed.
func routes(r rebuilder, log *slog.Logger) http.Handler {
	mux := http.NewServeMux()
	answer := func(status int, do func(*http.Request) (any, error)) http.HandlerFunc {
		return func(w http.ResponseWriter, q *http.Request) {
			id := q.Header.Get("X-Request-Id")
			w.Header().Set("Cache-Control", "no-store")
			w.Header().Set("X-Request-Id", id)
			v, err := any(nil), error(errUnsigned)
			if c, _ := gateway.CallerOf(q.Context()); c.Principal != "" {
				v, err = do(q)
			}
			if err != nil {
				p := problemOf(err)
				p.Title, p.RequestID = http.StatusText(p.Status), id
				if p.Status == http.StatusInternalServerError {
					log.ErrorContext(q.Context(), "request failed", "request", id, "path", q.URL.Path, "err", err)
				}
				w.Header().Set("Content-Type", "application/problem+json")
				status, v = p.Status, p
			} else {
				w.Header().Set("Content-Type", "application/json")
				log.InfoContext(q.Context(), "request", "request", id, "path", q.URL.Path)
			}
			b, err := json.Marshal(v)
			if err != nil {
				panic(err) // what is answered here always encodes
			}
			w.WriteHeader(status)
			w.Write(append(b, '\n'))
		}
	}
	mux.HandleFunc("POST /v1/reindex", answer(http.StatusAccepted, func(q *http.Request) (any, error) {
		var o rebuildRequest
		for name, to := range map[string]*bool{"dryRun": &o.DryRun, "force": &o.Force} {
			if s := q.URL.Query().Get(name); s != "" {
				v, err := strconv.ParseBool(s)
				if err != nil {
					return nil, &recommend.InvalidError{Field: name, Reason: "must be true or false"}
				}
				*to = v
			}
		}
		return r.Start(q.Context(), o)
	}))
	mux.HandleFunc("POST /v1/rollback", answer(http.StatusOK, func(q *http.Request) (any, error) {
		return r.Rollback(context.WithoutCancel(q.Context()))
	}))
	return mux
}

var errUnsigned = errors.New("the request is not signed")

// A problem is an error as RFC 9457 has it, spelled as package web spells it.
type problem struct {
	Title     string `json:"title"`
	Status    int    `json:"status"`
	Detail    string `json:"detail,omitempty"`
	Field     string `json:"field,omitempty"`
	RequestID string `json:"requestId,omitempty"`
}

// problemOf is the table from errors to statuses.
func problemOf(err error) *problem {
	var invalid *recommend.InvalidError
	switch {
	case errors.As(err, &invalid):
		return &problem{Status: http.StatusUnprocessableEntity, Detail: invalid.Error(), Field: invalid.Field}
	case errors.Is(err, errUnsigned):
		return &problem{Status: http.StatusUnauthorized, Detail: errUnsigned.Error()}
	case errors.Is(err, errRebuilding):
		return &problem{Status: http.StatusConflict, Detail: errRebuilding.Error()}
	case errors.Is(err, engine.ErrBusy):
		return &problem{Status: http.StatusConflict, Detail: engine.ErrBusy.Error()}
	case errors.Is(err, engine.ErrNoGeneration):
		return &problem{Status: http.StatusConflict, Detail: engine.ErrNoGeneration.Error()}
	}
	return &problem{Status: http.StatusInternalServerError, Detail: "something went wrong here; the log has the reason under this request id"}
}
