package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	ebtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	sfntypes "github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"akin/infra/test/tools"
	"akin/recommend"
	"akin/recommend/engine"
	"akin/recommend/store"
)

// The whole stack lives through a day: each part goes on from where the one
// before left it.
func TestStack(t *testing.T) {
	w := newWorld(t)
	t.Run("a file that arrives is imported and the first lists are made", func(t *testing.T) { w.importFile(t) })
	t.Run("a publish shows on old pages, a withdrawal at once", func(t *testing.T) { w.publish(t) })
	t.Run("only who may writes", func(t *testing.T) { w.permissions(t) })
	t.Run("events of the publishing system", func(t *testing.T) { w.systemEvents(t) })
	t.Run("drafts and searches", func(t *testing.T) { w.drafts(t) })
	t.Run("what readers see and follow is counted", func(t *testing.T) { w.attention(t) })
	t.Run("a rebuild over eight shards while publishing goes on", func(t *testing.T) { w.rebuild(t) })
	t.Run("going back to the generation before", func(t *testing.T) { w.rollback(t) })
	t.Run("a rebuild that fails changes nothing", func(t *testing.T) { w.failedRebuild(t) })
	t.Run("a killed writer's work is taken up", func(t *testing.T) { w.killed(t) })
	t.Run("a change that cannot be read is set aside", func(t *testing.T) { w.poison(t) })
	t.Run("what a function fails at for ever ends in its queue", func(t *testing.T) { w.givenUp(t) })
}

// deliver makes a rule of the template in moto with a queue for its target, does
// what makes the event, and returns the event.
func (w *world) deliver(t *testing.T, rule, bus, pattern string, act func()) string {
	t.Helper()
	ctx := t.Context()
	q, err := w.sqs.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: &rule})
	if err != nil {
		t.Fatal(err)
	}
	put := &eventbridge.PutRuleInput{Name: &rule, EventPattern: &pattern}
	targets := &eventbridge.PutTargetsInput{Rule: &rule, Targets: []ebtypes.Target{{
		Id: aws.String("queue"), Arn: aws.String("arn:aws:sqs:" + region + ":" + account + ":" + rule),
	}}}
	if bus != "" {
		put.EventBusName, targets.EventBusName = &bus, &bus
	}
	if _, err := w.events.PutRule(ctx, put); err != nil {
		t.Fatal(err)
	}
	if _, err := w.events.PutTargets(ctx, targets); err != nil {
		t.Fatal(err)
	}
	act()
	var event string
	eventually(t, "an event for "+rule, func() bool {
		out, err := w.sqs.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: q.QueueUrl})
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range out.Messages {
			event = *m.Body
		}
		return event != ""
	})
	return event
}

