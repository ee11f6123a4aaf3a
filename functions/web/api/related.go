package api

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"akin/functions/web/serve"
	"akin/recommend"
	"akin/recommend/engine"
)

// RelatedParams narrow a related answer. Its name is exported for huma, which
// finds the fields of embedded types by it alone.
type RelatedParams struct {
	Limit   int      `query:"limit" minimum:"1" maximum:"50" default:"6" doc:"Entries at most"`
	Type    []string `query:"type,explode" maxItems:"16" maxLength:"100" doc:"Only items of any of these types"`
	Topic   []string `query:"topic,explode" maxItems:"64" maxLength:"128" doc:"Only items of any of these topics (slugs)"`
	Lang    []string `query:"lang,explode" maxItems:"16" maxLength:"35" doc:"Only items in any of these languages"`
	Author  []string `query:"author,explode" maxItems:"16" maxLength:"200" doc:"Only items of any of these authors, by full name"`
	Since   string   `query:"since" maxLength:"40" doc:"Only items of this time or later: 2024, 2024-03, 2024-03-26 or RFC 3339" example:"2024-03"`
	Until   string   `query:"until" maxLength:"40" doc:"Only items before this time"`
	From    string   `query:"from" maxLength:"40" doc:"Another name of since"`
	To      string   `query:"to" maxLength:"40" doc:"Another name of until"`
	Exclude []string `query:"exclude,explode" maxItems:"200" maxLength:"4096" doc:"Ids to leave out, separated by commas"`
	Boost   []string `query:"boost,explode" maxItems:"64" maxLength:"300" doc:"Multiplies scores: type:Reports:2, topic:housing:0.5, author:Jane Doe:3, older:365:0.5 or newer:30:2 (days); 0.1 to 10" example:"type:Reports:2"`
	Fill    string   `query:"fill" enum:"none" doc:"none: answer similar and pinned entries only"`
}

func (p *RelatedParams) query() (recommend.Query, error) {
	q := recommend.Query{Limit: p.Limit, Types: p.Type, Topics: p.Topic, Authors: p.Author, NoFill: p.Fill == "none"}
	for _, l := range p.Lang {
		q.Langs = append(q.Langs, recommend.CanonicalLang(l))
	}
	q.Exclude = ids(p.Exclude)
	for _, s := range p.Boost {
		b, err := recommend.ParseBoost(s)
		if err != nil {
			return q, serve.FieldProblem(http.StatusBadRequest, "boost", err.Error())
		}
		q.Boosts = append(q.Boosts, b)
	}
	if len(q.Exclude) > maxExclude {
		return q, serve.FieldProblem(http.StatusBadRequest, "exclude", "holds over 200 ids")
	}
	var err error
	q.Since, q.Until, err = span(p.Since, p.From, p.Until, p.To)
	return q, err
}

// span reads an interval of time, of which each end has two names.
func span(since, from, until, to string) (start, end time.Time, err error) {
	read := func(name, value, other, another string) (time.Time, error) {
		switch {
		case another == "":
			return parseTime(name, value)
		case value != "":
			return time.Time{}, serve.FieldProblem(http.StatusBadRequest, other, "is another name of "+name+"; give one of them")
		}
		return parseTime(other, another)
	}
	if start, err = read("since", since, "from", from); err == nil {
		end, err = read("until", until, "to", to)
	}
	return start, end, err
}

const maxExclude = 200 // ids

// parseTime reads the time that a parameter names: the first instant, UTC, of
// what it says. Empty is the zero time.
func parseTime(field, s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	t, err := recommend.ParseBound(s)
	if err != nil {
		return t, serve.FieldProblem(http.StatusBadRequest, field, err.Error())
	}
	return t, nil
}

// Seeds are further items that an answer is asked for; exported as [RelatedParams] is.
type Seeds struct {
	Not []string `query:"not,explode" maxItems:"10" maxLength:"2048" doc:"Ids, separated by commas, of items that entries are not to be like"`
}

