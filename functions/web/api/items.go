package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"akin/functions/web/serve"
	"akin/recommend"
)

type itemInput struct {
	ID string `path:"id" doc:"Id of the item"`
}

type withdrawInput struct {
	ID      string `path:"id" doc:"Id of the item"`
	Version int64  `query:"version" minimum:"1" doc:"Version of the withdrawal, 4611686018427387904 at most; if absent, one more than the stored version"`
}

// A putAnswer tells what became of an item.
type putAnswer struct {
	ID      string            `json:"id"`
	Result  recommend.Outcome `json:"result" enum:"created,replaced,unchanged"`
	Version int64             `json:"version" doc:"The version now stored"`
	Changes *namedChanges     `json:"changes,omitempty" doc:"What it changed of what is published, where receipts are made"`
}

// A withdrawAnswer tells what a withdrawal changed. Where no receipts are made there is nothing
// to tell, and the answer is 204.
type withdrawAnswer struct {
	Body struct {
		Changes *namedChanges `json:"changes,omitempty" doc:"What it changed of what is published"`
	}
}

func (w *withdrawAnswer) reply() reply {
	if w.Body.Changes == nil {
		return reply{status: http.StatusNoContent}
	}
	return reply{status: http.StatusOK, body: w.Body}
}

// MaxBatch is how many bytes the lines of one POST have at most.
const MaxBatch = 5 * 1024 * 1024

// A LineAnswer tells what became of a line.
type LineAnswer struct {
	Line   int               `json:"line" doc:"From 1"`
	ID     string            `json:"id,omitempty"`
	Result recommend.Outcome `json:"result" enum:"created,replaced,unchanged,stale,rejected"`
	Error  string            `json:"error,omitempty"`
}

const (
	lineKinds  = "application/x-ndjson"
	maxLines   = 10_000 // items of one POST
	maxShownID = 200    // bytes of the id of a rejected line
)

func (s *routes) routeItems(api *router) {
	handle(s, api, huma.Operation{
		OperationID: "item", Method: http.MethodGet, Path: "/v1/items/{id}", Tags: []string{"items"},
		Summary:     "An item as stored, and whether it is indexed",
		Description: "Hidden items are answered to the roles editor and pipeline only. The body text, which is only compared by, is never answered.",
		Errors:      []int{http.StatusNotFound, http.StatusGone},
	}, serve.Public, s.item)
	handle(s, api, huma.Operation{
		OperationID: "put-item", Method: http.MethodPut, Path: "/v1/items/{id}", Tags: []string{"items"},
		Summary:     "Publish an item, or a newer version of it",
		Description: "Answers 201 if the item is new, otherwise 200; 409 if its version is older than the stored one, or equal with different content. The body may leave out the id.",
		RequestBody: jsonBody[recommend.Item](api, serve.AsJSON),
		Errors:      bodyErrors(http.StatusConflict, http.StatusNotImplemented),
	}, serve.RolePipeline, s.putItem)
	handle(s, api, huma.Operation{
		OperationID: "withdraw-item", Method: http.MethodDelete, Path: "/v1/items/{id}", Tags: []string{"items"},
		Summary:     "Withdraw an item for good, even one that was never stored",
		Description: "Answers 204, or, where receipts are made, 200 and what it changed.",
		Errors:      []int{http.StatusConflict, http.StatusUnprocessableEntity, http.StatusNotImplemented},
	}, serve.RolePipeline, s.withdrawItem)

	put := api.doc.Paths["/v1/items/{id}"].Put.Responses
	put["201"] = &huma.Response{Description: http.StatusText(http.StatusCreated), Headers: put["200"].Headers, Content: put["200"].Content}

	api.doc.Paths["/v1/items/{id}"].Delete.Responses["204"] = &huma.Response{Description: http.StatusText(http.StatusNoContent)}

	lines := jsonBody[recommend.Item](api, lineKinds, "application/jsonl", serve.AsJSON)
	lines.Description = "JSON Lines: an item each"
	handle(s, api, huma.Operation{
		OperationID: "put-items", Method: http.MethodPost, Path: "/v1/items", Tags: []string{"items"},
		Summary:     "Publish many items, one a line",
		Description: "Answers one line for each line that is not blank, in order. A wrong line does not keep the others from being stored.",
		RequestBody: lines,
		Errors:      bodyErrors(http.StatusNotImplemented),
	}, serve.RolePipeline, s.putItems)
	ok := api.doc.Paths["/v1/items"].Post.Responses["200"]
	ok.Content = map[string]*huma.MediaType{lineKinds: {Schema: api.doc.Components.Schemas.Schema(reflect.TypeFor[LineAnswer](), true, "")}}
}

