package gateway

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// event returns a GET of path through an HTTP API.
func event(path string) events.APIGatewayV2HTTPRequest {
	e := events.APIGatewayV2HTTPRequest{Version: "2.0", RawPath: path, Headers: map[string]string{}}
	e.RequestContext.Stage = "$default"
	e.RequestContext.DomainName = "abc123.execute-api.eu-west-1.amazonaws.com"
	e.RequestContext.RequestID = "JKJaXmPLvHcESHA="
	e.RequestContext.HTTP.Method = "GET"
	e.RequestContext.HTTP.SourceIP = "192.0.2.1"
	e.RequestContext.HTTP.Protocol = "HTTP/1.1"
	return e
}

// seen returns the request that the handler gets for e, and its body.
func seen(t *testing.T, e events.APIGatewayV2HTTPRequest) (*http.Request, string) {
	t.Helper()
	var r *http.Request
	var body []byte
	out, err := Handler(http.HandlerFunc(func(_ http.ResponseWriter, got *http.Request) {
		r = got
		body, _ = io.ReadAll(got.Body)
	}))(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	if r == nil {
		t.Fatalf("the handler was not called; answer %d %s", out.StatusCode, out.Body)
	}
	return r, string(body)
}

// answered returns the answer to a GET that h gives.
func answered(t *testing.T, e events.APIGatewayV2HTTPRequest, h http.HandlerFunc) events.APIGatewayV2HTTPResponse {
	t.Helper()
	out, err := Handler(h)(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestPath(t *testing.T) {
	const function = "abc.lambda-url.eu-west-1.on.aws"
	tests := []struct {
		name, domain, stage, raw string
		want                     string // the segment that a mux finds; empty: 400
	}{
		{"as it is", "", "$default", "/topics/rent", "rent"},
		{"decoded by an HTTP API", "", "$default", "/topics/loyers à Paris", "loyers à Paris"},
		{"never decoded twice", "", "$default", "/topics/100%25", "100%25"},
		{"a stray percent is text", "", "$default", "/topics/100%", "100%"},
		{"encoded by a function URL", function, "$default", "/topics/loyers%20%C3%A0%20Paris", "loyers à Paris"},
		{"an encoded slash does not part", function, "$default", "/topics/a%2Fb", "a/b"},
		{"an encoded percent", function, "$default", "/topics/100%2525", "100%25"},
		{"a bad escape", function, "$default", "/topics/100%", ""},
		{"under a stage", "", "v", "/v/topics/rent", "rent"},
		{"a stage is a whole segment", "", "top", "/topics/rent", "rent"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := event(tt.raw)
			e.RequestContext.Stage = tt.stage
			if tt.domain != "" {
				e.RequestContext.DomainName = tt.domain
			}
			var got string
			mux := http.NewServeMux()
			mux.HandleFunc("GET /topics/{slug}", func(_ http.ResponseWriter, r *http.Request) { got = r.PathValue("slug") })
			out := answered(t, e, mux.ServeHTTP)
			if tt.want == "" {
				if out.StatusCode != 400 || out.Body != `{"title":"Bad Request","status":400,"detail":"path: not percent-encoded"}` {
					t.Errorf("%s answers %d %s, want 400", tt.raw, out.StatusCode, out.Body)
				}
				return
			}
			if got != tt.want || out.StatusCode != 200 {
				t.Errorf("%s is segment %q, status %d, want %q", tt.raw, got, out.StatusCode, tt.want)
			}
		})
	}
}

func TestStageAloneIsTheRoot(t *testing.T) {
	e := event("/v")
	e.RequestContext.Stage = "v"
	if r, _ := seen(t, e); r.URL.Path != "/" {
		t.Errorf("path = %q, want /", r.URL.Path)
	}
}

func TestRequest(t *testing.T) {
	e := event("/v1/items")
	e.RawQueryString = "type=Report&type=Q%26A&limit=3"
	e.Headers = map[string]string{"host": "akin.example", "accept": "text/html,application/json", "x-forwarded-for": "192.0.2.1"}
	e.Cookies = []string{"a=1", "b=2; 3"}
	r, _ := seen(t, e)
	if got := r.URL.Query()["type"]; !cmp.Equal(got, []string{"Report", "Q&A"}) {
		t.Errorf("type = %q", got)
	}
	if r.RequestURI != "/v1/items?type=Report&type=Q%26A&limit=3" {
		t.Errorf("RequestURI = %q", r.RequestURI)
	}
	if r.Host != "akin.example" || r.Header.Get("Host") != "" {
		t.Errorf("Host = %q, header %q", r.Host, r.Header.Get("Host"))
	}
	if got := r.Header.Get("Cookie"); got != "a=1; b=2; 3" {
		t.Errorf("Cookie = %q", got)
	}
	if r.Header.Get("Accept") != "text/html,application/json" || r.RemoteAddr != "192.0.2.1:0" || r.Proto != "HTTP/1.1" {
		t.Errorf("got accept %q, peer %q, protocol %q", r.Header.Get("Accept"), r.RemoteAddr, r.Proto)
	}
	if got := r.Header.Get("X-Request-Id"); got != e.RequestContext.RequestID {
		t.Errorf("X-Request-Id = %q", got)
	}
	e.RequestContext.HTTP.SourceIP = "2001:db8::1"
	if r, _ := seen(t, e); r.RemoteAddr != "[2001:db8::1]:0" {
		t.Errorf("peer = %q", r.RemoteAddr)
	}
}

func TestRequestBody(t *testing.T) {
	for _, want := range []string{"", `{"id":"a"}`, "\x00\xff\xfe"} {
		for _, encoded := range []bool{false, true} {
			e := event("/")
			e.Body, e.IsBase64Encoded = want, encoded
			if encoded {
				e.Body = base64.StdEncoding.EncodeToString([]byte(want))
			}
			r, got := seen(t, e)
			if got != want || r.ContentLength != int64(len(want)) {
				t.Errorf("body %q (encoded %v) arrives as %q, length %d", want, encoded, got, r.ContentLength)
			}
		}
	}
}

func TestNoRequest(t *testing.T) {
	bad64 := event("/")
	bad64.Body, bad64.IsBase64Encoded = "?", true
	method := event("/")
	method.RequestContext.HTTP.Method = "GET /"
	tests := []struct {
		name, detail string
		e            events.APIGatewayV2HTTPRequest
	}{
		{"another event", "event: not a request of payload format 2.0", events.APIGatewayV2HTTPRequest{}},
		{"a path without slash", "event: not a request of payload format 2.0", event("x")},
		{"base64", "body: not base64", bad64},
		{"method", `method: "GET /" is none`, method},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			out := answered(t, tt.e, func(http.ResponseWriter, *http.Request) { t.Error("the handler was called") })
			var p struct{ Detail string }
			if err := json.Unmarshal([]byte(out.Body), &p); err != nil {
				t.Fatal(err)
			}
			if out.StatusCode != 400 || p.Detail != tt.detail || out.Headers["Content-Type"] != "application/problem+json" {
				t.Errorf("got %d %q %v, want 400 %q", out.StatusCode, p.Detail, out.Headers, tt.detail)
			}
		})
	}
}

