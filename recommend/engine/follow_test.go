package engine_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"akin/infra/test/storetest"
	"akin/recommend"
	"akin/recommend/engine"
	"akin/recommend/store"
)

// A follower is an indexer of its own on an engine's store, as a process that
// only searches has one, with a clock and a count of what it asks for.
type follower struct {
	*engine.Indexer
	t     *testing.T
	meter *store.Meter
	now   time.Time
}

func newFollower(t *testing.T, e *site) *follower {
	f := &follower{t: t, meter: store.NewMeter(e.store), now: time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)}
	clock := func() time.Time { return f.now }
	f.Indexer = engine.NewIndexer(f.meter, recommend.DefaultSettings(), engine.IndexerOptions{Now: clock})
	return f
}

// found fails the test unless a search finds exactly the given ids.
func (f *follower) found(words string, ids ...string) store.Usage {
	f.t.Helper()
	f.meter.Take()
	entries, err := f.Search(f.t.Context(), words, "", 10)
	if err != nil {
		f.t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.ID)
	}
	if d := cmp.Diff(ids, got); d != "" {
		f.t.Errorf("search for %s (-want +got):\n%s", words, d)
	}
	return f.meter.Take()
}

func (f *follower) wait() { f.now = f.now.Add(2 * time.Second) }

func indexed(t *testing.T, e *site) {
	t.Helper()
	if _, err := e.indexer.Reindex(t.Context(), engine.ReindexOptions{Force: true}); err != nil {
		t.Fatal(err)
	}
}

func newWords(t *testing.T) *site {
	t.Helper()
	e := newEngine(t, storetest.NewMemory(), recommend.DefaultSettings())
	for i, title := range []string{"Orchards in flower", "Harbours and tides", "Trams at night", "Markets at dawn", "Orchards and markets"} {
		e.put(t, recommend.Item{ID: fmt.Sprint("item", i), Title: title, Lang: "en"})
	}
	indexed(t, e)
	return e
}

// An indexer that writes nothing finds what others published, two seconds later
// at most, and writes nothing still.
func TestFollow(t *testing.T) {
	e := newWords(t)
	f := newFollower(t, e)
	total := f.found("trams", "item2")

	e.put(t, recommend.Item{ID: "new", Title: "Trams by the sea", Lang: "en"})
	idle := f.found("trams", "item2")
	f.wait()
	total.Add(f.found("trams", "item2", "new"))
	f.wait()
	looked := f.found("trams", "item2", "new")
	if looked.Requests != idle.Requests+3 || // for what there is in the index, what is in use, and what has no number yet
		looked.Operations["Query"] > 1 {
		t.Errorf("looking for no changes makes %v of %v requests", looked.Operations, idle.Operations)
	}
	e.put(t, recommend.Item{ID: "new", Title: "Harbours by the sea", Lang: "en"})
	e.publisher.Withdraw(t.Context(), "item1", 0)
	f.wait()
	total.Add(f.found("trams", "item2"))
	total.Add(f.found("harbours", "new"))
	if total.Writes > 0 {
		t.Errorf("a follower made %d writes", total.Writes)
	}
}

// Another generation is loaded anew, also where it is the one that was in memory
// and the changes since are no longer kept.
func TestFollowGenerations(t *testing.T) {
	e := newWords(t)
	indexed(t, e)
	f := newFollower(t, e)
	f.found("trams", "item2")
	e.put(t, recommend.Item{ID: "new", Title: "Trams by the sea", Lang: "en"})
	indexed(t, e)
	if _, err := e.indexer.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	f.wait()
	f.found("trams", "item2", "new")
	indexed(t, e)
	f.wait()
	d, err := f.Draft(t.Context(), recommend.Item{Title: "Trams"}, recommend.Query{})
	if err != nil {
		t.Fatal(err)
	}
	if d.Generation != 4 || len(d.Related.Related) == 0 {
		t.Errorf("draft of generation %d with %d entries", d.Generation, len(d.Related.Related))
	}
}

// Items made under other text settings than the generation's are followed too,
// and their terms are left to the writer.
func TestFollowOtherTerms(t *testing.T) {
	e := newWords(t)
	f := newFollower(t, e)
	f.found("trams", "item2")
	other := recommend.DefaultSettings()
	other.Text.Protected = map[string][]string{"en": {"quay"}}
	newEngine(t, e.store, other).put(t, recommend.Item{ID: "new", Title: "Trams by the sea", Lang: "en"})
	f.wait()
	if u := f.found("trams", "item2", "new"); u.Writes > 0 {
		t.Errorf("a follower made %d writes", u.Writes)
	}
}

// Whoever writes lists is not disturbed by searches: they take memory as it is,
// and catching up afterwards reads the changes alone.
func TestWriterDoesNotFollow(t *testing.T) {
	e := newWords(t)
	f := newFollower(t, e)
	if _, err := f.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	e.put(t, recommend.Item{ID: "new", Title: "Trams by the sea", Lang: "en"})
	f.wait()
	f.found("trams", "item2")
	if err := f.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	f.found("trams", "item2")
	f.meter.Take()
	if n, err := f.CatchUp(t.Context()); n != 1 || err != nil {
		t.Errorf("CatchUp = %d, %v", n, err)
	}
	if u := f.meter.Take(); u.Operations["Query"] != 3 { // one for what has no number yet
		t.Errorf("catching up makes requests %v", u.Operations)
	}
	f.found("trams", "item2", "new")
}

// A follower that comes to write reads the lists first.
func TestFollowerBecomesWriter(t *testing.T) {
	e := newWords(t)
	f := newFollower(t, e)
	f.found("trams", "item2")
	e.put(t, recommend.Item{ID: "new", Title: "Trams by the sea", Lang: "en"})
	f.wait()
	f.found("trams", "item2", "new")
	if n, err := f.CatchUp(t.Context()); n != 1 || err != nil {
		t.Errorf("CatchUp = %d, %v", n, err)
	}
	if n := e.check(t); n != 6 {
		t.Errorf("%d lists, want 6", n)
	}
}
