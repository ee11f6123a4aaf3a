package engine_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"akin/infra/memory"
	"akin/infra/test/storetest"
	"akin/infra/test/tools"
	"akin/recommend"
	"akin/recommend/engine"
	"akin/recommend/store"
	"akin/recommend/text"
)

// A world is a store, the clock, and what its items must be.
type world struct {
	t       *rapid.T
	memory  store.Store
	now     time.Time
	engine  *site
	model   map[string]recommend.Item // by id, as last acknowledged
	doubt   map[string]bool           // ids of which an answer was lost
	blocked map[string][]string       // works that must not be shown beside others, by those
	history []recommend.Item          // everything ever handed over
}

// settings keep lists short, so that items enter and leave them all the time.
// There are no word lists, as reading them at every restart would take most of
// the time.
var shortLists = sync.OnceValue(func() recommend.Settings {
	s := recommend.DefaultSettings()
	s.K = 3
	s.MinScore, s.Odds = 0, 0
	s.Text = text.Settings{}
	return s
})

func newWorld(t *rapid.T) *world {
	limits := rapid.SampledFrom([]store.Limits{memory.New().Limits(), {Ops: 1 << 20, Bytes: 64 << 20}}).Draw(t, "limits")
	w := &world{t: t, memory: memory.NewLimited(limits), now: time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)}
	w.model, w.doubt, w.blocked = map[string]recommend.Item{}, map[string]bool{}, map[string][]string{}
	w.engine = w.open(w.memory)
	return w
}

func (w *world) open(s store.Store) *site {
	clock := func() time.Time { return w.now }
	settings := shortLists()
	p, err := engine.NewPublisher(s, settings, engine.PublisherOptions{Now: clock})
	if err != nil {
		w.t.Fatal(err)
	}
	return &site{
		store: s, publisher: p,
		indexer: engine.NewIndexer(s, settings, engine.IndexerOptions{Now: clock}),
		reader:  engine.NewReader(s, engine.ReaderOptions{Now: clock, HeadAge: time.Second}), // as a server does
	}
}

var vocabulary = strings.Fields("flood rent harbour visa bus school heat clinic market border tram orchard")

// topics are what items may be filed under; editors merge them.
var topics = []string{"cities", "ports", "work"}

func (w *world) item() recommend.Item {
	id := fmt.Sprintf("item%d", rapid.IntRange(1, 14).Draw(w.t, "id"))
	words := rapid.SliceOfN(rapid.SampledFrom(vocabulary), 1, 5).Draw(w.t, "words")
	it := recommend.Item{ID: id, Title: strings.Join(words, ", "), Lang: "en", Status: recommend.Published}
	it.Date = rapid.SampledFrom([]string{"", "2024-01", "2024-01-02"}).Draw(w.t, "date")
	it.Topics = rapid.SliceOfNDistinct(rapid.SampledFrom(topics), 0, 2, rapid.ID).Draw(w.t, "topics")
	it.Version = w.model[id].Version + int64(rapid.IntRange(1, 2).Draw(w.t, "step"))
	// The last ones are versions of the first ones' works, now of this and now of that.
	it.Lang = rapid.SampledFrom([]string{"en", "en", "es", "pt-BR"}).Draw(w.t, "lang")
	if !slices.Contains(originals, id) {
		it.TranslationOf = rapid.SampledFrom(append(originals, "", "", "")).Draw(w.t, "original")
	}
	if after := rapid.SampledFrom([]time.Duration{0, 0, 0, 0, -time.Hour, 30 * time.Second, time.Hour}).Draw(w.t, "embargo"); after != 0 {
		it.VisibleFrom = w.now.Add(after)
	}
	return it
}

// originals are the items that others are translations of.
var originals = []string{"item1", "item2", "item3"}

// hand gives an item to an engine and keeps the model.
func (w *world) hand(e *site, it recommend.Item) {
	w.history = append(w.history, it)
	var r recommend.Result
	if it.Status == recommend.Withdrawn {
		r = e.publisher.Withdraw(context.Background(), it.ID, it.Version)
	} else {
		r = e.publisher.Put(context.Background(), it)[0]
	}
	var conflict *recommend.ConflictError
	switch {
	case r.Err == nil:
		it.Version = r.Version
		w.model[it.ID] = it
	case errors.As(r.Err, &conflict):
		if !w.doubt[it.ID] && it.Version > w.model[it.ID].Version {
			w.t.Fatalf("version %d of %q was refused over %d: %v", it.Version, it.ID, w.model[it.ID].Version, r.Err)
		}
	default:
		w.doubt[it.ID] = true
	}
}