// pattern returns the event pattern of a rule of the template.
func (w *world) pattern(t *testing.T, rule string) string {
	t.Helper()
	b, err := json.Marshal(w.template.Resources[rule].Properties["EventPattern"])
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// step invokes the reindex function and fails the test if that fails.
func (w *world) step(t *testing.T, event string) []byte {
	t.Helper()
	r, err := w.functions["ReindexFunction"].Invoke(t.Context(), []byte(event))
	if err != nil {
		t.Fatal(err)
	}
	if r.Error != "" {
		t.Fatalf("reindex fails at %s: %s", event, r.Payload)
	}
	return r.Payload
}

func corpus(t *testing.T, name string) []byte {
	t.Helper()
	root, err := tools.Root()
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(root, "testdata", "corpus", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func (w *world) importFile(t *testing.T) {
	ctx := t.Context()
	bucket := "imports"
	if _, err := w.s3.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: &bucket}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.s3.PutBucketNotificationConfiguration(ctx, &s3.PutBucketNotificationConfigurationInput{
		Bucket: &bucket, NotificationConfiguration: &s3types.NotificationConfiguration{EventBridgeConfiguration: &s3types.EventBridgeConfiguration{}},
	}); err != nil {
		t.Fatal(err)
	}
	pattern := strings.Replace(w.pattern(t, "FileArrived"), `{"Ref":"ImportBucket"}`, `"imports"`, 1)
	const n = 150 // items, of three languages; more take longer and show the same
	items := bytes.Join(bytes.SplitAfterN(corpus(t, "items.jsonl"), []byte("\n"), n+1)[:n], nil)
	event := w.deliver(t, "FileArrived", "", pattern, func() {
		for key, b := range map[string][]byte{"elsewhere/x": []byte("no event"), "import/items.jsonl": append(items, "{\"id\":\"broken\"}\n"...)} {
			if _, err := w.s3.PutObject(ctx, &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: bytes.NewReader(b)}); err != nil {
				t.Fatal(err)
			}
		}
	})
	if got, want := string(w.step(t, event)), fmt.Sprintf(`{"stored":%d,"unchanged":0,"stale":0,"rejected":1,"topics":0}`, n); got != want {
		t.Errorf("import answers %s, want %s", got, want)
	}
	if !strings.Contains(w.log.String(), fmt.Sprintf("import/items.jsonl:%d: ", n+1)) {
		t.Error("the log does not tell the line of the broken record")
	}
	w.waitExecution(t)
	eventually(t, "the first generation is in use", func() bool { return w.status(t).Generation > 0 })
	w.settled(t)
	w.check(t)

	// Delivered twice, as events may be: nothing is stored anew, and no second
	// rebuild starts.
	if got, want := string(w.step(t, event)), fmt.Sprintf(`{"stored":0,"unchanged":%d,"stale":0,"rejected":1,"topics":0}`, n); got != want {
		t.Errorf("the same import answers %s, want %s", got, want)
	}
	out, err := w.sfn.ListExecutions(ctx, &sfn.ListExecutionsInput{StateMachineArn: &w.machine})
	if err != nil || len(out.Executions) != 1 {
		t.Errorf("%d executions, %v; want 1", len(out.Executions), err)
	}
}

// cooler is an item much like the sample corpus's cool-by-noon.
func cooler(id string) recommend.Item {
	return recommend.Item{
		ID: id, URL: "/works/" + id, Title: "Cooling Centres That Open at Noon", Lang: "en", Date: "2024-05-01", Topics: []string{"heat"},
		Summary: "Cooling centres in libraries, gyms and school halls stayed empty on the hottest days: residents of Seville, Phoenix and Marseille say that the rooms closed before the evening peak of the heat.",
	}
}

func (w *world) publish(t *testing.T) {
	w.put(t, cooler("centres"), http.StatusCreated)
	eventually(t, "centres is related to cool-by-noon", func() bool {
		ids, _ := w.related(t, "cool-by-noon")
		return slices.Contains(ids, "centres")
	})
	eventually(t, "centres has a list of its own", func() bool {
		ids, generation := w.related(t, "centres")
		return slices.Contains(ids, "cool-by-noon") && generation == 1
	})
	eventually(t, "centres is indexed", func() bool {
		a := w.do(t, "GET", "/v1/items/centres", "", Principal{})
		var stored recommend.Stored
		return json.Unmarshal(a.Body, &stored) == nil && stored.Indexed
	})
	a := w.do(t, "GET", "/v1/items/centres", "", Principal{})
	var stored recommend.Stored
	if err := json.Unmarshal(a.Body, &stored); err != nil || !stored.Indexed || stored.Version != 1 {
		t.Errorf("GET /v1/items/centres answers %s", a.Body)
	}
	again := w.do(t, "GET", "/v1/items/centres", "", Principal{}, "If-None-Match", a.Header.Get("ETag"))
	if again.Status != http.StatusNotModified || len(again.Body) > 0 {
		t.Errorf("the same again answers %d %s", again.Status, again.Body)
	}

	// The page, by another function's cookies and gzip all the same.
	page := w.do(t, "GET", "/items/cool-by-noon", "", Principal{}, "Accept", "text/html", "Accept-Encoding", "gzip")
	if page.Status != http.StatusOK || page.Header.Get("Content-Encoding") != "gzip" || !bytes.HasPrefix(page.Body, []byte{0x1f, 0x8b}) {
		t.Errorf("the page answers %d, encoding %q, %d bytes", page.Status, page.Header.Get("Content-Encoding"), len(page.Body))
	}

	if a := w.do(t, "DELETE", "/v1/items/centres", "", cms); a.Status != http.StatusNoContent {
		t.Fatalf("DELETE answers %d %s", a.Status, a.Body)
	}
	if ids, _ := w.related(t, "cool-by-noon"); slices.Contains(ids, "centres") {
		t.Error("withdrawn, and still shown") // however far the index lags
	}
	if a := w.do(t, "GET", "/v1/items/centres/related", "", Principal{}); a.Status != http.StatusGone {
		t.Errorf("related of a withdrawn item answers %d", a.Status)
	}
	w.settled(t)
	w.check(t)
}

func (w *world) permissions(t *testing.T) {
	stranger := Principal{ARN: "arn:aws:iam::1:user/x", Key: "NOBODY", Secret: "x"}
	forger := cms
	forger.Secret = "guessed"
	for name, by := range map[string]Principal{"nobody": {}, "a stranger": stranger, "a forger": forger} {
		if a := w.do(t, "PUT", "/v1/items/x", `{"title":"x"}`, by); a.Status != http.StatusForbidden {
			t.Errorf("PUT by %s answers %d %s", name, a.Status, a.Body)
		}
	}
	for path, want := range map[string]int{
		"/v1/items/nope": 404, "/nope": 404, "/v1/nope": 404, "/healthz": 200, "/openapi.json": 200, "/": 200, "/topics": 200, "/sitemap.xml": 200, "/robots.txt": 200, "/widget.js": 200, "/sign-in": 200,
		"/v1/topics/a%3Fb%25%20%C3%BC": 404,
	} {
		if a := w.do(t, "GET", path, "", Principal{}); a.Status != want {
			t.Errorf("GET %s answers %d %.200s, want %d", path, a.Status, a.Body, want)
		}
	}
	w.everyOperationHasARoute(t)
	if a := w.do(t, "GET", "/v1/changes?since=1", "", cms); a.Status != http.StatusNotFound || !bytes.Contains(a.Body, []byte("no receipts are made here")) {
		t.Errorf("without receipts, GET /v1/changes answers %d %s", a.Status, a.Body)
	}
	if used := w.cloud.Used("PublishRole"); len(used) == 0 || slices.Contains(used, "events:PutEvents") {
		t.Errorf("without receipts, the publish function uses %q", used)
	}
	if a := w.do(t, "PUT", "/v1/items/x", `{"title":`, cms); a.Status != http.StatusBadRequest || a.Header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("half an item answers %d %s", a.Status, a.Body)
	}
	if a := w.do(t, "PUT", "/v1/topics/w%C3%A4rme", `{"title":"Wärme"}`, cms); a.Status != http.StatusOK && a.Status != http.StatusCreated {
		t.Errorf("PUT of a topic answers %d %s", a.Status, a.Body)
	}
	// The topics are remembered for five seconds.
	eventually(t, "the topic is there", func() bool {
		a := w.do(t, "GET", "/v1/topics/w%C3%A4rme", "", Principal{})
		return a.Status == http.StatusOK && bytes.Contains(a.Body, []byte("Wärme"))
	})
	if a := w.do(t, "PUT", "/v1/items/cool-by-noon/curation", `{"pins":[{"id":"nope"}]}`, cms, "If-Match", `"0"`); a.Status < 400 || a.Status >= 500 {
		t.Errorf("pinning what is not there answers %d %s", a.Status, a.Body)
	}
}

