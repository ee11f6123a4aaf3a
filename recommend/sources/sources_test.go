package sources_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"akin/infra/memory"
	"akin/recommend"
	"akin/recommend/engine"
	"akin/recommend/sources"
	"akin/recommend/store"
)

// A fake is a source whose works are ids.
type fake struct {
	ids     []string
	err     error // of asking
	partial bool
	found   []sources.Found // beside the ids
	asked   []sources.Source
	during  func()
	same    bool
}

func (f *fake) Read(_ context.Context, s *sources.Source) (*sources.Answer, error) {
	f.asked = append(f.asked, *s)
	if f.during != nil {
		f.during()
	}
	if f.err != nil {
		return nil, f.err
	}
	if f.same && s.ETag == "one" {
		return &sources.Answer{Unchanged: true}, nil
	}
	return &sources.Answer{ETag: "one", Partial: func() bool { return f.partial }, Found: func(yield func(sources.Found) bool) {
		for _, id := range f.ids {
			if !yield(sources.Found{ID: id, Item: &recommend.Item{ID: id, Title: "Work " + id, Lang: "en"}}) {
				return
			}
		}
		for _, x := range f.found {
			if !yield(x) {
				return
			}
		}
	}}, nil
}

type world struct {
	t      *testing.T
	store  store.Store
	reader *engine.Reader
	runner *sources.Runner
	pub    *engine.Publisher
	now    time.Time
}

