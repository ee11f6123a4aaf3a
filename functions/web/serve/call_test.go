package serve

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// What cannot be taken back is broken off, so that no cache keeps half of it.
func TestHalfAnAnswerIsBrokenOff(t *testing.T) {
	var log bytes.Buffer
	f := New(Config{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	half := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.Serve(w, r, true, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusOK)
			panic("too late")
		}))
	})
	aborts := func(h http.Handler, r *http.Request) (aborted bool) {
		defer func() { aborted = recover() == http.ErrAbortHandler }()
		h.ServeHTTP(httptest.NewRecorder(), r)
		return false
	}
	if !aborts(half, httptest.NewRequest("GET", "/v1/half", nil)) {
		t.Error("half an answer is not aborted")
	}
	if !strings.Contains(log.String(), "too late") {
		t.Errorf("half an answer: logged %q", log.String())
	}
	log.Reset()
	gone := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.Serve(w, r, true, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
	})
	if !aborts(gone, httptest.NewRequest("GET", "/v1/gone", nil)) || log.Len() > 0 {
		t.Errorf("an answer that its handler aborts: logged %q", log.String())
	}
}
