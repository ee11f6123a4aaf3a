package engine_test

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"akin/infra/memory"
	"akin/infra/test/tools"
	"akin/recommend"
	"akin/recommend/engine"
	"akin/recommend/store"
)

// allRows returns the rows of the parts that a check walks, by key.
func allRows(t *testing.T, s store.Store) map[store.Key]store.Row {
	t.Helper()
	var parts []string
	for _, p := range []struct {
		name string
		n    int
	}{{"id", 64}, {"item", 64}, {"body", 64}, {"group", 16}, {"alias", 64}, {"curation", 16}, {"rel/1", 64}} {
		for i := range p.n {
			parts = append(parts, fmt.Sprintf("%s/%d", p.name, i))
		}
	}
	hash := recommend.DefaultSettings().Text.Hash()
	for i := range 16 {
		parts = append(parts, fmt.Sprintf("terms/%s/%d", hash, i))
	}
	parts = append(parts, "topic", "meta", "embargo", "list/", "generation", "stat/1")
	rows := map[store.Key]store.Row{}
	add := func(part string) {
		for row, err := range store.Scan(t.Context(), s, store.Strong, store.Range{Part: part}) {
			if err != nil {
				t.Fatal(err)
			}
			rows[row.Key] = row
		}
	}
	for _, part := range parts {
		add(part)
	}
	for key := range maps.Clone(rows) {
		if key.Part == "topic" {
			add("list/" + key.Sort)
		}
	}
	return rows
}