func TestCaller(t *testing.T) {
	if _, ok := CallerOf(context.Background()); ok {
		t.Error("a context from elsewhere has a caller")
	}
	iam, jwt := event("/"), event("/")
	iam.RequestContext.Authorizer = &events.APIGatewayV2HTTPRequestContextAuthorizerDescription{
		IAM: &events.APIGatewayV2HTTPRequestContextAuthorizerIAMDescription{UserARN: "arn:aws:iam::123456789012:user/cms"},
	}
	jwt.RequestContext.Authorizer = &events.APIGatewayV2HTTPRequestContextAuthorizerDescription{
		JWT: &events.APIGatewayV2HTTPRequestContextAuthorizerJWTDescription{Claims: map[string]string{"sub": "ann"}, Scopes: []string{"edit"}},
	}
	open := Caller{RequestID: "JKJaXmPLvHcESHA=", SourceIP: "192.0.2.1"}
	signed, token := open, open
	signed.Principal = "arn:aws:iam::123456789012:user/cms"
	token.Claims, token.Scopes = map[string]string{"sub": "ann"}, []string{"edit"}
	for want, e := range map[*Caller]events.APIGatewayV2HTTPRequest{&open: event("/"), &signed: iam, &token: jwt} {
		r, _ := seen(t, e)
		got, ok := CallerOf(r.Context())
		if diff := cmp.Diff(*want, got); diff != "" || !ok {
			t.Errorf("CallerOf mismatch (-want +got):\n%s", diff)
		}
	}
}

