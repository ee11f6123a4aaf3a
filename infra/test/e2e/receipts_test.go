package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	ebtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"akin/recommend"
	"akin/recommend/engine"
)

// A listener is a rule of a site on the bus that receipts are put on, with a queue.
type listener struct {
	w     *world
	queue string // URL
	heard []recommend.Receipt
}

// listen makes the bus and the rule, as docs/aws.md has it.
func (w *world) listen(t *testing.T, bus string) *listener {
	t.Helper()
	ctx := t.Context()
	q, err := w.sqs.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: &bus})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.events.CreateEventBus(ctx, &eventbridge.CreateEventBusInput{Name: &bus}); err != nil {
		t.Fatal(err)
	}
	const pattern = `{"source":["akin"],"detail-type":["Lists changed"]}`
	if _, err := w.events.PutRule(ctx, &eventbridge.PutRuleInput{Name: &bus, EventBusName: &bus, EventPattern: aws.String(pattern)}); err != nil {
		t.Fatal(err)
	}
	target := ebtypes.Target{Id: aws.String("queue"), Arn: aws.String("arn:aws:sqs:" + region + ":" + account + ":" + bus)}
	if _, err := w.events.PutTargets(ctx, &eventbridge.PutTargetsInput{Rule: &bus, EventBusName: &bus, Targets: []ebtypes.Target{target}}); err != nil {
		t.Fatal(err)
	}
	return &listener{w: w, queue: *q.QueueUrl}
}

// hear takes what arrived.
func (l *listener) hear(t *testing.T) {
	t.Helper()
	for {
		out, err := l.w.sqs.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: &l.queue, MaxNumberOfMessages: 10})
		if err != nil {
			t.Fatal(err)
		}
		if len(out.Messages) == 0 {
			return
		}
		for _, m := range out.Messages {
			var e struct {
				Source string
				Detail struct {
					recommend.Receipt
					Part, Parts int
				}
			}
			if err := json.Unmarshal([]byte(*m.Body), &e); err != nil || e.Source != "akin" || e.Detail.Part != 1 || e.Detail.Parts != 1 {
				t.Errorf("event %s: %v", *m.Body, err)
			}
			l.heard = append(l.heard, e.Detail.Receipt)
			if _, err := l.w.sqs.DeleteMessage(t.Context(), &sqs.DeleteMessageInput{QueueUrl: &l.queue, ReceiptHandle: m.ReceiptHandle}); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// receipts returns those after one, as the API answers them.
func (w *world) receipts(t *testing.T, since uint64) []recommend.Receipt {
	t.Helper()
	var page struct{ Receipts []recommend.Receipt }
	a := w.do(t, "GET", fmt.Sprintf("/v1/changes?limit=100&since=%d", since), "", cms)
	if err := json.Unmarshal(a.Body, &page); err != nil || a.Status != http.StatusOK {
		t.Fatalf("GET /v1/changes answers %d %s", a.Status, a.Body)
	}
	return page.Receipts
}

// published returns what is published of the related lists, by id: as they are stored, since the API may
// remember for some seconds which topics and generation there are.
func (w *world) published(t *testing.T, ids []string) map[string]string {
	t.Helper()
	all := map[string]string{}
	reader := engine.NewReader(w.store, engine.ReaderOptions{})
	for _, id := range ids {
		r, err := reader.Related(t.Context(), id, recommend.Query{})
		if errors.Is(err, recommend.ErrNotFound) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		b, err := json.Marshal(r.Public())
		if err != nil {
			t.Fatal(err)
		}
		all[id] = string(b)
	}
	return all
}

// tick has the clock ask for receipts.
func (w *world) tick(t *testing.T) {
	t.Helper()
	input := w.template.Resources["ReceiptsDue"].Properties["Targets"].([]any)[0].(map[string]any)["Input"].(string)
	if r, err := w.functions["PublishFunction"].Invoke(t.Context(), []byte(input)); err != nil || r.Error != "" {
		t.Fatalf("the clock is answered %+v, %v", r, err)
	}
}

// A trouble answers requests that put events, one after the other.
type trouble struct {
	mu    sync.Mutex
	next  []string
	met   int
	calls int
}

func (f *trouble) meddle(w http.ResponseWriter, action string, body []byte) bool {
	if action != "events:PutEvents" {
		return false
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls++
	if len(f.next) == 0 {
		return false
	}
	kind := f.next[0]
	f.next = f.next[1:]
	f.met++
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	switch kind {
	case "throttled":
		w.WriteHeader(http.StatusBadRequest)
		io.WriteString(w, `{"__type":"ThrottlingException","message":"injected"}`)
	case "refused": // each of its entries
		n := bytes.Count(body, []byte(`"DetailType"`))
		io.WriteString(w, fmt.Sprintf(`{"FailedEntryCount":%d,"Entries":[%s]}`, n, bytes.Join(slices.Repeat([][]byte{[]byte(`{"ErrorCode":"InternalFailure","ErrorMessage":"injected"}`)}, n), []byte(","))))
	case "cut off":
		panic(http.ErrAbortHandler) // no answer
	}
	return true
}

func (f *trouble) plan(kinds ...string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.next = kinds
}

func (f *trouble) left() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.next)
}

