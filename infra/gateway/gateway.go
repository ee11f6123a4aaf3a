// Package gateway lets an [http.Handler] answer the events that an API Gateway
// HTTP API or a Lambda Function URL hands to a Lambda function (payload format
// 2.0). It neither routes nor authorises: API Gateway did, and [CallerOf]
// tells what it found. It does not compress: a body that the handler encoded
// goes out as it is.
package gateway

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"

	"github.com/aws/aws-lambda-go/events"
)

// maxResponse is how many bytes the body of an answer may take in the JSON that
// Lambda returns: its limit of 6 MB less room for the headers. A body that is
// not UTF-8, a compressed one above all, takes a third more there.
const maxResponse = 6*1024*1024 - 64*1024

// A Caller is what API Gateway found out about a request before it invoked the
// function. Its fields cannot be forged by the client.
type Caller struct {
	RequestID string            // as in the API's access log
	SourceIP  string            // the peer of API Gateway: CloudFront's address behind CloudFront
	Principal string            // ARN of the IAM principal that signed the request; empty: unsigned
	Claims    map[string]string // of the JSON Web Token that the authoriser verified; nil: none
	Scopes    []string          // of that token, those which the route asks for
}

type callerKey struct{}

// CallerOf returns the Caller of the request with context ctx, and whether the
// request came through this package at all.
func CallerOf(ctx context.Context) (Caller, bool) {
	c, ok := ctx.Value(callerKey{}).(Caller)
	return c, ok
}

// Handler returns the function that answers one event with h. It is safe for
// concurrent use if h is.
//
// The returned error is always nil: an event that is not a request is answered
// 400, a panic of h 500 (and logged), and an answer larger than Lambda lets
// pass 500, since an error returned to Lambda would end in a bare 500 without a
// word.
//
// The request's X-Request-Id is API Gateway's own. Repeated headers of the answer are joined by commas; Set-Cookie stays apart.
// As net/http does, a body without Content-Type is given one by its first
// bytes, and the answer to HEAD has no body.
func Handler(h http.Handler) func(context.Context, events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error) {
	return func(ctx context.Context, e events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error) {
		r, err := request(ctx, &e)
		if err != nil {
			return problem(http.StatusBadRequest, err.Error()), nil
		}
		w := &recorder{header: http.Header{}}
		if !serve(h, w, r) {
			return problem(http.StatusInternalServerError, ""), nil
		}
		return w.response(r), nil
	}
}

// serve runs h and returns false if it panicked.
func serve(h http.Handler, w http.ResponseWriter, r *http.Request) (ok bool) {
	defer func() {
		v := recover()
		if v == nil {
			return
		}
		ok = false
		if v != any(http.ErrAbortHandler) {
			slog.ErrorContext(r.Context(), "handler panicked", "method", r.Method, "path", r.URL.Path,
				"panic", fmt.Sprint(v), "stack", string(debug.Stack()))
		}
	}()
	h.ServeHTTP(w, r)
	return true
}

// request makes the request that e stands for.
func request(ctx context.Context, e *events.APIGatewayV2HTTPRequest) (*http.Request, error) {
	rc := &e.RequestContext
	if rc.HTTP.Method == "" || !strings.HasPrefix(e.RawPath, "/") {
		return nil, errors.New("event: not a request of payload format 2.0")
	}
	body := []byte(e.Body)
	if e.IsBase64Encoded {
		var err error
		if body, err = base64.StdEncoding.DecodeString(e.Body); err != nil {
			return nil, errors.New("body: not base64")
		}
	}
	u, err := address(e)
	if err != nil {
		return nil, err
	}
	c := Caller{RequestID: rc.RequestID, SourceIP: rc.HTTP.SourceIP}
	if a := rc.Authorizer; a != nil {
		if a.IAM != nil {
			c.Principal = a.IAM.UserARN
		}
		if a.JWT != nil {
			c.Claims, c.Scopes = a.JWT.Claims, a.JWT.Scopes
		}
	}
	// NewRequest checks the method and sets what clients and servers share.
	r, err := http.NewRequestWithContext(context.WithValue(ctx, callerKey{}, c), rc.HTTP.Method, "/", bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("method: %q is none", rc.HTTP.Method)
	}
	r.URL = u
	r.RequestURI = u.RequestURI()
	r.Host = rc.DomainName
	for name, value := range e.Headers {
		if strings.EqualFold(name, "Host") {
			r.Host = value
			continue
		}
		r.Header.Set(name, value) // API Gateway has joined repeated ones
	}
	if c.RequestID != "" {
		r.Header.Set("X-Request-Id", c.RequestID) // so that both logs call it the same
	}
	if len(e.Cookies) > 0 {
		r.Header.Set("Cookie", strings.Join(e.Cookies, "; "))
	}
	if rc.HTTP.SourceIP != "" {
		r.RemoteAddr = net.JoinHostPort(rc.HTTP.SourceIP, "0") // the port is not told
	}
	if rc.HTTP.Protocol != "" {
		if major, minor, ok := http.ParseHTTPVersion(rc.HTTP.Protocol); ok {
			r.Proto, r.ProtoMajor, r.ProtoMinor = rc.HTTP.Protocol, major, minor
		}
	}
	return r, nil
}

// address returns path and query of e. An HTTP API hands the path over decoded,
// so that it must not be decoded once more; a Function URL hands it over as the
// client sent it. An HTTP API cuts a path at an encoded question mark before the
// function sees it; nothing here can bring the rest back.
func address(e *events.APIGatewayV2HTTPRequest) (*url.URL, error) {
	path := e.RawPath
	if s := e.RequestContext.Stage; s != "" && s != "$default" {
		if rest, ok := strings.CutPrefix(path, "/"+s); ok && (rest == "" || rest[0] == '/') {
			path = "/" + strings.TrimPrefix(rest, "/")
		}
	}
	u := &url.URL{Path: path, RawQuery: e.RawQueryString}
	if strings.Contains(e.RequestContext.DomainName, ".lambda-url.") {
		decoded, err := url.PathUnescape(path)
		if err != nil {
			return nil, errors.New("path: not percent-encoded")
		}
		u.Path, u.RawPath = decoded, path
	}
	return u, nil
}

// problem returns an answer of RFC 9457 that did not come from the handler.
func problem(status int, detail string) events.APIGatewayV2HTTPResponse {
	b, err := json.Marshal(struct {
		Title  string `json:"title"`
		Status int    `json:"status"`
		Detail string `json:"detail,omitempty"`
	}{http.StatusText(status), status, detail})
	if err != nil {
		panic(err) // strings and numbers always encode
	}
	return events.APIGatewayV2HTTPResponse{
		StatusCode: status,
		Headers:    map[string]string{"Content-Type": "application/problem+json", "Cache-Control": "no-store"},
		Body:       string(b),
	}
}
