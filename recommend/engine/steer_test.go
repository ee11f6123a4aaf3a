package engine_test

import (
	"fmt"
	"slices"
	"testing"

	"akin/infra/memory"
	"akin/recommend"
	"akin/recommend/engine"
)

// steered is a site of works that score the same beside "source", by date.
func steered(t *testing.T, rules string, items ...recommend.Item) func(q recommend.Query) []recommend.Entry {
	t.Helper()
	settings := recommend.DefaultSettings()
	settings.Odds = 0
	e := newEngine(t, memory.New(), settings)
	e.put(t, recommend.Item{ID: "source", Title: "Dredging the harbour at low tide", Lang: "en", Types: []string{"Notes"}, Date: "2020-01"})
	for _, it := range items {
		e.put(t, it)
	}
	if _, err := e.indexer.Reindex(t.Context(), engine.ReindexOptions{}); err != nil {
		t.Fatal(err)
	}
	if rules != "" {
		if _, err := e.publisher.PutSettings(t.Context(), []byte(rules), engine.Edit{IfMatch: "*"}); err != nil {
			t.Fatal(err)
		}
	}
	return func(q recommend.Query) []recommend.Entry {
		t.Helper()
		q.NoFill = true
		got, err := e.reader.Related(t.Context(), "source", q)
		if err != nil {
			t.Fatal(err)
		}
		return got.Related
	}
}

func idsOf(entries []recommend.Entry) []string {
	ids := make([]string, len(entries))
	for i, e := range entries {
		ids[i] = e.ID
	}
	return ids
}

// harbourWork is a work on the harbour; a later n is an older one, and so stands later.
// No language has the word that its title ends in.
func harbourWork(n int, id string, types, authors []string) recommend.Item {
	return recommend.Item{
		ID: id, Title: "Dredging the harbour near xq" + id, Lang: "en", Types: types, Authors: authors, Date: fmt.Sprintf("%d-01", 2010-n),
	}
}

// A boost multiplies the score, and its reason says by how much.
func TestBoostIsSaid(t *testing.T) {
	ask := steered(t, "", harbourWork(1, "quay", []string{"Notes"}, nil), harbourWork(2, "lock", []string{"Reports"}, nil))
	plain := ask(recommend.Query{})
	if got := idsOf(plain); !slices.Equal(got, []string{"quay", "lock"}) {
		t.Fatalf("without boosts: %v", got)
	}
	got := ask(recommend.Query{Boosts: []recommend.Boost{{Type: "Reports", Factor: 2}}})
	if ids := idsOf(got); !slices.Equal(ids, []string{"lock", "quay"}) {
		t.Fatalf("with a boost of reports: %v", ids)
	}
	was, is := plain[1], got[0]
	if is.Boost != 2 || is.Score-2*was.Score > 1 || 2*was.Score-is.Score > 1 {
		t.Errorf("boost %v, score %v of %v", is.Boost, is.Score, was.Score)
	}
	var sum, added recommend.Millionths
	for _, r := range is.Why {
		if sum += r.Part; r.Kind == recommend.KindBoost {
			added = r.Part
		}
	}
	if sum != is.Score || added != is.Score-was.Score {
		t.Errorf("parts add up to %v of %v, the boost to %v of %v: %v", sum, is.Score, added, is.Score-was.Score, is.Why)
	}
	if got[1].Boost != 0 || got[1].Score != plain[0].Score {
		t.Errorf("what does not fit is boosted: %+v", got[1])
	}
	buried := ask(recommend.Query{Boosts: []recommend.Boost{{Type: "Notes", Factor: 0.1}}})
	if ids := idsOf(buried); !slices.Equal(ids, []string{"lock", "quay"}) || buried[1].Boost != 0.1 {
		t.Errorf("with notes buried: %v, %v", ids, buried[1].Boost)
	}
	for _, r := range buried[1].Why {
		if r.Kind == recommend.KindBoost && r.Part >= 0 {
			t.Errorf("burying adds %v", r.Part)
		}
	}
}

// Ten boosts of ten are ten in all.
func TestBoostsAreBounded(t *testing.T) {
	ask := steered(t, "", harbourWork(1, "quay", nil, []string{"Ana"}))
	var up, down []recommend.Boost
	for range 10 {
		up, down = append(up, recommend.Boost{Author: "Ana", Factor: 10}), append(down, recommend.Boost{Author: "Ana", Factor: 0.1})
	}
	if got := ask(recommend.Query{Boosts: up})[0].Boost; got != 10 {
		t.Errorf("boosted by %v", got)
	}
	if got := ask(recommend.Query{Boosts: down})[0].Boost; got != 0.1 {
		t.Errorf("buried by %v", got)
	}
}

// Rules of the site hold from when to when they say, at once.
func TestSiteRules(t *testing.T) {
	items := []recommend.Item{harbourWork(1, "quay", []string{"Events"}, nil), harbourWork(2, "lock", []string{"Reports"}, nil)}
	for _, tt := range []struct {
		rules string
		want  []string
	}{
		{`{"lists":{"boosts":[{"type":"Reports","factor":3}]}}`, []string{"lock", "quay"}},
		{`{"lists":{"boosts":[{"type":"Reports","factor":3,"to":"2020"}]}}`, []string{"quay", "lock"}},
		{`{"lists":{"boosts":[{"type":"Reports","factor":3,"from":"9000"}]}}`, []string{"quay", "lock"}},
		{`{"lists":{"maxAge":[{"type":"Events","days":90}]}}`, []string{"lock"}},
		{`{"lists":{"maxAge":[{"type":"Reports","days":36500}]}}`, []string{"quay", "lock"}},
	} {
		if got := idsOf(steered(t, tt.rules, items...)(recommend.Query{})); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v, want %v", tt.rules, got, tt.want)
		}
	}
}