// settle opens an engine on the healthy store, after every lease has run out,
// and finds out what became of items in doubt.
func (w *world) settle() {
	w.now = w.now.Add(time.Minute)
	w.engine = w.open(w.memory)
	for id := range w.doubt {
		s, err := w.engine.reader.Item(context.Background(), id)
		switch {
		case errors.Is(err, recommend.ErrNotFound):
			if _, ok := w.model[id]; ok {
				w.t.Fatalf("%q was acknowledged and is gone", id)
			}
		case err != nil:
			w.t.Fatal(err)
		default:
			if s.Version < w.model[id].Version {
				w.t.Fatalf("%q has version %d, but %d was acknowledged", id, s.Version, w.model[id].Version)
			}
			w.model[id] = s.Item
		}
	}
	clear(w.doubt)
}

// verify holds the store to the promises.
func (w *world) verify() {
	ctx := context.Background()
	ds, n, err := w.engine.indexer.Check(ctx, nil)
	if err != nil && !errors.Is(err, engine.ErrNoGeneration) {
		w.t.Fatal(err)
	}
	for _, d := range ds {
		w.t.Errorf("not exact: %v", d)
	}
	damage, err2 := w.engine.indexer.Walk(ctx)
	if err2 != nil {
		w.t.Fatal(err2)
	}
	for _, d := range damage {
		w.t.Errorf("damaged: %v", d)
	}
	live := 0
	for _, id := range slices.Sorted(maps.Keys(w.model)) {
		want := w.model[id]
		got, err := w.engine.reader.Item(ctx, id)
		if err != nil {
			w.t.Fatal(err)
		}
		if got.Version != want.Version || got.Status != want.Status || got.Title != want.Title {
			w.t.Errorf("%q is version %d (%s, %q), want %d (%s, %q)", id, got.Version, got.Status, got.Title, want.Version, want.Status, want.Title)
		}
		// Answers are filled up from the same few listings.
		r, err := w.engine.reader.Related(ctx, id, recommend.Query{Limit: 20, NoFill: live%3 > 0})
		if want.Status == recommend.Withdrawn {
			if !errors.Is(err, recommend.ErrWithdrawn) {
				w.t.Errorf("related to the withdrawn %q: %v", id, err)
			}
			continue
		}
		live++
		if want.Embargoed(w.now) {
			if !errors.Is(err, recommend.ErrNotFound) {
				w.t.Errorf("related to %q, which is under embargo: %v", id, err)
			}
			continue
		}
		if err != nil {
			w.t.Fatal(err)
		}
		works := []string{want.Group()}
		for _, e := range r.Related {
			other := w.model[e.ID]
			if e.ID == id || other.Status == recommend.Withdrawn || other.Embargoed(w.now) || slices.Contains(w.blocked[want.Group()], other.Group()) {
				w.t.Errorf("%q shows %q", id, e.ID)
			}
			if slices.Contains(works, other.Group()) {
				w.t.Errorf("%q shows the work of %q twice, or is of it", id, e.ID)
			}
			if works = append(works, other.Group()); e.Tier != recommend.TierPinned && other.Lang != want.Lang && w.speaks(other.Group(), want.Lang) {
				w.t.Errorf("%q, in %s, shows %q in %s, though there is a version in %s", id, want.Lang, e.ID, other.Lang, want.Lang)
			}
			sum := recommend.Millionths(0)
			for _, why := range e.Why {
				sum += why.Part
			}
			if sum != e.Score {
				w.t.Errorf("%q shows %q: parts add up to %v, not to %v", id, e.ID, sum, e.Score)
			}
		}
	}
	if err == nil && n != 0 && n != live {
		w.t.Errorf("%d lists were compared, but %d items are live", n, live)
	}
	s, err := w.engine.reader.Status(ctx)
	if err != nil {
		w.t.Fatal(err)
	}
	if s.Items != live || s.Withdrawn != len(w.model)-live || len(s.DeadLetters) > 0 {
		w.t.Errorf("status %+v, want %d items and %d withdrawn", s, live, len(w.model)-live)
	}
}

// speaks reports whether readers may see a version of a work in a language.
func (w *world) speaks(work, lang string) bool {
	for _, it := range w.model {
		if it.Group() == work && it.Lang == lang && it.Status == recommend.Published && !it.Embargoed(w.now) && len(w.doubt) == 0 {
			return true
		}
	}
	return false
}