// everyOperationHasARoute compares the routes of the template with what the API
// says of itself.
func (w *world) everyOperationHasARoute(t *testing.T) {
	t.Helper()
	var spec struct{ Paths map[string]map[string]any }
	if a := w.do(t, "GET", "/openapi.json", "", Principal{}); json.Unmarshal(a.Body, &spec) != nil || len(spec.Paths) < 10 {
		t.Fatalf("GET /openapi.json answers %d, %d bytes", a.Status, len(a.Body))
	}
	routes, err := w.template.Routes()
	if err != nil {
		t.Fatal(err)
	}
	have := map[string]bool{}
	for _, r := range routes {
		have[r.Method+" "+r.Path] = true
	}
	for path, operations := range spec.Paths {
		for method := range operations {
			if key := strings.ToUpper(method) + " " + path; !have[key] {
				t.Errorf("template.yaml has no route %s", key)
			}
		}
	}
}

func (w *world) systemEvents(t *testing.T) {
	ctx := t.Context()
	bus := "akin"
	if _, err := w.events.CreateEventBus(ctx, &eventbridge.CreateEventBusInput{Name: &bus}); err != nil {
		t.Fatal(err)
	}
	send := func(kind, detail string) func() {
		return func() {
			out, err := w.events.PutEvents(ctx, &eventbridge.PutEventsInput{Entries: []ebtypes.PutEventsRequestEntry{
				{EventBusName: &bus, Source: aws.String("cms"), DetailType: &kind, Detail: &detail},
			}})
			if err != nil || out.FailedEntryCount > 0 {
				t.Fatal(err, out)
			}
		}
	}
	it := cooler("shade")
	b, err := json.Marshal(it)
	if err != nil {
		t.Fatal(err)
	}
	pattern := w.pattern(t, "ItemEvents")
	published := w.deliver(t, "ItemEvents", bus, pattern, send("item.published", string(b)))
	if got := string(w.step(t, published)); got != `{"id":"shade","outcome":"created"}` {
		t.Errorf("item.published answers %s", got)
	}
	if got := string(w.step(t, published)); got != `{"id":"shade","outcome":"unchanged"}` {
		t.Errorf("item.published once more answers %s", got)
	}
	withdrawn := w.deliver(t, "ItemEvents", bus, pattern, send("item.withdrawn", `{"id":"shade","version":7}`))
	w.step(t, withdrawn)
	if a := w.do(t, "GET", "/v1/items/shade/related", "", Principal{}); a.Status != http.StatusGone {
		t.Errorf("after item.withdrawn related answers %d", a.Status)
	}
	if got := string(w.step(t, published)); got != `{"id":"shade","outcome":"stale"}` {
		t.Errorf("item.published answers %s when it comes again after item.withdrawn", got)
	}
	r, err := w.functions["ReindexFunction"].Invoke(ctx, []byte(`{"detail-type":"item.published","detail":{"id":"../x"}}`))
	if err != nil || r.Error == "" {
		t.Errorf("an invalid item is not a failure: %v %s", err, r.Payload) // so that it would be lost
	}
	w.step(t, `{"step":"watch"}`)
	for _, name := range []string{"GenerationAge", "Pending", "DeadLetters"} {
		eventually(t, "watch measures "+name, func() bool { return strings.Contains(w.log.String(), `{"Name":"`+name+`"`) })
	}
	w.settled(t)
}

