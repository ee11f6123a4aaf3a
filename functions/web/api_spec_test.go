package web

import (
	"bytes"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// A specification is the OpenAPI document of a handler, with its schemas ready
// to check answers by.
type specification struct {
	mu       sync.Mutex
	doc      map[string]any
	compiler *jsonschema.Compiler
}

const specURL = "https://example.org/openapi.json"

// theSpecification is that of every handler: what a handler is made of changes
// nothing in it.
var theSpecification = sync.OnceValue(func() *specification {
	w := httptest.NewRecorder()
	New(Config{Reader: newSample()}).ServeHTTP(w, local(http.MethodGet, "/openapi.json", ""))
	doc, err := jsonschema.UnmarshalJSON(w.Body)
	if err != nil || w.Code != http.StatusOK {
		panic(fmt.Sprintf("GET /openapi.json: %d %v", w.Code, err))
	}
	s := &specification{doc: doc.(map[string]any), compiler: jsonschema.NewCompiler()}
	s.compiler.DefaultDraft(jsonschema.Draft2020)
	s.compiler.AssertFormat()
	if err := s.compiler.AddResource(specURL, doc); err != nil {
		panic(err)
	}
	return s
})

// at returns what stands at a path of keys, nil if nothing does.
func (s *specification) at(keys ...string) any {
	var v any = s.doc
	for _, k := range keys {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[k]
	}
	return v
}

// check checks that the description of the API foresees an answer: its status,
// its media type, and its body by the schema.
func (s *specification) check(t testing.TB, r *http.Request, res *http.Response, body []byte) {
	t.Helper()
	path := s.pathOf(r)
	method := strings.ToLower(r.Method)
	if method == "head" {
		method = "get"
	}
	op := s.at("paths", path, method)
	if op == nil || res.StatusCode == http.StatusNotModified {
		return
	}
	code := strconv.Itoa(res.StatusCode)
	want, ok := s.at("paths", path, method, "responses", code).(map[string]any)
	if !ok {
		t.Errorf("%s %s answers %s, which is not described", r.Method, path, code)
		return
	}
	content, _ := want["content"].(map[string]any)
	if len(content) == 0 {
		if len(body) > 0 {
			t.Errorf("%s %s: %s has a body that is not described: %s", r.Method, path, code, body)
		}
		return
	}
	kind := res.Header.Get("Content-Type")
	if content[kind] == nil {
		t.Errorf("%s %s: %s has media type %q, which is not described", r.Method, path, code, kind)
		return
	}
	if r.Method == http.MethodHead {
		return
	}
	pointer := fmt.Sprintf("%s#/paths/%s/%s/responses/%s/content/%s/schema", specURL, escapePointer(path), method, code, escapePointer(kind))
	s.mu.Lock() // a compiler is for one at a time
	schema, err := s.compiler.Compile(pointer)
	s.mu.Unlock()
	if err != nil {
		t.Fatal(err)
	}
	documents := [][]byte{body}
	if kind == "application/x-ndjson" {
		documents = bytes.FieldsFunc(body, func(r rune) bool { return r == '\n' })
	}
	for _, d := range documents {
		v, err := jsonschema.UnmarshalJSON(bytes.NewReader(d))
		if err == nil {
			err = schema.Validate(v)
		}
		if err != nil {
			t.Errorf("%s %s: body of %s is not as described: %v\n%s", r.Method, path, code, err, d)
		}
	}
}

// pathOf returns the described path that a request is for. A parameter of a path
// is never empty: no route answers /v1/items/, and none describes it.
func (s *specification) pathOf(r *http.Request) string {
	have := strings.Split(r.URL.EscapedPath(), "/")
next:
	for path := range s.at("paths").(map[string]any) {
		want := strings.Split(path, "/")
		if len(want) != len(have) {
			continue
		}
		for i := range want {
			if want[i] != have[i] && (have[i] == "" || !strings.HasPrefix(want[i], "{")) {
				continue next
			}
		}
		return path
	}
	return ""
}

func escapePointer(s string) string {
	s = strings.NewReplacer("~", "~0", "/", "~1").Replace(s)
	return strings.NewReplacer("{", "%7B", "}", "%7D").Replace(s)
}

// openAPI is the part of the OpenAPI 3.1 meta-schema that this document makes
// use of, closed wherever the standard is.
const openAPI = `{
  "type": "object", "required": ["openapi", "info", "paths"], "additionalProperties": false,
  "properties": {
    "openapi": {"pattern": "^3\\.1\\.\\d+$"},
    "info": {"type": "object", "required": ["title", "version"], "additionalProperties": false,
      "properties": {"title": {"type": "string"}, "version": {"type": "string"}, "description": {"type": "string"}}},
    "components": {"type": "object", "additionalProperties": false, "properties": {
      "schemas": {"type": "object", "propertyNames": {"pattern": "^[a-zA-Z0-9._-]+$"}, "additionalProperties": {"$ref": "#/$defs/schema"}},
      "securitySchemes": {"type": "object", "additionalProperties": {"type": "object", "required": ["type", "scheme"]}}}},
    "paths": {"type": "object", "propertyNames": {"pattern": "^/"}, "additionalProperties": {
      "type": "object", "minProperties": 1, "additionalProperties": false,
      "patternProperties": {"^(get|put|post|delete|options|head|patch|trace)$": {"$ref": "#/$defs/operation"}}}}
  },
  "$defs": {
    "schema": {"$ref": "https://json-schema.org/draft/2020-12/schema"},
    "content": {"type": "object", "propertyNames": {"pattern": "^[a-z]+/[a-z+.-]+$"},
      "additionalProperties": {"type": "object", "additionalProperties": false, "properties": {"schema": {"$ref": "#/$defs/schema"}}}},
    "operation": {"type": "object", "required": ["operationId", "summary", "responses"], "additionalProperties": false, "properties": {
      "operationId": {"type": "string"}, "summary": {"type": "string"}, "description": {"type": "string"},
      "tags": {"type": "array", "items": {"type": "string"}},
      "security": {"type": "array", "items": {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}}},
      "parameters": {"type": "array", "uniqueItems": true, "items": {"type": "object", "required": ["name", "in", "schema"],
        "additionalProperties": false,
        "properties": {"name": {"type": "string"}, "in": {"enum": ["query", "header", "path", "cookie"]}, "description": {"type": "string"},
          "required": {"type": "boolean"}, "explode": {"type": "boolean"}, "style": {"type": "string"}, "example": true, "schema": {"$ref": "#/$defs/schema"}},
        "if": {"properties": {"in": {"const": "path"}}}, "then": {"required": ["required"], "properties": {"required": {"const": true}}}}},
      "requestBody": {"type": "object", "required": ["content"], "additionalProperties": false, "properties": {
        "description": {"type": "string"}, "required": {"type": "boolean"}, "content": {"$ref": "#/$defs/content"}}},
      "responses": {"type": "object", "minProperties": 1, "propertyNames": {"pattern": "^[1-5]\\d\\d$"}, "additionalProperties": {
        "type": "object", "required": ["description"], "additionalProperties": false, "properties": {
          "description": {"type": "string"}, "content": {"$ref": "#/$defs/content"},
          "headers": {"type": "object", "additionalProperties": {"type": "object", "required": ["schema"]}}}}}}}
  }
}`

func TestDescriptionIsOpenAPI(t *testing.T) {
	s := theSpecification()
	meta, err := jsonschema.UnmarshalJSON(strings.NewReader(openAPI))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("openapi-meta.json", meta); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("openapi-meta.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(s.doc); err != nil {
		t.Error(err)
	}
	seen := map[string]bool{}
	for path, item := range s.at("paths").(map[string]any) {
		for method, v := range item.(map[string]any) {
			op := v.(map[string]any)
			if id := op["operationId"].(string); seen[id] {
				t.Errorf("operationId %q is given twice", id)
			} else {
				seen[id] = true
			}
			named := map[string]bool{}
			params, _ := op["parameters"].([]any)
			for _, p := range params {
				if p := p.(map[string]any); p["in"] == "path" {
					named["{"+p["name"].(string)+"}"] = true
				}
			}
			for part := range strings.SplitSeq(path, "/") {
				if strings.HasPrefix(part, "{") && !named[part] {
					t.Errorf("%s %s: %s is not described", method, path, part)
				}
				delete(named, part)
			}
			if len(named) > 0 {
				t.Errorf("%s %s: describes %v, which the path lacks", method, path, named)
			}
		}
	}
	s.resolve(t, s.doc)
}

// resolve checks that every reference leads somewhere.
func (s *specification) resolve(t *testing.T, v any) {
	switch v := v.(type) {
	case map[string]any:
		if ref, ok := v["$ref"].(string); ok && s.at(strings.Split(strings.TrimPrefix(ref, "#/"), "/")...) == nil {
			t.Errorf("%s leads nowhere", ref)
		}
		for _, e := range v {
			s.resolve(t, e)
		}
	case []any:
		for _, e := range v {
			s.resolve(t, e)
		}
	}
}

// Every route that the mux knows is described, and the other way round.
func TestDescriptionIsComplete(t *testing.T) {
	want := []string{
		"GET /healthz", "GET /openapi.json",
		"GET /v1/coverage", "POST /v1/events", "GET /v1/generations",
		"POST /v1/items", "GET /v1/items/{id}", "PUT /v1/items/{id}", "DELETE /v1/items/{id}",
		"GET /v1/items/{id}/curation", "PUT /v1/items/{id}/curation", "GET /v1/items/{id}/related",
		"GET /v1/items/{id}/curation/history", "POST /v1/items/{id}/curation/history/{change}/undo",
		"GET /v1/curation/history", "POST /v1/items/{id}/curation/preview", "POST /v1/topics/{slug}/curation/preview",
		"GET /v1/topics/{slug}/curation", "PUT /v1/topics/{slug}/curation",
		"GET /v1/topics/{slug}/curation/history", "POST /v1/topics/{slug}/curation/history/{change}/undo",
		"GET /v1/findings", "POST /v1/findings/{key}", "POST /v1/findings/{key}/history/{change}/undo",
		"GET /v1/settings", "PUT /v1/settings", "GET /v1/settings/history", "GET /v1/items/{id}/related/filtered", "GET /v1/items/{id}/why/{other}",
		"GET /v1/sources", "POST /v1/sources/{name}/run", "GET /v1/changes",
		"GET /v1/dead-letters", "POST /v1/dead-letters/{id}/retry", "DELETE /v1/dead-letters/{id}",
		"POST /v1/reindex", "GET /v1/related", "POST /v1/related", "POST /v1/rollback", "GET /v1/search", "GET /v1/status",
		"GET /v1/topics", "GET /v1/topics/{slug}", "PUT /v1/topics/{slug}", "GET /v1/topics/{slug}/items",
	}
	h := New(Config{Reader: newSample()})
	s := theSpecification()
	for _, route := range want {
		method, path, _ := strings.Cut(route, " ")
		if s.at("paths", path, strings.ToLower(method)) == nil {
			t.Errorf("%s is not described", route)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, local(http.MethodOptions, path, ""))
		if !slices.Contains(strings.Split(w.Header().Get("Allow"), ", "), method) {
			t.Errorf("%s is not answered; its address takes %s", route, w.Header().Get("Allow"))
		}
	}
	n := 0
	for _, item := range s.at("paths").(map[string]any) {
		n += len(item.(map[string]any))
	}
	if n != len(want) {
		t.Errorf("%d operations are described, want %d: %v", n, len(want), slices.Sorted(maps.Keys(s.at("paths").(map[string]any))))
	}
}
