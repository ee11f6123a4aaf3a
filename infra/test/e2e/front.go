package e2e

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"akin/infra/test/stack"
)

// A Principal may sign requests.
type Principal struct {
	ARN    string
	Key    string // access key id
	Secret string
}

// Front is an HTTP API: it takes requests on the routes of a template and
// invokes their functions. Routes that need a signature take only those of the
// principals.
type Front struct {
	Invoke     func(ctx context.Context, function string, payload []byte) (*Result, error)
	Principals []Principal

	mux *http.ServeMux
}

// NewFront returns an HTTP API of routes.
func NewFront(routes []stack.Route, invoke func(context.Context, string, []byte) (*Result, error), principals ...Principal) *Front {
	f := &Front{Invoke: invoke, Principals: principals, mux: http.NewServeMux()}
	for _, route := range routes {
		path := route.Path
		if strings.HasSuffix(path, "/") {
			path += "{$}" // an HTTP API matches whole paths
		}
		f.mux.HandleFunc(route.Method+" "+path, func(w http.ResponseWriter, r *http.Request) { f.serve(w, r, route) })
	}
	f.mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { message(w, http.StatusNotFound, "Not Found") })
	return f
}

// ServeHTTP answers one request.
func (f *Front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if _, pattern := f.mux.Handler(r); r.Method == http.MethodHead && !strings.HasPrefix(pattern, "HEAD ") { // a mux lets GET answer it, an HTTP API does not
		message(w, http.StatusNotFound, "Not Found")
		return
	}
	f.mux.ServeHTTP(w, r)
}

func message(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	fmt.Fprintf(w, "{\"message\":%q}", text)
}

func (f *Front) serve(w http.ResponseWriter, r *http.Request, route stack.Route) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		message(w, http.StatusBadRequest, "Bad Request")
		return
	}
	e := Event(r, body, route)
	if route.Auth != stack.Anyone {
		p, err := f.principal(r, body)
		if err != nil {
			message(w, http.StatusForbidden, "Forbidden")
			return
		}
		e.RequestContext.Authorizer = &events.APIGatewayV2HTTPRequestContextAuthorizerDescription{
			IAM: &events.APIGatewayV2HTTPRequestContextAuthorizerIAMDescription{AccessKey: p.Key, AccountID: "123456789012", UserARN: p.ARN},
		}
	}
	payload, err := json.Marshal(e)
	if err != nil {
		panic(err) // strings always encode
	}
	result, err := f.Invoke(r.Context(), route.Function, payload)
	var out events.APIGatewayV2HTTPResponse
	if err != nil || result.Error != "" || json.Unmarshal(result.Payload, &out) != nil || out.StatusCode == 0 {
		message(w, http.StatusInternalServerError, "Internal Server Error")
		return
	}
	answer := []byte(out.Body)
	if out.IsBase64Encoded {
		if answer, err = base64.StdEncoding.DecodeString(out.Body); err != nil {
			message(w, http.StatusInternalServerError, "Internal Server Error")
			return
		}
	}
	for name, value := range out.Headers {
		w.Header().Set(name, value)
	}
	for _, c := range out.Cookies {
		w.Header().Add("Set-Cookie", c)
	}
	w.WriteHeader(out.StatusCode)
	w.Write(answer)
}

// Event returns what an HTTP API makes of a request: the path is decoded.
func Event(r *http.Request, body []byte, route stack.Route) *events.APIGatewayV2HTTPRequest {
	e := &events.APIGatewayV2HTTPRequest{
		Version: "2.0", RouteKey: route.Method + " " + route.Path, RawPath: r.URL.Path, RawQueryString: r.URL.RawQuery,
		Headers: map[string]string{"host": r.Host},
	}
	e.RawPath, _, _ = strings.Cut(e.RawPath, "?") // as the real one does
	for name, values := range r.Header {
		if name == "Cookie" {
			for _, v := range values {
				e.Cookies = append(e.Cookies, strings.Split(v, "; ")...)
			}
			continue
		}
		e.Headers[strings.ToLower(name)] = strings.Join(values, ",")
	}
	e.Headers["x-forwarded-proto"] = "https"
	e.Headers["x-forwarded-port"] = "443"
	if utf8.Valid(body) {
		e.Body = string(body)
	} else {
		e.Body, e.IsBase64Encoded = base64.StdEncoding.EncodeToString(body), true
	}
	ip, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		ip = r.RemoteAddr
	}
	e.Headers["x-forwarded-for"] = ip
	rc := &e.RequestContext
	rc.RouteKey, rc.Stage, rc.AccountID, rc.RequestID = e.RouteKey, "$default", "123456789012", rand.Text()
	rc.DomainName, rc.APIID = r.Host, "local"
	now := time.Now().UTC()
	rc.Time, rc.TimeEpoch = now.Format("02/Jan/2006:15:04:05 +0000"), now.UnixMilli()
	rc.HTTP.Method, rc.HTTP.Path, rc.HTTP.Protocol, rc.HTTP.SourceIP, rc.HTTP.UserAgent = r.Method, e.RawPath, r.Proto, ip, r.UserAgent()
	return e
}

// Sign signs a request with body as p, for [Front].
func Sign(ctx context.Context, r *http.Request, body []byte, p Principal) error {
	return sign(ctx, r, body, p, time.Now())
}

func sign(ctx context.Context, r *http.Request, body []byte, p Principal, at time.Time) error {
	hash := sha256.Sum256(body)
	return v4.NewSigner().SignHTTP(ctx, aws.Credentials{AccessKeyID: p.Key, SecretAccessKey: p.Secret}, r, hex.EncodeToString(hash[:]), "execute-api", "us-east-1", at)
}

// principal returns who signed r: the one whose signature of the same request
// at the same time is the same.
func (f *Front) principal(r *http.Request, body []byte) (Principal, error) {
	at, err := time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date"))
	if err != nil || time.Since(at).Abs() > 5*time.Minute {
		return Principal{}, fmt.Errorf("not signed, or not now")
	}
	given := r.Header.Get("Authorization")
	_, names, _ := strings.Cut(given, "SignedHeaders=")
	names, _, _ = strings.Cut(names, ",")
	for _, p := range f.Principals {
		if !strings.Contains(given, "Credential="+p.Key+"/") {
			continue
		}
		again, err := http.NewRequestWithContext(r.Context(), r.Method, "https://"+r.Host+r.URL.RequestURI(), bytes.NewReader(body))
		if err != nil {
			return Principal{}, err
		}
		for name := range strings.SplitSeq(names, ";") {
			if v := r.Header.Values(name); len(v) > 0 {
				again.Header[http.CanonicalHeaderKey(name)] = v
			}
		}
		if err := sign(r.Context(), again, body, p, at); err != nil {
			return Principal{}, err
		}
		if again.Header.Get("Authorization") == given {
			return p, nil
		}
	}
	return Principal{}, fmt.Errorf("signed by nobody known")
}
