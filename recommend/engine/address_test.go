package engine_test

import (
	"errors"
	"testing"

	"akin/infra/memory"
	"akin/recommend"
	"akin/recommend/engine"
	"akin/recommend/store"
)

// An addressBook is a store whose items are found by their addresses.
type addressBook struct {
	*testing.T
	store *memory.Store
}

func (b addressBook) put(site string, items ...recommend.Item) {
	b.Helper()
	p, err := engine.NewPublisher(b.store, recommend.DefaultSettings(), engine.PublisherOptions{Site: site})
	if err != nil {
		b.Fatal(err)
	}
	for _, r := range p.Put(b.Context(), items...) {
		if r.Err != nil {
			b.Fatal(r.Err)
		}
	}
}

// finds checks that address leads to the item, "" for none, when the site is
// served at site.
func (b addressBook) finds(site, address, want string) {
	b.Helper()
	got, err := engine.NewReader(b.store, engine.ReaderOptions{Site: site}).Find(b.Context(), address)
	if err != nil && !errors.Is(err, recommend.ErrNotFound) {
		b.Fatal(err)
	}
	if got != want {
		b.Errorf("site %q: %q leads to %q, want %q", site, address, got, want)
	}
}

// Whether the site is known when an item is stored, or when it is looked up, or
// both, it is found.
func TestFindWhateverIsKnownOfTheSite(t *testing.T) {
	const site = "https://www.quay.example"
	for _, stored := range []string{"", site} {
		b := addressBook{t, memory.New()}
		b.put(stored, recommend.Item{ID: "abs", Title: "Weir", URL: "https://quay.example/news/weir/"},
			recommend.Item{ID: "rel", Title: "Lock", URL: "/news/lock", Aliases: []string{"/old?id=7", "lock-1"}},
			recommend.Item{ID: "far", Title: "Pier", URL: "https://other.example/news/pier"},
			recommend.Item{ID: "home", Title: "Quay", URL: "https://quay.example/"},
			recommend.Item{ID: "query", Title: "Mole", URL: "https://quay.example/?p=3"})
		b.finds("", "http://quay.example:80/news/weir?utm_source=x#top", "abs")
		b.finds(site, "https://quay.example/news/weir", "abs")
		b.finds(site, "/news/weir", "abs")
		b.finds(site, "https://quay.example/news/lock", "rel")
		b.finds(site, "/news/lock/", "rel")
		b.finds("", "/news/lock", "rel")
		b.finds(site, "https://quay.example/old?id=7&gclid=1", "rel")
		b.finds(site, "lock-1", "rel")
		b.finds("https://quay.example:443/", "https://QUAY.example/news/lock", "rel")
		b.finds(site, "/news/pier", "")
		b.finds(site, "https://other.example/news/pier", "far")
		b.finds(site, "https://other.example/news/lock", "")
		b.finds(site, "https://quay.example.evil.example/news/lock", "")
		b.finds(site, "/", "home")
		b.finds(site, "/?p=3", "query")
		b.finds(site, "/index.php?p=3", "query")
		b.finds(site, "https://quay.example", "home")
	}
}

// An address that one item holds is not lost because another that held it once
// is withdrawn or moved.
func TestAddressOfSeveralItems(t *testing.T) {
	gone := func(id string) recommend.Item { return recommend.Item{ID: id, Status: recommend.Withdrawn} }
	at := func(id, url string, aliases ...string) recommend.Item {
		return recommend.Item{ID: id, Title: "Weir " + id, URL: url, Aliases: aliases}
	}
	t.Run("taken over, then withdrawn", func(t *testing.T) {
		b := addressBook{t, memory.New()}
		b.put("", at("a", "/x"))
		b.put("", at("b", "/x"))
		b.finds("", "/x", "b")
		b.put("", gone("a"))
		b.finds("", "/x", "b")
		b.put("", gone("b"))
		b.finds("", "/x", "")
	})
	t.Run("taken over, then given back", func(t *testing.T) {
		b := addressBook{t, memory.New()}
		b.put("", at("a", "/x"), at("b", "/x"))
		b.put("", at("b", "/y"))
		b.finds("", "/x", "a")
		b.finds("", "/y", "b")
	})
	t.Run("a former address does not take a present one", func(t *testing.T) {
		b := addressBook{t, memory.New()}
		b.put("", at("a", "/x"))
		b.put("", at("b", "/y", "/x"))
		b.finds("", "/x", "a")
		b.put("", gone("a"))
		b.finds("", "/x", "b")
	})
	t.Run("moved, and another in its place", func(t *testing.T) {
		b := addressBook{t, memory.New()}
		b.put("", at("a", "/x"))
		b.put("", at("a", "/y", "/x"))
		b.finds("", "/x", "a")
		b.put("", at("b", "/x"))
		b.finds("", "/x", "b")
		b.put("", gone("b"))
		b.finds("", "/x", "a")
	})
	t.Run("more than are kept", func(t *testing.T) {
		b := addressBook{t, memory.New()}
		for _, id := range []string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p", "q", "r"} {
			b.put("", at(id, "/x"))
		}
		b.finds("", "/x", "r")
		b.put("", gone("r"))
		b.finds("", "/x", "q")
	})
}

// Rows that older versions of akin wrote are found and cleared away.
func TestAddressesOfOlderStores(t *testing.T) {
	const site, address = "https://quay.example", "https://quay.example:443/weir/index.html?srsltid=1"
	for name, key := range map[string]store.Key{"first form": engine.LegacyAddress(site, address), "second form": engine.FormerAddress(address)} {
		t.Run(name, func(t *testing.T) {
			b := addressBook{t, memory.New()}
			b.put(site, recommend.Item{ID: "a", Title: "Weir", URL: address})
			rows, err := b.store.Get(t.Context(), store.Strong, key)
			if err != nil || rows[0].Rev != 0 {
				t.Fatalf("row %v, %v", rows, err)
			}
			err = b.store.Apply(t.Context(), store.Tx{{Row: store.Row{Key: key, Data: []byte("a"), Rev: 3}}})[0]
			if err != nil {
				t.Fatal(err)
			}
			b.finds(site, address, "a")
			b.put(site, recommend.Item{ID: "a", Status: recommend.Withdrawn})
			b.finds(site, address, "")
			if rows, err = b.store.Get(t.Context(), store.Strong, key); err != nil || rows[0].Rev != 0 {
				t.Errorf("row %v, %v is left", rows, err)
			}
		})
	}
}

// An answer says where relative addresses of its entries belong, and says nothing
// where there are none.
func TestRelatedNamesTheSite(t *testing.T) {
	for _, tt := range []struct{ url, site, want string }{
		{"/news/lock", "https://quay.example", "https://quay.example"},
		{"/news/lock", "", ""},
		{"https://quay.example/news/lock", "https://quay.example", ""},
		{"", "https://quay.example", ""},
	} {
		b := addressBook{t, memory.New()}
		b.put("", recommend.Item{ID: "weir", Title: "Weir", Lang: "en"}, recommend.Item{ID: "lock", Title: "Lock", URL: tt.url, Lang: "en"})
		got, err := engine.NewReader(b.store, engine.ReaderOptions{Site: tt.site}).Related(b.Context(), "weir", recommend.Query{})
		if err != nil {
			t.Fatal(err)
		}
		if len(got.Related) != 1 || got.Site != tt.want {
			t.Errorf("entry at %q, site %q: %d entries, site %q, want 1 and %q", tt.url, tt.site, len(got.Related), got.Site, tt.want)
		}
	}
}
