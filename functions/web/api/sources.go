package api

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"akin/functions/web/serve"
	"akin/recommend/sources"
)

// Sources are the addresses that items come from. A [sources.Desk] is one.
type Sources interface {
	List(ctx context.Context) ([]sources.Source, error)
	// Verify holds a webhook to the secret of a source; the error may be
	// [sources.ErrSignature].
	Verify(ctx context.Context, name string, header map[string][]string, body []byte) error
	// Ask makes a source due at once; the error may be [sources.ErrNotFound].
	Ask(ctx context.Context, name string) error
}

// A sourceState is a source without its secret.
type sourceState struct {
	Name         string       `json:"name"`
	Address      string       `json:"address"`
	EverySeconds int64        `json:"everySeconds" doc:"How often it is read"`
	Items        int          `json:"items" doc:"Items that it brought and that are not withdrawn"`
	Failures     int          `json:"failures" doc:"Failed runs in a row"`
	Silent       bool         `json:"silent" doc:"It has not been read for three times its interval, and at least a day"`
	Reading      bool         `json:"reading"`
	NextAt       time.Time    `json:"nextAt,omitzero"`
	Last         *sources.Run `json:"last,omitempty" doc:"Outcome of the last run"`
}

type sourceList struct {
	Sources []sourceState `json:"sources"`
}

type sourceAsked struct {
	Source string `json:"source"`
	State  string `json:"state" enum:"asked"`
}

// maxWebhook is how many bytes the body of a webhook may have. What it says is
// not looked at, for the source itself is read.
const maxWebhook = 1 << 20

func (s *routes) routeSources(api *router) {
	handle(s, api, huma.Operation{
		OperationID: "sources", Method: http.MethodGet, Path: "/v1/sources", Tags: []string{"state"},
		Summary: "The addresses that items come from, with the outcome of their last runs",
		Errors:  []int{http.StatusNotFound},
	}, serve.RoleEditor|serve.RolePipeline, func(ctx context.Context, _ *struct{}) (*cached[sourceList], error) {
		if s.Sources == nil {
			return nil, serve.NewProblem(http.StatusNotFound, "there are no sources here")
		}
		all, err := s.sources(ctx)
		if err != nil {
			return nil, err
		}
		return &cached[sourceList]{CacheControl: "no-store", Body: sourceList{orEmpty(all)}}, nil
	})
	handle(s, api, huma.Operation{
		OperationID: "run-source", Method: http.MethodPost, Path: "/v1/sources/{name}/run", Tags: []string{"state"}, DefaultStatus: http.StatusAccepted,
		Summary: "Read a source now, for webhooks of a publishing system",
		Description: "Requires a signature as in Standard Webhooks (webhook-id, webhook-timestamp, webhook-signature) with the source's secret, or a token of an editor or the pipeline. " +
			"The body matters only for its signature.",
		Errors: []int{http.StatusNotFound, http.StatusForbidden, http.StatusRequestEntityTooLarge},
	}, serve.Public, func(ctx context.Context, in *struct {
		Name string `path:"name" maxLength:"63" doc:"The source"`
	}) (*written[sourceAsked], error) {
		c := serve.CallOf(ctx)
		c.Quiet = true
		if s.Sources == nil {
			return nil, serve.NewProblem(http.StatusNotFound, "there are no sources here")
		}
		if err := s.mayRun(ctx, c, in.Name); err != nil {
			return nil, err
		}
		err := s.Sources.Ask(context.WithoutCancel(ctx), in.Name)
		if errors.Is(err, sources.ErrNotFound) {
			return nil, serve.NewProblem(http.StatusNotFound, err.Error())
		}
		return &written[sourceAsked]{Status: http.StatusAccepted, Body: sourceAsked{Source: in.Name, State: "asked"}}, err
	})
}

// mayRun refuses a call that is neither signed for a source nor made by an
// editor or the pipeline.
func (s *routes) mayRun(ctx context.Context, c *serve.Call, name string) error {
	if c.Request.Header.Get("webhook-signature") == "" {
		_, err := s.Require(c.Request, serve.RoleEditor|serve.RolePipeline)
		return err
	}
	kind := c.Request.Header.Get("Content-Type")
	c.Request.Header.Del("Content-Type") // whatever it is
	body, err := c.Body(maxWebhook)
	c.Request.Header.Set("Content-Type", kind)
	if err != nil {
		return err
	}
	err = s.Sources.Verify(ctx, name, c.Request.Header, body)
	if errors.Is(err, sources.ErrSignature) {
		return serve.NewProblem(http.StatusForbidden, err.Error())
	}
	return err
}

// sources returns the states of all sources by name; none where there are none.
func (s *routes) sources(ctx context.Context) ([]sourceState, error) {
	if s.Sources == nil {
		return nil, nil
	}
	all, err := s.Sources.List(ctx)
	if err != nil {
		return nil, err
	}
	now := s.Now()
	var states []sourceState
	for _, one := range all {
		states = append(states, sourceState{
			Name: one.Name, Address: one.Address, EverySeconds: int64(one.Every / time.Second), Items: one.Items, Failures: one.Failures,
			Silent: one.Silent(now), Reading: one.Running.After(now), NextAt: one.Next, Last: one.Last,
		})
	}
	return states, nil
}
