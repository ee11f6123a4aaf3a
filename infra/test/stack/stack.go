// Package stack reads what template.yaml deploys: the CloudFormation that it
// becomes, its routes, and what its roles allow. The tests beside it hold the
// template to its promises, and the end-to-end tests take routes, policies and
// settings from here, so that what they run is what is deployed.
package stack

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"akin/infra/test/tools"
)

//go:embed translate.py
var translate string

// A Template is a CloudFormation template without SAM's resources. Values are
// as encoding/json reads them into an any; references are not resolved.
type Template struct {
	Parameters map[string]map[string]any
	Conditions map[string]any
	Resources  map[string]Resource
	Outputs    map[string]map[string]any
}

// A Resource is a part of a [Template].
type Resource struct {
	Type                string
	Condition           string
	DependsOn           []string
	DeletionPolicy      string
	UpdateReplacePolicy string
	Properties          map[string]any
}

// Load translates the template.yaml of this module. It runs Python for about
// two seconds.
func Load(ctx context.Context) (*Template, error) {
	root, err := tools.Root()
	if err != nil {
		return nil, err
	}
	b, err := Translate(ctx, filepath.Join(root, "template.yaml"))
	if err != nil {
		return nil, err
	}
	return parse(b)
}

func parse(translated []byte) (*Template, error) {
	var t Template
	if err := json.Unmarshal(translated, &t); err != nil {
		return nil, fmt.Errorf("template: %w", err)
	}
	return &t, nil
}

// Translate returns the CloudFormation, as JSON, that the SAM template at path
// becomes.
func Translate(ctx context.Context, path string) ([]byte, error) {
	python, err := tools.Python(ctx)
	if err != nil {
		return nil, err
	}
	var stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, python, "-c", translate, path)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("translate %s: %w\n%s", path, err, stderr.Bytes())
	}
	return out, nil
}

// Auth says who may use a route.
type Auth string

const (
	Anyone  Auth = "anyone"
	Signed  Auth = "signed"  // an IAM principal
	Editors Auth = "editors" // the bearer of a token of the editors' issuer; an IAM principal if there is none
)

// A Route is one method and path of the HTTP API.
type Route struct {
	Method   string
	Path     string // with {names}, as in a [net/http.ServeMux]
	Function string // logical name of the function that answers
	Auth     Auth
}

// Routes returns the routes of the HTTP API, by path and method. It is an
// error if one does not lead to the alias of a function.
func (t *Template) Routes() ([]Route, error) {
	var routes []Route
	for name, r := range t.Resources {
		if r.Type != "AWS::ApiGatewayV2::Route" {
			continue
		}
		var p struct {
			RouteKey string
			Target   struct {
				Sub string `json:"Fn::Sub"`
			}
			AuthorizationType any
		}
		if err := decode(r.Properties, &p); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		route := Route{Auth: Anyone}
		var ok bool
		if route.Method, route.Path, ok = strings.Cut(p.RouteKey, " "); !ok {
			return nil, fmt.Errorf("%s: route %q has no method", name, p.RouteKey)
		}
		switch a := p.AuthorizationType.(type) {
		case nil:
		case string:
			if a != "AWS_IAM" {
				return nil, fmt.Errorf("%s: authorisation %q", name, a)
			}
			route.Auth = Signed
		default:
			if b, _ := json.Marshal(a); string(b) != `{"Fn::If":["EditorsHaveTokens","JWT","AWS_IAM"]}` {
				return nil, fmt.Errorf("%s: authorisation %s", name, b)
			}
			route.Auth = Editors
		}
		integration := strings.TrimSuffix(strings.TrimPrefix(p.Target.Sub, "integrations/${"), "}")
		var i struct{ IntegrationUri struct{ Ref string } }
		if err := decode(t.Resources[integration].Properties, &i); err != nil {
			return nil, fmt.Errorf("%s: %w", integration, err)
		}
		if route.Function, ok = strings.CutSuffix(i.IntegrationUri.Ref, "Aliaslive"); !ok {
			return nil, fmt.Errorf("%s: leads to %q, not to an alias", name, i.IntegrationUri.Ref)
		}
		routes = append(routes, route)
	}
	slices.SortFunc(routes, func(a, b Route) int {
		return strings.Compare(a.Path+" "+a.Method, b.Path+" "+b.Method)
	})
	return routes, nil
}

// A Statement is one permission of a policy.
type Statement struct {
	Effect    string
	Action    []string
	Resource  []any
	Condition map[string]any
}

// Statements returns the statements of the inline policies of a role, or of the
// policy that a queue or bucket has.
func (t *Template) Statements(name string) ([]Statement, error) {
	type document struct {
		Statement []struct {
			Effect           string
			Action, Resource any
			Condition        map[string]any
		}
	}
	var p struct {
		Policies       []struct{ PolicyDocument document }
		PolicyDocument document
	}
	r, ok := t.Resources[name]
	if !ok {
		return nil, fmt.Errorf("%s: no such resource", name)
	}
	if err := decode(r.Properties, &p); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	documents := []document{p.PolicyDocument}
	for _, policy := range p.Policies {
		documents = append(documents, policy.PolicyDocument)
	}
	var out []Statement
	for _, d := range documents {
		for _, s := range d.Statement {
			st := Statement{Effect: s.Effect, Resource: list(s.Resource), Condition: s.Condition}
			for _, a := range list(s.Action) {
				st.Action = append(st.Action, fmt.Sprint(a))
			}
			out = append(out, st)
		}
	}
	return out, nil
}

// Of returns the logical names of the resources of a type, in order.
func (t *Template) Of(kind string) []string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(t.Resources)) {
		if t.Resources[name].Type == kind {
			names = append(names, name)
		}
	}
	return names
}

// list returns v as a list of one unless it is one.
func list(v any) []any {
	if l, ok := v.([]any); ok {
		return l
	}
	return []any{v}
}

// decode fills the struct that v points to from properties.
func decode(properties map[string]any, v any) error {
	b, err := json.Marshal(properties)
	if err != nil {
		return err
	}
	return json.Unmarshal(b, v)
}
