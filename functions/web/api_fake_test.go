package web

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"akin/functions/web/serve"
	"akin/recommend"
	"akin/recommend/coverage"
	"akin/recommend/engine"
)

// fakeStore is a Reader, Publisher and Searcher over the items of a
// fakeReader. It keeps what the API relies on of their contracts.
type fakeStore struct {
	mu sync.Mutex
	*fakeReader
	versions  map[string]int64
	stored    map[string]recommend.Item
	embargoed map[string]time.Time
	until     time.Time // of related answers and listings
	curations map[string]*recommend.Curation
	revision  int
	caught    int // calls of CatchUp
	storeErr  error
}

func newFakeStore(items ...recommend.Item) *fakeStore {
	f := &fakeStore{
		versions: map[string]int64{}, stored: map[string]recommend.Item{}, embargoed: map[string]time.Time{},
		curations: map[string]*recommend.Curation{},
		fakeReader: newFakeReader(items, []recommend.Topic{{
			Slug: "housing", Title: "Housing",
			Sections: []recommend.Section{{Name: "reports", Types: []string{"Reports"}}, {Name: "all"}},
		}, {Slug: "niñez", Title: "Niñez"}, {Slug: "a b%2F", Title: "Odd"}}),
	}
	for _, it := range items {
		f.stored[it.ID], f.versions[it.ID] = it, max(1, it.Version)
		if !it.VisibleFrom.IsZero() {
			f.embargoed[it.ID] = it.VisibleFrom
		}
	}
	return f
}

func (f *fakeStore) Related(ctx context.Context, id string, q recommend.Query) (*recommend.Related, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, ok := f.embargoed[id]; ok {
		return nil, recommend.ErrNotFound
	}
	rel, err := f.fakeReader.Related(ctx, id, q)
	if err == nil {
		rel.Until = f.until
	}
	return rel, err
}

func (f *fakeStore) Item(_ context.Context, id string) (*recommend.Stored, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	it, ok := f.stored[id]
	if !ok {
		return nil, cmp.Or(f.err, recommend.ErrNotFound)
	}
	it.Version = f.versions[id]
	return &recommend.Stored{Item: it, Indexed: true}, f.err
}

func (f *fakeStore) Listing(ctx context.Context, slug string, q recommend.ListQuery) (*recommend.Listing, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, err := f.Topic(ctx, slug); err != nil {
		return nil, err
	}
	l, err := f.fakeReader.Listing(ctx, slug, q)
	if err == nil {
		l.Until = f.until
	}
	return l, err
}

func (f *fakeStore) Status(context.Context) (*recommend.StatusReport, error) {
	return &recommend.StatusReport{
		Generation: 1, Items: len(f.items),
		DeadLetters: []recommend.DeadLetter{{ID: "a", Version: 1, Error: "secret reason", At: noon}},
	}, f.err
}

func (f *fakeStore) DeadLetters(context.Context) ([]recommend.DeadLetter, error) {
	return []recommend.DeadLetter{{ID: "a", Version: 1, Error: "secret reason", At: noon}}, f.err
}

func (f *fakeStore) RetryDeadLetters(_ context.Context, ids ...string) (int, error) {
	return f.DropDeadLetters(context.Background(), ids...)
}

func (f *fakeStore) DropDeadLetters(_ context.Context, ids ...string) (int, error) {
	if !slices.Equal(ids, []string{"a"}) {
		return 0, recommend.ErrNotFound
	}
	return 1, f.storeErr
}

func (f *fakeStore) Generations(context.Context) ([]recommend.Generation, error) {
	return []recommend.Generation{{Number: 1, State: "current", CreatedAt: noon, Gates: []recommend.Gate{{Name: "similar", Value: 1, Bound: 0.9, OK: true}}}}, f.err
}

func (f *fakeStore) Curation(_ context.Context, id string) (*recommend.Curation, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, ok := f.stored[id]; !ok {
		return nil, recommend.ErrNotFound
	}
	if c := f.curations[id]; c != nil {
		return c, nil
	}
	return &recommend.Curation{ETag: "0"}, nil
}

func (f *fakeStore) Put(_ context.Context, items ...recommend.Item) []recommend.Result {
	f.mu.Lock()
	defer f.mu.Unlock()
	var out []recommend.Result
	for _, it := range items {
		out = append(out, f.put(it))
	}
	return out
}

