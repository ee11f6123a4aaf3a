package api

import (
	"cmp"
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"akin/functions/web/serve"
	"akin/recommend"
	"akin/recommend/engine"
	"akin/recommend/preview"
)

// A historyAnswer holds the changes of what editors decided, latest first.
type historyAnswer struct {
	Changes []engine.Change `json:"changes"`
}

type undoItemInput struct {
	ID      string `path:"id" doc:"Id of an item"`
	IfMatch string `header:"If-Match" doc:"ETag of the curation that was read"`
	Note    string `query:"note" maxLength:"1024" doc:"Why, for the history"`
	Change  uint64 `path:"change" minimum:"1" doc:"Number of the change, from the history"`
}

type curateTopicInput struct {
	Slug    string `path:"slug" doc:"The topic's slug, percent-encoded"`
	IfMatch string `header:"If-Match" doc:"ETag of the curation that was read"`
	Note    string `query:"note" maxLength:"1024" doc:"Why, for the history"`
}

type undoTopicInput struct {
	Slug    string `path:"slug" doc:"The topic's slug, percent-encoded"`
	IfMatch string `header:"If-Match" doc:"ETag of the curation that was read"`
	Note    string `query:"note" maxLength:"1024" doc:"Why, for the history"`
	Change  uint64 `path:"change" minimum:"1" doc:"Number of the change, from the history"`
}

const undoText = "Takes back what one change did, by a new change, and keeps all that was changed elsewhere since. 409 if the same thing was changed again since, 404 if the change is not among the last 100."

// An auditAnswer holds the changes of all decisions, latest first.
type auditAnswer struct {
	Changes []engine.Audited `json:"changes"`
}

type auditInput struct {
	Limit int `query:"limit" minimum:"1" maximum:"1000" default:"50" doc:"How many changes"`
}

func (s *routes) routeHistory(api *router) {
	handle(s, api, huma.Operation{
		OperationID: "audit", Method: http.MethodGet, Path: "/v1/curation/history", Tags: []string{"editors"},
		Summary: "The history of decisions about all works and topics, latest first; the last 100 changes of each are kept",
	}, serve.RoleEditor|serve.RolePipeline, func(ctx context.Context, in *auditInput) (*cached[auditAnswer], error) {
		changes, err := s.Reader.Audit(ctx, in.Limit)
		if err != nil {
			return nil, err
		}
		return &cached[auditAnswer]{CacheControl: serve.Private, Body: auditAnswer{changes}}, nil
	})
	handle(s, api, huma.Operation{
		OperationID: "curation-history", Method: http.MethodGet, Path: "/v1/items/{id}/curation/history", Tags: []string{"editors"},
		Summary: "The history of decisions about a work, latest first: the last 100 changes, each with the state before and after", Errors: []int{http.StatusNotFound},
	}, serve.RoleEditor|serve.RolePipeline, func(ctx context.Context, in *itemInput) (*cached[historyAnswer], error) {
		if err := checkID(in.ID); err != nil {
			return nil, err
		}
		return s.history(ctx, engine.Subject{Item: in.ID})
	})
	undoErrors := []int{http.StatusNotFound, http.StatusConflict, http.StatusPreconditionFailed, http.StatusPreconditionRequired, http.StatusUnprocessableEntity, http.StatusNotImplemented}
	handle(s, api, huma.Operation{
		OperationID: "undo-curation", Method: http.MethodPost, Path: "/v1/items/{id}/curation/history/{change}/undo", Tags: []string{"editors"},
		Summary: "Undo a change of the decisions about a work", Description: undoText, Errors: undoErrors,
	}, serve.RoleEditor, func(ctx context.Context, in *undoItemInput) (*written[*recommend.Curation], error) {
		if err := checkID(in.ID); err != nil {
			return nil, err
		}
		tag, err := s.undo(ctx, engine.Subject{Item: in.ID}, in.Change, in.IfMatch, in.Note)
		if err != nil {
			return nil, err
		}
		return s.curated(ctx, in.ID, tag)
	})
	handle(s, api, huma.Operation{
		OperationID: "topic-curation", Method: http.MethodGet, Path: "/v1/topics/{slug}/curation", Tags: []string{"editors"},
		Summary: "The editors' decisions about a topic", Errors: []int{http.StatusNotFound},
	}, serve.RoleEditor|serve.RolePipeline, func(ctx context.Context, in *topicInput) (*cached[*recommend.TopicCuration], error) {
		c, err := s.topicCuration(ctx, in.Slug)
		if err != nil {
			return nil, err
		}
		return &cached[*recommend.TopicCuration]{CacheControl: serve.Private, ETag: quoteTag(c.ETag), Body: c}, nil
	})
	handle(s, api, huma.Operation{
		OperationID: "curate-topic", Method: http.MethodPut, Path: "/v1/topics/{slug}/curation", Tags: []string{"editors"},
		Summary:     "Feature items on a topic, or merge it into another",
		Description: "Replaces the earlier decisions; If-Match is required as for works. featured lists items in order, and takes the place of the description's. mergedInto makes the items of this topic count as items of that one: at once in listings, filters, facets and pages, and from the next rebuild on as evidence. Leave it out to undo the merge.",
		RequestBody: jsonBody[recommend.TopicCuration](api, serve.AsJSON),
		Errors:      bodyErrors(http.StatusNotFound, http.StatusPreconditionFailed, http.StatusPreconditionRequired, http.StatusNotImplemented),
	}, serve.RoleEditor, s.curateTopic)
	handle(s, api, huma.Operation{
		OperationID: "preview-topic", Method: http.MethodPost, Path: "/v1/topics/{slug}/curation/preview", Tags: []string{"editors"},
		Summary:     "Preview what decisions about a topic would change, without saving them",
		Description: "Takes the body of the PUT. Answers which topic pages and related lists would change at once and, where a merge begins or ends, which lists would change with the next rebuild." + previewText,
		RequestBody: jsonBody[recommend.TopicCuration](api, serve.AsJSON),
		Errors:      bodyErrors(http.StatusNotFound, http.StatusPreconditionFailed, http.StatusNotImplemented),
	}, serve.RoleEditor, s.previewTopic)
	handle(s, api, huma.Operation{
		OperationID: "topic-history", Method: http.MethodGet, Path: "/v1/topics/{slug}/curation/history", Tags: []string{"editors"},
		Summary: "The history of decisions about a topic, latest first", Errors: []int{http.StatusNotFound},
	}, serve.RoleEditor|serve.RolePipeline, func(ctx context.Context, in *topicInput) (*cached[historyAnswer], error) {
		if err := checkSlug(in.Slug); err != nil {
			return nil, err
		}
		return s.history(ctx, engine.Subject{Topic: in.Slug})
	})
	handle(s, api, huma.Operation{
		OperationID: "undo-topic", Method: http.MethodPost, Path: "/v1/topics/{slug}/curation/history/{change}/undo", Tags: []string{"editors"},
		Summary: "Undo a change of the decisions about a topic", Description: undoText, Errors: undoErrors,
	}, serve.RoleEditor, func(ctx context.Context, in *undoTopicInput) (*written[*recommend.TopicCuration], error) {
		if err := checkSlug(in.Slug); err != nil {
			return nil, err
		}
		tag, err := s.undo(ctx, engine.Subject{Topic: in.Slug}, in.Change, in.IfMatch, in.Note)
		if err != nil {
			return nil, err
		}
		return s.topicCurated(ctx, in.Slug, tag)
	})
}

