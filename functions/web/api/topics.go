package api

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"akin/functions/web/serve"
	"akin/recommend"
)

type topicInput struct {
	Slug string `path:"slug" doc:"The topic's slug, percent-encoded"`
}

// A TopicsAnswer holds a page of the topics.
type TopicsAnswer struct {
	Topics     []recommend.Topic `json:"topics"`
	NextCursor string            `json:"nextCursor,omitempty"`
}

type topicsInput struct {
	Match  string `query:"match" maxLength:"128" doc:"Only topics whose title or slug holds this, in any case"`
	Cursor string `query:"cursor" maxLength:"3072" doc:"nextCursor of the page before"`
	Limit  int    `query:"limit" minimum:"1" maximum:"1000" default:"1000" doc:"Topics at most"`
}

type listingInput struct {
	Slug    string   `path:"slug" doc:"The topic's slug, percent-encoded"`
	Section string   `query:"section" maxLength:"64" doc:"Only items of this section of the topic, by name"`
	Type    []string `query:"type,explode" maxItems:"16" maxLength:"100" doc:"Only items of any of these types, by full name"`
	Author  string   `query:"author" maxLength:"200" doc:"Only items of this author, by full name"`
	Lang    string   `query:"lang" maxLength:"35" doc:"Only items in this language"`
	Prefer  string   `query:"prefer" maxLength:"35" doc:"Language to show works in where they have it; others are shown in their own"`
	From    string   `query:"from" maxLength:"40" doc:"Only items of this time or later: 2024, 2024-03, 2024-03-26 or RFC 3339"`
	To      string   `query:"to" maxLength:"40" doc:"Only items before this time"`
	Since   string   `query:"since" maxLength:"40" doc:"Another name of from"`
	Until   string   `query:"until" maxLength:"40" doc:"Another name of to"`
	Group   string   `query:"group" enum:"none" doc:"none: list the language versions of a work separately, not as one entry"`
	Cursor  string   `query:"cursor" maxLength:"2048" doc:"nextCursor or prevCursor of a page of the same listing"`
	Limit   int      `query:"limit" minimum:"1" maximum:"100" default:"20" doc:"Items at most"`
}

func (s *routes) routeTopics(api *router) {
	handle(s, api, huma.Operation{
		OperationID: "topics", Method: http.MethodGet, Path: "/v1/topics", Tags: []string{"topics"},
		Summary:     "The topics, by title",
		Description: "Only the roles editor and pipeline see hidden items that a topic features.",
	}, serve.Public, func(ctx context.Context, in *topicsInput) (*cached[TopicsAnswer], error) {
		l, err := s.Reader.TopicList(ctx, recommend.TopicQuery{Match: in.Match, Cursor: in.Cursor, Limit: in.Limit})
		if err != nil {
			return nil, err
		}
		topics, control, err := s.showable(ctx, l.Topics...)
		if err != nil {
			return nil, err
		}
		return &cached[TopicsAnswer]{CacheControl: control, Body: TopicsAnswer{orEmpty(topics), l.NextCursor}}, nil
	})
	handle(s, api, huma.Operation{
		OperationID: "topic", Method: http.MethodGet, Path: "/v1/topics/{slug}", Tags: []string{"topics"},
		Summary: "A topic", Errors: []int{http.StatusNotFound},
		Description: "Hidden items that it features are named to the roles editor and pipeline only.",
	}, serve.Public, func(ctx context.Context, in *topicInput) (*cached[*recommend.Topic], error) {
		t, err := s.topic(ctx, in.Slug)
		if err != nil {
			return nil, err
		}
		shown, control, err := s.showable(ctx, *t)
		if err != nil {
			return nil, err
		}
		return &cached[*recommend.Topic]{CacheControl: control, Body: &shown[0]}, nil
	})
	handle(s, api, huma.Operation{
		OperationID: "listing", Method: http.MethodGet, Path: "/v1/topics/{slug}/items", Tags: []string{"topics"},
		Summary: "The items of a topic, newest first", Errors: []int{http.StatusNotFound},
	}, serve.Public, s.listing)
	handle(s, api, huma.Operation{
		OperationID: "put-topic", Method: http.MethodPut, Path: "/v1/topics/{slug}", Tags: []string{"topics"},
		Summary:     "Describe a topic",
		Description: "Replaces the earlier description. The body may leave out the slug.",
		RequestBody: jsonBody[recommend.Topic](api, serve.AsJSON),
		Errors:      bodyErrors(http.StatusNotImplemented),
	}, serve.RoleEditor|serve.RolePipeline, s.putTopic)
}