func (f *fakeStore) put(it recommend.Item) recommend.Result {
	if f.storeErr != nil {
		return recommend.Result{ID: it.ID, Outcome: recommend.Rejected, Err: f.storeErr}
	}
	if it.TranslationOf == it.ID {
		return recommend.Result{ID: it.ID, Outcome: recommend.Rejected, Err: &recommend.InvalidError{Field: "translationOf", Reason: "is the item itself"}}
	}
	had := f.versions[it.ID]
	v := cmp.Or(it.Version, had+1)
	if v <= had {
		return recommend.Result{ID: it.ID, Outcome: recommend.Stale, Version: had, Err: &recommend.ConflictError{ID: it.ID, Stored: had, Got: v}}
	}
	f.versions[it.ID], f.stored[it.ID] = v, it
	out := recommend.Created
	if had > 0 {
		out = recommend.Replaced
	}
	return recommend.Result{ID: it.ID, Outcome: out, Version: v}
}

func (f *fakeStore) Withdraw(_ context.Context, id string, version int64) recommend.Result {
	if !recommendable(id) {
		return recommend.Result{ID: id, Outcome: recommend.Rejected, Err: &recommend.InvalidError{Field: "id", Reason: "has a space"}}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.put(recommend.Item{ID: id, Version: version, Status: recommend.Withdrawn})
}

func recommendable(id string) bool { return !strings.Contains(id, " ") }

func (f *fakeStore) PutTopics(_ context.Context, topics ...recommend.Topic) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, t := range topics {
		f.topics = append(slices.DeleteFunc(f.topics, func(o recommend.Topic) bool { return o.Slug == t.Slug }), t)
	}
	return f.storeErr
}

func (f *fakeStore) Curate(_ context.Context, id string, c recommend.Curation, e engine.Edit) (string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, ok := f.stored[id]; !ok {
		return "", recommend.ErrNotFound
	}
	tag := "0"
	if have := f.curations[id]; have != nil {
		tag = have.ETag
	}
	if e.IfMatch != tag {
		return "", recommend.ErrPrecondition
	}
	for i, p := range c.Pins {
		if p.ID == id {
			return "", &recommend.InvalidError{Field: "pins[" + strconv.Itoa(i) + "]", Reason: "is the item itself"}
		}
	}
	f.revision++
	c.ETag = strconv.Itoa(f.revision)
	f.curations[id] = &c
	return c.ETag, nil
}

func (f *fakeStore) Audit(context.Context, int) ([]engine.Audited, error) {
	return []engine.Audited{{Item: "rents", Change: engine.Change{Number: 1, At: noon, By: "mar", Before: []byte("{}"), After: []byte("{}")}}}, f.err
}

func (f *fakeStore) WorkedFindings(context.Context) (map[string]*engine.WorkedFinding, error) {
	return map[string]*engine.WorkedFinding{}, f.err
}

func (f *fakeStore) WorkFinding(_ context.Context, a engine.FindingAct, e engine.Edit) (string, error) {
	if e.IfMatch != "*" && e.IfMatch != "0" {
		return "", recommend.ErrPrecondition
	}
	return "1", f.err
}

func (f *fakeStore) Merged(context.Context, string) ([]string, error) { return nil, f.err }

func (f *fakeStore) ListsShowing(context.Context, ...string) ([]string, error) { return nil, f.err }

func (f *fakeStore) TopicCuration(ctx context.Context, slug string) (*recommend.TopicCuration, error) {
	if _, err := f.Topic(ctx, slug); err != nil {
		return nil, err
	}
	return &recommend.TopicCuration{ETag: "0"}, nil
}

func (f *fakeStore) CurateTopic(ctx context.Context, slug string, _ recommend.TopicCuration, e engine.Edit) (string, error) {
	if c, err := f.TopicCuration(ctx, slug); err != nil || c.ETag != e.IfMatch {
		return "", cmp.Or(err, recommend.ErrPrecondition)
	}
	return "1", nil
}

func (f *fakeStore) History(ctx context.Context, s engine.Subject) ([]engine.Change, error) {
	if s.Item != "" {
		if _, err := f.Curation(ctx, s.Item); err != nil {
			return nil, err
		}
	}
	return []engine.Change{{Number: 1, At: noon, By: "mar", Before: json.RawMessage(`{}`), After: json.RawMessage(`{"exclude":{}}`)}}, nil
}