func (s *routes) previewTopic(ctx context.Context, in *curateTopicInput) (*cached[*preview.Preview], error) {
	serve.CallOf(ctx).Quiet = true
	if err := checkSlug(in.Slug); err != nil {
		return nil, err
	}
	c, edit, err := decisions[recommend.TopicCuration](ctx, s, cmp.Or(in.IfMatch, "*"), in.Note)
	if err != nil {
		return nil, err
	}
	f, err := s.Preview.Topic(ctx, in.Slug, c, edit)
	if err != nil {
		return nil, err
	}
	return &cached[*preview.Preview]{CacheControl: serve.Private, Body: f}, nil
}

func (s *routes) history(ctx context.Context, subject engine.Subject) (*cached[historyAnswer], error) {
	changes, err := s.Reader.History(ctx, subject)
	if err != nil {
		return nil, err
	}
	return &cached[historyAnswer]{CacheControl: serve.Private, Body: historyAnswer{orEmpty(changes)}}, nil
}

func (s *routes) undo(ctx context.Context, subject engine.Subject, change uint64, ifMatch, note string) (string, error) {
	if s.Publisher == nil {
		return "", serve.ErrNoPublisher
	}
	tag, err := oneTag(ifMatch)
	if err != nil {
		return "", err
	}
	return s.Publisher.Undo(context.WithoutCancel(ctx), subject, change, s.editOf(ctx, tag, note))
}

func (s *routes) topicCuration(ctx context.Context, slug string) (*recommend.TopicCuration, error) {
	if err := checkSlug(slug); err != nil {
		return nil, err
	}
	return s.Reader.TopicCuration(ctx, slug)
}

func (s *routes) curateTopic(ctx context.Context, in *curateTopicInput) (*written[*recommend.TopicCuration], error) {
	if err := checkSlug(in.Slug); err != nil {
		return nil, err
	}
	c, edit, err := decisions[recommend.TopicCuration](ctx, s, in.IfMatch, in.Note)
	if err != nil {
		return nil, err
	}
	next, err := s.Publisher.CurateTopic(context.WithoutCancel(ctx), in.Slug, c, edit)
	if err != nil {
		return nil, err
	}
	return s.topicCurated(ctx, in.Slug, next)
}

func (s *routes) topicCurated(ctx context.Context, slug, tag string) (*written[*recommend.TopicCuration], error) {
	c, err := s.Reader.TopicCuration(ctx, slug)
	if err != nil {
		return nil, err
	}
	return &written[*recommend.TopicCuration]{Status: http.StatusOK, ETag: quoteTag(tag), Body: c}, nil
}
