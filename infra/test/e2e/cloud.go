package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httputil"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// A Cloud is the one address that functions send their AWS requests to. It lets
// through what the role of the caller allows, told by the access key id, and
// sends requests for tables to DynamoDB Local, invocations to functions, and the
// rest to moto. It is safe for concurrent use.
type Cloud struct {
	Tables  string            // address of DynamoDB Local
	Overlap http.RoundTripper // the way there, which refuses what DynamoDB refuses; nil: none that does
	Rest    string            // address of moto

	// Allowed holds, by access key id, the actions that are allowed
	// ("dynamodb:GetItem"). Keys that are not in it may do everything: the
	// test's own, and those of moto.
	Allowed map[string][]string

	// Meddle, if not nil, is asked before a request that is allowed goes on, and may answer it itself.
	Meddle func(w http.ResponseWriter, action string, body []byte) bool

	// Invoke runs a function by the name in its ARN.
	Invoke func(r *http.Request, function string, payload []byte) (*Result, error)

	mu     sync.Mutex
	shut   map[string]bool            // by key
	used   map[string]map[string]bool // key, action
	denied []string
}

// Shut refuses all requests of the owner of key, or no longer does. They do not
// count as denied.
func (c *Cloud) Shut(key string, shut bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.shut == nil {
		c.shut = map[string]bool{}
	}
	c.shut[key] = shut
}

// Used returns the actions that the owner of key has used, in order.
func (c *Cloud) Used(key string) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var all []string
	for a := range c.used[key] {
		all = append(all, a)
	}
	slices.Sort(all)
	return all
}

// Denied returns what was refused: "KEY ACTION".
func (c *Cloud) Denied() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.denied)
}

var (
	credential = regexp.MustCompile(`Credential=([^/]+)/\d+/[^/]+/([^/]+)/`)
	invocable  = regexp.MustCompile(`^/2015-03-31/functions/([^/]+)/invocations`)
)

// ServeHTTP answers one request to AWS.
func (c *Cloud) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	var key, service string
	if m := credential.FindStringSubmatch(r.Header.Get("Authorization")); m != nil {
		key, service = m[1], m[2]
	}
	asked := actions(r, service, body)
	if action := c.refused(key, asked); action != "" {
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprintf(w, `{"__type":"com.amazon.coral.service#AccessDeniedException","message":"%s may not %s"}`, key, action)
		return
	}
	if c.Meddle != nil && len(asked) == 1 && c.Meddle(w, asked[0], body) {
		return
	}
	if m := invocable.FindStringSubmatch(r.URL.Path); m != nil {
		c.invoke(w, r, m[1], body)
		return
	}
	to := c.Rest
	if service == "dynamodb" {
		to = c.Tables
	}
	target, err := url.Parse(to)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	proxy := &httputil.ReverseProxy{Rewrite: func(p *httputil.ProxyRequest) {
		p.SetURL(target)
		p.Out.Host = r.Host // stays as signed
	}}
	if service == "dynamodb" && c.Overlap != nil {
		proxy.Transport = c.Overlap
	}
	proxy.ServeHTTP(w, r)
}

// refused returns the first of the actions that the owner of key may not do,
// empty if there is none, and keeps a record.
func (c *Cloud) refused(key string, actions []string) string {
	allowed, ok := c.Allowed[key]
	if !ok {
		return ""
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, action := range actions {
		if c.shut[key] {
			return action
		}
		if !slices.Contains(allowed, action) {
			c.denied = append(c.denied, key+" "+action)
			return action
		}
		if c.used == nil {
			c.used = map[string]map[string]bool{}
		}
		if c.used[key] == nil {
			c.used[key] = map[string]bool{}
		}
		c.used[key][action] = true
	}
	return ""
}

// invoke answers the Invoke of Lambda's API.
func (c *Cloud) invoke(w http.ResponseWriter, r *http.Request, name string, body []byte) {
	name, err := url.PathUnescape(name)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if i := strings.Index(name, ":function:"); i >= 0 {
		name = name[i+len(":function:"):]
	}
	name, _, _ = strings.Cut(name, ":")
	result, err := c.Invoke(r, name, body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	if result.Error != "" {
		w.Header().Set("X-Amz-Function-Error", result.Error)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Write(result.Payload)
}

// actions returns the permissions that a request takes. A transaction takes
// those of its parts.
func actions(r *http.Request, service string, body []byte) []string {
	_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	switch {
	case service == "dynamodb" && operation == "TransactWriteItems":
		var in struct{ TransactItems []map[string]any }
		if err := json.Unmarshal(body, &in); err != nil {
			return []string{"dynamodb:unreadable"}
		}
		parts := map[string]bool{}
		for _, item := range in.TransactItems {
			for part := range item {
				parts[part] = true
			}
		}
		var all []string
		for _, p := range []struct{ part, action string }{
			{"Put", "PutItem"}, {"Delete", "DeleteItem"}, {"Update", "UpdateItem"}, {"ConditionCheck", "ConditionCheckItem"},
		} {
			if parts[p.part] {
				all = append(all, "dynamodb:"+p.action)
			}
		}
		return all
	case service == "s3" && r.Method == http.MethodGet:
		return []string{"s3:GetObject"}
	case service == "s3":
		return []string{"s3:" + r.Method}
	default:
		return []string{service + ":" + operation}
	}
}