func (f *fakeStore) Rulings(context.Context) ([]engine.Ruling, error) { return nil, f.err }

func (f *fakeStore) Rule(context.Context, []engine.Ruling, engine.Edit) (*engine.RulingsResult, error) {
	return &engine.RulingsResult{}, f.storeErr
}

func (f *fakeStore) Judge(context.Context, string, string, string, engine.Edit) (string, error) {
	return "", recommend.ErrUnavailable
}

func (f *fakeStore) Undo(_ context.Context, s engine.Subject, change uint64, e engine.Edit) (string, error) {
	switch {
	case change == 2:
		return "", &engine.UndoError{Change: 2, Field: "pins"}
	case change > 2:
		return "", engine.ErrNoChange
	case e.IfMatch != "1":
		return "", recommend.ErrPrecondition
	}
	return "2", nil
}

func (f *fakeStore) CatchUp(context.Context) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.caught++
	return 1, nil
}

func (f *fakeStore) Search(ctx context.Context, q, lang string, limit int) ([]recommend.Entry, error) {
	return f.search(ctx, q, lang, limit)
}

func (f *fakeStore) Why(ctx context.Context, id, other string, q recommend.Query) (*recommend.Why, error) {
	if _, err := f.fakeReader.Related(ctx, id, q); err != nil {
		return nil, err
	}
	cards, _ := f.Cards(ctx, other)
	if len(cards) == 0 {
		return nil, recommend.ErrNotFound
	}
	return &recommend.Why{
		Item: id, Other: cards[0], Generation: 1, Works: 9, Sharing: 5, Rank: 4, Score: 100_000, Least: 200_000,
		Why: []recommend.Reason{{Term: "tenants", Part: 100_000}}, ItemOnly: []recommend.Reason{{Term: "rent control", Part: 90_000}}, OtherOnly: []recommend.Reason{},
		Holds: []recommend.Hold{{Kind: recommend.HoldThreshold, Needs: 200_000}},
	}, nil
}

func (f *fakeStore) Draft(ctx context.Context, it recommend.Item, q recommend.Query) (*engine.Draft, error) {
	rel, err := f.fakeReader.Related(ctx, f.items[0].ID, q)
	if err != nil {
		return nil, err
	}
	rel.Item = it.ID
	return &engine.Draft{
		Related:         *rel,
		SuggestedTopics: []engine.TopicSuggestion{{Topic: "housing", Confidence: 0.5}},
		NearDuplicates:  []engine.NearDuplicate{{Card: f.items[0], Score: 900_000}},
		Enters:          []engine.Entered{{ID: "rents", Place: 3, Score: 400_000, Leaves: "tenants"}}, EntersTotal: 1,
	}, nil
}

var noon = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

// sampleItems are few and have everything.
func sampleItems() []recommend.Item {
	return []recommend.Item{
		{
			ID: "rents", URL: "https://example.org/rents", Title: "Rents and tenants under control", Summary: "Rising renters leave central districts behind.",
			Body: "only for terms", Types: []string{"Reports"}, Topics: []string{"housing"}, Authors: []string{"A. Author"}, Lang: "en", Date: "2024-03",
			Image: &recommend.Image{URL: "/i.jpg", Alt: "A street"},
		},
		{
			ID: "tenants", URL: "https://example.org/tenants", Title: "Tenants under control", Summary: "Rising renters in central districts.",
			Types: []string{"Articles"}, Topics: []string{"housing"}, Lang: "en", Date: "2024-02", Version: 7,
		},
		{ID: "rentas", Title: "Alquileres", Types: []string{"Reports"}, Topics: []string{"housing"}, Lang: "es", Date: "2024-01", TranslationOf: "rents"},
		{ID: "later", Title: "Not yet", VisibleFrom: noon.Add(time.Hour)},
		{ID: "gone", Title: "Gone", Status: recommend.Withdrawn},
	}
}

// newSample returns a store of the sample items.
func newSample() *fakeStore {
	f := newFakeStore(sampleItems()...)
	f.items = slices.DeleteFunc(f.items, func(c recommend.Card) bool { return c.ID == "later" })
	f.alias["/former"] = "rents"
	return f
}

// A fakeReindexer refuses to make generations.
type fakeReindexer struct{}

