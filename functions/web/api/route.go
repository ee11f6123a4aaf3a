package api

import (
	"cmp"
	"context"
	"net/http"
	"reflect"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"akin/functions/web/serve"
)

// cached is an answer that caches may keep.
type cached[T any] struct {
	CacheControl string `header:"Cache-Control"`
	ETag         string `header:"ETag" hidden:"true"` // empty: of the body
	Body         T
}

// written is the answer to a write.
type written[T any] struct {
	Status   int
	Location string `header:"Location"`
	ETag     string `header:"ETag" hidden:"true"`
	Body     T
}

// done is the answer to a write that has nothing to say.
type done struct{}

// A reply is any answer, ready to be sent. Body is written as JSON, unless it
// is bytes; without a body, it is 204.
type reply struct {
	status      int
	header      [3][2]string // names and values; empty ones are left out
	body        any
	contentType string            // of bytes
	stream      func(*serve.Call) // sends the answer itself; nil: what stands above is sent
}

func (c *cached[T]) reply() reply {
	return reply{http.StatusOK, [3][2]string{{"Cache-Control", c.CacheControl}, {"ETag", c.ETag}}, c.Body, "", nil}
}

func (w *written[T]) reply() reply {
	return reply{w.Status, [3][2]string{{"Location", w.Location}, {"ETag", w.ETag}}, w.Body, "", nil}
}

func (*done) reply() reply { return reply{status: http.StatusNoContent} }

// A router is what routes are registered at, each with its description.
type router struct {
	mux *http.ServeMux
	doc *huma.OpenAPI
}

// anyOrigin is the Metadata of a route that takes a role and that pages of every origin
// may call all the same: with a token that they hold themselves. No cookie comes with
// such a call, and that it comes from this machine is no role when another site's page
// makes it.
const anyOrigin = "any origin"

// handle registers a route: its description, whose Errors are the statuses of
// its own, what roles it takes, and the handler, whose errors are answered as
// problems. The fields of I are the parameters, with huma's tags; those of O
// say what is answered.
//
// huma makes the schemas and holds values to them. That it is not left to read
// parameters and write answers, too, saves a program 0.7 MB: huma.Register is
// compiled anew for every pair of types.
func handle[I, O any, P interface {
	*O
	reply() reply
}](s *routes, api *router, op huma.Operation, roles serve.Roles, h func(context.Context, *I) (P, error)) {
	codes := append([]int{http.StatusBadRequest, http.StatusUnauthorized, http.StatusInternalServerError, http.StatusServiceUnavailable}, op.Errors...)
	if roles != serve.Public {
		codes = append(codes, http.StatusForbidden)
		op.Security = []map[string][]string{{"token": {}}}
		op.Description = strings.TrimSpace(op.Description + " Requires one of the roles: " + strings.ReplaceAll(roles.String(), ",", ", ") + ".")
	}
	s.open[op.Method+" "+op.Path] = roles == serve.Public || op.Metadata[anyOrigin] != nil
	op.Errors = nil
	op.Responses = problems(api.doc, codes...)
	schemas := api.doc.Components.Schemas
	describe(&op, schemas, reflect.TypeFor[O]())
	params := parameters(&op, schemas, reflect.TypeFor[I]())
	api.doc.AddOperation(&op)
	call := func(c *serve.Call) (reply, error) {
		in := new(I)
		if p := readParams(c.Request, schemas, params, reflect.ValueOf(in).Elem()); p != nil {
			return reply{}, p
		}
		out, err := h(c.Request.Context(), in)
		if err != nil {
			return reply{}, err
		}
		return out.reply(), nil
	}
	api.mux.HandleFunc(op.Method+" "+op.Path, func(_ http.ResponseWriter, r *http.Request) {
		s.answer(serve.CallOf(r.Context()), &op, roles, call)
	})
}