// decided is a fifth of the sample corpus, with every kind of row: each damage
// takes a look at all rows.
func decided(t *testing.T) *memory.Store {
	t.Helper()
	s := memory.New()
	e := newEngine(t, s, recommend.DefaultSettings())
	few := corpus(t)
	n := 0
	few = slices.DeleteFunc(few, func(it recommend.Item) bool { n++; return n%5 > 0 && it.VisibleFrom.IsZero() })
	e.put(t, few...)
	if _, err := e.indexer.Reindex(t.Context(), engine.ReindexOptions{}); err != nil {
		t.Fatal(err)
	}
	e.put(t,
		recommend.Item{ID: "damage-a", Title: "Harbour cranes", Body: "Cranes lift what ships bring.", Lang: "en", URL: "https://example.org/cranes", Topics: []string{"damage"}},
		recommend.Item{ID: "damage-b", Title: "Harbour pilots", Lang: "en", VisibleFrom: time.Date(2999, 1, 1, 0, 0, 0, 0, time.UTC)},
		recommend.Item{ID: "damage-c", Title: "Grúas del puerto", Lang: "es", TranslationOf: "damage-a", Aliases: []string{"/viejo"}},
		recommend.Item{ID: "damage-d", Title: "Harbour dues", Lang: "en"},
		recommend.Item{ID: "damage-e", Title: "Harbour tugs", Lang: "en"})
	for _, err := range []error{
		e.publisher.Withdraw(t.Context(), "damage-e", 0).Err,
		e.publisher.PutTopics(t.Context(), recommend.Topic{Slug: "damage", Title: "Damage"}, recommend.Topic{Slug: "damages", Title: "Damages"}),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	edit := engine.Edit{IfMatch: "*"}
	if _, err := e.publisher.Curate(t.Context(), "damage-a", recommend.Curation{Blocks: []recommend.Decision{{ID: "damage-d"}}, Exclude: &recommend.Note{}}, edit); err != nil {
		t.Fatal(err)
	}
	if _, err := e.publisher.CurateTopic(t.Context(), "damages", recommend.TopicCuration{MergedInto: &recommend.Decision{ID: "damage"}}, edit); err != nil {
		t.Fatal(err)
	}
	if n := e.check(t); n == 0 {
		t.Fatal("nothing was checked")
	}
	return s
}

// Every row whose loss or damage readers could notice is named by a check; what
// other rows tell is made anew to the byte, and what is lost is called lost and
// leaves a store that takes it again.
func TestCheckNamesDamage(t *testing.T) {
	t.Parallel()
	whole := decided(t)
	rows := allRows(t, whole)
	keys := slices.SortedFunc(maps.Keys(rows), func(a, b store.Key) int { return strings.Compare(a.Part+a.Sort, b.Part+b.Sort) })
	// The first row of each kind, and all that this test made.
	var chosen []store.Key
	count := map[string]int{}
	for _, key := range keys {
		kind, _, _ := strings.Cut(key.Part, "/")
		if kind == "meta" {
			kind += key.Sort
		}
		ours := bytes.Contains(rows[key].Data, []byte("damage-")) || strings.Contains(key.Sort, "damage")
		if !ours {
			count[kind]++
		}
		if ours || count[kind] == 1 {
			chosen = append(chosen, key)
		}
	}
	const derived, lost, unseen = "derived", "lost", "unseen"
	fate := func(key store.Key) string {
		kind, _, _ := strings.Cut(key.Part, "/")
		switch {
		case kind == "item", kind == "topic", kind == "body":
			return lost
		case key.Part == "meta" && (key.Sort == "format" || key.Sort == "secret" || key.Sort == "head" || key.Sort == "edits"):
			return unseen // there is another test of each, or nothing to tell it by
		}
		return derived
	}
	tried := map[string]int{}
	for i, key := range chosen {
		if i%16 > 0 && tools.Raced() { // make tests damages all without it
			continue
		}
		kind, _, _ := strings.Cut(key.Part, "/")
		for _, damage := range []string{"deleted", "overwritten"} {
			if damage == "overwritten" && tried[kind] > 2 {
				continue
			}
			name := fmt.Sprintf("%s of %s %q", damage, key.Part, key.Sort)
			s := whole.Clone()
			op := store.Op{Act: store.Delete, Row: store.Row{Key: key}}
			if damage == "overwritten" {
				op = store.Op{Row: store.Row{Key: key, Data: []byte("\xffdamage"), Rev: rows[key].Rev}}
			}
			if err := s.Apply(t.Context(), store.Tx{op})[0]; err != nil {
				t.Fatal(err)
			}
			want := fate(key)
			if want == unseen || kind == "rel" && damage == "deleted" || // which comparing all lists finds
				kind == "alias" && damage == "overwritten" {
				continue
			}
			e := newEngine(t, s, recommend.DefaultSettings())
			found, err := e.indexer.Walk(t.Context())
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			isLost := slices.ContainsFunc(found, func(d engine.Damage) bool { return d.Lost })
			if len(found) == 0 || isLost != (want == lost) && kind != "curation" && !(kind == "topic" && strings.Contains(key.Sort, "\x01")) {
				if kind == "topic" && (damage == "deleted" || strings.Contains(key.Sort, "\x01")) && !strings.Contains(key.Sort, "damage") {
					continue // a topic of no item
				}
				t.Errorf("%s: found %q, want it %s", name, found, want)
				continue
			}
			tried[kind]++
			if _, _, err := e.indexer.Repair(t.Context()); err != nil {
				t.Errorf("%s: repair: %v", name, err)
				continue
			}
			if want == derived && kind != "rel" && kind != "stat" && kind != "generation" && kind != "curation" {
				for k, row := range allRows(t, s) {
					// The head counts who wrote; what the counter knows of changes is gone with it.
					if !bytes.Equal(row.Data, rows[k].Data) && k.Sort != "head" && (k.Sort != "counter" || key.Sort != "counter") {
						t.Errorf("%s: after the repair, row %q of %s differs", name, k.Sort, k.Part)
					}
				}
				if n := len(allRows(t, s)); n != len(rows) {
					t.Errorf("%s: there are %d rows, and were %d", name, n, len(rows))
				}
				continue
			}
			if _, err := e.indexer.Reindex(t.Context(), engine.ReindexOptions{Force: true}); err != nil {
				t.Errorf("%s: reindex after the repair: %v", name, err)
				continue
			}
			left, err := e.indexer.Walk(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if kind == "item" { // it can be published again, under its version
				id := ""
				for k, row := range rows {
					if strings.HasPrefix(k.Part, "id/") && bytes.Contains(row.Data, []byte{}) && strings.Contains(fmt.Sprint(found), fmt.Sprintf("%q", k.Sort)) {
						id = k.Sort
					}
				}
				e.put(t, recommend.Item{ID: id, Title: "Again", Lang: "en"})
				if _, err := e.indexer.CatchUp(t.Context()); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
			for _, d := range left {
				if !d.Lost {
					t.Errorf("%s: still %v", name, d)
				}
			}
			ds, _, err := e.indexer.Check(t.Context(), nil)
			if err != nil || len(ds) > 0 {
				t.Errorf("%s: after all that: %v, %v", name, ds, err)
			}
		}
	}
	t.Logf("damages of %d of %d rows, by kind: %v", len(chosen), len(rows), tried)
	for _, kind := range []string{"id", "item", "body", "group", "alias", "terms", "list", "embargo", "topic", "rel", "stat", "generation", "meta", "curation"} {
		if tried[kind] == 0 && !tools.Raced() {
			t.Errorf("no row of kind %q was damaged: %v", kind, tried)
		}
	}
}