func TestAnswer(t *testing.T) {
	tests := []struct {
		name   string
		method string
		h      http.HandlerFunc
		want   events.APIGatewayV2HTTPResponse
	}{
		{"nothing written is 200", "GET", func(http.ResponseWriter, *http.Request) {},
			events.APIGatewayV2HTTPResponse{StatusCode: 200}},
		{"text stays text", "GET", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "größer <b>") },
			events.APIGatewayV2HTTPResponse{StatusCode: 200, Body: "größer <b>", Headers: map[string]string{"Content-Type": "text/plain; charset=utf-8"}}},
		{"bytes are base64", "GET", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "image/x-icon")
			w.Write([]byte{0, 0xff})
		}, events.APIGatewayV2HTTPResponse{StatusCode: 200, Body: "AP8=", IsBase64Encoded: true, Headers: map[string]string{"Content-Type": "image/x-icon"}}},
		{"cookies apart, other headers joined", "GET", func(w http.ResponseWriter, _ *http.Request) {
			http.SetCookie(w, &http.Cookie{Name: "a", Value: "1"})
			http.SetCookie(w, &http.Cookie{Name: "b", Value: "2"})
			w.Header().Add("Vary", "Accept")
			w.Header().Add("Vary", "Cookie")
			w.WriteHeader(303)
		}, events.APIGatewayV2HTTPResponse{StatusCode: 303, Cookies: []string{"a=1", "b=2"}, Headers: map[string]string{"Vary": "Accept, Cookie"}}},
		{"the first status counts", "GET", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(103)
			w.WriteHeader(404)
			w.WriteHeader(200)
			w.Header().Set("Late", "1")
		}, events.APIGatewayV2HTTPResponse{StatusCode: 404}},
		{"not modified has no body", "GET", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Etag", `"7"`)
			w.WriteHeader(304)
			if _, err := io.WriteString(w, "x"); err != http.ErrBodyNotAllowed {
				t.Errorf("Write after 304: %v", err)
			}
			if _, err := w.Write([]byte("x")); err != http.ErrBodyNotAllowed {
				t.Errorf("Write after 304: %v", err)
			}
		}, events.APIGatewayV2HTTPResponse{StatusCode: 304, Headers: map[string]string{"Etag": `"7"`}}},
		{"HEAD has no body", "HEAD", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "{}") },
			events.APIGatewayV2HTTPResponse{StatusCode: 200, Headers: map[string]string{"Content-Type": "text/plain; charset=utf-8"}}},
		{"a panic tells nothing", "GET", func(http.ResponseWriter, *http.Request) { panic("secret") },
			events.APIGatewayV2HTTPResponse{StatusCode: 500, Body: `{"title":"Internal Server Error","status":500}`,
				Headers: map[string]string{"Content-Type": "application/problem+json", "Cache-Control": "no-store"}}},
		{"a status of two digits is a panic", "GET", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(42) },
			events.APIGatewayV2HTTPResponse{StatusCode: 500, Body: `{"title":"Internal Server Error","status":500}`,
				Headers: map[string]string{"Content-Type": "application/problem+json", "Cache-Control": "no-store"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := event("/")
			e.RequestContext.HTTP.Method = tt.method
			got := answered(t, e, tt.h)
			if diff := cmp.Diff(tt.want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("answer mismatch (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCompressedBodyPassesThrough(t *testing.T) {
	var z bytes.Buffer
	g := gzip.NewWriter(&z)
	io.WriteString(g, strings.Repeat("rent ", 1000))
	g.Close()
	out := answered(t, event("/"), func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		w.Write(z.Bytes())
	})
	got, err := base64.StdEncoding.DecodeString(out.Body)
	if err != nil || !out.IsBase64Encoded || !bytes.Equal(got, z.Bytes()) {
		t.Errorf("gzip arrives changed: base64 %v, %v", out.IsBase64Encoded, err)
	}
	if _, ok := out.Headers["Content-Type"]; ok || out.Headers["Content-Encoding"] != "gzip" {
		t.Errorf("headers = %v", out.Headers)
	}
}

func TestTooLargeAnswer(t *testing.T) {
	for body, want := range map[string]int{
		strings.Repeat("a", maxResponse-2):               200,
		strings.Repeat("a", maxResponse-1):               500,
		strings.Repeat("\"", maxResponse/2):              500, // two bytes each in JSON
		strings.Repeat("\x01", maxResponse/6+1):          500, // six each
		"\xff" + strings.Repeat("a", maxResponse/4*3-10): 200,
		"\xff" + strings.Repeat("a", maxResponse/4*3):    500,
	} {
		out := answered(t, event("/"), func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, body) })
		if out.StatusCode != want {
			t.Errorf("%d bytes starting %q answer %d, want %d", len(body), body[:2], out.StatusCode, want)
		}
	}
}

