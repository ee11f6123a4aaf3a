package web

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"akin/functions/web/api"
	"akin/functions/web/serve"
	"akin/infra/bolt"
	"akin/infra/memory"
	"akin/infra/test/tools"
	"akin/recommend"
	"akin/recommend/coverage"
	"akin/recommend/engine"
	"akin/recommend/store"
)

// The parts that the command wires together are those that a handler takes.
var (
	_ Reader           = (*engine.Reader)(nil)
	_ Publisher        = (*engine.Publisher)(nil)
	_ api.Searcher     = (*engine.Indexer)(nil)
	_ engine.Reindexer = (*engine.Indexer)(nil)
	_ api.Rebuilder    = (*engine.Background)(nil)
)

// A world is a handler over the real thing, with the sample corpus in it.
type world struct {
	*testAPI
	publisher  *engine.Publisher
	reader     *engine.Reader
	indexer    *engine.Indexer
	background *engine.Background
	clock      *atomic.Int64 // nanoseconds since noon
}

func newEngine(t testing.TB) *world { return newEngineOn(t, memory.New()) }

func newEngineOn(t testing.TB, store store.Store) *world {
	t.Helper()
	clock := &atomic.Int64{}
	now := func() time.Time { return noon.Add(time.Duration(clock.Load())) }
	settings := recommend.DefaultSettings()
	publisher, err := engine.NewPublisher(store, settings, engine.PublisherOptions{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	x := engine.NewIndexer(store, settings, engine.IndexerOptions{Now: now})
	b := engine.NewBackground(context.Background(), x, slog.New(slog.DiscardHandler))
	log := &bytes.Buffer{}
	desk := coverage.NewLiveReport(x, store, now)
	reader := engine.NewReader(store, engine.ReaderOptions{Now: now, HeadAge: time.Second})
	h := New(Config{
		Config: serve.Config{
			Changed: desk.Changed, Now: now,
			Logger: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelError})),
		},
		Report: desk,
		Reader: reader, Publisher: publisher, Searcher: x, Rebuilder: b,
		CatchUp: x.CatchUp, Version: "1", Store: "memory",
	})
	return &world{&testAPI{t: t, h: h, log: log, spec: theSpecification()}, publisher, reader, x, b, clock}
}

// newLoaded is newEngine with the sample corpus and its first generation, which
// are made once for all tests.
func newLoaded(t testing.TB) *world {
	t.Helper()
	loadedOnce.Do(func() {
		s := memory.New()
		newEngineOn(t, s).load()
		loadedStore = s
	})
	if loadedStore == nil {
		t.Fatal("the sample corpus could not be loaded")
	}
	e := newEngineOn(t, loadedStore.Clone())
	e.clock.Add(int64(2 * time.Second)) // after the generation was made
	return e
}

var (
	loadedOnce  sync.Once
	loadedStore *memory.Store // is not written to
)

// load publishes the sample corpus and makes the first generation, over HTTP.
func (e *world) load() { e.loadFile("../../testdata/corpus/items.jsonl") }

func (e *world) loadFile(name string) {
	e.t.Helper()
	items, err := os.ReadFile(name)
	if err != nil {
		e.t.Fatal(err)
	}
	res := e.do("POST", "/v1/items", string(items), "Content-Type", "application/x-ndjson")
	sc := bufio.NewScanner(res.Body)
	for sc.Scan() {
		var a api.LineAnswer
		if err := json.Unmarshal(sc.Bytes(), &a); err != nil || a.Error != "" {
			e.t.Fatalf("POST /v1/items: %s", sc.Bytes())
		}
	}
	e.reindex()
}

func (e *world) reindex() {
	e.t.Helper()
	if res := e.do("POST", "/v1/reindex", ""); res.StatusCode != 202 {
		e.t.Fatalf("POST /v1/reindex: %d", res.StatusCode)
	}
	e.background.Wait()
	e.clock.Add(int64(2 * time.Second)) // the reader looks anew
}

func (e *world) related(id, query string) recommend.Related {
	e.t.Helper()
	res := e.do("GET", "/v1/items/"+id+"/related?"+query, "")
	if res.StatusCode != 200 {
		e.t.Fatalf("related %s: %d %s", id, res.StatusCode, bodyOf(e.t, res))
	}
	var rel recommend.Related
	if err := json.NewDecoder(res.Body).Decode(&rel); err != nil {
		e.t.Fatal(err)
	}
	return rel
}