type relatedInput struct {
	ID   string   `path:"id" doc:"Id of the item"`
	Also []string `query:"also,explode" maxItems:"10" maxLength:"2048" doc:"Ids, separated by commas, of more items that entries are to be like"`
	Seeds
	RelatedParams
}

type relatedByURLInput struct {
	URL  string   `query:"url" maxLength:"2048" doc:"Address of the item, a former one, or a former id; this or item is needed"`
	Item []string `query:"item,explode" maxItems:"11" maxLength:"2048" doc:"Ids, separated by commas, of items that entries are to be like" example:"rents,tenants"`
	Seeds
	RelatedParams
}

// ids returns those that a parameter names.
func ids(lists []string) []string {
	var all []string
	for _, list := range lists {
		for id := range strings.SplitSeq(list, ",") {
			if id = strings.TrimSpace(id); id != "" {
				all = append(all, id)
			}
		}
	}
	return all
}

// checkID refuses what cannot be an id before the store is asked.
func checkID(id string) error {
	if recommend.CheckID("id", id) != nil {
		return recommend.ErrNotFound
	}
	return nil
}

// checkSlug does the same for a topic's slug.
func checkSlug(slug string) error {
	if recommend.CheckSlug("slug", slug) != nil {
		return recommend.ErrTopicNotFound
	}
	return nil
}

func (s *routes) routeRelated(api *router) {
	handle(s, api, huma.Operation{
		OperationID: "related", Method: http.MethodGet, Path: "/v1/items/{id}/related", Tags: []string{"related"},
		Summary: "What is related to an item", Errors: []int{http.StatusNotFound, http.StatusGone},
	}, serve.Public, func(ctx context.Context, in *relatedInput) (*cached[*recommend.Related], error) {
		return s.related(ctx, in)
	})
	handle(s, api, huma.Operation{
		OperationID: "related-filtered", Method: http.MethodGet, Path: FilteredPath, Tags: []string{"related"},
		Summary:     "What is related to an item, by the index in memory",
		Description: "Answers as the route without /filtered does, which asks it where filters, or several items, leave open which ones are the best of those that the stored list does not name.",
		Errors:      []int{http.StatusNotFound, http.StatusGone},
	}, serve.Public, func(ctx context.Context, in *relatedInput) (*cached[*recommend.Related], error) {
		return s.relatedHere(ctx, in)
	})
	handle(s, api, huma.Operation{
		OperationID: "related-by-address", Method: http.MethodGet, Path: "/v1/related", Tags: []string{"related"},
		Summary: "What is related to the item at an address, or to several items",
		Description: "Several items are asked for as item=A,B&not=C: entries score the mean of their scores with A and B, less half of that with C over as many, and at least one of A and B is similar to them. " +
			"None of the items, of their versions and of what says the same is among the entries.",
		Errors: []int{http.StatusNotFound, http.StatusGone},
	}, serve.Public, s.relatedTo)
	handle(s, api, huma.Operation{
		OperationID: "draft", Method: http.MethodPost, Path: "/v1/related", Tags: []string{"related"},
		Summary:     "What would be related to an item that is not stored",
		Description: "Also answers topics to give it, items that say nearly the same, and the lists that it would enter. The body may leave out the id.",
		RequestBody: jsonBody[recommend.Item](api, serve.AsJSON),
		Errors:      bodyErrors(http.StatusConflict, http.StatusNotImplemented),
		Metadata:    map[string]any{anyOrigin: true},
	}, serve.RoleEditor|serve.RolePipeline, s.draft)
	handle(s, api, huma.Operation{
		OperationID: "why", Method: http.MethodGet, Path: "/v1/items/{id}/why/{other}", Tags: []string{"related"},
		Summary:     "Why an item is in the list of another, or is not",
		Description: "Tells the rank and score of any item among all works, what makes the score, what each of the two has that the other lacks, and what keeps it out of the list that the same query answers.",
		Errors:      []int{http.StatusNotFound, http.StatusGone, http.StatusConflict, http.StatusNotImplemented},
	}, serve.RoleEditor, s.why)
	handle(s, api, huma.Operation{
		OperationID: "search", Method: http.MethodGet, Path: "/v1/search", Tags: []string{"related"},
		Summary: "Search for items, best first",
		Description: "Also answers authors whose names q says, with the number of their items, and didYouMean where the search found fewer than three items: q with words put right that no title has, and that are near a word of a title. " +
			"What readers may not see counts for neither.",
		Errors: []int{http.StatusConflict, http.StatusNotImplemented},
	}, serve.Public, s.search)
}

