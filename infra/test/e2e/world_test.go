package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	sfntypes "github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"akin/functions/web/serve"
	"akin/infra/dynamo"
	"akin/infra/test/dynamotest"
	"akin/infra/test/moto"
	"akin/infra/test/stack"
	"akin/infra/test/tools"
	"akin/recommend"
	"akin/recommend/engine"
)

const (
	region  = "us-east-1"
	account = "123456789012"
	patient = 2 * time.Minute // for anything that is waited for
)

var cms = Principal{ARN: "arn:aws:iam::" + account + ":user/cms", Key: "CMS", Secret: "cms-secret"}

// built holds the folder of the programs, built once as they are deployed but
// for this machine.
var built struct {
	once sync.Once
	dir  string
	err  error
}

func TestMain(m *testing.M) {
	code := m.Run()
	if built.dir != "" {
		if err := os.RemoveAll(built.dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

func programs(t testing.TB) string {
	t.Helper()
	built.once.Do(func() {
		root, err := tools.Root()
		if err != nil {
			built.err = err
			return
		}
		if built.dir, built.err = os.MkdirTemp("", "akin-e2e-"); built.err != nil {
			return
		}
		cmd := exec.Command("go", "build", "-tags", "lambda.norpc", "-trimpath", "-ldflags", "-s -w -buildid=", "-o", built.dir,
			"./functions/api", "./functions/draft", "./functions/publish", "./functions/reindex")
		cmd.Dir, cmd.Env = root, append(os.Environ(), "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			built.err = fmt.Errorf("build functions: %w\n%s", err, out)
		}
	})
	if built.err != nil {
		t.Fatal(built.err)
	}
	return built.dir
}

// A log keeps what functions print. It is safe for concurrent use.
type logs struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// A world is the whole stack on this machine.
type world struct {
	template  *stack.Template
	store     *dynamo.Store
	cloud     *Cloud
	functions map[string]*Function
	mapping   *Mapping
	url       string // of the HTTP API
	token     string // of an editor, for pages
	machine   string // ARN
	queue     string // URL of the publish function's dead letters
	log       logs

	sfn    *sfn.Client
	s3     *s3.Client
	sqs    *sqs.Client
	events *eventbridge.Client

	polling sync.Mutex // held while the mapping is not to run
}

// newWorld makes a world, whose functions have more in their environment.
func newWorld(t *testing.T, more ...string) *world {
	t.Helper()
	ctx := t.Context()
	w := &world{functions: map[string]*Function{}}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("functions said:\n%s", w.log.String())
		}
	})
	var err error
	if w.template, err = stack.Load(ctx); err != nil {
		t.Fatal(err)
	}
	dir := programs(t)
	table := dynamotest.Table(t)
	w.store = dynamo.New(dynamotest.Client(t, nil), table)

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w.cloud = &Cloud{Tables: dynamotest.Endpoint(t), Overlap: &dynamotest.Overlap{Shortest: 5 * time.Millisecond, Longest: 100 * time.Millisecond}, Allowed: map[string][]string{}, Invoke: func(r *http.Request, name string, payload []byte) (*Result, error) {
		return w.invoke(r.Context(), name, payload)
	}}
	rest := moto.Start(t, listener.Addr().(*net.TCPAddr).Port)
	w.cloud.Rest = rest.URL
	server := httptest.NewUnstartedServer(w.cloud)
	server.Listener.Close()
	server.Listener = listener
	server.Start()
	t.Cleanup(server.Close)
	w.clients(server.URL)

	w.machine = w.createMachine(t)
	token, line, err := serve.NewToken("ann", serve.RoleReader|serve.RoleEditor)
	if err != nil {
		t.Fatal(err)
	}
	w.token = token
	for _, name := range w.template.Of("AWS::Lambda::Function") {
		short := strings.TrimSuffix(name, "Function")
		statements, err := w.template.Statements(short + "Role")
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range statements {
			w.cloud.Allowed[short+"Role"] = append(w.cloud.Allowed[short+"Role"], s.Action...)
		}
		if name == "PublishFunction" && slices.Contains(more, "AKIN_RECEIPTS=true") {
			statements, err := w.template.Statements("ReceiptsPolicy")
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range statements {
				w.cloud.Allowed[short+"Role"] = append(w.cloud.Allowed[short+"Role"], s.Action...)
			}
		}
		f := NewFunction(FunctionConfig{
			Name: name, Binary: filepath.Join(dir, strings.ToLower(short)), Log: &w.log,
			Timeout: time.Duration(w.template.Resources[name].Properties["Timeout"].(float64)) * time.Second,
			Env: append([]string{
				"AWS_REGION=" + region, "AWS_ACCESS_KEY_ID=" + short + "Role", "AWS_SECRET_ACCESS_KEY=secret", "AWS_ENDPOINT_URL=" + server.URL,
				"AKIN_TABLE=" + table, "AKIN_STACK=e2e", "AKIN_EVENTS=true", "AKIN_SITE=https://news.example", "AKIN_STATE_MACHINE=" + w.machine,
				"AKIN_LEASE=" + map[string]string{"Reindex": "1m", "Publish": "2s"}[short], "AKIN_TOKENS=" + line, "AKIN_SESSION=0123456789abcdef0123456789abcdef",
			}, more...),
		})
		w.functions[name] = f
		t.Cleanup(f.Close)
	}

	routes, err := w.template.Routes()
	if err != nil {
		t.Fatal(err)
	}
	front := httptest.NewServer(NewFront(routes, w.invoke, cms))
	t.Cleanup(front.Close)
	w.url = front.URL
	w.startMapping(t, table)
	t.Cleanup(func() {
		if d := w.cloud.Denied(); len(d) > 0 {
			t.Errorf("roles lack permissions: %q", d)
		}
	})
	return w
}