// A publish leads to events that name exactly the lists that it changed; what the bus refuses, throttles or does
// not answer is told again, in order, and nothing is lost.
func TestReceipts(t *testing.T) {
	w := newWorld(t, "AKIN_RECEIPTS=true", "AKIN_BUS=site")
	var f trouble
	w.cloud.Meddle = f.meddle
	site := w.listen(t, "site")
	var ids []string
	for i, text := range []string{"Harbour cranes", "Harbour pilots", "Harbour dues and cranes", "Law of tenants", "Tenants and rents", "Rents in the old town",
		"Tenants of the new town", "Law of rents", "Old tenants and new rents", "A town of tenants", "What the law says of rents"} {
		it := recommend.Item{ID: fmt.Sprintf("item%d", i), Title: text, Lang: "en", Date: fmt.Sprintf("2024-01-%02d", i+1), Topics: []string{"city"}}
		w.put(t, it, http.StatusCreated)
		ids = append(ids, it.ID)
	}
	if a := w.do(t, "GET", "/v1/changes", "", cms); a.Status != http.StatusNotFound {
		t.Errorf("before the first receipt, GET /v1/changes answers %d %s", a.Status, a.Body)
	}
	if a := w.do(t, "POST", "/v1/reindex", "", cms); a.Status != http.StatusAccepted {
		t.Fatalf("POST /v1/reindex answers %d %s", a.Status, a.Body)
	}
	w.waitExecution(t)
	w.settled(t)
	w.tick(t)
	site.hear(t)
	if len(site.heard) != 1 || !site.heard[0].All || site.heard[0].Number != 1 {
		t.Fatalf("the first lists are told by %+v, want one event for all", site.heard)
	}

	// told publishes, and holds the events to what changed.
	told := func(what string, publish func()) {
		t.Helper()
		before, last, from := w.published(t, ids), site.heard[len(site.heard)-1].Number, len(site.heard)
		publish()
		w.settled(t)
		eventually(t, "the bus has every receipt of "+what, func() bool {
			w.tick(t)
			all := w.receipts(t, last)
			site.hear(t)
			return len(all) > 0 && f.left() == 0 && site.heard[len(site.heard)-1].Number == all[len(all)-1].Number
		})
		after, named := w.published(t, ids), map[string]bool{}
		next := last + 1
		for _, r := range site.heard[from:] {
			switch {
			case r.Number <= last: // told once more
				continue
			case r.Number == next:
				next++
			case r.Number > next:
				t.Errorf("%s: receipt %d is told before %d", what, r.Number, next)
			}
			for _, id := range r.Lists {
				named[id] = true
			}
		}
		changed := map[string]bool{}
		for _, id := range ids {
			if before[id] != after[id] {
				changed[id] = true
			}
		}
		if !maps.Equal(named, changed) {
			t.Errorf("%s: named are %v, changed are %v", what, named, changed)
		}
		if len(changed) == 0 || len(changed) == len(ids) {
			t.Errorf("%s changed %d of %d lists, which shows little", what, len(changed), len(ids))
		}
		stored := w.receipts(t, last)
		if int(next-last-1) != len(stored) {
			t.Errorf("%s: %d receipts are told of %d", what, next-last-1, len(stored))
		}
	}
	told("a publish", func() {
		ids = append(ids, "tugs")
		w.put(t, recommend.Item{ID: "tugs", Title: "Harbour tugs and pilots", Lang: "en", Date: "2023-01-01"}, http.StatusCreated)
	})
	for _, trouble := range [][]string{
		{"throttled", "throttled", "throttled", "throttled"}, {"refused", "refused"}, {"cut off", "cut off", "throttled", "refused", "cut off"},
		slices.Repeat([]string{"throttled"}, 20), // longer than one call tries
	} {
		n := f.met
		told(fmt.Sprint(trouble), func() {
			f.plan(trouble...)
			id := fmt.Sprintf("tug%d", n)
			ids = append(ids, id)
			w.put(t, recommend.Item{ID: id, Title: fmt.Sprintf("Harbour tugs of %d", n), Lang: "en", Date: "2023-01-02"}, http.StatusCreated)
		})
		if f.met-n != len(trouble) {
			t.Errorf("%d requests met trouble, want %d", f.met-n, len(trouble))
		}
	}
	// Editors' decisions come with no change row: the clock tells of them.
	told("a pin", func() {
		if a := w.do(t, "PUT", "/v1/items/item3/curation", `{"pins":[{"id":"tugs"}]}`, cms, "If-Match", "*"); a.Status >= 300 {
			t.Fatalf("PUT of a pin answers %d %s", a.Status, a.Body)
		}
		w.tick(t)
	})
	w.changesAnswered(t, site.heard[len(site.heard)-1].Number)
	if used := w.cloud.Used("PublishRole"); !slices.Contains(used, "events:PutEvents") {
		t.Errorf("the publish function uses %q", used)
	}
}