// step does one thing with an engine that may be failing.
func (w *world) step(e *site) {
	ctx := context.Background()
	switch rapid.IntRange(0, 11).Draw(w.t, "step") {
	case 0, 1, 2, 3:
		w.hand(e, w.item())
	case 4:
		it := w.item()
		it = recommend.Item{ID: it.ID, Version: it.Version, Status: recommend.Withdrawn}
		w.hand(e, it)
	case 5: // late or twice
		if len(w.history) > 0 {
			w.hand(e, rapid.SampledFrom(w.history).Draw(w.t, "again"))
		}
	case 6, 7:
		_, _ = e.indexer.CatchUp(ctx)
	case 8:
		_, _ = e.indexer.Reindex(ctx, engine.ReindexOptions{Force: rapid.Bool().Draw(w.t, "force")})
	case 9:
		_, _ = e.indexer.Rollback(ctx)
	case 11:
		id, other := rapid.SampledFrom(originals).Draw(w.t, "of"), rapid.SampledFrom(originals).Draw(w.t, "blocked")
		_, err := e.publisher.Curate(ctx, id, recommend.Curation{Blocks: []recommend.Decision{{ID: other}}}, engine.Edit{IfMatch: "*"})
		switch {
		case err == nil: // blocks hold both ways, and those before are gone
			for of, others := range w.blocked {
				w.blocked[of] = slices.DeleteFunc(others, func(o string) bool { return o == id })
			}
			w.blocked[id] = []string{other}
		case !errors.Is(err, recommend.ErrNotFound): // perhaps it is stored
			clear(w.blocked)
		}
	case 10: // what editors do is not a change of any list before the next generation
		var c recommend.TopicCuration
		if into := rapid.SampledFrom(append(topics, "")).Draw(w.t, "into"); into != "" {
			c.MergedInto = &recommend.Decision{ID: into}
		}
		_, _ = e.publisher.CurateTopic(ctx, rapid.SampledFrom(topics).Draw(w.t, "topic"), c, engine.Edit{IfMatch: "*"})
	}
}

// Promises 1, 2, 4, 6, 7 and 10: after any sequence of publishes, corrections,
// withdrawals, late and repeated events, rebuilds and rollbacks, crashes between
// any two writes, lost answers, and writers that freeze and wake, the lists
// are exact and nothing acknowledged is lost.
func TestListsAreExactAfterAnything(t *testing.T) {
	checks := flag.Lookup("rapid.checks")
	if tools.Raced() && checks.Value.String() == checks.DefValue { // make tests does as many as that without it
		if err := checks.Value.Set("25"); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = checks.Value.Set(checks.DefValue) })
	}
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		t.Repeat(map[string]func(*rapid.T){
			"step": func(t *rapid.T) { w.t = t; w.step(w.engine) },
			"more": func(t *rapid.T) { w.t = t; w.step(w.engine) },
			"batch": func(t *rapid.T) {
				w.t = t
				for range rapid.IntRange(2, 6).Draw(t, "items") {
					w.hand(w.engine, w.item())
				}
				_, _ = w.engine.indexer.CatchUp(context.Background())
			},
			"crash": func(t *rapid.T) {
				w.t = t
				f := &storetest.Faults{
					CrashAt:      rapid.IntRange(1, 30).Draw(t, "crash at"),
					CrashWritten: rapid.Bool().Draw(t, "written"),
					Shuffle:      rapid.Bool().Draw(t, "shuffle"),
					Seed:         rapid.Uint64().Draw(t, "seed"),
				}
				e := w.open(f.Wrap(w.memory))
				for i := 0; i < 6 && !f.Crashed(); i++ {
					w.step(e)
				}
				w.settle()
			},
			"lost answers": func(t *rapid.T) {
				w.t = t
				f := &storetest.Faults{
					Before: 0.1, After: 0.1, Reads: 0.05, Shuffle: true, PageRows: 3,
					Seed: rapid.Uint64().Draw(t, "seed"),
				}
				e := w.open(f.Wrap(w.memory))
				for range 5 {
					w.step(e)
				}
				w.settle()
			},
			"freeze": func(t *rapid.T) { w.t = t; w.freeze() },
			"":       func(t *rapid.T) { w.t = t; w.verifyNow() },
		})
		w.t = t
		w.settle()
		w.verify()
	})
}

// verifyNow checks without changing what is waiting: it looks through a new
// engine now and then.
func (w *world) verifyNow() {
	if rapid.IntRange(0, 5).Draw(w.t, "verify") == 0 {
		w.settle()
		w.verify()
	}
}

// freeze lets one writer stop between two of its writes, another one work
// meanwhile, and the first one wake.
func (w *world) freeze() {
	point := rapid.IntRange(1, 25).Draw(w.t, "freeze at")
	frozen, wake := make(chan struct{}), make(chan struct{})
	f := &storetest.Faults{Hook: func(p int, _ store.Tx) {
		if p == point {
			close(frozen)
			<-wake
		}
	}}
	// What the sleeper does is drawn before, as draws belong to one goroutine.
	w.hand(w.engine, w.item())
	w.hand(w.engine, w.item())
	act := rapid.IntRange(0, 3).Draw(w.t, "sleeper")
	sleeper := w.open(f.Wrap(w.memory))
	done := make(chan struct{})
	go func() {
		defer close(done)
		ctx := context.Background()
		switch act {
		case 0, 1:
			_, _ = sleeper.indexer.CatchUp(ctx)
		case 2:
			_, _ = sleeper.indexer.Reindex(ctx, engine.ReindexOptions{Force: true})
		case 3:
			_, _ = sleeper.indexer.Rollback(ctx)
		}
	}()
	select {
	case <-frozen:
	case <-done:
	}
	w.settle()
	for range rapid.IntRange(1, 6).Draw(w.t, "meanwhile") {
		w.step(w.engine)
	}
	close(wake)
	<-done
	w.settle()
	w.verify()
}
