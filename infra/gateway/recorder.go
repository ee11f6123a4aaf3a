package gateway

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-lambda-go/events"
)

// A recorder is an [http.ResponseWriter] that keeps the whole answer, as Lambda
// returns it in one piece.
type recorder struct {
	header http.Header
	sent   http.Header // header as it was when the status was written
	status int         // 0: not written yet
	body   bytes.Buffer
}

func (w *recorder) Header() http.Header { return w.header }

// WriteHeader takes the first final status; 1xx cannot be passed on. Like
// net/http it panics if status is not of three digits.
func (w *recorder) WriteHeader(status int) {
	if status < 100 || status > 999 {
		panic(fmt.Sprintf("gateway: status %d", status))
	}
	if w.status != 0 || status < 200 {
		return
	}
	w.status, w.sent = status, w.header.Clone()
}

func (w *recorder) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	if !bodyAllowed(w.status) {
		return 0, http.ErrBodyNotAllowed
	}
	return w.body.Write(p)
}

func (w *recorder) WriteString(s string) (int, error) {
	w.WriteHeader(http.StatusOK)
	if !bodyAllowed(w.status) {
		return 0, http.ErrBodyNotAllowed
	}
	return w.body.WriteString(s)
}

func bodyAllowed(status int) bool {
	return status >= 200 && status != http.StatusNoContent && status != http.StatusNotModified
}

// response returns the recorded answer to r.
func (w *recorder) response(r *http.Request) events.APIGatewayV2HTTPResponse {
	w.WriteHeader(http.StatusOK)
	body := w.body.Bytes()
	if len(body) > 0 && w.sent.Get("Content-Type") == "" && w.sent.Get("Content-Encoding") == "" {
		w.sent.Set("Content-Type", http.DetectContentType(body))
	}
	if r.Method == http.MethodHead {
		body = nil
	}
	out := events.APIGatewayV2HTTPResponse{
		StatusCode: w.status,
		Headers:    make(map[string]string, len(w.sent)),
		Cookies:    w.sent["Set-Cookie"],
	}
	for name, values := range w.sent {
		if name != "Set-Cookie" && len(values) > 0 {
			out.Headers[name] = strings.Join(values, ", ")
		}
	}
	// JSON carries text only, and what is compressed is never UTF-8.
	if utf8.Valid(body) {
		out.Body = string(body)
	} else {
		out.Body, out.IsBase64Encoded = base64.StdEncoding.EncodeToString(body), true
	}
	if len(out.Body) < maxResponse/6-2 { // fits whatever must be escaped
		return out
	}
	if n := quotedLen(out.Body); n > maxResponse {
		slog.ErrorContext(r.Context(), "answer too large for lambda", "method", r.Method, "path", r.URL.Path,
			"bytes", n, "limit", maxResponse)
		return problem(http.StatusInternalServerError, "the answer is larger than can be sent; ask for fewer entries")
	}
	return out
}

// quotedLen returns the length of s as a JSON string without HTML escapes, at
// least: quotes included, U+2028 and U+2029 counted as they stand.
func quotedLen(s string) int {
	n := len(s) + 2
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"', c == '\\', c == '\n', c == '\r', c == '\t', c == '\b', c == '\f':
			n++
		case c < 0x20:
			n += 5
		}
	}
	return n
}
