package webhook_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"akin/infra/memory"
	"akin/infra/webhook"
	"akin/recommend"
	"akin/recommend/engine"
	"akin/recommend/sources"
	"akin/recommend/store"
)

var secret = base64.StdEncoding.EncodeToString([]byte("a secret of thirty-two bytes, yes"))

// A site makes receipts.
type site struct {
	t         *testing.T
	store     store.Store
	publisher *engine.Publisher
	indexer   *engine.Indexer
	receipts  *engine.Receipts
}

func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{t: t, store: memory.New()}
	var err error
	if s.publisher, err = engine.NewPublisher(s.store, recommend.DefaultSettings(), engine.PublisherOptions{}); err != nil {
		t.Fatal(err)
	}
	s.indexer = engine.NewIndexer(s.store, recommend.DefaultSettings(), engine.IndexerOptions{Alone: true, Receipts: true})
	s.receipts = &engine.Receipts{Reader: engine.NewReader(s.store, engine.ReaderOptions{}), Writer: s.indexer}
	s.publish("first")
	if _, err := s.indexer.Reindex(t.Context(), engine.ReindexOptions{}); err != nil {
		t.Fatal(err)
	}
	s.publish("second")
	return s
}

func (s *site) publish(id string) {
	s.t.Helper()
	if r := s.publisher.Put(s.t.Context(), recommend.Item{ID: id, Title: "Harbour " + id, Lang: "en"})[0]; r.Err != nil {
		s.t.Fatal(r.Err)
	}
	if _, err := s.indexer.CatchUp(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
	if err := s.indexer.Tell(s.t.Context(), true); err != nil {
		s.t.Fatal(err)
	}
}

func (s *site) last() uint64 {
	s.t.Helper()
	n, err := s.receipts.Last(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	return n
}

// A hook is an address that keeps what it takes.
type hook struct {
	*httptest.Server
	mu     sync.Mutex
	answer int
	got    []uint64
	ids    []string
	wrong  []error
	more   chan struct{}
}

func newHook(t *testing.T, answer int) *hook {
	h := &hook{answer: answer, more: make(chan struct{}, 1000)}
	h.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err == nil {
			err = sources.Verify(secret, r.Header, body, time.Now())
		}
		var m struct {
			Type string
			Data recommend.Receipt
		}
		if err == nil {
			err = json.Unmarshal(body, &m)
		}
		if err == nil && m.Type != "akin.changes" {
			err = fmt.Errorf("type %q", m.Type)
		}
		h.mu.Lock()
		defer h.mu.Unlock()
		if err != nil {
			h.wrong = append(h.wrong, err)
		}
		h.ids = append(h.ids, r.Header.Get("webhook-id"))
		if h.answer/100 == 2 {
			h.got = append(h.got, m.Data.Number)
		}
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(h.answer)
		h.more <- struct{}{}
	}))
	t.Cleanup(h.Close)
	return h
}

func (h *hook) answers(status int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.answer = status
}

// last returns what it took last.
func (h *hook) last() uint64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.got) == 0 {
		return 0
	}
	return h.got[len(h.got)-1]
}

func (h *hook) wait(t *testing.T, calls int) {
	t.Helper()
	for range calls {
		select {
		case <-h.more:
		case <-time.After(30 * time.Second):
			t.Fatal("nothing was sent")
		}
	}
}

// run sends until the function that it returns is called.
func (s *site) run(to ...string) (stop func()) {
	ctx, cancel := context.WithCancel(s.t.Context())
	sender := &webhook.Sender{Store: s.store, Receipts: s.receipts, Secret: secret, To: to, Pause: func(int) time.Duration { return time.Millisecond }}
	done := make(chan struct{})
	go func() { defer close(done); sender.Run(ctx) }()
	return func() { cancel(); <-done }
}

