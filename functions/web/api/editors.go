package api

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"akin/functions/web/serve"
	"akin/recommend"
	"akin/recommend/coverage"
	"akin/recommend/engine"
	"akin/recommend/preview"
)

const maxCuration = 128 << 10 // bytes of a curation in JSON

type curateInput struct {
	ID      string `path:"id" doc:"Id of an item; decisions hold for all language versions of the work"`
	IfMatch string `header:"If-Match" doc:"ETag of the curation that was read"`
	Note    string `query:"note" maxLength:"1024" doc:"Why, for the history"`
}

func (s *routes) routeEditors(api *router) {
	handle(s, api, huma.Operation{
		OperationID: "curation", Method: http.MethodGet, Path: "/v1/items/{id}/curation", Tags: []string{"editors"},
		Summary: "The editors' decisions about a work", Errors: []int{http.StatusNotFound},
	}, serve.RoleEditor|serve.RolePipeline, func(ctx context.Context, in *itemInput) (*cached[*recommend.Curation], error) {
		if err := checkID(in.ID); err != nil {
			return nil, err
		}
		c, err := s.Reader.Curation(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		return &cached[*recommend.Curation]{CacheControl: serve.Private, ETag: quoteTag(c.ETag), Body: c}, nil
	})
	handle(s, api, huma.Operation{
		OperationID: "curate", Method: http.MethodPut, Path: "/v1/items/{id}/curation", Tags: []string{"editors"},
		Summary:     "Decide what is shown as related to a work",
		Description: "Replaces the earlier decisions. If-Match must carry the ETag that was read, so that nobody overwrites what they have not seen: 428 without it, 412 if somebody else was faster.",
		RequestBody: jsonBody[recommend.Curation](api, serve.AsJSON),
		Errors:      bodyErrors(http.StatusNotFound, http.StatusPreconditionFailed, http.StatusPreconditionRequired, http.StatusNotImplemented),
	}, serve.RoleEditor, s.curate)
	handle(s, api, huma.Operation{
		OperationID: "preview-curation", Method: http.MethodPost, Path: "/v1/items/{id}/curation/preview", Tags: []string{"editors"},
		Summary:     "Preview what decisions about a work would change, without saving them",
		Description: "Takes the body of the PUT. Answers which related lists would change: that of the work itself, and those of all works that show it or would show it." + previewText,
		RequestBody: jsonBody[recommend.Curation](api, serve.AsJSON),
		Errors:      bodyErrors(http.StatusNotFound, http.StatusPreconditionFailed, http.StatusNotImplemented),
	}, serve.RoleEditor, s.preview)
	handle(s, api, huma.Operation{
		OperationID: "coverage", Method: http.MethodGet, Path: "/v1/coverage", Tags: []string{"editors"},
		Summary: "The editors' report on items, topics and lists", Errors: []int{http.StatusNotFound},
	}, serve.RoleEditor|serve.RolePipeline, s.coverage)
	s.routeHistory(api)
	s.routeFindings(api)
}

func (s *routes) coverage(ctx context.Context, _ *struct{}) (*cached[*coverage.Report], error) {
	if s.Report == nil {
		return nil, serve.NewProblem(http.StatusNotFound, "there is no report here")
	}
	latest, _, err := s.Report.Latest(ctx)
	if errors.Is(err, coverage.ErrNoReport) {
		return nil, serve.NewProblem(http.StatusNotFound, coverage.ErrNoReport.Error())
	}
	if err != nil {
		return nil, err
	}
	r := *latest // which is others' too
	r.Topics, r.Findings = orEmpty(r.Topics), orEmpty(r.Findings)
	return &cached[*coverage.Report]{CacheControl: serve.Private, Body: &r}, nil
}

// quoteTag writes the tag of a revision as HTTP does.
func quoteTag(tag string) string {
	if tag == "" {
		return ""
	}
	return `"` + tag + `"`
}

// oneTag returns the only tag of an If-Match header, without quotes.
func oneTag(header string) (string, error) {
	switch {
	case header == "":
		return "", serve.NewProblem(http.StatusPreconditionRequired, "If-Match is needed: the ETag of what you read before you changed it")
	case header == "*": // whatever is there
		return header, nil
	case strings.HasPrefix(header, "W/"): // is never the same thing
		return "", recommend.ErrPrecondition
	}
	tag, quoted := strings.CutPrefix(serve.PlainTags(header), `"`)
	tag, closed := strings.CutSuffix(tag, `"`)
	if tag == "*" { // quoted, a tag that nothing has
		return "", recommend.ErrPrecondition
	}
	if !quoted || !closed || strings.Contains(tag, `"`) || len(tag) > 200 {
		return "", serve.FieldProblem(http.StatusBadRequest, "If-Match", `is not an ETag, as "7" is`)
	}
	return tag, nil
}

func (s *routes) curate(ctx context.Context, in *curateInput) (*written[*recommend.Curation], error) {
	if err := checkID(in.ID); err != nil {
		return nil, err
	}
	cur, edit, err := decisions[recommend.Curation](ctx, s, in.IfMatch, in.Note)
	if err != nil {
		return nil, err
	}
	next, err := s.Publisher.Curate(context.WithoutCancel(ctx), in.ID, cur, edit)
	if err != nil {
		return nil, err
	}
	return s.curated(ctx, in.ID, next)
}

const previewText = " Lists have eight entries, as on the page of an item. If-Match is optional, and checked if given. looked and of tell how many lists there was time to look at, and of how many."

func (s *routes) preview(ctx context.Context, in *curateInput) (*cached[*preview.Preview], error) {
	serve.CallOf(ctx).Quiet = true
	if err := checkID(in.ID); err != nil {
		return nil, err
	}
	next, edit, err := decisions[recommend.Curation](ctx, s, cmp.Or(in.IfMatch, "*"), in.Note)
	if err != nil {
		return nil, err
	}
	old, err := s.Reader.Curation(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	f, err := s.Preview.Work(ctx, in.ID, old, next, edit)
	if err != nil {
		return nil, err
	}
	return &cached[*preview.Preview]{CacheControl: serve.Private, Body: f}, nil
}

// decisions reads the body of a call that replaces what editors decided, and
// who makes it, over what.
func decisions[T any](ctx context.Context, s *routes, ifMatch, note string) (decided T, edit engine.Edit, err error) {
	if s.Publisher == nil {
		return decided, edit, serve.ErrNoPublisher
	}
	tag, err := oneTag(ifMatch)
	if err != nil {
		return decided, edit, err
	}
	b, err := serve.CallOf(ctx).Body(maxCuration, serve.AsJSON)
	if err != nil {
		return decided, edit, err
	}
	decided, err = decodeCuration[T](b)
	return decided, s.editOf(ctx, tag, note), err
}

// editOf signs an edit with the name of who makes the call.
func (s *routes) editOf(ctx context.Context, tag, note string) engine.Edit {
	e := engine.Edit{Note: note, IfMatch: tag}
	if who, err := s.Identify(serve.CallOf(ctx).Request); err == nil {
		e.By = who.Name
	}
	return e
}

// curated answers with the decisions as they are now.
func (s *routes) curated(ctx context.Context, id, tag string) (*written[*recommend.Curation], error) {
	c, err := s.Reader.Curation(ctx, id)
	if err != nil {
		return nil, err
	}
	return &written[*recommend.Curation]{Status: http.StatusOK, ETag: quoteTag(tag), Body: c}, nil
}

// decodeCuration reads one curation, of a work or a topic, strictly. What it
// names is the publisher's to check.
func decodeCuration[T any](b []byte) (T, error) {
	var c, none T
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	err := d.Decode(&c)
	if err == nil {
		if _, more := d.Token(); !errors.Is(more, io.EOF) {
			return none, serve.NewProblem(http.StatusBadRequest, "json: there is more after the end of the object")
		}
		return c, nil
	}
	var wrong *json.UnmarshalTypeError
	switch name, unknown := strings.CutPrefix(err.Error(), "json: unknown field "); {
	case unknown:
		return none, serve.FieldProblem(http.StatusUnprocessableEntity, serve.Brief(strings.Trim(name, `"`)), "unknown field")
	case errors.As(err, &wrong):
		return none, serve.FieldProblem(http.StatusUnprocessableEntity, serve.Brief(wrong.Field), fmt.Sprintf("must not be a JSON %s", wrong.Value))
	case !json.Valid(b):
		return none, serve.NewProblem(http.StatusBadRequest, "the body is not JSON")
	default: // a time that is none
		return none, serve.NewProblem(http.StatusUnprocessableEntity, "a time is not as RFC 3339 has it, like 2024-03-26T09:00:00Z")
	}
}