func (s *routes) item(ctx context.Context, in *itemInput) (*cached[*recommend.Stored], error) {
	if err := checkID(in.ID); err != nil {
		return nil, err
	}
	it, err := s.Reader.Item(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	control := serve.AskAgain
	if !s.May(ctx, serve.RoleEditor|serve.RolePipeline) {
		switch {
		case it.VisibleFrom.After(s.Now()):
			return nil, recommend.ErrNotFound
		case it.Item.Status == recommend.Withdrawn:
			return nil, recommend.ErrWithdrawn
		}
		// An original that may not be shown is not named either.
		if !slices.ContainsFunc(it.Translations, func(t recommend.Translation) bool { return t.ID == it.TranslationOf }) {
			it.TranslationOf = ""
		}
	} else {
		control = serve.Private
	}
	it.Body = ""
	if it.Item.Status == "" {
		it.Item.Status = recommend.Published
	}
	return &cached[*recommend.Stored]{CacheControl: control, Body: it}, nil
}

// decodeItem reads an item whose id the address gives.
func decodeItem(b []byte, id string) (recommend.Item, error) {
	it, err := decodeNamed(b, "id", id, recommend.DecodeItem)
	return it.WithoutCodes(), err
}

// decodeNamed decodes b, whose field is name if it is left out.
func decodeNamed[T any](b []byte, field, name string, decode func([]byte) (T, error)) (T, error) {
	v, err := decode(b)
	var invalid *recommend.InvalidError
	if !errors.As(err, &invalid) || invalid.Field != field {
		return v, err
	}
	var given map[string]json.RawMessage
	if json.Unmarshal(b, &given) != nil {
		return v, err
	}
	if _, ok := given[field]; ok {
		return v, err
	}
	key := "{" + string(mustJSON(field)) + ":" + string(mustJSON(name))
	if len(given) > 0 {
		key += ","
	}
	return decode(append([]byte(key), b[bytes.IndexByte(b, '{')+1:]...))
}

func mustJSON(s string) []byte {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err) // a string
	}
	return b
}

func (s *routes) putItem(ctx context.Context, in *itemInput) (*written[putAnswer], error) {
	if s.Publisher == nil {
		return nil, serve.ErrNoPublisher
	}
	b, err := serve.CallOf(ctx).Body(recommend.MaxLine, serve.AsJSON)
	if err != nil {
		return nil, err
	}
	it, err := decodeItem(b, in.ID)
	if err != nil {
		return nil, err
	}
	if it.ID != in.ID {
		return nil, serve.FieldProblem(http.StatusUnprocessableEntity, "id", fmt.Sprintf("is %q, but the address says %q", it.ID, serve.Brief(in.ID)))
	}
	ctx = context.WithoutCancel(ctx) // a client that goes does not leave half of the work
	since := s.before(ctx)
	results := s.Publisher.Put(ctx, it)
	r := results[0]
	if err := resultError(r); err != nil {
		return nil, err
	}
	if err := s.caughtUp(ctx); err != nil {
		return nil, err
	}
	out := &written[putAnswer]{Status: http.StatusOK, Body: putAnswer{r.ID, r.Outcome, r.Version, s.named(since, r)}}
	if r.Outcome == recommend.Created {
		out.Status, out.Location = http.StatusCreated, "/v1/items/"+url.PathEscape(r.ID)
	}
	return out, nil
}

// resultError returns why an item was not taken; nil if it was.
func resultError(r recommend.Result) error {
	switch r.Outcome {
	case recommend.Stale, recommend.Rejected:
		if r.Err == nil {
			return &recommend.ConflictError{ID: r.ID, Stored: r.Version}
		}
		return r.Err
	default:
		return nil
	}
}

