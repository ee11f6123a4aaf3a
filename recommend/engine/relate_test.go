package engine_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"akin/infra/test/storetest"
	"akin/recommend"
	"akin/recommend/engine"
)

var ports = []recommend.Item{
	{ID: "dredging", Lang: "en", Title: "Dredging the harbour", Summary: "Silt and cranes."},
	{ID: "cranes", Lang: "en", Title: "Cranes of the harbour", Summary: "Silt."},
	{ID: "cranes-2", Lang: "en", Title: "Harbour", Summary: "Silt and cranes.", TranslationOf: "cranes"},
	{ID: "bread", Lang: "en", Title: "Sourdough bread", Summary: "Flour."},
	{ID: "gone", Lang: "en", Title: "Dredging the harbour", Status: recommend.Withdrawn},
}

func portsCorpus(t *testing.T) *engine.Corpus {
	t.Helper()
	c, err := engine.NewCorpus(ports, recommend.DefaultSettings())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestCorpusRank(t *testing.T) {
	c := portsCorpus(t)
	if got := c.Len(); got != 4 {
		t.Errorf("Len() = %d, want 4: all but the withdrawn one", got)
	}
	for _, tt := range []struct {
		name, id string
		k        int
		want     []string
	}{
		{"no versions of the work itself", "cranes", 10, []string{"dredging"}},
		{"another work stands once", "dredging", 10, []string{"cranes"}},
		{"at most k", "dredging", 1, []string{"cranes"}},
		{"versions have one list", "cranes-2", 10, []string{"dredging"}},
		{"what shares nothing is left out", "bread", 10, []string{}},
		{"an unknown id has none", "gone", 10, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, c.Rank(tt.id, tt.k)); diff != "" {
				t.Errorf("Rank(%q, %d) (-want +got):\n%s", tt.id, tt.k, diff)
			}
		})
	}
}

func TestCorpusRankItem(t *testing.T) {
	c := portsCorpus(t)
	got := c.RankItem(recommend.Item{ID: "query", Summary: "flour for bread, and a crane", Lang: "en"}, 2)
	if want := []string{"bread", "cranes"}; !slices.Equal(got, want) {
		t.Errorf("RankItem = %q, want %q", got, want)
	}
}

func TestNewCorpusErrors(t *testing.T) {
	for _, tt := range []struct {
		name  string
		items []recommend.Item
		want  string
	}{
		{"an invalid item", []recommend.Item{{ID: "a b", Title: "x"}}, `item "a b": id: `},
		{"an id twice", []recommend.Item{ports[0], ports[0]}, `item "dredging": comes twice`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := engine.NewCorpus(tt.items, recommend.DefaultSettings())
			if err == nil || len(err.Error()) < len(tt.want) || err.Error()[:len(tt.want)] != tt.want {
				t.Errorf("NewCorpus: error %v, want %s...", err, tt.want)
			}
		})
	}
}

// A corpus ranks as the lists of a store do, so that what eval measures is
// what readers get.
func TestCorpusAgreesWithStoredLists(t *testing.T) {
	items := corpus(t)
	c, err := engine.NewCorpus(items, recommend.DefaultSettings())
	if err != nil {
		t.Fatal(err)
	}
	settings := recommend.DefaultSettings()
	settings.MinScore, settings.Odds = 0, 0
	e := newEngine(t, storetest.NewMemory(), settings)
	e.put(t, items...)
	if _, err := e.indexer.Reindex(t.Context(), engine.ReindexOptions{}); err != nil {
		t.Fatal(err)
	}
	for _, it := range items {
		r, err := e.reader.Related(t.Context(), it.ID, recommend.Query{Limit: 10, NoFill: true})
		if err != nil {
			continue // withdrawn or embargoed
		}
		ranked := c.Rank(it.ID, 40)
		at := 0
		for _, entry := range r.Related {
			n := slices.Index(ranked[at:], entry.ID)
			if n < 0 {
				t.Fatalf("%s: the list holds %s, which the corpus ranks otherwise: %q", it.ID, entry.ID, ranked)
			}
			at += n + 1
		}
		if len(r.Related) == 0 {
			t.Errorf("%s: the stored list is empty", it.ID)
		}
	}
}
