package engine_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"akin/infra/test/storetest"
	"akin/recommend"
	"akin/recommend/engine"
)

// Settings are replaced by who has read them, and every change is kept.
func TestPutSettings(t *testing.T) {
	e := newEngine(t, storetest.NewMemory(), shortLists())
	put := func(said, ifMatch string) (string, error) {
		return e.publisher.PutSettings(t.Context(), []byte(said), engine.Edit{By: "ana", Note: "trial", IfMatch: ifMatch})
	}
	for _, tt := range []struct{ said, ifMatch, want, kept string }{
		{`{"name": "Harbour Times", "k": 20}`, "0", "1", `{"k":20,"name":"Harbour Times"}`},
		{`{"k":20,"name":"Harbour Times"}`, "1", "1", `{"k":20,"name":"Harbour Times"}`}, // the same
		{`{"k":30}`, "0", "", `{"k":20,"name":"Harbour Times"}`},
		{`{"k":30}`, "*", "2", `{"k":30}`},
	} {
		tag, err := put(tt.said, tt.ifMatch)
		if tag != tt.want || errors.Is(err, recommend.ErrPrecondition) != (tt.want == "") {
			t.Errorf("%s over %s: %q, %v, want %q", tt.said, tt.ifMatch, tag, err, tt.want)
		}
		s, err := e.reader.Settings(t.Context())
		if err != nil || string(s.JSON) != tt.kept {
			t.Errorf("%s over %s: stored %s, %v, want %s", tt.said, tt.ifMatch, s.JSON, err, tt.kept)
		}
	}
	var invalid *recommend.InvalidError
	if _, err := put(`{"fields":{"title":11}}`, "*"); !errors.As(err, &invalid) || invalid.Field != "fields.title" {
		t.Errorf("a weight of 11: %v", err)
	}
	changes, err := e.reader.SettingsHistory(t.Context())
	if err != nil || len(changes) != 2 {
		t.Fatalf("history %v, %v", changes, err)
	}
	c := changes[0]
	if c.Number != 2 || c.By != "ana" || c.Note != "trial" || c.At.IsZero() || string(c.Before) != `{"k":20,"name":"Harbour Times"}` || string(c.After) != `{"k":30}` {
		t.Errorf("latest change %+v", c)
	}

	for i := range engine.MaxHistory {
		if _, err := put(fmt.Sprintf(`{"name":"N%d"}`, i), "*"); err != nil {
			t.Fatal(err)
		}
	}
	changes, err = e.reader.SettingsHistory(t.Context())
	if err != nil || len(changes) != engine.MaxHistory || changes[0].Number != engine.MaxHistory+2 || changes[engine.MaxHistory-1].Number != 3 {
		t.Errorf("%d changes are kept, %v", len(changes), err)
	}
}

// Of several who change what they have read at once, one is stored.
func TestPutSettingsRace(t *testing.T) {
	e := newEngine(t, storetest.NewMemory(), shortLists())
	var mu sync.Mutex
	var wg sync.WaitGroup
	won := 0
	for i := range 8 {
		wg.Go(func() {
			_, err := e.publisher.PutSettings(t.Context(), fmt.Appendf(nil, `{"name":"N%d"}`, i), engine.Edit{IfMatch: "0"})
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				won++
			} else if !errors.Is(err, recommend.ErrPrecondition) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if won != 1 {
		t.Errorf("%d of 8 settings were stored over nothing, want 1", won)
	}
}

// A rebuild takes the settings that the store has then, with what the process was
// told over them; items are published under them too.
func TestChosenSettings(t *testing.T) {
	s := storetest.NewMemory()
	over := func(site *recommend.Site) (err error) {
		*site, err = site.Change([]byte(`{"minScore":0,"gates":{"filled":0,"length":0,"change":10}}`))
		return err
	}
	chosen := engine.NewChosen(s, over, 0)
	p := engine.ChosenPublisher(s, chosen, engine.PublisherOptions{})
	x := engine.NewIndexer(s, recommend.Settings{}, engine.IndexerOptions{Alone: true, Chosen: chosen})
	r := engine.NewReader(s, engine.ReaderOptions{Chosen: chosen})
	for _, it := range []recommend.Item{
		{ID: "a", Title: "Cranes", Summary: "Harbour walks", URL: "/cranes"}, {ID: "b", Title: "Cranes", Summary: "Old songs"},
		{ID: "c", Title: "Songs", Summary: "Harbour walks"}, {ID: "d", Title: "Tides"}, {ID: "e", Title: "Winds"},
	} {
		if res := p.Put(t.Context(), it)[0]; res.Err != nil {
			t.Fatal(res.Err)
		}
	}
	first := func() string {
		t.Helper()
		if _, err := x.Reindex(t.Context(), engine.ReindexOptions{Force: true}); err != nil {
			t.Fatal(err)
		}
		a, err := r.Related(t.Context(), "a", recommend.Query{NoFill: true})
		if err != nil || len(a.Related) == 0 {
			t.Fatal(a, err)
		}
		return a.Related[0].ID
	}
	set := func(said string) {
		t.Helper()
		if _, err := p.PutSettings(t.Context(), []byte(said), engine.Edit{IfMatch: "*"}); err != nil {
			t.Fatal(err)
		}
	}
	changed := func(want bool) {
		t.Helper()
		if status, err := r.Status(t.Context()); err != nil || status.SettingsChanged != want {
			t.Errorf("the status says %v of changed settings, %v", status.SettingsChanged, err)
		}
	}
	first()
	changed(false)
	set(`{"fields":{"title":10,"summary":0}}`)
	changed(true)
	if got := first(); got != "b" {
		t.Errorf("under titles alone, %s comes first, want b", got)
	}
	changed(false)
	set(`{"fields":{"title":0},"address":"https://harbour.example","languages":["es"]}`)
	if got := first(); got != "c" {
		t.Errorf("under summaries alone, %s comes first, want c", got)
	}
	if id, err := r.Find(t.Context(), "https://harbour.example/cranes"); id != "a" {
		t.Errorf("found %q by the site's own address, %v", id, err)
	}
	if id, err := r.Find(t.Context(), "/cranes?From=home&x_1=2"); err == nil {
		t.Errorf("found %q by an address with parameters that may mean another page", id)
	}
	set(`{"parameters":["from","X_*"],"languages":["es"]}`)
	if id, err := r.Find(t.Context(), "/cranes?From=home&x_1=2"); id != "a" {
		t.Errorf("found %q by an address whose parameters the site does not count, %v", id, err)
	}
	if id, err := r.Find(t.Context(), "/cranes?page=2&from=home"); err == nil {
		t.Errorf("found %q by an address of another page", id)
	}
	if res := p.Put(t.Context(), recommend.Item{ID: "f", Title: "Zaz"})[0]; res.Err != nil {
		t.Fatal(res.Err)
	}
	if it, err := r.Item(t.Context(), "f"); err != nil || it.Lang != "es" {
		t.Errorf("a short item is in %q, %v, want the site's language", it.Lang, err)
	}
}