func (fakeReindexer) Reindex(context.Context, engine.ReindexOptions) (*recommend.Generation, error) {
	return nil, errSecret
}

func (fakeReindexer) Rollback(context.Context) (*recommend.Generation, error) {
	return &recommend.Generation{Number: 1, State: "current"}, nil
}

// A fakeReporter has one report, or none.
type fakeReporter struct{ report *coverage.Report }

func (fakeReporter) Days(context.Context, time.Time) ([]coverage.Day, error) { return nil, nil }

func (f fakeReporter) Latest(context.Context) (*coverage.Report, *coverage.Changes, error) {
	if f.report == nil {
		return nil, nil, coverage.ErrNoReport
	}
	return f.report, &coverage.Changes{}, nil
}

// A testAPI is a handler and what it works on.
type testAPI struct {
	t     testing.TB
	store *fakeStore
	h     http.Handler
	log   *bytes.Buffer
	spec  *specification
}

// newAPI returns a handler over a sample store, changed by the options.
func newTestAPI(t testing.TB, options ...func(*Config)) *testAPI {
	t.Helper()
	store := newSample()
	log := &bytes.Buffer{}
	c := Config{
		Reader: store, Publisher: store, Searcher: store, CatchUp: store.CatchUp,
		Config:    serve.Config{Now: func() time.Time { return noon }, Logger: slog.New(slog.NewTextHandler(log, nil))},
		Rebuilder: engine.NewBackground(t.Context(), fakeReindexer{}, slog.New(slog.DiscardHandler)),
		Report:    fakeReporter{coverage.Make(&engine.Survey{}, noon)},
	}
	for _, o := range options {
		o(&c)
	}
	h := New(c)
	return &testAPI{t: t, store: store, h: h, log: log, spec: theSpecification()}
}

// do sends a request from this machine, with headers in pairs, and checks the
// answer against the description of the API.
func (a *testAPI) do(method, target, body string, headers ...string) *http.Response {
	a.t.Helper()
	r := local(method, target, body, headers...)
	w := httptest.NewRecorder()
	a.h.ServeHTTP(w, r)
	res := w.Result()
	a.spec.check(a.t, r, res, w.Body.Bytes())
	return res
}

// local returns a request that this machine makes.
func local(method, target, body string, headers ...string) *http.Request {
	var b io.Reader
	if body != "" {
		b = strings.NewReader(body)
	}
	r := httptest.NewRequest(method, "http://localhost:8080"+target, b)
	r.RemoteAddr = "127.0.0.1:50000"
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	return r
}

func bodyOf(t testing.TB, res *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func decode[T any](t testing.TB, res *http.Response) T {
	t.Helper()
	var v T
	b := bodyOf(t, res)
	d := json.NewDecoder(strings.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%s\n%v", b, err)
	}
	return v
}

var errSecret = errors.New("a secret of the program")

func nopBody(s string) io.ReadCloser { return io.NopCloser(strings.NewReader(s)) }

func (f *fakeStore) Titles(_ context.Context, q string, limit int) ([]recommend.Item, error) {
	var found []recommend.Item
	for _, it := range f.stored {
		if strings.Contains(strings.ToLower(it.Title), strings.ToLower(q)) && len(found) < limit {
			found = append(found, it)
		}
	}
	return found, nil
}

func (f *fakeStore) Hints(_ context.Context, q string, _ int) (*recommend.Hints, error) {
	h := &recommend.Hints{}
	if q == "tenatns" {
		h.Meant = "tenants"
	}
	if q == "mar solis" {
		h.Authors = []recommend.Named{{Name: "Mar Solis", Works: 2}}
	}
	return h, nil
}

func (f *fakeStore) ByAuthor(ctx context.Context, author, lang string, limit int) ([]recommend.Entry, error) {
	return f.search(ctx, "tenants", lang, limit)
}

func (f *fakeStore) Named(_ context.Context, ids ...string) (map[string]recommend.Item, error) {
	named := map[string]recommend.Item{}
	for _, id := range ids {
		if it, ok := f.stored[id]; ok {
			named[id] = it
		}
	}
	return named, nil
}

func (f *fakeStore) TopicsLike(_ context.Context, q string, limit int) ([]recommend.Topic, error) {
	return nil, nil
}

func (f *fakeStore) NamedTopics(context.Context, ...string) (map[string]recommend.Topic, error) {
	return nil, nil
}
