package engine_test

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"akin/infra/memory"
	"akin/infra/test/storetest"
	"akin/recommend"
	"akin/recommend/engine"
	"akin/recommend/store"
)

var (
	receiptRounds = flag.Int("receipts.rounds", 80, "rounds of the test that receipts name what changed")
	receiptSeed   = flag.Uint64("receipts.seed", 1, "its seed")
)

// published returns everything that is published, by the name of its file.
func published(t testing.TB, s store.Store, x *engine.Indexer, now func() time.Time) map[string]string {
	t.Helper()
	r := engine.NewReader(s, engine.ReaderOptions{Now: now, HeadAge: time.Hour, Index: func() (engine.Ranker, error) { return x, nil }})
	files := map[string]string{}
	keep := func(name string, v any) {
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = string(b)
	}
	for it, err := range r.All(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		a, err := r.Related(t.Context(), it.ID, recommend.Query{Limit: 6})
		if errors.Is(err, recommend.ErrNotFound) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		keep("items/"+it.ID, a.Public())
	}
	topics, err := r.Topics(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if topics, err = r.Showable(t.Context(), topics...); err != nil {
		t.Fatal(err)
	}
	for _, topic := range topics {
		page := recommend.PublicTopic{Topic: topic}
		for q := (recommend.ListQuery{Limit: 100}); ; {
			l, err := r.Listing(t.Context(), topic.Slug, q)
			if err != nil {
				t.Fatal(err)
			}
			page.Items = append(page.Items, l.Items...)
			if q.Cursor = l.NextCursor; q.Cursor == "" {
				break
			}
		}
		keep("topics/"+topic.Slug, page)
	}
	return files
}

// A publishing is a store that much happens to.
type publishing struct {
	t      *testing.T
	rand   *rand.Rand
	memory store.Store
	now    time.Time
	engine *site
	before map[string]string // what was published
	told   uint64            // the last receipt
	seen   map[string]int    // what happened
}

func (c *publishing) clock() time.Time { return c.now }

func (c *publishing) open(s store.Store) *site {
	settings := shortLists()
	settings.K = 9
	p, err := engine.NewPublisher(s, settings, engine.PublisherOptions{Now: c.clock})
	if err != nil {
		c.t.Fatal(err)
	}
	return &site{
		store: s, publisher: p,
		indexer: engine.NewIndexer(s, settings, engine.IndexerOptions{Now: c.clock, Alone: true, Receipts: true}),
		reader:  engine.NewReader(s, engine.ReaderOptions{Now: c.clock}),
	}
}

func pick[T any](r *rand.Rand, of ...T) T { return of[r.IntN(len(of))] }

var slugsTold = []string{"cities", "ports", "work", "water", "law"}

func (c *publishing) item() recommend.Item {
	r := c.rand
	var words []string
	for range 1 + r.IntN(3) {
		words = append(words, pick(r, vocabulary...))
	}
	it := recommend.Item{ID: fmt.Sprintf("item%d", r.IntN(45)), Title: strings.Join(words, ", "), Status: recommend.Published}
	it.Date = pick(r, "", "2024-01", "2024-01-02", "2023", "2022-05-05")
	it.Lang = pick(r, "en", "en", "es", "pt-BR")
	it.Types = pick(r, nil, []string{"Report"}, []string{"Post"})
	it.Authors = pick(r, nil, nil, []string{"Ana"}, []string{"Bo"})
	for _, slug := range slugsTold {
		if r.IntN(4) == 0 {
			it.Topics = append(it.Topics, slug)
		}
	}
	if r.IntN(4) == 0 {
		it.TranslationOf = fmt.Sprintf("item%d", r.IntN(8))
		if it.TranslationOf == it.ID {
			it.TranslationOf = ""
		}
	}
	if r.IntN(6) == 0 {
		it.VisibleFrom = c.now.Add(pick(r, -time.Hour, 30*time.Second, 40*time.Minute))
	}
	return it
}

func (c *publishing) id() string { return fmt.Sprintf("item%d", c.rand.IntN(45)) }

// happen does one thing, and returns what.
func (c *publishing) happen() string {
	ctx, r, e := c.t.Context(), c.rand, c.engine
	aNote := func() recommend.Note {
		n := recommend.Note{}
		if r.IntN(3) == 0 {
			n.Expires = c.now.Add(20 * time.Minute)
		}
		return n
	}
	must := func(err error) {
		var invalid *recommend.InvalidError
		if err != nil && !errors.As(err, &invalid) && !errors.Is(err, recommend.ErrNotFound) && !errors.Is(err, recommend.ErrTopicNotFound) {
			c.t.Fatal(err)
		}
	}
	switch r.IntN(20) {
	default:
		e.publisher.Put(ctx, c.item())
		return "publish"
	case 1, 2:
		e.publisher.Withdraw(ctx, c.id(), 0)
		return "withdraw"
	case 3:
		var cur recommend.Curation
		for range r.IntN(3) {
			cur.Pins = append(cur.Pins, recommend.Decision{ID: c.id(), Note: aNote(), Position: r.IntN(4)})
		}
		for range r.IntN(2) {
			cur.Blocks = append(cur.Blocks, recommend.Decision{ID: c.id(), Note: aNote()})
		}
		if r.IntN(4) == 0 {
			n := aNote()
			cur.NoSimilar = &n
		}
		if r.IntN(6) == 0 {
			n := aNote()
			cur.Exclude = &n
		}
		if r.IntN(4) == 0 {
			cur.NotByTopic = []recommend.Decision{{ID: pick(r, slugsTold...), Note: aNote()}}
		}
		_, err := e.publisher.Curate(ctx, c.id(), cur, engine.Edit{IfMatch: "*"})
		must(err)
		return "curate"
	case 4:
		topic := recommend.Topic{Slug: pick(r, slugsTold...), Title: pick(r, "One", "Two"), Parent: pick(r, append(slugsTold, "", "", "above")...)}
		for range r.IntN(3) {
			topic.Featured = append(topic.Featured, c.id())
		}
		_ = e.publisher.PutTopics(ctx, topic) // a circle is refused
		return "topic"
	case 5:
		var cur recommend.TopicCuration
		if r.IntN(2) == 0 {
			d := recommend.Decision{ID: pick(r, slugsTold...), Note: aNote()}
			cur.MergedInto = &d
		}
		if r.IntN(2) == 0 {
			cur.Featured = []recommend.Decision{{ID: c.id(), Note: aNote()}}
		}
		_, err := e.publisher.CurateTopic(ctx, pick(r, slugsTold...), cur, engine.Edit{IfMatch: "*"})
		must(err)
		return "curate topic"
	case 6:
		c.now = c.now.Add(pick(r, time.Second, time.Minute, 16*time.Minute, time.Hour))
		return "time"
	case 7:
		if r.IntN(3) > 0 {
			return "nothing"
		}
		settings := pick(r, `{}`, `{"lists":{"share":0.2}}`, `{"lists":{"maxAge":[{"type":"Report","days":400}]}}`, `{"lists":{"boosts":[{"type":"Post","factor":3}]}}`, `{"lists":{"exposure":0.3}}`)
		if _, err := e.publisher.PutSettings(ctx, []byte(settings), engine.Edit{IfMatch: "*"}); err != nil {
			c.t.Fatal(err)
		}
		return "settings " + settings
	case 8:
		if r.IntN(4) > 0 {
			return "nothing"
		}
		if _, err := e.indexer.Reindex(ctx, engine.ReindexOptions{Force: true}); err != nil {
			c.t.Fatal(err)
		}
		return "reindex"
	case 9:
		if r.IntN(6) > 0 {
			return "nothing"
		}
		_, _ = e.indexer.Rollback(ctx)
		return "rollback"
	case 10:
		var items []recommend.Item
		for range 1 + r.IntN(30) {
			items = append(items, c.item())
		}
		e.publisher.Put(ctx, items...)
		return "batch"
	}
}

// tell indexes and tells, now and then with a crash between any two writes, or by a
// process that knows nothing yet.
func (c *publishing) tell() string {
	ctx, how := context.Background(), ""
	switch c.rand.IntN(6) {
	case 0: // indexed by one that tells nothing
		quiet := engine.NewIndexer(c.memory, shortLists(), engine.IndexerOptions{Now: c.clock, Alone: true})
		if _, err := quiet.CatchUp(ctx); err != nil {
			c.t.Fatal(err)
		}
		how = "indexed elsewhere"
	case 1:
		c.engine = c.open(c.memory)
		how = "restart"
	case 2:
		f := &storetest.Faults{CrashAt: 1 + c.rand.IntN(25), CrashWritten: c.rand.IntN(2) == 0, Shuffle: true, Seed: c.rand.Uint64()}
		e := c.open(f.Wrap(c.memory))
		if _, err := e.indexer.CatchUp(ctx); err == nil {
			_ = e.indexer.Tell(ctx, true)
		}
		if how = "no crash"; f.Crashed() {
			how = "crash"
			c.now = c.now.Add(time.Millisecond)
		}
		c.engine = c.open(c.memory)
	}
	if _, err := c.engine.indexer.CatchUp(ctx); err != nil {
		c.t.Fatal(err)
	}
	if c.rand.IntN(2) == 0 { // as a request does
		if err := c.engine.indexer.Tell(ctx, false); err != nil {
			c.t.Fatal(err)
		}
	}
	if err := c.engine.indexer.Tell(ctx, true); err != nil {
		c.t.Fatal(err)
	}
	return how
}

// round lets things happen and holds the receipts to what is published before and after.
func (c *publishing) round(n int) {
	var happened []string
	for range 1 + c.rand.IntN(2) {
		what := c.happen()
		c.seen[strings.Fields(what)[0]]++
		happened = append(happened, what)
	}
	if slices.ContainsFunc(happened, func(s string) bool { return s == "time" || strings.HasPrefix(s, "re") || strings.HasPrefix(s, "ro") }) {
		c.now = c.now.Add(engine.ReviewEvery) // time alone is told by then
	}
	how := c.tell()
	c.seen[how]++
	receipts, err := c.engine.reader.Receipts(c.t.Context(), c.told, 1000)
	if err != nil {
		c.t.Fatal(err)
	}
	named := map[string]bool{}
	for i, r := range receipts {
		if r.Number != c.told+1 {
			c.t.Errorf("round %d: receipt %d follows %d", n, r.Number, c.told)
		}
		c.told = r.Number
		if r.All {
			c.t.Errorf("round %d: receipt %d names everything", n, r.Number)
		}
		for _, id := range r.Lists {
			named["items/"+id] = true
		}
		for _, slug := range r.Topics {
			named["topics/"+slug] = true
		}
		if len(r.Lists)+len(r.Topics) == 0 || len(r.Causes) == 0 {
			c.t.Errorf("round %d: receipt %d names nothing: %+v", n, i, r)
		}
	}
	after := published(c.t, c.memory, c.engine.indexer, c.clock)
	changed := map[string]bool{}
	for name := range after {
		changed[name] = after[name] != c.before[name]
	}
	for name := range c.before {
		changed[name] = after[name] != c.before[name]
	}
	maps.DeleteFunc(changed, func(_ string, is bool) bool { return !is })
	if !maps.Equal(named, changed) {
		for name := range changed {
			if !named[name] {
				c.t.Errorf("round %d (%v, %s): %s changed and is not named; at %s", n, happened, how, name, apart(c.before[name], after[name]))
			}
		}
		for name := range named {
			if !changed[name] {
				c.t.Errorf("round %d (%v, %s): %s is named and did not change: %+v", n, happened, how, name, receipts)
			}
		}
		c.t.FailNow()
	}
	c.before = after
	c.seen["lists"] += len(named)
}

// Receipts name what changed of what is published, neither more nor less, whatever happens, also where
// a writer crashed between any two writes or another one indexed.
func TestReceiptsNameWhatChanged(t *testing.T) {
	for i, limits := range []store.Limits{memory.New().Limits(), {Ops: 1 << 20, Bytes: 64 << 20}} {
		t.Run(fmt.Sprint(limits.Ops), func(t *testing.T) {
			c := &publishing{t: t, rand: rand.New(rand.NewPCG(*receiptSeed, uint64(i))), memory: memory.NewLimited(limits), now: time.Now().UTC().Truncate(time.Hour), seen: map[string]int{}}
			c.engine = c.open(c.memory)
			var items []recommend.Item
			for range 60 {
				items = append(items, c.item())
			}
			c.engine.publisher.Put(t.Context(), items...)
			if err := c.engine.publisher.PutTopics(t.Context(), recommend.Topic{Slug: "cities", Title: "Cities"}); err != nil {
				t.Fatal(err)
			}
			if _, err := c.engine.indexer.Reindex(t.Context(), engine.ReindexOptions{}); err != nil {
				t.Fatal(err)
			}
			if err := c.engine.indexer.Tell(t.Context(), true); err != nil {
				t.Fatal(err)
			}
			first, err := c.engine.reader.Receipts(t.Context(), 0, 10)
			if err != nil || len(first) != 1 || !first[0].All {
				t.Fatalf("the first receipts are %+v (%v), want one that names everything", first, err)
			}
			c.told = 1
			c.before = published(t, c.memory, c.engine.indexer, c.clock)
			for n := range *receiptRounds {
				c.round(n)
			}
			t.Logf("%v", c.seen)
		})
	}
}

// A writer of receipts that crashes between any two writes keeps nobody from telling of what happens next, and
// what it had begun to tell is told.
func TestReceiptsGoOnAfterACrash(t *testing.T) {
	var ids []string
	for i := range 20 { // more than a transaction takes
		ids = append(ids, fmt.Sprintf("item%02d", i))
	}
	for at := 1; ; at++ {
		c := &publishing{t: t, rand: rand.New(rand.NewPCG(7, 7)), memory: memory.NewLimited(store.Limits{Ops: 16, Bytes: 4 << 20}), now: time.Now().UTC().Truncate(time.Hour), seen: map[string]int{}}
		c.engine = c.open(c.memory)
		put := func(title string) {
			t.Helper()
			for _, id := range ids {
				if r := c.engine.publisher.Put(t.Context(), recommend.Item{ID: id, Title: title + " " + id, Lang: "en", Topics: []string{"ports"}})[0]; r.Err != nil {
					t.Fatal(r.Err)
				}
			}
		}
		put("Harbour cranes")
		if _, err := c.engine.indexer.Reindex(t.Context(), engine.ReindexOptions{}); err != nil {
			t.Fatal(err)
		}
		if err := c.engine.indexer.Tell(t.Context(), true); err != nil {
			t.Fatal(err)
		}
		put("Harbour pilots")
		f := &storetest.Faults{CrashAt: at, Shuffle: true, Seed: uint64(at)}
		e := c.open(f.Wrap(c.memory))
		if _, err := e.indexer.CatchUp(t.Context()); err == nil {
			_ = e.indexer.Tell(t.Context(), true)
		}
		c.engine = c.open(c.memory)
		put("Harbour dues") // the same lists once more
		if _, err := c.engine.indexer.CatchUp(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := c.engine.indexer.Tell(t.Context(), true); err != nil {
			t.Fatalf("after a crash at write %d: %v", at, err)
		}
		receipts, err := c.engine.reader.Receipts(t.Context(), 1, 100)
		if err != nil || len(receipts) == 0 || !slices.Equal(receipts[len(receipts)-1].Lists, ids) {
			t.Errorf("after a crash at write %d, the last of the receipts does not name what changed: %+v (%v)", at, receipts, err)
		}
		if !f.Crashed() {
			return
		}
	}
}

// Several processes that tell of one store at once leave nothing untold, whoever is late.
func TestReceiptsOfSeveralWriters(t *testing.T) {
	for seed := range uint64(8) {
		s := memory.NewLimited(store.Limits{Ops: 16, Bytes: 4 << 20})
		c := &publishing{t: t, rand: rand.New(rand.NewPCG(seed, 3)), memory: s, now: time.Now().UTC().Truncate(time.Hour), seen: map[string]int{}}
		c.engine = c.open(s)
		var items []recommend.Item
		for range 60 {
			items = append(items, c.item())
		}
		c.engine.publisher.Put(t.Context(), items...)
		if _, err := c.engine.indexer.Reindex(t.Context(), engine.ReindexOptions{}); err != nil {
			t.Fatal(err)
		}
		if err := c.engine.indexer.Tell(t.Context(), true); err != nil {
			t.Fatal(err)
		}
		before := published(t, s, c.engine.indexer, c.clock)
		f := &storetest.Faults{Shuffle: true, Seed: seed, Hook: func(int, store.Tx) { runtime.Gosched() }}
		writers := []*site{c.open(f.Wrap(s)), c.open(f.Wrap(s)), c.open(s)}
		var all sync.WaitGroup
		for range 5 {
			for range 3 {
				c.engine.publisher.Put(t.Context(), c.item())
			}
			c.engine.publisher.Withdraw(t.Context(), c.id(), 0)
			if _, err := c.engine.indexer.CatchUp(t.Context()); err != nil {
				t.Fatal(err)
			}
			for _, w := range writers {
				all.Go(func() { _ = w.indexer.Tell(context.Background(), true) }) // most are too late
			}
			all.Wait()
		}
		if err := c.open(s).indexer.Tell(t.Context(), true); err != nil {
			t.Fatal(err)
		}
		receipts, err := c.engine.reader.Receipts(t.Context(), 1, 1000)
		if err != nil {
			t.Fatal(err)
		}
		named := map[string]bool{}
		for _, r := range receipts {
			for _, id := range r.Lists {
				named["items/"+id] = true
			}
			for _, slug := range r.Topics {
				named["topics/"+slug] = true
			}
		}
		after := published(t, s, c.engine.indexer, c.clock)
		for name := range after {
			if after[name] != before[name] && !named[name] {
				t.Errorf("seed %d: %s changed and is not named", seed, name)
			}
		}
		for name := range before {
			if after[name] == "" && !named[name] {
				t.Errorf("seed %d: %s is gone and is not named", seed, name)
			}
		}
	}
}

// Where all is told, telling reads a few rows and nothing of works; decisions of editors that end are told then,
// however seldom all lists are looked at.
func TestReceiptsAreIdleUntilADecisionEnds(t *testing.T) {
	now := time.Now().UTC().Truncate(time.Hour)
	meter := store.NewMeter(memory.New())
	e := newEngine(t, meter, shortLists())
	for _, id := range []string{"cranes", "pilots", "dues"} {
		e.put(t, recommend.Item{ID: id, Title: "Harbour " + id, Lang: "en", Date: "2024-01-01"})
	}
	e.put(t, recommend.Item{ID: "law", Title: "The law of property", Lang: "en", Date: "2020-01-01"})
	indexed(t, e)
	open := func() *engine.Indexer {
		return engine.NewIndexer(meter, shortLists(), engine.IndexerOptions{Now: func() time.Time { return now }, Alone: true, Receipts: true, ReviewEvery: 24 * time.Hour})
	}
	tell := func(x *engine.Indexer) store.Usage {
		t.Helper()
		meter.Take()
		if err := x.Tell(t.Context(), true); err != nil {
			t.Fatal(err)
		}
		return meter.Take()
	}
	tell(open())
	pins := recommend.Curation{Pins: []recommend.Decision{{ID: "law", Note: recommend.Note{Expires: now.Add(20 * time.Minute)}}}}
	if _, err := e.publisher.Curate(t.Context(), "cranes", pins, engine.Edit{IfMatch: "*"}); err != nil {
		t.Fatal(err)
	}
	tell(open())
	last := func() recommend.Receipt {
		t.Helper()
		all, err := e.reader.Receipts(t.Context(), 0, 100)
		if err != nil {
			t.Fatal(err)
		}
		return all[len(all)-1]
	}
	if r := last(); r.Number != 2 || !slices.Equal(r.Lists, []string{"cranes"}) || r.Causes[0].Kind != recommend.CauseEditors {
		t.Fatalf("the pin is told by %+v", r)
	}
	now = now.Add(19 * time.Minute)
	if u := tell(open()); u.Reads > 8 || u.Writes > 0 || u.Requests > 2 {
		t.Errorf("where all is told, a new process takes %+v", u)
	}
	now = now.Add(time.Minute)
	tell(open())
	if r := last(); r.Number != 3 || !slices.Equal(r.Lists, []string{"cranes"}) || r.Causes[0].Kind != recommend.CauseTime {
		t.Errorf("the end of the pin is told by %+v", r)
	}
	if u := tell(open()); u.Reads > 8 || u.Writes > 0 {
		t.Errorf("once it is told, a new process takes %+v", u)
	}
}

// apart returns where two texts differ, with what follows.
func apart(a, b string) string {
	i := 0
	for i < min(len(a), len(b)) && a[i] == b[i] {
		i++
	}
	cut := func(s string) string { return s[min(max(i-60, 0), len(s)):min(i+120, len(s))] }
	return cut(a) + " <> " + cut(b)
}