// bodyErrors are the statuses of a route that reads a body, and more.
func bodyErrors(more ...int) []int {
	return append(more, http.StatusRequestTimeout, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity)
}

type whyInput struct {
	ID    string `path:"id" doc:"Id of the item whose list it is"`
	Other string `path:"other" doc:"Id of the item that is in it, or is not"`
	RelatedParams
}

func (s *routes) why(ctx context.Context, in *whyInput) (*cached[*recommend.Why], error) {
	if s.Searcher == nil {
		return nil, recommend.ErrUnavailable
	}
	if err := errors.Join(checkID(in.ID), checkID(in.Other)); err != nil {
		return nil, recommend.ErrNotFound
	}
	q, err := in.query()
	if err != nil {
		return nil, err
	}
	w, err := s.Searcher.Why(ctx, in.ID, in.Other, q)
	return &cached[*recommend.Why]{CacheControl: serve.Private, Body: w}, err
}

// FilteredPath is the route that answers from an index in memory.
const FilteredPath = "/v1/items/{id}/related/filtered"

// A Filterer answers what is related to an item from an index in memory that
// another program holds, and what caches are told of that.
type Filterer func(ctx context.Context, id string, query url.Values) (*recommend.Related, string, error)

// relatedTo answers for the item at an address, or for those of ids.
func (s *routes) relatedTo(ctx context.Context, in *relatedByURLInput) (*cached[*recommend.Related], error) {
	also := ids(in.Item)
	var id string
	switch {
	case in.URL != "" && len(also) > 0:
		return nil, serve.FieldProblem(http.StatusBadRequest, "item", "comes beside url; give one of them")
	case in.URL != "":
		found, err := s.Reader.Find(ctx, in.URL)
		if err != nil {
			return nil, err
		}
		id = found
	case len(also) > 0:
		id, also = also[0], also[1:]
	default:
		return nil, serve.FieldProblem(http.StatusBadRequest, "url", "is missing, and so is item")
	}
	serve.CallOf(ctx).Item = id
	return s.related(ctx, &relatedInput{ID: id, Also: also, Seeds: in.Seeds, RelatedParams: in.RelatedParams})
}

func (s *routes) related(ctx context.Context, in *relatedInput) (*cached[*recommend.Related], error) {
	stored, err := s.relatedHere(ctx, in)
	if err != nil || s.Filterer == nil || stored.Body.Complete == nil {
		return stored, err
	}
	query := serve.CallOf(ctx).Request.URL.Query()
	query.Del("url")
	query.Del("item")
	query["also"] = in.Also
	rel, control, err := s.Filterer(ctx, in.ID, query)
	if err != nil { // what is stored is true, if not all
		s.Logger.WarnContext(ctx, "filters are not answered from the index", "item", in.ID, "err", err)
		return stored, nil
	}
	rel.Related = orEmpty(rel.Related)
	return &cached[*recommend.Related]{CacheControl: control, Body: rel}, nil
}