func (w *world) drafts(t *testing.T) {
	a := w.do(t, "GET", "/v1/search?q=cooling+centres", "", Principal{})
	if a.Status != http.StatusOK || !bytes.Contains(a.Body, []byte(`"cool-by-noon"`)) {
		t.Errorf("search answers %d %.300s", a.Status, a.Body)
	}
	it := cooler("draft")
	b, err := json.Marshal(map[string]string{"id": it.ID, "title": it.Title, "summary": it.Summary})
	if err != nil {
		t.Fatal(err)
	}
	a = w.do(t, "POST", "/v1/related", string(b), cms)
	if a.Status != http.StatusOK || !bytes.Contains(a.Body, []byte(`"cool-by-noon"`)) || !bytes.Contains(a.Body, []byte(`"suggestedTopics"`)) {
		t.Errorf("a draft answers %d %.300s", a.Status, a.Body)
	}
	if a := w.do(t, "GET", "/v1/items/draft", "", Principal{}); a.Status != http.StatusNotFound {
		t.Errorf("a draft is stored: %d", a.Status)
	}
}

// attention lets several readers tell at once, each another process's request.
func (w *world) attention(t *testing.T) {
	list, generation := w.related(t, "cool-by-noon")
	beacon := fmt.Sprintf(`{"kind":"impression","item":"cool-by-noon","generation":%d,"entries":[{"id":%q,"tier":"similar","position":1}]}`, generation, list[0])
	const readers = 8
	var all sync.WaitGroup
	for n := range readers {
		all.Go(func() {
			a := w.do(t, "POST", "/v1/events", beacon, Principal{}, "Content-Type", "text/plain;charset=UTF-8", "User-Agent", fmt.Sprint("Mozilla/5.0 Gecko/", n))
			if a.Status != http.StatusNoContent {
				t.Errorf("a beacon is answered %d %s", a.Status, a.Body)
			}
		})
	}
	all.Wait()
	survey, err := engine.NewIndexer(w.store, recommend.DefaultSettings(), engine.IndexerOptions{}).Survey(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got := survey.Attention.Days; len(got) != 1 || got[0].Seen != readers || got[0].Followed != 0 {
		t.Errorf("counted %+v, want %d seen at the first place", got, readers)
	}
}

func (w *world) rebuild(t *testing.T) {
	_, before := w.related(t, "cool-by-noon")
	starts := w.functions["ReindexFunction"].Starts()
	name, input := "eight", `{"force":true,"shards":8}`
	if _, err := w.sfn.StartExecution(t.Context(), &sfn.StartExecutionInput{StateMachineArn: &w.machine, Name: &name, Input: &input}); err != nil {
		t.Fatal(err)
	}
	// Publish all through the rebuild, at every tick, and no fewer than ten.
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	n := 0
	for ; n < 10 || w.execution(t).Status == sfntypes.ExecutionStatusRunning; n++ {
		<-tick.C
		it := cooler(fmt.Sprintf("during-%d", n))
		it.Summary += fmt.Sprintf(" Number %d of a series about heat, shade and water in the city.", n)
		w.put(t, it, http.StatusCreated)
		if n%3 == 2 {
			if a := w.do(t, "DELETE", fmt.Sprintf("/v1/items/during-%d", n-1), "", cms); a.Status != http.StatusNoContent {
				t.Fatalf("DELETE answers %d %s", a.Status, a.Body)
			}
		}
	}
	t.Logf("%d items published meanwhile, %d more processes of the reindex function", n, w.functions["ReindexFunction"].Starts()-starts)
	w.waitExecution(t)
	// The API remembers for five seconds which generation serves.
	eventually(t, "the generation after serves", func() bool { _, g := w.related(t, "cool-by-noon"); return g != before })
	w.settled(t)
	w.check(t)
	if d := w.status(t).DeadLetters; len(d) > 0 {
		t.Errorf("dead letters: %v", d)
	}
}

func (w *world) rollback(t *testing.T) {
	_, after := w.related(t, "cool-by-noon")
	a := w.do(t, "POST", "/v1/rollback", "", cms)
	if a.Status != http.StatusOK {
		t.Fatalf("rollback answers %d %s", a.Status, a.Body)
	}
	eventually(t, "the generation before serves", func() bool { _, g := w.related(t, "cool-by-noon"); return g != after })
	w.check(t) // what was published since is in it
}

func (w *world) failedRebuild(t *testing.T) {
	before := w.status(t)
	if a := w.do(t, "POST", "/v1/reindex?force=perhaps", "", cms); a.Status != http.StatusBadRequest {
		t.Errorf("force=perhaps answers %d %s", a.Status, a.Body)
	}
	name, input := "failing", `{"shards":"many"}`
	if _, err := w.sfn.StartExecution(t.Context(), &sfn.StartExecutionInput{StateMachineArn: &w.machine, Name: &name, Input: &input}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the rebuild fails", func() bool {
		out, err := w.sfn.ListExecutions(t.Context(), &sfn.ListExecutionsInput{StateMachineArn: &w.machine})
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range out.Executions {
			if *e.Name == name {
				return e.Status == "FAILED"
			}
		}
		return false
	})
	if after := w.status(t); after.Generation != before.Generation {
		t.Errorf("generation %d, was %d", after.Generation, before.Generation)
	}
	w.check(t)
}