// near tells whether an item is among the similar ones of another.
func (e *world) near(id, other string) bool {
	return slices.ContainsFunc(e.related(id, "limit=50&fill=none").Related, func(x recommend.Entry) bool {
		return x.ID == other && x.Tier == recommend.TierSimilar && x.Score > 0 && len(x.Why) > 0
	})
}

// source is an item of the sample corpus, as it is stored.
func (e *world) source(id string) recommend.Stored {
	e.t.Helper()
	return decode[recommend.Stored](e.t, e.do("GET", "/v1/items/"+id, ""))
}

// What is published shows on the old pages that it belongs on in the very next
// answer; what is withdrawn is gone from it; an embargo ends by itself.
func TestPublishIsSeenAtOnce(t *testing.T) {
	e := newLoaded(t)
	it := e.source("cool-by-noon").Item
	copyOf := func(id, more string) string {
		b, err := json.Marshal(map[string]any{"id": id, "title": it.Title, "summary": it.Summary, "types": it.Types, "topics": it.Topics, "lang": it.Lang})
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSuffix(string(b), "}") + more + "}"
	}
	if e.near("cool-by-noon", "twin") {
		t.Fatal("the new item is there before it was published")
	}
	if res := e.do("PUT", "/v1/items/twin", copyOf("twin", "")); res.StatusCode != 201 {
		t.Fatalf("PUT: %d %s", res.StatusCode, bodyOf(t, res))
	}
	if !e.near("cool-by-noon", "twin") {
		t.Error("published, but not in the next answer of another item")
	}
	if got := e.source("twin"); !got.Indexed || got.Version != 1 {
		t.Errorf("read back: indexed %t, version %d", got.Indexed, got.Version)
	}
	if res := e.do("PUT", "/v1/items/twin", copyOf("twin", "")); !strings.Contains(bodyOf(t, res), `"unchanged"`) {
		t.Errorf("PUT of the same: %d", res.StatusCode)
	}
	if res := e.do("DELETE", "/v1/items/twin", ""); res.StatusCode != 204 {
		t.Fatalf("DELETE: %d", res.StatusCode)
	}
	if e.near("cool-by-noon", "twin") {
		t.Error("withdrawn, but still in the next answer")
	}
	if res := e.do("GET", "/v1/items/twin/related", ""); res.StatusCode != 410 {
		t.Errorf("related of the withdrawn: %d, want 410", res.StatusCode)
	}
	if res := e.do("PUT", "/v1/items/twin", copyOf("twin", `,"version":1`)); res.StatusCode != 409 {
		t.Errorf("PUT of the version before the withdrawal: %d, want 409", res.StatusCode)
	}

	opens := noon.Add(time.Duration(e.clock.Load())).Add(20 * time.Second)
	e.do("PUT", "/v1/items/soon", copyOf("soon", fmt.Sprintf(`,"visibleFrom":%q`, opens.Format(time.RFC3339Nano))))
	res := e.do("GET", "/v1/items/cool-by-noon/related?limit=50", "")
	if strings.Contains(bodyOf(t, res), `"soon"`) {
		t.Error("an embargoed item is shown")
	}
	if got, want := res.Header.Get("Cache-Control"), "public, max-age=20"; got != want {
		t.Errorf("Cache-Control before the embargo ends: %q, want %q", got, want)
	}
	if res := e.do("GET", "/v1/items/soon/related", ""); res.StatusCode != 404 {
		t.Errorf("related of the embargoed: %d, want 404", res.StatusCode)
	}
	e.clock.Add(int64(20 * time.Second))
	if !e.near("cool-by-noon", "soon") {
		t.Error("the embargo did not end by itself")
	}
}