// An author has half of a list, unless the others do not fill it; what comes back
// stands at its place.
func TestAuthorsShare(t *testing.T) {
	var items []recommend.Item
	for n, id := range []string{"quay", "lock", "pier", "mole", "dock", "weir"} {
		author := "Ana"
		if n >= 4 {
			author = "Ben"
		}
		items = append(items, harbourWork(n, id, nil, []string{author}))
	}
	ask := steered(t, "", items...)
	for _, tt := range []struct {
		q    recommend.Query
		want []string
	}{
		{recommend.Query{Limit: 4}, []string{"quay", "lock", "dock", "weir"}},
		{recommend.Query{Limit: 2}, []string{"quay", "lock"}}, // nobody else is among the first four
		{recommend.Query{Limit: 5}, []string{"quay", "lock", "pier", "dock", "weir"}},
		{recommend.Query{Limit: 6}, []string{"quay", "lock", "pier", "mole", "dock", "weir"}},
		{recommend.Query{Limit: 4, Authors: []string{"Ana"}}, []string{"quay", "lock", "pier", "mole"}},
	} {
		if got := idsOf(ask(tt.q)); !slices.Equal(got, tt.want) {
			t.Errorf("%+v: %v, want %v", tt.q, got, tt.want)
		}
	}
	if got := idsOf(steered(t, `{"lists":{"share":1}}`, items...)(recommend.Query{Limit: 4})); !slices.Equal(got, []string{"quay", "lock", "pier", "mole"}) {
		t.Errorf("without a share: %v", got)
	}
}

// What goes together is labelled, and what only shares words is not.
func TestCompanions(t *testing.T) {
	for _, tt := range []struct {
		title string
		types []string
		want  bool
	}{
		{"Dredging the harbour at low tide, part 2", []string{"Notes"}, false}, // the source has no number
		{"Launch: Dredging the harbour at low tide", []string{"Events"}, true},
		{"Launch: Dredging the harbour at low tide", []string{"Notes"}, false},
		{"Dredging at low tide", []string{"Events"}, false},
	} {
		ask := steered(t, "", recommend.Item{ID: "other", Title: tt.title, Types: tt.types, Lang: "en", Date: "2020-03"})
		if got := ask(recommend.Query{}); len(got) != 1 || got[0].Companion != tt.want {
			t.Errorf("%q, %v: %+v, want companion %v", tt.title, tt.types, got, tt.want)
		}
	}
	for _, tt := range []struct {
		a, b string
		want bool
	}{
		{"The long harbour, part 1", "The long harbour, part 2", true},
		{"Harbour talk, episode 12: pilots at night", "Harbour talk, episode 13: the pilots strike", true},
		{"Harbour talk 2020: pilots at night", "Harbour talk 2021: the pilots strike", false},
	} {
		e := newEngine(t, memory.New(), func() recommend.Settings { s := recommend.DefaultSettings(); s.Odds = 0; return s }())
		e.put(t, recommend.Item{ID: "a", Title: tt.a, Lang: "en"})
		e.put(t, recommend.Item{ID: "b", Title: tt.b, Lang: "en"})
		if _, err := e.indexer.Reindex(t.Context(), engine.ReindexOptions{}); err != nil {
			t.Fatal(err)
		}
		got, err := e.reader.Related(t.Context(), "a", recommend.Query{NoFill: true})
		if err != nil || len(got.Related) != 1 || got.Related[0].Companion != tt.want {
			t.Errorf("%q beside %q: %+v, %v", tt.b, tt.a, got, err)
		}
	}
}

// A pin with a position stands there, or last in a shorter list; the others come first.
func TestPinsStandAtTheirPositions(t *testing.T) {
	e := newEngine(t, memory.New(), func() recommend.Settings { s := recommend.DefaultSettings(); s.Odds = 0; return s }())
	e.put(t, recommend.Item{ID: "source", Title: "Dredging the harbour at low tide", Lang: "en", Date: "2020-01"})
	for n, id := range []string{"quay", "lock", "pier", "mole"} {
		e.put(t, harbourWork(n, id, nil, nil))
	}
	for _, id := range []string{"first", "third", "last"} {
		e.put(t, recommend.Item{ID: id, Title: "Budget of " + id, Lang: "en"})
	}
	if _, err := e.indexer.Reindex(t.Context(), engine.ReindexOptions{}); err != nil {
		t.Fatal(err)
	}
	c := recommend.Curation{Pins: []recommend.Decision{{ID: "last", Position: 50}, {ID: "third", Position: 3}, {ID: "first"}}}
	if _, err := e.publisher.Curate(t.Context(), "source", c, engine.Edit{IfMatch: "*"}); err != nil {
		t.Fatal(err)
	}
	for limit, want := range map[int][]string{
		7: {"first", "quay", "third", "lock", "pier", "mole", "last"},
		5: {"first", "quay", "third", "lock", "last"},
		3: {"first", "third", "last"},
	} {
		got, err := e.reader.Related(t.Context(), "source", recommend.Query{Limit: limit, NoFill: true})
		if err != nil || !slices.Equal(idsOf(got.Related), want) {
			t.Errorf("%d entries: %v, %v, want %v", limit, idsOf(got.Related), err, want)
		}
	}
	for _, wrong := range []recommend.Curation{
		{Pins: []recommend.Decision{{ID: "last", Position: 51}}}, {Pins: []recommend.Decision{{ID: "last", Position: -1}}},
		{Blocks: []recommend.Decision{{ID: "last", Position: 1}}},
	} {
		if _, err := e.publisher.Curate(t.Context(), "source", wrong, engine.Edit{IfMatch: "*"}); err == nil {
			t.Errorf("%+v is taken", wrong)
		}
	}
}