// known waits until an address has a state, from which it is told of what comes.
func (s *site) known(n int) []recommend.Webhook {
	s.t.Helper()
	for range 3000 {
		all, err := webhook.List(s.t.Context(), s.store)
		if err != nil {
			s.t.Fatal(err)
		}
		if len(all) == n {
			return all
		}
		time.Sleep(time.Millisecond)
	}
	s.t.Fatal("the address is not known")
	return nil
}

// Each address gets every receipt, signed and in order, those of the time when nobody sent included; what it
// refuses holds up its own receipts only, and a try has the id of the one before.
func TestReceiptsAreSentInOrder(t *testing.T) {
	s := newSite(t)
	good, bad := newHook(t, 204), newHook(t, 503)
	stop := s.run(good.URL, bad.URL)
	s.known(2)
	from := s.last()
	s.publish("third")
	s.publish("fourth")
	good.wait(t, int(s.last()-from))
	bad.wait(t, 2) // tried again
	stop()
	s.publish("fifth")
	bad.answers(200)
	stop = s.run(good.URL, bad.URL)
	defer stop()
	var want []uint64
	for n := from + 1; n <= s.last(); n++ {
		want = append(want, n)
	}
	for range 30_000 {
		if bad.last() == s.last() && good.last() == s.last() {
			break
		}
		time.Sleep(time.Millisecond)
	}
	for name, h := range map[string]*hook{"good": good, "bad": bad} {
		h.mu.Lock()
		// One that was under way at the stop may have come twice.
		if !slices.Equal(slices.Compact(slices.Clone(h.got)), want) || len(h.wrong) > 0 {
			t.Errorf("%s took %v, want %v (%v)", name, h.got, want, h.wrong)
		}
		h.mu.Unlock()
	}
	if bad.ids[0] != bad.ids[1] {
		t.Errorf("tries of one receipt have the ids %v", bad.ids[:2])
	}
}

// What an address never takes is set aside, the next ones are sent, and it can be sent again. A redirect is
// not followed.
func TestReceiptsNotTaken(t *testing.T) {
	s := newSite(t)
	h := newHook(t, 307)
	stop := s.run(h.URL + "/?key=hidden")
	s.known(1)
	from := s.last()
	s.publish("third")
	h.wait(t, webhook.MaxTries)
	var dead []webhook.Dead
	for range 3000 {
		var err error
		if dead, err = webhook.DeadLetters(t.Context(), s.store); err != nil {
			t.Fatal(err)
		}
		if len(dead) > 0 {
			break
		}
		time.Sleep(time.Millisecond)
	}
	stop()
	if len(dead) == 0 || dead[0].Error != "it answered 307" || dead[0].Receipt.Number != from+1 {
		t.Fatalf("dead letters %+v", dead)
	}
	if all := s.known(1); all[0].Dead == 0 || all[0].Address != h.URL+"/" {
		t.Errorf("the address is %+v", all[0])
	}
	if n, err := webhook.Retry(t.Context(), s.store); err != nil || n == 0 {
		t.Fatalf("retried %d (%v)", n, err)
	}
	h.answers(200)
	stop = s.run(h.URL + "/?key=hidden")
	defer stop()
	for range 30_000 {
		left, err := webhook.DeadLetters(t.Context(), s.store)
		if err != nil {
			t.Fatal(err)
		}
		if len(left) == 0 {
			break
		}
		time.Sleep(time.Millisecond)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if !slices.Contains(h.got, from+1) {
		t.Errorf("it took %v, want %d among them", h.got, from+1)
	}
}

func TestCheck(t *testing.T) {
	for address, ok := range map[string]bool{"https://example.org/hook": true, "http://127.0.0.1:9/x?key=1": true, "example.org": false, "ftp://example.org/": false} {
		if err := webhook.Check(address, secret); (err == nil) != ok {
			t.Errorf("Check(%q) = %v", address, err)
		}
	}
	if webhook.Check("https://example.org/", "not base64!") == nil {
		t.Error("a secret that is not base64 is taken")
	}
}
