package engine_test

import (
	"errors"
	"fmt"
	"testing"

	"akin/infra/memory"
	"akin/recommend"
	"akin/recommend/engine"
	"akin/recommend/store"
)

// A site says what tells its pages apart, whenever it says so: before its items
// are stored, or after.
func TestSiteTellsItsPagesApart(t *testing.T) {
	items := []recommend.Item{
		{ID: "slash", Title: "Weir", URL: "/weir/", Aliases: []string{"weir-1", "/old/weir"}},
		{ID: "bare", Title: "Lock", URL: "/weir"},
		{ID: "index", Title: "Pier", URL: "https://quay.example/pier/index.html"},
		{ID: "hash", Title: "Crane", URL: "/app#/crane"},
		{ID: "bang", Title: "Buoy", URL: "https://www.quay.example/app#!buoy"},
		{ID: "third", Title: "Mole", URL: "/show?mc_id=3&utm_source=feed"},
		{ID: "fourth", Title: "Dock", URL: "/show?mc_id=4"},
		{ID: "home", Title: "Quay", URL: "https://quay.example"},
	}
	const none = ""
	for _, tt := range []struct{ settings, address, want string }{
		{`{}`, "/weir/", "bare"},
		{`{}`, "/app#/other", "hash"},
		{`{}`, "/show?mc_id=3", "fourth"},

		{`{"slashes":1}`, "/weir/", "slash"},
		{`{"slashes":1}`, "https://quay.example:443/weir/?utm_source=x#top", "slash"},
		{`{"slashes":1}`, "http://www.quay.example/weir", "bare"},
		{`{"slashes":1}`, "/weir/index.html", "slash"},
		{`{"slashes":1}`, "/old/weir", "slash"},
		{`{"slashes":1}`, "/old/weir/", none},
		{`{"slashes":1}`, "weir-1", "slash"},
		{`{"slashes":1}`, "/pier/", "index"},
		{`{"slashes":1}`, "/pier", none},
		{`{"slashes":1}`, "https://quay.example/", "home"},
		{`{"slashes":1,"parameters":["from"]}`, "/weir/?from=home", "slash"},

		{`{"fragments":1}`, "/app#/crane", "hash"},
		{`{"fragments":1}`, "https://quay.example/app/?utm_source=x#/crane", "hash"},
		{`{"fragments":1}`, "//quay.example/app#!buoy", "bang"},
		{`{"fragments":1}`, "/app#/other", none},
		{`{"fragments":1}`, "/app", none},
		{`{"fragments":1}`, "/weir/", "bare"},
		{`{"fragments":1}`, "https://quay.example/#/crane", none},

		{`{"parameters":["-mc_id"]}`, "/show?mc_id=3", "third"},
		{`{"parameters":["-MC_*","x"]}`, "/show?x=1&mc_id=4&gclid=7", "fourth"},
		{`{"parameters":["-mc_id"]}`, "/show?mc_id=5", none},
		{`{"parameters":["-mc_id"]}`, "/weir?mc_cid=5", "bare"},
		{`{"parameters":["mc_*","-mc_id"]}`, "/show?mc_id=3", "third"},
	} {
		for _, before := range []bool{true, false} {
			s := memory.New()
			chosen := engine.NewChosen(s, func(site *recommend.Site) error { site.Address = "https://quay.example"; return nil }, 0)
			p := engine.ChosenPublisher(s, chosen, engine.PublisherOptions{})
			set := func() {
				if _, err := p.PutSettings(t.Context(), []byte(tt.settings), engine.Edit{IfMatch: "*"}); err != nil {
					t.Fatal(err)
				}
			}
			if before {
				set()
			}
			for _, res := range p.Put(t.Context(), items...) {
				if res.Err != nil {
					t.Fatal(res.Err)
				}
			}
			if !before {
				set()
			}
			got, err := engine.NewReader(s, engine.ReaderOptions{Chosen: chosen}).Find(t.Context(), tt.address)
			if err != nil && !errors.Is(err, recommend.ErrNotFound) {
				t.Fatal(err)
			}
			if got != tt.want {
				t.Errorf("settings %s, said first %v: %q leads to %q, want %q", tt.settings, before, tt.address, got, tt.want)
			}
		}
	}
}

// More pages than one row of an address names are told apart by what the site says,
// and a store that kept them before it could say so is mended by a repair.
func TestManyPagesOfOneApplication(t *testing.T) {
	s := memory.New()
	chosen := engine.NewChosen(s, nil, 0)
	p, r := engine.ChosenPublisher(s, chosen, engine.PublisherOptions{}), engine.NewReader(s, engine.ReaderOptions{Chosen: chosen})
	if _, err := p.PutSettings(t.Context(), []byte(`{"fragments":1}`), engine.Edit{IfMatch: "*"}); err != nil {
		t.Fatal(err)
	}
	var items []recommend.Item
	for i := range 40 {
		items = append(items, recommend.Item{ID: fmt.Sprint("w", i), Title: fmt.Sprint("Weir ", i), URL: fmt.Sprint("/#/w", i)})
	}
	find := func(when string, want func(i int) string) {
		t.Helper()
		for i := range items {
			got, err := r.Find(t.Context(), fmt.Sprint("/#/w", i))
			if err != nil && !errors.Is(err, recommend.ErrNotFound) {
				t.Fatal(err)
			}
			if got != want(i) {
				t.Errorf("%s, page %d leads to %q, want %q", when, i, got, want(i))
			}
		}
	}
	for _, it := range items { // one after another, as the row of their address has room for the last ones
		if res := p.Put(t.Context(), it)[0]; res.Err != nil {
			t.Fatal(res.Err)
		}
	}
	own := func(i int) string { return items[i].ID }
	find("stored", own)
	for i := range items { // as older versions of akin left them
		if err := s.Apply(t.Context(), store.Tx{{Act: store.Delete, Row: store.Row{Key: engine.ExactAddress(items[i].URL)}}})[0]; err != nil {
			t.Fatal(err)
		}
	}
	if got, err := r.Find(t.Context(), "/#/w0"); err == nil {
		t.Fatalf("without a row of its own, the first page leads to %q", got)
	}
	if repaired, left, err := newEngine(t, s, recommend.DefaultSettings()).indexer.Repair(t.Context()); err != nil || len(left) > 0 {
		t.Fatalf("repaired %v, left %v, %v", repaired, left, err)
	}
	find("repaired", own)
	for _, res := range p.Put(t.Context(), recommend.Item{ID: "w3", Title: "Weir 3", URL: "/#/moved"}, recommend.Item{ID: "w4", Status: recommend.Withdrawn}) {
		if res.Err != nil {
			t.Fatal(res.Err)
		}
	}
	find("one moved, one withdrawn", func(i int) string {
		if i == 3 || i == 4 {
			return ""
		}
		return items[i].ID
	})
	rows, err := s.Get(t.Context(), store.Strong, engine.ExactAddress("/#/w3"), engine.ExactAddress("/#/w4"))
	if err != nil || rows[0].Rev+rows[1].Rev != 0 {
		t.Errorf("rows %v, %v are left of addresses that nothing has", rows, err)
	}
}