func (w *world) killed(t *testing.T) {
	publish := w.functions["PublishFunction"]
	for i := range 6 {
		it := cooler(fmt.Sprintf("kill-%d", i))
		it.Summary += fmt.Sprintf(" Part %d.", i)
		w.put(t, it, http.StatusCreated)
		publish.Kill() // whatever it is doing
	}
	w.settled(t)
	w.check(t)
	if publish.Starts() < 2 {
		t.Errorf("the publish function was started %d times", publish.Starts())
	}
}

// poison damages the record of an item whose change waits.
func (w *world) poison(t *testing.T) {
	w.settled(t)
	w.polling.Lock()
	unlock := sync.OnceFunc(w.polling.Unlock)
	defer unlock()
	before := w.records(t)
	w.put(t, cooler("poison"), http.StatusCreated)
	damaged := 0
	for key, rev := range w.records(t) {
		if _, ok := before[key]; ok {
			continue
		}
		damaged++
		if err := w.store.Apply(t.Context(), store.Tx{{Row: store.Row{Key: key, Data: []byte("\xffnonsense"), Rev: rev + 1}}})[0]; err != nil {
			t.Fatal(err)
		}
	}
	if damaged != 1 {
		t.Fatalf("%d records damaged, want 1", damaged)
	}
	w.put(t, cooler("after-poison"), http.StatusCreated)
	unlock()
	eventually(t, "the change is a dead letter", func() bool { return len(w.status(t).DeadLetters) == 1 })
	if d := w.status(t).DeadLetters[0]; d.ID != "poison" || d.Version != 1 || d.Error == "" {
		t.Errorf("dead letter %+v", d)
	}
	if a := w.do(t, "GET", "/v1/status", "", Principal{}); bytes.Contains(a.Body, []byte("poison")) {
		t.Errorf("readers are told: %s", a.Body)
	}
	eventually(t, "what came after is indexed", func() bool {
		ids, _ := w.related(t, "cool-by-noon")
		return slices.Contains(ids, "after-poison")
	})
	w.settled(t)
}