// describe adds to op what it answers.
func describe(op *huma.Operation, schemas huma.Registry, out reflect.Type) {
	r := &huma.Response{Headers: map[string]*huma.Param{}}
	if body, ok := out.FieldByName("Body"); ok {
		op.DefaultStatus = cmp.Or(op.DefaultStatus, http.StatusOK)
		r.Content = map[string]*huma.MediaType{serve.AsJSON: {Schema: schemas.Schema(body.Type, true, op.OperationID+"Response")}}
	} else {
		op.DefaultStatus = http.StatusNoContent
	}
	r.Description = http.StatusText(op.DefaultStatus)
	for i := range out.NumField() {
		f := out.Field(i)
		if name := f.Tag.Get("header"); name != "" && f.Tag.Get("hidden") == "" {
			r.Headers[name] = &huma.Param{Schema: huma.SchemaFromField(schemas, f, "")}
		}
	}
	op.Responses[strconv.Itoa(op.DefaultStatus)] = r
}

// A parameter is a field of what a handler takes: a string, a number, a truth
// value, or strings that may be given several times.
type parameter struct {
	*huma.Param
	field    []int  // its index
	fallback string // its value where it is not given
}

// parameters returns those of a route, and adds them to its description.
func parameters(op *huma.Operation, schemas huma.Registry, in reflect.Type) []parameter {
	var all []parameter
	for _, f := range reflect.VisibleFields(in) {
		for _, place := range []string{"path", "query", "header"} {
			name, options, _ := strings.Cut(f.Tag.Get(place), ",")
			if name == "" {
				continue
			}
			p := &huma.Param{
				Name: name, In: place, Required: place == "path" || f.Tag.Get("required") == "true",
				Schema: huma.SchemaFromField(schemas, f, ""),
			}
			if place == "query" {
				explode := options == "explode"
				p.Explode = &explode
			}
			p.Description = p.Schema.Description
			op.Parameters = append(op.Parameters, p)
			all = append(all, parameter{p, f.Index, f.Tag.Get("default")})
		}
	}
	return all
}

// readParams fills in with the parameters of a request, and returns what is
// wrong with the first that is.
func readParams(r *http.Request, schemas huma.Registry, params []parameter, in reflect.Value) *serve.Problem {
	var res huma.ValidateResult
	query := r.URL.Query()
	for _, p := range params {
		given := ""
		switch p.In {
		case "path":
			given = r.PathValue(p.Name)
		case "query":
			given = query.Get(p.Name)
		case "header":
			given = r.Header.Get(p.Name)
		}
		if given == "" {
			if given = p.fallback; given == "" {
				if p.Required {
					return serve.FieldProblem(http.StatusBadRequest, p.Name, "required "+p.In+" parameter is missing")
				}
				continue
			}
		}
		value, wrong := set(in.FieldByIndex(p.field), given, query[p.Name])
		if wrong != "" {
			return serve.FieldProblem(http.StatusBadRequest, p.Name, wrong)
		}
		huma.Validate(schemas, p.Schema, huma.NewPathBuffer(nil, 0), huma.ModeWriteToServer, value, &res)
		if len(res.Errors) > 0 {
			reason := res.Errors[0].Error()
			if detail, ok := res.Errors[0].(*huma.ErrorDetail); ok {
				reason = detail.Message // without the value
			}
			return serve.FieldProblem(http.StatusBadRequest, p.Name, strings.ToValidUTF8(reason, "\uFFFD"))
		}
	}
	return nil
}

// set gives a field the value that is written as given, or all of them, and
// returns it as huma.Validate takes it; wrong says what is wrong with it.
func set(field reflect.Value, given string, all []string) (value any, wrong string) {
	switch field.Kind() {
	case reflect.Int, reflect.Int64:
		n, err := strconv.ParseInt(given, 10, 64)
		if err != nil {
			return nil, "invalid integer"
		}
		field.SetInt(n)
		return n, ""
	case reflect.Uint64:
		n, err := strconv.ParseUint(given, 10, 64)
		if err != nil {
			return nil, "invalid integer"
		}
		field.SetUint(n)
		return n, ""
	case reflect.Bool:
		b, err := strconv.ParseBool(given)
		if err != nil {
			return nil, "invalid boolean"
		}
		field.SetBool(b)
		return b, ""
	case reflect.Slice:
		field.Set(reflect.ValueOf(all))
		return all, ""
	default:
		field.SetString(given)
		return given, ""
	}
}
