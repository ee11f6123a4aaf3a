package api

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"akin/functions/web/serve"
)

// The document says all that fields says, and fields says nothing of what is
// not there.
func TestFieldsAreDescribed(t *testing.T) {
	front := serve.New(serve.Config{})
	h := New(front, Config{}, All)
	w := httptest.NewRecorder()
	front.Serve(w, httptest.NewRequest(http.MethodGet, "/openapi.json", nil), true, h)
	var doc struct {
		Components struct {
			Schemas map[string]struct {
				Properties map[string]map[string]any
			}
		}
	}
	if err := json.Unmarshal(w.Body.Bytes(), &doc); err != nil {
		t.Fatalf("%d: %v", w.Code, err)
	}
	for schema, said := range fields() {
		for field, want := range said {
			p, ok := doc.Components.Schemas[schema].Properties[field]
			if !ok {
				t.Errorf("there is no field %s of %s", field, schema)
				continue
			}
			if want.Description != "" && p["description"] != want.Description {
				t.Errorf("%s.%s is described as %v, want %q", schema, field, p["description"], want.Description)
			}
			for name, wanted := range map[string]bool{
				"enum": want.Enum != nil, "pattern": want.Pattern != "", "minimum": want.Minimum != nil, "maximum": want.Maximum != nil,
				"minItems": want.MinItems != nil, "maxItems": want.MaxItems != nil,
			} {
				if wanted && p[name] == nil {
					t.Errorf("%s.%s has no %s", schema, field, name)
				}
			}
		}
	}
}

// A program that serves some of the routes answers the others with 404.
func TestPartOfTheRoutes(t *testing.T) {
	front := serve.New(serve.Config{Authorize: func(*http.Request) (string, serve.Roles) { return "desk", serve.AllRoles }})
	h := New(front, Config{}, Rebuilds)
	for target, want := range map[string]int{"/v1/reindex": http.StatusNotImplemented, "/v1/rollback": http.StatusNotImplemented, "/v1/items": http.StatusNotFound} {
		w := httptest.NewRecorder()
		front.Serve(w, httptest.NewRequest(http.MethodPost, target, nil), true, h)
		if w.Code != want {
			t.Errorf("POST %s: %d %s, want %d", target, w.Code, w.Body, want)
		}
	}
}