// records returns the keys and revs of all records of items.
func (w *world) records(t *testing.T) map[store.Key]uint64 {
	t.Helper()
	all := map[store.Key]uint64{}
	for i := range 64 {
		for row, err := range store.Scan(t.Context(), w.store, store.Strong, store.Range{Part: fmt.Sprintf("item/%d", i)}) {
			if err != nil {
				t.Fatal(err)
			}
			all[row.Key] = row.Rev
		}
	}
	return all
}

func (w *world) givenUp(t *testing.T) {
	w.cloud.Shut("PublishRole", true)
	w.put(t, cooler("lost"), http.StatusCreated)
	var body string
	eventually(t, "the batch is in the queue", func() bool {
		out, err := w.sqs.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: &w.queue})
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range out.Messages {
			body = *m.Body
		}
		return body != ""
	})
	if !strings.Contains(body, `"approximateInvokeCount":11`) {
		t.Errorf("the queue holds %s", body)
	}
	w.cloud.Shut("PublishRole", false)
	if s := w.status(t); s.Pending != 1 {
		t.Errorf("%d changes wait, want 1", s.Pending)
	}
	w.put(t, cooler("found"), http.StatusCreated) // brings the lost one with it
	eventually(t, "both are indexed", func() bool {
		for _, id := range []string{"lost", "found"} { // an answer shows one of them, as their texts are the same
			a := w.do(t, "GET", "/v1/items/"+id, "", Principal{})
			if !bytes.Contains(a.Body, []byte(`"indexed":true`)) {
				return false
			}
		}
		return true
	})
}
