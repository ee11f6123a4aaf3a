package coverage_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"akin/infra/memory"
	"akin/infra/test/tools"
	"akin/recommend"
	"akin/recommend/coverage"
	"akin/recommend/engine"
)

// now is when the reports of these tests are made.
var now = time.Date(2026, 1, 15, 9, 0, 0, 0, time.UTC)

// A site is a store with all that works on it.
type site struct {
	store     *memory.Store
	publisher *engine.Publisher
	indexer   *engine.Indexer
}

func newSite(t testing.TB, items []recommend.Item, topics ...recommend.Topic) *site {
	t.Helper()
	s := siteOn(t, memory.New())
	if err := s.publisher.PutTopics(t.Context(), topics...); err != nil {
		t.Fatal(err)
	}
	s.put(t, items...)
	if _, err := s.indexer.Reindex(t.Context(), engine.ReindexOptions{}); err != nil {
		t.Fatal(err)
	}
	return s
}

// siteOn returns the site whose store is given.
func siteOn(t testing.TB, store *memory.Store) *site {
	t.Helper()
	clock := func() time.Time { return now }
	publisher, err := engine.NewPublisher(store, recommend.DefaultSettings(), engine.PublisherOptions{Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	return &site{store, publisher, engine.NewIndexer(store, recommend.DefaultSettings(), engine.IndexerOptions{Now: clock})}
}

// A made is a site that several tests begin with. The first makes it, and each has
// a copy.
type made struct {
	once  sync.Once
	store *memory.Store
}

func (m *made) site(t testing.TB, items []recommend.Item, topics []recommend.Topic) *site {
	t.Helper()
	m.once.Do(func() { m.store = newSite(t, items, topics...).store })
	return siteOn(t, m.store.Clone())
}

// Of the sample corpus, and of it with a tenth of its labels hidden by seed 1.
var clean, unlabelled made

func (s *site) put(t testing.TB, items ...recommend.Item) {
	t.Helper()
	for _, r := range s.publisher.Put(t.Context(), items...) {
		if r.Err != nil {
			t.Fatalf("put %q: %v", r.ID, r.Err)
		}
	}
	if _, err := s.indexer.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func (s *site) report(t testing.TB) *coverage.Report {
	t.Helper()
	survey, err := s.indexer.Survey(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return coverage.Make(survey, now)
}

// sample reads the sample corpus.
func sample(t testing.TB) ([]recommend.Item, []recommend.Topic) {
	t.Helper()
	dir := filepath.Join("..", "..", "testdata", "corpus")
	f, err := os.Open(filepath.Join(dir, "items.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var items []recommend.Item
	for sc := bufio.NewScanner(f); sc.Scan(); {
		it, err := recommend.DecodeItem(sc.Bytes())
		if err != nil {
			t.Fatalf("%s:%d: %v", f.Name(), len(items)+1, err)
		}
		items = append(items, it)
	}
	b, err := os.ReadFile(filepath.Join(dir, "topics.json"))
	if err != nil {
		t.Fatal(err)
	}
	var topics []recommend.Topic
	if err := json.Unmarshal(b, &topics); err != nil {
		t.Fatal(err)
	}
	return items, topics
}

// A fault is what is planted, and the finding that must name it.
type fault struct {
	kind  coverage.Kind
	topic string // of the finding; empty: any
	item  string // of the finding, or its other; empty: any
	plant func(p *planting)
}

// A planting is a copy of the corpus with faults in it.
type planting struct {
	t     *testing.T
	items []recommend.Item
	later []func(s *site) // decisions of editors
}

func (p *planting) item(id string) *recommend.Item {
	p.t.Helper()
	i := slices.IndexFunc(p.items, func(it recommend.Item) bool { return it.ID == id })
	if i < 0 {
		p.t.Fatalf("the sample corpus has no item %q", id)
	}
	return &p.items[i]
}

func (p *planting) add(it recommend.Item) { p.items = append(p.items, it) }

func (p *planting) curate(id string, c recommend.Curation) {
	p.later = append(p.later, func(s *site) {
		if _, err := s.publisher.Curate(p.t.Context(), id, c, engine.Edit{IfMatch: "*"}); err != nil {
			p.t.Fatal(err)
		}
	})
}

var faults = []fault{
	{coverage.WrongTopic, "floods-and-coasts", "enfermeras-manila-berlin", func(p *planting) {
		p.item("enfermeras-manila-berlin").Topics = []string{"floods-and-coasts"}
		p.item("enfermeras-manila-berlin").TranslationOf = ""
	}},
	{coverage.MissingTopic, "", "cool-by-noon", func(p *planting) { p.item("cool-by-noon").Topics = nil }},
	{coverage.NeverRecommended, "", "orphan", func(p *planting) {
		p.add(recommend.Item{
			ID: "orphan", Title: "Quondam Vellichor", Summary: "Susurrus of petrichor.", Lang: "en",
			Types: []string{"Articles"}, Date: "2020-01-05",
		})
	}},
	{coverage.EmptyList, "", "orphan", func(*planting) {}},
	{coverage.NearDuplicate, "", "asparagus-again", func(p *planting) {
		it := *p.item("asparagus-pandemic-flights")
		it.ID, it.URL, it.Aliases, it.Version = "asparagus-again", "/works/asparagus-again", nil, 0
		p.add(it)
	}},
	{coverage.UnlinkedTranslation, "", "tarjeta-para-todos", func(p *planting) {
		p.item("tarjeta-para-todos").TranslationOf = ""
	}},
	{coverage.Stale, "ports", "", func(p *planting) {
		for i := range p.items {
			it := &p.items[i]
			if slices.Contains(it.Topics, "ports") && !it.SortTime().IsZero() {
				it.Date, it.SortDate = "2011-03", time.Time{}
			}
		}
	}},
	{coverage.DeadPin, "", "roof-gone", func(p *planting) {
		p.add(recommend.Item{ID: "roof-gone", Title: "Withdrawn for Good", Lang: "en", Topics: []string{"heat"}})
		p.curate("cool-by-noon", recommend.Curation{Pins: []recommend.Decision{{ID: "roof-gone"}}})
		p.later = append(p.later, func(s *site) {
			if r := s.publisher.Withdraw(p.t.Context(), "roof-gone", 0); r.Err != nil {
				p.t.Fatal(r.Err)
			}
		})
	}},
	{coverage.ExpiredBlock, "", "brt-dar-es-salaam", func(p *planting) {
		p.curate("brt-dar-es-salaam", recommend.Curation{Blocks: []recommend.Decision{
			{ID: "cool-by-noon", Note: recommend.Note{By: "mar", Expires: now.AddDate(0, -1, 0)}},
		}})
	}},
	{coverage.NoAlt, "", "techos-blancos", func(p *planting) {
		p.item("techos-blancos").Image = &recommend.Image{URL: "/img/7.jpg"}
	}},
	{coverage.NoDate, "", "calles-que-beben", func(p *planting) {
		p.item("calles-que-beben").Date, p.item("calles-que-beben").SortDate = "", time.Time{}
	}},
	{coverage.NoSummary, "", "topes-alquiler", func(p *planting) { p.item("topes-alquiler").Summary = "" }},
}

func named(r *coverage.Report, f *fault) bool {
	return slices.ContainsFunc(r.Findings, func(g coverage.Finding) bool {
		return g.Kind == f.kind && (f.topic == "" || g.Topic == f.topic) &&
			(f.item == "" || g.Item == f.item || g.Other == f.item)
	})
}

// Every planted fault is named, and none of the clean corpus.
func TestPlantedFaults(t *testing.T) {
	tools.SkipRaced(t)
	if len(faults) != 12 {
		t.Fatalf("%d faults, want 12", len(faults))
	}
	items, topics := sample(t)
	sound := clean.site(t, items, topics).report(t)
	p := &planting{t: t, items: slices.Clone(items)}
	for _, f := range faults {
		f.plant(p)
	}
	s := newSite(t, p.items, topics...)
	for _, f := range p.later {
		f(s)
	}
	s.put(t)
	planted := s.report(t)
	for i := range faults {
		f := &faults[i]
		if named(sound, f) {
			t.Errorf("%s %s%s is raised on the clean corpus", f.kind, f.topic, f.item)
		}
		if !named(planted, f) {
			t.Errorf("%s %s%s is not raised", f.kind, f.topic, f.item)
		}
	}
}

// Findings leave no gap in their sentences, and equal surveys give equal reports,
// on any number of processors.
func TestReportIsWholeAndDeterministic(t *testing.T) {
	items, topics := sample(t)
	a := clean.site(t, items, topics).report(t)
	slices.Reverse(items)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	b := newSite(t, items, topics...).report(t)
	x, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	y, err := json.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(x), string(y)); diff != "" {
		t.Errorf("the order of the import shows (-first +reversed):\n%s", diff)
	}
	for _, f := range a.Findings {
		for _, lang := range []string{"en", "es"} {
			evidence, action := f.In(lang)
			if strings.ContainsAny(evidence+action, "{}") || evidence == "" || action == "" || f.Confidence <= 0 || f.Confidence > 1 {
				t.Errorf("%s of %s%s in %s: %q %q, confidence %v", f.Kind, f.Topic, f.Item, lang, evidence, action, f.Confidence)
			}
		}
	}
	var fields map[string]any
	if err := json.Unmarshal(x, &fields); err != nil {
		t.Fatal(err)
	}
	want := []string{"computedAt", "exposure", "findings", "generation", "items", "site", "topics"}
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(fields))); diff != "" {
		t.Errorf("fields of the report (-want +got):\n%s", diff)
	}
}

// A correction is gone from the next report, and told as gone; the report read
// back is the one that was saved.
func TestRefreshTellsWhatChanged(t *testing.T) {
	items, topics := sample(t)
	s := clean.site(t, items, topics)
	k := coverage.NewStoredReport(s.store)
	if _, _, err := k.Latest(t.Context()); !errors.Is(err, coverage.ErrNoReport) {
		t.Fatalf("without a report: %v, want %v", err, coverage.ErrNoReport)
	}
	saved, err := coverage.Refresh(t.Context(), s.indexer, s.store, now)
	if err != nil {
		t.Fatal(err)
	}
	loaded, changes, err := k.Latest(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(saved, loaded, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("report read back (-saved +loaded):\n%s", diff)
	}
	if len(changes.Added)+len(changes.Gone) > 0 || !changes.Since.IsZero() {
		t.Errorf("the first report has changes: %+v", changes)
	}
	i := slices.IndexFunc(items, func(it recommend.Item) bool { return it.Summary == "" && it.Status == "" })
	it := items[i]
	it.Summary, it.Version = "A summary that says at last what the work is about.", 0
	s.put(t, it)
	for n, at := range []time.Time{now.Add(25 * time.Hour), now.Add(26 * time.Hour), now.Add(50 * time.Hour)} {
		if _, err := coverage.Refresh(t.Context(), s.indexer, s.store, at); err != nil {
			t.Fatal(err)
		}
		if _, changes, err = k.Latest(t.Context()); err != nil {
			t.Fatal(err)
		}
		gone := slices.ContainsFunc(changes.Gone, func(f coverage.Finding) bool { return f.Kind == coverage.NoSummary && f.Item == it.ID })
		if want := n < 2; gone != want {
			t.Errorf("refresh %d: told as gone since %v: %v, want %v", n+1, changes.Since, gone, want)
		}
	}
}

func TestWriteCSV(t *testing.T) {
	var b strings.Builder
	err := coverage.WriteCSV(&b, []coverage.Finding{{
		Kind: coverage.Thin, Topic: "a,b", Confidence: 0.5, Evidence: "It has 1 works.", Action: `Say "no".`,
	}})
	want := "kind,topic,item,other,confidence,evidence,action\n" + `thin,"a,b",,,0.5,It has 1 works.,"Say ""no""."` + "\n"
	if diff := cmp.Diff(want, b.String()); diff != "" || err != nil {
		t.Errorf("CSV (-want +got):\n%s%v", diff, err)
	}
}

// Hidden labels are found again more often than by the majority of neighbours,
// and eight in ten sure suggestions are right.
func TestHiddenLabelsAreFound(t *testing.T) {
	tools.SkipRaced(t)
	items, topics := sample(t)
	items, hidden := coverage.Hide(items, 0.1, 1)
	s := unlabelled.site(t, items, topics)
	survey, err := s.indexer.Survey(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	q := coverage.Judge(survey, coverage.Make(survey, now), hidden)
	t.Logf("%+v", q)
	sure, majority := q.Levels[0], q.Baseline[0]
	if sure.Precision < 0.8 || sure.Recall < 0.2 || sure.Recall <= majority.Recall {
		t.Errorf("sure: %+v, want precision 0.8 and recall 0.2, and more than the majority's %v", sure, majority.Recall)
	}
}