// A handler must not be able to tell a request through the gateway from the
// same request through net/http, nor a client the answers.
func TestAgreesWithNetHTTP(t *testing.T) {
	type view struct {
		Method, Path, Slug, Host, Body, URI string
		Query                               url.Values
		Header                              http.Header
		Length                              int64
	}
	var got view
	var status int
	var reply []byte
	mux := http.NewServeMux()
	mux.HandleFunc("/t/{slug}", func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		h := maps.Clone(r.Header)
		delete(h, "Content-Length")
		delete(h, "X-Request-Id")
		got = view{r.Method, r.URL.Path, r.PathValue("slug"), r.Host, string(b), r.RequestURI, r.URL.Query(), h, r.ContentLength}
		w.Header().Set("Content-Type", "text/plain")
		w.Header().Add("Set-Cookie", "a=1")
		w.Header().Add("Set-Cookie", "b=2")
		w.WriteHeader(status)
		w.Write(reply)
	})
	server := httptest.NewServer(mux)
	defer server.Close()
	through := Handler(mux)
	client := &http.Client{Transport: &http.Transport{DisableCompression: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	defer client.CloseIdleConnections()

	rapid.Check(t, func(t *rapid.T) {
		slug := rapid.StringMatching(`[ -~äöß字%?/+]{1,20}`).Filter(func(s string) bool { return s != "." && s != ".." }).Draw(t, "slug")
		query := url.Values{"q": rapid.SliceOfN(rapid.String(), 1, 3).Draw(t, "q")}
		method := rapid.SampledFrom([]string{"GET", "PUT", "POST", "DELETE"}).Draw(t, "method")
		header := rapid.StringMatching(`[a-z]([ -~]{0,10}[a-z])?`).Draw(t, "header")
		cookies := rapid.SliceOfN(rapid.StringMatching(`[a-z]=[a-z0-9]{0,5}`), 0, 3).Draw(t, "cookies")
		body := rapid.SliceOf(rapid.Byte()).Draw(t, "body")
		status = rapid.SampledFrom([]int{200, 201, 204, 304, 404, 500}).Draw(t, "status")
		reply = rapid.SliceOf(rapid.Byte()).Draw(t, "reply")

		req, err := http.NewRequest(method, server.URL+"/t/"+url.PathEscape(slug)+"?"+query.Encode(), bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header = http.Header{"User-Agent": {"test"}, "X-Test": {header}}
		if len(cookies) > 0 {
			req.Header.Set("Cookie", strings.Join(cookies, "; "))
		}
		got = view{} // a slug of one slash reaches no handler
		res, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		wantBody, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		want := got
		got = view{}

		e := event(req.URL.EscapedPath()) // as a function URL hands it over
		e.RequestContext.DomainName = "abc.lambda-url.eu-west-1.on.aws"
		e.RequestContext.HTTP.Method = method
		e.RawQueryString = req.URL.RawQuery
		e.Headers = map[string]string{"host": req.URL.Host, "user-agent": "test", "x-test": header}
		e.Cookies = cookies
		e.Body, e.IsBase64Encoded = base64.StdEncoding.EncodeToString(body), true
		out, err := through(context.Background(), e)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("request mismatch (-net/http +gateway):\n%s", diff)
		}
		gotBody := []byte(out.Body)
		if out.IsBase64Encoded {
			if gotBody, err = base64.StdEncoding.DecodeString(out.Body); err != nil {
				t.Fatal(err)
			}
		}
		if out.StatusCode != res.StatusCode || !bytes.Equal(gotBody, wantBody) {
			t.Fatalf("answer %d %q, want %d %q", out.StatusCode, gotBody, res.StatusCode, wantBody)
		}
		if diff := cmp.Diff(res.Header["Set-Cookie"], out.Cookies); diff != "" {
			t.Fatalf("cookies mismatch (-net/http +gateway):\n%s", diff)
		}

		// Through an HTTP API the slug arrives decoded; a slash in it parts.
		if !strings.Contains(slug, "/") {
			e.RequestContext.DomainName = "abc.execute-api.eu-west-1.amazonaws.com"
			e.RawPath = "/t/" + slug
			if _, err := through(context.Background(), e); err != nil {
				t.Fatal(err)
			}
			if got.Slug != slug {
				t.Fatalf("slug %q arrives as %q", slug, got.Slug)
			}
		}
	})
}

// Whatever arrives, the answer is one that API Gateway takes: JSON with a
// status of three digits.
func FuzzHandler(f *testing.F) {
	for _, e := range []any{event("/a%2Fb"), event("/"), map[string]any{"rawPath": "/%", "headers": map[string]string{"": "\n"}}} {
		b, err := json.Marshal(e)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b, []byte("\x1f\x8b"))
	}
	f.Fuzz(func(t *testing.T, in, reply []byte) {
		var e events.APIGatewayV2HTTPRequest
		if json.Unmarshal(in, &e) != nil {
			return
		}
		out, err := Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Echo", r.URL.String())
			fmt.Fprint(w, r.Header, r.Host, r.Cookies(), r.URL.Query(), r.RemoteAddr)
			w.Write(reply)
		}))(t.Context(), e)
		if err != nil {
			t.Fatal(err)
		}
		if out.StatusCode != 200 && out.StatusCode != 400 {
			t.Errorf("status %d: %s", out.StatusCode, out.Body)
		}
		b, err := json.Marshal(out)
		if err != nil || !json.Valid(b) {
			t.Errorf("answer is not JSON: %v", err)
		}
	})
}

func BenchmarkHandler(b *testing.B) {
	e := event("/v1/items/rents/related")
	e.RawQueryString = "limit=6"
	e.Headers = map[string]string{"host": "akin.example", "accept": "*/*", "accept-encoding": "gzip", "user-agent": "test",
		"x-amzn-trace-id": "Root=1-5759e988-bd862e3fe1be46a994272793", "x-forwarded-for": "192.0.2.1", "x-forwarded-port": "443", "x-forwarded-proto": "https"}
	for _, bb := range []struct {
		name string
		body []byte
	}{
		{"text", bytes.Repeat([]byte(`{"id":"tenants","score":0.412000},`), 120)},
		{"binary", bytes.Repeat([]byte{0x1f, 0x8b, 0xff, 0x00}, 300)},
	} {
		b.Run(bb.name, func(b *testing.B) {
			h := Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				w.Write(bb.body)
			}))
			b.ReportAllocs()
			for b.Loop() {
				if out, err := h(b.Context(), e); err != nil || out.StatusCode != 200 {
					b.Fatal(out.StatusCode, err)
				}
			}
		})
	}
}
