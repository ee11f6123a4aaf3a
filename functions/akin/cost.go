package akin

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"akin/infra/memory"
	"akin/recommend"
	"akin/recommend/engine"
	"akin/recommend/store"
)

type costCommand struct {
	Items     int      `help:"Items of the website." default:"10000"`
	Publishes int      `help:"Items published or corrected in a month." default:"1000"`
	Views     int      `help:"Views of related lists in a month, beyond those that caches answer." default:"1000000"`
	Rebuilds  int      `help:"Rebuilds in a month." default:"30"`
	From      []string `help:"Measure with the items of this file instead of made-up ones; may repeat." placeholder:"FILE" sep:"none"`
	Receipts  bool     `help:"Count what receipts take, and their events."`
	JSON      bool     `name:"json" help:"Print one JSON object."`
}

func (costCommand) Help() string {
	return `Imports, publishes, views and rebuilds on a store in memory, and counts requests, rows, bytes and capacity units by
DynamoDB's rules; a dated list of prices turns these into money. Running times, memory and logs of the functions are
assumed, not measured. Made-up items have 45 words each, distributed as in natural texts. --from uses your own items,
and their number. --receipts adds what the parameter Receipts does: what is read and written to tell of a publish, an event
for each receipt, a look every minute, and one at all lists a day and after each rebuild. Each embargo or decision of editors
that ends takes one look more.

Examples:
  akin cost --items 10000 --publishes 1000 --views 1000000
  akin cost --from items.jsonl --json`
}

// A costUse is what something takes on average.
type costUse struct {
	What         string  `json:"what"`
	Requests     float64 `json:"requests"`
	Reads        float64 `json:"reads"`  // rows
	Writes       float64 `json:"writes"` // rows
	ReadUnits    float64 `json:"readUnits"`
	WriteUnits   float64 `json:"writeUnits"`
	BytesRead    float64 `json:"bytesRead"`
	BytesWritten float64 `json:"bytesWritten"`
}

// A costLine is one part of the bill of a month.
type costLine struct {
	What    string  `json:"what"`
	Amount  float64 `json:"amount"`
	Unit    string  `json:"unit"`
	Dollars float64 `json:"dollars"`
}

// A costReport is what akin cost prints.
type costReport struct {
	Items     int        `json:"items"`
	Publishes int        `json:"publishes"`
	Views     int        `json:"views"`
	Rebuilds  int        `json:"rebuilds"`
	Events    float64    `json:"events,omitempty"` // of receipts, for each publish
	Uses      []costUse  `json:"uses"`             // in the order of costUses
	Month     []costLine `json:"month"`
	Total     float64    `json:"total"` // dollars a month
	Prices    prices     `json:"prices"`
}

// What is measured.
const (
	usePublish = iota
	useIndex
	useViews
	useRebuild
	useImport
	useTell
	useLook
	useTick
)

var costUses = [...]string{"a publish, by the API", "a publish, by the indexer", "1,000 views", "a rebuild", "the first import", "a publish, told", "a look at all lists", "a minute, for receipts"}

func (c *costCommand) Run(ctx context.Context, p *program) error {
	for _, n := range []struct {
		flag  string
		value int
		least int
	}{{"--items", c.Items, 1}, {"--publishes", c.Publishes, 0}, {"--views", c.Views, 0}, {"--rebuilds", c.Rebuilds, 0}} {
		if n.value < n.least || n.value > 1e9 {
			return &usageError{fmt.Sprintf("%s %d: want %d to 1000000000", n.flag, n.value, n.least)}
		}
	}
	m := &costMeasure{p: p, store: store.NewMeter(memory.New()), bar: p.progress()}
	err := m.run(ctx, c)
	m.bar.end()
	if err != nil {
		return err
	}
	r := &costReport{
		Items: m.items, Events: m.events, Publishes: c.Publishes, Views: c.Views, Rebuilds: c.Rebuilds, Uses: m.uses[:], Prices: listPrices,
	}
	if !c.Receipts {
		r.Uses = r.Uses[:useTell]
	}
	r.bill()
	if c.JSON {
		return writeJSON(p.stdout, r)
	}
	return r.print(p.stdout)
}