// caughtUp indexes what was stored, where that is done before answering.
func (s *routes) caughtUp(ctx context.Context) error {
	if s.CatchUp == nil {
		return nil
	}
	if _, err := s.CatchUp(ctx); err != nil {
		return fmt.Errorf("stored, but not indexed yet: %w", err)
	}
	return nil
}

func (s *routes) withdrawItem(ctx context.Context, in *withdrawInput) (*withdrawAnswer, error) {
	if s.Publisher == nil {
		return nil, serve.ErrNoPublisher
	}
	ctx = context.WithoutCancel(ctx)
	since := s.before(ctx)
	r := s.Publisher.Withdraw(ctx, in.ID, in.Version)
	if err := resultError(r); err != nil {
		return nil, err
	}
	if err := s.caughtUp(ctx); err != nil {
		return nil, err
	}
	out := &withdrawAnswer{}
	out.Body.Changes = s.named(since, r)
	return out, nil
}

const batchTime = 15 * time.Minute // to store and index a POST of items

func (s *routes) putItems(ctx context.Context, _ *struct{}) (*linesOutput, error) {
	if s.Publisher == nil {
		return nil, serve.ErrNoPublisher
	}
	c := serve.CallOf(ctx)
	b, err := c.Body(MaxBatch, lineKinds, "application/jsonl", serve.AsJSON)
	if err != nil {
		return nil, err
	}
	if n := bytes.Count(b, []byte("\n")); n > maxLines {
		return nil, serve.NewProblem(http.StatusRequestEntityTooLarge, fmt.Sprintf("the body has %d lines, at most %d", n, maxLines))
	}
	_ = http.NewResponseController(c.Writer).SetWriteDeadline(time.Now().Add(batchTime)) // no connection, no deadline
	ctx = context.WithoutCancel(ctx)
	since := s.before(ctx)
	answers := s.store(ctx, b)
	if err := s.caughtUp(ctx); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	for _, a := range answers {
		if err := enc.Encode(a); err != nil {
			return nil, err
		}
	}
	return &linesOutput{ContentType: lineKinds, Since: since, Body: out.Bytes()}, nil
}

type linesOutput struct {
	ContentType string `header:"Content-Type" hidden:"true"`
	Since       string `header:"Akin-Changes-Since" doc:"Cursor of /v1/changes from before the write, where receipts are made"`
	Body        []byte
}

func (l *linesOutput) reply() reply {
	return reply{status: http.StatusOK, header: [3][2]string{{"Akin-Changes-Since", l.Since}}, body: l.Body, contentType: l.ContentType}
}

// store hands the lines of b to the publisher, those that are wrong excepted,
// and returns what became of each, in order.
func (s *routes) store(ctx context.Context, b []byte) []LineAnswer {
	var answers []LineAnswer
	var items []recommend.Item
	var at []int // index into answers of each item
	n := 0
	for line := range bytes.SplitSeq(b, []byte("\n")) {
		n++
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		a := LineAnswer{Line: n}
		it, err := decodeLine(line)
		if err != nil {
			a.ID, a.Result, a.Error = idOf(line), recommend.Rejected, err.Error()
		} else {
			a.ID = it.ID
			items, at = append(items, it), append(at, len(answers))
		}
		answers = append(answers, a)
	}
	if len(items) == 0 {
		return answers
	}
	for i, r := range s.Publisher.Put(ctx, items...) {
		a := &answers[at[i]]
		a.Result = r.Outcome
		if err := resultError(r); err != nil {
			a.Error = s.Failure(ctx, err).Detail
		}
	}
	return answers
}

// idOf returns the id that a rejected line names, if it names one.
func idOf(line []byte) string {
	var named struct {
		ID string `json:"id"`
	}
	if json.Unmarshal(line, &named) != nil || len(named.ID) > maxShownID {
		return ""
	}
	return named.ID
}

func decodeLine(line []byte) (recommend.Item, error) {
	if len(line) > recommend.MaxLine {
		return recommend.Item{}, fmt.Errorf("the line is %d bytes long, at most %d", len(line), recommend.MaxLine)
	}
	it, err := recommend.DecodeItem(line)
	return it.WithoutCodes(), err
}