// Every read of the contract, against the real thing; each answer is checked
// against its description.
func TestReadsOfTheRealThing(t *testing.T) {
	tools.SkipRaced(t)
	e := newEngine(t)
	for target, want := range map[string]int{
		"/v1/status": 200, "/v1/generations": 200, "/v1/topics": 200, "/v1/items/x/related": 404, "/v1/search?q=heat": 409,
	} {
		if res := e.do("GET", target, ""); res.StatusCode != want {
			t.Errorf("GET %s of an empty store: %d %s, want %d", target, res.StatusCode, bodyOf(t, res), want)
		}
	}
	e.load()
	topics := decode[api.TopicsAnswer](t, e.do("GET", "/v1/topics", "")).Topics
	if len(topics) == 0 {
		t.Fatal("no topics")
	}
	for _, topic := range topics {
		path := "/v1/topics/" + url.PathEscape(topic.Slug)
		for _, target := range []string{path, path + "/items", path + "/items?group=none&limit=100", path + "/items?section=reports", path + "/items?lang=es"} {
			if res := e.do("GET", target, ""); res.StatusCode != 200 {
				t.Errorf("GET %s: %d %s", target, res.StatusCode, bodyOf(t, res))
			}
		}
		e.walk(path + "/items?limit=3")
	}
	if res := e.do("GET", "/v1/search?q=cooling+in+summer", ""); !strings.Contains(bodyOf(t, res), `"why":[{"term":`) {
		t.Errorf("search: %d", res.StatusCode)
	}
	d := decode[engine.Draft](t, e.do("POST", "/v1/related", `{"title":"`+e.source("cool-by-noon").Title+`"}`))
	if len(d.Related.Related) == 0 || d.Item != "draft" {
		t.Errorf("draft: %+v", d)
	}
	if got := e.related("cool-by-noon", ""); len(got.Related) != 6 || got.Generation != 1 || got.Stale || got.ComputedAt.IsZero() {
		t.Errorf("related: %+v", got)
	}
	if res := e.do("GET", "/v1/related?url="+url.QueryEscape(e.source("cool-by-noon").URL), ""); res.StatusCode != 200 {
		t.Errorf("related by address: %d", res.StatusCode)
	}
	if r := decode[coverage.Report](t, e.do("GET", "/v1/coverage", "")); r.Items == 0 || len(r.Topics) == 0 || len(r.Findings) == 0 {
		t.Errorf("coverage of %d items: %d topics, %d findings", r.Items, len(r.Topics), len(r.Findings))
	}
	s := decode[api.StatusAnswer](t, e.do("GET", "/v1/status", ""))
	if s.Version != "1" || s.Store != "memory" || s.Generation != 1 || s.Items == 0 || s.Reindex.State != "done" {
		t.Errorf("status: %+v", s)
	}
	e.reindex()
	if res := e.do("POST", "/v1/rollback", ""); res.StatusCode != 200 {
		t.Errorf("rollback: %d %s", res.StatusCode, bodyOf(t, res))
	}
	e.clock.Add(int64(2 * time.Second))
	if got := e.related("cool-by-noon", ""); got.Generation != 1 {
		t.Errorf("generation after rollback: %d, want 1", got.Generation)
	}
}

// walk follows a listing to its end and back, and checks that both ways lead
// over the same pages.
func (e *world) walk(target string) {
	e.t.Helper()
	var there, back []string
	page := func(cursor string) recommend.Listing {
		t := target
		if cursor != "" {
			t += "&cursor=" + url.QueryEscape(cursor)
		}
		return decode[recommend.Listing](e.t, e.do("GET", t, ""))
	}
	ids := func(l recommend.Listing) []string {
		var out []string
		for _, c := range l.Items {
			out = append(out, c.ID)
		}
		return out
	}
	l := page("")
	if l.PrevCursor != "" {
		e.t.Errorf("%s: the first page has one before", target)
	}
	for there = ids(l); l.NextCursor != ""; there = append(there, ids(l)...) {
		l = page(l.NextCursor)
	}
	for back = ids(l); l.PrevCursor != ""; back = append(ids(l), back...) {
		l = page(l.PrevCursor)
	}
	if !slices.Equal(there, back) {
		e.t.Errorf("%s: there over %v, back over %v", target, there, back)
	}
	if all := decode[recommend.Listing](e.t, e.do("GET", strings.Replace(target, "limit=3", "limit=100", 1), "")); !slices.Equal(ids(all), there) {
		e.t.Errorf("%s: in pages %v, in one %v", target, there, ids(all))
	}
}

