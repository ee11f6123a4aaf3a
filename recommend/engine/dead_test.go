package engine_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"akin/infra/memory"
	"akin/recommend"
	"akin/recommend/engine"
	"akin/recommend/store"
)

// recordOf returns the row of an item's record.
func recordOf(t *testing.T, s store.Store, id string) store.Row {
	t.Helper()
	for key, row := range allRows(t, s) {
		if strings.HasPrefix(key.Part, "item/") && bytes.Contains(row.Data, []byte(id)) {
			return row
		}
	}
	t.Fatalf("%q has no record", id)
	return store.Row{}
}

// spoil publishes an item, breaks its record before it is indexed, and lets the
// indexer give up on it. It returns the record as it was.
func spoil(t *testing.T, e *site, it recommend.Item) store.Row {
	t.Helper()
	e.put(t, it)
	whole := recordOf(t, e.store, it.ID)
	broken := whole
	broken.Data = []byte{0xff}
	write(t, e.store, broken)
	for try := 1; ; try++ {
		if _, err := e.indexer.CatchUp(t.Context()); err == nil {
			break
		} else if try == 10 {
			t.Fatalf("still not set aside: %v", err)
		}
	}
	return whole
}

func write(t *testing.T, s store.Store, row store.Row) {
	t.Helper()
	if err := s.Apply(t.Context(), store.Tx{{Row: row}})[0]; err != nil {
		t.Fatal(err)
	}
}

func deadIDs(t *testing.T, r *engine.Reader) []string {
	t.Helper()
	letters, err := r.DeadLetters(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	status, err := r.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(status.DeadLetters) != len(letters) {
		t.Errorf("the status has %d dead letters, not %d", len(status.DeadLetters), len(letters))
	}
	var ids []string
	for _, l := range letters {
		ids = append(ids, l.ID)
	}
	return ids
}

func works() []recommend.Item {
	return []recommend.Item{
		{ID: "w-ebb", Title: "Tides of the estuary", Summary: "How the ebb moves sand and silt."},
		{ID: "w-silt", Title: "Silt in the estuary", Summary: "Dredging sand and silt at the ebb."},
	}
}

// What could not be indexed is named, tried again when it is asked for, and in
// the lists once it is mended.
func TestRetryDeadLetters(t *testing.T) {
	e := newEngine(t, memory.New(), recommend.DefaultSettings())
	e.put(t, works()...)
	if _, err := e.indexer.Reindex(t.Context(), engine.ReindexOptions{}); err != nil {
		t.Fatal(err)
	}
	whole := spoil(t, e, recommend.Item{ID: "w-sand", Title: "Sand of the estuary", Summary: "Where the ebb leaves sand and silt."})
	if ids := deadIDs(t, e.reader); !slices.Equal(ids, []string{"w-sand"}) {
		t.Fatalf("dead letters of %q, want sand", ids)
	}
	if _, err := e.publisher.RetryDeadLetters(t.Context(), "w-ebb"); !errors.Is(err, recommend.ErrNotFound) {
		t.Errorf("retry of an item that did not fail: %v", err)
	}

	// What fails again is set aside again.
	if n, err := e.publisher.RetryDeadLetters(t.Context(), "w-sand"); n != 1 || err != nil {
		t.Fatalf("retried %d: %v", n, err)
	}
	if ids := deadIDs(t, e.reader); len(ids) != 0 {
		t.Errorf("while it is tried again, dead letters of %q", ids)
	}
	for range 10 {
		e.indexer.CatchUp(t.Context())
	}
	if ids := deadIDs(t, e.reader); !slices.Equal(ids, []string{"w-sand"}) {
		t.Fatalf("after it failed again, dead letters of %q", ids)
	}

	write(t, e.store, whole)
	if n, err := e.publisher.RetryDeadLetters(t.Context()); n != 1 || err != nil {
		t.Fatalf("retried %d: %v", n, err)
	}
	if _, err := e.indexer.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	if ids := deadIDs(t, e.reader); len(ids) != 0 {
		t.Errorf("after it was mended, dead letters of %q", ids)
	}
	rel, err := e.reader.Related(t.Context(), "w-ebb", recommend.Query{})
	if err != nil || !slices.ContainsFunc(rel.Related, func(x recommend.Entry) bool { return x.ID == "w-sand" && x.Tier == recommend.TierSimilar }) {
		t.Errorf("the list of ebb lacks sand: %+v %v", rel, err)
	}
	if differences, _, err := e.indexer.Check(t.Context(), nil); err != nil || len(differences) > 0 {
		t.Errorf("check: %v %v", differences, err)
	}
}

// A dead letter whose item was indexed under a later version settles itself, one
// that is dropped is forgotten, and neither takes others with it.
func TestDeadLettersEnd(t *testing.T) {
	e := newEngine(t, memory.New(), recommend.DefaultSettings())
	e.put(t, works()...)
	if _, err := e.indexer.Reindex(t.Context(), engine.ReindexOptions{}); err != nil {
		t.Fatal(err)
	}
	sand := recommend.Item{ID: "w-sand", Title: "Sand of the estuary", Summary: "Where the ebb leaves sand."}
	write(t, e.store, spoil(t, e, sand))
	spoil(t, e, recommend.Item{ID: "w-gravel", Title: "Gravel of the estuary"})
	spoil(t, e, recommend.Item{ID: "w-clay", Title: "Clay of the estuary"})
	if ids := deadIDs(t, e.reader); !slices.Equal(ids, []string{"w-sand", "w-gravel", "w-clay"}) {
		t.Fatalf("dead letters of %q", ids)
	}
	sand.Summary = "Where the ebb leaves sand and silt."
	e.put(t, sand)
	if _, err := e.indexer.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	if ids := deadIDs(t, e.reader); !slices.Equal(ids, []string{"w-gravel", "w-clay"}) {
		t.Errorf("after a later version, dead letters of %q", ids)
	}
	if n, err := e.publisher.DropDeadLetters(t.Context(), "w-gravel"); n != 1 || err != nil {
		t.Errorf("dropped %d: %v", n, err)
	}
	if ids := deadIDs(t, e.reader); !slices.Equal(ids, []string{"w-clay"}) {
		t.Errorf("after a drop, dead letters of %q", ids)
	}
	rows := 0
	for _, err := range store.Scan(t.Context(), e.store, store.Strong, store.Range{Part: "dead"}) {
		if err != nil {
			t.Fatal(err)
		}
		rows++
	}
	if rows != 1 {
		t.Errorf("%d rows of dead letters are left, want 1", rows)
	}
}