// changesAnswered asks GET /v1/changes in the forms that it has.
func (w *world) changesAnswered(t *testing.T, last uint64) {
	t.Helper()
	since := fmt.Sprintf("/v1/changes?since=%d", last-1)
	if a := w.do(t, "GET", since, "", cms, "Accept", "application/x-ndjson"); a.Status != http.StatusOK || !bytes.HasPrefix(a.Body, []byte(fmt.Sprintf(`{"number":%d,`, last))) || bytes.Count(a.Body, []byte("\n")) != 1 {
		t.Errorf("lines: %d %s", a.Status, a.Body)
	}
	if a := w.do(t, "GET", since, "", cms, "Accept", "text/event-stream"); a.Status != http.StatusNotAcceptable || !bytes.Contains(a.Body, []byte("not streamed here")) {
		t.Errorf("a stream: %d %s", a.Status, a.Body)
	}
	if a := w.do(t, "GET", fmt.Sprintf("/v1/changes?since=%d", last+9), "", cms); a.Status != http.StatusGone {
		t.Errorf("a cursor that was never given: %d %s", a.Status, a.Body)
	}
	if a := w.do(t, "GET", since, "", Principal{}); a.Status != http.StatusForbidden {
		t.Errorf("anybody: %d %s", a.Status, a.Body)
	}
	waits := make(chan answer, 1)
	go func() { waits <- w.do(t, "GET", fmt.Sprintf("/v1/changes?wait=55&since=%d", last), "", cms) }()
	w.put(t, recommend.Item{ID: "late", Title: "Harbour pilots are late", Lang: "en"}, http.StatusCreated)
	if a := <-waits; a.Status != http.StatusOK || !bytes.Contains(a.Body, []byte(`"item":"late"`)) {
		t.Errorf("who waits is answered %d %s", a.Status, a.Body)
	}
}
