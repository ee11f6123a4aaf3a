package api

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"akin/functions/web/serve"
	"akin/recommend"
)

type settingsInput struct {
	IfMatch string `header:"If-Match" doc:"ETag of the settings that were read"`
	Note    string `query:"note" maxLength:"1024" doc:"Why, for the history"`
}

func (s *routes) routeSettings(api *router) {
	handle(s, api, huma.Operation{
		OperationID: "settings", Method: http.MethodGet, Path: "/v1/settings", Tags: []string{"editors"},
		Summary:     "What the site says of itself: name, address, languages, weights, word lists",
		Description: "What is not named is as akin ships it.",
	}, serve.RoleEditor|serve.RolePipeline, func(ctx context.Context, _ *struct{}) (*cached[json.RawMessage], error) {
		now, err := s.Reader.Settings(ctx)
		if err != nil {
			return nil, err
		}
		return &cached[json.RawMessage]{CacheControl: serve.Private, ETag: quoteTag(now.ETag), Body: now.JSON}, nil
	})
	handle(s, api, huma.Operation{
		OperationID: "settings-history", Method: http.MethodGet, Path: "/v1/settings/history", Tags: []string{"editors"},
		Summary: "The history of the site's settings, latest first: the last 100 changes, each with the settings before and after",
	}, serve.RoleEditor|serve.RolePipeline, func(ctx context.Context, _ *struct{}) (*cached[historyAnswer], error) {
		changes, err := s.Reader.SettingsHistory(ctx)
		if err != nil {
			return nil, err
		}
		return &cached[historyAnswer]{CacheControl: serve.Private, Body: historyAnswer{changes}}, nil
	})
	handle(s, api, huma.Operation{
		OperationID: "put-settings", Method: http.MethodPut, Path: "/v1/settings", Tags: []string{"editors"},
		Summary:     "Replace the settings of the site",
		Description: "If-Match as for curation. Name and address count at once, all else with the next rebuild. 422 names the field that cannot be used.",
		RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{serve.AsJSON: {Schema: &huma.Schema{Type: huma.TypeObject}}}},
		Errors:      bodyErrors(http.StatusPreconditionFailed, http.StatusPreconditionRequired, http.StatusNotImplemented),
	}, serve.RoleEditor, func(ctx context.Context, in *settingsInput) (*written[json.RawMessage], error) {
		if s.Publisher == nil {
			return nil, serve.ErrNoPublisher
		}
		tag, err := oneTag(in.IfMatch)
		if err != nil {
			return nil, err
		}
		b, err := serve.CallOf(ctx).Body(recommend.MaxSettings, serve.AsJSON)
		if err != nil {
			return nil, err
		}
		if tag, err = s.Publisher.PutSettings(context.WithoutCancel(ctx), b, s.editOf(ctx, tag, in.Note)); err != nil {
			return nil, err
		}
		now, err := recommend.CanonicalSettings(b)
		if err != nil {
			return nil, err
		}
		return &written[json.RawMessage]{Status: http.StatusOK, ETag: quoteTag(tag), Body: now}, nil
	})
}