// fresh is what caches are told of an answer that no embargo changes.
func (s *routes) fresh() string { return "public, max-age=30, stale-while-revalidate=30" }

// showable returns topics as the caller may see them, and what caches are told
// of that. Who may describe topics gets them whole, so that nothing is lost of
// one that is read, changed and written.
func (s *routes) showable(ctx context.Context, topics ...recommend.Topic) ([]recommend.Topic, string, error) {
	shown, err := s.Reader.Showable(ctx, topics...)
	if err != nil {
		return nil, "", err
	}
	same := slices.EqualFunc(shown, topics, func(a, b recommend.Topic) bool { return slices.Equal(a.Featured, b.Featured) })
	if !same && s.May(ctx, serve.RoleEditor|serve.RolePipeline) {
		return topics, serve.Private, nil
	}
	return shown, s.fresh(), nil
}

func (s *routes) topic(ctx context.Context, slug string) (*recommend.Topic, error) {
	if err := checkSlug(slug); err != nil {
		return nil, err
	}
	return s.Reader.Topic(ctx, slug)
}

func (s *routes) listing(ctx context.Context, in *listingInput) (*cached[*recommend.Listing], error) {
	if err := checkSlug(in.Slug); err != nil {
		return nil, err
	}
	q := recommend.ListQuery{
		Types: in.Type, Author: in.Author, Ungrouped: in.Group == "none", Cursor: in.Cursor, Limit: in.Limit,
		Lang: in.Lang, Prefer: in.Prefer,
	}
	if q.Lang != "" {
		q.Lang = recommend.CanonicalLang(q.Lang)
		q.Prefer = q.Lang
	} else if q.Prefer != "" {
		q.Prefer = recommend.CanonicalLang(q.Prefer)
	}
	var err error
	if q.From, q.To, err = span(in.Since, in.From, in.Until, in.To); err != nil {
		return nil, err
	}
	if in.Section != "" {
		t, err := s.topic(ctx, in.Slug)
		if err != nil {
			return nil, err
		}
		none, err := narrow(&q, t, in.Section)
		if err != nil {
			return nil, err
		}
		if none {
			return &cached[*recommend.Listing]{CacheControl: s.fresh(), Body: &recommend.Listing{Items: []recommend.Card{}}}, nil
		}
	}
	l, err := s.Reader.Listing(ctx, in.Slug, q)
	if err != nil {
		return nil, err
	}
	l.Items = orEmpty(l.Items)
	return &cached[*recommend.Listing]{CacheControl: serve.CacheControl(s.Now(), l.Until), Body: l}, nil
}

// narrow makes q ask for the items of a section of t, and tells whether there
// can be none.
func narrow(q *recommend.ListQuery, t *recommend.Topic, section string) (none bool, err error) {
	sections := t.Sections
	if sections == nil {
		sections = recommend.DefaultSections()
	}
	i := slices.IndexFunc(sections, func(s recommend.Section) bool { return s.Name == section })
	if i < 0 {
		return false, serve.FieldProblem(http.StatusBadRequest, "section", fmt.Sprintf("the topic has no section %q", serve.Brief(section)))
	}
	types := sections[i].Types
	switch {
	case len(types) == 0:
	case len(q.Types) == 0:
		q.Types = types
	default:
		q.Types = slices.DeleteFunc(slices.Clone(q.Types), func(s string) bool { return !slices.Contains(types, s) })
		return len(q.Types) == 0, nil
	}
	return false, nil
}

func (s *routes) putTopic(ctx context.Context, in *topicInput) (*written[*recommend.Topic], error) {
	if s.Publisher == nil {
		return nil, serve.ErrNoPublisher
	}
	b, err := serve.CallOf(ctx).Body(recommend.MaxLine, serve.AsJSON)
	if err != nil {
		return nil, err
	}
	t, err := decodeNamed(b, "slug", in.Slug, recommend.DecodeTopic)
	if err != nil {
		return nil, err
	}
	if t.Slug != in.Slug {
		return nil, serve.FieldProblem(http.StatusUnprocessableEntity, "slug", fmt.Sprintf("is %q, but the address says %q", t.Slug, serve.Brief(in.Slug)))
	}
	if err := s.Publisher.PutTopics(context.WithoutCancel(ctx), t); err != nil {
		return nil, err
	}
	return &written[*recommend.Topic]{Status: http.StatusOK, Body: &t}, nil
}