// Editors' decisions show in the next answer.
func TestCurationIsSeenAtOnce(t *testing.T) {
	e := newLoaded(t)
	first := e.related("cool-by-noon", "").Related[0].ID
	last := e.related("cool-by-noon", "limit=20").Related[15].ID
	tag := e.do("GET", "/v1/items/cool-by-noon/curation", "").Header.Get("ETag")
	body := fmt.Sprintf(`{"pins":[{"id":%q}],"blocks":[{"id":%q,"note":"too close"}]}`, last, first)
	res := e.do("PUT", "/v1/items/cool-by-noon/curation", body, "If-Match", tag)
	if res.StatusCode != 200 {
		t.Fatalf("PUT: %d %s", res.StatusCode, bodyOf(t, res))
	}
	next := res.Header.Get("ETag")
	if got := e.do("GET", "/v1/items/cool-by-noon/curation", "").Header.Get("ETag"); got != next || got == tag {
		t.Errorf("ETag: %s, want %s, before %s", got, next, tag)
	}
	rel := e.related("cool-by-noon", "limit=50").Related
	if rel[0].ID != last || rel[0].Tier != recommend.TierPinned {
		t.Errorf("first is %s (%s), want the pin %s", rel[0].ID, rel[0].Tier, last)
	}
	if slices.ContainsFunc(rel, func(x recommend.Entry) bool { return x.ID == first }) {
		t.Errorf("%s is shown, though blocked", first)
	}
	if e.near(first, "cool-by-noon") {
		t.Error("a block holds one way only")
	}
	for _, tt := range []struct {
		tag, body string
		status    int
	}{
		{tag, `{}`, 412},
		{next, `{"pins":[{"id":"nothing"}]}`, 422},
		{next, `{"pins":[{"id":"a b"}]}`, 422},
		{`"*"`, `{}`, 412},
		{`*`, `{}`, 200},
	} {
		if res := e.do("PUT", "/v1/items/cool-by-noon/curation", tt.body, "If-Match", tt.tag); res.StatusCode != tt.status {
			t.Errorf("PUT %s with If-Match %s: %d, want %d", tt.body, tt.tag, res.StatusCode, tt.status)
		}
	}
}

// Lists are exact after writers and readers worked on them together, a rebuild
// included.
func TestWritersAndReaders(t *testing.T) {
	e := newLoaded(t)
	until := time.Now().Add(time.Second)
	var wg sync.WaitGroup
	var reads, writes atomic.Int64
	send := func(method, target, body string, allowed ...int) {
		w := httptest.NewRecorder()
		e.h.ServeHTTP(w, local(method, target, body))
		if !slices.Contains(allowed, w.Code) {
			t.Errorf("%s %s: %d %s", method, target, w.Code, w.Body)
		}
	}
	for i := range 4 {
		wg.Go(func() {
			for n := 0; time.Now().Before(until); n++ {
				id := fmt.Sprintf("/v1/items/w%d-%d", i, n%5)
				send("PUT", id, fmt.Sprintf(`{"title":"Cooling the streets of city %d","summary":"Shade, trees and water for hot summers, part %d."}`, n%7, n%3), 200, 201)
				if n%4 == 3 {
					send("DELETE", id, "", 204)
				}
				writes.Add(1)
			}
		})
	}
	for range 16 {
		wg.Go(func() {
			for time.Now().Before(until) {
				send("GET", "/v1/items/cool-by-noon/related?limit=20", "", 200)
				send("GET", "/v1/items/w1-1/related", "", 200, 404, 410)
				reads.Add(2)
			}
		})
	}
	send("POST", "/v1/reindex?force=true", "", 202)
	wg.Wait()
	e.background.Wait()
	if s := decode[api.StatusAnswer](t, e.do("GET", "/v1/status", "")); s.Reindex.State != "done" || s.Pending != 0 || len(s.DeadLetters) > 0 {
		t.Errorf("status: %+v, rebuild %+v", s, s.Reindex)
	}
	differences, lists, err := e.indexer.Check(t.Context(), nil)
	if err != nil || len(differences) > 0 || lists == 0 {
		t.Errorf("check of %d lists: %v %v", lists, differences, err)
	}
	t.Logf("%d reads beside %d writes, %d lists exact", reads.Load(), writes.Load(), lists)
}

// discard is a ResponseWriter that keeps nothing.
type discard struct{ header http.Header }

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) Write(b []byte) (int, error) { return len(b), nil }
func (d *discard) WriteHeader(int)             {}

func BenchmarkRelated(b *testing.B) {
	e := newEngine(b)
	e.load()
	b.ReportAllocs()
	for b.Loop() {
		e.h.ServeHTTP(&discard{http.Header{}}, local("GET", "/v1/items/cool-by-noon/related", ""))
	}
}