func (w *world) clients(endpoint string) {
	credentials := credentials.NewStaticCredentialsProvider("test", "test", "")
	w.sfn = sfn.New(sfn.Options{Region: region, BaseEndpoint: &endpoint, Credentials: credentials})
	w.s3 = s3.New(s3.Options{Region: region, BaseEndpoint: &endpoint, Credentials: credentials, UsePathStyle: true})
	w.sqs = sqs.New(sqs.Options{Region: region, BaseEndpoint: &endpoint, Credentials: credentials})
	w.events = eventbridge.New(eventbridge.Options{Region: region, BaseEndpoint: &endpoint, Credentials: credentials})
}

func (w *world) invoke(ctx context.Context, name string, payload []byte) (*Result, error) {
	f, ok := w.functions[name]
	if !ok {
		return nil, fmt.Errorf("no function %q", name)
	}
	return f.Invoke(ctx, payload)
}

// createMachine makes the state machine of infra/reindex.asl.json.
func (w *world) createMachine(t *testing.T) string {
	t.Helper()
	root, err := tools.Root()
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(root, "infra", "reindex.asl.json"))
	if err != nil {
		t.Fatal(err)
	}
	definition := strings.ReplaceAll(string(b), "${ReindexFunction}", "arn:aws:lambda:"+region+":"+account+":function:ReindexFunction")
	out, err := w.sfn.CreateStateMachine(t.Context(), &sfn.CreateStateMachineInput{
		Name: aws.String("akin-rebuild"), Definition: &definition, RoleArn: aws.String("arn:aws:iam::" + account + ":role/rebuild"),
	})
	if err != nil {
		t.Fatal(err)
	}
	return *out.StateMachineArn
}

// startMapping feeds the publish function from the table's stream, under the
// settings of the template, until the test ends.
func (w *world) startMapping(t *testing.T, table string) {
	t.Helper()
	ctx := t.Context()
	described, err := dynamotest.Client(t, nil).DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: &table})
	if err != nil {
		t.Fatal(err)
	}
	var p struct {
		BatchSize, MaximumRetryAttempts int
		BisectBatchOnFunctionError      bool
		FilterCriteria                  struct{ Filters []struct{ Pattern string } }
	}
	b, err := json.Marshal(w.template.Resources["PublishFunctionChanges"].Properties)
	if err == nil {
		err = json.Unmarshal(b, &p)
	}
	if err != nil {
		t.Fatal(err)
	}
	q, err := w.sqs.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: aws.String("publish-dead-letters")})
	if err != nil {
		t.Fatal(err)
	}
	w.queue = *q.QueueUrl
	w.mapping = &Mapping{
		Client: dynamodbstreams.New(dynamodbstreams.Options{
			Region: region, BaseEndpoint: aws.String(dynamotest.Endpoint(t)), Credentials: credentials.NewStaticCredentialsProvider("akin", "akin", ""),
		}),
		Stream: *described.Table.LatestStreamArn, BatchSize: p.BatchSize, Retries: p.MaximumRetryAttempts, Bisect: p.BisectBatchOnFunctionError,
		Invoke: w.functions["PublishFunction"].Invoke,
		GiveUp: func(ctx context.Context, b []byte) error {
			_, err := w.sqs.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: &w.queue, MessageBody: aws.String(string(b))})
			return err
		},
	}
	for _, f := range p.FilterCriteria.Filters {
		parsed, err := ParseFilter(f.Pattern)
		if err != nil {
			t.Fatal(err)
		}
		w.mapping.Patterns = append(w.mapping.Patterns, parsed)
	}
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- w.poll(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("stream: %v", err)
		}
	})
}

