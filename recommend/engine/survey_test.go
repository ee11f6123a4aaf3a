package engine_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"akin/infra/test/storetest"
	"akin/recommend"
	"akin/recommend/engine"
)

// A survey holds every published item with its stored list and its vector, the
// topics as they count, what editors decided, and which ids are withdrawn.
func TestSurveyHoldsWhatIsStored(t *testing.T) {
	e := newEngine(t, storetest.NewMemory(), recommend.DefaultSettings())
	before, err := e.indexer.Survey(t.Context())
	if err != nil || before.Generation != 0 || len(before.Items) != 0 {
		t.Fatalf("the survey of an empty store: %+v, %v", before, err)
	}
	items := corpus(t)
	e.put(t, items...)
	heat := recommend.Topic{Slug: "heat", Title: "Extreme Heat", Introduction: "Shade in the streets, and zymurgy."}
	if err := e.publisher.PutTopics(t.Context(), heat); err != nil {
		t.Fatal(err)
	}
	e.put(t,
		recommend.Item{ID: "later", Title: "Public cooling centres after dark", Lang: "en", Topics: []string{"heat"}, VisibleFrom: time.Date(2999, 1, 1, 0, 0, 0, 0, time.UTC)},
		recommend.Item{ID: "gone", Title: "Public cooling centres and libraries", Lang: "en", Topics: []string{"heat"}},
	)
	if _, err := e.indexer.Reindex(t.Context(), engine.ReindexOptions{}); err != nil {
		t.Fatal(err)
	}
	if r := e.publisher.Withdraw(t.Context(), "gone", 0); r.Err != nil {
		t.Fatal(r.Err)
	}
	e.put(t, recommend.Item{ID: "quixotry", Title: "Zymurgy for quixotic harbours", Lang: "en", Topics: []string{"ports"}}) // of words that the statistics lack
	_, err = e.publisher.Curate(t.Context(), "frescos-al-mediodia", recommend.Curation{
		NotByTopic: []recommend.Decision{{ID: "ports"}}, Pins: []recommend.Decision{{ID: "later"}},
	}, engine.Edit{By: "mar", IfMatch: "*"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = e.publisher.CurateTopic(t.Context(), "ports", recommend.TopicCuration{MergedInto: &recommend.Decision{ID: "floods-and-coasts"}}, engine.Edit{IfMatch: "*"})
	if err != nil {
		t.Fatal(err)
	}
	e.check(t) // brings the lists up to date
	s, err := e.indexer.Survey(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if s.Generation != 1 || s.MinScore <= recommend.DefaultSettings().MinScore {
		t.Errorf("generation %d with least score %v, want one of the corpus", s.Generation, s.MinScore)
	}
	withdrawn := []string{"gone"}
	var published []string
	for _, it := range items {
		if it.Status == recommend.Withdrawn {
			withdrawn = append(withdrawn, it.ID)
		} else {
			published = append(published, it.ID)
		}
	}
	published = append(published, "later", "quixotry")
	slices.Sort(published)
	slices.Sort(withdrawn)
	var ids []string
	for _, it := range s.Items {
		ids = append(ids, it.ID)
	}
	if diff := cmp.Diff(published, ids); diff != "" {
		t.Errorf("items (-published +surveyed):\n%s", diff)
	}
	if diff := cmp.Diff(withdrawn, s.Withdrawn); diff != "" {
		t.Errorf("withdrawn (-want +got):\n%s", diff)
	}
	place := func(id string) *engine.Surveyed {
		at, ok := slices.BinarySearchFunc(s.Items, id, func(it engine.Surveyed, id string) int { return strings.Compare(it.ID, id) })
		if !ok {
			t.Fatalf("no item %q", id)
		}
		return &s.Items[at]
	}
	// Every list that readers are answered from is there, in its order; the
	// survey holds also what readers do not see.
	for _, id := range []string{"cool-by-noon", "frescos-al-mediodia", "quixotry", "abandoned-ships"} {
		rel, err := e.reader.Related(t.Context(), id, recommend.Query{Limit: 50, NoFill: true})
		if err != nil {
			t.Fatal(err)
		}
		it := place(id)
		at := 0
		for _, x := range rel.Related {
			if x.Tier != recommend.TierSimilar {
				continue
			}
			for at < len(it.Near) && s.Items[it.Near[at].Item].ID != x.ID {
				at++
			}
			if at == len(it.Near) || it.Near[at].Score != x.Score {
				t.Fatalf("%s: %s with %v is not in its place in the survey", id, x.ID, x.Score)
			}
		}
		if !slices.IsSortedFunc(it.Near, func(a, b engine.Near) int { return int(b.Score - a.Score) }) {
			t.Errorf("%s: its list is not best first", id)
		}
		if !slices.IsSortedFunc(it.Vector, func(a, b engine.Impact) int { return int(a.Term) - int(b.Term) }) || len(it.Vector) == 0 {
			t.Errorf("%s: its vector is empty or out of order", id)
		}
		for _, im := range it.Vector {
			if int(im.Term) >= len(s.Terms) || s.Terms[im.Term].Word == "" {
				t.Errorf("%s: term %d has no name", id, im.Term)
			}
		}
	}
	words := func(it *engine.Surveyed, kind engine.TermKind) (out []string) {
		for _, im := range it.Vector {
			if s.Terms[im.Term].Kind == kind {
				out = append(out, s.Terms[im.Term].Word)
			}
		}
		return out
	}
	if got := words(place("quixotry"), engine.TermWord); slices.Contains(got, "Zymurgy") || slices.Contains(got, "zymurgy") {
		t.Errorf("a word that no other item has is among %v", got)
	}
	if got := words(place("cool-by-noon"), engine.TermTopic); !slices.Contains(got, "heat") {
		t.Errorf("the topic is not among the terms %v", got)
	}
	if got := place("quixotry").Topics; !slices.Equal(got, []string{"floods-and-coasts"}) {
		t.Errorf("topics %v, want what they count as", got)
	}
	if slices.ContainsFunc(s.Topics, func(t recommend.Topic) bool { return t.Slug == "ports" }) {
		t.Error("a merged topic is among the topics")
	}
	// A topic's own texts are known by the words that items have too.
	if len(s.Themes) != len(s.Topics) {
		t.Fatalf("%d themes of %d topics", len(s.Themes), len(s.Topics))
	}
	theme := func(slug string) (out []string) {
		i := slices.IndexFunc(s.Topics, func(t recommend.Topic) bool { return t.Slug == slug })
		for _, im := range s.Themes[i] {
			out = append(out, strings.ToLower(s.Terms[im.Term].Word))
		}
		return out
	}
	for slug, want := range map[string][]string{"heat": {"heat", "shade"}, "city-halls": {"city", "hall"}} {
		got := theme(slug)
		if !slices.Contains(got, want[0]) || !slices.Contains(got, want[1]) || slices.Contains(got, "zymurgy") {
			t.Errorf("%s is about %v, want %v among it, and no word that only the topic has", slug, got, want)
		}
	}
	if len(s.Curations) != 1 || s.Curations[0].ID != "cool-by-noon" || s.Curations[0].NotByTopic[0].ID != "floods-and-coasts" || s.Curations[0].Pins[0].ID != "later" {
		t.Errorf("curations %+v, want that of the original, with the topic as it counts", s.Curations)
	}
}
