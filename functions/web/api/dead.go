package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"akin/functions/web/serve"
	"akin/recommend"
)

type deadLetters struct {
	DeadLetters []recommend.DeadLetter `json:"deadLetters"`
}

type deadRetried struct {
	Retried int `json:"retried" doc:"Changes that were handed to the indexer again"`
}

func (s *routes) routeDead(api *router) {
	tags := []string{"state"}
	handle(s, api, huma.Operation{
		OperationID: "dead-letters", Method: http.MethodGet, Path: "/v1/dead-letters", Tags: tags,
		Summary:     "The changes that could not be indexed, oldest first",
		Description: "One whose item was indexed later, under any version, is not among them.",
	}, serve.RoleEditor|serve.RolePipeline, func(ctx context.Context, _ *struct{}) (*cached[deadLetters], error) {
		all, err := s.Reader.DeadLetters(ctx)
		if err != nil {
			return nil, err
		}
		return &cached[deadLetters]{CacheControl: serve.NoStore, Body: deadLetters{orEmpty(all)}}, nil
	})
	handle(s, api, huma.Operation{
		OperationID: "retry-dead-letter", Method: http.MethodPost, Path: "/v1/dead-letters/{id}/retry", Tags: tags,
		Summary:     "Index an item again whose change could not be indexed",
		Description: "What fails again is a dead letter again.",
		Errors:      []int{http.StatusNotFound, http.StatusNotImplemented},
	}, serve.RoleEditor|serve.RolePipeline, func(ctx context.Context, in *itemInput) (*written[deadRetried], error) {
		if s.Publisher == nil {
			return nil, serve.ErrNoPublisher
		}
		ctx = context.WithoutCancel(ctx)
		n, err := s.Publisher.RetryDeadLetters(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		if err := s.caughtUp(ctx); err != nil {
			return nil, err
		}
		return &written[deadRetried]{Status: http.StatusOK, Body: deadRetried{n}}, nil
	})
	handle(s, api, huma.Operation{
		OperationID: "drop-dead-letter", Method: http.MethodDelete, Path: "/v1/dead-letters/{id}", Tags: tags,
		Summary:     "Forget that an item could not be indexed",
		Description: "Its lists stay as they are until it is published again or all lists are made anew.",
		Errors:      []int{http.StatusNotFound, http.StatusNotImplemented},
	}, serve.RoleEditor|serve.RolePipeline, func(ctx context.Context, in *itemInput) (*done, error) {
		if s.Publisher == nil {
			return nil, serve.ErrNoPublisher
		}
		_, err := s.Publisher.DropDeadLetters(context.WithoutCancel(ctx), in.ID)
		return &done{}, err
	})
}
