package engine_test

import (
	"bytes"
	"fmt"
	"testing"

	"akin/infra/test/storetest"
	"akin/recommend"
	"akin/recommend/engine"
	"akin/recommend/judge"
)

// What counts as similar is what judges find related: of the similar entries that readers
// see beside the judged works of the sample corpus, 70 % at least.
func TestSimilarMeansRelated(t *testing.T) {
	items := corpus(t)
	e := newEngine(t, storetest.NewMemory(), recommend.DefaultSettings())
	e.put(t, items...)
	if _, err := e.indexer.Reindex(t.Context(), engine.ReindexOptions{}); err != nil {
		t.Fatal(err)
	}
	order, judged, err := judge.Read(bytes.NewReader(sample(t, "qrels.tsv")), "qrels.tsv")
	if err != nil {
		t.Fatal(err)
	}
	if len(order) < 100 {
		t.Errorf("%d works are judged, want 100 at least", len(order))
	}
	shown, related, unread := 0, 0, 0
	for _, id := range order {
		r, err := e.reader.Related(t.Context(), id, recommend.Query{Limit: 6, NoFill: true})
		if err != nil {
			continue // withdrawn or embargoed
		}
		for _, entry := range r.Related {
			shown++
			grade, known := judged[id][entry.ID]
			if grade > 0 {
				related++
			}
			if !known {
				unread++
				t.Logf("not judged: %s\t%s\t%v", id, entry.ID, entry.Score)
			}
		}
	}
	t.Logf("%d of %d similar entries are judged related, %d are not judged", related, shown, unread)
	if shown < 200 || float64(related) < 0.7*float64(shown) {
		t.Errorf("%d of %d similar entries are judged related, want 200 and 70 %% at least", related, shown)
	}
}

// A work that has nothing to do with any other shows nothing as similar, and neither does
// any of a corpus of such works.
func TestWorksWithoutRelatives(t *testing.T) {
	items := corpus(t)
	alone := recommend.Item{ID: "alone", Title: "Glazing a Teapot", Lang: "en",
		Summary: "Potters leave the field of everyday plans to others. Celadon, cobalt and ash evolved in kilns; a spout that drips is badly thrown, however bright its glaze."}
	e := newEngine(t, storetest.NewMemory(), recommend.DefaultSettings())
	e.put(t, append(items, alone)...)
	if _, err := e.indexer.Reindex(t.Context(), engine.ReindexOptions{}); err != nil {
		t.Fatal(err)
	}
	r, err := e.reader.Related(t.Context(), "alone", recommend.Query{NoFill: true})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Related) > 0 {
		t.Errorf("a work without relatives shows %q at %v", r.Related[0].ID, r.Related[0].Score)
	}

	// Six words each of 300, at random: all that two share is chance.
	noise := newEngine(t, storetest.NewMemory(), recommend.DefaultSettings())
	var works []recommend.Item
	random := uint32(1)
	for i := range 200 {
		text := ""
		for range 6 {
			random = random*1664525 + 1013904223
			text += fmt.Sprintf("wq%c%c ", 'a'+random>>8%15, 'a'+random>>16%20)
		}
		works = append(works, recommend.Item{ID: fmt.Sprint("noise", i), Summary: text, Lang: "en"})
	}
	noise.put(t, works...)
	if _, err := noise.indexer.Reindex(t.Context(), engine.ReindexOptions{}); err != nil {
		t.Fatal(err)
	}
	similar := 0
	for _, w := range works {
		r, err := noise.reader.Related(t.Context(), w.ID, recommend.Query{NoFill: true})
		if err != nil {
			t.Fatal(err)
		}
		similar += len(r.Related)
	}
	if similar > len(works)/10 {
		t.Errorf("of %d works of random words, %d entries count as similar", len(works), similar)
	}
}

// What a corpus measures by is the threshold that a generation of the same items has.
func TestCorpusThreshold(t *testing.T) {
	items := corpus(t)
	e := newEngine(t, storetest.NewMemory(), recommend.DefaultSettings())
	e.put(t, items...)
	g, err := e.indexer.Reindex(t.Context(), engine.ReindexOptions{})
	if err != nil {
		t.Fatal(err)
	}
	c, err := engine.NewCorpus(items, recommend.DefaultSettings())
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Threshold(items, recommend.DefaultSettings()); got != g.Threshold || got <= recommend.DefaultSettings().MinScore {
		t.Errorf("threshold %v, want %v of the generation, above the least", got, g.Threshold)
	}
}