// A costMeasure measures with items in a store in memory.
type costMeasure struct {
	p     *program
	store *store.Meter
	bar   *progress
	items int
	uses  [len(costUses)]costUse

	events float64 // of receipts, for each publish
}

// use keeps what was used since the last time, as so many times the thing.
func (m *costMeasure) use(what int, times float64) {
	m.uses[what] = average(what, m.store.Take(), times)
}

func average(what int, u store.Usage, times float64) costUse {
	return costUse{
		What: costUses[what], Requests: float64(u.Requests) / times,
		Reads: float64(u.Reads) / times, Writes: float64(u.Writes) / times,
		ReadUnits: u.ReadUnits / times, WriteUnits: u.WriteUnits / times,
		BytesRead: float64(u.BytesRead) / times, BytesWritten: float64(u.BytesWritten) / times,
	}
}

// run imports, relates, views and publishes.
func (m *costMeasure) run(ctx context.Context, c *costCommand) error {
	m.p.receipts = c.Receipts
	m.p.headAge = time.Hour // what is remembered between views counts once
	e, err := m.p.newEngine(m.store)
	if err != nil {
		return err
	}
	in := m.p.newIntake(e)
	if len(c.From) > 0 {
		err = in.files(ctx, c.From)
	} else {
		err = m.invent(ctx, e, c.Items)
	}
	if err != nil {
		return err
	}
	m.use(useImport, 1)
	var ids []string
	for it, err := range e.reader.All(ctx) {
		if err != nil {
			return err
		}
		ids = append(ids, it.ID)
	}
	if m.items = len(ids); m.items == 0 {
		return fmt.Errorf("cost: there are no items")
	}
	slices.Sort(ids)
	// From the third on, a rebuild also deletes the lists of the one before
	// the last.
	for range 2 {
		if _, err := e.indexer.Reindex(ctx, engine.ReindexOptions{Force: true, Progress: m.bar.at}); err != nil {
			return err
		}
	}
	m.store.Take()
	if err := m.rebuild(ctx); err != nil {
		return err
	}
	m.use(useRebuild, 1)
	if err := m.view(ctx, e, ids); err != nil {
		return err
	}
	return m.publish(ctx, e, ids)
}

// rebuild makes a generation as the state machine does: every step in a process
// of its own.
func (m *costMeasure) rebuild(ctx context.Context) error {
	step := func() *engine.Indexer {
		return engine.NewIndexer(m.store, m.p.settings, engine.IndexerOptions{Log: m.p.log, Chosen: m.p.choose(m.store)})
	}
	g, err := step().Plan(ctx, rebuildShards, m.bar.at)
	if err != nil {
		return err
	}
	for shard := range rebuildShards {
		if err := step().MapShard(ctx, g.Number, shard, m.bar.at); err != nil {
			return err
		}
	}
	_, err = step().Commit(ctx, g.Number, engine.ReindexOptions{Force: true})
	return err
}

// view reads the lists of up to 200 items.
func (m *costMeasure) view(ctx context.Context, e *opened, ids []string) error {
	read := func(id string) error {
		_, err := e.reader.Related(ctx, id, recommend.Query{})
		return err
	}
	if err := read(ids[0]); err != nil { // remembers the head
		return err
	}
	m.store.Take()
	some := spaced(ids, 200)
	for _, id := range some {
		if err := read(id); err != nil {
			return err
		}
	}
	m.use(useViews, float64(len(some))/1000)
	return nil
}