func newWorld(t *testing.T, r sources.Reader) *world {
	t.Helper()
	w := &world{t: t, store: memory.New(), now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	pub, err := engine.NewPublisher(w.store, recommend.DefaultSettings(), engine.PublisherOptions{})
	if err != nil {
		t.Fatal(err)
	}
	w.pub, w.reader = pub, engine.NewReader(w.store, engine.ReaderOptions{})
	w.runner = &sources.Runner{Store: w.store, Reader: r, Publisher: pub, Now: func() time.Time { return w.now }}
	return w
}

func (w *world) add(name string) *sources.Source {
	w.t.Helper()
	s, err := sources.Add(w.t.Context(), w.store, sources.Source{Name: name, Address: "https://a.example/"}, w.now)
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

func (w *world) run(name string, force bool) *sources.Run {
	w.t.Helper()
	run, err := w.runner.Run(w.t.Context(), name, force)
	if err != nil {
		w.t.Fatal(err)
	}
	return run
}

// gone says whether an item is withdrawn.
func (w *world) gone(id string) bool {
	w.t.Helper()
	it, err := w.reader.Item(w.t.Context(), id)
	if err != nil {
		w.t.Fatalf("item %s: %v", id, err)
	}
	return it.Status == recommend.Withdrawn
}

func ids(from, to int) (list []string) {
	for i := from; i < to; i++ {
		list = append(list, fmt.Sprintf("w%d", i))
	}
	return list
}

func TestItemsStayInStep(t *testing.T) {
	f := &fake{ids: ids(0, 20)}
	w := newWorld(t, f)
	w.add("news")
	if run := w.run("news", false); run.Stored != 20 || run.Error != "" {
		t.Fatalf("first run: %+v", run)
	}
	if result := w.pub.Put(t.Context(), recommend.Item{ID: "own", Title: "By hand", Lang: "en"}); result[0].Err != nil {
		t.Fatal(result[0].Err)
	}
	f.ids = ids(2, 20)
	if run := w.run("news", false); run.Withdrawn != 2 || run.Unchanged != 18 || !w.gone("w0") || w.gone("w2") || w.gone("own") {
		t.Errorf("run after two works went: %+v", run)
	}
	if names, err := sources.Of(t.Context(), w.store, "w2"); err != nil || !slices.Equal(names, []string{"news"}) {
		t.Errorf("sources of w2: %q, %v", names, err)
	}
	f.ids = ids(2, 10)
	run := w.run("news", false)
	if run.Held != 10 || run.Withdrawn != 0 || w.gone("w15") {
		t.Errorf("run after more than a tenth went: %+v", run)
	}
	if run := w.run("news", true); run.Withdrawn != 10 || !w.gone("w15") {
		t.Errorf("run with force: %+v", run)
	}
	s, err := sources.Get(t.Context(), w.store, "news")
	if err != nil || s.Items != 8 || s.Failures != 0 || s.Next.Before(w.now.Add(14*time.Minute)) || s.Next.After(w.now.Add(16*time.Minute)) {
		t.Errorf("source: %+v, %v", s, err)
	}
	f.ids = ids(0, 10)
	if run := w.run("news", false); run.Stored != 2 || w.gone("w0") {
		t.Errorf("run after a work came back: %+v", run)
	}
}

// What was not read whole withdraws nothing: part of a list, a record that
// cannot be told, a file that was cut off, a source that does not answer.
func TestOnlyTheWholeWithdraws(t *testing.T) {
	for name, spoil := range map[string]func(*fake){
		"part":     func(f *fake) { f.partial = true },
		"nameless": func(f *fake) { f.found = []sources.Found{{Err: errors.New("x")}} },
		"cut":      func(f *fake) { f.found = []sources.Found{{ID: "w5", Err: errors.New("x"), Cut: true}} },
		"silent":   func(f *fake) { f.err = errors.New("answers 503") },
	} {
		f := &fake{ids: ids(0, 20)}
		w := newWorld(t, f)
		w.add("news")
		w.run("news", false)
		f.ids = ids(1, 20)
		spoil(f)
		if run := w.run("news", true); run.Withdrawn != 0 || w.gone("w0") {
			t.Errorf("%s: %+v", name, run)
		}
	}
	// A record that is wrong and says its id is there all the same.
	f := &fake{ids: ids(0, 20)}
	w := newWorld(t, f)
	w.add("news")
	w.run("news", false)
	f.ids, f.found = ids(2, 20), []sources.Found{{ID: "w0", Err: errors.New("x")}}
	if run := w.run("news", false); run.Withdrawn != 1 || w.gone("w0") || !w.gone("w1") {
		t.Errorf("with a wrong record: %+v", run)
	}
	// And what is there and not to be seen is withdrawn, however little was read.
	f.ids, f.found, f.partial = ids(3, 4), []sources.Found{{ID: "w2", Gone: true}, {ID: "other", Gone: true}}, true
	if run := w.run("news", false); run.Withdrawn != 1 || !w.gone("w2") {
		t.Errorf("with a draft: %+v", run)
	}
}

func TestAnItemOfTwoSources(t *testing.T) {
	f := &fake{ids: ids(0, 20)}
	w := newWorld(t, f)
	w.add("one")
	w.add("two")
	w.run("one", false)
	w.run("two", false)
	f.ids = ids(1, 20)
	if w.run("one", false); w.gone("w0") {
		t.Error("an item that another source has too was withdrawn")
	}
	if run := w.run("two", false); !w.gone("w0") || run.Withdrawn != 1 {
		t.Error("an item that no source has was kept")
	}
}

func TestFailuresWaitLonger(t *testing.T) {
	f := &fake{err: errors.New("answers 503")}
	w := newWorld(t, f)
	w.add("news")
	for n, want := range []time.Duration{30 * time.Minute, time.Hour, 2 * time.Hour} {
		run := w.run("news", false)
		s, err := sources.Get(t.Context(), w.store, "news")
		if err != nil || run.Error != "answers 503" || s.Failures != n+1 {
			t.Fatalf("failure %d: %+v, %v", n+1, s, err)
		}
		if wait := s.Next.Sub(w.now); wait < want*3/4 || wait > want*5/4 {
			t.Errorf("after failure %d it waits %v, want about %v", n+1, wait, want)
		}
	}
	s, _ := sources.Get(t.Context(), w.store, "news")
	if s.Silent(w.now.Add(23*time.Hour)) || !s.Silent(w.now.Add(25*time.Hour)) {
		t.Error("silence does not begin after a day")
	}
	if n, err := w.runner.Due(t.Context()); n != 0 || err != nil {
		t.Errorf("a source that waits was read: %d, %v", n, err)
	}
	w.now = w.now.Add(3 * time.Hour)
	f.err = nil
	f.ids = ids(0, 1)
	if n, err := w.runner.Due(t.Context()); n != 1 || err != nil {
		t.Errorf("a source that is due was not read: %d, %v", n, err)
	}
}

func TestUnchangedIsNotRead(t *testing.T) {
	f := &fake{ids: ids(0, 3), same: true}
	w := newWorld(t, f)
	w.add("news")
	w.run("news", false)
	if run := w.run("news", false); !run.Unread || f.asked[1].ETag != "one" || !f.asked[1].Since.Equal(w.now) {
		t.Errorf("second run: %+v, asked %+v", run, f.asked[1])
	}
	if run := w.run("news", true); run.Unread || !f.asked[2].Since.IsZero() {
		t.Errorf("run with force: %+v, asked %+v", run, f.asked[2])
	}
}

// One reads a source at a time; who asks meanwhile has it read again.
func TestOneAtATime(t *testing.T) {
	f := &fake{ids: ids(0, 3)}
	w := newWorld(t, f)
	w.add("news")
	desk := &sources.Desk{Store: w.store, Now: func() time.Time { return w.now.Add(time.Second) }}
	f.during = func() {
		if _, err := w.runner.Run(t.Context(), "news", false); !errors.Is(err, sources.ErrBusy) {
			t.Errorf("a second run beside the first: %v", err)
		}
		if err := desk.Ask(t.Context(), "news"); err != nil {
			t.Error(err)
		}
	}
	w.run("news", false)
	f.during = nil
	w.now = w.now.Add(2 * time.Second)
	if n, err := w.runner.Due(t.Context()); n != 1 || err != nil {
		t.Errorf("the source was not read again: %d, %v", n, err)
	}
	if n, _ := w.runner.Due(t.Context()); n != 0 {
		t.Error("the source was read a third time")
	}
	// A process that died does not keep it for ever.
	s, _ := sources.Get(t.Context(), w.store, "news")
	if s.Running != (time.Time{}) {
		t.Errorf("running until %v", s.Running)
	}
}

func TestAddAndRemove(t *testing.T) {
	w := newWorld(t, &fake{ids: ids(0, 3)})
	w.add("news")
	for _, s := range []sources.Source{{Name: "News", Address: "x"}, {Name: "../x", Address: "x"}, {Name: "a", Address: ""}, {Name: "a", Address: "x", Every: time.Second}} {
		var invalid *recommend.InvalidError
		if _, err := sources.Add(t.Context(), w.store, s, w.now); !errors.As(err, &invalid) {
			t.Errorf("Add(%+v): %v, want an error that names the field", s, err)
		}
	}
	if _, err := sources.Add(t.Context(), w.store, sources.Source{Name: "news", Address: "x"}, w.now); !errors.Is(err, sources.ErrExists) {
		t.Errorf("the same name again: %v", err)
	}
	w.run("news", false)
	if err := sources.Remove(t.Context(), w.store, "news"); err != nil {
		t.Fatal(err)
	}
	if _, err := w.runner.Run(t.Context(), "news", false); !errors.Is(err, sources.ErrNotFound) || w.gone("w0") {
		t.Errorf("after removal: %v", err)
	}
	if all, err := sources.List(t.Context(), w.store); err != nil || len(all) != 0 {
		t.Errorf("sources: %v, %v", all, err)
	}
	w.add("news")
	w.runner.Reader.(*fake).ids = nil
	if run := w.run("news", false); run.Withdrawn != 0 {
		t.Errorf("a new source of an old name knows the items of the old one: %+v", run)
	}
}

// Signed as Standard Webhooks has it, by hand.
func TestVerify(t *testing.T) {
	key := []byte("0123456789abcdef0123456789abcdef")
	secret := "whsec_" + base64.StdEncoding.EncodeToString(key)
	now := time.Unix(1_700_000_000, 0)
	sign := func(content string) string {
		h := hmac.New(sha256.New, key)
		h.Write([]byte(content))
		return "v1," + base64.StdEncoding.EncodeToString(h.Sum(nil))
	}
	good := sign(`msg_1.1700000000.{"a":1}`)
	for _, tt := range []struct {
		name, id, stamp, signature, body string
		ok                               bool
	}{
		{"right", "msg_1", "1700000000", good, `{"a":1}`, true},
		{"one of several", "msg_1", "1700000000", "v1,AAAA v2,x " + good, `{"a":1}`, true},
		{"other body", "msg_1", "1700000000", good, `{"a":2}`, false},
		{"other id", "msg_2", "1700000000", good, `{"a":1}`, false},
		{"other time", "msg_1", "1700000001", good, `{"a":1}`, false},
		{"too old", "msg_1", "1699999699", sign("msg_1.1699999699."), "", false},
		{"just in time", "msg_1", "1699999700", sign("msg_1.1699999700."), "", true},
		{"too early", "msg_1", "1700000301", sign("msg_1.1700000301."), "", false},
		{"no id", "", "1700000000", sign(".1700000000."), "", false},
		{"no version", "msg_1", "1700000000", good[3:], `{"a":1}`, false},
	} {
		h := map[string][]string{"Webhook-Id": {tt.id}, "Webhook-Timestamp": {tt.stamp}, "Webhook-Signature": {tt.signature}}
		if err := sources.Verify(secret, h, []byte(tt.body), now); (err == nil) != tt.ok {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}