// poll asks for records four times a second, as Lambda does.
func (w *world) poll(ctx context.Context) error {
	ticker := time.NewTicker(250 * time.Millisecond)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
			w.polling.Lock()
			_, err := w.mapping.Poll(ctx)
			w.polling.Unlock()
			if err != nil && ctx.Err() == nil {
				return err
			}
		}
	}
}

// An answer is an answer of the HTTP API.
type answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// do sends a request; by signs it, unless its key is empty.
func (w *world) do(t *testing.T, method, path, body string, by Principal, header ...string) answer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, w.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	if by.Key != "" {
		if err := Sign(t.Context(), r, []byte(body), by); err != nil {
			t.Fatal(err)
		}
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{res.StatusCode, res.Header, b}
}

// put stores an item and fails the test unless that is answered by status.
func (w *world) put(t *testing.T, it recommend.Item, status int) {
	t.Helper()
	id := it.ID
	it.ID = "" // the address names it
	b, err := json.Marshal(it)
	if err != nil {
		t.Fatal(err)
	}
	var fields map[string]any
	if err := json.Unmarshal(b, &fields); err != nil {
		t.Fatal(err)
	}
	delete(fields, "id")
	if b, err = json.Marshal(fields); err != nil {
		t.Fatal(err)
	}
	if a := w.do(t, "PUT", "/v1/items/"+id, string(b), cms); a.Status != status {
		t.Fatalf("PUT %s answers %d %s, want %d", id, a.Status, a.Body, status)
	}
}

// related returns the ids of the related answer of an item, and its generation.
func (w *world) related(t *testing.T, id string) (ids []string, generation int) {
	t.Helper()
	a := w.do(t, "GET", "/v1/items/"+id+"/related?limit=50&fill=none", "", Principal{})
	if a.Status != http.StatusOK {
		t.Fatalf("GET related of %s answers %d %s", id, a.Status, a.Body)
	}
	var r recommend.Related
	if err := json.Unmarshal(a.Body, &r); err != nil {
		t.Fatal(err)
	}
	for _, e := range r.Related {
		ids = append(ids, e.ID)
	}
	return ids, r.Generation
}

// eventually waits until ok, and fails the test if that takes too long.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patient)
	defer cancel()
	ticker := time.NewTicker(250 * time.Millisecond)
	defer ticker.Stop()
	for !ok() {
		select {
		case <-ctx.Done():
			t.Fatalf("waited for %v: %s", patient, what)
		case <-ticker.C:
		}
	}
}

// status returns GET /v1/status as an editor sees it.
func (w *world) status(t *testing.T) recommend.StatusReport {
	t.Helper()
	a := w.do(t, "GET", "/v1/status", "", Principal{}, "Authorization", "Bearer "+w.token)
	var s recommend.StatusReport
	if err := json.Unmarshal(a.Body, &s); err != nil || a.Status != http.StatusOK {
		t.Fatalf("GET /v1/status answers %d %s", a.Status, a.Body)
	}
	return s
}

// settled waits until no change waits.
func (w *world) settled(t *testing.T) {
	t.Helper()
	eventually(t, "changes are applied", func() bool { return w.status(t).Pending == 0 })
}

// check compares every list with the best K of all items.
func (w *world) check(t *testing.T) {
	t.Helper()
	differences, n, err := engine.NewIndexer(w.store, recommend.DefaultSettings(), engine.IndexerOptions{Lease: 2 * time.Second}).Check(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if n == 0 {
		t.Error("there are no lists to check")
	}
	for _, d := range differences[:min(5, len(differences))] {
		t.Errorf("check: %v", d)
	}
}

// execution returns the latest execution of the state machine; none has no
// status.
func (w *world) execution(t *testing.T) sfntypes.ExecutionListItem {
	t.Helper()
	out, err := w.sfn.ListExecutions(t.Context(), &sfn.ListExecutionsInput{StateMachineArn: &w.machine})
	if err != nil {
		t.Fatal(err)
	}
	var latest sfntypes.ExecutionListItem
	for _, e := range out.Executions {
		if latest.StartDate == nil || e.StartDate.After(*latest.StartDate) {
			latest = e
		}
	}
	return latest
}

// waitExecution waits for the latest execution of the state machine to succeed.
func (w *world) waitExecution(t *testing.T) {
	t.Helper()
	eventually(t, "the rebuild ends", func() bool {
		e := w.execution(t)
		switch e.Status {
		case "", sfntypes.ExecutionStatusRunning:
			return false
		case sfntypes.ExecutionStatusSucceeded:
			return true
		}
		d, err := w.sfn.DescribeExecution(t.Context(), &sfn.DescribeExecutionInput{ExecutionArn: e.ExecutionArn})
		if err != nil {
			t.Fatal(err)
		}
		t.Fatalf("the rebuild %s: %s %s", e.Status, aws.ToString(d.Error), aws.ToString(d.Cause))
		return false
	})
}