// relatedHere answers from what this program has.
func (s *routes) relatedHere(ctx context.Context, in *relatedInput) (*cached[*recommend.Related], error) {
	if err := checkID(in.ID); err != nil {
		return nil, err
	}
	q, err := in.query()
	if err != nil {
		return nil, err
	}
	q.Also, q.Not = ids(in.Also), ids(in.Not)
	rel, err := s.Reader.Related(ctx, in.ID, q)
	if err != nil {
		return nil, err
	}
	if rel.Related == nil {
		rel.Related = []recommend.Entry{}
	}
	return &cached[*recommend.Related]{CacheControl: serve.CacheControl(s.Now(), rel.Until), Body: rel}, nil
}

func (s *routes) draft(ctx context.Context, in *RelatedParams) (*written[*engine.Draft], error) {
	serve.CallOf(ctx).Quiet = true
	if s.Searcher == nil {
		return nil, recommend.ErrUnavailable
	}
	q, err := in.query()
	if err != nil {
		return nil, err
	}
	b, err := serve.CallOf(ctx).Body(recommend.MaxLine, serve.AsJSON)
	if err != nil {
		return nil, err
	}
	it, err := decodeItem(b, "draft")
	if err != nil {
		return nil, err
	}
	d, err := s.Searcher.Draft(ctx, it, q)
	if err != nil {
		return nil, err
	}
	d.Related.Related = orEmpty(d.Related.Related)
	d.SuggestedTopics = orEmpty(d.SuggestedTopics)
	d.NearDuplicates, d.Enters = orEmpty(d.NearDuplicates), orEmpty(d.Enters)
	for i := range d.SuggestedTopics {
		d.SuggestedTopics[i].Evidence = orEmpty(d.SuggestedTopics[i].Evidence)
	}
	return &written[*engine.Draft]{Status: http.StatusOK, Body: d}, nil
}

// orEmpty returns list, or an empty one instead of nil, which JSON would call
// null.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

type searchInput struct {
	Q      string `query:"q" maxLength:"1024" doc:"Words, a sentence or a whole paragraph; this or author is needed"`
	Author string `query:"author" maxLength:"200" doc:"Name of an author, as items write it: without q, the author's latest items; with it, those of the author among the 100 that q finds"`
	Lang   string `query:"lang" maxLength:"35" doc:"Language of q; detected when absent"`
	Limit  int    `query:"limit" minimum:"1" maximum:"50" default:"10" doc:"Entries at most"`
}

// A searchAnswer is what a text found.
type searchAnswer struct {
	Query   string            `json:"query"`
	Meant   string            `json:"didYouMean,omitempty"`
	Authors []recommend.Named `json:"authors,omitempty"`
	Results []recommend.Entry `json:"results"`
}

func (s *routes) search(ctx context.Context, in *searchInput) (*cached[searchAnswer], error) {
	if s.Searcher == nil {
		return nil, recommend.ErrUnavailable
	}
	lang := in.Lang
	if lang != "" {
		lang = recommend.CanonicalLang(lang)
	}
	if in.Q == "" {
		if in.Author == "" {
			return nil, serve.FieldProblem(http.StatusBadRequest, "q", "required query parameter is missing")
		}
		found, err := s.Searcher.ByAuthor(ctx, in.Author, lang, in.Limit)
		if err != nil {
			return nil, err
		}
		return &cached[searchAnswer]{CacheControl: serve.AskAgain, Body: searchAnswer{Results: orEmpty(found)}}, nil
	}
	limit := in.Limit
	if in.Author != "" {
		limit = 100
	}
	found, err := s.Searcher.Search(ctx, in.Q, lang, limit)
	if err != nil {
		return nil, err
	}
	hints, err := s.Searcher.Hints(ctx, in.Q, len(found))
	if err != nil {
		return nil, err
	}
	if in.Author != "" {
		found = slices.DeleteFunc(found, func(e recommend.Entry) bool { return !slices.Contains(e.Authors, in.Author) })
		found = found[:min(len(found), in.Limit)]
	}
	return &cached[searchAnswer]{CacheControl: serve.AskAgain, Body: searchAnswer{in.Q, hints.Meant, hints.Authors, orEmpty(found)}}, nil
}