// publish corrects up to 20 items, one by one.
func (m *costMeasure) publish(ctx context.Context, e *opened, ids []string) error {
	if _, err := e.indexer.CatchUp(ctx); err != nil { // warms the indexer
		return err
	}
	if err := m.look(ctx, e); err != nil {
		return err
	}
	before, err := m.told(ctx, e)
	if err != nil {
		return err
	}
	some := spaced(ids, 20)
	var stored, indexed, told store.Usage
	for _, id := range some {
		it, err := e.reader.Item(ctx, id)
		if err != nil {
			return err
		}
		it.Version = 0
		it.Summary += " Corrected."
		m.store.Take()
		if r := e.publisher.Put(ctx, it.Item)[0]; r.Err != nil {
			return r.Err
		}
		stored.Add(m.store.Take())
		if _, err := e.indexer.CatchUp(ctx); err != nil {
			return err
		}
		indexed.Add(m.store.Take())
		if err := e.indexer.Tell(ctx, false); err != nil {
			return err
		}
		told.Add(m.store.Take())
	}
	m.uses[usePublish] = average(usePublish, stored, float64(len(some)))
	m.uses[useIndex] = average(useIndex, indexed, float64(len(some)))
	m.uses[useTell] = average(useTell, told, float64(len(some)))
	after, err := m.told(ctx, e)
	m.events = float64(after-before) / float64(len(some))
	return err
}

// look measures a look at all lists, once it is known what is published, and one where nothing is to be told.
func (m *costMeasure) look(ctx context.Context, e *opened) error {
	if !m.p.receipts {
		return nil
	}
	m.store.Take()
	if err := e.indexer.Tell(ctx, true); err != nil {
		return err
	}
	m.use(useLook, 1)
	// This one wrote down what is published; others write how far they are, every 500 works.
	u := &m.uses[useLook]
	u.Writes, u.BytesWritten = float64(m.items/500+1), 0
	u.WriteUnits = u.Writes
	if err := e.indexer.Tell(ctx, true); err != nil {
		return err
	}
	m.use(useTick, 1)
	return nil
}

// told returns how many receipts there are.
func (m *costMeasure) told(ctx context.Context, e *opened) (uint64, error) {
	if !m.p.receipts {
		return 0, nil
	}
	n, err := e.reader.LastReceipt(ctx)
	m.store.Take()
	return n, err
}

// spaced returns up to n of ids, as far apart as they go.
func spaced(ids []string, n int) []string {
	if len(ids) <= n {
		return ids
	}
	some := make([]string, n)
	for i := range some {
		some[i] = ids[i*len(ids)/n]
	}
	return some
}

// invent stores n items of a made-up language, the same every time: 60 topics,
// each with words that it uses most, whose frequencies fall as in natural texts.
func (m *costMeasure) invent(ctx context.Context, e *opened, n int) error {
	const topics, vocabulary = 60, 40_000
	rng := rand.New(rand.NewPCG(1, 2))
	zipf := rand.NewZipf(rng, 1.1, 8, vocabulary-1)
	syllables := strings.Fields("ba ce di fo gu ha je ki lo mu na pe ri so tu va we xi yo zu bra cle dri flo gru")
	words := func(topic, count int) string {
		var b strings.Builder
		for i := range count {
			w := int(zipf.Uint64())
			if i%2 == 0 {
				w = (w*7 + topic*601) % vocabulary
			}
			for w += len(syllables); w > 0; w /= len(syllables) {
				b.WriteString(syllables[w%len(syllables)])
			}
			b.WriteByte(' ')
		}
		return strings.TrimSpace(b.String())
	}
	types := []string{"Articles", "Reports", "Videos"}
	day := time.Date(2024, 12, 31, 0, 0, 0, 0, time.UTC)
	for from := 0; from < n; from += batchSize {
		var items []recommend.Item
		for i := from; i < min(n, from+batchSize); i++ {
			topic := rng.IntN(topics)
			items = append(items, recommend.Item{
				ID: fmt.Sprintf("item-%07d", i), URL: fmt.Sprintf("/items/%d", i), Lang: "en",
				Title: words(topic, 8), Summary: words(topic, 37), Types: []string{types[i%len(types)]},
				Topics: []string{fmt.Sprintf("topic-%d", topic)}, Authors: []string{fmt.Sprintf("Author %d", rng.IntN(200))},
				Date: day.AddDate(0, 0, -i*3650/n).Format(time.DateOnly),
			})
		}
		for _, r := range e.publisher.Put(ctx, items...) {
			if r.Err != nil {
				return r.Err
			}
		}
		m.bar.at("importing", from+len(items), n)
	}
	return nil
}

