package wire

import (
	"context"
	"log/slog"
	"strings"
	"testing"

	"akin/infra/memory"
	"akin/recommend/engine"
	"akin/recommend/store"
)

// A function leaves a table alone that a later program wrote, and looks once.
func TestFormatIsLookedAtOnce(t *testing.T) {
	meter := store.NewMeter(memory.New())
	f := &formatted{Store: meter}
	row := store.Row{Key: store.Key{Part: "p", Sort: "a"}, Rev: 1}
	if _, err := f.Get(t.Context(), store.Strong, row.Key); err != nil {
		t.Fatal(err)
	}
	if err := f.Apply(t.Context(), store.Tx{{Row: row}})[0]; err != nil {
		t.Fatal(err)
	}
	meter.Take()
	for range 3 {
		if _, _, err := f.Query(t.Context(), store.Strong, store.Range{Part: "p"}); err != nil {
			t.Fatal(err)
		}
		if err := f.Apply(t.Context(), store.Tx{{Row: row}})[0]; err != nil {
			t.Fatal(err)
		}
	}
	if n := meter.Take().Requests; n != 6 {
		t.Errorf("six calls made %d requests", n)
	}

	later := memory.New()
	if err := engine.CheckFormat(t.Context(), &latest{later}); err == nil {
		t.Fatal("a format that is to come is none")
	}
	f = &formatted{Store: later}
	const want = "the store has format 1000"
	if _, err := f.Get(t.Context(), store.Strong, row.Key); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("Get = %v, want %s", err, want)
	}
	if _, _, err := f.Query(t.Context(), store.Strong, store.Range{Part: "p"}); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("Query = %v, want %s", err, want)
	}
	for _, err := range f.Apply(t.Context(), store.Tx{{Row: row}}, store.Tx{{Row: row}}) {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Apply = %v, want %s", err, want)
		}
	}
}

// A latest writes formats that are to come.
type latest struct{ store.Store }

func (l *latest) Apply(ctx context.Context, txs ...store.Tx) []error {
	txs[0][0].Row.Data = []byte("1000")
	return l.Store.Apply(ctx, txs...)
}

// The words of all languages are read when something needs them; settings of
// the site's own are checked when the function starts.
func TestSettings(t *testing.T) {
	env := func(settings string) Env {
		return func(name string) string { return map[string]string{"AKIN_SETTINGS": settings, "AKIN_TABLE": "t"}[name] }
	}
	log := slog.New(slog.DiscardHandler)
	for _, settings := range []string{"", `{"k": 20}`} {
		f, err := New(env(settings), log, memory.New())
		if err != nil {
			t.Fatal(err)
		}
		if x, err := f.Indexer()(); err != nil || x == nil {
			t.Errorf("with settings %q, no indexer: %v", settings, err)
		}
	}
	if _, err := New(env(`{"k": 0}`), log, memory.New()); err == nil || !strings.Contains(err.Error(), "AKIN_SETTINGS: settings: k") {
		t.Errorf("settings that are wrong: %v", err)
	}
}