// BenchmarkRelatedReader is what of BenchmarkRelated is not HTTP.
func BenchmarkRelatedReader(b *testing.B) {
	e := newEngine(b)
	e.load()
	r := e.reader
	b.ReportAllocs()
	for b.Loop() {
		if _, err := r.Related(b.Context(), "cool-by-noon", recommend.Query{}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkLoopback is related reads of random items over TCP, kept alive, 32 at
// a time, server and clients sharing the machine, on a bolt file with the sample
// corpus or the items that AKIN_BENCH_ITEMS names.
func BenchmarkLoopback(b *testing.B) {
	store, err := bolt.Open(filepath.Join(b.TempDir(), "akin.db"))
	if err != nil {
		b.Fatal(err)
	}
	defer store.Close()
	e := newEngineOn(b, store)
	e.loadFile(cmp.Or(os.Getenv("AKIN_BENCH_ITEMS"), "../../testdata/corpus/items.jsonl"))
	addr := listenWith(b, e.h, nil)
	var requests []string
	for it, err := range e.reader.All(b.Context()) {
		if err != nil {
			b.Fatal(err)
		}
		path := "/v1/items/" + it.ID + "/related"
		if res := e.do("GET", path, ""); res.StatusCode == 200 { // neither withdrawn nor under embargo
			requests = append(requests, "GET "+path+" HTTP/1.1\r\nHost: "+addr.String()+"\r\n\r\n")
		}
	}
	var mu sync.Mutex
	var all []time.Duration
	b.SetParallelism(16) // times two processors
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		took, err := ask(addr, requests, pb.Next)
		if err != nil {
			b.Error(err)
		}
		mu.Lock()
		defer mu.Unlock()
		all = append(all, took...)
	})
	slices.Sort(all)
	b.ReportMetric(float64(len(all))/b.Elapsed().Seconds(), "requests/s")
	b.ReportMetric(float64(all[len(all)/2].Microseconds()), "µs-p50")
	b.ReportMetric(float64(all[len(all)*99/100].Microseconds()), "µs-p99")
}

// ask sends requests, drawn at random, over one connection as long as next says
// so, and returns how long each took. An answer that is not 200 is an error.
func ask(addr net.Addr, requests []string, next func() bool) (took []time.Duration, err error) {
	c, err := net.Dial("tcp", addr.String())
	if err != nil {
		return nil, err
	}
	defer c.Close()
	in := bufio.NewReader(c)
	for next() {
		start := time.Now()
		if _, err := io.WriteString(c, requests[rand.IntN(len(requests))]); err != nil {
			return nil, err
		}
		length, status := 0, ""
		for {
			line, err := in.ReadSlice('\n')
			if err != nil {
				return nil, err
			}
			if status == "" {
				status = string(line)
			}
			if value, ok := bytes.CutPrefix(line, []byte("Content-Length: ")); ok {
				length, _ = strconv.Atoi(string(bytes.TrimSpace(value)))
			}
			if len(line) <= 2 {
				break
			}
		}
		if _, err := in.Discard(length); err != nil || length == 0 || !strings.HasPrefix(status, "HTTP/1.1 200") {
			return nil, fmt.Errorf("%s%d bytes: %v", status, length, err)
		}
		took = append(took, time.Since(start))
	}
	return took, nil
}

// What is put has the texts that an import of the same would have.
func TestPutDropsCodesAndTags(t *testing.T) {
	e := newEngine(t)
	const said = `"title":"Quay [gallery ids=\"1,2\"]","summary":"<p>{{< figure src=\"a.jpg\" >}} The gates open [at noon](https://q.example/n).</p>","lang":"en"}`
	if res := e.do("PUT", "/v1/items/put", "{"+said); res.StatusCode != 201 {
		t.Fatalf("PUT: %d %s", res.StatusCode, bodyOf(t, res))
	}
	if res := e.do("POST", "/v1/items", `{"id":"line",`+said+"\n"); res.StatusCode/100 != 2 {
		t.Fatalf("POST: %d %s", res.StatusCode, bodyOf(t, res))
	}
	for _, id := range []string{"put", "line"} {
		if it := e.source(id); it.Title != "Quay" || it.Summary != "The gates open at noon." {
			t.Errorf("%s: title %q, summary %q", id, it.Title, it.Summary)
		}
	}
}