// bill works out what a month costs.
func (r *costReport) bill() {
	million := func(n float64) float64 { return n / 1e6 }
	publishes, views, rebuilds := float64(r.Publishes), float64(r.Views), float64(r.Rebuilds)
	receipts, looks, minutes := len(r.Uses) > useTell, daysAMonth+rebuilds, 0.0
	if receipts {
		minutes = daysAMonth * 24 * 60
	}
	sum := func(of func(costUse) float64) float64 {
		n := publishes*(of(r.Uses[usePublish])+of(r.Uses[useIndex])) + views/1000*of(r.Uses[useViews]) + rebuilds*of(r.Uses[useRebuild])
		if receipts {
			n += publishes*of(r.Uses[useTell]) + looks*of(r.Uses[useLook]) + minutes*of(r.Uses[useTick])
		}
		return n
	}
	reads := sum(func(u costUse) float64 { return u.ReadUnits })
	writes := sum(func(u costUse) float64 { return u.WriteUnits })
	// The store holds what was imported and two sets of lists.
	stored := (r.Uses[useImport].BytesWritten + 2*r.Uses[useRebuild].BytesWritten) / 1e9
	requests := publishes + views
	steps := rebuilds * (rebuildShards + 2)
	invoked := requests + publishes + steps + minutes
	seconds := views*viewGBSeconds + publishes*publishGBSeconds +
		rebuilds*float64(r.Items)*(shardGBSeconds+(rebuildShards+2)*loadGBSeconds)
	if receipts {
		seconds += publishes*tellGBSeconds + minutes*tickGBSeconds + looks*float64(r.Items)*lookGBSeconds
	}
	add := func(what string, amount float64, unit string, dollars float64) {
		r.Month = append(r.Month, costLine{what, amount, unit, dollars})
		r.Total += dollars
	}
	p := &r.Prices
	add("DynamoDB reads", reads, "read units", million(reads)*p.ReadUnits)
	add("DynamoDB writes", writes, "write units", million(writes)*p.WriteUnits)
	add("DynamoDB storage", stored, "GB, with recovery", stored*p.Storage)
	add("HTTP API", requests, "requests", million(requests)*p.Requests)
	add("Lambda invocations", invoked, "invocations", million(invoked)*p.Invocations)
	add("Lambda time", seconds, "GB s, assumed", million(seconds)*p.LambdaGB)
	add("Step Functions", 3*steps, "transitions", million(3*steps)*p.Transitions)
	if receipts {
		events := publishes * r.Events
		add("EventBridge", events, "events", million(events)*p.Events)
	}
	add("logs", invoked*logBytes/1e9, "GB, assumed", invoked*logBytes/1e9*p.LogsIngested)
}

func (r *costReport) print(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(out, "%s; a month: %s, %s, %s\n\n", count(r.Items, "item"),
		fmt.Sprintf("%d published", r.Publishes), count(r.Views, "view"), count(r.Rebuilds, "rebuild"))
	fmt.Fprintln(w, "DynamoDB\trequests\trows read\trows written\tread units\twrite units\tKB read\tKB written\t")
	for _, u := range r.Uses {
		fmt.Fprintf(w, "%s\t%.1f\t%.1f\t%.1f\t%.1f\t%.1f\t%.1f\t%.1f\t\n",
			u.What, u.Requests, u.Reads, u.Writes, u.ReadUnits, u.WriteUnits, u.BytesRead/1e3, u.BytesWritten/1e3)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(out, "\nPer month in %s, list prices of %s before free tiers:\n\n", r.Prices.Region, r.Prices.Date)
	for _, l := range r.Month {
		amount := fmt.Sprintf("%.0f", l.Amount)
		if l.Amount < 10 {
			amount = fmt.Sprintf("%.3f", l.Amount)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t$%.2f\t\n", l.What, amount, l.Unit, l.Dollars)
	}
	fmt.Fprintf(w, "total\t\t\t$%.2f\t\n", r.Total)
	if err := w.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(out, "\nPrices: %s.\n", r.Prices.Source)
	return err
}
