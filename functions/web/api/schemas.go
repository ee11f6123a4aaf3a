package api

import (
	"fmt"
	"reflect"
	"slices"
	"sync"

	"github.com/danielgtaylor/huma/v2"

	"akin/recommend"
	"akin/recommend/coverage"
)

// fields is what schemas say of fields beyond their types, by schema and field:
// the types of package recommend and below know nothing of OpenAPI.
var fields = sync.OnceValue(func() map[string]map[string]huma.Schema {
	return map[string]map[string]huma.Schema{
		"Item": itemFields, "Stored": itemFields,
		"Entry": {"tier": {Enum: tiers}},
		"Image": {
			"width":  {Description: "Pixels", Minimum: number(1), Maximum: number(recommend.MaxPixels)},
			"height": {Description: "Pixels", Minimum: number(1), Maximum: number(recommend.MaxPixels)},
			"srcset": {Description: "Other sizes as HTML has them: a.jpg 320w, b.jpg 640w"},
		},
		"Topic": {"kind": {Enum: []any{recommend.KindTopic, recommend.KindProgram, recommend.KindAbout}}},

		"Beacon": {
			"kind":       {Enum: []any{recommend.Impression, recommend.Click}},
			"item":       {Description: "Id of the item whose list it is"},
			"generation": {Description: "That the list came from", Minimum: number(0)},
			"entries":    {Description: "One for a click", MinItems: count(1), MaxItems: count(recommend.MaxPlaces)},
		},
		"BeaconEntry": {
			"tier":     {Enum: tiers},
			"position": {Description: "From 1", Minimum: number(1), Maximum: number(recommend.MaxPlaces)},
		},

		"Rebuild": {
			"state":      {Enum: []any{"none", "running", "done", "failed"}},
			"stage":      {Description: "What is being done"},
			"done":       {Description: "Items done in this stage"},
			"total":      {Description: "Items of this stage"},
			"generation": {Description: "What was made"},
			"error":      {Description: "Why it failed"},
		},

		"Preview": {
			"lists":   {Description: "Related lists that change at once"},
			"topics":  {Description: "Topic pages that change at once"},
			"rebuilt": {Description: "Related lists that differ from now after the next rebuild, where topics count as others from then on; absent where they do not, or where it cannot be told"},
		},
		"Lists": {
			"looked":  {Description: "Lists that were looked at"},
			"of":      {Description: "Lists that may change"},
			"changed": {Description: "Those that were looked at and would change"},
			"pages":   {Description: "The first 200 of them"},
		},
		"ListChange": {
			"item":   {Description: "Id of the item whose list it is"},
			"before": {Description: "Ids in its list now; none if readers do not see it"},
			"after":  {Description: "Ids in its list with the change"},
			"enter":  {Description: "Ids that the list gains"},
			"leave":  {Description: "Ids that the list loses"},
		},
		"TopicChange": {
			"topic": {Description: "Slug of the topic"},
			"enter": {Description: "Works that its lists gain, newest first, 200 at most"},
			"leave": {Description: "Works that its lists lose"},
			"moved": {Description: "How many enter and leave together"},
		},
		"TopicState": {
			"leadsTo":  {Description: "The topic whose page it leads to"},
			"works":    {Description: "Works in its lists, the newest 1,000 at most"},
			"more":     {Description: "There are more works than that"},
			"featured": {Description: "Ids of the works that its page features"},
		},
	}
})

var (
	tiers = []any{recommend.TierPinned, recommend.TierSimilar, recommend.TierTopic, recommend.TierLatest, recommend.TierPopular}

	itemFields = map[string]huma.Schema{
		"status":      {Enum: []any{recommend.Published, recommend.Withdrawn}},
		"id":          {Pattern: "^[A-Za-z0-9._~-]{1,200}$"},
		"body":        {Description: "For terms only; never shown"},
		"date":        {Pattern: `^\d{4}-\d{2}(-\d{2})?$`},
		"visibleFrom": {Description: "Embargoed until then"},
		"version":     {Description: fmt.Sprintf("From 1 to %d; if absent, one more than the stored version", int64(recommend.MaxVersion))},
	}
)

func number(n float64) *float64 { return &n }

func count(n int) *int { return &n }

// describeFields adds to schemas what fields says of those that there are. It
// panics if a schema has no such field.
func describeFields(schemas map[string]*huma.Schema) {
	for name, said := range fields() {
		schema, ok := schemas[name]
		if !ok {
			continue // of a route that is not served here
		}
		for field, more := range said {
			p := schema.Properties[field]
			if more.Description != "" {
				p.Description = more.Description
			}
			if more.Enum != nil {
				p.Enum = more.Enum
			}
			if more.Pattern != "" {
				p.Pattern = more.Pattern
			}
			if more.Minimum != nil {
				p.Minimum = more.Minimum
			}
			if more.Maximum != nil {
				p.Maximum = more.Maximum
			}
			if more.MinItems != nil {
				p.MinItems = more.MinItems
			}
			if more.MaxItems != nil {
				p.MaxItems = more.MaxItems
			}
		}
	}
}

// schemaName calls a schema by its type, and those of the report "Coverage..."
// besides, since both packages have topics.
func schemaName(t reflect.Type, hint string) string {
	name := huma.DefaultSchemaNamer(t, hint)
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if t.PkgPath() == reflect.TypeFor[coverage.Report]().PkgPath() {
		return "Coverage" + name
	}
	return name
}

func operations(p *huma.PathItem) []*huma.Operation {
	all := []*huma.Operation{p.Get, p.Put, p.Post, p.Delete}
	return slices.DeleteFunc(all, func(op *huma.Operation) bool { return op == nil })
}

// neverNull says of arrays that they are never null: what is lacking is left
// out.
func neverNull(s *huma.Schema) {
	if s == nil {
		return
	}
	if s.Type == huma.TypeArray {
		s.Nullable = false
	}
	neverNull(s.Items)
	for _, p := range s.Properties {
		neverNull(p)
	}
}
